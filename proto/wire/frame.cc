#include "proto/wire/frame.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>

namespace sluice::wire {
namespace {

// What a reader receives into while it does not know how long the frame is: a TLS record's worth.
constexpr std::size_t kReceiveBytes = std::size_t{16} << 10;

// Buffers that grew larger are not kept for other readers.
constexpr std::size_t kSharedBufferBytes = std::size_t{64} << 10;

// protobuf counts the bytes of a message in an int.
constexpr std::size_t kMaxProtobufBytes = std::numeric_limits<std::int32_t>::max();

struct FrameHeader {
  std::uint8_t flags;
  std::uint16_t reserved;
  std::uint32_t payload_bytes;
  std::uint32_t session_id;
};

std::uint32_t LoadUint32(const char* octets) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(octets);
  return static_cast<std::uint32_t>(bytes[0]) | (static_cast<std::uint32_t>(bytes[1]) << 8) |
         (static_cast<std::uint32_t>(bytes[2]) << 16) |
         (static_cast<std::uint32_t>(bytes[3]) << 24);
}

void StoreUint32(std::uint32_t value, char* octets) {
  for (int i = 0; i < 4; ++i) octets[i] = static_cast<char>((value >> (8 * i)) & 0xff);
}

void StoreHeader(std::uint8_t flags, std::size_t payload_bytes, std::uint32_t session_id,
                 char* octets) {
  octets[0] = static_cast<char>(kFrameMagic);
  octets[1] = static_cast<char>(flags);
  octets[2] = octets[3] = 0;
  StoreUint32(static_cast<std::uint32_t>(payload_bytes), octets + 4);
  StoreUint32(session_id, octets + 8);
}

FrameHeader LoadHeader(const char* octets) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(octets);
  return {.flags = bytes[1],
          .reserved = static_cast<std::uint16_t>(bytes[2] | (bytes[3] << 8)),
          .payload_bytes = LoadUint32(octets + 4),
          .session_id = LoadUint32(octets + 8)};
}

void CheckHeader(const FrameHeader& header) {
  if ((header.flags & ~kFlagMoreFragments) != 0) {
    throw ProtocolError("a frame has unknown flags: " + std::to_string(header.flags));
  }
  if (header.reserved != 0) throw ProtocolError("a frame's reserved bytes are not 0");
  if (header.payload_bytes > kMaxFramePayload) {
    throw ProtocolError("a frame of " + std::to_string(header.payload_bytes) +
                        " bytes exceeds the limit of " + std::to_string(kMaxFramePayload));
  }
  // Or a peer could keep a message under way for ever without sending any of it.
  if (header.payload_bytes == 0 && (header.flags & kFlagMoreFragments) != 0) {
    throw ProtocolError("a fragment is empty");
  }
}

}  // namespace

void AppendMessage(const google::protobuf::MessageLite& message, std::uint32_t session_id,
                   std::size_t max_message_bytes, std::string& out) {
  const std::size_t size = message.ByteSizeLong();
  const std::size_t limit = std::min(max_message_bytes, kMaxProtobufBytes);
  if (size > limit) {
    throw MessageTooLong("a message of " + std::to_string(size) + " bytes exceeds the limit of " +
                         std::to_string(limit));
  }
  const std::size_t frames =
      std::max<std::size_t>(1, (size + kMaxFramePayload - 1) / kMaxFramePayload);
  const std::size_t headers_bytes = frames * kFrameHeaderBytes;
  const std::size_t base = out.size();
  out.resize(base + headers_bytes + size);
  // The message is serialised behind the space of all headers; then its fragments move down to make
  // room for theirs. The last one is in its place already, as is the only one of a short message.
  char* source = out.data() + base + headers_bytes;
  message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(source));
  char* target = out.data() + base;
  for (std::size_t left = size, frame = 0; frame < frames; ++frame) {
    const std::size_t payload = std::min(left, kMaxFramePayload);
    left -= payload;
    StoreHeader(frame + 1 < frames ? kFlagMoreFragments : 0, payload, session_id, target);
    target += kFrameHeaderBytes;
    if (target != source) std::memmove(target, source, payload);
    target += payload;
    source += payload;
  }
}

std::span<char> FrameReader::Prepare() {
  const std::size_t live = end_ - begin_;
  if (live == 0) begin_ = end_ = 0;
  std::size_t wanted = kFrameHeaderBytes;
  if (live >= kFrameHeaderBytes) {
    const std::size_t payload =
        std::min<std::size_t>(LoadUint32(buffer_.data() + begin_ + 4), kMaxFramePayload);
    wanted = payload + kFrameHeaderBytes > live ? payload + kFrameHeaderBytes - live : 1;
  }
  // Moving what is left to the front pays when fewer bytes move than were consumed since the last
  // time, and is due when the frame does not fit behind it; then it fits for good. So no byte moves
  // more than a few times however the stream is cut.
  const std::size_t space = buffer_.size() - end_;
  const bool pays = space < kReceiveBytes / 2 && live < begin_;
  if (begin_ != 0 && (space < wanted || pays)) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, live);
    begin_ = 0;
    end_ = live;
  }
  if (buffer_.size() - end_ < wanted) buffer_.resize(std::max(kReceiveBytes, end_ + wanted));
  return {buffer_.data() + end_, buffer_.size() - end_};
}

void FrameReader::Commit(std::size_t bytes) {
  assert(bytes <= buffer_.size() - end_);
  end_ += bytes;
}

std::optional<FrameReader::Message> FrameReader::Next() {
  if (deliver_assembled_) {
    assembled_.clear();
    deliver_assembled_ = false;
  }
  while (begin_ != end_) {
    const char* octets = buffer_.data() + begin_;
    if (static_cast<std::uint8_t>(octets[0]) != kFrameMagic) {
      throw ProtocolError("a frame does not begin with the magic byte");
    }
    if (end_ - begin_ < kFrameHeaderBytes) return std::nullopt;
    const FrameHeader header = LoadHeader(octets);
    CheckHeader(header);
    CheckContinuation(header.session_id, header.payload_bytes);
    if (end_ - begin_ < kFrameHeaderBytes + header.payload_bytes) return std::nullopt;
    begin_ += kFrameHeaderBytes + header.payload_bytes;
    const std::string_view payload{octets + kFrameHeaderBytes, header.payload_bytes};
    const bool more = (header.flags & kFlagMoreFragments) != 0;
    if (!more && assembled_.empty()) return Message{header.session_id, payload};
    assembled_.append(payload);
    assembled_session_id_ = header.session_id;
    if (!more) {
      deliver_assembled_ = true;
      return Message{header.session_id, assembled_};
    }
  }
  return std::nullopt;
}

void FrameReader::CheckContinuation(std::uint32_t session_id, std::size_t payload_bytes) const {
  if (!assembled_.empty() && session_id != assembled_session_id_) {
    throw ProtocolError("a fragment names another session than the one before it");
  }
  if (payload_bytes > max_message_bytes_ - std::min(assembled_.size(), max_message_bytes_)) {
    throw ProtocolError("a message of at least " +
                        std::to_string(assembled_.size() + payload_bytes) +
                        " bytes exceeds the limit of " + std::to_string(max_message_bytes_));
  }
}

void FrameReader::ReleaseMemory() {
  if (in_message()) return;
  begin_ = end_ = 0;
  deliver_assembled_ = false;
  std::string().swap(buffer_);
  std::string().swap(assembled_);
}

void FrameReader::Lend(std::string& buffer) {
  if (buffer_.empty()) buffer_.swap(buffer);
}

void FrameReader::GiveBack(std::string& buffer) {
  if (in_message()) return;
  if (buffer_.size() <= kSharedBufferBytes) buffer.swap(buffer_);
  ReleaseMemory();
}

}  // namespace sluice::wire
