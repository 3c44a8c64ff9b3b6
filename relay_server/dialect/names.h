#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "relay_server/dialect/lexer.h"
#include "relay_server/dialect/statement_words.h"

// Names and literals as they stand in statements.

namespace sluice::relay::dialect {

std::string LowerCase(std::string_view text);
// Without the quotes of a string or a quoted name; those that are doubled inside are rare enough.
std::string_view Unquoted(const Token& token);
// The text of tokens [begin, end), as it was written.
std::string TextOf(const StatementWords& words, std::size_t begin, std::size_t end);
// Nothing in it is computed.
bool IsLiteral(const Token& token);

// A name with its dots, from `index` on, which is moved behind it; empty: there is none. `fold`:
// words without quotes are in lower case, as PostgreSQL has them.
std::string DottedName(const StatementWords& words, std::size_t& index, bool fold);
// "@name", in lower case: the names of user variables compare without case.
std::string UserVariableName(const Token& token);

}  // namespace sluice::relay::dialect
