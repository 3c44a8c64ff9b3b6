// What must not be noticed of five backend connections shared by many: transactions, settings,
// temporary tables, last insert ids, backends that die.

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::HasSubstr;

constexpr PerDatabase kBackendId{"SELECT pg_backend_pid()", "SELECT CONNECTION_ID()"};

class PoolingTest : public testing::TestWithParam<Database> {
 protected:
  bool is_postgres() const { return GetParam() == Database::kPostgres; }
  const char* Sql(const PerDatabase& sql) const { return sql.For(GetParam()); }
  static std::string PoolOfFive() { return ConnectionString(GetParam(), RelaySize::kFive); }

  // Other clients use every connection of the pool at once, but the one that a pin holds.
  void StirThePool(int others_free) {
    std::vector<std::unique_ptr<Connection>> others;
    for (int i = 0; i < others_free; ++i)
      others.push_back(std::make_unique<Connection>(PoolOfFive()));
    for (auto& other : others) {
      other->SetAutocommit(false);
      other->Value("SELECT 1");
    }
    for (auto& other : others) other->Rollback();
  }

  // Ends the backend that the connection used last, or holds. The killer takes its own before it
  // asks, so that it is another one.
  void KillBackend() {
    Connection killer(PoolOfFive());
    killer.SetAutocommit(false);
    killer.Value("SELECT 1");
    const std::string id = connection.Value(Sql(kBackendId));
    killer.Run(Sql({"SELECT pg_terminate_backend(", "KILL CONNECTION "}) + id + Sql({")", ""}));
    killer.Rollback();
  }

  Connection connection{PoolOfFive()};
};

void RunThreads(int count, const std::function<void(int)>& body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(body, i);
  for (std::thread& thread : threads) thread.join();
}

TEST_P(PoolingTest, FortyClientsShareFiveConnections) {
  constexpr int kClients = 40;
  constexpr int kTransactions = 10;
  const std::string table = UniqueName("pooled");
  connection.Run("CREATE TABLE " + table + " (id INT PRIMARY KEY, n INT)");
  connection.Run("INSERT INTO " + table + " VALUES (1, 0)");
  std::vector<std::unique_ptr<Connection>> clients;
  for (int i = 0; i < kClients; ++i) clients.push_back(std::make_unique<Connection>(PoolOfFive()));
  RunThreads(kClients, [&](int client) {
    Connection& own = *clients[static_cast<std::size_t>(client)];
    own.SetAutocommit(false);
    for (int i = 0; i < kTransactions; ++i) {
      own.Run("UPDATE " + table + " SET n = n + 1 WHERE id = 1");
      own.Value("SELECT n FROM " + table);
      own.Commit();
    }
  });
  EXPECT_EQ(connection.Value("SELECT n FROM " + table), std::to_string(kClients * kTransactions));
  connection.Run("DROP TABLE " + table);
}

TEST_P(PoolingTest, ATemporaryTableStaysForItsConnection) {
  Statement create(connection);
  EXPECT_EQ(create.Execute("CREATE TEMPORARY TABLE scratch (id INT)"), SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(create.state(), "01000") << create.diagnostics();
  Statement insert(connection);
  EXPECT_EQ(insert.Execute("INSERT INTO scratch VALUES (1), (2)"), SQL_SUCCESS)
      << "told once only: " << insert.diagnostics();
  StirThePool(4);
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM scratch"), "2");
  Connection other(PoolOfFive());
  Statement absent(other);
  EXPECT_EQ(absent.Execute("SELECT * FROM scratch"), SQL_ERROR);
}

// The pool's own wait_timeout is longer: what the application has asked for counts.
TEST_P(PoolingTest, WaitForABackendEndsWithTheTimeoutOfTheRequest) {
  std::vector<std::unique_ptr<Connection>> others;
  for (int i = 0; i < 5; ++i) {
    others.push_back(std::make_unique<Connection>(PoolOfFive()));
    others.back()->SetAutocommit(false);
    others.back()->Value("SELECT 1");
  }
  Statement waiting(connection);
  ASSERT_EQ(waiting.Set(SQL_ATTR_QUERY_TIMEOUT, 1), SQL_SUCCESS);
  EXPECT_EQ(waiting.Execute("SELECT 1"), SQL_ERROR);
  EXPECT_EQ(waiting.state(), "HYT00") << waiting.diagnostics();
  ASSERT_EQ(waiting.Set(SQL_ATTR_QUERY_TIMEOUT, 0), SQL_SUCCESS);
  ASSERT_EQ(connection.Set(SQL_ATTR_CONNECTION_TIMEOUT, 1), SQL_SUCCESS);
  EXPECT_EQ(waiting.Execute("SELECT 1"), SQL_ERROR);
  EXPECT_EQ(waiting.state(), "HYT01") << waiting.diagnostics();
  for (auto& other : others) other->Rollback();
  waiting.Run("SELECT 1");
}

// Without a pin: ten sessions with a value each on five backend connections.
TEST_P(PoolingTest, SettingsFollowTheirSession) {
  constexpr int kSessions = 10;
  const std::string set = Sql({"SET extra_float_digits = -", "SET SESSION lock_wait_timeout = 1"});
  const char* query = Sql({"SHOW extra_float_digits", "SELECT @@lock_wait_timeout"});
  const std::string prefix = Sql({"-", "1"});
  const std::string by_default = connection.Value(query);
  std::vector<std::unique_ptr<Connection>> sessions;
  for (int i = 0; i < kSessions; ++i) {
    sessions.push_back(std::make_unique<Connection>(PoolOfFive()));
    Statement statement(*sessions.back());
    EXPECT_EQ(statement.Execute(set + std::to_string(i)), SQL_SUCCESS) << statement.diagnostics();
  }
  for (int round = 0; round < 3; ++round) {
    StirThePool(5);
    RunThreads(kSessions, [&](int i) {
      Connection& own = *sessions[static_cast<std::size_t>(i)];
      const std::string value = own.Value(query);
      EXPECT_EQ(value, prefix == "-" && i == 0 ? "0" : prefix + std::to_string(i));
    });
    EXPECT_EQ(connection.Value(query), by_default);
  }
  sessions[3]->Run(Sql({"RESET extra_float_digits", "SET lock_wait_timeout = DEFAULT"}));
  EXPECT_EQ(sessions[3]->Value(query), by_default);
}

// The same text means another table: what the relay and the server remember of it must not mix.
TEST(PostgresPoolingTest, EverySessionHasItsSearchPath) {
  const auto pool = ConnectionString(Database::kPostgres, RelaySize::kFive);
  Connection owner(pool);
  const std::string schema = UniqueName("path");
  owner.Run("CREATE SCHEMA " + schema);
  owner.Run("CREATE TABLE " + schema + ".t (c INT)");
  owner.Run("INSERT INTO " + schema + ".t VALUES (7)");
  owner.Run("CREATE SCHEMA " + schema + "_2");
  owner.Run("CREATE TABLE " + schema + "_2.t (c VARCHAR(20))");
  owner.Run("INSERT INTO " + schema + "_2.t VALUES ('seven')");
  Connection first(pool);
  Connection second(pool);
  first.Run("SET search_path TO " + schema);
  second.Run("SET search_path TO " + schema + "_2, public");
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(first.Value("SELECT c FROM t"), "7");
    EXPECT_EQ(second.Value("SELECT c FROM t"), "seven");
  }
  for (const char* suffix : {"", "_2"}) owner.Run("DROP SCHEMA " + schema + suffix + " CASCADE");
}

TEST(PostgresPoolingTest, ARollbackUndoesASetting) {
  Connection connection(ConnectionString(Database::kPostgres, RelaySize::kFive));
  const char* query = "SHOW extra_float_digits";
  connection.Run("SET extra_float_digits = -1");
  connection.SetAutocommit(false);
  connection.Run("SET extra_float_digits = -2");
  EXPECT_EQ(connection.Value(query), "-2");
  connection.Rollback();
  EXPECT_EQ(connection.Value(query), "-1");
  connection.Run("SET extra_float_digits = -3");
  connection.Commit();
  EXPECT_EQ(connection.Value(query), "-3");
  connection.Commit();
  connection.SetAutocommit(true);
  connection.Run("BEGIN");
  connection.Run("SET extra_float_digits = -4");
  connection.Run("ROLLBACK");
  EXPECT_EQ(connection.Value(query), "-3");
}

TEST(MysqlPoolingTest, ManyClientsReadTheirOwnLastInsertId) {
  const auto pool = ConnectionString(Database::kMysql, RelaySize::kFive);
  Connection connection(pool);
  const std::string table = UniqueName("ids");
  connection.Run("CREATE TABLE " + table + " (id INT AUTO_INCREMENT PRIMARY KEY, v INT)");
  RunThreads(20, [&](int client) {
    Connection own(pool);
    for (int i = 0; i < 10; ++i) {
      const std::string value = std::to_string(client * 100 + i);
      own.Run("INSERT INTO " + table + " (v) VALUES (" + value + ")");
      const std::string id = own.Value("SELECT LAST_INSERT_ID()");
      EXPECT_EQ(own.Value("SELECT v FROM " + table + " WHERE id = " + id), value);
    }
  });
  connection.Run("DROP TABLE " + table);
}

TEST(PostgresPoolingTest, ClientsReadTheirOwnLastvalInTransactions) {
  const auto pool = ConnectionString(Database::kPostgres, RelaySize::kFive);
  Connection connection(pool);
  const std::string table = UniqueName("ids");
  connection.Run("CREATE TABLE " + table + " (id SERIAL PRIMARY KEY, v INT)");
  RunThreads(20, [&](int client) {
    Connection own(pool);
    own.SetAutocommit(false);
    for (int i = 0; i < 5; ++i) {
      const std::string value = std::to_string(client * 100 + i);
      own.Run("INSERT INTO " + table + " (v) VALUES (" + value + ")");
      const std::string id = own.Value("SELECT lastval()");
      EXPECT_EQ(own.Value("SELECT v FROM " + table + " WHERE id = " + id), value);
      own.Commit();
    }
  });
  connection.Run("DROP TABLE " + table);
}

// Two connections are free: the session's next statement may run on the other one.
TEST(PostgresPoolingTest, ALastvalIsFoundWhereItWasDrawn) {
  const std::string table = UniqueName("drawn");
  const std::string pool = ConnectionString(Database::kPostgres, RelaySize::kFive) +
                           ";ApplicationName=" + UniqueName("app");
  std::vector<std::unique_ptr<Connection>> holders;
  for (int i = 0; i < 3; ++i) {
    holders.push_back(std::make_unique<Connection>(pool));
    holders.back()->SetAutocommit(false);
    holders.back()->Run("SELECT 1");
  }
  Connection connection(pool);
  Connection other(pool);
  connection.Run("CREATE TABLE " + table + " (id SERIAL, v INT)");
  // On the one connection `other` draws, and leaves it as the one that was used last.
  const auto change = [&] {
    other.SetAutocommit(false);
    other.Run("INSERT INTO " + table + " (v) VALUES (0)");
    return [&] { other.Commit(); };
  };
  const auto end = change();
  connection.Run("INSERT INTO " + table + " (v) VALUES (1)");  // on the other one
  end();
  EXPECT_EQ(connection.Value("SELECT lastval()"), "2");  // first use
  const auto end_again = change();
  connection.Run("INSERT INTO " + table + " (v) VALUES (2)");
  end_again();
  other.Run("INSERT INTO " + table + " (v) VALUES (3)");
  EXPECT_EQ(connection.Value("SELECT lastval()"), "4");
  EXPECT_EQ(other.Value("SELECT 1"), "1");
  other.Commit();
  connection.Run("DROP TABLE " + table);
}

TEST_P(PoolingTest, AKilledBackendOutsideATransactionHurtsOneStatementAtMost) {
  KillBackend();
  Statement statement(connection);
  if (!SQL_SUCCEEDED(statement.Execute("SELECT 1"))) {
    EXPECT_NE(statement.state(), "");
  }
  statement.Close();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(connection.Value("SELECT 2"), "2");
}

TEST_P(PoolingTest, AKilledBackendInATransactionIsToldUntilRollback) {
  const std::string table = UniqueName("killed");
  connection.Run("CREATE TABLE " + table + " (id INT)");
  connection.SetAutocommit(false);
  connection.Run("INSERT INTO " + table + " VALUES (1)");
  KillBackend();
  Statement statement(connection);
  EXPECT_EQ(statement.Execute("INSERT INTO " + table + " VALUES (2)"), SQL_ERROR);
  const std::string first = statement.state();
  EXPECT_NE(first, "25S03") << statement.diagnostics();
  EXPECT_EQ(statement.Execute("INSERT INTO " + table + " VALUES (3)"), SQL_ERROR);
  EXPECT_EQ(statement.state(), "25S03") << statement.diagnostics();
  EXPECT_EQ(connection.End(SQL_COMMIT), SQL_ERROR);
  EXPECT_EQ(connection.state(), "25S03") << connection.diagnostics();
  EXPECT_EQ(connection.End(SQL_ROLLBACK), SQL_SUCCESS) << connection.diagnostics();
  connection.Run("INSERT INTO " + table + " VALUES (4)");
  connection.Commit();
  connection.SetAutocommit(true);
  EXPECT_EQ(connection.Value("SELECT id FROM " + table), "4");
  connection.Run("DROP TABLE " + table);
}

// What the pin kept is gone with its backend; the connection itself goes on.
TEST_P(PoolingTest, AKilledBackendEndsItsPin) {
  Statement create(connection);
  create.Run("CREATE TEMPORARY TABLE scratch_killed (id INT)");
  KillBackend();
  Statement statement(connection);
  EXPECT_EQ(statement.Execute("SELECT * FROM scratch_killed"), SQL_ERROR);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(connection.Value("SELECT 2"), "2");
}

TEST_P(PoolingTest, AConnectionThatEndsInATransactionLeavesNothing) {
  const std::string table = UniqueName("left");
  connection.Run("CREATE TABLE " + table + " (id INT)");
  for (int i = 0; i < 10; ++i) {
    Connection other(PoolOfFive());
    other.SetAutocommit(false);
    other.Run("INSERT INTO " + table + " VALUES (1)");
    other.Rollback();
  }
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM " + table), "0");
  connection.Run("DROP TABLE " + table);
}

TEST_P(PoolingTest, AnAdvisoryLockIsHeldByItsConnection) {
  const char* lock = Sql({"SELECT pg_advisory_lock(4711)", "SELECT GET_LOCK('sluice', 0)"});
  const char* attempt = Sql({"SELECT pg_try_advisory_lock(4711)", "SELECT GET_LOCK('sluice', 0)"});
  connection.Value(lock);
  StirThePool(4);
  Connection other(PoolOfFive());
  EXPECT_EQ(other.Value(attempt), "0");
  connection.Value(Sql({"SELECT pg_advisory_unlock(4711)", "SELECT RELEASE_LOCK('sluice')"}));
  EXPECT_EQ(other.Value(attempt), "1");
}

TEST(MysqlPoolingTest, UserVariablesStay) {
  Connection connection(ConnectionString(Database::kMysql, RelaySize::kFive));
  connection.Run("SET @answer = 42");
  for (int i = 0; i < 10; ++i) {
    Connection other(ConnectionString(Database::kMysql, RelaySize::kFive));
    EXPECT_EQ(other.Value("SELECT @answer"), "NULL");
    EXPECT_EQ(connection.Value("SELECT @answer"), "42");
  }
}

INSTANTIATE_TEST_SUITE_P(, PoolingTest, testing::Values(Database::kPostgres, Database::kMysql),
                         DatabaseName);

}  // namespace
}  // namespace sluice::tests
