// ODBC reference: diagnostics. These functions leave the diagnostics as they are and post none.

#include "odbc_driver/api/api_call.h"
#include "odbc_driver/api/output.h"
#include "odbc_driver/handles/handle_registry.h"

namespace sluice::driver::api {
namespace {

std::shared_ptr<Handle> FindAny(SQLSMALLINT type, SQLHANDLE handle) {
  return HandleRegistry::Instance().Find(handle, static_cast<HandleKind>(type));
}

template <typename Char>
SQLRETURN GetDiagRec(Handle& handle, SQLSMALLINT number, Char* state, SQLINTEGER* native,
                     const TextTarget& message) {
  if (number < 1 || message.capacity < 0) return SQL_ERROR;
  const auto* record = handle.diagnostics().record(static_cast<std::size_t>(number));
  if (record == nullptr) return SQL_NO_DATA;
  // The buffer of the state has six characters and no length of its own.
  if (state != nullptr)
    WriteText(record->sqlstate, Characters(state, SQL_SQLSTATE_SIZE + 1, nullptr));
  Store(native, record->native_code);
  const bool truncated = WriteText(record->message, message);
  // Without room the length alone is asked for: no truncation, as with other vendors' drivers.
  return truncated && message.capacity > 0 ? SQL_SUCCESS_WITH_INFO : SQL_SUCCESS;
}

struct DiagField {
  SQLSMALLINT handle_type;
  SQLSMALLINT number;
  SQLSMALLINT field;
};

SQLRETURN GetDiagField(Handle& handle, const DiagField& wanted, const TextTarget& target) {
  FieldValue value;
  const SQLRETURN found =
      handle.diagnostics().GetField(wanted.handle_type, wanted.number, wanted.field, value);
  if (found != SQL_SUCCESS) return found;
  if (const auto* text = std::get_if<std::string>(&value)) {
    return WriteText(*text, target) ? SQL_SUCCESS_WITH_INFO : SQL_SUCCESS;
  }
  WriteValue(handle, value, target);
  return SQL_SUCCESS;
}

template <typename Char>
SQLRETURN DiagRec(SQLSMALLINT type, SQLHANDLE handle, SQLSMALLINT number, Char* state,
                  SQLINTEGER* native, const TextTarget& message) {
  const auto found = FindAny(type, handle);
  if (found == nullptr) return SQL_INVALID_HANDLE;
  return RunLocked(*found, [&] { return GetDiagRec(*found, number, state, native, message); });
}

SQLRETURN Field(SQLHANDLE handle, const DiagField& wanted, const TextTarget& target) {
  const auto found = FindAny(wanted.handle_type, handle);
  if (found == nullptr) return SQL_INVALID_HANDLE;
  return RunLocked(*found, [&] {
    found->OnDiagnosticField(wanted.field);
    return GetDiagField(*found, wanted, target);
  });
}

}  // namespace
}  // namespace sluice::driver::api

using namespace sluice::driver;  // NOLINT(google-build-using-namespace): the C boundary

extern "C" {

SLUICE_EXPORT SQLRETURN SQL_API SQLGetDiagRec(SQLSMALLINT type, SQLHANDLE handle,
                                              SQLSMALLINT number, SQLCHAR* state,
                                              SQLINTEGER* native, SQLCHAR* message,
                                              SQLSMALLINT capacity, SQLSMALLINT* length) {
  return api::DiagRec(type, handle, number, state, native,
                      api::Characters(message, capacity, length));
}

SLUICE_EXPORT SQLRETURN SQL_API SQLGetDiagRecW(SQLSMALLINT type, SQLHANDLE handle,
                                               SQLSMALLINT number, SQLWCHAR* state,
                                               SQLINTEGER* native, SQLWCHAR* message,
                                               SQLSMALLINT capacity, SQLSMALLINT* length) {
  return api::DiagRec(type, handle, number, state, native,
                      api::Characters(message, capacity, length));
}

SLUICE_EXPORT SQLRETURN SQL_API SQLGetDiagField(SQLSMALLINT type, SQLHANDLE handle,
                                                SQLSMALLINT number, SQLSMALLINT field,
                                                SQLPOINTER value, SQLSMALLINT capacity,
                                                SQLSMALLINT* length) {
  return api::Field(handle, {type, number, field},
                    {value, capacity, false, api::LengthUnit::kBytes, length});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLGetDiagFieldW(SQLSMALLINT type, SQLHANDLE handle,
                                                 SQLSMALLINT number, SQLSMALLINT field,
                                                 SQLPOINTER value, SQLSMALLINT capacity,
                                                 SQLSMALLINT* length) {
  return api::Field(handle, {type, number, field},
                    {value, capacity, true, api::LengthUnit::kBytes, length});
}

}  // extern "C"
