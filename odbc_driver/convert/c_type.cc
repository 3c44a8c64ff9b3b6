#include "odbc_driver/convert/c_type.h"

#include <array>

namespace sluice::driver::convert {
namespace {

constexpr std::size_t kIntervalWidth = sizeof(SQL_INTERVAL_STRUCT);

// SQL_C_TINYINT, SQL_C_SHORT and SQL_C_LONG are ODBC 2 names of the signed types.
constexpr auto kCTypes = std::to_array<CType>({
    {SQL_C_CHAR, CClass::kChar, 0},
    {SQL_C_WCHAR, CClass::kWChar, 0},
    {SQL_C_BINARY, CClass::kBinary, 0},
    {SQL_C_BIT, CClass::kBit, sizeof(SQLCHAR)},
    {SQL_C_TINYINT, CClass::kInt8, sizeof(SQLSCHAR)},
    {SQL_C_STINYINT, CClass::kInt8, sizeof(SQLSCHAR)},
    {SQL_C_UTINYINT, CClass::kUInt8, sizeof(SQLCHAR)},
    {SQL_C_SHORT, CClass::kInt16, sizeof(SQLSMALLINT)},
    {SQL_C_SSHORT, CClass::kInt16, sizeof(SQLSMALLINT)},
    {SQL_C_USHORT, CClass::kUInt16, sizeof(SQLUSMALLINT)},
    {SQL_C_LONG, CClass::kInt32, sizeof(SQLINTEGER)},
    {SQL_C_SLONG, CClass::kInt32, sizeof(SQLINTEGER)},
    {SQL_C_ULONG, CClass::kUInt32, sizeof(SQLUINTEGER)},
    {SQL_C_SBIGINT, CClass::kInt64, sizeof(SQLBIGINT)},
    {SQL_C_UBIGINT, CClass::kUInt64, sizeof(SQLUBIGINT)},
    {SQL_C_FLOAT, CClass::kFloat, sizeof(SQLREAL)},
    {SQL_C_DOUBLE, CClass::kDouble, sizeof(SQLDOUBLE)},
    {SQL_C_NUMERIC, CClass::kNumeric, sizeof(SQL_NUMERIC_STRUCT)},
    {SQL_C_GUID, CClass::kGuid, sizeof(SQLGUID)},
    {SQL_C_DATE, CClass::kDate, sizeof(SQL_DATE_STRUCT)},
    {SQL_C_TYPE_DATE, CClass::kDate, sizeof(SQL_DATE_STRUCT)},
    {SQL_C_TIME, CClass::kTime, sizeof(SQL_TIME_STRUCT)},
    {SQL_C_TYPE_TIME, CClass::kTime, sizeof(SQL_TIME_STRUCT)},
    {SQL_C_TIMESTAMP, CClass::kTimestamp, sizeof(SQL_TIMESTAMP_STRUCT)},
    {SQL_C_TYPE_TIMESTAMP, CClass::kTimestamp, sizeof(SQL_TIMESTAMP_STRUCT)},
    {SQL_C_INTERVAL_YEAR, CClass::kYearMonthInterval, kIntervalWidth},
    {SQL_C_INTERVAL_MONTH, CClass::kYearMonthInterval, kIntervalWidth},
    {SQL_C_INTERVAL_YEAR_TO_MONTH, CClass::kYearMonthInterval, kIntervalWidth},
    {SQL_C_INTERVAL_DAY, CClass::kDayTimeInterval, kIntervalWidth},
    {SQL_C_INTERVAL_HOUR, CClass::kDayTimeInterval, kIntervalWidth},
    {SQL_C_INTERVAL_MINUTE, CClass::kDayTimeInterval, kIntervalWidth},
    {SQL_C_INTERVAL_SECOND, CClass::kDayTimeInterval, kIntervalWidth},
    {SQL_C_INTERVAL_DAY_TO_HOUR, CClass::kDayTimeInterval, kIntervalWidth},
    {SQL_C_INTERVAL_DAY_TO_MINUTE, CClass::kDayTimeInterval, kIntervalWidth},
    {SQL_C_INTERVAL_DAY_TO_SECOND, CClass::kDayTimeInterval, kIntervalWidth},
    {SQL_C_INTERVAL_HOUR_TO_MINUTE, CClass::kDayTimeInterval, kIntervalWidth},
    {SQL_C_INTERVAL_HOUR_TO_SECOND, CClass::kDayTimeInterval, kIntervalWidth},
    {SQL_C_INTERVAL_MINUTE_TO_SECOND, CClass::kDayTimeInterval, kIntervalWidth},
});

struct IntervalRow {
  SQLSMALLINT code;
  IntervalRange range;
};

constexpr auto kIntervals = std::to_array<IntervalRow>({
    {SQL_INTERVAL_YEAR, {SQL_IS_YEAR, IntervalField::kYear, IntervalField::kYear}},
    {SQL_INTERVAL_MONTH, {SQL_IS_MONTH, IntervalField::kMonth, IntervalField::kMonth}},
    {SQL_INTERVAL_YEAR_TO_MONTH,
     {SQL_IS_YEAR_TO_MONTH, IntervalField::kYear, IntervalField::kMonth}},
    {SQL_INTERVAL_DAY, {SQL_IS_DAY, IntervalField::kDay, IntervalField::kDay}},
    {SQL_INTERVAL_HOUR, {SQL_IS_HOUR, IntervalField::kHour, IntervalField::kHour}},
    {SQL_INTERVAL_MINUTE, {SQL_IS_MINUTE, IntervalField::kMinute, IntervalField::kMinute}},
    {SQL_INTERVAL_SECOND, {SQL_IS_SECOND, IntervalField::kSecond, IntervalField::kSecond}},
    {SQL_INTERVAL_DAY_TO_HOUR, {SQL_IS_DAY_TO_HOUR, IntervalField::kDay, IntervalField::kHour}},
    {SQL_INTERVAL_DAY_TO_MINUTE,
     {SQL_IS_DAY_TO_MINUTE, IntervalField::kDay, IntervalField::kMinute}},
    {SQL_INTERVAL_DAY_TO_SECOND,
     {SQL_IS_DAY_TO_SECOND, IntervalField::kDay, IntervalField::kSecond}},
    {SQL_INTERVAL_HOUR_TO_MINUTE,
     {SQL_IS_HOUR_TO_MINUTE, IntervalField::kHour, IntervalField::kMinute}},
    {SQL_INTERVAL_HOUR_TO_SECOND,
     {SQL_IS_HOUR_TO_SECOND, IntervalField::kHour, IntervalField::kSecond}},
    {SQL_INTERVAL_MINUTE_TO_SECOND,
     {SQL_IS_MINUTE_TO_SECOND, IntervalField::kMinute, IntervalField::kSecond}},
});

// Parameters look their types up for every value: the codes, which all lie between SQL_C_UTINYINT
// and the interval types, index a table of positions in kCTypes, from 1.
constexpr int kLowestCode = SQL_C_UTINYINT;
constexpr int kHighestCode = SQL_C_INTERVAL_MINUTE_TO_SECOND;

constexpr auto kPositions = [] {
  std::array<unsigned char, kHighestCode - kLowestCode + 1> positions{};
  for (std::size_t i = 0; i < kCTypes.size(); ++i) {
    positions[static_cast<std::size_t>(kCTypes[i].code - kLowestCode)] =
        static_cast<unsigned char>(i + 1);
  }
  return positions;
}();

}  // namespace

const CType* FindCType(SQLSMALLINT code) {
  if (code < kLowestCode || code > kHighestCode) return nullptr;
  const std::size_t position = kPositions[static_cast<std::size_t>(code - kLowestCode)];
  return position == 0 ? nullptr : &kCTypes[position - 1];
}

const IntervalRange* FindIntervalRange(SQLSMALLINT code) {
  for (const IntervalRow& row : kIntervals) {
    if (row.code == code) return &row.range;
  }
  return nullptr;
}

}  // namespace sluice::driver::convert
