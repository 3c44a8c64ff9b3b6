#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <Poco/Net/StreamSocket.h>

#include "proto/wire/deadline.h"
#include "proto/wire/frame.h"
#include "proto/wire/outgoing_message.h"
#include "proto/wire/spin_wait.h"
#include "relay_server/net/worker_pool.h"
#include "relay_server/session/client_session.h"

namespace sluice::relay::net {

// What connections need of the server they belong to. Thread-safe.
class ConnectionContext {
 public:
  virtual ~ConnectionContext() = default;
  virtual WorkerPool& workers() = 0;
  virtual pool::Timer& timer() = 0;
  virtual std::shared_ptr<const session::Directory> directory() const = 0;
  virtual std::uint32_t NewSessionId() = 0;
  virtual void Closed(std::uint64_t connection_id) = 0;
};

// One stream from a client: reads frames into requests, runs them one at a time on the thread that
// read them (the strand), and writes responses. Sessions follow each other on a stream.
//
// While a request runs, the socket goes on being read by other threads: for Cancel, for the end of
// the stream, and for requests that then wait their turn. Between requests, the thread that gave
// the last answer may look for the next request itself (wire::SpinWait), so that no other thread
// is woken for it; meanwhile the socket is not watched.
class ClientConnection : public EventHandler, public session::SessionHost {
 public:
  ClientConnection(std::uint64_t id, Poco::Net::StreamSocket socket, std::string peer,
                   ConnectionContext& context);
  ~ClientConnection() override;

  void Start();
  // Ends the connection when nothing is under way that would be lost; `force`: in any case.
  void Drain(bool force);
  // No session is open and the client has had its time to open one.
  void CloseIfUnused();
  // What may be closed where other clients need the room: lesser ones first, a session never.
  struct Unused {
    bool is_warm = false;    // a session has ended on it; else none has been opened
    wire::Deadline open_by;  // that of the one that has waited longest is the earliest
    auto operator<=>(const Unused&) const = default;
  };
  std::optional<Unused> unused() const;
  // False: it is in use meanwhile, or ends already.
  bool EndIfUnused(const char* reason);

  // EventHandler
  void OnEvents(std::uint32_t events) override;
  // SessionHost
  void Send(const v1::Response& response) override;
  void PostToStrand(pool::Task task) override;
  void ResumeStrand() override;
  void BreakStream() noexcept override;
  bool HasQueuedWork() const override { return queued_.load(std::memory_order_relaxed) != 0; }
  bool IsCongested() const override;
  std::string peer() const override { return peer_; }

  bool has_session() const;
  std::uint64_t id() const { return id_; }

 private:
  struct Incoming {
    std::uint32_t session_id;
    v1::Request request;
    std::size_t octets;  // as a message
    bool sender_looks;   // for the answer, before it sleeps
  };
  // What takes effect before its turn on the strand. Sessions follow each other on a stream: an id
  // means something in its own session only.
  struct Urgent {
    template <typename Id>
    struct Item {
      std::uint32_t session_id;
      Id id;
    };
    std::vector<Item<std::uint64_t>> cancels;  // request ids
    std::vector<Item<std::uint32_t>> released_cursors;
  };
  using StrandItem = std::variant<Incoming, pool::Task>;

  bool HandleEvents(std::uint32_t events);
  // With io_mutex_ held.
  bool ReadAvailable(Urgent& urgent, bool to_end);
  void TakeMessages(Urgent& urgent);
  void ActOn(const Urgent& urgent);  // without io_mutex_
  ssize_t Receive(char* data, std::size_t size);
  static bool MayTryAgain(int error);  // of a call on the non-blocking socket
  ssize_t SendSome(const char* data, std::size_t size);
  wire::Framing FramingFor(const v1::Response& response);
  bool Write(const char* data, std::size_t size);
  bool WritePieces(wire::OutgoingMessage& message);
  bool MakeRoom(std::size_t bytes);
  void NoteWaitingOutput();
  std::size_t waiting_output() const { return output_.size() - output_sent_; }
  bool FlushOutput();
  bool SendUntilFull(const char* data, std::size_t size, std::size_t& sent);
  void Watch(bool input);
  void Enqueue(StrandItem item);
  bool ClaimStrand();

  void RunStrand();
  bool NextItem(StrandItem& item);
  bool TakeItem(StrandItem& item);
  static bool MoreFollows(const v1::Response& response);  // more of the same answer
  bool MayLookForRequest(const v1::Response& response);
  void LookForRequest();
  bool HasNews() const;
  void ForgetEndedSession();
  void EndRefusedStream();
  bool NothingUnderWay();
  session::ClientSession::Outcome HandleRequest(Incoming incoming);
  void Refuse(std::uint64_t request_id, const char* sqlstate, const std::string& message);
  void StreamEnded(const std::string& reason);
  bool MarkEnded(const std::string& reason);  // with io_mutex_ held
  void EndMarked();                           // then, without it
  void Close(const char* reason);
  std::shared_ptr<session::ClientSession> current_session() const;

  const std::uint64_t id_;
  const std::string peer_;
  ConnectionContext& context_;

  mutable std::mutex io_mutex_;  // guards all below but the atomic members
  Poco::Net::StreamSocket socket_;
  const int fd_;
  const bool is_tls_;
  const bool is_on_this_machine_;  // the client
  WorkerPool::Token token_ = 0;
  wire::FrameReader reader_;
  std::string output_;           // what the socket has not taken yet
  std::size_t output_sent_ = 0;  // of output_
  bool watches_output_ = false;  // asked to be told when the socket takes more
  bool is_congested_ = false;  // the client leaves much of it unread: nothing more is begun for it
  bool watches_input_ = true;  // if not, the thread that has the strand looks for itself
  bool ended_ = false;         // no more is read or written
  std::string end_reason_;
  bool closed_ = false;            // unregistered, socket closed
  std::size_t max_message_bytes_;  // that the client may send now
  std::deque<StrandItem> inbox_;
  std::size_t inbox_octets_ = 0;  // of the messages in it
  bool drain_posted_ = false;     // a task that looks whether the connection may end is queued
  bool strand_claimed_ = false;   // a thread runs the strand, or a parked request will resume it
  std::shared_ptr<session::ClientSession> session_;
  wire::Deadline open_by_;  // a session must be open by then
  bool is_warm_ = false;    // a session has been open
  int refused_logins_ = 0;
  bool compresses_ = false;             // as the client's last message asked
  wire::PayloadCompressor compressor_;  // the strand's
  wire::SpinWait look_;                 // the strand's

  std::atomic<std::size_t> queued_{0};  // size of inbox_
  // What other threads were woken for while one handles the stream's events.
  std::atomic<std::uint32_t> noted_events_{0};
};

}  // namespace sluice::relay::net
