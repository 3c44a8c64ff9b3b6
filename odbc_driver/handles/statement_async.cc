// Asynchronous execution by polling: a call that would wait for the relay returns
// SQL_STILL_EXECUTING instead.

#include <memory>
#include <utility>

#include "odbc_driver/handles/statement.h"

namespace sluice::driver {

SQLRETURN Statement::Suspend(AsyncCall call) {
  call.function = function_;
  waiting_ = std::make_unique<AsyncCall>(std::move(call));
  executing_ = true;
  return SQL_STILL_EXECUTING;
}

std::optional<SQLRETURN> Statement::Resume() {
  if (waiting_ == nullptr) return std::nullopt;
  try {
    if (!waiting_->ready()) return SQL_STILL_EXECUTING;
  } catch (const client::RequestFailed&) {
    // The stream is lost: finish() finds that out again, and cleans up.
  }
  auto call = std::exchange(waiting_, nullptr);
  executing_ = false;
  const SQLRETURN result = call->finish();
  if (call->is_preparation) return std::nullopt;
  call.reset();
  return part_is_due_ || script_is_due_ ? RunParts() : result;
}

SQLRETURN Statement::Await(std::unique_ptr<CancelPoint::Scope> scope,
                           std::shared_ptr<client::PendingCall> call,
                           std::function<SQLRETURN(client::PendingCall&)> finish,
                           bool is_preparation) {
  if (!asynchronous() || call->Ready()) return finish(*call);
  return Suspend({.scope = std::move(scope),
                  .ready = [call] { return call->Ready(); },
                  .finish = [call, finish = std::move(finish)] { return finish(*call); },
                  .is_preparation = is_preparation});
}

SQLRETURN Statement::AwaitDescription() {
  const bool counts_only = function_ == SQL_API_SQLNUMPARAMS;
  const bool needed = asynchronous() && state_ == StatementState::kPrepared && !text_.description;
  if (!needed || (counts_only && text_.is_refused)) return SQL_SUCCESS;
  const auto open = connection_->client();
  if (text_.id == 0) text_.id = open->NewStatementId();
  auto scope = std::make_unique<CancelPoint::Scope>(cancel_point_, open);
  std::shared_ptr<client::PendingCall> call = open->StartDescribe(
      text_.id, text_.sent ? nullptr : &text_.wire(), no_scan_ == SQL_NOSCAN_OFF, timeout(),
      [&](std::uint64_t id) { scope->SetRequest(id); });
  const auto take = [this, open, counts_only](client::PendingCall& pending) -> SQLRETURN {
    try {
      TakeDescription(open->TakeDescription(pending));
    } catch (const client::RequestFailed& error) {
      if (!counts_only || EndsCall(error.sqlstate())) throw;
      text_.is_refused = true;  // see CountParameters()
    }
    return SQL_SUCCESS;
  };
  return Await(std::move(scope), std::move(call), take, /*is_preparation=*/true);
}

// Of a rowset that lies in several batches, those after the first are waited for.
SQLRETURN Statement::AwaitRows() {
  if (!asynchronous() || result_ == nullptr) return SQL_SUCCESS;
  const auto limit = deadline();
  if (result_->Ready()) return SQL_SUCCESS;
  const auto finish = [this]() -> SQLRETURN {
    if (result_->Ready()) return SQL_SUCCESS;
    const SqlState& state =
        timeout().of_connection ? kHYT01ConnectionTimeout : kHYT00TimeoutExpired;
    throw DriverError(state, "No rows arrived in time");
  };
  return Suspend({.scope = result_->CancelScope(cancel_point_),
                  .ready = [this, limit] { return result_->Ready() || wire::HasPassed(limit); },
                  .finish = finish,
                  .is_preparation = true});
}

}  // namespace sluice::driver
