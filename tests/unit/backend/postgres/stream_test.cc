#include <atomic>
#include <thread>

#include "tests/process_memory.h"
#include "tests/unit/backend/postgres/postgres_test.h"

namespace sluice::relay::backend::postgres {
namespace {

constexpr std::int64_t kMillionSum = 500'000'500'000;  // of 1 … 1,000,000

using tests::PeakMemory;

TEST_F(PostgresTest, AMillionRowsStreamInBoundedMemory) {
  Run("SELECT 1");
  const long before = PeakMemory();
  const ResultHead head = Start("SELECT generate_series(1, 1000000)");
  values::BatchBuilder builder(TypesOf(head));
  v1::ColumnBatch batch;
  std::int64_t sum = 0;
  FetchStatus status;
  do {
    status = connection_->FetchRows(builder, {});
    builder.Finish(batch);
    EXPECT_LE(batch.ByteSizeLong(), 66'000U);
    const values::BatchView view(TypesOf(head), batch);
    for (std::uint32_t row = 0; row < view.row_count(); ++row) {
      sum += view.column(0).Fixed<std::int32_t>(row);
    }
  } while (status == FetchStatus::kMore);
  EXPECT_EQ(sum, kMillionSum);
  if (tests::kMemoryTells) {
    EXPECT_LT(PeakMemory() - before, 8 * 1024);
  }
}

TEST_F(PostgresTest, RowLimitsAreKept) {
  const ResultHead head = Start("SELECT generate_series(1, 10)");
  values::BatchBuilder builder(TypesOf(head));
  FetchLimits limits;
  limits.rows = 4;
  EXPECT_EQ(connection_->FetchRows(builder, limits), FetchStatus::kMore);
  EXPECT_EQ(builder.row_count(), 4U);
  EXPECT_EQ(connection_->FetchRows(builder, limits), FetchStatus::kMore);
  EXPECT_EQ(builder.row_count(), 8U);
  EXPECT_EQ(connection_->FetchRows(builder, limits), FetchStatus::kEnd);
  EXPECT_EQ(builder.row_count(), 10U);
}

TEST_F(PostgresTest, RowsAtHandDoNotWaitForThoseToCome) {
  // The server sends when its 8 kB buffer is full; then it waits for a lock of ours.
  auto other = Connect();
  Run("SELECT pg_advisory_lock(7471)");
  std::swap(connection_, other);
  const ResultHead head = Start(
      "SELECT i, CASE WHEN i = 3000 THEN pg_advisory_lock(7471)::text END"
      " FROM generate_series(1, 3000) i");
  values::BatchBuilder builder(TypesOf(head));
  FetchLimits limits;
  limits.bytes = 1 << 20;
  EXPECT_EQ(connection_->FetchRows(builder, limits), FetchStatus::kMore);
  EXPECT_GT(builder.row_count(), 0U);
  EXPECT_LT(builder.row_count(), 3000U);
  values::BatchBuilder rest(TypesOf(head));
  std::swap(connection_, other);
  Run("SELECT pg_advisory_unlock(7471)");
  std::swap(connection_, other);
  while (connection_->FetchRows(rest, limits) == FetchStatus::kMore) {
  }
  EXPECT_EQ(builder.row_count() + rest.row_count(), 3000U);
}

TEST_F(PostgresTest, AResultCanBeDiscardedInTheMiddle) {
  const std::string endless = "SELECT generate_series(1, 2000000000), repeat('x', 100)";
  for (const bool in_transaction : {false, true}) {
    if (in_transaction) UseTransactions();
    Run("CREATE TEMP TABLE IF NOT EXISTS t (a int)");
    Run("INSERT INTO t VALUES (1)");
    const ResultHead head = Start(endless);
    values::BatchBuilder builder(TypesOf(head));
    EXPECT_EQ(connection_->FetchRows(builder, {}), FetchStatus::kMore);
    connection_->DiscardResults();
    EXPECT_FALSE(connection_->has_open_result());
    EXPECT_EQ(connection_->transaction_state(),
              in_transaction ? v1::TRANSACTION_STATE_ACTIVE : v1::TRANSACTION_STATE_NONE);
    EXPECT_EQ(Run("SELECT count(*) FROM t").BigInteger(), in_transaction ? 2 : 1);
  }
}

TEST_F(PostgresTest, DiscardingTheRowsOfAnInsertKeepsTheInsert) {
  Run("CREATE TEMP TABLE t (a int)");
  Start("INSERT INTO t SELECT generate_series(1, 50000) RETURNING a");
  connection_->DiscardResults();
  EXPECT_EQ(Run("SELECT count(*) FROM t").BigInteger(), 50000);
}

TEST_F(PostgresTest, CancelStopsTheStatementAndNothingElse) {
  auto other = Connect();
  std::thread canceller([&] {
    // Cancels once the other connection is seen to sleep.
    Execution execution;
    execution.statement =
        Make("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND pid = " +
             std::to_string(connection_->server_process_id()));
    execution.settings = &settings_;
    for (std::int64_t sleeping = 0; sleeping == 0;) {
      const ResultHead head = other->Execute(execution);
      values::BatchBuilder builder(TypesOf(head));
      while (other->FetchRows(builder, {}) == FetchStatus::kMore) {
      }
      v1::ColumnBatch batch;
      builder.Finish(batch);
      sleeping = values::BatchView(TypesOf(head), batch).column(0).Fixed<std::int64_t>(0);
    }
    connection_->Cancel(wire::DeadlineAfter(std::chrono::seconds(5)));
  });
  EXPECT_EQ(StateOf("SELECT pg_sleep(600)"), "57014");
  EXPECT_FALSE(lost_);
  EXPECT_EQ(Run("SELECT 7").Integer(), 7);
  canceller.join();
}

TEST_F(PostgresTest, ACancelThatComesTooLateIsWithoutEffect) {
  for (int i = 0; i < 50; ++i) {
    Run("SELECT 1");
    connection_->Cancel(wire::DeadlineAfter(std::chrono::seconds(5)));
    EXPECT_EQ(StateOf("SELECT 1"), "00000");
  }
}

TEST_F(PostgresTest, AbortEndsABlockedCall) {
  std::thread aborter([&] { connection_->Abort(); });
  EXPECT_EQ(StateOf("SELECT pg_sleep(600)"), "08006");
  EXPECT_TRUE(lost_);
  aborter.join();
}

TEST_F(PostgresTest, ATerminatedConnectionIsLostAndDead) {
  auto other = Connect();
  EXPECT_FALSE(other->IsDead());
  const auto pid = std::to_string(other->server_process_id());
  Run("SELECT pg_terminate_backend(" + pid + ", 10000)");
  EXPECT_TRUE(other->IsDead());

  connection_ = Connect();
  EXPECT_EQ(StateOf("SELECT pg_terminate_backend(pg_backend_pid())"), "57P01");
  EXPECT_TRUE(lost_);
}

TEST_F(PostgresTest, AnIdleConnectionWithNewsIsNotDead) {
  auto other = Connect();
  EXPECT_FALSE(other->IsDead());
  Run("SELECT 1");
  EXPECT_FALSE(connection_->IsDead());
}

}  // namespace
}  // namespace sluice::relay::backend::postgres
