#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "relay_server/dialect/classify.h"
#include "relay_server/dialect/dialect.h"
#include "relay_server/dialect/escapes.h"

namespace sluice::relay::dialect {

// Cuts the tokens at semicolons outside of parentheses and of BEGIN ATOMIC … END, the body of an
// SQL function. Statements of blanks alone are left out, unless there is no other.
std::vector<std::span<const Token>> SplitStatements(std::span<const Token> tokens);

using Classifier = Classification (*)(std::span<const Token> tokens);

// One database.
struct Grammar {
  const SqlRules& rules;
  Classifier classify;
};

// Dialect::Translate for one database.
std::vector<TranslatedStatement> TranslateText(std::string_view sql, const Grammar& grammar,
                                               bool escape_scan,
                                               const std::vector<bool>& output_only);

}  // namespace sluice::relay::dialect
