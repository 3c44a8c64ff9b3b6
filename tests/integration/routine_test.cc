// What functions, procedures and triggers leave on their connection: nobody else sees it, and the
// session keeps the connection as long as it is there. Two sessions share one connection.

#include <array>

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::HasSubstr;

constexpr SQLINTEGER kPinnedBy = 0x4000;  // the driver's own connection attribute

std::string PinnedBy(const Connection& connection) {
  std::array<char, 256> text{};
  SQLINTEGER length = -1;
  EXPECT_EQ(SQLGetConnectAttr(connection.handle(), kPinnedBy, text.data(), text.size(), &length),
            SQL_SUCCESS)
      << connection.diagnostics();
  return text.data();
}

struct RoutineCase {
  const char* name;
  Database database;
  const char* create;  // $ is the routine's name
  const char* call;    // the same
  const char* probe;   // what the session must see, and others must not
  const char* left;    // its answer to the session
  const char* reason;  // why the session is pinned; nullptr: it is not
  const char* end;     // ends that; nullptr: only the session's end does
};
void PrintTo(const RoutineCase& routine, std::ostream* out) { *out << routine.name; }

class RoutineTest : public testing::TestWithParam<RoutineCase> {
 protected:
  static std::string With(const char* text, const std::string& name) {
    std::string sql = text;
    for (auto at = sql.find('$'); at != std::string::npos; at = sql.find('$', at + 1)) {
      if (sql.compare(at, 2, "$$") == 0) {
        ++at;
      } else {
        sql.replace(at, 1, name);
      }
    }
    return sql;
  }
  std::string Sql(const char* text) const { return With(text, name_); }

  RoutineTest() { other.Run(Sql(GetParam().create)); }
  ~RoutineTest() override {
    const bool is_procedure = std::string(GetParam().create).find("PROCEDURE") != std::string::npos;
    Connection last(ConnectionString(GetParam().database, RelaySize::kOne));
    last.Run((is_procedure ? "DROP PROCEDURE " : "DROP FUNCTION ") + name_);
  }

  const std::string name_ = UniqueName("leaves");
  Connection other{ConnectionString(GetParam().database, RelaySize::kOne)};
};

TEST_P(RoutineTest, LeavesItForItsSessionAlone) {
  for (const bool prepared : {false, true}) {
    Connection connection(ConnectionString(GetParam().database, RelaySize::kOne));
    {
      Statement call(connection);
      if (prepared) call.Prepare(Sql(GetParam().call));
      const SQLRETURN called =
          prepared ? call.ExecutePrepared() : call.Execute(Sql(GetParam().call));
      EXPECT_TRUE(SQL_SUCCEEDED(called)) << call.diagnostics();
    }
    Statement probe(connection);
    EXPECT_TRUE(SQL_SUCCEEDED(probe.Execute(GetParam().probe))) << probe.diagnostics();
    EXPECT_EQ(probe.Rows(), std::vector<std::string>{GetParam().left});
    probe.Close();
    if (GetParam().reason == nullptr) {
      EXPECT_EQ(PinnedBy(connection), "");
    } else {
      EXPECT_THAT(PinnedBy(connection), HasSubstr(GetParam().reason));
      if (GetParam().end != nullptr) {
        connection.Run(GetParam().end);
        EXPECT_EQ(PinnedBy(connection), "");
      } else {
        connection.Disconnect();
      }
    }
    if (GetParam().reason == nullptr) continue;
    Statement elsewhere(other);
    if (SQL_SUCCEEDED(elsewhere.Execute(GetParam().probe))) {
      EXPECT_NE(elsewhere.Rows(), std::vector<std::string>{GetParam().left});
    }
  }
}

// It would be pinned, and may not: what the routine has left is undone.
TEST_P(RoutineTest, LeavesNothingWhereTheSessionMayNotPin) {
  Connection careful(ConnectionString(GetParam().database, RelaySize::kOne) + ";Pinning=never");
  Statement call(careful);
  EXPECT_TRUE(SQL_SUCCEEDED(call.Execute(Sql(GetParam().call)))) << call.diagnostics();
  call.Close();
  Statement elsewhere(other);
  const bool answers = SQL_SUCCEEDED(elsewhere.Execute(GetParam().probe));
  if (answers && GetParam().reason != nullptr) {
    EXPECT_NE(elsewhere.Rows(), std::vector<std::string>{GetParam().left});
  }
  elsewhere.Close();
  EXPECT_EQ(careful.Value("SELECT 1"), "1");
  EXPECT_EQ(PinnedBy(careful), "");
}

std::string CaseName(const testing::TestParamInfo<RoutineCase>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(
    Postgres, RoutineTest,
    testing::Values(
        RoutineCase{
            "FunctionTable", Database::kPostgres,
            "CREATE FUNCTION $() RETURNS int LANGUAGE plpgsql AS $$ BEGIN CREATE TEMP TABLE "
            "of_routine AS SELECT 7 AS n; RETURN 1; END $$",
            "SELECT $()", "SELECT n FROM of_routine", "7", "temporary table of_routine",
            "DROP TABLE of_routine"},
        RoutineCase{"FunctionLock", Database::kPostgres,
                    "CREATE FUNCTION $() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM "
                    "pg_advisory_lock(4242); RETURN 1; END $$",
                    "SELECT * FROM $()",
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4242",
                    "1", "advisory lock 4242", "SELECT pg_advisory_unlock(4242)"},
        RoutineCase{"FunctionSetting", Database::kPostgres,
                    "CREATE FUNCTION $() RETURNS int LANGUAGE plpgsql AS $$ BEGIN SET "
                    "extra_float_digits = 2; RETURN 1; END $$",
                    "SELECT $()", "SHOW extra_float_digits", "2", "SET extra_float_digits",
                    "RESET extra_float_digits"},
        RoutineCase{"FunctionCustomSetting", Database::kPostgres,
                    "CREATE FUNCTION $() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM "
                    "set_config('app.tenant', 'seven', false); RETURN 1; END $$",
                    "SELECT $()", "SELECT current_setting('app.tenant', true)", "seven",
                    "SET by a function", "DISCARD ALL"},
        RoutineCase{"FunctionLocalSetting", Database::kPostgres,
                    "CREATE FUNCTION $() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM "
                    "set_config('app.tenant', 'seven', true); RETURN 1; END $$",
                    "SELECT $()", "SELECT coalesce(current_setting('app.tenant', true), '') = ''",
                    "1", nullptr, nullptr},
        RoutineCase{"ProcedureSetting", Database::kPostgres,
                    "CREATE PROCEDURE $() LANGUAGE plpgsql AS $$ BEGIN SET extra_float_digits = 2; "
                    "END $$",
                    "CALL $()", "SHOW extra_float_digits", "2", "SET extra_float_digits",
                    "SET extra_float_digits = 1"}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Mysql, RoutineTest,
    testing::Values(
        RoutineCase{
            "FunctionVariable", Database::kMysql,
            "CREATE FUNCTION $() RETURNS INT BEGIN SET SESSION lock_wait_timeout = 77; RETURN 1; "
            "END",
            "SELECT $()", "SELECT @@lock_wait_timeout", "77", "lock_wait_timeout", nullptr},
        RoutineCase{"FunctionUserVariable", Database::kMysql,
                    "CREATE FUNCTION $() RETURNS INT BEGIN SET @of_routine = 7; RETURN 1; END",
                    "SELECT $() AS n", "SELECT @of_routine", "7", "user variable @of_routine",
                    nullptr},
        RoutineCase{"ProcedureVariable", Database::kMysql,
                    "CREATE PROCEDURE $() BEGIN SET SESSION lock_wait_timeout = 77; END",
                    "CALL $()", "SELECT @@lock_wait_timeout", "77", "SET lock_wait_timeout",
                    nullptr},
        RoutineCase{
            "ProcedureTable", Database::kMysql,
            "CREATE PROCEDURE $() BEGIN CREATE TEMPORARY TABLE of_routine (n INT); INSERT INTO "
            "of_routine VALUES (7); END",
            "CALL $()", "SELECT n FROM of_routine", "7", "what a routine has left", nullptr},
        RoutineCase{"ProcedureVariableAndRows", Database::kMysql,
                    "CREATE PROCEDURE $() BEGIN SELECT 1; SET SESSION lock_wait_timeout = 77; "
                    "SELECT 2; END",
                    "CALL $()", "SELECT @@lock_wait_timeout", "77", "SET lock_wait_timeout",
                    nullptr},
        RoutineCase{"ProcedureUserVariableAndRows", Database::kMysql,
                    "CREATE PROCEDURE $() BEGIN SELECT 1; SET @of_routine = 7; END", "CALL $()",
                    "SELECT @of_routine", "7", "user variable @of_routine", nullptr},
        RoutineCase{
            "ProcedureTableAndRows", Database::kMysql,
            "CREATE PROCEDURE $() BEGIN CREATE TEMPORARY TABLE of_routine (n INT); INSERT INTO "
            "of_routine VALUES (7); SELECT 1; END",
            "CALL $()", "SELECT n FROM of_routine", "7", "what a routine has left", nullptr},
        RoutineCase{"HarmlessWithRows", Database::kMysql,
                    "CREATE PROCEDURE $() BEGIN SELECT 1; SELECT 2; END", "CALL $()",
                    "SELECT @of_routine IS NULL", "1", nullptr, nullptr},
        RoutineCase{"Harmless", Database::kMysql,
                    "CREATE PROCEDURE $() BEGIN DECLARE x INT DEFAULT 1; SET x = x + 1; END",
                    "CALL $()", "SELECT @of_routine IS NULL", "1", nullptr, nullptr}),
    CaseName);

// Not the application's own call: a trigger's.
TEST(MysqlTriggerTest, WhatItLeavesPinsItsSession) {
  const auto pool = ConnectionString(Database::kMysql, RelaySize::kOne);
  const std::string table = UniqueName("fires");
  Connection connection(pool);
  connection.Run("CREATE TABLE " + table + " (n INT)");
  connection.Run("CREATE TRIGGER " + table + "_t BEFORE INSERT ON " + table +
                 " FOR EACH ROW SET @of_trigger = 5");
  {
    Statement insert(connection);
    EXPECT_EQ(insert.Execute("INSERT INTO " + table + " VALUES (1)"), SQL_SUCCESS_WITH_INFO);
    EXPECT_THAT(insert.diagnostics(), HasSubstr("routine"));
  }
  EXPECT_EQ(connection.Value("SELECT @of_trigger"), "5");
  connection.Run("DROP TABLE " + table);
  connection.Disconnect();
  Connection other(pool);
  EXPECT_EQ(other.Value("SELECT @of_trigger"), "NULL");
}

}  // namespace
}  // namespace sluice::tests
