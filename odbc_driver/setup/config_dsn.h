#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "odbc_driver/config/connection_string.h"

// Data sources and the driver's own entry, as administration tools and odbcinst change them through
// the installer library (ODBC reference, "ConfigDSN Function", "ConfigDriver Function"). No dialog:
// what is to be written stands in the attributes.

namespace sluice::driver::setup {

enum class DsnRequest { kAdd, kConfigure, kRemove };

// Attributes in ConfigDSN's form: "DSN=x\0Server=y\0\0". Throws DriverError for what is not
// key=value.
std::vector<config::Attribute> ParseAttributeList(const char* attributes);

// Checks every attribute as a connection would and writes the data source. Throws DriverError,
// whose text names what is wrong.
void ChangeDsn(DsnRequest request, const std::string& driver,
               const std::vector<config::Attribute>& attributes);

}  // namespace sluice::driver::setup
