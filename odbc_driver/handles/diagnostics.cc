#include "odbc_driver/handles/diagnostics.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <tuple>
#include <utility>

namespace sluice::driver {
namespace {

constexpr std::string_view kVendor = "[Sluice]";

std::string_view EngineName(v1::Engine engine) {
  if (engine == v1::ENGINE_UNSPECIFIED) return "";  // not connected yet
  return engine == v1::ENGINE_MYSQL ? "[MySQL]" : "[PostgreSQL]";
}

constexpr std::string_view kIso = "ISO 9075";
constexpr std::string_view kOdbc = "ODBC 3.0";

// ODBC reference, SQLGetDiagField, SQL_DIAG_SUBCLASS_ORIGIN: subclasses that ODBC defines and
// ISO/CLI does not; besides, all of class IM.
constexpr std::string_view kOdbcSubclasses[] = {
    "01S00", "01S01", "01S02", "01S06", "01S07", "07S01", "08S01", "21S01",
    "21S02", "25S01", "25S02", "25S03", "42S01", "42S02", "42S11", "42S12",
    "42S21", "42S22", "HY095", "HY097", "HY098", "HY099", "HY100", "HY101",
    "HY105", "HY107", "HY109", "HY110", "HY111", "HYT00", "HYT01"};

// PostgreSQL manual, appendix A: classes that no standard defines.
constexpr std::string_view kPostgresClasses[] = {"53", "54", "55", "57", "58",
                                                 "72", "F0", "P0", "XX"};

bool IsOdbcClass(std::string_view state) { return state.starts_with("IM"); }

std::string_view ClassOrigin(std::string_view state) {
  if (IsOdbcClass(state)) return kOdbc;
  return std::ranges::find(kPostgresClasses, state.substr(0, 2)) != std::end(kPostgresClasses)
             ? "PostgreSQL"
             : kIso;
}

std::string_view SubclassOrigin(std::string_view state) {
  if (std::ranges::find(kOdbcSubclasses, state) != std::end(kOdbcSubclasses)) return kOdbc;
  // What a server has added to a standard class has a P in the middle (42P01).
  return state.size() > 2 && state[2] == 'P' ? "PostgreSQL" : ClassOrigin(state);
}

// ODBC reference, "Sequence of Status Records": of one row, errors that may have ended the
// transaction go first, then other errors, then class 02, then warnings.
int Severity(std::string_view state) {
  if (state.starts_with("01")) return 3;
  if (state.starts_with("02")) return 2;
  const bool of_transaction =
      state.starts_with("40") || state.starts_with("25S") || state == "08007" || state == "08S01";
  return of_transaction ? 0 : 1;
}

bool IsHeaderField(SQLSMALLINT field) {
  switch (field) {
    case SQL_DIAG_RETURNCODE:
    case SQL_DIAG_NUMBER:
    case SQL_DIAG_ROW_COUNT:
    case SQL_DIAG_CURSOR_ROW_COUNT:
    case SQL_DIAG_DYNAMIC_FUNCTION:
    case SQL_DIAG_DYNAMIC_FUNCTION_CODE:
      return true;
    default:
      return false;
  }
}

// What PostgreSQL has to say besides ("NOTICE: …") comes without a prefix, as from psqlodbc:
// applications look for it at the start of the text.
std::string Prefix(const DiagnosticContext& context, const v1::Diagnostic& diagnostic) {
  std::string prefix(kVendor);
  if (diagnostic.origin() == v1::Diagnostic::ORIGIN_SERVER) {
    const bool notice = diagnostic.sqlstate().starts_with("01");
    if (notice && context.engine == v1::ENGINE_POSTGRES) return "";
    prefix += EngineName(context.engine);
  }
  return prefix + " ";
}

}  // namespace

void Diagnostics::Clear() {
  records_.clear();
  ranked_ = true;
  header_ = {};
}

void Diagnostics::Add(const DiagnosticContext& context, const SqlState& state,
                      std::string_view message, SQLLEN row, SQLINTEGER column) {
  DiagnosticRecord record;
  record.sqlstate = context.odbc2 ? state.odbc2 : state.code;
  record.message.append(kVendor).append(" ").append(message);
  record.row = row;
  record.column = column;
  record.connection_name = context.connection_name;
  record.server_name = context.server_name;
  records_.push_back(std::move(record));
  ranked_ = false;
}

void Diagnostics::Add(const DiagnosticContext& context, const v1::Diagnostic& diagnostic) {
  DiagnosticRecord record;
  record.sqlstate = diagnostic.sqlstate().size() == SQL_SQLSTATE_SIZE ? diagnostic.sqlstate()
                                                                      : kHY000GeneralError.code;
  if (context.odbc2) record.sqlstate = ToOdbc2State(record.sqlstate);
  record.native_code = diagnostic.native_code();
  record.message = Prefix(context, diagnostic) + diagnostic.message();
  if (diagnostic.row() > 0) record.row = static_cast<SQLLEN>(diagnostic.row());
  if (diagnostic.column() > 0) record.column = diagnostic.column();
  record.connection_name = context.connection_name;
  record.server_name = context.server_name;
  records_.push_back(std::move(record));
  ranked_ = false;
}

// By row: records of an unknown row first (-2), then those of no row (-1). What the standards
// define goes before what ODBC adds; else the order in which records were found.
void Diagnostics::Rank() {
  if (ranked_) return;
  std::stable_sort(records_.begin(), records_.end(), [](const auto& left, const auto& right) {
    const auto rank = [](const DiagnosticRecord& record) {
      return std::tuple(record.row, Severity(record.sqlstate), IsOdbcClass(record.sqlstate));
    };
    return rank(left) < rank(right);
  });
  ranked_ = true;
}

const DiagnosticRecord* Diagnostics::record(std::size_t number) {
  Rank();
  return number >= 1 && number <= records_.size() ? &records_[number - 1] : nullptr;
}

SQLRETURN Diagnostics::GetField(SQLSMALLINT handle_type, SQLSMALLINT number, SQLSMALLINT field,
                                FieldValue& value) {
  if (IsHeaderField(field)) {  // whatever the record number is
    value = HeaderField(handle_type, field);
    return SQL_SUCCESS;
  }
  if (number <= 0) throw DriverError(kHY092InvalidOption);
  const bool of_statement = handle_type == SQL_HANDLE_STMT;
  if (!of_statement && (field == SQL_DIAG_ROW_NUMBER || field == SQL_DIAG_COLUMN_NUMBER)) {
    throw DriverError(kHY092InvalidOption);
  }
  const auto* found = record(static_cast<std::size_t>(number));
  if (found == nullptr) return SQL_NO_DATA;
  value = RecordField(*found, field);
  return SQL_SUCCESS;
}

FieldValue Diagnostics::HeaderField(SQLSMALLINT handle_type, SQLSMALLINT field) const {
  const bool of_statement = handle_type == SQL_HANDLE_STMT;
  if (field == SQL_DIAG_RETURNCODE) return static_cast<SQLSMALLINT>(header_.return_code);
  if (field == SQL_DIAG_NUMBER) return static_cast<SQLINTEGER>(records_.size());
  if (!of_statement) throw DriverError(kHY092InvalidOption);
  switch (field) {
    case SQL_DIAG_ROW_COUNT:
      return header_.row_count;
    case SQL_DIAG_CURSOR_ROW_COUNT:
      return header_.cursor_row_count;
    case SQL_DIAG_DYNAMIC_FUNCTION:
      return std::string(header_.dynamic_function.name);
    default:
      return header_.dynamic_function.code;
  }
}

FieldValue Diagnostics::RecordField(const DiagnosticRecord& record, SQLSMALLINT field) {
  switch (field) {
    case SQL_DIAG_SQLSTATE:
      return record.sqlstate;
    case SQL_DIAG_NATIVE:
      return record.native_code;
    case SQL_DIAG_MESSAGE_TEXT:
      return record.message;
    case SQL_DIAG_CLASS_ORIGIN:
      return std::string(ClassOrigin(record.sqlstate));
    case SQL_DIAG_SUBCLASS_ORIGIN:
      return std::string(SubclassOrigin(record.sqlstate));
    case SQL_DIAG_CONNECTION_NAME:
      return record.connection_name;
    case SQL_DIAG_SERVER_NAME:
      return record.server_name;
    case SQL_DIAG_ROW_NUMBER:
      return record.row;
    case SQL_DIAG_COLUMN_NUMBER:
      return record.column;
    default:
      throw DriverError(kHY092InvalidOption);
  }
}

}  // namespace sluice::driver
