#include "tests/driver/driver_test.h"

namespace sluice::tests {
namespace {

class HandleTest : public DriverTest {};

TEST_F(HandleTest, FreedStatementIsInvalid) {
  SQLHSTMT freed = NewStatement();
  SQLHDESC ard = SQL_NULL_HDESC;
  ASSERT_EQ(odbc.GetStmtAttr(freed, SQL_ATTR_APP_ROW_DESC, &ard, 0, nullptr), SQL_SUCCESS);
  ASSERT_EQ(odbc.FreeHandle(SQL_HANDLE_STMT, freed), SQL_SUCCESS);
  EXPECT_EQ(odbc.ExecDirect(freed, Chars("SELECT 1"), SQL_NTS), SQL_INVALID_HANDLE);
  EXPECT_EQ(odbc.Cancel(freed), SQL_INVALID_HANDLE);
  EXPECT_EQ(odbc.FreeHandle(SQL_HANDLE_STMT, freed), SQL_INVALID_HANDLE);
  EXPECT_EQ(odbc.GetDiagRec(SQL_HANDLE_STMT, freed, 1, nullptr, nullptr, nullptr, 0, nullptr),
            SQL_INVALID_HANDLE);
  EXPECT_EQ(odbc.SetDescField(ard, 0, SQL_DESC_COUNT, Number(1), 0), SQL_INVALID_HANDLE);
}

TEST_F(HandleTest, FreedConnectionAndEnvironmentAreInvalid) {
  SQLHDBC other = Connect();
  SQLHSTMT child = SQL_NULL_HSTMT;
  SQLHDESC descriptor = SQL_NULL_HDESC;
  ASSERT_EQ(odbc.AllocHandle(SQL_HANDLE_STMT, other, &child), SQL_SUCCESS);
  ASSERT_EQ(odbc.AllocHandle(SQL_HANDLE_DESC, other, &descriptor), SQL_SUCCESS);
  ASSERT_EQ(odbc.Disconnect(other), SQL_SUCCESS);
  EXPECT_EQ(odbc.Fetch(child), SQL_INVALID_HANDLE) << "freed by SQLDisconnect";
  EXPECT_EQ(odbc.FreeHandle(SQL_HANDLE_DESC, descriptor), SQL_INVALID_HANDLE);
  ASSERT_EQ(odbc.FreeHandle(SQL_HANDLE_DBC, other), SQL_SUCCESS);
  EXPECT_EQ(odbc.Disconnect(other), SQL_INVALID_HANDLE);

  EXPECT_EQ(odbc.FreeHandle(SQL_HANDLE_ENV, env), SQL_ERROR) << "a connection is left";
  EXPECT_EQ(State(SQL_HANDLE_ENV, env), "HY010");
  SQLHENV second = SQL_NULL_HENV;
  ASSERT_EQ(odbc.AllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &second), SQL_SUCCESS);
  ASSERT_EQ(odbc.FreeHandle(SQL_HANDLE_ENV, second), SQL_SUCCESS);
  EXPECT_EQ(odbc.SetEnvAttr(second, SQL_ATTR_ODBC_VERSION, Number(SQL_OV_ODBC3), 0),
            SQL_INVALID_HANDLE);
}

TEST_F(HandleTest, NullForeignAndWrongKindAreInvalid) {
  int foreign = 0;
  for (SQLHANDLE wrong :
       {SQLHANDLE{nullptr}, SQLHANDLE{&foreign}, SQLHANDLE{env}, SQLHANDLE{dbc}}) {
    EXPECT_EQ(odbc.Fetch(wrong), SQL_INVALID_HANDLE);
    EXPECT_EQ(odbc.GetStmtAttr(wrong, SQL_ATTR_MAX_ROWS, nullptr, 0, nullptr), SQL_INVALID_HANDLE);
  }
  EXPECT_EQ(odbc.Disconnect(stmt), SQL_INVALID_HANDLE);
  EXPECT_EQ(odbc.EndTran(SQL_HANDLE_ENV, dbc, SQL_COMMIT), SQL_INVALID_HANDLE);
}

TEST_F(HandleTest, DescriptorRecordsAreConsistent) {
  const SQLHDESC ard = DescriptorOf(SQL_ATTR_APP_ROW_DESC);
  ASSERT_EQ(odbc.SetDescField(ard, 1, SQL_DESC_CONCISE_TYPE, Number(SQL_C_TYPE_TIMESTAMP), 0),
            SQL_SUCCESS);
  SQLSMALLINT type = 0;
  ASSERT_EQ(odbc.GetDescField(ard, 1, SQL_DESC_TYPE, &type, 0, nullptr), SQL_SUCCESS);
  EXPECT_EQ(type, SQL_DATETIME);
  ASSERT_EQ(odbc.GetDescField(ard, 1, SQL_DESC_DATETIME_INTERVAL_CODE, &type, 0, nullptr),
            SQL_SUCCESS);
  EXPECT_EQ(type, SQL_CODE_TIMESTAMP);
  SQLSMALLINT count = 0;
  ASSERT_EQ(odbc.GetDescField(ard, 0, SQL_DESC_COUNT, &count, 0, nullptr), SQL_SUCCESS);
  EXPECT_EQ(count, 1);
  EXPECT_EQ(odbc.GetDescField(ard, 2, SQL_DESC_TYPE, &type, 0, nullptr), SQL_NO_DATA);
  EXPECT_EQ(odbc.GetDescField(ard, 1, 4711, &type, 0, nullptr), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DESC, ard), "HY091");

  ASSERT_EQ(odbc.SetDescField(ard, 1, SQL_DESC_TYPE, Number(SQL_DATETIME), 0), SQL_SUCCESS);
  EXPECT_EQ(odbc.SetDescRec(ard, 1, SQL_DATETIME, 0, 0, 0, 0, &count, nullptr, nullptr), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DESC, ard), "HY021");
}

TEST_F(HandleTest, ImplementationRowDescriptorIsReadOnly) {
  const SQLHDESC ird = DescriptorOf(SQL_ATTR_IMP_ROW_DESC);
  EXPECT_EQ(odbc.SetDescField(ird, 1, SQL_DESC_NAME, Chars("x"), SQL_NTS), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DESC, ird), "HY091");
  EXPECT_EQ(odbc.SetDescRec(ird, 1, SQL_INTEGER, 0, 4, 0, 0, nullptr, nullptr, nullptr), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DESC, ird), "HY016");
  EXPECT_EQ(odbc.FreeHandle(SQL_HANDLE_DESC, ird), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DESC, ird), "HY017");
  SQLSMALLINT type = 0;
  EXPECT_EQ(odbc.GetDescField(ird, 1, SQL_DESC_TYPE, &type, 0, nullptr), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DESC, ird), "HY007");
  relay.OnExecute("SELECT n", fakes::NumberedRows(1, 1));
  ExecDirect("SELECT n");
  ASSERT_EQ(odbc.GetDescField(ird, 1, SQL_DESC_TYPE, &type, 0, nullptr), SQL_SUCCESS);
  EXPECT_EQ(type, SQL_INTEGER);
}

TEST_F(HandleTest, ExplicitDescriptorServesTwoStatements) {
  SQLHDESC shared = SQL_NULL_HDESC;
  ASSERT_EQ(odbc.AllocHandle(SQL_HANDLE_DESC, dbc, &shared), SQL_SUCCESS);
  SQLHSTMT other = NewStatement();
  relay.OnExecute("SELECT n", fakes::NumberedRows(1, 1));
  SQLINTEGER value = 0;
  for (SQLHSTMT one : {stmt, other}) {
    ASSERT_EQ(odbc.SetStmtAttr(one, SQL_ATTR_APP_ROW_DESC, shared, 0), SQL_SUCCESS);
  }
  ASSERT_EQ(odbc.BindCol(stmt, 1, SQL_C_SLONG, &value, 0, nullptr), SQL_SUCCESS);
  ASSERT_EQ(odbc.ExecDirect(other, Chars("SELECT n"), SQL_NTS), SQL_SUCCESS);
  ASSERT_EQ(odbc.Fetch(other), SQL_SUCCESS);
  EXPECT_EQ(value, 1);
  // Freed, it leaves both statements with their implicit descriptors.
  ASSERT_EQ(odbc.FreeHandle(SQL_HANDLE_DESC, shared), SQL_SUCCESS);
  EXPECT_NE(DescriptorOf(SQL_ATTR_APP_ROW_DESC), shared);
  EXPECT_EQ(odbc.SetStmtAttr(stmt, SQL_ATTR_APP_ROW_DESC, shared, 0), SQL_ERROR);
  EXPECT_EQ(State(), "HY024");
}

TEST_F(HandleTest, DescriptorsOfOneStatementCannotServeAnother) {
  SQLHSTMT other = NewStatement();
  EXPECT_EQ(odbc.SetStmtAttr(other, SQL_ATTR_APP_ROW_DESC, DescriptorOf(SQL_ATTR_APP_ROW_DESC), 0),
            SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_STMT, other), "HY017");
}

TEST_F(HandleTest, ACopyThatFailsIsReportedByItsTarget) {
  const SQLHDESC ird = DescriptorOf(SQL_ATTR_IMP_ROW_DESC);
  const SQLHDESC ard = DescriptorOf(SQL_ATTR_APP_ROW_DESC);
  EXPECT_EQ(odbc.CopyDesc(ird, ard), SQL_ERROR) << "the statement is not prepared";
  EXPECT_EQ(State(SQL_HANDLE_DESC, ard), "HY007");
  EXPECT_EQ(odbc.CopyDesc(ard, ird), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DESC, ird), "HY016");
}

}  // namespace
}  // namespace sluice::tests
