#include "relay_server/net/core_placement.h"

#include <sys/socket.h>

#include <algorithm>

namespace sluice::relay::net {
namespace {

// To look takes half a microsecond, to move some fifty, and the scheduler may send the client
// after. Both are seldom needed once the two are apart.
constexpr unsigned kRestApart = 8;
constexpr unsigned kMovesInARow = 3;
constexpr unsigned kLongestRest = 1024;

thread_local CorePlacement* of_this_thread = nullptr;

}  // namespace

CorePlacement::CorePlacement() { of_this_thread = this; }

CorePlacement::~CorePlacement() {
  ReturnThread();
  of_this_thread = nullptr;
}

void CorePlacement::Return() {
  if (of_this_thread != nullptr) of_this_thread->ReturnThread();
}

void CorePlacement::ReturnThread() {
  if (before_) sched_setaffinity(0, sizeof *before_, &*before_);
  before_.reset();
}

// Where a call of the system fails, the thread stays where it is: that is slower, not wrong.
void CorePlacement::LeaveSenderOf(int fd) {
  if (rest_ > 0) {
    --rest_;
    return;
  }
  int core = -1;
  socklen_t size = sizeof core;
  if (getsockopt(fd, SOL_SOCKET, SO_INCOMING_CPU, &core, &size) != 0) return;
  if (core < 0 || core != sched_getcpu()) {
    rest_ = kRestApart;
    moves_ = 0;
    return;
  }
  if (++moves_ > kMovesInARow) rest_ = std::min(kLongestRest, 1U << std::min(moves_, 16U));
  Leave(core);
}

void CorePlacement::Leave(int core) {
  cpu_set_t allowed;
  if (before_) {
    allowed = *before_;
  } else if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
    return;  // more cores than the set has room for
  }
  cpu_set_t others = allowed;
  CPU_CLR(static_cast<std::size_t>(core), &others);
  if (CPU_COUNT(&others) == 0) return;
  if (sched_setaffinity(0, sizeof others, &others) == 0) before_ = allowed;
}

}  // namespace sluice::relay::net
