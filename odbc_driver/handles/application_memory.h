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

}  // namespace sluice::driver
