// Several results of one execution: counts and result sets mixed, parameters, errors in the middle.

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;

// PostgreSQL takes several statements in one text.
class PostgresBatchTest : public testing::Test {
 protected:
  ~PostgresBatchTest() override { connection.Run("DROP TABLE " + table); }

  Connection connection{ConnectionString(Database::kPostgres)};
  const std::string table = [this] {
    std::string name = UniqueName("t");
    connection.Run("CREATE TABLE " + name + " (id INT PRIMARY KEY)");
    return name;
  }();
};

TEST_F(PostgresBatchTest, CountsAndResultSetsComeInTurn) {
  Statement statement(connection);
  SQLINTEGER values[3] = {7, 8, 9};
  for (SQLUSMALLINT i = 0; i < 3; ++i) {
    ASSERT_EQ(
        SQLBindParameter(statement.handle(), static_cast<SQLUSMALLINT>(i + 1), SQL_PARAM_INPUT,
                         SQL_C_SLONG, SQL_INTEGER, 10, 0, &values[i], 0, nullptr),
        SQL_SUCCESS);
  }
  statement.Run("INSERT INTO " + table + " VALUES (?), (?); SELECT id FROM " + table +
                " ORDER BY id; UPDATE " + table + " SET id = ? WHERE id = 8; SELECT 'end'");
  EXPECT_EQ(statement.ColumnCount(), 0);
  EXPECT_EQ(statement.RowCount(), 2);
  ASSERT_EQ(SQLMoreResults(statement.handle()), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_THAT(statement.Rows(), ElementsAre("7", "8"));
  ASSERT_EQ(SQLMoreResults(statement.handle()), SQL_SUCCESS);
  EXPECT_EQ(statement.ColumnCount(), 0);
  EXPECT_EQ(statement.RowCount(), 1);
  ASSERT_EQ(SQLMoreResults(statement.handle()), SQL_SUCCESS);
  EXPECT_THAT(statement.Rows(), ElementsAre("end"));
  EXPECT_EQ(SQLMoreResults(statement.handle()), SQL_NO_DATA);
}

TEST_F(PostgresBatchTest, AnErrorInTheMiddleComesInItsTurn) {
  Statement statement(connection);
  statement.Run("INSERT INTO " + table + " VALUES (1); SELECT id FROM " + table + "; INSERT INTO " +
                table + " VALUES (1); INSERT INTO " + table + " VALUES (2)");
  EXPECT_EQ(statement.RowCount(), 1);
  ASSERT_EQ(SQLMoreResults(statement.handle()), SQL_SUCCESS);
  EXPECT_THAT(statement.Rows(), ElementsAre("1"));
  EXPECT_EQ(SQLMoreResults(statement.handle()), SQL_ERROR);
  EXPECT_EQ(statement.state(), "23505") << statement.diagnostics();
  EXPECT_EQ(SQLMoreResults(statement.handle()), SQL_NO_DATA);
  // What came before the error stands, what would have followed did not run.
  EXPECT_THAT(connection.Rows("SELECT id FROM " + table), ElementsAre("1"));
}

TEST_F(PostgresBatchTest, ResultsThatNobodyReadsAreSkipped) {
  Statement statement(connection);
  statement.Run("SELECT generate_series(1, 20000); SELECT 'second'");
  ASSERT_EQ(SQLMoreResults(statement.handle()), SQL_SUCCESS);
  EXPECT_THAT(statement.Rows(), ElementsAre("second"));
  statement.Close();
  statement.Run("SELECT 1; SELECT 2");
  EXPECT_EQ(SQLCloseCursor(statement.handle()), SQL_SUCCESS);
  EXPECT_EQ(connection.Value("SELECT 3"), "3");
}

TEST_F(PostgresBatchTest, ACallAmongOthersGivesItsOutputsInItsTurn) {
  const std::string name = UniqueName("p");
  connection.Run("CREATE PROCEDURE " + name + "(INOUT a INT) LANGUAGE plpgsql AS " +
                 "'BEGIN a := a + 1; END'");
  {
    Statement statement(connection);
    SQLINTEGER value = 5;
    ASSERT_EQ(SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT_OUTPUT, SQL_C_SLONG,
                               SQL_INTEGER, 10, 0, &value, 0, nullptr),
              SQL_SUCCESS);
    statement.Run("SELECT 'first'; CALL " + name + "(?); SELECT 'last'");
    EXPECT_THAT(statement.Rows(), ElementsAre("first"));
    EXPECT_EQ(value, 5);
    ASSERT_EQ(SQLMoreResults(statement.handle()), SQL_SUCCESS) << statement.diagnostics();
    EXPECT_EQ(value, 6);
    ASSERT_EQ(SQLMoreResults(statement.handle()), SQL_SUCCESS);
    EXPECT_THAT(statement.Rows(), ElementsAre("last"));
  }
  connection.Run("DROP PROCEDURE " + name + "(INT)");
}

// MySQL's procedures have several results.
class MysqlBatchTest : public testing::Test {
 protected:
  ~MysqlBatchTest() override { connection.Run("DROP PROCEDURE IF EXISTS " + name); }
  void Create(const std::string& body) {
    connection.Run("CREATE PROCEDURE " + name + "(IN a INT) BEGIN " + body + " END");
  }

  Connection connection{ConnectionString(Database::kMysql)};
  const std::string name = UniqueName("p");
};

TEST_F(MysqlBatchTest, ProceduresGiveTheirResultSetsInTurn) {
  Create("SELECT a; SELECT a + 1, 'x'; SELECT a WHERE FALSE;");
  Statement statement(connection);
  SQLINTEGER value = 5;
  ASSERT_EQ(SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 10,
                             0, &value, 0, nullptr),
            SQL_SUCCESS);
  statement.Prepare("{call " + name + "(?)}");
  for (value = 5; value < 7; ++value) {
    ASSERT_EQ(statement.ExecutePrepared(), SQL_SUCCESS) << statement.diagnostics();
    EXPECT_THAT(statement.Rows(), ElementsAre(std::to_string(value)));
    ASSERT_EQ(SQLMoreResults(statement.handle()), SQL_SUCCESS);
    EXPECT_THAT(statement.Rows(), ElementsAre(std::to_string(value + 1) + "|x"));
    ASSERT_EQ(SQLMoreResults(statement.handle()), SQL_SUCCESS);
    EXPECT_THAT(statement.Rows(), testing::IsEmpty());
    // What the call itself had to tell, as MariaDB's driver tells it.
    ASSERT_EQ(SQLMoreResults(statement.handle()), SQL_SUCCESS);
    EXPECT_EQ(statement.ColumnCount(), 0);
    EXPECT_EQ(SQLMoreResults(statement.handle()), SQL_NO_DATA);
  }
}

TEST_F(MysqlBatchTest, AnErrorInsideComesAfterTheResultsBeforeIt) {
  Create("SELECT a; SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'; SELECT 'never';");
  Statement statement(connection);
  statement.Run("CALL " + name + "(3)");
  EXPECT_THAT(statement.Rows(), ElementsAre("3"));
  EXPECT_EQ(SQLMoreResults(statement.handle()), SQL_ERROR);
  EXPECT_EQ(statement.state(), "45000") << statement.diagnostics();
  EXPECT_EQ(SQLMoreResults(statement.handle()), SQL_NO_DATA);
  EXPECT_EQ(connection.Value("SELECT 1"), "1");
}

}  // namespace
}  // namespace sluice::tests
