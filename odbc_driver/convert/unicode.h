#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "odbc_driver/platform/odbc.h"

// UTF-8 and UTF-16. Malformed values never fail a call: each offending unit becomes U+FFFD.

namespace sluice::driver::convert {

void AppendUtf16(std::string_view utf8, std::u16string& out);
void AppendUtf8(std::u16string_view utf16, std::string& out);

// What AppendUtf16 would produce, in 16-bit units.
std::size_t Utf16Length(std::string_view utf8);

// For buffers of the application, which need not be aligned: UTF-16 as octets in the host's order.
struct Utf16Progress {
  std::size_t octets_read;
  std::size_t units_written;
};
// Writes as many whole characters as fit into `capacity` units at `out`.
Utf16Progress WriteUtf16(std::string_view utf8, char* out, std::size_t capacity);
void AppendUtf8FromUnits(const char* units, std::size_t count, std::string& out);
// Units before the terminating NUL.
std::size_t CountUnits(const char* units);

// The longest prefix, in octets, that is at most `limit` long and splits no character.
std::size_t Utf8Prefix(std::string_view utf8, std::size_t limit);

bool IsUtf8(std::string_view text);

// ODBC string arguments: a length in characters or SQL_NTS. Text is cut at a NUL (some applications
// count it). A null pointer gives an empty string. Throws DriverError HY090 for a negative length,
// and 22021 for octets that are not UTF-8, unless info::CallCharset() says what they stand for.
std::string FromSqlWChar(const SQLWCHAR* text, SQLLEN length);
std::string FromSqlChar(const SQLCHAR* text, SQLLEN length);

}  // namespace sluice::driver::convert
