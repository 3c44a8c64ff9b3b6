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

// Connector/ODBC's keywords that say how it talks to its server, or ask for what Sluice does
// anyway: data sources that were made for it keep them.
constexpr std::string_view kConnectorKeywords[] = {
    "AUTO_RECONNECT", "RECONNECT",  "BIG_PACKETS",     "COMPRESSED_PROTO", "COMPRESS",
    "DYNAMIC_CURSOR", "FOUND_ROWS", "INTERACTIVE",     "NAMEDPIPE",        "NO_CACHE",
    "NO_PROMPT",      "NO_LOCALE",  "NO_SSPS",         "PREFETCH",         "PREPONCLIENT",
    "TCPIP",          "USE_MYCNF",  "COLUMN_SIZE_S32", "NO_SCHEMA",        "NULLSCHEMA",
    "NO_CATALOG",     "MULTI_HOST", "ENABLE_DNS_SRV",  "SOCKET",           "PLUGIN_DIR",
    "STREAMRS",       "RCALLBACK",  "NO_I_S"};

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
                                                  "D0"};

bool Has(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::any_of(
      words, [word](std::string_view known) { return EqualsIgnoringCase(known, word); });
}

}  // namespace

bool IsForOthers(const Attribute& attribute) {
  return Has(kDriverManagerKeywords, attribute.keyword) ||
         Has(kPsqlodbcKeywords, attribute.keyword) || Has(kConnectorKeywords, attribute.keyword);
}

}  // namespace sluice::driver::config
