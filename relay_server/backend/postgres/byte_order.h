#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

// Network byte order, as PostgreSQL's binary formats have it.

namespace sluice::relay::backend::postgres {

static_assert(std::endian::native == std::endian::little,
              "the contract's values are little-endian");

inline std::uint16_t SwapBytes(std::uint16_t value) { return __builtin_bswap16(value); }
inline std::uint32_t SwapBytes(std::uint32_t value) { return __builtin_bswap32(value); }
inline std::uint64_t SwapBytes(std::uint64_t value) { return __builtin_bswap64(value); }

template <typename Unsigned>
Unsigned LoadBigEndian(const char* data) {
  Unsigned value;
  std::memcpy(&value, data, sizeof value);
  return SwapBytes(value);
}

template <typename Unsigned>
void StoreBigEndian(char* data, Unsigned value) {
  value = SwapBytes(value);
  std::memcpy(data, &value, sizeof value);
}

// 2000-01-01, where the server's dates and timestamps begin, in days after 1970-01-01.
inline constexpr std::int64_t kEpochDays = 10'957;

}  // namespace sluice::relay::backend::postgres
