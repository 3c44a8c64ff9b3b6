#pragma once

#include <string>
#include <string_view>

#include "odbc_driver/platform/odbc.h"
#include "sluice/v1/session.pb.h"

// SQL_DIAG_DYNAMIC_FUNCTION and its code: which statement has run (ODBC reference, SQLGetDiagField,
// "Values of the Dynamic Function Fields").

namespace sluice::driver::info {

struct DynamicFunction {
  SQLINTEGER code = SQL_DIAG_UNKNOWN_STATEMENT;
  std::string_view name;  // empty: unknown
};

// From what the relay told, and from the first words of the text where it could not tell.
DynamicFunction DynamicFunctionOf(v1::StatementKind kind, std::string_view sql);

// The text's first word, in capital letters.
std::string VerbOf(std::string_view sql);

}  // namespace sluice::driver::info
