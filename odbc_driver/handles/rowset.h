#pragma once

#include <cstdint>
#include <vector>

#include "odbc_driver/convert/column_converter.h"
#include "odbc_driver/handles/descriptor.h"
#include "odbc_driver/handles/result_set.h"

namespace sluice::driver {

// Where one SQLFetch puts its rows, beyond what the ARD says.
struct RowsetTarget {
  SQLULEN rows = 1;                    // at most
  SQLULEN array_size = 1;              // of row_status
  SQLULEN max_length = 0;              // SQL_ATTR_MAX_LENGTH
  bool retrieve_data = true;           // SQL_ATTR_RETRIEVE_DATA
  SQLUSMALLINT* row_status = nullptr;  // SQL_ATTR_ROW_STATUS_PTR; may be null
};

// What one SQLFetch did.
struct RowsetOutcome {
  SQLULEN rows = 0;  // fetched, rows in error included
  SQLULEN rows_in_error = 0;
  struct Problem {
    convert::CellProblem cell;
    SQLSMALLINT column;  // from 1
  };
  std::vector<Problem> problems;
};

// Moves rows from a result set to the bound buffers. Looks a converter up once per column and
// binding; it is kept until the ARD changes. Belongs to one result set. The caller holds the locks
// of the statement and of the ARD.
class RowsetFetcher {
 public:
  // Throws DriverError 07006, RequestFailed.
  RowsetOutcome Fetch(ResultSet& rows, Descriptor& ard, const RowsetTarget& target, bool odbc2,
                      wire::Deadline deadline, CancelPoint& cancel);

 private:
  struct Binding {
    std::size_t column;  // from 0
    convert::ColumnConverter converter;
    convert::TargetColumn target;  // without the bind offset
  };

  void Rebind(const ResultSet& rows, Descriptor& ard, bool odbc2);
  void Convert(const ResultSet& rows, std::uint32_t count, std::uint32_t target_first,
               std::size_t offset, RowsetOutcome& outcome);

  const Descriptor* bound_to_ = nullptr;
  std::uint64_t generation_ = 0;
  SQLULEN max_length_ = 0;
  std::vector<Binding> bindings_;
  std::vector<convert::CellProblem> scratch_;
};

}  // namespace sluice::driver
