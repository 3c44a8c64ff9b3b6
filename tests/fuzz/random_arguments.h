#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <random>
#include <vector>

#include "tests/driver/driver_library.h"

// What random calls are given: ordinary values, and often absurd ones, as an application might pass
// them; and buffers that tell when the driver wrote beyond them.

namespace sluice::tests {

inline constexpr std::size_t kArenaBytes = std::size_t{1} << 18;
inline constexpr SQLLEN kMaxBuffer = 256;
inline constexpr unsigned char kGuard = 0xA5;

// Buffers that stay for the whole run. They are apart by use, so that text which the driver writes
// is never taken for a length that the application gives.
struct Arenas {
  std::vector<char> data = std::vector<char>(kArenaBytes);
  std::vector<SQLLEN> indicators = std::vector<SQLLEN>(kArenaBytes / sizeof(SQLLEN));
  std::vector<SQLULEN> statuses = std::vector<SQLULEN>(kArenaBytes / sizeof(SQLULEN));
  SQLLEN no_offset = 0;
};

class RandomArguments {
 public:
  explicit RandomArguments(unsigned seed) : random_(seed) {}

  std::uint32_t Below(std::size_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
  bool Often() { return Below(8) != 0; }
  template <typename Value, std::size_t size>
  Value OneOf(const Value (&values)[size]) {
    return values[Below(size)];
  }
  // A live handle of these; now and then a null, foreign, unknown or freed one.
  SQLHANDLE Pick(const std::vector<SQLHANDLE>& handles) {
    if (!handles.empty() && Often()) return handles[Below(handles.size())];
    switch (Below(4)) {
      case 0:
        return nullptr;
      case 1:
        return &arenas_;  // foreign
      case 2:
        return reinterpret_cast<SQLHANDLE>(std::uintptr_t{0x51000001} + Below(4000));
      default:
        return freed_;
    }
  }
  SQLUSMALLINT Column() { return OneOf<SQLUSMALLINT>({0, 1, 1, 1, 2, 2, 3, 32767, 65535}); }
  SQLUSMALLINT BoundColumn() {
    return Below(64) == 0 ? OneOf<SQLUSMALLINT>({32767, 32768, 65535})
                          : OneOf<SQLUSMALLINT>({0, 1, 1, 2, 2, 3});
  }
  SQLSMALLINT CType() {
    return OneOf<SQLSMALLINT>({SQL_C_CHAR, SQL_C_WCHAR, SQL_C_SLONG, SQL_C_SBIGINT, SQL_C_DOUBLE,
                               SQL_C_BINARY, SQL_C_NUMERIC, SQL_C_TYPE_TIMESTAMP, SQL_C_DEFAULT,
                               SQL_ARD_TYPE, SQL_C_GUID, SQL_C_INTERVAL_DAY, 4711, -4711});
  }
  SQLSMALLINT SqlType() {
    return OneOf<SQLSMALLINT>({SQL_VARCHAR, SQL_WVARCHAR, SQL_INTEGER, SQL_NUMERIC, SQL_BINARY,
                               SQL_TYPE_TIMESTAMP, SQL_LONGVARCHAR, SQL_UNKNOWN_TYPE, 4711});
  }
  SQLPOINTER Data() { return Often() ? arenas_.data.data() + Below(64) * 2048 : nullptr; }
  SQLLEN* Indicator() { return Often() ? arenas_.indicators.data() + Below(64) * 256 : nullptr; }
  SQLLEN* InputIndicator() {
    SQLLEN* const indicator = Indicator();
    if (indicator == nullptr) return nullptr;
    for (int row = 0; row < 8; ++row) {
      indicator[row] = OneOf<SQLLEN>(
          {0, 1, 7, SQL_NTS, SQL_NULL_DATA, SQL_DATA_AT_EXEC, SQL_LEN_DATA_AT_EXEC(3), -4711});
    }
    return indicator;
  }
  SQLPOINTER Status() { return Often() ? arenas_.statuses.data() + Below(64) * 256 : nullptr; }
  SQLLEN BufferLength() { return OneOf<SQLLEN>({0, 1, 2, 7, 8, 64, kMaxBuffer, -1, -4711}); }
  SQLCHAR* Sql() {
    static const char* const texts[] = {"SELECT n",
                                        "SELECT n",
                                        "SELECT k",
                                        "SELECT ?",
                                        "UPDATE t",
                                        "INSERT ?",
                                        "DELETE FROM t WHERE CURRENT OF c",
                                        "UPDATE t SET v = ? WHERE CURRENT OF c",
                                        "nonsense",
                                        ""};
    return Text(OneOf(texts));
  }
  static SQLCHAR* Text(const char* text) {
    return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text));
  }
  SQLINTEGER TextLength() { return OneOf<SQLINTEGER>({SQL_NTS, SQL_NTS, SQL_NTS, 0, -4711}); }

  // A buffer for one call, with guard octets behind what the driver is told of.
  struct Output {
    alignas(8) std::array<unsigned char, 600> octets;
    SQLSMALLINT capacity;
  };
  Output& NewOutput(std::size_t unit = 1) {
    output_.octets.fill(kGuard);
    output_.capacity = OneOf<SQLSMALLINT>({0, 1, 2, 3, 9, 10, 11, kMaxBuffer, -1, -32768});
    capacity_octets_ =
        output_.capacity > 0 ? static_cast<std::size_t>(output_.capacity) * unit : std::size_t{0};
    return output_;
  }
  // Fixed-size values are written whatever the capacity says.
  void CheckOutput(std::size_t always = 0) {
    for (std::size_t at = std::max(capacity_octets_, always); at < output_.octets.size(); ++at) {
      if (output_.octets[at] == kGuard) continue;
      std::fprintf(stderr, "octet %zu written, capacity %zu\n", at, capacity_octets_);
      sound_ = false;
      return;
    }
  }
  SQLCHAR* Chars(Output& output) { return output.octets.data(); }
  SQLWCHAR* Wide(Output& output) { return reinterpret_cast<SQLWCHAR*>(output.octets.data()); }

  // The next foreign handle may be this one, which was freed.
  void set_freed(SQLHANDLE handle) { freed_ = handle; }
  // false: an octet behind a buffer was overwritten.
  bool sound() const { return sound_; }
  Arenas& arenas() { return arenas_; }

 private:
  std::mt19937 random_;
  Arenas arenas_;
  Output output_{};
  std::size_t capacity_octets_ = 0;
  SQLHANDLE freed_ = nullptr;
  bool sound_ = true;
};

}  // namespace sluice::tests
