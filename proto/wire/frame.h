#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message_lite.h>

#include "proto/wire/compression.h"

// Frames: how messages are cut into the byte stream (docs/protocol.md, "Frames").
//
//   offset  bytes  field
//   0       1      magic, 0x53
//   1       1      flags: bit 0, the message goes on in the next frame; bit 1, the payload is
//                  compressed; bit 2, the sender asks for compressed frames; bit 3, the sender
//                  will look for the answer before it sleeps
//   2       2      reserved, 0
//   4       4      payload length in bytes, little-endian
//   8       4      session id, little-endian; 0 before the session is open
//   12      …      payload: one protobuf message, or a fragment of it; perhaps compressed

namespace sluice::wire {

inline constexpr std::size_t kFrameHeaderBytes = 12;
inline constexpr std::uint8_t kFrameMagic = 0x53;
inline constexpr std::uint8_t kFlagMoreFragments = 0x01;
inline constexpr std::uint8_t kFlagCompressed = 0x02;
inline constexpr std::uint8_t kFlagAsksForCompressed = 0x04;
inline constexpr std::uint8_t kFlagLooks = 0x08;
inline constexpr std::size_t kMaxFramePayload = std::size_t{1} << 20;
inline constexpr std::size_t kDefaultMaxMessageBytes = std::size_t{64} << 20;
inline constexpr std::uint16_t kProtocolVersion = 1;

// The peer broke the protocol; the stream cannot go on.
class ProtocolError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A message is longer than the receiver takes. Thrown by the sender before anything is written.
class MessageTooLong : public std::length_error {
 public:
  using std::length_error::length_error;
};

// How a message becomes frames.
struct Framing {
  std::uint32_t session_id = 0;
  std::size_t max_message_bytes = kDefaultMaxMessageBytes;
  PayloadCompressor* compressor = nullptr;  // for the frames that gain by it; null: for none
  bool asks_for_compressed = false;
  bool looks = false;  // the sender will look for the answer before it sleeps (SpinWait)
};

// Appends the message to `out` as one frame or as many as it needs. Throws MessageTooLong.
void AppendMessage(const google::protobuf::MessageLite& message, const Framing& framing,
                   std::string& out);

// How long the message is. Throws MessageTooLong.
std::size_t CheckedSize(const google::protobuf::MessageLite& message, const Framing& framing);
// Writes the header of a frame that is not compressed.
void StoreFrameHeader(const Framing& framing, std::size_t payload_bytes, bool more, char* octets);

// Cuts a received byte stream into messages. Not thread-safe.
//
//   while (…) { auto space = reader.Prepare(); n = recv(space); reader.Commit(n);
//               while (auto message = reader.Next()) … }
class FrameReader {
 public:
  // Valid until the next call of Prepare or Next.
  struct Message {
    bool Parse(google::protobuf::MessageLite& message) const;
    std::size_t size() const;

    std::uint32_t session_id;
    std::string_view payload;                 // when it is in one piece
    std::span<const std::string_view> parts;  // else: what it consists of
    bool asks_for_compressed = false;         // the last frame's flag
    bool sender_looks = false;                // likewise
  };

  explicit FrameReader(std::size_t max_message_bytes = kDefaultMaxMessageBytes)
      : max_message_bytes_(max_message_bytes) {}

  // Where to receive into: never empty, large enough for the rest of the frame under way.
  std::span<char> Prepare();
  // `bytes` octets were received at the start of what Prepare() returned.
  void Commit(std::size_t bytes);
  // The next complete message. Throws ProtocolError.
  std::optional<Message> Next();

  // The limit may rise once the peer is known; it holds for the message under way, too.
  void set_max_message_bytes(std::size_t bytes) { max_message_bytes_ = bytes; }

  // Whether both sides have agreed on compression. Without, its flags are unknown ones.
  void set_accepts_compressed(bool accepts) { accepts_compressed_ = accepts; }

  // A message has begun and not ended, or has arrived and waits for Next().
  bool in_message() const { return begin_ != end_ || (!blocks_.empty() && !delivered_); }
  // Gives back the memory of a reader with nothing under way, so that idle streams cost little.
  void ReleaseMemory();
  // The same for many readers that share a buffer per thread: takes it unless a message is under
  // way in memory of its own, and gives it back when none is.
  void Lend(std::string& buffer);
  void GiveBack(std::string& buffer);

 private:
  // Memory of the fragments of a message; those of a usual length have one each.
  struct Block {
    std::unique_ptr<char[]> octets;
    std::size_t size;
    std::size_t capacity;
  };
  struct Header;

  void CheckContinuation(std::uint32_t session_id, std::size_t payload_bytes) const;
  std::span<char> AddFragment(std::size_t bytes);
  bool TakeFragment(const Header& header, std::string_view received);
  static Message MessageWith(std::uint8_t flags, std::uint32_t session_id,
                             std::string_view payload);
  Message Deliver(std::uint8_t flags);
  void ForgetFragments();

  std::size_t max_message_bytes_;
  std::string buffer_;     // all of it may be received into; see begin_ and end_
  std::size_t begin_ = 0;  // of what has been received and not consumed
  std::size_t end_ = 0;
  std::vector<Block> blocks_;            // fragments of the message under way
  std::size_t blocks_bytes_ = 0;         // the sum of their sizes
  std::span<char> missing_;              // what is still to come of the last fragment
  std::vector<std::string_view> parts_;  // of the message that is the caller's
  std::uint32_t blocks_session_id_ = 0;
  bool ends_with_missing_ = false;       // missing_ is of the last fragment
  std::uint8_t flags_with_missing_ = 0;  // and its frame's flags
  bool delivered_ = false;               // blocks_ are the caller's until the next call
  bool accepts_compressed_ = false;
};

}  // namespace sluice::wire
