#include "relay_server/dialect/postgres_catalog_text.h"

namespace sluice::relay::dialect {
namespace {

// Aggregates and window functions cannot be called by themselves.
constexpr std::string_view kFromRoutines =
    " FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace";

std::string RoutineConditions(const v1::Catalog& request) {
  const bool id = request.metadata_id();
  const bool with_system =
      request.has_schema() && request.schema().find_first_not_of('%') != std::string::npos;
  return PostgresVisibleSchemas(with_system) +
         Condition({"current_database()", Present(request.has_catalog(), request.catalog()),
                    ArgumentKind::kOrdinary, true},
                   id, kPostgresCatalogSyntax) +
         Condition({"n.nspname", Present(request.has_schema(), request.schema()),
                    ArgumentKind::kPattern, true},
                   id, kPostgresCatalogSyntax) +
         Condition({"p.proname", Present(request.has_table(), request.table()),
                    ArgumentKind::kPattern, true},
                   id, kPostgresCatalogSyntax);
}

// One row per return value (kind 5), parameter (1 in, 2 in and out, 4 out) and column of the result
// (3: RETURNS TABLE, or of a composite type). Columns follow the input parameters in pg_proc.
constexpr std::string_view kRoutineColumns =
    " CROSS JOIN LATERAL ("
    "SELECT 0 AS position, '' AS name, 5 AS kind, p.prorettype AS type, -1 AS modifier, 0 AS part,"
    " NULL AS value"
    " FROM pg_catalog.pg_type r WHERE r.oid = p.prorettype AND r.typtype <> 'c'"
    " AND r.typname <> 'void' AND p.prokind = 'f' AND NOT coalesce(p.proargmodes && '{o,b,t}', "
    "false)"
    " UNION ALL "
    "SELECT CASE u.mode WHEN 't' THEN u.position - p.pronargs ELSE u.position END,"
    " coalesce(p.proargnames[u.position], ''),"
    " CASE u.mode WHEN 'b' THEN 2 WHEN 'o' THEN 4 WHEN 't' THEN 3 ELSE 1 END, u.type, -1,"
    " CASE u.mode WHEN 't' THEN 2 ELSE 1 END, pg_get_function_arg_default(p.oid, u.position)"
    " FROM (SELECT v.type, v.position::integer AS position, p.proargmodes[v.position] AS mode"
    " FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY"
    " AS v(type, position)) AS u"
    " UNION ALL "
    "SELECT a.attnum, a.attname, 3, a.atttypid, a.atttypmod, 2, NULL FROM pg_catalog.pg_type r"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = r.typrelid AND a.attnum > 0"
    " AND NOT a.attisdropped WHERE r.oid = p.prorettype AND r.typtype = 'c'"
    ") AS q(position, name, kind, type, modifier, part, value)";

}  // namespace

std::string PostgresProcedures(const v1::Catalog& request) {
  // PROCEDURE_TYPE: 1 procedure, 2 function.
  return PostgresSelectList(v1::Catalog::PROCEDURES,
                            {"current_database()", "n.nspname", "p.proname", "NULL", "NULL", "NULL",
                             "d.description", "CASE p.prokind WHEN 'p' THEN 1 ELSE 2 END"}) +
         std::string(kFromRoutines) +
         " LEFT JOIN pg_catalog.pg_description d ON d.objoid = p.oid AND d.objsubid = 0"
         " AND d.classoid = 'pg_catalog.pg_proc'::regclass"
         " WHERE p.prokind IN ('f', 'p')" +
         RoutineConditions(request) + " ORDER BY 1, 2, 3, p.oid";
}

std::string PostgresProcedureColumns(const v1::Catalog& request) {
  const auto& type = kPostgresTypeColumns;
  // NULLABLE 2: unknown, a parameter of any function can be NULL or not.
  return PostgresSelectList(
             v1::Catalog::PROCEDURE_COLUMNS,
             {"current_database()", "n.nspname", "p.proname", "q.name", "q.kind", type.data_type,
              "t.typname", type.size, type.buffer_length, type.digits, type.radix, "2", "NULL",
              "CASE WHEN q.value LIKE 'NULL::%' THEN 'NULL' WHEN length(q.value) >"
              " 4000 THEN 'TRUNCATED' ELSE q.value END",
              type.sql_data_type, type.datetime_subcode, type.char_octets, "q.position", "''"}) +
         std::string(kFromRoutines) + std::string(kRoutineColumns) +
         " JOIN pg_catalog.pg_type t ON t.oid = q.type" + PostgresTypeJoin("q.modifier", request) +
         " WHERE p.prokind IN ('f', 'p')" + RoutineConditions(request) +
         Condition({"q.name", Present(request.has_column(), request.column()),
                    ArgumentKind::kPattern, true},
                   request.metadata_id(), kPostgresCatalogSyntax) +
         " ORDER BY 1, 2, 3, p.oid, q.part, q.position";
}

}  // namespace sluice::relay::dialect
