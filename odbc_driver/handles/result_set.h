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
  const std::vector<values::ValueType>& value_types() const { return value_types_; }

  // Rows left in the current batch; when there are none, the next batch becomes current first, for
  // which this waits. 0: the result has ended. Throws RequestFailed, MalformedBatch.
  std::uint32_t Available(wire::Deadline deadline, CancelPoint& cancel);
  // Whether Available() would not wait. Throws RequestFailed.
  bool Ready();
  // For as long as rows are waited for otherwise than by Available().
  std::unique_ptr<CancelPoint::Scope> CancelScope(CancelPoint& cancel);
  const values::BatchView& batch() const { return view_; }
  // The same as it arrived.
  const v1::ColumnBatch& whole_batch() const { return *whole_batch_; }
  // The next row to read, within the batch. The row before it stays readable until Available() has
  // had to wait for another batch: then this is 0.
  std::uint32_t position() const { return position_; }
  void Advance(std::uint32_t rows) {
    position_ += rows;
    rows_read_ += rows;
  }
  std::uint64_t rows_read() const { return rows_read_; }
  // The rows broke off after some of a rowset had been read: those are delivered first, and the
  // next Available() throws this.
  void Postpone(std::exception_ptr failure) { postponed_ = std::move(failure); }

  // Gives the cursor up, for RelayClient::NextResult. nullptr: no further result can follow.
  std::unique_ptr<client::Cursor> TakeCursor() { return std::move(cursor_); }

 private:
  const std::shared_ptr<client::RelayClient> client_;  // outlives the cursor
  std::unique_ptr<client::Cursor> cursor_;
  const std::vector<v1::Column> columns_;
  std::vector<convert::SourceColumn> sources_;
  std::vector<values::ValueType> value_types_;
  v1::ColumnBatch local_batch_;
  const v1::ColumnBatch* whole_batch_ = nullptr;  // local_batch_ or the cursor's
  values::BatchView view_;
  std::uint32_t position_ = 0;
  std::uint64_t rows_read_ = 0;
  std::exception_ptr postponed_;
};

}  // namespace sluice::driver
