#include "proto/values/column_batch.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace sluice::values {

static_assert(std::endian::native == std::endian::little, "values are copied as they are");

void OctetBuffer::Grow(std::size_t bytes) {
  constexpr std::size_t kFirstBytes = 64;
  bytes_.resize(std::max({size_ + bytes, 2 * bytes_.size(), expected_bytes_, kFirstBytes}));
}

std::string OctetBuffer::Take() {
  bytes_.resize(size_);
  // The next batch of the result is likely to be as large as this one.
  expected_bytes_ = std::exchange(size_, 0);
  return std::exchange(bytes_, {});
}

void ColumnBuilder::AppendFrom(const ColumnView& column, std::uint32_t row) {
  assert(column.type() == type_);
  if (column.IsNull(row)) {
    AppendNull();
  } else if (width_ != 0) {
    AppendFixedBytes({column.FixedBytes(row), width_});
  } else {
    AppendVariable(column.Variable(row));
  }
}

void ColumnBuilder::AppendInterval(const Interval& interval) {
  char octets[16];
  std::memcpy(octets, &interval.months, 4);
  std::memcpy(octets + 4, &interval.days, 4);
  std::memcpy(octets + 8, &interval.micros, 8);
  AppendFixedBytes({octets, sizeof octets});
}

void ColumnBuilder::MarkNull() {
  const std::size_t byte = row_count_ / 8;
  if (nulls_.size() <= byte) nulls_.resize(byte + 1, '\0');
  nulls_[byte] =
      static_cast<char>(static_cast<unsigned char>(nulls_[byte]) | (1U << (row_count_ % 8)));
}

void ColumnBuilder::ThrowTooLong() {
  throw std::length_error("a column of one batch exceeds 4 GiB");
}

void ColumnBuilder::Finish(v1::ColumnData& out) {
  if (!nulls_.empty()) nulls_.resize((row_count_ + 7) / 8, '\0');
  if (width_ == 0 && offsets_.empty()) offsets_.Append(std::uint32_t{0});
  out.set_nulls(std::exchange(nulls_, {}));
  out.set_values(width_ != 0 ? fixed_.Take() : std::exchange(variable_, {}));
  out.set_offsets(offsets_.Take());
  row_count_ = 0;
}

BatchBuilder::BatchBuilder(const std::vector<ValueType>& types) {
  columns_.reserve(types.size());
  for (const ValueType type : types) columns_.emplace_back(type);
}

std::size_t BatchBuilder::byte_size() const {
  std::size_t size = 0;
  for (const auto& column : columns_) size += column.byte_size();
  return size;
}

bool BatchBuilder::is_even() const {
  return std::ranges::all_of(
      columns_, [this](const ColumnBuilder& column) { return column.row_count() == row_count_; });
}

void BatchBuilder::Finish(v1::ColumnBatch& out) {
  out.Clear();
  out.set_row_count(row_count_);
  for (auto& column : columns_) {
    assert(column.row_count() == row_count_);
    column.Finish(*out.add_columns());
  }
  row_count_ = 0;
}

ColumnView::ColumnView(ValueType type, std::uint32_t row_count, const v1::ColumnData& data)
    : type_(type), row_count_(row_count) {
  if (!IsKnown(type)) throw MalformedBatch("unknown value type " + std::to_string(type));
  if (!data.nulls().empty()) {
    if (data.nulls().size() != (std::size_t{row_count} + 7) / 8) {
      throw MalformedBatch("the null bitmap does not fit the row count");
    }
    nulls_ = reinterpret_cast<const unsigned char*>(data.nulls().data());
  }
  values_ = data.values().data();
  if (const std::size_t width = FixedWidth(type); width != 0) {
    if (data.values().size() != width * row_count || !data.offsets().empty()) {
      throw MalformedBatch("the values do not fit the row count");
    }
    if (type == v1::VALUE_TYPE_BOOL &&
        std::any_of(data.values().begin(), data.values().end(),
                    [](char octet) { return static_cast<unsigned char>(octet) > 1; })) {
      throw MalformedBatch("a truth value is neither 0 nor 1");
    }
    return;
  }
  if (data.offsets().size() != (std::size_t{row_count} + 1) * sizeof(std::uint32_t)) {
    throw MalformedBatch("the offsets do not fit the row count");
  }
  offsets_ = data.offsets().data();
  std::uint32_t previous = 0;
  for (std::uint32_t i = 0; i <= row_count; ++i) {
    const std::uint32_t offset = Offset(i);
    if (offset < previous || (i == 0 && offset != 0)) throw MalformedBatch("offsets go backwards");
    previous = offset;
  }
  if (previous != data.values().size()) throw MalformedBatch("offsets do not cover the values");
}

Interval ColumnView::IntervalAt(std::uint32_t row) const {
  const char* octets = FixedBytes(row);
  Interval interval;
  std::memcpy(&interval.months, octets, 4);
  std::memcpy(&interval.days, octets + 4, 4);
  std::memcpy(&interval.micros, octets + 8, 8);
  return interval;
}

BatchView::BatchView(const std::vector<ValueType>& types, const v1::ColumnBatch& batch)
    : row_count_(batch.row_count()) {
  if (static_cast<std::size_t>(batch.columns_size()) != types.size()) {
    throw MalformedBatch("the batch has " + std::to_string(batch.columns_size()) +
                         " columns, the result " + std::to_string(types.size()));
  }
  if (types.empty() && row_count_ != 0) throw MalformedBatch("a batch without columns has rows");
  columns_.reserve(types.size());
  for (std::size_t i = 0; i < types.size(); ++i) {
    columns_.emplace_back(types[i], row_count_, batch.columns(static_cast<int>(i)));
  }
}

ParameterSetView::ParameterSetView(const v1::ParameterSet& set)
    : set_(&set), row_count_(set.columns().empty() ? 0 : set.row_count()) {
  columns_.reserve(static_cast<std::size_t>(set.columns_size()));
  for (const auto& column : set.columns()) {
    columns_.emplace_back(column.value_type(), row_count_, column.data());
  }
}

const v1::ParameterColumn& ParameterSetView::description(std::size_t index) const {
  return set_->columns(static_cast<int>(picked_.empty() ? first_ + index : picked_[index]));
}

ParameterSetView ParameterSetView::Slice(std::size_t first, std::size_t count) const {
  ParameterSetView slice;
  if (count == 0) return slice;
  assert(first + count <= columns_.size());
  assert(picked_.empty());
  slice.set_ = set_;
  slice.first_ = first_ + first;
  const auto begin = columns_.begin() + static_cast<std::ptrdiff_t>(first);
  slice.columns_.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
  slice.row_count_ = row_count_;
  return slice;
}

ParameterSetView ParameterSetView::Pick(const std::vector<std::size_t>& indexes) const {
  assert(picked_.empty());
  ParameterSetView view;
  if (indexes.empty()) return view;
  view.set_ = set_;
  view.row_count_ = row_count_;
  for (const std::size_t index : indexes) {
    assert(index < columns_.size());
    view.columns_.push_back(columns_[index]);
    view.picked_.push_back(first_ + index);
  }
  return view;
}

}  // namespace sluice::values
