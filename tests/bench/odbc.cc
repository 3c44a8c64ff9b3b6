#include "tests/bench/odbc.h"

#include <stdexcept>

namespace sluice::bench {
namespace {

SQLHENV Environment() {
  static const SQLHENV environment = [] {
    SQLHENV made = SQL_NULL_HENV;
    SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &made);
    SQLSetEnvAttr(made, SQL_ATTR_ODBC_VERSION, reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0);
    return made;
  }();
  return environment;
}

// ODBC takes text that it does not change as SQLCHAR*.
SQLCHAR* Text(const std::string& text) {
  return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text.c_str()));
}

}  // namespace

void Check(SQLRETURN rc, SQLSMALLINT type, SQLHANDLE handle, const char* what) {
  if (SQL_SUCCEEDED(rc)) return;
  std::string message = std::string(what) + " returned " + std::to_string(rc);
  SQLCHAR state[6];
  SQLCHAR text[512];
  SQLINTEGER native = 0;
  for (SQLSMALLINT i = 1;
       SQL_SUCCEEDED(SQLGetDiagRec(type, handle, i, state, &native, text, sizeof text, nullptr));
       ++i) {
    message +=
        std::string("\n  ") + reinterpret_cast<char*>(state) + ' ' + reinterpret_cast<char*>(text);
  }
  throw std::runtime_error(message);
}

Session::Session(const std::string& connection) {
  SQLAllocHandle(SQL_HANDLE_DBC, Environment(), &handle_);
  try {
    Check(SQLDriverConnect(handle_, nullptr, Text(connection), SQL_NTS, nullptr, 0, nullptr,
                           SQL_DRIVER_NOPROMPT),
          SQL_HANDLE_DBC, handle_, "SQLDriverConnect");
  } catch (...) {
    SQLFreeHandle(SQL_HANDLE_DBC, handle_);
    throw;
  }
}

Session::~Session() {
  SQLEndTran(SQL_HANDLE_DBC, handle_, SQL_ROLLBACK);
  SQLDisconnect(handle_);
  SQLFreeHandle(SQL_HANDLE_DBC, handle_);
}

bool Session::is_postgres() {
  SQLCHAR name[64] = "";
  SQLGetInfo(handle_, SQL_DBMS_NAME, name, sizeof name, nullptr);
  return std::string(reinterpret_cast<char*>(name)) == "PostgreSQL";
}

void Session::SetAutocommit(bool on) {
  const SQLULEN value = on ? SQL_AUTOCOMMIT_ON : SQL_AUTOCOMMIT_OFF;
  Check(SQLSetConnectAttr(handle_, SQL_ATTR_AUTOCOMMIT, reinterpret_cast<SQLPOINTER>(value), 0),
        SQL_HANDLE_DBC, handle_, "SQLSetConnectAttr");
}

void Session::Commit() {
  Check(SQLEndTran(SQL_HANDLE_DBC, handle_, SQL_COMMIT), SQL_HANDLE_DBC, handle_, "SQLEndTran");
}

void Session::Run(const std::string& sql) { Statement(*this).Execute(sql); }

void Session::RunIfPossible(const std::string& sql) {
  const Statement statement(*this);
  SQLExecDirect(statement.handle(), Text(sql), SQL_NTS);
}

Statement::Statement(Session& session) {
  bench::Check(SQLAllocHandle(SQL_HANDLE_STMT, session.handle(), &handle_), SQL_HANDLE_DBC,
               session.handle(), "SQLAllocHandle");
}

Statement::~Statement() { SQLFreeHandle(SQL_HANDLE_STMT, handle_); }

void Statement::Set(SQLINTEGER attribute, SQLULEN value) {
  SetPointer(attribute, reinterpret_cast<void*>(value));
}

void Statement::SetPointer(SQLINTEGER attribute, void* value) {
  Check(SQLSetStmtAttr(handle_, attribute, value, 0), "SQLSetStmtAttr");
}

void Statement::Execute(const std::string& sql) {
  const SQLRETURN rc = SQLExecDirect(handle_, Text(sql), SQL_NTS);
  if (rc != SQL_NO_DATA) Check(rc, "SQLExecDirect");
}

void Statement::Prepare(const std::string& sql) {
  Check(SQLPrepare(handle_, Text(sql), SQL_NTS), "SQLPrepare");
}

bool Statement::Fetch() {
  const SQLRETURN rc = SQLFetch(handle_);
  if (rc == SQL_NO_DATA) return false;
  Check(rc, "SQLFetch");
  return true;
}

void Statement::BindColumn(int number, SQLSMALLINT c_type, void* data, SQLLEN size,
                           SQLLEN* lengths) {
  Check(SQLBindCol(handle_, static_cast<SQLUSMALLINT>(number), c_type, data, size, lengths),
        "SQLBindCol");
}

void Statement::BindParameter(int number, SQLSMALLINT c_type, SQLSMALLINT sql_type, void* data,
                              SQLLEN size, SQLLEN* lengths) {
  Check(SQLBindParameter(handle_, static_cast<SQLUSMALLINT>(number), SQL_PARAM_INPUT, c_type,
                         sql_type, static_cast<SQLULEN>(size), 0, data, size, lengths),
        "SQLBindParameter");
}

}  // namespace sluice::bench
