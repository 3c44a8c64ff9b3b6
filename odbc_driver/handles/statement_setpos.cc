// SQLSetPos.

#include "odbc_driver/handles/statement.h"

namespace sluice::driver {

SQLUSMALLINT Statement::StatusOf(SQLULEN row) const {
  return rowset_.status.size() < row ? SQLUSMALLINT{SQL_ROW_SUCCESS} : rowset_.status[row - 1];
}

void Statement::SetStatusOf(SQLULEN row, SQLUSMALLINT status) {
  if (row <= rowset_.status.size()) rowset_.status[row - 1] = status;
  if (rowset_.application_status != nullptr) rowset_.application_status[row - 1] = status;
}

void Statement::CheckRowOfRowset(SQLSETPOSIROW row, SQLUSMALLINT operation) const {
  if (rowset_.rows == 0) throw DriverError(k24000InvalidCursorState, "There is no rowset");
  if (row > rowset_.rows) throw DriverError(kHY107RowValueOutOfRange);
  if (operation == SQL_POSITION && row == 0) throw DriverError(kHY109InvalidCursorPosition);
  if (kept_ == nullptr || (operation == SQL_POSITION && !open_cursor_.scrollable())) {
    throw DriverError(kHY109InvalidCursorPosition, "The cursor only goes forward");
  }
  if (operation == SQL_POSITION || row == 0) return;
  if (StatusOf(row) == SQL_ROW_DELETED) {
    throw DriverError(kHY109InvalidCursorPosition, "The row has been deleted");
  }
}

SQLRETURN Statement::SetPos(SQLSETPOSIROW row, SQLUSMALLINT operation, SQLUSMALLINT lock) {
  CheckAllowed(Operation::kSetPos, state_);
  if (operation > SQL_ADD || lock > SQL_LOCK_UNLOCK) throw DriverError(kHY092InvalidOption);
  if (lock != SQL_LOCK_NO_CHANGE) {
    throw DriverError(kHYC00NotImplemented, "Rows cannot be locked one by one");
  }
  const bool changes = operation != SQL_POSITION && operation != SQL_REFRESH;
  if (changes && open_cursor_.read_only()) {
    throw DriverError(kHY092InvalidOption, "The cursor is read-only");
  }
  CheckRowOfRowset(row, operation);
  cell_reader_.Reset();
  bookmark_cell_.reset();
  rowset_.current = row == 0 ? 1 : row;
  switch (operation) {
    case SQL_POSITION:
      return SQL_SUCCESS;
    case SQL_REFRESH:
      return RefreshRows(row == 0 ? 1 : row, row == 0 ? rowset_.rows : 1);
    case SQL_UPDATE:
    case SQL_DELETE:
      return ChangeRows(operation, row == 0 ? 1 : row, row == 0 ? rowset_.rows : 1);
    default:
      throw DriverError(kHYC00NotImplemented, "SQL_ADD is not supported yet");
  }
}

// Row by row; SQL_ATTR_ROW_OPERATION_PTR excludes rows where all are meant. An error of one of
// several rows leaves the others (SQLSetPos, "Diagnostics").
SQLRETURN Statement::ChangeRows(SQLUSMALLINT operation, SQLULEN first, SQLULEN count) {
  const DescriptorLock lock(*ard_);
  const auto* operations = static_cast<const SQLUSMALLINT*>(ard_->header().array_status_ptr);
  FindTableKeys();
  SQLULEN tried = 0;
  SQLULEN failed = 0;
  for (SQLULEN row = first; row < first + count; ++row) {
    if (count > 1 && operations != nullptr && operations[row - 1] == SQL_ROW_IGNORE) continue;
    if (count > 1 && StatusOf(row) == SQL_ROW_DELETED) continue;
    ++tried;
    try {
      ChangeRow(operation, row);
    } catch (const DriverError& error) {
      ++failed;
      diagnostics().Add(diagnostic_context(), error.state(), error.what(),
                        static_cast<SQLLEN>(row));
      SetStatusOf(row, SQL_ROW_ERROR);
    } catch (const client::RequestFailed& error) {
      ++failed;
      for (v1::Diagnostic diagnostic : error.diagnostics()) {
        diagnostic.set_row(static_cast<std::int64_t>(row));
        diagnostics().Add(diagnostic_context(), diagnostic);
      }
      SetStatusOf(row, SQL_ROW_ERROR);
    }
  }
  if (failed != 0 && failed == tried) return SQL_ERROR;
  return failed == 0 ? SQL_SUCCESS : SQL_SUCCESS_WITH_INFO;
}

void Statement::ChangeRow(SQLUSMALLINT operation, SQLULEN row) {
  operation == SQL_DELETE ? DeleteRow(row) : UpdateRow(row);
}

// Delivers rows of the rowset again. Deleted ones stay deleted.
SQLRETURN Statement::RefreshRows(SQLULEN first, SQLULEN count) {
  const DescriptorLock lock(*ard_);
  if (table_) FindTableKeys();
  RowsetTarget target = FetchTarget();
  target.bind_offset = !rowset_.extended;
  RowsetOutcome outcome;
  outcome.rows = count;
  for (SQLULEN row = first; row < first + count; ++row) {
    if (StatusOf(row) == SQL_ROW_DELETED) continue;
    const std::int64_t number = rowset_.first + static_cast<std::int64_t>(row) - 1;
    if (table_ && !ReloadRow(number, KeyOf(number))) {
      throw DriverError(kHY109InvalidCursorPosition, "The row is not there any more");
    }
    const auto problems = outcome.problems.size();
    fetcher_.FetchRow(kept_->At(number), number, row - 1, *result_, *ard_, target, outcome);
    SQLUSMALLINT status = SQL_ROW_SUCCESS;
    for (auto at = problems; at < outcome.problems.size(); ++at) {
      const bool warning = outcome.problems[at].cell.state.code.starts_with("01");
      if (!warning) status = SQL_ROW_ERROR;
      if (warning && status == SQL_ROW_SUCCESS) status = SQL_ROW_SUCCESS_WITH_INFO;
    }
    if (status == SQL_ROW_ERROR) ++outcome.rows_in_error;
    SetStatusOf(row, status);
  }
  return ReportRowset(outcome);
}

}  // namespace sluice::driver
