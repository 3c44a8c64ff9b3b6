// What applications of psqlodbc rely on, where the ODBC reference leaves more than one way.

#include <array>
#include <string>

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PsqlodbcHabitTest : public testing::Test {
 protected:
  Connection connection{ConnectionString(Database::kPostgres)};
  Statement statement{connection};
};

void BindText(Statement& statement, SQLUSMALLINT number, SQLSMALLINT sql_type, char* text) {
  ASSERT_EQ(SQLBindParameter(statement.handle(), number, SQL_PARAM_INPUT, SQL_C_CHAR, sql_type, 40,
                             0, text, 0, nullptr),
            SQL_SUCCESS)
      << statement.diagnostics();
}

TEST_F(PsqlodbcHabitTest, AFetchOfNoResultHasNoData) {
  statement.Run("DO 'BEGIN END'");
  EXPECT_EQ(SQLFetch(statement.handle()), SQL_NO_DATA) << statement.diagnostics();
  std::array<char, 20> value{};
  SQLLEN length = SQL_NTS;
  SQLBindParameter(statement.handle(), 1, SQL_PARAM_OUTPUT, SQL_C_CHAR, SQL_CHAR, 20, 0,
                   value.data(), value.size(), &length);
  statement.Run("{? = call length('foo')}");
  EXPECT_STREQ(value.data(), "3");
  EXPECT_EQ(SQLFetch(statement.handle()), SQL_NO_DATA) << statement.diagnostics();
}

// The server takes the parameter for what the column is, which it need not be.
TEST_F(PsqlodbcHabitTest, NumbersAreComparedWithColumnsThatCannotHoldThem) {
  connection.Run("CREATE TEMPORARY TABLE habit_numbers (s SMALLINT, i INT, d DATE)");
  connection.Run("INSERT INTO habit_numbers VALUES (1, 2, '2024-02-28')");
  const auto rows = [&](const char* sql) {
    Statement query(connection);
    SQLBIGINT large = 99'999'999'999;
    SQLINTEGER day = 1;
    char half[] = "1.5";
    const bool is_large = std::string_view(sql).find("large") != std::string_view::npos;
    if (is_large) {
      SQLBindParameter(query.handle(), 1, SQL_PARAM_INPUT, SQL_C_SBIGINT, SQL_BIGINT, 0, 0, &large,
                       0, nullptr);
    } else if (std::string_view(sql).find("day") != std::string_view::npos) {
      SQLBindParameter(query.handle(), 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, &day, 0,
                       nullptr);
    } else {
      BindText(query, 1, SQL_NUMERIC, half);
    }
    query.Run(sql);
    return query.Rows();
  };
  for (const bool autocommit : {true, false}) {
    connection.SetAutocommit(autocommit);
    EXPECT_THAT(rows("SELECT s FROM habit_numbers WHERE s < ? /* half */"), ElementsAre("1"));
    EXPECT_THAT(rows("SELECT s FROM habit_numbers WHERE i = ? /* half */"), IsEmpty());
    EXPECT_THAT(rows("SELECT i FROM habit_numbers WHERE i < ? /* large */"), ElementsAre("2"));
    EXPECT_THAT(rows("SELECT d + ? AS day FROM habit_numbers"), ElementsAre("2024-02-29"));
    EXPECT_THAT(rows("SELECT ? - 1 AS half"), ElementsAre("0.5"));
    EXPECT_THAT(rows("SELECT s FROM habit_numbers WHERE s < ? /* half */"), ElementsAre("1"));
  }
  connection.SetAutocommit(true);
  EXPECT_EQ(connection.Rows("SELECT 1"), std::vector<std::string>{"1"});
}

// As the driver manager maps it to SQLBindParameter.
TEST_F(PsqlodbcHabitTest, SqlSetParamBindsAnInput) {
  SQLINTEGER value = 100;
  ASSERT_EQ(SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT_OUTPUT, SQL_C_SLONG,
                             SQL_INTEGER, 0, 0, &value, SQL_SETPARAM_VALUE_MAX, nullptr),
            SQL_SUCCESS)
      << statement.diagnostics();
  statement.Run("SELECT ?::int");
  EXPECT_THAT(statement.Rows(), ElementsAre("100"));
}

TEST_F(PsqlodbcHabitTest, ParametersOfAnEarlierStatementAreNotAskedFor) {
  SQLLEN at_execution[2] = {SQL_DATA_AT_EXEC, SQL_DATA_AT_EXEC};
  SQLLEN once = SQL_DATA_AT_EXEC;
  char first = 0;
  char second = 0;
  SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 20, 0, &first,
                   0, at_execution);
  SQLBindParameter(statement.handle(), 2, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 20, 0, &second,
                   0, &once);
  statement.Prepare("SELECT ?::text");
  ASSERT_EQ(statement.ExecutePrepared(), SQL_NEED_DATA);
  SQLPOINTER token = nullptr;
  ASSERT_EQ(SQLParamData(statement.handle(), &token), SQL_NEED_DATA);
  EXPECT_EQ(token, &first);
  char text[] = "given";
  ASSERT_EQ(SQLPutData(statement.handle(), text, SQL_NTS), SQL_SUCCESS);
  EXPECT_EQ(SQLParamData(statement.handle(), &token), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_THAT(statement.Rows(), ElementsAre("given"));
}

TEST_F(PsqlodbcHabitTest, AMergeOfNothingSucceeds) {
  connection.SetAutocommit(false);
  statement.Run("CREATE TABLE habit_merged (n int)");
  EXPECT_EQ(statement.Execute("DELETE FROM habit_merged"), SQL_NO_DATA);
  EXPECT_EQ(
      statement.Execute("MERGE INTO habit_merged AS m USING (SELECT 1 AS n) AS s ON m.n = s.n "
                        "WHEN MATCHED THEN DELETE"),
      SQL_SUCCESS)
      << statement.diagnostics();
  EXPECT_EQ(statement.RowCount(), 0);
  connection.Rollback();
}

// A statement without markers runs, whatever the last one's parameter was.
TEST_F(PsqlodbcHabitTest, AParameterOfAnEarlierStatementNeedNotFit) {
  char text[] = "-";
  BindText(statement, 1, SQL_INTEGER, text);
  ASSERT_EQ(statement.Execute("SELECT 1 > ?"), SQL_ERROR);
  EXPECT_EQ(statement.state(), "22018") << statement.diagnostics();
  statement.Run("SELECT 'no marker'");
  EXPECT_THAT(statement.Rows(), ElementsAre("no marker"));
}

class DeletedRowTest : public PsqlodbcHabitTest {
 protected:
  void SetUp() override {
    connection.SetAutocommit(false);
    statement.Run("CREATE TABLE habit_deleted AS SELECT g AS n FROM generate_series(1, 3) AS g");
    statement.Close();
    statement.Set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC);
    statement.Set(SQL_ATTR_CONCURRENCY, SQL_CONCUR_VALUES);
    statement.Run("SELECT n FROM habit_deleted ORDER BY n");
    ASSERT_TRUE(statement.Fetch());
    ASSERT_TRUE(statement.Fetch());
  }
  void TearDown() override { connection.Rollback(); }
};

TEST_F(DeletedRowTest, HasItsValuesYet) {
  ASSERT_EQ(SQLSetPos(statement.handle(), 1, SQL_DELETE, SQL_LOCK_NO_CHANGE), SQL_SUCCESS)
      << statement.diagnostics();
  EXPECT_EQ(statement.Text(1), "2") << statement.diagnostics();
  ASSERT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_LAST, 0), SQL_SUCCESS);
  ASSERT_EQ(SQLFetchScroll(statement.handle(), SQL_FETCH_PRIOR, 0), SQL_SUCCESS);
  EXPECT_EQ(statement.Text(1), "1") << "passed over: " << statement.diagnostics();
}

TEST_F(DeletedRowTest, HasTheValuesThatItWasGiven) {
  SQLINTEGER number = 20;
  SQLBindCol(statement.handle(), 1, SQL_C_SLONG, &number, 0, nullptr);
  ASSERT_EQ(SQLSetPos(statement.handle(), 1, SQL_UPDATE, SQL_LOCK_NO_CHANGE), SQL_SUCCESS)
      << statement.diagnostics();
  ASSERT_EQ(SQLSetPos(statement.handle(), 1, SQL_DELETE, SQL_LOCK_NO_CHANGE), SQL_SUCCESS)
      << statement.diagnostics();
  SQLFreeStmt(statement.handle(), SQL_UNBIND);
  EXPECT_EQ(statement.Text(1), "20") << statement.diagnostics();
}

// Changing a row is what locks it; programs take the constant for "no change" from SQLGetInfo's.
TEST_F(DeletedRowTest, MayBeAskedToBeLocked) {
  ASSERT_EQ(SQLSetPos(statement.handle(), 1, SQL_DELETE, SQL_LOCK_EXCLUSIVE), SQL_SUCCESS)
      << statement.diagnostics();
  EXPECT_EQ(SQLSetPos(statement.handle(), 1, SQL_REFRESH, SQL_LOCK_EXCLUSIVE), SQL_ERROR);
  EXPECT_EQ(statement.state(), "HYC00");
  statement.Close();
  statement.Run("SELECT n FROM habit_deleted ORDER BY n");
  EXPECT_THAT(statement.Rows(), ElementsAre("1", "3"));
}

// Without savepoints a call cannot be tried as a procedure once it has failed as a function.
TEST(PostgresProtocolTest, ACallOfNothingTellsThatItIsNotThere) {
  for (const char* protocol : {"7.4-0", "7.4-1", "7.4-2"}) {
    Connection connection(ConnectionString(Database::kPostgres) + ";Protocol=" + protocol);
    connection.SetAutocommit(false);
    Statement statement(connection);
    statement.Run("SELECT 1");
    statement.Close();
    EXPECT_EQ(statement.Execute("{call habit_is_not_there()}"), SQL_ERROR);
    EXPECT_EQ(statement.state(), "42883") << protocol << statement.diagnostics();
    connection.Rollback();
  }
}

TEST_F(PsqlodbcHabitTest, BackslashesEscapeWithoutStandardConformingStrings) {
  char parameter[] = "given";
  BindText(statement, 1, SQL_VARCHAR, parameter);
  const std::string sql = R"(SELECT 'it\'s ? here', ?::text)";
  statement.Run("SET standard_conforming_strings = off");
  EXPECT_EQ(statement.Execute(sql), SQL_SUCCESS_WITH_INFO);  // the server warns of the backslash
  EXPECT_THAT(statement.Rows(), ElementsAre("it's ? here|given"));
  statement.Close();
  statement.Run("RESET standard_conforming_strings");
  EXPECT_EQ(statement.Execute(sql), SQL_ERROR);
  EXPECT_EQ(statement.state(), "42601") << statement.diagnostics();
}

TEST_F(PsqlodbcHabitTest, AWarningOfAFailedStatementIsNotTheNextOnes) {
  char text[] = "1\0x";
  SQLLEN length = 3;
  SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 20, 0, text, 0,
                   &length);
  ASSERT_EQ(statement.Execute("SELECT 1 / (?::text::int - 1)"), SQL_ERROR);
  EXPECT_EQ(statement.state(), "22012") << statement.diagnostics();
  SQLFreeStmt(statement.handle(), SQL_RESET_PARAMS);
  EXPECT_EQ(statement.Execute("SELECT 1"), SQL_SUCCESS) << statement.diagnostics();
}

// Applications look for the severity at the start of the text.
TEST_F(PsqlodbcHabitTest, NoticesTellTheirSeverity) {
  EXPECT_EQ(statement.Execute("DO $$ BEGIN RAISE INFO 'a' USING ERRCODE = '01003';"
                              " RAISE WARNING 'b'; END $$"),
            SQL_SUCCESS_WITH_INFO);
  const std::vector<std::pair<std::string, std::string>> expected = {{"01003", "INFO: a"},
                                                                     {"01000", "WARNING: b"}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    SQLCHAR state[6] = "";
    SQLCHAR message[100] = "";
    SQLINTEGER native = 0;
    ASSERT_EQ(SQLGetDiagRec(SQL_HANDLE_STMT, statement.handle(), static_cast<SQLSMALLINT>(i + 1),
                            state, &native, message, sizeof message, nullptr),
              SQL_SUCCESS);
    EXPECT_EQ(reinterpret_cast<char*>(state), expected[i].first);
    EXPECT_EQ(reinterpret_cast<char*>(message), expected[i].second);
    EXPECT_EQ(native, -1);
  }
}

// Where the server counts no rows, psqlodbc makes a count of the command tag's last word.
TEST_F(PsqlodbcHabitTest, StatementsWithoutACountHaveTheOneOfTheirTag) {
  const auto count = [this](const std::string& sql) {
    EXPECT_NE(statement.Execute(sql), SQL_ERROR) << sql << statement.diagnostics();
    return statement.RowCount();
  };
  EXPECT_EQ(count("CREATE TEMPORARY TABLE counted (n INT)"), 0);
  EXPECT_EQ(count("INSERT INTO counted VALUES (1), (2)"), 2);
  EXPECT_EQ(count("TRUNCATE counted"), 0);
  EXPECT_EQ(count("ALTER TABLE counted ADD m INT"), -1);
  EXPECT_EQ(count("SET enable_seqscan = on"), -1);
  EXPECT_EQ(count("DROP TABLE counted"), -1);
}

// psqlodbc writes nothing then; Qt begins with 0 and expects to find it.
TEST_F(PsqlodbcHabitTest, AZeroStaysWhereTheServerCountsNothing) {
  const auto count = [this](const std::string& sql, SQLLEN rows) {
    EXPECT_NE(statement.Execute(sql), SQL_ERROR) << sql << statement.diagnostics();
    EXPECT_EQ(SQLRowCount(statement.handle(), &rows), SQL_SUCCESS);
    return rows;
  };
  EXPECT_EQ(count("BEGIN", 0), 0);
  EXPECT_EQ(count("COMMIT", 7), -1);
  EXPECT_EQ(count("SET enable_seqscan = on", -1), -1);
  EXPECT_EQ(count("SELECT * FROM generate_series(1, 100000)", 0), -1);
}

std::string DescribedNumber(const Statement& statement) {
  SQLSMALLINT type = 0;
  SQLULEN size = 0;
  SQLSMALLINT digits = 0;
  SQLDescribeCol(statement.handle(), 1, nullptr, 0, nullptr, &type, &size, &digits, nullptr);
  EXPECT_EQ(type, SQL_NUMERIC);
  return std::to_string(size) + "," + std::to_string(digits);
}

// Applications allocate the size, and read as many decimals as they are told.
TEST_F(PsqlodbcHabitTest, NumbersWithoutPrecisionAreDescribedByTheirValues) {
  const std::array<std::pair<std::string, std::string>, 6> cases{
      {{"VALUES (1 / 3::numeric), (NULL)", "28,20"},
       {"VALUES (12345678901234567890123456789012345.5::numeric)", "36,1"},
       {"VALUES (-100::numeric), ('NaN')", "28,0"},
       {"VALUES (NULL::numeric)", "28,6"},
       {"SELECT 1.5::numeric WHERE false", "28,6"},
       {"VALUES (1.5::numeric(12, 3))", "12,3"}}};
  for (const auto& [sql, expected] : cases) {
    statement.Run(sql);
    EXPECT_EQ(DescribedNumber(statement), expected) << sql;
    statement.Close();
  }
  statement.Prepare("SELECT 1.25::numeric");
  EXPECT_EQ(DescribedNumber(statement), "28,6");
  EXPECT_EQ(statement.ExecutePrepared(), SQL_SUCCESS);
  EXPECT_EQ(DescribedNumber(statement), "28,2");
  EXPECT_TRUE(statement.Fetch());
  EXPECT_EQ(statement.Text(1), "1.25");
}

// Whoever is told none allocates its own maximum.
TEST_F(PsqlodbcHabitTest, ByteaHasNoSize) {
  statement.Run("SELECT CAST('x' AS bytea) AS b");
  SQLSMALLINT type = 0;
  SQLULEN size = 1;
  ASSERT_EQ(
      SQLDescribeCol(statement.handle(), 1, nullptr, 0, nullptr, &type, &size, nullptr, nullptr),
      SQL_SUCCESS);
  EXPECT_EQ(type, SQL_LONGVARBINARY);
  EXPECT_EQ(size, 0u);
  for (const SQLUSMALLINT field :
       std::array<SQLUSMALLINT, 2>{SQL_DESC_DISPLAY_SIZE, SQL_DESC_OCTET_LENGTH}) {
    SQLLEN value = 0;
    SQLColAttribute(statement.handle(), 1, field, nullptr, 0, nullptr, &value);
    EXPECT_EQ(value, SQL_NO_TOTAL) << field;
  }
}

TEST_F(PsqlodbcHabitTest, AnIntervalHasAllItsFields) {
  SQL_INTERVAL_STRUCT interval{};
  interval.interval_type = SQL_IS_SECOND;
  interval.intval.day_second = {.day = 1, .hour = 2, .minute = 3, .second = 4, .fraction = 0};
  SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_INTERVAL_SECOND,
                   SQL_INTERVAL_SECOND, 0, 0, &interval, sizeof(interval), nullptr);
  statement.Run("SELECT '1 day 02:03:04'::interval = ?");
  EXPECT_THAT(statement.Rows(), ElementsAre("1"));
}

// Applications bind a timestamp for a date column as the date that SQLDescribeParam tells.
TEST_F(PsqlodbcHabitTest, ATimestampBoundAsADateIsItsDate) {
  SQL_TIMESTAMP_STRUCT timestamp{2006, 12, 30, 13, 45, 12, 345'000'000};
  statement.Prepare("SELECT CAST(CAST(? AS date) AS text)");
  SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_TYPE_TIMESTAMP, SQL_TYPE_DATE, 10,
                   0, &timestamp, sizeof timestamp, nullptr);
  EXPECT_EQ(statement.ExecutePrepared(), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_THAT(statement.Rows(), ElementsAre("2006-12-30"));
}

TEST_F(PsqlodbcHabitTest, WordsAreBits) {
  char yes[] = "True";
  char no[] = "false";
  BindText(statement, 1, SQL_BIT, yes);
  BindText(statement, 2, SQL_BIT, no);
  statement.Run("SELECT ?::bool, ?::bool");
  EXPECT_THAT(statement.Rows(), ElementsAre("1|0"));
}

// Visual Basic's True, in whatever form it comes; alone, and in arrays of parameters.
TEST_F(PsqlodbcHabitTest, MinusOneIsTrue) {
  statement.Run("CREATE TEMP TABLE truths (a bool, b bool)");
  char text[] = "-1";
  BindText(statement, 1, SQL_VARCHAR, text);
  SQLINTEGER number = -1;
  SQLBindParameter(statement.handle(), 2, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, &number,
                   0, nullptr);
  statement.Run("INSERT INTO truths VALUES (?, ?)");
  char texts[3][3] = {"-1", "0", "t"};
  SQLINTEGER numbers[3] = {0, -1, 1};
  SQLSetStmtAttr(statement.handle(), SQL_ATTR_PARAMSET_SIZE, reinterpret_cast<SQLPOINTER>(3), 0);
  SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 2, 0, texts, 3,
                   nullptr);
  SQLBindParameter(statement.handle(), 2, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, numbers,
                   0, nullptr);
  statement.Run("INSERT INTO truths VALUES (?, ?)");
  Statement reading(connection);
  reading.Run("SELECT * FROM truths");
  EXPECT_THAT(reading.Rows(), ElementsAre("1|1", "1|0", "0|1", "1|1"));
}

// Applications allocate what SQLDescribeCol tells, and the digits of a number are not all of it.
TEST_F(PsqlodbcHabitTest, AFloatFitsIntoItsColumnSize) {
  statement.Run("SELECT (-3.4028235e38)::float4, 0.0000123456789012345678::float8");
  char real[9 + 1];
  char number[17 + 1];
  SQLBindCol(statement.handle(), 1, SQL_C_CHAR, real, sizeof real, nullptr);
  SQLBindCol(statement.handle(), 2, SQL_C_CHAR, number, sizeof number, nullptr);
  EXPECT_EQ(SQLFetch(statement.handle()), SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(statement.state(), "01004");
  EXPECT_STREQ(real, "-3.4e+38");
  EXPECT_STREQ(number, "1.23456789012e-05");
}

// Programs make the same temporary table in each of their connections.
TEST(PostgresTemporaryTableTest, IsKnownFromItsFirstUseInEachConnection) {
  const std::string table = UniqueName("temporary");
  for (const char* columns : {"(a int, b int)", "(b text, a int primary key)"}) {
    Connection connection(ConnectionString(Database::kPostgres));
    connection.Run("CREATE TEMPORARY TABLE " + table + columns);
    Statement statement(connection);
    statement.Run("SELECT * FROM " + table);
    std::array<char, 100> name{};
    ASSERT_EQ(SQLColAttribute(statement.handle(), 1, SQL_DESC_BASE_TABLE_NAME, name.data(),
                              static_cast<SQLSMALLINT>(name.size()), nullptr, nullptr),
              SQL_SUCCESS)
        << statement.diagnostics();
    EXPECT_EQ(name.data(), table) << columns;
  }
}

TEST(PostgresConnSettingsTest, RunInEveryNewSession) {
  const std::string plain = ConnectionString(Database::kPostgres);
  for (const char* settings :
       {"ConnSettings={SET TimeZone TO 'Asia/Tokyo'; SET datestyle TO german}",
        "A6=set+TimeZone+to+%27Asia/Tokyo%27;"}) {
    Connection connection(plain + ";" + settings);
    EXPECT_EQ(connection.Value("SHOW TimeZone"), "Asia/Tokyo") << settings;
  }
  Connection connection;
  EXPECT_EQ(connection.Connect(plain + ";ConnSettings={SET nonsense TO 1}"), SQL_ERROR);
  EXPECT_EQ(connection.state(), "42704") << connection.diagnostics();
}

// A database without tables has columns, too.
TEST_F(PsqlodbcHabitTest, ColumnsOfAllTablesAreTheSystemsToo) {
  ASSERT_EQ(SQLColumns(statement.handle(), nullptr, 0, nullptr, 0, nullptr, 0, nullptr, 0),
            SQL_SUCCESS)
      << statement.diagnostics();
  EXPECT_THAT(statement.Rows(), Contains(HasSubstr("|pg_catalog|pg_class|relname|")));
}

// Of an application without Unicode, as this one; one in upper case that is there comes first.
TEST_F(PsqlodbcHabitTest, NamesInUpperCaseAreLookedForInLowerCaseToo) {
  connection.SetAutocommit(false);
  statement.Run("CREATE TABLE HABIT_CASE (ID int PRIMARY KEY, NAME text)");
  const auto text = [](const char* name) {
    return reinterpret_cast<SQLCHAR*>(const_cast<char*>(name));
  };
  const auto rows = [&] {
    const auto all = statement.Rows();
    statement.Close();
    return all;
  };
  const auto tables = [&](const char* name) {
    EXPECT_EQ(SQLTables(statement.handle(), nullptr, 0, text("public"), SQL_NTS, text(name),
                        SQL_NTS, nullptr, 0),
              SQL_SUCCESS)
        << statement.diagnostics();
    return rows();
  };
  EXPECT_THAT(tables("HABIT_CASE"), ElementsAre(HasSubstr("|public|habit_case|TABLE|")));
  EXPECT_THAT(tables("HABIT_CAS%"), ElementsAre(HasSubstr("|public|habit_case|TABLE|")));
  EXPECT_THAT(tables("Habit_case"), IsEmpty());
  SQLColumns(statement.handle(), nullptr, 0, nullptr, 0, text("HABIT_CASE"), SQL_NTS, text("NAME"),
             SQL_NTS);
  EXPECT_THAT(rows(), ElementsAre(HasSubstr("|habit_case|name|")));
  SQLPrimaryKeys(statement.handle(), nullptr, 0, nullptr, 0, text("HABIT_CASE"), SQL_NTS);
  EXPECT_THAT(rows(), ElementsAre(HasSubstr("|habit_case|id|")));
  statement.Run("CREATE TABLE \"HABIT_CASE\" (id int)");
  EXPECT_THAT(tables("HABIT_CASE"), ElementsAre(HasSubstr("|public|HABIT_CASE|TABLE|")));
  connection.Rollback();
}

// PHP's odbc_tables($connection, "", "", "", "").
TEST_F(PsqlodbcHabitTest, NoTablesAreOfAnEmptyListOfTypes) {
  std::array<SQLCHAR, 1> nothing{};
  ASSERT_EQ(SQLTables(statement.handle(), nothing.data(), SQL_NTS, nothing.data(), SQL_NTS,
                      nothing.data(), SQL_NTS, nothing.data(), SQL_NTS),
            SQL_SUCCESS)
      << statement.diagnostics();
  EXPECT_THAT(statement.Rows(), IsEmpty());
}

TEST_F(PsqlodbcHabitTest, StatusesTellThatThereIsNoRow) {
  std::array<SQLUSMALLINT, 2> statuses{};
  statement.SetPointer(SQL_ATTR_ROW_STATUS_PTR, statuses.data());
  statement.Set(SQL_ATTR_ROW_ARRAY_SIZE, statuses.size());
  statement.Run("SELECT 1");
  ASSERT_EQ(SQLFetch(statement.handle()), SQL_SUCCESS);
  EXPECT_THAT(statuses, ElementsAre(SQL_ROW_SUCCESS, SQL_ROW_NOROW));
  ASSERT_EQ(SQLFetch(statement.handle()), SQL_NO_DATA);
  EXPECT_THAT(statuses, Each(SQL_ROW_NOROW));
}

}  // namespace
}  // namespace sluice::tests
