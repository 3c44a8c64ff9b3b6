// SQLConnect, SQLDriverConnect, SQLBrowseConnect and SQL_ATTR_RESET_CONNECTION: everything that
// opens a session.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

#include "odbc_driver/config/libpq_options.h"
#include "odbc_driver/cursor/string_syntax.h"
#include "odbc_driver/handles/connection.h"
#include "odbc_driver/handles/isolation.h"
#include "odbc_driver/handles/statement.h"
#include "odbc_driver/platform/process.h"

namespace sluice::driver {
namespace {

// How soon SQLCancelHandle of another thread is noticed by a thread that waits for a session.
constexpr std::chrono::milliseconds kCancelCheckInterval{50};

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

v1::Pinning PinningOf(config::Pinning pinning) {
  switch (pinning) {
    case config::Pinning::kNever:
      return v1::PINNING_NEVER;
    case config::Pinning::kAlways:
      return v1::PINNING_ALWAYS;
    default:
      return v1::PINNING_AUTO;
  }
}

wire::Compression CompressionOf(config::Compression compression) {
  switch (compression) {
    case config::Compression::kOn:
      return wire::Compression::kAlways;
    case config::Compression::kOff:
      return wire::Compression::kNever;
    default:
      return wire::Compression::kWhereSlow;
  }
}

v1::ErrorScope ErrorScopeOf(config::ErrorScope scope) {
  switch (scope) {
    case config::ErrorScope::kTransaction:
      return v1::ERROR_SCOPE_TRANSACTION;
    case config::ErrorScope::kNone:
      return v1::ERROR_SCOPE_NONE;
    default:
      return v1::ERROR_SCOPE_STATEMENT;
  }
}

v1::PoolMode PoolModeOf(config::PoolMode mode) {
  switch (mode) {
    case config::PoolMode::kTransaction:
      return v1::POOL_MODE_TRANSACTION;
    case config::PoolMode::kSession:
      return v1::POOL_MODE_SESSION;
    default:
      return v1::POOL_MODE_DEFAULT;
  }
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
  connect.pinning = PinningOf(options.pinning);
  connect.compression = CompressionOf(options.compression);
  connect.pool_mode = PoolModeOf(options.pool_mode);
  connect.error_scope = ErrorScopeOf(options.error_scope);
  connect.connect_timeout = options.connect_timeout.count() == 0
                                ? std::chrono::milliseconds::max()
                                : std::chrono::milliseconds(options.connect_timeout);
  return connect;
}

// The driver manager takes SQL_STILL_EXECUTING of a connecting function for a failure, as unixODBC
// 2.3 does: it frees the connection, and each call of the application would begin anew. From then
// on they wait.
std::atomic<bool> manager_gives_up{false};

// Of two timeouts, of which 0 is none.
std::chrono::seconds ShorterOf(std::chrono::seconds first, std::chrono::seconds second) {
  if (first.count() == 0 || second.count() == 0) return std::max(first, second);
  return std::min(first, second);
}

}  // namespace

// A session that is being opened. Where the relay has no pool of the given name, it may be that of
// a database behind the data source's pool: what an application gives a native driver.
struct Connection::Opening {
  Opening(CancelPoint& point, client::ConnectOptions given, std::string second_pool)
      : scope(point, nullptr),
        options(std::move(given)),
        second(std::move(second_pool)),
        pending(client::RelayClient::StartOpen(options)) {}

  // Whether it is open. Waits at most until `patience`.
  bool Advance(wire::Deadline patience) {
    if (scope.cancelled()) throw DriverError(kHY008OperationCanceled);
    try {
      client = pending->Advance(patience);
    } catch (const client::RequestFailed& failed) {
      if (second.empty() || failed.sqlstate() != "08004") throw;
      refusal = failed;
      database = std::exchange(options.pool, std::exchange(second, {}));
      pending = client::RelayClient::StartOpen(options);
    }
    return client != nullptr;
  }

  CancelPoint::Scope scope;
  client::ConnectOptions options;
  std::string second;    // a pool to try
  std::string database;  // which the session is to be in, in the second pool
  std::optional<client::RequestFailed> refusal;
  std::unique_ptr<client::PendingSession> pending;
  std::shared_ptr<client::RelayClient> client;
};

SQLRETURN Connection::Connect(std::string_view dsn, std::optional<std::string_view> user,
                              std::optional<std::string_view> password) {
  if (connected() || browsing()) throw DriverError(k08002ConnectionInUse);
  return Open(config::ResolveOptions(config::AttributesOfConnect(dsn, user, password)), {});
}

SQLRETURN Connection::DriverConnect(std::string_view text, SQLUSMALLINT completion) {
  // There is no dialog: the other completions are as if the user had confirmed what is given.
  if (completion > SQL_DRIVER_COMPLETE_REQUIRED) throw DriverError(kHY110InvalidDriverCompletion);
  if (connected() || browsing()) throw DriverError(k08002ConnectionInUse);
  const auto resolved = config::ResolveOptions(config::ParseConnectionString(text));
  return Open(resolved, [this, resolved] { TellCompleted(resolved); });
}

SQLRETURN Connection::BrowseConnect(std::string_view text) {
  if (connected()) throw DriverError(k08002ConnectionInUse);
  // The last occurrence of a keyword counts: what is given now goes behind what was given earlier.
  // A call that fails ends the browsing (appendix B, "SQLBrowseConnect").
  auto given = std::exchange(browsed_, {});
  const auto now = config::ParseConnectionString(text);
  given.insert(given.end(), now.begin(), now.end());
  const auto resolved = config::ResolveOptions(given);
  connection_text_ = config::BrowseRequest(resolved.options);
  if (!connection_text_.empty()) {
    browsed_ = std::move(given);
    return SQL_NEED_DATA;
  }
  return Open(resolved, [this, resolved] { TellCompleted(resolved); });
}

void Connection::TellCompleted(const config::ResolvedOptions& resolved) {
  connection_text_ = config::CompletedConnectionString(resolved);
}

SQLRETURN Connection::Open(const config::ResolvedOptions& resolved, std::function<void()> then) {
  options_ = resolved.options;
  config::RequireComplete(options_);
  auto connect = ConnectOptionsOf(options_);
  if (login_timeout_) {
    connect.connect_timeout =
        *login_timeout_ == 0 ? std::chrono::milliseconds::max()
                             : std::chrono::milliseconds(std::chrono::seconds(*login_timeout_));
  }
  read_only_ = wants_read_only_ || options_.read_only;
  connect.settings.set_autocommit(autocommit_);
  if (read_only_) connect.settings.set_read_only(true);
  if (isolation_) connect.settings.set_isolation(IsolationLevelOf(*isolation_));
  if (const auto changed = catalog()) connect.settings.set_catalog(*changed);

  {
    const std::lock_guard lock(state_mutex_);  // a failure names the data source, too
    connection_name_ = server_name_ = options_.dsn;
  }
  const auto deadline = wire::DeadlineAfter(connect.connect_timeout);
  const auto opening = std::make_shared<Opening>(cancel_point_, connect, resolved.pool_of_dsn);
  const auto finish = [this, opening, resolved, deadline, then = std::move(then)]() -> SQLRETURN {
    EnterDatabase(*opening, deadline);
    RunSettings(opening->client, SettingsText(opening->client->session().server().engine()),
                deadline);
    TakeSession(std::move(opening->client), resolved);
    if (!opening->database.empty() && engine() == v1::ENGINE_MYSQL) {
      set_catalog(opening->database);
    }
    if (then) then();
    return SQL_SUCCESS;
  };
  if (asynchronous() && !manager_gives_up) {
    if (opening->Advance(wire::Clock::now())) return finish();
    return Suspend({.scope = nullptr,
                    .ready = [opening] { return opening->Advance(wire::Clock::now()); },
                    .finish = finish});
  }
  while (!opening->Advance(wire::DeadlineAfter(kCancelCheckInterval))) continue;
  return finish();
}

bool Connection::IsConnecting() const { return waiting_ != nullptr && !connected(); }

void Connection::GiveUpConnecting() {
  manager_gives_up = true;
  waiting_.reset();
  executing_ = false;
}

// What pqopt sets comes first.
std::string Connection::SettingsText(v1::Engine engine) const {
  if (engine != v1::ENGINE_POSTGRES) return options_.conn_settings;
  std::string text = config::SettingsOf(options_.variables);
  if (!text.empty() && !options_.conn_settings.empty()) text += "; ";
  return text + options_.conn_settings;
}

// A session of MySQL goes to the database that was asked for; one of PostgreSQL must be there.
void Connection::EnterDatabase(const Opening& opening, wire::Deadline deadline) {
  if (opening.database.empty()) return;
  const auto& server = opening.client->session().server();
  if (server.engine() == v1::ENGINE_MYSQL) {
    std::string use = "USE `";
    for (const char c : opening.database) use.append(c == '`' ? 2 : 1, c);
    try {
      return RunSettings(opening.client, use + "`", deadline);
    } catch (const client::RequestFailed& failed) {
      throw client::RequestFailed(
          opening.refusal->sqlstate(),
          std::string(opening.refusal->what()) +
              "; nor a database of the data source's pool: " + failed.what());
    }
  }
  if (server.database() != opening.database) throw client::RequestFailed(*opening.refusal);
}

// What the data source's statements give back is let go of; an error of one ends the connecting,
// and so does the login's time when it is up.
void Connection::RunSettings(const std::shared_ptr<client::RelayClient>& client,
                             const std::string& settings, wire::Deadline deadline) {
  if (settings.empty()) return;
  const auto left = [deadline]() -> client::RequestTimeout {
    if (deadline == wire::kNoDeadline) return {};
    return std::max(wire::RemainingTime(deadline), std::chrono::milliseconds(1));
  };
  CancelPoint::Scope scope(cancel_point_, client);
  client::ExecuteRequest request;
  request.statement_id = client->NewStatementId();
  request.sql = &settings;
  request.escape_scan = false;
  request.timeout = left();
  request.on_request_id = [&scope](std::uint64_t id) { scope.SetRequest(id); };
  auto cursor = client->Execute(request).cursor;
  while (cursor != nullptr) {
    while (cursor->NextBatch(deadline) != nullptr) continue;
    if (!cursor->more_results()) break;
    cursor = client->NextResult(std::move(cursor), left()).cursor;
  }
  if (cursor != nullptr) client->ReleaseCursor(std::move(cursor));
  client->ReleaseStatement(request.statement_id);
  // Without autocommit they have begun a transaction, whose rollback would undo them.
  const bool in_transaction = client->transaction_state() != v1::TRANSACTION_STATE_NONE;
  if (in_transaction) client->EndTransaction(true, left());
}

void Connection::TakeSession(std::shared_ptr<client::RelayClient> client,
                             const config::ResolvedOptions& resolved) {
  client->set_fetch_bytes(options_.fetch_bytes);
  engine_ = client->session().server().engine();
  fetch_refcursors_ = options_.fetch_refcursors;
  longest_sizes_ = options_.longest_sizes;
  multi_statements_ = options_.multi_statements;
  charset_ = options_.charset;
  forward_only_ = options_.forward_only;
  null_dates_ = options_.null_dates && engine() == v1::ENGINE_POSTGRES;
  prepares_at_once_ = options_.prepare_errors == config::PrepareErrors::kImmediate;
  compares_as_access_ = false;
  savepoints_.EndTransaction(true);
  default_query_timeout_ = options_.query_timeout;
  if (connection_timeout_ == 0) {  // else the application has set it
    connection_timeout_ =
        static_cast<SQLUINTEGER>(ShorterOf(options_.read_timeout, options_.write_timeout).count());
  }
  scroll_bytes_ = options_.scroll_bytes;
  {
    const std::lock_guard lock(state_mutex_);
    type_options_ = {.bools_as_char = resolved.options.bools_as_char,
                     .true_is_minus1 = resolved.options.true_is_minus1,
                     .rules = resolved.options.type_rules};
    if (options_.dsn.empty()) server_name_ = client->session().server().server_name();
    client_ = std::move(client);
  }
  set_lexical_rules(cursor::DefaultRules(engine()));
  NoteExecuted(options_.conn_settings);
  const auto wanted = catalog();
  if (wanted && engine() == v1::ENGINE_POSTGRES &&
      *wanted != this->client()->session().server().database()) {
    set_catalog(std::nullopt);  // a PostgreSQL session stays in its database
    diagnostics().Warn(diagnostic_context(), k01S02OptionValueChanged);
  }
  for (const auto& warning : this->client()->opening_warnings()) {
    diagnostics().Add(diagnostic_context(), warning);
  }
  for (const auto& warning : resolved.warnings) {
    diagnostics().Add(diagnostic_context(), k01S00InvalidConnectionStringAttribute, warning);
  }
}

}  // namespace sluice::driver
