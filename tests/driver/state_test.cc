// Appendix B of the ODBC reference: every function that takes a statement, in every state that a
// statement can be in, without a driver manager in front.

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "tests/driver/driver_test.h"

namespace sluice::tests {
namespace {

using fakes::AffectedRows;
using fakes::NumberedRows;

// S7 is S6 but for the function that led there.
enum StatementIs { kS1, kS2, kS3, kS4, kS5, kS6, kS8, kS9, kS10, kStates };
constexpr std::array<const char*, kStates> kStateNames = {"S1", "S2", "S3", "S4", "S5",
                                                          "S6", "S8", "S9", "S10"};

constexpr const char* kOk = "";
constexpr const char* kSeq = "HY010";
constexpr const char* kCur = "24000";
constexpr const char* kNow = "HY011";

class StateTest : public DriverTest {
 protected:
  StateTest() {
    relay.OnExecute("SELECT n", NumberedRows(2, 1000));
    relay.OnExecute("INSERT", AffectedRows(1, v1::STATEMENT_KIND_INSERT));
    relay.OnExecute("INSERT ?", AffectedRows(1, v1::STATEMENT_KIND_INSERT));
    relay.On(v1::Request::kDescribe, [](fakes::FakeRelay::Exchange& exchange) {
      v1::Response response;
      auto& description = *response.mutable_description();
      const auto& sql = exchange.request().describe().sql();
      if (sql.starts_with("SELECT")) *description.add_columns() = fakes::IntColumn("n");
      if (sql.ends_with("?")) description.add_parameters()->set_sql_type(v1::SQLTYPE_INTEGER);
      exchange.Reply(response);
    });
    relay.On(v1::Request::kCatalog,
             [](fakes::FakeRelay::Exchange& exchange) { exchange.Reply(NumberedRows(1, 1)); });
  }

  void Bring(SQLHSTMT statement, StatementIs state) {
    switch (state) {
      case kS1:
        return;
      case kS2:
        ASSERT_EQ(odbc.Prepare(statement, Chars("INSERT"), SQL_NTS), SQL_SUCCESS);
        return;
      case kS3:
        ASSERT_EQ(odbc.Prepare(statement, Chars("SELECT n"), SQL_NTS), SQL_SUCCESS);
        return;
      case kS4:
        ASSERT_EQ(odbc.ExecDirect(statement, Chars("INSERT"), SQL_NTS), SQL_SUCCESS);
        return;
      case kS6:
        ASSERT_EQ(odbc.ExecDirect(statement, Chars("SELECT n"), SQL_NTS), SQL_SUCCESS);
        ASSERT_EQ(odbc.Fetch(statement), SQL_SUCCESS);
        return;
      case kS5:
        ASSERT_EQ(odbc.ExecDirect(statement, Chars("SELECT n"), SQL_NTS), SQL_SUCCESS);
        return;
      default:
        BringToNeedData(statement, state);
    }
  }

  void BringToNeedData(SQLHSTMT statement, StatementIs state) {
    ASSERT_EQ(odbc.BindParameter(statement, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 10, 0,
                                 Number(7), 0, &at_exec_),
              SQL_SUCCESS);
    ASSERT_EQ(odbc.ExecDirect(statement, Chars("INSERT ?"), SQL_NTS), SQL_NEED_DATA);
    if (state == kS8) return;
    SQLPOINTER token = nullptr;
    ASSERT_EQ(odbc.ParamData(statement, &token), SQL_NEED_DATA);
    if (state == kS9) return;
    ASSERT_EQ(odbc.PutData(statement, Chars("x"), 1), SQL_SUCCESS);
  }

  void Release(SQLHSTMT statement) {
    odbc.Cancel(statement);
    EXPECT_EQ(odbc.FreeHandle(SQL_HANDLE_STMT, statement), SQL_SUCCESS);
  }

  SQLHDESC Descriptor(SQLHSTMT statement, SQLINTEGER attribute) {
    SQLHDESC descriptor = SQL_NULL_HDESC;
    EXPECT_EQ(odbc.GetStmtAttr(statement, attribute, &descriptor, 0, nullptr), SQL_SUCCESS);
    return descriptor;
  }

  SQLLEN at_exec_ = SQL_DATA_AT_EXEC;
};

struct Row {
  const char* function;
  std::function<SQLRETURN(const DriverLibrary&, SQLHSTMT)> call;
  std::array<const char*, kStates> expected;  // the SQLSTATE of SQL_ERROR
};

SQLSMALLINT small = 0;
SQLLEN length = 0;
SQLCHAR text[64];
SQLPOINTER pointer = nullptr;

const std::vector<Row>& Rows() {
  using D = DriverLibrary;
  using H = SQLHSTMT;
  static const std::vector<Row> rows = {
      // clang-format off
      {"BindCol", [](const D& d, H h) { return d.BindCol(h, 1, SQL_C_CHAR, text, 64, nullptr); },
       {kOk, kOk, kOk, kOk, kOk, kOk, kSeq, kSeq, kSeq}},
      {"BindParameter", [](const D& d, H h) { return d.BindParameter(h, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 9, 0, text, 9, nullptr); },
       {kOk, kOk, kOk, kOk, kOk, kOk, kSeq, kSeq, kSeq}},
      // HY092: the cursors of this test are read-only.
      {"BulkOperations", [](const D& d, H h) { return d.BulkOperations(h, SQL_ADD); },
       {kSeq, kSeq, kSeq, kCur, "HY092", "HY092", kSeq, kSeq, kSeq}},
      {"Cancel", [](const D& d, H h) { return d.Cancel(h); },
       {kOk, kOk, kOk, kOk, kOk, kOk, kOk, kOk, kOk}},
      {"CloseCursor", [](const D& d, H h) { return d.CloseCursor(h); },
       {kCur, kCur, kCur, kCur, kOk, kOk, kSeq, kSeq, kSeq}},
      {"ColAttribute(COUNT)", [](const D& d, H h) { return d.ColAttribute(h, 0, SQL_DESC_COUNT, nullptr, 0, nullptr, &length); },
       {kSeq, kOk, kOk, kOk, kOk, kOk, kSeq, kSeq, kSeq}},
      {"ColAttribute(TYPE)", [](const D& d, H h) { return d.ColAttribute(h, 1, SQL_DESC_TYPE, nullptr, 0, nullptr, &length); },
       {kSeq, "07005", kOk, kCur, kOk, kOk, kSeq, kSeq, kSeq}},
      {"DescribeCol", [](const D& d, H h) { return d.DescribeCol(h, 1, nullptr, 0, nullptr, &small, nullptr, nullptr, nullptr); },
       {kSeq, "07005", kOk, kCur, kOk, kOk, kSeq, kSeq, kSeq}},
      // 07009: the statements of this test have no marker.
      {"DescribeParam", [](const D& d, H h) { return d.DescribeParam(h, 1, &small, nullptr, nullptr, nullptr); },
       {kSeq, "07009", "07009", kSeq, kSeq, kSeq, kSeq, kSeq, kSeq}},
      {"ExecDirect", [](const D& d, H h) { return d.ExecDirect(h, Chars("INSERT"), SQL_NTS); },
       {kOk, kOk, kOk, kOk, kCur, kCur, kSeq, kSeq, kSeq}},
      {"Execute", [](const D& d, H h) { return d.Execute(h); },
       {kSeq, kOk, kOk, kSeq, kSeq, kSeq, kSeq, kSeq, kSeq}},
      // Without a result SQL_NO_DATA, as from psqlodbc: the fake relay's database is PostgreSQL.
      {"Fetch", [](const D& d, H h) { return d.Fetch(h); },
       {kSeq, kSeq, kSeq, kOk, kOk, kOk, kSeq, kSeq, kSeq}},
      {"FetchScroll", [](const D& d, H h) { return d.FetchScroll(h, SQL_FETCH_NEXT, 0); },
       {kSeq, kSeq, kSeq, kOk, kOk, kOk, kSeq, kSeq, kSeq}},
      {"FreeStmt(CLOSE)", [](const D& d, H h) { return d.FreeStmt(h, SQL_CLOSE); },
       {kOk, kOk, kOk, kOk, kOk, kOk, kSeq, kSeq, kSeq}},
      {"FreeStmt(UNBIND)", [](const D& d, H h) { return d.FreeStmt(h, SQL_UNBIND); },
       {kOk, kOk, kOk, kOk, kOk, kOk, kSeq, kSeq, kSeq}},
      {"FreeStmt(RESET_PARAMS)", [](const D& d, H h) { return d.FreeStmt(h, SQL_RESET_PARAMS); },
       {kOk, kOk, kOk, kOk, kOk, kOk, kSeq, kSeq, kSeq}},
      {"GetCursorName", [](const D& d, H h) { return d.GetCursorName(h, text, 64, &small); },
       {kOk, kOk, kOk, kOk, kOk, kOk, kSeq, kSeq, kSeq}},
      {"GetData", [](const D& d, H h) { return d.GetData(h, 1, SQL_C_CHAR, text, 64, &length); },
       {kSeq, kSeq, kSeq, kCur, kCur, kOk, kSeq, kSeq, kSeq}},
      {"GetStmtAttr", [](const D& d, H h) { return d.GetStmtAttr(h, SQL_ATTR_MAX_ROWS, &length, 0, nullptr); },
       {kOk, kOk, kOk, kOk, kOk, kOk, kSeq, kSeq, kSeq}},
      {"GetStmtAttr(ROW_NUMBER)", [](const D& d, H h) { return d.GetStmtAttr(h, SQL_ATTR_ROW_NUMBER, &length, 0, nullptr); },
       {kCur, kCur, kCur, kCur, kCur, kOk, kSeq, kSeq, kSeq}},
      {"GetTypeInfo", [](const D& d, H h) { return d.GetTypeInfo(h, SQL_ALL_TYPES); },
       {kOk, kOk, kOk, kOk, kCur, kCur, kSeq, kSeq, kSeq}},
      {"MoreResults", [](const D& d, H h) { return d.MoreResults(h); },
       {kOk, kOk, kOk, kOk, kOk, kOk, kSeq, kSeq, kSeq}},
      {"NumParams", [](const D& d, H h) { return d.NumParams(h, &small); },
       {kSeq, kOk, kOk, kOk, kOk, kOk, kSeq, kSeq, kSeq}},
      {"NumResultCols", [](const D& d, H h) { return d.NumResultCols(h, &small); },
       {kSeq, kOk, kOk, kOk, kOk, kOk, kSeq, kSeq, kSeq}},
      {"ParamData", [](const D& d, H h) { return d.ParamData(h, &pointer); },
       {kSeq, kSeq, kSeq, kSeq, kSeq, kSeq, kOk, kSeq, kOk}},
      {"Prepare", [](const D& d, H h) { return d.Prepare(h, Chars("INSERT"), SQL_NTS); },
       {kOk, kOk, kOk, kOk, kCur, kCur, kSeq, kSeq, kSeq}},
      {"PutData", [](const D& d, H h) { return d.PutData(h, Chars("x"), 1); },
       {kSeq, kSeq, kSeq, kSeq, kSeq, kSeq, kSeq, kOk, kOk}},
      {"RowCount", [](const D& d, H h) { return d.RowCount(h, &length); },
       {kSeq, kSeq, kSeq, kOk, kOk, kOk, kSeq, kSeq, kSeq}},
      {"SetCursorName", [](const D& d, H h) { return d.SetCursorName(h, Chars("c"), SQL_NTS); },
       {kOk, kOk, kOk, kCur, kCur, kCur, kSeq, kSeq, kSeq}},
      {"SetPos", [](const D& d, H h) { return d.SetPos(h, 1, SQL_POSITION, SQL_LOCK_NO_CHANGE); },
       {kSeq, kSeq, kSeq, kCur, kCur, kOk, kSeq, kSeq, kSeq}},
      {"SetStmtAttr", [](const D& d, H h) { return d.SetStmtAttr(h, SQL_ATTR_MAX_ROWS, Number(0), 0); },
       {kOk, kOk, kOk, kOk, kOk, kOk, kSeq, kSeq, kSeq}},
      {"SetStmtAttr(CURSOR_TYPE)", [](const D& d, H h) { return d.SetStmtAttr(h, SQL_ATTR_CURSOR_TYPE, Number(SQL_CURSOR_FORWARD_ONLY), 0); },
       {kOk, kNow, kNow, kCur, kCur, kCur, kSeq, kSeq, kSeq}},
      {"Tables", [](const D& d, H h) { return d.Tables(h, nullptr, 0, nullptr, 0, nullptr, 0, nullptr, 0); },
       {kOk, kOk, kOk, kOk, kCur, kCur, kSeq, kSeq, kSeq}},
      // clang-format on
  };
  return rows;
}

TEST_F(StateTest, StatementFunctionsFollowAppendixB) {
  for (const Row& row : Rows()) {
    for (int state = kS1; state < kStates; ++state) {
      SCOPED_TRACE(std::string(row.function) + " in " + kStateNames[static_cast<size_t>(state)]);
      SQLHSTMT statement = NewStatement();
      Bring(statement, static_cast<StatementIs>(state));
      const SQLRETURN result = row.call(odbc, statement);
      const std::string expected = row.expected[static_cast<size_t>(state)];
      if (expected.empty()) {
        EXPECT_NE(result, SQL_ERROR) << DriverTest::State(SQL_HANDLE_STMT, statement);
      } else {
        EXPECT_EQ(result, SQL_ERROR);
        EXPECT_EQ(DriverTest::State(SQL_HANDLE_STMT, statement), expected);
      }
      Release(statement);
    }
  }
}

TEST_F(StateTest, StatementCannotBeFreedWhileItNeedsData) {
  for (const auto state : {kS8, kS9, kS10}) {
    SQLHSTMT statement = NewStatement();
    const SQLHDESC ipd = Descriptor(statement, SQL_ATTR_IMP_PARAM_DESC);
    const SQLHDESC ard = Descriptor(statement, SQL_ATTR_APP_ROW_DESC);
    Bring(statement, state);
    EXPECT_EQ(odbc.FreeHandle(SQL_HANDLE_STMT, statement), SQL_ERROR);
    EXPECT_EQ(DriverTest::State(SQL_HANDLE_STMT, statement), "HY010");
    EXPECT_EQ(odbc.SetDescField(ard, 1, SQL_DESC_PRECISION, Number(1), 0), SQL_ERROR);
    EXPECT_EQ(DriverTest::State(SQL_HANDLE_DESC, ard), "HY010");
    EXPECT_EQ(odbc.GetDescField(ipd, 1, SQL_DESC_TYPE, &small, 0, nullptr), SQL_ERROR);
    EXPECT_EQ(DriverTest::State(SQL_HANDLE_DESC, ipd), "HY010");
    // Nor does its connection go on without it.
    EXPECT_EQ(odbc.EndTran(SQL_HANDLE_DBC, dbc, SQL_COMMIT), SQL_ERROR);
    EXPECT_EQ(DriverTest::State(SQL_HANDLE_DBC, dbc), "HY010");
    EXPECT_EQ(odbc.SetConnectAttr(dbc, SQL_ATTR_AUTOCOMMIT, Number(1), 0), SQL_ERROR);
    EXPECT_EQ(DriverTest::State(SQL_HANDLE_DBC, dbc), "HY010");
    EXPECT_EQ(odbc.Disconnect(dbc), SQL_ERROR);
    EXPECT_EQ(DriverTest::State(SQL_HANDLE_DBC, dbc), "HY010");
    Release(statement);
  }
}

TEST_F(StateTest, ExtendedFetchAllowsNoBulkOperations) {
  Bring(stmt, kS5);
  SQLULEN rows = 0;
  SQLUSMALLINT status = 0;
  ASSERT_EQ(odbc.ExtendedFetch(stmt, SQL_FETCH_NEXT, 0, &rows, &status), SQL_SUCCESS);
  EXPECT_EQ(odbc.BulkOperations(stmt, SQL_ADD), SQL_ERROR);
  EXPECT_EQ(DriverTest::State(), "HY010");
}

TEST_F(StateTest, FailureToSendDataEndsTheAskingForIt) {
  for (const bool prepared : {false, true}) {
    SQLHSTMT statement = NewStatement();
    Bring(statement, kS9);
    if (prepared) {
      ASSERT_EQ(odbc.Cancel(statement), SQL_SUCCESS);
      ASSERT_EQ(odbc.Prepare(statement, Chars("INSERT ?"), SQL_NTS), SQL_SUCCESS);
      ASSERT_EQ(odbc.Execute(statement), SQL_NEED_DATA);
      ASSERT_EQ(odbc.ParamData(statement, &pointer), SQL_NEED_DATA);
    }
    EXPECT_EQ(odbc.PutData(statement, Chars("x"), -77), SQL_ERROR);
    EXPECT_EQ(DriverTest::State(SQL_HANDLE_STMT, statement), "HY090");
    EXPECT_EQ(odbc.PutData(statement, Chars("x"), 1), SQL_ERROR);
    EXPECT_EQ(DriverTest::State(SQL_HANDLE_STMT, statement), "HY010");
    EXPECT_EQ(odbc.Execute(statement), prepared ? SQL_NEED_DATA : SQL_ERROR);
    Release(statement);
  }
}

TEST_F(StateTest, PreparedStatementStaysPreparedThroughItsCursor) {
  Bring(stmt, kS3);
  for (int run = 0; run < 2; ++run) {
    ASSERT_EQ(odbc.Execute(stmt), SQL_SUCCESS);
    EXPECT_EQ(odbc.Execute(stmt), SQL_ERROR);
    EXPECT_EQ(DriverTest::State(), "24000") << "prepared, with a cursor";
    ASSERT_EQ(odbc.CloseCursor(stmt), SQL_SUCCESS);
  }
}

TEST_F(StateTest, FailedExecutionTakesThePreparedTextAway) {
  Bring(stmt, kS3);
  ExecDirect("nonsense", SQL_ERROR);
  EXPECT_EQ(odbc.Execute(stmt), SQL_ERROR);
  EXPECT_EQ(DriverTest::State(), "HY010");
}

TEST_F(StateTest, RowDescriptorTellsWhatTheStateAllows) {
  const SQLHDESC ird = DescriptorOf(SQL_ATTR_IMP_ROW_DESC);
  const auto type = [&] { return odbc.GetDescField(ird, 1, SQL_DESC_TYPE, &small, 0, nullptr); };
  const auto status = [&] {
    return odbc.GetDescField(ird, 0, SQL_DESC_ARRAY_STATUS_PTR, &pointer, 0, nullptr);
  };
  EXPECT_EQ(type(), SQL_ERROR);
  EXPECT_EQ(DriverTest::State(SQL_HANDLE_DESC, ird), "HY007");
  EXPECT_EQ(status(), SQL_SUCCESS) << "of no column";
  Bring(stmt, kS2);
  EXPECT_EQ(type(), SQL_NO_DATA);
  SQLHDESC target = SQL_NULL_HDESC;
  ASSERT_EQ(odbc.AllocHandle(SQL_HANDLE_DESC, dbc, &target), SQL_SUCCESS);
  EXPECT_EQ(odbc.CopyDesc(ird, target), SQL_ERROR);
  EXPECT_EQ(DriverTest::State(SQL_HANDLE_DESC, target), "24000");
  Bring(stmt, kS4);
  EXPECT_EQ(type(), SQL_ERROR);
  EXPECT_EQ(DriverTest::State(SQL_HANDLE_DESC, ird), "24000");
  EXPECT_EQ(status(), SQL_SUCCESS);
  Bring(stmt, kS5);
  EXPECT_EQ(type(), SQL_SUCCESS);
  EXPECT_EQ(odbc.CopyDesc(ird, target), SQL_SUCCESS);
}

// ---- connections and environments ----

class ConnectionStateTest : public DriverTest {
 protected:
  ConnectionStateTest() { EXPECT_EQ(odbc.AllocHandle(SQL_HANDLE_DBC, env, &other), SQL_SUCCESS); }
  ~ConnectionStateTest() override {
    odbc.Disconnect(other);
    EXPECT_EQ(odbc.FreeHandle(SQL_HANDLE_DBC, other), SQL_SUCCESS);
  }
  std::string OtherState() { return State(SQL_HANDLE_DBC, other); }
  void ExpectRefused(SQLRETURN result, const char* state) {
    EXPECT_EQ(result, SQL_ERROR);
    EXPECT_EQ(OtherState(), state);
  }
  SQLRETURN Connect() {
    return odbc.DriverConnect(other, nullptr, Chars(ConnectionString().c_str()), SQL_NTS, nullptr,
                              0, nullptr, SQL_DRIVER_NOPROMPT);
  }

  SQLHDBC other = SQL_NULL_HDBC;
  SQLUINTEGER number = 0;
};

TEST_F(ConnectionStateTest, AllocatedConnectionKnowsLittle) {
  SQLHANDLE child = SQL_NULL_HANDLE;
  ExpectRefused(odbc.AllocHandle(SQL_HANDLE_STMT, other, &child), "08003");
  ExpectRefused(odbc.AllocHandle(SQL_HANDLE_DESC, other, &child), "08003");
  ExpectRefused(odbc.Disconnect(other), "08003");
  ExpectRefused(odbc.EndTran(SQL_HANDLE_DBC, other, SQL_COMMIT), "08003");
  EXPECT_EQ(odbc.EndTran(SQL_HANDLE_ENV, env, SQL_COMMIT), SQL_SUCCESS) << "it is unaffected";
  SQLUSMALLINT supported[SQL_API_ODBC3_ALL_FUNCTIONS_SIZE];
  ExpectRefused(odbc.GetFunctions(other, SQL_API_SQLFETCH, supported), "HY010");
  SQLCHAR info[16];
  ExpectRefused(odbc.GetInfo(other, SQL_DBMS_NAME, info, sizeof info, nullptr), "08003");
  EXPECT_EQ(odbc.GetInfo(other, SQL_ODBC_VER, info, sizeof info, nullptr), SQL_SUCCESS);
  ExpectRefused(odbc.GetConnectAttr(other, SQL_ATTR_TXN_ISOLATION, &number, 0, nullptr), "08003");
  ExpectRefused(odbc.GetConnectAttr(other, SQL_ATTR_CURRENT_CATALOG, &number, 0, nullptr), "08003");
  EXPECT_EQ(odbc.GetConnectAttr(other, SQL_ATTR_AUTOCOMMIT, &number, 0, nullptr), SQL_SUCCESS);
}

TEST_F(ConnectionStateTest, BrowsingConnectionWaitsForMore) {
  SQLCHAR out[512];
  SQLHANDLE child = SQL_NULL_HANDLE;
  ASSERT_EQ(odbc.BrowseConnect(other, Chars("Driver=Sluice"), SQL_NTS, out, sizeof out, nullptr),
            SQL_NEED_DATA);
  ExpectRefused(Connect(), "08002");
  ExpectRefused(odbc.Connect(other, Chars("x"), SQL_NTS, nullptr, 0, nullptr, 0), "08002");
  ExpectRefused(odbc.AllocHandle(SQL_HANDLE_STMT, other, &child), "08003");
  ExpectRefused(odbc.SetConnectAttr(other, SQL_ATTR_AUTOCOMMIT, Number(1), 0), "HY010");
  ExpectRefused(odbc.GetConnectAttr(other, SQL_ATTR_AUTOCOMMIT, &number, 0, nullptr), "HY010");
  ExpectRefused(odbc.FreeHandle(SQL_HANDLE_DBC, other), "HY010");
  EXPECT_EQ(odbc.Disconnect(other), SQL_SUCCESS);
  EXPECT_EQ(Connect(), SQL_SUCCESS);
}

TEST_F(ConnectionStateTest, BrowsingEndsWithAFailure) {
  SQLCHAR out[512];
  ASSERT_EQ(odbc.BrowseConnect(other, Chars("Driver=Sluice"), SQL_NTS, out, sizeof out, nullptr),
            SQL_NEED_DATA);
  EXPECT_EQ(odbc.BrowseConnect(other, Chars("Server=/nowhere;Database=d;UID=u;PWD=p"), SQL_NTS, out,
                               sizeof out, nullptr),
            SQL_ERROR);
  EXPECT_EQ(Connect(), SQL_SUCCESS);
}

TEST_F(ConnectionStateTest, OpenConnectionIsNotOpenedAgain) {
  ASSERT_EQ(Connect(), SQL_SUCCESS);
  SQLCHAR out[64];
  ExpectRefused(Connect(), "08002");
  ExpectRefused(odbc.Connect(other, Chars("x"), SQL_NTS, nullptr, 0, nullptr, 0), "08002");
  ExpectRefused(odbc.BrowseConnect(other, Chars("Driver=Sluice"), SQL_NTS, out, 64, nullptr),
                "08002");
  ExpectRefused(odbc.FreeHandle(SQL_HANDLE_DBC, other), "HY010");
  ExpectRefused(odbc.EndTran(SQL_HANDLE_DBC, other, 7), "HY012");
  ExpectRefused(odbc.SetConnectAttr(other, SQL_ATTR_PACKET_SIZE, Number(512), 0), "HY011");
  EXPECT_EQ(odbc.SetConnectAttr(other, SQL_ATTR_LOGIN_TIMEOUT, Number(5), 0), SQL_SUCCESS);
}

TEST_F(ConnectionStateTest, CatalogCannotChangeUnderAnOpenCursor) {
  relay.OnExecute("SELECT n", fakes::NumberedRows(1, 1));
  ExecDirect("SELECT n");
  EXPECT_EQ(odbc.SetConnectAttr(dbc, SQL_ATTR_CURRENT_CATALOG, Chars("x"), SQL_NTS), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, dbc), "24000");
}

TEST_F(ConnectionStateTest, VersionIsDeclaredBeforeConnectionsAreAllocated) {
  EXPECT_EQ(odbc.SetEnvAttr(env, SQL_ATTR_ODBC_VERSION, Number(SQL_OV_ODBC2), 0), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_ENV, env), "HY011");
  EXPECT_EQ(odbc.SetEnvAttr(env, SQL_ATTR_ODBC_VERSION, Number(SQL_OV_ODBC3_80), 0), SQL_SUCCESS);
  EXPECT_EQ(odbc.EndTran(SQL_HANDLE_ENV, env, 7), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_ENV, env), "HY012");
}

}  // namespace
}  // namespace sluice::tests
