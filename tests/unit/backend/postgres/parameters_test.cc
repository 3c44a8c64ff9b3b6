#include "tests/unit/backend/postgres/postgres_test.h"

namespace sluice::relay::backend::postgres {
namespace {

class PostgresParametersTest : public PostgresTest {
 protected:
  // What the server makes of the parameter as that type, in its own text.
  std::string As(const std::string& type, const Parameters& parameters) {
    return Run("SELECT $1::" + type + "::text", parameters).Text();
  }
};

TEST_F(PostgresParametersTest, ValuesOfTheServersOwnType) {
  EXPECT_EQ(As("bool", Parameters().Fixed(v1::VALUE_TYPE_BOOL, std::uint8_t{1})), "true");
  EXPECT_EQ(As("int2", Parameters().Fixed(v1::VALUE_TYPE_INT16, std::int16_t{-7})), "-7");
  EXPECT_EQ(As("int4", Parameters().Fixed(v1::VALUE_TYPE_INT32, std::int32_t{-70000})), "-70000");
  EXPECT_EQ(As("int8", Parameters().Fixed(v1::VALUE_TYPE_INT64, std::int64_t{1} << 40)),
            "1099511627776");
  EXPECT_EQ(As("float4", Parameters().Fixed(v1::VALUE_TYPE_FLOAT32, 0.1F)), "0.1");
  EXPECT_EQ(As("float8", Parameters().Fixed(v1::VALUE_TYPE_FLOAT64, 1e-300)), "1e-300");
  EXPECT_EQ(As("text", Parameters().Text("ä😀'")), "ä😀'");
  EXPECT_EQ(As("text", Parameters().Text("")), "");
  EXPECT_EQ(As("json", Parameters().Text("{\"a\": 1}")), "{\"a\": 1}");
  EXPECT_EQ(As("jsonb", Parameters().Text("{\"a\":1}")), "{\"a\": 1}");
  EXPECT_EQ(As("bytea", Parameters().Bytes(std::string("\0\xff", 2))), "\\x00ff");
  EXPECT_EQ(As("uuid",
               Parameters().Add(v1::VALUE_TYPE_UUID,
                                [](auto& column) { column.AppendFixedBytes("0123456789abcdef"); })),
            "30313233-3435-3637-3839-616263646566");
  EXPECT_EQ(As("interval", Parameters().Add(v1::VALUE_TYPE_INTERVAL,
                                            [](auto& column) {
                                              column.AppendInterval({14, -3, 1'500'000});
                                            })),
            "1 year 2 mons -3 days +00:00:01.5");
}

TEST_F(PostgresParametersTest, DatesAndTimes) {
  const std::uint32_t date = values::PackDate({2024, 2, 29});
  EXPECT_EQ(As("date", Parameters().Fixed(v1::VALUE_TYPE_DATE, date)), "2024-02-29");
  EXPECT_EQ(As("timestamp", Parameters().Fixed(v1::VALUE_TYPE_DATE, date)), "2024-02-29 00:00:00");
  EXPECT_EQ(As("date", Parameters().Fixed(v1::VALUE_TYPE_DATE, values::kDateInfinity)), "infinity");
  EXPECT_EQ(As("date", Parameters().Fixed(v1::VALUE_TYPE_DATE, values::PackDate({-43, 3, 15}))),
            "0044-03-15 BC");
  const std::uint64_t timestamp = values::PackTimestamp({{1999, 12, 31}, 86'399'250'000});
  EXPECT_EQ(As("timestamp", Parameters().Fixed(v1::VALUE_TYPE_TIMESTAMP, timestamp)),
            "1999-12-31 23:59:59.25");
  EXPECT_EQ(As("date", Parameters().Fixed(v1::VALUE_TYPE_TIMESTAMP, timestamp)), "1999-12-31");
  EXPECT_EQ(As("time", Parameters().Fixed(v1::VALUE_TYPE_TIME, std::int64_t{3'600'000'001})),
            "01:00:00.000001");
}

TEST_F(PostgresParametersTest, OtherTypesAreReadByTheServer) {
  EXPECT_EQ(As("int4", Parameters().Fixed(v1::VALUE_TYPE_INT64, std::int64_t{5})), "5");
  EXPECT_EQ(As("numeric", Parameters().Add(v1::VALUE_TYPE_DECIMAL,
                                           [](auto& c) { c.AppendVariable("-12.3400"); })),
            "-12.3400");
  EXPECT_EQ(As("numeric", Parameters().Fixed(v1::VALUE_TYPE_FLOAT64, 0.1)), "0.1");
  EXPECT_EQ(As("numeric", Parameters().Fixed(v1::VALUE_TYPE_UINT64, ~std::uint64_t{0})),
            "18446744073709551615");
  EXPECT_EQ(As("text", Parameters().Integers({5})), "5");
  EXPECT_EQ(As("date", Parameters().Text("2024-01-31")), "2024-01-31");
  EXPECT_EQ(As("int[]", Parameters().Text("{1,2}")), "{1,2}");
  EXPECT_EQ(As("bytea", Parameters().Text("\\x00ff")), "\\x00ff");
  EXPECT_EQ(As("text", Parameters().Bytes("abc")), "abc");
  EXPECT_EQ(As("int4", Parameters().Bytes("12")), "12");
  EXPECT_EQ(As("bool", Parameters().Integers({1})), "true");
}

TEST_F(PostgresParametersTest, ImpossibleValuesFailWithTheServersError) {
  EXPECT_EQ(StateOf("SELECT $1::date", Parameters().Text("abc")), "22007");
  EXPECT_EQ(StateOf("SELECT $1::int4", Parameters().Text("abc")), "22P02");
  EXPECT_EQ(
      StateOf("SELECT $1::int2", Parameters().Fixed(v1::VALUE_TYPE_INT64, std::int64_t{1} << 40)),
      "22003");
  EXPECT_EQ(StateOf("SELECT $1::text", Parameters().Bytes("\xff")), "22021");
}

TEST_F(PostgresParametersTest, TextEndsAtItsNulWithAWarning) {
  for (int i = 0; i < 2; ++i) {
    const Table table = Run("SELECT $1::text", Parameters().Text(std::string("a\0b", 3)));
    EXPECT_EQ(table.Text(), "a");
    const auto notices = connection_->TakeNotices();
    ASSERT_EQ(notices.size(), 1U);
    EXPECT_EQ(notices[0].sqlstate(), "01004");
    EXPECT_EQ(StateOf("SELECT $1::date", Parameters().Text(std::string("a\0b", 3))), "22007");
    EXPECT_TRUE(connection_->TakeNotices().empty());  // the error tells enough
    EXPECT_EQ(Run("SELECT 7").Integer(), 7);
  }
}

TEST_F(PostgresParametersTest, TooFewParametersAreAnError) {
  EXPECT_EQ(StateOf("SELECT $1::int, $2::int", Parameters().Integers({1})), "07002");
  EXPECT_EQ(StateOf("SELECT $1::int, $2::int", Parameters().Integers({1})), "07002");
  EXPECT_EQ(Run("SELECT 7").Integer(), 7);
}

TEST_F(PostgresParametersTest, NullOfEveryValueType) {
  for (int type = v1::VALUE_TYPE_BOOL; type <= v1::VALUE_TYPE_BYTES; ++type) {
    const Table table = Run("SELECT $1::text, $2::int",
                            Parameters().Null(static_cast<v1::ValueType>(type)).Integers({type}));
    EXPECT_TRUE(table.column(0).IsNull(0));
    EXPECT_EQ(table.Integer(0, 1), type);
  }
}

class PostgresArrayTest : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (HasFatalFailure()) return;
    Run("CREATE TEMP TABLE t (a int PRIMARY KEY)");
  }
  static constexpr char kInsert[] = "INSERT INTO t VALUES ($1)";
  std::int64_t Count() { return Run("SELECT count(*) FROM t").BigInteger(); }
};

TEST_F(PostgresArrayTest, ManyRowsRunAsOne) {
  constexpr std::int32_t kRows = 100'000;
  std::vector<std::int32_t> numbers(kRows);
  for (std::int32_t i = 0; i < kRows; ++i) numbers[static_cast<std::size_t>(i)] = i;
  const ResultHead head = Start(kInsert, Parameters(kRows).Integers(numbers));
  EXPECT_EQ(head.affected_rows, static_cast<std::uint64_t>(kRows));
  EXPECT_TRUE(head.parameter_statuses.empty());
  EXPECT_EQ(Count(), kRows);
}

TEST_F(PostgresArrayTest, RowsWithErrorsAreToldAndTheOthersAreDone) {
  for (const bool in_transaction : {false, true}) {
    if (in_transaction) UseTransactions();
    Run("DELETE FROM t");
    const ResultHead head = Start(kInsert, Parameters(5).Integers({1, 2, 1, 3, 2}));
    EXPECT_EQ(head.affected_rows, 3U);
    EXPECT_EQ(head.parameter_statuses,
              (std::vector{v1::PARAMETER_SET_STATUS_SUCCESS, v1::PARAMETER_SET_STATUS_SUCCESS,
                           v1::PARAMETER_SET_STATUS_ERROR, v1::PARAMETER_SET_STATUS_SUCCESS,
                           v1::PARAMETER_SET_STATUS_ERROR}));
    ASSERT_EQ(head.diagnostics.size(), 2U);
    EXPECT_EQ(head.diagnostics[0].sqlstate(), "23505");
    EXPECT_EQ(head.diagnostics[0].row(), 3);
    EXPECT_EQ(head.diagnostics[1].row(), 5);
    EXPECT_EQ(Count(), 3);
    if (in_transaction) connection_->EndTransaction(true);
  }
  execution_ = {};
  EXPECT_EQ(Count(), 3);
}

TEST_F(PostgresArrayTest, AnArrayMayOpenTheTransaction) {
  UseTransactions();
  Start(kInsert, Parameters(2).Integers({1, 2}));
  EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_ACTIVE);
  connection_->EndTransaction(false);
  EXPECT_EQ(Count(), 0);
}

TEST_F(PostgresArrayTest, ATextOfARowEndsAtItsNul) {
  Run("CREATE TEMP TABLE s (a text)");
  const auto parameters = Parameters(3).Add(v1::VALUE_TYPE_TEXT, [](auto& column) {
    column.AppendVariable("x");
    column.AppendVariable(std::string_view("y\0z", 3));
    column.AppendVariable("z");
  });
  const ResultHead head = Start("INSERT INTO s VALUES ($1)", parameters);
  EXPECT_EQ(head.affected_rows, 3U);
  EXPECT_TRUE(head.diagnostics.empty());
  EXPECT_EQ(Run("SELECT string_agg(a, ',') FROM s").Text(), "x,y,z");
}

TEST_F(PostgresArrayTest, AStatementWithRowsWantsItsParameterSetsOneByOne) {
  UseTransactions();
  EXPECT_TRUE(Start("SELECT $1::int", Parameters(2).Integers({1, 2})).wants_single_sets);
  EXPECT_EQ(Run("SELECT 7").Integer(), 7);
}

TEST_F(PostgresArrayTest, ALargeArrayWithAnEarlyErrorDoesNotBlock) {
  std::vector<std::int32_t> numbers(20'000);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<std::int32_t>(i);
  numbers[1] = 0;
  const ResultHead head = Start(kInsert, Parameters(20'000).Integers(numbers));
  EXPECT_EQ(head.affected_rows, 19'999U);
}

}  // namespace
}  // namespace sluice::relay::backend::postgres
