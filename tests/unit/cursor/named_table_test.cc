#include "odbc_driver/cursor/named_table.h"

#include <gtest/gtest.h>

#include "odbc_driver/cursor/string_syntax.h"

namespace sluice::driver::cursor {
namespace {

bool Names(const char* query, const char* label = "t", v1::Engine engine = v1::ENGINE_MYSQL) {
  std::vector<v1::Column> columns(1);
  columns[0].set_table("t");
  columns[0].set_table_label(label);
  return NamesItsTable(query, columns, engine, DefaultRules(engine));
}

TEST(NamedTableTest, ATableStandsInItsQuery) {
  for (const char* query :
       {"SELECT * FROM t", "SELECT a.* FROM u a JOIN T ON 1", "SELECT * FROM d.`t` WHERE t.a = 1",
        "SELECT * FROM (SELECT a FROM t) x", "SELECT * FROM u, t", "TABLE t", ""}) {
    EXPECT_TRUE(Names(query)) << query;
  }
}

TEST(NamedTableTest, TheAliasOfAViewIsNone) {
  for (const char* query : {"SELECT * FROM v t", "SELECT * FROM v AS `t` WHERE t.a = 1",
                            "SELECT t.a FROM d.v AS T ORDER BY t.a"}) {
    EXPECT_FALSE(Names(query)) << query;
    EXPECT_TRUE(Names(query, "u")) << "the server tells it apart: " << query;
    EXPECT_TRUE(Names(query, "t", v1::ENGINE_POSTGRES)) << query;
  }
}

}  // namespace
}  // namespace sluice::driver::cursor
