#include "relay_server/dialect/session_settings.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "relay_server/dialect/names.h"

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

// ---- MySQL ----

constexpr std::string_view kMysqlKept[] = {
    // The relay sets these itself.
    "autocommit", "tx_isolation", "transaction_isolation", "tx_read_only", "transaction_read_only",
    "last_insert_id", "identity",
    // Text must stay readable for the relay.
    "character_set_client", "character_set_results", "character_set_connection",
    "collation_connection",
    // What they do depends on when they are set.
    "insert_id", "timestamp", "rand_seed1", "rand_seed2", "pseudo_thread_id", "gtid_seq_no",
    "server_id", "skip_replication"};

// SET NAMES 'utf8mb4' [COLLATE …]: the value is what follows NAMES.
Changes MysqlNames(const StatementWords& words, std::size_t index) {
  if (index >= words.size()) return std::nullopt;
  const std::string charset = LowerCase(Unquoted(words[index]));
  if (charset == "default" || charset.starts_with("@")) return std::nullopt;
  if (charset != "utf8mb4" && charset != "utf8" && charset != "utf8mb3") {
    RefuseCharacterSet(charset);
  }
  return One("names", charset == "utf8mb4" && index + 1 == words.size()
                          ? ""
                          : TextOf(words, index, words.size()));
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

}  // namespace

std::optional<std::vector<SettingChange>> PostgresSettings(const StatementWords& words) {
  std::size_t index = words.first() + 1;
  if (words.StartsWith("RESET")) return PostgresReset(words, index);
  if (!words.StartsWith("SET") || words.StartsWith("SET LOCAL")) return std::nullopt;
  if (words.IsWord(index, "SESSION")) ++index;
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

std::optional<std::vector<SettingChange>> MysqlSettings(const StatementWords& words) {
  if (!words.StartsWith("SET")) return std::nullopt;
  std::size_t index = words.first() + 1;
  if (words.IsWord(index, "NAMES")) return MysqlNames(words, index + 1);
  std::vector<SettingChange> changes;
  for (;;) {
    std::string name = MysqlVariable(words, index);
    if (name.empty() || std::ranges::find(kMysqlKept, name) != std::end(kMysqlKept)) {
      return std::nullopt;
    }
    if (!SkipAssignmentSign(words, index)) return std::nullopt;
    const std::size_t begin = index;
    while (index < words.size() && !words.IsSymbol(index, ',')) {
      if (!IsLiteral(words[index])) return std::nullopt;
      ++index;
    }
    if (index == begin) return std::nullopt;
    const bool is_user = name.front() == '@';
    if (is_user && !IsUserVariableValue(words, begin, index)) return std::nullopt;
    const bool by_default = index - begin == 1 && words.IsWord(begin, is_user ? "NULL" : "DEFAULT");
    changes.push_back({std::move(name), by_default ? "" : TextOf(words, begin, index)});
    if (index == words.size()) return changes;
    ++index;
  }
}

}  // namespace sluice::relay::dialect
