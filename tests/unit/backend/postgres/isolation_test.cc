// What a session must not be able to do to the connection that others will have after it.

#include <malloc.h>

#include "tests/unit/backend/postgres/postgres_test.h"

namespace sluice::relay::backend::postgres {
namespace {

class PostgresIsolationTest : public PostgresTest {};

// The relay would run another session's text under the name that this one has taken.
TEST_F(PostgresIsolationTest, TheRelaysPreparedStatementsAreNobodyElses) {
  execution_.prepare = true;
  EXPECT_EQ(Run("SELECT 'right'").Text(), "right");
  for (const char* sql :
       {"DEALLOCATE sluice_1", "DEALLOCATE PREPARE SLUICE_1", "deallocate /* now */ \"sluice_1\"",
        "DEALLOCATE U&\"\\0073luice_1\"", "PREPARE sluice_2 AS SELECT 'wrong'",
        "PREPARE sluice_3(int) AS SELECT $1"}) {
    EXPECT_EQ(StateOf(sql), "42939") << sql;
  }
  EXPECT_EQ(Run("SELECT 'right'").Text(), "right");
  EXPECT_EQ(StateOf("PREPARE own AS SELECT 1"), "00000");
  EXPECT_EQ(StateOf("DEALLOCATE own"), "00000");
}

// A function may set what the text does not tell.
TEST_F(PostgresIsolationTest, ASessionStaysReadOnlyWhateverItsFunctionsSet) {
  Run("DROP TABLE IF EXISTS written");
  settings_.read_only = true;
  EXPECT_EQ(StateOf("CREATE TABLE written (a int)"), "25006");
  Run("SELECT query_to_xml('SELECT set_config(''default_transaction_read_only'', ''off'', false)', "
      "true, true, '')");
  EXPECT_EQ(StateOf("CREATE TABLE written (a int)"), "25006");
  Run("SELECT query_to_xml('SELECT set_config(''default_transaction_read_only'', ''off'', false)', "
      "true, true, '')");
  UseTransactions();
  EXPECT_EQ(StateOf("CREATE TABLE written (a int)"), "25006");
}

// ODBC has no way to ask for notifications: libpq would keep them for ever.
TEST_F(PostgresIsolationTest, NotificationsTakeNoMemory) {
  Run("LISTEN news");
  Run("SELECT count(pg_notify('news', i || repeat('x', 7000))) FROM generate_series(1, 100) i");
  const auto before = mallinfo2().uordblks;
  Run("SELECT count(pg_notify('news', i || repeat('x', 7000))) FROM generate_series(1, 3000) i");
  Run("SELECT 1");
  EXPECT_LT(mallinfo2().uordblks, before + 4'000'000);
}

}  // namespace
}  // namespace sluice::relay::backend::postgres
