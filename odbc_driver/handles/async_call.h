#pragma once

#include <functional>
#include <memory>

#include "odbc_driver/handles/cancel_point.h"
#include "odbc_driver/platform/odbc.h"

namespace sluice::driver {

// A call that has returned SQL_STILL_EXECUTING and goes on when the application calls the same
// function again (ODBC reference, "Asynchronous Execution (Polling Method)"). Nothing runs in
// between: the request is on its way, and the stream is looked at when the application asks.
struct AsyncCall {
  SQLUSMALLINT function = 0;                  // SQL_API_…
  std::unique_ptr<CancelPoint::Scope> scope;  // so that SQLCancel reaches the request
  std::function<bool()> ready;                // never waits
  std::function<SQLRETURN()> finish;  // the rest of the call; would wait if it were not ready
  // finish() only gets what the function needs: then the function runs, with the arguments of the
  // call that found it ready.
  bool is_preparation = false;
};

}  // namespace sluice::driver
