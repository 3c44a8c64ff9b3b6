#include "sql/lexer.h"

#include <algorithm>

namespace sluice::sql {
namespace {

constexpr char ToUpper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Bytes of multi-byte UTF-8 characters count as letters in both databases.
constexpr bool IsWordStart(char c) {
  return (ToUpper(c) >= 'A' && ToUpper(c) <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 128;
}
constexpr bool IsWordPart(char c) { return IsWordStart(c) || IsDigit(c) || c == '$'; }

class Lexer {
 public:
  Lexer(std::string_view sql, const LexicalRules& rules) : sql_(sql), rules_(rules) {}

  std::vector<Token> Run() {
    tokens_.reserve(sql_.size() / 4 + 8);
    while (position_ < sql_.size()) {
      const std::size_t start = position_;
      const TokenKind kind = Next();
      tokens_.push_back({kind, start, sql_.substr(start, position_ - start)});
    }
    return std::move(tokens_);
  }

 private:
  char At(std::size_t index) const { return index < sql_.size() ? sql_[index] : '\0'; }
  char Peek(std::size_t ahead = 0) const { return At(position_ + ahead); }
  bool LooksAt(std::string_view text) const { return sql_.substr(position_).starts_with(text); }

  TokenKind Next() {
    const char c = Peek();
    if (IsSpace(c)) return ReadSpace();
    if (AtComment()) return ReadComment();
    if (c == '\'') return ReadString('\'', StringReadsBackslashes(), TokenKind::kString);
    if (c == '"') {
      return rules_.double_quote_is_string
                 ? ReadString('"', rules_.backslash_in_strings, TokenKind::kString)
                 : ReadString('"', false, TokenKind::kQuotedIdentifier);
    }
    if (c == '`' && rules_.backtick_identifiers) {
      return ReadString('`', false, TokenKind::kQuotedIdentifier);
    }
    if (c == '$') return ReadDollar();
    if (c == '@' && rules_.at_variables) return ReadAt();
    if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) return ReadNumber();
    if (IsWordStart(c)) return ReadWordOrPrefixedString();
    ++position_;
    return TokenKind::kSymbol;
  }

  TokenKind ReadSpace() {
    while (position_ < sql_.size() && IsSpace(sql_[position_])) ++position_;
    return TokenKind::kSpace;
  }

  bool AtComment() const {
    if (LooksAt("/*")) return true;
    if (executable_comment_depth_ > 0 && LooksAt("*/")) return true;
    if (rules_.hash_comments && Peek() == '#') return true;
    if (!LooksAt("--")) return false;
    const bool followed_by_space =
        position_ + 2 >= sql_.size() || static_cast<unsigned char>(Peek(2)) <= ' ';
    return !rules_.dash_comment_needs_space || followed_by_space;
  }

  TokenKind ReadComment() {
    if (LooksAt("*/")) {
      --executable_comment_depth_;
      position_ += 2;
    } else if (!LooksAt("/*")) {
      position_ = std::min(sql_.find_first_of("\r\n", position_), sql_.size());
    } else if (rules_.executable_comments && (LooksAt("/*!") || LooksAt("/*M!"))) {
      ++executable_comment_depth_;
      position_ = sql_.find('!', position_) + 1;
      while (IsDigit(Peek())) ++position_;  // the version from which on it is code
    } else {
      ReadBlockComment();
    }
    return TokenKind::kComment;
  }

  void ReadBlockComment() {
    position_ += 2;
    int depth = 1;
    while (position_ < sql_.size() && depth > 0) {
      if (LooksAt("*/")) {
        --depth;
        position_ += 2;
      } else if (rules_.nested_comments && LooksAt("/*")) {
        ++depth;
        position_ += 2;
      } else {
        ++position_;
      }
    }
  }

  // At the opening quote. A doubled quote stands for itself in every kind of literal.
  TokenKind ReadString(char quote, bool backslashes, TokenKind kind) {
    ++position_;
    while (position_ < sql_.size()) {
      const char c = sql_[position_++];
      if (c == '\\' && backslashes) {
        position_ = std::min(position_ + 1, sql_.size());
      } else if (c == quote) {
        if (Peek() != quote) break;
        ++position_;
      }
    }
    return kind;
  }

  // ODBC's {escape '\'} is written with one backslash whatever the database makes of it.
  bool StringReadsBackslashes() const {
    if (!rules_.backslash_in_strings) return false;
    auto token =
        std::find_if(tokens_.rbegin(), tokens_.rend(), [](const Token& t) { return !t.IsBlank(); });
    if (token == tokens_.rend() || !token->IsWord("ESCAPE") || !LooksAt("'\\'")) return true;
    token = std::find_if(token + 1, tokens_.rend(), [](const Token& t) { return !t.IsBlank(); });
    return token == tokens_.rend() || !token->IsSymbol('{');
  }

  // $1, $$…$$, $tag$…$tag$, or on MySQL a name.
  TokenKind ReadDollar() {
    if (!rules_.dollar_quotes) return ReadWord();
    if (IsDigit(Peek(1))) {
      ++position_;
      while (IsDigit(Peek())) ++position_;
      return TokenKind::kParameter;
    }
    std::size_t tag_end = position_ + 1;
    while (IsWordStart(At(tag_end)) || (tag_end > position_ + 1 && IsDigit(At(tag_end)))) ++tag_end;
    if (At(tag_end) != '$') {
      ++position_;
      return TokenKind::kSymbol;
    }
    const std::string_view tag = sql_.substr(position_, tag_end + 1 - position_);
    const std::size_t close = sql_.find(tag, tag_end + 1);
    position_ = close == std::string_view::npos ? sql_.size() : close + tag.size();
    return TokenKind::kString;
  }

  // @name, @'name', @@name; the @ between user and host of an account name is a symbol.
  TokenKind ReadAt() {
    if (Peek(1) == '@') {
      position_ += 2;
      while (IsWordPart(Peek()) || Peek() == '.') ++position_;
      return TokenKind::kSystemVariable;
    }
    ++position_;
    if (FollowsAccountName()) return TokenKind::kSymbol;
    if (Peek() == '\'' || Peek() == '"') {
      ReadString(Peek(), rules_.backslash_in_strings, TokenKind::kString);
      return TokenKind::kUserVariable;
    }
    if (Peek() == '`') {
      ReadString('`', false, TokenKind::kQuotedIdentifier);
      return TokenKind::kUserVariable;
    }
    if (!IsWordPart(Peek()) && Peek() != '.') return TokenKind::kSymbol;
    while (IsWordPart(Peek()) || Peek() == '.') ++position_;
    return TokenKind::kUserVariable;
  }

  // A variable needs an operator, a keyword or a space in front of it, an account's host a name.
  bool FollowsAccountName() const {
    if (tokens_.empty()) return false;
    const Token& previous = tokens_.back();
    return previous.kind == TokenKind::kString || previous.kind == TokenKind::kQuotedIdentifier ||
           (previous.kind == TokenKind::kWord && !previous.IsWord("SELECT") &&
            !previous.IsWord("SET"));
  }

  TokenKind ReadNumber() {
    while (IsDigit(Peek())) ++position_;
    if (Peek() == '.' && Peek(1) != '.') {
      ++position_;
      while (IsDigit(Peek())) ++position_;
    }
    const std::size_t sign = Peek(1) == '+' || Peek(1) == '-' ? 1 : 0;
    if (ToUpper(Peek()) == 'E' && IsDigit(Peek(1 + sign))) {
      position_ += 1 + sign;
      while (IsDigit(Peek())) ++position_;
    }
    return TokenKind::kNumber;
  }

  TokenKind ReadWord() {
    while (IsWordPart(Peek())) ++position_;
    return TokenKind::kWord;
  }

  // E'…', B'…', X'…', N'…', U&'…' and U&"…" are one token each.
  TokenKind ReadWordOrPrefixedString() {
    const char prefix = ToUpper(Peek());
    if (Peek(1) == '\'' && std::string_view("EBXN").find(prefix) != std::string_view::npos) {
      if (prefix != 'E' || rules_.escape_strings) {
        ++position_;
        const bool backslashes = prefix == 'E' || (prefix == 'N' && rules_.backslash_in_strings);
        return ReadString('\'', backslashes, TokenKind::kString);
      }
    }
    if (prefix == 'U' && Peek(1) == '&' && rules_.escape_strings &&
        (Peek(2) == '\'' || Peek(2) == '"')) {
      position_ += 2;
      return ReadString(Peek(), false,
                        Peek() == '"' ? TokenKind::kQuotedIdentifier : TokenKind::kString);
    }
    return ReadWord();
  }

  const std::string_view sql_;
  const LexicalRules& rules_;
  std::size_t position_ = 0;
  int executable_comment_depth_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return ToUpper(x) == ToUpper(y); });
}

bool Token::IsWord(std::string_view upper) const {
  return kind == TokenKind::kWord && EqualsIgnoreCase(text, upper);
}

std::vector<Token> Tokenize(std::string_view sql, const LexicalRules& rules) {
  return Lexer(sql, rules).Run();
}

}  // namespace sluice::sql
