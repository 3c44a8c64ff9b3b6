#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>

#include "proto/wire/deadline.h"
#include "relay_server/backend/backend.h"
#include "relay_server/pool/backend_lease.h"
#include "relay_server/pool/share.h"

namespace sluice::relay::pool {

// A backend connection and what the pool knows of it.
struct PooledConnection {
  std::unique_ptr<backend::BackendConnection> backend;
  wire::Deadline expires_at = wire::kNoDeadline;  // then it is replaced
  wire::Clock::time_point idle_since{};
  std::uint64_t lease = 0;         // number of the last one; 0: nobody's traces are on it
  std::uint64_t lease_before = 0;  // of the one before that
  bool broken = false;             // set by the holder
  backend::Leftovers leftovers;    // set by the holder
  bool beyond_reset = false;       // set by the holder: no reset undoes what it leaves

  // Read by others while it is leased.
  std::atomic<bool> pinned{false};
  std::atomic<HolderState> holder_state{HolderState::kBusy};

  // Guarded by the pool's mutex.
  std::function<void()> yield;
  Shares shares;  // that the lease counts for
  wire::Clock::time_point leased_at{};
  std::list<PooledConnection*>::iterator place;  // among the leased ones
};

}  // namespace sluice::relay::pool
