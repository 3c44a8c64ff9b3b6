#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "odbc_driver/convert/column_converter.h"
#include "odbc_driver/cursor/target_table.h"
#include "odbc_driver/handles/descriptor.h"
#include "odbc_driver/handles/kept_rows.h"
#include "odbc_driver/handles/large_object.h"
#include "odbc_driver/handles/result_set.h"

namespace sluice::driver {

// Where one SQLFetch puts its rows, beyond what the ARD says.
struct RowsetTarget {
  SQLULEN rows = 1;                    // at most
  SQLULEN array_size = 1;              // of row_status
  SQLULEN max_length = 0;              // SQL_ATTR_MAX_LENGTH
  bool retrieve_data = true;           // SQL_ATTR_RETRIEVE_DATA
  bool odbc2 = false;                  // whose default C types count
  bool bind_offset = true;             // SQLExtendedFetch heeds none
  SQLULEN bookmarks = SQL_UB_OFF;      // SQL_ATTR_USE_BOOKMARKS
  SQLUSMALLINT* row_status = nullptr;  // SQL_ATTR_ROW_STATUS_PTR; may be null
  LargeObjects* objects = nullptr;     // asks for those that columns name
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
  std::vector<SQLULEN> deleted;       // holes of a kept result, from 0
  std::vector<std::int64_t> numbers;  // of its rows, where holes were passed over
};

// SQL_ROW_… of a row whose problems begin with the `first` one of the outcome.
SQLUSMALLINT StatusOfProblems(const RowsetOutcome& outcome, std::size_t first);

// Moves rows from a result set to the bound buffers. Looks a converter up once per column and
// binding; it is kept until the ARD changes. Belongs to one result set. The caller holds the locks
// of the statement and of the ARD. Throws DriverError 07006, RequestFailed.
class RowsetFetcher {
 public:
  // The next rows of a result that is read once.
  RowsetOutcome Fetch(ResultSet& rows, Descriptor& ard, const RowsetTarget& target,
                      wire::Deadline deadline, CancelPoint& cancel);

  // The rows from `first` on, which exists; `result` is theirs.
  RowsetOutcome FetchKept(KeptRows& rows, std::int64_t first, const ResultSet& result,
                          Descriptor& ard, const RowsetTarget& target);

  // One row that exists and is not deleted, to the place `position` (from 0) of the buffers. Adds
  // to the outcome's problems.
  void FetchRow(const cursor::RowView& place, std::int64_t row, SQLULEN position,
                const ResultSet& result, Descriptor& ard, const RowsetTarget& target,
                RowsetOutcome& outcome);

  // Throws DriverError 07006, and HY090 for a buffer that holds no bookmark.
  void CheckBindings(const ResultSet& result, Descriptor& ard, const RowsetTarget& target) {
    Prepare(result, ard, target);
  }
  // After CheckBindings(): the bookmark of a row, to the place `position` of column 0, if it is
  // bound.
  void WriteBookmark(std::int64_t row, SQLULEN position, RowsetOutcome& outcome);

 private:
  struct Binding {
    std::size_t column;  // from 0
    convert::SourceColumn source;
    convert::ColumnConverter converter;
    convert::TargetColumn target;  // without the bind offset
  };
  struct Part {  // of a rowset: rows that lie together
    const values::BatchView& batch;
    std::uint32_t first;
    std::uint32_t count;
    std::uint32_t target_first;
    std::int64_t number;  // of the first in the result, where rows are kept
  };

  void Prepare(const ResultSet& result, Descriptor& ard, const RowsetTarget& target);
  void Rebind(const ResultSet& result, Descriptor& ard, const RowsetTarget& target);
  Binding BindingOf(const DescriptorRecord& record, const DescriptorHeader& header,
                    const convert::SourceColumn& source, SQLSMALLINT default_c_type) const;
  void Convert(const Part& part, RowsetOutcome& outcome);
  void ConvertBookmarks(const Part& part, RowsetOutcome& outcome);
  void ConvertColumn(const Binding& binding, const values::ColumnView& values, const Part& part,
                     SQLSMALLINT number, RowsetOutcome& outcome);
  void WriteStatus(const RowsetTarget& target, RowsetOutcome& outcome);

  // Whose bindings these are. Where a descriptor lay that was freed, another one may lie now.
  const Descriptor* bound_to_ = nullptr;
  SQLHANDLE bound_handle_ = nullptr;
  std::uint64_t generation_ = 0;
  SQLULEN max_length_ = 0;
  SQLLEN offset_ = 0;                // of this fetch
  LargeObjects* objects_ = nullptr;  // of this fetch
  std::vector<Binding> bindings_;
  std::optional<Binding> bookmark_;
  std::vector<convert::CellProblem> scratch_;
  std::vector<SQLUSMALLINT> statuses_;
};

}  // namespace sluice::driver
