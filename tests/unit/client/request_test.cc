#include <atomic>
#include <optional>
#include <thread>

#include "tests/unit/client/client_fixture.h"

namespace sluice::driver::client {
namespace {

using fakes::FakeResult;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RequestTest : public SessionTest {};

TEST_F(RequestTest, SmallResultCostsOneRoundTrip) {
  relay_.OnExecute("SELECT 1", fakes::Table({fakes::IntColumn("n")}, {{"1"}, {std::nullopt}}));
  const ExecuteResponse response = ExecuteText(*client_, "SELECT 1");
  ASSERT_NE(response.cursor, nullptr);
  EXPECT_EQ(response.result.columns(0).name(), "n");
  EXPECT_EQ(Drain(*response.cursor), 2u);
  EXPECT_TRUE(response.cursor->at_end());
  EXPECT_FALSE(response.cursor->more_results());
  EXPECT_EQ(relay_.requests().size(), 2u);  // OpenSession, Execute
}

TEST_F(RequestTest, FinishedCursorNeedsNoRelease) {
  relay_.OnExecute("SELECT 1", fakes::Table({fakes::IntColumn("n")}, {{"1"}}));
  client_->ReleaseCursor(ExecuteText(*client_, "SELECT 1").cursor);
  client_->Ping(kNoTimeout);
  EXPECT_EQ(relay_.Count(v1::Request::kRelease), 0u);
  EXPECT_TRUE(relay_.requests().back().released_cursors().empty());
}

TEST_F(RequestTest, StatementWithoutRowsHasNoCursor) {
  relay_.OnExecute("UPDATE", fakes::AffectedRows(3));
  const ExecuteResponse response = ExecuteText(*client_, "UPDATE");
  EXPECT_EQ(response.cursor, nullptr);
  EXPECT_EQ(response.result.affected_rows(), 3u);
}

TEST_F(RequestTest, FailureBringsAllDiagnostics) {
  relay_.OnExecute("SELEC", [](FakeRelay::Exchange& e) {
    v1::Response response;
    response.mutable_failure();
    response.add_diagnostics()->set_sqlstate("42601");
    response.mutable_diagnostics(0)->set_message("syntax error");
    response.add_diagnostics()->set_sqlstate("01000");
    response.set_transaction_state(v1::TRANSACTION_STATE_FAILED);
    e.Reply(response);
  });
  try {
    ExecuteText(*client_, "SELEC");
    FAIL();
  } catch (const RequestFailed& error) {
    EXPECT_EQ(error.sqlstate(), "42601");
    EXPECT_STREQ(error.what(), "syntax error");
    EXPECT_EQ(error.diagnostics().size(), 2u);
  }
  EXPECT_EQ(client_->transaction_state(), v1::TRANSACTION_STATE_FAILED);
  client_->Ping(kNoTimeout);  // the session goes on
}

TEST_F(RequestTest, ChangesAndReleasesRideOnTheNextRequest) {
  relay_.OnExecute("UPDATE", fakes::AffectedRows(1));
  ExecuteText(*client_, "UPDATE");  // statement 1
  v1::SessionChanges changes;
  changes.set_autocommit(false);
  client_->Change(changes);
  changes.Clear();
  changes.set_isolation(v1::ISOLATION_LEVEL_SERIALIZABLE);
  client_->Change(changes);
  client_->ReleaseStatement(1);
  EXPECT_EQ(relay_.requests().size(), 2u);
  client_->Ping(kNoTimeout);
  const v1::Request ping = relay_.requests().back();
  EXPECT_FALSE(ping.changes().autocommit());
  EXPECT_EQ(ping.changes().isolation(), v1::ISOLATION_LEVEL_SERIALIZABLE);
  EXPECT_THAT(ping.released_statements(), ::testing::ElementsAre(1));
  client_->Ping(kNoTimeout);
  EXPECT_FALSE(relay_.requests().back().has_changes());
}

TEST_F(RequestTest, NextResultUsesTheSameCursorId) {
  FakeResult first = fakes::AffectedRows(2);
  first.more_results = true;
  relay_.OnExecute("CALL", first);
  relay_.On(v1::Request::kNextResult,
            [](FakeRelay::Exchange& e) { e.Reply(fakes::NumberedRows(5, 2)); });
  ExecuteResponse response = ExecuteText(*client_, "CALL");
  ASSERT_NE(response.cursor, nullptr);
  EXPECT_TRUE(response.cursor->at_end());
  EXPECT_TRUE(response.cursor->more_results());
  const std::uint32_t id = response.cursor->id();
  response = client_->NextResult(std::move(response.cursor), kNoTimeout);
  ASSERT_NE(response.cursor, nullptr);
  EXPECT_EQ(response.cursor->id(), id);
  EXPECT_EQ(Drain(*response.cursor), 5u);
}

TEST_F(RequestTest, EndTransactionAndDescribeAreOneTripEach) {
  relay_.On(v1::Request::kDescribe, [](FakeRelay::Exchange& e) {
    v1::Response response;
    *response.mutable_description()->add_columns() = fakes::IntColumn("n");
    e.Reply(response);
  });
  const std::string sql = "SELECT n";
  EXPECT_EQ(client_->Describe(1, &sql, true, kNoTimeout).columns_size(), 1);
  EXPECT_THAT(client_->EndTransaction(/*commit=*/false, kNoTimeout), IsEmpty());
  EXPECT_EQ(relay_.requests().back().end_transaction().completion(), v1::EndTransaction::ROLLBACK);
  EXPECT_EQ(relay_.round_trips(), 3u);
}

TEST_F(RequestTest, TooLongARequestLeavesTheSessionUsable) {
  FakeRelay small({.max_message_bytes = 1000});
  const auto client = RelayClient::Open(OptionsFor(small));
  v1::SessionChanges changes;
  changes.set_catalog("other");
  client->Change(changes);
  const auto [state, message] = FailureOf([&] { ExecuteText(*client, std::string(2000, 'x')); });
  EXPECT_EQ(state, "54000");
  EXPECT_THAT(message, HasSubstr("1000"));
  client->Ping(kNoTimeout);
  EXPECT_EQ(small.requests().back().changes().catalog(), "other");  // it was not lost
}

TEST_F(RequestTest, CompressionIsOfferedUnlessItIsTurnedOff) {
  for (const auto compression :
       {wire::Compression::kWhereSlow, wire::Compression::kAlways, wire::Compression::kNever}) {
    FakeRelay relay;
    auto options = OptionsFor(relay);
    options.compression = compression;
    const auto client = RelayClient::Open(options);
    EXPECT_EQ(relay.requests().back().open_session().features_size(),
              compression == wire::Compression::kNever ? 0 : 1);
  }
}

// ---- cursors ----

TEST_F(RequestTest, StreamsALongResultWithinCredit) {
  relay_.OnExecute("SELECT", fakes::NumberedRows(20'000, 100));
  client_->set_fetch_bytes(16 << 10);
  const ExecuteResponse response = ExecuteText(*client_, "SELECT");
  EXPECT_EQ(Drain(*response.cursor), 20'000u);
  EXPECT_GT(relay_.Count(v1::Request::kGrantCredit), 1u);
  EXPECT_EQ(relay_.round_trips(), 2u);  // credit is one-way
}

// It would take as many round trips to grow as the result takes.
TEST(FarRelayTest, MaySendTheWholeWindowAtOnce) {
  FakeRelay::Options far;
  far.opening_takes = milliseconds(5);
  FakeRelay relay(far);
  relay.OnExecute("SELECT", fakes::NumberedRows(10, 10));
  const auto client = RelayClient::Open(OptionsFor(relay));
  client->set_fetch_bytes(64 << 10);
  const ExecuteResponse response = ExecuteText(*client, "SELECT");
  EXPECT_EQ(relay.requests().back().execute().credit_bytes(), 256U << 10);
}

TEST_F(RequestTest, TwoCursorsInterleave) {
  relay_.OnExecute("SELECT", fakes::NumberedRows(5000, 50));
  client_->set_fetch_bytes(8 << 10);
  const ExecuteResponse first = ExecuteText(*client_, "SELECT");
  const ExecuteResponse second = ExecuteText(*client_, "SELECT");
  std::size_t rows = 0;
  for (bool more = true; more;) {
    more = false;
    for (Cursor* cursor : {first.cursor.get(), second.cursor.get()}) {
      const v1::ColumnBatch* batch = cursor->NextBatch(wire::kNoDeadline);
      if (batch == nullptr) continue;
      rows += batch->row_count();
      more = true;
    }
  }
  EXPECT_EQ(rows, 10'000u);
}

TEST_F(RequestTest, TwoThreadsReadTheirCursorsAtOnce) {
  relay_.OnExecute("SELECT", fakes::NumberedRows(20'000, 100));
  client_->set_fetch_bytes(8 << 10);
  std::vector<std::thread> threads;
  std::atomic<std::size_t> rows = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const ExecuteResponse response = ExecuteText(*client_, "SELECT");
      rows += Drain(*response.cursor);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(rows, 80'000u);
}

TEST_F(RequestTest, ReleaseStopsRowsThatAreStillToCome) {
  relay_.OnExecute("SELECT", fakes::NumberedRows(100'000, 100));
  client_->set_fetch_bytes(8 << 10);
  ExecuteResponse response = ExecuteText(*client_, "SELECT");
  const std::uint32_t id = response.cursor->id();
  client_->ReleaseCursor(std::move(response.cursor));
  ASSERT_TRUE(relay_.AwaitCount(v1::Request::kRelease, 1));
  EXPECT_THAT(relay_.requests().back().released_cursors(), ::testing::ElementsAre(id));
  client_->Ping(kNoTimeout);  // the rows that were under way are dropped
}

TEST_F(RequestTest, RowsThatBreakOffFailAfterTheLastOne) {
  relay_.OnExecute("SELECT", [](FakeRelay::Exchange& e) {
    const FakeResult result = fakes::NumberedRows(20, 10);
    v1::Response response;
    response.mutable_result()->mutable_columns()->Assign(result.columns.begin(),
                                                         result.columns.end());
    *response.mutable_result()->mutable_first_rows()->mutable_batch() = result.batches[0];
    e.Reply(response);
    response.Clear();
    response.mutable_rows()->set_cursor_id(e.request().execute().cursor_id());
    response.mutable_rows()->set_end(true);
    response.mutable_rows()->set_failed(true);
    response.add_diagnostics()->set_sqlstate("22012");
    e.Reply(response);
  });
  const ExecuteResponse response = ExecuteText(*client_, "SELECT");
  EXPECT_NE(response.cursor->NextBatch(wire::kNoDeadline), nullptr);
  EXPECT_EQ(StateOf([&] { response.cursor->NextBatch(wire::kNoDeadline); }), "22012");
}

TEST_F(RequestTest, NextBatchKeepsItsDeadline) {
  relay_.OnExecute("SELECT", [](FakeRelay::Exchange& e) {
    v1::Response response;
    *response.mutable_result()->add_columns() = fakes::IntColumn("n");
    e.Reply(response);
  });
  const ExecuteResponse response = ExecuteText(*client_, "SELECT");
  EXPECT_EQ(StateOf([&] { response.cursor->NextBatch(wire::DeadlineAfter(milliseconds(10))); }),
            "HYT00");
  client_->Ping(kNoTimeout);
}

}  // namespace
}  // namespace sluice::driver::client
