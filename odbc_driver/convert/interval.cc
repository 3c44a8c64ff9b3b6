#include "odbc_driver/convert/interval.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <optional>
#include <string>

#include "odbc_driver/convert/converter_table.h"
#include "odbc_driver/convert/datetime.h"
#include "odbc_driver/convert/number.h"
#include "proto/values/decimal.h"

namespace sluice::driver::convert {
namespace {

using values::kMicrosPerDay;
using values::kMicrosPerSecond;

// SQL_DESC_PRECISION of an interval with seconds unless the application set another.
constexpr int kDefaultSecondsPrecision = 6;
constexpr std::int64_t kMaxField = std::numeric_limits<SQLUINTEGER>::max();
constexpr std::int64_t kMonthsPerYear = 12;

constexpr auto kPowersOfTen = std::to_array<std::int64_t>(
    {1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000});

constexpr SQLSMALLINT SignOf(bool negative) {
  return static_cast<SQLSMALLINT>(negative ? SQL_TRUE : SQL_FALSE);
}

constexpr int SecondsPrecision(int wanted) {
  return wanted > 0 && wanted <= 9 ? wanted : kDefaultSecondsPrecision;
}

// A field of the day-time struct, its unit, and how many make one of the field above.
struct DayTimeField {
  IntervalField field;
  SQLUINTEGER SQL_DAY_SECOND_STRUCT::*member;
  std::int64_t unit_micros;
};

constexpr auto kDayTimeFields = std::to_array<DayTimeField>({
    {IntervalField::kDay, &SQL_DAY_SECOND_STRUCT::day, kMicrosPerDay},
    {IntervalField::kHour, &SQL_DAY_SECOND_STRUCT::hour, 3600 * kMicrosPerSecond},
    {IntervalField::kMinute, &SQL_DAY_SECOND_STRUCT::minute, 60 * kMicrosPerSecond},
    {IntervalField::kSecond, &SQL_DAY_SECOND_STRUCT::second, kMicrosPerSecond},
});

// An amount of time without sign. Days apart: as microseconds they would not fit 64 bits.
struct Span {
  bool negative = false;
  std::int64_t days = 0;
  std::int64_t micros = 0;  // less than a day
};

Span Normalise(const values::Interval& interval) {
  std::int64_t days = interval.days + interval.micros / kMicrosPerDay;
  std::int64_t micros = interval.micros % kMicrosPerDay;
  if (days > 0 && micros < 0) {
    --days;
    micros += kMicrosPerDay;
  } else if (days < 0 && micros > 0) {
    ++days;
    micros -= kMicrosPerDay;
  }
  return {days < 0 || micros < 0, std::abs(days), std::abs(micros)};
}

CellStatus ToYearMonth(const values::Interval& interval, const IntervalRange& range,
                       SQL_INTERVAL_STRUCT& out) {
  const std::int64_t months = std::abs(std::int64_t{interval.months});
  bool truncated = interval.days != 0 || interval.micros != 0;
  SQL_YEAR_MONTH_STRUCT& fields = out.intval.year_month;
  if (range.leading == IntervalField::kMonth) {
    fields.month = static_cast<SQLUINTEGER>(months);
  } else {
    fields.year = static_cast<SQLUINTEGER>(months / kMonthsPerYear);
    if (range.trailing == IntervalField::kMonth) {
      fields.month = static_cast<SQLUINTEGER>(months % kMonthsPerYear);
    } else {
      truncated = truncated || months % kMonthsPerYear != 0;
    }
  }
  out.interval_sign = SignOf(interval.months < 0);
  return truncated ? CellStatus::kFractionTruncated : CellStatus::kWhole;
}

CellStatus ToDayTime(const Span& span, const IntervalRange& range, int precision,
                     SQL_INTERVAL_STRUCT& out) {
  SQL_DAY_SECOND_STRUCT& fields = out.intval.day_second;
  std::int64_t rest = span.micros;
  for (const DayTimeField& field : kDayTimeFields) {
    if (field.field < range.leading || field.field > range.trailing) continue;
    std::int64_t value = rest / field.unit_micros;
    rest %= field.unit_micros;
    if (field.field == range.leading) {
      value += span.days * (kMicrosPerDay / field.unit_micros);
      if (value > kMaxField) return CellStatus::kIntervalOverflow;
    }
    fields.*field.member = static_cast<SQLUINTEGER>(value);
  }
  if (range.trailing == IntervalField::kSecond) {
    const std::int64_t nanos = rest * 1000;
    const std::int64_t unit = kPowersOfTen[static_cast<std::size_t>(9 - precision)];
    fields.fraction = static_cast<SQLUINTEGER>(nanos / unit);
    rest = nanos % unit;
  }
  out.interval_sign = SignOf(span.negative);
  return rest == 0 ? CellStatus::kWhole : CellStatus::kFractionTruncated;
}

struct IntervalSource {
  static CellStatus Convert(const SourceCell& cell, SQL_INTERVAL_STRUCT& out) {
    return ToIntervalStruct(cell.values.IntervalAt(cell.row), cell.target, out);
  }
};

// MySQL's TIME is an amount of time as much as a time of day: "-838:59:59".
struct TimeSource {
  static CellStatus Convert(const SourceCell& cell, SQL_INTERVAL_STRUCT& out) {
    return ToIntervalStruct({0, 0, cell.values.Fixed<std::int64_t>(cell.row)}, cell.target, out);
  }
};

// The number of a single field, with its sign, as text: "-5" of "-5 days". nullopt: several fields.
std::optional<std::string> SingleField(const values::Interval& interval) {
  const std::int64_t seconds = interval.micros / kMicrosPerSecond;
  const auto fields = std::to_array<std::int64_t>(
      {interval.months / kMonthsPerYear, interval.months % kMonthsPerYear, interval.days,
       seconds / 3600, seconds / 60 % 60, interval.micros % (60 * kMicrosPerSecond)});
  const auto set = std::ranges::count_if(fields, [](std::int64_t field) { return field != 0; });
  if (set > 1) return std::nullopt;
  if (fields.back() == 0) return std::to_string(std::reduce(fields.begin(), fields.end()));
  std::string micros = std::to_string(std::abs(fields.back()));
  micros.insert(0, micros.size() < 7 ? 7 - micros.size() : 0, '0');
  micros.insert(micros.size() - 6, 1, '.');
  return (fields.back() < 0 ? "-" : "") + micros;
}

// Appendix D asks for an interval type of a single field. PostgreSQL's type has all fields: the
// value decides.
struct IntervalNumberSource {
  template <typename Out>
  static CellStatus Convert(const SourceCell& cell, Out& out) {
    const auto number = SingleField(cell.values.IntervalAt(cell.row));
    return number ? FromNumberText(*number, out) : CellStatus::kIntervalOverflow;
  }
  static CellStatus Convert(const SourceCell& cell, SQL_NUMERIC_STRUCT& out) {
    const auto number = SingleField(cell.values.IntervalAt(cell.row));
    return number ? ToNumericStruct(*number, cell.target, out) : CellStatus::kIntervalOverflow;
  }
};

// An amount of hours to seconds reads as a time of day; it is described as text, hence 22018.
struct IntervalClockSource {
  static CellStatus Convert(const SourceCell& cell, SQL_TIME_STRUCT& out) {
    const values::Interval interval = cell.values.IntervalAt(cell.row);
    if (interval.months != 0 || interval.days != 0) return CellStatus::kInvalidText;
    return ToTimeStruct(interval.micros, out);
  }
};

struct IntervalTextSource {
  static CellStatus Convert(const SourceCell& cell, SQL_INTERVAL_STRUCT& out) {
    const auto interval = values::ParseInterval(TrimSpaces(cell.values.Variable(cell.row)));
    return interval ? ToIntervalStruct(*interval, cell.target, out) : CellStatus::kInvalidText;
  }
};

}  // namespace

CellStatus ToIntervalStruct(const values::Interval& interval, const TargetColumn& target,
                            SQL_INTERVAL_STRUCT& out) {
  const IntervalRange* range = FindIntervalRange(target.c_type);
  assert(range != nullptr);
  std::memset(&out, 0, sizeof out);  // = {} would leave the union's longer member alone
  out.interval_type = range->kind;
  if (range->leading <= IntervalField::kMonth) return ToYearMonth(interval, *range, out);
  if (interval.months != 0) return CellStatus::kIntervalOverflow;
  return ToDayTime(Normalise(interval), *range, SecondsPrecision(target.precision), out);
}

CellStatus NumberToInterval(std::string_view number, const TargetColumn& target,
                            SQL_INTERVAL_STRUCT& out) {
  const IntervalRange* range = FindIntervalRange(target.c_type);
  assert(range != nullptr);
  if (range->leading != range->trailing) return CellStatus::kIntervalOverflow;
  std::int64_t value = 0;
  const CellStatus status = ToCellStatus(values::ParseInt64(number, value));
  if (!HasValue(status) || value > kMaxField || value < -kMaxField) {
    return CellStatus::kIntervalOverflow;
  }
  std::memset(&out, 0, sizeof out);  // = {} would leave the union's longer member alone
  out.interval_type = range->kind;
  out.interval_sign = SignOf(value < 0);
  const auto magnitude = static_cast<SQLUINTEGER>(std::abs(value));
  if (range->leading == IntervalField::kYear) {
    out.intval.year_month.year = magnitude;
  } else if (range->leading == IntervalField::kMonth) {
    out.intval.year_month.month = magnitude;
  } else {
    for (const DayTimeField& field : kDayTimeFields) {
      if (field.field == range->leading) out.intval.day_second.*field.member = magnitude;
    }
  }
  return status;
}

values::Interval FromIntervalStruct(const SQL_INTERVAL_STRUCT& interval, SQLSMALLINT c_type,
                                    int seconds_precision, bool upper_fields) {
  const IntervalRange* range = FindIntervalRange(c_type);
  assert(range != nullptr);
  const int sign = interval.interval_sign == SQL_TRUE ? -1 : 1;
  values::Interval out;
  if (range->leading <= IntervalField::kMonth) {
    const SQL_YEAR_MONTH_STRUCT& fields = interval.intval.year_month;
    std::int64_t months = 0;
    if (range->leading == IntervalField::kYear) months += kMonthsPerYear * fields.year;
    if (range->trailing == IntervalField::kMonth) months += fields.month;
    if (months > std::numeric_limits<std::int32_t>::max()) {
      throw DriverError(k22015IntervalOverflow);
    }
    out.months = static_cast<std::int32_t>(sign * months);
    return out;
  }
  const SQL_DAY_SECOND_STRUCT& fields = interval.intval.day_second;
  for (const DayTimeField& field : kDayTimeFields) {
    const bool above = field.field < range->leading;
    if ((above && !upper_fields) || field.field > range->trailing) continue;
    const std::int64_t value = fields.*field.member;
    if (field.field == IntervalField::kDay) {
      if (value > std::numeric_limits<std::int32_t>::max()) {
        throw DriverError(k22015IntervalOverflow);
      }
      out.days = static_cast<std::int32_t>(sign * value);
    } else {
      // Three such fields cannot overflow their sum.
      if (value > std::numeric_limits<std::int64_t>::max() / 4 / field.unit_micros) {
        throw DriverError(k22015IntervalOverflow);
      }
      out.micros += sign * value * field.unit_micros;
    }
  }
  if (range->trailing == IntervalField::kSecond) {
    const int precision = SecondsPrecision(seconds_precision);
    const std::int64_t nanos =
        fields.fraction * kPowersOfTen[static_cast<std::size_t>(9 - precision)];
    out.micros += sign * (nanos / 1000);
  }
  return out;
}

void AddIntervalConverters(ConverterTable& table) {
  AddExactNumberConverters<IntervalNumberSource>(v1::VALUE_TYPE_INTERVAL, table);
  table.Add(v1::VALUE_TYPE_INTERVAL, CClass::kTime,
            &ConvertFixed<SQL_TIME_STRUCT, IntervalClockSource>);
  table.Add(v1::VALUE_TYPE_INTERVAL, CClass::kYearMonthInterval,
            &ConvertFixed<SQL_INTERVAL_STRUCT, IntervalSource>);
  table.Add(v1::VALUE_TYPE_INTERVAL, CClass::kDayTimeInterval,
            &ConvertFixed<SQL_INTERVAL_STRUCT, IntervalSource>);
  table.Add(v1::VALUE_TYPE_TIME, CClass::kDayTimeInterval,
            &ConvertFixed<SQL_INTERVAL_STRUCT, TimeSource>);
  table.Add(v1::VALUE_TYPE_TEXT, CClass::kYearMonthInterval,
            &ConvertFixed<SQL_INTERVAL_STRUCT, IntervalTextSource>);
  table.Add(v1::VALUE_TYPE_TEXT, CClass::kDayTimeInterval,
            &ConvertFixed<SQL_INTERVAL_STRUCT, IntervalTextSource>);
}

}  // namespace sluice::driver::convert
