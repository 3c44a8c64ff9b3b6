// Rows of DisturbanceTest: state that PostgreSQL's statements leave in ways that their first words
// do not tell.

#include "tests/integration/state_case.h"

namespace sluice::tests {
namespace {

constexpr auto kPg = Database::kPostgres;
constexpr const char* kWorkMem = "SELECT current_setting('work_mem')";
constexpr const char* kTenant = "SELECT coalesce(current_setting('app.tenant', true), '')";
constexpr const char* kUser = "SELECT current_user::text";
constexpr const char* kLocks =
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711";
constexpr const char* kUnlock = "SELECT pg_advisory_unlock(4711)";
constexpr const char* kTables = "SELECT count(*) FROM pg_class WHERE relname = 'kept'";
constexpr const char* kCursors = "SELECT count(*) FROM pg_cursors WHERE is_holdable";
constexpr const char* kChannels = "SELECT count(*) FROM pg_listening_channels()";
constexpr const char* kPrepared =
    "SELECT count(*) FROM pg_prepared_statements WHERE name NOT LIKE 'sluice%'";

INSTANTIATE_TEST_SUITE_P(
    PostgresRoles, DisturbanceTest,
    testing::Values(StateCase{"SessionAuthorizationByDefault",
                              kPg,
                              {"SET SESSION AUTHORIZATION pg_read_all_stats",
                               "SET SESSION AUTHORIZATION DEFAULT"},
                              kUser,
                              nullptr,
                              {}},
                    StateCase{"SessionAuthorizationThatIsRolledBack",
                              kPg,
                              {"BEGIN", "SET SESSION AUTHORIZATION pg_read_all_stats", "ROLLBACK"},
                              kUser,
                              nullptr,
                              {}},
                    StateCase{"RoleThatIsRolledBack",
                              kPg,
                              {"BEGIN", "SET ROLE pg_read_all_stats", "ROLLBACK"},
                              kUser,
                              nullptr,
                              {}},
                    StateCase{"LocalRole",
                              kPg,
                              {"BEGIN", "SET LOCAL ROLE pg_read_all_stats", "COMMIT"},
                              kUser,
                              nullptr,
                              {}},
                    StateCase{"RoleBySetConfig",
                              kPg,
                              {"SELECT set_config('role', 'pg_read_all_stats', false)"},
                              kUser,
                              "pg_read_all_stats",
                              {"RESET ROLE"}},
                    StateCase{"RoleByDoBlock",
                              kPg,
                              {"DO $$ BEGIN SET ROLE pg_read_all_stats; END $$"},
                              kUser,
                              "pg_read_all_stats",
                              {"RESET ROLE"}}),
    StateName);

INSTANTIATE_TEST_SUITE_P(
    PostgresSettings, DisturbanceTest,
    testing::Values(
        StateCase{"UpdateOfPgSettings",
                  kPg,
                  {"UPDATE pg_settings SET setting = '3072' WHERE name = 'work_mem'"},
                  kWorkMem,
                  "3MB",
                  {"RESET work_mem"}},
        StateCase{"UpdateOfPgSettingsInAnotherSchemasName",
                  kPg,
                  {"UPDATE pg_catalog.pg_settings SET setting = '3072' WHERE name = 'work_mem'"},
                  kWorkMem,
                  "3MB",
                  {"RESET work_mem"}},
        StateCase{"FunctionWithASetClause",
                  kPg,
                  {"CREATE FUNCTION with_clause() RETURNS int LANGUAGE plpgsql SET work_mem = "
                   "'3MB' AS $$ BEGIN RETURN 1; END $$",
                   "SELECT with_clause()", "DROP FUNCTION with_clause()"},
                  kWorkMem,
                  nullptr,
                  {}},
        StateCase{"DoBlockThatSetsByExecute",
                  kPg,
                  {"DO $$ BEGIN EXECUTE 'SET work_mem = ''3MB'''; END $$"},
                  kWorkMem,
                  "3MB",
                  {"RESET ALL"}},
        StateCase{"DoBlockThatSetsAVariableOfItsOwn",
                  kPg,
                  {"DO $$ BEGIN SET app.tenant = 'x'; END $$"},
                  kTenant,
                  "x",
                  {"RESET ALL"}},
        StateCase{"PreparedTextThatSets",
                  kPg,
                  {"PREPARE p AS SELECT set_config('app.tenant', 'x' || 'y', false)", "EXECUTE p",
                   "DEALLOCATE p"},
                  kTenant,
                  "xy",
                  {"RESET app.tenant"}},
        StateCase{"XmlOption",
                  kPg,
                  {"SET XML OPTION DOCUMENT"},
                  "SELECT current_setting('xmloption')",
                  "document",
                  {"DISCARD ALL"}},
        StateCase{"TimeZoneByInterval",
                  kPg,
                  {"SET TIME ZONE INTERVAL '-08:00' HOUR TO MINUTE"},
                  "SELECT current_setting('TimeZone')",
                  "<-08>+08",
                  {"SET TIME ZONE DEFAULT"}},
        StateCase{
            "SetConfigWithoutAName",
            kPg,
            {"SELECT set_config(name, '3MB', false) FROM pg_settings WHERE name = 'work_mem'"},
            kWorkMem,
            "3MB",
            {"RESET ALL"}},
        StateCase{"SetConfigInQuotes",
                  kPg,
                  {"SELECT \"set_config\"('app.tenant', 'x', false), 1"},
                  kTenant,
                  "x",
                  {"DISCARD ALL"}},
        StateCase{"Library",
                  kPg,
                  {"LOAD 'auto_explain'"},
                  "SELECT count(*) FROM pg_settings WHERE name LIKE 'auto_explain.%' AND name LIKE "
                  "'%log_level'",
                  "1",
                  {},
                  true}),
    StateName);

INSTANTIATE_TEST_SUITE_P(
    PostgresObjects, DisturbanceTest,
    testing::Values(
        StateCase{"TemporaryTableAsSelect",
                  kPg,
                  {"CREATE LOCAL TEMPORARY TABLE IF NOT EXISTS kept AS SELECT 1 AS n"},
                  kTables,
                  "1",
                  {"DROP TABLE kept"}},
        StateCase{"SelectIntoTemp",
                  kPg,
                  {"WITH w AS (SELECT 1 AS n) SELECT * INTO TEMP kept FROM w"},
                  kTables,
                  "1",
                  {"DROP TABLE kept"}},
        StateCase{"ExplainOfATemporaryTable",
                  kPg,
                  {"EXPLAIN ANALYZE CREATE TEMP TABLE kept AS SELECT 1 AS n"},
                  kTables,
                  "1",
                  {"DROP TABLE kept"}},
        StateCase{"TemporarySequence",
                  kPg,
                  {"CREATE TEMPORARY SEQUENCE kept"},
                  kTables,
                  "1",
                  {"DROP SEQUENCE kept"}},
        StateCase{"TemporaryView",
                  kPg,
                  {"CREATE OR REPLACE TEMP VIEW kept AS SELECT 1"},
                  kTables,
                  "1",
                  {"DROP VIEW kept"}},
        StateCase{"ViewOfATemporaryTable",
                  kPg,
                  {"CREATE TEMP TABLE base_of_kept (n int)",
                   "CREATE VIEW kept AS SELECT * FROM base_of_kept"},
                  kTables,
                  "1",
                  {"DROP TABLE base_of_kept CASCADE"}},
        StateCase{"FunctionInTheTemporarySchema",
                  kPg,
                  {"CREATE FUNCTION pg_temp.kept_f() RETURNS int LANGUAGE sql AS 'SELECT 1'"},
                  "SELECT count(*) FROM pg_proc WHERE proname = 'kept_f'",
                  "1",
                  {"DISCARD TEMP"}},
        StateCase{"TypeInTheTemporarySchema",
                  kPg,
                  {"CREATE TYPE pg_temp.kept AS ENUM ('a')"},
                  "SELECT count(*) FROM pg_type WHERE typname = 'kept'",
                  "1",
                  {"DISCARD TEMP"}},
        StateCase{"TableThatIsEmptiedAtCommit",
                  kPg,
                  {"CREATE TEMP TABLE kept (n int) ON COMMIT DELETE ROWS"},
                  kTables,
                  "1",
                  {"DROP TABLE kept"}},
        StateCase{"TableThatIsDroppedAtCommit",
                  kPg,
                  {"BEGIN", "CREATE TEMP TABLE kept (n int) ON COMMIT DROP", "COMMIT"},
                  kTables,
                  "0",
                  {}},
        StateCase{"HoldCursor",
                  kPg,
                  {"BEGIN", "DECLARE kept NO SCROLL CURSOR WITH HOLD FOR SELECT 1", "COMMIT"},
                  kCursors,
                  "1",
                  {"CLOSE kept"}},
        StateCase{"HoldCursorByDoBlock",
                  kPg,
                  {"DO $$ BEGIN EXECUTE 'DECLARE kept CURSOR WITH HOLD FOR SELECT 1'; END $$"},
                  kCursors,
                  "1",
                  {"CLOSE ALL"}},
        StateCase{"ListenByDoBlock",
                  kPg,
                  {"DO $$ BEGIN LISTEN kept; END $$"},
                  kChannels,
                  "1",
                  {"UNLISTEN *"}},
        StateCase{"ListenByFunction",
                  kPg,
                  {"CREATE FUNCTION listens() RETURNS int LANGUAGE plpgsql AS $$ BEGIN LISTEN "
                   "kept; RETURN 1; END $$",
                   "SELECT listens()", "DROP FUNCTION listens()"},
                  kChannels,
                  "1",
                  {"UNLISTEN kept"}},
        StateCase{"PrepareByFunction",
                  kPg,
                  {"CREATE FUNCTION prepares() RETURNS int LANGUAGE plpgsql AS $$ BEGIN EXECUTE "
                   "'PREPARE kept AS SELECT 1'; RETURN 1; END $$",
                   "SELECT prepares()", "DROP FUNCTION prepares()"},
                  kPrepared,
                  "1",
                  {"DEALLOCATE kept"}}),
    StateName);

INSTANTIATE_TEST_SUITE_P(
    PostgresLocks, DisturbanceTest,
    testing::Values(
        StateCase{"LockInACommonTable",
                  kPg,
                  {"WITH l AS (SELECT pg_advisory_lock(4711)) SELECT * FROM l"},
                  kLocks,
                  "1",
                  {kUnlock}},
        StateCase{"LockInADoBlock",
                  kPg,
                  {"DO $$ BEGIN PERFORM pg_advisory_lock(4711); END $$"},
                  kLocks,
                  "1",
                  {kUnlock}},
        StateCase{"LockInADoBlockInQuotes",
                  kPg,
                  {"DO $$ BEGIN PERFORM \"pg_advisory_lock\"(4711); END $$"},
                  kLocks,
                  "1",
                  {kUnlock}},
        StateCase{
            "LockInQuotes", kPg, {"SELECT \"pg_advisory_lock\"(4711)"}, kLocks, "1", {kUnlock}},
        StateCase{"LockWithItsSchema",
                  kPg,
                  {"SELECT pg_catalog . pg_advisory_lock (4711)"},
                  kLocks,
                  "1",
                  {kUnlock}},
        StateCase{
            "LockByValues", kPg, {"VALUES (pg_try_advisory_lock(4711))"}, kLocks, "1", {kUnlock}},
        StateCase{"LockByCall", kPg, {"{?=call pg_try_advisory_lock(4711)}"}, kLocks, nullptr, {}},
        StateCase{"LockThatNoRowTakes",
                  kPg,
                  {"SELECT pg_advisory_lock(4711) WHERE false"},
                  kLocks,
                  nullptr,
                  {}}),
    StateName);

// What random() gives after setseed(0.25): the connection's, which no reset takes back.
TEST(PostgresRandomTest, NobodyGetsTheRandomNumbersOfAnother) {
  const auto pool = ConnectionString(kPg, RelaySize::kOne);
  const char* first = "SELECT random() = 0.19726358498438978";
  for (const char* seeds : {"SELECT setseed(0.25)", "SET seed TO 0.25"}) {
    for (const bool asks : {true, false}) {
      Connection connection(pool);
      Statement(connection).Execute(seeds);
      if (asks) {
        EXPECT_EQ(connection.Value(first), "1") << seeds;
        Statement(connection).Execute(seeds);
      }
      connection.Disconnect();
      Connection other(pool);
      EXPECT_EQ(other.Value(first), "0") << seeds;
    }
  }
}

}  // namespace
}  // namespace sluice::tests
