#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "odbc_driver/handles/handle.h"
#include "odbc_driver/handles/handle_registry.h"

// The one guard around every exported function: the handle is looked up, locked and asked to forget
// its diagnostics; what is thrown becomes a diagnostic record and SQL_ERROR. Nothing passes the C
// boundary.

namespace sluice::driver::api {

// Runs `body` under the guard. SQL_SUCCESS with records in the diagnostics becomes
// SQL_SUCCESS_WITH_INFO. `function`: see Handle::OnCall().
SQLRETURN RunGuarded(Handle& handle, const std::function<SQLRETURN()>& body,
                     SQLUSMALLINT function = 0);

// Only the lock: for the diagnostic functions, which leave the diagnostics as they are.
SQLRETURN RunLocked(Handle& handle, const std::function<SQLRETURN()>& body);

// Looks the handle up and runs `body(object)`, which returns SQLRETURN or nothing.
template <typename Object, typename Body>
SQLRETURN Call(SQLHANDLE handle, Body&& body) {
  const std::shared_ptr<Object> object = HandleRegistry::Instance().Find<Object>(handle);
  if (object == nullptr) return SQL_INVALID_HANDLE;
  return RunGuarded(*object, [&]() -> SQLRETURN {
    if constexpr (std::is_void_v<std::invoke_result_t<Body, Object&>>) {
      body(*object);
      return SQL_SUCCESS;
    } else {
      return body(*object);
    }
  });
}

// The same for a function that may run asynchronously: a call of it that is under way goes on,
// whatever the arguments are now; else `body` runs.
template <typename Object, typename Body>
SQLRETURN CallAsync(SQLUSMALLINT function, SQLHANDLE handle, Body&& body) {
  const std::shared_ptr<Object> object = HandleRegistry::Instance().Find<Object>(handle);
  if (object == nullptr) return SQL_INVALID_HANDLE;
  const auto run = [&]() -> SQLRETURN {
    if (const auto resumed = object->Resume()) return *resumed;
    return body(*object);
  };
  return RunGuarded(*object, run, function);
}

}  // namespace sluice::driver::api
