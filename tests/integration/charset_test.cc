// Applications without Unicode whose text is in another character set than UTF-8.

#include <string>

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;

class CharsetTest : public DatabaseTest {
 protected:
  std::string Get(Statement& statement, SQLLEN capacity) {
    std::string buffer(static_cast<std::size_t>(capacity), 'Z');
    SQLLEN length = 0;
    const SQLRETURN outcome =
        SQLGetData(statement.handle(), 1, SQL_C_CHAR, buffer.data(), capacity, &length);
    if (!SQL_SUCCEEDED(outcome)) return statement.state();
    return std::string(buffer.c_str()) + " " + std::to_string(length);
  }
};
INSTANTIATE_FOR_DATABASES(CharsetTest);

TEST_P(CharsetTest, TextIsConvertedInBothDirections) {
  const std::string table = MakeTable("id integer, a varchar(20)");
  for (const char* option : {";Charset=latin1", ";ConnSettings={SET client_encoding = 'latin1'}",
                             ";ConnSettings={SET NAMES latin1;}"}) {
    connection.Run("TRUNCATE TABLE " + table);
    Connection narrow(ConnectionString(database()) + option);
    narrow.Run("INSERT INTO " + table + " VALUES (1, 'gr\xfc\xdf')");
    {
      Statement statement(narrow);
      char text[] = "par\xe4m \x80";
      SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 20, 0, text,
                       0, nullptr);
      statement.Run("INSERT INTO " + table + " VALUES (2, ?)");
    }
    EXPECT_THAT(connection.Rows("SELECT a FROM " + table + " ORDER BY id"),
                ElementsAre("gr\u00fc\u00df", "par\u00e4m \u20ac"));
    Statement statement(narrow);
    statement.Run("SELECT a AS \xe4 FROM " + table + " ORDER BY id");
    SQLCHAR name[10];
    SQLSMALLINT length = 0;
    SQLDescribeCol(statement.handle(), 1, name, sizeof name, &length, nullptr, nullptr, nullptr,
                   nullptr);
    EXPECT_STREQ(reinterpret_cast<const char*>(name), "\xe4");
    EXPECT_EQ(length, 1);
    ASSERT_TRUE(statement.Fetch());
    EXPECT_EQ(Get(statement, 4), "gr\xfc 4");
    EXPECT_EQ(Get(statement, 4), "\xdf 1");
    char bound[20];
    SQLLEN indicator = 0;
    SQLBindCol(statement.handle(), 1, SQL_C_CHAR, bound, sizeof bound, &indicator);
    EXPECT_EQ(SQLFetch(statement.handle()), SQL_SUCCESS);
    EXPECT_STREQ(bound, "par\xe4m \x80");
    EXPECT_EQ(indicator, 7);
  }
}

TEST_P(CharsetTest, AStatementChangesItForWhatFollows) {
  Connection narrow(ConnectionString(database()));
  Statement refused(narrow);
  EXPECT_EQ(refused.Execute("SELECT '\xe9'"), SQL_ERROR);
  EXPECT_EQ(refused.state(), "22021");
  narrow.Run("SET NAMES 'LATIN1'");
  EXPECT_THAT(narrow.Rows("SELECT '\xe9'"), ElementsAre("\xe9"));
  narrow.Run("SET NAMES 'UTF8'");
  EXPECT_THAT(narrow.Rows("SELECT '\u00e9'"), ElementsAre("\u00e9"));
  Statement prepared(narrow);
  prepared.Prepare("SET NAMES latin1");
  EXPECT_THAT(narrow.Rows("SELECT '\u00e9'"), ElementsAre("\u00e9"));
  ASSERT_EQ(SQLExecute(prepared.handle()), SQL_SUCCESS);
  EXPECT_THAT(narrow.Rows("SELECT '\xe9'"), ElementsAre("\xe9"));
  EXPECT_EQ(refused.Execute("SET NAMES latin2"), SQL_ERROR);
  EXPECT_EQ(refused.state(), "HYC00");
}

TEST_P(CharsetTest, ACharacterThatItDoesNotHaveIsAnError) {
  const std::string table = MakeTable("a varchar(20)");
  connection.Run("INSERT INTO " + table + " VALUES ('\u4e2d')");
  Connection narrow(ConnectionString(database()) + ";Charset=iso-8859-1");
  Statement statement(narrow);
  statement.Run("SELECT a FROM " + table);
  ASSERT_TRUE(statement.Fetch());
  EXPECT_EQ(Get(statement, 20), "22018");
}

}  // namespace
}  // namespace sluice::tests
