// SQLFetch, SQLFetchScroll and SQLGetData.

#include <algorithm>

#include "odbc_driver/handles/statement.h"

namespace sluice::driver {

wire::Deadline Statement::deadline() const {
  return query_timeout_ == 0 ? wire::kNoDeadline : wire::DeadlineAfter(timeout());
}

SQLRETURN Statement::Fetch() {
  CheckAllowed(Operation::kFetch, state_);
  cell_reader_.Reset();
  const DescriptorLock lock(*ard_);
  auto* const fetched = static_cast<SQLULEN*>(ird_->header().rows_processed_ptr);
  RowsetTarget target;
  target.rows = ard_->header().array_size;
  if (max_rows_ != 0) {  // the relay heeds it too; a result that was made here only by this
    target.rows = std::min<SQLULEN>(target.rows,
                                    max_rows_ - std::min<SQLULEN>(max_rows_, result_->rows_read()));
  }
  target.max_length = max_length_;
  target.retrieve_data = retrieve_data_ == SQL_RD_ON;
  target.array_size = ard_->header().array_size;
  target.row_status = static_cast<SQLUSMALLINT*>(ird_->header().array_status_ptr);
  rowset_rows_ = 0;
  if (fetched != nullptr) *fetched = 0;
  const auto outcome =
      fetcher_.Fetch(*result_, *ard_, target, connection_->odbc2(), deadline(), cancel_point_);
  rowset_rows_ = outcome.rows;
  if (fetched != nullptr) *fetched = outcome.rows;
  state_ = StatementState::kPositioned;
  if (outcome.rows == 0) return SQL_NO_DATA;
  return ReportRowset(outcome);
}

// ODBC reference, SQLFetch, "Errors and Warnings on Individual Rows".
SQLRETURN Statement::ReportRowset(const RowsetOutcome& outcome) {
  const auto context = diagnostic_context();
  for (const auto& problem : outcome.problems) {
    const auto& cell = problem.cell;
    diagnostics().Add(context, cell.state,
                      cell.message.empty() ? cell.state.meaning : std::string_view(cell.message),
                      static_cast<SQLLEN>(cell.row) + 1, problem.column);
  }
  if (outcome.rows_in_error == outcome.rows) return SQL_ERROR;
  return outcome.problems.empty() ? SQL_SUCCESS : SQL_SUCCESS_WITH_INFO;
}

SQLRETURN Statement::FetchScroll(SQLSMALLINT orientation) {
  switch (orientation) {
    case SQL_FETCH_NEXT:
      return Fetch();
    case SQL_FETCH_FIRST:
    case SQL_FETCH_LAST:
    case SQL_FETCH_PRIOR:
    case SQL_FETCH_ABSOLUTE:
    case SQL_FETCH_RELATIVE:
    case SQL_FETCH_BOOKMARK:
      CheckAllowed(Operation::kFetch, state_);
      throw DriverError(kHY106FetchTypeOutOfRange, "The cursor only goes forward");
    default:
      throw DriverError(kHY106FetchTypeOutOfRange);
  }
}

SQLRETURN Statement::GetData(SQLUSMALLINT column, const CellTarget& given) {
  CheckAllowed(Operation::kGetData, state_);
  if (rowset_rows_ == 0) throw DriverError(k24000InvalidCursorState, "There is no current row");
  if (rowset_rows_ > 1) {
    throw DriverError(kHY109InvalidCursorPosition, "SQLGetData reads from rowsets of a single row");
  }
  if (column == 0) throw DriverError(k07009InvalidDescriptorIndex, "Bookmarks are not supported");
  if (column > result_->columns().size()) throw DriverError(k07009InvalidDescriptorIndex);
  if (given.buffer_length < 0) throw DriverError(kHY090InvalidLength);

  const auto index = static_cast<std::size_t>(column - 1);
  CellTarget target = given;
  target.max_length = max_length_;
  target.precision = 38;  // the digits of SQL_NUMERIC_STRUCT
  target.own_scale = convert::HasOwnScale(result_->sources()[index], false);
  const DescriptorLock lock(*ard_);
  const auto* record = ard_->Find(static_cast<SQLSMALLINT>(column));
  if (target.c_type == SQL_ARD_TYPE) {
    target.c_type = record == nullptr ? SQL_C_DEFAULT : record->concise_type;
  }
  // Those of another type are not meant.
  if (record != nullptr && record->concise_type != SQL_C_DEFAULT &&
      record->concise_type == target.c_type) {
    target.precision = record->precision;
    target.scale = record->scale;
    target.own_scale = convert::HasOwnScale(result_->sources()[index], record->scale_given);
  }
  if (target.c_type == SQL_C_DEFAULT) {
    target.c_type = convert::DefaultCType(result_->sources()[index], connection_->odbc2());
  }
  std::vector<convert::CellProblem> problems;
  const SQLRETURN outcome = cell_reader_.Read(*result_, index, target, problems);
  const auto context = diagnostic_context();
  for (const auto& problem : problems) {
    diagnostics().Add(
        context, problem.state,
        problem.message.empty() ? problem.state.meaning : std::string_view(problem.message), 1,
        column);
  }
  return outcome;
}

}  // namespace sluice::driver
