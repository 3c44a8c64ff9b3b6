// What MySQL can be asked about the statement before: it is the session's own statement, though
// another session has used the one connection since.

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class MysqlOutcomeTest : public testing::Test {
 protected:
  // Whether it succeeds or not.
  static void Try(Connection& session, const std::string& sql) {
    Statement statement(session);
    const bool succeeded = SQL_SUCCEEDED(statement.Execute(sql));
    if (succeeded && statement.ColumnCount() > 0) statement.Rows();
  }
  // The other session's warnings and errors are what the connection knows then.
  void Disturb() { Try(other, "SELECT 'theirs' + 1 FROM no_such_table_theirs"); }

  Connection connection{ConnectionString(Database::kMysql, RelaySize::kOne)};
  Connection other{ConnectionString(Database::kMysql, RelaySize::kOne)};
};

TEST_F(MysqlOutcomeTest, WarningsAreListedForTheSessionsOwnStatement) {
  for (const char* warns : {"DO 'mine' + 1", "SELECT 'mine' + 1"}) {
    Try(connection, warns);
    Disturb();
    EXPECT_EQ(connection.Value("SHOW COUNT(*) WARNINGS"), "1") << warns;
    EXPECT_EQ(connection.Value("SELECT @@warning_count"), "1") << warns;
    EXPECT_EQ(connection.Value("SELECT @@error_count"), "0") << warns;
    EXPECT_THAT(connection.Rows("SHOW WARNINGS"),
                ElementsAre("Warning|1292|Truncated incorrect DOUBLE value: 'mine'"));
    EXPECT_THAT(connection.Rows("SHOW WARNINGS LIMIT 1, 1"), IsEmpty());
    EXPECT_THAT(connection.Rows("SHOW ERRORS"), IsEmpty());
  }
  Try(connection, "DROP TABLE IF EXISTS no_such_table_mine");
  Disturb();
  EXPECT_THAT(connection.Rows("SHOW WARNINGS"), ElementsAre(HasSubstr("no_such_table_mine")));
  EXPECT_THAT(connection.Rows("SHOW WARNINGS"), ElementsAre(HasSubstr("Note|1051|")));
}

TEST_F(MysqlOutcomeTest, WithoutWarningsThereAreNone) {
  connection.Run("DO 1");
  Try(other, "DO 'theirs' + 1");
  EXPECT_THAT(connection.Rows("SHOW WARNINGS"), IsEmpty());
  EXPECT_EQ(connection.Value("SELECT @@warning_count + @@error_count"), "0");
}

TEST_F(MysqlOutcomeTest, ErrorsAreListedForTheSessionsOwnStatement) {
  Try(connection, "SELECT * FROM no_such_table_mine");
  Disturb();
  EXPECT_THAT(connection.Rows("SHOW ERRORS"), ElementsAre(HasSubstr("Error|1146|")));
  EXPECT_THAT(connection.Rows("SHOW WARNINGS"), ElementsAre(HasSubstr("no_such_table_mine")));
  EXPECT_EQ(connection.Value("SHOW COUNT(*) ERRORS"), "1");
}

TEST_F(MysqlOutcomeTest, FoundRowsAreThoseOfTheSessionsOwnResult) {
  EXPECT_EQ(connection.Rows("SELECT seq FROM seq_1_to_3").size(), 3u);
  other.Rows("SELECT seq FROM seq_1_to_5");
  EXPECT_EQ(connection.Value("SELECT FOUND_ROWS()"), "3");
  connection.Run("DO 1");
  Statement unknown(connection);
  EXPECT_EQ(unknown.Execute("SELECT FOUND_ROWS()"), SQL_ERROR);
  EXPECT_EQ(unknown.state(), "HYC00") << unknown.diagnostics();
  EXPECT_THAT(unknown.diagnostics(), HasSubstr("Pinning=always"));
  Try(connection, "SELECT SQL_CALC_FOUND_ROWS seq + 'mine' FROM seq_1_to_9 LIMIT 2");
  EXPECT_EQ(connection.Value("SELECT FOUND_ROWS()"), "9");
}

TEST_F(MysqlOutcomeTest, WhatASequenceGaveIsToldInATransaction) {
  const std::string sequence = UniqueName("sequence");
  connection.Run("CREATE SEQUENCE " + sequence);
  connection.Value("SELECT NEXTVAL(" + sequence + ")");
  other.Value("SELECT NEXTVAL(" + sequence + ")");
  for (const std::string& ask : {"LASTVAL(" + sequence + ")", "PREVIOUS VALUE FOR " + sequence}) {
    Statement outside(connection);
    EXPECT_EQ(outside.Execute("SELECT " + ask), SQL_ERROR);
    EXPECT_EQ(outside.state(), "HYC00") << outside.diagnostics();
    EXPECT_THAT(outside.diagnostics(), HasSubstr("Pinning=always"));
  }
  connection.SetAutocommit(false);
  connection.Value("SELECT 1");  // the transaction has begun, and drawn nothing
  {
    Statement too_early(connection);
    EXPECT_EQ(too_early.Execute("SELECT LASTVAL(" + sequence + ")"), SQL_ERROR);
    EXPECT_EQ(too_early.state(), "HYC00") << too_early.diagnostics();
  }
  EXPECT_EQ(connection.Value("SELECT NEXTVAL(" + sequence + ")"), "3");
  EXPECT_EQ(connection.Value("SELECT LASTVAL(" + sequence + ")"), "3");
  EXPECT_EQ(connection.Value("SELECT PREVIOUS VALUE FOR " + sequence), "3");
  connection.SetAutocommit(true);
  connection.Run("DROP SEQUENCE " + sequence);
}

TEST_F(MysqlOutcomeTest, TheDiagnosticsAreaIsReadInATransaction) {
  Try(connection, "SELECT * FROM no_such_table_mine");
  Statement get(connection);
  EXPECT_EQ(get.Execute("GET DIAGNOSTICS CONDITION 1 @told = MESSAGE_TEXT"), SQL_ERROR);
  EXPECT_EQ(get.state(), "HYC00") << get.diagnostics();
  connection.SetAutocommit(false);
  connection.Value("SELECT COUNT(*) FROM information_schema.ENGINES");
  Try(connection, "SELECT * FROM no_such_table_mine");
  EXPECT_TRUE(SQL_SUCCEEDED(get.Execute("GET DIAGNOSTICS CONDITION 1 @told = MESSAGE_TEXT")));
  EXPECT_THAT(connection.Value("SELECT @told"), HasSubstr("no_such_table_mine"));
  connection.Run("SET @told = NULL");
  connection.Rollback();
}

// The relay asks for the warnings in between.
TEST_F(MysqlOutcomeTest, TheRowCountIsRightInATransactionWithWarnings) {
  const std::string table = UniqueName("counted");
  connection.Run("CREATE TABLE " + table + " (n INT)");
  connection.SetAutocommit(false);
  Try(connection, "INSERT IGNORE INTO " + table + " VALUES ('mine'), ('mine')");
  EXPECT_EQ(connection.Value("SELECT ROW_COUNT()"), "2");
  Try(connection, "INSERT IGNORE INTO " + table + " VALUES ('mine')");
  EXPECT_EQ(connection.Rows("SHOW WARNINGS").size(), 1u);
  connection.Rollback();
  other.Run("DROP TABLE " + table);
}

}  // namespace
}  // namespace sluice::tests
