#include "relay_server/dialect/hold_words.h"

#include <algorithm>
#include <utility>

#include "relay_server/dialect/names.h"

namespace sluice::relay::dialect {
namespace {

std::size_t CountWords(std::string_view words) {
  return static_cast<std::size_t>(std::ranges::count(words, ' ')) + 1;
}

// The arguments as a name: a string without its quotes, numbers as they are; or the marker that
// tells it. Neither: it is computed.
struct CallArgument {
  std::string name = {};
  int parameter = -1;
};

// `markers`: how many stand in front of the parenthesis at `open`.
CallArgument ReadArgument(const StatementWords& words, std::size_t open, HoldKind kind,
                          int markers) {
  const std::size_t close = words.FindClose(open);
  const std::size_t begin = open + 1;
  if (begin >= close) return {};
  if (words.IsSymbol(begin, '?')) return {.parameter = markers};
  const bool first_only = kind == HoldKind::kNamedLock || kind == HoldKind::kLink;
  std::size_t end = begin;
  while (end < close && !(first_only && words.IsSymbol(end, ','))) {
    if (!IsLiteral(words[end]) && !words.IsSymbol(end, ',')) return {};
    ++end;
  }
  const bool alone = kind == HoldKind::kLink && end == close;  // the connection without a name
  if (alone) return {};
  if (end - begin == 1) return {.name = std::string(Unquoted(words[begin]))};
  return first_only ? CallArgument() : CallArgument{.name = TextOf(words, begin, end)};
}

}  // namespace

void Take(HoldChanges& changes, HoldKind kind, std::string name) {
  changes.takes.push_back({kind, std::move(name)});
}

void End(HoldChanges& changes, HoldKind kind, std::string name) {
  const bool all = name.empty();
  changes.ends.push_back({.kind = kind, .name = std::move(name), .all = all});
}

std::string LastPart(const std::string& name) { return name.substr(name.rfind('.') + 1); }

bool IsTemporaryWord(const StatementWords& words, std::size_t index) {
  return words.IsWord(index, "TEMP") || words.IsWord(index, "TEMPORARY");
}

bool NamesFunction(const StatementWords& words, std::size_t index, std::string_view upper) {
  if (index >= words.size() || words[index].kind != TokenKind::kQuotedIdentifier) {
    return words.IsWord(index, upper);
  }
  return Unquoted(words[index]) == LowerCase(upper);
}

std::size_t SkipIfExists(const StatementWords& words, std::size_t index) {
  if (!words.IsWord(index, "IF")) return index;
  index += words.IsWord(index + 1, "NOT") ? 2 : 1;
  return words.IsWord(index, "EXISTS") ? index + 1 : index;
}

void ReadStart(const StatementWords& words, std::span<const StartRow> table, bool fold,
               HoldChanges& changes) {
  for (const StartRow& row : table) {
    if (!words.StartsWith(row.words)) continue;
    std::size_t index = words.first() + CountWords(row.words);
    const bool all = words.IsWord(index, "ALL") || words.IsSymbol(index, '*');
    std::string name = all ? "" : DottedName(words, index, fold);
    if (row.takes) {
      Take(changes, row.kind, std::move(name));
    } else {
      End(changes, row.kind, std::move(name));
    }
    return;
  }
}

void ReadCalls(const StatementWords& words, std::span<const CallRow> table, HoldChanges& changes) {
  int markers = 0;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words.IsSymbol(i, '?')) ++markers;
    if (!words.IsSymbol(i + 1, '(')) continue;
    for (const CallRow& row : table) {
      if (!NamesFunction(words, i, row.function)) continue;
      auto [name, parameter] = ReadArgument(words, i + 1, row.kind, markers);
      if (row.effect == CallRow::Effect::kTakes || row.effect == CallRow::Effect::kTries) {
        changes.takes.push_back({row.kind, std::move(name), parameter});
      } else {
        changes.ends.push_back({.kind = row.kind,
                                .name = std::move(name),
                                .all = row.effect == CallRow::Effect::kEndsAll,
                                .parameter = parameter});
      }
      // A row that there is not takes no lock.
      const bool certain =
          row.effect == CallRow::Effect::kTakes && row.kind != HoldKind::kAdvisoryLock;
      if (!certain) changes.ask = true;
    }
  }
}

void ReadDrop(const StatementWords& words, bool fold, HoldChanges& changes) {
  std::size_t index = words.first() + 1;
  if (IsTemporaryWord(words, index)) ++index;
  constexpr std::string_view kObjects[] = {"TABLE", "TABLES", "VIEW", "SEQUENCE"};
  const bool object = std::ranges::any_of(
      kObjects, [&](std::string_view word) { return words.IsWord(index, word); });
  if (!object) return;
  index = SkipIfExists(words, index + 1);
  for (;;) {
    std::string name = DottedName(words, index, fold);
    if (name.empty()) return;
    End(changes, HoldKind::kTemporaryTable, fold ? LastPart(name) : std::move(name));
    if (!words.IsSymbol(index, ',')) return;
    ++index;
  }
}

}  // namespace sluice::relay::dialect
