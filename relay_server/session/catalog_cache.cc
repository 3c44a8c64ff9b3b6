#include "relay_server/session/catalog_cache.h"

#include <iterator>
#include <utility>

namespace sluice::relay::session {

std::shared_ptr<const CatalogAnswer> CatalogCache::Find(const std::string& key, Time now) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found != by_key_.end() && now - found->second->stored_at > limits_.age) {
    Drop(found->second);
  } else if (found != by_key_.end()) {
    ++stats_.hits;
    entries_.splice(entries_.begin(), entries_, found->second);
    return entries_.front().answer;
  }
  ++stats_.misses;
  return nullptr;
}

std::uint64_t CatalogCache::generation() const {
  const std::lock_guard lock(mutex_);
  return generation_;
}

void CatalogCache::Store(const std::string& key, std::shared_ptr<const CatalogAnswer> answer,
                         std::uint64_t asked_in_generation, Time now) {
  const std::lock_guard lock(mutex_);
  if (asked_in_generation != generation_ || answer->bytes > max_answer_bytes()) return;
  if (const auto found = by_key_.find(key); found != by_key_.end()) Drop(found->second);
  entries_.push_front({key, std::move(answer), now});
  by_key_.emplace(entries_.front().key, entries_.begin());
  stats_.bytes += BytesOf(entries_.front());
  while (stats_.bytes > limits_.bytes) Drop(std::prev(entries_.end()));
}

void CatalogCache::Invalidate() {
  const std::lock_guard lock(mutex_);
  ++generation_;
  by_key_.clear();
  entries_.clear();
  stats_.bytes = 0;
}

CatalogCacheStats CatalogCache::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

void CatalogCache::Drop(Entries::iterator entry) {
  stats_.bytes -= BytesOf(*entry);
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace sluice::relay::session
