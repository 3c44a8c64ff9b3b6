#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "proto/wire/deadline.h"
#include "sluice/v1/session.pb.h"

namespace sluice::relay::session {

struct CatalogCacheLimits {
  std::size_t bytes = std::size_t{8} << 20;  // of all answers; 0: nothing is remembered
  std::chrono::milliseconds age{30'000};     // how old an answer may be; 0: nothing is remembered
  friend bool operator==(const CatalogCacheLimits&, const CatalogCacheLimits&) = default;
};

// The whole result of a catalogue function.
struct CatalogAnswer {
  std::vector<v1::Column> columns;
  std::vector<v1::ColumnBatch> batches;  // as they were sent, at least one
  std::size_t bytes = 0;                 // of the batches
};

struct CatalogCacheStats {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::size_t bytes = 0;
};

// Answers of catalogue functions that a pool's sessions may be given again. A statement that may
// have changed the catalogue makes all of them void; what is done past the relay, or within a
// function, shows when the answer is too old. The least recently used go first when there are too
// many. Thread-safe.
class CatalogCache {
 public:
  using Time = wire::Clock::time_point;

  explicit CatalogCache(CatalogCacheLimits limits) : limits_(limits) {}

  bool enabled() const { return limits_.bytes > 0 && limits_.age.count() > 0; }
  // Larger answers are not worth collecting: one would drive out all others.
  std::size_t max_answer_bytes() const { return limits_.bytes / 4; }

  // nullptr: not there, or too old. Counts a hit or a miss.
  std::shared_ptr<const CatalogAnswer> Find(const std::string& key, Time now);

  // What the catalogue is called until it is changed: an answer that was asked for under an earlier
  // name may tell of what has changed meanwhile, and is not stored.
  std::uint64_t generation() const;
  void Store(const std::string& key, std::shared_ptr<const CatalogAnswer> answer,
             std::uint64_t asked_in_generation, Time now);
  void Invalidate();

  CatalogCacheStats stats() const;

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const CatalogAnswer> answer;
    Time stored_at;
  };
  using Entries = std::list<Entry>;

  static std::size_t BytesOf(const Entry& entry) { return entry.key.size() + entry.answer->bytes; }
  void Drop(Entries::iterator entry);

  const CatalogCacheLimits limits_;
  mutable std::mutex mutex_;                                        // guards all below
  Entries entries_;                                                 // the most recently used first
  std::unordered_map<std::string_view, Entries::iterator> by_key_;  // views of Entry::key
  std::uint64_t generation_ = 0;
  CatalogCacheStats stats_;
};

}  // namespace sluice::relay::session
