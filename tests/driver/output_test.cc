// Every function that returns a string, over buffers of no octets, one, just too few, just enough:
// what does not fit is cut and terminated, the whole length is told, and nothing is written behind.

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "tests/driver/driver_test.h"

namespace sluice::tests {
namespace {

constexpr unsigned char kGuard = 0xA5;

struct StringCall {
  const char* name;
  bool wide;
  bool in_bytes;  // capacity and length; else in characters
  // The length that the call told, or -1 where it did not.
  std::function<SQLRETURN(SQLPOINTER buffer, SQLSMALLINT capacity, SQLLEN* length)> call;
};

class OutputTest : public DriverTest {
 protected:
  OutputTest() {
    relay.OnExecute("SELECT n", fakes::NumberedRows(1, 1));
    ExecDirect("SELECT n");
    ird = DescriptorOf(SQL_ATTR_IMP_ROW_DESC);
    // A handle with a record, of which no other call here disposes.
    EXPECT_EQ(odbc.AllocHandle(SQL_HANDLE_DBC, env, &failed), SQL_SUCCESS);
    EXPECT_EQ(odbc.SetConnectAttr(failed, 31000, Number(1), 0), SQL_ERROR);
  }

  ~OutputTest() override { odbc.FreeHandle(SQL_HANDLE_DBC, failed); }

  std::vector<StringCall> Calls();
  void Check(const StringCall& call);
  void CheckCapacity(const StringCall& call, SQLLEN whole, SQLSMALLINT capacity);

  SQLHDESC ird = SQL_NULL_HDESC;
  SQLHDBC failed = SQL_NULL_HDBC;
};

template <typename Length>
SQLRETURN Told(SQLRETURN result, Length given, SQLLEN* length) {
  *length = given;
  return result;
}

std::vector<StringCall> OutputTest::Calls() {
  const auto c = [](SQLPOINTER buffer) { return static_cast<SQLCHAR*>(buffer); };
  const auto w = [](SQLPOINTER buffer) { return static_cast<SQLWCHAR*>(buffer); };
  using P = SQLPOINTER;
  using S = SQLSMALLINT;
  using L = SQLLEN*;
  return {
      // clang-format off
      {"GetInfo", false, true, [this](P b, S n, L l) { S t = -1; const auto r = odbc.GetInfo(dbc, SQL_DBMS_NAME, b, n, &t); return Told(r, t, l); }},
      {"GetInfoW", true, true, [this](P b, S n, L l) { S t = -1; const auto r = odbc.GetInfoW(dbc, SQL_DBMS_NAME, b, n, &t); return Told(r, t, l); }},
      {"GetConnectAttr", false, true, [this](P b, S n, L l) { SQLINTEGER t = -1; const auto r = odbc.GetConnectAttr(dbc, SQL_ATTR_CURRENT_CATALOG, b, n, &t); return Told(r, t, l); }},
      {"GetConnectAttrW", true, true, [this](P b, S n, L l) { SQLINTEGER t = -1; const auto r = odbc.GetConnectAttrW(dbc, SQL_ATTR_CURRENT_CATALOG, b, n, &t); return Told(r, t, l); }},
      {"DescribeCol", false, false, [this, c](P b, S n, L l) { S t = -1; const auto r = odbc.DescribeCol(stmt, 2, c(b), n, &t, nullptr, nullptr, nullptr, nullptr); return Told(r, t, l); }},
      {"DescribeColW", true, false, [this, w](P b, S n, L l) { S t = -1; const auto r = odbc.DescribeColW(stmt, 2, w(b), n, &t, nullptr, nullptr, nullptr, nullptr); return Told(r, t, l); }},
      {"ColAttribute", false, true, [this](P b, S n, L l) { S t = -1; const auto r = odbc.ColAttribute(stmt, 2, SQL_DESC_LABEL, b, n, &t, nullptr); return Told(r, t, l); }},
      {"ColAttributeW", true, true, [this](P b, S n, L l) { S t = -1; const auto r = odbc.ColAttributeW(stmt, 2, SQL_DESC_LABEL, b, n, &t, nullptr); return Told(r, t, l); }},
      {"GetCursorName", false, false, [this, c](P b, S n, L l) { S t = -1; const auto r = odbc.GetCursorName(stmt, c(b), n, &t); return Told(r, t, l); }},
      {"GetCursorNameW", true, false, [this, w](P b, S n, L l) { S t = -1; const auto r = odbc.GetCursorNameW(stmt, w(b), n, &t); return Told(r, t, l); }},
      {"GetDescField", false, true, [this](P b, S n, L l) { SQLINTEGER t = -1; const auto r = odbc.GetDescField(ird, 2, SQL_DESC_NAME, b, n, &t); return Told(r, t, l); }},
      {"GetDescFieldW", true, true, [this](P b, S n, L l) { SQLINTEGER t = -1; const auto r = odbc.GetDescFieldW(ird, 2, SQL_DESC_NAME, b, n, &t); return Told(r, t, l); }},
      {"GetDescRec", false, false, [this, c](P b, S n, L l) { S t = -1; const auto r = odbc.GetDescRec(ird, 2, c(b), n, &t, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr); return Told(r, t, l); }},
      {"GetDiagRec", false, false, [this, c](P b, S n, L l) { S t = -1; const auto r = odbc.GetDiagRec(SQL_HANDLE_DBC, failed, 1, nullptr, nullptr, c(b), n, &t); return Told(r, t, l); }},
      {"GetDiagRecW", true, false, [this, w](P b, S n, L l) { S t = -1; const auto r = odbc.GetDiagRecW(SQL_HANDLE_DBC, failed, 1, nullptr, nullptr, w(b), n, &t); return Told(r, t, l); }},
      {"GetDiagField", false, true, [this](P b, S n, L l) { S t = -1; const auto r = odbc.GetDiagField(SQL_HANDLE_DBC, failed, 1, SQL_DIAG_MESSAGE_TEXT, b, n, &t); return Told(r, t, l); }},
      {"GetDiagFieldW", true, true, [this](P b, S n, L l) { S t = -1; const auto r = odbc.GetDiagFieldW(SQL_HANDLE_DBC, failed, 1, SQL_DIAG_SQLSTATE, b, n, &t); return Told(r, t, l); }},
      // clang-format on
  };
}

void OutputTest::CheckCapacity(const StringCall& call, SQLLEN whole, SQLSMALLINT capacity) {
  const int unit = call.wide ? sizeof(SQLWCHAR) : 1;
  std::array<unsigned char, 1024> buffer;
  buffer.fill(kGuard);
  SQLLEN length = -1;
  const SQLRETURN result = call.call(buffer.data(), capacity, &length);
  const int octets = call.in_bytes ? capacity / unit * unit : capacity * unit;
  EXPECT_EQ(length, whole) << "the whole length, cut or not";
  const SQLLEN whole_octets = call.in_bytes ? whole : whole * unit;
  // SQLGetDiagRec without room is asked for the length alone.
  const bool fits = whole_octets + unit <= octets ||
                    (capacity == 0 && std::string_view(call.name).starts_with("GetDiagRec"));
  EXPECT_EQ(result, fits ? SQL_SUCCESS : SQL_SUCCESS_WITH_INFO);
  for (auto at = static_cast<std::size_t>(octets); at < buffer.size(); ++at) {
    ASSERT_EQ(buffer[at], kGuard) << "octet " << at;
  }
  if (octets < unit) return;
  const SQLLEN end = std::min<SQLLEN>(whole_octets, octets - unit);
  for (int octet = 0; octet < unit; ++octet) {
    EXPECT_EQ(buffer[static_cast<std::size_t>(end + octet)], 0) << "the terminator";
  }
}

void OutputTest::Check(const StringCall& call) {
  std::array<unsigned char, 1024> buffer;
  SQLLEN whole = -1;
  ASSERT_EQ(call.call(buffer.data(), 512, &whole), SQL_SUCCESS);
  ASSERT_GT(whole, 0);
  SQLLEN length = -1;
  EXPECT_TRUE(SQL_SUCCEEDED(call.call(nullptr, 0, &length)));
  EXPECT_EQ(length, whole) << "asked without a buffer";
  const auto n = static_cast<SQLSMALLINT>(whole);
  const auto unit = static_cast<SQLSMALLINT>(call.wide && call.in_bytes ? sizeof(SQLWCHAR) : 1);
  for (const int capacity : {0, 1, 2, 3, n - 1, int{n}, n + 1, n + unit, n + 2 * unit}) {
    SCOPED_TRACE("capacity " + std::to_string(capacity));
    CheckCapacity(call, whole, static_cast<SQLSMALLINT>(capacity));
  }
  buffer.fill(kGuard);
  EXPECT_EQ(call.call(buffer.data(), -1, &length), SQL_ERROR) << "a negative capacity";
  EXPECT_EQ(buffer.front(), kGuard);
}

TEST_F(OutputTest, StringsAreCutTerminatedAndMeasured) {
  for (const StringCall& call : Calls()) {
    SCOPED_TRACE(call.name);
    Check(call);
  }
}

}  // namespace
}  // namespace sluice::tests
