// Prepared statements are the relay's: sessions share them, and none notices when a server has
// lost one or its plan no longer fits the schema.

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

class SharedStatementTest : public testing::TestWithParam<Database> {
 protected:
  bool is_postgres() const { return GetParam() == Database::kPostgres; }
  const char* Sql(const PerDatabase& sql) const { return sql.For(GetParam()); }

  static std::string ValueOf(Statement& statement) {
    EXPECT_TRUE(SQL_SUCCEEDED(statement.ExecutePrepared())) << statement.diagnostics();
    const std::string row = statement.Fetch() ? statement.Row() : "no row";
    statement.Close();
    return row;
  }

  Connection connection{ConnectionString(GetParam(), RelaySize::kOne)};
  Connection other{ConnectionString(GetParam(), RelaySize::kOne)};
};

TEST_P(SharedStatementTest, OneTextIsPreparedOnceForAllSessions) {
  Statement first(connection);
  Statement second(other);
  const std::string text = "SELECT 1 AS " + UniqueName("shared");
  first.Prepare(text);
  second.Prepare(text);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ValueOf(first), "1");
    EXPECT_EQ(ValueOf(second), "1");
  }
  if (!is_postgres()) return;  // MySQL does not tell the texts
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM pg_prepared_statements WHERE statement = '" +
                             text + "'"),
            "1");
}

TEST_P(SharedStatementTest, TheLeastRecentlyUsedGoFirst) {
  for (int i = 0; i < 300; ++i) {
    Statement statement(connection);
    statement.Prepare("SELECT " + std::to_string(i) + " AS n");
    EXPECT_EQ(ValueOf(statement), std::to_string(i));
  }
  const std::string count =
      connection.Value(Sql({"SELECT COUNT(*) <= 256 FROM pg_prepared_statements",
                            "SELECT VARIABLE_VALUE <= 512 FROM information_schema.GLOBAL_STATUS"
                            " WHERE VARIABLE_NAME = 'Prepared_stmt_count'"}));
  EXPECT_EQ(count, "1");
  Statement early(connection);
  early.Prepare("SELECT 0 AS n");
  EXPECT_EQ(ValueOf(early), "0");
}

// The plan is of the table as it was: "cached plan must not change result type" (0A000), 1615.
TEST_P(SharedStatementTest, DdlChangesTheResultUnnoticed) {
  const std::string table = UniqueName("altered");
  connection.Run("CREATE TABLE " + table + " (a INT)");
  connection.Run("INSERT INTO " + table + " VALUES (1)");
  Statement select(connection);
  select.Prepare("SELECT * FROM " + table);
  EXPECT_EQ(ValueOf(select), "1");
  EXPECT_EQ(ValueOf(select), "1");
  other.Run("ALTER TABLE " + table + " ADD b VARCHAR(10) DEFAULT 'x'");
  EXPECT_EQ(ValueOf(select), "1|x");
  other.Run("ALTER TABLE " + table + " DROP COLUMN a");
  EXPECT_EQ(ValueOf(select), "x");
  connection.Run("DROP TABLE " + table);
}

// Columns that are asked for before the statement runs are those of the table that is there now.
TEST_P(SharedStatementTest, ATableMadeAnewIsDescribedAnew) {
  const std::string table = UniqueName("described");
  const auto columns = [&] {
    Statement select(connection);
    select.Prepare("SELECT * FROM " + table);
    return select.ColumnCount();
  };
  connection.Run("CREATE TABLE " + table + " (a INT)");
  EXPECT_EQ(columns(), 1);
  other.Run("DROP TABLE " + table);
  other.Run("CREATE TABLE " + table + " (a INT, b INT)");
  EXPECT_EQ(columns(), 2);
  other.Run("DROP TABLE " + table);
  Statement select(connection);
  select.Prepare("SELECT * FROM " + table);
  SQLSMALLINT count = 0;
  EXPECT_EQ(SQLNumResultCols(select.handle(), &count), SQL_ERROR);
  EXPECT_EQ(select.state(), is_postgres() ? "42P01" : "42S02");
}

TEST_P(SharedStatementTest, DdlInATransactionIsSeenInIt) {
  const std::string table = UniqueName("within");
  connection.Run("CREATE TABLE " + table + " (a INT)");
  connection.Run("INSERT INTO " + table + " VALUES (1)");
  Statement select(connection);
  select.Prepare("SELECT * FROM " + table);
  EXPECT_EQ(ValueOf(select), "1");
  connection.SetAutocommit(false);
  EXPECT_EQ(ValueOf(select), "1");
  connection.Run("ALTER TABLE " + table + " ADD b INT DEFAULT 2");
  EXPECT_EQ(ValueOf(select), "1|2");
  connection.Commit();
  EXPECT_EQ(ValueOf(select), "1|2");
  connection.Run("DROP TABLE " + table);
  connection.Commit();
}

INSTANTIATE_FOR_DATABASES(SharedStatementTest);

// The change does not pass through this pool: nothing tells the relay (1615).
TEST(MysqlSharedStatementTest, DdlOfAnotherProgramIsFoundInsideATransactionToo) {
  Connection connection(ConnectionString(Database::kMysql, RelaySize::kOne));
  Connection elsewhere(ConnectionString(Database::kMysql, RelaySize::kFive));
  const std::string table = UniqueName("elsewhere");
  connection.Run("CREATE TABLE " + table + " (a INT)");
  connection.Run("INSERT INTO " + table + " VALUES (1)");
  Statement select(connection);
  select.Prepare("SELECT * FROM " + table);
  EXPECT_TRUE(SQL_SUCCEEDED(select.ExecutePrepared())) << select.diagnostics();
  EXPECT_EQ(select.Rows(), std::vector<std::string>{"1"});
  select.Close();
  elsewhere.Run("ALTER TABLE sluice1." + table + " ADD b INT DEFAULT 2");
  connection.SetAutocommit(false);
  EXPECT_EQ(connection.Value("SELECT 1"), "1");
  EXPECT_TRUE(SQL_SUCCEEDED(select.ExecutePrepared())) << select.diagnostics();
  EXPECT_EQ(select.Rows(), std::vector<std::string>{"1|2"});
  select.Close();
  connection.Commit();
  connection.Run("DROP TABLE " + table);
  connection.Commit();
}

// 26000: the server has lost it.
TEST(PostgresSharedStatementTest, AStatementThatTheServerHasForgottenIsPreparedAgain) {
  Connection connection(ConnectionString(Database::kPostgres, RelaySize::kOne));
  Statement select(connection);
  select.Prepare("SELECT 7");
  for (const char* forget :
       {"DEALLOCATE ALL", "DISCARD ALL", "DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$"}) {
    for (const bool in_transaction : {false, true}) {
      for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(SQL_SUCCEEDED(select.ExecutePrepared())) << select.diagnostics();
        select.Close();
      }
      Statement statement(connection);
      EXPECT_TRUE(SQL_SUCCEEDED(statement.Execute(forget))) << statement.diagnostics();
      connection.SetAutocommit(!in_transaction);
      if (in_transaction) connection.Value("SELECT 1");
      EXPECT_TRUE(SQL_SUCCEEDED(select.ExecutePrepared())) << forget << select.diagnostics();
      select.Close();
      connection.Commit();
      connection.SetAutocommit(true);
    }
  }
}

}  // namespace
}  // namespace sluice::tests
