// ODBC reference: catalogue functions. The relay answers them; an absent argument (a null pointer)
// is not an empty one.

#include "odbc_driver/api/api_call.h"
#include "odbc_driver/api/catalog_request.h"
#include "odbc_driver/handles/statement.h"

namespace sluice::driver::api {
namespace {

SQLRETURN Run(SQLHSTMT handle, const std::function<v1::Catalog()>& request) {
  return Call<Statement>(handle, [&](Statement& s) { s.RunCatalog(request()); });
}

}  // namespace
}  // namespace sluice::driver::api

using namespace sluice::driver;  // NOLINT(google-build-using-namespace): the C boundary
using sluice::v1::Catalog;

extern "C" {

SLUICE_EXPORT SQLRETURN SQL_API SQLTables(SQLHSTMT handle, SQLCHAR* catalog,
                                          SQLSMALLINT catalog_length, SQLCHAR* schema,
                                          SQLSMALLINT schema_length, SQLCHAR* table,
                                          SQLSMALLINT table_length, SQLCHAR* type,
                                          SQLSMALLINT type_length) {
  return api::Run(handle, [&] {
    return api::CatalogRequest(Catalog::TABLES)
        .Set(api::CatalogArgument::kCatalog, catalog, catalog_length)
        .Set(api::CatalogArgument::kSchema, schema, schema_length)
        .Set(api::CatalogArgument::kTable, table, table_length)
        .Set(api::CatalogArgument::kTableType, type, type_length)
        .Take();
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLTablesW(SQLHSTMT handle, SQLWCHAR* catalog,
                                           SQLSMALLINT catalog_length, SQLWCHAR* schema,
                                           SQLSMALLINT schema_length, SQLWCHAR* table,
                                           SQLSMALLINT table_length, SQLWCHAR* type,
                                           SQLSMALLINT type_length) {
  return api::Run(handle, [&] {
    return api::CatalogRequest(Catalog::TABLES)
        .Set(api::CatalogArgument::kCatalog, catalog, catalog_length)
        .Set(api::CatalogArgument::kSchema, schema, schema_length)
        .Set(api::CatalogArgument::kTable, table, table_length)
        .Set(api::CatalogArgument::kTableType, type, type_length)
        .Take();
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLColumns(SQLHSTMT handle, SQLCHAR* catalog,
                                           SQLSMALLINT catalog_length, SQLCHAR* schema,
                                           SQLSMALLINT schema_length, SQLCHAR* table,
                                           SQLSMALLINT table_length, SQLCHAR* column,
                                           SQLSMALLINT column_length) {
  return api::Run(handle, [&] {
    return api::CatalogRequest(Catalog::COLUMNS)
        .Set(api::CatalogArgument::kCatalog, catalog, catalog_length)
        .Set(api::CatalogArgument::kSchema, schema, schema_length)
        .Set(api::CatalogArgument::kTable, table, table_length)
        .Set(api::CatalogArgument::kColumn, column, column_length)
        .Take();
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLColumnsW(SQLHSTMT handle, SQLWCHAR* catalog,
                                            SQLSMALLINT catalog_length, SQLWCHAR* schema,
                                            SQLSMALLINT schema_length, SQLWCHAR* table,
                                            SQLSMALLINT table_length, SQLWCHAR* column,
                                            SQLSMALLINT column_length) {
  return api::Run(handle, [&] {
    return api::CatalogRequest(Catalog::COLUMNS)
        .Set(api::CatalogArgument::kCatalog, catalog, catalog_length)
        .Set(api::CatalogArgument::kSchema, schema, schema_length)
        .Set(api::CatalogArgument::kTable, table, table_length)
        .Set(api::CatalogArgument::kColumn, column, column_length)
        .Take();
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLPrimaryKeys(SQLHSTMT handle, SQLCHAR* catalog,
                                               SQLSMALLINT catalog_length, SQLCHAR* schema,
                                               SQLSMALLINT schema_length, SQLCHAR* table,
                                               SQLSMALLINT table_length) {
  return api::Run(handle, [&] {
    return api::CatalogRequest(Catalog::PRIMARY_KEYS)
        .Set(api::CatalogArgument::kCatalog, catalog, catalog_length)
        .Set(api::CatalogArgument::kSchema, schema, schema_length)
        .Set(api::CatalogArgument::kTable, table, table_length)
        .RequireTable()
        .Take();
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLPrimaryKeysW(SQLHSTMT handle, SQLWCHAR* catalog,
                                                SQLSMALLINT catalog_length, SQLWCHAR* schema,
                                                SQLSMALLINT schema_length, SQLWCHAR* table,
                                                SQLSMALLINT table_length) {
  return api::Run(handle, [&] {
    return api::CatalogRequest(Catalog::PRIMARY_KEYS)
        .Set(api::CatalogArgument::kCatalog, catalog, catalog_length)
        .Set(api::CatalogArgument::kSchema, schema, schema_length)
        .Set(api::CatalogArgument::kTable, table, table_length)
        .RequireTable()
        .Take();
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLForeignKeys(SQLHSTMT handle, SQLCHAR* pk_catalog,
                                               SQLSMALLINT pk_catalog_length, SQLCHAR* pk_schema,
                                               SQLSMALLINT pk_schema_length, SQLCHAR* pk_table,
                                               SQLSMALLINT pk_table_length, SQLCHAR* fk_catalog,
                                               SQLSMALLINT fk_catalog_length, SQLCHAR* fk_schema,
                                               SQLSMALLINT fk_schema_length, SQLCHAR* fk_table,
                                               SQLSMALLINT fk_table_length) {
  return api::Run(handle, [&] {
    return api::CatalogRequest(Catalog::FOREIGN_KEYS)
        .Set(api::CatalogArgument::kCatalog, pk_catalog, pk_catalog_length)
        .Set(api::CatalogArgument::kSchema, pk_schema, pk_schema_length)
        .Set(api::CatalogArgument::kTable, pk_table, pk_table_length)
        .Set(api::CatalogArgument::kForeignCatalog, fk_catalog, fk_catalog_length)
        .Set(api::CatalogArgument::kForeignSchema, fk_schema, fk_schema_length)
        .Set(api::CatalogArgument::kForeignTable, fk_table, fk_table_length)
        .RequireEitherTable()
        .Take();
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLForeignKeysW(SQLHSTMT handle, SQLWCHAR* pk_catalog,
                                                SQLSMALLINT pk_catalog_length, SQLWCHAR* pk_schema,
                                                SQLSMALLINT pk_schema_length, SQLWCHAR* pk_table,
                                                SQLSMALLINT pk_table_length, SQLWCHAR* fk_catalog,
                                                SQLSMALLINT fk_catalog_length, SQLWCHAR* fk_schema,
                                                SQLSMALLINT fk_schema_length, SQLWCHAR* fk_table,
                                                SQLSMALLINT fk_table_length) {
  return api::Run(handle, [&] {
    return api::CatalogRequest(Catalog::FOREIGN_KEYS)
        .Set(api::CatalogArgument::kCatalog, pk_catalog, pk_catalog_length)
        .Set(api::CatalogArgument::kSchema, pk_schema, pk_schema_length)
        .Set(api::CatalogArgument::kTable, pk_table, pk_table_length)
        .Set(api::CatalogArgument::kForeignCatalog, fk_catalog, fk_catalog_length)
        .Set(api::CatalogArgument::kForeignSchema, fk_schema, fk_schema_length)
        .Set(api::CatalogArgument::kForeignTable, fk_table, fk_table_length)
        .RequireEitherTable()
        .Take();
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLStatistics(SQLHSTMT handle, SQLCHAR* catalog,
                                              SQLSMALLINT catalog_length, SQLCHAR* schema,
                                              SQLSMALLINT schema_length, SQLCHAR* table,
                                              SQLSMALLINT table_length, SQLUSMALLINT unique,
                                              SQLUSMALLINT accuracy) {
  return api::Run(handle, [&] {
    return api::CatalogRequest(Catalog::STATISTICS)
        .Set(api::CatalogArgument::kCatalog, catalog, catalog_length)
        .Set(api::CatalogArgument::kSchema, schema, schema_length)
        .Set(api::CatalogArgument::kTable, table, table_length)
        .SetIndexes(unique, accuracy)
        .RequireTable()
        .Take();
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLStatisticsW(SQLHSTMT handle, SQLWCHAR* catalog,
                                               SQLSMALLINT catalog_length, SQLWCHAR* schema,
                                               SQLSMALLINT schema_length, SQLWCHAR* table,
                                               SQLSMALLINT table_length, SQLUSMALLINT unique,
                                               SQLUSMALLINT accuracy) {
  return api::Run(handle, [&] {
    return api::CatalogRequest(Catalog::STATISTICS)
        .Set(api::CatalogArgument::kCatalog, catalog, catalog_length)
        .Set(api::CatalogArgument::kSchema, schema, schema_length)
        .Set(api::CatalogArgument::kTable, table, table_length)
        .SetIndexes(unique, accuracy)
        .RequireTable()
        .Take();
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLSpecialColumns(SQLHSTMT handle, SQLUSMALLINT identifier_type,
                                                  SQLCHAR* catalog, SQLSMALLINT catalog_length,
                                                  SQLCHAR* schema, SQLSMALLINT schema_length,
                                                  SQLCHAR* table, SQLSMALLINT table_length,
                                                  SQLUSMALLINT scope, SQLUSMALLINT nullable) {
  return api::Run(handle, [&] {
    return api::CatalogRequest(Catalog::SPECIAL_COLUMNS)
        .Set(api::CatalogArgument::kCatalog, catalog, catalog_length)
        .Set(api::CatalogArgument::kSchema, schema, schema_length)
        .Set(api::CatalogArgument::kTable, table, table_length)
        .SetRowIdentifier(identifier_type, scope, nullable)
        .RequireTable()
        .Take();
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLSpecialColumnsW(SQLHSTMT handle, SQLUSMALLINT identifier_type,
                                                   SQLWCHAR* catalog, SQLSMALLINT catalog_length,
                                                   SQLWCHAR* schema, SQLSMALLINT schema_length,
                                                   SQLWCHAR* table, SQLSMALLINT table_length,
                                                   SQLUSMALLINT scope, SQLUSMALLINT nullable) {
  return api::Run(handle, [&] {
    return api::CatalogRequest(Catalog::SPECIAL_COLUMNS)
        .Set(api::CatalogArgument::kCatalog, catalog, catalog_length)
        .Set(api::CatalogArgument::kSchema, schema, schema_length)
        .Set(api::CatalogArgument::kTable, table, table_length)
        .SetRowIdentifier(identifier_type, scope, nullable)
        .RequireTable()
        .Take();
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLProcedures(SQLHSTMT handle, SQLCHAR* catalog,
                                              SQLSMALLINT catalog_length, SQLCHAR* schema,
                                              SQLSMALLINT schema_length, SQLCHAR* procedure,
                                              SQLSMALLINT procedure_length) {
  return api::Run(handle, [&] {
    return api::CatalogRequest(Catalog::PROCEDURES)
        .Set(api::CatalogArgument::kCatalog, catalog, catalog_length)
        .Set(api::CatalogArgument::kSchema, schema, schema_length)
        .Set(api::CatalogArgument::kTable, procedure, procedure_length)
        .Take();
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLProceduresW(SQLHSTMT handle, SQLWCHAR* catalog,
                                               SQLSMALLINT catalog_length, SQLWCHAR* schema,
                                               SQLSMALLINT schema_length, SQLWCHAR* procedure,
                                               SQLSMALLINT procedure_length) {
  return api::Run(handle, [&] {
    return api::CatalogRequest(Catalog::PROCEDURES)
        .Set(api::CatalogArgument::kCatalog, catalog, catalog_length)
        .Set(api::CatalogArgument::kSchema, schema, schema_length)
        .Set(api::CatalogArgument::kTable, procedure, procedure_length)
        .Take();
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLProcedureColumns(SQLHSTMT handle, SQLCHAR* catalog,
                                                    SQLSMALLINT catalog_length, SQLCHAR* schema,
                                                    SQLSMALLINT schema_length, SQLCHAR* procedure,
                                                    SQLSMALLINT procedure_length, SQLCHAR* column,
                                                    SQLSMALLINT column_length) {
  return api::Run(handle, [&] {
    return api::CatalogRequest(Catalog::PROCEDURE_COLUMNS)
        .Set(api::CatalogArgument::kCatalog, catalog, catalog_length)
        .Set(api::CatalogArgument::kSchema, schema, schema_length)
        .Set(api::CatalogArgument::kTable, procedure, procedure_length)
        .Set(api::CatalogArgument::kColumn, column, column_length)
        .Take();
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLProcedureColumnsW(SQLHSTMT handle, SQLWCHAR* catalog,
                                                     SQLSMALLINT catalog_length, SQLWCHAR* schema,
                                                     SQLSMALLINT schema_length, SQLWCHAR* procedure,
                                                     SQLSMALLINT procedure_length, SQLWCHAR* column,
                                                     SQLSMALLINT column_length) {
  return api::Run(handle, [&] {
    return api::CatalogRequest(Catalog::PROCEDURE_COLUMNS)
        .Set(api::CatalogArgument::kCatalog, catalog, catalog_length)
        .Set(api::CatalogArgument::kSchema, schema, schema_length)
        .Set(api::CatalogArgument::kTable, procedure, procedure_length)
        .Set(api::CatalogArgument::kColumn, column, column_length)
        .Take();
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLTablePrivileges(SQLHSTMT handle, SQLCHAR* catalog,
                                                   SQLSMALLINT catalog_length, SQLCHAR* schema,
                                                   SQLSMALLINT schema_length, SQLCHAR* table,
                                                   SQLSMALLINT table_length) {
  return api::Run(handle, [&] {
    return api::CatalogRequest(Catalog::TABLE_PRIVILEGES)
        .Set(api::CatalogArgument::kCatalog, catalog, catalog_length)
        .Set(api::CatalogArgument::kSchema, schema, schema_length)
        .Set(api::CatalogArgument::kTable, table, table_length)
        .Take();
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLTablePrivilegesW(SQLHSTMT handle, SQLWCHAR* catalog,
                                                    SQLSMALLINT catalog_length, SQLWCHAR* schema,
                                                    SQLSMALLINT schema_length, SQLWCHAR* table,
                                                    SQLSMALLINT table_length) {
  return api::Run(handle, [&] {
    return api::CatalogRequest(Catalog::TABLE_PRIVILEGES)
        .Set(api::CatalogArgument::kCatalog, catalog, catalog_length)
        .Set(api::CatalogArgument::kSchema, schema, schema_length)
        .Set(api::CatalogArgument::kTable, table, table_length)
        .Take();
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLColumnPrivileges(SQLHSTMT handle, SQLCHAR* catalog,
                                                    SQLSMALLINT catalog_length, SQLCHAR* schema,
                                                    SQLSMALLINT schema_length, SQLCHAR* table,
                                                    SQLSMALLINT table_length, SQLCHAR* column,
                                                    SQLSMALLINT column_length) {
  return api::Run(handle, [&] {
    return api::CatalogRequest(Catalog::COLUMN_PRIVILEGES)
        .Set(api::CatalogArgument::kCatalog, catalog, catalog_length)
        .Set(api::CatalogArgument::kSchema, schema, schema_length)
        .Set(api::CatalogArgument::kTable, table, table_length)
        .Set(api::CatalogArgument::kColumn, column, column_length)
        .Take();
  });
}

SLUICE_EXPORT SQLRETURN SQL_API SQLColumnPrivilegesW(SQLHSTMT handle, SQLWCHAR* catalog,
                                                     SQLSMALLINT catalog_length, SQLWCHAR* schema,
                                                     SQLSMALLINT schema_length, SQLWCHAR* table,
                                                     SQLSMALLINT table_length, SQLWCHAR* column,
                                                     SQLSMALLINT column_length) {
  return api::Run(handle, [&] {
    return api::CatalogRequest(Catalog::COLUMN_PRIVILEGES)
        .Set(api::CatalogArgument::kCatalog, catalog, catalog_length)
        .Set(api::CatalogArgument::kSchema, schema, schema_length)
        .Set(api::CatalogArgument::kTable, table, table_length)
        .Set(api::CatalogArgument::kColumn, column, column_length)
        .Take();
  });
}

}  // extern "C"
