#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>

#include "odbc_driver/handles/diagnostics.h"
#include "odbc_driver/info/charset.h"
#include "odbc_driver/platform/odbc.h"

namespace sluice::driver {

enum class HandleKind : SQLSMALLINT {
  kEnvironment = SQL_HANDLE_ENV,
  kConnection = SQL_HANDLE_DBC,
  kStatement = SQL_HANDLE_STMT,
  kDescriptor = SQL_HANDLE_DESC,
};

// What the four kinds of ODBC handle have in common. The guard around every exported function
// (api/api_call.h) holds call_mutex() while the function runs, so that the members of the classes
// derived from this one need no lock of their own unless they say so.
//
// Locks are taken in this order: a connection's, a statement's, an explicit descriptor's, and last
// the leaves (those that are held for a few instructions and call nothing).
class Handle {
 public:
  virtual ~Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  HandleKind kind() const { return kind_; }
  std::mutex& call_mutex() const { return *call_mutex_; }
  Diagnostics& diagnostics() { return diagnostics_; }

  // The opaque value that the application knows; given once by the registry.
  SQLHANDLE value() const { return value_; }
  void set_value(SQLHANDLE value) { value_ = value; }

  // The handle was freed, perhaps while another thread waited for call_mutex(). Thread-safe.
  bool freed() const { return freed_.load(); }
  void set_freed() { freed_ = true; }

  // Before each call, under call_mutex(). `function` is its SQL_API_… number where the call may run
  // asynchronously, else 0. Throws DriverError HY010.
  virtual void OnCall(SQLUSMALLINT /*function*/) {}

  // Before a field of the diagnostic header is read, under call_mutex(). Adds no record.
  virtual void OnDiagnosticField(SQLSMALLINT /*field*/) {}

  // Of the application's narrow text. Thread-safe.
  virtual info::Charset charset() const { return info::Charset::kUtf8; }

  // Whose rules apply and who reports: read when a diagnostic record is made.
  virtual DiagnosticContext diagnostic_context() const = 0;

 protected:
  explicit Handle(HandleKind kind,
                  std::shared_ptr<std::mutex> call_mutex = std::make_shared<std::mutex>())
      : kind_(kind), call_mutex_(std::move(call_mutex)) {}
  const std::shared_ptr<std::mutex>& shared_call_mutex() const { return call_mutex_; }

 private:
  const HandleKind kind_;
  // Shared by a statement and its four implicit descriptors.
  const std::shared_ptr<std::mutex> call_mutex_;
  SQLHANDLE value_ = nullptr;
  std::atomic<bool> freed_{false};
  Diagnostics diagnostics_;
};

}  // namespace sluice::driver
