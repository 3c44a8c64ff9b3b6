#include "odbc_driver/info/dynamic_function.h"

#include <gtest/gtest.h>

#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver::info {
namespace {

DynamicFunction Of(std::string_view sql) {
  return DynamicFunctionOf(v1::STATEMENT_KIND_OTHER, sql);
}

TEST(DynamicFunctionTest, TheRelayKnowsBest) {
  EXPECT_EQ(DynamicFunctionOf(v1::STATEMENT_KIND_INSERT, "WITH x AS (SELECT 1) INSERT …").name,
            "INSERT");
  EXPECT_EQ(DynamicFunctionOf(v1::STATEMENT_KIND_SELECT, "").code, SQL_DIAG_SELECT_CURSOR);
}

TEST(DynamicFunctionTest, WordsTellTheRest) {
  EXPECT_EQ(Of("create table t (n int)").code, SQL_DIAG_CREATE_TABLE);
  EXPECT_EQ(Of("CREATE GLOBAL TEMPORARY TABLE t (n int)").name, "CREATE TABLE");
  EXPECT_EQ(Of("/* a */ -- b\n CREATE OR REPLACE VIEW v").code, SQL_DIAG_CREATE_VIEW);
  EXPECT_EQ(Of("CREATE UNIQUE INDEX i ON t (n)").code, SQL_DIAG_CREATE_INDEX);
  EXPECT_EQ(Of("DROP SCHEMA s").name, "DROP SCHEMA");
  EXPECT_EQ(Of("GRANT SELECT ON t TO u").code, SQL_DIAG_GRANT);
}

TEST(DynamicFunctionTest, OtherStatementsAreUnknown) {
  for (const auto* sql : {"", "SET x = 1", "CREATE", "CREATE FUNCTION f", "EXPLAIN DROP TABLE t",
                          "-- DROP TABLE t", "/* DROP TABLE t"}) {
    EXPECT_EQ(Of(sql).code, SQL_DIAG_UNKNOWN_STATEMENT) << sql;
    EXPECT_EQ(Of(sql).name, "") << sql;
  }
}

TEST(SqlStateTest, ServerStatesOfOdbc2) {
  EXPECT_EQ(ToOdbc2State("42S02"), "S0002");
  EXPECT_EQ(ToOdbc2State("42000"), "37000");
  EXPECT_EQ(ToOdbc2State("42601"), "42601");
  EXPECT_EQ(ToOdbc2State("42601"), "42601");
  EXPECT_EQ(ToOdbc2State("HY000"), "S1000");
  EXPECT_EQ(ToOdbc2State("HYT00"), "S1T00");
  EXPECT_EQ(ToOdbc2State("23505"), "23505");
}

}  // namespace
}  // namespace sluice::driver::info
