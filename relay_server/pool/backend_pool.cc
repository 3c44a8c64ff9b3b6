#include "relay_server/pool/backend_pool.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "relay_server/log/log.h"
#include "relay_server/pool/pooled_connection.h"

// Acquiring and opening. Waiting: pool_queue.cc; giving back and upkeep: pool_return.cc.

namespace sluice::relay::pool {
namespace {

// How much earlier than max_lifetime the connection with this number is replaced: up to a tenth, so
// that connections that were opened together are not replaced together. Numbers that follow each
// other are spread by the golden ratio.
std::chrono::milliseconds Jitter(std::chrono::milliseconds max_lifetime, std::uint64_t number) {
  const std::uint64_t spread = number * 0x9E3779B97F4A7C15U >> 54;  // 0 – 1023
  return max_lifetime / 10 * static_cast<std::int64_t>(spread) / 1024;
}

}  // namespace

BackendPool::BackendPool(std::string name, PoolLimits limits,
                         std::unique_ptr<backend::Connector> connector, Executor& executor,
                         Timer& timer)
    : name_(std::move(name)),
      limits_(limits),
      connector_(std::move(connector)),
      executor_(executor),
      timer_(timer),
      backoff_(limits.connect_backoff) {}

BackendPool::~BackendPool() = default;

void BackendPool::Start() { Maintain(); }

void BackendPool::Shutdown() {
  std::vector<std::unique_ptr<PooledConnection>> closing;
  {
    const std::lock_guard lock(mutex_);
    shut_down_ = true;
    closing.swap(idle_);
    if (upkeep_timer_ != 0) timer_.Cancel(upkeep_timer_);
    upkeep_timer_ = 0;
  }
  FailWaiters(std::make_exception_ptr(PoolError("57P01", "the relay is shutting down")));
}

// ---- shares ----

// What the leases of this owner count for.
Shares BackendPool::SharesOf(const LeaseOwner& owner) {
  const auto user_limit =
      owner.user_limit != 0 ? owner.user_limit : limits_.max_connections_per_user;
  const auto application_limit = limits_.max_connections_per_application;
  if (user_limit == 0 && application_limit == 0) return {};
  std::erase_if(shares_, [](const auto& entry) { return entry.second.expired(); });
  return {ShareOf("user \"" + owner.user + '"', user_limit),
          ShareOf("application \"" + owner.application + '"', application_limit)};
}

// Lives while something counts for it.
std::shared_ptr<Share> BackendPool::ShareOf(std::string owner, std::size_t limit) {
  if (limit == 0) return nullptr;
  auto& known = shares_[owner];
  auto share = known.lock();
  if (share == nullptr) {
    share = std::make_shared<Share>();
    share->owner = std::move(owner);
    known = share;
  }
  share->limit = limit;
  return share;
}

// ---- acquiring ----

std::optional<BackendPool::Grant> BackendPool::TryAcquire(Deadline deadline,
                                                          const LeaseOwner& owner) {
  try {
    for (;;) {
      Claim claim = ClaimFor(owner);
      if (claim.may_open) return OpenLease(deadline, claim.shares);
      if (!claim.idle) return std::nullopt;
      BackendLease lease(shared_from_this(), std::move(claim.idle));
      if (!lease.connection().IsDead()) return lease;
      lease.MarkBroken();  // closed by the server while it was idle
    }
  } catch (...) {
    return std::current_exception();
  }
}

std::optional<BackendLease> BackendPool::TryReacquire(std::uint64_t lease,
                                                      const LeaseOwner& owner) {
  std::unique_ptr<PooledConnection> connection;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find_if(
        idle_, [lease](const auto& candidate) { return candidate->lease == lease; });
    if (shut_down_ || found == idle_.end()) return std::nullopt;
    const Shares shares = SharesOf(owner);
    if (!HasRoom(shares)) return std::nullopt;
    NoteLeased(**found, shares);
    connection = std::move(*found);
    idle_.erase(found);
    ++active_;
    ++counters_.leases;
  }
  BackendLease again(shared_from_this(), std::move(connection));
  if (!again.connection().IsDead()) return again;
  again.MarkBroken();
  return std::nullopt;
}

BackendPool::Claim BackendPool::ClaimFor(const LeaseOwner& owner) {
  const std::lock_guard lock(mutex_);
  if (shut_down_) throw PoolError("57P01", "the relay is shutting down");
  Claim claim;
  claim.shares = SharesOf(owner);
  const Shares& shares = claim.shares;
  if (SomeoneIsNext() || !HasRoom(shares)) return claim;
  if (!idle_.empty()) {
    NoteLeased(*idle_.back(), shares);
    claim.idle = std::move(idle_.back());
    idle_.pop_back();
    ++active_;
    ++counters_.leases;
  } else if (MayOpen()) {
    ++connecting_;
    Count(shares);
    claim.may_open = true;
  } else if (IsDown() && connecting_ == 0) {
    std::rethrow_exception(backoff_.error());
  }
  return claim;
}

// Changes nothing when it throws, for want of memory.
void BackendPool::NoteLeased(PooledConnection& connection, const Shares& shares) {
  static std::atomic<std::uint64_t> last_lease{0};
  connection.place = leased_.insert(leased_.end(), &connection);
  connection.lease_before = std::exchange(connection.lease, ++last_lease);
  Count(shares);
  connection.shares = shares;
  connection.leased_at = timer_.Now();
  connection.holder_state.store(HolderState::kBusy, std::memory_order_relaxed);
}

void BackendPool::NoteReturned(PooledConnection& connection) {
  Uncount(connection.shares);
  connection.shares = {};
  leased_.erase(connection.place);
}

// Someone waits who may have the next connection: whoever comes now is not before him.
bool BackendPool::SomeoneIsNext() const {
  return std::ranges::any_of(waiters_, [](const Waiter& waiter) { return HasRoom(waiter.shares); });
}

// While the pool is down, one at a time tries.
bool BackendPool::MayOpen() const {
  if (total() >= limits_.max_connections) return false;
  if (!backoff_.in_outage()) return true;
  return connecting_ == 0 && backoff_.MayTry(timer_.Now());
}

// The database cannot be reached, and no connection from before lives.
bool BackendPool::IsDown() const { return backoff_.in_outage() && total() == connecting_; }

// ---- opening ----

// Opens a connection for the calling thread; connecting_ and the shares count it already.
BackendLease BackendPool::OpenLease(Deadline deadline, const Shares& shares) {
  std::unique_ptr<PooledConnection> connection;
  try {
    connection = OpenConnection(deadline);
  } catch (...) {
    {
      const std::lock_guard lock(mutex_);
      Uncount(shares);
    }
    Serve();
    throw;
  }
  {
    const std::lock_guard lock(mutex_);
    Uncount(shares);  // NoteLeased counts them
    NoteLeased(*connection, shares);
    ++counters_.leases;
  }
  Serve();  // those who came while it was down
  return {shared_from_this(), std::move(connection)};
}

// connecting_ counts it already; then active_ does, or nothing when this throws.
std::unique_ptr<PooledConnection> BackendPool::OpenConnection(Deadline deadline) {
  const auto now = timer_.Now();
  try {
    auto connection = std::make_unique<PooledConnection>();
    connection->backend = connector_->Connect(std::min(deadline, now + limits_.connect_timeout));
    NoteOpened(*connection);
    return connection;
  } catch (const backend::BackendError& error) {
    std::rethrow_exception(NoteConnectFailure(error, deadline));
  } catch (...) {
    const std::lock_guard lock(mutex_);
    --connecting_;
    ++counters_.connect_failures;
    throw;
  }
}

void BackendPool::NoteOpened(PooledConnection& connection) {
  const auto now = timer_.Now();
  const std::lock_guard lock(mutex_);
  --connecting_;
  ++active_;
  ++counters_.connects;
  const auto lifetime = limits_.max_lifetime - Jitter(limits_.max_lifetime, counters_.connects);
  if (limits_.max_lifetime.count() > 0) connection.expires_at = now + lifetime;
  log::Info("backend_opened", {{"pool", name_},
                               {"server_process", connection.backend->server_process_id()},
                               {"lifetime_ms", lifetime.count()}});
  if (backoff_.in_outage()) log::Info("backend_reached_again", {{"pool", name_}});
  backoff_.Succeeded();
  facts_ = connection.backend->facts();
}

// What the request, and those that come after it, are told.
std::exception_ptr BackendPool::NoteConnectFailure(const backend::BackendError& error,
                                                   Deadline deadline) {
  const auto now = timer_.Now();
  log::Error("backend_connect_failed", {{"pool", name_}, {"error", error.what()}});
  const std::lock_guard lock(mutex_);
  --connecting_;
  ++counters_.connect_failures;
  // A request that gave the server less time than the pool does has proved nothing.
  const bool proved = now < deadline;
  const auto told = std::make_exception_ptr(error);
  if (proved) backoff_.Failed(told, now);
  return told;
}

// ---- what it tells ----

Holders BackendPool::CountHolders(Time now) const {
  Holders holders;
  for (const auto* connection : leased_) {
    const auto state = connection->holder_state.load(std::memory_order_relaxed);
    const bool idle = state == HolderState::kIdleInTransaction;
    holders.idle_in_transaction += idle ? 1U : 0U;
    holders.in_transaction += idle || state == HolderState::kBusyInTransaction ? 1U : 0U;
    holders.pinned += connection->pinned.load(std::memory_order_relaxed) ? 1U : 0U;
  }
  if (!leased_.empty()) {
    holders.longest =
        std::chrono::duration_cast<std::chrono::milliseconds>(now - leased_.front()->leased_at);
  }
  return holders;
}

PoolStats BackendPool::stats() const {
  const auto now = timer_.Now();
  const std::lock_guard lock(mutex_);
  PoolStats stats = counters_;
  stats.idle = idle_.size();
  stats.active = active_;
  stats.connecting = connecting_;
  stats.resetting = resetting_;
  stats.waiting = waiters_.size();
  stats.in_outage = backoff_.in_outage();
  stats.holders = CountHolders(now);
  return stats;
}

void BackendPool::CountPin(std::string_view reason, bool begins) {
  const std::lock_guard lock(mutex_);
  auto found = counters_.pins.find(reason);
  if (found == counters_.pins.end()) found = counters_.pins.emplace(reason, PinCount()).first;
  if (begins) {
    ++found->second.now;
    ++found->second.total;
  } else {
    --found->second.now;
  }
}

void BackendPool::CountIdleTransactionTimeout() {
  const std::lock_guard lock(mutex_);
  ++counters_.idle_transaction_timeouts;
}

void BackendPool::CountRetry() {
  const std::lock_guard lock(mutex_);
  ++counters_.retries;
}

std::optional<v1::ServerFacts> BackendPool::facts() const {
  const std::lock_guard lock(mutex_);
  return facts_;
}

}  // namespace sluice::relay::pool
