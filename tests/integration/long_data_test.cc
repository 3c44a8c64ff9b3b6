// A megabyte of text and of octets: bound whole, sent in parts, read back in parts.

#include <algorithm>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {
namespace {

constexpr std::size_t kMegabyte = 1 << 20;

std::string LongText() {
  std::string text;
  for (int i = 0; text.size() < kMegabyte; ++i) text += std::to_string(i) + " gr\xC3\xBC\xC3\x9F,";
  return text;
}

std::string LongBytes() {
  std::string bytes(kMegabyte, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7 % 256);
  return bytes;
}

struct Kind {
  SQLSMALLINT c_type;
  SQLSMALLINT sql_type;
  PerDatabase column;
};

constexpr Kind kText{SQL_C_CHAR, SQL_LONGVARCHAR, {"text", "LONGTEXT"}};
constexpr Kind kBytes{SQL_C_BINARY, SQL_LONGVARBINARY, {"bytea", "LONGBLOB"}};

class LongDataTest : public DatabaseTest {
 protected:
  void InsertWhole(const std::string& table, const Kind& kind, const std::string& value) {
    Statement insert(connection);
    auto length = static_cast<SQLLEN>(value.size());
    ASSERT_EQ(SQLBindParameter(insert.handle(), 1, SQL_PARAM_INPUT, kind.c_type, kind.sql_type,
                               value.size(), 0, const_cast<char*>(value.data()), length, &length),
              SQL_SUCCESS);
    insert.Run("INSERT INTO " + table + " VALUES (?)");
  }

  void InsertInParts(const std::string& table, const Kind& kind, const std::string& value,
                     std::size_t part) {
    Statement insert(connection);
    SQLLEN at_execution = SQL_DATA_AT_EXEC;
    int token = 0;
    ASSERT_EQ(SQLBindParameter(insert.handle(), 1, SQL_PARAM_INPUT, kind.c_type, kind.sql_type,
                               value.size(), 0, &token, 0, &at_execution),
              SQL_SUCCESS);
    ASSERT_EQ(insert.Execute("INSERT INTO " + table + " VALUES (?)"), SQL_NEED_DATA)
        << insert.diagnostics();
    SQLPOINTER asked = nullptr;
    ASSERT_EQ(SQLParamData(insert.handle(), &asked), SQL_NEED_DATA);
    ASSERT_EQ(asked, &token);
    for (std::size_t at = 0; at < value.size(); at += part) {
      const std::size_t size = std::min(part, value.size() - at);
      ASSERT_EQ(SQLPutData(insert.handle(), const_cast<char*>(value.data() + at),
                           static_cast<SQLLEN>(size)),
                SQL_SUCCESS)
          << insert.diagnostics();
    }
    ASSERT_EQ(SQLParamData(insert.handle(), &asked), SQL_SUCCESS) << insert.diagnostics();
  }

  // Each part tells how much was left when it was asked for.
  std::string ReadInParts(const std::string& table, SQLSMALLINT c_type, std::size_t part) {
    Statement select(connection);
    select.Run("SELECT v FROM " + table);
    EXPECT_TRUE(select.Fetch());
    const std::size_t terminator = c_type == SQL_C_CHAR ? 1 : 0;
    std::string buffer(part, '\0');
    std::string value;
    for (;;) {
      SQLLEN left = 0;
      const SQLRETURN outcome = SQLGetData(select.handle(), 1, c_type, buffer.data(),
                                           static_cast<SQLLEN>(buffer.size()), &left);
      if (outcome == SQL_NO_DATA) return value;
      EXPECT_TRUE(SQL_SUCCEEDED(outcome)) << select.diagnostics();
      if (!SQL_SUCCEEDED(outcome)) return value;
      const bool last = outcome == SQL_SUCCESS;
      value.append(buffer, 0, last ? static_cast<std::size_t>(left) : part - terminator);
    }
  }

  void ExpectRoundTrip(const Kind& kind, const std::string& value) {
    const std::string table = MakeTable(std::string("v ") + Sql(kind.column));
    InsertWhole(table, kind, value);
    EXPECT_TRUE(ReadInParts(table, kind.c_type, 65536) == value);
    EXPECT_TRUE(ReadInParts(table, kind.c_type, 2 * kMegabyte) == value);
    connection.Run("DELETE FROM " + table);
    InsertInParts(table, kind, value, 99991);
    EXPECT_TRUE(ReadInParts(table, kind.c_type, 9973) == value);
  }
};

TEST_P(LongDataTest, TextArrivesWhole) { ExpectRoundTrip(kText, LongText()); }

TEST_P(LongDataTest, OctetsArriveWhole) { ExpectRoundTrip(kBytes, LongBytes()); }

TEST_P(LongDataTest, NullAndEmptyDifferWhenSentInParts) {
  const std::string table = MakeTable("id INT, v VARCHAR(10)");
  for (const SQLLEN length : {SQLLEN{0}, SQLLEN{SQL_NULL_DATA}}) {
    Statement insert(connection);
    SQLLEN at_execution = SQL_DATA_AT_EXEC;
    ASSERT_EQ(SQLBindParameter(insert.handle(), 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 10, 0,
                               nullptr, 0, &at_execution),
              SQL_SUCCESS);
    ASSERT_EQ(insert.Execute("INSERT INTO " + table + " VALUES (" +
                             std::to_string(length == 0 ? 1 : 2) + ", ?)"),
              SQL_NEED_DATA);
    SQLPOINTER token = nullptr;
    ASSERT_EQ(SQLParamData(insert.handle(), &token), SQL_NEED_DATA);
    char nothing[1] = "";
    ASSERT_EQ(SQLPutData(insert.handle(), nothing, length), SQL_SUCCESS);
    ASSERT_EQ(SQLParamData(insert.handle(), &token), SQL_SUCCESS) << insert.diagnostics();
  }
  EXPECT_EQ(connection.Rows("SELECT id, v FROM " + table + " ORDER BY id"),
            (std::vector<std::string>{"1|", "2|NULL"}));
}

TEST_P(LongDataTest, CancelledDataAtExecutionLeavesTheStatementUsable) {
  const std::string table = MakeTable("v VARCHAR(10)");
  Statement insert(connection);
  SQLLEN at_execution = SQL_DATA_AT_EXEC;
  ASSERT_EQ(SQLBindParameter(insert.handle(), 1, SQL_PARAM_INPUT, SQL_C_CHAR, SQL_VARCHAR, 10, 0,
                             nullptr, 0, &at_execution),
            SQL_SUCCESS);
  ASSERT_EQ(insert.Execute("INSERT INTO " + table + " VALUES (?)"), SQL_NEED_DATA);
  ASSERT_EQ(SQLCancel(insert.handle()), SQL_SUCCESS);
  SQLFreeStmt(insert.handle(), SQL_RESET_PARAMS);
  insert.Run("INSERT INTO " + table + " VALUES ('x')");
  EXPECT_EQ(connection.Value("SELECT COUNT(*) FROM " + table), "1");
}

INSTANTIATE_FOR_DATABASES(LongDataTest);

}  // namespace
}  // namespace sluice::tests
