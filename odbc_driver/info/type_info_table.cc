#include "odbc_driver/info/type_info_table.h"

#include <algorithm>
#include <vector>

namespace sluice::driver::info {
namespace {

constexpr SQLINTEGER kLongest = 0x7FFFFFFF;
constexpr SQLINTEGER kPgMaxVarchar = 10485760;  // "n" of varchar(n), PostgreSQL manual 8.3
constexpr SQLINTEGER kPgMaxField = 1073741823;  // 1 GB less one octet
// Longer ones can be declared, but all columns of a row share 65,535 octets (MySQL manual 8.4.7):
// who declares columns of the size told here, as Perl's DBI and Access do, gets a table all the
// same.
constexpr SQLINTEGER kMyVarchar = 255;

constexpr TypeInfoRow Number(std::string_view name, SQLSMALLINT type, SQLINTEGER size,
                             bool is_unsigned = false, SQLSMALLINT scale = 0) {
  return {.type_name = name,
          .data_type = type,
          .column_size = size,
          .is_unsigned = is_unsigned,
          .maximum_scale = scale,
          .radix = 10};
}

constexpr TypeInfoRow Serial(std::string_view name, SQLSMALLINT type, SQLINTEGER size) {
  TypeInfoRow row = Number(name, type, size);
  row.is_auto_unique = true;
  return row;
}

// The size in decimal digits.
constexpr TypeInfoRow Approximate(std::string_view name, SQLSMALLINT type, SQLINTEGER digits) {
  return {.type_name = name, .data_type = type, .column_size = digits, .radix = 10};
}

constexpr TypeInfoRow Decimal(std::string_view name, SQLSMALLINT type, SQLINTEGER size,
                              SQLSMALLINT scale) {
  TypeInfoRow row = Number(name, type, size, false, scale);
  row.create_params = "precision,scale";
  return row;
}

constexpr TypeInfoRow Characters(std::string_view name, SQLSMALLINT type, SQLINTEGER size,
                                 std::string_view create_params = {}) {
  return {.type_name = name,
          .data_type = type,
          .column_size = size,
          .literal_prefix = "'",
          .literal_suffix = "'",
          .create_params = create_params,
          .is_case_sensitive = true,
          .searchable = SQL_PRED_SEARCHABLE};
}

// MySQL's default collations compare without case.
constexpr TypeInfoRow MyText(std::string_view name, SQLSMALLINT type, SQLINTEGER size,
                             std::string_view create_params = {}) {
  TypeInfoRow row = Characters(name, type, size, create_params);
  row.is_case_sensitive = false;
  return row;
}

constexpr TypeInfoRow Octets(std::string_view name, SQLSMALLINT type, SQLINTEGER size,
                             std::string_view prefix, std::string_view create_params = {}) {
  return {.type_name = name,
          .data_type = type,
          .column_size = size,
          .literal_prefix = prefix,
          .literal_suffix = "'",
          .create_params = create_params};
}

constexpr TypeInfoRow Datetime(std::string_view name, SQLSMALLINT type, SQLINTEGER size,
                               SQLSMALLINT subcode, SQLSMALLINT scale) {
  return {.type_name = name,
          .data_type = type,
          .column_size = size,
          .literal_prefix = "'",
          .literal_suffix = "'",
          .create_params = scale >= 0 ? "precision" : "",
          .maximum_scale = scale,
          .datetime_subcode = subcode};
}

constexpr TypeInfoRow kMoney = {.type_name = "money",
                                .data_type = SQL_FLOAT,
                                .column_size = 10,
                                .is_fixed_prec_scale = true,
                                .radix = 10};

// PostgreSQL manual, chapter 8. Applications look for whole families (SQL_VARCHAR and SQL_WVARCHAR,
// SQL_FLOAT and SQL_DOUBLE): a type that several codes fit is listed under each. What no code fits
// (intervals, bit strings, addresses, times with a zone) is text, as in result sets.
constexpr TypeInfoRow kPostgresTypes[] = {
    {.type_name = "bool", .data_type = SQL_BIT, .column_size = 1},
    {.type_name = "uuid",
     .data_type = SQL_GUID,
     .column_size = 36,
     .literal_prefix = "'",
     .literal_suffix = "'"},
    Number("int2", SQL_TINYINT, 5),
    Number("int2", SQL_SMALLINT, 5),
    Serial("smallserial", SQL_SMALLINT, 5),
    Number("int4", SQL_INTEGER, 10),
    Serial("serial", SQL_INTEGER, 10),
    Number("int8", SQL_BIGINT, 19),
    Serial("bigserial", SQL_BIGINT, 19),
    Approximate("float4", SQL_REAL, 9),
    Approximate("float8", SQL_DOUBLE, 17),
    Approximate("float8", SQL_FLOAT, 17),
    kMoney,
    Decimal("numeric", SQL_NUMERIC, 1000, 1000),
    Decimal("numeric", SQL_DECIMAL, 1000, 1000),
    Characters("varchar", SQL_WVARCHAR, kPgMaxVarchar, "length"),
    Characters("bit", SQL_WVARCHAR, kPgMaxVarchar, "length"),
    Characters("bit varying", SQL_WVARCHAR, kPgMaxVarchar, "length"),
    Characters("interval", SQL_WVARCHAR, 67),
    Characters("timetz", SQL_WVARCHAR, 21),
    Characters("inet", SQL_WVARCHAR, 43),
    Characters("cidr", SQL_WVARCHAR, 43),
    Characters("macaddr", SQL_WVARCHAR, 17),
    Characters("varchar", SQL_VARCHAR, kPgMaxVarchar, "length"),
    Characters("char", SQL_WCHAR, kPgMaxVarchar, "length"),
    Characters("char", SQL_CHAR, kPgMaxVarchar, "length"),
    Characters("text", SQL_WLONGVARCHAR, kPgMaxField),
    Characters("json", SQL_WLONGVARCHAR, kPgMaxField),
    Characters("jsonb", SQL_WLONGVARCHAR, kPgMaxField),
    Characters("xml", SQL_WLONGVARCHAR, kPgMaxField),
    Characters("text", SQL_LONGVARCHAR, kPgMaxField),
    Octets("bytea", SQL_LONGVARBINARY, kPgMaxField, "'\\x"),
    Octets("bytea", SQL_VARBINARY, kPgMaxField, "'\\x"),
    Octets("bytea", SQL_BINARY, kPgMaxField, "'\\x"),
    Datetime("date", SQL_TYPE_DATE, 10, SQL_CODE_DATE, -1),
    Datetime("time", SQL_TYPE_TIME, 15, SQL_CODE_TIME, 6),
    Datetime("timestamp", SQL_TYPE_TIMESTAMP, 26, SQL_CODE_TIMESTAMP, 6),
    Datetime("timestamptz", SQL_TYPE_TIMESTAMP, 26, SQL_CODE_TIMESTAMP, 6),
};

// Any of these may be AUTO_INCREMENT.
constexpr TypeInfoRow MyNumber(std::string_view name, SQLSMALLINT type, SQLINTEGER size,
                               bool is_unsigned = false) {
  TypeInfoRow row = Number(name, type, size, is_unsigned);
  row.is_auto_unique = true;
  return row;
}

constexpr TypeInfoRow MyApproximate(std::string_view name, SQLSMALLINT type, SQLINTEGER digits) {
  TypeInfoRow row = Approximate(name, type, digits);
  row.create_params = "precision,scale";
  row.is_auto_unique = true;
  return row;
}

// MySQL manual, chapter 11; in capitals, as SQLColumns writes them. BIT(1) is SQL_BIT; wider ones
// are octets.
constexpr TypeInfoRow kMysqlTypes[] = {
    {.type_name = "BIT", .data_type = SQL_BIT, .column_size = 1},
    MyNumber("TINYINT", SQL_TINYINT, 3),
    MyNumber("TINYINT UNSIGNED", SQL_TINYINT, 3, true),
    MyNumber("BOOL", SQL_TINYINT, 3),
    MyNumber("SMALLINT", SQL_SMALLINT, 5),
    MyNumber("SMALLINT UNSIGNED", SQL_SMALLINT, 5, true),
    Number("YEAR", SQL_SMALLINT, 4, true),
    MyNumber("INT", SQL_INTEGER, 10),
    MyNumber("INT UNSIGNED", SQL_INTEGER, 10, true),
    MyNumber("MEDIUMINT", SQL_INTEGER, 7),
    MyNumber("MEDIUMINT UNSIGNED", SQL_INTEGER, 8, true),
    MyNumber("BIGINT", SQL_BIGINT, 19),
    MyNumber("BIGINT UNSIGNED", SQL_BIGINT, 20, true),
    MyApproximate("FLOAT", SQL_REAL, 7),
    MyApproximate("DOUBLE", SQL_DOUBLE, 15),
    MyApproximate("DOUBLE", SQL_FLOAT, 15),
    Decimal("DECIMAL", SQL_DECIMAL, 65, 30),
    Decimal("DECIMAL", SQL_NUMERIC, 65, 30),
    MyText("VARCHAR", SQL_WVARCHAR, kMyVarchar, "length"),
    MyText("VARCHAR", SQL_VARCHAR, kMyVarchar, "length"),
    MyText("CHAR", SQL_WCHAR, 255, "length"),
    MyText("ENUM", SQL_WCHAR, 65535, "values"),
    MyText("SET", SQL_WCHAR, 64, "values"),
    MyText("CHAR", SQL_CHAR, 255, "length"),
    MyText("LONGTEXT", SQL_WLONGVARCHAR, kLongest),
    MyText("MEDIUMTEXT", SQL_WLONGVARCHAR, 16777215),
    MyText("TEXT", SQL_WLONGVARCHAR, 65535),
    MyText("TINYTEXT", SQL_WLONGVARCHAR, 255),
    MyText("JSON", SQL_WLONGVARCHAR, kLongest),
    MyText("LONGTEXT", SQL_LONGVARCHAR, kLongest),
    MyText("MEDIUMTEXT", SQL_LONGVARCHAR, 16777215),
    MyText("TEXT", SQL_LONGVARCHAR, 65535),
    Octets("BINARY", SQL_BINARY, 255, "X'", "length"),
    Octets("BIT", SQL_BINARY, 8, "X'", "length"),
    Octets("VARBINARY", SQL_VARBINARY, kMyVarchar, "X'", "length"),
    Octets("LONGBLOB", SQL_LONGVARBINARY, kLongest, "X'"),
    Octets("MEDIUMBLOB", SQL_LONGVARBINARY, 16777215, "X'"),
    Octets("BLOB", SQL_LONGVARBINARY, 65535, "X'"),
    Octets("TINYBLOB", SQL_LONGVARBINARY, 255, "X'"),
    Datetime("DATE", SQL_TYPE_DATE, 10, SQL_CODE_DATE, -1),
    Datetime("TIME", SQL_TYPE_TIME, 8, SQL_CODE_TIME, 6),
    Datetime("DATETIME", SQL_TYPE_TIMESTAMP, 26, SQL_CODE_TIMESTAMP, 6),
    Datetime("TIMESTAMP", SQL_TYPE_TIMESTAMP, 26, SQL_CODE_TIMESTAMP, 6),
};

// The tables are grouped for readers and closest match first; the result is ordered by code.
template <typename Rows>
std::vector<TypeInfoRow> OrderedByCode(const Rows& rows) {
  std::vector<TypeInfoRow> ordered(std::begin(rows), std::end(rows));
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const auto& a, const auto& b) { return a.data_type < b.data_type; });
  return ordered;
}

}  // namespace

std::span<const TypeInfoRow> TypeInfoRows(v1::Engine engine) {
  static const std::vector<TypeInfoRow> postgres = OrderedByCode(kPostgresTypes);
  static const std::vector<TypeInfoRow> mysql = [] {
    std::vector<TypeInfoRow> rows = OrderedByCode(kMysqlTypes);
    for (TypeInfoRow& row : rows) row.searchable = SQL_PRED_SEARCHABLE;  // LIKE takes any type
    return rows;
  }();
  return engine == v1::ENGINE_POSTGRES ? postgres : mysql;
}

}  // namespace sluice::driver::info
