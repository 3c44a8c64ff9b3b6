#include <gtest/gtest.h>

#include <ostream>

#include "relay_server/dialect/dialect.h"

namespace sluice::relay::dialect {
namespace {

TranslatedStatement Read(std::string_view sql) {
  return PostgresDialect().Translate(sql, true).front();
}

struct Case {
  std::string_view sql;
  SessionEffect effect;
  std::string_view reason = "";
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.sql; }

class PostgresEffectTest : public ::testing::TestWithParam<Case> {};

TEST_P(PostgresEffectTest, IsRead) {
  const auto statement = Read(GetParam().sql);
  EXPECT_EQ(statement.effect, GetParam().effect);
  const auto& takes = statement.holds.takes;
  EXPECT_EQ(takes.empty() ? "" : HoldText(takes.front()), GetParam().reason);
}

constexpr auto kNone = SessionEffect::kNone;
constexpr auto kPin = SessionEffect::kPin;
constexpr auto kBegin = SessionEffect::kBeginTransaction;
constexpr auto kCommit = SessionEffect::kCommit;
constexpr auto kRollback = SessionEffect::kRollback;
constexpr auto kRollbackTo = SessionEffect::kRollbackToSavepoint;
constexpr auto kSetting = SessionEffect::kSetting;

INSTANTIATE_TEST_SUITE_P(
    Statements, PostgresEffectTest,
    ::testing::Values(
        Case{"set search_path = a", kSetting}, Case{"SET SESSION x = 1", kSetting},
        Case{"SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", kPin,
             "SET session characteristics"},
        Case{"SET LOCAL x = 1", kNone}, Case{"SET TRANSACTION READ ONLY", kNone},
        Case{"SET CONSTRAINTS ALL DEFERRED", kNone}, Case{"RESET ALL", kSetting},
        Case{"DISCARD ALL", kSetting}, Case{"PREPARE p AS SELECT 1", kPin, "PREPARE p"},
        Case{"EXECUTE p", kNone}, Case{"DEALLOCATE p", kNone},
        Case{"PREPARE TRANSACTION 'x'", kCommit}, Case{"COMMIT PREPARED 'x'", kNone},
        Case{"ROLLBACK PREPARED 'x'", kNone}, Case{"LISTEN C", kPin, "LISTEN c"},
        Case{"UNLISTEN *", kNone}, Case{"NOTIFY c", kNone}, Case{"LOAD 'x'", kPin, "LOAD"},
        Case{"LOCK TABLE t", kNone}, Case{"CREATE TEMP TABLE t (a int)", kPin, "temporary table t"},
        Case{"CREATE LOCAL TEMPORARY TABLE IF NOT EXISTS \"T\" (a int)", kPin, "temporary table T"},
        Case{"CREATE TEMP TABLE t (a int) ON COMMIT DROP", kNone},
        Case{"CREATE TEMP TABLE t (a int) ON COMMIT DELETE ROWS", kPin, "temporary table t"},
        Case{"CREATE OR REPLACE TEMP VIEW v AS SELECT 1", kPin, "temporary table v"},
        Case{"CREATE TEMP SEQUENCE s", kPin, "temporary table s"},
        Case{"CREATE TABLE pg_temp.t (a int)", kPin, "temporary table t"},
        Case{"CREATE TABLE temp_t (a int)", kNone},
        Case{"SELECT 1 INTO TEMP t", kPin, "temporary table t"},
        Case{"WITH x AS (SELECT 1) SELECT * INTO TEMPORARY t FROM x", kPin, "temporary table t"},
        Case{"SELECT pg_advisory_lock(1)", kPin, "advisory lock 1"},
        Case{"SELECT pg_catalog.pg_try_advisory_lock_shared (1)", kPin, "advisory lock 1"},
        Case{"SELECT pg_advisory_lock_shared(1, 2)", kPin, "advisory lock 1, 2"},
        Case{"SELECT pg_try_advisory_lock($1)", kPin, "advisory lock"},
        Case{"SELECT pg_advisory_unlock(1)", kNone}, Case{"SELECT pg_advisory_xact_lock(1)", kNone},
        Case{"SELECT 'pg_advisory_lock(1)'", kNone}, Case{"SELECT pg_advisory_lock FROM t", kNone},
        Case{"SELECT set_config('a', 'b', false)", kSetting},
        Case{"SELECT set_config('a', 'b', false), 1", kPin, "SET a"},
        Case{"SELECT set_config('a', 'b', ?)", kPin, "SET a"},
        Case{"SELECT set_config('a', f('b', 1), true)", kNone},
        Case{"SELECT setseed(0.5)", kPin, "random seed"},
        Case{"SELECT pg_backup_start('daily')", kPin, "backup"},
        Case{"SELECT pg_replication_origin_session_setup('o')", kPin, "replication origin"},
        Case{"SELECT dblink_connect('x', 'y')", kPin, "dblink connection x"},
        Case{"DECLARE c CURSOR WITH HOLD FOR SELECT 1", kPin, "WITH HOLD cursor c"},
        Case{"DECLARE c CURSOR FOR SELECT 1", kNone}, Case{"BEGIN", kBegin},
        Case{"/* x */ start transaction read only", kBegin}, Case{"COMMIT", kCommit},
        Case{"COMMIT AND CHAIN", kBegin}, Case{"COMMIT AND NO CHAIN", kCommit},
        Case{"END WORK", kCommit}, Case{"ABORT", kRollback}, Case{"ROLLBACK", kRollback},
        Case{"ROLLBACK TO s", kRollbackTo}, Case{"ROLLBACK WORK TO SAVEPOINT s", kRollbackTo},
        Case{"ROLLBACK TRANSACTION TO SAVEPOINT s", kRollbackTo}, Case{"SAVEPOINT s", kNone},
        Case{"CALL p()", kNone}, Case{"DO $$ BEGIN SET x = 1; END $$", kPin, "DO block"},
        Case{"DO $$ BEGIN UPDATE t SET x = 1; SET LOCAL x = 1; END $$", kNone},
        Case{"DO $$ BEGIN PERFORM set_config('a', 'b', false); END $$", kPin, "DO block"},
        Case{"SELECT nextval('s')", kNone}, Case{"SELECT currval('s')", kNone},
        Case{"SELECT 1", kNone}, Case{"INSERT INTO t VALUES (1)", kNone},
        Case{"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT pg_advisory_lock(1); END",
             kNone}));

TEST(PostgresKindTest, FollowsTheMainVerb) {
  const std::pair<std::string_view, v1::StatementKind> cases[] = {
      {"SELECT 1", v1::STATEMENT_KIND_SELECT},
      {"(SELECT 1) UNION (SELECT 2)", v1::STATEMENT_KIND_SELECT},
      {"VALUES (1)", v1::STATEMENT_KIND_SELECT},
      {"TABLE t", v1::STATEMENT_KIND_SELECT},
      {"SHOW x", v1::STATEMENT_KIND_SELECT},
      {"EXPLAIN DELETE FROM t", v1::STATEMENT_KIND_SELECT},
      {"FETCH 5 FROM c", v1::STATEMENT_KIND_SELECT},
      {"WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a", v1::STATEMENT_KIND_SELECT},
      {"WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", v1::STATEMENT_KIND_INSERT},
      {"WITH a AS (SELECT 1) UPDATE t SET x = 1", v1::STATEMENT_KIND_UPDATE},
      {"WITH a AS (SELECT 1) DELETE FROM t", v1::STATEMENT_KIND_DELETE},
      {"INSERT INTO t VALUES (1)", v1::STATEMENT_KIND_INSERT},
      {"-- x\nUPDATE t SET a = 1", v1::STATEMENT_KIND_UPDATE},
      {"MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE", v1::STATEMENT_KIND_UPDATE},
      {"DELETE FROM t", v1::STATEMENT_KIND_DELETE},
      {"CALL p()", v1::STATEMENT_KIND_CALL},
      {"{call p()}", v1::STATEMENT_KIND_CALL},
      {"CREATE TABLE t (a int)", v1::STATEMENT_KIND_DDL},
      {"GRANT SELECT ON t TO u", v1::STATEMENT_KIND_DDL},
      {"TRUNCATE t", v1::STATEMENT_KIND_DDL},
      {"VACUUM", v1::STATEMENT_KIND_OTHER},
      {"", v1::STATEMENT_KIND_OTHER}};
  for (const auto& [sql, kind] : cases) EXPECT_EQ(Read(sql).kind, kind) << sql;
}

TEST(PostgresReadOnlyTest, OnlyWhatCertainlyWritesNothing) {
  for (const char* sql :
       {"SELECT 1", "VALUES (1)", "TABLE t", "SHOW x", "EXPLAIN SELECT 1",
        "WITH a AS (SELECT 1) SELECT * FROM a", "SELECT 'INSERT'", "(SELECT 1)"}) {
    EXPECT_TRUE(Read(sql).is_read_only_safe) << sql;
  }
  for (const char* sql :
       {"SELECT 1 INTO t", "SELECT * FROM t FOR UPDATE", "SELECT * FROM t FOR SHARE",
        "EXPLAIN ANALYZE SELECT 1", "EXPLAIN (ANALYZE) SELECT 1", "SELECT nextval('s')",
        "WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a", "INSERT INTO t VALUES (1)",
        "SELECT pg_advisory_lock(1)", "CALL p()", "SET TRANSACTION READ WRITE", ""}) {
    EXPECT_FALSE(Read(sql).is_read_only_safe) << sql;
  }
}

TEST(PostgresReadOnlyTest, ThereIsNoLastInsertId) {
  EXPECT_FALSE(Read("SELECT last_insert_id()").reads_generated_id);
}

TEST(PostgresGeneratedIdTest, IsReadByLastvalAndCurrval) {
  EXPECT_TRUE(Read("SELECT lastval()").reads_generated_id);
  EXPECT_TRUE(Read("INSERT INTO u VALUES (currval('t_id_seq'))").reads_generated_id);
  EXPECT_FALSE(Read("SELECT nextval('t_id_seq'), 'lastval()', lastval FROM t").reads_generated_id);
}

TEST(PostgresDrawingTest, IsPossibleWhereverSomethingIsWrittenOrCalled) {
  for (const char* sql :
       {"INSERT INTO t VALUES (1)", "UPDATE t SET a = 1", "CALL p()", "SELECT nextval('s')",
        "SELECT f()", "SELECT mine.lo_get(1)", "WITH x AS (DELETE FROM t RETURNING 1) SELECT 1",
        "EXECUTE p", "SELECT setval('s', currval('t'))", "DO $$ BEGIN END $$",
        "SELECT 1 AS a INTO t"}) {
    EXPECT_TRUE(Read(sql).may_draw) << sql;
  }
  for (const char* sql :
       {"SELECT 1", "SELECT lastval(), count(*) FROM t", "COMMIT", "SET a = 1",
        "SELECT currval(pg_get_serial_sequence('t', 'id'))", "SHOW a",
        "SELECT lo_get(lo_from_bytea(0, 'a'))", "SELECT pg_sleep(0), gen_random_uuid()"}) {
    EXPECT_FALSE(Read(sql).may_draw) << sql;
  }
}

TEST(PostgresCatalogTest, IsChangedByDefinitionsAndByWhatMayHoldThem) {
  for (const char* sql : {"CREATE TABLE t (a int)", "DROP VIEW v", "SELECT 1 AS a INTO t",
                          "CALL p()", "DO $$ BEGIN DROP TABLE t; END $$"}) {
    EXPECT_TRUE(Read(sql).changes_catalog) << sql;
  }
  for (const char* sql : {"SELECT 1", "INSERT INTO t VALUES (1)", "UPDATE t SET a = 1",
                          "DELETE FROM t", "SET x = 1", "COMMIT"}) {
    EXPECT_FALSE(Read(sql).changes_catalog) << sql;
  }
}

}  // namespace
}  // namespace sluice::relay::dialect
