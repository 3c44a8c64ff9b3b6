#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "odbc_driver/convert/c_type.h"
#include "tests/unit/convert/bindings.h"

// Tables of (value, C type, what the application must find), each checked over rowsets.

namespace sluice::driver::convert {

// A value that can be appended to a column of its type.
struct Value {
  values::ValueType type;
  std::function<void(TestColumn&)> append;
};

template <typename T>
Value FixedValue(values::ValueType type, T value) {
  return {type, [value](TestColumn& column) { column.Fixed(value); }};
}
inline Value Bool(bool value) {
  return FixedValue(v1::VALUE_TYPE_BOOL, static_cast<std::uint8_t>(value));
}
inline Value Int16(std::int16_t value) { return FixedValue(v1::VALUE_TYPE_INT16, value); }
inline Value Int32(std::int32_t value) { return FixedValue(v1::VALUE_TYPE_INT32, value); }
inline Value Int64(std::int64_t value) { return FixedValue(v1::VALUE_TYPE_INT64, value); }
inline Value UInt64(std::uint64_t value) { return FixedValue(v1::VALUE_TYPE_UINT64, value); }
inline Value Float32(float value) { return FixedValue(v1::VALUE_TYPE_FLOAT32, value); }
inline Value Float64(double value) { return FixedValue(v1::VALUE_TYPE_FLOAT64, value); }
inline Value DateValue(int year, int month, int day) {
  return FixedValue(v1::VALUE_TYPE_DATE, values::PackDate({year, month, day}));
}
inline Value TimeValue(std::int64_t micros) { return FixedValue(v1::VALUE_TYPE_TIME, micros); }
inline Value TimestampValue(const values::Date& date, std::int64_t micros) {
  return FixedValue(v1::VALUE_TYPE_TIMESTAMP, values::PackTimestamp({date, micros}));
}
inline Value IntervalValue(std::int32_t months, std::int32_t days, std::int64_t micros) {
  return {v1::VALUE_TYPE_INTERVAL, [=](TestColumn& column) {
            column.Interval({months, days, micros});
          }};
}
inline Value Uuid(const std::string& octets) {
  return {v1::VALUE_TYPE_UUID, [octets](TestColumn& column) { column.Octets(octets); }};
}
inline Value Variable(values::ValueType type, const std::string& text) {
  return {type, [text](TestColumn& column) { column.Text(text); }};
}
inline Value Decimal(const std::string& text) { return Variable(v1::VALUE_TYPE_DECIMAL, text); }
inline Value Text(const std::string& text) { return Variable(v1::VALUE_TYPE_TEXT, text); }
inline Value Bytes(const std::string& octets) { return Variable(v1::VALUE_TYPE_BYTES, octets); }

// Microseconds of the day.
constexpr std::int64_t Clock(int hour, int minute, int second, int micros = 0) {
  return (std::int64_t{hour} * 3600 + minute * 60 + second) * 1'000'000 + micros;
}

// The octets of a C value.
template <typename T>
std::string Raw(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}
inline std::string Wide(std::u16string_view text) {
  return {reinterpret_cast<const char*>(text.data()), text.size() * 2};
}

struct ConversionCase {
  Value value;
  SQLSMALLINT c_type;
  std::string expected;       // what the cell holds, without terminator; ignored for an error
  std::string state = {};     // SQLSTATE of the problem; empty: none
  SourceColumn source = {};   // beyond the type
  SQLSMALLINT precision = 0;  // of the target
  SQLSMALLINT scale = 0;
};

inline std::size_t TerminatorOf(SQLSMALLINT c_type) {
  if (c_type == SQL_C_CHAR) return 1;
  return c_type == SQL_C_WCHAR ? 2 : 0;
}

// Rows: value, NULL, value; bound to cells of exactly the right size.
inline void CheckConversion(const ConversionCase& test, Layout layout) {
  TestColumn column(test.value.type);
  test.value.append(column);
  column.Null();
  test.value.append(column);
  column.source() = test.source;
  column.source().value_type = test.value.type;

  const bool delivered = test.state.empty() || test.state.starts_with("01");
  const std::size_t terminator = TerminatorOf(test.c_type);
  const std::size_t width = FindCType(test.c_type)->width;
  Binding binding(test.c_type, width != 0 ? width : test.expected.size() + terminator, 3, layout);
  binding.target().precision = test.precision;
  binding.target().scale = test.scale;
  // A C type of fixed width has no use for the buffer's length.
  if (width != 0 && test.c_type != SQL_C_BINARY) binding.target().buffer_length = 0;

  const auto problems = ConvertAll(column, binding);
  for (const std::uint32_t row : {0U, 2U}) {
    EXPECT_EQ(StateAt(problems, row), test.state);
    if (delivered) {
      EXPECT_EQ(binding.Cell(row), test.expected + std::string(terminator, '\0'));
      EXPECT_EQ(binding.Indicator(row), static_cast<SQLLEN>(test.expected.size()));
    } else {
      EXPECT_TRUE(binding.Untouched(row));
      EXPECT_EQ(binding.Indicator(row), Binding::kUntouched);
    }
  }
  EXPECT_EQ(StateAt(problems, 1), "");
  EXPECT_EQ(binding.Indicator(1), SQL_NULL_DATA);
  EXPECT_TRUE(binding.Untouched(1));
}

inline void CheckConversions(const std::vector<ConversionCase>& cases) {
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE("case " + std::to_string(i) + " to C type " + std::to_string(cases[i].c_type));
    CheckConversion(cases[i], Layout::kColumnWise);
    CheckConversion(cases[i], Layout::kRowWise);
  }
}

}  // namespace sluice::driver::convert
