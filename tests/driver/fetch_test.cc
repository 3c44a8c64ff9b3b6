#include <array>
#include <cstring>

#include "tests/driver/driver_test.h"

namespace sluice::tests {
namespace {

using fakes::IntColumn;
using fakes::NumberedRows;
using fakes::Table;
using fakes::TextColumn;
using testing::ElementsAre;

class FetchTest : public DriverTest {
 protected:
  void SetRowset(SQLULEN rows) {
    ASSERT_EQ(odbc.SetStmtAttr(stmt, SQL_ATTR_ROW_ARRAY_SIZE, Number(rows), 0), SQL_SUCCESS);
    ASSERT_EQ(odbc.SetStmtAttr(stmt, SQL_ATTR_ROW_STATUS_PTR, status.data(), 0), SQL_SUCCESS);
    ASSERT_EQ(odbc.SetStmtAttr(stmt, SQL_ATTR_ROWS_FETCHED_PTR, &fetched, 0), SQL_SUCCESS);
  }

  std::array<SQLUSMALLINT, 4> status{};
  SQLULEN fetched = 99;
};

TEST_F(FetchTest, ColumnWiseRowsetSpansBatches) {
  relay.OnExecute("SELECT n", NumberedRows(6, 3));
  SetRowset(4);
  std::array<SQLINTEGER, 4> numbers{};
  std::array<std::array<char, 8>, 4> texts{};
  std::array<SQLLEN, 4> lengths{};
  ASSERT_EQ(odbc.BindCol(stmt, 1, SQL_C_SLONG, numbers.data(), 0, nullptr), SQL_SUCCESS);
  ASSERT_EQ(odbc.BindCol(stmt, 2, SQL_C_CHAR, texts.data(), 8, lengths.data()), SQL_SUCCESS);
  ExecDirect("SELECT n");
  ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS) << State();
  EXPECT_EQ(fetched, 4u);
  EXPECT_THAT(numbers, ElementsAre(1, 2, 3, 4));
  EXPECT_STREQ(texts[3].data(), "row 4");
  EXPECT_THAT(lengths, ElementsAre(5, 5, 5, 5));
  ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS);
  EXPECT_EQ(fetched, 2u);
  EXPECT_THAT(numbers, ElementsAre(5, 6, 3, 4));
  EXPECT_THAT(status, ElementsAre(SQL_ROW_SUCCESS, SQL_ROW_SUCCESS, SQL_ROW_NOROW, SQL_ROW_NOROW));
  EXPECT_EQ(odbc.Fetch(stmt), SQL_NO_DATA);
  EXPECT_EQ(fetched, 0u);
}

// As RODBC has it, in a packed structure. The sanitizer preset sees what a processor may forgive.
TEST_F(FetchTest, CounterNeedsNoAlignment) {
  relay.OnExecute("SELECT n", NumberedRows(3, 3));
  alignas(SQLULEN) std::array<char, 2 * sizeof(SQLULEN)> memory{};
  char* const counter = memory.data() + 4;
  ASSERT_EQ(odbc.SetStmtAttr(stmt, SQL_ATTR_ROWS_FETCHED_PTR, counter, 0), SQL_SUCCESS);
  ExecDirect("SELECT n");
  ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS) << State();
  std::memcpy(&fetched, counter, sizeof fetched);
  EXPECT_EQ(fetched, 1u);
}

TEST_F(FetchTest, RowWiseRowsetHeedsTheOffset) {
  struct Row {
    SQLINTEGER number;
    SQLLEN number_length;
    SQLWCHAR text[8];
    SQLLEN text_length;
  };
  std::array<Row, 4> rows{};
  SQLLEN offset = sizeof(Row);
  relay.OnExecute("SELECT n", NumberedRows(4, 100));
  SetRowset(2);
  ASSERT_EQ(odbc.SetStmtAttr(stmt, SQL_ATTR_ROW_BIND_TYPE, Number(sizeof(Row)), 0), SQL_SUCCESS);
  ASSERT_EQ(odbc.SetStmtAttr(stmt, SQL_ATTR_ROW_BIND_OFFSET_PTR, &offset, 0), SQL_SUCCESS);
  ASSERT_EQ(odbc.BindCol(stmt, 1, SQL_C_SLONG, &rows[0].number, 0, &rows[0].number_length),
            SQL_SUCCESS);
  ASSERT_EQ(
      odbc.BindCol(stmt, 2, SQL_C_WCHAR, rows[0].text, sizeof rows[0].text, &rows[0].text_length),
      SQL_SUCCESS);
  ExecDirect("SELECT n");
  ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS) << State();
  EXPECT_EQ(rows[0].number, 0);
  EXPECT_EQ(rows[1].number, 1);
  EXPECT_EQ(rows[2].number, 2);
  EXPECT_EQ(rows[2].text[4], '2');
  EXPECT_EQ(rows[2].text_length, 10);
  EXPECT_EQ(rows[3].number, 0);
  offset = 0;
  ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS);
  EXPECT_EQ(rows[0].number, 3);
  EXPECT_EQ(rows[1].number, 4);
}

TEST_F(FetchTest, OneBadCellDoesNotStopTheOthers) {
  relay.OnExecute("SELECT t", Table({TextColumn("t"), IntColumn("n")},
                                    {{"1", "10"}, {"x", "20"}, {"3", "30"}}));
  SetRowset(3);
  std::array<SQLINTEGER, 3> texts{};
  std::array<SQLINTEGER, 3> numbers{};
  ASSERT_EQ(odbc.BindCol(stmt, 1, SQL_C_SLONG, texts.data(), 0, nullptr), SQL_SUCCESS);
  ASSERT_EQ(odbc.BindCol(stmt, 2, SQL_C_SLONG, numbers.data(), 0, nullptr), SQL_SUCCESS);
  ExecDirect("SELECT t");
  ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(status[0], SQL_ROW_SUCCESS);
  EXPECT_EQ(status[1], SQL_ROW_ERROR);
  EXPECT_EQ(status[2], SQL_ROW_SUCCESS);
  EXPECT_EQ(texts[2], 3);
  EXPECT_THAT(numbers, ElementsAre(10, 20, 30));
  EXPECT_EQ(State(), "22018");
  SQLLEN row = 0;
  ASSERT_EQ(odbc.GetDiagField(SQL_HANDLE_STMT, stmt, 1, SQL_DIAG_ROW_NUMBER, &row, 0, nullptr),
            SQL_SUCCESS);
  EXPECT_EQ(row, 2);
}

TEST_F(FetchTest, TruncationOfEveryRowIsReported) {
  relay.OnExecute("SELECT t", Table({TextColumn("t")}, {{"long text"}, {"a"}}));
  SetRowset(2);
  std::array<std::array<char, 4>, 2> texts{};
  std::array<SQLLEN, 2> lengths{};
  ASSERT_EQ(odbc.BindCol(stmt, 1, SQL_C_CHAR, texts.data(), 4, lengths.data()), SQL_SUCCESS);
  ExecDirect("SELECT t");
  ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(State(), "01004");
  EXPECT_STREQ(texts[0].data(), "lon");
  EXPECT_THAT(lengths, ElementsAre(9, 1));
  EXPECT_THAT(status[0], SQL_ROW_SUCCESS_WITH_INFO);
}

TEST_F(FetchTest, MaxRowsHoldsForResultsMadeByTheDriverToo) {
  ASSERT_EQ(odbc.SetStmtAttr(stmt, SQL_ATTR_MAX_ROWS, Number(2), 0), SQL_SUCCESS);
  SetRowset(4);
  ASSERT_EQ(odbc.GetTypeInfo(stmt, SQL_ALL_TYPES), SQL_SUCCESS);
  ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS);
  EXPECT_EQ(fetched, 2u);
  EXPECT_EQ(status[2], SQL_ROW_NOROW);
  EXPECT_EQ(status[3], SQL_ROW_NOROW);
  EXPECT_EQ(odbc.Fetch(stmt), SQL_NO_DATA);
}

TEST_F(FetchTest, RowsBeforeAFailureAreDelivered) {
  relay.OnExecute("SELECT n", [](fakes::FakeRelay::Exchange& exchange) {
    const auto rows = NumberedRows(2, 2);
    v1::Response start;
    auto& result = *start.mutable_result();
    for (const auto& column : rows.columns) *result.add_columns() = column;
    result.mutable_first_rows()->set_cursor_id(exchange.request().execute().cursor_id());
    *result.mutable_first_rows()->mutable_batch() = rows.batches.front();
    exchange.Reply(start);
    v1::Response broken;
    broken.mutable_rows()->set_cursor_id(exchange.request().execute().cursor_id());
    broken.mutable_rows()->set_end(true);
    broken.mutable_rows()->set_failed(true);
    broken.add_diagnostics()->set_sqlstate("22012");
    exchange.Reply(broken);
  });
  SetRowset(4);
  std::array<SQLINTEGER, 4> numbers{};
  ASSERT_EQ(odbc.BindCol(stmt, 1, SQL_C_SLONG, numbers.data(), 0, nullptr), SQL_SUCCESS);
  ExecDirect("SELECT n");
  ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS) << State();
  EXPECT_EQ(fetched, 2u);
  EXPECT_THAT(numbers, ElementsAre(1, 2, 0, 0));
  EXPECT_EQ(odbc.Fetch(stmt), SQL_ERROR);
  EXPECT_EQ(State(), "22012");
}

TEST_F(FetchTest, OnlyNextIsAllowed) {
  relay.OnExecute("SELECT n", NumberedRows(2, 10));
  ExecDirect("SELECT n");
  EXPECT_EQ(odbc.FetchScroll(stmt, SQL_FETCH_NEXT, 0), SQL_SUCCESS);
  EXPECT_EQ(odbc.FetchScroll(stmt, SQL_FETCH_PRIOR, 0), SQL_ERROR);
  EXPECT_EQ(State(), "HY106");
}

// What an earlier, wider result has left bound.
TEST_F(FetchTest, BindingBeyondTheLastColumnIsLetBe) {
  relay.OnExecute("SELECT n", NumberedRows(1, 10));
  SQLINTEGER first = 0;
  SQLINTEGER third = 77;
  ASSERT_EQ(odbc.BindCol(stmt, 1, SQL_C_SLONG, &first, 0, nullptr), SQL_SUCCESS);
  ASSERT_EQ(odbc.BindCol(stmt, 3, SQL_C_SLONG, &third, 0, nullptr), SQL_SUCCESS);
  ExecDirect("SELECT n");
  EXPECT_EQ(odbc.Fetch(stmt), SQL_SUCCESS);
  EXPECT_EQ(third, 77);
}

TEST_F(FetchTest, RebindingBetweenFetchesTakesEffect) {
  relay.OnExecute("SELECT n", NumberedRows(2, 10));
  SQLINTEGER first = 0;
  double second = 0;
  ASSERT_EQ(odbc.BindCol(stmt, 1, SQL_C_SLONG, &first, 0, nullptr), SQL_SUCCESS);
  ExecDirect("SELECT n");
  ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS);
  ASSERT_EQ(odbc.BindCol(stmt, 1, SQL_C_DOUBLE, &second, 0, nullptr), SQL_SUCCESS);
  ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS);
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 2.0);
}

// It may lie where the freed one lay, and have been changed as often.
TEST_F(FetchTest, ADescriptorIsNotMistakenForAFreedOne) {
  relay.OnExecute("SELECT n", NumberedRows(8, 10));
  ExecDirect("SELECT n");
  std::array<SQLINTEGER, 8> values{};
  for (SQLINTEGER& value : values) {
    SQLHDESC ard = SQL_NULL_HDESC;
    ASSERT_EQ(odbc.AllocHandle(SQL_HANDLE_DESC, dbc, &ard), SQL_SUCCESS);
    ASSERT_EQ(odbc.SetStmtAttr(stmt, SQL_ATTR_APP_ROW_DESC, ard, 0), SQL_SUCCESS);
    ASSERT_EQ(odbc.BindCol(stmt, 1, SQL_C_SLONG, &value, 0, nullptr), SQL_SUCCESS);
    ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS);
    ASSERT_EQ(odbc.FreeHandle(SQL_HANDLE_DESC, ard), SQL_SUCCESS);
    SQLSMALLINT columns = 0;
    ASSERT_EQ(odbc.NumResultCols(stmt, &columns), SQL_SUCCESS) << "the statement lets it go";
    SQLHDESC other = SQL_NULL_HDESC;
    ASSERT_EQ(odbc.AllocHandle(SQL_HANDLE_DESC, dbc, &other), SQL_SUCCESS) << "so does its owner";
  }
  EXPECT_THAT(values, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
}

TEST_F(FetchTest, NothingIsDeliveredAfterAMalformedBatch) {
  relay.OnExecute("SELECT n", [](fakes::FakeRelay::Exchange& exchange) {
    const auto rows = NumberedRows(2, 1);
    const auto cursor_id = exchange.request().execute().cursor_id();
    v1::Response start;
    auto& result = *start.mutable_result();
    for (const auto& column : rows.columns) *result.add_columns() = column;
    result.mutable_first_rows()->set_cursor_id(cursor_id);
    *result.mutable_first_rows()->mutable_batch() = rows.batches[0];
    result.mutable_first_rows()->mutable_batch()->mutable_columns()->RemoveLast();
    exchange.Reply(start);
    v1::Response rest;
    rest.mutable_rows()->set_cursor_id(cursor_id);
    rest.mutable_rows()->set_end(true);
    *rest.mutable_rows()->mutable_batch() = rows.batches[1];
    exchange.Reply(rest);
  });
  ExecDirect("SELECT n");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(odbc.Fetch(stmt), SQL_ERROR);
    EXPECT_EQ(State(), "08S01");
  }
}

}  // namespace
}  // namespace sluice::tests
