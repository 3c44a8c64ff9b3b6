// ODBC reference: descriptors.

#include <exception>
#include <utility>

#include "odbc_driver/api/api_call.h"
#include "odbc_driver/api/output.h"
#include "odbc_driver/handles/descriptor.h"
#include "odbc_driver/handles/descriptor_fields.h"

namespace sluice::driver::api {
namespace {

// Of no record, and known whatever the statement has done.
bool IsHeaderOnly(SQLSMALLINT field) {
  return field == SQL_DESC_ALLOC_TYPE || FindHeaderField(field) != nullptr;
}

SQLRETURN GetField(SQLHDESC handle, SQLSMALLINT number, SQLSMALLINT field,
                   const TextTarget& target) {
  return Call<Descriptor>(handle, [&](Descriptor& descriptor) {
    descriptor.CheckUse();
    if (!IsHeaderOnly(field)) descriptor.Populate();
    FieldValue value;
    const SQLRETURN found = descriptor.GetField(number, field, value);
    if (found == SQL_SUCCESS) WriteValue(descriptor, value, target);
    return found;
  });
}

SQLRETURN SetField(SQLHDESC handle, SQLSMALLINT number, SQLSMALLINT field,
                   const FieldInput& input) {
  return Call<Descriptor>(handle, [&](Descriptor& descriptor) {
    descriptor.CheckUse();
    descriptor.SetField(number, field, input);
  });
}

struct RecordTargets {
  SQLSMALLINT* type;
  SQLSMALLINT* subtype;
  SQLLEN* length;
  SQLSMALLINT* precision;
  SQLSMALLINT* scale;
  SQLSMALLINT* nullable;
};

SQLRETURN GetRecord(SQLHDESC handle, SQLSMALLINT number, const TextTarget& name,
                    const RecordTargets& targets) {
  return Call<Descriptor>(handle, [&](Descriptor& descriptor) -> SQLRETURN {
    descriptor.CheckUse();
    descriptor.Populate();
    const auto* record = descriptor.Find(number);
    if (number < 0 || (number == 0 && record == nullptr)) {
      throw DriverError(k07009InvalidDescriptorIndex);
    }
    if (record == nullptr) return SQL_NO_DATA;
    Store(targets.type, record->type);
    Store(targets.subtype, record->datetime_interval_code);
    Store(targets.length, record->octet_length);
    Store(targets.precision, record->precision);
    Store(targets.scale, record->scale);
    Store(targets.nullable, record->nullable);
    WriteText(descriptor, record->name, name);
    return SQL_SUCCESS;
  });
}

Descriptor::Contents Read(Descriptor& source) {
  source.CheckUse();
  source.Populate();
  // Appendix B, "SQLCopyDesc (Prepared States)".
  if (source.role() == DescriptorRole::kIrd && source.count() == 0) {
    throw DriverError(k24000InvalidCursorState);
  }
  return source.Copy();
}

// The source is read under its own lock and the target written under its own: never both at once,
// so that two copies in opposite directions cannot wait for each other. Whatever fails is told by
// the target (SQLCopyDesc, "Diagnostics").
SQLRETURN Copy(SQLHDESC source, SQLHDESC target) {
  const auto from = HandleRegistry::Instance().Find<Descriptor>(source);
  if (from == nullptr) return SQL_INVALID_HANDLE;
  Descriptor::Contents contents;
  std::exception_ptr failure;
  const SQLRETURN read = RunLocked(*from, [&]() -> SQLRETURN {
    try {
      contents = Read(*from);
    } catch (...) {
      failure = std::current_exception();
    }
    return SQL_SUCCESS;
  });
  if (read != SQL_SUCCESS) return read;
  return Call<Descriptor>(target, [&](Descriptor& descriptor) {
    if (failure) std::rethrow_exception(failure);
    descriptor.CheckUse();
    if (descriptor.role() == DescriptorRole::kIrd) throw DriverError(kHY016CannotModifyIrd);
    descriptor.Assign(std::move(contents));
  });
}

}  // namespace
}  // namespace sluice::driver::api

using namespace sluice::driver;  // NOLINT(google-build-using-namespace): the C boundary

extern "C" {

SLUICE_EXPORT SQLRETURN SQL_API SQLGetDescField(SQLHDESC handle, SQLSMALLINT number,
                                                SQLSMALLINT field, SQLPOINTER value,
                                                SQLINTEGER capacity, SQLINTEGER* length) {
  return api::GetField(handle, number, field,
                       {value, capacity, false, api::LengthUnit::kBytes, nullptr, length});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLGetDescFieldW(SQLHDESC handle, SQLSMALLINT number,
                                                 SQLSMALLINT field, SQLPOINTER value,
                                                 SQLINTEGER capacity, SQLINTEGER* length) {
  return api::GetField(handle, number, field,
                       {value, capacity, true, api::LengthUnit::kBytes, nullptr, length});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLSetDescField(SQLHDESC handle, SQLSMALLINT number,
                                                SQLSMALLINT field, SQLPOINTER value,
                                                SQLINTEGER length) {
  return api::SetField(handle, number, field, {value, length, false});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLSetDescFieldW(SQLHDESC handle, SQLSMALLINT number,
                                                 SQLSMALLINT field, SQLPOINTER value,
                                                 SQLINTEGER length) {
  return api::SetField(handle, number, field, {value, length, true});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLGetDescRec(SQLHDESC handle, SQLSMALLINT number, SQLCHAR* name,
                                              SQLSMALLINT capacity, SQLSMALLINT* name_length,
                                              SQLSMALLINT* type, SQLSMALLINT* subtype,
                                              SQLLEN* length, SQLSMALLINT* precision,
                                              SQLSMALLINT* scale, SQLSMALLINT* nullable) {
  return api::GetRecord(handle, number, api::Characters(name, capacity, name_length),
                        {type, subtype, length, precision, scale, nullable});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLGetDescRecW(SQLHDESC handle, SQLSMALLINT number, SQLWCHAR* name,
                                               SQLSMALLINT capacity, SQLSMALLINT* name_length,
                                               SQLSMALLINT* type, SQLSMALLINT* subtype,
                                               SQLLEN* length, SQLSMALLINT* precision,
                                               SQLSMALLINT* scale, SQLSMALLINT* nullable) {
  return api::GetRecord(handle, number, api::Characters(name, capacity, name_length),
                        {type, subtype, length, precision, scale, nullable});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLSetDescRec(SQLHDESC handle, SQLSMALLINT number, SQLSMALLINT type,
                                              SQLSMALLINT subtype, SQLLEN length,
                                              SQLSMALLINT precision, SQLSMALLINT scale,
                                              SQLPOINTER data, SQLLEN* octet_length,
                                              SQLLEN* indicator) {
  return api::Call<Descriptor>(handle, [&](Descriptor& descriptor) {
    descriptor.CheckUse();
    descriptor.SetRecord(number,
                         {type, subtype, length, precision, scale, data, octet_length, indicator});
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLCopyDesc(SQLHDESC source, SQLHDESC target) {
  return api::Copy(source, target);
}

}  // extern "C"
