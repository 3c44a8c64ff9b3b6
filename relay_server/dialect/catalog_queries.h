#pragma once

#include <string>

#include "sluice/v1/session.pb.h"

// Dialect::CatalogQuery per database. Columns, their order and the order of the rows are those of
// the ODBC reference page of each function.
//
// An empty string for catalogue or schema restricts nothing, as in psqlodbc, because no table is
// outside of both; SQLTables' enumerations of catalogues, schemas and table types apart. System
// schemas are shown to those who ask for them: by schema, by table type, or by the exact name of a
// table.

namespace sluice::relay::dialect {

std::string PostgresCatalogQuery(const v1::Catalog& request, const v1::ServerFacts& facts);
std::string MysqlCatalogQuery(const v1::Catalog& request, const v1::ServerFacts& facts);

}  // namespace sluice::relay::dialect
