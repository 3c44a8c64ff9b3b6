#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

// Packed dates and times of the contract. A date is kept as calendar fields, not as a day count:
// MySQL's zero dates ("0000-00-00", "2024-00-00") then need no special case, and an application's
// DATE_STRUCT is filled without calendar arithmetic.
//
// Packed date (32 bits):       year + kYearBias in the upper 23 bits, month in 4, day in 5.
// Packed timestamp (64 bits):  year + kYearBias in the upper 18 bits, month in 4, day in 5,
//                              microseconds of the day in the lower 37.
// Packed values order as the calendar does. Infinity (PostgreSQL) is the extreme value.

namespace sluice::values {

inline constexpr int kYearBias = 5000;  // PostgreSQL's first year is 4714 BC, that is -4713
inline constexpr std::int64_t kMicrosPerSecond = 1'000'000;
inline constexpr std::int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

inline constexpr std::uint32_t kDateInfinity = std::numeric_limits<std::uint32_t>::max();
inline constexpr std::uint32_t kDateMinusInfinity = 0;
inline constexpr std::uint64_t kTimestampInfinity = std::numeric_limits<std::uint64_t>::max();
inline constexpr std::uint64_t kTimestampMinusInfinity = 0;

// A calendar date; month and day may be 0 on MySQL. Year 0 is 1 BC.
struct Date {
  int year = 0;
  int month = 0;
  int day = 0;
  friend auto operator<=>(const Date&, const Date&) = default;
};

struct Timestamp {
  Date date;
  std::int64_t micros = 0;  // of the day
  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};

struct Interval {
  std::int32_t months = 0;
  std::int32_t days = 0;
  std::int64_t micros = 0;
  friend auto operator<=>(const Interval&, const Interval&) = default;
};

// Largest years that fit the packed forms.
inline constexpr int kMaxDateYear = (1 << 23) - 2 - kYearBias;
inline constexpr int kMaxTimestampYear = (1 << 18) - 2 - kYearBias;

constexpr std::uint32_t PackDate(const Date& date) {
  return (static_cast<std::uint32_t>(date.year + kYearBias) << 9) |
         (static_cast<std::uint32_t>(date.month) << 5) | static_cast<std::uint32_t>(date.day);
}

constexpr Date UnpackDate(std::uint32_t packed) {
  return {static_cast<int>(packed >> 9) - kYearBias, static_cast<int>((packed >> 5) & 15),
          static_cast<int>(packed & 31)};
}

constexpr std::uint64_t PackTimestamp(const Timestamp& timestamp) {
  const auto& date = timestamp.date;
  return (static_cast<std::uint64_t>(date.year + kYearBias) << 46) |
         (static_cast<std::uint64_t>(date.month) << 42) |
         (static_cast<std::uint64_t>(date.day) << 37) |
         static_cast<std::uint64_t>(timestamp.micros);
}

constexpr Timestamp UnpackTimestamp(std::uint64_t packed) {
  return {{static_cast<int>(packed >> 46) - kYearBias, static_cast<int>((packed >> 42) & 15),
           static_cast<int>((packed >> 37) & 31)},
          static_cast<std::int64_t>(packed & ((std::uint64_t{1} << 37) - 1))};
}

// Days since 1970-01-01 in the proleptic Gregorian calendar, and back.
std::int64_t DaysFromCivil(const Date& date);
Date CivilFromDays(std::int64_t days);
bool IsValidDate(const Date& date);  // month 1–12, day within the month

// Text forms as both databases write them: "2024-01-31", "2024-01-31 13:05:09.25" (trailing zeros
// of the fraction only up to `fraction_digits` when it is not negative), "0044-03-15 BC",
// "-838:59:59", "infinity". `Append…` add to the end of `out`.
void AppendDate(std::uint32_t packed, std::string& out);
void AppendTime(std::int64_t micros, int fraction_digits, std::string& out);
void AppendTimestamp(std::uint64_t packed, int fraction_digits, std::string& out);
// PostgreSQL's default style: "1 year 2 mons 3 days 04:05:06.7".
void AppendInterval(const Interval& interval, std::string& out);

// Read those forms, ODBC's literals ("2024-01-31 13:05:09.123456789", digits beyond microseconds
// are cut) and ISO 8601's T; a zone offset at the end ("+02", "+05:30", "Z") is read and dropped.
// nullopt: the text is no date or time. Zero dates are accepted.
std::optional<std::uint32_t> ParseDate(std::string_view text);
std::optional<std::int64_t> ParseTime(std::string_view text);
std::optional<std::uint64_t> ParseTimestamp(std::string_view text);
std::optional<Interval> ParseInterval(std::string_view text);

}  // namespace sluice::values
