#include "odbc_driver/handles/cell_reader.h"

#include "odbc_driver/convert/c_type.h"
#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver {

void CellReader::Reset() {
  column_ = kNoColumn;
  finished_ = false;
  parts_.Reset();
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
    default:
      throw DriverError(k22003OutOfRange);
  }
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
