#include <algorithm>
#include <array>

#include "relay_server/dialect/catalog_queries.h"
#include "relay_server/dialect/dialect.h"
#include "relay_server/dialect/mysql_catalog_text.h"

namespace sluice::relay::dialect {
namespace {

// What SQLTables calls the kinds of information_schema.TABLES.
struct TableType {
  std::string_view name;
  std::string_view condition;
};

constexpr TableType kTableTypes[] = {
    {"SEQUENCE", "TABLE_TYPE = 'SEQUENCE'"},  // MariaDB
    {"SYSTEM VIEW", "TABLE_TYPE = 'SYSTEM VIEW'"},
    {"TABLE", "TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED', 'TEMPORARY')"},
    {"VIEW", "TABLE_TYPE = 'VIEW'"},
};

std::string TypeExpression() {
  std::string expression = "CASE";
  for (const TableType& type : kTableTypes) {
    expression.append(" WHEN ")
        .append(type.condition)
        .append(" THEN '")
        .append(type.name)
        .append("'");
  }
  return expression + " ELSE TABLE_TYPE END";
}

std::string TypeCondition(const std::vector<std::string>& types) {
  if (types.empty()) return {};
  std::string any;
  for (const TableType& type : kTableTypes) {
    const auto asked = [&](std::string_view name) {
      return std::find(types.begin(), types.end(), name) != types.end();
    };
    // The server's name for tables is taken, too, as by Connector/ODBC.
    if (!asked(type.name) && !(type.name == "TABLE" && asked("BASE TABLE"))) continue;
    any += (any.empty() ? "" : " OR ") + std::string(type.condition);
  }
  return any.empty() ? " AND FALSE" : " AND (" + any + ")";
}

std::string CatalogEnumeration() {
  return MysqlSelectList(v1::Catalog::TABLES, {"SCHEMA_NAME", "NULL", "NULL", "NULL", "NULL"}) +
         " FROM information_schema.SCHEMATA ORDER BY 1";
}

std::string SchemaEnumeration() {
  return MysqlSelectList(v1::Catalog::TABLES, {"NULL", "NULL", "NULL", "NULL", "NULL"}) +
         " FROM information_schema.SCHEMATA WHERE FALSE";
}

std::string TypeEnumeration() {
  std::string query;
  for (const TableType& type : kTableTypes) {
    if (!query.empty()) query += " UNION ALL ";
    query += MysqlSelectList(v1::Catalog::TABLES,
                             {"NULL", "NULL", "NULL", "'" + std::string(type.name) + "'", "NULL"});
  }
  return query + " ORDER BY 4";
}

}  // namespace

bool NamesNothing(const v1::Catalog& request) {
  return (request.has_catalog() && request.catalog().empty()) ||
         (request.has_schema() && request.schema().empty());
}

std::string MysqlSelectList(v1::Catalog::Function function,
                            std::initializer_list<std::string_view> expressions) {
  static constexpr std::array<std::string_view, kResultTypeCount> kTypeNames{
      "CHAR(128)", "CHAR(4000)", "SIGNED", "SIGNED", "CHAR(512)", "CHAR(1)"};
  return SelectList(function, expressions, kTypeNames, '`');
}

std::string MysqlCatalogCondition(std::string_view column, const v1::Catalog& request,
                                  ArgumentKind kind) {
  // An empty name is not a missing one: no database has it, and no object a schema.
  if (NamesNothing(request)) return " AND FALSE";
  if (request.catalog().empty()) return " AND " + std::string(column) + " = DATABASE()";
  return Condition({column, request.catalog(), kind}, request.metadata_id(), kMysqlCatalogSyntax);
}

std::string MysqlCondition(std::string_view column, bool present, const std::string& value,
                           ArgumentKind kind, const v1::Catalog& request) {
  return Condition({column, Present(present, value), kind}, request.metadata_id(),
                   kMysqlCatalogSyntax);
}

std::string MysqlTables(const v1::Catalog& request) {
  const bool no_table = request.has_table() && request.table().empty();
  const bool no_schema = request.has_schema() && request.schema().empty();
  const bool no_catalog = request.has_catalog() && request.catalog().empty();
  // Enumerations: one argument is "%", the others are there and empty.
  if (request.catalog() == "%" && no_schema && no_table) return CatalogEnumeration();
  if (request.schema() == "%" && no_catalog && no_table) return SchemaEnumeration();
  if (request.table_type() == "%" && no_catalog && no_schema && no_table) return TypeEnumeration();
  // A pattern: without it all databases are meant.
  const std::string catalog =
      request.has_catalog()
          ? MysqlCatalogCondition("TABLE_SCHEMA", request, TablesCatalogKind(request))
          : std::string();
  return MysqlSelectList(v1::Catalog::TABLES,
                         {"TABLE_SCHEMA", "NULL", "TABLE_NAME", TypeExpression(),
                          "CASE TABLE_TYPE WHEN 'VIEW' THEN '' ELSE TABLE_COMMENT END"}) +
         " FROM information_schema.TABLES WHERE TRUE" + catalog +
         MysqlCondition("TABLE_NAME", request.has_table() && !no_table, request.table(),
                        ArgumentKind::kPattern, request) +
         (NamesNothing(request) ? " AND FALSE" : "") +
         TypeCondition(ParseTableTypes(request.table_type())) + " ORDER BY 4, 1, 2, 3";
}

std::string MysqlColumns(const v1::Catalog& request, const v1::ServerFacts& facts) {
  const MysqlTypeColumns type(request);
  // MariaDB gives a default as it would be written; MySQL without the quotes, but for expressions.
  const std::string_view default_value =
      facts.is_mariadb()
          ? "CASE WHEN length(q.COLUMN_DEFAULT) > 4000 THEN 'TRUNCATED' ELSE q.COLUMN_DEFAULT END"
          : "CASE WHEN q.COLUMN_DEFAULT IS NULL OR q.NUMERIC_PRECISION IS NOT NULL"
            " OR q.EXTRA LIKE '%DEFAULT_GENERATED%' OR q.COLUMN_DEFAULT LIKE 'CURRENT_TIMESTAMP%'"
            " THEN q.COLUMN_DEFAULT ELSE quote(q.COLUMN_DEFAULT) END";
  return MysqlSelectList(v1::Catalog::COLUMNS,
                         {"q.TABLE_SCHEMA", "NULL", "q.TABLE_NAME", "q.COLUMN_NAME", "q.data_type",
                          type.type_name, "q.size", type.buffer_length, "q.digits", type.radix,
                          "CASE q.IS_NULLABLE WHEN 'YES' THEN 1 ELSE 0 END", "q.COLUMN_COMMENT",
                          default_value, type.sql_data_type, type.datetime_subcode,
                          type.char_octets, "q.ORDINAL_POSITION", "q.IS_NULLABLE"}) +
         " FROM (SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, DATA_TYPE AS type,"
         " COLUMN_TYPE AS type_text, CASE WHEN EXTRA LIKE '%auto_increment%' THEN 'YES'"
         " ELSE IS_NULLABLE END AS IS_NULLABLE, COLUMN_COMMENT, COLUMN_DEFAULT,"
         " NUMERIC_PRECISION, EXTRA, ORDINAL_POSITION, " +
         MysqlTypeExpressions("COLUMN_TYPE", request) +
         " FROM information_schema.COLUMNS WHERE TRUE" +
         MysqlCatalogCondition("TABLE_SCHEMA", request) +
         MysqlCondition("TABLE_NAME", request.has_table(), request.table(), ArgumentKind::kPattern,
                        request) +
         MysqlCondition("COLUMN_NAME", !request.column().empty(), request.column(),
                        ArgumentKind::kPattern, request) +
         ") AS q ORDER BY 1, 2, 3, 17";
}

std::string MysqlTablePrivileges(const v1::Catalog& request) {
  return MysqlSelectList(v1::Catalog::TABLE_PRIVILEGES,
                         {"TABLE_SCHEMA", "NULL", "TABLE_NAME", "NULL", "GRANTEE", "PRIVILEGE_TYPE",
                          "IS_GRANTABLE"}) +
         " FROM information_schema.TABLE_PRIVILEGES WHERE TRUE" +
         MysqlCatalogCondition("TABLE_SCHEMA", request) +
         MysqlCondition("TABLE_NAME", request.has_table(), request.table(), ArgumentKind::kPattern,
                        request) +
         " ORDER BY 1, 2, 3, 6, 5";
}

std::string MysqlColumnPrivileges(const v1::Catalog& request) {
  // Those granted on columns alone, as from Connector/ODBC: SQLTablePrivileges has the others.
  return MysqlSelectList(v1::Catalog::COLUMN_PRIVILEGES,
                         {"TABLE_SCHEMA", "NULL", "TABLE_NAME", "COLUMN_NAME", "NULL", "GRANTEE",
                          "PRIVILEGE_TYPE", "IS_GRANTABLE"}) +
         " FROM information_schema.COLUMN_PRIVILEGES WHERE TRUE" +
         MysqlCatalogCondition("TABLE_SCHEMA", request) +
         MysqlCondition("TABLE_NAME", request.has_table(), request.table(), ArgumentKind::kOrdinary,
                        request) +
         MysqlCondition("COLUMN_NAME", !request.column().empty(), request.column(),
                        ArgumentKind::kPattern, request) +
         " ORDER BY 1, 2, 3, 4, 7, 6";
}

std::string MysqlCatalogQuery(const v1::Catalog& request, const v1::ServerFacts& facts) {
  switch (request.function()) {
    case v1::Catalog::TABLES:
      return MysqlTables(request);
    case v1::Catalog::COLUMNS:
      return MysqlColumns(request, facts);
    case v1::Catalog::PRIMARY_KEYS:
      return MysqlPrimaryKeys(request);
    case v1::Catalog::FOREIGN_KEYS:
      return MysqlForeignKeys(request);
    case v1::Catalog::STATISTICS:
      return MysqlStatistics(request, facts);
    case v1::Catalog::SPECIAL_COLUMNS:
      return MysqlSpecialColumns(request);
    case v1::Catalog::PROCEDURES:
      return MysqlProcedures(request);
    case v1::Catalog::PROCEDURE_COLUMNS:
      return MysqlProcedureColumns(request);
    case v1::Catalog::TABLE_PRIVILEGES:
      return MysqlTablePrivileges(request);
    case v1::Catalog::COLUMN_PRIVILEGES:
      return MysqlColumnPrivileges(request);
    default:
      throw TranslationError("HYC00", "Unknown catalogue function");
  }
}

}  // namespace sluice::relay::dialect
