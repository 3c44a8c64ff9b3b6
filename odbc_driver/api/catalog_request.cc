#include "odbc_driver/api/catalog_request.h"

#include <utility>

#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver::api {

void CatalogRequest::Assign(CatalogArgument argument, std::string value) {
  switch (argument) {
    case CatalogArgument::kCatalog:
      return request_.set_catalog(std::move(value));
    case CatalogArgument::kSchema:
      return request_.set_schema(std::move(value));
    case CatalogArgument::kTable:
      return request_.set_table(std::move(value));
    case CatalogArgument::kColumn:
      return request_.set_column(std::move(value));
    case CatalogArgument::kTableType:
      return request_.set_table_type(std::move(value));
    case CatalogArgument::kForeignCatalog:
      return request_.set_foreign_catalog(std::move(value));
    case CatalogArgument::kForeignSchema:
      return request_.set_foreign_schema(std::move(value));
    case CatalogArgument::kForeignTable:
      return request_.set_foreign_table(std::move(value));
  }
}

CatalogRequest& CatalogRequest::SetIndexes(SQLUSMALLINT unique, SQLUSMALLINT accuracy) {
  if (unique != SQL_INDEX_UNIQUE && unique != SQL_INDEX_ALL) {
    throw DriverError(kHY100UniquenessOutOfRange);
  }
  if (accuracy != SQL_QUICK && accuracy != SQL_ENSURE) {
    throw DriverError(kHY101AccuracyOutOfRange);
  }
  request_.set_unique_only(unique == SQL_INDEX_UNIQUE);
  request_.set_exact_statistics(accuracy == SQL_ENSURE);
  return *this;
}

CatalogRequest& CatalogRequest::SetRowIdentifier(SQLUSMALLINT identifier_type, SQLUSMALLINT scope,
                                                 SQLUSMALLINT nullable) {
  if (identifier_type != SQL_BEST_ROWID && identifier_type != SQL_ROWVER) {
    throw DriverError(kHY097ColumnTypeOutOfRange);
  }
  if (scope > SQL_SCOPE_SESSION) throw DriverError(kHY098ScopeOutOfRange);
  if (nullable > SQL_NULLABLE) throw DriverError(kHY099NullableOutOfRange);
  request_.set_identifier_type(identifier_type);
  request_.set_scope(scope);
  request_.set_nullable(nullable == SQL_NULLABLE);
  return *this;
}

CatalogRequest& CatalogRequest::RequireTable() {
  if (!request_.has_table()) throw DriverError(kHY009NullPointer);
  return *this;
}

CatalogRequest& CatalogRequest::RequireEitherTable() {
  if (!request_.has_table() && !request_.has_foreign_table()) {
    throw DriverError(kHY009NullPointer);
  }
  return *this;
}

void CatalogRequest::RefuseLongNames(bool odbc2) const {
  constexpr std::size_t kLongestName = 2 * 4 * 64;  // 64 characters of four octets
  for (const std::string* name : {&request_.catalog(), &request_.table(), &request_.column(),
                                  &request_.foreign_catalog(), &request_.foreign_table()}) {
    if (name->size() <= kLongestName) continue;
    throw DriverError(odbc2 ? kHY009NullPointer : kHY090InvalidLength,
                      "MySQL's names have 64 characters at most");
  }
}

void CatalogRequest::RefuseSchemas() const {
  for (const auto& schema : {request_.schema(), request_.foreign_schema()}) {
    if (schema.empty() || schema == "%") continue;
    throw DriverError(kHYC00NotImplemented, "MySQL has no schemas; its databases are catalogues");
  }
}

void CatalogRequest::RequireIdentifiers(bool has_schemas) const {
  const auto require = [](bool present) {
    if (!present) throw DriverError(kHY009NullPointer);
  };
  const bool foreign_keys = request_.function() == v1::Catalog::FOREIGN_KEYS;
  const bool has_column = request_.function() == v1::Catalog::COLUMNS ||
                          request_.function() == v1::Catalog::PROCEDURE_COLUMNS ||
                          request_.function() == v1::Catalog::COLUMN_PRIVILEGES;
  // SQLForeignKeys names one table or two.
  if (!foreign_keys || request_.has_table()) {
    require(request_.has_catalog() && request_.has_table());
    require(request_.has_schema() || !has_schemas);
  }
  if (foreign_keys && request_.has_foreign_table()) {
    require(request_.has_foreign_catalog());
    require(request_.has_foreign_schema() || !has_schemas);
  }
  if (has_column) require(request_.has_column());
}

}  // namespace sluice::driver::api
