#include "proto/values/datetime.h"

#include <limits>

#include <gtest/gtest.h>

namespace sluice::values {
namespace {

std::string DateText(std::uint32_t packed) {
  std::string out = ">";
  AppendDate(packed, out);
  return out.substr(1);
}

std::string TimeText(std::int64_t micros, int fraction_digits = -1) {
  std::string out = ">";
  AppendTime(micros, fraction_digits, out);
  return out.substr(1);
}

std::string TimestampText(std::uint64_t packed, int fraction_digits = -1) {
  std::string out = ">";
  AppendTimestamp(packed, fraction_digits, out);
  return out.substr(1);
}

std::string IntervalText(const Interval& interval) {
  std::string out = ">";
  AppendInterval(interval, out);
  return out.substr(1);
}

constexpr std::int64_t Micros(std::int64_t hours, int minutes, int seconds, int micros = 0) {
  return ((hours * 60 + minutes) * 60 + seconds) * kMicrosPerSecond + micros;
}

constexpr auto kInt64Min = std::numeric_limits<std::int64_t>::min();
constexpr auto kInt64Max = std::numeric_limits<std::int64_t>::max();

TEST(Civil, CountsDaysFromTheEpoch) {
  struct Case {
    Date date;
    std::int64_t days;
  };
  constexpr Case kCases[] = {
      {{1970, 1, 1}, 0},
      {{1969, 12, 31}, -1},
      {{2000, 2, 29}, 11'016},
      {{2000, 3, 1}, 11'017},
      {{1900, 2, 28}, -25'509},
      {{1900, 3, 1}, -25'508},
      {{0, 3, 1}, -719'468},
      {{1, 1, 1}, -719'162},
      {{9999, 12, 31}, 2'932'896},
      {{2000, 1, 1}, 10'957},
      {{-4713, 11, 24}, 10'957 - 2'451'545},  // Julian day 0
      {{5874897, 12, 31}, 2'145'042'905},     // PostgreSQL's last date
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(DaysFromCivil(c.date), c.days) << c.date.year;
    EXPECT_EQ(CivilFromDays(c.days), c.date) << c.days;
  }
}

TEST(Civil, FollowsTheCalendarDayByDay) {
  Date previous = CivilFromDays(-720'001);
  for (std::int64_t days = -720'000; days <= 60'000; ++days) {
    const Date date = CivilFromDays(days);
    ASSERT_TRUE(IsValidDate(date));
    ASSERT_LT(previous, date);
    ASSERT_EQ(DaysFromCivil(date), days);
    previous = date;
  }
}

TEST(Civil, KnowsTheLengthOfMonths) {
  for (const Date date :
       {Date{2023, 2, 28}, {2024, 2, 29}, {2000, 2, 29}, {2024, 4, 30}, {0, 2, 29}}) {
    EXPECT_TRUE(IsValidDate(date)) << date.year;
  }
  for (const Date date : {Date{2023, 2, 29},
                          {1900, 2, 29},
                          {2024, 4, 31},
                          {2024, 13, 1},
                          {2024, 0, 1},
                          {2024, 1, 0},
                          {2024, 1, 32},
                          {2024, -1, 5}}) {
    EXPECT_FALSE(IsValidDate(date)) << date.year << '-' << date.month << '-' << date.day;
  }
}

TEST(Packed, OrdersAsTheCalendarDoes) {
  const Date dates[] = {{-4713, 11, 24}, {-1, 12, 31},   {0, 0, 0},
                        {0, 1, 1},       {1, 1, 1},      {2024, 1, 31},
                        {2024, 2, 1},    {9999, 12, 31}, {kMaxTimestampYear, 12, 31}};
  for (std::size_t i = 0; i < std::size(dates); ++i) {
    EXPECT_EQ(UnpackDate(PackDate(dates[i])), dates[i]);
    const Timestamp last{dates[i], kMicrosPerDay - 1};
    EXPECT_EQ(UnpackTimestamp(PackTimestamp(last)), last);
    EXPECT_LT(kDateMinusInfinity, PackDate(dates[i]));
    EXPECT_LT(PackDate(dates[i]), kDateInfinity);
    EXPECT_LT(kTimestampMinusInfinity, PackTimestamp({dates[i], 0}));
    EXPECT_LT(PackTimestamp(last), kTimestampInfinity);
    if (i == 0) continue;
    EXPECT_LT(PackDate(dates[i - 1]), PackDate(dates[i]));
    EXPECT_LT(PackTimestamp({dates[i - 1], kMicrosPerDay - 1}), PackTimestamp({dates[i], 0}));
  }
}

TEST(DateText, IsReadAndWrittenAsTheServersDo) {
  struct Case {
    const char* text;
    Date date;
  };
  constexpr Case kCases[] = {
      {"2024-01-31", {2024, 1, 31}},
      {"0001-01-01", {1, 1, 1}},
      {"9999-12-31", {9999, 12, 31}},
      {"10000-01-01", {10000, 1, 1}},
      {"5874897-12-31", {5874897, 12, 31}},
      {"0044-03-15 BC", {-43, 3, 15}},
      {"0001-12-31 BC", {0, 12, 31}},
      {"4714-11-24 BC", {-4713, 11, 24}},
      {"0000-00-00", {0, 0, 0}},
      {"2024-00-00", {2024, 0, 0}},
      {"2024-05-00", {2024, 5, 0}},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(DateText(PackDate(c.date)), c.text);
    EXPECT_EQ(ParseDate(c.text), PackDate(c.date)) << c.text;
  }
  EXPECT_EQ(DateText(kDateInfinity), "infinity");
  EXPECT_EQ(DateText(kDateMinusInfinity), "-infinity");
  EXPECT_EQ(ParseDate("infinity"), kDateInfinity);
  EXPECT_EQ(ParseDate("-Infinity"), kDateMinusInfinity);
  EXPECT_EQ(ParseDate("  2024-1-5  "), PackDate({2024, 1, 5}));
  EXPECT_EQ(ParseDate("2024-01-05Z"), PackDate({2024, 1, 5}));
}

TEST(DateText, RefusesWhatIsNoDate) {
  for (const char* text : {"",
                           " ",
                           "2024",
                           "2024-01",
                           "2024-01-",
                           "2024-13-01",
                           "2024-02-30",
                           "2023-02-29",
                           "2024-01-32",
                           "24-01-31",
                           "2024/01/31",
                           "2024-01-31x",
                           "2024-01-31 10:00:00",
                           "x",
                           "infinit",
                           "infinityy",
                           "--infinity",
                           "12345678-01-01",
                           "8383607-01-01",
                           "0000-01-01 BC",
                           "5001-01-01 BC",
                           "2024-01-001"}) {
    EXPECT_EQ(ParseDate(text), std::nullopt) << text;
  }
}

TEST(TimeText, IsReadAndWrittenAsTheServersDo) {
  struct Case {
    const char* text;
    std::int64_t micros;
  };
  constexpr Case kCases[] = {
      {"00:00:00", 0},
      {"13:05:09.25", Micros(13, 5, 9, 250'000)},
      {"23:59:59.999999", Micros(23, 59, 59, 999'999)},
      {"24:00:00", kMicrosPerDay},
      {"00:00:00.000001", 1},
      {"-00:00:01", -kMicrosPerSecond},
      {"-838:59:59", -Micros(838, 59, 59)},
      {"838:59:59", Micros(838, 59, 59)},
      {"2562047788:00:54.775807", kInt64Max},
      {"-2562047788:00:54.775808", kInt64Min},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(TimeText(c.micros), c.text);
    EXPECT_EQ(ParseTime(c.text), c.micros) << c.text;
  }
  EXPECT_EQ(ParseTime("13:05"), Micros(13, 5, 0));
  EXPECT_EQ(ParseTime(" 1:5:9 "), Micros(1, 5, 9));
  EXPECT_EQ(ParseTime("13:05:09.123456789"), Micros(13, 5, 9, 123'456));
  EXPECT_EQ(ParseTime("13:05:09+02"), Micros(13, 5, 9));
  EXPECT_EQ(ParseTime("13:05:09.5-05:30"), Micros(13, 5, 9, 500'000));
}

TEST(TimeText, PadsTheFraction) {
  EXPECT_EQ(TimeText(Micros(1, 2, 3), 0), "01:02:03");
  EXPECT_EQ(TimeText(Micros(1, 2, 3), 3), "01:02:03.000");
  EXPECT_EQ(TimeText(Micros(1, 2, 3, 250'000), 0), "01:02:03.25");  // no digit is lost
  EXPECT_EQ(TimeText(Micros(1, 2, 3, 250'000), 3), "01:02:03.250");
  EXPECT_EQ(TimeText(Micros(1, 2, 3, 250'000), 6), "01:02:03.250000");
  EXPECT_EQ(TimeText(Micros(1, 2, 3, 250'000), 9), "01:02:03.250000");
}

TEST(TimeText, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "12", "12:", "12:60:00", "12:00:60", "a:b:c", "12:00:00x", "12:00:00+", "12:00:00+02:3",
        "--12:00:00", "2562047788:00:54.775808", "99999999999:00:00", "12:000:00"}) {
    EXPECT_EQ(ParseTime(text), std::nullopt) << text;
  }
}

TEST(TimestampText, IsReadAndWrittenAsTheServersDo) {
  struct Case {
    const char* text;
    Timestamp timestamp;
  };
  constexpr Case kCases[] = {
      {"2024-01-31 13:05:09.25", {{2024, 1, 31}, Micros(13, 5, 9, 250'000)}},
      {"1970-01-01 00:00:00", {{1970, 1, 1}, 0}},
      {"9999-12-31 23:59:59.999999", {{9999, 12, 31}, kMicrosPerDay - 1}},
      {"0000-00-00 00:00:00", {{0, 0, 0}, 0}},
      {"0044-03-15 12:00:00 BC", {{-43, 3, 15}, Micros(12, 0, 0)}},
      {"4714-11-24 00:00:00 BC", {{-4713, 11, 24}, 0}},
      {"257142-12-31 23:59:59", {{kMaxTimestampYear, 12, 31}, Micros(23, 59, 59)}},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(TimestampText(PackTimestamp(c.timestamp)), c.text);
    EXPECT_EQ(ParseTimestamp(c.text), PackTimestamp(c.timestamp)) << c.text;
  }
  EXPECT_EQ(TimestampText(PackTimestamp(kCases[0].timestamp), 3), "2024-01-31 13:05:09.250");
  EXPECT_EQ(TimestampText(PackTimestamp(kCases[1].timestamp), 6), "1970-01-01 00:00:00.000000");
  EXPECT_EQ(TimestampText(kTimestampInfinity), "infinity");
  EXPECT_EQ(TimestampText(kTimestampMinusInfinity), "-infinity");
  EXPECT_EQ(ParseTimestamp("Infinity"), kTimestampInfinity);
  EXPECT_EQ(ParseTimestamp("-infinity"), kTimestampMinusInfinity);
}

TEST(TimestampText, ReadsOtherSpellings) {
  const auto expected = PackTimestamp({{2024, 1, 31}, Micros(13, 5, 9, 123'456)});
  for (const char* text :
       {"2024-01-31 13:05:09.123456789", "2024-01-31T13:05:09.123456",
        "2024-01-31t13:05:09.123456Z", "2024-01-31 13:05:09.123456+02",
        "2024-01-31 13:05:09.123456+05:30", "2024-01-31 13:05:09.123456-00:25:21",
        "  2024-01-31   13:05:09.123456 AD "}) {
    EXPECT_EQ(ParseTimestamp(text), expected) << text;
  }
  EXPECT_EQ(ParseTimestamp("2024-01-31"), PackTimestamp({{2024, 1, 31}, 0}));
  EXPECT_EQ(ParseTimestamp("2024-01-31 13:05"), PackTimestamp({{2024, 1, 31}, Micros(13, 5, 0)}));
  EXPECT_EQ(ParseTimestamp("0044-03-15 12:00:00+00 BC"),
            PackTimestamp({{-43, 3, 15}, Micros(12, 0, 0)}));
}

TEST(TimestampText, RefusesWhatIsNoTimestamp) {
  for (const char* text :
       {"", "13:05:09", "2024-01-31T", "2024-01-31 24:00:00", "2024-01-31 -1:00:00",
        "2024-02-30 00:00:00", "2024-01-31 13:05:09 x", "2024-01-31 13:05:09 BCE",
        "257143-01-01 00:00:00", "2024-01-31 13:05:09+", "2024-01-31 1"}) {
    EXPECT_EQ(ParseTimestamp(text), std::nullopt) << text;
  }
}

TEST(IntervalText, IsReadAndWrittenAsPostgresDoes) {
  struct Case {
    const char* text;
    Interval interval;
  };
  // As `SELECT …::interval` of PostgreSQL 15 prints them.
  constexpr Case kCases[] = {
      {"00:00:00", {}},
      {"1 year 2 mons 3 days 04:05:06.7", {14, 3, Micros(4, 5, 6, 700'000)}},
      {"1 year 2 mons -3 days +04:05:06.7", {14, -3, Micros(4, 5, 6, 700'000)}},
      {"-1 years -2 mons +3 days -04:05:06.7", {-14, 3, -Micros(4, 5, 6, 700'000)}},
      {"-00:00:01", {0, 0, -kMicrosPerSecond}},
      {"1 day", {0, 1, 0}},
      {"-1 days", {0, -1, 0}},
      {"-1 mons +00:00:00.000001", {-1, 0, 1}},
      {"100:00:00", {0, 0, Micros(100, 0, 0)}},
      {"-178956970 years -8 mons -2147483648 days -2562047788:00:54.775808",
       {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::min(),
        kInt64Min}},
      {"178956970 years 7 mons 2147483647 days 2562047788:00:54.775807",
       {std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::max(),
        kInt64Max}},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(IntervalText(c.interval), c.text);
    EXPECT_EQ(ParseInterval(c.text), c.interval) << c.text;
  }
  EXPECT_EQ(ParseInterval("04:05"), (Interval{0, 0, Micros(4, 5, 0)}));
  EXPECT_EQ(ParseInterval(" 2 Months 1 week 90 minutes "), (Interval{2, 7, Micros(1, 30, 0)}));
}

TEST(IntervalText, RefusesWhatIsNoInterval) {
  for (const char* text : {"", "x", "1", "1 fortnight", "day", "1 day x", "04:05:06 04", "1 days2",
                           "178956971 years", "2147483648 days", "1 - day"}) {
    EXPECT_EQ(ParseInterval(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace sluice::values
