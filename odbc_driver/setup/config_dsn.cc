#include "odbc_driver/setup/config_dsn.h"

#include <cstring>
#include <exception>

#include "odbc_driver/config/driver_options.h"
#include "odbc_driver/info/sqlstate.h"
#include "odbc_driver/platform/odbc.h"
#include "odbc_driver/platform/profile.h"
// After odbc.h, which it needs.
#include <odbcinst.h>

namespace sluice::driver::setup {
namespace {

// The data source's entry in odbc.ini that names the driver is the installer library's to write.
bool IsOwnEntry(const config::Attribute& attribute) {
  return config::EqualsIgnoringCase(attribute.keyword, "DSN") ||
         config::EqualsIgnoringCase(attribute.keyword, "Driver");
}

std::string RequireDsn(const std::vector<config::Attribute>& attributes) {
  const std::string dsn = config::FindAttribute(attributes, "DSN").value_or("");
  if (!dsn.empty() && platform::IsValidDsnName(dsn)) return dsn;
  throw DriverError(kHY000GeneralError, dsn.empty() ? "The keyword DSN is missing"
                                                    : "'" + dsn + "' is no name for a data source");
}

// The values must be such as a connection accepts; the data source itself is not read.
void CheckValues(const std::vector<config::Attribute>& attributes) {
  const auto no_dsn = [](const std::string&) { return std::vector<config::Attribute>{}; };
  const auto resolved = config::ResolveOptions(attributes, no_dsn);
  if (!resolved.warnings.empty()) {
    throw DriverError(kHY000GeneralError, resolved.warnings.front());
  }
}

void Check(bool written, const std::string& what) {
  if (!written) throw DriverError(kHY000GeneralError, "Cannot write " + what + " to odbc.ini");
}

}  // namespace

std::vector<config::Attribute> ParseAttributeList(const char* attributes) {
  std::vector<config::Attribute> list;
  if (attributes == nullptr) return list;
  for (const char* entry = attributes; *entry != '\0'; entry += std::strlen(entry) + 1) {
    // Some tools give one string with semicolons.
    for (config::Attribute& attribute : config::ParseConnectionString(entry)) {
      list.push_back(std::move(attribute));
    }
  }
  return list;
}

void ChangeDsn(DsnRequest request, const std::string& driver,
               const std::vector<config::Attribute>& attributes) {
  const std::string dsn = RequireDsn(attributes);
  if (request == DsnRequest::kRemove) {
    if (!platform::RemoveDsn(dsn)) {
      throw DriverError(kHY000GeneralError, "Cannot remove the data source '" + dsn + "'");
    }
    return;
  }
  CheckValues(attributes);
  if (request == DsnRequest::kAdd) {
    Check(platform::WriteDsn(dsn, driver), "the data source '" + dsn + "'");
  }
  for (const config::Attribute& attribute : attributes) {
    if (IsOwnEntry(attribute)) continue;
    const config::KeywordSpec* spec = config::FindKeyword(attribute.keyword);
    const std::string key = spec != nullptr ? std::string(spec->name) : attribute.keyword;
    Check(platform::WriteProfileEntry(dsn, key, attribute.value), key);
  }
}

}  // namespace sluice::driver::setup

namespace {

using sluice::driver::DriverError;
using sluice::driver::setup::DsnRequest;

// Nothing is thrown across the C boundary: what is wrong goes to the installer's error list.
template <typename Action>
BOOL Guarded(DWORD error_code, Action action) {
  try {
    action();
    return 1;
  } catch (const std::exception& error) {
    sluice::driver::platform::PostInstallerError(error_code, error.what());
    return 0;
  }
}

}  // namespace

extern "C" SLUICE_EXPORT BOOL INSTAPI ConfigDSN(HWND /*parent*/, WORD request, LPCSTR driver,
                                                LPCSTR attributes) {
  return Guarded(ODBC_ERROR_REQUEST_FAILED, [&] {
    if (request < ODBC_ADD_DSN || request > ODBC_REMOVE_DSN) {
      throw DriverError(sluice::driver::kHYC00NotImplemented, "ConfigDSN: no such request");
    }
    const DsnRequest kinds[] = {DsnRequest::kAdd, DsnRequest::kConfigure, DsnRequest::kRemove};
    sluice::driver::setup::ChangeDsn(kinds[request - ODBC_ADD_DSN], driver != nullptr ? driver : "",
                                     sluice::driver::setup::ParseAttributeList(attributes));
  });
}

// The package registers the driver with odbcinst; there is nothing of the driver's own to do when
// it comes and goes, and no option of the driver that ODBC_CONFIG_DRIVER could change.
extern "C" SLUICE_EXPORT BOOL INSTAPI ConfigDriver(HWND /*parent*/, WORD request, LPCSTR /*driver*/,
                                                   LPCSTR /*arguments*/, LPSTR message,
                                                   WORD message_size, WORD* message_length) {
  if (message != nullptr && message_size > 0) *message = '\0';
  if (message_length != nullptr) *message_length = 0;
  return Guarded(ODBC_ERROR_INVALID_REQUEST_TYPE, [&] {
    if (request != ODBC_INSTALL_DRIVER && request != ODBC_REMOVE_DRIVER) {
      throw DriverError(sluice::driver::kHYC00NotImplemented,
                        "ConfigDriver: the driver has no options of this kind");
    }
  });
}
