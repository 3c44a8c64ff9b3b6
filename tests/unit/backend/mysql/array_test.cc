#include <stdexcept>
#include <string_view>
#include <thread>

#include "proto/values/datetime.h"
#include "tests/unit/backend/mysql/mysql_fixture.h"

namespace sluice::relay::backend {
namespace {

class ArrayTest : public MysqlTest {
 protected:
  void SetUp() override {
    MysqlTest::SetUp();
    Execute("CREATE OR REPLACE TABLE array_test (id INT PRIMARY KEY, v VARCHAR(10))");
  }
  void TearDown() override {
    connection_ = Connect();
    Execute("DROP TABLE array_test");
  }

  static void Fill(Parameters& p, const std::vector<int>& ids) {
    auto& id = p.Add(v1::VALUE_TYPE_INT32);
    for (const int value : ids) id.AppendFixed<std::int32_t>(value);
    auto& text = p.Add(v1::VALUE_TYPE_TEXT);
    for (const int value : ids) {
      if (value % 2 == 0) {
        text.AppendNull();
      } else {
        text.AppendVariable("v" + std::to_string(value));
      }
    }
  }
};

constexpr char kInsert[] = "INSERT INTO array_test VALUES (?, ?)";

TEST_F(ArrayTest, RowsAreSummedAndCommitted) {
  Parameters p;
  std::vector<int> ids;
  for (int i = 1; i <= 1000; ++i) ids.push_back(i);
  Fill(p, ids);
  const ResultHead head = Execute(kInsert, p);
  EXPECT_EQ(head.affected_rows, 1000U);
  EXPECT_TRUE(head.parameter_statuses.empty());
  EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_NONE);
  connection_ = Connect();
  EXPECT_EQ(Query("SELECT COUNT(*), COUNT(v), MAX(v) FROM array_test").rows.at(0),
            (std::vector<std::string>{"1000", "500", "v999"}));
}

TEST_F(ArrayTest, ErrorInTheMiddleConcernsItsRowAlone) {
  Parameters p;
  Fill(p, {1, 2, 1, 3});
  const ResultHead head = Execute(kInsert, p);
  EXPECT_EQ(head.affected_rows, 3U);
  EXPECT_EQ(head.parameter_statuses,
            (std::vector<v1::ParameterSetStatus>{
                v1::PARAMETER_SET_STATUS_SUCCESS, v1::PARAMETER_SET_STATUS_SUCCESS,
                v1::PARAMETER_SET_STATUS_ERROR, v1::PARAMETER_SET_STATUS_SUCCESS}));
  ASSERT_EQ(head.diagnostics.size(), 1U);
  EXPECT_EQ(head.diagnostics[0].sqlstate(), "23000");
  EXPECT_EQ(head.diagnostics[0].row(), 3);
  EXPECT_EQ(Value("SELECT COUNT(*) FROM array_test"), "3");
}

// The disk that the relay keeps long values on: no error of the server's.
TEST_F(ArrayTest, AValueThatCannotBeReadEndsTheTransactionOfTheArray) {
  struct Unreadable : LongValues {
    std::uint64_t SizeOf(std::uint32_t /*value_id*/) const override { return 3; }
    void Read(std::uint32_t /*value_id*/, std::uint64_t /*offset*/, char* /*out*/,
              std::size_t /*size*/) const override {
      throw std::runtime_error("input/output error");
    }
  };
  const Unreadable unreadable;
  Parameters p;
  Fill(p, {1, 2});
  p.NameSent(1, 7);
  Execution execution = Make(kInsert);
  execution.parameters = &p.View();
  execution.long_values = &unreadable;
  EXPECT_THROW(connection_->Execute(execution), std::runtime_error);
  EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_NONE);
  EXPECT_EQ(Value("SELECT COUNT(*) FROM array_test"), "0");
}

TEST_F(ArrayTest, ErrorOfASingleRowIsThrown) {
  Parameters first;
  Fill(first, {1});
  Execute(kInsert, first);
  Parameters second;
  Fill(second, {1});
  EXPECT_THROW(Execute(kInsert, second), BackendError);
}

TEST_F(ArrayTest, ErrorOfEveryRowIsReportedPerRow) {
  Parameters p;
  Fill(p, {1, 1});
  Execute(kInsert, p);
  Parameters again;
  Fill(again, {1, 1});
  const ResultHead head = Execute(kInsert, again);
  EXPECT_EQ(head.affected_rows, 0U);
  EXPECT_EQ(head.diagnostics.size(), 2U);
}

TEST_F(ArrayTest, UnpreparableArrayLeavesNoTransactionOpen) {
  Parameters p;
  Fill(p, {1, 2});
  EXPECT_THROW(Execute("INSERT INTO no_such_table VALUES (?, ?)", p), BackendError);
  EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_NONE);
}

TEST_F(ArrayTest, OpenTransactionStaysTheCallers) {
  Parameters p;
  Fill(p, {1, 2});
  Execution execution = Make(kInsert);
  execution.parameters = &p.View();
  execution.begin_transaction = true;
  connection_->Execute(execution);
  EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_ACTIVE);
  connection_->EndTransaction(false);
  EXPECT_EQ(Value("SELECT COUNT(*) FROM array_test"), "0");
}

TEST_F(ArrayTest, DeadlockUndoesEveryRowAndSaysSo) {
  Execute("INSERT INTO array_test VALUES (1, 'a'), (2, 'b')");
  // The other transaction is the heavier one, so that the server picks ours as the victim.
  auto other = Connect();
  Execution begin = Make("INSERT INTO array_test SELECT seq, 'x' FROM seq_100_to_2000");
  begin.begin_transaction = true;
  other->Execute(begin);
  other->Execute(Make("UPDATE array_test SET v = 'o' WHERE id = 2"));
  Execution ours = Make("UPDATE array_test SET v = 'm' WHERE id = 1");
  ours.begin_transaction = true;
  connection_->Execute(ours);
  std::thread blocked([&] { other->Execute(Make("UPDATE array_test SET v = 'o' WHERE id = 1")); });
  Parameters p;
  auto& text = p.Add(v1::VALUE_TYPE_TEXT);
  auto& id = p.Add(v1::VALUE_TYPE_INT32);
  for (const int value : {1, 2, 3}) {
    text.AppendVariable("n");
    id.AppendFixed<std::int32_t>(value);
  }
  const ResultHead head = Execute("UPDATE array_test SET v = ? WHERE id = ?", p);
  blocked.join();
  EXPECT_EQ(head.parameter_statuses,
            (std::vector<v1::ParameterSetStatus>{v1::PARAMETER_SET_STATUS_ERROR,
                                                 v1::PARAMETER_SET_STATUS_ERROR,
                                                 v1::PARAMETER_SET_STATUS_UNUSED}));
  ASSERT_FALSE(head.diagnostics.empty());
  EXPECT_EQ(head.diagnostics[0].sqlstate(), "40001");
  EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_NONE);
  other->EndTransaction(false);
}

// Many rows of an INSERT of markers, which MariaDB takes in one packet.
class BulkArrayTest : public ArrayTest {
 protected:
  ResultHead Insert(Parameters& p, const std::string& table = "array_test",
                    const std::string& columns = "", const std::string& tail = "") {
    auto statement = std::make_shared<Statement>();
    statement->kind = v1::STATEMENT_KIND_INSERT;
    std::string markers;
    for (std::size_t i = 0; i < p.View().column_count(); ++i) markers += i == 0 ? "?" : ", ?";
    statement->row_insert = {
        .table = table, .head = "INSERT INTO " + table + columns, .tail = tail};
    statement->sql = statement->row_insert->head + " VALUES (" + markers + ") " + tail;
    Execution execution = Make(statement->sql);
    execution.statement = statement;
    execution.parameters = &p.View();
    return connection_->Execute(execution);
  }
  // Packets of rows that the server has had from this connection.
  std::string BulkCommands() {
    return Query("SHOW STATUS LIKE 'Com_stmt_execute'").rows.at(0).at(1);
  }
  static void FillRange(Parameters& p, int first, int count) {
    std::vector<int> ids;
    for (int i = 0; i < count; ++i) ids.push_back(first + i);
    Fill(p, ids);
  }
};

TEST_F(BulkArrayTest, RowsGoInFewCommands) {
  Parameters p;
  FillRange(p, 1, 10'000);
  const ResultHead head = Insert(p);
  EXPECT_EQ(head.affected_rows, 10'000U);
  EXPECT_TRUE(head.parameter_statuses.empty());
  EXPECT_LT(std::stoi(BulkCommands()), 10);
  EXPECT_EQ(connection_->transaction_state(), v1::TRANSACTION_STATE_NONE);
  EXPECT_EQ(Query("SELECT COUNT(*), COUNT(v), MAX(id) FROM array_test").rows.at(0),
            (std::vector<std::string>{"10000", "5000", "10000"}));
}

TEST_F(BulkArrayTest, ErrorsAreThoseOfTheirRows) {
  Execute("INSERT INTO array_test VALUES (777, 'old'), (1500, 'old')");
  Parameters p;
  FillRange(p, 1, 2000);
  const ResultHead head = Insert(p);
  EXPECT_EQ(head.affected_rows, 1998U);
  ASSERT_EQ(head.diagnostics.size(), 2U);
  EXPECT_EQ(head.diagnostics[0].row(), 777);
  EXPECT_EQ(head.diagnostics[1].row(), 1500);
  ASSERT_EQ(head.parameter_statuses.size(), 2000U);
  for (std::size_t i = 0; i < 2000; ++i) {
    const bool failed = i == 776 || i == 1499;
    EXPECT_EQ(head.parameter_statuses[i],
              failed ? v1::PARAMETER_SET_STATUS_ERROR : v1::PARAMETER_SET_STATUS_SUCCESS);
  }
  EXPECT_EQ(Value("SELECT COUNT(*) FROM array_test"), "2000");
}

TEST_F(BulkArrayTest, ATableWithoutTransactionsGetsEachRowOnce) {
  Execute("CREATE OR REPLACE TABLE array_test (id INT PRIMARY KEY, v VARCHAR(10)) ENGINE=MyISAM");
  Execute("INSERT INTO array_test VALUES (50, 'old')");
  Parameters p;
  FillRange(p, 1, 100);
  const ResultHead head = Insert(p);
  EXPECT_EQ(head.affected_rows, 99U);
  ASSERT_EQ(head.diagnostics.size(), 1U);
  EXPECT_EQ(head.diagnostics[0].row(), 50);
}

TEST_F(BulkArrayTest, EveryTypeOfValueIsStoredAsOneByOne) {
  const std::string columns =
      " (a BOOL, b SMALLINT, c INT, d BIGINT, e BIGINT UNSIGNED, f FLOAT, g DOUBLE, h DATE,"
      " i TIME(6), j DATETIME(6), k CHAR(36), l DECIMAL(20, 5), m TEXT, n BLOB)";
  const auto insert = [&](bool bulk) {
    Execute("CREATE OR REPLACE TABLE array_test" + columns);
    Parameters p;
    const auto add = [&p](v1::ValueType type, auto first, auto last) {
      auto& column = p.Add(type);
      column.AppendFixed(first);
      column.AppendNull();
      column.AppendFixed(last);
    };
    const auto add_text = [&p](v1::ValueType type, std::string_view first, std::string_view last) {
      auto& column = p.Add(type);
      column.AppendVariable(first);
      column.AppendNull();
      column.AppendVariable(last);
    };
    add(v1::VALUE_TYPE_BOOL, std::uint8_t{1}, std::uint8_t{0});
    add(v1::VALUE_TYPE_INT16, std::int16_t{-7}, std::int16_t{32767});
    add(v1::VALUE_TYPE_INT32, std::int32_t{-70000}, std::int32_t{2147483647});
    add(v1::VALUE_TYPE_INT64, std::int64_t{-1} << 40, std::int64_t{5});
    add(v1::VALUE_TYPE_UINT64, ~std::uint64_t{0}, std::uint64_t{1});
    add(v1::VALUE_TYPE_FLOAT32, 1.5F, -0.25F);
    add(v1::VALUE_TYPE_FLOAT64, 0.1, -1e300);
    add(v1::VALUE_TYPE_DATE, values::PackDate({2024, 2, 29}), values::PackDate({1, 1, 1}));
    add(v1::VALUE_TYPE_TIME, std::int64_t{-100'000'000'001}, std::int64_t{1});
    add(v1::VALUE_TYPE_TIMESTAMP, values::PackTimestamp({{1999, 12, 31}, 86'399'250'000}),
        values::PackTimestamp({{2024, 1, 1}, 0}));
    auto& uuid = p.Add(v1::VALUE_TYPE_UUID);
    uuid.AppendFixedBytes("0123456789abcdef");
    uuid.AppendNull();
    uuid.AppendFixedBytes("fedcba9876543210");
    add_text(v1::VALUE_TYPE_DECIMAL, "-12.34", "99999.00001");
    add_text(v1::VALUE_TYPE_TEXT, "ä😀'\\", "");
    add_text(v1::VALUE_TYPE_BYTES, std::string_view("\0\xff", 2), "");
    const ResultHead head = bulk ? Insert(p)
                                 : Execute(
                                       "INSERT INTO array_test VALUES (?, ?, ?, ?,"
                                       " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                                       p);
    EXPECT_EQ(head.affected_rows, 3U);
    EXPECT_TRUE(head.diagnostics.empty());
    return Query("SELECT * FROM array_test").rows;
  };
  const auto one_by_one = insert(false);
  EXPECT_EQ(insert(true), one_by_one);
  EXPECT_EQ(one_by_one.at(0).at(4), "18446744073709551615");
}

TEST_F(BulkArrayTest, TheFirstGeneratedKeyIsTold) {
  Execute("CREATE OR REPLACE TABLE array_test (id INT AUTO_INCREMENT PRIMARY KEY, v INT)");
  Parameters p;
  auto& v = p.Add(v1::VALUE_TYPE_INT32);
  for (int i = 0; i < 12'000; ++i) v.AppendFixed<std::int32_t>(i);
  Insert(p, "array_test", " (v)");
  EXPECT_EQ(connection_->last_insert_id(), 1U);
  EXPECT_EQ(Value("SELECT COUNT(*) FROM array_test WHERE id = v + 1"), "12000");
  Insert(p, "array_test", " (v)");
  const std::string first = std::to_string(connection_->last_insert_id());
  EXPECT_EQ(Value("SELECT MIN(id) FROM array_test WHERE id > 12000"), first);
}

TEST_F(BulkArrayTest, RowsInConflictAreUpdated) {
  Parameters p;
  Fill(p, {1, 3, 1, 5});
  EXPECT_EQ(Insert(p, "array_test", "", "ON DUPLICATE KEY UPDATE v = 'twice'").diagnostics.size(),
            0U);
  EXPECT_EQ(Value("SELECT GROUP_CONCAT(v ORDER BY id) FROM array_test"), "twice,v3,v5");
}

TEST_F(BulkArrayTest, AnotherRowAndAnotherArrayFollow) {
  for (int i = 0; i < 3; ++i) {
    Parameters many;
    FillRange(many, 1 + 100 * i, 50);
    Insert(many);
    Parameters one;
    Fill(one, {51 + 100 * i});
    EXPECT_EQ(Insert(one).affected_rows, 1U);
  }
  EXPECT_EQ(Value("SELECT COUNT(*) FROM array_test"), "153");
}

TEST_F(BulkArrayTest, ADateThatMysqlCannotStoreFailsItsRow) {
  Execute("CREATE OR REPLACE TABLE array_test (d DATE)");
  Parameters p;
  auto& date = p.Add(v1::VALUE_TYPE_DATE);
  date.AppendFixed(values::PackDate({2024, 2, 29}));
  date.AppendFixed(values::PackDate({20'000, 1, 1}));
  date.AppendFixed(values::PackDate({2024, 3, 1}));
  const ResultHead head = Insert(p);
  EXPECT_EQ(head.affected_rows, 2U);
  ASSERT_EQ(head.diagnostics.size(), 1U);
  EXPECT_EQ(head.diagnostics[0].row(), 2);
}

}  // namespace
}  // namespace sluice::relay::backend
