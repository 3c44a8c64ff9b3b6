#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "proto/values/datetime.h"
#include "proto/values/decimal.h"
#include "relay_server/backend/backend.h"
#include "relay_server/backend/postgres/decode.h"

namespace sluice::relay::backend::postgres {
namespace {

[[noreturn]] void ThrowUnreadable(std::string_view text) {
  throw BackendError("08P01", 1,
                     "the server sent a value that does not fit its type: " + std::string(text));
}

template <typename Integer, typename Stored = Integer>
void AppendInteger(const char* data, std::size_t length, values::ColumnBuilder& column) {
  Integer value{};
  const auto [end, error] = std::from_chars(data, data + length, value);
  if (error != std::errc() || end != data + length) ThrowUnreadable({data, length});
  column.AppendFixed(static_cast<Stored>(value));
}

template <typename Value>
Value Require(const std::optional<Value>& value, std::string_view text) {
  if (!value) ThrowUnreadable(text);
  return *value;
}

double ParseFloatingPoint(std::string_view text) {
  double value = 0;
  if (values::ParseDouble(text, value) != values::DecimalStatus::kExact) ThrowUnreadable(text);
  return value;
}

// The value of a hexadecimal digit, or -1.
int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

int HexOctet(const char* digits, std::string_view whole) {
  const int high = HexDigit(digits[0]);
  const int low = HexDigit(digits[1]);
  if (high < 0 || low < 0) ThrowUnreadable(whole);
  return high * 16 + low;
}

template <int fraction_digits>
void DecodeMoney(const char* data, std::size_t length, values::ColumnBuilder& column) {
  const std::string_view text(data, length);
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9') digits.push_back(c);
  }
  if (digits.size() <= fraction_digits) ThrowUnreadable(text);
  if (fraction_digits > 0) digits.insert(digits.size() - fraction_digits, 1, '.');
  // Locales write -1, 1- or (1).
  if (text.find_first_of("-(") != std::string_view::npos) digits.insert(0, 1, '-');
  column.AppendVariable(digits);
}

}  // namespace

Decoder MoneyDecoder(int fraction_digits) {
  constexpr std::array<Decoder, 5> kDecoders = {DecodeMoney<0>, DecodeMoney<1>, DecodeMoney<2>,
                                                DecodeMoney<3>, DecodeMoney<4>};
  const auto index = static_cast<std::size_t>(fraction_digits);
  return index < kDecoders.size() ? kDecoders[index] : DecodeMoney<2>;
}

void DecodeTextBool(const char* data, std::size_t, values::ColumnBuilder& column) {
  column.AppendFixed(static_cast<std::uint8_t>(*data == 't'));
}

void DecodeTextInt16(const char* data, std::size_t length, values::ColumnBuilder& column) {
  AppendInteger<std::int16_t>(data, length, column);
}

void DecodeTextInt32(const char* data, std::size_t length, values::ColumnBuilder& column) {
  AppendInteger<std::int32_t>(data, length, column);
}

void DecodeTextInt64(const char* data, std::size_t length, values::ColumnBuilder& column) {
  AppendInteger<std::int64_t>(data, length, column);
}

void DecodeTextFloat(const char* data, std::size_t length, values::ColumnBuilder& column) {
  column.AppendFixed(static_cast<float>(ParseFloatingPoint({data, length})));
}

void DecodeTextDouble(const char* data, std::size_t length, values::ColumnBuilder& column) {
  column.AppendFixed(ParseFloatingPoint({data, length}));
}

void DecodeTextDate(const char* data, std::size_t length, values::ColumnBuilder& column) {
  column.AppendFixed(Require(values::ParseDate({data, length}), {data, length}));
}

void DecodeTextTime(const char* data, std::size_t length, values::ColumnBuilder& column) {
  column.AppendFixed(Require(values::ParseTime({data, length}), {data, length}));
}

void DecodeTextTimestamp(const char* data, std::size_t length, values::ColumnBuilder& column) {
  column.AppendFixed(Require(values::ParseTimestamp({data, length}), {data, length}));
}

void DecodeTextInterval(const char* data, std::size_t length, values::ColumnBuilder& column) {
  column.AppendInterval(Require(values::ParseInterval({data, length}), {data, length}));
}

void DecodeTextUuid(const char* data, std::size_t length, values::ColumnBuilder& column) {
  std::array<char, 16> octets;
  std::size_t filled = 0;
  for (std::size_t i = 0; i + 1 < length && filled < octets.size();) {
    if (data[i] == '-') {
      ++i;
      continue;
    }
    octets[filled++] = static_cast<char>(HexOctet(data + i, {data, length}));
    i += 2;
  }
  if (filled != octets.size()) ThrowUnreadable({data, length});
  column.AppendFixedBytes({octets.data(), octets.size()});
}

void DecodeTextBytea(const char* data, std::size_t length, values::ColumnBuilder& column) {
  if (length < 2 || length % 2 != 0 || data[0] != '\\' || data[1] != 'x') {
    ThrowUnreadable({data, length});
  }
  std::string& out = column.open_variable();
  for (std::size_t i = 2; i < length; i += 2) {
    out.push_back(static_cast<char>(HexOctet(data + i, {data, length})));
  }
  column.EndVariable();
}

}  // namespace sluice::relay::backend::postgres
