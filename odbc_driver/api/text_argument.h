#pragma once

#include <optional>
#include <string>

#include "odbc_driver/convert/unicode.h"
#include "odbc_driver/info/sqlstate.h"
#include "odbc_driver/platform/odbc.h"

// Text arguments of both forms of a function, as UTF-8. Lengths are in characters of the form, or
// SQL_NTS. Throw DriverError HY090.

namespace sluice::driver::api {

inline std::string Text(const SQLCHAR* text, SQLLEN length) {
  return convert::FromSqlChar(text, length);
}
inline std::string Text(const SQLWCHAR* text, SQLLEN length) {
  return convert::FromSqlWChar(text, length);
}

// A null pointer is not an empty string where ODBC tells them apart (catalogue arguments).
template <typename Char>
std::optional<std::string> OptionalText(const Char* text, SQLLEN length) {
  if (text == nullptr) return std::nullopt;
  return Text(text, length);
}

// For the functions that refuse a null pointer.
template <typename Char>
std::string RequiredText(const Char* text, SQLLEN length) {
  if (text == nullptr) throw DriverError(kHY009NullPointer);
  return Text(text, length);
}

}  // namespace sluice::driver::api
