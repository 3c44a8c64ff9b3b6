#pragma once

#include <array>
#include <cassert>
#include <cstring>
#include <string_view>

#include "odbc_driver/convert/c_type.h"
#include "odbc_driver/convert/parameter_converter.h"

// The table behind AppendParameter: (CClass, SqlClass) → encoding on the wire and appender. Each
// family of C types fills its rows in a file of its own.

namespace sluice::driver::convert {

// The SQL types between which conversions differ.
enum class SqlClass : unsigned char {
  kCharacter,
  kExact,    // SQL_DECIMAL, SQL_NUMERIC
  kInteger,  // SQL_TINYINT … SQL_BIGINT
  kDouble,   // SQL_FLOAT, SQL_DOUBLE
  kReal,
  kBit,
  kBinary,
  kDate,
  kTime,
  kTimestamp,
  kGuid,
  kInterval,
};
inline constexpr std::size_t kSqlClassCount = static_cast<std::size_t>(SqlClass::kInterval) + 1;

// Appends one value that is not NULL. `octets` is the application's data: of the C type's width, or
// the text or octets without terminator. Throws DriverError.
using ParameterAppender = void (*)(const SourceParameter& source, std::string_view octets,
                                   values::ColumnBuilder& out);

struct ParameterConversion {
  values::ValueType value_type = v1::VALUE_TYPE_UNSPECIFIED;
  ParameterAppender append = nullptr;  // nullptr: no such conversion (07006)
};

class ParameterTable {
 public:
  void Add(CClass from, SqlClass to, values::ValueType value_type, ParameterAppender append) {
    cells_[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)] = {value_type, append};
  }
  const ParameterConversion& Find(CClass from, SqlClass to) const {
    return cells_[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)];
  }

 private:
  std::array<std::array<ParameterConversion, kSqlClassCount>, kCClassCount> cells_{};
};

void AddTextParameters(ParameterTable& table);
void AddNumberParameters(ParameterTable& table);
void AddDatetimeParameters(ParameterTable& table);

template <typename T>
T LoadValue(std::string_view octets) {
  T value;
  assert(octets.size() >= sizeof value);
  std::memcpy(&value, octets.data(), sizeof value);
  return value;
}

}  // namespace sluice::driver::convert
