// The variables that the session's SET statements have set. They are set again on whatever backend
// connection the session gets next (backend::SessionSettings), so they need no pin.

#include <algorithm>
#include <cctype>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "relay_server/dialect/lexer.h"
#include "relay_server/dialect/savepoint.h"
#include "relay_server/session/client_session.h"
#include "sql/quote_settings.h"

namespace sluice::relay::session {
namespace {

constexpr std::string_view kModeName = "sql_mode";
constexpr std::size_t kMaxSavepoints = 1000;
constexpr std::size_t kLongestStart = 100;  // of a statement, with two words in it

// A value of sql_mode, as SET has it or the server tells it.
dialect::QuoteRules QuotesOf(std::string_view sql_mode) {
  const auto modes = sql::ReadSqlMode(sql_mode);
  return {.other_backslashes = modes.no_backslash_escapes, .ansi_quotes = modes.ansi_quotes};
}

bool Mentions(std::string_view sql, std::string_view name) {
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return std::ranges::search(sql, name, same).begin() != sql.end();
}

}  // namespace

// The mode that the server's sessions begin with: once for a pool.
void ClientSession::LearnDefaultMode(backend::BackendConnection& connection) {
  if (served_->backends->engine() != v1::ENGINE_MYSQL || served_->default_quotes.known()) return;
  const auto rows = connection.Ask("SELECT @@GLOBAL.sql_mode");
  served_->default_quotes.Learn(QuotesOf(rows.empty() ? "" : rows.front().front()));
}

// A SET whose value the server computes, or a routine, pins the session; what the mode is now only
// the server knows. No result is open.
void ClientSession::LearnComputedMode(pool::BackendLease& lease, const ScriptStatement& statement) {
  const bool by_routine = std::exchange(ask_mode_, false);
  if (served_->backends->engine() != v1::ENGINE_MYSQL) return;
  const auto& translated = statement.translated;
  const bool computes = translated.effect == dialect::SessionEffect::kPin &&
                        translated.kind == v1::STATEMENT_KIND_OTHER &&
                        Mentions(statement.native->sql, kModeName);
  const bool is_set = std::ranges::any_of(
      statement.native->sets, [](const auto& change) { return change.name == kModeName; });
  if (is_set) computed_mode_lease_ = 0;
  if ((!computes && !by_routine) || lease.connection().has_open_result()) return;
  const auto rows = lease.connection().Ask("SELECT @@SESSION.sql_mode");
  outcome_lease_ = 0;  // the connection's last statement is the relay's from here on
  if (rows.empty()) return;
  computed_mode_ = rows.front().front();
  computed_mode_lease_ = lease.number();
}

// How quotes and backslashes are read in the texts of this session now.
dialect::QuoteRules ClientSession::MysqlQuotes() const {
  if (session_lease_ && computed_mode_lease_ == session_lease_.number()) {
    return QuotesOf(computed_mode_);
  }
  const auto mode = settings_.variables.find(std::string(kModeName));
  if (mode != settings_.variables.end()) return QuotesOf(mode->second);
  return served_->default_quotes.rules();
}

// What is no variable but a setting that ODBC has, too (dialect::SettingChange). False: it is one.
bool ClientSession::TakesSetting(const backend::Variable& change) {
  if (change.name == "current database") {
    settings_.catalog = change.value;
  } else if (change.name == "isolation level") {
    settings_.isolation = static_cast<v1::IsolationLevel>(std::stoi(change.value));
  } else if (change.name == "read only") {
    settings_.read_only = change.value == "1" || user_read_only_;
  } else {
    return change.name == "character set";  // the connection's to mend
  }
  return true;
}

// The statement has succeeded.
void ClientSession::NoteVariables(const backend::BackendConnection& connection,
                                  const ScriptStatement& statement) {
  using dialect::SessionEffect;
  const bool transactional = served_->backends->engine() == v1::ENGINE_POSTGRES;
  const auto& sets = statement.native->sets;
  if (!sets.empty() && transactional && !variables_before_ &&
      connection.transaction_state() != v1::TRANSACTION_STATE_NONE) {
    variables_before_ = settings_.variables;
  }
  for (const auto& change : sets) {
    if (!TakesSetting(change)) backend::SetVariable(settings_.variables, change);
  }
  if (statement.translated.effect == SessionEffect::kCommit) SettleTransaction(true);
}

// PostgreSQL: rolling back to a savepoint undoes what has been set since.
void ClientSession::NoteSavepoint(pool::BackendLease& lease, const ScriptStatement& statement) {
  using Kind = dialect::SavepointStep::Kind;
  if (served_->backends->engine() != v1::ENGINE_POSTGRES ||
      statement.translated.kind != v1::STATEMENT_KIND_OTHER ||
      lease.connection().transaction_state() == v1::TRANSACTION_STATE_NONE) {
    return;
  }
  const auto step = dialect::FindSavepointStep(statement.native->sql);
  if (!step) return;
  if (step->kind == Kind::kSet) {
    if (savepoints_.size() == kMaxSavepoints) savepoints_.erase(savepoints_.begin());
    savepoints_.emplace_back(step->name, settings_.variables);
    return;
  }
  auto found = savepoints_.end();
  while (found != savepoints_.begin() && std::prev(found)->first != step->name) --found;
  if (found != savepoints_.begin()) {
    --found;
    if (step->kind == Kind::kRollBack) settings_.variables = found->second;
    // The savepoint itself is there for the next time.
    savepoints_.erase(step->kind == Kind::kRollBack ? found + 1 : found, savepoints_.end());
    return;
  }
  if (step->kind == Kind::kRelease || !variables_before_) return;
  holds_.Take({dialect::HoldKind::kSetting, "undone by ROLLBACK TO SAVEPOINT"}, "", false);
  holds_changed_ = true;
  SetLeftovers(lease);
}

// MySQL: it names a database or makes one, so that it runs although the session's own has been
// dropped.
bool ClientSession::NeedsNoDatabase(const ScriptStatement& statement) const {
  if (served_->backends->engine() != v1::ENGINE_MYSQL || settings_.catalog.empty()) return false;
  const auto& sets = statement.native->sets;
  if (sets.size() == 1 && sets.front().name == "current database") return true;
  if (statement.translated.kind != v1::STATEMENT_KIND_DDL) return false;
  std::istringstream words(statement.native->sql.substr(0, kLongestStart));
  std::string create;
  std::string what;
  words >> create >> what;
  return dialect::EqualsIgnoreCase(create, "create") &&
         (dialect::EqualsIgnoreCase(what, "database") || dialect::EqualsIgnoreCase(what, "schema"));
}

// MySQL: START TRANSACTION would give up what LOCK TABLES has locked (manual, "The Interaction of
// Table Locking and Transactions"); with autocommit off transactions begin by themselves.
bool ClientSession::LocksTables(const ScriptStatement& statement) const {
  if (served_->backends->engine() != v1::ENGINE_MYSQL) return false;
  const auto locks = [](const dialect::Hold& hold) {
    return hold.kind == dialect::HoldKind::kTableLock;
  };
  return std::ranges::any_of(statement.translated.holds.takes, locks) ||
         holds_.kinds().contains(dialect::HoldKind::kTableLock);
}

// The transaction has ended.
void ClientSession::SettleVariables(bool committed) {
  savepoints_.clear();
  if (!variables_before_) return;
  if (!committed) settings_.variables = std::move(*variables_before_);
  variables_before_.reset();
}

}  // namespace sluice::relay::session
