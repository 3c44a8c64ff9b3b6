#pragma once

#include <cstdint>
#include <optional>

#include "sluice/v1/session.pb.h"

// Options of the native drivers that say how types are described. Those that are absent leave the
// description as it is. Those of psqlodbc are for PostgreSQL's types; the relay heeds the same for
// SQLColumns (v1::TypeRules). That of Connector/ODBC is for MySQL's.

namespace sluice::driver::info {

struct TypeRules {
  std::optional<std::uint32_t> max_varchar_size = {};  // of text of unknown size; more is "long"
  std::optional<std::uint32_t> max_longvarchar_size = {};  // of long text of unknown size
  std::optional<bool> text_as_longvarchar = {};
  std::optional<bool> unknowns_as_longvarchar = {};
  std::optional<bool> bytea_as_longvarbinary = {};
  bool no_bigint = false;  // MySQL: BIGINT is SQL_INTEGER; the values stay as they are

  bool operator==(const TypeRules&) const = default;
};

// What psqlodbc has where only the other option is given.
inline constexpr std::uint32_t kDefaultMaxVarcharSize = 255;
inline constexpr std::uint32_t kDefaultMaxLongVarcharSize = 8190;

v1::TypeRules ForCatalog(const TypeRules& rules);

// Changes the SQL type and the size of a column of either engine, or of a parameter of PostgreSQL,
// as the rules say.
void Apply(const TypeRules& rules, v1::Engine engine, v1::Column& column);
void Apply(const TypeRules& rules, v1::Parameter& parameter);

}  // namespace sluice::driver::info
