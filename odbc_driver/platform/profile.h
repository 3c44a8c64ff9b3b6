#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

// odbc.ini and odbcinst.ini (on Windows, the registry) through the ODBC installer library. All
// strings are UTF-8. The driver never links the driver manager.

namespace sluice::driver::platform {

// SQLGetPrivateProfileString on odbc.ini. `fallback` when there is no such entry.
std::string ReadPrivateProfile(const std::string& section, const std::string& key,
                               const std::string& fallback);

// The keys of a section of odbc.ini, in the file's order; nullopt: there is no such section.
std::optional<std::vector<std::string>> ListProfileKeys(const std::string& section);

// Keys and values of a section of odbc.ini; nullopt: there is no such section.
std::optional<std::vector<std::pair<std::string, std::string>>> ReadProfileSection(
    const std::string& section);

// Changes to odbc.ini for the user or system as SQLSetConfigMode says. False: refused; the
// installer's own error list (SQLInstallerError) tells why.
bool WriteDsn(const std::string& dsn, const std::string& driver);
bool WriteProfileEntry(const std::string& section, const std::string& key,
                       const std::string& value);
bool RemoveDsn(const std::string& dsn);
bool IsValidDsnName(const std::string& dsn);
// Adds to the installer's error list.
void PostInstallerError(unsigned code, const std::string& message);

}  // namespace sluice::driver::platform
