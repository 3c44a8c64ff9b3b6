#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "odbc_driver/convert/column_converter.h"

// Columns to convert from, and bound buffers with guard bytes around them.

namespace sluice::driver::convert {

// A column of one value type; an empty optional is NULL.
class TestColumn {
 public:
  explicit TestColumn(values::ValueType type) : builder_(type) { source_.value_type = type; }

  template <typename T>
  TestColumn& Fixed(T value) {
    builder_.AppendFixed(value);
    return *this;
  }
  TestColumn& Octets(std::string_view octets) {
    builder_.AppendFixedBytes(octets);
    return *this;
  }
  TestColumn& Interval(const values::Interval& interval) {
    builder_.AppendInterval(interval);
    return *this;
  }
  TestColumn& Text(std::string_view text) {
    builder_.AppendVariable(text);
    return *this;
  }
  TestColumn& Null() {
    builder_.AppendNull();
    return *this;
  }

  SourceColumn& source() { return source_; }
  const values::ColumnView& view() {
    if (!view_) {
      const auto rows = static_cast<std::uint32_t>(builder_.row_count());
      builder_.Finish(data_);
      view_.emplace(source_.value_type, rows, data_);
    }
    return *view_;
  }

 private:
  SourceColumn source_;
  values::ColumnBuilder builder_;
  v1::ColumnData data_;
  std::optional<values::ColumnView> view_;
};

enum class Layout { kColumnWise, kRowWise };

// The application's memory for one bound column: cells of `cell_size` bytes with their indicators,
// in arrays of their own or in one struct per row, and guard bytes before, between and behind them.
class Binding {
 public:
  static constexpr char kGuard = '\x5A';
  static constexpr SQLLEN kUntouched = -77;

  Binding(SQLSMALLINT c_type, std::size_t cell_size, std::size_t rows,
          Layout layout = Layout::kColumnWise)
      : cell_size_(cell_size), rows_(rows) {
    const bool row_wise = layout == Layout::kRowWise;
    // An odd gap leaves the cells of the later rows unaligned.
    stride_ = row_wise ? cell_size + sizeof(SQLLEN) + 3 : cell_size;
    memory_.assign(kMargin + stride_ * rows + kMargin, kGuard);
    indicators_.assign(rows, kUntouched);
    target_.c_type = c_type;
    target_.data = memory_.data() + kMargin;
    target_.buffer_length = static_cast<SQLLEN>(cell_size);
    target_.data_stride = stride_;
    if (row_wise) {
      target_.indicator = reinterpret_cast<SQLLEN*>(target_.data + cell_size);
      target_.indicator_stride = stride_;
      for (std::size_t row = 0; row < rows; ++row) {
        std::memcpy(target_.data + row * stride_ + cell_size, &kUntouched, sizeof(SQLLEN));
      }
    } else {
      target_.indicator = indicators_.data();
    }
    target_.octet_length = target_.indicator;
    row_wise_ = row_wise;
  }

  TargetColumn& target() { return target_; }

  std::string Cell(std::size_t row) const {
    return memory_.substr(kMargin + row * stride_, cell_size_);
  }
  template <typename T>
  T As(std::size_t row) const {
    T value;
    std::memcpy(&value, memory_.data() + kMargin + row * stride_, sizeof value);
    return value;
  }
  SQLLEN Indicator(std::size_t row) const {
    SQLLEN value = 0;
    const char* address = row_wise_ ? memory_.data() + kMargin + row * stride_ + cell_size_
                                    : reinterpret_cast<const char*>(&indicators_[row]);
    std::memcpy(&value, address, sizeof value);
    return value;
  }
  bool Untouched(std::size_t row) const { return Cell(row) == std::string(cell_size_, kGuard); }

  // Nothing outside the cells and indicators was written.
  bool GuardsHold() const {
    const auto is_guard = [this](std::size_t begin, std::size_t count) {
      return memory_.compare(begin, count, std::string(count, kGuard)) == 0;
    };
    bool hold = is_guard(0, kMargin) && is_guard(kMargin + rows_ * stride_, kMargin);
    const std::size_t used = cell_size_ + sizeof(SQLLEN);
    for (std::size_t row = 0; row_wise_ && row < rows_; ++row) {
      hold = hold && is_guard(kMargin + row * stride_ + used, stride_ - used);
    }
    return hold;
  }

 private:
  static constexpr std::size_t kMargin = 32;
  std::size_t cell_size_;
  std::size_t rows_;
  std::size_t stride_ = 0;
  bool row_wise_ = false;
  std::string memory_;
  std::vector<SQLLEN> indicators_;
  TargetColumn target_;
};

// Converts all rows; the problems found.
inline std::vector<CellProblem> ConvertAll(TestColumn& column, Binding& binding) {
  std::vector<CellProblem> problems;
  const values::ColumnView& view = column.view();
  const ColumnConverter converter = FindConverter(column.source(), binding.target().c_type);
  EXPECT_NE(converter, nullptr) << "no conversion to C type " << binding.target().c_type;
  if (converter != nullptr) {
    converter(column.source(), view, 0, view.row_count(), binding.target(), 0, problems);
  }
  EXPECT_TRUE(binding.GuardsHold());
  return problems;
}

// "" when the row has no problem.
inline std::string StateAt(const std::vector<CellProblem>& problems, std::uint32_t row) {
  for (const CellProblem& problem : problems) {
    if (problem.row == row) return std::string(problem.state.code);
  }
  return {};
}

}  // namespace sluice::driver::convert
