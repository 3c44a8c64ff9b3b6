// SQLSetPos and SQLBulkOperations: what is sent for a change, and in which states.

#include <array>
#include <cstdint>
#include <cstring>

#include "tests/driver/driver_test.h"
#include "tests/driver/gate.h"

namespace sluice::tests {
namespace {

using fakes::AffectedRows;
using fakes::FakeRelay;
using testing::ElementsAre;

constexpr const char* kInsert = "INSERT INTO \"s\".\"t\" (\"id\", \"v\") VALUES (?, ?)";
constexpr const char* kUpdate =
    "UPDATE \"s\".\"t\" SET \"id\" = ?, \"v\" = ? WHERE \"id\" = ? AND \"v\" = ?";
constexpr const char* kDelete = "DELETE FROM \"s\".\"t\" WHERE \"id\" = ? AND \"v\" = ?";
constexpr const char* kReload = "SELECT \"id\", \"v\" FROM \"s\".\"t\" WHERE \"id\" = ?";

constexpr const char* kIsTheTable = "to_regclass(E't') = to_regclass(E'\"s\".\"t\"')";
const std::string kPositionedDelete =
    std::string("DELETE FROM t  WHERE \"id\" = ? AND \"v\" = ? AND ") + kIsTheTable;

v1::Column OfTable(v1::Column column) {
  column.set_base_column(column.name());
  column.set_schema("s");
  column.set_table("t");
  return column;
}

class ChangeTest : public DriverTest {
 protected:
  ChangeTest() {
    relay.OnExecute("SELECT", Rows({"1", "2", "3"}));
    relay.On(v1::Request::kCatalog, [](FakeRelay::Exchange& exchange) {
      std::vector<v1::Column> columns;
      for (int i = 0; i < 13; ++i) columns.push_back(fakes::TextColumn("c" + std::to_string(i)));
      fakes::FakeRow row(13);
      row[5] = "t_pkey";
      row[8] = "id";
      exchange.Reply(fakes::Table(columns, {row}));
    });
    relay.OnExecute(kUpdate, AffectedRows(1));
    relay.OnExecute(kDelete, AffectedRows(1, v1::STATEMENT_KIND_DELETE));
    relay.OnExecute(kReload, Rows({"9"}));
  }

  static fakes::FakeResult Rows(const std::vector<std::string>& ids) {
    std::vector<fakes::FakeRow> rows;
    for (const auto& id : ids) rows.push_back({id, "row " + id});
    auto result =
        fakes::Table({OfTable(fakes::IntColumn("id")), OfTable(fakes::TextColumn("v"))}, rows);
    result.kind = v1::STATEMENT_KIND_SELECT;
    return result;
  }

  void Open(SQLULEN bookmarks = SQL_UB_OFF) {
    odbc.SetStmtAttr(stmt, SQL_ATTR_CURSOR_TYPE, Number(SQL_CURSOR_STATIC), 0);
    odbc.SetStmtAttr(stmt, SQL_ATTR_CONCURRENCY, Number(SQL_CONCUR_VALUES), 0);
    odbc.SetStmtAttr(stmt, SQL_ATTR_USE_BOOKMARKS, Number(bookmarks), 0);
    odbc.SetStmtAttr(stmt, SQL_ATTR_ROW_ARRAY_SIZE, Number(3), 0);
    odbc.SetStmtAttr(stmt, SQL_ATTR_ROW_STATUS_PTR, status.data(), 0);
    odbc.SetStmtAttr(stmt, SQL_ATTR_ROWS_FETCHED_PTR, &count, 0);
    ASSERT_EQ(odbc.BindCol(stmt, 1, SQL_C_SLONG, ids.data(), 0, id_lengths.data()), SQL_SUCCESS);
    ASSERT_EQ(odbc.BindCol(stmt, 2, SQL_C_CHAR, texts.data(), sizeof texts[0], lengths.data()),
              SQL_SUCCESS);
    ExecDirect("SELECT");
  }
  void Write() {
    for (std::size_t row = 0; row < 3; ++row) {
      ids[row] = static_cast<SQLINTEGER>(10 + row);
      std::strcpy(texts[row], "new");
      lengths[row] = SQL_NTS;
    }
  }
  // Executions of a text; its parameter rows are added up in parameter_rows.
  std::size_t Executions(const std::string& sql) {
    std::size_t found = 0;
    std::map<std::uint32_t, std::string> texts_by_id;
    parameter_rows = 0;
    for (const auto& request : relay.requests()) {
      if (!request.has_execute()) continue;
      const auto& execute = request.execute();
      if (execute.has_sql()) texts_by_id[execute.statement_id()] = execute.sql();
      if (texts_by_id[execute.statement_id()] != sql) continue;
      ++found;
      parameter_rows += execute.parameters().row_count();
    }
    return found;
  }

  std::array<SQLINTEGER, 3> ids{};
  std::array<SQLLEN, 3> id_lengths{};
  std::array<char[16], 3> texts{};
  std::array<SQLLEN, 3> lengths{};
  std::array<SQLUSMALLINT, 3> status{};
  SQLULEN count = 99;
  std::size_t parameter_rows = 0;
};

TEST_F(ChangeTest, RowsAreAddedByOneRequest) {
  relay.OnExecute(kInsert, AffectedRows(3, v1::STATEMENT_KIND_INSERT));
  Open();
  Write();
  const auto trips = relay.round_trips();
  ASSERT_EQ(odbc.BulkOperations(stmt, SQL_ADD), SQL_SUCCESS) << State();
  EXPECT_EQ(relay.round_trips(), trips + 1);
  EXPECT_EQ(Executions(kInsert), 1u);
  EXPECT_EQ(parameter_rows, 3u);
  EXPECT_THAT(status, ElementsAre(SQL_ROW_ADDED, SQL_ROW_ADDED, SQL_ROW_ADDED));
  EXPECT_EQ(count, 3u);
  SQLLEN rows = 0;
  ASSERT_EQ(odbc.RowCount(stmt, &rows), SQL_SUCCESS);
  EXPECT_EQ(rows, 3);
}

TEST_F(ChangeTest, RowsWithOtherColumnsAreRequestsOfTheirOwn) {
  relay.OnExecute(kInsert, AffectedRows(1, v1::STATEMENT_KIND_INSERT));
  constexpr const char* kInsertText = "INSERT INTO \"s\".\"t\" (\"v\") VALUES (?)";
  relay.OnExecute(kInsertText, AffectedRows(2, v1::STATEMENT_KIND_INSERT));
  Open();
  Write();
  id_lengths[1] = id_lengths[2] = SQL_COLUMN_IGNORE;
  ASSERT_EQ(odbc.BulkOperations(stmt, SQL_ADD), SQL_SUCCESS) << State();
  EXPECT_EQ(Executions(kInsert), 1u);
  EXPECT_EQ(Executions(kInsertText), 1u);
  EXPECT_EQ(parameter_rows, 2u);
}

TEST_F(ChangeTest, TheStatusesOfAnArrayAreTheRows) {
  relay.OnExecute(kInsert, fakes::FailSecondRow);
  Open();
  Write();
  lengths[0] = -77;  // cannot be sent
  ASSERT_EQ(odbc.BulkOperations(stmt, SQL_ADD), SQL_SUCCESS_WITH_INFO) << State();
  EXPECT_THAT(status, ElementsAre(SQL_ROW_ERROR, SQL_ROW_ADDED, SQL_ROW_ERROR));
  EXPECT_EQ(State(), "HY090");
  SQLLEN row = 0;
  ASSERT_EQ(odbc.GetDiagField(SQL_HANDLE_STMT, stmt, 2, SQL_DIAG_ROW_NUMBER, &row, 0, nullptr),
            SQL_SUCCESS);
  EXPECT_EQ(row, 3) << "as the application counts";
}

TEST_F(ChangeTest, AnUpdateTravelsWithWhatWasRead) {
  Open();
  ASSERT_EQ(odbc.FetchScroll(stmt, SQL_FETCH_FIRST, 0), SQL_SUCCESS);
  std::strcpy(texts[1], "new");
  lengths[1] = SQL_NTS;
  ASSERT_EQ(odbc.SetPos(stmt, 2, SQL_UPDATE, SQL_LOCK_NO_CHANGE), SQL_SUCCESS) << State();
  EXPECT_EQ(status[1], SQL_ROW_UPDATED);
  EXPECT_EQ(Executions(kUpdate), 1u);
  EXPECT_EQ(Executions(kReload), 1u);
  ASSERT_EQ(odbc.FetchScroll(stmt, SQL_FETCH_ABSOLUTE, 2), SQL_SUCCESS);
  EXPECT_EQ(ids[0], 9) << "as the server has it now";
}

TEST_F(ChangeTest, TheSameTextTravelsOnce) {
  Open();
  ASSERT_EQ(odbc.FetchScroll(stmt, SQL_FETCH_FIRST, 0), SQL_SUCCESS);
  ASSERT_EQ(odbc.SetPos(stmt, 0, SQL_DELETE, SQL_LOCK_NO_CHANGE), SQL_SUCCESS) << State();
  EXPECT_EQ(Executions(kDelete), 3u);
  std::size_t texts_sent = 0;
  for (const auto& request : relay.requests()) {
    if (request.has_execute() && request.execute().sql() == kDelete) ++texts_sent;
  }
  EXPECT_EQ(texts_sent, 1u);
  EXPECT_THAT(status, ElementsAre(SQL_ROW_DELETED, SQL_ROW_DELETED, SQL_ROW_DELETED));
}

TEST_F(ChangeTest, ARowThatIsGoneIsTold) {
  relay.OnExecute(kDelete, AffectedRows(0, v1::STATEMENT_KIND_DELETE));
  relay.OnExecute(kReload, Rows({}));
  Open();
  ASSERT_EQ(odbc.FetchScroll(stmt, SQL_FETCH_FIRST, 0), SQL_SUCCESS);
  ASSERT_EQ(odbc.SetPos(stmt, 2, SQL_DELETE, SQL_LOCK_NO_CHANGE), SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(State(), "01001");
  EXPECT_EQ(status[1], SQL_ROW_DELETED);
  ASSERT_EQ(odbc.SetPos(stmt, 3, SQL_REFRESH, SQL_LOCK_NO_CHANGE), SQL_SUCCESS) << State();
  EXPECT_EQ(status[2], SQL_ROW_DELETED);
}

// Each row comes back, for the cursor to show it.
TEST_F(ChangeTest, Odbc2ApplicationsAddWithSetPos) {
  const std::string insert = std::string(kInsert) + " RETURNING \"id\", \"v\"";
  relay.OnExecute(insert, Rows({"9"}));
  Open();
  ASSERT_EQ(odbc.FetchScroll(stmt, SQL_FETCH_LAST, 0), SQL_SUCCESS);
  Write();
  ASSERT_EQ(odbc.SetPos(stmt, 3, SQL_ADD, SQL_LOCK_NO_CHANGE), SQL_SUCCESS) << State();
  EXPECT_EQ(Executions(insert), 1u);
  EXPECT_EQ(status[2], SQL_ROW_ADDED);
  ASSERT_EQ(odbc.SetPos(stmt, 0, SQL_ADD, SQL_LOCK_NO_CHANGE), SQL_SUCCESS) << State();
  EXPECT_EQ(Executions(insert), 4u);
}

TEST_F(ChangeTest, DataMayBeSentAtExecution) {
  relay.OnExecute(kInsert, AffectedRows(3, v1::STATEMENT_KIND_INSERT));
  Open();
  Write();
  lengths[0] = lengths[2] = SQL_DATA_AT_EXEC;
  ASSERT_EQ(odbc.BulkOperations(stmt, SQL_ADD), SQL_NEED_DATA) << State();
  EXPECT_EQ(odbc.BulkOperations(stmt, SQL_ADD), SQL_ERROR);
  EXPECT_EQ(State(), "HY010");
  SQLPOINTER place = nullptr;
  ASSERT_EQ(odbc.ParamData(stmt, &place), SQL_NEED_DATA);
  EXPECT_EQ(place, texts[0]);
  ASSERT_EQ(odbc.PutData(stmt, Chars("a"), 1), SQL_SUCCESS);
  ASSERT_EQ(odbc.PutData(stmt, Chars("b"), 1), SQL_SUCCESS);
  ASSERT_EQ(odbc.ParamData(stmt, &place), SQL_NEED_DATA);
  EXPECT_EQ(place, texts[2]);
  ASSERT_EQ(odbc.PutData(stmt, nullptr, SQL_NULL_DATA), SQL_SUCCESS);
  EXPECT_EQ(Executions(kInsert), 0u);
  ASSERT_EQ(odbc.ParamData(stmt, &place), SQL_SUCCESS) << State();
  EXPECT_EQ(Executions(kInsert), 1u);
  EXPECT_EQ(parameter_rows, 3u);
  const auto requests = relay.requests();
  const auto& sent = requests.back().execute().parameters().columns(1).data();
  EXPECT_EQ(sent.values(), "abnew");
}

TEST_F(ChangeTest, LongValuesOfRowsGoToTheRelayAsTheyCome) {
  constexpr std::size_t kPiece = 100'000;
  relay.OnExecute(kInsert, AffectedRows(3, v1::STATEMENT_KIND_INSERT));
  Open();
  Write();
  lengths[1] = SQL_DATA_AT_EXEC;
  ASSERT_EQ(odbc.BulkOperations(stmt, SQL_ADD), SQL_NEED_DATA) << State();
  SQLPOINTER place = nullptr;
  ASSERT_EQ(odbc.ParamData(stmt, &place), SQL_NEED_DATA);
  const std::string piece(kPiece, 'x');
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(odbc.PutData(stmt, Chars(piece.c_str()), kPiece), SQL_SUCCESS) << State();
  }
  EXPECT_TRUE(relay.AwaitCount(v1::Request::kValuePart, 3)) << "it is not kept until the end";
  ASSERT_EQ(odbc.ParamData(stmt, &place), SQL_SUCCESS) << State();
  std::size_t received = 0;
  for (const auto& request : relay.requests()) {
    if (request.has_value_part()) received += request.value_part().octets().size();
  }
  EXPECT_EQ(received, 10 * kPiece);
  ASSERT_TRUE(relay.requests().back().has_execute());
  const auto column = relay.requests().back().execute().parameters().columns(1);
  ASSERT_EQ(column.sent_values_size(), 1);
  EXPECT_EQ(column.sent_values(0).row(), 1u);
  EXPECT_EQ(column.data().values(), "newnew");
  EXPECT_THAT(status, ElementsAre(SQL_ROW_ADDED, SQL_ROW_ADDED, SQL_ROW_ADDED));
  ASSERT_EQ(odbc.CloseCursor(stmt), SQL_SUCCESS);
  ExecDirect("SELECT");
  EXPECT_TRUE(relay.requests().back().released_values().empty()) << "the INSERT has used it up";
}

TEST_F(ChangeTest, CancelLeavesTheCursorWhereItWas) {
  Open();
  ASSERT_EQ(odbc.FetchScroll(stmt, SQL_FETCH_FIRST, 0), SQL_SUCCESS);
  lengths[1] = SQL_DATA_AT_EXEC;
  SQLPOINTER place = nullptr;
  for (const bool failing : {false, true}) {
    ASSERT_EQ(odbc.SetPos(stmt, 2, SQL_UPDATE, SQL_LOCK_NO_CHANGE), SQL_NEED_DATA) << State();
    ASSERT_EQ(odbc.ParamData(stmt, &place), SQL_NEED_DATA);
    if (failing) {
      EXPECT_EQ(odbc.PutData(stmt, Chars("x"), -77), SQL_ERROR);
      EXPECT_EQ(State(), "HY090");
    } else {
      ASSERT_EQ(odbc.Cancel(stmt), SQL_SUCCESS);
    }
    EXPECT_EQ(odbc.ParamData(stmt, &place), SQL_ERROR);
    EXPECT_EQ(State(), "HY010");
  }
  char text[16];
  EXPECT_EQ(odbc.GetData(stmt, 2, SQL_C_CHAR, text, sizeof text, nullptr), SQL_SUCCESS) << State();
  EXPECT_STREQ(text, "row 2");
  ASSERT_EQ(odbc.FetchScroll(stmt, SQL_FETCH_NEXT, 0), SQL_NO_DATA);
}

TEST_F(ChangeTest, BulkOperationsRefusesWhatCannotBe) {
  Open();
  EXPECT_EQ(odbc.BulkOperations(stmt, 3), SQL_ERROR);
  EXPECT_EQ(State(), "HY092");
  EXPECT_EQ(odbc.BulkOperations(stmt, SQL_FETCH_BY_BOOKMARK), SQL_ERROR);
  EXPECT_EQ(State(), "HY092") << "no bookmarks";
  char more[4];
  ASSERT_EQ(odbc.BindCol(stmt, 3, SQL_C_CHAR, more, 4, nullptr), SQL_SUCCESS);
  EXPECT_EQ(odbc.BulkOperations(stmt, SQL_ADD), SQL_ERROR);
  EXPECT_EQ(State(), "07009");
  ASSERT_EQ(odbc.CloseCursor(stmt), SQL_SUCCESS);
  EXPECT_EQ(odbc.BulkOperations(stmt, SQL_ADD), SQL_ERROR);
  EXPECT_EQ(State(), "HY010");
  SQLHSTMT reader = NewStatement();
  ASSERT_EQ(odbc.ExecDirect(reader, Chars("SELECT"), SQL_NTS), SQL_SUCCESS);
  EXPECT_EQ(odbc.BulkOperations(reader, SQL_ADD), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_STMT, reader), "HY092") << "read-only";
}

TEST_F(ChangeTest, PositionedStatementsNameTheRow) {
  relay.OnExecute(kPositionedDelete, AffectedRows(1, v1::STATEMENT_KIND_DELETE));
  ASSERT_EQ(odbc.SetCursorName(stmt, Chars("c"), SQL_NTS), SQL_SUCCESS);
  ExecDirect("SELECT");
  SQLHSTMT change = NewStatement();
  const auto run = [&] {
    return odbc.ExecDirect(change, Chars("DELETE FROM t WHERE CURRENT OF c"), SQL_NTS);
  };
  EXPECT_EQ(run(), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_STMT, change), "24000");
  ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS);
  ASSERT_EQ(run(), SQL_SUCCESS) << State(SQL_HANDLE_STMT, change);
  SQLINTEGER code = 0;
  ASSERT_EQ(odbc.GetDiagField(SQL_HANDLE_STMT, change, 0, SQL_DIAG_DYNAMIC_FUNCTION_CODE, &code, 0,
                              nullptr),
            SQL_SUCCESS);
  EXPECT_EQ(code, SQL_DIAG_DYNAMIC_DELETE_CURSOR);
  ASSERT_EQ(odbc.CloseCursor(stmt), SQL_SUCCESS);
  EXPECT_EQ(run(), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_STMT, change), "34000");
}

TEST_F(ChangeTest, WhyAPositionedStatementChangedNothingIsAsked) {
  relay.OnExecute(kPositionedDelete, AffectedRows(0, v1::STATEMENT_KIND_DELETE));
  ASSERT_EQ(odbc.SetCursorName(stmt, Chars("c"), SQL_NTS), SQL_SUCCESS);
  ExecDirect("SELECT");
  ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS);
  SQLHSTMT change = NewStatement();
  const std::string question = std::string("SELECT 1 WHERE ") + kIsTheTable;
  for (const bool is_the_table : {true, false}) {
    relay.OnExecute(question, fakes::NumberedRows(is_the_table ? 1 : 0, 1));
    EXPECT_EQ(odbc.ExecDirect(change, Chars("DELETE FROM t WHERE CURRENT OF c"), SQL_NTS),
              is_the_table ? SQL_SUCCESS_WITH_INFO : SQL_ERROR);
    EXPECT_EQ(State(SQL_HANDLE_STMT, change), is_the_table ? "01001" : "42000");
  }
}

TEST_F(ChangeTest, TheGreatestNumberOfAColumnIsOneToo) {
  Open();
  ASSERT_EQ(odbc.FetchScroll(stmt, SQL_FETCH_FIRST, 0), SQL_SUCCESS);
  char more[4];
  ASSERT_EQ(odbc.BindCol(stmt, 32767, SQL_C_CHAR, more, 4, nullptr), SQL_SUCCESS);
  EXPECT_EQ(odbc.SetPos(stmt, 1, SQL_UPDATE, SQL_LOCK_NO_CHANGE), SQL_SUCCESS) << State();
  EXPECT_EQ(odbc.BulkOperations(stmt, SQL_ADD), SQL_ERROR);
  EXPECT_EQ(State(), "07009");
}

TEST_F(ChangeTest, IndexesThatAreNotToldAsIndexesEndTheCall) {
  relay.On(v1::Request::kCatalog,
           [](FakeRelay::Exchange& exchange) { exchange.Reply(fakes::NumberedRows(1, 1)); });
  Open();
  ASSERT_EQ(odbc.FetchScroll(stmt, SQL_FETCH_FIRST, 0), SQL_SUCCESS);
  EXPECT_EQ(odbc.SetPos(stmt, 1, SQL_UPDATE, SQL_LOCK_NO_CHANGE), SQL_ERROR);
  EXPECT_EQ(State(), "08S01");
}

TEST_F(ChangeTest, TheBookmarksMayBeUnboundWhileDataIsAskedFor) {
  SQLHDESC ard = SQL_NULL_HDESC;
  ASSERT_EQ(odbc.AllocHandle(SQL_HANDLE_DESC, dbc, &ard), SQL_SUCCESS);
  ASSERT_EQ(odbc.SetStmtAttr(stmt, SQL_ATTR_APP_ROW_DESC, ard, 0), SQL_SUCCESS);
  std::array<std::int64_t, 3> bookmarks{};
  Open(SQL_UB_VARIABLE);
  ASSERT_EQ(odbc.BindCol(stmt, 0, SQL_C_VARBOOKMARK, bookmarks.data(), 8, nullptr), SQL_SUCCESS);
  ASSERT_EQ(odbc.FetchScroll(stmt, SQL_FETCH_FIRST, 0), SQL_SUCCESS);
  lengths[0] = SQL_DATA_AT_EXEC;
  ASSERT_EQ(odbc.BulkOperations(stmt, SQL_UPDATE_BY_BOOKMARK), SQL_NEED_DATA) << State();
  ASSERT_EQ(odbc.FreeHandle(SQL_HANDLE_DESC, ard), SQL_SUCCESS);
  SQLPOINTER place = nullptr;
  ASSERT_EQ(odbc.ParamData(stmt, &place), SQL_NEED_DATA);
  ASSERT_EQ(odbc.PutData(stmt, Chars("a"), 1), SQL_SUCCESS);
  EXPECT_EQ(odbc.ParamData(stmt, &place), SQL_ERROR);
  EXPECT_EQ(State(), "HY111");
}

// The relay has made the change by then: an error would have the application make it again.
TEST_F(ChangeTest, APositionedStatementThatIsDoneDoesNotFail) {
  const Gate deleted;
  const Gate more_rows;
  relay.OnExecute("SELECT held", [more_rows](FakeRelay::Exchange& exchange) {
    const auto rows = Rows({"1"});
    v1::Response response;
    for (const auto& column : rows.columns) *response.mutable_result()->add_columns() = column;
    auto& first = *response.mutable_result()->mutable_first_rows();
    first.set_cursor_id(exchange.request().execute().cursor_id());
    *first.mutable_batch() = rows.batches.at(0);
    exchange.Reply(response);
    more_rows.Pass();
    v1::Response last;
    last.mutable_rows()->set_cursor_id(exchange.request().execute().cursor_id());
    last.mutable_rows()->set_end(true);
    exchange.Reply(last);
  });
  relay.OnExecute(kPositionedDelete, [deleted](FakeRelay::Exchange& exchange) {
    deleted.Pass();
    exchange.Reply(AffectedRows(1, v1::STATEMENT_KIND_DELETE));
  });
  ASSERT_EQ(odbc.SetCursorName(stmt, Chars("c"), SQL_NTS), SQL_SUCCESS);
  ExecDirect("SELECT held");
  ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS);
  SQLHSTMT change = NewStatement();
  for (SQLHSTMT statement : {stmt, change}) {
    ASSERT_EQ(odbc.SetStmtAttr(statement, SQL_ATTR_ASYNC_ENABLE, Number(SQL_ASYNC_ENABLE_ON), 0),
              SQL_SUCCESS);
  }
  const auto run = [&] {
    return odbc.ExecDirect(change, Chars("DELETE FROM t WHERE CURRENT OF c"), SQL_NTS);
  };
  ASSERT_EQ(run(), SQL_STILL_EXECUTING);
  ASSERT_EQ(odbc.Fetch(stmt), SQL_STILL_EXECUTING) << "the cursor is in use";
  deleted.Open();
  EXPECT_EQ(Poll(run), SQL_SUCCESS_WITH_INFO) << State(SQL_HANDLE_STMT, change);
  EXPECT_EQ(State(SQL_HANDLE_STMT, change), "01000");
  more_rows.Open();
  EXPECT_EQ(Poll([&] { return odbc.Fetch(stmt); }), SQL_NO_DATA);
}

}  // namespace
}  // namespace sluice::tests
