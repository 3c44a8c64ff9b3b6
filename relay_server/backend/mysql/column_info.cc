#include "relay_server/backend/mysql/column_info.h"

#include <algorithm>
#include <string>

namespace sluice::relay::backend {
namespace {

constexpr unsigned int kBinaryCharset = 63;  // collation "binary": octets, not characters
constexpr std::uint64_t kUtf8mb4MaxBytes = 4;
constexpr unsigned int kMaxFractionDigits = 6;
constexpr unsigned int kNotFixedDecimals = 31;  // NOT_FIXED_DEC: of FLOAT and DOUBLE without (M,D)

// How the ODBC column size follows from what the server reports.
enum class SizeRule {
  kFixed,     // `size`
  kFraction,  // `size`, and with a fraction the point and its digits
  kDecimal,   // digits: the reported length without sign and point
  kFloat,     // `size`; FLOAT(M,D) has digits behind the point
  kBits,      // the reported length
  kString,    // characters or, for octets, bytes
};

// Sizes and names are what MariaDB Connector/ODBC reports, but for BIGINT, where it mixes signed
// and unsigned up (ODBC reference, "Column Size": 19 and 20).
struct TypeRule {
  enum_field_types type;
  v1::ValueType value_type;
  v1::ValueType unsigned_value_type;
  v1::SqlType sql_type;
  const char* type_name;
  SizeRule size_rule;
  std::uint64_t size = 0;
};

using enum SizeRule;
constexpr TypeRule kTypeRules[] = {
    {MYSQL_TYPE_TINY, v1::VALUE_TYPE_INT16, v1::VALUE_TYPE_INT16, v1::SQLTYPE_TINYINT, "tinyint",
     kFixed, 3},
    {MYSQL_TYPE_SHORT, v1::VALUE_TYPE_INT16, v1::VALUE_TYPE_INT32, v1::SQLTYPE_SMALLINT, "smallint",
     kFixed, 5},
    {MYSQL_TYPE_YEAR, v1::VALUE_TYPE_INT16, v1::VALUE_TYPE_INT16, v1::SQLTYPE_SMALLINT, "year",
     kFixed, 5},
    {MYSQL_TYPE_INT24, v1::VALUE_TYPE_INT32, v1::VALUE_TYPE_INT32, v1::SQLTYPE_INTEGER, "mediumint",
     kFixed, 10},
    {MYSQL_TYPE_LONG, v1::VALUE_TYPE_INT32, v1::VALUE_TYPE_INT64, v1::SQLTYPE_INTEGER, "integer",
     kFixed, 10},
    {MYSQL_TYPE_LONGLONG, v1::VALUE_TYPE_INT64, v1::VALUE_TYPE_UINT64, v1::SQLTYPE_BIGINT, "bigint",
     kFixed, 19},
    {MYSQL_TYPE_FLOAT, v1::VALUE_TYPE_FLOAT32, v1::VALUE_TYPE_FLOAT32, v1::SQLTYPE_REAL, "float",
     kFloat, 7},
    {MYSQL_TYPE_DOUBLE, v1::VALUE_TYPE_FLOAT64, v1::VALUE_TYPE_FLOAT64, v1::SQLTYPE_DOUBLE,
     "double", kFloat, 15},
    {MYSQL_TYPE_DECIMAL, v1::VALUE_TYPE_DECIMAL, v1::VALUE_TYPE_DECIMAL, v1::SQLTYPE_DECIMAL,
     "decimal", kDecimal},
    {MYSQL_TYPE_NEWDECIMAL, v1::VALUE_TYPE_DECIMAL, v1::VALUE_TYPE_DECIMAL, v1::SQLTYPE_DECIMAL,
     "decimal", kDecimal},
    {MYSQL_TYPE_BIT, v1::VALUE_TYPE_BYTES, v1::VALUE_TYPE_BYTES, v1::SQLTYPE_BITS, "bit", kBits},
    {MYSQL_TYPE_DATE, v1::VALUE_TYPE_DATE, v1::VALUE_TYPE_DATE, v1::SQLTYPE_DATE, "date", kFixed,
     10},
    {MYSQL_TYPE_NEWDATE, v1::VALUE_TYPE_DATE, v1::VALUE_TYPE_DATE, v1::SQLTYPE_DATE, "date", kFixed,
     10},
    {MYSQL_TYPE_TIME, v1::VALUE_TYPE_TIME, v1::VALUE_TYPE_TIME, v1::SQLTYPE_TIME, "time", kFraction,
     8},
    {MYSQL_TYPE_DATETIME, v1::VALUE_TYPE_TIMESTAMP, v1::VALUE_TYPE_TIMESTAMP, v1::SQLTYPE_TIMESTAMP,
     "datetime", kFraction, 19},
    {MYSQL_TYPE_TIMESTAMP, v1::VALUE_TYPE_TIMESTAMP, v1::VALUE_TYPE_TIMESTAMP,
     v1::SQLTYPE_TIMESTAMP, "timestamp", kFraction, 19},
    {MYSQL_TYPE_NULL, v1::VALUE_TYPE_TEXT, v1::VALUE_TYPE_TEXT, v1::SQLTYPE_VARCHAR, "null", kFixed,
     0},
};

// Types that hold characters or octets, as the column's character set says.
struct StringRule {
  enum_field_types type;
  v1::SqlType text_type;
  const char* text_name;
  v1::SqlType binary_type;
  const char* binary_name;
  bool always_text = false;  // whatever the character set says
  bool always_binary = false;
};

constexpr StringRule kLongRule = {MYSQL_TYPE_BLOB, v1::SQLTYPE_LONGVARCHAR, "text",
                                  v1::SQLTYPE_LONGVARBINARY, "blob"};
constexpr StringRule kStringRules[] = {
    {MYSQL_TYPE_STRING, v1::SQLTYPE_CHAR, "char", v1::SQLTYPE_BINARY, "binary"},
    {MYSQL_TYPE_VAR_STRING, v1::SQLTYPE_VARCHAR, "varchar", v1::SQLTYPE_VARBINARY, "varbinary"},
    {MYSQL_TYPE_VARCHAR, v1::SQLTYPE_VARCHAR, "varchar", v1::SQLTYPE_VARBINARY, "varbinary"},
    {MYSQL_TYPE_ENUM, v1::SQLTYPE_CHAR, "enum", v1::SQLTYPE_CHAR, "enum", true},
    {MYSQL_TYPE_SET, v1::SQLTYPE_CHAR, "set", v1::SQLTYPE_CHAR, "set", true},
    // MySQL sends JSON with the character set "binary", yet its octets are always UTF-8.
    {MYSQL_TYPE_JSON, v1::SQLTYPE_LONGVARCHAR, "json", v1::SQLTYPE_LONGVARCHAR, "json", true},
    {MYSQL_TYPE_GEOMETRY, v1::SQLTYPE_LONGVARBINARY, "geometry", v1::SQLTYPE_LONGVARBINARY,
     "geometry", false, true},
};

const TypeRule* FindTypeRule(enum_field_types type) {
  const auto* rule = std::ranges::find(kTypeRules, type, &TypeRule::type);
  return rule == std::end(kTypeRules) ? nullptr : rule;
}

// Every BLOB width, and types that this table does not know, are long strings.
const StringRule& FindStringRule(enum_field_types type) {
  const auto* rule = std::ranges::find(kStringRules, type, &StringRule::type);
  return rule == std::end(kStringRules) ? kLongRule : *rule;
}

int FractionDigits(const MYSQL_FIELD& field) {
  // Beyond six the server means "as many as there are" (NOT_FIXED_DEC, AUTO_SEC_PART_DIGITS).
  return static_cast<int>(std::min(field.decimals, kMaxFractionDigits));
}

std::uint64_t DecimalPrecision(const MYSQL_FIELD& field) {
  const std::uint64_t sign = (field.flags & UNSIGNED_FLAG) != 0 ? 0 : 1;
  const std::uint64_t extra = sign + (field.decimals > 0 ? 1 : 0);
  return field.length > extra ? field.length - extra : 1;
}

void DescribeTyped(const MYSQL_FIELD& field, const TypeRule& rule, v1::Column& column) {
  const bool is_unsigned = (field.flags & UNSIGNED_FLAG) != 0;
  column.set_value_type(is_unsigned ? rule.unsigned_value_type : rule.value_type);
  // Numbers keep the zeros in front, and the year 0000 its four, in text only.
  const bool is_float = rule.size_rule == SizeRule::kFloat;
  if ((field.flags & ZEROFILL_FLAG) != 0) {
    column.set_value_type(is_float ? v1::VALUE_TYPE_TEXT : v1::VALUE_TYPE_DECIMAL);
  }
  column.set_sql_type(rule.sql_type);
  column.set_type_name(rule.type_name);
  column.set_size(rule.size);
  const bool temporal = rule.size_rule == SizeRule::kFraction || field.type == MYSQL_TYPE_DATE ||
                        field.type == MYSQL_TYPE_NEWDATE;
  column.set_is_unsigned(is_unsigned && !temporal);
  switch (rule.size_rule) {
    case SizeRule::kFraction:
      column.set_scale(FractionDigits(field));
      if (column.scale() > 0) {
        column.set_size(rule.size + 1 + static_cast<std::uint64_t>(column.scale()));
      }
      break;
    case SizeRule::kDecimal:
      column.set_size(DecimalPrecision(field));
      column.set_scale(static_cast<int>(field.decimals));
      break;
    case SizeRule::kBits:
      column.set_size(field.length);
      if (field.length == 1) {
        column.set_value_type(v1::VALUE_TYPE_BOOL);
        column.set_sql_type(v1::SQLTYPE_BOOLEAN);
      }
      break;
    case SizeRule::kFloat:
      if (field.decimals < kNotFixedDecimals) column.set_scale(static_cast<int>(field.decimals));
      break;
    default:
      if (field.type == MYSQL_TYPE_LONGLONG && is_unsigned) column.set_size(rule.size + 1);
  }
}

void DescribeString(const MYSQL_FIELD& field, v1::Column& column) {
  const StringRule& rule = FindStringRule(field.type);
  const bool octets =
      rule.always_binary || (field.charsetnr == kBinaryCharset && !rule.always_text);
  column.set_value_type(octets ? v1::VALUE_TYPE_BYTES : v1::VALUE_TYPE_TEXT);
  column.set_sql_type(octets ? rule.binary_type : rule.text_type);
  column.set_type_name(octets ? rule.binary_name : rule.text_name);
  column.set_size(octets ? field.length : field.length / kUtf8mb4MaxBytes);
}

}  // namespace

v1::Column DescribeColumn(const MYSQL_FIELD& field) {
  v1::Column column;
  column.set_name(field.name, field.name_length);
  if (const TypeRule* rule = FindTypeRule(field.type)) {
    DescribeTyped(field, *rule, column);
  } else {
    DescribeString(field, column);
  }
  const bool characters = column.value_type() == v1::VALUE_TYPE_TEXT;
  // NULL may be given to a column that counts by itself; both native drivers say so here.
  const bool has_no_nulls =
      (field.flags & NOT_NULL_FLAG) != 0 && (field.flags & AUTO_INCREMENT_FLAG) == 0;
  column.set_nullability(has_no_nulls ? v1::NULLABILITY_NO_NULLS : v1::NULLABILITY_NULLABLE);
  column.set_is_auto_increment((field.flags & AUTO_INCREMENT_FLAG) != 0);
  column.set_is_case_sensitive(characters && (field.flags & BINARY_FLAG) != 0);
  column.set_is_updatable(field.org_table_length != 0);
  column.set_is_key((field.flags & PRI_KEY_FLAG) != 0);
  column.set_catalog(field.db, field.db_length);
  column.set_table(field.org_table, field.org_table_length);
  column.set_base_column(field.org_name, field.org_name_length);
  column.set_table_label(field.table, field.table_length);
  return column;
}

}  // namespace sluice::relay::backend
