#include "relay_server/backend/mysql/statement_cache.h"

namespace sluice::relay::backend {

StatementCache::Entry* StatementCache::Find(const std::string& key) {
  const auto found = index_.find(key);
  if (found == index_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return &entries_.front();
}

StatementCache::Entry& StatementCache::Insert(Entry entry) {
  Erase(entry.key);
  if (entries_.size() >= capacity_) {
    index_.erase(entries_.back().key);
    entries_.pop_back();
  }
  entries_.push_front(std::move(entry));
  index_.emplace(entries_.front().key, entries_.begin());
  return entries_.front();
}

void StatementCache::Erase(const std::string& key) {
  const auto found = index_.find(key);
  if (found == index_.end()) return;
  entries_.erase(found->second);
  index_.erase(found);
}

void StatementCache::Clear() {
  index_.clear();
  entries_.clear();
}

}  // namespace sluice::relay::backend
