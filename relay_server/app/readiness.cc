#include "relay_server/app/readiness.h"

#include <algorithm>
#include <exception>
#include <utility>
#include <variant>

namespace sluice::relay::app {
namespace {

// A load balancer that asks has lost patience by then.
constexpr std::chrono::seconds kProbeTimeout{2};

// A pool whose connections are all in use serves: TryAcquire grants nothing and fails not.
std::string ProbePool(pool::HostGroup& hosts) {
  try {
    const auto attempt = hosts.TryAcquire(false, wire::DeadlineAfter(kProbeTimeout));
    if (!attempt.grant) return {};
    const auto* error = std::get_if<std::exception_ptr>(&*attempt.grant);
    if (error == nullptr) return {};
    std::rethrow_exception(*error);
  } catch (const std::exception& reason) {
    return reason.what();
  }
}

std::string ProbeAll(const session::Directory& directory) {
  std::string obstacles;
  for (const auto& [name, pool] : directory.pools) {
    std::string reason = ProbePool(*pool->backends);
    // Client libraries write paragraphs; a pool has a line.
    std::replace(reason.begin(), reason.end(), '\n', ' ');
    if (!reason.empty()) obstacles += "pool " + name + ": " + reason + '\n';
  }
  return obstacles;
}

}  // namespace

std::string Readiness::Check(const session::Directory& directory) {
  {
    const std::lock_guard lock(mutex_);
    const bool fresh =
        checked_at_ != wire::Clock::time_point() && wire::Clock::now() - checked_at_ < good_for_;
    if (fresh || probing_) return obstacles_;
    probing_ = true;
  }
  std::string obstacles = ProbeAll(directory);
  const std::lock_guard lock(mutex_);
  probing_ = false;
  checked_at_ = wire::Clock::now();
  obstacles_ = std::move(obstacles);
  return obstacles_;
}

}  // namespace sluice::relay::app
