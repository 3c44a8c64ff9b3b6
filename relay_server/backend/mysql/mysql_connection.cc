#include "relay_server/backend/mysql/mysql_connection.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cassert>

#include "relay_server/backend/mysql/binary_rows.h"
#include "relay_server/backend/mysql/mysql_error.h"
#include "relay_server/backend/mysql/server_variables.h"
#include "relay_server/backend/mysql/text_rows.h"

// Life of a connection, results, cancelling. How statements are run: mysql_execute.cc.

namespace sluice::relay::backend {
namespace {

constexpr std::size_t kCachedStatements = 256;
constexpr std::size_t kMaxNotices = 64;
constexpr int kMaxConditions = 1024;  // as many as MySQL 8 keeps (max_error_count)
constexpr std::size_t kManyRows = 1000;
// A result that is given up is read to its end when it ends within these limits, else killed.
constexpr int kDrainRows = 1000;
constexpr std::chrono::milliseconds kDrainTime{20};
constexpr std::chrono::milliseconds kKillTimeout{2000};
// The server's buffer for a connection (net_buffer_length) grows with what it receives and never
// shrinks: it sends no row of a later result before that many bytes have gathered.
constexpr std::uint64_t kLargestHeldBack = 1 << 20;

}  // namespace

MysqlConnection::MysqlConnection(std::shared_ptr<const MysqlEndpoint> endpoint,
                                 std::shared_ptr<const ServerProfile> profile, MysqlHandle mysql)
    : endpoint_(std::move(endpoint)),
      profile_(std::move(profile)),
      mysql_(std::move(mysql)),
      // Both libraries keep the socket there ("for Perl DBI/DBD").
      socket_(fcntl(static_cast<int>(mysql_->net.fd), F_DUPFD_CLOEXEC, 0)),
      thread_id_(mysql_thread_id(mysql_.get())),
      session_(profile_),
      statements_(kCachedStatements) {
  if (socket_ < 0) throw BackendError("HY000", errno, "too many open files", true);
  session_.ForgetCharacteristics();
}

MysqlConnection::~MysqlConnection() {
  EnterMysqlThread();
  // Freeing an open result reads it to its end; nobody wants to wait for that.
  if (has_open_result()) Abort();
  rows_.reset();
  next_.reset();
  statements_.Clear();
  mysql_.reset();
  close(socket_);
}

void MysqlConnection::BeginCommand() {
  EnterMysqlThread();
  assert(!has_open_result());
  AbsorbLateKill();
  executed_ = nullptr;
  text_ = nullptr;
  text_rows_ = 0;
  last_insert_id_ = 0;
  warning_count_ = 0;
  conditions_.clear();
  told_conditions_ = false;
}

void MysqlConnection::AbsorbLateKill() {
  if (kill_uncertain_) {
    throw BackendError("08S01", 0, "a cancel request to the database may still be under way", true);
  }
  if (kills_sent_.exchange(0) == 0) return;
  constexpr std::string_view kNothing = "DO 0";
  if (mysql_real_query(mysql_.get(), kNothing.data(), kNothing.size()) != 0 &&
      mysql_errno(mysql_.get()) != kErrInterrupted) {
    throw MakeError(mysql_.get());
  }
}

void MysqlConnection::NoteError(const BackendError& error) {
  warning_count_ = 0;
  if (error.connection_lost()) return;
  if (error.native_code() == kErrInterrupted) {
    int one = 1;
    kills_sent_.compare_exchange_strong(one, 0);  // it was this one
  }
  // An error packet has no status; after these two the transaction may be gone.
  if (error.native_code() == kErrDeadlock || error.native_code() == kErrLockWait) {
    RunOwn({"DO 0"});
  }
}

BackendError MysqlConnection::LastError() const {
  return executed_ != nullptr ? MakeError(executed_, mysql_.get()) : MakeError(mysql_.get());
}

// ---- results ----

void MysqlConnection::NoteInsertId(std::uint64_t id) {
  // An id that the statement set explicitly is reported like a generated one; the protocol does not
  // tell them apart.
  if (id == 0) return;
  last_insert_id_ = id;
  session_.set_last_insert_id(id);
}

ResultHead MysqlConnection::TakeOutcome() {
  ResultHead head;
  const bool prepared = executed_ != nullptr;
  head.affected_rows =
      prepared ? mysql_stmt_affected_rows(executed_) : mysql_affected_rows(mysql_.get());
  NoteInsertId(prepared ? mysql_stmt_insert_id(executed_) : mysql_insert_id(mysql_.get()));
  warning_count_ = mysql_warning_count(mysql_.get());
  NoteChanges(true);
  return head;
}

// SERVER_PS_OUT_PARAMS marks the one row of a result set that the server adds to those of the
// procedure (MySQL internals, "COM_STMT_EXECUTE response").
bool MysqlConnection::IsAtOutputs() const {
  return executed_ != nullptr && (mysql_->server_status & SERVER_PS_OUT_PARAMS) != 0;
}

// The row is a result of its own, too, as with Connector/ODBC.
ResultHead MysqlConnection::ReadOutputs() {
  RoutineOutputs outputs;
  BinaryRows rows(executed_, mysql_.get());
  outputs.columns = rows.columns();
  std::vector<v1::ValueType> types;
  for (const auto& column : outputs.columns) types.push_back(column.value_type());
  values::BatchBuilder builder(types);
  while (rows.ReadRow(builder)) {
  }
  builder.Finish(outputs.batch);
  ResultHead head;
  head.columns = outputs.columns;
  head.first_rows = outputs.batch;
  head.is_read_whole = true;
  head.outputs = std::move(outputs);
  return head;
}

ResultHead MysqlConnection::TakeResult() {
  const unsigned int fields =
      executed_ != nullptr ? mysql_stmt_field_count(executed_) : mysql_field_count(mysql_.get());
  if (fields == 0) {
    ResultHead head = TakeOutcome();
    if (mysql_more_results(mysql_.get())) AdvanceToNext();
    return head;
  }
  if (IsAtOutputs()) {
    ResultHead head = ReadOutputs();
    if (mysql_more_results(mysql_.get())) AdvanceToNext();
    return head;
  }
  kills_before_rows_ = kills_sent_;
  ResultHead head;
  if (executed_ != nullptr) {
    auto rows = std::make_unique<BinaryRows>(executed_, mysql_.get());
    if (rows->is_outdated()) outdated_.insert(executed_);
    head.columns = rows->columns();
    rows_ = std::move(rows);
  } else {
    auto rows = std::make_unique<TextRows>(mysql_.get());
    head.columns = rows->columns();
    rows_ = std::move(rows);
  }
  return head;
}

FetchStatus MysqlConnection::FetchRows(values::BatchBuilder& batch, const FetchLimits& limits) {
  EnterMysqlThread();
  assert(rows_ != nullptr);
  try {
    while (rows_->ReadRow(batch)) {
      if (text_ != nullptr && ++text_rows_ == kManyRows) text_->has_returned_many_rows = true;
      if (batch.byte_size() >= limits.bytes ||
          (limits.rows != 0 && batch.row_count() >= limits.rows)) {
        return FetchStatus::kMore;
      }
    }
  } catch (const BackendError& error) {
    rows_.reset();
    NoteError(error);
    throw;
  }
  AdvanceToNext();
  return FetchStatus::kEnd;
}

// 0: there is one, -1: none, more: an error.
int MysqlConnection::AdvanceLibrary() {
  if (!mysql_more_results(mysql_.get())) return -1;
  return executed_ != nullptr ? mysql_stmt_next_result(executed_) : mysql_next_result(mysql_.get());
}

void MysqlConnection::AdvanceToNext() {
  if (rows_ != nullptr) NoteChanges(false);
  rows_.reset();
  warning_count_ = mysql_warning_count(mysql_.get());
  auto next = std::make_unique<Pending>();
  try {
    const int status = AdvanceLibrary();
    if (status < 0) return;
    if (status > 0) throw LastError();
    // A CALL ends with an outcome of its own, which is its last result.
    if (mysql_field_count(mysql_.get()) == 0) {
      next->head = TakeOutcome();
    } else if (IsAtOutputs()) {
      next->head = ReadOutputs();
    } else {
      next->head = TakeResult();
      next->rows = std::move(rows_);
    }
  } catch (const BackendError& error) {
    NoteError(error);
    next->error = std::current_exception();
  }
  next_ = std::move(next);
}

std::optional<ResultHead> MysqlConnection::NextResult() {
  EnterMysqlThread();
  assert(rows_ == nullptr);
  if (!next_) return std::nullopt;
  const auto next = std::move(next_);
  if (next->error) std::rethrow_exception(next->error);
  rows_ = std::move(next->rows);
  if (!rows_ && mysql_more_results(mysql_.get())) AdvanceToNext();
  return std::move(next->head);
}

// Whether the server has sent something, or does so before the deadline.
bool MysqlConnection::IsReadable(Deadline deadline) const {
  pollfd ready{socket_, POLLIN, 0};
  return poll(&ready, 1, static_cast<int>(wire::RemainingTime(deadline).count())) > 0;
}

void MysqlConnection::SkipRows() {
  const Deadline deadline = wire::DeadlineAfter(kDrainTime);
  // A cursor that was let go has had its statement stopped already (Cancel): what is left of the
  // rows lies in the sockets.
  bool killed = kills_sent_ > kills_before_rows_ && !kill_uncertain_;
  int budget = kDrainRows;
  while (has_open_result()) {
    if (!rows_) {
      NextResult();
      continue;
    }
    do {
      // The library would wait for a row that the server may compute for minutes. Rows that it
      // holds itself cannot be seen from here: a needless KILL does no harm to them.
      if (only_reads_ && !killed && (--budget <= 0 || !IsReadable(deadline))) {
        killed = true;
        ++kills_sent_;
        endpoint_->KillQuery(thread_id_, wire::DeadlineAfter(kKillTimeout));
      }
    } while (rows_->SkipRow());
    AdvanceToNext();
  }
}

void MysqlConnection::DiscardResults() {
  if (!has_open_result()) return;
  EnterMysqlThread();
  try {
    SkipRows();
  } catch (const BackendError& error) {
    // Most likely our own KILL; whatever the server said of a result that nobody wants, it is over.
    rows_.reset();
    next_.reset();
    if (error.connection_lost()) throw;
    NoteError(error);
  }
  AbsorbLateKill();
}

// ---- state ----

void MysqlConnection::EndTransaction(bool commit) {
  BeginCommand();
  if (transaction_state() == v1::TRANSACTION_STATE_NONE) return;
  RunOwn({commit ? "COMMIT" : "ROLLBACK"});
}

v1::TransactionState MysqlConnection::transaction_state() const {
  // Both libraries keep the status of the last OK or EOF packet in this public member.
  return (mysql_->server_status & SERVER_STATUS_IN_TRANS) != 0 ? v1::TRANSACTION_STATE_ACTIVE
                                                               : v1::TRANSACTION_STATE_NONE;
}

ServerRole MysqlConnection::AskRole() {
  BeginCommand();
  const ServerVariables variables =
      ReadVariables(mysql_.get(),
                    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only', "
                    "'innodb_read_only', 'wsrep_on')");
  const auto is_on = [](const ServerVariables& from, std::string_view name) {
    const auto found = from.find(name);
    return found != from.end() && found->second != "OFF" && found->second != "NO_LOCK";
  };
  if (is_on(variables, "read_only") || is_on(variables, "innodb_read_only")) {
    return ServerRole::kReplica;
  }
  if (!is_on(variables, "wsrep_on")) return ServerRole::kPrimary;
  const ServerVariables status =
      ReadVariables(mysql_.get(),
                    "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_ready', "
                    "'wsrep_local_state')");
  // 4: Synced. Others join, serve as a donor, or are behind (MariaDB manual, Galera status).
  const auto state = status.find("wsrep_local_state");
  const bool synced = state != status.end() && state->second == "4";
  return synced && is_on(status, "wsrep_ready") ? ServerRole::kPeer : ServerRole::kUnfit;
}

void MysqlConnection::Cancel(Deadline deadline) noexcept {
  ++kills_sent_;
  try {
    endpoint_->KillQuery(thread_id_, deadline);
  } catch (const std::exception&) {
    kill_uncertain_ = true;
  }
}

void MysqlConnection::Abort() noexcept { shutdown(socket_, SHUT_RDWR); }

bool MysqlConnection::IsDead() {
  if (kill_uncertain_) return true;
  char octet;
  const auto got = recv(socket_, &octet, 1, MSG_PEEK | MSG_DONTWAIT);
  // What an idle server says unasked is that it hangs up; only TLS has messages of its own.
  if (got > 0) return mysql_get_ssl_cipher(mysql_.get()) == nullptr;
  return got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

bool MysqlConnection::IsWorn() const { return largest_packet_ > kLargestHeldBack; }

void MysqlConnection::AskForConditions() {
  if (has_open_result() || warning_count_ == 0) return;
  EnterMysqlThread();
  AbsorbLateKill();
  warning_count_ = 0;
  SendText("SHOW WARNINGS LIMIT " + std::to_string(kMaxConditions));
  const ResultHandle result(mysql_store_result(mysql_.get()));
  if (!result) throw MakeError(mysql_.get());
  while (MYSQL_ROW row = mysql_fetch_row(result.get())) {
    conditions_.push_back({row[0], std::atoi(row[1]), row[2] == nullptr ? "" : row[2]});
  }
}

std::vector<Condition> MysqlConnection::Conditions() {
  AskForConditions();
  return conditions_;
}

std::vector<v1::Diagnostic> MysqlConnection::TakeNotices() {
  std::vector<v1::Diagnostic> notices;
  AskForConditions();
  if (std::exchange(told_conditions_, true)) return notices;
  for (const auto& condition : conditions_) {
    // That DROP TABLE IF EXISTS finds no table is as it should be: applications of Connector/ODBC,
    // which tells no warnings at all, take SQL_SUCCESS_WITH_INFO for a failure there.
    if (condition.level == "Note" || notices.size() == kMaxNotices) continue;
    auto& notice = notices.emplace_back();
    notice.set_sqlstate("01000");
    notice.set_native_code(condition.code);
    notice.set_message(condition.message);
    notice.set_origin(v1::Diagnostic::ORIGIN_SERVER);
  }
  return notices;
}

std::uint64_t MysqlConnection::server_process_id() const { return thread_id_; }

}  // namespace sluice::relay::backend
