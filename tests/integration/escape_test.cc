// ODBC's escape sequences on the databases: every scalar function of appendix E that SQLGetInfo
// claims gives what the reference says, with literals and with parameters; literals, LIKE, joins;
// question marks that are no markers.

#include <algorithm>
#include <cstdlib>

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;
using testing::MatchesRegex;

struct FunctionCase {
  SQLUSMALLINT info;  // SQL_STRING_FUNCTIONS …
  SQLUINTEGER bit;
  const char* call;
  const char* value;  // as text, or a regular expression in slashes
};

// clang-format off
constexpr FunctionCase kFunctions[] = {
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_ASCII, "ASCII('a')", "97"},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_BIT_LENGTH, "BIT_LENGTH('abc')", "24"},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_CHAR, "CHAR(65)", "A"},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_CHAR_LENGTH, "CHAR_LENGTH('a\xC3\x9F')", "2"},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_CHARACTER_LENGTH, "CHARACTER_LENGTH('a\xC3\x9F')", "2"},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_CONCAT, "CONCAT('ab', 'cd')", "abcd"},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_DIFFERENCE, "DIFFERENCE('Robert', 'Rupert')", "4"},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_INSERT, "INSERT('abcdef', 2, 3, 'X')", "aXef"},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_LCASE, "LCASE('ABC')", "abc"},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_LEFT, "LEFT('abcdef', 2)", "ab"},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_LENGTH, "LENGTH('ab  ')", "2"},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_LOCATE, "LOCATE('c', 'abcabc', 4)", "6"},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_LOCATE, "LOCATE('z', 'abcabc', 4)", "0"},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_LOCATE_2, "LOCATE('c', 'abcabc')", "3"},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_LTRIM, "LTRIM('  a ')", "a "},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_OCTET_LENGTH, "OCTET_LENGTH('a\xC3\x9F')", "3"},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_POSITION, "POSITION('c' IN 'abc')", "3"},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_REPEAT, "REPEAT('ab', 3)", "ababab"},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_REPLACE, "REPLACE('abcb', 'b', 'xy')", "axycxy"},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_RIGHT, "RIGHT('abcdef', 2)", "ef"},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_RTRIM, "RTRIM(' a  ')", " a"},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_SOUNDEX, "SOUNDEX('Robert')", "R163"},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_SPACE, "SPACE(3)", "   "},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_SUBSTRING, "SUBSTRING('abcdef', 2, 3)", "bcd"},
    {SQL_STRING_FUNCTIONS, SQL_FN_STR_UCASE, "UCASE('abc')", "ABC"},

    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_ABS, "ABS(-3)", "3"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_ACOS, "ACOS(0.5)", "/1\\.0471975.*/"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_ASIN, "ASIN(0.5)", "/0\\.5235987.*/"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_ATAN, "ATAN(1)", "/0\\.785398.*/"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_ATAN2, "ATAN2(1, -1)", "/2\\.356194.*/"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_CEILING, "CEILING(1.2)", "2"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_COS, "COS(0)", "1"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_COT, "COT(1)", "/0\\.642092.*/"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_DEGREES, "DEGREES(1)", "/57\\.29577.*/"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_EXP, "EXP(0)", "/1(\\.0+)?/"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_FLOOR, "FLOOR(-1.2)", "-2"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_LOG, "LOG(2)", "/0\\.693147.*/"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_LOG10, "LOG10(1000)", "3"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_MOD, "MOD(7, 4)", "3"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_PI, "PI()", "/3\\.14159.*/"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_POWER, "POWER(2, 10)", "1024"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_RADIANS, "RADIANS(180)", "/3\\.14159.*/"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_RAND, "RAND()", "/[0-9].*/"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_RAND, "RAND(5)", "/0\\.[0-9]+/"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_ROUND, "ROUND(1.256, 2)", "1.26"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_SIGN, "SIGN(-7)", "-1"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_SIN, "SIN(0)", "0"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_SQRT, "SQRT(9)", "/3(\\.0+)?/"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_TAN, "TAN(0)", "0"},
    {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_TRUNCATE, "TRUNCATE(1.259, 2)", "1.25"},

    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_CURRENT_DATE, "CURRENT_DATE()", "/[0-9]{4}-[0-9]{2}-[0-9]{2}/"},
    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_CURRENT_TIME, "CURRENT_TIME()", "/[0-9]{2}:[0-9]{2}:[0-9]{2}.*/"},
    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_CURRENT_TIME, "CURRENT_TIME(3)", "/[0-9]{2}:[0-9]{2}:[0-9]{2}.*/"},
    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_CURRENT_TIMESTAMP, "CURRENT_TIMESTAMP()", "/[0-9]{4}-.* [0-9]{2}:.*/"},
    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_CURRENT_TIMESTAMP, "CURRENT_TIMESTAMP(3)", "/[0-9]{4}-.* [0-9]{2}:.*/"},
    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_CURDATE, "CURDATE()", "/[0-9]{4}-[0-9]{2}-[0-9]{2}/"},
    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_CURTIME, "CURTIME()", "/[0-9]{2}:[0-9]{2}:[0-9]{2}/"},
    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_DAYNAME, "DAYNAME({d '2024-02-29'})", "Thursday"},
    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_DAYOFMONTH, "DAYOFMONTH({d '2024-02-29'})", "29"},
    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_DAYOFWEEK, "DAYOFWEEK({d '2024-02-29'})", "5"},
    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_DAYOFYEAR, "DAYOFYEAR({d '2024-02-29'})", "60"},
    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_EXTRACT, "EXTRACT(YEAR FROM {d '2024-02-29'})", "2024"},
    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_HOUR, "HOUR({t '13:14:15'})", "13"},
    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_MINUTE, "MINUTE({ts '2024-02-29 13:14:15'})", "14"},
    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_MONTH, "MONTH({d '2024-02-29'})", "2"},
    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_MONTHNAME, "MONTHNAME({d '2024-02-29'})", "February"},
    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_NOW, "NOW()", "/[0-9]{4}-.* [0-9]{2}:.*/"},
    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_QUARTER, "QUARTER({d '2024-05-01'})", "2"},
    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_SECOND, "SECOND({t '13:14:15'})", "15"},
    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_TIMESTAMPADD, "CONVERT({fn TIMESTAMPADD(SQL_TSI_DAY, 1, {ts '2024-02-29 01:02:03'})}, SQL_DATE)", "2024-03-01"},
    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_TIMESTAMPDIFF, "TIMESTAMPDIFF(SQL_TSI_DAY, {d '2024-02-28'}, {d '2024-03-01'})", "2"},
    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_WEEK, "WEEK({d '2024-02-29'})", "9"},
    {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_YEAR, "YEAR({d '2024-02-29'})", "2024"},

    {SQL_SYSTEM_FUNCTIONS, SQL_FN_SYS_DBNAME, "DATABASE()", "/.+/"},
    {SQL_SYSTEM_FUNCTIONS, SQL_FN_SYS_IFNULL, "IFNULL(NULL, 'x')", "x"},
    {SQL_SYSTEM_FUNCTIONS, SQL_FN_SYS_USERNAME, "USER()", "/.+/"},

    {SQL_TIMEDATE_ADD_INTERVALS, SQL_FN_TSI_FRAC_SECOND, "SECOND({fn TIMESTAMPADD(SQL_TSI_FRAC_SECOND, 2000000000, {ts '2024-02-29 01:02:03'})})", "5"},
    {SQL_TIMEDATE_ADD_INTERVALS, SQL_FN_TSI_SECOND, "SECOND({fn TIMESTAMPADD(SQL_TSI_SECOND, 4, {ts '2024-02-29 01:02:03'})})", "7"},
    {SQL_TIMEDATE_ADD_INTERVALS, SQL_FN_TSI_MINUTE, "MINUTE({fn TIMESTAMPADD(SQL_TSI_MINUTE, 4, {ts '2024-02-29 01:02:03'})})", "6"},
    {SQL_TIMEDATE_ADD_INTERVALS, SQL_FN_TSI_HOUR, "HOUR({fn TIMESTAMPADD(SQL_TSI_HOUR, 24, {ts '2024-02-29 01:02:03'})})", "1"},
    {SQL_TIMEDATE_ADD_INTERVALS, SQL_FN_TSI_DAY, "DAYOFMONTH({fn TIMESTAMPADD(SQL_TSI_DAY, 1, {d '2024-02-29'})})", "1"},
    {SQL_TIMEDATE_ADD_INTERVALS, SQL_FN_TSI_WEEK, "DAYOFMONTH({fn TIMESTAMPADD(SQL_TSI_WEEK, 1, {d '2024-02-01'})})", "8"},
    {SQL_TIMEDATE_ADD_INTERVALS, SQL_FN_TSI_MONTH, "DAYOFMONTH({fn TIMESTAMPADD(SQL_TSI_MONTH, 1, {d '2024-01-31'})})", "29"},
    {SQL_TIMEDATE_ADD_INTERVALS, SQL_FN_TSI_QUARTER, "MONTH({fn TIMESTAMPADD(SQL_TSI_QUARTER, 1, {d '2024-01-31'})})", "4"},
    {SQL_TIMEDATE_ADD_INTERVALS, SQL_FN_TSI_YEAR, "YEAR({fn TIMESTAMPADD(SQL_TSI_YEAR, -1, {d '2024-01-31'})})", "2023"},
    {SQL_TIMEDATE_DIFF_INTERVALS, SQL_FN_TSI_FRAC_SECOND, "TIMESTAMPDIFF(SQL_TSI_FRAC_SECOND, {ts '2024-02-29 01:02:03'}, {ts '2024-02-29 01:02:04'})", "1000000000"},
    {SQL_TIMEDATE_DIFF_INTERVALS, SQL_FN_TSI_SECOND, "TIMESTAMPDIFF(SQL_TSI_SECOND, {ts '2024-02-29 01:02:03'}, {ts '2024-02-29 01:03:04'})", "61"},
    {SQL_TIMEDATE_DIFF_INTERVALS, SQL_FN_TSI_MINUTE, "TIMESTAMPDIFF(SQL_TSI_MINUTE, {ts '2024-02-29 01:02:03'}, {ts '2024-02-29 02:03:04'})", "61"},
    {SQL_TIMEDATE_DIFF_INTERVALS, SQL_FN_TSI_HOUR, "TIMESTAMPDIFF(SQL_TSI_HOUR, {d '2024-02-28'}, {d '2024-03-01'})", "48"},
    {SQL_TIMEDATE_DIFF_INTERVALS, SQL_FN_TSI_DAY, "TIMESTAMPDIFF(SQL_TSI_DAY, {d '2024-03-01'}, {d '2024-02-28'})", "-2"},
    {SQL_TIMEDATE_DIFF_INTERVALS, SQL_FN_TSI_WEEK, "TIMESTAMPDIFF(SQL_TSI_WEEK, {d '2024-02-01'}, {d '2024-02-29'})", "4"},
    {SQL_TIMEDATE_DIFF_INTERVALS, SQL_FN_TSI_MONTH, "TIMESTAMPDIFF(SQL_TSI_MONTH, {d '2023-01-31'}, {d '2024-01-30'})", "11"},
    {SQL_TIMEDATE_DIFF_INTERVALS, SQL_FN_TSI_QUARTER, "TIMESTAMPDIFF(SQL_TSI_QUARTER, {d '2023-01-31'}, {d '2024-01-31'})", "4"},
    {SQL_TIMEDATE_DIFF_INTERVALS, SQL_FN_TSI_YEAR, "TIMESTAMPDIFF(SQL_TSI_YEAR, {d '2020-02-29'}, {d '2024-02-28'})", "3"},
};

// What CONVERT makes of a value; the row holds for the databases that claim the conversion.
struct ConvertCase {
  SQLUSMALLINT info;  // SQL_CONVERT_…
  SQLUINTEGER bit;
  const char* call;
  const char* value;
};

constexpr ConvertCase kConversions[] = {
    {SQL_CONVERT_VARCHAR, SQL_CVT_INTEGER, "CONVERT('12', SQL_INTEGER)", "12"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_SMALLINT, "CONVERT('12', SQL_SMALLINT)", "12"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_TINYINT, "CONVERT('12', SQL_TINYINT)", "12"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_BIGINT, "CONVERT('-9000000000', SQL_BIGINT)", "-9000000000"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_DECIMAL, "CONVERT('1.5', SQL_DECIMAL)", "/1\\.50*/"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_NUMERIC, "CONVERT('1.5', SQL_NUMERIC)", "/1\\.50*/"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_DOUBLE, "CONVERT('1.5', SQL_DOUBLE)", "1.5"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_FLOAT, "CONVERT('1.5', SQL_FLOAT)", "1.5"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_REAL, "CONVERT('1.5', SQL_REAL)", "1.5"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_BIT, "CONVERT('1', SQL_BIT)", "1"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_CHAR, "CONVERT('abc', SQL_CHAR)", "abc"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_VARCHAR, "CONVERT('abc', SQL_VARCHAR)", "abc"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_LONGVARCHAR, "CONVERT('abc', SQL_LONGVARCHAR)", "abc"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_WCHAR, "CONVERT('abc', SQL_WCHAR)", "abc"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_WVARCHAR, "CONVERT('abc', SQL_WVARCHAR)", "abc"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_WLONGVARCHAR, "CONVERT('abc', SQL_WLONGVARCHAR)", "abc"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_BINARY, "CONVERT('abc', SQL_BINARY)", "/616263|abc/"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_VARBINARY, "CONVERT('abc', SQL_VARBINARY)", "/616263|abc/"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_LONGVARBINARY, "CONVERT('abc', SQL_LONGVARBINARY)", "/616263|abc/"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_DATE, "CONVERT('2024-02-29', SQL_DATE)", "2024-02-29"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_TIME, "CONVERT('13:14:15', SQL_TIME)", "/13:14:15.*/"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_TIMESTAMP, "CONVERT('2024-02-29 13:14:15', SQL_TIMESTAMP)", "/2024-02-29 13:14:15.*/"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_DATE, "CONVERT('2024-02-29', SQL_TYPE_DATE)", "2024-02-29"},
    {SQL_CONVERT_VARCHAR, SQL_CVT_GUID, "CONVERT('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', SQL_GUID)", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"},
    {SQL_CONVERT_INTEGER, SQL_CVT_VARCHAR, "CONVERT(12, SQL_VARCHAR)", "12"},
    {SQL_CONVERT_INTEGER, SQL_CVT_WVARCHAR, "CONVERT(12, SQL_WVARCHAR)", "12"},
    {SQL_CONVERT_INTEGER, SQL_CVT_DOUBLE, "CONVERT(12, SQL_DOUBLE)", "12"},
    {SQL_CONVERT_INTEGER, SQL_CVT_BIT, "CONVERT(1, SQL_BIT)", "1"},
    {SQL_CONVERT_DECIMAL, SQL_CVT_INTEGER, "CONVERT(12.4, SQL_INTEGER)", "12"},
    {SQL_CONVERT_DECIMAL, SQL_CVT_VARCHAR, "CONVERT(12.4, SQL_VARCHAR)", "12.4"},
    {SQL_CONVERT_DATE, SQL_CVT_VARCHAR, "CONVERT({d '2024-02-29'}, SQL_VARCHAR)", "2024-02-29"},
    {SQL_CONVERT_DATE, SQL_CVT_TIMESTAMP, "CONVERT({d '2024-02-29'}, SQL_TIMESTAMP)", "/2024-02-29 00:00:00.*/"},
    {SQL_CONVERT_TIMESTAMP, SQL_CVT_DATE, "CONVERT({ts '2024-02-29 13:14:15'}, SQL_DATE)", "2024-02-29"},
    {SQL_CONVERT_TIMESTAMP, SQL_CVT_TIME, "CONVERT({ts '2024-02-29 13:14:15'}, SQL_TIME)", "/13:14:15.*/"},
    {SQL_CONVERT_TIME, SQL_CVT_VARCHAR, "CONVERT({t '13:14:15'}, SQL_VARCHAR)", "/13:14:15.*/"},
};
// clang-format on

class EscapeTest : public DatabaseTest {
 protected:
  void ExpectValue(const std::string& sql, const std::string& value) {
    SCOPED_TRACE(sql);
    const std::string answer = connection.Value(sql);
    if (value.size() > 1 && value.front() == '/') {
      EXPECT_THAT(answer, MatchesRegex(value.substr(1, value.size() - 2)));
    } else {
      EXPECT_EQ(answer, value);
    }
  }
};

TEST_P(EscapeTest, EveryScalarFunctionThatIsClaimedWorks) {
  for (const FunctionCase& row : kFunctions) {
    if ((connection.InfoNumber(row.info) & row.bit) == 0) continue;
    ExpectValue(std::string("SELECT {fn ") + row.call + "}", row.value);
  }
}

TEST_P(EscapeTest, NothingIsClaimedThatNoCaseTries) {
  for (const int info :
       {SQL_STRING_FUNCTIONS, SQL_NUMERIC_FUNCTIONS, SQL_TIMEDATE_FUNCTIONS, SQL_SYSTEM_FUNCTIONS,
        SQL_TIMEDATE_ADD_INTERVALS, SQL_TIMEDATE_DIFF_INTERVALS}) {
    SQLUINTEGER tried = 0;
    for (const FunctionCase& row : kFunctions) tried |= row.info == info ? row.bit : 0;
    EXPECT_EQ(connection.InfoNumber(static_cast<SQLUSMALLINT>(info)) & ~tried, 0u) << info;
  }
}

TEST_P(EscapeTest, ConversionsThatAreClaimedWork) {
  for (const ConvertCase& row : kConversions) {
    if ((connection.InfoNumber(row.info) & row.bit) == 0) continue;
    ExpectValue(std::string("SELECT {fn ") + row.call + "}", row.value);
  }
}

// Arguments bound as parameters: 's' text, 'i' integer, 'd' double.
struct MarkerCase {
  const char* call;
  const char* kinds;
  std::vector<const char*> arguments;
  const char* value;
};

TEST_P(EscapeTest, FunctionsTakeParameters) {
  const std::vector<MarkerCase> cases = {
      {"UCASE(?)", "s", {"abc"}, "ABC"},
      {"LENGTH(?)", "s", {"ab  "}, "2"},
      {"CONCAT(?, ?)", "ss", {"ab", "cd"}, "abcd"},
      {"CONCAT({fn UCASE(?)}, 'x')", "s", {"ab"}, "ABx"},
      {"LEFT(?, ?)", "si", {"abcdef", "2"}, "ab"},
      {"RIGHT(?, ?)", "si", {"abcdef", "2"}, "ef"},
      {"SUBSTRING(?, ?, ?)", "sii", {"abcdef", "2", "3"}, "bcd"},
      {"INSERT(?, ?, ?, ?)", "siis", {"abcdef", "2", "3", "X"}, "aXef"},
      {"REPEAT(?, ?)", "si", {"ab", "2"}, "abab"},
      {"REPLACE(?, ?, ?)", "sss", {"abc", "b", "x"}, "axc"},
      {"LOCATE(?, ?)", "ss", {"c", "abc"}, "3"},
      {"SPACE(?)", "i", {"2"}, "  "},
      {"ASCII(?)", "s", {"a"}, "97"},
      {"CHAR(?)", "i", {"65"}, "A"},
      {"LTRIM(?)", "s", {"  a"}, "a"},
      {"ABS(?)", "i", {"-3"}, "3"},
      {"MOD(?, 4)", "i", {"7"}, "3"},  // of two unknown types PostgreSQL would not choose
      {"POWER(?, ?)", "dd", {"2", "10"}, "1024"},
      {"ROUND(?, ?)", "di", {"1.256", "2"}, "1.26"},
      {"TRUNCATE(?, ?)", "di", {"1.259", "2"}, "1.25"},
      {"SQRT(?)", "d", {"9"}, "3"},
      {"IFNULL(?, 'x')", "s", {nullptr}, "x"},
      {"YEAR(?)", "s", {"2024-02-29"}, "2024"},
      {"DAYNAME(?)", "s", {"2024-02-29"}, "Thursday"},
      {"CONVERT(?, SQL_INTEGER)", "s", {"12"}, "12"},
      {"TIMESTAMPDIFF(SQL_TSI_DAY, ?, ?)", "ss", {"2024-02-28", "2024-03-01"}, "2"},
  };
  for (const MarkerCase& row : cases) {
    SCOPED_TRACE(row.call);
    Statement statement(connection);
    std::vector<SQLINTEGER> integers(row.arguments.size());
    std::vector<double> doubles(row.arguments.size());
    std::vector<SQLLEN> lengths(row.arguments.size(), SQL_NTS);
    for (std::size_t i = 0; i < row.arguments.size(); ++i) {
      const char* text = row.arguments[i];
      const auto number = static_cast<SQLUSMALLINT>(i + 1);
      if (text == nullptr) lengths[i] = SQL_NULL_DATA;
      if (row.kinds[i] == 's') {
        SQLBindParameter(statement.handle(), number, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 50,
                         0, const_cast<char*>(text), 0, &lengths[i]);
      } else if (row.kinds[i] == 'i') {
        integers[i] = std::atoi(text);
        SQLBindParameter(statement.handle(), number, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 10,
                         0, &integers[i], 0, nullptr);
      } else {
        doubles[i] = std::atof(text);
        SQLBindParameter(statement.handle(), number, SQL_PARAM_INPUT, SQL_C_DOUBLE, SQL_DOUBLE, 15,
                         0, &doubles[i], 0, nullptr);
      }
    }
    statement.Run(std::string("SELECT {fn ") + row.call + "}");
    EXPECT_THAT(statement.Rows(), ElementsAre(row.value));
  }
}

TEST_P(EscapeTest, LiteralsHaveTheirTypes) {
  ExpectValue("SELECT {d '2024-02-29'}", "2024-02-29");
  ExpectValue("SELECT {t '13:14:15'}", "/13:14:15.*/");
  ExpectValue("SELECT {ts '2024-02-29 13:14:15.5'}", "/2024-02-29 13:14:15\\.50*/");
  ExpectValue(
      "SELECT {guid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'}",
      Sql({"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}));
  ExpectValue("SELECT {d '2024-02-28'} + {interval '1' day}", "/2024-02-29.*/");
  ExpectValue("SELECT {ts '2024-02-29 10:00:00'} - {interval -'1 2' day to hour}",
              "/2024-03-01 12:00:00.*/");
}

TEST_P(EscapeTest, LikeAndOuterJoin) {
  const std::string table = MakeTable("id INT, v VARCHAR(10)");
  connection.Run("INSERT INTO " + table + " VALUES (1, 'a%b'), (2, 'axb'), (3, 'a\\\\b')");
  EXPECT_THAT(connection.Rows("SELECT id FROM " + table + " WHERE v LIKE 'a!%b' {escape '!'}"),
              ElementsAre("1"));
  EXPECT_THAT(connection.Rows("SELECT id FROM " + table + " WHERE v LIKE 'a" +
                              Sql({"\\%", "\\\\%"}) + "b' {escape '\\'}"),
              ElementsAre("1"));
  EXPECT_THAT(connection.Rows("SELECT a.id, b.id FROM {oj " + table + " a LEFT OUTER JOIN " +
                              table + " b ON a.id = b.id + 1} ORDER BY a.id"),
              ElementsAre("1|NULL", "2|1", "3|2"));
}

TEST_P(EscapeTest, BracesAndMarksInsideOfStringsAndCommentsStay) {
  ExpectValue("SELECT '{fn X(?)} {d ''x''}' /* ? {fn */ -- ? {fn\n", "{fn X(?)} {d 'x'}");
  ExpectValue(Sql({"SELECT \"a?b\" FROM (SELECT 1 AS \"a?b\") AS t",
                   "SELECT `a?b` FROM (SELECT 1 AS `a?b`) AS t"}),
              "1");
}

// PostgreSQL's operators with question marks, beside markers; its ways to quote.
TEST(PostgresEscapeTest, QuestionMarksInOperatorsAndQuotesAreNoMarkers) {
  Connection connection(ConnectionString(Database::kPostgres));
  const auto value = [&](const std::string& sql) {
    Statement statement(connection);
    char key[] = "a";
    SQLLEN length = SQL_NTS;
    SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 5, 0, key, 0,
                     &length);
    statement.Run(sql);
    return statement.Rows();
  };
  EXPECT_THAT(value("SELECT '{\"a\": 1}'::jsonb ? 'a', ?::text"), ElementsAre("1|a"));
  EXPECT_THAT(value("SELECT '{\"a\": 1}'::jsonb ? ?"), ElementsAre("1"));
  EXPECT_THAT(value("SELECT '{\"a\": 1}'::jsonb ?? ?"), ElementsAre("1"));
  EXPECT_THAT(value("SELECT '{\"a\": 1}'::jsonb ?| array['b', ?]"), ElementsAre("1"));
  EXPECT_THAT(value("SELECT '{\"a\": 1}'::jsonb ?& array['b', ?]"), ElementsAre("0"));
  EXPECT_THAT(value("SELECT '{\"a\": 1}'::jsonb @? '$.a', ?::text"), ElementsAre("1|a"));
  EXPECT_THAT(value("SELECT E'\\'?', $q$ ? $q$, $$?$$, ?::text /* /* ? */ ? */"),
              ElementsAre("'?| ? |?|a"));
  EXPECT_THAT(value("SELECT ?||'b'"), ElementsAre("ab"));
  EXPECT_THAT(value("SELECT 'x\\', ?::text"), ElementsAre("x\\|a"));
}

TEST(MysqlEscapeTest, QuotesHideQuestionMarks) {
  Connection connection(ConnectionString(Database::kMysql));
  Statement statement(connection);
  char text[] = "a";
  SQLLEN length = SQL_NTS;
  SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 5, 0, text, 0,
                   &length);
  statement.Run("SELECT 'it\\'s ?', \"?\", ? # ?\n, /*! 'code' */ -- ?\n");
  EXPECT_THAT(statement.Rows(), ElementsAre("it's ?|?|a|code"));
}

// The one row of a query with one marker, which is bound to 7.
std::string RowWithSeven(Connection& connection, const std::string& sql) {
  Statement statement(connection);
  SQLINTEGER number = 7;
  EXPECT_EQ(SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 10,
                             0, &number, 0, nullptr),
            SQL_SUCCESS);
  statement.Run(sql);
  return statement.Fetch() ? statement.Row() : "no row";
}

TEST(MysqlEscapeTest, QuotesAreReadAsTheSessionHasThem) {
  Connection connection(ConnectionString(Database::kMysql));
  const auto value = [&](const std::string& sql) { return RowWithSeven(connection, sql); };
  connection.Run("SET sql_mode = 'NO_BACKSLASH_ESCAPES'");
  EXPECT_EQ(value(R"(SELECT 'a\', ?, '?')"), R"(a\|7|?)");
  connection.Run("SET sql_mode = 'ansi'");
  EXPECT_EQ(value(R"(SELECT "a\", ? FROM (SELECT 1 AS "a\") AS "?")"), "1|7");
  EXPECT_EQ(value(R"(SELECT 'it\'s ?', ?)"), "it's ?|7");
  connection.Run("SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'");
  EXPECT_EQ(value(R"(SELECT "a\", 'b\', ? FROM (SELECT 1 AS "a\") AS t)"), R"(1|b\|7)");
  connection.Run("SET sql_mode = DEFAULT");
  EXPECT_EQ(value(R"(SELECT 'it\'s ?', "a\"?", ?)"), R"(it's ?|a"?|7)");
  // As a number; by an expression, which pins; by a procedure, whose text is not the statement's.
  connection.Run("SET sql_mode = 1048576");
  EXPECT_EQ(value(R"(SELECT 'a\', ?, '?')"), R"(a\|7|?)");
  connection.Run("SET sql_mode = 4");
  EXPECT_EQ(value(R"(SELECT "a\", ? FROM (SELECT 1 AS "a\") AS "?")"), "1|7");
  connection.Run("SET sql_mode = ''");
  connection.Run("SET sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')");
  EXPECT_EQ(value(R"(SELECT 'a\', ?, '?')"), R"(a\|7|?)");
  connection.Run("SET sql_mode = ''");
  EXPECT_EQ(value(R"(SELECT 'it\'s ?', "a\"?", ?)"), R"(it's ?|a"?|7)");
  const std::string procedure = UniqueName("sets_mode");
  connection.Run("CREATE PROCEDURE " + procedure + "() SET @@sql_mode = 'NO_BACKSLASH_ESCAPES'");
  connection.Run("CALL " + procedure + "()");
  const bool lasts = connection.Value("SELECT @@sql_mode") == "NO_BACKSLASH_ESCAPES";
  EXPECT_EQ(value(R"(SELECT 'a\\', ?)"), lasts ? R"(a\\|7)" : R"(a\|7)");
  connection.Run("SET sql_mode = DEFAULT");
  connection.Run("DROP PROCEDURE " + procedure);
}

// With standard_conforming_strings off a backslash in front of a quote makes it part of the string.
TEST(PostgresEscapeTest, StringsAreReadAsTheSessionHasThem) {
  Connection connection(ConnectionString(Database::kPostgres));
  const auto value = [&](const std::string& sql) { return RowWithSeven(connection, sql); };
  EXPECT_EQ(value(R"(SELECT 'a\', CAST(? AS INT) || '?')"), R"(a\|7?)");
  connection.Run("SET standard_conforming_strings = off");
  EXPECT_EQ(value(R"(SELECT 'it\'s {d ?', CAST(? AS INT))"), "it's {d ?|7");
  EXPECT_EQ(value(R"(SELECT 'a\\', CAST(? AS INT) || '?')"), R"(a\|7?)");
  connection.Run("RESET standard_conforming_strings");
  EXPECT_EQ(value(R"(SELECT 'a\', CAST(? AS INT) || '?')"), R"(a\|7?)");
  connection.Value("SELECT set_config('standard_conforming_strings', 'off', false)");
  EXPECT_EQ(value(R"(SELECT 'it\'s ?', CAST(? AS INT))"), "it's ?|7");
}

INSTANTIATE_FOR_DATABASES(EscapeTest);

}  // namespace
}  // namespace sluice::tests
