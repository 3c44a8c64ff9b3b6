// Transactions that end in other ways than through ODBC, and connections that end beneath a
// session. Two sessions share one backend connection.

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

class DisturbedTransactionTest : public testing::TestWithParam<Database> {
 protected:
  const char* Sql(const PerDatabase& sql) const { return sql.For(GetParam()); }
  std::string Pool() const { return ConnectionString(GetParam(), RelaySize::kOne); }

  const std::string table = UniqueName("disturbed");
};

// BEGIN as text, and the end through ODBC.
TEST_P(DisturbedTransactionTest, ATransactionThatTextHasBegunEndsByEndTran) {
  Connection connection(Pool());
  Connection other(Pool());
  connection.Run("CREATE TABLE " + table + " (n INT)");
  for (const auto completion : {SQL_ROLLBACK, SQL_COMMIT}) {
    connection.Run("BEGIN");
    connection.Run("INSERT INTO " + table + " VALUES (1)");
    EXPECT_EQ(connection.End(static_cast<SQLSMALLINT>(completion)), SQL_SUCCESS);
    EXPECT_EQ(other.Value("SELECT COUNT(*) FROM " + table), completion == SQL_COMMIT ? "1" : "0");
  }
  connection.Run("DROP TABLE " + table);
}

// COMMIT as text with autocommit off: the next statement begins another transaction.
TEST_P(DisturbedTransactionTest, ACommitAsTextEndsTheTransactionOfAutocommitOff) {
  Connection connection(Pool());
  Connection other(Pool());
  connection.Run("CREATE TABLE " + table + " (n INT)");
  connection.SetAutocommit(false);
  connection.Run("INSERT INTO " + table + " VALUES (1)");
  connection.Run("COMMIT");
  EXPECT_EQ(other.Value("SELECT COUNT(*) FROM " + table), "1");
  connection.Run("INSERT INTO " + table + " VALUES (2)");
  connection.Rollback();
  EXPECT_EQ(other.Value("SELECT COUNT(*) FROM " + table), "1");
  connection.SetAutocommit(true);
  connection.Run("DROP TABLE " + table);
}

TEST_P(DisturbedTransactionTest, AProcedureMayCommit) {
  Connection connection(Pool());
  Connection other(Pool());
  connection.Run("CREATE TABLE " + table + " (n INT)");
  const std::string insert = "INSERT INTO " + table + " VALUES ";
  connection.Run("CREATE PROCEDURE " + table + "_p() " +
                 Sql({"LANGUAGE plpgsql AS $$ BEGIN ", "BEGIN START TRANSACTION; "}) + insert +
                 "(1); COMMIT; " + Sql({"", "START TRANSACTION; "}) + insert +
                 "(2); ROLLBACK; END" + Sql({" $$", ""}));
  connection.Run("CALL " + table + "_p()");
  EXPECT_EQ(other.Value("SELECT SUM(n) FROM " + table), "1");
  connection.Run("DROP PROCEDURE " + table + "_p");
  connection.Run("DROP TABLE " + table);
}

// The application ends its own backend connection: it gets an error, once, and goes on.
TEST_P(DisturbedTransactionTest, ASessionMayEndItsOwnConnection) {
  const char* ends = Sql({"SELECT pg_terminate_backend(pg_backend_pid())", "KILL CONNECTION_ID()"});
  Connection connection(Pool());
  Connection other(Pool());
  connection.Run("CREATE TABLE " + table + " (n INT)");
  Statement killed(connection);
  EXPECT_EQ(killed.Execute(ends), SQL_ERROR);
  EXPECT_EQ(connection.Value("SELECT 1"), "1");
  connection.SetAutocommit(false);
  connection.Run("INSERT INTO " + table + " VALUES (1)");
  EXPECT_EQ(killed.Execute(ends), SQL_ERROR);
  EXPECT_EQ(connection.End(SQL_COMMIT), SQL_ERROR);
  EXPECT_EQ(connection.state(), "25S03") << connection.diagnostics();
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM " + table), "0");
  connection.Commit();
  EXPECT_EQ(other.Value("SELECT 1"), "1");
  connection.SetAutocommit(true);
  connection.Run("DROP TABLE " + table);
}

// The server ends a connection that is idle in the pool: nobody notices, and settings are replayed.
TEST_P(DisturbedTransactionTest, AnIdleConnectionMayBeEnded) {
  Connection connection(Pool());
  Connection other(Pool());
  Connection killer(ConnectionString(GetParam(), RelaySize::kFive));
  connection.Run(Sql({"SET app.kept = 'seven'", "SET @kept = 'seven'"}));
  const std::string id =
      connection.Value(Sql({"SELECT pg_backend_pid()", "SELECT CONNECTION_ID()"}));
  // The pool has reset it: what is cut off then may have been handed on already.
  const std::string idles =
      Sql({"SELECT count(*) FROM pg_stat_activity WHERE state = 'idle' AND"
           " state_change < now() - interval '300 ms' AND pid = ",
           "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE COMMAND = 'Sleep' AND"
           " TIME_MS > 300 AND ID = "}) +
      id;
  while (killer.Value(idles) != "1") {
  }
  killer.Run(Sql({"SELECT pg_terminate_backend(", "KILL CONNECTION "}) + id + Sql({")", ""}));
  const std::string lives =
      Sql({"SELECT count(*) FROM pg_stat_activity WHERE pid = ",
           "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = "}) +
      id;
  while (killer.Value(lives) == "1") {
  }
  EXPECT_EQ(connection.Value(Sql({"SELECT current_setting('app.kept')", "SELECT @kept"})), "seven");
  EXPECT_EQ(other.Value(Sql({"SELECT coalesce(current_setting('app.kept', true), '') = ''",
                             "SELECT @kept IS NULL"})),
            "1");
}

INSTANTIATE_FOR_DATABASES(DisturbedTransactionTest);

}  // namespace
}  // namespace sluice::tests
