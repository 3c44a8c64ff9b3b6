#include "relay_server/pool/pool_stats.h"

#include <algorithm>

namespace sluice::relay::pool {

void WaitHistogram::Note(std::chrono::microseconds waited) {
  const auto bucket = std::ranges::lower_bound(kBounds, waited);
  ++counts[static_cast<std::size_t>(bucket - kBounds.begin())];
  sum_us += static_cast<std::uint64_t>(std::max(waited.count(), decltype(waited.count()){0}));
}

}  // namespace sluice::relay::pool
