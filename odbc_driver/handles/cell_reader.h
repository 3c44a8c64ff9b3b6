#pragma once

#include <vector>

#include "odbc_driver/convert/column_converter.h"
#include "odbc_driver/handles/result_set.h"

namespace sluice::driver {

// SQLGetData's arguments, the C type resolved.
struct CellTarget {
  SQLSMALLINT c_type;
  SQLPOINTER data;
  SQLLEN buffer_length;
  SQLLEN* length_or_indicator;
  SQLSMALLINT precision = 0;  // SQL_C_NUMERIC, intervals
  SQLSMALLINT scale = 0;
  bool own_scale = false;
  SQLULEN max_length = 0;  // SQL_ATTR_MAX_LENGTH
};

// SQLGetData: one cell of the current row, character and binary data in parts. Columns may be read
// in any order; turning to another column forgets how far the former had been read.
class CellReader {
 public:
  // Before the row changes.
  void Reset();

  // Reads the cell of `column` (from 0) in the row before rows.position(). SQL_NO_DATA: it had been
  // read to its end. Warnings are added to `problems`. Throws DriverError.
  SQLRETURN Read(const ResultSet& rows, std::size_t column, const CellTarget& target,
                 std::vector<convert::CellProblem>& problems);

 private:
  static constexpr std::size_t kNoColumn = static_cast<std::size_t>(-1);

  SQLRETURN ReadWhole(const ResultSet& rows, std::uint32_t row, const CellTarget& target,
                      std::vector<convert::CellProblem>& problems);
  SQLRETURN ReadPart(const ResultSet& rows, std::uint32_t row, const CellTarget& target,
                     std::vector<convert::CellProblem>& problems);

  std::size_t column_ = kNoColumn;
  bool finished_ = false;
  convert::PartReader parts_;
};

}  // namespace sluice::driver
