// Several statements in one text on MySQL, as applications of Connector/ODBC know them (OPTION).
// Where MariaDB Connector/ODBC 3.1 does something else, the case says what.

#include <array>

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;

class ScriptTest : public testing::Test {
 protected:
  ScriptTest() { plain.Run("CREATE TABLE " + table + " (a INT PRIMARY KEY, b VARCHAR(20))"); }
  ~ScriptTest() override {
    statement.Close();
    plain.Run("DROP TABLE " + table);
  }

  void Bind(SQLUSMALLINT number, SQLINTEGER* values) {
    ASSERT_EQ(SQLBindParameter(statement.handle(), number, SQL_PARAM_INPUT, SQL_C_SLONG,
                               SQL_INTEGER, 0, 0, values, 0, nullptr),
              SQL_SUCCESS);
  }
  SQLRETURN More() { return SQLMoreResults(statement.handle()); }
  std::vector<std::string> TableRows() {
    return plain.Rows("SELECT a, b FROM " + table + " ORDER BY a");
  }

  const std::string table = UniqueName("script");
  Connection plain{ConnectionString(Database::kMysql)};
  Connection connection{ConnectionString(Database::kMysql) + ";OPTION=67108866"};
  Statement statement{connection};
};

// Connector/ODBC fails the execution where it can tell by preparing the texts.
TEST_F(ScriptTest, ResultsComeOneAfterTheOther) {
  for (const char* keyword : {";OPTION=67108866l", ";MULTI_STATEMENTS=1"}) {
    Connection other(ConnectionString(Database::kMysql) + keyword);
    Statement several(other);
    several.Run("SELECT 1; DO 0; SELECT 'a;b'; SELECT nonsense; SELECT 2");
    EXPECT_THAT(several.Rows(), ElementsAre("1"));
    EXPECT_EQ(SQLMoreResults(several.handle()), SQL_SUCCESS);
    EXPECT_EQ(several.ColumnCount(), 0);
    EXPECT_EQ(SQLMoreResults(several.handle()), SQL_SUCCESS);
    EXPECT_THAT(several.Rows(), ElementsAre("a;b"));
    EXPECT_EQ(SQLMoreResults(several.handle()), SQL_ERROR);
    EXPECT_EQ(several.state(), "42S22") << several.diagnostics();  // HY000 from Connector/ODBC
    EXPECT_EQ(SQLMoreResults(several.handle()), SQL_NO_DATA);
  }
  Statement refused(plain);
  EXPECT_EQ(refused.Execute("SELECT 1; SELECT 2"), SQL_ERROR);
  EXPECT_EQ(refused.state(), "42000");
}

TEST_F(ScriptTest, TextsAreCutAsTheSessionReadsQuotes) {
  statement.Run("SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES'");
  statement.Run(R"(SELECT 'a\'; SELECT 'b;' AS "c;d")");
  EXPECT_THAT(statement.Rows(), ElementsAre("a\\"));
  EXPECT_EQ(More(), SQL_SUCCESS);
  EXPECT_THAT(statement.Rows(), ElementsAre("b;"));
  EXPECT_EQ(More(), SQL_NO_DATA);
}

TEST_F(ScriptTest, WhatIsWrongWithSeveralStatementsIsToldWhenTheyArePrepared) {
  const auto prepare = [](Statement& of, const std::string& sql) {
    return SQLPrepare(of.handle(), Chars(sql), SQL_NTS);
  };
  Statement off(plain);
  EXPECT_EQ(prepare(off, "SELECT 1; SELECT 2"), SQL_ERROR);
  EXPECT_EQ(off.state(), "42000");
  EXPECT_EQ(off.ExecutePrepared(), SQL_ERROR);
  EXPECT_EQ(off.state(), "HY010");
  EXPECT_EQ(prepare(off, "SELECT ';';"), SQL_SUCCESS) << off.diagnostics();
  EXPECT_EQ(off.ExecutePrepared(), SQL_SUCCESS) << off.diagnostics();

  EXPECT_EQ(prepare(statement, "SELECT 1; INSERT INTO no_such_table VALUES (2)"), SQL_ERROR);
  EXPECT_EQ(statement.state(), "42S02");
  // The first one may make the table of the second one, as far as the driver knows.
  EXPECT_EQ(prepare(statement, "DO 0; INSERT INTO no_such_table VALUES (2)"), SQL_SUCCESS);
  EXPECT_EQ(prepare(statement, "SELECT 1; INSERT INTO " + table + " VALUES (2, 'two')"),
            SQL_SUCCESS)
      << statement.diagnostics();
  EXPECT_EQ(statement.ExecutePrepared(), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_THAT(TableRows(), ElementsAre("2|two"));
}

TEST_F(ScriptTest, APreparedTextRunsAgain) {
  statement.Prepare("SELECT 1; SELECT 2");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(statement.ExecutePrepared(), SQL_SUCCESS);
    EXPECT_THAT(statement.Rows(), ElementsAre("1"));
    EXPECT_EQ(More(), SQL_SUCCESS);
    EXPECT_THAT(statement.Rows(), ElementsAre("2"));
    EXPECT_EQ(More(), SQL_NO_DATA);
  }
  EXPECT_EQ(statement.ExecutePrepared(), SQL_SUCCESS);
  EXPECT_EQ(More(), SQL_SUCCESS);
  EXPECT_EQ(statement.ExecutePrepared(), SQL_SUCCESS);
  EXPECT_THAT(statement.Rows(), ElementsAre("1"));
}

// An application that changes something with several statements need not ask for their results.
TEST_F(ScriptTest, AllStatementsRunThoughNobodyAsksForTheirResults) {
  statement.Run("INSERT INTO " + table + " VALUES (1, 'x'); INSERT INTO " + table +
                " VALUES (2, 'y')");
  EXPECT_THAT(TableRows(), ElementsAre("1|x", "2|y"));
  EXPECT_EQ(statement.RowCount(), 1);
  statement.Run("SELECT 1; UPDATE " + table + " SET b = 'z'");
  EXPECT_THAT(TableRows(), ElementsAre("1|z", "2|z"));
  EXPECT_THAT(statement.Rows(), ElementsAre("1"));
  EXPECT_EQ(More(), SQL_SUCCESS);
  EXPECT_EQ(statement.RowCount(), 2);
}

TEST_F(ScriptTest, ALongResultStaysReadableBehindTheNextStatement) {
  statement.Run("SELECT seq FROM seq_1_to_50000; SELECT 'end'");
  EXPECT_EQ(statement.Rows().size(), 50000U);
  EXPECT_EQ(More(), SQL_SUCCESS);
  EXPECT_THAT(statement.Rows(), ElementsAre("end"));
}

TEST_F(ScriptTest, EachStatementTakesItsOwnParameters) {
  SQLINTEGER a = 7;
  SQLINTEGER b = 8;
  SQLINTEGER c = 9;
  Bind(1, &a);
  Bind(2, &b);
  Bind(3, &c);
  statement.Run("INSERT INTO " + table + " VALUES (?, 'x'); INSERT INTO " + table +
                " VALUES (?, 'y'), (?, 'z')");
  EXPECT_EQ(statement.RowCount(), 1);
  EXPECT_EQ(More(), SQL_SUCCESS);
  EXPECT_EQ(statement.RowCount(), 2);
  EXPECT_EQ(More(), SQL_NO_DATA);
  EXPECT_THAT(TableRows(), ElementsAre("7|x", "8|y", "9|z"));

  statement.Prepare("SELECT ?; SELECT ? + ?");
  for (int round = 0; round < 2; ++round, ++a, ++b) {
    EXPECT_EQ(statement.ExecutePrepared(), SQL_SUCCESS) << statement.diagnostics();
    EXPECT_THAT(statement.Rows(), ElementsAre(std::to_string(a)));
    EXPECT_EQ(More(), SQL_SUCCESS);
    EXPECT_THAT(statement.Rows(), ElementsAre(std::to_string(b + c)));
    EXPECT_EQ(More(), SQL_NO_DATA);
  }
}

// Connector/ODBC knows those of the first statement alone.
TEST_F(ScriptTest, TheParametersOfAllStatementsAreDescribed) {
  statement.Prepare("SELECT 1; INSERT INTO " + table + " VALUES (?, ?); SELECT ?");
  SQLSMALLINT count = 0;
  EXPECT_EQ(SQLNumParams(statement.handle(), &count), SQL_SUCCESS);
  EXPECT_EQ(count, 3);
  for (SQLUSMALLINT number = 1; number <= 3; ++number) {
    SQLSMALLINT type = 0;
    EXPECT_EQ(SQLDescribeParam(statement.handle(), number, &type, nullptr, nullptr, nullptr),
              SQL_SUCCESS)
        << statement.diagnostics();
    EXPECT_NE(type, 0);
  }
  EXPECT_EQ(SQLDescribeParam(statement.handle(), 4, nullptr, nullptr, nullptr, nullptr), SQL_ERROR);
  EXPECT_EQ(statement.state(), "07009");
  EXPECT_EQ(statement.ColumnCount(), 1);  // of the first statement
}

// Connector/ODBC crashes when it is used after that.
TEST_F(ScriptTest, AStatementWithParametersThatFailsFailsTheExecution) {
  SQLINTEGER a = 1;
  SQLINTEGER b = 1;
  Bind(1, &a);
  Bind(2, &b);
  EXPECT_EQ(statement.Execute("INSERT INTO " + table + " VALUES (?, 'x'); INSERT INTO " + table +
                              " VALUES (?, 'y'); INSERT INTO " + table + " VALUES (3, 'z')"),
            SQL_ERROR);
  EXPECT_EQ(statement.state(), "23000");
  EXPECT_EQ(More(), SQL_NO_DATA);
  EXPECT_THAT(TableRows(), ElementsAre("1|x"));
  EXPECT_EQ(statement.Execute("SELECT ?; SELECT ?, ?"), SQL_ERROR);
  EXPECT_EQ(statement.state(), "07002");
  EXPECT_EQ(More(), SQL_NO_DATA);
}

TEST_F(ScriptTest, AnArrayOfParametersRunsThroughEachStatement) {
  std::array<SQLINTEGER, 3> a{1, 2, 3};
  std::array<SQLINTEGER, 3> b{11, 12, 13};
  Bind(1, a.data());
  Bind(2, b.data());
  statement.Set(SQL_ATTR_PARAMSET_SIZE, 3);
  statement.Run("INSERT INTO " + table + " VALUES (?, 'x'); INSERT INTO " + table +
                " VALUES (?, 'y')");
  EXPECT_EQ(statement.RowCount(), 3);
  EXPECT_EQ(More(), SQL_SUCCESS);
  EXPECT_EQ(statement.RowCount(), 3);  // 1 from Connector/ODBC
  EXPECT_THAT(TableRows(), ElementsAre("1|x", "2|x", "3|x", "11|y", "12|y", "13|y"));
}

// Connector/ODBC does not ask for the second value (07002).
TEST_F(ScriptTest, DataAtExecutionIsAskedForStatementByStatement) {
  SQLLEN at_execution = SQL_DATA_AT_EXEC;
  std::array<char, 3> tokens{};
  for (SQLUSMALLINT number = 1; number <= 2; ++number) {
    SQLBindParameter(statement.handle(), number, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 20, 0,
                     &tokens.at(number), 0, &at_execution);
  }
  EXPECT_EQ(statement.Execute("INSERT INTO " + table + " VALUES (1, ?); INSERT INTO " + table +
                              " VALUES (2, ?)"),
            SQL_NEED_DATA);
  SQLPOINTER token = nullptr;
  for (std::size_t number = 1; number <= 2; ++number) {
    EXPECT_EQ(SQLParamData(statement.handle(), &token), SQL_NEED_DATA);
    EXPECT_EQ(token, &tokens.at(number));
    std::string value = "value " + std::to_string(number);
    EXPECT_EQ(SQLPutData(statement.handle(), value.data(), SQL_NTS), SQL_SUCCESS);
  }
  EXPECT_EQ(SQLParamData(statement.handle(), &token), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_EQ(More(), SQL_SUCCESS);
  EXPECT_THAT(TableRows(), ElementsAre("1|value 1", "2|value 2"));
}

// All results of the procedure come before those of the statement behind it. From Connector/ODBC
// this is HY000 ("Commands out of sync").
TEST_F(ScriptTest, AProcedureMayStandAmongOthers) {
  const std::string procedure = UniqueName("script_procedure");
  plain.Run("CREATE PROCEDURE " + procedure + "(IN i INT) BEGIN SELECT i; SELECT i + 1; END");
  SQLINTEGER value = 4;
  Bind(1, &value);
  statement.Run("CALL " + procedure + "(?); SELECT 'after'");
  EXPECT_THAT(statement.Rows(), ElementsAre("4"));
  EXPECT_EQ(More(), SQL_SUCCESS);
  EXPECT_THAT(statement.Rows(), ElementsAre("5"));
  EXPECT_EQ(More(), SQL_SUCCESS);  // the call itself
  EXPECT_EQ(statement.ColumnCount(), 0);
  EXPECT_EQ(More(), SQL_SUCCESS);
  EXPECT_THAT(statement.Rows(), ElementsAre("after"));
  EXPECT_EQ(More(), SQL_NO_DATA);
  plain.Run("DROP PROCEDURE " + procedure);
}

}  // namespace
}  // namespace sluice::tests
