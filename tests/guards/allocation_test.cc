// How often the driver asks for memory, on the thread that calls it. operator new is this
// program's: it is exported, so the driver's library uses it too (ENABLE_EXPORTS).

#include <gtest/gtest.h>

#include <array>
#include <cstddef>

#include "proto/values/column_batch.h"
#include "tests/driver/driver_test.h"
#include "tests/guards/counting_new.h"

namespace {

thread_local std::size_t allocations = 0;

}  // namespace

void sluice::tests::CountAllocation() { ++allocations; }

namespace sluice::tests {
namespace {

using fakes::IntColumn;
using fakes::NumberedRows;

constexpr std::size_t kRows = 900;

template <typename Work>
std::size_t AllocationsOf(const Work& work) {
  const std::size_t before = allocations;
  work();
  return allocations - before;
}

class AllocationTest : public DriverTest {
 protected:
  void FetchRows(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(odbc.Fetch(stmt), SQL_SUCCESS) << State();
  }
  void BindNumber() {
    ASSERT_EQ(odbc.BindCol(stmt, 1, SQL_C_SLONG, &number, sizeof number, &length), SQL_SUCCESS);
  }

  SQLINTEGER number = 0;
  SQLLEN length = 0;
};

TEST_F(AllocationTest, TheCountersSeeTheDriver) {
  EXPECT_GT(AllocationsOf([&] { NewStatement(); }), 0u);
}

// Of one batch: the next one is a message, which takes memory.
TEST_F(AllocationTest, ARowOfABatchCostsNone) {
  relay.OnExecute("SELECT n", NumberedRows(kRows, kRows));
  BindNumber();
  ExecDirect("SELECT n");
  FetchRows(1);
  EXPECT_EQ(AllocationsOf([&] { FetchRows(kRows - 1); }), 0u);
}

TEST_F(AllocationTest, ARowWithTextCostsNone) {
  std::array<char, 32> text{};
  relay.OnExecute("SELECT n", NumberedRows(kRows, kRows));
  BindNumber();
  ASSERT_EQ(odbc.BindCol(stmt, 2, SQL_C_CHAR, text.data(), text.size(), &length), SQL_SUCCESS);
  ExecDirect("SELECT n");
  FetchRows(1);
  EXPECT_EQ(AllocationsOf([&] { FetchRows(kRows - 1); }), 0u);
}

TEST_F(AllocationTest, ARowReadWithGetDataCostsNone) {
  std::array<char, 32> text{};
  relay.OnExecute("SELECT n", NumberedRows(kRows, kRows));
  ExecDirect("SELECT n");
  const auto read = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      FetchRows(1);
      ASSERT_EQ(odbc.GetData(stmt, 1, SQL_C_SLONG, &number, sizeof number, &length), SQL_SUCCESS);
      ASSERT_EQ(odbc.GetData(stmt, 2, SQL_C_CHAR, text.data(), text.size(), &length), SQL_SUCCESS);
    }
  };
  read(1);
  EXPECT_EQ(AllocationsOf([&] { read(kRows - 1); }), 0u);
}

// A request and an answer are messages, and have parts that protobuf allocates. The ceiling is what
// they take, so that nobody adds to it unnoticed.
TEST_F(AllocationTest, AnExecuteStaysBelowItsCeiling) {
  constexpr std::size_t kCeiling = 60;
  constexpr std::size_t kTimes = 50;
  relay.OnExecute("SELECT n WHERE n = ?", NumberedRows(1, 1));
  SQLINTEGER key = 1;
  BindNumber();
  ASSERT_EQ(odbc.BindParameter(stmt, 1, SQL_PARAM_INPUT, SQL_C_SLONG, SQL_INTEGER, 10, 0, &key, 0,
                               nullptr),
            SQL_SUCCESS);
  ASSERT_EQ(odbc.Prepare(stmt, Chars("SELECT n WHERE n = ?"), SQL_NTS), SQL_SUCCESS);
  const auto execute = [&](std::size_t times) {
    for (std::size_t i = 0; i < times; ++i) {
      ASSERT_EQ(odbc.Execute(stmt), SQL_SUCCESS) << State();
      FetchRows(1);
      ASSERT_EQ(odbc.FreeStmt(stmt, SQL_CLOSE), SQL_SUCCESS);
    }
  };
  execute(2);
  const std::size_t per_execute = AllocationsOf([&] { execute(kTimes); }) / kTimes;
  EXPECT_LE(per_execute, kCeiling);
  RecordProperty("allocations", static_cast<int>(per_execute));
}

// What the relay does with every row of a result. A batch grows by doubling.
TEST(BatchAllocationTest, ABatchOfManyRowsGrowsAFewTimes) {
  values::BatchBuilder builder({v1::VALUE_TYPE_INT32, v1::VALUE_TYPE_INT64, v1::VALUE_TYPE_TEXT});
  const auto fill = [&] {
    for (int i = 0; i < 10'000; ++i) {
      builder.column(0).AppendFixed(std::int32_t{i});
      builder.column(1).AppendFixed(std::int64_t{i});
      builder.column(2).AppendVariable("a value");
      builder.EndRow();
    }
  };
  EXPECT_LE(AllocationsOf(fill), 64u);
}

}  // namespace
}  // namespace sluice::tests
