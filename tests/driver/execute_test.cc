#include <thread>

#include "tests/driver/driver_test.h"

namespace sluice::tests {
namespace {

using fakes::AffectedRows;
using fakes::IntColumn;
using fakes::NumberedRows;
using fakes::Table;
using testing::StartsWith;

class ExecuteTest : public DriverTest {
 protected:
  SQLLEN RowCount() {
    SQLLEN rows = 0;
    EXPECT_EQ(odbc.RowCount(stmt, &rows), SQL_SUCCESS);
    return rows;
  }
};

TEST_F(ExecuteTest, SmallResultTakesOneRoundTripToTheEnd) {
  relay.OnExecute("SELECT n", NumberedRows(3, 1000));
  ExecDirect("SELECT n");
  for (int row = 0; row < 3; ++row) ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS);
  EXPECT_EQ(odbc.Fetch(stmt), SQL_NO_DATA);
  EXPECT_EQ(odbc.CloseCursor(stmt), SQL_SUCCESS);
  EXPECT_EQ(relay.round_trips(), 2u);
}

TEST_F(ExecuteTest, TextTravelsOncePerStatement) {
  relay.OnExecute("SELECT n", NumberedRows(1, 1000));
  ASSERT_EQ(odbc.Prepare(stmt, Chars("SELECT n"), SQL_NTS), SQL_SUCCESS);
  for (int run = 0; run < 2; ++run) {
    ASSERT_EQ(odbc.Execute(stmt), SQL_SUCCESS) << State();
    ASSERT_EQ(odbc.CloseCursor(stmt), SQL_SUCCESS);
  }
  const auto requests = relay.requests();
  EXPECT_TRUE(requests[1].execute().has_sql());
  EXPECT_FALSE(requests[2].execute().has_sql());
  EXPECT_EQ(requests[1].execute().statement_id(), requests[2].execute().statement_id());
  EXPECT_TRUE(requests[1].execute().prepared());
}

TEST_F(ExecuteTest, PreparedStatementIsDescribedOnceBeforeItRuns) {
  relay.On(v1::Request::kDescribe, [](fakes::FakeRelay::Exchange& exchange) {
    v1::Response response;
    *response.mutable_description()->add_columns() = IntColumn("n");
    response.mutable_description()->add_parameters()->set_sql_type(v1::SQLTYPE_INTEGER);
    exchange.Reply(response);
  });
  ASSERT_EQ(odbc.Prepare(stmt, Chars("SELECT ?"), SQL_NTS), SQL_SUCCESS);
  SQLSMALLINT count = 0;
  ASSERT_EQ(odbc.NumResultCols(stmt, &count), SQL_SUCCESS);
  EXPECT_EQ(count, 1);
  ASSERT_EQ(odbc.NumParams(stmt, &count), SQL_SUCCESS);
  EXPECT_EQ(count, 1);
  SQLSMALLINT type = 0;
  ASSERT_EQ(odbc.DescribeParam(stmt, 1, &type, nullptr, nullptr, nullptr), SQL_SUCCESS);
  EXPECT_EQ(type, SQL_INTEGER);
  SQLCHAR name[16];
  ASSERT_EQ(odbc.DescribeCol(stmt, 1, name, sizeof name, nullptr, &type, nullptr, nullptr, nullptr),
            SQL_SUCCESS);
  EXPECT_STREQ(reinterpret_cast<const char*>(name), "n");
  EXPECT_EQ(relay.Count(v1::Request::kDescribe), 1u);
  EXPECT_EQ(odbc.Execute(stmt), SQL_ERROR);
  EXPECT_EQ(State(), "07002") << "the marker is not bound";
}

TEST_F(ExecuteTest, ServerErrorKeepsItsStateAndNamesItsSource) {
  relay.OnExecute("SELEC", [](fakes::FakeRelay::Exchange& exchange) {
    v1::Response response;
    response.mutable_failure();
    auto& diagnostic = *response.add_diagnostics();
    diagnostic.set_sqlstate("42601");
    diagnostic.set_native_code(7);
    diagnostic.set_message("syntax error");
    diagnostic.set_origin(v1::Diagnostic::ORIGIN_SERVER);
    exchange.Reply(response);
  });
  ExecDirect("SELEC", SQL_ERROR);
  EXPECT_EQ(State(), "42601");
  EXPECT_EQ(Message(SQL_HANDLE_STMT, stmt), "[Sluice][PostgreSQL] syntax error");
  SQLINTEGER native = 0;
  ASSERT_EQ(odbc.GetDiagField(SQL_HANDLE_STMT, stmt, 1, SQL_DIAG_NATIVE, &native, 0, nullptr),
            SQL_SUCCESS);
  EXPECT_EQ(native, 7);
  SQLRETURN code = 0;
  ASSERT_EQ(odbc.GetDiagField(SQL_HANDLE_STMT, stmt, 0, SQL_DIAG_RETURNCODE, &code, 0, nullptr),
            SQL_SUCCESS);
  EXPECT_EQ(code, SQL_ERROR);
}

TEST_F(ExecuteTest, ChangeReportsItsRowsAndAnEmptySearchedOneNoData) {
  relay.OnExecute("UPDATE t", AffectedRows(3));
  relay.OnExecute("UPDATE none", AffectedRows(0));
  ExecDirect("UPDATE t");
  EXPECT_EQ(RowCount(), 3);
  EXPECT_EQ(odbc.Fetch(stmt), SQL_NO_DATA);  // as from psqlodbc
  ExecDirect("UPDATE none", SQL_NO_DATA);
  EXPECT_EQ(RowCount(), 0);
}

// As the native drivers, which read all rows first; a longer result is not waited for.
TEST_F(ExecuteTest, RowsOfAShortResultAreCounted) {
  relay.OnExecute("SELECT short", NumberedRows(3, 1000));
  relay.OnExecute("SELECT long", NumberedRows(3, 1));
  ExecDirect("SELECT short");
  SQLLEN counted = 0;
  ASSERT_EQ(
      odbc.GetDiagField(SQL_HANDLE_STMT, stmt, 0, SQL_DIAG_CURSOR_ROW_COUNT, &counted, 0, nullptr),
      SQL_SUCCESS);
  EXPECT_EQ(counted, 3);
  EXPECT_EQ(RowCount(), 3);
  ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS);
  EXPECT_EQ(RowCount(), 3);
  ASSERT_EQ(odbc.CloseCursor(stmt), SQL_SUCCESS);
  ExecDirect("SELECT long");
  EXPECT_EQ(RowCount(), -1);
}

TEST_F(ExecuteTest, TwoStatementsInterleaveTheirRows) {
  relay.OnExecute("A", NumberedRows(6, 2));
  relay.OnExecute("B", NumberedRows(6, 2));
  SQLHSTMT other = NewStatement();
  ExecDirect("A");
  ASSERT_EQ(odbc.ExecDirect(other, Chars("B"), SQL_NTS), SQL_SUCCESS);
  for (SQLINTEGER row = 1; row <= 6; ++row) {
    for (SQLHSTMT one : {stmt, other}) {
      SQLINTEGER value = 0;
      ASSERT_EQ(odbc.Fetch(one), SQL_SUCCESS);
      ASSERT_EQ(odbc.GetData(one, 1, SQL_C_SLONG, &value, 0, nullptr), SQL_SUCCESS);
      EXPECT_EQ(value, row);
    }
  }
  EXPECT_EQ(relay.round_trips(), 3u);
}

TEST_F(ExecuteTest, CancelFromAnotherThreadStopsTheCall) {
  relay.OnExecute("SELECT slow", [](fakes::FakeRelay::Exchange& exchange) {
    if (exchange.AwaitCancel()) exchange.Fail("HY008", "canceled");
  });
  std::thread canceller([&] {
    EXPECT_TRUE(relay.AwaitCount(v1::Request::kExecute, 1));
    EXPECT_EQ(odbc.Cancel(stmt), SQL_SUCCESS);
  });
  ExecDirect("SELECT slow", SQL_ERROR);
  canceller.join();
  EXPECT_EQ(State(), "HY008");
  relay.OnExecute("SELECT n", NumberedRows(1, 1));
  ExecDirect("SELECT n");
}

TEST_F(ExecuteTest, LostConnectionIs08S01AndTheConnectionIsDead) {
  relay.OnExecute("SELECT half", [](fakes::FakeRelay::Exchange& exchange) {
    v1::Response response;
    response.mutable_result()->set_affected_rows(1);
    const auto frame = exchange.Encode(response);
    exchange.SendOctets(frame.substr(0, frame.size() - 1));
    exchange.Drop();
  });
  ExecDirect("SELECT half", SQL_ERROR);
  EXPECT_EQ(State(), "08S01");
  SQLUINTEGER dead = SQL_CD_FALSE;
  ASSERT_EQ(odbc.GetConnectAttr(dbc, SQL_ATTR_CONNECTION_DEAD, &dead, 0, nullptr), SQL_SUCCESS);
  EXPECT_EQ(dead, SQLUINTEGER{SQL_CD_TRUE});
}

TEST_F(ExecuteTest, GarbageIs08S01) {
  relay.OnExecute("SELECT garbage", [](fakes::FakeRelay::Exchange& exchange) {
    exchange.SendOctets("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  ExecDirect("SELECT garbage", SQL_ERROR);
  EXPECT_EQ(State(), "08S01");
}

TEST_F(ExecuteTest, FunctionsOutOfSequenceAreRefused) {
  EXPECT_EQ(odbc.Execute(stmt), SQL_ERROR);
  EXPECT_EQ(State(), "HY010");
  EXPECT_EQ(odbc.Fetch(stmt), SQL_ERROR);
  EXPECT_EQ(State(), "HY010");
  EXPECT_EQ(odbc.CloseCursor(stmt), SQL_ERROR);
  EXPECT_EQ(State(), "24000");
  EXPECT_EQ(odbc.FreeStmt(stmt, SQL_CLOSE), SQL_SUCCESS);
  relay.OnExecute("SELECT n", NumberedRows(1, 1));
  ExecDirect("SELECT n");
  EXPECT_EQ(odbc.ExecDirect(stmt, Chars("SELECT n"), SQL_NTS), SQL_ERROR);
  EXPECT_EQ(State(), "24000");
  EXPECT_EQ(odbc.MoreResults(stmt), SQL_NO_DATA);
  EXPECT_EQ(odbc.Fetch(stmt), SQL_ERROR);
}

class OpenTransactionTest : public ExecuteTest {
 protected:
  void SetUp() override {
    ExecuteTest::SetUp();
    ASSERT_EQ(odbc.SetConnectAttr(dbc, SQL_ATTR_AUTOCOMMIT, Number(SQL_AUTOCOMMIT_OFF), 0),
              SQL_SUCCESS);
    relay.OnExecute("INSERT", fakes::ChangeInTransaction);
    ExecDirect("INSERT");
  }
};

TEST_F(OpenTransactionTest, EndsWithItsEnvironment) {
  EXPECT_EQ(odbc.EndTran(SQL_HANDLE_ENV, env, SQL_ROLLBACK), SQL_SUCCESS);
  ASSERT_EQ(relay.Count(v1::Request::kEndTransaction), 1u);
  EXPECT_EQ(relay.requests().back().end_transaction().completion(), v1::EndTransaction::ROLLBACK);
}

TEST_F(OpenTransactionTest, IsLeftToTheEndOfTheSessionByDisconnecting) {
  EXPECT_EQ(odbc.Disconnect(dbc), SQL_SUCCESS);
  EXPECT_EQ(relay.Count(v1::Request::kEndTransaction), 0u);
}

TEST_F(ExecuteTest, MoreResultsLeadsThroughEveryResult) {
  relay.OnExecute("batch", [](fakes::FakeRelay::Exchange& exchange) {
    auto rows = NumberedRows(3, 1);
    rows.more_results = true;
    exchange.Reply(rows);
  });
  relay.On(v1::Request::kNextResult,
           [](fakes::FakeRelay::Exchange& exchange) { exchange.Reply(AffectedRows(5)); });
  ExecDirect("batch");
  ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS);
  ASSERT_EQ(odbc.MoreResults(stmt), SQL_SUCCESS) << "rows left unread";
  EXPECT_EQ(RowCount(), 5);
  EXPECT_EQ(odbc.MoreResults(stmt), SQL_NO_DATA);
}

TEST_F(ExecuteTest, CatalogueArgumentsTellNullFromEmpty) {
  relay.On(v1::Request::kCatalog, [](fakes::FakeRelay::Exchange& exchange) {
    exchange.Reply(Table({fakes::TextColumn("TABLE_CAT")}, {{"sales"}}));
  });
  ASSERT_EQ(odbc.Tables(stmt, nullptr, 0, Chars(""), SQL_NTS, Chars("t%"), 2, nullptr, 0),
            SQL_SUCCESS)
      << State();
  const auto catalog = relay.requests().back().catalog();
  EXPECT_EQ(catalog.function(), v1::Catalog::TABLES);
  EXPECT_FALSE(catalog.has_catalog());
  EXPECT_TRUE(catalog.has_schema());
  EXPECT_EQ(catalog.table(), "t%");
  ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS);
  ASSERT_EQ(odbc.CloseCursor(stmt), SQL_SUCCESS);
  EXPECT_EQ(odbc.Statistics(stmt, nullptr, 0, nullptr, 0, nullptr, 0, 0, 0), SQL_ERROR);
  EXPECT_EQ(State(), "HY009");
}

TEST_F(ExecuteTest, TypeInfoIsAnsweredLocally) {
  ASSERT_EQ(odbc.GetTypeInfo(stmt, SQL_INTEGER), SQL_SUCCESS) << State();
  ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS);
  SQLSMALLINT type = 0;
  ASSERT_EQ(odbc.GetData(stmt, 2, SQL_C_SSHORT, &type, 0, nullptr), SQL_SUCCESS);
  EXPECT_EQ(type, SQL_INTEGER);
  EXPECT_EQ(relay.round_trips(), 1u);
}

TEST_F(ExecuteTest, CancelFromAnotherThreadStopsADescription) {
  relay.On(v1::Request::kDescribe, [](fakes::FakeRelay::Exchange& exchange) {
    if (exchange.AwaitCancel()) exchange.Fail("HY008", "canceled");
  });
  ASSERT_EQ(odbc.Prepare(stmt, Chars("SELECT slow"), SQL_NTS), SQL_SUCCESS);
  std::thread canceller([&] {
    EXPECT_TRUE(relay.AwaitCount(v1::Request::kDescribe, 1));
    EXPECT_EQ(odbc.Cancel(stmt), SQL_SUCCESS);
  });
  SQLSMALLINT columns = 0;
  EXPECT_EQ(odbc.NumResultCols(stmt, &columns), SQL_ERROR);
  canceller.join();
  EXPECT_EQ(State(), "HY008");
}

}  // namespace
}  // namespace sluice::tests
