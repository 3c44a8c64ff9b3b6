#include "tests/unit/backend/postgres/postgres_test.h"

namespace sluice::relay::backend::postgres {
namespace {

TEST_F(PostgresTest, FirstAndLaterExecutionsOfATextGiveTheSame) {
  for (int i = 0; i < 3; ++i) {
    const Table table = Run("SELECT 42, 'héllo'::text, NULL::int");
    ASSERT_EQ(table.rows(), 1U);
    EXPECT_EQ(table.Integer(), 42);
    EXPECT_EQ(table.Text(0, 1), "héllo");
    EXPECT_TRUE(table.column(2).IsNull(0));
  }
}

TEST_F(PostgresTest, AnotherConnectionUsesTheDescriptionThatOneLearned) {
  Run("SELECT 1");
  connection_ = Connect();
  EXPECT_EQ(Run("SELECT 1").Integer(), 1);
}

TEST_F(PostgresTest, PreparedStatementsGiveTheSameAgainAndAgain) {
  execution_.prepare = true;
  for (std::int32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(Run("SELECT $1 + 1", Parameters().Integers({i})).Integer(), i + 1);
  }
  EXPECT_EQ(
      Run("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'sluice%'").BigInteger(), 2);
}

TEST_F(PostgresTest, NoMoreThan256PreparedStatementsStayOnTheServer) {
  execution_.prepare = true;
  for (int i = 0; i < 300; ++i) Run("SELECT " + std::to_string(i));
  EXPECT_EQ(Run("SELECT 0").Integer(), 0);
  execution_.prepare = false;
  EXPECT_LE(Run("SELECT count(*) FROM pg_prepared_statements").BigInteger(), 257);
}

TEST_F(PostgresTest, AffectedRowsAndEmptyResults) {
  Run("CREATE TEMP TABLE t (a int)");
  EXPECT_EQ(Run("INSERT INTO t SELECT generate_series(1, 5)").head.affected_rows, 5U);
  EXPECT_EQ(Run("DELETE FROM t WHERE a > 3").head.affected_rows, 2U);
  EXPECT_EQ(Run("CREATE TEMP TABLE u (a int)").head.affected_rows, 0U);
  EXPECT_EQ(Run("DROP TABLE u").head.affected_rows, std::nullopt);
  const Table empty = Run("SELECT a FROM t WHERE a > 100");
  EXPECT_EQ(empty.rows(), 0U);
  EXPECT_EQ(empty.head.columns.size(), 1U);
  EXPECT_TRUE(Run("").head.columns.empty());
  EXPECT_EQ(Run("INSERT INTO t VALUES (9) RETURNING a").Integer(), 9);
}

TEST_F(PostgresTest, ErrorsCarryTheServersStateDetailAndHint) {
  EXPECT_EQ(StateOf("SELECT * FROM no_such_table"), "42P01");
  EXPECT_EQ(StateOf("SELEC 1"), "42601");
  EXPECT_EQ(StateOf("SELECT 1/0"), "22012");
  Run("CREATE TEMP TABLE k (a int PRIMARY KEY)");
  Run("INSERT INTO k VALUES (1)");
  EXPECT_EQ(StateOf("INSERT INTO k VALUES (1)"), "23505");
  EXPECT_NE(message_.find("; DETAIL: Key (a)=(1) already exists."), std::string::npos) << message_;
  EXPECT_EQ(Run("SELECT 7").Integer(), 7);
}

TEST_F(PostgresTest, AnErrorAfterRowsWereReadEndsTheResult) {
  EXPECT_EQ(StateOf("SELECT 100 / (5000 - i) FROM generate_series(1, 6000) i"), "22012");
  EXPECT_FALSE(connection_->has_open_result());
  EXPECT_EQ(Run("SELECT 7").Integer(), 7);
}

TEST_F(PostgresTest, AFailureOfTheImplicitCommitIsReported) {
  Run("CREATE TEMP TABLE p (a int PRIMARY KEY)");
  Run("CREATE TEMP TABLE c (a int REFERENCES p DEFERRABLE INITIALLY DEFERRED)");
  EXPECT_EQ(StateOf("INSERT INTO c VALUES (1)"), "23503");
  EXPECT_EQ(StateOf("INSERT INTO c VALUES (1) RETURNING a"), "23503");
  EXPECT_EQ(Run("SELECT count(*) FROM c").BigInteger(), 0);
}

TEST_F(PostgresTest, CopyThroughTheClientIsRefusedClearly) {
  Run("CREATE TEMP TABLE t (a int)");
  EXPECT_EQ(StateOf("COPY t FROM STDIN"), "0A000");
  EXPECT_EQ(StateOf("/* dump */ copy t to stdout"), "0A000");
  EXPECT_EQ(Run("SELECT 7").Integer(), 7);
}

TEST_F(PostgresTest, NoticesBecomeWarnings) {
  Run("DROP TABLE IF EXISTS no_such_table");
  const auto notices = connection_->TakeNotices();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_EQ(notices[0].sqlstate(), "01000");
  EXPECT_NE(notices[0].message().find("no_such_table"), std::string::npos);
  EXPECT_TRUE(connection_->TakeNotices().empty());
}

TEST_F(PostgresTest, AChangedTableIsDescribedAnew) {
  for (const bool prepare : {false, true}) {
    execution_.prepare = prepare;
    Run("CREATE TEMP TABLE t (a int)");
    Run("INSERT INTO t VALUES (1)");
    const std::string sql = "SELECT a FROM t";
    EXPECT_EQ(Run(sql).Integer(), 1);
    EXPECT_EQ(Run(sql).Integer(), 1);
    Run("ALTER TABLE t ALTER a TYPE timestamptz USING '2024-01-02 03:04:05+00'");
    Run("SET TimeZone TO 'UTC'");
    const Table table = Run(sql);
    EXPECT_EQ(table.head.columns[0].type_name(), "timestamptz");
    EXPECT_EQ(values::UnpackTimestamp(table.column(0).Fixed<std::uint64_t>(0)).date.year, 2024);
    Run("DROP TABLE t");
  }
}

TEST_F(PostgresTest, AParameterWhoseTypeChangedIsSentAnew) {
  Run("CREATE TEMP TABLE t (a int)");
  const std::string sql = "INSERT INTO t VALUES ($1)";
  Run(sql, Parameters().Integers({1}));
  Run("ALTER TABLE t ALTER a TYPE bigint");
  Run(sql, Parameters().Integers({2}));
  EXPECT_EQ(Run("SELECT sum(a)::int FROM t").Integer(), 3);
}

// Statements are shared by all clients of a pool, so a table that is made anew must not meet the
// types of its predecessor: neither in texts nor, worse, in octets that another type reads
// differently.
TEST_F(PostgresTest, AStatementSurvivesThatItsTableIsMadeAnewWithOtherTypes) {
  const std::string sql = "INSERT INTO made_anew VALUES ($1)";
  auto other = Connect();
  Run("DROP TABLE IF EXISTS made_anew");
  const auto make_anew = [this](const std::string& type) {
    Run("DROP TABLE IF EXISTS made_anew");
    Run("CREATE TABLE made_anew (a " + type + ")");
  };
  for (const bool prepare : {true, false}) {
    execution_.prepare = prepare;
    make_anew("int");
    Run(sql, Parameters().Integers({1}));
    connection_.swap(other);
    Run(sql, Parameters().Integers({1}));
    connection_.swap(other);
    make_anew("text");
    Run(sql, Parameters().Text("one"));
    make_anew("real");
    Run(sql, Parameters().Fixed(v1::VALUE_TYPE_FLOAT32, 1.5F));
    connection_.swap(other);
    Run(sql, Parameters().Fixed(v1::VALUE_TYPE_FLOAT32, 1.5F));
    EXPECT_EQ(Run("SELECT sum(a)::text FROM made_anew").Text(), "3");
  }
  EXPECT_EQ(StateOf(sql, Parameters().Text("one")), "22P02");
  UseTransactions();
  Run(sql, Parameters().Text("1"));
  EXPECT_EQ(StateOf(sql, Parameters().Text("one")), "22P02");
  EXPECT_EQ(Run("SELECT sum(a)::text FROM made_anew").Text(), "4");
  connection_->EndTransaction(false);
  execution_ = {};
  Run("DROP TABLE made_anew");
}

TEST_F(PostgresTest, DescribeTellsColumnsAndParametersWithoutRunning) {
  Run("CREATE TEMP TABLE t (a int, b varchar(20), c numeric(10,2))");
  const auto statement = Make("INSERT INTO t VALUES ($1, $2, $3) RETURNING b, c");
  const auto description = connection_->Describe(*statement, settings_);
  ASSERT_EQ(description.parameters_size(), 3);
  EXPECT_EQ(description.parameters(0).sql_type(), v1::SQLTYPE_INTEGER);
  EXPECT_EQ(description.parameters(1).type_name(), "varchar");
  EXPECT_EQ(description.parameters(2).value_type(), v1::VALUE_TYPE_DECIMAL);
  ASSERT_EQ(description.columns_size(), 2);
  EXPECT_EQ(description.columns(0).name(), "b");
  EXPECT_EQ(description.columns(0).size(), 20U);
  EXPECT_EQ(description.columns(1).size(), 10U);
  EXPECT_EQ(description.columns(1).scale(), 2);
  EXPECT_EQ(Run("SELECT count(*) FROM t").BigInteger(), 0);
}

TEST_F(PostgresTest, FactsTellTheServer) {
  const auto& facts = connection_->facts();
  EXPECT_EQ(facts.engine(), v1::ENGINE_POSTGRES);
  EXPECT_GE(facts.version_number(), 100'000U);
  EXPECT_EQ(facts.database(), env_["PG_DATABASE"]);
  EXPECT_EQ(facts.user(), env_["PG_USER"]);
  EXPECT_EQ(facts.max_identifier_length(), 63U);
  EXPECT_EQ(facts.default_isolation(), v1::ISOLATION_LEVEL_READ_COMMITTED);
  EXPECT_EQ(Run("SELECT pg_backend_pid()").Integer(),
            static_cast<std::int32_t>(connection_->server_process_id()));
}

TEST_F(PostgresTest, ConnectErrorsNameTheServerAndItsState) {
  Target target = TargetOf("127.0.0.1");
  target.password = "wrong";
  const auto state_of = [&] {
    try {
      PostgresConnector(target).Connect(wire::DeadlineAfter(std::chrono::seconds(10)));
      return std::string("00000");
    } catch (const BackendError& error) {
      message_ = error.what();
      return error.sqlstate();
    }
  };
  EXPECT_EQ(state_of(), "28P01");
  EXPECT_NE(message_.find("127.0.0.1:" + env_["PG_PORT"]), std::string::npos) << message_;
  target.password = env_["PG_PASSWORD"];
  EXPECT_EQ(state_of(), "00000");
  target.database = "no_such_database";
  EXPECT_EQ(state_of(), "3D000");
  target.host = "/no/such/directory";
  EXPECT_EQ(state_of(), "08001");
}

TEST_F(PostgresTest, AStatementTimeoutOfTheTargetHolds) {
  Target target = TargetOf(env_["PG_SOCKET_DIR"]);
  target.statement_timeout = std::chrono::milliseconds(1000);  // of the connecting, too
  connector_ = std::make_unique<PostgresConnector>(target);
  connection_ = Connect();
  EXPECT_EQ(StateOf("SELECT pg_sleep(60)"), "57014");
}

}  // namespace
}  // namespace sluice::relay::backend::postgres
