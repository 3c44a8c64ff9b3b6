#pragma once

#include "odbc_driver/config/connection_string.h"

namespace sluice::driver::config {

// Keywords that data sources have for the driver manager, or were given for a native driver, and
// that ask for nothing here: they pass without a warning.
bool IsForOthers(const Attribute& attribute);

}  // namespace sluice::driver::config
