// What applications of Connector/ODBC rely on and the ODBC reference does not promise. The same
// cases pass on MariaDB Connector/ODBC 3.1.

#include <array>
#include <cstring>
#include <vector>

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;

class ConnectorHabitsTest : public testing::Test {
 protected:
  ~ConnectorHabitsTest() override {
    if (!table.empty()) connection.Run("DROP TABLE " + table);
  }

  void MakeTable(const std::string& columns, const std::string& rows) {
    table = UniqueName("habit");
    connection.Run("CREATE TABLE " + table + " (" + columns + ")");
    connection.Run("INSERT INTO " + table + " VALUES " + rows);
  }

  static std::string CatalogOf(Connection& of) {
    std::array<char, 128> text{};
    EXPECT_EQ(
        SQLGetConnectAttr(of.handle(), SQL_ATTR_CURRENT_CATALOG, text.data(), text.size(), nullptr),
        SQL_SUCCESS);
    return text.data();
  }

  std::string table;
  Connection connection{ConnectionString(Database::kMysql)};
};

TEST_F(ConnectorHabitsTest, AStatementIsUsedAnewWithoutClosingItsCursor) {
  Statement statement(connection);
  statement.Run("SELECT 1");
  statement.Run("SELECT 2");
  EXPECT_TRUE(statement.Fetch());
  EXPECT_FALSE(statement.Fetch());
  statement.Run("DO 0");
  statement.Run("SELECT 3");
  EXPECT_EQ(
      SQLTables(statement.handle(), nullptr, 0, nullptr, 0, Chars("no_such"), SQL_NTS, nullptr, 0),
      SQL_SUCCESS);
  statement.Prepare("SELECT 4");
  EXPECT_EQ(statement.ExecutePrepared(), SQL_SUCCESS);
  EXPECT_EQ(statement.ExecutePrepared(), SQL_SUCCESS) << statement.diagnostics();
}

// The statement stays prepared in the relay; the server prepares it anew without a word.
TEST_F(ConnectorHabitsTest, ColumnsOfATableMadeAnewHaveTheirNewNames) {
  MakeTable("id INT, name VARCHAR(20)", "(1, 'one')");
  Statement statement(connection);
  for (const char* name : {"id", "a", "b"}) {
    for (int round = 0; round < 2; ++round) {
      statement.Prepare("SELECT * FROM " + table);
      EXPECT_EQ(statement.ExecutePrepared(), SQL_SUCCESS);
      std::array<SQLCHAR, 20> found{};
      SQLDescribeCol(statement.handle(), 1, found.data(), found.size(), nullptr, nullptr, nullptr,
                     nullptr, nullptr);
      EXPECT_STREQ(reinterpret_cast<const char*>(found.data()), name);
      statement.Close();
    }
    const std::string next = std::string(name) == "id" ? "a" : "b";
    connection.Run("DROP TABLE " + table);
    connection.Run("CREATE TABLE " + table + " (" + next + " INT, other VARCHAR(20))");
  }
}

TEST_F(ConnectorHabitsTest, UseChangesTheCurrentCatalogue) {
  const std::string own = CatalogOf(connection);
  Statement statement(connection);
  EXPECT_EQ(statement.Execute("USE information_schema"), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_EQ(CatalogOf(connection), "information_schema");
  EXPECT_EQ(connection.InfoText(SQL_DATABASE_NAME), "information_schema");
  EXPECT_EQ(connection.Value("SELECT DATABASE()"), "information_schema");
  EXPECT_EQ(statement.Execute("USE no_such_database"), SQL_ERROR);
  EXPECT_EQ(CatalogOf(connection), "information_schema");
  EXPECT_EQ(statement.Execute("use `" + own + "`"), SQL_SUCCESS);
  EXPECT_EQ(CatalogOf(connection), own);
  EXPECT_EQ(connection.Value("SELECT DATABASE()"), own);
}

// SQLDescribeParam cannot tell a marker's type, so that nanodbc and node-odbc bind numbers as text.
TEST_F(ConnectorHabitsTest, ANumberBoundAsTextIsANumber) {
  MakeTable("one BIT, many BIT(8), name VARCHAR(20)", "(0, 0, 'none')");
  Statement statement(connection);
  statement.Prepare("UPDATE " + table + " SET one = ?, many = ?, name = ?");
  unsigned char bit = 1;
  SQLINTEGER number = 5;
  double fraction = 0.1;
  for (const auto text :
       std::to_array<SQLSMALLINT>({SQL_VARCHAR, SQL_WVARCHAR, SQL_WLONGVARCHAR})) {
    SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_BIT, text, 255, 0, &bit, 1,
                     nullptr);
    SQLBindParameter(statement.handle(), 2, SQL_PARAM_INPUT, SQL_C_SLONG, text, 255, 0, &number, 4,
                     nullptr);
    SQLBindParameter(statement.handle(), 3, SQL_PARAM_INPUT, SQL_C_DOUBLE, text, 255, 0, &fraction,
                     8, nullptr);
    EXPECT_EQ(statement.ExecutePrepared(), SQL_SUCCESS) << statement.diagnostics();
    EXPECT_EQ(connection.Value("SELECT CONCAT_WS(' ', one + 0, many + 0, name) FROM " + table),
              "1 " + std::to_string(number) + " 0.1");
    ++number;
  }
}

TEST_F(ConnectorHabitsTest, TheStatementOfTheDataSourceRunsFirst) {
  Connection other(ConnectionString(Database::kMysql) + ";INITSTMT={SET sql_mode = 'ANSI_QUOTES'}");
  EXPECT_EQ(other.Value("SELECT @@sql_mode"), "ANSI_QUOTES");
  Connection failing;
  EXPECT_EQ(failing.Connect(ConnectionString(Database::kMysql) + ";STMT=nonsense"), SQL_ERROR);
  EXPECT_EQ(failing.state(), "42000");
}

TEST_F(ConnectorHabitsTest, ItsKeywordsAreNoWarnings) {
  Connection other;
  EXPECT_EQ(other.Connect(ConnectionString(Database::kMysql) +
                          ";OPTION=3;CHARSET=utf8;NO_PROMPT=1;SOCKET=;AUTO_RECONNECT=1;STREAMRS=1"),
            SQL_SUCCESS)
      << other.diagnostics();
}

TEST_F(ConnectorHabitsTest, CursorsOnlyGoForwardWhereTheDataSourceSaysSo) {
  Connection other(ConnectionString(Database::kMysql) + ";OPTION=2097152");
  Statement statement(other);
  EXPECT_EQ(statement.Set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC), SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(statement.state(), "01S02");
  statement.Run("SELECT 1");
  EXPECT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_FIRST, 0), SQL_ERROR);
}

TEST_F(ConnectorHabitsTest, ABindingForDataAtExecutionMayBeLeftOver) {
  Statement statement(connection);
  SQLLEN at_execution = SQL_DATA_AT_EXEC;
  SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 0, 0, nullptr,
                   0, &at_execution);
  EXPECT_EQ(statement.Execute("SELECT ?"), SQL_NEED_DATA);
  EXPECT_EQ(SQLCancel(statement.handle()), SQL_SUCCESS);
  statement.Run("SELECT 1");
  EXPECT_THAT(statement.Rows(), ElementsAre("1"));
}

TEST_F(ConnectorHabitsTest, SchemasAreNotSupported) {
  Statement statement(connection);
  EXPECT_EQ(SQLColumns(statement.handle(), nullptr, 0, Chars("sluice"), SQL_NTS, Chars("t"),
                       SQL_NTS, nullptr, 0),
            SQL_ERROR);
  EXPECT_EQ(statement.state(), "HYC00");
}

TEST_F(ConnectorHabitsTest, GeneratedCursorNamesCountUp) {
  Connection other(ConnectionString(Database::kMysql));
  Statement first(other);
  Statement second(other);
  std::array<char, 20> name{};
  SQLSMALLINT length = 0;
  const auto name_of = [&](Statement& statement) -> std::string {
    SQLGetCursorName(statement.handle(), reinterpret_cast<SQLCHAR*>(name.data()), name.size(),
                     &length);
    return name.data();
  };
  EXPECT_EQ(name_of(first), "SQL_CUR0");
  EXPECT_EQ(name_of(second), "SQL_CUR1");
  EXPECT_EQ(length, 8);
}

TEST_F(ConnectorHabitsTest, NumbersKeepTheZerosOfTheirDeclarationInText) {
  MakeTable("a INT(5) ZEROFILL PRIMARY KEY, b YEAR, c BIGINT ZEROFILL, d DOUBLE ZEROFILL",
            "(42, 0, 7, 1.5)");
  for (const char* condition : {"", " WHERE 1 = ?"}) {
    Statement statement(connection);
    SQLINTEGER one = 1;
    if (*condition != '\0') {
      SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, &one,
                       0, nullptr);
    }
    statement.Run("SELECT a, b, c, d FROM " + table + condition);
    EXPECT_THAT(statement.Rows(),
                ElementsAre("00042|0000|00000000000000000007|00000000000000000001.5"));
  }
  Statement statement(connection);
  EXPECT_EQ(statement.Set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC), SQL_SUCCESS);
  statement.Run("SELECT a, b, d FROM " + table);
  SQLSMALLINT a = 0;
  SQLINTEGER year = 1;
  SQLDOUBLE d = 0;
  SQLCHAR is_set = 0;
  SQLBindCol(statement.handle(), 1, SQL_C_SSHORT, &a, 0, nullptr);
  SQLBindCol(statement.handle(), 2, SQL_C_SLONG, &year, 0, nullptr);
  SQLBindCol(statement.handle(), 3, SQL_C_DOUBLE, &d, 0, nullptr);
  ASSERT_TRUE(statement.Fetch());
  EXPECT_EQ(a, 42);
  EXPECT_EQ(year, 0);
  EXPECT_EQ(d, 1.5);
  EXPECT_EQ(SQLGetData(statement.handle(), 1, SQL_C_BIT, &is_set, 1, nullptr), SQL_SUCCESS);
  EXPECT_EQ(is_set, 1);
  year = 1999;
  EXPECT_EQ(SQLSetPos(statement.handle(), 1, SQL_UPDATE, SQL_LOCK_NO_CHANGE), SQL_SUCCESS)
      << statement.diagnostics();
  EXPECT_THAT(connection.Rows("SELECT a, b FROM " + table), ElementsAre("00042|1999"));
}

// The attribute tells what statements have made of it, and both ways may be mixed.
TEST_F(ConnectorHabitsTest, AutocommitMayBeSetByStatements) {
  MakeTable("a INT", "(1)");
  Connection other{ConnectionString(Database::kMysql)};
  const auto autocommit = [&] {
    SQLUINTEGER value = 7;
    SQLGetConnectAttr(connection.handle(), SQL_ATTR_AUTOCOMMIT, &value, 0, nullptr);
    return value;
  };
  const auto others_rows = [&] { return other.Rows("SELECT COUNT(*) FROM " + table)[0]; };
  const std::string insert = "INSERT INTO " + table + " VALUES (2)";
  Statement statement(connection);
  statement.Execute("SET autocommit = 0");
  EXPECT_EQ(autocommit(), SQLUINTEGER{SQL_AUTOCOMMIT_OFF});
  connection.Run(insert);
  EXPECT_EQ(others_rows(), "1");
  SQLEndTran(SQL_HANDLE_DBC, connection.handle(), SQL_ROLLBACK);
  connection.Run(insert);
  statement.Execute("SET @@session.autocommit = ON");
  EXPECT_EQ(autocommit(), SQLUINTEGER{SQL_AUTOCOMMIT_ON});
  EXPECT_EQ(others_rows(), "2");
  connection.Run(insert);
  EXPECT_EQ(others_rows(), "3");

  connection.SetAutocommit(false);  // and on by a statement
  connection.Run(insert);
  EXPECT_EQ(others_rows(), "3");
  statement.Execute("SET autocommit=1");
  EXPECT_EQ(autocommit(), SQLUINTEGER{SQL_AUTOCOMMIT_ON});
  EXPECT_EQ(others_rows(), "4");
  connection.Run(insert);
  EXPECT_EQ(others_rows(), "5");

  statement.Execute("SET autocommit=0");  // and on by the attribute
  connection.Run(insert);
  connection.SetAutocommit(true);
  EXPECT_EQ(others_rows(), "6");
  connection.Run(insert);
  EXPECT_EQ(others_rows(), "7");
}

// The table has no key: of rows that are alike one is changed.
TEST_F(ConnectorHabitsTest, RowsAreChangedWithTheDefaultConcurrency) {
  MakeTable("a INT, b VARCHAR(20)", "(1, 'one'), (2, 'two'), (2, 'two'), (3, NULL)");
  Statement statement(connection);
  EXPECT_EQ(statement.Set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC), SQL_SUCCESS);
  statement.Run("SELECT a, b FROM " + table);
  SQLINTEGER a = 0;
  std::array<char, 20> b{};
  SQLBindCol(statement.handle(), 1, SQL_C_SLONG, &a, 0, nullptr);
  SQLBindCol(statement.handle(), 2, SQL_C_CHAR, b.data(), b.size(), nullptr);
  ASSERT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_ABSOLUTE, 2), SQL_SUCCESS);
  std::strcpy(b.data(), "changed");
  EXPECT_EQ(SQLSetPos(statement.handle(), 1, SQL_UPDATE, SQL_LOCK_NO_CHANGE), SQL_SUCCESS)
      << statement.diagnostics();
  EXPECT_EQ(statement.RowCount(), 1);
  ASSERT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_FIRST, 0), SQL_SUCCESS);
  EXPECT_EQ(SQLSetPos(statement.handle(), 1, SQL_DELETE, SQL_LOCK_NO_CHANGE), SQL_SUCCESS);
  a = 9;
  EXPECT_EQ(SQLSetPos(statement.handle(), 1, SQL_ADD, SQL_LOCK_NO_CHANGE), SQL_SUCCESS)
      << statement.diagnostics();
  EXPECT_THAT(connection.Rows("SELECT a, b FROM " + table + " ORDER BY a, b"),
              ElementsAre("2|changed", "2|two", "3|NULL", "9|one"));
}

TEST_F(ConnectorHabitsTest, SqlExtendedFetchHeedsTheRowArraySize) {
  MakeTable("a INT", "(1), (2), (3), (4), (5)");
  Statement statement(connection);
  statement.Set(SQL_ATTR_ROW_ARRAY_SIZE, 3);
  statement.Run("SELECT a FROM " + table + " ORDER BY a");
  std::array<SQLINTEGER, 3> a{};
  SQLBindCol(statement.handle(), 1, SQL_C_SLONG, a.data(), 0, nullptr);
  SQLULEN rows = 0;
  std::array<SQLUSMALLINT, 3> status{};
  EXPECT_EQ(SQLExtendedFetch(statement.handle(), SQL_FETCH_NEXT, 0, &rows, status.data()),
            SQL_SUCCESS);
  EXPECT_EQ(rows, 3U);
  EXPECT_THAT(a, ElementsAre(1, 2, 3));
  EXPECT_EQ(SQLExtendedFetch(statement.handle(), SQL_FETCH_NEXT, 0, &rows, status.data()),
            SQL_SUCCESS);
  EXPECT_EQ(rows, 2U);
  EXPECT_THAT(status, ElementsAre(SQL_ROW_SUCCESS, SQL_ROW_SUCCESS, SQL_ROW_NOROW));
}

TEST_F(ConnectorHabitsTest, ABitStringIsReadAsANumber) {
  MakeTable("a BIT(16), b BIT(17), c BIT(8)", "(258, 131071, 48), (0, 0, 0)");
  Statement statement(connection);
  for (const char* condition : {"", " WHERE 1 = ?"}) {  // as text, and as a prepared statement
    SQLINTEGER one = 1;
    SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, &one,
                     0, nullptr);
    statement.Run("SELECT a, b, c FROM " + table + condition);
    SQLUSMALLINT a = 0;
    SQLUINTEGER b = 0;
    SQLCHAR c = 0;
    SQLBindCol(statement.handle(), 1, SQL_C_USHORT, &a, 0, nullptr);
    SQLBindCol(statement.handle(), 2, SQL_C_ULONG, &b, 0, nullptr);
    SQLBindCol(statement.handle(), 3, SQL_C_BIT, &c, 0, nullptr);
    EXPECT_TRUE(SQL_SUCCEEDED(SQLFetch(statement.handle())));  // 01004: the bits of c
    EXPECT_EQ(a, 258);
    EXPECT_EQ(b, 131071U);
    EXPECT_EQ(c, 1);
    EXPECT_EQ(SQLFetch(statement.handle()), SQL_SUCCESS);
    EXPECT_EQ(c, 0);
    statement.Close();
    SQLFreeStmt(statement.handle(), SQL_UNBIND);
  }
}

TEST_F(ConnectorHabitsTest, EveryNumberButZeroIsATruth) {
  Statement statement(connection);
  statement.Run("SELECT 5, 0, -1");
  std::array<SQLCHAR, 3> truths{7, 7, 7};
  for (SQLUSMALLINT column = 1; column <= 3; ++column) {
    SQLBindCol(statement.handle(), column, SQL_C_BIT, &truths.at(column - 1u), 1, nullptr);
  }
  EXPECT_EQ(SQLFetch(statement.handle()), SQL_SUCCESS);
  EXPECT_THAT(truths, ElementsAre(1, 0, 1));
}

TEST_F(ConnectorHabitsTest, EmptyTextIsNoDate) {
  Statement statement(connection);
  statement.Run("SELECT '', ''");
  ASSERT_TRUE(statement.Fetch());
  SQL_TIMESTAMP_STRUCT value{};
  SQLLEN indicator = 0;
  EXPECT_EQ(SQLGetData(statement.handle(), 1, SQL_C_TYPE_DATE, &value, 0, &indicator), SQL_SUCCESS);
  EXPECT_EQ(indicator, SQL_NULL_DATA);
  indicator = 0;
  EXPECT_EQ(SQLGetData(statement.handle(), 2, SQL_C_TYPE_TIMESTAMP, &value, 0, &indicator),
            SQL_SUCCESS);
  EXPECT_EQ(indicator, SQL_NULL_DATA);
}

TEST_F(ConnectorHabitsTest, AnIntervalOfHoursIsATime) {
  MakeTable("a TIME", "('00:00:00')");
  Statement statement(connection);
  SQL_INTERVAL_STRUCT interval{};
  interval.interval_type = SQL_IS_HOUR_TO_SECOND;
  interval.intval.day_second.hour = 100;
  interval.intval.day_second.minute = 20;
  interval.intval.day_second.second = 45;
  SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_INTERVAL_HOUR_TO_SECOND,
                   SQL_INTERVAL_HOUR_TO_SECOND, 0, 0, &interval, sizeof interval, nullptr);
  statement.Run("UPDATE " + table + " SET a = ?");
  EXPECT_THAT(connection.Rows("SELECT a FROM " + table), ElementsAre("100:20:45"));

  // A value that did not suit one C type is there for the next one.
  statement.Run("SELECT a FROM " + table);
  ASSERT_TRUE(statement.Fetch());
  SQL_TIME_STRUCT time{};
  EXPECT_EQ(SQLGetData(statement.handle(), 1, SQL_C_TYPE_TIME, &time, 0, nullptr), SQL_ERROR);
  interval = {};
  EXPECT_EQ(SQLGetData(statement.handle(), 1, SQL_C_INTERVAL_HOUR_TO_MINUTE, &interval, 0, nullptr),
            SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(statement.state(), "01S07");
  EXPECT_EQ(interval.intval.day_second.hour, 100U);
  EXPECT_EQ(SQLGetData(statement.handle(), 1, SQL_C_INTERVAL_HOUR_TO_SECOND, &interval, 0, nullptr),
            SQL_SUCCESS);
  EXPECT_EQ(interval.intval.day_second.second, 45U);
}

TEST_F(ConnectorHabitsTest, AVersionColumnThatMayBeNullIsNoneForWhoWantsNoNulls) {
  MakeTable("a INT, b TIMESTAMP NULL ON UPDATE CURRENT_TIMESTAMP", "(1, NULL)");
  Statement statement(connection);
  for (const auto& [nullable, rows] : {std::pair(SQL_NO_NULLS, 0U), std::pair(SQL_NULLABLE, 1U)}) {
    EXPECT_EQ(
        SQLSpecialColumns(statement.handle(), SQL_ROWVER, nullptr, 0, nullptr, 0, Chars(table),
                          SQL_NTS, SQL_SCOPE_CURROW, static_cast<SQLUSMALLINT>(nullable)),
        SQL_SUCCESS);
    EXPECT_EQ(statement.Rows().size(), rows);
    statement.Close();
  }
}

TEST_F(ConnectorHabitsTest, TheScaleOfANumericParameterIsThatOfTheBinding) {
  Statement statement(connection);
  SQL_NUMERIC_STRUCT number{};
  number.precision = 19;
  number.scale = 1;  // means nothing
  number.sign = 1;
  number.val[0] = 0x39;
  number.val[1] = 0x30;  // 12345
  ASSERT_EQ(SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_NUMERIC, SQL_DECIMAL, 19,
                             4, &number, sizeof number, nullptr),
            SQL_SUCCESS);
  statement.Run("SELECT CAST(? AS DECIMAL(19, 4))");
  EXPECT_THAT(statement.Rows(), ElementsAre("1.2345"));
}

// A scale of -1 cuts the last digit off; another one than 0 must not be lost (22003).
TEST_F(ConnectorHabitsTest, ANegativeScaleLosesNoWholeDigits) {
  for (const auto& [text, outcome] :
       {std::pair("-101230.001", true), std::pair("-101234.001", false)}) {
    Statement statement(connection);
    statement.Run(std::string("SELECT ") + text);
    SQLHDESC row = SQL_NULL_HDESC;
    SQL_NUMERIC_STRUCT number{};
    SQLGetStmtAttr(statement.handle(), SQL_ATTR_APP_ROW_DESC, &row, 0, nullptr);
    SQLSetDescField(row, 1, SQL_DESC_TYPE, reinterpret_cast<SQLPOINTER>(SQL_C_NUMERIC), 0);
    SQLSetDescField(row, 1, SQL_DESC_PRECISION, reinterpret_cast<SQLPOINTER>(6), 0);
    SQLSetDescField(row, 1, SQL_DESC_SCALE, reinterpret_cast<SQLPOINTER>(SQLLEN{-1}), 0);
    SQLSetDescField(row, 1, SQL_DESC_DATA_PTR, &number, 0);
    EXPECT_EQ(SQL_SUCCEEDED(SQLFetch(statement.handle())), outcome) << text;
    if (outcome) {
      EXPECT_EQ(number.val[0] | number.val[1] << 8, 10123);
    } else {
      EXPECT_EQ(statement.state(), "22003");
    }
  }
}

TEST_F(ConnectorHabitsTest, TheScaleOfAColumnMayBeGivenBeforeItsType) {
  Statement statement(connection);
  statement.Run("SELECT CAST(123.45 AS DECIMAL(20, 4))");
  SQLHDESC row = SQL_NULL_HDESC;
  SQLGetStmtAttr(statement.handle(), SQL_ATTR_APP_ROW_DESC, &row, 0, nullptr);
  SQLSetDescField(row, 1, SQL_DESC_PRECISION, reinterpret_cast<SQLPOINTER>(20), 0);
  SQLSetDescField(row, 1, SQL_DESC_SCALE, reinterpret_cast<SQLPOINTER>(4), 0);
  SQLSetDescField(row, 1, SQL_DESC_TYPE, reinterpret_cast<SQLPOINTER>(SQL_NUMERIC), 0);
  ASSERT_TRUE(statement.Fetch());
  SQL_NUMERIC_STRUCT number{};
  EXPECT_EQ(SQLGetData(statement.handle(), 1, SQL_ARD_TYPE, &number, sizeof number, nullptr),
            SQL_SUCCESS);
  EXPECT_EQ(number.precision, 20);
  EXPECT_EQ(number.scale, 4);
  EXPECT_EQ(number.val[0] | number.val[1] << 8 | number.val[2] << 16, 1234500);
}

// Digits, and a sign, a point and a zero before it for those that have them.
TEST_F(ConnectorHabitsTest, ADecimalIsAsWideAsItsLongestValue) {
  MakeTable(
      "a decimal(1,0), b decimal(2,0), c decimal(1,1), d decimal(20,4),"
      "e decimal(1,0) unsigned, f decimal(2,0) unsigned, g decimal(1,1) unsigned",
      "(-1, -22, -0.3, -1.5, 4, 55, 0.6)");
  Statement statement(connection);
  statement.Run("SELECT * FROM " + table);
  std::vector<SQLLEN> widths;
  for (SQLUSMALLINT column = 1; column <= 7; ++column) {
    SQLLEN width = 0;
    SQLLEN octets = 0;
    SQLColAttribute(statement.handle(), column, SQL_DESC_DISPLAY_SIZE, nullptr, 0, nullptr, &width);
    SQLColAttribute(statement.handle(), column, SQL_DESC_OCTET_LENGTH, nullptr, 0, nullptr,
                    &octets);
    widths.push_back(width);
    EXPECT_EQ(octets, width) << column;
  }
  EXPECT_THAT(widths, ElementsAre(2, 3, 4, 22, 1, 2, 3));
}

TEST_F(ConnectorHabitsTest, ADescriptorIsForTheRowsOrTheParametersOfAStatement) {
  Statement statement(connection);
  SQLHDESC descriptor = SQL_NULL_HDESC;
  ASSERT_EQ(SQLAllocHandle(SQL_HANDLE_DESC, connection.handle(), &descriptor), SQL_SUCCESS);
  EXPECT_EQ(statement.SetPointer(SQL_ATTR_APP_PARAM_DESC, descriptor), SQL_SUCCESS);
  EXPECT_EQ(statement.SetPointer(SQL_ATTR_APP_ROW_DESC, descriptor), SQL_ERROR);
  EXPECT_EQ(statement.state(), "HY024");
  SQLFreeHandle(SQL_HANDLE_DESC, descriptor);
}

// Prepared or not: the value travels as text in one case, as a float in the other.
TEST_F(ConnectorHabitsTest, AFloatWithDecimalsHasAllOfThem) {
  Statement statement(connection);
  statement.Run("CREATE TEMPORARY TABLE fixed_floats (a FLOAT(10,3), b DOUBLE(20,5))");
  statement.Run("INSERT INTO fixed_floats VALUES (1234567.75, -0.00012), (-0.0001, 1e15)");
  const char* const kQuery = "SELECT a, b FROM fixed_floats";
  const auto expected = ElementsAre("1234567.750|-0.00012", "0.000|1000000000000000.00000");
  statement.Run(kQuery);
  EXPECT_THAT(statement.Rows(), expected);
  Statement prepared(connection);
  prepared.Prepare(kQuery);
  EXPECT_EQ(prepared.ExecutePrepared(), SQL_SUCCESS);
  EXPECT_THAT(prepared.Rows(), expected);
}

}  // namespace
}  // namespace sluice::tests
