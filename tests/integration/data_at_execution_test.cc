// Values sent with SQLPutData: odd pieces, several parameters, arrays, calls out of turn.

#include <algorithm>
#include <string_view>

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;

class DataAtExecutionTest : public DatabaseTest {
 protected:
  static void Bind(Statement& statement, SQLUSMALLINT number, SQLSMALLINT c_type,
                   SQLSMALLINT sql_type, SQLPOINTER token, SQLLEN& length) {
    ASSERT_EQ(SQLBindParameter(statement.handle(), number, SQL_PARAM_INPUT, c_type, sql_type, 100,
                               0, token, 0, &length),
              SQL_SUCCESS)
        << statement.diagnostics();
  }
  static void Put(Statement& statement, std::string_view octets, std::size_t piece) {
    for (std::size_t at = 0; at < octets.size(); at += piece) {
      const auto size = std::min(piece, octets.size() - at);
      ASSERT_EQ(SQLPutData(statement.handle(), const_cast<char*>(octets.data() + at),
                           static_cast<SQLLEN>(size)),
                SQL_SUCCESS)
          << statement.diagnostics();
    }
  }
};

TEST_P(DataAtExecutionTest, PiecesMaySplitCharacters) {
  const std::string table = MakeTable(Sql({"c TEXT, w TEXT, b BYTEA",
                                           "c TEXT CHARACTER SET utf8mb4, w TEXT CHARACTER SET "
                                           "utf8mb4, b LONGBLOB"}));
  constexpr std::string_view kUtf8 = "a\xC3\x9F\xF0\x9F\x98\x80z";
  constexpr std::u16string_view kUtf16 = u"a\u00DF\U0001F600z";
  const std::string_view wide(reinterpret_cast<const char*>(kUtf16.data()), kUtf16.size() * 2);
  constexpr std::string_view kOctets("\x00\x01\xFF\x7F\x00", 5);
  const std::string read_octets =
      GetParam() == Database::kMysql ? std::string(kOctets) : "0001FF7F00";
  for (const std::size_t piece : {1U, 2U, 3U, 5U, 100U}) {
    SCOPED_TRACE(piece);
    Statement insert(connection);
    SQLLEN at_execution = SQL_DATA_AT_EXEC;
    SQLLEN counted = SQL_LEN_DATA_AT_EXEC(5);
    SQLCHAR first = 0;
    Bind(insert, 1, SQL_C_CHAR, SQL_VARCHAR, &first, at_execution);
    Bind(insert, 2, SQL_C_WCHAR, SQL_WVARCHAR, &at_execution, at_execution);
    Bind(insert, 3, SQL_C_BINARY, SQL_VARBINARY, &counted, counted);
    ASSERT_EQ(insert.Execute("INSERT INTO " + table + " VALUES (?, ?, ?)"), SQL_NEED_DATA);
    SQLPOINTER token = nullptr;
    ASSERT_EQ(SQLParamData(insert.handle(), &token), SQL_NEED_DATA);
    EXPECT_EQ(token, &first);
    Put(insert, kUtf8, piece);
    ASSERT_EQ(SQLParamData(insert.handle(), &token), SQL_NEED_DATA);
    EXPECT_EQ(token, &at_execution);
    Put(insert, wide, piece);
    ASSERT_EQ(SQLParamData(insert.handle(), &token), SQL_NEED_DATA);
    EXPECT_EQ(token, &counted);
    Put(insert, kOctets, piece);
    ASSERT_EQ(SQLParamData(insert.handle(), &token), SQL_SUCCESS) << insert.diagnostics();
    EXPECT_THAT(connection.Rows("SELECT c, w, b FROM " + table),
                ElementsAre(std::string(kUtf8) + "|" + std::string(kUtf8) + "|" + read_octets));
    connection.Run("DELETE FROM " + table);
  }
}

TEST_P(DataAtExecutionTest, EachRowOfAnArrayIsAskedFor) {
  const std::string table = MakeTable("id INT, v VARCHAR(20)");
  Statement insert(connection);
  SQLINTEGER ids[3] = {1, 2, 3};
  SQLCHAR tokens[3] = {0, 0, 0};
  SQLLEN lengths[3] = {SQL_DATA_AT_EXEC, SQL_NULL_DATA, SQL_DATA_AT_EXEC};
  SQLUSMALLINT status[3] = {};
  insert.Set(SQL_ATTR_PARAMSET_SIZE, 3);
  insert.SetPointer(SQL_ATTR_PARAM_STATUS_PTR, status);
  ASSERT_EQ(SQLBindParameter(insert.handle(), 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 10, 0,
                             ids, 0, nullptr),
            SQL_SUCCESS);
  ASSERT_EQ(SQLBindParameter(insert.handle(), 2, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 20, 0,
                             tokens, 1, lengths),
            SQL_SUCCESS);
  ASSERT_EQ(insert.Execute("INSERT INTO " + table + " VALUES (?, ?)"), SQL_NEED_DATA);
  SQLPOINTER token = nullptr;
  ASSERT_EQ(SQLParamData(insert.handle(), &token), SQL_NEED_DATA);
  EXPECT_EQ(token, &tokens[0]);
  Put(insert, "first", 2);
  ASSERT_EQ(SQLParamData(insert.handle(), &token), SQL_NEED_DATA);
  EXPECT_EQ(token, &tokens[2]);
  Put(insert, "third", 5);
  ASSERT_EQ(SQLParamData(insert.handle(), &token), SQL_SUCCESS) << insert.diagnostics();
  EXPECT_THAT(status, testing::Each(SQL_PARAM_SUCCESS));
  EXPECT_THAT(connection.Rows("SELECT id, v FROM " + table + " ORDER BY id"),
              ElementsAre("1|first", "2|NULL", "3|third"));
}

// After an error of SQLPutData the driver manager takes the statement for prepared again: each
// mistake has a statement of its own.
TEST_P(DataAtExecutionTest, MistakesHaveTheirStates) {
  const std::string table = MakeTable("id INT");
  struct Mistake {
    SQLSMALLINT c_type;
    SQLLEN first;
    SQLLEN second;
    const char* state;
  };
  for (const Mistake& mistake :
       {Mistake{SQL_C_SLONG, 4, 4, "HY019"}, Mistake{SQL_C_CHAR, SQL_NULL_DATA, 1, "HY020"},
        // unixODBC refuses this itself, with a state of its own.
        Mistake{SQL_C_CHAR, 1, SQL_NULL_DATA, "HY011"}, Mistake{SQL_C_CHAR, 1, -50, "HY090"}}) {
    SCOPED_TRACE(mistake.state);
    Statement insert(connection);
    SQLINTEGER number = 49;  // '1'
    SQLPOINTER token = nullptr;
    SQLLEN at_execution = SQL_DATA_AT_EXEC;
    EXPECT_EQ(SQLPutData(insert.handle(), &number, 1), SQL_ERROR);
    EXPECT_EQ(insert.state(), "HY010");
    Bind(insert, 1, mistake.c_type, SQL_INTEGER, &number, at_execution);
    ASSERT_EQ(insert.Execute("INSERT INTO " + table + " VALUES (?)"), SQL_NEED_DATA);
    ASSERT_EQ(SQLParamData(insert.handle(), &token), SQL_NEED_DATA);
    ASSERT_EQ(SQLPutData(insert.handle(), &number, mistake.first), SQL_SUCCESS);
    EXPECT_EQ(SQLPutData(insert.handle(), &number, mistake.second), SQL_ERROR);
    EXPECT_EQ(insert.state(), mistake.state) << insert.diagnostics();
  }
}

TEST_P(DataAtExecutionTest, ATextTooLongForItsColumnIsTheServersError) {
  const std::string table = MakeTable("v VARCHAR(3)");
  Statement insert(connection);
  SQLPOINTER token = nullptr;
  SQLLEN at_execution = SQL_DATA_AT_EXEC;
  Bind(insert, 1, SQL_C_CHAR, SQL_VARCHAR, &token, at_execution);
  ASSERT_EQ(insert.Execute("INSERT INTO " + table + " VALUES (?)"), SQL_NEED_DATA);
  ASSERT_EQ(SQLParamData(insert.handle(), &token), SQL_NEED_DATA);
  Put(insert, "abcdef", 2);
  EXPECT_EQ(SQLParamData(insert.handle(), &token), SQL_ERROR);
  EXPECT_EQ(insert.state(), "22001") << insert.diagnostics();
  // The statement is free again.
  insert.Close();
  SQLFreeStmt(insert.handle(), SQL_RESET_PARAMS);
  insert.Run("INSERT INTO " + table + " VALUES ('ok')");
}

// As with both native drivers: what no marker stands for is let be.
TEST_P(DataAtExecutionTest, BindingsBeyondTheMarkersAreNotAskedFor) {
  Statement statement(connection);
  SQLINTEGER value = 7;
  SQLLEN at_execution = SQL_DATA_AT_EXEC;
  ASSERT_EQ(SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 10,
                             0, &value, 0, nullptr),
            SQL_SUCCESS);
  Bind(statement, 2, SQL_C_CHAR, SQL_VARCHAR, &value, at_execution);
  for (const bool prepared : {false, true}) {
    const std::string sql = Sql({"SELECT CAST(? AS INT)", "SELECT CAST(? AS SIGNED)"});
    if (prepared) statement.Prepare(sql);
    ASSERT_EQ(prepared ? statement.ExecutePrepared() : statement.Execute(sql), SQL_SUCCESS)
        << statement.diagnostics();
    EXPECT_THAT(statement.Rows(), ElementsAre("7"));
    statement.Close();
  }
}

INSTANTIATE_FOR_DATABASES(DataAtExecutionTest);

}  // namespace
}  // namespace sluice::tests
