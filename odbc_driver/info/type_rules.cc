#include "odbc_driver/info/type_rules.h"

#include <string_view>

namespace sluice::driver::info {
namespace {

constexpr std::uint64_t kIntegerDigits = 10;

// Of a value that is no text of the database, where nobody has declared a size.
struct Described {
  v1::SqlType sql_type;
  std::uint64_t size;
};

std::uint32_t SizeOf(const TypeRules& rules, bool is_long) {
  return is_long ? rules.max_longvarchar_size.value_or(kDefaultMaxLongVarcharSize)
                 : rules.max_varchar_size.value_or(kDefaultMaxVarcharSize);
}

// char(n) and varchar(n), and both without n.
Described Bounded(const TypeRules& rules, Described type, bool is_default) {
  if (!rules.max_varchar_size) return type;
  if (is_default) type.size = *rules.max_varchar_size;
  if (type.size > *rules.max_varchar_size) type.sql_type = v1::SQLTYPE_LONGVARCHAR;
  return type;
}

Described Text(const TypeRules& rules) {
  const bool is_long = rules.text_as_longvarchar.value_or(true);
  return {is_long ? v1::SQLTYPE_LONGVARCHAR : v1::SQLTYPE_VARCHAR, SizeOf(rules, is_long)};
}

Described Octets(const TypeRules& rules, Described type) {
  if (rules.bytea_as_longvarbinary.value_or(true)) return type;
  return {v1::SQLTYPE_VARBINARY, SizeOf(rules, rules.unknowns_as_longvarchar.value_or(false))};
}

// xml is long for psqlodbc whatever its size.
Described Unknown(const TypeRules& rules, Described type, bool is_xml) {
  const bool was_long = type.sql_type == v1::SQLTYPE_LONGVARCHAR;
  const bool is_long = rules.unknowns_as_longvarchar.value_or(was_long);
  type.size = SizeOf(rules, is_long);
  type.sql_type = is_long || is_xml ? v1::SQLTYPE_LONGVARCHAR : v1::SQLTYPE_VARCHAR;
  return type;
}

Described Rule(const TypeRules& rules, std::string_view name, Described type, bool is_default) {
  if (name == "varchar" || name == "char") return Bounded(rules, type, is_default);
  if (name == "bytea") return Octets(rules, type);  // nobody can declare a size
  if (!is_default) return type;
  if (name == "text") return Text(rules);
  const bool is_text =
      type.sql_type == v1::SQLTYPE_VARCHAR || type.sql_type == v1::SQLTYPE_LONGVARCHAR;
  return is_text && name != "varbit" ? Unknown(rules, type, name == "xml") : type;
}

}  // namespace

v1::TypeRules ForCatalog(const TypeRules& rules) {
  v1::TypeRules message;
  if (rules.max_varchar_size) message.set_max_varchar_size(*rules.max_varchar_size);
  if (rules.max_longvarchar_size) message.set_max_longvarchar_size(*rules.max_longvarchar_size);
  if (rules.text_as_longvarchar) message.set_text_as_longvarchar(*rules.text_as_longvarchar);
  if (rules.unknowns_as_longvarchar) {
    message.set_unknowns_as_longvarchar(*rules.unknowns_as_longvarchar);
  }
  if (rules.bytea_as_longvarbinary) {
    message.set_bytea_as_longvarbinary(*rules.bytea_as_longvarbinary);
  }
  return message;
}

void Apply(const TypeRules& rules, v1::Engine engine, v1::Column& column) {
  if (rules == TypeRules()) return;
  if (engine != v1::ENGINE_POSTGRES) {
    if (!rules.no_bigint || column.sql_type() != v1::SQLTYPE_BIGINT) return;
    column.set_sql_type(v1::SQLTYPE_INTEGER);
    column.set_size(kIntegerDigits);
    return;
  }
  const auto type =
      Rule(rules, column.type_name(), {column.sql_type(), column.size()}, column.is_default_size());
  column.set_sql_type(type.sql_type);
  column.set_size(type.size);
}

// The server tells no size of a parameter.
void Apply(const TypeRules& rules, v1::Parameter& parameter) {
  if (rules == TypeRules()) return;
  const bool is_default =
      parameter.size() == kDefaultMaxVarcharSize || parameter.size() == kDefaultMaxLongVarcharSize;
  const auto type =
      Rule(rules, parameter.type_name(), {parameter.sql_type(), parameter.size()}, is_default);
  parameter.set_sql_type(type.sql_type);
  parameter.set_size(type.size);
}

}  // namespace sluice::driver::info
