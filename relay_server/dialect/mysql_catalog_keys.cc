#include "relay_server/dialect/mysql_catalog_text.h"

namespace sluice::relay::dialect {
namespace {

std::string TableConditions(const std::string& alias, const v1::Catalog& request) {
  return MysqlCatalogCondition(alias + ".TABLE_SCHEMA", request) +
         MysqlCondition(alias + ".TABLE_NAME", request.has_table(), request.table(),
                        ArgumentKind::kOrdinary, request);
}

// ODBC numbers the actions 0 CASCADE, 1 RESTRICT, 2 SET NULL, 3 NO ACTION, 4 SET DEFAULT.
std::string RuleExpression(const std::string& column) {
  return "CASE " + column +
         " WHEN 'CASCADE' THEN 0 WHEN 'RESTRICT' THEN 1 WHEN 'SET NULL' THEN 2"
         " WHEN 'SET DEFAULT' THEN 4 ELSE 3 END";
}

}  // namespace

std::string MysqlPrimaryKeys(const v1::Catalog& request) {
  return MysqlSelectList(v1::Catalog::PRIMARY_KEYS,
                         {"s.TABLE_SCHEMA", "NULL", "s.TABLE_NAME", "s.COLUMN_NAME",
                          "s.SEQ_IN_INDEX", "s.INDEX_NAME"}) +
         " FROM information_schema.STATISTICS s WHERE s.INDEX_NAME = 'PRIMARY'" +
         TableConditions("s", request) + " ORDER BY 1, 2, 3, 5";
}

std::string MysqlForeignKeys(const v1::Catalog& request) {
  const bool has_primary = !request.table().empty();
  const bool has_foreign = !request.foreign_table().empty();
  std::string conditions;
  if (has_primary) {
    conditions += MysqlCatalogCondition("k.REFERENCED_TABLE_SCHEMA", request) +
                  MysqlCondition("k.REFERENCED_TABLE_NAME", true, request.table(),
                                 ArgumentKind::kOrdinary, request);
  }
  if (has_foreign || !has_primary) {
    v1::Catalog foreign = request;
    foreign.clear_catalog();
    foreign.clear_schema();
    if (request.has_foreign_catalog()) foreign.set_catalog(request.foreign_catalog());
    if (request.has_foreign_schema()) foreign.set_schema(request.foreign_schema());
    conditions += MysqlCatalogCondition("k.TABLE_SCHEMA", foreign) +
                  MysqlCondition("k.TABLE_NAME", has_foreign, request.foreign_table(),
                                 ArgumentKind::kOrdinary, request);
    // For the server, which opens one table for comparisons with constants, and all tables of all
    // databases for one between k and r.
    if (has_foreign) {
      conditions += MysqlCatalogCondition("r.CONSTRAINT_SCHEMA", foreign) +
                    MysqlCondition("r.TABLE_NAME", true, request.foreign_table(),
                                   ArgumentKind::kOrdinary, request);
    }
  }
  // Keys to another unique index are left out, as by Connector/ODBC. DEFERRABILITY 7: not
  // deferrable.
  return MysqlSelectList(v1::Catalog::FOREIGN_KEYS,
                         {"k.REFERENCED_TABLE_SCHEMA", "NULL", "k.REFERENCED_TABLE_NAME",
                          "k.REFERENCED_COLUMN_NAME", "k.TABLE_SCHEMA", "NULL", "k.TABLE_NAME",
                          "k.COLUMN_NAME", "k.ORDINAL_POSITION", RuleExpression("r.UPDATE_RULE"),
                          RuleExpression("r.DELETE_RULE"), "k.CONSTRAINT_NAME",
                          "r.UNIQUE_CONSTRAINT_NAME", "7"}) +
         " FROM information_schema.KEY_COLUMN_USAGE k"
         " JOIN information_schema.REFERENTIAL_CONSTRAINTS r"
         " ON r.CONSTRAINT_NAME = k.CONSTRAINT_NAME" +
         (has_foreign ? ""
                      : " AND r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA"
                        " AND r.TABLE_NAME = k.TABLE_NAME") +
         " WHERE k.REFERENCED_TABLE_NAME IS NOT NULL AND r.UNIQUE_CONSTRAINT_NAME = 'PRIMARY'" +
         conditions + (has_foreign ? " ORDER BY 1, 2, 3, 12, 9" : " ORDER BY 5, 6, 7, 12, 9");
}

std::string MysqlStatistics(const v1::Catalog& request, const v1::ServerFacts& facts) {
  // MySQL 8.0.13 has indexes on expressions.
  constexpr std::uint32_t kIndexesOnExpressions = 80013;
  const std::string_view column =
      !facts.is_mariadb() && facts.version_number() >= kIndexesOnExpressions
          ? "coalesce(s.COLUMN_NAME, s.EXPRESSION)"
          : "s.COLUMN_NAME";
  // No row for the table itself, as from Connector/ODBC. TYPE: 2 hash, 3 other.
  return MysqlSelectList(
             v1::Catalog::STATISTICS,
             {"s.TABLE_SCHEMA", "NULL", "s.TABLE_NAME", "s.NON_UNIQUE", "NULL", "s.INDEX_NAME",
              "CASE s.INDEX_TYPE WHEN 'HASH' THEN 2 ELSE 3 END", "s.SEQ_IN_INDEX", column,
              "s.COLLATION", "least(s.CARDINALITY, 2147483647)", "NULL", "NULL"}) +
         " FROM information_schema.STATISTICS s WHERE TRUE" + TableConditions("s", request) +
         (request.unique_only() ? " AND s.NON_UNIQUE = 0" : "") + " ORDER BY 4, 7, 5, 6, 8";
}

std::string MysqlSpecialColumns(const v1::Catalog& request) {
  constexpr std::uint32_t kRowVersion = 2;
  const MysqlTypeColumns type(request);
  const bool row_version = request.identifier_type() == kRowVersion;
  const std::string rows =
      " FROM (SELECT c.COLUMN_NAME, c.DATA_TYPE AS type, c.COLUMN_TYPE AS type_text, " +
      std::string(row_version ? "0" : "s.SEQ_IN_INDEX") + " AS seq, " +
      MysqlTypeExpressions("c.COLUMN_TYPE", request) + " FROM information_schema.COLUMNS c";
  // PSEUDO_COLUMN 1: an ordinary one.
  if (row_version) {
    return MysqlSelectList(v1::Catalog::SPECIAL_COLUMNS,
                           {"NULL", "q.COLUMN_NAME", "q.data_type", type.type_name, "q.size",
                            type.buffer_length, "q.digits", "1"}) +
           rows + " WHERE c.EXTRA LIKE '%on update current_timestamp%'" +
           (request.nullable() ? "" : " AND c.IS_NULLABLE = 'NO'") + TableConditions("c", request) +
           ") AS q";
  }
  // The primary key, or the unique index of fewest columns, none of which may be NULL: an index
  // takes rows that are alike where it has NULLs, so these identify nothing. Both hold for the
  // session (2).
  const std::string best_index =
      "(SELECT x.INDEX_NAME FROM information_schema.STATISTICS x WHERE x.NON_UNIQUE = 0" +
      TableConditions("x", request) +
      " GROUP BY x.INDEX_NAME HAVING sum(CASE x.NULLABLE WHEN 'YES' THEN 1 ELSE 0 END) = 0"
      " ORDER BY CASE x.INDEX_NAME WHEN 'PRIMARY' THEN 0 ELSE 1 END, count(*), x.INDEX_NAME"
      " LIMIT 1)";
  return MysqlSelectList(v1::Catalog::SPECIAL_COLUMNS,
                         {"2", "q.COLUMN_NAME", "q.data_type", type.type_name, "q.size",
                          type.buffer_length, "q.digits", "1"}) +
         rows +
         // The conditions name one table in each: if the two were compared, too, the server would
         // open all tables of all databases (MariaDB's I_S lookups know comparisons with constants
         // only).
         " JOIN information_schema.STATISTICS s ON s.COLUMN_NAME = c.COLUMN_NAME"
         " WHERE s.INDEX_NAME = " +
         best_index + TableConditions("c", request) + TableConditions("s", request) +
         ") AS q ORDER BY q.seq";
}

}  // namespace sluice::relay::dialect
