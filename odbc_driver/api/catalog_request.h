#pragma once

#include <optional>
#include <string>

#include "odbc_driver/api/text_argument.h"
#include "odbc_driver/platform/odbc.h"
#include "sluice/v1/session.pb.h"

namespace sluice::driver::api {

enum class CatalogArgument {
  kCatalog,
  kSchema,
  kTable,
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
  CatalogRequest& Set(CatalogArgument argument, const Char* text, SQLSMALLINT length) {
    if (auto value = OptionalText(text, length)) Assign(argument, std::move(*value));
    return *this;
  }
  CatalogRequest& SetIndexes(SQLUSMALLINT unique, SQLUSMALLINT accuracy);
  CatalogRequest& SetRowIdentifier(SQLUSMALLINT identifier_type, SQLUSMALLINT scope,
                                   SQLUSMALLINT nullable);
  CatalogRequest& RequireTable();        // HY009
  CatalogRequest& RequireEitherTable();  // HY009
  v1::Catalog Take() { return std::move(request_); }

 private:
  void Assign(CatalogArgument argument, std::string value);

  v1::Catalog request_;
};

}  // namespace sluice::driver::api
