#include "odbc_driver/handles/cell_reader.h"

#include "odbc_driver/convert/c_type.h"
#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver {

void CellReader::Reset() {
  column_ = kNoColumn;
  finished_ = false;
  parts_.Reset();
}

SQLRETURN CellReader::Read(const ResultSet& rows, std::size_t column, const CellTarget& target,
                           std::vector<convert::CellProblem>& problems) {
  if (convert::FindCType(target.c_type) == nullptr) throw DriverError(kHY003InvalidCType);
  if (convert::FindConverter(rows.sources()[column], target.c_type) == nullptr) {
    throw DriverError(k07006RestrictedDataType);
  }
  if (column != column_) {
    Reset();
    column_ = column;
  }
  if (finished_) return SQL_NO_DATA;

  const std::uint32_t row = rows.position() - 1;
  if (rows.batch().column(column).IsNull(row)) {
    if (target.length_or_indicator == nullptr) throw DriverError(k22002IndicatorRequired);
    *target.length_or_indicator = SQL_NULL_DATA;
    finished_ = true;
    return SQL_SUCCESS;
  }
  const bool in_parts =
      target.c_type == SQL_C_CHAR || target.c_type == SQL_C_WCHAR || target.c_type == SQL_C_BINARY;
  return in_parts ? ReadPart(rows, row, target, problems) : ReadWhole(rows, row, target, problems);
}

SQLRETURN CellReader::ReadPart(const ResultSet& rows, std::uint32_t row, const CellTarget& target,
                               std::vector<convert::CellProblem>& problems) {
  if (!parts_.active() || parts_.c_type() != target.c_type) {
    parts_.Start(rows.sources()[column_], rows.batch().column(column_), row, target.c_type,
                 target.max_length);
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
SQLRETURN CellReader::ReadWhole(const ResultSet& rows, std::uint32_t row, const CellTarget& target,
                                std::vector<convert::CellProblem>& problems) {
  const auto& source = rows.sources()[column_];
  convert::TargetColumn cell;
  cell.c_type = target.c_type;
  cell.data = static_cast<char*>(target.data);
  cell.buffer_length = target.buffer_length;
  cell.indicator = target.length_or_indicator;
  cell.octet_length = target.length_or_indicator;
  cell.precision = target.precision;
  cell.scale = target.scale;
  cell.own_scale = target.own_scale;
  const auto first_problem = problems.size();
  convert::FindConverter(source, target.c_type)(source, rows.batch().column(column_), row, 1, cell,
                                                0, problems);
  finished_ = true;
  if (problems.size() == first_problem) return SQL_SUCCESS;
  const auto problem = problems.back();
  if (problem.state.code.starts_with("01")) return SQL_SUCCESS_WITH_INFO;
  problems.pop_back();
  if (problem.message.empty()) throw DriverError(problem.state);
  throw DriverError(problem.state, problem.message);
}

}  // namespace sluice::driver
