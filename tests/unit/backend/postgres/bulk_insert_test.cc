#include "tests/unit/backend/postgres/postgres_test.h"

// Arrays for an INSERT of markers: what is in the table afterwards, and what the application is
// told, is that of the rows one by one.

namespace sluice::relay::backend::postgres {
namespace {

class BulkInsertTest : public PostgresTest {
 protected:
  // INSERT INTO table VALUES ($1, …), tried as one statement where `bulk`.
  ResultHead Insert(const std::string& table, const Parameters& parameters, bool bulk = true,
                    const std::string& tail = "") {
    auto statement = std::make_shared<Statement>();
    const std::string head = "INSERT INTO " + table;
    parameters_ = values::ParameterSetView(parameters.set());
    std::string markers;
    for (std::size_t i = 1; i <= parameters_.column_count(); ++i) {
      markers += (i == 1 ? "$" : ", $") + std::to_string(i);
    }
    statement->sql = head + " VALUES (" + markers + ") " + tail;
    statement->kind = v1::STATEMENT_KIND_INSERT;
    if (bulk) statement->row_insert = {.table = table, .head = head, .tail = tail};
    if (const auto columns = table.find(" ("); bulk && columns != std::string::npos) {
      statement->row_insert->table = table.substr(0, columns);
    }
    execution_.statement = statement;
    execution_.parameters = &parameters_;
    execution_.settings = &settings_;
    execution_.prepare = true;
    ResultHead result = connection_->Execute(execution_);
    execution_.prepare = false;
    return result;
  }

  std::string Value(const std::string& sql) { return Run("SELECT (" + sql + ")::text").Text(); }
  // How many statements of the bulk form this connection has prepared.
  std::string BulkStatements() {
    return Value("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%unnest(%'");
  }
  static Parameters Numbers(std::int32_t first, std::uint32_t rows) {
    std::vector<std::int32_t> numbers(rows);
    for (auto& number : numbers) number = first++;
    Parameters parameters(rows);
    parameters.Integers(numbers);
    return parameters;
  }
  static Parameters Texts(const std::vector<std::optional<std::string>>& texts) {
    Parameters parameters(static_cast<std::uint32_t>(texts.size()));
    parameters.Add(v1::VALUE_TYPE_TEXT, [&](auto& column) {
      for (const auto& text : texts) {
        if (text) {
          column.AppendVariable(*text);
        } else {
          column.AppendNull();
        }
      }
    });
    return parameters;
  }
  // The same texts as both kinds of insert store them in a column of that type.
  void ExpectSameTexts(const std::string& type, const std::string& bulk_statements,
                       const std::vector<std::optional<std::string>>& texts) {
    SCOPED_TRACE(type);
    Run("DROP TABLE IF EXISTS one, many");
    Run("CREATE TEMP TABLE one (n serial, a " + type + ")");
    Run("CREATE TEMP TABLE many (n serial, a " + type + ")");
    const std::string before = BulkStatements();
    EXPECT_EQ(Insert("one (a)", Texts(texts), false).affected_rows, texts.size());
    const ResultHead many = Insert("many (a)", Texts(texts));
    EXPECT_EQ(many.affected_rows, texts.size());
    EXPECT_TRUE(many.parameter_statuses.empty());
    EXPECT_EQ(Value("SELECT count(*) FROM one JOIN many USING (n) WHERE one.a::text IS NOT "
                    "DISTINCT FROM many.a::text"),
              std::to_string(texts.size()));
    EXPECT_EQ(Value("SELECT " + BulkStatements() + " - " + before), bulk_statements);
  }
};

TEST_F(BulkInsertTest, TextsOfEveryType) {
  Run("CREATE TYPE pg_temp.mood AS ENUM ('good', 'bad, \"really\"')");
  Run("CREATE DOMAIN pg_temp.small AS int CHECK (VALUE < 10)");
  ExpectSameTexts("text", "1",
                  {"", "a", std::nullopt, "NULL", "{x,y}", "\"q\"", "\\b\\", " s ", "ä😀"});
  ExpectSameTexts("varchar(5)", "1", {"abcde", std::nullopt, "", "ab   "});
  ExpectSameTexts("char(5)", "1", {"abc", "", std::nullopt, "a\\\"b"});
  ExpectSameTexts("int", "1", {"1", std::nullopt, "-5"});
  ExpectSameTexts("numeric(12, 3)", "1", {"1.5", "NaN", std::nullopt, "-0.0004"});
  ExpectSameTexts("timestamptz", "1", {"2024-02-29 12:00:00+02", std::nullopt, "infinity"});
  ExpectSameTexts("date", "1", {"2024-02-29", "0044-03-15 BC", std::nullopt});
  ExpectSameTexts("json", "1", {"{\"a\": [1, \"\\\\\"]}", std::nullopt, "null"});
  ExpectSameTexts("jsonb", "1", {"{\"a\": [1, \"x\"]}", std::nullopt, "null"});
  ExpectSameTexts("xml", "1", {"<a b=\"c\"/>", std::nullopt});
  ExpectSameTexts("inet", "1", {"10.0.0.1/8", std::nullopt});
  ExpectSameTexts("mood", "1", {"good", std::nullopt, "bad, \"really\""});
  ExpectSameTexts("small", "1", {"3", std::nullopt});
  ExpectSameTexts("int4range", "1", {"[1,5)", std::nullopt, "empty"});
  // Their values would be taken apart, or have no arrays of this form.
  ExpectSameTexts("int[]", "0", {"{1,2}", std::nullopt, "{{1},{2}}"});
  ExpectSameTexts("box", "0", {"(1,2),(0,0)", std::nullopt});
  Run("CREATE TYPE pg_temp.pair AS (x int, y text)");
  ExpectSameTexts("pair", "0", {"(1,a)", std::nullopt});
}

TEST_F(BulkInsertTest, ValuesOfTheServersOwnType) {
  Run("CREATE TEMP TABLE t (a int, b bigint, c float8, d bool, e bytea, f timestamp, g uuid)");
  Parameters parameters(3);
  parameters.Integers({1, 2, 3});
  const auto add = [&](v1::ValueType type, auto first, auto last) {
    parameters.Add(type, [&](auto& column) {
      column.AppendFixed(first);
      column.AppendNull();
      column.AppendFixed(last);
    });
  };
  add(v1::VALUE_TYPE_INT64, std::int64_t{1} << 40, std::int64_t{-1});
  add(v1::VALUE_TYPE_FLOAT64, 0.1, -1e300);
  add(v1::VALUE_TYPE_BOOL, std::uint8_t{1}, std::uint8_t{0});
  parameters.Add(v1::VALUE_TYPE_BYTES, [](auto& column) {
    column.AppendVariable(std::string_view("\0\xff\\\"", 4));
    column.AppendNull();
    column.AppendVariable("");
  });
  add(v1::VALUE_TYPE_TIMESTAMP, values::PackTimestamp({{1999, 12, 31}, 86'399'250'000}),
      values::PackTimestamp({{-43, 3, 15}, 0}));
  parameters.Add(v1::VALUE_TYPE_UUID, [](auto& column) {
    column.AppendFixedBytes("0123456789abcdef");
    column.AppendNull();
    column.AppendFixedBytes("fedcba9876543210");
  });
  EXPECT_EQ(Insert("t", parameters).affected_rows, 3U);
  EXPECT_EQ(BulkStatements(), "1");
  EXPECT_EQ(Value("SELECT string_agg(t::text, ' ' ORDER BY a) FROM t"),
            "(1,1099511627776,0.1,t,\"\\\\x00ff5c22\",\"1999-12-31 23:59:59.25\","
            "30313233-3435-3637-3839-616263646566) (2,,,,,,) "
            "(3,-1,-1e+300,f,\"\\\\x\",\"0044-03-15 00:00:00 BC\","
            "66656463-6261-3938-3736-353433323130)");
}

TEST_F(BulkInsertTest, DefaultsAreDrawnInTheOrderOfTheRows) {
  Run("CREATE TEMP TABLE t (n serial, a int, at timestamptz DEFAULT now())");
  EXPECT_EQ(Insert("t (a)", Numbers(1, 2000)).affected_rows, 2000U);
  EXPECT_EQ(Value("SELECT count(*) FROM t WHERE n = a"), "2000");
}

TEST_F(BulkInsertTest, ErrorsAreThoseOfTheirRows) {
  Run("CREATE TEMP TABLE t (a int PRIMARY KEY, CHECK (a <> 777))");
  for (const bool in_transaction : {false, true}) {
    if (in_transaction) UseTransactions();
    Run("DELETE FROM t");
    Run("INSERT INTO t VALUES (1500)");
    const ResultHead head = Insert("t", Numbers(1, 2000));
    EXPECT_EQ(head.affected_rows, 1998U);
    ASSERT_EQ(head.diagnostics.size(), 2U);
    EXPECT_EQ(head.diagnostics[0].sqlstate(), "23514");
    EXPECT_EQ(head.diagnostics[0].row(), 777);
    EXPECT_EQ(head.diagnostics[1].sqlstate(), "23505");
    EXPECT_EQ(head.diagnostics[1].row(), 1500);
    ASSERT_EQ(head.parameter_statuses.size(), 2000U);
    for (std::size_t i = 0; i < 2000; ++i) {
      const bool failed = i == 776 || i == 1499;
      EXPECT_EQ(head.parameter_statuses[i],
                failed ? v1::PARAMETER_SET_STATUS_ERROR : v1::PARAMETER_SET_STATUS_SUCCESS);
    }
    EXPECT_EQ(Value("SELECT count(*) FROM t"), "1999");
    if (in_transaction) connection_->EndTransaction(true);
  }
}

TEST_F(BulkInsertTest, AStatementTriggerRunsOncePerRow) {
  Run("CREATE TEMP TABLE t (a int)");
  Run("CREATE TEMP TABLE calls (n int)");
  Run("CREATE FUNCTION pg_temp.note() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN INSERT INTO calls VALUES (1); RETURN NULL; END'");
  // It comes after the first array: what was learned of the table is learned anew.
  Insert("t", Numbers(1, 5));
  Run("CREATE TRIGGER g AFTER INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.note()");
  EXPECT_EQ(Insert("t", Numbers(1, 5)).affected_rows, 5U);
  EXPECT_EQ(Value("SELECT count(*) FROM calls"), "5");
}

TEST_F(BulkInsertTest, ARowTriggerAfterTheRowSeesTheRowsSoFar) {
  Run("CREATE TEMP TABLE t (a int)");
  Run("CREATE TEMP TABLE seen (n bigint)");
  Run("CREATE FUNCTION pg_temp.note() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN INSERT INTO seen SELECT count(*) FROM t; RETURN NULL; END'");
  Run("CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION pg_temp.note()");
  Insert("t", Numbers(1, 4));
  EXPECT_EQ(Value("SELECT string_agg(n::text, ' ' ORDER BY n) FROM seen"), "1 2 3 4");
}

TEST_F(BulkInsertTest, AViewAndARuleGetRowByRow) {
  Run("CREATE TEMP TABLE t (a int)");
  Run("CREATE TEMP VIEW v AS SELECT a FROM t");
  EXPECT_EQ(Insert("v", Numbers(1, 3)).affected_rows, 3U);
  Run("CREATE TEMP TABLE log (a int)");
  Run("CREATE TEMP TABLE r (a int)");
  Run("CREATE RULE log_it AS ON INSERT TO r DO ALSO INSERT INTO log VALUES (new.a)");
  EXPECT_EQ(Insert("r", Numbers(1, 3)).affected_rows, 3U);
  EXPECT_EQ(Value("SELECT count(*) FROM log"), "3");
  EXPECT_EQ(BulkStatements(), "0");
}

TEST_F(BulkInsertTest, AForeignKeyToItselfIsCheckedRowByRow) {
  Run("CREATE TEMP TABLE t (a int PRIMARY KEY, parent int REFERENCES t)");
  Parameters parameters(3);
  parameters.Integers({1, 2, 3}).Integers({1, 3, 1});
  const ResultHead head = Insert("t", parameters);
  ASSERT_EQ(head.diagnostics.size(), 1U);
  EXPECT_EQ(head.diagnostics[0].row(), 2);
  EXPECT_EQ(head.diagnostics[0].sqlstate(), "23503");
}

TEST_F(BulkInsertTest, APartitionedTable) {
  Run("CREATE TEMP TABLE t (a int) PARTITION BY RANGE (a)");
  Run("CREATE TEMP TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100)");
  EXPECT_EQ(Insert("t", Numbers(1, 50)).affected_rows, 50U);
  EXPECT_EQ(BulkStatements(), "1");
  EXPECT_EQ(Insert("t", Numbers(99, 2)).diagnostics.at(0).row(), 2);
}

TEST_F(BulkInsertTest, RowsInConflictAreLeftOut) {
  Run("CREATE TEMP TABLE t (a int PRIMARY KEY)");
  Insert("t", Numbers(3, 2), true, "ON CONFLICT DO NOTHING");
  Parameters twice(4);
  twice.Integers({1, 1, 3, 9});
  const ResultHead head = Insert("t", twice, true, "ON CONFLICT DO NOTHING");
  EXPECT_EQ(head.affected_rows, 2U);
  EXPECT_TRUE(head.parameter_statuses.empty());
}

TEST_F(BulkInsertTest, AnotherTypeOfTheColumnIsNoticed) {
  Run("CREATE TEMP TABLE t (a int)");
  Insert("t", Numbers(1, 3));
  Run("DROP TABLE t");
  Run("CREATE TEMP TABLE t (a text)");
  EXPECT_EQ(Insert("t", Numbers(1, 3)).affected_rows, 3U);
  EXPECT_EQ(Value("SELECT string_agg(a, ' ' ORDER BY a) FROM t"), "1 2 3");
}

TEST_F(BulkInsertTest, ADeallocatedStatementIsPreparedAgain) {
  Run("CREATE TEMP TABLE t (a int)");
  Insert("t", Numbers(1, 3));
  Run("DEALLOCATE ALL");
  for (int i = 0; i < 2; ++i) {
    const ResultHead head = Insert("t", Numbers(1, 3));
    EXPECT_EQ(head.affected_rows, 3U);
  }
  EXPECT_EQ(Value("SELECT count(*) FROM t"), "9");
  EXPECT_EQ(BulkStatements(), "1");
}

TEST_F(BulkInsertTest, LargeValuesAndManyRows) {
  Run("CREATE TEMP TABLE t (a text)");
  std::vector<std::optional<std::string>> texts;
  for (std::size_t i = 0; i < 40; ++i) texts.emplace_back(std::string(20'000 * (i % 4), 'x'));
  EXPECT_EQ(Insert("t", Texts(texts)).affected_rows, 40U);
  EXPECT_EQ(Value("SELECT sum(length(a)) FROM t"), "1200000");
  Run("CREATE TEMP TABLE n (a int)");
  EXPECT_EQ(Insert("n", Numbers(1, 100'000)).affected_rows, 100'000U);
  EXPECT_EQ(Value("SELECT count(DISTINCT a) FROM n"), "100000");
}

}  // namespace
}  // namespace sluice::relay::backend::postgres
