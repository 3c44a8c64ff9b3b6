#include "relay_server/backend/mysql/mysql_error.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace sluice::relay::backend {
namespace {

// After these the connection is of no more use.
constexpr std::array kConnectionLost = {
    1053,  // ER_SERVER_SHUTDOWN
    1152,  // ER_ABORTING_CONNECTION
    1153,  // ER_NET_PACKET_TOO_LARGE: the server hangs up
    1156,  // ER_NET_PACKETS_OUT_OF_ORDER
    1158,  // ER_NET_READ_ERROR
    1159,  // ER_NET_READ_INTERRUPTED
    1160,  // ER_NET_ERROR_ON_WRITE
    1161,  // ER_NET_WRITE_INTERRUPTED
    1927,  // ER_CONNECTION_KILLED (MariaDB)
    2006,  // CR_SERVER_GONE_ERROR
    2013,  // CR_SERVER_LOST
    2014,  // CR_COMMANDS_OUT_OF_SYNC
    2020,  // CR_NET_PACKET_TOO_LARGE
    2027,  // CR_MALFORMED_PACKET
    2055,  // CR_SERVER_LOST_EXTENDED
    3169,  // ER_SESSION_WAS_KILLED (MySQL)
    4031,  // ER_CLIENT_INTERACTION_TIMEOUT (MySQL)
    5013,  // CR_ERR_NET_READ (MariaDB Connector/C)
    5014,  // CR_ERR_NET_WRITE
};

// CR_SERVER_GONE_ERROR: the command could not be sent. A packet that is sent in part is none.
constexpr int kServerGone = 2006;

constexpr unsigned int kFirstClientError = 2000;

// ER_WARN_DATA_TRUNCATED: a warning that the strict sql_mode makes an error of, and that keeps its
// state all the same. It says that a value is none of the column's type.
constexpr unsigned int kDataTruncated = 1265;

// An error has no state of a success (00), a warning (01) or the end of data (02): applications
// that judge by the class would take it for one (ODBC reference, "SQLSTATEs").
std::string StateOfError(unsigned int number, std::string_view state) {
  const bool is_of_error =
      !state.starts_with("00") && !state.starts_with("01") && !state.starts_with("02");
  if (is_of_error) return std::string(state);
  return number == kDataTruncated ? "22018" : "HY000";
}

BackendError Make(unsigned int number, std::string_view state, std::string_view message) {
  const int native_code = static_cast<int>(number);
  const bool lost = std::ranges::find(kConnectionLost, native_code) != kConnectionLost.end();
  return {lost ? "08S01" : StateOfError(number, state), native_code, std::string(message), lost,
          native_code == kServerGone};
}

}  // namespace

BackendError MakeError(MYSQL* mysql) {
  return Make(mysql_errno(mysql), mysql_sqlstate(mysql), mysql_error(mysql));
}

BackendError MakeError(MYSQL_STMT* statement, MYSQL* mysql) {
  if (mysql_stmt_errno(statement) == 0) return MakeError(mysql);
  return Make(mysql_stmt_errno(statement), mysql_stmt_sqlstate(statement),
              mysql_stmt_error(statement));
}

BackendError MakeConnectError(MYSQL* mysql, const std::string& where) {
  const unsigned int number = mysql_errno(mysql);
  // The library's own failures have no state of their own (HY000); the server's answers have.
  const bool from_server = number < kFirstClientError;
  return {from_server ? mysql_sqlstate(mysql) : "08001", static_cast<int>(number),
          "connecting to " + where + ": " + mysql_error(mysql), true};
}

v1::Diagnostic MakeDiagnostic(const BackendError& error, std::int64_t row) {
  v1::Diagnostic diagnostic;
  diagnostic.set_sqlstate(error.sqlstate());
  diagnostic.set_native_code(error.native_code());
  diagnostic.set_message(error.what());
  diagnostic.set_row(row);
  diagnostic.set_origin(v1::Diagnostic::ORIGIN_SERVER);
  return diagnostic;
}

}  // namespace sluice::relay::backend
