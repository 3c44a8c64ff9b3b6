#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "proto/values/column_batch.h"
#include "proto/wire/deadline.h"
#include "sluice/v1/session.pb.h"

// What the relay asks of a database server, in terms that fit every engine. pool and session know
// these classes only; backend/postgres and backend/mysql implement them over libpq and
// libmysqlclient, tests/fakes over a script.

namespace sluice::relay::backend {

using wire::Deadline;

// An error that the database reported, or the loss of the connection to it.
class BackendError : public std::runtime_error {
 public:
  BackendError(std::string sqlstate, int native_code, const std::string& message,
               bool connection_lost = false, bool never_ran = false)
      : std::runtime_error(message),
        sqlstate_(std::move(sqlstate)),
        native_code_(native_code),
        connection_lost_(connection_lost),
        never_ran_(never_ran) {}

  const std::string& sqlstate() const { return sqlstate_; }  // the server's own, five characters
  int native_code() const { return native_code_; }
  bool connection_lost() const { return connection_lost_; }  // the backend connection is broken
  // The connection was lost, and the server has certainly begun nothing of what was asked of it.
  bool never_ran() const { return never_ran_; }

 private:
  std::string sqlstate_;
  int native_code_;
  bool connection_lost_;
  bool never_ran_;
};

// Runs what takes several steps, of which the first may have had its effect when a later one fails.
template <typename Work>
auto WithoutNeverRan(const Work& work) {
  try {
    return work();
  } catch (const BackendError& error) {
    if (!error.never_ran()) throw;
    throw BackendError(error.sqlstate(), error.native_code(), error.what(), true);
  }
}

// A variable of the server's session. `value` is SQL text: what stands behind "SET name TO", or on
// MySQL "SET SESSION name =", where the variable "names" is what follows SET NAMES.
struct Variable {
  std::string name;   // empty: all of them
  std::string value;  // empty: its default
  friend bool operator==(const Variable&, const Variable&) = default;
};

// The variables that are not at their defaults: values by name.
using Variables = std::map<std::string, std::string>;
// What a statement that has set `change` made of them.
inline void SetVariable(Variables& variables, const Variable& change) {
  if (change.name.empty()) {
    // RESET ALL leaves the role (PostgreSQL manual, SET ROLE).
    std::erase_if(variables, [](const auto& entry) { return entry.first != "role"; });
  } else if (change.value.empty()) {
    variables.erase(change.name);
  } else {
    variables.insert_or_assign(change.name, change.value);
  }
}

// The parts of an INSERT of one row of parameters, in order: dialect::RowInsert.
struct RowInsert {
  std::string table;
  std::string head;
  std::string tail;
};

// A statement in the database's own SQL, shared by all sessions that use its text. Immutable, but
// for what backends learn about it: those members are filled once, under their own synchronisation.
struct Statement {
  std::string sql;  // native text: $1 … on PostgreSQL, ? on MySQL
  int parameter_count = 0;
  v1::StatementKind kind = v1::STATEMENT_KIND_OTHER;
  std::vector<Variable> sets = {};      // session variables that it sets; SessionSettings tells how
  std::optional<RowInsert> row_insert;  // where it is one: an array of rows may go as one statement
  // It has returned more rows than a page: what is cheaper by row is worth more to begin with.
  mutable std::atomic<bool> has_returned_many_rows{false};
  bool drops_prepared = false;  // the server forgets its prepared statements (DISCARD ALL)
};

// State of the client session that must hold on the backend connection a statement runs on. The
// backend connection remembers what it has and sends the difference in the same write.
struct SessionSettings {
  v1::IsolationLevel isolation = v1::ISOLATION_LEVEL_DEFAULT;
  bool read_only = false;
  std::string catalog;               // MySQL: current database; empty: the pool's
  std::uint64_t last_insert_id = 0;  // MySQL: what LAST_INSERT_ID() must answer
  Variables variables;               // that the session's own statements have set
  friend bool operator==(const SessionSettings&, const SessionSettings&) = default;
};

// Values of parameters that a client has sent in parts. Where v1::ParameterColumn::sent_values
// names one, the parameter set itself has NULL. Throws what tells the client that its value is
// lost.
class LongValues {
 public:
  virtual ~LongValues() = default;
  virtual std::uint64_t SizeOf(std::uint32_t value_id) const = 0;
  // Octets from `offset` on, which must exist.
  virtual void Read(std::uint32_t value_id, std::uint64_t offset, char* out,
                    std::size_t size) const = 0;
};

// One execution. What it points at must live until Execute returns.
struct Execution {
  std::shared_ptr<const Statement> statement;
  // A row per parameter set; one row without columns when the statement has no parameters.
  const values::ParameterSetView* parameters = nullptr;
  const SessionSettings* settings = nullptr;
  // That `parameters` names; null: it names none, or has them in their places.
  const LongValues* long_values = nullptr;
  bool begin_transaction = false;   // BEGIN goes out with the statement
  bool statement_rollback = false;  // in a transaction, an error undoes this statement alone
  bool prepare = false;             // worth a prepared statement that outlives this execution
  // The statement's one row is what a routine gives back, in so many columns: another number is
  // refused (07002), before the statement runs where the server tells it. 0: rows are rows.
  std::size_t output_columns = 0;
  bool further_columns = false;  // more than output_columns are let be
  // PostgreSQL: before the statement runs, the connection forgets what it knows of the sequences
  // that others have used.
  bool fresh_sequences = false;
  // Of several parameter sets, the one that it runs with; nullopt: with all of them.
  std::optional<std::uint32_t> only_set = std::nullopt;
};

// What a procedure gave back to the parameters that it declares OUT or INOUT, where the server
// sends that beside the procedure's results: a row.
struct RoutineOutputs {
  std::vector<v1::Column> columns;
  v1::ColumnBatch batch;
};

// What a session that ends, or needs the connection no longer, has left on it beyond its settings.
struct Leftovers {
  bool any = false;               // it has had something, which may have gone already
  bool unknown = false;           // more than `undo` accounts for
  std::vector<std::string> undo;  // statements that end what is left
  bool empty() const { return !any && !unknown && undo.empty(); }
};

// An entry of the list that MySQL's SHOW WARNINGS shows.
struct Condition {
  std::string level;  // Note, Warning, Error
  int code = 0;
  std::string message;
};

// What is known when a result begins.
struct ResultHead {
  std::vector<v1::Column> columns;  // empty: no result set
  std::optional<std::uint64_t>
      affected_rows;  // of a statement without result set, summed over an array
  std::vector<v1::ParameterSetStatus> parameter_statuses;  // of an array with errors; else empty
  std::vector<v1::Diagnostic> diagnostics;                 // errors of single rows of an array
  std::optional<RoutineOutputs> outputs;
  std::optional<v1::ColumnBatch> first_rows;  // already read: they come before those of FetchRows
  bool is_read_whole = false;                 // first_rows are all rows: there is no FetchRows
  // Nothing has run: the statement returns rows, so it takes one parameter set at a time.
  bool wants_single_sets = false;
};

// When FetchRows stops.
struct FetchLimits {
  std::size_t bytes = 64 * 1024;  // reached: the batch is full
  std::uint32_t rows = 0;         // 0: no limit
  // With rows at hand, a batch is not held back longer than this for rows that the server has not
  // produced yet.
  std::chrono::milliseconds patience{5};
};

enum class FetchStatus {
  kMore,  // the batch is full or patience is over; the result goes on
  kEnd,   // the result set has ended
};

// What a server is among those that hold the same data.
enum class ServerRole {
  kPrimary,  // takes writes; also a server that stands alone
  kPeer,     // takes writes, as the others do: Galera
  kReplica,  // is read only, and follows a primary
  kUnfit,  // would refuse statements or answer with what is out of date: a Galera node out of step
};

// One connection to a database server. One thread at a time, except Cancel and Abort. At most one
// result is open; Execute, Describe and EndTransaction require that none is (ReadToEnd or Discard).
// Any call may throw BackendError; after connection_lost() only the destructor may be called.
class BackendConnection {
 public:
  virtual ~BackendConnection() = default;

  // Runs the statement and returns when the first result has begun. An array of parameter sets is
  // run as a whole; per-row errors are reported in the head, not thrown, unless no row succeeded
  // and the array has one row.
  virtual ResultHead Execute(const Execution& execution) = 0;
  // Whether Execute reads Execution::long_values piece by piece. Else they must be in their places.
  virtual bool TakesLongValues() const { return false; }
  // Appends rows of the open result set. The builder has one column per head column, of its type.
  // When it throws, the rows that it has appended are good.
  virtual FetchStatus FetchRows(values::BatchBuilder& batch, const FetchLimits& limits) = 0;
  // After the present result has ended: the next one of the statement, or none.
  virtual std::optional<ResultHead> NextResult() = 0;
  // Gives up what is left of the open result, results that would follow included: reads a little,
  // cancels what is long. No effect without an open result.
  virtual void DiscardResults() = 0;
  virtual bool has_open_result() const = 0;

  // Columns and parameters, without running the statement.
  virtual v1::StatementDescription Describe(const Statement& statement,
                                            const SessionSettings& settings) = 0;

  virtual void EndTransaction(bool commit) = 0;
  virtual v1::TransactionState transaction_state() const = 0;

  // Makes the connection fit for another session, as cheaply as the leftovers allow: rolls an open
  // transaction back and undoes them, or everything when they are unknown.
  virtual void Reset(const Leftovers& leftovers) = 0;

  // The rows of a query of the relay's own, as text; NULL is empty. No transaction and no result
  // is open.
  virtual std::vector<std::vector<std::string>> Ask(const std::string& sql) = 0;
  // What the server has told, since the last call, that the application's statements changed of the
  // session: names of variables; an empty one is anything else. Some servers tell nothing.
  virtual std::vector<std::string> TakeChanges() { return {}; }
  // Asks for the variables that the connection does not know to be set; "@name" is a user variable.
  // No transaction and no result is open.
  virtual std::vector<std::string> AskForVariables() { return {}; }
  // PostgreSQL: what these calls of lastval() and currval(…) answer now; empty: they are errors. No
  // transaction and no result is open.
  virtual std::vector<std::string> AskSequenceValues(const std::vector<std::string>& calls) {
    return std::vector<std::string>(calls.size());
  }
  // Compares what the server says of the session's state with what the connection believes that it
  // is, and holds against it whatever a session may have left behind; one text for each difference.
  // For tests: it costs some round trips, and no server tells everything.
  virtual std::vector<std::string> Audit() = 0;

  // Asks the server to stop the statement that runs now; it then fails with the server's error for
  // that. Thread-safe. Returns when the server has taken the request or the deadline passed. The
  // caller guarantees that the statement meant is still this connection's current one.
  virtual void Cancel(Deadline deadline) noexcept = 0;
  // Cuts the connection so that a blocked call returns with connection_lost(). Thread-safe.
  virtual void Abort() noexcept = 0;

  // True when the server has certainly closed the connection while it was idle. Costs no round
  // trip.
  virtual bool IsDead() = 0;

  // Asks the server what it is now. Costs a round trip or two; no result may be open.
  virtual ServerRole AskRole() = 0;

  // The server would serve another session worse for what this connection has done: it is closed
  // when it is given back.
  virtual bool IsWorn() const { return false; }

  // Warnings and notices since the last call, as 01000-class diagnostics.
  virtual std::vector<v1::Diagnostic> TakeNotices() = 0;
  // MySQL: all that there is to tell of the statement that ran last; asks for it where there is
  // something. Empty as long as a result is open.
  virtual std::vector<Condition> Conditions() { return {}; }
  // MySQL: what LAST_INSERT_ID() answers after the last statement; 0: it set none.
  virtual std::uint64_t last_insert_id() const = 0;

  // PostgreSQL: what the server says of standard_conforming_strings is that it is off.
  virtual bool HasBackslashes() const { return false; }

  virtual const v1::ServerFacts& facts() const = 0;
  virtual std::uint64_t server_process_id() const = 0;  // for logs
};

// How to reach a database.
struct Target {
  std::string host;  // name, address, or path of a unix socket (directory on PostgreSQL)
  std::uint16_t port = 0;
  std::string database;
  std::string user;
  std::string password;
  std::string application_name = "sluiced";
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds statement_timeout{0};  // 0: none
};

// Opens connections to one database server. Thread-safe.
class Connector {
 public:
  virtual ~Connector() = default;
  // Throws BackendError; its message names host and port.
  virtual std::unique_ptr<BackendConnection> Connect(Deadline deadline) = 0;
  virtual v1::Engine engine() const = 0;
};

}  // namespace sluice::relay::backend
