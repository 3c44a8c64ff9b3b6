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

}  // namespace sluice::relay::dialect
