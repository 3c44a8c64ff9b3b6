#include "relay_server/session/cancel_point.h"

#include <algorithm>
#include <utility>

#include "relay_server/session/session_error.h"

namespace sluice::relay::session {
namespace {

// A backend that does not take the cancel within this time is cut off by AbortIfRunning.
constexpr std::chrono::seconds kCancelTimeout{3};
// Cancels that arrive before their request has its turn. As many as may wait for it.
constexpr std::size_t kMaxEarly = 1024;

}  // namespace

void CancelPoint::Begin(std::uint64_t request_id) {
  const std::lock_guard lock(mutex_);
  request_id_ = request_id;
  last_begun_ = std::max(last_begun_, request_id);
  const bool cancelled = std::erase(cancelled_early_, request_id) != 0;
  std::erase_if(cancelled_early_, [&](std::uint64_t id) { return id < last_begun_; });
  // A client that is gone stays gone; everything else belongs to the request before.
  if (reason_ == CancelReason::kGone) return;
  reason_ = cancelled ? CancelReason::kClient : CancelReason::kNone;
}

void CancelPoint::Resume(std::uint64_t request_id) {
  const std::lock_guard lock(mutex_);
  request_id_ = request_id;
  if (reason_ != CancelReason::kGone) reason_ = CancelReason::kNone;
}

CancelReason CancelPoint::End() {
  const std::lock_guard lock(mutex_);
  return std::exchange(request_id_, 0) == 0 ? CancelReason::kNone : reason_;
}

CancelReason CancelPoint::reason() const {
  const std::lock_guard lock(mutex_);
  return reason_;
}

bool CancelPoint::Park(pool::BackendPool& pool, wire::Deadline deadline,
                       pool::BackendPool::OnGrant on_grant, const pool::LeaseOwner& owner) {
  const std::lock_guard lock(mutex_);
  if (reason_ != CancelReason::kNone) throw SessionError("HY008", "the request was cancelled");
  pool_ = &pool;
  return pool.Park(deadline, &waiter_, std::move(on_grant), owner);
}

void CancelPoint::LeaveWaiting() {
  const std::lock_guard lock(mutex_);
  waiter_ = 0;
}

bool CancelPoint::EnterRunning(backend::BackendConnection& connection, Work work) {
  const std::lock_guard lock(mutex_);
  const bool released =
      stoppable_cursor_ != 0 &&
      std::ranges::find(released_cursors_, stoppable_cursor_) != released_cursors_.end();
  if (released || reason_ != CancelReason::kNone) {
    stoppable_cursor_ = 0;
    return false;
  }
  running_ = &connection;
  work_ = work;
  return true;
}

void CancelPoint::LeaveRunning() {
  const std::lock_guard lock(mutex_);
  running_ = nullptr;
  stoppable_cursor_ = 0;
}

CancelPoint::Result CancelPoint::Cancel(std::uint64_t request_id, CancelReason reason,
                                        std::string* why) {
  const std::lock_guard lock(mutex_);
  if (reason == CancelReason::kGone) {
    reason_ = reason;  // also for all that follows
  }
  if (request_id_ == 0 || (request_id != 0 && request_id != request_id_)) {
    if (request_id > last_begun_ && cancelled_early_.size() < kMaxEarly) {
      cancelled_early_.push_back(request_id);
    }
    return Result::kNotCurrent;
  }
  const bool is_new = reason_ == CancelReason::kNone || reason == CancelReason::kGone;
  if (!is_new) return Result::kNotedBefore;  // who asks again and again is not heard more often
  if (reason_ == CancelReason::kNone) reason_ = reason;
  if (waiter_ != 0 && pool_->CancelWaiter(waiter_, why)) {
    waiter_ = 0;
    return Result::kUnparked;
  }
  if (MayStopRunning()) running_->Cancel(wire::DeadlineAfter(kCancelTimeout));
  return Result::kNoted;
}

bool CancelPoint::CancelAgain(std::uint64_t request_id) {
  const std::lock_guard lock(mutex_);
  if (!IsMeant(request_id)) return false;
  if (MayStopRunning()) running_->Cancel(wire::DeadlineAfter(kCancelTimeout));
  return true;
}

bool CancelPoint::NoteStop(std::uint64_t request_id) {
  const std::lock_guard lock(mutex_);
  if (stops_.size() < kMaxEarly) stops_.push_back(request_id);
  return stops_.size() == 1;
}

std::vector<std::uint64_t> CancelPoint::TakeStops() {
  const std::lock_guard lock(mutex_);
  return std::exchange(stops_, {});
}

void CancelPoint::MayStopRowsOf(std::uint32_t cursor_id) {
  const std::lock_guard lock(mutex_);
  stoppable_cursor_ = cursor_id;
}

void CancelPoint::StopRowsOf(std::uint32_t cursor_id) {
  const std::lock_guard lock(mutex_);
  if (released_cursors_.size() < kMaxEarly) released_cursors_.push_back(cursor_id);
  if (cursor_id == 0 || cursor_id != stoppable_cursor_ || running_ == nullptr) return;
  if (reason_ == CancelReason::kNone) reason_ = CancelReason::kClient;
  running_->Cancel(wire::DeadlineAfter(kCancelTimeout));
}

void CancelPoint::ForgetRowsOf(std::uint32_t cursor_id) {
  const std::lock_guard lock(mutex_);
  std::erase(released_cursors_, cursor_id);
}

void CancelPoint::AbortIfRunning(std::uint64_t request_id) {
  const std::lock_guard lock(mutex_);
  if (IsMeant(request_id) && MayStopRunning()) running_->Abort();
}

// Whatever runs for a client that is gone (request 0), else this request alone, once cancelled.
bool CancelPoint::IsMeant(std::uint64_t request_id) const {
  const bool meant = request_id == 0 ? reason_ == CancelReason::kGone : request_id == request_id_;
  return meant && request_id_ != 0 && reason_ != CancelReason::kNone;
}

bool CancelPoint::MayStopRunning() const {
  return running_ != nullptr && (work_ == Work::kOfRequest || reason_ == CancelReason::kGone);
}

RunningPhase::RunningPhase(CancelPoint& point, backend::BackendConnection& connection,
                           CancelPoint::Work work)
    : point_(point) {
  if (!point.EnterRunning(connection, work)) {
    throw SessionError("HY008", "the request was cancelled");
  }
}

}  // namespace sluice::relay::session
