// ODBC reference: what the driver and its data source can do.

#include "odbc_driver/api/api_call.h"
#include "odbc_driver/api/output.h"
#include "odbc_driver/handles/connection.h"
#include "odbc_driver/handles/statement.h"
#include "odbc_driver/info/functions.h"

namespace sluice::driver::api {
namespace {

SQLRETURN GetInfo(SQLHDBC handle, SQLUSMALLINT type, const TextTarget& target) {
  return Call<Connection>(handle, [&](Connection& connection) {
    const FieldValue value =
        std::visit([](const auto& held) -> FieldValue { return held; }, connection.GetInfo(type));
    TextTarget into = target;
    // As with Connector/ODBC, a buffer of no length only asks for the length.
    const bool asks = connection.engine() == v1::ENGINE_MYSQL && target.capacity == 0 &&
                      std::holds_alternative<std::string>(value);
    if (asks) into.buffer = nullptr;
    WriteValue(connection, value, into);
  });
}

}  // namespace
}  // namespace sluice::driver::api

using namespace sluice::driver;  // NOLINT(google-build-using-namespace): the C boundary

extern "C" {

SLUICE_EXPORT SQLRETURN SQL_API SQLGetInfo(SQLHDBC handle, SQLUSMALLINT type, SQLPOINTER value,
                                           SQLSMALLINT capacity, SQLSMALLINT* length) {
  return api::GetInfo(handle, type, {value, capacity, false, api::LengthUnit::kBytes, length});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLGetInfoW(SQLHDBC handle, SQLUSMALLINT type, SQLPOINTER value,
                                            SQLSMALLINT capacity, SQLSMALLINT* length) {
  return api::GetInfo(handle, type, {value, capacity, true, api::LengthUnit::kBytes, length});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLGetFunctions(SQLHDBC handle, SQLUSMALLINT id,
                                                SQLUSMALLINT* supported) {
  return api::Call<Connection>(handle, [&](Connection& connection) {
    if (!connection.connected()) throw DriverError(kHY010SequenceError);
    if (supported == nullptr) throw DriverError(kHY009NullPointer);
    info::GetFunctions(id, supported);
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLGetTypeInfo(SQLHSTMT handle, SQLSMALLINT data_type) {
  return api::Call<Statement>(handle, [&](Statement& s) { s.GetTypeInfo(data_type); });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLGetTypeInfoW(SQLHSTMT handle, SQLSMALLINT data_type) {
  return api::Call<Statement>(handle, [&](Statement& s) { s.GetTypeInfo(data_type); });
}

}  // extern "C"
