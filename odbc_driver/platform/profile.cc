#include "odbc_driver/platform/profile.h"

#include "odbc_driver/platform/odbc.h"
// After odbc.h, which it needs.
#include <odbcinst.h>

#include <array>

namespace sluice::driver::platform {
namespace {

#ifdef _WIN32
constexpr const char* kOdbcIni = "ODBC.INI";
#else
constexpr const char* kOdbcIni = "odbc.ini";
#endif

// The installer library cuts values to 1,000 octets (INI_MAX_PROPERTY_VALUE).
constexpr std::size_t kValueSize = 4096;
constexpr std::size_t kKeyListSize = 32768;

// Never the default of a real entry: tells a missing entry from an empty one.
constexpr const char* kMissing = "\x01";

std::optional<std::string> ReadEntry(const std::string& section, const std::string& key) {
  std::array<char, kValueSize> value{};
  SQLGetPrivateProfileString(section.c_str(), key.c_str(), kMissing, value.data(),
                             static_cast<int>(value.size()), kOdbcIni);
  value.back() = '\0';
  std::string text = value.data();
  if (text == kMissing) return std::nullopt;
  return text;
}

}  // namespace

std::string ReadPrivateProfile(const std::string& section, const std::string& key,
                               const std::string& fallback) {
  return ReadEntry(section, key).value_or(fallback);
}

// Without a key the installer library lists the section's keys, each ended by NUL, the list by
// another.
std::optional<std::vector<std::string>> ListProfileKeys(const std::string& section) {
  std::vector<char> list(kKeyListSize);
  SQLGetPrivateProfileString(section.c_str(), nullptr, "", list.data(),
                             static_cast<int>(list.size() - 2), kOdbcIni);
  std::vector<std::string> keys;
  for (const char* key = list.data(); *key != '\0'; key += keys.back().size() + 1) {
    keys.emplace_back(key);
  }
  if (keys.empty()) return std::nullopt;
  return keys;
}

std::optional<std::vector<std::pair<std::string, std::string>>> ReadProfileSection(
    const std::string& section) {
  const auto keys = ListProfileKeys(section);
  if (!keys) return std::nullopt;
  std::vector<std::pair<std::string, std::string>> entries;
  for (const std::string& key : *keys) {
    entries.emplace_back(key, ReadPrivateProfile(section, key, ""));
  }
  return entries;
}

bool WriteDsn(const std::string& dsn, const std::string& driver) {
  return SQLWriteDSNToIni(dsn.c_str(), driver.c_str()) != 0;
}

bool WriteProfileEntry(const std::string& section, const std::string& key,
                       const std::string& value) {
  return SQLWritePrivateProfileString(section.c_str(), key.c_str(), value.c_str(), kOdbcIni) != 0;
}

bool RemoveDsn(const std::string& dsn) { return SQLRemoveDSNFromIni(dsn.c_str()) != 0; }

bool IsValidDsnName(const std::string& dsn) { return SQLValidDSN(dsn.c_str()) != 0; }

void PostInstallerError(unsigned code, const std::string& message) {
  SQLPostInstallerError(static_cast<DWORD>(code), message.c_str());
}

}  // namespace sluice::driver::platform
