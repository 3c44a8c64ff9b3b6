#pragma once

#include <string>

#include "relay_server/backend/backend.h"
#include "relay_server/backend/mysql/mysql_api.h"

// Errors of the client library as BackendError. Server error numbers: the MariaDB and MySQL "Server
// Error Message Reference"; numbers from 2000 are the client library's own.

namespace sluice::relay::backend {

inline constexpr int kErrUnsupportedPrepare = 1295;  // ER_UNSUPPORTED_PS
inline constexpr int kErrUnknownStatement = 1243;    // ER_UNKNOWN_STMT_HANDLER
inline constexpr int kErrNeedReprepare = 1615;       // ER_NEED_REPREPARE
inline constexpr int kErrInterrupted = 1317;         // ER_QUERY_INTERRUPTED: KILL QUERY took effect
inline constexpr int kErrDeadlock = 1213;            // ER_LOCK_DEADLOCK: the transaction is gone
inline constexpr int kErrLockWait = 1205;            // ER_LOCK_WAIT_TIMEOUT: it may be gone
inline constexpr int kErrPacketTooLarge = 1153;      // ER_NET_PACKET_TOO_LARGE
inline constexpr int kErrNewMetadata = 2057;         // CR_NEW_STMT_METADATA

// The last error of a connection, or of a prepared statement and its connection.
BackendError MakeError(MYSQL* mysql);
// Connector/C notes an error in the middle of the rows on the connection alone.
BackendError MakeError(MYSQL_STMT* statement, MYSQL* mysql);
// The same for a connection that could not be opened; `where` is "host:port" or a socket's path.
BackendError MakeConnectError(MYSQL* mysql, const std::string& where);

v1::Diagnostic MakeDiagnostic(const BackendError& error, std::int64_t row);

}  // namespace sluice::relay::backend
