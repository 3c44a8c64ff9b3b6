#include "relay_server/session/hold_set.h"

#include <algorithm>
#include <utility>

namespace sluice::relay::session {

using dialect::Hold;
using dialect::HoldKind;

namespace {

// More of them are only counted: the text is for people.
constexpr std::size_t kNamedHolds = 8;

}  // namespace

bool HoldSet::empty() const {
  return std::ranges::all_of(holds_, [](const Entry& entry) { return entry.ended; });
}

void HoldSet::Take(Hold hold, const std::string& catalog, bool in_transaction) {
  hold.parameter = -1;
  // LOCK TABLES gives up what it had locked before.
  if (hold.kind == HoldKind::kTableLock) EndKind(hold.kind);
  const auto same = [&](const Entry& entry) {
    return entry.hold == hold && entry.catalog == catalog;
  };
  if (const auto found = std::ranges::find_if(holds_, same); found != holds_.end()) {
    found->ended = false;
    return;
  }
  holds_.push_back({.hold = std::move(hold), .catalog = catalog, .in_transaction = in_transaction});
}

void HoldSet::End(v1::Engine engine, const dialect::HoldEnd& end, const std::string& catalog) {
  if (end.all) return EndKind(end.kind);
  const bool in_catalog = end.kind == HoldKind::kTemporaryTable;
  const auto found = std::ranges::find_if(holds_, [&](const Entry& entry) {
    return entry.hold.kind == end.kind && entry.hold.name == end.name &&
           (!in_catalog || entry.catalog == catalog);
  });
  if (found == holds_.end()) return;
  if (!end.renamed_to.empty()) {
    found->hold.name = end.renamed_to;
  } else if (engine == v1::ENGINE_MYSQL && dialect::IsVisible(engine, found->hold)) {
    found->ended = true;
  } else {
    holds_.erase(found);
  }
}

void HoldSet::EndKind(HoldKind kind) {
  std::erase_if(holds_, [kind](const Entry& entry) { return entry.hold.kind == kind; });
}

void HoldSet::EndAll() {
  std::erase_if(holds_, [](const Entry& entry) {
    return entry.hold.kind != HoldKind::kOther && entry.hold.kind != HoldKind::kLink;
  });
}

bool HoldSet::EndTransaction(v1::Engine engine, bool committed) {
  EndKind(HoldKind::kNextTransaction);
  bool some = false;
  for (auto entry = holds_.begin(); entry != holds_.end();) {
    const bool undone =
        entry->in_transaction && !committed && dialect::IsTransactional(engine, entry->hold.kind);
    entry->in_transaction = false;
    some = some || undone;
    entry = undone ? holds_.erase(entry) : entry + 1;
  }
  return some;
}

void HoldSet::Settle(v1::Engine engine, const std::vector<Hold>& found) {
  std::erase_if(holds_, [&](const Entry& entry) {
    const bool was_text = entry.hold.kind == HoldKind::kDoBlock;
    return was_text || (dialect::IsVisible(engine, entry.hold) &&
                        std::ranges::find(found, entry.hold) == found.end());
  });
  for (Entry& entry : holds_) entry.ended = false;
  for (const Hold& hold : found) {
    const auto same = [&](const Entry& entry) { return entry.hold == hold; };
    if (std::ranges::find_if(holds_, same) == holds_.end()) holds_.push_back({.hold = hold});
  }
}

std::vector<Hold> HoldSet::candidates() const {
  std::vector<Hold> holds;
  for (const Entry& entry : holds_) holds.push_back(entry.hold);
  return holds;
}

std::set<HoldKind> HoldSet::kinds() const {
  std::set<HoldKind> kinds;
  for (const Entry& entry : holds_) {
    if (!entry.ended) kinds.insert(entry.hold.kind);
  }
  return kinds;
}

std::string HoldSet::text() const {
  std::string text;
  std::size_t count = 0;
  for (const Entry& entry : holds_) {
    if (entry.ended || ++count > kNamedHolds) continue;
    if (!text.empty()) text += ", ";
    text += dialect::HoldText(entry.hold);
  }
  if (count > kNamedHolds) text += " and " + std::to_string(count - kNamedHolds) + " more";
  return text;
}

}  // namespace sluice::relay::session
