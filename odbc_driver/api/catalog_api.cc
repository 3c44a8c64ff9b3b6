// ODBC reference: catalogue functions. The relay answers them; an absent argument (a null pointer)
// is not an empty one. Each function is written once for both forms: names are SQLCHAR or SQLWCHAR.

#include "odbc_driver/api/api_call.h"
#include "odbc_driver/api/catalog_request.h"
#include "odbc_driver/handles/statement.h"

namespace sluice::driver::api {
namespace {

// `collect` returns the CatalogRequest; it may throw.
template <typename Collect>
SQLRETURN Run(SQLUSMALLINT function, SQLHSTMT handle, const Collect& collect) {
  return CallAsync<Statement>(function, handle, [&](Statement& s) {
    CatalogRequest request = collect();
    if (s.connection().engine() == v1::ENGINE_MYSQL) {
      request.RefuseSchemas();
      request.RefuseLongNames(s.connection().odbc2());
    }
    if (s.metadata_id()) {
      request.RequireIdentifiers(s.connection().engine() == v1::ENGINE_POSTGRES);
    }
    return s.RunCatalog(request.Take());
  });
}

template <typename Char>
SQLRETURN Tables(SQLHSTMT handle, Name<Char> catalog, Name<Char> schema, Name<Char> table,
                 Name<Char> type) {
  return Run(SQL_API_SQLTABLES, handle, [&] {
    return CatalogRequest(v1::Catalog::TABLES)
        .SetTable(catalog, schema, table)
        .Set(CatalogArgument::kTableType, type);
  });
}

template <typename Char>
SQLRETURN Columns(SQLHSTMT handle, Name<Char> catalog, Name<Char> schema, Name<Char> table,
                  Name<Char> column) {
  return Run(SQL_API_SQLCOLUMNS, handle, [&] {
    return CatalogRequest(v1::Catalog::COLUMNS)
        .SetTable(catalog, schema, table)
        .Set(CatalogArgument::kColumn, column);
  });
}

template <typename Char>
SQLRETURN PrimaryKeys(SQLHSTMT handle, Name<Char> catalog, Name<Char> schema, Name<Char> table) {
  return Run(SQL_API_SQLPRIMARYKEYS, handle, [&] {
    return CatalogRequest(v1::Catalog::PRIMARY_KEYS)
        .SetTable(catalog, schema, table)
        .RequireTable();
  });
}

template <typename Char>
struct TableName {
  Name<Char> catalog;
  Name<Char> schema;
  Name<Char> table;
};

template <typename Char>
SQLRETURN ForeignKeys(SQLHSTMT handle, TableName<Char> primary, TableName<Char> foreign) {
  return Run(SQL_API_SQLFOREIGNKEYS, handle, [&] {
    return CatalogRequest(v1::Catalog::FOREIGN_KEYS)
        .SetTable(primary.catalog, primary.schema, primary.table)
        .Set(CatalogArgument::kForeignCatalog, foreign.catalog)
        .Set(CatalogArgument::kForeignSchema, foreign.schema)
        .Set(CatalogArgument::kForeignTable, foreign.table)
        .RequireEitherTable();
  });
}

struct IndexChoice {
  SQLUSMALLINT unique;
  SQLUSMALLINT accuracy;
};

template <typename Char>
SQLRETURN Statistics(SQLHSTMT handle, TableName<Char> table, IndexChoice choice) {
  return Run(SQL_API_SQLSTATISTICS, handle, [&] {
    return CatalogRequest(v1::Catalog::STATISTICS)
        .SetTable(table.catalog, table.schema, table.table)
        .SetIndexes(choice.unique, choice.accuracy)
        .RequireTable();
  });
}

struct RowIdentifier {
  SQLUSMALLINT type;
  SQLUSMALLINT scope;
  SQLUSMALLINT nullable;
};

template <typename Char>
SQLRETURN SpecialColumns(SQLHSTMT handle, TableName<Char> table, RowIdentifier identifier) {
  return Run(SQL_API_SQLSPECIALCOLUMNS, handle, [&] {
    return CatalogRequest(v1::Catalog::SPECIAL_COLUMNS)
        .SetTable(table.catalog, table.schema, table.table)
        .SetRowIdentifier(identifier.type, identifier.scope, identifier.nullable)
        .RequireTable();
  });
}

template <typename Char>
SQLRETURN Procedures(SQLHSTMT handle, Name<Char> catalog, Name<Char> schema, Name<Char> procedure) {
  return Run(SQL_API_SQLPROCEDURES, handle, [&] {
    return CatalogRequest(v1::Catalog::PROCEDURES).SetTable(catalog, schema, procedure);
  });
}

template <typename Char>
SQLRETURN ProcedureColumns(SQLHSTMT handle, Name<Char> catalog, Name<Char> schema,
                           Name<Char> procedure, Name<Char> column) {
  return Run(SQL_API_SQLPROCEDURECOLUMNS, handle, [&] {
    return CatalogRequest(v1::Catalog::PROCEDURE_COLUMNS)
        .SetTable(catalog, schema, procedure)
        .Set(CatalogArgument::kColumn, column);
  });
}

template <typename Char>
SQLRETURN TablePrivileges(SQLHSTMT handle, Name<Char> catalog, Name<Char> schema,
                          Name<Char> table) {
  return Run(SQL_API_SQLTABLEPRIVILEGES, handle, [&] {
    return CatalogRequest(v1::Catalog::TABLE_PRIVILEGES).SetTable(catalog, schema, table);
  });
}

template <typename Char>
SQLRETURN ColumnPrivileges(SQLHSTMT handle, Name<Char> catalog, Name<Char> schema, Name<Char> table,
                           Name<Char> column) {
  return Run(SQL_API_SQLCOLUMNPRIVILEGES, handle, [&] {
    return CatalogRequest(v1::Catalog::COLUMN_PRIVILEGES)
        .SetTable(catalog, schema, table)
        .Set(CatalogArgument::kColumn, column)
        .RequireTable();
  });
}

}  // namespace
}  // namespace sluice::driver::api

using namespace sluice::driver;  // NOLINT(google-build-using-namespace): the C boundary

extern "C" {

SLUICE_EXPORT SQLRETURN SQL_API SQLTables(SQLHSTMT handle, SQLCHAR* catalog, SQLSMALLINT length1,
                                          SQLCHAR* schema, SQLSMALLINT length2, SQLCHAR* table,
                                          SQLSMALLINT length3, SQLCHAR* type, SQLSMALLINT length4) {
  return api::Tables<SQLCHAR>(handle, {catalog, length1}, {schema, length2}, {table, length3},
                              {type, length4});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLTablesW(SQLHSTMT handle, SQLWCHAR* catalog, SQLSMALLINT length1,
                                           SQLWCHAR* schema, SQLSMALLINT length2, SQLWCHAR* table,
                                           SQLSMALLINT length3, SQLWCHAR* type,
                                           SQLSMALLINT length4) {
  return api::Tables<SQLWCHAR>(handle, {catalog, length1}, {schema, length2}, {table, length3},
                               {type, length4});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLColumns(SQLHSTMT handle, SQLCHAR* catalog, SQLSMALLINT length1,
                                           SQLCHAR* schema, SQLSMALLINT length2, SQLCHAR* table,
                                           SQLSMALLINT length3, SQLCHAR* column,
                                           SQLSMALLINT length4) {
  return api::Columns<SQLCHAR>(handle, {catalog, length1}, {schema, length2}, {table, length3},
                               {column, length4});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLColumnsW(SQLHSTMT handle, SQLWCHAR* catalog, SQLSMALLINT length1,
                                            SQLWCHAR* schema, SQLSMALLINT length2, SQLWCHAR* table,
                                            SQLSMALLINT length3, SQLWCHAR* column,
                                            SQLSMALLINT length4) {
  return api::Columns<SQLWCHAR>(handle, {catalog, length1}, {schema, length2}, {table, length3},
                                {column, length4});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLPrimaryKeys(SQLHSTMT handle, SQLCHAR* catalog,
                                               SQLSMALLINT length1, SQLCHAR* schema,
                                               SQLSMALLINT length2, SQLCHAR* table,
                                               SQLSMALLINT length3) {
  return api::PrimaryKeys<SQLCHAR>(handle, {catalog, length1}, {schema, length2}, {table, length3});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLPrimaryKeysW(SQLHSTMT handle, SQLWCHAR* catalog,
                                                SQLSMALLINT length1, SQLWCHAR* schema,
                                                SQLSMALLINT length2, SQLWCHAR* table,
                                                SQLSMALLINT length3) {
  return api::PrimaryKeys<SQLWCHAR>(handle, {catalog, length1}, {schema, length2},
                                    {table, length3});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLForeignKeys(SQLHSTMT handle, SQLCHAR* pk_catalog,
                                               SQLSMALLINT length1, SQLCHAR* pk_schema,
                                               SQLSMALLINT length2, SQLCHAR* pk_table,
                                               SQLSMALLINT length3, SQLCHAR* fk_catalog,
                                               SQLSMALLINT length4, SQLCHAR* fk_schema,
                                               SQLSMALLINT length5, SQLCHAR* fk_table,
                                               SQLSMALLINT length6) {
  return api::ForeignKeys<SQLCHAR>(
      handle, {{pk_catalog, length1}, {pk_schema, length2}, {pk_table, length3}},
      {{fk_catalog, length4}, {fk_schema, length5}, {fk_table, length6}});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLForeignKeysW(SQLHSTMT handle, SQLWCHAR* pk_catalog,
                                                SQLSMALLINT length1, SQLWCHAR* pk_schema,
                                                SQLSMALLINT length2, SQLWCHAR* pk_table,
                                                SQLSMALLINT length3, SQLWCHAR* fk_catalog,
                                                SQLSMALLINT length4, SQLWCHAR* fk_schema,
                                                SQLSMALLINT length5, SQLWCHAR* fk_table,
                                                SQLSMALLINT length6) {
  return api::ForeignKeys<SQLWCHAR>(
      handle, {{pk_catalog, length1}, {pk_schema, length2}, {pk_table, length3}},
      {{fk_catalog, length4}, {fk_schema, length5}, {fk_table, length6}});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLStatistics(SQLHSTMT handle, SQLCHAR* catalog,
                                              SQLSMALLINT length1, SQLCHAR* schema,
                                              SQLSMALLINT length2, SQLCHAR* table,
                                              SQLSMALLINT length3, SQLUSMALLINT unique,
                                              SQLUSMALLINT accuracy) {
  return api::Statistics<SQLCHAR>(handle, {{catalog, length1}, {schema, length2}, {table, length3}},
                                  {unique, accuracy});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLStatisticsW(SQLHSTMT handle, SQLWCHAR* catalog,
                                               SQLSMALLINT length1, SQLWCHAR* schema,
                                               SQLSMALLINT length2, SQLWCHAR* table,
                                               SQLSMALLINT length3, SQLUSMALLINT unique,
                                               SQLUSMALLINT accuracy) {
  return api::Statistics<SQLWCHAR>(
      handle, {{catalog, length1}, {schema, length2}, {table, length3}}, {unique, accuracy});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLSpecialColumns(SQLHSTMT handle, SQLUSMALLINT identifier_type,
                                                  SQLCHAR* catalog, SQLSMALLINT length1,
                                                  SQLCHAR* schema, SQLSMALLINT length2,
                                                  SQLCHAR* table, SQLSMALLINT length3,
                                                  SQLUSMALLINT scope, SQLUSMALLINT nullable) {
  return api::SpecialColumns<SQLCHAR>(handle,
                                      {{catalog, length1}, {schema, length2}, {table, length3}},
                                      {identifier_type, scope, nullable});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLSpecialColumnsW(SQLHSTMT handle, SQLUSMALLINT identifier_type,
                                                   SQLWCHAR* catalog, SQLSMALLINT length1,
                                                   SQLWCHAR* schema, SQLSMALLINT length2,
                                                   SQLWCHAR* table, SQLSMALLINT length3,
                                                   SQLUSMALLINT scope, SQLUSMALLINT nullable) {
  return api::SpecialColumns<SQLWCHAR>(handle,
                                       {{catalog, length1}, {schema, length2}, {table, length3}},
                                       {identifier_type, scope, nullable});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLProcedures(SQLHSTMT handle, SQLCHAR* catalog,
                                              SQLSMALLINT length1, SQLCHAR* schema,
                                              SQLSMALLINT length2, SQLCHAR* procedure,
                                              SQLSMALLINT length3) {
  return api::Procedures<SQLCHAR>(handle, {catalog, length1}, {schema, length2},
                                  {procedure, length3});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLProceduresW(SQLHSTMT handle, SQLWCHAR* catalog,
                                               SQLSMALLINT length1, SQLWCHAR* schema,
                                               SQLSMALLINT length2, SQLWCHAR* procedure,
                                               SQLSMALLINT length3) {
  return api::Procedures<SQLWCHAR>(handle, {catalog, length1}, {schema, length2},
                                   {procedure, length3});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLProcedureColumns(SQLHSTMT handle, SQLCHAR* catalog,
                                                    SQLSMALLINT length1, SQLCHAR* schema,
                                                    SQLSMALLINT length2, SQLCHAR* procedure,
                                                    SQLSMALLINT length3, SQLCHAR* column,
                                                    SQLSMALLINT length4) {
  return api::ProcedureColumns<SQLCHAR>(handle, {catalog, length1}, {schema, length2},
                                        {procedure, length3}, {column, length4});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLProcedureColumnsW(SQLHSTMT handle, SQLWCHAR* catalog,
                                                     SQLSMALLINT length1, SQLWCHAR* schema,
                                                     SQLSMALLINT length2, SQLWCHAR* procedure,
                                                     SQLSMALLINT length3, SQLWCHAR* column,
                                                     SQLSMALLINT length4) {
  return api::ProcedureColumns<SQLWCHAR>(handle, {catalog, length1}, {schema, length2},
                                         {procedure, length3}, {column, length4});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLTablePrivileges(SQLHSTMT handle, SQLCHAR* catalog,
                                                   SQLSMALLINT length1, SQLCHAR* schema,
                                                   SQLSMALLINT length2, SQLCHAR* table,
                                                   SQLSMALLINT length3) {
  return api::TablePrivileges<SQLCHAR>(handle, {catalog, length1}, {schema, length2},
                                       {table, length3});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLTablePrivilegesW(SQLHSTMT handle, SQLWCHAR* catalog,
                                                    SQLSMALLINT length1, SQLWCHAR* schema,
                                                    SQLSMALLINT length2, SQLWCHAR* table,
                                                    SQLSMALLINT length3) {
  return api::TablePrivileges<SQLWCHAR>(handle, {catalog, length1}, {schema, length2},
                                        {table, length3});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLColumnPrivileges(SQLHSTMT handle, SQLCHAR* catalog,
                                                    SQLSMALLINT length1, SQLCHAR* schema,
                                                    SQLSMALLINT length2, SQLCHAR* table,
                                                    SQLSMALLINT length3, SQLCHAR* column,
                                                    SQLSMALLINT length4) {
  return api::ColumnPrivileges<SQLCHAR>(handle, {catalog, length1}, {schema, length2},
                                        {table, length3}, {column, length4});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLColumnPrivilegesW(SQLHSTMT handle, SQLWCHAR* catalog,
                                                     SQLSMALLINT length1, SQLWCHAR* schema,
                                                     SQLSMALLINT length2, SQLWCHAR* table,
                                                     SQLSMALLINT length3, SQLWCHAR* column,
                                                     SQLSMALLINT length4) {
  return api::ColumnPrivileges<SQLWCHAR>(handle, {catalog, length1}, {schema, length2},
                                         {table, length3}, {column, length4});
}

}  // extern "C"
