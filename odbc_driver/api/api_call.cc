#include "odbc_driver/api/api_call.h"

#include <mutex>
#include <new>

#include "odbc_driver/client/relay_client.h"
#include "odbc_driver/handles/parameter_collector.h"
#include "odbc_driver/info/charset.h"
#include "odbc_driver/info/sqlstate.h"
#include "proto/values/column_batch.h"

namespace sluice::driver::api {
namespace {

// Called while an exception is being handled.
void RecordException(Handle& handle) {
  auto& diagnostics = handle.diagnostics();
  const auto context = handle.diagnostic_context();
  try {
    throw;
  } catch (const ParameterCollector::BadRow& bad) {
    diagnostics.Add(context, bad.state(), bad.what(), static_cast<SQLLEN>(bad.row()) + 1,
                    bad.parameter());
  } catch (const DriverError& error) {
    diagnostics.Add(context, error.state(), error.what());
  } catch (const client::RequestFailed& failed) {
    for (const auto& diagnostic : failed.diagnostics()) diagnostics.Add(context, diagnostic);
  } catch (const values::MalformedBatch& malformed) {
    diagnostics.Add(context, k08S01LinkFailure, malformed.what());
  } catch (const std::bad_alloc&) {
    diagnostics.Add(context, kHY001MemoryAllocation, kHY001MemoryAllocation.meaning);
  } catch (const std::exception& error) {
    diagnostics.Add(context, kHY000GeneralError, error.what());
  } catch (...) {
    diagnostics.Add(context, kHY000GeneralError, kHY000GeneralError.meaning);
  }
}

}  // namespace

SQLRETURN RunGuarded(Handle& handle, const std::function<SQLRETURN()>& body,
                     SQLUSMALLINT function) {
  const std::lock_guard lock(handle.call_mutex());
  if (handle.freed()) return SQL_INVALID_HANDLE;
  const info::CharsetScope charset(handle.charset());
  SQLRETURN result = SQL_ERROR;
  try {
    handle.diagnostics().Clear();
    handle.OnCall(function);
    result = body();
    if (result == SQL_SUCCESS && !handle.diagnostics().empty()) result = SQL_SUCCESS_WITH_INFO;
  } catch (...) {
    try {
      RecordException(handle);
    } catch (...) {  // no memory left for the record: the return code must do
    }
  }
  if (!handle.freed()) handle.diagnostics().set_return_code(result);
  return result;
}

SQLRETURN RunLocked(Handle& handle, const std::function<SQLRETURN()>& body) {
  const std::lock_guard lock(handle.call_mutex());
  if (handle.freed()) return SQL_INVALID_HANDLE;
  const info::CharsetScope charset(handle.charset());
  try {
    return body();
  } catch (...) {
    return SQL_ERROR;
  }
}

}  // namespace sluice::driver::api
