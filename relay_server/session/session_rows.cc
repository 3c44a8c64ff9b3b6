// Sending results within the client's credit.

#include <algorithm>
#include <utility>

#include "relay_server/session/client_session.h"
#include "relay_server/session/failure.h"

namespace sluice::relay::session {
namespace {

// The first batch is small so that the first row is soon there; the later ones grow.
constexpr std::size_t kFirstBatchBytes = 16 * 1024;
constexpr std::size_t kLargestBatchBytes = 256 * 1024;

// Like RunningPhase, for what has to be done whether or not the request has been cancelled.
class DiscardPhase {
 public:
  DiscardPhase(CancelPoint& point, backend::BackendConnection& connection)
      : point_(point), entered_(point.EnterRunning(connection, CancelPoint::Work::kForRequest)) {}
  ~DiscardPhase() {
    if (entered_) point_.LeaveRunning();
  }
  DiscardPhase(const DiscardPhase&) = delete;
  DiscardPhase& operator=(const DiscardPhase&) = delete;

 private:
  CancelPoint& point_;
  const bool entered_;
};

}  // namespace

// ---- results of a statement ----

// Takes a result that has begun, and those without rows that follow it, up to one with rows.
void ClientSession::AppendResult(RelayCursor& cursor, backend::BackendConnection& connection,
                                 std::optional<backend::ResultHead> head, v1::StatementKind kind) {
  for (; head; head = NextHead(cursor, connection, kind)) {
    SettleOutputs(cursor, *head);
    auto& result = cursor.results.emplace_back(directory_->spool);
    result.head = std::move(*head);
    result.kind = kind;
    if (result.head.outputs) result.output_markers = cursor.output_markers;
    if (!result.head.columns.empty()) {
      if (result.head.first_rows) result.spool.Push(*std::exchange(result.head.first_rows, {}));
      if (result.head.is_read_whole) continue;
      result.live = true;
      cursor.backend = &connection;
      cursor.rows_left = cursor.max_rows;
      cursor.rows_read = 0;
      cursor.builder.emplace(ValueTypes(result.head.columns));
      return;
    }
  }
}

// An error of a later result comes in its turn: what the statement did before has taken effect.
std::optional<backend::ResultHead> ClientSession::NextHead(RelayCursor& cursor,
                                                           backend::BackendConnection& connection,
                                                           v1::StatementKind kind) {
  try {
    return connection.NextResult();
  } catch (const backend::BackendError& error) {
    if (error.connection_lost()) throw;
    auto& failed = cursor.results.emplace_back(directory_->spool);
    failed.kind = kind;
    failed.error = std::current_exception();
    return std::nullopt;
  }
}

// The rows on the backend have ended: is there another result?
void ClientSession::EndLiveResult(RelayCursor& cursor) {
  auto& connection = *cursor.backend;
  auto& ended = cursor.results.back();
  ended.live = false;
  cursor.builder.reset();
  const bool all = cursor.max_rows == 0 || cursor.rows_left != 0;
  if (!all) connection.DiscardResults();  // max_rows cut the result short
  NoteRowsEnded(cursor, connection, all);
  if (connection.has_open_result()) {
    AppendResult(cursor, connection, NextHead(cursor, connection, ended.kind), ended.kind);
  }
  // Not before: who catches an error of the above must know on which connection it was.
  if (!cursor.results.back().live) cursor.backend = nullptr;
}

// A statement of several has failed: its error comes after the results of those before it. Where
// rows of these are still on the backend, the error comes in their place, and nothing after it.
void ClientSession::AppendError(RelayCursor& cursor, std::exception_ptr error) {
  if (!cursor.live()) {
    cursor.results.emplace_back(directory_->spool).error = std::move(error);
    return;
  }
  auto& connection = *std::exchange(cursor.backend, nullptr);
  auto& broken_off = cursor.results.back();
  broken_off.live = false;
  broken_off.failure = std::move(error);
  cursor.builder.reset();
  connection.DiscardResults();
}

bool ClientSession::Finished(const RelayCursor& cursor) {
  if (cursor.results.empty()) return true;
  return cursor.results.size() == 1 && Drained(cursor);
}

// No row of the present result is left, nor the error that broke them off.
bool ClientSession::Drained(const RelayCursor& cursor) {
  const auto& present = cursor.results.front();
  return !present.live && !present.has_rows_aside() && !present.failure;
}

// Makes the first result of the cursor the response's, with the first of its rows.
void ClientSession::BeginResult(RelayCursor& cursor, v1::Response& response) {
  if (cursor.results.front().error) {
    const auto error = std::exchange(cursor.results.front().error, nullptr);
    cursor.results.clear();
    std::rethrow_exception(error);
  }
  auto& result = *response.mutable_result();
  auto& head = cursor.present().head;
  result.set_kind(cursor.present().kind);
  if (head.affected_rows) result.set_affected_rows(*head.affected_rows);
  for (const auto status : head.parameter_statuses) result.add_parameter_statuses(status);
  for (auto& diagnostic : head.diagnostics) *response.add_diagnostics() = std::move(diagnostic);
  if (head.outputs) {
    auto& outputs = *result.mutable_outputs();
    for (const auto marker : cursor.present().output_markers) outputs.add_markers(marker);
    for (const auto& column : head.outputs->columns) *outputs.add_columns() = column;
    *outputs.mutable_batch() = std::move(head.outputs->batch);
  }
  if (head.columns.empty()) {
    result.set_more_results(cursor.results.size() > 1);
    return;
  }
  for (auto& column : head.columns) {
    // Told once; who remembers the answer needs them again.
    if (cursor.recording) {
      *result.add_columns() = column;
    } else {
      result.add_columns()->Swap(&column);
    }
  }
  // Applications count the rows of a catalogue function: most lists fit one answer.
  cursor.batch_bytes = request_.has_catalog() ? kLargestBatchBytes : kFirstBatchBytes;
  FillRows(cursor, *result.mutable_first_rows());
  if (result.first_rows().end()) result.set_more_results(result.first_rows().more_results());
}

// ---- rows ----

// The next batch of the present result, from what was set aside or from the backend.
void ClientSession::FillRows(RelayCursor& cursor, v1::Rows& rows) {
  auto& present = cursor.present();
  if (present.failure && !present.live && present.spool.empty()) {
    std::rethrow_exception(std::exchange(present.failure, nullptr));
  }
  rows.set_cursor_id(cursor.id);
  if (present.remembered) {
    *rows.mutable_batch() = present.remembered->batches[present.next_batch++];
  } else if (!present.spool.Pop(*rows.mutable_batch()) && present.live) {
    FetchLive(cursor, *rows.mutable_batch());
  }
  if (Drained(cursor)) {
    rows.set_end(true);
    rows.set_more_results(cursor.results.size() > 1);
  }
  cursor.credit -= static_cast<std::int64_t>(rows.batch().ByteSizeLong());
  cursor.batch_bytes = std::min(cursor.batch_bytes * 4, kLargestBatchBytes);
}

// The next batch from the backend connection. The live result is always the cursor's last.
void ClientSession::FetchLive(RelayCursor& cursor, v1::ColumnBatch& batch) {
  backend::FetchLimits limits;
  limits.bytes = cursor.batch_bytes;
  if (cursor.max_rows != 0) {
    limits.rows = static_cast<std::uint32_t>(std::min<std::uint64_t>(cursor.rows_left, 1U << 30));
  }
  auto status = FetchRows(cursor, limits);
  cursor.rows_read += cursor.builder->row_count();
  if (cursor.max_rows != 0) {
    cursor.rows_left -= cursor.builder->row_count();
    if (cursor.rows_left == 0) status = backend::FetchStatus::kEnd;
  }
  cursor.builder->Finish(batch);
  if (cursor.recording) Record(cursor, batch, status == backend::FetchStatus::kEnd);
  if (status == backend::FetchStatus::kEnd) EndLiveResult(cursor);
}

// The rows that came before an error are delivered before it.
backend::FetchStatus ClientSession::FetchRows(RelayCursor& cursor,
                                              const backend::FetchLimits& limits) {
  try {
    return cursor.backend->FetchRows(*cursor.builder, limits);
  } catch (const backend::BackendError& error) {
    const auto& builder = *cursor.builder;
    const bool cancelled = cancel_point_.reason() != CancelReason::kNone;
    const bool has_rows = builder.row_count() != 0 && builder.is_even();
    if (error.connection_lost() || cancelled || !has_rows) throw;
    cursor.results.back().failure = std::current_exception();
    cursor.recording.reset();  // half an answer is not remembered
    return backend::FetchStatus::kEnd;
  }
}

// Sends rows while there is credit and the client reads them. Statements of the same session take
// turns: after each batch, what waits on the strand comes first.
void ClientSession::Pump(RelayCursor& cursor) {
  try {
    while (cursor.credit > 0 && !Drained(cursor) && !host_.IsCongested()) {
      SendRows(cursor);
      if (!host_.HasQueuedWork()) continue;
      if (!std::exchange(cursor.pump_posted, true)) {
        host_.PostToStrand([self = shared_from_this(), id = cursor.id] {
          const auto found = self->cursors_.find(id);
          if (found == self->cursors_.end()) return;
          found->second->pump_posted = false;
          self->PumpAgain(*found->second);
        });
      }
      break;
    }
    Pause(cursor);
  } catch (...) {
    BreakOff(cursor, std::current_exception());
  }
}

// One batch, unasked.
void ClientSession::SendRows(RelayCursor& cursor) {
  v1::Response response;
  response.set_request_id(cursor.request_id);
  if (cursor.present().live) {
    if (MayStopRows(cursor)) cancel_point_.MayStopRowsOf(cursor.id);
    const RunningPhase running(cancel_point_, *cursor.backend);
    FillRows(cursor, *response.mutable_rows());
  } else {
    FillRows(cursor, *response.mutable_rows());
  }
  response.set_transaction_state(transaction_state());
  host_.Send(response);
}

// Whether stopping the statement loses nothing but its rows. In a PostgreSQL transaction it would
// also undo the statement: its locks, and what its functions did.
bool ClientSession::MayStopRows(const RelayCursor& cursor) const {
  if (cursor.results.front().kind != v1::STATEMENT_KIND_SELECT) return false;
  return served_->backends->engine() == v1::ENGINE_MYSQL ||
         cursor.backend->transaction_state() == v1::TRANSACTION_STATE_NONE;
}

// No more can be sent now. May end the cursor.
void ClientSession::Pause(RelayCursor& cursor) {
  if (!cursor.live()) cursor.lease.Release();
  if (Finished(cursor)) {
    cursors_.erase(cursor.id);
    return;
  }
  if (!cursor.lease) return;
  cursor.lease.OfferToYield(
      [weak = weak_from_this(), host = host_.weak_from_this(), id = cursor.id] {
        const auto keep_alive = host.lock();
        const auto self = weak.lock();
        if (self && keep_alive) keep_alive->PostToStrand([self, id] { self->SpoolCursor(id); });
      });
}

void ClientSession::OutputDrained() {
  std::vector<std::uint32_t> ids;
  for (const auto& [id, cursor] : cursors_) {
    if (cursor->credit > 0 && !cursor->results.empty() && !Drained(*cursor)) ids.push_back(id);
  }
  for (const auto id : ids) {
    const auto found = cursors_.find(id);
    if (found != cursors_.end()) PumpAgain(*found->second);
  }
}

void ClientSession::PumpAgain(RelayCursor& cursor) {
  const auto request_id = cursor.request_id;
  cancel_point_.Resume(request_id);
  if (cursor.lease) cursor.lease.StopYielding();
  Pump(cursor);
  if (cancel_point_.End() == CancelReason::kClient) StopCursor(request_id);
}

// The rows cannot go on: the client learns it in their place.
void ClientSession::BreakOff(RelayCursor& cursor, std::exception_ptr error) {
  const auto id = cursor.id;
  const auto request_id = cursor.request_id;
  LoseCursorsConnection(cursor, error);  // may end the cursor
  auto response = FailureResponse(std::move(error));
  response.clear_failure();
  response.set_request_id(request_id);
  auto& rows = *response.mutable_rows();
  rows.set_cursor_id(id);
  rows.set_end(true);
  rows.set_failed(true);
  host_.Send(response);
  CloseCursor(id);
}

// If the error is the loss of the backend connection that the cursor's rows were on, nobody may use
// that any more.
void ClientSession::LoseCursorsConnection(RelayCursor& cursor, const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const backend::BackendError& e) {
    if (!e.connection_lost()) return;
    if (cursor.lease) {
      cursor.lease.MarkBroken();
    } else if (session_lease_ && cursor.backend == &session_lease_.connection()) {
      LoseSessionLease();
    }
  } catch (...) {
    // Any other error leaves the connection as it is.
  }
}

// ---- setting rows aside ----

void ClientSession::SpoolLive(RelayCursor& cursor) {
  while (cursor.live()) SpoolBatch(cursor);
}

void ClientSession::SpoolBatch(RelayCursor& cursor) {
  auto& result = cursor.results.back();
  v1::ColumnBatch batch;
  cursor.batch_bytes = kLargestBatchBytes;
  FetchLive(cursor, batch);
  result.spool.Push(batch);
}

// The rows of the last result, which are set aside, go behind those of another with the same
// columns; without rows, the counts are added.
void ClientSession::MergeLastResult(RelayCursor& cursor, std::size_t into) {
  auto& last = cursor.results.back();
  auto& whole = cursor.results[into];
  v1::ColumnBatch batch;
  while (last.spool.Pop(batch)) whole.spool.Push(batch);
  if (last.failure) whole.failure = last.failure;
  if (last.head.affected_rows && whole.head.affected_rows) {
    *whole.head.affected_rows += *last.head.affected_rows;
  }
  cursor.results.pop_back();
}

// Takes the result without columns that a procedure's results end with: the rows it tells of.
std::uint64_t ClientSession::TakeOutcome(RelayCursor& cursor, std::size_t first) {
  if (cursor.results.size() <= first) return 0;
  const PendingResult& last = cursor.results.back();
  if (!last.head.columns.empty() || last.error || last.failure) return 0;
  const std::uint64_t affected = last.head.affected_rows.value_or(0);
  cursor.results.pop_back();
  return affected;
}

// What a failed execution has begun.
void ClientSession::DropResultsFrom(RelayCursor& cursor, std::size_t first,
                                    backend::BackendConnection& connection) {
  while (cursor.results.size() > first) cursor.results.pop_back();
  cursor.backend = nullptr;
  cursor.builder.reset();
  if (connection.has_open_result()) connection.DiscardResults();
}

// Someone else waits for the backend connection that this cursor's rows are on.
void ClientSession::SpoolCursor(std::uint32_t cursor_id) {
  const auto found = cursors_.find(cursor_id);
  if (found == cursors_.end() || !found->second->live()) return;
  auto& cursor = *found->second;
  const auto request_id = cursor.request_id;
  cancel_point_.Resume(request_id);
  std::exception_ptr error;
  try {
    const RunningPhase running(cancel_point_, *cursor.backend);
    SpoolLive(cursor);
  } catch (...) {
    error = std::current_exception();
  }
  error ? BreakOff(cursor, error) : cursor.lease.Release();
  if (cancel_point_.End() == CancelReason::kClient) StopCursor(request_id);
}

// Frees this connection, or with nullptr all that the session's cursors lease, from rows unread.
void ClientSession::SpoolAllOn(const backend::BackendConnection* connection) {
  std::vector<std::uint32_t> ids;
  for (const auto& [id, cursor] : cursors_) {
    if (!cursor->live()) continue;
    const bool meant =
        connection == nullptr ? static_cast<bool>(cursor->lease) : cursor->backend == connection;
    if (meant) ids.push_back(id);
  }
  for (const auto id : ids) {
    SpoolForRequest(*cursors_.at(id));
  }
}

// The request under way needs the connection that these rows are on. A cancel means that request,
// not these rows: it takes effect between batches and leaves the rest where it is.
void ClientSession::SpoolForRequest(RelayCursor& cursor) {
  std::exception_ptr error;
  while (cursor.live() && !error) {
    const RunningPhase running(cancel_point_, *cursor.backend, CancelPoint::Work::kForRequest);
    try {
      SpoolBatch(cursor);
    } catch (...) {
      error = std::current_exception();
    }
  }
  if (error) return BreakOff(cursor, error);
  cursor.lease.Release();
}

// ---- what the client asks ----

ClientSession::Outcome ClientSession::HandleGrantCredit() {
  const auto& grant = request_.grant_credit();
  const auto found = cursors_.find(grant.cursor_id());
  if (found == cursors_.end()) return Outcome::kDone;  // its last rows are under way
  auto& cursor = *found->second;
  cursor.TakeCredit(grant.bytes());
  PumpAgain(cursor);
  return Outcome::kDone;
}

ClientSession::Outcome ClientSession::HandleNextResult() {
  const auto found = cursors_.find(request_.next_result().cursor_id());
  if (found == cursors_.end()) throw SessionError("24000", "the cursor has no further result");
  auto& cursor = *found->second;
  v1::Response response;
  try {
    if (cursor.lease) cursor.lease.StopYielding();
    // What the client left unread of the present result.
    while (cursor.live() && cursor.present().live) {
      const RunningPhase running(cancel_point_, *cursor.backend);
      v1::ColumnBatch unread;
      FetchLive(cursor, unread);
    }
    if (const auto failure = std::exchange(cursor.present().failure, nullptr)) {
      std::rethrow_exception(failure);
    }
    cursor.results.pop_front();
    if (cursor.results.empty()) throw SessionError("24000", "the cursor has no further result");
    cursor.request_id = request_.request_id();
    cursor.credit = 0;
    cursor.TakeCredit(request_.next_result().credit_bytes());
    std::optional<RunningPhase> running;
    if (cursor.live()) running.emplace(cancel_point_, *cursor.backend);
    BeginResult(cursor, response);
  } catch (...) {
    LoseCursorsConnection(cursor, std::current_exception());
    CloseCursor(request_.next_result().cursor_id());
    throw;
  }
  Answer(response);
  Pump(cursor);
  return Outcome::kDone;
}

// A cancelled request whose answer has begun: its rows end here.
void ClientSession::StopCursor(std::uint64_t request_id) {
  for (auto& [id, cursor] : cursors_) {
    if (cursor->request_id != request_id) continue;
    BreakOff(*cursor, std::make_exception_ptr(SessionError("HY008", "the rows were cancelled")));
    return;
  }
}

void ClientSession::StopCursors() {
  for (const auto request_id : cancel_point_.TakeStops()) StopCursor(request_id);
}

void ClientSession::CloseCursor(std::uint32_t cursor_id) noexcept {
  const auto found = cursors_.find(cursor_id);
  if (found == cursors_.end()) return;
  auto cursor = std::move(found->second);
  cursors_.erase(found);
  if (!cursor->live() || cursor->lease) return;  // a lease of its own cleans up when it ends
  try {
    {
      // May wait for the server, which must end when the client is gone.
      const DiscardPhase phase(cancel_point_, *cursor->backend);
      cursor->backend->DiscardResults();
    }
    SettleSessionLease();
  } catch (const std::exception&) {
    // Unread rows are left, or it is not known what else.
    if (session_lease_ && cursor->backend == &session_lease_.connection()) LoseSessionLease();
  }
}

}  // namespace sluice::relay::session
