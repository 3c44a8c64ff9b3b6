#include "tests/driver/driver_test.h"

namespace sluice::tests {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class ConnectTest : public DriverTest {};

TEST_F(ConnectTest, TakesOneRoundTrip) {
  EXPECT_EQ(relay.round_trips(), 1u);
  ASSERT_EQ(relay.Count(v1::Request::kOpenSession), 1u);
  const auto open = relay.requests().front().open_session();
  EXPECT_EQ(open.pool(), "sales");
  EXPECT_EQ(open.user(), "alice");
}

TEST_F(ConnectTest, StateChangesAndMetadataOfTheDriverCostNoTrip) {
  ASSERT_EQ(odbc.SetConnectAttr(dbc, SQL_ATTR_AUTOCOMMIT, Number(SQL_AUTOCOMMIT_OFF), 0),
            SQL_SUCCESS);
  ASSERT_EQ(odbc.SetConnectAttr(dbc, SQL_ATTR_TXN_ISOLATION, Number(SQL_TXN_SERIALIZABLE), 0),
            SQL_SUCCESS);
  ASSERT_EQ(odbc.Prepare(stmt, Chars("SELECT 1"), SQL_NTS), SQL_SUCCESS);
  SQLHSTMT other = NewStatement();
  ASSERT_EQ(odbc.FreeHandle(SQL_HANDLE_STMT, other), SQL_SUCCESS);
  ASSERT_EQ(odbc.EndTran(SQL_HANDLE_DBC, dbc, SQL_COMMIT), SQL_SUCCESS);
  EXPECT_EQ(relay.round_trips(), 1u);

  relay.OnExecute("SELECT 1", fakes::NumberedRows(1, 1));
  ASSERT_EQ(odbc.Execute(stmt), SQL_SUCCESS);
  EXPECT_EQ(relay.round_trips(), 2u);
  const auto changes = relay.requests().back().changes();
  EXPECT_FALSE(changes.autocommit());
  EXPECT_EQ(changes.isolation(), v1::ISOLATION_LEVEL_SERIALIZABLE);
}

TEST_F(ConnectTest, CompletedStringHasWhatWasGiven) {
  SQLHDBC other = SQL_NULL_HDBC;
  ASSERT_EQ(odbc.AllocHandle(SQL_HANDLE_DBC, env, &other), SQL_SUCCESS);
  SQLCHAR out[512];
  SQLSMALLINT length = 0;
  ASSERT_EQ(odbc.DriverConnect(other, nullptr, Chars(ConnectionString().c_str()), SQL_NTS, out,
                               sizeof out, &length, SQL_DRIVER_COMPLETE),
            SQL_SUCCESS);
  EXPECT_THAT(reinterpret_cast<const char*>(out), HasSubstr("Database=sales"));
  EXPECT_EQ(length, static_cast<SQLSMALLINT>(strlen(reinterpret_cast<const char*>(out))));
  EXPECT_EQ(odbc.FreeHandle(SQL_HANDLE_DBC, other), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, other), "HY010");
  odbc.Disconnect(other);
  odbc.FreeHandle(SQL_HANDLE_DBC, other);
}

TEST_F(ConnectTest, TheModeIsAskedForAndItsRefusalTold) {
  SQLHDBC other = SQL_NULL_HDBC;
  ASSERT_EQ(odbc.AllocHandle(SQL_HANDLE_DBC, env, &other), SQL_SUCCESS);
  const std::string text = ConnectionString("PoolMode=session");
  EXPECT_EQ(odbc.DriverConnect(other, nullptr, Chars(text.c_str()), SQL_NTS, nullptr, 0, nullptr,
                               SQL_DRIVER_NOPROMPT),
            SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(State(SQL_HANDLE_DBC, other), "01S02");
  EXPECT_EQ(relay.requests().back().open_session().pool_mode(), v1::POOL_MODE_SESSION);
  EXPECT_EQ(relay.requests().front().open_session().pool_mode(), v1::POOL_MODE_DEFAULT);
  odbc.Disconnect(other);
  odbc.FreeHandle(SQL_HANDLE_DBC, other);
}

TEST_F(ConnectTest, UnreachableRelayIs08001) {
  SQLHDBC other = SQL_NULL_HDBC;
  ASSERT_EQ(odbc.AllocHandle(SQL_HANDLE_DBC, env, &other), SQL_SUCCESS);
  EXPECT_EQ(
      odbc.DriverConnect(other, nullptr, Chars("Server=/nonexistent.sock;Database=x;UID=a;PWD=b"),
                         SQL_NTS, nullptr, 0, nullptr, SQL_DRIVER_NOPROMPT),
      SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, other), "08001");
  EXPECT_THAT(Message(SQL_HANDLE_DBC, other), StartsWith("[Sluice] "));
  odbc.FreeHandle(SQL_HANDLE_DBC, other);
}

TEST_F(ConnectTest, BrowsingAsksForWhatIsMissing) {
  SQLHDBC other = SQL_NULL_HDBC;
  ASSERT_EQ(odbc.AllocHandle(SQL_HANDLE_DBC, env, &other), SQL_SUCCESS);
  SQLCHAR out[512];
  ASSERT_EQ(odbc.BrowseConnect(other, Chars("Driver=Sluice"), SQL_NTS, out, sizeof out, nullptr),
            SQL_NEED_DATA);
  EXPECT_THAT(reinterpret_cast<const char*>(out), HasSubstr("SERVER"));
  ASSERT_EQ(odbc.BrowseConnect(other, Chars(ConnectionString().c_str()), SQL_NTS, out, sizeof out,
                               nullptr),
            SQL_SUCCESS);
  odbc.Disconnect(other);
  odbc.FreeHandle(SQL_HANDLE_DBC, other);
}

TEST_F(ConnectTest, UnknownAttributeIsHY092AndReadOnlyOneIsRefused) {
  EXPECT_EQ(odbc.SetConnectAttr(dbc, 31000, Number(1), 0), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, dbc), "HY092");
  EXPECT_EQ(odbc.SetConnectAttr(dbc, SQL_ATTR_CONNECTION_DEAD, Number(1), 0), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, dbc), "HY092");
  EXPECT_EQ(odbc.SetConnectAttr(dbc, SQL_ATTR_AUTOCOMMIT, Number(7), 0), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, dbc), "HY024");
}

TEST_F(ConnectTest, GetInfoAnswersLocally) {
  SQLCHAR name[64];
  SQLSMALLINT length = 0;
  ASSERT_EQ(odbc.GetInfo(dbc, SQL_DBMS_NAME, name, sizeof name, &length), SQL_SUCCESS);
  EXPECT_STREQ(reinterpret_cast<const char*>(name), "PostgreSQL");
  SQLWCHAR wide[64];
  ASSERT_EQ(odbc.GetInfoW(dbc, SQL_DBMS_NAME, wide, sizeof wide, &length), SQL_SUCCESS);
  EXPECT_EQ(length, 20) << "bytes";
  EXPECT_EQ(wide[9], 'L');
  EXPECT_EQ(relay.round_trips(), 1u);
}

TEST_F(ConnectTest, WhatADataSourceSaysEndsWithItsConnection) {
  SQLHDBC other = Connect("ReadOnly=yes");
  SQLUINTEGER mode = 0;
  ASSERT_EQ(odbc.GetConnectAttr(other, SQL_ATTR_ACCESS_MODE, &mode, 0, nullptr), SQL_SUCCESS);
  EXPECT_EQ(mode, SQL_MODE_READ_ONLY);
  ASSERT_EQ(odbc.Disconnect(other), SQL_SUCCESS);
  ASSERT_EQ(odbc.DriverConnect(other, nullptr, Chars(ConnectionString().c_str()), SQL_NTS, nullptr,
                               0, nullptr, SQL_DRIVER_NOPROMPT),
            SQL_SUCCESS);
  ASSERT_EQ(odbc.GetConnectAttr(other, SQL_ATTR_ACCESS_MODE, &mode, 0, nullptr), SQL_SUCCESS);
  EXPECT_EQ(mode, SQL_MODE_READ_WRITE);
  EXPECT_FALSE(relay.requests().back().open_session().settings().read_only());
  odbc.Disconnect(other);
  odbc.FreeHandle(SQL_HANDLE_DBC, other);
}

TEST_F(ConnectTest, ABadBufferIsFoundBeforeConnecting) {
  SQLHDBC other = SQL_NULL_HDBC;
  ASSERT_EQ(odbc.AllocHandle(SQL_HANDLE_DBC, env, &other), SQL_SUCCESS);
  SQLCHAR out[512];
  EXPECT_EQ(odbc.DriverConnect(other, nullptr, Chars(ConnectionString().c_str()), SQL_NTS, out, -1,
                               nullptr, SQL_DRIVER_NOPROMPT),
            SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, other), "HY090");
  EXPECT_EQ(odbc.Disconnect(other), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, other), "08003");
  EXPECT_EQ(odbc.FreeHandle(SQL_HANDLE_DBC, other), SQL_SUCCESS);
}

}  // namespace
}  // namespace sluice::tests
