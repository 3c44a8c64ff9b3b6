// Connection functions that are polled for (SQL_ATTR_ASYNC_DBC_FUNCTIONS_ENABLE), and
// SQLCancelHandle on connections.

#include <functional>
#include <thread>

#include "tests/driver/driver_test.h"
#include "tests/driver/gate.h"

namespace sluice::tests {
namespace {

using Exchange = fakes::FakeRelay::Exchange;

class AsyncConnectionTest : public DriverTest {
 protected:
  AsyncConnectionTest() {
    EXPECT_EQ(odbc.AllocHandle(SQL_HANDLE_DBC, env, &fresh), SQL_SUCCESS);
    SetAsync(fresh);
  }
  ~AsyncConnectionTest() override {
    gate.Open();
    odbc.Disconnect(fresh);
    EXPECT_EQ(odbc.FreeHandle(SQL_HANDLE_DBC, fresh), SQL_SUCCESS);
  }

  void SetAsync(SQLHDBC connection) {
    ASSERT_EQ(odbc.SetConnectAttr(connection, SQL_ATTR_ASYNC_DBC_FUNCTIONS_ENABLE,
                                  Number(SQL_ASYNC_DBC_ENABLE_ON), 0),
              SQL_SUCCESS);
  }
  SQLRETURN DriverConnect(SQLCHAR* out = nullptr, SQLSMALLINT capacity = 0) {
    return odbc.DriverConnect(fresh, nullptr, Chars(text.c_str()), SQL_NTS, out, capacity, nullptr,
                              SQL_DRIVER_NOPROMPT);
  }
  // The next sessions are opened when the gate is.
  void HoldSessions() {
    relay.On(v1::Request::kOpenSession, [gate = gate](Exchange& exchange) {
      gate.Pass();
      v1::Response response;
      response.mutable_session_opened()->set_protocol_version(1);
      exchange.Reply(response);
    });
  }
  void HoldTransactionEnd() {
    relay.On(v1::Request::kEndTransaction, [gate = gate](Exchange& exchange) {
      gate.Pass();
      v1::Response response;
      response.mutable_transaction_ended();
      exchange.Reply(response);
    });
  }

  const Gate gate;
  SQLHDBC fresh = SQL_NULL_HDBC;
  const std::string text = ConnectionString();
};

TEST_F(AsyncConnectionTest, DriverConnectIsPolledFor) {
  HoldSessions();
  SQLCHAR abandoned[256] = "";
  SQLCHAR out[256] = "";
  ASSERT_EQ(DriverConnect(abandoned, sizeof abandoned), SQL_STILL_EXECUTING);
  EXPECT_EQ(DriverConnect(), SQL_STILL_EXECUTING);
  gate.Open();
  ASSERT_EQ(Poll([&] { return DriverConnect(out, sizeof out); }), SQL_SUCCESS)
      << Message(SQL_HANDLE_DBC, fresh);
  EXPECT_NE(std::string(reinterpret_cast<char*>(out)).find("Database=sales"), std::string::npos);
  EXPECT_STREQ(reinterpret_cast<char*>(abandoned), "") << "its buffer may be gone";
  SQLHSTMT statement = SQL_NULL_HSTMT;
  EXPECT_EQ(odbc.AllocHandle(SQL_HANDLE_STMT, fresh, &statement), SQL_SUCCESS);
}

TEST_F(AsyncConnectionTest, BrowseConnectIsPolledFor) {
  SQLCHAR out[512] = "";
  const auto browse = [&] {
    return odbc.BrowseConnect(fresh, Chars(text.c_str()), SQL_NTS, out, sizeof out, nullptr);
  };
  EXPECT_EQ(odbc.BrowseConnect(fresh, Chars("UID=alice"), SQL_NTS, out, sizeof out, nullptr),
            SQL_NEED_DATA);
  EXPECT_EQ(odbc.CancelHandle(SQL_HANDLE_DBC, fresh), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, fresh), "HY010") << "browsing has not ended";
  EXPECT_EQ(Poll(browse), SQL_SUCCESS) << Message(SQL_HANDLE_DBC, fresh);
  EXPECT_NE(std::string(reinterpret_cast<char*>(out)).find("Database=sales"), std::string::npos);
}

TEST_F(AsyncConnectionTest, OtherFunctionsAreRefusedWhileItConnects) {
  HoldSessions();
  ASSERT_EQ(DriverConnect(), SQL_STILL_EXECUTING);
  SQLHSTMT statement = SQL_NULL_HSTMT;
  EXPECT_EQ(odbc.AllocHandle(SQL_HANDLE_STMT, fresh, &statement), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, fresh), "HY010");
  EXPECT_EQ(odbc.Disconnect(fresh), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, fresh), "HY010");
  EXPECT_EQ(odbc.SetConnectAttr(fresh, SQL_ATTR_AUTOCOMMIT, Number(SQL_AUTOCOMMIT_OFF), 0),
            SQL_ERROR);
  EXPECT_EQ(odbc.Connect(fresh, Chars("sales"), SQL_NTS, nullptr, 0, nullptr, 0), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, fresh), "HY010");
  gate.Open();
  EXPECT_EQ(Poll([&] { return DriverConnect(); }), SQL_SUCCESS);
}

TEST_F(AsyncConnectionTest, FailureIsReportedByTheLastCall) {
  relay.On(v1::Request::kOpenSession,
           [](Exchange& exchange) { exchange.Fail("28000", "the password is wrong"); });
  EXPECT_EQ(Poll([&] { return DriverConnect(); }), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, fresh), "28000");
  // Nothing is under way any more.
  relay.On(v1::Request::kOpenSession, {});
  EXPECT_EQ(Poll([&] { return DriverConnect(); }), SQL_SUCCESS);
}

TEST_F(AsyncConnectionTest, LoginTimeoutEndsThePolling) {
  HoldSessions();
  ASSERT_EQ(odbc.SetConnectAttr(fresh, SQL_ATTR_LOGIN_TIMEOUT, Number(1), 0), SQL_SUCCESS);
  EXPECT_EQ(Poll([&] { return DriverConnect(); }), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, fresh), "HYT00");
}

TEST_F(AsyncConnectionTest, CancelledConnectEndsWithHY008) {
  HoldSessions();
  ASSERT_EQ(DriverConnect(), SQL_STILL_EXECUTING);
  EXPECT_EQ(odbc.CancelHandle(SQL_HANDLE_DBC, fresh), SQL_SUCCESS);
  EXPECT_EQ(DriverConnect(), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, fresh), "HY008");
  gate.Open();
  EXPECT_EQ(Poll([&] { return DriverConnect(); }), SQL_SUCCESS);
}

TEST_F(AsyncConnectionTest, WaitingConnectIsCancelledFromAnotherThread) {
  HoldSessions();
  ASSERT_EQ(odbc.SetConnectAttr(fresh, SQL_ATTR_ASYNC_DBC_FUNCTIONS_ENABLE,
                                Number(SQL_ASYNC_DBC_ENABLE_OFF), 0),
            SQL_SUCCESS);
  std::thread canceller([&] {
    EXPECT_TRUE(relay.AwaitCount(v1::Request::kOpenSession, 2));
    EXPECT_EQ(odbc.CancelHandle(SQL_HANDLE_DBC, fresh), SQL_SUCCESS);
  });
  EXPECT_EQ(DriverConnect(), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, fresh), "HY008");
  canceller.join();
}

TEST_F(AsyncConnectionTest, CancelWithoutAnythingToCancelHasNoEffect) {
  EXPECT_EQ(odbc.CancelHandle(SQL_HANDLE_DBC, fresh), SQL_SUCCESS);
  EXPECT_EQ(odbc.CancelHandle(SQL_HANDLE_DBC, dbc), SQL_SUCCESS);
  EXPECT_EQ(odbc.CancelHandle(SQL_HANDLE_DBC, env), SQL_INVALID_HANDLE);
}

TEST_F(AsyncConnectionTest, EndTranIsPolledFor) {
  BeginTransaction();
  SetAsync(dbc);
  HoldTransactionEnd();
  const auto end = [&] { return odbc.EndTran(SQL_HANDLE_DBC, dbc, SQL_COMMIT); };
  ASSERT_EQ(end(), SQL_STILL_EXECUTING);
  EXPECT_EQ(odbc.ExecDirect(stmt, Chars("UPDATE t"), SQL_NTS), SQL_ERROR);
  EXPECT_EQ(State(), "HY010") << "the connection's function comes first";
  EXPECT_EQ(end(), SQL_STILL_EXECUTING);
  gate.Open();
  EXPECT_EQ(Poll(end), SQL_SUCCESS);
  EXPECT_EQ(relay.Count(v1::Request::kEndTransaction), 1u);
  ExecDirect("UPDATE t");
}

TEST_F(AsyncConnectionTest, CancelReachesTheEndOfATransaction) {
  BeginTransaction();
  SetAsync(dbc);
  relay.On(v1::Request::kEndTransaction, [](Exchange& exchange) {
    if (exchange.AwaitCancel()) exchange.Fail("HY008", "canceled");
  });
  const auto end = [&] { return odbc.EndTran(SQL_HANDLE_DBC, dbc, SQL_COMMIT); };
  ASSERT_EQ(end(), SQL_STILL_EXECUTING);
  EXPECT_EQ(odbc.CancelHandle(SQL_HANDLE_DBC, dbc), SQL_SUCCESS);
  EXPECT_EQ(Poll(end), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, dbc), "HY008");
}

TEST_F(AsyncConnectionTest, AutocommitThatCommitsIsPolledFor) {
  BeginTransaction();
  SetAsync(dbc);
  HoldTransactionEnd();
  const auto set = [&] {
    return odbc.SetConnectAttr(dbc, SQL_ATTR_AUTOCOMMIT, Number(SQL_AUTOCOMMIT_ON), 0);
  };
  ASSERT_EQ(set(), SQL_STILL_EXECUTING);
  gate.Open();
  EXPECT_EQ(Poll(set), SQL_SUCCESS);
  SQLUINTEGER autocommit = SQL_AUTOCOMMIT_OFF;
  EXPECT_EQ(odbc.GetConnectAttr(dbc, SQL_ATTR_AUTOCOMMIT, &autocommit, 0, nullptr), SQL_SUCCESS);
  EXPECT_EQ(autocommit, SQL_AUTOCOMMIT_ON);
}

TEST_F(AsyncConnectionTest, ResetIsPolledFor) {
  SetAsync(dbc);
  HoldSessions();
  const auto reset = [&] {
    return odbc.SetConnectAttr(dbc, SQL_ATTR_RESET_CONNECTION, Number(SQL_RESET_CONNECTION_YES), 0);
  };
  ASSERT_EQ(reset(), SQL_STILL_EXECUTING);
  gate.Open();
  EXPECT_EQ(Poll(reset), SQL_SUCCESS) << Message(SQL_HANDLE_DBC, dbc);
}

TEST_F(AsyncConnectionTest, WholeEnvironmentCannotBeEnded) {
  SetAsync(dbc);
  EXPECT_EQ(odbc.EndTran(SQL_HANDLE_ENV, env, SQL_COMMIT), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_ENV, env), "HY115");
}

TEST_F(AsyncConnectionTest, AttributeIsToldAndChecked) {
  SQLUINTEGER value = 7;
  EXPECT_EQ(odbc.GetConnectAttr(dbc, SQL_ATTR_ASYNC_DBC_FUNCTIONS_ENABLE, &value, 0, nullptr),
            SQL_SUCCESS);
  EXPECT_EQ(value, SQL_ASYNC_DBC_ENABLE_OFF);
  SetAsync(dbc);
  EXPECT_EQ(odbc.GetConnectAttr(dbc, SQL_ATTR_ASYNC_DBC_FUNCTIONS_ENABLE, &value, 0, nullptr),
            SQL_SUCCESS);
  EXPECT_EQ(value, SQL_ASYNC_DBC_ENABLE_ON);
  EXPECT_EQ(odbc.SetConnectAttr(dbc, SQL_ATTR_ASYNC_DBC_FUNCTIONS_ENABLE, Number(2), 0), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, dbc), "HY024");
  SQLUINTEGER capable = 0;
  EXPECT_EQ(odbc.GetInfo(dbc, SQL_ASYNC_DBC_FUNCTIONS, &capable, 0, nullptr), SQL_SUCCESS);
  EXPECT_EQ(capable, SQL_ASYNC_DBC_CAPABLE);
}

}  // namespace
}  // namespace sluice::tests
