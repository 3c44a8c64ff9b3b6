#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "odbc_driver/client/relay_client.h"
#include "odbc_driver/client/stream.h"

namespace sluice::driver::client {

// The conversation of one open session over its stream: matches answers with requests, and rows
// with cursors. It has no thread: of the application's threads that wait for something, one reads
// the stream and hands out what arrives, the others sleep until it has something for them or takes
// its leave. Thread-safe. Every method throws RequestFailed with 08S01 once the stream is lost.
class Link {
 public:
  // As ConnectOptions have them.
  struct Patience {
    std::chrono::milliseconds answer_grace;
    std::chrono::milliseconds one_way_timeout;
  };
  Link(Stream stream, const v1::SessionOpened& session, Patience patience);
  // Sends CloseSession, waits for nothing and leaves the stream to the StreamCache. Never throws.
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // What rides on the next request.
  void Change(const v1::SessionChanges& changes);
  void ReleaseStatement(std::uint32_t statement_id);
  void ReleaseValue(std::uint32_t value_id);

  using OnRequestId = std::function<void(std::uint64_t)>;
  // Sends the request and waits for its answer; a Failure is thrown as RequestFailed. `timeout` 0
  // waits for ever. on_request_id may be empty; a Cancel that it gives rise to follows the request.
  v1::Response Call(v1::Request& request, RequestTimeout timeout,
                    const OnRequestId& on_request_id = {}) {
    return Take(*Start(nullptr, request, timeout, on_request_id));
  }
  // The same in two steps. A request that is answered by a Result has a cursor, to which the rows
  // go, from the first ones in the Result on; they are taken out of the Result.
  std::unique_ptr<PendingCall> Start(std::unique_ptr<Cursor> cursor, v1::Request& request,
                                     RequestTimeout timeout, const OnRequestId& on_request_id);
  v1::Response Take(PendingCall& call);
  // Without waiting: whether Take() or NextRows() would not wait. What has arrived is handed out.
  bool Poll(PendingCall::State& call);
  bool PollRows(Cursor& cursor);
  // For requests that are not answered. Releases ride along, state changes do not. Waits for
  // another thread's request as long as that may take to send.
  void SendOneWay(v1::Request& request);
  // Where another thread is sending, that thread sends the Cancel next.
  void Cancel(std::uint64_t request_id) {
    Cancel(request_id, wire::DeadlineAfter(patience_.one_way_timeout));
  }

  // Moves the next rows to cursor.current_. false: all have been handed out. Throws RequestFailed:
  // the deadline passed (HYT00), or the rows broke off.
  bool NextRows(Cursor& cursor, Deadline deadline);
  // Forgets the cursor and calls its rows off if there are any to come. Never throws.
  void Detach(Cursor& cursor);
  bool HasHandedOutAll(const Cursor& cursor);
  std::optional<std::uint64_t> KnownRows(const Cursor& cursor);
  bool HasMoreResults(const Cursor& cursor);
  bool ExpectsRows(const Cursor& cursor);  // the end has not been received
  // Lets the relay send so many bytes of rows more.
  void Grant(Cursor& cursor, std::uint64_t bytes);
  // The cursor's id lives on in another Cursor: nothing is called off.
  void Forget(Cursor& cursor);

  // The relay answered with something else than `expected`: the stream cannot be trusted any more.
  [[noreturn]] void FailOnAnswer(const std::string& expected);

  bool IsDead();
  // The shortest that it has been seen to take, the relay's work included.
  wire::Clock::duration round_trip() const { return stream_.round_trip; }
  bool is_far() const { return stream_.is_far(); }
  v1::TransactionState transaction_state() const { return transaction_state_.load(); }
  std::string pinned_by() const {
    const std::lock_guard lock(mutex_);
    return pinned_by_;
  }

  // An answer that is waited for, known to Dispatch() from Register() to the destructor.
  struct PendingAnswer {
    explicit PendingAnswer(Link& owner, Cursor* rows_go_to) : link(owner), cursor(rows_go_to) {}
    ~PendingAnswer();
    void Register(std::uint64_t id);

    Link& link;
    Cursor* const cursor;  // may be nullptr
    std::uint64_t request_id = 0;
    bool arrived = false;  // guarded by the link's mutex_, as is response until then
    v1::Response response;
  };

 private:
  // What waits for a request that it can ride on.
  struct Riders {
    v1::SessionChanges changes;
    std::vector<std::uint32_t> released_statements;
    std::vector<std::uint32_t> released_values;
  };
  using Lock = std::unique_lock<std::mutex>;

  void Cancel(std::uint64_t request_id, Deadline deadline);
  void SendCall(v1::Request& request, PendingAnswer& answer, Deadline deadline,
                const OnRequestId& on_request_id);
  // The right to send. Whoever gives it up sends the cancels that have come meanwhile.
  struct Sending {
    Sending(Link& owner, Deadline deadline);  // throws RequestFailed HYT00
    ~Sending();
    Sending(const Sending&) = delete;
    Sending& operator=(const Sending&) = delete;

    Link& link;
    std::unique_lock<std::timed_mutex> lock;
  };
  void SendCancels(Deadline deadline);
  void SendLocked(v1::Request& request, bool with_changes, Deadline deadline);
  void TakeRiders(v1::Request& request, bool with_changes);
  void PutBackRiders(const v1::Request& request);
  void AwaitOrCancel(PendingCall::State& call);
  void CancelLate(PendingCall::State& call);
  [[noreturn]] void GiveUp(PendingCall::State& call);
  template <typename Done>
  bool PollFor(Lock& lock, const Done& done);

  // Waits until `done` holds, reading the stream if no other thread does. false: the deadline
  // passed. Throws when the stream is lost, but not if `done` holds even so.
  template <typename Done>
  bool Await(Lock& lock, Deadline deadline, const Done& done);
  bool ReadOne(Lock& lock, Deadline deadline);
  void Dispatch(v1::Response& response);      // with mutex_ held
  void DispatchRows(v1::Response& response);  // with mutex_ held
  void DispatchAnswer(v1::Response& response, Cursor& cursor);
  void Deliver(v1::Rows& rows, v1::Response& response, Cursor& cursor);
  void MarkLost(const std::string& reason);  // with mutex_ held
  [[noreturn]] void ThrowLost(const std::string& reason) const;

  Stream stream_;
  const std::uint32_t session_id_;
  const std::size_t max_message_bytes_;
  const Patience patience_;
  std::atomic<v1::TransactionState> transaction_state_{v1::TRANSACTION_STATE_NONE};

  // Held while a request is composed and sent, so that ids rise and changes keep their order on the
  // wire. Taken before mutex_.
  std::timed_mutex send_mutex_;
  std::atomic<bool> has_cancels_{false};  // cancels_ has some
  mutable std::mutex mutex_;              // guards what follows
  std::condition_variable arrived_;
  bool has_reader_ = false;  // a thread is in channel->Receive()
  std::string lost_;         // why the stream is unusable; empty: it is not
  Riders riders_;
  std::vector<std::uint64_t> cancels_;  // request ids of Cancels that have not been sent
  std::string pinned_by_;               // as the relay told last
  std::unordered_map<std::uint64_t, PendingAnswer*> answers_;  // by request id
  std::unordered_map<std::uint32_t, Cursor*> cursors_;         // by cursor id
};

struct PendingCall::State {
  State(Link& link, std::unique_ptr<Cursor> rows_go_to)
      : cursor(std::move(rows_go_to)), answer(link, cursor.get()) {}

  std::unique_ptr<Cursor> cursor;  // nullptr: no rows. Outlives answer
  Link::PendingAnswer answer;
  RequestTimeout timeout;
  Deadline due = wire::kNoDeadline;       // the end of timeout
  Deadline deadline = wire::kNoDeadline;  // for the answer; later, for that to the Cancel
  bool canceled_late = false;             // its time was up
  bool given_up = false;                  // the relay does not answer at all
};

}  // namespace sluice::driver::client
