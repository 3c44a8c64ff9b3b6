#include "odbc_driver/handles/descriptor.h"

#include <type_traits>
#include <utility>

#include "odbc_driver/convert/c_type.h"
#include "odbc_driver/convert/parameter_converter.h"
#include "odbc_driver/handles/connection.h"
#include "odbc_driver/handles/descriptor_fields.h"

namespace sluice::driver {
namespace {

constexpr SQLSMALLINT kMaxRecords = 32767;

bool IsDatetime(SQLSMALLINT type) {
  return type == SQL_TYPE_DATE || type == SQL_TYPE_TIME || type == SQL_TYPE_TIMESTAMP;
}

// The single interval types are 100 + subcode (sqlext.h).
constexpr SQLSMALLINT kIntervalBase = 100;
bool IsInterval(SQLSMALLINT type) {
  return type >= SQL_INTERVAL_YEAR && type <= SQL_INTERVAL_MINUTE_TO_SECOND;
}
constexpr SQLSMALLINT kDatetimeBase = 90;  // SQL_TYPE_DATE is 90 + SQL_CODE_DATE

// ODBC reference, SQLSetDescField, SQL_DESC_TYPE: what setting the type sets besides.
void SetTypeDefaults(DescriptorRecord& record) {
  switch (record.type) {
    case SQL_CHAR:
    case SQL_VARCHAR:
    case SQL_WCHAR:
    case SQL_WVARCHAR:
      record.length = 1;
      record.precision = 0;
      break;
    case SQL_DECIMAL:
    case SQL_NUMERIC:
      record.scale = 0;
      record.scale_given = false;
      record.precision = SQL_MAX_NUMERIC_LEN * 2 + 6;  // 38, the digits of SQL_NUMERIC_STRUCT
      break;
    case SQL_DATETIME:
      record.precision = record.datetime_interval_code == SQL_CODE_TIMESTAMP ? 6 : 0;
      break;
    case SQL_INTERVAL:
      record.datetime_interval_precision = 2;
      record.precision = 6;
      break;
    default:
      break;
  }
}

}  // namespace

void CheckParameterType(SQLSMALLINT type) {
  switch (type) {
    case SQL_PARAM_INPUT:
    case SQL_PARAM_INPUT_OUTPUT:
    case SQL_PARAM_OUTPUT:
      return;
    case SQL_PARAM_OUTPUT_STREAM:
    case SQL_PARAM_INPUT_OUTPUT_STREAM:
      throw DriverError(kHYC00NotImplemented,
                        "Output parameters are not streamed: bind a buffer for the whole value");
    default:
      throw DriverError(kHY105InvalidParameterType);
  }
}

bool SizeIsPrecision(SQLSMALLINT sql_type) {
  switch (sql_type) {
    case SQL_DECIMAL:
    case SQL_NUMERIC:
    case SQL_FLOAT:
    case SQL_REAL:
    case SQL_DOUBLE:
      return true;
    default:
      return false;
  }
}

Descriptor::Descriptor(DescriptorRole role, std::shared_ptr<Connection> connection,
                       std::shared_ptr<std::mutex> statement_mutex)
    : Handle(kKind, std::move(statement_mutex)),
      role_(role),
      explicit_(false),
      connection_(std::move(connection)) {}

Descriptor::Descriptor(std::shared_ptr<Connection> connection)
    : Handle(kKind),
      role_(DescriptorRole::kArd),
      explicit_(true),
      connection_(std::move(connection)) {}

Descriptor::~Descriptor() = default;

DiagnosticContext Descriptor::diagnostic_context() const {
  return connection_->diagnostic_context();
}

const DescriptorRecord* Descriptor::Find(SQLSMALLINT number) const {
  if (number == 0 && bookmark_) return &*bookmark_;
  if (number < 1 || number > count()) return nullptr;
  return &records_[static_cast<std::size_t>(number - 1)];
}

DescriptorRecord& Descriptor::Make(SQLSMALLINT number) {
  if (number == 0 && role_ == DescriptorRole::kArd) {
    if (!bookmark_) bookmark_.emplace();
    Touch();
    return *bookmark_;
  }
  if (number < 1) throw DriverError(k07009InvalidDescriptorIndex);
  if (number > count()) records_.resize(static_cast<std::size_t>(number));
  Touch();
  return records_[static_cast<std::size_t>(number - 1)];
}

void Descriptor::SetCount(SQLSMALLINT count) {
  if (count < 0) throw DriverError(k07009InvalidDescriptorIndex);
  records_.resize(static_cast<std::size_t>(count));
  Touch();
}

void Descriptor::Unbind(SQLSMALLINT number) {
  if (number == 0) {
    bookmark_.reset();
    return Touch();
  }
  if (number < 1 || number > count()) return;
  records_[static_cast<std::size_t>(number - 1)] = DescriptorRecord();
  while (!records_.empty() && !records_.back().IsBound()) records_.pop_back();
  Touch();
}

void Descriptor::Assign(Contents contents) {
  header_ = contents.header;
  records_ = std::move(contents.records);
  if (role_ == DescriptorRole::kArd) bookmark_ = std::move(contents.bookmark);
  Touch();
}

SQLRETURN Descriptor::GetField(SQLSMALLINT number, SQLSMALLINT field, FieldValue& value) const {
  if (field == SQL_DESC_COUNT) {
    value = count();
    return SQL_SUCCESS;
  }
  if (field == SQL_DESC_ALLOC_TYPE) {
    value = static_cast<SQLSMALLINT>(explicit_ ? SQL_DESC_ALLOC_USER : SQL_DESC_ALLOC_AUTO);
    return SQL_SUCCESS;
  }
  if (const auto* found = FindHeaderField(field)) {
    value = std::visit([&](auto member) -> FieldValue { return header_.*member; }, found->member);
    return SQL_SUCCESS;
  }
  const auto* found = FindRecordField(field);
  if (found == nullptr || (found->readable & static_cast<unsigned>(role_)) == 0) {
    throw DriverError(kHY091InvalidDescriptorField);
  }
  const auto* record = Find(number);
  if (number < 0 || (number == 0 && record == nullptr)) {
    throw DriverError(k07009InvalidDescriptorIndex);
  }
  if (record == nullptr) return SQL_NO_DATA;
  value = ReadRecordField(*record, *found);
  return SQL_SUCCESS;
}

void Descriptor::CheckWritable(SQLSMALLINT field) const {
  unsigned writable = 0;
  if (const auto* header_field = FindHeaderField(field)) {
    writable = header_field->writable;
  } else if (const auto* record_field = FindRecordField(field)) {
    writable = record_field->writable;
  } else if (field == SQL_DESC_COUNT) {
    writable = ~static_cast<unsigned>(DescriptorRole::kIrd);
  } else if (field != SQL_DESC_ALLOC_TYPE) {
    throw DriverError(kHY091InvalidDescriptorField);
  }
  if ((writable & static_cast<unsigned>(role_)) != 0) return;
  // The reference has HY016 for the IRD's; the native drivers of both databases have HY091.
  throw DriverError(kHY091InvalidDescriptorField, "The descriptor field cannot be set");
}

void Descriptor::SetField(SQLSMALLINT number, SQLSMALLINT field, const FieldInput& input) {
  CheckWritable(field);
  if (field == SQL_DESC_COUNT) return SetCount(input.int16());
  if (FindHeaderField(field) != nullptr) return SetHeaderField(field, input);
  if (number > kMaxRecords) throw DriverError(k07009InvalidDescriptorIndex);
  // A name makes a record named; the field alone cannot (ODBC reference, SQL_DESC_UNNAMED).
  if (field == SQL_DESC_UNNAMED && input.int16() != SQL_UNNAMED) {
    throw DriverError(kHY092InvalidOption);
  }
  if (field == SQL_DESC_PARAMETER_TYPE &&
      (input.int16() < SQL_PARAM_INPUT || input.int16() > SQL_PARAM_INPUT_OUTPUT_STREAM)) {
    throw DriverError(kHY105InvalidParameterType);
  }
  SetRecordField(Make(number), field, input);
}

void Descriptor::SetHeaderField(SQLSMALLINT field, const FieldInput& input) {
  if (field == SQL_DESC_ARRAY_SIZE && input.unsigned_integer() == 0) {
    throw DriverError(kHY024InvalidAttributeValue, "An array has at least one row");
  }
  std::visit(
      [&](auto member) {
        using Value = std::remove_reference_t<decltype(header_.*member)>;
        if constexpr (std::is_same_v<Value, SQLPOINTER>) {
          header_.*member = input.pointer();
        } else {
          header_.*member = static_cast<Value>(input.integer());
        }
      },
      FindHeaderField(field)->member);
  Touch();
}

void Descriptor::SetRecordField(DescriptorRecord& record, SQLSMALLINT field,
                                const FieldInput& input) {
  const bool deferred = field == SQL_DESC_DATA_PTR || field == SQL_DESC_INDICATOR_PTR ||
                        field == SQL_DESC_OCTET_LENGTH_PTR;
  if (field == SQL_DESC_PARAMETER_TYPE) CheckParameterType(input.int16());
  if (field == SQL_DESC_TYPE) {
    SetType(record, input.int16());
  } else if (field == SQL_DESC_CONCISE_TYPE) {
    SetConciseType(record, input.int16());
  } else if (field == SQL_DESC_DATA_PTR) {
    // In an IPD the pointer is not kept: setting it asks for the consistency check.
    if (input.pointer() != nullptr) CheckConsistency(record);
    if (role_ != DescriptorRole::kIpd) record.data_ptr = input.pointer();
  } else {
    std::visit(
        [&](auto member) {
          using Value = std::remove_reference_t<decltype(record.*member)>;
          if constexpr (std::is_same_v<Value, SQLPOINTER>) {
            record.*member = input.pointer();
          } else if constexpr (std::is_same_v<Value, std::string>) {
            record.*member = input.text();
          } else {
            record.*member = static_cast<Value>(input.integer());
          }
        },
        FindRecordField(field)->member);
    if (field == SQL_DESC_NAME) record.unnamed = record.name.empty() ? SQL_UNNAMED : SQL_NAMED;
    if (field == SQL_DESC_SCALE) record.scale_given = true;
    if (field == SQL_DESC_DATETIME_INTERVAL_CODE) SetType(record, record.type);
  }
  // "If the application changes a field other than the deferred ones, the record becomes unbound."
  if (!deferred && role_ != DescriptorRole::kIpd) record.data_ptr = nullptr;
}

void Descriptor::SetConciseType(DescriptorRecord& record, SQLSMALLINT concise_type) {
  // Whoever gives the scale of a new record before its type means it, too.
  const bool keeps_scale =
      record.concise_type == SQL_C_DEFAULT && record.scale_given && concise_type == SQL_C_NUMERIC;
  const auto [precision, scale] = std::pair(record.precision, record.scale);
  record.concise_type = concise_type;
  if (IsDatetime(concise_type)) {
    record.type = SQL_DATETIME;
    record.datetime_interval_code = static_cast<SQLSMALLINT>(concise_type - kDatetimeBase);
  } else if (IsInterval(concise_type)) {
    record.type = SQL_INTERVAL;
    record.datetime_interval_code = static_cast<SQLSMALLINT>(concise_type - kIntervalBase);
  } else {
    record.type = concise_type;
    record.datetime_interval_code = 0;
  }
  SetTypeDefaults(record);
  if (!keeps_scale) return;
  record.scale = scale;
  record.scale_given = true;
  if (precision != 0) record.precision = precision;
}

// The verbose types need a subcode to make a concise one; until it is set the record is incomplete.
void Descriptor::SetType(DescriptorRecord& record, SQLSMALLINT type) {
  if (type != SQL_DATETIME && type != SQL_INTERVAL) return SetConciseType(record, type);
  record.type = type;
  if (record.datetime_interval_code != 0) {
    const SQLSMALLINT base = type == SQL_DATETIME ? kDatetimeBase : kIntervalBase;
    record.concise_type = static_cast<SQLSMALLINT>(base + record.datetime_interval_code);
  }
  SetTypeDefaults(record);
}

void Descriptor::SetRecord(SQLSMALLINT number, const RecordInput& input) {
  if (role_ == DescriptorRole::kIrd) throw DriverError(kHY016CannotModifyIrd);
  DescriptorRecord record;
  record.datetime_interval_code = input.subtype;
  SetType(record, input.type);
  record.octet_length = input.length;
  record.precision = input.precision;
  record.scale = input.scale;
  record.scale_given = true;
  CheckConsistency(record);
  if (role_ != DescriptorRole::kIpd) {
    record.data_ptr = input.data;
    record.octet_length_ptr = input.octet_length;
    record.indicator_ptr = input.indicator;
  }
  Make(number) = std::move(record);
}

// A C type of application descriptors, an SQL type of the others.
bool Descriptor::IsKnownType(SQLSMALLINT concise_type) const {
  if (role_ != DescriptorRole::kIpd) {
    return concise_type == SQL_C_DEFAULT || convert::FindCType(concise_type) != nullptr;
  }
  try {
    convert::ToSqlType(concise_type);
    return true;
  } catch (const DriverError&) {
    return false;
  }
}

void Descriptor::CheckConsistency(const DescriptorRecord& record) const {
  const bool datetime = record.type == SQL_DATETIME;
  const bool interval = record.type == SQL_INTERVAL;
  bool consistent = true;
  if (datetime) consistent = IsDatetime(record.concise_type);
  if (interval) consistent = IsInterval(record.concise_type);
  if (!datetime && !interval) {
    consistent =
        record.type == record.concise_type && !IsDatetime(record.type) && !IsInterval(record.type);
  }
  if (record.type == SQL_NUMERIC || record.type == SQL_DECIMAL) {
    consistent = consistent && record.precision >= 0 && record.scale <= record.precision;
  }
  if (!consistent || !IsKnownType(record.concise_type)) {
    throw DriverError(kHY021InconsistentDescriptor);
  }
}

namespace {

SQLSMALLINT NullableCode(v1::Nullability nullability) {
  switch (nullability) {
    case v1::NULLABILITY_NO_NULLS:
      return SQL_NO_NULLS;
    case v1::NULLABILITY_NULLABLE:
      return SQL_NULLABLE;
    default:
      return SQL_NULLABLE_UNKNOWN;
  }
}

void FillFacts(const info::TypeFacts& facts, bool odbc2, DescriptorRecord& record) {
  record.concise_type = odbc2 ? facts.odbc2_type : facts.concise_type;
  record.type = facts.verbose_type;
  record.datetime_interval_code = facts.datetime_subcode;
  record.length = facts.length;
  record.column_size = facts.column_size;
  record.decimal_digits = facts.decimal_digits;
  record.precision = facts.precision;
  record.scale = facts.scale;
  record.num_prec_radix = facts.num_prec_radix;
  record.display_size = facts.display_size;
  record.octet_length = facts.octet_length;
  record.literal_prefix = facts.literal_prefix;
  record.literal_suffix = facts.literal_suffix;
  record.searchable = facts.searchable;
  record.case_sensitive = facts.case_sensitive ? SQL_TRUE : SQL_FALSE;
  record.is_unsigned = facts.is_unsigned ? SQL_TRUE : SQL_FALSE;
  record.fixed_prec_scale = facts.fixed_prec_scale ? SQL_TRUE : SQL_FALSE;
}

// What the databases tell is that a column belongs to a table; MySQL does not tell whether this
// user may write it.
SQLSMALLINT Updatable(const v1::Column& column, v1::Engine engine) {
  if (!column.is_updatable()) return SQL_ATTR_READONLY;
  return engine == v1::ENGINE_MYSQL ? SQL_ATTR_READWRITE_UNKNOWN : SQL_ATTR_WRITE;
}

DescriptorRecord RecordOf(const v1::Column& column, const Descriptor::ColumnContext& context) {
  DescriptorRecord record;
  FillFacts(info::FactsOf(column, context.engine, context.options), context.odbc2, record);
  record.nullable = NullableCode(column.nullability());
  record.auto_unique_value = column.is_auto_increment() ? SQL_TRUE : SQL_FALSE;
  record.updatable = Updatable(column, context.engine);
  record.name = column.name();
  record.label = column.name();
  record.unnamed = column.name().empty() ? SQL_UNNAMED : SQL_NAMED;
  record.base_column_name = column.base_column();
  record.base_table_name = column.table();
  record.table_name = column.table_label().empty() ? column.table() : column.table_label();
  const bool has_table = !column.table().empty();
  const bool in_database = has_table && context.engine == v1::ENGINE_POSTGRES;
  record.catalog_name = in_database ? context.database : column.catalog();
  record.schema_name = column.schema();
  record.type_name = column.type_name();
  record.local_type_name = column.type_name();
  return record;
}

}  // namespace

void Descriptor::DescribeColumns(const std::vector<v1::Column>& columns,
                                 const ColumnContext& context) {
  records_.clear();
  for (const auto& column : columns) records_.push_back(RecordOf(column, context));
  Touch();
}

}  // namespace sluice::driver
