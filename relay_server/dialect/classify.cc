#include "relay_server/dialect/classify.h"

#include <algorithm>
#include <optional>
#include <utility>

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
  std::string_view reason = {};
};

// The first row that fits decides.
constexpr EffectRow kPostgresEffects[] = {
    {"SET LOCAL", kNone},
    {"SET TRANSACTION", kNone},
    {"SET CONSTRAINTS", kNone},
    {"SET", kPin, "SET"},
    {"RESET", kPin, "RESET"},
    {"DISCARD", kPin, "DISCARD"},
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
    {"PREPARE", kPin, "PREPARE"},
    {"EXECUTE", kPin, "PREPARE"},
    {"DEALLOCATE", kPin, "PREPARE"},
    {"LISTEN", kPin, "LISTEN"},
    {"UNLISTEN", kPin, "LISTEN"},
    {"LOAD", kPin, "LOAD"},
};

constexpr EffectRow kMysqlEffects[] = {
    {"SET STATEMENT", kNone},  // MariaDB: for one statement
    {"SET PASSWORD", kNone},
    {"SET DEFAULT ROLE", kNone},
    {"SET NAMES", kPin, "SET NAMES"},
    // Holds for the next transaction of this connection, which the pool might give to another.
    {"SET TRANSACTION", kPin, "SET TRANSACTION"},
    {"SET", kPin, "SET"},
    {"ROLLBACK TO", kRollbackTo},
    {"ROLLBACK WORK TO", kRollbackTo},
    {"COMMIT", kCommit},
    {"ROLLBACK", kRollback},
    {"BEGIN NOT ATOMIC", kNone},  // MariaDB: a compound statement
    {"BEGIN", kBegin},
    {"START TRANSACTION", kBegin},
    {"XA", kPin, "XA"},
    {"USE", kPin, "current database"},
    {"LOCK TABLES", kPin, "LOCK TABLES"},
    {"LOCK TABLE", kPin, "LOCK TABLES"},
    {"FLUSH TABLES WITH READ LOCK", kPin, "LOCK TABLES"},
    {"HANDLER", kPin, "HANDLER"},
    {"PREPARE", kPin, "PREPARE"},
    {"EXECUTE", kPin, "PREPARE"},
    {"DEALLOCATE", kPin, "PREPARE"},
    {"DROP PREPARE", kPin, "PREPARE"},
};

struct CallRow {
  std::string_view function;
  std::string_view reason;
};

// Functions whose effect stays with the connection.
constexpr CallRow kPostgresCalls[] = {
    {"PG_ADVISORY_LOCK", "advisory lock"},     {"PG_ADVISORY_LOCK_SHARED", "advisory lock"},
    {"PG_TRY_ADVISORY_LOCK", "advisory lock"}, {"PG_TRY_ADVISORY_LOCK_SHARED", "advisory lock"},
    {"DBLINK_CONNECT", "dblink connection"},   {"SETSEED", "random seed"},
};

// Functions that tell of an earlier statement of the same connection.
constexpr CallRow kPostgresGeneratedIds[] = {{"LASTVAL", "lastval"}, {"CURRVAL", "currval"}};

constexpr CallRow kMysqlCalls[] = {
    {"GET_LOCK", "GET_LOCK"},
    {"FOUND_ROWS", "FOUND_ROWS"},
    {"ROW_COUNT", "ROW_COUNT"},
};

// CREATE … of these holds a body that runs later, if ever.
constexpr std::string_view kRoutines[] = {"FUNCTION", "PROCEDURE", "TRIGGER", "EVENT", "PACKAGE"};
constexpr std::string_view kTemporary[] = {"TEMP", "TEMPORARY"};

struct Effect {
  SessionEffect effect = kNone;
  std::string_view reason = {};
};

Effect PinFor(std::string_view reason) { return {kPin, reason}; }

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

Effect EffectOfStart(const StatementWords& words, std::span<const EffectRow> table) {
  for (const EffectRow& row : table) {
    if (!words.StartsWith(row.words)) continue;
    // COMMIT AND CHAIN goes straight on with the next transaction.
    if (EndsTransaction(row.effect) && words.ContainsPair("AND", "CHAIN")) return {kBegin};
    return {row.effect, row.reason};
  }
  return {};
}

std::optional<Effect> EffectOfCalls(const StatementWords& words, std::span<const CallRow> table) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i].kind != TokenKind::kWord || !words.IsSymbol(i + 1, '(')) continue;
    for (const CallRow& row : table) {
      if (words[i].IsWord(row.function)) return PinFor(row.reason);
    }
  }
  return std::nullopt;
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

bool IsLiteralTrue(const Token& token) {
  return token.IsWord("TRUE") || EqualsIgnoreCase(token.text, "'t'") ||
         EqualsIgnoreCase(token.text, "'true'");
}

// set_config(name, value, is_local) is SET, unless is_local is literally true.
bool SetsConfig(const StatementWords& words) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (!words.IsWord(i, "SET_CONFIG") || !words.IsSymbol(i + 1, '(')) continue;
    int depth = 0;
    std::size_t close = i + 1;
    for (; close < words.size(); ++close) {
      if (words.IsSymbol(close, '(')) ++depth;
      if (words.IsSymbol(close, ')') && --depth == 0) break;
    }
    const bool local =
        close < words.size() && words.IsSymbol(close - 2, ',') && IsLiteralTrue(words[close - 1]);
    if (!local) return true;
  }
  return false;
}

// CREATE TEMP …, SELECT … INTO TEMP …; a table that goes with its transaction leaves nothing.
bool CreatesTemporary(const StatementWords& words) {
  if (words.StartsWith("CREATE")) {
    for (std::size_t i = words.first() + 1; i < std::min<std::size_t>(words.size(), 6); ++i) {
      for (const std::string_view word : kTemporary) {
        if (words.IsWord(i, word)) return !words.ContainsPair("COMMIT", "DROP");
      }
    }
    return words.Contains("PG_TEMP");
  }
  return words.ContainsPair("INTO", "TEMP") || words.ContainsPair("INTO", "TEMPORARY");
}

Effect PostgresEffect(const StatementWords& words) {
  if (CreatesTemporary(words)) return PinFor("temporary table");
  if (words.StartsWith("CREATE")) return {};
  if (words.StartsWith("DECLARE") && words.ContainsPair("WITH", "HOLD")) {
    return PinFor("WITH HOLD cursor");
  }
  const Effect start = EffectOfStart(words, kPostgresEffects);
  if (start.effect != kNone) return start;
  if (SetsConfig(words)) return PinFor("SET");
  return EffectOfCalls(words, kPostgresCalls).value_or(Effect{});
}

bool IsSetOf(const StatementWords& words, std::string_view variable) {
  if (!words.StartsWith("SET")) return false;
  for (std::size_t i = words.first() + 1; i < words.size(); ++i) {
    const Token& token = words[i];
    const bool is_name = token.kind == TokenKind::kWord || token.kind == TokenKind::kSystemVariable;
    const std::size_t start = token.text.find_last_of("@.");
    const std::string_view name =
        start == std::string_view::npos ? token.text : token.text.substr(start + 1);
    if (is_name && EqualsIgnoreCase(name, variable)) return true;
  }
  return false;
}

bool HasUserVariable(const StatementWords& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].kind == TokenKind::kUserVariable) return true;
  }
  return false;
}

Effect MysqlEffect(const StatementWords& words) {
  if (words.StartsWith("CREATE TEMPORARY") || words.StartsWith("CREATE OR REPLACE TEMPORARY")) {
    return PinFor("temporary table");
  }
  if (CreatesRoutine(words)) return {};
  if (HasUserVariable(words)) return PinFor("user variable");
  if (IsSetOf(words, "AUTOCOMMIT")) return PinFor("SET autocommit");
  const Effect start = EffectOfStart(words, kMysqlEffects);
  if (start.effect != kNone) return start;
  if (words.Contains("SQL_CALC_FOUND_ROWS")) return PinFor("FOUND_ROWS");
  return EffectOfCalls(words, kMysqlCalls).value_or(Effect{});
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

// Variables with literal values need no pin.
void NoteSettings(std::optional<std::vector<SettingChange>> settings,
                  Classification& classification) {
  if (!settings) return;
  classification.effect = kSetting;
  classification.pin_reason = {};
  classification.settings = std::move(*settings);
  classification.is_read_only_safe = true;
}

Classification ClassifyMysqlStatement(std::span<const Token> tokens) {
  const StatementWords words(tokens);
  const auto [effect, reason] = MysqlEffect(words);
  Classification classification{
      .kind = KindOf(words),
      .effect = effect,
      .pin_reason = reason,
      .reads_generated_id = !CreatesRoutine(words) && ReadsGeneratedId(words),
      .is_read_only_safe = effect == kNone && IsReadOnlySafe(words),
      .changes_catalog = ChangesCatalog(words)};
  if (effect == kPin) NoteSettings(MysqlSettings(words), classification);
  return classification;
}

void PinInsteadOfSetting(Classification& classification) {
  if (classification.effect != kSetting) return;
  classification.effect = kPin;
  classification.pin_reason = "SET among other statements";
  classification.settings.clear();
  classification.is_read_only_safe = false;
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

}  // namespace

Classification ClassifyPostgres(std::span<const Token> tokens) {
  const StatementWords words(tokens);
  const auto [effect, reason] = PostgresEffect(words);
  const bool reads_id = EffectOfCalls(words, kPostgresGeneratedIds).has_value();
  Classification classification{.kind = KindOf(words),
                                .effect = effect,
                                .pin_reason = reason,
                                .reads_generated_id = reads_id,
                                .is_read_only_safe = effect == kNone && IsReadOnlySafe(words),
                                .changes_catalog = ChangesCatalog(words)};
  if (effect == kPin) NoteSettings(PostgresSettings(words), classification);
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
    if (all.effect != kPin && next.effect != kNone) {
      all.effect = next.effect;
      all.pin_reason = next.pin_reason;
    }
    all.reads_generated_id = all.reads_generated_id || next.reads_generated_id;
    all.is_read_only_safe = all.is_read_only_safe && next.is_read_only_safe;
    all.changes_catalog = all.changes_catalog || next.changes_catalog;
  }
  return all;
}

}  // namespace sluice::relay::dialect
