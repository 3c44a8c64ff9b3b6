// SQLBulkOperations: rows added, and rows changed, deleted and fetched by their bookmarks.

#include <array>
#include <cstdio>
#include <cstring>

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

constexpr std::size_t kBufferRows = 6;

class BulkTest : public DatabaseTest {
 protected:
  struct Row {
    SQLCHAR bookmark[8];
    SQLLEN bookmark_length;
    SQLINTEGER id;
    SQLLEN id_length;
    char v[41];
    SQLLEN v_length;
  };

  std::string MakeRows(int count) {
    const std::string table =
        MakeTable("id INT NOT NULL PRIMARY KEY, v VARCHAR(40) DEFAULT 'none'");
    for (int id = 1; id <= count; ++id) {
      connection.Run("INSERT INTO " + table + " VALUES (" + std::to_string(id) + ", 'row " +
                     std::to_string(id) + "')");
    }
    return table;
  }

  void Open(Statement& statement, const std::string& sql, bool bookmarks = true) {
    ASSERT_EQ(statement.Set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC), SQL_SUCCESS);
    ASSERT_TRUE(SQL_SUCCEEDED(statement.Set(SQL_ATTR_CONCURRENCY, SQL_CONCUR_VALUES)));
    if (bookmarks) {
      ASSERT_EQ(statement.Set(SQL_ATTR_USE_BOOKMARKS, SQL_UB_VARIABLE), SQL_SUCCESS);
      ASSERT_EQ(SQLBindCol(statement.handle(), 0, SQL_C_VARBOOKMARK, rows_[0].bookmark,
                           sizeof rows_[0].bookmark, &rows_[0].bookmark_length),
                SQL_SUCCESS)
          << statement.diagnostics();
    }
    ASSERT_EQ(statement.Set(SQL_ATTR_ROW_BIND_TYPE, sizeof(Row)), SQL_SUCCESS);
    ASSERT_EQ(statement.SetPointer(SQL_ATTR_ROW_STATUS_PTR, status_.data()), SQL_SUCCESS);
    ASSERT_EQ(statement.SetPointer(SQL_ATTR_ROWS_FETCHED_PTR, &count_), SQL_SUCCESS);
    SQLBindCol(statement.handle(), 1, SQL_C_SLONG, &rows_[0].id, 0, &rows_[0].id_length);
    SQLBindCol(statement.handle(), 2, SQL_C_CHAR, rows_[0].v, sizeof rows_[0].v,
               &rows_[0].v_length);
    statement.Run(sql);
  }
  void Write(std::size_t row, SQLINTEGER id, const char* text) {
    rows_[row].id = id;
    rows_[row].id_length = 0;
    rows_[row].v_length = SQL_NTS;
    std::snprintf(rows_[row].v, sizeof rows_[row].v, "%s", text);
  }
  SQLRETURN Bulk(Statement& statement, SQLSMALLINT operation, SQLULEN rows) {
    EXPECT_EQ(statement.Set(SQL_ATTR_ROW_ARRAY_SIZE, rows), SQL_SUCCESS);
    status_.fill(99);
    return SQLBulkOperations(statement.handle(), operation);
  }
  // The records' "row SQLSTATE".
  static std::vector<std::string> Records(Statement& statement) {
    std::vector<std::string> records;
    SQLCHAR state[6];
    for (SQLSMALLINT number = 1; SQLGetDiagRec(SQL_HANDLE_STMT, statement.handle(), number, state,
                                               nullptr, nullptr, 0, nullptr) != SQL_NO_DATA;
         ++number) {
      SQLLEN row = 0;
      SQLGetDiagField(SQL_HANDLE_STMT, statement.handle(), number, SQL_DIAG_ROW_NUMBER, &row, 0,
                      nullptr);
      records.push_back(std::to_string(row) + " " + reinterpret_cast<const char*>(state));
    }
    return records;
  }

  std::array<Row, kBufferRows> rows_{};
  std::array<SQLUSMALLINT, kBufferRows> status_{};
  SQLULEN count_ = 0;
};

TEST_P(BulkTest, RowsAreAdded) {
  const std::string table = MakeRows(2);
  Statement statement(connection);
  Open(statement, "SELECT id, v FROM " + table + " ORDER BY id", false);
  Write(0, 10, "ten");
  Write(1, 11, "Ω 𝄞");
  Write(2, 12, "");
  rows_[2].v_length = SQL_NULL_DATA;
  Write(3, 13, "thirteen");
  rows_[3].v_length = SQL_COLUMN_IGNORE;
  ASSERT_EQ(Bulk(statement, SQL_ADD, 4), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_THAT(status_,
              ElementsAre(SQL_ROW_ADDED, SQL_ROW_ADDED, SQL_ROW_ADDED, SQL_ROW_ADDED, 99, 99));
  EXPECT_EQ(count_, 4u);
  EXPECT_EQ(statement.RowCount(), 4);
  EXPECT_THAT(connection.Rows("SELECT id, v FROM " + table + " WHERE id > 2 ORDER BY id"),
              ElementsAre("10|ten", "11|Ω 𝄞", "12|NULL", "13|none"));
  ASSERT_EQ(statement.Set(SQL_ATTR_ROW_ARRAY_SIZE, 1), SQL_SUCCESS);
  ASSERT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_LAST, 0), SQL_SUCCESS);
  EXPECT_EQ(rows_[0].id, 2);
}

TEST_P(BulkTest, ARefusedRowLeavesTheOthers) {
  const std::string table = MakeRows(2);
  Statement statement(connection);
  Open(statement, "SELECT id, v FROM " + table, false);
  Write(0, 10, "ten");
  Write(1, 2, "taken");
  Write(2, 12, "twelve");
  rows_[2].v_length = -77;  // no length
  Write(3, 13, "thirteen");
  ASSERT_EQ(Bulk(statement, SQL_ADD, 4), SQL_SUCCESS_WITH_INFO);
  EXPECT_THAT(status_,
              ElementsAre(SQL_ROW_ADDED, SQL_ROW_ERROR, SQL_ROW_ERROR, SQL_ROW_ADDED, 99, 99));
  EXPECT_EQ(count_, 2u);
  EXPECT_THAT(Records(statement), ElementsAre(StartsWith("2 23"), "3 HY090"))
      << statement.diagnostics();
  EXPECT_THAT(connection.Rows("SELECT id FROM " + table + " ORDER BY id"),
              ElementsAre("1", "2", "10", "13"));
  Write(0, 1, "taken");
  Write(1, 2, "taken");
  EXPECT_EQ(Bulk(statement, SQL_ADD, 2), SQL_ERROR);
  EXPECT_THAT(status_, ElementsAre(SQL_ROW_ERROR, SQL_ROW_ERROR, 99, 99, 99, 99));
}

TEST_P(BulkTest, AnAddedRowHasABookmark) {
  const std::string table = MakeRows(2);
  Statement statement(connection);
  Open(statement, "SELECT id, v FROM " + table + " ORDER BY id");
  Write(0, 10, "ten");
  Write(1, 11, "eleven");
  rows_[1].v_length = SQL_COLUMN_IGNORE;
  ASSERT_EQ(Bulk(statement, SQL_ADD, 2), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_EQ(rows_[1].bookmark_length, 8);
  std::swap(rows_[0].bookmark, rows_[1].bookmark);
  ASSERT_EQ(Bulk(statement, SQL_FETCH_BY_BOOKMARK, 2), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_EQ(rows_[0].id, 11);
  EXPECT_STREQ(rows_[0].v, "none");
  EXPECT_EQ(rows_[1].id, 10);
  ASSERT_EQ(Bulk(statement, SQL_DELETE_BY_BOOKMARK, 1), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_THAT(connection.Rows("SELECT id FROM " + table + " ORDER BY id"),
              ElementsAre("1", "2", "10"));
  ASSERT_EQ(statement.Set(SQL_ATTR_ROW_ARRAY_SIZE, 4), SQL_SUCCESS);
  ASSERT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_FIRST, 0), SQL_SUCCESS);
  EXPECT_EQ(rows_[2].id, 10);
  // psqlodbc's cursors pass over what they have deleted.
  EXPECT_EQ(status_[3], is_postgres() ? SQL_ROW_NOROW : SQL_ROW_DELETED);
}

TEST_P(BulkTest, AGeneratedKeyLeadsToTheBookmark) {
  const std::string table =
      MakeTable(Sql({"id SERIAL PRIMARY KEY, v VARCHAR(40)",
                     "id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, v VARCHAR(40)"}));
  Statement statement(connection);
  Open(statement, "SELECT id, v FROM " + table);
  for (std::size_t row = 0; row < 3; ++row) {
    Write(row, 0, "new");
    rows_[row].id_length = SQL_COLUMN_IGNORE;
  }
  ASSERT_EQ(Bulk(statement, SQL_ADD, 3), SQL_SUCCESS) << statement.diagnostics();
  ASSERT_EQ(Bulk(statement, SQL_FETCH_BY_BOOKMARK, 3), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_EQ(rows_[0].id, 1);
  EXPECT_EQ(rows_[2].id, 3);
  EXPECT_STREQ(rows_[2].v, "new");
}

TEST_P(BulkTest, RowsAreChangedByTheirBookmarks) {
  const std::string table = MakeRows(6);
  Statement statement(connection);
  Open(statement, "SELECT id, v FROM " + table + " ORDER BY id");
  ASSERT_EQ(statement.Set(SQL_ATTR_ROW_ARRAY_SIZE, 6), SQL_SUCCESS);
  ASSERT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_FIRST, 0), SQL_SUCCESS);
  std::memcpy(rows_[0].bookmark, rows_[5].bookmark, 8);
  Write(0, 60, "sixty");
  std::memcpy(rows_[1].bookmark, rows_[2].bookmark, 8);
  Write(1, 3, "three");
  rows_[1].id_length = SQL_COLUMN_IGNORE;
  connection.Run("DELETE FROM " + table + " WHERE id = 4");
  std::memcpy(rows_[2].bookmark, rows_[3].bookmark, 8);
  Write(2, 4, "four");
  ASSERT_EQ(Bulk(statement, SQL_UPDATE_BY_BOOKMARK, 3), SQL_SUCCESS_WITH_INFO);
  EXPECT_THAT(Records(statement), ElementsAre("3 01001"));
  EXPECT_THAT(status_, ElementsAre(SQL_ROW_UPDATED, SQL_ROW_UPDATED, SQL_ROW_DELETED, 99, 99, 99));
  EXPECT_EQ(count_, 2u);
  EXPECT_THAT(connection.Rows("SELECT id, v FROM " + table + " ORDER BY id"),
              ElementsAre("1|row 1", "2|row 2", "3|three", "5|row 5", "60|sixty"));
  ASSERT_EQ(Bulk(statement, SQL_FETCH_BY_BOOKMARK, 2), SQL_SUCCESS);
  EXPECT_EQ(rows_[0].id, 60);
  EXPECT_STREQ(rows_[1].v, "three");
}

TEST_P(BulkTest, AWrongBookmarkIsTheRowsError) {
  const std::string table = MakeRows(3);
  Statement statement(connection);
  Open(statement, "SELECT id, v FROM " + table + " ORDER BY id");
  ASSERT_EQ(statement.Set(SQL_ATTR_ROW_ARRAY_SIZE, 3), SQL_SUCCESS);
  ASSERT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_FIRST, 0), SQL_SUCCESS);
  std::memset(rows_[1].bookmark, 0x55, 8);
  EXPECT_EQ(Bulk(statement, SQL_DELETE_BY_BOOKMARK, 3), SQL_SUCCESS_WITH_INFO);
  EXPECT_THAT(Records(statement), ElementsAre("2 HY111"));
  EXPECT_THAT(status_, ElementsAre(SQL_ROW_DELETED, SQL_ROW_ERROR, SQL_ROW_DELETED, 99, 99, 99));
  EXPECT_THAT(connection.Rows("SELECT id FROM " + table), ElementsAre("2"));
}

TEST_P(BulkTest, DataIsSentAtExecution) {
  const std::string table = MakeTable(
      Sql({"id INT NOT NULL PRIMARY KEY, v TEXT", "id INT NOT NULL PRIMARY KEY, v MEDIUMTEXT"}));
  Statement statement(connection);
  Open(statement, "SELECT id, v FROM " + table);
  for (std::size_t row = 0; row < 2; ++row) {
    Write(row, static_cast<SQLINTEGER>(row) + 1, "");
    rows_[row].v_length = SQL_LEN_DATA_AT_EXEC(0);
  }
  ASSERT_EQ(Bulk(statement, SQL_ADD, 2), SQL_NEED_DATA) << statement.diagnostics();
  for (std::size_t row = 0; row < 2; ++row) {
    SQLPOINTER place = nullptr;
    ASSERT_EQ(SQLParamData(statement.handle(), &place), SQL_NEED_DATA) << statement.diagnostics();
    EXPECT_EQ(place, rows_[row].v);
    for (int part = 0; part < 3; ++part) {
      const std::string text(30000, static_cast<char>('a' + row));
      ASSERT_EQ(SQLPutData(statement.handle(), Chars(text), static_cast<SQLLEN>(text.size())),
                SQL_SUCCESS)
          << statement.diagnostics();
    }
  }
  SQLPOINTER place = nullptr;
  ASSERT_EQ(SQLParamData(statement.handle(), &place), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_THAT(status_, ElementsAre(SQL_ROW_ADDED, SQL_ROW_ADDED, 99, 99, 99, 99));
  EXPECT_EQ(connection.Value("SELECT v FROM " + table + " WHERE id = 2"), std::string(90000, 'b'));
}

INSTANTIATE_FOR_DATABASES(BulkTest);

}  // namespace
}  // namespace sluice::tests
