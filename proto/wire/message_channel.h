#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <Poco/Net/StreamSocket.h>

#include "proto/wire/deadline.h"
#include "proto/wire/frame.h"
#include "proto/wire/link_rate.h"
#include "proto/wire/outgoing_message.h"
#include "proto/wire/spin_wait.h"

namespace sluice::wire {

// The stream ended or failed: nothing more can be sent or received.
class StreamClosed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A deadline passed before the message was through.
class DeadlinePassed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Messages over one socket, plain or TLS, for a side that waits (the driver, tests; the relay's
// event-driven side reads frames itself). One thread may receive while others send: waiting happens
// in poll() outside the lock, and the socket (a TLS object is not thread-safe) is touched under it.
class MessageChannel {
 public:
  // Takes the connected socket over and makes it non-blocking. The handshake of a TLS socket is
  // done. One that was attached to a StreamSocket should find that non-blocking, too: Poco asks the
  // inner socket whether to wait, and the outer one's setBlocking() does not reach it (up to
  // Poco 1.11). The channel works without, but pays an exception whenever it must wait.
  explicit MessageChannel(Poco::Net::StreamSocket socket,
                          std::size_t max_message_bytes = kDefaultMaxMessageBytes);
  ~MessageChannel();
  MessageChannel(const MessageChannel&) = delete;
  MessageChannel& operator=(const MessageChannel&) = delete;

  // Throws StreamClosed, DeadlinePassed (the stream is unusable then: a frame may be half sent),
  // MessageTooLong (nothing was sent).
  void Send(const google::protobuf::MessageLite& message, std::uint32_t session_id,
            Deadline deadline = kNoDeadline);

  // Waits for the next message and parses it. false: the deadline passed, nothing is lost.
  // Throws StreamClosed, ProtocolError.
  bool Receive(google::protobuf::MessageLite& message, std::uint32_t* session_id,
               Deadline deadline = kNoDeadline);

  // The peer may have closed the stream while it was idle: true when it is certainly unusable.
  // Never blocks. For the receiving thread: a TLS stream must be read to know, and what comes is
  // kept for the next Receive().
  bool IsDead();
  void Close();  // further calls throw StreamClosed; thread-safe

  // What the peer takes; receiving keeps the limit of the constructor.
  void set_max_message_bytes(std::size_t bytes) { max_message_bytes_ = bytes; }

  // For what is sent from now on, and for what the peer is asked for. `seems_slow`: what to believe
  // of the link until its rate has been measured.
  void set_compression(Compression compression, bool seems_slow);
  // Whether the peer may send compressed frames and ask for them.
  void set_accepts_compressed(bool accepts) { reader_.set_accepts_compressed(accepts); }
  // The last message that was received asked for compressed ones.
  bool peer_asks_for_compressed() const { return peer_asks_for_compressed_; }

  // Counters for tests and diagnostics; read them when no call is under way.
  std::uint64_t bytes_sent() const { return bytes_sent_; }
  std::uint64_t bytes_received() const { return bytes_received_; }

 private:
  class SendTurn;

  // A step of I/O that did not fail: octets moved, or the poll() events that it waits for.
  struct Step {
    std::size_t bytes = 0;
    short wait_for = 0;
    bool more = false;  // another read is likely to find octets, which poll() may not see
  };

  Framing FramingFor(std::uint32_t session_id);
  void SendAll(Deadline deadline);
  void SendPieces(OutgoingMessage message, Deadline deadline);
  void AwaitRoom(const Step& step, Deadline deadline);
  bool ReceiveSome(Deadline deadline);
  bool ReceiveOnce(std::span<char> space, short& wait_for);
  bool IsReadable() const;
  bool WaitFor(short events, Deadline deadline);
  Step TryWrite(std::string_view octets);
  Step TryWrite(std::span<const iovec> pieces);
  Step TryRead(std::span<char> space);
  Step TryWriteTls(std::string_view octets);
  Step TryReadTls(std::span<char> space);

  Poco::Net::StreamSocket socket_;
  const int fd_;
  const bool tls_;
  std::size_t max_message_bytes_;
  std::mutex send_mutex_;
  std::condition_variable send_turn_;
  bool sending_ = false;        // guarded by send_mutex_: one message at a time
  std::mutex io_mutex_;         // guards socket_
  bool closed_ = false;         // guarded by io_mutex_
  FrameReader reader_;          // the receiving thread's
  bool try_read_first_ = true;  // the receiving thread's: Step::more of its last read
  SpinWait spin_;               // the receiving thread's
  std::atomic<bool> looks_{SpinWait::MostThreads() >
                           0};             // it will, at its next wait; the peer is told
  bool peer_asks_for_compressed_ = false;  // the receiving thread's
  std::atomic<Compression> compression_{Compression::kNever};
  LinkRate receive_rate_;         // the receiving thread measures it
  LinkRate send_rate_;            // as does the thread that set sending_
  PayloadCompressor compressor_;  // of the thread that set sending_
  std::string send_buffer_;       // of the thread that set sending_
  std::uint64_t bytes_sent_ = 0;
  std::uint64_t bytes_received_ = 0;
};

}  // namespace sluice::wire
