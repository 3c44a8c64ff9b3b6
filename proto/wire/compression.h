#pragma once

#include <cstddef>
#include <span>
#include <string_view>

// Payloads of frames compressed with zstd (RFC 8878), each one by itself (docs/protocol.md,
// "Compression"). The working memory of zstd, some hundred kilobytes, is borrowed for a call from
// what the process keeps for a few threads: a stream holds none of it, and needs no allocation.

namespace sluice::wire {

// When a side compresses, once both have agreed on it.
enum class Compression {
  kNever,
  kWhereSlow,  // while the link is slower than it would be worth
  kAlways,
};

// Shorter payloads are not worth the work.
inline constexpr std::size_t kMinCompressedPayload = 4096;

// Compresses the payloads of one direction of one stream. Not thread-safe.
class PayloadCompressor {
 public:
  // Writes the compressed payload to `out`, which has room for as many octets as the payload has,
  // and tells its size. 0: the payload is short or does not get smaller by an eighth, or the ones
  // before it did not, so that this one was not tried.
  std::size_t Compress(std::string_view payload, char* out);

 private:
  unsigned skip_ = 0;       // payloads that are not tried
  unsigned next_skip_ = 1;  // the same after the next one that does not get smaller
};

// The size that a compressed payload says it becomes, which is what it must become. Throws
// ProtocolError: it does not tell, or more than a frame's payload may have.
std::size_t DecompressedSize(std::string_view payload);
// Writes what the payload becomes, DecompressedSize() octets. Throws ProtocolError when it is
// malformed or becomes anything else.
void Decompress(std::string_view payload, std::span<char> out);

}  // namespace sluice::wire
