#include "odbc_driver/config/driver_options.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "odbc_driver/config/libpq_options.h"
#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver::config {
namespace {

constexpr std::uint64_t kMaxTimeoutSeconds = 86'400;  // a day

struct SslModeRow {
  SslMode mode;
  std::string_view name;
};
constexpr SslModeRow kSslModes[] = {
    {SslMode::kDisable, "disable"},
    {SslMode::kRequire, "require"},
    {SslMode::kVerifyCa, "verify-ca"},
    {SslMode::kVerifyFull, "verify-full"},
};

constexpr std::string_view kTrueWords[] = {"yes", "true", "1", "on", "y"};
constexpr std::string_view kFalseWords[] = {"no", "false", "0", "off", "n"};

template <typename Words>
bool IsOneOf(std::string_view value, const Words& words) {
  return std::any_of(std::begin(words), std::end(words),
                     [value](std::string_view word) { return EqualsIgnoringCase(value, word); });
}

std::optional<std::uint64_t> ReadNumber(std::string_view value, std::uint64_t min,
                                        std::uint64_t max) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size()) return std::nullopt;
  if (number < min || number > max) return std::nullopt;
  return number;
}

// The comma-separated parts without the blanks around them.
std::vector<std::string> SplitList(std::string_view list) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    std::string_view part = list.substr(begin, end - begin);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    parts.emplace_back(part);
    begin = end + 1;
  }
  return parts;
}

template <std::string DriverOptions::*field>
bool ApplyText(DriverOptions& options, std::string_view value) {
  options.*field = value;
  return true;
}

template <std::chrono::seconds DriverOptions::*field>
bool ApplySeconds(DriverOptions& options, std::string_view value) {
  const auto number = ReadNumber(value, 0, kMaxTimeoutSeconds);
  if (number) options.*field = std::chrono::seconds(*number);
  return number.has_value();
}

bool ApplyServer(DriverOptions& options, std::string_view value) {
  std::vector<std::string> servers = SplitList(value);
  if (IsOneOf("", servers)) return false;
  options.servers = std::move(servers);
  return true;
}

bool ApplyPort(DriverOptions& options, std::string_view value) {
  const auto number = ReadNumber(value, 1, 65535);
  if (number) options.port = static_cast<std::uint16_t>(*number);
  return number.has_value();
}

// What psqlodbc and MySQL's Connector/ODBC call theirs. TLS where the server has it is no choice:
// it leaves the default, which nobody on the way can turn off.
struct ForeignSslMode {
  std::string_view name;
  std::optional<SslMode> mode;
};
constexpr ForeignSslMode kForeignSslModes[] = {
    {"allow", std::nullopt},
    {"prefer", std::nullopt},
    {"PREFERRED", std::nullopt},
    {"DISABLED", SslMode::kDisable},
    {"REQUIRED", SslMode::kRequire},
    {"VERIFY_CA", SslMode::kVerifyCa},
    {"VERIFY_IDENTITY", SslMode::kVerifyFull},
};

bool ApplySslMode(DriverOptions& options, std::string_view value) {
  for (const SslModeRow& row : kSslModes) {
    if (EqualsIgnoringCase(value, row.name)) {
      options.ssl_mode = row.mode;
      return true;
    }
  }
  for (const ForeignSslMode& row : kForeignSslModes) {
    if (EqualsIgnoringCase(value, row.name)) {
      options.ssl_mode = row.mode;
      return true;
    }
  }
  return false;
}

template <bool DriverOptions::*field>
bool ApplyBool(DriverOptions& options, std::string_view value) {
  options.*field = IsOneOf(value, kTrueWords);
  return options.*field || IsOneOf(value, kFalseWords);
}

template <auto field, const auto& kValues>
bool ApplyWord(DriverOptions& options, std::string_view value) {
  for (const auto& [name, meaning] : kValues) {
    if (!EqualsIgnoringCase(value, name)) continue;
    options.*field = meaning;
    return true;
  }
  return false;
}

constexpr std::pair<std::string_view, Pinning> kPinnings[] = {
    {"auto", Pinning::kAuto}, {"never", Pinning::kNever}, {"always", Pinning::kAlways}};
constexpr std::pair<std::string_view, PoolMode> kPoolModes[] = {
    {"default", PoolMode::kDefault},
    {"transaction", PoolMode::kTransaction},
    {"session", PoolMode::kSession}};
constexpr std::pair<std::string_view, Compression> kCompressions[] = {
    {"auto", Compression::kAuto}, {"on", Compression::kOn}, {"off", Compression::kOff}};

constexpr std::pair<std::string_view, PrepareErrors> kPrepareErrors[] = {
    {"deferred", PrepareErrors::kDeferred}, {"immediate", PrepareErrors::kImmediate}};

// psqlodbc's bits, as C writes numbers.
bool ApplyExtraOptions(DriverOptions& options, std::string_view value) {
  constexpr unsigned kNullDates = 0x08;
  const bool is_hexadecimal = value.starts_with("0x") || value.starts_with("0X");
  if (is_hexadecimal) value.remove_prefix(2);
  unsigned bits = 0;
  const auto [end, error] =
      std::from_chars(value.data(), value.data() + value.size(), bits, is_hexadecimal ? 16 : 10);
  options.null_dates = (bits & kNullDates) != 0;
  return error == std::errc{} && end == value.data() + value.size();
}

bool ApplyLibpqOptions(DriverOptions& options, std::string_view value) {
  auto read = ReadLibpqOptions(value);
  if (!read) return false;
  options.variables = std::move(read->variables);
  options.libpq_timeout = read->connect_timeout;
  for (const auto& name : read->unknown) options.ignored.push_back("'" + name + "' in pqopt");
  return true;
}

bool ApplyCharset(DriverOptions& options, std::string_view value) {
  const auto charset = info::FindCharset(value);
  if (charset) options.charset = *charset;
  return charset.has_value();
}

// psqlodbc's form in connection strings has no blanks: "set+a+to+%27b%27".
std::string ReadConnSettings(std::string_view value) {
  if (value.find(' ') != std::string_view::npos) return std::string(value);
  std::string sql;
  for (std::size_t i = 0; i < value.size(); ++i) {
    unsigned code = 0;
    const char* const digits = value.data() + i + 1;
    if (value[i] == '%' && i + 2 < value.size() &&
        std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2) {
      sql += static_cast<char>(code);
      i += 2;
    } else {
      sql += value[i] == '+' ? ' ' : value[i];
    }
  }
  return sql;
}

bool ApplyConnSettings(DriverOptions& options, std::string_view value) {
  options.conn_settings = ReadConnSettings(value);
  // The relay speaks UTF-8 to the database, and the driver converts.
  const auto charset = info::CharsetSetBy(options.conn_settings);
  if (!charset) return true;
  options.charset = *charset;
  options.conn_settings.clear();
  return true;
}

bool ApplyNoBigint(DriverOptions& options, std::string_view value) {
  options.type_rules.no_bigint = IsOneOf(value, kTrueWords);
  return options.type_rules.no_bigint || IsOneOf(value, kFalseWords);
}

// Connector/ODBC's flags: a sum of numbers, of which three change what applications see of Sluice.
// It reads the number that the value begins with.
bool ApplyOption(DriverOptions& options, std::string_view value) {
  constexpr std::uint64_t kNoBigint = 16'384;
  constexpr std::uint64_t kForwardOnly = 2'097'152;
  constexpr std::uint64_t kMultiStatements = 67'108'864;
  std::uint64_t flags = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), flags);
  if (error != std::errc{}) return false;
  if ((flags & kNoBigint) != 0) options.type_rules.no_bigint = true;
  if ((flags & kForwardOnly) != 0) options.forward_only = true;
  if ((flags & kMultiStatements) != 0) options.multi_statements = true;
  return true;
}

constexpr std::uint64_t kMaxSize = 0x7FFFFFFF;  // applications keep sizes in 32 signed bits

template <std::optional<std::uint32_t> info::TypeRules::*field>
bool ApplySize(DriverOptions& options, std::string_view value) {
  const auto number = ReadNumber(value, 1, kMaxSize);
  if (number) options.type_rules.*field = static_cast<std::uint32_t>(*number);
  return number.has_value();
}

template <std::optional<bool> info::TypeRules::*field>
bool ApplyRule(DriverOptions& options, std::string_view value) {
  options.type_rules.*field = IsOneOf(value, kTrueWords);
  return *(options.type_rules.*field) || IsOneOf(value, kFalseWords);
}

// psqlodbc tells a size that it does not know (1) by its largest one (0), too.
bool ApplyUnknownSizes(DriverOptions& options, std::string_view value) {
  options.longest_sizes = value == "2";
  return options.longest_sizes || value == "0" || value == "1";
}

// "7.4-1": the number of the protocol tells nothing any more, what is behind it is the level of
// rollback.
bool ApplyProtocol(DriverOptions& options, std::string_view value) {
  constexpr ErrorScope kScopes[] = {ErrorScope::kNone, ErrorScope::kTransaction,
                                    ErrorScope::kStatement};
  const std::string_view number = value.substr(0, value.find('-'));
  if (number.empty() || number.find_first_not_of("0123456789.") != std::string_view::npos) {
    return false;
  }
  options.error_scope = ErrorScope::kStatement;
  if (number.size() == value.size()) return true;
  const auto level = ReadNumber(value.substr(number.size() + 1), 0, std::size(kScopes) - 1);
  if (level) options.error_scope = kScopes[*level];
  return level.has_value();
}

bool ApplyFetchBytes(DriverOptions& options, std::string_view value) {
  const auto number = ReadNumber(value, kMinFetchBytes, kMaxFetchBytes);
  if (number) options.fetch_bytes = *number;
  return number.has_value();
}

bool ApplyScrollBytes(DriverOptions& options, std::string_view value) {
  const auto number = ReadNumber(value, 0, kMaxScrollBytes);
  if (number) options.scroll_bytes = *number;
  return number.has_value();
}

// name, synonyms, default, allowed, meaning, apply
constexpr KeywordSpec kKeywords[] = {
    {"DSN", "", "", "the name of a data source",
     "Section of `odbc.ini` with the values that the connection string leaves out",
     ApplyText<&DriverOptions::dsn>},
    {"Driver", "", "", "a name from `odbcinst.ini`, or the path of the driver's library",
     "The driver; read by the driver manager", ApplyText<&DriverOptions::driver>},
    {"Server", "ServerName,Host,HostName,Address,Addr", "",
     "a host name, an address or the absolute path of a unix socket, or several separated by "
     "commas",
     "Where the relay listens; several are tried in turn (required)", ApplyServer},
    {"Port", "", "7432", "a number from 1 to 65535", "TCP port of every server in `Server`",
     ApplyPort},
    {"Database", "DB,DBName,Pool,InitialCatalog,Initial Catalog", "", "a name",
     "The relay's pool (required)", ApplyText<&DriverOptions::database>},
    {"UID", "User,UserName,User ID,UserID", "", "a name", "The relay's user (required)",
     ApplyText<&DriverOptions::uid>},
    {"PWD", "Password", "", "any text", "The user's password; never written to logs or error texts",
     ApplyText<&DriverOptions::pwd>},
    {"SSLMode", "", "verify-full", "disable, require, verify-ca or verify-full",
     "TLS: off; on without checking the relay's certificate; checking who signed it; checking its "
     "name too. The default is `disable` for loopback addresses and unix sockets. The words of "
     "psqlodbc and Connector/ODBC are understood; `prefer`, `allow` and `PREFERRED` are the "
     "default",
     ApplySslMode},
    {"SSLRootCert", "", "", "the path of a PEM file",
     "Certificates that may have signed the relay's; without it, the system's",
     ApplyText<&DriverOptions::ssl_root_cert>},
    {"SSLCert", "", "", "the path of a PEM file", "The client's own certificate",
     ApplyText<&DriverOptions::ssl_cert>},
    {"SSLKey", "", "", "the path of a PEM file", "The private key of `SSLCert`",
     ApplyText<&DriverOptions::ssl_key>},
    {"ConnectTimeout", "LoginTimeout,Login Timeout,Connect Timeout,Timeout,CONN_TIMEOUT", "15",
     "seconds from 0 (none) to 86400", "How long connecting may take, all servers together",
     ApplySeconds<&DriverOptions::connect_timeout>},
    {"QueryTimeout", "", "0", "seconds from 0 (none) to 86400",
     "SQL_ATTR_QUERY_TIMEOUT of new statements", ApplySeconds<&DriverOptions::query_timeout>},
    {"ReadOnly", "A0", "no", "yes, no, true, false, 1 or 0",
     "The session starts read-only (SQL_ATTR_ACCESS_MODE)", ApplyBool<&DriverOptions::read_only>},
    {"ApplicationName", "App,Application Name", "", "any text",
     "Name shown on the relay's status page and in its log; without it, the program's file name",
     ApplyText<&DriverOptions::application_name>},
    {"Compression", "", "auto", "auto, on or off",
     "Long messages are compressed (zstd) while the link to the relay is measured to be slower "
     "than the compressor; always; or never",
     ApplyWord<&DriverOptions::compression, kCompressions>},
    {"FetchBytes", "", "1048576", "bytes from 65536 (64 KiB) to 67108864 (64 MiB)",
     "Rows that the relay may send ahead, for each open cursor; four times as much where the round "
     "trip is long, or is what the rows wait for",
     ApplyFetchBytes},
    {"ScrollBytes", "", "16777216", "bytes from 0 to 1099511627776 (1 TiB)",
     "Rows that a scrollable cursor keeps in memory; those beyond go to an unnamed temporary file",
     ApplyScrollBytes},
    {"DBMSName", "", "", "any text",
     "What SQLGetInfo(SQL_DBMS_NAME) says; without it, what the native drivers say: "
     "`PostgreSQL`, `MySQL` or `MariaDB`",
     ApplyText<&DriverOptions::dbms_name>},
    {"BoolsAsChar", "B9", "yes", "yes, no, true, false, 1 or 0",
     "PostgreSQL: `bool` is SQL_VARCHAR(5) with the values 0 and 1, as psqlodbc describes it; "
     "without it, SQL_BIT",
     ApplyBool<&DriverOptions::bools_as_char>},
    {"TrueIsMinus1", "C6", "no", "yes, no, true, false, 1 or 0",
     "PostgreSQL: `true` is -1, as a number and as text",
     ApplyBool<&DriverOptions::true_is_minus1>},
    {"MaxVarcharSize", "B0", "", "characters from 1 to 2147483647",
     "PostgreSQL: the size of `varchar`, `char` and types that ODBC does not have where none is "
     "declared (255); `varchar(n)` and `char(n)` with a larger n are SQL_LONGVARCHAR, which "
     "without this option no n makes them",
     ApplySize<&info::TypeRules::max_varchar_size>},
    {"MaxLongVarcharSize", "B1", "", "characters from 1 to 2147483647",
     "PostgreSQL: the size of `text` and other long text (8190)",
     ApplySize<&info::TypeRules::max_longvarchar_size>},
    {"UnknownSizes", "A9", "0", "0, 1 or 2",
     "PostgreSQL: the size of text where none is declared is that of the two options above (0 and "
     "1), or that of the longest value (2), where all rows come with the answer",
     ApplyUnknownSizes},
    {"TextAsLongVarchar", "B7", "", "yes, no, true, false, 1 or 0",
     "PostgreSQL: `text` is SQL_LONGVARCHAR, as without this option, or SQL_VARCHAR",
     ApplyRule<&info::TypeRules::text_as_longvarchar>},
    {"UnknownsAsLongVarchar", "B8", "", "yes, no, true, false, 1 or 0",
     "PostgreSQL: types that ODBC does not have (enumerations, arrays, `json` …) are "
     "SQL_LONGVARCHAR or SQL_VARCHAR; without this option `json`, `jsonb` and `xml` are the former",
     ApplyRule<&info::TypeRules::unknowns_as_longvarchar>},
    {"ByteaAsLongVarBinary", "C7", "", "yes, no, true, false, 1 or 0",
     "PostgreSQL: `bytea` is SQL_LONGVARBINARY, as without this option, or SQL_VARBINARY",
     ApplyRule<&info::TypeRules::bytea_as_longvarbinary>},
    {"Protocol", "A1", "7.4", "7.4, 7.4-0, 7.4-1 or 7.4-2",
     "PostgreSQL: what an error undoes in a transaction, by the digit behind the hyphen: nothing, "
     "so that all but a rollback fails (0); the transaction (1); the statement (2, and without a "
     "digit)",
     ApplyProtocol},
    {"FetchRefcursors", "", "no", "yes, no, true, false, 1 or 0",
     "PostgreSQL: the rows of the cursors (`refcursor`) that a call returns follow as results, "
     "which SQLMoreResults goes to; within a transaction (autocommit off)",
     ApplyBool<&DriverOptions::fetch_refcursors>},
    {"MULTI_STATEMENTS", "", "no", "yes, no, true, false, 1 or 0",
     "MySQL: a text may hold several statements, each with its own of the parameters, as with "
     "Connector/ODBC: all of them run, and SQLMoreResults shows their results. On PostgreSQL it "
     "always may",
     ApplyBool<&DriverOptions::multi_statements>},
    {"READ_TIMEOUT", "READTIMEOUT", "0", "seconds from 0 (none) to 86400",
     "As with Connector/ODBC, how long a request without a query timeout may take: "
     "SQL_ATTR_CONNECTION_TIMEOUT of the connection",
     ApplySeconds<&DriverOptions::read_timeout>},
    {"WRITE_TIMEOUT", "WRITETIMEOUT", "0", "seconds from 0 (none) to 86400",
     "The same; of the two the shorter one counts", ApplySeconds<&DriverOptions::write_timeout>},
    {"NOBIGINT", "NO_BIGINT", "no", "yes, no, true, false, 1 or 0",
     "MySQL: `bigint` columns of queries are described as SQL_INTEGER, as Connector/ODBC does for "
     "applications that know no other; a value that does not fit is 22003",
     ApplyNoBigint},
    {"Charset", "", "utf8", "utf8, latin1 (Windows-1252), iso-8859-1 or iso-8859-15",
     "The character set of an application without Unicode: of its statements, names and SQL_C_CHAR "
     "data. The driver converts it; the databases are spoken to in UTF-8",
     ApplyCharset},
    {"FORWARDONLY", "", "no", "yes, no, true, false, 1 or 0",
     "Cursors only go forward, whatever type is asked for (01S02)",
     ApplyBool<&DriverOptions::forward_only>},
    {"OPTION", "OPTIONS", "", "a number",
     "Connector/ODBC's flags: 16384 stands for NOBIGINT, 2097152 for FORWARDONLY, 67108864 for "
     "MULTI_STATEMENTS; the others change nothing",
     ApplyOption},
    {"Pinning", "", "auto", "auto, never or always",
     "What happens when a statement leaves something on its database connection that the relay "
     "cannot make again elsewhere: the session keeps the connection and is told (01000); the "
     "statement is refused (HYC00); or the session has one connection from its first statement to "
     "its end, and nothing is told. See [pooling](pooling.md)",
     ApplyWord<&DriverOptions::pinning, kPinnings>},
    {"ConnSettings", "InitStmt,STMT,PreExecute,A6", "", "SQL",
     "Statements that run in every new session, such as `SET search_path TO sales`; they cost a "
     "round trip at connect, take no longer than `ConnectTimeout` leaves them, and an error in "
     "them "
     "fails it. Without blanks it is read with `+` for a blank and `%27` for a quote, as psqlodbc "
     "writes it",
     ApplyConnSettings},
    {"pqopt", "", "", "parameters of libpq, name=value",
     "PostgreSQL: psqlodbc's options of libpq. `application_name` and the variables of `options=-c "
     "name=value` are set in every new session, as with `ConnSettings`; `connect_timeout` counts "
     "where `ConnectTimeout` is not given; those of the connection to the server (`keepalives`, "
     "`sslmode` …) are passed over, and others are told (01S00)",
     ApplyLibpqOptions},
    {"ExtraOptions", "AB", "0", "a number, decimal or after `0x`",
     "PostgreSQL: psqlodbc's bits; with 8 empty text for a parameter that is a date or a timestamp "
     "is NULL, for which such a statement is described first. The others change nothing",
     ApplyExtraOptions},
    {"PrepareErrors", "", "deferred", "deferred or immediate",
     "When SQLPrepare asks the database: never, so that what is wrong with the text is told by the "
     "first function that does; or always, for a round trip, as with Connector/ODBC",
     ApplyWord<&DriverOptions::prepare_errors, kPrepareErrors>},
    {"PoolMode", "", "default", "default, transaction or session",
     "How long the session keeps a database connection: as the relay is configured, for a "
     "statement or transaction, or from its first statement to its end. What the relay does not "
     "allow is told (01S02). See [pooling](pooling.md)",
     ApplyWord<&DriverOptions::pool_mode, kPoolModes>},
    {"Description", "", "", "any text", "For people; shown by administration tools",
     ApplyText<&DriverOptions::description>},
    {"Trace", "", "", "any text", "The driver manager's; the driver passes it over",
     ApplyText<&DriverOptions::trace>},
};

bool IsKeywordOf(const KeywordSpec& spec, std::string_view keyword) {
  return EqualsIgnoringCase(spec.name, keyword) || IsOneOf(keyword, SplitList(spec.synonyms));
}

}  // namespace

std::span<const KeywordSpec> Keywords() { return kKeywords; }

const KeywordSpec* FindKeyword(std::string_view keyword) {
  const auto spec = std::find_if(
      std::begin(kKeywords), std::end(kKeywords),
      [keyword](const KeywordSpec& candidate) { return IsKeywordOf(candidate, keyword); });
  return spec != std::end(kKeywords) ? spec : nullptr;
}

std::string_view SslModeName(SslMode mode) {
  return std::find_if(std::begin(kSslModes), std::end(kSslModes),
                      [mode](const SslModeRow& row) { return row.mode == mode; })
      ->name;
}

}  // namespace sluice::driver::config
