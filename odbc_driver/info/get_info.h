#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "odbc_driver/platform/odbc.h"
#include "sluice/v1/session.pb.h"

// What SQLGetInfo answers (ODBC reference, "SQLGetInfo Function"). Everything is answered from the
// tables here and from what the relay told when the session was opened; nothing is sent.

namespace sluice::driver::info {

// A character string (UTF-8), an SQLUSMALLINT or an SQLUINTEGER (value or bitmask), as the
// reference says for the information type.
using InfoValue = std::variant<std::string, SQLUSMALLINT, SQLUINTEGER>;

// Borrowed for the call.
struct InfoContext {
  const v1::SessionOpened& session;
  std::string data_source_name;    // the DSN keyword; empty without one
  std::string dbms_name_override;  // the DBMSName keyword; empty: the database's own name
  std::string catalog;             // current catalogue, where the application changed it
  bool forward_only = false;       // FORWARDONLY keyword
  bool ansi_quotes = false;        // MySQL: the session's sql_mode has ANSI_QUOTES
  bool read_only = false;          // ReadOnly keyword or SQL_ATTR_ACCESS_MODE
};

// SQL_ODBC_VER and SQL_DRIVER_ODBC_VER.
inline constexpr std::string_view kOdbcVersion = "03.80";

// Throws DriverError: HY096 for a type that ODBC 3.8 does not define (and for those that the driver
// manager answers alone), HYC00 for one in the range of driver-specific types.
InfoValue GetInfo(SQLUSMALLINT type, const InfoContext& context);

// "PostgreSQL" or "MySQL", and "15.00.0018".
std::string DbmsName(const v1::ServerFacts& server);
std::string DbmsVersion(const v1::ServerFacts& server);

}  // namespace sluice::driver::info
