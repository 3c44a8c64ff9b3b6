#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay_server/dialect/dialect.h"

namespace sluice::relay::dialect {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Split(const Dialect& dialect, std::string_view sql) {
  std::vector<std::string> texts;
  for (const auto& statement : dialect.Translate(sql, true)) texts.push_back(statement.sql);
  return texts;
}
std::vector<std::string> Postgres(std::string_view sql) { return Split(PostgresDialect(), sql); }
std::vector<std::string> Mysql(std::string_view sql) { return Split(MysqlDialect(), sql); }

TEST(SplitTest, CutsAtSemicolonsOutsideOfEverything) {
  EXPECT_THAT(Postgres("SELECT 1;SELECT ';', $$;$$ /* ; */;  "),
              ElementsAre("SELECT 1", "SELECT ';', $$;$$ /* ; */"));
  EXPECT_THAT(Postgres("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3"),
              ElementsAre("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)", " SELECT 3"));
  EXPECT_THAT(Postgres("SELECT $a1$;$a$;$a1$;SELECT $1"),
              ElementsAre("SELECT $a1$;$a$;$a1$", "SELECT $1"));
}

TEST(SplitTest, AParenthesisTooManyHidesNoSemicolon) {
  EXPECT_THAT(Postgres("SELECT 1); SELECT (2; 3)"), ElementsAre("SELECT 1)", " SELECT (2; 3)"));
}

TEST(SplitTest, EveryStatementCountsItsOwnMarkers) {
  EXPECT_THAT(Postgres("SELECT ?; SELECT ?, ?"), ElementsAre("SELECT $1", " SELECT $1, $2"));
}

TEST(SplitTest, BodiesOfSqlFunctionsStayWhole) {
  const std::string function =
      "CREATE FUNCTION f(x int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN x > 0 THEN 1 END; "
      "SELECT 2; END";
  EXPECT_THAT(Postgres(function + "; SELECT 1"), ElementsAre(function, " SELECT 1"));
  EXPECT_THAT(Postgres("BEGIN; SELECT 1; END"), ElementsAre("BEGIN", " SELECT 1", " END"));
}

TEST(SplitTest, AnEmptyTextIsOneEmptyStatement) {
  EXPECT_THAT(Postgres(""), ElementsAre(""));
  EXPECT_THAT(Postgres(" ; -- x\n ;"), ElementsAre(""));
  EXPECT_THAT(Mysql(""), ElementsAre(""));
}

TEST(SplitTest, AShortTextMakesNoEndOfStatements) {
  std::string sql;
  for (int i = 0; i < 100'000; ++i) sql += "a;";
  EXPECT_EQ(Postgres(sql).size(), 100'000U);
  EXPECT_THROW(Postgres(sql + "a"), TranslationError);
}

TEST(SplitTest, MysqlGetsItsTextWhole) {
  EXPECT_THAT(Mysql("SELECT 1; SELECT 2 ; "), ElementsAre("SELECT 1; SELECT 2 "));
}

}  // namespace
}  // namespace sluice::relay::dialect
