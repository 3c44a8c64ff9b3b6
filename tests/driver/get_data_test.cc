#include <string>

#include "tests/driver/driver_test.h"

namespace sluice::tests {
namespace {

using fakes::IntColumn;
using fakes::Table;
using fakes::TextColumn;

class GetDataTest : public DriverTest {
 protected:
  void Open(fakes::FakeResult result) {
    relay.OnExecute("SELECT", std::move(result));
    ExecDirect("SELECT");
    ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS);
  }
};

TEST_F(GetDataTest, PartsPutTogetherAreTheWhole) {
  const std::string whole = "0123456789abcdef";
  Open(Table({TextColumn("t")}, {{whole}}));
  std::string read;
  char part[5];
  SQLLEN rest = 0;
  SQLRETURN result;
  SQLLEN expected = static_cast<SQLLEN>(whole.size());
  while ((result = odbc.GetData(stmt, 1, SQL_C_CHAR, part, sizeof part, &rest)) != SQL_NO_DATA) {
    ASSERT_TRUE(SQL_SUCCEEDED(result)) << State();
    EXPECT_EQ(rest, expected);
    EXPECT_EQ(result == SQL_SUCCESS_WITH_INFO, rest > 4);
    read += part;
    expected -= 4;
  }
  EXPECT_EQ(read, whole);
}

TEST_F(GetDataTest, ColumnsInAnyOrderBoundOnesToo) {
  relay.OnExecute("SELECT", Table({IntColumn("a"), TextColumn("b")}, {{"7", "x"}}));
  SQLINTEGER bound = 0;
  ASSERT_EQ(odbc.BindCol(stmt, 1, SQL_C_SLONG, &bound, 0, nullptr), SQL_SUCCESS);
  ExecDirect("SELECT");
  ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS);
  char text[4];
  ASSERT_EQ(odbc.GetData(stmt, 2, SQL_C_CHAR, text, sizeof text, nullptr), SQL_SUCCESS);
  EXPECT_STREQ(text, "x");
  SQLINTEGER read = 0;
  ASSERT_EQ(odbc.GetData(stmt, 1, SQL_ARD_TYPE, &read, 0, nullptr), SQL_SUCCESS);
  EXPECT_EQ(read, 7);
  EXPECT_EQ(odbc.GetData(stmt, 1, SQL_ARD_TYPE, &read, 0, nullptr), SQL_NO_DATA);
}

// More rows were asked for than there are: the one that came is read all the same.
TEST_F(GetDataTest, TheOnlyRowOfALargerRowsetIsRead) {
  ASSERT_EQ(odbc.SetStmtAttr(stmt, SQL_ATTR_ROW_ARRAY_SIZE, Number(10), 0), SQL_SUCCESS);
  Open(Table({IntColumn("a")}, {{"7"}}));
  SQLINTEGER value = 0;
  ASSERT_EQ(odbc.GetData(stmt, 1, SQL_C_SLONG, &value, 0, nullptr), SQL_SUCCESS) << State();
  EXPECT_EQ(value, 7);
}

TEST_F(GetDataTest, NullNeedsAnIndicator) {
  Open(Table({IntColumn("a")}, {{std::nullopt}}));
  SQLINTEGER value = 5;
  EXPECT_EQ(odbc.GetData(stmt, 1, SQL_C_SLONG, &value, 0, nullptr), SQL_ERROR);
  EXPECT_EQ(State(), "22002");
  SQLLEN indicator = 0;
  EXPECT_EQ(odbc.GetData(stmt, 1, SQL_C_SLONG, &value, 0, &indicator), SQL_SUCCESS);
  EXPECT_EQ(indicator, SQL_NULL_DATA);
  EXPECT_EQ(value, 5);
}

TEST_F(GetDataTest, BadRequestsAreRefused) {
  Open(Table({TextColumn("a")}, {{"x"}}));
  char text[4];
  EXPECT_EQ(odbc.GetData(stmt, 0, SQL_C_CHAR, text, sizeof text, nullptr), SQL_ERROR);
  EXPECT_EQ(State(), "07009");
  EXPECT_EQ(odbc.GetData(stmt, 2, SQL_C_CHAR, text, sizeof text, nullptr), SQL_ERROR);
  EXPECT_EQ(State(), "07009");
  EXPECT_EQ(odbc.GetData(stmt, 1, SQL_C_CHAR, text, -1, nullptr), SQL_ERROR);
  EXPECT_EQ(State(), "HY090");
  EXPECT_EQ(odbc.GetData(stmt, 1, 12345, text, sizeof text, nullptr), SQL_ERROR);
  EXPECT_EQ(State(), "HY003");
  EXPECT_EQ(odbc.Fetch(stmt), SQL_NO_DATA);
  EXPECT_EQ(odbc.GetData(stmt, 1, SQL_C_CHAR, text, sizeof text, nullptr), SQL_ERROR);
  EXPECT_EQ(State(), "24000");
}

}  // namespace
}  // namespace sluice::tests
