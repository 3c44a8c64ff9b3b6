#include "relay_server/dialect/row_count.h"

#include <algorithm>

#include "relay_server/dialect/statement_words.h"

namespace sluice::relay::dialect {
namespace {

constexpr std::string_view kFunction = "ROW_COUNT";

// Most texts do not: they are not cut into tokens.
bool MayCall(std::string_view sql) {
  return std::ranges::search(sql, kFunction, [](char a, char b) {
           return a == b || (a >= 'a' && a <= 'z' && a - 'a' + 'A' == b);
         }).begin() != sql.end();
}

// A column of the select list on its own, without a name: it is called as its text is.
bool IsBareColumn(const StatementWords& words, std::size_t call) {
  const bool begins = words.IsWord(call - 1, "SELECT") || words.IsSymbol(call - 1, ',');
  const std::size_t next = call + 3;
  const bool ends = next == words.size() || words.IsSymbol(next, ',') || words.IsWord(next, "FROM");
  return begins && ends;
}

}  // namespace

std::optional<std::string> WithRowCount(std::string_view sql, std::int64_t count) {
  if (!MayCall(sql)) return std::nullopt;
  const std::vector<Token> tokens = Tokenize(sql, kMysqlLexicalRules);
  const StatementWords words(tokens);
  if (words.StartsWith("CREATE") || words.StartsWith("ALTER")) return std::nullopt;  // bodies
  std::string text;
  std::size_t copied = 0;
  int depth = 0;
  for (std::size_t i = 0; i + 2 < words.size(); ++i) {
    if (words.IsSymbol(i, '(')) ++depth;
    if (words.IsSymbol(i, ')')) --depth;
    if (!words.IsWord(i, kFunction) || !words.IsSymbol(i + 1, '(') || !words.IsSymbol(i + 2, ')')) {
      continue;
    }
    const std::size_t end = words[i + 2].offset + 1;
    text.append(sql.substr(copied, words[i].offset - copied)).append(std::to_string(count));
    if (i > 0 && depth == 0 && IsBareColumn(words, i)) {
      text.append(" AS `").append(sql.substr(words[i].offset, end - words[i].offset)).append("`");
    }
    copied = end;
  }
  if (copied == 0) return std::nullopt;
  return text.append(sql.substr(copied));
}

}  // namespace sluice::relay::dialect
