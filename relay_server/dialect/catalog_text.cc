#include "relay_server/dialect/catalog_text.h"

#include <cassert>

#include "relay_server/dialect/dialect.h"

namespace sluice::relay::dialect {
namespace {

using enum ResultType;

// {name, type, whether it is never NULL, name for ODBC 2 applications where it was another}
constexpr bool kNotNull = true;
constexpr bool kMayBeNull = false;

constexpr ResultColumn kTables[] = {{"TABLE_CAT", kName, kMayBeNull, "TABLE_QUALIFIER"},
                                    {"TABLE_SCHEM", kName, kMayBeNull, "TABLE_OWNER"},
                                    {"TABLE_NAME", kName},
                                    {"TABLE_TYPE", kName},
                                    {"REMARKS", kText}};

constexpr ResultColumn kColumns[] = {{"TABLE_CAT", kName, kMayBeNull, "TABLE_QUALIFIER"},
                                     {"TABLE_SCHEM", kName, kMayBeNull, "TABLE_OWNER"},
                                     {"TABLE_NAME", kName, kNotNull},
                                     {"COLUMN_NAME", kName, kNotNull},
                                     {"DATA_TYPE", kSmallint, kNotNull},
                                     {"TYPE_NAME", kName, kNotNull},
                                     {"COLUMN_SIZE", kInteger, kMayBeNull, "PRECISION"},
                                     {"BUFFER_LENGTH", kInteger, kMayBeNull, "LENGTH"},
                                     {"DECIMAL_DIGITS", kSmallint, kMayBeNull, "SCALE"},
                                     {"NUM_PREC_RADIX", kSmallint, kMayBeNull, "RADIX"},
                                     {"NULLABLE", kSmallint, kNotNull},
                                     {"REMARKS", kText},
                                     {"COLUMN_DEF", kText},
                                     {"SQL_DATA_TYPE", kSmallint, kNotNull},
                                     {"SQL_DATETIME_SUB", kSmallint},
                                     {"CHAR_OCTET_LENGTH", kInteger},
                                     {"ORDINAL_POSITION", kInteger, kNotNull},
                                     {"IS_NULLABLE", kName}};

constexpr ResultColumn kPrimaryKeys[] = {{"TABLE_CAT", kName, kMayBeNull, "TABLE_QUALIFIER"},
                                         {"TABLE_SCHEM", kName, kMayBeNull, "TABLE_OWNER"},
                                         {"TABLE_NAME", kName, kNotNull},
                                         {"COLUMN_NAME", kName, kNotNull},
                                         {"KEY_SEQ", kSmallint, kNotNull},
                                         {"PK_NAME", kName}};

constexpr ResultColumn kForeignKeys[] = {{"PKTABLE_CAT", kName, kMayBeNull, "PKTABLE_QUALIFIER"},
                                         {"PKTABLE_SCHEM", kName, kMayBeNull, "PKTABLE_OWNER"},
                                         {"PKTABLE_NAME", kName, kNotNull},
                                         {"PKCOLUMN_NAME", kName, kNotNull},
                                         {"FKTABLE_CAT", kName, kMayBeNull, "FKTABLE_QUALIFIER"},
                                         {"FKTABLE_SCHEM", kName, kMayBeNull, "FKTABLE_OWNER"},
                                         {"FKTABLE_NAME", kName, kNotNull},
                                         {"FKCOLUMN_NAME", kName, kNotNull},
                                         {"KEY_SEQ", kSmallint, kNotNull},
                                         {"UPDATE_RULE", kSmallint},
                                         {"DELETE_RULE", kSmallint},
                                         {"FK_NAME", kName},
                                         {"PK_NAME", kName},
                                         {"DEFERRABILITY", kSmallint}};

// COLUMN_NAME may be the expression of an index.
constexpr ResultColumn kStatistics[] = {{"TABLE_CAT", kName, kMayBeNull, "TABLE_QUALIFIER"},
                                        {"TABLE_SCHEM", kName, kMayBeNull, "TABLE_OWNER"},
                                        {"TABLE_NAME", kName, kNotNull},
                                        {"NON_UNIQUE", kSmallint},
                                        {"INDEX_QUALIFIER", kName},
                                        {"INDEX_NAME", kName},
                                        {"TYPE", kSmallint, kNotNull},
                                        {"ORDINAL_POSITION", kSmallint, kMayBeNull, "SEQ_IN_INDEX"},
                                        {"COLUMN_NAME", kText},
                                        {"ASC_OR_DESC", kFlag, kMayBeNull, "COLLATION"},
                                        {"CARDINALITY", kInteger},
                                        {"PAGES", kInteger},
                                        {"FILTER_CONDITION", kText}};

constexpr ResultColumn kSpecialColumns[] = {{"SCOPE", kSmallint},
                                            {"COLUMN_NAME", kName, kNotNull},
                                            {"DATA_TYPE", kSmallint, kNotNull},
                                            {"TYPE_NAME", kName, kNotNull},
                                            {"COLUMN_SIZE", kInteger, kMayBeNull, "PRECISION"},
                                            {"BUFFER_LENGTH", kInteger, kMayBeNull, "LENGTH"},
                                            {"DECIMAL_DIGITS", kSmallint, kMayBeNull, "SCALE"},
                                            {"PSEUDO_COLUMN", kSmallint}};

constexpr ResultColumn kProcedures[] = {{"PROCEDURE_CAT", kName, kMayBeNull, "PROCEDURE_QUALIFIER"},
                                        {"PROCEDURE_SCHEM", kName, kMayBeNull, "PROCEDURE_OWNER"},
                                        {"PROCEDURE_NAME", kName, kNotNull},
                                        {"NUM_INPUT_PARAMS", kInteger},
                                        {"NUM_OUTPUT_PARAMS", kInteger},
                                        {"NUM_RESULT_SETS", kInteger},
                                        {"REMARKS", kText},
                                        {"PROCEDURE_TYPE", kSmallint}};

constexpr ResultColumn kProcedureColumns[] = {
    {"PROCEDURE_CAT", kName, kMayBeNull, "PROCEDURE_QUALIFIER"},
    {"PROCEDURE_SCHEM", kName, kMayBeNull, "PROCEDURE_OWNER"},
    {"PROCEDURE_NAME", kName, kNotNull},
    {"COLUMN_NAME", kName, kNotNull},
    {"COLUMN_TYPE", kSmallint, kNotNull},
    {"DATA_TYPE", kSmallint, kNotNull},
    {"TYPE_NAME", kName, kNotNull},
    {"COLUMN_SIZE", kInteger, kMayBeNull, "PRECISION"},
    {"BUFFER_LENGTH", kInteger, kMayBeNull, "LENGTH"},
    {"DECIMAL_DIGITS", kSmallint, kMayBeNull, "SCALE"},
    {"NUM_PREC_RADIX", kSmallint, kMayBeNull, "RADIX"},
    {"NULLABLE", kSmallint, kNotNull},
    {"REMARKS", kText},
    {"COLUMN_DEF", kText},
    {"SQL_DATA_TYPE", kSmallint, kNotNull},
    {"SQL_DATETIME_SUB", kSmallint},
    {"CHAR_OCTET_LENGTH", kInteger},
    {"ORDINAL_POSITION", kInteger, kNotNull},
    {"IS_NULLABLE", kName}};

constexpr ResultColumn kTablePrivileges[] = {{"TABLE_CAT", kName, kMayBeNull, "TABLE_QUALIFIER"},
                                             {"TABLE_SCHEM", kName, kMayBeNull, "TABLE_OWNER"},
                                             {"TABLE_NAME", kName, kNotNull},
                                             {"GRANTOR", kAccount},
                                             {"GRANTEE", kAccount, kNotNull},
                                             {"PRIVILEGE", kName, kNotNull},
                                             {"IS_GRANTABLE", kName}};

constexpr ResultColumn kColumnPrivileges[] = {{"TABLE_CAT", kName, kMayBeNull, "TABLE_QUALIFIER"},
                                              {"TABLE_SCHEM", kName, kMayBeNull, "TABLE_OWNER"},
                                              {"TABLE_NAME", kName, kNotNull},
                                              {"COLUMN_NAME", kName, kNotNull},
                                              {"GRANTOR", kAccount},
                                              {"GRANTEE", kAccount, kNotNull},
                                              {"PRIVILEGE", kName, kNotNull},
                                              {"IS_GRANTABLE", kName}};

// How a column is described, by ResultType.
struct ResultDescription {
  v1::SqlType sql_type;
  std::uint64_t size;
};
constexpr ResultDescription kDescriptions[] = {
    {v1::SQLTYPE_VARCHAR, 128}, {v1::SQLTYPE_VARCHAR, 4000}, {v1::SQLTYPE_SMALLINT, 5},
    {v1::SQLTYPE_INTEGER, 10},  {v1::SQLTYPE_VARCHAR, 512},  {v1::SQLTYPE_CHAR, 1}};
static_assert(std::size(kDescriptions) == kResultTypeCount);

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

// A backslash in front of anything but a wildcard or itself is a character like any other.
bool EscapesNext(std::string_view pattern, std::size_t i) {
  return pattern[i] == '\\' && i + 1 < pattern.size() &&
         std::string_view("%_\\").find(pattern[i + 1]) != std::string_view::npos;
}

bool HasWildcard(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (EscapesNext(pattern, i)) {
      ++i;
    } else if (pattern[i] == '%' || pattern[i] == '_') {
      return true;
    }
  }
  return false;
}

// The name that a pattern without wildcards stands for.
std::string Unescape(std::string_view pattern) {
  std::string name;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (EscapesNext(pattern, i)) ++i;
    name += pattern[i];
  }
  return name;
}

// A quoted identifier is taken as it stands; others fold where the database folds them.
bool IsQuoted(std::string_view identifier, const CatalogSyntax& syntax) {
  return identifier.size() >= 2 && identifier.front() == syntax.identifier_quote &&
         identifier.back() == identifier.front();
}

std::string IdentifierName(std::string_view identifier, const CatalogSyntax& syntax) {
  std::string name;
  if (IsQuoted(identifier, syntax)) {
    for (std::size_t i = 1; i + 1 < identifier.size(); ++i) {
      name += identifier[i];
      if (identifier[i] == syntax.identifier_quote) ++i;
    }
    return name;
  }
  name = identifier;
  for (char& c : name) c = syntax.folds_to_lower ? ToLower(c) : c;
  return name;
}

// The pattern with | for an escape character: whether a backslash is one in LIKE, and in a literal,
// depends on settings of the session.
constexpr char kLikeEscape = '|';
std::string LikePattern(std::string_view pattern) {
  std::string like;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool escapes = EscapesNext(pattern, i);
    if (escapes) ++i;
    const bool wildcard = pattern[i] == '%' || pattern[i] == '_';
    if (pattern[i] == kLikeEscape || (escapes && wildcard)) like += kLikeEscape;
    like += pattern[i];
  }
  return like;
}

std::string HexLiteral(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string literal = "_utf8mb4 0x";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    literal += kDigits[octet >> 4];
    literal += kDigits[octet & 15];
  }
  return literal;
}

}  // namespace

std::string Literal(std::string_view text, const CatalogSyntax& syntax) {
  text = text.substr(0, text.find('\0'));
  // What a backslash means in '…' depends on settings of the session: there are forms that do not.
  const bool backslash = text.find('\\') != std::string_view::npos;
  if (backslash && syntax.hexadecimal_literals) return HexLiteral(text);
  std::string literal = backslash ? "E'" : "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') literal += c;
    literal += c;
  }
  return literal + "'";
}

std::optional<std::string> ExactName(const Argument& argument, bool metadata_id,
                                     const CatalogSyntax& syntax) {
  if (!argument.value || (argument.value->empty() && argument.empty_is_any)) return std::nullopt;
  const std::string& value = *argument.value;
  if (metadata_id) {
    const std::string_view identifier = TrimRight(value);
    if (!syntax.folds_to_lower && !IsQuoted(identifier, syntax)) return std::nullopt;
    return IdentifierName(identifier, syntax);
  }
  if (argument.kind == ArgumentKind::kOrdinary) return value;
  if (HasWildcard(value)) return std::nullopt;
  return Unescape(value);
}

std::optional<std::string> NameMeant(const Argument& argument, bool metadata_id,
                                     const CatalogSyntax& syntax) {
  auto name = ExactName(argument, metadata_id, syntax);
  const bool pattern = argument.value && argument.kind == ArgumentKind::kPattern && !metadata_id;
  if (name || !pattern || argument.value->find('%') != std::string::npos) return name;
  return argument.value->empty() ? std::nullopt : std::optional(Unescape(*argument.value));
}

std::string Condition(const Argument& argument, bool metadata_id, const CatalogSyntax& syntax) {
  if (!argument.value) return {};
  const std::string& value = *argument.value;
  if (value.empty() && argument.empty_is_any) return {};
  const std::string column(argument.column);
  if (const auto name = ExactName(argument, metadata_id, syntax)) {
    return " AND " + column + " = " + Literal(*name, syntax);
  }
  if (metadata_id) {
    return " AND lower(" + column + ") = lower(" + Literal(TrimRight(value), syntax) + ")";
  }
  if (value.find_first_not_of('%') == std::string::npos) return {};
  return " AND " + column + " LIKE " + Literal(LikePattern(value), syntax) + " ESCAPE '" +
         kLikeEscape + "'";
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

ArgumentKind TablesCatalogKind(const v1::Catalog& request) {
  const bool literal = request.odbc2() && request.catalog() != "%";
  return literal ? ArgumentKind::kOrdinary : ArgumentKind::kPattern;
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

int TypeCode(int data_type, const v1::Catalog& request) {
  struct Codes {
    int wide;
    int narrow;
  };
  constexpr Codes kText[] = {{-8, 1}, {-9, 12}, {-10, -1}};
  for (const Codes& codes : kText) {
    if (request.narrow_text() && codes.wide == data_type) return codes.narrow;
  }
  return WideTypeCode(data_type, request);
}

int WideTypeCode(int data_type, const v1::Catalog& request) {
  constexpr int kFirstDatetime = 91;
  constexpr int kLastDatetime = 93;
  const bool datetime = data_type >= kFirstDatetime && data_type <= kLastDatetime;
  return datetime && request.odbc2() ? data_type - kFirstDatetime + 9 : data_type;
}

void DescribeMysqlTables(std::vector<v1::Column>& columns) {
  struct Description {
    std::uint64_t size;
    bool not_null;
  };
  // There are no schemas.
  constexpr Description kDescribed[] = {
      {64, true}, {0, false}, {64, true}, {64, true}, {2048, true}};
  assert(columns.size() == std::size(kDescribed));
  for (std::size_t i = 0; i < columns.size(); ++i) {
    columns[i].set_size(kDescribed[i].size);
    columns[i].set_nullability(kDescribed[i].not_null ? v1::NULLABILITY_NO_NULLS
                                                      : v1::NULLABILITY_NULLABLE);
  }
}

void DescribeCatalogResult(v1::Catalog::Function function, bool odbc2,
                           std::vector<v1::Column>& columns) {
  const auto declared = ResultColumns(function);
  assert(columns.size() == declared.size());
  for (std::size_t i = 0; i < declared.size(); ++i) {
    const ResultColumn& column = declared[i];
    const auto& [sql_type, size] = kDescriptions[static_cast<std::size_t>(column.type)];
    const auto name = odbc2 && !column.odbc2_name.empty() ? column.odbc2_name : column.name;
    columns[i].set_name(std::string(name));
    columns[i].set_sql_type(sql_type);
    columns[i].set_size(size);
    // The system tables behind a catalogue function are of no interest.
    columns[i].clear_schema();
    columns[i].clear_table();
    columns[i].clear_base_column();
    columns[i].clear_table_label();
    columns[i].clear_catalog();
    columns[i].set_scale(0);
    columns[i].set_is_unsigned(false);
    columns[i].set_nullability(column.not_null ? v1::NULLABILITY_NO_NULLS
                                               : v1::NULLABILITY_NULLABLE);
  }
}

std::string SelectList(v1::Catalog::Function function,
                       std::initializer_list<std::string_view> expressions,
                       std::span<const std::string_view, kResultTypeCount> type_names,
                       char identifier_quote) {
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
