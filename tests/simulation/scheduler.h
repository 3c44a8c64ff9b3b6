#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "relay_server/pool/executor.h"
#include "relay_server/pool/timer.h"

namespace sluice::simulation {

using Time = wire::Clock::time_point;
using std::chrono::milliseconds;

// Mistakes that a test plants, to see that the simulation finds them. Most are what another
// implementation of the pool, the session or a backend could do wrong, played at their interfaces.
enum class Plant {
  kNothing,
  kLosesTasks,        // a task that was posted does not run now and then
  kLosesTimers,       // a timer does not fire now and then
  kServesLastFirst,   // the last who waits is served first
  kOpensOneTooMany,   // the pool's limit is one higher than it should be
  kLeasesTwice,       // two backend connections are one at the server
  kForgetsReset,      // a pinned connection is given on as it is
  kForgetsVariables,  // a session's variables are not set on the next connection
  kCancelsTheNext,    // a cancel takes effect on whatever runs next
  kRunsTwice,         // a statement that has run is said never to have run
  kSaysCommitted,     // a commit that was lost is said to have succeeded
};

// Worker threads in virtual time, of which one runs at a time: whatever the relay does between two
// calls that would block is one step, and what is next follows from the seed alone.
class Scheduler : public relay::pool::Executor, public relay::pool::Timer {
 public:
  Scheduler(std::uint64_t seed, std::size_t workers, Plant plant);
  ~Scheduler() override;

  void Post(relay::pool::Task task) override;
  Id Schedule(wire::Deadline deadline, relay::pool::Task task) override;
  void Cancel(Id id) override { timers_.erase(id); }
  Time Now() const override { return now_; }

  // What the world outside of the relay does: planted mistakes do not reach it.
  void After(milliseconds time, relay::pool::Task task);

  // For what blocks: the calling worker waits this long, or until *interrupted becomes true.
  void Block(milliseconds time, const bool* interrupted = nullptr);

  // Runs step by step until `goes_on`, asked after each, says no. False: it has not within so many.
  bool Run(std::size_t steps, const std::function<bool()>& goes_on);
  // Forgets what was to be done; what that owns may ask for more.
  void Clear();
  // Tasks wait, or have begun and not ended.
  bool busy() const { return !tasks_.empty() || blocked_ != 0; }

  int Number(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }
  bool Chance(int percent) { return Number(1, 100) <= percent; }
  Plant plant() const { return plant_; }

 private:
  // Hands the turn to another thread. (std::binary_semaphore of gcc 12 may sleep for ever: its bug
  // 104928.)
  class Signal {
   public:
    void Give() {
      const std::lock_guard lock(mutex_);
      given_ = true;
      changed_.notify_one();
    }
    void Take() {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return given_; });
      given_ = false;
    }

   private:
    std::mutex mutex_;  // guards given_
    std::condition_variable changed_;
    bool given_ = false;
  };
  struct Worker {
    std::thread thread;
    Signal go;
    relay::pool::Task task;  // empty: free, or told to end
    bool blocked = false;
    Time wake_at{};
    const bool* interrupted = nullptr;
  };

  void Resume(Worker& worker);
  void RunWorker(Worker& worker);
  bool Step();
  bool Wake();
  bool StartTask();
  bool FireTimer();
  bool AdvanceTime();

  const Plant plant_;
  std::mt19937_64 random_;
  Time now_;
  std::deque<relay::pool::Task> tasks_;
  std::map<Id, std::pair<Time, relay::pool::Task>> timers_;
  Id next_timer_ = 1;
  std::size_t blocked_ = 0;
  std::vector<std::unique_ptr<Worker>> workers_;
  Worker* running_ = nullptr;
  Signal back_;
  bool clearing_ = false;  // nothing takes time any more
  bool ending_ = false;
};

}  // namespace sluice::simulation
