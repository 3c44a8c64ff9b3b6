#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Decimal numbers of the contract travel as ASCII text ("-12.340", "NaN"). This is the exact form
// that SQL_NUMERIC_STRUCT and integers are made from, without passing through a double.

namespace sluice::values {

// sign × magnitude × 10^-scale; the magnitude has 128 bits, little-endian as in SQL_NUMERIC_STRUCT.
struct Decimal {
  bool negative = false;
  int precision = 0;  // digits of the magnitude, at least 1
  int scale = 0;      // negative after an exponent ("1e5")
  std::array<std::uint8_t, 16> magnitude{};
};

enum class DecimalStatus {
  kExact,
  kFractionTruncated,  // digits right of the point were cut to fit 38 digits or the wanted scale
  kOutOfRange,         // the whole part does not fit
  kNotANumber,         // the text is no number
};

// Reads optional spaces, sign, digits, point, digits, exponent. With `scale`, the result has
// exactly that scale. On kOutOfRange and kNotANumber `out` is left alone.
DecimalStatus ParseDecimal(std::string_view text, std::optional<int> scale, Decimal& out);

// "-12.340"; as many digits right of the point as the scale says.
std::string FormatDecimal(const Decimal& decimal);

// The whole part of the number in `text` (truncated towards zero).
DecimalStatus ParseInt64(std::string_view text, std::int64_t& out);
DecimalStatus ParseUInt64(std::string_view text, std::uint64_t& out);
// The nearest double; the whole text must be a number, NaN or Infinity (PostgreSQL's spellings, and
// "inf"). Independent of the process's locale.
DecimalStatus ParseDouble(std::string_view text, double& out);

// Shortest text that reads back as the same value, written as the servers write it: PostgreSQL's
// "1e+15", "NaN", "Infinity".
void AppendDouble(double value, std::string& out);
void AppendFloat(float value, std::string& out);
// As MySQL and MariaDB write them: without exponent while the point stands up to 15 digits from the
// number's beginning, "1e15" and "1e-16" beyond; a FLOAT has six digits.
void AppendMysqlDouble(double value, std::string& out);
void AppendMysqlFloat(float value, std::string& out);
// With so many digits behind the point, as the servers write FLOAT(M,D) and DOUBLE(M,D).
void AppendFixedPoint(double value, int digits, std::string& out);
// The nearest number that has at most `room` characters, "1.2e-07". False: it has none.
bool AppendShortened(double value, std::size_t room, std::string& out);

}  // namespace sluice::values
