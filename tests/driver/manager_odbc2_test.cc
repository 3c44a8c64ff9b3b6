// An application that declares ODBC 2 and calls its functions, through unixODBC's driver manager.
// The driver exports none of them: the manager maps each to the function that replaces it.

#include <string>

#include <gtest/gtest.h>

#include "odbc_driver/platform/odbc.h"
#include "tests/fakes/fake_relay.h"

namespace sluice::tests {
namespace {

SQLCHAR* Chars(const char* text) { return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text)); }

class ManagerOdbc2Test : public testing::Test {
 protected:
  ManagerOdbc2Test() {
    EXPECT_EQ(SQLAllocEnv(&env), SQL_SUCCESS);
    EXPECT_EQ(SQLAllocConnect(env, &dbc), SQL_SUCCESS);
    const std::string text =
        "Driver=" SLUICE_DRIVER_PATH ";Server=127.0.0.1;Port=" + std::to_string(relay.port()) +
        ";Database=sales;UID=alice;PWD=secret";
    EXPECT_TRUE(SQL_SUCCEEDED(SQLDriverConnect(dbc, nullptr, Chars(text.c_str()), SQL_NTS, nullptr,
                                               0, nullptr, SQL_DRIVER_NOPROMPT)))
        << State(SQL_NULL_HSTMT);
    EXPECT_EQ(SQLAllocStmt(dbc, &stmt), SQL_SUCCESS) << State(SQL_NULL_HSTMT);
    relay.OnExecute("SELECT n", fakes::NumberedRows(20, 20));
  }
  ~ManagerOdbc2Test() override {
    SQLFreeStmt(stmt, SQL_DROP);
    EXPECT_EQ(SQLDisconnect(dbc), SQL_SUCCESS);
    EXPECT_EQ(SQLFreeConnect(dbc), SQL_SUCCESS);
    EXPECT_EQ(SQLFreeEnv(env), SQL_SUCCESS);
  }

  // The next record of SQLError, which takes it away.
  std::string State(SQLHSTMT statement) {
    SQLCHAR state[6] = "";
    SQLCHAR message[256] = "";
    const SQLRETURN found =
        SQLError(env, dbc, statement, state, nullptr, message, sizeof message, nullptr);
    return SQL_SUCCEEDED(found) ? reinterpret_cast<char*>(state) : "";
  }

  fakes::FakeRelay relay;
  SQLHENV env = SQL_NULL_HENV;
  SQLHDBC dbc = SQL_NULL_HDBC;
  SQLHSTMT stmt = SQL_NULL_HSTMT;
};

TEST_F(ManagerOdbc2Test, ErrorsAreToldOnceAndInTheOldStates) {
  EXPECT_EQ(SQLFetch(stmt), SQL_ERROR);
  EXPECT_EQ(State(stmt), "S1010");
  EXPECT_EQ(State(stmt), "");
  relay.OnExecute("nonsense",
                  [](fakes::FakeRelay::Exchange& exchange) { exchange.Fail("42000", "no"); });
  EXPECT_EQ(SQLExecDirect(stmt, Chars("nonsense"), SQL_NTS), SQL_ERROR);
  EXPECT_EQ(State(stmt), "37000");
  EXPECT_EQ(State(stmt), "");
}

TEST_F(ManagerOdbc2Test, ConnectOptionsAreAttributes) {
  SQLUINTEGER value = 7;
  EXPECT_EQ(SQLGetConnectOption(dbc, SQL_AUTOCOMMIT, &value), SQL_SUCCESS);
  EXPECT_EQ(value, SQL_AUTOCOMMIT_ON);
  EXPECT_EQ(SQLSetConnectOption(dbc, SQL_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF), SQL_SUCCESS);
  EXPECT_EQ(SQLGetConnectOption(dbc, SQL_AUTOCOMMIT, &value), SQL_SUCCESS);
  EXPECT_EQ(value, SQL_AUTOCOMMIT_OFF);
  EXPECT_EQ(SQLSetConnectOption(dbc, SQL_TXN_ISOLATION, SQL_TXN_SERIALIZABLE), SQL_SUCCESS);
  EXPECT_EQ(SQLGetConnectOption(dbc, SQL_TXN_ISOLATION, &value), SQL_SUCCESS);
  EXPECT_EQ(value, SQL_TXN_SERIALIZABLE);
  SQLCHAR catalog[32] = "";
  EXPECT_EQ(SQLGetConnectOption(dbc, SQL_CURRENT_QUALIFIER, catalog), SQL_SUCCESS);
  EXPECT_STREQ(reinterpret_cast<char*>(catalog), "testdb");
}

TEST_F(ManagerOdbc2Test, StatementOptionsAreAttributes) {
  SQLULEN value = 0;
  EXPECT_EQ(SQLSetStmtOption(stmt, SQL_QUERY_TIMEOUT, 9), SQL_SUCCESS);
  EXPECT_EQ(SQLGetStmtOption(stmt, SQL_QUERY_TIMEOUT, &value), SQL_SUCCESS);
  EXPECT_EQ(value, 9u);
  EXPECT_EQ(SQLSetStmtOption(stmt, SQL_CURSOR_TYPE, SQL_CURSOR_STATIC), SQL_SUCCESS);
  EXPECT_EQ(SQLGetStmtOption(stmt, SQL_CURSOR_TYPE, &value), SQL_SUCCESS);
  EXPECT_EQ(value, SQL_CURSOR_STATIC);
  // For statements that the connection will have.
  EXPECT_EQ(SQLSetConnectOption(dbc, SQL_MAX_ROWS, 3), SQL_SUCCESS);
  SQLHSTMT later = SQL_NULL_HSTMT;
  ASSERT_EQ(SQLAllocStmt(dbc, &later), SQL_SUCCESS);
  EXPECT_EQ(SQLGetStmtOption(later, SQL_MAX_ROWS, &value), SQL_SUCCESS);
  EXPECT_EQ(value, 3u);
  EXPECT_EQ(SQLFreeStmt(later, SQL_DROP), SQL_SUCCESS);
}

TEST_F(ManagerOdbc2Test, ScrollOptionsMakeAStaticCursor) {
  ASSERT_EQ(SQLSetScrollOptions(stmt, SQL_CONCUR_READ_ONLY, SQL_SCROLL_STATIC, 5), SQL_SUCCESS)
      << State(stmt);
  ASSERT_EQ(SQLExecDirect(stmt, Chars("SELECT n"), SQL_NTS), SQL_SUCCESS) << State(stmt);
  SQLINTEGER numbers[5] = {};
  ASSERT_EQ(SQLBindCol(stmt, 1, SQL_C_LONG, numbers, 0, nullptr), SQL_SUCCESS);
  SQLULEN rows = 0;
  SQLUSMALLINT status[5] = {};
  ASSERT_EQ(SQLExtendedFetch(stmt, SQL_FETCH_LAST, 0, &rows, status), SQL_SUCCESS) << State(stmt);
  EXPECT_EQ(rows, 5u);
  EXPECT_EQ(numbers[0], 16);
  EXPECT_EQ(numbers[4], 20);
  ASSERT_EQ(SQLExtendedFetch(stmt, SQL_FETCH_ABSOLUTE, 2, &rows, status), SQL_SUCCESS);
  EXPECT_EQ(numbers[0], 2);
}

TEST_F(ManagerOdbc2Test, ParamOptionsMakeAnArray) {
  relay.OnExecute("INSERT ?", fakes::AffectedRows(2));
  SQLINTEGER values[2] = {1, 2};
  SQLLEN lengths[2] = {0, 0};
  SQLULEN processed = 0;
  ASSERT_EQ(SQLParamOptions(stmt, 2, &processed), SQL_SUCCESS) << State(stmt);
  ASSERT_EQ(SQLBindParameter(stmt, 1, SQL_PARAM_INPUT, SQL_C_LONG, SQL_INTEGER, 10, 0, values, 0,
                             lengths),
            SQL_SUCCESS);
  ASSERT_EQ(SQLExecDirect(stmt, Chars("INSERT ?"), SQL_NTS), SQL_SUCCESS) << State(stmt);
  EXPECT_EQ(processed, 2u);
  EXPECT_EQ(relay.requests().back().execute().parameters().row_count(), 2u);
}

TEST_F(ManagerOdbc2Test, ColumnAttributesHaveTheOldNumbers) {
  ASSERT_EQ(SQLExecDirect(stmt, Chars("SELECT n"), SQL_NTS), SQL_SUCCESS);
  SQLLEN number = 0;
  EXPECT_EQ(SQLColAttributes(stmt, 0, SQL_COLUMN_COUNT, nullptr, 0, nullptr, &number), SQL_SUCCESS);
  EXPECT_EQ(number, 2);
  EXPECT_EQ(SQLColAttributes(stmt, 1, SQL_COLUMN_TYPE, nullptr, 0, nullptr, &number), SQL_SUCCESS);
  EXPECT_EQ(number, SQL_INTEGER);
  EXPECT_EQ(SQLColAttributes(stmt, 1, SQL_COLUMN_NULLABLE, nullptr, 0, nullptr, &number),
            SQL_SUCCESS);
  EXPECT_EQ(SQLColAttributes(stmt, 1, SQL_COLUMN_PRECISION, nullptr, 0, nullptr, &number),
            SQL_SUCCESS);
  SQLCHAR name[16] = "";
  SQLSMALLINT length = 0;
  EXPECT_EQ(SQLColAttributes(stmt, 1, SQL_COLUMN_NAME, name, sizeof name, &length, nullptr),
            SQL_SUCCESS);
  EXPECT_STREQ(reinterpret_cast<char*>(name), "n");
}

TEST_F(ManagerOdbc2Test, TransactEndsTheTransaction) {
  relay.OnExecute("UPDATE t", fakes::ChangeInTransaction);
  ASSERT_EQ(SQLSetConnectOption(dbc, SQL_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF), SQL_SUCCESS);
  ASSERT_EQ(SQLExecDirect(stmt, Chars("UPDATE t"), SQL_NTS), SQL_SUCCESS);
  EXPECT_EQ(SQLTransact(env, dbc, SQL_ROLLBACK), SQL_SUCCESS) << State(SQL_NULL_HSTMT);
  ASSERT_EQ(relay.Count(v1::Request::kEndTransaction), 1u);
  EXPECT_EQ(relay.requests().back().end_transaction().completion(), v1::EndTransaction::ROLLBACK);
  ASSERT_EQ(SQLExecDirect(stmt, Chars("UPDATE t"), SQL_NTS), SQL_SUCCESS);
  EXPECT_EQ(SQLTransact(env, SQL_NULL_HDBC, SQL_COMMIT), SQL_SUCCESS);
  EXPECT_EQ(relay.Count(v1::Request::kEndTransaction), 2u);
}

}  // namespace
}  // namespace sluice::tests
