// PostgreSQL: rows of tables without a unique key are changed through cursors. They are found by
// their place and writer, of which the application sees nothing.

#include <array>
#include <cstring>

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;

class RowIdentityTest : public DatabaseTest {
 protected:
  struct Row {
    SQLCHAR bookmark[8];
    SQLLEN bookmark_length;
    SQLINTEGER id;
    SQLLEN id_length;
    char v[21];
    SQLLEN v_length;
  };

  std::string MakeRows() {
    const std::string table = MakeTable("id INT, v VARCHAR(20)");
    connection.Run("INSERT INTO " + table + " VALUES (1, 'a'), (1, 'a'), (1, 'a'), (2, NULL)");
    return table;
  }
  // A scrollable cursor that changes rows, with a rowset of `size` in rows_.
  void Open(Statement& statement, const std::string& sql, SQLULEN size = 1) {
    ASSERT_EQ(statement.Set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC), SQL_SUCCESS);
    ASSERT_EQ(statement.Set(SQL_ATTR_CONCURRENCY, SQL_CONCUR_VALUES), SQL_SUCCESS);
    ASSERT_EQ(statement.Set(SQL_ATTR_USE_BOOKMARKS, SQL_UB_VARIABLE), SQL_SUCCESS);
    ASSERT_EQ(statement.Set(SQL_ATTR_ROW_ARRAY_SIZE, size), SQL_SUCCESS);
    ASSERT_EQ(statement.Set(SQL_ATTR_ROW_BIND_TYPE, sizeof(Row)), SQL_SUCCESS);
    ASSERT_EQ(statement.SetPointer(SQL_ATTR_ROW_STATUS_PTR, status_.data()), SQL_SUCCESS);
    SQLBindCol(statement.handle(), 0, SQL_C_VARBOOKMARK, rows_[0].bookmark,
               sizeof rows_[0].bookmark, &rows_[0].bookmark_length);
    SQLBindCol(statement.handle(), 1, SQL_C_SLONG, &rows_[0].id, 0, &rows_[0].id_length);
    SQLBindCol(statement.handle(), 2, SQL_C_CHAR, rows_[0].v, sizeof rows_[0].v,
               &rows_[0].v_length);
    ASSERT_EQ(statement.Execute(sql), SQL_SUCCESS) << statement.diagnostics();
  }
  void Write(std::size_t row, const char* text) {
    std::strcpy(rows_[row].v, text);
    rows_[row].v_length = SQL_NTS;
    rows_[row].id_length = SQL_COLUMN_IGNORE;
  }
  SQLRETURN Fetch(Statement& statement, SQLSMALLINT orientation, SQLLEN offset = 0) {
    return SQLFetchScroll(statement.handle(), orientation, offset);
  }
  SQLRETURN SetPos(Statement& statement, SQLSETPOSIROW row, SQLUSMALLINT operation) {
    return SQLSetPos(statement.handle(), row, operation, SQL_LOCK_NO_CHANGE);
  }
  std::vector<std::string> RowsOf(const std::string& table) {
    return connection.Rows("SELECT id, v FROM " + table + " ORDER BY id, v");
  }

  std::array<Row, 4> rows_{};
  std::array<SQLUSMALLINT, 4> status_{};
};

TEST_P(RowIdentityTest, OfRowsThatAreAlikeOnlyTheOneThatIsMeantChanges) {
  const std::string table = MakeRows();
  Statement cursor(connection);
  Open(cursor, "SELECT id, v FROM " + table + " ORDER BY id");
  EXPECT_EQ(cursor.ColumnCount(), 2);
  ASSERT_EQ(Fetch(cursor, SQL_FETCH_ABSOLUTE, 2), SQL_SUCCESS) << cursor.diagnostics();
  Write(0, "second");
  ASSERT_EQ(SetPos(cursor, 1, SQL_UPDATE), SQL_SUCCESS) << cursor.diagnostics();
  EXPECT_EQ(status_[0], SQL_ROW_UPDATED);
  EXPECT_EQ(cursor.RowCount(), 1);
  EXPECT_THAT(RowsOf(table), ElementsAre("1|a", "1|a", "1|second", "2|NULL"));
  Write(0, "again");
  ASSERT_EQ(SetPos(cursor, 1, SQL_UPDATE), SQL_SUCCESS) << cursor.diagnostics();
  EXPECT_THAT(RowsOf(table), ElementsAre("1|a", "1|a", "1|again", "2|NULL"));
  ASSERT_EQ(Fetch(cursor, SQL_FETCH_LAST), SQL_SUCCESS);
  ASSERT_EQ(SetPos(cursor, 1, SQL_DELETE), SQL_SUCCESS) << cursor.diagnostics();
  ASSERT_EQ(Fetch(cursor, SQL_FETCH_FIRST), SQL_SUCCESS);
  ASSERT_EQ(SetPos(cursor, 1, SQL_DELETE), SQL_SUCCESS) << cursor.diagnostics();
  EXPECT_THAT(RowsOf(table), ElementsAre("1|a", "1|again"));
  ASSERT_EQ(Fetch(cursor, SQL_FETCH_ABSOLUTE, 1), SQL_SUCCESS);  // of those that are left
  EXPECT_STREQ(rows_[0].v, "again");
  ASSERT_EQ(SetPos(cursor, 1, SQL_REFRESH), SQL_SUCCESS) << cursor.diagnostics();
}

TEST_P(RowIdentityTest, ARowThatAnotherHasChangedIsAConflict) {
  const std::string table = MakeRows();
  Statement cursor(connection);
  Open(cursor, "SELECT id, v FROM " + table + " ORDER BY id");
  ASSERT_EQ(Fetch(cursor, SQL_FETCH_LAST), SQL_SUCCESS);
  Connection other(ConnectionString(database()));
  // The same values in a new version of the row, at another place.
  other.Run("UPDATE " + table + " SET v = v WHERE id = 2");
  Write(0, "mine");
  EXPECT_EQ(SetPos(cursor, 1, SQL_UPDATE), SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(cursor.state(), "01001") << cursor.diagnostics();
  EXPECT_EQ(status_[0], SQL_ROW_ERROR);
  EXPECT_EQ(SetPos(cursor, 1, SQL_DELETE), SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(cursor.state(), "01001") << cursor.diagnostics();
  EXPECT_EQ(SetPos(cursor, 1, SQL_REFRESH), SQL_ERROR);
  EXPECT_EQ(cursor.state(), "01001") << cursor.diagnostics();
  EXPECT_THAT(RowsOf(table), ElementsAre("1|a", "1|a", "1|a", "2|NULL"));
}

// VACUUM gives the place of a row that is gone to another one.
TEST_P(RowIdentityTest, ARowInTheSamePlaceIsNotTheRow) {
  const std::string table = MakeRows();
  Statement cursor(connection);
  Open(cursor, "SELECT id, v FROM " + table + " ORDER BY id");
  ASSERT_EQ(Fetch(cursor, SQL_FETCH_LAST), SQL_SUCCESS);
  const std::string place = connection.Value("SELECT ctid FROM " + table + " WHERE id = 2");
  Connection other(ConnectionString(database()));
  other.Run("DELETE FROM " + table + " WHERE id = 2");
  other.Run("VACUUM " + table);
  other.Run("INSERT INTO " + table + " VALUES (2, NULL)");
  if (other.Value("SELECT ctid FROM " + table + " WHERE id = 2") != place) {
    // Somebody's snapshot has kept VACUUM from it: the other cases have to do.
    return;
  }
  EXPECT_EQ(SetPos(cursor, 1, SQL_DELETE), SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(cursor.state(), "01001") << cursor.diagnostics();
  EXPECT_EQ(RowsOf(table).size(), 4u);
}

TEST_P(RowIdentityTest, BookmarksFindRowsAndAddedOnes) {
  const std::string table = MakeRows();
  Statement cursor(connection);
  Open(cursor, "SELECT id, v FROM " + table + " ORDER BY id", 4);
  ASSERT_EQ(Fetch(cursor, SQL_FETCH_FIRST), SQL_SUCCESS);
  for (std::size_t row = 0; row < 4; ++row) Write(row, row == 1 ? "one" : "x");
  rows_[0] = rows_[1];
  ASSERT_EQ(cursor.Set(SQL_ATTR_ROW_ARRAY_SIZE, 1), SQL_SUCCESS);
  ASSERT_EQ(SQLBulkOperations(cursor.handle(), SQL_UPDATE_BY_BOOKMARK), SQL_SUCCESS)
      << cursor.diagnostics();
  EXPECT_THAT(RowsOf(table), ElementsAre("1|a", "1|a", "1|one", "2|NULL"));
  rows_[0].id = 3;
  rows_[0].id_length = 0;
  std::strcpy(rows_[0].v, "new");
  ASSERT_EQ(SQLBulkOperations(cursor.handle(), SQL_ADD), SQL_SUCCESS) << cursor.diagnostics();
  Write(0, "newer");
  ASSERT_EQ(SQLBulkOperations(cursor.handle(), SQL_UPDATE_BY_BOOKMARK), SQL_SUCCESS)
      << cursor.diagnostics();
  EXPECT_THAT(RowsOf(table), ElementsAre("1|a", "1|a", "1|one", "2|NULL", "3|newer"));
  ASSERT_EQ(SQLBulkOperations(cursor.handle(), SQL_DELETE_BY_BOOKMARK), SQL_SUCCESS)
      << cursor.diagnostics();
  EXPECT_THAT(RowsOf(table), ElementsAre("1|a", "1|a", "1|one", "2|NULL"));
}

TEST_P(RowIdentityTest, WhereCurrentOfMeansOneRow) {
  const std::string table = MakeRows();
  for (const bool scrolls : {false, true}) {
    Statement cursor(connection);
    ASSERT_EQ(SQLSetCursorName(cursor.handle(), Chars("reader"), SQL_NTS), SQL_SUCCESS);
    if (scrolls) {
      ASSERT_EQ(cursor.Set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC), SQL_SUCCESS);
    }
    ASSERT_EQ(cursor.Set(SQL_ATTR_SIMULATE_CURSOR, SQL_SC_UNIQUE), SQL_SUCCESS);
    cursor.Run("SELECT id, v FROM " + table + " WHERE v = 'a'");
    ASSERT_TRUE(cursor.Fetch());
    Statement change(connection);
    const std::string value = scrolls ? "'s'" : "'f'";
    ASSERT_EQ(change.Execute("UPDATE " + table + " SET v = " + value + " WHERE CURRENT OF reader"),
              SQL_SUCCESS)
        << change.diagnostics();
    EXPECT_EQ(change.RowCount(), 1);
    EXPECT_EQ(change.ColumnCount(), 0);
    EXPECT_EQ(cursor.Text(2), scrolls ? "s" : "a");
    const SQLRETURN again = change.Execute("DELETE FROM " + table + " WHERE CURRENT OF reader");
    EXPECT_EQ(again, scrolls ? SQL_SUCCESS : SQL_SUCCESS_WITH_INFO) << change.diagnostics();
  }
  EXPECT_THAT(RowsOf(table), ElementsAre("1|a", "1|f", "2|NULL"));
}

// Partitions have places of their own, and an update may move a row to another one.
TEST_P(RowIdentityTest, RowsOfPartitionsAreToldApart) {
  const std::string table = MakeTable("id INT, v VARCHAR(20)) PARTITION BY LIST (id");
  connection.Run("CREATE TABLE " + table + "_1 PARTITION OF " + table + " FOR VALUES IN (1)");
  connection.Run("CREATE TABLE " + table + "_2 PARTITION OF " + table + " FOR VALUES IN (2)");
  connection.Run("INSERT INTO " + table + " VALUES (1, 'a'), (2, 'a')");
  Statement cursor(connection);
  Open(cursor, "SELECT id, v FROM " + table + " ORDER BY id");
  ASSERT_EQ(Fetch(cursor, SQL_FETCH_FIRST), SQL_SUCCESS);
  rows_[0].id = 2;
  ASSERT_EQ(SetPos(cursor, 1, SQL_UPDATE), SQL_SUCCESS) << cursor.diagnostics();
  Write(0, "moved");
  ASSERT_EQ(SetPos(cursor, 1, SQL_UPDATE), SQL_SUCCESS) << cursor.diagnostics();
  EXPECT_THAT(RowsOf(table), ElementsAre("2|a", "2|moved"));
  rows_[0] = {};
  rows_[0].id = 1;
  rows_[0].v_length = SQL_NULL_DATA;
  ASSERT_EQ(SQLBulkOperations(cursor.handle(), SQL_ADD), SQL_SUCCESS) << cursor.diagnostics();
  EXPECT_THAT(RowsOf(table), ElementsAre("1|NULL", "2|a", "2|moved"));
  EXPECT_EQ(SQLBulkOperations(cursor.handle(), SQL_DELETE_BY_BOOKMARK), SQL_ERROR);
  EXPECT_EQ(cursor.state(), "HYC00") << "nobody has told its identity";
}

// What has no rows of its own, or rows that are not its table's, is read as it was.
TEST_P(RowIdentityTest, QueriesOfOtherRowsAreServed) {
  const std::string table = MakeRows();
  const std::string view = UniqueName("v");
  connection.Run("CREATE VIEW " + view + " AS SELECT id, v FROM " + table);
  connection.SetAutocommit(false);
  for (const std::string& query :
       {"SELECT id, v FROM " + view + " ORDER BY id",
        "SELECT id, v FROM " + table + " GROUP BY id, v", "SELECT DISTINCT id, v FROM " + table,
        "SELECT a.id, b.v FROM " + table + " a, " + table + " b",
        "SELECT count(*), 'a' FROM " + table, "SELECT max(id), max(v) FROM " + table,
        "SELECT id, v FROM " + table + " UNION SELECT 5, 'x'",
        "WITH t AS (SELECT id, v FROM " + table + ") SELECT id, v FROM t",
        std::string("SELECT 1, '\\ FROM x'")}) {
    Statement cursor(connection);
    ASSERT_EQ(cursor.Set(SQL_ATTR_CONCURRENCY, SQL_CONCUR_VALUES), SQL_SUCCESS);
    ASSERT_TRUE(SQL_SUCCEEDED(cursor.Execute(query))) << query << cursor.diagnostics();
    EXPECT_EQ(cursor.ColumnCount(), 2) << query;
    EXPECT_TRUE(cursor.Fetch()) << query;
  }
  connection.Rollback();
  connection.SetAutocommit(true);
  connection.Run("DROP VIEW " + view);
  Statement cursor(connection);
  ASSERT_EQ(cursor.Set(SQL_ATTR_CONCURRENCY, SQL_CONCUR_VALUES), SQL_SUCCESS);
  EXPECT_EQ(cursor.Execute("SELECT nothing FROM " + table), SQL_ERROR);
  EXPECT_EQ(cursor.state(), "42703") << cursor.diagnostics();
}

TEST_P(RowIdentityTest, APreparedQueryIsDescribedWithoutIt) {
  const std::string table = MakeRows();
  Statement cursor(connection);
  ASSERT_EQ(cursor.Set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC), SQL_SUCCESS);
  ASSERT_EQ(cursor.Set(SQL_ATTR_CONCURRENCY, SQL_CONCUR_VALUES), SQL_SUCCESS);
  cursor.Prepare("SELECT v FROM " + table + " WHERE id = ?");
  EXPECT_EQ(cursor.ColumnCount(), 1);
  SQLINTEGER id = 2;
  ASSERT_EQ(SQLBindParameter(cursor.handle(), 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0,
                             &id, 0, nullptr),
            SQL_SUCCESS);
  for (int run = 0; run < 3; ++run) {
    ASSERT_EQ(cursor.ExecutePrepared(), SQL_SUCCESS) << cursor.diagnostics();
    EXPECT_EQ(cursor.ColumnCount(), 1);
    ASSERT_TRUE(cursor.Fetch());
    ASSERT_EQ(SetPos(cursor, 1, SQL_POSITION), SQL_SUCCESS);
    EXPECT_FALSE(cursor.Fetch());
    cursor.Close();
  }
}

TEST_P(RowIdentityTest, OfRowVersionsAnyChangeIsAConflict) {
  const std::string table = MakeTable("id INT PRIMARY KEY, v VARCHAR(20), unseen INT");
  connection.Run("INSERT INTO " + table + " VALUES (1, 'a', 0), (2, 'b', 0)");
  Statement cursor(connection);
  EXPECT_EQ(cursor.Set(SQL_ATTR_CONCURRENCY, SQL_CONCUR_ROWVER), SQL_SUCCESS);
  ASSERT_EQ(cursor.Set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC), SQL_SUCCESS);
  ASSERT_EQ(cursor.Set(SQL_ATTR_ROW_BIND_TYPE, sizeof(Row)), SQL_SUCCESS);
  ASSERT_EQ(cursor.SetPointer(SQL_ATTR_ROW_STATUS_PTR, status_.data()), SQL_SUCCESS);
  SQLBindCol(cursor.handle(), 1, SQL_C_SLONG, &rows_[0].id, 0, &rows_[0].id_length);
  SQLBindCol(cursor.handle(), 2, SQL_C_CHAR, rows_[0].v, sizeof rows_[0].v, &rows_[0].v_length);
  ASSERT_EQ(cursor.Execute("SELECT id, v FROM " + table + " ORDER BY id"), SQL_SUCCESS)
      << cursor.diagnostics();
  SQLULEN concurrency = 0;
  SQLGetStmtAttr(cursor.handle(), SQL_ATTR_CONCURRENCY, &concurrency, 0, nullptr);
  EXPECT_EQ(concurrency, SQLULEN{SQL_CONCUR_ROWVER});
  ASSERT_EQ(Fetch(cursor, SQL_FETCH_NEXT), SQL_SUCCESS);
  for (const char* text : {"mine", "again"}) {
    Write(0, text);
    ASSERT_EQ(SetPos(cursor, 1, SQL_UPDATE), SQL_SUCCESS) << cursor.diagnostics();
  }
  connection.Run("UPDATE " + table + " SET unseen = 1 WHERE id = 2");
  ASSERT_EQ(Fetch(cursor, SQL_FETCH_NEXT), SQL_SUCCESS);
  Write(0, "late");
  SetPos(cursor, 1, SQL_UPDATE);
  EXPECT_EQ(cursor.state(), "01001") << cursor.diagnostics();
  EXPECT_EQ(status_[0], SQL_ROW_ERROR);
  ASSERT_EQ(SetPos(cursor, 1, SQL_REFRESH), SQL_SUCCESS) << cursor.diagnostics();
  EXPECT_EQ(SetPos(cursor, 1, SQL_DELETE), SQL_SUCCESS) << cursor.diagnostics();
  EXPECT_THAT(RowsOf(table), ElementsAre("1|again"));
}

TEST_P(RowIdentityTest, AViewHasNoRowVersions) {
  const std::string table = MakeRows();
  connection.Run("CREATE VIEW " + table + "_versions AS SELECT * FROM " + table);
  {
    Statement cursor(connection);
    EXPECT_EQ(cursor.Set(SQL_ATTR_CONCURRENCY, SQL_CONCUR_ROWVER), SQL_SUCCESS);
    EXPECT_EQ(cursor.Execute("SELECT id, v FROM " + table + "_versions"), SQL_SUCCESS_WITH_INFO);
    EXPECT_EQ(cursor.state(), "01S02");
    SQLULEN concurrency = 0;
    SQLGetStmtAttr(cursor.handle(), SQL_ATTR_CONCURRENCY, &concurrency, 0, nullptr);
    EXPECT_EQ(concurrency, SQLULEN{SQL_CONCUR_VALUES});
  }
  connection.Run("DROP VIEW " + table + "_versions");
}

INSTANTIATE_TEST_SUITE_P(, RowIdentityTest, testing::Values(Database::kPostgres), DatabaseName);

}  // namespace
}  // namespace sluice::tests
