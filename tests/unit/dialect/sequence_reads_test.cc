#include "relay_server/dialect/sequence_reads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::relay::dialect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(SequenceReadsTest, FindsCallsWhoseArgumentsAreLiterals) {
  const auto reads = FindSequenceReads(
      "SELECT LASTVAL(), pg_catalog.currval('s'), currval('s'::regclass), currval( 's' ),"
      " currval(pg_get_serial_sequence('t', 'id'))");
  EXPECT_THAT(reads.calls, ElementsAre("pg_catalog.lastval()", "pg_catalog.currval('s')",
                                       "pg_catalog.currval('s'::regclass)",
                                       "pg_catalog.currval(pg_get_serial_sequence('t', 'id'))"));
  EXPECT_FALSE(reads.has_other);
}

TEST(SequenceReadsTest, TellsOfArgumentsThatDependOnTheStatement) {
  for (const char* sql :
       {"SELECT currval($1)", "SELECT currval(name) FROM t", "SELECT currval('a' || 'b')",
        "SELECT mine.lastval()", "SELECT currval(E's')", "SELECT currval('$sluice$')"}) {
    EXPECT_TRUE(FindSequenceReads(sql).has_other) << sql;
    EXPECT_THAT(FindSequenceReads(sql).calls, IsEmpty()) << sql;
  }
  EXPECT_FALSE(FindSequenceReads("SELECT 'lastval()', lastval FROM currval").has_other);
}

TEST(SequenceReadsTest, ValuesStandInPlaceOfCalls) {
  EXPECT_EQ(WithSequenceValues("SELECT 1, pg_catalog.lastval()::text, currval('s')",
                               {{"pg_catalog.lastval()", "7"}}),
            "SELECT 1, (SELECT '7'::pg_catalog.int8 AS lastval)::text, currval('s')");
}

TEST(SequenceReadsTest, AnInsertThatLeavesAColumnOutMayProveADrawing) {
  const auto query = DrawingProof("INSERT INTO a.\"B\" (C, \"D\") VALUES (1, 2)",
                                  {"pg_catalog.lastval()", "pg_catalog.currval('s'::regclass)"});
  ASSERT_TRUE(query);
  EXPECT_THAT(*query, HasSubstr("to_regclass('a.\"B\"')"));
  EXPECT_THAT(*query, HasSubstr("<> 'c'"));
  EXPECT_THAT(*query, HasSubstr("<> 'D'"));
  EXPECT_THAT(*query, HasSubstr("to_regclass('s') ="));
  EXPECT_TRUE(DrawingProof("INSERT INTO t DEFAULT VALUES", {}));
}

TEST(SequenceReadsTest, OtherTextsProveNothing) {
  for (const char* sql :
       {"INSERT INTO t VALUES (1)", "INSERT INTO t (a) SELECT 1", "UPDATE t SET a = 1",
        "INSERT INTO t (a[1]) VALUES (1)", "WITH x AS (SELECT 1) INSERT INTO t (a) VALUES (1)"}) {
    EXPECT_FALSE(DrawingProof(sql, {})) << sql;
  }
}

}  // namespace
}  // namespace sluice::relay::dialect
