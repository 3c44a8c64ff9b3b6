#include "odbc_driver/info/functions.h"

#include <string>

#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver::info {
namespace {

constexpr SQLUSMALLINT kOdbc2FunctionCount = 100;  // elements of the array of SQL_API_ALL_FUNCTIONS
constexpr SQLUSMALLINT kLastReservedFunction = 4999;  // above: SQL_API_… numbers of no function
constexpr SQLUSMALLINT kBitsPerElement = 16;

}  // namespace

void GetFunctions(SQLUSMALLINT id, SQLUSMALLINT* supported) {
  if (id == SQL_API_ODBC3_ALL_FUNCTIONS) {
    std::fill_n(supported, SQL_API_ODBC3_ALL_FUNCTIONS_SIZE, SQLUSMALLINT{0});
    for (const FunctionEntry& function : kFunctions) {
      SQLUSMALLINT& element = supported[function.id / kBitsPerElement];
      element = static_cast<SQLUSMALLINT>(element | (1u << (function.id % kBitsPerElement)));
    }
  } else if (id == SQL_API_ALL_FUNCTIONS) {
    std::fill_n(supported, kOdbc2FunctionCount, SQLUSMALLINT{SQL_FALSE});
    for (const FunctionEntry& function : kFunctions) {
      if (function.id < kOdbc2FunctionCount) supported[function.id] = SQL_TRUE;
    }
  } else if (id <= kLastReservedFunction) {
    *supported = IsSupported(id) ? SQL_TRUE : SQL_FALSE;
  } else {
    throw DriverError(kHY095FunctionTypeOutOfRange,
                      "SQLGetFunctions: no function has the number " + std::to_string(id));
  }
}

}  // namespace sluice::driver::info
