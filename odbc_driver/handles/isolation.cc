#include "odbc_driver/handles/isolation.h"

#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver {
namespace {

struct Pair {
  SQLUINTEGER bit;
  v1::IsolationLevel level;
};

constexpr Pair kPairs[] = {
    {SQL_TXN_READ_UNCOMMITTED, v1::ISOLATION_LEVEL_READ_UNCOMMITTED},
    {SQL_TXN_READ_COMMITTED, v1::ISOLATION_LEVEL_READ_COMMITTED},
    {SQL_TXN_REPEATABLE_READ, v1::ISOLATION_LEVEL_REPEATABLE_READ},
    {SQL_TXN_SERIALIZABLE, v1::ISOLATION_LEVEL_SERIALIZABLE},
};

}  // namespace

v1::IsolationLevel IsolationLevelOf(SQLUINTEGER bit) {
  for (const auto& pair : kPairs) {
    if (pair.bit == bit) return pair.level;
  }
  throw DriverError(kHY024InvalidAttributeValue, "Unknown isolation level");
}

SQLUINTEGER IsolationBitOf(v1::IsolationLevel level) {
  for (const auto& pair : kPairs) {
    if (pair.level == level) return pair.bit;
  }
  return SQL_TXN_READ_COMMITTED;  // the relay did not say
}

}  // namespace sluice::driver
