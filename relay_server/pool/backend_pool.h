#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "proto/wire/deadline.h"
#include "relay_server/backend/backend.h"
#include "relay_server/pool/backend_lease.h"
#include "relay_server/pool/connect_backoff.h"
#include "relay_server/pool/executor.h"
#include "relay_server/pool/pool_stats.h"
#include "relay_server/pool/share.h"
#include "relay_server/pool/timer.h"

// Pools of backend connections, generic over the backend interface.

namespace sluice::relay::pool {

using wire::Deadline;

struct PoolLimits {
  std::size_t max_connections = 20;
  std::size_t min_connections = 0;
  std::size_t max_connections_per_user = 0;         // 0: as many as there are
  std::size_t max_connections_per_application = 0;  // 0: as many as there are
  std::size_t max_waiting = 1000;
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds connect_backoff{5000};  // the longest pause between failed connects
  std::chrono::milliseconds wait_timeout{10'000};
  std::chrono::milliseconds idle_timeout{600'000};        // 0: never
  std::chrono::milliseconds max_lifetime{3'600'000};      // 0: for ever
  std::chrono::milliseconds idle_transaction_timeout{0};  // 0: never; kept by the sessions
  bool audit = false;  // ask the server, whenever a connection is given back, whether it is clean
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

// The connections to one backend. Every connection is in exactly one state:
//   connecting  being opened by the thread that needs it; counted, not listed
//   idle        listed here, fit for any session; leaves by lease, age or death
//   active      in a BackendLease
//   resetting   given back unclean; the thread that released it makes it fit again
// and a waiter is in the FIFO queue until it is granted, its deadline passes or it is cancelled.
// Nobody overtakes: who comes while others wait waits behind them, and only a waiter whose user or
// application has its share already is passed over.
//
// When a connect fails and no connection lives, the pool is down: requests fail at once with the
// server's reason, but for one at a time that tries again when the pause is over. When that
// succeeds, those who have come meanwhile are served.
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
  // the request must wait.
  std::optional<Grant> TryAcquire(Deadline deadline, const LeaseOwner& owner = {});
  // The connection of this lease, if it is idle and nobody has had it since.
  std::optional<BackendLease> TryReacquire(std::uint64_t lease, const LeaseOwner& owner = {});
  // Waits in the queue after TryAcquire found that it must: on_grant is called exactly once, on a
  // worker thread, when a connection is handed over, at `deadline`, or after wait_timeout. *waiter
  // names the place in the queue. false: a connection has become free meanwhile, try again.
  // Throws PoolError when the queue is full.
  bool Park(Deadline deadline, WaiterId* waiter, OnGrant on_grant, const LeaseOwner& owner = {});
  // Takes a waiter out of the queue; false when it has been granted or failed already. Its on_grant
  // is dropped without being called.
  // `why`, where given: becomes the text of why it waited.
  bool CancelWaiter(WaiterId waiter, std::string* why = nullptr);

  const std::string& name() const { return name_; }
  const PoolLimits& limits() const { return limits_; }
  v1::Engine engine() const { return connector_->engine(); }
  PoolStats stats() const;
  // A session begins, or ends, to keep its connection for this reason.
  void CountPin(std::string_view reason, bool begins);

  // Facts of the server, once a connection has been made.
  std::optional<v1::ServerFacts> facts() const;

 private:
  friend class BackendLease;
  void CountIdleTransactionTimeout();
  void CountRetry();

  using Time = wire::Clock::time_point;
  struct Waiter {
    WaiterId id;
    OnGrant on_grant;
    Timer::Id timer;
    Time since;
    Shares shares;
  };
  // What a request found: one of them, or nothing.
  struct Claim {
    std::unique_ptr<PooledConnection> idle;
    bool may_open = false;
    Shares shares;  // that count it
  };
  using Delivery = std::pair<Waiter, std::unique_ptr<PooledConnection>>;

  Claim ClaimFor(const LeaseOwner& owner);
  std::unique_ptr<PooledConnection> OpenConnection(Deadline deadline);
  void NoteOpened(PooledConnection& connection);
  std::exception_ptr NoteConnectFailure(const backend::BackendError& error, Deadline deadline);
  BackendLease OpenLease(Deadline deadline, const Shares& shares);
  void OpenForWaiter();
  void OpenLater(std::size_t count);

  void Serve();
  void Deliver(Delivery delivery);
  void Replace(std::unique_ptr<PooledConnection> dead, const Waiter& waiter);
  void FailWaiters(const std::exception_ptr& error);
  void ExpireWaiter(WaiterId id);
  std::string WhyNothingCame(const Waiter& waiter, Time now) const;

  void TakeBack(std::unique_ptr<PooledConnection> connection) noexcept;
  bool MakeFit(PooledConnection& connection) noexcept;
  bool IsAsBelieved(PooledConnection& connection) noexcept;
  void Store(std::unique_ptr<PooledConnection> connection);
  void Drop(std::unique_ptr<PooledConnection> connection, const char* reason);

  bool KeepOffer(PooledConnection& connection, const std::function<void()>& yield);
  void DropOffer(PooledConnection& connection);
  void AskToYield();

  void Maintain();

  // Under mutex_.
  std::size_t total() const { return idle_.size() + active_ + connecting_ + resetting_; }
  bool MayOpen() const;
  bool IsDown() const;
  bool SomeoneIsNext() const;
  std::vector<Delivery> TakeDeliveries();
  std::size_t ReserveForWaiters();
  Holders CountHolders(Time now) const;
  void NoteLeased(PooledConnection& connection, const Shares& shares);
  void NoteReturned(PooledConnection& connection);
  Shares SharesOf(const LeaseOwner& owner);
  std::shared_ptr<Share> ShareOf(std::string owner, std::size_t limit);

  const std::string name_;
  const PoolLimits limits_;
  const std::unique_ptr<backend::Connector> connector_;
  Executor& executor_;
  Timer& timer_;

  mutable std::mutex mutex_;                             // guards all below
  std::vector<std::unique_ptr<PooledConnection>> idle_;  // the most recently used last
  std::list<PooledConnection*> leased_;                  // oldest lease first
  std::list<Waiter> waiters_;                            // in order of arrival
  std::list<PooledConnection*> yielders_;                // leased, willing to yield, oldest first
  std::size_t active_ = 0;
  std::size_t connecting_ = 0;
  std::size_t connecting_for_waiters_ = 0;  // of these
  std::size_t resetting_ = 0;
  ConnectBackoff backoff_;
  std::map<std::string, std::weak_ptr<Share>> shares_;  // by owner
  WaiterId next_waiter_ = 1;
  bool shut_down_ = false;
  Timer::Id upkeep_timer_ = 0;
  PoolStats counters_;
  std::optional<v1::ServerFacts> facts_;
};

}  // namespace sluice::relay::pool
