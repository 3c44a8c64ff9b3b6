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

constexpr CallRow kMysqlCalls[] = {
    {"GET_LOCK", HoldKind::kNamedLock, kTries},
    {"RELEASE_LOCK", HoldKind::kNamedLock, kEnds},
    {"RELEASE_ALL_LOCKS", HoldKind::kNamedLock, kEndsAll},
};

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
