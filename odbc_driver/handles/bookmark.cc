#include "odbc_driver/handles/bookmark.h"

#include <cstring>

namespace sluice::driver {

DescriptorRecord BookmarkRecord(SQLULEN use_bookmarks) {
  const bool variable = use_bookmarks == SQL_UB_VARIABLE;
  DescriptorRecord record;
  // "SQL_BINARY for a variable-length bookmark, SQL_INTEGER for a fixed-length one"
  // (SQLDescribeCol, and SQLColAttribute of ODBC 2).
  Descriptor::SetConciseType(record, variable ? SQL_BINARY : SQL_INTEGER);
  record.length = kBookmarkOctets;
  record.column_size = variable ? kBookmarkOctets : 10;
  record.octet_length = variable ? kBookmarkOctets : sizeof(SQLUINTEGER);
  record.display_size = variable ? kBookmarkOctets * 2 : 10;
  record.nullable = SQL_NO_NULLS;
  record.is_unsigned = SQL_TRUE;
  record.searchable = SQL_PRED_NONE;
  record.updatable = SQL_ATTR_READONLY;
  return record;
}

SQLSMALLINT DefaultBookmarkCType(SQLULEN use_bookmarks) {
  return use_bookmarks == SQL_UB_VARIABLE ? SQL_C_VARBOOKMARK : SQL_C_BOOKMARK;
}

convert::SourceColumn BookmarkColumn::SourceFor(SQLSMALLINT c_type) {
  convert::SourceColumn source;
  const bool octets = c_type == SQL_C_VARBOOKMARK;
  source.value_type = octets ? v1::VALUE_TYPE_BYTES : v1::VALUE_TYPE_INT64;
  source.sql_type = octets ? v1::SQLTYPE_BINARY : v1::SQLTYPE_BIGINT;
  source.size = kBookmarkOctets;
  return source;
}

BookmarkColumn::BookmarkColumn(SQLSMALLINT c_type, std::int64_t first, std::uint32_t count) {
  const values::ValueType type = SourceFor(c_type).value_type;
  values::ColumnBuilder builder(type);
  for (std::int64_t row = first; row < first + count; ++row) {
    if (type == v1::VALUE_TYPE_BYTES) {
      builder.AppendVariable({reinterpret_cast<const char*>(&row), sizeof row});
    } else {
      builder.AppendFixed(row);
    }
  }
  builder.Finish(data_);
  view_ = values::ColumnView(type, count, data_);
}

std::int64_t ReadBookmark(const void* bookmark, SQLULEN use_bookmarks) {
  if (bookmark == nullptr) return 0;
  if (use_bookmarks == SQL_UB_VARIABLE) {
    std::int64_t row;
    std::memcpy(&row, bookmark, sizeof row);
    return row;
  }
  SQLUINTEGER row;
  std::memcpy(&row, bookmark, sizeof row);
  return row;
}

}  // namespace sluice::driver
