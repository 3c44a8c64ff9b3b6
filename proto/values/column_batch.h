#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "proto/values/datetime.h"
#include "proto/values/value_types.h"
#include "sluice/v1/values.pb.h"

// Column batches: rows as they travel, a column at a time. ColumnBuilder and BatchBuilder write
// them, ColumnView and BatchView read them in place. A view checks everything that the peer could
// have got wrong once, when it is made; reading a value then needs no check.

namespace sluice::values {

// The peer sent a batch whose parts do not fit together.
class MalformedBatch : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Octets that grow at the end. Faster than std::string::append for a few octets at a time, which is
// what a result mostly consists of: the space is there, and the copy is inlined.
class OctetBuffer {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  template <typename T>
  void Append(T value) {
    static_assert(std::is_trivially_copyable_v<T>);
    std::memcpy(Extend(sizeof value), &value, sizeof value);
  }
  void AppendOctets(std::string_view octets) {
    if (!octets.empty()) std::memcpy(Extend(octets.size()), octets.data(), octets.size());
  }
  void AppendZeros(std::size_t count) { std::memset(Extend(count), 0, count); }

  // What was collected; nothing is copied.
  std::string Take();

 private:
  char* Extend(std::size_t bytes) {
    if (bytes_.size() - size_ < bytes) Grow(bytes);
    char* end = bytes_.data() + size_;
    size_ += bytes;
    return end;
  }
  void Grow(std::size_t bytes);

  std::string bytes_;  // its size is the space there is
  std::size_t size_ = 0;
  std::size_t expected_bytes_ = 0;
};

class ColumnView;

// Collects the values of one column. Not thread-safe.
class ColumnBuilder {
 public:
  explicit ColumnBuilder(ValueType type) : type_(type), width_(FixedWidth(type)) {}

  ValueType type() const { return type_; }
  std::size_t row_count() const { return row_count_; }
  std::size_t byte_size() const {
    return nulls_.size() + fixed_.size() + variable_.size() + offsets_.size();
  }

  void AppendNull() {
    MarkNull();
    if (width_ != 0) {
      fixed_.AppendZeros(width_);
      ++row_count_;
    } else {
      EndVariable();
    }
  }

  // T has the type's width; its bytes are taken as they are (little-endian hosts only).
  template <typename T>
  void AppendFixed(T value) {
    assert(sizeof(T) == width_);
    fixed_.Append(value);
    ++row_count_;
  }

  // 16 octets of a UUID, or any other fixed-width value given as octets.
  void AppendFixedBytes(std::string_view octets) {
    assert(octets.size() == width_);
    fixed_.AppendOctets(octets);
    ++row_count_;
  }

  void AppendInterval(const Interval& interval);

  void AppendVariable(std::string_view value) {
    assert(width_ == 0);
    variable_.append(value);
    EndVariable();
  }

  // A value of a column of the same type, or its NULL.
  void AppendFrom(const ColumnView& column, std::uint32_t row);

  // For a value that is produced in place: append octets to the returned string, then
  // EndVariable().
  std::string& open_variable() { return variable_; }
  void EndVariable() {
    if (variable_.size() > std::numeric_limits<std::uint32_t>::max()) ThrowTooLong();
    if (offsets_.empty()) offsets_.Append(std::uint32_t{0});
    offsets_.Append(static_cast<std::uint32_t>(variable_.size()));
    ++row_count_;
  }

  // Moves what was collected into `out` and starts anew.
  void Finish(v1::ColumnData& out);

 private:
  void MarkNull();
  [[noreturn]] static void ThrowTooLong();

  ValueType type_;
  std::size_t width_;
  std::size_t row_count_ = 0;
  std::string nulls_;
  OctetBuffer fixed_;     // values of a fixed width
  std::string variable_;  // values of a variable width
  OctetBuffer offsets_;
};

// Collects rows. Every column must have been appended to exactly once before EndRow(). Not
// thread-safe.
class BatchBuilder {
 public:
  explicit BatchBuilder(const std::vector<ValueType>& types);

  ColumnBuilder& column(std::size_t index) { return columns_[index]; }
  std::size_t column_count() const { return columns_.size(); }
  void EndRow() { ++row_count_; }

  std::uint32_t row_count() const { return row_count_; }
  std::size_t byte_size() const;
  // Every column has the rows that were ended, and no part of another one.
  bool is_even() const;

  // Moves the rows into `out` and starts anew.
  void Finish(v1::ColumnBatch& out);

 private:
  std::vector<ColumnBuilder> columns_;
  std::uint32_t row_count_ = 0;
};

// Borrows one column of a batch. Rows count from 0.
class ColumnView {
 public:
  ColumnView() = default;
  // Throws MalformedBatch.
  ColumnView(ValueType type, std::uint32_t row_count, const v1::ColumnData& data);

  ValueType type() const { return type_; }
  std::uint32_t row_count() const { return row_count_; }
  bool has_nulls() const { return nulls_ != nullptr; }

  bool IsNull(std::uint32_t row) const {
    return nulls_ != nullptr && ((nulls_[row >> 3] >> (row & 7)) & 1) != 0;
  }

  template <typename T>
  T Fixed(std::uint32_t row) const {
    T value;
    std::memcpy(&value, values_ + std::size_t{row} * sizeof(T), sizeof(T));
    return value;
  }

  // First octet of a fixed-width value.
  const char* FixedBytes(std::uint32_t row) const { return values_ + row * FixedWidth(type_); }
  Interval IntervalAt(std::uint32_t row) const;

  std::string_view Variable(std::uint32_t row) const {
    const std::uint32_t begin = Offset(row);
    return {values_ + begin, Offset(row + 1) - begin};
  }

 private:
  std::uint32_t Offset(std::uint32_t index) const {
    std::uint32_t offset;
    std::memcpy(&offset, offsets_ + std::size_t{index} * sizeof offset, sizeof offset);
    return offset;
  }

  ValueType type_ = v1::VALUE_TYPE_UNSPECIFIED;
  std::uint32_t row_count_ = 0;
  const unsigned char* nulls_ = nullptr;
  const char* values_ = nullptr;
  const char* offsets_ = nullptr;
};

// Borrows a batch, which must outlive it.
class BatchView {
 public:
  BatchView() = default;
  // Throws MalformedBatch unless the batch has exactly these columns.
  BatchView(const std::vector<ValueType>& types, const v1::ColumnBatch& batch);

  std::uint32_t row_count() const { return row_count_; }
  std::size_t column_count() const { return columns_.size(); }
  const ColumnView& column(std::size_t index) const { return columns_[index]; }

 private:
  std::vector<ColumnView> columns_;
  std::uint32_t row_count_ = 0;
};

// Borrows the values of the parameter markers, a column per marker. Throws MalformedBatch.
class ParameterSetView {
 public:
  ParameterSetView() = default;
  explicit ParameterSetView(const v1::ParameterSet& set);

  // Parameter sets; without a column, 0 in a whole message and 1 in a slice (one plain execution).
  std::uint32_t row_count() const { return row_count_; }
  std::size_t column_count() const { return columns_.size(); }
  const ColumnView& column(std::size_t index) const { return columns_[index]; }
  const v1::ParameterColumn& description(std::size_t index) const;

  // The parameters [first, first + count), which must exist, in the same rows. Borrows from the
  // same message.
  ParameterSetView Slice(std::size_t first, std::size_t count) const;
  // The same for the parameters at these places, which must exist.
  ParameterSetView Pick(const std::vector<std::size_t>& indexes) const;

 private:
  const v1::ParameterSet* set_ = nullptr;
  std::size_t first_ = 0;            // of columns_, in the message
  std::vector<std::size_t> picked_;  // the same, of each column; empty: they follow each other
  std::vector<ColumnView> columns_;
  std::uint32_t row_count_ = 1;
};

}  // namespace sluice::values
