#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "relay_server/backend/backend.h"
#include "relay_server/pool/backend_pool.h"

namespace sluice::relay::session {

enum class CancelReason {
  kNone,
  kClient,    // the application asked: HY008
  kDeadline,  // the request's timeout passed: HYT00
  kGone,      // nobody waits for the answer any more
};

// What the request under way is doing, so that another thread can stop exactly that. The strand
// marks phases; Cancel holds the lock while it reaches into the pool or the backend, and leaving a
// phase takes the lock: a cancel therefore never hits what comes after. Thread-safe.
class CancelPoint {
 public:
  // The strand's side.
  void Begin(std::uint64_t request_id);
  // The same for rows of an earlier request, that are sent or set aside now.
  void Resume(std::uint64_t request_id);
  // Whether, and why, it has been cancelled. What it leaves behind is then the caller's to stop.
  CancelReason End();
  CancelReason reason() const;
  // Parks in the pool's queue, see BackendPool::Park. Throws SessionError HY008 when the request
  // has been cancelled already. After it returned true another thread may own the strand.
  bool Park(pool::BackendPool& pool, wire::Deadline deadline, pool::BackendPool::OnGrant on_grant,
            const pool::LeaseOwner& owner);
  void LeaveWaiting();
  // What the connection does meanwhile.
  enum class Work {
    kOfRequest,   // any cancel of the request stops it
    kForRequest,  // reads another statement's rows, which only a vanished client may stop
  };
  // The rows that the next running phase reads are this cursor's, and nothing but rows is lost when
  // the backend is told to stop.
  void MayStopRowsOf(std::uint32_t cursor_id);
  // false: the request has been cancelled already and must not start.
  bool EnterRunning(backend::BackendConnection& connection, Work work);
  void LeaveRunning();

  enum class Result {
    kNotCurrent,   // another request is under way, or none; noted if this one is still to come
    kNoted,        // will take effect before or instead of what comes next, or the backend was told
    kNotedBefore,  // the same cancel has come already
    kUnparked,     // the waiter was taken out of the queue: the caller must answer in its place
  };
  // Any thread. request_id 0 means whichever is under way. With kUnparked `why` tells why it
  // waited.
  Result Cancel(std::uint64_t request_id, CancelReason reason, std::string* why = nullptr);
  // Any thread. Tells the backend once more. False: it has taken the cancel, or what came after.
  bool CancelAgain(std::uint64_t request_id);
  // Any thread. The rows of a request that was answered before are to end on the strand. True: it
  // has to be told (TakeStops); else it knows already that there are some.
  bool NoteStop(std::uint64_t request_id);
  std::vector<std::uint64_t> TakeStops();
  // Any thread. The client has let go of the cursor: if its rows are waited for now, and may be
  // stopped, the backend is told.
  void StopRowsOf(std::uint32_t cursor_id);
  // The strand has come to the cursor's release.
  void ForgetRowsOf(std::uint32_t cursor_id);
  // Cuts the backend connection of this request if it still runs after a cancel.
  void AbortIfRunning(std::uint64_t request_id);

 private:
  // With mutex_ held.
  bool MayStopRunning() const;
  bool IsMeant(std::uint64_t request_id) const;

  mutable std::mutex mutex_;  // guards all below
  std::uint64_t request_id_ = 0;
  CancelReason reason_ = CancelReason::kNone;
  pool::BackendPool* pool_ = nullptr;  // that waiter_ waits in
  pool::BackendPool::WaiterId waiter_ = 0;
  backend::BackendConnection* running_ = nullptr;
  Work work_ = Work::kOfRequest;                 // of running_
  std::vector<std::uint32_t> released_cursors_;  // whose release waits for its turn
  std::uint32_t stoppable_cursor_ = 0;  // whose rows running_ reads; 0: none that may be stopped
  std::uint64_t last_begun_ = 0;        // request ids rise
  std::vector<std::uint64_t> cancelled_early_;  // requests that wait for their turn
  std::vector<std::uint64_t> stops_;            // requests whose rows are to end
};

// The request talks to a backend while this lives.
class RunningPhase {
 public:
  // Throws SessionError HY008 when the request has been cancelled already.
  RunningPhase(CancelPoint& point, backend::BackendConnection& connection,
               CancelPoint::Work work = CancelPoint::Work::kOfRequest);
  ~RunningPhase() { point_.LeaveRunning(); }
  RunningPhase(const RunningPhase&) = delete;
  RunningPhase& operator=(const RunningPhase&) = delete;

 private:
  CancelPoint& point_;
};

}  // namespace sluice::relay::session
