#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "proto/wire/deadline.h"
#include "relay_server/session/served_pool.h"

namespace sluice::relay::app {

// Finds out whether every pool can serve: it has a live backend connection or can open one. Probes
// cost the databases something, so an answer is good for a while, and one thread probes at a time.
// Thread-safe.
class Readiness {
 public:
  explicit Readiness(std::chrono::milliseconds good_for = std::chrono::seconds(1))
      : good_for_(good_for) {}

  // Empty when every pool can serve; else why not, a line per pool.
  std::string Check(const session::Directory& directory);

 private:
  const std::chrono::milliseconds good_for_;
  std::mutex mutex_;  // guards all below
  bool probing_ = false;
  wire::Clock::time_point checked_at_{};
  std::string obstacles_ = "not checked yet\n";
};

}  // namespace sluice::relay::app
