#pragma once

#include <memory>
#include <vector>

#include "odbc_driver/convert/column_converter.h"
#include "odbc_driver/handles/large_object.h"

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

  // A cell of the current row, which must outlive its reading in parts.
  struct Cell {
    SQLUSMALLINT column;  // as the application counts
    convert::SourceColumn source;
    const values::ColumnView& values;
    std::uint32_t row;
    LargeObjects* objects = nullptr;  // for a column of their numbers
  };
  // SQL_NO_DATA: the cell had been read to its end. Warnings are added to `problems`. Throws
  // DriverError.
  SQLRETURN Read(const Cell& cell, const CellTarget& target,
                 std::vector<convert::CellProblem>& problems);

 private:
  static constexpr int kNoColumn = -1;

  SQLRETURN ReadWhole(const Cell& cell, const CellTarget& target,
                      std::vector<convert::CellProblem>& problems);
  SQLRETURN ReadPart(const Cell& cell, const CellTarget& target,
                     std::vector<convert::CellProblem>& problems);
  SQLRETURN ReadObject(const Cell& cell, const CellTarget& target,
                       std::vector<convert::CellProblem>& problems);
  SQLRETURN ReadOctets(LargeObjects& objects, const CellTarget& target,
                       std::vector<convert::CellProblem>& problems);

  int column_ = kNoColumn;
  bool finished_ = false;
  convert::PartReader parts_;
  std::unique_ptr<LargeObjectReader> object_;
  std::uint64_t position_ = 0;  // in the object
};

}  // namespace sluice::driver
