#include "tests/relay/relay_fixture.h"

namespace sluice::relay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ResultsTest : public RelayTest {};

TEST_F(ResultsTest, ASmallResultIsOneAnswer) {
  backend_.On("SELECT few", {.results = {fakes::NumberedRows(3)}});
  StartRelay();
  auto client = Session();
  const auto response = client.Execute("SELECT few");
  ASSERT_TRUE(response.has_result()) << MessageOf(response);
  EXPECT_EQ(response.result().columns_size(), 2);
  EXPECT_EQ(response.result().kind(), v1::STATEMENT_KIND_SELECT);
  EXPECT_EQ(response.result().first_rows().batch().row_count(), 3u);
  EXPECT_TRUE(response.result().first_rows().end());
  EXPECT_FALSE(response.result().more_results());
  EXPECT_TRUE(EventuallyIdle(1));
}

TEST_F(ResultsTest, AnswersWithTheNumberOfAffectedRows) {
  backend_.On("UPDATE t", {.results = {fakes::Affected(42)}, .notices = {"careful"}});
  StartRelay();
  auto client = Session();
  const auto response = client.Execute("UPDATE t");
  EXPECT_EQ(response.result().affected_rows(), 42u);
  EXPECT_EQ(response.result().columns_size(), 0);
  EXPECT_EQ(StateOf(response), "01000");
  EXPECT_EQ(MessageOf(response), "careful");
}

TEST_F(ResultsTest, PassesTheServersErrorOn) {
  backend_.On("SELECT bad", {.results = {fakes::Fails("42P01")}});
  StartRelay();
  auto client = Session();
  const auto response = client.Execute("SELECT bad");
  EXPECT_TRUE(response.has_failure());
  EXPECT_FALSE(response.failure().session_over());
  EXPECT_EQ(StateOf(response), "42P01");
  EXPECT_EQ(response.diagnostics(0).native_code(), 7);
  EXPECT_EQ(response.diagnostics(0).origin(), v1::Diagnostic::ORIGIN_SERVER);
  EXPECT_EQ(StateOf(client.Execute("SELECT 1")), "");
}

TEST_F(ResultsTest, RowsStayWithinTheCredit) {
  backend_.On("SELECT big", {.results = {fakes::NumberedRows(20'000, 100)}});
  StartRelay();
  auto client = Session();
  const auto first = client.Execute("SELECT big", {.credit = 40'000});
  ASSERT_TRUE(first.has_result()) << MessageOf(first);
  std::int64_t credit = 40'000;
  std::size_t rows = first.result().first_rows().batch().row_count();
  credit -= static_cast<std::int64_t>(first.result().first_rows().batch().ByteSizeLong());
  for (bool end = false; !end;) {
    // A batch is sent while credit is positive only.
    while (credit > 0 && !end) {
      const auto more = client.Receive(first.request_id());
      rows += more.rows().batch().row_count();
      credit -= static_cast<std::int64_t>(more.rows().batch().ByteSizeLong());
      end = more.rows().end();
    }
    if (end) break;
    // Spent: nothing more comes before the answer to a later request.
    EXPECT_TRUE(client.Ping().has_pong());
    EXPECT_EQ(client.kept(), 0u);
    client.Grant(1, 100'000);
    credit += 100'000;
  }
  EXPECT_EQ(rows, 20'000u);
}

// Asked for frame by frame, and only of who has agreed; credit counts what the rows become.
TEST_F(ResultsTest, RowsAreCompressedForWhoAsksForIt) {
  backend_.On("SELECT big", {.results = {fakes::NumberedRows(20'000, 10'000)}});
  StartRelay();
  auto client = Connect();
  auto open = client.DefaultOpen();
  open.add_features(v1::FEATURE_ZSTD);
  ASSERT_TRUE(client.Open(open).has_session_opened());
  client.channel().set_accepts_compressed(true);
  const auto received_by = [&](wire::Compression compression) {
    client.channel().set_compression(compression, false);
    const auto before = client.channel().bytes_received();
    EXPECT_EQ(client.ReadToEnd(client.Execute("SELECT big", {.credit = 40'000})).rows, 20'000u);
    return client.channel().bytes_received() - before;
  };
  const auto plain = received_by(wire::Compression::kNever);
  EXPECT_LT(received_by(wire::Compression::kAlways), plain / 2);
  EXPECT_GT(received_by(wire::Compression::kNever), plain / 2);
}

TEST_F(ResultsTest, CompressionThatWasNotAgreedOnEndsTheStream) {
  StartRelay();
  auto client = Session();
  client.channel().set_compression(wire::Compression::kAlways, false);
  v1::Request ping;
  ping.mutable_ping();
  client.Send(ping);
  EXPECT_TRUE(client.AwaitEndOfStream());
}

TEST_F(ResultsTest, CreditOfAnySizeIsTaken) {
  backend_.On("SELECT big", {.results = {fakes::NumberedRows(5000, 100)}});
  StartRelay();
  auto client = Session();
  EXPECT_EQ(client.ReadToEnd(client.Execute("SELECT big", {.credit = ~std::uint64_t{0}})).rows,
            5000u);
  const auto first = client.Execute("SELECT big", {.credit = 1});
  client.Grant(1, ~std::uint64_t{0});
  client.Grant(1, ~std::uint64_t{0});
  EXPECT_EQ(client.ReadToEnd(first).rows, 5000u);
}

TEST_F(ResultsTest, MaxRowsCutsEveryResult) {
  backend_.On("SELECT big", {.results = {fakes::NumberedRows(20'000, 100)}});
  StartRelay();
  auto client = Session();
  EXPECT_EQ(client.ReadToEnd(client.Execute("SELECT big", {.max_rows = 700})).rows, 700u);
  const auto first = client.Execute("SELECT big; SELECT big", {.max_rows = 700});
  const auto read = client.ReadToEnd(first);
  EXPECT_EQ(read.rows, 700u);
  ASSERT_TRUE(read.more_results);
  EXPECT_EQ(client.ReadToEnd(client.NextResult(1)).rows, 700u);
  EXPECT_TRUE(EventuallyIdle(1));
}

TEST_F(ResultsTest, TwoCursorsOfASessionTakeTurns) {
  backend_.On("SELECT a", {.results = {fakes::NumberedRows(30'000, 100)}});
  backend_.On("SELECT b", {.results = {fakes::NumberedRows(30'000, 100)}});
  StartRelay();
  auto client = Session();
  // Both have all the credit they need and are sent at the same time.
  const std::uint64_t plenty = std::uint64_t{1} << 30;
  const auto a = client.SendExecute("SELECT a", {.cursor = 1, .credit = plenty});
  const auto b = client.SendExecute("SELECT b", {.cursor = 2, .credit = plenty});
  EXPECT_EQ(client.ReadToEnd(client.Receive(b)).rows, 30'000u);
  EXPECT_EQ(client.ReadToEnd(client.Receive(a)).rows, 30'000u);
  EXPECT_TRUE(Eventually([&] { return stats().active == 0; }));
}

// Far more than the socket takes: the rest waits in the relay until the client reads.
TEST_F(ResultsTest, ResponsesWaitForAClientThatDoesNotRead) {
  backend_.On("SELECT big", {.results = {fakes::NumberedRows(200'000, 100)}});
  StartRelay();
  auto client = Session();
  const auto id = client.SendExecute("SELECT big", {.credit = std::uint64_t{1} << 30});
  ASSERT_TRUE(Eventually([&] { return server_->stats().congested == 1; }));
  EXPECT_EQ(client.ReadToEnd(client.Receive(id)).rows, 200'000u);
  EXPECT_TRUE(EventuallyIdle(1));
}

TEST_F(ResultsTest, APausedCursorDoesNotBlockAnother) {
  backend_.On("SELECT big", {.results = {fakes::NumberedRows(10'000, 100)}});
  StartRelay(1);
  auto client = Session();
  const auto first = client.Execute("SELECT big", {.cursor = 1, .credit = 1});
  EXPECT_EQ(StateOf(client.Execute("SELECT 1", {.cursor = 2})), "");
  EXPECT_EQ(client.ReadToEnd(first).rows, 10'000u);
  EXPECT_EQ(backend_.max_live(), 1u);
}

TEST_F(ResultsTest, ASlowReaderGivesItsBackendToAnotherSession) {
  backend_.On("SELECT big", {.results = {fakes::NumberedRows(10'000, 100)}});
  Options options;
  options.limits.max_connections = 1;
  options.spool.memory_bytes = 100'000;  // most of it goes to the file
  StartRelay(options);
  auto slow = Session();
  const auto first = slow.Execute("SELECT big", {.credit = 1});
  auto other = Session();
  EXPECT_EQ(StateOf(other.Execute("SELECT 1")), "");
  EXPECT_EQ(slow.ReadToEnd(first).rows, 10'000u);
  EXPECT_EQ(backend_.Count(Kind::kConnect), 1u);
  EXPECT_EQ(backend_.Count(Kind::kReset), 0u);
}

TEST_F(ResultsTest, RowsBeyondTheSpoolLimitBreakOff) {
  backend_.On("SELECT big", {.results = {fakes::NumberedRows(50'000, 100)}});
  Options options;
  options.limits.max_connections = 1;
  options.spool = {.memory_bytes = 1000, .file_bytes = 600'000};
  StartRelay(options);
  auto slow = Session();
  const auto first = slow.Execute("SELECT big", {.credit = 1});
  auto other = Session();
  EXPECT_EQ(StateOf(other.Execute("SELECT 1")), "");
  const auto read = slow.ReadToEnd(first);
  EXPECT_EQ(read.sqlstate, "53100");
  EXPECT_LT(read.rows, 50'000u);
}

TEST_F(ResultsTest, StatementsOfATextAnswerOneAfterAnother) {
  backend_.On("UPDATE t", {.results = {fakes::Affected(2)}});
  backend_.On("SELECT many", {.results = {fakes::NumberedRows(3000, 100)}});
  StartRelay();
  auto client = Session();
  const auto first = client.Execute("UPDATE t; SELECT many; SELECT 1");
  EXPECT_EQ(first.result().affected_rows(), 2u);
  EXPECT_TRUE(first.result().more_results());
  const auto second = client.NextResult(1);
  const auto read = client.ReadToEnd(second);
  EXPECT_EQ(read.rows, 3000u);
  EXPECT_TRUE(read.more_results);
  const auto third = client.NextResult(1);
  EXPECT_EQ(third.result().first_rows().batch().row_count(), 1u);
  EXPECT_FALSE(third.result().more_results());
  EXPECT_EQ(StateOf(client.NextResult(1)), "24000");
  EXPECT_THAT(backend_.executed(), ElementsAre("UPDATE t", "SELECT many", "SELECT 1"));
}

TEST_F(ResultsTest, NextResultSkipsRowsThatWereNotRead) {
  backend_.On("CALL p()", {.results = {fakes::NumberedRows(20'000, 100), fakes::NumberedRows(4)}});
  StartRelay();
  auto client = Session();
  const auto first = client.Execute("CALL p()", {.credit = 1});
  EXPECT_FALSE(first.result().first_rows().end());
  const auto second = client.NextResult(1);
  EXPECT_EQ(second.result().first_rows().batch().row_count(), 4u);
  EXPECT_TRUE(EventuallyIdle(1));
}

TEST_F(ResultsTest, AnErrorOfALaterStatementComesInItsTurn) {
  backend_.On("SELECT bad", {.results = {fakes::Fails("42P01")}});
  StartRelay();
  auto client = Session();
  const auto first = client.Execute("SELECT 1; SELECT bad; INSERT");
  EXPECT_TRUE(first.result().more_results());
  EXPECT_EQ(StateOf(client.NextResult(1)), "42P01");
  EXPECT_EQ(StateOf(client.NextResult(1)), "24000");
  EXPECT_THAT(backend_.executed(), ElementsAre("SELECT 1", "SELECT bad"));
}

// The next statement runs when the rows before it are set aside, which is where they break off.
TEST_F(ResultsTest, RowsThatBreakOffBeforeTheNextStatementEndTheScript) {
  fakes::ScriptedResult none = fakes::NumberedRows(0);
  none.error_after_rows = fakes::ScriptedError{"21000", "more than one row"};
  backend_.On("SELECT broken", {.results = {none}});
  StartRelay(1);
  auto client = Session();
  EXPECT_EQ(StateOf(client.Execute("SELECT broken; INSERT")), "21000");
  EXPECT_EQ(StateOf(client.Execute("UPDATE t; SELECT broken; INSERT")), "42601");
  const auto first = client.Execute("INSERT; SELECT broken; INSERT");
  EXPECT_EQ(first.result().affected_rows(), 1u);
  EXPECT_EQ(StateOf(client.NextResult(1)), "21000");
  EXPECT_THAT(backend_.executed(),
              ElementsAre("SELECT broken", "UPDATE t", "INSERT", "SELECT broken"));
  EXPECT_TRUE(EventuallyIdle(1));
}

TEST_F(ResultsTest, RowsThatCannotBeSetAsideForTheNextStatementEndTheScript) {
  backend_.On("SELECT big", {.results = {fakes::NumberedRows(50'000, 100)}});
  Options options;
  options.spool = {.memory_bytes = 1000, .file_bytes = 600'000};
  options.limits.max_connections = 1;
  StartRelay(options);
  auto client = Session();
  const auto read = client.ReadToEnd(client.Execute("SELECT big; INSERT"));
  EXPECT_EQ(read.sqlstate, "53100");
  EXPECT_GT(read.rows, 0u);
  EXPECT_FALSE(read.more_results);
  EXPECT_THAT(backend_.executed(), ElementsAre("SELECT big"));
  EXPECT_TRUE(EventuallyIdle(1));
}

TEST_F(ResultsTest, AnErrorOfALaterResultComesInItsTurn) {
  backend_.On("CALL p()", {.results = {fakes::NumberedRows(2), fakes::Fails("22012")}});
  StartRelay();
  auto client = Session();
  const auto first = client.Execute("CALL p()");
  EXPECT_EQ(first.result().first_rows().batch().row_count(), 2u);
  EXPECT_TRUE(first.result().more_results());
  EXPECT_EQ(StateOf(client.NextResult(1)), "22012");
}

TEST_F(ResultsTest, AnErrorAmongTheRowsBreaksThemOff) {
  auto rows = fakes::NumberedRows(3000, 100);
  rows.error_after_rows = fakes::ScriptedError{"22012", "division by zero"};
  backend_.On("SELECT broken", {.results = {rows}});
  StartRelay();
  auto client = Session();
  const auto read = client.ReadToEnd(client.Execute("SELECT broken"));
  EXPECT_EQ(read.sqlstate, "22012");
  EXPECT_EQ(read.rows, 3000u);
  EXPECT_EQ(StateOf(client.Execute("SELECT 1")), "");
}

TEST_F(ResultsTest, ABackendLostAmongTheRowsIsNotUsedAgain) {
  auto rows = fakes::NumberedRows(3000, 100);
  rows.error_after_rows = fakes::ScriptedError{"08006", "gone", true};
  backend_.On("SELECT broken", {.results = {rows}});
  StartRelay(1);
  auto client = Session();
  EXPECT_EQ(client.ReadToEnd(client.Execute("SELECT broken")).sqlstate, "08006");
  EXPECT_EQ(StateOf(client.Execute("SELECT 1")), "");
  EXPECT_EQ(backend_.Count(Kind::kConnect), 2u);
  EXPECT_EQ(backend_.Count(Kind::kReset), 0u);
}

TEST_F(ResultsTest, ABackendLostOutsideATransactionCostsOneStatement) {
  backend_.On("SELECT lost", {.results = {fakes::LosesConnection()}});
  StartRelay(1);
  auto client = Session();
  EXPECT_EQ(StateOf(client.Execute("SELECT lost")), "08006");
  EXPECT_EQ(StateOf(client.Execute("SELECT 1")), "");
  EXPECT_EQ(backend_.live(), 1u);
}

TEST_F(ResultsTest, UnknownIdsAreErrorsAndNoMore) {
  StartRelay();
  auto client = Session();
  v1::Request request;
  request.mutable_execute()->set_statement_id(77);
  request.mutable_execute()->set_cursor_id(1);
  EXPECT_EQ(StateOf(client.Call(request)), "26000");
  EXPECT_EQ(StateOf(client.NextResult(99)), "24000");
  client.Grant(99, 1000);
  client.Cancel(99);
  EXPECT_EQ(StateOf(client.Execute("SELECT 1", {.cursor = 0})), "HY014");
  EXPECT_TRUE(client.Ping().has_pong());
}

TEST_F(ResultsTest, AReleasedCursorFreesItsBackend) {
  backend_.On("SELECT big", {.results = {fakes::NumberedRows(10'000, 100)}});
  StartRelay(1);
  auto client = Session();
  client.Execute("SELECT big", {.cursor = 5, .credit = 1});
  v1::Request release;
  release.mutable_release();
  release.add_released_cursors(5);
  client.Send(release);
  EXPECT_TRUE(EventuallyIdle(1));
  EXPECT_EQ(StateOf(client.Execute("SELECT 1", {.cursor = 5})), "");
}

TEST_F(ResultsTest, DescribesWithoutRunning) {
  StartRelay();
  auto client = Session();
  v1::Request request;
  request.mutable_describe()->set_statement_id(1);
  request.mutable_describe()->set_sql("SELECT 1");
  EXPECT_EQ(client.Call(request).description().columns_size(), 1);
  EXPECT_TRUE(backend_.executed().empty());
  // The text is known by its id from now on.
  v1::Request execute;
  execute.mutable_execute()->set_statement_id(1);
  execute.mutable_execute()->set_cursor_id(1);
  EXPECT_TRUE(client.Call(execute).has_result());
}

TEST_F(ResultsTest, MissingParametersAreFoundBeforeTheBackendIsAsked) {
  StartRelay();
  auto client = Session();
  const auto response = client.Execute("SELECT ?");
  EXPECT_EQ(StateOf(response), "07002");
  EXPECT_THAT(MessageOf(response), HasSubstr("1 parameter"));
  EXPECT_TRUE(backend_.executed().empty());
}

// Of a PostgreSQL database in SQL_ASCII, for instance. The client would take the message for
// garbage.
TEST_F(ResultsTest, WhatAServerSaysBecomesUtf8) {
  fakes::ScriptedResult result;
  result.error = fakes::ScriptedError{"22000", "na\xefve \xc3\xa9"};
  backend_.On("SELECT latin", {.results = {result}});
  backend_.On("SELECT noted", {.results = {fakes::Affected(1)}, .notices = {"\xe9t\xe9"}});
  StartRelay();
  auto client = Session();
  EXPECT_EQ(MessageOf(client.Execute("SELECT latin")), "na\xef\xbf\xbdve \xc3\xa9");
  EXPECT_EQ(MessageOf(client.Execute("SELECT noted")), "\xef\xbf\xbdt\xef\xbf\xbd");
}

}  // namespace
}  // namespace sluice::relay
