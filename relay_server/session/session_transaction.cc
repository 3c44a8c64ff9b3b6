#include "relay_server/session/client_session.h"

namespace sluice::relay::session {

ClientSession::Outcome ClientSession::HandleEndTransaction() {
  EndTransaction(request_.end_transaction().completion() == v1::EndTransaction::COMMIT);
  v1::Response response;
  response.mutable_transaction_ended();
  Answer(response);
  return Outcome::kDone;
}

// Does nothing when no transaction is open: BEGIN travels with the first statement, not before it.
void ClientSession::EndTransaction(bool commit) {
  if (transaction_lost_) {
    transaction_lost_ = false;
    if (!commit) return;
    throw SessionError("25S03", "the transaction was rolled back: its backend connection was lost");
  }
  if (transaction_state() == v1::TRANSACTION_STATE_NONE) return;
  // Cursors outlive the transaction: the rows that are still to come are set aside.
  SpoolAllOn(&session_lease_.connection());
  if (!session_lease_) {  // lost meanwhile
    transaction_lost_ = true;
    return EndTransaction(commit);
  }
  auto& connection = session_lease_.connection();
  const bool failed = connection.transaction_state() == v1::TRANSACTION_STATE_FAILED;
  try {
    const RunningPhase running(cancel_point_, connection);
    connection.EndTransaction(commit && !failed);
    SettleVariables(commit && !failed);
  } catch (const backend::BackendError& error) {
    if (!error.connection_lost()) throw;
    LoseSessionLease();
    transaction_lost_ = false;  // whatever became of it, it is over
    if (!commit) return;        // the server rolls back what loses its connection
    throw SessionError("08007", std::string("whether the transaction was committed is unknown: the "
                                            "backend connection was lost meanwhile: ") +
                                    error.what());
  }
  if (commit && failed) {
    throw SessionError("25S03", "the transaction had failed and was rolled back");
  }
}

}  // namespace sluice::relay::session
