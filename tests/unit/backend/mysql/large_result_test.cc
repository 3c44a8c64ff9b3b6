#include "tests/process_memory.h"
#include "tests/unit/backend/mysql/mysql_fixture.h"

namespace sluice::relay::backend {
namespace {

using tests::PeakMemory;

class LargeResultTest : public MysqlTest, public testing::WithParamInterface<bool> {};

TEST_P(LargeResultTest, AMillionRowsNeedNoMemory) {
  Value("SELECT 1", GetParam());
  const long before = PeakMemory();
  const auto head = Execute(
      "SELECT seq, CONCAT('text of row ', seq), seq / 3, NOW() FROM seq_1_to_1000000", GetParam());
  std::vector<values::ValueType> types;
  for (const auto& column : head.columns) types.push_back(column.value_type());
  values::BatchBuilder batch(types);
  std::uint64_t rows = 0;
  FetchStatus status = FetchStatus::kMore;
  while (status == FetchStatus::kMore) {
    status = connection_->FetchRows(batch, FetchLimits{});
    rows += batch.row_count();
    v1::ColumnBatch out;
    batch.Finish(out);
  }
  EXPECT_EQ(rows, 1'000'000U);
  if (tests::kMemoryTells) {
    EXPECT_LT(PeakMemory() - before, 8 * 1024);
  }
}

TEST_P(LargeResultTest, LongValuesArriveWhole) {
  const std::size_t mega = 1 << 20;
  for (const std::size_t size :
       {std::size_t{1023}, std::size_t{1024}, std::size_t{1025}, mega, 20 * mega}) {
    const auto result = Query("SELECT CONCAT(REPEAT('ab', " + std::to_string(size / 2 - 1) +
                                  "), 'é'), 'after', CAST(REPEAT('z', " + std::to_string(size) +
                                  ") AS BINARY), NULL",
                              GetParam());
    const auto& row = result.rows.at(0);
    ASSERT_EQ(row[0].size(), (size / 2 - 1) * 2 + 2);
    EXPECT_EQ(row[0].substr(row[0].size() - 4), "abé");
    EXPECT_EQ(row[1], "after");
    ASSERT_EQ(row[2].size(), 2 * size);
    EXPECT_EQ(row[2].find_first_not_of("7A"), std::string::npos);
    EXPECT_EQ(row[3], "NULL");
  }
}

// The server's buffer for the connection has grown: it would hold back other sessions' rows.
TEST_P(LargeResultTest, AConnectionThatSentALongPacketIsWorn) {
  const std::size_t mega = 1 << 20;
  Query("SELECT LENGTH('" + std::string(mega / 2, 'x') + "')", GetParam());
  EXPECT_FALSE(connection_->IsWorn());
  Query("SELECT LENGTH('" + std::string(mega, 'x') + "')", GetParam());
  EXPECT_TRUE(connection_->IsWorn());
}

TEST_P(LargeResultTest, BatchLimitsAreHonoured) {
  const auto head = Execute("SELECT seq FROM seq_1_to_100", GetParam());
  values::BatchBuilder batch({head.columns[0].value_type()});
  FetchLimits limits;
  limits.rows = 7;
  EXPECT_EQ(connection_->FetchRows(batch, limits), FetchStatus::kMore);
  EXPECT_EQ(batch.row_count(), 7U);
  limits.rows = 0;
  limits.bytes = 80;
  EXPECT_EQ(connection_->FetchRows(batch, limits), FetchStatus::kMore);
  EXPECT_EQ(batch.row_count(), 10U);
  limits.bytes = 1 << 20;
  EXPECT_EQ(connection_->FetchRows(batch, limits), FetchStatus::kEnd);
  EXPECT_EQ(batch.row_count(), 100U);
}

INSTANTIATE_TEST_SUITE_P(BothProtocols, LargeResultTest, testing::Bool(), [](const auto& each) {
  return std::string(each.param ? "Binary" : "Text");
});

}  // namespace
}  // namespace sluice::relay::backend
