#include "proto/wire/frame.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <mutex>
#include <utility>

#include <google/protobuf/io/zero_copy_stream.h>

namespace sluice::wire {
namespace {

// What a reader receives into while it does not know how long the frame is: a TLS record's worth.
constexpr std::size_t kReceiveBytes = std::size_t{16} << 10;

// Buffers that grew larger are not kept for other readers.
constexpr std::size_t kSharedBufferBytes = std::size_t{64} << 10;

// protobuf counts the bytes of a message in an int.
constexpr std::size_t kMaxProtobufBytes = std::numeric_limits<std::int32_t>::max();

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

// Writes one frame of the payload, which may overlap its place from behind. The end of it.
char* WriteFrame(std::string_view payload, bool more, const Framing& framing, char* target) {
  std::size_t size = payload.size();
  std::size_t compressed = 0;
  if (framing.compressor != nullptr) {
    compressed = framing.compressor->Compress(payload, target + kFrameHeaderBytes);
  }
  if (compressed != 0) {
    size = compressed;
  } else if (target + kFrameHeaderBytes != payload.data()) {
    std::memmove(target + kFrameHeaderBytes, payload.data(), size);
  }
  StoreFrameHeader(framing, size, more, target);
  if (compressed != 0) target[1] = static_cast<char>(target[1] | kFlagCompressed);
  return target + kFrameHeaderBytes + size;
}

// Memory of fragments that the process keeps for the next long messages: fresh memory costs more
// than what is copied into it, one page fault for each 4 KiB. Never destroyed, and the lock only
// tried, as in ContextStore (compression.cc).
class FragmentStore {
 public:
  static FragmentStore& OfProcess() {
    static auto* const store = new FragmentStore;
    return *store;
  }

  // Of kMaxFramePayload octets.
  std::unique_ptr<char[]> Take() {
    if (const std::unique_lock lock(mutex_, std::try_to_lock); lock && !kept_.empty()) {
      auto octets = std::move(kept_.back());
      kept_.pop_back();
      return octets;
    }
    return std::make_unique_for_overwrite<char[]>(kMaxFramePayload);
  }

  void GiveBack(std::unique_ptr<char[]> octets) {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (lock && kept_.size() < kKept) kept_.push_back(std::move(octets));
  }

 private:
  static constexpr std::size_t kKept = 8;

  FragmentStore() { kept_.reserve(kKept); }

  std::mutex mutex_;
  std::vector<std::unique_ptr<char[]>> kept_;  // guarded by mutex_
};

// A message that is in several pieces.
class PartsStream final : public google::protobuf::io::ZeroCopyInputStream {
 public:
  explicit PartsStream(std::span<const std::string_view> parts) : parts_(parts) {}

  bool Next(const void** data, int* size) override {
    if (next_ == parts_.size()) return false;
    const std::string_view part = parts_[next_++].substr(std::exchange(skipped_, 0));
    *data = part.data();
    *size = static_cast<int>(part.size());
    read_ += *size;
    return true;
  }
  void BackUp(int count) override {
    skipped_ = parts_[--next_].size() - static_cast<std::size_t>(count);
    read_ -= count;
  }
  bool Skip(int count) override {
    const void* data = nullptr;
    int size = 0;
    while (count > 0 && Next(&data, &size)) {
      if (size > count) BackUp(size - count);
      count -= std::min(size, count);
    }
    return count == 0;
  }
  std::int64_t ByteCount() const override { return read_; }

 private:
  std::span<const std::string_view> parts_;
  std::size_t next_ = 0;
  std::size_t skipped_ = 0;  // of the next one
  std::int64_t read_ = 0;
};

}  // namespace

struct FrameReader::Header {
  static Header Load(const char* octets) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(octets);
    return {.flags = bytes[1],
            .reserved = static_cast<std::uint16_t>(bytes[2] | (bytes[3] << 8)),
            .payload_bytes = LoadUint32(octets + 4),
            .session_id = LoadUint32(octets + 8)};
  }
  void Check(bool accepts_compressed) const;

  bool more() const { return (flags & kFlagMoreFragments) != 0; }
  bool compressed() const { return (flags & kFlagCompressed) != 0; }

  std::uint8_t flags;
  std::uint16_t reserved;
  std::uint32_t payload_bytes;
  std::uint32_t session_id;
};

void FrameReader::Header::Check(bool accepts_compressed) const {
  const int known = kFlagMoreFragments | kFlagLooks |
                    (accepts_compressed ? kFlagCompressed | kFlagAsksForCompressed : 0);
  if ((flags & ~known) != 0) {
    throw ProtocolError("a frame has unknown flags: " + std::to_string(flags));
  }
  if (reserved != 0) throw ProtocolError("a frame's reserved bytes are not 0");
  if (payload_bytes > kMaxFramePayload) {
    throw ProtocolError("a frame of " + std::to_string(payload_bytes) +
                        " bytes exceeds the limit of " + std::to_string(kMaxFramePayload));
  }
  // Or a peer could keep a message under way for ever without sending any of it.
  if (payload_bytes == 0 && (more() || compressed())) {
    throw ProtocolError("a fragment or a compressed frame is empty");
  }
}

// `flags` are the last frame's.
FrameReader::Message FrameReader::MessageWith(std::uint8_t flags, std::uint32_t session_id,
                                              std::string_view payload) {
  return {.session_id = session_id,
          .payload = payload,
          .parts = {},
          .asks_for_compressed = (flags & kFlagAsksForCompressed) != 0,
          .sender_looks = (flags & kFlagLooks) != 0};
}

bool FrameReader::Message::Parse(google::protobuf::MessageLite& message) const {
  if (parts.empty()) {
    return message.ParseFromArray(payload.data(), static_cast<int>(payload.size()));
  }
  PartsStream stream(parts);
  return message.ParseFromZeroCopyStream(&stream);
}

std::size_t FrameReader::Message::size() const {
  std::size_t size = payload.size();
  for (const auto part : parts) size += part.size();
  return size;
}

std::size_t CheckedSize(const google::protobuf::MessageLite& message, const Framing& framing) {
  const std::size_t size = message.ByteSizeLong();
  const std::size_t limit = std::min(framing.max_message_bytes, kMaxProtobufBytes);
  if (size <= limit) return size;
  throw MessageTooLong("a message of " + std::to_string(size) + " bytes exceeds the limit of " +
                       std::to_string(limit));
}

void StoreFrameHeader(const Framing& framing, std::size_t payload_bytes, bool more, char* octets) {
  const int flags = (more ? kFlagMoreFragments : 0) |
                    (framing.asks_for_compressed ? kFlagAsksForCompressed : 0) |
                    (framing.looks ? kFlagLooks : 0);
  StoreHeader(static_cast<std::uint8_t>(flags), payload_bytes, framing.session_id, octets);
}

void AppendMessage(const google::protobuf::MessageLite& message, const Framing& framing,
                   std::string& out) {
  const std::size_t size = CheckedSize(message, framing);
  const std::size_t frames =
      std::max<std::size_t>(1, (size + kMaxFramePayload - 1) / kMaxFramePayload);
  const std::size_t headers_bytes = frames * kFrameHeaderBytes;
  const std::size_t base = out.size();
  // The message is serialised behind the space of all headers; then its fragments move down to make
  // room for theirs. The last one is in its place already, as is the only one of a short message.
  // A compressor cannot work in place: for it, the message is behind the space of all frames.
  const std::size_t offset = headers_bytes + (framing.compressor != nullptr ? size : 0);
  out.resize(base + offset + size);
  const char* source = out.data() + base + offset;
  message.SerializeWithCachedSizesToArray(
      reinterpret_cast<std::uint8_t*>(out.data() + base + offset));
  char* target = out.data() + base;
  for (std::size_t left = size, frame = 0; frame < frames; ++frame) {
    const std::size_t payload = std::min(left, kMaxFramePayload);
    left -= payload;
    target = WriteFrame({source, payload}, frame + 1 < frames, framing, target);
    source += payload;
  }
  out.resize(static_cast<std::size_t>(target - out.data()));
}

std::span<char> FrameReader::Prepare() {
  if (!missing_.empty()) return missing_;
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
  if (!missing_.empty()) {
    missing_ = missing_.subspan(bytes);
    return;
  }
  assert(bytes <= buffer_.size() - end_);
  end_ += bytes;
}

std::optional<FrameReader::Message> FrameReader::Next() {
  if (delivered_) ForgetFragments();
  if (!missing_.empty()) return std::nullopt;
  if (std::exchange(ends_with_missing_, false)) return Deliver(flags_with_missing_);
  while (begin_ != end_) {
    const char* octets = buffer_.data() + begin_;
    if (static_cast<std::uint8_t>(octets[0]) != kFrameMagic) {
      throw ProtocolError("a frame does not begin with the magic byte");
    }
    if (end_ - begin_ < kFrameHeaderBytes) return std::nullopt;
    const Header header = Header::Load(octets);
    header.Check(accepts_compressed_);
    CheckContinuation(header.session_id, header.payload_bytes);
    const std::string_view received{
        octets + kFrameHeaderBytes,
        std::min<std::size_t>(header.payload_bytes, end_ - begin_ - kFrameHeaderBytes)};
    const bool is_whole = received.size() == header.payload_bytes;
    if (is_whole && !header.more() && !header.compressed() && blocks_.empty()) {
      begin_ += kFrameHeaderBytes + received.size();
      return MessageWith(header.flags, header.session_id, received);
    }
    if (!TakeFragment(header, received)) return std::nullopt;
    if (!header.more()) return Deliver(header.flags);
  }
  return std::nullopt;
}

// A fragment of a message, or a compressed frame. false: it is not whole. What is missing of a long
// fragment is received into its place.
bool FrameReader::TakeFragment(const Header& header, std::string_view received) {
  const std::size_t missing = header.payload_bytes - received.size();
  const bool is_fragment = header.more() || !blocks_.empty();
  if (missing != 0 && (!is_fragment || header.compressed() || missing < kReceiveBytes))
    return false;
  begin_ += kFrameHeaderBytes + received.size();
  blocks_session_id_ = header.session_id;
  if (header.compressed()) {
    const std::size_t size = DecompressedSize(received);
    CheckContinuation(header.session_id, size);
    Decompress(received, AddFragment(size));
    return true;
  }
  const std::span<char> fragment = AddFragment(header.payload_bytes);
  std::memcpy(fragment.data(), received.data(), received.size());
  missing_ = fragment.subspan(received.size());
  ends_with_missing_ = missing != 0 && !header.more();
  flags_with_missing_ = header.flags;
  return missing == 0;
}

// Memory for another fragment. Short ones share a block, or many of them would take many times
// their size.
std::span<char> FrameReader::AddFragment(std::size_t bytes) {
  if (blocks_.empty() || blocks_.back().capacity - blocks_.back().size < bytes) {
    const bool is_long = bytes > kMaxFramePayload / 2;
    const std::size_t capacity =
        is_long ? kMaxFramePayload : std::max(bytes, blocks_.empty() ? 0 : kReceiveBytes);
    auto octets = is_long ? FragmentStore::OfProcess().Take()
                          : std::make_unique_for_overwrite<char[]>(capacity);
    blocks_.push_back({std::move(octets), 0, capacity});
  }
  Block& block = blocks_.back();
  const std::span<char> fragment(block.octets.get() + block.size, bytes);
  block.size += bytes;
  blocks_bytes_ += bytes;
  return fragment;
}

FrameReader::Message FrameReader::Deliver(std::uint8_t flags) {
  delivered_ = true;
  Message message = MessageWith(flags, blocks_session_id_, {});
  if (blocks_.size() == 1) {
    message.payload = {blocks_[0].octets.get(), blocks_[0].size};
    return message;
  }
  parts_.clear();
  for (const Block& block : blocks_) parts_.emplace_back(block.octets.get(), block.size);
  message.parts = parts_;
  return message;
}

void FrameReader::ForgetFragments() {
  for (Block& block : blocks_) {
    if (block.capacity == kMaxFramePayload) {
      FragmentStore::OfProcess().GiveBack(std::move(block.octets));
    }
  }
  blocks_.clear();
  blocks_bytes_ = 0;
  delivered_ = false;
}

void FrameReader::CheckContinuation(std::uint32_t session_id, std::size_t payload_bytes) const {
  if (!blocks_.empty() && session_id != blocks_session_id_) {
    throw ProtocolError("a fragment names another session than the one before it");
  }
  if (payload_bytes > max_message_bytes_ - std::min(blocks_bytes_, max_message_bytes_)) {
    throw ProtocolError("a message of at least " + std::to_string(blocks_bytes_ + payload_bytes) +
                        " bytes exceeds the limit of " + std::to_string(max_message_bytes_));
  }
}

void FrameReader::ReleaseMemory() {
  if (in_message()) return;
  begin_ = end_ = 0;
  ForgetFragments();
  std::string().swap(buffer_);
  std::vector<Block>().swap(blocks_);
  std::vector<std::string_view>().swap(parts_);
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
