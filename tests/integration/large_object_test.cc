// PostgreSQL's large objects: columns of the type lo, as applications of psqlodbc use them.

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Longer than what one request for octets brings.
std::string LongOctets() {
  std::string octets;
  for (std::size_t i = 0; octets.size() < (std::size_t{5} << 20) / 2; ++i) {
    octets += std::to_string(i) + '\0';
  }
  return octets;
}

class LargeObjectTest : public testing::Test {
 protected:
  void SetUp() override {
    connection.Run("CREATE SCHEMA " + schema_);
    connection.Run("CREATE DOMAIN " + schema_ + ".lo AS oid");
    connection.Run("CREATE TABLE " + table_ + " (id integer PRIMARY KEY, data " + schema_ + ".lo)");
  }
  void TearDown() override {
    connection.SetAutocommit(true);
    connection.Run("SELECT lo_unlink(data) FROM " + table_ + " WHERE data <> 4711");
    connection.Run("DROP SCHEMA " + schema_ + " CASCADE");
  }

  SQLRETURN Insert(int id, std::string octets) {
    Statement statement(connection);
    SQLLEN length = static_cast<SQLLEN>(octets.size());
    SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_BINARY, SQL_LONGVARBINARY, 200,
                     0, octets.data(), length, &length);
    const SQLRETURN outcome =
        statement.Execute("INSERT INTO " + table_ + " VALUES (" + std::to_string(id) + ", ?)");
    EXPECT_EQ(outcome, SQL_SUCCESS) << statement.diagnostics();
    return outcome;
  }
  std::string Query() const { return "SELECT data FROM " + table_ + " ORDER BY id"; }
  std::string Objects() { return connection.Value("SELECT count(*) FROM pg_largeobject_metadata"); }

  // What SQLGetData gives in parts of that size.
  static std::string Read(Statement& statement, std::size_t part) {
    std::string octets;
    std::vector<char> buffer(part);
    SQLLEN length = 0;
    SQLRETURN outcome = SQL_SUCCESS;
    do {
      outcome = SQLGetData(statement.handle(), 1, SQL_C_BINARY, buffer.data(),
                           static_cast<SQLLEN>(part), &length);
      if (!SQL_SUCCEEDED(outcome)) return octets + " " + statement.diagnostics();
      const auto left = static_cast<std::size_t>(length);
      octets.append(buffer.data(), std::min(left, part));
    } while (outcome == SQL_SUCCESS_WITH_INFO);
    EXPECT_EQ(SQLGetData(statement.handle(), 1, SQL_C_BINARY, buffer.data(),
                         static_cast<SQLLEN>(part), &length),
              SQL_NO_DATA);
    return octets;
  }

  Connection connection{ConnectionString(Database::kPostgres)};
  const std::string schema_ = UniqueName("large_objects");
  const std::string table_ = schema_ + ".documents";
};

TEST_F(LargeObjectTest, OctetsMakeAnObjectAndAreReadFromIt) {
  const std::string octets("a\0b\xff", 4);
  const std::string longer = LongOctets();
  Insert(1, octets);
  Insert(2, "");
  Insert(3, longer);
  EXPECT_EQ(connection.Value("SELECT lo_get(data) FROM " + table_ + " WHERE id = 1"), "610062FF");
  Statement statement(connection);
  statement.Run(Query());
  ASSERT_TRUE(statement.Fetch());
  EXPECT_EQ(Read(statement, 3), octets);
  ASSERT_TRUE(statement.Fetch());
  EXPECT_EQ(Read(statement, 3), "");
  ASSERT_TRUE(statement.Fetch());
  EXPECT_EQ(Read(statement, 100'000), longer);
}

TEST_F(LargeObjectTest, ColumnsAndParametersAreDescribedAsOctets) {
  Statement statement(connection);
  statement.Prepare("INSERT INTO " + table_ + " VALUES (2, ?) RETURNING data");
  SQLSMALLINT type = 0;
  SQLULEN size = 0;
  SQLSMALLINT digits = 0;
  ASSERT_EQ(SQLDescribeParam(statement.handle(), 1, &type, &size, &digits, nullptr), SQL_SUCCESS)
      << statement.diagnostics();
  EXPECT_EQ(type, SQL_LONGVARBINARY);
  SQLCHAR name[16];
  statement.Run(Query());
  EXPECT_EQ(
      SQLDescribeCol(statement.handle(), 1, nullptr, 0, nullptr, &type, &size, &digits, nullptr),
      SQL_SUCCESS);
  EXPECT_EQ(type, SQL_LONGVARBINARY);
  SQLColAttribute(statement.handle(), 1, SQL_DESC_TYPE_NAME, name, sizeof name, nullptr, nullptr);
  EXPECT_STREQ(reinterpret_cast<const char*>(name), "lo");
  statement.Close();
  std::string schema = schema_;
  SQLColumns(statement.handle(), nullptr, 0, reinterpret_cast<SQLCHAR*>(schema.data()), SQL_NTS,
             nullptr, 0, nullptr, 0);
  ASSERT_TRUE(statement.Fetch() && statement.Fetch());
  EXPECT_EQ(statement.Number(5), SQL_LONGVARBINARY);
}

// An object goes with the statement that has made it, and with its transaction.
TEST_F(LargeObjectTest, ObjectsComeAndGoWithTheirRows) {
  connection.SetAutocommit(false);
  Insert(1, "one");
  const std::string before = Objects();
  Statement statement(connection);
  char octets[] = "again";
  SQLLEN length = 5;
  SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_BINARY, SQL_LONGVARBINARY, 5, 0,
                   octets, 5, &length);
  EXPECT_EQ(statement.Execute("INSERT INTO " + table_ + " VALUES (1, ?)"), SQL_ERROR);
  EXPECT_EQ(statement.state(), "23505");
  EXPECT_EQ(Objects(), before);
  connection.Rollback();
  EXPECT_EQ(connection.Value("SELECT count(*) FROM " + table_), "0");
}

TEST_F(LargeObjectTest, ArraysOfParametersMakeAnObjectForEachRow) {
  {
    Statement statement(connection);
    SQLINTEGER ids[3] = {1, 2, 3};
    char octets[3][4] = {"one", "two", ""};
    SQLLEN lengths[3] = {3, SQL_NULL_DATA, 0};
    statement.Set(SQL_ATTR_PARAMSET_SIZE, 3);
    SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 0, 0, ids, 0,
                     nullptr);
    SQLBindParameter(statement.handle(), 2, SQL_PARAM_INPUT, SQL_C_BINARY, SQL_LONGVARBINARY, 4, 0,
                     octets, 4, lengths);
    statement.Run("INSERT INTO " + table_ + " VALUES (?, ?)");
  }
  EXPECT_THAT(connection.Rows("SELECT lo_get(data) FROM " + table_ + " ORDER BY id"),
              ElementsAre("6F6E65", "NULL", ""));
}

TEST_F(LargeObjectTest, BoundColumnsHaveTheBeginningAndTheLengthOfAll) {
  Insert(1, "abcdef");
  connection.Run("INSERT INTO " + table_ + " VALUES (2, NULL), (3, 4711)");
  Insert(4, "xy");
  for (const bool scrolls : {false, true}) {
    Statement statement(connection);
    if (scrolls) statement.Set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC);
    statement.Set(SQL_ATTR_ROW_ARRAY_SIZE, 4);
    char octets[4][4] = {};
    SQLLEN lengths[4] = {};
    SQLUSMALLINT statuses[4] = {};
    statement.SetPointer(SQL_ATTR_ROW_STATUS_PTR, statuses);
    SQLBindCol(statement.handle(), 1, SQL_C_BINARY, octets, 4, lengths);
    statement.Run(Query());
    EXPECT_EQ(SQLFetch(statement.handle()), SQL_SUCCESS_WITH_INFO);
    EXPECT_THAT(statement.diagnostics(), HasSubstr("large object 4711 does not exist"));
    EXPECT_THAT(statuses, ElementsAre(SQL_ROW_SUCCESS_WITH_INFO, SQL_ROW_SUCCESS, SQL_ROW_ERROR,
                                      SQL_ROW_SUCCESS));
    EXPECT_EQ(std::string(octets[0], 4), "abcd");
    EXPECT_EQ(lengths[0], 6);
    EXPECT_EQ(lengths[1], SQL_NULL_DATA);
    EXPECT_EQ(std::string(octets[3], 2), "xy");
    EXPECT_EQ(lengths[3], 2);
  }
}

TEST_F(LargeObjectTest, IsReadAsDigitsAndAsNoNumber) {
  Insert(1, "abc");
  Statement statement(connection);
  statement.Run(Query());
  ASSERT_TRUE(statement.Fetch());
  EXPECT_EQ(statement.Text(1), "616263");
  statement.Close();
  statement.Run(Query());
  ASSERT_TRUE(statement.Fetch());
  SQLINTEGER number = 0;
  EXPECT_EQ(SQLGetData(statement.handle(), 1, SQL_C_SLONG, &number, 0, nullptr), SQL_ERROR);
  EXPECT_EQ(statement.state(), "07006");
}

TEST_F(LargeObjectTest, TakesDataAtExecution) {
  const std::string octets = LongOctets();
  {
    Statement statement(connection);
    SQLLEN at_execution = SQL_DATA_AT_EXEC;
    SQLBindParameter(statement.handle(), 1, SQL_PARAM_INPUT, SQL_C_BINARY, SQL_LONGVARBINARY, 0, 0,
                     &at_execution, 0, &at_execution);
    ASSERT_EQ(statement.Execute("INSERT INTO " + table_ + " VALUES (1, ?)"), SQL_NEED_DATA);
    SQLPOINTER token = nullptr;
    ASSERT_EQ(SQLParamData(statement.handle(), &token), SQL_NEED_DATA);
    constexpr std::size_t kPart = 100'000;
    for (std::size_t at = 0; at < octets.size(); at += kPart) {
      std::string part = octets.substr(at, kPart);
      ASSERT_EQ(SQLPutData(statement.handle(), part.data(), static_cast<SQLLEN>(part.size())),
                SQL_SUCCESS);
    }
    ASSERT_EQ(SQLParamData(statement.handle(), &token), SQL_SUCCESS) << statement.diagnostics();
  }
  Statement statement(connection);
  statement.Run(Query());
  ASSERT_TRUE(statement.Fetch());
  EXPECT_EQ(Read(statement, 1 << 20), octets);
}

TEST_F(LargeObjectTest, ChangesThroughACursor) {
  Insert(1, "before");
  {
    Statement statement(connection);
    statement.Set(SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_STATIC);
    statement.Set(SQL_ATTR_CONCURRENCY, SQL_CONCUR_VALUES);
    SQLINTEGER id = 0;
    char octets[10] = {};
    SQLLEN length = 0;
    SQLBindCol(statement.handle(), 1, SQL_C_SLONG, &id, 0, nullptr);
    SQLBindCol(statement.handle(), 2, SQL_C_BINARY, octets, sizeof octets, &length);
    statement.Run("SELECT id, data FROM " + table_);
    ASSERT_TRUE(statement.Fetch());
    EXPECT_EQ(std::string(octets, static_cast<std::size_t>(length)), "before");
    std::copy_n("after", 5, octets);
    length = 5;
    EXPECT_EQ(SQLSetPos(statement.handle(), 1, SQL_UPDATE, SQL_LOCK_NO_CHANGE), SQL_SUCCESS)
        << statement.diagnostics();
  }
  EXPECT_EQ(connection.Value("SELECT lo_get(data) FROM " + table_), "6166746572");
}

}  // namespace
}  // namespace sluice::tests
