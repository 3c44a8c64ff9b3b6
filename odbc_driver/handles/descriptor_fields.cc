#include "odbc_driver/handles/descriptor_fields.h"

namespace sluice::driver {
namespace {

constexpr auto kArd = static_cast<unsigned>(DescriptorRole::kArd);
constexpr auto kApd = static_cast<unsigned>(DescriptorRole::kApd);
constexpr auto kIrd = static_cast<unsigned>(DescriptorRole::kIrd);
constexpr auto kIpd = static_cast<unsigned>(DescriptorRole::kIpd);
constexpr unsigned kApplication = kArd | kApd;
constexpr unsigned kImplementation = kIrd | kIpd;
constexpr unsigned kAll = kApplication | kImplementation;
constexpr unsigned kNone = 0;

using R = DescriptorRecord;
using H = DescriptorHeader;

const RecordField kRecordFields[] = {
    {SQL_DESC_AUTO_UNIQUE_VALUE, &R::auto_unique_value, kIrd, kNone},
    {SQL_DESC_BASE_COLUMN_NAME, &R::base_column_name, kIrd, kNone},
    {SQL_DESC_BASE_TABLE_NAME, &R::base_table_name, kIrd, kNone},
    {SQL_DESC_CASE_SENSITIVE, &R::case_sensitive, kImplementation, kNone},
    {SQL_DESC_CATALOG_NAME, &R::catalog_name, kIrd, kNone},
    {SQL_DESC_CONCISE_TYPE, &R::concise_type, kAll, kApplication | kIpd},
    {SQL_DESC_DATA_PTR, &R::data_ptr, kApplication, kApplication | kIpd},
    {SQL_DESC_DATETIME_INTERVAL_CODE, &R::datetime_interval_code, kAll, kApplication | kIpd},
    {SQL_DESC_DATETIME_INTERVAL_PRECISION, &R::datetime_interval_precision, kAll,
     kApplication | kIpd},
    {SQL_DESC_DISPLAY_SIZE, &R::display_size, kIrd, kNone},
    {SQL_DESC_FIXED_PREC_SCALE, &R::fixed_prec_scale, kImplementation, kNone},
    {SQL_DESC_INDICATOR_PTR, &R::indicator_ptr, kApplication, kApplication},
    {SQL_DESC_LABEL, &R::label, kIrd, kNone},
    {SQL_DESC_LENGTH, &R::length, kAll, kApplication | kIpd},
    {SQL_DESC_LITERAL_PREFIX, &R::literal_prefix, kIrd, kNone},
    {SQL_DESC_LITERAL_SUFFIX, &R::literal_suffix, kIrd, kNone},
    {SQL_DESC_LOCAL_TYPE_NAME, &R::local_type_name, kImplementation, kNone},
    {SQL_DESC_NAME, &R::name, kImplementation, kIpd},
    {SQL_DESC_NULLABLE, &R::nullable, kImplementation, kNone},
    {SQL_DESC_NUM_PREC_RADIX, &R::num_prec_radix, kAll, kApplication | kIpd},
    {SQL_DESC_OCTET_LENGTH, &R::octet_length, kAll, kApplication | kIpd},
    {SQL_DESC_OCTET_LENGTH_PTR, &R::octet_length_ptr, kApplication, kApplication},
    {SQL_DESC_PARAMETER_TYPE, &R::parameter_type, kIpd, kIpd},
    {SQL_DESC_PRECISION, &R::precision, kAll, kApplication | kIpd},
    {SQL_DESC_ROWVER, &R::rowver, kImplementation, kNone},
    {SQL_DESC_SCALE, &R::scale, kAll, kApplication | kIpd},
    {SQL_DESC_SCHEMA_NAME, &R::schema_name, kIrd, kNone},
    {SQL_DESC_SEARCHABLE, &R::searchable, kIrd, kNone},
    {SQL_DESC_TABLE_NAME, &R::table_name, kIrd, kNone},
    {SQL_DESC_TYPE, &R::type, kAll, kApplication | kIpd},
    {SQL_DESC_TYPE_NAME, &R::type_name, kImplementation, kNone},
    {SQL_DESC_UNNAMED, &R::unnamed, kImplementation, kIpd},
    {SQL_DESC_UNSIGNED, &R::is_unsigned, kImplementation, kNone},
    {SQL_DESC_UPDATABLE, &R::updatable, kIrd, kNone},
};

// SQL_DESC_ALLOC_TYPE and SQL_DESC_COUNT are not kept in the header struct.
const HeaderField kHeaderFields[] = {
    {SQL_DESC_ARRAY_SIZE, &H::array_size, kApplication, kApplication},
    {SQL_DESC_ARRAY_STATUS_PTR, &H::array_status_ptr, kAll, kAll},
    {SQL_DESC_BIND_OFFSET_PTR, &H::bind_offset_ptr, kApplication, kApplication},
    {SQL_DESC_BIND_TYPE, &H::bind_type, kApplication, kApplication},
    {SQL_DESC_ROWS_PROCESSED_PTR, &H::rows_processed_ptr, kImplementation, kImplementation},
};

}  // namespace

const RecordField* FindRecordField(SQLSMALLINT id) {
  for (const auto& field : kRecordFields) {
    if (field.id == id) return &field;
  }
  return nullptr;
}

const HeaderField* FindHeaderField(SQLSMALLINT id) {
  for (const auto& field : kHeaderFields) {
    if (field.id == id) return &field;
  }
  return nullptr;
}

FieldValue ReadRecordField(const DescriptorRecord& record, const RecordField& field) {
  return std::visit([&](auto member) -> FieldValue { return record.*member; }, field.member);
}

}  // namespace sluice::driver
