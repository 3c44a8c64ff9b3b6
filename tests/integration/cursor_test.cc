// Cursors that scroll: what applications find on their database, whoever drives it.

#include <array>

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
  connection.Run("INSERT INTO " + table + " VALUES (1, REPEAT('a', 100000)), (2, 'b')");
  Statement statement(connection);
  OpenStatic(statement, table);
  EXPECT_EQ(Scroll(statement, SQL_FETCH_ABSOLUTE, 2), 2);
  EXPECT_EQ(statement.Text(2), "b");
  EXPECT_EQ(Scroll(statement, SQL_FETCH_PRIOR), 1);
  EXPECT_EQ(statement.Text(2), std::string(100000, 'a'));
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

INSTANTIATE_FOR_DATABASES(CursorTest);

}  // namespace
}  // namespace sluice::tests
