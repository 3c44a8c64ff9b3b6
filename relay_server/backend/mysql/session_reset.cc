// What MysqlConnection does between two sessions: the reset, and the audit of it.

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "relay_server/backend/mysql/mysql_connection.h"
#include "relay_server/backend/mysql/mysql_error.h"

namespace sluice::relay::backend {
namespace {

// Session values that are not the server's global ones. MariaDB: Information Schema
// SYSTEM_VARIABLES; MySQL: Performance Schema System Variable Tables.
constexpr std::string_view kMariadbVariables =
    "SELECT LOWER(VARIABLE_NAME), SESSION_VALUE, GLOBAL_VALUE"
    " FROM information_schema.SYSTEM_VARIABLES WHERE SESSION_VALUE <> GLOBAL_VALUE";
constexpr std::string_view kMysqlVariables =
    "SELECT LOWER(s.VARIABLE_NAME), s.VARIABLE_VALUE, g.VARIABLE_VALUE FROM "
    "performance_schema.session_variables s"
    " JOIN performance_schema.global_variables g USING (VARIABLE_NAME)"
    " WHERE s.VARIABLE_VALUE <> g.VARIABLE_VALUE";
constexpr std::string_view kMariadbUserVariables =
    "SELECT LOWER(VARIABLE_NAME) FROM information_schema.USER_VARIABLES"
    " WHERE VARIABLE_VALUE IS NOT NULL";
constexpr std::string_view kMysqlUserVariables =
    "SELECT LOWER(v.VARIABLE_NAME) FROM performance_schema.user_variables_by_thread v"
    " JOIN performance_schema.threads t USING (THREAD_ID)"
    " WHERE t.PROCESSLIST_ID = CONNECTION_ID() AND v.VARIABLE_VALUE IS NOT NULL";

// Compared on their own, or set for every connection, or always a session's own.
constexpr std::array<std::string_view, 17> kPassedOver = {"autocommit",
                                                          "session_track_state_change",
                                                          "session_track_system_variables",
                                                          "character_set_client",
                                                          "character_set_connection",
                                                          "character_set_results",
                                                          "character_set_database",
                                                          "collation_connection",
                                                          "collation_database",
                                                          "tx_isolation",
                                                          "transaction_isolation",
                                                          "tx_read_only",
                                                          "transaction_read_only",
                                                          "max_statement_time",
                                                          "max_execution_time",
                                                          "pseudo_thread_id",
                                                          "last_insert_id"};

// SET NAMES has UTF-8 of three bytes too.
bool IsUtf8(std::string_view character_set) { return character_set.starts_with("utf8"); }

bool IsPassedOver(std::string_view name) {
  return std::ranges::find(kPassedOver, name) != kPassedOver.end();
}

}  // namespace

void MysqlConnection::Reset(const Leftovers& leftovers) {
  DiscardResults();
  BeginCommand();
  changes_.clear();
  if (leftovers.unknown) {
    // Rolls back, drops temporary tables, locks, variables and prepared statements; keeps the
    // current database, and the character set only on some servers.
    if (mysql_reset_connection(mysql_.get()) != 0) throw MakeError(mysql_.get());
    statements_.Clear();
    told_mode_.clear();
    session_.Forget();
    multi_statements_ = true;
    std::vector<std::string> statements = {"SET NAMES utf8mb4"};
    const SessionSettings defaults;
    for (auto& statement : session_.Difference(defaults, true)) {
      statements.push_back(std::move(statement));
    }
    RunOwn(statements);
    session_.Applied(defaults, true);
    return;
  }
  std::vector<std::string> statements;
  if (transaction_state() != v1::TRANSACTION_STATE_NONE) statements.emplace_back("ROLLBACK");
  if ((mysql_->server_status & SERVER_STATUS_AUTOCOMMIT) == 0) {
    statements.emplace_back("SET autocommit=1");
  }
  for (const auto& statement : leftovers.undo) statements.push_back(statement);
  if (!statements.empty()) RunOwn(statements);
}

std::vector<std::vector<std::string>> MysqlConnection::Ask(const std::string& sql) {
  BeginCommand();
  SendText(sql);
  const ResultHandle result(mysql_store_result(mysql_.get()));
  if (!result) throw MakeError(mysql_.get());
  std::vector<std::vector<std::string>> rows;
  while (MYSQL_ROW row = mysql_fetch_row(result.get())) {
    auto& values = rows.emplace_back();
    for (unsigned int i = 0; i < mysql_num_fields(result.get()); ++i) {
      values.emplace_back(row[i] == nullptr ? "" : row[i]);
    }
  }
  return rows;
}

SessionState::Report MysqlConnection::AskForReport() {
  const bool mariadb = profile_->facts.is_mariadb();
  SessionState::Report report;
  for (const auto& row : Ask(std::string(mariadb ? kMariadbVariables : kMysqlVariables))) {
    const bool was_global = profile_->globals->Had(row[0], row[1]);
    profile_->globals->Note(row[0], row[2]);
    if (!was_global && !IsPassedOver(row[0])) report.variables.push_back(row[0]);
  }
  for (auto& row : Ask(std::string(mariadb ? kMariadbUserVariables : kMysqlUserVariables))) {
    report.user_variables.push_back(std::move(row[0]));
  }
  return report;
}

std::vector<std::string> MysqlConnection::AskForVariables() {
  const auto sets = Ask("SELECT @@character_set_client, @@character_set_results").front();
  if (!IsUtf8(sets[0]) || !IsUtf8(sets[1])) session_.ForgetNames();
  return session_.Unexpected(AskForReport());
}

// The tracker's news are in the OK packet whose status says so (MariaDB manual, OK_Packet). What
// changes while rows are sent shows in the status of their end alone.
void MysqlConnection::NoteChanges(bool ok_packet) {
  if ((mysql_->server_status & SERVER_SESSION_STATE_CHANGED) == 0) return;
  if (!ok_packet) {
    session_.ForgetNames();
    changes_.emplace_back();
    return;
  }
  const char* text = nullptr;
  std::size_t length = 0;
  constexpr auto kVariables = SESSION_TRACK_SYSTEM_VARIABLES;
  bool is_name = true;  // they alternate with their values
  bool is_mode = false;
  bool is_charset = false;
  for (int status = mysql_session_track_get_first(mysql_.get(), kVariables, &text, &length);
       status == 0;
       status = mysql_session_track_get_next(mysql_.get(), kVariables, &text, &length)) {
    const std::string_view told(text, length);
    if (is_name && !IsPassedOver(told)) changes_.emplace_back(told);
    if (!is_name && is_mode) told_mode_ = told;
    if (!is_name && is_charset && !IsUtf8(told)) session_.ForgetNames();
    is_mode = is_name && told == "sql_mode";
    is_charset = is_name && (told == "character_set_client" || told == "character_set_results");
    is_name = !is_name;
  }
  if (mysql_session_track_get_first(mysql_.get(), SESSION_TRACK_STATE_CHANGE, &text, &length) ==
      0) {
    changes_.emplace_back();
  }
}

std::vector<std::string> MysqlConnection::TakeChanges() { return std::exchange(changes_, {}); }

std::vector<std::string> MysqlConnection::Audit() {
  const auto facts = Ask("SELECT DATABASE(), @@session." + profile_->isolation_variable +
                         ", @@session." + profile_->read_only_variable +
                         ", @@session.autocommit, @@session.character_set_client,"
                         " @@session.character_set_results, RELEASE_ALL_LOCKS()")[0];
  SessionState::Report report = AskForReport();
  report.catalog = facts[0];
  report.isolation = facts[1];
  report.read_only = facts[2];
  std::vector<std::string> differences = session_.Differences(report);
  if (facts[3] != "1") differences.emplace_back("autocommit is off");
  if (session_.names_known() && (!IsUtf8(facts[4]) || !IsUtf8(facts[5]))) {
    differences.push_back("character set " + facts[4] + ", " + facts[5]);
  }
  if (facts[6] != "0") differences.push_back("named locks: " + facts[6]);
  if (transaction_state() != v1::TRANSACTION_STATE_NONE) differences.emplace_back("transaction");
  return differences;
}

}  // namespace sluice::relay::backend
