// What the driver claims of the database, tried on the database.

#include <gmock/gmock.h>

#include <array>
#include <cstdio>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;

class InfoTest : public DatabaseTest {};

TEST_P(InfoTest, NamesTheDatabaseAsItsNativeDriverDoes) {
  EXPECT_EQ(connection.InfoText(SQL_DBMS_NAME), Sql({"PostgreSQL", "MariaDB"}));
}

TEST_P(InfoTest, TellsTheServersOwnFacts) {
  std::array<unsigned, 3> version{};
  const std::string told = connection.Value(Sql({"SHOW server_version", "SELECT VERSION()"}));
  ASSERT_GE(std::sscanf(told.c_str(), "%u.%u.%u", &version[0], &version[1], &version[2]), 2);
  std::array<char, 40> expected{};
  std::snprintf(expected.data(), expected.size(), "%02u.%02u.%04u", version[0], version[1],
                version[2]);
  EXPECT_EQ(connection.InfoText(SQL_DBMS_VER), expected.data());
  EXPECT_EQ(connection.InfoText(SQL_DATABASE_NAME),
            connection.Value(Sql({"SELECT current_database()", "SELECT DATABASE()"})));
  EXPECT_EQ(connection.InfoText(SQL_USER_NAME),
            connection.Value(
                Sql({"SELECT current_user", "SELECT SUBSTRING_INDEX(CURRENT_USER(), '@', 1)"})));
  EXPECT_EQ(std::to_string(connection.InfoShort(SQL_MAX_IDENTIFIER_LEN)),
            connection.Value(Sql({"SHOW max_identifier_length", "SELECT 64"})));
  EXPECT_EQ(
      connection.InfoNumber(SQL_DEFAULT_TXN_ISOLATION),
      static_cast<SQLUINTEGER>(is_postgres() ? SQL_TXN_READ_COMMITTED : SQL_TXN_REPEATABLE_READ));
}

TEST_P(InfoTest, TheQuoteCharacterQuotesIdentifiers) {
  const std::string quote = connection.InfoText(SQL_IDENTIFIER_QUOTE_CHAR);
  const std::string name = quote + "select from " + UniqueName("where") + quote;
  connection.Run("CREATE TABLE " + name + " (" + quote + "order by" + quote + " INT)");
  connection.Run("INSERT INTO " + name + " VALUES (5)");
  EXPECT_EQ(connection.Value("SELECT " + quote + "order by" + quote + " FROM " + name), "5");
  connection.Run("DROP TABLE " + name);
}

TEST_P(InfoTest, TransactionsCoverWhatIsClaimed) {
  const SQLUSMALLINT capable = connection.InfoShort(SQL_TXN_CAPABLE);
  EXPECT_EQ(capable, is_postgres() ? SQL_TC_ALL : SQL_TC_DDL_COMMIT);
  const std::string table = UniqueName("ddl");
  connection.SetAutocommit(false);
  connection.Run("CREATE TABLE " + table + " (id INT)");
  connection.Rollback();
  Statement statement(connection);
  const bool exists = SQL_SUCCEEDED(statement.Execute("SELECT * FROM " + table));
  EXPECT_EQ(exists, capable == SQL_TC_DDL_COMMIT);
  statement.Close();
  connection.Rollback();
  connection.SetAutocommit(true);
  if (exists) connection.Run("DROP TABLE " + table);
}

struct EscapeCase {
  const char* sql;
  PerDatabase text;
};

TEST_P(InfoTest, EscapesRun) {
  constexpr EscapeCase kCases[] = {
      {"SELECT {fn UCASE('abc')}", {"ABC", "ABC"}},
      {"SELECT {fn LENGTH({fn CONCAT('ab', 'cd')})}", {"4", "4"}},
      {"SELECT {fn LOCATE('b', 'abc')}", {"2", "2"}},
      {"SELECT {fn SUBSTRING('abcdef', 2, 3)}", {"bcd", "bcd"}},
      {"SELECT {fn MOD(7, 4)}", {"3", "3"}},
      {"SELECT {fn IFNULL(NULL, 'x')}", {"x", "x"}},
      {"SELECT {d '2024-02-29'}", {"2024-02-29", "2024-02-29"}},
      {"SELECT {t '12:34:56'}", {"12:34:56", "12:34:56"}},
      {"SELECT {fn YEAR({d '2024-02-29'})}", {"2024", "2024"}},
      {"SELECT {fn CONVERT('12', SQL_INTEGER)}", {"12", "12"}},
      {"SELECT 1 WHERE 'a%b' LIKE 'a!%b' {escape '!'}", {"1", "1"}},
  };
  for (const EscapeCase& row : kCases) {
    EXPECT_EQ(connection.Value(row.sql), Sql(row.text)) << row.sql;
  }
  EXPECT_THAT(connection.Value("SELECT {ts '2024-02-29 12:34:56'}"),
              testing::StartsWith("2024-02-29 12:34:56"));
}

TEST_P(InfoTest, OuterJoinEscapesRun) {
  const std::string left = MakeTable("id INT");
  const std::string right = MakeTable("id INT, v INT");
  connection.Run("INSERT INTO " + left + " VALUES (1), (2)");
  connection.Run("INSERT INTO " + right + " VALUES (1, 10)");
  EXPECT_THAT(connection.Rows("SELECT l.id, r.v FROM {oj " + left + " l LEFT OUTER JOIN " + right +
                              " r ON l.id = r.id} ORDER BY 1"),
              ElementsAre("1|10", "2|NULL"));
}

// A column made from each row of SQLGetTypeInfo is described with that row's type.
TEST_P(InfoTest, TypeInfoAgreesWithTheColumnsMadeFromIt) {
  Statement types(connection);
  ASSERT_EQ(SQLGetTypeInfo(types.handle(), SQL_ALL_TYPES), SQL_SUCCESS) << types.diagnostics();
  int checked = 0;
  while (types.Fetch()) {
    const std::string name = *types.Text(1);
    const auto type = static_cast<SQLSMALLINT>(types.Number(2));
    const std::string parameters = types.Text(6).value_or("");
    std::string declaration = name;
    if (parameters == "length") declaration += "(8)";
    if (parameters == "precision,scale") declaration += "(8,2)";
    if (parameters == "values") declaration += "('a','b')";
    const std::string table = UniqueName("made");
    Statement create(connection);
    if (name == "bool") continue;  // is SQL_BIT only without BoolsAsChar
    ASSERT_EQ(create.Execute("CREATE TABLE " + table + " (v " + declaration + Sql({"", ""}) + ")"),
              SQL_SUCCESS)
        << declaration << create.diagnostics();
    Statement query(connection);
    query.Run("SELECT v FROM " + table);
    SQLSMALLINT described = 0;
    ASSERT_EQ(SQLDescribeCol(query.handle(), 1, nullptr, 0, nullptr, &described, nullptr, nullptr,
                             nullptr),
              SQL_SUCCESS);
    query.Close();
    connection.Run("DROP TABLE " + table);
    ++checked;
    // A type name may be offered under several codes of one family; the column has one of them.
    Statement offered(connection);
    ASSERT_EQ(SQLGetTypeInfo(offered.handle(), described), SQL_SUCCESS);
    bool found = false;
    while (offered.Fetch()) found = found || *offered.Text(1) == name;
    EXPECT_TRUE(found) << name << " (" << type << ") is described as " << described;
  }
  EXPECT_GT(checked, 20);
}

INSTANTIATE_FOR_DATABASES(InfoTest);

}  // namespace
}  // namespace sluice::tests
