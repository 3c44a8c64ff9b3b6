#include "tests/relay/relay_fixture.h"

namespace sluice::relay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CancelTest : public RelayTest {
 protected:
  void SetUp() override {
    backend_.On("SELECT slow", {.results = {fakes::NumberedRows(1)}});
    backend_.On("SELECT big", {.results = {fakes::NumberedRows(10'000, 100)}});
  }
};

TEST_F(CancelTest, ReachesTheStatementThatRuns) {
  backend_.HoldExecute("SELECT slow");
  StartRelay();
  auto client = Session();
  const auto id = SendSlow(client);
  client.Cancel(id);
  EXPECT_EQ(StateOf(client.Receive(id)), "HY008");
  EXPECT_EQ(backend_.Count(Kind::kCancel), 1u);
  EXPECT_EQ(StateOf(client.Execute("SELECT 1")), "");
  EXPECT_TRUE(EventuallyIdle(1));
}

TEST_F(CancelTest, NeverHitsTheNextRequest) {
  backend_.HoldExecute("SELECT slow");
  StartRelay();
  auto client = Session();
  const auto done = client.Execute("SELECT 1").request_id();
  const auto id = SendSlow(client);
  client.Cancel(done);
  client.Cancel(id + 1000);
  // Both requests are read in turn: with this one at the relay, so are the cancels.
  const auto last = client.SendExecute("SELECT 1");
  client.Cancel(last);
  backend_.LetGo("SELECT slow");
  EXPECT_EQ(StateOf(client.Receive(id)), "");
  client.Receive(last);
  EXPECT_EQ(backend_.Count(Kind::kCancel), 0u);
}

TEST_F(CancelTest, StopsARequestThatWaitsForItsTurn) {
  backend_.HoldExecute("SELECT slow");
  StartRelay();
  auto client = Session();
  const auto running = client.SendExecute("SELECT slow", {.cursor = 1});
  ASSERT_TRUE(backend_.AwaitHeld("SELECT slow"));
  const auto queued = client.SendExecute("SELECT 1", {.cursor = 2});
  client.Cancel(queued);
  client.Cancel(running);  // read after the other, which has been noted by now
  EXPECT_EQ(StateOf(client.Receive(running)), "HY008");
  EXPECT_EQ(StateOf(client.Receive(queued)), "HY008");
  EXPECT_THAT(backend_.executed(), ElementsAre("SELECT slow"));
}

TEST_F(CancelTest, TakesARequestOutOfThePoolsQueue) {
  backend_.HoldExecute("SELECT slow");
  StartRelay(1);
  auto first = Session();
  auto second = Session();
  const auto holding = SendSlow(first);
  const auto waiting = second.SendExecute("SELECT 1");
  ASSERT_TRUE(EventuallyWaiting(1));
  second.Cancel(waiting);
  EXPECT_EQ(StateOf(second.Receive(waiting)), "HY008");
  EXPECT_EQ(stats().waiting, 0u);
  backend_.LetGo("SELECT slow");
  EXPECT_EQ(StateOf(first.Receive(holding)), "");
  EXPECT_EQ(StateOf(second.Execute("SELECT 1")), "");
  EXPECT_EQ(backend_.Count(Kind::kCancel), 0u);
}

TEST_F(CancelTest, EndsTheRowsOfAPausedCursor) {
  StartRelay(1);
  auto client = Session();
  const auto first = client.Execute("SELECT big", {.credit = 1});
  client.Cancel(first.request_id());
  const auto broken = client.Receive(first.request_id());
  EXPECT_TRUE(broken.rows().failed());
  EXPECT_TRUE(broken.rows().end());
  EXPECT_EQ(StateOf(broken), "HY008");
  EXPECT_TRUE(EventuallyIdle(1));
}

TEST_F(CancelTest, ReachesRowsThatAreBeingFetched) {
  backend_.HoldFetch("SELECT big", 5000);
  StartRelay(1);
  auto client = Session();
  const auto id = client.SendExecute("SELECT big", {.credit = 1 << 30});
  ASSERT_TRUE(backend_.AwaitHeld("SELECT big"));
  client.Cancel(id);
  EXPECT_EQ(client.ReadToEnd(client.Receive(id)).sqlstate, "HY008");
  EXPECT_EQ(backend_.Count(Kind::kCancel), 1u);
  EXPECT_EQ(StateOf(client.Execute("SELECT 1")), "");
}

// The statement waits for the rows of another one to be set aside: the cancel means it, not them.
TEST_F(CancelTest, LeavesTheRowsOfAnotherStatementAlone) {
  backend_.HoldFetch("SELECT big", 5000);
  StartRelay(1);
  auto client = Session();
  const auto first = client.Execute("SELECT big", {.cursor = 1, .credit = 1});
  const auto second = client.SendExecute("SELECT 1", {.cursor = 2});
  ASSERT_TRUE(backend_.AwaitHeld("SELECT big"));
  client.Cancel(second);
  // Both requests are read in turn: with this one at the relay, so is the cancel.
  const auto third = client.SendExecute("SELECT 1", {.cursor = 3});
  client.Cancel(third);
  backend_.LetGo("SELECT big");
  client.Receive(third);
  client.Receive(second);
  EXPECT_EQ(backend_.Count(Kind::kCancel), 0u);
  const auto read = client.ReadToEnd(first);
  EXPECT_EQ(read.sqlstate, "");
  EXPECT_EQ(read.rows, 10'000u);
}

// ---- deadlines ----

TEST_F(CancelTest, ATimeoutStopsTheStatement) {
  backend_.HoldExecute("SELECT slow");
  StartRelay();
  auto client = Session();
  const auto response = client.Execute("SELECT slow", {.timeout_ms = 1000});  // and it has begun
  EXPECT_EQ(StateOf(response), "HYT00");
  EXPECT_EQ(backend_.Count(Kind::kCancel), 1u);
  EXPECT_EQ(StateOf(client.Execute("SELECT 1")), "");
}

TEST_F(CancelTest, ATimeoutInTheQueueNamesThePool) {
  backend_.HoldExecute("SELECT slow");
  StartRelay(1);
  auto first = Session();
  auto second = Session();
  SendSlow(first);
  const auto response = second.Execute("SELECT 1", {.timeout_ms = 20});
  EXPECT_EQ(StateOf(response), "HYT00");
  EXPECT_THAT(MessageOf(response), HasSubstr("pool \"db\""));
}

TEST_F(CancelTest, TheWaitTimeoutNamesPoolAndLimit) {
  backend_.HoldExecute("SELECT slow");
  Options options;
  options.limits.max_connections = 1;
  options.limits.wait_timeout = std::chrono::milliseconds(1000);  // and the first connects in it
  StartRelay(options);
  auto first = Session();
  auto second = Session();
  SendSlow(first);
  const auto response = second.Execute("SELECT 1");
  EXPECT_EQ(StateOf(response), "HYT00");
  EXPECT_THAT(MessageOf(response), HasSubstr("pool \"db\""));
  EXPECT_THAT(MessageOf(response), HasSubstr("max_connections = 1"));
}

// ---- clients that vanish ----

TEST_F(CancelTest, AVanishedClientStopsItsStatement) {
  backend_.HoldExecute("SELECT slow");
  StartRelay(1);
  auto client = Session();
  SendSlow(client);
  client.Drop();
  EXPECT_TRUE(backend_.AwaitCount(Kind::kCancel, 1));
  EXPECT_TRUE(EventuallyIdle(1));
  EXPECT_EQ(StateOf(Session().Execute("SELECT 1")), "");
}

TEST_F(CancelTest, AVanishedClientLeavesThePoolsQueue) {
  backend_.HoldExecute("SELECT slow");
  StartRelay(1);
  auto first = Session();
  auto second = Session();
  const auto id = SendSlow(first);
  second.SendExecute("INSERT");
  ASSERT_TRUE(EventuallyWaiting(1));
  second.Drop();
  EXPECT_TRUE(EventuallyWaiting(0));
  EXPECT_TRUE(Eventually([&] { return server_->stats().connections == 1; }));
  backend_.LetGo("SELECT slow");
  EXPECT_EQ(StateOf(first.Receive(id)), "");
  EXPECT_THAT(backend_.executed(), ElementsAre("SELECT slow"));
}

TEST_F(CancelTest, AVanishedReaderFreesItsBackend) {
  StartRelay(1);
  auto client = Session();
  client.Execute("SELECT big", {.credit = 1});
  client.Drop();
  EXPECT_TRUE(EventuallyIdle(1));
}

// The server may take long to end what is given up in a transaction.
TEST_F(CancelTest, AVanishedClientStopsWhatItsReleasedCursorLeaves) {
  backend_.HoldDiscard();
  StartRelay(1);
  auto client = Session();
  client.Execute("SELECT big", {.credit = 1, .autocommit = false});
  v1::Request release;
  release.mutable_release();
  release.add_released_cursors(1);
  client.Send(release);
  ASSERT_TRUE(backend_.AwaitHeldDiscard());
  client.Drop();
  EXPECT_TRUE(backend_.AwaitCount(Kind::kCancel, 1));
}

}  // namespace
}  // namespace sluice::relay
