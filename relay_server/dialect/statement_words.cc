#include "relay_server/dialect/statement_words.h"

#include <algorithm>

namespace sluice::relay::dialect {

StatementWords::StatementWords(std::span<const Token> tokens) {
  tokens_.reserve(tokens.size());
  for (const Token& token : tokens) {
    if (!token.IsBlank()) tokens_.push_back(&token);
  }
  while (IsSymbol(first_, '(') || IsSymbol(first_, '{') || IsSymbol(first_, '?') ||
         IsSymbol(first_, '=')) {
    ++first_;
  }
}

bool StatementWords::StartsWith(std::string_view words) const {
  std::size_t index = first_;
  while (!words.empty()) {
    const std::size_t space = std::min(words.find(' '), words.size());
    if (!IsWord(index++, words.substr(0, space))) return false;
    words.remove_prefix(std::min(space + 1, words.size()));
  }
  return true;
}

bool StatementWords::Contains(std::string_view word) const {
  return std::any_of(tokens_.begin(), tokens_.end(),
                     [&](const Token* token) { return token->IsWord(word); });
}

bool StatementWords::ContainsAnyOf(std::span<const std::string_view> words) const {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return Contains(word); });
}

bool StatementWords::ContainsPair(std::string_view first_word, std::string_view second_word) const {
  for (std::size_t i = 0; i + 1 < tokens_.size(); ++i) {
    if (IsWord(i, first_word) && IsWord(i + 1, second_word)) return true;
  }
  return false;
}

std::size_t StatementWords::FindOutsideParentheses(std::size_t begin,
                                                   std::span<const std::string_view> words) const {
  int depth = 0;
  for (std::size_t i = begin; i < tokens_.size(); ++i) {
    if (IsSymbol(i, '(')) ++depth;
    if (IsSymbol(i, ')')) --depth;
    if (depth != 0) continue;
    for (const std::string_view word : words) {
      if (IsWord(i, word)) return i;
    }
  }
  return tokens_.size();
}

std::size_t StatementWords::FindClose(std::size_t open) const {
  if (closes_.empty()) {
    closes_.assign(tokens_.size(), tokens_.size());
    std::vector<std::size_t> opened;
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (IsSymbol(i, '(')) opened.push_back(i);
      if (!IsSymbol(i, ')') || opened.empty()) continue;
      closes_[opened.back()] = i;
      opened.pop_back();
    }
  }
  return closes_[open];
}

}  // namespace sluice::relay::dialect
