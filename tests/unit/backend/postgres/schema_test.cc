#include "relay_server/backend/postgres/sql_text.h"
#include "tests/unit/backend/postgres/postgres_test.h"

namespace sluice::relay::backend::postgres {
namespace {

using PostgresSchemaTest = PostgresTest;

TEST_F(PostgresSchemaTest, ColumnsTellTheirTable) {
  Run("CREATE TEMP TABLE base (id serial PRIMARY KEY, name text NOT NULL,"
      " twice int GENERATED ALWAYS AS IDENTITY, remark text)");
  const auto columns = Run("SELECT id, name AS label, twice, remark, 1 FROM base").head.columns;
  EXPECT_EQ(columns.at(1).table(), "base");
  EXPECT_EQ(columns.at(1).schema().substr(0, 7), "pg_temp");
  EXPECT_EQ(columns.at(1).base_column(), "name");
  EXPECT_EQ(columns.at(1).name(), "label");
  EXPECT_EQ(columns.at(1).nullability(), v1::NULLABILITY_NO_NULLS);
  EXPECT_TRUE(columns.at(1).is_updatable());
  EXPECT_FALSE(columns.at(1).is_auto_increment());
  EXPECT_FALSE(columns.at(1).is_key());
  EXPECT_TRUE(columns.at(0).is_auto_increment());
  EXPECT_TRUE(columns.at(0).is_key());
  EXPECT_TRUE(columns.at(2).is_auto_increment());
  EXPECT_EQ(columns.at(3).nullability(), v1::NULLABILITY_NULLABLE);
  EXPECT_EQ(columns.at(4).table(), "");
  EXPECT_EQ(columns.at(4).nullability(), v1::NULLABILITY_NULLABLE);
  EXPECT_EQ(columns.at(0).type_name(), "serial");
}

TEST_F(PostgresSchemaTest, TypesOutsideTheTableHaveTheirNames) {
  Run("CREATE TYPE pg_temp.mood AS ENUM ('sad', 'ok')");
  Run("CREATE DOMAIN pg_temp.positive AS int CHECK (VALUE > 0)");
  Run("CREATE TEMP TABLE typed (a pg_temp.mood, b int[], c int4range, d pg_temp.positive NOT "
      "NULL)");
  const auto columns = Run("SELECT * FROM typed").head.columns;
  EXPECT_EQ(columns.at(0).type_name(), "mood");
  EXPECT_EQ(columns.at(1).type_name(), "_int4");
  EXPECT_EQ(columns.at(2).type_name(), "int4range");
  EXPECT_EQ(columns.at(3).sql_type(), v1::SQLTYPE_INTEGER);
  EXPECT_EQ(columns.at(3).nullability(), v1::NULLABILITY_NO_NULLS);
}

TEST_F(PostgresSchemaTest, EveryWayToRunAStatementLooksUp) {
  Run("CREATE TEMP TABLE a (x int NOT NULL)");
  for (const bool prepare : {false, true}) {
    for (const bool transaction : {false, true}) {
      Run("DROP TABLE a");
      Run("CREATE TEMP TABLE a (x int NOT NULL)");
      execution_.prepare = prepare;
      execution_.begin_transaction = execution_.statement_rollback = transaction;
      for (int i = 0; i < 2; ++i) {
        const auto column =
            Run("SELECT x FROM a WHERE x <> $1", Parameters().Integers({1})).head.columns.at(0);
        EXPECT_EQ(column.table(), "a") << prepare << transaction << i;
        EXPECT_EQ(column.nullability(), v1::NULLABILITY_NO_NULLS);
      }
      connection_->EndTransaction(true);
    }
  }
}

TEST_F(PostgresSchemaTest, DescribeTellsTheSameAsExecute) {
  Run("CREATE TEMP TABLE b (x int NOT NULL)");
  const auto statement = Make("SELECT x FROM b");
  for (int i = 0; i < 2; ++i) {
    const auto description = connection_->Describe(*statement, settings_);
    ASSERT_EQ(description.columns_size(), 1);
    EXPECT_EQ(description.columns(0).table(), "b");
    EXPECT_EQ(description.columns(0).nullability(), v1::NULLABILITY_NO_NULLS);
  }
}

TEST_F(PostgresSchemaTest, ATableMadeAnewIsSeenByAllConnections) {
  const std::string drop = "DROP TABLE IF EXISTS schema_test";
  const std::string query = "SELECT x FROM schema_test";
  Run(drop);
  Run("CREATE TABLE schema_test (x int NOT NULL)");
  EXPECT_EQ(Run(query).head.columns.at(0).nullability(), v1::NULLABILITY_NO_NULLS);
  auto other = Connect();
  connection_.swap(other);
  UseTransactions();
  Run("ALTER TABLE schema_test ALTER COLUMN x DROP NOT NULL");
  connection_->EndTransaction(true);
  connection_.swap(other);
  execution_.begin_transaction = false;
  EXPECT_EQ(Run(query).head.columns.at(0).nullability(), v1::NULLABILITY_NULLABLE);
  Run(drop);
}

// What $1 was taken for when the table had another column.
TEST_F(PostgresSchemaTest, ATableWhoseCreationWasUndoneIsForgotten) {
  const std::string query = "SELECT x + $1 FROM schema_undone";
  Run("DROP TABLE IF EXISTS schema_undone");
  UseTransactions();
  Run("CREATE TABLE schema_undone (x float8)");
  EXPECT_EQ(Run(query, Parameters().Text("1")).head.columns.at(0).sql_type(), v1::SQLTYPE_DOUBLE);
  connection_->EndTransaction(false);
  Run("SAVEPOINT s");
  Run("CREATE TABLE schema_undone (x numeric(8,4))");
  EXPECT_EQ(Run(query, Parameters().Text("1")).head.columns.at(0).sql_type(), v1::SQLTYPE_NUMERIC);
  Run("ROLLBACK TO SAVEPOINT s");
  Run("CREATE TABLE schema_undone (x int)");
  EXPECT_EQ(Run(query, Parameters().Text("1")).head.columns.at(0).sql_type(), v1::SQLTYPE_INTEGER);
  connection_->EndTransaction(false);
}

TEST(PostgresSqlTextTest, TellsWhatChangesTheSchema) {
  EXPECT_TRUE(ChangesSchema("/* x */ alter table t add y int"));
  EXPECT_TRUE(ChangesSchema("CREATE OR REPLACE VIEW v AS SELECT 1"));
  EXPECT_TRUE(ChangesSchema("create trigger g BEFORE INSERT ON t EXECUTE FUNCTION f()"));
  EXPECT_TRUE(ChangesSchema("CREATE RULE r AS ON INSERT TO t DO NOTHING"));
  EXPECT_FALSE(ChangesSchema("CREATE TABLE t (a int)"));
  EXPECT_TRUE(MakesObject("-- x\ncreate table t (a int)"));
  EXPECT_FALSE(MakesObject("SELECT 'CREATE TABLE t'"));
  EXPECT_FALSE(ChangesSchema("SELECT 'DROP TABLE t'"));
  EXPECT_TRUE(CreatesTemporary("create local temp table t (a int)"));
  EXPECT_FALSE(CreatesTemporary("CREATE TABLE temp (a int)"));
  EXPECT_TRUE(MayAddNulls("SELECT * FROM a left join b ON true"));
  EXPECT_FALSE(MayAddNulls("SELECT 'left', \"full\" FROM a"));
}

}  // namespace
}  // namespace sluice::relay::backend::postgres
