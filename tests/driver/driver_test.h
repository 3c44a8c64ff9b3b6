#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/driver/driver_library.h"
#include "tests/fakes/fake_relay.h"

namespace sluice::tests {

inline SQLCHAR* Chars(const char* text) {
  return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text));
}
inline SQLPOINTER Number(std::uintptr_t value) { return reinterpret_cast<SQLPOINTER>(value); }

// An application on the driver, and the relay that it talks to.
class DriverTest : public testing::Test {
 protected:
  DriverTest() : DriverTest(fakes::FakeRelay::Options{}) {}
  explicit DriverTest(fakes::FakeRelay::Options options);
  ~DriverTest() override;

  // "Server=…;…", ready for SQLDriverConnect; `more` is appended.
  std::string ConnectionString(std::string_view more = {}) const;
  SQLHDBC Connect(std::string_view more = {});  // a further connection
  SQLHSTMT NewStatement();
  void ExecDirect(const char* sql, SQLRETURN expected = SQL_SUCCESS) {
    ASSERT_EQ(odbc.ExecDirect(stmt, Chars(sql), SQL_NTS), expected) << State();
  }
  // With "UPDATE t", and autocommit off.
  void BeginTransaction();
  SQLHDESC DescriptorOf(SQLINTEGER attribute);
  // Calls until a function that runs asynchronously is done.
  static SQLRETURN Poll(const std::function<SQLRETURN()>& call) {
    SQLRETURN result = SQL_STILL_EXECUTING;
    while ((result = call()) == SQL_STILL_EXECUTING) std::this_thread::yield();
    return result;
  }

  // The first diagnostic record, "HY000" and its message; empty without one.
  std::string State(SQLSMALLINT type, SQLHANDLE handle) const;
  std::string State() const { return State(SQL_HANDLE_STMT, stmt); }
  std::string Message(SQLSMALLINT type, SQLHANDLE handle) const;

  const DriverLibrary& odbc = DriverLibrary::Instance();
  fakes::FakeRelay relay;
  SQLHENV env = SQL_NULL_HENV;
  SQLHDBC dbc = SQL_NULL_HDBC;
  SQLHSTMT stmt = SQL_NULL_HSTMT;
};

}  // namespace sluice::tests
