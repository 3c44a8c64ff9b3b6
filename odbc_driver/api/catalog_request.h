#pragma once

#include <string>

#include "odbc_driver/api/text_argument.h"
#include "odbc_driver/platform/odbc.h"
#include "sluice/v1/session.pb.h"

namespace sluice::driver::api {

// A name as an application passes it, in either form of a function; a null pointer is no name.
template <typename Char>
struct Name {
  const Char* text;
  SQLSMALLINT length;  // in Char, or SQL_NTS
};

enum class CatalogArgument {
  kCatalog,
  kSchema,
  kTable,  // or the procedure
  kColumn,
  kTableType,
  kForeignCatalog,
  kForeignSchema,
  kForeignTable,
};

// Collects the arguments of a catalogue function. Throws DriverError for what the ODBC reference
// refuses.
class CatalogRequest {
 public:
  explicit CatalogRequest(v1::Catalog::Function function) { request_.set_function(function); }

  template <typename Char>
  CatalogRequest& Set(CatalogArgument argument, Name<Char> name) {
    if (auto value = OptionalText(name.text, name.length)) Assign(argument, std::move(*value));
    return *this;
  }
  // The three that all functions but SQLForeignKeys begin with.
  template <typename Char>
  CatalogRequest& SetTable(Name<Char> catalog, Name<Char> schema, Name<Char> table) {
    return Set(CatalogArgument::kCatalog, catalog)
        .Set(CatalogArgument::kSchema, schema)
        .Set(CatalogArgument::kTable, table);
  }
  CatalogRequest& SetIndexes(SQLUSMALLINT unique, SQLUSMALLINT accuracy);
  CatalogRequest& SetRowIdentifier(SQLUSMALLINT identifier_type, SQLUSMALLINT scope,
                                   SQLUSMALLINT nullable);
  CatalogRequest& RequireTable();        // HY009
  CatalogRequest& RequireEitherTable();  // HY009
  // HY090 for a name of MySQL that is longer than any, be each of its characters escaped; an
  // application of ODBC 2 gets S1009, as from Connector/ODBC.
  void RefuseLongNames(bool odbc2) const;
  // HYC00 for a schema's name; the pattern for all is none.
  void RefuseSchemas() const;
  // HY009: with SQL_ATTR_METADATA_ID every argument is an identifier, which cannot be missing. A
  // schema can, where there are none.
  void RequireIdentifiers(bool has_schemas) const;
  v1::Catalog Take() { return std::move(request_); }

 private:
  void Assign(CatalogArgument argument, std::string value);

  v1::Catalog request_;
};

}  // namespace sluice::driver::api
