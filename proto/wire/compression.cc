#include "proto/wire/compression.h"

#include <zstd.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

#include "proto/wire/frame.h"

namespace sluice::wire {
namespace {

constexpr int kLevel = 1;  // column data to a third and less, faster than a network of 1 Gbit/s
constexpr unsigned kLongestSkip = 16;
// Contexts that wait for their next use: those of threads that compress at the same time.
constexpr std::size_t kKeptContexts = 4;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

std::unique_ptr<ZSTD_CCtx, FreeContext> MakeContext(ZSTD_CCtx* /*type*/) {
  std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  if (context) ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
  return context;
}

std::unique_ptr<ZSTD_DCtx, FreeContext> MakeContext(ZSTD_DCtx* /*type*/) {
  return std::unique_ptr<ZSTD_DCtx, FreeContext>(ZSTD_createDCtx());
}

// The contexts that the process keeps. Never destroyed, because streams may still be closed while
// static objects go. The lock is only tried: a child that was forked while another thread held it
// would wait for ever, and making a context is no great loss.
template <typename Context>
class ContextStore {
 public:
  using Owner = std::unique_ptr<Context, FreeContext>;

  static ContextStore& OfProcess() {
    static auto* const store = new ContextStore;
    return *store;
  }

  Owner Take() {
    if (const std::unique_lock lock(mutex_, std::try_to_lock); lock && !kept_.empty()) {
      Owner context = std::move(kept_.back());
      kept_.pop_back();
      return context;
    }
    Owner context = MakeContext(static_cast<Context*>(nullptr));
    if (!context) throw std::bad_alloc();
    return context;
  }

  void GiveBack(Owner context) {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (lock && kept_.size() < kKeptContexts) kept_.push_back(std::move(context));
  }

 private:
  ContextStore() { kept_.reserve(kKeptContexts); }

  std::mutex mutex_;
  std::vector<Owner> kept_;  // guarded by mutex_
};

template <typename Context>
class BorrowedContext {
 public:
  BorrowedContext() : context_(ContextStore<Context>::OfProcess().Take()) {}
  ~BorrowedContext() { ContextStore<Context>::OfProcess().GiveBack(std::move(context_)); }
  BorrowedContext(const BorrowedContext&) = delete;
  BorrowedContext& operator=(const BorrowedContext&) = delete;
  Context* get() const { return context_.get(); }

 private:
  typename ContextStore<Context>::Owner context_;
};

}  // namespace

std::size_t PayloadCompressor::Compress(std::string_view payload, char* out) {
  if (payload.size() < kMinCompressedPayload) return 0;
  if (skip_ > 0) {
    --skip_;
    return 0;
  }
  const BorrowedContext<ZSTD_CCtx> context;
  const std::size_t enough = payload.size() - payload.size() / 8;
  const std::size_t size =
      ZSTD_compress2(context.get(), out, enough, payload.data(), payload.size());
  if (ZSTD_isError(size) == 0) {
    next_skip_ = 1;
    return size;
  }
  // There was not room enough for it; nothing else can fail but an allocation, which is as good a
  // reason to send it as it is.
  skip_ = next_skip_;
  next_skip_ = std::min(next_skip_ * 2, kLongestSkip);
  return 0;
}

std::size_t DecompressedSize(std::string_view payload) {
  const unsigned long long size = ZSTD_getFrameContentSize(payload.data(), payload.size());
  // Unknown and malformed are the two largest numbers.
  if (size == 0 || size > kMaxFramePayload) {
    throw ProtocolError("a compressed frame does not tell its length, or exceeds the limit of " +
                        std::to_string(kMaxFramePayload));
  }
  return static_cast<std::size_t>(size);
}

void Decompress(std::string_view payload, std::span<char> out) {
  const BorrowedContext<ZSTD_DCtx> context;
  // Fails when the payload becomes longer than it says, and when anything follows it but a second
  // zstd frame, for which there is no room.
  const std::size_t got =
      ZSTD_decompressDCtx(context.get(), out.data(), out.size(), payload.data(), payload.size());
  if (ZSTD_isError(got) != 0 || got != out.size()) {
    throw ProtocolError("a compressed frame is malformed");
  }
}

}  // namespace sluice::wire
