#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "odbc_driver/client/relay_client.h"
#include "odbc_driver/convert/column_converter.h"
#include "odbc_driver/handles/cancel_point.h"
#include "odbc_driver/info/type_facts.h"
#include "proto/values/column_batch.h"

namespace sluice::driver {

// The rows of one result and how far they have been read, a batch at a time. The rows come from the
// relay or were made here (SQLGetTypeInfo). Guarded by the statement's call_mutex().
class ResultSet {
 public:
  ResultSet(std::shared_ptr<client::RelayClient> client, std::unique_ptr<client::Cursor> cursor,
            std::vector<v1::Column> columns, v1::Engine engine, info::TypeOptions options);
  ResultSet(std::vector<v1::Column> columns, v1::ColumnBatch batch, v1::Engine engine,
            info::TypeOptions options);
  ~ResultSet();  // releases the cursor, which costs no trip
  ResultSet(const ResultSet&) = delete;
  ResultSet& operator=(const ResultSet&) = delete;

  const std::vector<v1::Column>& columns() const { return columns_; }
  const std::vector<convert::SourceColumn>& sources() const { return sources_; }
  // Of the batches: the columns', and behind them those of the rows' identity.
  const std::vector<values::ValueType>& value_types() const { return value_types_; }
  // Some columns have numbers of large objects.
  bool has_large_objects() const { return has_large_objects_; }
  // Whether rows have the columns of cursor/row_identity.h, which are not the application's.
  bool has_identity() const { return has_identity_; }

  // Rows left in the current batch; when there are none, the next batch becomes current first, for
  // which this waits. 0: the result has ended. Throws RequestFailed, MalformedBatch.
  std::uint32_t Available(wire::Deadline deadline, CancelPoint& cancel) {
    return Available(deadline, cancel, false);
  }
  // The same for the rows of one rowset, which stay readable until the next one begins, whatever
  // batches they lie in.
  void BeginRowset();
  std::uint32_t AvailableInRowset(wire::Deadline deadline, CancelPoint& cancel) {
    return Available(deadline, cancel, true);
  }
  struct RowPlace {
    const values::BatchView* batch;
    std::uint32_t row;
  };
  RowPlace RowOfRowset(std::uint64_t index) const;  // of those that were read, from 0
  // Whether Available() would not wait. Throws RequestFailed.
  bool Ready();
  // For as long as rows are waited for otherwise than by Available().
  std::unique_ptr<CancelPoint::Scope> CancelScope(CancelPoint& cancel);
  const values::BatchView& batch() const { return view_; }
  // The same as it arrived.
  const v1::ColumnBatch& whole_batch() const { return *whole_batch_; }
  // The next row to read, within the batch.
  std::uint32_t position() const { return position_; }
  void Advance(std::uint32_t rows) {
    position_ += rows;
    rows_read_ += rows;
  }
  std::uint64_t rows_read() const { return rows_read_; }
  // The rows broke off after some of a rowset had been read: those are delivered first, and the
  // next Available() throws this.
  void Postpone(std::exception_ptr failure) { postponed_ = std::move(failure); }

  // Of a result whose rows are all here: numbers without a declared precision have the digits of
  // their longest values, as with psqlodbc; and so text without a declared size, when asked for.
  void SizeByValues(bool text_too, CancelPoint& cancel);

  // Gives the cursor up, for RelayClient::NextResult. nullptr: no further result can follow.
  std::unique_ptr<client::Cursor> TakeCursor() { return std::move(cursor_); }

 private:
  void SizeText(std::size_t column);
  void SizeNumeric(std::size_t column);
  struct HeldBatch {
    v1::ColumnBatch batch;
    values::BatchView view;
    std::uint32_t first;  // row of the rowset
  };

  std::uint32_t Available(wire::Deadline deadline, CancelPoint& cancel, bool of_rowset);

  const std::shared_ptr<client::RelayClient> client_;  // outlives the cursor
  std::unique_ptr<client::Cursor> cursor_;
  std::vector<v1::Column> columns_;
  const bool has_identity_;
  bool has_large_objects_ = false;
  std::vector<convert::SourceColumn> sources_;
  std::vector<values::ValueType> value_types_;
  v1::ColumnBatch local_batch_;
  const v1::ColumnBatch* whole_batch_ = nullptr;  // local_batch_ or the cursor's
  values::BatchView view_;
  std::uint32_t position_ = 0;
  std::uint64_t rows_read_ = 0;
  std::vector<std::unique_ptr<HeldBatch>> held_;  // of the rowset, before the current batch
  std::uint32_t rowset_first_ = 0;                // the rowset's first row in the current batch
  std::exception_ptr postponed_;
  std::exception_ptr malformed_;  // a batch was refused: what follows it would hide the gap
};

}  // namespace sluice::driver
