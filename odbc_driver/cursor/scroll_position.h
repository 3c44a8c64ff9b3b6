#pragma once

#include <cstdint>

#include "odbc_driver/platform/odbc.h"

// Where SQLFetchScroll leads (ODBC reference, SQLFetchScroll, "Cursor Positioning Rules"). Rows
// count from 1, as the reference's do.

namespace sluice::driver::cursor {

enum class Place { kBeforeStart, kOnRowset, kAfterEnd };

// Of a block cursor.
struct ScrollPosition {
  Place place = Place::kBeforeStart;
  std::int64_t start = 0;        // CurrRowsetStart, on a rowset
  std::int64_t rowset_size = 1;  // that the last fetch used
};

struct ScrollRequest {
  SQLSMALLINT orientation;    // SQL_FETCH_…
  SQLLEN offset;              // FetchOffset
  std::int64_t rowset_size;   // RowsetSize, of this fetch
  std::int64_t bookmark = 0;  // BookmarkRow, for SQL_FETCH_BOOKMARK
};

// How far the result reaches. Asking may wait for rows, and throw what that throws.
class RowExtent {
 public:
  virtual ~RowExtent() = default;
  virtual bool Has(std::int64_t row) = 0;  // from 1
  virtual std::int64_t Count() = 0;        // LastResultRow: reads the result to its end
};

struct ScrollOutcome {
  ScrollPosition position;
  bool clipped = false;  // 01S06: the rowset asked for began before the result
};

// No other than the seven orientations of the reference. Asks for Count() only where a rule needs
// the last row.
ScrollOutcome Scroll(const ScrollPosition& from, const ScrollRequest& request, RowExtent& rows);

}  // namespace sluice::driver::cursor
