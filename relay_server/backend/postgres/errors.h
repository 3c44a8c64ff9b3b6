#pragma once

#include <libpq-fe.h>

#include <string>

#include "relay_server/backend/backend.h"
#include "sluice/v1/session.pb.h"

// From what libpq reports to BackendError and diagnostics. The message is the server's primary
// message, followed by its detail and hint: "…; DETAIL: …; HINT: …". Before that of a notice stands
// its severity: "NOTICE: …".

namespace sluice::relay::backend::postgres {

// PostgreSQL has no error numbers: errors and notices have psqlodbc's native codes.
inline constexpr int kNativeError = 1;
inline constexpr int kNoticeCode = -1;

// SQLSTATEs that the relay itself gives or looks for.
// https://www.postgresql.org/docs/15/errcodes-appendix.html
inline constexpr char kConnectionFailure[] = "08006";
inline constexpr char kUnableToConnect[] = "08001";
inline constexpr char kProtocolViolation[] = "08P01";
inline constexpr char kFeatureNotSupported[] = "0A000";
inline constexpr char kUndefinedStatement[] = "26000";
inline constexpr char kReservedName[] = "42939";
inline constexpr char kInvalidBinary[] = "22P03";
inline constexpr char kInsufficientPrivilege[] = "42501";
inline constexpr char kQueryCanceled[] = "57014";
inline constexpr char kGeneralError[] = "HY000";
inline constexpr char kNoMemory[] = "HY001";
inline constexpr char kWrongParameterCount[] = "07002";

// The error in a result whose status is PGRES_FATAL_ERROR. The connection counts as lost when libpq
// says so or the server's severity is FATAL or PANIC: it closes the connection then.
BackendError ErrorFromResult(const PGconn* connection, const PGresult* result);

// The loss of the connection, from libpq's own message.
BackendError ConnectionLost(const PGconn* connection);

// Why no connection came about. Reads the SQLSTATE from the server's verbose message, if it is
// there.
BackendError ConnectError(const PGconn* connection, const std::string& where);

v1::Diagnostic NoticeFromResult(const PGresult* result);

}  // namespace sluice::relay::backend::postgres
