#include <algorithm>
#include <utility>

#include "relay_server/dialect/hold_words.h"
#include "relay_server/dialect/names.h"

// What MySQL's statements take and end.

namespace sluice::relay::dialect {
namespace {

using enum CallRow::Effect;

constexpr StartRow kMysqlStarts[] = {
    {"PREPARE", HoldKind::kPrepare, true},
    {"DEALLOCATE PREPARE", HoldKind::kPrepare, false},
    {"DROP PREPARE", HoldKind::kPrepare, false},
};

constexpr std::string_view kFor[] = {"FOR"};

constexpr CallRow kMysqlCalls[] = {
    {"GET_LOCK", HoldKind::kNamedLock, kTries},
    {"RELEASE_LOCK", HoldKind::kNamedLock, kEnds},
    {"RELEASE_ALL_LOCKS", HoldKind::kNamedLock, kEndsAll},
};

// Variables that the statement gives values which are not literals.
void ReadUserVariables(const StatementWords& words, HoldChanges& changes) {
  const bool sets = words.StartsWith("SET");
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

// The system variable that is assigned at `index`, "" when it is none of the session's. Moves index
// behind the name.
std::string AssignedVariable(const StatementWords& words, std::size_t& index) {
  while (words.IsWord(index, "SESSION") || words.IsWord(index, "LOCAL")) ++index;
  const bool global = words.IsWord(index, "GLOBAL") || words.IsWord(index, "PERSIST");
  if (global) ++index;
  if (index >= words.size()) return "";
  const Token& token = words[index++];
  if (token.kind == TokenKind::kSystemVariable) {
    const std::string name = LowerCase(token.text);
    const bool globals = name.starts_with("@@global.") || name.starts_with("@@persist");
    return globals ? "" : name.substr(name.find_last_of("@.") + 1);
  }
  return token.kind == TokenKind::kWord && !global ? LowerCase(token.text) : "";
}

// The system variables of a SET that the relay cannot repeat.
std::vector<std::string> AssignedVariables(const StatementWords& words) {
  std::vector<std::string> names;
  for (std::size_t i = words.first() + 1; i < words.size(); ++i) {
    std::string name = AssignedVariable(words, i);
    if (!name.empty()) names.push_back(std::move(name));
    for (int depth = 0; i < words.size() && (depth > 0 || !words.IsSymbol(i, ',')); ++i) {
      if (words.IsSymbol(i, '(')) ++depth;
      if (words.IsSymbol(i, ')')) --depth;
    }
  }
  return names;
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

// SET @@tx_isolation = …, without a scope: SET TRANSACTION. Alone in its statement.
bool SetsNextTransaction(const StatementWords& words) {
  constexpr std::string_view kNames[] = {"@@tx_isolation", "@@transaction_isolation",
                                         "@@tx_read_only", "@@transaction_read_only"};
  const std::size_t index = words.first() + 1;
  return words.size() == index + 3 &&
         std::ranges::find(kNames, LowerCase(words[index].text)) != std::end(kNames);
}

void ReadMysqlSet(const StatementWords& words, HoldChanges& changes) {
  for (const auto* other : {"SET PASSWORD", "SET DEFAULT ROLE"}) {
    if (words.StartsWith(other)) return;
  }
  if (words.StartsWith("SET TRANSACTION")) return Take(changes, HoldKind::kNextTransaction, "");
  if (SetsGlobalsOnly(words)) return;
  if (SetsNextTransaction(words)) return Take(changes, HoldKind::kNextTransaction, "");
  std::vector<std::string> names = AssignedVariables(words);
  const Token& last = words[words.size() - 1];
  const bool is_default = last.IsWord("DEFAULT");
  const bool on = is_default || last.text == "1" || last.IsWord("ON") || last.IsWord("TRUE");
  const bool ends =
      names.size() == 1 &&
      ((on && names.front() == "autocommit") ||
       (is_default && (names.front() == "timestamp" || names.front() == "insert_id")));
  if (ends) return End(changes, HoldKind::kSetting, std::move(names.front()));
  const bool users_only = names.empty() && !changes.takes.empty();
  if (names.empty() && !users_only) Take(changes, HoldKind::kSetting, "");
  for (auto& name : names) Take(changes, HoldKind::kSetting, std::move(name));
}

// LAST_INSERT_ID(x) of what neither inserts nor updates: no server tells what it is from then on.
bool SetsLastInsertId(const StatementWords& words) {
  for (const auto* told : {"INSERT", "REPLACE", "UPDATE"}) {
    if (words.StartsWith(told)) return false;
  }
  for (std::size_t i = 0; i + 2 < words.size(); ++i) {
    const bool is_call = words.IsWord(i, "LAST_INSERT_ID") && words.IsSymbol(i + 1, '(');
    if (is_call && !words.IsSymbol(i + 2, ')')) return true;
  }
  return false;
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

// EXECUTE IMMEDIATE: of locks no server tells.
void ReadImmediateText(const StatementWords& words, HoldChanges& changes) {
  const std::size_t index = words.first() + 2;
  const bool known = index < words.size() && words[index].kind == TokenKind::kString &&
                     (index + 1 == words.size() || words.IsWord(index + 1, "USING"));
  constexpr std::string_view kLocks[] = {"GET_LOCK"};
  if (known) {
    const std::vector<Token> tokens = Tokenize(Unquoted(words[index]), kMysqlLexicalRules);
    if (!StatementWords(tokens).ContainsAnyOf(kLocks)) return;
  }
  Take(changes, HoldKind::kOther, "EXECUTE IMMEDIATE of a text that may leave something");
}

}  // namespace

HoldChanges MysqlHolds(const StatementWords& words) {
  HoldChanges changes;
  std::size_t index = 0;
  if (words.StartsWith("SET STATEMENT")) {
    const std::size_t inner = words.FindOutsideParentheses(words.first(), kFor) + 1;
    if (inner >= words.size()) return changes;
    return MysqlHolds(StatementWords(std::span(&words[inner], &words[words.size() - 1] + 1)));
  }
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
  if (words.StartsWith("EXECUTE IMMEDIATE")) ReadImmediateText(words, changes);
  if (words.Contains("SQL_CALC_FOUND_ROWS")) Take(changes, HoldKind::kLastResult, "");
  if (SetsLastInsertId(words)) Take(changes, HoldKind::kOther, "LAST_INSERT_ID(…)");
  ReadCalls(words, kMysqlCalls, changes);
  return changes;
}

}  // namespace sluice::relay::dialect
