// Connection functions that run asynchronously (SQL_ATTR_ASYNC_DBC_FUNCTIONS_ENABLE), by polling,
// and SQLCancelHandle.

#include <algorithm>
#include <mutex>
#include <utility>

#include "odbc_driver/handles/connection.h"
#include "odbc_driver/handles/statement.h"

namespace sluice::driver {

void Connection::OnCall(SQLUSMALLINT function) {
  if (function == SQL_API_SQLFREEHANDLE && IsConnecting()) GiveUpConnecting();
  if (waiting_ != nullptr && waiting_->function != function) {
    throw DriverError(kHY010SequenceError, "Another function is still executing");
  }
  function_ = function;
}

SQLRETURN Connection::Suspend(AsyncCall call) {
  call.function = function_;
  waiting_ = std::make_unique<AsyncCall>(std::move(call));
  executing_ = true;
  return SQL_STILL_EXECUTING;
}

std::optional<SQLRETURN> Connection::Resume() {
  if (waiting_ == nullptr) return std::nullopt;
  // The call is over, but for one answer: it is not ready yet.
  auto call = std::exchange(waiting_, nullptr);
  executing_ = false;
  if (call->ready()) return call->finish();
  return Suspend(std::move(*call));
}

SQLRETURN Connection::Cancel() {
  if (cancel_point_.Cancel()) return SQL_SUCCESS;
  // Nothing waits for the relay.
  const std::unique_lock lock(call_mutex(), std::try_to_lock);
  if (!lock.owns_lock() || freed()) return SQL_SUCCESS;
  diagnostics().Clear();
  const bool any_executes =
      std::ranges::any_of(Statements(), [](const auto& s) { return s->executing(); });
  if (!any_executes && !browsing()) return SQL_SUCCESS;
  diagnostics().Add(diagnostic_context(), kHY010SequenceError, kHY010SequenceError.meaning);
  return SQL_ERROR;
}

// In force from the next call on: the one that sets it does not wait.
void Connection::SetAsync(const FieldInput& input) {
  const SQLUINTEGER value = input.uint32();
  if (value > SQL_ASYNC_DBC_ENABLE_ON) throw DriverError(kHY024InvalidAttributeValue);
  async_ = value == SQL_ASYNC_DBC_ENABLE_ON;
}

}  // namespace sluice::driver
