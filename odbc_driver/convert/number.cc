#include "odbc_driver/convert/number.h"

#include <algorithm>

namespace sluice::driver::convert {
namespace {

constexpr std::string_view kSpaces = " \t\n\v\f\r";

}  // namespace

std::string_view TrimSpaces(std::string_view text) {
  const auto begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

CellStatus ToCellStatus(values::DecimalStatus status) {
  switch (status) {
    case values::DecimalStatus::kExact:
      return CellStatus::kWhole;
    case values::DecimalStatus::kFractionTruncated:
      return CellStatus::kFractionTruncated;
    case values::DecimalStatus::kOutOfRange:
      return CellStatus::kOutOfRange;
    default:
      return CellStatus::kInvalidText;
  }
}

CellStatus FromNumberText(std::string_view text, Bit& out) {
  std::int64_t whole = 0;
  const CellStatus status = ToCellStatus(values::ParseInt64(text, whole));
  if (!HasValue(status)) return status;
  // "-0.5" has a whole part of 0 and is nevertheless less than 0.
  const bool negative_fraction = status == CellStatus::kFractionTruncated && text.front() == '-';
  if (negative_fraction || FromInteger(whole, out) != CellStatus::kWhole) {
    return CellStatus::kOutOfRange;
  }
  return status;
}

namespace {

// Without the zeros that end the fraction, which need no precision: "1.50" has two.
int SignificantDigits(values::Decimal decimal) {
  constexpr unsigned kOctet = 256;
  while (decimal.scale > 0 && decimal.precision > 1) {
    unsigned rest = 0;
    for (auto octet = decimal.magnitude.rbegin(); octet != decimal.magnitude.rend(); ++octet) {
      const unsigned part = rest * kOctet + *octet;
      *octet = static_cast<std::uint8_t>(part / 10);
      rest = part % 10;
    }
    if (rest != 0) break;
    --decimal.scale;
    --decimal.precision;
  }
  return decimal.precision;
}

// With a negative scale: whether it cuts off digits before the point, and not only a fraction.
bool LosesWholeDigits(std::string_view text, int scale) {
  values::Decimal whole;
  const auto end = text.find_first_of(".eE");
  if (end != std::string_view::npos && text[end] != '.') return false;
  return values::ParseDecimal(text.substr(0, end), scale, whole) != values::DecimalStatus::kExact;
}

// psqlodbc's answer to a whole number that 128 bits do not hold: the bits that they do (01004).
bool KeepLowBits(std::string_view text, SQL_NUMERIC_STRUCT& out) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return false;
  std::fill(std::begin(out.val), std::end(out.val), SQLCHAR{0});
  for (const char digit : text) {
    unsigned carry = static_cast<unsigned>(digit - '0');
    for (SQLCHAR& octet : out.val) {
      carry += octet * 10u;
      octet = static_cast<SQLCHAR>(carry);
      carry >>= 8;
    }
  }
  constexpr std::size_t kMost = std::numeric_limits<SQLCHAR>::max();
  out.precision = static_cast<SQLCHAR>(std::min(text.size(), kMost));
  out.scale = 0;
  out.sign = negative ? 0 : 1;
  return true;
}

// As psqlodbc counts them: 0 for 0, and all places behind the point.
int OwnPrecision(const values::Decimal& decimal) {
  const bool is_zero =
      std::ranges::all_of(decimal.magnitude, [](auto octet) { return octet == 0; });
  return std::max(is_zero ? 0 : decimal.precision, decimal.scale);
}

}  // namespace

CellStatus ToNumericStruct(std::string_view text, const TargetColumn& target,
                           SQL_NUMERIC_STRUCT& out) {
  constexpr int kMaxPrecision = 38;
  constexpr int kMaxScale = std::numeric_limits<SQLSCHAR>::max();
  values::Decimal decimal;
  auto scale = target.own_scale ? std::nullopt : std::optional<int>(target.scale);
  CellStatus status = ToCellStatus(values::ParseDecimal(text, scale, decimal));
  if (HasValue(status) && decimal.scale > kMaxScale) {
    scale = kMaxScale;
    status = ToCellStatus(values::ParseDecimal(text, scale, decimal));
  }
  const bool own_precision = target.own_scale && target.precision <= 0;
  if (status == CellStatus::kOutOfRange && own_precision && KeepLowBits(text, out)) {
    return CellStatus::kStringTruncated;
  }
  if (!HasValue(status)) return status;
  if (scale.value_or(0) < 0 && LosesWholeDigits(text, *scale)) return CellStatus::kOutOfRange;
  // Unless the application asked for a precision, the value's own digits are one, as with psqlodbc:
  // the structure holds up to 39.
  const int precision = own_precision          ? OwnPrecision(decimal)
                        : target.precision > 0 ? std::min<int>(target.precision, kMaxPrecision)
                                               : kMaxPrecision;
  if (!own_precision && SignificantDigits(decimal) > precision) return CellStatus::kOutOfRange;
  out.precision = static_cast<SQLCHAR>(precision);
  out.scale = static_cast<SQLSCHAR>(decimal.scale);
  out.sign = decimal.negative ? 0 : 1;
  std::copy(decimal.magnitude.begin(), decimal.magnitude.end(), out.val);
  return status;
}

}  // namespace sluice::driver::convert
