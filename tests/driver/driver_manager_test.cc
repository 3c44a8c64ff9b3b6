// The driver behind unixODBC's driver manager, as applications use it: what the manager makes of an
// ANSI application's strings, and of the driver's diagnostics.

#include <atomic>
#include <string>

#include <gtest/gtest.h>

#include "odbc_driver/platform/odbc.h"
#include "tests/fakes/fake_relay.h"

namespace sluice::tests {
namespace {

SQLCHAR* Chars(const char* text) { return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text)); }

class DriverManagerTest : public testing::Test {
 protected:
  DriverManagerTest() {
    EXPECT_EQ(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env), SQL_SUCCESS);
    EXPECT_EQ(
        SQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION, reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0),
        SQL_SUCCESS);
    EXPECT_EQ(SQLAllocHandle(SQL_HANDLE_DBC, env, &dbc), SQL_SUCCESS);
    connection_string =
        "Driver=" SLUICE_DRIVER_PATH ";Server=127.0.0.1;Port=" + std::to_string(relay.port()) +
        ";Database=sales;UID=alice;PWD=secret";
    EXPECT_TRUE(SQL_SUCCEEDED(SQLDriverConnect(dbc, nullptr, Chars(connection_string.c_str()),
                                               SQL_NTS, nullptr, 0, nullptr, SQL_DRIVER_NOPROMPT)))
        << State(SQL_HANDLE_DBC, dbc);
    EXPECT_EQ(SQLAllocHandle(SQL_HANDLE_STMT, dbc, &stmt), SQL_SUCCESS);
  }
  ~DriverManagerTest() override {
    SQLFreeHandle(SQL_HANDLE_STMT, stmt);
    EXPECT_EQ(SQLDisconnect(dbc), SQL_SUCCESS);
    EXPECT_EQ(SQLFreeHandle(SQL_HANDLE_DBC, dbc), SQL_SUCCESS);
    EXPECT_EQ(SQLFreeHandle(SQL_HANDLE_ENV, env), SQL_SUCCESS);
  }

  static std::string State(SQLSMALLINT type, SQLHANDLE handle) {
    SQLCHAR state[6] = "";
    SQLCHAR message[256] = "";
    SQLGetDiagRec(type, handle, 1, state, nullptr, message, sizeof message, nullptr);
    return std::string(reinterpret_cast<char*>(state)) + " " + reinterpret_cast<char*>(message);
  }

  fakes::FakeRelay relay;
  std::string connection_string;
  SQLHENV env = SQL_NULL_HENV;
  SQLHDBC dbc = SQL_NULL_HDBC;
  SQLHSTMT stmt = SQL_NULL_HSTMT;
};

TEST_F(DriverManagerTest, RowsAndTextReachAnAnsiApplication) {
  relay.OnExecute("SELECT t", fakes::Table({fakes::TextColumn("name")}, {{"gr\xC3\xBC\xC3\x9F"}}));
  ASSERT_EQ(SQLExecDirect(stmt, Chars("SELECT t"), SQL_NTS), SQL_SUCCESS)
      << State(SQL_HANDLE_STMT, stmt);
  SQLSMALLINT columns = 0;
  ASSERT_EQ(SQLNumResultCols(stmt, &columns), SQL_SUCCESS);
  EXPECT_EQ(columns, 1);
  ASSERT_EQ(SQLFetch(stmt), SQL_SUCCESS);
  SQLCHAR text[32];
  ASSERT_EQ(SQLGetData(stmt, 1, SQL_C_CHAR, text, sizeof text, nullptr), SQL_SUCCESS);
  EXPECT_STREQ(reinterpret_cast<char*>(text), "gr\xC3\xBC\xC3\x9F");
  EXPECT_EQ(SQLFetch(stmt), SQL_NO_DATA);
  EXPECT_EQ(relay.round_trips(), 2u);
}

TEST_F(DriverManagerTest, ErrorsReachTheApplication) {
  EXPECT_EQ(SQLExecDirect(stmt, Chars("nonsense"), SQL_NTS), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_STMT, stmt).substr(0, 5), "42601");
}

// The manager keeps states of its own, and calls the driver again with the same function; it frees
// its copy of the text after each call.
TEST_F(DriverManagerTest, AsynchronousCallIsPolledThroughTheManager) {
  std::atomic<bool> answer = false;
  relay.OnExecute("SELECT slow", [&](fakes::FakeRelay::Exchange& exchange) {
    answer.wait(false);
    exchange.Reply(fakes::NumberedRows(2, 1));
  });
  ASSERT_EQ(SQLSetStmtAttr(stmt, SQL_ATTR_ASYNC_ENABLE,
                           reinterpret_cast<SQLPOINTER>(SQL_ASYNC_ENABLE_ON), 0),
            SQL_SUCCESS)
      << State(SQL_HANDLE_STMT, stmt);
  const auto execute = [&] { return SQLExecDirect(stmt, Chars("SELECT slow"), SQL_NTS); };
  EXPECT_EQ(execute(), SQL_STILL_EXECUTING) << State(SQL_HANDLE_STMT, stmt);
  EXPECT_EQ(execute(), SQL_STILL_EXECUTING);
  SQLSMALLINT columns = 0;
  EXPECT_EQ(SQLNumResultCols(stmt, &columns), SQL_ERROR);
  answer = true;
  answer.notify_all();
  SQLRETURN result = SQL_STILL_EXECUTING;
  while (result == SQL_STILL_EXECUTING) result = execute();
  ASSERT_EQ(result, SQL_SUCCESS) << State(SQL_HANDLE_STMT, stmt);
  int rows = 0;
  for (result = SQL_STILL_EXECUTING; result != SQL_NO_DATA;) {
    result = SQLFetch(stmt);
    ASSERT_NE(result, SQL_ERROR) << State(SQL_HANDLE_STMT, stmt);
    if (result == SQL_SUCCESS) ++rows;
  }
  EXPECT_EQ(rows, 2);
}

// unixODBC passes the attribute on when it has loaded the driver, but takes SQL_STILL_EXECUTING of
// a connecting function for a failure and frees the driver's handle: the next attempt must not end
// in the same way.
TEST_F(DriverManagerTest, ApplicationThatPollsForItsConnectionGetsOne) {
  SQLHDBC polled = SQL_NULL_HDBC;
  ASSERT_EQ(SQLAllocHandle(SQL_HANDLE_DBC, env, &polled), SQL_SUCCESS);
  ASSERT_EQ(SQLSetConnectAttr(polled, SQL_ATTR_ASYNC_DBC_FUNCTIONS_ENABLE,
                              reinterpret_cast<SQLPOINTER>(SQL_ASYNC_DBC_ENABLE_ON), 0),
            SQL_SUCCESS);
  SQLRETURN result = SQL_STILL_EXECUTING;
  for (int calls = 0; result == SQL_STILL_EXECUTING && calls < 3; ++calls) {
    result = SQLDriverConnect(polled, nullptr, Chars(connection_string.c_str()), SQL_NTS, nullptr,
                              0, nullptr, SQL_DRIVER_NOPROMPT);
  }
  EXPECT_TRUE(SQL_SUCCEEDED(result)) << result << State(SQL_HANDLE_DBC, polled);
  EXPECT_EQ(SQLCancelHandle(SQL_HANDLE_DBC, polled), SQL_SUCCESS);
  EXPECT_EQ(SQLDisconnect(polled), SQL_SUCCESS) << State(SQL_HANDLE_DBC, polled);
  EXPECT_EQ(SQLFreeHandle(SQL_HANDLE_DBC, polled), SQL_SUCCESS);
}

TEST_F(DriverManagerTest, EndOfATransactionIsPolledThroughTheManager) {
  ASSERT_EQ(SQLSetConnectAttr(dbc, SQL_ATTR_AUTOCOMMIT,
                              reinterpret_cast<SQLPOINTER>(SQL_AUTOCOMMIT_OFF), 0),
            SQL_SUCCESS);
  relay.OnExecute("UPDATE t", fakes::ChangeInTransaction);
  std::atomic<bool> answer = false;
  relay.On(v1::Request::kEndTransaction, [&](fakes::FakeRelay::Exchange& exchange) {
    answer.wait(false);
    v1::Response response;
    response.mutable_transaction_ended();
    exchange.Reply(response);
  });
  ASSERT_EQ(SQLExecDirect(stmt, Chars("UPDATE t"), SQL_NTS), SQL_SUCCESS);
  ASSERT_EQ(SQLSetConnectAttr(dbc, SQL_ATTR_ASYNC_DBC_FUNCTIONS_ENABLE,
                              reinterpret_cast<SQLPOINTER>(SQL_ASYNC_DBC_ENABLE_ON), 0),
            SQL_SUCCESS);
  const auto commit = [&] { return SQLEndTran(SQL_HANDLE_DBC, dbc, SQL_COMMIT); };
  EXPECT_EQ(commit(), SQL_STILL_EXECUTING);
  EXPECT_EQ(commit(), SQL_STILL_EXECUTING);
  answer = true;
  answer.notify_all();
  SQLRETURN result = SQL_STILL_EXECUTING;
  while (result == SQL_STILL_EXECUTING) result = commit();
  EXPECT_EQ(result, SQL_SUCCESS) << State(SQL_HANDLE_DBC, dbc);
  EXPECT_EQ(relay.Count(v1::Request::kEndTransaction), 1u);
}

// Power BI and Excel ask for information types that no reference knows.
TEST_F(DriverManagerTest, UnknownInformationTypesAreRefusedWithoutHarm) {
  for (const SQLUSMALLINT type : {SQLUSMALLINT{180}, SQLUSMALLINT{1750}}) {
    char buffer[8] = "before";
    SQLSMALLINT length = 77;
    EXPECT_EQ(SQLGetInfo(dbc, type, buffer, sizeof buffer, &length), SQL_ERROR);
    EXPECT_EQ(State(SQL_HANDLE_DBC, dbc).substr(0, 5), type == 180 ? "HY096" : "HYC00");
    EXPECT_STREQ(buffer, "before");
  }
  SQLCHAR name[32] = "";
  EXPECT_EQ(SQLGetInfo(dbc, SQL_DBMS_NAME, name, sizeof name, nullptr), SQL_SUCCESS);
  EXPECT_STREQ(reinterpret_cast<char*>(name), "PostgreSQL");
}

TEST_F(DriverManagerTest, ApplicationOfOdbc2GetsTheOldOptions) {
  ASSERT_EQ(SQLSetConnectOption(dbc, SQL_QUERY_TIMEOUT, 9), SQL_SUCCESS)
      << State(SQL_HANDLE_DBC, dbc);
  SQLULEN timeout = 0;
  ASSERT_EQ(SQLGetStmtOption(stmt, SQL_QUERY_TIMEOUT, &timeout), SQL_SUCCESS);
  EXPECT_EQ(timeout, 9u);
  relay.OnExecute("SELECT n", fakes::NumberedRows(1, 1));
  ASSERT_EQ(SQLExecDirect(stmt, Chars("SELECT n"), SQL_NTS), SQL_SUCCESS);
  SQLLEN type = 0;
  ASSERT_EQ(SQLColAttributes(stmt, 1, SQL_COLUMN_TYPE, nullptr, 0, nullptr, &type), SQL_SUCCESS);
  EXPECT_EQ(type, SQL_INTEGER);
  EXPECT_EQ(SQLTransact(env, dbc, SQL_COMMIT), SQL_SUCCESS);
  EXPECT_EQ(SQLPrepare(stmt, Chars("x"), SQL_NTS), SQL_ERROR);
  SQLCHAR state[6] = "";
  EXPECT_EQ(SQLError(env, dbc, stmt, state, nullptr, nullptr, 0, nullptr), SQL_SUCCESS);
  EXPECT_STREQ(reinterpret_cast<char*>(state), "24000");
}

}  // namespace
}  // namespace sluice::tests
