#include "odbc_driver/convert/datetime.h"
#include "tests/unit/convert/conversion_case.h"

namespace sluice::driver::convert {
namespace {

std::string DateStruct(SQLSMALLINT year, SQLUSMALLINT month, SQLUSMALLINT day) {
  return Raw(SQL_DATE_STRUCT{year, month, day});
}
std::string TimeStruct(SQLUSMALLINT hour, SQLUSMALLINT minute, SQLUSMALLINT second) {
  return Raw(SQL_TIME_STRUCT{hour, minute, second});
}
std::string TimestampStruct(const values::Date& date, SQLUSMALLINT hour, SQLUSMALLINT minute,
                            SQLUSMALLINT second, SQLUINTEGER nanos) {
  return Raw(SQL_TIMESTAMP_STRUCT{
      static_cast<SQLSMALLINT>(date.year), static_cast<SQLUSMALLINT>(date.month),
      static_cast<SQLUSMALLINT>(date.day), hour, minute, second, nanos});
}

constexpr values::Date kDay{2024, 2, 29};

TEST(Datetime, ToItsOwnStruct) {
  CheckConversions({
      {DateValue(2024, 2, 29), SQL_C_TYPE_DATE, DateStruct(2024, 2, 29)},
      {DateValue(2024, 2, 29), SQL_C_DATE, DateStruct(2024, 2, 29)},
      {TimeValue(Clock(23, 59, 58)), SQL_C_TYPE_TIME, TimeStruct(23, 59, 58)},
      {TimeValue(Clock(23, 59, 58)), SQL_C_TIME, TimeStruct(23, 59, 58)},
      {TimeValue(Clock(24, 0, 0)), SQL_C_TYPE_TIME, TimeStruct(24, 0, 0)},
      {TimestampValue(kDay, Clock(13, 5, 9, 123456)), SQL_C_TYPE_TIMESTAMP,
       TimestampStruct(kDay, 13, 5, 9, 123456000)},
      {TimestampValue(kDay, 0), SQL_C_TIMESTAMP, TimestampStruct(kDay, 0, 0, 0, 0)},
  });
}

TEST(Datetime, ToAnotherStruct) {
  CheckConversions({
      {DateValue(2024, 2, 29), SQL_C_TYPE_TIMESTAMP, TimestampStruct(kDay, 0, 0, 0, 0)},
      {TimestampValue(kDay, 0), SQL_C_TYPE_DATE, DateStruct(2024, 2, 29)},
      {TimestampValue(kDay, 1), SQL_C_TYPE_DATE, DateStruct(2024, 2, 29), "01S07"},
      {TimestampValue(kDay, Clock(1, 2, 3)), SQL_C_TYPE_TIME, TimeStruct(1, 2, 3)},
      {TimestampValue(kDay, Clock(1, 2, 3, 4)), SQL_C_TYPE_TIME, TimeStruct(1, 2, 3), "01S07"},
      {TimeValue(Clock(1, 2, 3, 500000)), SQL_C_TYPE_TIME, TimeStruct(1, 2, 3), "01S07"},
      {TimeValue(Clock(1, 2, 3, 500000)), SQL_C_TYPE_TIMESTAMP,
       TimestampStruct(Today(), 1, 2, 3, 500000000)},
  });
}

TEST(Datetime, WhatAStructCannotHold) {
  CheckConversions({
      {TimeValue(-1), SQL_C_TYPE_TIME, "", "22008"},
      {TimeValue(Clock(838, 59, 59)), SQL_C_TYPE_TIME, "", "22008"},
      {TimeValue(Clock(24, 0, 0)), SQL_C_TYPE_TIMESTAMP, "", "22008"},
      {DateValue(40000, 1, 1), SQL_C_TYPE_DATE, "", "22008"},
      {DateValue(-43, 3, 15), SQL_C_TYPE_DATE, DateStruct(-43, 3, 15)},
      {DateValue(2024, 0, 0), SQL_C_TYPE_DATE, DateStruct(2024, 0, 0)},
  });
}

TEST(Datetime, InfinityIsTheExtremeThatApplicationsHold) {
  const auto date = [](std::uint32_t packed) { return FixedValue(v1::VALUE_TYPE_DATE, packed); };
  const auto timestamp = [](std::uint64_t packed) {
    return FixedValue(v1::VALUE_TYPE_TIMESTAMP, packed);
  };
  CheckConversions({
      {date(values::kDateInfinity), SQL_C_TYPE_DATE, DateStruct(9999, 12, 31)},
      {date(values::kDateMinusInfinity), SQL_C_TYPE_DATE, DateStruct(1, 1, 1)},
      {date(values::kDateInfinity), SQL_C_CHAR, "infinity"},
      {timestamp(values::kTimestampInfinity), SQL_C_TYPE_TIMESTAMP,
       TimestampStruct({9999, 12, 31}, 23, 59, 59, 0)},
      {timestamp(values::kTimestampMinusInfinity), SQL_C_TYPE_TIMESTAMP,
       TimestampStruct({1, 1, 1}, 0, 0, 0, 0)},
      {timestamp(values::kTimestampMinusInfinity), SQL_C_CHAR, "-infinity"},
  });
}

TEST(Datetime, ZeroDateIsNullInAStructAndTextAsText) {
  for (const Value& zero : {DateValue(0, 0, 0), TimestampValue({0, 0, 0}, 0), Text("0000-00-00")}) {
    TestColumn column(zero.type);
    zero.append(column);
    Binding binding(SQL_C_TYPE_DATE, sizeof(SQL_DATE_STRUCT), 1);
    EXPECT_TRUE(ConvertAll(column, binding).empty());
    EXPECT_EQ(binding.Indicator(0), SQL_NULL_DATA);
    EXPECT_TRUE(binding.Untouched(0));
  }
  CheckConversions({{DateValue(0, 0, 0), SQL_C_CHAR, "0000-00-00"}});
}

TEST(Datetime, AsText) {
  SourceColumn mysql;
  mysql.engine = v1::ENGINE_MYSQL;
  mysql.scale = 3;
  CheckConversions({
      {DateValue(2024, 2, 29), SQL_C_CHAR, "2024-02-29"},
      {DateValue(2024, 2, 29), SQL_C_WCHAR, Wide(u"2024-02-29")},
      {TimeValue(Clock(1, 2, 3, 500000)), SQL_C_CHAR, "01:02:03.5"},
      {TimeValue(-Clock(838, 59, 59)), SQL_C_CHAR, "-838:59:59"},
      {TimestampValue(kDay, Clock(1, 2, 3)), SQL_C_CHAR, "2024-02-29 01:02:03"},
      {TimestampValue(kDay, Clock(1, 2, 3, 120000)), SQL_C_CHAR, "2024-02-29 01:02:03.12"},
      {TimestampValue(kDay, Clock(1, 2, 3, 120000)), SQL_C_CHAR, "2024-02-29 01:02:03.120", "",
       mysql},
  });
}

TEST(Datetime, OnlyTheTimeOfTheTextIsCut) {
  struct Row {
    std::size_t capacity;
    std::string expected;
  };
  for (const auto& [capacity, expected] : std::vector<Row>{{22, "2024-02-29 01:02:03.1"},
                                                           {20, "2024-02-29 01:02:03"},
                                                           {11, "2024-02-29"},
                                                           {10, ""}}) {
    TestColumn column(v1::VALUE_TYPE_TIMESTAMP);
    column.Fixed(values::PackTimestamp({kDay, Clock(1, 2, 3, 120000)}));
    Binding binding(SQL_C_CHAR, capacity, 1);
    EXPECT_EQ(StateAt(ConvertAll(column, binding), 0), expected.empty() ? "22003" : "01004");
    if (!expected.empty()) {
      EXPECT_STREQ(binding.Cell(0).c_str(), expected.c_str());
    }
  }
}

TEST(Datetime, FromText) {
  CheckConversions({
      {Text(" 2024-02-29 "), SQL_C_TYPE_DATE, DateStruct(2024, 2, 29)},
      {Text("2024-02-29 00:00:00"), SQL_C_TYPE_DATE, DateStruct(2024, 2, 29)},
      {Text("2024-02-29 01:00:00"), SQL_C_TYPE_DATE, DateStruct(2024, 2, 29), "01S07"},
      {Text("2024-02-29 01:02:03.5"), SQL_C_TYPE_TIME, TimeStruct(1, 2, 3), "01S07"},
      {Text("01:02:03"), SQL_C_TYPE_TIME, TimeStruct(1, 2, 3)},
      {Text("2024-02-29 01:02:03.5"), SQL_C_TYPE_TIMESTAMP,
       TimestampStruct(kDay, 1, 2, 3, 500000000)},
      {Text("2024-02-29"), SQL_C_TYPE_TIMESTAMP, TimestampStruct(kDay, 0, 0, 0, 0)},
      {Text("01:02:03"), SQL_C_TYPE_TIMESTAMP, TimestampStruct(Today(), 1, 2, 3, 0)},
      {Text("soon"), SQL_C_TYPE_DATE, "", "22018"},
      {Text("soon"), SQL_C_TYPE_TIME, "", "22018"},
      {Text("soon"), SQL_C_TYPE_TIMESTAMP, "", "22018"},
  });
}

const std::string kUuid("\x12\x34\x56\x78\x9a\xbc\xde\xf0\x01\x23\x45\x67\x89\xab\xcd\xef", 16);

TEST(Uuid, ToGuidAndText) {
  const SQLGUID guid{0x12345678, 0x9abc, 0xdef0, {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}};
  CheckConversions({
      {Uuid(kUuid), SQL_C_GUID, Raw(guid)},
      {Uuid(kUuid), SQL_C_BINARY, Raw(guid)},
      {Uuid(kUuid), SQL_C_CHAR, "12345678-9ABC-DEF0-0123-456789ABCDEF"},
      {Uuid(kUuid), SQL_C_WCHAR, Wide(u"12345678-9ABC-DEF0-0123-456789ABCDEF")},
      {Text("{12345678-9ABC-def0-0123-456789abcdef}"), SQL_C_GUID, Raw(guid)},
      {Text("12345678-9abc"), SQL_C_GUID, "", "22018"},
  });
}

std::string YearMonth(SQLINTERVAL kind, SQLUINTEGER year, SQLUINTEGER month, SQLSMALLINT sign = 0) {
  SQL_INTERVAL_STRUCT interval;
  std::memset(&interval, 0, sizeof interval);
  interval.interval_type = kind;
  interval.interval_sign = sign;
  interval.intval.year_month = {year, month};
  return Raw(interval);
}
std::string DayTime(SQLINTERVAL kind, const SQL_DAY_SECOND_STRUCT& fields, SQLSMALLINT sign = 0) {
  SQL_INTERVAL_STRUCT interval;
  std::memset(&interval, 0, sizeof interval);
  interval.interval_type = kind;
  interval.interval_sign = sign;
  interval.intval.day_second = fields;
  return Raw(interval);
}

TEST(Interval, ToStructs) {
  const SourceColumn any{};
  CheckConversions({
      {IntervalValue(14, 0, 0), SQL_C_INTERVAL_YEAR_TO_MONTH,
       YearMonth(SQL_IS_YEAR_TO_MONTH, 1, 2)},
      {IntervalValue(-14, 0, 0), SQL_C_INTERVAL_MONTH, YearMonth(SQL_IS_MONTH, 0, 14, 1)},
      {IntervalValue(14, 0, 0), SQL_C_INTERVAL_YEAR, YearMonth(SQL_IS_YEAR, 1, 0), "01S07"},
      {IntervalValue(12, 1, 0), SQL_C_INTERVAL_YEAR, YearMonth(SQL_IS_YEAR, 1, 0), "01S07"},
      {IntervalValue(0, 3, Clock(4, 5, 6, 700000)), SQL_C_INTERVAL_DAY_TO_SECOND,
       DayTime(SQL_IS_DAY_TO_SECOND, {3, 4, 5, 6, 700000})},
      {IntervalValue(0, 3, Clock(4, 5, 6, 700000)), SQL_C_INTERVAL_DAY_TO_SECOND,
       DayTime(SQL_IS_DAY_TO_SECOND, {3, 4, 5, 6, 70}), "", any, 2},
      {IntervalValue(0, 3, Clock(4, 5, 6)), SQL_C_INTERVAL_HOUR_TO_MINUTE,
       DayTime(SQL_IS_HOUR_TO_MINUTE, {0, 76, 5, 0, 0}), "01S07"},
      {IntervalValue(0, -1, Clock(1, 0, 0)), SQL_C_INTERVAL_HOUR,
       DayTime(SQL_IS_HOUR, {0, 23, 0, 0, 0}, 1)},
      {IntervalValue(0, 2, -Clock(1, 0, 0)), SQL_C_INTERVAL_DAY_TO_HOUR,
       DayTime(SQL_IS_DAY_TO_HOUR, {1, 23, 0, 0, 0})},
      {IntervalValue(0, 2147483647, 0), SQL_C_INTERVAL_SECOND, "", "22015"},
      {IntervalValue(1, 0, 0), SQL_C_INTERVAL_DAY, "", "22015"},
      {TimeValue(-Clock(838, 59, 59)), SQL_C_INTERVAL_HOUR_TO_SECOND,
       DayTime(SQL_IS_HOUR_TO_SECOND, {0, 838, 59, 59, 0}, 1)},
      {Text("3 days 04:05:06"), SQL_C_INTERVAL_DAY, DayTime(SQL_IS_DAY, {3, 0, 0, 0, 0}), "01S07"},
      {Text("soon"), SQL_C_INTERVAL_DAY, "", "22018"},
      {Int32(-5), SQL_C_INTERVAL_MINUTE, DayTime(SQL_IS_MINUTE, {0, 0, 5, 0, 0}, 1)},
      {Decimal("7.5"), SQL_C_INTERVAL_YEAR, YearMonth(SQL_IS_YEAR, 7, 0), "01S07"},
      {Int32(5), SQL_C_INTERVAL_DAY_TO_HOUR, "", "22015"},
      {IntervalValue(14, 3, Clock(4, 5, 6, 700000)), SQL_C_CHAR, "1 year 2 mons 3 days 04:05:06.7"},
  });
}

TEST(Interval, OfASingleFieldIsANumber) {
  CheckConversions({
      {IntervalValue(36, 0, 0), SQL_C_SLONG, Raw(std::int32_t{3})},
      {IntervalValue(-7, 0, 0), SQL_C_SSHORT, Raw(std::int16_t{-7})},
      {IntervalValue(0, -5, 0), SQL_C_SBIGINT, Raw(std::int64_t{-5})},
      {IntervalValue(0, 0, Clock(4, 0, 0)), SQL_C_SLONG, Raw(std::int32_t{4})},
      {IntervalValue(0, 0, -Clock(0, 7, 0)), SQL_C_SLONG, Raw(std::int32_t{-7})},
      {IntervalValue(0, 0, Clock(0, 0, 9)), SQL_C_SLONG, Raw(std::int32_t{9})},
      {IntervalValue(0, 0, -Clock(0, 0, 9, 500000)), SQL_C_SLONG, Raw(std::int32_t{-9}), "01S07"},
      {IntervalValue(0, 0, 0), SQL_C_SLONG, Raw(std::int32_t{0})},
      {IntervalValue(0, 300, 0), SQL_C_STINYINT, "", "22003"},
      {IntervalValue(0, -5, 0), SQL_C_ULONG, "", "22003"},
      {IntervalValue(14, 0, 0), SQL_C_SLONG, "", "22015"},
      {IntervalValue(0, 1, Clock(1, 0, 0)), SQL_C_SLONG, "", "22015"},
  });
}

TEST(Interval, OfHoursToSecondsIsATime) {
  CheckConversions({
      {IntervalValue(0, 0, Clock(4, 5, 6)), SQL_C_TYPE_TIME, TimeStruct(4, 5, 6)},
      {IntervalValue(0, 0, Clock(4, 5, 6, 1)), SQL_C_TYPE_TIME, TimeStruct(4, 5, 6), "01S07"},
      {IntervalValue(0, 0, Clock(25, 0, 0)), SQL_C_TYPE_TIME, "", "22008"},
      {IntervalValue(0, 1, 0), SQL_C_TYPE_TIME, "", "22018"},
  });
}

TEST(Conversions, ThatAppendixDDoesNotHaveAreNotFound) {
  const auto find = [](values::ValueType type, SQLSMALLINT c_type) {
    SourceColumn source;
    source.value_type = type;
    return FindConverter(source, c_type);
  };
  EXPECT_EQ(find(v1::VALUE_TYPE_DATE, SQL_C_TYPE_TIME), nullptr);
  EXPECT_EQ(find(v1::VALUE_TYPE_DATE, SQL_C_SLONG), nullptr);
  EXPECT_EQ(find(v1::VALUE_TYPE_INT32, SQL_C_TYPE_DATE), nullptr);
  EXPECT_EQ(find(v1::VALUE_TYPE_INT32, SQL_C_GUID), nullptr);
  EXPECT_EQ(find(v1::VALUE_TYPE_FLOAT64, SQL_C_INTERVAL_DAY), nullptr);
  EXPECT_EQ(find(v1::VALUE_TYPE_BYTES, SQL_C_SLONG), nullptr);
  EXPECT_EQ(find(v1::VALUE_TYPE_UUID, SQL_C_DOUBLE), nullptr);
  EXPECT_EQ(find(v1::VALUE_TYPE_INT32, 12345), nullptr);
  EXPECT_EQ(find(v1::VALUE_TYPE_UNSPECIFIED, SQL_C_CHAR), nullptr);
}

TEST(DefaultCType, FollowsTheSqlType) {
  const auto resolve = [](v1::SqlType sql_type, bool odbc2, bool is_unsigned = false) {
    SourceColumn source;
    source.value_type = v1::VALUE_TYPE_TEXT;
    source.sql_type = sql_type;
    source.is_unsigned = is_unsigned;
    return DefaultCType(source, odbc2);
  };
  EXPECT_EQ(resolve(v1::SQLTYPE_VARCHAR, false), SQL_C_WCHAR);
  EXPECT_EQ(resolve(v1::SQLTYPE_VARCHAR, true), SQL_C_CHAR);
  EXPECT_EQ(resolve(v1::SQLTYPE_INTEGER, false), SQL_C_SLONG);
  EXPECT_EQ(resolve(v1::SQLTYPE_INTEGER, false, true), SQL_C_ULONG);
  EXPECT_EQ(resolve(v1::SQLTYPE_BIGINT, false), SQL_C_SBIGINT);
  EXPECT_EQ(resolve(v1::SQLTYPE_BIGINT, true), SQL_C_CHAR);
  EXPECT_EQ(resolve(v1::SQLTYPE_NUMERIC, false), SQL_C_CHAR);
  EXPECT_EQ(resolve(v1::SQLTYPE_TIMESTAMP, false), SQL_C_TYPE_TIMESTAMP);
  EXPECT_EQ(resolve(v1::SQLTYPE_TIMESTAMP, true), SQL_C_TIMESTAMP);
  EXPECT_EQ(resolve(v1::SQLTYPE_VARBINARY, false), SQL_C_BINARY);
}

}  // namespace
}  // namespace sluice::driver::convert
