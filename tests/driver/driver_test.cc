#include "tests/driver/driver_test.h"

#include <array>

namespace sluice::tests {

DriverTest::DriverTest(fakes::FakeRelay::Options options) : relay(std::move(options)) {
  EXPECT_EQ(odbc.AllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env), SQL_SUCCESS);
  EXPECT_EQ(odbc.SetEnvAttr(env, SQL_ATTR_ODBC_VERSION, Number(SQL_OV_ODBC3_80), 0), SQL_SUCCESS);
  dbc = Connect();
  EXPECT_EQ(odbc.AllocHandle(SQL_HANDLE_STMT, dbc, &stmt), SQL_SUCCESS);
}

DriverTest::~DriverTest() {
  EXPECT_THAT(relay.violations(), testing::IsEmpty());
  if (dbc != SQL_NULL_HDBC) {
    odbc.Disconnect(dbc);
    EXPECT_EQ(odbc.FreeHandle(SQL_HANDLE_DBC, dbc), SQL_SUCCESS);
  }
  if (env != SQL_NULL_HENV) odbc.FreeHandle(SQL_HANDLE_ENV, env);
}

std::string DriverTest::ConnectionString(std::string_view more) const {
  const auto server = relay.server();
  std::string text = "Server=" + server.substr(0, server.find(':'));
  if (relay.port() != 0) text += ";Port=" + std::to_string(relay.port());
  return text.append(";Database=sales;UID=alice;PWD=secret;").append(more);
}

SQLHDBC DriverTest::Connect(std::string_view more) {
  SQLHDBC connection = SQL_NULL_HDBC;
  EXPECT_EQ(odbc.AllocHandle(SQL_HANDLE_DBC, env, &connection), SQL_SUCCESS);
  EXPECT_EQ(odbc.DriverConnect(connection, nullptr, Chars(ConnectionString(more).c_str()), SQL_NTS,
                               nullptr, 0, nullptr, SQL_DRIVER_NOPROMPT),
            SQL_SUCCESS)
      << State(SQL_HANDLE_DBC, connection) << Message(SQL_HANDLE_DBC, connection);
  return connection;
}

SQLHSTMT DriverTest::NewStatement() {
  SQLHSTMT statement = SQL_NULL_HSTMT;
  EXPECT_EQ(odbc.AllocHandle(SQL_HANDLE_STMT, dbc, &statement), SQL_SUCCESS);
  return statement;
}

void DriverTest::BeginTransaction() {
  ASSERT_EQ(odbc.SetConnectAttr(dbc, SQL_ATTR_AUTOCOMMIT, Number(SQL_AUTOCOMMIT_OFF), 0),
            SQL_SUCCESS);
  relay.OnExecute("UPDATE t", fakes::ChangeInTransaction);
  ExecDirect("UPDATE t");
}

SQLHDESC DriverTest::DescriptorOf(SQLINTEGER attribute) {
  SQLHDESC descriptor = SQL_NULL_HDESC;
  EXPECT_EQ(odbc.GetStmtAttr(stmt, attribute, &descriptor, 0, nullptr), SQL_SUCCESS);
  return descriptor;
}

std::string DriverTest::State(SQLSMALLINT type, SQLHANDLE handle) const {
  std::array<SQLCHAR, 6> state{};
  if (!SQL_SUCCEEDED(
          odbc.GetDiagRec(type, handle, 1, state.data(), nullptr, nullptr, 0, nullptr))) {
    return {};
  }
  return reinterpret_cast<const char*>(state.data());
}

std::string DriverTest::Message(SQLSMALLINT type, SQLHANDLE handle) const {
  std::array<SQLCHAR, 512> message{};
  odbc.GetDiagRec(type, handle, 1, nullptr, nullptr, message.data(), message.size(), nullptr);
  return reinterpret_cast<const char*>(message.data());
}

}  // namespace sluice::tests
