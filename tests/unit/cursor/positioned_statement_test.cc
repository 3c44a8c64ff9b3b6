#include "odbc_driver/cursor/positioned_statement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "odbc_driver/cursor/string_syntax.h"

namespace sluice::driver::cursor {
namespace {

std::optional<PositionedStatement> ParsePositioned(std::string_view sql, v1::Engine engine) {
  return cursor::ParsePositioned(sql, engine, DefaultRules(engine));
}

using testing::ElementsAre;

constexpr v1::Engine kEngines[] = {v1::ENGINE_POSTGRES, v1::ENGINE_MYSQL};

TEST(PositionedStatementTest, TheConditionIsReplaced) {
  for (const v1::Engine engine : kEngines) {
    const auto update =
        ParsePositioned("UPDATE t SET a = ?, b = 'x?' where Current /* c */ of C1", engine);
    ASSERT_TRUE(update);
    EXPECT_FALSE(update->is_delete);
    EXPECT_EQ(update->cursor, "c1");
    EXPECT_EQ(update->markers, 1);
    EXPECT_EQ(update->With(" WHERE id = ?"), "UPDATE t SET a = ?, b = 'x?'  WHERE id = ?");
    const auto deletion = ParsePositioned("-- now\n delete FROM t WHERE CURRENT OF c;\n", engine);
    ASSERT_TRUE(deletion);
    EXPECT_TRUE(deletion->is_delete);
    EXPECT_EQ(deletion->With("!"), "-- now\n delete FROM t !;\n");
  }
}

TEST(PositionedStatementTest, WhatStandsBehindTheNameStays) {
  const auto found =
      ParsePositioned("DELETE FROM t WHERE CURRENT OF \"My c\" RETURNING a", v1::ENGINE_POSTGRES);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->cursor, "my c");
  EXPECT_EQ(found->With("W"), "DELETE FROM t W RETURNING a");
}

TEST(PositionedStatementTest, OtherTextsAreLeftAlone) {
  const char* const texts[] = {
      "",
      "SELECT 1",
      "UPDATE t SET a = 1 WHERE current = 'of'",
      "UPDATE t SET a = 'WHERE CURRENT OF c'",
      "DELETE FROM t -- WHERE CURRENT OF c",
      "DELETE FROM t /* WHERE CURRENT OF c */",
      "DELETE FROM t WHERE CURRENT OF",
      "DELETE FROM t; DELETE FROM t WHERE CURRENT OF c",
      "DELETE FROM t WHERE CURRENT OF c; DELETE FROM t",
      "UPDATE t SET a = 1 WHERE CURRENT OF c AND b = ?",
  };
  for (const v1::Engine engine : kEngines) {
    for (const char* text : texts) EXPECT_FALSE(ParsePositioned(text, engine)) << text;
  }
  EXPECT_FALSE(ParsePositioned("UPDATE t SET a = '\\' WHERE CURRENT OF c'", v1::ENGINE_MYSQL));
  EXPECT_FALSE(ParsePositioned("UPDATE t SET a = $$ WHERE CURRENT OF c $$", v1::ENGINE_POSTGRES));
}

std::vector<std::string> TableIn(const std::string& head, v1::Engine engine) {
  const auto found = ParsePositioned(head + " WHERE CURRENT OF c", engine);
  EXPECT_TRUE(found) << head;
  return found ? found->table : std::vector<std::string>();
}

// PostgreSQL's to_regclass() knows no such names.
TEST(PositionedStatementTest, UnicodeEscapesInNamesAreResolved) {
  EXPECT_THAT(TableIn(R"(UPDATE U&"d\0061t\+000061" SET a = 1)", v1::ENGINE_POSTGRES),
              ElementsAre("\"data\""));
  EXPECT_THAT(TableIn(R"(DELETE FROM u&"s!03a9!!" uescape '!' . U&"\D83D\DE00\0022x\\" AS y)",
                      v1::ENGINE_POSTGRES),
              ElementsAre("\"sΩ!\"", "\"😀\"\"x\\\""));
  EXPECT_THAT(TableIn(R"(DELETE FROM U&"\00g1")", v1::ENGINE_POSTGRES),
              ElementsAre(R"(U&"\00g1")"));
  const auto found =
      ParsePositioned(R"(DELETE FROM t WHERE CURRENT OF U&"r!0065ader" UESCAPE '!' RETURNING a)",
                      v1::ENGINE_POSTGRES);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->cursor, "reader");
  EXPECT_EQ(found->With("W"), "DELETE FROM t W RETURNING a");
}

TEST(PositionedStatementTest, TheTableIsToldAsItIsWritten) {
  for (const v1::Engine engine : kEngines) {
    EXPECT_THAT(TableIn("UPDATE T SET a = 1", engine), ElementsAre("T"));
    EXPECT_THAT(TableIn("DELETE FROM s . /* x */ T", engine), ElementsAre("s", "T"));
    EXPECT_THAT(TableIn("DELETE FROM T AS x", engine), ElementsAre("T"));
    EXPECT_THAT(TableIn("UPDATE t x SET a = (SELECT b FROM u, v)", engine), ElementsAre("t"));
    EXPECT_THAT(TableIn("UPDATE", engine), ElementsAre());
  }
  EXPECT_THAT(TableIn("UPDATE ONLY \"S\".\"T\"\".\" SET a = 1", v1::ENGINE_POSTGRES),
              ElementsAre("\"S\"", "\"T\"\".\""));
  EXPECT_THAT(TableIn("DELETE FROM ONLY (t)", v1::ENGINE_POSTGRES), ElementsAre("t"));
  EXPECT_THAT(TableIn("UPDATE LOW_PRIORITY IGNORE `d`.`t``` SET a = 1", v1::ENGINE_MYSQL),
              ElementsAre("`d`", "`t```"));
}

TEST(PositionedStatementTest, SeveralTablesOfMysqlAreNone) {
  for (const char* head : {"UPDATE a, b SET a.v = 1", "UPDATE a JOIN b SET a.v = 1",
                           "DELETE a FROM a JOIN b", "DELETE FROM a USING a JOIN b"}) {
    EXPECT_THAT(TableIn(head, v1::ENGINE_MYSQL), ElementsAre()) << head;
  }
}

TEST(CursorNameTest, QuotesAndCaseDoNotMatter) {
  EXPECT_EQ(CursorNameKey("Cur"), "cur");
  EXPECT_EQ(CursorNameKey("\"Cur\""), "cur");
  EXPECT_EQ(CursorNameKey("`my cursor`"), "my cursor");
  EXPECT_EQ(CursorNameKey("\"a\"\"b\""), "a\"b");
  EXPECT_EQ(CursorNameKey(""), "");
  EXPECT_EQ(CursorNameKey("\""), "\"");
}

}  // namespace
}  // namespace sluice::driver::cursor
