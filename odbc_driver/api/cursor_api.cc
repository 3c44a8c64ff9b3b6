// ODBC reference: cursors that scroll and change rows.

#include "odbc_driver/api/api_call.h"
#include "odbc_driver/handles/statement.h"

using namespace sluice::driver;  // NOLINT(google-build-using-namespace): the C boundary

extern "C" {

SLUICE_EXPORT SQLRETURN SQL_API SQLFetchScroll(SQLHSTMT handle, SQLSMALLINT orientation,
                                               SQLLEN offset) {
  return api::CallAsync<Statement>(SQL_API_SQLFETCHSCROLL, handle, [&](Statement& s) -> SQLRETURN {
    if (s.AwaitRows() == SQL_STILL_EXECUTING) return SQL_STILL_EXECUTING;
    return s.FetchScroll(orientation, offset);
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLExtendedFetch(SQLHSTMT handle, SQLUSMALLINT orientation,
                                                 SQLLEN offset, SQLULEN* rows,
                                                 SQLUSMALLINT* status) {
  return api::CallAsync<Statement>(
      SQL_API_SQLEXTENDEDFETCH, handle, [&](Statement& s) -> SQLRETURN {
        if (s.AwaitRows() == SQL_STILL_EXECUTING) return SQL_STILL_EXECUTING;
        return s.ExtendedFetch(static_cast<SQLSMALLINT>(orientation), offset, rows, status);
      });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLSetPos(SQLHSTMT handle, SQLSETPOSIROW row,
                                          SQLUSMALLINT operation, SQLUSMALLINT lock) {
  return api::Call<Statement>(handle, [&](Statement& s) { return s.SetPos(row, operation, lock); });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLBulkOperations(SQLHSTMT handle, SQLSMALLINT operation) {
  return api::Call<Statement>(handle, [&](Statement& s) { return s.BulkOperations(operation); });
}

}  // extern "C"
