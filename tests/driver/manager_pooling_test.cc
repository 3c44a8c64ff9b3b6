// unixODBC's own pool of connections (unixODBC 2.3.11 resets them for applications that declare
// ODBC 3.80): what an application has left behind on one, and one whose relay has gone, must not
// reach the next application. Its configuration is this test's own.

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "odbc_driver/platform/odbc.h"
#include "tests/fakes/fake_relay.h"

namespace sluice::tests {
namespace {

SQLCHAR* Chars(const char* text) { return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text)); }

// A directory with odbcinst.ini, which the manager reads when the first environment is allocated.
class ManagerSettings {
 public:
  ManagerSettings() {
    std::string name = testing::TempDir() + "sluice-odbcinst-XXXXXX";
    directory_ = ::mkdtemp(name.data());
    std::ofstream file(directory_ / "odbcinst.ini");
    file << "[ODBC]\nPooling = Yes\n\n[Sluice]\nDriver = " SLUICE_DRIVER_PATH "\nCPTimeout = 120\n";
    file.close();
    ::setenv("ODBCSYSINI", directory_.c_str(), 1);
    ::setenv("ODBCINSTINI", "odbcinst.ini", 1);
  }
  ~ManagerSettings() { std::filesystem::remove_all(directory_); }
  ManagerSettings(const ManagerSettings&) = delete;
  ManagerSettings& operator=(const ManagerSettings&) = delete;

 private:
  std::filesystem::path directory_;
};

class ManagerPoolingTest : public testing::Test {
 protected:
  ManagerPoolingTest() {
    EXPECT_EQ(SQLSetEnvAttr(SQL_NULL_HENV, SQL_ATTR_CONNECTION_POOLING,
                            reinterpret_cast<SQLPOINTER>(SQL_CP_ONE_PER_DRIVER), 0),
              SQL_SUCCESS);
    EXPECT_EQ(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env), SQL_SUCCESS);
    EXPECT_EQ(
        SQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION, reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3_80), 0),
        SQL_SUCCESS);
    EXPECT_EQ(SQLAllocHandle(SQL_HANDLE_DBC, env, &dbc), SQL_SUCCESS);
    relay.OnExecute("SELECT n", fakes::NumberedRows(1, 1));
  }
  ~ManagerPoolingTest() override {
    SQLDisconnect(dbc);
    SQLFreeHandle(SQL_HANDLE_DBC, dbc);
    SQLFreeHandle(SQL_HANDLE_ENV, env);
  }

  void Connect() {
    const std::string text = "Driver=Sluice;Server=127.0.0.1;Port=" + std::to_string(relay.port()) +
                             ";Database=sales;UID=alice;PWD=secret";
    ASSERT_TRUE(SQL_SUCCEEDED(SQLDriverConnect(dbc, nullptr, Chars(text.c_str()), SQL_NTS, nullptr,
                                               0, nullptr, SQL_DRIVER_NOPROMPT)))
        << Message();
  }
  // Of the connection in the driver: another one of the same address is as good as the same.
  SQLULEN DriverHandle() {
    SQLULEN handle = 0;
    EXPECT_EQ(SQLGetInfo(dbc, SQL_DRIVER_HDBC, &handle, 0, nullptr), SQL_SUCCESS);
    return handle;
  }
  SQLUINTEGER Attribute(SQLINTEGER attribute) {
    SQLUINTEGER value = 0;
    EXPECT_EQ(SQLGetConnectAttr(dbc, attribute, &value, 0, nullptr), SQL_SUCCESS) << Message();
    return value;
  }
  void Set(SQLINTEGER attribute, std::uintptr_t value) {
    EXPECT_EQ(SQLSetConnectAttr(dbc, attribute, reinterpret_cast<SQLPOINTER>(value), 0),
              SQL_SUCCESS)
        << Message();
  }
  void RunStatement() {
    SQLHSTMT stmt = SQL_NULL_HSTMT;
    ASSERT_EQ(SQLAllocHandle(SQL_HANDLE_STMT, dbc, &stmt), SQL_SUCCESS) << Message();
    EXPECT_EQ(SQLExecDirect(stmt, Chars("SELECT n"), SQL_NTS), SQL_SUCCESS);
    SQLFreeHandle(SQL_HANDLE_STMT, stmt);
  }
  std::string Message() {
    SQLCHAR state[6] = "";
    SQLCHAR message[256] = "";
    SQLGetDiagRec(SQL_HANDLE_DBC, dbc, 1, state, nullptr, message, sizeof message, nullptr);
    return std::string(reinterpret_cast<char*>(state)) + " " + reinterpret_cast<char*>(message);
  }

  ManagerSettings settings;
  fakes::FakeRelay relay;
  SQLHENV env = SQL_NULL_HENV;
  SQLHDBC dbc = SQL_NULL_HDBC;
};

TEST_F(ManagerPoolingTest, PooledConnectionKnowsNothingOfItsFormerUse) {
  Connect();
  const SQLULEN first = DriverHandle();
  Set(SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
  Set(SQL_ATTR_TXN_ISOLATION, SQL_TXN_SERIALIZABLE);
  Set(SQL_ATTR_ACCESS_MODE, SQL_MODE_READ_ONLY);
  Set(SQL_ATTR_CONNECTION_TIMEOUT, 77);
  RunStatement();
  ASSERT_EQ(SQLDisconnect(dbc), SQL_SUCCESS) << Message();
  Connect();
  EXPECT_EQ(DriverHandle(), first) << "it comes from the pool";
  EXPECT_EQ(relay.connection_count(), 1u);
  EXPECT_EQ(Attribute(SQL_ATTR_AUTOCOMMIT), SQL_AUTOCOMMIT_ON);
  EXPECT_EQ(Attribute(SQL_ATTR_TXN_ISOLATION), SQL_TXN_READ_COMMITTED);
  EXPECT_EQ(Attribute(SQL_ATTR_ACCESS_MODE), SQL_MODE_READ_WRITE);
  EXPECT_EQ(Attribute(SQL_ATTR_CONNECTION_TIMEOUT), 0u);
  RunStatement();
  const auto requests = relay.requests();
  bool autocommit = true;  // as the relay knows it of the session that runs now
  for (const auto& request : requests) {
    if (request.has_open_session()) autocommit = request.open_session().settings().autocommit();
    if (request.changes().has_autocommit()) autocommit = request.changes().autocommit();
  }
  EXPECT_TRUE(autocommit);
}

TEST_F(ManagerPoolingTest, DeadConnectionIsNotHandedOut) {
  Connect();
  RunStatement();
  ASSERT_EQ(SQLDisconnect(dbc), SQL_SUCCESS) << Message();
  relay.DropConnections();
  Connect();
  RunStatement();
  EXPECT_EQ(relay.connection_count(), 2u);
}

}  // namespace
}  // namespace sluice::tests
