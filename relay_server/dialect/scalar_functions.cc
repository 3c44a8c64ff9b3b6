#include "relay_server/dialect/scalar_functions.h"

#include <algorithm>

#include "relay_server/dialect/dialect.h"
#include "relay_server/dialect/lexer.h"

namespace sluice::relay::dialect {
namespace {

bool Matches(const ScalarFunction& row, std::string_view name,
             std::span<const ScalarArgument> arguments) {
  if (!EqualsIgnoreCase(row.name, name)) return false;
  if (row.argument_count == kWholeText) return true;
  if (row.argument_count != static_cast<int>(arguments.size())) return false;
  if (row.only_markers && !std::all_of(arguments.begin(), arguments.end(),
                                       [](const auto& argument) { return argument.has_marker; })) {
    return false;
  }
  if (row.keyword_argument == 0) return true;
  const auto& keyword = arguments[static_cast<std::size_t>(row.keyword_argument - 1)];
  return EqualsIgnoreCase(keyword.text, row.keyword);
}

// Every marker must appear once, in the order it was written, when its place is its only name.
void CheckMarkerOrder(const ScalarFunction& row, std::span<const ScalarArgument> arguments) {
  std::size_t next = 0;
  for (std::size_t i = 0; i + 1 < row.pattern.size(); ++i) {
    if (row.pattern[i] != '%') continue;
    const auto index = static_cast<std::size_t>(row.pattern[i + 1] - '1');
    if (!arguments[index].has_marker) continue;
    if (index < next) {
      throw TranslationError("HYC00", "{fn " + std::string(row.name) +
                                          "} cannot take a parameter marker as argument " +
                                          std::to_string(index + 1) + " on this database");
    }
    next = index + 1;
  }
}

}  // namespace

std::string ExpandScalarFunction(std::span<const ScalarFunction> table, std::string_view name,
                                 std::span<const ScalarArgument> arguments, std::string_view whole,
                                 bool positional_markers) {
  const auto row = std::find_if(table.begin(), table.end(), [&](const ScalarFunction& candidate) {
    return Matches(candidate, name, arguments);
  });
  if (row == table.end()) return std::string(name) + "(" + std::string(whole) + ")";
  const bool takes_whole = row->argument_count == kWholeText;
  if (positional_markers && !takes_whole) CheckMarkerOrder(*row, arguments);

  std::string native;
  for (std::size_t i = 0; i < row->pattern.size(); ++i) {
    const char c = row->pattern[i];
    if (c != '%') {
      native += c;
      continue;
    }
    const auto index = static_cast<std::size_t>(row->pattern[++i] - '1');
    native += takes_whole ? whole : std::string_view(arguments[index].text);
  }
  return native;
}

}  // namespace sluice::relay::dialect
