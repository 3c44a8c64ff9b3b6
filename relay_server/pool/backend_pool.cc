#include "relay_server/pool/backend_pool.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "relay_server/log/log.h"

namespace sluice::relay::pool {

using wire::Clock;

namespace {

constexpr std::chrono::seconds kUpkeepInterval{1};

}  // namespace

struct PooledConnection {
  std::unique_ptr<backend::BackendConnection> backend;
  Clock::time_point opened_at;
  Clock::time_point idle_since;
  bool pinned = false;
  bool broken = false;
  std::function<void()> yield;  // guarded by the pool's mutex
};

// ---- BackendLease ----

BackendLease::BackendLease() noexcept = default;

BackendLease::~BackendLease() { Release(); }

BackendLease::BackendLease(std::shared_ptr<BackendPool> pool,
                           std::unique_ptr<PooledConnection> connection)
    : pool_(std::move(pool)), connection_(std::move(connection)) {}

BackendLease::BackendLease(BackendLease&& other) noexcept = default;

BackendLease& BackendLease::operator=(BackendLease&& other) noexcept {
  if (this != &other) {
    Release();
    pool_ = std::move(other.pool_);
    connection_ = std::move(other.connection_);
  }
  return *this;
}

backend::BackendConnection& BackendLease::connection() const {
  assert(connection_ != nullptr);
  return *connection_->backend;
}

void BackendLease::MarkPinned() { connection_->pinned = true; }
void BackendLease::MarkBroken() { connection_->broken = true; }
void BackendLease::CountPin() { pool_->CountPin(); }

void BackendLease::OfferToYield(std::function<void()> yield) {
  std::function<void()> call_now;
  {
    const std::lock_guard lock(pool_->mutex_);
    if (!pool_->waiters_.empty()) {
      call_now = std::move(yield);
    } else {
      if (!connection_->yield) pool_->yielders_.push_back(connection_.get());
      connection_->yield = std::move(yield);
    }
  }
  if (call_now) call_now();
}

void BackendLease::StopYielding() {
  if (connection_ == nullptr) return;
  const std::lock_guard lock(pool_->mutex_);
  if (!connection_->yield) return;
  connection_->yield = nullptr;
  pool_->yielders_.remove(connection_.get());
}

void BackendLease::Release() noexcept {
  if (connection_ == nullptr) return;
  StopYielding();
  const auto pool = std::move(pool_);
  pool->TakeBack(std::move(connection_));
}

// ---- BackendPool ----

BackendPool::BackendPool(std::string name, PoolLimits limits,
                         std::unique_ptr<backend::Connector> connector, Executor& executor,
                         Timer& timer)
    : name_(std::move(name)),
      limits_(limits),
      connector_(std::move(connector)),
      executor_(executor),
      timer_(timer) {}

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

std::size_t BackendPool::total() const { return idle_.size() + active_ + connecting_ + resetting_; }

std::unique_ptr<PooledConnection> BackendPool::TakeIdle() {
  for (;;) {
    std::unique_ptr<PooledConnection> connection;
    {
      const std::lock_guard lock(mutex_);
      if (idle_.empty()) return nullptr;
      connection = std::move(idle_.back());
      idle_.pop_back();
      ++active_;
    }
    if (!connection->backend->IsDead()) return connection;
    Drop(std::move(connection), "closed by the server while idle");
  }
}

std::optional<BackendPool::Grant> BackendPool::TryAcquire(Deadline deadline) {
  if (auto connection = TakeIdle()) {
    const std::lock_guard lock(mutex_);
    ++counters_.leases;
    return Grant(BackendLease(shared_from_this(), std::move(connection)));
  }
  try {
    if (!ReserveConnection()) return std::nullopt;
    return Connect(deadline);
  } catch (...) {
    return std::current_exception();
  }
}

// Counts a connection that the caller is going to open, if there may be one more.
bool BackendPool::ReserveConnection() {
  const std::lock_guard lock(mutex_);
  if (shut_down_) throw PoolError("57P01", "the relay is shutting down");
  if (total() >= limits_.max_connections) return false;
  ++connecting_;
  return true;
}

bool BackendPool::Park(Deadline deadline, WaiterId* waiter, OnGrant on_grant) {
  {
    const std::lock_guard lock(mutex_);
    if (shut_down_) throw PoolError("57P01", "the relay is shutting down");
    if (!idle_.empty() || total() < limits_.max_connections) return false;
    if (waiters_.size() >= limits_.max_waiting) {
      ++counters_.refused;
      throw PoolError("08004", "pool \"" + name_ + "\" is full: all of max_connections = " +
                                   std::to_string(limits_.max_connections) +
                                   " are in use and max_waiting = " +
                                   std::to_string(limits_.max_waiting) + " requests wait already");
    }
    const auto now = Clock::now();
    const WaiterId id = next_waiter_++;
    const auto timer = timer_.Schedule(std::min(deadline, now + limits_.wait_timeout),
                                       [pool = weak_from_this(), id] {
                                         if (auto self = pool.lock()) self->ExpireWaiter(id);
                                       });
    waiters_.push_back({id, std::move(on_grant), timer, now});
    ++counters_.waits;
    *waiter = id;
  }
  AskToYield(1);
  return true;
}

// Opens a connection for the calling thread; connecting_ counts it already.
BackendLease BackendPool::Connect(Deadline deadline) {
  BackendLease lease(shared_from_this(), OpenConnection(deadline));
  const std::lock_guard lock(mutex_);
  ++counters_.leases;
  return lease;
}

std::unique_ptr<PooledConnection> BackendPool::OpenConnection(Deadline deadline) {
  const auto now = Clock::now();
  try {
    auto connection = std::make_unique<PooledConnection>();
    connection->backend = connector_->Connect(std::min(deadline, now + limits_.connect_timeout));
    connection->opened_at = now;
    const std::lock_guard lock(mutex_);
    --connecting_;
    ++active_;
    ++counters_.connects;
    facts_ = connection->backend->facts();
    return connection;
  } catch (const std::exception& error) {
    bool alone = false;
    {
      const std::lock_guard lock(mutex_);
      --connecting_;
      ++counters_.connect_failures;
      alone = total() == 0;
    }
    log::Error("backend_connect_failed", {{"pool", name_}, {"error", error.what()}});
    // Nobody is left who could serve the waiters: they learn the server's reason now.
    if (alone) FailWaiters(std::current_exception());
    throw;
  }
}

bool BackendPool::CancelWaiter(WaiterId waiter) {
  OnGrant dropped;  // destroyed without the lock
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(waiters_.begin(), waiters_.end(),
                                  [&](const Waiter& w) { return w.id == waiter; });
  if (found == waiters_.end()) return false;
  timer_.Cancel(found->timer);
  dropped = std::move(found->on_grant);
  waiters_.erase(found);
  return true;
}

void BackendPool::ExpireWaiter(WaiterId id) {
  OnGrant on_grant;
  std::size_t active = 0;
  std::chrono::milliseconds waited{};
  {
    const std::lock_guard lock(mutex_);
    const auto found =
        std::find_if(waiters_.begin(), waiters_.end(), [&](const Waiter& w) { return w.id == id; });
    if (found == waiters_.end()) return;
    waited = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - found->since);
    on_grant = std::move(found->on_grant);
    waiters_.erase(found);
    ++counters_.wait_timeouts;
    active = active_ + resetting_ + connecting_;
  }
  on_grant(std::make_exception_ptr(
      PoolError("HYT00", "no backend connection of pool \"" + name_ + "\" became free within " +
                             std::to_string(waited.count()) + " ms: " + std::to_string(active) +
                             " of max_connections = " + std::to_string(limits_.max_connections) +
                             " are in use")));
}

void BackendPool::FailWaiters(const std::exception_ptr& error) {
  std::list<Waiter> failed;
  {
    const std::lock_guard lock(mutex_);
    failed.swap(waiters_);
    for (const auto& waiter : failed) timer_.Cancel(waiter.timer);
  }
  for (auto& waiter : failed) {
    executor_.Post([on_grant = std::move(waiter.on_grant), error] { on_grant(error); });
  }
}

void BackendPool::AskToYield(std::size_t count) {
  std::vector<std::function<void()>> calls;
  {
    const std::lock_guard lock(mutex_);
    while (count-- > 0 && !yielders_.empty()) {
      calls.push_back(std::exchange(yielders_.front()->yield, nullptr));
      yielders_.pop_front();
    }
  }
  for (const auto& call : calls) call();
}

void BackendPool::TakeBack(std::unique_ptr<PooledConnection> connection) noexcept {
  if (connection->broken) return Drop(std::move(connection), "broken");
  if (connection->backend->IsWorn()) return Drop(std::move(connection), "worn");
  if (!MakeFit(*connection)) return Drop(std::move(connection), "could not be reset");
  if (Expired(*connection, Clock::now())) return Drop(std::move(connection), "max_lifetime");
  Store(std::move(connection));
}

// Brings a connection that was given back into the state of a fresh one. The cheapest reset that
// suffices: none for a clean one, which costs nothing here.
bool BackendPool::MakeFit(PooledConnection& connection) noexcept {
  auto& backend = *connection.backend;
  const bool clean = !connection.pinned && !backend.has_open_result() &&
                     backend.transaction_state() == v1::TRANSACTION_STATE_NONE;
  if (clean) return true;
  {
    const std::lock_guard lock(mutex_);
    --active_;
    ++resetting_;
    ++counters_.resets;
  }
  bool fit = false;
  try {
    backend.DiscardResults();
    backend.Reset(connection.pinned);
    connection.pinned = false;
    fit = true;
  } catch (const std::exception& error) {
    log::Warning("backend_reset_failed", {{"pool", name_}, {"error", error.what()}});
  }
  const std::lock_guard lock(mutex_);
  --resetting_;
  ++active_;
  return fit;
}

// To the first waiter, or to the idle connections.
void BackendPool::Store(std::unique_ptr<PooledConnection> connection) {
  std::optional<Waiter> next;
  {
    const std::lock_guard lock(mutex_);
    if (!waiters_.empty()) {
      next = std::move(waiters_.front());
      waiters_.pop_front();
      timer_.Cancel(next->timer);
      ++counters_.leases;
    } else if (!shut_down_) {
      --active_;
      connection->idle_since = Clock::now();
      idle_.push_back(std::move(connection));
      return;
    } else {
      --active_;
    }
  }
  if (next) GrantLater(std::move(*next), std::move(connection));
}

void BackendPool::GrantLater(Waiter waiter, std::unique_ptr<PooledConnection> connection) {
  // std::function wants a copyable closure.
  auto lease =
      std::make_shared<BackendLease>(BackendLease(shared_from_this(), std::move(connection)));
  executor_.Post([on_grant = std::move(waiter.on_grant), lease] { on_grant(std::move(*lease)); });
}

void BackendPool::Drop(std::unique_ptr<PooledConnection> connection, const char* reason) {
  log::Info("backend_dropped", {{"pool", name_},
                                {"reason", reason},
                                {"server_process", connection->backend->server_process_id()}});
  connection.reset();
  {
    const std::lock_guard lock(mutex_);
    --active_;
    ++counters_.drops;
    if (waiters_.empty() || shut_down_) return;
    ++connecting_;
  }
  executor_.Post([pool = shared_from_this()] { pool->ConnectForWaiter(); });
}

// A connection was lost while others wait: they get a new one. connecting_ counts it already.
void BackendPool::ConnectForWaiter() {
  try {
    auto connection = OpenConnection(wire::kNoDeadline);
    Store(std::move(connection));
  } catch (const std::exception&) {
    // Told to the waiters by OpenConnection when nobody else can serve them; else they go on
    // waiting for the other connections.
  }
}

bool BackendPool::Expired(const PooledConnection& connection, Clock::time_point now) const {
  return limits_.max_lifetime.count() > 0 && now - connection.opened_at >= limits_.max_lifetime;
}

void BackendPool::Maintain() {
  std::vector<std::unique_ptr<PooledConnection>> closing;
  std::size_t wanted = 0;
  {
    const std::lock_guard lock(mutex_);
    if (shut_down_) return;
    const auto now = Clock::now();
    std::size_t remaining = total();
    std::erase_if(idle_, [&](std::unique_ptr<PooledConnection>& connection) {
      const bool stale = limits_.idle_timeout.count() > 0 &&
                         now - connection->idle_since >= limits_.idle_timeout &&
                         remaining > limits_.min_connections;
      if (!stale && !Expired(*connection, now)) return false;
      --remaining;
      closing.push_back(std::move(connection));
      return true;
    });
    counters_.drops += closing.size();
    if (remaining < limits_.min_connections) wanted = limits_.min_connections - remaining;
    // Waiters whose new connection could not be opened a while ago: another try.
    const std::size_t room = limits_.max_connections - std::min(remaining, limits_.max_connections);
    wanted = std::max(wanted, std::min(waiters_.size(), room));
    connecting_ += wanted;
    upkeep_timer_ = timer_.Schedule(now + kUpkeepInterval, [pool = weak_from_this()] {
      if (auto self = pool.lock()) self->Maintain();
    });
  }
  closing.clear();
  for (; wanted > 0; --wanted) {
    executor_.Post([pool = shared_from_this()] { pool->ConnectForWaiter(); });
  }
}

PoolStats BackendPool::stats() const {
  const std::lock_guard lock(mutex_);
  PoolStats stats = counters_;
  stats.idle = idle_.size();
  stats.active = active_;
  stats.connecting = connecting_;
  stats.resetting = resetting_;
  stats.waiting = waiters_.size();
  return stats;
}

void BackendPool::CountPin() {
  const std::lock_guard lock(mutex_);
  ++counters_.pins;
}

std::optional<v1::ServerFacts> BackendPool::facts() const {
  const std::lock_guard lock(mutex_);
  return facts_;
}

}  // namespace sluice::relay::pool
