#include <future>
#include <thread>

#include "tests/unit/backend/mysql/mysql_fixture.h"

namespace sluice::relay::backend {
namespace {

class CancelTest : public MysqlTest {
 protected:
  // Returns when the server runs a statement of `connection_` that has `part` in its text.
  void WaitUntilRunning(const std::string& part) {
    auto observer = Connect();
    const std::string sql = "SELECT COUNT(*) FROM information_schema.processlist WHERE id = " +
                            std::to_string(connection_->server_process_id()) +
                            " AND command IN ('Query', 'Execute') AND info LIKE '%" + part + "%'";
    for (;;) {
      observer->Execute(Make(sql));
      values::BatchBuilder batch({v1::VALUE_TYPE_INT64});
      observer->FetchRows(batch, FetchLimits{});
      v1::ColumnBatch out;
      batch.Finish(out);
      if (values::BatchView({v1::VALUE_TYPE_INT64}, out).column(0).Fixed<std::int64_t>(0) == 1)
        return;
    }
  }
};

TEST_F(CancelTest, RunningStatementEndsAndTheNextOneIsNotHit) {
  for (const bool prepared : {false, true}) {
    auto error = std::async(std::launch::async, [&] {
      return Error("SELECT COUNT(*) FROM seq_1_to_100000000000 WHERE seq % 7 = 3", prepared);
    });
    WaitUntilRunning("100000000000");
    connection_->Cancel(wire::DeadlineAfter(std::chrono::seconds(10)));
    EXPECT_EQ(error.get().native_code(), 1317);
    EXPECT_EQ(Value("SELECT 42", prepared), "42");
    EXPECT_FALSE(connection_->IsDead());
  }
}

TEST_F(CancelTest, LateCancelHitsNothing) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(Value("SELECT 1"), "1");
    connection_->Cancel(wire::DeadlineAfter(std::chrono::seconds(10)));
    EXPECT_EQ(Value("SELECT 2", i % 2 == 0), "2");
  }
}

TEST_F(CancelTest, CancelThatCannotBeSentMakesTheConnectionUnfit) {
  connection_->Cancel(wire::Clock::now() - std::chrono::seconds(1));
  EXPECT_TRUE(connection_->IsDead());
}

TEST_F(CancelTest, AbortEndsABlockedCall) {
  auto error = std::async(std::launch::async, [&] {
    return Error("SELECT COUNT(*) FROM seq_1_to_200000000000 WHERE seq % 7 = 3");
  });
  WaitUntilRunning("200000000000");
  auto other = Connect();
  const auto id = connection_->server_process_id();
  connection_->Abort();
  EXPECT_TRUE(error.get().connection_lost());
  EXPECT_TRUE(connection_->IsDead());
  other->Execute(Make("KILL QUERY " + std::to_string(id)));
}

TEST_F(CancelTest, LongResultIsDiscarded) {
  for (const bool prepared : {false, true}) {
    const auto head = Execute("SELECT seq, REPEAT('x', 100) FROM seq_1_to_100000000000", prepared);
    values::BatchBuilder batch({head.columns[0].value_type(), head.columns[1].value_type()});
    EXPECT_EQ(connection_->FetchRows(batch, FetchLimits{}), FetchStatus::kMore);
    connection_->DiscardResults();
    EXPECT_FALSE(connection_->has_open_result());
    EXPECT_EQ(Value("SELECT 5", prepared), "5");
  }
}

TEST_F(CancelTest, ShortResultAndFollowingOnesAreDiscarded) {
  Execute("CREATE OR REPLACE PROCEDURE discard() BEGIN SELECT 1; SELECT 2; SELECT 3; END");
  for (const bool prepared : {false, true}) {
    Execute("CALL discard()", prepared);
    connection_->DiscardResults();
    connection_->DiscardResults();
    EXPECT_FALSE(connection_->has_open_result());
    EXPECT_EQ(Value("SELECT 5"), "5");
  }
  Execute("DROP PROCEDURE discard");
}

TEST_F(CancelTest, ClosedWithAnOpenResult) {
  Execute("SELECT seq FROM seq_1_to_100000000000", true);
  connection_.reset();
  connection_ = Connect();
  Execute("SELECT seq FROM seq_1_to_100000000000");
  connection_.reset();
}

}  // namespace
}  // namespace sluice::relay::backend
