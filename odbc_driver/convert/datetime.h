#pragma once

#include <cstdint>

#include "odbc_driver/convert/cell.h"
#include "odbc_driver/platform/odbc.h"
#include "proto/values/datetime.h"

// ODBC's date and time structs and the packed values of the contract.
//
// - A fraction counts nanoseconds; the contract has microseconds.
// - PostgreSQL's infinity is 9999-12-31 (23:59:59), minus infinity 0001-01-01: the extremes that
//   applications can hold. Years before Christ are astronomical: 0 is 1 BC.
// - MySQL's zero date "0000-00-00" is NULL in a struct, as in the native drivers (text shows it). A
//   date with only its month or day zero is delivered as it is.
// - A year that does not fit SQLSMALLINT, and a time of day outside 00:00:00–24:00:00, is 22008.

namespace sluice::driver::convert {

values::Date Today();  // of the local time zone

// From the packed forms.
CellStatus ToDateStruct(std::uint32_t packed, SQL_DATE_STRUCT& out);
CellStatus ToTimeStruct(std::int64_t micros, SQL_TIME_STRUCT& out);
CellStatus ToTimestampStruct(std::uint64_t packed, SQL_TIMESTAMP_STRUCT& out);

// To the packed forms. Throw DriverError 22007 for fields that are no date or time.
std::uint32_t PackDateStruct(const SQL_DATE_STRUCT& date);
std::int64_t PackTimeStruct(const SQL_TIME_STRUCT& time);
std::uint64_t PackTimestampStruct(const SQL_TIMESTAMP_STRUCT& timestamp);

}  // namespace sluice::driver::convert
