// What PostgresConnection does between two sessions: the reset, and the audit of it.

#include <cctype>
#include <set>
#include <string>

#include "relay_server/backend/postgres/errors.h"
#include "relay_server/backend/postgres/postgres_connection.h"

namespace sluice::relay::backend::postgres {
namespace {

// What, its name, and for a setting its value and its kind. Everything that a session can leave on
// a connection and that the server tells of: PostgreSQL manual, DISCARD, and the views named here.
constexpr char kAuditQuery[] =
    "SELECT 'setting', lower(name), setting, vartype || coalesce(unit, '')"
    " FROM pg_catalog.pg_settings WHERE source = 'session' AND name NOT IN"
    " ('transaction_isolation', 'transaction_read_only', 'transaction_deferrable')"
    " UNION ALL SELECT 'prepared statement', name, '', ''"
    " FROM pg_catalog.pg_prepared_statements"
    " UNION ALL SELECT 'role', pg_catalog.current_setting('role'), '', ''"
    " WHERE pg_catalog.current_setting('role') <> 'none'"
    " UNION ALL SELECT 'temporary object', coalesce(c.relname, d.objid::text), '', ''"
    " FROM pg_catalog.pg_depend d LEFT JOIN pg_catalog.pg_class c ON c.oid = d.objid"
    " WHERE pg_catalog.pg_my_temp_schema() <> 0"
    " AND d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass"
    " AND d.refobjid = pg_catalog.pg_my_temp_schema()"
    " UNION ALL SELECT 'advisory lock', objid::text, '', '' FROM pg_catalog.pg_locks"
    " WHERE locktype = 'advisory' AND pid = pg_catalog.pg_backend_pid()"
    " UNION ALL SELECT 'LISTEN', c, '', '' FROM pg_catalog.pg_listening_channels() AS c"
    " UNION ALL SELECT 'cursor', name, '', '' FROM pg_catalog.pg_cursors"
    " WHERE is_holdable";

// What is set and not at its default; pg_settings does not show the role.
constexpr char kVariablesQuery[] =
    "SELECT lower(name) FROM pg_catalog.pg_settings WHERE source = 'session' AND name NOT IN"
    " ('transaction_isolation', 'transaction_read_only', 'transaction_deferrable',"
    " 'default_transaction_isolation', 'default_transaction_read_only')"
    " UNION ALL SELECT 'role' WHERE pg_catalog.current_setting('role') <> 'none'";

// Variables that pg_settings does not show: those of extensions that are not loaded, and a few.
bool IsHidden(const std::string& name) {
  return name.find('.') != std::string::npos || name == "role" || name == "session_authorization" ||
         name == "seed";
}

bool IsWholeNumber(const std::string& text) {
  const std::size_t start = !text.empty() && text.front() == '-' ? 1 : 0;
  if (text.size() == start || text.size() > 18) return false;
  for (std::size_t i = start; i < text.size(); ++i) {
    if (std::isdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}

}  // namespace

void PostgresConnection::Reset(const Leftovers& leftovers) {
  DiscardResults();
  WaitForCancel();
  if (state_ != v1::TRANSACTION_STATE_NONE) {
    pipeline_.SendCommand("ROLLBACK");
    pipeline_.SendSync();
  }
  if (leftovers.unknown) {
    // Ends temporary tables, locks, LISTEN, cursors, prepared statements and SET alike. What the
    // connection asked for at its start (client_encoding, DateStyle …) are its defaults and stay.
    pipeline_.SendCommand("DISCARD ALL");
  } else {
    for (const auto& statement : leftovers.undo) pipeline_.SendCommand(statement.c_str());
  }
  Settle();
  if (auto error = pipeline_.TakeError()) throw *error;
  if (leftovers.unknown) {
    prepared_.Clear();
    to_deallocate_.clear();
    applied_ = {};
    uncertain_.clear();
  }
  has_temporary_ = false;
  notices_.clear();
}

std::vector<std::vector<std::string>> PostgresConnection::Ask(const std::string& sql) {
  return OrLost([&] { return AskRows(sql); });
}

std::vector<std::vector<std::string>> PostgresConnection::AskRows(const std::string& sql) {
  WaitForCancel();
  pipeline_.SendCommand(sql.c_str(), Step::kLookup);
  pipeline_.SendSync();
  pipeline_.Flush();
  const ResultHandle result = pipeline_.ReadThrough(Step::kLookup);
  Settle();
  if (auto error = pipeline_.TakeError()) throw *error;
  std::vector<std::vector<std::string>> rows;
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    auto& values = rows.emplace_back();
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      values.emplace_back(PQgetvalue(result.get(), row, column));
    }
  }
  return rows;
}

std::vector<std::string> PostgresConnection::AskForVariables() {
  std::vector<std::string> names;
  for (auto& row : Ask(kVariablesQuery)) {
    const bool is_known = applied_.variables.contains(row[0]) || uncertain_.contains(row[0]);
    if (!is_known) names.push_back(std::move(row[0]));
  }
  return names;
}

std::vector<std::string> PostgresConnection::AskSequenceValues(
    const std::vector<std::string>& calls) {
  return OrLost([&] { return AskValues(calls); });
}

// An error of each call is caught where it happens: it would stand in the server's log. What the
// block has found comes out of it as a variable of the transaction that both commands share.
std::vector<std::string> PostgresConnection::AskValues(const std::vector<std::string>& calls) {
  std::string block = "DO $sluice$ DECLARE found text := ''; BEGIN";
  for (const auto& call : calls) {
    block += " BEGIN found := found || " + call +
             "; EXCEPTION WHEN OTHERS THEN NULL; END; found := found || ',';";
  }
  block += " PERFORM pg_catalog.set_config('sluice.sequences', found, true); END $sluice$";
  WaitForCancel();
  pipeline_.SendCommand(block.c_str());
  pipeline_.SendCommand("SELECT pg_catalog.current_setting('sluice.sequences')", Step::kLookup);
  pipeline_.SendSync();
  pipeline_.Flush();
  const ResultHandle result = pipeline_.ReadThrough(Step::kLookup);
  Settle();
  if (auto error = pipeline_.TakeError()) throw *error;
  std::vector<std::string> values(1);
  for (const char c : std::string_view(PQgetvalue(result.get(), 0, 0))) {
    c == ',' ? values.emplace_back() : values.back() += c;
  }
  values.resize(calls.size());
  return values;
}

std::vector<std::string> PostgresConnection::Audit() {
  std::vector<std::string> differences;
  std::vector<std::vector<std::string>> settings;
  std::set<std::string> prepared;
  for (auto& row : Ask(kAuditQuery)) {
    if (row[0] == "setting") {
      settings.push_back(std::move(row));
    } else if (row[0] == "prepared statement") {
      prepared.insert(row[1]);
    } else if (row[0] != "role" || !applied_.variables.contains("role")) {
      differences.push_back(row[0] + ' ' + row[1]);
    }
  }
  AuditSettings(settings, differences);
  AuditPrepared(std::move(prepared), differences);
  return differences;
}

void PostgresConnection::AuditPrepared(std::set<std::string> names,
                                       std::vector<std::string>& differences) const {
  for (const auto& name : to_deallocate_) names.erase(name);
  prepared_.ForEach([&](const Prepared& prepared) {
    if (names.erase(prepared.name) == 0) {
      differences.push_back("lost prepared statement " + prepared.name);
    }
  });
  for (const auto& name : names) differences.push_back("prepared statement " + name);
}

void PostgresConnection::AuditSettings(const std::vector<std::vector<std::string>>& rows,
                                       std::vector<std::string>& differences) const {
  Variables wanted = applied_.variables;
  if (applied_.isolation != v1::ISOLATION_LEVEL_DEFAULT) {
    wanted.emplace("default_transaction_isolation", "");
  }
  if (applied_.read_only) wanted.emplace("default_transaction_read_only", "on");
  for (const auto& row : rows) {
    const auto found = wanted.find(row[1]);
    const bool is_known = found != wanted.end();
    if (!is_known && !uncertain_.contains(row[1])) differences.push_back("setting " + row[1]);
    if (!is_known) continue;
    // Numbers with units, lists and names are written in many ways.
    const bool comparable = row[3] == "integer" && IsWholeNumber(found->second);
    if (comparable && std::stoll(found->second) != std::stoll(row[2]) &&
        !uncertain_.contains(row[1])) {
      differences.push_back("setting " + row[1] + " is not what was set");
    }
    wanted.erase(found);
  }
  for (const auto& [name, value] : wanted) {
    if (IsHidden(name) || uncertain_.contains(name)) continue;
    differences.push_back("lost setting " + name);
  }
}

}  // namespace sluice::relay::backend::postgres
