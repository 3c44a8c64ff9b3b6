#pragma once

#include <string_view>

#include "odbc_driver/convert/cell.h"
#include "proto/values/datetime.h"

// SQL_INTERVAL_STRUCT and the contract's Interval (months, days, microseconds).

namespace sluice::driver::convert {

// Years and months are made from the months, days to seconds from the days (of 24 hours) and
// microseconds. Lower fields that the target lacks are truncated (01S07), as is what lies below a
// month for a year-month target; months have no length in days: 22015 for a day-time target.
CellStatus ToIntervalStruct(const values::Interval& interval, const TargetColumn& target,
                            SQL_INTERVAL_STRUCT& out);

// A number to an interval of a single field: that many of its units. 22015 for more fields.
CellStatus NumberToInterval(std::string_view number, const TargetColumn& target,
                            SQL_INTERVAL_STRUCT& out);

// The other direction; `seconds_precision` is the unit of the struct's fraction, in digits. With
// `upper_fields` those above the type's leading one count, too, the days of SQL_C_INTERVAL_SECOND
// for one: psqlodbc sends them.
values::Interval FromIntervalStruct(const SQL_INTERVAL_STRUCT& interval, SQLSMALLINT c_type,
                                    int seconds_precision, bool upper_fields = false);

}  // namespace sluice::driver::convert
