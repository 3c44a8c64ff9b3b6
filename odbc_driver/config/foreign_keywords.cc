#include "odbc_driver/config/foreign_keywords.h"

#include <algorithm>
#include <span>
#include <string_view>

namespace sluice::driver::config {
namespace {

// Entries of odbc.ini and of connection strings that are the driver manager's business.
constexpr std::string_view kDriverManagerKeywords[] = {
    "FileDSN",      "SaveFile",   "TraceFile",     "Setup",        "Driver64",
    "Setup64",      "Threading",  "CPTimeout",     "CPTimeToLive", "CPReuse",
    "DMEnvAttr",    "DMConnAttr", "DMStmtAttr",    "DontDLClose",  "FileUsage",
    "UsageCount",   "CPProbe",    "IconvEncoding", "Pooling",      "DisableGetFunctions",
    "ClientCharset"};

// Connector/ODBC's keywords that say how it talks to its server, ask for what Sluice does anyway,
// or change nothing there either: data sources that were made for it keep them.
constexpr std::string_view kConnectorKeywords[] = {"AUTO_RECONNECT",
                                                   "RECONNECT",
                                                   "BIG_PACKETS",
                                                   "COMPRESSED_PROTO",
                                                   "COMPRESS",
                                                   "DYNAMIC_CURSOR",
                                                   "FOUND_ROWS",
                                                   "INTERACTIVE",
                                                   "NAMEDPIPE",
                                                   "NO_CACHE",
                                                   "NO_PROMPT",
                                                   "NO_LOCALE",
                                                   "NO_SSPS",
                                                   "PREFETCH",
                                                   "PREPONCLIENT",
                                                   "TCPIP",
                                                   "USE_MYCNF",
                                                   "COLUMN_SIZE_S32",
                                                   "NO_SCHEMA",
                                                   "NULLSCHEMA",
                                                   "NO_CATALOG",
                                                   "MULTI_HOST",
                                                   "ENABLE_DNS_SRV",
                                                   "SOCKET",
                                                   "PLUGIN_DIR",
                                                   "STREAMRS",
                                                   "RCALLBACK",
                                                   "NO_I_S",
                                                   "SAFE",
                                                   "PAD_SPACE",
                                                   "FULL_COLUMN_NAMES",
                                                   "IGNORE_SPACE",
                                                   "IGNORESPACE",
                                                   "NO_TRANSACTIONS",
                                                   "ZERO_DATE_TO_MIN",
                                                   "MIN_DATE_TO_ZERO",
                                                   "AUTO_IS_NULL",
                                                   "NO_BINARY_RESULT",
                                                   "FIELD_LENGTH",
                                                   "NO_DEFAULT_CURSOR",
                                                   "NO_DATE_OVERFLOW",
                                                   "NO_INFORMATION_SCHEMA",
                                                   "LOG_QUERY",
                                                   "DFLT_BIGINT_BIND_STR",
                                                   "CAN_HANDLE_EXP_PWD",
                                                   "ENABLE_CLEARTEXT_PLUGIN",
                                                   "GET_SERVER_PUBLIC_KEY",
                                                   "DEFAULT_AUTH",
                                                   "RSAKEY",
                                                   "SERVERKEY",
                                                   "USEMYCNF",
                                                   "PCALLBACK",
                                                   "DONT_PROMPT",
                                                   "NOPROMPT",
                                                   "ALLOW_BIG_RESULTS",
                                                   "CONNECTION_ATTRIBUTES",
                                                   "DISABLE_SSL_DEFAULT"};

// psqlodbc's keywords, and how it abbreviates them, that say how it talks to its server, and where
// it logs.
constexpr std::string_view kPsqlodbcKeywords[] = {"Fetch",
                                                  "A7",
                                                  "Socket",
                                                  "A8",
                                                  "Debug",
                                                  "B2",
                                                  "CommLog",
                                                  "B3",
                                                  "Optimizer",
                                                  "B4",
                                                  "Ksqo",
                                                  "B5",
                                                  "UseDeclareFetch",
                                                  "B6",
                                                  "Parse",
                                                  "C0",
                                                  "DisallowPremature",
                                                  "C3",
                                                  "UpdatableCursors",
                                                  "C4",
                                                  "UseServerSidePrepare",
                                                  "C8",
                                                  "UniqueIndex",
                                                  "KeepaliveTime",
                                                  "D1",
                                                  "KeepaliveInterval",
                                                  "D2",
                                                  "PreferLibpq",
                                                  "D3",
                                                  "Logdir",
                                                  "CX",
                                                  "XaOpt",
                                                  "D4",
                                                  "GssAuthUseGSS",
                                                  "D0",
                                                  "FakeOidIndex",
                                                  "A2",
                                                  "ShowOidColumn",
                                                  "A3",
                                                  "BatchSize"};

// Keywords of both that would change what an application sees, or how well the connection is
// protected, but for these values, which ask for what is so here.
struct SettledKeyword {
  std::string_view keyword;
  std::string_view value;
};
constexpr SettledKeyword kSettledKeywords[] = {
    {"RowVersioning", "0"},
    {"RowVersioning", "No"},
    {"A4", "0"},
    {"ShowSystemTables", "0"},
    {"ShowSystemTables", "No"},
    {"A5", "0"},
    {"LFConversion", "0"},
    {"LFConversion", "No"},
    {"C5", "0"},
    {"LowerCaseIdentifier", "0"},
    {"LowerCaseIdentifier", "No"},
    {"C9", "0"},
    {"CancelAsFreeStmt", "0"},
    {"CancelAsFreeStmt", "No"},
    {"C1", "0"},
    {"ExtraSysTablePrefixes", ""},
    {"ExtraSysTablePrefixes", "dd_;"},
    {"C2", ""},
    {"C2", "dd_;"},
    {"ExtraSysTablePrefixes", "dd_"},
    {"C2", "dd_"},
    {"IgnoreTimeout", "0"},
    {"OptionalErrors", "0"},
    {"BI", "0"},
    {"BI", "-5"},
    {"NumericAs", "-101"},
    {"NumericAs", "2"},
    {"D6", "-101"},
    {"D6", "2"},
    {"D6", "0"},
    {"NumericAs", "0"},
    {"CB", "0"},
    {"CC", "0"},
    {"CA", "d"},
    {"CA", "a"},
    {"CA", "p"},
    {"FORCETLS", "0"},
    {"SSLVERIFY", "0"},
    {"SSL_ENFORCE", "0"},
};

bool Has(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::any_of(
      words, [word](std::string_view known) { return EqualsIgnoringCase(known, word); });
}

}  // namespace

bool IsForOthers(const Attribute& attribute) {
  return Has(kDriverManagerKeywords, attribute.keyword) ||
         Has(kPsqlodbcKeywords, attribute.keyword) || Has(kConnectorKeywords, attribute.keyword) ||
         std::ranges::any_of(kSettledKeywords, [&](const SettledKeyword& settled) {
           return EqualsIgnoringCase(settled.keyword, attribute.keyword) &&
                  EqualsIgnoringCase(settled.value, attribute.value);
         });
}

}  // namespace sluice::driver::config
