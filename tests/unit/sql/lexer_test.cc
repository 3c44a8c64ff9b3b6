#include "sql/lexer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::sql {
namespace {

using ::testing::ElementsAre;

// Kinds and texts of what is no space: "w:select s:'x'".
std::vector<std::string> Lex(std::string_view sql, const LexicalRules& rules) {
  constexpr std::string_view kLetters = " csqwnpuy.";
  std::vector<std::string> result;
  for (const Token& token : Tokenize(sql, rules)) {
    if (token.kind == TokenKind::kSpace) continue;
    result.push_back(std::string(1, kLetters[static_cast<std::size_t>(token.kind)]) + ":" +
                     std::string(token.text));
  }
  return result;
}

std::vector<std::string> Postgres(std::string_view sql) { return Lex(sql, kPostgresLexicalRules); }
std::vector<std::string> Mysql(std::string_view sql) { return Lex(sql, kMysqlLexicalRules); }

TEST(LexerTest, TokensLaidEndToEndAreTheText) {
  const std::string sql =
      "SELECT \"a\"\"b\", 'it''s' -- c ?\n /* x /* y */ */ FROM $q$ ? $q$ WHERE 1.5e3<$2";
  for (const LexicalRules* rules : {&kPostgresLexicalRules, &kMysqlLexicalRules}) {
    std::string joined;
    for (const Token& token : Tokenize(sql, *rules)) {
      EXPECT_EQ(token.offset, joined.size());
      joined += token.text;
    }
    EXPECT_EQ(joined, sql);
  }
}

TEST(LexerTest, BackslashIsAnEscapeOnlyWhereTheServerSaysSo) {
  EXPECT_THAT(Postgres(R"('a\' ? 'b')"), ElementsAre(R"(s:'a\')", ".:?", "s:'b'"));
  EXPECT_THAT(Mysql(R"('a\' ? ')"), ElementsAre(R"(s:'a\' ? ')"));
  EXPECT_THAT(Postgres(R"(E'a\' ? ' e'x')"), ElementsAre(R"(s:E'a\' ? ')", "s:e'x'"));
}

TEST(LexerTest, PrefixedLiteralsAreOneToken) {
  EXPECT_THAT(Postgres("U&'a' u&\"b\" B'01' X'ff' N'n'"),
              ElementsAre("s:U&'a'", "q:u&\"b\"", "s:B'01'", "s:X'ff'", "s:N'n'"));
  EXPECT_THAT(Mysql("x'ff' n'a\\'b' _utf8'c'"),
              ElementsAre("s:x'ff'", "s:n'a\\'b'", "w:_utf8", "s:'c'"));
}

TEST(LexerTest, DoubleQuotesAndBackticksFollowTheDatabase) {
  EXPECT_THAT(Postgres(R"("a""?")"), ElementsAre(R"(q:"a""?")"));
  EXPECT_THAT(Mysql(R"("a\"?" `b``?`)"), ElementsAre(R"(s:"a\"?")", "q:`b``?`"));
}

TEST(LexerTest, DollarQuotesNeedTheirOwnTagToEnd) {
  EXPECT_THAT(Postgres("$$ ? $$ $a$ $$ ? $b$ $a$ $1 a$b"),
              ElementsAre("s:$$ ? $$", "s:$a$ $$ ? $b$ $a$", "p:$1", "w:a$b"));
  EXPECT_THAT(Mysql("$a $1"), ElementsAre("w:$a", "w:$1"));
}

TEST(LexerTest, CommentsNestOnPostgresAlone) {
  EXPECT_THAT(Postgres("/* a /* b */ ? */ c"), ElementsAre("c:/* a /* b */ ? */", "w:c"));
  EXPECT_THAT(Mysql("/* a /* b */ c"), ElementsAre("c:/* a /* b */", "w:c"));
}

TEST(LexerTest, LineCommentsEndWithTheLine) {
  EXPECT_THAT(Postgres("a --b ?\nc"), ElementsAre("w:a", "c:--b ?", "w:c"));
  EXPECT_THAT(Mysql("1--2 -- b ?\n# d ?\ne"),
              ElementsAre("n:1", ".:-", ".:-", "n:2", "c:-- b ?", "c:# d ?", "w:e"));
  EXPECT_THAT(Postgres("a # b"), ElementsAre("w:a", ".:#", "w:b"));
}

TEST(LexerTest, ExecutableCommentsHoldCode) {
  EXPECT_THAT(Mysql("/*!40001 SQL_NO_CACHE ? */ b"),
              ElementsAre("c:/*!40001", "w:SQL_NO_CACHE", ".:?", "c:*/", "w:b"));
  EXPECT_THAT(Mysql("/*M!100100 a */"), ElementsAre("c:/*M!100100", "w:a", "c:*/"));
  EXPECT_THAT(Postgres("/*! ? */"), ElementsAre("c:/*! ? */"));
}

TEST(LexerTest, WhatDoesNotEndRunsToTheEnd) {
  EXPECT_THAT(Postgres("a 'b ? ;"), ElementsAre("w:a", "s:'b ? ;"));
  EXPECT_THAT(Postgres("a $x$ ? ;"), ElementsAre("w:a", "s:$x$ ? ;"));
  EXPECT_THAT(Postgres("a /* /* */ ? ;"), ElementsAre("w:a", "c:/* /* */ ? ;"));
  EXPECT_THAT(Postgres("a \"b ?"), ElementsAre("w:a", "q:\"b ?"));
  EXPECT_THAT(Mysql("'a\\"), ElementsAre("s:'a\\"));
}

TEST(LexerTest, NumbersAndNames) {
  EXPECT_THAT(Postgres("1.5e-3 .5 1..5 größe $"),
              ElementsAre("n:1.5e-3", "n:.5", "n:1", ".:.", "n:.5", "w:größe", ".:$"));
}

TEST(LexerTest, VariablesAreToldFromAccountNames) {
  EXPECT_THAT(Mysql("@a @@b.c @`x y` @'z' 'u'@'h' u@h `u`@`h` SELECT@a"),
              ElementsAre("u:@a", "y:@@b.c", "u:@`x y`", "u:@'z'", "s:'u'", ".:@", "s:'h'", "w:u",
                          ".:@", "w:h", "q:`u`", ".:@", "q:`h`", "w:SELECT", "u:@a"));
}

}  // namespace
}  // namespace sluice::sql
