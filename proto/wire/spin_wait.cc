#include "proto/wire/spin_wait.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace sluice::wire {
namespace {

// How many waits to sleep through after one that looked in vain: at first, and at most.
struct Sleeps {
  std::uint32_t least;
  std::uint32_t most;
};

constexpr Sleeps SleepsAfter(SpinWait::End end) {
  switch (end) {
    case SpinWait::End::kTooLong:
      return {1, 1024};
    case SpinWait::End::kSharedCore:
      return {1, 16};
    case SpinWait::End::kCompetition:
      break;
  }
  // To lose the core costs a time slice, some milliseconds, where to look in vain costs
  // microseconds.
  return {64, 1024};
}

// A statement that takes longer is not made much quicker by a wake-up less.
constexpr std::chrono::microseconds kPatience{200};
// From one look to the next takes a microsecond or two; if it takes longer than this, somebody else
// had the core. The peer's process and the database's behind it may have it in turns,
constexpr std::chrono::microseconds kOwnStep{10};
constexpr int kMostLosses = 2;
// but neither has it for so long while a statement is a short one.
constexpr std::chrono::microseconds kCompetition{400};

std::atomic<int> threads_looking{0};
std::atomic<int> threads_busy{0};

}  // namespace

int SpinWait::MostThreads() {
  static const int most = static_cast<int>(std::thread::hardware_concurrency()) - 1;
  return most;
}

SpinWait::Turn::Turn() : threads_(threads_looking.fetch_add(1, std::memory_order_relaxed) + 1) {}

SpinWait::Turn::~Turn() { threads_looking.fetch_sub(1, std::memory_order_relaxed); }

bool SpinWait::Patience::AllowsMore(Clock::duration step) {
  if (step < kOwnStep) {
    looked_ += step;
  } else {
    ++losses_;
  }
  if (step >= kCompetition) {
    end_ = End::kCompetition;
  } else if (losses_ > kMostLosses) {
    end_ = End::kSharedCore;
  } else {
    return looked_ < kPatience;
  }
  return false;
}

SpinWait::Busy::Busy() { threads_busy.fetch_add(1, std::memory_order_relaxed); }

SpinWait::Busy::~Busy() { threads_busy.fetch_sub(1, std::memory_order_relaxed); }

bool SpinWait::TooManyAreBusy() const {
  return threads_busy.load(std::memory_order_relaxed) > most_threads_ + 1;
}

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

bool SpinWait::GaveUp(End end) {
  const Sleeps sleeps = SleepsAfter(end);
  sleeps_ = std::clamp(sleeps_ * 2, sleeps.least, sleeps.most);
  sleeps_left_ = sleeps_;
  return false;
}

void SpinWait::YieldCore() { std::this_thread::yield(); }

}  // namespace sluice::wire
