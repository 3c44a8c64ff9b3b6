#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/v1/session.pb.h"

// Pieces that the catalogue functions' queries are put together from: literals, the conditions that
// arguments make, result columns, tables of constants.

namespace sluice::relay::dialect {

// What kind of argument it is (ODBC reference, "Arguments in Catalog Functions").
enum class ArgumentKind {
  kOrdinary,  // compared as it is
  kPattern,   // % and _ are wildcards, \ escapes them
};

// The code of a type as the request wants it: SQL_WCHAR, SQL_WVARCHAR and SQL_WLONGVARCHAR become
// SQL_CHAR, SQL_VARCHAR and SQL_LONGVARCHAR for an application without Unicode, and the codes of
// dates and times (91 …) those of ODBC 2 (9 …).
int TypeCode(int data_type, const v1::Catalog& request);
// The same without regard to narrow_text.
int WideTypeCode(int data_type, const v1::Catalog& request);

// How one database writes what the arguments need.
struct CatalogSyntax {
  bool hexadecimal_literals;  // text can be written as hexadecimal digits
  bool folds_to_lower;        // an identifier without quotes is in lower case
  char identifier_quote;
};

inline constexpr CatalogSyntax kPostgresCatalogSyntax{false, true, '"'};
inline constexpr CatalogSyntax kMysqlCatalogSyntax{true, false, '`'};

// A literal that reads back as the text. A NUL ends the text: neither database can have one in a
// name.
std::string Literal(std::string_view text, const CatalogSyntax& syntax);

// " AND column = …", or " AND column LIKE …" for a pattern with wildcards, or "" when the argument
// restricts nothing: absent, "%", or for `empty_is_any` the empty string. With `metadata_id` it is
// an identifier whatever its kind: without quotes its case does not matter, blanks at the end go.
struct Argument {
  std::string_view column;
  std::optional<std::string> value;
  ArgumentKind kind = ArgumentKind::kOrdinary;
  bool empty_is_any = false;
};
std::string Condition(const Argument& argument, bool metadata_id, const CatalogSyntax& syntax);

// The one name that the argument stands for; nothing for wildcards, and for an identifier whose
// case does not matter.
std::optional<std::string> ExactName(const Argument& argument, bool metadata_id,
                                     const CatalogSyntax& syntax);

// The same for a pattern that has no % but in which a _ may have been left as it is: applications
// hardly ever escape the underscores of a name.
std::optional<std::string> NameMeant(const Argument& argument, bool metadata_id,
                                     const CatalogSyntax& syntax);

// The argument, if it is present.
template <typename Has, typename Value>
std::optional<std::string> Present(Has has, const Value& value) {
  if (!has) return std::nullopt;
  return std::string(value);
}

// SQLTables' TableType: names with commas between them, in quotes or not; capitals. Empty: any
// type.
std::vector<std::string> ParseTableTypes(std::string_view list);

// SQLTables' catalogue is a pattern, but for ODBC 2 applications: to them only "%" alone is.
ArgumentKind TablesCatalogKind(const v1::Catalog& request);

// The columns of a catalogue function's result, with types that do not depend on the data.
enum class ResultType {
  kName,
  kText,
  kSmallint,
  kInteger,
  kAccount,  // of a user; MySQL's have a host name in them
  kFlag,     // one character
};
inline constexpr std::size_t kResultTypeCount = 6;
struct ResultColumn {
  std::string_view name;
  ResultType type;
  bool not_null = false;
  std::string_view odbc2_name = {};  // empty: the same
};
std::span<const ResultColumn> ResultColumns(v1::Catalog::Function function);

// "SELECT CAST(<expression> AS <type>) AS "NAME", …": one expression per result column.
// `type_names` is indexed by ResultType; a type name that is empty leaves the expression as it is.
std::string SelectList(v1::Catalog::Function function,
                       std::initializer_list<std::string_view> expressions,
                       std::span<const std::string_view, kResultTypeCount> type_names,
                       char identifier_quote);

}  // namespace sluice::relay::dialect
