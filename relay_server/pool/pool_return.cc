// Giving connections back, yielding them, and upkeep.

#include <algorithm>
#include <utility>

#include "relay_server/log/log.h"
#include "relay_server/pool/abort_guard.h"
#include "relay_server/pool/backend_pool.h"
#include "relay_server/pool/pooled_connection.h"

namespace sluice::relay::pool {
namespace {

constexpr std::chrono::seconds kUpkeepInterval{1};

}  // namespace

void BackendPool::TakeBack(std::unique_ptr<PooledConnection> connection) noexcept {
  if (connection->broken) return Drop(std::move(connection), "broken");
  if (connection->beyond_reset) return Drop(std::move(connection), "beyond reset");
  if (connection->backend->IsWorn()) return Drop(std::move(connection), "worn");
  if (!MakeFit(*connection)) return Drop(std::move(connection), "could not be reset");
  if (limits_.audit && !IsAsBelieved(*connection)) {
    return Drop(std::move(connection), "not clean");
  }
  if (timer_.Now() >= connection->expires_at) return Drop(std::move(connection), "max_lifetime");
  {
    const std::lock_guard lock(mutex_);
    NoteReturned(*connection);
  }
  Store(std::move(connection));
}

// Brings a connection that was given back into the state of a fresh one. The cheapest reset that
// suffices: none for a clean one, which costs nothing here.
bool BackendPool::MakeFit(PooledConnection& connection) noexcept {
  auto& backend = *connection.backend;
  const bool clean = connection.leftovers.empty() && !backend.has_open_result() &&
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
    const AbortGuard guard(timer_, backend, kOwnWorkLimit);
    backend.DiscardResults();
    backend.Reset(connection.leftovers);
    if (connection.leftovers.unknown) connection.lease = 0;
    connection.leftovers = {};
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

// Asks the server. False: the connection is not what the relay believes, and was reported.
bool BackendPool::IsAsBelieved(PooledConnection& connection) noexcept {
  std::vector<std::string> differences;
  try {
    const AbortGuard guard(timer_, *connection.backend, kOwnWorkLimit);
    differences = connection.backend->Audit();
  } catch (const std::exception& error) {
    // A connection that breaks here tells nothing of the relay's beliefs.
    log::Info("backend_audit_impossible", {{"pool", name_}, {"error", error.what()}});
    return false;
  }
  for (const auto& difference : differences) {
    log::Error("backend_audit_failed", {{"pool", name_},
                                        {"server_process", connection.backend->server_process_id()},
                                        {"difference", difference}});
  }
  const std::lock_guard lock(mutex_);
  ++counters_.audits;
  if (!differences.empty()) ++counters_.audit_failures;
  return differences.empty();
}

// To the first waiter, or to the idle connections. active_ counts it still.
void BackendPool::Store(std::unique_ptr<PooledConnection> connection) {
  const auto now = timer_.Now();
  {
    const std::lock_guard lock(mutex_);
    --active_;
    if (!shut_down_) {
      connection->idle_since = now;
      idle_.push_back(std::move(connection));
    }
  }
  Serve();
}

void BackendPool::Drop(std::unique_ptr<PooledConnection> connection, const char* reason) {
  log::Info("backend_dropped", {{"pool", name_},
                                {"reason", reason},
                                {"server_process", connection->backend->server_process_id()}});
  {
    const std::lock_guard lock(mutex_);
    NoteReturned(*connection);
  }
  connection.reset();
  {
    const std::lock_guard lock(mutex_);
    --active_;
    ++counters_.drops;
  }
  Serve();
}

// ---- yielding ----

// false: someone waits already, the offer is taken at once.
bool BackendPool::KeepOffer(PooledConnection& connection, const std::function<void()>& yield) {
  const std::lock_guard lock(mutex_);
  if (SomeoneIsNext()) return false;
  if (!connection.yield) yielders_.push_back(&connection);
  connection.yield = yield;
  return true;
}

void BackendPool::DropOffer(PooledConnection& connection) {
  const std::lock_guard lock(mutex_);
  if (!connection.yield) return;
  connection.yield = nullptr;
  yielders_.remove(&connection);
}

void BackendPool::AskToYield() {
  std::function<void()> yield;
  {
    const std::lock_guard lock(mutex_);
    if (yielders_.empty()) return;
    yield = std::exchange(yielders_.front()->yield, nullptr);
    yielders_.pop_front();
  }
  yield();
}

// ---- upkeep ----

void BackendPool::Maintain() {
  std::vector<std::unique_ptr<PooledConnection>> closing;
  std::size_t opening = 0;
  {
    const std::lock_guard lock(mutex_);
    if (shut_down_) return;
    const auto now = timer_.Now();
    std::size_t remaining = total();
    std::erase_if(idle_, [&](std::unique_ptr<PooledConnection>& connection) {
      const bool stale = limits_.idle_timeout.count() > 0 &&
                         now - connection->idle_since >= limits_.idle_timeout &&
                         remaining > limits_.min_connections;
      if (!stale && now < connection->expires_at) return false;
      --remaining;
      closing.push_back(std::move(connection));
      return true;
    });
    counters_.drops += closing.size();
    while (total() < limits_.min_connections && MayOpen()) {
      ++connecting_;
      ++connecting_for_waiters_;
      ++opening;
    }
    upkeep_timer_ = timer_.Schedule(now + kUpkeepInterval, [pool = weak_from_this()] {
      if (auto self = pool.lock()) self->Maintain();
    });
  }
  closing.clear();
  OpenLater(opening);
  Serve();
}

}  // namespace sluice::relay::pool
