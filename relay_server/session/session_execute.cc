// Running statements: Execute, Describe.

#include <algorithm>
#include <cctype>
#include <utility>

#include "relay_server/session/client_session.h"
#include "relay_server/session/failure.h"
#include "sql/quote_settings.h"

namespace sluice::relay::session {
namespace {

constexpr std::size_t kMaxCursors = 10'000;

// A parameter of which nothing is known but that it is there.
void AddUnknownParameter(v1::StatementDescription& description) {
  auto& parameter = *description.add_parameters();
  parameter.set_value_type(v1::VALUE_TYPE_TEXT);
  parameter.set_sql_type(v1::SQLTYPE_VARCHAR);
  parameter.set_size(255);
}

}  // namespace

ClientSession::Outcome ClientSession::HandleExecute() {
  const auto& execute = request_.execute();
  const std::string* sql = execute.has_sql() ? &execute.sql() : nullptr;
  auto script = WithDirections(ResolveScript(execute.statement_id(), sql, execute.escape_scan()),
                               execute.parameters());
  CheckAllowed(*script);
  if (transaction_lost() && script->statements.size() == 1 &&
      dialect::EndsTransaction(script->statements.front().translated.effect)) {
    return EndLostTransaction(*script);
  }
  CheckPinning(*script);
  if (execute.parameters().columns_size() < script->marker_count) {
    throw SessionError("07002", "the statement has " + std::to_string(script->marker_count) +
                                    " parameter markers, " +
                                    std::to_string(execute.parameters().columns_size()) +
                                    " parameters were sent");
  }
  if (script->marker_count > 0 && execute.parameters().row_count() == 0) {
    throw SessionError("07002", "the parameter set has no row");
  }
  wants_place_ = LearnSequenceReads(*script);
  return WithLease([this, script = std::move(script)](pool::BackendLease& lease) {
    auto& request = *request_.mutable_execute();
    // Not before there is a backend connection: what it wants whole is in memory from here on.
    if (lease.connection().TakesLongValues()) {
      values_.Check(request.parameters());
    } else {
      values_.Fill(*request.mutable_parameters());
    }
    const values::ParameterSetView parameters(request.parameters());
    RelayCursor cursor;
    cursor.id = request.cursor_id();
    cursor.TakeCredit(request.credit_bytes());
    cursor.max_rows = request.max_rows();
    RunScript(lease, *script, parameters, std::move(cursor));
  });
}

ClientSession::Outcome ClientSession::HandleDescribe() {
  const auto& describe = request_.describe();
  const std::string* sql = describe.has_sql() ? &describe.sql() : nullptr;
  auto script = ResolveScript(describe.statement_id(), sql, describe.escape_scan());
  if (describe.count_only()) {
    v1::Response response;
    auto& description = *response.mutable_description();
    for (int i = 0; i < script->marker_count; ++i) AddUnknownParameter(description);
    Answer(response);
    return Outcome::kDone;
  }
  return WithLease([this, script = std::move(script)](pool::BackendLease& lease) {
    v1::Response response;
    {
      auto& connection = lease.connection();
      const RunningPhase running(cancel_point_, connection);
      *response.mutable_description() = DescribeReading(connection, script->statements.front());
    }
    // Of several statements in one text the first is described; the later ones may need its effect.
    while (response.description().parameters_size() < script->marker_count) {
      AddUnknownParameter(*response.mutable_description());
    }
    Answer(response);
  });
}

// Several statements are shown as the database gets them, one after the other.
ClientSession::Outcome ClientSession::HandleNativeSql() {
  const auto& request = request_.native_sql();
  const auto script = served_->statements.Get(request.sql(), ReadingOf(request.escape_scan()));
  v1::Response response;
  std::string& sql = *response.mutable_native_sql_text()->mutable_sql();
  for (const auto& statement : script->statements) {
    if (!sql.empty()) sql += ';';
    sql += statement.native->sql;
  }
  Answer(response);
  return Outcome::kDone;
}

ClientSession::Outcome ClientSession::HandleValuePart() {
  values_.Append(request_.value_part().value_id(), request_.value_part().octets());
  v1::Response response;
  response.mutable_value_part_taken();
  Answer(response);
  return Outcome::kDone;
}

// An Execute uses up the values that it names, however it has ended.
void ClientSession::EraseUsedValues() {
  for (const auto& column : request_.execute().parameters().columns()) {
    for (const auto& sent : column.sent_values()) values_.Erase(sent.value_id());
  }
}

// Of a text that runs now: it may be after a SET of the session.
TextReading ClientSession::ReadingOf(bool escape_scan) const {
  dialect::QuoteRules quotes;
  const auto strings = settings_.variables.find("standard_conforming_strings");
  if (strings != settings_.variables.end()) quotes.other_backslashes = sql::IsOff(strings->second);
  if (served_->backends->engine() == v1::ENGINE_MYSQL) quotes = MysqlQuotes();
  return {.escape_scan = escape_scan, .quotes = quotes};
}

// The text travels once per statement id; the translation is the pool's.
std::shared_ptr<const Script> ClientSession::ResolveScript(std::uint32_t statement_id,
                                                           const std::string* sql,
                                                           bool escape_scan) {
  if (sql != nullptr) {
    auto script = served_->statements.Get(*sql, ReadingOf(escape_scan));
    scripts_.insert_or_assign(statement_id, script);
    return script;
  }
  const auto found = scripts_.find(statement_id);
  if (found == scripts_.end()) {
    throw SessionError("26000", "the session has no statement " + std::to_string(statement_id));
  }
  return found->second;
}

// A user who may only read gets read-only transactions, and none of the statements that could leave
// them.
void ClientSession::CheckAllowed(const Script& script) const {
  if (!user_read_only_) return;
  for (const auto& statement : script.statements) {
    const bool ends = dialect::EndsTransaction(statement.translated.effect);
    if (statement.translated.is_read_only_safe || ends) continue;
    throw SessionError("25006", "user \"" + user_ + "\" may only read");
  }
}

void ClientSession::RequireFreshCursor(std::uint32_t id) const {
  if (id != 0 && !cursors_.contains(id) && cursors_.size() < kMaxCursors) return;
  throw SessionError(
      "HY014", "cursor id " + std::to_string(id) + " is in use, or too many cursors are open");
}

// Runs all statements, answers with the first result, and goes on with its rows within the credit.
void ClientSession::RunScript(pool::BackendLease& lease, const Script& script,
                              const values::ParameterSetView& parameters, RelayCursor fresh) {
  RequireFreshCursor(fresh.id);
  auto cursor = std::make_unique<RelayCursor>(std::move(fresh));
  cursor->request_id = request_.request_id();
  v1::Response response;
  auto& connection = lease.connection();
  {
    const RunningPhase running(cancel_point_, connection);
    std::size_t first_parameter = 0;
    for (std::size_t i = 0; i < script.statements.size(); ++i) {
      // A cancel may come when none of them runs: what has run has taken effect, like before an
      // error.
      if (i > 0 && cancel_point_.reason() != CancelReason::kNone) {
        AppendError(*cursor,
                    std::make_exception_ptr(SessionError("HY008", "the request was cancelled")));
        break;
      }
      const auto& given = script.statements[i];
      const auto count = static_cast<std::size_t>(given.translated.marker_count);
      const auto own_parameters = parameters.Slice(first_parameter, count);
      try {
        auto replaced = WithOwnOutcome(given);
        if (!replaced) replaced = ReadySequences(lease, given);
        const auto& statement = replaced ? *replaced : given;
        // The rows of the statement before stand in the way of this one.
        SpoolLive(*cursor);
        const CatalogUse use{*this, statement};
        BeginOutcome(lease, statement);
        cursor->output_markers = OutputMarkers(statement, own_parameters, first_parameter);
        RunReading(connection, statement, own_parameters, *cursor);
      } catch (const backend::BackendError& error) {
        if (!error.connection_lost()) {
          NoteHolds(lease, given, own_parameters, true);
          NoteDrawing(lease, given, true);
        }
        NoteFailedOutcome(error);
        if (i == 0 || error.connection_lost()) throw;
        // Earlier statements have taken effect: their results come first, then the error.
        AppendError(*cursor, std::current_exception());
        break;
      } catch (const SessionError&) {
        if (i == 0) throw;
        AppendError(*cursor, std::current_exception());
        break;
      }
      AfterStatement(lease, given, own_parameters, response);
      first_parameter += count;
    }
    BeginResult(*cursor, response);
  }
  KeepLeaseIfNeeded(lease, *cursor);
  Answer(response);
  if (Finished(*cursor)) return;
  auto& kept = *cursors_.emplace(cursor->id, std::move(cursor)).first->second;
  Pump(kept);
}

// Once more with the values that it asks for, where the connection does not know them.
void ClientSession::RunReading(backend::BackendConnection& connection,
                               const ScriptStatement& statement,
                               const values::ParameterSetView& parameters, RelayCursor& cursor) {
  std::optional<ScriptStatement> replaced;
  try {
    return RunStatement(connection, statement, parameters, std::nullopt, cursor);
  } catch (const backend::BackendError& error) {
    replaced = AfterUndefinedSequence(error, connection, statement);
    if (!replaced) throw;
  }
  RunStatement(connection, *replaced, parameters, std::nullopt, cursor);
}

// Appends the statement's results to the cursor.
void ClientSession::RunStatement(backend::BackendConnection& connection,
                                 const ScriptStatement& statement,
                                 const values::ParameterSetView& parameters,
                                 std::optional<std::uint32_t> set, RelayCursor& cursor) {
  const auto& translated = statement.translated;
  const bool ends_transaction = dialect::EndsTransaction(translated.effect);
  const bool in_transaction = connection.transaction_state() != v1::TRANSACTION_STATE_NONE;
  // Even COMMIT rolls a failed transaction back.
  const bool failed = connection.transaction_state() == v1::TRANSACTION_STATE_FAILED;
  if (failed && ends_transaction) SettleTransaction(false);
  const auto& called = translated.called_routines;
  const bool may_learn = !in_transaction && !called.empty() && !MustAsk() && !KeepsBackend();
  if (may_learn && !served_->routines.Unknown(called, timer_.Now()).empty()) {
    // Before it runs: with a function that may leave something its rows would hold the connection.
    asked_routines_ = called;
    LearnRoutines(connection);
    asked_routines_.clear();
  }
  backend::SessionSettings settings = settings_;
  settings.last_insert_id = last_insert_id_;
  if (NeedsNoDatabase(statement)) settings.catalog.clear();
  const bool locks_tables = !autocommit_ && LocksTables(statement);
  if (locks_tables) settings.variables.insert_or_assign("autocommit", "0");
  backend::Execution execution;
  execution.settings = &settings;
  execution.begin_transaction = !autocommit_ && !in_transaction && !locks_tables &&
                                translated.effect != dialect::SessionEffect::kBeginTransaction &&
                                !translated.runs_outside_transaction && !ends_transaction;
  execution.statement_rollback = error_scope_ == v1::ERROR_SCOPE_STATEMENT &&
                                 (in_transaction || execution.begin_transaction) &&
                                 !ends_transaction;
  execution.prepare = request_.execute().prepared() && !statement.is_rewritten;
  committing_ = in_transaction && Commits(translated);
  execution.only_set = set;
  execution.fresh_sequences = fresh_sequences_;
  if (connection.TakesLongValues()) execution.long_values = &values_;
  // On MySQL a procedure's rows are its result sets, and its outputs come beside them.
  const bool row_is_output =
      !cursor.output_markers.empty() &&
      (translated.returns_value || served_->backends->engine() == v1::ENGINE_POSTGRES);
  if (row_is_output) {
    execution.output_columns = cursor.output_markers.size();
    // With nothing but markers for output the routine's other parameters have defaults.
    execution.further_columns = execution.output_columns == parameters.column_count();
  }
  backend::ResultHead head = ExecuteReading(connection, statement, parameters, execution);
  outcome_.row_count = head.affected_rows ? static_cast<std::int64_t>(*head.affected_rows) : -1;
  if (head.wants_single_sets) return RunWithEachSet(connection, statement, parameters, cursor);
  auto first_row = backend::FetchStatus::kMore;
  if (row_is_output && !head.columns.empty()) {
    first_row = TakeRowAsOutputs(connection, cursor.output_markers.size(), head);
    if (translated.returns_value) DropRows(connection, first_row, head);
  }
  if (statement.catalog) {
    // MariaDB's driver keeps ODBC 3's names for applications of ODBC 2; psqlodbc does not.
    const bool mysql = served_->backends->engine() == v1::ENGINE_MYSQL;
    const bool odbc2_names = request_.catalog().odbc2() && !mysql;
    dialect::DescribeCatalogResult(*statement.catalog, odbc2_names, head.columns);
    if (mysql && *statement.catalog == v1::Catalog::TABLES) {
      dialect::DescribeMysqlTables(head.columns);
    }
  }
  AppendResult(cursor, connection, std::move(head), translated.kind);
  if (first_row == backend::FetchStatus::kEnd && cursor.live()) EndLiveResult(cursor);
}

// A statement that returns rows runs once with each parameter set. On PostgreSQL that makes as many
// results, as with psqlodbc; on MySQL one result with the rows of all. What a procedure of MySQL
// selects differs from one result to the next: they follow each other, set after set, and then the
// outcome of all calls. (Connector/ODBC gives the results of the last set, and drops the others.) A
// set that fails leaves the others alone.
void ClientSession::RunWithEachSet(backend::BackendConnection& connection,
                                   const ScriptStatement& statement,
                                   const values::ParameterSetView& parameters,
                                   RelayCursor& cursor) {
  const bool one_result = served_->backends->engine() == v1::ENGINE_MYSQL;
  const std::uint32_t sets = parameters.row_count();
  const std::size_t first = cursor.results.size();
  std::vector<v1::ParameterSetStatus> statuses(sets, v1::PARAMETER_SET_STATUS_UNUSED);
  std::vector<v1::Diagnostic> errors;
  const bool of_call = one_result && statement.translated.kind == v1::STATEMENT_KIND_CALL;
  std::uint64_t affected = 0;
  for (std::uint32_t set = 0; set < sets; ++set) {
    const std::size_t before = cursor.results.size();
    try {
      RunStatement(connection, statement, parameters, set, cursor);
      // The rows of the last set may stay on the backend, unless others come before them.
      if (set + 1 < sets || (one_result && before > first) || of_call) SpoolLive(cursor);
      if (of_call) {
        affected += TakeOutcome(cursor, before);
      } else if (one_result && before > first) {
        MergeLastResult(cursor, first);
      }
      statuses[set] = v1::PARAMETER_SET_STATUS_SUCCESS;
    } catch (const backend::BackendError& error) {
      if (error.connection_lost() || cancel_point_.reason() != CancelReason::kNone) throw;
      DropResultsFrom(cursor, before, connection);
      statuses[set] = v1::PARAMETER_SET_STATUS_ERROR;
      v1::Diagnostic& diagnostic = errors.emplace_back(DiagnosticOf(error));
      diagnostic.set_row(std::int64_t{set} + 1);
    }
  }
  if (of_call) {
    auto& outcome = cursor.results.emplace_back(directory_->spool);
    outcome.kind = statement.translated.kind;
    outcome.head.affected_rows = affected;
  }
  if (errors.empty()) return;
  if (cursor.results.size() == first) {
    cursor.results.emplace_back(directory_->spool).kind = statement.translated.kind;
  }
  cursor.results[first].head.parameter_statuses = std::move(statuses);
  cursor.results[first].head.diagnostics = std::move(errors);
}

void ClientSession::AfterStatement(pool::BackendLease& lease, const ScriptStatement& statement,
                                   const values::ParameterSetView& parameters,
                                   v1::Response& response) {
  auto& connection = lease.connection();
  may_run_again_ = false;
  NoteHolds(lease, statement, parameters, false);
  NoteDrawing(lease, statement, false);
  NoteSavepoint(lease, statement);
  NoteVariables(connection, statement);
  if (const auto id = connection.last_insert_id(); id != 0) last_insert_id_ = id;
  for (auto& notice : connection.TakeNotices()) *response.add_diagnostics() = std::move(notice);
  NoteConditions(connection);
  LearnComputedMode(lease, statement);
}

// After the statement: does the session, or the rows that are left, need this connection further?
void ClientSession::KeepLeaseIfNeeded(pool::BackendLease& lease, RelayCursor& cursor) {
  if (&lease == &session_lease_) return;  // settled by RunOnSessionLease
  const bool in_transaction = lease.connection().transaction_state() != v1::TRANSACTION_STATE_NONE;
  if (IsPinned() || in_transaction) {
    session_lease_ = std::move(lease);
  } else if (cursor.live()) {
    cursor.lease = std::move(lease);
  }
}

}  // namespace sluice::relay::session
