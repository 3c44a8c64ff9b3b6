#pragma once

#include <sql.h>
#include <sqlext.h>

#include <cstring>

namespace sluice::driver {

// Writes a count where the application wants it, which may be nowhere. RODBC keeps its counter in a
// packed structure: nobody has told it that the address must be aligned.
inline void StoreCount(SQLPOINTER target, SQLULEN count) {
  if (target != nullptr) std::memcpy(target, &count, sizeof(count));
}

// The bind offset at an address that SQL_DESC_BIND_OFFSET_PTR names; without one, 0.
inline SQLLEN ReadBindOffset(SQLPOINTER bind_offset_ptr) {
  SQLLEN offset = 0;
  if (bind_offset_ptr != nullptr) std::memcpy(&offset, bind_offset_ptr, sizeof(offset));
  return offset;
}

// The address of a bound buffer by its offset, which may be negative. A null pointer stays one
// (SQLSetStmtAttr, SQL_ATTR_ROW_BIND_OFFSET_PTR).
template <typename Pointer>
Pointer Shifted(SQLPOINTER bound, SQLLEN offset) {
  return bound == nullptr ? nullptr : reinterpret_cast<Pointer>(static_cast<char*>(bound) + offset);
}

}  // namespace sluice::driver
