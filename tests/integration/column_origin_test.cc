// Where result columns come from: base table and column, nullability, keys, automatic values.

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

class ColumnOriginTest : public DatabaseTest {
 protected:
  static std::string Text(const Statement& statement, SQLUSMALLINT column, SQLUSMALLINT field) {
    char text[128] = "";
    SQLSMALLINT length = -1;
    EXPECT_EQ(
        SQLColAttribute(statement.handle(), column, field, text, sizeof text, &length, nullptr),
        SQL_SUCCESS)
        << statement.diagnostics();
    return text;
  }
  static SQLLEN Number(const Statement& statement, SQLUSMALLINT column, SQLUSMALLINT field) {
    SQLLEN number = -1;
    EXPECT_EQ(SQLColAttribute(statement.handle(), column, field, nullptr, 0, nullptr, &number),
              SQL_SUCCESS)
        << statement.diagnostics();
    return number;
  }
  static SQLSMALLINT Nullable(const Statement& statement, SQLUSMALLINT column) {
    SQLSMALLINT nullable = -1;
    EXPECT_EQ(SQLDescribeCol(statement.handle(), column, nullptr, 0, nullptr, nullptr, nullptr,
                             nullptr, &nullable),
              SQL_SUCCESS)
        << statement.diagnostics();
    return nullable;
  }

  const std::string table_ =
      MakeTable(Sql({"id serial PRIMARY KEY, name varchar(20) NOT NULL, remark text",
                     "id int AUTO_INCREMENT PRIMARY KEY, name varchar(20) NOT NULL, remark text"}));
};

TEST_P(ColumnOriginTest, NamesTheBaseTableAndColumn) {
  Statement statement(connection);
  statement.Run("SELECT name AS label, 1 + 1 AS two FROM " + table_);
  EXPECT_EQ(Text(statement, 1, SQL_DESC_BASE_COLUMN_NAME), "name");
  EXPECT_EQ(Text(statement, 1, SQL_DESC_BASE_TABLE_NAME), table_);
  EXPECT_EQ(Text(statement, 1, SQL_DESC_TABLE_NAME), table_);
  EXPECT_EQ(Text(statement, 1, SQL_DESC_SCHEMA_NAME), is_postgres() ? "public" : "");
  EXPECT_NE(Text(statement, 1, SQL_DESC_CATALOG_NAME), "");
  EXPECT_EQ(Text(statement, 1, SQL_DESC_LABEL), "label");
  EXPECT_EQ(Text(statement, 2, SQL_DESC_CATALOG_NAME), "");
  EXPECT_EQ(Number(statement, 2, SQL_DESC_UPDATABLE), SQL_ATTR_READONLY);
  EXPECT_EQ(Text(statement, 2, SQL_DESC_BASE_TABLE_NAME), "");
  EXPECT_EQ(Text(statement, 2, SQL_DESC_BASE_COLUMN_NAME), "");
}

TEST_P(ColumnOriginTest, TellsNullabilityAndAutomaticValues) {
  for (const bool executed : {false, true}) {
    Statement statement(connection);
    statement.Prepare("SELECT * FROM " + table_);
    if (executed) {
      ASSERT_EQ(statement.ExecutePrepared(), SQL_SUCCESS);
    }
    // NULL may be given to MySQL's.
    EXPECT_EQ(Nullable(statement, 1), is_postgres() ? SQL_NO_NULLS : SQL_NULLABLE);
    EXPECT_EQ(Nullable(statement, 2), SQL_NO_NULLS);
    EXPECT_EQ(Nullable(statement, 3), SQL_NULLABLE);
    EXPECT_EQ(Number(statement, 2, SQL_DESC_NULLABLE), SQL_NO_NULLS);
    EXPECT_EQ(Number(statement, 1, SQL_DESC_AUTO_UNIQUE_VALUE), SQL_TRUE);
    EXPECT_EQ(Number(statement, 2, SQL_DESC_AUTO_UNIQUE_VALUE), SQL_FALSE);
    EXPECT_EQ(Number(statement, 2, SQL_DESC_UPDATABLE),
              is_postgres() ? SQL_ATTR_WRITE : SQL_ATTR_READWRITE_UNKNOWN);
  }
}

TEST_P(ColumnOriginTest, AnOuterJoinDeliversNullForColumnsThatHaveNone) {
  Statement statement(connection);
  statement.Run("SELECT b.name FROM " + table_ + " a LEFT JOIN " + table_ + " b ON a.id = b.id");
  EXPECT_EQ(Nullable(statement, 1), SQL_NULLABLE);
}

TEST_P(ColumnOriginTest, ChangesOfTheTableAreSeenAtOnce) {
  const std::string query = "SELECT remark FROM " + table_;
  connection.Rows(query);
  connection.Run("ALTER TABLE " + table_ +
                 Sql({" ALTER COLUMN remark SET NOT NULL", " MODIFY remark text NOT NULL"}));
  {
    Statement statement(connection);
    statement.Run(query);
    EXPECT_EQ(Nullable(statement, 1), SQL_NO_NULLS);
  }
  connection.Run("DROP TABLE " + table_);
  connection.Run("CREATE TABLE " + table_ + " (remark int)");
  Statement statement(connection);
  statement.Run(query);
  EXPECT_EQ(Nullable(statement, 1), SQL_NULLABLE);
  EXPECT_EQ(Text(statement, 1, SQL_DESC_BASE_TABLE_NAME), table_);
}

TEST_P(ColumnOriginTest, CatalogueFunctionsHaveNoBaseTable) {
  Statement statement(connection);
  ASSERT_TRUE(SQL_SUCCEEDED(
      SQLTables(statement.handle(), nullptr, 0, nullptr, 0, Chars(table_), SQL_NTS, nullptr, 0)));
  EXPECT_EQ(Text(statement, 3, SQL_DESC_NAME), "TABLE_NAME");
  EXPECT_EQ(Text(statement, 3, SQL_DESC_BASE_TABLE_NAME), "");
}

INSTANTIATE_FOR_DATABASES(ColumnOriginTest);

}  // namespace
}  // namespace sluice::tests
