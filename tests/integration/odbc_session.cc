#include "tests/integration/odbc_session.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace sluice::tests {
namespace {

std::string Joined(std::optional<std::string> text) { return text ? *text : "NULL"; }

std::string EnvironmentText(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

}  // namespace

std::map<std::string, std::string> ServerSettings(const std::string& server) {
  std::map<std::string, std::string> settings;
  std::ifstream file(EnvironmentText("SLUICE_TEST_SERVERS") + "/" + server + "/env");
  EXPECT_TRUE(file.is_open()) << "SLUICE_TEST_SERVERS has no " << server
                              << "/env: run through ctest, or start servers with "
                              << "scripts/private-*.sh";
  for (std::string line; std::getline(file, line);) {
    const auto equals = line.find('=');
    if (equals == std::string::npos) continue;
    std::string value = line.substr(equals + 1);
    std::erase(value, '\'');
    settings[line.substr(0, equals)] = value;
  }
  return settings;
}

std::string ConnectionString(Database database, RelaySize size) {
  const bool postgres = database == Database::kPostgres;
  const std::string replaced =
      EnvironmentText(postgres ? "SLUICE_TEST_PG_CONNECTION" : "SLUICE_TEST_MYSQL_CONNECTION");
  if (!replaced.empty()) return replaced;
  constexpr const char* kRelays[] = {"relay", "relay5", "relay10", "relay1"};  // as RelaySize
  auto relay = ServerSettings(kRelays[static_cast<std::size_t>(size)]);
  return "Driver=" SLUICE_DRIVER_PATH ";Server=" + relay["RELAY_HOST"] +
         ";Port=" + relay["RELAY_PORT"] + ";Database=" + (postgres ? "pg" : "mysql") +
         ";UID=" + relay["RELAY_USER"] + ";PWD=" + relay["RELAY_PASSWORD"];
}

SQLCHAR* Chars(const std::string& text) {
  return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text.c_str()));
}

std::string Diagnostics(SQLSMALLINT type, SQLHANDLE handle) {
  std::string all;
  SQLCHAR state[6] = "";
  SQLCHAR message[1024] = "";
  for (SQLSMALLINT record = 1; SQL_SUCCEEDED(
           SQLGetDiagRec(type, handle, record, state, nullptr, message, sizeof message, nullptr));
       ++record) {
    all += std::string(reinterpret_cast<char*>(state)) + " " + reinterpret_cast<char*>(message);
    all += "\n";
  }
  return all;
}

std::string State(SQLSMALLINT type, SQLHANDLE handle) {
  return Diagnostics(type, handle).substr(0, 5);
}

std::string UniqueName(const char* prefix) {
  static int count = 0;
  return std::string(prefix) + "_" + std::to_string(getpid()) + "_" + std::to_string(++count);
}

Connection::Connection() {
  EXPECT_EQ(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &environment_), SQL_SUCCESS);
  EXPECT_EQ(SQLSetEnvAttr(environment_, SQL_ATTR_ODBC_VERSION,
                          reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0),
            SQL_SUCCESS);
  EXPECT_EQ(SQLAllocHandle(SQL_HANDLE_DBC, environment_, &handle_), SQL_SUCCESS);
}

Connection::Connection(const std::string& text) : Connection() {
  EXPECT_TRUE(SQL_SUCCEEDED(Connect(text))) << diagnostics();
}

Connection::~Connection() {
  if (connected_) SQLDisconnect(handle_);
  SQLFreeHandle(SQL_HANDLE_DBC, handle_);
  SQLFreeHandle(SQL_HANDLE_ENV, environment_);
}

SQLRETURN Connection::Connect(const std::string& text) {
  const SQLRETURN outcome = SQLDriverConnect(handle_, nullptr, Chars(text), SQL_NTS, nullptr, 0,
                                             nullptr, SQL_DRIVER_NOPROMPT);
  connected_ = SQL_SUCCEEDED(outcome);
  return outcome;
}

void Connection::Disconnect() {
  SQLEndTran(SQL_HANDLE_DBC, handle_, SQL_ROLLBACK);
  EXPECT_EQ(SQLDisconnect(handle_), SQL_SUCCESS) << diagnostics();
  connected_ = false;
}

SQLRETURN Connection::ConnectWide(const std::string& text) {
  std::vector<SQLWCHAR> wide(text.begin(), text.end());  // ASCII
  wide.push_back(0);
  const SQLRETURN outcome = SQLDriverConnectW(handle_, nullptr, wide.data(), SQL_NTS, nullptr, 0,
                                              nullptr, SQL_DRIVER_NOPROMPT);
  connected_ = SQL_SUCCEEDED(outcome);
  return outcome;
}

SQLRETURN Connection::Set(SQLINTEGER attribute, SQLULEN value) {
  return SQLSetConnectAttr(handle_, attribute, reinterpret_cast<SQLPOINTER>(value), 0);
}

void Connection::SetAutocommit(bool on) {
  EXPECT_EQ(Set(SQL_ATTR_AUTOCOMMIT, on ? SQL_AUTOCOMMIT_ON : SQL_AUTOCOMMIT_OFF), SQL_SUCCESS)
      << diagnostics();
}

SQLRETURN Connection::End(SQLSMALLINT completion) {
  return SQLEndTran(SQL_HANDLE_DBC, handle_, completion);
}

void Connection::Commit() { EXPECT_EQ(End(SQL_COMMIT), SQL_SUCCESS) << diagnostics(); }

void Connection::Rollback() { EXPECT_EQ(End(SQL_ROLLBACK), SQL_SUCCESS) << diagnostics(); }

void Connection::Run(const std::string& sql) { Statement(*this).Run(sql); }

std::string Connection::Value(const std::string& sql) {
  Statement statement(*this);
  statement.Run(sql);
  return statement.Fetch() ? Joined(statement.Text(1)) : "no row";
}

std::vector<std::string> Connection::Rows(const std::string& sql) {
  Statement statement(*this);
  statement.Run(sql);
  return statement.Rows();
}

std::string Connection::InfoText(SQLUSMALLINT type) {
  SQLCHAR text[512] = "";
  EXPECT_EQ(SQLGetInfo(handle_, type, text, sizeof text, nullptr), SQL_SUCCESS) << diagnostics();
  return reinterpret_cast<char*>(text);
}

SQLUINTEGER Connection::InfoNumber(SQLUSMALLINT type) {
  SQLUINTEGER number = 0;
  EXPECT_EQ(SQLGetInfo(handle_, type, &number, sizeof number, nullptr), SQL_SUCCESS);
  return number;
}

SQLUSMALLINT Connection::InfoShort(SQLUSMALLINT type) {
  SQLUSMALLINT number = 0;
  EXPECT_EQ(SQLGetInfo(handle_, type, &number, sizeof number, nullptr), SQL_SUCCESS);
  return number;
}

Statement::Statement(Connection& connection) {
  EXPECT_EQ(SQLAllocHandle(SQL_HANDLE_STMT, connection.handle(), &handle_), SQL_SUCCESS)
      << connection.diagnostics();
}

Statement::~Statement() { SQLFreeHandle(SQL_HANDLE_STMT, handle_); }

SQLRETURN Statement::Set(SQLINTEGER attribute, SQLULEN value) {
  return SetPointer(attribute, reinterpret_cast<SQLPOINTER>(value));
}

SQLRETURN Statement::SetPointer(SQLINTEGER attribute, void* value) {
  return SQLSetStmtAttr(handle_, attribute, value, 0);
}

SQLRETURN Statement::Execute(const std::string& sql) {
  return SQLExecDirect(handle_, Chars(sql), SQL_NTS);
}

void Statement::Run(const std::string& sql) {
  EXPECT_TRUE(SQL_SUCCEEDED(Execute(sql))) << sql << "\n" << diagnostics();
}

void Statement::Prepare(const std::string& sql) {
  EXPECT_EQ(SQLPrepare(handle_, Chars(sql), SQL_NTS), SQL_SUCCESS) << sql << "\n" << diagnostics();
}

bool Statement::Fetch() {
  const SQLRETURN outcome = SQLFetch(handle_);
  EXPECT_TRUE(SQL_SUCCEEDED(outcome) || outcome == SQL_NO_DATA) << diagnostics();
  return SQL_SUCCEEDED(outcome);
}

std::optional<std::string> Statement::Text(SQLUSMALLINT column) {
  std::string text;
  char part[4096];
  for (;;) {
    SQLLEN length = 0;
    const SQLRETURN outcome = SQLGetData(handle_, column, SQL_C_CHAR, part, sizeof part, &length);
    if (outcome == SQL_NO_DATA) return text;
    EXPECT_TRUE(SQL_SUCCEEDED(outcome)) << diagnostics();
    if (!SQL_SUCCEEDED(outcome)) return "error";
    if (length == SQL_NULL_DATA) return std::nullopt;
    const bool cut = outcome == SQL_SUCCESS_WITH_INFO && state() == "01004";
    text.append(part, cut ? sizeof part - 1 : static_cast<std::size_t>(length));
    if (!cut) return text;
  }
}

SQLBIGINT Statement::Number(SQLUSMALLINT column) {
  SQLBIGINT number = -1;
  SQLLEN length = 0;
  EXPECT_EQ(SQLGetData(handle_, column, SQL_C_SBIGINT, &number, sizeof number, &length),
            SQL_SUCCESS)
      << diagnostics();
  return length == SQL_NULL_DATA ? -1 : number;
}

std::string Statement::Row() {
  std::string row;
  const auto count = static_cast<SQLUSMALLINT>(ColumnCount());
  for (SQLUSMALLINT column = 1; column <= count; ++column) {
    if (column > 1) row += "|";
    row += Joined(Text(column));
  }
  return row;
}

std::vector<std::string> Statement::Rows() {
  std::vector<std::string> rows;
  while (Fetch()) rows.push_back(Row());
  return rows;
}

SQLLEN Statement::RowCount() {
  SQLLEN count = -2;
  EXPECT_EQ(SQLRowCount(handle_, &count), SQL_SUCCESS) << diagnostics();
  return count;
}

SQLSMALLINT Statement::ColumnCount() {
  SQLSMALLINT count = -1;
  EXPECT_EQ(SQLNumResultCols(handle_, &count), SQL_SUCCESS) << diagnostics();
  return count;
}

std::string DatabaseTest::MakeTable(const std::string& columns) {
  std::string name = UniqueName("t");
  tables_.push_back(name);
  connection.Run("CREATE TABLE " + name + " (" + columns + ")");
  return name;
}

void DatabaseTest::TearDown() {
  if (tables_.empty()) return;
  // A connection of its own: the case may have left the other one in any state, but for locks.
  connection.End(SQL_ROLLBACK);
  Connection cleaner(ConnectionString(GetParam()));
  for (const std::string& table : tables_) cleaner.Run("DROP TABLE IF EXISTS " + table);
}

}  // namespace sluice::tests
