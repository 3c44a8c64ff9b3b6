// ODBC reference: allocating and freeing handles.

#include "odbc_driver/api/api_call.h"
#include "odbc_driver/api/output.h"
#include "odbc_driver/handles/connection.h"
#include "odbc_driver/handles/descriptor.h"
#include "odbc_driver/handles/environment.h"
#include "odbc_driver/handles/statement.h"

namespace sluice::driver::api {
namespace {

SQLRETURN AllocateEnvironment(SQLHANDLE* output) {
  if (output == nullptr) return SQL_ERROR;
  try {
    *output = HandleRegistry::Instance().Add(std::make_shared<Environment>());
    return SQL_SUCCESS;
  } catch (const std::bad_alloc&) {  // there is no handle yet that could carry a record
    *output = SQL_NULL_HENV;
    return SQL_ERROR;
  }
}

void CheckOutput(SQLHANDLE* output) {
  if (output == nullptr) throw DriverError(kHY009NullPointer);
  *output = SQL_NULL_HANDLE;
}

SQLRETURN AllocateConnection(SQLHANDLE input, SQLHANDLE* output) {
  return Call<Environment>(input, [&](Environment& environment) {
    CheckOutput(output);
    const auto shared = HandleRegistry::Instance().Find<Environment>(environment.value());
    auto connection = std::make_shared<Connection>(shared);
    *output = HandleRegistry::Instance().Add(connection);
    environment.AddConnection(connection);
  });
}

SQLRETURN Allocate(SQLSMALLINT type, SQLHANDLE input, SQLHANDLE* output) {
  switch (type) {
    case SQL_HANDLE_ENV:
      return AllocateEnvironment(output);
    case SQL_HANDLE_DBC:
      return AllocateConnection(input, output);
    case SQL_HANDLE_STMT:
      return Call<Connection>(input, [&](Connection& connection) {
        CheckOutput(output);
        *output = connection.AllocateStatement()->value();
      });
    case SQL_HANDLE_DESC:
      return Call<Connection>(input, [&](Connection& connection) {
        CheckOutput(output);
        *output = connection.AllocateDescriptor()->value();
      });
    default:
      return SQL_INVALID_HANDLE;
  }
}

void FreeEnvironment(Environment& environment) {
  if (!environment.connections().empty()) {
    throw DriverError(kHY010SequenceError, "Connections of the environment are still allocated");
  }
  environment.set_freed();
  HandleRegistry::Instance().Remove(environment.value());
}

void FreeConnection(Connection& connection) {
  if (connection.connected() || connection.browsing()) {
    throw DriverError(kHY010SequenceError, "The connection is still open");
  }
  connection.set_freed();
  HandleRegistry::Instance().Remove(connection.value());
}

// Statements that use the descriptor go back to their implicit one at their next call.
void FreeDescriptor(Descriptor& descriptor) {
  if (!descriptor.is_explicit()) throw DriverError(kHY017ImplicitDescriptor);
  descriptor.set_freed();
  HandleRegistry::Instance().Remove(descriptor.value());
}

SQLRETURN Free(SQLSMALLINT type, SQLHANDLE handle) {
  switch (type) {
    case SQL_HANDLE_ENV:
      return Call<Environment>(handle, FreeEnvironment);
    case SQL_HANDLE_DBC:
      return CallAsync<Connection>(SQL_API_SQLFREEHANDLE, handle,
                                   [](Connection& connection) -> SQLRETURN {
                                     FreeConnection(connection);
                                     return SQL_SUCCESS;
                                   });
    case SQL_HANDLE_STMT:
      return Call<Statement>(handle, [](Statement& statement) { statement.FreeByApplication(); });
    case SQL_HANDLE_DESC:
      return Call<Descriptor>(handle, FreeDescriptor);
    default:
      return SQL_INVALID_HANDLE;
  }
}

}  // namespace
}  // namespace sluice::driver::api

using namespace sluice::driver;  // NOLINT(google-build-using-namespace): the C boundary

extern "C" {

SLUICE_EXPORT SQLRETURN SQL_API SQLAllocHandle(SQLSMALLINT type, SQLHANDLE input,
                                               SQLHANDLE* output) {
  return api::Allocate(type, input, output);
}

SLUICE_EXPORT SQLRETURN SQL_API SQLFreeHandle(SQLSMALLINT type, SQLHANDLE handle) {
  return api::Free(type, handle);
}

SLUICE_EXPORT SQLRETURN SQL_API SQLFreeStmt(SQLHSTMT handle, SQLUSMALLINT option) {
  return option == SQL_DROP
             ? api::Free(SQL_HANDLE_STMT, handle)
             : api::Call<Statement>(handle, [&](Statement& s) { s.FreeStmt(option); });
}

}  // extern "C"
