// What a rollback undoes of the changes that a cursor of PostgreSQL has made, and how it passes
// over the rows that it has deleted, as psqlodbc's do.

#include <array>

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;

class UndoneChangesTest : public DatabaseTest {
 protected:
  void SetUp() override {
    table_ = MakeTable("id INT NOT NULL PRIMARY KEY");
    connection.Run("INSERT INTO " + table_ + " SELECT generate_series(0, 9)");
    SQLSetConnectAttr(connection.handle(), SQL_ATTR_AUTOCOMMIT,
                      reinterpret_cast<SQLPOINTER>(SQL_AUTOCOMMIT_OFF), 0);
    cursor_.Set(SQL_ATTR_ROW_ARRAY_SIZE, rows_.size());
    cursor_.Set(SQL_ATTR_CONCURRENCY, SQL_CONCUR_ROWVER);
    cursor_.Set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC);
    cursor_.SetPointer(SQL_ATTR_ROWS_FETCHED_PTR, &fetched_);
    SQLBindCol(cursor_.handle(), 1, SQL_C_SLONG, rows_.data(), 0, lengths_.data());
    cursor_.Run("SELECT id FROM " + table_ + " ORDER BY id");
  }
  void TearDown() override {
    cursor_.Close();
    SQLEndTran(SQL_HANDLE_DBC, connection.handle(), SQL_ROLLBACK);
    DatabaseTest::TearDown();
  }
  std::vector<SQLINTEGER> Fetch(SQLSMALLINT orientation, SQLLEN offset = 0) {
    if (SQLFetchScroll(cursor_.handle(), orientation, offset) == SQL_NO_DATA) return {};
    return {rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(fetched_)};
  }
  void Delete(SQLSETPOSIROW row) {
    EXPECT_EQ(SQLSetPos(cursor_.handle(), row, SQL_DELETE, SQL_LOCK_NO_CHANGE), SQL_SUCCESS)
        << cursor_.diagnostics();
  }
  void Run(const std::string& sql) { Statement(connection).Run(sql); }

  std::string table_;
  Statement cursor_{connection};
  std::array<SQLINTEGER, 3> rows_{};
  std::array<SQLLEN, 3> lengths_{};
  SQLULEN fetched_ = 0;
};

TEST_P(UndoneChangesTest, DeletedRowsArePassedOver) {
  EXPECT_THAT(Fetch(SQL_FETCH_FIRST), ElementsAre(0, 1, 2));
  Delete(1);
  EXPECT_THAT(Fetch(SQL_FETCH_NEXT), ElementsAre(3, 4, 5));
  Delete(2);
  EXPECT_THAT(Fetch(SQL_FETCH_PRIOR), ElementsAre(1, 2, 3));
  EXPECT_EQ(cursor_.state(), "01S06");
  EXPECT_THAT(Fetch(SQL_FETCH_NEXT), ElementsAre(5, 6, 7));
  EXPECT_THAT(Fetch(SQL_FETCH_NEXT), ElementsAre(8, 9));
  EXPECT_THAT(Fetch(SQL_FETCH_NEXT), ElementsAre());
  EXPECT_THAT(Fetch(SQL_FETCH_PRIOR), ElementsAre(7, 8, 9));
  EXPECT_THAT(Fetch(SQL_FETCH_ABSOLUTE, 3), ElementsAre(3, 5, 6));
  EXPECT_THAT(Fetch(SQL_FETCH_RELATIVE, -1), ElementsAre(2, 3, 5));
  Delete(3);
  EXPECT_THAT(Fetch(SQL_FETCH_RELATIVE, 0), ElementsAre(2, 3, 6));
  EXPECT_THAT(Fetch(SQL_FETCH_LAST), ElementsAre(7, 8, 9));
}

TEST_P(UndoneChangesTest, ARollbackToASavepointBringsThemBack) {
  Fetch(SQL_FETCH_FIRST);
  Delete(1);
  Run("SAVEPOINT a");
  Fetch(SQL_FETCH_NEXT);
  Delete(1);
  Run("SAVEPOINT b");
  Delete(3);
  EXPECT_THAT(Fetch(SQL_FETCH_FIRST), ElementsAre(1, 2, 4));
  Run("ROLLBACK TO b");
  EXPECT_THAT(Fetch(SQL_FETCH_FIRST), ElementsAre(1, 2, 4));
  EXPECT_THAT(Fetch(SQL_FETCH_NEXT), ElementsAre(5, 6, 7));
  Run("rollback to A;release a");
  EXPECT_THAT(Fetch(SQL_FETCH_FIRST), ElementsAre(1, 2, 3));
  Delete(3);
  SQLEndTran(SQL_HANDLE_DBC, connection.handle(), SQL_ROLLBACK);
  EXPECT_THAT(Fetch(SQL_FETCH_FIRST), ElementsAre(0, 1, 2));
}

TEST_P(UndoneChangesTest, WhatHasBeenCommittedStays) {
  Fetch(SQL_FETCH_FIRST);
  Delete(1);
  SQLEndTran(SQL_HANDLE_DBC, connection.handle(), SQL_COMMIT);
  Delete(2);
  SQLEndTran(SQL_HANDLE_DBC, connection.handle(), SQL_ROLLBACK);
  EXPECT_THAT(Fetch(SQL_FETCH_FIRST), ElementsAre(1, 2, 3));
}

TEST_P(UndoneChangesTest, AddedAndUpdatedRowsAreUndoneToo) {
  EXPECT_THAT(Fetch(SQL_FETCH_LAST), ElementsAre(7, 8, 9));
  Run("SAVEPOINT a");
  rows_ = {20, 21, 22};
  ASSERT_EQ(SQLSetPos(cursor_.handle(), 0, SQL_ADD, SQL_LOCK_NO_CHANGE), SQL_SUCCESS)
      << cursor_.diagnostics();
  EXPECT_THAT(Fetch(SQL_FETCH_LAST), ElementsAre(20, 21, 22));
  EXPECT_THAT(Fetch(SQL_FETCH_ABSOLUTE, 8), ElementsAre(7, 8, 9));
  rows_ = {70, 8, 9};
  ASSERT_EQ(SQLSetPos(cursor_.handle(), 1, SQL_UPDATE, SQL_LOCK_NO_CHANGE), SQL_SUCCESS)
      << cursor_.diagnostics();
  EXPECT_THAT(Fetch(SQL_FETCH_RELATIVE, 0), ElementsAre(70, 8, 9));
  Run("ROLLBACK TO SAVEPOINT a");
  EXPECT_THAT(Fetch(SQL_FETCH_LAST), ElementsAre(7, 8, 9));
  Delete(1);
  EXPECT_THAT(Fetch(SQL_FETCH_LAST), ElementsAre(6, 8, 9));
}

INSTANTIATE_TEST_SUITE_P(, UndoneChangesTest, testing::Values(Database::kPostgres), DatabaseName);

}  // namespace
}  // namespace sluice::tests
