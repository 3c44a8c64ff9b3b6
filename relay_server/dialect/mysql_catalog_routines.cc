#include "relay_server/dialect/mysql_catalog_text.h"

namespace sluice::relay::dialect {

std::string MysqlProcedures(const v1::Catalog& request) {
  // PROCEDURE_TYPE: 1 procedure, 2 function.
  return MysqlSelectList(
             v1::Catalog::PROCEDURES,
             {"ROUTINE_SCHEMA", "NULL", "ROUTINE_NAME", "NULL", "NULL", "NULL", "ROUTINE_COMMENT",
              "CASE ROUTINE_TYPE WHEN 'PROCEDURE' THEN 1 ELSE 2 END"}) +
         " FROM information_schema.ROUTINES WHERE ROUTINE_TYPE IN ('PROCEDURE', 'FUNCTION')" +
         MysqlCatalogCondition("ROUTINE_SCHEMA", request) +
         MysqlCondition("ROUTINE_NAME", !request.table().empty(), request.table(),
                        ArgumentKind::kPattern, request) +
         " ORDER BY 1, 2, 3";
}

std::string MysqlProcedureColumns(const v1::Catalog& request) {
  const MysqlTypeColumns type(request);
  // Names and octets as Connector/ODBC tells them of parameters.
  const std::string buffer_length =
      "CASE q.type WHEN 'mediumint' THEN 3 WHEN 'bigint' THEN 20 ELSE " + type.buffer_length +
      " END";
  const std::string radix = "CASE WHEN q.type <> 'year' THEN " + std::string(type.radix) + " END";
  // COLUMN_TYPE: 1 in, 2 in and out, 4 out, 5 return value. NULLABLE: every parameter is.
  return MysqlSelectList(
             v1::Catalog::PROCEDURE_COLUMNS,
             {"q.SPECIFIC_SCHEMA", "NULL", "q.SPECIFIC_NAME", "coalesce(q.PARAMETER_NAME, '')",
              "CASE WHEN q.ORDINAL_POSITION = 0 THEN 5 WHEN q.PARAMETER_MODE = 'OUT' THEN 4"
              " WHEN q.PARAMETER_MODE = 'INOUT' THEN 2 ELSE 1 END",
              "q.data_type", "q.type", "q.size", buffer_length, "q.digits", radix, "1", "NULL",
              "NULL", type.sql_data_type, type.datetime_subcode, type.char_octets,
              "q.ORDINAL_POSITION", "'YES'"}) +
         " FROM (SELECT SPECIFIC_SCHEMA, SPECIFIC_NAME, PARAMETER_NAME, PARAMETER_MODE,"
         " ORDINAL_POSITION, DATA_TYPE AS type, DTD_IDENTIFIER AS type_text, " +
         MysqlTypeExpressions("DTD_IDENTIFIER", request) +
         " FROM information_schema.PARAMETERS WHERE TRUE" +
         MysqlCatalogCondition("SPECIFIC_SCHEMA", request) +
         MysqlCondition("SPECIFIC_NAME", !request.table().empty(), request.table(),
                        ArgumentKind::kPattern, request) +
         MysqlCondition("coalesce(PARAMETER_NAME, '')", request.has_column(), request.column(),
                        ArgumentKind::kPattern, request) +
         ") AS q ORDER BY 1, 2, 3, 18";
}

}  // namespace sluice::relay::dialect
