#include "relay_server/pool/timer.h"

#include <utility>

namespace sluice::relay::pool {

TimerThread::TimerThread(Executor& executor) : executor_(executor), thread_([this] { Run(); }) {}

TimerThread::~TimerThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

Timer::Id TimerThread::Schedule(wire::Deadline deadline, Task task) {
  bool earliest = false;
  Id id = 0;
  {
    const std::lock_guard lock(mutex_);
    id = next_id_++;
    const auto position = entries_.emplace(deadline, Entry{id, std::move(task)});
    by_id_.emplace(id, position);
    earliest = position == entries_.begin();
  }
  if (earliest) changed_.notify_one();
  return id;
}

void TimerThread::Cancel(Id id) {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  entries_.erase(found->second);
  by_id_.erase(found);
}

void TimerThread::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (entries_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto first = entries_.begin();
    if (!wire::HasPassed(first->first)) {
      // By value: Cancel may erase the entry while this waits.
      const wire::Deadline deadline = first->first;
      changed_.wait_until(lock, deadline);
      continue;
    }
    Task task = std::move(first->second.task);
    by_id_.erase(first->second.id);
    entries_.erase(first);
    lock.unlock();
    executor_.Post(std::move(task));
    task = nullptr;
    lock.lock();
  }
}

}  // namespace sluice::relay::pool
