#include "proto/values/datetime.h"
#include "tests/unit/backend/mysql/mysql_fixture.h"

namespace sluice::relay::backend {
namespace {

using ExecuteTest = MysqlTest;

TEST_F(ExecuteTest, EveryParameterTypeArrives) {
  Parameters p;
  p.Add(v1::VALUE_TYPE_BOOL).AppendFixed<std::uint8_t>(1);
  p.Add(v1::VALUE_TYPE_INT16).AppendFixed<std::int16_t>(-7);
  p.Add(v1::VALUE_TYPE_INT32).AppendFixed<std::int32_t>(-70000);
  p.Add(v1::VALUE_TYPE_INT64).AppendFixed(std::numeric_limits<std::int64_t>::min());
  p.Add(v1::VALUE_TYPE_UINT64).AppendFixed(std::numeric_limits<std::uint64_t>::max());
  p.Add(v1::VALUE_TYPE_FLOAT64).AppendFixed(0.1);
  p.Add(v1::VALUE_TYPE_DECIMAL).AppendVariable("-12345678901234567890.125");
  p.Add(v1::VALUE_TYPE_TEXT).AppendVariable("quote ' and 😀");
  p.Add(v1::VALUE_TYPE_BYTES).AppendVariable(std::string_view("\0\xff", 2));
  p.Add(v1::VALUE_TYPE_DATE).AppendFixed(values::PackDate({2024, 2, 29}));
  p.Add(v1::VALUE_TYPE_TIME).AppendFixed(*values::ParseTime("-838:59:59.000000"));
  p.Add(v1::VALUE_TYPE_TIMESTAMP).AppendFixed(*values::ParseTimestamp("1999-12-31 23:59:59.5"));
  p.Add(v1::VALUE_TYPE_UUID).AppendFixedBytes("0123456789abcdef");
  p.Add(v1::VALUE_TYPE_TEXT).AppendNull();
  Execute(
      "CREATE TEMPORARY TABLE t (b BIT(1), s SMALLINT, i INT, l BIGINT, u BIGINT UNSIGNED, d "
      "DOUBLE, "
      "n DECIMAL(30,3), c VARCHAR(50), y VARBINARY(9), da DATE, ti TIME, ts DATETIME(1), "
      "id CHAR(36), nothing TEXT) CHARACTER SET utf8mb4");
  Execute("INSERT INTO t VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)", p);
  const std::vector<std::string> expected = {"1",
                                             "-7",
                                             "-70000",
                                             "-9223372036854775808",
                                             "18446744073709551615",
                                             "0.1",
                                             "-12345678901234567890.125",
                                             "quote ' and 😀",
                                             "00FF",
                                             "2024-02-29",
                                             "-838:59:59",
                                             "1999-12-31 23:59:59.5",
                                             "30313233-3435-3637-3839-616263646566",
                                             "NULL"};
  EXPECT_EQ(Query("SELECT * FROM t").rows.at(0), expected);
  EXPECT_EQ(Query("SELECT * FROM t", true).rows.at(0), expected);
}

TEST_F(ExecuteTest, IntervalParameterIsRefused) {
  Parameters p;
  p.Add(v1::VALUE_TYPE_INTERVAL).AppendInterval({1, 2, 3});
  try {
    Execute("SELECT ?", p);
    FAIL();
  } catch (const BackendError& error) {
    EXPECT_EQ(error.sqlstate(), "07006");
  }
  EXPECT_EQ(Value("SELECT 1"), "1");
}

TEST_F(ExecuteTest, IntervalThatNoTimeHoldsIsRefused) {
  Parameters p;
  p.Add(v1::VALUE_TYPE_INTERVAL).AppendInterval({0, 2'000'000'000, 0});
  try {
    Execute("SELECT ?", p);
    FAIL();
  } catch (const BackendError& error) {
    EXPECT_EQ(error.sqlstate(), "22015");
  }
}

TEST_F(ExecuteTest, InfiniteDateIsRefused) {
  Parameters p;
  p.Add(v1::VALUE_TYPE_DATE).AppendFixed(values::kDateInfinity);
  try {
    Execute("SELECT ?", p);
    FAIL();
  } catch (const BackendError& error) {
    EXPECT_EQ(error.sqlstate(), "22008");
  }
}

TEST_F(ExecuteTest, WrongParameterCountIsRefused) {
  Parameters p;
  p.Add(v1::VALUE_TYPE_INT32).AppendFixed<std::int32_t>(1);
  try {
    Execute("SELECT ?, ?", p);
    FAIL();
  } catch (const BackendError& error) {
    EXPECT_EQ(error.sqlstate(), "07002");
  }
}

TEST_F(ExecuteTest, AffectedRowsCountMatchedRows) {
  Execute("CREATE TEMPORARY TABLE t (v INT)");
  EXPECT_EQ(Execute("INSERT INTO t VALUES (1), (2), (3)").affected_rows, 3U);
  EXPECT_EQ(Execute("UPDATE t SET v = 1").affected_rows, 3U);
  EXPECT_EQ(Execute("UPDATE t SET v = 1", true).affected_rows, 3U);
}

TEST_F(ExecuteTest, SecondStatementInTextNeverRuns) {
  Execute("CREATE OR REPLACE TABLE victim (v INT)");
  // With settings to replay, the relay itself sends several statements in one write.
  settings_.isolation = v1::ISOLATION_LEVEL_SERIALIZABLE;
  for (const char* sql :
       {"SELECT 1; DROP TABLE victim", "SELECT 1 /* ' */; DROP TABLE victim -- '",
        "/*!40100 SELECT 1; DROP TABLE victim */", "SHOW TABLES; DROP TABLE victim;",
        ";DROP TABLE victim; DROP TABLE victim"}) {
    for (const bool prepared : {false, true}) {
      EXPECT_EQ(Error(sql, prepared).sqlstate(), "42000") << sql;
    }
  }
  EXPECT_EQ(Value("SELECT COUNT(*) FROM victim"), "0");
  Execute("DROP TABLE victim");
}

TEST_F(ExecuteTest, SemicolonInLiteralAndAtTheEndIsFine) {
  EXPECT_EQ(Value("SELECT 'a;b'"), "a;b");
  EXPECT_EQ(Value("SELECT 1 ; \n"), "1");
  EXPECT_EQ(Value("SELECT 2;", true), "2");
}

TEST_F(ExecuteTest, ProcedureBodyWithSemicolonsRuns) {
  settings_.isolation = v1::ISOLATION_LEVEL_SERIALIZABLE;
  Execute("CREATE OR REPLACE PROCEDURE body() BEGIN SELECT 1; SELECT 2; END;");
  EXPECT_EQ(Query("CALL body()").rows.at(0).at(0), "1");
  connection_->DiscardResults();
  Execute("DROP PROCEDURE body");
}

TEST_F(ExecuteTest, CallHasSeveralResults) {
  Execute("CREATE OR REPLACE PROCEDURE several() BEGIN SELECT 1; SELECT 'two', 2; END");
  for (const bool prepared : {false, true}) {
    EXPECT_EQ(Query("CALL several()", prepared).rows.at(0).at(0), "1");
    EXPECT_TRUE(connection_->has_open_result());
    auto second = connection_->NextResult();
    ASSERT_TRUE(second.has_value());
    EXPECT_EQ(ReadAll(*second).rows.at(0).at(0), "two");
    const auto outcome = connection_->NextResult();
    ASSERT_TRUE(outcome.has_value());
    EXPECT_TRUE(outcome->columns.empty());
    EXPECT_FALSE(connection_->has_open_result());
    EXPECT_FALSE(connection_->NextResult().has_value());
    EXPECT_EQ(Value("SELECT 3"), "3");
  }
  Execute("DROP PROCEDURE several");
}

TEST_F(ExecuteTest, PreparedCallMayChangeItsColumnsAndRunsOnce) {
  Execute("CREATE OR REPLACE TABLE calls (v INT)");
  Execute(
      "CREATE OR REPLACE PROCEDURE changing_call(IN n INT) BEGIN INSERT INTO calls VALUES (n); IF "
      "n = 1 "
      "THEN SELECT 1; ELSE SELECT 1, 2; END IF; END");
  for (const int n : {1, 2, 1}) {
    Parameters p;
    p.Add(v1::VALUE_TYPE_INT32).AppendFixed<std::int32_t>(n);
    EXPECT_EQ(ReadAll(Execute("CALL changing_call(?)", p)).rows.at(0).size(),
              static_cast<std::size_t>(n));
    connection_->DiscardResults();
  }
  EXPECT_EQ(Value("SELECT COUNT(*) FROM calls"), "3");
  Execute("DROP PROCEDURE changing_call");
  Execute("DROP TABLE calls");
}

TEST_F(ExecuteTest, OutParametersFollowTheResultSets) {
  Execute(
      "CREATE OR REPLACE PROCEDURE outs(IN a INT, OUT b INT) BEGIN SET b = a; SELECT 'row'; END");
  Parameters p;
  p.Add(v1::VALUE_TYPE_INT32).AppendFixed<std::int32_t>(1);
  p.Add(v1::VALUE_TYPE_INT32).AppendFixed<std::int32_t>(2);
  EXPECT_EQ(ReadAll(Execute("CALL outs(?, ?)", p)).rows.at(0).at(0), "row");
  const auto outputs = connection_->NextResult();
  ASSERT_TRUE(outputs && outputs->outputs);
  EXPECT_TRUE(outputs->is_read_whole);
  EXPECT_EQ(outputs->columns.size(), 1u);
  ASSERT_EQ(outputs->outputs->columns.size(), 1u);  // the OUT parameter alone
  EXPECT_EQ(values::ColumnView(v1::VALUE_TYPE_INT32, 1, outputs->outputs->batch.columns(0))
                .Fixed<std::int32_t>(0),
            1);
  EXPECT_TRUE(connection_->NextResult().has_value());  // the outcome of the call
  EXPECT_FALSE(connection_->has_open_result());
  EXPECT_EQ(Value("SELECT 3"), "3");
  Execute("DROP PROCEDURE outs");
}

TEST_F(ExecuteTest, ErrorInASecondResultIsThrownThere) {
  Execute(
      "CREATE OR REPLACE PROCEDURE failing() BEGIN SELECT 1; SIGNAL SQLSTATE '45000' SET "
      "MESSAGE_TEXT = 'as wished'; END");
  EXPECT_EQ(Query("CALL failing()").rows.at(0).at(0), "1");
  ASSERT_TRUE(connection_->has_open_result());
  try {
    connection_->NextResult();
    FAIL();
  } catch (const BackendError& error) {
    EXPECT_EQ(error.sqlstate(), "45000");
    EXPECT_STREQ(error.what(), "as wished");
  }
  EXPECT_EQ(Value("SELECT 1"), "1");
  Execute("DROP PROCEDURE failing");
}

TEST_F(ExecuteTest, ServerErrorsKeepStateAndNumber) {
  for (const bool prepared : {false, true}) {
    const BackendError error = Error("SELECT * FROM no_such_table", prepared);
    EXPECT_EQ(error.sqlstate(), "42S02");
    EXPECT_EQ(error.native_code(), 1146);
    EXPECT_FALSE(error.connection_lost());
  }
}

TEST_F(ExecuteTest, ErrorWhileRowsAreReadLeavesTheConnectionUsable) {
  for (const bool prepared : {false, true}) {
    EXPECT_EQ(
        Error("SELECT (SELECT seq FROM seq_1_to_2 WHERE seq <= s.seq) FROM seq_1_to_3 s", prepared)
            .native_code(),
        1242);
    EXPECT_EQ(Value("SELECT 1", prepared), "1");
  }
}

TEST_F(ExecuteTest, PreparedStatementSurvivesAChangedTable) {
  Execute("CREATE OR REPLACE TABLE changing (a INT)");
  Execute("INSERT INTO changing VALUES (1)");
  EXPECT_EQ(Query("SELECT * FROM changing", true).rows.at(0).size(), 1U);
  auto other = Connect();
  other->Execute(Make("ALTER TABLE changing ADD COLUMN b VARCHAR(10) DEFAULT 'new'"));
  const auto result = Query("SELECT * FROM changing", true);
  EXPECT_EQ(result.rows.at(0), (std::vector<std::string>{"1", "new"}));
  Execute("DROP TABLE changing");
}

TEST_F(ExecuteTest, MoreStatementsThanTheCacheHolds) {
  for (int i = 0; i < 600; ++i) {
    ASSERT_EQ(Value("SELECT " + std::to_string(i % 300), true), std::to_string(i % 300));
  }
  // Of this connection alone: the server counts open statements over all of them only.
  const auto count = [&](const std::string& command) {
    return std::stoi(Query("SHOW SESSION STATUS LIKE '" + command + "'").rows.at(0).at(1));
  };
  EXPECT_LE(count("Com_stmt_prepare") - count("Com_stmt_close"), 256);
}

TEST_F(ExecuteTest, DescribeTellsColumnsAndParameters) {
  Statement statement;
  statement.sql = "SELECT seq, ? AS p FROM seq_1_to_3 WHERE seq > ?";
  const auto description = connection_->Describe(statement, settings_);
  ASSERT_EQ(description.columns_size(), 2);
  EXPECT_EQ(description.columns(0).name(), "seq");
  EXPECT_EQ(description.columns(0).sql_type(), v1::SQLTYPE_BIGINT);
  ASSERT_EQ(description.parameters_size(), 2);
  EXPECT_EQ(description.parameters(0).sql_type(), v1::SQLTYPE_VARCHAR);
  statement.sql = "DO 1";
  EXPECT_EQ(connection_->Describe(statement, settings_).columns_size(), 0);
  statement.sql = "SELECT nonsense FROM";
  EXPECT_THROW(connection_->Describe(statement, settings_), BackendError);
  EXPECT_EQ(Value("SELECT 1"), "1");
}

TEST_F(ExecuteTest, WarningsAreTakenOnce) {
  EXPECT_EQ(Value("SELECT CAST('12x' AS INT)"), "12");
  const auto notices = connection_->TakeNotices();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_EQ(notices[0].sqlstate(), "01000");
  EXPECT_EQ(notices[0].native_code(), 1292);
  EXPECT_TRUE(connection_->TakeNotices().empty());
}

TEST_F(ExecuteTest, FilesOfTheRelayCannotBeLoaded) {
  Execute("CREATE TEMPORARY TABLE t (v TEXT)");
  Error("LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE t");
}

TEST_F(ExecuteTest, TooLargeAParameterIsAnErrorNotALostConnection) {
  Parameters p;
  p.Add(v1::VALUE_TYPE_BYTES).AppendVariable(std::string(321 << 20, 'x'));
  try {
    Execute("SELECT LENGTH(?)", p);
    FAIL();
  } catch (const BackendError& error) {
    EXPECT_EQ(error.native_code(), 1153);
    EXPECT_FALSE(error.connection_lost());
  }
  EXPECT_EQ(Value("SELECT 1"), "1");
}

}  // namespace
}  // namespace sluice::relay::backend
