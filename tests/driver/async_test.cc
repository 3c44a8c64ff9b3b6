// Asynchronous execution by polling: the application calls a function until it returns something
// else than SQL_STILL_EXECUTING.

#include <functional>
#include <thread>

#include "tests/driver/driver_test.h"
#include "tests/driver/gate.h"

namespace sluice::tests {
namespace {

using fakes::NumberedRows;

class AsyncTest : public DriverTest {
 protected:
  AsyncTest() {
    relay.OnExecute("SELECT slow", [gate = gate](fakes::FakeRelay::Exchange& exchange) {
      gate.Pass();
      exchange.Reply(NumberedRows(4, 2));
    });
    SetAsync(SQL_ASYNC_ENABLE_ON);
  }
  ~AsyncTest() override { gate.Open(); }

  void SetAsync(SQLULEN value) {
    ASSERT_EQ(odbc.SetStmtAttr(stmt, SQL_ATTR_ASYNC_ENABLE, Number(value), 0), SQL_SUCCESS);
  }
  SQLRETURN Execute() { return odbc.ExecDirect(stmt, Chars("SELECT slow"), SQL_NTS); }

  const Gate gate;
  SQLSMALLINT count = 0;
};

TEST_F(AsyncTest, FunctionIsCalledUntilItIsDone) {
  EXPECT_EQ(Execute(), SQL_STILL_EXECUTING);
  // Only the handle counts now: the application may have freed its text.
  EXPECT_EQ(odbc.ExecDirect(stmt, nullptr, 0), SQL_STILL_EXECUTING);
  gate.Open();
  EXPECT_EQ(Poll([&] { return odbc.ExecDirect(stmt, nullptr, 0); }), SQL_SUCCESS);
  int rows = 0;
  while (Poll([&] { return odbc.Fetch(stmt); }) == SQL_SUCCESS) ++rows;
  EXPECT_EQ(rows, 4);
  EXPECT_EQ(relay.round_trips(), 2u);
}

TEST_F(AsyncTest, OtherFunctionsAreRefusedMeanwhile) {
  const SQLHDESC ard = DescriptorOf(SQL_ATTR_APP_ROW_DESC);
  ASSERT_EQ(Execute(), SQL_STILL_EXECUTING);
  EXPECT_EQ(odbc.NumResultCols(stmt, &count), SQL_ERROR);
  EXPECT_EQ(State(), "HY010");
  EXPECT_EQ(odbc.Execute(stmt), SQL_ERROR);
  EXPECT_EQ(odbc.CloseCursor(stmt), SQL_ERROR);
  EXPECT_EQ(odbc.SetStmtAttr(stmt, SQL_ATTR_MAX_ROWS, Number(1), 0), SQL_ERROR);
  EXPECT_EQ(odbc.FreeHandle(SQL_HANDLE_STMT, stmt), SQL_ERROR);
  EXPECT_EQ(odbc.SetDescField(ard, 0, SQL_DESC_COUNT, Number(1), 0), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DESC, ard), "HY010");
  EXPECT_EQ(odbc.EndTran(SQL_HANDLE_DBC, dbc, SQL_COMMIT), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, dbc), "HY010");
  EXPECT_EQ(odbc.Disconnect(dbc), SQL_ERROR);
  // What belongs to the connection goes on, other statements too.
  SQLCHAR name[32];
  EXPECT_EQ(odbc.GetInfo(dbc, SQL_DBMS_NAME, name, sizeof name, nullptr), SQL_SUCCESS);
  relay.OnExecute("SELECT n", NumberedRows(1, 1));
  EXPECT_EQ(odbc.ExecDirect(NewStatement(), Chars("SELECT n"), SQL_NTS), SQL_SUCCESS);
  gate.Open();
  EXPECT_EQ(Poll([&] { return Execute(); }), SQL_SUCCESS);
  EXPECT_EQ(odbc.NumResultCols(stmt, &count), SQL_SUCCESS);
}

TEST_F(AsyncTest, CancelledFunctionEndsWithHY008) {
  relay.OnExecute("SELECT forever", [](fakes::FakeRelay::Exchange& exchange) {
    if (exchange.AwaitCancel()) exchange.Fail("HY008", "canceled");
  });
  const auto call = [&] { return odbc.ExecDirect(stmt, Chars("SELECT forever"), SQL_NTS); };
  ASSERT_EQ(call(), SQL_STILL_EXECUTING);
  EXPECT_EQ(odbc.Cancel(stmt), SQL_SUCCESS);
  EXPECT_EQ(Poll(call), SQL_ERROR);
  EXPECT_EQ(State(), "HY008");
  EXPECT_EQ(odbc.FreeStmt(stmt, SQL_CLOSE), SQL_SUCCESS) << "nothing is under way any more";
}

TEST_F(AsyncTest, MetadataOfAPreparedStatementIsPolledFor) {
  relay.On(v1::Request::kDescribe, [gate = gate](fakes::FakeRelay::Exchange& exchange) {
    gate.Pass();
    v1::Response response;
    *response.mutable_description()->add_columns() = fakes::IntColumn("n");
    exchange.Reply(response);
  });
  ASSERT_EQ(odbc.Prepare(stmt, Chars("SELECT slow"), SQL_NTS), SQL_SUCCESS);
  SQLCHAR name[16] = "";
  const auto describe = [&](SQLCHAR* buffer) {
    return odbc.DescribeCol(stmt, 1, buffer, 16, nullptr, nullptr, nullptr, nullptr, nullptr);
  };
  SQLCHAR abandoned[16] = "";
  EXPECT_EQ(describe(abandoned), SQL_STILL_EXECUTING);
  gate.Open();
  EXPECT_EQ(Poll([&] { return describe(name); }), SQL_SUCCESS);
  EXPECT_STREQ(reinterpret_cast<char*>(name), "n");
  EXPECT_STREQ(reinterpret_cast<char*>(abandoned), "") << "buffers of earlier calls may be gone";
  EXPECT_EQ(Poll([&] { return odbc.NumResultCols(stmt, &count); }), SQL_SUCCESS);
  EXPECT_EQ(relay.Count(v1::Request::kDescribe), 1u);
}

TEST_F(AsyncTest, FailureIsReportedByTheLastCall) {
  const auto call = [&] { return odbc.ExecDirect(stmt, Chars("nonsense"), SQL_NTS); };
  EXPECT_EQ(Poll(call), SQL_ERROR);
  EXPECT_EQ(State(), "42601");
}

TEST_F(AsyncTest, LostConnectionEndsTheCall) {
  ASSERT_EQ(Execute(), SQL_STILL_EXECUTING);
  ASSERT_TRUE(relay.AwaitCount(v1::Request::kExecute, 1));
  relay.DropConnections();
  EXPECT_EQ(Poll([&] { return Execute(); }), SQL_ERROR);
  EXPECT_EQ(State(), "08S01");
  gate.Open();
  EXPECT_EQ(odbc.FreeStmt(stmt, SQL_CLOSE), SQL_SUCCESS);
}

TEST_F(AsyncTest, ConnectionGivesItsStatementsTheAttribute) {
  ASSERT_EQ(odbc.SetConnectAttr(dbc, SQL_ATTR_ASYNC_ENABLE, Number(SQL_ASYNC_ENABLE_ON), 0),
            SQL_SUCCESS);
  SQLULEN value = 0;
  ASSERT_EQ(odbc.GetStmtAttr(NewStatement(), SQL_ATTR_ASYNC_ENABLE, &value, 0, nullptr),
            SQL_SUCCESS);
  EXPECT_EQ(value, SQL_ASYNC_ENABLE_ON);
  value = 0;
  ASSERT_EQ(odbc.GetConnectAttr(dbc, SQL_ATTR_ASYNC_ENABLE, &value, 0, nullptr), SQL_SUCCESS);
  EXPECT_EQ(value, SQL_ASYNC_ENABLE_ON);
}

// As when it does not run asynchronously: the text is for SQLExecute to refuse.
TEST_F(AsyncTest, TheMarkersOfATextThatIsRefusedAreCounted) {
  relay.On(v1::Request::kDescribe, [](fakes::FakeRelay::Exchange& exchange) {
    if (!exchange.request().describe().count_only()) return exchange.Fail("42601", "syntax error");
    v1::Response response;
    for (int i = 0; i < 2; ++i) response.mutable_description()->add_parameters();
    exchange.Reply(response);
  });
  ASSERT_EQ(odbc.Prepare(stmt, Chars("nonsense ? ?"), SQL_NTS), SQL_SUCCESS);
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(Poll([&] { return odbc.NumParams(stmt, &count); }), SQL_SUCCESS) << State();
    EXPECT_EQ(count, 2);
  }
  EXPECT_EQ(relay.Count(v1::Request::kDescribe), 3u) << "it is refused once";
  SQLSMALLINT type = 0;
  EXPECT_EQ(Poll([&] { return odbc.DescribeParam(stmt, 1, &type, nullptr, nullptr, nullptr); }),
            SQL_ERROR);
  EXPECT_EQ(State(), "42601");
}

TEST_F(AsyncTest, CountingMarkersIsCancelled) {
  relay.On(v1::Request::kDescribe, [](fakes::FakeRelay::Exchange& exchange) {
    if (exchange.AwaitCancel()) exchange.Fail("HY008", "canceled");
  });
  ASSERT_EQ(odbc.Prepare(stmt, Chars("SELECT ?"), SQL_NTS), SQL_SUCCESS);
  const auto call = [&] { return odbc.NumParams(stmt, &count); };
  ASSERT_EQ(call(), SQL_STILL_EXECUTING);
  EXPECT_EQ(odbc.Cancel(stmt), SQL_SUCCESS);
  EXPECT_EQ(Poll(call), SQL_ERROR);
  EXPECT_EQ(State(), "HY008");
}

}  // namespace
}  // namespace sluice::tests
