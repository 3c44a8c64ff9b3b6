#include "odbc_driver/cursor/row_identity.h"

#include <algorithm>
#include <array>
#include <vector>

#include "sql/lexer.h"

namespace sluice::driver::cursor {
namespace {

using Words = std::span<const sql::Token* const>;

template <std::size_t kCount>
bool IsOneOf(const sql::Token& token, const std::array<std::string_view, kCount>& words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return token.IsWord(word); });
}

bool IsName(const sql::Token& token) {
  return token.kind == sql::TokenKind::kWord || token.kind == sql::TokenKind::kQuotedIdentifier;
}

// What may follow the relation of a query that gives its rows one by one.
constexpr std::array<std::string_view, 6> kClauses = {"WHERE",  "ORDER", "LIMIT",
                                                      "OFFSET", "FETCH", "FOR"};
// What makes other rows of them, or no rows.
constexpr std::array<std::string_view, 6> kOtherRows = {"GROUP",     "HAVING", "UNION",
                                                        "INTERSECT", "EXCEPT", "INTO"};

// Steps over "[ONLY] a.b.c [*] [AS] [alias]"; false: something else stands there.
bool SkipRelation(Words words, std::size_t& next) {
  if (next < words.size() && words[next]->IsWord("ONLY")) ++next;
  if (next == words.size() || !IsName(*words[next])) return false;
  ++next;
  while (next + 1 < words.size() && words[next]->IsSymbol('.') && IsName(*words[next + 1])) {
    next += 2;
  }
  if (next < words.size() && words[next]->IsSymbol('*')) ++next;
  if (next < words.size() && words[next]->IsWord("AS")) ++next;
  if (next < words.size() && IsName(*words[next]) && !IsOneOf(*words[next], kClauses)) ++next;
  return next == words.size() || IsOneOf(*words[next], kClauses) || words[next]->IsSymbol(';');
}

int DepthChange(const sql::Token& token) {
  if (token.IsSymbol('(') || token.IsSymbol('[') || token.IsSymbol('{')) return 1;
  return token.IsSymbol(')') || token.IsSymbol(']') || token.IsSymbol('}') ? -1 : 0;
}

// Of the clause; "IS DISTINCT FROM" and a column that is called so are none. 0: there is none.
std::size_t FindFrom(Words words) {
  int depth = 0;
  for (std::size_t i = 1; i < words.size(); ++i) {
    depth += DepthChange(*words[i]);
    if (depth != 0) continue;
    if (IsOneOf(*words[i], kOtherRows)) return 0;
    if (i == 1 || !words[i]->IsWord("FROM")) continue;
    const sql::Token& before = *words[i - 1];
    if (!before.IsWord("DISTINCT") && !before.IsWord("AS") && !before.IsSymbol('.')) return i;
  }
  return 0;
}

bool EndsPlainly(Words words) {
  int depth = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    depth += DepthChange(*words[i]);
    if (depth == 0 && IsOneOf(*words[i], kOtherRows)) return false;
    if (words[i]->IsSymbol(';') && i + 1 != words.size()) return false;
  }
  return true;
}

}  // namespace

std::string IdentitySelectList() {
  std::string list;
  for (const IdentityColumn& column : kRowIdentity) {
    list += (list.empty() ? "CAST(" : ", CAST(") + std::string(column.name) + " AS text) AS \"" +
            std::string(column.label) + '"';
  }
  return list;
}

std::optional<std::string> WithRowIdentity(std::string_view sql) {
  // Where a string with backslashes ends is for the session's settings to say.
  if (sql.find('\\') != std::string_view::npos) return std::nullopt;
  const auto tokens = sql::Tokenize(sql, sql::kPostgresLexicalRules);
  std::vector<const sql::Token*> words;
  for (const sql::Token& token : tokens) {
    if (!token.IsBlank()) words.push_back(&token);
  }
  if (words.size() < 4 || !words[0]->IsWord("SELECT") || words[1]->IsWord("DISTINCT")) {
    return std::nullopt;
  }
  const std::size_t from = FindFrom(words);
  std::size_t next = from + 1;
  if (from == 0 || !SkipRelation(words, next)) return std::nullopt;
  if (!EndsPlainly(Words(words).subspan(next))) return std::nullopt;
  std::string text(sql);
  return text.insert(words[from]->offset, ", " + IdentitySelectList() + " ");
}

bool HasRowIdentity(std::span<const v1::Column> columns) {
  if (columns.size() <= kIdentityColumns) return false;
  return std::ranges::equal(columns.last(kIdentityColumns), kRowIdentity, {}, &v1::Column::name,
                            &IdentityColumn::label);
}

}  // namespace sluice::driver::cursor
