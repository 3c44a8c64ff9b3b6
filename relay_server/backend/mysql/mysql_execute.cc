#include <algorithm>
#include <cctype>
#include <new>

#include "relay_server/backend/mysql/binary_rows.h"
#include "relay_server/backend/mysql/mysql_connection.h"
#include "relay_server/backend/mysql/mysql_error.h"
#include "relay_server/backend/mysql/parameter_binder.h"

// How MysqlConnection runs statements.

namespace sluice::relay::backend {
namespace {

constexpr std::uint64_t kLongPieceBytes = 256 << 10;
constexpr std::uint64_t kPacketOverhead = 1024;  // of a command around its text or values
constexpr std::uint64_t kUnknownParameterSize = 255;
// Applications cut decimals and seconds to the digits that a parameter is described with.
constexpr std::int32_t kUnknownParameterScale = 9;

// Without semicolons and spaces at the end: what is left may contain a semicolon only inside of
// literals, comments and bodies, or before a second statement.
std::string_view TrimEnd(std::string_view sql) {
  const auto end = sql.find_last_not_of(" \t\r\n\f\v;");
  return end == std::string_view::npos ? std::string_view() : sql.substr(0, end + 1);
}

bool BeginsWith(std::string_view sql, std::string_view word) {
  sql.remove_prefix(std::min(sql.find_first_not_of(" \t\r\n("), sql.size()));
  return sql.size() >= word.size() &&
         std::equal(word.begin(), word.end(), sql.begin(), [](char a, char b) {
           return a == std::tolower(static_cast<unsigned char>(b));
         });
}

bool Contains(std::string_view sql, std::string_view lower_word) {
  return std::ranges::search(sql, lower_word, [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) == b;
         }).begin() != sql.end();
}

// Without the current database there is none.
bool MayDropDatabase(std::string_view sql) {
  return BeginsWith(sql, "drop") && (Contains(sql, "database") || Contains(sql, "schema"));
}

// The server writes a prepared statement's rows in binary, at half the cost of text; a text of its
// own takes a round trip less. What reads a table without a condition is taken for long at once.
bool MayReturnManyRows(const Statement& statement) {
  if (statement.kind != v1::STATEMENT_KIND_SELECT) return false;
  return statement.has_returned_many_rows ||
         (Contains(statement.sql, "from") && !Contains(statement.sql, "where"));
}

// Whether the statement may look at LAST_INSERT_ID(): only then is it worth a trip to set it.
bool MayReadLastInsertId(std::string_view sql) {
  return Contains(sql, "last_insert_id") || Contains(sql, "identity") || Contains(sql, "call");
}

}  // namespace

// ---- sending ----

void MysqlConnection::RequireFits(std::uint64_t bytes) const {
  // The server answers a longer packet by hanging up.
  if (profile_->max_allowed_packet != 0 && bytes + kPacketOverhead > profile_->max_allowed_packet) {
    throw BackendError("HY000", kErrPacketTooLarge,
                       "the statement and its parameters exceed the server's max_allowed_packet (" +
                           std::to_string(profile_->max_allowed_packet) + " bytes)");
  }
}

void MysqlConnection::CheckPacketSize(std::uint64_t bytes) {
  RequireFits(bytes);
  largest_packet_ = std::max(largest_packet_, bytes);
}

// In pieces: neither the library nor the relay has a value whole. The server answers nothing to
// them; what it does not like it tells when the statement runs.
void MysqlConnection::SendLongValues(MYSQL_STMT* statement, const ParameterBinder& binder,
                                     std::uint32_t row) {
  std::string piece;
  binder.ForEachLongValue(
      row, [&](unsigned int parameter, const LongValues& values, std::uint32_t id) {
        const std::uint64_t size = values.SizeOf(id);
        for (std::uint64_t sent = 0; sent == 0 || sent < size; sent += piece.size()) {
          piece.resize(static_cast<std::size_t>(std::min(kLongPieceBytes, size - sent)));
          values.Read(id, sent, piece.data(), piece.size());
          if (mysql_stmt_send_long_data(statement, parameter, piece.data(), piece.size()) != 0) {
            throw MakeError(statement, mysql_.get());
          }
          if (size == 0) break;
        }
      });
}

void MysqlConnection::SendText(const std::string& sql) {
  CheckPacketSize(sql.size());
  if (mysql_real_query(mysql_.get(), sql.data(), sql.size()) == 0) return;
  const BackendError error = MakeError(mysql_.get());
  NoteError(error);
  throw error;
}

void MysqlConnection::SetMultiStatements(bool on) {
  if (multi_statements_ == on) return;
  if (mysql_set_server_option(mysql_.get(), on ? MYSQL_OPTION_MULTI_STATEMENTS_ON
                                               : MYSQL_OPTION_MULTI_STATEMENTS_OFF) != 0) {
    throw MakeError(mysql_.get());
  }
  multi_statements_ = on;
}

void MysqlConnection::RunOwn(const std::vector<std::string>& statements) {
  if (statements.empty()) return;
  std::string sql;
  for (const auto& statement : statements) {
    if (!sql.empty()) sql += ';';
    sql += statement;
  }
  if (statements.size() > 1) SetMultiStatements(true);
  executed_ = nullptr;
  SendText(sql);
  while (mysql_more_results(mysql_.get())) {
    if (mysql_next_result(mysql_.get()) > 0) throw MakeError(mysql_.get());
  }
}

void MysqlConnection::ApplySettings(const Execution& execution, bool last_insert_id, bool begin) {
  std::vector<std::string> statements = session_.Difference(*execution.settings, last_insert_id);
  if (begin) statements.emplace_back("START TRANSACTION");
  try {
    RunOwn(statements);
  } catch (...) {
    session_.Forget();  // some of them may have taken effect
    throw;
  }
  session_.Applied(*execution.settings, last_insert_id);
}

// ---- text ----

// Where memory ends within a statement, answers may be left that nobody has read.
ResultHead MysqlConnection::Execute(const Execution& execution) {
  try {
    return ExecuteAny(execution);
  } catch (const std::bad_alloc& error) {
    Abort();
    throw BackendError("HY001", 0, error.what(), true);
  }
}

ResultHead MysqlConnection::ExecuteAny(const Execution& execution) {
  BeginCommand();
  const auto kind = execution.statement->kind;
  only_reads_ = kind == v1::STATEMENT_KIND_SELECT || kind == v1::STATEMENT_KIND_OTHER;
  const std::string_view sql = TrimEnd(execution.statement->sql);
  const bool has_parameters =
      execution.parameters != nullptr && execution.parameters->column_count() > 0;
  const bool one_statement = sql.find(';') == std::string_view::npos;
  const bool as_text = !has_parameters && !execution.prepare && one_statement &&
                       !MayReturnManyRows(*execution.statement);
  const bool is_array = execution.parameters != nullptr && execution.parameters->row_count() > 1;
  if (as_text) text_ = execution.statement;
  ResultHead head = as_text    ? ExecuteText(execution, std::string(sql))
                    : is_array ? WithoutNeverRan([&] { return ExecutePrepared(execution); })
                               : ExecutePrepared(execution);
  session_.NoteVariables(execution.statement->sets);
  if (MayDropDatabase(sql)) session_.ForgetCatalog();
  return head;
}

ResultHead MysqlConnection::ExecuteText(const Execution& execution, const std::string& sql) {
  std::vector<std::string> before = session_.Difference(*execution.settings, true);
  if (execution.begin_transaction) before.emplace_back("START TRANSACTION");
  std::string text;
  for (const auto& statement : before) text += statement + ";";
  if (!before.empty()) SetMultiStatements(true);
  std::size_t succeeded = 0;
  try {
    SendText(text + sql);
    for (succeeded = 1; succeeded <= before.size(); ++succeeded) {
      if (mysql_next_result(mysql_.get()) <= 0) continue;
      const BackendError error = MakeError(mysql_.get());
      NoteError(error);
      throw error;
    }
  } catch (...) {
    if (succeeded == before.size()) {
      session_.Applied(*execution.settings, true);  // it was the application's own
    } else {
      session_.Forget();
    }
    throw;
  }
  session_.Applied(*execution.settings, true);
  return TakeResult();
}

ResultHead MysqlConnection::ExecuteAlone(const Execution& execution) {
  SetMultiStatements(false);
  SendText(std::string(TrimEnd(execution.statement->sql)));
  return TakeResult();
}

// ---- prepared ----

std::string MysqlConnection::CacheKey(const std::string& sql,
                                      const SessionSettings& settings) const {
  // A prepared statement keeps the database and the sql_mode in which it was prepared.
  const auto mode = settings.variables.find("sql_mode");
  return session_.CatalogFor(settings) + '\0' +
         (mode == settings.variables.end() ? "" : mode->second) + '\0' + told_mode_ + '\0' + sql;
}

StatementCache::Entry& MysqlConnection::Prepare(const std::string& sql,
                                                const SessionSettings& settings) {
  std::string key = CacheKey(sql, settings);
  if (auto* entry = statements_.Find(key)) {
    if (outdated_.erase(entry->handle.get()) == 0) return *entry;
    statements_.Erase(key);
  }
  const std::string_view text = TrimEnd(sql);
  CheckPacketSize(text.size());
  StatementHandle handle(mysql_stmt_init(mysql_.get()));
  if (!handle) throw std::bad_alloc();
  if (mysql_stmt_prepare(handle.get(), text.data(), text.size()) != 0) {
    const BackendError error = MakeError(handle.get(), mysql_.get());
    if (error.native_code() != kErrUnsupportedPrepare) {
      NoteError(error);
      throw error;
    }
    handle.reset();
  }
  return statements_.Insert({.key = std::move(key), .handle = std::move(handle)});
}

// A statement that is prepared already tells its tables as they were then: the server looks at them
// again when it runs the statement, not when it is asked for the columns.
StatementCache::Entry& MysqlConnection::PrepareAnew(const std::string& sql,
                                                    const SessionSettings& settings) {
  const std::string key = CacheKey(sql, settings);
  const auto* known = statements_.Find(key);
  if (known == nullptr) return Prepare(sql, settings);
  const bool takes_bulk = known->takes_bulk;
  const auto bulk_asked = known->bulk_asked;
  outdated_.erase(known->handle.get());
  statements_.Erase(key);
  auto& entry = Prepare(sql, settings);
  entry.takes_bulk = takes_bulk;
  entry.bulk_asked = bulk_asked;
  return entry;
}

ResultHead MysqlConnection::ExecutePrepared(const Execution& execution) {
  const bool has_parameters =
      execution.parameters != nullptr && execution.parameters->column_count() > 0;
  const std::uint32_t row_count =
      has_parameters && !execution.only_set ? execution.parameters->row_count() : 1;
  if (row_count == 0) return {};
  const bool idle = transaction_state() == v1::TRANSACTION_STATE_NONE &&
                    (mysql_->server_status & SERVER_STATUS_AUTOCOMMIT) != 0;
  // One commit for the whole array, not one per row: an error undoes its own row alone either way.
  const bool own_transaction = row_count > 1 && idle && !execution.begin_transaction &&
                               execution.statement->kind != v1::STATEMENT_KIND_CALL;
  // Before the statement is prepared, for its names are looked up in the current database.
  ApplySettings(execution, MayReadLastInsertId(execution.statement->sql),
                execution.begin_transaction || own_transaction);
  // The library takes result sets of another width than last time for an error; a procedure may
  // have such, and must not run twice for that.
  if (BeginsWith(execution.statement->sql, "call")) {
    statements_.Erase(CacheKey(execution.statement->sql, *execution.settings));
  }
  try {
    if (!Prepare(execution.statement->sql, *execution.settings).handle) {
      if (!has_parameters) return ExecuteAlone(execution);
      throw BackendError("HY000", kErrUnsupportedPrepare,
                         "this statement cannot be prepared, so it cannot have parameters");
    }
    std::optional<ParameterBinder> binder;
    if (has_parameters) binder.emplace(*execution.parameters, execution.long_values);
    if (row_count == 1) {
      RunPreparedRow(execution, binder ? &*binder : nullptr, execution.only_set.value_or(0));
      return TakeResult();
    }
    ResultHead head;
    if (ReturnsRows(execution)) {
      head.wants_single_sets = true;
    } else {
      head = ExecuteArray(execution, *binder);
    }
    if (own_transaction) RunOwn({"COMMIT"});
    return head;
  } catch (const BackendError& error) {
    if (own_transaction && !error.connection_lost()) RunOwn({"ROLLBACK"});
    throw;
  } catch (...) {  // a long value that cannot be read, no memory
    if (own_transaction) RunOwn({"ROLLBACK"});
    throw;
  }
}

// As the server says when it prepares the statement, but for INSERT … RETURNING. A procedure's
// results it cannot foretell: it may have some.
bool MysqlConnection::ReturnsRows(const Execution& execution) {
  if (execution.statement->kind == v1::STATEMENT_KIND_CALL) return true;
  if (Contains(execution.statement->sql, "returning")) return true;
  auto& entry = Prepare(execution.statement->sql, *execution.settings);
  return mysql_stmt_field_count(entry.handle.get()) != 0;
}

void MysqlConnection::RunPreparedRow(const Execution& execution, ParameterBinder* binder,
                                     std::uint32_t row) {
  if (binder != nullptr) {
    RequireFits(binder->RowBytes(row));
    CheckPacketSize(binder->RowBytes(row) - binder->LongBytes(row));
  }
  for (bool again = false;; again = true) {
    auto& entry = Prepare(execution.statement->sql, *execution.settings);
    MYSQL_STMT* statement = entry.handle.get();
    if (binder != nullptr) {
      binder->BindRow(statement, row);
      try {
        SendLongValues(statement, *binder, row);
      } catch (...) {
        // The server keeps what it has got of them for the statement's next execution.
        statements_.Erase(CacheKey(execution.statement->sql, *execution.settings));
        throw;
      }
    } else if (mysql_stmt_param_count(statement) != 0) {
      throw BackendError("07002", 0, "the statement has parameter markers, no parameter was given");
    }
    if (mysql_stmt_execute(statement) == 0) {
      executed_ = statement;
      return;
    }
    const BackendError error = MakeError(statement, mysql_.get());
    const bool changed = error.native_code() == kErrNewMetadata;  // and the server has run it
    const bool stale =
        error.native_code() == kErrNeedReprepare || error.native_code() == kErrUnknownStatement;
    if (stale || changed)
      statements_.Erase(CacheKey(execution.statement->sql, *execution.settings));
    const bool repeatable = stale || (changed && BeginsWith(execution.statement->sql, "select"));
    if (!repeatable || again) {
      NoteError(error);
      throw error;
    }
  }
}

v1::StatementDescription MysqlConnection::Describe(const Statement& statement,
                                                   const SessionSettings& settings) {
  BeginCommand();
  Execution execution;
  execution.settings = &settings;
  ApplySettings(execution, false, false);
  v1::StatementDescription description;
  const auto& entry = PrepareAnew(statement.sql, settings);
  if (!entry.handle) return description;
  if (const ResultHandle metadata{mysql_stmt_result_metadata(entry.handle.get())}) {
    for (auto& column : DescribeColumns(metadata.get())) {
      *description.add_columns() = std::move(column);
    }
  }
  // The server tells how many parameters there are, not what they are.
  const unsigned long parameters = mysql_stmt_param_count(entry.handle.get());
  for (unsigned long i = 0; i < parameters; ++i) {
    auto* parameter = description.add_parameters();
    parameter->set_value_type(v1::VALUE_TYPE_TEXT);
    parameter->set_sql_type(v1::SQLTYPE_VARCHAR);
    parameter->set_type_name("varchar");
    parameter->set_size(kUnknownParameterSize);
    parameter->set_scale(kUnknownParameterScale);
    parameter->set_nullability(v1::NULLABILITY_UNKNOWN);
  }
  return description;
}

}  // namespace sluice::relay::backend
