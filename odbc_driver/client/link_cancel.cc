// Who may send, and cancels, which must not wait for that.

#include <string>
#include <utility>
#include <vector>

#include "odbc_driver/client/link.h"
#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver::client {

Link::Sending::Sending(Link& owner, Deadline deadline)
    : link(owner), lock(owner.send_mutex_, std::defer_lock) {
  if (deadline == wire::kNoDeadline) {
    lock.lock();
  } else if (!lock.try_lock_until(deadline)) {
    throw RequestFailed(std::string(kHYT00TimeoutExpired.code),
                        "another thread's request took too long to send");
  }
}

Link::Sending::~Sending() {
  lock.unlock();
  if (link.has_cancels_) link.SendCancels(wire::DeadlineAfter(link.patience_.one_way_timeout));
}

void Link::Cancel(std::uint64_t request_id, Deadline deadline) {
  {
    const Lock lock(mutex_);
    cancels_.push_back(request_id);
    has_cancels_ = true;
  }
  SendCancels(deadline);
}

// A Cancel that comes while these are sent is seen by the next turn of the loop; one that comes
// while another thread sends, by that thread when it is done.
void Link::SendCancels(Deadline deadline) {
  while (has_cancels_) {
    const std::unique_lock send_lock(send_mutex_, std::try_to_lock);
    if (!send_lock) return;
    std::vector<std::uint64_t> ids;
    {
      const Lock lock(mutex_);
      ids.swap(cancels_);
      has_cancels_ = false;
    }
    try {
      for (const std::uint64_t id : ids) {
        v1::Request request;
        request.set_request_id(stream_.next_request_id++);
        request.mutable_cancel()->set_request_id(id);
        SendLocked(request, /*with_changes=*/false, deadline);
      }
    } catch (const std::exception&) {
      return;  // the stream is lost, and with it what was to be cancelled
    }
  }
}

}  // namespace sluice::driver::client
