// What SQLSetPos and SQLBulkOperations have in common: rows of the buffers become rows of the
// cursor's table, at once or when the data that is sent at execution has arrived.

#include <algorithm>
#include <utility>

#include "odbc_driver/handles/application_memory.h"
#include "odbc_driver/handles/statement.h"

namespace sluice::driver {

BoundRows Statement::BoundValues() {
  PopulateIrd();
  return {*ard_,
          *ird_,
          *result_,
          editor_->table(),
          {.odbc2 = connection_->odbc2(), .bind_offset = !rowset_.extended}};
}

SQLRETURN Statement::StartChange(ChangeCall call) {
  call.state = state_;
  change_ = std::make_unique<ChangeCall>(std::move(call));
  if (change_->values) deferred_ = change_->values->FindDeferred(change_->rows);
  deferred_next_ = 0;
  if (deferred_.empty()) return FinishChange();
  state_ = StatementState::kNeedData;
  return SQL_NEED_DATA;
}

// An error of one of several rows leaves the others (SQLSetPos and SQLBulkOperations,
// "Diagnostics").
SQLRETURN Statement::FinishChange() {
  const DescriptorLock lock(*ard_);
  const auto call = std::exchange(change_, nullptr);
  state_ = call->state;
  call->deferred = std::exchange(deferred_, {});
  editor_->set_timeout(timeout());
  kept_->set_deadline(deadline());
  if (call->kind == ChangeKind::kAdd) {
    AddRows(*call);
  } else {
    for (const SQLULEN row : call->rows) {
      TryRows(*call, {row}, [&] { ChangeRow(*call, row); });
    }
  }
  change_count_ = static_cast<SQLLEN>(call->affected);
  diagnostics().set_row_count(*change_count_);
  if (call->bulk) StoreCount(ird_->header().rows_processed_ptr, call->affected);
  if (call->failed == 0) return SQL_SUCCESS;
  return call->failed == call->rows.size() ? SQL_ERROR : SQL_SUCCESS_WITH_INFO;
}

void Statement::SetStatus(const ChangeCall& call, SQLULEN row, SQLUSMALLINT status) {
  if (call.statuses != nullptr) call.statuses[row - 1] = status;
}

void Statement::FailRow(ChangeCall& call, SQLULEN row) {
  ++call.failed;
  SetStatus(call, row, SQL_ROW_ERROR);
}

// The error of a step that several rows share is told once.
void Statement::TryRows(ChangeCall& call, const std::vector<SQLULEN>& rows,
                        const std::function<void()>& step) {
  const SQLLEN number = rows.size() == 1 ? static_cast<SQLLEN>(rows[0]) : SQL_ROW_NUMBER_UNKNOWN;
  try {
    step();
    return;
  } catch (const DriverError& error) {
    for (const SQLULEN row : rows) FailRow(call, row);
    if (EndsCall(error.state().code)) throw;
    diagnostics().Add(diagnostic_context(), error.state(), error.what(), number);
  } catch (const client::RequestFailed& error) {
    for (const SQLULEN row : rows) FailRow(call, row);
    if (EndsCall(error.sqlstate())) throw;
    AddOfRows(error.diagnostics(), rows);
  }
}

// The statement of these rows has used their streamed values up. (After one that has failed the
// relay is told to forget them, which does no harm when it has.)
void Statement::NoteUsed(const ChangeCall& call, const std::vector<SQLULEN>& rows) {
  for (const DeferredParameter& value : call.deferred) {
    const bool is_sent = std::ranges::find(rows, value.row + 1) != rows.end();
    if (is_sent && value.streamed != nullptr) value.streamed->stream().SetUsedUp();
  }
}

// What the relay tells of the rows of an array, by the application's numbers.
void Statement::AddOfRows(const std::vector<v1::Diagnostic>& found,
                          const std::vector<SQLULEN>& rows) {
  for (v1::Diagnostic diagnostic : found) {
    const auto row = static_cast<std::size_t>(diagnostic.row());
    if (row >= 1 && row <= rows.size()) {
      diagnostic.set_row(static_cast<std::int64_t>(rows[row - 1]));
    } else if (rows.size() == 1) {
      diagnostic.set_row(static_cast<std::int64_t>(rows[0]));
    }
    diagnostics().Add(diagnostic_context(), diagnostic);
  }
}

void Statement::TellBadRows(ChangeCall& call, const std::vector<BoundRows::BadRow>& bad) {
  for (const auto& problem : bad) {
    diagnostics().Add(diagnostic_context(), problem.state(), problem.what(),
                      static_cast<SQLLEN>(problem.row()) + 1, problem.parameter());
  }
  std::vector<SQLULEN> rows;
  for (const auto& problem : bad) rows.push_back(problem.row() + 1);
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  for (const SQLULEN row : rows) FailRow(call, row);
}

// ---- rows that are there ----

cursor::RowView Statement::ViewOf(std::int64_t number) {
  const auto span = kept_->At(number);
  if (span.deleted) throw DriverError(kHY109InvalidCursorPosition, "The row has been deleted");
  return {span.batch, span.row};
}

// `row` is the place in the buffers.
void Statement::ChangeRow(ChangeCall& call, SQLULEN row) {
  const std::int64_t number = call.bulk ? BookmarkedRow(row) : NumberOf(row);
  call.kind == ChangeKind::kDelete ? DeleteRow(call, row, number) : UpdateRow(call, row, number);
}

void Statement::DeleteRow(ChangeCall& call, SQLULEN row, std::int64_t number) {
  const std::uint64_t found = editor_->Delete(ViewOf(number));
  call.affected += found;
  if (found == 0) return TellConflict(call, row, number);
  kept_->MarkDeleted(number);
  SetStatus(call, row, SQL_ROW_DELETED);
}

void Statement::UpdateRow(ChangeCall& call, SQLULEN row, std::int64_t number) {
  const auto columns = call.values->ColumnsOf(row);
  if (columns.empty()) throw DriverError(k21S02NoColumnToChange);
  std::vector<SQLULEN> rows = {row};
  std::vector<BoundRows::BadRow> bad;
  const RowValues values = call.values->Collect(columns, rows, call.deferred, bad);
  if (!bad.empty()) return TellBadRows(call, bad);
  const auto changed = editor_->Update(ViewOf(number), values);
  NoteUsed(call, rows);
  call.affected += changed.found;
  if (changed.found == 0) return TellConflict(call, row, number);
  if (changed.row) kept_->Replace(number, *changed.row);
  SetStatus(call, row, SQL_ROW_UPDATED);
}

// No row had the values that were read: another has changed it, or deleted it.
void Statement::TellConflict(ChangeCall& call, SQLULEN row, std::int64_t number) {
  if (!editor_->OutlivesChanges(ViewOf(number))) {
    SetStatus(call, row, SQL_ROW_ERROR);
    diagnostics().Add(diagnostic_context(), k01001CursorConflict,
                      "The row has been changed or deleted since it was read",
                      static_cast<SQLLEN>(row));
    return;
  }
  const bool is_there = editor_->Reload(ViewOf(number), nullptr).has_value();
  if (!is_there) kept_->MarkDeleted(number);
  SetStatus(call, row, is_there ? SQL_ROW_ERROR : SQL_ROW_DELETED);
  diagnostics().Add(diagnostic_context(), k01001CursorConflict,
                    is_there ? "The row has been changed since it was read"
                             : "The row has been deleted since it was read",
                    static_cast<SQLLEN>(row));
}

// ---- new rows ----

// Rows that have values for the same columns go together, in their order.
void Statement::AddRows(ChangeCall& call) {
  // psqlodbc's cursors show the rows that SQLSetPos has added.
  const bool shows =
      kept_ != nullptr && open_cursor_.scrollable() && connection_->engine() == v1::ENGINE_POSTGRES;
  const bool bookmarks = call.bulk ? WantsBookmarks() : shows;
  for (std::size_t first = 0; first < call.rows.size();) {
    const auto columns = call.values->ColumnsOf(call.rows[first]);
    std::size_t end = first + 1;
    while (end < call.rows.size() && call.values->ColumnsOf(call.rows[end]) == columns) ++end;
    std::vector<SQLULEN> rows(call.rows.begin() + static_cast<std::ptrdiff_t>(first),
                              call.rows.begin() + static_cast<std::ptrdiff_t>(end));
    AddAlike(call, columns, std::move(rows), bookmarks);
    first = end;
  }
}

void Statement::AddAlike(ChangeCall& call, const std::vector<std::size_t>& columns,
                         std::vector<SQLULEN> rows, bool bookmarks) {
  std::vector<BoundRows::BadRow> bad;
  RowValues values = call.values->Collect(columns, rows, call.deferred, bad);
  std::ranges::sort(bad, {}, &BoundRows::BadRow::row);
  TellBadRows(call, bad);
  if (rows.empty()) return;
  if (!bookmarks) {
    TryRows(call, rows, [&] { AddArray(call, values, rows); });
    return;
  }
  for (const SQLULEN row : rows) {
    std::vector<SQLULEN> one = {row};
    const RowValues value = call.values->Collect(columns, one, call.deferred, bad);
    TryRows(call, one, [&] { AddWithBookmark(call, value, row); });
  }
}

// One request. The cursor does not show these rows.
void Statement::AddArray(ChangeCall& call, const RowValues& values,
                         const std::vector<SQLULEN>& rows) {
  std::vector<v1::Diagnostic> found;
  const v1::Result result = editor_->InsertArray(values, found);
  NoteUsed(call, rows);
  AddOfRows(found, rows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool told = static_cast<int>(i) < result.parameter_statuses_size();
    if (told &&
        result.parameter_statuses(static_cast<int>(i)) != v1::PARAMETER_SET_STATUS_SUCCESS) {
      FailRow(call, rows[i]);
    } else {
      ++call.affected;
      SetStatus(call, rows[i], SQL_ROW_ADDED);
    }
  }
}

// A row with a bookmark is the cursor's last row from then on.
void Statement::AddWithBookmark(ChangeCall& call, const RowValues& values, SQLULEN row) {
  const auto added = editor_->InsertAndRead(values);
  NoteUsed(call, {row});
  ++call.affected;
  SetStatus(call, row, SQL_ROW_ADDED);
  if (!added && !call.bulk) return;
  if (!added) {
    diagnostics().Add(diagnostic_context(), k01000GeneralWarning,
                      "The row has been added, but cannot be found again for its bookmark",
                      static_cast<SQLLEN>(row));
    return;
  }
  kept_->Count();
  const std::int64_t number = kept_->Append(*added);
  if (call.bulk) WriteBookmark(row, number);
}

}  // namespace sluice::driver
