// What the test programs of Connector/ODBC expect of catalogue functions, descriptions and the
// connection string.

#include <gtest/gtest.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

class ConnectorCatalogTest : public DatabaseTest {
 protected:
  static SQLULEN SizeOf(Statement& statement, SQLUSMALLINT column,
                        SQLSMALLINT* nullable = nullptr) {
    SQLULEN size = 0;
    EXPECT_EQ(SQLDescribeCol(statement.handle(), column, nullptr, 0, nullptr, nullptr, &size,
                             nullptr, nullable),
              SQL_SUCCESS);
    return size;
  }
  std::string table = MakeTable("id INT PRIMARY KEY, name VARCHAR(10)");
};
INSTANTIATE_FOR_DATABASES(ConnectorCatalogTest);

TEST_P(ConnectorCatalogTest, SqlTablesIsDescribedByMysqlsNames) {
  Statement statement(connection);
  SQLTables(statement.handle(), nullptr, 0, nullptr, 0, Chars(table), SQL_NTS, nullptr, 0);
  SQLSMALLINT nullable = SQL_NULLABLE_UNKNOWN;
  EXPECT_EQ(SizeOf(statement, 3, &nullable), is_postgres() ? 128u : 64u);
  EXPECT_EQ(SizeOf(statement, 5, &nullable), is_postgres() ? 4000u : 2048u);
  EXPECT_EQ(nullable, is_postgres() ? SQL_NULLABLE : SQL_NO_NULLS);
}

TEST_P(ConnectorCatalogTest, AnEmptyNameIsNoMissingOneOnMysql) {
  SQLCHAR empty[] = "";
  for (const bool of_catalog : {true, false}) {
    SQLCHAR* const catalog = of_catalog ? empty : nullptr;
    SQLCHAR* const schema = of_catalog ? nullptr : empty;
    Statement statement(connection);
    const auto count = [&] {
      const std::size_t rows = statement.Rows().size();
      statement.Close();
      return rows;
    };
    SQLColumns(statement.handle(), catalog, SQL_NTS, schema, SQL_NTS, Chars(table), SQL_NTS,
               nullptr, 0);
    EXPECT_EQ(count(), is_postgres() ? 2u : 0u);
    SQLPrimaryKeys(statement.handle(), catalog, SQL_NTS, schema, SQL_NTS, Chars(table), SQL_NTS);
    EXPECT_EQ(count(), is_postgres() ? 1u : 0u);
    SQLStatistics(statement.handle(), catalog, SQL_NTS, schema, SQL_NTS, Chars(table), SQL_NTS,
                  SQL_INDEX_ALL, SQL_QUICK);
    EXPECT_EQ(count(), is_postgres() ? 1u : 0u);
  }
}

TEST_P(ConnectorCatalogTest, ANameThatIsTooLongIsRefusedOnMysql) {
  const std::string name(1024, 'x');
  Statement statement(connection);
  const SQLRETURN outcome =
      SQLTables(statement.handle(), nullptr, 0, nullptr, 0, Chars(name), SQL_NTS, nullptr, 0);
  EXPECT_EQ(outcome, is_postgres() ? SQL_SUCCESS : SQL_ERROR);
  EXPECT_EQ(statement.state(), is_postgres() ? "" : "HY090");
}

TEST_P(ConnectorCatalogTest, KeysWithNullsIdentifyNoRowOnMysql) {
  const std::string keyed = MakeTable("a INT, b INT NOT NULL, UNIQUE (a, b)");
  Statement statement(connection);
  SQLSpecialColumns(statement.handle(), SQL_BEST_ROWID, nullptr, 0, nullptr, 0, Chars(keyed),
                    SQL_NTS, SQL_SCOPE_SESSION, SQL_NULLABLE);
  const std::size_t rows = statement.Rows().size();
  EXPECT_TRUE(is_postgres() || rows == 0);
}

TEST_P(ConnectorCatalogTest, BigintsAreDescribedAsByTheNativeDriver) {
  Statement statement(connection);
  const std::string wide = MakeTable("a BIGINT");
  statement.Run("SELECT a FROM " + wide);
  EXPECT_EQ(SizeOf(statement, 1), is_postgres() ? 19u : 20u);
}

TEST_P(ConnectorCatalogTest, OctetsAreThoseOfTheCharset) {
  Connection narrow(ConnectionString(database()) + ";Charset=latin1");
  Statement statement(narrow);
  statement.Run("SELECT name FROM " + table);
  SQLLEN octets = 0;
  SQLColAttribute(statement.handle(), 1, SQL_DESC_OCTET_LENGTH, nullptr, 0, nullptr, &octets);
  EXPECT_EQ(octets, is_postgres() ? 40 : 10);
}

TEST_P(ConnectorCatalogTest, ForwardOnlyCursorsAreToldBySqlGetInfo) {
  Connection forward(ConnectionString(database()) + ";FORWARDONLY=1");
  EXPECT_EQ(forward.InfoNumber(SQL_SCROLL_OPTIONS), SQLUINTEGER{SQL_SO_FORWARD_ONLY});
}

TEST_P(ConnectorCatalogTest, TheLastOfAKeywordCounts) {
  Connection twice;
  EXPECT_EQ(twice.Connect("Port=1;UID=nobody;" + ConnectionString(database())), SQL_SUCCESS)
      << twice.diagnostics();
}

TEST_P(ConnectorCatalogTest, TheQuoteOfIdentifiersFollowsAnsiQuotes) {
  if (is_postgres()) {
    EXPECT_EQ(connection.InfoText(SQL_IDENTIFIER_QUOTE_CHAR), "\"");
    return;
  }
  EXPECT_EQ(connection.InfoText(SQL_IDENTIFIER_QUOTE_CHAR), "`");
  connection.Run("SET sql_mode = 'ANSI_QUOTES'");
  EXPECT_EQ(connection.InfoText(SQL_IDENTIFIER_QUOTE_CHAR), "\"");
}

TEST_P(ConnectorCatalogTest, TextOfADateWithATimeOfDayIsNoDateOnMysql) {
  Statement statement(connection);
  for (const char* value : {"2018-11-06 00:00:00", "2018-11-06 00:00:00.01"}) {
    std::string text = value;
    SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_TYPE_DATE, 10, 0,
                     text.data(), 0, nullptr);
    const bool is_date = is_postgres() || text.size() == 19;
    EXPECT_EQ(SQL_SUCCEEDED(statement.Execute(
                  Sql({"SELECT CAST(? AS timestamp)", "SELECT CAST(? AS DATETIME)"}))),
              is_date)
        << statement.diagnostics();
    EXPECT_EQ(statement.state(), is_date ? "" : "22008");
    statement.Close();
  }
}

TEST_P(ConnectorCatalogTest, SetNamesUtf8IsRefusedOnMysql) {
  Statement statement(connection);
  for (const char* sql : {"SET NAMES utf8", "set /* comment */ names utf8"}) {
    EXPECT_EQ(statement.Execute(sql), SQL_ERROR) << sql;
    EXPECT_EQ(statement.state(), is_postgres() ? "42601" : "HY000");
  }
}

}  // namespace
}  // namespace sluice::tests
