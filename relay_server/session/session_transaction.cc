#include <utility>

#include "relay_server/session/client_session.h"

namespace sluice::relay::session {

ClientSession::Outcome ClientSession::HandleEndTransaction() {
  EndTransaction(request_.end_transaction().completion() == v1::EndTransaction::COMMIT);
  v1::Response response;
  response.mutable_transaction_ended();
  Answer(response);
  return Outcome::kDone;
}

// A transaction that is gone is ended by COMMIT or ROLLBACK as text, too.
ClientSession::Outcome ClientSession::EndLostTransaction(const Script& script) {
  if (script.statements.front().translated.effect == dialect::SessionEffect::kCommit) {
    ThrowTransactionLost();
  }
  transaction_lost_by_ = LostBy::kNothing;
  v1::Response response;
  response.mutable_result()->set_kind(script.statements.front().translated.kind);
  Answer(response);
  return Outcome::kDone;
}

// The answer to COMMIT, which ends the transaction as much as ROLLBACK does.
void ClientSession::ThrowTransactionLost() {
  const bool idle = std::exchange(transaction_lost_by_, LostBy::kNothing) == LostBy::kIdleness;
  throw SessionError("25S03", idle ? "the transaction was rolled back: it was idle for longer than "
                                     "idle_transaction_timeout"
                                   : "the transaction was rolled back: its backend connection was "
                                     "lost");
}

// MySQL commits before it runs DDL or begins another transaction (manual, "Statements That Cause an
// Implicit Commit").
bool ClientSession::Commits(const dialect::TranslatedStatement& statement) const {
  using dialect::SessionEffect;
  if (statement.effect == SessionEffect::kCommit) return true;
  return served_->backends->engine() == v1::ENGINE_MYSQL &&
         (statement.kind == v1::STATEMENT_KIND_DDL ||
          statement.effect == SessionEffect::kBeginTransaction);
}

// Whatever became of the transaction, it is over.
void ClientSession::ThrowCommitUnknown(const backend::BackendError& error) {
  transaction_lost_by_ = LostBy::kNothing;
  throw SessionError("08007", std::string("whether the transaction was committed is unknown: the "
                                          "backend connection was lost meanwhile: ") +
                                  error.what());
}

// With ERROR_SCOPE_TRANSACTION: after an error, or at the next request where rows have broken off.
void ClientSession::UndoFailedTransaction() {
  const bool is_due = error_scope_ == v1::ERROR_SCOPE_TRANSACTION && state_ == State::kOpen &&
                      !transaction_lost() && session_lease_ &&
                      transaction_state() == v1::TRANSACTION_STATE_FAILED;
  if (!is_due) return;
  try {
    EndTransaction(false);
  } catch (const std::exception&) {  // it stays failed: the client ends it
  }
}

// Does nothing when no transaction is open: BEGIN travels with the first statement, not before it.
void ClientSession::EndTransaction(bool commit) {
  if (transaction_lost()) {
    if (commit) ThrowTransactionLost();
    transaction_lost_by_ = LostBy::kNothing;
    return;
  }
  if (transaction_state() == v1::TRANSACTION_STATE_NONE) return;
  // Cursors outlive the transaction: the rows that are still to come are set aside.
  SpoolAllOn(&session_lease_.connection());
  if (!session_lease_) {  // lost meanwhile
    transaction_lost_by_ = LostBy::kConnection;
    return EndTransaction(commit);
  }
  auto& connection = session_lease_.connection();
  const bool failed = connection.transaction_state() == v1::TRANSACTION_STATE_FAILED;
  try {
    const RunningPhase running(cancel_point_, connection);
    connection.EndTransaction(commit && !failed);
    SettleTransaction(commit && !failed);
  } catch (const backend::BackendError& error) {
    if (!error.connection_lost()) throw;
    LoseSessionLease();
    if (commit) ThrowCommitUnknown(error);
    transaction_lost_by_ = LostBy::kNothing;  // the server rolls back what loses its connection
    return;
  }
  if (commit && failed) {
    throw SessionError("25S03", "the transaction had failed and was rolled back");
  }
}

}  // namespace sluice::relay::session
