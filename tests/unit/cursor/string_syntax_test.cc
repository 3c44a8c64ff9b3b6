#include "odbc_driver/cursor/string_syntax.h"

#include <gtest/gtest.h>

namespace sluice::driver::cursor {
namespace {

std::optional<sql::LexicalRules> After(std::string_view sql, v1::Engine engine) {
  return RulesAfter(sql, engine, DefaultRules(engine));
}

TEST(StringSyntaxTest, PostgresSetsWhatBackslashesAre) {
  for (const char* sql :
       {"SET standard_conforming_strings = off",
        "SET search_path = a; SET standard_conforming_strings=0",
        " set session STANDARD_CONFORMING_STRINGS to 'off';",
        "SET standard_conforming_strings=false", "SET standard_conforming_strings TO 0"}) {
    const auto rules = After(sql, v1::ENGINE_POSTGRES);
    ASSERT_TRUE(rules) << sql;
    EXPECT_TRUE(rules->backslash_in_strings) << sql;
  }
  for (const char* sql :
       {"SET standard_conforming_strings = on", "SET standard_conforming_strings TO DEFAULT",
        "RESET standard_conforming_strings", "RESET ALL", "DISCARD ALL"}) {
    const auto rules = After(sql, v1::ENGINE_POSTGRES);
    ASSERT_TRUE(rules) << sql;
    EXPECT_FALSE(rules->backslash_in_strings) << sql;
  }
}

TEST(StringSyntaxTest, MysqlSetsItsMode) {
  for (const char* sql :
       {"SET sql_mode = 'NO_BACKSLASH_ESCAPES'",
        "set @@session.SQL_MODE='ansi,no_backslash_escapes'",
        "SET a = 1, SESSION sql_mode = \"STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES\"",
        "SET @a := 1, @@sql_mode := NO_BACKSLASH_ESCAPES"}) {
    const auto rules = After(sql, v1::ENGINE_MYSQL);
    ASSERT_TRUE(rules) << sql;
    EXPECT_FALSE(rules->backslash_in_strings) << sql;
  }
  const auto ansi = After("SET sql_mode = 'ANSI_QUOTES'", v1::ENGINE_MYSQL);
  ASSERT_TRUE(ansi);
  EXPECT_TRUE(ansi->backslash_in_strings);
  EXPECT_FALSE(ansi->double_quote_is_string);
  const auto back = RulesAfter("SET sql_mode = DEFAULT", v1::ENGINE_MYSQL, *ansi);
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->double_quote_is_string);
}

TEST(StringSyntaxTest, OthersLeaveItAsItIs) {
  for (const char* sql : {"", "SET", "SELECT 1", "SET search_path = a", "RESET search_path",
                          "SETTLE standard_conforming_strings = off", "DISCARD TEMP",
                          "SET LOCAL standard_conforming_strings = off"}) {
    EXPECT_FALSE(After(sql, v1::ENGINE_POSTGRES)) << sql;
  }
  for (const char* sql : {"", "SET", "SET names latin1", "SET GLOBAL sql_mode = 'ANSI'",
                          "SET @@global.sql_mode = 'ANSI'", "RESET MASTER",
                          "SET sql_mode = CONCAT(@@sql_mode, ',ANSI')"}) {
    EXPECT_FALSE(After(sql, v1::ENGINE_MYSQL)) << sql;
  }
}

}  // namespace
}  // namespace sluice::driver::cursor
