#include "relay_server/dialect/row_insert.h"

#include <string_view>

#include "relay_server/dialect/statement_words.h"

namespace sluice::relay::dialect {
namespace {

// Reads the statement from left to right; every method moves behind what it has read.
class RowInsertReader {
 public:
  explicit RowInsertReader(std::span<const Token> tokens) : words_(tokens) {}

  std::optional<RowInsert> Read() {
    if (words_.size() == 0 || !Take("INSERT") || !Take("INTO")) return std::nullopt;
    const std::size_t table = next_;
    if (!TakeName()) return std::nullopt;
    RowInsert insert;
    insert.table = Text(table, next_);
    if (TakeSymbol('(') && !TakeColumns()) return std::nullopt;
    const std::size_t values = next_;
    if (!Take("VALUES") || !TakeSymbol('(') || !TakeMarkers()) return std::nullopt;
    const std::size_t tail = next_;
    if (!TakeConflictClause() || next_ != words_.size()) return std::nullopt;
    insert.head = Text(0, values);
    insert.tail = Text(tail, next_);
    return insert;
  }

 private:
  bool Take(std::string_view upper) {
    const bool found = words_.IsWord(next_, upper);
    if (found) ++next_;
    return found;
  }

  bool TakeSymbol(char c) {
    const bool found = words_.IsSymbol(next_, c);
    if (found) ++next_;
    return found;
  }

  bool TakeIdentifier() {
    if (next_ >= words_.size()) return false;
    const TokenKind kind = words_[next_].kind;
    if (kind != TokenKind::kWord && kind != TokenKind::kQuotedIdentifier) return false;
    ++next_;
    return true;
  }

  // a, a.b or a.b.c
  bool TakeName() {
    do {
      if (!TakeIdentifier()) return false;
    } while (TakeSymbol('.'));
    return true;
  }

  // Behind "(": names, and ")".
  bool TakeColumns() {
    do {
      if (!TakeIdentifier()) return false;
    } while (TakeSymbol(','));
    return TakeSymbol(')');
  }

  // Behind "(": markers, and ")".
  bool TakeMarkers() {
    do {
      if (!TakeSymbol('?')) return false;
    } while (TakeSymbol(','));
    return TakeSymbol(')');
  }

  // Nothing, MySQL's ON DUPLICATE KEY UPDATE, or PostgreSQL's ON CONFLICT … DO NOTHING. Its DO
  // UPDATE refuses to touch a row twice in one statement, and has triggers of its own.
  bool TakeConflictClause() {
    if (next_ == words_.size()) return true;
    if (!Take("ON")) return false;
    if (Take("DUPLICATE")) return TakeRestWithoutMarkers();
    if (!Take("CONFLICT")) return false;
    if (TakeSymbol('(')) {
      if (!TakeColumns()) return false;
    } else if (Take("ON") && (!Take("CONSTRAINT") || !TakeIdentifier())) {
      return false;
    }
    return Take("DO") && Take("NOTHING");
  }

  bool TakeRestWithoutMarkers() {
    for (; next_ < words_.size(); ++next_) {
      if (words_.IsSymbol(next_, '?') || words_.IsSymbol(next_, '{') ||
          words_.IsWord(next_, "RETURNING")) {
        return false;
      }
    }
    return true;
  }

  // From one word to before another one, with what stands between them.
  std::string Text(std::size_t begin, std::size_t end) const {
    if (begin == end) return {};
    const std::string_view last = words_[end - 1].text;
    const char* first = words_[begin].text.data();
    return std::string(first, last.data() + last.size());
  }

  StatementWords words_;
  std::size_t next_ = 0;
};

}  // namespace

std::optional<RowInsert> FindRowInsert(std::span<const Token> tokens) {
  for (const Token& token : tokens) {
    // The brackets of an executable comment: what stands in them is part of the statement.
    if (token.kind == TokenKind::kComment && token.text.find('!') != std::string_view::npos) {
      return std::nullopt;
    }
  }
  return RowInsertReader(tokens).Read();
}

}  // namespace sluice::relay::dialect
