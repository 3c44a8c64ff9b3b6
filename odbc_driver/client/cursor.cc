#include <algorithm>
#include <utility>

#include "odbc_driver/client/link.h"
#include "odbc_driver/client/relay_client.h"

namespace sluice::driver::client {

// On a long way the whole window is needed at once: it would take as many round trips to grow as a
// result of some megabytes takes.
Cursor::Cursor(Link& link, std::uint32_t id, std::uint64_t window)
    : link_(link),
      id_(id),
      credit_(static_cast<std::int64_t>(link.is_far() ? kWindowGrowth * window : window)),
      window_(static_cast<std::uint64_t>(credit_)),
      window_limit_(kWindowGrowth * window) {}

Cursor::~Cursor() { link_.Detach(*this); }

const v1::ColumnBatch* Cursor::NextBatch(Deadline deadline) {
  UseUpCurrent();
  return link_.NextRows(*this, deadline) ? &current_.batch() : nullptr;
}

v1::ColumnBatch Cursor::TakeBatch() {
  NoteUse(current_.batch().ByteSizeLong());
  return std::move(*current_.mutable_batch());
}

// The relay counts a batch as its serialized size. It is granted anew by halves of the window:
// often enough to keep it streaming, seldom enough to cost next to nothing.
void Cursor::UseUpCurrent() {
  NoteUse(current_.batch().ByteSizeLong());
  current_.Clear();
  if (credit_owed_ < window_ / 2 || !link_.ExpectsRows(*this)) return;
  link_.Grant(*this, std::exchange(credit_owed_, 0));
}

// Where half of the window and more is used up within a round trip, the relay waits for credit, not
// for the database: the window grows, as TCP's does ("dynamic right-sizing").
void Cursor::NoteUse(std::uint64_t bytes) {
  credit_owed_ += bytes;
  if (window_ == window_limit_ || bytes == 0) return;
  used_ += bytes;
  const auto now = wire::Clock::now();
  if (used_since_ == wire::Clock::time_point()) used_since_ = now;
  if (now - used_since_ < link_.round_trip()) return;
  if (2 * used_ >= window_) {
    const auto grown = std::min(2 * std::max(window_, used_), window_limit_);
    credit_owed_ += grown - window_;
    window_ = grown;
  }
  used_ = 0;
  used_since_ = now;
}

bool Cursor::Ready() { return link_.PollRows(*this); }

bool Cursor::at_end() const { return link_.HasHandedOutAll(*this); }

std::optional<std::uint64_t> Cursor::known_rows() const { return link_.KnownRows(*this); }

bool Cursor::more_results() const { return link_.HasMoreResults(*this); }

}  // namespace sluice::driver::client
