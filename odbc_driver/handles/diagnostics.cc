#include "odbc_driver/handles/diagnostics.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>
#include <utility>

namespace sluice::driver {
namespace {

constexpr std::string_view kVendor = "[Sluice]";

std::string_view EngineName(v1::Engine engine) {
  return engine == v1::ENGINE_MYSQL ? "[MySQL]" : "[PostgreSQL]";
}

// ODBC reference, SQLGetDiagField: subclasses that ODBC defines and ISO/CLI does not.
constexpr std::array<std::string_view, 40> kOdbcSubclasses = {
    "01S00", "01S01", "01S02", "01S06", "01S07", "07S01", "08S01", "21S01", "21S02", "25S01",
    "25S02", "25S03", "42S01", "42S02", "42S11", "42S12", "42S21", "42S22", "HY095", "HY097",
    "HY098", "HY099", "HY100", "HY101", "HY105", "HY107", "HY109", "HY110", "HY111", "HYT00",
    "HYT01", "IM001", "IM002", "IM003", "IM004", "IM005", "IM006", "IM007", "IM008", "IM010"};

struct DynamicFunction {
  v1::StatementKind kind;
  SQLINTEGER code;
  std::string_view name;
};

// ODBC reference, SQLGetDiagField, "Values of the Dynamic Function Fields".
constexpr DynamicFunction kDynamicFunctions[] = {
    {v1::STATEMENT_KIND_SELECT, SQL_DIAG_SELECT_CURSOR, "SELECT CURSOR"},
    {v1::STATEMENT_KIND_INSERT, SQL_DIAG_INSERT, "INSERT"},
    {v1::STATEMENT_KIND_UPDATE, SQL_DIAG_UPDATE_WHERE, "UPDATE WHERE"},
    {v1::STATEMENT_KIND_DELETE, SQL_DIAG_DELETE_WHERE, "DELETE WHERE"},
    {v1::STATEMENT_KIND_CALL, SQL_DIAG_CALL, "CALL"},
};

DynamicFunction DynamicFunctionOf(v1::StatementKind kind) {
  for (const auto& function : kDynamicFunctions) {
    if (function.kind == kind) return function;
  }
  return {kind, SQL_DIAG_UNKNOWN_STATEMENT, ""};
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

// States of the server and the relay for an application of ODBC 2: the HY class was S1 then.
std::string Odbc2State(std::string_view state) {
  std::string mapped(state);
  if (mapped.starts_with("HY")) mapped.replace(0, 2, "S1");
  return mapped;
}

}  // namespace

void Diagnostics::Clear() { *this = Diagnostics(); }

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
  if (context.odbc2) record.sqlstate = Odbc2State(record.sqlstate);
  record.native_code = diagnostic.native_code();
  record.message = kVendor;
  if (diagnostic.origin() == v1::Diagnostic::ORIGIN_SERVER) {
    record.message.append(EngineName(context.engine));
  }
  record.message.append(" ").append(diagnostic.message());
  if (diagnostic.row() > 0) record.row = static_cast<SQLLEN>(diagnostic.row());
  if (diagnostic.column() > 0) record.column = diagnostic.column();
  record.connection_name = context.connection_name;
  record.server_name = context.server_name;
  records_.push_back(std::move(record));
  ranked_ = false;
}

// ODBC reference, "Sequence of Status Records": by row, records of no row first; of one row, errors
// before warnings; else in the order in which they were found.
void Diagnostics::Rank() {
  if (ranked_) return;
  std::stable_sort(records_.begin(), records_.end(), [](const auto& left, const auto& right) {
    return std::tuple(left.row, left.IsWarning()) < std::tuple(right.row, right.IsWarning());
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
  const auto* found = record(static_cast<std::size_t>(number));
  if (found == nullptr) return SQL_NO_DATA;
  value = RecordField(*found, field);
  return SQL_SUCCESS;
}

FieldValue Diagnostics::HeaderField(SQLSMALLINT handle_type, SQLSMALLINT field) const {
  const bool of_statement = handle_type == SQL_HANDLE_STMT;
  if (field == SQL_DIAG_RETURNCODE) return static_cast<SQLSMALLINT>(return_code_);
  if (field == SQL_DIAG_NUMBER) return static_cast<SQLINTEGER>(records_.size());
  if (!of_statement) throw DriverError(kHY092InvalidOption);
  switch (field) {
    case SQL_DIAG_ROW_COUNT:
      return row_count_;
    case SQL_DIAG_CURSOR_ROW_COUNT:
      return cursor_row_count_;
    case SQL_DIAG_DYNAMIC_FUNCTION:
      return std::string(DynamicFunctionOf(statement_kind_).name);
    default:
      return DynamicFunctionOf(statement_kind_).code;
  }
}

FieldValue Diagnostics::RecordField(const DiagnosticRecord& record, SQLSMALLINT field) {
  const bool odbc_class = record.sqlstate.starts_with("IM");
  switch (field) {
    case SQL_DIAG_SQLSTATE:
      return record.sqlstate;
    case SQL_DIAG_NATIVE:
      return record.native_code;
    case SQL_DIAG_MESSAGE_TEXT:
      return record.message;
    case SQL_DIAG_CLASS_ORIGIN:
      return std::string(odbc_class ? "ODBC 3.0" : "ISO 9075");
    case SQL_DIAG_SUBCLASS_ORIGIN:
      return std::string(std::ranges::find(kOdbcSubclasses, record.sqlstate) !=
                                 kOdbcSubclasses.end()
                             ? "ODBC 3.0"
                             : "ISO 9075");
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
