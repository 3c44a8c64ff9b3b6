#pragma once

#include <algorithm>
#include <cstring>
#include <string_view>

#include "odbc_driver/convert/cell.h"
#include "odbc_driver/convert/unicode.h"

// Writing text and octets into a cell. The length reported is always that of the whole value. Text
// is terminated whenever the buffer has room for a terminator, and is cut between characters: no
// UTF-8 sequence nor surrogate pair is split, and what is left of the buffer behind the cut is
// zeroed. (Reading in parts differs: PartReader fills the buffer to the last octet.)

namespace sluice::driver::convert {

// SQL_ATTR_MAX_LENGTH cuts without a warning (SQLSetStmtAttr).
inline std::string_view LimitText(std::string_view text, SQLULEN max_length) {
  return max_length == 0 ? text : text.substr(0, Utf8Prefix(text, max_length));
}

inline CellStatus PutUtf8(std::string_view text, const TargetCell& cell) {
  cell.PutLength(text.size());
  const std::size_t capacity = cell.capacity();
  if (text.size() < capacity) {
    std::memcpy(cell.data(), text.data(), text.size());
    cell.data()[text.size()] = '\0';
    return CellStatus::kWhole;
  }
  if (cell.data() == nullptr) return CellStatus::kWhole;  // only the length was wanted
  if (capacity != 0) {
    const std::size_t cut = Utf8Prefix(text, capacity - 1);
    std::memcpy(cell.data(), text.data(), cut);
    std::memset(cell.data() + cut, 0, capacity - cut);
  }
  return CellStatus::kStringTruncated;
}

// Characters of an octet each.
inline CellStatus PutOctetText(std::string_view text, const TargetCell& cell) {
  cell.PutLength(text.size());
  if (cell.data() == nullptr) return CellStatus::kWhole;  // only the length was wanted
  if (cell.capacity() == 0) return CellStatus::kStringTruncated;
  const std::size_t delivered = std::min(text.size(), cell.capacity() - 1);
  std::memcpy(cell.data(), text.data(), delivered);
  cell.data()[delivered] = '\0';
  return delivered == text.size() ? CellStatus::kWhole : CellStatus::kStringTruncated;
}

inline CellStatus PutUtf16(std::string_view text, const TargetCell& cell) {
  constexpr std::size_t kUnit = sizeof(SQLWCHAR);
  const std::size_t capacity = cell.capacity() / kUnit;  // an odd octet at the end is not used
  if (capacity == 0) {
    cell.PutLength(Utf16Length(text) * kUnit);
    return cell.data() == nullptr ? CellStatus::kWhole : CellStatus::kStringTruncated;
  }
  const auto [octets_read, units] = WriteUtf16(text, cell.data(), capacity - 1);
  const std::size_t rest = Utf16Length(text.substr(octets_read));
  cell.PutLength((units + rest) * kUnit);
  // The terminator, or all that a cut has left over.
  const std::size_t zeroed = rest == 0 ? 1 : capacity - units;
  std::memset(cell.data() + units * kUnit, 0, zeroed * kUnit);
  return rest == 0 ? CellStatus::kWhole : CellStatus::kStringTruncated;
}

inline CellStatus PutOctets(std::string_view octets, const TargetCell& cell) {
  cell.PutLength(octets.size());
  if (cell.data() == nullptr) return CellStatus::kWhole;
  const std::size_t delivered = std::min(octets.size(), cell.capacity());
  std::memcpy(cell.data(), octets.data(), delivered);
  return delivered == octets.size() ? CellStatus::kWhole : CellStatus::kStringTruncated;
}

}  // namespace sluice::driver::convert
