#include "odbc_driver/client/stream_cache.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "odbc_driver/client/per_process.h"

namespace sluice::driver::client {

StreamCache& StreamCache::OfProcess() {
  static constinit PerProcess<StreamCache> cache;
  return cache.Get();
}

void StreamCache::Discard(StreamCache& inherited) {
  // A thread that the child lacks may have held the lock: the map may be half changed then, and
  // its descriptors stay open until the child ends.
  const std::unique_lock lock(inherited.mutex_, std::try_to_lock);
  if (!lock) return;
  for (auto& [key, entries] : inherited.entries_) {
    for (Entry& entry : entries) AbandonInherited(std::move(entry.stream));
  }
  inherited.entries_.clear();
}

std::optional<Stream> StreamCache::Take(const std::string& key) {
  std::vector<Entry> expired;  // destroyed, and so closed, after the lock is gone
  std::vector<Stream> dead;
  const std::lock_guard lock(mutex_);
  expired = RemoveExpired();
  const auto found = entries_.find(key);
  while (found != entries_.end() && !found->second.empty()) {
    Stream stream = std::move(found->second.back().stream);
    found->second.pop_back();
    if (!stream.channel->IsDead()) return stream;
    dead.push_back(std::move(stream));
  }
  return std::nullopt;
}

void StreamCache::Put(Stream stream) {
  std::vector<Entry> removed;
  const std::lock_guard lock(mutex_);
  removed = RemoveExpired();
  std::vector<Entry>& entries = entries_[stream.cache_key];
  if (entries.size() >= kMaxPerKey) {
    removed.push_back(std::move(entries.front()));
    entries.erase(entries.begin());
  }
  entries.push_back({std::move(stream), wire::DeadlineAfter(kMaxIdle)});
}

void StreamCache::Forget(const std::string& key) {
  std::vector<Entry> removed;
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  removed = std::move(found->second);
  entries_.erase(found);
}

std::vector<StreamCache::Entry> StreamCache::RemoveExpired() {
  std::vector<Entry> removed;
  for (auto it = entries_.begin(); it != entries_.end();) {
    std::vector<Entry>& entries = it->second;
    const auto alive = std::find_if(entries.begin(), entries.end(), [](const Entry& entry) {
      return !wire::HasPassed(entry.expiry);
    });
    std::move(entries.begin(), alive, std::back_inserter(removed));
    entries.erase(entries.begin(), alive);
    it = entries.empty() ? entries_.erase(it) : std::next(it);
  }
  return removed;
}

}  // namespace sluice::driver::client
