// Procedures and functions: return values, output and input/output parameters, result sets beside
// them.

#include <array>
#include <cstring>
#include <optional>

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ProcedureTest : public DatabaseTest {
 protected:
  void TearDown() override {
    connection.End(SQL_ROLLBACK);
    for (const std::string& routine : routines_) connection.Run("DROP " + routine);
    DatabaseTest::TearDown();
  }

  // "p(IN a INT, …)" in the database's own words; the name is returned.
  std::string Make(const std::string& kind, const PerDatabase& rest, const char* pg_signature) {
    std::string name = UniqueName("r");
    connection.Run("CREATE " + kind + " " + name + Sql(rest));
    routines_.push_back(kind + " " + name + (is_postgres() ? pg_signature : ""));
    return name;
  }
  std::string MakeFunction() {
    return Make("FUNCTION",
                {"(a INT) RETURNS INT LANGUAGE sql AS 'SELECT a * 2'",
                 "(a INT) RETURNS INT DETERMINISTIC RETURN a * 2"},
                "(INT)");
  }
  // b = a + 1, c = c + a
  std::string MakeProcedure() {
    return Make("PROCEDURE",
                {"(IN a INT, OUT b INT, INOUT c INT) LANGUAGE plpgsql AS "
                 "'BEGIN b := a + 1; c := c + a; END'",
                 "(IN a INT, OUT b INT, INOUT c INT) BEGIN SET b = a + 1; SET c = c + a; END"},
                "(INT, OUT INT, INOUT INT)");
  }

  static void Bind(Statement& statement, SQLUSMALLINT number, SQLSMALLINT direction,
                   SQLINTEGER& value, SQLLEN* length = nullptr) {
    ASSERT_EQ(SQLBindParameter(statement.handle(), number, direction, SQL_C_SLONG, SQL_INTEGER, 10,
                               0, &value, 0, length),
              SQL_SUCCESS)
        << statement.diagnostics();
  }

 private:
  std::vector<std::string> routines_;
};

TEST_P(ProcedureTest, AFunctionsReturnValueArrives) {
  const std::string name = MakeFunction();
  Statement statement(connection);
  SQLINTEGER result = 0;
  SQLLEN length = 0;
  SQLINTEGER argument = 21;
  Bind(statement, 1, SQL_PARAM_OUTPUT, result, &length);
  Bind(statement, 2, SQL_PARAM_INPUT, argument);
  ASSERT_EQ(statement.Execute("{? = call " + name + "(?)}"), SQL_SUCCESS)
      << statement.diagnostics();
  EXPECT_EQ(result, 42);
  EXPECT_EQ(length, 4);
  EXPECT_EQ(statement.ColumnCount(), 0);
  EXPECT_EQ(SQLMoreResults(statement.handle()), SQL_NO_DATA);
}

TEST_P(ProcedureTest, APreparedFunctionIsCalledAgain) {
  const std::string name = MakeFunction();
  Statement statement(connection);
  statement.Prepare("{?=call " + name + "(?)}");
  SQLSMALLINT count = 0;
  ASSERT_EQ(SQLNumParams(statement.handle(), &count), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_EQ(count, 2);
  SQLINTEGER result = 0;
  SQLINTEGER argument = 0;
  SQLLEN length = 0;
  Bind(statement, 1, SQL_PARAM_OUTPUT, result, &length);
  Bind(statement, 2, SQL_PARAM_INPUT, argument);
  for (argument = 1; argument <= 3; ++argument) {
    ASSERT_EQ(statement.ExecutePrepared(), SQL_SUCCESS) << statement.diagnostics();
    EXPECT_EQ(result, argument * 2);
  }
}

TEST_P(ProcedureTest, OutputAndInputOutputParametersArrive) {
  const std::string name = MakeProcedure();
  for (const std::string& sql : {"{call " + name + "(?, ?, ?)}", "CALL " + name + "(?, ?, ?)"}) {
    SCOPED_TRACE(sql);
    Statement statement(connection);
    SQLINTEGER values[3] = {10, -1, 5};
    SQLLEN lengths[3] = {0, 0, 0};
    Bind(statement, 1, SQL_PARAM_INPUT, values[0], &lengths[0]);
    Bind(statement, 2, SQL_PARAM_OUTPUT, values[1], &lengths[1]);
    Bind(statement, 3, SQL_PARAM_INPUT_OUTPUT, values[2], &lengths[2]);
    ASSERT_TRUE(SQL_SUCCEEDED(statement.Execute(sql))) << statement.diagnostics();
    EXPECT_THAT(values, ElementsAre(10, 11, 15));
  }
}

// As from the native drivers.
TEST_P(ProcedureTest, TheOutputsAreARowToo) {
  const std::string name = MakeProcedure();
  Statement statement(connection);
  SQLINTEGER values[3] = {10, -1, 5};
  Bind(statement, 1, SQL_PARAM_INPUT, values[0]);
  Bind(statement, 2, SQL_PARAM_OUTPUT, values[1]);
  Bind(statement, 3, SQL_PARAM_INPUT_OUTPUT, values[2]);
  ASSERT_TRUE(SQL_SUCCEEDED(statement.Execute("{call " + name + "(?, ?, ?)}")))
      << statement.diagnostics();
  EXPECT_EQ(statement.ColumnCount(), 2);
  EXPECT_THAT(statement.Rows(), ElementsAre("11|15"));
  if (!is_postgres()) {  // the outcome of the call itself
    ASSERT_EQ(SQLMoreResults(statement.handle()), SQL_SUCCESS);
    EXPECT_EQ(statement.ColumnCount(), 0);
  }
  EXPECT_EQ(SQLMoreResults(statement.handle()), SQL_NO_DATA);
}

TEST_P(ProcedureTest, ItIsCalledInATransactionToo) {
  const std::string name = MakeProcedure();
  connection.SetAutocommit(false);
  for (int turn = 0; turn < 2; ++turn) {
    Statement statement(connection);
    SQLINTEGER values[3] = {10, -1, 5};
    Bind(statement, 1, SQL_PARAM_INPUT, values[0]);
    Bind(statement, 2, SQL_PARAM_OUTPUT, values[1]);
    Bind(statement, 3, SQL_PARAM_INPUT_OUTPUT, values[2]);
    ASSERT_TRUE(SQL_SUCCEEDED(statement.Execute("{call " + name + "(?, ?, ?)}")))
        << statement.diagnostics();
    EXPECT_THAT(values, ElementsAre(10, 11, 15));
  }
  connection.Commit();
}

TEST_P(ProcedureTest, ALiteralTakesThePlaceOfAnInput) {
  const std::string name = MakeProcedure();
  Statement statement(connection);
  SQLINTEGER values[2] = {-1, 5};
  Bind(statement, 1, SQL_PARAM_OUTPUT, values[0]);
  Bind(statement, 2, SQL_PARAM_INPUT_OUTPUT, values[1]);
  ASSERT_TRUE(SQL_SUCCEEDED(statement.Execute("{call " + name + "(7, ?, ?)}")))
      << statement.diagnostics();
  EXPECT_THAT(values, ElementsAre(8, 12));
}

TEST_P(ProcedureTest, OutputsOfOtherTypesAreConverted) {
  const std::string name = Make(
      "PROCEDURE",
      {"(INOUT t TEXT, INOUT n NUMERIC, INOUT d TIMESTAMP, INOUT x TEXT) LANGUAGE plpgsql AS "
       "'BEGIN t := t || U&''\\00DF\\+01F600''; n := n + 0.25; d := d + interval ''1 day''; "
       "x := NULL; END'",
       "(INOUT t VARCHAR(50) CHARACTER SET utf8mb4, INOUT n DECIMAL(10,2), INOUT d DATETIME, "
       "INOUT x VARCHAR(5)) BEGIN SET t = CONCAT(t, _utf8mb4 X'C39FF09F9880'); SET n = n + 0.25; "
       "SET d = d + INTERVAL 1 DAY; SET x = NULL; END"},
      "(TEXT, NUMERIC, TIMESTAMP, TEXT)");
  Statement statement(connection);
  SQLWCHAR text[20] = {'a', 0};
  char number[20] = "1.5";
  SQL_TIMESTAMP_STRUCT time{2024, 2, 28, 1, 2, 3, 0};
  char nothing[4] = "x";
  SQLLEN lengths[4] = {SQL_NTS, SQL_NTS, 0, SQL_NTS};
  const auto bind = [&](SQLUSMALLINT i, SQLSMALLINT c_type, SQLSMALLINT sql_type, SQLULEN size,
                        SQLSMALLINT digits, SQLPOINTER data, SQLLEN capacity) {
    ASSERT_EQ(SQLBindParameter(statement.handle(), i, SQL_PARAM_INPUT_OUTPUT, c_type, sql_type,
                               size, digits, data, capacity, &lengths[i - 1]),
              SQL_SUCCESS);
  };
  bind(1, SQL_C_WCHAR, SQL_WVARCHAR, 50, 0, text, sizeof text);
  bind(2, SQL_C_CHAR, SQL_DECIMAL, 10, 2, number, sizeof number);
  bind(3, SQL_C_TYPE_TIMESTAMP, SQL_TYPE_TIMESTAMP, 19, 0, &time, sizeof time);
  bind(4, SQL_C_CHAR, SQL_VARCHAR, 5, 0, nothing, sizeof nothing);
  ASSERT_TRUE(SQL_SUCCEEDED(statement.Execute("{call " + name + "(?, ?, ?, ?)}")))
      << statement.diagnostics();
  EXPECT_EQ(lengths[0], 8);
  EXPECT_EQ(text[1], 0xDF);
  EXPECT_EQ(text[2], 0xD83D);
  EXPECT_STREQ(number, "1.75");
  EXPECT_EQ(time.day, 29);
  EXPECT_EQ(lengths[3], SQL_NULL_DATA);
}

TEST_P(ProcedureTest, AnOutputThatDoesNotFitIsCutWithAWarning) {
  const std::string name =
      Make("PROCEDURE",
           {"(INOUT t TEXT) LANGUAGE plpgsql AS 'BEGIN t := ''abcdefgh''; END'",
            "(INOUT t VARCHAR(50)) BEGIN SET t = 'abcdefgh'; END"},
           "(TEXT)");
  Statement statement(connection);
  char text[4] = "x";
  SQLLEN length = SQL_NTS;
  ASSERT_EQ(SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT_OUTPUT, SQL_C_CHAR, SQL_VARCHAR,
                             50, 0, text, sizeof text, &length),
            SQL_SUCCESS);
  EXPECT_EQ(statement.Execute("{call " + name + "(?)}"), SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(statement.state(), "01004") << statement.diagnostics();
  EXPECT_STREQ(text, "abc");
  EXPECT_EQ(length, 8);
}

TEST_P(ProcedureTest, AnErrorInsideLeavesTheBuffers) {
  const std::string name =
      Make("PROCEDURE",
           {"(INOUT a INT) LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no'' USING ERRCODE = "
            "''45000''; END'",
            "(INOUT a INT) SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'"},
           "(INT)");
  Statement statement(connection);
  SQLINTEGER value = 3;
  Bind(statement, 1, SQL_PARAM_INPUT_OUTPUT, value);
  EXPECT_EQ(statement.Execute("{call " + name + "(?)}"), SQL_ERROR);
  EXPECT_EQ(statement.state(), "45000") << statement.diagnostics();
  EXPECT_EQ(value, 3);
  EXPECT_EQ(connection.Value("SELECT 1"), "1");
}

TEST_P(ProcedureTest, ARoutineThatDoesNotExistIsNamed) {
  Statement statement(connection);
  SQLINTEGER value = 3;
  Bind(statement, 1, SQL_PARAM_INPUT_OUTPUT, value);
  EXPECT_EQ(statement.Execute("{call nobody_made_this(?)}"), SQL_ERROR);
  EXPECT_EQ(statement.state(), Sql({"42883", "42000"})) << statement.diagnostics();
  EXPECT_THAT(statement.diagnostics(), HasSubstr("nobody_made_this"));
}

// psqlodbc gives the results of each parameter set, Connector/ODBC those of the last one.
TEST_P(ProcedureTest, AnArrayGivesTheResultsOfEachSet) {
  const std::string name = Make(
      is_postgres() ? "FUNCTION" : "PROCEDURE",
      {"(a INT) RETURNS TABLE (x INT, y INT) LANGUAGE sql AS 'SELECT a, a * 10 UNION SELECT a, "
       "a * 20 ORDER BY 2'",
       "(a INT) BEGIN SELECT a AS x, a * 10 AS y UNION SELECT a, a * 20; SELECT -a AS z; END"},
      "(INT)");
  for (const bool prepared : {false, true}) {
    Statement statement(connection);
    SQLINTEGER values[3] = {1, 2, 3};
    std::array<SQLUSMALLINT, 3> statuses{};
    Bind(statement, 1, SQL_PARAM_INPUT, values[0]);
    statement.Set(SQL_ATTR_PARAMSET_SIZE, 3);
    statement.SetPointer(SQL_ATTR_PARAM_STATUS_PTR, statuses.data());
    const std::string call = "{call " + name + "(?)}";
    if (prepared) {
      statement.Prepare(call);
      ASSERT_EQ(statement.ExecutePrepared(), SQL_SUCCESS) << statement.diagnostics();
    } else {
      ASSERT_EQ(statement.Execute(call), SQL_SUCCESS) << statement.diagnostics();
    }
    EXPECT_THAT(statuses, ElementsAre(SQL_PARAM_SUCCESS, SQL_PARAM_SUCCESS, SQL_PARAM_SUCCESS));
    for (int set = 1; set <= 3; ++set) {
      const std::string number = std::to_string(set);
      EXPECT_THAT(statement.Rows(), ElementsAre(number + "|" + number + "0",
                                                number + "|" + std::to_string(set * 20)));
      if (!is_postgres()) {
        ASSERT_EQ(SQLMoreResults(statement.handle()), SQL_SUCCESS) << statement.diagnostics();
        EXPECT_THAT(statement.Rows(), ElementsAre("-" + number));
      }
      if (set < 3) {
        ASSERT_EQ(SQLMoreResults(statement.handle()), SQL_SUCCESS) << statement.diagnostics();
      }
    }
    if (!is_postgres()) {  // the outcome of the calls
      ASSERT_EQ(SQLMoreResults(statement.handle()), SQL_SUCCESS);
      EXPECT_EQ(statement.ColumnCount(), 0);
    }
    EXPECT_EQ(SQLMoreResults(statement.handle()), SQL_NO_DATA);
  }
}

class MysqlArrayTest : public ProcedureTest {};

TEST_P(MysqlArrayTest, AnErrorOfOneSetLeavesTheOtherCalls) {
  const std::string table = MakeTable("id INT PRIMARY KEY");
  const std::string body = "(a INT) INSERT INTO " + table + " VALUES (a)";
  const std::string name = Make("PROCEDURE", {"", body.c_str()}, "");
  Statement statement(connection);
  SQLINTEGER values[4] = {1, 2, 1, 3};
  std::array<SQLUSMALLINT, 4> statuses{};
  Bind(statement, 1, SQL_PARAM_INPUT, values[0]);
  statement.Set(SQL_ATTR_PARAMSET_SIZE, 4);
  statement.SetPointer(SQL_ATTR_PARAM_STATUS_PTR, statuses.data());
  EXPECT_EQ(statement.Execute("{call " + name + "(?)}"), SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(statement.state(), "23000") << statement.diagnostics();
  EXPECT_THAT(statuses, ElementsAre(SQL_PARAM_SUCCESS, SQL_PARAM_SUCCESS, SQL_PARAM_ERROR,
                                    SQL_PARAM_SUCCESS));
  EXPECT_EQ(statement.RowCount(), 3);
  EXPECT_EQ(SQLMoreResults(statement.handle()), SQL_NO_DATA);
  EXPECT_THAT(connection.Rows("SELECT id FROM " + table), ElementsAre("1", "2", "3"));
}

TEST_P(ProcedureTest, ArraysOfOutputsAreRefused) {
  const std::string name = MakeProcedure();
  Statement statement(connection);
  SQLINTEGER values[3][2] = {{1, 2}, {0, 0}, {3, 4}};
  Bind(statement, 1, SQL_PARAM_INPUT, values[0][0]);
  Bind(statement, 2, SQL_PARAM_OUTPUT, values[1][0]);
  Bind(statement, 3, SQL_PARAM_INPUT, values[2][0]);
  statement.Set(SQL_ATTR_PARAMSET_SIZE, 2);
  EXPECT_EQ(statement.Execute("{call " + name + "(?, ?, ?)}"), SQL_ERROR);
  EXPECT_EQ(statement.state(), "HYC00") << statement.diagnostics();
}

// Of PostgreSQL, whose functions are called without their OUT parameters.
TEST(PostgresProcedureTest, FunctionsGiveTheirOutParametersBack) {
  Connection connection(ConnectionString(Database::kPostgres));
  const std::string name = UniqueName("f");
  connection.Run("CREATE FUNCTION " + name +
                 "(IN a INT, OUT b INT, INOUT c INT) LANGUAGE sql AS 'SELECT a + 1, c + a'");
  {
    Statement statement(connection);
    SQLINTEGER values[3] = {10, -1, 5};
    const SQLSMALLINT directions[] = {SQL_PARAM_INPUT, SQL_PARAM_OUTPUT, SQL_PARAM_INPUT_OUTPUT};
    statement.Prepare("{call " + name + "(?, ?, ?)}");
    SQLSMALLINT count = 0;
    EXPECT_EQ(SQLNumParams(statement.handle(), &count), SQL_SUCCESS) << statement.diagnostics();
    EXPECT_EQ(count, 3);
    for (SQLUSMALLINT i = 0; i < 3; ++i) {
      ASSERT_EQ(
          SQLBindParameter(statement.handle(), static_cast<SQLUSMALLINT>(i + 1), directions[i],
                           SQL_C_SLONG, SQL_INTEGER, 10, 0, &values[i], 0, nullptr),
          SQL_SUCCESS);
    }
    for (int turn = 0; turn < 2; ++turn) {
      ASSERT_EQ(statement.ExecutePrepared(), SQL_SUCCESS) << statement.diagnostics();
      EXPECT_THAT(values, ElementsAre(10, 11, 15 + 10 * turn));
      statement.Close();
    }
  }
  connection.Run("DROP FUNCTION " + name + "(INT, INT)");
}

TEST(PostgresProcedureTest, MarkersThatDoNotFitTheRoutineAreRefusedBeforeItRuns) {
  Connection connection(ConnectionString(Database::kPostgres));
  const std::string name = UniqueName("f");
  const std::string table = UniqueName("t");
  connection.Run("CREATE TABLE " + table + " (a INT)");
  connection.Run("CREATE PROCEDURE " + name + "(INOUT a INT, INOUT b INT) LANGUAGE plpgsql AS " +
                 "'BEGIN INSERT INTO " + table + " VALUES (1); END'");
  {
    Statement statement(connection);
    SQLINTEGER values[2] = {1, 2};
    for (SQLUSMALLINT i = 0; i < 2; ++i) {
      SQLBindParameter(statement.handle(), static_cast<SQLUSMALLINT>(i + 1),
                       i == 0 ? SQL_PARAM_INPUT : SQL_PARAM_INPUT_OUTPUT, SQL_C_SLONG, SQL_INTEGER,
                       10, 0, &values[i], 0, nullptr);
    }
    EXPECT_EQ(statement.Execute("{call " + name + "(?, ?)}"), SQL_ERROR);
    EXPECT_EQ(statement.state(), "07002") << statement.diagnostics();
  }
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM " + table), "0");
  connection.Run("DROP PROCEDURE " + name + "(INT, INT)");
  connection.Run("DROP TABLE " + table);
}

TEST(PostgresProcedureTest, ParametersThatTheCallLeavesOutNeedNoMarker) {
  Connection connection(ConnectionString(Database::kPostgres));
  const std::string name = UniqueName("p");
  connection.Run("CREATE PROCEDURE " + name +
                 "(INOUT a INT, INOUT b TEXT DEFAULT 'x') LANGUAGE plpgsql AS 'BEGIN a := a + 1; "
                 "END'");
  {
    Statement statement(connection);
    SQLINTEGER value = 1;
    SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT_OUTPUT, SQL_C_SLONG, SQL_INTEGER, 10, 0,
                     &value, 0, nullptr);
    ASSERT_EQ(statement.Execute("CALL " + name + "(?)"), SQL_SUCCESS) << statement.diagnostics();
    EXPECT_EQ(value, 2);
    EXPECT_THAT(statement.Rows(), ElementsAre("2|x"));
  }
  connection.Run("DROP PROCEDURE " + name + "(INT, TEXT)");
}

// Of MySQL, whose procedures have result sets beside their OUT parameters.
TEST(MysqlProcedureTest, OutputsFollowTheResultSets) {
  Connection connection(ConnectionString(Database::kMysql));
  const std::string name = UniqueName("p");
  connection.Run("CREATE PROCEDURE " + name +
                 "(IN a INT, OUT b INT) BEGIN SELECT a; SET b = a + 1; SELECT 'x', a; END");
  {
    Statement statement(connection);
    SQLINTEGER values[2] = {5, -1};
    SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 10, 0,
                     &values[0], 0, nullptr);
    SQLBindParameter(statement.handle(), 2, SQL_PARAM_OUTPUT, SQL_C_SLONG, SQL_INTEGER, 10, 0,
                     &values[1], 0, nullptr);
    ASSERT_EQ(statement.Execute("{call " + name + "(?, ?)}"), SQL_SUCCESS)
        << statement.diagnostics();
    EXPECT_THAT(statement.Rows(), ElementsAre("5"));
    ASSERT_EQ(SQLMoreResults(statement.handle()), SQL_SUCCESS) << statement.diagnostics();
    EXPECT_THAT(statement.Rows(), ElementsAre("x|5"));
    EXPECT_EQ(values[1], -1);
    ASSERT_EQ(SQLMoreResults(statement.handle()), SQL_SUCCESS) << statement.diagnostics();
    EXPECT_EQ(values[1], 6);
    EXPECT_THAT(statement.Rows(), ElementsAre("6"));
    ASSERT_EQ(SQLMoreResults(statement.handle()), SQL_SUCCESS) << statement.diagnostics();
    EXPECT_EQ(statement.ColumnCount(), 0);  // the outcome of the call
    EXPECT_EQ(SQLMoreResults(statement.handle()), SQL_NO_DATA) << statement.diagnostics();
    EXPECT_EQ(connection.Value("SELECT 1"), "1");
  }
  connection.Run("DROP PROCEDURE " + name);
}

INSTANTIATE_FOR_DATABASES(ProcedureTest);
INSTANTIATE_TEST_SUITE_P(, MysqlArrayTest, testing::Values(Database::kMysql), DatabaseName);

}  // namespace
}  // namespace sluice::tests
