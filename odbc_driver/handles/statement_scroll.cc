// Cursors that keep their rows: SQLFetchScroll, SQLExtendedFetch and where SQLSetPos stands.

#include <algorithm>
#include <limits>

#include "odbc_driver/cursor/named_table.h"
#include "odbc_driver/handles/application_memory.h"
#include "odbc_driver/handles/statement.h"

namespace sluice::driver {
namespace {

// The seven that are meant for SQLFetchScroll.
bool IsOrientation(SQLSMALLINT orientation) {
  return (orientation >= SQL_FETCH_NEXT && orientation <= SQL_FETCH_RELATIVE) ||
         orientation == SQL_FETCH_BOOKMARK;
}

std::int64_t Signed(SQLULEN size) {
  constexpr auto kMost = static_cast<SQLULEN>(std::numeric_limits<std::int64_t>::max() / 2);
  return static_cast<std::int64_t>(std::min(size, kMost));
}

}  // namespace

// A cursor that can change no row, because not one table stands behind its columns, is made
// read-only; that of a query says so (SQLExecDirect, 01S02).
void Statement::OpenCursor(bool of_query, bool whole) {
  state_ = StatementState::kOpened;
  open_cursor_ = cursor_;
  // Connector/ODBC's default cursor scrolls, and with each of its cursors SQLSetPos changes rows;
  // its applications rely on that. Where it costs nothing, in results that are here as a whole,
  // these do, too.
  const bool keeps_whole = whole && connection_->engine() == v1::ENGINE_MYSQL;
  if (keeps_whole && !cursor_.type_given && !connection_->forward_only()) {
    open_cursor_.type = SQL_CURSOR_STATIC;
  }
  if (!open_cursor_.read_only()) {
    if (of_query && cursor::NamesItsTable(text_.sql, result_->columns(), connection_->engine(),
                                          connection_->lexical_rules())) {
      editor_ = TableEditor::Over(
          *result_, cancel_point_,
          {connection_->client(), connection_->engine(), connection_->type_options()});
    }
    if (editor_ == nullptr) {
      open_cursor_.concurrency = SQL_CONCUR_READ_ONLY;
    } else if (open_cursor_.concurrency == SQL_CONCUR_ROWVER && !editor_->CompareVersions()) {
      open_cursor_.concurrency = SQL_CONCUR_VALUES;
    }
    const bool is_other = open_cursor_.concurrency != cursor_.concurrency;
    if (is_other && of_query) Warn(k01S02OptionValueChanged);
  }
  if (!keeps_whole && !open_cursor_.keeps_rows()) return;
  kept_ = std::make_unique<KeptRows>(*result_, cancel_point_, LimitsOfKeptRows());
}

// psqlodbc's cursors pass over the rows that they have deleted, which a rollback brings back.
KeptRows::Limits Statement::LimitsOfKeptRows() const {
  KeptRows::Limits limits{.memory_bytes = connection_->scroll_bytes(), .max_rows = max_rows_};
  if (connection_->engine() == v1::ENGINE_POSTGRES) {
    limits.savepoints = &connection_->savepoints();
    limits.client = connection_->client();
  }
  return limits;
}

std::int64_t Statement::LastRow() {
  kept_->set_deadline(deadline());
  return kept_->Count();
}

void Statement::OnDiagnosticField(SQLSMALLINT field) {
  if (field != SQL_DIAG_CURSOR_ROW_COUNT || result_ == nullptr) return;
  if (kept_ != nullptr && open_cursor_.scrollable()) diagnostics().set_cursor_row_count(LastRow());
}

// Checks what of the arguments depends on the cursor.
cursor::ScrollRequest Statement::ScrollTo(SQLSMALLINT orientation, SQLLEN offset,
                                          SQLULEN rowset_size) {
  if (!IsOrientation(orientation)) throw DriverError(kHY106FetchTypeOutOfRange);
  if (orientation != SQL_FETCH_NEXT && !open_cursor_.scrollable()) {
    throw DriverError(kHY106FetchTypeOutOfRange, "The cursor only goes forward");
  }
  if (orientation == SQL_FETCH_BOOKMARK && open_cursor_.use_bookmarks == SQL_UB_OFF) {
    throw DriverError(kHY106FetchTypeOutOfRange, "SQL_ATTR_USE_BOOKMARKS is off");
  }
  return {orientation, offset, Signed(rowset_size)};
}

SQLRETURN Statement::FetchScroll(SQLSMALLINT orientation, SQLLEN offset) {
  // Where appendix B has 24000, for a statement that makes no rows, psqlodbc has no more rows, and
  // applications fetch after whatever they have executed.
  const bool is_without_rows = state_ == StatementState::kExecuted;
  if (is_without_rows && connection_->engine() == v1::ENGINE_POSTGRES) return SQL_NO_DATA;
  CheckAllowed(Operation::kFetch, state_);
  if (rowset_.extended) {
    throw DriverError(kHY010SequenceError, "SQLExtendedFetch is not mixed with other fetches");
  }
  const DescriptorLock lock(*ard_);
  auto request = ScrollTo(orientation, offset, ard_->header().array_size);
  cell_reader_.Reset();
  if (kept_ == nullptr) return FetchForward();
  kept_->set_deadline(deadline());
  if (orientation == SQL_FETCH_BOOKMARK) {
    request.bookmark = ReadBookmark(fetch_bookmark_, open_cursor_.use_bookmarks);
    if (!kept_->Has(request.bookmark)) throw DriverError(kHY111InvalidBookmarkValue);
  }
  return FetchKept(request, FetchTarget(),
                   static_cast<SQLULEN*>(ird_->header().rows_processed_ptr));
}

// To Connector/ODBC SQL_ROWSET_SIZE and SQL_ATTR_ROW_ARRAY_SIZE are one, and applications on MySQL
// set the one of ODBC 3 for SQLExtendedFetch, too.
SQLULEN Statement::ExtendedRowsetSize() const {
  const bool is_left_out = odbc2_rowset_size_ == 1 && connection_->engine() == v1::ENGINE_MYSQL;
  return is_left_out ? ard_->header().array_size : odbc2_rowset_size_;
}

// ODBC reference, SQLExtendedFetch: rowset size, row count and row status have places of their own,
// and the offset of SQL_FETCH_BOOKMARK is the bookmark.
SQLRETURN Statement::ExtendedFetch(SQLSMALLINT orientation, SQLLEN offset, SQLULEN* rows,
                                   SQLUSMALLINT* status) {
  CheckAllowed(Operation::kFetch, state_);
  if (state_ == StatementState::kPositioned && !rowset_.extended) {
    throw DriverError(kHY010SequenceError, "SQLExtendedFetch is not mixed with other fetches");
  }
  const DescriptorLock lock(*ard_);
  const SQLULEN rowset_size = ExtendedRowsetSize();
  auto request = ScrollTo(orientation, offset, rowset_size);
  cell_reader_.Reset();
  if (kept_ == nullptr) {  // nothing has been read yet: the rows can still be kept
    kept_ = std::make_unique<KeptRows>(*result_, cancel_point_, LimitsOfKeptRows());
  }
  kept_->set_deadline(deadline());
  if (orientation == SQL_FETCH_BOOKMARK) {
    request.bookmark = offset;
    request.offset = 0;
    if (!kept_->Has(offset)) throw DriverError(kHY111InvalidBookmarkValue);
  }
  RowsetTarget target = FetchTarget();
  target.rows = rowset_size;
  target.array_size = rowset_size;
  target.row_status = status;
  target.bind_offset = false;
  rowset_.extended = true;
  const SQLRETURN outcome = FetchKept(request, target, rows);
  // "An error in a row is SQL_SUCCESS_WITH_INFO" even where no row is without one.
  return outcome == SQL_ERROR ? SQL_SUCCESS_WITH_INFO : outcome;
}

namespace {

// The rows that are left, by their places.
class Places : public cursor::RowExtent {
 public:
  explicit Places(KeptRows& rows) : rows_(rows) {}
  bool Has(std::int64_t place) override { return rows_.Has(rows_.RowAt(place)); }
  std::int64_t Count() override { return rows_.Count() - rows_.holes(); }

 private:
  KeptRows& rows_;
};

}  // namespace

// The rules of scrolling are those of places where the cursor passes over deleted rows, of the
// present rowset, too.
cursor::ScrollOutcome Statement::ScrollKept(const cursor::ScrollRequest& given) {
  kept_->UndoRolledBack();
  if (!kept_->passes_over()) return cursor::Scroll(position_, given, *kept_);
  cursor::ScrollPosition from = position_;
  if (from.place == cursor::Place::kOnRowset) {
    const std::int64_t next = rowset_.rows == 0 ? position_.start + position_.rowset_size
                                                : rowset_.number_of(rowset_.rows) + 1;
    from.start = kept_->PlaceOf(position_.start);
    from.rowset_size = kept_->PlaceOf(next) - from.start;
  }
  cursor::ScrollRequest request = given;
  if (request.orientation == SQL_FETCH_BOOKMARK) {
    request.bookmark = kept_->PlaceOf(request.bookmark);
  }
  Places places(*kept_);
  auto outcome = cursor::Scroll(from, request, places);
  if (outcome.position.place == cursor::Place::kOnRowset) {
    outcome.position.start = kept_->RowAt(outcome.position.start);
  }
  return outcome;
}

SQLRETURN Statement::FetchKept(const cursor::ScrollRequest& request, const RowsetTarget& target,
                               SQLULEN* fetched) {
  const bool extended = rowset_.extended;
  bookmark_cell_.reset();
  const auto scrolled = ScrollKept(request);
  rowset_ = {.extended = extended};
  position_ = scrolled.position;
  state_ = StatementState::kPositioned;
  StoreCount(fetched, 0);
  if (position_.place != cursor::Place::kOnRowset) return WithoutRows(target);
  auto outcome = fetcher_.FetchKept(*kept_, position_.start, *result_, *ard_, target);
  rowset_ = {.first = position_.start,
             .rows = outcome.rows,
             .extended = extended,
             .application_status = target.row_status,
             .numbers = std::move(outcome.numbers)};
  StoreCount(fetched, outcome.rows);
  const bool read_once = !open_cursor_.scrollable() && open_cursor_.use_bookmarks == SQL_UB_OFF;
  if (read_once) kept_->Forget(position_.start);
  const SQLRETURN reported = ReportRowset(outcome);
  if (!scrolled.clipped || reported == SQL_ERROR) return reported;
  Warn(k01S06FetchBeforeStart);
  return SQL_SUCCESS_WITH_INFO;
}

}  // namespace sluice::driver
