#include "relay_server/dialect/savepoint.h"

#include <vector>

#include "relay_server/dialect/names.h"

namespace sluice::relay::dialect {
namespace {

// Longer ones are something else; to find that out costs nothing then.
constexpr std::size_t kLongestStatement = 1000;

}  // namespace

std::optional<SavepointStep> FindSavepointStep(std::string_view sql) {
  using Kind = SavepointStep::Kind;
  if (sql.size() > kLongestStatement) return std::nullopt;
  const std::vector<Token> tokens = Tokenize(sql, kPostgresLexicalRules);
  const StatementWords words(tokens);
  std::size_t index = words.first();
  Kind kind = Kind::kSet;
  if (words.StartsWith("ROLLBACK")) {
    kind = Kind::kRollBack;
    ++index;
    if (words.IsWord(index, "WORK") || words.IsWord(index, "TRANSACTION")) ++index;
    if (!words.IsWord(index++, "TO")) return std::nullopt;
  } else if (words.StartsWith("RELEASE")) {
    kind = Kind::kRelease;
    ++index;
  } else if (!words.StartsWith("SAVEPOINT")) {
    return std::nullopt;
  }
  if (words.IsWord(index, "SAVEPOINT") && index + 1 < words.size()) ++index;
  return SavepointStep{.kind = kind, .name = DottedName(words, index, true)};
}

}  // namespace sluice::relay::dialect
