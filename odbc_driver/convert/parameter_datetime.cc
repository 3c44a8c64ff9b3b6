#include <string>

#include "odbc_driver/convert/datetime.h"
#include "odbc_driver/convert/interval.h"
#include "odbc_driver/convert/parameter_table.h"

// Parameters of the date, time and interval structs (appendix D, "C to SQL: Date", "Time",
// "Timestamp", "Year-Month Intervals" and "Day-Time Intervals"). Nanoseconds are truncated to
// microseconds, which is what both databases hold; fields that are no date or time are 22007.

namespace sluice::driver::convert {
namespace {

std::uint32_t DateOf(std::string_view octets) {
  return PackDateStruct(LoadValue<SQL_DATE_STRUCT>(octets));
}

std::int64_t TimeOf(std::string_view octets) {
  return PackTimeStruct(LoadValue<SQL_TIME_STRUCT>(octets));
}

std::uint64_t TimestampOf(std::string_view octets) {
  return PackTimestampStruct(LoadValue<SQL_TIMESTAMP_STRUCT>(octets));
}

void DateToDate(const SourceParameter&, std::string_view octets, values::ColumnBuilder& out) {
  out.AppendFixed(DateOf(octets));
}

void DateToTimestamp(const SourceParameter&, std::string_view octets, values::ColumnBuilder& out) {
  out.AppendFixed(values::PackTimestamp({values::UnpackDate(DateOf(octets)), 0}));
}

void DateToText(const SourceParameter&, std::string_view octets, values::ColumnBuilder& out) {
  values::AppendDate(DateOf(octets), out.open_variable());
  out.EndVariable();
}

void TimeToTime(const SourceParameter&, std::string_view octets, values::ColumnBuilder& out) {
  out.AppendFixed(TimeOf(octets));
}

// The date is today's.
void TimeToTimestamp(const SourceParameter&, std::string_view octets, values::ColumnBuilder& out) {
  const auto time = LoadValue<SQL_TIME_STRUCT>(octets);
  const values::Date today = Today();
  SQL_TIMESTAMP_STRUCT timestamp{};
  timestamp.year = static_cast<SQLSMALLINT>(today.year);
  timestamp.month = static_cast<SQLUSMALLINT>(today.month);
  timestamp.day = static_cast<SQLUSMALLINT>(today.day);
  timestamp.hour = time.hour;
  timestamp.minute = time.minute;
  timestamp.second = time.second;
  out.AppendFixed(PackTimestampStruct(timestamp));
}

void TimeToText(const SourceParameter&, std::string_view octets, values::ColumnBuilder& out) {
  values::AppendTime(TimeOf(octets), -1, out.open_variable());
  out.EndVariable();
}

void TimestampToTimestamp(const SourceParameter&, std::string_view octets,
                          values::ColumnBuilder& out) {
  out.AppendFixed(TimestampOf(octets));
}

void TimestampToDate(const SourceParameter& source, std::string_view octets,
                     values::ColumnBuilder& out) {
  const values::Timestamp timestamp = values::UnpackTimestamp(TimestampOf(octets));
  if (timestamp.micros != 0 && !source.date_drops_time) throw DriverError(k22008DatetimeOverflow);
  out.AppendFixed(values::PackDate(timestamp.date));
}

// The date fields are ignored. ODBC's time has no fraction: the reference and Connector/ODBC have
// 22008 for one that is not zero; PostgreSQL's applications know that it is kept.
void TimestampToTime(const SourceParameter& source, std::string_view octets,
                     values::ColumnBuilder& out) {
  auto timestamp = LoadValue<SQL_TIMESTAMP_STRUCT>(octets);
  const SQL_TIME_STRUCT time{timestamp.hour, timestamp.minute, timestamp.second};
  constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
  if (timestamp.fraction >= kNanosPerSecond) throw DriverError(k22007InvalidDatetime);
  if (timestamp.fraction != 0 && !source.time_keeps_fraction) {
    throw DriverError(k22008DatetimeOverflow, "SQL_TYPE_TIME has no fraction of a second");
  }
  out.AppendFixed(PackTimeStruct(time) + std::int64_t{timestamp.fraction / 1000});
}

void TimestampToText(const SourceParameter&, std::string_view octets, values::ColumnBuilder& out) {
  values::AppendTimestamp(TimestampOf(octets), -1, out.open_variable());
  out.EndVariable();
}

values::Interval IntervalOf(const SourceParameter& source, std::string_view octets) {
  return FromIntervalStruct(LoadValue<SQL_INTERVAL_STRUCT>(octets), source.c_type, source.precision,
                            source.interval_has_upper_fields);
}

void IntervalToInterval(const SourceParameter& source, std::string_view octets,
                        values::ColumnBuilder& out) {
  out.AppendInterval(IntervalOf(source, octets));
}

// Intervals of a single field: the number of its units ("C to SQL: Year-Month Intervals").
void IntervalToNumber(const SourceParameter& source, std::string_view octets,
                      values::ColumnBuilder& out) {
  const IntervalRange* range = FindIntervalRange(source.c_type);
  if (range == nullptr || range->leading != range->trailing) {
    throw DriverError(k07006RestrictedDataType);
  }
  const auto interval = LoadValue<SQL_INTERVAL_STRUCT>(octets);
  const auto& clock = interval.intval.day_second;
  SQLUINTEGER units = 0;
  switch (range->leading) {
    case IntervalField::kYear:
      units = interval.intval.year_month.year;
      break;
    case IntervalField::kMonth:
      units = interval.intval.year_month.month;
      break;
    case IntervalField::kDay:
      units = clock.day;
      break;
    case IntervalField::kHour:
      units = clock.hour;
      break;
    case IntervalField::kMinute:
      units = clock.minute;
      break;
    case IntervalField::kSecond:
      units = clock.second;
      break;
  }
  const bool negative = interval.interval_sign == SQL_TRUE && units != 0;
  out.AppendVariable((negative ? "-" : "") + std::to_string(units));
}

void IntervalToText(const SourceParameter& source, std::string_view octets,
                    values::ColumnBuilder& out) {
  values::AppendInterval(IntervalOf(source, octets), out.open_variable());
  out.EndVariable();
}

}  // namespace

void AddDatetimeParameters(ParameterTable& table) {
  table.Add(CClass::kDate, SqlClass::kDate, v1::VALUE_TYPE_DATE, &DateToDate);
  table.Add(CClass::kDate, SqlClass::kTimestamp, v1::VALUE_TYPE_TIMESTAMP, &DateToTimestamp);
  table.Add(CClass::kDate, SqlClass::kCharacter, v1::VALUE_TYPE_TEXT, &DateToText);
  table.Add(CClass::kTime, SqlClass::kTime, v1::VALUE_TYPE_TIME, &TimeToTime);
  table.Add(CClass::kTime, SqlClass::kTimestamp, v1::VALUE_TYPE_TIMESTAMP, &TimeToTimestamp);
  table.Add(CClass::kTime, SqlClass::kCharacter, v1::VALUE_TYPE_TEXT, &TimeToText);
  table.Add(CClass::kTimestamp, SqlClass::kTimestamp, v1::VALUE_TYPE_TIMESTAMP,
            &TimestampToTimestamp);
  table.Add(CClass::kTimestamp, SqlClass::kDate, v1::VALUE_TYPE_DATE, &TimestampToDate);
  table.Add(CClass::kTimestamp, SqlClass::kTime, v1::VALUE_TYPE_TIME, &TimestampToTime);
  table.Add(CClass::kTimestamp, SqlClass::kCharacter, v1::VALUE_TYPE_TEXT, &TimestampToText);
  for (const CClass interval : {CClass::kYearMonthInterval, CClass::kDayTimeInterval}) {
    table.Add(interval, SqlClass::kInterval, v1::VALUE_TYPE_INTERVAL, &IntervalToInterval);
    table.Add(interval, SqlClass::kCharacter, v1::VALUE_TYPE_TEXT, &IntervalToText);
    table.Add(interval, SqlClass::kExact, v1::VALUE_TYPE_DECIMAL, &IntervalToNumber);
    table.Add(interval, SqlClass::kInteger, v1::VALUE_TYPE_DECIMAL, &IntervalToNumber);
  }
}

}  // namespace sluice::driver::convert
