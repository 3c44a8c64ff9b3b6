#include "proto/wire/spin_wait.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace sluice::wire {
namespace {

constexpr std::uint32_t kMostSleeps = 1024;
// To lose the core costs a time slice, some milliseconds, where to look in vain costs microseconds.
constexpr std::uint32_t kSleepsWithCompetition = 64;

std::atomic<int> threads_looking{0};

}  // namespace

int SpinWait::MostThreads() {
  static const int most = static_cast<int>(std::thread::hardware_concurrency()) - 1;
  return most;
}

SpinWait::Turn::Turn() : threads_(threads_looking.fetch_add(1, std::memory_order_relaxed) + 1) {}

SpinWait::Turn::~Turn() { threads_looking.fetch_sub(1, std::memory_order_relaxed); }

bool SpinWait::Pays() {
  if (most_threads_ <= 0) return false;
  if (sleeps_left_ == 0) return true;
  --sleeps_left_;
  return false;
}

bool SpinWait::Came() {
  sleeps_ /= 2;
  return true;
}

bool SpinWait::GaveUp(bool has_competition) {
  const std::uint32_t least = has_competition ? kSleepsWithCompetition : 1;
  sleeps_ = std::clamp(sleeps_ * 2, least, kMostSleeps);
  sleeps_left_ = sleeps_;
  return false;
}

void SpinWait::YieldCore() { std::this_thread::yield(); }

}  // namespace sluice::wire
