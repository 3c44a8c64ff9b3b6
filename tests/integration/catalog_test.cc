// The catalogue functions: the columns of their results as the ODBC reference lists them, and what
// they tell of tables made for the purpose.

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/integration/narrow_type.h"
#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;
using testing::IsSupersetOf;

std::vector<std::string> ColumnNames(Statement& statement) {
  std::vector<std::string> names;
  for (SQLSMALLINT i = 1; i <= statement.ColumnCount(); ++i) {
    SQLCHAR name[128] = "";
    SQLSMALLINT type = 0;
    EXPECT_EQ(SQLDescribeCol(statement.handle(), static_cast<SQLUSMALLINT>(i), name, sizeof name,
                             nullptr, &type, nullptr, nullptr, nullptr),
              SQL_SUCCESS);
    const char* kind = type == SQL_SMALLINT                          ? " smallint"
                       : type == SQL_INTEGER                         ? " integer"
                       : type == SQL_WCHAR || type == SQL_CHAR       ? " char"
                       : type == SQL_WVARCHAR || type == SQL_VARCHAR ? ""
                                                                     : " unexpected type";
    names.push_back(reinterpret_cast<char*>(name) + std::string(kind));
  }
  return names;
}

class CatalogTest : public DatabaseTest {
 protected:
  void SetUp() override {
    parent = MakeTable("id INT NOT NULL PRIMARY KEY, code VARCHAR(20) NOT NULL, note " +
                       std::string(Sql({"TEXT", "TEXT"})) + ", price DECIMAL(10,2) DEFAULT 1.5");
    child = MakeTable("a INT NOT NULL, b INT NOT NULL, parent_id INT, PRIMARY KEY (b, a), " +
                      std::string("FOREIGN KEY (parent_id) REFERENCES ") + parent +
                      " (id) ON DELETE CASCADE");
    connection.Run("CREATE UNIQUE INDEX " + parent + "_code ON " + parent + " (code)");
  }
  // A child before its parent.
  void TearDown() override {
    connection.Run("DROP TABLE " + child);
    DatabaseTest::TearDown();
  }
  void ExpectSuccess(SQLRETURN outcome, Statement& statement) {
    EXPECT_EQ(outcome, SQL_SUCCESS) << statement.diagnostics();
  }
  SQLCHAR* Parent() { return Chars(parent); }
  SQLCHAR* Child() { return Chars(child); }

  std::string parent;
  std::string child;
};

TEST_P(CatalogTest, TablesAreFoundByPattern) {
  Statement statement(connection);
  ExpectSuccess(SQLTables(statement.handle(), nullptr, 0, nullptr, 0, Parent(), SQL_NTS,
                          Chars("TABLE"), SQL_NTS),
                statement);
  EXPECT_THAT(ColumnNames(statement),
              ElementsAre("TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "TABLE_TYPE", "REMARKS"));
  ASSERT_TRUE(statement.Fetch());
  EXPECT_EQ(statement.Text(3), parent);
  EXPECT_EQ(statement.Text(4), "TABLE");
  EXPECT_FALSE(statement.Fetch());
}

TEST_P(CatalogTest, TablesEnumeratesCatalogsSchemasAndTypes) {
  Statement statement(connection);
  ExpectSuccess(SQLTables(statement.handle(), Chars(SQL_ALL_CATALOGS), SQL_NTS, Chars(""), 0,
                          Chars(""), 0, Chars(""), 0),
                statement);
  std::vector<std::string> catalogs = statement.Rows();
  EXPECT_THAT(catalogs, testing::Contains(testing::HasSubstr("|NULL|NULL|NULL|NULL")));
  statement.Close();
  ExpectSuccess(SQLTables(statement.handle(), Chars(""), 0, Chars(SQL_ALL_SCHEMAS), SQL_NTS,
                          Chars(""), 0, Chars(""), 0),
                statement);
  const auto schemas = statement.Rows();
  if (is_postgres()) {
    EXPECT_THAT(schemas, testing::Contains("NULL|public|NULL|NULL|NULL"));
  }
  statement.Close();
  ExpectSuccess(SQLTables(statement.handle(), Chars(""), 0, Chars(""), 0, Chars(""), 0,
                          Chars(SQL_ALL_TABLE_TYPES), SQL_NTS),
                statement);
  EXPECT_THAT(statement.Rows(),
              IsSupersetOf({"NULL|NULL|NULL|TABLE|NULL", "NULL|NULL|NULL|VIEW|NULL"}));
}

TEST_P(CatalogTest, ColumnsAgreeWithWhatAQueryDescribes) {
  Statement statement(connection);
  ExpectSuccess(
      SQLColumns(statement.handle(), nullptr, 0, nullptr, 0, Parent(), SQL_NTS, nullptr, 0),
      statement);
  EXPECT_THAT(
      ColumnNames(statement),
      ElementsAre("TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "COLUMN_NAME", "DATA_TYPE smallint",
                  "TYPE_NAME", "COLUMN_SIZE integer", "BUFFER_LENGTH integer",
                  "DECIMAL_DIGITS smallint", "NUM_PREC_RADIX smallint", "NULLABLE smallint",
                  "REMARKS", "COLUMN_DEF", "SQL_DATA_TYPE smallint", "SQL_DATETIME_SUB smallint",
                  "CHAR_OCTET_LENGTH integer", "ORDINAL_POSITION integer", "IS_NULLABLE"));
  Statement query(connection);
  query.Run("SELECT * FROM " + parent);
  SQLUSMALLINT column = 0;
  while (statement.Fetch()) {
    ++column;
    SQLCHAR name[64] = "";
    SQLSMALLINT type = 0;
    SQLULEN size = 0;
    SQLSMALLINT digits = 0;
    ASSERT_EQ(SQLDescribeCol(query.handle(), column, name, sizeof name, nullptr, &type, &size,
                             &digits, nullptr),
              SQL_SUCCESS);
    EXPECT_EQ(statement.Text(4), reinterpret_cast<char*>(name));
    EXPECT_EQ(Narrow(statement.Number(5)), type) << name;
    EXPECT_EQ(statement.Number(7), static_cast<SQLBIGINT>(size)) << name;
    EXPECT_EQ(statement.Number(17), column);
    EXPECT_EQ(statement.Text(18), column <= 2 ? "NO" : "YES");
  }
  EXPECT_EQ(column, 4);
}

TEST_P(CatalogTest, PrimaryKeysComeInTheirOrder) {
  Statement statement(connection);
  ExpectSuccess(SQLPrimaryKeys(statement.handle(), nullptr, 0, nullptr, 0, Child(), SQL_NTS),
                statement);
  EXPECT_THAT(ColumnNames(statement), ElementsAre("TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME",
                                                  "COLUMN_NAME", "KEY_SEQ smallint", "PK_NAME"));
  ASSERT_TRUE(statement.Fetch());
  EXPECT_EQ(statement.Text(4), "b");
  EXPECT_EQ(statement.Number(5), 1);
  ASSERT_TRUE(statement.Fetch());
  EXPECT_EQ(statement.Text(4), "a");
  EXPECT_EQ(statement.Number(5), 2);
  EXPECT_FALSE(statement.Fetch());
}

TEST_P(CatalogTest, ForeignKeysAreFoundFromBothEnds) {
  for (const bool from_parent : {true, false}) {
    Statement statement(connection);
    ExpectSuccess(
        SQLForeignKeys(statement.handle(), nullptr, 0, nullptr, 0, from_parent ? Parent() : nullptr,
                       from_parent ? SQL_NTS : 0, nullptr, 0, nullptr, 0,
                       from_parent ? nullptr : Child(), from_parent ? 0 : SQL_NTS),
        statement);
    EXPECT_THAT(ColumnNames(statement),
                ElementsAre("PKTABLE_CAT", "PKTABLE_SCHEM", "PKTABLE_NAME", "PKCOLUMN_NAME",
                            "FKTABLE_CAT", "FKTABLE_SCHEM", "FKTABLE_NAME", "FKCOLUMN_NAME",
                            "KEY_SEQ smallint", "UPDATE_RULE smallint", "DELETE_RULE smallint",
                            "FK_NAME", "PK_NAME", "DEFERRABILITY smallint"));
    ASSERT_TRUE(statement.Fetch());
    EXPECT_EQ(statement.Text(3), parent);
    EXPECT_EQ(statement.Text(4), "id");
    EXPECT_EQ(statement.Text(7), child);
    EXPECT_EQ(statement.Text(8), "parent_id");
    EXPECT_EQ(statement.Number(9), 1);
    EXPECT_EQ(statement.Number(11), SQL_CASCADE);
    EXPECT_FALSE(statement.Fetch());
  }
}

TEST_P(CatalogTest, StatisticsListTheIndexes) {
  Statement statement(connection);
  ExpectSuccess(SQLStatistics(statement.handle(), nullptr, 0, nullptr, 0, Parent(), SQL_NTS,
                              SQL_INDEX_UNIQUE, SQL_QUICK),
                statement);
  EXPECT_THAT(ColumnNames(statement),
              ElementsAre("TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "NON_UNIQUE smallint",
                          "INDEX_QUALIFIER", "INDEX_NAME", "TYPE smallint",
                          "ORDINAL_POSITION smallint", "COLUMN_NAME", "ASC_OR_DESC char",
                          "CARDINALITY integer", "PAGES integer", "FILTER_CONDITION"));
  std::vector<std::string> unique;
  while (statement.Fetch()) {
    EXPECT_EQ(statement.Number(4), SQL_FALSE);
    unique.push_back(*statement.Text(9));
  }
  EXPECT_THAT(unique, testing::UnorderedElementsAre("id", "code"));
}

TEST_P(CatalogTest, TheBestRowIdentifierIsThePrimaryKey) {
  Statement statement(connection);
  ExpectSuccess(SQLSpecialColumns(statement.handle(), SQL_BEST_ROWID, nullptr, 0, nullptr, 0,
                                  Parent(), SQL_NTS, SQL_SCOPE_SESSION, SQL_NULLABLE),
                statement);
  EXPECT_THAT(ColumnNames(statement),
              ElementsAre("SCOPE smallint", "COLUMN_NAME", "DATA_TYPE smallint", "TYPE_NAME",
                          "COLUMN_SIZE integer", "BUFFER_LENGTH integer", "DECIMAL_DIGITS smallint",
                          "PSEUDO_COLUMN smallint"));
  ASSERT_TRUE(statement.Fetch());
  EXPECT_EQ(statement.Text(2), "id");
  EXPECT_EQ(statement.Number(3), SQL_INTEGER);
}

TEST_P(CatalogTest, ProceduresAndTheirColumnsAreListed) {
  const std::string name = UniqueName("add_one");
  connection.Run("CREATE FUNCTION " + name +
                 Sql({"(n INT) RETURNS INT LANGUAGE sql AS 'SELECT n + 1'",
                      "(n INT) RETURNS INT DETERMINISTIC RETURN n + 1"}));
  Statement statement(connection);
  ExpectSuccess(SQLProcedures(statement.handle(), nullptr, 0, nullptr, 0, Chars(name), SQL_NTS),
                statement);
  EXPECT_THAT(ColumnNames(statement).size(), 8u);
  ASSERT_TRUE(statement.Fetch());
  EXPECT_EQ(statement.Text(3), name);
  EXPECT_EQ(statement.Number(8), SQL_PT_FUNCTION);
  statement.Close();
  ExpectSuccess(SQLProcedureColumns(statement.handle(), nullptr, 0, nullptr, 0, Chars(name),
                                    SQL_NTS, nullptr, 0),
                statement);
  EXPECT_EQ(statement.ColumnCount(), 19);
  std::vector<std::string> columns;
  while (statement.Fetch()) {
    columns.push_back(*statement.Text(4) + ":" + std::to_string(statement.Number(5)));
  }
  EXPECT_THAT(columns, testing::Contains("n:" + std::to_string(SQL_PARAM_INPUT)));
  statement.Close();
  connection.Run("DROP FUNCTION " + name);
}

TEST_P(CatalogTest, PrivilegesAreListed) {
  Statement statement(connection);
  ExpectSuccess(SQLTablePrivileges(statement.handle(), nullptr, 0, nullptr, 0, Parent(), SQL_NTS),
                statement);
  EXPECT_THAT(ColumnNames(statement),
              ElementsAre("TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "GRANTOR", "GRANTEE",
                          "PRIVILEGE", "IS_GRANTABLE"));
  statement.Close();
  ExpectSuccess(SQLColumnPrivileges(statement.handle(), nullptr, 0, nullptr, 0, Parent(), SQL_NTS,
                                    nullptr, 0),
                statement);
  EXPECT_EQ(statement.ColumnCount(), 8);
}

TEST_P(CatalogTest, PatternsEscapeTheirWildcards) {
  const std::string escape = connection.InfoText(SQL_SEARCH_PATTERN_ESCAPE);
  std::string pattern;
  for (const char c : parent) pattern += c == '_' ? escape + c : std::string(1, c);
  std::string alike = parent;
  std::replace(alike.begin(), alike.end(), '_', 'x');
  connection.Run("CREATE TABLE " + alike + " (id INT)");
  Statement statement(connection);
  ExpectSuccess(
      SQLTables(statement.handle(), nullptr, 0, nullptr, 0, Parent(), SQL_NTS, nullptr, 0),
      statement);
  EXPECT_EQ(statement.Rows().size(), 2u);
  statement.Close();
  ExpectSuccess(
      SQLTables(statement.handle(), nullptr, 0, nullptr, 0, Chars(pattern), SQL_NTS, nullptr, 0),
      statement);
  EXPECT_EQ(statement.Rows().size(), 1u);
  connection.Run("DROP TABLE " + alike);
}

INSTANTIATE_FOR_DATABASES(CatalogTest);

}  // namespace
}  // namespace sluice::tests
