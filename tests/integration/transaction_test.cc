// Transactions as applications of ODBC see them: SQLEndTran, autocommit, isolation, read-only
// access, statement-level rollback, cursors that survive.

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;

class TransactionTest : public DatabaseTest {
 protected:
  std::string MakeIdTable() { return MakeTable("id INT PRIMARY KEY"); }
  std::string CountFromTheSide(const std::string& table) {
    Connection side(ConnectionString(database()));
    return side.Value("SELECT COUNT(*) FROM " + table);
  }
};

TEST_P(TransactionTest, CommitKeepsAndRollbackDiscards) {
  const std::string table = MakeIdTable();
  connection.SetAutocommit(false);
  connection.Run("INSERT INTO " + table + " VALUES (1)");
  EXPECT_EQ(CountFromTheSide(table), "0");
  connection.Commit();
  EXPECT_EQ(CountFromTheSide(table), "1");
  connection.Run("INSERT INTO " + table + " VALUES (2)");
  connection.Rollback();
  EXPECT_EQ(CountFromTheSide(table), "1");
}

TEST_P(TransactionTest, SwitchingAutocommitOnCommits) {
  const std::string table = MakeIdTable();
  connection.SetAutocommit(false);
  connection.Run("INSERT INTO " + table + " VALUES (1)");
  connection.SetAutocommit(true);
  EXPECT_EQ(CountFromTheSide(table), "1");
  connection.Run("INSERT INTO " + table + " VALUES (2)");
  EXPECT_EQ(CountFromTheSide(table), "2");
}

TEST_P(TransactionTest, AnErrorLeavesTheTransactionUsable) {
  const std::string table = MakeIdTable();
  connection.SetAutocommit(false);
  connection.Run("INSERT INTO " + table + " VALUES (1)");
  Statement statement(connection);
  EXPECT_EQ(statement.Execute("INSERT INTO " + table + " VALUES (1)"), SQL_ERROR);
  EXPECT_EQ(statement.state(), Sql({"23505", "23000"}));
  EXPECT_EQ(statement.Execute("SELECT * FROM " + table + "_missing"), SQL_ERROR);
  EXPECT_EQ(statement.state(), Sql({"42P01", "42S02"}));
  connection.Run("INSERT INTO " + table + " VALUES (2)");
  connection.Commit();
  EXPECT_EQ(CountFromTheSide(table), "2");
}

TEST_P(TransactionTest, DisconnectingRollsBack) {
  const std::string table = MakeIdTable();
  Connection other(ConnectionString(database()));
  other.SetAutocommit(false);
  other.Run("INSERT INTO " + table + " VALUES (1)");
  EXPECT_EQ(SQLDisconnect(other.handle()), SQL_SUCCESS);
  EXPECT_EQ(CountFromTheSide(table), "0");
}

TEST_P(TransactionTest, TheEnvironmentEndsEveryTransaction) {
  const std::string table = MakeIdTable();
  connection.SetAutocommit(false);
  connection.Run("INSERT INTO " + table + " VALUES (1)");
  ASSERT_EQ(SQLEndTran(SQL_HANDLE_ENV, connection.environment(), SQL_COMMIT), SQL_SUCCESS);
  EXPECT_EQ(CountFromTheSide(table), "1");
}

struct Level {
  SQLULEN attribute;
  PerDatabase name;
};

TEST_P(TransactionTest, IsolationReachesTheDatabase) {
  // tx_isolation on MariaDB before 11.1, transaction_isolation elsewhere.
  const std::string query = Sql({"SHOW transaction_isolation",
                                 "SELECT LOWER(REPLACE(variable_value, '-', ' ')) FROM "
                                 "information_schema.session_variables WHERE variable_name IN "
                                 "('TX_ISOLATION', 'TRANSACTION_ISOLATION')"});
  const std::string table = MakeIdTable();
  constexpr Level kLevels[] = {
      {SQL_TXN_READ_COMMITTED, {"read committed", "read committed"}},
      {SQL_TXN_REPEATABLE_READ, {"repeatable read", "repeatable read"}},
      {SQL_TXN_SERIALIZABLE, {"serializable", "serializable"}},
  };
  for (const Level& level : kLevels) {
    ASSERT_EQ(connection.Set(SQL_ATTR_TXN_ISOLATION, level.attribute), SQL_SUCCESS)
        << connection.diagnostics();
    connection.SetAutocommit(false);
    connection.Run("INSERT INTO " + table + " VALUES (1)");
    EXPECT_EQ(connection.Value(query), Sql(level.name));
    connection.Rollback();
    connection.SetAutocommit(true);
    SQLUINTEGER told = 0;
    ASSERT_EQ(SQLGetConnectAttr(connection.handle(), SQL_ATTR_TXN_ISOLATION, &told, 0, nullptr),
              SQL_SUCCESS);
    EXPECT_EQ(told, level.attribute);
  }
}

TEST_P(TransactionTest, IsolationCannotChangeWithinATransaction) {
  const std::string table = MakeIdTable();
  connection.SetAutocommit(false);
  connection.Run("INSERT INTO " + table + " VALUES (1)");
  EXPECT_EQ(connection.Set(SQL_ATTR_TXN_ISOLATION, SQL_TXN_SERIALIZABLE), SQL_ERROR);
  EXPECT_EQ(connection.state(), "HY011");
  connection.Rollback();
}

TEST_P(TransactionTest, ReadOnlyAccessRefusesWrites) {
  const std::string table = MakeIdTable();
  ASSERT_EQ(connection.Set(SQL_ATTR_ACCESS_MODE, SQL_MODE_READ_ONLY), SQL_SUCCESS);
  Statement statement(connection);
  EXPECT_EQ(statement.Execute("INSERT INTO " + table + " VALUES (1)"), SQL_ERROR);
  EXPECT_EQ(statement.state(), "25006") << statement.diagnostics();
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM " + table), "0");
  ASSERT_EQ(connection.Set(SQL_ATTR_ACCESS_MODE, SQL_MODE_READ_WRITE), SQL_SUCCESS);
  connection.Run("INSERT INTO " + table + " VALUES (1)");
}

TEST_P(TransactionTest, ReadOnlyAccessRefusesWritesInTransactionsToo) {
  const std::string table = MakeIdTable();
  ASSERT_EQ(connection.Set(SQL_ATTR_ACCESS_MODE, SQL_MODE_READ_ONLY), SQL_SUCCESS);
  connection.SetAutocommit(false);
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM " + table), "0");
  Statement statement(connection);
  EXPECT_EQ(statement.Execute("INSERT INTO " + table + " VALUES (1)"), SQL_ERROR);
  EXPECT_EQ(statement.state(), "25006") << statement.diagnostics();
  connection.Rollback();
}

TEST_P(TransactionTest, CursorsSurviveACommit) {
  const std::string table = MakeIdTable();
  std::string rows = "(0)";
  for (int i = 1; i < 2000; ++i) rows += ",(" + std::to_string(i) + ")";
  connection.Run("INSERT INTO " + table + " VALUES " + rows);
  EXPECT_EQ(connection.InfoShort(SQL_CURSOR_COMMIT_BEHAVIOR), SQL_CB_PRESERVE);
  connection.SetAutocommit(false);
  Statement first(connection);
  Statement second(connection);
  first.Run("SELECT id FROM " + table + " ORDER BY id");
  ASSERT_TRUE(first.Fetch());
  second.Run("SELECT a.id FROM " + table + " a, " + table + " b WHERE b.id < 50 ORDER BY 1");
  ASSERT_TRUE(second.Fetch());
  connection.Commit();
  EXPECT_EQ(first.Rows().size(), 1999u);
  EXPECT_EQ(second.Rows().size(), 99999u);
  connection.Commit();
}

TEST_P(TransactionTest, TheApplicationsOwnBeginAndRollbackHold) {
  const std::string table = MakeIdTable();
  connection.Run("BEGIN");
  connection.Run("INSERT INTO " + table + " VALUES (1)");
  EXPECT_EQ(CountFromTheSide(table), "0");
  connection.Run("ROLLBACK");
  connection.Run("INSERT INTO " + table + " VALUES (2)");
  EXPECT_THAT(connection.Rows("SELECT id FROM " + table), ElementsAre("2"));
}

TEST_P(TransactionTest, SavepointsOfTheApplicationHold) {
  const std::string table = MakeIdTable();
  connection.SetAutocommit(false);
  connection.Run("INSERT INTO " + table + " VALUES (1)");
  connection.Run("SAVEPOINT here");
  connection.Run("INSERT INTO " + table + " VALUES (2)");
  connection.Run("ROLLBACK TO SAVEPOINT here");
  connection.Run("INSERT INTO " + table + " VALUES (3)");
  connection.Commit();
  EXPECT_THAT(connection.Rows("SELECT id FROM " + table + " ORDER BY id"), ElementsAre("1", "3"));
  connection.Commit();
}

// psqlodbc begins no transaction for them either.
TEST(PostgresTransactionTest, StatementsThatNeedNoTransactionRunWithoutOne) {
  Connection connection(ConnectionString(Database::kPostgres));
  const std::string table = UniqueName("t");
  connection.Run("CREATE TABLE " + table + " (a INT)");
  connection.SetAutocommit(false);
  connection.Run("VACUUM (ANALYZE) " + table);
  connection.Run("CREATE INDEX CONCURRENTLY ON " + table + " (a)");
  connection.Run("DROP TABLE " + table);
  connection.Commit();
}

TEST(PostgresTransactionTest, TheKeyGeneratedLastIsAskedForAsOnSqlServer) {
  Connection connection(ConnectionString(Database::kPostgres));
  connection.SetAutocommit(false);
  const std::string table = UniqueName("t");
  connection.Run("CREATE TABLE " + table + " (id SERIAL, v TEXT)");
  connection.Run("INSERT INTO " + table + " (v) VALUES ('a')");
  EXPECT_EQ(connection.Value("SELECT @@IDENTITY AS last_insert"), "1");
  connection.Rollback();
}

INSTANTIATE_FOR_DATABASES(TransactionTest);

}  // namespace
}  // namespace sluice::tests
