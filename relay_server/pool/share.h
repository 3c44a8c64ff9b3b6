#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>

namespace sluice::relay::pool {

// Whom a lease is for.
struct LeaseOwner {
  std::string user;
  std::string application;
  std::size_t user_limit = 0;  // goes before the pool's max_connections_per_user; 0: none
};

// What one user, or one application, may have of a pool: so many backend connections at a time.
struct Share {
  std::string owner;  // for messages: user "alice"
  std::size_t limit = 0;
  std::size_t leased = 0;  // guarded by the pool's mutex
};

// The shares that a session's leases count for; null: without limit.
using Shares = std::array<std::shared_ptr<Share>, 2>;

inline bool HasRoom(const Shares& shares) {
  for (const auto& share : shares) {
    if (share != nullptr && share->leased >= share->limit) return false;
  }
  return true;
}

inline void Count(const Shares& shares) {
  for (const auto& share : shares) {
    if (share != nullptr) ++share->leased;
  }
}

inline void Uncount(const Shares& shares) {
  for (const auto& share : shares) {
    if (share != nullptr) --share->leased;
  }
}

}  // namespace sluice::relay::pool
