#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "proto/wire/deadline.h"
#include "relay_server/backend/backend.h"
#include "relay_server/pool/executor.h"
#include "relay_server/pool/timer.h"

// Pools of backend connections, generic over the backend interface.

namespace sluice::relay::pool {

using wire::Deadline;

struct PoolLimits {
  std::size_t max_connections = 20;
  std::size_t min_connections = 0;
  std::size_t max_waiting = 1000;
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds wait_timeout{10'000};
  std::chrono::milliseconds idle_timeout{600'000};    // 0: never
  std::chrono::milliseconds max_lifetime{3'600'000};  // 0: for ever
  friend bool operator==(const PoolLimits&, const PoolLimits&) = default;
};

// No backend connection could be leased: the pool's own reasons (HYT00, 08004, 57P01).
class PoolError : public std::runtime_error {
 public:
  PoolError(std::string sqlstate, const std::string& message)
      : std::runtime_error(message), sqlstate_(std::move(sqlstate)) {}
  const std::string& sqlstate() const { return sqlstate_; }

 private:
  std::string sqlstate_;
};

// A snapshot for status pages and tests.
struct PoolStats {
  std::size_t idle = 0;
  std::size_t active = 0;  // leased
  std::size_t connecting = 0;
  std::size_t resetting = 0;
  std::size_t waiting = 0;
  std::uint64_t leases = 0;  // granted since the start
  std::uint64_t waits = 0;   // of them, after waiting
  std::uint64_t wait_timeouts = 0;
  std::uint64_t refused = 0;  // full wait queue
  std::uint64_t connects = 0;
  std::uint64_t connect_failures = 0;
  std::uint64_t drops = 0;  // broken, expired or idle for too long
  std::uint64_t resets = 0;
  std::uint64_t pins = 0;
};

class BackendPool;
struct PooledConnection;

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

  // The session did what the relay cannot account for: a full reset is due on release.
  void MarkPinned();
  // The connection must not be used again.
  void MarkBroken();
  // Its holder keeps it from now on: for the pool's statistics.
  void CountPin();
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

// The connections to one backend. Every connection is in exactly one state:
//   connecting  being opened by the thread that needs it; counted, not listed
//   idle        listed here, fit for any session; leaves by lease, age or death
//   active      in a BackendLease
//   resetting   given back unclean; the thread that released it makes it fit again
// and a waiter is in the FIFO queue until it is granted, its deadline passes or it is cancelled.
// Thread-safe. Nothing blocks while mutex_ is held.
class BackendPool : public std::enable_shared_from_this<BackendPool> {
 public:
  // A lease, or why there is none (PoolError, backend::BackendError).
  using Grant = std::variant<BackendLease, std::exception_ptr>;
  using OnGrant = std::function<void(Grant)>;
  using WaiterId = std::uint64_t;  // never 0

  BackendPool(std::string name, PoolLimits limits, std::unique_ptr<backend::Connector> connector,
              Executor& executor, Timer& timer);
  ~BackendPool();

  // Starts upkeep: min_connections, idle_timeout, max_lifetime.
  void Start();
  // Closes idle connections and refuses new leases; leases under way go on.
  void Shutdown();

  // An idle connection, or a new one that this thread opens now, or why that failed; nullopt when
  // all connections are in use.
  std::optional<Grant> TryAcquire(Deadline deadline);
  // Waits in the queue after TryAcquire found all in use: on_grant is called exactly once, on a
  // worker thread, when a connection is handed over, at `deadline`, or after wait_timeout. *waiter
  // names the place in the queue. false: a connection has become free meanwhile, try again.
  // Throws PoolError when the queue is full.
  bool Park(Deadline deadline, WaiterId* waiter, OnGrant on_grant);
  // Takes a waiter out of the queue; false when it has been granted or failed already. Its on_grant
  // is dropped without being called.
  bool CancelWaiter(WaiterId waiter);

  const std::string& name() const { return name_; }
  const PoolLimits& limits() const { return limits_; }
  v1::Engine engine() const { return connector_->engine(); }
  PoolStats stats() const;
  void CountPin();

  // Facts of the server, once a connection has been made.
  std::optional<v1::ServerFacts> facts() const;

 private:
  friend class BackendLease;
  struct Waiter {
    WaiterId id;
    OnGrant on_grant;
    Timer::Id timer;
    wire::Clock::time_point since;
  };

  std::unique_ptr<PooledConnection> TakeIdle();
  bool ReserveConnection();
  std::unique_ptr<PooledConnection> OpenConnection(Deadline deadline);
  BackendLease Connect(Deadline deadline);
  void TakeBack(std::unique_ptr<PooledConnection> connection) noexcept;
  bool MakeFit(PooledConnection& connection) noexcept;
  void Store(std::unique_ptr<PooledConnection> connection);
  void Drop(std::unique_ptr<PooledConnection> connection, const char* reason);
  void AskToYield(std::size_t count);
  void GrantLater(Waiter waiter, std::unique_ptr<PooledConnection> connection);
  void FailWaiters(const std::exception_ptr& error);
  void ConnectForWaiter();
  void ExpireWaiter(WaiterId id);
  void Maintain();
  bool Expired(const PooledConnection& connection, wire::Clock::time_point now) const;
  std::size_t total() const;  // under mutex_

  const std::string name_;
  const PoolLimits limits_;
  const std::unique_ptr<backend::Connector> connector_;
  Executor& executor_;
  Timer& timer_;

  mutable std::mutex mutex_;                             // guards all below
  std::vector<std::unique_ptr<PooledConnection>> idle_;  // the most recently used last
  std::list<Waiter> waiters_;                            // in order of arrival
  std::list<PooledConnection*> yielders_;                // leased, willing to yield, oldest first
  std::size_t active_ = 0;
  std::size_t connecting_ = 0;
  std::size_t resetting_ = 0;
  WaiterId next_waiter_ = 1;
  bool shut_down_ = false;
  Timer::Id upkeep_timer_ = 0;
  PoolStats counters_;
  std::optional<v1::ServerFacts> facts_;
};

}  // namespace sluice::relay::pool
