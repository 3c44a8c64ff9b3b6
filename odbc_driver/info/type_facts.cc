#include "odbc_driver/info/type_facts.h"

#include <algorithm>
#include <array>

namespace sluice::driver::info {
namespace {

// How the sizes of a type follow from its column size (ODBC reference, appendix D).
enum class Family {
  kBit,
  kInteger,
  kApproximate,
  kDecimal,
  kCharacter,
  kBinary,
  kDatetime,
  kGuid,
};

struct TypeRow {
  v1::SqlType sql_type;
  Family family;
  SQLSMALLINT concise_type;
  SQLSMALLINT odbc2_type;
  SQLSMALLINT datetime_subcode = 0;
  SQLULEN column_size = 0;    // 0: the column's own; for dates and times, without a fraction
  SQLLEN display_size = 0;    // of the fixed-size types, signed
  SQLLEN octet_length = 0;    // of the fixed-size types
  SQLSMALLINT precision = 0;  // of the integer types: digits
  SQLULEN unknown_size = kUnknownSize;
};

// Text is reported with the W types to applications with Unicode, as the Unicode drivers of both
// databases do.
constexpr TypeRow kTypes[] = {
    {.sql_type = v1::SQLTYPE_BOOLEAN,
     .family = Family::kBit,
     .concise_type = SQL_BIT,
     .odbc2_type = SQL_BIT,
     .column_size = 1,
     .display_size = 1,
     .octet_length = 1,
     .precision = 1},
    {.sql_type = v1::SQLTYPE_TINYINT,
     .family = Family::kInteger,
     .concise_type = SQL_TINYINT,
     .odbc2_type = SQL_TINYINT,
     .column_size = 3,
     .display_size = 4,
     .octet_length = 1,
     .precision = 3},
    {.sql_type = v1::SQLTYPE_SMALLINT,
     .family = Family::kInteger,
     .concise_type = SQL_SMALLINT,
     .odbc2_type = SQL_SMALLINT,
     .column_size = 5,
     .display_size = 6,
     .octet_length = 2,
     .precision = 5},
    {.sql_type = v1::SQLTYPE_INTEGER,
     .family = Family::kInteger,
     .concise_type = SQL_INTEGER,
     .odbc2_type = SQL_INTEGER,
     .column_size = 10,
     .display_size = 11,
     .octet_length = 4,
     .precision = 10},
    {.sql_type = v1::SQLTYPE_BIGINT,
     .family = Family::kInteger,
     .concise_type = SQL_BIGINT,
     .odbc2_type = SQL_BIGINT,
     .column_size = 19,
     .display_size = 20,
     .octet_length = 8,
     .precision = 19},
    {.sql_type = v1::SQLTYPE_REAL,
     .family = Family::kApproximate,
     .concise_type = SQL_REAL,
     .odbc2_type = SQL_REAL,
     .display_size = 14,
     .octet_length = 4,
     .unknown_size = 7},
    {.sql_type = v1::SQLTYPE_DOUBLE,
     .family = Family::kApproximate,
     .concise_type = SQL_DOUBLE,
     .odbc2_type = SQL_DOUBLE,
     .display_size = 24,
     .octet_length = 8,
     .unknown_size = 15},
    {.sql_type = v1::SQLTYPE_NUMERIC,
     .family = Family::kDecimal,
     .concise_type = SQL_NUMERIC,
     .odbc2_type = SQL_NUMERIC,
     .unknown_size = kUnknownNumericPrecision},
    {.sql_type = v1::SQLTYPE_DECIMAL,
     .family = Family::kDecimal,
     .concise_type = SQL_DECIMAL,
     .odbc2_type = SQL_DECIMAL,
     .unknown_size = kUnknownNumericPrecision},
    {.sql_type = v1::SQLTYPE_CHAR,
     .family = Family::kCharacter,
     .concise_type = SQL_WCHAR,
     .odbc2_type = SQL_WCHAR},
    {.sql_type = v1::SQLTYPE_VARCHAR,
     .family = Family::kCharacter,
     .concise_type = SQL_WVARCHAR,
     .odbc2_type = SQL_WVARCHAR},
    {.sql_type = v1::SQLTYPE_LONGVARCHAR,
     .family = Family::kCharacter,
     .concise_type = SQL_WLONGVARCHAR,
     .odbc2_type = SQL_WLONGVARCHAR},
    {.sql_type = v1::SQLTYPE_BINARY,
     .family = Family::kBinary,
     .concise_type = SQL_BINARY,
     .odbc2_type = SQL_BINARY},
    {.sql_type = v1::SQLTYPE_VARBINARY,
     .family = Family::kBinary,
     .concise_type = SQL_VARBINARY,
     .odbc2_type = SQL_VARBINARY},
    {.sql_type = v1::SQLTYPE_LONGVARBINARY,
     .family = Family::kBinary,
     .concise_type = SQL_LONGVARBINARY,
     .odbc2_type = SQL_LONGVARBINARY},
    {.sql_type = v1::SQLTYPE_DATE,
     .family = Family::kDatetime,
     .concise_type = SQL_TYPE_DATE,
     .odbc2_type = SQL_DATE,
     .datetime_subcode = SQL_CODE_DATE,
     .column_size = 10,
     .octet_length = sizeof(SQL_DATE_STRUCT)},
    {.sql_type = v1::SQLTYPE_TIME,
     .family = Family::kDatetime,
     .concise_type = SQL_TYPE_TIME,
     .odbc2_type = SQL_TIME,
     .datetime_subcode = SQL_CODE_TIME,
     .column_size = 8,
     .octet_length = sizeof(SQL_TIME_STRUCT)},
    {.sql_type = v1::SQLTYPE_TIMESTAMP,
     .family = Family::kDatetime,
     .concise_type = SQL_TYPE_TIMESTAMP,
     .odbc2_type = SQL_TIMESTAMP,
     .datetime_subcode = SQL_CODE_TIMESTAMP,
     .column_size = 19,
     .octet_length = sizeof(SQL_TIMESTAMP_STRUCT)},
    {.sql_type = v1::SQLTYPE_UUID,
     .family = Family::kGuid,
     .concise_type = SQL_GUID,
     .odbc2_type = SQL_GUID,
     .column_size = 36,
     .display_size = 36,
     .octet_length = 16},
    // A mixture of months, days and seconds has no SQL_INTERVAL_… type: it is shown as text.
    // 67 characters hold PostgreSQL's longest ("-178956969 years -11 mons -2147483648 days
    // -2562047788:00:54.775808").
    {.sql_type = v1::SQLTYPE_INTERVAL,
     .family = Family::kCharacter,
     .concise_type = SQL_WVARCHAR,
     .odbc2_type = SQL_WVARCHAR,
     .column_size = 67},
    {.sql_type = v1::SQLTYPE_BITS,
     .family = Family::kCharacter,
     .concise_type = SQL_WVARCHAR,
     .odbc2_type = SQL_WVARCHAR},
};

const TypeRow& RowOf(v1::SqlType sql_type) {
  const auto row = std::find_if(std::begin(kTypes), std::end(kTypes),
                                [sql_type](const TypeRow& r) { return r.sql_type == sql_type; });
  // A type of a newer relay travels as text.
  return row != std::end(kTypes) ? *row : RowOf(v1::SQLTYPE_VARCHAR);
}

SQLSMALLINT ClampScale(int scale) {
  return static_cast<SQLSMALLINT>(std::clamp(scale, -1000, 1000));
}

SQLLEN Octets(SQLULEN count, SQLULEN octets_each) {
  return static_cast<SQLLEN>(std::min(count, kMaxReportedSize / octets_each) * octets_each);
}

// psqlodbc calls a double SQL_FLOAT, which has the same values. Its sizes are the digits that read
// back as the same number, 9 and 17; a sign, a point, "e" and a signed exponent of two or three
// digits may be added to them.
void SetApproximate(const TypeSource& source, TypeFacts& facts) {
  facts.precision = static_cast<SQLSMALLINT>(facts.column_size);
  if (source.engine != v1::ENGINE_POSTGRES) return;
  if (facts.concise_type == SQL_REAL) facts.display_size = 15;
  if (facts.concise_type == SQL_DOUBLE) {
    facts.concise_type = facts.odbc2_type = facts.verbose_type = SQL_FLOAT;
  }
  facts.fixed_prec_scale = source.type_name == "money";
}

void SetNumber(const TypeRow& row, const TypeSource& source, TypeFacts& facts) {
  facts.precision = row.precision;
  facts.num_prec_radix = 10;
  facts.is_unsigned = source.is_unsigned || row.family == Family::kBit;
  facts.display_size = row.display_size;
  facts.octet_length = row.octet_length;
  if (row.family == Family::kApproximate) SetApproximate(source, facts);
  if (row.family != Family::kInteger) return;
  const bool is_bigint = row.sql_type == v1::SQLTYPE_BIGINT;
  if (is_bigint) {
    // Connector/ODBC has the digits and the sign of a signed one, and 19 of an unsigned one.
    const bool mysql = source.engine == v1::ENGINE_MYSQL;
    facts.column_size = source.is_unsigned != mysql ? 20 : 19;
    facts.length = facts.column_size;
    if (source.is_unsigned) facts.precision = 20;  // 18446744073709551615
  } else if (source.is_unsigned) {
    --facts.display_size;  // no minus sign
  }
}

// What a decimal needs besides its digits: sign and point, whether it has them or not. MySQL's
// values are told exactly, as Connector/ODBC does; one without whole digits shows a zero there.
SQLLEN DecimalExtras(const TypeSource& source, const TypeFacts& facts) {
  if (source.engine != v1::ENGINE_MYSQL) return 2;
  const bool has_point = facts.scale > 0;
  const bool has_zero = has_point && static_cast<SQLULEN>(facts.scale) == facts.column_size;
  return (source.is_unsigned ? 0 : 1) + (has_point ? 1 : 0) + (has_zero ? 1 : 0);
}

void SetDecimal(const TypeSource& source, TypeFacts& facts) {
  facts.decimal_digits = source.size == 0 ? kUnknownNumericScale : ClampScale(source.scale);
  facts.scale = facts.decimal_digits;
  facts.precision = static_cast<SQLSMALLINT>(std::min<SQLULEN>(facts.column_size, 32767));
  facts.num_prec_radix = 10;
  facts.display_size = static_cast<SQLLEN>(facts.column_size) + DecimalExtras(source, facts);
  facts.octet_length = facts.display_size;
  facts.is_unsigned = source.is_unsigned;
}

// Databases count code points, and one of them needs up to four octets in UTF-8 and in UTF-16:
// applications allocate SQL_DESC_OCTET_LENGTH for either.
constexpr SQLULEN kOctetsPerCharacter = 4;

void SetCharacter(const TypeSource& source, TypeFacts& facts) {
  facts.literal_prefix = "'";
  facts.literal_suffix = "'";
  facts.searchable = SQL_PRED_SEARCHABLE;
  facts.case_sensitive = source.is_case_sensitive;
  facts.display_size = static_cast<SQLLEN>(facts.column_size);
  const bool octets = source.engine == v1::ENGINE_MYSQL && source.options.octet_text;
  facts.octet_length = Octets(facts.column_size, octets ? 1 : kOctetsPerCharacter);
}

void SetBinary(const TypeSource& source, TypeFacts& facts) {
  const bool postgres = source.engine == v1::ENGINE_POSTGRES;
  facts.literal_prefix = postgres ? "'\\x" : "0x";
  facts.literal_suffix = postgres ? "'" : "";
  facts.display_size = Octets(facts.column_size, 2);  // two hexadecimal digits each
  facts.octet_length = static_cast<SQLLEN>(facts.column_size);
}

void SetDatetime(const TypeRow& row, const TypeSource& source, TypeFacts& facts) {
  const auto fraction = static_cast<SQLSMALLINT>(std::clamp(source.scale, 0, 9));
  const bool has_fraction = row.sql_type != v1::SQLTYPE_DATE && fraction > 0;
  if (has_fraction) {
    facts.column_size = row.column_size + 1 + static_cast<SQLULEN>(fraction);
    facts.decimal_digits = fraction;
    facts.precision = fraction;
    facts.scale = fraction;
  }
  facts.verbose_type = SQL_DATETIME;
  facts.datetime_subcode = row.datetime_subcode;
  facts.literal_prefix = "'";
  facts.literal_suffix = "'";
  facts.length = facts.column_size;
  facts.display_size = static_cast<SQLLEN>(facts.column_size);
  facts.octet_length = row.octet_length;
}

// MySQL's BIT(n) travels as octets, PostgreSQL's bit(n) as text of ones and zeros. The size is the
// bits, as Connector/ODBC has it.
TypeFacts FactsOfBitOctets(TypeSource source) {
  source.sql_type = v1::SQLTYPE_BINARY;
  TypeFacts facts = FactsOf(source);
  facts.octet_length = static_cast<SQLLEN>((source.size + 7) / 8);
  facts.display_size = 2 * facts.octet_length;
  return facts;
}

// psqlodbc's BoolsAsChar: '0' or '1', sized for "false".
TypeSource BoolAsChar(TypeSource source) {
  source.sql_type = v1::SQLTYPE_VARCHAR;
  source.size = 5;
  source.options.narrow_text = true;
  source.is_case_sensitive = false;
  return source;
}

// PostgreSQL's types that LIKE takes; others that are described as text have no such operator.
constexpr std::string_view kLikeTypes[] = {"char", "bpchar", "varchar", "text", "name", "citext"};

// MySQL's LIKE takes values of any type.
SQLSMALLINT Searchable(const TypeSource& source, SQLSMALLINT by_family) {
  if (source.engine == v1::ENGINE_MYSQL) return SQL_PRED_SEARCHABLE;
  if (by_family != SQL_PRED_SEARCHABLE || source.type_name.empty()) return by_family;
  const bool like = std::find(std::begin(kLikeTypes), std::end(kLikeTypes), source.type_name) !=
                    std::end(kLikeTypes);
  return like ? SQL_PRED_SEARCHABLE : SQL_PRED_BASIC;
}

SQLULEN ColumnSize(const TypeRow& row, const TypeSource& source) {
  if (row.column_size != 0) return row.column_size;
  const std::uint64_t size = source.size != 0 ? source.size : row.unknown_size;
  return static_cast<SQLULEN>(std::min<std::uint64_t>(size, kMaxReportedSize));
}

void SetByFamily(const TypeRow& row, const TypeSource& source, TypeFacts& facts) {
  switch (row.family) {
    case Family::kBit:
    case Family::kInteger:
    case Family::kApproximate:
      return SetNumber(row, source, facts);
    case Family::kDecimal:
      return SetDecimal(source, facts);
    case Family::kCharacter:
      return SetCharacter(source, facts);
    case Family::kBinary:
      return SetBinary(source, facts);
    case Family::kDatetime:
      return SetDatetime(row, source, facts);
    case Family::kGuid:
      facts.literal_prefix = "'";
      facts.literal_suffix = "'";
      facts.display_size = row.display_size;
      facts.octet_length = row.octet_length;
      return;
  }
}

}  // namespace

TypeFacts FactsOf(const TypeSource& source) {
  if (source.sql_type == v1::SQLTYPE_BITS && source.value_type == v1::VALUE_TYPE_BYTES) {
    return FactsOfBitOctets(source);
  }
  if (source.sql_type == v1::SQLTYPE_BOOLEAN && source.engine == v1::ENGINE_POSTGRES &&
      source.options.bools_as_char) {
    TypeFacts facts = FactsOf(BoolAsChar(source));
    facts.octet_length = facts.display_size;
    return facts;
  }
  const TypeRow& row = RowOf(source.sql_type);
  TypeFacts facts{};
  facts.concise_type = row.concise_type;
  facts.odbc2_type = row.odbc2_type;
  facts.verbose_type = row.concise_type;
  facts.column_size = ColumnSize(row, source);
  facts.length = facts.column_size;
  facts.searchable = SQL_PRED_BASIC;
  facts.is_unsigned = true;  // the reference's answer for what is not a number
  SetByFamily(row, source, facts);
  facts.searchable = Searchable(source, facts.searchable);
  if (source.options.narrow_text) {
    facts.concise_type = ToNarrowType(facts.concise_type);
    facts.odbc2_type = ToNarrowType(facts.odbc2_type);
    facts.verbose_type = ToNarrowType(facts.verbose_type);
  }
  return facts;
}

TypeFacts FactsOf(const v1::Column& column, v1::Engine engine, TypeOptions options) {
  TypeFacts facts = FactsOf(TypeSource{
      column.sql_type(), column.value_type(), column.size(), column.scale(), column.is_unsigned(),
      column.is_case_sensitive(), engine, column.type_name(), options});
  // MySQL's LONGBLOB is told whole, as by Connector/ODBC.
  if (column.sql_type() == v1::SQLTYPE_LONGVARBINARY && column.size() > kMaxReportedSize &&
      engine == v1::ENGINE_MYSQL) {
    facts.column_size = static_cast<SQLULEN>(column.size());
  }
  // PostgreSQL's bytea has no limit: applications that know psqlodbc allocate their own maximum
  // when they are told no size, and would cut values at any other (ODBC reference, "Column Size").
  if (column.sql_type() == v1::SQLTYPE_LONGVARBINARY && column.size() == 0) {
    facts.column_size = 0;
    facts.length = 0;
    facts.display_size = SQL_NO_TOTAL;
    facts.octet_length = SQL_NO_TOTAL;
  }
  return facts;
}

TypeFacts FactsOf(const v1::Parameter& parameter, v1::Engine engine, TypeOptions options) {
  TypeFacts facts = FactsOf(TypeSource{parameter.sql_type(), parameter.value_type(),
                                       parameter.size(), parameter.scale(), parameter.is_unsigned(),
                                       false, engine, parameter.type_name(), options});
  // Of a parameter whose type the server does not tell, the digits bound what any type may have.
  if (parameter.sql_type() == v1::SQLTYPE_VARCHAR) {
    facts.decimal_digits = ClampScale(parameter.scale());
  }
  return facts;
}

SQLSMALLINT ToNarrowType(SQLSMALLINT type) {
  switch (type) {
    case SQL_WCHAR:
      return SQL_CHAR;
    case SQL_WVARCHAR:
      return SQL_VARCHAR;
    case SQL_WLONGVARCHAR:
      return SQL_LONGVARCHAR;
    default:
      return type;
  }
}

SQLSMALLINT ToOdbc2Type(SQLSMALLINT type) {
  switch (type) {
    case SQL_TYPE_DATE:
      return SQL_DATE;
    case SQL_TYPE_TIME:
      return SQL_TIME;
    case SQL_TYPE_TIMESTAMP:
      return SQL_TIMESTAMP;
    default:
      return type;
  }
}

SQLSMALLINT ToOdbc3Type(SQLSMALLINT type) {
  switch (type) {
    case SQL_DATE:
      return SQL_TYPE_DATE;
    case SQL_TIME:
      return SQL_TYPE_TIME;
    case SQL_TIMESTAMP:
      return SQL_TYPE_TIMESTAMP;
    default:
      return type;
  }
}

}  // namespace sluice::driver::info
