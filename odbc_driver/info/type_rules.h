#pragma once

#include <cstdint>
#include <optional>

#include "sluice/v1/session.pb.h"

// psqlodbc's options that say how PostgreSQL's types are described. Those that are absent leave the
// description as it is. The relay heeds the same for SQLColumns (v1::TypeRules).

namespace sluice::driver::info {

struct TypeRules {
  std::optional<std::uint32_t> max_varchar_size = {};  // of text of unknown size; more is "long"
  std::optional<std::uint32_t> max_longvarchar_size = {};  // of long text of unknown size
  std::optional<bool> text_as_longvarchar = {};
  std::optional<bool> unknowns_as_longvarchar = {};
  std::optional<bool> bytea_as_longvarbinary = {};

  bool operator==(const TypeRules&) const = default;
};

// What psqlodbc has where only the other option is given.
inline constexpr std::uint32_t kDefaultMaxVarcharSize = 255;
inline constexpr std::uint32_t kDefaultMaxLongVarcharSize = 8190;

v1::TypeRules ForCatalog(const TypeRules& rules);

// Changes the SQL type and the size of a column or parameter of PostgreSQL as the rules say.
void Apply(const TypeRules& rules, v1::Column& column);
void Apply(const TypeRules& rules, v1::Parameter& parameter);

}  // namespace sluice::driver::info
