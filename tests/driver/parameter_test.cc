#include <array>
#include <string>
#include <utility>
#include <vector>

#include "proto/values/column_batch.h"
#include "tests/driver/driver_test.h"

namespace sluice::tests {
namespace {

using fakes::AffectedRows;
using testing::Each;
using testing::ElementsAre;

class ParameterTest : public DriverTest {
 protected:
  ParameterTest() { relay.OnExecute("INSERT ?, ?", AffectedRows(1, v1::STATEMENT_KIND_INSERT)); }

  // Of the last request.
  const values::ParameterSetView& Sent() {
    request_ = relay.requests().back();
    view_ = values::ParameterSetView(request_.execute().parameters());
    return view_;
  }

 private:
  v1::Request request_;
  values::ParameterSetView view_;
};

TEST_F(ParameterTest, ArraySkipsIgnoredRowsAndReportsEachStatus) {
  std::array<SQLINTEGER, 3> numbers = {1, 2, 3};
  std::array<SQLUSMALLINT, 3> operation = {SQL_PARAM_PROCEED, SQL_PARAM_IGNORE, SQL_PARAM_PROCEED};
  std::array<SQLUSMALLINT, 3> status{};
  SQLULEN processed = 0;
  odbc.SetStmtAttr(stmt, SQL_ATTR_PARAMSET_SIZE, Number(3), 0);
  odbc.SetStmtAttr(stmt, SQL_ATTR_PARAM_OPERATION_PTR, operation.data(), 0);
  odbc.SetStmtAttr(stmt, SQL_ATTR_PARAM_STATUS_PTR, status.data(), 0);
  odbc.SetStmtAttr(stmt, SQL_ATTR_PARAMS_PROCESSED_PTR, &processed, 0);
  ASSERT_EQ(odbc.BindParameter(stmt, 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0,
                               numbers.data(), 0, nullptr),
            SQL_SUCCESS);
  ExecDirect("INSERT ?, ?");
  const auto& sent = Sent();
  ASSERT_EQ(sent.row_count(), 2u);
  EXPECT_EQ(sent.column(0).Fixed<std::int64_t>(1), 3);
  EXPECT_THAT(status, ElementsAre(SQL_PARAM_SUCCESS, SQL_PARAM_UNUSED, SQL_PARAM_SUCCESS));
  EXPECT_EQ(processed, 3u);
  EXPECT_EQ(relay.round_trips(), 2u);
}

// ---- arrays that are longer than a message should be ----

class LongArrayTest : public ParameterTest {
 protected:
  static constexpr std::size_t kRows = 5;
  static constexpr std::size_t kWidth = std::size_t{3} << 19;

  // Five rows of 1.5 MiB: three, then two make a part.
  void Bind() {
    for (std::size_t i = 0; i < kRows; ++i) texts_[i * kWidth] = static_cast<char>('a' + i);
    odbc.SetStmtAttr(stmt, SQL_ATTR_PARAMSET_SIZE, Number(kRows), 0);
    odbc.SetStmtAttr(stmt, SQL_ATTR_PARAMS_PROCESSED_PTR, &processed_, 0);
    ASSERT_EQ(odbc.BindParameter(stmt, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_LONGVARCHAR, kWidth, 0,
                                 texts_.data(), kWidth, lengths_.data()),
              SQL_SUCCESS);
  }
  void BindStatuses() { odbc.SetStmtAttr(stmt, SQL_ATTR_PARAM_STATUS_PTR, status_.data(), 0); }
  // The first letters of the values of each Execute.
  std::vector<std::string> Parts() {
    std::vector<std::string> parts;
    for (const auto& request : relay.requests()) {
      if (!request.has_execute()) continue;
      const values::ParameterSetView view(request.execute().parameters());
      auto& letters = parts.emplace_back();
      for (std::uint32_t row = 0; row < view.row_count(); ++row) {
        letters += view.column(0).Variable(row)[0];
      }
    }
    return parts;
  }

  std::vector<char> texts_ = std::vector<char>(kRows * kWidth, 'x');
  std::vector<SQLLEN> lengths_ = std::vector<SQLLEN>(kRows, static_cast<SQLLEN>(kWidth));
  std::array<SQLUSMALLINT, kRows> status_{};
  SQLULEN processed_ = 0;
};

TEST_F(LongArrayTest, GoInParts) {
  Bind();
  BindStatuses();
  relay.OnExecute("INSERT ?, ?", [](fakes::FakeRelay::Exchange& exchange) {
    v1::Response response;
    response.mutable_result()->set_affected_rows(
        exchange.request().execute().parameters().row_count());
    exchange.Reply(response);
  });
  ExecDirect("INSERT ?, ?");
  EXPECT_THAT(Parts(), ElementsAre("abc", "de"));
  EXPECT_THAT(status_, Each(SQL_PARAM_SUCCESS));
  EXPECT_EQ(processed_, kRows);
  SQLLEN count = 0;
  EXPECT_EQ(odbc.RowCount(stmt, &count), SQL_SUCCESS);
  EXPECT_EQ(count, 5);
}

TEST_F(LongArrayTest, TellErrorsOfTheRowsOfTheWhole) {
  Bind();
  BindStatuses();
  relay.OnExecute("INSERT ?, ?", [](fakes::FakeRelay::Exchange& exchange) {
    v1::Response response;
    auto& result = *response.mutable_result();
    const auto rows = exchange.request().execute().parameters().row_count();
    if (rows == 2) {
      result.add_parameter_statuses(v1::PARAMETER_SET_STATUS_ERROR);
      result.add_parameter_statuses(v1::PARAMETER_SET_STATUS_SUCCESS);
      auto& diagnostic = *response.add_diagnostics();
      diagnostic.set_sqlstate("23505");
      diagnostic.set_message("duplicate key");
      diagnostic.set_row(1);
    }
    result.set_affected_rows(rows == 2 ? 1 : rows);
    exchange.Reply(response);
  });
  ExecDirect("INSERT ?, ?", SQL_SUCCESS_WITH_INFO);
  EXPECT_THAT(status_, ElementsAre(SQL_PARAM_SUCCESS, SQL_PARAM_SUCCESS, SQL_PARAM_SUCCESS,
                                   SQL_PARAM_ERROR, SQL_PARAM_SUCCESS));
  SQLLEN row = 0;
  EXPECT_EQ(odbc.GetDiagField(SQL_HANDLE_STMT, stmt, 1, SQL_DIAG_ROW_NUMBER, &row, 0, nullptr),
            SQL_SUCCESS);
  EXPECT_EQ(row, 4);
}

TEST_F(LongArrayTest, WhatWasDoneBeforeAPartFailedIsTold) {
  Bind();
  BindStatuses();
  relay.OnExecute("INSERT ?, ?", [](fakes::FakeRelay::Exchange& exchange) {
    if (exchange.request().execute().parameters().row_count() == 2) {
      exchange.Fail("57014", "canceled");
      return;
    }
    v1::Response response;
    response.mutable_result()->set_affected_rows(3);
    exchange.Reply(response);
  });
  ExecDirect("INSERT ?, ?", SQL_ERROR);
  EXPECT_THAT(status_, ElementsAre(SQL_PARAM_SUCCESS, SQL_PARAM_SUCCESS, SQL_PARAM_SUCCESS,
                                   SQL_PARAM_DIAG_UNAVAILABLE, SQL_PARAM_DIAG_UNAVAILABLE));
}

TEST_F(LongArrayTest, AreNotBegunWhereALaterValueCannotBeSent) {
  Bind();
  lengths_[4] = -77;
  relay.OnExecute("INSERT ?, ?", [](fakes::FakeRelay::Exchange& exchange) {
    v1::Response response;
    response.mutable_result();
    exchange.Reply(response);
  });
  ExecDirect("INSERT ?, ?", SQL_ERROR);
  EXPECT_TRUE(Parts().empty());
}

TEST_F(ParameterTest, RowsThatFailedAreAnErrorUnlessTheApplicationReadsStatuses) {
  relay.OnExecute("INSERT ?, ?", fakes::FailSecondRow);
  std::array<SQLINTEGER, 2> numbers = {1, 1};
  std::array<SQLUSMALLINT, 2> status{};
  odbc.SetStmtAttr(stmt, SQL_ATTR_PARAMSET_SIZE, Number(2), 0);
  ASSERT_EQ(odbc.BindParameter(stmt, 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0,
                               numbers.data(), 0, nullptr),
            SQL_SUCCESS);
  ExecDirect("INSERT ?, ?", SQL_ERROR);
  EXPECT_EQ(State(), "23505");
  odbc.SetStmtAttr(stmt, SQL_ATTR_PARAM_STATUS_PTR, status.data(), 0);
  ExecDirect("INSERT ?, ?", SQL_SUCCESS_WITH_INFO);
  EXPECT_THAT(status, ElementsAre(SQL_PARAM_SUCCESS, SQL_PARAM_ERROR));
}

TEST_F(ParameterTest, RowThatCannotBeConvertedIsNamedAndNothingIsSent) {
  std::array<std::array<char, 4>, 2> texts = {{{"1"}, {"x"}}};
  odbc.SetStmtAttr(stmt, SQL_ATTR_PARAMSET_SIZE, Number(2), 0);
  ASSERT_EQ(odbc.BindParameter(stmt, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_INTEGER, 0, 0,
                               texts.data(), 4, nullptr),
            SQL_SUCCESS);
  ExecDirect("INSERT ?, ?", SQL_ERROR);
  EXPECT_EQ(State(), "22018");
  SQLLEN row = 0;
  ASSERT_EQ(odbc.GetDiagField(SQL_HANDLE_STMT, stmt, 1, SQL_DIAG_ROW_NUMBER, &row, 0, nullptr),
            SQL_SUCCESS);
  EXPECT_EQ(row, 2);
  EXPECT_EQ(relay.Count(v1::Request::kExecute), 0u);
}

TEST_F(ParameterTest, WithAStatusArrayTheOtherRowsAreSent) {
  relay.OnExecute("INSERT ?, ?", fakes::FailSecondRow);
  std::array<std::array<char, 4>, 4> texts = {{{"x"}, {"1"}, {"2"}, {"3"}}};
  std::array<SQLUSMALLINT, 4> operation = {SQL_PARAM_PROCEED, SQL_PARAM_PROCEED, SQL_PARAM_IGNORE,
                                           SQL_PARAM_PROCEED};
  std::array<SQLUSMALLINT, 4> status{};
  SQLULEN processed = 0;
  odbc.SetStmtAttr(stmt, SQL_ATTR_PARAMSET_SIZE, Number(4), 0);
  odbc.SetStmtAttr(stmt, SQL_ATTR_PARAM_OPERATION_PTR, operation.data(), 0);
  odbc.SetStmtAttr(stmt, SQL_ATTR_PARAM_STATUS_PTR, status.data(), 0);
  odbc.SetStmtAttr(stmt, SQL_ATTR_PARAMS_PROCESSED_PTR, &processed, 0);
  ASSERT_EQ(odbc.BindParameter(stmt, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_INTEGER, 0, 0,
                               texts.data(), 4, nullptr),
            SQL_SUCCESS);
  ExecDirect("INSERT ?, ?", SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(Sent().row_count(), 2u);
  EXPECT_THAT(status,
              ElementsAre(SQL_PARAM_ERROR, SQL_PARAM_SUCCESS, SQL_PARAM_UNUSED, SQL_PARAM_ERROR));
  EXPECT_EQ(processed, 4u);
  std::array<SQLLEN, 2> rows{};
  for (SQLSMALLINT record = 1; record <= 2; ++record) {
    ASSERT_EQ(odbc.GetDiagField(SQL_HANDLE_STMT, stmt, record, SQL_DIAG_ROW_NUMBER,
                                &rows.at(static_cast<std::size_t>(record - 1)), 0, nullptr),
              SQL_SUCCESS);
  }
  EXPECT_THAT(rows, ElementsAre(1, 4));
}

TEST_F(ParameterTest, AnArrayWithoutRowsIsNotSent) {
  std::array<SQLINTEGER, 2> numbers = {1, 2};
  std::array<SQLUSMALLINT, 2> operation = {SQL_PARAM_IGNORE, SQL_PARAM_IGNORE};
  std::array<SQLUSMALLINT, 2> status{};
  odbc.SetStmtAttr(stmt, SQL_ATTR_PARAMSET_SIZE, Number(2), 0);
  odbc.SetStmtAttr(stmt, SQL_ATTR_PARAM_OPERATION_PTR, operation.data(), 0);
  odbc.SetStmtAttr(stmt, SQL_ATTR_PARAM_STATUS_PTR, status.data(), 0);
  ASSERT_EQ(odbc.BindParameter(stmt, 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0,
                               numbers.data(), 0, nullptr),
            SQL_SUCCESS);
  ExecDirect("INSERT ?, ?");
  EXPECT_THAT(status, testing::Each(SQL_PARAM_UNUSED));
  EXPECT_EQ(relay.Count(v1::Request::kExecute), 0u);
  EXPECT_EQ(odbc.SetStmtAttr(stmt, SQL_ATTR_PARAMSET_SIZE, Number(0), 0), SQL_ERROR);
}

TEST_F(ParameterTest, ADefaultIsRefused) {
  SQLINTEGER number = 1;
  SQLLEN length = SQL_DEFAULT_PARAM;
  ASSERT_EQ(odbc.BindParameter(stmt, 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, &number, 0,
                               &length),
            SQL_SUCCESS);
  ExecDirect("INSERT ?, ?", SQL_ERROR);
  EXPECT_EQ(State(), "07S01");
}

TEST_F(ParameterTest, RowWiseArraysAreReadWithTheirOffset) {
  struct Row {
    SQLINTEGER id;
    SQLLEN length;
    std::array<char, 8> text;
  };
  std::array<Row, 3> rows = {{{0, 0, {"no"}}, {1, SQL_NTS, {"one"}}, {2, 2, {"two"}}}};
  SQLLEN offset = sizeof(Row);
  odbc.SetStmtAttr(stmt, SQL_ATTR_PARAM_BIND_TYPE, Number(sizeof(Row)), 0);
  odbc.SetStmtAttr(stmt, SQL_ATTR_PARAM_BIND_OFFSET_PTR, &offset, 0);
  odbc.SetStmtAttr(stmt, SQL_ATTR_PARAMSET_SIZE, Number(2), 0);
  ASSERT_EQ(odbc.BindParameter(stmt, 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0,
                               &rows[0].id, 0, nullptr),
            SQL_SUCCESS);
  ASSERT_EQ(odbc.BindParameter(stmt, 2, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 8, 0,
                               rows[0].text.data(), 8, &rows[0].length),
            SQL_SUCCESS);
  ExecDirect("INSERT ?, ?");
  const auto& sent = Sent();
  EXPECT_EQ(sent.column(0).Fixed<std::int64_t>(1), 2);
  EXPECT_EQ(sent.column(1).Variable(0), "one");
  EXPECT_EQ(sent.column(1).Variable(1), "tw");
}

TEST_F(ParameterTest, DataAtExecutionIsAskedForInOrder) {
  SQLLEN deferred = SQL_DATA_AT_EXEC;
  SQLLEN counted = SQL_LEN_DATA_AT_EXEC(6);
  int first = 0;
  int second = 0;
  ASSERT_EQ(odbc.BindParameter(stmt, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 100, 0, &first, 0,
                               &deferred),
            SQL_SUCCESS);
  ASSERT_EQ(odbc.BindParameter(stmt, 2, SQL_PARAM_INPUT, SQL_C_BINARY, SQL_VARBINARY, 100, 0,
                               &second, 0, &counted),
            SQL_SUCCESS);
  ExecDirect("INSERT ?, ?", SQL_NEED_DATA);
  EXPECT_EQ(odbc.PutData(stmt, Chars("x"), 1), SQL_ERROR);
  EXPECT_EQ(State(), "HY010");
  SQLPOINTER token = nullptr;
  ASSERT_EQ(odbc.ParamData(stmt, &token), SQL_NEED_DATA);
  EXPECT_EQ(token, &first);
  ASSERT_EQ(odbc.PutData(stmt, Chars("abc"), SQL_NTS), SQL_SUCCESS);
  ASSERT_EQ(odbc.PutData(stmt, Chars("def"), 3), SQL_SUCCESS);
  ASSERT_EQ(odbc.ParamData(stmt, &token), SQL_NEED_DATA);
  EXPECT_EQ(token, &second);
  ASSERT_EQ(odbc.PutData(stmt, Chars("\x01\x02"), 2), SQL_SUCCESS);
  ASSERT_EQ(odbc.ParamData(stmt, &token), SQL_SUCCESS) << State();
  const auto& sent = Sent();
  EXPECT_EQ(sent.column(0).Variable(0), "abcdef");
  EXPECT_EQ(sent.column(1).Variable(0), "\x01\x02");
}

// Whichever comes first.
TEST_F(ParameterTest, ANullIsNotPutTogetherWithData) {
  SQLLEN deferred = SQL_DATA_AT_EXEC;
  ASSERT_EQ(odbc.BindParameter(stmt, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 100, 0, &deferred,
                               0, &deferred),
            SQL_SUCCESS);
  for (const auto& [first, second] :
       {std::pair<SQLLEN, SQLLEN>(SQL_NULL_DATA, 1), std::pair<SQLLEN, SQLLEN>(1, SQL_NULL_DATA)}) {
    SQLPOINTER token = nullptr;
    ExecDirect("INSERT ?, ?", SQL_NEED_DATA);
    ASSERT_EQ(odbc.ParamData(stmt, &token), SQL_NEED_DATA);
    ASSERT_EQ(odbc.PutData(stmt, Chars("x"), first), SQL_SUCCESS);
    EXPECT_EQ(odbc.PutData(stmt, Chars("x"), second), SQL_ERROR);
    EXPECT_EQ(State(), "HY020");
  }
}

TEST_F(ParameterTest, CancelEndsTheAskingForData) {
  SQLLEN deferred = SQL_DATA_AT_EXEC;
  ASSERT_EQ(odbc.BindParameter(stmt, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 100, 0, &deferred,
                               0, &deferred),
            SQL_SUCCESS);
  ExecDirect("INSERT ?, ?", SQL_NEED_DATA);
  EXPECT_EQ(odbc.Fetch(stmt), SQL_ERROR);
  EXPECT_EQ(State(), "HY010");
  ASSERT_EQ(odbc.Cancel(stmt), SQL_SUCCESS);
  EXPECT_EQ(odbc.ParamData(stmt, nullptr), SQL_ERROR);
  EXPECT_EQ(State(), "HY010");
  EXPECT_EQ(relay.Count(v1::Request::kExecute), 0u);
}

TEST_F(ParameterTest, BadBindingsAreRefused) {
  int value = 0;
  EXPECT_EQ(odbc.BindParameter(stmt, 0, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, &value, 0,
                               nullptr),
            SQL_ERROR);
  EXPECT_EQ(State(), "07009");
  EXPECT_EQ(
      odbc.BindParameter(stmt, 1, SQL_PARAM_INPUT, 4711, SQL_INTEGER, 0, 0, &value, 0, nullptr),
      SQL_ERROR);
  EXPECT_EQ(State(), "HY003");
  EXPECT_EQ(
      odbc.BindParameter(stmt, 1, SQL_PARAM_INPUT, SQL_C_SLONG, 4711, 0, 0, &value, 0, nullptr),
      SQL_ERROR);
  EXPECT_EQ(State(), "HY004");
  for (const int stream : {SQL_PARAM_OUTPUT_STREAM, SQL_PARAM_INPUT_OUTPUT_STREAM}) {
    EXPECT_EQ(odbc.BindParameter(stmt, 1, static_cast<SQLSMALLINT>(stream), SQL_C_BINARY,
                                 SQL_LONGVARBINARY, 0, 0, &value, 0, nullptr),
              SQL_ERROR);
    EXPECT_EQ(State(), "HYC00");
  }
  EXPECT_EQ(odbc.BindParameter(stmt, 1, 77, SQL_C_SLONG, SQL_INTEGER, 0, 0, &value, 0, nullptr),
            SQL_ERROR);
  EXPECT_EQ(State(), "HY105");
}

TEST_F(ParameterTest, AValueOfFixedWidthNeedsData) {
  SQLLEN deferred = SQL_DATA_AT_EXEC;
  ASSERT_EQ(odbc.BindParameter(stmt, 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, &deferred,
                               0, &deferred),
            SQL_SUCCESS);
  SQLPOINTER token = nullptr;
  ExecDirect("INSERT ?, ?", SQL_NEED_DATA);
  ASSERT_EQ(odbc.ParamData(stmt, &token), SQL_NEED_DATA);
  EXPECT_EQ(odbc.PutData(stmt, nullptr, 0), SQL_ERROR);
  EXPECT_EQ(State(), "HY009");
}

TEST_F(ParameterTest, APrecisionThatItsFieldCannotHoldIsTheLargest) {
  ASSERT_EQ(odbc.BindParameter(stmt, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_NUMERIC, 40000, 0,
                               Chars("1"), 0, nullptr),
            SQL_SUCCESS);
  ExecDirect("INSERT ?, ?");
  EXPECT_EQ(Sent().description(0).size(), 32767u);
}

TEST_F(ParameterTest, TheOffsetOfArraysMayBeNegative) {
  std::array<SQLINTEGER, 4> values = {1, 2, 3, 4};
  SQLLEN offset = -2 * static_cast<SQLLEN>(sizeof(SQLINTEGER));
  odbc.SetStmtAttr(stmt, SQL_ATTR_PARAM_BIND_OFFSET_PTR, &offset, 0);
  ASSERT_EQ(odbc.BindParameter(stmt, 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, &values[3],
                               0, nullptr),
            SQL_SUCCESS);
  ExecDirect("INSERT ?, ?");
  EXPECT_EQ(Sent().column(0).Fixed<std::int64_t>(0), 2);
}

TEST_F(ParameterTest, TheGreatestNumberOfAParameterIsOneToo) {
  SQLINTEGER value = 1;
  ASSERT_EQ(odbc.BindParameter(stmt, 32767, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, &value,
                               0, nullptr),
            SQL_SUCCESS);
  ExecDirect("INSERT ?", SQL_ERROR);
  EXPECT_EQ(State(), "07002") << "the others are not bound";
  EXPECT_EQ(odbc.BindParameter(stmt, 32768, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, &value,
                               0, nullptr),
            SQL_ERROR);
  EXPECT_EQ(State(), "07009");
}

}  // namespace
}  // namespace sluice::tests
