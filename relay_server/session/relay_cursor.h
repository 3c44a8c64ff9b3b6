#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proto/values/column_batch.h"
#include "relay_server/backend/backend.h"
#include "relay_server/pool/backend_pool.h"
#include "relay_server/session/catalog_cache.h"
#include "relay_server/session/row_spool.h"

namespace sluice::relay::session {

inline std::vector<values::ValueType> ValueTypes(const std::vector<v1::Column>& columns) {
  std::vector<values::ValueType> types;
  types.reserve(columns.size());
  for (const auto& column : columns) types.push_back(column.value_type());
  return types;
}

// One result of a statement on its way to the client.
struct PendingResult {
  explicit PendingResult(SpoolLimits limits) : spool(limits) {}

  backend::ResultHead head;
  v1::StatementKind kind = v1::STATEMENT_KIND_OTHER;
  std::vector<std::uint32_t> output_markers;  // that head.outputs are for
  std::exception_ptr error;                   // the statement failed: nothing else is set
  std::exception_ptr failure;                 // the rows broke off: it comes after them
  RowSpool spool;     // rows that were set aside; they come before those still on the backend
  bool live = false;  // more rows are on the backend connection
  std::shared_ptr<const CatalogAnswer> remembered;  // all rows, in place of a backend's
  std::size_t next_batch = 0;                       // of those

  // Rows that no backend is needed for.
  bool has_rows_aside() const {
    return !spool.empty() || (remembered && next_batch < remembered->batches.size());
  }
};

// What a catalogue function answers, while it is being sent for the first time.
struct CatalogRecording {
  std::string key;
  std::uint64_t generation = 0;
  std::shared_ptr<CatalogAnswer> answer = std::make_shared<CatalogAnswer>();
};

// The results of one execution: the present one, whose rows are being sent, and those that follow.
// Owned by its session, used on its strand.
struct RelayCursor {
  std::uint32_t id = 0;
  std::uint64_t request_id = 0;  // of the request that the rows answer

  // The backend connection of a live result: leased by the cursor itself, or the session's.
  pool::BackendLease lease;
  backend::BackendConnection* backend = nullptr;

  std::deque<PendingResult> results;            // front: the present one
  std::optional<values::BatchBuilder> builder;  // for the columns of the present result
  std::int64_t credit = 0;  // bytes the client takes; below 0 after an oversized batch
  std::vector<std::uint32_t> output_markers;    // of the statement that ran last: bound for output
  std::uint64_t max_rows = 0;                   // of each result; 0: all
  std::uint64_t rows_left = 0;                  // of max_rows, in the live result
  std::uint64_t rows_read = 0;                  // of the live result
  std::size_t batch_bytes = 0;                  // size that the next batch aims at
  bool pump_posted = false;                     // sending goes on from the queue of the strand
  std::shared_ptr<CatalogRecording> recording;  // of a catalogue function that may be remembered

  PendingResult& present() { return results.front(); }
  bool live() const { return backend != nullptr; }

  void TakeCredit(std::uint64_t bytes) {
    credit += static_cast<std::int64_t>(std::min(bytes, kMaxCredit));
    credit = std::min(credit, static_cast<std::int64_t>(kMaxCredit));
  }
  // Four times the largest FetchBytes: what a driver may have under way. It bounds what waits for a
  // client that does not read.
  static constexpr std::uint64_t kMaxCredit = std::uint64_t{256} << 20;
};

}  // namespace sluice::relay::session
