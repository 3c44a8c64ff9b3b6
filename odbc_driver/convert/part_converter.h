#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "odbc_driver/platform/odbc.h"

namespace sluice::driver::convert {

// A value that SQLPutData brings in parts, converted as it comes: the parts may split characters
// and digits. The result is what AppendPutData makes of the whole.
class PartConverter {
 public:
  // nullptr: a value of these types must be whole to be converted.
  static std::unique_ptr<PartConverter> For(SQLSMALLINT c_type, SQLSMALLINT sql_type);

  // Appends what `octets` complete. Throws DriverError 22018.
  void Convert(std::string_view octets, std::string& out);
  // After the last part: appends what is left of it.
  void Finish(std::string& out);

 private:
  PartConverter(bool from_utf16, bool from_narrow, bool to_bytes)
      : from_utf16_(from_utf16), from_narrow_(from_narrow), to_bytes_(to_bytes) {}
  void ConvertUnits(std::size_t count, std::string& out);
  void ConvertText(std::string_view text, std::string& out);

  const bool from_utf16_;
  const bool from_narrow_;  // SQL_C_CHAR
  const bool to_bytes_;     // from hexadecimal digits
  std::string units_;       // octets of UTF-16 that have not been converted
  std::string odd_digit_;   // the first of two digits, or empty
};

}  // namespace sluice::driver::convert
