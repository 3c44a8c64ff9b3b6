#include "odbc_driver/cursor/row_store.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/inherited_descriptors.h"

namespace sluice::driver::cursor {
namespace {

const std::vector<values::ValueType> kTypes = {v1::VALUE_TYPE_INT32, v1::VALUE_TYPE_TEXT};

// `rows` rows from `first` on: the number, and "row N"; every third text is NULL.
v1::ColumnBatch Batch(std::int32_t first, std::int32_t rows) {
  values::BatchBuilder builder(kTypes);
  for (std::int32_t row = first; row < first + rows; ++row) {
    builder.column(0).AppendFixed(row);
    if (row % 3 == 0) {
      builder.column(1).AppendNull();
    } else {
      builder.column(1).AppendVariable("row " + std::to_string(row));
    }
    builder.EndRow();
  }
  v1::ColumnBatch batch;
  builder.Finish(batch);
  return batch;
}

void ExpectRow(RowStore& store, std::int32_t row) {
  const auto span = store.At(static_cast<std::uint64_t>(row));
  EXPECT_EQ(span.batch->column(0).Fixed<std::int32_t>(span.row), row);
  ASSERT_EQ(span.batch->column(1).IsNull(span.row), row % 3 == 0);
  if (row % 3 != 0) {
    EXPECT_EQ(span.batch->column(1).Variable(span.row), "row " + std::to_string(row));
  }
}

TEST(RowStoreTest, RowsAreFoundInTheirBatches) {
  RowStore store(kTypes, 1 << 20);
  store.Add(Batch(0, 5));
  store.Add(Batch(5, 0));
  store.Add(Batch(5, 1));
  store.Add(Batch(6, 4));
  EXPECT_EQ(store.row_count(), 10u);
  for (const int row : {9, 0, 5, 4, 6, 3}) ExpectRow(store, row);
  EXPECT_EQ(store.At(2).count, 3u);
  EXPECT_EQ(store.At(5).count, 1u);
  EXPECT_EQ(store.At(7).count, 3u);
  EXPECT_EQ(store.file_bytes(), 0u);
}

TEST(RowStoreTest, RowsBeyondTheLimitAreReadFromTheFile) {
  const auto one = Batch(0, 100).ByteSizeLong();
  const auto limit = one + Batch(100, 100).ByteSizeLong();
  RowStore store(kTypes, limit);
  for (int first = 0; first < 1000; first += 100) store.Add(Batch(first, 100));
  EXPECT_EQ(store.memory_bytes(), limit);
  EXPECT_GT(store.file_bytes(), one * 7);
  for (int row = 999; row >= 0; row -= 7) ExpectRow(store, row);
  for (int row = 0; row < 1000; ++row) ExpectRow(store, row);
}

TEST(RowStoreTest, TheFileIsNotInherited) {
  const auto before = tests::InheritedDescriptors();
  RowStore store(kTypes, 0);
  store.Add(Batch(0, 10));
  EXPECT_EQ(tests::InheritedDescriptors(), before);
}

TEST(RowStoreTest, AMalformedBatchIsRefusedWhereverItWouldGo) {
  v1::ColumnBatch malformed = Batch(0, 10);
  malformed.mutable_columns(1)->clear_offsets();
  RowStore in_memory(kTypes, 1 << 20);
  EXPECT_THROW(in_memory.Add(malformed), values::MalformedBatch);
  RowStore in_file(kTypes, 0);
  EXPECT_THROW(in_file.Add(malformed), values::MalformedBatch);
  EXPECT_EQ(in_file.row_count(), 0u);
}

TEST(RowStoreTest, ForgottenRowsGiveTheirMemoryBack) {
  RowStore store(kTypes, 1 << 20);
  for (int first = 0; first < 100; first += 10) store.Add(Batch(first, 10));
  const auto before = store.memory_bytes();
  store.Forget(9);
  EXPECT_EQ(store.memory_bytes(), before);
  store.Forget(50);
  EXPECT_LT(store.memory_bytes(), before * 6 / 10);
  for (int row = 50; row < 100; ++row) ExpectRow(store, row);
  store.Forget(1000);
  ExpectRow(store, 99);
}

}  // namespace
}  // namespace sluice::driver::cursor
