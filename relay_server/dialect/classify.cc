#include "relay_server/dialect/classify.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "relay_server/dialect/called_routines.h"
#include "relay_server/dialect/hold_words.h"
#include "relay_server/dialect/question_mark.h"
#include "relay_server/dialect/session_settings.h"
#include "relay_server/dialect/statement_words.h"

namespace sluice::relay::dialect {
namespace {

constexpr auto kNone = SessionEffect::kNone;
constexpr auto kBegin = SessionEffect::kBeginTransaction;
constexpr auto kCommit = SessionEffect::kCommit;
constexpr auto kRollback = SessionEffect::kRollback;
constexpr auto kRollbackTo = SessionEffect::kRollbackToSavepoint;
constexpr auto kSetting = SessionEffect::kSetting;
constexpr auto kPin = SessionEffect::kPin;

struct KindRow {
  std::string_view word;
  v1::StatementKind kind;
};

constexpr KindRow kKinds[] = {
    {"SELECT", v1::STATEMENT_KIND_SELECT},  {"VALUES", v1::STATEMENT_KIND_SELECT},
    {"TABLE", v1::STATEMENT_KIND_SELECT},   {"SHOW", v1::STATEMENT_KIND_SELECT},
    {"EXPLAIN", v1::STATEMENT_KIND_SELECT}, {"DESCRIBE", v1::STATEMENT_KIND_SELECT},
    {"DESC", v1::STATEMENT_KIND_SELECT},    {"FETCH", v1::STATEMENT_KIND_SELECT},
    {"INSERT", v1::STATEMENT_KIND_INSERT},  {"REPLACE", v1::STATEMENT_KIND_INSERT},
    {"UPDATE", v1::STATEMENT_KIND_UPDATE},  {"MERGE", v1::STATEMENT_KIND_UPDATE},
    {"DELETE", v1::STATEMENT_KIND_DELETE},  {"CALL", v1::STATEMENT_KIND_CALL},
    {"CREATE", v1::STATEMENT_KIND_DDL},     {"ALTER", v1::STATEMENT_KIND_DDL},
    {"DROP", v1::STATEMENT_KIND_DDL},       {"TRUNCATE", v1::STATEMENT_KIND_DDL},
    {"RENAME", v1::STATEMENT_KIND_DDL},     {"COMMENT", v1::STATEMENT_KIND_DDL},
    {"GRANT", v1::STATEMENT_KIND_DDL},      {"REVOKE", v1::STATEMENT_KIND_DDL},
    {"REINDEX", v1::STATEMENT_KIND_DDL},    {"CLUSTER", v1::STATEMENT_KIND_DDL},
};

// What WITH … leads to.
constexpr std::string_view kMainVerbs[] = {"SELECT", "INSERT", "UPDATE", "DELETE",
                                           "MERGE",  "VALUES", "TABLE",  "REPLACE"};

// Statements of no kind that leave the catalogue as it is.
constexpr std::string_view kSessionVerbs[] = {
    "BEGIN",   "START",      "COMMIT", "ROLLBACK",  "END",  "ABORT",  "SAVEPOINT",
    "RELEASE", "SET",        "RESET",  "SHOW",      "USE",  "LISTEN", "UNLISTEN",
    "NOTIFY",  "DECLARE",    "CLOSE",  "MOVE",      "LOCK", "UNLOCK", "HANDLER",
    "PREPARE", "DEALLOCATE", "KILL",   "CHECKPOINT"};

// Words of a statement that may write or lock rows.
constexpr std::string_view kWritingWords[] = {"INSERT",  "UPDATE", "DELETE",    "MERGE",
                                              "INTO",    "SHARE",  "ANALYZE",   "ANALYSE",
                                              "NEXTVAL", "SETVAL", "SET_CONFIG"};
constexpr std::string_view kReadingVerbs[] = {"SELECT", "VALUES",  "TABLE", "SHOW",
                                              "WITH",   "EXPLAIN", "DESC",  "DESCRIBE"};

struct EffectRow {
  std::string_view words;  // how the statement starts
  SessionEffect effect;
};

// The first row that fits decides.
constexpr EffectRow kPostgresEffects[] = {
    {"PREPARE TRANSACTION", kCommit},
    {"COMMIT PREPARED", kNone},
    {"ROLLBACK PREPARED", kNone},
    {"ROLLBACK TO", kRollbackTo},
    {"ROLLBACK WORK TO", kRollbackTo},
    {"ROLLBACK TRANSACTION TO", kRollbackTo},
    {"ABORT", kRollback},
    {"COMMIT", kCommit},
    {"END", kCommit},
    {"ROLLBACK", kRollback},
    {"BEGIN", kBegin},
    {"START TRANSACTION", kBegin},
};

constexpr EffectRow kMysqlEffects[] = {
    {"ROLLBACK TO", kRollbackTo},
    {"ROLLBACK WORK TO", kRollbackTo},
    {"COMMIT", kCommit},
    {"ROLLBACK", kRollback},
    {"BEGIN NOT ATOMIC", kNone},  // MariaDB: a compound statement
    {"BEGIN", kBegin},
    {"START TRANSACTION", kBegin},
};

// Functions that tell of an earlier statement of the same connection.
constexpr std::string_view kPostgresGeneratedIds[] = {"LASTVAL", "CURRVAL"};
// Those, and what their arguments are made of: none of them draws from a sequence.
constexpr std::string_view kDrawNothing[] = {"lastval", "currval", "pg_get_serial_sequence"};

// CREATE … of these holds a body that runs later, if ever.
constexpr std::string_view kRoutines[] = {"FUNCTION", "PROCEDURE", "TRIGGER", "EVENT", "PACKAGE"};

v1::StatementKind KindOf(const StatementWords& words) {
  std::size_t verb = words.first();
  if (words.IsWord(verb, "WITH")) verb = words.FindOutsideParentheses(verb, kMainVerbs);
  if (words.StartsWith("SET STATEMENT")) verb = words.FindOutsideParentheses(verb, kMainVerbs);
  for (const KindRow& row : kKinds) {
    if (words.IsWord(verb, row.word)) return row.kind;
  }
  return v1::STATEMENT_KIND_OTHER;
}

bool IsReadOnlySafe(const StatementWords& words) {
  const bool reads =
      std::any_of(std::begin(kReadingVerbs), std::end(kReadingVerbs),
                  [&](std::string_view verb) { return words.IsWord(words.first(), verb); });
  return reads && !words.ContainsAnyOf(kWritingWords);
}

bool CreatesRoutine(const StatementWords& words) {
  if (!words.StartsWith("CREATE")) return false;
  // The object's kind stands among the first words: CREATE OR REPLACE DEFINER = 'a'@'b' FUNCTION.
  for (std::size_t i = words.first() + 1; i < std::min<std::size_t>(words.size(), 14); ++i) {
    if (words.IsWord(i, "TABLE") || words.IsWord(i, "AS")) return false;
    for (const std::string_view routine : kRoutines) {
      if (words.IsWord(i, routine)) return true;
    }
  }
  return false;
}

SessionEffect EffectOfStart(const StatementWords& words, std::span<const EffectRow> table) {
  for (const EffectRow& row : table) {
    if (!words.StartsWith(row.words)) continue;
    // COMMIT AND CHAIN goes straight on with the next transaction.
    if (EndsTransaction(row.effect) && words.ContainsPair("AND", "CHAIN")) return kBegin;
    return row.effect;
  }
  return kNone;
}

bool CallsAnyOf(const StatementWords& words, std::span<const std::string_view> functions) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i].kind != TokenKind::kWord || !words.IsSymbol(i + 1, '(')) continue;
    for (const std::string_view function : functions) {
      if (words[i].IsWord(function)) return true;
    }
  }
  return false;
}

// SELECT … INTO makes a table on PostgreSQL. A compound statement of MariaDB may hold anything.
bool ChangesCatalog(const StatementWords& words) {
  switch (KindOf(words)) {
    case v1::STATEMENT_KIND_SELECT:
      return words.Contains("INTO");
    case v1::STATEMENT_KIND_INSERT:
    case v1::STATEMENT_KIND_UPDATE:
    case v1::STATEMENT_KIND_DELETE:
      return false;
    case v1::STATEMENT_KIND_OTHER:
      return words.StartsWith("BEGIN NOT ATOMIC") ||
             std::none_of(std::begin(kSessionVerbs), std::end(kSessionVerbs),
                          [&](std::string_view verb) { return words.StartsWith(verb); });
    default:
      return true;
  }
}

// PostgreSQL manual, "SQL Commands": what "cannot be executed inside a transaction block".
constexpr std::string_view kOutsideTransactions[] = {"VACUUM",
                                                     "CREATE DATABASE",
                                                     "DROP DATABASE",
                                                     "CREATE TABLESPACE",
                                                     "DROP TABLESPACE",
                                                     "REINDEX DATABASE",
                                                     "REINDEX SYSTEM",
                                                     "ALTER SYSTEM",
                                                     "CREATE INDEX CONCURRENTLY",
                                                     "CREATE UNIQUE INDEX CONCURRENTLY",
                                                     "DROP INDEX CONCURRENTLY"};

bool RunsOutsideTransaction(const StatementWords& words) {
  if (words.StartsWith("CLUSTER")) return words.size() == words.first() + 1;  // of all tables
  if (words.StartsWith("REINDEX") && words.Contains("CONCURRENTLY")) return true;
  return std::any_of(std::begin(kOutsideTransactions), std::end(kOutsideTransactions),
                     [&](std::string_view start) { return words.StartsWith(start); });
}

bool ReadsGeneratedId(const StatementWords& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words.IsWord(i, "LAST_INSERT_ID") && words.IsSymbol(i + 1, '(') &&
        words.IsSymbol(i + 2, ')')) {
      return true;
    }
    if (words[i].kind != TokenKind::kSystemVariable) continue;
    const std::string_view name = words[i].text.substr(words[i].text.find_last_of("@.") + 1);
    if (EqualsIgnoreCase(name, "identity") || EqualsIgnoreCase(name, "last_insert_id")) return true;
  }
  return false;
}

// Definitions name what they do not call.
std::vector<std::string> RoutinesOf(const StatementWords& words, v1::StatementKind kind) {
  return kind == v1::STATEMENT_KIND_DDL ? std::vector<std::string>() : CalledRoutines(words);
}

// PostgreSQL: CREATE TABLE makes a temporary table when the first schema of the path is pg_temp.
bool MakesTablesTemporary(const SettingChange& change) {
  if (change.name != "search_path") return false;
  const auto begin = change.value.find_first_not_of("'\" ");
  return begin != std::string::npos &&
         EqualsIgnoreCase(std::string_view(change.value).substr(begin, 7), "pg_temp");
}

// The effect of holds, or of a SET whose values can be repeated elsewhere and which needs none.
void NoteHolds(HoldChanges holds, std::optional<std::vector<SettingChange>> settings,
               Classification& classification) {
  if (settings && std::ranges::any_of(*settings, MakesTablesTemporary)) {
    holds.takes = {{HoldKind::kOther, "search_path that begins with pg_temp"}};
    settings.reset();
  }
  if (settings && !holds.takes.empty()) {
    holds.takes.clear();
    classification.effect = kSetting;
    classification.settings = std::move(*settings);
  } else if (!holds.takes.empty()) {
    classification.effect = kPin;
  }
  classification.holds = std::move(holds);
}

// Also by a column's default, a trigger, a function.
bool MysqlMayDraw(const StatementWords& words, const Classification& classification) {
  const auto effect = classification.effect;
  if (effect != kNone && effect != kPin) return false;
  return !IsReadOnlySafe(words) || words.ContainsPair("NEXT", "VALUE") ||
         !classification.called_routines.empty();
}

Classification ClassifyMysqlStatement(std::span<const Token> tokens) {
  const StatementWords words(tokens);
  Classification classification;
  classification.kind = KindOf(words);
  classification.effect = EffectOfStart(words, kMysqlEffects);
  classification.changes_catalog = ChangesCatalog(words);
  classification.called_routines = RoutinesOf(words, classification.kind);
  if (!CreatesRoutine(words)) {
    classification.reads_generated_id = ReadsGeneratedId(words);
    classification.outcome_reads = FindOutcomeReads(words);
    NoteHolds(MysqlHolds(words), MysqlSettings(words), classification);
    classification.may_draw = MysqlMayDraw(words, classification);
  }
  const auto effect = classification.effect;
  classification.is_read_only_safe =
      effect == kSetting || (effect == kNone && IsReadOnlySafe(words));
  return classification;
}

void PinInsteadOfSetting(Classification& classification) {
  if (classification.effect != kSetting) return;
  classification.effect = kPin;
  classification.holds.takes.push_back({HoldKind::kOther, "SET among other statements"});
  classification.settings.clear();
  classification.is_read_only_safe = false;
}

template <typename T>
void Append(std::vector<T> from, std::vector<T>& to) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// Statements of a text that MySQL gets whole. The body of a routine is not cut.
std::vector<std::span<const Token>> CutAtSemicolons(std::span<const Token> tokens) {
  const StatementWords words(tokens);
  if (CreatesRoutine(words) || words.StartsWith("BEGIN NOT ATOMIC")) return {tokens};
  std::vector<std::span<const Token>> statements;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= tokens.size(); ++i) {
    if (i < tokens.size() && !tokens[i].IsSymbol(';')) continue;
    const auto part = tokens.subspan(begin, i - begin);
    const bool blank =
        std::all_of(part.begin(), part.end(), [](const Token& token) { return token.IsBlank(); });
    if (!blank || (statements.empty() && i == tokens.size())) statements.push_back(part);
    begin = i + 1;
  }
  return statements;
}

// A view, or a cursor, that draws when it is read is not seen.
bool MayDraw(const StatementWords& words, const Classification& classification) {
  const auto effect = classification.effect;
  if (effect != kNone && effect != kPin) return false;
  if (!IsReadOnlySafe(words)) return true;
  return std::ranges::any_of(classification.called_routines, [](const std::string& name) {
    return std::ranges::find(kDrawNothing, name) == std::end(kDrawNothing);
  });
}

}  // namespace

Classification ClassifyPostgres(std::span<const Token> tokens) {
  const StatementWords words(tokens);
  Classification classification;
  classification.kind = KindOf(words);
  classification.effect = EffectOfStart(words, kPostgresEffects);
  classification.reads_generated_id = CallsAnyOf(words, kPostgresGeneratedIds);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (IsIdentity(tokens, i)) classification.reads_generated_id = true;
  }
  classification.changes_catalog = ChangesCatalog(words);
  classification.called_routines = RoutinesOf(words, classification.kind);
  classification.runs_outside_transaction = RunsOutsideTransaction(words);
  NoteHolds(PostgresHolds(words), PostgresSettings(words), classification);
  const bool discards_all = words.StartsWith("DISCARD ALL");
  if (discards_all) {
    classification.effect = kSetting;
    classification.settings = {{"", ""}, {"role", ""}};
  }
  classification.may_draw = MayDraw(words, classification);
  classification.drops_sequences = discards_all || words.StartsWith("DISCARD SEQUENCES");
  classification.drops_prepared = discards_all || words.StartsWith("DEALLOCATE ALL") ||
                                  words.StartsWith("DEALLOCATE PREPARE ALL");
  const auto effect = classification.effect;
  classification.is_read_only_safe =
      effect == kSetting || (effect == kNone && IsReadOnlySafe(words));
  return classification;
}

Classification ClassifyMysql(std::span<const Token> tokens) {
  const auto statements = CutAtSemicolons(tokens);
  Classification all = ClassifyMysqlStatement(statements.front());
  // The relay does not see which of several statements took effect.
  if (statements.size() > 1) PinInsteadOfSetting(all);
  for (const auto& statement : std::span(statements).subspan(1)) {
    Classification next = ClassifyMysqlStatement(statement);
    PinInsteadOfSetting(next);
    if (all.effect != kPin && next.effect != kNone) all.effect = next.effect;
    Append(std::move(next.holds.takes), all.holds.takes);
    Append(std::move(next.called_routines), all.called_routines);
    all.reads_generated_id = all.reads_generated_id || next.reads_generated_id;
    all.is_read_only_safe = all.is_read_only_safe && next.is_read_only_safe;
    all.changes_catalog = all.changes_catalog || next.changes_catalog;
    all.may_draw = all.may_draw || next.may_draw;
  }
  if (statements.size() > 1) all.holds.ends.clear();
  return all;
}

}  // namespace sluice::relay::dialect
