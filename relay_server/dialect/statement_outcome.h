#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay_server/dialect/statement_words.h"

// What MySQL can be asked about the statement before: ROW_COUNT(), FOUND_ROWS(), @@warning_count,
// SHOW WARNINGS … Its connection knows it, which may have been another one.

namespace sluice::relay::dialect {

// Which of them a statement asks for.
struct OutcomeReads {
  bool any = false;          // something that can stand in the text: all but the diagnostics area
  bool found_rows = false;   // FOUND_ROWS(), which is not always known
  bool diagnostics = false;  // GET DIAGNOSTICS
  bool drawn = false;        // MariaDB's LASTVAL(s), PREVIOUS VALUE FOR s
};
OutcomeReads FindOutcomeReads(const StatementWords& words);

struct StatementOutcome {
  struct Condition {
    std::string level;  // Note, Warning, Error
    int code = 0;
    std::string message;
  };
  std::int64_t row_count = -1;
  std::optional<std::uint64_t> found_rows;
  std::vector<Condition> conditions;
};

// The text with the outcome in place of what asks for it, under the same column names.
std::string WithOutcome(std::string_view sql, const StatementOutcome& outcome);

}  // namespace sluice::relay::dialect
