#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "tests/driver/driver_library.h"
#include "tests/fuzz/fuzz_relay.h"
#include "tests/fuzz/random_arguments.h"

namespace sluice::tests {

// The handles of random calls, and how they come and go.
class FuzzHandles : protected RandomArguments {
 protected:
  static constexpr std::size_t kMaxHandles = 6;  // of each kind

  explicit FuzzHandles(unsigned seed)
      : RandomArguments(seed),
        connection_string_("Server=127.0.0.1;Port=" + std::to_string(relay_->port()) +
                           ";Database=sales;UID=alice;PWD=secret") {}

  static SQLPOINTER Value(SQLULEN value) { return reinterpret_cast<SQLPOINTER>(value); }

  SQLHSTMT Stmt() { return Pick(statements_); }
  SQLHDBC Dbc() { return Pick(connections_); }

  void Allocate() {
    SQLHANDLE handle = nullptr;
    switch (Below(4)) {
      case 0:
        if (environments_.size() < 2 &&
            odbc_.AllocHandle(SQL_HANDLE_ENV, nullptr, &handle) == SQL_SUCCESS) {
          environments_.push_back(handle);
          odbc_.SetEnvAttr(handle, SQL_ATTR_ODBC_VERSION,
                           Value(OneOf<SQLULEN>({SQL_OV_ODBC2, SQL_OV_ODBC3, SQL_OV_ODBC3_80, 7})),
                           0);
        }
        return;
      case 1:
        return AllocateOf(SQL_HANDLE_DBC, Pick(environments_), connections_);
      case 2:
        return AllocateOf(SQL_HANDLE_DESC, Dbc(), descriptors_);
      default:
        return AllocateOf(SQL_HANDLE_STMT, Dbc(), statements_);
    }
  }
  void AllocateOf(SQLSMALLINT type, SQLHANDLE parent, std::vector<SQLHANDLE>& handles) {
    SQLHANDLE handle = nullptr;
    if (handles.size() < kMaxHandles && odbc_.AllocHandle(type, parent, &handle) == SQL_SUCCESS) {
      handles.push_back(handle);
    }
  }
  void Free() {
    if (Below(4) != 0) return;  // seldom, so that handles come into their later states
    const auto [type, handles] =
        OneOf<std::pair<SQLSMALLINT, std::vector<SQLHANDLE>*>>({{SQL_HANDLE_STMT, &statements_},
                                                                {SQL_HANDLE_STMT, &statements_},
                                                                {SQL_HANDLE_DESC, &descriptors_},
                                                                {SQL_HANDLE_DBC, &connections_},
                                                                {SQL_HANDLE_ENV, &environments_}});
    const SQLHANDLE handle = Pick(*handles);
    if (odbc_.FreeHandle(type, handle) == SQL_SUCCESS) {
      set_freed(handle);
      std::erase(*handles, handle);
      ForgetStale(SQL_HANDLE_DESC, descriptors_);  // the implicit ones of a statement
    }
  }
  void Connect() {
    const auto text = Often() ? connection_string_ : std::string("Driver=Sluice");
    auto* const chars = reinterpret_cast<SQLCHAR*>(const_cast<char*>(text.c_str()));
    Output& out = NewOutput();
    SQLSMALLINT length = 0;
    if (Often()) {
      odbc_.DriverConnect(Dbc(), nullptr, chars, SQL_NTS, Chars(out), out.capacity, &length,
                          OneOf<SQLUSMALLINT>({SQL_DRIVER_NOPROMPT, SQL_DRIVER_COMPLETE, 77}));
    } else {
      odbc_.BrowseConnect(Dbc(), chars, SQL_NTS, Chars(out), out.capacity, &length);
    }
    CheckOutput();
  }
  // The connection's statements and descriptors go with it: most calls should be for live ones.
  void Disconnect() {
    if (Below(16) != 0 || odbc_.Disconnect(Dbc()) != SQL_SUCCESS) return;
    ForgetStale(SQL_HANDLE_STMT, statements_);
    ForgetStale(SQL_HANDLE_DESC, descriptors_);
  }
  void ForgetStale(SQLSMALLINT type, std::vector<SQLHANDLE>& handles) {
    const auto is_stale = [&](SQLHANDLE handle) {
      const auto told = odbc_.GetDiagField(type, handle, 0, SQL_DIAG_NUMBER, nullptr, 0, nullptr);
      if (told == SQL_INVALID_HANDLE) set_freed(handle);
      return told == SQL_INVALID_HANDLE;
    };
    std::erase_if(handles, is_stale);
  }

  void FreeAll() {
    for (SQLHSTMT statement : statements_) {
      odbc_.Cancel(statement);
      odbc_.FreeHandle(SQL_HANDLE_STMT, statement);
    }
    for (SQLHDBC connection : connections_) {
      odbc_.Disconnect(connection);
      odbc_.FreeHandle(SQL_HANDLE_DBC, connection);
    }
    for (SQLHENV environment : environments_) odbc_.FreeHandle(SQL_HANDLE_ENV, environment);
  }

  const DriverLibrary& odbc_ = DriverLibrary::Instance();
  FuzzRelay relay_;
  const std::string connection_string_;
  std::vector<SQLHANDLE> environments_;
  std::vector<SQLHANDLE> connections_;
  std::vector<SQLHANDLE> statements_;
  std::vector<SQLHANDLE> descriptors_;
};

}  // namespace sluice::tests
