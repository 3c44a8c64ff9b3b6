#include "odbc_driver/convert/datetime.h"
#include "odbc_driver/convert/parameter_converter.h"
#include "tests/unit/convert/conversion_case.h"

namespace sluice::driver::convert {
namespace {

struct ParameterCase {
  SQLSMALLINT c_type;
  SQLSMALLINT sql_type;
  std::string data;  // of the C type; text is terminated and passed as SQL_NTS
  values::ValueType value_type;
  std::string expected;    // the octets that travel
  std::string state = {};  // the DriverError
  SQLSMALLINT precision = 0;
  SQLSMALLINT scale = 0;
};

template <typename Call>
std::string StateOfError(Call&& call) {
  try {
    call();
    return {};
  } catch (const DriverError& error) {
    return std::string(error.state().code);
  }
}

std::vector<std::string> Finish(values::ColumnBuilder& builder) {
  const auto rows = static_cast<std::uint32_t>(builder.row_count());
  v1::ColumnData data;
  const values::ValueType type = builder.type();
  builder.Finish(data);
  const values::ColumnView view(type, rows, data);
  std::vector<std::string> octets;
  for (std::uint32_t row = 0; row < rows; ++row) {
    if (view.IsNull(row)) {
      octets.emplace_back("NULL");
    } else if (const std::size_t width = values::FixedWidth(type); width != 0) {
      octets.emplace_back(view.FixedBytes(row), width);
    } else {
      octets.emplace_back(view.Variable(row));
    }
  }
  return octets;
}

// Three sets, the second NULL, in rows of an odd stride; then the same value through SQLPutData.
void CheckParameter(const ParameterCase& test) {
  ASSERT_EQ(ParameterValueType(test.c_type, test.sql_type), test.value_type);
  const bool is_octets = test.c_type == SQL_C_BINARY;
  const std::string cell = test.data + std::string(TerminatorOf(test.c_type), '\0') + "#";
  const std::string memory = cell + cell + cell;
  const SQLLEN length = is_octets ? static_cast<SQLLEN>(test.data.size()) : SQL_NTS;
  const SQLLEN lengths[] = {length, SQL_NULL_DATA, length};
  SourceParameter source;
  source.c_type = test.c_type;
  source.sql_type = test.sql_type;
  source.data = memory.data();
  source.data_stride = cell.size();
  source.indicator = lengths;
  source.octet_length = lengths;
  source.precision = test.precision;
  source.scale = test.scale;

  values::ColumnBuilder builder(test.value_type);
  if (!test.state.empty()) {
    EXPECT_EQ(StateOfError([&] { AppendParameter(source, 0, builder); }), test.state);
    EXPECT_EQ(StateOfError([&] { AppendPutData(source, test.data, builder); }), test.state);
    return;
  }
  for (std::size_t row = 0; row < 3; ++row) AppendParameter(source, row, builder);
  AppendPutData(source, test.data, builder);
  EXPECT_EQ(Finish(builder),
            (std::vector<std::string>{test.expected, "NULL", test.expected, test.expected}));
}

void CheckParameters(const std::vector<ParameterCase>& cases) {
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(testing::Message() << "case " << i << ": C type " << cases[i].c_type
                                    << " to SQL type " << cases[i].sql_type);
    CheckParameter(cases[i]);
  }
}

constexpr auto kText = v1::VALUE_TYPE_TEXT;
constexpr auto kDecimal = v1::VALUE_TYPE_DECIMAL;

TEST(Parameter, Text) {
  const std::string smile = "\xf0\x9f\x98\x80";
  std::string lone_surrogate = Wide(u"x");
  lone_surrogate += std::string("\x3d\xd8", 2);
  CheckParameters({
      {SQL_C_CHAR, SQL_VARCHAR, smile, kText, smile},
      {SQL_C_CHAR, SQL_VARCHAR, "", kText, ""},
      {SQL_C_WCHAR, SQL_WVARCHAR, Wide(u"\U0001f600"), kText, smile},
      {SQL_C_WCHAR, SQL_WVARCHAR, lone_surrogate, kText, "x\xef\xbf\xbd"},
      {SQL_C_CHAR, SQL_DECIMAL, " 12.50 ", kDecimal, "12.50"},
      {SQL_C_WCHAR, SQL_INTEGER, Wide(u"-7"), kDecimal, "-7"},
      {SQL_C_CHAR, SQL_DOUBLE, "1e400", kDecimal, "1e400"},
      {SQL_C_CHAR, SQL_NUMERIC, "NaN", kDecimal, "NaN"},
      {SQL_C_CHAR, SQL_INTEGER, "seven", kDecimal, "", "22018"},
      {SQL_C_CHAR, SQL_INTEGER, "", kDecimal, "", "22018"},
      {SQL_C_CHAR, SQL_BIT, "1", v1::VALUE_TYPE_BOOL, "\1"},
      {SQL_C_CHAR, SQL_BIT, "0.5", v1::VALUE_TYPE_BOOL, "", "22001"},
      {SQL_C_CHAR, SQL_BIT, "2", v1::VALUE_TYPE_BOOL, "", "22003"},
      {SQL_C_CHAR, SQL_BIT, " -1 ", v1::VALUE_TYPE_BOOL, "\1"},
      {SQL_C_CHAR, SQL_BIT, "True", v1::VALUE_TYPE_BOOL, "\1"},
      {SQL_C_CHAR, SQL_BIT, "off", v1::VALUE_TYPE_BOOL, {"\0", 1}},
      {SQL_C_CHAR, SQL_BIT, "-2", v1::VALUE_TYPE_BOOL, "", "22003"},
      {SQL_C_CHAR, SQL_BIT, "x", v1::VALUE_TYPE_BOOL, "", "22018"},
      {SQL_C_CHAR, SQL_VARBINARY, "01fF", v1::VALUE_TYPE_BYTES, "\x01\xff"},
      {SQL_C_WCHAR, SQL_VARBINARY, Wide(u"01fF0"), v1::VALUE_TYPE_BYTES, "\x01\xff"},
      {SQL_C_CHAR, SQL_VARBINARY, "0g", v1::VALUE_TYPE_BYTES, "", "22018"},
      {SQL_C_CHAR, SQL_TYPE_TIMESTAMP, " now ", kText, "now"},
      {SQL_C_CHAR, SQL_TYPE_TIMESTAMP, "{ts '2024-02-29 01:02:03'}", kText, "2024-02-29 01:02:03"},
      {SQL_C_WCHAR, SQL_TYPE_DATE, Wide(u"{ d '2024-02-29' }"), kText, "2024-02-29"},
      {SQL_C_CHAR, SQL_TYPE_DATE, "{x '2024'}", kText, "{x '2024'}"},
      {SQL_C_CHAR, SQL_GUID, "12345678-9abc", kText, "12345678-9abc"},
  });
}

TEST(Parameter, Numbers) {
  const auto int64 = [](std::int64_t value) { return Raw(value); };
  SQL_NUMERIC_STRUCT numeric{};
  numeric.precision = 5;
  numeric.scale = 2;
  numeric.val[0] = 0x39;
  numeric.val[1] = 0x30;  // 12345, negative
  CheckParameters({
      {SQL_C_STINYINT, SQL_TINYINT, Raw(std::int8_t{-128}), v1::VALUE_TYPE_INT64, int64(-128)},
      {SQL_C_UTINYINT, SQL_TINYINT, Raw(std::uint8_t{255}), v1::VALUE_TYPE_INT64, int64(255)},
      {SQL_C_SSHORT, SQL_SMALLINT, Raw(std::int16_t{-32768}), v1::VALUE_TYPE_INT64, int64(-32768)},
      {SQL_C_USHORT, SQL_INTEGER, Raw(std::uint16_t{65535}), v1::VALUE_TYPE_INT64, int64(65535)},
      {SQL_C_SLONG, SQL_DECIMAL, Raw(std::int32_t{-7}), v1::VALUE_TYPE_INT64, int64(-7)},
      {SQL_C_ULONG, SQL_BIGINT, Raw(~std::uint32_t{0}), v1::VALUE_TYPE_INT64, int64(4294967295)},
      {SQL_C_SBIGINT, SQL_BIGINT, int64(INT64_MIN), v1::VALUE_TYPE_INT64, int64(INT64_MIN)},
      {SQL_C_UBIGINT, SQL_BIGINT, Raw(UINT64_MAX), v1::VALUE_TYPE_UINT64, Raw(UINT64_MAX)},
      {SQL_C_SLONG, SQL_VARCHAR, Raw(std::int32_t{-7}), kText, "-7"},
      {SQL_C_SLONG, SQL_BIT, Raw(std::int32_t{1}), v1::VALUE_TYPE_BOOL, "\1"},
      {SQL_C_SLONG, SQL_BIT, Raw(std::int32_t{2}), v1::VALUE_TYPE_BOOL, "", "22003"},
      {SQL_C_SLONG, SQL_BIT, Raw(std::int32_t{-1}), v1::VALUE_TYPE_BOOL, "\1"},
      {SQL_C_UTINYINT, SQL_BIT, Raw(std::uint8_t{255}), v1::VALUE_TYPE_BOOL, "", "22003"},
      {SQL_C_DOUBLE, SQL_BIT, Raw(-1.0), v1::VALUE_TYPE_BOOL, "\1"},
      {SQL_C_BIT, SQL_BIT, "\1", v1::VALUE_TYPE_BOOL, "\1"},
      {SQL_C_BIT, SQL_BIT, "\2", v1::VALUE_TYPE_BOOL, "\1"},
      {SQL_C_BIT, SQL_INTEGER, "\xff", v1::VALUE_TYPE_INT64, int64(1)},
      {SQL_C_BIT, SQL_INTEGER, "\1", v1::VALUE_TYPE_INT64, int64(1)},
      {SQL_C_DOUBLE, SQL_DOUBLE, Raw(0.1), v1::VALUE_TYPE_FLOAT64, Raw(0.1)},
      {SQL_C_DOUBLE, SQL_REAL, Raw(0.1), v1::VALUE_TYPE_FLOAT32, Raw(0.1F)},
      {SQL_C_DOUBLE, SQL_REAL, Raw(1e39), v1::VALUE_TYPE_FLOAT32, "", "22003"},
      {SQL_C_FLOAT, SQL_FLOAT, Raw(0.5F), v1::VALUE_TYPE_FLOAT64, Raw(0.5)},
      {SQL_C_DOUBLE, SQL_NUMERIC, Raw(0.1), kDecimal, "0.1"},
      {SQL_C_FLOAT, SQL_VARCHAR, Raw(0.1F), kText, "0.1"},
      {SQL_C_DOUBLE, SQL_BIT, Raw(0.5), v1::VALUE_TYPE_BOOL, "", "22001"},
      {SQL_C_NUMERIC, SQL_NUMERIC, Raw(numeric), kDecimal, "-123.45"},
      {SQL_C_NUMERIC, SQL_NUMERIC, Raw(numeric), kDecimal, "-12.345", "", 0, 3},
      {SQL_C_NUMERIC, SQL_VARCHAR, Raw(numeric), kText, "-123.45"},
      {SQL_C_NUMERIC, SQL_BIT, Raw(numeric), v1::VALUE_TYPE_BOOL, "", "22003"},
  });
}

TEST(Parameter, BinaryAndGuid) {
  const SQLGUID guid{0x12345678, 0x9abc, 0xdef0, {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}};
  const std::string uuid("\x12\x34\x56\x78\x9a\xbc\xde\xf0\x01\x23\x45\x67\x89\xab\xcd\xef", 16);
  const std::string octets("\0\xff", 2);
  CheckParameters({
      {SQL_C_BINARY, SQL_VARBINARY, octets, v1::VALUE_TYPE_BYTES, octets},
      {SQL_C_BINARY, SQL_VARCHAR, "abc", kText, "abc"},
      {SQL_C_BINARY, SQL_INTEGER, Raw(std::int32_t{7}), v1::VALUE_TYPE_INT64, Raw(std::int64_t{7})},
      {SQL_C_BINARY, SQL_INTEGER, octets, v1::VALUE_TYPE_INT64, "", "22003"},
      {SQL_C_GUID, SQL_GUID, Raw(guid), v1::VALUE_TYPE_UUID, uuid},
      {SQL_C_BINARY, SQL_GUID, Raw(guid), v1::VALUE_TYPE_UUID, uuid},
      {SQL_C_GUID, SQL_CHAR, Raw(guid), kText, "12345678-9ABC-DEF0-0123-456789ABCDEF"},
  });
}

TEST(Parameter, DatesAndTimes) {
  const SQL_DATE_STRUCT date{2024, 2, 29};
  const SQL_TIME_STRUCT time{1, 2, 3};
  const SQL_TIMESTAMP_STRUCT stamp{2024, 2, 29, 1, 2, 3, 123456789};
  const SQL_TIMESTAMP_STRUCT midnight{2024, 2, 29, 0, 0, 0, 0};
  const SQL_TIMESTAMP_STRUCT day_end{2024, 2, 29, 24, 0, 0, 0};
  const values::Date day{2024, 2, 29};
  const auto packed = [](const values::Date& of, std::int64_t micros) {
    return Raw(values::PackTimestamp({of, micros}));
  };
  CheckParameters({
      {SQL_C_TYPE_DATE, SQL_TYPE_DATE, Raw(date), v1::VALUE_TYPE_DATE, Raw(values::PackDate(day))},
      {SQL_C_DATE, SQL_DATE, Raw(date), v1::VALUE_TYPE_DATE, Raw(values::PackDate(day))},
      {SQL_C_TYPE_DATE, SQL_TYPE_TIMESTAMP, Raw(date), v1::VALUE_TYPE_TIMESTAMP, packed(day, 0)},
      {SQL_C_TYPE_DATE, SQL_VARCHAR, Raw(date), kText, "2024-02-29"},
      {SQL_C_TYPE_DATE, SQL_TYPE_DATE, Raw(SQL_DATE_STRUCT{2023, 2, 29}), v1::VALUE_TYPE_DATE, "",
       "22007"},
      {SQL_C_TYPE_TIME, SQL_TYPE_TIME, Raw(time), v1::VALUE_TYPE_TIME, Raw(Clock(1, 2, 3))},
      {SQL_C_TYPE_TIME, SQL_TYPE_TIME, Raw(SQL_TIME_STRUCT{24, 0, 1}), v1::VALUE_TYPE_TIME, "",
       "22007"},
      {SQL_C_TYPE_TIME, SQL_TYPE_TIMESTAMP, Raw(time), v1::VALUE_TYPE_TIMESTAMP,
       packed(Today(), Clock(1, 2, 3))},
      {SQL_C_TYPE_TIME, SQL_CHAR, Raw(time), kText, "01:02:03"},
      {SQL_C_TYPE_TIMESTAMP, SQL_TYPE_TIMESTAMP, Raw(stamp), v1::VALUE_TYPE_TIMESTAMP,
       packed(day, Clock(1, 2, 3, 123456))},
      {SQL_C_TYPE_TIMESTAMP, SQL_TYPE_TIMESTAMP, Raw(day_end), v1::VALUE_TYPE_TIMESTAMP,
       packed({2024, 3, 1}, 0)},
      {SQL_C_TYPE_TIMESTAMP, SQL_TYPE_DATE, Raw(midnight), v1::VALUE_TYPE_DATE,
       Raw(values::PackDate(day))},
      {SQL_C_TYPE_TIMESTAMP, SQL_TYPE_DATE, Raw(stamp), v1::VALUE_TYPE_DATE, "", "22008"},
      {SQL_C_TYPE_TIMESTAMP, SQL_TYPE_TIME, Raw(midnight), v1::VALUE_TYPE_TIME,
       Raw(Clock(0, 0, 0))},
      {SQL_C_TYPE_TIMESTAMP, SQL_TYPE_TIME, Raw(stamp), v1::VALUE_TYPE_TIME, "", "22008"},
      {SQL_C_TYPE_TIMESTAMP, SQL_WVARCHAR, Raw(stamp), kText, "2024-02-29 01:02:03.123456"},
  });
}

TEST(Parameter, Intervals) {
  SQL_INTERVAL_STRUCT interval;
  std::memset(&interval, 0, sizeof interval);
  interval.interval_type = SQL_IS_DAY_TO_SECOND;
  interval.interval_sign = SQL_TRUE;
  interval.intval.day_second = {3, 4, 5, 6, 700000};
  SQL_INTERVAL_STRUCT months;
  std::memset(&months, 0, sizeof months);
  months.interval_type = SQL_IS_MONTH;
  months.interval_sign = SQL_TRUE;
  months.intval.year_month.month = 7;
  SQL_NUMERIC_STRUCT number{};
  number.precision = 2;
  number.sign = 1;
  number.val[0] = 12;
  const auto packed = [](std::int32_t of_months, std::int32_t days, std::int64_t micros) {
    return Raw(of_months) + Raw(days) + Raw(micros);
  };
  CheckParameters({
      {SQL_C_INTERVAL_DAY_TO_SECOND, SQL_INTERVAL_DAY_TO_SECOND, Raw(interval),
       v1::VALUE_TYPE_INTERVAL, packed(0, -3, -Clock(4, 5, 6, 700000))},
      {SQL_C_INTERVAL_DAY_TO_SECOND, SQL_INTERVAL_DAY_TO_SECOND, Raw(interval),
       v1::VALUE_TYPE_INTERVAL, packed(0, -3, -Clock(4, 5, 6, 700)), "", 9},
      {SQL_C_SLONG, SQL_INTERVAL_MONTH, Raw(std::int32_t{-5}), v1::VALUE_TYPE_INTERVAL,
       packed(-5, 0, 0)},
      {SQL_C_INTERVAL_MONTH, SQL_INTEGER, Raw(months), kDecimal, "-7"},
      {SQL_C_INTERVAL_MONTH, SQL_NUMERIC, Raw(months), kDecimal, "-7"},
      {SQL_C_INTERVAL_DAY_TO_SECOND, SQL_INTEGER, Raw(interval), kDecimal, "", "07006"},
      {SQL_C_NUMERIC, SQL_INTERVAL_DAY, Raw(number), v1::VALUE_TYPE_INTERVAL, packed(0, 12, 0)},
      {SQL_C_SLONG, SQL_INTERVAL_DAY_TO_HOUR, Raw(std::int32_t{5}), v1::VALUE_TYPE_INTERVAL, "",
       "22015"},
  });
}

TEST(Parameter, LengthsAndPointers) {
  const auto append = [](const char* data, const SQLLEN* length, SQLSMALLINT c_type = SQL_C_CHAR) {
    SourceParameter source;
    source.c_type = c_type;
    source.sql_type = c_type == SQL_C_SLONG ? SQL_INTEGER : SQL_VARCHAR;
    source.data = data;
    source.indicator = length;
    source.octet_length = length;
    values::ColumnBuilder builder(ParameterValueType(source.c_type, source.sql_type));
    AppendParameter(source, 0, builder);
    return Finish(builder).at(0);
  };
  const SQLLEN two = 2;
  const SQLLEN zero = 0;
  const SQLLEN odd = 3;
  const SQLLEN bad = -50;
  const SQLLEN null_data = SQL_NULL_DATA;
  EXPECT_EQ(append("abc", nullptr), "abc");
  EXPECT_EQ(append("abc", &two), "ab");
  EXPECT_EQ(append("abc", &zero), "");
  EXPECT_EQ(append(nullptr, &zero), "");
  EXPECT_EQ(append(nullptr, &null_data), "NULL");
  const char16_t wide[] = u"ab";
  EXPECT_EQ(append(reinterpret_cast<const char*>(wide), &odd, SQL_C_WCHAR), "a");
  EXPECT_EQ(StateOfError([&] { append("abc", &bad); }), "HY090");
  EXPECT_EQ(StateOfError([&] { append(nullptr, nullptr); }), "HY009");
  EXPECT_EQ(StateOfError([&] { append(nullptr, &two); }), "HY009");
  EXPECT_EQ(StateOfError([&] { append(nullptr, &two, SQL_C_SLONG); }), "HY009");
}

TEST(Parameter, TerminatorThatQtCounts) {
  const char16_t text[] = u"ab";  // 6 octets with its terminator
  const SQLLEN six = 6;
  const auto append = [&](SQLULEN column_size, SQLLEN buffer_length) {
    SourceParameter source;
    source.c_type = SQL_C_WCHAR;
    source.sql_type = SQL_WVARCHAR;
    source.column_size = column_size;
    source.data = reinterpret_cast<const char*>(text);
    source.buffer_length = buffer_length;
    source.octet_length = &six;
    values::ColumnBuilder builder(kText);
    AppendParameter(source, 0, builder);
    return Finish(builder).at(0);
  };
  const std::string with_terminator("ab\0", 3);
  EXPECT_EQ(append(6, 6), "ab");
  EXPECT_EQ(append(0, 6), "ab");
  EXPECT_EQ(append(3, 6), with_terminator);  // a size in characters: the NUL is meant
  EXPECT_EQ(append(6, 0), with_terminator);
}

TEST(Parameter, TypesThatDoNotGoTogether) {
  EXPECT_EQ(StateOfError([] { ParameterValueType(SQL_C_TYPE_DATE, SQL_TYPE_TIME); }), "07006");
  EXPECT_EQ(StateOfError([] { ParameterValueType(SQL_C_SLONG, SQL_TYPE_DATE); }), "07006");
  EXPECT_EQ(StateOfError([] { ParameterValueType(SQL_C_DOUBLE, SQL_INTERVAL_DAY); }), "07006");
  EXPECT_EQ(StateOfError([] { ParameterValueType(12345, SQL_INTEGER); }), "HY003");
  EXPECT_EQ(StateOfError([] { ParameterValueType(SQL_C_CHAR, 12345); }), "HY004");
  EXPECT_EQ(StateOfError([] { ToSqlType(SQL_UNKNOWN_TYPE); }), "HY004");
}

TEST(Parameter, SqlTypesAndTheirDefaultCTypes) {
  struct Row {
    SQLSMALLINT code;
    v1::SqlType sql_type;
    SQLSMALLINT c_type;
  };
  for (const auto& [code, sql_type, c_type] :
       std::vector<Row>{{SQL_WVARCHAR, v1::SQLTYPE_VARCHAR, SQL_C_WCHAR},
                        {SQL_LONGVARCHAR, v1::SQLTYPE_LONGVARCHAR, SQL_C_CHAR},
                        {SQL_BIGINT, v1::SQLTYPE_BIGINT, SQL_C_SBIGINT},
                        {SQL_NUMERIC, v1::SQLTYPE_NUMERIC, SQL_C_CHAR},
                        {SQL_TIMESTAMP, v1::SQLTYPE_TIMESTAMP, SQL_C_TYPE_TIMESTAMP},
                        {SQL_INTERVAL_DAY, v1::SQLTYPE_INTERVAL, SQL_C_INTERVAL_DAY},
                        {SQL_GUID, v1::SQLTYPE_UUID, SQL_C_GUID}}) {
    EXPECT_EQ(ToSqlType(code), sql_type) << code;
    EXPECT_EQ(DefaultParameterCType(code), c_type) << code;
  }
}

}  // namespace
}  // namespace sluice::driver::convert
