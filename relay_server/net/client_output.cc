// How a client connection writes: at once as far as the socket takes it, the rest when it can.

#include <Poco/Exception.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <string>

#include "relay_server/net/client_connection.h"
#include "relay_server/net/core_placement.h"

namespace sluice::relay::net {
namespace {

// A stream is congested from the moment when more than this waits for its client, which a driver
// that reads never lets happen, until less than a quarter of it is left: meanwhile its requests
// stay in its queue and its rows at the database, or in the spool where others want the connection.
// Whatever credit the client has granted, no more than this and one message waits in memory.
constexpr std::size_t kCongestedBytes = std::size_t{4} << 20;
// Serialization buffers larger than this are not kept.
constexpr std::size_t kKeptBufferBytes = std::size_t{1} << 20;

// Of one call; a TLS object encrypts that much while its connection is locked.
constexpr std::size_t kWriteBytes = std::size_t{1} << 20;

}  // namespace

void ClientConnection::Send(const v1::Response& response) {
  if (MoreFollows(response)) CorePlacement::Return();
  thread_local std::string frames;
  frames.clear();
  bool ended = false;
  try {
    const wire::Framing framing = FramingFor(response);
    // TLS copies what it encrypts, and a record for each piece would be long.
    const bool in_pieces = framing.compressor == nullptr && !is_tls_ &&
                           response.ByteSizeLong() >= wire::kMinPiecewiseBytes;
    if (in_pieces) {
      wire::OutgoingMessage message(response, framing);
      const std::lock_guard lock(io_mutex_);
      if (ended_) return;
      ended = !WritePieces(message) && MarkEnded("the client is gone");
    } else {
      wire::AppendMessage(response, framing, frames);
      const std::lock_guard lock(io_mutex_);
      if (ended_) return;
      // Before the answer goes out: the next request may come at once.
      if (MayLookForRequest(response)) Watch(false);
      ended = !Write(frames.data(), frames.size()) && MarkEnded("the client is gone");
    }
  } catch (const wire::MessageTooLong& error) {
    Refuse(response.request_id(), "54000", error.what());
    return;
  }
  if (frames.capacity() > kKeptBufferBytes) std::string().swap(frames);
  if (ended) EndMarked();
}

// How the response becomes frames. From the one that opens a session on, the client may compress.
wire::Framing ClientConnection::FramingFor(const v1::Response& response) {
  const auto max_message_bytes = context_.directory()->max_message_bytes;
  const std::lock_guard lock(io_mutex_);
  if (response.has_session_opened()) {
    compresses_ = false;
    reader_.set_accepts_compressed(!response.session_opened().features().empty());
    max_message_bytes_ = response.session_opened().max_message_bytes();
    reader_.set_max_message_bytes(max_message_bytes_);
  }
  return {.session_id = session_ ? session_->id() : 0,
          .max_message_bytes = max_message_bytes,
          .compressor = compresses_ ? &compressor_ : nullptr,
          .asks_for_compressed = false};
}

// At once as far as the socket takes it, the rest when it is writable again. false: the stream
// broke.
bool ClientConnection::Write(const char* data, std::size_t size) {
  std::size_t sent = 0;
  if (output_.empty()) {
    if (!SendUntilFull(data, size, sent)) return false;
    if (sent == size) return true;
  }
  if (!MakeRoom(size - sent)) return false;
  output_.append(data + sent, size - sent);
  NoteWaitingOutput();
  Watch(true);
  return true;
}

// The same for a message that has not been copied together.
bool ClientConnection::WritePieces(wire::OutgoingMessage& message) {
  if (output_.empty()) {
    while (!message.pieces().empty()) {
      msghdr pieces{};
      pieces.msg_iov = const_cast<iovec*>(message.pieces().data());
      pieces.msg_iovlen = std::min<std::size_t>(message.pieces().size(), IOV_MAX);
      const ssize_t sent = ::sendmsg(fd_, &pieces, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0 && !MayTryAgain(errno)) {
        end_reason_ = std::strerror(errno);
        return false;
      }
      if (sent < 0) break;
      message.Advance(static_cast<std::size_t>(sent));
    }
    if (message.pieces().empty()) return true;
  }
  if (!MakeRoom(message.left())) return false;
  message.AppendTo(output_);
  NoteWaitingOutput();
  Watch(true);
  return true;
}

// For output that has to wait. false: too much waits already, although nothing more was begun: the
// client cancels and releases what it does not read.
bool ClientConnection::MakeRoom(std::size_t bytes) {
  const std::size_t most = 2 * (kCongestedBytes + context_.directory()->max_message_bytes);
  if (waiting_output() + bytes > most) {
    end_reason_ = "the client does not read its responses";
    return false;
  }
  // No octet moves more than once.
  if (output_sent_ > output_.size() / 2) output_.erase(0, std::exchange(output_sent_, 0));
  return true;
}

// What waits stays where it is, however many turns the socket takes for it.
bool ClientConnection::FlushOutput() {
  if (!SendUntilFull(output_.data(), output_.size(), output_sent_)) return false;
  NoteWaitingOutput();
  if (output_sent_ < output_.size()) return true;
  output_sent_ = 0;
  output_.clear();
  if (output_.capacity() > kKeptBufferBytes) std::string().swap(output_);
  return true;
}

// The strand goes on when there is room again; its requests do so by themselves.
void ClientConnection::NoteWaitingOutput() {
  if (waiting_output() > kCongestedBytes) is_congested_ = true;
  if (!is_congested_ || waiting_output() >= kCongestedBytes / 4) return;
  is_congested_ = false;
  Enqueue([self = std::dynamic_pointer_cast<ClientConnection>(shared_from_this())] {
    if (const auto session = self->current_session()) session->OutputDrained();
  });
}

bool ClientConnection::IsCongested() const {
  const std::lock_guard lock(io_mutex_);
  return is_congested_;
}

// From data[sent] on. false: the stream broke.
bool ClientConnection::SendUntilFull(const char* data, std::size_t size, std::size_t& sent) {
  try {
    while (sent < size) {
      const auto result = SendSome(data + sent, std::min(size - sent, kWriteBytes));
      if (result <= 0) break;
      sent += static_cast<std::size_t>(result);
    }
    return true;
  } catch (const Poco::Exception& error) {
    end_reason_ = error.displayText();
    return false;
  }
}

ssize_t ClientConnection::SendSome(const char* data, std::size_t size) {
  if (socket_.secure()) {
    ERR_clear_error();  // as in Receive
    errno = 0;
    return socket_.sendBytes(data, static_cast<int>(size));
  }
  const ssize_t sent = ::send(fd_, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0 && !MayTryAgain(errno)) throw Poco::IOException(std::strerror(errno));
  return sent;
}

}  // namespace sluice::relay::net
