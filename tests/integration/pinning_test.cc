// Two sessions share one backend connection: what one of them leaves there must be there for it
// alone, for as long as it lasts and no longer. The relay audits the connection whenever it is
// given back, and the tests' fixture fails when that finds anything.

#include <array>

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::HasSubstr;

constexpr SQLINTEGER kPinnedBy = 0x4000;  // the driver's own connection attribute

std::string PoolOfOne(Database database, const std::string& more = "") {
  return ConnectionString(database, RelaySize::kOne) + more;
}

std::string PinnedBy(const Connection& connection) {
  std::array<char, 256> text{};
  SQLINTEGER length = -1;
  EXPECT_EQ(SQLGetConnectAttr(connection.handle(), kPinnedBy, text.data(), text.size(), &length),
            SQL_SUCCESS)
      << connection.diagnostics();
  EXPECT_EQ(length, static_cast<SQLINTEGER>(std::string_view(text.data()).size()));
  return text.data();
}

// ---- what pins, and what ends the pin ----

struct HoldCase {
  Database database;
  const char* take;
  const char* end;
  const char* reason;
};
void PrintTo(const HoldCase& hold, std::ostream* out) { *out << hold.take << "; " << hold.end; }

class HoldTest : public testing::TestWithParam<HoldCase> {
 protected:
  HoldTest() { connection.Run("CREATE TABLE " + kTable + " (n INT)"); }
  ~HoldTest() override { connection.Run("DROP TABLE IF EXISTS " + kTable); }

  const std::string kTable = "held_base";
  Connection connection{PoolOfOne(GetParam().database)};
  Connection other{PoolOfOne(GetParam().database)};
};

TEST_P(HoldTest, LastsFromItsCauseToItsEnd) {
  for (int round = 0; round < 2; ++round) {
    {
      Statement take(connection);
      const SQLRETURN told = take.Execute(GetParam().take);
      EXPECT_EQ(told, round == 0 ? SQL_SUCCESS_WITH_INFO : SQL_SUCCESS) << take.diagnostics();
      if (round == 0) {
        EXPECT_EQ(take.state(), "01000");
        EXPECT_THAT(take.diagnostics(), HasSubstr(GetParam().reason));
      }
    }
    EXPECT_THAT(PinnedBy(connection), HasSubstr(GetParam().reason));
    Statement end(connection);
    EXPECT_TRUE(SQL_SUCCEEDED(end.Execute(GetParam().end))) << end.diagnostics();
    end.Close();
    EXPECT_EQ(PinnedBy(connection), "");
    EXPECT_EQ(other.Value("SELECT 1"), "1") << "the backend connection was not given back";
  }
}

TEST_P(HoldTest, GoesWithItsSession) {
  {
    Connection leaving(PoolOfOne(GetParam().database));
    Statement take(leaving);
    EXPECT_TRUE(SQL_SUCCEEDED(take.Execute(GetParam().take))) << take.diagnostics();
  }
  EXPECT_EQ(other.Value("SELECT 1"), "1");
  Statement again(other);
  EXPECT_TRUE(SQL_SUCCEEDED(again.Execute(GetParam().take))) << again.diagnostics();
  again.Close();
  EXPECT_TRUE(SQL_SUCCEEDED(again.Execute(GetParam().end))) << again.diagnostics();
}

TEST_P(HoldTest, IsRefusedWhereASessionMayNotPin) {
  Connection careful(PoolOfOne(GetParam().database, ";Pinning=never"));
  Statement refused(careful);
  EXPECT_EQ(refused.Execute(GetParam().take), SQL_ERROR);
  EXPECT_EQ(refused.state(), "HYC00") << refused.diagnostics();
  EXPECT_THAT(refused.diagnostics(), HasSubstr("Pinning"));
  EXPECT_EQ(PinnedBy(careful), "");
  EXPECT_EQ(other.Value("SELECT 1"), "1");
}

TEST_P(HoldTest, IsNoWarningForASessionThatAsksForAConnectionOfItsOwn) {
  Connection sole(PoolOfOne(GetParam().database, ";Pinning=always"));
  Statement statement(sole);
  EXPECT_EQ(statement.Execute(GetParam().take), SQL_SUCCESS) << statement.diagnostics();
  statement.Close();
  EXPECT_THAT(PinnedBy(sole), HasSubstr(GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Postgres, HoldTest,
    testing::Values(
        HoldCase{Database::kPostgres, "CREATE TEMP TABLE held (n INT)", "DROP TABLE held",
                 "temporary table held"},
        HoldCase{Database::kPostgres, "SELECT 1 AS n INTO TEMPORARY held", "DROP TABLE held",
                 "temporary table held"},
        HoldCase{Database::kPostgres, "CREATE TEMP VIEW held AS SELECT 1", "DISCARD TEMP",
                 "temporary table held"},
        HoldCase{Database::kPostgres, "CREATE TEMP TABLE \"Held\" (n INT)", "DISCARD ALL",
                 "temporary table Held"},
        HoldCase{Database::kPostgres, "SELECT pg_advisory_lock(42)",
                 "SELECT pg_advisory_unlock(42)", "advisory lock 42"},
        HoldCase{Database::kPostgres, "SELECT pg_try_advisory_lock(1, 2)",
                 "SELECT pg_advisory_unlock_all()", "advisory lock 1, 2"},
        HoldCase{Database::kPostgres, "LISTEN held", "UNLISTEN held", "LISTEN held"},
        HoldCase{Database::kPostgres, "LISTEN held", "UNLISTEN *", "LISTEN held"},
        HoldCase{Database::kPostgres, "PREPARE held AS SELECT 1", "DEALLOCATE held",
                 "PREPARE held"},
        HoldCase{Database::kPostgres, "PREPARE held AS SELECT 1", "DEALLOCATE ALL", "PREPARE held"},
        HoldCase{Database::kPostgres, "DECLARE held CURSOR WITH HOLD FOR SELECT 1", "CLOSE held",
                 "WITH HOLD cursor held"},
        HoldCase{Database::kPostgres, "SELECT set_config('extra_float_digits', '-' || 1, false)",
                 "RESET extra_float_digits", "SET extra_float_digits"}));

INSTANTIATE_TEST_SUITE_P(
    Mysql, HoldTest,
    testing::Values(
        HoldCase{Database::kMysql, "CREATE TEMPORARY TABLE held (n INT)", "DROP TABLE held",
                 "temporary table held"},
        HoldCase{Database::kMysql, "CREATE TEMPORARY TABLE `held` (n INT)",
                 "DROP TEMPORARY TABLE IF EXISTS held", "temporary table held"},
        HoldCase{Database::kMysql, "SELECT GET_LOCK('held', 0)", "SELECT RELEASE_LOCK('held')",
                 "named lock held"},
        HoldCase{Database::kMysql, "DO GET_LOCK('held', 0)", "DO RELEASE_ALL_LOCKS()",
                 "named lock held"},
        HoldCase{Database::kMysql, "LOCK TABLES held_base READ", "UNLOCK TABLES",
                 "LOCK TABLES held_base"},
        HoldCase{Database::kMysql, "SET @held = ABS(-1)", "SET @held = NULL",
                 "user variable @held"},
        HoldCase{Database::kMysql, "SELECT 1 INTO @held", "SET @held = 'x'", "user variable @held"},
        HoldCase{Database::kMysql, "PREPARE held FROM 'SELECT 1'", "DEALLOCATE PREPARE held",
                 "PREPARE held"},
        HoldCase{Database::kMysql, "HANDLER held_base OPEN", "HANDLER held_base CLOSE",
                 "HANDLER held_base"},
        HoldCase{Database::kMysql, "SET SESSION lock_wait_timeout = ABS(11)",
                 "SET lock_wait_timeout = DEFAULT", "SET lock_wait_timeout"},
        HoldCase{Database::kMysql, "SET autocommit = 0", "SET autocommit = 1", "SET autocommit"}));

// ---- what the texts do not tell ----

class PinningTest : public testing::TestWithParam<Database> {
 protected:
  bool is_postgres() const { return GetParam() == Database::kPostgres; }
  const char* Sql(const PerDatabase& sql) const { return sql.For(GetParam()); }

  Connection connection{PoolOfOne(GetParam())};
  Connection other{PoolOfOne(GetParam())};
};

TEST_P(PinningTest, ALockThatIsTakenTwiceIsHeldUntilItIsGivenBackTwice) {
  const char* take = Sql({"SELECT pg_advisory_lock(7)", "SELECT GET_LOCK('seven', 0)"});
  const char* give = Sql({"SELECT pg_advisory_unlock(7)", "SELECT RELEASE_LOCK('seven')"});
  connection.Value(take);
  connection.Value(take);
  connection.Value(give);
  connection.Value("SELECT 1");
  EXPECT_NE(PinnedBy(connection), "");
  connection.Value(give);
  EXPECT_EQ(PinnedBy(connection), "");
  EXPECT_EQ(other.Value("SELECT 1"), "1");
}

TEST_P(PinningTest, ALockByParameterIsHeldToo) {
  Statement take(connection);
  take.Prepare(Sql({"SELECT pg_advisory_lock(?)", "SELECT GET_LOCK(?, 0)"}));
  char key[] = "77";
  SQLLEN length = SQL_NTS;
  ASSERT_EQ(
      SQLBindParameter(take.handle(), 1, SQL_PARAM_INPUT, SQL_C_CHAR,
                       is_postgres() ? SQL_BIGINT : SQL_VARCHAR, 20, 0, key, sizeof key, &length),
      SQL_SUCCESS);
  EXPECT_TRUE(SQL_SUCCEEDED(take.ExecutePrepared())) << take.diagnostics();
  take.Close();
  connection.Value("SELECT 1");
  EXPECT_NE(PinnedBy(connection), "");
  connection.Value(Sql({"SELECT pg_advisory_unlock(77)", "SELECT RELEASE_LOCK('77')"}));
  EXPECT_EQ(other.Value("SELECT 1"), "1");
}

TEST_P(PinningTest, WhatARollbackUndoesPinsNoLonger) {
  connection.SetAutocommit(false);
  Statement create(connection);
  EXPECT_TRUE(SQL_SUCCEEDED(create.Execute("CREATE TEMPORARY TABLE rolled (n INT)")));
  connection.Rollback();
  if (!is_postgres()) {  // MySQL's tables outlive a rollback
    EXPECT_EQ(PinnedBy(connection), "temporary table rolled");
    connection.Run("DROP TEMPORARY TABLE rolled");
    connection.Commit();
  }
  EXPECT_EQ(PinnedBy(connection), "");
  EXPECT_EQ(other.Value("SELECT 1"), "1");
}

TEST_P(PinningTest, SettingsFollowTheirSessionOverOneConnection) {
  const std::string set = Sql({"SET extra_float_digits = ", "SET lock_wait_timeout = "});
  const char* query = Sql({"SHOW extra_float_digits", "SELECT @@lock_wait_timeout"});
  connection.Run(set + "2");
  other.Run(set + "3");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(connection.Value(query), "2");
    EXPECT_EQ(other.Value(query), "3");
  }
  EXPECT_EQ(PinnedBy(connection), "");
}

TEST_P(PinningTest, TheIsolationLevelFollowsItsSession) {
  const char* query = Sql({"SHOW transaction_isolation", "SELECT @@tx_isolation"});
  const std::string by_default = other.Value(query);
  ASSERT_EQ(connection.Set(SQL_ATTR_TXN_ISOLATION, SQL_TXN_SERIALIZABLE), SQL_SUCCESS);
  EXPECT_EQ(connection.Value(query), Sql({"serializable", "SERIALIZABLE"}));
  EXPECT_EQ(other.Value(query), by_default);
  EXPECT_EQ(connection.Value(query), Sql({"serializable", "SERIALIZABLE"}));
}

TEST_P(PinningTest, ATransactionKeepsTheConnectionAndNothingElseHappens) {
  connection.SetAutocommit(false);
  EXPECT_EQ(connection.Value("SELECT 1"), "1");
  EXPECT_EQ(PinnedBy(connection), "");
  Statement waits(other);
  waits.Set(SQL_ATTR_QUERY_TIMEOUT, 1);
  EXPECT_EQ(waits.Execute("SELECT 1"), SQL_ERROR);
  EXPECT_EQ(waits.state(), "HYT00") << waits.diagnostics();
  connection.Commit();
  EXPECT_EQ(other.Value("SELECT 1"), "1");
}

TEST_P(PinningTest, ASessionWithAConnectionOfItsOwnTellsWhy) {
  Connection sole(PoolOfOne(GetParam(), ";Pinning=always"));
  EXPECT_EQ(PinnedBy(sole), "");
  EXPECT_EQ(sole.Value("SELECT 1"), "1");
  EXPECT_EQ(PinnedBy(sole), "Pinning=always");
}

TEST_P(PinningTest, ADataSourceInSessionModeHasTheConnectionToItsEnd) {
  {
    Connection sole(PoolOfOne(GetParam(), ";PoolMode=session"));
    EXPECT_EQ(sole.Value("SELECT 1"), "1");
    EXPECT_EQ(PinnedBy(sole), "session mode");
    Statement waits(other);
    waits.Set(SQL_ATTR_QUERY_TIMEOUT, 1);
    EXPECT_EQ(waits.Execute("SELECT 1"), SQL_ERROR);
    EXPECT_EQ(waits.state(), "HYT00") << waits.diagnostics();
    EXPECT_THAT(waits.diagnostics(), HasSubstr("1 pinned"));
  }
  EXPECT_EQ(other.Value("SELECT 1"), "1");
  Connection shares(PoolOfOne(GetParam(), ";PoolMode=transaction"));
  EXPECT_EQ(shares.Value("SELECT 1"), "1");
  EXPECT_EQ(other.Value("SELECT 1"), "1");
}

INSTANTIATE_FOR_DATABASES(PinningTest);

class PostgresPinningTest : public testing::Test {
 protected:
  Connection connection{PoolOfOne(Database::kPostgres)};
  Connection other{PoolOfOne(Database::kPostgres)};
};

TEST_F(PostgresPinningTest, ADoBlockPinsByWhatItLeaves) {
  connection.Run("DO $$ BEGIN PERFORM 1; UPDATE pg_class SET relname = '' WHERE false; END $$");
  EXPECT_EQ(PinnedBy(connection), "");
  Statement block(connection);
  EXPECT_EQ(block.Execute("DO $$ BEGIN CREATE TEMP TABLE left_behind (n INT); END $$"),
            SQL_SUCCESS_WITH_INFO)
      << block.diagnostics();
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM left_behind"), "0");
  EXPECT_EQ(PinnedBy(connection), "temporary table left_behind");
  connection.Run("DROP TABLE left_behind");
  EXPECT_EQ(other.Value("SELECT 1"), "1");
  // One that could have left something and did not.
  Statement harmless(connection);
  EXPECT_TRUE(SQL_SUCCEEDED(harmless.Execute("DO $$ BEGIN EXECUTE 'SELECT 1'; END $$")));
  EXPECT_EQ(other.Value("SELECT 1"), "1");
  EXPECT_TRUE(SQL_SUCCEEDED(harmless.Execute("DO $$ BEGIN SET extra_float_digits = 2; END $$")));
  EXPECT_EQ(connection.Value("SHOW extra_float_digits"), "2");
  connection.Run("DISCARD ALL");
  EXPECT_NE(other.Value("SHOW extra_float_digits"), "2");
}

TEST_F(PostgresPinningTest, WhatAProcedureLeavesIsFound) {
  const std::string name = UniqueName("leaves");
  connection.Run("CREATE PROCEDURE " + name +
                 "() LANGUAGE plpgsql AS $$ BEGIN CREATE TEMP TABLE of_a_call (n INT); END $$");
  connection.Run("CALL " + name + "()");
  Statement next(connection);
  EXPECT_TRUE(SQL_SUCCEEDED(next.Execute("SELECT COUNT(*) FROM of_a_call"))) << next.diagnostics();
  next.Close();
  EXPECT_EQ(PinnedBy(connection), "temporary table of_a_call");
  connection.Run("DROP TABLE of_a_call");
  EXPECT_EQ(other.Value("SELECT 1"), "1");
  connection.Run("DROP PROCEDURE " + name);
}

TEST_F(PostgresPinningTest, ATableThatGoesWithItsTransactionPinsNothing) {
  connection.SetAutocommit(false);
  connection.Run("CREATE TEMP TABLE brief (n INT) ON COMMIT DROP");
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM brief"), "0");
  EXPECT_EQ(PinnedBy(connection), "");
  connection.Commit();
  EXPECT_EQ(other.Value("SELECT 1"), "1");
}

TEST_F(PostgresPinningTest, WhatEndsWithTheTransactionPinsNothing) {
  connection.SetAutocommit(false);
  connection.Run("SET LOCAL extra_float_digits = 3");
  connection.Value("SELECT pg_advisory_xact_lock(99)");
  connection.Run("LOCK TABLE pg_class IN ACCESS SHARE MODE");
  EXPECT_EQ(PinnedBy(connection), "");
  connection.Commit();
  EXPECT_NE(other.Value("SHOW extra_float_digits"), "3");
}

TEST_F(PostgresPinningTest, ALockOutlivesTheErrorAfterIt) {
  Statement fails(connection);
  EXPECT_EQ(fails.Execute("SELECT 1 / (n - n), n FROM (SELECT 1 AS n, pg_advisory_lock(5)) AS t"),
            SQL_ERROR);
  connection.Value("SELECT 1");
  connection.Value("SELECT pg_advisory_unlock_all()");
  EXPECT_EQ(PinnedBy(connection), "");
  EXPECT_EQ(other.Value("SELECT pg_try_advisory_lock(5)"), "1");
}

TEST_F(PostgresPinningTest, AResetOfAllVariablesKeepsTheRelaysOwn) {
  ASSERT_EQ(connection.Set(SQL_ATTR_TXN_ISOLATION, SQL_TXN_SERIALIZABLE), SQL_SUCCESS);
  const char* query = "SHOW transaction_isolation";
  EXPECT_EQ(connection.Value(query), "serializable");
  for (const char* reset : {"RESET ALL", "DISCARD ALL"}) {
    connection.Run(reset);
    EXPECT_EQ(connection.Value(query), "serializable") << reset;
    EXPECT_EQ(other.Value(query), "read committed") << reset;
  }
}

class MysqlPinningTest : public testing::Test {
 protected:
  Connection connection{PoolOfOne(Database::kMysql)};
  Connection other{PoolOfOne(Database::kMysql)};
};

TEST_F(MysqlPinningTest, UserVariablesWithLiteralValuesFollowTheirSession) {
  connection.Run("SET @answer = 42, @text = 'it''s'");
  EXPECT_EQ(other.Value("SELECT @answer"), "NULL");
  EXPECT_EQ(connection.Value("SELECT @answer"), "42");
  EXPECT_EQ(connection.Value("SELECT @text"), "it's");
  EXPECT_EQ(PinnedBy(connection), "");
  other.Run("SET @Answer = -1");
  EXPECT_EQ(connection.Value("SELECT @ANSWER"), "42");
  EXPECT_EQ(other.Value("SELECT @answer"), "-1");
}

TEST_F(MysqlPinningTest, ALockThatIsNotToBeHadPinsNothing) {
  Connection elsewhere(ConnectionString(Database::kMysql, RelaySize::kFive));
  elsewhere.Value("SELECT GET_LOCK('contended', 0)");
  EXPECT_EQ(connection.Value("SELECT GET_LOCK('contended', 0)"), "0");
  EXPECT_EQ(other.Value("SELECT 1"), "1");
  elsewhere.Value("SELECT RELEASE_LOCK('contended')");
}

TEST_F(MysqlPinningTest, TheCountOfFoundRowsIsThereForTheNextStatement) {
  EXPECT_EQ(connection.Value("SELECT SQL_CALC_FOUND_ROWS 1 UNION SELECT 2 LIMIT 1"), "1");
  EXPECT_EQ(connection.Value("SELECT FOUND_ROWS()"), "2");
  EXPECT_EQ(PinnedBy(connection), "");
  EXPECT_EQ(other.Value("SELECT 1"), "1");
}

TEST_F(MysqlPinningTest, TheRowCountIsOfTheSessionsOwnStatement) {
  const std::string table = UniqueName("counted");
  connection.Run("CREATE TABLE " + table + " (n INT)");
  connection.Run("INSERT INTO " + table + " VALUES (1), (2), (3)");
  other.Run("INSERT INTO " + table + " VALUES (4)");
  Statement count(connection);
  EXPECT_EQ(count.Execute("SELECT ROW_COUNT()"), SQL_SUCCESS) << count.diagnostics();
  EXPECT_EQ(count.Rows(), std::vector<std::string>{"3"});
  count.Close();
  EXPECT_EQ(connection.Value("SELECT ROW_COUNT()"), "-1");  // of the SELECT
  EXPECT_EQ(other.Value("SELECT ROW_COUNT()"), "1");
  connection.Run("DROP TABLE " + table);
}

TEST_F(MysqlPinningTest, TheNextTransactionsIsolationIsItsOwn) {
  connection.Run("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
  EXPECT_EQ(PinnedBy(connection), "SET TRANSACTION");
  EXPECT_EQ(connection.Value("SELECT 1"), "1");
  EXPECT_EQ(PinnedBy(connection), "");
  EXPECT_EQ(other.Value("SELECT 1"), "1");
}

TEST_F(MysqlPinningTest, LastInsertIdsAreOfTheirSession) {
  const std::string table = UniqueName("ids");
  connection.Run("CREATE TABLE " + table + " (id INT AUTO_INCREMENT PRIMARY KEY, v INT)");
  connection.Run("INSERT INTO " + table + " (v) VALUES (1)");
  other.Run("INSERT INTO " + table + " (v) VALUES (2)");
  EXPECT_EQ(connection.Value("SELECT LAST_INSERT_ID()"), "1");
  EXPECT_EQ(other.Value("SELECT LAST_INSERT_ID()"), "2");
  connection.Run("DROP TABLE " + table);
}

TEST_F(MysqlPinningTest, ATemporaryTableThatIsRenamedIsStillHeld) {
  Statement statement(connection);
  EXPECT_TRUE(SQL_SUCCEEDED(statement.Execute("CREATE TEMPORARY TABLE former (n INT)")));
  connection.Run("ALTER TABLE former RENAME TO latter");
  EXPECT_EQ(PinnedBy(connection), "temporary table latter");
  connection.Run("DROP TABLE latter");
  EXPECT_EQ(other.Value("SELECT 1"), "1");
}

}  // namespace
}  // namespace sluice::tests
