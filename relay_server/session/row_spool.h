#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "relay_server/session/spool_file.h"
#include "sluice/v1/values.pb.h"

namespace sluice::relay::session {

// How much of a result may be set aside for a client that reads slowly.
struct SpoolLimits {
  std::size_t memory_bytes = std::size_t{1} << 20;  // per cursor; the rest goes to a file
  std::uint64_t file_bytes = std::uint64_t{1}
                             << 30;  // per cursor; beyond, the result is broken off
};

// Batches set aside in order of arrival: in memory up to a limit, then in an unnamed temporary
// file. Not thread-safe. Throws SessionError 53100 when the file's limit or the disk is full.
class RowSpool {
 public:
  explicit RowSpool(SpoolLimits limits) : limits_(limits) {}

  void Push(const v1::ColumnBatch& batch);
  // false: empty.
  bool Pop(v1::ColumnBatch& batch);
  bool empty() const { return batches_in_memory_.empty() && file_batches_ == 0; }
  std::uint64_t file_bytes() const { return file_end_; }

 private:
  void PushToFile(const std::string& octets);
  void PopFromFile(std::string& octets);

  SpoolLimits limits_;
  std::deque<std::string> batches_in_memory_;  // older than those in the file
  std::size_t memory_bytes_ = 0;
  SpoolFile file_;
  std::uint64_t file_batches_ = 0;
  long file_begin_ = 0;
  std::uint64_t file_end_ = 0;
};

}  // namespace sluice::relay::session
