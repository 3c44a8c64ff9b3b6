#pragma once

#include <optional>
#include <vector>

#include "relay_server/dialect/dialect.h"
#include "relay_server/dialect/statement_words.h"

// Statements that set variables of the session to literal values: they can be repeated on another
// backend connection, so they need no pin. PostgreSQL manual, SET and RESET; MySQL manual, SET
// Syntax for Variable Assignment.

namespace sluice::relay::dialect {

// What the statement sets; nullopt when it is no such statement, or sets something that cannot be
// repeated: values that are computed, variables that the relay itself needs. Throws
// TranslationError (HYC00) for another client character set than UTF-8, which the relay could not
// read.
std::optional<std::vector<SettingChange>> PostgresSettings(const StatementWords& words);
std::optional<std::vector<SettingChange>> MysqlSettings(const StatementWords& words);

}  // namespace sluice::relay::dialect
