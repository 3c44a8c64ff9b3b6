#pragma once

#include <cstddef>
#include <span>

#include "relay_server/dialect/lexer.h"

namespace sluice::relay::dialect {

// What a ? of PostgreSQL text is; escapes.h tells the rules.
enum class QuestionMark {
  kMarker,
  kOperator,  // an operator, or a character of one
  kEscaped,   // the first of "??", which stands for one plain ?
};

QuestionMark ReadQuestionMark(std::span<const Token> tokens, std::size_t index);

// Whether @@identity stands here as an expression, not as PostgreSQL's operator @@ and a name:
// SQL Server's word for the key that was generated last, which psqlodbc's applications use.
bool IsIdentity(std::span<const Token> tokens, std::size_t index);
inline constexpr std::size_t kIdentityTokens = 3;  // @ @ identity

}  // namespace sluice::relay::dialect
