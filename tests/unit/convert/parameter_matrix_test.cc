#include <string>

#include "odbc_driver/convert/parameter_converter.h"
#include "tests/unit/convert/conversion_case.h"

// Every pair of a C type and an SQL type (ODBC reference, appendix D, "Converting Data from C to
// SQL Data Types"): whether there is such a conversion. What becomes of values is in
// parameter_test.cc.

namespace sluice::driver::convert {
namespace {

struct SqlTypes {
  char letter;  // in kMatrix
  std::vector<SQLSMALLINT> codes;
};

const std::vector<SqlTypes>& AllSqlTypes() {
  static const std::vector<SqlTypes> types = {
      {'c', {SQL_CHAR, SQL_VARCHAR, SQL_LONGVARCHAR, SQL_WCHAR, SQL_WVARCHAR, SQL_WLONGVARCHAR}},
      {'n', {SQL_DECIMAL, SQL_NUMERIC, SQL_TINYINT, SQL_SMALLINT, SQL_INTEGER, SQL_BIGINT}},
      {'f', {SQL_REAL, SQL_FLOAT, SQL_DOUBLE}},
      {'b', {SQL_BIT}},
      {'x', {SQL_BINARY, SQL_VARBINARY, SQL_LONGVARBINARY}},
      {'d', {SQL_TYPE_DATE, SQL_DATE}},
      {'t', {SQL_TYPE_TIME, SQL_TIME}},
      {'s', {SQL_TYPE_TIMESTAMP, SQL_TIMESTAMP}},
      {'g', {SQL_GUID}},
      {'y', {SQL_INTERVAL_YEAR, SQL_INTERVAL_MONTH, SQL_INTERVAL_YEAR_TO_MONTH}},
      {'i',
       {SQL_INTERVAL_DAY, SQL_INTERVAL_HOUR, SQL_INTERVAL_MINUTE, SQL_INTERVAL_SECOND,
        SQL_INTERVAL_DAY_TO_HOUR, SQL_INTERVAL_DAY_TO_MINUTE, SQL_INTERVAL_DAY_TO_SECOND,
        SQL_INTERVAL_HOUR_TO_MINUTE, SQL_INTERVAL_HOUR_TO_SECOND, SQL_INTERVAL_MINUTE_TO_SECOND}},
  };
  return types;
}

struct MatrixRow {
  std::vector<SQLSMALLINT> c_types;
  std::string sql_types;  // letters of AllSqlTypes()
};

// A GUID as text and a bit as an interval are beyond the reference.
const std::vector<MatrixRow>& Matrix() {
  static const std::vector<MatrixRow> rows = {
      {{SQL_C_CHAR, SQL_C_WCHAR}, "cnfbxdtsgyi"},
      {{SQL_C_BINARY}, "cnfbxdtsgyi"},
      {{SQL_C_STINYINT, SQL_C_UTINYINT, SQL_C_TINYINT, SQL_C_SSHORT, SQL_C_USHORT, SQL_C_SHORT,
        SQL_C_SLONG, SQL_C_ULONG, SQL_C_LONG, SQL_C_SBIGINT, SQL_C_UBIGINT, SQL_C_NUMERIC,
        SQL_C_BIT},
       "cnfbyi"},
      {{SQL_C_FLOAT, SQL_C_DOUBLE}, "cnfb"},
      {{SQL_C_GUID}, "cg"},
      {{SQL_C_TYPE_DATE, SQL_C_DATE}, "cds"},
      {{SQL_C_TYPE_TIME, SQL_C_TIME}, "cts"},
      {{SQL_C_TYPE_TIMESTAMP, SQL_C_TIMESTAMP}, "cdts"},
      {{SQL_C_INTERVAL_YEAR, SQL_C_INTERVAL_MONTH, SQL_C_INTERVAL_YEAR_TO_MONTH}, "cny"},
      {{SQL_C_INTERVAL_DAY, SQL_C_INTERVAL_HOUR, SQL_C_INTERVAL_MINUTE, SQL_C_INTERVAL_SECOND,
        SQL_C_INTERVAL_DAY_TO_HOUR, SQL_C_INTERVAL_DAY_TO_MINUTE, SQL_C_INTERVAL_DAY_TO_SECOND,
        SQL_C_INTERVAL_HOUR_TO_MINUTE, SQL_C_INTERVAL_HOUR_TO_SECOND,
        SQL_C_INTERVAL_MINUTE_TO_SECOND},
       "cni"},
  };
  return rows;
}

bool Converts(SQLSMALLINT c_type, SQLSMALLINT sql_type) {
  try {
    ParameterValueType(c_type, sql_type);
    return true;
  } catch (const DriverError& error) {
    EXPECT_EQ(error.state().code, "07006");
    return false;
  }
}

TEST(ParameterMatrix, HasTheConversionsOfTheReferenceAndNoOthers) {
  for (const MatrixRow& row : Matrix()) {
    for (const SQLSMALLINT c_type : row.c_types) {
      for (const SqlTypes& group : AllSqlTypes()) {
        const bool expected = row.sql_types.find(group.letter) != std::string::npos;
        for (const SQLSMALLINT sql_type : group.codes) {
          EXPECT_EQ(Converts(c_type, sql_type), expected) << c_type << " to " << sql_type;
        }
      }
    }
  }
}

TEST(ParameterMatrix, ADefaultCTypeConvertsToItsSqlType) {
  for (const SqlTypes& group : AllSqlTypes()) {
    for (const SQLSMALLINT sql_type : group.codes) {
      EXPECT_TRUE(Converts(DefaultParameterCType(sql_type), sql_type)) << sql_type;
    }
  }
}

}  // namespace
}  // namespace sluice::driver::convert
