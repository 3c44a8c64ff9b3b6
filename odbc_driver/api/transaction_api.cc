// ODBC reference: ending transactions.

#include <mutex>

#include "odbc_driver/api/api_call.h"
#include "odbc_driver/handles/connection.h"
#include "odbc_driver/handles/environment.h"

namespace sluice::driver::api {
namespace {

// On an environment: on each of its open connections. The first failure is reported on the
// environment; the other connections are ended nevertheless.
SQLRETURN EndAll(Environment& environment, SQLSMALLINT completion) {
  if (completion != SQL_COMMIT && completion != SQL_ROLLBACK) {
    throw DriverError(kHY012InvalidTransactionOperation);
  }
  const auto connections = environment.connections();
  for (const auto& connection : connections) {
    if (connection->asynchronous_functions()) throw DriverError(kHY115NotOfEnvironment);
  }
  SQLRETURN result = SQL_SUCCESS;
  for (const auto& connection : connections) {
    const SQLRETURN ended = RunGuarded(*connection, [&]() -> SQLRETURN {
      return connection->connected() ? connection->EndTransaction(completion) : SQL_SUCCESS;
    });
    if (ended == SQL_ERROR) {
      result = SQL_ERROR;
      const std::lock_guard lock(connection->call_mutex());
      if (const auto* record = connection->diagnostics().record(1)) {
        environment.diagnostics().Add(environment.diagnostic_context(), k25S01StateUnknown,
                                      record->message);
      }
    }
  }
  return result;
}

}  // namespace
}  // namespace sluice::driver::api

using namespace sluice::driver;  // NOLINT(google-build-using-namespace): the C boundary

extern "C" {

SLUICE_EXPORT SQLRETURN SQL_API SQLEndTran(SQLSMALLINT type, SQLHANDLE handle,
                                           SQLSMALLINT completion) {
  return type == SQL_HANDLE_ENV
             ? api::Call<Environment>(handle,
                                      [&](Environment& e) { return api::EndAll(e, completion); })
             : api::CallAsync<Connection>(SQL_API_SQLENDTRAN, handle, [&](Connection& c) {
                 return c.EndTransaction(completion);
               });
}

}  // extern "C"
