#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "odbc_driver/info/sqlstate.h"
#include "odbc_driver/platform/odbc.h"
#include "proto/values/column_batch.h"

// From the application's buffers to parameter sets (ODBC reference, appendix D, "Converting Data
// from C to SQL Data Types").

namespace sluice::driver::convert {

// One bound parameter, as APD and IPD describe it, over all rows of the parameter set.
struct SourceParameter {
  SQLSMALLINT c_type = SQL_C_DEFAULT;  // resolved: never SQL_C_DEFAULT
  SQLSMALLINT sql_type = SQL_VARCHAR;  // concise SQL type code, as bound
  SQLULEN column_size = 0;
  SQLSMALLINT decimal_digits = 0;
  const char* data = nullptr;
  SQLLEN buffer_length = 0;
  std::size_t data_stride = 0;
  const SQLLEN* indicator = nullptr;     // SQL_NULL_DATA …; may be null
  const SQLLEN* octet_length = nullptr;  // length, SQL_NTS …; may be null: SQL_NTS for text
  std::size_t indicator_stride = sizeof(SQLLEN);
  SQLSMALLINT precision = 0;  // SQL_C_NUMERIC, from the APD
  SQLSMALLINT scale = 0;
  bool interval_has_upper_fields = false;  // see FromIntervalStruct
  bool date_drops_time = false;            // of a timestamp for SQL_TYPE_DATE; else 22008
  bool time_keeps_fraction = false;        // of a timestamp for SQL_TYPE_TIME; else 22008
  bool empty_text_is_null = false;         // of a date or timestamp
  bool numeric_heeds_precision = false;    // SQL_C_NUMERIC's own: digits before it are cut
};

// The encoding in which a parameter of these types travels. Throws DriverError 07006 when appendix
// D has no such conversion.
values::ValueType ParameterValueType(SQLSMALLINT c_type, SQLSMALLINT sql_type);
v1::SqlType ToSqlType(SQLSMALLINT sql_type);  // throws DriverError HY004

// What the application says of the length of a row's value: SQL_NTS, SQL_NULL_DATA … It need not be
// aligned: pyodbc packs its rows. 0: there is no place where it would.
SQLLEN LengthAt(const SourceParameter& source, std::size_t row);
// SQL_DATA_AT_EXEC or SQL_LEN_DATA_AT_EXEC(length).
inline bool IsDeferred(SQLLEN length) {
  return length == SQL_DATA_AT_EXEC || length <= SQL_LEN_DATA_AT_EXEC_OFFSET;
}

struct CType;
struct ParameterConversion;

// Appends values of one parameter, row after row: the conversion is chosen once. Borrows the
// source.
class ColumnAppender {
 public:
  // Throws DriverError 07006, HY003, HY004.
  explicit ColumnAppender(const SourceParameter& source);

  // Throws DriverError (22003, 22018, 22001, 22007, 22008, HY090 …).
  void Append(std::size_t row, values::ColumnBuilder& out) const;
  // A value that arrived through SQLPutData in `octets` (whole; for SQL_C_WCHAR, UTF-16).
  void AppendPutData(std::string_view octets, values::ColumnBuilder& out) const;

 private:
  void AppendOctets(std::string_view octets, values::ColumnBuilder& out) const;

  const SourceParameter& source_;
  const CType* c_type_;  // whose layout the data has
  bool from_binary_;     // SQL_C_BINARY that carries that layout
  std::size_t width_;    // of the bound C type; 0: variable
  const ParameterConversion* conversion_;
};

// The same for a single value.
void AppendParameter(const SourceParameter& source, std::size_t row, values::ColumnBuilder& out);
void AppendPutData(const SourceParameter& source, std::string_view octets,
                   values::ColumnBuilder& out);

// The C type that SQL_C_DEFAULT means for a parameter bound as this SQL type.
SQLSMALLINT DefaultParameterCType(SQLSMALLINT sql_type);

}  // namespace sluice::driver::convert
