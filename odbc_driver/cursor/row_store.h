#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "odbc_driver/platform/temporary_file.h"
#include "proto/values/column_batch.h"

namespace sluice::driver::cursor {

// The rows of a result that a cursor goes back to, as the column batches in which they arrived: in
// memory up to a limit, beyond that in an unnamed temporary file. Rows count from 0. Not
// thread-safe. Throws std::system_error where the file fails.
class RowStore {
 public:
  // `memory_limit`: octets of batches.
  RowStore(std::vector<values::ValueType> types, std::uint64_t memory_limit)
      : types_(std::move(types)), memory_limit_(memory_limit) {}
  RowStore(const RowStore&) = delete;
  RowStore& operator=(const RowStore&) = delete;

  // Throws MalformedBatch.
  void Add(const v1::ColumnBatch& batch);
  std::uint64_t row_count() const { return row_count_; }

  // Consecutive rows of one batch.
  struct Span {
    const values::BatchView* batch;  // valid until the next At() or Add()
    std::uint32_t row;               // the first, within the batch
    std::uint32_t count;
  };
  // A row that exists and those after it in its batch.
  Span At(std::uint64_t row);

  // Rows before this one will not be asked for again: batches that have no others are given up.
  void Forget(std::uint64_t before);

  std::uint64_t memory_bytes() const { return memory_bytes_; }
  std::uint64_t file_bytes() const { return file_.size(); }

 private:
  struct Block {
    std::uint64_t first;                     // its first row
    std::uint64_t bytes;                     // serialized
    std::unique_ptr<v1::ColumnBatch> batch;  // null: in the file, or forgotten
    values::BatchView view;                  // of batch
    std::uint64_t offset = 0;                // in the file
  };

  void Load(std::size_t block);

  const std::vector<values::ValueType> types_;
  const std::uint64_t memory_limit_;
  std::vector<Block> blocks_;  // by rows
  std::uint64_t row_count_ = 0;
  std::uint64_t memory_bytes_ = 0;
  std::size_t forgotten_ = 0;  // blocks
  platform::TemporaryFile file_;

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t loaded_block_ = kNone;  // the one of the file that was read last
  v1::ColumnBatch loaded_;
  values::BatchView loaded_view_;
};

}  // namespace sluice::driver::cursor
