#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "tests/integration/pinned_by.h"

// What applications do to their sessions in ways that poolers are known to get wrong: rows of
// tables that disturbance_test.cc runs. Two sessions share one backend connection; the second
// looks whenever it gets the connection.

namespace sluice::tests {

struct StateCase {
  const char* name;
  Database database;
  std::vector<const char*> sets;  // what the session runs; errors among it are its own affair
  const char* probe;              // a query
  const char* own;                // its answer to the session; nullptr: as to a new session
  std::vector<const char*> ends;  // after these the session has nothing of its own
  bool for_good = false;          // only the session's end ends it
};
inline void PrintTo(const StateCase& state, std::ostream* out) { *out << state.name; }

class DisturbanceTest : public testing::TestWithParam<StateCase> {
 protected:
  static std::string Pool() { return ConnectionString(GetParam().database, RelaySize::kOne); }
  static void RunAll(Connection& connection, const std::vector<const char*>& texts);

  Connection connection{Pool()};
  Connection other{Pool()};
};

inline std::string StateName(const testing::TestParamInfo<StateCase>& info) {
  return info.param.name;
}

}  // namespace sluice::tests
