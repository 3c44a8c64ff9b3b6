#pragma once

#include <chrono>
#include <exception>
#include <utility>

#include "proto/wire/deadline.h"

namespace sluice::relay::pool {

// While the database cannot be reached, nobody is served by trying again at once: the pauses
// between attempts grow from 100 ms, each twice the one before, up to a longest. Not thread-safe.
class ConnectBackoff {
 public:
  using Time = wire::Clock::time_point;

  explicit ConnectBackoff(std::chrono::milliseconds longest) : longest_(longest) {}

  void Failed(std::exception_ptr error, Time now);
  void Succeeded();

  // From the first failure to the next success.
  bool in_outage() const { return error_ != nullptr; }
  // Why the last attempt failed.
  const std::exception_ptr& error() const { return error_; }
  bool MayTry(Time now) const { return !in_outage() || now >= retry_at_; }

 private:
  const std::chrono::milliseconds longest_;
  std::exception_ptr error_;
  std::chrono::milliseconds pause_{0};
  Time retry_at_{};
};

}  // namespace sluice::relay::pool
