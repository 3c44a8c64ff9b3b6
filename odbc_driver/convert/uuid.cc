#include "odbc_driver/convert/uuid.h"

#include <cstdint>
#include <cstring>

#include "odbc_driver/convert/hex.h"

namespace sluice::driver::convert {
namespace {

std::uint32_t ReadBigEndian(const char* octets, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    value = value << 8 | static_cast<unsigned char>(octets[i]);
  }
  return value;
}

void WriteBigEndian(std::uint32_t value, std::size_t count, char* octets) {
  for (std::size_t i = count; i-- > 0; value >>= 8) octets[i] = static_cast<char>(value & 0xFF);
}

}  // namespace

SQLGUID ToGuid(const char* octets) {
  SQLGUID guid{};
  guid.Data1 = ReadBigEndian(octets, 4);
  guid.Data2 = static_cast<decltype(guid.Data2)>(ReadBigEndian(octets + 4, 2));
  guid.Data3 = static_cast<decltype(guid.Data3)>(ReadBigEndian(octets + 6, 2));
  std::memcpy(guid.Data4, octets + 8, sizeof guid.Data4);
  return guid;
}

std::array<char, kUuidOctets> FromGuid(const SQLGUID& guid) {
  std::array<char, kUuidOctets> octets{};
  WriteBigEndian(static_cast<std::uint32_t>(guid.Data1), 4, octets.data());
  WriteBigEndian(guid.Data2, 2, octets.data() + 4);
  WriteBigEndian(guid.Data3, 2, octets.data() + 6);
  std::memcpy(octets.data() + 8, guid.Data4, sizeof guid.Data4);
  return octets;
}

void AppendUuid(const char* octets, std::string& out) {
  for (std::size_t i = 0; i < kUuidOctets; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out.push_back('-');
    const auto octet = static_cast<unsigned char>(octets[i]);
    out.push_back(kUpperHexDigits[octet >> 4]);
    out.push_back(kUpperHexDigits[octet & 15]);
  }
}

std::optional<std::array<char, kUuidOctets>> ParseUuid(std::string_view text) {
  if (text.size() > 2 && text.front() == '{' && text.back() == '}') {
    text = text.substr(1, text.size() - 2);
  }
  std::array<char, kUuidOctets> octets{};
  std::size_t digits = 0;
  for (const char character : text) {
    if (character == '-') continue;
    const int value = HexValue(character);
    if (value < 0 || digits == 2 * kUuidOctets) return std::nullopt;
    char& octet = octets[digits / 2];
    octet = static_cast<char>(static_cast<unsigned char>(octet) << 4 | value);
    ++digits;
  }
  if (digits != 2 * kUuidOctets) return std::nullopt;
  return octets;
}

}  // namespace sluice::driver::convert
