// The rows of the table of session state (docs/pooling.md) that pinning_test.cc and routine_test.cc
// do not have: two sessions share one backend connection, and one does its best to disturb.

#include <gmock/gmock.h>

#include "tests/integration/pinned_by.h"

namespace sluice::tests {
namespace {

using testing::HasSubstr;

class SessionRowTest : public testing::TestWithParam<Database> {
 protected:
  bool is_postgres() const { return GetParam() == Database::kPostgres; }
  const char* Sql(const PerDatabase& sql) const { return sql.For(GetParam()); }

  Connection connection{ConnectionString(GetParam(), RelaySize::kOne)};
  Connection other{ConnectionString(GetParam(), RelaySize::kOne)};
};

TEST_P(SessionRowTest, TheAccessModeFollowsItsSession) {
  const std::string table = UniqueName("guarded");
  other.Run("CREATE TABLE " + table + " (n INT)");
  ASSERT_EQ(connection.Set(SQL_ATTR_ACCESS_MODE, SQL_MODE_READ_ONLY), SQL_SUCCESS);
  for (int i = 0; i < 2; ++i) {
    Statement refused(connection);
    EXPECT_EQ(refused.Execute("INSERT INTO " + table + " VALUES (1)"), SQL_ERROR);
    other.Run("INSERT INTO " + table + " VALUES (2)");
  }
  ASSERT_EQ(connection.Set(SQL_ATTR_ACCESS_MODE, SQL_MODE_READ_WRITE), SQL_SUCCESS);
  connection.Run("INSERT INTO " + table + " VALUES (3)");
  EXPECT_EQ(other.Value("SELECT COUNT(*) FROM " + table), "3");
  other.Run("DROP TABLE " + table);
}

TEST_P(SessionRowTest, PreparedStatementsAreEachSessionsOwn) {
  const std::string table = UniqueName("shared_text");
  other.Run("CREATE TABLE " + table + " (n INT)");
  other.Run("INSERT INTO " + table + " VALUES (1), (2)");
  Statement mine(connection);
  Statement theirs(other);
  mine.Prepare("SELECT n FROM " + table + " ORDER BY n");
  theirs.Prepare("SELECT n FROM " + table + " ORDER BY n");
  for (int i = 0; i < 3; ++i) {
    for (Statement* statement : {&mine, &theirs}) {
      EXPECT_EQ(statement->ExecutePrepared(), SQL_SUCCESS) << statement->diagnostics();
      EXPECT_EQ(statement->Rows(), (std::vector<std::string>{"1", "2"}));
      statement->Close();
    }
    other.Run(is_postgres() ? "DEALLOCATE ALL" : "DO 0");
  }
  other.Run("DROP TABLE " + table);
}

TEST_P(SessionRowTest, SavepointsAreOfTheirTransaction) {
  const std::string table = UniqueName("saved");
  other.Run("CREATE TABLE " + table + " (n INT)");
  connection.SetAutocommit(false);
  connection.Run("INSERT INTO " + table + " VALUES (1)");
  connection.Run("SAVEPOINT s");
  connection.Run("INSERT INTO " + table + " VALUES (2)");
  Statement waits(other);
  waits.Set(SQL_ATTR_QUERY_TIMEOUT, 1);
  EXPECT_EQ(waits.Execute("SAVEPOINT s"), SQL_ERROR);
  EXPECT_EQ(waits.state(), "HYT00") << waits.diagnostics();
  connection.Run("ROLLBACK TO SAVEPOINT s");
  connection.Commit();
  EXPECT_EQ(other.Value("SELECT SUM(n) FROM " + table), "1");
  EXPECT_EQ(PinnedBy(connection), "");
  other.Run("DROP TABLE " + table);
}

// Rows that nobody has read yet are set aside when another session wants the connection.
TEST_P(SessionRowTest, UnreadRowsDoNotStandInTheWay) {
  const PerDatabase series{"SELECT g, repeat('x', 1000) FROM generate_series(1, 20000) g",
                           "SELECT seq, REPEAT('x', 1000) FROM seq_1_to_20000"};
  Statement half_read(connection);
  half_read.Run(Sql(series));
  ASSERT_TRUE(half_read.Fetch());
  EXPECT_EQ(other.Value("SELECT 1"), "1");
  EXPECT_EQ(half_read.Rows().size(), 19999u);
}

TEST_P(SessionRowTest, WarningsComeWithTheirOwnStatement) {
  const char* warns = Sql({"DO $$ BEGIN RAISE WARNING 'mine'; END $$", "DO 'mine' + 1"});
  const char* quiet = "SELECT 1";
  for (int i = 0; i < 2; ++i) {
    Statement mine(connection);
    EXPECT_EQ(mine.Execute(warns), SQL_SUCCESS_WITH_INFO);
    EXPECT_THAT(mine.diagnostics(), HasSubstr("mine"));
    mine.Close();
    Statement theirs(other);
    EXPECT_EQ(theirs.Execute(quiet), SQL_SUCCESS) << theirs.diagnostics();
  }
}

// A rollback succeeds whether its connection lives or not; what was on the connection is gone.
TEST_P(SessionRowTest, WhatGoesWithItsConnectionIsToldEvenByARollback) {
  Statement create(connection);
  EXPECT_TRUE(SQL_SUCCEEDED(create.Execute("CREATE TEMPORARY TABLE gone (n INT)")));
  connection.SetAutocommit(false);
  const std::string id =
      connection.Value(Sql({"SELECT pg_backend_pid()", "SELECT CONNECTION_ID()"}));
  Connection killer(ConnectionString(GetParam(), RelaySize::kFive));
  killer.Run(Sql({"SELECT pg_terminate_backend(", "KILL CONNECTION "}) + id + Sql({")", ""}));
  EXPECT_EQ(connection.End(SQL_ROLLBACK), SQL_SUCCESS_WITH_INFO);
  // unixODBC asks the driver for information before it reads the record, which is lost so.
  EXPECT_EQ(PinnedBy(connection), "");
  EXPECT_EQ(other.Value("SELECT 1"), "1");
}

INSTANTIATE_FOR_DATABASES(SessionRowTest);

class PostgresSessionRowTest : public testing::Test {
 protected:
  Connection connection{ConnectionString(Database::kPostgres, RelaySize::kOne)};
  Connection other{ConnectionString(Database::kPostgres, RelaySize::kOne)};
};

TEST_F(PostgresSessionRowTest, SetConfigIsASetting) {
  const std::string show = "SELECT current_setting('app.tenant', true)";
  EXPECT_EQ(connection.Value("SELECT set_config('app.tenant', 'mine', false)"), "mine");
  other.Value("SELECT set_config('app.tenant', 'theirs', false)");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(connection.Value(show), "mine");
    EXPECT_EQ(other.Value(show), "theirs");
  }
  EXPECT_EQ(PinnedBy(connection), "");
  connection.SetAutocommit(false);
  connection.Value("SELECT set_config('app.tenant', 'undone', false)");
  connection.Rollback();
  EXPECT_EQ(connection.Value(show), "mine");
  connection.Rollback();
  connection.SetAutocommit(true);
  connection.Value("SELECT set_config('search_path', 'pg_catalog, \"$user\"', false)");
  other.Run("RESET search_path");
  EXPECT_EQ(connection.Value("SELECT array_to_string(current_schemas(false), ',')"), "pg_catalog");
  EXPECT_EQ(other.Value("SELECT array_to_string(current_schemas(false), ',')"), "public");
}

// Whatever the session sets, relay and server talk UTF-8.
TEST_F(PostgresSessionRowTest, TextIsReadAsItIsWhateverTheEncodingIsSetTo) {
  const std::string text = "SELECT 'gr\u00fc' || chr(223)";  // read and written
  for (const char* set : {"SET client_encoding = DEFAULT", "SET NAMES 'UTF-8'", "RESET ALL",
                          "SELECT set_config('client_encoding', 'latin' || '1', false)"}) {
    Statement(other).Execute(set);
    EXPECT_EQ(other.Value(text), "gr\u00fc\u00df") << set;
    other.Run("DISCARD ALL");
    EXPECT_EQ(connection.Value(text), "gr\u00fc\u00df") << set;
  }
  other.SetAutocommit(false);
  other.Value("SELECT set_config('client_encoding', 'latin' || '1', true)");
  EXPECT_EQ(other.Value(text), "gr\u00fc\u00df");
  Statement refused(other);
  EXPECT_EQ(refused.Execute("SET LOCAL client_encoding = 'latin1'"), SQL_ERROR);
  EXPECT_EQ(refused.state(), "HYC00");
  other.Rollback();
  EXPECT_EQ(connection.Value(text), "gr\u00fc\u00df");
}

class MysqlSessionRowTest : public testing::Test {
 protected:
  Connection connection{ConnectionString(Database::kMysql, RelaySize::kOne)};
  Connection other{ConnectionString(Database::kMysql, RelaySize::kOne)};
};

TEST_F(MysqlSessionRowTest, TheCurrentDatabaseFollowsItsSession) {
  const std::string by_default = other.Value("SELECT DATABASE()");
  connection.Run("USE information_schema");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(connection.Value("SELECT DATABASE()"), "information_schema");
    EXPECT_EQ(other.Value("SELECT DATABASE()"), by_default);
  }
  EXPECT_EQ(PinnedBy(connection), "");
  SQLCHAR catalog[] = "mysql";
  ASSERT_EQ(SQLSetConnectAttr(connection.handle(), SQL_ATTR_CURRENT_CATALOG, catalog, SQL_NTS),
            SQL_SUCCESS);
  EXPECT_EQ(connection.Value("SELECT DATABASE()"), "mysql");
  EXPECT_EQ(other.Value("SELECT DATABASE()"), by_default);
}

TEST_F(MysqlSessionRowTest, TransactionCharacteristicsFollowTheirSession) {
  const char* query = "SELECT CONCAT(@@tx_isolation, ' ', CAST(@@tx_read_only AS INT))";
  const std::string by_default = other.Value(query);
  connection.Run("SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(connection.Value(query), "SERIALIZABLE 1");
    EXPECT_EQ(other.Value(query), by_default);
  }
  connection.Run("SET SESSION tx_isolation = 'READ-COMMITTED', tx_read_only = 0");
  EXPECT_EQ(other.Value(query), by_default);
  EXPECT_EQ(connection.Value(query), "READ-COMMITTED 0");
  EXPECT_EQ(PinnedBy(connection), "");
}

// A session keeps the values that were global when its connection was made: that nobody has set
// them is no mistake of the relay's, whose audit would end the test's relay with a failure.
TEST_F(MysqlSessionRowTest, GlobalVariablesMayChangeMeanwhile) {
  const std::string before = other.Value("SELECT @@GLOBAL.net_retry_count");
  connection.Run("SET GLOBAL net_retry_count = 17");
  EXPECT_EQ(other.Value("SELECT @@GLOBAL.net_retry_count"), "17");
  EXPECT_EQ(other.Value("SELECT @@SESSION.net_retry_count"), before);
  EXPECT_EQ(PinnedBy(connection), "");
  connection.Run("SET SESSION net_retry_count = DEFAULT");
  EXPECT_EQ(connection.Value("SELECT @@SESSION.net_retry_count"), "17");
  connection.Run("SET GLOBAL net_retry_count = " + before);
  EXPECT_EQ(connection.Value("SELECT @@SESSION.net_retry_count"), "17");
  connection.Run("SET SESSION net_retry_count = DEFAULT");
  EXPECT_EQ(other.Value("SELECT @@SESSION.net_retry_count"), before);
}

// Whatever the session sets, relay and server talk UTF-8; and it needs no pin. The server's own
// character set is latin1.
TEST_F(MysqlSessionRowTest, TextIsReadAsItIsWhateverTheCharacterSetIsSetTo) {
  const std::string table = UniqueName("narrow");
  connection.Run("CREATE TABLE " + table + " (a VARCHAR(10) CHARACTER SET latin1)");
  connection.Run("INSERT INTO " + table + " VALUES ('gr\u00fc\u00df')");
  const std::string query = "SELECT a FROM " + table + " WHERE a = 'gr\u00fc\u00df'";
  for (const char* set :
       {"SET character_set_results = NULL", "SET @@session.character_set_results = binary",
        "SET character_set_client = DEFAULT, character_set_results = DEFAULT", "SET NAMES DEFAULT",
        "SET SESSION character_set_results = @@character_set_server", "SET CHARACTER SET DEFAULT",
        "SET CHARSET utf8", "SET character_set_connection = utf8mb4"}) {
    other.Run(set);
    EXPECT_EQ(PinnedBy(other), "") << set;
    EXPECT_EQ(connection.Value(query), "gr\u00fc\u00df") << set;
    other.Run(set);
    EXPECT_EQ(other.Value(query), "gr\u00fc\u00df") << set;
    other.SetAutocommit(false);
    other.Run(set);
    EXPECT_EQ(other.Value(query), "gr\u00fc\u00df") << set;
    other.Rollback();
    other.SetAutocommit(true);
  }
  connection.Run("DROP TABLE " + table);
}

TEST_F(MysqlSessionRowTest, TheCollationFollowsItsSession) {
  const char* query = "SELECT 'a' = 'A'";
  const char* is_latin1 = "SELECT @@collation_connection LIKE 'latin1%'";
  for (const char* set :
       {"SET collation_connection = utf8mb4_bin", "SET NAMES utf8mb4 COLLATE utf8mb4_bin"}) {
    connection.Run(set);
    other.Run("SET NAMES DEFAULT");
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(connection.Value(query), "0") << set;
      EXPECT_EQ(other.Value(query), "1") << set;
      EXPECT_EQ(other.Value(is_latin1), "0");
    }
    EXPECT_EQ(PinnedBy(connection), "");
    connection.Run("SET NAMES utf8mb4");
    EXPECT_EQ(connection.Value(query), "1");
  }
}

TEST_F(MysqlSessionRowTest, TextIsReadAsItIsAfterAProcedureThatSetsAnotherCharacterSet) {
  const std::string name = UniqueName("narrows");
  other.Run("CREATE PROCEDURE " + name + "() SET NAMES latin1");
  {
    Connection leaving(ConnectionString(Database::kMysql, RelaySize::kOne));
    Statement call(leaving);
    EXPECT_TRUE(SQL_SUCCEEDED(call.Execute("CALL " + name + "()"))) << call.diagnostics();
    call.Close();
    EXPECT_EQ(leaving.Value("SELECT 'gr\u00fc\u00df'"), "gr\u00fc\u00df");
  }
  EXPECT_EQ(connection.Value("SELECT 'gr\u00fc\u00df'"), "gr\u00fc\u00df");
  other.Run("DROP PROCEDURE " + name);
}

TEST_F(MysqlSessionRowTest, FoundRowsAreKeptFromOthers) {
  Statement counts(connection);
  counts.Run("SELECT SQL_CALC_FOUND_ROWS 1 UNION SELECT 2 UNION SELECT 3 LIMIT 1");
  counts.Close();
  Statement waits(other);
  waits.Set(SQL_ATTR_QUERY_TIMEOUT, 1);
  EXPECT_EQ(waits.Execute("SELECT 1"), SQL_ERROR);
  EXPECT_EQ(waits.state(), "HYT00") << waits.diagnostics();
  EXPECT_EQ(connection.Value("SELECT FOUND_ROWS()"), "3");
  EXPECT_EQ(other.Value("SELECT 1"), "1");
}

}  // namespace
}  // namespace sluice::tests
