// SQLSetPos and SQLBulkOperations on tables of odd shape: a key of two columns, of which one is
// text; long octets; names with quotes, dots, capitals, question marks and letters beyond ASCII.

#include <array>
#include <cstdio>
#include <cstring>

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;

constexpr std::size_t kBufferRows = 4;
constexpr std::size_t kBlobOctets = 70'000;  // beyond MySQL's BLOB, and several batches

class BulkShapesTest : public DatabaseTest {
 protected:
  struct Row {
    SQLCHAR bookmark[8];
    SQLLEN bookmark_length;
    SQLINTEGER number;
    SQLLEN number_length;
    char letter[21];
    SQLLEN letter_length;
    char text[41];
    SQLLEN text_length;
    char octets[kBlobOctets];
    SQLLEN octets_length;
  };

  void SetUp() override {
    table_ = Quoted(UniqueName("Odd \"Ta`ble\". ?"));
    connection.Run("CREATE TABLE " + table_ + " (" + number_ + " INT NOT NULL, " + letter_ +
                   " VARCHAR(20) NOT NULL, " + text_ + " VARCHAR(40), " + octets_ + " " +
                   Sql({"BYTEA", "MEDIUMBLOB"}) + ", PRIMARY KEY (" + number_ + ", " + letter_ +
                   "))");
    connection.Run(
        "INSERT INTO " + table_ +
        " VALUES (1, 'a', 'one a', NULL), (1, 'B', 'one B', NULL), (2, 'a', NULL, NULL)");
  }
  void TearDown() override { Connection(ConnectionString(GetParam())).Run("DROP TABLE " + table_); }

  std::string Quoted(const std::string& name) const {
    const char quote = is_postgres() ? '"' : '`';
    std::string quoted(1, quote);
    for (const char c : name) quoted += std::string(c == quote ? 2 : 1, c);
    return quoted + quote;
  }

  void Open(Statement& statement) {
    ASSERT_EQ(statement.Set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC), SQL_SUCCESS);
    ASSERT_TRUE(SQL_SUCCEEDED(statement.Set(SQL_ATTR_CONCURRENCY, SQL_CONCUR_VALUES)));
    ASSERT_EQ(statement.Set(SQL_ATTR_USE_BOOKMARKS, SQL_UB_VARIABLE), SQL_SUCCESS);
    ASSERT_EQ(statement.Set(SQL_ATTR_ROW_BIND_TYPE, sizeof(Row)), SQL_SUCCESS);
    ASSERT_EQ(statement.Set(SQL_ATTR_ROW_ARRAY_SIZE, 3), SQL_SUCCESS);
    ASSERT_EQ(statement.SetPointer(SQL_ATTR_ROW_STATUS_PTR, status_.data()), SQL_SUCCESS);
    Row& first = rows_[0];
    SQLBindCol(statement.handle(), 0, SQL_C_VARBOOKMARK, first.bookmark, sizeof first.bookmark,
               &first.bookmark_length);
    SQLBindCol(statement.handle(), 1, SQL_C_SLONG, &first.number, 0, &first.number_length);
    SQLBindCol(statement.handle(), 2, SQL_C_CHAR, first.letter, sizeof first.letter,
               &first.letter_length);
    SQLBindCol(statement.handle(), 3, SQL_C_CHAR, first.text, sizeof first.text,
               &first.text_length);
    SQLBindCol(statement.handle(), 4, SQL_C_BINARY, first.octets, sizeof first.octets,
               &first.octets_length);
    statement.Run("SELECT " + number_ + ", " + letter_ + ", " + text_ + ", " + octets_ + " FROM " +
                  table_ + " ORDER BY " + number_ + ", " + text_ + " DESC");
    ASSERT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_FIRST, 0), SQL_SUCCESS)
        << statement.diagnostics();
  }

  // As many octets of that value as the row's number tells, times ten thousand.
  void Write(std::size_t at, SQLINTEGER number, const char* letter, const char* text, char octet) {
    Row& row = rows_[at];
    row.number = number;
    row.number_length = 0;
    row.letter_length = row.text_length = SQL_NTS;
    std::snprintf(row.letter, sizeof row.letter, "%s", letter);
    std::snprintf(row.text, sizeof row.text, "%s", text);
    row.octets_length = number * 10'000;
    std::memset(row.octets, octet, sizeof row.octets);
  }
  SQLRETURN Bulk(Statement& statement, SQLSMALLINT operation, SQLULEN rows) {
    EXPECT_EQ(statement.Set(SQL_ATTR_ROW_ARRAY_SIZE, rows), SQL_SUCCESS);
    status_.fill(99);
    return SQLBulkOperations(statement.handle(), operation);
  }
  // "number|letter|text|octets" of all rows.
  std::vector<std::string> Stored() {
    const std::string octets = Sql({"octet_length(", "LENGTH("}) + octets_ + ")";
    return connection.Rows("SELECT " + number_ + ", " + letter_ + ", " + text_ + ", " + octets +
                           " FROM " + table_ + " ORDER BY 1, 4, 3");
  }

  std::string table_;
  const std::string number_ = Quoted("Key.Number");
  const std::string letter_ = Quoted("key \"l`etter\"");
  const std::string text_ = Quoted("Gr\u00F6\u00DFe ?");
  const std::string octets_ = Quoted("SELECT {fn");
  std::array<Row, kBufferRows> rows_{};
  std::array<SQLUSMALLINT, kBufferRows> status_{};
};

TEST_P(BulkShapesTest, RowsAreAddedAndFoundByTheirBookmarks) {
  Statement statement(connection);
  Open(statement);
  Write(0, 7, "Ω", "long", '\x5A');
  Write(1, 3, "c", "short", '\0');
  rows_[1].text_length = SQL_NULL_DATA;
  rows_[1].octets_length = 0;
  ASSERT_EQ(Bulk(statement, SQL_ADD, 2), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_THAT(status_, ElementsAre(SQL_ROW_ADDED, SQL_ROW_ADDED, 99, 99));
  EXPECT_THAT(Stored(),
              testing::UnorderedElementsAre("1|B|one B|NULL", "1|a|one a|NULL", "2|a|NULL|NULL",
                                            "3|c|NULL|0", "7|Ω|long|70000"));
  std::swap(rows_[0].bookmark, rows_[1].bookmark);
  std::memset(rows_[1].octets, 0, sizeof rows_[1].octets);
  ASSERT_EQ(Bulk(statement, SQL_FETCH_BY_BOOKMARK, 2), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_STREQ(rows_[0].letter, "c");
  EXPECT_EQ(rows_[0].text_length, SQL_NULL_DATA);
  EXPECT_EQ(rows_[0].octets_length, 0);
  EXPECT_STREQ(rows_[1].letter, "Ω");
  ASSERT_EQ(rows_[1].octets_length, 70'000);
  EXPECT_EQ(std::string(rows_[1].octets, kBlobOctets), std::string(kBlobOctets, '\x5A'));
}

TEST_P(BulkShapesTest, OneRowOfAKeyOfTwoColumnsIsChanged) {
  Statement statement(connection);
  Open(statement);
  std::memcpy(rows_[0].bookmark, rows_[1].bookmark, sizeof rows_[0].bookmark);
  const std::string second = rows_[1].letter;
  Write(0, 1, second.c_str(), "changed", '\x01');
  std::memcpy(rows_[1].bookmark, rows_[2].bookmark, sizeof rows_[1].bookmark);
  Write(1, 2, "z", "has another key", '\x02');
  ASSERT_EQ(Bulk(statement, SQL_UPDATE_BY_BOOKMARK, 2), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_THAT(status_, ElementsAre(SQL_ROW_UPDATED, SQL_ROW_UPDATED, 99, 99));
  EXPECT_THAT(Stored(), testing::UnorderedElementsAre(
                            second == "a" ? "1|B|one B|NULL" : "1|a|one a|NULL",
                            "1|" + second + "|changed|10000", "2|z|has another key|20000"));
  // The cursor knows the row by its new key.
  ASSERT_EQ(Bulk(statement, SQL_DELETE_BY_BOOKMARK, 2), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_THAT(status_, ElementsAre(SQL_ROW_DELETED, SQL_ROW_DELETED, 99, 99));
  EXPECT_EQ(Stored().size(), 1u);
}

TEST_P(BulkShapesTest, RowsOfTheRowsetAreChangedDeletedAndAdded) {
  Statement statement(connection);
  Open(statement);
  const auto set_pos = [&](SQLSETPOSIROW row, SQLUSMALLINT operation) {
    return SQLSetPos(statement.handle(), row, operation, SQL_LOCK_NO_CHANGE);
  };
  const std::string first = rows_[0].letter;
  const std::string second = rows_[1].letter;
  ASSERT_EQ(set_pos(2, SQL_DELETE), SQL_SUCCESS) << statement.diagnostics();
  Write(2, 2, "\u00E4", "new", '\x7F');
  ASSERT_EQ(set_pos(3, SQL_UPDATE), SQL_SUCCESS) << statement.diagnostics();
  Write(3, 1, second.c_str(), "again", '\x03');
  ASSERT_EQ(statement.Set(SQL_ATTR_ROW_ARRAY_SIZE, 4), SQL_SUCCESS);
  ASSERT_EQ(set_pos(4, SQL_ADD), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_THAT(Stored(),
              testing::UnorderedElementsAre("1|" + first + "|one " + first + "|NULL",
                                            "1|" + second + "|again|10000", "2|\u00E4|new|20000"));
  std::memset(rows_[2].octets, 0, sizeof rows_[2].octets);
  ASSERT_EQ(set_pos(3, SQL_REFRESH), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_EQ(rows_[2].octets_length, 20'000);
  EXPECT_EQ(rows_[2].octets[19'999], '\x7F');
}

// A value from another that has the same key in part must not be taken for a conflict, and the
// other way round.
TEST_P(BulkShapesTest, AChangeOfTheOtherRowOfAKeyIsNoConflict) {
  Statement statement(connection);
  Open(statement);
  const std::string first = rows_[0].letter;
  const std::string second = rows_[1].letter;
  connection.Run("UPDATE " + table_ + " SET " + text_ + " = 'theirs' WHERE " + number_ +
                 " = 1 AND " + letter_ + " = '" + second + "'");
  Write(0, 1, first.c_str(), "mine", '\x01');
  Write(1, 1, second.c_str(), "mine", '\x01');
  ASSERT_EQ(SQLSetPos(statement.handle(), 1, SQL_UPDATE, SQL_LOCK_NO_CHANGE), SQL_SUCCESS)
      << statement.diagnostics();
  EXPECT_EQ(SQLSetPos(statement.handle(), 2, SQL_UPDATE, SQL_LOCK_NO_CHANGE),
            SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(statement.state(), "01001");
  EXPECT_THAT(Stored(),
              testing::UnorderedElementsAre("1|" + first + "|mine|10000",
                                            "1|" + second + "|theirs|NULL", "2|a|NULL|NULL"));
}

INSTANTIATE_FOR_DATABASES(BulkShapesTest);

}  // namespace
}  // namespace sluice::tests
