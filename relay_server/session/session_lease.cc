// Which backend connection a request runs on, and for how long the session keeps it.

#include <utility>

#include "relay_server/log/log.h"
#include "relay_server/session/client_session.h"

namespace sluice::relay::session {

using backend::BackendError;
using pool::BackendLease;
using pool::BackendPool;

void ClientSession::RequireUsableTransaction() const {
  if (!transaction_lost_) return;
  throw SessionError("25S03",
                     "the transaction was rolled back when its backend connection was lost: "
                     "end it before going on");
}

// Runs the job, now or when a backend connection becomes free. The job answers the request itself.
ClientSession::Outcome ClientSession::WithLease(Job job) {
  RequireUsableTransaction();
  if (session_lease_) {
    RunOnSessionLease(job);
    return Outcome::kDone;
  }
  auto grant = Acquire(job);
  if (!grant) return Outcome::kParked;
  RunOnGrant(job, std::move(*grant));
  return Outcome::kDone;
}

// nullopt: parked; another thread may own the session already.
std::optional<BackendPool::Grant> ClientSession::Acquire(const Job& job) {
  auto& hosts = *served_->backends;
  for (;;) {
    if (auto attempt = hosts.TryAcquire(settings_.read_only, deadline_); attempt.grant) {
      return std::move(attempt.grant);
    }
    // Results of this very session hold connections that it would wait for: their rows are set
    // aside.
    SpoolAllOn(nullptr);
    auto attempt = hosts.TryAcquire(settings_.read_only, deadline_);
    if (attempt.grant) return std::move(attempt.grant);
    const bool parked = cancel_point_.Park(
        *attempt.backends, deadline_,
        [self = shared_from_this(), host = host_.shared_from_this(),
         job](BackendPool::Grant grant) { self->ContinueWithGrant(job, std::move(grant)); });
    if (parked) return std::nullopt;
  }
}

void ClientSession::ContinueWithGrant(const Job& job, BackendPool::Grant grant) {
  cancel_point_.LeaveWaiting();
  try {
    RunOnGrant(job, std::move(grant));
  } catch (...) {
    AnswerFailure(std::current_exception());
  }
  FinishRequest();
  host_.ResumeStrand();
}

void ClientSession::RunOnGrant(const Job& job, BackendPool::Grant grant) {
  if (auto* error = std::get_if<std::exception_ptr>(&grant)) std::rethrow_exception(*error);
  auto& lease = std::get<BackendLease>(grant);
  // Opening the session may ask the server for its facts: no statement yet.
  if (served_->mode == PoolMode::kSession && state_ == State::kOpen) {
    lease.MarkPinned();
    pinned_ = true;
    session_lease_ = std::move(lease);
    RunOnSessionLease(job);
    return;
  }
  try {
    job(lease);
  } catch (const BackendError& error) {
    if (!error.connection_lost()) {
      KeepOpenTransaction(lease);
    } else if (lease) {
      lease.MarkBroken();
      pinned_ = false;
    }
    throw;
  } catch (...) {
    KeepOpenTransaction(lease);
    throw;
  }
}

// A first statement that failed has begun the transaction, or pinned the session, all the same.
void ClientSession::KeepOpenTransaction(BackendLease& lease) {
  if (!lease) return;
  if (pinned_ || lease.connection().transaction_state() != v1::TRANSACTION_STATE_NONE) {
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
  try {
    job(session_lease_);
  } catch (const BackendError& error) {
    error.connection_lost() ? LoseSessionLease() : DiscardLeftovers();
    throw;
  } catch (...) {
    DiscardLeftovers();
    throw;
  }
}

void ClientSession::Pin(BackendLease& lease, const std::string& reason, v1::Response* response) {
  lease.MarkPinned();
  if (pinned_) return;
  pinned_ = true;
  lease.CountPin();
  log::Info("session_pinned",
            {{"session", id_}, {"pool", served_->backends->name()}, {"reason", reason}});
  if (response == nullptr) return;
  auto& diagnostic = *response->add_diagnostics();
  diagnostic.set_sqlstate("01000");
  diagnostic.set_message("this session keeps its backend connection from now on: " + reason);
}

// Gives the session's lease back when nothing holds it any more.
void ClientSession::SettleSessionLease() {
  // No COMMIT has ended it.
  if (transaction_state() == v1::TRANSACTION_STATE_NONE) SettleVariables(false);
  if (!session_lease_ || pinned_) return;
  auto& connection = session_lease_.connection();
  if (connection.transaction_state() != v1::TRANSACTION_STATE_NONE) return;
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
  const auto* connection = &session_lease_.connection();
  transaction_lost_ = !autocommit_ || connection->transaction_state() != v1::TRANSACTION_STATE_NONE;
  std::erase_if(cursors_, [&](const auto& entry) { return entry.second->backend == connection; });
  session_lease_.MarkBroken();
  session_lease_.Release();
  pinned_ = false;
}

}  // namespace sluice::relay::session
