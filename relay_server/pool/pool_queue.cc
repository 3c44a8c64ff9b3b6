// The wait queue: who waits, who is next, and what those are told whose turn never comes.

#include <algorithm>
#include <iterator>
#include <utility>

#include "relay_server/log/log.h"
#include "relay_server/pool/backend_pool.h"
#include "relay_server/pool/pooled_connection.h"

namespace sluice::relay::pool {
namespace {

// While the pool is down, those who come wait this long at most for the attempt that is under way.
constexpr std::chrono::milliseconds kOutagePatience{1000};

std::string Number(std::size_t number) { return std::to_string(number); }

}  // namespace

bool BackendPool::Park(Deadline deadline, WaiterId* waiter, OnGrant on_grant,
                       const LeaseOwner& owner) {
  bool has_room = false;
  {
    const std::lock_guard lock(mutex_);
    if (shut_down_) throw PoolError("57P01", "the relay is shutting down");
    const Shares shares = SharesOf(owner);
    has_room = HasRoom(shares);
    const bool is_next = has_room && !SomeoneIsNext();
    if (is_next && (!idle_.empty() || MayOpen())) return false;
    if (is_next && IsDown() && connecting_ == 0) return false;  // TryAcquire tells why
    if (waiters_.size() >= limits_.max_waiting) {
      ++counters_.refused;
      throw PoolError("08004", "pool \"" + name_ + "\" is full: all of max_connections = " +
                                   Number(limits_.max_connections) +
                                   " are in use and max_waiting = " + Number(limits_.max_waiting) +
                                   " requests wait already");
    }
    const auto now = timer_.Now();
    const auto patience =
        IsDown() ? std::min(limits_.wait_timeout, kOutagePatience) : limits_.wait_timeout;
    const WaiterId id = next_waiter_++;
    const auto timer =
        timer_.Schedule(std::min(deadline, now + patience), [pool = weak_from_this(), id] {
          if (auto self = pool.lock()) self->ExpireWaiter(id);
        });
    waiters_.push_back({id, std::move(on_grant), timer, now, shares});
    ++counters_.waits;
    *waiter = id;
  }
  if (has_room) AskToYield();
  return true;
}

bool BackendPool::CancelWaiter(WaiterId waiter, std::string* why) {
  OnGrant dropped;  // destroyed without the lock
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(waiters_, waiter, &Waiter::id);
  if (found == waiters_.end()) return false;
  timer_.Cancel(found->timer);
  Waiter gone = std::move(*found);
  waiters_.erase(found);
  if (why != nullptr) *why = WhyNothingCame(gone, timer_.Now());
  dropped = std::move(gone.on_grant);
  return true;
}

// ---- serving ----

// Whatever has become free goes to those who may have it, in the order of their arrival. Called
// after every change that may have made room, without the lock.
void BackendPool::Serve() {
  std::vector<Delivery> deliveries;
  std::size_t opening = 0;
  std::exception_ptr reason;
  {
    const std::lock_guard lock(mutex_);
    if (shut_down_ || waiters_.empty()) return;
    deliveries = TakeDeliveries();
    opening = ReserveForWaiters();
    // Nobody is left who could serve the others: they learn the server's reason now.
    if (IsDown() && connecting_ == 0) reason = backoff_.error();
  }
  for (auto& delivery : deliveries) Deliver(std::move(delivery));
  OpenLater(opening);
  if (reason) FailWaiters(reason);
}

std::vector<BackendPool::Delivery> BackendPool::TakeDeliveries() {
  std::vector<Delivery> deliveries;
  const auto now = timer_.Now();
  for (auto waiter = waiters_.begin(); waiter != waiters_.end() && !idle_.empty();) {
    if (!HasRoom(waiter->shares)) {
      ++waiter;
      continue;
    }
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    ++active_;
    NoteLeased(*connection, waiter->shares);
    ++counters_.leases;
    counters_.wait_times.Note(
        std::chrono::duration_cast<std::chrono::microseconds>(now - waiter->since));
    timer_.Cancel(waiter->timer);
    deliveries.emplace_back(std::move(*waiter), std::move(connection));
    waiter = waiters_.erase(waiter);
  }
  return deliveries;
}

// How many connections to open for the waiters that are left; connecting_ counts them then.
std::size_t BackendPool::ReserveForWaiters() {
  std::vector<const Shares*> counted;
  for (const Waiter& waiter : waiters_) {
    if (!HasRoom(waiter.shares)) continue;
    Count(waiter.shares);
    counted.push_back(&waiter.shares);
    if (counted.size() >= limits_.max_connections) break;
  }
  for (const Shares* shares : counted) Uncount(*shares);
  std::size_t opening = 0;
  while (connecting_for_waiters_ < counted.size() && MayOpen()) {
    ++connecting_;
    ++connecting_for_waiters_;
    ++opening;
  }
  return opening;
}

void BackendPool::Deliver(Delivery delivery) {
  // std::function wants a copyable closure.
  auto lease =
      std::make_shared<BackendLease>(BackendLease(shared_from_this(), std::move(delivery.second)));
  executor_.Post([pool = shared_from_this(), waiter = std::move(delivery.first), lease] {
    if (!lease->connection().IsDead()) return waiter.on_grant(std::move(*lease));
    pool->Replace(std::move(lease->connection_), waiter);
  });
}

// The server has closed the connection while it was idle: this thread opens another in its place,
// for a waiter that has left the queue already.
void BackendPool::Replace(std::unique_ptr<PooledConnection> dead, const Waiter& waiter) {
  {
    const std::lock_guard lock(mutex_);
    NoteReturned(*dead);
    --active_;
    --counters_.leases;
    ++counters_.drops;
    ++connecting_;
    Count(waiter.shares);
  }
  dead.reset();
  Grant grant;
  try {
    grant = OpenLease(wire::kNoDeadline, waiter.shares);
  } catch (...) {
    grant = std::current_exception();
  }
  waiter.on_grant(std::move(grant));  // once, whatever it throws
}

void BackendPool::OpenLater(std::size_t count) {
  for (; count > 0; --count) {
    executor_.Post([pool = shared_from_this()] { pool->OpenForWaiter(); });
  }
}

// connecting_ and connecting_for_waiters_ count it already.
void BackendPool::OpenForWaiter() {
  std::unique_ptr<PooledConnection> connection;
  try {
    connection = OpenConnection(wire::kNoDeadline);
  } catch (const std::exception&) {
    // The waiters learn of it when nobody else can serve them.
  }
  {
    const std::lock_guard lock(mutex_);
    --connecting_for_waiters_;
  }
  if (connection) return Store(std::move(connection));
  Serve();
}

// ---- failing ----

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

void BackendPool::ExpireWaiter(WaiterId id) {
  std::list<Waiter> expired;
  std::exception_ptr reason;
  {
    const auto now = timer_.Now();
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find(waiters_, id, &Waiter::id);
    if (found == waiters_.end()) return;
    expired.splice(expired.end(), waiters_, found);
    ++counters_.wait_timeouts;
    reason =
        IsDown()
            ? backoff_.error()
            : std::make_exception_ptr(PoolError("HYT00", WhyNothingCame(expired.front(), now)));
  }
  expired.front().on_grant(std::move(reason));
}

// With mutex_ held: pool, limit, and who has the connections.
std::string BackendPool::WhyNothingCame(const Waiter& waiter, Time now) const {
  const auto waited =
      std::chrono::duration_cast<std::chrono::milliseconds>(now - waiter.since).count();
  std::string text = "no backend connection of pool \"" + name_ + "\" became free within " +
                     std::to_string(waited) + " ms: ";
  for (const auto& share : waiter.shares) {
    if (share == nullptr || share->leased < share->limit) continue;
    text += share->owner + " has the " + Number(share->limit) + " that it may have; ";
  }
  const Holders holders = CountHolders(now);
  const auto held = std::chrono::duration_cast<std::chrono::seconds>(holders.longest).count();
  return text + Number(active_ + resetting_ + connecting_) +
         " of max_connections = " + Number(limits_.max_connections) + " are in use (" +
         Number(holders.in_transaction) + " in transactions, " +
         Number(holders.idle_in_transaction) + " of them idle; " + Number(holders.pinned) +
         " pinned; the longest for " + std::to_string(held) + " s), " + Number(waiters_.size()) +
         " other requests wait";
}

}  // namespace sluice::relay::pool
