#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace sluice::relay::backend::postgres {

// A map from SQL text with a limit: the entry that was not asked for longest makes room. Not
// thread-safe.
template <typename Value>
class LruMap {
 public:
  explicit LruMap(std::size_t limit) : limit_(limit) {}

  // Null: there is none. The pointer is good until the next Put or Remove.
  Value* Find(std::string_view key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->second;
  }

  // Adds or replaces; returns the value that had to go.
  std::optional<Value> Put(std::string_view key, Value value) {
    std::optional<Value> displaced = Remove(key);
    if (!displaced && entries_.size() >= limit_) displaced = Remove(entries_.back().first);
    entries_.emplace_front(std::string(key), std::move(value));
    index_.emplace(entries_.front().first, entries_.begin());
    return displaced;
  }

  std::optional<Value> Remove(std::string_view key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return std::nullopt;
    const auto entry = found->second;
    std::optional<Value> value(std::move(entry->second));
    index_.erase(found);
    entries_.erase(entry);
    return value;
  }

  void Clear() {
    index_.clear();
    entries_.clear();
  }

  std::size_t size() const { return entries_.size(); }
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const auto& [key, value] : entries_) visit(value);
  }

 private:
  using Entries = std::list<std::pair<std::string, Value>>;
  const std::size_t limit_;
  Entries entries_;  // the one asked for last comes first
  std::unordered_map<std::string_view, typename Entries::iterator> index_;  // keys live in entries_
};

}  // namespace sluice::relay::backend::postgres
