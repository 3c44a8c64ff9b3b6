#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>

namespace sluice::tests {

// A relay's handler waits here until the test has seen what it wanted to see. Copies are one gate:
// a handler has its own, since it may still be on its way through when the test is over.
class Gate {
 public:
  void Open() const {
    const std::lock_guard lock(state_->mutex);
    state_->open = true;
    state_->changed.notify_all();
  }
  void Pass() const {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [this] { return state_->open; });
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool open = false;
  };
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace sluice::tests
