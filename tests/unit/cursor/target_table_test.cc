#include "odbc_driver/cursor/target_table.h"

#include "odbc_driver/cursor/row_identity.h"

#include <gtest/gtest.h>

namespace sluice::driver::cursor {
namespace {

using Condition = TargetTable::Condition;

v1::Column Column(const std::string& name, v1::SqlType type = v1::SQLTYPE_INTEGER) {
  v1::Column column;
  column.set_name(name);
  column.set_base_column(name);
  column.set_schema("s");
  column.set_catalog("db");
  column.set_table("t");
  column.set_sql_type(type);
  column.set_type_name(type == v1::SQLTYPE_VARCHAR ? "varchar" : "other");
  column.set_value_type(type == v1::SQLTYPE_INTEGER ? v1::VALUE_TYPE_INT32 : v1::VALUE_TYPE_TEXT);
  return column;
}

class TargetTableTest : public testing::Test {
 protected:
  TargetTable Table(v1::Engine engine = v1::ENGINE_POSTGRES) {
    auto table = TargetTable::Of(columns, engine);
    EXPECT_TRUE(table);
    return *table;
  }
  // One row: integers 7, 8 …, texts "text"; NULL where told.
  RowView Row(const std::vector<std::size_t>& nulls = {}) {
    std::vector<values::ValueType> types;
    for (const auto& column : columns) types.push_back(column.value_type());
    values::BatchBuilder builder(types);
    for (std::size_t i = 0; i < types.size(); ++i) {
      if (std::find(nulls.begin(), nulls.end(), i) != nulls.end()) {
        builder.column(i).AppendNull();
      } else if (types[i] == v1::VALUE_TYPE_INT32) {
        builder.column(i).AppendFixed(static_cast<std::int32_t>(7 + i));
      } else {
        builder.column(i).AppendVariable("text");
      }
    }
    builder.EndRow();
    builder.Finish(batch_);
    view_ = values::BatchView(types, batch_);
    return {&view_, 0};
  }

  std::vector<v1::Column> columns = {Column("a"), Column("b"), Column("v", v1::SQLTYPE_VARCHAR)};

 private:
  v1::ColumnBatch batch_;
  values::BatchView view_;
};

TEST_F(TargetTableTest, OneTableIsNeeded) {
  EXPECT_TRUE(TargetTable::Of(columns, v1::ENGINE_POSTGRES));
  v1::Column computed;
  computed.set_name("1 + 1");
  columns.push_back(computed);
  EXPECT_TRUE(TargetTable::Of(columns, v1::ENGINE_POSTGRES));
  columns.push_back(Column("c"));
  columns.back().set_table("u");
  EXPECT_FALSE(TargetTable::Of(columns, v1::ENGINE_POSTGRES));
  EXPECT_FALSE(TargetTable::Of({computed}, v1::ENGINE_POSTGRES));
}

TEST_F(TargetTableTest, NamesAreQuotedAsTheDatabaseDoes) {
  columns[0].set_base_column("my \"a\"");
  EXPECT_EQ(Table().Delete({{0, Condition::kParameter}}),
            "DELETE FROM \"s\".\"t\" WHERE \"my \"\"a\"\"\" = ?");
  columns[0].set_base_column("my `a`");
  EXPECT_EQ(Table(v1::ENGINE_MYSQL).Delete({{0, Condition::kParameter}}),
            "DELETE FROM `db`.`t` WHERE `my ``a``` = ?");
}

TEST_F(TargetTableTest, StatementsNameTheirColumns) {
  const TargetTable table = Table();
  EXPECT_EQ(table.Update({1, 2}, {{0, Condition::kParameter}, {2, Condition::kNull}}),
            "UPDATE \"s\".\"t\" SET \"b\" = ?, \"v\" = ? WHERE \"a\" = ? AND \"v\" IS NULL");
  EXPECT_EQ(table.Insert({0, 2}), "INSERT INTO \"s\".\"t\" (\"a\", \"v\") VALUES (?, ?)");
  EXPECT_EQ(table.Insert({}), "INSERT INTO \"s\".\"t\" DEFAULT VALUES");
  EXPECT_EQ(Table(v1::ENGINE_MYSQL).Insert({}), "INSERT INTO `db`.`t` () VALUES ()");
  EXPECT_EQ(table.Returning(), " RETURNING \"a\", \"b\", \"v\"");
  EXPECT_EQ(Table(v1::ENGINE_MYSQL).Select({{0, Condition::kGenerated}}),
            "SELECT `a`, `b`, `v` FROM `db`.`t` WHERE `a` = LAST_INSERT_ID()");
}

TEST_F(TargetTableTest, ARowsIdentityIsComparedAsWhatItIs) {
  const auto table = TargetTable::Of(columns, v1::ENGINE_POSTGRES, true);
  EXPECT_EQ(table->Where({{0, Condition::kIdentity}, {1, Condition::kIdentity}}),
            " WHERE tableoid = CAST(? AS oid) AND ctid = CAST(? AS tid)");
  EXPECT_EQ(table->Returning(), " RETURNING \"a\", \"b\", \"v\", " + IdentitySelectList());
  EXPECT_EQ(table->Returning(false), " RETURNING \"a\", \"b\", \"v\"");
  EXPECT_FALSE(Table().ConditionByIdentity(Row()));
}

TEST_F(TargetTableTest, WithoutAConditionNoRowIsMeant) {
  EXPECT_EQ(Table().Delete({}), "DELETE FROM \"s\".\"t\" WHERE 1 = 0");
}

TEST_F(TargetTableTest, PostgresIsAskedWhichTableANameMeans) {
  for (auto& column : columns) column.set_table("my 't\\");
  EXPECT_EQ(Table().NameTest({"S", "\"my 't\\\""}, false),
            R"(to_regclass(E'S."my ''t\\"') = to_regclass(E'"s"."my ''t\\"'))");
  EXPECT_EQ(Table().NameTest({}, false), std::nullopt);
}

TEST_F(TargetTableTest, MysqlsNamesAreComparedAsItDoes) {
  const TargetTable table = Table(v1::ENGINE_MYSQL);
  const auto name_test = [&](const std::vector<std::string>& name, bool fold = false) {
    return table.NameTest(name, fold).value_or("another");
  };
  EXPECT_EQ(name_test({"db", "t"}), "");
  EXPECT_EQ(name_test({"`db`", "`t`"}), "");
  EXPECT_EQ(name_test({"t"}),
            "CAST(DATABASE() AS BINARY) = CAST(CONVERT(0x6462 USING utf8mb4) AS BINARY)");
  for (const auto& name : std::vector<std::vector<std::string>>{
           {}, {"T"}, {"u"}, {"DB", "t"}, {"x", "t"}, {"a", "db", "t"}, {"`t```"}}) {
    EXPECT_EQ(name_test(name), "another") << testing::PrintToString(name);
  }
  EXPECT_EQ(name_test({"DB", "T"}, true), "");
  EXPECT_EQ(name_test({"T"}, true),
            "CAST(LOWER(DATABASE()) AS BINARY) = "
            "CAST(LOWER(CONVERT(0x6462 USING utf8mb4)) AS BINARY)");
}

TEST_F(TargetTableTest, TheShortestSelectedKeyIsTaken) {
  TargetTable table = Table();
  table.SetKeys({{"a", "b"}, {"v"}, {"not selected"}, {"a", ""}, {}});
  ASSERT_EQ(table.keys().size(), 2u);
  const auto key = table.ConditionByKey(Row());
  ASSERT_TRUE(key);
  EXPECT_EQ(table.Where(key->where), " WHERE \"v\" = ?");
  EXPECT_EQ(key->parameters.columns_size(), 1);
}

TEST_F(TargetTableTest, AKeyWithANullIsNone) {
  TargetTable table = Table();
  table.SetKeys({{"a", "b"}, {"v"}});
  const auto key = table.ConditionByKey(Row({2}));
  ASSERT_TRUE(key);
  EXPECT_EQ(table.Where(key->where), " WHERE \"a\" = ? AND \"b\" = ?");
  EXPECT_FALSE(table.ConditionByKey(Row({1, 2})));
}

TEST_F(TargetTableTest, OldValuesAreComparedWhereThatIsSure) {
  columns.push_back(Column("real", v1::SQLTYPE_DOUBLE));
  TargetTable table = Table();
  table.SetKeys({{"a"}});
  auto condition = table.ConditionByKey(Row({1}));
  ASSERT_TRUE(condition);
  table.AddOldValues(*condition, Row({1}));
  EXPECT_EQ(table.Where(condition->where), " WHERE \"a\" = ? AND \"b\" IS NULL AND \"v\" = ?");
  EXPECT_EQ(condition->parameters.columns_size(), 2);
  EXPECT_EQ(condition->parameters.row_count(), 1u);
}

TEST_F(TargetTableTest, AGivenKeyFindsTheNewRow) {
  TargetTable table = Table(v1::ENGINE_MYSQL);
  table.SetKeys({{"b"}});
  v1::ParameterSet values;
  values.set_row_count(1);
  for (const bool null : {false, true}) {
    auto& parameter = *values.add_columns();
    values::ColumnBuilder builder(v1::VALUE_TYPE_INT32);
    null ? builder.AppendNull() : builder.AppendFixed(std::int32_t{1});
    parameter.set_value_type(v1::VALUE_TYPE_INT32);
    builder.Finish(*parameter.mutable_data());
  }
  EXPECT_TRUE(table.ConditionByKey({1, 0}, values));
  EXPECT_FALSE(table.ConditionByKey({0, 1}, values)) << "NULL";
  EXPECT_FALSE(table.ConditionByKey({0, 2}, values));
  EXPECT_FALSE(table.ConditionByGeneratedKey({0, 1}, values));
  columns[1].set_is_auto_increment(true);
  EXPECT_TRUE(table.ConditionByGeneratedKey({0, 1}, values)) << "NULL asks for a value";
  EXPECT_FALSE(table.ConditionByGeneratedKey({1, 0}, values));
  EXPECT_TRUE(table.ConditionByGeneratedKey({0, 2}, values));
}

}  // namespace
}  // namespace sluice::driver::cursor
