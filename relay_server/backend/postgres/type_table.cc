#include "relay_server/backend/postgres/type_table.h"

#include <algorithm>
#include <iterator>

namespace sluice::relay::backend::postgres {
namespace {

// Sizes that psqlodbc reports by default (its MaxVarcharSize and MaxLongVarcharSize).
constexpr TypeSize kVarcharSize{255, 0};
constexpr TypeSize kLongSize{8190, 0};
constexpr TypeSize kNumericSize{28, 6};

// Modifiers of character types and numeric count a four-octet header (VARHDRSZ).
constexpr int kModifierHeader = 4;

TypeSize CharacterSize(int modifier) {
  return {static_cast<std::uint64_t>(std::max(modifier - kModifierHeader, 0)), 0};
}

// Precision in the upper half; scale in the lower, signed with 11 bits since PostgreSQL 15.
TypeSize NumericSize(int modifier) {
  const int packed = modifier - kModifierHeader;
  const int scale = ((packed & 0x7ff) ^ 1024) - 1024;
  return {static_cast<std::uint64_t>((packed >> 16) & 0xffff), scale};
}

TypeSize TimeSize(int modifier) { return {8, modifier}; }

TypeSize TimestampSize(int modifier) {
  return {modifier == 0 ? 19U : 20U + static_cast<unsigned>(modifier), modifier};
}

TypeSize BitSize(int modifier) { return {static_cast<std::uint64_t>(std::max(modifier, 0)), 0}; }

// The modifier's lower half is the precision of the seconds; 0xffff: full.
TypeSize IntervalSize(int modifier) {
  const int precision = modifier & 0xffff;
  return {32, precision > 6 ? 6 : precision};
}

// The name of a cursor, as which drivers know that there are rows behind it.
constexpr Oid kRefcursor = 1790;

// clang-format off
constexpr TypeInfo kTypes[] = {
    {.oid = kBool, .name = "bool", .value_type = v1::VALUE_TYPE_BOOL, .sql_type = v1::SQLTYPE_BOOLEAN,
     .binary = DecodeBinaryBool, .text = DecodeTextBool, .size = {1, 0}},
    {.oid = kBytea, .name = "bytea", .value_type = v1::VALUE_TYPE_BYTES, .sql_type = v1::SQLTYPE_LONGVARBINARY,
     .binary = DecodeVerbatim, .text = DecodeTextBytea, .size = {}},
    {.oid = kChar, .name = "char", .value_type = v1::VALUE_TYPE_TEXT, .sql_type = v1::SQLTYPE_CHAR,
     .binary = DecodeBinaryChar, .text = DecodeVerbatim, .size = {1, 0}, .is_case_sensitive = true},
    {.oid = kName, .name = "name", .value_type = v1::VALUE_TYPE_TEXT, .sql_type = v1::SQLTYPE_VARCHAR,
     .binary = DecodeVerbatim, .text = DecodeVerbatim, .size = {63, 0}, .is_case_sensitive = true},
    {.oid = kInt8, .name = "int8", .value_type = v1::VALUE_TYPE_INT64, .sql_type = v1::SQLTYPE_BIGINT,
     .binary = DecodeBinaryInt64, .text = DecodeTextInt64, .size = {19, 0}},
    {.oid = kInt2, .name = "int2", .value_type = v1::VALUE_TYPE_INT16, .sql_type = v1::SQLTYPE_SMALLINT,
     .binary = DecodeBinaryInt16, .text = DecodeTextInt16, .size = {5, 0}},
    {.oid = kInt4, .name = "int4", .value_type = v1::VALUE_TYPE_INT32, .sql_type = v1::SQLTYPE_INTEGER,
     .binary = DecodeBinaryInt32, .text = DecodeTextInt32, .size = {10, 0}},
    {.oid = kText, .name = "text", .value_type = v1::VALUE_TYPE_TEXT, .sql_type = v1::SQLTYPE_LONGVARCHAR,
     .binary = DecodeVerbatim, .text = DecodeVerbatim, .size = kLongSize, .is_case_sensitive = true},
    {.oid = kOid, .name = "oid", .value_type = v1::VALUE_TYPE_INT64, .sql_type = v1::SQLTYPE_INTEGER,
     .binary = DecodeBinaryOid, .text = DecodeTextInt64, .size = {10, 0}, .is_unsigned = true},
    {.oid = kXid, .name = "xid", .value_type = v1::VALUE_TYPE_INT64, .sql_type = v1::SQLTYPE_INTEGER,
     .binary = DecodeBinaryOid, .text = DecodeTextInt64, .size = {10, 0}, .is_unsigned = true},
    {.oid = kJson, .name = "json", .value_type = v1::VALUE_TYPE_TEXT, .sql_type = v1::SQLTYPE_LONGVARCHAR,
     .binary = DecodeVerbatim, .text = DecodeVerbatim, .size = kLongSize, .is_case_sensitive = true},
    {.oid = kXml, .name = "xml", .value_type = v1::VALUE_TYPE_TEXT, .sql_type = v1::SQLTYPE_LONGVARCHAR,
     .binary = DecodeVerbatim, .text = DecodeVerbatim, .size = kLongSize, .is_case_sensitive = true},
    {.oid = kCidr, .name = "cidr", .value_type = v1::VALUE_TYPE_TEXT, .sql_type = v1::SQLTYPE_VARCHAR,
     .binary = nullptr, .text = DecodeVerbatim, .size = {50, 0}},
    {.oid = kFloat4, .name = "float4", .value_type = v1::VALUE_TYPE_FLOAT32, .sql_type = v1::SQLTYPE_REAL,
     .binary = DecodeBinaryInt32, .text = DecodeTextFloat, .size = {9, 0}},
    {.oid = kFloat8, .name = "float8", .value_type = v1::VALUE_TYPE_FLOAT64, .sql_type = v1::SQLTYPE_DOUBLE,
     .binary = DecodeBinaryInt64, .text = DecodeTextDouble, .size = {17, 0}},
    {.oid = kUnknown, .name = "unknown", .value_type = v1::VALUE_TYPE_TEXT, .sql_type = v1::SQLTYPE_VARCHAR,
     .binary = DecodeVerbatim, .text = DecodeVerbatim, .size = kVarcharSize, .is_case_sensitive = true},
    // The connection's own decoder is used, see MoneyDecoder.
    {.oid = kMoney, .name = "money", .value_type = v1::VALUE_TYPE_DECIMAL, .sql_type = v1::SQLTYPE_DOUBLE,
     .binary = nullptr, .text = DecodeVerbatim, .size = {10, 0}},
    {.oid = kMacaddr, .name = "macaddr", .value_type = v1::VALUE_TYPE_TEXT, .sql_type = v1::SQLTYPE_VARCHAR,
     .binary = nullptr, .text = DecodeVerbatim, .size = {17, 0}},
    {.oid = kInet, .name = "inet", .value_type = v1::VALUE_TYPE_TEXT, .sql_type = v1::SQLTYPE_VARCHAR,
     .binary = nullptr, .text = DecodeVerbatim, .size = {50, 0}},
    {.oid = kBpchar, .name = "char", .value_type = v1::VALUE_TYPE_TEXT, .sql_type = v1::SQLTYPE_CHAR,
     .binary = DecodeVerbatim, .text = DecodeVerbatim, .size = kVarcharSize, .modified = CharacterSize,
     .is_case_sensitive = true},
    {.oid = kVarchar, .name = "varchar", .value_type = v1::VALUE_TYPE_TEXT, .sql_type = v1::SQLTYPE_VARCHAR,
     .binary = DecodeVerbatim, .text = DecodeVerbatim, .size = kVarcharSize, .modified = CharacterSize,
     .is_case_sensitive = true},
    {.oid = kDate, .name = "date", .value_type = v1::VALUE_TYPE_DATE, .sql_type = v1::SQLTYPE_DATE,
     .binary = DecodeBinaryDate, .text = DecodeTextDate, .size = {10, 0}},
    {.oid = kTime, .name = "time", .value_type = v1::VALUE_TYPE_TIME, .sql_type = v1::SQLTYPE_TIME,
     .binary = DecodeBinaryInt64, .text = DecodeTextTime, .size = {8, 6}, .modified = TimeSize},
    {.oid = kTimestamp, .name = "timestamp without time zone", .value_type = v1::VALUE_TYPE_TIMESTAMP,
     .sql_type = v1::SQLTYPE_TIMESTAMP, .binary = DecodeBinaryTimestamp, .text = DecodeTextTimestamp,
     .size = {26, 6}, .modified = TimestampSize},
    // In binary it is UTC; only the server knows the session's zone (its text does).
    {.oid = kTimestamptz, .name = "timestamptz", .value_type = v1::VALUE_TYPE_TIMESTAMP,
     .sql_type = v1::SQLTYPE_TIMESTAMP, .binary = nullptr, .text = DecodeTextTimestamp,
     .size = {26, 6}, .modified = TimestampSize},
    {.oid = kInterval, .name = "interval", .value_type = v1::VALUE_TYPE_INTERVAL,
     .sql_type = v1::SQLTYPE_INTERVAL, .binary = DecodeBinaryInterval, .text = DecodeTextInterval,
     .size = {32, 6}, .modified = IntervalSize},
    {.oid = kTimetz, .name = "timetz", .value_type = v1::VALUE_TYPE_TEXT, .sql_type = v1::SQLTYPE_VARCHAR,
     .binary = nullptr, .text = DecodeVerbatim, .size = kVarcharSize},
    {.oid = kBit, .name = "bit", .value_type = v1::VALUE_TYPE_TEXT, .sql_type = v1::SQLTYPE_BITS,
     .binary = nullptr, .text = DecodeVerbatim, .size = {1, 0}, .modified = BitSize},
    {.oid = kVarbit, .name = "varbit", .value_type = v1::VALUE_TYPE_TEXT, .sql_type = v1::SQLTYPE_VARCHAR,
     .binary = nullptr, .text = DecodeVerbatim, .size = kVarcharSize, .modified = BitSize},
    {.oid = kNumeric, .name = "numeric", .value_type = v1::VALUE_TYPE_DECIMAL, .sql_type = v1::SQLTYPE_NUMERIC,
     .binary = DecodeBinaryNumeric, .text = DecodeVerbatim, .size = kNumericSize, .modified = NumericSize},
    {.oid = kRefcursor, .name = "refcursor", .value_type = v1::VALUE_TYPE_TEXT, .sql_type = v1::SQLTYPE_VARCHAR,
     .binary = DecodeVerbatim, .text = DecodeVerbatim, .size = kVarcharSize, .is_case_sensitive = true},
    {.oid = kUuid, .name = "uuid", .value_type = v1::VALUE_TYPE_UUID, .sql_type = v1::SQLTYPE_UUID,
     .binary = DecodeBinaryUuid, .text = DecodeTextUuid, .size = {36, 0}},
    {.oid = kJsonb, .name = "jsonb", .value_type = v1::VALUE_TYPE_TEXT, .sql_type = v1::SQLTYPE_LONGVARCHAR,
     .binary = DecodeBinaryJsonb, .text = DecodeVerbatim, .size = kLongSize, .is_case_sensitive = true},
};
// clang-format on
static_assert(std::is_sorted(std::begin(kTypes), std::end(kTypes),
                             [](const TypeInfo& a, const TypeInfo& b) { return a.oid < b.oid; }));

// Arrays, ranges, enums, composites, types of extensions: the server's own text.
constexpr TypeInfo kOtherType{.oid = 0,
                              .name = "unknown",
                              .value_type = v1::VALUE_TYPE_TEXT,
                              .sql_type = v1::SQLTYPE_VARCHAR,
                              .binary = nullptr,
                              .text = DecodeVerbatim,
                              .size = kVarcharSize,
                              .is_case_sensitive = true};

TypeSize SizeOf(const TypeInfo& type, int modifier) {
  return modifier >= 0 && type.modified != nullptr ? type.modified(modifier) : type.size;
}

// Text without a declared length, and numeric without a precision.
bool IsDefault(const TypeSize& size) {
  return size.size == kVarcharSize.size || size.size == kLongSize.size ||
         (size.size == kNumericSize.size && size.scale == kNumericSize.scale);
}

}  // namespace

bool IsKnownType(Oid oid) { return &TypeInfoOf(oid) != &kOtherType; }

const TypeInfo& TypeInfoOf(Oid oid) {
  const auto* row = std::lower_bound(std::begin(kTypes), std::end(kTypes), oid,
                                     [](const TypeInfo& type, Oid key) { return type.oid < key; });
  return row != std::end(kTypes) && row->oid == oid ? *row : kOtherType;
}

void DescribeType(Oid oid, int modifier, v1::Column& column) {
  const TypeInfo& type = TypeInfoOf(oid);
  const TypeSize size = SizeOf(type, modifier);
  column.set_value_type(type.value_type);
  column.set_sql_type(type.sql_type);
  column.set_type_name(type.name);
  column.set_size(size.size);
  column.set_is_default_size(IsDefault(size) && modifier < 0);
  column.set_scale(size.scale);
  column.set_is_unsigned(type.is_unsigned);
  column.set_is_case_sensitive(type.is_case_sensitive);
}

void DescribeType(Oid oid, v1::Parameter& parameter) {
  const TypeInfo& type = TypeInfoOf(oid);
  parameter.set_value_type(type.value_type);
  parameter.set_sql_type(type.sql_type);
  parameter.set_type_name(type.name);
  parameter.set_size(type.size.size);
  parameter.set_scale(type.size.scale);
  parameter.set_nullability(v1::NULLABILITY_NULLABLE);
  parameter.set_is_unsigned(type.is_unsigned);
}

}  // namespace sluice::relay::backend::postgres
