#include <gmock/gmock.h>

#include "relay_server/dialect/dialect.h"

namespace sluice::relay::dialect {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Change = SettingChange;

struct Case {
  const char* sql;
  std::vector<Change> settings;  // none: the statement is pinned or does nothing
};

class PostgresSettingsTest : public testing::TestWithParam<Case> {};
class MysqlSettingsTest : public testing::TestWithParam<Case> {};

void Check(const Dialect& dialect, const Case& expected) {
  const auto statements = dialect.Translate(expected.sql, true);
  const auto& statement = statements.front();
  EXPECT_EQ(statement.settings, expected.settings) << expected.sql;
  EXPECT_EQ(statement.effect == SessionEffect::kSetting, !expected.settings.empty())
      << expected.sql;
}

TEST_P(PostgresSettingsTest, AreReadFromTheText) { Check(PostgresDialect(), GetParam()); }
TEST_P(MysqlSettingsTest, AreReadFromTheText) { Check(MysqlDialect(), GetParam()); }

INSTANTIATE_TEST_SUITE_P(
    , PostgresSettingsTest,
    testing::Values(
        Case{"SET extra_float_digits = 3", {{"extra_float_digits", "3"}}},
        Case{"set session Work_Mem to '4MB' -- more", {{"work_mem", "'4MB'"}}},
        Case{"SET seq_page_cost TO -1.5", {{"seq_page_cost", "-1.5"}}},
        Case{"SET search_path TO a, \"B c\", 'd'", {{"search_path", "a, \"B c\", 'd'"}}},
        Case{"SET SCHEMA 'a'", {{"search_path", "'a'"}}},
        Case{"SET app.user_id = 'x;y'", {{"app.user_id", "'x;y'"}}},
        Case{"SET TIME ZONE 'Europe/Berlin'", {{"timezone", "'Europe/Berlin'"}}},
        Case{"SET TIME ZONE -5", {{"timezone", "-5"}}},
        Case{"SET TIME ZONE LOCAL", {{"timezone", ""}}},
        Case{"SET TIME ZONE INTERVAL '1' HOUR TO MINUTE", {}},
        Case{"SET timezone = DEFAULT", {{"timezone", ""}}},
        Case{"SET ROLE reader", {{"role", "reader"}}}, Case{"SET role = 'r'", {{"role", "'r'"}}},
        Case{"SET NAMES 'UTF-8'", {{"client_encoding", "'UTF-8'"}}},
        Case{"RESET work_mem", {{"work_mem", ""}}}, Case{"RESET ALL", {{"", ""}}},
        Case{"RESET TIME ZONE", {{"timezone", ""}}},
        // The relay's own, or not to be repeated.
        Case{"SET default_transaction_isolation = 'serializable'", {}},
        Case{"SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", {}},
        Case{"SET SESSION AUTHORIZATION joe", {}}, Case{"RESET SESSION AUTHORIZATION", {}},
        Case{"SET seed TO 0.5", {}}, Case{"SET LOCAL work_mem = '4MB'", {}},
        // SET by another name.
        Case{"SELECT set_config('A.b', 'c', false)", {{"a.b", "'c'"}}},
        Case{"SELECT pg_catalog.set_config('work_mem', '1MB', 'f') AS x, set_config('a.b', '', "
             "false) \"Y\"",
             {{"work_mem", "'1MB'"}, {"a.b", "''"}}},
        Case{"SELECT set_config('a.b', NULL, false)", {{"a.b", ""}}},
        Case{"SELECT set_config('search_path', 'Mine, \"Your s\",$user', false)",
             {{"search_path", R"("mine", "Your s", "$user")"}}},
        Case{"SELECT set_config('search_path', '', false)", {{"search_path", "''"}}},
        Case{"SELECT set_config('a.b', 'c', true)", {}},
        Case{"SELECT set_config('a.b', 'c', false) FROM t", {}},
        Case{"SELECT set_config('a.b', 'c', false), 1", {}},
        Case{"SELECT set_config('a.b', c, false)", {}},
        Case{"SELECT set_config('a.b', ?, false)", {}},
        Case{"SELECT set_config('default_transaction_read_only', 'off', false)", {}},
        Case{"SELECT 1", {}}));

INSTANTIATE_TEST_SUITE_P(
    , MysqlSettingsTest,
    testing::Values(
        Case{"SET sql_mode = 'ANSI'", {{"sql_mode", "'ANSI'"}}},
        Case{"SET SESSION Wait_Timeout := 5", {{"wait_timeout", "5"}}},
        Case{"SET @@session.sql_mode = ''", {{"sql_mode", "''"}}},
        Case{"SET @@foreign_key_checks = OFF", {{"foreign_key_checks", "OFF"}}},
        Case{"SET LOCAL `time_zone` = '+01:00', unique_checks = 0",
             {{"time_zone", "'+01:00'"}, {"unique_checks", "0"}}},
        Case{"SET sql_mode = DEFAULT", {{"sql_mode", ""}}},
        Case{"SET NAMES utf8mb4", {{"names", ""}}}, Case{"SET NAMES 'utf8'", {{"names", "'utf8'"}}},
        Case{"SET NAMES utf8mb4 COLLATE utf8mb4_bin", {{"names", "utf8mb4 COLLATE utf8mb4_bin"}}},
        // Computed, not the session's, or the relay's own.
        Case{"SET sql_mode = CONCAT(@@sql_mode, ',ANSI')", {}},
        Case{"SET sql_mode = 'ANSI', @A = 1, @b := NULL",
             {{"sql_mode", "'ANSI'"}, {"@a", "1"}, {"@b", ""}}},
        Case{"SET @a = b", {}}, Case{"SET GLOBAL max_connections = 5", {}},
        Case{"SET @@global.max_connections = 5", {}}, Case{"SET autocommit = 0", {}},
        Case{"SET last_insert_id = 5", {}},
        // Which character set it talks in is the relay's.
        Case{"SET character_set_results = NULL", {{"character set", ""}}},
        Case{"SET sql_mode = '', @@session.character_set_client = @saved",
             {{"sql_mode", "''"}, {"character set", ""}}},
        Case{"SET CHARACTER SET utf8", {{"character set", ""}}},
        Case{"SET CHARSET DEFAULT", {{"character set", ""}}},
        Case{"SET NAMES DEFAULT", {{"names", ""}, {"character set", ""}}},
        Case{"SET collation_connection = utf8mb4_bin", {{"names", "utf8mb4 COLLATE utf8mb4_bin"}}},
        Case{"SET character_set_connection = 'utf8mb4'", {{"names", ""}}},
        Case{"SET collation_connection = latin1_bin", {}},
        Case{"SET character_set_connection = latin1", {}},
        // What ODBC sets, too.
        Case{"USE `my db`", {{"current database", "my db"}}}, Case{"USE a b", {}},
        Case{"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY",
             {{"isolation level", "2"}, {"read only", "1"}}},
        Case{"SET SESSION TRANSACTION READ WRITE", {{"read only", "0"}}},
        Case{"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", {}},
        Case{"SET @@session.tx_isolation = 'SERIALIZABLE'", {{"isolation level", "4"}}},
        Case{"SET transaction_isolation = DEFAULT", {{"isolation level", "0"}}},
        Case{"SET @@tx_isolation = 'SERIALIZABLE'", {}},
        Case{"SET tx_read_only = ON, sql_mode = ''", {{"read only", "1"}, {"sql_mode", "''"}}},
        Case{"SET a = 1; SELECT 1", {}}, Case{"SELECT 1", {}}));

// The relay could not read what the server would send.
TEST(CharacterSetTest, AnotherThanUtf8IsRefused) {
  const auto refuse = [](const Dialect& dialect, const char* sql) {
    try {
      dialect.Translate(sql, true);
      ADD_FAILURE() << sql;
    } catch (const TranslationError& error) {
      EXPECT_EQ(error.sqlstate(), "HYC00") << sql;
      EXPECT_THAT(error.what(), testing::HasSubstr("latin1"));
    }
  };
  refuse(PostgresDialect(), "SET client_encoding TO latin1");
  refuse(PostgresDialect(), "SET NAMES 'latin1'");
  refuse(PostgresDialect(), "SET LOCAL client_encoding = latin1");
  refuse(PostgresDialect(), "SELECT set_config('client_encoding', 'latin1', false)");
  refuse(MysqlDialect(), "SET NAMES latin1");
  refuse(MysqlDialect(), "SET character_set_results = latin1");
  refuse(MysqlDialect(), "SET sql_mode = '', @@session.character_set_client := 'latin1'");
  refuse(MysqlDialect(), "SET CHARACTER SET latin1");
  refuse(MysqlDialect(), "SET CHARSET 'latin1'");
}

}  // namespace
}  // namespace sluice::relay::dialect
