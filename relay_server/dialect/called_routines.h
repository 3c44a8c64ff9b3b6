#pragma once

#include <string>
#include <vector>

#include "relay_server/dialect/statement_words.h"

namespace sluice::relay::dialect {

// The names that the statement calls as functions, without their schemas, as the server writes
// them; the most common functions of the servers themselves are left out. What looks like a call
// and is none (a table's columns in parentheses) may be among them: the server knows
// (RoutinesQuery).
std::vector<std::string> CalledRoutines(const StatementWords& words);

}  // namespace sluice::relay::dialect
