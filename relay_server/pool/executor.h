#pragma once

#include <functional>

namespace sluice::relay::pool {

using Task = std::function<void()>;

// Where work goes that its finder must not do itself. Implemented by net's worker threads, and by
// the tests' virtual scheduler. Thread-safe.
class Executor {
 public:
  virtual ~Executor() = default;

  // Runs the task soon on a worker thread. On a worker thread the task stays with it and runs when
  // what the thread does now is done: no other thread is woken.
  virtual void Post(Task task) = 0;
};

}  // namespace sluice::relay::pool
