#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "odbc_driver/convert/cell.h"
#include "odbc_driver/convert/converter_table.h"
#include "proto/values/decimal.h"

// Numbers to the numeric C types (appendix D, "SQL to C: Numeric"). Integers never pass through a
// floating-point type; every target is checked against its own bounds.

namespace sluice::driver::convert {

// SQL_C_BIT's one byte; a type of its own, or it would be converted like SQL_C_UTINYINT.
enum class Bit : SQLCHAR { kZero = 0, kOne = 1 };

template <typename Out>
concept IntegerTarget = std::integral<Out>;

// --- from an integer ---------------------------------------------------------------------------

template <IntegerTarget Out, std::integral In>
CellStatus FromInteger(In value, Out& out) {
  if (!std::in_range<Out>(value)) return CellStatus::kOutOfRange;
  out = static_cast<Out>(value);
  return CellStatus::kWhole;
}

template <std::floating_point Out, std::integral In>
CellStatus FromInteger(In value, Out& out) {
  out = static_cast<Out>(value);
  return CellStatus::kWhole;
}

template <std::integral In>
CellStatus FromInteger(In value, Bit& out) {
  if (value != 0 && value != 1) return CellStatus::kOutOfRange;
  out = static_cast<Bit>(value);
  return CellStatus::kWhole;
}

// --- from a floating-point number ----------------------------------------------------------------

template <IntegerTarget Out>
CellStatus FromDouble(double value, Out& out) {
  using Limits = std::numeric_limits<Out>;
  // 2^digits is the first whole number above the range, and exact, where max() may not be.
  const double above = std::ldexp(1.0, Limits::digits);
  const double whole = std::trunc(value);
  const bool fits = whole >= static_cast<double>(Limits::min()) && whole < above;  // NaN: neither
  if (!fits) return CellStatus::kOutOfRange;
  out = static_cast<Out>(whole);
  return whole == value ? CellStatus::kWhole : CellStatus::kFractionTruncated;
}

inline CellStatus FromDouble(double value, double& out) {
  out = value;
  return CellStatus::kWhole;
}

inline CellStatus FromDouble(double value, float& out) {
  const auto narrowed = static_cast<float>(value);
  if (std::isinf(narrowed) && !std::isinf(value)) return CellStatus::kOutOfRange;
  out = narrowed;
  return CellStatus::kWhole;
}

inline CellStatus FromDouble(double value, Bit& out) {
  if (!(value >= 0 && value < 2)) return CellStatus::kOutOfRange;
  out = value < 1 ? Bit::kZero : Bit::kOne;
  return value == 0 || value == 1 ? CellStatus::kWhole : CellStatus::kFractionTruncated;
}

// --- from the text of a number
// ---------------------------------------------------------------------

std::string_view TrimSpaces(std::string_view text);
CellStatus ToCellStatus(values::DecimalStatus status);

template <IntegerTarget Out>
CellStatus FromNumberText(std::string_view text, Out& out) {
  using Widest = std::conditional_t<std::same_as<Out, std::uint64_t>, std::uint64_t, std::int64_t>;
  Widest value = 0;
  values::DecimalStatus parsed;
  if constexpr (std::unsigned_integral<Widest>) {
    parsed = values::ParseUInt64(text, value);
  } else {
    parsed = values::ParseInt64(text, value);
  }
  const CellStatus status = ToCellStatus(parsed);
  if (!HasValue(status)) return status;
  const CellStatus range = FromInteger(value, out);
  return range == CellStatus::kWhole ? status : range;
}

template <std::floating_point Out>
CellStatus FromNumberText(std::string_view text, Out& out) {
  double value = 0;
  const CellStatus status = ToCellStatus(values::ParseDouble(text, value));
  return HasValue(status) ? FromDouble(value, out) : status;
}

CellStatus FromNumberText(std::string_view text, Bit& out);

// SQL_C_NUMERIC: the scale is the ARD's SQL_DESC_SCALE (0 unless the application set it) or, with
// `own_scale`, the value's; digits beyond it are truncated. The precision is SQL_DESC_PRECISION, or
// the value's too, or the 38 digits of SQL_NUMERIC_STRUCT. With both of its own, as with psqlodbc,
// whole numbers beyond 128 bits lose their high bits (kStringTruncated, 01004).
CellStatus ToNumericStruct(std::string_view text, const TargetColumn& target,
                           SQL_NUMERIC_STRUCT& out);

// --- what the tables are filled with -----------------------------------------------------------

// Adds a converter to each exact numeric C type; `Source` makes them with Convert(cell, out).
template <typename Source>
void AddExactNumberConverters(values::ValueType from, ConverterTable& table) {
  table.Add(from, CClass::kInt8, &ConvertFixed<std::int8_t, Source>);
  table.Add(from, CClass::kUInt8, &ConvertFixed<std::uint8_t, Source>);
  table.Add(from, CClass::kInt16, &ConvertFixed<std::int16_t, Source>);
  table.Add(from, CClass::kUInt16, &ConvertFixed<std::uint16_t, Source>);
  table.Add(from, CClass::kInt32, &ConvertFixed<std::int32_t, Source>);
  table.Add(from, CClass::kUInt32, &ConvertFixed<std::uint32_t, Source>);
  table.Add(from, CClass::kInt64, &ConvertFixed<std::int64_t, Source>);
  table.Add(from, CClass::kUInt64, &ConvertFixed<std::uint64_t, Source>);
  table.Add(from, CClass::kNumeric, &ConvertFixed<SQL_NUMERIC_STRUCT, Source>);
}

// The same for every numeric C type.
template <typename Source>
void AddNumberConverters(values::ValueType from, ConverterTable& table) {
  AddExactNumberConverters<Source>(from, table);
  table.Add(from, CClass::kBit, &ConvertFixed<Bit, Source>);
  table.Add(from, CClass::kFloat, &ConvertFixed<float, Source>);
  table.Add(from, CClass::kDouble, &ConvertFixed<double, Source>);
}

}  // namespace sluice::driver::convert
