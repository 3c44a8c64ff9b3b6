#include "odbc_driver/handles/connection.h"

#include <algorithm>
#include <utility>

#include "odbc_driver/cursor/positioned_statement.h"
#include "odbc_driver/handles/descriptor.h"
#include "odbc_driver/handles/handle_registry.h"
#include "odbc_driver/handles/statement.h"

namespace sluice::driver {
namespace {

template <typename Object>
std::vector<std::shared_ptr<Object>> Alive(std::vector<std::weak_ptr<Object>>& children) {
  std::vector<std::shared_ptr<Object>> alive;
  for (const auto& weak : children) {
    if (auto child = weak.lock(); child != nullptr) alive.push_back(std::move(child));
  }
  return alive;
}

template <typename Object>
void Remember(std::vector<std::weak_ptr<Object>>& children, const std::shared_ptr<Object>& child) {
  std::erase_if(children, [](const auto& weak) { return weak.expired(); });
  children.push_back(child);
}

}  // namespace

Connection::Connection(std::shared_ptr<Environment> environment)
    : Handle(kKind), environment_(std::move(environment)) {}

Connection::~Connection() = default;

DiagnosticContext Connection::diagnostic_context() const {
  const std::lock_guard lock(state_mutex_);
  return {odbc2(), engine_.load(), connection_name_, server_name_};
}

std::shared_ptr<client::RelayClient> Connection::client_or_null() const {
  const std::lock_guard lock(state_mutex_);
  return client_;
}

std::shared_ptr<client::RelayClient> Connection::client() const {
  auto client = client_or_null();
  if (client == nullptr) throw DriverError(k08003NotConnected);
  return client;
}

info::TypeOptions Connection::type_options() const {
  const std::lock_guard lock(state_mutex_);
  info::TypeOptions options = type_options_;
  options.narrow_text = ansi_application_.load();
  options.octet_text = charset_.load() != info::Charset::kUtf8;
  return options;
}

client::RequestTimeout Connection::request_timeout() const {
  return {std::chrono::seconds(connection_timeout_.load()), /*is_the_connections=*/true};
}

// A transaction that is open is rolled back with the session. The reference has 25000 here; both
// native drivers roll back, and applications that never end their last reading transaction depend
// on it.
void Connection::Disconnect() {
  if (!connected() && !browsing()) throw DriverError(k08003NotConnected);
  browsed_.clear();
  CheckNoneBusy();
  ansi_application_ = false;
  read_only_ = wants_read_only_;
  CloseStatements();
  const std::lock_guard lock(state_mutex_);
  client_.reset();
}

std::vector<std::shared_ptr<Statement>> Connection::Statements() {
  const std::lock_guard lock(state_mutex_);
  return Alive(statements_);
}

bool Connection::AnyHasCursor() {
  return std::ranges::any_of(Statements(), [](const auto& s) { return HasCursor(s->state()); });
}

void Connection::CheckNoneBusy() {
  const auto busy = [](const auto& s) { return NeedsData(s->state()) || s->executing(); };
  if (std::ranges::any_of(Statements(), busy)) {
    throw DriverError(kHY010SequenceError,
                      "A statement of the connection waits for data or is still executing");
  }
}

void Connection::CheckNotBrowsing() const {
  if (browsing()) throw DriverError(kHY010SequenceError, "SQLBrowseConnect waits for more");
}

void Connection::CloseStatements() {
  std::vector<std::shared_ptr<Statement>> statements;
  std::vector<std::shared_ptr<Descriptor>> descriptors;
  {
    const std::lock_guard lock(state_mutex_);
    statements = Alive(statements_);
    descriptors = Alive(descriptors_);
    statements_.clear();
    descriptors_.clear();
  }
  for (const auto& statement : statements) {
    const std::lock_guard lock(statement->call_mutex());
    if (!statement->freed()) statement->Free();
  }
  for (const auto& descriptor : descriptors) {
    const std::lock_guard lock(descriptor->call_mutex());
    descriptor->set_freed();
    HandleRegistry::Instance().Remove(descriptor->value());
  }
}

SQLRETURN Connection::EndTransaction(SQLSMALLINT completion, std::function<void()> then) {
  if (completion != SQL_COMMIT && completion != SQL_ROLLBACK) {
    throw DriverError(kHY012InvalidTransactionOperation);
  }
  const auto open = client();
  CheckNoneBusy();
  // No statement has run since the last end: nothing to send.
  if (open->transaction_state() == v1::TRANSACTION_STATE_NONE) {
    if (then) then();
    return SQL_SUCCESS;
  }
  auto scope = std::make_unique<CancelPoint::Scope>(cancel_point_, open);
  std::shared_ptr<client::PendingCall> call =
      open->StartEndTransaction(completion == SQL_COMMIT, request_timeout(),
                                [&](std::uint64_t id) { scope->SetRequest(id); });
  const bool completed = completion == SQL_COMMIT;
  const auto finish = [this, open, call, completed, then = std::move(then)]() -> SQLRETURN {
    for (const auto& warning : open->TakeTransactionEnd(*call)) {
      diagnostics().Add(diagnostic_context(), warning);
    }
    savepoints_.EndTransaction(completed);
    if (then) then();
    return SQL_SUCCESS;
  };
  if (!asynchronous() || call->Ready()) return finish();
  return Suspend(
      {.scope = std::move(scope), .ready = [call] { return call->Ready(); }, .finish = finish});
}

info::InfoValue Connection::GetInfo(SQLUSMALLINT type) const {
  if (type == SQL_ODBC_VER) return std::string(info::kOdbcVersion);  // known before connecting
  const auto open = client();
  return info::GetInfo(type, {.session = open->session(),
                              .data_source_name = options_.dsn,
                              .dbms_name_override = options_.dbms_name,
                              .catalog = catalog().value_or(std::string()),
                              .forward_only = forward_only(),
                              .ansi_quotes = !lexical_rules().double_quote_is_string,
                              .read_only = read_only_});
}

std::string Connection::NativeSql(const std::string& sql) const {
  return client()->NativeSql(sql, true, request_timeout());
}

std::shared_ptr<Statement> Connection::AllocateStatement() {
  client();  // 08003
  auto statement = std::make_shared<Statement>(shared_from_this());
  for (const auto& [attribute, value] : statement_defaults_) {
    statement->SetAttribute(attribute, {reinterpret_cast<SQLPOINTER>(value), 0, false});
  }
  HandleRegistry::Instance().Add(statement);
  const std::lock_guard lock(state_mutex_);
  Remember(statements_, statement);
  return statement;
}

// ODBC reference, SQLSetCursorName: a name is in use until its statement is freed or named anew.
void Connection::NameCursor(const Statement& statement, const std::string& name) {
  const std::string key = cursor::CursorNameKey(name);
  const std::uint32_t told = client()->session().server().max_identifier_length();
  const std::uint32_t longest = told != 0 ? told : 63;  // as SQL_MAX_CURSOR_NAME_LEN says
  if (key.empty() || key.size() > longest) {
    throw DriverError(k34000InvalidCursorName, "The name is empty or too long");
  }
  const std::lock_guard lock(state_mutex_);
  const auto found = cursor_names_.find(key);
  if (found != cursor_names_.end() && found->second != &statement) {
    throw DriverError(k3C000DuplicateCursorName);
  }
  std::erase_if(cursor_names_, [&](const auto& entry) { return entry.second == &statement; });
  cursor_names_.emplace(key, &statement);
}

void Connection::ForgetCursorName(const Statement& statement) {
  const std::lock_guard lock(state_mutex_);
  std::erase_if(cursor_names_, [&](const auto& entry) { return entry.second == &statement; });
}

std::shared_ptr<Statement> Connection::FindCursor(const std::string& key) {
  const std::lock_guard lock(state_mutex_);
  const auto found = cursor_names_.find(key);
  if (found == cursor_names_.end()) return nullptr;
  for (auto& statement : Alive(statements_)) {
    if (statement.get() == found->second) return statement;
  }
  return nullptr;
}

std::shared_ptr<Descriptor> Connection::AllocateDescriptor() {
  client();  // 08003
  auto descriptor = std::make_shared<Descriptor>(shared_from_this());
  HandleRegistry::Instance().Add(descriptor);
  const std::lock_guard lock(state_mutex_);
  Remember(descriptors_, descriptor);
  return descriptor;
}

}  // namespace sluice::driver
