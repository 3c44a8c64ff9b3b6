// Who is next, and what users and applications may have.

#include "tests/unit/pool/pool_fixture.h"

namespace sluice::relay::pool {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

class FairnessTest : public PoolTest {};

TEST_F(FairnessTest, NobodyOvertakesThoseWhoWait) {
  MakePool({.max_connections = 2});
  auto first = Acquire();
  backend_.OnConnect(fakes::ScriptedError{"53300", "too many clients"});
  Refusal();
  Waiting waiting;
  ASSERT_TRUE(Park(waiting));
  backend_.OnConnect(std::nullopt);
  timer_.Advance(milliseconds(100));  // another connection may be opened now
  EXPECT_FALSE(pool_->TryAcquire(wire::kNoDeadline).has_value());
  Waiting later;
  ASSERT_TRUE(Park(later));
  first.Release();
  executor_.RunAll();
  EXPECT_TRUE(waiting.granted);
  EXPECT_TRUE(later.granted);  // on the second connection, which was opened for it
  EXPECT_EQ(backend_.live(), 2u);
}

TEST_F(FairnessTest, AUserHasItsShareAndNoMore) {
  MakePool({.max_connections = 3, .max_connections_per_user = 2});
  const auto alice = LeaseOwner{"alice", "app", 0};
  const auto bob = LeaseOwner{"bob", "app", 0};
  auto first = Acquire(alice);
  auto second = Acquire(alice);
  Waiting third;
  EXPECT_FALSE(pool_->TryAcquire(wire::kNoDeadline, alice).has_value());
  ASSERT_TRUE(Park(third, alice));
  auto other = Acquire(bob);  // passes by: alice's turn cannot come
  EXPECT_TRUE(other);
  other.Release();
  executor_.RunAll();
  EXPECT_FALSE(third.granted);
  first.Release();
  executor_.RunAll();
  EXPECT_TRUE(third.granted);
}

TEST_F(FairnessTest, AllSessionsOfAUserShareOneShare) {
  MakePool({.max_connections_per_user = 1});
  const auto here = LeaseOwner{"alice", "app", 0};
  auto lease = Acquire(here);
  const auto there = LeaseOwner{"alice", "another", 0};
  EXPECT_FALSE(pool_->TryAcquire(wire::kNoDeadline, there).has_value());
  lease.Release();
  EXPECT_TRUE(pool_->TryAcquire(wire::kNoDeadline, there).has_value());
}

TEST_F(FairnessTest, TheUsersOwnLimitGoesBeforeThePools) {
  MakePool({.max_connections_per_user = 1});
  const auto owner = LeaseOwner{"alice", "app", 2};
  auto first = Acquire(owner);
  auto second = Acquire(owner);
  EXPECT_TRUE(second);
  EXPECT_FALSE(pool_->TryAcquire(wire::kNoDeadline, owner).has_value());
}

TEST_F(FairnessTest, ApplicationsAreCountedOverTheirUsers) {
  MakePool({.max_connections_per_application = 1});
  auto lease = Acquire(LeaseOwner{"alice", "excel", 0});
  const auto same = LeaseOwner{"bob", "excel", 0};
  EXPECT_FALSE(pool_->TryAcquire(wire::kNoDeadline, same).has_value());
  EXPECT_TRUE(Acquire(LeaseOwner{"bob", "r", 0}));
}

TEST_F(FairnessTest, ABrokenOrRefusedConnectionGivesTheShareBack) {
  MakePool({.max_connections_per_user = 1, .connect_backoff = milliseconds(0)});
  const auto owner = LeaseOwner{"alice", "app", 0};
  auto lease = Acquire(owner);
  lease.MarkBroken();
  lease.Release();
  backend_.OnConnect(fakes::ScriptedError{"08001", "refused"});
  EXPECT_TRUE(
      std::holds_alternative<std::exception_ptr>(*pool_->TryAcquire(wire::kNoDeadline, owner)));
  backend_.OnConnect(std::nullopt);
  EXPECT_TRUE(Acquire(owner));
}

TEST_F(FairnessTest, AWaitInVainTellsWhoHasTheConnections) {
  MakePool({.max_connections = 3, .max_connections_per_user = 2});
  auto idle = Acquire();
  idle.SetHolderState(HolderState::kIdleInTransaction);
  timer_.Advance(std::chrono::seconds(7));
  auto busy = Acquire(LeaseOwner{"alice", "app", 0});
  busy.SetHolderState(HolderState::kBusyInTransaction);
  auto pinned = Acquire(LeaseOwner{"alice", "app", 0});
  pinned.SetLeftovers({.any = true, .unknown = true, .undo = {}});
  Waiting waiting;
  Waiting other;
  ASSERT_TRUE(Park(waiting, LeaseOwner{"alice", "app", 0}));
  ASSERT_TRUE(Park(other));
  timer_.Advance(std::chrono::seconds(3));
  timer_.FireFirst();
  EXPECT_EQ(waiting.sqlstate, "HYT00");
  EXPECT_EQ(
      waiting.message,
      "no backend connection of pool \"sales\" became free within 3000 ms: user \"alice\" has "
      "the 2 that it may have; 3 of max_connections = 3 are in use (2 in transactions, 1 of "
      "them idle; 1 pinned; the longest for 10 s), 1 other requests wait");
  const auto stats = pool_->stats();
  EXPECT_EQ(stats.holders.in_transaction, 2u);
  EXPECT_EQ(stats.holders.idle_in_transaction, 1u);
  EXPECT_EQ(stats.holders.pinned, 1u);
}

TEST_F(FairnessTest, WaitsAreMeasured) {
  MakePool({.max_connections = 1});
  auto lease = Acquire();
  Waiting waiting;
  ASSERT_TRUE(Park(waiting));
  timer_.Advance(milliseconds(7));
  lease.Release();
  executor_.RunAll();
  const auto times = pool_->stats().wait_times;
  EXPECT_EQ(times.counts[2], 1u);  // more than 5 ms, up to 10
  EXPECT_EQ(times.sum_us, 7000u);
}

TEST_F(FairnessTest, AWaiterIsNotGivenAConnectionThatDiedWhileIdle) {
  MakePool({.max_connections = 2, .max_connections_per_user = 1});
  const auto alice = LeaseOwner{"alice", "app", 0};
  auto lease = Acquire(alice);
  Acquire().Release();
  Waiting waiting;
  ASSERT_TRUE(Park(waiting, alice));
  backend_.CloseConnections();
  lease.MarkBroken();
  lease.Release();
  executor_.RunAll();
  ASSERT_TRUE(waiting.granted);
  EXPECT_EQ(waiting.lease.connection().server_process_id(), 3u);
  EXPECT_EQ(backend_.max_live(), 2u);
  EXPECT_EQ(pool_->stats().active, 1u);
}

// Connections that were opened together are not replaced together.
TEST_F(FairnessTest, LifetimesDifferByUpToATenth) {
  MakePool({.max_lifetime = milliseconds(100'000)});
  std::vector<BackendLease> leases;
  for (int i = 0; i < 10; ++i) leases.push_back(Acquire());
  for (auto& lease : leases) lease.Release();
  timer_.Advance(milliseconds(89'999));
  pool_->Start();
  EXPECT_EQ(backend_.live(), 10u);
  timer_.Advance(milliseconds(5000));
  timer_.FireFirst();
  EXPECT_GT(backend_.live(), 0u);
  EXPECT_LT(backend_.live(), 10u);
  timer_.Advance(milliseconds(5001));
  timer_.FireFirst();
  EXPECT_EQ(backend_.live(), 0u);
}

}  // namespace
}  // namespace sluice::relay::pool
