#include "relay_server/backend/postgres/postgres_connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <chrono>
#include <new>
#include <string_view>
#include <utility>

#include "relay_server/backend/postgres/errors.h"
#include "relay_server/backend/postgres/typed_text.h"

namespace sluice::relay::backend::postgres {
namespace {

constexpr std::size_t kPreparedStatements = 256;
constexpr std::chrono::seconds kParameterTypesAge{60};
constexpr std::size_t kLargestKeptRow = std::size_t{16} << 20;
constexpr std::size_t kNotices = 100;  // more of them are dropped
// What DiscardResults reads before it asks the server to stop.
constexpr std::size_t kDiscardRows = 1000;

// Statements that the server counts nothing for, by their command tag: psqlodbc reads a number from
// the tag's last word, which makes 0 of CREATE TABLE, and of some tags nothing (SQLRowCount: -1).
bool IsCountedAsNone(std::string_view tag) {
  return tag.find(' ') != std::string_view::npos && tag != "DROP TABLE" && tag != "ALTER TABLE";
}

std::optional<std::uint64_t> AffectedRows(const PGresult& result) {
  const std::string_view text = PQcmdTuples(const_cast<PGresult*>(&result));
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (!text.empty() && error == std::errc()) return count;
  return IsCountedAsNone(PQcmdStatus(const_cast<PGresult*>(&result))) ? std::optional(count)
                                                                      : std::nullopt;
}

// A statement or its description that was remembered does not fit the schema any more.
bool IsStale(const BackendError& error) {
  return error.sqlstate() == kUndefinedStatement || error.sqlstate() == kFeatureNotSupported ||
         error.sqlstate() == kInvalidBinary || error.sqlstate() == kProtocolViolation;
}

// What may come of parameters whose remembered types do not suit the schema any more, and comes of
// wrong values far more often.
bool MayComeOfOldTypes(const BackendError& error) {
  constexpr std::array<std::string_view, 6> kStates = {
      "22003",  // numeric_value_out_of_range
      "22007",  // invalid_datetime_format
      "22P02",  // invalid_text_representation
      "42804",  // datatype_mismatch
      "42846",  // cannot_coerce
      "42883",  // undefined_function: no operator for these types
  };
  return std::ranges::find(kStates, error.sqlstate()) != kStates.end();
}

void CheckOutputs(const Execution& execution, const Description& description) {
  const auto given = static_cast<std::size_t>(description.wire.columns_size());
  if (execution.output_columns == 0 || execution.output_columns == given) return;
  if (execution.further_columns && execution.output_columns < given) return;
  throw BackendError(kWrongParameterCount, kNativeError,
                     "the routine gives " + std::to_string(given) + " values back, " +
                         std::to_string(execution.output_columns) +
                         " parameter markers are bound for output");
}

}  // namespace

PostgresConnection::PostgresConnection(ConnectionHandle connection, std::shared_ptr<Shared> shared,
                                       v1::ServerFacts facts)
    : shared_(std::move(shared)),
      facts_(std::move(facts)),
      pipeline_(std::move(connection)),
      socket_(PQsocket(pipeline_.connection())),
      process_id_(static_cast<std::uint64_t>(PQbackendPID(pipeline_.connection()))),
      prepared_(kPreparedStatements),
      cancel_(PQgetCancel(pipeline_.connection())) {
  PQsetNoticeReceiver(pipeline_.connection(), ReceiveNotice, this);
}

PostgresConnection::~PostgresConnection() = default;

void PostgresConnection::ReceiveNotice(void* self, const PGresult* result) {
  auto& notices = static_cast<PostgresConnection*>(self)->notices_;
  if (notices.size() < kNotices) notices.push_back(NoticeFromResult(result));
}

std::vector<v1::Diagnostic> PostgresConnection::TakeNotices() {
  return std::exchange(notices_, {});
}

void PostgresConnection::ThrowAsLost(const std::exception& error) {
  Abort();  // even if the next line throws
  const bool no_memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
  throw BackendError(no_memory ? kNoMemory : kGeneralError, kNativeError, error.what(), true);
}

ResultHead PostgresConnection::Execute(const Execution& execution) {
  assert(!result_);
  return OrLost([&] { return ExecuteAny(execution); });
}

ResultHead PostgresConnection::ExecuteAny(const Execution& given) {
  WaitForCancel();
  Execution execution = given;
  execution.statement = WithBoundTypes(given);
  execution.statement = WithLargeObjects(execution);
  const bool is_array = execution.parameters != nullptr && execution.parameters->row_count() > 1;
  try {
    if (is_array && !execution.only_set) {
      return WithoutNeverRan([&] { return ExecuteArray(execution); });
    }
    return ExecuteOne(execution, execution.only_set.value_or(0));
  } catch (const BackendError&) {
    notices_.clear();  // the next statement would tell them
    throw;
  }
}

ResultHead PostgresConnection::ExecuteOne(const Execution& execution, std::uint32_t row) {
  const bool was_active = state_ != v1::TRANSACTION_STATE_NONE;
  const auto remembered = Remembered(execution.statement->sql);
  Execution again = execution;
  try {
    return RunOnce(execution, row);
  } catch (const BackendError& error) {
    const bool is_lost =
        error.connection_lost() || (was_active && state_ == v1::TRANSACTION_STATE_FAILED);
    auto typed = is_lost ? nullptr : WithTypes(execution, row, error);
    if (typed != nullptr) {
      again.statement = std::move(typed);
    } else if (remembered == nullptr || !MayRetry(execution, error, was_active, *remembered)) {
      throw;
    }
  }
  if (state_ == v1::TRANSACTION_STATE_FAILED) RunCommand("ROLLBACK");  // begun by the attempt
  return RunOnce(again, row);
}

std::shared_ptr<const Statement> PostgresConnection::WithTypes(const Execution& execution,
                                                               std::uint32_t row,
                                                               const BackendError& error) {
  const auto known = Remembered(execution.statement->sql);
  return WithTypesThatSuit(execution, row, error,
                           known != nullptr ? known->parameter_types : std::vector<Oid>());
}

void PostgresConnection::EncodeRow(const ParameterEncoder& encoder, std::uint32_t row) {
  encoder.Encode(row, encoded_);
  largest_row_ = std::max(largest_row_, encoded_.byte_size());
  if (encoded_.cut_parameter() == 0 || notices_.size() >= kNotices) return;
  auto& notice = notices_.emplace_back();
  notice.set_sqlstate("01004");
  notice.set_message("the text of parameter " + std::to_string(encoded_.cut_parameter()) +
                     " ends at its NUL character: PostgreSQL has none in text");
  notice.set_origin(v1::Diagnostic::ORIGIN_RELAY);
}

std::shared_ptr<const Description> PostgresConnection::Remembered(const std::string& sql) {
  const Prepared* prepared = prepared_.Find(CacheKey(sql));
  return prepared != nullptr ? prepared->description
                             : shared_->descriptions.Find(DescriptionKey(sql));
}

// The schema has changed since, and columns or parameters may be others now. A change that did not
// pass through this relay may go unnoticed, and a value then be cut silently (a timestamp for what
// was a date), but not for long.
bool PostgresConnection::IsOutdated(const Description& description) const {
  const bool has_parameters = !description.parameter_types.empty();
  if (has_parameters && SchemaClock::now() - description.learned > kParameterTypesAge) return true;
  return description.learned < schema_changed() &&
         (has_parameters || !description.schema.relations.empty());
}

void PostgresConnection::Forget(const std::string& sql) {
  shared_->descriptions.Remove(DescriptionKey(sql));
  if (auto prepared = prepared_.Remove(CacheKey(sql)))
    to_deallocate_.push_back(std::move(prepared->name));
}

// True: what was remembered of the statement is forgotten or learned anew, and the attempt has left
// nothing behind: it had its own transaction, or its savepoint undid it.
bool PostgresConnection::MayRetry(const Execution& execution, const BackendError& error,
                                  bool was_active, const Description& remembered) {
  if (error.connection_lost()) return false;
  const bool failed = state_ == v1::TRANSACTION_STATE_FAILED;
  if (IsStale(error)) {
    // One that the server has lost must not be deallocated: that would be an error, too.
    if (error.sqlstate() == kUndefinedStatement)
      prepared_.Remove(CacheKey(execution.statement->sql));
    Forget(execution.statement->sql);
    return !failed || !was_active;
  }
  return MayComeOfOldTypes(error) && !remembered.parameter_types.empty() && !failed &&
         LearnsOtherTypes(execution, remembered);
}

bool PostgresConnection::LearnsOtherTypes(const Execution& execution,
                                          const Description& remembered) {
  Forget(execution.statement->sql);
  Plan plan = MakePlan(execution);
  SendPreamble(execution, true);  // a text that does not parse must not end the transaction
  SendParseAndLearn(execution, plan);
  Settle();
  return plan.description->parameter_types != remembered.parameter_types;
}

ResultHead PostgresConnection::RunOnce(const Execution& execution, std::uint32_t row) {
  Plan plan = MakePlan(execution);
  std::optional<ParameterEncoder> encoder;
  if (plan.description != nullptr) {
    encoder.emplace(execution.parameters, plan.description->parameter_types);
    EncodeRow(*encoder, row);
  }
  SendPreamble(execution, false);
  const bool was_known = plan.description != nullptr;
  if (was_known) SendLookup(execution, plan);
  SendParseAndLearn(execution, plan);
  try {
    CheckOutputs(execution, *plan.description);
    if (!encoder) {
      encoder.emplace(execution.parameters, plan.description->parameter_types);
      EncodeRow(*encoder, row);
    }
  } catch (...) {
    Settle();  // what went before the statement stands
    if (plan.parse && !plan.name.empty()) to_deallocate_.push_back(plan.name);
    throw;
  }
  if (!was_known) {
    SendLookup(execution, plan);
    // The lookup took the place of the unnamed statement.
    plan.parse = !plan.lookup.empty() && plan.name.empty();
    if (plan.parse) {
      pipeline_.SendParse(plan.name, execution.statement->sql, plan.description->parameter_types);
    }
  }
  pipeline_.SendStatement(plan.name, encoded_, plan.description->binary);
  pipeline_.SendSync();
  pipeline_.Flush();
  return ReadHead(execution, plan);
}

ResultHead PostgresConnection::ReadHead(const Execution& execution, const Plan& plan) {
  if (!plan.lookup.empty()) ReadLookup(plan.lookup);
  if (plan.parse) {
    if (pipeline_.ReadThrough(Step::kParse) == nullptr) Fail();
    RememberParsed(execution.statement->sql, plan);
  }
  if (!pipeline_.ReadUpTo(Step::kStatement)) Fail();
  pipeline_.BeginRows();
  ResultHandle first = *pipeline_.NextResult(std::nullopt);
  if (pipeline_.has_error() || first == nullptr) Fail();
  const auto status = PQresultStatus(first.get());
  if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK) {
    return ReadWholeHead(execution, std::move(first));
  }
  ResultHead head;
  head.columns = ReadCompleteColumns(execution, plan, *first);
  OpenRows(execution, std::move(first), plan.description->binary);
  if (!execution.statement->sets.empty()) NoteVariables(execution);  // SELECT set_config(…)
  return head;
}

// A statement without rows is over when Execute returns: its commit may still fail.
ResultHead PostgresConnection::ReadWholeHead(const Execution& execution, ResultHandle result) {
  ResultHead head;
  head.affected_rows = AffectedRows(*result);
  Settle();
  if (pipeline_.has_error()) Fail();
  NoteSchemaChange(execution.statement->sql);
  NoteVariables(execution);
  return head;
}

void PostgresConnection::OpenRows(const Execution& execution, ResultHandle first, bool binary) {
  OpenResult open;
  const int columns = PQnfields(first.get());
  bool readable = true;
  for (int i = 0; i < columns; ++i) {
    const TypeInfo& type = TypeInfoOf(PQftype(first.get(), i));
    open.decoders.push_back(binary ? type.binary : type.text);
    if (type.oid == kMoney) open.decoders.back() = MoneyDecoder(shared_->money_digits);
    readable = readable && open.decoders.back() != nullptr;
  }
  const bool is_select = execution.statement->kind == v1::STATEMENT_KIND_SELECT;
  open.can_cancel = is_select && (state_ == v1::TRANSACTION_STATE_NONE || savepoint_);
  open.ended = PQresultStatus(first.get()) == PGRES_TUPLES_OK;
  if (!open.ended) open.row = std::move(first);
  result_ = std::move(open);
  if (result_->ended) {
    Settle();
    if (pipeline_.has_error()) {
      Close();
      Fail();
    }
  }
  if (readable) return;
  // The columns' types changed since the text was described. A statement that may have written is
  // not run again, unless the savepoint can undo it.
  const bool may_retry = is_select || savepoint_;
  DiscardResults();
  if (savepoint_) RollbackToSavepoint();
  if (!may_retry) shared_->descriptions.Remove(DescriptionKey(execution.statement->sql));
  throw BackendError(kFeatureNotSupported, kNativeError,
                     "the types of the result's columns have changed");
}

void PostgresConnection::Close() { result_.reset(); }

// Octets of the row, as the server sent it.
std::size_t PostgresConnection::AppendRow(const PGresult& row, values::BatchBuilder& batch) {
  const auto& decoders = result_->decoders;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < decoders.size(); ++i) {
    const int field = static_cast<int>(i);
    values::ColumnBuilder& column = batch.column(i);
    // An empty value has length 0 too, but is rarer than either other case.
    const int length = PQgetlength(&row, 0, field);
    if (length == 0 && PQgetisnull(&row, 0, field) != 0) {
      column.AppendNull();
    } else {
      decoders[i](PQgetvalue(&row, 0, field), static_cast<std::size_t>(length), column);
      bytes += static_cast<std::size_t>(length);
    }
  }
  batch.EndRow();
  return bytes;
}

FetchStatus PostgresConnection::FetchRows(values::BatchBuilder& batch, const FetchLimits& limits) {
  assert(result_.has_value());
  std::optional<Deadline> patience;
  std::uint32_t rows = 0;
  // What the server sent is close to what the batch takes, and costs nothing to know.
  std::size_t bytes = batch.byte_size();
  while (!result_->ended) {
    if (result_->row != nullptr) {
      const ResultHandle row = std::move(result_->row);
      bytes += AppendRow(*row, batch);
      ++rows;
    }
    if (rows == limits.rows && rows != 0) return FetchStatus::kMore;
    if (bytes >= limits.bytes) return FetchStatus::kMore;
    if (rows == 1) patience = wire::DeadlineAfter(limits.patience);
    auto next = pipeline_.NextResult(rows > 0 ? patience : std::nullopt);
    if (!next) return FetchStatus::kMore;
    const ResultHandle& result = *next;
    if (pipeline_.has_error() || result == nullptr) {
      Close();
      Fail();
    }
    result_->ended = PQresultStatus(result.get()) != PGRES_SINGLE_TUPLE;
    if (!result_->ended) result_->row = std::move(*next);
  }
  Close();
  Settle();
  if (pipeline_.has_error()) Fail();
  return FetchStatus::kEnd;
}

void PostgresConnection::DiscardResults() {
  if (!result_) return;
  const bool can_cancel = result_->can_cancel;
  bool ended = result_->ended;
  Close();
  std::size_t rows = 0;
  // A wait shorter than this may well be the last one; a longer one is not worth it.
  const Deadline patience = wire::DeadlineAfter(std::chrono::milliseconds(2));
  while (!ended && can_cancel && rows++ < kDiscardRows) {
    const auto next = pipeline_.NextResult(patience);
    if (!next) break;
    ended = *next == nullptr || PQresultStatus(next->get()) != PGRES_SINGLE_TUPLE;
  }
  if (!ended && can_cancel) Cancel(wire::DeadlineAfter(std::chrono::seconds(5)));
  while (!pipeline_.empty() && !ended) {  // still in single-row mode: nothing piles up
    const auto next = pipeline_.NextResult(std::nullopt);
    ended = *next == nullptr || PQresultStatus(next->get()) != PGRES_SINGLE_TUPLE;
  }
  Settle();
  pipeline_.TakeError();  // of rows that nobody wants
  if (state_ == v1::TRANSACTION_STATE_FAILED && savepoint_) RollbackToSavepoint();
}

v1::StatementDescription PostgresConnection::Describe(const Statement& statement,
                                                      const SessionSettings& settings) {
  Execution execution;
  execution.statement = std::shared_ptr<const Statement>(std::shared_ptr<void>(), &statement);
  execution.settings = &settings;
  return OrLost([&] { return DescribeText(execution); });
}

v1::StatementDescription PostgresConnection::DescribeText(const Execution& execution) {
  Plan plan = MakePlan(execution);
  if (plan.description != nullptr &&
      shared_->schema.FindUnknown(plan.description->schema, schema_changed()).empty()) {
    return CompleteDescription(*plan.description);
  }
  WaitForCancel();
  SendPreamble(execution, true);  // a text that does not parse must not end the transaction
  if (plan.description == nullptr) SendParseAndLearn(execution, plan);
  SendLookup(execution, plan);
  if (!plan.lookup.empty()) {
    pipeline_.SendSync();
    pipeline_.Flush();
    ReadLookup(plan.lookup);
  }
  Settle();
  if (pipeline_.has_error()) Fail();
  return CompleteDescription(*plan.description);
}

void PostgresConnection::EndTransaction(bool commit) {
  assert(!result_);
  if (state_ == v1::TRANSACTION_STATE_NONE) return;
  const bool was_failed = state_ == v1::TRANSACTION_STATE_FAILED;
  OrLost([&] { RunCommand(commit && !was_failed ? "COMMIT" : "ROLLBACK"); });
  NoteTransactionEnd();
  if (commit && was_failed) {
    throw BackendError("25S03", kNativeError,
                       "the transaction had failed and was rolled back instead of committed");
  }
}

ServerRole PostgresConnection::AskRole() {
  pipeline_.SendCommand("SELECT pg_is_in_recovery()", Step::kLookup);
  pipeline_.SendSync();
  pipeline_.Flush();
  const ResultHandle answer = pipeline_.ReadThrough(Step::kLookup);
  Settle();
  if (pipeline_.has_error()) Fail();
  return PQgetvalue(answer.get(), 0, 0)[0] == 't' ? ServerRole::kReplica : ServerRole::kPrimary;
}

// libpq 15 keeps the key of the cancel request to itself, so it is PQcancel that sends it, and that
// takes no deadline. Its wait is bounded all the same: it connects and reads with the connection's
// keepalive settings and tcp_user_timeout (see postgres_connector.cc), over a unix socket at once.
//
// PQcancel returns when the server has closed the request's connection, and it does that after it
// has signalled the backend. A signal that is pending reaches the backend before it reads anything
// that is sent later, and a backend that waits for a command ignores it. So a request can hit a
// later statement only if that is sent before PQcancel returns; WaitForCancel excludes it.
void PostgresConnection::Cancel(Deadline deadline) noexcept {
  const std::lock_guard lock(cancel_mutex_);
  if (wire::HasPassed(deadline) || cancel_ == nullptr) return;
  char message[256];
  PQcancel(cancel_.get(), message, sizeof message);
}

void PostgresConnection::WaitForCancel() { const std::lock_guard lock(cancel_mutex_); }

void PostgresConnection::Abort() noexcept { shutdown(socket_, SHUT_RDWR); }

// libpq keeps the buffer of the largest message that it has sent.
bool PostgresConnection::IsWorn() const { return largest_row_ > kLargestKeptRow; }

bool PostgresConnection::HasBackslashes() const {
  const char* conforming = PQparameterStatus(pipeline_.connection(), "standard_conforming_strings");
  return conforming != nullptr && std::string_view(conforming) == "off";
}

bool PostgresConnection::IsDead() {
  assert(!result_);
  PGconn* connection = pipeline_.connection();
  // Twice: a server that ends says so, and only then closes the connection.
  for (int i = 0; i < 2; ++i) {
    if (PQstatus(connection) == CONNECTION_BAD) return true;
    pollfd entry{.fd = socket_, .events = POLLIN, .revents = 0};
    if (poll(&entry, 1, 0) <= 0) return false;
    if (PQconsumeInput(connection) == 0) return true;
    PQisBusy(connection);  // parses what was read: notices, changed parameters
  }
  return PQstatus(connection) == CONNECTION_BAD;
}

}  // namespace sluice::relay::backend::postgres
