#include "odbc_driver/handles/kept_rows.h"

#include <algorithm>
#include <cassert>

namespace sluice::driver {

KeptRows::KeptRows(ResultSet& result, CancelPoint& cancel, const Limits& limits)
    : result_(result),
      cancel_(cancel),
      max_rows_(limits.max_rows),
      rows_(result.value_types(), limits.memory_bytes),
      changed_(result.value_types(), limits.memory_bytes) {}

bool KeptRows::ReadMore() {
  if (ended_) return false;
  if (failure_) std::rethrow_exception(failure_);
  std::uint32_t arrived = 0;
  try {
    arrived = result_.Available(deadline_, cancel_);
  } catch (const client::RequestFailed&) {
    failure_ = std::current_exception();
    throw;
  }
  if (arrived == 0) {
    ended_ = true;
    return false;
  }
  rows_.Add(result_.whole_batch());
  result_.Advance(arrived);
  read_ += arrived;
  if (max_rows_ != 0 && static_cast<SQLULEN>(read_) >= max_rows_) {
    read_ = static_cast<std::int64_t>(max_rows_);
    ended_ = true;
  }
  return true;
}

bool KeptRows::Has(std::int64_t row) {
  while (row > read_ && ReadMore()) {
  }
  return row >= 1 && row <= read_ + appended_;
}

std::int64_t KeptRows::Count() {
  while (ReadMore()) {
  }
  return read_ + appended_;
}

KeptRows::Span KeptRows::At(std::int64_t row) {
  assert(row >= 1 && row <= read_ + appended_);
  const auto change = changes_.lower_bound(row);
  const bool is_changed = change != changes_.end() && change->first == row;
  const bool is_deleted = is_changed && change->second.deleted;
  if (is_changed && change->second.place) {
    const auto span = changed_.At(*change->second.place);
    return {span.batch, span.row, 1, is_deleted};
  }
  const auto span = rows_.At(static_cast<std::uint64_t>(row - 1));
  if (is_deleted) return {span.batch, span.row, 1, true};
  std::int64_t count = std::min<std::int64_t>(span.count, read_ - row + 1);
  if (change != changes_.end()) count = std::min(count, change->first - row);
  return {span.batch, span.row, static_cast<std::uint32_t>(count), false};
}

bool KeptRows::IsDeleted(std::int64_t row) const {
  const auto change = changes_.find(row);
  return change != changes_.end() && change->second.deleted;
}

void KeptRows::MarkDeleted(std::int64_t row) { changes_[row].deleted = true; }

void KeptRows::Replace(std::int64_t row, const v1::ColumnBatch& values) {
  assert(values.row_count() == 1);
  changed_.Add(values);
  changes_[row] = {false, changed_.row_count() - 1};
}

std::int64_t KeptRows::Append(const v1::ColumnBatch& values) {
  assert(ended_);
  ++appended_;
  Replace(read_ + appended_, values);
  return read_ + appended_;
}

}  // namespace sluice::driver
