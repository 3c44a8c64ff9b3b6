#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "odbc_driver/platform/odbc.h"

// UTF-8 and UTF-16. Malformed input never fails a call: each offending unit becomes U+FFFD.

namespace sluice::driver::convert {

void AppendUtf16(std::string_view utf8, std::u16string& out);
void AppendUtf8(std::u16string_view utf16, std::string& out);

// What AppendUtf16 would produce, in 16-bit units.
std::size_t Utf16Length(std::string_view utf8);

// ODBC string arguments: a length in characters or SQL_NTS. Text is cut at a NUL (some applications
// count it). A null pointer gives an empty string. Throws DriverError HY090 for a negative length.
std::string FromSqlWChar(const SQLWCHAR* text, SQLLEN length);
std::string FromSqlChar(const SQLCHAR* text, SQLLEN length);

}  // namespace sluice::driver::convert
