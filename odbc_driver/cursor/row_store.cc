#include "odbc_driver/cursor/row_store.h"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

namespace sluice::driver::cursor {

void RowStore::Add(const v1::ColumnBatch& batch) {
  if (batch.row_count() == 0) return;
  Block block{.first = row_count_, .bytes = batch.ByteSizeLong(), .batch = nullptr, .view = {}};
  // A store that has begun its file goes on there: memory is for the rows that were read first.
  if (file_.size() == 0 && memory_bytes_ + block.bytes <= memory_limit_) {
    block.batch = std::make_unique<v1::ColumnBatch>(batch);
    block.view = values::BatchView(types_, *block.batch);
    memory_bytes_ += block.bytes;
  } else {
    static_cast<void>(values::BatchView(types_, batch));  // a malformed batch is refused now
    block.offset = file_.Append(batch.SerializeAsString());
  }
  row_count_ += batch.row_count();
  blocks_.push_back(std::move(block));
}

RowStore::Span RowStore::At(std::uint64_t row) {
  assert(row < row_count_);
  const auto after = std::upper_bound(
      blocks_.begin(), blocks_.end(), row,
      [](std::uint64_t wanted, const Block& block) { return wanted < block.first; });
  const auto index = static_cast<std::size_t>(after - blocks_.begin()) - 1;
  assert(index >= forgotten_);
  const Block& block = blocks_[index];
  if (block.batch == nullptr) Load(index);
  const values::BatchView& view = block.batch == nullptr ? loaded_view_ : block.view;
  const auto within = static_cast<std::uint32_t>(row - block.first);
  return {&view, within, view.row_count() - within};
}

void RowStore::Load(std::size_t block) {
  if (loaded_block_ == block) return;
  loaded_block_ = kNone;
  std::string octets;
  file_.Read(blocks_[block].offset, blocks_[block].bytes, octets);
  if (!loaded_.ParseFromString(octets)) throw values::MalformedBatch("a kept batch is damaged");
  loaded_view_ = values::BatchView(types_, loaded_);
  loaded_block_ = block;
}

void RowStore::Forget(std::uint64_t before) {
  while (forgotten_ + 1 < blocks_.size() && blocks_[forgotten_ + 1].first <= before) {
    Block& block = blocks_[forgotten_++];
    if (block.batch == nullptr) continue;
    block.view = {};
    block.batch.reset();
    memory_bytes_ -= block.bytes;
  }
}

}  // namespace sluice::driver::cursor
