#pragma once

#include <atomic>

#include <Poco/Process.h>

namespace sluice::driver::client {

// A value that the process keeps until it ends, made on first use. It is never destroyed, because
// the application may close connections while static objects go; and a forked child gets one of
// its own, because the parent's may be locked by a thread that the child does not have.
// Discard(T&) of T is called in the child with what it inherited. Thread-safe.
template <typename T>
class PerProcess {
 public:
  T& Get() {
    const auto process = Poco::Process::id();
    Holder* holder = current_.load(std::memory_order_acquire);
    while (holder == nullptr || holder->process != process) {
      auto* fresh = new Holder{process, {}};
      if (current_.compare_exchange_strong(holder, fresh)) {
        if (holder != nullptr) T::Discard(holder->value);
        return fresh->value;
      }
      delete fresh;
    }
    return holder->value;
  }

 private:
  struct Holder {
    Poco::Process::PID process;
    T value;
  };
  std::atomic<Holder*> current_{nullptr};
};

}  // namespace sluice::driver::client
