#include "tests/unit/backend/mysql/mysql_fixture.h"

namespace sluice::relay::backend {
namespace {

using ConnectionTest = MysqlTest;
using std::chrono::seconds;

TEST_F(ConnectionTest, FactsAreKnownAtOnce) {
  const auto& facts = connection_->facts();
  EXPECT_EQ(facts.engine(), v1::ENGINE_MYSQL);
  EXPECT_TRUE(facts.is_mariadb());
  EXPECT_GE(facts.version_number(), 100000U);
  EXPECT_EQ(facts.database(), "sluice");
  EXPECT_EQ(facts.user(), "sluice");
  EXPECT_EQ(facts.default_isolation(), v1::ISOLATION_LEVEL_REPEATABLE_READ);
  EXPECT_EQ(Value("SELECT CONNECTION_ID()"), std::to_string(connection_->server_process_id()));
}

TEST_F(ConnectionTest, TextIsUtf8WhateverTheServersDefault) {
  EXPECT_EQ(Value("SELECT @@character_set_server"), "latin1");
  EXPECT_EQ(Value("SELECT @@character_set_client"), "utf8mb4");
  EXPECT_EQ(Value("SELECT HEX('😀')"), "F09F9880");
  connection_->Reset({.any = true, .unknown = true, .undo = {}});
  EXPECT_EQ(Value("SELECT HEX('😀')"), "F09F9880");
  EXPECT_EQ(Value("SELECT '😀'"), "😀");
}

TEST_F(ConnectionTest, UnixSocketWorks) {
  MysqlConnector connector(TestTarget(true));
  connection_ = connector.Connect(wire::DeadlineAfter(seconds(20)));
  EXPECT_EQ(Value("SELECT 1"), "1");
}

TEST_F(ConnectionTest, WrongPasswordKeepsTheServersState) {
  Target target = TestTarget();
  target.password = "wrong";
  try {
    MysqlConnector(target).Connect(wire::DeadlineAfter(seconds(20)));
    FAIL();
  } catch (const BackendError& error) {
    EXPECT_EQ(error.sqlstate(), "28000");
    EXPECT_NE(std::string(error.what()).find("127.0.0.1:" + std::to_string(target.port)),
              std::string::npos);
  }
}

TEST_F(ConnectionTest, UnreachableServerIsNamed) {
  Target target = TestTarget();
  target.port = 1;
  try {
    MysqlConnector(target).Connect(wire::DeadlineAfter(seconds(20)));
    FAIL();
  } catch (const BackendError& error) {
    EXPECT_EQ(error.sqlstate(), "08001");
    EXPECT_NE(std::string(error.what()).find("127.0.0.1:1"), std::string::npos);
  }
}

TEST_F(ConnectionTest, TransactionBeginsWithItsStatement) {
  Execute("CREATE OR REPLACE TABLE tx_test (v INT)");
  for (const bool prepared : {false, true}) {
    Execution insert = Make("INSERT INTO tx_test VALUES (1)", prepared);
    insert.begin_transaction = true;
    connection_->Execute(insert);
    EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_ACTIVE);
    connection_->EndTransaction(false);
    EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_NONE);
    EXPECT_EQ(Value("SELECT COUNT(*) FROM tx_test"), "0");
  }
  Execution insert = Make("INSERT INTO tx_test VALUES (1)");
  insert.begin_transaction = true;
  connection_->Execute(insert);
  connection_->EndTransaction(true);
  auto other = Connect();
  connection_ = std::move(other);
  EXPECT_EQ(Value("SELECT COUNT(*) FROM tx_test"), "1");
  Execute("DROP TABLE tx_test");
}

TEST_F(ConnectionTest, FailedStatementLeavesTheTransactionOpen) {
  Execution failing = Make("INSERT INTO no_such_table VALUES (1)");
  failing.begin_transaction = true;
  EXPECT_THROW(connection_->Execute(failing), BackendError);
  EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_ACTIVE);
  connection_->EndTransaction(true);
  EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_NONE);
}

TEST_F(ConnectionTest, SettingsAreReplayed) {
  Execute("CREATE DATABASE IF NOT EXISTS `other``db`");
  settings_.isolation = v1::ISOLATION_LEVEL_SERIALIZABLE;
  settings_.read_only = true;
  settings_.catalog = "other`db";
  settings_.last_insert_id = 77;
  const char* sql =
      "SELECT CONCAT_WS('|', @@tx_isolation, @@tx_read_only, DATABASE(), LAST_INSERT_ID())";
  for (const bool prepared : {false, true}) {
    EXPECT_EQ(Value(sql, prepared), "SERIALIZABLE|ON|other`db|77");
    const SessionSettings before = settings_;
    settings_ = {};
    EXPECT_EQ(Value(sql, prepared), "REPEATABLE-READ|OFF|sluice|0");
    settings_ = before;
  }
  EXPECT_EQ(Error("CREATE TABLE t (v INT)").native_code(), 1792);
  settings_ = {};
  Execute("DROP DATABASE `other``db`");
}

TEST_F(ConnectionTest, UnknownCatalogIsAnErrorAndForgotten) {
  settings_.catalog = "no_such_database";
  settings_.isolation = v1::ISOLATION_LEVEL_READ_COMMITTED;
  EXPECT_EQ(Error("SELECT 1").native_code(), 1049);
  settings_ = {};
  EXPECT_EQ(Value("SELECT CONCAT(DATABASE(), @@tx_isolation)"), "sluiceREPEATABLE-READ");
}

TEST_F(ConnectionTest, PreparedStatementsBelongToTheirCatalog) {
  Execute("CREATE DATABASE IF NOT EXISTS other_db");
  Execute("CREATE OR REPLACE TABLE which (v VARCHAR(10)) AS SELECT 'here' AS v");
  Execute("CREATE OR REPLACE TABLE other_db.which (v VARCHAR(10)) AS SELECT 'there' AS v");
  for (int i = 0; i < 2; ++i) {
    settings_.catalog = "";
    EXPECT_EQ(Value("SELECT v FROM which", true), "here");
    settings_.catalog = "other_db";
    EXPECT_EQ(Value("SELECT v FROM which", true), "there");
  }
  settings_ = {};
  Execute("DROP DATABASE other_db");
  Execute("DROP TABLE which");
}

TEST_F(ConnectionTest, GeneratedIdIsKnown) {
  Execute("CREATE TEMPORARY TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT)");
  Execute("INSERT INTO t (v) VALUES (1), (2)");
  EXPECT_EQ(connection_->last_insert_id(), 1U);
  Execute("INSERT INTO t (v) VALUES (3)", true);
  EXPECT_EQ(connection_->last_insert_id(), 3U);
  settings_.last_insert_id = 3;
  EXPECT_EQ(Value("SELECT LAST_INSERT_ID()"), "3");
  EXPECT_EQ(connection_->last_insert_id(), 0U);
}

TEST_F(ConnectionTest, ResetRollsBack) {
  Execute("CREATE OR REPLACE TABLE reset_test (v INT)");
  Execution insert = Make("INSERT INTO reset_test VALUES (1)");
  insert.begin_transaction = true;
  connection_->Execute(insert);
  connection_->Reset({});
  EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_NONE);
  EXPECT_EQ(Value("SELECT COUNT(*) FROM reset_test"), "0");
  Execute("DROP TABLE reset_test");
}

TEST_F(ConnectionTest, ResetOfAPinnedConnectionForgetsItsSession) {
  Execute("CREATE TEMPORARY TABLE mine (v INT)");
  Execute("SET @mine = 1");
  Execute("SET autocommit = 0");
  Execute("USE information_schema");
  EXPECT_EQ(Value("SELECT 1", true), "1");
  connection_->Reset({.any = true, .unknown = true, .undo = {}});
  EXPECT_EQ(Value("SELECT CONCAT_WS('|', DATABASE(), @@autocommit, @mine IS NULL)"), "sluice|ON|1");
  EXPECT_EQ(Value("SELECT 1", true), "1");
  EXPECT_EQ(Error("SELECT * FROM mine").native_code(), 1146);
}

TEST_F(ConnectionTest, ResetTurnsAutocommitOnAgain) {
  Execute("SET autocommit = 0");
  connection_->Reset({});
  EXPECT_EQ(Value("SELECT @@autocommit"), "1");
}

TEST_F(ConnectionTest, StatementTimeoutEndsAStatement) {
  Target target = TestTarget();
  target.statement_timeout = std::chrono::milliseconds(1500);  // of the small ones below, too
  MysqlConnector connector(target);
  connection_ = connector.Connect(wire::DeadlineAfter(seconds(20)));
  EXPECT_EQ(Error("SELECT COUNT(*) FROM seq_1_to_100000000000 WHERE seq % 7 = 3").native_code(),
            1969);
  connection_->Reset({.any = true, .unknown = true, .undo = {}});
  EXPECT_EQ(Value("SELECT @@max_statement_time"), "1.5");
}

TEST_F(ConnectionTest, ConnectionThatTheServerClosedIsDead) {
  EXPECT_FALSE(connection_->IsDead());
  auto other = Connect();
  other->Execute(Make("KILL CONNECTION " + std::to_string(connection_->server_process_id())));
  while (!connection_->IsDead()) {
  }
  EXPECT_TRUE(Error("SELECT 1").connection_lost());
}

}  // namespace
}  // namespace sluice::relay::backend
