#include "relay_server/dialect/question_mark.h"

#include <algorithm>
#include <string_view>

namespace sluice::relay::dialect {
namespace {

// Words that an expression follows: a ? right behind one is a marker.
constexpr std::string_view kBeforeExpressions[] = {
    "ALL",         "ANALYZE",    "AND",   "ANY",       "AS",        "ASC",       "BETWEEN",
    "BY",          "CALL",       "CASE",  "CAST",      "DEFAULT",   "DESC",      "DISTINCT",
    "DO",          "ELSE",       "END",   "ESCAPE",    "EXCEPT",    "EXECUTE",   "EXISTS",
    "FETCH",       "FILTER",     "FIRST", "FOR",       "FOLLOWING", "FROM",      "GROUP",
    "HAVING",      "ILIKE",      "IN",    "INTERSECT", "INTERVAL",  "INTO",      "IS",
    "LEADING",     "BOTH",       "LIKE",  "LIMIT",     "NEXT",      "NOT",       "OF",
    "OFFSET",      "ON",         "OR",    "OVERLAPS",  "PLACING",   "PRECEDING", "RANGE",
    "RETURN",      "RETURNING",  "ROWS",  "SELECT",    "SET",       "SIMILAR",   "SOME",
    "SYMMETRIC",   "ASYMMETRIC", "THEN",  "TO",        "TRAILING",  "UNION",     "UNIQUE",
    "USING",       "VALUES",     "WHEN",  "WHERE",     "WITH",      "ZONE",      "GROUPS",
    "TABLESAMPLE",
};

bool EndsOperand(const Token& token) {
  switch (token.kind) {
    case TokenKind::kString:
    case TokenKind::kQuotedIdentifier:
    case TokenKind::kNumber:
    case TokenKind::kParameter:
      return true;
    case TokenKind::kWord:
      return std::none_of(std::begin(kBeforeExpressions), std::end(kBeforeExpressions),
                          [&](std::string_view word) { return token.IsWord(word); });
    default:
      return token.IsSymbol(')') || token.IsSymbol(']') || token.IsSymbol('}');
  }
}

const Token* Previous(std::span<const Token> tokens, std::size_t index) {
  while (index-- > 0) {
    if (!tokens[index].IsBlank()) return &tokens[index];
  }
  return nullptr;
}

const Token* Next(std::span<const Token> tokens, std::size_t index) {
  while (++index < tokens.size()) {
    if (!tokens[index].IsBlank()) return &tokens[index];
  }
  return nullptr;
}

bool IsSymbolAt(std::span<const Token> tokens, std::size_t index, char c) {
  return index < tokens.size() && tokens[index].IsSymbol(c);
}

// What can only be an operand, whatever stands before it.
bool BeginsLiteralOperand(const Token& token) {
  return token.kind == TokenKind::kString || token.kind == TokenKind::kParameter ||
         token.IsSymbol('?') || token.IsSymbol('(') || token.IsSymbol('{') || token.IsWord("ARRAY");
}

bool BeginsOperand(const Token& token) {
  return BeginsLiteralOperand(token) || token.kind == TokenKind::kWord ||
         token.kind == TokenKind::kQuotedIdentifier || token.kind == TokenKind::kNumber;
}

bool PreviousIsOperand(std::span<const Token> tokens, std::size_t index) {
  const Token* previous = Previous(tokens, index);
  return previous != nullptr && EndsOperand(*previous);
}

}  // namespace

QuestionMark ReadQuestionMark(std::span<const Token> tokens, std::size_t index) {
  if (IsSymbolAt(tokens, index + 1, '?')) return QuestionMark::kEscaped;
  if (index > 0 && tokens[index - 1].IsSymbol('@') && PreviousIsOperand(tokens, index - 1)) {
    return QuestionMark::kOperator;
  }
  if (!PreviousIsOperand(tokens, index)) return QuestionMark::kMarker;
  const bool or_sign = IsSymbolAt(tokens, index + 1, '|') && !IsSymbolAt(tokens, index + 2, '|');
  if (or_sign || IsSymbolAt(tokens, index + 1, '&')) {
    const Token* next = Next(tokens, index + 1);
    return next != nullptr && BeginsOperand(*next) ? QuestionMark::kOperator
                                                   : QuestionMark::kMarker;
  }
  const Token* next = Next(tokens, index);
  return next != nullptr && BeginsLiteralOperand(*next) ? QuestionMark::kOperator
                                                        : QuestionMark::kMarker;
}

bool IsIdentity(std::span<const Token> tokens, std::size_t index) {
  return IsSymbolAt(tokens, index, '@') && IsSymbolAt(tokens, index + 1, '@') &&
         index + 2 < tokens.size() && tokens[index + 2].IsWord("IDENTITY") &&
         !PreviousIsOperand(tokens, index);
}

}  // namespace sluice::relay::dialect
