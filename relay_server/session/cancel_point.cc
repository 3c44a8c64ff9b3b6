#include "relay_server/session/cancel_point.h"

#include <utility>

#include "relay_server/session/session_error.h"

namespace sluice::relay::session {
namespace {

// A backend that does not take the cancel within this time is cut off by AbortIfRunning.
constexpr std::chrono::seconds kCancelTimeout{3};

}  // namespace

void CancelPoint::Begin(std::uint64_t request_id) {
  const std::lock_guard lock(mutex_);
  request_id_ = request_id;
  // A client that is gone stays gone; everything else belongs to the request before.
  if (reason_ != CancelReason::kGone) reason_ = CancelReason::kNone;
}

void CancelPoint::End() {
  const std::lock_guard lock(mutex_);
  request_id_ = 0;
}

CancelReason CancelPoint::reason() const {
  const std::lock_guard lock(mutex_);
  return reason_;
}

bool CancelPoint::Park(pool::BackendPool& pool, wire::Deadline deadline,
                       pool::BackendPool::OnGrant on_grant) {
  const std::lock_guard lock(mutex_);
  if (reason_ != CancelReason::kNone) throw SessionError("HY008", "the request was cancelled");
  pool_ = &pool;
  return pool.Park(deadline, &waiter_, std::move(on_grant));
}

void CancelPoint::LeaveWaiting() {
  const std::lock_guard lock(mutex_);
  waiter_ = 0;
}

bool CancelPoint::EnterRunning(backend::BackendConnection& connection) {
  const std::lock_guard lock(mutex_);
  if (reason_ != CancelReason::kNone) return false;
  running_ = &connection;
  return true;
}

void CancelPoint::LeaveRunning() {
  const std::lock_guard lock(mutex_);
  running_ = nullptr;
}

CancelPoint::Result CancelPoint::Cancel(std::uint64_t request_id, CancelReason reason) {
  const std::lock_guard lock(mutex_);
  if (reason == CancelReason::kGone) {
    reason_ = reason;  // also for all that follows
  }
  if (request_id_ == 0 || (request_id != 0 && request_id != request_id_)) {
    return Result::kNotCurrent;
  }
  if (reason_ == CancelReason::kNone) reason_ = reason;
  if (waiter_ != 0 && pool_->CancelWaiter(waiter_)) {
    waiter_ = 0;
    return Result::kUnparked;
  }
  if (running_ != nullptr) running_->Cancel(wire::DeadlineAfter(kCancelTimeout));
  return Result::kNoted;
}

void CancelPoint::AbortIfRunning(std::uint64_t request_id) {
  const std::lock_guard lock(mutex_);
  if (running_ != nullptr && request_id == request_id_) running_->Abort();
}

RunningPhase::RunningPhase(CancelPoint& point, backend::BackendConnection& connection)
    : point_(point) {
  if (!point.EnterRunning(connection)) throw SessionError("HY008", "the request was cancelled");
}

}  // namespace sluice::relay::session
