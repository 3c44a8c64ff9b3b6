// Several statements of one connection, several results of one statement, cancelling, timeouts,
// row counts.

#include <chrono>
#include <future>

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;

constexpr PerDatabase kSleepForMinutes{"SELECT pg_sleep(600)", "SELECT SLEEP(600)"};

class StatementTest : public DatabaseTest {
 protected:
  // `count` rows of one column `id`, 0, 1, 2 …
  std::string MakeNumbers(int count) {
    const std::string table = MakeTable("id INT PRIMARY KEY, v VARCHAR(200)");
    std::string rows;
    for (int i = 0; i < count; ++i) {
      rows += (i == 0 ? "(" : ",(") + std::to_string(i) + ", REPEAT('x', 200))";
    }
    connection.Run("INSERT INTO " + table + " VALUES " + rows);
    return table;
  }

  // Executes a statement of minutes on another thread and cancels it, once, when it runs on the
  // server: a second cancel could come when it has failed, and take its diagnostics away.
  std::future<SQLRETURN> StartAndCancel(Statement& statement) {
    const std::string marker = UniqueName("cancelled");
    auto outcome = std::async(std::launch::async, [this, &statement, marker] {
      return statement.Execute(std::string(Sql(kSleepForMinutes)) + " /* " + marker + " */");
    });
    constexpr PerDatabase kRunning{
        "SELECT COUNT(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'active' "
        "AND query LIKE '%",
        "SELECT COUNT(*) FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND "
        "info LIKE '%"};
    Connection observer(ConnectionString(GetParam()));
    while (observer.Value(Sql(kRunning) + marker + "%'") == "0") {
      if (outcome.wait_for(std::chrono::milliseconds(5)) == std::future_status::ready) break;
    }
    EXPECT_EQ(SQLCancel(statement.handle()), SQL_SUCCESS);
    return outcome;
  }
};

TEST_P(StatementTest, ResultsCanBeReadInTurns) {
  const std::string table = MakeNumbers(1000);
  const std::string query =
      "SELECT a.id, a.v FROM " + table + " a, " + table + " b WHERE b.id < 20 ORDER BY a.id, b.id";
  Statement statements[] = {Statement(connection), Statement(connection), Statement(connection)};
  for (Statement& statement : statements) statement.Run(query);
  for (int row = 0; row < 20000; ++row) {
    for (Statement& statement : statements) {
      ASSERT_TRUE(statement.Fetch());
      ASSERT_EQ(statement.Number(1), row / 20);
    }
  }
  for (Statement& statement : statements) EXPECT_FALSE(statement.Fetch());
}

TEST_P(StatementTest, RowsCanBeChangedWhileTheyAreRead) {
  const std::string table = MakeNumbers(1000);
  connection.SetAutocommit(false);
  Statement select(connection);
  select.Run("SELECT id, v FROM " + table + " ORDER BY id");
  Statement update(connection);
  SQLINTEGER id = 0;
  update.Prepare("UPDATE " + table + " SET v = 'seen' WHERE id = ?");
  ASSERT_EQ(SQLBindParameter(update.handle(), 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 10, 0,
                             &id, 0, nullptr),
            SQL_SUCCESS);
  while (select.Fetch()) {
    id = static_cast<SQLINTEGER>(select.Number(1));
    ASSERT_EQ(update.ExecutePrepared(), SQL_SUCCESS) << update.diagnostics();
  }
  connection.Commit();
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM " + table + " WHERE v = 'seen'"), "1000");
  connection.Commit();
}

TEST_P(StatementTest, AClosedCursorLeavesTheStatementUsable) {
  const std::string table = MakeNumbers(1000);
  Statement statement(connection);
  for (int round = 0; round < 3; ++round) {
    statement.Run("SELECT a.v FROM " + table + " a, " + table + " b");
    ASSERT_TRUE(statement.Fetch());
    ASSERT_EQ(SQLCloseCursor(statement.handle()), SQL_SUCCESS) << statement.diagnostics();
  }
  statement.Run("SELECT 7");
  EXPECT_THAT(statement.Rows(), ElementsAre("7"));
}

TEST(PostgresStatementTest, SeveralStatementsInOneTextGiveSeveralResults) {
  Connection connection(ConnectionString(Database::kPostgres));
  Statement statement(connection);
  statement.Run("SELECT 1; SELECT 2, 3");
  EXPECT_THAT(statement.Rows(), ElementsAre("1"));
  ASSERT_EQ(SQLMoreResults(statement.handle()), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_EQ(statement.ColumnCount(), 2);
  EXPECT_THAT(statement.Rows(), ElementsAre("2|3"));
  EXPECT_EQ(SQLMoreResults(statement.handle()), SQL_NO_DATA);
}

TEST(PostgresStatementTest, RowCountsAndResultsMix) {
  Connection connection(ConnectionString(Database::kPostgres));
  const std::string table = UniqueName("mixed");
  connection.Run("CREATE TABLE " + table + " (id INT)");
  Statement statement(connection);
  statement.Run("INSERT INTO " + table + " VALUES (1), (2); SELECT id FROM " + table +
                " ORDER BY id; UPDATE " + table + " SET id = id + 10");
  EXPECT_EQ(statement.ColumnCount(), 0);
  EXPECT_EQ(statement.RowCount(), 2);
  ASSERT_EQ(SQLMoreResults(statement.handle()), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_THAT(statement.Rows(), ElementsAre("1", "2"));
  ASSERT_EQ(SQLMoreResults(statement.handle()), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_EQ(statement.RowCount(), 2);
  EXPECT_EQ(SQLMoreResults(statement.handle()), SQL_NO_DATA);
  connection.Run("DROP TABLE " + table);
}

TEST(PostgresStatementTest, AnErrorAfterAResultKeepsItsSqlstate) {
  Connection connection(ConnectionString(Database::kPostgres));
  Statement statement(connection);
  if (SQL_SUCCEEDED(statement.Execute("SELECT 1; SELECT * FROM sluice_is_missing"))) {
    EXPECT_THAT(statement.Rows(), ElementsAre("1"));
    EXPECT_EQ(SQLMoreResults(statement.handle()), SQL_ERROR);
  }
  EXPECT_EQ(statement.state(), "42P01");
}

// One text is one statement to MySQL, unless a client asks for more: its native drivers do not.
TEST(MysqlStatementTest, SeveralStatementsInOneTextAreRefused) {
  Connection connection(ConnectionString(Database::kMysql));
  Statement statement(connection);
  EXPECT_EQ(statement.Execute("SELECT 1; SELECT 2"), SQL_ERROR);
  EXPECT_EQ(statement.state(), "42000");
}

TEST(MysqlStatementTest, AProcedureGivesItsResultsOneAfterTheOther) {
  Connection connection(ConnectionString(Database::kMysql));
  const std::string name = UniqueName("p");
  connection.Run("CREATE PROCEDURE " + name + "(IN n INT) BEGIN SELECT n; SELECT n + 1, 'x'; END");
  for (const bool by_escape : {false, true}) {
    Statement statement(connection);
    statement.Run(by_escape ? "{call " + name + "(5)}" : "CALL " + name + "(5)");
    EXPECT_THAT(statement.Rows(), ElementsAre("5"));
    ASSERT_EQ(SQLMoreResults(statement.handle()), SQL_SUCCESS) << statement.diagnostics();
    EXPECT_THAT(statement.Rows(), ElementsAre("6|x"));
    SQLRETURN outcome = SQLMoreResults(statement.handle());
    if (outcome == SQL_SUCCESS) {  // the procedure's own outcome, without columns
      EXPECT_EQ(statement.ColumnCount(), 0);
      outcome = SQLMoreResults(statement.handle());
    }
    EXPECT_EQ(outcome, SQL_NO_DATA);
  }
  connection.Run("DROP PROCEDURE " + name);
}

// The later rows take minutes: who reads must not wait for them, nor who closes the cursor. The
// rows before are more than a megabyte: MariaDB may hold back as much, if its connection has
// received long packets.
TEST_P(StatementTest, TheFirstRowArrivesBeforeTheLastIsComputed) {
  constexpr PerDatabase kSlowAtTheEnd{
      "SELECT id, REPEAT('x', 1100), CASE WHEN id < 999 THEN 'soon' ELSE CONCAT('late', "
      "pg_sleep(600)) END FROM generate_series(1, 1000) AS id",
      "SELECT seq, REPEAT('x', 1100), CASE WHEN seq < 999 THEN 'soon' ELSE CONCAT('late', "
      "SLEEP(600)) END FROM seq_1_to_1000"};
  Statement statement(connection);
  statement.Run(Sql(kSlowAtTheEnd));
  ASSERT_TRUE(statement.Fetch());
  EXPECT_EQ(statement.Text(3), "soon");
  EXPECT_EQ(SQLCloseCursor(statement.handle()), SQL_SUCCESS) << statement.diagnostics();
  statement.Run("SELECT 1");
  EXPECT_THAT(statement.Rows(), ElementsAre("1"));
}

TEST(PostgresStatementTest, AnErrorAmongTheRowsIsToldWhenItIsReached) {
  Connection connection(ConnectionString(Database::kPostgres));
  Statement statement(connection);
  statement.Run("SELECT 1000 / (20000 - i) FROM generate_series(1, 30000) AS i");
  int rows = 0;
  SQLRETURN outcome = SQL_SUCCESS;
  while (SQL_SUCCEEDED(outcome = SQLFetch(statement.handle()))) ++rows;
  EXPECT_EQ(outcome, SQL_ERROR);
  EXPECT_EQ(statement.state(), "22012") << statement.diagnostics();
  EXPECT_EQ(rows, 19999);  // all that came before it
  EXPECT_EQ(connection.Value("SELECT 1"), "1");
}

TEST_P(StatementTest, AnotherThreadCancels) {
  Statement statement(connection);
  auto outcome = StartAndCancel(statement);
  EXPECT_EQ(outcome.get(), SQL_ERROR);
  EXPECT_EQ(statement.state(), "HY008") << statement.diagnostics();
  statement.Run("SELECT 1");
  EXPECT_THAT(statement.Rows(), ElementsAre("1"));
}

TEST_P(StatementTest, ACancelInATransactionLeavesItUsable) {
  const std::string table = MakeTable("id INT");
  connection.SetAutocommit(false);
  connection.Run("INSERT INTO " + table + " VALUES (1)");
  Statement statement(connection);
  auto outcome = StartAndCancel(statement);
  EXPECT_EQ(outcome.get(), SQL_ERROR);
  connection.Run("INSERT INTO " + table + " VALUES (2)");
  connection.Commit();
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM " + table), "2");
  connection.Commit();
}

TEST_P(StatementTest, AQueryTimeoutEndsTheStatement) {
  Statement statement(connection);
  ASSERT_EQ(statement.Set(SQL_ATTR_QUERY_TIMEOUT, 1), SQL_SUCCESS);
  EXPECT_EQ(statement.Execute(Sql(kSleepForMinutes)), SQL_ERROR);
  EXPECT_EQ(statement.state(), "HYT00") << statement.diagnostics();
  ASSERT_EQ(statement.Set(SQL_ATTR_QUERY_TIMEOUT, 0), SQL_SUCCESS);
  statement.Run("SELECT 1");
  EXPECT_THAT(statement.Rows(), ElementsAre("1"));
}

TEST_P(StatementTest, RowCountsTellMatchedRows) {
  const std::string table = MakeTable("id INT, v INT");
  Statement statement(connection);
  statement.Run("INSERT INTO " + table + " VALUES (1, 0), (2, 0), (3, 0)");
  EXPECT_EQ(statement.RowCount(), 3);
  statement.Run("UPDATE " + table + " SET v = 0 WHERE id < 3");  // matches two, changes none
  EXPECT_EQ(statement.RowCount(), 2);
  statement.Run("DELETE FROM " + table);
  EXPECT_EQ(statement.RowCount(), 3);
}

// The reference's SQL_NO_DATA of a searched update (SQLExecDirect, "Comments") on both databases.
TEST_P(StatementTest, AnUpdateOfNothingHasNoData) {
  const std::string table = MakeTable("id INT");
  Statement statement(connection);
  EXPECT_EQ(statement.Execute("UPDATE " + table + " SET id = 1"),
            is_postgres() ? SQL_NO_DATA : SQL_SUCCESS);
  EXPECT_EQ(statement.RowCount(), 0);
  EXPECT_EQ(statement.Execute("DELETE FROM " + table), is_postgres() ? SQL_NO_DATA : SQL_SUCCESS);
}

TEST_P(StatementTest, MaxRowsCutsTheResult) {
  const std::string table = MakeNumbers(50);
  Statement statement(connection);
  ASSERT_EQ(statement.Set(SQL_ATTR_MAX_ROWS, 7), SQL_SUCCESS);
  statement.Run("SELECT id FROM " + table);
  EXPECT_EQ(statement.Rows().size(), 7u);
}

TEST_P(StatementTest, APreparedStatementSurvivesAChangeOfItsTable) {
  const std::string table = MakeTable("id INT");
  connection.Run("INSERT INTO " + table + " VALUES (1)");
  Statement statement(connection);
  statement.Prepare("SELECT * FROM " + table);
  ASSERT_EQ(statement.ExecutePrepared(), SQL_SUCCESS);
  EXPECT_THAT(statement.Rows(), ElementsAre("1"));
  statement.Close();
  connection.Run("ALTER TABLE " + table + " ADD COLUMN v VARCHAR(5)");
  ASSERT_EQ(statement.ExecutePrepared(), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_THAT(statement.Rows(), ElementsAre("1|NULL"));
}

// psqlodbc never looks at it, Connector/ODBC while a result is open.
TEST_P(StatementTest, AColumnBeyondTheLastIsBoundAsTheNativeDriverDoes) {
  Statement statement(connection);
  char text[8];
  SQLLEN length = 0;
  const auto bind = [&] {
    return SQLBindCol(statement.handle(), 5, SQL_C_CHAR, text, sizeof text, &length);
  };
  EXPECT_EQ(bind(), SQL_SUCCESS);
  statement.Run("SELECT 1");
  EXPECT_TRUE(statement.Fetch());
  EXPECT_EQ(bind(), is_postgres() ? SQL_SUCCESS : SQL_ERROR);
  EXPECT_EQ(statement.state(), is_postgres() ? "" : "07009");
}

TEST_P(StatementTest, SQLPrepareTellsErrorsAtOnceWhereItShall) {
  const auto prepare = [](Connection& with, std::string sql) {
    Statement statement(with);
    const SQLRETURN outcome = SQLPrepare(statement.handle(), Chars(sql), SQL_NTS);
    EXPECT_EQ(outcome == SQL_SUCCESS, statement.state().empty());
    // Nothing has been prepared, then.
    if (outcome != SQL_SUCCESS) {
      const std::string state = statement.state();
      EXPECT_EQ(SQLExecute(statement.handle()), SQL_ERROR);
      EXPECT_EQ(statement.state(), "HY010");
      return state;
    }
    return std::string();
  };
  Connection at_once(ConnectionString(database()) + ";PrepareErrors=immediate");
  EXPECT_EQ(prepare(at_once, "SELEC 1"), is_postgres() ? "42601" : "42000");
  EXPECT_EQ(prepare(at_once, "SELECT * FROM no_such_table_of_mine"),
            is_postgres() ? "42P01" : "42S02");
  EXPECT_EQ(prepare(at_once, "SELECT ?"), "");
  EXPECT_EQ(prepare(connection, "SELEC 1"), "");
}

INSTANTIATE_FOR_DATABASES(StatementTest);

}  // namespace
}  // namespace sluice::tests
