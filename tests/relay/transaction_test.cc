#include "tests/relay/relay_fixture.h"

namespace sluice::relay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TransactionTest : public RelayTest {
 protected:
  // With one backend connection, which is lost in the middle of "SELECT broken".
  void StartRelayWithBrokenRows() {
    auto rows = fakes::NumberedRows(3000, 100);
    rows.error_after_rows = fakes::ScriptedError{"08006", "gone", true};
    backend_.On("SELECT broken", {.results = {rows}});
    StartRelay(1);
  }
  std::vector<fakes::BackendCall> Calls(Kind kind) const {
    std::vector<fakes::BackendCall> found;
    for (auto& call : backend_.calls()) {
      if (call.kind == kind) found.push_back(call);
    }
    return found;
  }
};

TEST_F(TransactionTest, BeginTravelsWithTheFirstStatement) {
  StartRelay();
  auto client = Session();
  const auto first = client.Execute("INSERT", {.autocommit = false});
  EXPECT_EQ(first.transaction_state(), v1::TRANSACTION_STATE_ACTIVE);
  client.Execute("INSERT");
  const auto executed = Calls(Kind::kExecute);
  ASSERT_EQ(executed.size(), 2u);
  EXPECT_TRUE(executed[0].begin_transaction);
  EXPECT_TRUE(executed[0].statement_rollback);
  EXPECT_FALSE(executed[1].begin_transaction);
  EXPECT_TRUE(executed[1].statement_rollback);
  EXPECT_EQ(stats().active, 1u);  // the lease is kept
  const auto ended = client.EndTransaction(true);
  EXPECT_TRUE(ended.has_transaction_ended());
  EXPECT_EQ(ended.transaction_state(), v1::TRANSACTION_STATE_NONE);
  EXPECT_TRUE(EventuallyIdle(1));
  ASSERT_EQ(Calls(Kind::kEndTransaction).size(), 1u);
  EXPECT_TRUE(Calls(Kind::kEndTransaction)[0].commit);
  EXPECT_EQ(backend_.Count(Kind::kReset), 0u);
}

// Behind the rows: in the search for a further result.
TEST_F(TransactionTest, AConnectionThatIsLostWhereRowsEndTakesTheTransactionWithIt) {
  backend_.On("CALL p()", {.results = {fakes::NumberedRows(2000, 100), fakes::LosesConnection()}});
  StartRelay(1);
  auto client = Session();
  const auto first = client.Execute("CALL p()", {.autocommit = false});
  EXPECT_EQ(client.ReadToEnd(first).sqlstate, "08006");
  EXPECT_EQ(StateOf(client.Execute("INSERT")), "25S03");
  EXPECT_EQ(StateOf(client.EndTransaction(false)), "");
  EXPECT_EQ(StateOf(client.Execute("INSERT")), "");
}

TEST_F(TransactionTest, EndingNoTransactionAsksNobody) {
  StartRelay();
  auto client = Session();
  EXPECT_TRUE(client.EndTransaction(true).has_transaction_ended());
  EXPECT_TRUE(client.EndTransaction(false).has_transaction_ended());
  EXPECT_EQ(backend_.Count(Kind::kEndTransaction), 0u);
  EXPECT_EQ(stats().leases, 1u);  // of the opening
}

TEST_F(TransactionTest, SwitchingAutocommitOnCommitsAndFreesTheBackend) {
  StartRelay();
  auto client = Session();
  client.Execute("INSERT", {.autocommit = false});
  v1::Request ping;
  ping.mutable_ping();
  ping.mutable_changes()->set_autocommit(true);
  EXPECT_EQ(client.Call(ping).transaction_state(), v1::TRANSACTION_STATE_NONE);
  ASSERT_EQ(Calls(Kind::kEndTransaction).size(), 1u);
  EXPECT_TRUE(Calls(Kind::kEndTransaction)[0].commit);
  EXPECT_TRUE(EventuallyIdle(1));
}

TEST_F(TransactionTest, TransactionsInTextKeepTheBackend) {
  StartRelay();
  auto client = Session();
  EXPECT_EQ(client.Execute("BEGIN").transaction_state(), v1::TRANSACTION_STATE_ACTIVE);
  client.Execute("INSERT");
  EXPECT_EQ(stats().active, 1u);
  EXPECT_EQ(client.Execute("COMMIT").transaction_state(), v1::TRANSACTION_STATE_NONE);
  EXPECT_TRUE(EventuallyIdle(1));
  EXPECT_EQ(Calls(Kind::kExecute)[1].connection, Calls(Kind::kExecute)[0].connection);
}

TEST_F(TransactionTest, AnErrorLeavesTheTransactionOpen) {
  backend_.On("INSERT twice", {.results = {fakes::Fails("23505")}});
  StartRelay();
  auto client = Session();
  const auto failed = client.Execute("INSERT twice", {.autocommit = false});
  EXPECT_EQ(StateOf(failed), "23505");
  EXPECT_EQ(failed.transaction_state(), v1::TRANSACTION_STATE_ACTIVE);
  client.Execute("INSERT");
  EXPECT_FALSE(Calls(Kind::kExecute)[1].begin_transaction);
  EXPECT_EQ(StateOf(client.EndTransaction(true)), "");
}

TEST_F(TransactionTest, AnErrorEndsTheTransactionWhereItsScopeIsTheTransaction) {
  backend_.On("INSERT twice", {.results = {fakes::Fails("23505")}});
  StartRelay();
  auto client = Connect();
  auto open = client.DefaultOpen();
  open.set_error_scope(v1::ERROR_SCOPE_TRANSACTION);
  client.Open(open);
  client.Execute("INSERT", {.autocommit = false});
  const auto failed = client.Execute("INSERT twice");
  EXPECT_EQ(StateOf(failed), "23505");
  EXPECT_EQ(failed.transaction_state(), v1::TRANSACTION_STATE_NONE);
  ASSERT_EQ(Calls(Kind::kEndTransaction).size(), 1u);
  EXPECT_FALSE(Calls(Kind::kEndTransaction)[0].commit);
  EXPECT_FALSE(Calls(Kind::kExecute)[1].statement_rollback);
  EXPECT_EQ(client.Execute("INSERT").transaction_state(), v1::TRANSACTION_STATE_ACTIVE);
  EXPECT_TRUE(Calls(Kind::kExecute)[2].begin_transaction);
}

TEST_F(TransactionTest, AVanishedClientIsRolledBack) {
  StartRelay(1);
  auto client = Session();
  client.Execute("INSERT", {.autocommit = false});
  client.Drop();
  EXPECT_TRUE(backend_.AwaitCount(Kind::kReset, 1));
  EXPECT_TRUE(EventuallyIdle(1));
  EXPECT_EQ(backend_.Count(Kind::kEndTransaction), 0u);  // never a commit
}

TEST_F(TransactionTest, AClosedSessionIsRolledBack) {
  StartRelay(1);
  auto client = Session();
  client.Execute("INSERT", {.autocommit = false});
  client.CloseSession();
  EXPECT_TRUE(backend_.AwaitCount(Kind::kReset, 1));
  EXPECT_TRUE(EventuallyIdle(1));
}

TEST_F(TransactionTest, RowsOutliveTheirTransaction) {
  backend_.On("SELECT big", {.results = {fakes::NumberedRows(10'000, 100)}});
  StartRelay();
  auto client = Session();
  const auto first = client.Execute("SELECT big", {.credit = 1, .autocommit = false});
  EXPECT_EQ(StateOf(client.EndTransaction(true)), "");
  EXPECT_TRUE(EventuallyIdle(1));
  EXPECT_EQ(client.ReadToEnd(first).rows, 10'000u);
}

TEST_F(TransactionTest, TwoCursorsShareTheTransactionsBackend) {
  backend_.On("SELECT big", {.results = {fakes::NumberedRows(10'000, 100)}});
  StartRelay();
  auto client = Session();
  const auto first = client.Execute("SELECT big", {.cursor = 1, .credit = 1, .autocommit = false});
  const auto second = client.Execute("SELECT big", {.cursor = 2, .credit = 1});
  EXPECT_EQ(client.ReadToEnd(second).rows, 10'000u);
  EXPECT_EQ(client.ReadToEnd(first).rows, 10'000u);
  EXPECT_EQ(backend_.max_live(), 1u);
}

// ---- losing the backend ----

TEST_F(TransactionTest, LosingTheBackendLosesTheTransactionUntilItIsEnded) {
  backend_.On("SELECT lost", {.results = {fakes::LosesConnection()}});
  StartRelay(1);
  auto client = Session();
  client.Execute("INSERT", {.autocommit = false});
  const auto lost = client.Execute("SELECT lost");
  EXPECT_EQ(StateOf(lost), "08006");
  EXPECT_EQ(lost.transaction_state(), v1::TRANSACTION_STATE_FAILED);
  // Never goes on silently in another transaction.
  EXPECT_EQ(StateOf(client.Execute("INSERT")), "25S03");
  EXPECT_EQ(StateOf(client.EndTransaction(true)), "25S03");
  EXPECT_EQ(StateOf(client.Execute("INSERT")), "");
  EXPECT_EQ(StateOf(client.EndTransaction(false)), "");
}

TEST_F(TransactionTest, LosingTheBackendAmongRowsLosesTheTransaction) {
  StartRelayWithBrokenRows();
  auto client = Session();
  client.Execute("INSERT", {.autocommit = false});
  EXPECT_EQ(client.ReadToEnd(client.Execute("SELECT broken")).sqlstate, "08006");
  EXPECT_EQ(StateOf(client.Execute("INSERT")), "25S03");
  EXPECT_EQ(StateOf(client.EndTransaction(false)), "");
  EXPECT_EQ(StateOf(client.Execute("INSERT")), "");
}

// The paused rows must be read before the COMMIT can go out, and that loses the connection.
TEST_F(TransactionTest, LosingTheBackendWhileRowsAreSetAsideForACommit) {
  StartRelayWithBrokenRows();
  auto client = Session();
  client.Execute("SELECT broken", {.cursor = 1, .credit = 1, .autocommit = false});
  EXPECT_EQ(StateOf(client.EndTransaction(true)), "25S03");
  EXPECT_EQ(backend_.Count(Kind::kEndTransaction), 0u);
  EXPECT_EQ(StateOf(client.Execute("INSERT")), "");
}

TEST_F(TransactionTest, LosingTheBackendWhileRowsAreSetAsideForAStatement) {
  StartRelayWithBrokenRows();
  auto client = Session();
  client.Execute("SELECT broken", {.cursor = 1, .credit = 1, .autocommit = false});
  EXPECT_EQ(StateOf(client.Execute("INSERT", {.cursor = 2})), "25S03");
  EXPECT_EQ(StateOf(client.EndTransaction(false)), "");
}

TEST_F(TransactionTest, ACommitWithoutAnswerIsOfUnknownOutcome) {
  StartRelay(1);
  auto client = Session();
  client.Execute("INSERT", {.autocommit = false});
  backend_.OnEndTransaction(fakes::ScriptedError{"08006", "gone", true});
  const auto ended = client.EndTransaction(true);
  EXPECT_EQ(StateOf(ended), "08007");
  EXPECT_EQ(ended.transaction_state(), v1::TRANSACTION_STATE_NONE);
  backend_.OnEndTransaction(std::nullopt);
  EXPECT_EQ(StateOf(client.Execute("INSERT")), "");
}

TEST_F(TransactionTest, ARollbackThatLosesTheBackendHasHappened) {
  StartRelay(1);
  auto client = Session();
  client.Execute("INSERT", {.autocommit = false});
  backend_.OnEndTransaction(fakes::ScriptedError{"08006", "gone", true});
  EXPECT_EQ(StateOf(client.EndTransaction(false)), "");
}

TEST_F(TransactionTest, ARollbackThatLosesTheBackendTellsWhatWentWithIt) {
  backend_.On("CREATE TEMP TABLE t (n int)", {.results = {fakes::Affected(0)}});
  StartRelay(1);
  auto client = Session();
  client.Execute("CREATE TEMP TABLE t (n int)");
  client.Execute("INSERT", {.autocommit = false});
  backend_.OnEndTransaction(fakes::ScriptedError{"08006", "gone", true});
  const auto ended = client.EndTransaction(false);
  EXPECT_EQ(StateOf(ended), "01000");
  EXPECT_EQ(MessageOf(ended),
            "the session's backend connection was lost, and with it: temporary table t");
  EXPECT_EQ(ended.pinned_by(), "");
  EXPECT_EQ(StateOf(client.Execute("INSERT")), "");  // it is told once
}

TEST_F(TransactionTest, AFailedCommitFreesTheBackend) {
  StartRelay(1);
  auto client = Session();
  client.Execute("INSERT", {.autocommit = false});
  backend_.OnEndTransaction(fakes::ScriptedError{"40001", "could not serialize"});
  EXPECT_EQ(StateOf(client.EndTransaction(true)), "40001");
  EXPECT_TRUE(EventuallyIdle(1));
}

// ---- what is kept beyond transactions ----

TEST_F(TransactionTest, APinIsToldOnceAndKeepsTheBackend) {
  backend_.On("CREATE TEMP TABLE t (n int)", {.results = {fakes::Affected(0)}});
  StartRelay();
  auto client = Session();
  const auto first = client.Execute("CREATE TEMP TABLE t (n int)");
  EXPECT_EQ(StateOf(first), "01000");
  EXPECT_THAT(MessageOf(first), HasSubstr("temporary table"));
  EXPECT_EQ(StateOf(client.Execute("CREATE TEMP TABLE t (n int)")), "");
  EXPECT_EQ(stats().pins.at("temporary table").now, 1u);
  EXPECT_EQ(stats().active, 1u);
  client.CloseSession();
  ASSERT_TRUE(backend_.AwaitCount(Kind::kReset, 1));
  EXPECT_EQ(Calls(Kind::kReset)[0].undo, std::vector<std::string>{"DISCARD TEMP"});
  EXPECT_TRUE(EventuallyIdle(1));
}

// The text says that it is gone; the server has the last word.
TEST_F(TransactionTest, APinEndsWhenTheServerKnowsNoCauseAnyMore) {
  for (const char* sql : {"CREATE TEMP TABLE t (n int)", "DROP TABLE t"}) {
    backend_.On(sql, {.results = {fakes::Affected(0)}});
  }
  StartRelay();
  auto client = Session();
  const auto first = client.Execute("CREATE TEMP TABLE t (n int)");
  EXPECT_EQ(first.pinned_by(), "temporary table t");
  backend_.OnAsk({{"temporary table", "t"}});  // it was another t
  client.Execute("DROP TABLE t");
  EXPECT_EQ(client.Execute("SELECT 1").pinned_by(), "temporary table t");
  EXPECT_EQ(stats().active, 1u);
  backend_.OnAsk({});
  EXPECT_EQ(client.Execute("DROP TABLE t").pinned_by(), "");
  EXPECT_TRUE(EventuallyIdle(1));
  EXPECT_EQ(stats().pins.at("temporary table").now, 0u);
  EXPECT_FALSE(client.Execute("SELECT 1").has_pinned_by());
}

// The relay finds that out with a question of its own, when the client has its answer.
TEST_F(TransactionTest, AConnectionThatIsLostBehindATransactionTakesNoneWithIt) {
  for (const char* sql : {"CREATE TEMP TABLE t (n int)", "CREATE TEMP TABLE u (n int)"}) {
    backend_.On(sql, {.results = {fakes::Affected(0)}});
  }
  StartRelay();
  auto client = Session();
  client.Execute("CREATE TEMP TABLE t (n int)");
  client.Execute("CREATE TEMP TABLE u (n int)", {.autocommit = false});
  backend_.CloseConnections();
  EXPECT_EQ(StateOf(client.EndTransaction(false)), "");
  const auto next = client.Execute("INSERT");
  EXPECT_EQ(StateOf(next), "01000") << MessageOf(next);
  EXPECT_THAT(MessageOf(next), HasSubstr("was lost, and with it: temporary table t"));
  EXPECT_EQ(backend_.Count(Kind::kAsk), 1u);
}

TEST_F(TransactionTest, PinningCanBeForbidden) {
  backend_.On("LISTEN c", {.results = {fakes::Affected(0)}});
  StartRelay();
  auto client = Connect();
  auto open = client.DefaultOpen();
  open.set_pinning(v1::PINNING_NEVER);
  client.Open(open);
  const auto refused = client.Execute("LISTEN c");
  EXPECT_EQ(StateOf(refused), "HYC00");
  EXPECT_THAT(MessageOf(refused), HasSubstr("LISTEN c"));
  EXPECT_EQ(backend_.Count(Kind::kExecute), 0u);
  EXPECT_EQ(StateOf(client.Execute("SELECT 1")), "");
}

TEST_F(TransactionTest, PinningFromTheFirstStatementTellsNoWarning) {
  backend_.On("LISTEN c", {.results = {fakes::Affected(0)}});
  StartRelay();
  auto client = Connect();
  auto open = client.DefaultOpen();
  open.set_pinning(v1::PINNING_ALWAYS);
  client.Open(open);
  EXPECT_EQ(client.Execute("SELECT 1").pinned_by(), "Pinning=always");
  EXPECT_EQ(stats().active, 1u);
  EXPECT_EQ(StateOf(client.Execute("LISTEN c")), "");
  client.CloseSession();
  ASSERT_TRUE(backend_.AwaitCount(Kind::kReset, 1));
  EXPECT_TRUE(Calls(Kind::kReset)[0].pinned);
}

TEST_F(TransactionTest, LosingAPinnedBackendUnpins) {
  backend_.On("CREATE TEMP TABLE t (n int)", {.results = {fakes::Affected(0)}});
  backend_.On("SELECT lost", {.results = {fakes::LosesConnection()}});
  StartRelay();
  auto client = Session();
  client.Execute("CREATE TEMP TABLE t (n int)");
  EXPECT_EQ(StateOf(client.Execute("SELECT lost")), "08006");
  EXPECT_EQ(StateOf(client.Execute("SELECT 1")), "");
  EXPECT_TRUE(EventuallyIdle(1));
}

TEST_F(TransactionTest, ASessionPoolKeepsTheBackendFromTheFirstStatement) {
  Options options;
  options.modes = session::PoolMode::kSession;
  StartRelay(options);
  auto client = Session();
  EXPECT_TRUE(EventuallyIdle(1));  // opening asked for the server's facts only
  EXPECT_EQ(StateOf(client.Execute("SELECT 1")), "");
  EXPECT_EQ(stats().active, 1u);
  EXPECT_EQ(StateOf(client.Execute("SELECT 1")), "");
  EXPECT_EQ(stats().leases, 2u);
  client.CloseSession();
  ASSERT_TRUE(backend_.AwaitCount(Kind::kReset, 1));
  EXPECT_TRUE(Calls(Kind::kReset)[0].pinned);
}

TEST_F(TransactionTest, AReadOnlyUserReadsOnly) {
  StartRelay();
  auto client = Connect();
  auto open = client.DefaultOpen();
  open.set_user("rita");
  EXPECT_TRUE(client.Open(open).session_opened().read_only());
  EXPECT_EQ(StateOf(client.Execute("SELECT 1")), "");
  EXPECT_EQ(StateOf(client.Execute("INSERT")), "25006");
  v1::Request ping;
  ping.mutable_ping();
  ping.mutable_changes()->set_read_only(false);
  client.Call(ping);
  client.Execute("SELECT 1");
  for (const auto& call : Calls(Kind::kExecute)) EXPECT_TRUE(call.settings.read_only);
}

TEST_F(TransactionTest, SettingsTravelWithTheNextStatement) {
  StartRelay();
  auto client = Session();
  v1::Request ping;
  ping.mutable_ping();
  ping.mutable_changes()->set_isolation(v1::ISOLATION_LEVEL_SERIALIZABLE);
  client.Call(ping);
  client.Execute("SELECT 1");
  ASSERT_EQ(Calls(Kind::kExecute).size(), 1u);
  EXPECT_EQ(Calls(Kind::kExecute)[0].settings.isolation, v1::ISOLATION_LEVEL_SERIALIZABLE);
}

}  // namespace
}  // namespace sluice::relay
