// UPDATE and DELETE … WHERE CURRENT OF a named cursor; rows of forward-only rowsets.

#include <array>
#include <cctype>

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

class PositionedTest : public DatabaseTest {
 protected:
  std::string MakeRows(const std::string& columns = "id INT NOT NULL PRIMARY KEY, v VARCHAR(40)") {
    const std::string table = MakeTable(columns);
    connection.Run("INSERT INTO " + table +
                   " (id, v) VALUES (1, 'one'), (2, NULL), (3, 'drei Ω'), (4, 'four')");
    return table;
  }
  static void Name(Statement& statement, const std::string& name) {
    ASSERT_EQ(SQLSetCursorName(statement.handle(), Chars(name), SQL_NTS), SQL_SUCCESS)
        << statement.diagnostics();
  }
  // The schema or database of the tables.
  std::string Space() {
    return connection.Value(Sql({"SELECT current_schema()", "SELECT DATABASE()"}));
  }
  std::string Quoted(const std::string& name) {
    const char* const quote = Sql({"\"", "`"});
    return quote + name + quote;
  }
  std::vector<std::string> RowsOf(const std::string& table) {
    return connection.Rows("SELECT id, v FROM " + table + " ORDER BY id");
  }
};

TEST_P(PositionedTest, TheCurrentRowIsChanged) {
  const std::string table = MakeRows();
  Statement cursor(connection);
  Name(cursor, "reader");
  cursor.Run("SELECT id, v FROM " + table + " ORDER BY id");
  ASSERT_TRUE(cursor.Fetch());
  ASSERT_TRUE(cursor.Fetch());
  Statement change(connection);
  ASSERT_EQ(change.Execute("UPDATE " + table + " SET v = 'two' WHERE CURRENT OF Reader"),
            SQL_SUCCESS)
      << change.diagnostics();
  EXPECT_EQ(change.RowCount(), 1);
  ASSERT_TRUE(cursor.Fetch());
  ASSERT_EQ(change.Execute("DELETE FROM " + table + " WHERE CURRENT OF \"reader\""), SQL_SUCCESS)
      << change.diagnostics();
  EXPECT_THAT(RowsOf(table), ElementsAre("1|one", "2|two", "4|four"));
  ASSERT_TRUE(cursor.Fetch());
  EXPECT_FALSE(cursor.Fetch());
  EXPECT_EQ(change.Execute("DELETE FROM " + table + " WHERE CURRENT OF reader"), SQL_ERROR);
  EXPECT_EQ(change.state(), "24000") << change.diagnostics();
}

TEST_P(PositionedTest, APreparedStatementFollowsTheCursor) {
  const std::string table = MakeRows();
  Statement cursor(connection);
  Name(cursor, "reader");
  cursor.Run("SELECT id, v FROM " + table + " ORDER BY id");
  Statement change(connection);
  change.Prepare("UPDATE " + table + " SET v = ? WHERE CURRENT OF reader");
  SQLSMALLINT parameters = 0;
  ASSERT_EQ(SQLNumParams(change.handle(), &parameters), SQL_SUCCESS) << change.diagnostics();
  EXPECT_EQ(parameters, 1);
  char text[16];
  SQLLEN length = SQL_NTS;
  ASSERT_EQ(SQLBindParameter(change.handle(), 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 40, 0,
                             text, sizeof text, &length),
            SQL_SUCCESS);
  EXPECT_EQ(change.ExecutePrepared(), SQL_ERROR);
  EXPECT_EQ(change.state(), "24000") << "before the first row" << change.diagnostics();
  while (cursor.Fetch()) {
    std::snprintf(text, sizeof text, "new %d", static_cast<int>(cursor.Number(1)));
    ASSERT_EQ(change.ExecutePrepared(), SQL_SUCCESS) << change.diagnostics();
  }
  EXPECT_THAT(RowsOf(table), ElementsAre("1|new 1", "2|new 2", "3|new 3", "4|new 4"));
}

TEST_P(PositionedTest, ARowOfAScrollableRowsetIsChangedAndSeen) {
  const std::string table = MakeRows();
  Statement cursor(connection);
  ASSERT_EQ(cursor.Set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC), SQL_SUCCESS);
  ASSERT_EQ(cursor.Set(SQL_ATTR_ROW_ARRAY_SIZE, 3), SQL_SUCCESS);
  cursor.Run("SELECT id, v FROM " + table + " ORDER BY id");
  SQLCHAR name[64];
  ASSERT_EQ(SQLGetCursorName(cursor.handle(), name, sizeof name, nullptr), SQL_SUCCESS);
  const std::string current = std::string(" WHERE CURRENT OF ") + reinterpret_cast<char*>(name);
  ASSERT_EQ(SQLFetchScroll(cursor.handle(), SQL_FETCH_ABSOLUTE, 2), SQL_SUCCESS);
  ASSERT_EQ(SQLSetPos(cursor.handle(), 2, SQL_POSITION, SQL_LOCK_NO_CHANGE), SQL_SUCCESS);
  Statement change(connection);
  ASSERT_EQ(change.Execute("UPDATE " + table + " SET v = 'three'" + current), SQL_SUCCESS)
      << change.diagnostics();
  EXPECT_EQ(cursor.Text(2), "three");
  ASSERT_EQ(change.Execute("DELETE FROM " + table + current), SQL_SUCCESS);
  EXPECT_EQ(change.Execute("DELETE FROM " + table + current), SQL_ERROR);
  EXPECT_EQ(change.state(), "24000");
  EXPECT_THAT(RowsOf(table), ElementsAre("1|one", "2|NULL", "4|four"));
}

TEST_P(PositionedTest, AChangeByAnotherIsAConflict) {
  const std::string table = MakeRows();
  Statement cursor(connection);
  Name(cursor, "reader");
  cursor.Run("SELECT id, v FROM " + table + " ORDER BY id");
  ASSERT_TRUE(cursor.Fetch());
  connection.Run("UPDATE " + table + " SET v = 'theirs' WHERE id = 1");
  Statement change(connection);
  EXPECT_EQ(change.Execute("UPDATE " + table + " SET v = 'mine' WHERE CURRENT OF reader"),
            SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(change.state(), "01001") << change.diagnostics();
  EXPECT_EQ(connection.Value("SELECT v FROM " + table + " WHERE id = 1"), "theirs");
}

TEST_P(PositionedTest, WithoutAKeyTheValuesFindTheRow) {
  const std::string table = MakeRows("id INT, v VARCHAR(40)");
  connection.Run("INSERT INTO " + table + " VALUES (4, 'four')");
  Statement cursor(connection);
  Name(cursor, "reader");
  cursor.Run("SELECT id, v FROM " + table + " ORDER BY id");
  ASSERT_TRUE(cursor.Fetch());
  ASSERT_TRUE(cursor.Fetch());
  Statement change(connection);
  ASSERT_EQ(change.Execute("UPDATE " + table + " SET v = 'two' WHERE CURRENT OF reader"),
            SQL_SUCCESS)
      << change.diagnostics();
  ASSERT_TRUE(cursor.Fetch());
  ASSERT_TRUE(cursor.Fetch());
  const SQLRETURN changed =
      change.Execute("UPDATE " + table + " SET v = '4' WHERE CURRENT OF reader");
  if (is_postgres()) {  // the row has a place, too: row_identity_test.cc
    EXPECT_EQ(changed, SQL_SUCCESS) << change.diagnostics();
    EXPECT_THAT(RowsOf(table), UnorderedElementsAre("1|one", "2|two", "3|drei Ω", "4|4", "4|four"));
    return;
  }
  EXPECT_EQ(changed, SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(change.state(), "01001") << "two are alike";
  EXPECT_THAT(RowsOf(table), ElementsAre("1|one", "2|two", "3|drei Ω", "4|4", "4|4"));
  Statement strict(connection);
  ASSERT_EQ(strict.Set(SQL_ATTR_SIMULATE_CURSOR, SQL_SC_UNIQUE), SQL_SUCCESS);
  Name(strict, "strict");
  strict.Run("SELECT id, v FROM " + table + " ORDER BY id");
  ASSERT_TRUE(strict.Fetch());
  EXPECT_EQ(change.Execute("DELETE FROM " + table + " WHERE CURRENT OF strict"), SQL_ERROR);
  EXPECT_EQ(change.state(), "HYC00");
}

TEST_P(PositionedTest, AnotherTableIsRefused) {
  const std::string table = MakeRows();
  const std::string other = MakeRows();
  Statement cursor(connection);
  Name(cursor, "reader");
  cursor.Run("SELECT id, v FROM " + table + " AS " + Quoted(other) + " ORDER BY id");
  ASSERT_TRUE(cursor.Fetch());
  Statement change(connection);
  for (const std::string& start : {"UPDATE " + other + " SET v = 'x'", "DELETE FROM " + other,
                                   "DELETE FROM " + Space() + "." + Quoted(other),
                                   std::string("UPDATE no_such_table SET v = 'x'")}) {
    EXPECT_EQ(change.Execute(start + " WHERE CURRENT OF reader"), SQL_ERROR) << start;
    const std::string state = change.state();
    if (state == "42P01" && start.find("no_such") != std::string::npos) continue;
    EXPECT_EQ(state, "42000") << start << change.diagnostics();
  }
  EXPECT_THAT(RowsOf(other), ElementsAre("1|one", "2|NULL", "3|drei Ω", "4|four"));
  ASSERT_EQ(change.Execute("UPDATE " + table + " SET v = 'x' WHERE CURRENT OF reader"), SQL_SUCCESS)
      << change.diagnostics();
  EXPECT_EQ(connection.Value("SELECT v FROM " + table + " WHERE id = 1"), "x");
  EXPECT_TRUE(cursor.Fetch()) << "the cursor goes on";
}

// Unquoted names are PostgreSQL's in lower case; on MySQL as lower_case_table_names says, which is
// that case counts on the servers of these tests.
TEST_P(PositionedTest, NamesOfTheTableMeanWhatTheyMeanToTheServer) {
  const std::string table = MakeRows();
  std::string upper = table;
  for (char& letter : upper) letter = static_cast<char>(std::toupper(letter));
  Statement cursor(connection);
  Name(cursor, "reader");
  cursor.Run("SELECT id, v FROM " + table + " ORDER BY id");
  ASSERT_TRUE(cursor.Fetch());
  Statement change(connection);
  int count = 0;
  const std::string prefix = Space() + ".";
  for (const std::string& name : {table, Quoted(table), prefix + table,
                                  Quoted(Space()) + " . " + Quoted(table), table + " AS x"}) {
    const std::string value = std::to_string(++count);
    EXPECT_EQ(change.Execute("UPDATE " + name + " SET v = '" + value + "' WHERE CURRENT OF reader"),
              SQL_SUCCESS)
        << name << change.diagnostics();
    EXPECT_EQ(connection.Value("SELECT v FROM " + table + " WHERE id = 1"), value) << name;
    cursor.Close();
    cursor.Run("SELECT id, v FROM " + table + " ORDER BY id");
    ASSERT_TRUE(cursor.Fetch());
  }
  const SQLRETURN unquoted = change.Execute("DELETE FROM " + upper + " WHERE CURRENT OF reader");
  EXPECT_EQ(unquoted, is_postgres() ? SQL_SUCCESS : SQL_ERROR) << change.diagnostics();
  if (!is_postgres()) {
    EXPECT_EQ(change.state(), "42000");
  }
  ASSERT_TRUE(cursor.Fetch());
  EXPECT_EQ(change.Execute("DELETE FROM " + Quoted(upper) + " WHERE CURRENT OF reader"), SQL_ERROR);
}

TEST_P(PositionedTest, ATableOfTheSameNameElsewhereIsAnother) {
  const std::string table = MakeRows();
  const std::string space = UniqueName("space");
  const std::string copy = space + "." + table;
  connection.Run(Sql({"CREATE SCHEMA ", "CREATE DATABASE "}) + space);
  connection.Run("CREATE TABLE " + copy + " AS SELECT * FROM " + table);
  const std::string original = Space() + "." + table;
  Statement cursor(connection);
  Name(cursor, "reader");
  cursor.Run("SELECT id, v FROM " + table + " ORDER BY id");
  ASSERT_TRUE(cursor.Fetch());
  connection.Run(is_postgres() ? "SET search_path TO " + space + ", public" : "USE " + space);
  Statement change(connection);
  for (const std::string& name : {table, copy}) {
    EXPECT_EQ(change.Execute("DELETE FROM " + name + " WHERE CURRENT OF reader"), SQL_ERROR);
    EXPECT_EQ(change.state(), "42000") << change.diagnostics();
  }
  EXPECT_EQ(change.Execute("DELETE FROM " + original + " WHERE CURRENT OF reader"), SQL_SUCCESS)
      << change.diagnostics();
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM " + copy), "4");
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM " + original), "3");
  cursor.Close();
  connection.Run(is_postgres() ? "DROP SCHEMA " + space + " CASCADE" : "DROP DATABASE " + space);
}

// MariaDB tells the alias of a view where it tells tables.
TEST_P(PositionedTest, AnAliasOfAViewIsNotTheTableOfThatName) {
  const std::string table = MakeRows();
  const std::string other = MakeRows();
  const std::string view = UniqueName("v");
  connection.Run("CREATE VIEW " + view + " AS SELECT id, v FROM " + table);
  {
    Statement cursor(connection);
    Name(cursor, "reader");
    cursor.Run("SELECT id, v FROM " + view + " AS " + other + " ORDER BY id");
    ASSERT_TRUE(cursor.Fetch());
    Statement change(connection);
    EXPECT_EQ(change.Execute("DELETE FROM " + other + " WHERE CURRENT OF reader"), SQL_ERROR);
  }
  EXPECT_EQ(RowsOf(other).size(), 4u);
  connection.Run("DROP VIEW " + view);
}

TEST_P(PositionedTest, NamesAreUniqueAndKnown) {
  const std::string table = MakeRows();
  Statement first(connection);
  Name(first, "reader");
  Statement second(connection);
  EXPECT_EQ(SQLSetCursorName(second.handle(), Chars("READER"), SQL_NTS), SQL_ERROR);
  EXPECT_EQ(second.state(), "3C000");
  EXPECT_EQ(SQLSetCursorName(second.handle(), Chars("SQL_CURx"), SQL_NTS), SQL_ERROR);
  EXPECT_EQ(second.state(), "34000");
  EXPECT_EQ(SQLSetCursorName(second.handle(), Chars(std::string(100, 'x')), SQL_NTS), SQL_ERROR);
  EXPECT_EQ(second.state(), "34000");
  Name(first, "renamed");
  Name(second, "reader");
  Statement change(connection);
  EXPECT_EQ(change.Execute("DELETE FROM " + table + " WHERE CURRENT OF nobody"), SQL_ERROR);
  EXPECT_EQ(change.state(), "34000") << change.diagnostics();
  EXPECT_EQ(change.Execute("DELETE FROM " + table + " WHERE CURRENT OF reader"), SQL_ERROR);
  EXPECT_EQ(change.state(), "34000") << "it is not open" << change.diagnostics();
  EXPECT_EQ(RowsOf(table).size(), 4u);
}

TEST_P(PositionedTest, EveryRowOfAForwardOnlyRowsetCanBeRead) {
  const std::string table = MakeRows();
  Statement statement(connection);
  ASSERT_EQ(statement.Set(SQL_ATTR_ROW_ARRAY_SIZE, 3), SQL_SUCCESS);
  statement.Run("SELECT id, v FROM " + table + " ORDER BY id");
  ASSERT_EQ(SQLFetch(statement.handle()), SQL_SUCCESS);
  for (const SQLSETPOSIROW row : {3, 1, 2}) {
    ASSERT_EQ(SQLSetPos(statement.handle(), row, SQL_POSITION, SQL_LOCK_NO_CHANGE), SQL_SUCCESS)
        << statement.diagnostics();
    EXPECT_EQ(statement.Number(1), static_cast<SQLBIGINT>(row));
  }
  ASSERT_EQ(SQLFetch(statement.handle()), SQL_SUCCESS);
  EXPECT_EQ(statement.Text(2), "four");
  EXPECT_EQ(SQLSetPos(statement.handle(), 2, SQL_POSITION, SQL_LOCK_NO_CHANGE), SQL_ERROR);
  EXPECT_EQ(statement.state(), "HY107");
}

TEST_P(PositionedTest, RowsetsMayLieInManyMessages) {
  Statement statement(connection);
  const std::string table = MakeTable("id INT NOT NULL PRIMARY KEY, v VARCHAR(40)");
  connection.Run("INSERT INTO " + table + " VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd')");
  ASSERT_EQ(statement.Set(SQL_ATTR_ROW_ARRAY_SIZE, 200), SQL_SUCCESS);
  statement.Run("SELECT a.id * 64 + b.id * 16 + c.id * 4 + d.id - 84, REPEAT('x', 2000) FROM " +
                table + " a, " + table + " b, " + table + " c, " + table + " d ORDER BY 1");
  ASSERT_EQ(SQLFetch(statement.handle()), SQL_SUCCESS);
  for (const SQLSETPOSIROW row : {200, 1, 57, 120}) {
    ASSERT_EQ(SQLSetPos(statement.handle(), row, SQL_POSITION, SQL_LOCK_NO_CHANGE), SQL_SUCCESS);
    EXPECT_EQ(statement.Number(1), static_cast<SQLBIGINT>(row));
    EXPECT_EQ(statement.Text(2), std::string(2000, 'x'));
  }
  ASSERT_EQ(SQLFetch(statement.handle()), SQL_SUCCESS);
  ASSERT_EQ(SQLSetPos(statement.handle(), 56, SQL_POSITION, SQL_LOCK_NO_CHANGE), SQL_SUCCESS);
  EXPECT_EQ(statement.Number(1), 256);
}

INSTANTIATE_FOR_DATABASES(PositionedTest);

}  // namespace
}  // namespace sluice::tests
