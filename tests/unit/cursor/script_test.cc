#include "odbc_driver/cursor/script.h"

#include <gmock/gmock.h>

namespace sluice::driver::cursor {
namespace {

using testing::ElementsAre;

TEST(SplitStatementsTest, SemicolonsSeparateStatements) {
  EXPECT_THAT(SplitStatements("SELECT 1"), ElementsAre("SELECT 1"));
  EXPECT_THAT(SplitStatements("SELECT 1;SELECT ';' ; "), ElementsAre("SELECT 1", "SELECT ';' "));
  EXPECT_THAT(SplitStatements("BEGIN; COMMIT"), ElementsAre("BEGIN", " COMMIT"));
  EXPECT_THAT(SplitStatements("SELECT 1 /* ; */;# ;\n;SELECT 2"),
              ElementsAre("SELECT 1 /* ; */", "SELECT 2"));
}

TEST(SplitStatementsTest, ARoutineIsOneStatementToTheEnd) {
  const std::string routine = "CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END";
  EXPECT_THAT(SplitStatements(routine), ElementsAre(routine));
  EXPECT_THAT(SplitStatements("DROP TABLE t;" + routine), ElementsAre("DROP TABLE t", routine));
  const std::string block = "BEGIN NOT ATOMIC SELECT 1; SELECT 2; END";
  EXPECT_THAT(SplitStatements(block), ElementsAre(block));
}

TEST(SplitStatementsTest, ATextWithParametersIsLeftToTheServer) {
  EXPECT_THAT(SplitStatements("SELECT 1; SELECT ?"), ElementsAre("SELECT 1; SELECT ?"));
  EXPECT_EQ(SplitStatements("SELECT 1; SELECT '?'").size(), 2U);
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
