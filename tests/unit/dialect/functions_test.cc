#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "relay_server/dialect/dialect.h"
#include "relay_server/dialect/scalar_functions.h"

namespace sluice::relay::dialect {
namespace {

// Every function of the ODBC reference's appendix E.
constexpr std::string_view kOdbcFunctions[] = {
    "ASCII",         "BIT_LENGTH", "CHAR",         "CHAR_LENGTH",  "CHARACTER_LENGTH",
    "CONCAT",        "DIFFERENCE", "INSERT",       "LCASE",        "LEFT",
    "LENGTH",        "LOCATE",     "LTRIM",        "OCTET_LENGTH", "POSITION",
    "REPEAT",        "REPLACE",    "RIGHT",        "RTRIM",        "SOUNDEX",
    "SPACE",         "SUBSTRING",  "UCASE",        "ABS",          "ACOS",
    "ASIN",          "ATAN",       "ATAN2",        "CEILING",      "COS",
    "COT",           "DEGREES",    "EXP",          "FLOOR",        "LOG",
    "LOG10",         "MOD",        "PI",           "POWER",        "RADIANS",
    "RAND",          "ROUND",      "SIGN",         "SIN",          "SQRT",
    "TAN",           "TRUNCATE",   "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP",
    "CURDATE",       "CURTIME",    "DAYNAME",      "DAYOFMONTH",   "DAYOFWEEK",
    "DAYOFYEAR",     "EXTRACT",    "HOUR",         "MINUTE",       "MONTH",
    "MONTHNAME",     "NOW",        "QUARTER",      "SECOND",       "TIMESTAMPADD",
    "TIMESTAMPDIFF", "WEEK",       "YEAR",         "DATABASE",     "IFNULL",
    "USER",          "CONVERT"};

std::string Postgres(const std::string& call) {
  return PostgresDialect().Translate("{fn " + call + "}", true).front().sql;
}
std::string Mysql(const std::string& call) {
  return MysqlDialect().Translate("{fn " + call + "}", true).front().sql;
}

class FunctionTableTest : public ::testing::TestWithParam<std::span<const ScalarFunction>> {};

TEST_P(FunctionTableTest, HasEveryFunctionOfOdbcAndNoOther) {
  std::set<std::string_view> names;
  for (const ScalarFunction& row : GetParam()) names.insert(row.name);
  EXPECT_EQ(names,
            std::set<std::string_view>(std::begin(kOdbcFunctions), std::end(kOdbcFunctions)));
}

TEST_P(FunctionTableTest, PatternsNameOnlyArgumentsThatExistAndUseThemAll) {
  for (const ScalarFunction& row : GetParam()) {
    const int count = row.argument_count == kWholeText ? 1 : row.argument_count;
    for (int argument = 1; argument <= 9; ++argument) {
      const bool used = row.pattern.find("%" + std::to_string(argument)) != std::string::npos;
      EXPECT_EQ(used, argument <= count && argument != row.keyword_argument)
          << row.name << " " << row.pattern;
    }
  }
}

TEST_P(FunctionTableTest, EveryRowIsReached) {
  for (const ScalarFunction& row : GetParam()) {
    std::vector<ScalarArgument> arguments;
    std::string expected(row.pattern);
    const int count = row.argument_count == kWholeText ? 1 : row.argument_count;
    for (int i = 1; i <= count; ++i) {
      const std::string text =
          i == row.keyword_argument ? std::string(row.keyword) : "arg" + std::to_string(i);
      arguments.push_back({text, row.only_markers});
      const std::string place = "%" + std::to_string(i);
      for (auto at = expected.find(place); at != std::string::npos; at = expected.find(place)) {
        expected.replace(at, place.size(), text);
      }
    }
    EXPECT_EQ(ExpandScalarFunction(GetParam(), row.name, arguments, "arg1", false), expected);
  }
}

INSTANTIATE_TEST_SUITE_P(Databases, FunctionTableTest,
                         ::testing::Values(PostgresScalarFunctions(), MysqlScalarFunctions()),
                         [](const auto& param) { return param.index == 0 ? "Postgres" : "Mysql"; });

TEST(FunctionTest, NamesAndKeywordsAreReadWithoutCaseAndWithSpaces) {
  EXPECT_EQ(Postgres(" ucase ( x ) "), "upper(x)");
  EXPECT_EQ(Postgres("convert( x , sql_bigint )"), "CAST(x AS bigint)");
  EXPECT_EQ(Mysql("TimestampAdd(sql_tsi_week, 1, t)"), "timestampadd(WEEK, 1, t)");
}

TEST(FunctionTest, ParenthesesMayBeLeftOut) {
  EXPECT_EQ(Postgres("CURRENT_DATE"), "current_date");
  EXPECT_EQ(Mysql("NOW"), "now()");
}

TEST(FunctionTest, CommasInsideOfArgumentsDoNotSeparate) {
  EXPECT_EQ(Postgres("IFNULL(f(a, b), ARRAY[1, 2])"), "coalesce(f(a, b), ARRAY[1, 2])");
  EXPECT_EQ(Mysql("CONCAT('a,b', (c))"), "concat('a,b', (c))");
}

TEST(FunctionTest, WhatOdbcDoesNotKnowIsTheDatabasesOwn) {
  EXPECT_EQ(Postgres("initcap( ? )"), "initcap( $1 )");
  EXPECT_EQ(Postgres("myschema.f(a, 1)"), "myschema.f(a, 1)");
  EXPECT_EQ(Postgres("UCASE(a, b)"), "UCASE(a, b)");
  EXPECT_EQ(Mysql("CONVERT(a USING latin1)"), "CONVERT(a USING latin1)");
}

TEST(FunctionTest, SpecialSyntaxPassesWithItsWords) {
  EXPECT_EQ(Postgres("EXTRACT(YEAR FROM {fn NOW()})"), "extract(YEAR FROM localtimestamp)");
  EXPECT_EQ(Mysql("POSITION('a' IN ?)"), "position('a' IN ?)");
}

}  // namespace
}  // namespace sluice::relay::dialect
