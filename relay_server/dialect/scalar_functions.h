#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

// The scalar functions of ODBC (reference, appendix E) as tables: what each becomes in the
// database's own SQL.

namespace sluice::relay::dialect {

// Takes everything between the parentheses as %1, commas or not: POSITION(a IN b).
inline constexpr int kWholeText = -1;

// Rows of one name differ in the number of arguments or in the keyword that one argument must be
// (the interval of TIMESTAMPADD, the type of CONVERT).
struct ScalarFunction {
  std::string_view name;
  int argument_count;
  std::string_view pattern;  // %1 … %9 stand for the arguments
  int keyword_argument = 0;  // 1-based; 0: none
  std::string_view keyword = {};
  bool only_markers = false;  // for calls with a parameter marker in each argument
};

std::span<const ScalarFunction> PostgresScalarFunctions();
std::span<const ScalarFunction> MysqlScalarFunctions();

// One translated argument of a call.
struct ScalarArgument {
  std::string text;
  bool has_marker = false;  // contains a parameter marker
};

// The call in native SQL. A function that the table does not know, or not with these arguments, is
// the database's own and stays as it is. `whole` is the text between the parentheses. Where markers
// are known by position alone (`positional_markers`: MySQL's ?), a pattern that would repeat or
// reorder one throws TranslationError HYC00.
std::string ExpandScalarFunction(std::span<const ScalarFunction> table, std::string_view name,
                                 std::span<const ScalarArgument> arguments, std::string_view whole,
                                 bool positional_markers);

}  // namespace sluice::relay::dialect
