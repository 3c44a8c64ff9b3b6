// Every column type of both databases, from its declaration to what SQLDescribeCol says and what
// arrives as text, in rowsets of three rows of which one is NULL.

#include <array>
#include <ostream>

#include "tests/integration/narrow_type.h"
#include "tests/integration/odbc_session.h"

namespace sluice::tests {
using namespace std::string_view_literals;
namespace {

constexpr SQLULEN kLongText = 8190;  // where the database declares no length

struct TypeCase {
  const char* name;
  const char* declaration;
  const char* literal;
  SQLSMALLINT type;
  SQLULEN size;
  SQLSMALLINT digits;
  std::string_view text;
  const char* create = nullptr;  // what the declaration refers to, made before
  const char* drop = nullptr;
};

void PrintTo(const TypeCase& row, std::ostream* out) { *out << row.declaration; }

struct Described {
  SQLSMALLINT type = 0;
  SQLULEN size = 0;
  SQLSMALLINT digits = 0;
  SQLSMALLINT nullable = -1;
};

Described Describe(Statement& statement, SQLUSMALLINT column) {
  Described facts;
  SQLCHAR name[64];
  EXPECT_EQ(SQLDescribeCol(statement.handle(), column, name, sizeof name, nullptr, &facts.type,
                           &facts.size, &facts.digits, &facts.nullable),
            SQL_SUCCESS)
      << statement.diagnostics();
  return facts;
}

constexpr std::size_t kRows = 3;
constexpr std::size_t kWidth = 256;

struct TextRowset {
  std::array<std::array<char, kWidth>, kRows> text{};
  std::array<SQLLEN, kRows> length{};
  SQLULEN fetched = 0;

  std::string_view Value(std::size_t row) const {
    return {text.at(row).data(), static_cast<std::size_t>(length.at(row))};
  }
};

void FetchRowset(Statement& statement, TextRowset& rows) {
  ASSERT_EQ(statement.Set(SQL_ATTR_ROW_ARRAY_SIZE, kRows), SQL_SUCCESS);
  ASSERT_EQ(statement.SetPointer(SQL_ATTR_ROWS_FETCHED_PTR, &rows.fetched), SQL_SUCCESS);
  ASSERT_EQ(
      SQLBindCol(statement.handle(), 2, SQL_C_CHAR, rows.text.data(), kWidth, rows.length.data()),
      SQL_SUCCESS);
  ASSERT_EQ(SQLFetch(statement.handle()), SQL_SUCCESS) << statement.diagnostics();
  ASSERT_EQ(rows.fetched, kRows);
}

void CheckType(Database database, const TypeCase& row) {
  Connection connection(ConnectionString(database));
  if (row.drop != nullptr) connection.Run(row.drop);
  if (row.create != nullptr) connection.Run(row.create);
  const std::string table = UniqueName("type");
  connection.Run("CREATE TABLE " + table + " (id INT, v " + row.declaration + " NULL)");
  const std::string value = row.literal;
  connection.Run("INSERT INTO " + table + " VALUES (1, " + value + "), (2, NULL), (3, " + value +
                 ")");
  {
    Statement statement(connection);
    statement.Run("SELECT id, v FROM " + table + " ORDER BY id");
    const Described facts = Describe(statement, 2);
    EXPECT_EQ(facts.type, Narrow(row.type)) << "SQL type";
    EXPECT_EQ(facts.size, row.size) << "column size";
    EXPECT_EQ(facts.digits, row.digits) << "decimal digits";
    EXPECT_NE(facts.nullable, SQL_NO_NULLS);
    TextRowset rows;
    FetchRowset(statement, rows);
    EXPECT_EQ(rows.Value(0), row.text);
    EXPECT_EQ(rows.length[1], SQL_NULL_DATA);
    EXPECT_EQ(rows.Value(2), row.text);
  }
  {
    Connection unicode;
    ASSERT_TRUE(SQL_SUCCEEDED(unicode.ConnectWide(ConnectionString(database))));
    Statement statement(unicode);
    statement.Run("SELECT id, v FROM " + table);
    EXPECT_EQ(Describe(statement, 2).type, row.type) << "SQL type with Unicode";
  }
  connection.Run("DROP TABLE " + table);
  if (row.drop != nullptr) connection.Run(row.drop);
}

std::string CaseName(const testing::TestParamInfo<TypeCase>& info) { return info.param.name; }

class TextSizeTest : public DatabaseTest {};

// What many clients allocate for a row: SQL_DESC_OCTET_LENGTH and a terminator.
TEST_P(TextSizeTest, TheOctetLengthHoldsAnyTextOfTheColumn) {
  const std::string table = MakeTable("v VARCHAR(3)");
  std::string text = "\xF0\x9F\x98\x80\xE2\x82\xAC\xF0\x9F\x98\x80";  // 4, 3 and 4 octets
  SQLLEN length = static_cast<SQLLEN>(text.size());
  Statement insert(connection);
  ASSERT_EQ(SQLBindParameter(insert.handle(), 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 3, 0,
                             text.data(), length, &length),
            SQL_SUCCESS);
  insert.Run("INSERT INTO " + table + " VALUES (?)");
  for (const SQLSMALLINT c_type : {SQLSMALLINT{SQL_C_CHAR}, SQLSMALLINT{SQL_C_WCHAR}}) {
    Statement select(connection);
    select.Run("SELECT v FROM " + table);
    SQLLEN octets = 0;
    ASSERT_EQ(
        SQLColAttribute(select.handle(), 1, SQL_DESC_OCTET_LENGTH, nullptr, 0, nullptr, &octets),
        SQL_SUCCESS);
    std::vector<SQLWCHAR> buffer(static_cast<std::size_t>(octets) / sizeof(SQLWCHAR) + 1);
    ASSERT_TRUE(select.Fetch());
    EXPECT_EQ(SQLGetData(select.handle(), 1, c_type, buffer.data(),
                         static_cast<SQLLEN>(buffer.size() * sizeof(SQLWCHAR)), &length),
              SQL_SUCCESS)
        << select.diagnostics();
  }
}

INSTANTIATE_FOR_DATABASES(TextSizeTest);

class PostgresTypeTest : public testing::TestWithParam<TypeCase> {};

TEST_P(PostgresTypeTest, IsDescribedAndReadAsText) { CheckType(Database::kPostgres, GetParam()); }

// clang-format off
constexpr TypeCase kPostgresCases[] = {
    {"Int2", "int2", "-32768", SQL_SMALLINT, 5, 0, "-32768"},
    {"Int4", "int4", "-2147483648", SQL_INTEGER, 10, 0, "-2147483648"},
    {"Int8", "int8", "9223372036854775807", SQL_BIGINT, 19, 0, "9223372036854775807"},
    {"Oid", "oid", "4294967295", SQL_INTEGER, 10, 0, "4294967295"},
    {"Float4", "float4", "1.5", SQL_REAL, 9, 0, "1.5"},
    {"Float8", "float8", "0.1", SQL_FLOAT, 17, 0, "0.1"},
    {"Float8Infinity", "float8", "'-Infinity'", SQL_FLOAT, 17, 0, "-Infinity"},
    {"Float8Huge", "float8", "1e300", SQL_FLOAT, 17, 0, "1e+300"},
    {"NumericScaled", "numeric(12,3)", "-123456.7", SQL_NUMERIC, 12, 3, "-123456.700"},
    {"NumericPlain", "numeric", "12345678901234567890.123456789", SQL_NUMERIC, 29, 9, "12345678901234567890.123456789"},
    {"NumericSmall", "numeric(3,3)", "0.005", SQL_NUMERIC, 3, 3, "0.005"},
    {"Money", "money", "12.5::money", SQL_FLOAT, 10, 0, "12.50"},
    {"MoneyNegative", "money", "(-1234567.89)::money", SQL_FLOAT, 10, 0, "-1234567.89"},
    {"Bool", "bool", "true", SQL_VARCHAR, 5, 0, "1"},
    {"Char", "char(5)", "'ab'", SQL_WCHAR, 5, 0, "ab   "},
    {"Varchar", "varchar(20)", "'gr\xC3\xBC\xC3\x9F'", SQL_WVARCHAR, 20, 0, "gr\xC3\xBC\xC3\x9F"},
    {"VarcharPlain", "varchar", "'x'", SQL_WVARCHAR, 255, 0, "x"},
    {"Text", "text", "'line\nline'", SQL_WLONGVARCHAR, kLongText, 0, "line\nline"},
    {"TextEmpty", "text", "''", SQL_WLONGVARCHAR, kLongText, 0, ""},
    {"Name", "name", "'pg_class'", SQL_WVARCHAR, 63, 0, "pg_class"},
    {"Bytea", "bytea", "'\\x00ff10'", SQL_LONGVARBINARY, 0, 0, "00FF10"},
    {"Date", "date", "'2024-02-29'", SQL_TYPE_DATE, 10, 0, "2024-02-29"},
    {"Time", "time", "'23:59:58.123456'", SQL_TYPE_TIME, 15, 6, "23:59:58.123456"},
    {"TimeWhole", "time(0)", "'23:59:58'", SQL_TYPE_TIME, 8, 0, "23:59:58"},
    {"TimeTz", "timetz", "'23:59:58+02'", SQL_WVARCHAR, 255, 0, "23:59:58+02"},
    {"Timestamp", "timestamp", "'2024-02-29 23:59:58.5'", SQL_TYPE_TIMESTAMP, 26, 6, "2024-02-29 23:59:58.5"},
    {"TimestampMillis", "timestamp(3)", "'2024-02-29 23:59:58.5'", SQL_TYPE_TIMESTAMP, 23, 3, "2024-02-29 23:59:58.5"},
    {"TimestampTz", "timestamptz", "'2024-02-29 23:59:58.123456' AT TIME ZONE current_setting('TimeZone')", SQL_TYPE_TIMESTAMP, 26, 6, "2024-02-29 23:59:58.123456"},
    {"Interval", "interval", "'1 day 02:03:04'", SQL_WVARCHAR, 67, 0, "1 day 02:03:04"},
    {"Uuid", "uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", SQL_GUID, 36, 0, "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"},
    {"Json", "json", "'{\"a\": [1, 2]}'", SQL_WLONGVARCHAR, kLongText, 0, "{\"a\": [1, 2]}"},
    {"Jsonb", "jsonb", "'{\"b\":1,  \"a\":2}'", SQL_WLONGVARCHAR, kLongText, 0, "{\"a\": 2, \"b\": 1}"},
    {"Xml", "xml", "'<a>b</a>'", SQL_WLONGVARCHAR, kLongText, 0, "<a>b</a>"},
    {"Inet", "inet", "'192.168.0.1/24'", SQL_WVARCHAR, 50, 0, "192.168.0.1/24"},
    {"Bit", "bit(4)", "B'1010'", SQL_WVARCHAR, 4, 0, "1010"},
    {"BitOne", "bit(1)", "B'1'", SQL_WVARCHAR, 1, 0, "1"},
    {"IntArray", "int[]", "'{1,NULL,3}'", SQL_WVARCHAR, 255, 0, "{1,NULL,3}"},
    {"TextArray", "text[]", "ARRAY['a b','c']", SQL_WVARCHAR, 255, 0, "{\"a b\",c}"},
    {"Enum", "sluice_mood", "'happy'", SQL_WVARCHAR, 255, 0, "happy",
     "CREATE TYPE sluice_mood AS ENUM ('sad', 'happy')", "DROP TYPE IF EXISTS sluice_mood"},
    {"Domain", "sluice_positive", "7", SQL_INTEGER, 10, 0, "7",
     "CREATE DOMAIN sluice_positive AS int CHECK (value > 0)", "DROP DOMAIN IF EXISTS sluice_positive"},
};
// clang-format on

INSTANTIATE_TEST_SUITE_P(, PostgresTypeTest, testing::ValuesIn(kPostgresCases), CaseName);

class MysqlTypeTest : public testing::TestWithParam<TypeCase> {};

TEST_P(MysqlTypeTest, IsDescribedAndReadAsText) { CheckType(Database::kMysql, GetParam()); }

// clang-format off
constexpr TypeCase kMysqlCases[] = {
    {"TinyInt", "tinyint", "-128", SQL_TINYINT, 3, 0, "-128"},
    {"TinyIntUnsigned", "tinyint unsigned", "255", SQL_TINYINT, 3, 0, "255"},
    {"SmallInt", "smallint", "-32768", SQL_SMALLINT, 5, 0, "-32768"},
    {"SmallIntUnsigned", "smallint unsigned", "65535", SQL_SMALLINT, 5, 0, "65535"},
    {"MediumInt", "mediumint", "-8388608", SQL_INTEGER, 10, 0, "-8388608"},
    {"Int", "int", "-2147483648", SQL_INTEGER, 10, 0, "-2147483648"},
    {"IntUnsigned", "int unsigned", "4294967295", SQL_INTEGER, 10, 0, "4294967295"},
    {"BigInt", "bigint", "-9223372036854775808", SQL_BIGINT, 20, 0, "-9223372036854775808"},
    {"BigIntUnsigned", "bigint unsigned", "18446744073709551615", SQL_BIGINT, 19, 0, "18446744073709551615"},
    {"Decimal", "decimal(12,3)", "-123456.7", SQL_DECIMAL, 12, 3, "-123456.700"},
    {"DecimalWhole", "decimal(10,0)", "42", SQL_DECIMAL, 10, 0, "42"},
    {"DecimalLong", "decimal(65,30)", "12345678901234567890.5", SQL_DECIMAL, 65, 30, "12345678901234567890.500000000000000000000000000000"},
    {"Float", "float", "1.5", SQL_REAL, 7, 0, "1.5"},
    {"Double", "double", "0.1", SQL_DOUBLE, 15, 0, "0.1"},
    {"BitOne", "bit(1)", "b'1'", SQL_BIT, 1, 0, "1"},
    {"BitEight", "bit(8)", "b'10100101'", SQL_BINARY, 8, 0, "\xA5"},
    {"Year", "year", "2024", SQL_SMALLINT, 5, 0, "2024"},
    {"Date", "date", "'2024-02-29'", SQL_TYPE_DATE, 10, 0, "2024-02-29"},
    {"Time", "time", "'23:59:58'", SQL_TYPE_TIME, 8, 0, "23:59:58"},
    {"TimeMicros", "time(6)", "'23:59:58.123456'", SQL_TYPE_TIME, 15, 6, "23:59:58.123456"},
    {"TimeLong", "time", "'-838:59:59'", SQL_TYPE_TIME, 8, 0, "-838:59:59"},
    {"Datetime", "datetime", "'2024-02-29 23:59:58'", SQL_TYPE_TIMESTAMP, 19, 0, "2024-02-29 23:59:58"},
    {"DatetimeMicros", "datetime(6)", "'2024-02-29 23:59:58.5'", SQL_TYPE_TIMESTAMP, 26, 6, "2024-02-29 23:59:58.500000"},
    {"Timestamp", "timestamp", "'2024-02-29 23:59:58'", SQL_TYPE_TIMESTAMP, 19, 0, "2024-02-29 23:59:58"},
    {"Char", "char(5)", "'ab'", SQL_WCHAR, 5, 0, "ab"},
    {"Varchar", "varchar(20)", "'gr\xC3\xBC\xC3\x9F'", SQL_WVARCHAR, 20, 0, "gr\xC3\xBC\xC3\x9F"},
    {"Text", "text", "'line\nline'", SQL_WLONGVARCHAR, 65535, 0, "line\nline"},
    {"LongText", "longtext", "''", SQL_WLONGVARCHAR, 1073741823, 0, ""},
    {"Binary", "binary(4)", "X'00FF'", SQL_BINARY, 4, 0, "\0\xFF\0\0"sv},
    {"Varbinary", "varbinary(20)", "X'00FF10'", SQL_VARBINARY, 20, 0, "\0\xFF\x10"sv},
    {"Blob", "blob", "X'00FF10'", SQL_LONGVARBINARY, 65535, 0, "\0\xFF\x10"sv},
    {"LongBlob", "longblob", "X''", SQL_LONGVARBINARY, 4294967295, 0, ""},
    {"Enum", "enum('sad','happy')", "'happy'", SQL_WCHAR, 5, 0, "happy"},
    {"Set", "set('a','b','c')", "'a,c'", SQL_WCHAR, 5, 0, "a,c"},
    {"Json", "json", "'{\"a\": [1, 2]}'", SQL_WLONGVARCHAR, 1073741823, 0, "{\"a\": [1, 2]}"},
    {"Uuid", "uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", SQL_WCHAR, 36, 0, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
    {"Inet6", "inet6", "'2001:db8::1'", SQL_WCHAR, 39, 0, "2001:db8::1"},
};
// clang-format on

INSTANTIATE_TEST_SUITE_P(, MysqlTypeTest, testing::ValuesIn(kMysqlCases), CaseName);

}  // namespace
}  // namespace sluice::tests
