#include "relay_server/dialect/translate.h"

#include <algorithm>

#include "relay_server/dialect/row_insert.h"

namespace sluice::relay::dialect {
namespace {

// What both servers take of one statement, and what ODBC can number.
constexpr std::size_t kMaxMarkers = 65'535;
// Of one text. Each costs the relay a kilobyte or two, however short it is.
constexpr std::size_t kMaxStatements = 100'000;

void CheckLimit(std::size_t count, std::size_t limit, const char* what) {
  if (count <= limit) return;
  throw TranslationError("54000", "a text has at most " + std::to_string(limit) + ' ' + what);
}

bool IsBlank(std::span<const Token> tokens) {
  return std::all_of(tokens.begin(), tokens.end(),
                     [](const Token& token) { return token.IsBlank(); });
}

// Keeps track of what a semicolon may stand in.
class Nesting {
 public:
  void Read(const Token& token) {
    if (token.IsSymbol('(')) ++parentheses_;
    if (token.IsSymbol(')') && parentheses_ > 0) --parentheses_;
    if (token.kind != TokenKind::kWord) return;
    if (body_depth_ == 0) {
      if (after_begin_ && token.IsWord("ATOMIC")) body_depth_ = 1;
      after_begin_ = token.IsWord("BEGIN");
    } else if (token.IsWord("CASE") || token.IsWord("BEGIN")) {
      ++body_depth_;
    } else if (token.IsWord("END")) {
      --body_depth_;
    }
  }
  bool outside() const { return parentheses_ == 0 && body_depth_ == 0; }

 private:
  int parentheses_ = 0;
  int body_depth_ = 0;
  bool after_begin_ = false;
};

TranslatedStatement TranslateStatement(std::span<const Token> tokens, const Grammar& grammar,
                                       const RewriteOptions& options) {
  RewrittenStatement rewritten = Rewrite(tokens, grammar.rules, options);
  Classification classification = grammar.classify(tokens);
  std::string procedure_sql;
  if (rewritten.may_be_procedure) {
    RewriteOptions as_procedure = options;
    as_procedure.procedure_form = true;
    procedure_sql = Rewrite(tokens, grammar.rules, as_procedure).sql;
  }
  return {.sql = std::move(rewritten.sql),
          .parameter_count = rewritten.parameter_count,
          .marker_count = rewritten.marker_count,
          .returns_value = rewritten.returns_value,
          .dropped_markers = std::move(rewritten.dropped_markers),
          .procedure_sql = std::move(procedure_sql),
          .kind = classification.kind,
          .effect = classification.effect,
          .settings = std::move(classification.settings),
          .holds = std::move(classification.holds),
          .drops_prepared = classification.drops_prepared,
          .reads_generated_id = classification.reads_generated_id,
          .outcome_reads = classification.outcome_reads,
          .may_draw = classification.may_draw,
          .drops_sequences = classification.drops_sequences,
          .called_routines = std::move(classification.called_routines),
          .changes_catalog = classification.changes_catalog,
          .runs_outside_transaction = classification.runs_outside_transaction,
          .is_read_only_safe = classification.is_read_only_safe,
          .row_insert = FindRowInsert(tokens)};
}

// The server of MySQL takes a semicolon at the end; without it texts that differ in it alone share
// their prepared statement.
std::span<const Token> CutLastSemicolon(std::span<const Token> tokens) {
  std::size_t end = tokens.size();
  while (end > 0 && (tokens[end - 1].IsBlank() || tokens[end - 1].IsSymbol(';'))) {
    --end;
    if (tokens[end].IsSymbol(';')) return tokens.first(end);
  }
  return tokens;
}

}  // namespace

std::vector<std::span<const Token>> SplitStatements(std::span<const Token> tokens) {
  std::vector<std::span<const Token>> statements;
  Nesting nesting;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= tokens.size(); ++i) {
    if (i < tokens.size()) {
      nesting.Read(tokens[i]);
      if (!tokens[i].IsSymbol(';') || !nesting.outside()) continue;
    }
    const auto statement = tokens.subspan(begin, i - begin);
    if (!IsBlank(statement)) statements.push_back(statement);
    CheckLimit(statements.size(), kMaxStatements, "statements");
    begin = i + 1;
  }
  if (statements.empty()) statements.push_back({});
  return statements;
}

std::vector<TranslatedStatement> TranslateText(std::string_view sql, const Grammar& grammar,
                                               bool escape_scan,
                                               const std::vector<bool>& output_only) {
  const std::vector<Token> tokens = Tokenize(sql, grammar.rules.lexical);
  const auto statements =
      grammar.rules.splits_statements
          ? SplitStatements(tokens)
          : std::vector<std::span<const Token>>{CutLastSemicolon(std::span(tokens))};
  std::vector<TranslatedStatement> translated;
  translated.reserve(statements.size());
  RewriteOptions options{.escape_scan = escape_scan, .output_only = output_only};
  for (const auto& statement : statements) {
    translated.push_back(TranslateStatement(statement, grammar, options));
    options.first_marker += static_cast<std::size_t>(translated.back().marker_count);
    CheckLimit(options.first_marker, kMaxMarkers, "parameter markers");
  }
  return translated;
}

}  // namespace sluice::relay::dialect
