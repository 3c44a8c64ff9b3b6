#include "proto/wire/message_channel.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <Poco/Exception.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <openssl/err.h>

#include "proto/wire/sigpipe_guard.h"

namespace sluice::wire {
namespace {

// A larger buffer is given back after its message: such messages are rare.
constexpr std::size_t kKeptBufferBytes = std::size_t{2} << 20;

// One SSL_write: the lock is not held for longer than it takes to encrypt this much. A write that
// must be repeated has to be repeated with the same octets and length, which SendAll() sees to.
constexpr std::size_t kTlsWriteBytes = std::size_t{64} << 10;

bool WouldBlock(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

[[noreturn]] void ThrowSystemError(const char* what, int error) {
  throw StreamClosed(std::string(what) + " failed: " + std::strerror(error));
}

[[noreturn]] void ThrowClosedByPeer() { throw StreamClosed("the peer closed the stream"); }

// Runs one call of the TLS library, whose result it returns: octets, 0 at the end of the stream, or
// what the call waits for. It must not find errors that the application's own use of
// OpenSSL left in this thread's queue, or it would report them as its own.
//
// Poco throws a timeout when a socket would block that it believes to be blocking (see the
// constructor); after the handshake a read then waits to read and a write to write.
template <typename Call>
int CallTls(int would_block, const Call& call) {
  const SigpipeGuard guard;
  ERR_clear_error();
  try {
    return call();
  } catch (const Poco::TimeoutException&) {
    return would_block;
  } catch (const Poco::Exception& e) {
    throw StreamClosed("TLS: " + e.displayText());
  }
}

constexpr int kWantRead = Poco::Net::SecureStreamSocket::ERR_SSL_WANT_READ;
constexpr int kWantWrite = Poco::Net::SecureStreamSocket::ERR_SSL_WANT_WRITE;

short TlsWaitsFor(int result) { return result == kWantWrite ? POLLOUT : POLLIN; }

}  // namespace

MessageChannel::MessageChannel(Poco::Net::StreamSocket socket, std::size_t max_message_bytes)
    : socket_(std::move(socket)),
      fd_(socket_.impl()->sockfd()),
      tls_(socket_.secure()),
      max_message_bytes_(max_message_bytes),
      reader_(max_message_bytes) {
  socket_.setBlocking(false);
  socket_.setReceiveTimeout(0);  // what a handshake may have left; Poco would wait for so long
  socket_.setSendTimeout(0);
  // A message is one write, so that waiting to fill a segment only delays it. Fails, and need not
  // succeed, on a unix socket.
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

MessageChannel::~MessageChannel() {
  Close();
  const SigpipeGuard guard;
  socket_ = Poco::Net::StreamSocket();  // closes it; TLS may write once more
}

// The right to send one message. Not a lock held meanwhile, because waiting for it has a deadline.
class MessageChannel::SendTurn {
 public:
  SendTurn(MessageChannel& channel, Deadline deadline) : channel_(channel) {
    std::unique_lock lock(channel.send_mutex_);
    const auto free = [&] { return !channel.sending_; };
    if (deadline == kNoDeadline) {
      channel.send_turn_.wait(lock, free);
    } else if (!channel.send_turn_.wait_until(lock, deadline, free)) {
      throw DeadlinePassed("another message was not sent before the deadline");
    }
    channel.sending_ = true;
  }
  ~SendTurn() {
    const std::lock_guard lock(channel_.send_mutex_);
    channel_.sending_ = false;
    channel_.send_turn_.notify_one();
  }
  SendTurn(const SendTurn&) = delete;
  SendTurn& operator=(const SendTurn&) = delete;

 private:
  MessageChannel& channel_;
};

void MessageChannel::Send(const google::protobuf::MessageLite& message, std::uint32_t session_id,
                          Deadline deadline) {
  const SendTurn turn(*this, deadline);
  const Framing framing = FramingFor(session_id);
  // TLS copies what it encrypts, and a record for each piece would be long.
  if (!tls_ && framing.compressor == nullptr && message.ByteSizeLong() >= kMinPiecewiseBytes) {
    SendPieces(OutgoingMessage(message, framing), deadline);
  } else {
    send_buffer_.clear();
    AppendMessage(message, framing, send_buffer_);
    SendAll(deadline);
  }
  if (send_rate_.is_waiting()) send_rate_.End(Clock::now());
  if (send_buffer_.capacity() > kKeptBufferBytes) std::string().swap(send_buffer_);
}

void MessageChannel::set_compression(Compression compression, bool seems_slow) {
  compression_ = compression;
  receive_rate_.Assume(seems_slow);
  send_rate_.Assume(seems_slow);
}

Framing MessageChannel::FramingFor(std::uint32_t session_id) {
  const Compression when = compression_;
  const auto is_due = [when](const LinkRate& rate) {
    return when == Compression::kAlways || (when == Compression::kWhereSlow && rate.is_slow());
  };
  return {.session_id = session_id,
          .max_message_bytes = max_message_bytes_,
          .compressor = is_due(send_rate_) ? &compressor_ : nullptr,
          .asks_for_compressed = is_due(receive_rate_),
          .looks = looks_.load(std::memory_order_relaxed)};
}

void MessageChannel::SendAll(Deadline deadline) {
  std::string_view left = send_buffer_;
  while (!left.empty()) {
    const Step step = TryWrite(left.substr(0, tls_ ? kTlsWriteBytes : left.size()));
    left.remove_prefix(step.bytes);
    AwaitRoom(step, deadline);
  }
}

void MessageChannel::SendPieces(OutgoingMessage message, Deadline deadline) {
  while (!message.pieces().empty()) {
    const Step step = TryWrite(message.pieces());
    message.Advance(step.bytes);
    AwaitRoom(step, deadline);
  }
}

void MessageChannel::AwaitRoom(const Step& step, Deadline deadline) {
  bytes_sent_ += step.bytes;
  send_rate_.Move(step.bytes);
  if (step.wait_for == 0) return;
  send_rate_.BeginWait(Clock::now());
  if (WaitFor(step.wait_for, deadline)) return;
  Close();
  throw DeadlinePassed("the message was not sent before the deadline");
}

bool MessageChannel::Receive(google::protobuf::MessageLite& message, std::uint32_t* session_id,
                             Deadline deadline) {
  const SpinWait::Busy busy;
  std::optional<FrameReader::Message> next;
  while (!(next = reader_.Next())) {
    if (!ReceiveSome(deadline)) return false;
  }
  if (receive_rate_.is_waiting()) receive_rate_.End(Clock::now());
  peer_asks_for_compressed_ = next->asks_for_compressed;
  if (!next->Parse(message)) {
    throw ProtocolError("a message of " + std::to_string(next->size()) + " bytes is malformed");
  }
  if (session_id != nullptr) *session_id = next->session_id;
  if (next->size() > kKeptBufferBytes) reader_.ReleaseMemory();
  return true;
}

// Receives at least one octet. false: the deadline passed.
bool MessageChannel::ReceiveSome(Deadline deadline) {
  const std::span<char> space = reader_.Prepare();
  // Between messages the peer, not the network, may be what is waited for.
  const bool measures = reader_.in_message();
  short wait_for = POLLIN;
  if (try_read_first_ && ReceiveOnce(space, wait_for)) return true;
  if (measures) receive_rate_.BeginWait(Clock::now());
  // To look whether a TLS object has octets costs more than to look at its socket.
  const auto look = [&] { return (!tls_ || IsReadable()) && ReceiveOnce(space, wait_for); };
  for (;;) {
    const bool may_wait = RemainingTime(deadline) != std::chrono::milliseconds::zero();
    if (wait_for == POLLIN && may_wait) {
      const bool found = looks_.load(std::memory_order_relaxed) && spin_.Look(look);
      looks_.store(spin_.Pays(), std::memory_order_relaxed);  // at the next wait
      if (found) return true;
    }
    if (!WaitFor(wait_for, deadline)) {
      receive_rate_.GiveUp();
      return false;
    }
    if (ReceiveOnce(space, wait_for)) return true;
  }
}

// What has arrived. false: nothing; then `wait_for` is what to wait for.
bool MessageChannel::ReceiveOnce(std::span<char> space, short& wait_for) {
  const Step step = TryRead(space);
  try_read_first_ = step.more;
  if (step.bytes == 0) {
    wait_for = step.wait_for;
    return false;
  }
  reader_.Commit(step.bytes);
  bytes_received_ += step.bytes;
  receive_rate_.Move(step.bytes);
  return true;
}

bool MessageChannel::IsReadable() const {
  pollfd entry{.fd = fd_, .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) != 0;
}

// Waits until the socket may be worth trying again. false: the deadline passed.
bool MessageChannel::WaitFor(short events, Deadline deadline) {
  for (;;) {
    pollfd entry{.fd = fd_, .events = events, .revents = 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(RemainingTime(deadline).count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) ThrowSystemError("poll", errno);
    if (HasPassed(deadline)) return false;
  }
}

MessageChannel::Step MessageChannel::TryWrite(std::string_view octets) {
  const std::lock_guard lock(io_mutex_);
  if (closed_) throw StreamClosed("the stream is closed");
  if (tls_) return TryWriteTls(octets);
  const ssize_t sent = ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent >= 0) return {.bytes = static_cast<std::size_t>(sent)};
  if (WouldBlock(errno)) return {.wait_for = POLLOUT};
  ThrowSystemError("send", errno);
}

MessageChannel::Step MessageChannel::TryWrite(std::span<const iovec> pieces) {
  const std::lock_guard lock(io_mutex_);
  if (closed_) throw StreamClosed("the stream is closed");
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());
  message.msg_iovlen = std::min<std::size_t>(pieces.size(), IOV_MAX);
  const ssize_t sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent >= 0) return {.bytes = static_cast<std::size_t>(sent)};
  if (WouldBlock(errno)) return {.wait_for = POLLOUT};
  ThrowSystemError("send", errno);
}

MessageChannel::Step MessageChannel::TryRead(std::span<char> space) {
  const std::lock_guard lock(io_mutex_);
  if (closed_) throw StreamClosed("the stream is closed");
  if (tls_) return TryReadTls(space);
  const ssize_t received = ::recv(fd_, space.data(), space.size(), MSG_DONTWAIT);
  if (received > 0) {
    const auto bytes = static_cast<std::size_t>(received);
    return {.bytes = bytes, .more = bytes == space.size()};
  }
  if (received == 0) ThrowClosedByPeer();
  if (WouldBlock(errno)) return {.wait_for = POLLIN};
  ThrowSystemError("recv", errno);
}

// Both are called with io_mutex_ held.
MessageChannel::Step MessageChannel::TryWriteTls(std::string_view octets) {
  const int sent = CallTls(kWantWrite, [&] {
    return socket_.sendBytes(octets.data(), static_cast<int>(octets.size()));
  });
  if (sent > 0) return {.bytes = static_cast<std::size_t>(sent)};
  if (sent == 0) ThrowClosedByPeer();
  return {.wait_for = TlsWaitsFor(sent)};
}

MessageChannel::Step MessageChannel::TryReadTls(std::span<char> space) {
  const int received = CallTls(kWantRead, [&] {
    return socket_.receiveBytes(space.data(), static_cast<int>(space.size()));
  });
  if (received == 0) ThrowClosedByPeer();
  if (received < 0) return {.wait_for = TlsWaitsFor(received)};
  const auto bytes = static_cast<std::size_t>(received);
  return {.bytes = bytes, .more = bytes == space.size() || socket_.available() > 0};
}

bool MessageChannel::IsDead() {
  try {
    if (tls_) {
      const std::span<char> space = reader_.Prepare();
      const Step step = TryRead(space);
      reader_.Commit(step.bytes);
      bytes_received_ += step.bytes;
      try_read_first_ = step.more;
      return false;
    }
    const std::lock_guard lock(io_mutex_);
    char octet;
    const ssize_t peeked = closed_ ? 0 : ::recv(fd_, &octet, 1, MSG_PEEK | MSG_DONTWAIT);
    return peeked == 0 || (peeked < 0 && !WouldBlock(errno));
  } catch (const StreamClosed&) {
    return true;
  }
}

// The descriptor is kept until the destructor, or another thread that is about to poll it might
// find it reused; the shutdown wakes that thread.
void MessageChannel::Close() {
  const std::lock_guard lock(io_mutex_);
  if (closed_) return;
  closed_ = true;
  if (tls_) {
    try {
      CallTls(kWantWrite, [&] {
        socket_.shutdown();  // sends close_notify
        return 0;
      });
    } catch (const StreamClosed&) {
      // The peer is gone: there is nobody to notify.
    }
  }
  ::shutdown(fd_, SHUT_RDWR);
}

}  // namespace sluice::wire
