#include "odbc_driver/cursor/script.h"

#include <gmock/gmock.h>

namespace sluice::driver::cursor {
namespace {

using testing::ElementsAre;

std::vector<std::string> Texts(const std::string& sql,
                               const sql::LexicalRules& rules = sql::kMysqlLexicalRules) {
  std::vector<std::string> texts;
  for (auto& statement : SplitStatements(sql, rules)) texts.push_back(std::move(statement.sql));
  return texts;
}

TEST(SplitStatementsTest, SemicolonsSeparateStatements) {
  EXPECT_THAT(Texts("SELECT 1"), ElementsAre("SELECT 1"));
  EXPECT_THAT(Texts("SELECT 1;SELECT ';' ; "), ElementsAre("SELECT 1", "SELECT ';' "));
  EXPECT_THAT(Texts("BEGIN; COMMIT"), ElementsAre("BEGIN", " COMMIT"));
  EXPECT_THAT(Texts("SELECT 1 /* ; */;# ;\n;SELECT 2"),
              ElementsAre("SELECT 1 /* ; */", "SELECT 2"));
}

TEST(SplitStatementsTest, QuotesAreThoseOfTheSession) {
  const std::string sql = R"(SELECT '\'; SELECT ";")";
  EXPECT_THAT(Texts(sql), ElementsAre(sql));
  sql::LexicalRules rules = sql::kMysqlLexicalRules;
  rules.backslash_in_strings = false;
  EXPECT_THAT(Texts(sql, rules), ElementsAre(R"(SELECT '\')", R"( SELECT ";")"));
}

TEST(SplitStatementsTest, ARoutineIsOneStatementToTheEnd) {
  const std::string routine = "CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END";
  EXPECT_THAT(Texts(routine), ElementsAre(routine));
  EXPECT_THAT(Texts("DROP TABLE t;" + routine), ElementsAre("DROP TABLE t", routine));
  const std::string block = "BEGIN NOT ATOMIC SELECT 1; SELECT 2; END";
  EXPECT_THAT(Texts(block), ElementsAre(block));
}

TEST(SplitStatementsTest, EachStatementHasItsOwnMarkers) {
  EXPECT_THAT(
      SplitStatements("SELECT '?'; SELECT ?, /* ? */ ?;DO 0;SELECT ?", sql::kMysqlLexicalRules),
      ElementsAre(ScriptStatement{"SELECT '?'", 0}, ScriptStatement{" SELECT ?, /* ? */ ?", 2},
                  ScriptStatement{"DO 0", 0}, ScriptStatement{"SELECT ?", 1}));
}

TEST(DatabaseOfUseTest, IsTheNameWithoutItsQuotes) {
  EXPECT_EQ(DatabaseOfUse("USE shop"), "shop");
  EXPECT_EQ(DatabaseOfUse("  /* x */ use `my``shop` ;"), "my`shop");
  EXPECT_EQ(DatabaseOfUse("UPDATE t SET a = 1"), std::nullopt);
  EXPECT_EQ(DatabaseOfUse("USE a b"), std::nullopt);
  EXPECT_EQ(DatabaseOfUse(""), std::nullopt);
}

}  // namespace
}  // namespace sluice::driver::cursor
