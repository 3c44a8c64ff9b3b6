// Limits of transactions and sessions, and what is run again when a backend connection has died.

#include "tests/relay/relay_fixture.h"

namespace sluice::relay {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;

class LimitsTest : public RelayTest {
 protected:
  // Starts a relay whose idle transactions end at once, and a transaction on it, which has ended
  // when this returns.
  TestClient SessionWithEndedTransaction(const TestClient::Run& run, const char* first) {
    Options options;
    options.limits.idle_transaction_timeout = milliseconds(1);
    StartRelay(options);
    auto client = Session();
    client.Execute(first, run);
    EXPECT_TRUE(Eventually([&] { return stats().idle_transaction_timeouts == 1; }));
    return client;
  }
  std::size_t Ended(bool commit) const {
    std::size_t count = 0;
    for (const auto& call : backend_.calls()) {
      count += call.kind == Kind::kEndTransaction && call.commit == commit ? 1U : 0U;
    }
    return count;
  }
  static v1::Response OpenIn(v1::PoolMode mode, TestClient& client) {
    auto open = client.DefaultOpen();
    open.set_pool_mode(mode);
    return client.Open(open);
  }
  // A stream that has found room. The thread that has ended a session may not have left its stream
  // yet, which then makes no room.
  TestClient ConnectAdmitted() {
    for (;;) {
      const auto before = server_->stats();
      auto client = Connect();
      auto now = before;
      EXPECT_TRUE(Eventually([&] {
        now = server_->stats();
        return now.accepted + now.refused > before.accepted + before.refused;
      }));
      if (now.accepted > before.accepted || HasFailure()) return client;
    }
  }
  // Opens a session in vain: the answer names who has too many, and the key that says so.
  static void ExpectRefused(TestClient& client, const char* who, const char* key) {
    const auto refused = client.Open();
    EXPECT_EQ(StateOf(refused), "08004");
    EXPECT_TRUE(refused.failure().session_over());
    EXPECT_THAT(MessageOf(refused), AllOf(HasSubstr(who), HasSubstr(key)));
  }
  TestClient SessionOfRita() {
    auto rita = Connect();
    auto open = rita.DefaultOpen();
    open.set_user("rita");
    rita.Open(open);
    return rita;
  }
};

// ---- sessions ----

TEST_F(LimitsTest, AUserMayHaveSoManySessions) {
  Options options;
  options.sessions.per_user = 2;
  StartRelay(options);
  auto first = Session();
  auto second = Session();
  auto third = Connect();
  ExpectRefused(third, "user \"alice\" has 2 sessions", "max_sessions_per_user of [relay]");
  first.CloseSession();
  EXPECT_EQ(StateOf(third.Open()), "");
  third.Drop();
  EXPECT_TRUE(Eventually([&] { return server_->stats().sessions == 1; }));
  EXPECT_EQ(StateOf(Connect().Open()), "");
}

TEST_F(LimitsTest, AUsersOwnNumberOfSessionsGoesBefore) {
  Options options;
  options.sessions.per_user = 1;
  options.max_sessions_of_rita = 2;
  StartRelay(options);
  auto alice = Session();
  auto first = SessionOfRita();
  auto second = SessionOfRita();
  auto third = Connect();
  auto open = third.DefaultOpen();
  open.set_user("rita");
  EXPECT_THAT(MessageOf(third.Open(open)), HasSubstr("max_sessions of [users.rita]"));
}

TEST_F(LimitsTest, AnAddressMayHaveSoManySessions) {
  Options options;
  options.sessions.per_address = 2;
  StartRelay(options);
  auto first = Session();
  auto second = SessionOfRita();
  auto third = Connect();
  ExpectRefused(third, "address 127.0.0.1 has 2 sessions", "max_sessions_per_address of [relay]");
  second.CloseSession();
  EXPECT_EQ(StateOf(third.Open()), "");
}

// A refusal leaves nothing behind that counts.
TEST_F(LimitsTest, WhoIsRefusedTakesNoPlace) {
  Options options;
  options.sessions.per_user = 2;
  options.sessions.per_address = 1;
  StartRelay(options);
  auto first = Session();
  auto second = Connect();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(StateOf(second.Open()), "08004");
  first.CloseSession();
  EXPECT_EQ(StateOf(second.Open()), "");
}

// ---- idle transactions ----

TEST_F(LimitsTest, AnIdleTransactionIsRolledBackAndItsBackendFreed) {
  auto client = SessionWithEndedTransaction({.autocommit = false}, "INSERT");
  EXPECT_TRUE(EventuallyIdle(1));
  EXPECT_EQ(Ended(false), 1u);
  const auto next = client.Execute("INSERT");
  EXPECT_EQ(StateOf(next), "25P03");
  EXPECT_THAT(MessageOf(next), HasSubstr("idle_transaction_timeout of pool \"db\""));
  EXPECT_EQ(next.transaction_state(), v1::TRANSACTION_STATE_FAILED);
  EXPECT_EQ(StateOf(client.Execute("INSERT")), "25P03");  // until it is ended
  EXPECT_EQ(StateOf(client.EndTransaction(false)), "");
  EXPECT_EQ(backend_.Count(Kind::kExecute), 1u);
  EXPECT_EQ(StateOf(client.Execute("INSERT", {.autocommit = true})), "");
}

TEST_F(LimitsTest, ACommitOfAnIdleTransactionFailsAndEndsIt) {
  auto client = SessionWithEndedTransaction({.autocommit = false}, "INSERT");
  const auto commit = client.EndTransaction(true);
  EXPECT_EQ(StateOf(commit), "25S03");
  EXPECT_THAT(MessageOf(commit), HasSubstr("idle"));
  EXPECT_EQ(StateOf(client.Execute("INSERT", {.autocommit = true})), "");
}

TEST_F(LimitsTest, ATransactionBegunAsTextIsEndedAsText) {
  auto client = SessionWithEndedTransaction({}, "BEGIN");
  EXPECT_EQ(StateOf(client.Execute("INSERT")), "25P03");
  const auto rollback = client.Execute("ROLLBACK");
  EXPECT_EQ(StateOf(rollback), "");
  EXPECT_EQ(rollback.transaction_state(), v1::TRANSACTION_STATE_NONE);
  EXPECT_EQ(StateOf(client.Execute("INSERT")), "");
}

TEST_F(LimitsTest, AnIdleTransactionIsToldOfThoughItsConnectionIsLostBehindIt) {
  for (const char* sql : {"CREATE TEMP TABLE t (n int)", "CREATE TEMP TABLE u (n int)"}) {
    backend_.On(sql, {.results = {fakes::Affected(0)}});
  }
  Options options;
  options.limits.idle_transaction_timeout = milliseconds(1);
  StartRelay(options);
  auto client = Session();
  client.Execute("CREATE TEMP TABLE t (n int)");
  backend_.CloseConnections();
  client.Execute("BEGIN; CREATE TEMP TABLE u (n int)");
  ASSERT_TRUE(backend_.AwaitCount(Kind::kAsk, 1));  // which temporary tables are left
  EXPECT_EQ(StateOf(client.Execute("INSERT")), "25P03");
}

TEST_F(LimitsTest, ACommitAsTextOfAnIdleTransactionFails) {
  auto client = SessionWithEndedTransaction({}, "BEGIN");
  EXPECT_EQ(StateOf(client.Execute("COMMIT")), "25S03");
  EXPECT_EQ(StateOf(client.Execute("INSERT")), "");
}

TEST_F(LimitsTest, RowsOfAnIdleTransactionEndWithIt) {
  backend_.On("SELECT big", {.results = {fakes::NumberedRows(10'000, 100)}});
  Options options;
  options.limits.idle_transaction_timeout = milliseconds(1);
  StartRelay(options);
  auto client = Session();
  const auto first = client.Execute("SELECT big", {.credit = 1, .autocommit = false});
  ASSERT_TRUE(EventuallyIdle(1));
  EXPECT_EQ(client.ReadToEnd(first).sqlstate, "25P03");
}

TEST_F(LimitsTest, WithoutATransactionNothingTimesOut) {
  backend_.On("CREATE TEMP TABLE t (n int)", {.results = {fakes::Affected(0)}});
  Options options;
  options.limits.idle_transaction_timeout = milliseconds(1);
  StartRelay(options);
  auto pinned = Session();
  pinned.Execute("CREATE TEMP TABLE t (n int)");
  auto other = Session();
  other.Execute("INSERT", {.autocommit = false});
  ASSERT_TRUE(backend_.AwaitCount(Kind::kEndTransaction, 1));
  EXPECT_EQ(StateOf(pinned.Execute("SELECT 1")), "");
  EXPECT_EQ(backend_.Count(Kind::kEndTransaction), 1u);
}

// ---- dead backends ----

TEST_F(LimitsTest, AStatementThatNeverRanIsRunOnAnotherConnection) {
  StartRelay();
  auto client = Session();
  client.Execute("INSERT");
  ASSERT_TRUE(EventuallyIdle(1));
  backend_.CloseConnectionsUnnoticed();
  EXPECT_EQ(StateOf(client.Execute("INSERT")), "");
  EXPECT_EQ(stats().retries, 1u);
  EXPECT_EQ(backend_.Count(Kind::kExecute), 2u);
  EXPECT_EQ(backend_.live(), 1u);
}

TEST_F(LimitsTest, TheFirstStatementOfATransactionIsRunAgainToo) {
  StartRelay();
  auto client = Session();
  client.Execute("INSERT");
  ASSERT_TRUE(EventuallyIdle(1));
  backend_.CloseConnectionsUnnoticed();
  EXPECT_EQ(StateOf(client.Execute("INSERT", {.autocommit = false})), "");
  EXPECT_EQ(StateOf(client.EndTransaction(true)), "");
}

TEST_F(LimitsTest, AStatementThatMayHaveRunIsNotRunAgain) {
  backend_.On("INSERT lost", {.results = {fakes::LosesConnection()}});
  StartRelay();
  auto client = Session();
  EXPECT_EQ(StateOf(client.Execute("INSERT lost")), "08006");
  EXPECT_EQ(backend_.Count(Kind::kExecute), 1u);
  EXPECT_EQ(stats().retries, 0u);
}

TEST_F(LimitsTest, NothingIsRunAgainInsideATransaction) {
  StartRelay();
  auto client = Session();
  client.Execute("INSERT", {.autocommit = false});
  backend_.CloseConnectionsUnnoticed();
  EXPECT_EQ(StateOf(client.Execute("INSERT")), "57P01");
  EXPECT_EQ(StateOf(client.Execute("INSERT")), "25S03");
  EXPECT_EQ(StateOf(client.EndTransaction(false)), "");
  EXPECT_EQ(stats().retries, 0u);
}

TEST_F(LimitsTest, AStatementIsRunAgainOnlyOnce) {
  auto unlucky = fakes::Fails("57P01");
  unlucky.error->connection_lost = true;
  unlucky.error->never_ran = true;
  backend_.On("INSERT unlucky", {.results = {unlucky}});
  StartRelay();
  auto client = Session();
  EXPECT_EQ(StateOf(client.Execute("INSERT unlucky")), "57P01");
  EXPECT_EQ(backend_.Count(Kind::kExecute), 2u);
}

TEST_F(LimitsTest, AKeptBackendThatDiedIdleIsReplacedWhenNothingWasLeftOnIt) {
  Options options;
  options.modes = session::PoolMode::kSession;
  StartRelay(options);
  auto client = Session();
  client.Execute("INSERT");
  backend_.CloseConnections();
  EXPECT_EQ(StateOf(client.Execute("INSERT")), "");
  EXPECT_EQ(backend_.live(), 1u);
  EXPECT_EQ(stats().active, 1u);
}

// ---- the database is down ----

TEST_F(LimitsTest, WithoutADatabaseStatementsFailAtOnceUntilItIsBack) {
  StartRelay();
  auto client = Session();
  ASSERT_TRUE(EventuallyIdle(1));
  backend_.CloseConnections();
  backend_.OnConnect(fakes::ScriptedError{"08001", "connection refused", true});
  for (int i = 0; i < 20; ++i) {
    const auto answer = client.Execute("INSERT");
    EXPECT_EQ(StateOf(answer), "08001");
    EXPECT_THAT(MessageOf(answer), HasSubstr("connection refused"));
  }
  EXPECT_EQ(stats().waits, 0u);
  backend_.OnConnect(std::nullopt);
  EXPECT_TRUE(Eventually([&] { return StateOf(client.Execute("INSERT")).empty(); }));
}

// ---- modes and shares ----

TEST_F(LimitsTest, AUsersModeGoesBeforeThePools) {
  Options options;
  options.mode_of_alice = session::PoolMode::kSession;
  StartRelay(options);
  auto alice = Session();
  alice.Execute("SELECT 1");
  EXPECT_EQ(stats().active, 1u);
  auto rita = SessionOfRita();
  EXPECT_EQ(StateOf(rita.Execute("SELECT 1")), "");
  EXPECT_TRUE(Eventually([&] { return stats().active == 1 && stats().idle == 1; }));
}

TEST_F(LimitsTest, AClientChoosesItsMode) {
  StartRelay();
  auto client = Connect();
  EXPECT_EQ(StateOf(OpenIn(v1::POOL_MODE_SESSION, client)), "");
  client.Execute("SELECT 1");
  EXPECT_EQ(stats().active, 1u);
  EXPECT_EQ(client.Execute("SELECT 1").pinned_by(), "");  // told once, with the first
}

TEST_F(LimitsTest, AClientMayLeaveThePoolsSessionMode) {
  Options options;
  options.modes = session::PoolMode::kSession;
  StartRelay(options);
  auto client = Connect();
  EXPECT_EQ(StateOf(OpenIn(v1::POOL_MODE_TRANSACTION, client)), "");
  client.Execute("SELECT 1");
  EXPECT_TRUE(EventuallyIdle(1));
}

TEST_F(LimitsTest, AModeThatMayNotBeChosenIsTold) {
  Options options;
  options.modes = {session::PoolMode::kTransaction, true, false};
  StartRelay(options);
  for (const bool by_pinning : {false, true}) {
    auto client = Connect();
    auto open = client.DefaultOpen();
    if (by_pinning) open.set_pinning(v1::PINNING_ALWAYS);
    if (!by_pinning) open.set_pool_mode(v1::POOL_MODE_SESSION);
    const auto opened = client.Open(open);
    EXPECT_EQ(StateOf(opened), "01S02");
    EXPECT_THAT(MessageOf(opened), HasSubstr("\"transaction\""));
    client.Execute("SELECT 1");
    EXPECT_TRUE(EventuallyIdle(1));
  }
}

TEST_F(LimitsTest, AUsersModeGoesBeforeWhatItsClientAsksFor) {
  Options options;
  options.mode_of_alice = session::PoolMode::kSession;
  StartRelay(options);
  auto client = Connect();
  EXPECT_EQ(StateOf(OpenIn(v1::POOL_MODE_TRANSACTION, client)), "01S02");
  client.Execute("SELECT 1");
  EXPECT_EQ(stats().active, 1u);
}

TEST_F(LimitsTest, AUserAtItsLimitWaitsWhileOthersGoOn) {
  Options options;
  options.limits.max_connections_per_user = 1;
  StartRelay(options);
  auto first = Session();
  first.Execute("INSERT", {.autocommit = false});
  auto second = Session();
  const auto waiting = second.SendExecute("INSERT");
  ASSERT_TRUE(EventuallyWaiting(1));
  auto rita = SessionOfRita();
  EXPECT_EQ(StateOf(rita.Execute("SELECT 1")), "");
  EXPECT_EQ(stats().waiting, 1u);
  first.EndTransaction(true);
  EXPECT_EQ(StateOf(second.Receive(waiting)), "");
}

TEST_F(LimitsTest, WhoeverWaitsLearnsThatTransactionsAreIdle) {
  Options options;
  options.limits.max_connections = 1;
  options.limits.wait_timeout = milliseconds(1000);  // the holder has to connect in it, too
  StartRelay(options);
  auto holder = Session();
  holder.Execute("INSERT", {.autocommit = false});
  ASSERT_TRUE(Eventually([&] { return stats().holders.idle_in_transaction == 1; }));
  const auto answer = Session().Execute("INSERT");
  EXPECT_EQ(StateOf(answer), "HYT00");
  EXPECT_THAT(MessageOf(answer), HasSubstr("1 in transactions, 1 of them idle"));
}

// ---- max_clients ----

TEST_F(LimitsTest, AStreamWithoutASessionMakesRoomForANewClient) {
  Options options;
  options.max_clients = 3;
  StartRelay(options);
  auto served = Session();
  auto oldest = Connect();
  ASSERT_TRUE(Eventually([&] { return server_->stats().connections == 2; }));
  auto newer = Connect();
  ASSERT_TRUE(Eventually([&] { return server_->stats().connections == 3; }));
  auto client = Session();
  EXPECT_TRUE(oldest.AwaitEndOfStream());
  EXPECT_EQ(StateOf(newer.Open()), "");
  EXPECT_EQ(StateOf(served.Execute("SELECT 1")), "");
  EXPECT_EQ(StateOf(client.Execute("SELECT 1")), "");
  EXPECT_EQ(server_->stats().refused, 0u);
}

TEST_F(LimitsTest, AWarmStreamMakesRoomAfterThoseThatNeverHadASession) {
  Options options;
  options.max_clients = 2;
  StartRelay(options);
  auto warm = Session();
  warm.CloseSession();
  auto silent = Connect();
  ASSERT_TRUE(Eventually([&] { return server_->stats().connections == 2; }));
  auto first = Session();
  EXPECT_TRUE(silent.AwaitEndOfStream());
  ASSERT_TRUE(Eventually([&] { return server_->stats().sessions == 1; }));
  auto second = ConnectAdmitted();
  EXPECT_TRUE(warm.AwaitEndOfStream());
  EXPECT_EQ(StateOf(second.Open()), "");
  EXPECT_TRUE(Connect().AwaitEndOfStream());  // two sessions: neither makes room
  EXPECT_EQ(StateOf(first.Execute("SELECT 1")), "");
  EXPECT_EQ(StateOf(second.Execute("SELECT 1")), "");
}

// ---- clients that go ----

// Each leaves in another way: with a transaction open, rows unread, a statement under way,
// politely.
TEST_F(LimitsTest, TwoThousandSessionsLeaveNothingBehind) {
  backend_.On("SELECT big", {.results = {fakes::NumberedRows(3000, 100)}});
  StartRelay(3);
  for (int i = 0; i < 2000; ++i) {
    auto client = Session();
    if (i % 4 == 0) client.Execute("INSERT", {.autocommit = false});
    if (i % 4 == 1) client.Execute("SELECT big", {.credit = 1});
    if (i % 4 == 2) client.SendExecute("INSERT");
    if (i % 3 == 0) client.CloseSession();
    client.Drop();
  }
  EXPECT_TRUE(Eventually([&] { return server_->stats().connections == 0; }));
  EXPECT_TRUE(Eventually([&] { return stats().active + stats().resetting == 0; }));
  EXPECT_EQ(server_->stats().sessions, 0u);
  EXPECT_EQ(stats().waiting, 0u);
  EXPECT_LE(backend_.max_live(), 3u);
}

}  // namespace
}  // namespace sluice::relay
