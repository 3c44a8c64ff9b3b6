#include "relay_server/dialect/statement_outcome.h"

#include <algorithm>

namespace sluice::relay::dialect {
namespace {

constexpr std::string_view kError = "Error";

// A value that is asked for by a function without arguments or a variable: as many words.
struct Ask {
  enum class What { kNothing, kRowCount, kFoundRows, kWarnings, kErrors } what = What::kNothing;
  std::size_t words = 0;
};

Ask AskAt(const StatementWords& words, std::size_t index) {
  const Token& token = words[index];
  if (token.kind == TokenKind::kSystemVariable) {
    const std::string_view name = token.text.substr(token.text.find_last_of("@.") + 1);
    if (EqualsIgnoreCase(name, "warning_count")) return {Ask::What::kWarnings, 1};
    if (EqualsIgnoreCase(name, "error_count")) return {Ask::What::kErrors, 1};
    return {};
  }
  const bool is_call = words.IsSymbol(index + 1, '(') && words.IsSymbol(index + 2, ')');
  if (is_call && token.IsWord("ROW_COUNT")) return {Ask::What::kRowCount, 3};
  if (is_call && token.IsWord("FOUND_ROWS")) return {Ask::What::kFoundRows, 3};
  return {};
}

std::size_t CountErrors(const StatementOutcome& outcome) {
  return static_cast<std::size_t>(
      std::ranges::count(outcome.conditions, kError, &StatementOutcome::Condition::level));
}

// Empty: not known.
std::string ValueOf(Ask::What what, const StatementOutcome& outcome) {
  switch (what) {
    case Ask::What::kRowCount:
      return std::to_string(outcome.row_count);
    case Ask::What::kFoundRows:
      return outcome.found_rows ? std::to_string(*outcome.found_rows) : "";
    case Ask::What::kWarnings:
      return std::to_string(outcome.conditions.size());
    case Ask::What::kErrors:
      return std::to_string(CountErrors(outcome));
    default:
      return "";
  }
}

// A column of the select list on its own, without a name: it is called as its text is.
bool IsBareColumn(const StatementWords& words, std::size_t begin, std::size_t end) {
  const bool begins = words.IsWord(begin - 1, "SELECT") || words.IsSymbol(begin - 1, ',');
  const bool ends = end == words.size() || words.IsSymbol(end, ',') || words.IsWord(end, "FROM");
  return begins && ends;
}

// What the connection has drawn from a sequence last (MariaDB manual, "PREVIOUS VALUE FOR").
bool AsksForDrawn(const StatementWords& words, std::size_t index) {
  if (words.IsWord(index, "LASTVAL")) return words.IsSymbol(index + 1, '(');
  return words.IsWord(index, "PREVIOUS") && words.IsWord(index + 1, "VALUE") &&
         words.IsWord(index + 2, "FOR");
}

bool ShowsConditions(const StatementWords& words) {
  const std::size_t kind = words.first() + 1;
  if (!words.StartsWith("SHOW")) return false;
  const std::size_t list = words.IsWord(kind, "COUNT") ? kind + 4 : kind;  // COUNT ( * )
  return words.IsWord(list, "WARNINGS") || words.IsWord(list, "ERRORS");
}

// Whatever the sql_mode makes of quotes and backslashes.
std::string Literal(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string literal = "CONVERT(X'";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    literal += kDigits[octet >> 4U];
    literal += kDigits[octet & 15U];
  }
  return literal + "' USING utf8mb4)";
}

// SHOW WARNINGS [LIMIT …], SHOW COUNT(*) ERRORS as queries.
std::string ShownConditions(std::string_view sql, const StatementWords& words,
                            const StatementOutcome& outcome) {
  const std::size_t kind = words.first() + 1;
  if (words.IsWord(kind, "COUNT")) {
    const bool errors = words.IsWord(kind + 4, "ERRORS");
    const std::size_t count = errors ? CountErrors(outcome) : outcome.conditions.size();
    return "SELECT " + std::to_string(count) + " AS `@@session." +
           (errors ? "error_count`" : "warning_count`");
  }
  const bool errors = words.IsWord(kind, "ERRORS");
  std::string query;
  for (const auto& condition : outcome.conditions) {
    if (errors && condition.level != kError) continue;
    const bool first = query.empty();
    query += first ? "SELECT " : " UNION ALL SELECT ";
    query += Literal(condition.level) + (first ? " AS `Level`, " : ", ");
    query += std::to_string(condition.code) + (first ? " AS `Code`, " : ", ");
    query += Literal(condition.message) + (first ? " AS `Message`" : "");
  }
  if (query.empty()) {
    query = "SELECT '' AS `Level`, 0 AS `Code`, '' AS `Message` FROM DUAL WHERE FALSE";
  }
  if (kind + 1 < words.size()) query.append(" ").append(sql.substr(words[kind + 1].offset));
  return query;
}

}  // namespace

OutcomeReads FindOutcomeReads(const StatementWords& words) {
  OutcomeReads reads;
  if (words.StartsWith("ALTER") || words.StartsWith("BEGIN NOT ATOMIC")) return reads;  // bodies
  reads.diagnostics =
      words.StartsWith("GET DIAGNOSTICS") || words.StartsWith("GET CURRENT DIAGNOSTICS");
  reads.any = ShowsConditions(words);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Ask ask = AskAt(words, i);
    reads.any = reads.any || ask.what != Ask::What::kNothing;
    reads.found_rows = reads.found_rows || ask.what == Ask::What::kFoundRows;
    reads.drawn = reads.drawn || AsksForDrawn(words, i);
  }
  return reads;
}

std::string WithOutcome(std::string_view sql, const StatementOutcome& outcome) {
  const std::vector<Token> tokens = Tokenize(sql, kMysqlLexicalRules);
  const StatementWords words(tokens);
  if (ShowsConditions(words)) return ShownConditions(sql, words, outcome);
  std::string text;
  std::size_t copied = 0;
  int depth = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words.IsSymbol(i, '(')) ++depth;
    if (words.IsSymbol(i, ')')) --depth;
    const Ask ask = AskAt(words, i);
    const std::string value = ValueOf(ask.what, outcome);
    if (value.empty()) continue;
    const Token& last = words[i + ask.words - 1];
    const std::size_t end = last.offset + last.text.size();
    text.append(sql.substr(copied, words[i].offset - copied)).append(value);
    if (i > 0 && depth == 0 && IsBareColumn(words, i, i + ask.words)) {
      text.append(" AS `").append(sql.substr(words[i].offset, end - words[i].offset)).append("`");
    }
    copied = end;
    i += ask.words - 1;
  }
  return text.append(sql.substr(copied));
}

}  // namespace sluice::relay::dialect
