#include "relay_server/pool/connect_backoff.h"

#include <algorithm>

namespace sluice::relay::pool {
namespace {

constexpr std::chrono::milliseconds kFirstPause{100};

}  // namespace

void ConnectBackoff::Failed(std::exception_ptr error, Time now) {
  // Attempts that were under way together fail together: they count as one.
  const bool counted = in_outage() && now < retry_at_;
  error_ = std::move(error);
  if (counted) return;
  pause_ = std::min(longest_, pause_.count() == 0 ? kFirstPause : pause_ * 2);
  retry_at_ = now + pause_;
}

void ConnectBackoff::Succeeded() {
  error_ = nullptr;
  pause_ = {};
}

}  // namespace sluice::relay::pool
