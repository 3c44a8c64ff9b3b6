#pragma once

#include "relay_server/dialect/hold.h"
#include "relay_server/dialect/statement_words.h"

// What the words of a statement tell of the holds that it takes and ends.

namespace sluice::relay::dialect {

HoldChanges PostgresHolds(const StatementWords& words);
HoldChanges MysqlHolds(const StatementWords& words);

}  // namespace sluice::relay::dialect
