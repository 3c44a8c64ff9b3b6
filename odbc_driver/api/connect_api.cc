// ODBC reference: connecting to a data source.

#include <type_traits>

#include "odbc_driver/api/api_call.h"
#include "odbc_driver/api/output.h"
#include "odbc_driver/api/text_argument.h"
#include "odbc_driver/handles/connection.h"

namespace sluice::driver::api {
namespace {

template <typename Char>
struct Counted {
  Char* text;
  SQLLEN length;
};

// Windows' driver manager tells of an application without Unicode by SQL_ATTR_ANSI_APP and calls
// the W functions all the same; unixODBC calls the others instead.
template <typename Char>
void NoteApplication(Connection& connection) {
  if constexpr (std::is_same_v<Char, SQLCHAR>) {
    if (!connection.connected()) connection.NoteAnsiApplication();
  }
}

template <typename Char>
SQLRETURN Connect(SQLHDBC handle, Counted<Char> dsn, Counted<Char> user, Counted<Char> password) {
  return CallAsync<Connection>(SQL_API_SQLCONNECT, handle, [&](Connection& connection) {
    NoteApplication<Char>(connection);
    const auto uid = OptionalText(user.text, user.length);
    const auto pwd = OptionalText(password.text, password.length);
    return connection.Connect(Text(dsn.text, dsn.length), uid, pwd);
  });
}

// Of functions that tell a connection string: it goes to the buffer of the call that finishes.
template <typename Body>
SQLRETURN CallTelling(SQLUSMALLINT function, SQLHDBC handle, const TextTarget& out, Body&& body) {
  const auto connection = HandleRegistry::Instance().Find<Connection>(handle);
  if (connection == nullptr) return SQL_INVALID_HANDLE;
  const auto run = [&]() -> SQLRETURN {
    if (out.capacity < 0) throw DriverError(kHY090InvalidLength);  // before it connects
    const auto resumed = connection->Resume();
    const SQLRETURN result = resumed ? *resumed : body(*connection);
    if (result != SQL_STILL_EXECUTING) {
      WriteText(*connection, connection->TakeConnectionText(), out);
    }
    return result;
  };
  return RunGuarded(*connection, run, function);
}

template <typename Char>
SQLRETURN DriverConnect(SQLHDBC handle, Counted<Char> in, const TextTarget& out,
                        SQLUSMALLINT completion) {
  return CallTelling(SQL_API_SQLDRIVERCONNECT, handle, out, [&](Connection& connection) {
    NoteApplication<Char>(connection);
    return connection.DriverConnect(Text(in.text, in.length), completion);
  });
}

template <typename Char>
SQLRETURN BrowseConnect(SQLHDBC handle, Counted<Char> in, const TextTarget& out) {
  return CallTelling(SQL_API_SQLBROWSECONNECT, handle, out, [&](Connection& connection) {
    NoteApplication<Char>(connection);
    return connection.BrowseConnect(Text(in.text, in.length));
  });
}

}  // namespace
}  // namespace sluice::driver::api

using namespace sluice::driver;  // NOLINT(google-build-using-namespace): the C boundary

extern "C" {

SLUICE_EXPORT SQLRETURN SQL_API SQLConnect(SQLHDBC handle, SQLCHAR* dsn, SQLSMALLINT dsn_length,
                                           SQLCHAR* user, SQLSMALLINT user_length,
                                           SQLCHAR* password, SQLSMALLINT password_length) {
  return api::Connect<SQLCHAR>(handle, {dsn, dsn_length}, {user, user_length},
                               {password, password_length});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLConnectW(SQLHDBC handle, SQLWCHAR* dsn, SQLSMALLINT dsn_length,
                                            SQLWCHAR* user, SQLSMALLINT user_length,
                                            SQLWCHAR* password, SQLSMALLINT password_length) {
  return api::Connect<SQLWCHAR>(handle, {dsn, dsn_length}, {user, user_length},
                                {password, password_length});
}

SLUICE_EXPORT SQLRETURN SQL_API SQLDriverConnect(SQLHDBC handle, SQLHWND /*window*/, SQLCHAR* in,
                                                 SQLSMALLINT in_length, SQLCHAR* out,
                                                 SQLSMALLINT out_capacity, SQLSMALLINT* out_length,
                                                 SQLUSMALLINT completion) {
  return api::DriverConnect<SQLCHAR>(handle, {in, in_length},
                                     api::Characters(out, out_capacity, out_length), completion);
}

SLUICE_EXPORT SQLRETURN SQL_API SQLDriverConnectW(SQLHDBC handle, SQLHWND /*window*/, SQLWCHAR* in,
                                                  SQLSMALLINT in_length, SQLWCHAR* out,
                                                  SQLSMALLINT out_capacity, SQLSMALLINT* out_length,
                                                  SQLUSMALLINT completion) {
  return api::DriverConnect<SQLWCHAR>(handle, {in, in_length},
                                      api::Characters(out, out_capacity, out_length), completion);
}

SLUICE_EXPORT SQLRETURN SQL_API SQLBrowseConnect(SQLHDBC handle, SQLCHAR* in, SQLSMALLINT in_length,
                                                 SQLCHAR* out, SQLSMALLINT out_capacity,
                                                 SQLSMALLINT* out_length) {
  return api::BrowseConnect<SQLCHAR>(handle, {in, in_length},
                                     api::Characters(out, out_capacity, out_length));
}

SLUICE_EXPORT SQLRETURN SQL_API SQLBrowseConnectW(SQLHDBC handle, SQLWCHAR* in,
                                                  SQLSMALLINT in_length, SQLWCHAR* out,
                                                  SQLSMALLINT out_capacity,
                                                  SQLSMALLINT* out_length) {
  return api::BrowseConnect<SQLWCHAR>(handle, {in, in_length},
                                      api::Characters(out, out_capacity, out_length));
}

SLUICE_EXPORT SQLRETURN SQL_API SQLDisconnect(SQLHDBC handle) {
  // Nothing is waited for: it is never asynchronous.
  return api::Call<Connection>(handle, [](Connection& connection) { connection.Disconnect(); });
}

}  // extern "C"
