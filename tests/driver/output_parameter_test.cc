// Output parameters: what a scripted relay gives back, and when it reaches the buffers.

#include <array>
#include <future>

#include "tests/driver/driver_test.h"

namespace sluice::tests {
namespace {

using fakes::FakeRelay;
using fakes::IntColumn;
using fakes::NumberedRows;
using fakes::TextColumn;

class OutputParameterTest : public DriverTest {
 protected:
  static void AddOutputs(const std::vector<std::uint32_t>& markers, const fakes::FakeResult& row,
                         v1::Result& result) {
    auto& outputs = *result.mutable_outputs();
    for (const auto marker : markers) outputs.add_markers(marker);
    for (const auto& column : row.columns) *outputs.add_columns() = column;
    *outputs.mutable_batch() = row.batches.at(0);
  }

  SQLRETURN Bind(SQLUSMALLINT number, SQLSMALLINT direction, SQLSMALLINT c_type,
                 SQLSMALLINT sql_type, SQLPOINTER data, SQLLEN capacity, SQLLEN* length) {
    return odbc.BindParameter(stmt, number, direction, c_type, sql_type, 20, 0, data, capacity,
                              length);
  }
};

TEST_F(OutputParameterTest, ValuesReachTheBoundBuffers) {
  relay.OnExecute("CALL p(?, ?, ?)", [](FakeRelay::Exchange& exchange) {
    v1::Response response;
    AddOutputs({1, 3}, fakes::Table({IntColumn("a"), TextColumn("b")}, {{"42", std::nullopt}}),
               *response.mutable_result());
    exchange.Reply(std::move(response));
  });
  SQLINTEGER number = 0;
  SQLINTEGER input = 7;
  std::array<char, 8> text{"kept"};
  SQLLEN number_length = -7;
  SQLLEN text_length = SQL_NTS;
  ASSERT_EQ(Bind(1, SQL_PARAM_OUTPUT, SQL_C_SLONG, SQL_INTEGER, &number, 0, &number_length),
            SQL_SUCCESS);
  ASSERT_EQ(Bind(2, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, &input, 0, nullptr), SQL_SUCCESS);
  ASSERT_EQ(Bind(3, SQL_PARAM_INPUT_OUTPUT, SQL_C_CHAR, SQL_VARCHAR, text.data(), 8, &text_length),
            SQL_SUCCESS);
  ExecDirect("CALL p(?, ?, ?)");
  EXPECT_EQ(number, 42);
  EXPECT_EQ(number_length, 4);
  EXPECT_EQ(text_length, SQL_NULL_DATA);
  const auto request = relay.requests().back();
  const auto& sent = request.execute().parameters();
  EXPECT_EQ(sent.columns(0).direction(), v1::PARAMETER_DIRECTION_OUTPUT);
  EXPECT_EQ(sent.columns(0).data().nulls().size(), 1u);  // whatever the buffer had
  EXPECT_EQ(sent.columns(1).direction(), v1::PARAMETER_DIRECTION_INPUT);
  EXPECT_EQ(sent.columns(2).data().values(), "kept");
}

TEST_F(OutputParameterTest, TheyComeWithTheResultThatHasThem) {
  relay.OnExecute("CALL", [](FakeRelay::Exchange& exchange) {
    auto rows = NumberedRows(3, 10);
    rows.more_results = true;
    exchange.Reply(rows);
  });
  relay.On(v1::Request::kNextResult, [](FakeRelay::Exchange& exchange) {
    v1::Response response;
    AddOutputs({1}, fakes::Table({TextColumn("b")}, {{"abcdef"}}), *response.mutable_result());
    exchange.Reply(std::move(response));
  });
  std::array<char, 4> text{"x"};
  SQLLEN length = 0;
  ASSERT_EQ(Bind(1, SQL_PARAM_OUTPUT, SQL_C_CHAR, SQL_VARCHAR, text.data(), 4, &length),
            SQL_SUCCESS);
  ExecDirect("CALL");
  EXPECT_STREQ(text.data(), "x");
  EXPECT_EQ(odbc.MoreResults(stmt), SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(State(), "01004");
  EXPECT_STREQ(text.data(), "abc");
  EXPECT_EQ(length, 6);
  EXPECT_EQ(odbc.MoreResults(stmt), SQL_NO_DATA);
}

TEST_F(OutputParameterTest, AValueThatCannotBeConvertedIsAnErrorWithItsNumber) {
  relay.OnExecute("CALL", [](FakeRelay::Exchange& exchange) {
    v1::Response response;
    AddOutputs({1, 2}, fakes::Table({TextColumn("a"), IntColumn("b")}, {{"x", "5"}}),
               *response.mutable_result());
    exchange.Reply(std::move(response));
  });
  SQLINTEGER first = 1;
  SQLINTEGER second = 1;
  SQLLEN length = 0;
  ASSERT_EQ(Bind(1, SQL_PARAM_OUTPUT, SQL_C_SLONG, SQL_INTEGER, &first, 0, &length), SQL_SUCCESS);
  ASSERT_EQ(Bind(2, SQL_PARAM_OUTPUT, SQL_C_SLONG, SQL_INTEGER, &second, 0, &length), SQL_SUCCESS);
  ExecDirect("CALL", SQL_ERROR);
  EXPECT_EQ(State(), "22018");
  SQLINTEGER column = 0;
  ASSERT_EQ(
      odbc.GetDiagField(SQL_HANDLE_STMT, stmt, 1, SQL_DIAG_COLUMN_NUMBER, &column, 0, nullptr),
      SQL_SUCCESS);
  EXPECT_EQ(column, 1);
  EXPECT_EQ(second, 5);
}

TEST_F(OutputParameterTest, ArraysAreRefused) {
  SQLINTEGER value = 1;
  odbc.SetStmtAttr(stmt, SQL_ATTR_PARAMSET_SIZE, Number(2), 0);
  ASSERT_EQ(Bind(1, SQL_PARAM_OUTPUT, SQL_C_SLONG, SQL_INTEGER, &value, 0, nullptr), SQL_SUCCESS);
  ExecDirect("CALL p(?)", SQL_ERROR);
  EXPECT_EQ(State(), "HYC00");
  EXPECT_EQ(relay.Count(v1::Request::kExecute), 0u);
}

TEST_F(OutputParameterTest, MoreResultsUnderWayIsCancelled) {
  relay.OnExecute("CALL", [](FakeRelay::Exchange& exchange) {
    auto rows = NumberedRows(1, 10);
    rows.more_results = true;
    exchange.Reply(rows);
  });
  relay.On(v1::Request::kNextResult, [](FakeRelay::Exchange& exchange) {
    if (exchange.AwaitCancel()) exchange.Fail("HY008", "canceled");
  });
  ExecDirect("CALL");
  auto outcome = std::async(std::launch::async, [&] { return odbc.MoreResults(stmt); });
  ASSERT_TRUE(relay.AwaitCount(v1::Request::kNextResult, 1));
  EXPECT_EQ(odbc.Cancel(stmt), SQL_SUCCESS);
  EXPECT_EQ(outcome.get(), SQL_ERROR);
  EXPECT_EQ(State(), "HY008");
}

TEST_F(OutputParameterTest, NativeSqlAsksTheRelayOnce) {
  relay.On(v1::Request::kNativeSql, [](FakeRelay::Exchange& exchange) {
    v1::Response response;
    response.mutable_native_sql_text()->set_sql(exchange.request().native_sql().sql() + "!");
    exchange.Reply(std::move(response));
  });
  std::array<SQLCHAR, 20> out{};
  SQLINTEGER length = 0;
  const auto trips = relay.round_trips();
  ASSERT_EQ(odbc.NativeSql(dbc, Chars("SELECT"), SQL_NTS, out.data(), 20, &length), SQL_SUCCESS);
  EXPECT_STREQ(reinterpret_cast<char*>(out.data()), "SELECT!");
  EXPECT_EQ(length, 7);
  EXPECT_EQ(relay.round_trips(), trips + 1);
  EXPECT_EQ(odbc.NativeSql(dbc, nullptr, SQL_NTS, out.data(), 20, &length), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DBC, dbc), "HY009");
}

}  // namespace
}  // namespace sluice::tests
