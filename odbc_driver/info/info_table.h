#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "odbc_driver/info/get_info.h"

// The rows behind GetInfo: one per information type, with what is true for each database.

namespace sluice::driver::info {

enum class InfoKind { kString, kShort, kInteger };

struct InfoCell {
  std::uint32_t number = 0;
  std::string_view text;
};

struct InfoRow {
  SQLUSMALLINT type;
  InfoKind kind;
  InfoCell postgres;
  InfoCell mysql;
  // Not null: the answer depends on the server or the connection.
  InfoValue (*compute)(const InfoContext& context) = nullptr;
};

constexpr InfoRow Text(SQLUSMALLINT type, std::string_view postgres, std::string_view mysql) {
  return {type, InfoKind::kString, {0, postgres}, {0, mysql}};
}
constexpr InfoRow Text(SQLUSMALLINT type, std::string_view both) { return Text(type, both, both); }

constexpr InfoRow Short(SQLUSMALLINT type, std::uint32_t postgres, std::uint32_t mysql) {
  return {type, InfoKind::kShort, {postgres, {}}, {mysql, {}}};
}
constexpr InfoRow Short(SQLUSMALLINT type, std::uint32_t both) { return Short(type, both, both); }

// SQLUINTEGER: a value or a bitmask.
constexpr InfoRow Integer(SQLUSMALLINT type, std::uint32_t postgres, std::uint32_t mysql) {
  return {type, InfoKind::kInteger, {postgres, {}}, {mysql, {}}};
}
constexpr InfoRow Integer(SQLUSMALLINT type, std::uint32_t both) {
  return Integer(type, both, both);
}

constexpr InfoRow Computed(SQLUSMALLINT type, InfoKind kind,
                           InfoValue (*compute)(const InfoContext&)) {
  return {type, kind, {}, {}, compute};
}

// ##.##.####, the form that the reference demands.
std::string FormatVersion(unsigned major, unsigned minor, unsigned release);

// Grouped as the reference groups them: driver and product; data source and limits; supported SQL;
// scalar functions and conversions.
std::span<const InfoRow> DriverInfoRows();
std::span<const InfoRow> DataSourceInfoRows();
std::span<const InfoRow> SqlInfoRows();
std::span<const InfoRow> FunctionInfoRows();

}  // namespace sluice::driver::info
