// What the driver claims of the database, tried on the database.

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;

class InfoTest : public DatabaseTest {};

TEST_P(InfoTest, NamesTheDatabaseAsItsNativeDriverDoes) {
  EXPECT_EQ(connection.InfoText(SQL_DBMS_NAME), Sql({"PostgreSQL", "MariaDB"}));
  EXPECT_THAT(connection.InfoText(SQL_DBMS_VER),
              testing::MatchesRegex("[0-9][0-9]\\.[0-9][0-9].*"));
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

// Each claimed {fn} name runs: with arguments by the shape of the function.
struct FunctionCase {
  SQLUSMALLINT info;
  SQLUINTEGER bit;
  const char* call;
};

TEST_P(InfoTest, ClaimedFunctionsExist) {
  // clang-format off
  constexpr FunctionCase kCases[] = {
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_ASCII, "ASCII('a')"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_BIT_LENGTH, "BIT_LENGTH('a')"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_CHAR, "CHAR(65)"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_CHAR_LENGTH, "CHAR_LENGTH('a')"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_CHARACTER_LENGTH, "CHARACTER_LENGTH('a')"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_CONCAT, "CONCAT('a', 'b')"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_DIFFERENCE, "DIFFERENCE('a', 'b')"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_INSERT, "INSERT('abc', 1, 1, 'x')"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_LCASE, "LCASE('A')"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_LEFT, "LEFT('abc', 2)"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_LENGTH, "LENGTH('abc')"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_LOCATE_2, "LOCATE('b', 'abc')"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_LOCATE, "LOCATE('b', 'abc', 1)"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_LTRIM, "LTRIM(' a')"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_OCTET_LENGTH, "OCTET_LENGTH('a')"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_POSITION, "POSITION('b' IN 'abc')"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_REPEAT, "REPEAT('a', 3)"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_REPLACE, "REPLACE('abc', 'b', 'x')"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_RIGHT, "RIGHT('abc', 2)"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_RTRIM, "RTRIM('a ')"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_SOUNDEX, "SOUNDEX('abc')"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_SPACE, "SPACE(3)"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_SUBSTRING, "SUBSTRING('abc', 1, 2)"},
      {SQL_STRING_FUNCTIONS, SQL_FN_STR_UCASE, "UCASE('a')"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_ABS, "ABS(-1)"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_ACOS, "ACOS(0.5)"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_ASIN, "ASIN(0.5)"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_ATAN, "ATAN(0.5)"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_ATAN2, "ATAN2(1, 2)"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_CEILING, "CEILING(1.5)"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_COS, "COS(1)"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_COT, "COT(1)"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_DEGREES, "DEGREES(1)"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_EXP, "EXP(1)"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_FLOOR, "FLOOR(1.5)"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_LOG, "LOG(2)"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_LOG10, "LOG10(2)"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_MOD, "MOD(5, 3)"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_PI, "PI()"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_POWER, "POWER(2, 3)"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_RADIANS, "RADIANS(1)"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_RAND, "RAND()"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_ROUND, "ROUND(1.55, 1)"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_SIGN, "SIGN(-1)"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_SIN, "SIN(1)"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_SQRT, "SQRT(2)"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_TAN, "TAN(1)"},
      {SQL_NUMERIC_FUNCTIONS, SQL_FN_NUM_TRUNCATE, "TRUNCATE(1.55, 1)"},
      {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_CURDATE, "CURDATE()"},
      {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_CURTIME, "CURTIME()"},
      {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_CURRENT_DATE, "CURRENT_DATE()"},
      {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_CURRENT_TIME, "CURRENT_TIME()"},
      {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_CURRENT_TIMESTAMP, "CURRENT_TIMESTAMP()"},
      {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_DAYNAME, "DAYNAME({d '2024-02-29'})"},
      {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_DAYOFMONTH, "DAYOFMONTH({d '2024-02-29'})"},
      {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_DAYOFWEEK, "DAYOFWEEK({d '2024-02-29'})"},
      {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_DAYOFYEAR, "DAYOFYEAR({d '2024-02-29'})"},
      {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_EXTRACT, "EXTRACT(YEAR FROM {d '2024-02-29'})"},
      {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_HOUR, "HOUR({ts '2024-02-29 12:34:56'})"},
      {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_MINUTE, "MINUTE({ts '2024-02-29 12:34:56'})"},
      {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_MONTH, "MONTH({d '2024-02-29'})"},
      {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_MONTHNAME, "MONTHNAME({d '2024-02-29'})"},
      {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_NOW, "NOW()"},
      {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_QUARTER, "QUARTER({d '2024-02-29'})"},
      {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_SECOND, "SECOND({ts '2024-02-29 12:34:56'})"},
      {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_TIMESTAMPADD, "TIMESTAMPADD(SQL_TSI_DAY, 1, {ts '2024-02-29 12:34:56'})"},
      {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_TIMESTAMPDIFF, "TIMESTAMPDIFF(SQL_TSI_DAY, {d '2024-02-28'}, {d '2024-02-29'})"},
      {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_WEEK, "WEEK({d '2024-02-29'})"},
      {SQL_TIMEDATE_FUNCTIONS, SQL_FN_TD_YEAR, "YEAR({d '2024-02-29'})"},
      {SQL_SYSTEM_FUNCTIONS, SQL_FN_SYS_DBNAME, "DATABASE()"},
      {SQL_SYSTEM_FUNCTIONS, SQL_FN_SYS_IFNULL, "IFNULL(NULL, 1)"},
      {SQL_SYSTEM_FUNCTIONS, SQL_FN_SYS_USERNAME, "USER()"},
  };
  // clang-format on
  for (const FunctionCase& row : kCases) {
    if ((connection.InfoNumber(row.info) & row.bit) == 0) continue;
    Statement statement(connection);
    EXPECT_EQ(statement.Execute(std::string("SELECT {fn ") + row.call + "}"), SQL_SUCCESS)
        << row.call << "\n"
        << statement.diagnostics();
  }
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
