#include "odbc_driver/convert/unicode.h"

#include <cstring>

#include "odbc_driver/info/charset.h"
#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver::convert {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr std::size_t kWord = sizeof(std::uint64_t);
constexpr std::uint64_t kHighBits = 0x8080808080808080U;

struct Decoded {
  char32_t code_point;
  std::size_t octets;
};

constexpr bool IsContinuation(unsigned char octet) { return (octet & 0xC0) == 0x80; }

// Whether `octets` code units of a sequence that starts at `text` are there and well-formed.
bool HasContinuations(const unsigned char* text, std::size_t available, std::size_t octets) {
  if (available < octets) return false;
  for (std::size_t i = 1; i < octets; ++i) {
    if (!IsContinuation(text[i])) return false;
  }
  return true;
}

// Decodes the first character. An octet that starts no well-formed sequence (overlong forms,
// surrogates and values above U+10FFFF included) becomes U+FFFD alone.
Decoded DecodeUtf8(const unsigned char* text, std::size_t available) {
  const unsigned char lead = text[0];
  if (lead < 0x80) return {lead, 1};
  if (lead >= 0xC2 && lead <= 0xDF && HasContinuations(text, available, 2)) {
    return {(char32_t{lead} & 0x1F) << 6 | (char32_t{text[1]} & 0x3F), 2};
  }
  if ((lead & 0xF0) == 0xE0 && HasContinuations(text, available, 3)) {
    const char32_t value = (char32_t{lead} & 0x0F) << 12 | (char32_t{text[1]} & 0x3F) << 6 |
                           (char32_t{text[2]} & 0x3F);
    if (value >= 0x800 && (value < 0xD800 || value > 0xDFFF)) return {value, 3};
  }
  if ((lead & 0xF8) == 0xF0 && HasContinuations(text, available, 4)) {
    const char32_t value = (char32_t{lead} & 0x07) << 18 | (char32_t{text[1]} & 0x3F) << 12 |
                           (char32_t{text[2]} & 0x3F) << 6 | (char32_t{text[3]} & 0x3F);
    if (value >= 0x10000 && value <= 0x10FFFF) return {value, 4};
  }
  return {kReplacement, 1};
}

// Eight octets at a time while they are ASCII.
bool IsAsciiWord(const unsigned char* text) {
  std::uint64_t word;
  std::memcpy(&word, text, kWord);
  return (word & kHighBits) == 0;
}

void StoreUnit(char* out, char32_t unit) {
  const auto value = static_cast<char16_t>(unit);
  std::memcpy(out, &value, sizeof value);
}

void AppendCodePoint(char32_t code_point, std::string& out) {
  if (code_point < 0x80) {
    out.push_back(static_cast<char>(code_point));
    return;
  }
  if (code_point < 0x800) {
    out.push_back(static_cast<char>(0xC0 | code_point >> 6));
  } else {
    if (code_point < 0x10000) {
      out.push_back(static_cast<char>(0xE0 | code_point >> 12));
    } else {
      out.push_back(static_cast<char>(0xF0 | code_point >> 18));
      out.push_back(static_cast<char>(0x80 | (code_point >> 12 & 0x3F)));
    }
    out.push_back(static_cast<char>(0x80 | (code_point >> 6 & 0x3F)));
  }
  out.push_back(static_cast<char>(0x80 | (code_point & 0x3F)));
}

}  // namespace

Utf16Progress WriteUtf16(std::string_view utf8, char* out, std::size_t capacity) {
  const auto* text = reinterpret_cast<const unsigned char*>(utf8.data());
  const std::size_t size = utf8.size();
  std::size_t read = 0;
  std::size_t written = 0;
  while (read < size) {
    if (size - read >= kWord && capacity - written >= kWord && IsAsciiWord(text + read)) {
      char16_t units[kWord];
      for (std::size_t i = 0; i < kWord; ++i) units[i] = text[read + i];
      std::memcpy(out + written * 2, units, sizeof units);
      read += kWord;
      written += kWord;
      continue;
    }
    const auto [code_point, octets] = DecodeUtf8(text + read, size - read);
    const std::size_t units = code_point < 0x10000 ? 1 : 2;
    if (capacity - written < units) break;
    char* const place = out + written * 2;
    if (units == 1) {
      StoreUnit(place, code_point);
    } else {
      StoreUnit(place, 0xD800 + ((code_point - 0x10000) >> 10));
      StoreUnit(place + 2, 0xDC00 + ((code_point - 0x10000) & 0x3FF));
    }
    read += octets;
    written += units;
  }
  return {read, written};
}

std::size_t Utf16Length(std::string_view utf8) {
  const auto* text = reinterpret_cast<const unsigned char*>(utf8.data());
  const std::size_t size = utf8.size();
  std::size_t read = 0;
  std::size_t units = 0;
  while (read < size) {
    if (size - read >= kWord && IsAsciiWord(text + read)) {
      read += kWord;
      units += kWord;
      continue;
    }
    const auto [code_point, octets] = DecodeUtf8(text + read, size - read);
    read += octets;
    units += code_point < 0x10000 ? 1 : 2;
  }
  return units;
}

std::size_t Utf8Prefix(std::string_view utf8, std::size_t limit) {
  if (utf8.size() <= limit) return utf8.size();
  // At most three octets back, or the text is no UTF-8 and is cut where it is.
  for (std::size_t back = 0; back <= 3 && back <= limit; ++back) {
    if (!IsContinuation(static_cast<unsigned char>(utf8[limit - back]))) return limit - back;
  }
  return limit;
}

void AppendUtf16(std::string_view utf8, std::u16string& out) {
  const std::size_t begin = out.size();
  out.resize(begin + utf8.size());  // no character has more units than octets
  const auto progress = WriteUtf16(utf8, reinterpret_cast<char*>(out.data() + begin), utf8.size());
  out.resize(begin + progress.units_written);
}

void AppendUtf8(std::u16string_view utf16, std::string& out) {
  AppendUtf8FromUnits(reinterpret_cast<const char*>(utf16.data()), utf16.size(), out);
}

void AppendUtf8FromUnits(const char* units, std::size_t count, std::string& out) {
  const auto unit_at = [units](std::size_t index) {
    char16_t unit;
    std::memcpy(&unit, units + index * 2, sizeof unit);
    return char32_t{unit};
  };
  out.reserve(out.size() + count);
  for (std::size_t i = 0; i < count; ++i) {
    const char32_t unit = unit_at(i);
    if (unit < 0xD800 || unit > 0xDFFF) {
      AppendCodePoint(unit, out);
      continue;
    }
    const char32_t next = unit < 0xDC00 && i + 1 < count ? unit_at(i + 1) : 0;
    if (next >= 0xDC00 && next <= 0xDFFF) {
      AppendCodePoint(0x10000 + ((unit - 0xD800) << 10) + (next - 0xDC00), out);
      ++i;
    } else {
      AppendCodePoint(kReplacement, out);
    }
  }
}

std::size_t CountUnits(const char* units) {
  std::size_t count = 0;
  char16_t unit;
  for (;; ++count) {
    std::memcpy(&unit, units + count * 2, sizeof unit);
    if (unit == 0) return count;
  }
}

std::string FromSqlWChar(const SQLWCHAR* text, SQLLEN length) {
  if (length < 0 && length != SQL_NTS) throw DriverError(kHY090InvalidLength);
  std::string out;
  if (text == nullptr) return out;
  std::size_t units = 0;
  while ((length == SQL_NTS || units < static_cast<std::size_t>(length)) && text[units] != 0) {
    ++units;
  }
  AppendUtf8FromUnits(reinterpret_cast<const char*>(text), units, out);
  return out;
}

bool IsUtf8(std::string_view text) {
  const auto* octets = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t read = 0;
  while (read < text.size()) {
    const std::size_t left = text.size() - read;
    if (left >= kWord && IsAsciiWord(octets + read)) {
      read += kWord;
      continue;
    }
    const Decoded decoded = DecodeUtf8(octets + read, left);
    // U+FFFD itself has three octets.
    if (decoded.code_point == kReplacement && decoded.octets == 1) return false;
    read += decoded.octets;
  }
  return true;
}

std::string FromSqlChar(const SQLCHAR* text, SQLLEN length) {
  if (length < 0 && length != SQL_NTS) throw DriverError(kHY090InvalidLength);
  if (text == nullptr) return {};
  const auto* begin = reinterpret_cast<const char*>(text);
  std::string out(begin, length == SQL_NTS ? std::strlen(begin)
                                           : strnlen(begin, static_cast<std::size_t>(length)));
  const info::Charset charset = info::CallCharset();
  if (charset != info::Charset::kUtf8) return info::ToUtf8(out, charset);
  if (!IsUtf8(out)) throw DriverError(k22021CharacterNotInRepertoire);
  return out;
}

}  // namespace sluice::driver::convert
