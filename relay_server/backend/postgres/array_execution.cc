// Arrays of parameter sets on PostgresConnection: all rows in one pipeline, an INSERT of markers
// with many rows in one statement. After an error part by part, and the parts with errors row by
// row.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "relay_server/backend/postgres/errors.h"
#include "relay_server/backend/postgres/postgres_connection.h"

namespace sluice::relay::backend::postgres {
namespace {

// Rows that are in libpq's buffer before they are written and answers are read.
constexpr std::size_t kChunkBytes = 256 * 1024;
// What one INSERT … SELECT FROM unnest brings. More rows at once are no faster, and the server
// keeps them in memory; it works on one lot while the next one is encoded.
constexpr std::uint32_t kBulkRows = 500;
constexpr std::size_t kBulkBytes = 256 * 1024;
// Rows that are tried as one once the whole array has failed.
constexpr std::uint32_t kPartRows = 100;

// While rows are sent ahead, the server may well read none of them for long: the first ones wait
// for a lock. Linux takes a peer whose window is closed for so long (tcp_user_timeout) for dead.
class PatientSending {
 public:
  explicit PatientSending(int socket) : socket_(socket) {
    socklen_t length = sizeof timeout_;
    const bool is_tcp = getsockopt(socket_, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_, &length) == 0;
    if (!is_tcp) timeout_ = 0;
    if (timeout_ != 0) Set(0);
  }
  ~PatientSending() {
    if (timeout_ != 0) Set(timeout_);
  }
  PatientSending(const PatientSending&) = delete;
  PatientSending& operator=(const PatientSending&) = delete;

 private:
  void Set(unsigned int milliseconds) const {
    setsockopt(socket_, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
  }

  const int socket_;
  unsigned int timeout_ = 0;
};

void AddAffected(const PGresult& result, std::uint64_t& sum) {
  const std::string_view text = PQcmdTuples(const_cast<PGresult*>(&result));
  std::uint64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  sum += count;
}

void AddError(const BackendError& error, std::uint32_t row, ResultHead& head) {
  head.parameter_statuses[row] = v1::PARAMETER_SET_STATUS_ERROR;
  v1::Diagnostic& diagnostic = head.diagnostics.emplace_back();
  diagnostic.set_sqlstate(error.sqlstate());
  diagnostic.set_native_code(error.native_code());
  diagnostic.set_message(error.what());
  diagnostic.set_row(std::int64_t{row} + 1);
  diagnostic.set_origin(v1::Diagnostic::ORIGIN_SERVER);
}

}  // namespace

ResultHead PostgresConnection::ExecuteArray(const Execution& execution) {
  ResultHead head;
  if (!RunAsOne(execution, {0, execution.parameters->row_count()}, head)) {
    RunInParts(execution, head);
  }
  return head;
}

// The rows as one: in one implicit transaction, or behind one savepoint. False: none of them has
// had an effect, because one was refused.
bool PostgresConnection::RunAsOne(const Execution& execution, const RowRange& rows,
                                  ResultHead& head) {
  Plan plan;
  try {
    plan = PlanArray(execution);
  } catch (const BackendError& error) {
    if (error.connection_lost() || error.sqlstate() == kQueryCanceled) throw;
    return false;
  }
  std::optional<ParameterEncoder> encoder;
  try {
    if (plan.description->wire.columns_size() != 0) {
      Settle();
      if (plan.parse && !plan.name.empty()) to_deallocate_.push_back(plan.name);
      head.wants_single_sets = true;
      return true;
    }
    encoder.emplace(execution.parameters, plan.description->parameter_types);
  } catch (...) {
    Settle();
    throw;
  }
  if (plan.bulk != nullptr && !encoder->AllRowsFit(rows)) {
    Settle();
    return false;
  }
  std::uint64_t affected = 0;
  try {
    SendRows(*encoder, plan, rows, affected);
  } catch (const BackendError& error) {
    // The server has parsed it under this name, which nobody will use; or does not know the name
    // any more.
    const bool parsed =
        pipeline_.error_step() == Step::kStatement || pipeline_.error_step() == Step::kSync;
    const std::string& text = plan.bulk != nullptr ? plan.bulk->key : execution.statement->sql;
    if (!plan.parse && error.sqlstate() == kUndefinedStatement) prepared_.Remove(CacheKey(text));
    if (plan.parse && parsed && !plan.name.empty()) to_deallocate_.push_back(plan.name);
    if (error.connection_lost() || error.sqlstate() == kQueryCanceled) throw;
    return false;
  }
  if (plan.parse) {
    RememberParsed(plan.bulk != nullptr ? plan.bulk->key : execution.statement->sql, plan);
  }
  head.affected_rows = head.affected_rows.value_or(0) + affected;
  return true;
}

// Sends what goes before the rows, their Parse included.
PostgresConnection::Plan PostgresConnection::PlanArray(const Execution& execution) {
  Plan plan = MakePlan(execution);
  SendPreamble(execution, true);
  const bool is_insert = execution.statement->row_insert.has_value();
  const bool was_known = plan.description != nullptr;
  if (!is_insert || !was_known) SendParseAndLearn(execution, plan);
  if (!is_insert) return plan;
  const std::size_t given =
      execution.parameters != nullptr ? execution.parameters->column_count() : 0;
  const auto& types = plan.description->parameter_types;
  if (!types.empty() && types.size() <= given) PlanBulkInsert(execution, plan);
  if (plan.bulk == nullptr && was_known) SendParseAndLearn(execution, plan);
  return plan;
}

void PostgresConnection::PlanBulkInsert(const Execution& execution, Plan& plan) {
  if (plan.description->bulk == nullptr) LearnBulkInsert(execution, plan);
  if (plan.description->bulk->array_types.empty()) return;
  plan.bulk = plan.description->bulk;
  const Prepared* prepared = prepared_.Find(CacheKey(plan.bulk->key));
  plan.parse = prepared == nullptr;
  if (prepared != nullptr) {
    plan.name = prepared->name;
    return;
  }
  plan.name = execution.prepare ? NewName() : "";
  pipeline_.SendParse(plan.name, plan.bulk->sql, plan.bulk->array_types);
}

// One more round trip, for the first array of a text.
void PostgresConnection::LearnBulkInsert(const Execution& execution, Plan& plan) {
  const Description& known = *plan.description;
  const RowInsert& insert = *execution.statement->row_insert;
  pipeline_.SendCommand(BulkInsertQuery(insert.table, known.parameter_types).c_str(),
                        Step::kLookup);
  pipeline_.SendFlushRequest();
  pipeline_.Flush();
  const ResultHandle answer = pipeline_.ReadThrough(Step::kLookup);
  auto learned = std::make_shared<Description>(known);
  // A server that hides its catalogue is not asked again.
  learned->bulk = answer == nullptr ? std::make_shared<const BulkInsert>()
                                    : ReadBulkInsert(insert, known.parameter_types, *answer);
  plan.description = learned;
  const std::string& key = CacheKey(execution.statement->sql);
  if (Prepared* prepared = prepared_.Find(key)) prepared->description = learned;
  shared_->descriptions.Put(key, learned);
  if (answer == nullptr) Fail();
  if (learned->bulk->array_types.empty() && plan.name.empty() && !plan.parse) {
    // The question took the place of the unnamed statement.
    pipeline_.SendParse(plan.name, execution.statement->sql, known.parameter_types);
  }
}

void PostgresConnection::SendRows(const ParameterEncoder& encoder, const Plan& plan, RowRange rows,
                                  std::uint64_t& affected) {
  const auto on_result = [&affected](const PGresult& result) { AddAffected(result, affected); };
  const PatientSending patient(socket_);
  std::size_t chunk = 0;
  while (rows.count > 0 && !pipeline_.has_error()) {
    SendNext(encoder, plan, rows);
    chunk += encoded_.byte_size();
    if (plan.bulk != nullptr || chunk >= kChunkBytes) {
      chunk = 0;
      pipeline_.Flush();
      pipeline_.ReadArrived(on_result);
    }
  }
  pipeline_.Finish(on_result);
  Settle();
  if (pipeline_.has_error()) Fail();
}

// Takes what it sends off the rows.
void PostgresConnection::SendNext(const ParameterEncoder& encoder, const Plan& plan,
                                  RowRange& rows) {
  RowRange next{rows.first, 1};
  if (plan.bulk != nullptr) {
    next.count = std::min(rows.count, kBulkRows);
    next = encoder.TakeRows(next, kBulkBytes);
    encoder.EncodeArrays(next, encoded_);
  } else {
    EncodeRow(encoder, rows.first);
  }
  pipeline_.SendStatement(plan.name, encoded_, false);
  rows.first += next.count;
  rows.count -= next.count;
}

void PostgresConnection::RunInParts(const Execution& execution, ResultHead& head) {
  const std::uint32_t count = execution.parameters->row_count();
  head.parameter_statuses.assign(count, v1::PARAMETER_SET_STATUS_UNUSED);
  head.affected_rows = 0;
  for (std::uint32_t first = 0; first < count; first += kPartRows) {
    const RowRange part{first, std::min(kPartRows, count - first)};
    try {
      if (count > kPartRows && RunAsOne(execution, part, head)) {
        std::fill_n(head.parameter_statuses.begin() + first, part.count,
                    v1::PARAMETER_SET_STATUS_SUCCESS);
        continue;
      }
    } catch (const BackendError& error) {
      if (error.connection_lost()) throw;
      AddError(error, first, head);
      return;  // it was cancelled: none of the part's rows is there
    }
    if (!RunRowByRow(execution, part, head)) return;
  }
}

// False: it was cancelled, and the rows behind stay UNUSED.
bool PostgresConnection::RunRowByRow(const Execution& execution, const RowRange& rows,
                                     ResultHead& head) {
  for (std::uint32_t row = rows.first; row < rows.end(); ++row) {
    try {
      RunArrayRow(execution, row, head);
    } catch (const BackendError& error) {
      if (error.connection_lost()) throw;
      AddError(error, row, head);
      if (error.sqlstate() == kQueryCanceled) return false;
    }
  }
  return true;
}

void PostgresConnection::RunArrayRow(const Execution& execution, std::uint32_t row,
                                     ResultHead& head) {
  Execution single = execution;
  single.statement_rollback = true;  // a row that fails must not take the others with it
  const ResultHead row_head = ExecuteOne(single, row);
  head.parameter_statuses[row] = v1::PARAMETER_SET_STATUS_SUCCESS;
  *head.affected_rows += row_head.affected_rows.value_or(0);
}

}  // namespace sluice::relay::backend::postgres
