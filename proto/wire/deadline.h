#pragma once

#include <algorithm>
#include <chrono>

// A deadline is a point of the steady clock by which something must have happened; a timeout is a
// duration. Every wait in this project takes a deadline.

namespace sluice::wire {

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;

inline constexpr Deadline kNoDeadline = Deadline::max();

inline Deadline DeadlineAfter(std::chrono::milliseconds timeout) {
  return timeout == std::chrono::milliseconds::max() ? kNoDeadline : Clock::now() + timeout;
}

// What is left until the deadline, never negative, at most a day (so that it fits poll()'s int).
inline std::chrono::milliseconds RemainingTime(Deadline deadline) {
  constexpr std::chrono::milliseconds kDay = std::chrono::hours(24);
  if (deadline == kNoDeadline) return kDay;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
  return std::clamp(left, std::chrono::milliseconds::zero(), kDay);
}

inline bool HasPassed(Deadline deadline) {
  return deadline != kNoDeadline && Clock::now() >= deadline;
}

}  // namespace sluice::wire
