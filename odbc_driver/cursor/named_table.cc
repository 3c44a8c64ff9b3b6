#include "odbc_driver/cursor/named_table.h"

#include <algorithm>
#include <string>

#include "sql/lexer.h"

namespace sluice::driver::cursor {
namespace {

// What the server tells in lower case may be written otherwise.
bool IsIdentifier(const sql::Token& token, std::string_view name) {
  if (token.kind == sql::TokenKind::kWord) return sql::EqualsIgnoreCase(token.text, name);
  if (token.kind != sql::TokenKind::kQuotedIdentifier) return false;
  const char quote = token.text.front();  // " with ANSI_QUOTES
  std::string quoted(1, quote);
  for (const char character : name) quoted += std::string(character == quote ? 2 : 1, character);
  return sql::EqualsIgnoreCase(token.text, quoted + quote);
}

// Behind what a table's name stands. An alias stands behind a name, a parenthesis or AS.
bool LeadsToTable(const sql::Token& token) {
  constexpr std::string_view kWords[] = {"FROM", "JOIN", "STRAIGHT_JOIN"};
  return std::ranges::any_of(kWords, [&](auto word) { return token.IsWord(word); }) ||
         token.IsSymbol(',') || token.IsSymbol('(') || token.IsSymbol('.');
}

}  // namespace

bool NamesItsTable(std::string_view query, const std::vector<v1::Column>& columns,
                   v1::Engine engine, const sql::LexicalRules& rules) {
  if (engine != v1::ENGINE_MYSQL || query.empty()) return true;
  const auto of_table = std::ranges::find_if(columns, [](const v1::Column& column) {
    return !column.table().empty() && column.table() == column.table_label();
  });
  if (of_table == columns.end()) return true;  // an alias that is told apart is a table's
  const auto tokens = sql::Tokenize(query, rules);
  const sql::Token* before = nullptr;
  bool in_from = false;
  bool is_alias = false;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].IsBlank()) continue;
    in_from = in_from || tokens[i].IsWord("FROM");
    const bool qualifies = i + 1 < tokens.size() && tokens[i + 1].IsSymbol('.');
    if (in_from && before != nullptr && !qualifies && IsIdentifier(tokens[i], of_table->table())) {
      if (LeadsToTable(*before)) return true;
      is_alias = true;
    }
    before = &tokens[i];
  }
  return !is_alias;
}

}  // namespace sluice::driver::cursor
