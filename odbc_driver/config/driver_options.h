#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "odbc_driver/config/connection_string.h"
#include "odbc_driver/info/charset.h"
#include "odbc_driver/info/type_rules.h"

// The options of a connection: what the connection string and the DSN mean, with their types. The
// table of keywords is the source of docs/connection-options.md, and a test compares the two.

namespace sluice::driver::config {

enum class SslMode { kDisable, kRequire, kVerifyCa, kVerifyFull };
// What the relay does when a statement leaves something on its backend connection.
enum class Pinning { kAuto, kNever, kAlways };
enum class Compression { kAuto, kOn, kOff };         // kAuto: while the link is measured to be slow
enum class PrepareErrors { kDeferred, kImmediate };  // who tells the errors of a prepared text
// How long the session keeps a backend connection.
enum class PoolMode { kDefault, kTransaction, kSession };

// What an error undoes in a transaction of PostgreSQL: the statement, all of it, or nothing.
enum class ErrorScope { kStatement, kTransaction, kNone };

inline constexpr std::uint16_t kDefaultPort = 7432;
inline constexpr std::uint64_t kMinFetchBytes = std::uint64_t{64} << 10;
inline constexpr std::uint64_t kMaxFetchBytes = std::uint64_t{64} << 20;
inline constexpr std::uint64_t kDefaultFetchBytes = std::uint64_t{1} << 20;
inline constexpr std::uint64_t kMaxScrollBytes = std::uint64_t{1} << 40;
inline constexpr std::uint64_t kDefaultScrollBytes = std::uint64_t{16} << 20;

struct DriverOptions {
  std::string driver;
  std::string dsn;
  std::vector<std::string>
      servers;  // host names, addresses or paths of unix sockets, tried in turn
  std::uint16_t port = kDefaultPort;
  std::string database;  // the pool's name
  std::string uid;
  std::string pwd;  // never in logs or error texts
  std::optional<SslMode>
      ssl_mode;               // absent: verify-full, but disable for loopback and unix sockets
  std::string ssl_root_cert;  // file; empty: the system's certificates
  std::string ssl_cert;
  std::string ssl_key;
  std::chrono::seconds connect_timeout{15};  // 0: none
  std::chrono::seconds query_timeout{0};     // SQL_ATTR_QUERY_TIMEOUT of new statements; 0: none
  std::chrono::seconds read_timeout{0};      // SQL_ATTR_CONNECTION_TIMEOUT is the shorter of
  std::chrono::seconds write_timeout{0};     // the two that are not 0
  bool read_only = false;
  bool bools_as_char = true;
  bool true_is_minus1 = false;    // PostgreSQL: true is -1 as a number and as text
  bool longest_sizes = false;     // UnknownSizes=2
  bool fetch_refcursors = false;  // PostgreSQL: cursors in a result are results of their own
  info::TypeRules type_rules;
  ErrorScope error_scope = ErrorScope::kStatement;
  info::Charset charset = info::Charset::kUtf8;  // of narrow text
  bool multi_statements = false;                 // MySQL: a text may be several statements
  bool forward_only = false;                     // no cursor scrolls
  Pinning pinning = Pinning::kAuto;
  Compression compression = Compression::kAuto;
  PoolMode pool_mode = PoolMode::kDefault;
  std::string application_name;                      // empty: the process's name
  std::uint64_t fetch_bytes = kDefaultFetchBytes;    // credit per cursor, at first
  std::uint64_t scroll_bytes = kDefaultScrollBytes;  // of a scrollable cursor's rows in memory
  std::string dbms_name;      // what SQL_DBMS_NAME says; empty: the database's own
  std::string conn_settings;  // SQL that runs in every new session
  std::vector<std::pair<std::string, std::string>>
      variables;                                      // of PostgreSQL, set likewise (pqopt)
  std::optional<std::chrono::seconds> libpq_timeout;  // pqopt's; connect_timeout wins
  bool null_dates = false;                            // PostgreSQL: empty text for a date is NULL
  PrepareErrors prepare_errors = PrepareErrors::kDeferred;
  std::string description;
  std::vector<std::string> ignored;  // what keywords ask for and do not get, see KeywordSpec
  std::string trace;                 // the driver manager's; accepted and not used
};

struct KeywordSpec {
  std::string_view name;      // as the documentation spells it
  std::string_view synonyms;  // separated by commas
  std::string_view default_value;
  std::string_view allowed;  // one phrase; stands in the error text for a bad value
  std::string_view meaning;
  // Stores the value, and adds what of it means nothing here to options.ignored. False: it is not
  // allowed. Null: not of the driver, accepted and passed over.
  bool (*apply)(DriverOptions& options, std::string_view value) = nullptr;
};

// Every keyword, in the order in which a completed connection string writes them.
std::span<const KeywordSpec> Keywords();
// By name or synonym, without case; nullptr: unknown.
const KeywordSpec* FindKeyword(std::string_view keyword);

// The entries of a DSN; nullopt: there is no such DSN.
using DsnReader = std::function<std::optional<std::vector<Attribute>>(const std::string& dsn)>;
// Reads odbc.ini (on Windows, the registry) through the installer library.
std::optional<std::vector<Attribute>> ReadDsn(const std::string& dsn);

struct ResolvedOptions {
  DriverOptions options;
  std::vector<Attribute> used;        // what decided, by the keywords' documented names
  std::vector<std::string> warnings;  // one 01S00 each: unknown keywords
  std::string pool_of_dsn{};          // the DSN's Database where the string names another
};

// Puts a connection string and the DSN that it names together. The string's values win over the
// DSN's; an empty value in the string takes the DSN's away. Throws DriverError: 08001 for a bad
// value (the text names keyword, value and what is allowed).
ResolvedOptions ResolveOptions(const std::vector<Attribute>& given,
                               const DsnReader& read_dsn = ReadDsn);

// SQLConnect: a DSN, and a user name and password that win over the DSN's when present.
std::vector<Attribute> AttributesOfConnect(std::string_view dsn,
                                           std::optional<std::string_view> uid,
                                           std::optional<std::string_view> pwd);

// Throws DriverError when something is missing without which no connection can be made: 08001
// (Server, Database) or 28000 (UID).
void RequireComplete(const DriverOptions& options);

// SQLDriverConnect's completed string: DSN or Driver, then everything that decided, PWD included as
// the reference demands.
std::string CompletedConnectionString(const ResolvedOptions& resolved);

// SQLBrowseConnect's next request, such as "SERVER:Server=?;UID:User=?;*PWD:Password=?"; what has a
// star may be left out. Empty: nothing that is required is missing, so connect.
std::string BrowseRequest(const DriverOptions& options);

// "verify-full" and so on.
std::string_view SslModeName(SslMode mode);

}  // namespace sluice::driver::config
