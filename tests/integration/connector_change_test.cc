// What the test programs of Connector/ODBC expect of cursors that only go forward, of errors and of
// its options, and what PostgreSQL's applications have instead.

#include <array>
#include <cstring>

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

class ConnectorChangeTest : public DatabaseTest {};
INSTANTIATE_FOR_DATABASES(ConnectorChangeTest);

// A cursor over `table` whose rows are bound, and that was asked to go forward only.
struct ForwardCursor {
  ForwardCursor(Connection& connection, const std::string& table) : statement(connection) {
    statement.Set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_FORWARD_ONLY);
    statement.Set(SQL_ATTR_ROW_ARRAY_SIZE, ids.size());
    SQLBindCol(statement.handle(), 1, SQL_C_SLONG, ids.data(), 0, id_lengths.data());
    SQLBindCol(statement.handle(), 2, SQL_C_CHAR, names.data(), kWidth, name_lengths.data());
    statement.Run("SELECT id, name FROM " + table + " ORDER BY id");
  }
  SQLRETURN Change(SQLSETPOSIROW row, SQLUSMALLINT operation, const char* name) {
    std::strcpy(names.at(row - 1).data(), name);
    name_lengths.at(row - 1) = SQL_NTS;
    return SQLSetPos(statement.handle(), row, operation, SQL_LOCK_NO_CHANGE);
  }

  static constexpr SQLLEN kWidth = 10;
  Statement statement;
  std::array<SQLINTEGER, 2> ids{};
  std::array<std::array<char, kWidth>, 2> names{};
  std::array<SQLLEN, 2> id_lengths{};
  std::array<SQLLEN, 2> name_lengths{};
};

TEST_P(ConnectorChangeTest, RowsOfACursorThatOnlyGoesForwardAreChangedOnMysql) {
  const std::string table = MakeTable("id INT PRIMARY KEY, name VARCHAR(9)");
  connection.Run("INSERT INTO " + table +
                 " VALUES (1, 'one'), (2, 'two'), (3, 'three'), (4, 'four'), (5, 'five')");
  ForwardCursor cursor(connection, table);
  ASSERT_TRUE(cursor.statement.Fetch());
  if (is_postgres()) {
    EXPECT_EQ(cursor.Change(2, SQL_UPDATE, "new"), SQL_ERROR);
    EXPECT_EQ(cursor.statement.state(), "HY092");
    return;
  }
  EXPECT_EQ(cursor.Change(2, SQL_UPDATE, "new"), SQL_SUCCESS) << cursor.statement.diagnostics();
  EXPECT_EQ(cursor.statement.RowCount(), 1);
  ASSERT_TRUE(cursor.statement.Fetch());
  EXPECT_THAT(cursor.ids, ElementsAre(3, 4));
  EXPECT_EQ(cursor.Change(1, SQL_DELETE, ""), SQL_SUCCESS) << cursor.statement.diagnostics();
  cursor.ids[0] = 9;
  cursor.id_lengths[0] = sizeof(SQLINTEGER);
  EXPECT_EQ(cursor.Change(1, SQL_ADD, "added"), SQL_SUCCESS) << cursor.statement.diagnostics();
  EXPECT_EQ(SQLFetchScroll(cursor.statement.handle(), SQL_FETCH_FIRST, 0), SQL_ERROR);
  EXPECT_EQ(cursor.statement.state(), "HY106");
  EXPECT_TRUE(cursor.statement.Fetch());
  EXPECT_FALSE(cursor.statement.Fetch());
  EXPECT_THAT(connection.Rows("SELECT * FROM " + table + " ORDER BY id"),
              ElementsAre("1|one", "2|new", "4|four", "5|five", "9|added"));
}

// MySQL's strict mode makes an error of a warning, whose state 01000 it keeps.
TEST_P(ConnectorChangeTest, AValueThatIsNoneOfItsColumnsTypeIsAnErrorOfItsClass) {
  const std::string table = MakeTable("a INT");
  Statement statement(connection);
  const std::string date = "2024-01-02";
  SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 20, 0,
                   Chars(date), 0, nullptr);
  EXPECT_EQ(statement.Execute("INSERT INTO " + table + " VALUES (?)"), SQL_ERROR);
  EXPECT_THAT(statement.state(), StartsWith("22"));
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM " + table), "0");
}

TEST_P(ConnectorChangeTest, AFractionIsNoPartOfATimeOnMysql) {
  const std::string table = MakeTable("a TIME(3)");
  Statement statement(connection);
  SQL_TIMESTAMP_STRUCT stamp{2024, 2, 29, 12, 34, 56, 500'000'000};
  SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_TYPE_TIMESTAMP, SQL_TYPE_TIME, 12,
                   3, &stamp, 0, nullptr);
  statement.Prepare("INSERT INTO " + table + " VALUES (?)");
  const SQLRETURN outcome = statement.ExecutePrepared();
  if (is_postgres()) {
    EXPECT_EQ(outcome, SQL_SUCCESS) << statement.diagnostics();
    EXPECT_EQ(connection.Value("SELECT a FROM " + table), "12:34:56.5");
    return;
  }
  EXPECT_EQ(outcome, SQL_ERROR);
  EXPECT_EQ(statement.state(), "22008");
  stamp.fraction = 0;
  EXPECT_EQ(statement.ExecutePrepared(), SQL_SUCCESS) << statement.diagnostics();
  EXPECT_EQ(connection.Value("SELECT a FROM " + table), "12:34:56.000");
}

TEST_P(ConnectorChangeTest, NobigintDescribesMysqlsBigintAsAnInteger) {
  for (const char* option : {";NOBIGINT=1", ";OPTION=16384"}) {
    Connection other(ConnectionString(database()) + option);
    Statement statement(other);
    statement.Prepare("SELECT CAST(15 AS " + std::string(is_postgres() ? "BIGINT" : "SIGNED") +
                      "), 5000000000");
    for (const bool executed : {false, true}) {
      if (executed) {
        EXPECT_EQ(statement.ExecutePrepared(), SQL_SUCCESS);
      }
      SQLSMALLINT type = 0;
      SQLULEN size = 0;
      SQLDescribeCol(statement.handle(), 1, nullptr, 0, nullptr, &type, &size, nullptr, nullptr);
      EXPECT_EQ(type, is_postgres() ? SQL_BIGINT : SQL_INTEGER);
      EXPECT_EQ(size, is_postgres() ? 19U : 10U);
    }
    if (is_postgres()) continue;
    ASSERT_TRUE(statement.Fetch());
    SQLBIGINT value = -1;
    SQLLEN length = 0;
    EXPECT_EQ(SQLGetData(statement.handle(), 1, SQL_C_DEFAULT, &value, sizeof value, &length),
              SQL_SUCCESS);
    EXPECT_EQ(length, 4);
    EXPECT_EQ(static_cast<SQLINTEGER>(value), 15);
    EXPECT_EQ(SQLGetData(statement.handle(), 2, SQL_C_DEFAULT, &value, sizeof value, &length),
              SQL_ERROR);
    EXPECT_EQ(statement.state(), "22003");
    EXPECT_EQ(statement.Text(2), "5000000000");
  }
}

TEST_P(ConnectorChangeTest, TheTimeoutsOfTheDataSourceBoundARequest) {
  Connection other(ConnectionString(database()) + ";READ_TIMEOUT=1;WRITE_TIMEOUT=30");
  SQLUINTEGER seconds = 0;
  SQLGetConnectAttr(other.handle(), SQL_ATTR_CONNECTION_TIMEOUT, &seconds, 0, nullptr);
  EXPECT_EQ(seconds, 1U);
  Statement statement(other);
  EXPECT_EQ(statement.Execute(Sql({"SELECT pg_sleep(60)", "SELECT SLEEP(60)"})), SQL_ERROR);
  EXPECT_EQ(statement.state(), "HYT01");
}

TEST_P(ConnectorChangeTest, TheApplicationsTimeoutWinsOverTheDataSources) {
  Connection other;
  SQLSetConnectAttr(other.handle(), SQL_ATTR_CONNECTION_TIMEOUT, reinterpret_cast<SQLPOINTER>(40),
                    0);
  ASSERT_EQ(other.Connect(ConnectionString(database()) + ";WRITE_TIMEOUT=30"), SQL_SUCCESS)
      << other.diagnostics();
  SQLUINTEGER seconds = 0;
  SQLGetConnectAttr(other.handle(), SQL_ATTR_CONNECTION_TIMEOUT, &seconds, 0, nullptr);
  EXPECT_EQ(seconds, 40U);
}

}  // namespace
}  // namespace sluice::tests
