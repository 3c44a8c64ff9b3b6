#include <cmath>
#include <limits>

#include "odbc_driver/convert/number.h"
#include "tests/unit/convert/conversion_case.h"

namespace sluice::driver::convert {
namespace {

template <typename T>
constexpr T kMin = std::numeric_limits<T>::min();
template <typename T>
constexpr T kMax = std::numeric_limits<T>::max();

// Each integer C type at, just inside and just outside its own bounds, from each source type.
template <typename T>
void CheckBounds(SQLSMALLINT c_type) {
  SCOPED_TRACE(testing::Message() << "C type " << c_type);
  const std::string low = Raw(kMin<T>);
  const std::string high = Raw(kMax<T>);
  const std::string low_text = std::to_string(kMin<T>);
  const std::string high_text = std::to_string(kMax<T>);
  const std::string one = Raw(static_cast<T>(1));
  // One beyond, as text: the last digit of no bound is 9 or 0 but that of unsigned zero.
  std::string above = high_text;
  ++above.back();
  std::string below = low_text == "0" ? "-1" : low_text;
  if (below != "-1") ++below.back();
  for (const auto text : {&Text, &Decimal}) {
    CheckConversions({{text(low_text), c_type, low},
                      {text(high_text), c_type, high},
                      {text(above), c_type, "", "22003"},
                      {text(below), c_type, "", "22003"},
                      {text(high_text + ".000"), c_type, high},
                      {text(high_text + ".9"), c_type, high, "01S07"},
                      {text("1e0"), c_type, one}});
  }
  if constexpr (sizeof(T) < 8) {
    const auto min = static_cast<std::int64_t>(kMin<T>);
    const auto max = static_cast<std::int64_t>(kMax<T>);
    CheckConversions({{Int64(min), c_type, low},
                      {Int64(max), c_type, high},
                      {Int64(min - 1), c_type, "", "22003"},
                      {Int64(max + 1), c_type, "", "22003"},
                      {UInt64(static_cast<std::uint64_t>(max)), c_type, high},
                      {UInt64(static_cast<std::uint64_t>(max) + 1), c_type, "", "22003"},
                      {Float64(static_cast<double>(min)), c_type, low},
                      {Float64(static_cast<double>(max)), c_type, high},
                      {Float64(static_cast<double>(max) + 0.5), c_type, high, "01S07"},
                      {Float64(static_cast<double>(max) + 1), c_type, "", "22003"},
                      {Float64(static_cast<double>(min) - 1), c_type, "", "22003"}});
  }
  CheckConversions({{Int16(1), c_type, one},
                    {Int32(1), c_type, one},
                    {Bool(true), c_type, one},
                    {Float32(1.5F), c_type, one, "01S07"},
                    {Float64(std::nan("")), c_type, "", "22003"},
                    {Float64(HUGE_VAL), c_type, "", "22003"},
                    {Float64(1e30), c_type, "", "22003"},
                    {Decimal("NaN"), c_type, "", "22003"},
                    {Text("NaN"), c_type, "", "22018"},
                    {Text(" 1 "), c_type, one},
                    {Text("1x"), c_type, "", "22018"},
                    {Text(""), c_type, "", "22018"}});
}

TEST(ToInteger, EachTypeHasItsOwnBounds) {
  CheckBounds<std::int8_t>(SQL_C_STINYINT);
  CheckBounds<std::int8_t>(SQL_C_TINYINT);
  CheckBounds<std::uint8_t>(SQL_C_UTINYINT);
  CheckBounds<std::int16_t>(SQL_C_SSHORT);
  CheckBounds<std::int16_t>(SQL_C_SHORT);
  CheckBounds<std::uint16_t>(SQL_C_USHORT);
  CheckBounds<std::int32_t>(SQL_C_SLONG);
  CheckBounds<std::int32_t>(SQL_C_LONG);
  CheckBounds<std::uint32_t>(SQL_C_ULONG);
  CheckBounds<std::int64_t>(SQL_C_SBIGINT);
  CheckBounds<std::uint64_t>(SQL_C_UBIGINT);
}

// 2^53 + 1 and the like are lost by any way through a double.
TEST(ToInteger, SixtyFourBitsAreExact) {
  CheckConversions({
      {Int64(9007199254740993), SQL_C_SBIGINT, Raw(std::int64_t{9007199254740993})},
      {Int64(9007199254740993), SQL_C_UBIGINT, Raw(std::uint64_t{9007199254740993})},
      {Int64(kMax<std::int64_t>), SQL_C_SBIGINT, Raw(kMax<std::int64_t>)},
      {Int64(kMin<std::int64_t>), SQL_C_SBIGINT, Raw(kMin<std::int64_t>)},
      {Int64(-1), SQL_C_UBIGINT, "", "22003"},
      {UInt64(kMax<std::uint64_t>), SQL_C_UBIGINT, Raw(kMax<std::uint64_t>)},
      {UInt64(kMax<std::uint64_t>), SQL_C_SBIGINT, "", "22003"},
      {UInt64(std::uint64_t{1} << 63), SQL_C_SBIGINT, "", "22003"},
      {Text("9007199254740993"), SQL_C_SBIGINT, Raw(std::int64_t{9007199254740993})},
      {Decimal("18446744073709551615"), SQL_C_UBIGINT, Raw(kMax<std::uint64_t>)},
      {Float64(9223372036854774784.0), SQL_C_SBIGINT, Raw(std::int64_t{9223372036854774784})},
      {Float64(9223372036854775808.0), SQL_C_SBIGINT, "", "22003"},
      {Float64(-9223372036854775808.0), SQL_C_SBIGINT, Raw(kMin<std::int64_t>)},
      {Float64(18446744073709551616.0), SQL_C_UBIGINT, "", "22003"},
  });
}

TEST(ToInteger, FractionsAreTruncatedTowardsZero) {
  CheckConversions({
      {Float64(-1.9), SQL_C_SLONG, Raw(std::int32_t{-1}), "01S07"},
      {Float64(-0.9), SQL_C_ULONG, Raw(std::uint32_t{0}), "01S07"},
      {Decimal("1234.56"), SQL_C_SSHORT, Raw(std::int16_t{1234}), "01S07"},
      {Decimal("1234.56"), SQL_C_STINYINT, "", "22003"},
      {Decimal("-128.9"), SQL_C_STINYINT, Raw(std::int8_t{-128}), "01S07"},
  });
}

// As psqlodbc reads its text; Connector/ODBC widens what the server sends.
TEST(ToFloat, ARealOfPostgreSqlIsTheDoubleNearestToItsText) {
  SourceColumn postgres;
  postgres.engine = v1::ENGINE_POSTGRES;
  SourceColumn mysql;
  mysql.engine = v1::ENGINE_MYSQL;
  CheckConversions({
      {Float32(0.1F), SQL_C_DOUBLE, Raw(0.1), "", postgres},
      {Float32(-3.4e38F), SQL_C_DOUBLE, Raw(-3.4e38), "", postgres},
      {Float32(1e-45F), SQL_C_DOUBLE, Raw(1e-45), "", postgres},
      {Float32(HUGE_VALF), SQL_C_DOUBLE, Raw(HUGE_VAL), "", postgres},
      {Float32(0.1F), SQL_C_FLOAT, Raw(0.1F), "", postgres},
      {Float32(0.1F), SQL_C_DOUBLE, Raw(double{0.1F}), "", mysql},
  });
}

TEST(ToFloat, EachSource) {
  CheckConversions({
      {Float64(0.1), SQL_C_DOUBLE, Raw(0.1)},
      {Float32(0.1F), SQL_C_FLOAT, Raw(0.1F)},
      {Float32(0.1F), SQL_C_DOUBLE, Raw(double{0.1F})},
      {Float64(0.1), SQL_C_FLOAT, Raw(0.1F)},
      {Float64(1e39), SQL_C_FLOAT, "", "22003"},
      {Float64(-1e39), SQL_C_FLOAT, "", "22003"},
      {Float64(HUGE_VAL), SQL_C_FLOAT, Raw(HUGE_VALF)},
      {Int64(-5), SQL_C_DOUBLE, Raw(-5.0)},
      {UInt64(5), SQL_C_FLOAT, Raw(5.0F)},
      {Bool(true), SQL_C_DOUBLE, Raw(1.0)},
      {Decimal("12.50"), SQL_C_DOUBLE, Raw(12.5)},
      {Decimal("1e400"), SQL_C_DOUBLE, "", "22003"},
      {Text(" -2.5e3 "), SQL_C_DOUBLE, Raw(-2500.0)},
      {Text("2,5"), SQL_C_DOUBLE, "", "22018"},
      {Text("1e39"), SQL_C_FLOAT, "", "22003"},
  });
}

TEST(ToBit, IsZeroOrOneOrSaysWhatIsWrong) {
  const std::string zero(1, '\0');
  const std::string one(1, '\1');
  CheckConversions({
      {Bool(false), SQL_C_BIT, zero},
      {Bool(true), SQL_C_BIT, one},
      {Int32(0), SQL_C_BIT, zero},
      {Int64(1), SQL_C_BIT, one},
      {Int16(2), SQL_C_BIT, "", "22003"},
      {Int16(-1), SQL_C_BIT, "", "22003"},
      {UInt64(1), SQL_C_BIT, one},
      {Float64(1), SQL_C_BIT, one},
      {Float64(0.5), SQL_C_BIT, zero, "01S07"},
      {Float64(1.5), SQL_C_BIT, one, "01S07"},
      {Float64(2), SQL_C_BIT, "", "22003"},
      {Float64(-0.5), SQL_C_BIT, "", "22003"},
      {Decimal("1.00"), SQL_C_BIT, one},
      {Decimal("0.5"), SQL_C_BIT, zero, "01S07"},
      {Decimal("-0.5"), SQL_C_BIT, "", "22003"},
      {Text("1"), SQL_C_BIT, one},
      {Text("2"), SQL_C_BIT, "", "22003"},
      {Text("yes"), SQL_C_BIT, "", "22018"},
  });
}

std::string Numeric(std::uint64_t magnitude, SQLSCHAR scale, SQLCHAR sign = 1,
                    SQLCHAR precision = 38) {
  SQL_NUMERIC_STRUCT numeric{};
  numeric.precision = precision;
  numeric.scale = scale;
  numeric.sign = sign;
  std::memcpy(numeric.val, &magnitude, sizeof magnitude);
  return Raw(numeric);
}

TEST(ToNumeric, HasTheScaleOfTheDescriptor) {
  const SourceColumn any{};
  CheckConversions({
      {Decimal("123.45"), SQL_C_NUMERIC, Numeric(12345, 2), "", any, 0, 2},
      {Decimal("-123.45"), SQL_C_NUMERIC, Numeric(12345, 2, 0), "", any, 0, 2},
      {Decimal("123.45"), SQL_C_NUMERIC, Numeric(123, 0), "01S07"},
      {Decimal("123.45"), SQL_C_NUMERIC, Numeric(1234500, 4), "", any, 0, 4},
      {Decimal("123.45"), SQL_C_NUMERIC, Numeric(12345, 2, 1, 5), "", any, 5, 2},
      {Decimal("123.45"), SQL_C_NUMERIC, "", "22003", any, 4, 2},
      {Decimal("123456789012345678901234567890123456789"), SQL_C_NUMERIC, "", "22003"},
      {Decimal("NaN"), SQL_C_NUMERIC, "", "22003"},
      {Int64(kMin<std::int64_t>), SQL_C_NUMERIC, Numeric(std::uint64_t{1} << 63, 0, 0)},
      {UInt64(kMax<std::uint64_t>), SQL_C_NUMERIC, Numeric(kMax<std::uint64_t>, 0)},
      {Bool(true), SQL_C_NUMERIC, Numeric(1, 0)},
      {Float64(0.1), SQL_C_NUMERIC, Numeric(1, 1), "", any, 0, 1},
      {Float32(0.1F), SQL_C_NUMERIC, Numeric(100, 3), "", any, 0, 3},
      {Float64(std::nan("")), SQL_C_NUMERIC, "", "22003"},
      {Text(" 7.5 "), SQL_C_NUMERIC, Numeric(75, 1), "", any, 0, 1},
      {Text("seven"), SQL_C_NUMERIC, "", "22018"},
  });
}

TEST(ToNumeric, HasTheScaleOfTheValueWhereItIsAsked) {
  TestColumn column(v1::VALUE_TYPE_DECIMAL);
  column.Text("-12.340").Text("7").Text("0.05");
  Binding binding(SQL_C_NUMERIC, sizeof(SQL_NUMERIC_STRUCT), 3);
  binding.target().own_scale = true;
  EXPECT_TRUE(ConvertAll(column, binding).empty());
  EXPECT_EQ(binding.Cell(0), Numeric(12340, 3, 0, 5));
  EXPECT_EQ(binding.Cell(1), Numeric(7, 0, 1, 1));
  EXPECT_EQ(binding.Cell(2), Numeric(5, 2, 1, 2));
}

TEST(NumberToText, IsWhatTheServerWrites) {
  CheckConversions({
      {Bool(true), SQL_C_CHAR, "1"},
      {Bool(false), SQL_C_CHAR, "0"},
      {Bool(true), SQL_C_WCHAR, Wide(u"1")},
      {Int16(-32768), SQL_C_CHAR, "-32768"},
      {Int32(2147483647), SQL_C_WCHAR, Wide(u"2147483647")},
      {Int64(kMin<std::int64_t>), SQL_C_CHAR, "-9223372036854775808"},
      {UInt64(kMax<std::uint64_t>), SQL_C_CHAR, "18446744073709551615"},
      {Float32(0.1F), SQL_C_CHAR, "0.1"},
      {Float64(0.1), SQL_C_CHAR, "0.1"},
      {Float64(1e15), SQL_C_CHAR, "1e+15"},
      {Float64(HUGE_VAL), SQL_C_WCHAR, Wide(u"Infinity")},
      {Decimal("-12.340"), SQL_C_CHAR, "-12.340"},
      {Decimal("-12.340"), SQL_C_WCHAR, Wide(u"-12.340")},
  });
}

struct CutCase {
  Value value;
  std::size_t buffer;    // characters
  std::string expected;  // empty: 22003
};

// A fraction may be cut, and a floating-point number has fewer digits (01004), nothing else: "12"
// for 1234 would be another number.
TEST(NumberToText, OnlyTheFractionIsCut) {
  const std::vector<CutCase> cases = {
      {Decimal("1234.56"), 7, "1234.5"},
      {Decimal("1234.56"), 6, "1234."},
      {Decimal("1234.56"), 5, "1234"},
      {Decimal("1234.56"), 4, ""},
      {Decimal("1234.56"), 0, ""},
      {Int32(1234), 4, ""},
      {Int32(1234), 1, ""},
      {Float64(-1.25), 5, "-1.2"},
      {Float64(1.5e300), 7, "2e+300"},
      {Float64(-1.26e300), 10, "-1.3e+300"},
      {Float64(-1.5e300), 8, "-2e+300"},
      {Float64(-1.234567e-7), 10, "-1.23e-07"},
      {Float32(-3.4028235e38F), 9, "-3.4e+38"},
      {Float64(HUGE_VAL), 5, ""},
      {Bool(true), 1, ""},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(i);
    for (const SQLSMALLINT c_type : std::vector<SQLSMALLINT>{SQL_C_CHAR, SQL_C_WCHAR}) {
      const CutCase& test = cases[i];
      const std::size_t unit = c_type == SQL_C_CHAR ? 1 : 2;
      TestColumn column(test.value.type);
      test.value.append(column);
      test.value.append(column);
      Binding binding(c_type, test.buffer * unit, 2);
      const auto problems = ConvertAll(column, binding);
      for (const std::uint32_t row : {0U, 1U}) {
        EXPECT_EQ(StateAt(problems, row), test.expected.empty() ? "22003" : "01004");
        if (test.expected.empty()) {
          EXPECT_TRUE(binding.Untouched(row));
        } else {
          std::string expected = test.expected;
          if (unit == 2) expected = Wide(std::u16string(expected.begin(), expected.end()));
          EXPECT_EQ(binding.Cell(row), expected + std::string(unit, '\0'));
        }
      }
    }
  }
}

TEST(NumberToBinary, HasTheLayoutOfTheDefaultCType) {
  CheckConversions({
      {Bool(true), SQL_C_BINARY, Raw(SQLCHAR{1})},
      {Int16(-2), SQL_C_BINARY, Raw(std::int16_t{-2})},
      {Int32(70000), SQL_C_BINARY, Raw(std::int32_t{70000})},
      {Int64(1), SQL_C_BINARY, Raw(std::int64_t{1})},
      {UInt64(kMax<std::uint64_t>), SQL_C_BINARY, Raw(kMax<std::uint64_t>)},
      {Float32(1.5F), SQL_C_BINARY, Raw(1.5F)},
      {Float64(1.5), SQL_C_BINARY, Raw(1.5)},
      {Decimal("1.50"), SQL_C_BINARY, "1.50"},
  });
}

// What carries the value is not what the application expects: the SQL type says that.
TEST(NumberToBinary, HasTheWidthOfTheSqlType) {
  SourceColumn column;
  const auto typed = [&column](v1::SqlType sql_type, bool is_unsigned) {
    column.sql_type = sql_type;
    column.is_unsigned = is_unsigned;
    return column;
  };
  CheckConversions({
      {Int16(-2), SQL_C_BINARY, Raw(std::int8_t{-2}), "", typed(v1::SQLTYPE_TINYINT, false)},
      {Int16(255), SQL_C_BINARY, Raw(std::uint8_t{255}), "", typed(v1::SQLTYPE_TINYINT, true)},
      {Int32(65535), SQL_C_BINARY, Raw(std::uint16_t{65535}), "",
       typed(v1::SQLTYPE_SMALLINT, true)},
      {Int64(kMax<std::uint32_t>), SQL_C_BINARY, Raw(kMax<std::uint32_t>), "",
       typed(v1::SQLTYPE_INTEGER, true)},
  });
}

TEST(NumberToBinary, TooSmallABufferGetsNothing) {
  for (const Value& value : {Int64(1), Decimal("12345678")}) {
    TestColumn column(value.type);
    value.append(column);
    Binding binding(SQL_C_BINARY, 7, 1);
    EXPECT_EQ(StateAt(ConvertAll(column, binding), 0), "22003");
    EXPECT_TRUE(binding.Untouched(0));
  }
}

// psqlodbc's: 0 has no digits, and what 128 bits do not hold loses its high ones.
TEST(NumericStructTest, OwnPrecisionIsThatOfPsqlodbc) {
  TargetColumn target;
  target.c_type = SQL_C_NUMERIC;
  target.own_scale = true;
  SQL_NUMERIC_STRUCT out{};
  EXPECT_EQ(ToNumericStruct("0", target, out), CellStatus::kWhole);
  EXPECT_EQ(out.precision, 0);
  EXPECT_EQ(ToNumericStruct("0.001", target, out), CellStatus::kWhole);
  EXPECT_EQ(out.precision, 3);
  EXPECT_EQ(ToNumericStruct("340282366920938463463374607431768211455", target, out),
            CellStatus::kWhole);
  EXPECT_EQ(out.precision, 39);
  for (const SQLCHAR octet : out.val) EXPECT_EQ(octet, 0xFF);
  EXPECT_EQ(ToNumericStruct("-340282366920938463463374607431768211457", target, out),
            CellStatus::kStringTruncated);
  EXPECT_EQ(out.precision, 39);
  EXPECT_EQ(out.sign, 0);
  EXPECT_EQ(out.val[0], 1);
  EXPECT_EQ(out.val[15], 0);
  EXPECT_EQ(ToNumericStruct("NaN", target, out), CellStatus::kInvalidText);
  target.own_scale = false;
  EXPECT_EQ(ToNumericStruct("340282366920938463463374607431768211457", target, out),
            CellStatus::kOutOfRange);
}

// Its scale is one octet: 1e-200 must not become 1e56.
TEST(NumericStructTest, DigitsBeyondTheLargestScaleAreCut) {
  TargetColumn target;
  target.c_type = SQL_C_NUMERIC;
  target.own_scale = true;
  SQL_NUMERIC_STRUCT out{};
  EXPECT_EQ(ToNumericStruct("15e-128", target, out), CellStatus::kFractionTruncated);
  EXPECT_EQ(out.scale, 127);
  EXPECT_EQ(out.val[0], 1);
  EXPECT_EQ(ToNumericStruct("1e-200", target, out), CellStatus::kFractionTruncated);
  EXPECT_EQ(out.scale, 127);
  EXPECT_EQ(out.val[0], 0);
  EXPECT_EQ(ToNumericStruct("15e-127", target, out), CellStatus::kWhole);
  EXPECT_EQ(out.scale, 127);
  EXPECT_EQ(out.val[0], 15);
}

}  // namespace
}  // namespace sluice::driver::convert
