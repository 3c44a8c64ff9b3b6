#pragma once

#include <cstddef>
#include <optional>

#include "odbc_driver/platform/odbc.h"

// The C type identifiers of the ODBC reference (appendix D, "C Data Types") folded into the classes
// between which conversions differ.

namespace sluice::driver::convert {

enum class CClass : unsigned char {
  kChar,
  kWChar,
  kBinary,
  kBit,
  kInt8,
  kUInt8,
  kInt16,
  kUInt16,
  kInt32,
  kUInt32,
  kInt64,
  kUInt64,
  kFloat,
  kDouble,
  kNumeric,
  kGuid,
  kDate,
  kTime,
  kTimestamp,
  kYearMonthInterval,
  kDayTimeInterval,
};
inline constexpr std::size_t kCClassCount = static_cast<std::size_t>(CClass::kDayTimeInterval) + 1;

struct CType {
  SQLSMALLINT code;
  CClass c_class;
  std::size_t width;  // bytes of one value; 0: as many as the buffer has
};

// nullptr: not a C type (HY003).
const CType* FindCType(SQLSMALLINT code);

// The fields that an interval type has (appendix D, "Interval Data Types").
enum class IntervalField : unsigned char { kYear, kMonth, kDay, kHour, kMinute, kSecond };

struct IntervalRange {
  SQLINTERVAL kind;  // SQL_IS_…
  IntervalField leading;
  IntervalField trailing;
};

// The C and the SQL interval types have the same codes. nullptr: not an interval type.
const IntervalRange* FindIntervalRange(SQLSMALLINT code);

}  // namespace sluice::driver::convert
