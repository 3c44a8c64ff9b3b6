#include <cmath>
#include <limits>

#include "relay_server/backend/postgres/decode.h"
#include "tests/unit/backend/postgres/postgres_test.h"

namespace sluice::relay::backend::postgres {
namespace {

// Adding a column of a type without binary form makes the server send the whole result as text.
constexpr char kForceText[] = ", '{1}'::int[]";

// Every type is read in both formats and must give the same value.
class PostgresTypesTest : public PostgresTest, public testing::WithParamInterface<bool> {
 protected:
  Table Value(const std::string& expression) {
    return Run("SELECT " + expression + (GetParam() ? kForceText : ""));
  }
  template <typename T>
  T Fixed(const std::string& expression) {
    return Value(expression).column(0).Fixed<T>(0);
  }
  std::string Variable(const std::string& expression) { return Value(expression).Text(); }
};

INSTANTIATE_TEST_SUITE_P(BothFormats, PostgresTypesTest, testing::Bool(),
                         [](const auto& param) { return param.param ? "Text" : "Binary"; });

TEST_P(PostgresTypesTest, Integers) {
  EXPECT_EQ(Fixed<std::uint8_t>("true"), 1);
  EXPECT_EQ(Fixed<std::uint8_t>("false"), 0);
  EXPECT_EQ(Fixed<std::int16_t>("'-32768'::int2"), -32768);
  EXPECT_EQ(Fixed<std::int16_t>("32767::int2"), 32767);
  EXPECT_EQ(Fixed<std::int32_t>("'-2147483648'::int4"), std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(Fixed<std::int32_t>("2147483647"), std::numeric_limits<std::int32_t>::max());
  EXPECT_EQ(Fixed<std::int64_t>("'-9223372036854775808'::int8"),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(Fixed<std::int64_t>("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(Fixed<std::int64_t>("'4294967295'::oid"), 4294967295);
  EXPECT_EQ(Fixed<std::int64_t>("'4294967295'::xid"), 4294967295);
}

TEST_P(PostgresTypesTest, FloatingPoint) {
  EXPECT_EQ(Fixed<float>("'1.17549435e-38'::float4"), 1.17549435e-38F);
  EXPECT_EQ(Fixed<float>("'-3.4028235e38'::float4"), -3.4028235e38F);
  EXPECT_EQ(Fixed<double>("0.1::float8"), 0.1);
  EXPECT_EQ(Fixed<double>("'1.7976931348623157e308'::float8"), std::numeric_limits<double>::max());
  EXPECT_TRUE(std::isnan(Fixed<double>("'NaN'::float8")));
  EXPECT_EQ(Fixed<double>("'-Infinity'::float8"), -std::numeric_limits<double>::infinity());
}

TEST_P(PostgresTypesTest, Numerics) {
  for (const std::string text :
       {"0", "0.00", "1", "-1", "10000", "9999", "100000000", "12345.678", "-0.0001", "0.00010",
        "123456789012345678901234567890.123456789", "0.000000000000000000001", "1000000000000",
        "99999999.99999999", "NaN", "Infinity", "-Infinity", "1.50", "20000.0002"}) {
    EXPECT_EQ(Variable("'" + text + "'::numeric"), text);
  }
}

TEST_P(PostgresTypesTest, MoneyIsANumber) {
  EXPECT_EQ(Variable("(-1234.5)::numeric::money"), "-1234.50");
  EXPECT_EQ(Variable("0::money"), "0.00");
}

TEST(PostgresMoneyTest, HoldsTheDigitsOfItsCurrency) {
  const auto read = [](int fraction_digits, std::string_view text) {
    values::ColumnBuilder column(v1::VALUE_TYPE_DECIMAL);
    MoneyDecoder(fraction_digits)(text.data(), text.size(), column);
    v1::ColumnData data;
    column.Finish(data);
    return data.values();
  };
  EXPECT_EQ(read(2, "1.234,56 \u20ac"), "1234.56");
  EXPECT_EQ(read(2, "($1,234.56)"), "-1234.56");
  EXPECT_EQ(read(0, "\u00a51,234"), "1234");
  EXPECT_EQ(read(3, "-1,234.567"), "-1234.567");
}

TEST_P(PostgresTypesTest, Texts) {
  for (const std::string type : {"text", "varchar", "varchar(40)", "name", "xml"}) {
    EXPECT_EQ(Variable("'ä😀 '::" + type), "ä😀 ") << type;
  }
  EXPECT_EQ(Variable("''::text"), "");
  EXPECT_EQ(Variable("'ab'::char(4)"), "ab  ");
  EXPECT_EQ(Variable("'x'::\"char\""), "x");
  EXPECT_EQ(Variable("''::\"char\""), "");
  EXPECT_EQ(Variable("'{\"a\":  1}'::json"), "{\"a\":  1}");
  EXPECT_EQ(Variable("'{\"a\":  1}'::jsonb"), "{\"a\": 1}");
  EXPECT_EQ(Variable("'10.0.0.1/8'::inet"), "10.0.0.1/8");
  EXPECT_EQ(Variable("'08:00:2b:01:02:03'::macaddr"), "08:00:2b:01:02:03");
  EXPECT_EQ(Variable("'12:00:00+02'::timetz"), "12:00:00+02");
  EXPECT_EQ(Variable("array[1,2]"), "{1,2}");
  EXPECT_EQ(Variable("B'101'::bit(3)"), "101");
  EXPECT_EQ(Variable("'[1,5)'::int4range"), "[1,5)");
}

TEST_P(PostgresTypesTest, Octets) {
  EXPECT_EQ(Variable("'\\x00ff10'::bytea"), std::string("\0\xff\x10", 3));
  EXPECT_EQ(Variable("''::bytea"), "");
  const Table uuid = Value("'00112233-4455-6677-8899-aabbccddeeff'::uuid");
  EXPECT_EQ(std::string(uuid.column(0).FixedBytes(0), 16),
            std::string("\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16));
}

TEST_P(PostgresTypesTest, Dates) {
  const auto date = [this](const std::string& text) {
    return Fixed<std::uint32_t>("'" + text + "'::date");
  };
  EXPECT_EQ(values::UnpackDate(date("2024-02-29")), (values::Date{2024, 2, 29}));
  EXPECT_EQ(values::UnpackDate(date("1999-12-31")), (values::Date{1999, 12, 31}));
  EXPECT_EQ(values::UnpackDate(date("0044-03-15 BC")), (values::Date{-43, 3, 15}));
  EXPECT_EQ(values::UnpackDate(date("4714-11-24 BC")), (values::Date{-4713, 11, 24}));
  EXPECT_EQ(values::UnpackDate(date("5874897-12-31")), (values::Date{5874897, 12, 31}));
  EXPECT_EQ(date("infinity"), values::kDateInfinity);
  EXPECT_EQ(date("-infinity"), values::kDateMinusInfinity);
}

TEST_P(PostgresTypesTest, TimesAndTimestamps) {
  EXPECT_EQ(Fixed<std::int64_t>("'24:00:00'::time"), values::kMicrosPerDay);
  EXPECT_EQ(Fixed<std::int64_t>("'00:00:00.000001'::time"), 1);
  const auto timestamp = [this](const std::string& text) {
    return Fixed<std::uint64_t>("'" + text + "'::timestamp");
  };
  EXPECT_EQ(values::UnpackTimestamp(timestamp("1969-12-31 23:59:59.999999")),
            (values::Timestamp{{1969, 12, 31}, values::kMicrosPerDay - 1}));
  EXPECT_EQ(values::UnpackTimestamp(timestamp("4713-01-01 00:00:00 BC")),
            (values::Timestamp{{-4712, 1, 1}, 0}));
  EXPECT_EQ(values::UnpackTimestamp(timestamp("257142-12-31 12:00:00")).date.year, 257142);
  EXPECT_THROW(timestamp("294276-12-31 12:00:00"), BackendError);
  connection_->DiscardResults();
  EXPECT_EQ(timestamp("infinity"), values::kTimestampInfinity);
  EXPECT_EQ(timestamp("-infinity"), values::kTimestampMinusInfinity);
}

TEST_P(PostgresTypesTest, TimestampsWithZoneAreInTheSessionsZone) {
  Run("SET TimeZone TO 'Europe/Berlin'");
  const auto packed = Fixed<std::uint64_t>("'2024-07-01 10:00:00.25+00'::timestamptz");
  EXPECT_EQ(values::UnpackTimestamp(packed),
            (values::Timestamp{{2024, 7, 1}, (12 * 3600 * 1'000'000LL) + 250'000}));
}

TEST_P(PostgresTypesTest, Intervals) {
  const auto interval = [this](const std::string& text) {
    return Value("'" + text + "'::interval").column(0).IntervalAt(0);
  };
  EXPECT_EQ(interval("1 year 2 mons 3 days 04:05:06.7"),
            (values::Interval{14, 3, 14'706'700'000LL}));
  EXPECT_EQ(interval("-1 mon 2 days -00:00:01"), (values::Interval{-1, 2, -1'000'000}));
  EXPECT_EQ(interval("0"), (values::Interval{0, 0, 0}));
}

TEST_P(PostgresTypesTest, NullOfEveryType) {
  const std::vector<std::string> types = {
      "bool",  "int2",    "int4",    "int8",      "oid",      "float4",      "float8", "numeric",
      "text",  "varchar", "char(3)", "name",      "json",     "jsonb",       "xml",    "uuid",
      "bytea", "date",    "time",    "timestamp", "interval", "timestamptz", "int4[]", "inet"};
  for (const auto& type : types) {
    const Table table = Value("NULL::" + type);
    EXPECT_TRUE(table.column(0).IsNull(0)) << type;
  }
}

struct Metadata {
  const char* type;
  const char* name;
  v1::SqlType sql_type;
  std::uint64_t size;
  int scale;
};

class PostgresMetadataTest : public PostgresTest, public testing::WithParamInterface<Metadata> {};

// psqlodbc's values with its default settings, but for bool, json, xml and uuid.
INSTANTIATE_TEST_SUITE_P(
    Types, PostgresMetadataTest,
    testing::Values(
        Metadata{"bool", "bool", v1::SQLTYPE_BOOLEAN, 1, 0},
        Metadata{"int2", "int2", v1::SQLTYPE_SMALLINT, 5, 0},
        Metadata{"int4", "int4", v1::SQLTYPE_INTEGER, 10, 0},
        Metadata{"int8", "int8", v1::SQLTYPE_BIGINT, 19, 0},
        Metadata{"float4", "float4", v1::SQLTYPE_REAL, 9, 0},
        Metadata{"float8", "float8", v1::SQLTYPE_DOUBLE, 17, 0},
        Metadata{"numeric", "numeric", v1::SQLTYPE_NUMERIC, 28, 6},
        Metadata{"numeric(12,3)", "numeric", v1::SQLTYPE_NUMERIC, 12, 3},
        Metadata{"char(7)", "char", v1::SQLTYPE_CHAR, 7, 0},
        Metadata{"varchar(30)", "varchar", v1::SQLTYPE_VARCHAR, 30, 0},
        Metadata{"varchar", "varchar", v1::SQLTYPE_VARCHAR, 255, 0},
        Metadata{"text", "text", v1::SQLTYPE_LONGVARCHAR, 8190, 0},
        Metadata{"bytea", "bytea", v1::SQLTYPE_LONGVARBINARY, 0, 0},
        Metadata{"uuid", "uuid", v1::SQLTYPE_UUID, 36, 0},
        Metadata{"date", "date", v1::SQLTYPE_DATE, 10, 0},
        Metadata{"time(3)", "time", v1::SQLTYPE_TIME, 8, 3},
        Metadata{"timestamp", "timestamp without time zone", v1::SQLTYPE_TIMESTAMP, 26, 6},
        Metadata{"timestamp(3)", "timestamp without time zone", v1::SQLTYPE_TIMESTAMP, 23, 3},
        Metadata{"timestamp(0)", "timestamp without time zone", v1::SQLTYPE_TIMESTAMP, 19, 0},
        Metadata{"interval", "interval", v1::SQLTYPE_INTERVAL, 32, 6},
        Metadata{"bit(5)", "bit", v1::SQLTYPE_BITS, 5, 0},
        Metadata{"int4[]", "_int4", v1::SQLTYPE_VARCHAR, 255, 0}));

TEST_P(PostgresMetadataTest, IsWhatApplicationsKnow) {
  Run(std::string("CREATE TEMP TABLE t (a ") + GetParam().type + ")");
  const auto column = Run("SELECT a FROM t").head.columns.at(0);
  EXPECT_EQ(column.name(), "a");
  EXPECT_EQ(column.type_name(), GetParam().name);
  EXPECT_EQ(column.sql_type(), GetParam().sql_type);
  EXPECT_EQ(column.size(), GetParam().size);
  EXPECT_EQ(column.scale(), GetParam().scale);
}

}  // namespace
}  // namespace sluice::relay::backend::postgres
