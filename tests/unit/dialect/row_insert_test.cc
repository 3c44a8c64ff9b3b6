#include <gtest/gtest.h>

#include "relay_server/dialect/dialect.h"

namespace sluice::relay::dialect {
namespace {

std::optional<RowInsert> Find(const Dialect& dialect, std::string_view sql) {
  return dialect.Translate(sql, true).front().row_insert;
}

TEST(RowInsertTest, PartsOfAnInsertOfMarkers) {
  const auto insert =
      Find(PostgresDialect(), "insert into s.\"T x\" (a, \"b c\")\n VALUES (?, ?) ;");
  ASSERT_TRUE(insert.has_value());
  EXPECT_EQ(insert->table, "s.\"T x\"");
  EXPECT_EQ(insert->head, "insert into s.\"T x\" (a, \"b c\")");
  EXPECT_EQ(insert->tail, "");
  EXPECT_EQ(Find(MysqlDialect(), "/* hi */ INSERT INTO `d`.`t` VALUES(?)")->table, "`d`.`t`");
}

TEST(RowInsertTest, WhatFollowsTheValues) {
  EXPECT_EQ(Find(PostgresDialect(), "INSERT INTO t VALUES (?) ON CONFLICT (a, b) DO NOTHING")->tail,
            "ON CONFLICT (a, b) DO NOTHING");
  EXPECT_EQ(Find(PostgresDialect(), "INSERT INTO t VALUES (?) ON CONFLICT DO NOTHING")->tail,
            "ON CONFLICT DO NOTHING");
  EXPECT_EQ(
      Find(PostgresDialect(), "INSERT INTO t VALUES (?) ON CONFLICT ON CONSTRAINT k DO NOTHING")
          ->tail,
      "ON CONFLICT ON CONSTRAINT k DO NOTHING");
  EXPECT_EQ(
      Find(MysqlDialect(), "INSERT INTO t VALUES (?) ON DUPLICATE KEY UPDATE a = VALUES(a)")->tail,
      "ON DUPLICATE KEY UPDATE a = VALUES(a)");
}

TEST(RowInsertTest, AnythingElseIsNone) {
  for (const char* sql : {
           "INSERT INTO t VALUES (?, 1)",
           "INSERT INTO t VALUES (?, DEFAULT)",
           "INSERT INTO t VALUES (?), (?)",
           "INSERT INTO t VALUES (?) RETURNING a",
           "INSERT INTO t VALUES (?) ON CONFLICT (a) DO UPDATE SET a = 1",
           "INSERT INTO t VALUES (?) ON CONFLICT (lower(a)) DO NOTHING",
           "INSERT INTO t VALUES (?::int)",
           "INSERT INTO t VALUES ((?))",
           "INSERT INTO t VALUES ({d ?})",
           "INSERT INTO t AS x VALUES (?)",
           "INSERT INTO t (a[1]) VALUES (?)",
           "INSERT INTO t (a.b) VALUES (?)",
           "INSERT INTO t OVERRIDING SYSTEM VALUE VALUES (?)",
           "INSERT INTO t DEFAULT VALUES",
           "INSERT INTO t SELECT ?",
           "WITH x AS (SELECT 1) INSERT INTO t VALUES (?)",
           "INSERT INTO t VALUES ()",
           "UPDATE t SET a = ?",
           "",
       }) {
    EXPECT_FALSE(Find(PostgresDialect(), sql).has_value()) << sql;
  }
  for (const char* sql : {
           "INSERT IGNORE INTO t VALUES (?)",
           "INSERT INTO t VALUES (?) ON DUPLICATE KEY UPDATE a = ?",
           "INSERT INTO t SET a = ?",
           "INSERT /*! IGNORE */ INTO t VALUES (?)",
           "INSERT INTO t VALUES (?); DELETE FROM t",
       }) {
    EXPECT_FALSE(Find(MysqlDialect(), sql).has_value()) << sql;
  }
}

}  // namespace
}  // namespace sluice::relay::dialect
