#include <thread>

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

}  // namespace
}  // namespace sluice::relay::backend
