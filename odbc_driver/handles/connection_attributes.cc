// SQLSetConnectAttr and SQLGetConnectAttr.

#include <algorithm>
#include <iterator>

#include "odbc_driver/cursor/script.h"
#include "odbc_driver/cursor/string_syntax.h"
#include "odbc_driver/handles/connection.h"
#include "odbc_driver/handles/isolation.h"
#include "odbc_driver/handles/statement.h"

namespace sluice::driver {
namespace {

enum class Settable { kAlways, kBeforeConnecting, kNever };

// Options of statements that applications of ODBC 2 set on a connection: for its statements and
// those that will be allocated (ODBC reference, appendix G, "SQLSetConnectOption Mapping").
constexpr SQLINTEGER kStatementOptions[] = {
    SQL_ATTR_QUERY_TIMEOUT, SQL_ATTR_MAX_ROWS,        SQL_ATTR_NOSCAN,       SQL_ATTR_MAX_LENGTH,
    SQL_ATTR_ROW_BIND_TYPE, SQL_ATTR_CURSOR_TYPE,     SQL_ATTR_CONCURRENCY,  SQL_ATTR_KEYSET_SIZE,
    SQL_ATTR_RETRIEVE_DATA, SQL_ATTR_SIMULATE_CURSOR, SQL_ATTR_ASYNC_ENABLE, SQL_ROWSET_SIZE,
    SQL_ATTR_USE_BOOKMARKS,
};

// psqlodbc's own options (SQL_ATTR_PGOPT_DEBUG … SQL_ATTR_PGOPT_IGNORETIMEOUT): how it fetches,
// parses and logs.
bool IsPsqlodbcOption(SQLINTEGER attribute) { return attribute >= 65536 && attribute <= 65551; }
// SQL_ATTR_PGOPT_MSJET, the only one of them that means something here.
constexpr SQLINTEGER kComparesAsAccess = 65549;

SQLUINTEGER OneOf(const FieldInput& input, SQLUINTEGER first, SQLUINTEGER second) {
  const SQLUINTEGER value = input.uint32();
  if (value != first && value != second) throw DriverError(kHY024InvalidAttributeValue);
  return value;
}

}  // namespace

// A null setter: the attribute can only be read. A null getter: what it stands for is not
// supported.
struct Connection::Attribute {
  SQLINTEGER id;
  Settable settable;
  void (Connection::*set)(const FieldInput& input);
  FieldValue (*get)(Connection& connection);
};

const Connection::Attribute Connection::kAttributes[] = {
    {SQL_ATTR_ACCESS_MODE, Settable::kAlways, &Connection::SetAccessMode,
     [](Connection& c) { return c.GetAccessMode(); }},
    // Set when the application connects: by the driver manager, or see api/connect_api.cc.
    {SQL_ATTR_ANSI_APP, Settable::kAlways, &Connection::SetAnsiApplication, nullptr},
    // Set by way of kStatementOptions.
    {SQL_ATTR_ASYNC_ENABLE, Settable::kAlways, nullptr,
     [](Connection& c) -> FieldValue {
       return c.StatementDefault(SQL_ATTR_ASYNC_ENABLE, SQL_ASYNC_ENABLE_OFF);
     }},
    {SQL_ATTR_ASYNC_DBC_FUNCTIONS_ENABLE, Settable::kAlways, &Connection::SetAsync,
     [](Connection& c) -> FieldValue {
       return static_cast<SQLUINTEGER>(c.async_ ? SQL_ASYNC_DBC_ENABLE_ON
                                                : SQL_ASYNC_DBC_ENABLE_OFF);
     }},
    {SQL_ATTR_AUTO_IPD, Settable::kNever, nullptr,
     [](Connection&) -> FieldValue { return SQLUINTEGER{SQL_FALSE}; }},
    {SQL_ATTR_AUTOCOMMIT, Settable::kAlways, &Connection::SetAutocommit,
     [](Connection& c) { return c.GetAutocommit(); }},
    {SQL_ATTR_CONNECTION_DEAD, Settable::kNever, nullptr,
     [](Connection& c) { return c.GetConnectionDead(); }},
    {SQL_ATTR_CONNECTION_TIMEOUT, Settable::kAlways, &Connection::SetConnectionTimeout,
     [](Connection& c) -> FieldValue { return c.connection_timeout_.load(); }},
    {SQL_ATTR_CURRENT_CATALOG, Settable::kAlways, &Connection::SetCurrentCatalog,
     [](Connection& c) { return c.GetCurrentCatalog(); }},
    // What the application has asked for; 0 where that is nothing, as with Connector/ODBC. On an
    // open connection it is for the next one, as with both native drivers.
    {SQL_ATTR_LOGIN_TIMEOUT, Settable::kAlways, &Connection::SetLoginTimeout,
     [](Connection& c) -> FieldValue { return c.login_timeout_.value_or(0); }},
    {SQL_ATTR_METADATA_ID, Settable::kAlways, &Connection::SetMetadataId,
     [](Connection& c) -> FieldValue {
       return static_cast<SQLUINTEGER>(c.metadata_id_ ? SQL_TRUE : SQL_FALSE);
     }},
    {SQL_ATTR_QUIET_MODE, Settable::kAlways, &Connection::SetQuietMode,
     [](Connection& c) -> FieldValue { return c.quiet_mode_; }},
    {SQL_ATTR_TXN_ISOLATION, Settable::kAlways, &Connection::SetIsolation,
     [](Connection& c) { return c.GetIsolation(); }},
    {SQL_ATTR_RESET_CONNECTION, Settable::kAlways, &Connection::Reset, nullptr},
    {kPinnedByAttribute, Settable::kNever, nullptr,
     [](Connection& c) -> FieldValue { return c.client()->pinned_by(); }},
    {SQL_ATTR_ENLIST_IN_DTC, Settable::kAlways, nullptr, nullptr},
    // What the native drivers tell, whatever was asked for.
    {SQL_ATTR_PACKET_SIZE, Settable::kBeforeConnecting, nullptr,
     [](Connection& c) -> FieldValue {
       c.client();  // 08003
       return c.engine() == v1::ENGINE_MYSQL ? SQLUINTEGER{8192} : SQLUINTEGER{4096};
     }},
    {SQL_ATTR_TRANSLATE_LIB, Settable::kAlways, nullptr, nullptr},
    {SQL_ATTR_TRANSLATE_OPTION, Settable::kAlways, &Connection::SetTranslateOption,
     [](Connection&) -> FieldValue { return SQLUINTEGER{0}; }},
    // As psqlodbc tells it, what new statements begin with.
    {SQL_ATTR_QUERY_TIMEOUT, Settable::kAlways, nullptr,
     [](Connection& c) -> FieldValue {
       return static_cast<SQLUINTEGER>(c.StatementDefault(SQL_ATTR_QUERY_TIMEOUT, 0));
     }},
};

const Connection::Attribute& Connection::FindAttribute(SQLINTEGER attribute) {
  const auto* found = std::find_if(std::begin(kAttributes), std::end(kAttributes),
                                   [&](const Attribute& row) { return row.id == attribute; });
  if (found == std::end(kAttributes)) throw DriverError(kHY092InvalidOption);
  return *found;
}

SQLRETURN Connection::SetAttribute(SQLINTEGER attribute, const FieldInput& input) {
  CheckNotBrowsing();
  CheckNoneBusy();
  if (std::ranges::find(kStatementOptions, attribute) != std::end(kStatementOptions)) {
    SetStatementDefault(attribute, input);
    return SQL_SUCCESS;
  }
  const bool is_postgres = connected() && engine() == v1::ENGINE_POSTGRES;
  if (attribute == kComparesAsAccess && is_postgres) {
    compares_as_access_ = input.uint32() != 0;
    return SQL_SUCCESS;
  }
  if (IsPsqlodbcOption(attribute) && is_postgres) {
    diagnostics().Warn(diagnostic_context(), k01S02OptionValueChanged);  // it has no such option
    return SQL_SUCCESS_WITH_INFO;
  }
  const auto& row = FindAttribute(attribute);
  if (row.settable == Settable::kNever) {
    throw DriverError(kHY092InvalidOption, "The attribute can only be read");
  }
  if (row.settable == Settable::kBeforeConnecting && connected()) {
    throw DriverError(kHY011AttributeCannotBeSet);
  }
  if (row.set == nullptr) throw DriverError(kHYC00NotImplemented);
  (this->*row.set)(input);
  return waiting_ != nullptr ? SQL_STILL_EXECUTING : SQL_SUCCESS;
}

FieldValue Connection::GetAttribute(SQLINTEGER attribute) {
  CheckNotBrowsing();
  if (attribute == kComparesAsAccess && connected() && engine() == v1::ENGINE_POSTGRES) {
    return SQLUINTEGER{compares_as_access_};
  }
  const auto& row = FindAttribute(attribute);
  if (row.get == nullptr) throw DriverError(kHYC00NotImplemented);
  return row.get(*this);
}

// A statement of nobody checks the value, and keeps the warnings.
void Connection::SetStatementDefault(SQLINTEGER attribute, const FieldInput& input) {
  Statement trial(shared_from_this());
  trial.SetAttribute(attribute, input);
  diagnostics() = trial.diagnostics();
  for (const auto& statement : Statements()) {
    const std::lock_guard lock(statement->call_mutex());
    if (!statement->freed()) statement->SetAttribute(attribute, input);
  }
  std::erase_if(statement_defaults_, [&](const auto& row) { return row.first == attribute; });
  statement_defaults_.emplace_back(attribute, input.unsigned_integer());
}

SQLULEN Connection::StatementDefault(SQLINTEGER attribute, SQLULEN otherwise) const {
  for (const auto& [id, value] : statement_defaults_) {
    if (id == attribute) return value;
  }
  return otherwise;
}

// What a pool of connections asks for before somebody else gets the connection (ODBC reference,
// SQLSetConnectAttr, SQL_ATTR_RESET_CONNECTION): a session that knows nothing of the former one.
// Its stream stays open, so that this costs one round trip.
void Connection::Reset(const FieldInput& input) {
  if (input.uint32() != SQL_RESET_CONNECTION_YES) throw DriverError(kHY024InvalidAttributeValue);
  client();  // 08003
  CloseStatements();
  {
    const std::lock_guard lock(state_mutex_);
    client_.reset();
  }
  autocommit_ = true;
  autocommit_is_off_by_text_ = false;
  wants_read_only_ = false;
  isolation_.reset();
  set_catalog(std::nullopt);
  metadata_id_ = false;
  connection_timeout_ = 0;
  statement_defaults_.clear();
  Open({.options = options_, .used = {}, .warnings = {}}, {});
}

// Before the connection is open, the state goes with its opening.
void Connection::Change(const v1::SessionChanges& changes) {
  if (const auto open = client_or_null(); open != nullptr) open->Change(changes);
}

void Connection::SetAccessMode(const FieldInput& input) {
  const bool read_only =
      OneOf(input, SQL_MODE_READ_WRITE, SQL_MODE_READ_ONLY) == SQL_MODE_READ_ONLY;
  wants_read_only_ = read_only_ = read_only;
  v1::SessionChanges changes;
  changes.set_read_only(read_only);
  Change(changes);
}

FieldValue Connection::GetAccessMode() {
  return static_cast<SQLUINTEGER>(read_only_ ? SQL_MODE_READ_ONLY : SQL_MODE_READ_WRITE);
}

// ODBC reference, SQL_ATTR_AUTOCOMMIT: switching it on commits what is open.
void Connection::SetAutocommit(const FieldInput& input) {
  const bool autocommit = OneOf(input, SQL_AUTOCOMMIT_OFF, SQL_AUTOCOMMIT_ON) == SQL_AUTOCOMMIT_ON;
  if (autocommit == autocommit_) return;
  if (autocommit && autocommit_is_off_by_text_) return SwitchServersAutocommitOn();
  const auto switch_it = [this, autocommit] {
    autocommit_ = autocommit;
    v1::SessionChanges changes;
    changes.set_autocommit(autocommit);
    Change(changes);
  };
  if (!autocommit || !connected()) return switch_it();
  EndTransaction(SQL_COMMIT, switch_it);
}

// A statement of the application has switched the variable of the server off: while it is, the
// server commits nothing by itself. Switching it on commits.
void Connection::SwitchServersAutocommitOn() {
  static const std::string kText = "SET autocommit = 1";
  const auto open = client();
  CheckNoneBusy();
  CancelPoint::Scope scope(cancel_point_, open);
  client::ExecuteRequest request;
  request.statement_id = open->NewStatementId();
  request.sql = &kText;
  request.escape_scan = false;
  request.timeout = request_timeout();
  request.on_request_id = [&scope](std::uint64_t id) { scope.SetRequest(id); };
  open->Execute(request);
  open->ReleaseStatement(request.statement_id);
  NoteAutocommit(true);
}

// As a statement has set it.
void Connection::NoteAutocommit(bool autocommit) {
  autocommit_is_off_by_text_ = !autocommit;
  autocommit_ = autocommit;
  v1::SessionChanges changes;
  changes.set_autocommit(autocommit);
  Change(changes);
}

FieldValue Connection::GetAutocommit() {
  return static_cast<SQLUINTEGER>(autocommit_ ? SQL_AUTOCOMMIT_ON : SQL_AUTOCOMMIT_OFF);
}

// PostgreSQL's sessions stay in their database.
void Connection::SetCurrentCatalog(const FieldInput& input) {
  if (input.pointer() == nullptr) throw DriverError(kHY009NullPointer);
  std::string catalog = input.text();
  if (AnyHasCursor()) throw DriverError(k24000InvalidCursorState);
  if (const auto open = client_or_null(); open != nullptr && engine() == v1::ENGINE_POSTGRES) {
    if (catalog == open->session().server().database()) return;
    throw DriverError(kHYC00NotImplemented, "The database of a PostgreSQL session cannot change");
  }
  v1::SessionChanges changes;
  changes.set_catalog(catalog);
  Change(changes);
  set_catalog(std::move(catalog));
}

FieldValue Connection::GetCurrentCatalog() {
  if (auto changed = catalog()) return *changed;
  return client()->session().server().database();
}

std::optional<std::string> Connection::catalog() const {
  const std::lock_guard lock(state_mutex_);
  return catalog_;
}

void Connection::set_catalog(std::optional<std::string> catalog) {
  const std::lock_guard lock(state_mutex_);
  catalog_ = std::move(catalog);
}

void Connection::NoteExecuted(std::string_view sql) {
  if (const auto rules = cursor::RulesAfter(sql, engine(), lexical_rules())) {
    set_lexical_rules(*rules);
  }
  if (const auto charset = info::CharsetSetBy(sql)) charset_ = *charset;
  if (engine() == v1::ENGINE_POSTGRES) {
    for (const auto& step : cursor::TransactionStepsOf(sql, lexical_rules())) {
      savepoints_.Apply(step);
    }
  }
  if (engine() != v1::ENGINE_MYSQL) return;
  if (auto database = cursor::DatabaseOfUse(sql)) set_catalog(std::move(database));
  if (const auto autocommit = cursor::AutocommitSetBy(sql)) NoteAutocommit(*autocommit);
}

sql::LexicalRules Connection::lexical_rules() const {
  sql::LexicalRules rules = cursor::DefaultRules(engine());
  rules.backslash_in_strings = backslash_in_strings_;
  rules.double_quote_is_string = double_quote_is_string_;
  return rules;
}

void Connection::set_lexical_rules(const sql::LexicalRules& rules) {
  backslash_in_strings_ = rules.backslash_in_strings;
  double_quote_is_string_ = rules.double_quote_is_string;
}

void Connection::SetIsolation(const FieldInput& input) {
  const SQLUINTEGER value = input.uint32();
  v1::SessionChanges changes;
  changes.set_isolation(IsolationLevelOf(value));
  if (const auto open = client_or_null();
      open != nullptr && open->transaction_state() != v1::TRANSACTION_STATE_NONE) {
    throw DriverError(kHY011AttributeCannotBeSet, "A transaction is open");
  }
  isolation_ = value;
  Change(changes);
}

FieldValue Connection::GetIsolation() {
  if (isolation_) return *isolation_;
  return IsolationBitOf(client()->session().server().default_isolation());
}

FieldValue Connection::GetConnectionDead() {
  return static_cast<SQLUINTEGER>(client()->IsDead() ? SQL_CD_TRUE : SQL_CD_FALSE);
}

void Connection::SetLoginTimeout(const FieldInput& input) { login_timeout_ = input.uint32(); }

// There are no translation libraries.
void Connection::SetTranslateOption(const FieldInput& input) {
  if (input.uint32() != 0) throw DriverError(kHYC00NotImplemented);
}

void Connection::SetConnectionTimeout(const FieldInput& input) {
  connection_timeout_ = input.uint32();
}

void Connection::SetAnsiApplication(const FieldInput& input) {
  ansi_application_ = OneOf(input, SQL_AA_FALSE, SQL_AA_TRUE) == SQL_AA_TRUE;
}

void Connection::SetMetadataId(const FieldInput& input) {
  metadata_id_ = OneOf(input, SQL_FALSE, SQL_TRUE) == SQL_TRUE;
}

// The window that dialogs would belong to; this driver shows none, but it tells what it was told.
void Connection::SetQuietMode(const FieldInput& input) { quiet_mode_ = input.pointer(); }

}  // namespace sluice::driver
