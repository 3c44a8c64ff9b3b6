#include <utility>

#include "relay_server/dialect/postgres_catalog_text.h"

namespace sluice::relay::dialect {

std::string PostgresPrimaryKeys(const v1::Catalog& request) {
  return PostgresSelectList(v1::Catalog::PRIMARY_KEYS,
                            {"current_database()", "n.nspname", "c.relname",
                             PostgresAttributeName("c.oid", "k.attnum"), "k.seq", "o.conname"}) +
         " FROM pg_catalog.pg_constraint o"
         " JOIN pg_catalog.pg_class c ON c.oid = o.conrelid"
         " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
         " CROSS JOIN LATERAL unnest(o.conkey) WITH ORDINALITY AS k(attnum, seq)"
         " WHERE o.contype = 'p'" +
         PostgresVisibleSchemas(true) + PostgresTableConditions(request, ArgumentKind::kOrdinary) +
         " ORDER BY 1, 2, 3, 5";
}

std::string PostgresForeignKeys(const v1::Catalog& request) {
  // ODBC numbers the actions 0 CASCADE, 1 RESTRICT, 2 SET NULL, 3 NO ACTION, 4 SET DEFAULT.
  constexpr std::string_view kUpdateRule =
      "CASE o.confupdtype WHEN 'c' THEN 0 WHEN 'r' THEN 1 WHEN 'n' THEN 2 WHEN 'd' THEN 4 ELSE 3 "
      "END";
  constexpr std::string_view kDeleteRule =
      "CASE o.confdeltype WHEN 'c' THEN 0 WHEN 'r' THEN 1 WHEN 'n' THEN 2 WHEN 'd' THEN 4 ELSE 3 "
      "END";
  // 5 initially deferred, 6 initially immediate, 7 not deferrable.
  constexpr std::string_view kDeferrability =
      "CASE WHEN o.condeferred THEN 5 WHEN o.condeferrable THEN 6 ELSE 7 END";
  // The constraint that the key refers to, or the index when there is none.
  constexpr std::string_view kPrimaryName =
      "coalesce((SELECT p.conname FROM pg_catalog.pg_constraint p WHERE p.conrelid = o.confrelid"
      " AND p.conindid = o.conindid AND p.contype IN ('p', 'u')), (SELECT i.relname"
      " FROM pg_catalog.pg_class i WHERE i.oid = o.conindid))";
  const bool id = request.metadata_id();
  const auto condition = [&](std::string_view column, bool present, const std::string& value) {
    return Condition({column, Present(present, value), ArgumentKind::kOrdinary, true}, id,
                     kPostgresCatalogSyntax);
  };
  using Name = std::pair<bool, const std::string&>;
  const auto found_by_name = [&](std::string_view oid, Name schema, Name table) {
    const Argument name{"", Present(table.first, table.second), ArgumentKind::kOrdinary, true};
    return PostgresFoundByName(oid, Present(schema.first, schema.second),
                               ExactName(name, id, kPostgresCatalogSyntax));
  };
  // Asked for the keys of a foreign table, the answer goes by primary tables, else by foreign ones.
  const bool by_primary_table = request.has_foreign_table() && !request.foreign_table().empty();
  return PostgresSelectList(
             v1::Catalog::FOREIGN_KEYS,
             {"current_database()", "pn.nspname", "pc.relname",
              PostgresAttributeName("o.confrelid", "k.pk"), "current_database()", "fn.nspname",
              "fc.relname", PostgresAttributeName("o.conrelid", "k.fk"), "k.seq", kUpdateRule,
              kDeleteRule, "o.conname", kPrimaryName, kDeferrability}) +
         " FROM pg_catalog.pg_constraint o"
         " JOIN pg_catalog.pg_class pc ON pc.oid = o.confrelid"
         " JOIN pg_catalog.pg_namespace pn ON pn.oid = pc.relnamespace"
         " JOIN pg_catalog.pg_class fc ON fc.oid = o.conrelid"
         " JOIN pg_catalog.pg_namespace fn ON fn.oid = fc.relnamespace"
         " CROSS JOIN LATERAL unnest(o.confkey, o.conkey) WITH ORDINALITY AS k(pk, fk, seq)"
         " WHERE o.contype = 'f'"
         // What the server keeps per partition of the primary table is no key of its own.
         " AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint q WHERE q.oid = o.conparentid"
         " AND q.conrelid = o.conrelid)" +
         condition("current_database()", request.has_catalog(), request.catalog()) +
         condition("pn.nspname", request.has_schema(), request.schema()) +
         condition("pc.relname", request.has_table(), request.table()) +
         condition("current_database()", request.has_foreign_catalog(), request.foreign_catalog()) +
         condition("fn.nspname", request.has_foreign_schema(), request.foreign_schema()) +
         condition("fc.relname", request.has_foreign_table(), request.foreign_table()) +
         found_by_name("pc.oid", {request.has_schema(), request.schema()},
                       {request.has_table(), request.table()}) +
         found_by_name("fc.oid", {request.has_foreign_schema(), request.foreign_schema()},
                       {request.has_foreign_table(), request.foreign_table()}) +
         (by_primary_table ? " ORDER BY 1, 2, 3, 12, 9" : " ORDER BY 5, 6, 7, 12, 9");
}

std::string PostgresStatistics(const v1::Catalog& request) {
  const std::string conditions =
      PostgresVisibleSchemas(true) + PostgresTableConditions(request, ArgumentKind::kOrdinary);
  constexpr std::string_view kFrom =
      " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace";
  // No row for the table itself, as from psqlodbc. TYPE: 1 clustered, 2 hash, 3 other.
  return PostgresSelectList(
             v1::Catalog::STATISTICS,
             {"current_database()", "n.nspname", "c.relname",
              "CASE WHEN i.indisunique THEN 0 ELSE 1 END", "n.nspname", "ic.relname",
              "CASE WHEN i.indisclustered THEN 1 WHEN am.amname = 'hash' THEN 2 ELSE 3 END",
              "k.seq",
              "coalesce(" + PostgresAttributeName("c.oid", "k.attnum") +
                  "::text, pg_get_indexdef(i.indexrelid, k.seq::integer, true))",
              "CASE WHEN am.amname = 'btree' THEN CASE k.option & 1 WHEN 1 THEN 'D' ELSE 'A' END"
              " END",
              // Entries of an index, which are distinct values in a unique one.
              "CASE WHEN i.indisunique AND ic.reltuples >= 0 THEN least(ic.reltuples, 2e9) END",
              // An expression: of a column as it is, the relay would ask for the table.
              "ic.relpages + 0", "pg_get_expr(i.indpred, i.indrelid, true)"}) +
         std::string(kFrom) +
         " JOIN pg_catalog.pg_index i ON i.indrelid = c.oid"
         " JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid"
         " JOIN pg_catalog.pg_am am ON am.oid = ic.relam"
         // An expression has the number 0, which no attribute has. INCLUDE columns have no option.
         " CROSS JOIN LATERAL unnest(i.indkey, i.indoption) WITH ORDINALITY"
         " AS k(attnum, option, seq)"
         " WHERE i.indislive AND k.seq <= i.indnkeyatts" +
         conditions + (request.unique_only() ? " AND i.indisunique" : "") +
         " ORDER BY 4, 7, 5, 6, 8";
}

std::string PostgresSpecialColumns(const v1::Catalog& request) {
  constexpr std::uint32_t kRowVersion = 2;
  const std::string conditions =
      PostgresVisibleSchemas(true) + PostgresTableConditions(request, ArgumentKind::kOrdinary);
  constexpr std::string_view kFrom =
      " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace";
  if (request.identifier_type() == kRowVersion) {
    // xmin, the transaction that wrote the row's version, is a pseudo-column (2).
    return PostgresSelectList(v1::Catalog::SPECIAL_COLUMNS,
                              {"NULL", "'xmin'", "4", "'xid'", "10", "4", "0", "2"}) +
           std::string(kFrom) + " WHERE c.relkind IN ('r', 'p')" + conditions;
  }
  const auto& type = kPostgresTypeColumns;
  // The primary key, or the unique index without NULLs and of fewest columns; both hold for the
  // session (2). A deferrable one may be violated within a transaction.
  return PostgresSelectList(v1::Catalog::SPECIAL_COLUMNS,
                            {"2", "a.attname", type.data_type, "t.typname", type.size,
                             type.buffer_length, type.digits, "1"}) +
         std::string(kFrom) +
         " CROSS JOIN LATERAL (SELECT i.indkey, i.indnkeyatts FROM pg_catalog.pg_index i"
         " CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute w"
         " WHERE w.attrelid = c.oid AND w.attnum = ANY (i.indkey) AND NOT w.attnotnull)) AS "
         "h(nulls)"
         " WHERE i.indrelid = c.oid AND i.indisunique AND i.indimmediate AND i.indisvalid"
         " AND i.indpred IS NULL AND i.indexprs IS NULL" +
         std::string(request.nullable() ? "" : " AND NOT h.nulls") +
         " ORDER BY i.indisprimary DESC, h.nulls, i.indnkeyatts, i.indexrelid LIMIT 1) AS i"
         " CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, seq)"
         " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum"
         " JOIN pg_catalog.pg_type t ON t.oid = a.atttypid" +
         PostgresTypeJoin("a.atttypmod", request) + " WHERE k.seq <= i.indnkeyatts" + conditions +
         " ORDER BY 1, c.oid, k.seq";
}

}  // namespace sluice::relay::dialect
