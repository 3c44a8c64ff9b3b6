#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace sluice::relay::pool {

// How long requests waited before a backend connection was theirs. A bucket counts those up to its
// bound; the last one, without bound, the others.
struct WaitHistogram {
  static constexpr std::array<std::chrono::milliseconds, 10> kBounds = {
      std::chrono::milliseconds(1),      std::chrono::milliseconds(5),
      std::chrono::milliseconds(10),     std::chrono::milliseconds(50),
      std::chrono::milliseconds(100),    std::chrono::milliseconds(500),
      std::chrono::milliseconds(1000),   std::chrono::milliseconds(5000),
      std::chrono::milliseconds(10'000), std::chrono::milliseconds(60'000)};

  void Note(std::chrono::microseconds waited);

  std::array<std::uint64_t, kBounds.size() + 1> counts{};
  std::uint64_t sum_us = 0;
};

// Who has the leased connections now.
struct Holders {
  std::size_t in_transaction = 0;
  std::size_t idle_in_transaction = 0;  // of these, waiting for their client
  std::size_t pinned = 0;
  std::chrono::milliseconds longest{0};  // that one of them has been held
};

// Sessions that keep their backend connection for one reason.
struct PinCount {
  std::uint64_t now = 0;
  std::uint64_t total = 0;  // since the start
};

// A snapshot for status pages and tests.
struct PoolStats {
  std::size_t idle = 0;
  std::size_t active = 0;  // leased
  std::size_t connecting = 0;
  std::size_t resetting = 0;
  std::size_t waiting = 0;
  bool in_outage = false;  // the last attempt to connect failed
  Holders holders;
  WaitHistogram wait_times;  // of the leases that were waited for
  std::uint64_t leases = 0;  // granted since the start
  std::uint64_t waits = 0;   // requests that had to wait
  std::uint64_t wait_timeouts = 0;
  std::uint64_t refused = 0;  // full wait queue
  std::uint64_t connects = 0;
  std::uint64_t connect_failures = 0;
  std::uint64_t drops = 0;  // broken, expired or idle for too long
  std::uint64_t resets = 0;
  std::uint64_t audits = 0;
  std::uint64_t audit_failures = 0;  // connections that were not as the relay believed
  std::map<std::string, PinCount, std::less<>> pins;  // by reason
  std::uint64_t idle_transaction_timeouts = 0;
  std::uint64_t retries = 0;  // statements that a dead connection did not get, run on another
};

}  // namespace sluice::relay::pool
