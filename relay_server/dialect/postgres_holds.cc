#include <algorithm>
#include <optional>

#include "relay_server/dialect/hold_words.h"
#include "relay_server/dialect/names.h"

// What PostgreSQL's statements take and end.

namespace sluice::relay::dialect {
namespace {

using enum CallRow::Effect;

constexpr StartRow kPostgresStarts[] = {
    {"PREPARE", HoldKind::kPrepare, true},     {"DEALLOCATE PREPARE", HoldKind::kPrepare, false},
    {"DEALLOCATE", HoldKind::kPrepare, false}, {"LISTEN", HoldKind::kListen, true},
    {"UNLISTEN", HoldKind::kListen, false},    {"CLOSE", HoldKind::kHoldCursor, false},
};

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

// Other functions of the server whose effect lasts as long as the session; the views of other
// sessions tell nothing of it. PostgreSQL manual, "System Administration Functions".
struct SessionCall {
  std::string_view function;
  std::string_view leaves;
};
constexpr SessionCall kSessionCalls[] = {
    {"SETSEED", "random seed"},
    {"PG_BACKUP_START", "backup"},
    {"PG_START_BACKUP", "backup"},
    {"PG_REPLICATION_ORIGIN_SESSION_SETUP", "replication origin"}};

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

// Where CREATE stands, also of EXPLAIN ANALYZE CREATE …; size() if nowhere.
std::size_t CreateOf(const StatementWords& words) {
  if (words.StartsWith("CREATE")) return words.first();
  constexpr std::string_view kCreate[] = {"CREATE"};
  return words.StartsWith("EXPLAIN") ? words.FindOutsideParentheses(words.first(), kCreate)
                                     : words.size();
}

// CREATE TEMP …, SELECT … INTO TEMP …; a table that goes with its transaction leaves nothing.
std::optional<std::string> TemporaryName(const StatementWords& words) {
  const std::size_t create = CreateOf(words);
  if (create < words.size()) {
    for (std::size_t i = create + 1; i < std::min<std::size_t>(words.size(), create + 6); ++i) {
      if (!IsTemporaryWord(words, i)) continue;
      if (words.ContainsPair("COMMIT", "DROP")) return std::nullopt;
      std::size_t index = i + 1;
      if (words.IsWord(index, "RECURSIVE")) ++index;
      index = SkipIfExists(words, index + 1);  // behind TABLE, VIEW or SEQUENCE
      return LastPart(DottedName(words, index, true));
    }
    for (std::size_t i = create + 1; i < words.size(); ++i) {
      if (!NamesFunction(words, i, "PG_TEMP")) continue;
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
    if (!NamesFunction(words, i, "SET_CONFIG") || !words.IsSymbol(i + 1, '(')) continue;
    const std::size_t close = words.FindClose(i + 1);
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
  } else if (words.IsWord(index, "TIME") && words.IsWord(index + 1, "ZONE")) {
    name = "timezone";
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

// UPDATE pg_settings is SET (PostgreSQL manual, pg_settings).
void ReadUpdateOfSettings(const StatementWords& words, HoldChanges& changes) {
  bool updates = false;
  for (std::size_t i = words.first(); i < words.size(); ++i) {
    updates = updates || words.IsWord(i, "UPDATE");
    if (!updates || !NamesFunction(words, i, "PG_SETTINGS")) continue;
    std::string name;
    for (std::size_t j = i; j + 2 < words.size(); ++j) {
      const bool tells = words.IsWord(j, "NAME") && words.IsSymbol(j + 1, '=') &&
                         words[j + 2].kind == TokenKind::kString;
      if (tells && name.empty()) name = LowerCase(Unquoted(words[j + 2]));
    }
    return Take(changes, HoldKind::kSetting, std::move(name));
  }
}

// A function in quotes may be one of the server's.
bool CallsInQuotes(const StatementWords& words) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const bool quoted = words[i].kind == TokenKind::kQuotedIdentifier;
    if (quoted && words.IsSymbol(i + 1, '(')) return true;
  }
  return false;
}

// Variables with a dot that a DO block sets: the server does not tell them when it is asked.
void ReadSetsOfDo(const StatementWords& words, HoldChanges& changes) {
  HoldChanges sets;
  ReadSetConfig(words, sets);
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (!words.IsWord(i, "SET") || words.IsWord(i + 1, "LOCAL")) continue;
    std::size_t index = words.IsWord(i + 1, "SESSION") ? i + 2 : i + 1;
    std::string name = LowerCase(DottedName(words, index, true));
    const bool sets_one = words.IsWord(index, "TO") || words.IsSymbol(index, '=');
    if (sets_one && name.find('.') != std::string::npos) {
      Take(sets, HoldKind::kSetting, std::move(name));
    }
  }
  for (auto& hold : sets.takes) {
    const bool told = !hold.name.empty() && hold.name.find('.') == std::string::npos;
    if (!told) changes.takes.push_back(std::move(hold));
  }
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
    const bool leaves =
        inner.ContainsAnyOf(kLeavingWords) || HasSetStatement(inner) || CallsInQuotes(inner);
    if (!leaves) continue;
    Take(changes, HoldKind::kDoBlock, "");
    ReadSetsOfDo(inner, changes);
    changes.ask = true;
    return;
  }
}

void ReadSessionCalls(const StatementWords& words, HoldChanges& changes) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (!words.IsSymbol(i + 1, '(')) continue;
    for (const auto& [function, leaves] : kSessionCalls) {
      if (NamesFunction(words, i, function)) Take(changes, HoldKind::kOther, std::string(leaves));
    }
  }
}

void ReadDiscard(const StatementWords& words, HoldChanges& changes) {
  const std::size_t index = words.first() + 1;
  if (words.IsWord(index, "ALL")) changes.ends_all = true;
  if (IsTemporaryWord(words, index)) End(changes, HoldKind::kTemporaryTable, "");
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
  ReadUpdateOfSettings(words, changes);
  ReadCalls(words, kPostgresCalls, changes);
  ReadSessionCalls(words, changes);
  return changes;
}

}  // namespace sluice::relay::dialect
