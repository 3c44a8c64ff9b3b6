#pragma once

#include "odbc_driver/platform/odbc.h"
#include "sluice/v1/session.pb.h"

// SQL_TXN_… bits and the contract's isolation levels.

namespace sluice::driver {

v1::IsolationLevel IsolationLevelOf(SQLUINTEGER bit);  // throws DriverError HY024
SQLUINTEGER IsolationBitOf(v1::IsolationLevel level);

}  // namespace sluice::driver
