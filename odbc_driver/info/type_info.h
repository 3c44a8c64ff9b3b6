#pragma once

#include <vector>

#include "odbc_driver/info/type_facts.h"
#include "odbc_driver/platform/odbc.h"
#include "sluice/v1/session.pb.h"

// What SQLGetTypeInfo answers (ODBC reference, "SQLGetTypeInfo Function"), as a result set of the
// contract's own form, so that the driver reads it like any other.

namespace sluice::driver::info {

struct TypeInfoResult {
  std::vector<v1::Column> columns;
  v1::ColumnBatch batch;
};

// `data_type` is a type code, ODBC 2's date and time codes included, or SQL_ALL_TYPES. `odbc2`
// gives ODBC 2's type codes and column names. A type that the database does not have gives no rows.
// Throws DriverError HY004 for a code that ODBC does not define.
TypeInfoResult GetTypeInfo(v1::Engine engine, SQLSMALLINT data_type, bool odbc2,
                           TypeOptions options = {});

}  // namespace sluice::driver::info
