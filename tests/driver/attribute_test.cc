// Attributes of environments, connections, statements and descriptors: defaults, what can be set
// when, and what is substituted.

#include <vector>

#include "tests/driver/driver_test.h"

namespace sluice::tests {
namespace {

class AttributeTest : public DriverTest {
 protected:
  std::string ConnectionState() { return State(SQL_HANDLE_DBC, dbc); }
  template <typename Value>
  Value StatementValue(SQLINTEGER attribute) {
    Value value{};
    EXPECT_EQ(odbc.GetStmtAttr(stmt, attribute, &value, 0, nullptr), SQL_SUCCESS) << attribute;
    return value;
  }
  SQLUINTEGER ConnectionValue(SQLINTEGER attribute) {
    SQLUINTEGER value = 0;
    EXPECT_EQ(odbc.GetConnectAttr(dbc, attribute, &value, 0, nullptr), SQL_SUCCESS) << attribute;
    return value;
  }
};

TEST_F(AttributeTest, StatementDefaultsAreTheReferences) {
  struct Default {
    SQLINTEGER attribute;
    SQLULEN value;
  };
  for (const auto& [attribute, value] :
       std::vector<Default>{{SQL_ATTR_ASYNC_ENABLE, SQL_ASYNC_ENABLE_OFF},
                            {SQL_ATTR_CONCURRENCY, SQL_CONCUR_READ_ONLY},
                            {SQL_ATTR_CURSOR_SCROLLABLE, SQL_NONSCROLLABLE},
                            {SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_FORWARD_ONLY},
                            {SQL_ATTR_ENABLE_AUTO_IPD, SQL_FALSE},
                            {SQL_ATTR_KEYSET_SIZE, 0},
                            {SQL_ATTR_MAX_LENGTH, 0},
                            {SQL_ATTR_MAX_ROWS, 0},
                            {SQL_ATTR_METADATA_ID, SQL_FALSE},
                            {SQL_ATTR_NOSCAN, SQL_NOSCAN_OFF},
                            {SQL_ATTR_PARAM_BIND_TYPE, SQL_PARAM_BIND_BY_COLUMN},
                            {SQL_ATTR_PARAMSET_SIZE, 1},
                            {SQL_ATTR_QUERY_TIMEOUT, 0},
                            {SQL_ATTR_RETRIEVE_DATA, SQL_RD_ON},
                            {SQL_ATTR_ROW_ARRAY_SIZE, 1},
                            {SQL_ATTR_ROW_BIND_TYPE, SQL_BIND_BY_COLUMN},
                            {SQL_ATTR_USE_BOOKMARKS, SQL_UB_OFF}}) {
    EXPECT_EQ(StatementValue<SQLULEN>(attribute), value) << attribute;
  }
  for (const SQLINTEGER attribute :
       {SQL_ATTR_PARAM_BIND_OFFSET_PTR, SQL_ATTR_PARAM_OPERATION_PTR, SQL_ATTR_PARAM_STATUS_PTR,
        SQL_ATTR_PARAMS_PROCESSED_PTR, SQL_ATTR_ROW_BIND_OFFSET_PTR, SQL_ATTR_ROW_OPERATION_PTR,
        SQL_ATTR_ROW_STATUS_PTR, SQL_ATTR_ROWS_FETCHED_PTR}) {
    EXPECT_EQ(StatementValue<SQLPOINTER>(attribute), nullptr) << attribute;
  }
}

TEST_F(AttributeTest, BadValuesAreRefused) {
  struct Case {
    SQLINTEGER attribute;
    SQLULEN value;
    const char* state;
  };
  for (const auto& [attribute, value, state] :
       std::vector<Case>{{SQL_ATTR_ASYNC_ENABLE, 7, "HY024"},
                         {SQL_ATTR_METADATA_ID, 7, "HY024"},
                         {SQL_ATTR_NOSCAN, 7, "HY024"},
                         {SQL_ATTR_PARAMSET_SIZE, 0, "HY024"},
                         {SQL_ATTR_RETRIEVE_DATA, 7, "HY024"},
                         {SQL_ATTR_ROW_ARRAY_SIZE, 0, "HY024"},
                         {SQL_ATTR_ROW_NUMBER, 1, "HY092"},
                         {SQL_ATTR_IMP_ROW_DESC, 0, "HY017"},
                         {SQL_ATTR_IMP_PARAM_DESC, 0, "HY017"},
                         {31000, 1, "HY092"}}) {
    EXPECT_EQ(odbc.SetStmtAttr(stmt, attribute, Number(value), 0), SQL_ERROR) << attribute;
    EXPECT_EQ(State(), state) << attribute;
  }
}

TEST_F(AttributeTest, ConnectionAttributesRefuseWhatTheyCannotDo) {
  struct Case {
    SQLINTEGER attribute;
    SQLULEN value;
    const char* state;
  };
  for (const auto& [attribute, value, state] :
       std::vector<Case>{{SQL_ATTR_ACCESS_MODE, 7, "HY024"},
                         {SQL_ATTR_ASYNC_ENABLE, 7, "HY024"},
                         {SQL_ATTR_AUTO_IPD, 1, "HY092"},
                         {SQL_ATTR_CONNECTION_DEAD, 1, "HY092"},
                         {SQL_ATTR_METADATA_ID, 7, "HY024"},
                         {SQL_ATTR_PACKET_SIZE, 512, "HY011"},
                         {SQL_ATTR_RESET_CONNECTION, 7, "HY024"},
                         {SQL_ATTR_TRANSLATE_OPTION, 1, "HYC00"},
                         {SQL_ATTR_TXN_ISOLATION, 7, "HY024"}}) {
    EXPECT_EQ(odbc.SetConnectAttr(dbc, attribute, Number(value), 0), SQL_ERROR) << attribute;
    EXPECT_EQ(ConnectionState(), state) << attribute;
  }
  EXPECT_EQ(odbc.SetConnectAttr(dbc, SQL_ATTR_CURRENT_CATALOG, nullptr, SQL_NTS), SQL_ERROR);
  EXPECT_EQ(ConnectionState(), "HY009");
}

TEST_F(AttributeTest, StatementOptionsOfAConnectionReachAllItsStatements) {
  ASSERT_EQ(odbc.SetConnectAttr(dbc, SQL_ATTR_QUERY_TIMEOUT, Number(9), 0), SQL_SUCCESS);
  EXPECT_EQ(StatementValue<SQLULEN>(SQL_ATTR_QUERY_TIMEOUT), 9u);
  SQLULEN value = 0;
  ASSERT_EQ(odbc.GetStmtAttr(NewStatement(), SQL_ATTR_QUERY_TIMEOUT, &value, 0, nullptr),
            SQL_SUCCESS);
  EXPECT_EQ(value, 9u);
  EXPECT_EQ(odbc.SetConnectAttr(dbc, SQL_ATTR_RETRIEVE_DATA, Number(7), 0), SQL_ERROR);
  EXPECT_EQ(ConnectionState(), "HY024");
}

TEST_F(AttributeTest, EnvironmentAttributesAreRemembered) {
  const auto value = [&](SQLINTEGER attribute) {
    SQLUINTEGER number = 77;
    EXPECT_EQ(odbc.GetEnvAttr(env, attribute, &number, 0, nullptr), SQL_SUCCESS) << attribute;
    return number;
  };
  EXPECT_EQ(value(SQL_ATTR_ODBC_VERSION), SQLUINTEGER{SQL_OV_ODBC3_80});
  EXPECT_EQ(value(SQL_ATTR_OUTPUT_NTS), SQLUINTEGER{SQL_TRUE});
  ASSERT_EQ(odbc.SetEnvAttr(env, SQL_ATTR_CP_MATCH, Number(SQL_CP_RELAXED_MATCH), 0), SQL_SUCCESS);
  EXPECT_EQ(value(SQL_ATTR_CP_MATCH), SQLUINTEGER{SQL_CP_RELAXED_MATCH});
  EXPECT_EQ(odbc.SetEnvAttr(env, SQL_ATTR_CP_MATCH, Number(7), 0), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_ENV, env), "HY024");
  EXPECT_EQ(odbc.SetEnvAttr(env, SQL_ATTR_OUTPUT_NTS, Number(SQL_FALSE), 0), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_ENV, env), "HYC00");
}

TEST_F(AttributeTest, StatementAttributesAreRemembered) {
  for (const auto& [attribute, value] :
       std::vector<std::pair<SQLINTEGER, SQLULEN>>{{SQL_ATTR_MAX_LENGTH, 9},
                                                   {SQL_ATTR_RETRIEVE_DATA, SQL_RD_OFF},
                                                   {SQL_ATTR_CONCURRENCY, SQL_CONCUR_READ_ONLY}}) {
    ASSERT_EQ(odbc.SetStmtAttr(stmt, attribute, Number(value), 0), SQL_SUCCESS) << attribute;
    EXPECT_EQ(StatementValue<SQLULEN>(attribute), value) << attribute;
  }
  EXPECT_NE(StatementValue<SQLPOINTER>(SQL_ATTR_APP_PARAM_DESC), nullptr);
  EXPECT_NE(StatementValue<SQLPOINTER>(SQL_ATTR_APP_PARAM_DESC),
            StatementValue<SQLPOINTER>(SQL_ATTR_APP_ROW_DESC));
}

TEST_F(AttributeTest, AttributesSetBeforeConnectingHold) {
  SQLHDBC other = SQL_NULL_HDBC;
  ASSERT_EQ(odbc.AllocHandle(SQL_HANDLE_DBC, env, &other), SQL_SUCCESS);
  const auto set = [&](SQLINTEGER attribute, SQLULEN value) {
    ASSERT_EQ(odbc.SetConnectAttr(other, attribute, Number(value), 0), SQL_SUCCESS) << attribute;
  };
  set(SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
  set(SQL_ATTR_TXN_ISOLATION, SQL_TXN_SERIALIZABLE);
  set(SQL_ATTR_ACCESS_MODE, SQL_MODE_READ_ONLY);
  set(SQL_ATTR_LOGIN_TIMEOUT, 5);
  ASSERT_EQ(odbc.DriverConnect(other, nullptr, Chars(ConnectionString().c_str()), SQL_NTS, nullptr,
                               0, nullptr, SQL_DRIVER_NOPROMPT),
            SQL_SUCCESS);
  const auto settings = relay.requests().back().open_session().settings();
  EXPECT_FALSE(settings.autocommit());
  EXPECT_TRUE(settings.read_only());
  EXPECT_EQ(settings.isolation(), v1::ISOLATION_LEVEL_SERIALIZABLE);
  SQLUINTEGER timeout = 0;
  ASSERT_EQ(odbc.GetConnectAttr(other, SQL_ATTR_LOGIN_TIMEOUT, &timeout, 0, nullptr), SQL_SUCCESS);
  EXPECT_EQ(timeout, 5u);
  odbc.Disconnect(other);
  odbc.FreeHandle(SQL_HANDLE_DBC, other);
}

// The relay of this test speaks for PostgreSQL, where a session stays in its database.
TEST_F(AttributeTest, ACatalogueSetBeforeConnectingIsAskedForAndMayBeSubstituted) {
  SQLHDBC other = SQL_NULL_HDBC;
  ASSERT_EQ(odbc.AllocHandle(SQL_HANDLE_DBC, env, &other), SQL_SUCCESS);
  ASSERT_EQ(odbc.SetConnectAttr(other, SQL_ATTR_CURRENT_CATALOG, Chars("archive"), SQL_NTS),
            SQL_SUCCESS);
  EXPECT_EQ(odbc.DriverConnect(other, nullptr, Chars(ConnectionString().c_str()), SQL_NTS, nullptr,
                               0, nullptr, SQL_DRIVER_NOPROMPT),
            SQL_SUCCESS_WITH_INFO);
  EXPECT_EQ(State(SQL_HANDLE_DBC, other), "01S02");
  EXPECT_EQ(relay.requests().back().open_session().settings().catalog(), "archive");
  odbc.Disconnect(other);
  odbc.FreeHandle(SQL_HANDLE_DBC, other);
}

TEST_F(AttributeTest, ResetConnectionHasANewSession) {
  ASSERT_EQ(odbc.SetConnectAttr(dbc, SQL_ATTR_AUTOCOMMIT, Number(SQL_AUTOCOMMIT_OFF), 0),
            SQL_SUCCESS);
  ASSERT_EQ(
      odbc.SetConnectAttr(dbc, SQL_ATTR_RESET_CONNECTION, Number(SQL_RESET_CONNECTION_YES), 0),
      SQL_SUCCESS)
      << ConnectionState();
  EXPECT_EQ(ConnectionValue(SQL_ATTR_AUTOCOMMIT), SQLUINTEGER{SQL_AUTOCOMMIT_ON});
  EXPECT_EQ(relay.Count(v1::Request::kOpenSession), 2u);
  EXPECT_TRUE(relay.requests().back().open_session().settings().autocommit());
  EXPECT_EQ(relay.connection_count(), 1u) << "on the same stream";
  EXPECT_EQ(odbc.Fetch(stmt), SQL_INVALID_HANDLE) << "statements go with the old one";
  relay.OnExecute("SELECT n", fakes::NumberedRows(1, 1));
  EXPECT_EQ(odbc.ExecDirect(NewStatement(), Chars("SELECT n"), SQL_NTS), SQL_SUCCESS);
}

TEST_F(AttributeTest, DescriptorFieldsAreCheckedWhenDataIsBound) {
  const SQLHDESC ard = DescriptorOf(SQL_ATTR_APP_ROW_DESC);
  const SQLHDESC ipd = DescriptorOf(SQL_ATTR_IMP_PARAM_DESC);
  int buffer = 0;
  ASSERT_EQ(odbc.SetDescField(ard, 1, SQL_DESC_TYPE, Number(4711), 0), SQL_SUCCESS);
  EXPECT_EQ(odbc.SetDescField(ard, 1, SQL_DESC_DATA_PTR, &buffer, 0), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DESC, ard), "HY021");
  EXPECT_EQ(odbc.SetDescField(ipd, 1, SQL_DESC_UNNAMED, Number(SQL_NAMED), 0), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DESC, ipd), "HY092");
  EXPECT_EQ(odbc.SetDescField(ipd, 1, SQL_DESC_PARAMETER_TYPE, Number(77), 0), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DESC, ipd), "HY105");
  EXPECT_EQ(odbc.SetDescField(ard, 0, SQL_DESC_ALLOC_TYPE, Number(1), 0), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DESC, ard), "HY091");
  EXPECT_EQ(odbc.SetDescField(ard, 1, SQL_DESC_NAME, Chars("n"), SQL_NTS), SQL_ERROR);
  EXPECT_EQ(State(SQL_HANDLE_DESC, ard), "HY091");
}

TEST_F(AttributeTest, DescriptorOfAnotherConnectionIsHY024) {
  SQLHDBC other = Connect();
  SQLHDESC foreign = SQL_NULL_HDESC;
  ASSERT_EQ(odbc.AllocHandle(SQL_HANDLE_DESC, other, &foreign), SQL_SUCCESS);
  EXPECT_EQ(odbc.SetStmtAttr(stmt, SQL_ATTR_APP_ROW_DESC, foreign, 0), SQL_ERROR);
  EXPECT_EQ(State(), "HY024");
  odbc.Disconnect(other);
  odbc.FreeHandle(SQL_HANDLE_DBC, other);
}

// ---- applications of ODBC 2 ----

class Odbc2Test : public DriverTest {
 protected:
  Odbc2Test() {
    odbc.Disconnect(dbc);
    odbc.FreeHandle(SQL_HANDLE_DBC, dbc);
    EXPECT_EQ(odbc.SetEnvAttr(env, SQL_ATTR_ODBC_VERSION, Number(SQL_OV_ODBC2), 0), SQL_SUCCESS);
    dbc = Connect();
    stmt = NewStatement();
  }
};

TEST_F(Odbc2Test, StatesAreThoseOfOdbc2) {
  EXPECT_EQ(odbc.Execute(stmt), SQL_ERROR);
  EXPECT_EQ(State(), "S1010");
  relay.OnExecute("SELECT t", [](fakes::FakeRelay::Exchange& exchange) {
    exchange.Fail("42S02", "no such table");
  });
  ExecDirect("SELECT t", SQL_ERROR);
  EXPECT_EQ(State(), "S0002");
}

TEST_F(Odbc2Test, DatesHaveTheOldCodes) {
  auto column = fakes::TextColumn("d");
  column.set_value_type(v1::VALUE_TYPE_DATE);
  column.set_sql_type(v1::SQLTYPE_DATE);
  relay.OnExecute("SELECT d", fakes::FakeResult{.columns = {column},
                                                .batches = {},
                                                .affected_rows = {},
                                                .more_results = false,
                                                .kind = v1::STATEMENT_KIND_SELECT});
  ExecDirect("SELECT d");
  SQLSMALLINT type = 0;
  ASSERT_EQ(odbc.DescribeCol(stmt, 1, nullptr, 0, nullptr, &type, nullptr, nullptr, nullptr),
            SQL_SUCCESS);
  EXPECT_EQ(type, SQL_DATE);
}

}  // namespace
}  // namespace sluice::tests
