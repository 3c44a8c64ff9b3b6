#include "tests/unit/backend/mysql/mysql_fixture.h"

namespace sluice::relay::backend {
namespace {

struct TypeCase {
  const char* name;
  const char* column;                                       // type of a table's column
  std::vector<std::pair<const char*, const char*>> values;  // SQL literal, text that is read
  v1::ValueType value_type;
  v1::SqlType sql_type;
  const char* type_name;
  std::uint64_t size;
  int scale = 0;
  bool is_unsigned = false;
};

void PrintTo(const TypeCase& type, std::ostream* out) { *out << type.column; }

const TypeCase kCases[] = {
    {"TinyInt",
     "TINYINT",
     {{"-128", "-128"}, {"127", "127"}},
     v1::VALUE_TYPE_INT16,
     v1::SQLTYPE_TINYINT,
     "tinyint",
     3},
    {"TinyIntUnsigned",
     "TINYINT UNSIGNED",
     {{"0", "0"}, {"255", "255"}},
     v1::VALUE_TYPE_INT16,
     v1::SQLTYPE_TINYINT,
     "tinyint",
     3,
     0,
     true},
    {"SmallInt",
     "SMALLINT",
     {{"-32768", "-32768"}, {"32767", "32767"}},
     v1::VALUE_TYPE_INT16,
     v1::SQLTYPE_SMALLINT,
     "smallint",
     5},
    {"SmallIntUnsigned",
     "SMALLINT UNSIGNED",
     {{"65535", "65535"}},
     v1::VALUE_TYPE_INT32,
     v1::SQLTYPE_SMALLINT,
     "smallint",
     5,
     0,
     true},
    {"MediumInt",
     "MEDIUMINT",
     {{"-8388608", "-8388608"}, {"8388607", "8388607"}},
     v1::VALUE_TYPE_INT32,
     v1::SQLTYPE_INTEGER,
     "mediumint",
     10},
    {"MediumIntUnsigned",
     "MEDIUMINT UNSIGNED",
     {{"16777215", "16777215"}},
     v1::VALUE_TYPE_INT32,
     v1::SQLTYPE_INTEGER,
     "mediumint",
     10,
     0,
     true},
    {"Int",
     "INT",
     {{"-2147483648", "-2147483648"}, {"2147483647", "2147483647"}},
     v1::VALUE_TYPE_INT32,
     v1::SQLTYPE_INTEGER,
     "integer",
     10},
    {"IntUnsigned",
     "INT UNSIGNED",
     {{"4294967295", "4294967295"}},
     v1::VALUE_TYPE_INT64,
     v1::SQLTYPE_INTEGER,
     "integer",
     10,
     0,
     true},
    {"IntZerofill",
     "INT(7) ZEROFILL",
     {{"42", "0000042"}, {"4294967295", "4294967295"}},
     v1::VALUE_TYPE_DECIMAL,
     v1::SQLTYPE_INTEGER,
     "integer",
     10,
     0,
     true},
    {"BigIntZerofill",
     "BIGINT ZEROFILL",
     {{"0", "00000000000000000000"}, {"18446744073709551615", "18446744073709551615"}},
     v1::VALUE_TYPE_DECIMAL,
     v1::SQLTYPE_BIGINT,
     "bigint",
     20,
     0,
     true},
    {"DoubleZerofill",
     "DOUBLE(9,3) ZEROFILL",
     {{"1.5", "00001.500"}},
     v1::VALUE_TYPE_TEXT,
     v1::SQLTYPE_DOUBLE,
     "double",
     15,
     3,
     true},
    {"BigInt",
     "BIGINT",
     {{"-9223372036854775808", "-9223372036854775808"},
      {"9223372036854775807", "9223372036854775807"}},
     v1::VALUE_TYPE_INT64,
     v1::SQLTYPE_BIGINT,
     "bigint",
     19},
    {"BigIntUnsigned",
     "BIGINT UNSIGNED",
     {{"18446744073709551615", "18446744073709551615"}},
     v1::VALUE_TYPE_UINT64,
     v1::SQLTYPE_BIGINT,
     "bigint",
     20,
     0,
     true},
    {"Float",
     "FLOAT",
     {{"-1.5", "-1.5"}, {"0.1", "0.1"}},
     v1::VALUE_TYPE_FLOAT32,
     v1::SQLTYPE_REAL,
     "float",
     7},
    {"Double",
     "DOUBLE",
     {{"0.1", "0.1"}, {"-2.5e300", "-2.5e+300"}},
     v1::VALUE_TYPE_FLOAT64,
     v1::SQLTYPE_DOUBLE,
     "double",
     15},
    {"Decimal",
     "DECIMAL(10,3)",
     {{"-1234567.891", "-1234567.891"}, {"0", "0.000"}},
     v1::VALUE_TYPE_DECIMAL,
     v1::SQLTYPE_DECIMAL,
     "decimal",
     10,
     3},
    {"DecimalWide",
     "DECIMAL(65,30)",
     {{"99999999999999999999999999999999999.999999999999999999999999999999",
       "99999999999999999999999999999999999.999999999999999999999999999999"}},
     v1::VALUE_TYPE_DECIMAL,
     v1::SQLTYPE_DECIMAL,
     "decimal",
     65,
     30},
    {"Bit1",
     "BIT(1)",
     {{"b'0'", "0"}, {"b'1'", "1"}},
     v1::VALUE_TYPE_BOOL,
     v1::SQLTYPE_BOOLEAN,
     "bit",
     1,
     0,
     true},
    {"Bit9",
     "BIT(9)",
     {{"b'100000001'", "0101"}},
     v1::VALUE_TYPE_BYTES,
     v1::SQLTYPE_BITS,
     "bit",
     9,
     0,
     true},
    {"Year",
     "YEAR",
     {{"0", "0000"}, {"1901", "1901"}, {"2155", "2155"}},
     v1::VALUE_TYPE_DECIMAL,
     v1::SQLTYPE_SMALLINT,
     "year",
     5,
     0,
     true},
    {"Date",
     "DATE",
     {{"'0000-00-00'", "0000-00-00"},
      {"'2024-00-00'", "2024-00-00"},
      {"'9999-12-31'", "9999-12-31"}},
     v1::VALUE_TYPE_DATE,
     v1::SQLTYPE_DATE,
     "date",
     10},
    {"Time",
     "TIME",
     {{"'-838:59:59'", "-838:59:59"}, {"'838:59:59'", "838:59:59"}, {"'00:00:00'", "00:00:00"}},
     v1::VALUE_TYPE_TIME,
     v1::SQLTYPE_TIME,
     "time",
     8},
    {"TimeMicros",
     "TIME(6)",
     {{"'-00:00:00.000001'", "-00:00:00.000001"}},
     v1::VALUE_TYPE_TIME,
     v1::SQLTYPE_TIME,
     "time",
     15,
     6},
    {"DateTime",
     "DATETIME",
     {{"'0000-00-00 00:00:00'", "0000-00-00 00:00:00"},
      {"'2024-02-29 23:59:59'", "2024-02-29 23:59:59"}},
     v1::VALUE_TYPE_TIMESTAMP,
     v1::SQLTYPE_TIMESTAMP,
     "datetime",
     19},
    {"DateTimeMicros",
     "DATETIME(6)",
     {{"'1000-01-01 00:00:00.000001'", "1000-01-01 00:00:00.000001"},
      {"'9999-12-31 23:59:59.999999'", "9999-12-31 23:59:59.999999"}},
     v1::VALUE_TYPE_TIMESTAMP,
     v1::SQLTYPE_TIMESTAMP,
     "datetime",
     26,
     6},
    {"Timestamp",
     "TIMESTAMP(3) NULL",
     {{"'2001-02-03 04:05:06.789'", "2001-02-03 04:05:06.789"}},
     v1::VALUE_TYPE_TIMESTAMP,
     v1::SQLTYPE_TIMESTAMP,
     "timestamp",
     23,
     3},
    {"Char",
     "CHAR(10)",
     {{"''", ""}, {"'😀é'", "😀é"}},
     v1::VALUE_TYPE_TEXT,
     v1::SQLTYPE_CHAR,
     "char",
     10},
    {"VarChar",
     "VARCHAR(20)",
     {{"''", ""}, {"'日本😀'", "日本😀"}},
     v1::VALUE_TYPE_TEXT,
     v1::SQLTYPE_VARCHAR,
     "varchar",
     20},
    {"Text",
     "TEXT",
     {{"'a text'", "a text"}},
     v1::VALUE_TYPE_TEXT,
     v1::SQLTYPE_LONGVARCHAR,
     "text",
     65535},
    {"Binary",
     "BINARY(3)",
     {{"x'FF'", "FF0000"}},
     v1::VALUE_TYPE_BYTES,
     v1::SQLTYPE_BINARY,
     "binary",
     3},
    {"VarBinary",
     "VARBINARY(7)",
     {{"x''", ""}, {"x'00FF00'", "00FF00"}},
     v1::VALUE_TYPE_BYTES,
     v1::SQLTYPE_VARBINARY,
     "varbinary",
     7},
    {"Blob",
     "BLOB",
     {{"x'DEADBEEF'", "DEADBEEF"}},
     v1::VALUE_TYPE_BYTES,
     v1::SQLTYPE_LONGVARBINARY,
     "blob",
     65535},
    {"Enum",
     "ENUM('a','bcd')",
     {{"'bcd'", "bcd"}},
     v1::VALUE_TYPE_TEXT,
     v1::SQLTYPE_CHAR,
     "char",
     3},
    {"Set",
     "SET('x','yz')",
     {{"'x,yz'", "x,yz"}},
     v1::VALUE_TYPE_TEXT,
     v1::SQLTYPE_CHAR,
     "char",
     4},
    {"Json",
     "JSON",
     {{"'{\"a\":1}'", "{\"a\":1}"}},
     v1::VALUE_TYPE_TEXT,
     v1::SQLTYPE_LONGVARCHAR,
     "text",
     1073741823},
    {"Geometry",
     "GEOMETRY",
     {{"POINT(1,2)",
       "00000000"
       "0101000000000000000000F03F0000000000000040"}},
     v1::VALUE_TYPE_BYTES,
     v1::SQLTYPE_LONGVARBINARY,
     "geometry",
     4294967295},
    {"Uuid",
     "UUID",
     {{"'123e4567-e89b-12d3-a456-426614174000'", "123e4567-e89b-12d3-a456-426614174000"}},
     v1::VALUE_TYPE_TEXT,
     v1::SQLTYPE_CHAR,
     "char",
     36},
};

class TypesTest : public MysqlTest, public testing::WithParamInterface<TypeCase> {};

TEST_P(TypesTest, ValuesAreReadThroughBothProtocols) {
  const TypeCase& type = GetParam();
  Execute("CREATE TEMPORARY TABLE t (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, v " +
          std::string(type.column) + ") CHARACTER SET utf8mb4");
  Execute("SET sql_mode = 'ALLOW_INVALID_DATES'");
  std::vector<std::vector<std::string>> expected = {{"NULL"}};
  Execute("INSERT INTO t (v) VALUES (NULL)");
  for (const auto& [literal, text] : type.values) {
    Execute("INSERT INTO t (v) VALUES (" + std::string(literal) + ")");
    expected.push_back({text});
  }
  for (const bool prepared : {false, true}) {
    SCOPED_TRACE(prepared ? "binary protocol" : "text protocol");
    const TextResult result = Query("SELECT v FROM t ORDER BY id", prepared);
    EXPECT_EQ(result.rows, expected);
    ASSERT_EQ(result.head.columns.size(), 1U);
    const v1::Column& column = result.head.columns[0];
    EXPECT_EQ(column.value_type(), type.value_type);
    EXPECT_EQ(column.sql_type(), type.sql_type);
    EXPECT_EQ(column.type_name(), type.type_name);
    EXPECT_EQ(column.size(), type.size);
    EXPECT_EQ(column.scale(), type.scale);
    EXPECT_EQ(column.is_unsigned(), type.is_unsigned);
    EXPECT_EQ(column.nullability(), v1::NULLABILITY_NULLABLE);
  }
}

INSTANTIATE_TEST_SUITE_P(All, TypesTest, testing::ValuesIn(kCases),
                         [](const auto& each) { return std::string(each.param.name); });

using ColumnTest = MysqlTest;

TEST_F(ColumnTest, BaseTableAndKeyAreTold) {
  Execute("CREATE OR REPLACE TABLE column_test (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY)");
  for (const bool prepared : {false, true}) {
    const auto head = Query("SELECT c.id AS renamed, 1 + 1 FROM column_test c", prepared).head;
    const v1::Column& column = head.columns.at(0);
    EXPECT_EQ(column.name(), "renamed");
    EXPECT_EQ(column.base_column(), "id");
    EXPECT_EQ(column.table(), "column_test");
    EXPECT_EQ(column.table_label(), "c");
    EXPECT_EQ(column.catalog(), "sluice");
    EXPECT_EQ(column.nullability(), v1::NULLABILITY_NULLABLE);  // NULL may be given to it
    EXPECT_TRUE(column.is_auto_increment());
    EXPECT_TRUE(column.is_key());
    EXPECT_TRUE(column.is_updatable());
    EXPECT_FALSE(head.columns.at(1).is_updatable());
  }
  Execute("DROP TABLE column_test");
}

TEST_F(ColumnTest, UntypedNullIsAnEmptyVarchar) {
  for (const bool prepared : {false, true}) {
    const auto result = Query("SELECT NULL", prepared);
    EXPECT_EQ(result.head.columns.at(0).sql_type(), v1::SQLTYPE_VARCHAR);
    EXPECT_EQ(result.rows.at(0).at(0), "NULL");
  }
}

}  // namespace
}  // namespace sluice::relay::backend
