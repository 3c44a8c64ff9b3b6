#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "relay_server/dialect/catalog_text.h"
#include "relay_server/dialect/dialect.h"

namespace sluice::relay::dialect {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Query(v1::Engine engine, const v1::Catalog& request, bool is_mariadb = true) {
  v1::ServerFacts facts;
  facts.set_is_mariadb(is_mariadb);
  return DialectFor(engine).CatalogQuery(request, facts);
}

v1::Catalog Request(v1::Catalog::Function function) {
  v1::Catalog request;
  request.set_function(function);
  return request;
}

class EveryFunctionTest
    : public ::testing::TestWithParam<std::tuple<v1::Engine, v1::Catalog::Function>> {};

TEST_P(EveryFunctionTest, NamesItsResultColumnsInOrder) {
  const auto [engine, function] = GetParam();
  const std::string query = Query(engine, Request(function));
  const char quote = engine == v1::ENGINE_MYSQL ? '`' : '"';
  std::size_t position = 0;
  for (const ResultColumn& column : ResultColumns(function)) {
    const std::string label = std::string(" AS ") + quote + std::string(column.name) + quote;
    position = query.find(label, position);
    ASSERT_NE(position, std::string::npos) << column.name;
  }
  EXPECT_THAT(query, HasSubstr("SELECT CAST("));
}

TEST_P(EveryFunctionTest, CannotBeLeftByItsArguments) {
  const auto [engine, function] = GetParam();
  v1::Catalog request = Request(function);
  const std::string evil = "x'; DROP TABLE t; --\\";
  for (const bool metadata_id : {false, true}) {
    request.set_catalog(evil);
    request.set_schema(evil);
    request.set_table(evil);
    request.set_column(evil);
    request.set_foreign_catalog(evil);
    request.set_foreign_schema(evil);
    request.set_foreign_table(evil);
    request.set_table_type(evil);
    request.set_metadata_id(metadata_id);
    const auto statements = DialectFor(engine).Translate(Query(engine, request), true);
    ASSERT_EQ(statements.size(), 1U);
    EXPECT_EQ(statements[0].parameter_count, 0);
    EXPECT_TRUE(statements[0].is_read_only_safe || engine == v1::ENGINE_POSTGRES);
    EXPECT_EQ(statements[0].sql.find("x'; DROP"), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, EveryFunctionTest,
    ::testing::Combine(::testing::Values(v1::ENGINE_POSTGRES, v1::ENGINE_MYSQL),
                       ::testing::Values(v1::Catalog::TABLES, v1::Catalog::COLUMNS,
                                         v1::Catalog::PRIMARY_KEYS, v1::Catalog::FOREIGN_KEYS,
                                         v1::Catalog::STATISTICS, v1::Catalog::SPECIAL_COLUMNS,
                                         v1::Catalog::PROCEDURES, v1::Catalog::PROCEDURE_COLUMNS,
                                         v1::Catalog::TABLE_PRIVILEGES,
                                         v1::Catalog::COLUMN_PRIVILEGES)));

TEST(TablesQueryTest, EnumerationsNeedTheOtherArgumentsEmpty) {
  v1::Catalog request = Request(v1::Catalog::TABLES);
  request.set_catalog("%");
  EXPECT_THAT(Query(v1::ENGINE_POSTGRES, request), HasSubstr("pg_class"));
  request.set_schema("");
  request.set_table("");
  EXPECT_THAT(Query(v1::ENGINE_POSTGRES, request), Not(HasSubstr("pg_class")));
  EXPECT_THAT(Query(v1::ENGINE_MYSQL, request), HasSubstr("SCHEMATA"));
  request.set_catalog("");
  request.set_schema("%");
  EXPECT_THAT(Query(v1::ENGINE_POSTGRES, request), EndsWith("ORDER BY 2"));
  request.set_schema("");
  request.set_table_type("%");
  EXPECT_THAT(Query(v1::ENGINE_POSTGRES, request), HasSubstr("('MATVIEW')"));
  EXPECT_THAT(Query(v1::ENGINE_MYSQL, request), HasSubstr("'SYSTEM VIEW'"));
}

TEST(TablesQueryTest, SystemSchemasAreShownToThoseWhoAsk) {
  const std::string excluded = "NOT IN ('pg_catalog', 'information_schema')";
  v1::Catalog request = Request(v1::Catalog::TABLES);
  EXPECT_THAT(Query(v1::ENGINE_POSTGRES, request), HasSubstr(excluded));
  request.set_table_type("TABLE,'SYSTEM TABLE'");
  EXPECT_THAT(Query(v1::ENGINE_POSTGRES, request), Not(HasSubstr(excluded)));
  request.set_table_type("");
  request.set_schema("pg_catalog");
  EXPECT_THAT(Query(v1::ENGINE_POSTGRES, request), Not(HasSubstr(excluded)));
}

TEST(TablesQueryTest, UnknownTypesMatchNothing) {
  v1::Catalog request = Request(v1::Catalog::TABLES);
  request.set_table_type("ALIAS");
  EXPECT_THAT(Query(v1::ENGINE_POSTGRES, request), HasSubstr(" AND false"));
  EXPECT_THAT(Query(v1::ENGINE_MYSQL, request), HasSubstr(" AND FALSE"));
  request.set_table_type("MATERIALIZED VIEW");
  EXPECT_THAT(Query(v1::ENGINE_POSTGRES, request), HasSubstr("AND c.relkind = 'm')"));
}

TEST(ColumnsQueryTest, Odbc2HasItsOwnDateCodes) {
  v1::Catalog request = Request(v1::Catalog::COLUMNS);
  EXPECT_THAT(Query(v1::ENGINE_POSTGRES, request), HasSubstr("(1114, 93, "));
  EXPECT_THAT(Query(v1::ENGINE_MYSQL, request), HasSubstr("WHEN 'date' THEN 91"));
  request.set_odbc2(true);
  EXPECT_THAT(Query(v1::ENGINE_POSTGRES, request), HasSubstr("(1114, 11, "));
  EXPECT_THAT(Query(v1::ENGINE_MYSQL, request), HasSubstr("WHEN 'date' THEN 9 "));
}

TEST(ColumnsQueryTest, MysqlDefaultsAreQuotedWhereTheServerDoesNot) {
  const v1::Catalog request = Request(v1::Catalog::COLUMNS);
  EXPECT_THAT(Query(v1::ENGINE_MYSQL, request, false),
              AllOf(HasSubstr("quote(q.COLUMN_DEFAULT)"), HasSubstr("DEFAULT_GENERATED")));
  EXPECT_THAT(Query(v1::ENGINE_MYSQL, request, true), Not(HasSubstr("quote(")));
}

TEST(ForeignKeysQueryTest, OrderFollowsTheSideThatWasAskedFor) {
  v1::Catalog request = Request(v1::Catalog::FOREIGN_KEYS);
  request.set_table("p");
  EXPECT_THAT(Query(v1::ENGINE_POSTGRES, request), EndsWith("ORDER BY 5, 6, 7, 12, 9"));
  request.set_foreign_table("f");
  EXPECT_THAT(Query(v1::ENGINE_MYSQL, request), EndsWith("ORDER BY 1, 2, 3, 12, 9"));
}

TEST(MysqlCatalogTest, WithoutOneTheCurrentDatabaseIsMeantButByTables) {
  v1::Catalog request = Request(v1::Catalog::TABLES);
  EXPECT_THAT(Query(v1::ENGINE_MYSQL, request), Not(HasSubstr("DATABASE()")));
  request = Request(v1::Catalog::COLUMNS);
  EXPECT_THAT(Query(v1::ENGINE_MYSQL, request), HasSubstr("TABLE_SCHEMA = DATABASE()"));
  request.set_catalog("d");
  EXPECT_THAT(Query(v1::ENGINE_MYSQL, request), HasSubstr("TABLE_SCHEMA = 'd'"));
}

TEST(TablesQueryTest, TheCatalogueIsAPatternSinceOdbc3) {
  v1::Catalog request = Request(v1::Catalog::TABLES);
  request.set_catalog("d%");
  EXPECT_THAT(Query(v1::ENGINE_MYSQL, request), HasSubstr("TABLE_SCHEMA LIKE 'd%'"));
  request.set_odbc2(true);
  EXPECT_THAT(Query(v1::ENGINE_MYSQL, request), HasSubstr("TABLE_SCHEMA = 'd%'"));
  EXPECT_THAT(Query(v1::ENGINE_POSTGRES, request), HasSubstr("current_database() = 'd%'"));
}

TEST(PrimaryKeysQueryTest, WithoutASchemaTheVisibleTableIsMeant) {
  v1::Catalog request = Request(v1::Catalog::PRIMARY_KEYS);
  request.set_table("a\"b");
  EXPECT_THAT(Query(v1::ENGINE_POSTGRES, request), AllOf(HasSubstr("pg_table_is_visible(c.oid)"),
                                                         HasSubstr("to_regclass('\"a\"\"b\"')")));
  request.set_schema("s");
  EXPECT_THAT(Query(v1::ENGINE_POSTGRES, request), Not(HasSubstr("pg_table_is_visible")));
}

TEST(StatisticsQueryTest, MysqlNamesTheExpressionOfAnIndex) {
  v1::ServerFacts facts;
  facts.set_version_number(80036);
  const v1::Catalog request = Request(v1::Catalog::STATISTICS);
  EXPECT_THAT(MysqlDialect().CatalogQuery(request, facts), HasSubstr("s.EXPRESSION"));
  facts.set_is_mariadb(true);
  EXPECT_THAT(MysqlDialect().CatalogQuery(request, facts), Not(HasSubstr("s.EXPRESSION")));
}

TEST(StatisticsQueryTest, UniqueOnly) {
  v1::Catalog request = Request(v1::Catalog::STATISTICS);
  EXPECT_THAT(Query(v1::ENGINE_POSTGRES, request), Not(HasSubstr("AND i.indisunique")));
  request.set_unique_only(true);
  EXPECT_THAT(Query(v1::ENGINE_POSTGRES, request), HasSubstr("AND i.indisunique"));
  EXPECT_THAT(Query(v1::ENGINE_MYSQL, request), HasSubstr("s.NON_UNIQUE = 0"));
}

}  // namespace
}  // namespace sluice::relay::dialect
