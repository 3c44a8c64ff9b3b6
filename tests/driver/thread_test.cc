// Handles used by many threads at once: under the address and the thread sanitizer, too.

#include <atomic>
#include <thread>
#include <vector>

#include "tests/driver/driver_test.h"

namespace sluice::tests {
namespace {

class ThreadTest : public DriverTest {
 protected:
  ThreadTest() { relay.OnExecute("SELECT n", fakes::NumberedRows(20, 3)); }

  template <typename Body>
  void InThreads(int count, const Body& body) {
    std::vector<std::thread> threads;
    for (int number = 0; number < count; ++number) threads.emplace_back([&] { body(); });
    for (auto& thread : threads) thread.join();
  }

  static constexpr int kThreads = 6;
  static constexpr int kRounds = 40;
};

TEST_F(ThreadTest, StatementsOfOneConnectionRunAtOnce) {
  std::atomic<int> rows = 0;
  InThreads(kThreads, [&] {
    SQLHSTMT own = SQL_NULL_HSTMT;
    ASSERT_EQ(odbc.AllocHandle(SQL_HANDLE_STMT, dbc, &own), SQL_SUCCESS);
    for (int round = 0; round < kRounds; ++round) {
      ASSERT_EQ(odbc.ExecDirect(own, Chars("SELECT n"), SQL_NTS), SQL_SUCCESS);
      while (odbc.Fetch(own) == SQL_SUCCESS) ++rows;
      ASSERT_EQ(odbc.CloseCursor(own), SQL_SUCCESS);
    }
    ASSERT_EQ(odbc.FreeHandle(SQL_HANDLE_STMT, own), SQL_SUCCESS);
  });
  EXPECT_EQ(rows, kThreads * kRounds * 20);
}

// What one thread finds depends on the others; nothing breaks.
TEST_F(ThreadTest, OneStatementIsUsedByAll) {
  InThreads(kThreads, [&] {
    SQLLEN value = 0;
    SQLCHAR state[6];
    for (int round = 0; round < kRounds; ++round) {
      odbc.ExecDirect(stmt, Chars("SELECT n"), SQL_NTS);
      odbc.Cancel(stmt);
      odbc.Fetch(stmt);
      odbc.GetData(stmt, 1, SQL_C_SBIGINT, &value, 0, nullptr);
      odbc.GetDiagRec(SQL_HANDLE_STMT, stmt, 1, state, nullptr, nullptr, 0, nullptr);
      odbc.FreeStmt(stmt, SQL_CLOSE);
    }
  });
  ExecDirect("SELECT n");
}

// Statements of one connection in threads of their own; others cancel them at any moment, end
// transactions and ask for information. A cancelled call ends with HY008, and nothing else fails.
TEST_F(ThreadTest, StatementsRunWhileOthersCancelThem) {
  std::vector<SQLHSTMT> statements;
  for (int i = 0; i < kThreads; ++i) statements.push_back(NewStatement());
  std::atomic<int> running = kThreads;
  std::atomic<int> next = 0;
  std::thread canceller([&] {
    while (running > 0) {
      for (SQLHSTMT statement : statements) {
        EXPECT_EQ(odbc.CancelHandle(SQL_HANDLE_STMT, statement), SQL_SUCCESS);
      }
      EXPECT_EQ(odbc.CancelHandle(SQL_HANDLE_DBC, dbc), SQL_SUCCESS);
    }
  });
  std::thread companion([&] {
    while (running > 0) {
      SQLUINTEGER dead = SQL_CD_TRUE;
      EXPECT_EQ(odbc.GetConnectAttr(dbc, SQL_ATTR_CONNECTION_DEAD, &dead, 0, nullptr), SQL_SUCCESS);
      EXPECT_EQ(dead, SQL_CD_FALSE);
      EXPECT_EQ(odbc.EndTran(SQL_HANDLE_DBC, dbc, SQL_COMMIT), SQL_SUCCESS);
    }
  });
  InThreads(kThreads, [&] {
    SQLHSTMT own = statements[static_cast<std::size_t>(next++)];
    for (int round = 0; round < kRounds; ++round) {
      const SQLRETURN executed = odbc.ExecDirect(own, Chars("SELECT n"), SQL_NTS);
      if (executed == SQL_SUCCESS) {
        while (odbc.Fetch(own) == SQL_SUCCESS) continue;
      } else {
        // A cancel that comes when the call has ended clears the records.
        EXPECT_THAT(State(SQL_HANDLE_STMT, own), testing::AnyOf("HY008", ""));
      }
      EXPECT_EQ(odbc.FreeStmt(own, SQL_CLOSE), SQL_SUCCESS);
    }
    --running;
  });
  canceller.join();
  companion.join();
  ExecDirect("SELECT n");
}

TEST_F(ThreadTest, StatementIsFreedWhileOthersUseIt) {
  for (int round = 0; round < kRounds; ++round) {
    SQLHSTMT shared = NewStatement();
    std::atomic<int> freed = 0;
    InThreads(3, [&] {
      odbc.ExecDirect(shared, Chars("SELECT n"), SQL_NTS);
      odbc.Fetch(shared);
      if (odbc.FreeHandle(SQL_HANDLE_STMT, shared) == SQL_SUCCESS) ++freed;
      EXPECT_EQ(odbc.Fetch(shared), SQL_INVALID_HANDLE);
    });
    EXPECT_EQ(freed, 1);
  }
}

TEST_F(ThreadTest, ConnectionsComeAndGoInManyThreads) {
  InThreads(kThreads, [&] {
    for (int round = 0; round < 10; ++round) {
      SQLHDBC own = Connect();
      SQLHSTMT statement = SQL_NULL_HSTMT;
      ASSERT_EQ(odbc.AllocHandle(SQL_HANDLE_STMT, own, &statement), SQL_SUCCESS);
      EXPECT_EQ(odbc.ExecDirect(statement, Chars("SELECT n"), SQL_NTS), SQL_SUCCESS);
      EXPECT_EQ(odbc.EndTran(SQL_HANDLE_ENV, env, SQL_COMMIT), SQL_SUCCESS);
      EXPECT_EQ(odbc.Disconnect(own), SQL_SUCCESS);
      EXPECT_EQ(odbc.FreeHandle(SQL_HANDLE_DBC, own), SQL_SUCCESS);
    }
  });
}

}  // namespace
}  // namespace sluice::tests
