#include "relay_server/dialect/hold.h"

#include <gmock/gmock.h>

#include "relay_server/dialect/dialect.h"
#include "relay_server/dialect/sequence_reads.h"

namespace sluice::relay::dialect {
namespace {

using testing::HasSubstr;

// "kind name" of each end, "*" for all of a kind.
std::string EndsOf(const Dialect& dialect, std::string_view sql) {
  const auto statement = dialect.Translate(sql, true).front();
  std::string text = statement.holds.ends_all ? "everything" : "";
  for (const auto& end : statement.holds.ends) {
    if (!text.empty()) text += ", ";
    text += std::string(HoldReason(end.kind)) + ' ' + (end.all ? "*" : end.name);
    if (end.parameter >= 0) text += '?' + std::to_string(end.parameter);
    if (!end.renamed_to.empty()) text += " as " + end.renamed_to;
  }
  return text;
}

struct EndCase {
  std::string_view sql;
  std::string_view ends;
};

TEST(HoldEndTest, PostgresTellsThemByStatement) {
  for (const auto& [sql, ends] :
       std::initializer_list<EndCase>{{"DROP TABLE a, s.b", "temporary table a, temporary table b"},
                                      {"DROP TABLE IF EXISTS \"A\" CASCADE", "temporary table A"},
                                      {"DROP VIEW v", "temporary table v"},
                                      {"DROP FUNCTION f()", ""},
                                      {"UNLISTEN C", "LISTEN c"},
                                      {"UNLISTEN *", "LISTEN *"},
                                      {"DEALLOCATE PREPARE p", "PREPARE p"},
                                      {"DEALLOCATE ALL", "PREPARE *"},
                                      {"CLOSE ALL", "WITH HOLD cursor *"},
                                      {"CLOSE c", "WITH HOLD cursor c"},
                                      {"DISCARD TEMP", "temporary table *"},
                                      {"DISCARD PLANS", ""},
                                      {"DISCARD ALL", "everything"},
                                      {"RESET SESSION AUTHORIZATION", "SET session authorization"},
                                      {"SELECT pg_advisory_unlock(1, 2)", "advisory lock 1, 2"},
                                      {"SELECT pg_advisory_unlock_all()", "advisory lock *"}}) {
    EXPECT_EQ(EndsOf(PostgresDialect(), sql), ends) << sql;
  }
}

// Without an end each of them would be looked for through the rest of the text: that takes longer
// than a test may.
TEST(HoldEndTest, CallsThatAreNestedWithoutEndAreReadInTime) {
  for (const char* call : {"pg_advisory_unlock(", "lastval("}) {
    std::string sql = "SELECT ";
    for (int i = 0; i < 300'000; ++i) sql += call;
    EXPECT_EQ(PostgresDialect().Translate(sql, true).size(), 1U);
    EXPECT_TRUE(FindSequenceReads(sql).calls.empty());
  }
}

TEST(HoldEndTest, MysqlTellsThemByStatement) {
  for (const auto& [sql, ends] : std::initializer_list<EndCase>{
           {"DROP TEMPORARY TABLE IF EXISTS `a`, d.b", "temporary table a, temporary table d.b"},
           {"DROP PREPARE p", "PREPARE p"},
           {"UNLOCK TABLES", "LOCK TABLES *"},
           {"HANDLER h CLOSE", "HANDLER h"},
           {"XA COMMIT 'x'", "XA *"},
           {"SET autocommit = ON", "SET autocommit"},
           {"DO RELEASE_LOCK('a')", "named lock a"},
           {"SELECT 1 + ?, RELEASE_LOCK(?)", "named lock ?1"},
           {"RENAME TABLE a TO b, c TO d", "temporary table a as b, temporary table c as d"},
           {"ALTER TABLE a ADD x INT, RENAME TO b", "temporary table a as b"},
           {"ALTER TABLE a RENAME COLUMN x TO y", ""}}) {
    EXPECT_EQ(EndsOf(MysqlDialect(), sql), ends) << sql;
  }
}

TEST(HoldQueryTest, MysqlIsAskedAboutNamedLocks) {
  const Hold holds[] = {{HoldKind::kTemporaryTable, "t"}, {HoldKind::kNamedLock, "it's"}};
  EXPECT_THAT(HoldsQuery(v1::ENGINE_MYSQL, holds), HasSubstr("IS_USED_LOCK('it''s')"));
  EXPECT_EQ(HoldsQuery(v1::ENGINE_MYSQL, std::span(holds).first(1)), "");
}

TEST(HoldUndoTest, IsByTheCauseWhereThatIsKnown) {
  const Hold table{HoldKind::kTemporaryTable, "t"};
  const Hold other_table{HoldKind::kTemporaryTable, "u"};
  const Hold prepared{HoldKind::kPrepare, "a\"b"};
  const auto plan = UndoHolds(v1::ENGINE_POSTGRES, std::vector{table, other_table, prepared});
  EXPECT_TRUE(plan.possible);
  EXPECT_THAT(plan.statements, testing::ElementsAre("DISCARD TEMP", "DEALLOCATE \"a\"\"b\""));
  const Hold setting{HoldKind::kSetting, "x"};
  EXPECT_FALSE(UndoHolds(v1::ENGINE_POSTGRES, std::vector{table, setting}).possible);
  EXPECT_FALSE(UndoHolds(v1::ENGINE_MYSQL, std::vector{table}).possible);
  const Hold variable{HoldKind::kUserVariable, "@a"};
  EXPECT_THAT(UndoHolds(v1::ENGINE_MYSQL, std::vector{variable}).statements,
              testing::ElementsAre("SET @`a` = NULL"));
}

TEST(HoldTextTest, NamesEveryKind) {
  for (int kind = 0; kind < kHoldKinds; ++kind) {
    const auto reason = HoldReason(static_cast<HoldKind>(kind));
    EXPECT_EQ(static_cast<int>(HoldOfRow(reason, "").kind), kind) << reason;
  }
  EXPECT_EQ(HoldText({HoldKind::kOther, "LOAD"}), "LOAD");
  EXPECT_EQ(HoldText({HoldKind::kAdvisoryLock, ""}), "advisory lock");
}

}  // namespace
}  // namespace sluice::relay::dialect
