// What MySQL can be asked about the statement before, which the relay remembers: its connection may
// have been another one, and the relay's own statements have run there since.

#include <utility>

#include "relay_server/session/client_session.h"

namespace sluice::relay::session {

// The session's connection knows of its last statement itself, but for ROW_COUNT(), which the
// relay's SHOW WARNINGS changes.
bool ClientSession::HasOutcomeHere() const {
  return session_lease_ && outcome_lease_ == session_lease_.number();
}

// On the connection that the session keeps, whose sequences nobody else has used, or the session
// since it has it.
bool ClientSession::MayTellDrawn() const {
  if (!session_lease_) return false;
  const auto lease = session_lease_.number();
  return drew_on_ == lease || (sequences_.lease == lease && sequences_.lease_is_pure);
}

// The statement with the answer in its text. What is not known is refused: another session's would
// be there.
std::optional<ScriptStatement> ClientSession::WithOwnOutcome(
    const ScriptStatement& statement) const {
  const auto& reads = statement.translated.outcome_reads;
  if (reads.drawn && !MayTellDrawn()) {
    throw SessionError(
        "HYC00",
        "LASTVAL() and PREVIOUS VALUE FOR tell what a backend connection has drawn "
        "from the sequence last, which may have been another session's: draw and ask "
        "in one transaction, or connect with Pinning=always and draw before asking");
  }
  if (!reads.any && !reads.diagnostics) return std::nullopt;
  const bool has_found_rows = !reads.found_rows || outcome_.found_rows.has_value();
  if (HasOutcomeHere()) {
    const bool knows_best = reads.diagnostics || !has_found_rows || !asked_conditions_;
    if (knows_best) return std::nullopt;
  } else if (reads.diagnostics || !has_found_rows) {
    throw SessionError("HYC00",
                       "GET DIAGNOSTICS and FOUND_ROWS() tell of the last statement on a backend "
                       "connection, which may have been another session's: run both statements in "
                       "one transaction, or connect with Pinning=always");
  }
  ScriptStatement replaced = statement;
  auto native = std::make_shared<backend::Statement>();
  native->sql = dialect::WithOutcome(statement.native->sql, outcome_);
  native->parameter_count = statement.native->parameter_count;
  native->kind = statement.native->kind;
  replaced.native = std::move(native);
  replaced.is_rewritten = true;
  return replaced;
}

// A statement is about to run. One that asks for the outcome of another leaves that as it is.
void ClientSession::BeginOutcome(const pool::BackendLease& lease,
                                 const ScriptStatement& statement) {
  const auto& translated = statement.translated;
  outcome_request_ = request_.request_id();
  // With SQL_CALC_FOUND_ROWS there are more than are sent.
  counts_rows_ = translated.kind == v1::STATEMENT_KIND_SELECT && translated.holds.takes.empty();
  outcome_.found_rows.reset();
  keeps_conditions_ = translated.outcome_reads.any || translated.outcome_reads.diagnostics;
  if (keeps_conditions_) {
    if (statement.is_rewritten) outcome_lease_ = 0;
    return;
  }
  outcome_.conditions.clear();
  asked_conditions_ = false;
  outcome_lease_ = lease.number();
}

// What the server has to tell when a result of the statement has ended.
void ClientSession::NoteConditions(backend::BackendConnection& connection) {
  if (keeps_conditions_) return;
  outcome_.conditions.clear();
  for (const auto& condition : connection.Conditions()) {
    asked_conditions_ = true;
    outcome_.conditions.push_back({condition.level, condition.code, condition.message});
  }
}

void ClientSession::NoteFailedOutcome(const backend::BackendError& error) {
  outcome_.row_count = -1;
  outcome_.conditions = {{"Error", error.native_code(), error.what()}};
}

// The rows of a result have been read to their end, or as many of them as were wanted.
void ClientSession::NoteRowsEnded(const RelayCursor& cursor, backend::BackendConnection& connection,
                                  bool all) {
  if (cursor.request_id != outcome_request_) return;
  if (counts_rows_ && all) outcome_.found_rows = cursor.rows_read;
  if (all && !connection.has_open_result()) NoteConditions(connection);
}

}  // namespace sluice::relay::session
