#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "odbc_driver/platform/odbc.h"

// Values of attributes and fields, whose type depends on which one is meant. The alternatives are
// the widths that the ODBC reference gives them.

namespace sluice::driver {

using FieldValue = std::variant<SQLSMALLINT, SQLUSMALLINT, SQLINTEGER, SQLUINTEGER, SQLLEN, SQLULEN,
                                SQLPOINTER, std::string>;

// The value argument of SQLSet…Attr and SQLSetDescField: an integer in the pointer itself, a
// pointer to keep, or text.
class FieldInput {
 public:
  FieldInput(SQLPOINTER value, SQLINTEGER length, bool wide)
      : value_(value), length_(length), wide_(wide) {}

  SQLPOINTER pointer() const { return value_; }
  SQLLEN integer() const { return reinterpret_cast<SQLLEN>(value_); }
  SQLULEN unsigned_integer() const { return reinterpret_cast<SQLULEN>(value_); }
  // 32 bits: applications pass an SQLUINTEGER cast to a pointer, sometimes with a sign.
  SQLUINTEGER uint32() const { return static_cast<SQLUINTEGER>(unsigned_integer()); }
  SQLSMALLINT int16() const { return static_cast<SQLSMALLINT>(integer()); }
  // UTF-8. The length is in bytes, for the W functions too. Throws DriverError HY090.
  std::string text() const;

 private:
  SQLPOINTER value_;
  SQLINTEGER length_;
  bool wide_;
};

}  // namespace sluice::driver
