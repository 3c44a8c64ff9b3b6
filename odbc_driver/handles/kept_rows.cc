#include "odbc_driver/handles/kept_rows.h"

#include <algorithm>
#include <cassert>
#include <limits>

namespace sluice::driver {

KeptRows::KeptRows(ResultSet& result, CancelPoint& cancel, const Limits& limits)
    : result_(result),
      cancel_(cancel),
      max_rows_(limits.max_rows),
      rows_(result.value_types(), limits.memory_bytes),
      changed_(result.value_types(), limits.memory_bytes),
      savepoints_(limits.savepoints),
      client_(limits.client),
      rollbacks_(savepoints_ == nullptr ? 0 : savepoints_->UndoneSince(0).size()) {}

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

// The number of holes before the place is the least n for which the next hole is behind it.
std::int64_t KeptRows::RowAt(std::int64_t place) const {
  std::int64_t low = 0;
  std::int64_t high = holes();
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (deleted_[static_cast<std::size_t>(middle)] - middle <= place) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return place > std::numeric_limits<std::int64_t>::max() - low ? place : place + low;
}

std::int64_t KeptRows::PlaceOf(std::int64_t row) const {
  return row - (std::ranges::lower_bound(deleted_, row) - deleted_.begin());
}

void KeptRows::SetChange(std::int64_t row, const Change& change) {
  if (change.deleted || change.place) {
    changes_[row] = change;
  } else {
    changes_.erase(row);  // At() takes rows together up to the next one that is changed
  }
  const auto place = std::ranges::lower_bound(deleted_, row);
  const bool is_known = place != deleted_.end() && *place == row;
  if (change.deleted && !is_known) deleted_.insert(place, row);
  if (!change.deleted && is_known) deleted_.erase(place);
}

// The server's answer to the change has told whether a transaction is open.
void KeptRows::Remember(std::int64_t row, bool is_new) {
  if (savepoints_ == nullptr) return;
  if (client_->transaction_state() == v1::TRANSACTION_STATE_NONE) return;
  const auto known = changes_.find(row);
  const Change before = known == changes_.end() ? Change{} : known->second;
  done_.push_back(
      {savepoints_->NoteChange(), row, is_new ? std::nullopt : std::optional<Change>(before)});
}

void KeptRows::UndoRolledBack() {
  if (savepoints_ == nullptr) return;
  for (const auto& rollback : savepoints_->UndoneSince(rollbacks_)) {
    ++rollbacks_;
    for (; !done_.empty() && done_.back().number > rollback.after; done_.pop_back()) {
      const Undoable& undone = done_.back();
      SetChange(undone.row, undone.before.value_or(Change{true, changes_[undone.row].place}));
    }
  }
}

void KeptRows::MarkDeleted(std::int64_t row) {
  Remember(row, false);
  const auto known = changes_.find(row);
  Change change = known == changes_.end() ? Change{} : known->second;
  change.deleted = true;
  SetChange(row, change);
}

void KeptRows::Replace(std::int64_t row, const v1::ColumnBatch& values) {
  assert(values.row_count() == 1);
  Remember(row, row > read_ + appended_);
  changed_.Add(values);
  SetChange(row, {false, changed_.row_count() - 1});
}

std::int64_t KeptRows::Append(const v1::ColumnBatch& values) {
  assert(ended_);
  Replace(read_ + appended_ + 1, values);
  ++appended_;
  return read_ + appended_;
}

}  // namespace sluice::driver
