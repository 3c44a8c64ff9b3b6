#include "proto/values/decimal.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace sluice::values {
namespace {

constexpr auto kExact = DecimalStatus::kExact;
constexpr auto kFractionTruncated = DecimalStatus::kFractionTruncated;
constexpr auto kOutOfRange = DecimalStatus::kOutOfRange;
constexpr auto kNotANumber = DecimalStatus::kNotANumber;

const std::string kNines38(38, '9');
const std::string kMost = "340282366920938463463374607431768211455";  // 2^128 - 1

struct DecimalCase {
  std::string text;
  std::optional<int> scale;
  DecimalStatus status;
  std::string formatted;  // of the result; "": there is none
  int result_scale = 0;
  int precision = 1;
};

class ParsedDecimal : public ::testing::TestWithParam<DecimalCase> {};

TEST_P(ParsedDecimal, HasItsDigitsAndScale) {
  const auto& c = GetParam();
  Decimal decimal{.negative = true, .precision = 77, .scale = 88};
  EXPECT_EQ(ParseDecimal(c.text, c.scale, decimal), c.status) << c.text;
  if (c.formatted.empty()) {
    EXPECT_EQ(decimal.precision, 77) << "left alone";
    return;
  }
  EXPECT_EQ(FormatDecimal(decimal), c.formatted) << c.text;
  EXPECT_EQ(decimal.scale, c.result_scale) << c.text;
  EXPECT_EQ(decimal.precision, c.precision) << c.text;
}

INSTANTIATE_TEST_SUITE_P(
    NaturalScale, ParsedDecimal,
    ::testing::Values(
        DecimalCase{"0", {}, kExact, "0", 0, 1}, DecimalCase{"-0.00", {}, kExact, "0.00", 2, 1},
        DecimalCase{"-12.340", {}, kExact, "-12.340", 3, 5},
        DecimalCase{" +7 ", {}, kExact, "7", 0, 1}, DecimalCase{".5", {}, kExact, "0.5", 1, 1},
        DecimalCase{"5.", {}, kExact, "5", 0, 1}, DecimalCase{"000.050", {}, kExact, "0.050", 3, 2},
        DecimalCase{"1e5", {}, kExact, "100000", -5, 1},
        DecimalCase{"1.25E-3", {}, kExact, "0.00125", 5, 3},
        DecimalCase{"1.25e+1", {}, kExact, "12.5", 1, 3},
        DecimalCase{kNines38, {}, kExact, kNines38, 0, 38},
        DecimalCase{"-0." + kNines38, {}, kExact, "-0." + kNines38, 38, 38},
        DecimalCase{kNines38 + ".0", {}, kExact, kNines38, 0, 38},
        DecimalCase{kNines38 + ".5", {}, kFractionTruncated, kNines38, 0, 38},
        DecimalCase{"1." + kNines38, {}, kFractionTruncated, "1." + std::string(37, '9'), 37, 38},
        DecimalCase{kNines38 + "0", {}, kOutOfRange, ""}, DecimalCase{"1e39", {}, kOutOfRange, ""},
        DecimalCase{"1e38", {}, kExact, "1" + std::string(38, '0'), -38, 1},
        DecimalCase{kMost, {}, kExact, kMost, 0, 39},
        DecimalCase{kMost + ".5", {}, kFractionTruncated, kMost, 0, 39},
        DecimalCase{"340282366920938463463374607431768211456", {}, kOutOfRange, ""},
        DecimalCase{"1e37", {}, kExact, "1" + std::string(37, '0'), -37, 1},
        DecimalCase{"1e99999999999999999999", {}, kOutOfRange, ""},
        DecimalCase{"1e-99999999999999999999",
                    {},
                    kFractionTruncated,
                    "0." + std::string(16383, '0'),
                    16383,
                    1},
        DecimalCase{"0e99999999999", {}, kExact, "0", -38, 1}));

INSTANTIATE_TEST_SUITE_P(
    WantedScale, ParsedDecimal,
    ::testing::Values(DecimalCase{"12.34", 4, kExact, "12.3400", 4, 6},
                      DecimalCase{"-12.349", 2, kFractionTruncated, "-12.34", 2, 4},
                      DecimalCase{"12.340", 2, kExact, "12.34", 2, 4},
                      DecimalCase{"0.009", 2, kFractionTruncated, "0.00", 2, 1},
                      DecimalCase{"-0.009", 2, kFractionTruncated, "0.00", 2, 1},
                      DecimalCase{"1e3", 0, kExact, "1000", 0, 4},
                      DecimalCase{"0", 3, kExact, "0.000", 3, 1},
                      DecimalCase{kNines38, 1, kOutOfRange, ""},
                      DecimalCase{kNines38.substr(1), 1, kExact, kNines38.substr(1) + ".0", 1, 38},
                      DecimalCase{"12345", -2, kFractionTruncated, "12300", -2, 3},
                      DecimalCase{"12300", -2, kExact, "12300", -2, 3}));

INSTANTIATE_TEST_SUITE_P(
    NotANumber, ParsedDecimal,
    ::testing::Values(
        DecimalCase{"", {}, kNotANumber, ""}, DecimalCase{" ", {}, kNotANumber, ""},
        DecimalCase{"-", {}, kNotANumber, ""}, DecimalCase{".", {}, kNotANumber, ""},
        DecimalCase{"NaN", {}, kNotANumber, ""}, DecimalCase{"Infinity", {}, kNotANumber, ""},
        DecimalCase{"1x", {}, kNotANumber, ""}, DecimalCase{"1 2", {}, kNotANumber, ""},
        DecimalCase{"1e", {}, kNotANumber, ""}, DecimalCase{"1e+", {}, kNotANumber, ""},
        DecimalCase{"--1", {}, kNotANumber, ""}, DecimalCase{"1.2.3", {}, kNotANumber, ""},
        DecimalCase{"0x10", {}, kNotANumber, ""}));

TEST(Decimal, KeepsTheMagnitudeLittleEndian) {
  Decimal decimal;
  ASSERT_EQ(ParseDecimal("-18446744073709551874", {}, decimal), kExact);  // 2^64 + 258
  EXPECT_TRUE(decimal.negative);
  EXPECT_EQ(decimal.magnitude,
            (std::array<std::uint8_t, 16>{2, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(Decimal, FormatsTheLargestMagnitude) {
  Decimal decimal{.negative = true, .precision = 39, .scale = 0};
  decimal.magnitude.fill(0xff);
  EXPECT_EQ(FormatDecimal(decimal), "-340282366920938463463374607431768211455");
}

TEST(Integers, AreTheWholePart) {
  struct Case {
    const char* text;
    DecimalStatus status;
    std::int64_t value;
  };
  constexpr Case kCases[] = {
      {"0", kExact, 0},
      {"-7", kExact, -7},
      {" 42 ", kExact, 42},
      {"+42", kExact, 42},
      {"12.00", kExact, 12},
      {"12.99", kFractionTruncated, 12},
      {"-12.99", kFractionTruncated, -12},
      {"-0.5", kFractionTruncated, 0},
      {"1.5e3", kExact, 1500},
      {"1e-3", kFractionTruncated, 0},
      {"999999999999999999", kExact, 999'999'999'999'999'999},
      {"9223372036854775807", kExact, std::numeric_limits<std::int64_t>::max()},
      {"9223372036854775807.9", kFractionTruncated, std::numeric_limits<std::int64_t>::max()},
      {"9223372036854775808", kOutOfRange, 77},
      {"-9223372036854775808", kExact, std::numeric_limits<std::int64_t>::min()},
      {"-9223372036854775809", kOutOfRange, 77},
      {"1e40", kOutOfRange, 77},
      {"", kNotANumber, 77},
      {"NaN", kNotANumber, 77},
      {"12a", kNotANumber, 77},
  };
  for (const auto& c : kCases) {
    std::int64_t value = 77;
    EXPECT_EQ(ParseInt64(c.text, value), c.status) << c.text;
    EXPECT_EQ(value, c.value) << c.text;
  }
}

TEST(UnsignedIntegers, AreTheWholePart) {
  struct Case {
    const char* text;
    DecimalStatus status;
    std::uint64_t value;
  };
  constexpr Case kCases[] = {
      {"0", kExact, 0},
      {"-0", kExact, 0},
      {"18446744073709551615", kExact, std::numeric_limits<std::uint64_t>::max()},
      {"18446744073709551616", kOutOfRange, 77},
      {"18446744073709551615.5", kFractionTruncated, std::numeric_limits<std::uint64_t>::max()},
      {"-1", kOutOfRange, 77},
      {"-0.9", kFractionTruncated, 0},
      {"x", kNotANumber, 77},
  };
  for (const auto& c : kCases) {
    std::uint64_t value = 77;
    EXPECT_EQ(ParseUInt64(c.text, value), c.status) << c.text;
    EXPECT_EQ(value, c.value) << c.text;
  }
}

TEST(Doubles, AreTheNearest) {
  struct Case {
    const char* text;
    DecimalStatus status;
    double value;
  };
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr Case kCases[] = {
      {"0.1", kExact, 0.1},
      {" 1.5 ", kExact, 1.5},
      {"+2", kExact, 2},
      {"-.5", kExact, -0.5},
      {"5.", kExact, 5},
      {"1e15", kExact, 1e15},
      {"1E+308", kExact, 1e308},
      {"1e309", kOutOfRange, 77},
      {"-1e309", kOutOfRange, 77},
      {"1e-400", kExact, 0},
      {"5e-324", kExact, 5e-324},
      {"Infinity", kExact, kInfinity},
      {"-infinity", kExact, -kInfinity},
      {"inf", kExact, kInfinity},
      {"9007199254740993", kExact, 9007199254740992.0},
      {"", kNotANumber, 77},
      {"x", kNotANumber, 77},
      {"1,5", kNotANumber, 77},
      {"1.5x", kNotANumber, 77},
      {"1 5", kNotANumber, 77},
      {"+-5", kNotANumber, 77},
      {"++5", kNotANumber, 77},
      {"1e", kNotANumber, 77},
      {"0x10", kNotANumber, 77},
      {"nan(1)", kNotANumber, 77},
  };
  for (const auto& c : kCases) {
    double value = 77;
    EXPECT_EQ(ParseDouble(c.text, value), c.status) << c.text;
    EXPECT_EQ(value, c.value) << c.text;
  }
  double value = 77;
  EXPECT_EQ(ParseDouble("-1e-400", value), kExact);
  EXPECT_TRUE(std::signbit(value));
  EXPECT_EQ(ParseDouble("NaN", value), kExact);
  EXPECT_TRUE(std::isnan(value));
}

std::string DoubleText(double value) {
  std::string out = ">";
  AppendDouble(value, out);
  return out.substr(1);
}

std::string FloatText(float value) {
  std::string out = ">";
  AppendFloat(value, out);
  return out.substr(1);
}

// As `SELECT …::float8` of PostgreSQL 15 prints them.
TEST(DoubleText, IsWhatPostgresPrints) {
  struct Case {
    double value;
    const char* text;
  };
  constexpr Case kCases[] = {
      {0, "0"},
      {-0.0, "-0"},
      {1, "1"},
      {-1.5, "-1.5"},
      {0.1, "0.1"},
      {0.30000000000000004, "0.30000000000000004"},
      {100, "100"},
      {123456.789, "123456.789"},
      {999999999999999, "999999999999999"},
      {1e14, "100000000000000"},
      {1e15, "1e+15"},
      {1234567890123456, "1.234567890123456e+15"},
      {0.0001, "0.0001"},
      {0.00012345, "0.00012345"},
      {0.00001, "1e-05"},
      {1.5e-7, "1.5e-07"},
      {1e100, "1e+100"},
      {-1.7976931348623157e308, "-1.7976931348623157e+308"},
      {5e-324, "5e-324"},
      {std::numeric_limits<double>::infinity(), "Infinity"},
      {-std::numeric_limits<double>::infinity(), "-Infinity"},
      {std::numeric_limits<double>::quiet_NaN(), "NaN"},
  };
  for (const auto& c : kCases) EXPECT_EQ(DoubleText(c.value), c.text);
}

TEST(FloatText, IsWhatPostgresPrints) {
  struct Case {
    float value;
    const char* text;
  };
  constexpr Case kCases[] = {
      {0.1F, "0.1"},
      {100000, "100000"},
      {999999, "999999"},
      {1e6F, "1e+06"},
      {1234567, "1.234567e+06"},
      {123456.7F, "123456.7"},
      {0.0001F, "0.0001"},
      {1e-5F, "1e-05"},
      {3.4028235e38F, "3.4028235e+38"},
      {1e-45F, "1e-45"},
      {std::numeric_limits<float>::infinity(), "Infinity"},
  };
  for (const auto& c : kCases) EXPECT_EQ(FloatText(c.value), c.text);
}

TEST(MysqlDoubleText, IsWhatMysqlPrints) {
  struct Case {
    double value;
    const char* text;
  };
  constexpr Case kCases[] = {
      {0, "0"},
      {-2.5, "-2.5"},
      {1e14, "100000000000000"},
      {1e15, "1e15"},
      {-1e20, "-1e20"},
      {123456789012345678.0, "1.2345678901234568e17"},
      {1e-5, "0.00001"},
      {1.5e-15, "0.0000000000000015"},
      {1e-16, "1e-16"},
      {1e300, "1e300"},
  };
  for (const auto& c : kCases) {
    std::string text;
    AppendMysqlDouble(c.value, text);
    EXPECT_EQ(text, c.text);
  }
}

TEST(MysqlFloatText, HasSixDigits) {
  struct Case {
    float value;
    const char* text;
  };
  constexpr Case kCases[] = {
      {0.1F, "0.1"},         {1.5F, "1.5"},          {16777217.0F, "16777200"},
      {123456.7F, "123457"}, {1e10F, "10000000000"}, {3e15F, "3e15"},
      {-3e38F, "-3e38"},     {1e6F, "1000000"},      {1.234567e-10F, "0.000000000123457"},
  };
  for (const auto& c : kCases) {
    std::string text;
    AppendMysqlFloat(c.value, text);
    EXPECT_EQ(text, c.text);
  }
}

TEST(DoubleText, ReadsBackAsTheSameValue) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 50'000; ++i) {
    const std::uint64_t bits = random();
    double value;
    std::memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    double read;
    ASSERT_EQ(ParseDouble(DoubleText(value), read), kExact);
    ASSERT_EQ(read, value) << DoubleText(value);
  }
}

}  // namespace
}  // namespace sluice::values
