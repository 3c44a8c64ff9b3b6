// What applications do to their sessions in ways that poolers are known to get wrong: see
// state_case.h. Further rows are in postgres_state_test.cc and mysql_state_test.cc.

#include <gmock/gmock.h>

#include "tests/integration/state_case.h"

namespace sluice::tests {

void DisturbanceTest::RunAll(Connection& connection, const std::vector<const char*>& texts) {
  for (const char* text : texts) {
    Statement statement(connection);
    statement.Execute(text);
    while (SQL_SUCCEEDED(SQLMoreResults(statement.handle()))) {
    }
  }
}

namespace {

using testing::HasSubstr;

TEST_P(DisturbanceTest, EachSessionSeesItsOwn) {
  const StateCase& state = GetParam();
  const std::string fresh = other.Value(state.probe);
  const std::string own = state.own == nullptr ? fresh : state.own;
  RunAll(connection, state.sets);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(connection.Value(state.probe), own);
    if (PinnedBy(connection).empty()) {
      EXPECT_EQ(other.Value(state.probe), fresh);
    }
  }
  RunAll(connection, state.ends);
  if (state.for_good) return;  // the next test is of that
  EXPECT_EQ(PinnedBy(connection), "");
  EXPECT_EQ(other.Value(state.probe), fresh);
  EXPECT_EQ(connection.Value(state.probe), fresh);
}

// Whatever the session leaves when it goes.
TEST_P(DisturbanceTest, NothingIsLeftForOthers) {
  const std::string fresh = other.Value(GetParam().probe);
  RunAll(connection, GetParam().sets);
  connection.Disconnect();
  EXPECT_EQ(other.Value(GetParam().probe), fresh);
}

constexpr auto kPg = Database::kPostgres;
constexpr auto kMy = Database::kMysql;
constexpr const char* kWorkMem = "SELECT current_setting('work_mem')";
constexpr const char* kPath = "SELECT current_setting('search_path')";
constexpr const char* kLevel =
    "SELECT concat_ws(' ', current_setting('transaction_isolation'), "
    "current_setting('transaction_read_only'))";
constexpr const char* kUser = "SELECT current_user::text";
constexpr const char* kLocks =
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711";

INSTANTIATE_TEST_SUITE_P(
    Postgres, DisturbanceTest,
    testing::Values(
        StateCase{"SetLocalOutsideATransaction",
                  kPg,
                  {"SET LOCAL work_mem = '3MB'"},
                  kWorkMem,
                  nullptr,
                  {}},
        StateCase{"SetLocalWithinATransaction",
                  kPg,
                  {"BEGIN", "SET LOCAL work_mem = '3MB'", "COMMIT"},
                  kWorkMem,
                  nullptr,
                  {}},
        StateCase{"SetThatIsRolledBack",
                  kPg,
                  {"BEGIN", "SET work_mem = '3MB'", "ROLLBACK"},
                  kWorkMem,
                  nullptr,
                  {}},
        StateCase{"SetBeforeAnError",
                  kPg,
                  {"BEGIN", "SET work_mem = '3MB'", "SELECT 1/0", "COMMIT"},
                  kWorkMem,
                  "3MB",
                  {"RESET work_mem"}},
        StateCase{"SetBehindASavepointThatIsUndone",
                  kPg,
                  {"BEGIN", "SET work_mem = '3MB'", "SAVEPOINT a", "SET work_mem = '5MB'",
                   "ROLLBACK TO SAVEPOINT a", "COMMIT"},
                  kWorkMem,
                  "3MB",
                  {"RESET work_mem"}},
        StateCase{"FirstSetBehindASavepointThatIsUndone",
                  kPg,
                  {"BEGIN", "SAVEPOINT \"A\"", "SAVEPOINT a", "SET work_mem = '5MB'",
                   "ROLLBACK WORK TO a", "RELEASE a", "COMMIT"},
                  kWorkMem,
                  nullptr,
                  {}},
        StateCase{
            "SetBehindASavepointThatIsReleased",
            kPg,
            {"BEGIN", "SAVEPOINT a", "SAVEPOINT b", "SET work_mem = '5MB'", "RELEASE b", "COMMIT"},
            kWorkMem,
            "5MB",
            {"RESET work_mem"}},
        StateCase{"ResetAll", kPg, {"SET work_mem = '3MB'", "RESET ALL"}, kWorkMem, nullptr, {}},
        StateCase{
            "DiscardAll", kPg, {"SET work_mem = '3MB'", "DISCARD ALL"}, kWorkMem, nullptr, {}},
        StateCase{"SearchPath",
                  kPg,
                  {"SET search_path = pg_catalog, public"},
                  kPath,
                  "pg_catalog, public",
                  {"RESET search_path"}},
        StateCase{"SearchPathThatEndsWithTheTemporarySchema",
                  kPg,
                  {"SET search_path = public, pg_temp"},
                  kPath,
                  "public, pg_temp",
                  {"SET search_path TO DEFAULT"}},
        StateCase{"SetSchema",
                  kPg,
                  {"SET SCHEMA 'pg_catalog'"},
                  kPath,
                  "pg_catalog",
                  {"RESET search_path"}},
        StateCase{"SetRole",
                  kPg,
                  {"SET ROLE pg_read_all_stats"},
                  kUser,
                  "pg_read_all_stats",
                  {"SET ROLE NONE"}},
        StateCase{"SetRoleThatIsReset",
                  kPg,
                  {"SET ROLE pg_read_all_stats"},
                  kUser,
                  "pg_read_all_stats",
                  {"RESET ROLE"}},
        StateCase{"SessionAuthorization",
                  kPg,
                  {"SET SESSION AUTHORIZATION pg_read_all_stats"},
                  kUser,
                  "pg_read_all_stats",
                  {"RESET SESSION AUTHORIZATION"}},
        StateCase{"SessionCharacteristics",
                  kPg,
                  {"SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE, "
                   "READ ONLY"},
                  kLevel,
                  "serializable on",
                  {"DISCARD ALL"}},
        StateCase{"TransactionCharacteristics",
                  kPg,
                  {"BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY", "COMMIT"},
                  kLevel,
                  nullptr,
                  {}},
        StateCase{"CommitAndChain",
                  kPg,
                  {"BEGIN ISOLATION LEVEL SERIALIZABLE", "COMMIT AND CHAIN", "COMMIT"},
                  kLevel,
                  nullptr,
                  {}},
        StateCase{"TimeZone",
                  kPg,
                  {"SET TIME ZONE 'Asia/Tokyo'"},
                  "SELECT current_setting('TimeZone')",
                  "Asia/Tokyo",
                  {"SET TIME ZONE DEFAULT"}},
        StateCase{"OwnVariable",
                  kPg,
                  {"SET app.tenant TO 'a''b'"},
                  "SELECT coalesce(current_setting('app.tenant', true), '')",
                  "a'b",
                  {"RESET app.tenant"}},
        StateCase{"ComputedVariable",
                  kPg,
                  {"SELECT set_config('app.tenant', 'x' || 'y', false)"},
                  "SELECT coalesce(current_setting('app.tenant', true), '')",
                  "xy",
                  {"RESET app.tenant"}},
        StateCase{"LockOfAFailedTransaction",
                  kPg,
                  {"BEGIN", "SELECT pg_advisory_lock(4711)", "SELECT 1/0", "ROLLBACK"},
                  kLocks,
                  "1",
                  {"SELECT pg_advisory_unlock(4711)"}},
        StateCase{
            "LockWithinASavepointThatIsUndone",
            kPg,
            {"BEGIN", "SAVEPOINT a", "SELECT pg_advisory_lock(4711)", "ROLLBACK TO a", "COMMIT"},
            kLocks,
            "1",
            {"SELECT pg_advisory_unlock(4711)"}},
        StateCase{"LockOfATransaction",
                  kPg,
                  {"BEGIN", "SELECT pg_advisory_xact_lock(4711)", "COMMIT"},
                  kLocks,
                  nullptr,
                  {}},
        StateCase{
            "TableWithinASavepointThatIsUndone",
            kPg,
            {"BEGIN", "SAVEPOINT a", "CREATE TEMP TABLE undone (n int)", "ROLLBACK TO a", "COMMIT"},
            "SELECT count(*) FROM pg_class WHERE relname = 'undone'",
            "0",
            {}},
        StateCase{"TableInTheTemporarySchema",
                  kPg,
                  {"CREATE TABLE pg_temp.kept (n int)"},
                  "SELECT count(*) FROM pg_class WHERE relname = 'kept'",
                  "1",
                  {"DROP TABLE kept"}},
        StateCase{"SettingsOfADoBlock",
                  kPg,
                  {"DO $$ BEGIN PERFORM set_config('work_mem', '3MB', false); END $$"},
                  kWorkMem,
                  "3MB",
                  {"RESET ALL"}},
        StateCase{"OpenTransactionOfAScript",
                  kPg,
                  {"BEGIN; SET work_mem = '3MB'; COMMIT; BEGIN; SET work_mem = '5MB'", "ROLLBACK"},
                  kWorkMem,
                  "3MB",
                  {"RESET work_mem"}},
        StateCase{"CopyIsRefused",
                  kPg,
                  {"COPY pg_class TO STDOUT", "COPY pg_class FROM STDIN"},
                  "SELECT 1",
                  "1",
                  {}}),
    StateName);

constexpr const char* kSort = "SELECT @@sort_buffer_size";
constexpr const char* kUserVariable = "SELECT @a";

INSTANTIATE_TEST_SUITE_P(
    Mysql, DisturbanceTest,
    testing::Values(
        StateCase{"SetSession",
                  kMy,
                  {"SET @@session.sort_buffer_size = 1048576"},
                  kSort,
                  "1048576",
                  {"SET SESSION sort_buffer_size = DEFAULT"}},
        StateCase{"SetWithoutScope",
                  kMy,
                  {"SET @@sort_buffer_size := 1048576"},
                  kSort,
                  "1048576",
                  {"SET @@local.sort_buffer_size = DEFAULT"}},
        StateCase{"SetLocal",
                  kMy,
                  {"SET LOCAL sort_buffer_size = 1048576"},
                  kSort,
                  "1048576",
                  {"SET sort_buffer_size = DEFAULT"}},
        StateCase{"SetOfATransactionThatIsRolledBack",
                  kMy,
                  {"BEGIN", "SET sort_buffer_size = 1048576", "ROLLBACK"},
                  kSort,
                  "1048576",
                  {"SET sort_buffer_size = DEFAULT"}},
        StateCase{"SetStatement",
                  kMy,
                  {"SET STATEMENT sort_buffer_size = 1048576 FOR SELECT 1"},
                  kSort,
                  nullptr,
                  {}},
        StateCase{"SetForeignKeyChecksAsDumpsDo",
                  kMy,
                  {"SET @a = @@foreign_key_checks, foreign_key_checks = 0"},
                  "SELECT CONCAT_WS(' ', @@foreign_key_checks = 0, @a)",
                  "1 1",
                  {"SET foreign_key_checks = 1", "SET @a = NULL"}},
        StateCase{"Timestamp",
                  kMy,
                  {"SET timestamp = 1000000000"},
                  "SELECT UNIX_TIMESTAMP(NOW()) = 1000000000",
                  "1",
                  {"SET timestamp = DEFAULT"}},
        StateCase{"Use",
                  kMy,
                  {"USE information_schema"},
                  "SELECT DATABASE()",
                  "information_schema",
                  {"USE sluice1"}},
        StateCase{"UserVariables",
                  kMy,
                  {"SET @a = 'one', @`A b` = 2"},
                  "SELECT CONCAT_WS(' ', @A, @`a B`)",
                  "one 2",
                  {"SET @a = NULL, @`a b` = NULL"}},
        StateCase{
            "AssignmentInAQuery", kMy, {"SELECT @a := 5"}, kUserVariable, "5", {"SET @a = NULL"}},
        StateCase{"SelectInto", kMy, {"SELECT 7 INTO @a"}, kUserVariable, "7", {"SET @a = NULL"}},
        StateCase{"SessionCharacteristics",
                  kMy,
                  {"SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY"},
                  "SELECT CONCAT_WS(' ', @@tx_isolation, @@tx_read_only = 1)",
                  "SERIALIZABLE 1",
                  {"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE"}},
        StateCase{"CommitAndChain",
                  kMy,
                  {"BEGIN", "COMMIT AND CHAIN", "ROLLBACK"},
                  "SELECT @@in_transaction",
                  "0",
                  {}},
        StateCase{"Autocommit",
                  kMy,
                  {"SET @@autocommit = OFF"},
                  "SELECT @@autocommit",
                  "0",
                  {"SET SESSION autocommit = ON"}},
        StateCase{"XaThatIsRolledBack",
                  kMy,
                  {"XA START 'd'", "SELECT 1", "XA END 'd'", "XA ROLLBACK 'd'"},
                  "SELECT @@in_transaction",
                  "0",
                  {}},
        StateCase{"SetPassword",
                  kMy,
                  {"SET PASSWORD FOR 'nobody'@'nowhere' = PASSWORD('x')"},
                  "SELECT 1",
                  "1",
                  {}}),
    StateName);

// ---- what a row of the table above does not tell ----

TEST(PostgresDisturbanceTest, TablesOfAPathThatBeginsWithTheTemporarySchemaAreTheSessionsOwn) {
  const auto pool = ConnectionString(Database::kPostgres, RelaySize::kOne);
  Connection other(pool);
  {
    Connection connection(pool);
    Statement set(connection);
    EXPECT_EQ(set.Execute("SET search_path = pg_temp, public"), SQL_SUCCESS_WITH_INFO);
    EXPECT_THAT(set.diagnostics(), HasSubstr("pg_temp"));
    connection.Run("CREATE TABLE by_path (n int)");
    EXPECT_EQ(connection.Value("SELECT count(*) FROM by_path"), "0");
  }
  EXPECT_EQ(other.Value("SELECT count(*) FROM pg_class WHERE relname = 'by_path'"), "0");
}

TEST(MysqlDisturbanceTest, ATemporaryTableOfSetStatementIsItsSessionsOwn) {
  const auto pool = ConnectionString(Database::kMysql, RelaySize::kOne);
  Connection other(pool);
  {
    Connection connection(pool);
    Statement create(connection);
    EXPECT_EQ(create.Execute("SET STATEMENT sort_buffer_size = 1048576 FOR "
                             "CREATE TEMPORARY TABLE by_set (n INT)"),
              SQL_SUCCESS_WITH_INFO);
    EXPECT_EQ(PinnedBy(connection), "temporary table by_set");
    EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM by_set"), "0");
  }
  Statement reads(other);
  EXPECT_EQ(reads.Execute("SELECT COUNT(*) FROM by_set"), SQL_ERROR);
  EXPECT_EQ(reads.state(), "42S02") << reads.diagnostics();
}

// No server tells it: from then on the session keeps its connection.
TEST(MysqlDisturbanceTest, ALastInsertIdThatIsComputedIsItsSessionsOwn) {
  const auto pool = ConnectionString(Database::kMysql, RelaySize::kOne);
  Connection other(pool);
  for (const char* sets : {"DO LAST_INSERT_ID(55)", "SELECT LAST_INSERT_ID(50 + 5)"}) {
    Connection connection(pool);
    Statement set(connection);
    EXPECT_EQ(set.Execute(sets), SQL_SUCCESS_WITH_INFO);
    set.Close();
    EXPECT_EQ(connection.Value("SELECT LAST_INSERT_ID()"), "55");
    connection.Disconnect();
    EXPECT_EQ(other.Value("SELECT LAST_INSERT_ID()"), "0");
  }
}

// START TRANSACTION, which autocommit off stands for, would give the tables up.
TEST(MysqlDisturbanceTest, LockedTablesStayLockedWithAutocommitOff) {
  const std::string table = UniqueName("locked");
  Connection connection(ConnectionString(Database::kMysql, RelaySize::kOne));
  Connection outside(ConnectionString(Database::kMysql, RelaySize::kFive));
  connection.Run("CREATE TABLE " + table + " (n INT)");
  connection.SetAutocommit(false);
  Statement lock(connection);
  EXPECT_EQ(lock.Execute("LOCK TABLES " + table + " WRITE"), SQL_SUCCESS_WITH_INFO);
  connection.Run("INSERT INTO " + table + " VALUES (1)");
  connection.Commit();
  connection.Run("INSERT INTO " + table + " VALUES (2)");
  outside.Run("SET lock_wait_timeout = 1");
  Statement waits(outside);
  EXPECT_EQ(waits.Execute("INSERT INTO sluice1." + table + " VALUES (3)"), SQL_ERROR);
  EXPECT_THAT(waits.diagnostics(), HasSubstr("Lock wait timeout"));
  connection.Rollback();
  EXPECT_EQ(connection.Value("SELECT SUM(n) FROM " + table), "1");
  connection.Commit();
  connection.Run("UNLOCK TABLES");
  connection.Commit();
  EXPECT_EQ(PinnedBy(connection), "");
  outside.Run("INSERT INTO sluice1." + table + " VALUES (3)");
  // Transactions are as before.
  connection.Run("INSERT INTO " + table + " VALUES (4)");
  connection.Rollback();
  EXPECT_EQ(connection.Value("SELECT SUM(n) FROM " + table), "4");
  connection.Commit();
  Connection other(ConnectionString(Database::kMysql, RelaySize::kOne));
  EXPECT_EQ(other.Value("SELECT @@autocommit"), "1");
  connection.SetAutocommit(true);
  connection.Run("DROP TABLE " + table);
}

TEST(MysqlDisturbanceTest, ADatabaseThatIsDroppedWhileItIsUsedCanBeMadeAgain) {
  const auto pool = ConnectionString(Database::kMysql, RelaySize::kOne);
  const std::string name = UniqueName("dropped");
  Connection connection(pool);
  Connection other(pool);
  for (const char* next : {"", "CREATE DATABASE ", "CREATE SCHEMA "}) {
    connection.Run("CREATE DATABASE " + name);
    connection.Run("USE " + name);
    connection.Run("DROP DATABASE " + name);
    EXPECT_EQ(other.Value("SELECT DATABASE()"), "sluice1");
    if (*next != 0) connection.Run(next + name);
    connection.Run(*next != 0 ? "USE " + name : "USE sluice1");
    EXPECT_EQ(connection.Value("SELECT DATABASE()"), *next != 0 ? name : "sluice1");
    connection.Run("DROP DATABASE IF EXISTS " + name);
    connection.Run("USE sluice1");
  }
}

}  // namespace
}  // namespace sluice::tests
