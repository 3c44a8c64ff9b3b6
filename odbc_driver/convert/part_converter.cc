#include "odbc_driver/convert/part_converter.h"

#include <cstring>

#include "odbc_driver/convert/c_type.h"
#include "odbc_driver/convert/hex.h"
#include "odbc_driver/convert/parameter_converter.h"
#include "odbc_driver/convert/unicode.h"
#include "odbc_driver/info/charset.h"

namespace sluice::driver::convert {
namespace {

constexpr std::size_t kUnit = sizeof(SQLWCHAR);

bool IsHighSurrogate(const char* unit) {
  char16_t value;
  std::memcpy(&value, unit, sizeof value);
  return value >= 0xD800 && value <= 0xDBFF;
}

bool IsText(v1::SqlType type) {
  return type == v1::SQLTYPE_CHAR || type == v1::SQLTYPE_VARCHAR || type == v1::SQLTYPE_LONGVARCHAR;
}

bool IsBinary(v1::SqlType type) {
  return type == v1::SQLTYPE_BINARY || type == v1::SQLTYPE_VARBINARY ||
         type == v1::SQLTYPE_LONGVARBINARY;
}

}  // namespace

std::unique_ptr<PartConverter> PartConverter::For(SQLSMALLINT c_type, SQLSMALLINT sql_type) {
  const v1::SqlType to = ToSqlType(sql_type);
  const bool from_octets = c_type == SQL_C_BINARY;
  const bool from_utf16 = c_type == SQL_C_WCHAR;
  const bool is_character = from_utf16 || c_type == SQL_C_CHAR;
  if (!(from_octets || is_character) || !(IsText(to) || IsBinary(to))) return nullptr;
  return std::unique_ptr<PartConverter>(
      new PartConverter(from_utf16, is_character && !from_utf16, is_character && IsBinary(to)));
}

void PartConverter::Convert(std::string_view octets, std::string& out) {
  if (!from_utf16_) {
    const info::Charset charset = info::CallCharset();
    const bool is_narrow = from_narrow_ && charset != info::Charset::kUtf8;
    return is_narrow ? ConvertText(info::ToUtf8(octets, charset), out) : ConvertText(octets, out);
  }
  units_.append(octets);
  std::size_t count = units_.size() / kUnit;
  // Its other half may come with the next part.
  if (count != 0 && IsHighSurrogate(units_.data() + (count - 1) * kUnit)) --count;
  ConvertUnits(count, out);
}

// An octet alone is no unit, and a digit alone no octet: they are not converted.
void PartConverter::Finish(std::string& out) {
  ConvertUnits(units_.size() / kUnit, out);
  units_.clear();
  odd_digit_.clear();
}

void PartConverter::ConvertUnits(std::size_t count, std::string& out) {
  std::string text;
  AppendUtf8FromUnits(units_.data(), count, text);
  units_.erase(0, count * kUnit);
  ConvertText(text, out);
}

void PartConverter::ConvertText(std::string_view text, std::string& out) {
  if (!to_bytes_) {
    out.append(text);
    return;
  }
  for (const char digit : text) {
    if (HexValue(digit) < 0) throw DriverError(k22018InvalidCharacterValue);
    if (odd_digit_.empty()) {
      odd_digit_.push_back(digit);
      continue;
    }
    out.push_back(static_cast<char>(HexValue(odd_digit_.front()) << 4 | HexValue(digit)));
    odd_digit_.clear();
  }
}

}  // namespace sluice::driver::convert
