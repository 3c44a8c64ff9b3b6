#include <utility>

#include "odbc_driver/client/link.h"
#include "odbc_driver/client/relay_client.h"

namespace sluice::driver::client {

Cursor::~Cursor() { link_.Detach(*this); }

const v1::ColumnBatch* Cursor::NextBatch(Deadline deadline) {
  UseUpCurrent();
  return link_.NextRows(*this, deadline) ? &current_.batch() : nullptr;
}

v1::ColumnBatch Cursor::TakeBatch() {
  credit_owed_ += current_.batch().ByteSizeLong();
  return std::move(*current_.mutable_batch());
}

// The relay counts a batch as its serialized size. It is granted anew by halves of the window:
// often enough to keep it streaming, seldom enough to cost next to nothing.
void Cursor::UseUpCurrent() {
  credit_owed_ += current_.batch().ByteSizeLong();
  current_.Clear();
  if (credit_owed_ < window_ / 2 || !link_.ExpectsRows(*this)) return;
  v1::Request request;
  request.mutable_grant_credit()->set_cursor_id(id_);
  request.mutable_grant_credit()->set_bytes(credit_owed_);
  link_.SendOneWay(request);
  credit_owed_ = 0;
}

bool Cursor::Ready() { return link_.PollRows(*this); }

bool Cursor::at_end() const { return link_.HasHandedOutAll(*this); }

std::optional<std::uint64_t> Cursor::known_rows() const { return link_.KnownRows(*this); }

bool Cursor::more_results() const { return link_.HasMoreResults(*this); }

}  // namespace sluice::driver::client
