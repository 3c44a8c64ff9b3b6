// Columns read as the C types that carry more than text does: numbers at their limits, structures.

#include <array>
#include <cstdint>
#include <cstring>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

class NativeValueTest : public DatabaseTest {
 protected:
  // The first column of the only row as a C type.
  template <typename T>
  T Read(const std::string& sql, SQLSMALLINT c_type) {
    Statement statement(connection);
    statement.Run(sql);
    EXPECT_TRUE(statement.Fetch());
    T value{};
    SQLLEN length = 0;
    EXPECT_EQ(SQLGetData(statement.handle(), 1, c_type, &value, sizeof value, &length), SQL_SUCCESS)
        << sql << "\n"
        << statement.diagnostics();
    return value;
  }
  std::string ReadState(const std::string& sql, SQLSMALLINT c_type) {
    Statement statement(connection);
    statement.Run(sql);
    EXPECT_TRUE(statement.Fetch());
    char buffer[64];
    SQLLEN length = 0;
    if (SQLGetData(statement.handle(), 1, c_type, buffer, sizeof buffer, &length) == SQL_SUCCESS) {
      return "";
    }
    return statement.state();
  }
};

TEST_P(NativeValueTest, IntegersKeepTheirLimits) {
  EXPECT_EQ(Read<SQLINTEGER>("SELECT -2147483648", SQL_C_SLONG), -2147483647 - 1);
  EXPECT_EQ(Read<SQLBIGINT>("SELECT 9223372036854775807", SQL_C_SBIGINT), INT64_MAX);
  EXPECT_EQ(Read<SQLBIGINT>("SELECT 9007199254740993", SQL_C_SBIGINT), 9007199254740993);
  EXPECT_EQ(ReadState("SELECT 2147483648", SQL_C_SLONG), "22003");
  EXPECT_EQ(ReadState("SELECT 'abc'", SQL_C_SLONG), "22018");
}

TEST_P(NativeValueTest, FractionsAreCutWithAWarning) {
  EXPECT_EQ(ReadState("SELECT CAST(1.5 AS DECIMAL(4,2))", SQL_C_SLONG), "01S07");
  EXPECT_DOUBLE_EQ(Read<double>("SELECT CAST(1.25 AS DECIMAL(4,2))", SQL_C_DOUBLE), 1.25);
}

std::uint64_t Digits(const SQL_NUMERIC_STRUCT& number) {
  std::uint64_t digits = 0;
  std::memcpy(&digits, number.val, sizeof digits);  // little-endian, as the structure's own
  return digits;
}

// Without a scale in the descriptor SQL_C_NUMERIC has none on MySQL, as the reference has it
// (appendix D), and the value's on PostgreSQL, as psqlodbc has it.
TEST_P(NativeValueTest, DecimalsFillTheNumericStructureWithTheDescriptorsScale) {
  Statement statement(connection);
  statement.Run("SELECT CAST(-12345.67 AS DECIMAL(10,2)), CAST(-12345.67 AS DECIMAL(10,2))");
  ASSERT_TRUE(statement.Fetch());
  SQL_NUMERIC_STRUCT number{};
  const bool postgres = GetParam() == Database::kPostgres;
  EXPECT_EQ(SQLGetData(statement.handle(), 1, SQL_C_NUMERIC, &number, sizeof number, nullptr),
            postgres ? SQL_SUCCESS : SQL_SUCCESS_WITH_INFO);
  if (!postgres) {
    EXPECT_EQ(statement.state(), "01S07");
  }
  EXPECT_EQ(number.scale, postgres ? 2 : 0);
  EXPECT_EQ(Digits(number), postgres ? 1234567u : 12345u);

  SQLHDESC ard = SQL_NULL_HDESC;
  ASSERT_EQ(SQLGetStmtAttr(statement.handle(), SQL_ATTR_APP_ROW_DESC, &ard, 0, nullptr),
            SQL_SUCCESS);
  const auto set = [ard](SQLSMALLINT field, std::intptr_t value) {
    EXPECT_EQ(SQLSetDescField(ard, 2, field, reinterpret_cast<SQLPOINTER>(value), 0), SQL_SUCCESS)
        << Diagnostics(SQL_HANDLE_DESC, ard);
  };
  set(SQL_DESC_TYPE, SQL_C_NUMERIC);
  set(SQL_DESC_PRECISION, 10);
  set(SQL_DESC_SCALE, 2);
  EXPECT_EQ(SQLGetData(statement.handle(), 2, SQL_ARD_TYPE, &number, sizeof number, nullptr),
            SQL_SUCCESS)
      << statement.diagnostics();
  EXPECT_EQ(number.sign, 0);
  EXPECT_EQ(number.scale, 2);
  EXPECT_EQ(Digits(number), 1234567u);
}

TEST_P(NativeValueTest, TimestampsFillTheirStructure) {
  const auto time =
      Read<SQL_TIMESTAMP_STRUCT>(Sql({"SELECT timestamp '2024-02-29 23:59:58.123456'",
                                      "SELECT TIMESTAMP'2024-02-29 23:59:58.123456'"}),
                                 SQL_C_TYPE_TIMESTAMP);
  EXPECT_EQ(time.year, 2024);
  EXPECT_EQ(time.month, 2);
  EXPECT_EQ(time.day, 29);
  EXPECT_EQ(time.hour, 23);
  EXPECT_EQ(time.minute, 59);
  EXPECT_EQ(time.second, 58);
  EXPECT_EQ(time.fraction, 123456000u);  // billionths
}

TEST_P(NativeValueTest, DatesAndTimesFillTheirStructures) {
  const auto date = Read<SQL_DATE_STRUCT>("SELECT DATE '1582-10-15'", SQL_C_TYPE_DATE);
  EXPECT_EQ(date.year, 1582);
  EXPECT_EQ(date.month, 10);
  EXPECT_EQ(date.day, 15);
  const auto time = Read<SQL_TIME_STRUCT>("SELECT TIME '01:02:03'", SQL_C_TYPE_TIME);
  EXPECT_EQ(time.hour, 1);
  EXPECT_EQ(time.minute, 2);
  EXPECT_EQ(time.second, 3);
  EXPECT_EQ(ReadState("SELECT DATE '2024-01-01'", SQL_C_TYPE_TIME), "07006");
}

TEST_P(NativeValueTest, OctetsArriveAsTheyAre) {
  Statement statement(connection);
  statement.Run(Sql({"SELECT '\\x0041ff00'::bytea", "SELECT X'0041FF00'"}));
  ASSERT_TRUE(statement.Fetch());
  unsigned char octets[8] = {9, 9, 9, 9, 9, 9, 9, 9};
  SQLLEN length = 0;
  ASSERT_EQ(SQLGetData(statement.handle(), 1, SQL_C_BINARY, octets, sizeof octets, &length),
            SQL_SUCCESS);
  EXPECT_EQ(length, 4);
  const unsigned char expected[8] = {0, 0x41, 0xff, 0, 9, 9, 9, 9};
  EXPECT_EQ(std::memcmp(octets, expected, sizeof expected), 0);
}

TEST_P(NativeValueTest, GuidsFillTheirStructure) {
  const auto guid =
      Read<SQLGUID>(Sql({"SELECT 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid",
                         "SELECT CAST('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' AS uuid)"}),
                    SQL_C_GUID);
  EXPECT_EQ(guid.Data1, 0xa0eebc99u);
  EXPECT_EQ(guid.Data2, 0x9c0bu);
  EXPECT_EQ(guid.Data4[7], 0x11);
}

TEST_P(NativeValueTest, WideTextHoldsSurrogates) {
  const auto text = Read<std::array<SQLWCHAR, 8>>(
      Sql({"SELECT 'a' || chr(128512) || 'b'",
           "SELECT CONCAT('a', CONVERT(UNHEX('F09F9880') USING utf8mb4), 'b')"}),
      SQL_C_WCHAR);
  EXPECT_EQ(text[0], 'a');
  EXPECT_EQ(text[1], 0xD83D);
  EXPECT_EQ(text[2], 0xDE00);
  EXPECT_EQ(text[3], 'b');
  EXPECT_EQ(text[4], 0);
}

// What the structures cannot hold is an error of that cell, never a wrong value.
TEST(PostgresSpecialValueTest, AreErrorsWhereTheTypeCannotHoldThem) {
  Connection connection(ConnectionString(Database::kPostgres));
  struct Case {
    const char* sql;
    const char* text;
    SQLSMALLINT c_type;
    const char* state;
  };
  constexpr Case kCases[] = {
      {"SELECT 'NaN'::numeric", "NaN", SQL_C_SLONG, "22003"},
      {"SELECT 'NaN'::float8", "NaN", SQL_C_SLONG, "22003"},
      {"SELECT '200000-01-01'::date", "200000-01-01", SQL_C_TYPE_DATE, "22008"},
  };
  for (const Case& row : kCases) {
    EXPECT_EQ(connection.Value(row.sql), row.text);
    Statement statement(connection);
    statement.Run(row.sql);
    ASSERT_TRUE(statement.Fetch());
    char buffer[64];
    SQLLEN length = 0;
    EXPECT_EQ(SQLGetData(statement.handle(), 1, row.c_type, buffer, sizeof buffer, &length),
              SQL_ERROR)
        << row.sql;
    EXPECT_EQ(statement.state(), row.state) << row.sql << statement.diagnostics();
  }
}

// The extremes that clients can hold, as psqlodbc has it; the text tells the truth.
TEST(PostgresSpecialValueTest, InfinityIsTheLastDay) {
  Connection connection(ConnectionString(Database::kPostgres));
  EXPECT_EQ(connection.Value("SELECT 'infinity'::date"), "infinity");
  Statement statement(connection);
  statement.Run("SELECT 'infinity'::date");
  ASSERT_TRUE(statement.Fetch());
  SQL_DATE_STRUCT date{};
  ASSERT_EQ(SQLGetData(statement.handle(), 1, SQL_C_TYPE_DATE, &date, sizeof date, nullptr),
            SQL_SUCCESS);
  EXPECT_EQ(date.year, 9999);
  EXPECT_EQ(date.month, 12);
  EXPECT_EQ(date.day, 31);
}

TEST(MysqlSpecialValueTest, ZeroDatesAndLongTimesArriveAsText) {
  Connection connection(ConnectionString(Database::kMysql));
  connection.Run("SET SESSION sql_mode = ''");
  EXPECT_EQ(connection.Value("SELECT CAST('0000-00-00' AS DATE)"), "0000-00-00");
  EXPECT_EQ(connection.Value("SELECT CAST('2024-00-00' AS DATE)"), "2024-00-00");
  EXPECT_EQ(connection.Value("SELECT CAST('-100:00:01.5' AS TIME(1))"), "-100:00:01.5");
}

// Each as with its native driver.
TEST_P(NativeValueTest, OctetsReadAsText) {
  Statement statement(connection);
  statement.Run(Sql({"SELECT '\\x41C3A4'::bytea", "SELECT X'41C3A4'"}));
  ASSERT_TRUE(statement.Fetch());
  EXPECT_EQ(statement.Text(1), Sql({"41C3A4", "A\xC3\xA4"}));
}

INSTANTIATE_FOR_DATABASES(NativeValueTest);

}  // namespace
}  // namespace sluice::tests
