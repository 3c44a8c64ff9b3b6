// ODBC reference: parameters.

#include "odbc_driver/api/api_call.h"
#include "odbc_driver/api/output.h"
#include "odbc_driver/handles/statement.h"

using namespace sluice::driver;  // NOLINT(google-build-using-namespace): the C boundary

extern "C" {

SLUICE_EXPORT SQLRETURN SQL_API SQLBindParameter(SQLHSTMT handle, SQLUSMALLINT number,
                                                 SQLSMALLINT input_output_type, SQLSMALLINT c_type,
                                                 SQLSMALLINT sql_type, SQLULEN column_size,
                                                 SQLSMALLINT decimal_digits, SQLPOINTER data,
                                                 SQLLEN buffer_length,
                                                 SQLLEN* length_or_indicator) {
  return api::Call<Statement>(handle, [&](Statement& s) {
    s.BindParameter(number, {input_output_type, c_type, sql_type, column_size, decimal_digits, data,
                             buffer_length, length_or_indicator});
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLNumParams(SQLHSTMT handle, SQLSMALLINT* count) {
  return api::CallAsync<Statement>(SQL_API_SQLNUMPARAMS, handle, [&](Statement& s) -> SQLRETURN {
    if (s.AwaitDescription() == SQL_STILL_EXECUTING) return SQL_STILL_EXECUTING;
    api::Store(count, s.ParameterCount());
    return SQL_SUCCESS;
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLDescribeParam(SQLHSTMT handle, SQLUSMALLINT number,
                                                 SQLSMALLINT* type, SQLULEN* size,
                                                 SQLSMALLINT* decimal_digits,
                                                 SQLSMALLINT* nullable) {
  return api::CallAsync<Statement>(SQL_API_SQLDESCRIBEPARAM, handle,
                                   [&](Statement& s) -> SQLRETURN {
                                     if (s.AwaitDescription() == SQL_STILL_EXECUTING)
                                       return SQL_STILL_EXECUTING;
                                     const auto description = s.DescribeParameter(number);
                                     api::Store(type, description.type);
                                     api::Store(size, description.size);
                                     api::Store(decimal_digits, description.decimal_digits);
                                     api::Store(nullable, description.nullable);
                                     return SQL_SUCCESS;
                                   });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLParamData(SQLHSTMT handle, SQLPOINTER* token) {
  return api::CallAsync<Statement>(SQL_API_SQLPARAMDATA, handle, [&](Statement& s) {
    return s.SendData(Operation::kParamData, [&] { return s.ParamData(token); });
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLPutData(SQLHSTMT handle, SQLPOINTER data, SQLLEN length) {
  return api::Call<Statement>(handle, [&](Statement& s) {
    return s.SendData(Operation::kPutData, [&]() -> SQLRETURN {
      s.PutData(data, length);
      return SQL_SUCCESS;
    });
  });
}

}  // extern "C"
