#include "proto/wire/outgoing_message.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <utility>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream.h>

namespace sluice::wire {
namespace {

// Memory for headers and short fields. A field that does not fit what is left of a block is not
// copied into it.
constexpr std::size_t kBlockBytes = 2048;

}  // namespace

// What protobuf writes a message to: asked for memory for what is short, and told of the memory of
// what is long. Puts the headers between.
class OutgoingMessage::Writer final : public google::protobuf::io::ZeroCopyOutputStream {
 public:
  Writer(OutgoingMessage& out, const Framing& framing, std::size_t message_bytes)
      : out_(out), framing_(framing), message_left_(message_bytes) {}

  bool Next(void** data, int* size) override {
    if (frame_left_ == 0 && message_left_ == 0) {
      // Asked for ahead of need; all of it is given back.
      gave_scratch_ = true;
      *data = scratch_;
      *size = sizeof scratch_;
      return true;
    }
    BeginFrameIfDue();
    if (block_left_ == 0) AddBlock();
    const std::size_t count = std::min(block_left_, frame_left_);
    *data = TakeFromBlock(count);
    *size = static_cast<int>(count);
    Count(count);
    return true;
  }

  void BackUp(int count) override {
    if (gave_scratch_) return;
    const auto octets = static_cast<std::size_t>(count);
    block_left_ += octets;
    frame_left_ += octets;
    written_ -= count;
    iovec& last = out_.pieces_.back();
    last.iov_len -= octets;
    if (last.iov_len == 0) out_.pieces_.pop_back();
  }

  std::int64_t ByteCount() const override { return written_; }
  bool AllowsAliasing() const override { return true; }

  bool WriteAliasedRaw(const void* data, int size) override {
    const auto* octets = static_cast<const char*>(data);
    for (auto left = static_cast<std::size_t>(size); left != 0;) {
      BeginFrameIfDue();
      const std::size_t count = std::min(left, frame_left_);
      out_.pieces_.push_back({const_cast<char*>(octets), count});
      Count(count);
      octets += count;
      left -= count;
    }
    return true;
  }

  // Writes the header of the next frame.
  void BeginFrame() {
    frame_left_ = std::min(message_left_, kMaxFramePayload);
    message_left_ -= frame_left_;
    if (block_left_ < kFrameHeaderBytes) AddBlock();
    StoreFrameHeader(framing_, frame_left_, message_left_ != 0, TakeFromBlock(kFrameHeaderBytes));
  }

 private:
  void BeginFrameIfDue() {
    if (frame_left_ == 0) BeginFrame();
  }

  void AddBlock() {
    out_.blocks_.push_back(std::make_unique_for_overwrite<char[]>(kBlockBytes));
    block_left_ = kBlockBytes;
  }

  // Consecutive octets of a block are one piece.
  char* TakeFromBlock(std::size_t count) {
    char* octets = out_.blocks_.back().get() + kBlockBytes - block_left_;
    block_left_ -= count;
    auto& pieces = out_.pieces_;
    if (!pieces.empty() &&
        static_cast<char*>(pieces.back().iov_base) + pieces.back().iov_len == octets) {
      pieces.back().iov_len += count;
    } else {
      pieces.push_back({octets, count});
    }
    return octets;
  }

  void Count(std::size_t octets) {
    frame_left_ -= octets;
    written_ += static_cast<std::int64_t>(octets);
  }

  OutgoingMessage& out_;
  const Framing& framing_;
  std::size_t message_left_;    // beyond the frame under way
  std::size_t frame_left_ = 0;  // of its payload
  std::size_t block_left_ = 0;  // of the last block
  std::int64_t written_ = 0;
  bool gave_scratch_ = false;
  char scratch_[64];
};

OutgoingMessage::OutgoingMessage(const google::protobuf::MessageLite& message,
                                 const Framing& framing) {
  assert(framing.compressor == nullptr);
  const std::size_t size = CheckedSize(message, framing);
  Writer writer(*this, framing, size);
  if (size == 0) {
    writer.BeginFrame();
    return;
  }
  google::protobuf::io::CodedOutputStream stream(&writer);
  stream.EnableAliasing(true);
  message.SerializeWithCachedSizes(&stream);
  stream.Trim();
}

void OutgoingMessage::Advance(std::size_t octets) {
  while (octets != 0) {
    iovec& piece = pieces_[next_];
    if (octets < piece.iov_len) {
      piece.iov_base = static_cast<char*>(piece.iov_base) + octets;
      piece.iov_len -= octets;
      return;
    }
    octets -= piece.iov_len;
    ++next_;
  }
}

std::size_t OutgoingMessage::left() const {
  std::size_t bytes = 0;
  for (const iovec& piece : pieces()) bytes += piece.iov_len;
  return bytes;
}

void OutgoingMessage::AppendTo(std::string& out) const {
  out.reserve(out.size() + left());
  for (const iovec& piece : pieces()) {
    out.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
  }
}

}  // namespace sluice::wire
