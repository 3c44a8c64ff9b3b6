#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "relay_server/dialect/catalog_text.h"

// What the queries on PostgreSQL's system catalogue share. In all of them n is pg_namespace, c
// pg_class, t pg_type; everything is named with its schema, whatever search_path says.

namespace sluice::relay::dialect {

std::string PostgresSelectList(v1::Catalog::Function function,
                               std::initializer_list<std::string_view> expressions);

// Joins that tell of the type t with the modifier `modifier` (an SQL expression) what ODBC asks:
// afterwards the members below are SQL expressions. A domain is what it is made of in the end, as
// in the description of a query's result.
std::string PostgresTypeJoin(std::string_view modifier, const v1::Catalog& request);

// The name of a table's attribute, as a subquery: the server plans it in a tenth of the time that
// one more join takes, and whatever number of rows it expects, it reads the index.
std::string PostgresAttributeName(std::string_view table_oid, std::string_view number);

struct PostgresTypeColumns {
  std::string_view data_type = "z.data_type";
  std::string_view size = "z.size";
  std::string_view buffer_length =
      "coalesce(m.octets, CASE WHEN z.data_type IN (-8, -9, -10, 1, 12, -1) THEN 4 * z.size "
      "WHEN z.data_type = 2 THEN z.size + 2 ELSE z.size END)";
  std::string_view digits = "z.digits";
  std::string_view radix = "CASE WHEN z.data_type IN (2, 4, 5, -5, 6, 7) THEN 10 END";
  std::string_view sql_data_type =
      "CASE WHEN z.data_type BETWEEN 91 AND 93 OR z.data_type BETWEEN 9 AND 11 THEN 9 "
      "ELSE z.data_type END";
  std::string_view datetime_subcode =
      "CASE WHEN z.data_type BETWEEN 91 AND 93 THEN z.data_type - 90 "
      "WHEN z.data_type BETWEEN 9 AND 11 THEN z.data_type - 8 END";
  std::string_view char_octets =
      "CASE WHEN z.data_type IN (-8, -9, -10, 1, 12, -1) THEN coalesce(m.octets, 4 * z.size) "
      "WHEN z.data_type IN (-4, -3) THEN coalesce(m.octets, z.size) END";
};
inline constexpr PostgresTypeColumns kPostgresTypeColumns;

// Schemas that a session may see: not other sessions' temporary ones nor TOAST's; the system's only
// when `with_system`.
std::string PostgresVisibleSchemas(bool with_system);

// The queries, by chapter of the reference.
std::string PostgresTables(const v1::Catalog& request);
std::string PostgresColumns(const v1::Catalog& request);
std::string PostgresTablePrivileges(const v1::Catalog& request);
std::string PostgresColumnPrivileges(const v1::Catalog& request);
std::string PostgresPrimaryKeys(const v1::Catalog& request);
std::string PostgresForeignKeys(const v1::Catalog& request);
std::string PostgresStatistics(const v1::Catalog& request);
std::string PostgresSpecialColumns(const v1::Catalog& request);
std::string PostgresProcedures(const v1::Catalog& request);
std::string PostgresProcedureColumns(const v1::Catalog& request);

// Without a schema, the name of a table means the one that a statement would find by that name
// alone, as in psqlodbc; when there is none, tables of that name in any schema.
std::string PostgresFoundByName(std::string_view oid, const std::optional<std::string>& schema,
                                const std::optional<std::string>& name);

// Conditions for the catalogue, schema and table (c.relname) arguments.
std::string PostgresTableConditions(const v1::Catalog& request, ArgumentKind kind);

}  // namespace sluice::relay::dialect
