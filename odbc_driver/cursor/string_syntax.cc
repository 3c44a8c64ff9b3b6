#include "odbc_driver/cursor/string_syntax.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "sql/quote_settings.h"

namespace sluice::driver::cursor {
namespace {

using Words = std::span<const sql::Token>;

constexpr std::array<std::string_view, 3> kVerbs = {"SET", "RESET", "DISCARD"};
constexpr std::string_view kConforming = "STANDARD_CONFORMING_STRINGS";
constexpr std::string_view kMode = "SQL_MODE";

// Most texts begin otherwise, and need not be cut up.
bool MaySet(std::string_view sql) {
  const auto first = sql.find_first_not_of(" \t\r\n\f\v");
  if (first == std::string_view::npos) return false;
  return std::ranges::any_of(kVerbs, [&](std::string_view verb) {
    return sql::EqualsIgnoreCase(sql.substr(first, verb.size()), verb);
  });
}

// SET [SESSION] name TO value, RESET name, RESET ALL, DISCARD ALL.
std::optional<sql::LexicalRules> PostgresRules(Words words, sql::LexicalRules rules) {
  if (words.size() < 2) return std::nullopt;
  if (!words[0].IsWord("SET")) {
    if (!words[1].IsWord("ALL") && !words[1].IsWord(kConforming)) return std::nullopt;
    rules.backslash_in_strings = false;
    return rules;
  }
  const std::size_t name = words[1].IsWord("SESSION") ? 2 : 1;
  if (name + 2 >= words.size() || !words[name].IsWord(kConforming)) return std::nullopt;
  rules.backslash_in_strings = sql::IsOff(words[name + 2].text);
  return rules;
}

// sql_mode, SESSION sql_mode, @@sql_mode or @@SESSION.sql_mode: what stands at the end of an
// assignment's left side. GLOBAL ones are for sessions to come.
bool IsMode(Words target) {
  const bool is_global = std::ranges::any_of(target, [](const sql::Token& word) {
    return word.IsWord("GLOBAL") || word.IsWord("PERSIST") || word.IsWord("PERSIST_ONLY") ||
           sql::EqualsIgnoreCase(word.text.substr(0, 8), "@@global") ||
           sql::EqualsIgnoreCase(word.text.substr(0, 9), "@@persist");
  });
  if (target.empty() || is_global) return false;
  const std::string_view last = target.back().text;
  return last.size() >= kMode.size() &&
         sql::EqualsIgnoreCase(last.substr(last.size() - kMode.size()), kMode);
}

// SET [scope] sql_mode = 'literal', among other assignments.
std::optional<sql::LexicalRules> MysqlRules(Words words, sql::LexicalRules rules) {
  std::optional<sql::LexicalRules> changed;
  std::size_t begin = 1;
  for (std::size_t i = 1; i + 1 < words.size(); ++i) {
    if (words[i].IsSymbol(',')) begin = i + 1;
    if (!words[i].IsSymbol('=')) continue;
    const std::size_t end = i > 0 && words[i - 1].IsSymbol(':') ? i - 1 : i;
    const sql::Token& value = words[i + 1];
    const bool is_literal = value.kind == sql::TokenKind::kString ||
                            value.kind == sql::TokenKind::kQuotedIdentifier ||
                            value.kind == sql::TokenKind::kWord;
    const bool is_called = i + 2 < words.size() && words[i + 2].IsSymbol('(');
    if (end < begin || !is_literal || is_called || !IsMode(words.subspan(begin, end - begin)))
      continue;
    const auto modes = sql::ReadSqlMode(value.text);
    rules.backslash_in_strings = !modes.no_backslash_escapes;
    rules.double_quote_is_string = !modes.ansi_quotes;
    changed = rules;
  }
  return changed;
}

std::optional<sql::LexicalRules> StatementRules(Words words, v1::Engine engine,
                                                const sql::LexicalRules& rules) {
  if (words.empty()) return std::nullopt;
  if (engine == v1::ENGINE_MYSQL) {
    return words[0].IsWord("SET") ? MysqlRules(words, rules) : std::nullopt;
  }
  const bool sets = std::ranges::any_of(kVerbs, [&](auto verb) { return words[0].IsWord(verb); });
  return sets ? PostgresRules(words, rules) : std::nullopt;
}

}  // namespace

sql::LexicalRules DefaultRules(v1::Engine engine) {
  return engine == v1::ENGINE_MYSQL ? sql::kMysqlLexicalRules : sql::kPostgresLexicalRules;
}

std::optional<sql::LexicalRules> RulesAfter(std::string_view sql, v1::Engine engine,
                                            const sql::LexicalRules& rules) {
  if (!MaySet(sql)) return std::nullopt;
  std::vector<sql::Token> words = sql::Tokenize(sql, rules);
  std::erase_if(words, [](const sql::Token& token) { return token.IsBlank(); });
  std::optional<sql::LexicalRules> changed;
  for (auto begin = words.cbegin(); begin != words.cend();) {
    const auto end = std::find_if(begin, words.cend(),
                                  [](const sql::Token& token) { return token.IsSymbol(';'); });
    const auto after = StatementRules({begin, end}, engine, changed.value_or(rules));
    if (after) changed = after;
    begin = end == words.cend() ? end : end + 1;
  }
  return changed;
}

}  // namespace sluice::driver::cursor
