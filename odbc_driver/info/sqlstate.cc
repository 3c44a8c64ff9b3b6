#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver {
namespace {

struct Mapping {
  std::string_view odbc3;
  std::string_view odbc2;
};

// Class HY was S1 then; these are the others, and where HY differs. SQLSTATEs that no version of
// ODBC knows (PostgreSQL's 42601, 42P01 …) stay the server's, as its own driver has them.
constexpr Mapping kMappings[] = {
    {"07005", "24000"}, {"07009", "S1002"}, {"22007", "22008"}, {"22018", "22005"},
    {"42000", "37000"}, {"42S01", "S0001"}, {"42S02", "S0002"}, {"42S11", "S0011"},
    {"42S12", "S0012"}, {"42S21", "S0021"}, {"42S22", "S0022"}, {"42S23", "S0023"},
    {"HY007", "S1010"}, {"HY013", "S1000"}, {"HY018", "70100"}, {"HY019", "22003"},
    {"HY024", "S1009"}, {"HYT01", "S1T00"},
};

}  // namespace

std::string ToOdbc2State(std::string_view state) {
  for (const Mapping& mapping : kMappings) {
    if (mapping.odbc3 == state) return std::string(mapping.odbc2);
  }
  std::string mapped(state);
  if (mapped.starts_with("HY")) mapped.replace(0, 2, "S1");
  return mapped;
}

}  // namespace sluice::driver
