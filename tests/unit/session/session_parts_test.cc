#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay_server/session/cancel_point.h"
#include "relay_server/session/failure.h"
#include "relay_server/session/relay_cursor.h"
#include "relay_server/session/row_spool.h"
#include "relay_server/session/session_error.h"
#include "relay_server/session/statement_cache.h"
#include "relay_server/session/user_registry.h"
#include "tests/fakes/fake_backend.h"

namespace sluice::relay::session {
namespace {

using ::testing::HasSubstr;
using Kind = fakes::BackendCall::Kind;

// ---- users ----

UserRegistry Registry(const std::string& hash) {
  return UserRegistry({{"alice", User{.password_hash = hash, .pools = {"db"}, .mode = {}}}});
}

TEST(UserRegistryTest, KnowsTheRightPasswordOnly) {
  const auto hash = HashPassword("secret");
  EXPECT_TRUE(IsPasswordHash(hash));
  EXPECT_NE(hash, HashPassword("secret"));  // salted
  const auto users = Registry(hash);
  for (int i = 0; i < 2; ++i) {  // the second time by its digest
    ASSERT_NE(users.Authenticate("alice", "secret"), nullptr);
    EXPECT_EQ(users.Authenticate("alice", "secret")->pools.front(), "db");
    EXPECT_EQ(users.Authenticate("alice", "Secret"), nullptr);
    EXPECT_EQ(users.Authenticate("alice", ""), nullptr);
    EXPECT_EQ(users.Authenticate("bob", "secret"), nullptr);
    EXPECT_EQ(users.Authenticate("bob", "decoy"), nullptr);
  }
}

TEST(UserRegistryTest, ATurnIsGivenBack) {
  const auto users = Registry(HashPassword("secret"));
  std::vector<UserRegistry::Turn> turns;
  while (auto turn = users.TakeTurn()) turns.push_back(std::move(turn));
  ASSERT_FALSE(turns.empty());
  turns.pop_back();
  EXPECT_NE(users.TakeTurn(), nullptr);
  EXPECT_NE(users.TakeTurn(), nullptr);
}

TEST(UserRegistryTest, OnlyWhoWasRightIsRecognised) {
  const auto users = Registry(HashPassword("secret"));
  EXPECT_EQ(users.Recognise("alice", "secret"), nullptr);
  ASSERT_NE(users.Authenticate("alice", "secret"), nullptr);
  EXPECT_NE(users.Recognise("alice", "secret"), nullptr);
  EXPECT_EQ(users.Recognise("alice", "guess"), nullptr);
  EXPECT_EQ(users.Recognise("bob", "secret"), nullptr);
}

TEST(UserRegistryTest, WhatFollowsANulCounts) {
  const auto users = Registry(HashPassword("secret"));
  EXPECT_EQ(users.Authenticate("alice", std::string_view("secret\0x", 8)), nullptr);
}

TEST(UserRegistryTest, ABadHashMatchesNothing) {
  for (const auto* hash : {"", "plain", "$y$", "*0"}) {
    EXPECT_FALSE(IsPasswordHash(hash)) << hash;
    EXPECT_EQ(Registry(hash).Authenticate("alice", ""), nullptr) << hash;
    EXPECT_EQ(Registry(hash).Authenticate("alice", hash), nullptr) << hash;
  }
}

// ---- statement texts ----

TEST(StatementCacheTest, SharesTranslationsAndDropsTheLeastRecentlyUsed) {
  StatementCache cache(dialect::PostgresDialect(), 2);
  const auto a = cache.Get("SELECT 1", {});
  const auto b = cache.Get("SELECT 2", {});
  EXPECT_EQ(cache.Get("SELECT 1", {}), a);
  cache.Get("SELECT 3", {});  // drops SELECT 2
  EXPECT_EQ(cache.Get("SELECT 1", {}), a);
  EXPECT_NE(cache.Get("SELECT 2", {}), b);
  EXPECT_EQ(b->statements.front().native->sql, "SELECT 2");
}

TEST(StatementCacheTest, GivesTheBackendKindAndMarkersOfTheText) {
  StatementCache cache(dialect::PostgresDialect(), 2);
  const auto native = cache.Get("DELETE FROM t WHERE a = ? AND b = ?", {})->statements[0].native;
  EXPECT_EQ(native->parameter_count, 2);
  EXPECT_EQ(native->kind, v1::STATEMENT_KIND_DELETE);
}

TEST(StatementCacheTest, KeepsNoLongText) {
  StatementCache cache(dialect::PostgresDialect(), 2);
  const std::string sql = "SELECT '" + std::string(64 * 1024, 'x') + "'";
  const auto script = cache.Get(sql, {});
  EXPECT_EQ(script->statements.front().native->sql, sql);
  EXPECT_NE(cache.Get(sql, {}), script);
}

TEST(StatementCacheTest, TellsTextsWithEscapesFromThoseWithout) {
  StatementCache cache(dialect::PostgresDialect(), 10);
  const auto scanned = cache.Get("SELECT {d '2026-01-31'}", {});
  const auto raw = cache.Get("SELECT {d '2026-01-31'}", {.escape_scan = false});
  EXPECT_NE(scanned->statements.front().native->sql, raw->statements.front().native->sql);
}

// ---- rows set aside ----

v1::ColumnBatch BatchOf(std::uint32_t id, std::size_t bytes) {
  v1::ColumnBatch batch;
  batch.set_row_count(id);
  batch.add_columns()->set_values(std::string(bytes, 'x'));
  return batch;
}

TEST(RowSpoolTest, KeepsTheOrderThroughMemoryAndFile) {
  RowSpool spool({.memory_bytes = 250, .file_bytes = 100'000});
  EXPECT_TRUE(spool.empty());
  std::uint32_t pushed = 0;
  std::uint32_t popped = 0;
  v1::ColumnBatch batch;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 10; ++i) spool.Push(BatchOf(++pushed, 100));
    EXPECT_GT(spool.file_bytes(), 0u);
    for (int i = 0; i < 4; ++i) {  // memory empties while the file has rows
      ASSERT_TRUE(spool.Pop(batch));
      EXPECT_EQ(batch.row_count(), ++popped);
    }
  }
  while (spool.Pop(batch)) EXPECT_EQ(batch.row_count(), ++popped);
  EXPECT_EQ(popped, pushed);
  EXPECT_TRUE(spool.empty());
  EXPECT_EQ(spool.file_bytes(), 0u);
}

TEST(RowSpoolTest, IsAsGoodAsNewOnceItIsEmpty) {
  RowSpool spool({.memory_bytes = 250, .file_bytes = 300});
  v1::ColumnBatch batch;
  for (std::uint32_t round = 0; round < 3; ++round) {
    for (std::uint32_t i = 0; i < 4; ++i) {
      spool.Push(BatchOf(10 * round + i, 100));
      EXPECT_EQ(spool.file_bytes() == 0, i < 2) << "two fit into the memory again";
    }
    for (std::uint32_t i = 0; i < 4; ++i) {
      ASSERT_TRUE(spool.Pop(batch));
      EXPECT_EQ(batch.row_count(), 10 * round + i);
    }
  }
}

TEST(RowSpoolTest, EndsAtItsLimitNamingIt) {
  RowSpool spool({.memory_bytes = 0, .file_bytes = 300});
  spool.Push(BatchOf(1, 100));
  spool.Push(BatchOf(2, 100));
  try {
    spool.Push(BatchOf(3, 100));
    FAIL() << "beyond the limit";
  } catch (const SessionError& error) {
    EXPECT_EQ(error.sqlstate(), "53100");
    EXPECT_THAT(error.what(), HasSubstr("300"));
  }
}

// ---- cancelling ----

class CancelPointTest : public ::testing::Test {
 protected:
  CancelPointTest()
      : connector_(backend_.MakeConnector()), connection_(connector_->Connect(wire::kNoDeadline)) {}

  fakes::FakeBackend backend_;
  std::unique_ptr<backend::Connector> connector_;
  std::unique_ptr<backend::BackendConnection> connection_;
  CancelPoint point_;
};

TEST_F(CancelPointTest, ReachesTheBackendOfThisRequestOnly) {
  point_.Begin(5);
  {
    const RunningPhase running(point_, *connection_);
    EXPECT_EQ(point_.Cancel(4, CancelReason::kClient), CancelPoint::Result::kNotCurrent);
    EXPECT_EQ(backend_.Count(Kind::kCancel), 0u);
    EXPECT_EQ(point_.Cancel(5, CancelReason::kClient), CancelPoint::Result::kNoted);
  }
  EXPECT_EQ(backend_.Count(Kind::kCancel), 1u);
  EXPECT_EQ(point_.End(), CancelReason::kClient);
  point_.Begin(6);
  EXPECT_EQ(point_.reason(), CancelReason::kNone);
  const RunningPhase next(point_, *connection_);
}

TEST_F(CancelPointTest, ARequestCancelledBeforeItsTurnDoesNotStart) {
  point_.Begin(5);
  EXPECT_EQ(point_.Cancel(7, CancelReason::kClient), CancelPoint::Result::kNotCurrent);
  point_.End();
  point_.Begin(6);
  EXPECT_EQ(point_.reason(), CancelReason::kNone);
  point_.End();
  point_.Begin(7);
  EXPECT_THROW(RunningPhase(point_, *connection_), SessionError);
}

TEST_F(CancelPointTest, WorkForAnotherStatementIsStoppedForAVanishedClientOnly) {
  point_.Begin(5);
  const RunningPhase running(point_, *connection_, CancelPoint::Work::kForRequest);
  point_.Cancel(5, CancelReason::kClient);
  point_.AbortIfRunning(5);
  EXPECT_EQ(backend_.Count(Kind::kCancel) + backend_.Count(Kind::kAbort), 0u);
  point_.Cancel(0, CancelReason::kGone);
  EXPECT_EQ(backend_.Count(Kind::kCancel), 1u);
}

TEST_F(CancelPointTest, RowsOfAReleasedCursorAreStoppedWhileTheyAreRead) {
  point_.Begin(5);
  point_.MayStopRowsOf(3);
  const RunningPhase running(point_, *connection_);
  point_.StopRowsOf(4);
  EXPECT_EQ(backend_.Count(Kind::kCancel), 0u);
  point_.StopRowsOf(3);
  EXPECT_EQ(backend_.Count(Kind::kCancel), 1u);
}

TEST_F(CancelPointTest, RowsOfACursorReleasedBetweenBatchesAreNotReadOn) {
  point_.Begin(5);
  point_.StopRowsOf(3);
  point_.MayStopRowsOf(3);
  EXPECT_THROW(RunningPhase(point_, *connection_), SessionError);
  EXPECT_EQ(backend_.Count(Kind::kCancel), 0u);
  // Rows that may not be stopped are read on, and so are others.
  EXPECT_NO_THROW(RunningPhase(point_, *connection_));
  point_.MayStopRowsOf(4);
  EXPECT_NO_THROW(RunningPhase(point_, *connection_));
  point_.ForgetRowsOf(3);
  point_.MayStopRowsOf(3);
  EXPECT_NO_THROW(RunningPhase(point_, *connection_));
}

TEST_F(CancelPointTest, ABackendThatIsDeafToCancelIsCutOff) {
  point_.Begin(5);
  const RunningPhase running(point_, *connection_);
  point_.AbortIfRunning(5);  // was not cancelled
  EXPECT_EQ(backend_.Count(Kind::kAbort), 0u);
  point_.Cancel(5, CancelReason::kClient);
  point_.AbortIfRunning(4);
  EXPECT_EQ(backend_.Count(Kind::kAbort), 0u);
  point_.AbortIfRunning(5);
  EXPECT_EQ(backend_.Count(Kind::kAbort), 1u);
}

TEST_F(CancelPointTest, AVanishedClientsStatementIsCutOffWhicheverItIs) {
  point_.Begin(5);
  const RunningPhase running(point_, *connection_);
  point_.Cancel(0, CancelReason::kGone);
  point_.AbortIfRunning(0);
  EXPECT_EQ(backend_.Count(Kind::kAbort), 1u);
}

TEST_F(CancelPointTest, AVanishedClientStaysGone) {
  point_.Cancel(0, CancelReason::kGone);
  point_.Begin(5);
  EXPECT_THROW(RunningPhase(point_, *connection_), SessionError);
}

// ---- failures ----

std::string StateOf(const std::exception_ptr& error, CancelReason reason) {
  return MakeFailure(error, reason).diagnostics(0).sqlstate();
}

TEST(FailureTest, TellsWhyAStatementWasStopped) {
  const auto cancelled =
      std::make_exception_ptr(backend::BackendError("57014", 0, "canceling statement"));
  EXPECT_EQ(StateOf(cancelled, CancelReason::kNone), "57014");
  EXPECT_EQ(StateOf(cancelled, CancelReason::kClient), "HY008");
  EXPECT_EQ(StateOf(cancelled, CancelReason::kDeadline), "HYT00");
  const auto other = std::make_exception_ptr(backend::BackendError("23505", 7, "duplicate key"));
  EXPECT_EQ(StateOf(other, CancelReason::kClient), "23505");
  const auto own = std::make_exception_ptr(SessionError("HY008", "stopped"));
  EXPECT_EQ(StateOf(own, CancelReason::kClient), "HY008");
  EXPECT_EQ(StateOf(own, CancelReason::kDeadline), "HYT00");
}

TEST(FailureTest, TheServersErrorKeepsItsNumberAndWords) {
  const auto error = std::make_exception_ptr(backend::BackendError("23505", 7, "duplicate key"));
  const auto response = MakeFailure(error, CancelReason::kNone);
  EXPECT_TRUE(response.has_failure());
  EXPECT_EQ(response.diagnostics(0).native_code(), 7);
  EXPECT_EQ(response.diagnostics(0).message(), "duplicate key");
  EXPECT_EQ(response.diagnostics(0).origin(), v1::Diagnostic::ORIGIN_SERVER);
}

TEST(FailureTest, ATimeoutIsToldInWords) {
  const auto message = [](const std::exception_ptr& error) {
    return MakeFailure(error, CancelReason::kDeadline).diagnostics(0).message();
  };
  EXPECT_EQ(message(std::make_exception_ptr(backend::BackendError("57014", 0, "canceling"))),
            "the query timeout passed: canceling");
  const auto own = std::make_exception_ptr(SessionError("HY008", "stopped"));
  EXPECT_EQ(message(own), "the query timeout passed: stopped");
  EXPECT_EQ(MakeFailure(own, CancelReason::kClient).diagnostics(0).message(), "stopped");
  EXPECT_EQ(MakeFailure(own, CancelReason::kClient).diagnostics(0).origin(),
            v1::Diagnostic::ORIGIN_RELAY);
}

TEST(FailureTest, EveryLayersErrorHasItsState) {
  const auto none = CancelReason::kNone;
  EXPECT_EQ(StateOf(std::make_exception_ptr(pool::PoolError("08004", "full")), none), "08004");
  EXPECT_EQ(StateOf(std::make_exception_ptr(dialect::TranslationError("42000", "?")), none),
            "42000");
  EXPECT_EQ(StateOf(std::make_exception_ptr(values::MalformedBatch("short")), none), "08P01");
  EXPECT_EQ(StateOf(std::make_exception_ptr(std::bad_alloc()), none), "HY001");
  EXPECT_EQ(StateOf(std::make_exception_ptr(std::runtime_error("?")), none), "HY000");
  const auto over = MakeFailure(std::make_exception_ptr(SessionError("28000", "no", true)), none);
  EXPECT_TRUE(over.failure().session_over());
}

TEST(RelayCursorTest, KeepsNoMoreCreditThanAClientMayHaveUnderWay) {
  RelayCursor cursor;
  cursor.TakeCredit(1000);
  EXPECT_EQ(cursor.credit, 1000);
  for (int i = 0; i < 100; ++i) cursor.TakeCredit(~std::uint64_t{0});
  EXPECT_EQ(cursor.credit, std::int64_t{256} << 20);
}

}  // namespace
}  // namespace sluice::relay::session
