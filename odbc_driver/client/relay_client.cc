#include "odbc_driver/client/relay_client.h"

#include <cassert>
#include <cstdint>
#include <iterator>
#include <limits>
#include <utility>

#include "odbc_driver/client/link.h"
#include "odbc_driver/client/session_opener.h"
#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver::client {

namespace {

std::vector<v1::Diagnostic> Single(std::string sqlstate, const std::string& message) {
  v1::Diagnostic diagnostic;
  diagnostic.set_sqlstate(std::move(sqlstate));
  diagnostic.set_message(message);
  return {std::move(diagnostic)};
}

std::vector<v1::Diagnostic> TakeDiagnostics(v1::Response& response) {
  return {std::make_move_iterator(response.mutable_diagnostics()->begin()),
          std::make_move_iterator(response.mutable_diagnostics()->end())};
}

constexpr const char* kNoReason = "the relay gave no reason";

// What ODBC can number.
constexpr int kMostColumns = std::numeric_limits<std::int16_t>::max();

// Lends the parameters to the message while it is sent: they may be large.
class LentParameters {
 public:
  LentParameters(v1::Execute& execute, const v1::ParameterSet* parameters)
      : execute_(execute), lent_(parameters != nullptr) {
    if (!lent_) return;
    // A message that is sent is only read.
    execute_.unsafe_arena_set_allocated_parameters(const_cast<v1::ParameterSet*>(parameters));
  }
  ~LentParameters() {
    if (lent_) execute_.unsafe_arena_release_parameters();
  }
  LentParameters(const LentParameters&) = delete;
  LentParameters& operator=(const LentParameters&) = delete;

 private:
  v1::Execute& execute_;
  const bool lent_;
};

}  // namespace

RequestFailed::RequestFailed(std::vector<v1::Diagnostic> diagnostics)
    : std::runtime_error(diagnostics.empty() ? kNoReason : diagnostics.front().message()),
      diagnostics_(std::move(diagnostics)) {
  if (diagnostics_.empty()) {
    diagnostics_ = Single(std::string(kHY000GeneralError.code), kNoReason);
  }
}

RequestFailed::RequestFailed(std::string sqlstate, const std::string& message)
    : RequestFailed(Single(std::move(sqlstate), message)) {}

std::unique_ptr<RelayClient> RelayClient::Open(const ConnectOptions& options) {
  const auto pending = StartOpen(options);
  std::unique_ptr<RelayClient> client;
  while (client == nullptr) client = pending->Advance(wire::kNoDeadline);
  return client;
}

std::unique_ptr<PendingSession> RelayClient::StartOpen(const ConnectOptions& options) {
  return std::unique_ptr<PendingSession>(new PendingSession(options));
}

PendingSession::PendingSession(const ConnectOptions& options)
    : opener_(std::make_unique<SessionOpener>(options)),
      answer_grace_(options.answer_grace),
      one_way_timeout_(options.one_way_timeout) {}

PendingSession::~PendingSession() = default;

std::unique_ptr<RelayClient> PendingSession::Advance(Deadline patience) {
  std::optional<OpenedSession> opened = opener_->Advance(patience);
  if (!opened) return nullptr;
  auto link = std::make_unique<Link>(std::move(opened->stream), opened->session,
                                     Link::Patience{answer_grace_, one_way_timeout_});
  return std::unique_ptr<RelayClient>(
      new RelayClient(std::move(opened->session), std::move(opened->warnings), std::move(link)));
}

RelayClient::RelayClient(v1::SessionOpened session, std::vector<v1::Diagnostic> opening_warnings,
                         std::unique_ptr<Link> link)
    : session_(std::move(session)),
      opening_warnings_(std::move(opening_warnings)),
      link_(std::move(link)) {}

RelayClient::~RelayClient() = default;

void RelayClient::Change(const v1::SessionChanges& changes) { link_->Change(changes); }

void RelayClient::ReleaseStatement(std::uint32_t statement_id) {
  link_->ReleaseStatement(statement_id);
}

void RelayClient::ReleaseValue(std::uint32_t value_id) { link_->ReleaseValue(value_id); }

void RelayClient::ReleaseCursor(std::unique_ptr<Cursor> cursor) { cursor.reset(); }

std::unique_ptr<PendingCall> RelayClient::StartExecute(const ExecuteRequest& request) {
  v1::Request message;
  v1::Execute& execute = *message.mutable_execute();
  auto cursor = NewCursor();
  execute.set_statement_id(request.statement_id);
  if (request.sql != nullptr) execute.set_sql(*request.sql);
  execute.set_cursor_id(cursor->id());
  const LentParameters lent(execute, request.parameters);
  execute.set_escape_scan(request.escape_scan);
  execute.set_max_rows(request.max_rows);
  execute.set_credit_bytes(cursor->window_);
  execute.set_prepared(request.prepared);
  return link_->Start(std::move(cursor), message, request.timeout, request.on_request_id);
}

std::unique_ptr<PendingCall> RelayClient::StartCatalog(v1::Catalog request, RequestTimeout timeout,
                                                       const OnRequestId& on_request_id) {
  auto cursor = NewCursor();
  request.set_cursor_id(cursor->id());
  request.set_credit_bytes(cursor->window_);
  v1::Request message;
  *message.mutable_catalog() = std::move(request);
  return link_->Start(std::move(cursor), message, timeout, on_request_id);
}

std::unique_ptr<PendingCall> RelayClient::StartNextResult(std::unique_ptr<Cursor> cursor,
                                                          RequestTimeout timeout,
                                                          const OnRequestId& on_request_id) {
  assert(cursor->at_end() && cursor->more_results());
  auto next = std::unique_ptr<Cursor>(new Cursor(*link_, cursor->id(), fetch_bytes_));
  v1::Request message;
  message.mutable_next_result()->set_cursor_id(cursor->id());
  message.mutable_next_result()->set_credit_bytes(next->window_);
  link_->Forget(*cursor);
  return link_->Start(std::move(next), message, timeout, on_request_id);
}

std::string RelayClient::NativeSql(const std::string& sql, bool escape_scan,
                                   RequestTimeout timeout) {
  v1::Request message;
  message.mutable_native_sql()->set_sql(sql);
  message.mutable_native_sql()->set_escape_scan(escape_scan);
  v1::Response answer = link_->Call(message, timeout);
  if (!answer.has_native_sql_text()) link_->FailOnAnswer("NativeSqlText");
  return std::move(*answer.mutable_native_sql_text()->mutable_sql());
}

std::unique_ptr<PendingCall> RelayClient::StartDescribe(std::uint32_t statement_id,
                                                        const std::string* sql, bool escape_scan,
                                                        RequestTimeout timeout,
                                                        const OnRequestId& on_request_id) {
  v1::Request message;
  v1::Describe& describe = *message.mutable_describe();
  describe.set_statement_id(statement_id);
  if (sql != nullptr) describe.set_sql(*sql);
  describe.set_escape_scan(escape_scan);
  return link_->Start(nullptr, message, timeout, on_request_id);
}

std::unique_ptr<PendingCall> RelayClient::StartEndTransaction(bool commit, RequestTimeout timeout,
                                                              const OnRequestId& on_request_id) {
  v1::Request message;
  message.mutable_end_transaction()->set_completion(commit ? v1::EndTransaction::COMMIT
                                                           : v1::EndTransaction::ROLLBACK);
  return link_->Start(nullptr, message, timeout, on_request_id);
}

std::unique_ptr<PendingCall> RelayClient::StartValuePart(std::uint32_t value_id, std::string octets,
                                                         RequestTimeout timeout,
                                                         const OnRequestId& on_request_id) {
  v1::Request message;
  message.mutable_value_part()->set_value_id(value_id);
  message.mutable_value_part()->set_octets(std::move(octets));
  return link_->Start(nullptr, message, timeout, on_request_id);
}

void RelayClient::TakeValuePart(PendingCall& call) {
  if (!link_->Take(call).has_value_part_taken()) link_->FailOnAnswer("ValuePartTaken");
}

ExecuteResponse RelayClient::TakeResult(PendingCall& call) {
  v1::Response answer = link_->Take(call);
  if (!answer.has_result()) link_->FailOnAnswer("Result");
  if (answer.result().columns_size() > kMostColumns) link_->FailOnAnswer("fewer columns");
  ExecuteResponse response;
  response.diagnostics = TakeDiagnostics(answer);
  response.result = std::move(*answer.mutable_result());
  if (!response.result.columns().empty() || response.result.more_results()) {
    response.cursor = std::move(call.state_->cursor);
  }
  return response;
}

v1::StatementDescription RelayClient::TakeDescription(PendingCall& call) {
  v1::Response answer = link_->Take(call);
  if (!answer.has_description()) link_->FailOnAnswer("StatementDescription");
  if (answer.description().columns_size() > kMostColumns) link_->FailOnAnswer("fewer columns");
  return std::move(*answer.mutable_description());
}

int RelayClient::CountParameters(std::uint32_t statement_id, const std::string& sql,
                                 bool escape_scan, RequestTimeout timeout) {
  v1::Request message;
  v1::Describe& describe = *message.mutable_describe();
  describe.set_statement_id(statement_id);
  describe.set_sql(sql);
  describe.set_escape_scan(escape_scan);
  describe.set_count_only(true);
  v1::Response answer = link_->Call(message, timeout);
  if (!answer.has_description()) link_->FailOnAnswer("StatementDescription");
  return answer.description().parameters_size();
}

std::vector<v1::Diagnostic> RelayClient::TakeTransactionEnd(PendingCall& call) {
  v1::Response answer = link_->Take(call);
  if (!answer.has_transaction_ended()) link_->FailOnAnswer("TransactionEnded");
  return TakeDiagnostics(answer);
}

ExecuteResponse RelayClient::Execute(const ExecuteRequest& request) {
  return TakeResult(*StartExecute(request));
}

ExecuteResponse RelayClient::RunCatalog(v1::Catalog request, RequestTimeout timeout,
                                        const OnRequestId& on_request_id) {
  return TakeResult(*StartCatalog(std::move(request), timeout, on_request_id));
}

ExecuteResponse RelayClient::NextResult(std::unique_ptr<Cursor> cursor, RequestTimeout timeout) {
  return TakeResult(*StartNextResult(std::move(cursor), timeout, {}));
}

v1::StatementDescription RelayClient::Describe(std::uint32_t statement_id, const std::string* sql,
                                               bool escape_scan, RequestTimeout timeout) {
  return TakeDescription(*StartDescribe(statement_id, sql, escape_scan, timeout, {}));
}

std::vector<v1::Diagnostic> RelayClient::EndTransaction(bool commit, RequestTimeout timeout) {
  return TakeTransactionEnd(*StartEndTransaction(commit, timeout, {}));
}

std::unique_ptr<Cursor> RelayClient::NewCursor() {
  return std::unique_ptr<Cursor>(new Cursor(*link_, next_cursor_id_.fetch_add(1), fetch_bytes_));
}

void RelayClient::Ping(RequestTimeout timeout) {
  v1::Request message;
  message.mutable_ping();
  if (!link_->Call(message, timeout).has_pong()) link_->FailOnAnswer("Pong");
}

void RelayClient::Cancel(std::uint64_t request_id) { link_->Cancel(request_id); }

v1::TransactionState RelayClient::transaction_state() const { return link_->transaction_state(); }
std::string RelayClient::pinned_by() const { return link_->pinned_by(); }

bool RelayClient::IsDead() { return link_->IsDead(); }

}  // namespace sluice::driver::client
