#pragma once

#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "odbc_driver/client/relay_client.h"
#include "odbc_driver/cursor/row_store.h"
#include "odbc_driver/cursor/savepoints.h"
#include "odbc_driver/cursor/scroll_position.h"
#include "odbc_driver/handles/result_set.h"

namespace sluice::driver {

// The rows that a cursor goes back to: what has been read of its result so far, and what the cursor
// itself has changed since. Rows count from 1. A deleted row leaves a hole, so that the others keep
// their numbers; where cursors pass over holes, the rows that are left have places, from 1, too.
// Guarded by the statement's call_mutex(). What reads the result throws what ResultSet::Available()
// throws; rows that were read before stay.
class KeptRows : public cursor::RowExtent {
 public:
  struct Limits {
    std::uint64_t memory_bytes;  // beyond, rows go to a temporary file
    SQLULEN max_rows;            // SQL_ATTR_MAX_ROWS; 0: all
    // Of a cursor that passes over deleted rows, and whose changes a rollback undoes; may be null.
    // Borrowed.
    cursor::Savepoints* savepoints = nullptr;
    std::shared_ptr<client::RelayClient> client = {};  // whose transaction that is
  };
  // Borrows both.
  KeptRows(ResultSet& result, CancelPoint& cancel, const Limits& limits);

  // Of the reading that Has() and Count() do.
  void set_deadline(wire::Deadline deadline) { deadline_ = deadline; }
  bool Has(std::int64_t row) override;
  std::int64_t Count() override;

  struct Span {
    const values::BatchView* batch;  // valid until the next call
    std::uint32_t row;               // within the batch
    std::uint32_t count;
    bool deleted;  // a single row, with the values that it had
  };
  // Undoes those changes that the transaction has undone since.
  void UndoRolledBack();
  // Whether there are holes, and the cursor passes over them.
  bool passes_over() const { return savepoints_ != nullptr && !deleted_.empty(); }
  // The row at a place, and the place of a row, or of the next one that is left.
  std::int64_t RowAt(std::int64_t place) const;
  std::int64_t PlaceOf(std::int64_t row) const;
  std::int64_t holes() const { return static_cast<std::int64_t>(deleted_.size()); }

  // A row that exists, and those after it that lie together with it.
  Span At(std::int64_t row);
  bool IsDeleted(std::int64_t row) const;

  void MarkDeleted(std::int64_t row);
  // The row's new values: a batch of one row.
  void Replace(std::int64_t row, const v1::ColumnBatch& values);
  // A new row after the last, which must have been read. Returns its number.
  std::int64_t Append(const v1::ColumnBatch& values);

  // A forward-only cursor does not come back to the rows before this one.
  void Forget(std::int64_t before) { rows_.Forget(static_cast<std::uint64_t>(before - 1)); }

 private:
  struct Change {
    bool deleted = false;
    std::optional<std::uint64_t> place = {};  // in changed_; none: as it was read
  };
  struct Undoable {
    std::uint64_t number;  // Savepoints::NoteChange
    std::int64_t row;
    std::optional<Change> before;  // none: there was no such row
  };

  bool ReadMore();  // false: the result has ended
  void SetChange(std::int64_t row, const Change& change);
  void Remember(std::int64_t row, bool is_new);

  ResultSet& result_;
  CancelPoint& cancel_;
  const SQLULEN max_rows_;
  wire::Deadline deadline_ = wire::kNoDeadline;
  cursor::RowStore rows_;
  std::int64_t read_ = 0;  // rows of the result, at most max_rows_
  bool ended_ = false;
  std::exception_ptr failure_;  // the result broke off

  cursor::RowStore changed_;                // new values of rows, and new rows
  std::map<std::int64_t, Change> changes_;  // by row
  std::int64_t appended_ = 0;
  std::vector<std::int64_t> deleted_;  // rows, in their order

  cursor::Savepoints* const savepoints_;
  const std::shared_ptr<client::RelayClient> client_;
  std::size_t rollbacks_;       // of savepoints_ that are known here
  std::vector<Undoable> done_;  // in a transaction that may be undone yet
};

}  // namespace sluice::driver
