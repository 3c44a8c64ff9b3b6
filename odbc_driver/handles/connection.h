#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "odbc_driver/client/relay_client.h"
#include "odbc_driver/config/driver_options.h"
#include "odbc_driver/cursor/savepoints.h"
#include "odbc_driver/cursor/string_syntax.h"
#include "odbc_driver/handles/async_call.h"
#include "odbc_driver/handles/cancel_point.h"
#include "odbc_driver/handles/environment.h"
#include "odbc_driver/handles/field_value.h"
#include "odbc_driver/handles/handle.h"
#include "odbc_driver/info/get_info.h"
#include "odbc_driver/info/type_facts.h"

namespace sluice::driver {

class Descriptor;
class Statement;

// A connection attribute of this driver alone (ODBC reference, "Driver-Specific Data Types,
// Descriptor Types, Information Types, Diagnostic Types, and Attributes": from 0x4000 on): a text
// that tells what the session keeps its backend connection for. Only for reading.
inline constexpr SQLINTEGER kPinnedByAttribute = 0x4000;

class Connection : public Handle, public std::enable_shared_from_this<Connection> {
 public:
  static constexpr HandleKind kKind = HandleKind::kConnection;
  explicit Connection(std::shared_ptr<Environment> environment);
  ~Connection() override;

  const std::shared_ptr<Environment>& environment() const { return environment_; }
  bool odbc2() const { return environment_->odbc2(); }
  DiagnosticContext diagnostic_context() const override;

  // While a call is under way asynchronously, every other is refused.
  void OnCall(SQLUSMALLINT function) override;
  info::Charset charset() const override { return charset_.load(); }

  // ---- asynchronous execution (connection_async.cc) ----
  // Goes on with the call under way: its result, or SQL_STILL_EXECUTING. Nothing: none is.
  std::optional<SQLRETURN> Resume();
  bool executing() const { return executing_; }           // thread-safe
  bool asynchronous_functions() const { return async_; }  // thread-safe
  SQLRETURN Cancel();                                     // thread-safe at any time

  // ---- called under call_mutex(); throw DriverError or RequestFailed. Those that return SQLRETURN
  // may return SQL_STILL_EXECUTING ----

  // connection_open.cc. SQLBrowseConnect gives SQL_NEED_DATA, too.
  SQLRETURN Connect(std::string_view dsn, std::optional<std::string_view> user,
                    std::optional<std::string_view> password);
  SQLRETURN DriverConnect(std::string_view text, SQLUSMALLINT completion);
  SQLRETURN BrowseConnect(std::string_view text);
  // After SQL_SUCCESS of the latter two the completed connection string, after SQL_NEED_DATA what
  // is asked for. It is told once: there may be a password in it.
  std::string TakeConnectionText() { return std::exchange(connection_text_, {}); }
  // Frees the statements and descriptors of this connection.
  void Disconnect();
  bool connected() const { return client_or_null() != nullptr; }
  bool browsing() const { return !browsed_.empty(); }  // SQLBrowseConnect has asked for more

  // `then` is called when it has succeeded; it may be empty.
  SQLRETURN EndTransaction(SQLSMALLINT completion, std::function<void()> then = {});

  SQLRETURN SetAttribute(SQLINTEGER attribute, const FieldInput& input);
  FieldValue GetAttribute(SQLINTEGER attribute);

  info::InfoValue GetInfo(SQLUSMALLINT type) const;
  std::string NativeSql(const std::string& sql) const;  // one round trip

  std::shared_ptr<Statement> AllocateStatement();
  std::shared_ptr<Descriptor> AllocateDescriptor();

  // ---- called by statements, at any time and from any thread ----

  // Throws DriverError 08003.
  std::shared_ptr<client::RelayClient> client() const;
  v1::Engine engine() const { return engine_.load(); }
  std::chrono::seconds default_query_timeout() const { return default_query_timeout_.load(); }
  bool metadata_id() const { return metadata_id_.load(); }
  // Rows that a scrollable cursor keeps in memory; the others go to a temporary file.
  std::uint64_t scroll_bytes() const { return scroll_bytes_.load(); }
  // The application calls the functions without W; known while it browses, too.
  void NoteAnsiApplication() { ansi_application_ = true; }
  info::TypeOptions type_options() const;
  // Text whose size is not known is described by its longest value (UnknownSizes).
  bool tells_longest() const { return longest_sizes_.load() && engine() == v1::ENGINE_POSTGRES; }
  // The cursors that a result names are results of their own (FetchRefcursors).
  bool fetches_refcursors() const {
    return fetch_refcursors_.load() && engine() == v1::ENGINE_POSTGRES;
  }
  // The name of a statement's cursor, instead of one that it had before. Throws DriverError 34000,
  // 3C000.
  void NameCursor(const Statement& statement, const std::string& name);
  void ForgetCursorName(const Statement& statement);
  // By cursor::CursorNameKey(); nullptr: no statement has it.
  std::shared_ptr<Statement> FindCursor(const std::string& key);
  // What rollbacks undo of the cursors' changes (PostgreSQL).
  cursor::Savepoints& savepoints() { return savepoints_; }
  // Comparisons with 1 in parentheses are meant for booleans (psqlodbc's SQL_ATTR_PGOPT_MSJET).
  bool compares_as_access() const { return compares_as_access_.load(); }
  // Empty text for a date or timestamp is NULL (psqlodbc's bit 0x08 of ExtraOptions).
  bool reads_empty_dates_as_null() const { return null_dates_.load(); }
  // SQLPrepare asks the database (PrepareErrors).
  bool prepares_at_once() const { return prepares_at_once_.load(); }
  // A text has succeeded: MySQL's USE changes the current catalogue, and SET how quotes are read.
  void NoteExecuted(std::string_view sql);
  bool is_autocommit_off_by_attribute() const {
    return !autocommit_ && !autocommit_is_off_by_text_;
  }
  // How the session's texts are cut up.
  sql::LexicalRules lexical_rules() const;
  // A text may be several statements, which are sent one by one (MySQL, MULTI_STATEMENTS).
  bool splits_statements() const {
    return multi_statements_.load() && engine() == v1::ENGINE_MYSQL;
  }
  // Cursors only go forward, whatever is asked for (FORWARDONLY).
  bool forward_only() const { return forward_only_.load(); }
  // The next of the names that are generated for cursors.
  std::string NewCursorName() { return "SQL_CUR" + std::to_string(next_cursor_name_++); }
  // SQL_ATTR_CONNECTION_TIMEOUT: for requests that have no timeout of their own.
  client::RequestTimeout request_timeout() const;

 private:
  struct Attribute;
  static const Attribute kAttributes[];
  static const Attribute& FindAttribute(SQLINTEGER attribute);

  std::shared_ptr<client::RelayClient> client_or_null() const;
  std::optional<std::string> catalog() const;
  void set_catalog(std::optional<std::string> catalog);
  void set_lexical_rules(const sql::LexicalRules& rules);
  struct Opening;
  SQLRETURN Open(const config::ResolvedOptions& resolved, std::function<void()> then);
  std::string SettingsText(v1::Engine engine) const;
  void EnterDatabase(const Opening& opening, wire::Deadline deadline);
  void RunSettings(const std::shared_ptr<client::RelayClient>& client, const std::string& settings,
                   wire::Deadline deadline);
  void TakeSession(std::shared_ptr<client::RelayClient> client,
                   const config::ResolvedOptions& resolved);
  bool IsConnecting() const;
  void GiveUpConnecting();
  void TellCompleted(const config::ResolvedOptions& resolved);
  bool asynchronous() const { return async_ && function_ != 0; }
  SQLRETURN Suspend(AsyncCall call);
  void SetAsync(const FieldInput& input);
  void Change(const v1::SessionChanges& changes);
  void CloseStatements();
  bool AnyHasCursor();
  void CheckNoneBusy();  // HY010: a statement waits for data or executes asynchronously
  void CheckNotBrowsing() const;

  std::vector<std::shared_ptr<Statement>> Statements();
  void SetStatementDefault(SQLINTEGER attribute, const FieldInput& input);
  SQLULEN StatementDefault(SQLINTEGER attribute, SQLULEN otherwise) const;
  void Reset(const FieldInput& input);
  void SetAccessMode(const FieldInput& input);
  void SetAutocommit(const FieldInput& input);
  void SetCurrentCatalog(const FieldInput& input);
  void SetIsolation(const FieldInput& input);
  void SetLoginTimeout(const FieldInput& input);
  void SwitchServersAutocommitOn();
  void NoteAutocommit(bool autocommit);
  void SetTranslateOption(const FieldInput& input);
  void SetConnectionTimeout(const FieldInput& input);
  void SetAnsiApplication(const FieldInput& input);
  void SetMetadataId(const FieldInput& input);
  void SetQuietMode(const FieldInput& input);
  FieldValue GetAccessMode();
  FieldValue GetAutocommit();
  FieldValue GetCurrentCatalog();
  FieldValue GetIsolation();
  FieldValue GetConnectionDead();

  const std::shared_ptr<Environment> environment_;

  // Guarded by call_mutex().
  // Written by statements that set the variable, too.
  std::atomic<bool> autocommit_ = true;
  std::atomic<bool> autocommit_is_off_by_text_ = false;
  bool wants_read_only_ = false;              // SQL_ATTR_ACCESS_MODE as the application has set it
  bool read_only_ = false;                    // or the data source says so
  std::optional<SQLUINTEGER> isolation_;      // SQL_TXN_…; absent: the server's default
  std::optional<SQLUINTEGER> login_timeout_;  // seconds
  std::vector<std::pair<SQLINTEGER, SQLULEN>> statement_defaults_;  // attribute, value
  SQLPOINTER quiet_mode_ = nullptr;
  std::vector<config::Attribute> browsed_;  // given to SQLBrowseConnect so far
  config::DriverOptions options_;           // of the open connection
  std::string connection_text_;             // see TakeConnectionText()
  SQLUSMALLINT function_ = 0;               // of the call that runs; see OnCall()
  std::unique_ptr<AsyncCall> waiting_;      // a call is under way asynchronously

  CancelPoint cancel_point_;             // thread-safe
  std::atomic<bool> async_{false};       // SQL_ATTR_ASYNC_DBC_FUNCTIONS_ENABLE
  std::atomic<bool> executing_ = false;  // waiting_ is present

  // Read by statements without call_mutex().
  std::atomic<v1::Engine> engine_{v1::ENGINE_UNSPECIFIED};
  std::atomic<std::chrono::seconds> default_query_timeout_{std::chrono::seconds(0)};
  std::atomic<SQLUINTEGER> connection_timeout_{0};  // seconds
  std::atomic<bool> metadata_id_{false};
  std::atomic<std::uint64_t> scroll_bytes_{config::kDefaultScrollBytes};
  std::atomic<bool> ansi_application_{false};  // SQL_ATTR_ANSI_APP
  std::atomic<bool> fetch_refcursors_{false};  // FetchRefcursors
  std::atomic<bool> longest_sizes_{false};     // UnknownSizes=2
  std::atomic<bool> multi_statements_{false};  // MULTI_STATEMENTS
  std::atomic<bool> forward_only_{false};      // FORWARDONLY
  std::atomic<bool> null_dates_{false};        // ExtraOptions
  std::atomic<bool> prepares_at_once_{false};  // PrepareErrors
  std::atomic<bool> compares_as_access_{false};
  cursor::Savepoints savepoints_;  // thread-safe
  std::atomic<unsigned> next_cursor_name_{0};
  std::atomic<info::Charset> charset_{info::Charset::kUtf8};
  std::atomic<bool> backslash_in_strings_{false};    // lexical_rules()
  std::atomic<bool> double_quote_is_string_{false};  // likewise
  mutable std::mutex state_mutex_;                   // a leaf; guards what follows
  std::shared_ptr<client::RelayClient> client_;
  info::TypeOptions type_options_{.bools_as_char = true};
  std::string connection_name_;
  std::string server_name_;
  std::optional<std::string> catalog_;  // absent: the database that the session began with
  std::vector<std::weak_ptr<Statement>> statements_;
  std::vector<std::weak_ptr<Descriptor>> descriptors_;
  std::map<std::string, const Statement*> cursor_names_;  // by CursorNameKey(); never followed
};

}  // namespace sluice::driver
