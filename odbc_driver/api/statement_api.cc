// ODBC reference: preparing, executing, cancelling and closing statements.

#include "odbc_driver/api/api_call.h"
#include "odbc_driver/api/output.h"
#include "odbc_driver/api/text_argument.h"
#include "odbc_driver/handles/statement.h"

namespace sluice::driver::api {
namespace {

template <typename Char>
SQLRETURN Prepare(SQLHSTMT handle, Char* text, SQLINTEGER length) {
  return Call<Statement>(handle, [&](Statement& s) { s.Prepare(RequiredText(text, length)); });
}

template <typename Char>
SQLRETURN ExecDirect(SQLHSTMT handle, Char* text, SQLINTEGER length) {
  return CallAsync<Statement>(SQL_API_SQLEXECDIRECT, handle, [&](Statement& s) {
    return s.ExecDirect(RequiredText(text, length));
  });
}

template <typename Char>
SQLRETURN SetCursorName(SQLHSTMT handle, Char* name, SQLSMALLINT length) {
  return Call<Statement>(handle,
                         [&](Statement& s) { s.SetCursorName(RequiredText(name, length)); });
}

template <typename Char>
SQLRETURN GetCursorName(SQLHSTMT handle, Char* name, SQLSMALLINT capacity, SQLSMALLINT* length) {
  return Call<Statement>(handle, [&](Statement& s) {
    WriteText(s, s.CursorName(), Characters(name, capacity, length));
    // Connector/ODBC takes this for a name that is cut, too; unixODBC makes a buffer of no length
    // null.
    if (name == nullptr && s.connection().engine() == v1::ENGINE_MYSQL) {
      s.diagnostics().Warn(s.diagnostic_context(), k01004DataTruncated);
    }
  });
}

template <typename Char>
SQLRETURN NativeSql(SQLHDBC handle, Char* text, SQLINTEGER length, const TextTarget& target) {
  return Call<Connection>(handle, [&](Connection& connection) {
    if (target.capacity < 0 && target.buffer != nullptr) throw DriverError(kHY090InvalidLength);
    WriteText(connection, connection.NativeSql(RequiredText(text, length)), target);
  });
}

// Not under the guard: it must not wait for the call that it cancels.
template <typename Object>
SQLRETURN Cancel(SQLHANDLE handle) {
  const auto object = HandleRegistry::Instance().Find<Object>(handle);
  if (object == nullptr) return SQL_INVALID_HANDLE;
  try {
    return object->Cancel();
  } catch (...) {  // the diagnostics belong to the running call: the return code must do
    return SQL_ERROR;
  }
}

SQLRETURN CancelHandle(SQLSMALLINT type, SQLHANDLE handle) {
  if (type == SQL_HANDLE_STMT) return Cancel<Statement>(handle);
  if (type == SQL_HANDLE_DBC) return Cancel<Connection>(handle);
  return SQL_INVALID_HANDLE;
}

}  // namespace
}  // namespace sluice::driver::api

using namespace sluice::driver;  // NOLINT(google-build-using-namespace): the C boundary

extern "C" {

SLUICE_EXPORT SQLRETURN SQL_API SQLPrepare(SQLHSTMT handle, SQLCHAR* text, SQLINTEGER length) {
  return api::Prepare(handle, text, length);
}

SLUICE_EXPORT SQLRETURN SQL_API SQLPrepareW(SQLHSTMT handle, SQLWCHAR* text, SQLINTEGER length) {
  return api::Prepare(handle, text, length);
}

SLUICE_EXPORT SQLRETURN SQL_API SQLExecute(SQLHSTMT handle) {
  return api::CallAsync<Statement>(SQL_API_SQLEXECUTE, handle,
                                   [](Statement& s) { return s.Execute(); });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLExecDirect(SQLHSTMT handle, SQLCHAR* text, SQLINTEGER length) {
  return api::ExecDirect(handle, text, length);
}

SLUICE_EXPORT SQLRETURN SQL_API SQLExecDirectW(SQLHSTMT handle, SQLWCHAR* text, SQLINTEGER length) {
  return api::ExecDirect(handle, text, length);
}

SLUICE_EXPORT SQLRETURN SQL_API SQLNativeSql(SQLHDBC handle, SQLCHAR* text, SQLINTEGER length,
                                             SQLCHAR* out, SQLINTEGER capacity,
                                             SQLINTEGER* out_length) {
  return api::NativeSql(handle, text, length,
                        {out, capacity, false, api::LengthUnit::kCharacters, nullptr, out_length});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLNativeSqlW(SQLHDBC handle, SQLWCHAR* text, SQLINTEGER length,
                                              SQLWCHAR* out, SQLINTEGER capacity,
                                              SQLINTEGER* out_length) {
  return api::NativeSql(handle, text, length,
                        {out, capacity, true, api::LengthUnit::kCharacters, nullptr, out_length});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLCancel(SQLHSTMT handle) {
  return api::Cancel<Statement>(handle);
}

SLUICE_EXPORT SQLRETURN SQL_API SQLCancelHandle(SQLSMALLINT type, SQLHANDLE handle) {
  return api::CancelHandle(type, handle);
}

SLUICE_EXPORT SQLRETURN SQL_API SQLCloseCursor(SQLHSTMT handle) {
  return api::Call<Statement>(handle, [](Statement& s) { s.CloseCursor(); });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLRowCount(SQLHSTMT handle, SQLLEN* rows) {
  return api::Call<Statement>(handle, [&](Statement& s) {
    const SQLLEN count = s.RowCount();
    // psqlodbc leaves the application's variable alone where the server counts nothing (BEGIN, SET,
    // DROP TABLE …), and applications that begin with 0 rely on it (Qt). What else the variable may
    // hold is replaced by the reference's "not known".
    const bool kept = s.CountsNothing() && rows != nullptr && *rows == 0;
    if (!kept) api::Store(rows, count);
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLSetCursorName(SQLHSTMT handle, SQLCHAR* name,
                                                 SQLSMALLINT length) {
  return api::SetCursorName(handle, name, length);
}

SLUICE_EXPORT SQLRETURN SQL_API SQLSetCursorNameW(SQLHSTMT handle, SQLWCHAR* name,
                                                  SQLSMALLINT length) {
  return api::SetCursorName(handle, name, length);
}

SLUICE_EXPORT SQLRETURN SQL_API SQLGetCursorName(SQLHSTMT handle, SQLCHAR* name,
                                                 SQLSMALLINT capacity, SQLSMALLINT* length) {
  return api::GetCursorName(handle, name, capacity, length);
}

SLUICE_EXPORT SQLRETURN SQL_API SQLGetCursorNameW(SQLHSTMT handle, SQLWCHAR* name,
                                                  SQLSMALLINT capacity, SQLSMALLINT* length) {
  return api::GetCursorName(handle, name, capacity, length);
}

}  // extern "C"
