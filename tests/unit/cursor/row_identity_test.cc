#include "odbc_driver/cursor/row_identity.h"

#include <gtest/gtest.h>

namespace sluice::driver::cursor {
namespace {

const std::string kList = ", " + IdentitySelectList() + " ";

TEST(RowIdentityTest, TheColumnsStandBehindTheQuerysOwn) {
  EXPECT_EQ(IdentitySelectList(),
            "CAST(tableoid AS text) AS \"sluice.tableoid\", CAST(ctid AS text) AS \"sluice.ctid\", "
            "CAST(xmin AS text) AS \"sluice.xmin\"");
  const std::pair<std::string, std::string> queries[] = {
      {"SELECT * ", "FROM t"},
      {"SELECT (a), b ", "FROM t"},
      {"select a, b ", "from s.\"T\" AS x where a = ? order by (select 1 from u group by 1)"},
      {"SELECT a ", "FROM ONLY t x FOR UPDATE;"},
      {"SELECT extract(year FROM a), b IS DISTINCT FROM c ", "FROM t LIMIT 5"},
      {"SELECT {fn EXTRACT(YEAR FROM a)}, t.from, 1 AS from /* FROM u */, ' FROM v' ",
       "FROM t * OFFSET 1"},
  };
  for (const auto& [head, tail] : queries) {
    EXPECT_EQ(WithRowIdentity(head + tail), head + kList + tail);
  }
}

TEST(RowIdentityTest, OtherStatementsHaveNone) {
  for (const char* sql :
       {"", "SELECT 1", "SELECT FROM t", "SELECT DISTINCT a FROM t", "SELECT a FROM t, u",
        "SELECT a FROM t JOIN u ON true", "SELECT a FROM (SELECT 1 AS a) t",
        "SELECT a FROM f(1) AS a", "SELECT a FROM t AS x(a)", "SELECT a FROM t GROUP BY a",
        "SELECT a FROM t WHERE a > 1 HAVING true", "SELECT a FROM t UNION SELECT 1",
        "SELECT 1 UNION SELECT a FROM t", "SELECT a INTO n FROM t", "SELECT a FROM t; SELECT 2",
        "WITH t AS (SELECT 1) SELECT * FROM t", "INSERT INTO t SELECT a FROM u", "TABLE t",
        "SELECT a FROM {oj t LEFT OUTER JOIN u ON true}", "SELECT a FROM t TABLESAMPLE system(1)",
        // Without standard_conforming_strings the string ends elsewhere.
        R"(SELECT '\', a FROM t, b FROM u')"}) {
    EXPECT_EQ(WithRowIdentity(sql), std::nullopt) << sql;
  }
}

TEST(RowIdentityTest, ResultsAreKnownByTheirLastColumns) {
  std::vector<v1::Column> columns(1);
  EXPECT_FALSE(HasRowIdentity(columns));
  for (const IdentityColumn& part : kRowIdentity) {
    columns.emplace_back().set_name(std::string(part.label));
  }
  EXPECT_TRUE(HasRowIdentity(columns));
  columns.back().set_name("another");
  EXPECT_FALSE(HasRowIdentity(columns));
  columns.back().set_name(std::string(kRowIdentity[kIdentityColumns - 1].label));
  columns.erase(columns.begin());
  EXPECT_FALSE(HasRowIdentity(columns)) << "a query has columns of its own";
}

}  // namespace
}  // namespace sluice::driver::cursor
