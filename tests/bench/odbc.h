#pragma once

#include <string>

#include "odbc_driver/platform/odbc.h"

// A plain application of the driver manager. Whatever fails ends the measurement:
// std::runtime_error with the diagnostics.

namespace sluice::bench {

// Throws unless rc is a success.
void Check(SQLRETURN rc, SQLSMALLINT type, SQLHANDLE handle, const char* what);

class Session {
 public:
  explicit Session(const std::string& connection);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  SQLHDBC handle() const { return handle_; }
  bool is_postgres();
  void SetAutocommit(bool on);
  void Commit();
  void Run(const std::string& sql);            // in a statement of its own
  void RunIfPossible(const std::string& sql);  // the same, whether it fails or not

 private:
  SQLHDBC handle_ = SQL_NULL_HDBC;
};

class Statement {
 public:
  explicit Statement(Session& session);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  SQLHSTMT handle() const { return handle_; }
  void Check(SQLRETURN rc, const char* what) const {
    bench::Check(rc, SQL_HANDLE_STMT, handle_, what);
  }
  void Set(SQLINTEGER attribute, SQLULEN value);
  void SetPointer(SQLINTEGER attribute, void* value);
  void Execute(const std::string& sql);  // SQLExecDirect
  void Prepare(const std::string& sql);
  void Execute() { Check(SQLExecute(handle_), "SQLExecute"); }
  bool Fetch();  // SQLFetch: whether there were rows
  void Close() { SQLFreeStmt(handle_, SQL_CLOSE); }
  void BindColumn(int number, SQLSMALLINT c_type, void* data, SQLLEN size, SQLLEN* lengths);
  void BindParameter(int number, SQLSMALLINT c_type, SQLSMALLINT sql_type, void* data, SQLLEN size,
                     SQLLEN* lengths = nullptr);

 private:
  SQLHSTMT handle_ = SQL_NULL_HSTMT;
};

}  // namespace sluice::bench
