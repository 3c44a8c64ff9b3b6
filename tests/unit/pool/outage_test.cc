// What a pool does while its database cannot be reached.

#include "tests/unit/pool/pool_fixture.h"

namespace sluice::relay::pool {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

const fakes::ScriptedError kRefused{"08001", "connection refused", true};

class OutageTest : public PoolTest {
 protected:
  std::size_t attempts() const { return backend_.Count(Kind::kConnect); }
};

TEST_F(OutageTest, RequestsFailAtOnceWithTheServersReason) {
  MakePool({});
  backend_.OnConnect(kRefused);
  EXPECT_EQ(Refusal().first, "08001");
  for (int i = 0; i < 10; ++i) {
    const auto [sqlstate, message] = Refusal();
    EXPECT_EQ(sqlstate, "08001");
    EXPECT_THAT(message, HasSubstr("connection refused"));
  }
  EXPECT_EQ(attempts(), 1u);
  EXPECT_TRUE(pool_->stats().in_outage);
}

TEST_F(OutageTest, PausesBetweenAttemptsGrowUpToALimit) {
  MakePool({.connect_backoff = milliseconds(300)});
  backend_.OnConnect(kRefused);
  Refusal();
  std::vector<int> pauses;
  for (std::size_t known = 1; known < 5; known = attempts()) {
    int pause = 0;
    for (; attempts() == known; ++pause) {
      timer_.Advance(milliseconds(1));
      Refusal();
    }
    pauses.push_back(pause);
  }
  EXPECT_THAT(pauses, ::testing::ElementsAre(100, 200, 300, 300));
}

TEST_F(OutageTest, OneAtATimeTriesAgainAndServesAllWhoWaitForIt) {
  MakePool({.max_connections = 3});
  backend_.OnConnect(kRefused);
  Refusal();
  backend_.OnConnect(std::nullopt);
  timer_.Advance(milliseconds(100));
  backend_.HoldConnect();
  BackendLease probe;
  std::thread prober([&] { probe = Acquire(); });
  ASSERT_TRUE(backend_.AwaitHeldConnect());
  std::vector<Waiting> others(3);
  for (auto& other : others) {
    EXPECT_FALSE(pool_->TryAcquire(wire::kNoDeadline).has_value());
    ASSERT_TRUE(Park(other));
  }
  EXPECT_EQ(pool_->stats().connecting, 1u);
  backend_.LetConnectGo();
  prober.join();
  executor_.RunAll();
  EXPECT_TRUE(probe);
  EXPECT_TRUE(others[0].granted);
  EXPECT_TRUE(others[1].granted);
  EXPECT_FALSE(others[2].granted);  // max_connections
  EXPECT_FALSE(pool_->stats().in_outage);
  probe.Release();
  executor_.RunAll();
  EXPECT_TRUE(others[2].granted);
}

TEST_F(OutageTest, ThoseWhoWaitForAnAttemptThatFailsLearnWhy) {
  MakePool({.max_connections = 3});
  backend_.OnConnect(kRefused);
  Refusal();
  timer_.Advance(milliseconds(100));
  backend_.HoldConnect();
  std::thread prober([&] { EXPECT_EQ(Refusal().first, "08001"); });
  ASSERT_TRUE(backend_.AwaitHeldConnect());
  Waiting other;
  ASSERT_TRUE(Park(other));
  backend_.LetConnectGo();
  prober.join();
  executor_.RunAll();
  EXPECT_EQ(other.sqlstate, "08001");
}

TEST_F(OutageTest, AnAttemptThatHangsIsNotWaitedForLong) {
  MakePool({.max_connections = 3});
  backend_.OnConnect(kRefused);
  Refusal();
  timer_.Advance(milliseconds(100));
  backend_.HoldConnect();
  std::thread prober([&] { Refusal(); });
  ASSERT_TRUE(backend_.AwaitHeldConnect());
  Waiting other;
  ASSERT_TRUE(Park(other));
  EXPECT_EQ(timer_.first_deadline() - timer_.Now(), milliseconds(1000));
  timer_.FireFirst();
  EXPECT_EQ(other.sqlstate, "08001");  // the server's reason, not that it waited
  backend_.LetConnectGo();
  prober.join();
}

// Connections from before go on, and whoever waits for one of them waits on.
TEST_F(OutageTest, ConnectionsThatLiveGoOn) {
  MakePool({.max_connections = 2});
  auto lease = Acquire();
  backend_.OnConnect(kRefused);
  EXPECT_EQ(Refusal().first, "08001");
  EXPECT_EQ(Refusal().first, "");  // waits, as the other connection may serve it
  Waiting waiting;
  ASSERT_TRUE(Park(waiting));
  lease.Release();
  executor_.RunAll();
  EXPECT_TRUE(waiting.granted);
}

TEST_F(OutageTest, WhenTheLastConnectionDiesTheWaitersLearnWhy) {
  MakePool({.max_connections = 2});
  auto lease = Acquire();
  backend_.OnConnect(kRefused);
  Refusal();
  Waiting waiting;
  ASSERT_TRUE(Park(waiting));
  lease.MarkBroken();
  lease.Release();
  executor_.RunAll();
  EXPECT_EQ(waiting.sqlstate, "08001");
  EXPECT_EQ(attempts(), 2u);  // the pause is not over
}

// A client's own short timeout says nothing of the database.
TEST_F(OutageTest, ARequestThatGaveNoTimeIsNoOutage) {
  MakePool({});
  backend_.OnConnect(kRefused);
  EXPECT_EQ(Refusal(timer_.Now()).first, "08001");
  EXPECT_FALSE(pool_->stats().in_outage);
  backend_.OnConnect(std::nullopt);
  EXPECT_TRUE(Acquire());
}

}  // namespace
}  // namespace sluice::relay::pool
