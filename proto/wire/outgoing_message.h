#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "proto/wire/frame.h"

namespace sluice::wire {

// From this size on, not copying a message is worth the several pieces that it is written in.
inline constexpr std::size_t kMinPiecewiseBytes = std::size_t{64} << 10;

// A message cut into frames that are ready to be written: headers and short fields in memory of its
// own, long values where the message has them. Borrows the message, which must stay as it is.
class OutgoingMessage {
 public:
  // Throws MessageTooLong. Frames are not compressed: there is no compressor in `framing`.
  OutgoingMessage(const google::protobuf::MessageLite& message, const Framing& framing);

  // What is to be written next: the first pieces of what is left, none when all has been written.
  std::span<const iovec> pieces() const { return std::span(pieces_).subspan(next_); }
  // So many octets have been written.
  void Advance(std::size_t octets);
  std::size_t left() const;
  // Copies what is left, for whoever writes it later.
  void AppendTo(std::string& out) const;

 private:
  class Writer;

  std::vector<std::unique_ptr<char[]>> blocks_;
  std::vector<iovec> pieces_;
  std::size_t next_ = 0;
};

}  // namespace sluice::wire
