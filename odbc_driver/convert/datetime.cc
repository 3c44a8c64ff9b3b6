#include "odbc_driver/convert/datetime.h"

#include <ctime>
#include <limits>

#include "odbc_driver/convert/converter_table.h"
#include "odbc_driver/convert/number.h"

namespace sluice::driver::convert {
namespace {

using values::Date;
using values::kMicrosPerDay;
using values::kMicrosPerSecond;
using values::Timestamp;

constexpr std::int64_t kNanosPerMicro = 1000;
constexpr Date kLastDate{9999, 12, 31};
constexpr Date kFirstDate{1, 1, 1};
constexpr std::int64_t kLastSecond = kMicrosPerDay - kMicrosPerSecond;

struct TimeOfDay {
  SQLUSMALLINT hour;
  SQLUSMALLINT minute;
  SQLUSMALLINT second;
  SQLUINTEGER nanos;
};

constexpr TimeOfDay SplitDay(std::int64_t micros) {
  const std::int64_t seconds = micros / kMicrosPerSecond;
  return {static_cast<SQLUSMALLINT>(seconds / 3600), static_cast<SQLUSMALLINT>(seconds / 60 % 60),
          static_cast<SQLUSMALLINT>(seconds % 60),
          static_cast<SQLUINTEGER>(micros % kMicrosPerSecond * kNanosPerMicro)};
}

Date FiniteDate(std::uint32_t packed) {
  if (packed == values::kDateInfinity) return kLastDate;
  if (packed == values::kDateMinusInfinity) return kFirstDate;
  return values::UnpackDate(packed);
}

Timestamp FiniteTimestamp(std::uint64_t packed) {
  if (packed == values::kTimestampInfinity) return {kLastDate, kLastSecond};
  if (packed == values::kTimestampMinusInfinity) return {kFirstDate, 0};
  return values::UnpackTimestamp(packed);
}

CellStatus CheckDate(const Date& date) {
  if (date == Date{}) return CellStatus::kNull;
  const bool fits = date.year >= std::numeric_limits<SQLSMALLINT>::min() &&
                    date.year <= std::numeric_limits<SQLSMALLINT>::max();
  return fits ? CellStatus::kWhole : CellStatus::kDatetimeOverflow;
}

template <typename Struct>
void PutDate(const Date& date, Struct& out) {
  out.year = static_cast<SQLSMALLINT>(date.year);
  out.month = static_cast<SQLUSMALLINT>(date.month);
  out.day = static_cast<SQLUSMALLINT>(date.day);
}

template <typename Struct>
void PutTime(const TimeOfDay& time, Struct& out) {
  out.hour = time.hour;
  out.minute = time.minute;
  out.second = time.second;
}

CellStatus FillDate(const Timestamp& timestamp, SQL_DATE_STRUCT& out) {
  PutDate(timestamp.date, out);
  const CellStatus status = CheckDate(timestamp.date);
  if (status != CellStatus::kWhole) return status;
  return timestamp.micros == 0 ? CellStatus::kWhole : CellStatus::kFractionTruncated;
}

CellStatus FillTimestamp(const Timestamp& timestamp, SQL_TIMESTAMP_STRUCT& out) {
  const TimeOfDay time = SplitDay(timestamp.micros);
  PutDate(timestamp.date, out);
  PutTime(time, out);
  out.fraction = time.nanos;
  return CheckDate(timestamp.date);
}

// A time of day becomes a timestamp of today (appendix D, "SQL to C: Time").
CellStatus TimeToTimestampStruct(std::int64_t micros, SQL_TIMESTAMP_STRUCT& out) {
  if (micros < 0 || micros >= kMicrosPerDay) return CellStatus::kDatetimeOverflow;
  return FillTimestamp(Timestamp{Today(), micros}, out);
}

struct DateSource {
  static CellStatus Convert(const SourceCell& cell, SQL_DATE_STRUCT& out) {
    return ToDateStruct(cell.values.Fixed<std::uint32_t>(cell.row), out);
  }
  static CellStatus Convert(const SourceCell& cell, SQL_TIMESTAMP_STRUCT& out) {
    return FillTimestamp(Timestamp{FiniteDate(cell.values.Fixed<std::uint32_t>(cell.row)), 0}, out);
  }
};

struct TimeSource {
  static CellStatus Convert(const SourceCell& cell, SQL_TIME_STRUCT& out) {
    return ToTimeStruct(cell.values.Fixed<std::int64_t>(cell.row), out);
  }
  static CellStatus Convert(const SourceCell& cell, SQL_TIMESTAMP_STRUCT& out) {
    return TimeToTimestampStruct(cell.values.Fixed<std::int64_t>(cell.row), out);
  }
};

struct TimestampSource {
  static CellStatus Convert(const SourceCell& cell, SQL_DATE_STRUCT& out) {
    return FillDate(FiniteTimestamp(cell.values.Fixed<std::uint64_t>(cell.row)), out);
  }
  static CellStatus Convert(const SourceCell& cell, SQL_TIME_STRUCT& out) {
    return ToTimeStruct(FiniteTimestamp(cell.values.Fixed<std::uint64_t>(cell.row)).micros, out);
  }
  static CellStatus Convert(const SourceCell& cell, SQL_TIMESTAMP_STRUCT& out) {
    return ToTimestampStruct(cell.values.Fixed<std::uint64_t>(cell.row), out);
  }
};

// Connector/ODBC delivers NULL for empty text that is wanted as a date.
bool IsNoDate(const SourceCell& cell, std::string_view text) {
  return text.empty() && cell.source.engine == v1::ENGINE_MYSQL;
}

// Text is tried as each kind of literal that the C type can be made from (appendix D, "SQL to C:
// Character").
struct DatetimeLiteralSource {
  static CellStatus Convert(const SourceCell& cell, SQL_DATE_STRUCT& out) {
    const auto text = TrimSpaces(cell.values.Variable(cell.row));
    if (const auto date = values::ParseDate(text)) return ToDateStruct(*date, out);
    if (const auto timestamp = values::ParseTimestamp(text)) {
      return FillDate(FiniteTimestamp(*timestamp), out);
    }
    return IsNoDate(cell, text) ? CellStatus::kNull : CellStatus::kInvalidText;
  }
  static CellStatus Convert(const SourceCell& cell, SQL_TIME_STRUCT& out) {
    const auto text = TrimSpaces(cell.values.Variable(cell.row));
    if (const auto time = values::ParseTime(text)) return ToTimeStruct(*time, out);
    if (const auto timestamp = values::ParseTimestamp(text)) {
      return ToTimeStruct(FiniteTimestamp(*timestamp).micros, out);
    }
    return CellStatus::kInvalidText;
  }
  static CellStatus Convert(const SourceCell& cell, SQL_TIMESTAMP_STRUCT& out) {
    const auto text = TrimSpaces(cell.values.Variable(cell.row));
    if (const auto timestamp = values::ParseTimestamp(text)) {
      return ToTimestampStruct(*timestamp, out);
    }
    if (const auto date = values::ParseDate(text)) {
      return FillTimestamp(Timestamp{FiniteDate(*date), 0}, out);
    }
    if (const auto time = values::ParseTime(text)) return TimeToTimestampStruct(*time, out);
    return IsNoDate(cell, text) ? CellStatus::kNull : CellStatus::kInvalidText;
  }
};

std::int64_t MicrosOfDay(int hour, int minute, int second, std::int64_t micros) {
  // 24:00:00 is PostgreSQL's end of the day; second 60 its leap second.
  const bool valid = minute <= 59 && second <= 60 &&
                     (hour <= 23 || (hour == 24 && minute == 0 && second == 0 && micros == 0));
  if (!valid) throw DriverError(k22007InvalidDatetime);
  return (hour * 3600 + minute * 60 + second) * kMicrosPerSecond + micros;
}

Date CheckedDate(int year, int month, int day) {
  const Date date{year, month, day};
  // MySQL stores dates whose month or day is zero; other servers refuse them themselves.
  const bool partial = (month == 0 || day == 0) && month <= 12 && day <= 31;
  if (year < -values::kYearBias || !(partial || values::IsValidDate(date))) {
    throw DriverError(k22007InvalidDatetime);
  }
  return date;
}

}  // namespace

Date Today() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
#ifdef _WIN32
  localtime_s(&local, &now);
#else
  localtime_r(&now, &local);
#endif
  return {local.tm_year + 1900, local.tm_mon + 1, local.tm_mday};
}

CellStatus ToDateStruct(std::uint32_t packed, SQL_DATE_STRUCT& out) {
  return FillDate(Timestamp{FiniteDate(packed), 0}, out);
}

CellStatus ToTimeStruct(std::int64_t micros, SQL_TIME_STRUCT& out) {
  if (micros < 0 || micros > kMicrosPerDay) return CellStatus::kDatetimeOverflow;
  const TimeOfDay time = SplitDay(micros);
  PutTime(time, out);
  return time.nanos == 0 ? CellStatus::kWhole : CellStatus::kFractionTruncated;
}

CellStatus ToTimestampStruct(std::uint64_t packed, SQL_TIMESTAMP_STRUCT& out) {
  return FillTimestamp(FiniteTimestamp(packed), out);
}

std::uint32_t PackDateStruct(const SQL_DATE_STRUCT& date) {
  return values::PackDate(CheckedDate(date.year, date.month, date.day));
}

std::int64_t PackTimeStruct(const SQL_TIME_STRUCT& time) {
  return MicrosOfDay(time.hour, time.minute, time.second, 0);
}

std::uint64_t PackTimestampStruct(const SQL_TIMESTAMP_STRUCT& timestamp) {
  Date date = CheckedDate(timestamp.year, timestamp.month, timestamp.day);
  if (timestamp.fraction >= kMicrosPerSecond * kNanosPerMicro) {
    throw DriverError(k22007InvalidDatetime);
  }
  std::int64_t micros = MicrosOfDay(timestamp.hour, timestamp.minute, timestamp.second,
                                    timestamp.fraction / kNanosPerMicro);
  // The packed form has no 24:00:00 nor 23:59:60: they are the next day's beginning.
  if (micros >= kMicrosPerDay) {
    if (!values::IsValidDate(date)) throw DriverError(k22007InvalidDatetime);
    date = values::CivilFromDays(values::DaysFromCivil(date) + 1);
    micros -= kMicrosPerDay;
  }
  return values::PackTimestamp({date, micros});
}

void AddDatetimeConverters(ConverterTable& table) {
  table.Add(v1::VALUE_TYPE_DATE, CClass::kDate, &ConvertFixed<SQL_DATE_STRUCT, DateSource>);
  table.Add(v1::VALUE_TYPE_DATE, CClass::kTimestamp,
            &ConvertFixed<SQL_TIMESTAMP_STRUCT, DateSource>);
  table.Add(v1::VALUE_TYPE_TIME, CClass::kTime, &ConvertFixed<SQL_TIME_STRUCT, TimeSource>);
  table.Add(v1::VALUE_TYPE_TIME, CClass::kTimestamp,
            &ConvertFixed<SQL_TIMESTAMP_STRUCT, TimeSource>);
  table.Add(v1::VALUE_TYPE_TIMESTAMP, CClass::kDate,
            &ConvertFixed<SQL_DATE_STRUCT, TimestampSource>);
  table.Add(v1::VALUE_TYPE_TIMESTAMP, CClass::kTime,
            &ConvertFixed<SQL_TIME_STRUCT, TimestampSource>);
  table.Add(v1::VALUE_TYPE_TIMESTAMP, CClass::kTimestamp,
            &ConvertFixed<SQL_TIMESTAMP_STRUCT, TimestampSource>);
  table.Add(v1::VALUE_TYPE_TEXT, CClass::kDate,
            &ConvertFixed<SQL_DATE_STRUCT, DatetimeLiteralSource>);
  table.Add(v1::VALUE_TYPE_TEXT, CClass::kTime,
            &ConvertFixed<SQL_TIME_STRUCT, DatetimeLiteralSource>);
  table.Add(v1::VALUE_TYPE_TEXT, CClass::kTimestamp,
            &ConvertFixed<SQL_TIMESTAMP_STRUCT, DatetimeLiteralSource>);
}

}  // namespace sluice::driver::convert
