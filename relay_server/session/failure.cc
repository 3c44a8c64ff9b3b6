#include "relay_server/session/failure.h"

#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "proto/values/column_batch.h"
#include "relay_server/dialect/dialect.h"
#include "relay_server/session/session_error.h"

namespace sluice::relay::session {
namespace {

// What servers answer to a statement that was cancelled.
bool IsServersWordForCancelled(std::string_view sqlstate) {
  return sqlstate == "57014" || sqlstate == "70100";
}

void SetRelayError(std::string_view sqlstate, std::string_view message,
                   v1::Diagnostic& diagnostic) {
  diagnostic.set_sqlstate(std::string(sqlstate));
  diagnostic.set_message(std::string(message));
  diagnostic.set_origin(v1::Diagnostic::ORIGIN_RELAY);
}

void SetBackendError(const backend::BackendError& error, CancelReason reason,
                     v1::Diagnostic& diagnostic) {
  const bool stopped = IsServersWordForCancelled(error.sqlstate()) || error.connection_lost();
  diagnostic.set_native_code(error.native_code());
  diagnostic.set_message(error.what());
  diagnostic.set_origin(v1::Diagnostic::ORIGIN_SERVER);
  if (stopped && reason == CancelReason::kDeadline) {
    diagnostic.set_sqlstate("HYT00");
    diagnostic.set_message("the query timeout passed: " + std::string(error.what()));
  } else if (stopped && reason != CancelReason::kNone) {
    diagnostic.set_sqlstate("HY008");
  } else {
    diagnostic.set_sqlstate(error.sqlstate());
  }
}

}  // namespace

v1::Diagnostic DiagnosticOf(const backend::BackendError& error) {
  v1::Diagnostic diagnostic;
  SetBackendError(error, CancelReason::kNone, diagnostic);
  return diagnostic;
}

v1::Response MakeFailure(std::exception_ptr error, CancelReason reason) {
  v1::Response response;
  response.mutable_failure();
  auto& diagnostic = *response.add_diagnostics();
  try {
    std::rethrow_exception(std::move(error));
  } catch (const backend::BackendError& e) {
    SetBackendError(e, reason, diagnostic);
  } catch (const SessionError& e) {
    const bool timed_out = e.sqlstate() == "HY008" && reason == CancelReason::kDeadline;
    SetRelayError(timed_out ? "HYT00" : e.sqlstate(),
                  timed_out ? "the query timeout passed: " + std::string(e.what()) : e.what(),
                  diagnostic);
    response.mutable_failure()->set_session_over(e.session_over());
  } catch (const pool::PoolError& e) {
    SetRelayError(e.sqlstate(), e.what(), diagnostic);
  } catch (const dialect::TranslationError& e) {
    SetRelayError(e.sqlstate(), e.what(), diagnostic);
  } catch (const values::MalformedBatch& e) {
    SetRelayError("08P01", std::string("malformed parameter set: ") + e.what(), diagnostic);
  } catch (const std::bad_alloc&) {
    SetRelayError("HY001", "the relay is out of memory", diagnostic);
  } catch (const std::exception& e) {
    SetRelayError("HY000", e.what(), diagnostic);
  }
  return response;
}

}  // namespace sluice::relay::session
