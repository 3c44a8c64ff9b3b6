#include "tests/unit/pool/pool_fixture.h"

namespace sluice::relay::pool {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

class BackendPoolTest : public PoolTest {
 protected:
  // Leaves the connection in a transaction.
  static void Begin(BackendLease& lease) {
    const auto statement = std::make_shared<backend::Statement>();
    statement->sql = "SELECT 1";
    const values::ParameterSetView parameters;
    const backend::SessionSettings settings;
    backend::Execution execution;
    execution.statement = statement;
    execution.parameters = &parameters;
    execution.settings = &settings;
    execution.begin_transaction = true;
    lease.connection().Execute(execution);
    lease.connection().DiscardResults();
  }
};

TEST_F(BackendPoolTest, OpensNoMoreThanItsLimit) {
  MakePool({.max_connections = 2});
  auto first = Acquire();
  auto second = Acquire();
  EXPECT_FALSE(pool_->TryAcquire(wire::kNoDeadline).has_value());
  EXPECT_EQ(pool_->stats().active, 2u);
  first.Release();
  EXPECT_TRUE(pool_->TryAcquire(wire::kNoDeadline).has_value());
  EXPECT_EQ(backend_.max_live(), 2u);
}

TEST_F(BackendPoolTest, KnowsTheServersFactsOnceItHasConnected) {
  MakePool({});
  EXPECT_FALSE(pool_->facts().has_value());
  Acquire().Release();
  EXPECT_TRUE(pool_->facts().has_value());
}

TEST_F(BackendPoolTest, ALeaseReturnsItself) {
  MakePool({});
  {
    auto lease = Acquire();
    BackendLease moved = std::move(lease);
    EXPECT_TRUE(moved);
    EXPECT_EQ(pool_->stats().active, 1u);
  }
  EXPECT_EQ(pool_->stats().active, 0u);
  EXPECT_EQ(pool_->stats().idle, 1u);
  auto first = Acquire();
  auto second = Acquire();
  first = std::move(second);  // gives its own back
  EXPECT_EQ(pool_->stats().active, 1u);
  EXPECT_EQ(pool_->stats().idle, 1u);
}

TEST_F(BackendPoolTest, AConnectionIsHadAgainWhileNobodyElseHasHadIt) {
  MakePool({});
  auto mine = Acquire();
  auto other = Acquire();
  EXPECT_EQ(mine.previous(), 0u);
  const auto number = mine.number();
  const auto* connection = &mine.connection();
  EXPECT_FALSE(pool_->TryReacquire(number)) << "it is not idle";
  mine.Release();
  other.Release();  // is what the next request would get
  auto again = pool_->TryReacquire(number);
  ASSERT_TRUE(again);
  EXPECT_EQ(&again->connection(), connection);
  EXPECT_EQ(again->previous(), number);
  EXPECT_EQ(pool_->stats().active, 1u);
  const auto later = again->number();
  again->Release();
  EXPECT_FALSE(pool_->TryReacquire(number)) << "somebody has had it since";
  EXPECT_TRUE(pool_->TryReacquire(later));
  EXPECT_EQ(pool_->stats().idle, 2u);
}

TEST_F(BackendPoolTest, AFullResetLeavesNoTraceOfTheLease) {
  MakePool({});
  auto lease = Acquire();
  const auto number = lease.number();
  lease.SetLeftovers({.any = true, .unknown = true, .undo = {}});
  lease.Release();
  EXPECT_FALSE(pool_->TryReacquire(number));
  EXPECT_EQ(Acquire().previous(), 0u);
}

TEST_F(BackendPoolTest, WaitersAreServedInOrder) {
  MakePool({.max_connections = 1});
  auto lease = Acquire();
  Waiting first;
  Waiting second;
  ASSERT_TRUE(Park(first));
  ASSERT_TRUE(Park(second));
  EXPECT_EQ(pool_->stats().waiting, 2u);
  lease.Release();
  EXPECT_FALSE(pool_->TryAcquire(wire::kNoDeadline).has_value());  // nobody overtakes
  executor_.RunAll();
  EXPECT_TRUE(first.granted);
  EXPECT_FALSE(second.granted);
  first.lease.Release();
  executor_.RunAll();
  EXPECT_TRUE(second.granted);
  EXPECT_EQ(timer_.size(), 0u);
  EXPECT_EQ(pool_->stats().waits, 2u);
}

TEST_F(BackendPoolTest, ParkingFailsWhenAConnectionIsFree) {
  MakePool({.max_connections = 1});
  Waiting waiting;
  EXPECT_FALSE(Park(waiting));
}

TEST_F(BackendPoolTest, AWaitThatIsTooLongNamesPoolAndLimit) {
  MakePool({.max_connections = 1});
  auto lease = Acquire();
  Waiting waiting;
  ASSERT_TRUE(Park(waiting));
  timer_.FireFirst();
  EXPECT_EQ(waiting.sqlstate, "HYT00");
  EXPECT_THAT(waiting.message, HasSubstr("pool \"sales\""));
  EXPECT_THAT(waiting.message, HasSubstr("1 of max_connections = 1 are in use"));
  EXPECT_EQ(pool_->stats().wait_timeouts, 1u);
  lease.Release();
  EXPECT_EQ(pool_->stats().idle, 1u);
}

TEST_F(BackendPoolTest, AFullQueueNamesPoolAndLimit) {
  MakePool({.max_connections = 1, .max_waiting = 1});
  auto lease = Acquire();
  Waiting first;
  ASSERT_TRUE(Park(first));
  Waiting second;
  try {
    Park(second);
    FAIL() << "the queue is full";
  } catch (const PoolError& error) {
    EXPECT_EQ(error.sqlstate(), "08004");
    EXPECT_THAT(error.what(), HasSubstr("pool \"sales\""));
    EXPECT_THAT(error.what(), HasSubstr("max_waiting = 1"));
  }
  EXPECT_EQ(pool_->stats().refused, 1u);
}

TEST_F(BackendPoolTest, ACancelledWaiterIsNeverCalled) {
  MakePool({.max_connections = 1});
  auto lease = Acquire();
  Waiting waiting;
  ASSERT_TRUE(Park(waiting));
  EXPECT_TRUE(pool_->CancelWaiter(waiting.id));
  EXPECT_FALSE(pool_->CancelWaiter(waiting.id));
  lease.Release();
  executor_.RunAll();
  EXPECT_FALSE(waiting.granted);
  EXPECT_EQ(waiting.sqlstate, "");
  EXPECT_EQ(timer_.size(), 0u);
}

TEST_F(BackendPoolTest, AWaiterThatIsBeingGrantedCannotBeCancelled) {
  MakePool({.max_connections = 1});
  auto lease = Acquire();
  Waiting waiting;
  ASSERT_TRUE(Park(waiting));
  lease.Release();
  EXPECT_FALSE(pool_->CancelWaiter(waiting.id));
  executor_.RunAll();
  EXPECT_TRUE(waiting.granted);
}

// ---- giving back ----

TEST_F(BackendPoolTest, ACleanConnectionIsNotReset) {
  MakePool({});
  Acquire().Release();
  EXPECT_EQ(backend_.Count(Kind::kReset), 0u);
}

TEST_F(BackendPoolTest, AnOpenTransactionIsReset) {
  MakePool({});
  auto lease = Acquire();
  Begin(lease);
  lease.Release();
  EXPECT_EQ(backend_.Count(Kind::kReset), 1u);
  EXPECT_EQ(pool_->stats().idle, 1u);
}

TEST_F(BackendPoolTest, APinnedConnectionIsResetInFull) {
  MakePool({});
  auto lease = Acquire();
  lease.SetLeftovers({.any = true, .unknown = true, .undo = {}});
  lease.Release();
  ASSERT_EQ(backend_.Count(Kind::kReset), 1u);
  EXPECT_TRUE(backend_.calls().back().pinned);
  Acquire().Release();  // the mark went with the reset
  EXPECT_EQ(backend_.Count(Kind::kReset), 1u);
}

TEST_F(BackendPoolTest, WhatIsLeftIsUndoneByItsOwnStatements) {
  MakePool({});
  auto lease = Acquire();
  lease.SetLeftovers({.any = true, .unknown = false, .undo = {"UNLISTEN *"}});
  lease.Release();
  ASSERT_EQ(backend_.Count(Kind::kReset), 1u);
  EXPECT_FALSE(backend_.calls().back().pinned);
  EXPECT_EQ(backend_.calls().back().undo, std::vector<std::string>{"UNLISTEN *"});
}

TEST_F(BackendPoolTest, AnAuditThatFindsSomethingDropsTheConnection) {
  MakePool({.audit = true});
  backend_.OnAudit({});
  Acquire().Release();
  EXPECT_EQ(pool_->stats().idle, 1u);
  backend_.OnAudit({"temporary object t"});
  Acquire().Release();
  EXPECT_EQ(pool_->stats().idle, 0u);
  EXPECT_EQ(pool_->stats().drops, 1u);
  EXPECT_EQ(pool_->stats().audits, 2u);
  EXPECT_EQ(pool_->stats().audit_failures, 1u);
}

TEST_F(BackendPoolTest, PinsAreCountedByReason) {
  MakePool({});
  pool_->CountPin("LISTEN", true);
  pool_->CountPin("LISTEN", true);
  pool_->CountPin("LISTEN", false);
  const auto pins = pool_->stats().pins;
  ASSERT_EQ(pins.size(), 1u);
  EXPECT_EQ(pins.at("LISTEN").now, 1u);
  EXPECT_EQ(pins.at("LISTEN").total, 2u);
}

TEST_F(BackendPoolTest, AConnectionThatCannotBeResetIsDropped) {
  MakePool({});
  backend_.OnReset(fakes::ScriptedError{"08006", "gone", true});
  auto lease = Acquire();
  lease.SetLeftovers({.any = true, .unknown = true, .undo = {}});
  lease.Release();
  EXPECT_EQ(backend_.live(), 0u);
  EXPECT_EQ(pool_->stats().drops, 1u);
}

TEST_F(BackendPoolTest, AWaiterGetsANewConnectionForABrokenOne) {
  MakePool({.max_connections = 1});
  auto lease = Acquire();
  Waiting waiting;
  ASSERT_TRUE(Park(waiting));
  lease.MarkBroken();
  lease.Release();
  EXPECT_EQ(backend_.live(), 0u);
  EXPECT_EQ(pool_->stats().connecting, 1u);
  executor_.RunAll();
  EXPECT_TRUE(waiting.granted);
  EXPECT_EQ(backend_.live(), 1u);
}

TEST_F(BackendPoolTest, AWornConnectionIsClosedWhenItIsGivenBack) {
  MakePool({});
  auto lease = Acquire();
  backend_.WearConnectionsOut();
  EXPECT_EQ(backend_.live(), 1u);
  lease.Release();
  EXPECT_EQ(backend_.live(), 0u);
  EXPECT_EQ(pool_->stats().idle, 0u);
  EXPECT_EQ(Acquire().connection().server_process_id(), 2u);
}

TEST_F(BackendPoolTest, AConnectionThatDiedWhileIdleIsNotLeased) {
  MakePool({});
  Acquire().Release();
  backend_.CloseConnections();
  auto lease = Acquire();
  EXPECT_EQ(lease.connection().server_process_id(), 2u);
  EXPECT_EQ(backend_.live(), 1u);
}

// ---- connecting ----

TEST_F(BackendPoolTest, AConnectFailureHasTheServersText) {
  MakePool({});
  backend_.OnConnect(fakes::ScriptedError{"28P01", "password authentication failed"});
  const auto [sqlstate, message] = Refusal();
  EXPECT_EQ(sqlstate, "28P01");
  EXPECT_THAT(message, HasSubstr("password authentication failed"));
  EXPECT_EQ(pool_->stats().connect_failures, 1u);
  EXPECT_EQ(pool_->stats().connecting, 0u);
}

TEST_F(BackendPoolTest, WaitersLearnThatNobodyCanServeThem) {
  MakePool({.max_connections = 1});
  auto lease = Acquire();
  Waiting waiting;
  ASSERT_TRUE(Park(waiting));
  backend_.OnConnect(fakes::ScriptedError{"08001", "refused"});
  lease.MarkBroken();
  lease.Release();
  executor_.RunAll();
  EXPECT_EQ(waiting.sqlstate, "08001");
  EXPECT_EQ(pool_->stats().waiting, 0u);
}

TEST_F(BackendPoolTest, UpkeepTriesAgainToConnectForWaiters) {
  MakePool({.max_connections = 2});
  pool_->Start();
  auto first = Acquire();
  auto second = Acquire();
  Waiting waiting;
  ASSERT_TRUE(Park(waiting));
  backend_.OnConnect(fakes::ScriptedError{"08001", "refused"});
  first.MarkBroken();
  first.Release();
  executor_.RunAll();
  EXPECT_EQ(waiting.sqlstate, "");  // the other connection may still serve it
  backend_.OnConnect(std::nullopt);
  timer_.Advance(milliseconds(1000));
  timer_.FireFirst();  // upkeep
  executor_.RunAll();
  EXPECT_TRUE(waiting.granted);
}

// ---- upkeep ----

TEST_F(BackendPoolTest, UpkeepOpensMinConnections) {
  MakePool({.min_connections = 3});
  pool_->Start();
  EXPECT_EQ(pool_->stats().connecting, 3u);
  executor_.RunAll();
  EXPECT_EQ(pool_->stats().connecting, 0u);
  EXPECT_EQ(pool_->stats().idle, 3u);
}

TEST_F(BackendPoolTest, UpkeepClosesWhatWasIdleForTooLong) {
  // Both have been idle for too long; min_connections keeps the newer one.
  MakePool({.min_connections = 1, .idle_timeout = milliseconds(1)});
  auto first = Acquire();
  auto second = Acquire();
  first.Release();
  second.Release();
  timer_.Advance(milliseconds(1));
  pool_->Start();
  EXPECT_EQ(pool_->stats().idle, 1u);
  EXPECT_EQ(backend_.live(), 1u);
  EXPECT_EQ(pool_->stats().drops, 1u);
}

TEST_F(BackendPoolTest, UpkeepKeepsWhatWasUsedALittleWhileAgo) {
  MakePool({.idle_timeout = std::chrono::hours(1)});
  Acquire().Release();
  pool_->Start();
  EXPECT_EQ(pool_->stats().idle, 1u);
  EXPECT_EQ(backend_.live(), 1u);
}

TEST_F(BackendPoolTest, AnOldConnectionIsDroppedOnItsReturn) {
  MakePool({.max_lifetime = milliseconds(1)});
  auto lease = Acquire();
  timer_.Advance(milliseconds(1));
  lease.Release();
  EXPECT_EQ(backend_.live(), 0u);
}

// ---- yielding ----

TEST_F(BackendPoolTest, AHolderThatOffersIsAskedOnceWhenSomeoneWaits) {
  MakePool({.max_connections = 1});
  auto lease = Acquire();
  int asked = 0;
  lease.OfferToYield([&] { ++asked; });
  EXPECT_EQ(asked, 0);
  Waiting first;
  Waiting second;
  ASSERT_TRUE(Park(first));
  EXPECT_EQ(asked, 1);
  ASSERT_TRUE(Park(second));
  EXPECT_EQ(asked, 1);
}

TEST_F(BackendPoolTest, AnOfferIsTakenAtOnceWhenSomeoneWaitsAlready) {
  MakePool({.max_connections = 1});
  auto lease = Acquire();
  Waiting waiting;
  ASSERT_TRUE(Park(waiting));
  int asked = 0;
  lease.OfferToYield([&] { ++asked; });
  EXPECT_EQ(asked, 1);
}

TEST_F(BackendPoolTest, AnOfferCanBeTakenBack) {
  MakePool({.max_connections = 1});
  auto lease = Acquire();
  int asked = 0;
  lease.OfferToYield([&] { ++asked; });
  lease.StopYielding();
  Waiting waiting;
  ASSERT_TRUE(Park(waiting));
  EXPECT_EQ(asked, 0);
}

// ---- the end ----

TEST_F(BackendPoolTest, ShuttingDownClosesIdleConnectionsAndItsUpkeep) {
  MakePool({});
  Acquire().Release();
  pool_->Start();
  EXPECT_EQ(timer_.size(), 1u);
  pool_->Shutdown();
  EXPECT_EQ(backend_.live(), 0u);
  EXPECT_EQ(timer_.size(), 0u);
}

TEST_F(BackendPoolTest, ShuttingDownFailsWaitersAndClosesIdleConnections) {
  MakePool({.max_connections = 2});
  auto first = Acquire();
  auto second = Acquire();
  second.Release();
  auto third = Acquire();
  Waiting waiting;
  ASSERT_TRUE(Park(waiting));
  pool_->Shutdown();
  executor_.RunAll();
  EXPECT_EQ(waiting.sqlstate, "57P01");
  third.Release();
  EXPECT_EQ(backend_.live(), 1u);
  const auto grant = pool_->TryAcquire(wire::kNoDeadline);
  ASSERT_TRUE(grant && std::holds_alternative<std::exception_ptr>(*grant));
  EXPECT_EQ(Describe(std::get<std::exception_ptr>(*grant)).first, "57P01");
}

}  // namespace
}  // namespace sluice::relay::pool
