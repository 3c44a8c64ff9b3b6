// Long values of SQLPutData: they go to the relay in parts, ahead of the statement.

#include <string>

#include "tests/driver/driver_test.h"

namespace sluice::tests {
namespace {

using Exchange = fakes::FakeRelay::Exchange;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kMegabyte = std::size_t{1} << 20;

class StreamedValueTest : public DriverTest {
 protected:
  StreamedValueTest() { relay.OnExecute("INSERT ?", fakes::AffectedRows(1)); }

  void Bind(SQLSMALLINT c_type, SQLSMALLINT sql_type) {
    ASSERT_EQ(odbc.BindParameter(stmt, 1, SQL_PARAM_INPUT, c_type, sql_type, 100, 0, Number(1), 0,
                                 &at_execution),
              SQL_SUCCESS);
  }
  void Begin(SQLSMALLINT c_type = SQL_C_CHAR, SQLSMALLINT sql_type = SQL_LONGVARCHAR) {
    Bind(c_type, sql_type);
    ExecDirect("INSERT ?", SQL_NEED_DATA);
    SQLPOINTER token = nullptr;
    ASSERT_EQ(odbc.ParamData(stmt, &token), SQL_NEED_DATA);
  }
  SQLRETURN Put(const std::string& octets) {
    return odbc.PutData(stmt, const_cast<char*>(octets.data()), static_cast<SQLLEN>(octets.size()));
  }
  SQLRETURN Finish() {
    SQLPOINTER token = nullptr;
    return odbc.ParamData(stmt, &token);
  }
  // What has come of a value, and the longest part.
  std::pair<std::string, std::size_t> Received(std::uint32_t id) const {
    std::pair<std::string, std::size_t> received;
    for (const auto& request : relay.requests()) {
      if (!request.has_value_part() || request.value_part().value_id() != id) continue;
      received.first += request.value_part().octets();
      received.second = std::max(received.second, request.value_part().octets().size());
    }
    return received;
  }
  v1::ParameterColumn SentColumn() const {
    for (const auto& request : relay.requests()) {
      if (request.has_execute()) return request.execute().parameters().columns(0);
    }
    return {};
  }

  SQLLEN at_execution = SQL_DATA_AT_EXEC;
};

TEST_F(StreamedValueTest, ShortValueTravelsWithItsStatement) {
  Begin();
  ASSERT_EQ(Put(std::string(1000, 'x')), SQL_SUCCESS);
  ASSERT_EQ(Put(std::string(1000, 'y')), SQL_SUCCESS);
  ASSERT_EQ(Finish(), SQL_SUCCESS) << State();
  EXPECT_EQ(relay.Count(v1::Request::kValuePart), 0u);
  EXPECT_EQ(relay.round_trips(), 2u);
  EXPECT_EQ(SentColumn().data().values().size(), 2000u);
}

TEST_F(StreamedValueTest, LongValueTravelsInPartsAndIsNamed) {
  std::string value;
  Begin();
  for (char c = 'a'; c < 'k'; ++c) {
    const std::string piece(100'000, c);
    ASSERT_EQ(Put(piece), SQL_SUCCESS) << State();
    value += piece;
  }
  EXPECT_TRUE(relay.AwaitCount(v1::Request::kValuePart, 3)) << "it is not kept until the end";
  ASSERT_EQ(Finish(), SQL_SUCCESS) << State();
  const auto column = SentColumn();
  ASSERT_EQ(column.sent_values_size(), 1);
  EXPECT_EQ(column.sent_values(0).row(), 0u);
  EXPECT_TRUE(column.data().values().empty());
  const auto [received, longest] = Received(column.sent_values(0).value_id());
  EXPECT_TRUE(received == value);
  EXPECT_LE(longest, 256u << 10);
}

TEST_F(StreamedValueTest, OneCallMayBringAllOfIt) {
  const std::string value(5 * kMegabyte, 'x');
  Begin(SQL_C_BINARY, SQL_LONGVARBINARY);
  ASSERT_EQ(Put(value), SQL_SUCCESS) << State();
  ASSERT_EQ(Finish(), SQL_SUCCESS) << State();
  EXPECT_TRUE(Received(SentColumn().sent_values(0).value_id()).first == value);
}

TEST_F(StreamedValueTest, WideTextIsConvertedOnItsWay) {
  std::u16string text;
  while (text.size() < kMegabyte) text += u"gr\u00FC\u00DF \U0001F600 ";
  const std::string octets(reinterpret_cast<const char*>(text.data()), text.size() * 2);
  Begin(SQL_C_WCHAR, SQL_WLONGVARCHAR);
  for (std::size_t at = 0; at < octets.size(); at += 99'991) {  // splits units and pairs
    ASSERT_EQ(Put(octets.substr(at, 99'991)), SQL_SUCCESS);
  }
  ASSERT_EQ(Finish(), SQL_SUCCESS) << State();
  std::string expected;
  while (expected.size() < kMegabyte * 20 / 9 * 2) {
    expected += "gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80 ";
  }
  const std::string received = Received(SentColumn().sent_values(0).value_id()).first;
  EXPECT_EQ(received.size() % 12, 0u);
  EXPECT_TRUE(received == expected.substr(0, received.size()));
  EXPECT_EQ(received.size() / 12, text.size() / 8);
}

TEST_F(StreamedValueTest, CancelledValueIsForgotten) {
  Begin();
  ASSERT_EQ(Put(std::string(kMegabyte, 'x')), SQL_SUCCESS);
  ASSERT_EQ(odbc.Cancel(stmt), SQL_SUCCESS);
  EXPECT_EQ(Finish(), SQL_ERROR);
  EXPECT_EQ(State(), "HY010") << "no data is asked for any more";
  ASSERT_EQ(odbc.FreeStmt(stmt, SQL_RESET_PARAMS), SQL_SUCCESS);
  relay.OnExecute("SELECT n", fakes::NumberedRows(1, 1));
  ExecDirect("SELECT n");
  EXPECT_THAT(relay.requests().back().released_values(), ElementsAre(1u));
}

TEST_F(StreamedValueTest, UsedValueNeedNotBeForgotten) {
  Begin();
  ASSERT_EQ(Put(std::string(kMegabyte, 'x')), SQL_SUCCESS);
  ASSERT_EQ(Finish(), SQL_SUCCESS);
  ASSERT_EQ(odbc.FreeStmt(stmt, SQL_RESET_PARAMS), SQL_SUCCESS);
  relay.OnExecute("SELECT n", fakes::NumberedRows(1, 1));
  ExecDirect("SELECT n");
  EXPECT_THAT(relay.requests().back().released_values(), IsEmpty());
}

TEST_F(StreamedValueTest, RefusedPartEndsTheSending) {
  relay.On(v1::Request::kValuePart,
           [](Exchange& exchange) { exchange.Fail("53100", "the value is too long"); });
  Begin();
  SQLRETURN result = SQL_SUCCESS;
  for (int megabytes = 0; result == SQL_SUCCESS && megabytes < 10; ++megabytes) {
    result = Put(std::string(kMegabyte, 'x'));
  }
  EXPECT_EQ(result, SQL_ERROR);
  EXPECT_EQ(State(), "53100");
  EXPECT_EQ(Put("y"), SQL_ERROR);
  EXPECT_EQ(State(), "HY010");
}

TEST_F(StreamedValueTest, RowsOfAnArrayAreNamedByTheirPlace) {
  SQLLEN lengths[3] = {SQL_NULL_DATA, SQL_LEN_DATA_AT_EXEC(300'000), SQL_LEN_DATA_AT_EXEC(2)};
  SQLCHAR tokens[3];
  ASSERT_EQ(odbc.SetStmtAttr(stmt, SQL_ATTR_PARAMSET_SIZE, Number(3), 0), SQL_SUCCESS);
  ASSERT_EQ(odbc.BindParameter(stmt, 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_LONGVARCHAR, 100, 0,
                               tokens, 1, lengths),
            SQL_SUCCESS);
  ExecDirect("INSERT ?", SQL_NEED_DATA);
  ASSERT_EQ(Finish(), SQL_NEED_DATA);
  ASSERT_EQ(Put(std::string(300'000, 'x')), SQL_SUCCESS);
  ASSERT_EQ(Finish(), SQL_NEED_DATA);
  ASSERT_EQ(Put("ab"), SQL_SUCCESS);
  ASSERT_EQ(Finish(), SQL_SUCCESS) << State();
  const auto column = SentColumn();
  ASSERT_EQ(column.sent_values_size(), 1);
  EXPECT_EQ(column.sent_values(0).row(), 1u);
  EXPECT_EQ(column.data().values(), "ab");
  EXPECT_EQ(Received(column.sent_values(0).value_id()).first.size(), 300'000u);
}

}  // namespace
}  // namespace sluice::tests
