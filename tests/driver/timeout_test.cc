// SQL_ATTR_LOGIN_TIMEOUT, SQL_ATTR_QUERY_TIMEOUT and SQL_ATTR_CONNECTION_TIMEOUT: which SQLSTATE a
// relay that does not answer leads to, and what becomes of the connection.

#include <chrono>
#include <thread>

#include "tests/driver/driver_test.h"

namespace sluice::tests {
namespace {

using Exchange = fakes::FakeRelay::Exchange;

// As a relay ends a request whose time is up.
void TimeOut(Exchange& exchange) {
  std::this_thread::sleep_for(std::chrono::milliseconds(exchange.request().timeout_ms()));
  exchange.Fail("HYT00", "the request took too long");
}
// Seconds. The driver leaves the relay as much again for its answer, which is late on a busy
// machine.
constexpr SQLUINTEGER kLongTimeout = 2;
// A relay that has died without a word.
void SaysNothing(Exchange& exchange) { exchange.AwaitCancel(); }

class TimeoutTest : public DriverTest {
 protected:
  void SetConnectionTimeout(SQLUINTEGER seconds) {
    ASSERT_EQ(odbc.SetConnectAttr(dbc, SQL_ATTR_CONNECTION_TIMEOUT, Number(seconds), 0),
              SQL_SUCCESS);
  }
  bool IsDead() {
    SQLUINTEGER dead = SQL_CD_FALSE;
    EXPECT_EQ(odbc.GetConnectAttr(dbc, SQL_ATTR_CONNECTION_DEAD, &dead, 0, nullptr), SQL_SUCCESS);
    return dead == SQL_CD_TRUE;
  }
};

TEST_F(TimeoutTest, LoginThatIsNotAnsweredIsHYT00) {
  relay.On(v1::Request::kOpenSession, SaysNothing);
  SQLHDBC fresh = SQL_NULL_HDBC;
  ASSERT_EQ(odbc.AllocHandle(SQL_HANDLE_DBC, env, &fresh), SQL_SUCCESS);
  ASSERT_EQ(odbc.SetConnectAttr(fresh, SQL_ATTR_LOGIN_TIMEOUT, Number(1), 0), SQL_SUCCESS);
  EXPECT_EQ(odbc.DriverConnect(fresh, nullptr, Chars(ConnectionString().c_str()), SQL_NTS, nullptr,
                               0, nullptr, SQL_DRIVER_NOPROMPT),
            SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, fresh), "HYT00");
  EXPECT_EQ(odbc.FreeHandle(SQL_HANDLE_DBC, fresh), SQL_SUCCESS);
}

// The relay's share of the login is told to it, so that it stops waiting for a database, too.
TEST_F(TimeoutTest, RelayIsToldTheLoginTimeout) {
  SQLHDBC fresh = SQL_NULL_HDBC;
  ASSERT_EQ(odbc.AllocHandle(SQL_HANDLE_DBC, env, &fresh), SQL_SUCCESS);
  ASSERT_EQ(odbc.SetConnectAttr(fresh, SQL_ATTR_LOGIN_TIMEOUT, Number(7), 0), SQL_SUCCESS);
  ASSERT_EQ(odbc.DriverConnect(fresh, nullptr, Chars(ConnectionString().c_str()), SQL_NTS, nullptr,
                               0, nullptr, SQL_DRIVER_NOPROMPT),
            SQL_SUCCESS);
  const auto told = relay.requests().back().timeout_ms();
  EXPECT_GT(told, 0u);
  EXPECT_LE(told, 7000u);
  EXPECT_EQ(odbc.Disconnect(fresh), SQL_SUCCESS);
  EXPECT_EQ(odbc.FreeHandle(SQL_HANDLE_DBC, fresh), SQL_SUCCESS);
}

TEST_F(TimeoutTest, QueryThatTakesTooLongIsHYT00) {
  relay.OnExecute("SELECT slow", TimeOut);
  SetConnectionTimeout(30);
  ASSERT_EQ(odbc.SetStmtAttr(stmt, SQL_ATTR_QUERY_TIMEOUT, Number(1), 0), SQL_SUCCESS);
  ExecDirect("SELECT slow", SQL_ERROR);
  EXPECT_EQ(State(), "HYT00");
  EXPECT_EQ(relay.requests().back().timeout_ms(), 1000u) << "the query's own timeout counts";
  EXPECT_FALSE(IsDead());
}

TEST_F(TimeoutTest, QueryWithoutATimeoutHasTheConnections) {
  relay.OnExecute("SELECT slow", TimeOut);
  SetConnectionTimeout(kLongTimeout);
  ExecDirect("SELECT slow", SQL_ERROR);
  EXPECT_EQ(State(), "HYT01");
  EXPECT_FALSE(IsDead()) << "the relay has answered";
}

TEST_F(TimeoutTest, AnotherLimitOfTheRelayKeepsItsState) {
  relay.OnExecute("SELECT slow", [](Exchange& exchange) {
    exchange.Fail("HYT00", "no backend connection became free");
  });
  SetConnectionTimeout(30);
  ExecDirect("SELECT slow", SQL_ERROR);
  EXPECT_EQ(State(), "HYT00");
}

TEST_F(TimeoutTest, RequestsOfTheConnectionAreHYT01) {
  relay.On(v1::Request::kNativeSql, TimeOut);
  relay.On(v1::Request::kDescribe, TimeOut);
  relay.On(v1::Request::kCatalog, TimeOut);
  SetConnectionTimeout(kLongTimeout);
  SQLCHAR text[16];
  EXPECT_EQ(odbc.NativeSql(dbc, Chars("SELECT 1"), SQL_NTS, text, sizeof text, nullptr), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, dbc), "HYT01");
  ASSERT_EQ(odbc.Prepare(stmt, Chars("SELECT n"), SQL_NTS), SQL_SUCCESS);
  SQLSMALLINT columns = 0;
  EXPECT_EQ(odbc.NumResultCols(stmt, &columns), SQL_ERROR);
  EXPECT_EQ(State(), "HYT01");
  EXPECT_EQ(odbc.Tables(stmt, nullptr, 0, nullptr, 0, nullptr, 0, nullptr, 0), SQL_ERROR);
  EXPECT_EQ(State(), "HYT01");
  EXPECT_FALSE(IsDead());
}

TEST_F(TimeoutTest, RelayThatSaysNothingIsHYT01AndLost) {
  BeginTransaction();
  relay.On(v1::Request::kEndTransaction, SaysNothing);
  SetConnectionTimeout(1);
  EXPECT_EQ(odbc.EndTran(SQL_HANDLE_DBC, dbc, SQL_COMMIT), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, dbc), "HYT01");
  EXPECT_TRUE(IsDead());
  EXPECT_EQ(odbc.EndTran(SQL_HANDLE_DBC, dbc, SQL_ROLLBACK), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, dbc), "08S01");
}

TEST_F(TimeoutTest, PolledCallsEndInTheSameWay) {
  BeginTransaction();
  relay.On(v1::Request::kEndTransaction, SaysNothing);
  SetConnectionTimeout(1);
  ASSERT_EQ(odbc.SetConnectAttr(dbc, SQL_ATTR_ASYNC_DBC_FUNCTIONS_ENABLE,
                                Number(SQL_ASYNC_DBC_ENABLE_ON), 0),
            SQL_SUCCESS);
  SQLRETURN result = SQL_STILL_EXECUTING;
  while (result == SQL_STILL_EXECUTING) {
    result = odbc.EndTran(SQL_HANDLE_DBC, dbc, SQL_COMMIT);
    std::this_thread::yield();
  }
  EXPECT_EQ(result, SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, dbc), "HYT01");
}

TEST_F(TimeoutTest, PolledStatementsEndInTheSameWay) {
  relay.OnExecute("SELECT slow", SaysNothing);
  SetConnectionTimeout(1);
  ASSERT_EQ(odbc.SetStmtAttr(stmt, SQL_ATTR_ASYNC_ENABLE, Number(SQL_ASYNC_ENABLE_ON), 0),
            SQL_SUCCESS);
  SQLRETURN result = SQL_STILL_EXECUTING;
  while (result == SQL_STILL_EXECUTING) {
    result = odbc.ExecDirect(stmt, Chars("SELECT slow"), SQL_NTS);
    std::this_thread::yield();
  }
  EXPECT_EQ(result, SQL_ERROR);
  EXPECT_EQ(State(), "HYT01");
}

TEST_F(TimeoutTest, RowsThatDoNotComeInTime) {
  relay.OnExecute("SELECT n", [](Exchange& exchange) {
    v1::Response response;
    *response.mutable_result()->add_columns() = fakes::IntColumn("n");
    exchange.Reply(response);  // and no row follows
  });
  SetConnectionTimeout(1);
  ExecDirect("SELECT n");
  EXPECT_EQ(odbc.Fetch(stmt), SQL_ERROR);
  EXPECT_EQ(State(), "HYT01");
}

TEST_F(TimeoutTest, PolledRowsThatDoNotComeInTime) {
  relay.OnExecute("SELECT n", [](Exchange& exchange) {
    v1::Response response;
    *response.mutable_result()->add_columns() = fakes::IntColumn("n");
    exchange.Reply(response);  // and no row follows
  });
  ExecDirect("SELECT n");
  ASSERT_EQ(odbc.SetStmtAttr(stmt, SQL_ATTR_QUERY_TIMEOUT, Number(1), 0), SQL_SUCCESS);
  ASSERT_EQ(odbc.SetStmtAttr(stmt, SQL_ATTR_ASYNC_ENABLE, Number(SQL_ASYNC_ENABLE_ON), 0),
            SQL_SUCCESS);
  SQLRETURN result = SQL_STILL_EXECUTING;
  while (result == SQL_STILL_EXECUTING) {
    result = odbc.Fetch(stmt);
    std::this_thread::yield();
  }
  EXPECT_EQ(result, SQL_ERROR);
  EXPECT_EQ(State(), "HYT00");
}

// The statements of the data source are part of the login.
TEST_F(TimeoutTest, ConnSettingsTakeNoLongerThanTheLogin) {
  relay.OnExecute("SELECT forever", [](Exchange& exchange) {
    EXPECT_GT(exchange.request().timeout_ms(), 0u);
    EXPECT_LE(exchange.request().timeout_ms(), 1000u);
    TimeOut(exchange);
  });
  SQLHDBC fresh = SQL_NULL_HDBC;
  ASSERT_EQ(odbc.AllocHandle(SQL_HANDLE_DBC, env, &fresh), SQL_SUCCESS);
  ASSERT_EQ(odbc.SetConnectAttr(fresh, SQL_ATTR_LOGIN_TIMEOUT, Number(1), 0), SQL_SUCCESS);
  const std::string text = ConnectionString("ConnSettings=SELECT forever");
  EXPECT_EQ(odbc.DriverConnect(fresh, nullptr, Chars(text.c_str()), SQL_NTS, nullptr, 0, nullptr,
                               SQL_DRIVER_NOPROMPT),
            SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, fresh), "HYT00");
  EXPECT_EQ(odbc.FreeHandle(SQL_HANDLE_DBC, fresh), SQL_SUCCESS);
}

}  // namespace
}  // namespace sluice::tests
