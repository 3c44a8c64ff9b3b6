#include "odbc_driver/handles/cell_reader.h"

#include <algorithm>
#include <cstring>

#include "odbc_driver/convert/c_type.h"
#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver {

void CellReader::Reset() {
  column_ = kNoColumn;
  finished_ = false;
  parts_.Reset();
  object_.reset();
  position_ = 0;
}

SQLRETURN CellReader::Read(const Cell& cell, const CellTarget& target,
                           std::vector<convert::CellProblem>& problems) {
  if (convert::FindCType(target.c_type) == nullptr) throw DriverError(kHY003InvalidCType);
  if (convert::FindConverter(cell.source, target.c_type) == nullptr) {
    throw DriverError(k07006RestrictedDataType);
  }
  if (cell.column != column_) {
    Reset();
    column_ = cell.column;
  }
  if (finished_) return SQL_NO_DATA;

  if (cell.values.IsNull(cell.row)) {
    if (target.length_or_indicator == nullptr) throw DriverError(k22002IndicatorRequired);
    *target.length_or_indicator = SQL_NULL_DATA;
    finished_ = true;
    return SQL_SUCCESS;
  }
  if (cell.source.is_large_object) return ReadObject(cell, target, problems);
  const bool in_parts =
      target.c_type == SQL_C_CHAR || target.c_type == SQL_C_WCHAR || target.c_type == SQL_C_BINARY;
  return in_parts ? ReadPart(cell, target, problems) : ReadWhole(cell, target, problems);
}

SQLRETURN CellReader::ReadPart(const Cell& cell, const CellTarget& target,
                               std::vector<convert::CellProblem>& problems) {
  if (!parts_.active() || parts_.c_type() != target.c_type) {
    parts_.Start(cell.source, cell.values, cell.row, target.c_type, target.max_length);
  }
  switch (parts_.Read(target.data, target.buffer_length, target.length_or_indicator)) {
    case convert::PartReader::Outcome::kComplete:
      finished_ = true;
      return SQL_SUCCESS;
    case convert::PartReader::Outcome::kTruncated:
      problems.push_back({0, k01004DataTruncated, {}});
      return SQL_SUCCESS_WITH_INFO;
    case convert::PartReader::Outcome::kNoMoreData:
      return SQL_NO_DATA;
    case convert::PartReader::Outcome::kNoSuchText:
      throw DriverError(k22018InvalidCharacterValue,
                        "The text has characters that the option Charset does not have");
    default:
      throw DriverError(k22003OutOfRange);
  }
}

SQLRETURN CellReader::ReadObject(const Cell& cell, const CellTarget& target,
                                 std::vector<convert::CellProblem>& problems) {
  if (object_ == nullptr) {
    object_ = std::make_unique<LargeObjectReader>(*cell.objects,
                                                  cell.values.Fixed<std::int64_t>(cell.row));
  }
  if (target.c_type == SQL_C_BINARY) return ReadOctets(*cell.objects, target, problems);
  position_ = 0;
  const Cell octets{cell.column, cell.source, object_->Whole(*cell.objects), 0};
  const bool in_parts = target.c_type == SQL_C_CHAR || target.c_type == SQL_C_WCHAR;
  return in_parts ? ReadPart(octets, target, problems) : ReadWhole(octets, target, problems);
}

// The object may be longer than memory: what the application takes is there at a time.
SQLRETURN CellReader::ReadOctets(LargeObjects& objects, const CellTarget& target,
                                 std::vector<convert::CellProblem>& problems) {
  parts_.Reset();  // another C type begins anew
  const std::uint64_t size = target.max_length == 0
                                 ? object_->size()
                                 : std::min<std::uint64_t>(object_->size(), target.max_length);
  std::uint64_t left = size - std::min(position_, size);
  if (target.length_or_indicator != nullptr) {
    *target.length_or_indicator = static_cast<SQLLEN>(left);
  }
  auto* out = static_cast<char*>(target.data);
  std::uint64_t room = out == nullptr ? 0 : static_cast<std::uint64_t>(target.buffer_length);
  while (left != 0 && room != 0) {
    const std::string_view part = object_->At(objects, position_, std::min(left, room));
    if (part.empty()) break;  // somebody has shortened it
    std::memcpy(out, part.data(), part.size());
    out += part.size();
    position_ += part.size();
    left -= part.size();
    room -= part.size();
  }
  finished_ = left == 0 || position_ >= object_->size();
  if (finished_) return SQL_SUCCESS;
  problems.push_back({0, k01004DataTruncated, {}});
  return SQL_SUCCESS_WITH_INFO;
}

// "Fixed-length data is read whole; a second call returns SQL_NO_DATA."
SQLRETURN CellReader::ReadWhole(const Cell& cell, const CellTarget& target,
                                std::vector<convert::CellProblem>& problems) {
  convert::TargetColumn place;
  place.c_type = target.c_type;
  place.data = static_cast<char*>(target.data);
  place.buffer_length = target.buffer_length;
  place.indicator = target.length_or_indicator;
  place.octet_length = target.length_or_indicator;
  place.precision = target.precision;
  place.scale = target.scale;
  place.own_scale = target.own_scale;
  const auto first_problem = problems.size();
  convert::FindConverter(cell.source, target.c_type)(cell.source, cell.values, cell.row, 1, place,
                                                     0, problems);
  // A value that did not suit its C type can be asked for as another; as from Connector/ODBC one
  // that lost a fraction can, too.
  finished_ = problems.size() == first_problem;
  if (finished_) return SQL_SUCCESS;
  const auto problem = problems.back();
  if (problem.state.code.starts_with("01")) return SQL_SUCCESS_WITH_INFO;
  problems.pop_back();
  if (problem.message.empty()) throw DriverError(problem.state);
  throw DriverError(problem.state, problem.message);
}

}  // namespace sluice::driver
