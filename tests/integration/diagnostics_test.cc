// What servers say besides results: notices and warnings; and what statements are called.

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::HasSubstr;

class DiagnosticsTest : public DatabaseTest {
 protected:
  DiagnosticsTest() : connection(ConnectionString(GetParam())), statement(connection) {}

  std::string HeaderText(SQLSMALLINT field) {
    SQLCHAR text[64] = "";
    EXPECT_TRUE(SQL_SUCCEEDED(SQLGetDiagField(SQL_HANDLE_STMT, statement.handle(), 0, field, text,
                                              sizeof text, nullptr)));
    return reinterpret_cast<char*>(text);
  }

  Connection connection;
  Statement statement;
};

TEST_P(DiagnosticsTest, ServerWarningIsAnInformationRecord) {
  const PerDatabase warns{"DO $$ BEGIN RAISE WARNING 'take care'; END $$",
                          "INSERT INTO warned VALUES ('12x')"};
  if (!is_postgres()) {
    connection.Run("SET sql_mode = ''");  // where it is strict, this is an error
    connection.Run("CREATE TEMPORARY TABLE warned (n INT)");
  }
  EXPECT_EQ(statement.Execute(Sql(warns)), SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(statement.state(), "01000") << statement.diagnostics();
  EXPECT_THAT(statement.diagnostics(), HasSubstr(is_postgres() ? "take care" : "truncated"));
}

// Connector/ODBC tells none, and applications compare with SQL_SUCCESS.
TEST_P(DiagnosticsTest, ANoteOfMysqlIsNoWarning) {
  if (is_postgres()) return;
  EXPECT_EQ(statement.Execute("DROP TABLE IF EXISTS no_such_table"), SQL_SUCCESS);
}

// An application without Unicode in another character set: the connection outlives its text.
TEST_P(DiagnosticsTest, TextThatIsNotUtf8IsAnErrorOfItsStatement) {
  EXPECT_EQ(statement.Execute("SELECT 'M\xFCller'"), SQL_ERROR);
  EXPECT_EQ(statement.state(), "22021") << statement.diagnostics();
  EXPECT_EQ(connection.Value("SELECT 'M\xC3\xBCller'"), "M\xC3\xBCller");
}

TEST_P(DiagnosticsTest, AnErrorNamesItsServerAndKeepsItsNumber) {
  EXPECT_EQ(statement.Execute("SELECT * FROM no_such_table"), SQL_ERROR);
  SQLCHAR state[6] = "";
  SQLCHAR message[512] = "";
  SQLINTEGER native = 0;
  ASSERT_TRUE(SQL_SUCCEEDED(SQLGetDiagRec(SQL_HANDLE_STMT, statement.handle(), 1, state, &native,
                                          message, sizeof message, nullptr)));
  // PostgreSQL has SQLSTATEs only; 1146 is MySQL's ER_NO_SUCH_TABLE.
  EXPECT_EQ(native, is_postgres() ? 1 : 1146);
  EXPECT_THAT(reinterpret_cast<char*>(message),
              testing::StartsWith(Sql({"[Sluice][PostgreSQL]", "[Sluice][M"})));
}

TEST_P(DiagnosticsTest, StatementsAreNamed) {
  statement.Execute("SELECT 1");
  EXPECT_EQ(HeaderText(SQL_DIAG_DYNAMIC_FUNCTION), "SELECT CURSOR");
  statement.Close();
  connection.Run("DROP TABLE IF EXISTS named");
  statement.Run("CREATE TABLE named (n INT)");
  EXPECT_EQ(HeaderText(SQL_DIAG_DYNAMIC_FUNCTION), "CREATE TABLE");
  statement.Run("INSERT INTO named VALUES (1)");
  EXPECT_EQ(HeaderText(SQL_DIAG_DYNAMIC_FUNCTION), "INSERT");
  statement.Run("DELETE FROM named");
  EXPECT_EQ(HeaderText(SQL_DIAG_DYNAMIC_FUNCTION), "DELETE WHERE");
  statement.Run("DROP TABLE named");
  EXPECT_EQ(HeaderText(SQL_DIAG_DYNAMIC_FUNCTION), "DROP TABLE");
}

INSTANTIATE_FOR_DATABASES(DiagnosticsTest);

}  // namespace
}  // namespace sluice::tests
