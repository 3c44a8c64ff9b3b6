#include "odbc_driver/cursor/script.h"

#include <algorithm>
#include <utility>

#include "sql/lexer.h"

namespace sluice::driver::cursor {
namespace {

// Statements with statements in them (MySQL manual 15.1, MariaDB's BEGIN NOT ATOMIC).
constexpr std::string_view kRoutines[] = {"PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "PACKAGE"};

constexpr std::string_view kRowStatements[] = {"SELECT",  "INSERT", "UPDATE", "DELETE",
                                               "REPLACE", "WITH",   "VALUES"};

bool HasBody(const std::vector<const sql::Token*>& words) {
  if (words.size() < 2) return false;
  if (words[0]->IsWord("BEGIN")) return words[1]->IsWord("NOT");
  if (!words[0]->IsWord("CREATE") && !words[0]->IsWord("ALTER")) return false;
  return std::ranges::any_of(words, [](const sql::Token* word) {
    return std::ranges::any_of(kRoutines,
                               [word](std::string_view name) { return word->IsWord(name); });
  });
}

// autocommit, @@autocommit, @@session.autocommit, in one word or several; not a user's variable.
bool IsAutocommit(std::string_view name) {
  constexpr std::string_view kName = "autocommit";
  if (name.size() < kName.size()) return false;
  const std::size_t begin = name.size() - kName.size();
  const bool is_own = begin == 0 || name.starts_with("@@");
  return is_own && sql::EqualsIgnoreCase(name.substr(begin), kName);
}

}  // namespace

std::vector<ScriptStatement> SplitStatements(const std::string& sql,
                                             const sql::LexicalRules& rules) {
  // Most texts are one statement, and need not be cut up.
  if (sql.find(';') == std::string::npos) return {{sql}};
  const auto tokens = sql::Tokenize(sql, rules);
  std::vector<ScriptStatement> parts;
  std::vector<const sql::Token*> words;
  std::size_t begin = 0;
  const auto end_part = [&](std::size_t end) {
    const auto markers =
        std::ranges::count_if(words, [](const sql::Token* word) { return word->IsSymbol('?'); });
    if (!words.empty())
      parts.push_back({sql.substr(begin, end - begin), static_cast<int>(markers)});
    words.clear();
    begin = end + 1;
  };
  for (const sql::Token& token : tokens) {
    if (token.IsSymbol(';') && !HasBody(words)) {
      end_part(token.offset);
    } else if (!token.IsBlank()) {
      words.push_back(&token);
    }
  }
  end_part(sql.size());
  return parts;
}

bool OnlyTouchesRows(std::string_view sql) {
  const auto tokens = sql::Tokenize(sql, sql::kMysqlLexicalRules);  // the first is never quoted
  const auto first =
      std::ranges::find_if(tokens, [](const sql::Token& token) { return !token.IsBlank(); });
  return first != tokens.end() && std::ranges::any_of(kRowStatements, [&](std::string_view word) {
           return first->IsWord(word);
         });
}

std::optional<std::string> DatabaseOfUse(std::string_view sql) {
  const auto first = sql.find_first_not_of(" \t\r\n");
  // Nearly every statement begins with another letter, and need not be cut up.
  if (first == std::string_view::npos) return std::nullopt;
  if (std::string_view("uU/-#").find(sql[first]) == std::string_view::npos) return std::nullopt;
  std::vector<sql::Token> words = sql::Tokenize(sql, sql::kMysqlLexicalRules);
  std::erase_if(words, [](const sql::Token& token) { return token.IsBlank(); });
  while (!words.empty() && words.back().IsSymbol(';')) words.pop_back();
  if (words.size() != 2 || !words[0].IsWord("USE")) return std::nullopt;
  const std::string_view name = words[1].text;
  if (words[1].kind != sql::TokenKind::kQuotedIdentifier) return std::string(name);
  std::string bare;
  for (std::size_t i = 1; i + 1 < name.size(); ++i) {
    bare += name[i];
    if (name[i] == '`') ++i;  // doubled
  }
  return bare;
}

std::optional<bool> AutocommitSetBy(std::string_view sql) {
  const auto first = sql.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return std::nullopt;
  if (!sql::EqualsIgnoreCase(sql.substr(first, 3), "SET")) return std::nullopt;
  std::vector<sql::Token> words = sql::Tokenize(sql, sql::kMysqlLexicalRules);
  std::erase_if(words, [](const sql::Token& token) { return token.IsBlank(); });
  std::optional<bool> found;
  bool is_global = false;
  for (std::size_t i = 1; i + 1 < words.size(); ++i) {
    if (words[i].IsSymbol(',')) is_global = false;
    is_global = is_global || words[i].IsWord("GLOBAL") ||
                sql::EqualsIgnoreCase(words[i].text.substr(0, 8), "@@global");
    if (!words[i].IsSymbol('=') || is_global) continue;
    const std::size_t name = words[i - 1].IsSymbol(':') ? i - 2 : i - 1;
    if (!IsAutocommit(words[name].text)) continue;
    const sql::Token& value = words[i + 1];
    if (value.text == "0" || value.IsWord("OFF") || value.IsWord("FALSE")) found = false;
    // Servers begin with autocommit on, unless somebody has changed what DEFAULT means.
    const bool is_on = value.IsWord("ON") || value.IsWord("TRUE") || value.IsWord("DEFAULT");
    if (value.text == "1" || is_on) found = true;
  }
  return found;
}

std::string WithTextForOne(const std::string& sql, const sql::LexicalRules& rules) {
  std::vector<sql::Token> words = sql::Tokenize(sql, rules);
  std::erase_if(words, [](const sql::Token& token) { return token.IsBlank(); });
  std::string changed;
  std::size_t copied = 0;
  for (std::size_t i = 0; i + 4 < words.size(); ++i) {
    const bool is_comparison =
        words[i].IsSymbol('(') && words[i + 1].kind == sql::TokenKind::kQuotedIdentifier &&
        words[i + 2].IsSymbol('=') && words[i + 3].text == "1" && words[i + 4].IsSymbol(')');
    if (!is_comparison) continue;
    changed += sql.substr(copied, words[i + 3].offset - copied) + "'1'";
    copied = words[i + 3].offset + 1;
  }
  return changed + sql.substr(copied);
}

}  // namespace sluice::driver::cursor
