#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "odbc_driver/handles/handle.h"

namespace sluice::driver {

// Every handle of this process. What the application holds is a number that means something only
// here: a freed, foreign or mistaken one is simply not found. Numbers rise and are not used again.
// Thread-safe.
class HandleRegistry {
 public:
  static HandleRegistry& Instance();

  SQLHANDLE Add(std::shared_ptr<Handle> object);

  // nullptr: no such handle, or one of another kind.
  std::shared_ptr<Handle> Find(SQLHANDLE value, HandleKind kind);

  template <typename Object>
  std::shared_ptr<Object> Find(SQLHANDLE value) {
    return std::static_pointer_cast<Object>(Find(value, Object::kKind));
  }

  // The object goes when the last call that found it is over.
  std::shared_ptr<Handle> Remove(SQLHANDLE value);

  std::size_t size();

 private:
  // So that threads with connections of their own seldom meet at a lock.
  static constexpr std::size_t kShards = 16;
  struct Shard {
    std::mutex mutex;  // a leaf; guards objects
    std::unordered_map<std::uintptr_t, std::shared_ptr<Handle>> objects;
  };

  Shard& ShardOf(std::uintptr_t value) { return shards_[value % kShards]; }

  std::array<Shard, kShards> shards_;
  std::atomic<std::uintptr_t> next_value_{0x51000001};
};

}  // namespace sluice::driver
