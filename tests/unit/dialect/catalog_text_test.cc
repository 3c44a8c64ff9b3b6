#include "relay_server/dialect/catalog_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay_server/dialect/dialect.h"

namespace sluice::relay::dialect {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Postgres(const char* value, ArgumentKind kind, bool metadata_id = false) {
  return Condition({"c", std::string(value), kind}, metadata_id, kPostgresCatalogSyntax);
}

TEST(LiteralTest, CannotBeLeft) {
  EXPECT_EQ(Literal("it's", kPostgresCatalogSyntax), "'it''s'");
  // Whether a backslash escapes in '…' is a setting of the session.
  EXPECT_EQ(Literal("a\\'b", kPostgresCatalogSyntax), "E'a\\\\''b'");
  EXPECT_EQ(Literal("a\\'b", kMysqlCatalogSyntax), "_utf8mb4 0x615c2762");
  EXPECT_EQ(Literal(std::string_view("a\0b", 3), kPostgresCatalogSyntax), "'a'");
}

TEST(ConditionTest, PatternsWithoutWildcardsAreComparedAsNames) {
  EXPECT_EQ(Postgres("t", ArgumentKind::kPattern), " AND c = 't'");
  EXPECT_EQ(Postgres("a\\_b\\%\\\\", ArgumentKind::kPattern), " AND c = E'a_b%\\\\'");
  EXPECT_EQ(Postgres("a\\b", ArgumentKind::kPattern), " AND c = E'a\\\\b'");
  EXPECT_EQ(Postgres("a_b", ArgumentKind::kPattern), " AND c LIKE 'a_b' ESCAPE '|'");
  EXPECT_EQ(Postgres("a_|\\_\\%", ArgumentKind::kPattern), " AND c LIKE 'a_|||_|%' ESCAPE '|'");
  EXPECT_EQ(Postgres("%\\", ArgumentKind::kPattern), " AND c LIKE E'%\\\\' ESCAPE '|'");
  EXPECT_EQ(Postgres("%", ArgumentKind::kPattern), "");
}

TEST(ConditionTest, OrdinaryArgumentsHaveNoWildcards) {
  EXPECT_EQ(Postgres("a%", ArgumentKind::kOrdinary), " AND c = 'a%'");
}

TEST(ConditionTest, IdentifiersFoldUnlessQuoted) {
  EXPECT_EQ(Postgres("Tab ", ArgumentKind::kPattern, true), " AND c = 'tab'");
  EXPECT_EQ(Postgres("\"Ta\"\"b\"", ArgumentKind::kPattern, true), " AND c = 'Ta\"b'");
  EXPECT_EQ(Condition({"c", "Tab"}, true, kMysqlCatalogSyntax), " AND lower(c) = lower('Tab')");
  EXPECT_EQ(Condition({"c", "`Ta``b`"}, true, kMysqlCatalogSyntax), " AND c = 'Ta`b'");
}

TEST(ConditionTest, AbsentAndEmptyArguments) {
  EXPECT_EQ(Condition({"c", std::nullopt}, false, kPostgresCatalogSyntax), "");
  EXPECT_EQ(Condition({"c", ""}, false, kPostgresCatalogSyntax), " AND c = ''");
  EXPECT_EQ(Condition({"c", "", ArgumentKind::kOrdinary, true}, true, kPostgresCatalogSyntax), "");
}

TEST(TableTypesTest, AreReadWithAndWithoutQuotes) {
  EXPECT_THAT(ParseTableTypes("'TABLE', view ,'SYSTEM TABLE',"),
              ElementsAre("TABLE", "VIEW", "SYSTEM TABLE"));
  EXPECT_THAT(ParseTableTypes(""), IsEmpty());
  EXPECT_THAT(ParseTableTypes("%"), IsEmpty());
}

TEST(ResultColumnsTest, HaveTheNumberOfTheReference) {
  constexpr std::size_t kCounts[] = {5, 18, 6, 14, 13, 8, 8, 19, 7, 8};
  for (int function = v1::Catalog::TABLES; function <= v1::Catalog::COLUMN_PRIVILEGES; ++function) {
    EXPECT_EQ(ResultColumns(static_cast<v1::Catalog::Function>(function)).size(),
              kCounts[function - 1]);
  }
}

TEST(ExactNameTest, IsWhatAnArgumentWithoutWildcardsStandsFor) {
  const auto name = [](const char* value, ArgumentKind kind, bool metadata_id = false) {
    return ExactName({"", std::string(value), kind, true}, metadata_id, kPostgresCatalogSyntax);
  };
  EXPECT_EQ(name("a\\_b", ArgumentKind::kPattern), "a_b");
  EXPECT_EQ(name("a_b", ArgumentKind::kOrdinary), "a_b");
  EXPECT_EQ(name("Tab", ArgumentKind::kPattern, true), "tab");
  EXPECT_EQ(name("a_b", ArgumentKind::kPattern), std::nullopt);
  EXPECT_EQ(name("", ArgumentKind::kPattern), std::nullopt);
  EXPECT_EQ(ExactName({"", "Tab"}, true, kMysqlCatalogSyntax), std::nullopt);
}

// MySQL has no cast to SMALLINT: its expressions are BIGINT.
TEST(ResultColumnsTest, AreDescribedAsInTheReferenceWhateverTheDatabaseMadeOfThem) {
  std::vector<v1::Column> columns(6);
  for (v1::Column& column : columns) {
    column.set_sql_type(v1::SQLTYPE_BIGINT);
    column.set_value_type(v1::VALUE_TYPE_UINT64);
    column.set_is_unsigned(true);
  }
  DescribeCatalogResult(v1::Catalog::PRIMARY_KEYS, false, columns);
  EXPECT_EQ(columns[4].name(), "KEY_SEQ");
  EXPECT_EQ(columns[4].sql_type(), v1::SQLTYPE_SMALLINT);
  EXPECT_EQ(columns[4].nullability(), v1::NULLABILITY_NO_NULLS);
  EXPECT_FALSE(columns[4].is_unsigned());
  EXPECT_EQ(columns[4].value_type(), v1::VALUE_TYPE_UINT64) << "how values travel is not touched";
  EXPECT_EQ(columns[5].sql_type(), v1::SQLTYPE_VARCHAR);
  EXPECT_EQ(columns[5].size(), 128U);
  EXPECT_EQ(columns[5].nullability(), v1::NULLABILITY_NULLABLE);
}

TEST(ResultColumnsTest, HaveTheirOldNamesForOldApplications) {
  std::vector<v1::Column> columns(13);
  DescribeCatalogResult(v1::Catalog::STATISTICS, true, columns);
  EXPECT_EQ(columns[0].name(), "TABLE_QUALIFIER");
  EXPECT_EQ(columns[1].name(), "TABLE_OWNER");
  EXPECT_EQ(columns[2].name(), "TABLE_NAME");
  EXPECT_EQ(columns[7].name(), "SEQ_IN_INDEX");
  EXPECT_EQ(columns[9].name(), "COLLATION");
}

}  // namespace
}  // namespace sluice::relay::dialect
