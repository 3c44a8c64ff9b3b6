#pragma once

#include <string_view>

#include "odbc_driver/info/type_rules.h"
#include "odbc_driver/platform/odbc.h"
#include "sluice/v1/session.pb.h"

// From the contract's types to what SQLDescribeCol, SQLColAttribute, SQLDescribeParam and the
// implementation descriptors report (ODBC reference, appendix D: "Column Size", "Display Size",
// "Transfer Octet Length", "Decimal Digits").

namespace sluice::driver::info {

// Reported where the database tells no size: long enough for most values, short enough for
// applications that allocate what the driver says. psqlodbc's figure.
inline constexpr SQLULEN kUnknownSize = 8190;
// A numeric without declared precision on PostgreSQL: the digits of SQL_NUMERIC_STRUCT.
inline constexpr SQLULEN kUnknownNumericPrecision = 38;
inline constexpr SQLSMALLINT kUnknownNumericScale = 6;
// Sizes are cut to this: applications keep them in 32 bits.
inline constexpr SQLULEN kMaxReportedSize = 0x7FFFFFFF;

// What the application and its data source ask for.
struct TypeOptions {
  bool narrow_text = false;  // SQL_CHAR … instead of SQL_WCHAR …: an application without Unicode
  bool octet_text = false;   // its character set has one octet for each character (Charset)
  bool bools_as_char = false;   // PostgreSQL's bool is SQL_VARCHAR
  bool true_is_minus1 = false;  // and true is -1
  TypeRules rules = {};         // of PostgreSQL; heeded where a description arrives
};

// What is known of a column or parameter.
struct TypeSource {
  v1::SqlType sql_type = v1::SQLTYPE_UNSPECIFIED;
  v1::ValueType value_type = v1::VALUE_TYPE_UNSPECIFIED;
  std::uint64_t size = 0;
  int scale = 0;
  bool is_unsigned = false;
  bool is_case_sensitive = false;
  v1::Engine engine = v1::ENGINE_UNSPECIFIED;
  std::string_view type_name = {};
  TypeOptions options = {};
};

struct TypeFacts {
  SQLSMALLINT concise_type;         // SQL_DESC_CONCISE_TYPE, SQLDescribeCol (ODBC 3)
  SQLSMALLINT odbc2_type;           // the same for an application that declared ODBC 2
  SQLSMALLINT verbose_type;         // SQL_DESC_TYPE: SQL_DATETIME for dates and times
  SQLSMALLINT datetime_subcode;     // SQL_DESC_DATETIME_INTERVAL_CODE; 0 for other types
  SQLULEN column_size;              // SQLDescribeCol, SQLDescribeParam
  SQLSMALLINT decimal_digits;       // SQLDescribeCol, SQLDescribeParam
  SQLULEN length;                   // SQL_DESC_LENGTH: characters, octets
  SQLSMALLINT precision;            // SQL_DESC_PRECISION: digits, fractional digits of seconds
  SQLSMALLINT scale;                // SQL_DESC_SCALE
  SQLINTEGER num_prec_radix;        // SQL_DESC_NUM_PREC_RADIX: 10, or 0: no number
  SQLLEN display_size;              // SQL_DESC_DISPLAY_SIZE
  SQLLEN octet_length;              // SQL_DESC_OCTET_LENGTH
  std::string_view literal_prefix;  // SQL_DESC_LITERAL_PREFIX
  std::string_view literal_suffix;  // SQL_DESC_LITERAL_SUFFIX
  SQLSMALLINT searchable;           // SQL_DESC_SEARCHABLE: SQL_PRED_…
  bool case_sensitive;              // SQL_DESC_CASE_SENSITIVE
  bool is_unsigned;                 // SQL_DESC_UNSIGNED: SQL_TRUE for non-numeric types too
  bool fixed_prec_scale;            // SQL_DESC_FIXED_PREC_SCALE
};

TypeFacts FactsOf(const TypeSource& source);
TypeFacts FactsOf(const v1::Column& column, v1::Engine engine, TypeOptions options = {});
TypeFacts FactsOf(const v1::Parameter& parameter, v1::Engine engine, TypeOptions options = {});

// SQL_WCHAR and its like as SQL_CHAR and its like; other types as they are.
SQLSMALLINT ToNarrowType(SQLSMALLINT type);

// ODBC 2 and ODBC 3 have different codes for dates and times (9, 10, 11 and 91, 92, 93).
SQLSMALLINT ToOdbc2Type(SQLSMALLINT type);
SQLSMALLINT ToOdbc3Type(SQLSMALLINT type);

}  // namespace sluice::driver::info
