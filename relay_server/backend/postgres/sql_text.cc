#include "relay_server/backend/postgres/sql_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <initializer_list>
#include <string>

#include "sql/lexer.h"

namespace sluice::relay::backend::postgres {
namespace {

// The text behind leading white space, comments (block comments nest) and empty statements.
std::string_view SkipToFirstToken(std::string_view sql) {
  std::size_t i = 0;
  while (i < sql.size()) {
    if (std::isspace(static_cast<unsigned char>(sql[i])) != 0 || sql[i] == ';') {
      ++i;
    } else if (sql.substr(i, 2) == "--") {
      i = std::min(sql.find('\n', i), sql.size());
    } else if (sql.substr(i, 2) == "/*") {
      int depth = 0;
      do {
        if (sql.substr(i, 2) == "/*") {
          ++depth;
          i += 2;
        } else if (sql.substr(i, 2) == "*/") {
          --depth;
          i += 2;
        } else {
          ++i;
        }
      } while (depth > 0 && i < sql.size());
    } else {
      break;
    }
  }
  return sql.substr(std::min(i, sql.size()));
}

// Takes the first word, in upper case, off the text.
std::string TakeWord(std::string_view& sql) {
  sql = SkipToFirstToken(sql);
  std::string word;
  while (!sql.empty() && std::isalpha(static_cast<unsigned char>(sql.front())) != 0) {
    word.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(sql.front()))));
    sql.remove_prefix(1);
  }
  return word;
}

// Whether the words follow each other in the text, outside of quotes.
bool HasPair(std::string_view sql, std::string_view first, std::string_view second) {
  while (!sql.empty()) {
    const std::string word = TakeWord(sql);
    if (word == first) {
      std::string_view behind = sql;
      const bool same = TakeWord(behind) == second;
      const char next = behind.empty() ? ' ' : behind.front();
      if (same && next != '_' && std::isalnum(static_cast<unsigned char>(next)) == 0) return true;
    }
    if (!word.empty() || sql.empty()) continue;
    const char c = sql.front();
    const std::size_t end = c == '\'' || c == '"' ? sql.find(c, 1) : 0;
    sql.remove_prefix(end == std::string_view::npos ? sql.size() : end + 1);
  }
  return false;
}

// Whether one of the words stands in the text outside of quotes.
bool HasWord(std::string_view sql, std::initializer_list<std::string_view> upper_words) {
  std::string word;
  char quote = 0;
  for (std::size_t i = 0; i <= sql.size(); ++i) {
    const char c = i < sql.size() ? sql[i] : ' ';
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      word.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
      continue;
    } else if (c == '\'' || c == '"') {
      quote = c;
    }
    if (std::find(upper_words.begin(), upper_words.end(), word) != upper_words.end()) return true;
    word.clear();
  }
  return false;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Reads the list of columns of a SELECT, a token at a time.
class ColumnList {
 public:
  // `begin`: behind the word SELECT.
  ColumnList(std::string_view sql, std::size_t begin) : sql_(sql), position_(begin) {}

  std::vector<BareParameter> Read() {
    while (!ended_ && position_ < sql_.size()) ReadToken();
    return understood_ ? std::move(found_) : std::vector<BareParameter>();
  }

 private:
  void ReadToken() {
    const char c = sql_[position_];
    const char next = position_ + 1 < sql_.size() ? sql_[position_ + 1] : '\0';
    if (std::isspace(static_cast<unsigned char>(c)) != 0) {
      ++position_;
    } else if (c == '$' && IsDigit(next)) {
      ReadParameter();
    } else if (std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_') {
      ReadWord();
    } else if (c == '\'' || c == '"') {
      SkipQuoted(c);
    } else if (c == '$' || (c == '-' && next == '-') || (c == '/' && next == '*')) {
      GiveUp();
    } else {
      depth_ += c == '(' || c == '[' ? 1 : 0;
      depth_ -= c == ')' || c == ']' ? 1 : 0;
      at_beginning_ = c == ',' && depth_ == 0;
      ++position_;
    }
  }

  void ReadParameter() {
    std::size_t number = 0;
    for (++position_; position_ < sql_.size() && IsDigit(sql_[position_]); ++position_) {
      number = number * 10 + static_cast<std::size_t>(sql_[position_] - '0');
    }
    if (depth_ == 0 && at_beginning_ && ColumnEnds()) found_.push_back({number, position_});
    at_beginning_ = false;
  }

  bool ColumnEnds() const {
    std::string_view rest = SkipToFirstToken(sql_.substr(position_));
    if (rest.empty() || rest.front() == ',') return true;
    const std::string word = TakeWord(rest);
    return word == "AS" || word == "FROM" || word == "WHERE" || word == "LIMIT";
  }

  void ReadWord() {
    std::string word;
    for (; position_ < sql_.size(); ++position_) {
      const auto c = static_cast<unsigned char>(sql_[position_]);
      if (std::isalnum(c) == 0 && c != '_') break;
      word.push_back(static_cast<char>(std::toupper(c)));
    }
    ended_ = depth_ == 0 && (word == "FROM" || word == "WHERE");
    at_beginning_ = at_beginning_ && (word == "ALL" || word == "DISTINCT");
  }

  void SkipQuoted(char quote) {
    const std::size_t end = sql_.find(quote, position_ + 1);
    // A backslash may hide a quote, depending on the literal's kind and the server's settings.
    if (end == std::string_view::npos ||
        sql_.substr(position_, end - position_).find('\\') != std::string_view::npos) {
      return GiveUp();
    }
    position_ = end + 1;
    at_beginning_ = false;
  }

  void GiveUp() {
    understood_ = false;
    ended_ = true;
  }

  std::string_view sql_;
  std::size_t position_;
  int depth_ = 0;
  bool at_beginning_ = true;  // of a column
  bool ended_ = false;
  bool understood_ = true;
  std::vector<BareParameter> found_;
};

}  // namespace

std::vector<BareParameter> BareParameters(std::string_view sql) {
  std::string_view rest = sql;
  if (TakeWord(rest) != "SELECT") return {};
  return ColumnList(sql, sql.size() - rest.size()).Read();
}

bool IsTransactionControl(std::string_view sql) {
  constexpr std::array<std::string_view, 9> kKeywords = {
      "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "PREPARE"};
  const std::string word = TakeWord(sql);
  if (word == "SET") return TakeWord(sql) == "TRANSACTION";  // refused in a subtransaction
  return std::find(kKeywords.begin(), kKeywords.end(), word) != kKeywords.end();
}

bool TakesRelaysName(std::string_view sql) {
  const std::string verb = TakeWord(sql);
  if (verb != "PREPARE" && verb != "DEALLOCATE") return false;
  std::string_view behind = sql;
  if (verb == "DEALLOCATE" && TakeWord(behind) == "PREPARE") {
    // DEALLOCATE PREPARE name, and not a statement that is called prepare_something.
    const bool ends =
        behind.empty() || (behind.front() != '_' && behind.front() != '$' &&
                           std::isdigit(static_cast<unsigned char>(behind.front())) == 0);
    if (ends) sql = behind;
  }
  sql = SkipToFirstToken(sql);
  if (sql.starts_with("U&") || sql.starts_with("u&")) return true;  // any letter may hide there
  const bool quoted = sql.starts_with('"');
  if (quoted) sql.remove_prefix(1);
  return sql.size() >= kStatementPrefix.size() &&
         std::equal(kStatementPrefix.begin(), kStatementPrefix.end(), sql.begin(),
                    [quoted](char own, char c) {
                      return own == (quoted ? c : std::tolower(static_cast<unsigned char>(c)));
                    });
}

bool IsClientCopy(std::string_view sql) {
  // PostgreSQL takes either name in either direction.
  return TakeWord(sql) == "COPY" &&
         (HasPair(sql, "FROM", "STDIN") || HasPair(sql, "FROM", "STDOUT") ||
          HasPair(sql, "TO", "STDOUT") || HasPair(sql, "TO", "STDIN"));
}

bool ChangesSchema(std::string_view sql) {
  const std::string word = TakeWord(sql);
  if (word != "CREATE") return word == "ALTER" || word == "DROP";
  constexpr std::array<std::string_view, 5> kOnTables = {"OR", "TRIGGER", "CONSTRAINT", "RULE",
                                                         "POLICY"};
  return std::ranges::find(kOnTables, TakeWord(sql)) != kOnTables.end();
}

bool MakesObject(std::string_view sql) { return TakeWord(sql) == "CREATE"; }

bool CreatesTemporary(std::string_view sql) {
  if (TakeWord(sql) != "CREATE") return false;
  std::string word = TakeWord(sql);
  if (word == "GLOBAL" || word == "LOCAL") word = TakeWord(sql);
  return word == "TEMP" || word == "TEMPORARY";
}

bool MayAddNulls(std::string_view sql) {
  return HasWord(
      sql, {"LEFT", "RIGHT", "FULL", "ROLLUP", "CUBE", "GROUPING", "UNION", "EXCEPT", "INTERSECT"});
}

namespace {

// PostgreSQL manual 4.1.2: a whole number is an integer, a bigint or numeric by its size.
std::string_view ShapeOfNumber(std::string_view number) {
  const bool whole = std::ranges::all_of(
      number, [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
  if (!whole) return "0.0";
  constexpr std::array<std::string_view, 2> kWhole = {"0", "1000000000000"};
  if (number.size() < 10) return kWhole[0];
  return number.size() > 10 && number.size() < 19 ? kWhole[1] : number;
}

}  // namespace

std::string ShapeOf(std::string_view sql) {
  std::string shape;
  shape.reserve(sql.size());
  for (const auto& token : sql::Tokenize(sql, sql::kPostgresLexicalRules)) {
    if (token.kind == sql::TokenKind::kParameter) return std::string(sql);
    // Where a string with a backslash ends depends on the session: standard_conforming_strings.
    const bool plain_string = token.kind == sql::TokenKind::kString && token.text.front() == '\'';
    if (plain_string && token.text.find('\\') != std::string_view::npos) return std::string(sql);
    if (token.kind == sql::TokenKind::kNumber) {
      shape += ShapeOfNumber(token.text);
    } else if (token.kind == sql::TokenKind::kString && token.text.ends_with('\'')) {
      shape.append(token.text.substr(0, token.text.find('\''))).append("''");
    } else {
      shape += token.text;
    }
  }
  return shape;
}

}  // namespace sluice::relay::backend::postgres
