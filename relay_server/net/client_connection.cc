#include "relay_server/net/client_connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <Poco/Exception.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <openssl/err.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <exception>
#include <utility>

#include "relay_server/log/log.h"
#include "relay_server/net/core_placement.h"

namespace sluice::relay::net {

using session::ClientSession;

namespace {

// A new stream must open its session within this time; a warm one, whose session has ended, its
// next.
constexpr std::chrono::seconds kOpenTimeout{15};
constexpr std::chrono::seconds kWarmTimeout{60};
// What a client may send before it has opened a session: whoever it is, it gets little memory.
constexpr std::size_t kMaxOpeningBytes = std::size_t{64} << 10;
// Wrong passwords on one stream.
constexpr int kMaxRefusedLogins = 3;
// Requests that may wait for their turn on one stream, and how many of the longest messages they
// may come to. Drivers wait for answers: a few are usual.
constexpr std::size_t kMaxQueued = 1024;
constexpr std::size_t kMaxQueuedMessages = 4;
// Edge-triggered, so that a request costs no call to be told of the next one, or of its cancel.
constexpr std::uint32_t kReadEvents = EPOLLIN | EPOLLRDHUP | EPOLLET;
constexpr std::uint32_t kNoReadEvents = EPOLLET;
// What is there must be read until there is no more: no further edge will tell of it.
constexpr std::uint32_t kEndEvents = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
// Beside noted events: a thread handles those of the stream. epoll reports no such bit.
constexpr std::uint32_t kReading = EPOLLET;

// Of a thread, for messages that arrive whole; a session keeps no buffer while it is idle.
thread_local std::string receive_buffer;

// Both ends have the same address; else the peer is elsewhere, or in another network namespace.
bool IsOnThisMachine(const Poco::Net::StreamSocket& socket) {
  try {
    return socket.address().host() == socket.peerAddress().host();
  } catch (const Poco::Exception&) {
    return false;  // it is gone already
  }
}

}  // namespace

ClientConnection::ClientConnection(std::uint64_t id, Poco::Net::StreamSocket socket,
                                   std::string peer, ConnectionContext& context)
    : id_(id),
      peer_(std::move(peer)),
      context_(context),
      socket_(std::move(socket)),
      fd_(static_cast<int>(socket_.impl()->sockfd())),
      is_tls_(socket_.secure()),
      is_on_this_machine_(IsOnThisMachine(socket_)),
      reader_(kMaxOpeningBytes),
      max_message_bytes_(kMaxOpeningBytes),
      open_by_(wire::Clock::now() + kOpenTimeout) {}

ClientConnection::~ClientConnection() = default;

void ClientConnection::Start() {
  const std::lock_guard lock(io_mutex_);
  if (ended_) return;  // drained already
  token_ = context_.workers().Register(
      fd_, kReadEvents, std::dynamic_pointer_cast<ClientConnection>(shared_from_this()));
}

// ---- reading ----

// A long message comes in many parts, and each may wake a thread while another one reads. It leaves
// its news to that one: else a few streams that send much would keep every thread waiting for their
// locks.
void ClientConnection::OnEvents(std::uint32_t events) {
  const auto self = shared_from_this();
  if ((noted_events_.fetch_or(events | kReading) & kReading) != 0) return;
  bool run = false;
  for (std::uint32_t noted = kReading;;) {
    noted = noted_events_.exchange(kReading);
    try {
      run |= HandleEvents(noted & ~kReading);
    } catch (...) {  // no memory for what it takes to go on: the stream ends
      noted_events_.store(0);
      BreakStream();
      throw;
    }
    noted = kReading;
    if (noted_events_.compare_exchange_strong(noted, 0)) break;
  }
  if (run) RunStrand();
}

// true: this thread has claimed the strand.
bool ClientConnection::HandleEvents(std::uint32_t events) {
  Urgent urgent;
  bool run = false;
  bool ended = false;
  {
    const std::lock_guard lock(io_mutex_);
    if (ended_) return false;
    if ((events & EPOLLOUT) != 0) ended = !FlushOutput();
    if (!ended) ended = !ReadAvailable(urgent, (events & kEndEvents) != 0);
    if (ended) {
      MarkEnded("the client is gone");
    } else {
      Watch(watches_input_);
      run = !inbox_.empty() && ClaimStrand();
    }
  }
  ActOn(urgent);
  if (ended) EndMarked();
  return run;
}

// What would come too late on the strand, which may be waiting for just that to end.
void ClientConnection::ActOn(const Urgent& urgent) {
  if (urgent.cancels.empty() && urgent.released_cursors.empty()) return;
  const auto session = current_session();
  if (session == nullptr) return;
  // 0: a request of the session that is being opened.
  const auto is_meant = [&](const auto& item) {
    return item.session_id == session->id() || item.session_id == 0;
  };
  for (const auto& cancel : urgent.cancels) {
    if (is_meant(cancel)) session->Cancel(cancel.id, session::CancelReason::kClient);
  }
  for (const auto& released : urgent.released_cursors) {
    if (is_meant(released)) session->StopRowsOf(released.id);
  }
}

// A socket that gave less than was asked for is empty, and tells when it is not any more
// (epoll(7)); a TLS object may hold more than its socket. false: the stream has ended.
bool ClientConnection::ReadAvailable(Urgent& urgent, bool to_end) {
  const bool until_empty = to_end || socket_.secure();
  reader_.Lend(receive_buffer);
  try {
    for (;;) {
      const auto space = reader_.Prepare();
      const auto received = Receive(space.data(), space.size());
      if (received == 0) return false;
      if (received < 0) break;  // nothing more for now
      reader_.Commit(static_cast<std::size_t>(received));
      TakeMessages(urgent);
      if (!until_empty && static_cast<std::size_t>(received) < space.size()) break;
    }
    reader_.GiveBack(receive_buffer);
    return true;
  } catch (const Poco::TimeoutException&) {
    return true;
  } catch (const Poco::Exception& error) {
    end_reason_ = error.displayText();
  } catch (const std::exception& error) {
    end_reason_ = error.what();
    log::Warning("client_broke_protocol", {{"peer", peer_}, {"error", error.what()}});
  }
  return false;
}

bool ClientConnection::MayTryAgain(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

// Octets moved, 0 at the end of the stream, below 0: not now. Throws Poco::Exception. A plain
// socket is used directly: Poco throws when a non-blocking one takes nothing more. A TLS object
// must not find errors that another one left in this thread: Poco tries again, and for ever, what
// has failed while errno says EAGAIN.
ssize_t ClientConnection::Receive(char* data, std::size_t size) {
  if (socket_.secure()) {
    ERR_clear_error();
    errno = 0;
    return socket_.receiveBytes(data, static_cast<int>(size));
  }
  const ssize_t received = ::recv(fd_, data, size, MSG_DONTWAIT);
  if (received < 0 && !MayTryAgain(errno)) throw Poco::IOException(std::strerror(errno));
  return received;
}

void ClientConnection::TakeMessages(Urgent& urgent) {
  while (const auto message = reader_.Next()) {
    compresses_ = message->asks_for_compressed;
    Incoming incoming{message->session_id, {}, message->size(), message->sender_looks};
    if (!message->Parse(incoming.request)) throw wire::ProtocolError("a message is no request");
    // 0 stands for "none": such a request could not be cancelled, not even when its client is gone.
    if (incoming.request.request_id() == 0) throw wire::ProtocolError("a request has no id");
    if (incoming.request.has_cancel()) {
      urgent.cancels.push_back({incoming.session_id, incoming.request.cancel().request_id()});
      continue;
    }
    for (const auto id : incoming.request.released_cursors()) {
      urgent.released_cursors.push_back({incoming.session_id, id});
    }
    if (inbox_.size() >= kMaxQueued ||
        inbox_octets_ + incoming.octets > kMaxQueuedMessages * max_message_bytes_) {
      throw wire::ProtocolError("too many requests without waiting");
    }
    inbox_octets_ += incoming.octets;
    Enqueue(std::move(incoming));
  }
}

// What the workers are told of the socket; of its end always.
void ClientConnection::Watch(bool input) {
  const bool output_waits = output_sent_ < output_.size();
  const bool unchanged = input == watches_input_ && output_waits == watches_output_;
  watches_input_ = input;
  watches_output_ = output_waits;
  if (ended_ || unchanged) return;
  const std::uint32_t input_events = input ? kReadEvents : kNoReadEvents;
  context_.workers().Rearm(token_, fd_, input_events | (output_waits ? EPOLLOUT : 0U));
}

void ClientConnection::Refuse(std::uint64_t request_id, const char* sqlstate,
                              const std::string& message) {
  v1::Response response;
  response.set_request_id(request_id);
  response.mutable_failure();
  auto& diagnostic = *response.add_diagnostics();
  diagnostic.set_sqlstate(sqlstate);
  diagnostic.set_message(message);
  Send(response);
}

// ---- the strand ----

void ClientConnection::Enqueue(StrandItem item) {
  inbox_.push_back(std::move(item));
  queued_.store(inbox_.size(), std::memory_order_relaxed);
}

bool ClientConnection::ClaimStrand() { return !std::exchange(strand_claimed_, true); }

void ClientConnection::PostToStrand(pool::Task task) {
  bool run = false;
  {
    const std::lock_guard lock(io_mutex_);
    Enqueue(std::move(task));
    run = ClaimStrand();
  }
  if (!run) return;
  const auto self = std::dynamic_pointer_cast<ClientConnection>(shared_from_this());
  context_.workers().Post([self] { self->RunStrand(); });
}

bool ClientConnection::NextItem(StrandItem& item) {
  {
    const std::lock_guard lock(io_mutex_);
    if (watches_input_ || !inbox_.empty()) return TakeItem(item);
  }
  LookForRequest();
  const std::lock_guard lock(io_mutex_);
  return TakeItem(item);
}

// With io_mutex_ held. The socket is watched while an item runs, and while none does.
bool ClientConnection::TakeItem(StrandItem& item) {
  Watch(true);
  auto next = inbox_.begin();
  // What a client that does not read asks for waits; what others need of its session does not.
  if (is_congested_) {
    next = std::ranges::find_if(
        inbox_, [](const StrandItem& each) { return std::holds_alternative<pool::Task>(each); });
  }
  if (next == inbox_.end()) {
    strand_claimed_ = false;
    return false;
  }
  item = std::move(*next);
  inbox_.erase(next);
  if (const auto* incoming = std::get_if<Incoming>(&item)) inbox_octets_ -= incoming->octets;
  queued_.store(inbox_.size(), std::memory_order_relaxed);
  return true;
}

bool ClientConnection::MoreFollows(const v1::Response& response) {
  if (response.has_rows()) return !response.rows().end();
  return response.has_result() && response.result().has_first_rows() &&
         !response.result().first_rows().end();
}

// With io_mutex_ held: the client has all that it asked for, and may soon ask for more.
bool ClientConnection::MayLookForRequest(const v1::Response& response) {
  return !MoreFollows(response) && inbox_.empty() && output_.empty() && look_.Pays();
}

void ClientConnection::LookForRequest() {
  if (!context_.workers().MayLinger() || !look_.Look([this] { return HasNews(); })) return;
  Urgent urgent;
  bool ended = false;
  {
    const std::lock_guard lock(io_mutex_);
    ended = !ended_ && !ReadAvailable(urgent, false) && MarkEnded("the client is gone");
  }
  ActOn(urgent);
  if (ended) EndMarked();
}

bool ClientConnection::HasNews() const {
  if (HasQueuedWork()) return true;
  char octet = 0;
  return ::recv(fd_, &octet, 1, MSG_DONTWAIT | MSG_PEEK) >= 0 || !MayTryAgain(errno);
}

// By the thread that has claimed the strand.
void ClientConnection::RunStrand() {
  const auto self = shared_from_this();
  StrandItem item;
  CorePlacement placement;
  for (bool is_first = true; NextItem(item); is_first = false) {
    try {
      if (auto* task = std::get_if<pool::Task>(&item)) {
        (*task)();
        continue;
      }
      auto incoming = std::move(std::get<Incoming>(item));
      // One request is not worth a move, and many clients keep every core busy anyway.
      if (!is_first && incoming.sender_looks && is_on_this_machine_) placement.LeaveSenderOf(fd_);
      // Parked: whoever resumes owns the strand now.
      if (HandleRequest(std::move(incoming)) == ClientSession::Outcome::kParked) return;
      // What that request set going must not wait for the next one.
      if (HasQueuedWork()) context_.workers().ShareTasks();
    } catch (const std::exception& error) {
      // The strand goes on, for the task that closes the session.
      log::Error("strand_failed", {{"peer", peer_}, {"error", error.what()}});
      BreakStream();
    }
  }
}

// The poller sees the end of the stream, as if the client had hung up.
void ClientConnection::BreakStream() noexcept {
  const std::lock_guard lock(io_mutex_);
  if (!closed_) ::shutdown(fd_, SHUT_RDWR);  // else the number may be another stream's by now
}

void ClientConnection::ResumeStrand() {
  ForgetEndedSession();
  EndRefusedStream();
  RunStrand();
}

// The stream stays warm for the next session, for a while.
void ClientConnection::ForgetEndedSession() {
  std::shared_ptr<ClientSession> over;  // may end here, outside of the lock
  const std::lock_guard lock(io_mutex_);
  if (session_ == nullptr || !session_->is_over()) return;
  if (session_->was_open()) {
    open_by_ = wire::Clock::now() + kWarmTimeout;
    is_warm_ = true;
  }
  refused_logins_ = session_->was_refused_login() ? refused_logins_ + 1 : 0;
  over = std::move(session_);
}

// Whoever guesses passwords has to connect anew.
void ClientConnection::EndRefusedStream() {
  {
    const std::lock_guard lock(io_mutex_);
    if (refused_logins_ < kMaxRefusedLogins) return;
  }
  StreamEnded("too many wrong passwords");
}

ClientSession::Outcome ClientConnection::HandleRequest(Incoming incoming) {
  auto session = current_session();
  const bool opens = incoming.request.has_open_session();
  if (opens && (session == nullptr || session->is_over())) {
    session = std::make_shared<ClientSession>(*this, context_.NewSessionId(), context_.directory(),
                                              context_.timer());
    const std::lock_guard lock(io_mutex_);
    session_ = session;
  } else if (session == nullptr || incoming.session_id != session->id()) {
    // Meant for a session that has ended on this stream: only what waits for an answer gets one.
    const auto body = incoming.request.body_case();
    if (body != v1::Request::kGrantCredit && body != v1::Request::kRelease) {
      Refuse(incoming.request.request_id(), "08003", "the session is not open");
    }
    return ClientSession::Outcome::kDone;
  }
  const auto outcome = session->Handle(std::move(incoming.request));
  if (outcome != ClientSession::Outcome::kParked) ForgetEndedSession();
  return outcome;
}

std::shared_ptr<ClientSession> ClientConnection::current_session() const {
  const std::lock_guard lock(io_mutex_);
  return session_;
}

bool ClientConnection::has_session() const { return current_session() != nullptr; }

// ---- the end ----

void ClientConnection::StreamEnded(const std::string& reason) {
  {
    const std::lock_guard lock(io_mutex_);
    if (!MarkEnded(reason)) return;
  }
  EndMarked();
}

// Nobody uses the socket from now on: a TLS object that has failed would be tried for ever.
bool ClientConnection::MarkEnded(const std::string& reason) {
  if (std::exchange(ended_, true)) return false;
  if (end_reason_.empty()) end_reason_ = reason;
  // Requests that wait have nobody to answer to; tasks still have to run.
  std::erase_if(inbox_,
                [](const StrandItem& item) { return std::holds_alternative<Incoming>(item); });
  inbox_octets_ = 0;
  queued_.store(inbox_.size(), std::memory_order_relaxed);
  return true;
}

void ClientConnection::EndMarked() {
  PostToStrand([self = std::dynamic_pointer_cast<ClientConnection>(shared_from_this())] {
    self->Close(self->end_reason_.c_str());
  });
  // Stops what runs for the client, so that the strand comes to that task.
  if (const auto session = current_session()) session->Abandon();
}

// On the strand.
void ClientConnection::Close(const char* reason) {
  std::shared_ptr<ClientSession> session;
  {
    const std::lock_guard lock(io_mutex_);
    if (std::exchange(closed_, true)) return;
    ended_ = true;
    session = std::move(session_);
    context_.workers().Unregister(token_, fd_);
    try {
      socket_.close();
    } catch (const Poco::Exception&) {
      // It is closed all the same.
    }
  }
  if (session) session->Close(reason);
  context_.Closed(id_);
}

void ClientConnection::Drain(bool force) {
  if (force) {
    StreamEnded("the relay is shutting down");
    return;
  }
  {
    const std::lock_guard lock(io_mutex_);
    if (std::exchange(drain_posted_, true)) return;
  }
  PostToStrand([self = std::dynamic_pointer_cast<ClientConnection>(shared_from_this())] {
    if (self->NothingUnderWay()) self->Close("the relay is shutting down");
  });
}

// On the strand.
bool ClientConnection::NothingUnderWay() {
  const std::lock_guard lock(io_mutex_);
  drain_posted_ = false;
  const bool output_waits = output_sent_ < output_.size();
  return !output_waits && inbox_.empty() && (session_ == nullptr || session_->is_idle());
}

void ClientConnection::CloseIfUnused() {
  const auto waiting = unused();
  if (waiting && wire::HasPassed(waiting->open_by)) EndIfUnused("no session was opened in time");
}

std::optional<ClientConnection::Unused> ClientConnection::unused() const {
  const std::lock_guard lock(io_mutex_);
  if (session_ != nullptr || strand_claimed_ || ended_) return std::nullopt;
  return Unused{is_warm_, open_by_};
}

bool ClientConnection::EndIfUnused(const char* reason) {
  {
    const std::lock_guard lock(io_mutex_);
    if (session_ != nullptr || strand_claimed_ || !MarkEnded(reason)) return false;
  }
  EndMarked();
  return true;
}

}  // namespace sluice::relay::net
