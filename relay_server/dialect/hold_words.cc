#include "relay_server/dialect/hold_words.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "relay_server/dialect/names.h"

namespace sluice::relay::dialect {
namespace {

constexpr std::string_view kTemporary[] = {"TEMP", "TEMPORARY"};

// A statement that takes or ends a hold named by what follows its words; "ALL" and "*" end all.
struct StartRow {
  std::string_view words;
  HoldKind kind;
  bool takes;
};

constexpr StartRow kPostgresStarts[] = {
    {"PREPARE", HoldKind::kPrepare, true},     {"DEALLOCATE PREPARE", HoldKind::kPrepare, false},
    {"DEALLOCATE", HoldKind::kPrepare, false}, {"LISTEN", HoldKind::kListen, true},
    {"UNLISTEN", HoldKind::kListen, false},    {"CLOSE", HoldKind::kHoldCursor, false},
};
constexpr StartRow kMysqlStarts[] = {
    {"PREPARE", HoldKind::kPrepare, true},
    {"DEALLOCATE PREPARE", HoldKind::kPrepare, false},
    {"DROP PREPARE", HoldKind::kPrepare, false},
};

// A function whose first argument names a hold.
struct CallRow {
  std::string_view function;
  HoldKind kind;
  enum class Effect { kTakes, kTries, kEnds, kEndsAll } effect;
};
using enum CallRow::Effect;

constexpr CallRow kPostgresCalls[] = {
    {"PG_ADVISORY_LOCK", HoldKind::kAdvisoryLock, kTakes},
    {"PG_ADVISORY_LOCK_SHARED", HoldKind::kAdvisoryLock, kTakes},
    {"PG_TRY_ADVISORY_LOCK", HoldKind::kAdvisoryLock, kTries},
    {"PG_TRY_ADVISORY_LOCK_SHARED", HoldKind::kAdvisoryLock, kTries},
    {"PG_ADVISORY_UNLOCK", HoldKind::kAdvisoryLock, kEnds},
    {"PG_ADVISORY_UNLOCK_SHARED", HoldKind::kAdvisoryLock, kEnds},
    {"PG_ADVISORY_UNLOCK_ALL", HoldKind::kAdvisoryLock, kEndsAll},
    {"DBLINK_CONNECT", HoldKind::kLink, kTakes},
    {"DBLINK_CONNECT_U", HoldKind::kLink, kTakes},
    {"DBLINK_DISCONNECT", HoldKind::kLink, kEnds},
};
constexpr CallRow kMysqlCalls[] = {
    {"GET_LOCK", HoldKind::kNamedLock, kTries},
    {"RELEASE_LOCK", HoldKind::kNamedLock, kEnds},
    {"RELEASE_ALL_LOCKS", HoldKind::kNamedLock, kEndsAll},
};

// Words of a DO block that may leave something behind.
constexpr std::string_view kLeavingWords[] = {"TEMP",
                                              "TEMPORARY",
                                              "PG_TEMP",
                                              "PG_ADVISORY_LOCK",
                                              "PG_ADVISORY_LOCK_SHARED",
                                              "PG_TRY_ADVISORY_LOCK",
                                              "PG_TRY_ADVISORY_LOCK_SHARED",
                                              "LISTEN",
                                              "SET_CONFIG",
                                              "DBLINK_CONNECT",
                                              "EXECUTE"};

void Take(HoldChanges& changes, HoldKind kind, std::string name) {
  changes.takes.push_back({kind, std::move(name)});
}

void End(HoldChanges& changes, HoldKind kind, std::string name) {
  const bool all = name.empty();
  changes.ends.push_back({.kind = kind, .name = std::move(name), .all = all});
}

// The last part of a dotted name.
std::string LastPart(const std::string& name) { return name.substr(name.rfind('.') + 1); }

bool IsTemporaryWord(const StatementWords& words, std::size_t index) {
  return words.IsWord(index, kTemporary[0]) || words.IsWord(index, kTemporary[1]);
}

// Behind IF EXISTS and IF NOT EXISTS.
std::size_t SkipIfExists(const StatementWords& words, std::size_t index) {
  if (!words.IsWord(index, "IF")) return index;
  index += words.IsWord(index + 1, "NOT") ? 2 : 1;
  return words.IsWord(index, "EXISTS") ? index + 1 : index;
}

std::size_t CountWords(std::string_view words) {
  return static_cast<std::size_t>(std::ranges::count(words, ' ')) + 1;
}

void ReadStart(const StatementWords& words, std::span<const StartRow> table, bool fold,
               HoldChanges& changes) {
  for (const StartRow& row : table) {
    if (!words.StartsWith(row.words)) continue;
    std::size_t index = words.first() + CountWords(row.words);
    const bool all = words.IsWord(index, "ALL") || words.IsSymbol(index, '*');
    std::string name = all ? "" : DottedName(words, index, fold);
    if (row.takes) {
      Take(changes, row.kind, std::move(name));
    } else {
      End(changes, row.kind, std::move(name));
    }
    return;
  }
}

// How many markers stand in front of a token.
int MarkersBefore(const StatementWords& words, std::size_t index) {
  int count = 0;
  for (std::size_t i = 0; i < index; ++i) count += words.IsSymbol(i, '?') ? 1 : 0;
  return count;
}

std::size_t FindClose(const StatementWords& words, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < words.size(); ++i) {
    if (words.IsSymbol(i, '(')) ++depth;
    if (words.IsSymbol(i, ')') && --depth == 0) return i;
  }
  return words.size();
}

// The arguments as a name: a string without its quotes, numbers as they are; or the marker that
// tells it. Neither: it is computed.
void ReadArgument(const StatementWords& words, std::size_t open, HoldKind kind, std::string& name,
                  int& parameter) {
  const std::size_t close = FindClose(words, open);
  const std::size_t begin = open + 1;
  if (begin >= close) return;
  if (words.IsSymbol(begin, '?')) {
    parameter = MarkersBefore(words, begin);
    return;
  }
  const bool first_only = kind == HoldKind::kNamedLock || kind == HoldKind::kLink;
  std::size_t end = begin;
  while (end < close && !(first_only && words.IsSymbol(end, ','))) {
    if (!IsLiteral(words[end]) && !words.IsSymbol(end, ',')) return;
    ++end;
  }
  const bool alone = kind == HoldKind::kLink && end == close;  // the connection without a name
  if (alone) return;
  if (end - begin == 1) {
    name = Unquoted(words[begin]);
  } else if (!first_only) {
    name = TextOf(words, begin, end);
  }
}

void ReadCalls(const StatementWords& words, std::span<const CallRow> table, HoldChanges& changes) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i].kind != TokenKind::kWord || !words.IsSymbol(i + 1, '(')) continue;
    for (const CallRow& row : table) {
      if (!words[i].IsWord(row.function)) continue;
      std::string name;
      int parameter = -1;
      ReadArgument(words, i + 1, row.kind, name, parameter);
      if (row.effect == kTakes || row.effect == kTries) {
        changes.takes.push_back({row.kind, std::move(name), parameter});
      } else {
        changes.ends.push_back({.kind = row.kind,
                                .name = std::move(name),
                                .all = row.effect == kEndsAll,
                                .parameter = parameter});
      }
      if (row.effect != kTakes) changes.ask = true;
    }
  }
}

// DROP TABLE a, b
void ReadDrop(const StatementWords& words, bool fold, HoldChanges& changes) {
  std::size_t index = words.first() + 1;
  if (IsTemporaryWord(words, index)) ++index;
  constexpr std::string_view kObjects[] = {"TABLE", "TABLES", "VIEW", "SEQUENCE"};
  const bool object = std::ranges::any_of(
      kObjects, [&](std::string_view word) { return words.IsWord(index, word); });
  if (!object) return;
  index = SkipIfExists(words, index + 1);
  for (;;) {
    std::string name = DottedName(words, index, fold);
    if (name.empty()) return;
    End(changes, HoldKind::kTemporaryTable, fold ? LastPart(name) : std::move(name));
    if (!words.IsSymbol(index, ',')) return;
    ++index;
  }
}

// ---- PostgreSQL ----

// CREATE TEMP …, SELECT … INTO TEMP …; a table that goes with its transaction leaves nothing.
std::optional<std::string> TemporaryName(const StatementWords& words) {
  if (words.StartsWith("CREATE")) {
    for (std::size_t i = words.first() + 1; i < std::min<std::size_t>(words.size(), 6); ++i) {
      if (!IsTemporaryWord(words, i)) continue;
      if (words.ContainsPair("COMMIT", "DROP")) return std::nullopt;
      std::size_t index = i + 1;
      if (words.IsWord(index, "RECURSIVE")) ++index;
      index = SkipIfExists(words, index + 1);  // behind TABLE, VIEW or SEQUENCE
      return LastPart(DottedName(words, index, true));
    }
    for (std::size_t i = words.first() + 1; i < words.size(); ++i) {
      if (!words.IsWord(i, "PG_TEMP")) continue;
      return LastPart(DottedName(words, i, true));
    }
    return std::nullopt;
  }
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (!words.IsWord(i, "INTO") || !IsTemporaryWord(words, i + 1)) continue;
    std::size_t index = i + 2;
    if (words.IsWord(index, "TABLE")) ++index;
    return LastPart(DottedName(words, index, true));
  }
  return std::nullopt;
}

bool IsLiteralTrue(const Token& token) {
  return token.IsWord("TRUE") || EqualsIgnoreCase(token.text, "'t'") ||
         EqualsIgnoreCase(token.text, "'true'");
}

// set_config(name, value, is_local) is SET, unless is_local is literally true.
void ReadSetConfig(const StatementWords& words, HoldChanges& changes) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (!words.IsWord(i, "SET_CONFIG") || !words.IsSymbol(i + 1, '(')) continue;
    const std::size_t close = FindClose(words, i + 1);
    const bool local =
        close < words.size() && words.IsSymbol(close - 2, ',') && IsLiteralTrue(words[close - 1]);
    if (local) continue;
    const bool named = words.IsSymbol(i + 3, ',') && words[i + 2].kind == TokenKind::kString;
    Take(changes, HoldKind::kSetting, named ? LowerCase(Unquoted(words[i + 2])) : "");
  }
}

// SET that is no setting which can be repeated; whether it is one is found out elsewhere.
void ReadPostgresSet(const StatementWords& words, HoldChanges& changes) {
  const bool resets = words.StartsWith("RESET");
  for (const auto* local : {"SET LOCAL", "SET TRANSACTION", "SET CONSTRAINTS"}) {
    if (words.StartsWith(local)) return;
  }
  std::size_t index = words.first() + 1;
  if (words.StartsWith("SET SESSION") && !words.IsWord(index + 1, "AUTHORIZATION")) ++index;
  std::string name;
  if (words.IsWord(index, "SESSION")) {
    name = "session authorization";
    const bool ends = resets || words.IsWord(index + 2, "DEFAULT");
    if (ends) return End(changes, HoldKind::kSetting, std::move(name));
  } else if (words.IsWord(index, "CHARACTERISTICS")) {
    name = "session characteristics";
  } else {
    name = DottedName(words, index, true);
  }
  Take(changes, HoldKind::kSetting, std::move(name));
}

// PL/pgSQL's statement SET, not the SET of an UPDATE.
bool HasSetStatement(const StatementWords& words) {
  constexpr std::string_view kBefore[] = {"BEGIN", "THEN", "ELSE", "LOOP"};
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (!words.IsWord(i, "SET") || words.IsWord(i + 1, "LOCAL")) continue;
    const bool begins =
        words.IsSymbol(i - 1, ';') || std::ranges::any_of(kBefore, [&](std::string_view word) {
          return words.IsWord(i - 1, word);
        });
    if (begins) return true;
  }
  return false;
}

// The body of a DO block is a string to the lexer.
void ReadDo(const StatementWords& words, HoldChanges& changes) {
  for (std::size_t i = words.first() + 1; i < words.size(); ++i) {
    if (words[i].kind != TokenKind::kString) continue;
    std::string_view body = words[i].text;
    const std::size_t open = body.front() == '$' ? body.find('$', 1) + 1 : 1;
    body.remove_prefix(std::min(open, body.size()));
    const std::vector<Token> tokens = Tokenize(body, kPostgresLexicalRules);
    const StatementWords inner(tokens);
    if (!inner.ContainsAnyOf(kLeavingWords) && !HasSetStatement(inner)) continue;
    Take(changes, HoldKind::kDoBlock, "");
    changes.ask = true;
    return;
  }
}

void ReadDiscard(const StatementWords& words, HoldChanges& changes) {
  const std::size_t index = words.first() + 1;
  if (words.IsWord(index, "ALL")) changes.ends_all = true;
  if (IsTemporaryWord(words, index)) End(changes, HoldKind::kTemporaryTable, "");
}

// ---- MySQL ----

// Variables that the statement gives values which are not literals.
void ReadUserVariables(const StatementWords& words, HoldChanges& changes) {
  const bool sets = words.StartsWith("SET") && !words.StartsWith("SET STATEMENT");
  const bool all = words.StartsWith("CALL") || words.StartsWith("GET");
  bool into = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    into = into || words.IsWord(i, "INTO");
    if (words[i].kind != TokenKind::kUserVariable) continue;
    const bool walrus = words.IsSymbol(i + 1, ':') && words.IsSymbol(i + 2, '=');
    const bool assigned = walrus || (sets && words.IsSymbol(i + 1, '='));
    if (assigned || all || into) {
      Take(changes, HoldKind::kUserVariable, UserVariableName(words[i]));
    }
  }
}

void Rename(HoldChanges& changes, std::string from, std::string to) {
  changes.ends.push_back(
      {.kind = HoldKind::kTemporaryTable, .name = std::move(from), .renamed_to = std::move(to)});
}

// RENAME TABLE a TO b, …; ALTER TABLE a RENAME [TO | AS] b
void ReadRename(const StatementWords& words, HoldChanges& changes) {
  std::size_t index = words.first() + 2;
  if (words.StartsWith("RENAME TABLE") || words.StartsWith("RENAME TABLES")) {
    do {
      std::string from = DottedName(words, index, false);
      Rename(changes, std::move(from), DottedName(words, ++index, false));
    } while (words.IsSymbol(index++, ','));
    return;
  }
  if (!words.StartsWith("ALTER TABLE")) return;
  index = SkipIfExists(words, index);
  const std::string from = DottedName(words, index, false);
  for (; index < words.size(); ++index) {
    if (!words.IsWord(index, "RENAME")) continue;
    std::size_t to = index + 1;
    if (words.IsWord(to, "COLUMN") || words.IsWord(to, "INDEX") || words.IsWord(to, "KEY")) {
      continue;
    }
    if (words.IsWord(to, "TO") || words.IsWord(to, "AS")) ++to;
    Rename(changes, from, DottedName(words, to, false));
  }
}

// HANDLER t OPEN [AS a], HANDLER a CLOSE
void ReadHandler(const StatementWords& words, HoldChanges& changes) {
  std::size_t index = words.first() + 1;
  std::string name = DottedName(words, index, false);
  if (words.IsWord(index, "CLOSE")) return End(changes, HoldKind::kHandler, std::move(name));
  if (!words.IsWord(index, "OPEN")) return;
  if (words.IsWord(++index, "AS")) ++index;
  std::string alias = DottedName(words, index, false);
  Take(changes, HoldKind::kHandler, alias.empty() ? std::move(name) : std::move(alias));
}

void ReadXa(const StatementWords& words, HoldChanges& changes) {
  const std::size_t index = words.first() + 1;
  if (words.IsWord(index, "COMMIT") || words.IsWord(index, "ROLLBACK")) {
    return End(changes, HoldKind::kXa, "");
  }
  if (!words.IsWord(index, "RECOVER")) Take(changes, HoldKind::kXa, "");
}

// The variable of a SET that the relay cannot repeat, "" when it is not one variable.
std::string MysqlSetName(const StatementWords& words) {
  for (std::size_t i = words.first() + 1; i < words.size(); ++i) {
    const Token& token = words[i];
    if (token.IsWord("SESSION") || token.IsWord("LOCAL")) continue;
    if (token.kind == TokenKind::kSystemVariable) {
      const std::size_t start = token.text.find_last_of("@.");
      return LowerCase(token.text.substr(start + 1));
    }
    return token.kind == TokenKind::kWord ? LowerCase(token.text) : "";
  }
  return "";
}

// Whether all that it sets is the server's: SET GLOBAL a = 1, @@global.b = 2.
bool SetsGlobalsOnly(const StatementWords& words) {
  const std::size_t index = words.first() + 1;
  if (index >= words.size()) return false;
  constexpr std::string_view kScopes[] = {"GLOBAL", "PERSIST", "PERSIST_ONLY"};
  const bool scope = std::ranges::any_of(
      kScopes, [&](std::string_view word) { return words.IsWord(index, word); });
  const std::string variable = LowerCase(words[index].text);
  const bool global = words[index].kind == TokenKind::kSystemVariable &&
                      (variable.starts_with("@@global.") || variable.starts_with("@@persist"));
  if (!scope && !global) return false;
  for (std::size_t i = index; i < words.size(); ++i) {
    if (words.IsSymbol(i, ',')) return false;
  }
  return true;
}

void ReadMysqlSet(const StatementWords& words, HoldChanges& changes) {
  for (const auto* other : {"SET STATEMENT", "SET PASSWORD", "SET DEFAULT ROLE"}) {
    if (words.StartsWith(other)) return;
  }
  if (words.StartsWith("SET TRANSACTION")) return Take(changes, HoldKind::kNextTransaction, "");
  if (SetsGlobalsOnly(words)) return;
  std::string name = MysqlSetName(words);
  if (name == "autocommit") {
    const Token& last = words[words.size() - 1];
    const bool on =
        last.text == "1" || last.IsWord("ON") || last.IsWord("TRUE") || last.IsWord("DEFAULT");
    if (on) return End(changes, HoldKind::kSetting, std::move(name));
  }
  const bool users_only = name.empty() && !changes.takes.empty();
  if (!users_only) Take(changes, HoldKind::kSetting, std::move(name));
}

bool CreatesMysqlTemporary(const StatementWords& words, std::size_t& index) {
  index = words.first() + 1;
  if (!words.StartsWith("CREATE")) return false;
  if (words.IsWord(index, "OR")) index += 2;
  if (!words.IsWord(index, "TEMPORARY")) return false;
  index = SkipIfExists(words, index + 2);  // behind TABLE or SEQUENCE
  return true;
}

// The text that PREPARE is given is known when it is a literal: it must not leave anything when it
// is run.
void ReadPreparedText(const StatementWords& words, HoldChanges& changes) {
  const Token& last = words[words.size() - 1];
  bool known = last.kind == TokenKind::kString;
  if (known) {
    const std::vector<Token> tokens = Tokenize(Unquoted(last), kMysqlLexicalRules);
    const HoldChanges inner = MysqlHolds(StatementWords(tokens));
    known = inner.takes.empty();
  }
  if (!known) Take(changes, HoldKind::kOther, "PREPARE of a text that may leave something");
}

}  // namespace

HoldChanges PostgresHolds(const StatementWords& words) {
  HoldChanges changes;
  if (auto name = TemporaryName(words)) {
    Take(changes, HoldKind::kTemporaryTable, std::move(*name));
    return changes;
  }
  if (words.StartsWith("CREATE") || words.StartsWith("PREPARE TRANSACTION")) return changes;
  if (words.StartsWith("DECLARE")) {
    if (!words.ContainsPair("WITH", "HOLD")) return changes;
    std::size_t index = words.first() + 1;
    Take(changes, HoldKind::kHoldCursor, DottedName(words, index, true));
    return changes;
  }
  if (words.StartsWith("SET") || words.StartsWith("RESET")) {
    ReadPostgresSet(words, changes);
    return changes;
  }
  if (words.StartsWith("DO")) ReadDo(words, changes);
  if (words.StartsWith("DISCARD")) ReadDiscard(words, changes);
  if (words.StartsWith("LOAD")) Take(changes, HoldKind::kOther, "LOAD");
  if (words.StartsWith("DROP")) ReadDrop(words, true, changes);
  ReadStart(words, kPostgresStarts, true, changes);
  // A name may have been another's, a schema's temporary one have gone with CASCADE.
  if (!changes.ends.empty() || words.StartsWith("DROP") || words.StartsWith("ALTER") ||
      words.StartsWith("CALL")) {
    changes.ask = true;
  }
  ReadSetConfig(words, changes);
  ReadCalls(words, kPostgresCalls, changes);
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words.IsWord(i, "SETSEED") && words.IsSymbol(i + 1, '(')) {
      Take(changes, HoldKind::kOther, "random seed");
    }
  }
  return changes;
}

HoldChanges MysqlHolds(const StatementWords& words) {
  HoldChanges changes;
  std::size_t index = 0;
  if (CreatesMysqlTemporary(words, index)) {
    Take(changes, HoldKind::kTemporaryTable, DottedName(words, index, false));
    return changes;
  }
  ReadUserVariables(words, changes);
  if (words.StartsWith("SET")) {
    ReadMysqlSet(words, changes);
    return changes;
  }
  if (words.StartsWith("DROP")) ReadDrop(words, false, changes);
  ReadRename(words, changes);
  if (words.StartsWith("HANDLER")) ReadHandler(words, changes);
  if (words.StartsWith("XA")) ReadXa(words, changes);
  if (words.StartsWith("USE")) Take(changes, HoldKind::kOther, "current database");
  if (words.StartsWith("LOCK TABLE") || words.StartsWith("LOCK TABLES")) {
    index = words.first() + 2;
    Take(changes, HoldKind::kTableLock, DottedName(words, index, false));
  }
  if (words.StartsWith("FLUSH TABLES") && words.ContainsPair("READ", "LOCK")) {
    Take(changes, HoldKind::kTableLock, "");
  }
  if (words.StartsWith("UNLOCK")) End(changes, HoldKind::kTableLock, "");
  ReadStart(words, kMysqlStarts, false, changes);
  if (words.StartsWith("PREPARE")) ReadPreparedText(words, changes);
  if (words.Contains("SQL_CALC_FOUND_ROWS")) Take(changes, HoldKind::kLastResult, "");
  ReadCalls(words, kMysqlCalls, changes);
  return changes;
}

}  // namespace sluice::relay::dialect
