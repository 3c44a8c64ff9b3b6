// Which backend connection a request runs on, and for how long the session keeps it.

#include <utility>

#include "relay_server/log/log.h"
#include "relay_server/session/client_session.h"

namespace sluice::relay::session {

using backend::BackendError;
using pool::BackendLease;
using pool::BackendPool;

namespace {

// Why no backend connection could be had. ODBC, appendix A: 08001 the connection could not be
// established, 08004 the server rejected it. The server's own states (a wrong password, too many
// clients) are about the relay's user, not the application's.
[[noreturn]] void RethrowForClient(const std::exception_ptr& error, bool timed_out) {
  try {
    std::rethrow_exception(error);
  } catch (const BackendError& e) {
    const bool unreachable =
        e.sqlstate() == "HY000" || (e.sqlstate().starts_with("08") && e.sqlstate() != "08004");
    const char* const sqlstate = timed_out ? "HYT00" : unreachable ? "08001" : "08004";
    throw BackendError(sqlstate, e.native_code(), e.what());
  }
}

}  // namespace

void ClientSession::RequireUsableTransaction() const {
  if (transaction_lost_by_ == LostBy::kConnection) {
    throw SessionError("25S03",
                       "the transaction was rolled back when its backend connection was lost: "
                       "end it before going on");
  }
  if (transaction_lost_by_ == LostBy::kIdleness) {
    const auto timeout = served_->backends->limits().idle_transaction_timeout.count();
    throw SessionError("25P03", "the transaction was rolled back: its client sent nothing for " +
                                    std::to_string(timeout) +
                                    " ms (idle_transaction_timeout of pool \"" +
                                    served_->backends->name() + "\"): roll back before going on");
  }
}

// Runs the job, now or when a backend connection becomes free. The job answers the request itself.
ClientSession::Outcome ClientSession::WithLease(const Job& job) {
  RequireUsableTransaction();
  if (HasUsableSessionLease()) {
    RunOnSessionLease(job);
    return Outcome::kDone;
  }
  if (std::exchange(wants_place_, false)) {
    if (auto place = DrawingPlace()) return RunOnGrant(job, std::move(*place));
  }
  auto grant = Acquire(job);
  if (!grant) return Outcome::kParked;
  return RunOnGrant(job, std::move(*grant));
}

// A connection that was only kept because of the mode holds nothing that another would not have:
// when the server has closed it meanwhile, another one takes its place.
bool ClientSession::HasUsableSessionLease() {
  if (!session_lease_) return false;
  auto& connection = session_lease_.connection();
  const bool replaceable = keeps_lease_ && holds_.empty() && !MustAsk() &&
                           !connection.has_open_result() &&
                           connection.transaction_state() == v1::TRANSACTION_STATE_NONE;
  if (!replaceable || !connection.IsDead()) return true;
  session_lease_.CountRetry();
  session_lease_.MarkBroken();
  session_lease_.Release();
  return false;
}

// nullopt: parked; another thread may own the session already.
std::optional<BackendPool::Grant> ClientSession::Acquire(const Job& job) {
  auto& hosts = *served_->backends;
  for (;;) {
    if (auto attempt = hosts.TryAcquire(settings_.read_only, deadline_, owner_); attempt.grant) {
      return std::move(attempt.grant);
    }
    // Results of this very session hold connections that it would wait for: their rows are set
    // aside.
    SpoolAllOn(nullptr);
    auto attempt = hosts.TryAcquire(settings_.read_only, deadline_, owner_);
    if (attempt.grant) return std::move(attempt.grant);
    const bool parked = cancel_point_.Park(
        *attempt.backends, deadline_,
        [self = shared_from_this(), host = host_.shared_from_this(),
         job](BackendPool::Grant grant) { self->ContinueWithGrant(job, std::move(grant)); },
        owner_);
    if (parked) return std::nullopt;
  }
}

void ClientSession::ContinueWithGrant(const Job& job, BackendPool::Grant grant) {
  cancel_point_.LeaveWaiting();
  try {
    if (RunOnGrant(job, std::move(grant)) == Outcome::kParked) return;
  } catch (...) {
    AnswerFailure(std::current_exception());
  }
  FinishRequest();
  host_.ResumeStrand();
}

ClientSession::Outcome ClientSession::RunOnGrant(const Job& job, BackendPool::Grant grant) {
  if (auto* error = std::get_if<std::exception_ptr>(&grant)) {
    RethrowForClient(*error, timer_.Now() >= deadline_);
  }
  auto& lease = std::get<BackendLease>(grant);
  FollowLease(lease);
  // Opening the session may ask the server for its facts: no statement yet.
  if (KeepsBackend() && state_ == State::kOpen) {
    keeps_lease_ = true;
    session_lease_ = std::move(lease);
    SetLeftovers(session_lease_);
    RunOnSessionLease(job);
    return Outcome::kDone;
  }
  try {
    job(lease);
    return Outcome::kDone;
  } catch (const BackendError& error) {
    if (!error.connection_lost()) {
      KeepOpenTransaction(lease);
    } else if (lease) {
      lease.MarkBroken();
      holds_.Clear();
      holds_changed_ = true;
      ForgetQuestions();
      LoseDrawingPlace();
    }
    if (!MayRunAgain(error)) throw;
    lease.CountRetry();
  } catch (...) {
    KeepOpenTransaction(lease);
    throw;
  }
  lease.Release();
  return WithLease(job);
}

// The server closed the connection in the moment it was leased, and has not seen the statement:
// another connection runs it, once. Nothing else is ever retried.
bool ClientSession::MayRunAgain(const BackendError& error) {
  if (!error.never_ran() || !std::exchange(may_run_again_, false)) return false;
  return cancel_point_.reason() == CancelReason::kNone;
}

// A first statement that failed has begun the transaction, or pinned the session, all the same.
void ClientSession::KeepOpenTransaction(BackendLease& lease) {
  if (!lease) return;
  if (IsPinned() || lease.connection().transaction_state() != v1::TRANSACTION_STATE_NONE) {
    session_lease_ = std::move(lease);
    DiscardLeftovers();
  }
}

// Rows of a statement that has failed in the relay have no cursor; the next one must not meet them.
void ClientSession::DiscardLeftovers() {
  if (!session_lease_) return;
  auto& connection = session_lease_.connection();
  if (!connection.has_open_result()) return;
  for (const auto& [id, cursor] : cursors_) {
    if (cursor->backend == &connection) return;
  }
  try {
    connection.DiscardResults();
  } catch (const BackendError&) {
    LoseSessionLease();
  }
}

void ClientSession::RunOnSessionLease(const Job& job) {
  SpoolAllOn(&session_lease_.connection());
  if (!session_lease_) {
    RequireUsableTransaction();
    throw SessionError("08S01", "the session's backend connection was lost");
  }
  NoteHolderState(true);
  try {
    committing_ = false;
    job(session_lease_);
  } catch (const BackendError& error) {
    error.connection_lost() ? LoseSessionLease() : DiscardLeftovers();
    if (error.connection_lost() && committing_) ThrowCommitUnknown(error);
    throw;
  } catch (...) {
    DiscardLeftovers();
    throw;
  }
}

// For those who wait: what the session does with the connection that it keeps.
void ClientSession::NoteHolderState(bool busy) {
  using pool::HolderState;
  if (!session_lease_) return;
  const bool in_transaction =
      session_lease_.connection().transaction_state() != v1::TRANSACTION_STATE_NONE;
  if (in_transaction) {
    session_lease_.SetHolderState(busy ? HolderState::kBusyInTransaction
                                       : HolderState::kIdleInTransaction);
  } else {
    session_lease_.SetHolderState(busy ? HolderState::kBusy : HolderState::kIdle);
  }
}

// Gives the session's lease back when nothing holds it any more.
void ClientSession::SettleSessionLease() {
  if (state_ == State::kNew) return;
  const bool ended = transaction_state() == v1::TRANSACTION_STATE_NONE;
  if (ended) SettleTransaction(false);  // no COMMIT has ended it
  const bool may_ask = ended && session_lease_ && !session_lease_.connection().has_open_result();
  if (MustAsk() && may_ask) AskForHolds();
  if (sequences_.ask && may_ask && session_lease_) AskForSequences();
  CountPins();
  if (!session_lease_ || IsPinned() || !ended) return;
  auto& connection = session_lease_.connection();
  for (auto& [id, cursor] : cursors_) {
    if (cursor->backend != &connection) continue;
    cursor->lease = std::move(session_lease_);
    Pause(*cursor);
    return;
  }
  session_lease_.Release();
}

// The backend connection broke: what it held is gone, and the client must learn that its
// transaction is.
void ClientSession::LoseSessionLease() {
  const bool in_transaction = !autocommit_ || transaction_state() != v1::TRANSACTION_STATE_NONE;
  if (in_transaction && !transaction_lost()) transaction_lost_by_ = LostBy::kConnection;
  DropSessionLease();
}

// For the next answer.
void ClientSession::NoteLostHolds() noexcept {
  if (holds_.empty()) return;
  try {
    lost_holds_ = holds_.text();
  } catch (const std::exception&) {
    lost_holds_ = "what pinned it";  // so short that it takes no memory
  }
}

// It broke between transactions, in work of the relay's own.
void ClientSession::DropSessionLease() {
  const auto* connection = &session_lease_.connection();
  std::erase_if(cursors_, [&](const auto& entry) { return entry.second->backend == connection; });
  session_lease_.MarkBroken();
  session_lease_.Release();
  NoteLostHolds();
  holds_.Clear();
  holds_changed_ = true;
  ForgetQuestions();
  LoseDrawingPlace();
}

}  // namespace sluice::relay::session
