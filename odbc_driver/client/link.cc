#include "odbc_driver/client/link.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>
#include <vector>

#include "odbc_driver/client/stream_cache.h"
#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver::client {

namespace {

using std::chrono::milliseconds;

// CloseSession is a few bytes: it fits the socket buffer unless the link is stuck.
constexpr milliseconds kFarewellTimeout{100};

// A look at what has arrived ends, however much it is: the application looks again.
constexpr int kMessagesPerPoll = 100;

constexpr std::string_view k54000ProgramLimitExceeded = "54000";

std::uint32_t TimeoutField(milliseconds timeout) {
  return static_cast<std::uint32_t>(
      std::clamp<milliseconds::rep>(timeout.count(), 0, std::numeric_limits<std::uint32_t>::max()));
}

std::vector<v1::Diagnostic> DiagnosticsOf(v1::Response& response) {
  return {std::make_move_iterator(response.mutable_diagnostics()->begin()),
          std::make_move_iterator(response.mutable_diagnostics()->end())};
}

std::string FirstMessage(const v1::Response& response) {
  return response.diagnostics().empty() ? "the relay ended the session"
                                        : response.diagnostics(0).message();
}

}  // namespace

Link::Link(Stream stream, const v1::SessionOpened& session, Patience patience)
    : stream_(std::move(stream)),
      session_id_(session.session_id()),
      max_message_bytes_(session.max_message_bytes() != 0 ? session.max_message_bytes()
                                                          : wire::kDefaultMaxMessageBytes),
      patience_(patience) {
  stream_.channel->set_max_message_bytes(max_message_bytes_);
}

Link::~Link() {
  if (stream_.is_inherited()) {
    AbandonInherited(std::move(stream_));
    return;
  }
  assert(cursors_.empty() && answers_.empty());
  if (!lost_.empty()) return;
  try {
    v1::Request request;
    request.set_request_id(stream_.next_request_id++);
    request.mutable_close_session();
    stream_.channel->Send(request, session_id_, wire::DeadlineAfter(kFarewellTimeout));
    StreamCache::OfProcess().Put(std::move(stream_));
  } catch (const std::exception&) {
    // The relay is gone, and the session with it.
  }
}

void Link::Change(const v1::SessionChanges& changes) {
  const Lock lock(mutex_);
  riders_.changes.MergeFrom(changes);
}

void Link::ReleaseStatement(std::uint32_t statement_id) {
  const Lock lock(mutex_);
  riders_.released_statements.push_back(statement_id);
}

void Link::ReleaseValue(std::uint32_t value_id) {
  const Lock lock(mutex_);
  riders_.released_values.push_back(value_id);
}

PendingCall::PendingCall(std::unique_ptr<State> state) : state_(std::move(state)) {}

PendingCall::~PendingCall() = default;

bool PendingCall::Ready() { return state_->answer.link.Poll(*state_); }

// ---- sending ----

Link::PendingAnswer::~PendingAnswer() {
  const Lock lock(link.mutex_);
  link.answers_.erase(request_id);
}

void Link::PendingAnswer::Register(std::uint64_t id) {
  const Lock lock(link.mutex_);
  request_id = id;
  link.answers_.emplace(id, this);
  if (cursor == nullptr) return;
  cursor->request_id_ = id;
  link.cursors_[cursor->id_] = cursor;
}

std::unique_ptr<PendingCall> Link::Start(std::unique_ptr<Cursor> cursor, v1::Request& request,
                                         RequestTimeout timeout, const OnRequestId& on_request_id) {
  auto state = std::make_unique<PendingCall::State>(*this, std::move(cursor));
  state->timeout = timeout;
  if (state->cursor != nullptr) state->cursor->times_out_connection_ = timeout.of_connection;
  if (timeout.duration > milliseconds::zero()) {
    const auto grace = timeout.of_connection ? std::min(patience_.answer_grace, timeout.duration)
                                             : patience_.answer_grace;
    state->due = wire::DeadlineAfter(timeout.duration);
    state->deadline = wire::DeadlineAfter(timeout.duration + grace);
  }
  request.set_timeout_ms(TimeoutField(timeout.duration));
  SendCall(request, state->answer, state->deadline, on_request_id);
  return std::unique_ptr<PendingCall>(new PendingCall(std::move(state)));
}

v1::Response Link::Take(PendingCall& pending) {
  PendingCall::State& call = *pending.state_;
  AwaitOrCancel(call);
  v1::Response& response = call.answer.response;
  if (!response.has_failure()) return std::move(response);
  if (call.canceled_late) {
    throw RequestFailed(std::string(kHYT00TimeoutExpired.code),
                        "the request took longer than " +
                            std::to_string(call.timeout.duration.count()) + " ms and was canceled");
  }
  std::vector<v1::Diagnostic> diagnostics = DiagnosticsOf(response);
  // Before it was due, another limit than the connection's has ended it: a queue's.
  if (call.timeout.of_connection && !diagnostics.empty() &&
      diagnostics[0].sqlstate() == kHYT00TimeoutExpired.code && wire::HasPassed(call.due)) {
    diagnostics[0].set_sqlstate(std::string(kHYT01ConnectionTimeout.code));
  }
  throw RequestFailed(std::move(diagnostics));
}

void Link::SendCall(v1::Request& request, PendingAnswer& answer, Deadline deadline,
                    const OnRequestId& on_request_id) {
  const Sending sending(*this, deadline);
  request.set_request_id(stream_.next_request_id++);
  if (on_request_id) on_request_id(request.request_id());
  answer.Register(request.request_id());
  SendLocked(request, /*with_changes=*/true, deadline);
}

void Link::SendOneWay(v1::Request& request) {
  const Sending sending(*this, wire::kNoDeadline);
  request.set_request_id(stream_.next_request_id++);
  SendLocked(request, /*with_changes=*/false, wire::DeadlineAfter(patience_.one_way_timeout));
}

void Link::SendLocked(v1::Request& request, bool with_changes, Deadline deadline) {
  if (stream_.is_inherited()) ThrowLost("it belongs to the process that was forked");
  TakeRiders(request, with_changes);
  std::string reason;
  try {
    stream_.channel->Send(request, session_id_, deadline);
    return;
  } catch (const wire::MessageTooLong&) {
    PutBackRiders(request);
    throw RequestFailed(std::string(k54000ProgramLimitExceeded),
                        "the request is " + std::to_string(request.ByteSizeLong()) +
                            " bytes long; the relay takes " + std::to_string(max_message_bytes_) +
                            " (max_message_bytes)");
  } catch (const wire::StreamClosed& error) {
    reason = error.what();
  } catch (const wire::DeadlinePassed& error) {
    reason = error.what();
  }
  const Lock lock(mutex_);
  MarkLost(reason);
  ThrowLost(lost_);
}

void Link::TakeRiders(v1::Request& request, bool with_changes) {
  const Lock lock(mutex_);
  if (!lost_.empty()) ThrowLost(lost_);
  request.mutable_released_statements()->Assign(riders_.released_statements.begin(),
                                                riders_.released_statements.end());
  riders_.released_statements.clear();
  request.mutable_released_values()->Assign(riders_.released_values.begin(),
                                            riders_.released_values.end());
  riders_.released_values.clear();
  if (!with_changes || riders_.changes.ByteSizeLong() == 0) return;
  request.mutable_changes()->Swap(&riders_.changes);
  riders_.changes.Clear();
}

void Link::PutBackRiders(const v1::Request& request) {
  const Lock lock(mutex_);
  v1::SessionChanges changes = request.changes();
  changes.MergeFrom(riders_.changes);  // what came later wins
  riders_.changes.Swap(&changes);
  riders_.released_statements.insert(riders_.released_statements.end(),
                                     request.released_statements().begin(),
                                     request.released_statements().end());
  riders_.released_values.insert(riders_.released_values.end(), request.released_values().begin(),
                                 request.released_values().end());
}

// ---- waiting ----

// The relay answers a request whose time is up by itself. If it does not, it is asked to stop; if
// it does not answer even then, it is not there any more.
void Link::AwaitOrCancel(PendingCall::State& call) {
  if (call.given_up) GiveUp(call);
  const auto arrived = [&call] { return call.answer.arrived; };
  for (;;) {
    {
      Lock lock(mutex_);
      if (Await(lock, call.deadline, arrived)) return;
    }
    CancelLate(call);
  }
}

// The deadline has passed: of the answer, or of that to the Cancel.
void Link::CancelLate(PendingCall::State& call) {
  if (call.canceled_late || call.timeout.of_connection) GiveUp(call);
  call.canceled_late = true;
  call.deadline = wire::DeadlineAfter(patience_.answer_grace);
  Cancel(call.answer.request_id, call.deadline);
}

void Link::GiveUp(PendingCall::State& call) {
  call.given_up = true;
  const Lock lock(mutex_);
  MarkLost("it does not answer");
  if (!call.timeout.of_connection) ThrowLost(lost_);
  throw RequestFailed(std::string(kHYT01ConnectionTimeout.code),
                      "the relay at " + stream_.server + " did not answer within " +
                          std::to_string(call.timeout.duration.count()) + " ms");
}

bool Link::Poll(PendingCall::State& call) {
  {
    Lock lock(mutex_);
    if (PollFor(lock, [&call] { return call.answer.arrived; })) return true;
  }
  if (wire::HasPassed(call.deadline)) CancelLate(call);
  return false;
}

bool Link::PollRows(Cursor& cursor) {
  Lock lock(mutex_);
  return PollFor(lock, [&cursor] { return !cursor.queue_.empty() || cursor.end_received_; });
}

// Reads what is there, unless another thread does.
template <typename Done>
bool Link::PollFor(Lock& lock, const Done& done) {
  for (int messages = 0; !done(); ++messages) {
    if (!lost_.empty()) ThrowLost(lost_);
    if (messages == kMessagesPerPoll) return false;
    if (has_reader_ || !ReadOne(lock, wire::DeadlineAfter(milliseconds::zero()))) return done();
  }
  return true;
}

template <typename Done>
bool Link::Await(Lock& lock, Deadline deadline, const Done& done) {
  for (bool has_waited = false; !done(); has_waited = true) {
    if (!lost_.empty()) ThrowLost(lost_);
    // What is there may be for others, and more of it may come all the time.
    if (has_waited && wire::HasPassed(deadline)) return false;
    if (has_reader_) {
      if (deadline == wire::kNoDeadline) {
        arrived_.wait(lock);
      } else if (arrived_.wait_until(lock, deadline) == std::cv_status::timeout) {
        return done();
      }
    } else if (!ReadOne(lock, deadline)) {
      return done();
    }
  }
  return true;
}

// Reads one response with the lock released, and hands it out. false: the deadline passed.
bool Link::ReadOne(Lock& lock, Deadline deadline) {
  has_reader_ = true;
  lock.unlock();
  v1::Response response;
  std::uint32_t session_id = session_id_;
  bool received = false;
  std::string failure;
  try {
    received = stream_.channel->Receive(response, &session_id, deadline);
  } catch (const std::exception& error) {  // StreamClosed, ProtocolError, no memory for the frame
    failure = error.what();
  }
  lock.lock();
  has_reader_ = false;
  if (!failure.empty()) {
    MarkLost(failure);
  } else if (received && (session_id == session_id_ || session_id == 0)) {
    Dispatch(response);
  }  // else it is for the session that had the stream before, whose cursors had the same ids
  // Either something is there for another thread, or one must take over the reading.
  arrived_.notify_all();
  return received || !failure.empty();
}

void Link::Dispatch(v1::Response& response) {
  if (response.has_rows()) {
    DispatchRows(response);
    return;
  }
  transaction_state_ = response.transaction_state();
  if (response.has_pinned_by()) pinned_by_ = response.pinned_by();
  if (response.has_failure() && response.failure().session_over()) MarkLost(FirstMessage(response));
  const auto found = answers_.find(response.request_id());
  if (found == answers_.end() || found->second->arrived) return;  // the first answer counts
  PendingAnswer& answer = *found->second;
  if (answer.cursor != nullptr) DispatchAnswer(response, *answer.cursor);
  answer.response.Swap(&response);
  answer.arrived = true;
}

// Rows of the cursor may follow in the same breath, read by another thread than the one that waits
// for this answer: so the first ones are queued here.
void Link::DispatchAnswer(v1::Response& response, Cursor& cursor) {
  if (!response.has_result()) {
    cursor.end_received_ = true;
    return;
  }
  v1::Result& result = *response.mutable_result();
  if (result.columns().empty()) {
    cursor.end_received_ = true;
    cursor.more_results_ = cursor.on_relay_ = result.more_results();
  } else {
    cursor.on_relay_ = true;
    Deliver(*result.mutable_first_rows(), response, cursor);
    result.clear_first_rows();
  }
}

void Link::DispatchRows(v1::Response& response) {
  v1::Rows& rows = *response.mutable_rows();
  // The state can change only with the statement's end; until then rows need not tell it.
  if (rows.end()) transaction_state_ = response.transaction_state();
  // Without a cursor: rows that were under way when it was released.
  const auto found = cursors_.find(rows.cursor_id());
  if (found != cursors_.end()) Deliver(rows, response, *found->second);
}

void Link::Deliver(v1::Rows& rows, v1::Response& response, Cursor& cursor) {
  if (rows.end()) {
    cursor.end_received_ = true;
    cursor.more_results_ = cursor.on_relay_ = rows.more_results();
    if (rows.failed()) cursor.failure_ = RequestFailed(DiagnosticsOf(response)).diagnostics();
  }
  if (rows.batch().row_count() == 0) return;
  if (cursor.credit_ <= 0) return MarkLost("it sends more rows than it was granted");
  cursor.credit_ -= static_cast<std::int64_t>(rows.batch().ByteSizeLong());
  cursor.queue_.push_back(std::move(rows));
}

void Link::MarkLost(const std::string& reason) {
  if (!lost_.empty()) return;
  lost_ = reason.empty() ? "unknown reason" : reason;
  stream_.channel->Close();
  arrived_.notify_all();
}

void Link::ThrowLost(const std::string& reason) const {
  throw RequestFailed(std::string(k08S01LinkFailure.code),
                      "the connection to the relay at " + stream_.server + " was lost: " + reason);
}

// ---- cursors ----

bool Link::NextRows(Cursor& cursor, Deadline deadline) {
  Lock lock(mutex_);
  const auto ready = [&cursor] { return !cursor.queue_.empty() || cursor.end_received_; };
  if (!Await(lock, deadline, ready)) {
    const SqlState& state =
        cursor.times_out_connection_ ? kHYT01ConnectionTimeout : kHYT00TimeoutExpired;
    throw RequestFailed(std::string(state.code), "no rows arrived in time");
  }
  if (!cursor.queue_.empty()) {
    cursor.current_ = std::move(cursor.queue_.front());
    cursor.queue_.pop_front();
    return true;
  }
  if (!cursor.failure_.empty()) throw RequestFailed(cursor.failure_);
  return false;
}

void Link::Detach(Cursor& cursor) {
  bool is_unfinished = false;
  {
    const Lock lock(mutex_);
    // The id may already belong to the cursor of the next result.
    if (const auto found = cursors_.find(cursor.id_);
        found != cursors_.end() && found->second == &cursor) {
      cursors_.erase(found);
    }
    is_unfinished = cursor.on_relay_ && lost_.empty() && !stream_.is_inherited();
  }
  if (!is_unfinished) return;
  try {
    v1::Request request;
    request.mutable_release();
    request.add_released_cursors(cursor.id_);
    SendOneWay(request);
  } catch (const RequestFailed&) {
    // The stream is lost, and the session with it; the next call will say so.
  }
}

bool Link::HasHandedOutAll(const Cursor& cursor) {
  const Lock lock(mutex_);
  return cursor.end_received_ && cursor.queue_.empty();
}

std::optional<std::uint64_t> Link::KnownRows(const Cursor& cursor) {
  const Lock lock(mutex_);
  // Whether more batches have arrived by now is a matter of luck: a long result is never counted.
  if (!cursor.end_received_ || cursor.queue_.size() > 1) return std::nullopt;
  return cursor.queue_.empty() ? 0 : cursor.queue_.front().batch().row_count();
}

bool Link::HasMoreResults(const Cursor& cursor) {
  const Lock lock(mutex_);
  return cursor.more_results_;
}

bool Link::ExpectsRows(const Cursor& cursor) {
  const Lock lock(mutex_);
  return !cursor.end_received_;
}

void Link::Grant(Cursor& cursor, std::uint64_t bytes) {
  {
    const Lock lock(mutex_);
    cursor.credit_ += static_cast<std::int64_t>(bytes);
  }
  v1::Request request;
  request.mutable_grant_credit()->set_cursor_id(cursor.id_);
  request.mutable_grant_credit()->set_bytes(bytes);
  SendOneWay(request);
}

void Link::Forget(Cursor& cursor) {
  const Lock lock(mutex_);
  cursors_.erase(cursor.id_);
  cursor.on_relay_ = false;
}

void Link::FailOnAnswer(const std::string& expected) {
  const Lock lock(mutex_);
  MarkLost("it answered with another message than " + expected);
  ThrowLost(lost_);
}

// Looking at a TLS stream may read from it, which only one thread may do. While another one reads,
// it will find out by itself.
bool Link::IsDead() {
  if (stream_.is_inherited()) return true;
  Lock lock(mutex_);
  if (!lost_.empty() || has_reader_) return !lost_.empty();
  has_reader_ = true;
  lock.unlock();
  const bool is_dead = stream_.channel->IsDead();
  lock.lock();
  has_reader_ = false;
  if (is_dead) MarkLost("it has closed the connection");
  arrived_.notify_all();
  return is_dead;
}

}  // namespace sluice::driver::client
