// ODBC reference: attributes of environments, connections and statements. Lengths of string
// attributes are in bytes, in the W functions too.

#include "odbc_driver/api/api_call.h"
#include "odbc_driver/api/output.h"
#include "odbc_driver/handles/connection.h"
#include "odbc_driver/handles/environment.h"
#include "odbc_driver/handles/statement.h"

namespace sluice::driver::api {
namespace {

template <typename Object>
SQLRETURN SetAttribute(SQLHANDLE handle, SQLINTEGER attribute, const FieldInput& input) {
  return Call<Object>(handle, [&](Object& object) { object.SetAttribute(attribute, input); });
}

SQLRETURN SetConnectAttribute(SQLHANDLE handle, SQLINTEGER attribute, const FieldInput& input) {
  return CallAsync<Connection>(SQL_API_SQLSETCONNECTATTR, handle,
                               [&](Connection& c) { return c.SetAttribute(attribute, input); });
}

template <typename Object>
SQLRETURN GetAttribute(SQLHANDLE handle, SQLINTEGER attribute, const TextTarget& target) {
  return Call<Object>(
      handle, [&](Object& object) { WriteValue(object, object.GetAttribute(attribute), target); });
}

// Driver managers convert the texts of ODBC's own attributes for an application without Unicode;
// the driver's own come as they are.
bool IsWideFor(const Connection& connection, SQLINTEGER attribute) {
  return attribute < kPinnedByAttribute || !connection.type_options().narrow_text;
}

TextTarget Bytes(SQLPOINTER value, SQLINTEGER capacity, SQLINTEGER* length, bool wide) {
  return {value, capacity, wide, LengthUnit::kBytes, nullptr, length};
}

}  // namespace
}  // namespace sluice::driver::api

using namespace sluice::driver;  // NOLINT(google-build-using-namespace): the C boundary

extern "C" {

SLUICE_EXPORT SQLRETURN SQL_API SQLSetEnvAttr(SQLHENV handle, SQLINTEGER attribute,
                                              SQLPOINTER value, SQLINTEGER length) {
  return api::SetAttribute<Environment>(handle, attribute, {value, length, false});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLGetEnvAttr(SQLHENV handle, SQLINTEGER attribute,
                                              SQLPOINTER value, SQLINTEGER capacity,
                                              SQLINTEGER* length) {
  return api::GetAttribute<Environment>(handle, attribute,
                                        api::Bytes(value, capacity, length, false));
}

SLUICE_EXPORT SQLRETURN SQL_API SQLSetConnectAttr(SQLHDBC handle, SQLINTEGER attribute,
                                                  SQLPOINTER value, SQLINTEGER length) {
  return api::SetConnectAttribute(handle, attribute, {value, length, false});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLSetConnectAttrW(SQLHDBC handle, SQLINTEGER attribute,
                                                   SQLPOINTER value, SQLINTEGER length) {
  return api::SetConnectAttribute(handle, attribute, {value, length, true});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLGetConnectAttr(SQLHDBC handle, SQLINTEGER attribute,
                                                  SQLPOINTER value, SQLINTEGER capacity,
                                                  SQLINTEGER* length) {
  return api::GetAttribute<Connection>(handle, attribute,
                                       api::Bytes(value, capacity, length, false));
}

SLUICE_EXPORT SQLRETURN SQL_API SQLGetConnectAttrW(SQLHDBC handle, SQLINTEGER attribute,
                                                   SQLPOINTER value, SQLINTEGER capacity,
                                                   SQLINTEGER* length) {
  return api::Call<Connection>(handle, [&](Connection& connection) {
    const bool wide = api::IsWideFor(connection, attribute);
    api::WriteValue(connection, connection.GetAttribute(attribute),
                    api::Bytes(value, capacity, length, wide));
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLSetStmtAttr(SQLHSTMT handle, SQLINTEGER attribute,
                                               SQLPOINTER value, SQLINTEGER length) {
  return api::SetAttribute<Statement>(handle, attribute, {value, length, false});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLSetStmtAttrW(SQLHSTMT handle, SQLINTEGER attribute,
                                                SQLPOINTER value, SQLINTEGER length) {
  return api::SetAttribute<Statement>(handle, attribute, {value, length, true});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLGetStmtAttr(SQLHSTMT handle, SQLINTEGER attribute,
                                               SQLPOINTER value, SQLINTEGER capacity,
                                               SQLINTEGER* length) {
  return api::GetAttribute<Statement>(handle, attribute,
                                      api::Bytes(value, capacity, length, false));
}

SLUICE_EXPORT SQLRETURN SQL_API SQLGetStmtAttrW(SQLHSTMT handle, SQLINTEGER attribute,
                                                SQLPOINTER value, SQLINTEGER capacity,
                                                SQLINTEGER* length) {
  return api::GetAttribute<Statement>(handle, attribute, api::Bytes(value, capacity, length, true));
}

}  // extern "C"
