#include "relay_server/backend/postgres/errors.h"

#include <cctype>
#include <string_view>

namespace sluice::relay::backend::postgres {
namespace {

std::string_view Field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text != nullptr ? std::string_view(text) : std::string_view();
}

std::string MessageOf(const PGresult* result) {
  std::string message(Field(result, PG_DIAG_MESSAGE_PRIMARY));
  if (const auto detail = Field(result, PG_DIAG_MESSAGE_DETAIL); !detail.empty()) {
    message.append("; DETAIL: ").append(detail);
  }
  if (const auto hint = Field(result, PG_DIAG_MESSAGE_HINT); !hint.empty()) {
    message.append("; HINT: ").append(hint);
  }
  return message;
}

std::string Trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) {
    text.remove_suffix(1);
  }
  return std::string(text);
}

// Every state of PostgreSQL has a digit; "FATAL" has none.
bool IsSqlState(std::string_view text) {
  bool has_digit = false;
  for (const char c : text) {
    const bool is_digit = std::isdigit(static_cast<unsigned char>(c)) != 0;
    if (!is_digit && (c < 'A' || c > 'Z')) return false;
    has_digit = has_digit || is_digit;
  }
  return text.size() == 5 && has_digit;
}

// Where ": 28P01: " begins in a verbose message, which is independent of the server's language.
std::size_t FindSqlState(std::string_view message) {
  for (std::size_t at = message.find(':'); at != std::string_view::npos;
       at = message.find(':', at + 1)) {
    const std::size_t begin = message.find_first_not_of(' ', at + 1);
    if (begin == std::string_view::npos || begin + 5 >= message.size()) break;
    if (message[begin + 5] == ':' && IsSqlState(message.substr(begin, 5))) return begin;
  }
  return std::string_view::npos;
}

}  // namespace

BackendError ErrorFromResult(const PGconn* connection, const PGresult* result) {
  const std::string_view sqlstate = Field(result, PG_DIAG_SQLSTATE);
  const std::string_view severity = Field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  const bool lost =
      PQstatus(connection) == CONNECTION_BAD || severity == "FATAL" || severity == "PANIC";
  if (!sqlstate.empty()) return {std::string(sqlstate), kNativeError, MessageOf(result), lost};
  // libpq made this result itself: it has a message only.
  return {lost ? kConnectionFailure : "HY000", kNativeError, Trimmed(PQresultErrorMessage(result)),
          lost};
}

BackendError ConnectionLost(const PGconn* connection) {
  std::string message = Trimmed(PQerrorMessage(connection));
  if (message.empty()) message = "the connection to the server was lost";
  return {kConnectionFailure, kNativeError, message, true};
}

BackendError ConnectError(const PGconn* connection, const std::string& where) {
  const std::string_view text = PQerrorMessage(connection);
  const std::size_t at = FindSqlState(text);
  if (at == std::string_view::npos) {
    return {kUnableToConnect, kNativeError, "cannot connect to " + where + ": " + Trimmed(text),
            true};
  }
  const std::string_view message = text.substr(at + 7, text.find('\n', at) - at - 7);
  return {std::string(text.substr(at, 5)), kNativeError,
          "cannot connect to " + where + ": " + Trimmed(message), true};
}

v1::Diagnostic NoticeFromResult(const PGresult* result) {
  const std::string_view sqlstate = Field(result, PG_DIAG_SQLSTATE);
  v1::Diagnostic diagnostic;
  // Notices come with 00000, which is no SQLSTATE for a diagnostic.
  diagnostic.set_sqlstate(sqlstate.starts_with("01") ? std::string(sqlstate) : "01000");
  // Their severity and number are as from psqlodbc: applications tell INFO from WARNING by them.
  diagnostic.set_message(std::string(Field(result, PG_DIAG_SEVERITY)) + ": " + MessageOf(result));
  diagnostic.set_native_code(kNoticeCode);
  diagnostic.set_origin(v1::Diagnostic::ORIGIN_SERVER);
  return diagnostic;
}

}  // namespace sluice::relay::backend::postgres
