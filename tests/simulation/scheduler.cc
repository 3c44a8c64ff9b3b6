#include "tests/simulation/scheduler.h"

#include <sched.h>

#include <algorithm>
#include <utility>

namespace sluice::simulation {

using relay::pool::Task;

namespace {

// One thread runs at a time: on one processor they take turns without waking another.
void StayOnThisProcessor() {
  cpu_set_t processors;
  CPU_ZERO(&processors);
  CPU_SET(static_cast<std::size_t>(sched_getcpu()), &processors);
  sched_setaffinity(0, sizeof processors, &processors);
}

}  // namespace

Scheduler::Scheduler(std::uint64_t seed, std::size_t workers, Plant plant)
    : plant_(plant), random_(seed), now_(Time() + std::chrono::hours(1)) {
  StayOnThisProcessor();
  for (std::size_t i = 0; i < workers; ++i) {
    auto& worker = *workers_.emplace_back(std::make_unique<Worker>());
    worker.thread = std::thread([this, &worker] { RunWorker(worker); });
  }
}

Scheduler::~Scheduler() {
  ending_ = true;
  for (auto& worker : workers_) {
    worker->go.Give();
    worker->thread.join();
  }
}

void Scheduler::Post(Task task) {
  if (plant_ == Plant::kLosesTasks && Chance(1)) return;
  if (plant_ == Plant::kServesLastFirst) return tasks_.push_front(std::move(task));
  tasks_.push_back(std::move(task));
}

Scheduler::Id Scheduler::Schedule(wire::Deadline deadline, Task task) {
  const Id id = next_timer_++;
  if (plant_ == Plant::kLosesTimers && Chance(20)) return id;
  timers_.emplace(id, std::pair(deadline, std::move(task)));
  return id;
}

void Scheduler::After(milliseconds time, Task task) {
  timers_.emplace(next_timer_++, std::pair(now_ + time, std::move(task)));
}

void Scheduler::Block(milliseconds time, const bool* interrupted) {
  if (clearing_) return;
  Worker& self = *running_;
  self.blocked = true;
  self.wake_at = now_ + time;
  self.interrupted = interrupted;
  ++blocked_;
  back_.Give();
  self.go.Take();
}

void Scheduler::RunWorker(Worker& worker) {
  for (;;) {
    worker.go.Take();
    if (ending_) return;
    worker.task();
    worker.task = nullptr;
    back_.Give();
  }
}

void Scheduler::Resume(Worker& worker) {
  running_ = &worker;
  worker.go.Give();
  back_.Take();
}

bool Scheduler::Run(std::size_t steps, const std::function<bool()>& goes_on) {
  for (std::size_t i = 0; i < steps; ++i) {
    if (!Step() || !goes_on()) return true;
  }
  return false;
}

void Scheduler::Clear() {
  clearing_ = true;
  while (!tasks_.empty() || !timers_.empty()) {
    const auto tasks = std::exchange(tasks_, {});
    const auto timers = std::exchange(timers_, {});
  }
}

bool Scheduler::Step() {
  switch (Number(0, 2)) {
    case 0:
      if (Wake() || StartTask() || FireTimer()) return true;
      break;
    case 1:
      if (StartTask() || FireTimer() || Wake()) return true;
      break;
    default:
      if (FireTimer() || Wake() || StartTask()) return true;
  }
  return AdvanceTime();
}

bool Scheduler::Wake() {
  for (auto& worker : workers_) {
    if (!worker->blocked) continue;
    const bool interrupted = worker->interrupted != nullptr && *worker->interrupted;
    if (!interrupted && worker->wake_at > now_) continue;
    worker->blocked = false;
    --blocked_;
    Resume(*worker);
    return true;
  }
  return false;
}

bool Scheduler::StartTask() {
  if (tasks_.empty()) return false;
  const auto idle =
      std::ranges::find_if(workers_, [](const auto& worker) { return !worker->task; });
  if (idle == workers_.end()) return false;
  (*idle)->task = std::move(tasks_.front());
  tasks_.pop_front();
  Resume(**idle);
  return true;
}

bool Scheduler::FireTimer() {
  const auto due = std::ranges::min_element(
      timers_, {}, [](const auto& entry) { return std::pair(entry.second.first, entry.first); });
  if (due == timers_.end() || due->second.first > now_) return false;
  tasks_.push_back(std::move(due->second.second));
  timers_.erase(due);
  return true;
}

// false: nothing is left that time could bring.
bool Scheduler::AdvanceTime() {
  Time next = Time::max();
  for (const auto& [id, timer] : timers_) next = std::min(next, timer.first);
  for (const auto& worker : workers_) {
    if (worker->blocked) next = std::min(next, worker->wake_at);
  }
  if (next == Time::max()) return false;
  now_ = std::max(now_, next);
  return true;
}

}  // namespace sluice::simulation
