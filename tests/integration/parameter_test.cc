// Parameters of every C type, NULLs, text beyond the basic plane, arrays with an error in the
// middle.

#include <array>
#include <cstdint>
#include <cstring>

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;

// The octets of a value as an application keeps it.
struct Bytes {
  std::array<unsigned char, 64> data{};
  SQLLEN size = 0;
};

template <typename T>
Bytes Of(const T& value) {
  Bytes bytes;
  static_assert(sizeof value <= sizeof bytes.data);
  std::memcpy(bytes.data.data(), &value, sizeof value);
  bytes.size = sizeof value;
  return bytes;
}

Bytes OfText(std::string_view text) {
  Bytes bytes;
  std::memcpy(bytes.data.data(), text.data(), text.size());
  bytes.size = static_cast<SQLLEN>(text.size());
  return bytes;
}

Bytes OfWide(std::u16string_view text) {
  Bytes bytes;
  std::memcpy(bytes.data.data(), text.data(), text.size() * 2);
  bytes.size = static_cast<SQLLEN>(text.size() * 2);
  return bytes;
}

struct ParameterCase {
  const char* name;
  SQLSMALLINT c_type;
  SQLSMALLINT sql_type;
  SQLULEN size;
  SQLSMALLINT digits;
  Bytes value;
  PerDatabase cast;  // type that the parameter is cast to
  PerDatabase text;  // what comes back
};

PerDatabase Both(const char* text) { return {text, text}; }

SQL_NUMERIC_STRUCT Numeric() {
  SQL_NUMERIC_STRUCT number{};
  number.precision = 10;
  number.scale = 3;
  number.sign = 0;
  const std::uint32_t digits = 12345678;
  std::memcpy(number.val, &digits, sizeof digits);
  return number;
}

const std::vector<ParameterCase>& Cases() {
  static const SQL_DATE_STRUCT date{2024, 2, 29};
  static const SQL_TIME_STRUCT time{23, 59, 58};
  static const SQL_TIMESTAMP_STRUCT timestamp{2024, 2, 29, 23, 59, 58, 123456000};
  static const SQLGUID guid{
      0xa0eebc99, 0x9c0b, 0x4ef8, {0xbb, 0x6d, 0x6b, 0xb9, 0xbd, 0x38, 0x0a, 0x11}};
  // clang-format off
  static const std::vector<ParameterCase> cases = {
      {"STinyInt", SQL_C_STINYINT, SQL_TINYINT, 3, 0, Of(SQLSCHAR{-128}), {"int2", "SIGNED"}, Both("-128")},
      {"UTinyInt", SQL_C_UTINYINT, SQL_SMALLINT, 3, 0, Of(SQLCHAR{255}), {"int2", "SIGNED"}, Both("255")},
      {"SShort", SQL_C_SSHORT, SQL_SMALLINT, 5, 0, Of(SQLSMALLINT{-32768}), {"int2", "SIGNED"}, Both("-32768")},
      {"UShort", SQL_C_USHORT, SQL_INTEGER, 5, 0, Of(SQLUSMALLINT{65535}), {"int4", "SIGNED"}, Both("65535")},
      {"SLong", SQL_C_SLONG, SQL_INTEGER, 10, 0, Of(SQLINTEGER{-2147483647}), {"int4", "SIGNED"}, Both("-2147483647")},
      {"ULong", SQL_C_ULONG, SQL_BIGINT, 10, 0, Of(SQLUINTEGER{4294967295}), {"int8", "SIGNED"}, Both("4294967295")},
      {"SBigInt", SQL_C_SBIGINT, SQL_BIGINT, 19, 0, Of(SQLBIGINT{INT64_MIN}), {"int8", "SIGNED"}, Both("-9223372036854775808")},
      {"UBigInt", SQL_C_UBIGINT, SQL_NUMERIC, 20, 0, Of(SQLUBIGINT{UINT64_MAX}), {"numeric(20)", "UNSIGNED"}, Both("18446744073709551615")},
      {"Float", SQL_C_FLOAT, SQL_REAL, 7, 0, Of(1.5F), {"float4", "DOUBLE"}, Both("1.5")},
      {"Double", SQL_C_DOUBLE, SQL_DOUBLE, 15, 0, Of(0.1), {"float8", "DOUBLE"}, Both("0.1")},
      {"Bit", SQL_C_BIT, SQL_BIT, 1, 0, Of(SQLCHAR{1}), {"bool", "SIGNED"}, Both("1")},
      {"Char", SQL_C_CHAR, SQL_VARCHAR, 20, 0, OfText("gr\xC3\xBC\xC3\x9F"), {"varchar(20)", "CHAR(20)"}, Both("gr\xC3\xBC\xC3\x9F")},
      {"CharAsInteger", SQL_C_CHAR, SQL_INTEGER, 10, 0, OfText("-42"), {"int4", "SIGNED"}, Both("-42")},
      {"CharAsDecimal", SQL_C_CHAR, SQL_DECIMAL, 12, 3, OfText("-12.345"), {"numeric(12,3)", "DECIMAL(12,3)"}, Both("-12.345")},
      {"CharAsTimestamp", SQL_C_CHAR, SQL_TYPE_TIMESTAMP, 26, 6, OfText("2024-02-29 23:59:58.5"), {"timestamp", "DATETIME(6)"}, {"2024-02-29 23:59:58.5", "2024-02-29 23:59:58.500000"}},
      {"WChar", SQL_C_WCHAR, SQL_WVARCHAR, 20, 0, OfWide(u"a\U0001F600\u00DF"), {"varchar(20)", "CHAR(20)"}, Both("a\xF0\x9F\x98\x80\xC3\x9F")},
      {"CharBeyondBmp", SQL_C_CHAR, SQL_VARCHAR, 20, 0, OfText("a\xF0\x9F\x98\x80"), {"varchar(20)", "CHAR(20)"}, Both("a\xF0\x9F\x98\x80")},
      {"Binary", SQL_C_BINARY, SQL_VARBINARY, 20, 0, OfText("\x01\xff\x10"), {"bytea", "BINARY"}, {"01FF10", "\x01\xff\x10"}},
      {"Date", SQL_C_TYPE_DATE, SQL_TYPE_DATE, 10, 0, Of(date), {"date", "DATE"}, Both("2024-02-29")},
      {"Time", SQL_C_TYPE_TIME, SQL_TYPE_TIME, 8, 0, Of(time), {"time(0)", "TIME"}, Both("23:59:58")},
      {"Timestamp", SQL_C_TYPE_TIMESTAMP, SQL_TYPE_TIMESTAMP, 26, 6, Of(timestamp), {"timestamp", "DATETIME(6)"}, Both("2024-02-29 23:59:58.123456")},
      {"Numeric", SQL_C_NUMERIC, SQL_NUMERIC, 10, 3, Of(Numeric()), {"numeric(10,3)", "DECIMAL(10,3)"}, Both("-12345.678")},
      {"Guid", SQL_C_GUID, SQL_GUID, 36, 0, Of(guid), {"uuid", "CHAR(36)"}, {"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}},
  };
  // clang-format on
  return cases;
}

class ParameterTest : public DatabaseTest {
 protected:
  void Bind(Statement& statement, SQLUSMALLINT number, const ParameterCase& row, SQLLEN& length) {
    ASSERT_EQ(
        SQLBindParameter(statement.handle(), number, SQL_PARAM_INPUT, row.c_type, row.sql_type,
                         row.size, row.digits, const_cast<unsigned char*>(row.value.data.data()),
                         row.value.size, &length),
        SQL_SUCCESS)
        << statement.diagnostics();
  }
};

TEST_P(ParameterTest, EveryCTypeReachesTheDatabaseAndComesBack) {
  for (const ParameterCase& row : Cases()) {
    SCOPED_TRACE(row.name);
    Statement statement(connection);
    SQLLEN length = row.value.size;
    Bind(statement, 1, row, length);
    statement.Run(std::string("SELECT CAST(? AS ") + Sql(row.cast) + ")");
    EXPECT_THAT(statement.Rows(), ElementsAre(Sql(row.text)));
  }
}

TEST_P(ParameterTest, NullOfEveryCTypeIsNull) {
  for (const ParameterCase& row : Cases()) {
    SCOPED_TRACE(row.name);
    Statement statement(connection);
    SQLLEN length = SQL_NULL_DATA;
    Bind(statement, 1, row, length);
    statement.Run(std::string("SELECT CAST(? AS ") + Sql(row.cast) + ")");
    EXPECT_THAT(statement.Rows(), ElementsAre("NULL"));
  }
}

TEST_P(ParameterTest, PreparedOnceRunsWithManyValues) {
  const std::string table = MakeTable("id INT PRIMARY KEY, v VARCHAR(20)");
  SQLINTEGER id = 0;
  char text[20];
  SQLLEN length = SQL_NTS;
  Statement insert(connection);
  insert.Prepare("INSERT INTO " + table + " VALUES (?, ?)");
  ASSERT_EQ(SQLBindParameter(insert.handle(), 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 10, 0,
                             &id, 0, nullptr),
            SQL_SUCCESS);
  ASSERT_EQ(SQLBindParameter(insert.handle(), 2, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 20, 0,
                             text, sizeof text, &length),
            SQL_SUCCESS);
  for (id = 1; id <= 3; ++id) {
    std::snprintf(text, sizeof text, "v%d", id);
    ASSERT_EQ(insert.ExecutePrepared(), SQL_SUCCESS) << insert.diagnostics();
    EXPECT_EQ(insert.RowCount(), 1);
  }
  EXPECT_THAT(connection.Rows("SELECT id, v FROM " + table + " ORDER BY id"),
              ElementsAre("1|v1", "2|v2", "3|v3"));
}

TEST_P(ParameterTest, TextBeyondTheBasicPlaneCountsAsOneCharacter) {
  const std::string table = MakeTable("v VARCHAR(3)");
  Statement insert(connection);
  std::u16string text = u"\U0001F600\U0001F601x";
  SQLLEN length = static_cast<SQLLEN>(text.size() * 2);
  ASSERT_EQ(SQLBindParameter(insert.handle(), 1, SQL_PARAM_INPUT, SQL_C_WCHAR, SQL_WVARCHAR, 3, 0,
                             text.data(), length, &length),
            SQL_SUCCESS);
  insert.Run("INSERT INTO " + table + " VALUES (?)");
  EXPECT_EQ(connection.Value("SELECT CHAR_LENGTH(v) FROM " + table), "3");
  EXPECT_EQ(connection.Value("SELECT v FROM " + table), "\xF0\x9F\x98\x80\xF0\x9F\x98\x81x");
}

class ParameterArrayTest : public ParameterTest {
 protected:
  static constexpr std::size_t kSets = 5;

  void BindArray(Statement& insert) {
    insert.Set(SQL_ATTR_PARAMSET_SIZE, kSets);
    insert.SetPointer(SQL_ATTR_PARAM_STATUS_PTR, status.data());
    insert.SetPointer(SQL_ATTR_PARAMS_PROCESSED_PTR, &processed);
    ASSERT_EQ(SQLBindParameter(insert.handle(), 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 10, 0,
                               ids.data(), 0, nullptr),
              SQL_SUCCESS);
    ASSERT_EQ(SQLBindParameter(insert.handle(), 2, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 8, 0,
                               texts.data(), sizeof texts[0], lengths.data()),
              SQL_SUCCESS);
  }

  std::array<SQLINTEGER, kSets> ids{1, 2, 3, 4, 5};
  std::array<std::array<char, 8>, kSets> texts{{{"a"}, {"b"}, {"c"}, {"d"}, {"e"}}};
  std::array<SQLLEN, kSets> lengths{SQL_NTS, SQL_NULL_DATA, SQL_NTS, SQL_NTS, SQL_NTS};
  std::array<SQLUSMALLINT, kSets> status{};
  SQLULEN processed = 0;
};

TEST_P(ParameterArrayTest, EveryRowArrives) {
  const std::string table = MakeTable("id INT PRIMARY KEY, v VARCHAR(8)");
  Statement insert(connection);
  BindArray(insert);
  ASSERT_EQ(insert.Execute("INSERT INTO " + table + " VALUES (?, ?)"), SQL_SUCCESS)
      << insert.diagnostics();
  EXPECT_EQ(processed, kSets);
  EXPECT_THAT(status, testing::Each(SQL_PARAM_SUCCESS));
  EXPECT_THAT(connection.Rows("SELECT id, v FROM " + table + " ORDER BY id"),
              ElementsAre("1|a", "2|NULL", "3|c", "4|d", "5|e"));
}

TEST_P(ParameterArrayTest, AnErrorInTheMiddleIsToldInTheStatusArray) {
  const std::string table = MakeTable("id INT PRIMARY KEY, v VARCHAR(8)");
  connection.Run("INSERT INTO " + table + " VALUES (3, 'old')");
  Statement insert(connection);
  BindArray(insert);
  EXPECT_EQ(insert.Execute("INSERT INTO " + table + " VALUES (?, ?)"), SQL_SUCCESS_WITH_INFO)
      << insert.diagnostics();
  EXPECT_EQ(insert.state(), Sql({"23505", "23000"})) << insert.diagnostics();
  SQLLEN row = 0;
  EXPECT_EQ(
      SQLGetDiagField(SQL_HANDLE_STMT, insert.handle(), 1, SQL_DIAG_ROW_NUMBER, &row, 0, nullptr),
      SQL_SUCCESS);
  EXPECT_EQ(row, 3);
  EXPECT_EQ(processed, kSets);
  EXPECT_THAT(status, ElementsAre(SQL_PARAM_SUCCESS, SQL_PARAM_SUCCESS, SQL_PARAM_ERROR,
                                  SQL_PARAM_SUCCESS, SQL_PARAM_SUCCESS));
  EXPECT_THAT(connection.Rows("SELECT id, v FROM " + table + " ORDER BY id"),
              ElementsAre("1|a", "2|NULL", "3|old", "4|d", "5|e"));
}

TEST_P(ParameterArrayTest, AnErrorInATransactionLeavesTheOtherRows) {
  const std::string table = MakeTable("id INT PRIMARY KEY, v VARCHAR(8)");
  connection.Run("INSERT INTO " + table + " VALUES (3, 'old')");
  connection.SetAutocommit(false);
  Statement insert(connection);
  BindArray(insert);
  EXPECT_EQ(insert.Execute("INSERT INTO " + table + " VALUES (?, ?)"), SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(status[2], SQL_PARAM_ERROR);
  connection.Commit();
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM " + table), "5");
  connection.Commit();
}

TEST_P(ParameterArrayTest, RowsThatTheApplicationSkipsStayOut) {
  const std::string table = MakeTable("id INT PRIMARY KEY, v VARCHAR(8)");
  std::array<SQLUSMALLINT, kSets> operation{SQL_PARAM_PROCEED, SQL_PARAM_IGNORE, SQL_PARAM_PROCEED,
                                            SQL_PARAM_IGNORE, SQL_PARAM_PROCEED};
  Statement insert(connection);
  BindArray(insert);
  insert.SetPointer(SQL_ATTR_PARAM_OPERATION_PTR, operation.data());
  insert.Run("INSERT INTO " + table + " VALUES (?, ?)");
  EXPECT_EQ(status[1], SQL_PARAM_UNUSED);
  EXPECT_THAT(connection.Rows("SELECT id FROM " + table + " ORDER BY id"),
              ElementsAre("1", "3", "5"));
}

// PostgreSQL: a result for each set, as with psqlodbc; MySQL: the rows of all, as with
// Connector/ODBC.
TEST_P(ParameterArrayTest, AQueryRunsWithEachSet) {
  const std::string table = MakeTable("id INT PRIMARY KEY, v VARCHAR(8)");
  connection.Run("INSERT INTO " + table + " VALUES (1, 'a'), (3, 'c'), (5, 'e')");
  Statement select(connection);
  BindArray(select);
  ASSERT_EQ(select.Execute("SELECT v FROM " + table + " WHERE id = ? AND v = ?"), SQL_SUCCESS)
      << select.diagnostics();
  EXPECT_EQ(processed, kSets);
  EXPECT_THAT(status, testing::Each(SQL_PARAM_SUCCESS));
  if (is_postgres()) {
    for (const char* row : {"a", "", "c", "", "e"}) {
      const auto rows = select.Rows();
      EXPECT_THAT(rows, row[0] == '\0'
                            ? testing::Matcher<std::vector<std::string>>(testing::IsEmpty())
                            : ElementsAre(row));
      const bool last = row[0] == 'e';
      EXPECT_EQ(SQLMoreResults(select.handle()), last ? SQL_NO_DATA : SQL_SUCCESS);
    }
  } else {
    EXPECT_THAT(select.Rows(), ElementsAre("a", "c", "e"));
    EXPECT_EQ(SQLMoreResults(select.handle()), SQL_NO_DATA);
  }
}

TEST_P(ParameterArrayTest, RowsThatAChangeReturnsComeOnce) {
  const std::string table = MakeTable("id INT PRIMARY KEY, v VARCHAR(8)");
  connection.Run("INSERT INTO " + table + " VALUES (3, 'old')");
  Statement insert(connection);
  BindArray(insert);
  EXPECT_EQ(insert.Execute("INSERT INTO " + table + " VALUES (?, ?) RETURNING id"),
            SQL_SUCCESS_WITH_INFO)
      << insert.diagnostics();
  EXPECT_THAT(status, ElementsAre(SQL_PARAM_SUCCESS, SQL_PARAM_SUCCESS, SQL_PARAM_ERROR,
                                  SQL_PARAM_SUCCESS, SQL_PARAM_SUCCESS));
  std::vector<std::string> ids_returned;
  do {
    for (const std::string& row : insert.Rows()) ids_returned.push_back(row);
  } while (SQLMoreResults(insert.handle()) == SQL_SUCCESS);
  EXPECT_THAT(ids_returned, ElementsAre("1", "2", "4", "5"));
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM " + table), "5");
}

TEST(PostgresParameterTest, TextEndsAtItsNulWithAWarning) {
  Connection connection(ConnectionString(Database::kPostgres));
  Statement statement(connection);
  char text[] = "foo\0bar";
  SQLLEN length = 7;
  SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 20, 0, text, 0,
                   &length);
  EXPECT_EQ(statement.Execute("SELECT ?::text"), SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(statement.state(), "01004") << statement.diagnostics();
  EXPECT_THAT(statement.Rows(), ElementsAre("foo"));
}

TEST(PostgresParameterTest, TheRemainderOfTwoMarkersIsComputed) {
  Connection connection(ConnectionString(Database::kPostgres));
  Statement statement(connection);
  SQLINTEGER values[2] = {7, 4};
  for (SQLUSMALLINT i = 0; i < 2; ++i) {
    SQLBindParameter(statement.handle(), static_cast<SQLUSMALLINT>(i + 1), SQL_PARAM_INPUT,
                     SQL_C_SLONG, SQL_INTEGER, 10, 0, &values[i], 0, nullptr);
  }
  statement.Run("SELECT {fn MOD(?, ?)}");
  EXPECT_THAT(statement.Rows(), ElementsAre("3"));
}

TEST_P(ParameterTest, DescribeParamTellsWhatTheDatabaseTells) {
  const std::string table = MakeTable("id INT, v VARCHAR(20), d DECIMAL(10,2)");
  Statement statement(connection);
  statement.Prepare("INSERT INTO " + table + " VALUES (?, ?, ?)");
  SQLSMALLINT count = 0;
  ASSERT_EQ(SQLNumParams(statement.handle(), &count), SQL_SUCCESS);
  EXPECT_EQ(count, 3);
  std::vector<std::string> parameters;
  for (SQLUSMALLINT i = 1; i <= 3; ++i) {
    SQLSMALLINT type = 0;
    SQLULEN size = 0;
    SQLSMALLINT digits = -1;
    SQLSMALLINT nullable = -1;
    ASSERT_EQ(SQLDescribeParam(statement.handle(), i, &type, &size, &digits, &nullable),
              SQL_SUCCESS)
        << statement.diagnostics();
    parameters.push_back(std::to_string(type) + "|" + std::to_string(size) + "|" +
                         std::to_string(digits));
    EXPECT_EQ(nullable, is_postgres() ? SQL_NULLABLE : SQL_NULLABLE_UNKNOWN);
  }
  // MySQL's protocol does not tell the types of parameters.
  const auto described = [](SQLSMALLINT type, const char* size_and_digits) {
    return std::to_string(type) + "|" + size_and_digits;
  };
  if (is_postgres()) {
    EXPECT_THAT(parameters,
                ElementsAre(described(SQL_INTEGER, "10|0"), described(SQL_VARCHAR, "255|0"),
                            described(SQL_NUMERIC, "28|6")));
  } else {
    EXPECT_THAT(parameters, testing::Each(described(SQL_VARCHAR, "255|9")));
  }
}

INSTANTIATE_FOR_DATABASES(ParameterTest);
INSTANTIATE_FOR_DATABASES(ParameterArrayTest);

}  // namespace
}  // namespace sluice::tests
