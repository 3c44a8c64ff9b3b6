#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "odbc_driver/client/stream.h"
#include "proto/wire/deadline.h"

namespace sluice::driver::client {

// Streams whose session has been closed, kept warm for the next connect: that is one frame and its
// answer then, without a TCP or TLS handshake. Nothing runs in the background: streams that have
// idled too long go when the cache is next used. Thread-safe.
class StreamCache {
 public:
  static constexpr std::size_t kMaxPerKey = 4;
  static constexpr std::chrono::seconds kMaxIdle{30};

  static StreamCache& OfProcess();
  // What a forked child does with its parent's streams: closes its copies of the descriptors.
  static void Discard(StreamCache& inherited);

  // The stream that was put last; nothing when none is alive.
  std::optional<Stream> Take(const std::string& key);
  void Put(Stream stream);
  // The relay proved to be gone: its other streams are dead as well.
  void Forget(const std::string& key);

 private:
  struct Entry {
    Stream stream;
    wire::Deadline expiry;
  };

  std::vector<Entry> RemoveExpired();  // with mutex_ held

  std::mutex mutex_;
  std::unordered_map<std::string, std::vector<Entry>> entries_;  // guarded by mutex_; oldest first
};

}  // namespace sluice::driver::client
