#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "proto/wire/deadline.h"
#include "relay_server/pool/executor.h"

namespace sluice::relay::pool {

// Calls back when a deadline passes. Thread-safe.
class Timer {
 public:
  using Id = std::uint64_t;  // never 0
  virtual ~Timer() = default;

  // Posts the task to the executor at the deadline, unless it is cancelled before.
  virtual Id Schedule(wire::Deadline deadline, Task task) = 0;
  // A task that has been posted already may still run.
  virtual void Cancel(Id id) = 0;
  // The time that deadlines are measured by; tests have their own.
  virtual wire::Clock::time_point Now() const { return wire::Clock::now(); }
};

// A thread that sleeps until the earliest deadline. Scheduling and cancelling are cheap: most
// deadlines are cancelled before they pass.
class TimerThread : public Timer {
 public:
  explicit TimerThread(Executor& executor);
  ~TimerThread() override;

  Id Schedule(wire::Deadline deadline, Task task) override;
  void Cancel(Id id) override;

 private:
  struct Entry {
    Id id;
    Task task;
  };

  void Run();

  Executor& executor_;
  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::multimap<wire::Deadline, Entry> entries_;
  std::unordered_map<Id, std::multimap<wire::Deadline, Entry>::iterator> by_id_;
  Id next_id_ = 1;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sluice::relay::pool
