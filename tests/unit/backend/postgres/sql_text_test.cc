#include "relay_server/backend/postgres/sql_text.h"

#include <gtest/gtest.h>

#include <string>

#include "relay_server/backend/postgres/typed_text.h"

namespace sluice::relay::backend::postgres {
namespace {

// The text with "#" behind each parameter that is found.
std::string Marked(std::string_view sql) {
  std::string marked(sql);
  const auto found = BareParameters(sql);
  for (auto parameter = found.rbegin(); parameter != found.rend(); ++parameter) {
    marked.insert(parameter->end, "#");
  }
  return marked;
}

TEST(BareParameters, AreWholeColumnsOfTheOutermostSelect) {
  EXPECT_EQ(Marked("SELECT $1"), "SELECT $1#");
  EXPECT_EQ(Marked("select $1, $2 ;"), "select $1#, $2# ;");
  EXPECT_EQ(Marked("SELECT DISTINCT $1 AS a, b, $12 FROM t WHERE c = $2"),
            "SELECT DISTINCT $1# AS a, b, $12# FROM t WHERE c = $2");
  EXPECT_EQ(Marked("/* why */ SELECT 'it''s, $1', $2"), "/* why */ SELECT 'it''s, $1', $2#");
  EXPECT_EQ(Marked("SELECT f(a, $1), \"b, $2\", $3 WHERE true"),
            "SELECT f(a, $1), \"b, $2\", $3# WHERE true");
}

TEST(BareParameters, AreNoPartsOfExpressions) {
  for (const char* sql :
       {"SELECT $1 + 1", "SELECT a + $1", "SELECT ($1)", "SELECT $1::date", "SELECT $1 IS NULL",
        "SELECT $1 || 'a'", "SELECT CASE WHEN true THEN $1 END", "SELECT $1 UNION SELECT 1",
        "SELECT (SELECT $1)", "SELECT ARRAY[1, $1]", "INSERT INTO t SELECT $1",
        "UPDATE t SET a = $1", "SELECT a FROM t LIMIT $1", "SELECT a FROM t, $1", "SELECT 'a' $1",
        ""}) {
    EXPECT_EQ(Marked(sql), sql);
  }
}

TEST(BareParameters, AreNotLookedForBehindWhatIsRare) {
  for (const char* sql : {"SELECT E'\\', $1', $2", "SELECT $a$, $1$a$", "SELECT 1 -- , $1\n, $2",
                          "SELECT 1 /* , */, $1", "SELECT 'open, $1", "SELECT $1, 'a\\'"}) {
    EXPECT_EQ(Marked(sql), sql);
  }
}

TEST(WithBoundTypes, WritesTheTypeBehindBareParameters) {
  v1::ParameterSet set;
  set.set_row_count(1);
  for (const auto type : {v1::SQLTYPE_INTEGER, v1::SQLTYPE_VARCHAR, v1::SQLTYPE_TIMESTAMP}) {
    auto& column = *set.add_columns();
    column.set_value_type(v1::VALUE_TYPE_TEXT);
    column.set_sql_type(type);
    column.mutable_data()->set_offsets(std::string(8, '\0'));
  }
  const values::ParameterSetView view(set);
  Execution execution;
  execution.parameters = &view;
  auto statement = std::make_shared<Statement>();
  statement->sql = "SELECT $1, $2, $3 AS c FROM t WHERE d = $1";
  execution.statement = statement;
  EXPECT_EQ(WithBoundTypes(execution)->sql,
            "SELECT $1::int4, $2, $3::timestamp AS c FROM t WHERE d = $1");
  statement->sql = "SELECT a FROM t WHERE d = $1";
  EXPECT_EQ(WithBoundTypes(execution), execution.statement);
}

TEST(MayAddNulls, SeesOuterJoinsGroupingsAndSetOperations) {
  EXPECT_TRUE(MayAddNulls("SELECT * FROM a LEFT JOIN b USING (x)"));
  EXPECT_TRUE(MayAddNulls("SELECT a FROM t UNION SELECT NULL"));
  EXPECT_TRUE(MayAddNulls("SELECT a FROM t GROUP BY ROLLUP (a)"));
  EXPECT_FALSE(MayAddNulls("SELECT * FROM a JOIN b USING (x)"));
}

TEST(ShapeOf, LeavesOutWhatLiteralsSay) {
  const std::string shape =
      ShapeOf("SELECT a, 'x' FROM t1 WHERE id = 17 AND b < -2.5 AND c = E'\\''");
  EXPECT_EQ(shape, "SELECT a, '' FROM t1 WHERE id = 0 AND b < -0.0 AND c = E''");
  EXPECT_EQ(ShapeOf("SELECT a, 'it''s' FROM t1 WHERE id = 4 AND b < -1e9 AND c = E'z'"), shape);
}

TEST(ShapeOf, TellsApartWhatMayHaveOtherTypes) {
  EXPECT_NE(ShapeOf("SELECT 1"), ShapeOf("SELECT 1.5"));
  EXPECT_NE(ShapeOf("SELECT 1"), ShapeOf("SELECT 12345678901"));
  EXPECT_NE(ShapeOf("SELECT 12345678901"), ShapeOf("SELECT 12345678901234567890"));
  EXPECT_NE(ShapeOf("SELECT 2147483647"), ShapeOf("SELECT 2147483648"));
  EXPECT_NE(ShapeOf("SELECT 1"), ShapeOf("SELECT '1'"));
  EXPECT_NE(ShapeOf("SELECT B'1'"), ShapeOf("SELECT '1'"));
  EXPECT_NE(ShapeOf("SELECT \"a\" FROM t"), ShapeOf("SELECT \"b\" FROM t"));
}

// Without standard_conforming_strings the string of the first goes on behind the quote.
TEST(ShapeOf, KeepsTextsWhoseStringsMayEndElsewhere) {
  const std::string sql = "SELECT 'it\\'s', 17";
  EXPECT_EQ(ShapeOf(sql), sql);
}

TEST(ShapeOf, KeepsTextsWithParameters) { EXPECT_EQ(ShapeOf("SELECT $1 + 17"), "SELECT $1 + 17"); }

TEST(CreatesTemporary, WhateverTheScopeIsCalled) {
  for (const char* sql : {"CREATE TEMP TABLE t (a int)", "CREATE LOCAL TEMPORARY TABLE t (a int)",
                          "CREATE GLOBAL TEMP TABLE t (a int)"}) {
    EXPECT_TRUE(CreatesTemporary(sql)) << sql;
  }
  EXPECT_FALSE(CreatesTemporary("CREATE TABLE temp (a int)"));
}

TEST(TakesRelaysName, WhateverWayItIsWritten) {
  for (const char* sql :
       {"PREPARE sluice_1 AS SELECT 1", "prepare Sluice_x(int) AS SELECT $1", "DEALLOCATE sluice_1",
        "DEALLOCATE PREPARE \"sluice_1\"", "DEALLOCATE/**/sluice_1;",
        "-- so\nDEALLOCATE -- and so\n prepare sluice_1", "DEALLOCATE U&\"a\""}) {
    EXPECT_TRUE(TakesRelaysName(sql)) << sql;
  }
  for (const char* sql :
       {"PREPARE a AS SELECT sluice_1", "DEALLOCATE ALL", "DEALLOCATE PREPARE ALL",
        "DEALLOCATE prepare_it", "DEALLOCATE \"Sluice_1\"", "SELECT sluice_1", "DEALLOCATE",
        "PREPARE TRANSACTION 'sluice_1'", "EXECUTE sluice_1", ""}) {
    EXPECT_FALSE(TakesRelaysName(sql)) << sql;
  }
}

}  // namespace
}  // namespace sluice::relay::backend::postgres
