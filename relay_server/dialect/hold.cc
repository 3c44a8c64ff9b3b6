#include "relay_server/dialect/hold.h"

#include <algorithm>
#include <array>

namespace sluice::relay::dialect {
namespace {

// In the order of HoldKind.
constexpr std::array<std::string_view, kHoldKinds> kReasons = {
    "temporary table",
    "advisory lock",
    "named lock",
    "LISTEN",
    "LOCK TABLES",
    "user variable",
    "PREPARE",
    "WITH HOLD cursor",
    "HANDLER",
    "SET",
    "SET TRANSACTION",
    "FOUND_ROWS",
    "XA",
    "dblink connection",
    "DO block",
    "routine",
    "other",
};

// Every object of a temporary schema depends on it, and there is an index to find that by. A
// session without temporary objects has no such schema, or an empty one. Keys of advisory locks are
// one bigint (objsubid 1) or two integers (PostgreSQL manual, pg_locks). The relay's own prepared
// statements are called sluice_….
constexpr std::string_view kPostgresQuery =
    "SELECT 'temporary table', coalesce(c.relname, '') FROM pg_catalog.pg_depend d"
    " LEFT JOIN pg_catalog.pg_class c ON c.oid = d.objid"
    " AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass"
    " WHERE pg_catalog.pg_my_temp_schema() <> 0"
    " AND d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass"
    " AND d.refobjid = pg_catalog.pg_my_temp_schema()"
    " UNION ALL SELECT 'advisory lock', CASE objsubid WHEN 1"
    " THEN ((classid::bigint << 32) | objid::bigint)::text"
    " ELSE classid::int8::text || ', ' || objid::int8::text END"
    " FROM pg_catalog.pg_locks WHERE locktype = 'advisory'"
    " AND pid = pg_catalog.pg_backend_pid()"
    " UNION ALL SELECT 'LISTEN', c FROM pg_catalog.pg_listening_channels() AS c"
    " UNION ALL SELECT 'PREPARE', name FROM pg_catalog.pg_prepared_statements"
    " WHERE name NOT LIKE 'sluice\\_%'"
    " UNION ALL SELECT 'WITH HOLD cursor', name FROM pg_catalog.pg_cursors"
    " WHERE is_holdable";

constexpr HoldKind kPostgresVisible[] = {HoldKind::kTemporaryTable, HoldKind::kAdvisoryLock,
                                         HoldKind::kListen, HoldKind::kPrepare,
                                         HoldKind::kHoldCursor};
// Session locks and prepared statements outlive a rollback (PostgreSQL manual, 13.3.5, PREPARE).
constexpr HoldKind kPostgresTransactional[] = {HoldKind::kTemporaryTable, HoldKind::kListen,
                                               HoldKind::kHoldCursor, HoldKind::kSetting};

std::string Quoted(std::string_view text, char quote, bool backslashes) {
  std::string quoted(1, quote);
  for (const char c : text) {
    if (c == quote || (backslashes && c == '\\')) quoted += c;
    quoted += c;
  }
  return quoted + quote;
}

std::string MysqlString(std::string_view text) { return Quoted(text, '\'', true); }

// Each part of a dotted name in backticks.
std::string MysqlName(std::string_view name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) return Quoted(name, '`', false);
  return Quoted(name.substr(0, dot), '`', false) + '.' + MysqlName(name.substr(dot + 1));
}

// Empty: there is none.
std::string PostgresUndo(const Hold& hold) {
  switch (hold.kind) {
    case HoldKind::kTemporaryTable:
      return "DISCARD TEMP";
    case HoldKind::kAdvisoryLock:
      return "SELECT pg_catalog.pg_advisory_unlock_all()";
    case HoldKind::kListen:
      return "UNLISTEN *";
    case HoldKind::kHoldCursor:
      return "CLOSE ALL";
    case HoldKind::kPrepare:
      return hold.name.empty() ? "" : "DEALLOCATE " + Quoted(hold.name, '"', false);
    default:
      return "";
  }
}

std::string MysqlUndo(const Hold& hold) {
  if (hold.kind == HoldKind::kTableLock) return "UNLOCK TABLES";
  if (hold.name.empty()) return "";
  switch (hold.kind) {
    case HoldKind::kUserVariable:
      return "SET @" + Quoted(hold.name.substr(1), '`', false) + " = NULL";
    case HoldKind::kPrepare:
      return "DEALLOCATE PREPARE " + Quoted(hold.name, '`', false);
    default:
      return "";  // a lock that was taken twice, a table of which only the name is known …
  }
}

}  // namespace

std::string_view HoldReason(HoldKind kind) { return kReasons[static_cast<std::size_t>(kind)]; }

std::string HoldText(const Hold& hold) {
  if (hold.kind == HoldKind::kOther) return hold.name;
  if (hold.kind == HoldKind::kRoutine) return "what a routine has left";
  std::string text(HoldReason(hold.kind));
  if (!hold.name.empty()) text += ' ' + hold.name;
  return text;
}

Hold HoldOfRow(std::string_view reason, std::string name) {
  const auto found = std::ranges::find(kReasons, reason);
  const auto index = found == kReasons.end() ? kReasons.size() - 1
                                             : static_cast<std::size_t>(found - kReasons.begin());
  return {static_cast<HoldKind>(index), std::move(name)};
}

bool IsVisible(v1::Engine engine, const Hold& hold) {
  if (engine == v1::ENGINE_POSTGRES) {
    return std::ranges::find(kPostgresVisible, hold.kind) != std::end(kPostgresVisible);
  }
  return hold.kind == HoldKind::kNamedLock && !hold.name.empty();
}

namespace {

// The servers' own functions are harmless, but for those that the lexer knows, and so are functions
// in C that are not volatile. A function in another language that is not volatile can still take
// locks and set variables. Of variables with a dot that are set PostgreSQL tells nothing: the
// function's source does.
constexpr std::string_view kPostgresRoutines =
    "SELECT p.proname, bool_or(p.prosrc ~* '\\mset_config\\M' AND pg_catalog.regexp_replace("
    "p.prosrc, '\\mset_config\\s*\\([^;]*?,\\s*true\\s*\\)', '', 'gi') ~* '\\mset_config\\M')::int4"
    " FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang"
    " WHERE p.pronamespace <> 'pg_catalog'::pg_catalog.regnamespace"
    " AND (p.provolatile = 'v' OR l.lanname NOT IN ('internal', 'c')"
    " AND p.prosrc ~* '(set_config|advisory|dblink)') AND p.proname IN (";
constexpr std::string_view kMysqlRoutines =
    "SELECT LOWER(ROUTINE_NAME), MAX(ROUTINE_DEFINITION LIKE '%GET\\_LOCK%')"
    " FROM information_schema.ROUTINES WHERE LOWER(ROUTINE_NAME) IN (";

}  // namespace

std::string RoutinesQuery(v1::Engine engine, std::span<const std::string> names) {
  const bool postgres = engine == v1::ENGINE_POSTGRES;
  std::string list;
  for (const auto& name : names) {
    if (!list.empty()) list += ", ";
    list += postgres ? "E" + Quoted(name, '\'', true) : MysqlString(name);
  }
  std::string query(postgres ? kPostgresRoutines : kMysqlRoutines);
  return query + list + ") GROUP BY 1";
}

bool IsTransactional(v1::Engine engine, HoldKind kind) {
  return engine == v1::ENGINE_POSTGRES &&
         std::ranges::find(kPostgresTransactional, kind) != std::end(kPostgresTransactional);
}

std::string HoldsQuery(v1::Engine engine, std::span<const Hold> holds) {
  if (engine == v1::ENGINE_POSTGRES) return std::string(kPostgresQuery);
  std::string query;
  for (const Hold& hold : holds) {
    if (!IsVisible(engine, hold)) continue;
    const std::string name = MysqlString(hold.name);
    if (!query.empty()) query += " UNION ALL ";
    query += "SELECT 'named lock', " + name + " FROM DUAL WHERE IS_USED_LOCK(" + name +
             ") = CONNECTION_ID()";
  }
  return query;
}

UndoPlan UndoHolds(v1::Engine engine, std::span<const Hold> holds) {
  UndoPlan plan;
  for (const Hold& hold : holds) {
    std::string statement = engine == v1::ENGINE_POSTGRES ? PostgresUndo(hold) : MysqlUndo(hold);
    if (statement.empty()) return {.possible = false, .statements = {}};
    if (std::ranges::find(plan.statements, statement) == plan.statements.end()) {
      plan.statements.push_back(std::move(statement));
    }
  }
  return plan;
}

bool OutliveReset(v1::Engine engine, std::span<const Hold> holds) {
  const bool postgres = engine == v1::ENGINE_POSTGRES;
  // DISCARD ALL knows nothing of libraries, backups, dblink's connections and random numbers,
  // MySQL's reset nothing of roles and of what SHOW PROFILES tells.
  return std::ranges::any_of(holds, [postgres](const Hold& hold) {
    if (hold.kind == HoldKind::kSetting) {
      return postgres ? hold.name == "seed" : hold.name == "profiling" || hold.name == "role";
    }
    return postgres && (hold.kind == HoldKind::kLink || hold.kind == HoldKind::kOther);
  });
}

}  // namespace sluice::relay::dialect
