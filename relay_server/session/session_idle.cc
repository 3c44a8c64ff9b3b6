// A transaction whose client has gone quiet holds a backend connection, locks, and old row
// versions: after the pool's idle_transaction_timeout it is rolled back. The client is told when it
// goes on. (PostgreSQL's idle_in_transaction_session_timeout and pgbouncer's
// idle_transaction_timeout end the connection; here only the transaction ends.)

#include <utility>

#include "relay_server/log/log.h"
#include "relay_server/pool/abort_guard.h"
#include "relay_server/session/client_session.h"

namespace sluice::relay::session {

// After each request.
void ClientSession::WatchIdleTransaction() {
  if (!session_lease_ || transaction_state() == v1::TRANSACTION_STATE_NONE) return;
  const auto timeout = served_->backends->limits().idle_transaction_timeout;
  if (timeout.count() == 0) return;
  idle_timer_ = timer_.Schedule(
      timer_.Now() + timeout,
      [weak = weak_from_this(), host = host_.weak_from_this(), quiet_since = requests_] {
        const auto keep_alive = host.lock();
        const auto self = weak.lock();
        if (!self || !keep_alive) return;
        keep_alive->PostToStrand([self, quiet_since] { self->EndIdleTransaction(quiet_since); });
      });
}

// On the strand.
void ClientSession::EndIdleTransaction(std::uint64_t quiet_since) {
  if (quiet_since != requests_ || !session_lease_) return;  // the client has come back meanwhile
  if (transaction_state() == v1::TRANSACTION_STATE_NONE) return;
  session_lease_.CountIdleTransactionTimeout();
  log::Info("idle_transaction_ended", {{"session", id_}, {"pool", served_->backends->name()}});
  const auto* connection = &session_lease_.connection();
  const auto reason = std::make_exception_ptr(
      SessionError("25P03", "the rows ended with their transaction, which was idle for too long"));
  std::vector<RelayCursor*> open;
  for (const auto& [id, cursor] : cursors_) {
    if (cursor->backend == connection) open.push_back(cursor.get());
  }
  for (RelayCursor* cursor : open) BreakOff(*cursor, reason);
  try {
    if (session_lease_) {
      auto& idle = session_lease_.connection();
      const pool::AbortGuard guard(timer_, idle, pool::kOwnWorkLimit);
      idle.EndTransaction(false);
    }
  } catch (const backend::BackendError&) {
    LoseSessionLease();
  }
  transaction_lost_by_ = session_lease_ ? LostBy::kIdleness : LostBy::kConnection;
  SettleTransaction(false);
  if (session_lease_ && MustAsk()) AskForHolds();
  if (session_lease_ && sequences_.ask) AskForSequences();
  CountPins();
  if (session_lease_ && !IsPinned()) session_lease_.Release();
  NoteHolderState(false);
}

}  // namespace sluice::relay::session
