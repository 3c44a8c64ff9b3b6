#include "tests/unit/backend/postgres/postgres_test.h"

namespace sluice::relay::backend::postgres {
namespace {

class PostgresTransactionTest : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (HasFatalFailure()) return;
    Run("CREATE TEMP TABLE t (a int UNIQUE)");
  }
  std::int64_t Count() { return Run("SELECT count(*) FROM t").BigInteger(); }
};

TEST_F(PostgresTransactionTest, BeginTravelsWithTheFirstStatement) {
  UseTransactions();
  EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_NONE);
  Run("INSERT INTO t VALUES (1)");
  EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_ACTIVE);
  connection_->EndTransaction(false);
  EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_NONE);
  EXPECT_EQ(Count(), 0);
  Run("INSERT INTO t VALUES (1)");
  connection_->EndTransaction(true);
  EXPECT_EQ(Count(), 1);
  connection_->EndTransaction(true);
}

TEST_F(PostgresTransactionTest, AnErrorUndoesItsStatementOnly) {
  UseTransactions();
  Run("INSERT INTO t VALUES (1)");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(StateOf("INSERT INTO t VALUES (5), (1)"), "23505");
    EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_ACTIVE);
    EXPECT_EQ(StateOf("SELECT no_such_column"), "42703");
  }
  Run("INSERT INTO t VALUES (2)");
  connection_->EndTransaction(true);
  EXPECT_EQ(Count(), 2);
}

TEST_F(PostgresTransactionTest, TheFirstStatementMayFailWithoutEndingTheTransaction) {
  UseTransactions();
  EXPECT_EQ(StateOf("SELECT 1/0"), "22012");
  EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_ACTIVE);
  EXPECT_EQ(Count(), 0);
}

TEST_F(PostgresTransactionTest, WithoutStatementRollbackAnErrorFailsTheTransaction) {
  execution_.begin_transaction = true;
  Run("INSERT INTO t VALUES (1)");
  EXPECT_EQ(StateOf("SELECT 1/0"), "22012");
  EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_FAILED);
  EXPECT_EQ(StateOf("SELECT 1"), "25P02");
  EXPECT_THROW(connection_->EndTransaction(true), BackendError);
  EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_NONE);
  EXPECT_EQ(Count(), 0);
}

TEST_F(PostgresTransactionTest, TransactionControlAsTextIsFollowed) {
  Run("BEGIN");
  EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_ACTIVE);
  execution_.statement_rollback = true;
  Run("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
  Run("INSERT INTO t VALUES (1)");
  Run("SAVEPOINT mine");
  Run("INSERT INTO t VALUES (2)");
  EXPECT_EQ(StateOf("INSERT INTO t VALUES (2)"), "23505");
  Run("ROLLBACK TO SAVEPOINT mine");
  Run("INSERT INTO t VALUES (3)");
  Run("RELEASE SAVEPOINT mine");
  Run("COMMIT");
  EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_NONE);
  EXPECT_EQ(Count(), 2);
  Run("BEGIN");
  EXPECT_EQ(StateOf("SELECT 1/0"), "22012");
  EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_ACTIVE);
  Run("ROLLBACK");
  EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_NONE);
}

TEST_F(PostgresTransactionTest, ATextThatDoesNotParseLeavesTheTransactionAlone) {
  execution_.begin_transaction = true;
  Run("INSERT INTO t VALUES (1)");
  EXPECT_THROW(connection_->Describe(*Make("SELEC"), settings_), BackendError);
  EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_ACTIVE);
  connection_->EndTransaction(true);
  EXPECT_EQ(Count(), 1);
}

TEST_F(PostgresTransactionTest, SettingsHoldForAutocommitAndForTransactions) {
  const std::string isolation = "SELECT current_setting('transaction_isolation')";
  for (const bool begin : {false, true, false}) {
    execution_.begin_transaction = begin;
    settings_.isolation = v1::ISOLATION_LEVEL_SERIALIZABLE;
    settings_.read_only = true;
    EXPECT_EQ(Run(isolation).Text(), "serializable");
    EXPECT_EQ(StateOf("CREATE TABLE never (a int)"), "25006");
    connection_->EndTransaction(false);
    settings_ = {};
    EXPECT_EQ(Run(isolation).Text(), "read committed");
    EXPECT_EQ(Run("SELECT current_setting('transaction_read_only')").Text(), "off");
    connection_->EndTransaction(false);
  }
}

TEST_F(PostgresTransactionTest, BeginOverridesWhatAutocommitHasSet) {
  settings_.isolation = v1::ISOLATION_LEVEL_REPEATABLE_READ;
  settings_.read_only = true;
  Run("SELECT 1");
  settings_ = {};
  execution_.begin_transaction = true;
  EXPECT_EQ(Run("SELECT current_setting('transaction_isolation')").Text(), "read committed");
  EXPECT_EQ(Run("SELECT current_setting('transaction_read_only')").Text(), "off");
}

TEST_F(PostgresTransactionTest, StatementsThatWantNoTransactionRun) {
  Run("VACUUM");
  execution_.prepare = true;
  Run("VACUUM");
}

TEST_F(PostgresTransactionTest, ResetEndsWhatIsOpen) {
  execution_.begin_transaction = true;
  Run("INSERT INTO t VALUES (1)");
  Start("SELECT generate_series(1, 100000)");
  connection_->Reset({});
  EXPECT_FALSE(connection_->has_open_result());
  EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_NONE);
  execution_.begin_transaction = false;
  EXPECT_EQ(Count(), 0);
}

TEST_F(PostgresTransactionTest, ResetOfAPinnedConnectionForgetsEverything) {
  execution_.prepare = true;
  EXPECT_EQ(Count(), 0);
  Run("SET DateStyle TO 'German'");
  Run("SET application_name TO 'mine'");
  settings_.read_only = true;
  EXPECT_EQ(Count(), 0);
  connection_->Reset({.any = true, .unknown = true, .undo = {}});
  EXPECT_EQ(StateOf("SELECT count(*) FROM t"), "42P01");
  EXPECT_EQ(Run("SELECT '2024-01-31'::date::text").Text(), "2024-01-31");
  EXPECT_EQ(Run("SELECT current_setting('application_name')").Text(), "sluiced");
  EXPECT_EQ(Run("SELECT current_setting('transaction_read_only')").Text(), "on");
}

}  // namespace
}  // namespace sluice::relay::backend::postgres
