#pragma once

#include <chrono>
#include <list>
#include <string>
#include <unordered_map>

#include "relay_server/backend/mysql/mysql_api.h"

namespace sluice::relay::backend {

// The prepared statements of one connection by text, the least recently used one leaving first. A
// statement that the server cannot prepare is remembered with an empty handle. Not thread-safe.
class StatementCache {
 public:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    std::string key;
    StatementHandle handle;
    bool takes_bulk = false;  // an array of rows may go to the server as one, when that was
    Clock::time_point bulk_asked = Clock::time_point::min();  // asked for
  };

  explicit StatementCache(std::size_t capacity) : capacity_(capacity) {}

  Entry* Find(const std::string& key);  // null: not there
  // The entry stays where it is until it is erased or `capacity` others have been used after it.
  Entry& Insert(Entry entry);
  void Erase(const std::string& key);
  void Clear();
  std::size_t size() const { return index_.size(); }

 private:
  std::size_t capacity_;
  std::list<Entry> entries_;  // the most recently used one in front
  std::unordered_map<std::string, std::list<Entry>::iterator> index_;
};

}  // namespace sluice::relay::backend
