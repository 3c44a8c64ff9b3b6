#pragma once

#include <cassert>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "odbc_driver/convert/column_converter.h"

// What all converters share: how one cell is written, and the loop over the rows of a rowset.
// Everything is inline, so that each converter becomes one loop without calls per cell.

namespace sluice::driver::convert {

// How the conversion of one cell ended. Up to kStringTruncated the target has a value.
enum class CellStatus : unsigned char {
  kWhole,
  kFractionTruncated,
  kStringTruncated,
  kNull,  // the C type cannot say it, and the native drivers deliver NULL
  kOutOfRange,
  kInvalidText,
  kDatetimeOverflow,
  kIntervalOverflow,
  kNullWithoutIndicator,
};

constexpr bool HasValue(CellStatus status) { return status <= CellStatus::kStringTruncated; }

// Not for kWhole.
constexpr const SqlState& StateOf(CellStatus status) {
  switch (status) {
    case CellStatus::kFractionTruncated:
      return k01S07FractionalTruncation;
    case CellStatus::kStringTruncated:
      return k01004DataTruncated;
    case CellStatus::kOutOfRange:
      return k22003OutOfRange;
    case CellStatus::kInvalidText:
      return k22018InvalidCharacterValue;
    case CellStatus::kDatetimeOverflow:
      return k22008DatetimeOverflow;
    case CellStatus::kIntervalOverflow:
      return k22015IntervalOverflow;
    default:
      return k22002IndicatorRequired;
  }
}

// The place of one cell in the application's memory. Addresses come from bindings with any stride,
// so nothing is assumed to be aligned.
class TargetCell {
 public:
  TargetCell(const TargetColumn& target, std::uint32_t row)
      : target_(target),
        data_(target.data == nullptr ? nullptr : target.data + row * target.data_stride),
        indicator_(At(target.indicator, target, row)),
        octet_length_(At(target.octet_length, target, row)) {}

  const TargetColumn& target() const { return target_; }
  char* data() const { return data_; }

  // Bytes that a character or binary value may take, its terminator included.
  std::size_t capacity() const {
    return data_ == nullptr || target_.buffer_length < 0
               ? 0
               : static_cast<std::size_t>(target_.buffer_length);
  }

  CellStatus PutNull() const {
    if (indicator_ == nullptr) return CellStatus::kNullWithoutIndicator;
    Store(indicator_, SQL_NULL_DATA);
    return CellStatus::kWhole;
  }

  // The indicator of a value is 0 unless it shares its address with the length (SQLFetch, "Placing
  // Data in Bound Columns").
  void PutLength(std::size_t octets) const {
    if (indicator_ != nullptr) Store(indicator_, 0);
    if (octet_length_ != nullptr) Store(octet_length_, static_cast<SQLLEN>(octets));
  }

  template <typename T>
  void PutFixed(const T& value) const {
    if (data_ != nullptr) std::memcpy(data_, &value, sizeof value);
    PutLength(sizeof value);
  }

 private:
  static char* At(SQLLEN* first, const TargetColumn& target, std::uint32_t row) {
    return first == nullptr ? nullptr
                            : reinterpret_cast<char*>(first) + row * target.indicator_stride;
  }
  static void Store(char* address, SQLLEN value) { std::memcpy(address, &value, sizeof value); }

  const TargetColumn& target_;
  char* data_;
  char* indicator_;
  char* octet_length_;
};

// Which rows a converter was called for.
struct RowSpan {
  std::uint32_t first;
  std::uint32_t count;
  std::uint32_t target_first;
};

// Calls `write(source row, cell)`, which returns a CellStatus, for every value that is not NULL.
template <typename Write>
void ForEachCell(const values::ColumnView& values, const RowSpan& rows, const TargetColumn& target,
                 std::vector<CellProblem>& problems, Write&& write) {
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    const std::uint32_t row = rows.first + i;
    const TargetCell cell(target, rows.target_first + i);
    const CellStatus status = values.IsNull(row) ? cell.PutNull() : write(row, cell);
    if (status != CellStatus::kWhole) [[unlikely]] {
      problems.push_back({rows.target_first + i, StateOf(status), {}});
    }
  }
}

// One value of the source and what it is wanted as.
struct SourceCell {
  const SourceColumn& source;
  const values::ColumnView& values;
  std::uint32_t row;
  const TargetColumn& target;
};

// A converter to a C type of fixed width. `Source::Convert(cell, out)` makes the value and
// returns a CellStatus.
template <typename Out, typename Source>
void ConvertFixed(const SourceColumn& source, const values::ColumnView& values, std::uint32_t first,
                  std::uint32_t count, const TargetColumn& target, std::uint32_t target_first,
                  std::vector<CellProblem>& problems) {
  ForEachCell(values, {first, count, target_first}, target, problems,
              [&](std::uint32_t row, const TargetCell& cell) {
                Out out{};
                const CellStatus status = Source::Convert({source, values, row, target}, out);
                if (status == CellStatus::kNull) return cell.PutNull();
                if (HasValue(status)) cell.PutFixed(out);
                return status;
              });
}

// A converter for values whose bytes are already what the C type wants.
template <typename T>
void CopyFixed(const SourceColumn&, const values::ColumnView& values, std::uint32_t first,
               std::uint32_t count, const TargetColumn& target, std::uint32_t target_first,
               std::vector<CellProblem>& problems) {
  const bool packed = !values.has_nulls() && target.data != nullptr &&
                      target.data_stride == sizeof(T) && count != 0;
  if (packed) {
    std::memcpy(target.data + std::size_t{target_first} * sizeof(T), values.FixedBytes(first),
                std::size_t{count} * sizeof(T));
    for (std::uint32_t i = 0; i < count; ++i) {
      TargetCell(target, target_first + i).PutLength(sizeof(T));
    }
    return;
  }
  ForEachCell(values, {first, count, target_first}, target, problems,
              [&](std::uint32_t row, const TargetCell& cell) {
                cell.PutFixed(values.Fixed<T>(row));
                return CellStatus::kWhole;
              });
}

}  // namespace sluice::driver::convert
