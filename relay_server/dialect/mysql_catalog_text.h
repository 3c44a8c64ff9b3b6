#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "relay_server/dialect/catalog_text.h"

// What the queries on information_schema of MySQL and MariaDB share. Databases are catalogues there
// and schemas do not exist: the schema argument is not looked at, as in the native drivers. Without
// a catalogue argument the current database is meant, as in the native drivers too; to SQLTables,
// where the argument is a pattern, all of them.

namespace sluice::relay::dialect {

std::string MysqlSelectList(v1::Catalog::Function function,
                            std::initializer_list<std::string_view> expressions);

// Expressions "… AS data_type, … AS size, … AS digits" over the columns that COLUMNS and PARAMETERS
// of information_schema share; `type_text` is the column that holds the whole type ("int
// unsigned").
std::string MysqlTypeExpressions(std::string_view type_text, const v1::Catalog& request);

// What follows from data_type and size of a row q. An application whose character set has one octet
// for each character (narrow_text) gets text of that many octets, another one UTF-8.
struct MysqlTypeColumns {
  explicit MysqlTypeColumns(const v1::Catalog& request)
      : text_octets(request.narrow_text() ? "CASE WHEN q.size < 0 THEN 2147483647 ELSE q.size END"
                                          : "4 * CASE WHEN q.size BETWEEN 0 AND 536870911"
                                            " THEN q.size ELSE 536870911 END") {}

  std::string text_octets;
  std::string_view type_name =
      "concat(upper(q.type), CASE WHEN q.type_text LIKE '%unsigned%' THEN ' UNSIGNED' ELSE '' END)";
  std::string buffer_length =
      "CASE WHEN q.data_type IN (-8, -9, -10, 1, 12, -1) THEN " + text_octets +
      " WHEN q.data_type = 3 THEN q.size + CASE WHEN q.type_text LIKE '%unsigned%' THEN 1 ELSE 2 "
      "END"
      " WHEN q.data_type IN (-7, -6) THEN 1"
      " WHEN q.data_type = 5 THEN 2 WHEN q.data_type IN (4, 7) THEN 4"
      " WHEN q.data_type IN (-5, 8) THEN 8 WHEN q.data_type IN (91, 92, 9, 10) THEN 6"
      " WHEN q.data_type IN (93, 11) THEN 16 ELSE q.size END";
  std::string_view radix = "CASE WHEN q.data_type IN (3, 4, 5, -5, -6, 7, 8) THEN 10 END";
  std::string_view sql_data_type =
      "CASE WHEN q.data_type BETWEEN 91 AND 93 OR q.data_type BETWEEN 9 AND 11 THEN 9"
      " ELSE q.data_type END";
  std::string_view datetime_subcode =
      "CASE WHEN q.data_type BETWEEN 91 AND 93 THEN q.data_type - 90"
      " WHEN q.data_type BETWEEN 9 AND 11 THEN q.data_type - 8 END";
  std::string char_octets = "CASE WHEN q.data_type IN (-8, -9, -10, 1, 12, -1) THEN " +
                            text_octets + " WHEN q.data_type IN (-2, -3, -4) THEN q.size END";
};

// Whether an argument that is there, but empty, names a database or a schema that nothing is in.
bool NamesNothing(const v1::Catalog& request);

// " AND <column> = …" for a catalogue argument, the current database without one.
std::string MysqlCatalogCondition(std::string_view column, const v1::Catalog& request,
                                  ArgumentKind kind = ArgumentKind::kOrdinary);
std::string MysqlCondition(std::string_view column, bool present, const std::string& value,
                           ArgumentKind kind, const v1::Catalog& request);

std::string MysqlTables(const v1::Catalog& request);
std::string MysqlColumns(const v1::Catalog& request, const v1::ServerFacts& facts);
std::string MysqlTablePrivileges(const v1::Catalog& request);
std::string MysqlColumnPrivileges(const v1::Catalog& request);
std::string MysqlPrimaryKeys(const v1::Catalog& request);
std::string MysqlForeignKeys(const v1::Catalog& request);
std::string MysqlStatistics(const v1::Catalog& request, const v1::ServerFacts& facts);
std::string MysqlSpecialColumns(const v1::Catalog& request);
std::string MysqlProcedures(const v1::Catalog& request);
std::string MysqlProcedureColumns(const v1::Catalog& request);

}  // namespace sluice::relay::dialect
