#include "odbc_driver/info/type_info.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "odbc_driver/info/sqlstate.h"
#include "odbc_driver/info/type_facts.h"
#include "proto/values/column_batch.h"

namespace sluice::driver::info {
namespace {

using ::testing::ElementsAre;

// Positions in the result set, from 0.
constexpr std::size_t kTypeName = 0;
constexpr std::size_t kDataType = 1;
constexpr std::size_t kColumnSize = 2;
constexpr std::size_t kCaseSensitive = 7;
constexpr std::size_t kUnsigned = 9;
constexpr std::size_t kAutoUnique = 11;
constexpr std::size_t kMinimumScale = 13;
constexpr std::size_t kMaximumScale = 14;
constexpr std::size_t kSqlDataType = 15;
constexpr std::size_t kDatetimeSub = 16;
constexpr std::size_t kRadix = 17;
constexpr std::size_t kIntervalPrecision = 18;

// Reads a result the way a statement does.
class ResultReader {
 public:
  explicit ResultReader(TypeInfoResult result) : result_(std::move(result)) {
    std::vector<values::ValueType> types;
    for (const v1::Column& column : result_.columns) types.push_back(column.value_type());
    view_ = values::BatchView(types, result_.batch);
  }
  std::uint32_t row_count() const { return view_.row_count(); }
  const v1::Column& column(std::size_t index) const { return result_.columns[index]; }
  std::size_t column_count() const { return result_.columns.size(); }
  bool IsNull(std::uint32_t row, std::size_t column) const {
    return view_.column(column).IsNull(row);
  }
  int Short(std::uint32_t row, std::size_t column) const {
    return view_.column(column).Fixed<std::int16_t>(row);
  }
  int Integer(std::uint32_t row, std::size_t column) const {
    return view_.column(column).Fixed<std::int32_t>(row);
  }
  std::string Name(std::uint32_t row) const {
    return std::string(view_.column(kTypeName).Variable(row));
  }
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (std::uint32_t row = 0; row < row_count(); ++row) names.push_back(Name(row));
    return names;
  }

 private:
  TypeInfoResult result_;
  values::BatchView view_;
};

ResultReader Read(v1::Engine engine, int type, bool odbc2 = false) {
  return ResultReader(GetTypeInfo(engine, static_cast<SQLSMALLINT>(type), odbc2));
}

class TypeInfoTest : public ::testing::TestWithParam<v1::Engine> {};
INSTANTIATE_TEST_SUITE_P(Engines, TypeInfoTest,
                         ::testing::Values(v1::ENGINE_POSTGRES, v1::ENGINE_MYSQL));

TEST_P(TypeInfoTest, RowsAreOrderedByTypeCode) {
  const ResultReader result = Read(GetParam(), SQL_ALL_TYPES);
  ASSERT_GT(result.row_count(), 20u);
  for (std::uint32_t row = 1; row < result.row_count(); ++row) {
    EXPECT_LE(result.Short(row - 1, kDataType), result.Short(row, kDataType)) << result.Name(row);
  }
}

// A missing family stops some applications at connect.
TEST_P(TypeInfoTest, EveryFamilyHasAType) {
  for (const int type :
       {SQL_CHAR,         SQL_VARCHAR,       SQL_LONGVARCHAR, SQL_WCHAR,         SQL_WVARCHAR,
        SQL_WLONGVARCHAR, SQL_BIT,           SQL_TINYINT,     SQL_SMALLINT,      SQL_INTEGER,
        SQL_BIGINT,       SQL_REAL,          SQL_FLOAT,       SQL_DOUBLE,        SQL_NUMERIC,
        SQL_DECIMAL,      SQL_BINARY,        SQL_VARBINARY,   SQL_LONGVARBINARY, SQL_TYPE_DATE,
        SQL_TYPE_TIME,    SQL_TYPE_TIMESTAMP}) {
    const ResultReader result = Read(GetParam(), type);
    EXPECT_GT(result.row_count(), 0u) << type;
    for (std::uint32_t row = 0; row < result.row_count(); ++row) {
      EXPECT_EQ(result.Short(row, kDataType), type);
      EXPECT_GT(result.Integer(row, kColumnSize), 0) << result.Name(row);
      EXPECT_TRUE(result.IsNull(row, kIntervalPrecision));
    }
  }
}

TEST_P(TypeInfoTest, DatesHaveVerboseTypeAndSubcode) {
  const ResultReader result = Read(GetParam(), SQL_TYPE_TIME);
  EXPECT_EQ(result.Short(0, kSqlDataType), SQL_DATETIME);
  EXPECT_EQ(result.Short(0, kDatetimeSub), SQL_CODE_TIME);
  EXPECT_TRUE(result.IsNull(0, kUnsigned));
  EXPECT_TRUE(Read(GetParam(), SQL_INTEGER).IsNull(0, kDatetimeSub));
}

TEST_P(TypeInfoTest, WhatDoesNotApplyToATypeIsNull) {
  const ResultReader number = Read(GetParam(), SQL_NUMERIC);
  EXPECT_EQ(number.Short(0, kMinimumScale), 0);
  EXPECT_GT(number.Short(0, kMaximumScale), 0);
  EXPECT_EQ(number.Integer(0, kRadix), 10);
  EXPECT_EQ(number.Short(0, kAutoUnique), SQL_FALSE);
  const ResultReader text = Read(GetParam(), SQL_WVARCHAR);
  for (const std::size_t column : {kMinimumScale, kMaximumScale, kRadix, kAutoUnique, kUnsigned}) {
    EXPECT_TRUE(text.IsNull(0, column)) << column;
  }
  EXPECT_EQ(number.Short(0, kCaseSensitive), SQL_FALSE);
}

TEST_P(TypeInfoTest, ItsColumnsAreThoseOfTheReference) {
  const ResultReader result = Read(GetParam(), SQL_ALL_TYPES);
  EXPECT_EQ(result.column(kTypeName).sql_type(), v1::SQLTYPE_VARCHAR);
  EXPECT_GT(result.column(kTypeName).size(), 0u);
  EXPECT_EQ(result.column(kDataType).sql_type(), v1::SQLTYPE_SMALLINT);
  EXPECT_EQ(result.column(kColumnSize).sql_type(), v1::SQLTYPE_INTEGER);
  EXPECT_EQ(result.column(kTypeName).nullability(), v1::NULLABILITY_NO_NULLS);
  EXPECT_EQ(result.column(kColumnSize).nullability(), v1::NULLABILITY_NULLABLE);
}

TEST_P(TypeInfoTest, Odbc2GetsItsOwnCodesAndColumnNames) {
  for (const int asked : {SQL_DATE, SQL_TYPE_DATE}) {
    EXPECT_EQ(Read(GetParam(), asked, true).Short(0, kDataType), SQL_DATE);
    EXPECT_EQ(Read(GetParam(), asked, false).Short(0, kDataType), SQL_TYPE_DATE);
  }
  EXPECT_EQ(Read(GetParam(), SQL_ALL_TYPES, true).column(kColumnSize).name(), "PRECISION");
  EXPECT_EQ(Read(GetParam(), SQL_ALL_TYPES, false).column(kColumnSize).name(), "COLUMN_SIZE");
}

TEST_P(TypeInfoTest, ATypeThatTheDatabaseLacksHasNoRowsButColumns) {
  const ResultReader result = Read(GetParam(), SQL_INTERVAL_DAY);
  EXPECT_EQ(result.row_count(), 0u);
  EXPECT_EQ(result.column_count(), 19u);
  EXPECT_EQ(Read(GetParam(), SQL_INTERVAL_YEAR).row_count(), 0u);
  EXPECT_EQ(Read(GetParam(), SQL_INTERVAL_MINUTE_TO_SECOND).row_count(), 0u);
}

TEST_P(TypeInfoTest, ACodeThatOdbcDoesNotDefineIsAnError) {
  for (const int type : {99, -100, 1000}) {
    try {
      GetTypeInfo(GetParam(), static_cast<SQLSMALLINT>(type), false);
      FAIL() << type;
    } catch (const DriverError& error) {
      EXPECT_EQ(error.state().code, "HY004");
    }
  }
}

TEST(TypeInfoFactsTest, TheClosestMatchComesFirst) {
  EXPECT_EQ(Read(v1::ENGINE_POSTGRES, SQL_WLONGVARCHAR).Name(0), "text");
  EXPECT_EQ(Read(v1::ENGINE_POSTGRES, SQL_INTEGER).Names().front(), "int4");
  EXPECT_EQ(Read(v1::ENGINE_POSTGRES, SQL_TYPE_TIMESTAMP).Name(0), "timestamp");
  EXPECT_EQ(Read(v1::ENGINE_MYSQL, SQL_WCHAR).Name(0), "CHAR");
  EXPECT_EQ(Read(v1::ENGINE_MYSQL, SQL_TYPE_TIMESTAMP).Name(0), "DATETIME");
  EXPECT_THAT(Read(v1::ENGINE_POSTGRES, SQL_GUID).Names(), ElementsAre("uuid"));
}

TEST(TypeInfoFactsTest, WithoutUnicodeEveryTextTypeHasACodeWithoutW) {
  for (const int type : {SQL_VARCHAR, SQL_WVARCHAR}) {
    const ResultReader result(GetTypeInfo(v1::ENGINE_POSTGRES, static_cast<SQLSMALLINT>(type),
                                          false, {.narrow_text = true}));
    EXPECT_EQ(result.Name(0), "varchar");
    EXPECT_THAT(result.Names(), testing::Contains("inet"));
  }
  const ResultReader result(GetTypeInfo(v1::ENGINE_MYSQL, SQL_CHAR, false, {.narrow_text = true}));
  EXPECT_THAT(result.Names(), ElementsAre("CHAR", "ENUM", "SET"));
}

TEST(TypeInfoFactsTest, UnsignedTypesOfMysqlAreListed) {
  const ResultReader result = Read(v1::ENGINE_MYSQL, SQL_BIGINT);
  EXPECT_THAT(result.Names(), ElementsAre("BIGINT", "BIGINT UNSIGNED"));
  EXPECT_EQ(result.Short(0, kUnsigned), SQL_FALSE);
  EXPECT_EQ(result.Short(1, kUnsigned), SQL_TRUE);
  EXPECT_EQ(result.Integer(1, kColumnSize), 20);
}

}  // namespace
}  // namespace sluice::driver::info
