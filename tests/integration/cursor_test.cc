// Cursors that scroll: what applications find on their database, whoever drives it.

#include <array>
#include <cstdio>

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;

class CursorTest : public DatabaseTest {
 protected:
  // `count` rows: id 1, 2, 3 …, and v 'row 1' ….
  std::string MakeNumbers(int count) {
    const std::string table = MakeTable("id INT NOT NULL PRIMARY KEY, v VARCHAR(40)");
    std::string rows;
    for (int id = 1; id <= count; ++id) {
      const std::string number = std::to_string(id);
      rows += (id == 1 ? "(" : ",(") + number + ", 'row " + number + "')";
    }
    if (count > 0) connection.Run("INSERT INTO " + table + " VALUES " + rows);
    return table;
  }

  static void OpenStatic(Statement& statement, const std::string& table) {
    ASSERT_EQ(statement.Set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC), SQL_SUCCESS)
        << statement.diagnostics();
    statement.Run("SELECT id, v FROM " + table + " ORDER BY id");
  }

  // The id of the first row; 0: SQL_NO_DATA.
  static SQLBIGINT Scroll(Statement& statement, SQLSMALLINT orientation, SQLLEN offset = 0) {
    const SQLRETURN outcome = SQLFetchScroll(statement.handle(), orientation, offset);
    EXPECT_TRUE(SQL_SUCCEEDED(outcome) || outcome == SQL_NO_DATA) << statement.diagnostics();
    return SQL_SUCCEEDED(outcome) ? statement.Number(1) : 0;
  }
};

TEST_P(CursorTest, AStaticCursorGoesAnywhere) {
  const std::string table = MakeNumbers(100);
  Statement statement(connection);
  OpenStatic(statement, table);
  EXPECT_EQ(Scroll(statement, SQL_FETCH_LAST), 100);
  EXPECT_EQ(Scroll(statement, SQL_FETCH_PRIOR), 99);
  EXPECT_EQ(Scroll(statement, SQL_FETCH_ABSOLUTE, 50), 50);
  EXPECT_EQ(Scroll(statement, SQL_FETCH_RELATIVE, -20), 30);
  EXPECT_EQ(statement.Text(2), "row 30");
  EXPECT_EQ(Scroll(statement, SQL_FETCH_ABSOLUTE, -100), 1);
  EXPECT_EQ(Scroll(statement, SQL_FETCH_PRIOR), 0);
  EXPECT_EQ(Scroll(statement, SQL_FETCH_NEXT), 1);
  EXPECT_EQ(Scroll(statement, SQL_FETCH_ABSOLUTE, 101), 0);
  EXPECT_EQ(Scroll(statement, SQL_FETCH_PRIOR), 100);
  EXPECT_EQ(Scroll(statement, SQL_FETCH_FIRST), 1);
  EXPECT_EQ(statement.RowCount(), 100);
}

TEST_P(CursorTest, EveryRowOfARowsetCanBeRead) {
  const std::string table = MakeNumbers(20);
  Statement statement(connection);
  ASSERT_EQ(statement.Set(SQL_ATTR_ROW_ARRAY_SIZE, 5), SQL_SUCCESS);
  OpenStatic(statement, table);
  ASSERT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_ABSOLUTE, 8), SQL_SUCCESS);
  for (const SQLSETPOSIROW row : {5, 1, 3}) {
    ASSERT_EQ(SQLSetPos(statement.handle(), row, SQL_POSITION, SQL_LOCK_NO_CHANGE), SQL_SUCCESS)
        << statement.diagnostics();
    EXPECT_EQ(statement.Number(1), 7 + static_cast<SQLBIGINT>(row));
    EXPECT_EQ(statement.Text(2), "row " + std::to_string(7 + row));
  }
}

TEST_P(CursorTest, AStaticCursorOutlivesItsTransaction) {
  const std::string table = MakeNumbers(1000);
  connection.SetAutocommit(false);
  for (const SQLSMALLINT completion : std::array<SQLSMALLINT, 2>{SQL_COMMIT, SQL_ROLLBACK}) {
    Statement statement(connection);
    OpenStatic(statement, table);
    EXPECT_EQ(Scroll(statement, SQL_FETCH_ABSOLUTE, 10), 10);
    ASSERT_EQ(connection.End(completion), SQL_SUCCESS) << connection.diagnostics();
    EXPECT_EQ(Scroll(statement, SQL_FETCH_LAST), 1000) << statement.diagnostics();
    EXPECT_EQ(Scroll(statement, SQL_FETCH_FIRST), 1);
  }
}

TEST_P(CursorTest, AStaticCursorDoesNotSeeWhatOthersChange) {
  const std::string table = MakeNumbers(10);
  Statement statement(connection);
  OpenStatic(statement, table);
  EXPECT_EQ(Scroll(statement, SQL_FETCH_LAST), 10);
  connection.Run("DELETE FROM " + table + " WHERE id < 5");
  connection.Run("UPDATE " + table + " SET v = 'new' WHERE id = 6");
  EXPECT_EQ(Scroll(statement, SQL_FETCH_ABSOLUTE, 2), 2);
  EXPECT_EQ(Scroll(statement, SQL_FETCH_ABSOLUTE, 6), 6);
  EXPECT_EQ(statement.Text(2), "row 6");
}

TEST_P(CursorTest, LongValuesAreReadInPartsOnAnyRow) {
  const std::string table = MakeTable("id INT NOT NULL PRIMARY KEY, v TEXT");
  connection.Run("INSERT INTO " + table + " VALUES (1, REPEAT('a', 60000)), (2, 'b')");
  Statement statement(connection);
  OpenStatic(statement, table);
  EXPECT_EQ(Scroll(statement, SQL_FETCH_ABSOLUTE, 2), 2);
  EXPECT_EQ(statement.Text(2), "b");
  EXPECT_EQ(Scroll(statement, SQL_FETCH_PRIOR), 1);
  EXPECT_EQ(statement.Text(2), std::string(60000, 'a'));
}

TEST_P(CursorTest, CatalogResultsScrollToo) {
  const std::string table = MakeNumbers(1);
  Statement statement(connection);
  ASSERT_EQ(statement.Set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC), SQL_SUCCESS);
  ASSERT_EQ(
      SQLColumns(statement.handle(), nullptr, 0, nullptr, 0, Chars(table), SQL_NTS, nullptr, 0),
      SQL_SUCCESS)
      << statement.diagnostics();
  ASSERT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_LAST, 0), SQL_SUCCESS);
  EXPECT_EQ(statement.Text(4), "v");
  ASSERT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_FIRST, 0), SQL_SUCCESS);
  EXPECT_EQ(statement.Text(4), "id");
}

// Seventy megabytes go through the temporary file.
TEST_P(CursorTest, ALargeResultScrollsToo) {
  const std::string table = MakeNumbers(260);
  Statement statement(connection);
  ASSERT_EQ(statement.Set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC), SQL_SUCCESS);
  statement.Run("SELECT a.id * 1000 + b.id, REPEAT('x', 1000) FROM " + table + " a, " + table +
                " b ORDER BY 1");
  EXPECT_EQ(statement.RowCount(), 67600);
  EXPECT_EQ(Scroll(statement, SQL_FETCH_LAST), 260260);
  EXPECT_EQ(Scroll(statement, SQL_FETCH_FIRST), 1001);
  EXPECT_EQ(Scroll(statement, SQL_FETCH_ABSOLUTE, 40001), 154221);
  EXPECT_EQ(statement.Text(2), std::string(1000, 'x'));
}

TEST_P(CursorTest, ABookmarkLeadsBack) {
  const std::string table = MakeNumbers(100);
  Statement statement(connection);
  ASSERT_EQ(statement.Set(SQL_ATTR_USE_BOOKMARKS, SQL_UB_VARIABLE), SQL_SUCCESS)
      << statement.diagnostics();
  OpenStatic(statement, table);
  EXPECT_EQ(Scroll(statement, SQL_FETCH_ABSOLUTE, 42), 42);
  SQLCHAR bookmark[64];
  SQLLEN length = 0;
  ASSERT_EQ(
      SQLGetData(statement.handle(), 0, SQL_C_VARBOOKMARK, bookmark, sizeof bookmark, &length),
      SQL_SUCCESS)
      << statement.diagnostics();
  ASSERT_EQ(statement.SetPointer(SQL_ATTR_FETCH_BOOKMARK_PTR, bookmark), SQL_SUCCESS);
  EXPECT_EQ(Scroll(statement, SQL_FETCH_LAST), 100);
  EXPECT_EQ(Scroll(statement, SQL_FETCH_BOOKMARK, 0), 42);
  EXPECT_EQ(Scroll(statement, SQL_FETCH_BOOKMARK, -2), 40);
}

TEST_P(CursorTest, Odbc2ApplicationsScrollWithExtendedFetch) {
  const std::string table = MakeNumbers(10);
  Statement statement(connection);
  ASSERT_EQ(statement.Set(SQL_ROWSET_SIZE, 4), SQL_SUCCESS) << statement.diagnostics();
  std::array<SQLINTEGER, 4> ids{};
  ASSERT_EQ(SQLBindCol(statement.handle(), 1, SQL_C_SLONG, ids.data(), 0, nullptr), SQL_SUCCESS);
  OpenStatic(statement, table);
  SQLULEN rows = 0;
  std::array<SQLUSMALLINT, 4> status{};
  ASSERT_EQ(SQLExtendedFetch(statement.handle(), SQL_FETCH_ABSOLUTE, 3, &rows, status.data()),
            SQL_SUCCESS)
      << statement.diagnostics();
  EXPECT_THAT(ids, ElementsAre(3, 4, 5, 6));
  ASSERT_EQ(SQLExtendedFetch(statement.handle(), SQL_FETCH_NEXT, 0, &rows, status.data()),
            SQL_SUCCESS);
  EXPECT_EQ(ids[0], 7);
  EXPECT_EQ(rows, 4u);
}

class UpdateTest : public CursorTest {
 protected:
  struct Row {
    SQLINTEGER id;
    SQLLEN id_length;
    char v[41];
    SQLLEN v_length;
  };

  void Open(Statement& statement, const std::string& table, SQLULEN rows) {
    ASSERT_EQ(statement.Set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC), SQL_SUCCESS);
    ASSERT_TRUE(SQL_SUCCEEDED(statement.Set(SQL_ATTR_CONCURRENCY, SQL_CONCUR_VALUES)));
    ASSERT_EQ(statement.Set(SQL_ATTR_ROW_ARRAY_SIZE, rows), SQL_SUCCESS);
    ASSERT_EQ(statement.Set(SQL_ATTR_ROW_BIND_TYPE, sizeof(Row)), SQL_SUCCESS);
    ASSERT_EQ(statement.SetPointer(SQL_ATTR_ROW_STATUS_PTR, status_.data()), SQL_SUCCESS);
    SQLBindCol(statement.handle(), 1, SQL_C_SLONG, &rows_[0].id, 0, &rows_[0].id_length);
    SQLBindCol(statement.handle(), 2, SQL_C_CHAR, rows_[0].v, sizeof rows_[0].v,
               &rows_[0].v_length);
    statement.Run("SELECT id, v FROM " + table + " ORDER BY id");
  }
  void Write(std::size_t row, const char* text) {
    rows_[row].v_length = SQL_NTS;
    std::snprintf(rows_[row].v, sizeof rows_[row].v, "%s", text);
  }
  static SQLRETURN SetPos(Statement& statement, SQLSETPOSIROW row, SQLUSMALLINT operation) {
    return SQLSetPos(statement.handle(), row, operation, SQL_LOCK_NO_CHANGE);
  }

  std::array<Row, 4> rows_{};
  std::array<SQLUSMALLINT, 4> status_{};
};

TEST_P(UpdateTest, SetPosUpdatesARow) {
  const std::string table = MakeNumbers(10);
  Statement statement(connection);
  Open(statement, table, 4);
  ASSERT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_ABSOLUTE, 3), SQL_SUCCESS);
  Write(1, "changed");
  ASSERT_EQ(SetPos(statement, 2, SQL_UPDATE), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_EQ(status_[1], SQL_ROW_UPDATED);
  EXPECT_EQ(connection.Value("SELECT v FROM " + table + " WHERE id = 4"), "changed");
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM " + table + " WHERE v = 'changed'"), "1");
  ASSERT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_ABSOLUTE, 4), SQL_SUCCESS);
  EXPECT_STREQ(rows_[0].v, "changed");  // the cursor sees it
  EXPECT_STREQ(rows_[1].v, "row 5");
  Write(0, "again");  // and can change it once more
  ASSERT_EQ(SetPos(statement, 1, SQL_UPDATE), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_EQ(connection.Value("SELECT v FROM " + table + " WHERE id = 4"), "again");
}

TEST_P(UpdateTest, SetPosChangesTheKeyAndIgnoresColumns) {
  const std::string table = MakeNumbers(10);
  Statement statement(connection);
  Open(statement, table, 4);
  ASSERT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_FIRST, 0), SQL_SUCCESS);
  rows_[0].id = 101;
  Write(0, "not written");
  rows_[0].v_length = SQL_COLUMN_IGNORE;
  ASSERT_EQ(SetPos(statement, 1, SQL_UPDATE), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_EQ(connection.Value("SELECT v FROM " + table + " WHERE id = 101"), "row 1");
  rows_[0].v_length = SQL_NULL_DATA;
  ASSERT_EQ(SetPos(statement, 1, SQL_UPDATE), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_EQ(connection.Value("SELECT v FROM " + table + " WHERE id = 101"), "NULL");
}

TEST_P(UpdateTest, SetPosDeletesRows) {
  const std::string table = MakeNumbers(10);
  Statement statement(connection);
  Open(statement, table, 4);
  ASSERT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_ABSOLUTE, 5), SQL_SUCCESS);
  ASSERT_EQ(SetPos(statement, 1, SQL_DELETE), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_EQ(status_[0], SQL_ROW_DELETED);
  EXPECT_EQ(SetPos(statement, 1, SQL_DELETE), SQL_ERROR);
  EXPECT_EQ(statement.state(), "HY109");
  std::array<SQLUSMALLINT, 4> operations{SQL_ROW_PROCEED, SQL_ROW_PROCEED, SQL_ROW_IGNORE,
                                         SQL_ROW_PROCEED};
  ASSERT_EQ(statement.SetPointer(SQL_ATTR_ROW_OPERATION_PTR, operations.data()), SQL_SUCCESS);
  ASSERT_EQ(SetPos(statement, 0, SQL_DELETE), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_THAT(connection.Rows("SELECT id FROM " + table + " WHERE id > 4 ORDER BY id"),
              ElementsAre("7", "9", "10"));
}

TEST_P(UpdateTest, ARowThatAnotherChangedIsAConflict) {
  const std::string table = MakeNumbers(10);
  Statement statement(connection);
  Open(statement, table, 4);
  ASSERT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_FIRST, 0), SQL_SUCCESS);
  connection.Run("UPDATE " + table + " SET v = 'theirs' WHERE id = 2");
  Write(1, "mine");
  EXPECT_EQ(SetPos(statement, 2, SQL_UPDATE), SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(statement.state(), "01001") << statement.diagnostics();
  EXPECT_EQ(connection.Value("SELECT v FROM " + table + " WHERE id = 2"), "theirs");
  ASSERT_EQ(SetPos(statement, 2, SQL_REFRESH), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_STREQ(rows_[1].v, "theirs");
  Write(1, "mine");
  EXPECT_EQ(SetPos(statement, 2, SQL_UPDATE), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_EQ(connection.Value("SELECT v FROM " + table + " WHERE id = 2"), "mine");
}

TEST_P(UpdateTest, AServersErrorIsTheRowsError) {
  const std::string table = MakeNumbers(10);
  Statement statement(connection);
  Open(statement, table, 4);
  ASSERT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_FIRST, 0), SQL_SUCCESS);
  rows_[2].id = 9;  // which is there
  EXPECT_EQ(SetPos(statement, 3, SQL_UPDATE), SQL_ERROR);
  EXPECT_EQ(statement.state().substr(0, 2), "23") << statement.diagnostics();
  EXPECT_EQ(status_[2], SQL_ROW_ERROR);
}

TEST_P(UpdateTest, WithoutAUniqueKeyNothingIsChanged) {
  // On MySQL, where the cursor does not select the whole row; on PostgreSQL, where it selects from
  // a view, whose rows have no identity.
  const std::string table = MakeTable("id INT, v VARCHAR(40), more INT");
  connection.Run("INSERT INTO " + table + " VALUES (1, 'a', 1), (1, 'a', 2)");
  const std::string view = UniqueName("v");
  connection.Run("CREATE VIEW " + view + " AS SELECT id, v FROM " + table);
  {
    Statement statement(connection);
    Open(statement, is_postgres() ? view : table, 2);
    ASSERT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_FIRST, 0), SQL_SUCCESS);
    EXPECT_EQ(SetPos(statement, 1, SQL_DELETE), SQL_ERROR);
    EXPECT_EQ(statement.state(), "HYC00") << statement.diagnostics();
  }
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM " + table), "2");
  connection.Run("DROP VIEW " + view);
}

TEST_P(UpdateTest, AQueryOfNoTableIsReadOnly) {
  Statement statement(connection);
  ASSERT_EQ(statement.Set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC), SQL_SUCCESS);
  ASSERT_TRUE(SQL_SUCCEEDED(statement.Set(SQL_ATTR_CONCURRENCY, SQL_CONCUR_VALUES)));
  EXPECT_EQ(statement.Execute("SELECT 1"), SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(statement.state(), "01S02");
  ASSERT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_FIRST, 0), SQL_SUCCESS);
  EXPECT_EQ(SetPos(statement, 1, SQL_DELETE), SQL_ERROR);
  EXPECT_EQ(statement.state(), "HY092");
}

INSTANTIATE_FOR_DATABASES(CursorTest);
// Connector/ODBC's default cursor is a static one.
TEST(MysqlCursorTest, AResultThatIsHereAsAWholeScrollsWithoutAsking) {
  Connection connection(ConnectionString(Database::kMysql));
  Statement statement(connection);
  statement.Run("SELECT 1 UNION SELECT 2 UNION SELECT 3");
  ASSERT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_LAST, 0), SQL_SUCCESS)
      << statement.diagnostics();
  EXPECT_EQ(statement.Text(1), "3");
  ASSERT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_FIRST, 0), SQL_SUCCESS);
  EXPECT_EQ(statement.Text(1), "1");
  statement.Close();
  statement.Set(SQL_ATTR_CURSOR_SCROLLABLE, SQL_NONSCROLLABLE);
  statement.Run("SELECT 1 UNION SELECT 2");
  EXPECT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_LAST, 0), SQL_ERROR);
}

INSTANTIATE_FOR_DATABASES(UpdateTest);

}  // namespace
}  // namespace sluice::tests
