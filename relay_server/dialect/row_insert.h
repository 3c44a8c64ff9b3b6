#pragma once

#include <optional>
#include <span>

#include "relay_server/dialect/dialect.h"
#include "relay_server/dialect/lexer.h"

namespace sluice::relay::dialect {

// Reads a statement as TranslatedStatement::row_insert has it; nothing when it is any other.
// `tokens` are consecutive parts of one text.
std::optional<RowInsert> FindRowInsert(std::span<const Token> tokens);

}  // namespace sluice::relay::dialect
