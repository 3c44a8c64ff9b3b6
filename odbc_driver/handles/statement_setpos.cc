// SQLSetPos.

#include "odbc_driver/handles/statement.h"

namespace sluice::driver {

void Statement::CheckRowOfRowset(SQLSETPOSIROW row, SQLUSMALLINT operation) const {
  if (rowset_.rows == 0) throw DriverError(k24000InvalidCursorState, "There is no rowset");
  if (row > rowset_.rows) throw DriverError(kHY107RowValueOutOfRange);
  if (operation == SQL_POSITION && row == 0) throw DriverError(kHY109InvalidCursorPosition);
  if (operation != SQL_POSITION && row != 0) RequireNotDeleted(row);
}

std::int64_t Statement::NumberOf(SQLULEN row) const { return rowset_.number_of(row); }

bool Statement::IsDeleted(SQLULEN row) const {
  return kept_ != nullptr && kept_->IsDeleted(NumberOf(row));
}

void Statement::RequireNotDeleted(SQLULEN row) const {
  if (IsDeleted(row)) throw DriverError(kHY109InvalidCursorPosition, "The row has been deleted");
}

cursor::RowView Statement::RowOfRowset(SQLULEN row) {
  RequireNotDeleted(row);
  if (kept_ == nullptr) {
    const auto place = result_->RowOfRowset(row - 1);
    return {place.batch, place.row};
  }
  return ViewOf(NumberOf(row));
}

cursor::RowView Statement::ReadableRow(SQLULEN row) {
  if (!IsDeleted(row)) return RowOfRowset(row);
  const auto span = kept_->At(NumberOf(row));
  return {span.batch, span.row};
}

// Connector/ODBC changes rows whatever SQL_ATTR_CONCURRENCY says, and applications on MySQL leave
// it at its default, which is SQL_CONCUR_READ_ONLY.
void Statement::RequireChangeable() {
  if (!open_cursor_.read_only()) return;
  const bool is_default = !open_cursor_.concurrency_given && kept_ != nullptr &&
                          connection_->engine() == v1::ENGINE_MYSQL;
  if (is_default && editor_ == nullptr) {
    editor_ = TableEditor::Over(
        *result_, cancel_point_,
        {connection_->client(), connection_->engine(), connection_->type_options()});
  }
  if (!is_default || editor_ == nullptr) {
    throw DriverError(kHY092InvalidOption, "The cursor is read-only");
  }
  open_cursor_.concurrency = SQL_CONCUR_VALUES;
}

SQLRETURN Statement::SetPos(SQLSETPOSIROW row, SQLUSMALLINT operation, SQLUSMALLINT lock) {
  CheckAllowed(Operation::kSetPos, state_);
  if (kept_ != nullptr) kept_->UndoRolledBack();
  if (operation > SQL_ADD || lock > SQL_LOCK_UNLOCK) throw DriverError(kHY092InvalidOption);
  const bool changes = operation != SQL_POSITION && operation != SQL_REFRESH;
  // Whatever changes a row locks it exclusively, until the transaction ends. Connector/ODBC refuses
  // to, nevertheless.
  const bool locks_anyway =
      lock == SQL_LOCK_EXCLUSIVE && changes && connection_->engine() != v1::ENGINE_MYSQL;
  if (lock != SQL_LOCK_NO_CHANGE && !locks_anyway) {
    throw DriverError(kHYC00NotImplemented, "Rows cannot be locked one by one");
  }
  if (changes) RequireChangeable();
  if (operation != SQL_ADD) CheckRowOfRowset(row, operation);
  cell_reader_.Reset();
  bookmark_cell_.reset();
  if (operation != SQL_ADD) rowset_.current = row == 0 ? 1 : row;
  if (operation == SQL_POSITION) return SQL_SUCCESS;
  if (operation == SQL_REFRESH) {
    return RefreshRows(row == 0 ? 1 : row, row == 0 ? rowset_.rows : 1);
  }
  return StartChange(ChangeOf(row, operation));
}

// SQL_ATTR_ROW_OPERATION_PTR excludes rows where all of the rowset are meant.
Statement::ChangeCall Statement::ChangeOf(SQLSETPOSIROW row, SQLUSMALLINT operation) {
  const DescriptorLock lock(*ard_);
  ChangeCall call;
  call.kind = operation == SQL_ADD      ? ChangeKind::kAdd
              : operation == SQL_UPDATE ? ChangeKind::kUpdate
                                        : ChangeKind::kDelete;
  call.statuses = rowset_.application_status;
  if (call.kind != ChangeKind::kDelete) call.values.emplace(BoundValues());
  SQLULEN count = rowset_.rows;
  if (operation == SQL_ADD) {
    count = rowset_.extended ? ExtendedRowsetSize() : ard_->header().array_size;
  }
  if (row != 0) {
    // Connector/ODBC adds the only row there is, whatever its number: another one would be read
    // from memory that is not the buffers'.
    const bool is_only = operation == SQL_ADD && count == 1;
    call.rows = {is_only && connection_->engine() == v1::ENGINE_MYSQL ? 1 : row};
    return call;
  }
  const auto* operations = static_cast<const SQLUSMALLINT*>(ard_->header().array_status_ptr);
  for (const SQLULEN candidate : RowsOfBuffers(count)) {
    if (operations != nullptr && operations[candidate - 1] == SQL_ROW_IGNORE) continue;
    if (operation != SQL_ADD && IsDeleted(candidate)) continue;
    call.rows.push_back(candidate);
  }
  return call;
}

// Delivers rows of the rowset again. Deleted ones stay deleted.
SQLRETURN Statement::RefreshRows(SQLULEN first, SQLULEN count) {
  const DescriptorLock lock(*ard_);
  if (editor_ != nullptr) editor_->set_timeout(timeout());
  RowsetTarget target = FetchTarget();
  target.bind_offset = !rowset_.extended;
  RowsetOutcome outcome;
  outcome.rows = count;
  for (SQLULEN row = first; row < first + count; ++row) {
    const auto status = RefreshRow(row, target, outcome);
    if (status == SQL_ROW_ERROR) ++outcome.rows_in_error;
    if (rowset_.application_status != nullptr) rowset_.application_status[row - 1] = status;
  }
  return ReportRowset(outcome);
}

// The row's status.
SQLUSMALLINT Statement::RefreshRow(SQLULEN row, const RowsetTarget& target,
                                   RowsetOutcome& outcome) {
  if (IsDeleted(row)) return SQL_ROW_DELETED;
  const std::int64_t number = NumberOf(row);
  if (!open_cursor_.read_only()) {
    const auto now = editor_->Reload(ViewOf(number), nullptr);
    if (!now && !editor_->OutlivesChanges(ViewOf(number))) {
      outcome.problems.push_back({{static_cast<std::uint32_t>(row - 1), k01001CursorConflict,
                                   "The row has been changed or deleted since it was read"},
                                  0});
      return SQL_ROW_ERROR;
    }
    if (!now) {
      kept_->MarkDeleted(number);
      return SQL_ROW_DELETED;
    }
    kept_->Replace(number, *now);
  }
  const std::size_t known = outcome.problems.size();
  fetcher_.FetchRow(RowOfRowset(row), number, row - 1, *result_, *ard_, target, outcome);
  return StatusOfProblems(outcome, known);
}

}  // namespace sluice::driver
