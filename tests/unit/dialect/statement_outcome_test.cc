#include "relay_server/dialect/statement_outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay_server/dialect/classify.h"

namespace sluice::relay::dialect {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

OutcomeReads Read(std::string_view sql) {
  const std::vector<Token> tokens = Tokenize(sql, kMysqlLexicalRules);
  return ClassifyMysql(tokens).outcome_reads;
}

const StatementOutcome kOutcome{
    .row_count = 5,
    .found_rows = 7,
    .conditions = {{"Warning", 1292, "it's"}, {"Error", 1062, "twice"}}};

TEST(StatementOutcomeTest, NumbersStandInTheText) {
  EXPECT_EQ(WithOutcome("SELECT ROW_COUNT()", kOutcome), "SELECT 5 AS `ROW_COUNT()`");
  EXPECT_EQ(WithOutcome("select row_count ( ) , 2", kOutcome), "select 5 AS `row_count ( )` , 2");
  EXPECT_EQ(WithOutcome("SELECT ROW_COUNT() AS n", kOutcome), "SELECT 5 AS n");
  EXPECT_EQ(WithOutcome("SELECT IF(ROW_COUNT() > 0, 1, 2)", kOutcome), "SELECT IF(5 > 0, 1, 2)");
  EXPECT_EQ(WithOutcome("SELECT @@warning_count, @@session.error_count, FOUND_ROWS()", kOutcome),
            "SELECT 2 AS `@@warning_count`, 1 AS `@@session.error_count`, 7 AS `FOUND_ROWS()`");
  EXPECT_EQ(WithOutcome("SELECT FOUND_ROWS()", {}), "SELECT FOUND_ROWS()");
}

TEST(StatementOutcomeTest, WhatASequenceGaveIsAskedFor) {
  EXPECT_TRUE(Read("SELECT LASTVAL(s)").drawn);
  EXPECT_TRUE(Read("SELECT a, previous value for s FROM t").drawn);
  EXPECT_FALSE(Read("SELECT NEXTVAL(s), 'LASTVAL(s)', lastval FROM t").drawn);
}

TEST(StatementOutcomeTest, ListsBecomeQueries) {
  EXPECT_EQ(WithOutcome("SHOW COUNT(*) WARNINGS", kOutcome),
            "SELECT 2 AS `@@session.warning_count`");
  EXPECT_EQ(WithOutcome("SHOW COUNT(*) ERRORS", kOutcome), "SELECT 1 AS `@@session.error_count`");
  const std::string all = WithOutcome("SHOW WARNINGS LIMIT 1, 2", kOutcome);
  EXPECT_THAT(all, HasSubstr("CONVERT(X'69742773' USING utf8mb4) AS `Message` UNION ALL SELECT"));
  EXPECT_TRUE(all.ends_with(" LIMIT 1, 2"));
  EXPECT_THAT(WithOutcome("show errors", kOutcome), StartsWith("SELECT CONVERT(X'4572726f72'"));
  EXPECT_THAT(WithOutcome("SHOW WARNINGS", {}), HasSubstr("WHERE FALSE"));
}

TEST(StatementOutcomeTest, TellsWhatATextAsksFor) {
  for (const char* sql : {"SELECT ROW_COUNT()", "SELECT 1 + @@local.warning_count", "SHOW WARNINGS",
                          "SHOW COUNT(*) ERRORS", "SHOW ERRORS LIMIT 1", "SELECT FOUND_ROWS()"}) {
    EXPECT_TRUE(Read(sql).any) << sql;
    EXPECT_FALSE(Read(sql).diagnostics) << sql;
  }
  EXPECT_TRUE(Read("SELECT FOUND_ROWS ( )").found_rows);
  EXPECT_TRUE(Read("GET DIAGNOSTICS @n = NUMBER").diagnostics);
  for (const char* sql :
       {"SELECT 'ROW_COUNT()', row_count FROM t", "SHOW TABLES", "SELECT warnings FROM t",
        "CREATE FUNCTION f() RETURNS INT RETURN ROW_COUNT()", "SELECT @@max_error_count"}) {
    EXPECT_FALSE(Read(sql).any) << sql;
  }
}

}  // namespace
}  // namespace sluice::relay::dialect
