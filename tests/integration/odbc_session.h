#pragma once

#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "odbc_driver/platform/odbc.h"

// An application of the driver manager, which loads the driver and reaches real databases through a
// relay. The fixtures of tests/integration/*.cmake start the servers; the environment variable
// SLUICE_TEST_SERVERS names the directory where relay/env, relay5/env and relay1/env tell
// where they are.
//
// SLUICE_TEST_PG_CONNECTION and SLUICE_TEST_MYSQL_CONNECTION replace the connection strings: the
// same cases then run on a native driver, to compare.

namespace sluice::tests {

enum class Database { kPostgres, kMysql };
inline void PrintTo(Database database, std::ostream* out) {
  *out << (database == Database::kPostgres ? "PostgreSQL" : "MySQL");
}
enum class RelaySize { kTwenty, kFive, kTen, kOne };  // connections of each pool

// The shell assignments in the env file of a server: "relay", "relay5" or "relay1".
std::map<std::string, std::string> ServerSettings(const std::string& server);

std::string ConnectionString(Database database, RelaySize size = RelaySize::kTwenty);

// The SQL of the database at hand.
struct PerDatabase {
  const char* postgres;
  const char* mysql;
  const char* For(Database database) const {
    return database == Database::kPostgres ? postgres : mysql;
  }
};

SQLCHAR* Chars(const std::string& text);
// SQLSTATEs and messages of all records of a handle.
std::string Diagnostics(SQLSMALLINT type, SQLHANDLE handle);
// The SQLSTATE of the first record, or "".
std::string State(SQLSMALLINT type, SQLHANDLE handle);

class Connection {
 public:
  Connection();                                  // not connected
  explicit Connection(const std::string& text);  // a failure to connect is a test failure
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  SQLRETURN Connect(const std::string& text);
  void Disconnect();                               // rolls back what is open
  SQLRETURN ConnectWide(const std::string& text);  // as an application with Unicode
  SQLHENV environment() const { return environment_; }
  SQLHDBC handle() const { return handle_; }
  std::string state() const { return State(SQL_HANDLE_DBC, handle_); }
  std::string diagnostics() const { return Diagnostics(SQL_HANDLE_DBC, handle_); }

  SQLRETURN Set(SQLINTEGER attribute, SQLULEN value);
  void SetAutocommit(bool on);
  SQLRETURN End(SQLSMALLINT completion);  // SQL_COMMIT or SQL_ROLLBACK
  void Commit();
  void Rollback();

  // Statements of their own, for the convenience of tests; failures are test failures.
  void Run(const std::string& sql);
  std::string Value(const std::string& sql);              // first column of the first row
  std::vector<std::string> Rows(const std::string& sql);  // "a|b|NULL" a row

  std::string InfoText(SQLUSMALLINT type);
  SQLUINTEGER InfoNumber(SQLUSMALLINT type);
  SQLUSMALLINT InfoShort(SQLUSMALLINT type);

 private:
  SQLHENV environment_ = SQL_NULL_HENV;
  SQLHDBC handle_ = SQL_NULL_HDBC;
  bool connected_ = false;
};

class Statement {
 public:
  explicit Statement(Connection& connection);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  SQLHSTMT handle() const { return handle_; }
  std::string state() const { return State(SQL_HANDLE_STMT, handle_); }
  std::string diagnostics() const { return Diagnostics(SQL_HANDLE_STMT, handle_); }

  SQLRETURN Set(SQLINTEGER attribute, SQLULEN value);
  SQLRETURN SetPointer(SQLINTEGER attribute, void* value);
  SQLRETURN Execute(const std::string& sql);  // SQLExecDirect
  void Run(const std::string& sql);           // the same; anything but success is a test failure
  void Prepare(const std::string& sql);
  SQLRETURN ExecutePrepared() { return SQLExecute(handle_); }
  // Whether there is a row; an error is a test failure.
  bool Fetch();
  std::optional<std::string> Text(SQLUSMALLINT column);
  SQLBIGINT Number(SQLUSMALLINT column);
  std::string Row();                // the current row as "a|b|NULL"
  std::vector<std::string> Rows();  // the rest
  SQLLEN RowCount();
  SQLSMALLINT ColumnCount();
  void Close() { SQLFreeStmt(handle_, SQL_CLOSE); }

 private:
  SQLHSTMT handle_ = SQL_NULL_HSTMT;
};

// A case that runs on each database.
class DatabaseTest : public testing::TestWithParam<Database> {
 protected:
  Database database() const { return GetParam(); }
  bool is_postgres() const { return GetParam() == Database::kPostgres; }
  const char* Sql(const PerDatabase& sql) const { return sql.For(GetParam()); }
  // Makes a table anew and drops it when the case ends. Returns its name.
  std::string MakeTable(const std::string& columns);
  void TearDown() override;

  Connection connection{ConnectionString(GetParam())};

 private:
  std::vector<std::string> tables_;
};

inline std::string DatabaseName(const testing::TestParamInfo<Database>& info) {
  return info.param == Database::kPostgres ? "Postgres" : "Mysql";
}

// A table name of this case alone, so that cases can run side by side.
std::string UniqueName(const char* prefix);

// NOLINTNEXTLINE: GoogleTest has nothing but a macro here.
#define INSTANTIATE_FOR_DATABASES(suite)                                                    \
  INSTANTIATE_TEST_SUITE_P(, suite, testing::Values(Database::kPostgres, Database::kMysql), \
                           DatabaseName)

}  // namespace sluice::tests
