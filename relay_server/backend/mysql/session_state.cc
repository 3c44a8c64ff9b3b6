#include "relay_server/backend/mysql/session_state.h"

#include <array>

namespace sluice::relay::backend {
namespace {

constexpr std::array<const char*, 5> kIsolationNames = {"", "READ-UNCOMMITTED", "READ-COMMITTED",
                                                        "REPEATABLE-READ", "SERIALIZABLE"};

constexpr const char* kNames = "names";  // stands for SET NAMES

std::string SetNames(const std::string& value) {
  return "SET NAMES " + (value.empty() ? "utf8mb4" : value);
}

}  // namespace

std::string QuoteName(std::string_view name) {
  std::string quoted = "`";
  for (const char c : name) {
    quoted += c;
    if (c == '`') quoted += c;
  }
  return quoted + '`';
}

SessionState::SessionState(std::shared_ptr<const ServerProfile> profile)
    : profile_(std::move(profile)),
      initialised_(profile_->connection_assignments.empty()),
      isolation_(profile_->facts.default_isolation()),
      read_only_(profile_->default_read_only),
      catalog_(profile_->facts.database()),
      last_insert_id_(0) {}

v1::IsolationLevel SessionState::IsolationFor(const SessionSettings& wanted) const {
  return wanted.isolation == v1::ISOLATION_LEVEL_DEFAULT ? profile_->facts.default_isolation()
                                                         : wanted.isolation;
}

const std::string& SessionState::CatalogFor(const SessionSettings& wanted) const {
  return wanted.catalog.empty() ? profile_->facts.database() : wanted.catalog;
}

std::vector<std::string> SessionState::Difference(const SessionSettings& wanted,
                                                  bool last_insert_id) const {
  std::vector<std::string> assignments;
  if (!initialised_) assignments = profile_->connection_assignments;
  if (isolation_ != IsolationFor(wanted)) {
    assignments.push_back("SESSION " + profile_->isolation_variable + "='" +
                          kIsolationNames[static_cast<std::size_t>(IsolationFor(wanted))] + "'");
  }
  const bool read_only = wanted.read_only || profile_->default_read_only;
  if (read_only_ != read_only) {
    assignments.push_back("SESSION " + profile_->read_only_variable + "=" +
                          (read_only ? "1" : "0"));
  }
  if (last_insert_id && last_insert_id_ != wanted.last_insert_id) {
    assignments.push_back("last_insert_id=" + std::to_string(wanted.last_insert_id));
  }
  std::vector<std::string> statements;
  if (!assignments.empty()) {
    std::string set = "SET ";
    for (const auto& assignment : assignments) {
      if (set.size() > 4) set += ", ";
      set += assignment;
    }
    statements.push_back(std::move(set));
  }
  if (catalog_ != CatalogFor(wanted) && !CatalogFor(wanted).empty()) {
    statements.push_back("USE " + QuoteName(CatalogFor(wanted)));
  }
  if (!variables_known_ || variables_ != wanted.variables)
    AddVariables(wanted.variables, statements);
  if (!names_known_) {
    const auto names = wanted.variables.find(kNames);
    statements.push_back(SetNames(names == wanted.variables.end() ? "" : names->second));
  }
  return statements;
}

// A default is the server's global value, which is what a new connection begins with.
void SessionState::AddVariables(const Variables& wanted,
                                std::vector<std::string>& statements) const {
  const auto set = [&](const std::string& name, const std::string& value) {
    if (name.starts_with('@')) {
      statements.push_back("SET @" + QuoteName(name.substr(1)) + " = " +
                           (value.empty() ? "NULL" : value));
    } else if (name == kNames) {
      statements.push_back(SetNames(value));
    } else {
      statements.push_back("SET SESSION " + QuoteName(name) + " = " +
                           (value.empty() ? "DEFAULT" : value));
    }
  };
  for (const auto& [name, value] : variables_) {
    if (!wanted.contains(name)) set(name, "");
  }
  for (const auto& [name, value] : wanted) {
    const auto present = variables_.find(name);
    const bool same = present != variables_.end() && present->second == value;
    if (!variables_known_ || !same) set(name, value);
  }
}

void SessionState::NoteVariables(const std::vector<Variable>& changes) {
  for (const auto& change : changes) {
    if (change.name == "current database") {
      catalog_ = change.value;
    } else if (change.name == "isolation level") {
      isolation_ = static_cast<v1::IsolationLevel>(std::stoi(change.value));
      if (*isolation_ == v1::ISOLATION_LEVEL_DEFAULT) {
        isolation_ = profile_->facts.default_isolation();
      }
    } else if (change.name == "read only") {
      read_only_ = change.value == "1";
    } else if (change.name == "character set") {
      names_known_ = false;
    } else {
      if (change.name == kNames) names_known_ = true;
      SetVariable(variables_, change);
    }
  }
}

void SessionState::Applied(const SessionSettings& wanted, bool last_insert_id) {
  initialised_ = true;
  isolation_ = IsolationFor(wanted);
  read_only_ = wanted.read_only || profile_->default_read_only;
  catalog_ = CatalogFor(wanted);
  if (last_insert_id) last_insert_id_ = wanted.last_insert_id;
  variables_ = wanted.variables;
  variables_known_ = true;
  names_known_ = true;
}

std::vector<std::string> SessionState::Differences(const Report& report) const {
  std::vector<std::string> differences;
  if (catalog_ && !catalog_->empty() && report.catalog != *catalog_) {
    differences.push_back("current database " + report.catalog);
  }
  if (isolation_ && report.isolation != kIsolationNames[static_cast<std::size_t>(*isolation_)]) {
    differences.push_back("isolation " + report.isolation);
  }
  if (read_only_ && report.read_only != (*read_only_ ? "1" : "0")) {
    differences.push_back("read only " + report.read_only);
  }
  for (const auto& name : Unexpected(report)) differences.push_back("variable " + name);
  return differences;
}

std::vector<std::string> SessionState::Unexpected(const Report& report) const {
  std::vector<std::string> names;
  if (!variables_known_) return names;
  for (const auto& name : report.variables) {
    if (!variables_.contains(name)) names.push_back(name);
  }
  for (const auto& name : report.user_variables) {
    if (!variables_.contains('@' + name)) names.push_back('@' + name);
  }
  return names;
}

void SessionState::Forget() {
  initialised_ = profile_->connection_assignments.empty();
  isolation_.reset();
  read_only_.reset();
  catalog_.reset();
  last_insert_id_.reset();
  variables_known_ = false;  // those that were set may still be
}

}  // namespace sluice::relay::backend
