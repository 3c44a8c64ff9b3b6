#pragma once

#include <cstdint>

#include "odbc_driver/convert/column_converter.h"
#include "odbc_driver/handles/descriptor.h"
#include "proto/values/column_batch.h"

// Bookmarks (ODBC reference, "Bookmarks"): the row's number in the result, from 1, in eight octets
// (little-endian). Good for as long as the cursor is open, whatever is scrolled, changed, deleted,
// committed or rolled back. SQL_UB_VARIABLE shows them as octets, SQL_UB_FIXED of ODBC 2 as a
// number.

namespace sluice::driver {

inline constexpr SQLLEN kBookmarkOctets = 8;

// As the IRD describes column 0.
DescriptorRecord BookmarkRecord(SQLULEN use_bookmarks);

// The C type that SQL_C_DEFAULT means for column 0.
SQLSMALLINT DefaultBookmarkCType(SQLULEN use_bookmarks);

// Column 0 over consecutive rows, in the form that suits the C type that it is wanted as.
class BookmarkColumn {
 public:
  BookmarkColumn(SQLSMALLINT c_type, std::int64_t first, std::uint32_t count);
  BookmarkColumn(const BookmarkColumn&) = delete;
  BookmarkColumn& operator=(const BookmarkColumn&) = delete;

  static convert::SourceColumn SourceFor(SQLSMALLINT c_type);
  const values::ColumnView& view() const { return view_; }
  // Whether it is in the form for this C type.
  bool Suits(SQLSMALLINT c_type) const { return view_.type() == SourceFor(c_type).value_type; }

 private:
  v1::ColumnData data_;
  values::ColumnView view_;
};

// The row that a bookmark in the application's memory names; 0 for a null pointer. A fixed bookmark
// may lie in four octets (SQL_C_ULONG) or eight (SQL_C_UBIGINT).
std::int64_t ReadBookmark(const void* bookmark, SQLULEN use_bookmarks);

}  // namespace sluice::driver
