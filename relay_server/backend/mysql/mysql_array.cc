// Arrays of parameter sets on MysqlConnection: many rows of an INSERT in one packet where the
// server takes that, otherwise, and after an error, row by row.

#include <algorithm>

#include "relay_server/backend/mysql/mysql_connection.h"
#include "relay_server/backend/mysql/mysql_error.h"
#include "relay_server/backend/mysql/parameter_binder.h"

namespace sluice::relay::backend {
namespace {

// Of one packet. The server would hold rows of later results back after longer ones
// (MysqlConnection::IsWorn). Not less, for the keys that it generates follow each other within a
// packet only.
constexpr std::uint64_t kBulkBytes = 1 << 20;
// Rows that are tried at once where a packet of more has failed.
constexpr std::uint32_t kPartRows = 100;
// How long a change of a table's engine may stay unnoticed.
constexpr std::chrono::seconds kBulkAge{60};

// The parts of a.b.c, without quotes.
std::vector<std::string> NameParts(const std::string& name) {
  std::vector<std::string> parts(1);
  bool quoted = false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '`' && quoted && i + 1 < name.size() && name[i + 1] == '`') {
      parts.back() += name[++i];
    } else if (name[i] == '`') {
      quoted = !quoted;
    } else if (name[i] == '.' && !quoted) {
      parts.emplace_back();
    } else if (quoted || std::string_view(" \t\r\n").find(name[i]) == std::string_view::npos) {
      parts.back() += name[i];
    }
  }
  return parts;
}

std::string Literal(MYSQL* mysql, const std::string& text) {
  std::string literal(text.size() * 2 + 1, '\0');
  literal.resize(mysql_real_escape_string(mysql, literal.data(), text.data(), text.size()));
  return "'" + literal + "'";
}

}  // namespace

struct MysqlConnection::ArrayRun {
  const Execution& execution;
  ParameterBinder& binder;
  ResultHead head = {};
  std::vector<v1::ParameterSetStatus> statuses = {};
  std::uint32_t row = 0;              // the next one
  std::uint64_t first_insert_id = 0;  // of the first packet
  bool failed = false;
};

ResultHead MysqlConnection::ExecuteArray(const Execution& execution, ParameterBinder& binder) {
  const std::uint32_t count = execution.parameters->row_count();
  ArrayRun run{.execution = execution, .binder = binder};
  run.statuses.assign(count, v1::PARAMETER_SET_STATUS_SUCCESS);
  run.head.affected_rows = 0;
  const bool bulk = !binder.has_long_values() && TakesBulk(execution);
  const std::uint64_t packet = profile_->max_allowed_packet != 0
                                   ? std::min(kBulkBytes, profile_->max_allowed_packet / 2)
                                   : kBulkBytes;
  std::uint32_t careful_until = 0;  // rows before this one were in a packet that has failed
  while (run.row < count) {
    const std::uint32_t left = count - run.row;
    const std::uint32_t most = run.row < careful_until ? std::min(kPartRows, left) : left;
    const std::uint32_t rows = bulk ? binder.CountRows(run.row, most, packet) : left;
    if (bulk && rows > 1 && RunBulk(run, rows)) continue;
    if (bulk && rows > kPartRows) {
      careful_until = run.row + rows;
    } else {
      RunRows(run, rows);
    }
  }
  if (run.failed) run.head.parameter_statuses = std::move(run.statuses);
  // As after one INSERT of many rows: the first value that was generated.
  if (!run.failed && run.first_insert_id != 0) last_insert_id_ = run.first_insert_id;
  return std::move(run.head);
}

// Whether an INSERT of many rows may go in one packet: if it fails, none of them may stay. That
// holds for tables of transactional engines; views and temporary tables are not looked into.
bool MysqlConnection::TakesBulk(const Execution& execution) {
  const auto& insert = execution.statement->row_insert;
  if (!insert || !HasBulk(mysql_.get())) return false;
  const auto now = StatementCache::Clock::now();
  {
    const auto& entry = Prepare(execution.statement->sql, *execution.settings);
    const bool is_known = entry.bulk_asked != StatementCache::Clock::time_point::min();
    if (is_known && now - entry.bulk_asked < kBulkAge) return entry.takes_bulk;
  }
  const bool takes_bulk = IsTransactional(insert->table, *execution.settings);
  auto& entry = Prepare(execution.statement->sql, *execution.settings);
  entry.takes_bulk = takes_bulk;
  entry.bulk_asked = now;
  return takes_bulk;
}

bool MysqlConnection::IsTransactional(const std::string& table, const SessionSettings& settings) {
  const std::vector<std::string> parts = NameParts(table);
  if (parts.size() > 2) return false;
  const std::string& schema = parts.size() == 2 ? parts.front() : session_.CatalogFor(settings);
  executed_ = nullptr;
  SendText(
      "SELECT 1 FROM information_schema.TABLES t JOIN information_schema.ENGINES e"
      " ON e.ENGINE = t.ENGINE WHERE e.TRANSACTIONS = 'YES' AND t.TABLE_SCHEMA = " +
      Literal(mysql_.get(), schema) + " AND t.TABLE_NAME = " + Literal(mysql_.get(), parts.back()));
  const ResultHandle result(mysql_store_result(mysql_.get()));
  if (!result) throw MakeError(mysql_.get());
  return mysql_num_rows(result.get()) == 1;
}

// False: the server has taken none of the rows, because of one of them.
bool MysqlConnection::RunBulk(ArrayRun& run, std::uint32_t count) {
  const Execution& execution = run.execution;
  MYSQL_STMT* statement = Prepare(execution.statement->sql, *execution.settings).handle.get();
  try {
    run.binder.BindRows(statement, run.row, count);
    const bool succeeded = mysql_stmt_execute(statement) == 0;
    SetArraySize(statement, 0);
    if (!succeeded) {
      const BackendError error = MakeError(statement, mysql_.get());
      NoteError(error);
      throw error;
    }
  } catch (const BackendError& error) {
    if (error.connection_lost()) throw;
    SetArraySize(statement, 0);
    return EndsArray(run, error, run.row);
  }
  executed_ = statement;
  *run.head.affected_rows += mysql_stmt_affected_rows(statement);
  NoteInsertId(mysql_stmt_insert_id(statement));
  if (run.first_insert_id == 0) run.first_insert_id = mysql_stmt_insert_id(statement);
  warning_count_ += mysql_warning_count(mysql_.get());
  run.row += count;
  return true;
}

void MysqlConnection::RunRows(ArrayRun& run, std::uint32_t count) {
  const std::uint32_t end = run.row + count;
  while (run.row < end) {
    const std::uint32_t row = run.row;
    try {
      RunPreparedRow(run.execution, &run.binder, row);
      // Neither a call, nor a query when it was prepared.
      if (mysql_stmt_field_count(executed_) != 0) {
        mysql_stmt_free_result(executed_);
        throw BackendError("HYC00", 0,
                           "a parameter array for a compound statement that returns rows is not "
                           "supported");
      }
      *run.head.affected_rows += mysql_stmt_affected_rows(executed_);
      NoteInsertId(mysql_stmt_insert_id(executed_));
      warning_count_ += mysql_warning_count(mysql_.get());
      ++run.row;
    } catch (const BackendError& error) {
      if (error.connection_lost()) throw;
      if (EndsArray(run, error, row)) return;
      run.failed = true;
      run.head.diagnostics.push_back(MakeDiagnostic(error, std::int64_t{row} + 1));
      run.statuses[row] = v1::PARAMETER_SET_STATUS_ERROR;
      ++run.row;
    }
  }
}

// After an error: whether no row can follow. Then that is told of them, and of those before whose
// transaction is gone.
bool MysqlConnection::EndsArray(ArrayRun& run, const BackendError& error, std::uint32_t row) {
  const bool interrupted = error.native_code() == kErrInterrupted;
  // The server has rolled the transaction back, and with it every row so far.
  const bool undone = transaction_state() == v1::TRANSACTION_STATE_NONE &&
                      (mysql_->server_status & SERVER_STATUS_AUTOCOMMIT) != 0;
  if (!interrupted && !undone) return false;
  run.failed = true;
  run.head.diagnostics.push_back(MakeDiagnostic(error, std::int64_t{row} + 1));
  const auto at = run.statuses.begin() + row;
  *at = v1::PARAMETER_SET_STATUS_ERROR;
  std::fill(at + 1, run.statuses.end(), v1::PARAMETER_SET_STATUS_UNUSED);
  if (!interrupted) {
    std::fill(run.statuses.begin(), at, v1::PARAMETER_SET_STATUS_ERROR);
    run.head.affected_rows = 0;
  }
  run.row = static_cast<std::uint32_t>(run.statuses.size());
  return true;
}

}  // namespace sluice::relay::backend
