#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "odbc_driver/info/sqlstate.h"
#include "odbc_driver/platform/odbc.h"
#include "proto/values/column_batch.h"
#include "sluice/v1/session.pb.h"

// From column batches to the application's buffers (ODBC reference, appendix D, "Converting Data
// from SQL to C Data Types"). A converter is looked up once per column and binding and then loops
// over the rows of a rowset; what can go wrong with a cell is reported, never thrown, so that one
// bad cell does not stop the others.

namespace sluice::driver::convert {

// What a converter must know of the column beyond its values.
struct SourceColumn {
  values::ValueType value_type = v1::VALUE_TYPE_UNSPECIFIED;
  v1::SqlType sql_type = v1::SQLTYPE_UNSPECIFIED;
  std::uint64_t size = 0;
  int scale = 0;
  bool is_unsigned = false;
  v1::Engine engine = v1::ENGINE_UNSPECIFIED;
  bool narrow_text = false;  // what is described as text is SQL_CHAR …, not SQL_WCHAR …
  bool is_described_as_text = false;  // whatever its SQL type
  bool true_is_minus1 = false;
  // The values are numbers of large objects, and converters are given the objects' octets.
  bool is_large_object = false;
};

inline SourceColumn SourceOf(const v1::Column& column, v1::Engine engine) {
  return {.value_type = column.value_type(),
          .sql_type = column.sql_type(),
          .size = column.size(),
          .scale = column.scale(),
          .is_unsigned = column.is_unsigned(),
          .engine = engine};
}

// Where the cells of one bound column go. Row i's value is at data + i × data_stride, and so on.
struct TargetColumn {
  SQLSMALLINT c_type = SQL_C_DEFAULT;  // never SQL_C_DEFAULT or SQL_ARD_TYPE here: already resolved
  char* data = nullptr;                // may be null: only the length is wanted
  SQLLEN buffer_length = 0;            // bytes, for character and binary C types
  std::size_t data_stride = 0;
  SQLLEN* indicator = nullptr;     // receives SQL_NULL_DATA; may be null
  SQLLEN* octet_length = nullptr;  // receives the length; usually the same address; may be null
  std::size_t indicator_stride = sizeof(SQLLEN);
  SQLSMALLINT precision = 0;  // SQL_C_NUMERIC, from the ARD
  SQLSMALLINT scale = 0;
  bool own_scale = false;  // SQL_C_NUMERIC has the value's scale, whatever `scale` says
  SQLULEN max_length = 0;  // SQL_ATTR_MAX_LENGTH; 0: none
};

// A cell that did not arrive whole. Warnings have class 01; everything else is an error of the row.
struct CellProblem {
  std::uint32_t row;  // of the target, from 0
  SqlState state;
  std::string message;  // empty: the state's meaning
};

// Converts source rows [first, first + count) to target rows [target_first, …).
using ColumnConverter = void (*)(const SourceColumn& source, const values::ColumnView& values,
                                 std::uint32_t first, std::uint32_t count,
                                 const TargetColumn& target, std::uint32_t target_first,
                                 std::vector<CellProblem>& problems);

// nullptr: appendix D has no such conversion (07006).
ColumnConverter FindConverter(const SourceColumn& source, SQLSMALLINT c_type);
// Octets read as SQL_C_CHAR or SQL_C_WCHAR are hexadecimal digits (appendix D, "SQL to C: Binary"),
// but on MySQL, whose applications know them from MariaDB Connector/ODBC as text in UTF-8.
bool AreOctetsText(const SourceColumn& source);

// Whether SQL_C_NUMERIC takes the value's scale. Until the application sets SQL_DESC_SCALE the
// reference has a scale of 0, which cuts every fraction off; psqlodbc always takes the value's, and
// its applications rely on that.
inline bool HasOwnScale(const SourceColumn& source, bool scale_given) {
  return source.engine == v1::ENGINE_POSTGRES && !scale_given;
}

// The C type that SQL_C_DEFAULT means for the column (appendix D, "Default C Data Types"). Text is
// described as SQL_W…, hence SQL_C_WCHAR, or narrow and SQL_C_CHAR; ODBC 2 knows no Unicode, no
// SQL_C_SBIGINT and no SQL_C_GUID and gets SQL_C_CHAR for them. Intervals and bit strings, which
// are described as text, are like text.
SQLSMALLINT DefaultCType(const SourceColumn& source, bool odbc2);

// SQLGetData's reading in parts of one cell as SQL_C_CHAR, SQL_C_WCHAR or SQL_C_BINARY. Keeps what
// has been read so far; the first call for a cell is made after Start().
class PartReader {
 public:
  enum class Outcome { kComplete, kTruncated, kNoMoreData, kError, kNoSuchText };

  // Prepares the cell, which is not NULL. `c_type` is one of the three. The batch must outlive the
  // reading: TEXT as SQL_C_CHAR and TEXT and BYTES as SQL_C_BINARY are delivered from its own
  // bytes.
  void Start(const SourceColumn& source, const values::ColumnView& values, std::uint32_t row,
             SQLSMALLINT c_type, SQLULEN max_length);
  bool active() const { return active_; }
  void Reset() { active_ = false; }
  SQLSMALLINT c_type() const { return c_type_; }

  // Copies as much as fits, terminated for character types, and sets *length to what was left
  // before this call. The buffer is filled to its last unit even when that splits a character:
  // applications put the parts together by the size of their buffer. Numbers and dates are read in
  // parts like text. kTruncated: more is left. kNoMoreData: the cell had been read to its end by an
  // earlier call. kError: the value has no such form (22003). kNoSuchText: the character set of the
  // application does not have all of its characters (22018).
  Outcome Read(SQLPOINTER buffer, SQLLEN buffer_length, SQLLEN* length);

 private:
  bool active_ = false;
  bool finished_ = false;
  bool failed_ = false;
  bool has_other_characters_ = false;
  SQLSMALLINT c_type_ = 0;
  std::string owned_;      // the cell as text, UTF-16 or octets, where it had to be made
  std::string_view data_;  // what is delivered: owned_ or the batch's own bytes
  std::size_t position_ = 0;
};

}  // namespace sluice::driver::convert
