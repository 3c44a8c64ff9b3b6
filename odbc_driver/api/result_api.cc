// ODBC reference: columns and rows of results.

#include "odbc_driver/api/api_call.h"
#include "odbc_driver/api/output.h"
#include "odbc_driver/handles/statement.h"

namespace sluice::driver::api {
namespace {

struct ColumnTargets {
  SQLSMALLINT* type;
  SQLULEN* size;
  SQLSMALLINT* decimal_digits;
  SQLSMALLINT* nullable;
};

SQLRETURN DescribeCol(SQLHSTMT handle, SQLUSMALLINT column, const TextTarget& name,
                      const ColumnTargets& targets) {
  return CallAsync<Statement>(SQL_API_SQLDESCRIBECOL, handle, [&](Statement& s) -> SQLRETURN {
    if (s.AwaitDescription() == SQL_STILL_EXECUTING) return SQL_STILL_EXECUTING;
    const auto description = s.DescribeColumn(column);
    Store(targets.type, description.type);
    Store(targets.size, description.size);
    Store(targets.decimal_digits, description.decimal_digits);
    Store(targets.nullable, description.nullable);
    WriteText(s, description.name, name);
    return SQL_SUCCESS;
  });
}

// Numbers go to their own argument, text to the buffer; lengths are in bytes.
SQLRETURN ColAttribute(SQLHSTMT handle, SQLUSMALLINT column, SQLUSMALLINT field,
                       const TextTarget& text, SQLLEN* number) {
  return CallAsync<Statement>(SQL_API_SQLCOLATTRIBUTE, handle, [&](Statement& s) -> SQLRETURN {
    if (s.AwaitDescription() == SQL_STILL_EXECUTING) return SQL_STILL_EXECUTING;
    const FieldValue value = s.ColumnAttribute(column, field);
    if (const auto* integer = std::get_if<SQLLEN>(&value)) {
      Store(number, *integer);
    } else {
      WriteValue(s, value, text);
    }
    return SQL_SUCCESS;
  });
}

}  // namespace
}  // namespace sluice::driver::api

using namespace sluice::driver;  // NOLINT(google-build-using-namespace): the C boundary

extern "C" {

SLUICE_EXPORT SQLRETURN SQL_API SQLNumResultCols(SQLHSTMT handle, SQLSMALLINT* count) {
  return api::CallAsync<Statement>(SQL_API_SQLNUMRESULTCOLS, handle,
                                   [&](Statement& s) -> SQLRETURN {
                                     if (s.AwaitDescription() == SQL_STILL_EXECUTING)
                                       return SQL_STILL_EXECUTING;
                                     api::Store(count, s.ResultColumnCount());
                                     return SQL_SUCCESS;
                                   });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLDescribeCol(SQLHSTMT handle, SQLUSMALLINT column, SQLCHAR* name,
                                               SQLSMALLINT capacity, SQLSMALLINT* length,
                                               SQLSMALLINT* type, SQLULEN* size,
                                               SQLSMALLINT* decimal_digits, SQLSMALLINT* nullable) {
  return api::DescribeCol(handle, column, api::Characters(name, capacity, length),
                          {type, size, decimal_digits, nullable});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLDescribeColW(SQLHSTMT handle, SQLUSMALLINT column,
                                                SQLWCHAR* name, SQLSMALLINT capacity,
                                                SQLSMALLINT* length, SQLSMALLINT* type,
                                                SQLULEN* size, SQLSMALLINT* decimal_digits,
                                                SQLSMALLINT* nullable) {
  return api::DescribeCol(handle, column, api::Characters(name, capacity, length),
                          {type, size, decimal_digits, nullable});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLColAttribute(SQLHSTMT handle, SQLUSMALLINT column,
                                                SQLUSMALLINT field, SQLPOINTER text,
                                                SQLSMALLINT capacity, SQLSMALLINT* length,
                                                SQLLEN* number) {
  return api::ColAttribute(handle, column, field,
                           {text, capacity, false, api::LengthUnit::kBytes, length}, number);
}

SLUICE_EXPORT SQLRETURN SQL_API SQLColAttributeW(SQLHSTMT handle, SQLUSMALLINT column,
                                                 SQLUSMALLINT field, SQLPOINTER text,
                                                 SQLSMALLINT capacity, SQLSMALLINT* length,
                                                 SQLLEN* number) {
  return api::ColAttribute(handle, column, field,
                           {text, capacity, true, api::LengthUnit::kBytes, length}, number);
}

SLUICE_EXPORT SQLRETURN SQL_API SQLBindCol(SQLHSTMT handle, SQLUSMALLINT column, SQLSMALLINT c_type,
                                           SQLPOINTER data, SQLLEN buffer_length,
                                           SQLLEN* length_or_indicator) {
  return api::Call<Statement>(handle, [&](Statement& s) {
    s.BindColumn(column, c_type, data, buffer_length, length_or_indicator);
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLFetch(SQLHSTMT handle) {
  return api::CallAsync<Statement>(SQL_API_SQLFETCH, handle, [](Statement& s) -> SQLRETURN {
    if (s.AwaitRows() == SQL_STILL_EXECUTING) return SQL_STILL_EXECUTING;
    return s.Fetch();
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLGetData(SQLHSTMT handle, SQLUSMALLINT column, SQLSMALLINT c_type,
                                           SQLPOINTER data, SQLLEN buffer_length,
                                           SQLLEN* length_or_indicator) {
  return api::Call<Statement>(handle, [&](Statement& s) {
    return s.GetData(column, {c_type, data, buffer_length, length_or_indicator});
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLMoreResults(SQLHSTMT handle) {
  return api::CallAsync<Statement>(SQL_API_SQLMORERESULTS, handle,
                                   [](Statement& s) { return s.MoreResults(); });
}

}  // extern "C"
