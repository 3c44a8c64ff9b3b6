// SQLBulkOperations: rows that are added, and rows that are named by their bookmarks.

#include <algorithm>
#include <numeric>

#include "odbc_driver/convert/c_type.h"
#include "odbc_driver/handles/application_memory.h"
#include "odbc_driver/handles/statement.h"

namespace sluice::driver {

bool Statement::WantsBookmarks() {
  if (open_cursor_.use_bookmarks == SQL_UB_OFF) return false;
  const auto* record = ard_->Find(0);
  return record != nullptr && record->IsBound();
}

// Throws HY090 where a bookmark does not fit.
void Statement::CheckBulk(SQLSMALLINT operation) {
  if (operation < SQL_ADD || operation > SQL_FETCH_BY_BOOKMARK) {
    throw DriverError(kHY092InvalidOption);
  }
  if (operation != SQL_FETCH_BY_BOOKMARK) RequireChangeable();
  if (operation != SQL_ADD && !WantsBookmarks()) {
    throw DriverError(kHY092InvalidOption,
                      "Column 0 is not bound, or SQL_ATTR_USE_BOOKMARKS is off");
  }
  const auto columns = static_cast<int>(result_->columns().size());
  for (int number = columns + 1; number <= ard_->count(); ++number) {
    if (operation == SQL_ADD && ard_->Find(static_cast<SQLSMALLINT>(number))->IsBound()) {
      throw DriverError(k07009InvalidDescriptorIndex);
    }
  }
  if (WantsBookmarks()) fetcher_.CheckBindings(*result_, *ard_, FetchTarget());
}

std::vector<SQLULEN> Statement::RowsOfBuffers(SQLULEN count) {
  std::vector<SQLULEN> rows(count);
  std::iota(rows.begin(), rows.end(), SQLULEN{1});
  return rows;
}

SQLRETURN Statement::BulkOperations(SQLSMALLINT operation) {
  CheckAllowed(Operation::kBulkOperations, state_);
  if (rowset_.extended) {
    throw DriverError(kHY010SequenceError, "SQLExtendedFetch is not mixed with SQLBulkOperations");
  }
  ChangeCall call;
  {
    const DescriptorLock lock(*ard_);
    CheckBulk(operation);
    cell_reader_.Reset();
    bookmark_cell_.reset();
    if (operation == SQL_FETCH_BY_BOOKMARK) return FetchByBookmark();
    call.bulk = true;
    call.rows = RowsOfBuffers(ard_->header().array_size);
    call.statuses = static_cast<SQLUSMALLINT*>(ird_->header().array_status_ptr);
    call.kind = operation == SQL_ADD                  ? ChangeKind::kAdd
                : operation == SQL_UPDATE_BY_BOOKMARK ? ChangeKind::kUpdate
                                                      : ChangeKind::kDelete;
    if (call.kind != ChangeKind::kDelete) call.values.emplace(BoundValues());
  }
  return StartChange(std::move(call));
}

// By the bookmark in the application's buffer of column 0.
std::int64_t Statement::BookmarkedRow(SQLULEN row) {
  if (!WantsBookmarks()) throw DriverError(kHY111InvalidBookmarkValue);  // unbound meanwhile
  const auto& header = ard_->header();
  const auto& bound = *ard_->Find(0);
  const bool by_row = header.bind_type != SQL_BIND_BY_COLUMN;
  const auto* type = convert::FindCType(bound.concise_type == SQL_C_DEFAULT
                                            ? DefaultBookmarkCType(open_cursor_.use_bookmarks)
                                            : bound.concise_type);
  const std::size_t width = type != nullptr && type->width != 0
                                ? type->width
                                : static_cast<std::size_t>(bound.octet_length);
  const std::size_t stride = by_row ? static_cast<std::size_t>(header.bind_type) : width;
  const auto* first = Shifted<const char*>(bound.data_ptr, ReadBindOffset(header.bind_offset_ptr));
  if (first == nullptr) throw DriverError(kHY111InvalidBookmarkValue);
  const std::int64_t number = ReadBookmark(first + (row - 1) * stride, open_cursor_.use_bookmarks);
  if (!kept_->Has(number)) throw DriverError(kHY111InvalidBookmarkValue);
  return number;
}

void Statement::WriteBookmark(SQLULEN row, std::int64_t number) {
  RowsetOutcome outcome;
  fetcher_.WriteBookmark(number, row - 1, outcome);
  ReportRowset(outcome);
}

// Rows as the cursor has them; SQLSetPos refreshes them.
SQLRETURN Statement::FetchByBookmark() {
  kept_->set_deadline(deadline());
  const RowsetTarget target = FetchTarget();
  auto* const statuses = target.row_status;
  RowsetOutcome outcome;
  outcome.rows = target.array_size;
  for (SQLULEN row = 1; row <= target.array_size; ++row) {
    const auto status = FetchBookmarked(row, target, outcome);
    if (status == SQL_ROW_ERROR) ++outcome.rows_in_error;
    if (statuses != nullptr) statuses[row - 1] = status;
  }
  StoreCount(ird_->header().rows_processed_ptr, outcome.rows - outcome.rows_in_error);
  return ReportRowset(outcome);
}

// The row's status.
SQLUSMALLINT Statement::FetchBookmarked(SQLULEN row, const RowsetTarget& target,
                                        RowsetOutcome& outcome) {
  std::int64_t number = 0;
  try {
    number = BookmarkedRow(row);
  } catch (const DriverError& error) {
    outcome.problems.push_back(
        {{static_cast<std::uint32_t>(row - 1), error.state(), error.what()}, 0});
    return SQL_ROW_ERROR;
  }
  const auto span = kept_->At(number);
  if (span.deleted) return SQL_ROW_DELETED;
  const std::size_t known = outcome.problems.size();
  fetcher_.FetchRow({span.batch, span.row}, number, row - 1, *result_, *ard_, target, outcome);
  return StatusOfProblems(outcome, known);
}

}  // namespace sluice::driver
