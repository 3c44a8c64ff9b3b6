#include "odbc_driver/handles/connection.h"

#include <algorithm>
#include <utility>

#include "odbc_driver/handles/descriptor.h"
#include "odbc_driver/handles/handle_registry.h"
#include "odbc_driver/handles/isolation.h"
#include "odbc_driver/handles/statement.h"
#include "odbc_driver/platform/process.h"

namespace sluice::driver {
namespace {

std::optional<client::TlsMode> TlsModeOf(std::optional<config::SslMode> mode) {
  if (!mode) return std::nullopt;
  switch (*mode) {
    case config::SslMode::kDisable:
      return client::TlsMode::kDisable;
    case config::SslMode::kRequire:
      return client::TlsMode::kRequire;
    case config::SslMode::kVerifyCa:
      return client::TlsMode::kVerifyCa;
    case config::SslMode::kVerifyFull:
      return client::TlsMode::kVerifyFull;
  }
  return std::nullopt;
}

client::ConnectOptions ConnectOptionsOf(const config::DriverOptions& options) {
  client::ConnectOptions connect;
  connect.servers = options.servers;
  connect.port = options.port;
  connect.pool = options.database;
  connect.user = options.uid;
  connect.password = options.pwd;
  connect.tls_mode = TlsModeOf(options.ssl_mode);
  connect.tls_root_certificate = options.ssl_root_cert;
  connect.tls_certificate = options.ssl_cert;
  connect.tls_private_key = options.ssl_key;
  connect.application =
      options.application_name.empty() ? platform::ProcessName() : options.application_name;
  connect.connect_timeout = options.connect_timeout.count() == 0
                                ? std::chrono::milliseconds::max()
                                : std::chrono::milliseconds(options.connect_timeout);
  return connect;
}

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

std::chrono::milliseconds Connection::request_timeout() const {
  return std::chrono::seconds(connection_timeout_.load());
}

void Connection::Connect(std::string_view dsn, std::optional<std::string_view> user,
                         std::optional<std::string_view> password) {
  if (connected() || browsing()) throw DriverError(k08002ConnectionInUse);
  Open(config::ResolveOptions(config::AttributesOfConnect(dsn, user, password)));
}

std::string Connection::DriverConnect(std::string_view text, SQLUSMALLINT completion) {
  // There is no dialog: the other completions are as if the user had confirmed what is given.
  if (completion > SQL_DRIVER_COMPLETE_REQUIRED) throw DriverError(kHY110InvalidDriverCompletion);
  if (connected() || browsing()) throw DriverError(k08002ConnectionInUse);
  const auto resolved = config::ResolveOptions(config::ParseConnectionString(text));
  Open(resolved);
  return config::CompletedConnectionString(resolved);
}

SQLRETURN Connection::BrowseConnect(std::string_view text, std::string& out) {
  if (connected()) throw DriverError(k08002ConnectionInUse);
  // The first occurrence of a keyword wins: what is given now goes before what was given earlier.
  // A call that fails ends the browsing (appendix B, "SQLBrowseConnect").
  const auto earlier = std::exchange(browsed_, {});
  auto given = config::ParseConnectionString(text);
  given.insert(given.end(), earlier.begin(), earlier.end());
  const auto resolved = config::ResolveOptions(given);
  out = config::BrowseRequest(resolved.options);
  if (!out.empty()) {
    browsed_ = std::move(given);
    return SQL_NEED_DATA;
  }
  Open(resolved);
  out = config::CompletedConnectionString(resolved);
  return SQL_SUCCESS;
}

void Connection::Open(const config::ResolvedOptions& resolved) {
  options_ = resolved.options;
  config::RequireComplete(options_);
  auto connect = ConnectOptionsOf(options_);
  if (login_timeout_) {
    connect.connect_timeout =
        *login_timeout_ == 0 ? std::chrono::milliseconds::max()
                             : std::chrono::milliseconds(std::chrono::seconds(*login_timeout_));
  }
  read_only_ = read_only_ || options_.read_only;
  connect.settings.set_autocommit(autocommit_);
  if (read_only_) connect.settings.set_read_only(true);
  if (isolation_) connect.settings.set_isolation(IsolationLevelOf(*isolation_));
  if (catalog_) connect.settings.set_catalog(*catalog_);

  {
    const std::lock_guard lock(state_mutex_);  // a failure names the data source, too
    connection_name_ = server_name_ = options_.dsn;
  }
  std::shared_ptr<client::RelayClient> client = client::RelayClient::Open(connect);
  client->set_fetch_bytes(options_.fetch_bytes);
  engine_ = client->session().server().engine();
  bools_as_char_ = resolved.options.bools_as_char;
  default_query_timeout_ = options_.query_timeout;
  scroll_bytes_ = options_.scroll_bytes;
  {
    const std::lock_guard lock(state_mutex_);
    if (options_.dsn.empty()) server_name_ = client->session().server().server_name();
    client_ = std::move(client);
  }
  if (catalog_ && engine() == v1::ENGINE_POSTGRES &&
      *catalog_ != this->client()->session().server().database()) {
    catalog_.reset();  // a PostgreSQL session stays in its database
    diagnostics().Warn(diagnostic_context(), k01S02OptionValueChanged);
  }
  for (const auto& warning : resolved.warnings) {
    diagnostics().Add(diagnostic_context(), k01S00InvalidConnectionStringAttribute, warning);
  }
}

// A transaction that is open is rolled back with the session. The reference has 25000 here; both
// native drivers roll back, and applications that never end their last reading transaction depend
// on it.
void Connection::Disconnect() {
  if (!connected() && !browsing()) throw DriverError(k08003NotConnected);
  browsed_.clear();
  CheckNoneBusy();
  ansi_application_ = false;
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

void Connection::EndTransaction(SQLSMALLINT completion) {
  if (completion != SQL_COMMIT && completion != SQL_ROLLBACK) {
    throw DriverError(kHY012InvalidTransactionOperation);
  }
  const auto open = client();
  CheckNoneBusy();
  // No statement has run since the last end: nothing to send.
  if (open->transaction_state() == v1::TRANSACTION_STATE_NONE) return;
  for (const auto& warning : open->EndTransaction(completion == SQL_COMMIT, request_timeout())) {
    diagnostics().Add(diagnostic_context(), warning);
  }
}

info::InfoValue Connection::GetInfo(SQLUSMALLINT type) const {
  if (type == SQL_ODBC_VER) return std::string(info::kOdbcVersion);  // known before connecting
  const auto open = client();
  return info::GetInfo(type, {.session = open->session(),
                              .data_source_name = options_.dsn,
                              .dbms_name_override = options_.dbms_name,
                              .catalog = catalog_.value_or(std::string()),
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

std::shared_ptr<Descriptor> Connection::AllocateDescriptor() {
  client();  // 08003
  auto descriptor = std::make_shared<Descriptor>(shared_from_this());
  HandleRegistry::Instance().Add(descriptor);
  const std::lock_guard lock(state_mutex_);
  Remember(descriptors_, descriptor);
  return descriptor;
}

}  // namespace sluice::driver
