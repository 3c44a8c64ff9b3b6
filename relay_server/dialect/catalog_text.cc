#include "relay_server/dialect/catalog_text.h"

#include <cassert>

#include "relay_server/dialect/dialect.h"

namespace sluice::relay::dialect {
namespace {

using enum ResultType;

constexpr ResultColumn kTables[] = {{"TABLE_CAT", kName},
                                    {"TABLE_SCHEM", kName},
                                    {"TABLE_NAME", kName},
                                    {"TABLE_TYPE", kName},
                                    {"REMARKS", kText}};

constexpr ResultColumn kColumns[] = {{"TABLE_CAT", kName},
                                     {"TABLE_SCHEM", kName},
                                     {"TABLE_NAME", kName},
                                     {"COLUMN_NAME", kName},
                                     {"DATA_TYPE", kSmallint},
                                     {"TYPE_NAME", kName},
                                     {"COLUMN_SIZE", kInteger},
                                     {"BUFFER_LENGTH", kInteger},
                                     {"DECIMAL_DIGITS", kSmallint},
                                     {"NUM_PREC_RADIX", kSmallint},
                                     {"NULLABLE", kSmallint},
                                     {"REMARKS", kText},
                                     {"COLUMN_DEF", kText},
                                     {"SQL_DATA_TYPE", kSmallint},
                                     {"SQL_DATETIME_SUB", kSmallint},
                                     {"CHAR_OCTET_LENGTH", kInteger},
                                     {"ORDINAL_POSITION", kInteger},
                                     {"IS_NULLABLE", kName}};

constexpr ResultColumn kPrimaryKeys[] = {{"TABLE_CAT", kName},   {"TABLE_SCHEM", kName},
                                         {"TABLE_NAME", kName},  {"COLUMN_NAME", kName},
                                         {"KEY_SEQ", kSmallint}, {"PK_NAME", kName}};

constexpr ResultColumn kForeignKeys[] = {
    {"PKTABLE_CAT", kName},     {"PKTABLE_SCHEM", kName},    {"PKTABLE_NAME", kName},
    {"PKCOLUMN_NAME", kName},   {"FKTABLE_CAT", kName},      {"FKTABLE_SCHEM", kName},
    {"FKTABLE_NAME", kName},    {"FKCOLUMN_NAME", kName},    {"KEY_SEQ", kSmallint},
    {"UPDATE_RULE", kSmallint}, {"DELETE_RULE", kSmallint},  {"FK_NAME", kName},
    {"PK_NAME", kName},         {"DEFERRABILITY", kSmallint}};

constexpr ResultColumn kStatistics[] = {
    {"TABLE_CAT", kName},       {"TABLE_SCHEM", kName},          {"TABLE_NAME", kName},
    {"NON_UNIQUE", kSmallint},  {"INDEX_QUALIFIER", kName},      {"INDEX_NAME", kName},
    {"TYPE", kSmallint},        {"ORDINAL_POSITION", kSmallint}, {"COLUMN_NAME", kName},
    {"ASC_OR_DESC", kName},     {"CARDINALITY", kInteger},       {"PAGES", kInteger},
    {"FILTER_CONDITION", kText}};

constexpr ResultColumn kSpecialColumns[] = {
    {"SCOPE", kSmallint},          {"COLUMN_NAME", kName},      {"DATA_TYPE", kSmallint},
    {"TYPE_NAME", kName},          {"COLUMN_SIZE", kInteger},   {"BUFFER_LENGTH", kInteger},
    {"DECIMAL_DIGITS", kSmallint}, {"PSEUDO_COLUMN", kSmallint}};

constexpr ResultColumn kProcedures[] = {{"PROCEDURE_CAT", kName},
                                        {"PROCEDURE_SCHEM", kName},
                                        {"PROCEDURE_NAME", kName},
                                        {"NUM_INPUT_PARAMS", kInteger},
                                        {"NUM_OUTPUT_PARAMS", kInteger},
                                        {"NUM_RESULT_SETS", kInteger},
                                        {"REMARKS", kText},
                                        {"PROCEDURE_TYPE", kSmallint}};

constexpr ResultColumn kProcedureColumns[] = {{"PROCEDURE_CAT", kName},
                                              {"PROCEDURE_SCHEM", kName},
                                              {"PROCEDURE_NAME", kName},
                                              {"COLUMN_NAME", kName},
                                              {"COLUMN_TYPE", kSmallint},
                                              {"DATA_TYPE", kSmallint},
                                              {"TYPE_NAME", kName},
                                              {"COLUMN_SIZE", kInteger},
                                              {"BUFFER_LENGTH", kInteger},
                                              {"DECIMAL_DIGITS", kSmallint},
                                              {"NUM_PREC_RADIX", kSmallint},
                                              {"NULLABLE", kSmallint},
                                              {"REMARKS", kText},
                                              {"COLUMN_DEF", kText},
                                              {"SQL_DATA_TYPE", kSmallint},
                                              {"SQL_DATETIME_SUB", kSmallint},
                                              {"CHAR_OCTET_LENGTH", kInteger},
                                              {"ORDINAL_POSITION", kInteger},
                                              {"IS_NULLABLE", kName}};

constexpr ResultColumn kTablePrivileges[] = {
    {"TABLE_CAT", kName}, {"TABLE_SCHEM", kName}, {"TABLE_NAME", kName},  {"GRANTOR", kName},
    {"GRANTEE", kName},   {"PRIVILEGE", kName},   {"IS_GRANTABLE", kName}};

constexpr ResultColumn kColumnPrivileges[] = {
    {"TABLE_CAT", kName}, {"TABLE_SCHEM", kName}, {"TABLE_NAME", kName}, {"COLUMN_NAME", kName},
    {"GRANTOR", kName},   {"GRANTEE", kName},     {"PRIVILEGE", kName},  {"IS_GRANTABLE", kName}};

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view TrimRight(std::string_view text) {
  const auto last = text.find_last_not_of(kBlanks);
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

std::string_view Trim(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  return first == std::string_view::npos ? std::string_view() : TrimRight(text.substr(first));
}

char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
char ToUpper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

bool HasWildcard(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '%' || pattern[i] == '_') {
      return true;
    }
  }
  return false;
}

// The name that a pattern without wildcards stands for. A backslash in front of anything but a
// wildcard or itself is a character like any other.
std::string Unescape(std::string_view pattern) {
  std::string name;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool escapes = pattern[i] == '\\' && i + 1 < pattern.size() &&
                         std::string_view("%_\\").find(pattern[i + 1]) != std::string_view::npos;
    if (escapes) ++i;
    name += pattern[i];
  }
  return name;
}

std::string IdentifierCondition(const Argument& argument, const CatalogSyntax& syntax) {
  const std::string_view text = TrimRight(*argument.value);
  const std::string column(argument.column);
  if (text.size() >= 2 && text.front() == syntax.identifier_quote && text.back() == text.front()) {
    std::string name;
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
      name += text[i];
      if (text[i] == syntax.identifier_quote) ++i;
    }
    return " AND " + column + " = " + Literal(name, syntax);
  }
  if (!syntax.folds_to_lower) {
    return " AND lower(" + column + ") = lower(" + Literal(text, syntax) + ")";
  }
  std::string name(text);
  for (char& c : name) c = ToLower(c);
  return " AND " + column + " = " + Literal(name, syntax);
}

}  // namespace

std::string Literal(std::string_view text, const CatalogSyntax& syntax) {
  std::string literal = "'";
  for (const char c : text.substr(0, text.find('\0'))) {
    if (c == '\'' || (c == '\\' && syntax.backslash_in_strings)) literal += c;
    literal += c;
  }
  return literal + "'";
}

std::string Condition(const Argument& argument, bool metadata_id, const CatalogSyntax& syntax) {
  if (!argument.value) return {};
  const std::string& value = *argument.value;
  if (value.empty() && argument.empty_is_any) return {};
  if (metadata_id) return IdentifierCondition(argument, syntax);
  const std::string column(argument.column);
  if (argument.kind == ArgumentKind::kOrdinary)
    return " AND " + column + " = " + Literal(value, syntax);
  if (value.find_first_not_of('%') == std::string::npos && !value.empty()) return {};
  if (!HasWildcard(value)) return " AND " + column + " = " + Literal(Unescape(value), syntax);
  return " AND " + column + " LIKE " + Literal(value, syntax);
}

bool IsSpecific(const std::optional<std::string>& value) {
  return value && !value->empty() && !HasWildcard(*value);
}

std::vector<std::string> ParseTableTypes(std::string_view list) {
  std::vector<std::string> types;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view item = Trim(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (item.size() >= 2 && item.front() == '\'' && item.back() == '\'') {
      item = Trim(item.substr(1, item.size() - 2));
    }
    if (item == "%") return {};
    if (item.empty()) continue;
    std::string& type = types.emplace_back(item);
    for (char& c : type) c = ToUpper(c);
  }
  return types;
}

std::span<const ResultColumn> ResultColumns(v1::Catalog::Function function) {
  static constexpr std::span<const ResultColumn> kByFunction[] = {{},
                                                                  kTables,
                                                                  kColumns,
                                                                  kPrimaryKeys,
                                                                  kForeignKeys,
                                                                  kStatistics,
                                                                  kSpecialColumns,
                                                                  kProcedures,
                                                                  kProcedureColumns,
                                                                  kTablePrivileges,
                                                                  kColumnPrivileges};
  const auto index = static_cast<std::size_t>(function);
  assert(index > 0 && index < std::size(kByFunction));
  return kByFunction[index];
}

void DescribeCatalogResult(v1::Catalog::Function function, std::vector<v1::Column>& columns) {
  const auto declared = ResultColumns(function);
  assert(columns.size() == declared.size());
  for (std::size_t i = 0; i < declared.size(); ++i) {
    const ResultType type = declared[i].type;
    columns[i].clear_schema();  // the system tables behind a catalogue function are of no interest
    columns[i].clear_table();
    columns[i].clear_base_column();
    columns[i].clear_table_label();
    columns[i].clear_catalog();
    if (type != kSmallint && type != kInteger) continue;
    columns[i].set_sql_type(type == kSmallint ? v1::SQLTYPE_SMALLINT : v1::SQLTYPE_INTEGER);
    columns[i].set_is_unsigned(false);
    columns[i].set_scale(0);
  }
}

std::string SelectList(v1::Catalog::Function function,
                       std::initializer_list<std::string_view> expressions,
                       std::span<const std::string_view, 4> type_names, char identifier_quote) {
  const auto columns = ResultColumns(function);
  assert(columns.size() == expressions.size());
  std::string list = "SELECT ";
  std::size_t i = 0;
  for (const std::string_view expression : expressions) {
    const ResultColumn& column = columns[i];
    const std::string_view type = type_names[static_cast<std::size_t>(column.type)];
    if (i++ > 0) list += ", ";
    if (type.empty()) {
      list += expression;
    } else {
      list.append("CAST(").append(expression).append(" AS ").append(type).append(")");
    }
    list.append(" AS ").append(1, identifier_quote).append(column.name).append(1, identifier_quote);
  }
  return list;
}

}  // namespace sluice::relay::dialect
