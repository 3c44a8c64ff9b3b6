#pragma once

#include <libpq-fe.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proto/wire/spin_wait.h"
#include "relay_server/backend/backend.h"
#include "relay_server/backend/postgres/encode.h"

// libpq's pipeline mode: what was sent, in order, and the results that still have to be read.
// https://www.postgresql.org/docs/15/libpq-pipeline-mode.html

namespace sluice::relay::backend::postgres {

struct ConnectionDeleter {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct ResultDeleter {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ConnectionHandle = std::unique_ptr<PGconn, ConnectionDeleter>;
using ResultHandle = std::unique_ptr<PGresult, ResultDeleter>;

// What one entry of the pipeline is, and so what its results mean.
enum class Step {
  kCommand,          // its result is success or an error
  kOptionalCommand,  // an error of it is of no interest
  kLookup,           // what the catalogue tells of tables and types
  kParse,
  kDescribe,
  kStatement,  // the statement that the caller wants the result of
  kSync,       // what follows an error is skipped up to here
};

// Not thread-safe. Sending only fills libpq's buffer (up to 64 KiB); SendSync and Flush write it.
// Any call throws BackendError with connection_lost() when the connection breaks; errors of
// statements are kept for TakeError().
class Pipeline {
 public:
  // Enters pipeline mode on a connection that is established.
  explicit Pipeline(ConnectionHandle connection);

  PGconn* connection() const { return connection_.get(); }

  // `name` is the prepared statement's; empty: the unnamed one. Commands overwrite the unnamed one.
  void SendCommand(const char* sql, Step step = Step::kCommand);
  // `types` of the parameters; empty: the server infers them.
  void SendParse(const std::string& name, const std::string& sql, const std::vector<Oid>& types);
  void SendDescribe(const std::string& name);
  void SendStatement(const std::string& name, const EncodedRow& parameters, bool binary_result);
  void SendSync();
  // Asks the server to answer what it has without ending the implicit transaction as a sync does.
  void SendFlushRequest();
  // Writes everything. What the server sends meanwhile is read, so that neither side blocks the
  // other.
  void Flush();

  bool empty() const { return steps_.empty(); }
  // Nothing that was sent or read concerns what is sent next.
  bool is_settled() const { return steps_.empty() && synced_ && !error_; }
  // Reads steps up to and including the first `step`, and returns its last result; null after an
  // error, which may be an earlier step's.
  ResultHandle ReadThrough(Step step);
  // Reads steps that stand before the first `step`. False after an error.
  bool ReadUpTo(Step step);
  // Reads what has arrived of statements, without waiting; `on_result` gets each result.
  void ReadArrived(const std::function<void(const PGresult&)>& on_result);
  // The front step is a statement: its rows are to come one by one.
  void BeginRows();
  // The front statement's next result; null: it has ended. With a deadline nothing may arrive in
  // time: then nullopt.
  std::optional<ResultHandle> NextResult(std::optional<Deadline> deadline);
  // Sends a sync if the last entry is none, and reads everything. Results that remain are dropped.
  void Finish(const std::function<void(const PGresult&)>& on_result = {});

  bool has_error() const { return error_.has_value(); }
  // Of the error that was taken last.
  Step error_step() const { return error_step_; }
  std::optional<BackendError> TakeError();

 private:
  void Sent(int ok, Step step);
  bool WaitForInput(std::optional<Deadline> deadline);
  void ReadInput();
  ResultHandle Next();
  ResultHandle ReadStep();
  void Note(const PGresult& result);

  ConnectionHandle connection_;
  std::deque<Step> steps_;
  bool synced_ = true;                 // nothing was sent since the last sync
  std::optional<BackendError> error_;  // the first one since TakeError()
  Step error_step_ = Step::kCommand;
  wire::SpinWait spin_;
};

}  // namespace sluice::relay::backend::postgres
