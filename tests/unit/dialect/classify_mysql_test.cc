#include <gtest/gtest.h>

#include <ostream>

#include "relay_server/dialect/dialect.h"

namespace sluice::relay::dialect {
namespace {

TranslatedStatement Read(std::string_view sql) {
  return MysqlDialect().Translate(sql, true).front();
}

struct Case {
  std::string_view sql;
  SessionEffect effect;
  std::string_view reason = "";
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.sql; }

class MysqlEffectTest : public ::testing::TestWithParam<Case> {};

TEST_P(MysqlEffectTest, IsRead) {
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
    Statements, MysqlEffectTest,
    ::testing::Values(
        Case{"SET sql_mode = ''", kSetting}, Case{"SET SESSION x = 1", kSetting},
        Case{"SET x = CONCAT(@@x, 1)", kPin, "SET x"}, Case{"SET x = 1, @y = 2", kSetting},
        Case{"SET NAMES utf8mb4", kSetting},
        Case{"SET TRANSACTION READ ONLY", kPin, "SET TRANSACTION"},
        Case{"SET STATEMENT max_statement_time=1 FOR SELECT 1", kNone},
        Case{"SET PASSWORD = 'x'", kNone}, Case{"SET DEFAULT ROLE r", kNone},
        Case{"SET autocommit=0", kPin, "SET autocommit"},
        Case{"SET @@session.AUTOCOMMIT = 1", kNone}, Case{"SET @a = 1", kSetting},
        Case{"SET @a = 'x', @b := NULL", kSetting}, Case{"SET @A = b", kPin, "user variable @a"},
        Case{"SET @a = f(1)", kPin, "user variable @a"},
        Case{"SELECT @`a b` := 1", kPin, "user variable @a b"}, Case{"SELECT @a", kNone},
        Case{"CALL p(@x)", kPin, "user variable @x"}, Case{"SET GLOBAL x = f(1)", kNone},
        Case{"SET @@global.x = 1", kNone},
        Case{"SELECT a INTO @x FROM t", kPin, "user variable @x"},
        Case{"SELECT @@version, 'a@b'", kNone}, Case{"GRANT SELECT ON t TO u@h", kNone},
        Case{"CREATE DEFINER=`r`@`h` PROCEDURE p() BEGIN SET @a = 1; DO GET_LOCK('a', 1); END",
             kNone},
        Case{"USE d", kSetting}, Case{"USE d; SELECT 1", kPin, "SET among other statements"},
        Case{"SET @a = @@x, x = 0", kPin, "user variable @a"},
        Case{"SET timestamp = 1", kPin, "SET timestamp"}, Case{"SET timestamp = DEFAULT", kNone},
        Case{"SET STATEMENT x = 1 FOR SELECT 1", kNone},
        Case{"SET STATEMENT x = (1), y = 2 FOR CREATE TEMPORARY TABLE t (a int)", kPin,
             "temporary table t"},
        Case{"DO LAST_INSERT_ID(5)", kPin, "LAST_INSERT_ID(…)"},
        Case{"UPDATE t SET a = LAST_INSERT_ID(a + 1)", kNone},
        Case{"LOCK TABLES t READ", kPin, "LOCK TABLES t"},
        Case{"LOCK TABLE t WRITE", kPin, "LOCK TABLES t"}, Case{"UNLOCK TABLES", kNone},
        Case{"FLUSH TABLES WITH READ LOCK", kPin, "LOCK TABLES"},
        Case{"HANDLER t OPEN", kPin, "HANDLER t"}, Case{"HANDLER t OPEN AS h", kPin, "HANDLER h"},
        Case{"HANDLER h READ FIRST", kNone}, Case{"PREPARE p FROM 'SELECT 1'", kPin, "PREPARE p"},
        Case{"EXECUTE p", kNone}, Case{"DEALLOCATE PREPARE p", kNone},
        Case{"DROP PREPARE p", kNone}, Case{"XA START 'x'", kPin, "XA"},
        Case{"CREATE TEMPORARY TABLE IF NOT EXISTS d.`t` (a int)", kPin, "temporary table d.t"},
        Case{"CREATE OR REPLACE TEMPORARY TABLE t (a int)", kPin, "temporary table t"},
        Case{"SELECT GET_LOCK('a', 1)", kPin, "named lock a"},
        Case{"SELECT GET_LOCK(?, 1)", kPin, "named lock"}, Case{"SELECT RELEASE_LOCK('a')", kNone},
        Case{"SELECT get_lock FROM t", kNone},
        Case{"SELECT SQL_CALC_FOUND_ROWS * FROM t", kPin, "FOUND_ROWS"},
        Case{"SELECT FOUND_ROWS()", kNone}, Case{"SELECT ROW_COUNT()", kNone},
        Case{"BEGIN", kBegin}, Case{"START TRANSACTION", kBegin},
        Case{"BEGIN NOT ATOMIC SELECT 1; END", kNone}, Case{"COMMIT", kCommit},
        Case{"ROLLBACK", kRollback}, Case{"ROLLBACK AND CHAIN", kBegin},
        Case{"ROLLBACK TO s", kRollbackTo}, Case{"ROLLBACK WORK TO s", kRollbackTo},
        Case{"CALL p()", kNone}, Case{"LOAD DATA INFILE 'x' INTO TABLE t", kNone},
        Case{"SELECT 1", kNone},
        Case{"SELECT 1; SET NAMES utf8; SELECT 2", kPin, "SET among other statements"},
        Case{"/*!40101 SET NAMES utf8 */", kSetting}, Case{"/* SET NAMES utf8 */", kNone}));

TEST(MysqlKindTest, FollowsTheMainVerb) {
  EXPECT_EQ(Read("SELECT 1").kind, v1::STATEMENT_KIND_SELECT);
  EXPECT_EQ(Read("DESCRIBE t").kind, v1::STATEMENT_KIND_SELECT);
  EXPECT_EQ(Read("desc t").kind, v1::STATEMENT_KIND_SELECT);
  EXPECT_EQ(Read("REPLACE INTO t VALUES (1)").kind, v1::STATEMENT_KIND_INSERT);
  EXPECT_EQ(Read("RENAME TABLE a TO b").kind, v1::STATEMENT_KIND_DDL);
  EXPECT_EQ(Read("SET STATEMENT x=1 FOR DELETE FROM t").kind, v1::STATEMENT_KIND_DELETE);
}

TEST(MysqlLastInsertIdTest, IsReadByFunctionAndVariables) {
  EXPECT_TRUE(Read("SELECT LAST_INSERT_ID()").reads_generated_id);
  EXPECT_TRUE(Read("INSERT INTO t VALUES (last_insert_id ( ))").reads_generated_id);
  EXPECT_TRUE(Read("SELECT @@identity").reads_generated_id);
  EXPECT_TRUE(Read("SELECT 1; SELECT LAST_INSERT_ID()").reads_generated_id);
  EXPECT_TRUE(Read("SELECT LAST_INSERT_ID(); SELECT 1").reads_generated_id);
  EXPECT_TRUE(Read("SELECT @@session.LAST_INSERT_ID").reads_generated_id);
  EXPECT_FALSE(Read("UPDATE t SET a = LAST_INSERT_ID(a + 1)").reads_generated_id);
  EXPECT_FALSE(Read("SELECT 'LAST_INSERT_ID()', last_insert_id FROM t").reads_generated_id);
}

TEST(MysqlReadOnlyTest, OnlyWhatCertainlyWritesNothing) {
  EXPECT_TRUE(Read("SELECT a FROM t").is_read_only_safe);
  EXPECT_TRUE(Read("SHOW TABLES").is_read_only_safe);
  EXPECT_FALSE(Read("SELECT a FROM t INTO OUTFILE 'x'").is_read_only_safe);
  EXPECT_FALSE(Read("SELECT a FROM t LOCK IN SHARE MODE").is_read_only_safe);
  EXPECT_FALSE(Read("SELECT 1; DELETE FROM t").is_read_only_safe);
}

TEST(MysqlCatalogTest, IsChangedByAnyStatementOfAText) {
  EXPECT_TRUE(Read("DROP TABLE t").changes_catalog);
  EXPECT_TRUE(Read("SELECT 1; DROP TABLE t").changes_catalog);
  EXPECT_TRUE(Read("DROP TABLE t; SELECT 1").changes_catalog);
  EXPECT_TRUE(Read("BEGIN NOT ATOMIC DROP TABLE t; END").changes_catalog);
  EXPECT_FALSE(Read("SELECT 1; DELETE FROM t").changes_catalog);
}

}  // namespace
}  // namespace sluice::relay::dialect
