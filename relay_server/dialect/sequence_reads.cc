#include "relay_server/dialect/sequence_reads.h"

#include <algorithm>

#include "relay_server/dialect/hold_words.h"
#include "relay_server/dialect/names.h"
#include "relay_server/dialect/statement_words.h"

namespace sluice::relay::dialect {
namespace {

constexpr std::string_view kLastValue = "pg_catalog.lastval()";
constexpr std::string_view kCurrentValue = "pg_catalog.currval(";

// A call in a text: tokens [begin, end), and the octets that they take.
struct Call {
  std::size_t offset = 0;
  std::size_t size = 0;
  std::string column;  // what a column with nothing else is called
  std::string text;    // empty: it depends on the statement
};

// 'text', as the server reads it whatever its settings are, and no end of a dollar quote.
bool IsPlainString(const StatementWords& words, std::size_t index) {
  return index < words.size() && words[index].kind == TokenKind::kString &&
         words[index].text.front() == '\'' &&
         words[index].text.find_first_of("\\$") == std::string_view::npos;
}

// 's', 's'::regclass, pg_get_serial_sequence('t', 'c'): tokens [begin, end).
bool IsPlainArgument(const StatementWords& words, std::size_t begin, std::size_t end) {
  if (words.IsWord(begin, "PG_GET_SERIAL_SEQUENCE")) {
    return end - begin == 6 && words.IsSymbol(begin + 1, '(') && IsPlainString(words, begin + 2) &&
           words.IsSymbol(begin + 3, ',') && IsPlainString(words, begin + 4) &&
           words.IsSymbol(begin + 5, ')');
  }
  if (!IsPlainString(words, begin)) return false;
  const bool cast = end - begin == 4 && words.IsSymbol(begin + 1, ':') &&
                    words.IsSymbol(begin + 2, ':') &&
                    (words.IsWord(begin + 3, "REGCLASS") || words.IsWord(begin + 3, "TEXT"));
  return end - begin == 1 || cast;
}

std::vector<Call> FindCalls(const StatementWords& words) {
  std::vector<Call> calls;
  for (std::size_t i = 0; i + 2 < words.size(); ++i) {
    const bool last = words.IsWord(i, "LASTVAL");
    if ((!last && !words.IsWord(i, "CURRVAL")) || !words.IsSymbol(i + 1, '(')) continue;
    const std::size_t close = words.FindClose(i + 1);
    if (close >= words.size()) continue;
    const bool qualified = i > 1 && words.IsSymbol(i - 1, '.');
    const std::size_t begin = qualified ? i - 2 : i;
    Call call;
    call.offset = words[begin].offset;
    call.size = words[close].offset + 1 - call.offset;
    call.column = last ? "lastval" : "currval";
    if (!qualified || words.IsWord(begin, "PG_CATALOG")) {
      if (last && close == i + 2) call.text = kLastValue;
      if (!last && IsPlainArgument(words, i + 2, close)) {
        call.text = std::string(kCurrentValue) + TextOf(words, i + 2, close) + ')';
      }
    }
    calls.push_back(std::move(call));
  }
  return calls;
}

std::string Literal(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c;
    if (c == '\'') quoted += c;
  }
  return quoted + '\'';
}

// INSERT INTO table (a, b) …, INSERT INTO table DEFAULT VALUES: the table as it is written, and
// the columns that get values, as the server knows them.
struct InsertTarget {
  std::string table;
  std::vector<std::string> columns;
};
std::optional<InsertTarget> FindInsertTarget(const StatementWords& words) {
  if (!words.StartsWith("INSERT INTO")) return std::nullopt;
  std::size_t index = words.first() + 2;
  const std::size_t begin = index;
  if (DottedName(words, index, true).empty()) return std::nullopt;
  InsertTarget target{TextOf(words, begin, index), {}};
  if (words.IsWord(index, "DEFAULT") && words.IsWord(index + 1, "VALUES")) return target;
  if (!words.IsSymbol(index, '(')) return std::nullopt;
  do {
    ++index;
    target.columns.push_back(DottedName(words, index, true));
    if (target.columns.back().empty()) return std::nullopt;
  } while (words.IsSymbol(index, ','));
  if (!words.IsSymbol(index, ')')) return std::nullopt;
  // Not a SELECT: what it selects may be another's way to draw, and nothing at all.
  return words.IsWord(index + 1, "VALUES") ? std::optional(std::move(target)) : std::nullopt;
}

// Columns of a table or a part of one whose default draws; rules could do something else instead.
constexpr std::string_view kDrawingColumns =
    "SELECT 1 FROM pg_catalog.pg_attribute a"
    " JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
    " LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
    " WHERE c.relkind IN ('r', 'p') AND NOT c.relhasrules AND a.attnum > 0"
    " AND NOT a.attisdropped AND (a.attidentity <> ''"
    " OR pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(''%')"
    " AND a.attrelid = pg_catalog.to_regclass(";

}  // namespace

SequenceReads FindSequenceReads(std::string_view sql) {
  const std::vector<Token> tokens = Tokenize(sql, kPostgresLexicalRules);
  SequenceReads reads;
  for (auto& call : FindCalls(StatementWords(tokens))) {
    if (call.text.empty()) {
      reads.has_other = true;
    } else if (std::ranges::find(reads.calls, call.text) == reads.calls.end()) {
      reads.calls.push_back(std::move(call.text));
    }
  }
  return reads;
}

// A subquery takes its name from its column, and gives it on where the call would have.
std::string WithSequenceValues(std::string_view sql,
                               const std::map<std::string, std::string>& value_by_call) {
  const std::vector<Token> tokens = Tokenize(sql, kPostgresLexicalRules);
  std::string text;
  std::size_t copied = 0;
  for (const auto& call : FindCalls(StatementWords(tokens))) {
    const auto value = value_by_call.find(call.text);
    if (value == value_by_call.end()) continue;
    text.append(sql.substr(copied, call.offset - copied));
    text.append("(SELECT '" + value->second + "'::pg_catalog.int8 AS " + call.column + ")");
    copied = call.offset + call.size;
  }
  return text.append(sql.substr(copied));
}

std::optional<std::string> DrawingProof(std::string_view sql,
                                        const std::vector<std::string>& calls) {
  const std::vector<Token> tokens = Tokenize(sql, kPostgresLexicalRules);
  const auto target = FindInsertTarget(StatementWords(tokens));
  if (!target) return std::nullopt;
  const std::string table = Literal(target->table);
  std::string query(kDrawingColumns);
  query += table + ")";
  for (const auto& column : target->columns) query += " AND a.attname <> " + Literal(column);
  for (const auto& call : calls) {
    if (call == kLastValue) continue;
    std::string sequence = call.substr(kCurrentValue.size());
    sequence.pop_back();
    if (const auto cast = sequence.find("::"); cast != std::string::npos) sequence.resize(cast);
    query += " AND pg_catalog.to_regclass(" + sequence +
             ") = pg_catalog.to_regclass(pg_catalog.pg_get_serial_sequence(" + table +
             ", a.attname))";
  }
  return query;
}

}  // namespace sluice::relay::dialect
