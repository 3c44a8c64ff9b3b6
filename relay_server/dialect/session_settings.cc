#include "relay_server/dialect/session_settings.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "relay_server/dialect/names.h"
#include "sluice/v1/session.pb.h"

namespace sluice::relay::dialect {
namespace {

using Changes = std::optional<std::vector<SettingChange>>;

Changes One(std::string name, std::string value) {
  std::vector<SettingChange> changes;
  changes.push_back({std::move(name), std::move(value)});
  return changes;
}

[[noreturn]] void RefuseCharacterSet(std::string_view name) {
  throw TranslationError(
      "HYC00", "the relay talks UTF-8 to the database and cannot change to character set " +
                   std::string(name) + ": the driver converts text for the application");
}

// ---- PostgreSQL ----

constexpr std::string_view kPostgresKept[] = {
    // The relay sets these itself.
    "default_transaction_isolation", "default_transaction_read_only",
    // What they do depends on when they are set.
    "session_authorization", "seed"};

bool IsUtf8(std::string_view name) {
  std::string bare = LowerCase(name);
  std::erase_if(bare, [](char c) { return c == '-' || c == '_'; });
  return bare == "utf8" || bare == "unicode";
}

// `begin`: where the value is.
Changes PostgresChange(const StatementWords& words, std::string name, std::size_t begin) {
  const std::size_t end = words.size();
  if (begin >= end || std::ranges::find(kPostgresKept, name) != std::end(kPostgresKept)) {
    return std::nullopt;
  }
  for (std::size_t i = begin; i < end; ++i) {
    if (!IsLiteral(words[i]) && !words.IsSymbol(i, ',')) return std::nullopt;
  }
  const bool one = end - begin == 1;
  if (name == "client_encoding" && !(one && words.IsWord(begin, "DEFAULT"))) {
    if (!one || !IsUtf8(Unquoted(words[begin]))) RefuseCharacterSet(TextOf(words, begin, end));
  }
  if (one && words.IsWord(begin, "DEFAULT")) return One(std::move(name), "");
  return One(std::move(name), TextOf(words, begin, end));
}

Changes PostgresReset(const StatementWords& words, std::size_t index) {
  if (words.IsWord(index, "SESSION")) return std::nullopt;  // RESET SESSION AUTHORIZATION
  if (words.IsWord(index, "TIME") && words.IsWord(index + 1, "ZONE")) {
    return One("timezone", "");
  }
  std::string name = LowerCase(DottedName(words, index, true));
  if (name.empty() || index != words.size()) return std::nullopt;
  if (std::ranges::find(kPostgresKept, name) != std::end(kPostgresKept)) return std::nullopt;
  return One(name == "all" ? "" : std::move(name), "");
}

// Spellings of their own, and the variable that they mean.
struct Spelling {
  std::string_view first;
  std::string_view second;  // empty: one word
  std::string_view variable;
};
constexpr Spelling kSpellings[] = {{"TIME", "ZONE", "timezone"},
                                   {"NAMES", "", "client_encoding"},
                                   {"SCHEMA", "", "search_path"},
                                   {"ROLE", "", "role"}};

// The elements of a list of names, each in quotes as SET wants it. set_config takes the list as one
// text, SET would take that for one name.
std::string QuotedList(std::string_view list) {
  std::string quoted;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    std::string_view name = list.substr(begin, end - begin);
    while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    if (!quoted.empty()) quoted += ", ";
    const bool is_quoted = name.size() > 1 && name.front() == '"' && name.back() == '"';
    quoted += is_quoted ? std::string(name) : '"' + LowerCase(name) + '"';
    begin = end + 1;
  }
  return quoted == R"("")" ? "''" : quoted;
}

// A string without escapes or doubled quotes.
bool IsPlainString(const StatementWords& words, std::size_t index) {
  if (index >= words.size() || words[index].kind != TokenKind::kString) return false;
  const std::string_view text = words[index].text;
  return text.front() == '\'' &&
         Unquoted(words[index]).find_first_of("'\\") == std::string_view::npos;
}

bool IsLiteralFalse(const Token& token) {
  constexpr std::string_view kFalse[] = {"false", "f", "no", "off", "0"};
  const bool named = token.kind == TokenKind::kString || token.IsWord("FALSE");
  return named && std::ranges::find(kFalse, LowerCase(Unquoted(token))) != std::end(kFalse);
}

// set_config('name', 'value' or NULL, false), from `index` on, which is moved behind it.
Changes SetConfigCall(const StatementWords& words, std::size_t& index) {
  const std::string function = DottedName(words, index, true);
  if (function != "set_config" && function != "pg_catalog.set_config") return std::nullopt;
  const std::size_t name_at = index + 1;
  const std::size_t value_at = index + 3;
  const bool by_default = words.IsWord(value_at, "NULL");
  const bool literal = words.IsSymbol(index, '(') && IsPlainString(words, name_at) &&
                       words.IsSymbol(index + 2, ',') &&
                       (by_default || IsPlainString(words, value_at)) &&
                       words.IsSymbol(index + 4, ',') && index + 5 < words.size() &&
                       IsLiteralFalse(words[index + 5]) && words.IsSymbol(index + 6, ')');
  if (!literal) return std::nullopt;
  index += 7;
  std::string name = LowerCase(Unquoted(words[name_at]));
  if (by_default) return One(std::move(name), "");
  constexpr std::string_view kLists[] = {"search_path", "temp_tablespaces"};
  if (std::ranges::find(kLists, name) != std::end(kLists)) {
    return One(std::move(name), QuotedList(Unquoted(words[value_at])));
  }
  return One(std::move(name), std::string(words[value_at].text));
}

// SELECT of such calls alone.
Changes SetConfigs(const StatementWords& words) {
  std::size_t index = words.first() + 1;
  std::vector<SettingChange> changes;
  for (;;) {
    auto change = SetConfigCall(words, index);
    if (!change) return std::nullopt;
    const SettingChange& one = change->front();
    if (std::ranges::find(kPostgresKept, one.name) != std::end(kPostgresKept)) return std::nullopt;
    if (one.name == "client_encoding" && !one.value.empty() &&
        !IsUtf8(one.value.substr(1, one.value.size() - 2))) {
      RefuseCharacterSet(one.value);
    }
    changes.push_back(one);
    if (words.IsWord(index, "AS")) ++index;
    const bool aliased =
        index < words.size() && (words[index].kind == TokenKind::kWord ||
                                 words[index].kind == TokenKind::kQuotedIdentifier);
    if (aliased) ++index;
    if (index == words.size()) return changes;
    if (!words.IsSymbol(index, ',')) return std::nullopt;
    ++index;
  }
}

// SET [SESSION | LOCAL] …: from `index` on, behind these words.
Changes PostgresAssignment(const StatementWords& words, std::size_t index) {
  for (const auto& [first, second, variable] : kSpellings) {
    if (!words.IsWord(index, first)) continue;
    if (!second.empty() && !words.IsWord(index + 1, second)) continue;
    const std::size_t value = index + (second.empty() ? 1 : 2);
    if (words.IsWord(value, "TO") || words.IsSymbol(value, '=')) continue;  // role = …
    if (words.IsWord(value, "LOCAL") && value + 1 == words.size()) {
      return One(std::string(variable), "");
    }
    // SET TIME ZONE INTERVAL …
    if (variable == "timezone" && value + 1 < words.size() && !words.IsSymbol(value, '-')) {
      return std::nullopt;
    }
    return PostgresChange(words, std::string(variable), value);
  }
  std::string name = LowerCase(DottedName(words, index, true));
  if (name.empty() || (!words.IsWord(index, "TO") && !words.IsSymbol(index, '='))) {
    return std::nullopt;
  }
  return PostgresChange(words, std::move(name), index + 1);
}

// ---- MySQL ----

constexpr std::string_view kMysqlKept[] = {
    // The relay sets these itself.
    "autocommit", "last_insert_id", "identity",
    // SET NAMES means them all, but for some values.
    "character_set_connection", "collation_connection",
    // What they do depends on when they are set.
    "insert_id", "timestamp", "rand_seed1", "rand_seed2", "pseudo_thread_id", "gtid_seq_no",
    "server_id", "skip_replication",
    // The server keeps the texts of statements as long as the connection lives.
    "profiling", "profiling_history_size"};

// The relay sets these itself, as the session wants them.
constexpr std::string_view kCharacteristics[] = {"tx_isolation", "transaction_isolation",
                                                 "tx_read_only", "transaction_read_only"};

// SET NAMES 'utf8mb4' [COLLATE …]: the value is what follows NAMES.
Changes MysqlNames(const StatementWords& words, std::size_t index) {
  if (index >= words.size()) return std::nullopt;
  const std::string charset = LowerCase(Unquoted(words[index]));
  if (charset == "default" && index + 1 == words.size()) {
    return std::vector<SettingChange>{{"names", ""}, {"character set", ""}};
  }
  if (charset == "default" || charset.starts_with("@")) return std::nullopt;
  if (charset != "utf8mb4" && charset != "utf8" && charset != "utf8mb3") {
    RefuseCharacterSet(charset);
  }
  return One("names", charset == "utf8mb4" && index + 1 == words.size()
                          ? ""
                          : TextOf(words, index, words.size()));
}

// SET CHARACTER SET x; character_set_client = x, character_set_results = x: the server would read
// and write text that is none to the relay. What names no character set (NULL, binary, DEFAULT) the
// relay takes back (MysqlCharacterSet).
void CheckCharacterSets(const StatementWords& words) {
  for (std::size_t i = words.first() + 1; i + 1 < words.size(); ++i) {
    const std::string_view text = words[i].text;
    const std::size_t start = text.find_last_of("@.");
    const std::string name =
        LowerCase(start == std::string_view::npos ? text : text.substr(start + 1));
    std::size_t value = i + 1;
    if (name == "character_set_client" || name == "character_set_results") {
      if (words.IsSymbol(value, ':')) ++value;
      if (!words.IsSymbol(value++, '=')) continue;
    } else if (i == words.first() + 1 && name == "character" && words.IsWord(value, "SET")) {
      ++value;
    } else if (i != words.first() + 1 || name != "charset") {
      continue;
    }
    if (value >= words.size()) return;
    const bool is_name =
        words[value].kind == TokenKind::kWord || words[value].kind == TokenKind::kString;
    const std::string charset = LowerCase(Unquoted(words[value]));
    constexpr std::string_view kUnchanged[] = {"null", "default", "binary"};
    const bool unchanged = std::ranges::find(kUnchanged, charset) != std::end(kUnchanged);
    if (is_name && !unchanged && !charset.starts_with("utf8")) RefuseCharacterSet(charset);
  }
}

// The relay decides in which character set it talks to the server, and sets it again after
// character_set_client = x, character_set_results = x, SET CHARACTER SET x. What it sets is the
// same for SET collation_connection of a collation of that set, and character_set_connection.
// Empty: `name` is another variable, or the value is another one.
Changes MysqlCharacterSet(const StatementWords& words, std::string_view name, std::size_t value) {
  const bool one =
      value < words.size() && (value + 1 == words.size() || words.IsSymbol(value + 1, ','));
  if (!one) return std::nullopt;
  const std::string text = LowerCase(Unquoted(words[value]));
  if (name == "character_set_client" || name == "character_set_results") {
    return One("character set", "");
  }
  if (name == "character_set_connection" && text == "utf8mb4") return One("names", "");
  if (name != "collation_connection" || !text.starts_with("utf8mb4_")) return std::nullopt;
  return One("names", "utf8mb4 COLLATE " + text);
}

// SET CHARACTER SET x, SET CHARSET x
bool IsMysqlCharacterSet(const StatementWords& words, std::size_t index) {
  if (words.IsWord(index, "CHARACTER") && words.IsWord(index + 1, "SET")) {
    index += 2;
  } else if (words.IsWord(index, "CHARSET")) {
    ++index;
  } else {
    return false;
  }
  return index + 1 == words.size() && !words.IsSymbol(index, '=');
}

// The session variable that an assignment starts with, empty for anything else: @@session.name,
// SESSION name, name; @name. `index` is moved behind it.
std::string MysqlVariable(const StatementWords& words, std::size_t& index) {
  if (index >= words.size()) return "";
  if (words[index].kind == TokenKind::kUserVariable) return UserVariableName(words[index++]);
  if (words[index].kind == TokenKind::kSystemVariable) {
    std::string name = LowerCase(words[index++].text.substr(2));
    for (const std::string_view scope : {"session.", "local."}) {
      if (name.starts_with(scope)) name.erase(0, scope.size());
    }
    return name.find('.') == std::string::npos ? name : "";
  }
  if (words.IsWord(index, "SESSION") || words.IsWord(index, "LOCAL")) ++index;
  if (index >= words.size()) return "";
  const Token& token = words[index];
  const bool is_name = token.kind == TokenKind::kWord || token.kind == TokenKind::kQuotedIdentifier;
  if (!is_name) return "";
  ++index;
  return LowerCase(Unquoted(token));
}

// @@name without a scope.
bool IsOfNextTransaction(const StatementWords& words, std::size_t index) {
  return index < words.size() && words[index].kind == TokenKind::kSystemVariable &&
         words[index].text.find('.') == std::string_view::npos;
}

// A value that means the same on every connection: no name that the server would look up.
bool IsUserVariableValue(const StatementWords& words, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    const Token& token = words[i];
    if (token.kind == TokenKind::kQuotedIdentifier) return false;
    if (token.kind != TokenKind::kWord) continue;
    const bool known = token.IsWord("NULL") || token.IsWord("TRUE") || token.IsWord("FALSE");
    const bool introducer = token.text.front() == '_' && i + 1 < end;
    if (!known && !introducer) return false;
  }
  return true;
}

bool SkipAssignmentSign(const StatementWords& words, std::size_t& index) {
  if (words.IsSymbol(index, ':')) ++index;
  if (!words.IsSymbol(index, '=')) return false;
  ++index;
  return true;
}

// USE name
Changes MysqlUse(const StatementWords& words) {
  std::size_t index = words.first() + 1;
  std::string name = DottedName(words, index, false);
  if (name.empty() || index != words.size()) return std::nullopt;
  return One("current database", std::move(name));
}

std::string LevelNumber(v1::IsolationLevel level) {
  return std::to_string(static_cast<int>(level));
}

struct LevelRow {
  std::string_view words;
  v1::IsolationLevel level;
};
constexpr LevelRow kLevels[] = {{"read-uncommitted", v1::ISOLATION_LEVEL_READ_UNCOMMITTED},
                                {"read-committed", v1::ISOLATION_LEVEL_READ_COMMITTED},
                                {"repeatable-read", v1::ISOLATION_LEVEL_REPEATABLE_READ},
                                {"serializable", v1::ISOLATION_LEVEL_SERIALIZABLE}};

// SET SESSION TRANSACTION ISOLATION LEVEL …, READ ONLY: from `index` on, behind TRANSACTION.
Changes MysqlCharacteristics(const StatementWords& words, std::size_t index) {
  std::vector<SettingChange> changes;
  for (;;) {
    if (words.IsWord(index, "ISOLATION") && words.IsWord(index + 1, "LEVEL")) {
      std::string level;
      for (index += 2; index < words.size() && !words.IsSymbol(index, ','); ++index) {
        level += (level.empty() ? "" : "-") + LowerCase(words[index].text);
      }
      const auto row = std::ranges::find(kLevels, level, &LevelRow::words);
      if (row == std::end(kLevels)) return std::nullopt;
      changes.push_back({"isolation level", LevelNumber(row->level)});
    } else if (words.IsWord(index, "READ")) {
      const bool only = words.IsWord(index + 1, "ONLY");
      if (!only && !words.IsWord(index + 1, "WRITE")) return std::nullopt;
      changes.push_back({"read only", only ? "1" : "0"});
      index += 2;
    } else {
      return std::nullopt;
    }
    if (index == words.size()) return changes;
    if (!words.IsSymbol(index, ',')) return std::nullopt;
    ++index;
  }
}

// The variables with the same meaning. Without SESSION, @@name is of the next transaction.
Changes MysqlCharacteristic(const SettingChange& change) {
  const std::string value = LowerCase(change.value);
  const std::string bare = value.size() > 1 && (value.front() == '\'' || value.front() == '"')
                               ? value.substr(1, value.size() - 2)
                               : value;
  if (change.name == "tx_isolation" || change.name == "transaction_isolation") {
    const auto row = std::ranges::find(kLevels, bare, &LevelRow::words);
    if (!bare.empty() && row == std::end(kLevels)) return std::nullopt;
    return One("isolation level",
               LevelNumber(bare.empty() ? v1::ISOLATION_LEVEL_DEFAULT : row->level));
  }
  const bool on = bare == "1" || bare == "on" || bare == "true";
  if (!on && bare != "0" && bare != "off" && bare != "false") return std::nullopt;
  return One("read only", on ? "1" : "0");
}

}  // namespace

std::optional<std::vector<SettingChange>> PostgresSettings(const StatementWords& words) {
  const std::size_t index = words.first() + 1;
  if (words.StartsWith("SELECT")) return SetConfigs(words);
  if (words.StartsWith("RESET")) return PostgresReset(words, index);
  if (!words.StartsWith("SET")) return std::nullopt;
  const bool local = words.IsWord(index, "LOCAL");
  auto changes =
      PostgresAssignment(words, local || words.IsWord(index, "SESSION") ? index + 1 : index);
  return local ? std::nullopt : std::move(changes);  // refused like another, and no setting
}

std::optional<std::vector<SettingChange>> MysqlSettings(const StatementWords& words) {
  if (words.StartsWith("USE")) return MysqlUse(words);
  if (!words.StartsWith("SET")) return std::nullopt;
  std::size_t index = words.first() + 1;
  if (words.IsWord(index, "NAMES")) return MysqlNames(words, index + 1);
  CheckCharacterSets(words);
  const bool for_session = words.IsWord(index, "SESSION") || words.IsWord(index, "LOCAL");
  if (for_session && words.IsWord(index + 1, "TRANSACTION")) {
    return MysqlCharacteristics(words, index + 2);
  }
  if (IsMysqlCharacterSet(words, index)) return One("character set", "");
  std::vector<SettingChange> changes;
  for (;;) {
    const bool next_only = IsOfNextTransaction(words, index);
    std::string name = MysqlVariable(words, index);
    const bool is_characteristic =
        std::ranges::find(kCharacteristics, name) != std::end(kCharacteristics);
    if (name.empty() || (is_characteristic && next_only)) return std::nullopt;
    if (!SkipAssignmentSign(words, index)) return std::nullopt;
    const std::size_t begin = index;
    if (auto charset = MysqlCharacterSet(words, name, begin)) {
      changes.push_back(std::move(charset->front()));
      index = begin + 1;
      if (index == words.size()) return changes;
      ++index;
      continue;
    }
    if (std::ranges::find(kMysqlKept, name) != std::end(kMysqlKept)) return std::nullopt;
    while (index < words.size() && !words.IsSymbol(index, ',')) {
      if (!IsLiteral(words[index])) return std::nullopt;
      ++index;
    }
    if (index == begin) return std::nullopt;
    const bool is_user = name.front() == '@';
    if (is_user && !IsUserVariableValue(words, begin, index)) return std::nullopt;
    const bool by_default = index - begin == 1 && words.IsWord(begin, is_user ? "NULL" : "DEFAULT");
    SettingChange change{std::move(name), by_default ? "" : TextOf(words, begin, index)};
    if (is_characteristic) {
      const auto meant = MysqlCharacteristic(change);
      if (!meant) return std::nullopt;
      change = meant->front();
    }
    changes.push_back(std::move(change));
    if (index == words.size()) return changes;
    ++index;
  }
}

}  // namespace sluice::relay::dialect
