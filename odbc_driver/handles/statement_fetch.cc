// SQLFetch of rows that are read once, and SQLGetData.

#include <algorithm>

#include "odbc_driver/handles/application_memory.h"
#include "odbc_driver/handles/statement.h"

namespace sluice::driver {

wire::Deadline Statement::deadline() const {
  const auto limit = timeout().duration;
  return limit.count() == 0 ? wire::kNoDeadline : wire::DeadlineAfter(limit);
}

SQLRETURN Statement::Fetch() { return FetchScroll(SQL_FETCH_NEXT, 0); }

// SQLFetch and SQLFetchScroll; SQLExtendedFetch has arguments for some of it.
RowsetTarget Statement::FetchTarget() {
  RowsetTarget target;
  target.rows = ard_->header().array_size;
  target.array_size = target.rows;
  target.max_length = max_length_;
  target.retrieve_data = retrieve_data_ == SQL_RD_ON;
  target.odbc2 = connection_->odbc2();
  target.bookmarks = open_cursor_.use_bookmarks;
  target.row_status = static_cast<SQLUSMALLINT*>(ird_->header().array_status_ptr);
  target.objects = ObjectsOfResult();
  return target;
}

LargeObjects* Statement::ObjectsOfResult() {
  if (result_ == nullptr || !result_->has_large_objects()) return nullptr;
  return &objects_.emplace(connection_->client(), cancel_point_, timeout());
}

SQLRETURN Statement::FetchForward() {
  const SQLPOINTER fetched = ird_->header().rows_processed_ptr;
  RowsetTarget target = FetchTarget();
  if (max_rows_ != 0) {  // the relay heeds it too; a result that was made here only by this
    target.rows = std::min<SQLULEN>(target.rows,
                                    max_rows_ - std::min<SQLULEN>(max_rows_, result_->rows_read()));
  }
  rowset_ = {};
  StoreCount(fetched, 0);
  const auto first = static_cast<std::int64_t>(result_->rows_read()) + 1;
  const auto outcome = fetcher_.Fetch(*result_, *ard_, target, deadline(), cancel_point_);
  rowset_ = {.first = first, .rows = outcome.rows, .application_status = target.row_status};
  StoreCount(fetched, outcome.rows);
  state_ = StatementState::kPositioned;
  if (outcome.rows == 0) return WithoutRows(target);
  return ReportRowset(outcome);
}

// No row is in the rowset: an application that counts by the statuses finds none of the last one.
SQLRETURN Statement::WithoutRows(const RowsetTarget& target) {
  if (target.row_status != nullptr) {
    std::fill_n(target.row_status, target.array_size, SQLUSMALLINT{SQL_ROW_NOROW});
  }
  return SQL_NO_DATA;
}

// The context is made here, and not where no value has a problem: it costs more than to read one.
void Statement::AddProblem(const SqlState& state, std::string_view message, SQLLEN row,
                           SQLINTEGER column) {
  diagnostics().Add(diagnostic_context(), state, message.empty() ? state.meaning : message, row,
                    column);
}

// ODBC reference, SQLFetch, "Errors and Warnings on Individual Rows".
SQLRETURN Statement::ReportRowset(const RowsetOutcome& outcome) {
  for (const auto& problem : outcome.problems) {
    const auto& cell = problem.cell;
    AddProblem(cell.state, cell.message, static_cast<SQLLEN>(cell.row) + 1, problem.column);
  }
  if (outcome.rows_in_error == outcome.rows) return SQL_ERROR;
  return outcome.problems.empty() ? SQL_SUCCESS : SQL_SUCCESS_WITH_INFO;
}

// The C type is never SQL_ARD_TYPE or SQL_C_DEFAULT then.
CellTarget Statement::ResolvedTarget(SQLUSMALLINT column, const CellTarget& given) {
  CellTarget target = given;
  target.max_length = column == 0 ? 0 : max_length_;
  const auto source =
      column == 0 ? BookmarkColumn::SourceFor(SQL_C_BOOKMARK) : result_->sources()[column - 1u];
  target.own_scale = convert::HasOwnScale(source, false);
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
    target.own_scale = convert::HasOwnScale(source, record->scale_given);
  }
  if (target.c_type != SQL_C_DEFAULT) return target;
  target.c_type = column == 0 ? DefaultBookmarkCType(open_cursor_.use_bookmarks)
                              : convert::DefaultCType(source, connection_->odbc2());
  return target;
}

CellReader::Cell Statement::CurrentCell(SQLUSMALLINT column, SQLSMALLINT c_type) {
  if (column == 0) {
    const bool suits = bookmark_cell_ && bookmark_cell_->Suits(c_type);
    if (!suits) bookmark_cell_.emplace(c_type, rowset_.current_row(), 1u);
    return {column, BookmarkColumn::SourceFor(c_type), bookmark_cell_->view(), 0};
  }
  const std::size_t index = column - 1u;
  const auto& source = result_->sources()[index];
  const auto row = ReadableRow(rowset_.current);
  auto* const objects = source.is_large_object ? ObjectsOfResult() : nullptr;
  return {column, source, row.batch->column(index), row.row, objects};
}

SQLRETURN Statement::GetData(SQLUSMALLINT column, const CellTarget& given) {
  CheckAllowed(Operation::kGetData, state_);
  if (rowset_.rows == 0) throw DriverError(k24000InvalidCursorState, "There is no current row");
  // psqlodbc still has the values of a row that the cursor has deleted; the reference has HY109.
  if (connection_->engine() != v1::ENGINE_POSTGRES) RequireNotDeleted(rowset_.current);
  if (column == 0 && open_cursor_.use_bookmarks == SQL_UB_OFF) {
    throw DriverError(k07009InvalidDescriptorIndex, "SQL_ATTR_USE_BOOKMARKS is off");
  }
  if (column > result_->columns().size()) throw DriverError(k07009InvalidDescriptorIndex);
  if (given.buffer_length < 0) throw DriverError(kHY090InvalidLength);

  const CellTarget target = ResolvedTarget(column, given);
  std::vector<convert::CellProblem> problems;
  const SQLRETURN outcome = cell_reader_.Read(CurrentCell(column, target.c_type), target, problems);
  for (const auto& problem : problems) {
    AddProblem(problem.state, problem.message, static_cast<SQLLEN>(rowset_.current), column);
  }
  return outcome;
}

}  // namespace sluice::driver
