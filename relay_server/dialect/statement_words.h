#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "relay_server/dialect/lexer.h"

namespace sluice::relay::dialect {

// The tokens of one statement without blanks, as classification reads them. Borrows. One thread.
class StatementWords {
 public:
  explicit StatementWords(std::span<const Token> tokens);

  std::size_t size() const { return tokens_.size(); }
  const Token& operator[](std::size_t index) const { return *tokens_[index]; }
  bool IsWord(std::size_t index, std::string_view upper) const {
    return index < tokens_.size() && tokens_[index]->IsWord(upper);
  }
  bool IsSymbol(std::size_t index, char c) const {
    return index < tokens_.size() && tokens_[index]->IsSymbol(c);
  }

  // Where the statement's first word is: behind "(", "{" and "?=".
  std::size_t first() const { return first_; }
  // Whether the statement starts with these words, separated by spaces.
  bool StartsWith(std::string_view words) const;
  bool Contains(std::string_view word) const;
  bool ContainsAnyOf(std::span<const std::string_view> words) const;
  // Two words next to each other, anywhere.
  bool ContainsPair(std::string_view first_word, std::string_view second_word) const;
  // The first of these words from `begin` on that stands in no parentheses; size() if none.
  std::size_t FindOutsideParentheses(std::size_t begin,
                                     std::span<const std::string_view> words) const;
  // The parenthesis that closes the one at `open`; size() if none.
  std::size_t FindClose(std::size_t open) const;

 private:
  std::vector<const Token*> tokens_;
  std::size_t first_ = 0;
  // Of each parenthesis that opens, the one that closes it; empty until somebody asks. To look for
  // one at a time would take the square of the time where thousands are nested.
  mutable std::vector<std::size_t> closes_;
};

}  // namespace sluice::relay::dialect
