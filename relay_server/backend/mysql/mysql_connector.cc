#include "relay_server/backend/mysql/mysql_connector.h"

#include <algorithm>

#include "relay_server/backend/mysql/mysql_connection.h"
#include "relay_server/backend/mysql/mysql_endpoint.h"
#include "relay_server/backend/mysql/mysql_error.h"
#include "relay_server/backend/mysql/server_variables.h"

namespace sluice::relay::backend {
namespace {

constexpr std::string_view kProfileQuery =
    "SHOW VARIABLES WHERE Variable_name IN ('version', 'hostname', 'lower_case_table_names', "
    "'tx_isolation', 'transaction_isolation', 'tx_read_only', 'transaction_read_only', "
    "'max_allowed_packet', 'character_set_client', 'character_set_results', "
    "'max_statement_time', 'max_execution_time', 'session_track_system_variables')";

v1::IsolationLevel ParseIsolation(const std::string& name) {
  if (name == "READ-UNCOMMITTED") return v1::ISOLATION_LEVEL_READ_UNCOMMITTED;
  if (name == "READ-COMMITTED") return v1::ISOLATION_LEVEL_READ_COMMITTED;
  if (name == "SERIALIZABLE") return v1::ISOLATION_LEVEL_SERIALIZABLE;
  return v1::ISOLATION_LEVEL_REPEATABLE_READ;
}

// What a connection to this server must be told because the server's defaults differ.
std::vector<std::string> Assignments(const ServerVariables& variables, const Target& target) {
  std::vector<std::string> assignments;
  const auto value = [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  };
  // The handshake has asked for utf8mb4; --skip-character-set-client-handshake ignores that.
  if (value("character_set_client") != "utf8mb4" || value("character_set_results") != "utf8mb4") {
    assignments.emplace_back("NAMES utf8mb4");
  }
  if (variables.contains("session_track_system_variables")) {
    assignments.emplace_back("session_track_system_variables='*'");
    assignments.emplace_back("session_track_state_change=1");
  }
  const auto timeout = target.statement_timeout.count();
  if (timeout > 0 && variables.contains("max_statement_time")) {  // MariaDB, in seconds
    std::string fraction = std::to_string(timeout % 1000);
    fraction.insert(0, 3 - fraction.size(), '0');
    assignments.push_back("SESSION max_statement_time=" + std::to_string(timeout / 1000) + "." +
                          fraction);
  } else if (timeout > 0 && variables.contains("max_execution_time")) {  // MySQL: SELECT alone
    assignments.push_back("SESSION max_execution_time=" + std::to_string(timeout));
  }
  return assignments;
}

// What sessions begin with now. MySQL may have no performance_schema: then nothing is known.
void NoteGlobals(MYSQL* mysql, ServerProfile& profile) {
  const bool mariadb = profile.facts.is_mariadb();
  try {
    const auto values = ReadVariables(
        mysql, mariadb ? "SELECT LOWER(VARIABLE_NAME), GLOBAL_VALUE FROM "
                         "information_schema.SYSTEM_VARIABLES WHERE SESSION_VALUE IS NOT NULL"
                       : "SELECT LOWER(VARIABLE_NAME), VARIABLE_VALUE FROM "
                         "performance_schema.global_variables");
    for (const auto& [name, value] : values) profile.globals->Note(name, value);
  } catch (const BackendError& error) {
    if (error.connection_lost()) throw;
  }
}

std::shared_ptr<const ServerProfile> LoadProfile(MYSQL* mysql, const Target& target) {
  ServerVariables variables = ReadVariables(mysql, kProfileQuery);
  auto profile = std::make_shared<ServerProfile>();
  const bool modern = variables.contains("transaction_isolation");
  profile->isolation_variable = modern ? "transaction_isolation" : "tx_isolation";
  profile->read_only_variable = modern ? "transaction_read_only" : "tx_read_only";
  profile->default_read_only = variables[profile->read_only_variable] == "ON";
  profile->max_allowed_packet = std::stoull("0" + variables["max_allowed_packet"]);
  profile->connection_assignments = Assignments(variables, target);
  v1::ServerFacts& facts = profile->facts;
  facts.set_engine(v1::ENGINE_MYSQL);
  facts.set_version(variables["version"]);
  facts.set_version_number(static_cast<std::uint32_t>(mysql_get_server_version(mysql)));
  facts.set_database(target.database);
  facts.set_user(target.user);
  facts.set_server_name(variables["hostname"]);
  facts.set_is_mariadb(facts.version().find("MariaDB") != std::string::npos);
  facts.set_max_identifier_length(64);  // MariaDB and MySQL: "Identifier Names", in characters
  facts.set_default_isolation(ParseIsolation(variables[profile->isolation_variable]));
  facts.set_lower_case_table_names(variables["lower_case_table_names"] != "0");
  NoteGlobals(mysql, *profile);
  return profile;
}

}  // namespace

MysqlConnector::MysqlConnector(Target target)
    : endpoint_(std::make_shared<MysqlEndpoint>(std::move(target))) {}

MysqlConnector::~MysqlConnector() = default;

std::unique_ptr<BackendConnection> MysqlConnector::Connect(Deadline deadline) {
  const auto limit_of_target = wire::DeadlineAfter(endpoint_->target().connect_timeout);
  const IoLimit limit(std::min(deadline, limit_of_target));
  MysqlHandle mysql = endpoint_->Open(deadline);
  std::shared_ptr<const ServerProfile> profile;
  {
    const std::lock_guard lock(mutex_);
    profile = profile_;
  }
  if (!profile) {
    // Two first connections may both ask; they learn the same.
    try {
      profile = LoadProfile(mysql.get(), endpoint_->target());
    } catch (const BackendError& error) {
      if (!error.connection_lost()) throw;
      throw MakeConnectError(mysql.get(), endpoint_->Name());
    }
    const std::lock_guard lock(mutex_);
    profile_ = profile;
  }
  return std::make_unique<MysqlConnection>(endpoint_, std::move(profile), std::move(mysql));
}

}  // namespace sluice::relay::backend
