#include "proto/values/datetime.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

namespace sluice::values {
namespace {

constexpr std::int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
constexpr std::int64_t kMicrosPerHour = 60 * kMicrosPerMinute;
constexpr int kMicrosDigits = 6;
constexpr int kMonthsPerYear = 12;

constexpr bool IsLeapYear(int year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

constexpr int DaysOfMonth(int year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeapYear(year) ? 29 : kDays[static_cast<std::size_t>(month - 1)];
}

// ---- writing ----

// A piece of text on the stack, long enough for any form below.
class Scratch {
 public:
  void Put(char c) { *end_++ = c; }
  void Put(std::string_view text) { end_ = std::copy(text.begin(), text.end(), end_); }
  void PutTwoDigits(int value) {
    Put(static_cast<char>('0' + value / 10));
    Put(static_cast<char>('0' + value % 10));
  }
  template <typename Integer>
  void PutInteger(Integer value) {
    end_ = std::to_chars(end_, text_.data() + text_.size(), value).ptr;
  }
  std::string_view text() const { return {text_.data(), end_}; }

 private:
  std::array<char, 128> text_;
  char* end_ = text_.data();
};

// A zero date has no era: "0000-00-00" is MySQL's, "0001-01-01 BC" is PostgreSQL's year 0.
bool IsBeforeChrist(const Date& date) {
  return date.year < 0 || (date.year == 0 && date.month != 0 && date.day != 0);
}

void PutDate(const Date& date, Scratch& out) {
  const int year = IsBeforeChrist(date) ? 1 - date.year : date.year;
  if (year < 10'000) {
    out.PutTwoDigits(year / 100);
    out.PutTwoDigits(year % 100);
  } else {
    out.PutInteger(year);
  }
  out.Put('-');
  out.PutTwoDigits(date.month);
  out.Put('-');
  out.PutTwoDigits(date.day);
}

void PutFraction(int micros, int fraction_digits, Scratch& out) {
  std::array<char, kMicrosDigits> digits;
  int significant = 0;
  for (int i = kMicrosDigits - 1; i >= 0; --i) {
    digits[static_cast<std::size_t>(i)] = static_cast<char>('0' + micros % 10);
    if (micros % 10 != 0 && significant == 0) significant = i + 1;
    micros /= 10;
  }
  const int count = std::clamp(fraction_digits, significant, kMicrosDigits);
  if (count == 0) return;
  out.Put('.');
  out.Put(std::string_view(digits.data(), static_cast<std::size_t>(count)));
}

// The magnitude is unsigned so that it can be that of the smallest int64.
void PutTime(std::uint64_t micros, int fraction_digits, Scratch& out) {
  const std::uint64_t hours = micros / kMicrosPerHour;
  if (hours < 100) {
    out.PutTwoDigits(static_cast<int>(hours));
  } else {
    out.PutInteger(hours);
  }
  const auto rest = static_cast<std::int64_t>(micros % kMicrosPerHour);
  out.Put(':');
  out.PutTwoDigits(static_cast<int>(rest / kMicrosPerMinute));
  out.Put(':');
  out.PutTwoDigits(static_cast<int>(rest % kMicrosPerMinute / kMicrosPerSecond));
  PutFraction(static_cast<int>(rest % kMicrosPerSecond), fraction_digits, out);
}

std::uint64_t Magnitude(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return value < 0 ? 0 - bits : bits;
}

// ---- reading ----

constexpr char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Reads a text from its start. What does not match is left unread.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {
    while (!text_.empty() && IsSpace(text_.back())) text_.remove_suffix(1);
    SkipSpaces();
  }

  bool AtEnd() const { return text_.empty(); }
  char Peek() const { return text_.empty() ? '\0' : text_.front(); }

  void SkipSpaces() {
    while (!text_.empty() && IsSpace(text_.front())) text_.remove_prefix(1);
  }

  bool Skip(char c) {
    if (Peek() != c || text_.empty()) return false;
    text_.remove_prefix(1);
    return true;
  }

  // Without case; `word` is in lower case.
  bool SkipWord(std::string_view word) {
    if (text_.size() < word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (ToLower(text_[i]) != word[i]) return false;
    }
    text_.remove_prefix(word.size());
    return true;
  }

  // As many digits as there are, from `min_digits` to `max_digits` (at most 18).
  std::optional<std::int64_t> Number(int min_digits, int max_digits) {
    std::int64_t value = 0;
    int digits = 0;
    for (; IsDigit(Peek()); ++digits, text_.remove_prefix(1)) {
      if (digits == max_digits) return std::nullopt;
      value = value * 10 + (Peek() - '0');
    }
    if (digits < min_digits) return std::nullopt;
    return value;
  }

  // Digits of a second's fraction as microseconds; those beyond are cut.
  std::int64_t Fraction() {
    std::int64_t micros = 0;
    int digits = 0;
    for (; IsDigit(Peek()); text_.remove_prefix(1)) {
      if (digits++ < kMicrosDigits) micros = micros * 10 + (Peek() - '0');
    }
    for (; digits < kMicrosDigits; ++digits) micros *= 10;
    return micros;
  }

  std::string_view Letters() {
    std::size_t size = 0;
    while (size < text_.size() && ToLower(text_[size]) >= 'a' && ToLower(text_[size]) <= 'z') {
      ++size;
    }
    const std::string_view letters = text_.substr(0, size);
    text_.remove_prefix(size);
    return letters;
  }

 private:
  std::string_view text_;
};

enum class Infinite { kNo, kPositive, kNegative };

Infinite ScanInfinity(std::string_view text) {
  Scanner scanner(text);
  const bool negative = scanner.Skip('-');
  if (!scanner.SkipWord("infinity") || !scanner.AtEnd()) return Infinite::kNo;
  return negative ? Infinite::kNegative : Infinite::kPositive;
}

// Year, month and day; the era may follow at the end of the text.
std::optional<Date> ScanDate(Scanner& scanner) {
  const auto year = scanner.Number(4, 7);
  if (!year || !scanner.Skip('-')) return std::nullopt;
  const auto month = scanner.Number(1, 2);
  if (!month || !scanner.Skip('-')) return std::nullopt;
  const auto day = scanner.Number(1, 2);
  if (!day) return std::nullopt;
  return Date{static_cast<int>(*year), static_cast<int>(*month), static_cast<int>(*day)};
}

// At most 2^63, the magnitude of the smallest int64.
std::optional<std::uint64_t> ScanTime(Scanner& scanner) {
  const auto hours = scanner.Number(1, 10);
  if (!hours || !scanner.Skip(':')) return std::nullopt;
  const auto minutes = scanner.Number(1, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  std::int64_t micros = 0;
  if (scanner.Skip(':')) {
    const auto seconds = scanner.Number(1, 2);
    if (!seconds || *seconds > 59) return std::nullopt;
    micros = *seconds * kMicrosPerSecond;
    if (scanner.Skip('.')) micros += scanner.Fraction();
  }
  micros += *minutes * kMicrosPerMinute;
  if (*hours > std::numeric_limits<std::int64_t>::max() / kMicrosPerHour) return std::nullopt;
  const std::uint64_t magnitude =
      static_cast<std::uint64_t>(*hours) * kMicrosPerHour + static_cast<std::uint64_t>(micros);
  if (magnitude > Magnitude(std::numeric_limits<std::int64_t>::min())) return std::nullopt;
  return magnitude;
}

// nullopt: the value does not fit.
std::optional<std::int64_t> WithSign(std::uint64_t magnitude, bool negative) {
  if (!negative && magnitude > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
}

// false: what follows is neither a zone nor nothing.
bool SkipZone(Scanner& scanner) {
  scanner.SkipSpaces();
  if (scanner.SkipWord("z")) return true;
  if (!scanner.Skip('+') && !scanner.Skip('-')) return true;
  if (!scanner.Number(1, 4)) return false;
  while (scanner.Skip(':')) {
    if (!scanner.Number(2, 2)) return false;
  }
  return true;
}

// Reads the era and the end. nullopt: the date does not exist, or the text goes on.
std::optional<Date> FinishDate(Date date, int max_year, Scanner& scanner) {
  scanner.SkipSpaces();
  if (scanner.SkipWord("bc")) {
    if (date.year == 0) return std::nullopt;
    date.year = 1 - date.year;
  } else {
    scanner.SkipWord("ad");
  }
  scanner.SkipSpaces();
  if (!scanner.AtEnd()) return std::nullopt;
  if (date.year <= -kYearBias || date.year > max_year) return std::nullopt;
  const bool zero_date = date.month == 0 || date.day == 0;
  if (zero_date ? date.month > 12 || date.day > 31 : !IsValidDate(date)) return std::nullopt;
  return date;
}

struct IntervalUnit {
  std::string_view name;  // without the plural's s
  std::int64_t months;
  std::int64_t days;
  std::int64_t micros;
};

constexpr IntervalUnit kIntervalUnits[] = {
    {"year", kMonthsPerYear, 0, 0},
    {"mon", 1, 0, 0},
    {"month", 1, 0, 0},
    {"week", 0, 7, 0},
    {"day", 0, 1, 0},
    {"hour", 0, 0, kMicrosPerHour},
    {"min", 0, 0, kMicrosPerMinute},
    {"minute", 0, 0, kMicrosPerMinute},
    {"sec", 0, 0, kMicrosPerSecond},
    {"second", 0, 0, kMicrosPerSecond},
};

const IntervalUnit* FindIntervalUnit(std::string_view word) {
  for (const auto& unit : kIntervalUnits) {
    Scanner scanner(word);
    if (!scanner.SkipWord(unit.name)) continue;
    scanner.SkipWord("s");
    if (scanner.AtEnd()) return &unit;
  }
  return nullptr;
}

// sum += count × unit. false: it does not fit Sum.
template <typename Sum>
bool AddScaled(std::int64_t count, std::int64_t unit, Sum& sum) {
  std::int64_t product;
  return !__builtin_mul_overflow(count, unit, &product) &&
         !__builtin_add_overflow(product, sum, &sum);
}

// One "3 days" or "-04:05:06.7". false: the text is none, or the interval overflows.
bool ScanIntervalPart(Scanner& scanner, Interval& interval) {
  const bool negative = scanner.Skip('-');
  if (!negative) scanner.Skip('+');
  Scanner rest = scanner;
  const auto count = rest.Number(1, 18);
  if (!count) return false;
  if (rest.Peek() == ':') {
    const auto magnitude = ScanTime(scanner);
    const auto micros = magnitude ? WithSign(*magnitude, negative) : std::nullopt;
    return micros && AddScaled(1, *micros, interval.micros);
  }
  scanner = rest;
  scanner.SkipSpaces();
  const IntervalUnit* unit = FindIntervalUnit(scanner.Letters());
  if (unit == nullptr) return false;
  const std::int64_t value = negative ? -*count : *count;
  return AddScaled(value, unit->months, interval.months) &&
         AddScaled(value, unit->days, interval.days) &&
         AddScaled(value, unit->micros, interval.micros);
}

}  // namespace

// Both count in years that begin in March, so that the leap day is the last of its year, and in
// eras of 400 years, which all have 146,097 days.
constexpr std::int64_t kDaysPerEra = 146'097;
constexpr std::int64_t kYearsPerEra = 400;
constexpr std::int64_t kEpochFromMarchOfYear0 = 719'468;  // days from 0000-03-01 to 1970-01-01

std::int64_t DaysFromCivil(const Date& date) {
  const std::int64_t year = std::int64_t{date.year} - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = (year >= 0 ? year : year - (kYearsPerEra - 1)) / kYearsPerEra;
  const std::int64_t year_of_era = year - era * kYearsPerEra;
  const std::int64_t month = (date.month + 9) % 12;  // March is 0
  const std::int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * kDaysPerEra + day_of_era - kEpochFromMarchOfYear0;
}

Date CivilFromDays(std::int64_t days) {
  days += kEpochFromMarchOfYear0;
  const std::int64_t era = (days >= 0 ? days : days - (kDaysPerEra - 1)) / kDaysPerEra;
  const std::int64_t day_of_era = days - era * kDaysPerEra;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month = (5 * day_of_year + 2) / 153;
  const std::int64_t year = era * kYearsPerEra + year_of_era + (month >= 10 ? 1 : 0);
  return {static_cast<int>(year), static_cast<int>(month < 10 ? month + 3 : month - 9),
          static_cast<int>(day_of_year - (153 * month + 2) / 5 + 1)};
}

bool IsValidDate(const Date& date) {
  return date.month >= 1 && date.month <= 12 && date.day >= 1 &&
         date.day <= DaysOfMonth(date.year, date.month);
}

void AppendDate(std::uint32_t packed, std::string& out) {
  if (packed == kDateInfinity || packed == kDateMinusInfinity) {
    out += packed == kDateInfinity ? "infinity" : "-infinity";
    return;
  }
  const Date date = UnpackDate(packed);
  Scratch scratch;
  PutDate(date, scratch);
  if (IsBeforeChrist(date)) scratch.Put(" BC");
  out += scratch.text();
}

void AppendTime(std::int64_t micros, int fraction_digits, std::string& out) {
  Scratch scratch;
  if (micros < 0) scratch.Put('-');
  PutTime(Magnitude(micros), fraction_digits, scratch);
  out += scratch.text();
}

void AppendTimestamp(std::uint64_t packed, int fraction_digits, std::string& out) {
  if (packed == kTimestampInfinity || packed == kTimestampMinusInfinity) {
    out += packed == kTimestampInfinity ? "infinity" : "-infinity";
    return;
  }
  const Timestamp timestamp = UnpackTimestamp(packed);
  Scratch scratch;
  PutDate(timestamp.date, scratch);
  scratch.Put(' ');
  PutTime(static_cast<std::uint64_t>(timestamp.micros), fraction_digits, scratch);
  if (IsBeforeChrist(timestamp.date)) scratch.Put(" BC");
  out += scratch.text();
}

// After a negative part PostgreSQL gives the next one a sign in any case, and "1" alone is singular
// (EncodeInterval in its datetime.c; manual, section 8.5.5).
void AppendInterval(const Interval& interval, std::string& out) {
  Scratch scratch;
  bool empty = true;
  bool after_negative = false;
  const auto put_part = [&](std::int32_t value, std::string_view unit) {
    if (value == 0) return;
    if (!empty) scratch.Put(' ');
    if (after_negative && value > 0) scratch.Put('+');
    scratch.PutInteger(value);
    scratch.Put(' ');
    scratch.Put(unit);
    if (value != 1) scratch.Put('s');
    after_negative = value < 0;
    empty = false;
  };
  put_part(interval.months / kMonthsPerYear, "year");
  put_part(interval.months % kMonthsPerYear, "mon");
  put_part(interval.days, "day");
  if (empty || interval.micros != 0) {
    if (!empty) scratch.Put(' ');
    if (interval.micros < 0) {
      scratch.Put('-');
    } else if (after_negative) {
      scratch.Put('+');
    }
    PutTime(Magnitude(interval.micros), -1, scratch);
  }
  out += scratch.text();
}

std::optional<std::uint32_t> ParseDate(std::string_view text) {
  Scanner scanner(text);
  const auto date = ScanDate(scanner);
  if (!date) {
    const Infinite infinite = ScanInfinity(text);
    if (infinite == Infinite::kNo) return std::nullopt;
    return infinite == Infinite::kPositive ? kDateInfinity : kDateMinusInfinity;
  }
  if (!SkipZone(scanner)) return std::nullopt;
  const auto finished = FinishDate(*date, kMaxDateYear, scanner);
  if (!finished) return std::nullopt;
  return PackDate(*finished);
}

std::optional<std::int64_t> ParseTime(std::string_view text) {
  Scanner scanner(text);
  const bool negative = scanner.Skip('-');
  const auto magnitude = ScanTime(scanner);
  if (!magnitude || !SkipZone(scanner) || !scanner.AtEnd()) return std::nullopt;
  return WithSign(*magnitude, negative);
}

std::optional<std::uint64_t> ParseTimestamp(std::string_view text) {
  Scanner scanner(text);
  const auto date = ScanDate(scanner);
  if (!date) {
    const Infinite infinite = ScanInfinity(text);
    if (infinite == Infinite::kNo) return std::nullopt;
    return infinite == Infinite::kPositive ? kTimestampInfinity : kTimestampMinusInfinity;
  }
  Timestamp timestamp;
  const bool has_t = scanner.SkipWord("t");
  scanner.SkipSpaces();
  if (has_t || IsDigit(scanner.Peek())) {
    const auto micros = ScanTime(scanner);
    if (!micros || *micros >= kMicrosPerDay) return std::nullopt;
    timestamp.micros = static_cast<std::int64_t>(*micros);
    if (!SkipZone(scanner)) return std::nullopt;
  }
  const auto finished = FinishDate(*date, kMaxTimestampYear, scanner);
  if (!finished) return std::nullopt;
  timestamp.date = *finished;
  return PackTimestamp(timestamp);
}

std::optional<Interval> ParseInterval(std::string_view text) {
  Scanner scanner(text);
  if (scanner.AtEnd()) return std::nullopt;
  Interval interval;
  while (!scanner.AtEnd()) {
    if (!ScanIntervalPart(scanner, interval)) return std::nullopt;
    scanner.SkipSpaces();
  }
  return interval;
}

}  // namespace sluice::values
