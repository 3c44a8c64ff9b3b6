#include "proto/values/column_batch.h"

#include <array>
#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/proto/hex.h"

namespace sluice::values {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using namespace std::string_literals;  // NOLINT: "…"s keeps NULs

template <typename T>
std::string Octets(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

struct TypeCase {
  const char* name;
  ValueType type;
  std::array<std::string, 3> values;  // octets as they travel
};

class EveryType : public ::testing::TestWithParam<TypeCase> {};

TEST_P(EveryType, SurvivesTheRoundTripWithNulls) {
  const TypeCase& type = GetParam();
  const bool fixed = FixedWidth(type.type) != 0;
  BatchBuilder builder({type.type});
  constexpr std::uint32_t kRows = 1000;  // NULL in every fourth: rows 3, 7, …
  for (std::uint32_t row = 0; row < kRows; ++row) {
    auto& column = builder.column(0);
    if (row % 4 == 3) {
      column.AppendNull();
    } else if (fixed) {
      column.AppendFixedBytes(type.values[row % 4]);
    } else if (row % 2 == 0) {
      column.AppendVariable(type.values[row % 4]);
    } else {
      column.open_variable() += type.values[row % 4];
      column.EndVariable();
    }
    builder.EndRow();
  }
  v1::ColumnBatch sent;
  builder.Finish(sent);
  v1::ColumnBatch batch;
  ASSERT_TRUE(batch.ParseFromString(sent.SerializeAsString()));

  const BatchView view({type.type}, batch);
  ASSERT_EQ(view.row_count(), kRows);
  const ColumnView& column = view.column(0);
  EXPECT_TRUE(column.has_nulls());
  for (std::uint32_t row = 0; row < kRows; ++row) {
    ASSERT_EQ(column.IsNull(row), row % 4 == 3) << row;
    const std::string_view value =
        fixed ? std::string_view(column.FixedBytes(row), FixedWidth(type.type))
              : column.Variable(row);
    if (row % 4 != 3) {
      ASSERT_EQ(Hex(value), Hex(type.values[row % 4])) << row;
    } else {
      ASSERT_EQ(value.find_first_not_of('\0'), value.npos) << "a NULL's octets are 0";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Each, EveryType,
    ::testing::Values(
        TypeCase{"Bool", v1::VALUE_TYPE_BOOL, {"\0"s, "\1"s, "\0"s}},
        TypeCase{
            "Int16",
            v1::VALUE_TYPE_INT16,
            {Octets(std::int16_t{0}), Octets(std::int16_t{-32768}), Octets(std::int16_t{32767})}},
        TypeCase{"Int32", v1::VALUE_TYPE_INT32, {Octets(0), Octets(INT32_MIN), Octets(INT32_MAX)}},
        TypeCase{"Int64",
                 v1::VALUE_TYPE_INT64,
                 {Octets(std::int64_t{0}), Octets(INT64_MIN), Octets(INT64_MAX)}},
        TypeCase{"Uint64",
                 v1::VALUE_TYPE_UINT64,
                 {Octets(std::uint64_t{0}), Octets(std::uint64_t{1}), Octets(UINT64_MAX)}},
        TypeCase{"Float32", v1::VALUE_TYPE_FLOAT32, {Octets(0.F), Octets(-1.5F), Octets(3e38F)}},
        TypeCase{"Float64", v1::VALUE_TYPE_FLOAT64, {Octets(0.), Octets(-0.1), Octets(1e308)}},
        TypeCase{
            "Date",
            v1::VALUE_TYPE_DATE,
            {Octets(kDateMinusInfinity), Octets(PackDate({2024, 2, 29})), Octets(kDateInfinity)}},
        TypeCase{"Time",
                 v1::VALUE_TYPE_TIME,
                 {Octets(std::int64_t{0}), Octets(-838 * 3600 * kMicrosPerSecond),
                  Octets(kMicrosPerDay)}},
        TypeCase{"Timestamp",
                 v1::VALUE_TYPE_TIMESTAMP,
                 {Octets(kTimestampMinusInfinity), Octets(PackTimestamp({{0, 0, 0}, 0})),
                  Octets(kTimestampInfinity)}},
        TypeCase{"Uuid",
                 v1::VALUE_TYPE_UUID,
                 {std::string(16, '\0'), "0123456789abcdef", std::string(16, '\xff')}},
        TypeCase{"Interval",
                 v1::VALUE_TYPE_INTERVAL,
                 {std::string(16, '\0'), "0123456789abcdef", std::string(16, '\xff')}},
        TypeCase{"Decimal", v1::VALUE_TYPE_DECIMAL, {"0", "-12.340", "NaN"}},
        TypeCase{"Text", v1::VALUE_TYPE_TEXT, {"", "\xf0\x9f\x8c\x8a", std::string(5000, 'x')}},
        TypeCase{"Bytes", v1::VALUE_TYPE_BYTES, {"", "\0\xff\0"s, std::string(70'000, '\0')}}),
    [](const auto& test) { return test.param.name; });

TEST(ColumnBuilder, AppendsTypedValues) {
  ColumnBuilder builder(v1::VALUE_TYPE_INT64);
  for (std::int64_t i = 0; i < 10'000; ++i) builder.AppendFixed(i * i);
  EXPECT_EQ(builder.byte_size(), 80'000U);
  v1::ColumnData data;
  builder.Finish(data);
  const ColumnView view(v1::VALUE_TYPE_INT64, 10'000, data);
  EXPECT_FALSE(view.has_nulls());
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    ASSERT_EQ(view.Fixed<std::int64_t>(i), std::int64_t{i} * i);
  }
}

TEST(ColumnBuilder, KeepsTheFieldsOfAnInterval) {
  const Interval values[] = {{14, -3, 14'706'700'000}, {INT32_MIN, INT32_MAX, INT64_MIN}};
  ColumnBuilder builder(v1::VALUE_TYPE_INTERVAL);
  for (const auto& value : values) builder.AppendInterval(value);
  v1::ColumnData data;
  builder.Finish(data);
  EXPECT_EQ(Hex(data.values().substr(0, 8)), "0e 00 00 00 fd ff ff ff");
  const ColumnView view(v1::VALUE_TYPE_INTERVAL, 2, data);
  EXPECT_EQ(view.IntervalAt(0), values[0]);
  EXPECT_EQ(view.IntervalAt(1), values[1]);
}

TEST(ColumnBuilder, StartsAnewAfterFinish) {
  BatchBuilder builder({v1::VALUE_TYPE_INT32, v1::VALUE_TYPE_TEXT});
  for (int batch = 0; batch < 3; ++batch) {
    for (int row = 0; row <= batch; ++row) {
      builder.column(0).AppendFixed(batch * 10 + row);
      batch == 1 ? builder.column(1).AppendNull() : builder.column(1).AppendVariable("ab");
      builder.EndRow();
    }
    v1::ColumnBatch out;
    builder.Finish(out);
    EXPECT_EQ(builder.row_count(), 0U);
    EXPECT_EQ(builder.byte_size(), 0U);
    const BatchView view({v1::VALUE_TYPE_INT32, v1::VALUE_TYPE_TEXT}, out);
    ASSERT_EQ(view.row_count(), static_cast<std::uint32_t>(batch + 1));
    EXPECT_EQ(view.column(0).Fixed<std::int32_t>(view.row_count() - 1), batch * 11);
    EXPECT_EQ(view.column(1).has_nulls(), batch == 1);
    EXPECT_EQ(view.column(1).Variable(0), batch == 1 ? "" : "ab");
  }
}

TEST(ColumnBuilder, WritesABatchWithoutRows) {
  BatchBuilder builder({v1::VALUE_TYPE_INT32, v1::VALUE_TYPE_TEXT});
  v1::ColumnBatch out;
  builder.Finish(out);
  const BatchView view({v1::VALUE_TYPE_INT32, v1::VALUE_TYPE_TEXT}, out);
  EXPECT_EQ(view.row_count(), 0U);
}

// A null bitmap ends with the last row's octet, however late the last NULL was.
TEST(ColumnBuilder, CoversAllRowsWithTheNullBitmap) {
  for (const std::uint32_t rows : {1U, 7U, 8U, 9U, 64U, 65U}) {
    ColumnBuilder builder(v1::VALUE_TYPE_BOOL);
    builder.AppendNull();
    for (std::uint32_t row = 1; row < rows; ++row) builder.AppendFixed(std::uint8_t{1});
    v1::ColumnData data;
    builder.Finish(data);
    EXPECT_EQ(data.nulls().size(), (rows + 7) / 8);
    const ColumnView view(v1::VALUE_TYPE_BOOL, rows, data);
    EXPECT_TRUE(view.IsNull(0));
    EXPECT_EQ(view.IsNull(rows - 1), rows == 1);
  }
}

v1::ColumnData Data(std::string nulls, std::string values, std::string offsets) {
  v1::ColumnData data;
  data.set_nulls(std::move(nulls));
  data.set_values(std::move(values));
  data.set_offsets(std::move(offsets));
  return data;
}

std::string Offsets(std::initializer_list<std::uint32_t> offsets) {
  std::string octets;
  for (const std::uint32_t offset : offsets) octets += Octets(offset);
  return octets;
}

struct MalformedCase {
  const char* name;
  int type;
  v1::ColumnData data;  // said to hold two rows
  const char* reason;
};

class MalformedColumn : public ::testing::TestWithParam<MalformedCase> {};

TEST_P(MalformedColumn, IsRefused) {
  const auto& param = GetParam();
  EXPECT_THAT([&] { ColumnView(static_cast<ValueType>(param.type), 2, param.data); },
              ThrowsMessage<MalformedBatch>(HasSubstr(param.reason)));
}

INSTANTIATE_TEST_SUITE_P(
    Each, MalformedColumn,
    ::testing::Values(
        MalformedCase{"NoType", 0, Data("", "", ""), "unknown value type"},
        MalformedCase{"UnknownType", 16, Data("", "", ""), "unknown value type"},
        MalformedCase{"NegativeType", -1, Data("", "", ""), "unknown value type"},
        MalformedCase{"NoValues", v1::VALUE_TYPE_INT32, Data("", "", ""), "row count"},
        MalformedCase{"ShortValues", v1::VALUE_TYPE_INT32, Data("", "1234567", ""), "row count"},
        MalformedCase{"LongValues", v1::VALUE_TYPE_INT32, Data("", "123456789", ""), "row count"},
        MalformedCase{"OffsetsOfFixed", v1::VALUE_TYPE_INT32,
                      Data("", "12345678", Offsets({0, 4, 8})), "row count"},
        MalformedCase{"LongBitmap", v1::VALUE_TYPE_INT32, Data("\1\1", "12345678", ""), "bitmap"},
        MalformedCase{"TruthOfTwo", v1::VALUE_TYPE_BOOL, Data("", "\1\2", ""), "truth value"},
        MalformedCase{"NoOffsets", v1::VALUE_TYPE_TEXT, Data("", "ab", ""), "offsets"},
        MalformedCase{"FewOffsets", v1::VALUE_TYPE_TEXT, Data("", "ab", Offsets({0, 2})),
                      "offsets"},
        MalformedCase{"ManyOffsets", v1::VALUE_TYPE_TEXT, Data("", "ab", Offsets({0, 1, 2, 2})),
                      "offsets"},
        MalformedCase{"NotFromZero", v1::VALUE_TYPE_TEXT, Data("", "ab", Offsets({1, 1, 2})),
                      "backwards"},
        MalformedCase{"Backwards", v1::VALUE_TYPE_TEXT, Data("", "ab", Offsets({0, 2, 1})),
                      "backwards"},
        MalformedCase{"BeyondTheEnd", v1::VALUE_TYPE_TEXT, Data("", "ab", Offsets({0, 1, 3})),
                      "cover"},
        MalformedCase{"NotToTheEnd", v1::VALUE_TYPE_BYTES, Data("", "ab", Offsets({0, 1, 1})),
                      "cover"}),
    [](const auto& test) { return test.param.name; });

TEST(BatchBuilder, CountsTheOctetsOfAllItsColumns) {
  BatchBuilder builder({v1::VALUE_TYPE_INT32, v1::VALUE_TYPE_INT64});
  builder.column(0).AppendFixed(std::int32_t{1});
  builder.column(1).AppendFixed(std::int64_t{1});
  builder.EndRow();
  EXPECT_EQ(builder.byte_size(), 12U);
}

TEST(BatchView, RefusesAnotherNumberOfColumns) {
  v1::ColumnBatch batch;
  batch.add_columns();
  EXPECT_THROW(BatchView({}, batch), MalformedBatch);
  EXPECT_THROW(BatchView({v1::VALUE_TYPE_INT32, v1::VALUE_TYPE_INT32}, batch), MalformedBatch);
  EXPECT_NO_THROW(BatchView({v1::VALUE_TYPE_INT32}, batch));
}

TEST(BatchView, RefusesRowsWithoutColumns) {
  v1::ColumnBatch batch;
  batch.set_row_count(4'000'000'000U);
  EXPECT_THROW(BatchView({}, batch), MalformedBatch);
}

TEST(ParameterSetView, ReadsAColumnPerMarker) {
  v1::ParameterSet set;
  set.set_row_count(2);
  auto& numbers = *set.add_columns();
  numbers.set_value_type(v1::VALUE_TYPE_INT64);
  numbers.set_sql_type(v1::SQLTYPE_BIGINT);
  ColumnBuilder builder(v1::VALUE_TYPE_INT64);
  builder.AppendFixed(std::int64_t{5});
  builder.AppendNull();
  builder.Finish(*numbers.mutable_data());
  const ParameterSetView view(set);
  ASSERT_EQ(view.row_count(), 2U);
  ASSERT_EQ(view.column_count(), 1U);
  EXPECT_EQ(view.column(0).Fixed<std::int64_t>(0), 5);
  EXPECT_TRUE(view.column(0).IsNull(1));
  EXPECT_EQ(view.description(0).sql_type(), v1::SQLTYPE_BIGINT);

  numbers.mutable_data()->mutable_values()->pop_back();
  EXPECT_THROW(ParameterSetView{set}, MalformedBatch);
}

TEST(ParameterSetView, ASliceHasTheRowsOfItsMarkersOnly) {
  v1::ParameterSet set;
  set.set_row_count(2);
  for (const v1::SqlType type : {v1::SQLTYPE_SMALLINT, v1::SQLTYPE_INTEGER, v1::SQLTYPE_DATE}) {
    v1::ParameterColumn& column = *set.add_columns();
    column.set_value_type(v1::VALUE_TYPE_INT32);
    column.set_sql_type(type);
    ColumnBuilder builder(column.value_type());
    for (const int row : {0, 1}) builder.AppendFixed<std::int32_t>(10 * type + row);
    builder.Finish(*column.mutable_data());
  }
  const ParameterSetView slice = ParameterSetView(set).Slice(1, 2);
  EXPECT_EQ(slice.row_count(), 2U);
  ASSERT_EQ(slice.column_count(), 2U);
  EXPECT_EQ(slice.description(0).sql_type(), v1::SQLTYPE_INTEGER);
  EXPECT_EQ(slice.column(1).Fixed<std::int32_t>(1), 10 * v1::SQLTYPE_DATE + 1);
  const ParameterSetView again = slice.Slice(1, 1);
  EXPECT_EQ(again.description(0).sql_type(), v1::SQLTYPE_DATE);
  // A statement without markers runs once.
  EXPECT_EQ(ParameterSetView(set).Slice(1, 0).row_count(), 1U);
}

TEST(ParameterSetView, HasNoRowsWithoutMarkers) {
  v1::ParameterSet set;
  set.set_row_count(4'000'000'000U);
  EXPECT_EQ(ParameterSetView(set).row_count(), 0U);
}

}  // namespace
}  // namespace sluice::values
