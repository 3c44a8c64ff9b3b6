#include "odbc_driver/info/get_info.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "odbc_driver/info/info_table.h"
#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver::info {
namespace {

// The range for types of a driver's own (SQL_INFO_DRIVER_START). Those from X/Open begin at 10000.
constexpr SQLUSMALLINT kFirstDriverType = 1000;
constexpr SQLUSMALLINT kLastDriverType = 9999;
constexpr SQLUSMALLINT kFirstOdbc38DriverType = 0x4000;  // SQL_DRIVER_INFO_TYPE_BASE

const InfoRow* FindRow(SQLUSMALLINT type) {
  for (const auto rows :
       {DriverInfoRows(), DataSourceInfoRows(), SqlInfoRows(), FunctionInfoRows()}) {
    const auto row =
        std::find_if(rows.begin(), rows.end(), [type](const InfoRow& r) { return r.type == type; });
    if (row != rows.end()) return &*row;
  }
  return nullptr;
}

[[noreturn]] void ThrowUnknown(SQLUSMALLINT type) {
  const bool of_a_driver =
      (type >= kFirstDriverType && type <= kLastDriverType) || type >= kFirstOdbc38DriverType;
  throw DriverError(of_a_driver ? kHYC00NotImplemented : kHY096InvalidInfoType,
                    "SQLGetInfo: the driver has no information type " + std::to_string(type));
}

}  // namespace

InfoValue GetInfo(SQLUSMALLINT type, const InfoContext& context) {
  const InfoRow* row = FindRow(type);
  if (row == nullptr) ThrowUnknown(type);
  if (row->compute != nullptr) return row->compute(context);
  const bool is_postgres = context.session.server().engine() == v1::ENGINE_POSTGRES;
  const InfoCell& cell = is_postgres ? row->postgres : row->mysql;
  switch (row->kind) {
    case InfoKind::kString:
      return std::string(cell.text);
    case InfoKind::kShort:
      return static_cast<SQLUSMALLINT>(cell.number);
    case InfoKind::kInteger:
      return static_cast<SQLUINTEGER>(cell.number);
  }
  ThrowUnknown(type);
}

// As the databases' own drivers name them: MariaDB's reports "MariaDB" for its server.
std::string DbmsName(const v1::ServerFacts& server) {
  if (server.engine() == v1::ENGINE_POSTGRES) return "PostgreSQL";
  return server.is_mariadb() ? "MariaDB" : "MySQL";
}

std::string DbmsVersion(const v1::ServerFacts& server) {
  const unsigned number = server.version_number();
  return FormatVersion(number / 10000, number / 100 % 100, number % 100);
}

std::string FormatVersion(unsigned major, unsigned minor, unsigned release) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%02u.%02u.%04u", major, minor, release);
  return text.data();
}

}  // namespace sluice::driver::info
