// Static cursors: scrolling, bookmarks, SQLSetPos's position, SQLExtendedFetch.

#include <array>
#include <limits>

#include "tests/driver/driver_test.h"

namespace sluice::tests {
namespace {

using fakes::NumberedRows;
using testing::ElementsAre;

class CursorTest : public DriverTest {
 protected:
  void Set(SQLINTEGER attribute, SQLULEN value, SQLRETURN expected = SQL_SUCCESS) {
    EXPECT_EQ(odbc.SetStmtAttr(stmt, attribute, Number(value), 0), expected) << State();
  }
  SQLULEN Get(SQLINTEGER attribute) {
    SQLULEN value = 99;
    EXPECT_EQ(odbc.GetStmtAttr(stmt, attribute, &value, 0, nullptr), SQL_SUCCESS) << State();
    return value;
  }

  // A static cursor over `rows` rows in batches of three, with rowsets of `size`.
  void Open(std::size_t rows, SQLULEN size = 1) {
    relay.OnExecute("SELECT n", NumberedRows(rows, 3));
    Set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC);
    Set(SQL_ATTR_ROW_ARRAY_SIZE, size);
    odbc.SetStmtAttr(stmt, SQL_ATTR_ROW_STATUS_PTR, status.data(), 0);
    odbc.SetStmtAttr(stmt, SQL_ATTR_ROWS_FETCHED_PTR, &fetched, 0);
    ASSERT_EQ(odbc.BindCol(stmt, 1, SQL_C_SLONG, numbers.data(), 0, nullptr), SQL_SUCCESS);
    ExecDirect("SELECT n");
  }

  // The first number of the rowset; 0: SQL_NO_DATA; -1: an error.
  SQLINTEGER Scroll(SQLSMALLINT orientation, SQLLEN offset = 0, SQLRETURN expected = SQL_SUCCESS) {
    numbers.fill(0);
    const SQLRETURN outcome = odbc.FetchScroll(stmt, orientation, offset);
    if (outcome == SQL_NO_DATA) return 0;
    EXPECT_EQ(outcome, expected) << State();
    return SQL_SUCCEEDED(outcome) ? numbers[0] : -1;
  }

  std::string TextOfCurrentRow() {
    char text[16] = "";
    EXPECT_EQ(odbc.GetData(stmt, 2, SQL_C_CHAR, text, sizeof text, nullptr), SQL_SUCCESS)
        << State();
    return text;
  }

  std::array<SQLINTEGER, 4> numbers{};
  std::array<SQLUSMALLINT, 4> status{};
  SQLULEN fetched = 99;
};

TEST_F(CursorTest, EveryOrientationLeadsToItsRow) {
  Open(10);
  EXPECT_EQ(Scroll(SQL_FETCH_NEXT), 1);
  EXPECT_EQ(Scroll(SQL_FETCH_LAST), 10);
  EXPECT_EQ(Scroll(SQL_FETCH_PRIOR), 9);
  EXPECT_EQ(Scroll(SQL_FETCH_ABSOLUTE, 5), 5);
  EXPECT_EQ(Scroll(SQL_FETCH_RELATIVE, -2), 3);
  EXPECT_EQ(Scroll(SQL_FETCH_ABSOLUTE, -2), 9);
  EXPECT_EQ(Scroll(SQL_FETCH_FIRST), 1);
  EXPECT_EQ(odbc.Fetch(stmt), SQL_SUCCESS);
  EXPECT_EQ(numbers[0], 2);
  EXPECT_EQ(Scroll(SQL_FETCH_ABSOLUTE, 11), 0);
  EXPECT_EQ(Scroll(SQL_FETCH_PRIOR), 10);
  EXPECT_EQ(Scroll(SQL_FETCH_RELATIVE, 0), 10);
  EXPECT_EQ(Scroll(SQL_FETCH_ABSOLUTE, 0), 0);
  EXPECT_EQ(Scroll(SQL_FETCH_PRIOR), 0);
  EXPECT_EQ(Scroll(SQL_FETCH_NEXT), 1);
  EXPECT_EQ(Scroll(77, 0, SQL_ERROR), -1);
  EXPECT_EQ(State(), "HY106");
}

TEST_F(CursorTest, RowsetsOverlapTheStartAndTheEnd) {
  Open(10, 4);
  EXPECT_EQ(Scroll(SQL_FETCH_ABSOLUTE, 9), 9);
  EXPECT_EQ(fetched, 2u);
  EXPECT_THAT(numbers, ElementsAre(9, 10, 0, 0));
  EXPECT_THAT(status, ElementsAre(SQL_ROW_SUCCESS, SQL_ROW_SUCCESS, SQL_ROW_NOROW, SQL_ROW_NOROW));
  EXPECT_EQ(Scroll(SQL_FETCH_ABSOLUTE, 3), 3);
  EXPECT_EQ(Scroll(SQL_FETCH_PRIOR, 0, SQL_SUCCESS_WITH_INFO), 1);
  EXPECT_EQ(State(), "01S06");
  EXPECT_EQ(fetched, 4u);
  EXPECT_EQ(Scroll(SQL_FETCH_PRIOR), 0);
  EXPECT_EQ(fetched, 0u);
}

TEST_F(CursorTest, TheRowsetSizeMayChange) {
  Open(10, 4);
  EXPECT_EQ(Scroll(SQL_FETCH_FIRST), 1);
  Set(SQL_ATTR_ROW_ARRAY_SIZE, 2);
  EXPECT_EQ(Scroll(SQL_FETCH_NEXT), 5);  // four were fetched
  EXPECT_EQ(fetched, 2u);
  EXPECT_EQ(Scroll(SQL_FETCH_NEXT), 7);
  EXPECT_EQ(Get(SQL_ATTR_ROW_NUMBER), 7u);
}

TEST_F(CursorTest, AnyRowOfARowsetCanBeReadAfterSetPos) {
  Open(10, 4);
  EXPECT_EQ(Scroll(SQL_FETCH_ABSOLUTE, 2), 2);
  EXPECT_EQ(TextOfCurrentRow(), "row 2");
  ASSERT_EQ(odbc.SetPos(stmt, 4, SQL_POSITION, SQL_LOCK_NO_CHANGE), SQL_SUCCESS) << State();
  EXPECT_EQ(TextOfCurrentRow(), "row 5");
  EXPECT_EQ(Get(SQL_ATTR_ROW_NUMBER), 5u);
  ASSERT_EQ(odbc.SetPos(stmt, 1, SQL_POSITION, SQL_LOCK_NO_CHANGE), SQL_SUCCESS);
  EXPECT_EQ(TextOfCurrentRow(), "row 2");
}

TEST_F(CursorTest, SetPosRefusesWhatIsNotThere) {
  Open(10, 4);
  EXPECT_EQ(odbc.SetPos(stmt, 1, SQL_POSITION, SQL_LOCK_NO_CHANGE), SQL_ERROR);
  EXPECT_EQ(State(), "24000");
  EXPECT_EQ(Scroll(SQL_FETCH_LAST), 7);
  const struct {
    SQLSETPOSIROW row;
    SQLUSMALLINT operation;
    SQLUSMALLINT lock;
    const char* state;
  } cases[] = {{5, SQL_POSITION, SQL_LOCK_NO_CHANGE, "HY107"},
               {0, SQL_POSITION, SQL_LOCK_NO_CHANGE, "HY109"},
               {1, SQL_POSITION, SQL_LOCK_EXCLUSIVE, "HYC00"},
               {1, SQL_POSITION, 7, "HY092"},
               {1, 9, SQL_LOCK_NO_CHANGE, "HY092"},
               {1, SQL_DELETE, SQL_LOCK_NO_CHANGE, "HY092"}};  // a read-only cursor
  for (const auto& refused : cases) {
    EXPECT_EQ(odbc.SetPos(stmt, refused.row, refused.operation, refused.lock), SQL_ERROR);
    EXPECT_EQ(State(), refused.state);
  }
  EXPECT_EQ(Scroll(SQL_FETCH_NEXT), 0);
  EXPECT_EQ(odbc.SetPos(stmt, 1, SQL_POSITION, SQL_LOCK_NO_CHANGE), SQL_ERROR);
  EXPECT_EQ(State(), "24000");
}

TEST_F(CursorTest, RefreshDeliversTheRowAgain) {
  Open(10, 4);
  EXPECT_EQ(Scroll(SQL_FETCH_ABSOLUTE, 4), 4);
  numbers.fill(0);
  ASSERT_EQ(odbc.SetPos(stmt, 3, SQL_REFRESH, SQL_LOCK_NO_CHANGE), SQL_SUCCESS) << State();
  EXPECT_THAT(numbers, ElementsAre(0, 0, 6, 0));
  ASSERT_EQ(odbc.SetPos(stmt, 0, SQL_REFRESH, SQL_LOCK_NO_CHANGE), SQL_SUCCESS);
  EXPECT_THAT(numbers, ElementsAre(4, 5, 6, 7));
}

TEST_F(CursorTest, AForwardOnlyCursorOnlyGoesForward) {
  relay.OnExecute("SELECT n", NumberedRows(10, 3));
  ExecDirect("SELECT n");
  EXPECT_EQ(odbc.FetchScroll(stmt, SQL_FETCH_FIRST, 0), SQL_ERROR);
  EXPECT_EQ(State(), "HY106");
  ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS);
  EXPECT_EQ(odbc.FetchScroll(stmt, SQL_FETCH_PRIOR, 0), SQL_ERROR);
  EXPECT_EQ(State(), "HY106");
}

TEST_F(CursorTest, EveryRowOfAForwardOnlyRowsetCanBeRead) {
  relay.OnExecute("SELECT n", NumberedRows(10, 3));
  Set(SQL_ATTR_ROW_ARRAY_SIZE, 4);
  ExecDirect("SELECT n");
  for (std::size_t first = 1; first <= 9; first += 4) {
    ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS) << State();
    EXPECT_EQ(TextOfCurrentRow(), "row " + std::to_string(first));
    for (const SQLSETPOSIROW row : {2, 1}) {
      ASSERT_EQ(odbc.SetPos(stmt, row, SQL_POSITION, SQL_LOCK_NO_CHANGE), SQL_SUCCESS) << State();
      EXPECT_EQ(TextOfCurrentRow(), "row " + std::to_string(first + row - 1));
    }
  }
  EXPECT_EQ(odbc.SetPos(stmt, 3, SQL_POSITION, SQL_LOCK_NO_CHANGE), SQL_ERROR);
  EXPECT_EQ(State(), "HY107") << "the last rowset has two rows";
  EXPECT_EQ(odbc.Fetch(stmt), SQL_NO_DATA);
}

TEST_F(CursorTest, TypesThatAreNotThereAreReplaced) {
  for (const SQLULEN type : {SQL_CURSOR_KEYSET_DRIVEN, SQL_CURSOR_DYNAMIC}) {
    Set(SQL_ATTR_CURSOR_TYPE, type, SQL_SUCCESS_WITH_INFO);
    EXPECT_EQ(State(), "01S02");
    EXPECT_EQ(Get(SQL_ATTR_CURSOR_TYPE), SQLULEN{SQL_CURSOR_STATIC});
    EXPECT_EQ(Get(SQL_ATTR_CURSOR_SCROLLABLE), SQLULEN{SQL_SCROLLABLE});
  }
  Set(SQL_ATTR_CURSOR_SCROLLABLE, SQL_NONSCROLLABLE);
  EXPECT_EQ(Get(SQL_ATTR_CURSOR_TYPE), SQLULEN{SQL_CURSOR_FORWARD_ONLY});
  Set(SQL_ATTR_CURSOR_SENSITIVITY, SQL_INSENSITIVE);
  EXPECT_EQ(Get(SQL_ATTR_CURSOR_TYPE), SQLULEN{SQL_CURSOR_STATIC});
  Set(SQL_ATTR_CURSOR_SENSITIVITY, SQL_SENSITIVE, SQL_ERROR);
  EXPECT_EQ(State(), "HYC00");
  Set(SQL_ATTR_CURSOR_TYPE, 17, SQL_ERROR);
  EXPECT_EQ(State(), "HY024");
}

TEST_F(CursorTest, AnOpenCursorKeepsItsType) {
  Open(3);
  Set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_FORWARD_ONLY, SQL_ERROR);
  EXPECT_EQ(State(), "24000");
  ASSERT_EQ(odbc.CloseCursor(stmt), SQL_SUCCESS);
  ASSERT_EQ(odbc.Prepare(stmt, Chars("SELECT n"), SQL_NTS), SQL_SUCCESS);
  Set(SQL_ATTR_USE_BOOKMARKS, SQL_UB_VARIABLE, SQL_ERROR);
  EXPECT_EQ(State(), "HY011");
}

TEST_F(CursorTest, TheNumberOfRowsIsKnown) {
  Open(10);
  SQLLEN rows = 0;
  ASSERT_EQ(
      odbc.GetDiagField(SQL_HANDLE_STMT, stmt, 0, SQL_DIAG_CURSOR_ROW_COUNT, &rows, 0, nullptr),
      SQL_SUCCESS);
  EXPECT_EQ(rows, 10);
  ASSERT_EQ(odbc.RowCount(stmt, &rows), SQL_SUCCESS);
  EXPECT_EQ(rows, 10);
  EXPECT_EQ(Scroll(SQL_FETCH_NEXT), 1);
}

TEST_F(CursorTest, MaxRowsEndsTheResult) {
  Set(SQL_ATTR_MAX_ROWS, 5);
  Open(10, 2);  // this relay ignores the limit
  EXPECT_EQ(Scroll(SQL_FETCH_LAST), 4);
  EXPECT_EQ(Scroll(SQL_FETCH_NEXT), 0);
}

TEST_F(CursorTest, AllRowsAreFewerThanTheLargestLimit) {
  Set(SQL_ATTR_MAX_ROWS, std::numeric_limits<SQLULEN>::max());
  Open(10);
  EXPECT_EQ(Scroll(SQL_FETCH_LAST), 10);
}

TEST_F(CursorTest, RowsBeyondTheMemoryLimitAreReadBack) {
  dbc = Connect("ScrollBytes=100");
  stmt = NewStatement();
  Open(1000);
  EXPECT_EQ(Scroll(SQL_FETCH_LAST), 1000);
  for (SQLLEN row = 1000; row > 0; row -= 37) {
    EXPECT_EQ(Scroll(SQL_FETCH_ABSOLUTE, row), row);
    EXPECT_EQ(TextOfCurrentRow(), "row " + std::to_string(row));
  }
}

TEST_F(CursorTest, AnEmptyResultHasNoPlaceToGo) {
  Open(0);
  for (const SQLSMALLINT orientation : std::array<SQLSMALLINT, 4>{
           SQL_FETCH_FIRST, SQL_FETCH_LAST, SQL_FETCH_PRIOR, SQL_FETCH_NEXT}) {
    EXPECT_EQ(Scroll(orientation), 0);
  }
  EXPECT_EQ(Scroll(SQL_FETCH_ABSOLUTE, -1), 0);
}

TEST_F(CursorTest, ABookmarkLeadsBackToItsRow) {
  Set(SQL_ATTR_USE_BOOKMARKS, SQL_UB_VARIABLE);
  struct Bookmark {
    SQLCHAR octets[8];
  };
  std::array<Bookmark, 4> bookmarks{};
  std::array<SQLLEN, 4> lengths{};
  ASSERT_EQ(
      odbc.BindCol(stmt, 0, SQL_C_VARBOOKMARK, bookmarks.data(), sizeof(Bookmark), lengths.data()),
      SQL_SUCCESS)
      << State();
  Open(10, 4);
  EXPECT_EQ(Scroll(SQL_FETCH_ABSOLUTE, 3), 3);
  EXPECT_THAT(lengths, ElementsAre(8, 8, 8, 8));
  Bookmark fifth = bookmarks[2];
  ASSERT_EQ(odbc.SetStmtAttr(stmt, SQL_ATTR_FETCH_BOOKMARK_PTR, &fifth, 0), SQL_SUCCESS);
  EXPECT_EQ(Scroll(SQL_FETCH_LAST), 7);
  EXPECT_EQ(Scroll(SQL_FETCH_BOOKMARK), 5);
  EXPECT_EQ(Scroll(SQL_FETCH_BOOKMARK, 2), 7);
  EXPECT_EQ(Scroll(SQL_FETCH_BOOKMARK, -5), 0);
  EXPECT_EQ(Scroll(SQL_FETCH_BOOKMARK, 6), 0);
  EXPECT_EQ(Scroll(SQL_FETCH_BOOKMARK, -1), 4);
  ASSERT_EQ(odbc.SetPos(stmt, 2, SQL_POSITION, SQL_LOCK_NO_CHANGE), SQL_SUCCESS);
  Bookmark read{};
  SQLLEN length = 0;
  ASSERT_EQ(odbc.GetData(stmt, 0, SQL_C_VARBOOKMARK, &read, sizeof read, &length), SQL_SUCCESS)
      << State();
  EXPECT_EQ(length, 8);
  EXPECT_EQ(std::memcmp(&read, &fifth, sizeof read), 0);
  std::memset(&fifth, 0x7F, sizeof fifth);
  EXPECT_EQ(Scroll(SQL_FETCH_BOOKMARK, 0, SQL_ERROR), -1);
  EXPECT_EQ(State(), "HY111");
}

TEST_F(CursorTest, TheBookmarkColumnIsDescribed) {
  Set(SQL_ATTR_USE_BOOKMARKS, SQL_UB_VARIABLE);
  Open(1);
  SQLSMALLINT type = 0;
  ASSERT_EQ(odbc.DescribeCol(stmt, 0, nullptr, 0, nullptr, &type, nullptr, nullptr, nullptr),
            SQL_SUCCESS)
      << State();
  EXPECT_EQ(type, SQL_BINARY);
  SQLLEN octets = 0;
  ASSERT_EQ(odbc.ColAttribute(stmt, 0, SQL_DESC_OCTET_LENGTH, nullptr, 0, nullptr, &octets),
            SQL_SUCCESS);
  EXPECT_EQ(octets, 8);
  SQLSMALLINT columns = 0;
  ASSERT_EQ(odbc.NumResultCols(stmt, &columns), SQL_SUCCESS);
  EXPECT_EQ(columns, 2);
}

TEST_F(CursorTest, WithoutBookmarksColumnZeroIsNotThere) {
  char bookmark[8];
  EXPECT_EQ(odbc.BindCol(stmt, 0, SQL_C_VARBOOKMARK, bookmark, 8, nullptr), SQL_ERROR);
  EXPECT_EQ(State(), "07009");
  Open(1);
  EXPECT_EQ(Scroll(SQL_FETCH_BOOKMARK, 0, SQL_ERROR), -1);
  EXPECT_EQ(State(), "HY106");
  EXPECT_EQ(odbc.DescribeCol(stmt, 0, nullptr, 0, nullptr, nullptr, nullptr, nullptr, nullptr),
            SQL_ERROR);
  EXPECT_EQ(State(), "07009");
  EXPECT_EQ(Scroll(SQL_FETCH_NEXT), 1);
  EXPECT_EQ(odbc.GetData(stmt, 0, SQL_C_VARBOOKMARK, bookmark, 8, nullptr), SQL_ERROR);
  EXPECT_EQ(State(), "07009");
}

TEST_F(CursorTest, ABufferThatHoldsNoBookmarkIsRefused) {
  Set(SQL_ATTR_USE_BOOKMARKS, SQL_UB_VARIABLE);
  char bookmark[4];
  ASSERT_EQ(odbc.BindCol(stmt, 0, SQL_C_VARBOOKMARK, bookmark, 4, nullptr), SQL_SUCCESS);
  Open(1);
  EXPECT_EQ(Scroll(SQL_FETCH_NEXT, 0, SQL_ERROR), -1);
  EXPECT_EQ(State(), "HY090");
}

TEST_F(CursorTest, ExtendedFetchHasPlacesOfItsOwn) {
  Set(SQL_ATTR_USE_BOOKMARKS, SQL_UB_FIXED);
  Set(SQL_ROWSET_SIZE, 3);
  Open(10, 1);
  SQLULEN rows = 99;
  std::array<SQLUSMALLINT, 3> row_status{};
  const auto fetch = [&](SQLUSMALLINT orientation, SQLLEN offset) {
    return odbc.ExtendedFetch(stmt, orientation, offset, &rows, row_status.data());
  };
  ASSERT_EQ(fetch(SQL_FETCH_NEXT, 0), SQL_SUCCESS) << State();
  EXPECT_THAT(numbers, ElementsAre(1, 2, 3, 0));
  EXPECT_EQ(rows, 3u);
  EXPECT_EQ(fetched, 99u);
  ASSERT_EQ(odbc.SetPos(stmt, 2, SQL_POSITION, SQL_LOCK_NO_CHANGE), SQL_SUCCESS) << State();
  SQLULEN bookmark = 0;
  ASSERT_EQ(odbc.GetData(stmt, 0, SQL_C_BOOKMARK, &bookmark, 0, nullptr), SQL_SUCCESS) << State();
  ASSERT_EQ(fetch(SQL_FETCH_LAST, 0), SQL_SUCCESS);
  EXPECT_EQ(numbers[0], 8);
  ASSERT_EQ(fetch(SQL_FETCH_ABSOLUTE, 9), SQL_SUCCESS);
  EXPECT_EQ(rows, 2u);
  EXPECT_EQ(row_status[2], SQL_ROW_NOROW);
  ASSERT_EQ(fetch(SQL_FETCH_BOOKMARK, static_cast<SQLLEN>(bookmark)), SQL_SUCCESS) << State();
  EXPECT_EQ(numbers[0], 2);
  EXPECT_EQ(odbc.Fetch(stmt), SQL_ERROR);
  EXPECT_EQ(State(), "HY010");
  ASSERT_EQ(odbc.CloseCursor(stmt), SQL_SUCCESS);
  ExecDirect("SELECT n");
  ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS);
  EXPECT_EQ(fetch(SQL_FETCH_NEXT, 0), SQL_ERROR);
  EXPECT_EQ(State(), "HY010");
}

TEST_F(CursorTest, ExtendedFetchReadsForwardOnlyCursorsToo) {
  relay.OnExecute("SELECT n", NumberedRows(5, 2));
  Set(SQL_ROWSET_SIZE, 4);
  ASSERT_EQ(odbc.BindCol(stmt, 1, SQL_C_SLONG, numbers.data(), 0, nullptr), SQL_SUCCESS);
  ExecDirect("SELECT n");
  SQLULEN rows = 0;
  ASSERT_EQ(odbc.ExtendedFetch(stmt, SQL_FETCH_NEXT, 0, &rows, nullptr), SQL_SUCCESS) << State();
  EXPECT_THAT(numbers, ElementsAre(1, 2, 3, 4));
  ASSERT_EQ(odbc.ExtendedFetch(stmt, SQL_FETCH_NEXT, 0, &rows, nullptr), SQL_SUCCESS);
  EXPECT_EQ(rows, 1u);
  EXPECT_EQ(odbc.ExtendedFetch(stmt, SQL_FETCH_NEXT, 0, &rows, nullptr), SQL_NO_DATA);
  EXPECT_EQ(odbc.ExtendedFetch(stmt, SQL_FETCH_FIRST, 0, &rows, nullptr), SQL_ERROR);
  EXPECT_EQ(State(), "HY106");
}

TEST_F(CursorTest, ABookmarkIsReadInEitherForm) {
  Set(SQL_ATTR_USE_BOOKMARKS, SQL_UB_VARIABLE);
  Open(10);
  EXPECT_EQ(Scroll(SQL_FETCH_ABSOLUTE, 7), 7);
  for (int i = 0; i < 2; ++i) {
    SQLUINTEGER number = 0;
    ASSERT_EQ(odbc.GetData(stmt, 0, SQL_C_ULONG, &number, 0, nullptr), SQL_SUCCESS) << State();
    EXPECT_EQ(number, 7u);
    EXPECT_EQ(TextOfCurrentRow(), "row 7");
    std::array<char, 8> octets{};
    ASSERT_EQ(odbc.GetData(stmt, 0, SQL_C_VARBOOKMARK, octets.data(), octets.size(), nullptr),
              SQL_SUCCESS)
        << State();
    EXPECT_THAT(octets, ElementsAre(7, 0, 0, 0, 0, 0, 0, 0));
    EXPECT_EQ(TextOfCurrentRow(), "row 7");
  }
}

// Rows that are not in memory are read back one after the other.
TEST_F(CursorTest, RowsFetchedByBookmarkEndTheReadingInParts) {
  dbc = Connect("ScrollBytes=0");
  stmt = NewStatement();
  Set(SQL_ATTR_USE_BOOKMARKS, SQL_UB_VARIABLE);
  std::int64_t bookmark = 8;
  ASSERT_EQ(odbc.BindCol(stmt, 0, SQL_C_VARBOOKMARK, &bookmark, sizeof bookmark, nullptr),
            SQL_SUCCESS);
  Open(10);
  EXPECT_EQ(Scroll(SQL_FETCH_ABSOLUTE, 2), 2);
  char part[4];
  ASSERT_EQ(odbc.GetData(stmt, 2, SQL_C_CHAR, part, sizeof part, nullptr), SQL_SUCCESS_WITH_INFO);
  EXPECT_STREQ(part, "row");
  bookmark = 8;
  const auto bulk_operations =
      reinterpret_cast<decltype(&::SQLBulkOperations)>(DriverLibrary::Find("SQLBulkOperations"));
  ASSERT_EQ(bulk_operations(stmt, SQL_FETCH_BY_BOOKMARK), SQL_SUCCESS) << State();
  EXPECT_EQ(numbers[0], 8);
  ASSERT_EQ(odbc.GetData(stmt, 2, SQL_C_CHAR, part, sizeof part, nullptr), SQL_SUCCESS_WITH_INFO);
  EXPECT_STREQ(part, "row");
}

TEST_F(CursorTest, RefreshTellsTheStatusOfAForwardOnlyRowToo) {
  relay.OnExecute("SELECT n", NumberedRows(1, 3));
  odbc.SetStmtAttr(stmt, SQL_ATTR_ROW_STATUS_PTR, status.data(), 0);
  ExecDirect("SELECT n");
  ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS);
  EXPECT_EQ(status[0], SQL_ROW_SUCCESS);
  char text[4];
  ASSERT_EQ(odbc.BindCol(stmt, 2, SQL_C_CHAR, text, sizeof text, nullptr), SQL_SUCCESS);
  EXPECT_EQ(odbc.SetPos(stmt, 1, SQL_REFRESH, SQL_LOCK_NO_CHANGE), SQL_SUCCESS_WITH_INFO);
  EXPECT_STREQ(text, "row");
  EXPECT_EQ(status[0], SQL_ROW_SUCCESS_WITH_INFO);
}

}  // namespace
}  // namespace sluice::tests
