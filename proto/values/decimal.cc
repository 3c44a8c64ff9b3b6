#include "proto/values/decimal.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace sluice::values {
namespace {

__extension__ typedef unsigned __int128 Uint128;

constexpr std::int64_t kMaxDigits = 38;    // of SQL_NUMERIC_STRUCT that any value may have
constexpr std::int64_t kMostDigits = 39;   // of 2^128 - 1, its largest whole number
constexpr std::int64_t kMaxScale = 16383;  // of PostgreSQL's numeric; digits beyond are cut
constexpr std::int64_t kMaxExponent = 1'000'000'000;  // what is beyond is as far out as this
constexpr int kUint64Digits = 19;                     // that many always fit

static_assert(std::endian::native == std::endian::little, "a magnitude is copied as it is");

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view TakeDigits(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && IsDigit(text[size])) ++size;
  const std::string_view digits = text.substr(0, size);
  text.remove_prefix(size);
  return digits;
}

// A number taken apart: its digits are those of `whole` and then those of `fraction`, from the
// first that is not 0; the value is digits × 10^-scale.
struct Number {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  std::int64_t scale = 0;

  std::int64_t digits() const { return static_cast<std::int64_t>(whole.size() + fraction.size()); }
  // Digits left of the point; not positive when the value is less than 0.1.
  std::int64_t whole_digits() const { return digits() - scale; }
  char digit(std::int64_t index) const {
    const auto i = static_cast<std::size_t>(index);
    return i < whole.size() ? whole[i] : fraction[i - whole.size()];
  }
};

// The digits after an "e", or nullopt when they are none.
std::optional<std::int64_t> TakeExponent(std::string_view& text) {
  const bool negative = !text.empty() && text.front() == '-';
  if (negative || (!text.empty() && text.front() == '+')) text.remove_prefix(1);
  const std::string_view digits = TakeDigits(text);
  if (digits.empty()) return std::nullopt;
  std::int64_t exponent = 0;
  for (const char c : digits) exponent = std::min(exponent * 10 + (c - '0'), kMaxExponent);
  return negative ? -exponent : exponent;
}

std::optional<Number> TakeApart(std::string_view text) {
  text = Trim(text);
  Number number;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    number.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  number.whole = TakeDigits(text);
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    number.fraction = TakeDigits(text);
  }
  if (number.digits() == 0) return std::nullopt;
  number.scale = static_cast<std::int64_t>(number.fraction.size());
  if (!text.empty() && (text.front() == 'e' || text.front() == 'E')) {
    text.remove_prefix(1);
    const auto exponent = TakeExponent(text);
    if (!exponent) return std::nullopt;
    number.scale -= *exponent;
  }
  if (!text.empty()) return std::nullopt;
  while (!number.whole.empty() && number.whole.front() == '0') number.whole.remove_prefix(1);
  if (number.whole.empty()) {
    while (!number.fraction.empty() && number.fraction.front() == '0') {
      number.fraction.remove_prefix(1);
    }
  }
  return number;
}

Uint128 PowerOfTen(std::int64_t exponent) {
  Uint128 power = 1;
  for (; exponent > 0; --exponent) power *= 10;
  return power;
}

// The first `count` digits, at most 39. nullopt: 128 bits do not hold them.
std::optional<Uint128> Accumulate(const Number& number, std::int64_t count) {
  Uint128 magnitude = 0;
  for (std::int64_t i = 0; i < count;) {
    const std::int64_t end = std::min(count, i + kUint64Digits);
    std::uint64_t chunk = 0;
    const std::int64_t begin = i;
    for (; i < end; ++i) chunk = chunk * 10 + static_cast<std::uint64_t>(number.digit(i) - '0');
    if (__builtin_mul_overflow(magnitude, PowerOfTen(end - begin), &magnitude) ||
        __builtin_add_overflow(magnitude, Uint128{chunk}, &magnitude)) {
      return std::nullopt;
    }
  }
  return magnitude;
}

// How many decimal digits the value has; 1 for 0.
int CountDigits(Uint128 value) {
  int digits = 1;
  while (value >= 10) {
    value /= 10;
    ++digits;
  }
  return digits;
}

// A number as an integer of 128 bits at a scale.
struct Scaled {
  bool negative = false;
  Uint128 magnitude = 0;
  std::int64_t scale = 0;
  int precision = 1;
};

DecimalStatus Scale(const Number& number, std::optional<int> wanted_scale, Scaled& out) {
  const std::int64_t digits = number.digits();
  if (digits == 0) {
    const std::int64_t scale = std::clamp(number.scale, -kMaxDigits, kMaxScale);
    out = {.scale = wanted_scale ? std::int64_t{*wanted_scale} : scale};
    return DecimalStatus::kExact;
  }
  std::int64_t scale = std::min(number.scale, kMaxScale);
  if (wanted_scale) {
    scale = *wanted_scale;
  } else {
    if (number.whole_digits() > kMostDigits) return DecimalStatus::kOutOfRange;
    const std::int64_t room = std::max(kMaxDigits, number.whole_digits());
    scale = std::min(scale, number.scale - std::max<std::int64_t>(0, digits - room));
  }
  const std::int64_t cut = std::max<std::int64_t>(0, number.scale - scale);
  const std::int64_t kept = std::max<std::int64_t>(0, digits - cut);
  const std::int64_t zeros = std::max<std::int64_t>(0, scale - number.scale);
  if (kept + zeros > kMostDigits) return DecimalStatus::kOutOfRange;
  const auto magnitude = Accumulate(number, kept);
  if (!magnitude || __builtin_mul_overflow(*magnitude, PowerOfTen(zeros), &out.magnitude)) {
    return DecimalStatus::kOutOfRange;
  }
  out.negative = number.negative && out.magnitude != 0;
  out.scale = scale;
  out.precision = static_cast<int>(std::max<std::int64_t>(1, kept + zeros));
  for (std::int64_t i = kept; i < digits; ++i) {
    if (number.digit(i) != '0') return DecimalStatus::kFractionTruncated;
  }
  return DecimalStatus::kExact;
}

// Plain digits that cannot overflow: nearly all integers that occur.
bool ParseShortInteger(std::string_view text, bool& negative, std::uint64_t& magnitude) {
  negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > kUint64Digits - 1) return false;
  magnitude = 0;
  for (const char c : text) {
    if (!IsDigit(c)) return false;
    magnitude = magnitude * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return true;
}

DecimalStatus ParseWhole(std::string_view text, Scaled& out) {
  const auto number = TakeApart(text);
  if (!number) return DecimalStatus::kNotANumber;
  return Scale(*number, 0, out);
}

// "d.ddde±XX" taken apart.
struct Scientific {
  bool negative = false;
  char digits[24];
  std::size_t count = 0;  // of the digits, at least 1
  int exponent = 0;       // of the first one
};

Scientific ReadScientific(const char* text, const char* end) {
  Scientific number;
  const char* exponent_mark = std::find(text, end, 'e');
  std::from_chars(exponent_mark + (exponent_mark[1] == '+' ? 2 : 1), end, number.exponent);
  number.negative = text[0] == '-';
  for (const char* c = text; c != exponent_mark; ++c) {
    if (IsDigit(*c)) number.digits[number.count++] = *c;
  }
  return number;
}

void AppendFixed(const Scientific& number, std::string& out) {
  if (number.negative) out += '-';
  if (number.exponent < 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-number.exponent - 1), '0');
    out.append(number.digits, number.count);
    return;
  }
  const std::size_t whole = static_cast<std::size_t>(number.exponent) + 1;
  out.append(number.digits, std::min(number.count, whole));
  if (number.count <= whole) {
    out.append(whole - number.count, '0');
  } else {
    out += '.';
    out.append(number.digits + whole, number.count - whole);
  }
}

// NaN and the infinities. False: the value is finite.
template <typename Float>
bool AppendSpecial(Float value, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value < 0 ? "-Infinity" : "Infinity";
  } else {
    return false;
  }
  return true;
}

// The shortest digits, as PostgreSQL's float8out writes them: fixed notation from 1e-4 to below
// 10^max_fixed_exponent (float_to_shortest_decimal, d2s.c).
template <typename Float>
void AppendFloating(Float value, int max_fixed_exponent, std::string& out) {
  if (AppendSpecial(value, out)) return;
  char text[40];
  const char* end =
      std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  const Scientific number = ReadScientific(text, end);
  if (number.exponent < -4 || number.exponent >= max_fixed_exponent) {
    out.append(text, static_cast<std::size_t>(end - text));
  } else {
    AppendFixed(number, out);
  }
}

// MySQL's my_gcvt (strings/dtoa.c): fixed notation while the point is within 15 digits of the
// first digit's place; an exponent has neither plus nor leading zeros.
void AppendMysqlNumber(Scientific number, std::string& out) {
  while (number.count > 1 && number.digits[number.count - 1] == '0') --number.count;
  if (number.exponent >= -15 && number.exponent <= 14) return AppendFixed(number, out);
  if (number.negative) out += '-';
  out += number.digits[0];
  if (number.count > 1) out += '.';
  out.append(number.digits + 1, number.count - 1);
  out += 'e';
  out += std::to_string(number.exponent);
}

}  // namespace

DecimalStatus ParseDecimal(std::string_view text, std::optional<int> scale, Decimal& out) {
  const auto number = TakeApart(text);
  if (!number) return DecimalStatus::kNotANumber;
  Scaled scaled;
  const DecimalStatus status = Scale(*number, scale, scaled);
  if (status == DecimalStatus::kOutOfRange) return status;
  out.negative = scaled.negative;
  out.precision = scaled.precision;
  out.scale = static_cast<int>(scaled.scale);
  static_assert(sizeof scaled.magnitude == sizeof out.magnitude);
  std::memcpy(out.magnitude.data(), &scaled.magnitude, sizeof scaled.magnitude);
  return status;
}

std::string FormatDecimal(const Decimal& decimal) {
  Uint128 magnitude;
  std::memcpy(&magnitude, decimal.magnitude.data(), sizeof magnitude);
  const auto count = static_cast<std::size_t>(CountDigits(magnitude));
  std::string digits(count, '0');
  for (std::size_t i = count; i > 0; --i) {
    digits[i - 1] = static_cast<char>('0' + static_cast<int>(magnitude % 10));
    magnitude /= 10;
  }
  if (decimal.scale < 0) {
    if (digits != "0") digits.append(static_cast<std::size_t>(-decimal.scale), '0');
  } else if (decimal.scale > 0) {
    const auto scale = static_cast<std::size_t>(decimal.scale);
    if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
    digits.insert(digits.size() - scale, 1, '.');
  }
  return decimal.negative ? "-" + digits : digits;
}

DecimalStatus ParseInt64(std::string_view text, std::int64_t& out) {
  bool negative;
  std::uint64_t magnitude;
  if (ParseShortInteger(text, negative, magnitude)) {
    const auto value = static_cast<std::int64_t>(magnitude);
    out = negative ? -value : value;
    return DecimalStatus::kExact;
  }
  Scaled scaled;
  const DecimalStatus status = ParseWhole(text, scaled);
  if (status != DecimalStatus::kExact && status != DecimalStatus::kFractionTruncated) return status;
  const auto limit = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) +
                     (scaled.negative ? 1 : 0);
  if (scaled.magnitude > limit) return DecimalStatus::kOutOfRange;
  const auto bits = static_cast<std::uint64_t>(scaled.magnitude);
  out = static_cast<std::int64_t>(scaled.negative ? 0 - bits : bits);
  return status;
}

DecimalStatus ParseUInt64(std::string_view text, std::uint64_t& out) {
  bool negative;
  std::uint64_t magnitude;
  if (ParseShortInteger(text, negative, magnitude) && !negative) {
    out = magnitude;
    return DecimalStatus::kExact;
  }
  Scaled scaled;
  const DecimalStatus status = ParseWhole(text, scaled);
  if (status != DecimalStatus::kExact && status != DecimalStatus::kFractionTruncated) return status;
  if (scaled.negative || scaled.magnitude > std::numeric_limits<std::uint64_t>::max()) {
    return DecimalStatus::kOutOfRange;
  }
  out = static_cast<std::uint64_t>(scaled.magnitude);
  return status;
}

DecimalStatus ParseDouble(std::string_view text, double& out) {
  text = Trim(text);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  if (text.ends_with(')')) return DecimalStatus::kNotANumber;  // C's "nan(…)"
  double value;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) {
    return DecimalStatus::kNotANumber;
  }
  if (error == std::errc::result_out_of_range) {
    // Too large, or so small that the nearest double is 0.
    const auto number = TakeApart(text);
    if (!number) return DecimalStatus::kNotANumber;
    if (number->whole_digits() > 0) return DecimalStatus::kOutOfRange;
    value = number->negative ? -0.0 : 0.0;
  }
  out = value;
  return DecimalStatus::kExact;
}

void AppendDouble(double value, std::string& out) { AppendFloating(value, 15, out); }

void AppendFloat(float value, std::string& out) { AppendFloating(value, 6, out); }

void AppendMysqlDouble(double value, std::string& out) {
  if (AppendSpecial(value, out)) return;
  char text[40];
  const char* end =
      std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  AppendMysqlNumber(ReadScientific(text, end), out);
}

void AppendMysqlFloat(float value, std::string& out) {
  constexpr int kDigits = 6;  // FLT_DIG
  if (AppendSpecial(value, out)) return;
  char text[40];
  const char* end =
      std::to_chars(text, text + sizeof text, value, std::chars_format::scientific, kDigits - 1)
          .ptr;
  AppendMysqlNumber(ReadScientific(text, end), out);
}

void AppendFixedPoint(double value, int digits, std::string& out) {
  if (AppendSpecial(value, out)) return;
  char text[512];  // 309 digits before the point of the largest double, and MySQL's 30 behind
  const char* end =
      std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, digits).ptr;
  std::string_view number(text, static_cast<std::size_t>(end - text));
  if (number.find_first_not_of("-0.") == std::string_view::npos && number.starts_with('-')) {
    number.remove_prefix(1);
  }
  out += number;
}

bool AppendShortened(double value, std::size_t room, std::string& out) {
  if (!std::isfinite(value)) return false;
  constexpr int kMostDigits = std::numeric_limits<double>::max_digits10;
  char text[40];
  for (int digits = kMostDigits; digits > 0; --digits) {
    const char* end =
        std::to_chars(text, text + sizeof text, value, std::chars_format::general, digits).ptr;
    if (end > text + room) continue;
    out.append(static_cast<const char*>(text), end);
    return true;
  }
  return false;
}

}  // namespace sluice::values
