#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>

#include "proto/wire/deadline.h"

namespace sluice::wire {

// How fast one direction of a stream carries octets. It is measured while this side waits for the
// network inside of a message, which the sender writes at once: how long the work at either end
// takes does not count. One thread measures; is_slow() is for any.
class LinkRate {
 public:
  // zstd compresses column data at about 175 MB/s on one core. On a link of a quarter of that (320
  // Mbit/s) a third of the octets saves time; on a faster one the processor has better to do.
  static constexpr double kSlowOctetsPerSecond = 40e6;

  // What to believe until enough has been measured.
  void Assume(bool is_slow) {
    if (samples_ < kEnoughSamples) is_slow_ = is_slow;
  }

  // The network had nothing to give (or took nothing) at this time. Calls after the first one of a
  // measurement change nothing.
  void BeginWait(Clock::time_point now) {
    if (waits_) return;
    waits_ = true;
    since_ = now;
    octets_ = 0;
  }
  // This side has not waited for the network all the time.
  void GiveUp() { waits_ = false; }
  void Move(std::size_t octets) { octets_ += octets; }
  // The message is through.
  void End(Clock::time_point now) {
    if (!waits_) return;
    waits_ = false;
    if (octets_ < kMinSampleOctets || now <= since_) return;
    const double seconds = std::chrono::duration<double>(now - since_).count();
    rates_[samples_++ % rates_.size()] = static_cast<double>(octets_) / seconds;
    if (samples_ < kEnoughSamples) return;
    // The fastest of late: on a busy machine a thread that has not got its turn looks like a slow
    // network, but not every time.
    const auto fastest = *std::max_element(rates_.begin(), rates_.end());
    is_slow_ = fastest < kSlowOctetsPerSecond;
  }

  bool is_waiting() const { return waits_; }
  bool is_slow() const { return is_slow_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kMinSampleOctets = std::size_t{32} << 10;
  static constexpr std::size_t kEnoughSamples = 3;

  std::array<double, 8> rates_{};  // octets per second
  std::size_t samples_ = 0;
  bool waits_ = false;
  Clock::time_point since_;
  std::size_t octets_ = 0;  // since then
  std::atomic<bool> is_slow_{false};
};

}  // namespace sluice::wire
