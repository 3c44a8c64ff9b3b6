#include "relay_server/backend/postgres/pipeline.h"

#include <poll.h>

#include <cassert>
#include <cerrno>
#include <utility>

#include "proto/wire/deadline.h"
#include "relay_server/backend/postgres/errors.h"

namespace sluice::relay::backend::postgres {
namespace {

// True when one of `events` happened before the deadline.
bool Poll(int socket, short events, std::optional<Deadline> deadline) {
  pollfd entry{.fd = socket, .events = events, .revents = 0};
  for (;;) {
    const int timeout = deadline ? static_cast<int>(wire::RemainingTime(*deadline).count()) : -1;
    const int ready = poll(&entry, 1, timeout);
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) return true;  // the read or write that follows tells what is wrong
  }
}

// Parameters of this size do not fit the buffer of the socket.
constexpr std::size_t kLongSend = std::size_t{128} << 10;

// With a non-blocking socket, libpq moves all that is left of its buffer to the front whenever the
// socket has taken a part; with a blocking one, once. It reads what arrives meanwhile (pqSendSome),
// so that the server never waits for us, and Abort() ends its wait, too.
class BlockingSend {
 public:
  explicit BlockingSend(PGconn* connection) : connection_(connection) {
    if (PQsetnonblocking(connection_, 0) != 0) throw ConnectionLost(connection_);
  }
  // What fails here fails the next call, too.
  ~BlockingSend() { PQsetnonblocking(connection_, 1); }
  BlockingSend(const BlockingSend&) = delete;
  BlockingSend& operator=(const BlockingSend&) = delete;

 private:
  PGconn* const connection_;
};

}  // namespace

Pipeline::Pipeline(ConnectionHandle connection) : connection_(std::move(connection)) {
  if (PQsetnonblocking(connection_.get(), 1) != 0 || PQenterPipelineMode(connection_.get()) != 1) {
    throw ConnectionLost(connection_.get());
  }
}

void Pipeline::Sent(int ok, Step step) {
  if (ok != 1) throw ConnectionLost(connection_.get());
  synced_ = false;
  steps_.push_back(step);
  synced_ = step == Step::kSync;
}

void Pipeline::SendCommand(const char* sql, Step step) {
  Sent(PQsendQueryParams(connection_.get(), sql, 0, nullptr, nullptr, nullptr, nullptr, 0), step);
}

void Pipeline::SendParse(const std::string& name, const std::string& sql,
                         const std::vector<Oid>& types) {
  Sent(PQsendPrepare(connection_.get(), name.c_str(), sql.c_str(), static_cast<int>(types.size()),
                     types.data()),
       Step::kParse);
}

void Pipeline::SendDescribe(const std::string& name) {
  Sent(PQsendDescribePrepared(connection_.get(), name.c_str()), Step::kDescribe);
}

void Pipeline::SendStatement(const std::string& name, const EncodedRow& parameters,
                             bool binary_result) {
  std::optional<BlockingSend> blocking;
  if (parameters.byte_size() >= kLongSend) {
    Flush();  // libpq changes the mode when nothing waits to be sent
    blocking.emplace(connection_.get());
  }
  Sent(PQsendQueryPrepared(connection_.get(), name.c_str(), parameters.size(), parameters.values(),
                           parameters.lengths(), parameters.formats(), binary_result ? 1 : 0),
       Step::kStatement);
}

void Pipeline::SendSync() { Sent(PQpipelineSync(connection_.get()), Step::kSync); }

void Pipeline::SendFlushRequest() {
  if (PQsendFlushRequest(connection_.get()) != 1) throw ConnectionLost(connection_.get());
}

void Pipeline::ReadInput() {
  // A failure leaves its error behind as a result; Next() then finds it.
  PQconsumeInput(connection_.get());
}

void Pipeline::Flush() {
  for (;;) {
    const int left = PQflush(connection_.get());
    if (left == 0) return;
    if (left < 0) throw ConnectionLost(connection_.get());
    Poll(PQsocket(connection_.get()), POLLIN | POLLOUT, std::nullopt);
    ReadInput();
  }
}

bool Pipeline::WaitForInput(std::optional<Deadline> deadline) {
  if (PQisBusy(connection_.get()) == 0) return true;
  const auto look = [this] {
    ReadInput();
    return PQisBusy(connection_.get()) == 0;
  };
  if (spin_.For(look)) return true;
  while (PQisBusy(connection_.get()) != 0) {
    // Abort() shuts the socket down, which ends a wait without deadline.
    if (!Poll(PQsocket(connection_.get()), POLLIN, deadline)) return false;
    ReadInput();
  }
  return true;
}

ResultHandle Pipeline::Next() {
  WaitForInput(std::nullopt);
  ResultHandle result(PQgetResult(connection_.get()));
  if (result == nullptr && PQstatus(connection_.get()) == CONNECTION_BAD) {
    throw ConnectionLost(connection_.get());
  }
  return result;
}

void Pipeline::Note(const PGresult& result) {
  switch (PQresultStatus(&result)) {
    case PGRES_FATAL_ERROR:
    case PGRES_BAD_RESPONSE: {
      BackendError error = ErrorFromResult(connection_.get(), &result);
      if (error.connection_lost()) {
        // The server answers in order: before the statement's turn came it said farewell.
        const bool never_ran = PQresultErrorField(&result, PG_DIAG_SQLSTATE) != nullptr &&
                               steps_.front() != Step::kStatement;
        throw BackendError(error.sqlstate(), error.native_code(), error.what(), true, never_ran);
      }
      if (error_ || steps_.front() == Step::kOptionalCommand) return;
      error_ = std::move(error);
      error_step_ = steps_.front();
      return;
    }
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
      // There is no way out of this state that leaves a pipeline intact.
      throw BackendError(kFeatureNotSupported, kNativeError,
                         "COPY from or to the client is not possible through ODBC", true);
    default:
      return;
  }
}

ResultHandle Pipeline::ReadStep() {
  // A sync is one result; everything else ends with a null. An error of the implicit commit comes
  // before the sync's own result.
  const bool is_sync = steps_.front() == Step::kSync;
  ResultHandle last;
  for (int nulls = 0;;) {
    ResultHandle result = Next();
    if (result == nullptr) {
      if (!is_sync) break;
      if (++nulls > 2) throw ConnectionLost(connection_.get());
      continue;
    }
    Note(*result);
    const bool reached = PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC;
    last = std::move(result);
    if (reached) break;
  }
  steps_.pop_front();
  return last;
}

bool Pipeline::ReadUpTo(Step step) {
  while (!error_ && !steps_.empty() && steps_.front() != step) ReadStep();
  return !error_;
}

ResultHandle Pipeline::ReadThrough(Step step) {
  if (!ReadUpTo(step)) return nullptr;
  ResultHandle result = ReadStep();
  return error_ ? nullptr : std::move(result);
}

void Pipeline::ReadArrived(const std::function<void(const PGresult&)>& on_result) {
  ReadInput();
  while (!steps_.empty() && PQisBusy(connection_.get()) == 0) {
    const ResultHandle result = Next();
    if (result == nullptr) {
      steps_.pop_front();
      continue;
    }
    Note(*result);
    if (PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) {
      steps_.pop_front();
    } else if (steps_.front() == Step::kStatement) {
      on_result(*result);
    }
  }
}

void Pipeline::BeginRows() {
  assert(!steps_.empty() && steps_.front() == Step::kStatement);
  // Refused when the result has been parsed already (an error has): it is then read as it is.
  PQsetSingleRowMode(connection_.get());
}

std::optional<ResultHandle> Pipeline::NextResult(std::optional<Deadline> deadline) {
  if (deadline && !WaitForInput(deadline)) return std::nullopt;
  ResultHandle result = Next();
  if (result == nullptr) {
    steps_.pop_front();
  } else {
    Note(*result);
  }
  return result;
}

void Pipeline::Finish(const std::function<void(const PGresult&)>& on_result) {
  if (!synced_) SendSync();
  Flush();
  while (!steps_.empty()) {
    const bool is_statement = steps_.front() == Step::kStatement;
    const ResultHandle result = ReadStep();
    if (is_statement && on_result && result != nullptr) on_result(*result);
  }
}

std::optional<BackendError> Pipeline::TakeError() { return std::exchange(error_, std::nullopt); }

}  // namespace sluice::relay::backend::postgres
