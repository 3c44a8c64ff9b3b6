#include "odbc_driver/cursor/positioned_statement.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/lexer.h"

namespace sluice::driver::cursor {
namespace {

// ASCII letters only, whatever the locale of the process: names are UTF-8.
constexpr char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool IsQuote(char c) { return c == '"' || c == '`'; }

// Statements that begin with neither letter nor comment are the most, and need not be cut up.
bool MayBePositioned(std::string_view sql) {
  const auto first = sql.find_first_not_of(" \t\r\n\f\v");
  if (first == std::string_view::npos) return false;
  if (std::string_view("uUdD/-#").find(sql[first]) == std::string_view::npos) return false;
  constexpr std::string_view kCurrent = "current";
  return !std::ranges::search(sql, kCurrent, [](char a, char b) {
            return ToLower(a) == b;
          }).empty();
}

bool IsName(const sql::Token& token) {
  return token.kind == sql::TokenKind::kWord || token.kind == sql::TokenKind::kQuotedIdentifier ||
         (token.kind == sql::TokenKind::kString && token.text.front() == '"');
}

using Words = std::span<const sql::Token* const>;

constexpr std::string_view kUnicodePrefix = "&\"";

void AppendUtf8(std::uint32_t point, std::string& out) {
  if (point < 0x80) {
    out += static_cast<char>(point);
    return;
  }
  const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  constexpr unsigned kLeads[] = {0, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(kLeads[more] | (point >> (6 * more)));
  for (int i = more - 1; i >= 0; --i) {
    out += static_cast<char>(0x80 | ((point >> (6 * i)) & 0x3F));
  }
}

// U&"…" as a quoted identifier (PostgreSQL manual 4.1.2.3). What the server would refuse is left
// as it is.
std::string WithoutUnicodeEscapes(std::string_view identifier, char escape) {
  std::string plain;
  std::uint32_t high = 0;  // the first half of a surrogate pair
  for (std::size_t i = 2; i < identifier.size(); ++i) {
    if (identifier[i] != escape) {
      plain += identifier[i];
      continue;
    }
    if (i + 1 < identifier.size() && identifier[i + 1] == escape) {
      plain += identifier[++i];
      continue;
    }
    const bool is_long = i + 1 < identifier.size() && identifier[i + 1] == '+';
    const std::size_t first = i + (is_long ? 2 : 1);
    const std::size_t count = is_long ? 6 : 4;
    std::uint32_t point = 0;
    if (first + count > identifier.size()) return std::string(identifier);
    const char* const digits = identifier.data() + first;
    const auto end = std::from_chars(digits, digits + count, point, 16).ptr;
    if (end != digits + count || point > 0x10FFFF) return std::string(identifier);
    i = first + count - 1;
    if (point >= 0xD800 && point < 0xDC00) {
      high = point;
      continue;
    }
    if (high != 0) point = 0x10000 + ((high - 0xD800) << 10) + ((point - 0xDC00) & 0x3FF);
    high = 0;
    if (point == '"') plain += '"';  // doubled within quotes
    AppendUtf8(point, plain);
  }
  return plain;
}

// The name at `next`, and steps over it: with UESCAPE it is three tokens.
std::string TakeName(Words words, std::size_t& next) {
  const std::string_view text = words[next++]->text;
  if (text.size() < 3 || text.substr(1, 2) != kUnicodePrefix) return std::string(text);
  char escape = '\\';
  if (next + 1 < words.size() && words[next]->IsWord("UESCAPE") &&
      words[next + 1]->text.size() == 3) {
    escape = words[next + 1]->text[1];
    next += 2;
  }
  return WithoutUnicodeEscapes(text, escape);
}

// May stand between the verb and the table (PostgreSQL manual, UPDATE and DELETE; MySQL's).
constexpr std::string_view kInFrontOfTable[] = {"LOW_PRIORITY", "QUICK", "IGNORE", "FROM", "ONLY"};

bool IsOneOf(const sql::Token& token, std::span<const std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return token.IsWord(word); });
}

// MySQL changes several tables in one statement: "UPDATE a, b SET …", "DELETE a FROM a JOIN b".
bool NamesSeveral(Words behind_table) {
  constexpr std::string_view kJoins[] = {"JOIN", "STRAIGHT_JOIN", "FROM"};
  for (const sql::Token* token : behind_table) {
    if (token->IsWord("SET")) return false;
    if (token->IsSymbol(',') || IsOneOf(*token, kJoins)) return true;
  }
  return false;
}

// `words`: from the verb to WHERE.
std::vector<std::string> TableOf(Words words, v1::Engine engine) {
  std::size_t next = 1;
  while (next < words.size() && IsOneOf(*words[next], kInFrontOfTable)) ++next;
  if (next < words.size() && words[next]->IsSymbol('(')) ++next;  // ONLY (t)
  std::vector<std::string> name;
  for (; next < words.size() && IsName(*words[next]); ++next) {
    name.push_back(TakeName(words, next));
    if (next == words.size() || !words[next]->IsSymbol('.')) {
      const bool several = engine == v1::ENGINE_MYSQL && NamesSeveral(words.subspan(next));
      return several ? std::vector<std::string>() : name;
    }
  }
  return {};
}

}  // namespace

std::string CursorNameKey(std::string_view name) {
  std::string key;
  const bool quoted = name.size() >= 2 && IsQuote(name.front()) && name.back() == name.front();
  const char quote = name.empty() ? '\0' : name.front();
  if (quoted) name = name.substr(1, name.size() - 2);
  for (std::size_t i = 0; i < name.size(); ++i) {
    key += ToLower(name[i]);
    const bool doubled = quoted && name[i] == quote && i + 1 < name.size() && name[i + 1] == quote;
    if (doubled) ++i;
  }
  return key;
}

int MostMarkers(std::string_view sql, const sql::LexicalRules& rules) {
  const auto tokens = sql::Tokenize(sql, rules);
  return static_cast<int>(
      std::ranges::count_if(tokens, [](const sql::Token& token) { return token.IsSymbol('?'); }));
}

std::optional<PositionedStatement> ParsePositioned(std::string_view sql, v1::Engine engine,
                                                   const sql::LexicalRules& rules) {
  if (!MayBePositioned(sql)) return std::nullopt;
  const auto tokens = sql::Tokenize(sql, rules);
  std::vector<const sql::Token*> words;
  for (const sql::Token& token : tokens) {
    if (!token.IsBlank()) words.push_back(&token);
  }
  if (words.empty()) return std::nullopt;
  const bool is_delete = words[0]->IsWord("DELETE");
  if (!is_delete && !words[0]->IsWord("UPDATE")) return std::nullopt;
  int markers = 0;
  for (std::size_t i = 1; i + 3 < words.size(); ++i) {
    if (words[i]->IsSymbol('?')) ++markers;
    if (words[i]->IsSymbol(';')) return std::nullopt;
    if (!words[i]->IsWord("WHERE") || !words[i + 1]->IsWord("CURRENT") ||
        !words[i + 2]->IsWord("OF") || !IsName(*words[i + 3])) {
      continue;
    }
    std::size_t next = i + 3;
    const std::string name = TakeName(words, next);
    const sql::Token& last = *words[next - 1];
    const auto behind = last.offset + last.text.size();
    const bool alone = std::all_of(words.begin() + static_cast<std::ptrdiff_t>(next), words.end(),
                                   [](const sql::Token* token) {
                                     return !token->IsSymbol('?') && !token->IsSymbol(';');
                                   }) ||
                       (next + 1 == words.size() && words[next]->IsSymbol(';'));
    if (!alone) return std::nullopt;
    return PositionedStatement{.is_delete = is_delete,
                               .head = std::string(sql.substr(0, words[i]->offset)),
                               .cursor = CursorNameKey(name),
                               .tail = std::string(sql.substr(behind)),
                               .markers = markers,
                               .table = TableOf(Words(words).first(i), engine)};
  }
  return std::nullopt;
}

}  // namespace sluice::driver::cursor
