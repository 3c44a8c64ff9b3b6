#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "relay_server/backend/backend.h"

namespace sluice::relay::pool {

class BackendPool;
struct PooledConnection;

// What the holder of a lease does with it, for those who wait and for the status page.
enum class HolderState { kBusy, kIdle, kBusyInTransaction, kIdleInTransaction };

// The right to use one backend connection; gives it back when it ends. Move-only. One thread at a
// time, but connection().Cancel and Abort.
class BackendLease {
 public:
  BackendLease() noexcept;
  BackendLease(BackendLease&& other) noexcept;
  BackendLease& operator=(BackendLease&& other) noexcept;
  ~BackendLease();

  explicit operator bool() const { return connection_ != nullptr; }
  backend::BackendConnection& connection() const;

  // Leases are numbered in the order of their beginning, over all pools.
  std::uint64_t number() const;
  // The number of the lease that this connection had before; 0: nobody has left anything on it.
  std::uint64_t previous() const;

  // What a reset has to undo on release; it replaces what was said before.
  void SetLeftovers(backend::Leftovers leftovers);
  // Nothing undoes them: the connection is closed when it is given back.
  void SetBeyondReset(bool beyond_reset);
  // The connection must not be used again.
  void MarkBroken();
  void SetHolderState(HolderState state);
  // Whose connection it is.
  const std::shared_ptr<BackendPool>& pool() const { return pool_; }
  // For the pool's statistics: a transaction on it was idle for too long; it is dead, and another
  // connection will do what was asked of it.
  void CountIdleTransactionTimeout();
  void CountRetry();
  // The holder only waits for its client (its rows are read slowly). When others wait for a
  // backend, `yield` is called once, on any thread, without locks held; it should have the holder
  // release soon. Cleared by StopYielding, release, or the call.
  void OfferToYield(std::function<void()> yield);
  void StopYielding();

  // Back to the pool, which resets or drops what is not clean. May block on the server: answer the
  // client first.
  void Release() noexcept;

 private:
  friend class BackendPool;
  BackendLease(std::shared_ptr<BackendPool> pool, std::unique_ptr<PooledConnection> connection);

  std::shared_ptr<BackendPool> pool_;
  std::unique_ptr<PooledConnection> connection_;
};

}  // namespace sluice::relay::pool
