#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay_server/dialect/dialect.h"

namespace sluice::relay::dialect {
namespace {

using ::testing::HasSubstr;

TranslatedStatement Translate(const Dialect& dialect, std::string_view sql, bool scan = true) {
  auto statements = dialect.Translate(sql, scan);
  EXPECT_EQ(statements.size(), 1U);
  return statements.front();
}
std::string Postgres(std::string_view sql) { return Translate(PostgresDialect(), sql).sql; }
std::string Mysql(std::string_view sql) { return Translate(MysqlDialect(), sql).sql; }

std::string ErrorOf(std::string_view sql) {
  try {
    PostgresDialect().Translate(sql, true);
  } catch (const TranslationError& error) {
    return error.sqlstate() + " " + error.what();
  }
  return "none";
}

TEST(MarkerTest, AreNumberedOnPostgresAndCountedOnBoth) {
  const auto postgres = Translate(PostgresDialect(), "SELECT ?, '?', \"?\", -- ?\n ? /* ? */");
  EXPECT_EQ(postgres.sql, "SELECT $1, '?', \"?\", -- ?\n $2 /* ? */");
  EXPECT_EQ(postgres.parameter_count, 2);
  const auto mysql = Translate(MysqlDialect(), "SELECT ?, '\\'?', `?`, \"?\" # ?\n, ?");
  EXPECT_EQ(mysql.sql, "SELECT ?, '\\'?', `?`, \"?\" # ?\n, ?");
  EXPECT_EQ(mysql.parameter_count, 2);
}

TEST(MarkerTest, BackslashesAreReadWhereTheSessionHasThem) {
  constexpr std::string_view kText = R"(SELECT 'a\' ?', ?)";
  EXPECT_EQ(Translate(PostgresDialect().For({.other_backslashes = true}), kText).sql,
            R"(SELECT 'a\' ?', $1)");
  EXPECT_EQ(Postgres(R"(SELECT 'a\', ?)"), R"(SELECT 'a\', $1)");
}

TEST(MarkerTest, MysqlReadsQuotesAsItsSqlModeSays) {
  EXPECT_EQ(Translate(MysqlDialect(), R"('a\', ?, ' ?)").parameter_count, 1);
  EXPECT_EQ(
      Translate(MysqlDialect().For({.other_backslashes = true}), R"('a\', ?, '?')").parameter_count,
      1);
  EXPECT_EQ(Translate(MysqlDialect(), R"("a\", ?, " ?)").parameter_count, 1);
  EXPECT_EQ(Translate(MysqlDialect().For({.ansi_quotes = true}), R"("a\", ?, ?)").parameter_count,
            2);
}

TEST(MarkerTest, DoNotRunIntoTheirNeighbours) {
  EXPECT_EQ(Postgres("SELECT 1 LIMIT?OFFSET?"), "SELECT 1 LIMIT $1 OFFSET $2");
  EXPECT_EQ(Postgres("WHERE a=?AND b>=?"), "WHERE a=$1 AND b>=$2");
}

TEST(MarkerTest, NumberedMarkersOfTheTextPass) {
  const auto statement = Translate(PostgresDialect(), "SELECT $2, $1, '$9'");
  EXPECT_EQ(statement.sql, "SELECT $2, $1, '$9'");
  EXPECT_EQ(statement.parameter_count, 2);
}

// The relay tells a client of each marker what it is.
TEST(MarkerTest, AreAsManyAsAStatementTakes) {
  EXPECT_EQ(Translate(PostgresDialect(), "SELECT $65535").marker_count, 65535);
  EXPECT_THAT(ErrorOf("SELECT $65536"), HasSubstr("54000 a text has at most 65535 parameter"));
  EXPECT_THAT(ErrorOf("SELECT $2147483647; SELECT $2147483647"), HasSubstr("54000"));
  EXPECT_THAT(ErrorOf("SELECT $65535; SELECT ?"), HasSubstr("54000"));
}

TEST(MarkerTest, OperatorsWithAQuestionMarkStayOperators) {
  EXPECT_EQ(Postgres("SELECT d ?? 'a', d ??| ?, d ??& ?"), "SELECT d ? 'a', d ?| $1, d ?& $2");
  EXPECT_EQ(Postgres("SELECT d @? '$.a', d @? ?"), "SELECT d @? '$.a', d @? $1");
  EXPECT_EQ(Postgres("SELECT d ?| ARRAY['a'], d::jsonb ?& b"),
            "SELECT d ?| ARRAY['a'], d::jsonb ?& b");
  EXPECT_EQ(Postgres("WHERE d ? 'key' AND d ? ? AND (d) ? (e)"),
            "WHERE d ? 'key' AND d ? $1 AND (d) ? (e)");
}

TEST(MarkerTest, MarkersNextToOperatorsStayMarkers) {
  EXPECT_EQ(Postgres("SELECT ?||'x', ?|1, ?&2, a||?, @?"),
            "SELECT $1||'x', $2|1, $3&2, a||$4, @$5");
  EXPECT_EQ(Postgres("a = ? OR b IN (?, ?) OR c LIKE ? ORDER BY ?"),
            "a = $1 OR b IN ($2, $3) OR c LIKE $4 ORDER BY $5");
  EXPECT_EQ(Postgres("FETCH FIRST ? ROWS ONLY"), "FETCH FIRST $1 ROWS ONLY");
}

TEST(EscapeTest, LiteralsBecomeTypedLiterals) {
  EXPECT_EQ(Postgres("SELECT {d '2024-02-29'}, {t '01:02:03'}, {ts '2024-02-29 01:02:03.5'}"),
            "SELECT DATE '2024-02-29', TIME '01:02:03', TIMESTAMP '2024-02-29 01:02:03.5'");
  EXPECT_EQ(Mysql("SELECT {d'2024-02-29'},{ T '01:02:03' },{ts '2024-02-29 01:02:03.5'}"),
            "SELECT DATE '2024-02-29',TIME '01:02:03',TIMESTAMP '2024-02-29 01:02:03.5'");
  EXPECT_EQ(Postgres("{guid '6F9619FF-8B86-D011-B42D-00CF4FC964FF'}"),
            "UUID '6F9619FF-8B86-D011-B42D-00CF4FC964FF'");
  EXPECT_EQ(Mysql("{guid 'x'}"), "'x'");
  EXPECT_EQ(Postgres("{d ?}"), "CAST($1 AS date)");
  EXPECT_EQ(Mysql("{ts ?}"), "CAST(? AS DATETIME(6))");
}

TEST(EscapeTest, IntervalsLoseTheirLeadingPrecision) {
  EXPECT_EQ(Postgres("{interval '5' DAY}"), "INTERVAL '5' DAY");
  EXPECT_EQ(Postgres("{INTERVAL -'1 2' DAY(3) TO SECOND(2)}"),
            "(- INTERVAL '1 2' DAY TO SECOND(2))");
  EXPECT_EQ(Postgres("{INTERVAL '1' SECOND(3,4)}"), "INTERVAL '1' SECOND(4)");
  EXPECT_EQ(Mysql("{INTERVAL -'1 2' DAY(3) TO HOUR}"), "INTERVAL '-1 2' DAY_HOUR");
}

TEST(EscapeTest, LikeEscapeCharacter) {
  EXPECT_EQ(Postgres(R"(a LIKE 'x\_' {escape '\'} AND b=?)"),
            R"(a LIKE 'x\_' ESCAPE '\' AND b=$1)");
  EXPECT_EQ(Mysql(R"(a LIKE 'x|_' {escape '\'} AND b=?)"), R"(a LIKE 'x|_' ESCAPE '\\' AND b=?)");
  EXPECT_EQ(Mysql("a LIKE '!_' {escape '!'}"), "a LIKE '!_' ESCAPE '!'");
  EXPECT_EQ(Mysql("a LIKE b{escape '!'}AND c"), "a LIKE b ESCAPE '!'AND c");
}

TEST(EscapeTest, OuterJoin) {
  EXPECT_EQ(Postgres("SELECT * FROM {oj a LEFT OUTER JOIN b ON a.x={fn ABS(?)}} WHERE b.y=?"),
            "SELECT * FROM a LEFT OUTER JOIN b ON a.x=abs($1) WHERE b.y=$2");
  EXPECT_EQ(Postgres("FROM{oj a LEFT JOIN b ON x=?}WHERE y"), "FROM a LEFT JOIN b ON x=$1 WHERE y");
}

TEST(EscapeTest, CallsBecomeWhatTheDatabaseHas) {
  EXPECT_EQ(Postgres("{call s.p(?, 2)}"), "SELECT * FROM s.p($1, 2)");
  EXPECT_EQ(Postgres("{ call p }"), "SELECT * FROM p()");
  EXPECT_EQ(Mysql("{call p(?,?)}"), "CALL p(?,?)");
  const auto function = Translate(PostgresDialect(), "{? = call f(?)}");
  EXPECT_EQ(function.sql, "SELECT * FROM f($1)");
  EXPECT_EQ(function.parameter_count, 1);
  EXPECT_TRUE(function.returns_value);
  EXPECT_EQ(function.kind, v1::STATEMENT_KIND_CALL);
  EXPECT_EQ(Mysql("{?=call f(?)}"), "SELECT f(?)");
}

TEST(EscapeTest, FunctionsOfPostgresAreCalledWithoutTheirOutputs) {
  const auto call = PostgresDialect().Translate("{call f(?, ?, ?)}", true, {false, true}).front();
  EXPECT_EQ(call.sql, "SELECT * FROM f($1, $2)");
  EXPECT_EQ(call.parameter_count, 2);
  EXPECT_EQ(call.marker_count, 3);
  EXPECT_EQ(call.dropped_markers, std::vector<int>{1});
  EXPECT_EQ(call.procedure_sql, "CALL f($1, $2, $3)");
  const auto all = PostgresDialect().Translate("{call f(?)}", true, {true}).front();
  EXPECT_EQ(all.sql, "SELECT * FROM f()");
  // An expression is no place for an output.
  EXPECT_EQ(PostgresDialect().Translate("{call f(? + 1)}", true, {true}).front().sql,
            "SELECT * FROM f($1 + 1)");
  const auto text = PostgresDialect().Translate("CALL p(?, ?)", true, {true, true}).front();
  EXPECT_EQ(text.sql, "CALL p($1, $2)");
  EXPECT_EQ(text.procedure_sql, "");
}

TEST(EscapeTest, OutputsAreCountedOverAllStatements) {
  const auto statements =
      PostgresDialect().Translate("SELECT ?; {call f(?, ?)}", true, {false, false, true});
  ASSERT_EQ(statements.size(), 2u);
  EXPECT_EQ(statements[1].sql, " SELECT * FROM f($1)");
  EXPECT_EQ(statements[1].dropped_markers, std::vector<int>{1});
}

TEST(EscapeTest, MysqlCallsWithAllMarkers) {
  const auto call = MysqlDialect().Translate("{call p(?, ?)}", true, {false, true}).front();
  EXPECT_EQ(call.sql, "CALL p(?, ?)");
  EXPECT_EQ(call.parameter_count, 2);
  EXPECT_EQ(call.procedure_sql, "");
}

TEST(EscapeTest, TheReturnValuesMarkerIsNotInTheText) {
  const auto call = MysqlDialect().Translate("{? = call f(?)}", true).front();
  EXPECT_EQ(call.sql, "SELECT f(?)");
  EXPECT_EQ(call.parameter_count, 1);
  EXPECT_EQ(call.marker_count, 2);
  EXPECT_TRUE(call.returns_value);
}

TEST(EscapeTest, NestIntoEachOther) {
  EXPECT_EQ(Postgres("{fn CONCAT({fn UCASE(?)}, {fn LCASE(name)})}"), "(upper($1) || lower(name))");
}

TEST(EscapeTest, BracesElsewhereStay) {
  EXPECT_EQ(Postgres("SELECT '{a,b}', '{fn x}', \"{d\", $${d$$ /* {x */"),
            "SELECT '{a,b}', '{fn x}', \"{d\", $${d$$ /* {x */");
  EXPECT_EQ(Postgres("SELECT {\"a\": 1}"), "SELECT {\"a\": 1}");
  EXPECT_EQ(Translate(PostgresDialect(), "SELECT {d 'x'}, ?", false).sql, "SELECT {d 'x'}, $1");
}

TEST(EscapeTest, ErrorsNameThePlace) {
  EXPECT_THAT(ErrorOf("SELECT {foo 'x'}"), HasSubstr("42000 Unknown escape sequence {foo"));
  EXPECT_THAT(ErrorOf("SELECT {foo 'x'}"), HasSubstr("character 8"));
  EXPECT_THAT(ErrorOf("SELECT {fn ABS(1)"), HasSubstr("not closed (at character 8)"));
  EXPECT_THAT(ErrorOf("{?= f()}"), HasSubstr("42000"));
  EXPECT_THAT(ErrorOf("{fn }"), HasSubstr("42000"));
  EXPECT_THAT(ErrorOf("{interval 5}"), HasSubstr("42000"));
}

TEST(EscapeTest, NestingIsBounded) {
  std::string sql;
  for (int i = 0; i < 5000; ++i) sql += "{fn ABS(";
  sql += "1";
  for (int i = 0; i < 5000; ++i) sql += ")}";
  EXPECT_THAT(ErrorOf(sql), HasSubstr("nested too deeply"));
}

// Each repeats its arguments.
TEST(EscapeTest, NestedFunctionsDoNotMakeATextWithoutEnd) {
  std::string sql = "'a'";
  for (int i = 0; i < 4; ++i) sql = "{fn DIFFERENCE(" + sql + ", 'b')}";
  EXPECT_THAT(Mysql(sql), HasSubstr("soundex"));
  sql = "1";
  for (int i = 0; i < 60; ++i) sql = "{fn LOCATE('a', 'b', " + sql + ")}";
  EXPECT_THAT(ErrorOf(sql), HasSubstr("42000 The functions make too long a statement"));
}

TEST(EscapeTest, NestingOfCallsThatReturnAValueIsBounded) {
  std::string sql;
  for (int i = 0; i < 5000; ++i) sql += "{?=call ";
  EXPECT_THAT(ErrorOf(sql + "f" + std::string(5000, '}')), HasSubstr("nested too deeply"));
}

TEST(EscapeTest, AMarkerThatAPatternWouldRepeatIsRefusedWhereMarkersHaveNoNumber) {
  EXPECT_THROW(Mysql("{fn DIFFERENCE(?, 'x')}"), TranslationError);
  EXPECT_EQ(Postgres("{fn LOCATE(?, ?)}"), "strpos($2, $1)");
}

}  // namespace
}  // namespace sluice::relay::dialect
