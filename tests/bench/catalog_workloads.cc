// Catalogue functions, and the tables of all workloads.

#include <algorithm>
#include <cstdio>
#include <memory>

#include "tests/bench/odbc.h"
#include "tests/bench/workload.h"

namespace sluice::bench {
namespace {

constexpr int kTables = 200;

std::string TableName(int number) {
  char name[16];
  std::snprintf(name, sizeof name, "c_%03d", number);
  return name;
}

SQLCHAR* Text(const std::string& text) {
  return reinterpret_cast<SQLCHAR*>(const_cast<char*>(text.c_str()));
}

int CountRows(Statement& statement) {
  int rows = 0;
  while (statement.Fetch()) ++rows;
  statement.Close();
  return rows;
}

// A tool that looks a schema over: all tables, their columns, and the keys and indexes of some.
void LookOver(Session& session, int tables) {
  Statement statement(session);
  const SQLHSTMT handle = statement.handle();
  statement.Check(SQLTables(handle, nullptr, 0, nullptr, 0, Text("c\\_%"), SQL_NTS, nullptr, 0),
                  "SQLTables");
  if (CountRows(statement) != kTables) throw std::runtime_error("tables are missing");
  statement.Check(SQLColumns(handle, nullptr, 0, nullptr, 0, Text("c\\_%"), SQL_NTS, nullptr, 0),
                  "SQLColumns");
  if (CountRows(statement) < kTables) throw std::runtime_error("columns are missing");
  for (int i = 0; i < tables; ++i) {
    const std::string name = TableName(i);
    statement.Check(SQLPrimaryKeys(handle, nullptr, 0, nullptr, 0, Text(name), SQL_NTS),
                    "SQLPrimaryKeys");
    CountRows(statement);
    statement.Check(SQLStatistics(handle, nullptr, 0, nullptr, 0, Text(name), SQL_NTS,
                                  SQL_INDEX_ALL, SQL_QUICK),
                    "SQLStatistics");
    CountRows(statement);
  }
}

Round BeginCatalog(const std::string& connection, double scale) {
  return [session = std::make_shared<Session>(connection),
          tables = std::clamp(static_cast<int>(kTables * scale), 1, kTables)] {
    const Stopwatch watch;
    LookOver(*session, tables);
    return watch.Stop(1);
  };
}

constexpr Workload kWorkloads[] = {{"catalog", "200 tables looked over", BeginCatalog}};

void MakeWide(Session& session, bool postgres, int rows) {
  session.RunIfPossible("DROP TABLE wide");
  session.Run(
      std::string("CREATE TABLE wide (id INT NOT NULL, big BIGINT NOT NULL, small SMALLINT, "
                  "num INT, ratio DOUBLE PRECISION, weight DOUBLE PRECISION, born DATE, "
                  "seen ") +
      (postgres ? "TIMESTAMP" : "DATETIME(6)") + ", name VARCHAR(40), note VARCHAR(60))");
  const std::string count = std::to_string(rows);
  session.Run(
      postgres
          ? "INSERT INTO wide SELECT i, i * 1000003::bigint, i % 30000, i % 97, i / 7.0, i * 0.25, "
            "DATE '2000-01-01' + i % 9000, TIMESTAMP '2001-02-03 04:05:06.789' + "
            "i * INTERVAL '1 second', 'name of row ' || i, "
            "'a note of some length for ' || i FROM generate_series(1, " +
                count + ") AS s(i)"
          : "INSERT INTO wide SELECT seq, seq * 1000003, seq % 30000, seq % 97, seq / 7.0, "
            "seq * 0.25, DATE '2000-01-01' + INTERVAL seq % 9000 DAY, "
            "TIMESTAMP '2001-02-03 04:05:06.789' + INTERVAL seq SECOND, "
            "CONCAT('name of row ', seq), CONCAT('a note of some length for ', seq) "
            "FROM seq_1_to_" +
                count);
}

void MakeSmall(Session& session, bool postgres) {
  for (const char* table : {"point", "ins", "blobs", "blobs_put"}) {
    session.RunIfPossible(std::string("DROP TABLE ") + table);
  }
  session.Run("CREATE TABLE point (id INT PRIMARY KEY, name VARCHAR(40), balance INT)");
  session.Run(postgres ? "INSERT INTO point SELECT i, 'point ' || i, 0 FROM "
                         "generate_series(1, 10000) AS s(i)"
                       : "INSERT INTO point SELECT seq, CONCAT('point ', seq), 0 FROM "
                         "seq_1_to_10000");
  session.Run(std::string("CREATE TABLE ins (id INT, big BIGINT, ratio DOUBLE PRECISION, seen ") +
              (postgres ? "TIMESTAMP" : "DATETIME(6)") + ", name VARCHAR(40))");
  const std::string type = postgres ? "BYTEA" : "LONGBLOB";
  session.Run("CREATE TABLE blobs (id INT PRIMARY KEY, data " + type + ")");
  session.Run(postgres
                  ? "INSERT INTO blobs SELECT i, decode(repeat('5a17', 2097152), 'hex') FROM "
                    "generate_series(1, 4) AS s(i)"
                  : "INSERT INTO blobs SELECT seq, REPEAT(UNHEX('5A17'), 2097152) FROM seq_1_to_4");
  session.Run("CREATE TABLE blobs_put (id INT PRIMARY KEY, data " + type + ")");
  session.Run("INSERT INTO blobs_put SELECT id, NULL FROM blobs");
}

void MakeCatalog(Session& session) {
  for (int i = 0; i < kTables; ++i) {
    const std::string name = TableName(i);
    session.RunIfPossible("DROP TABLE " + name);
    session.Run("CREATE TABLE " + name +
                " (id INT PRIMARY KEY, a INT NOT NULL, b BIGINT, c VARCHAR(20), d DATE, "
                "e DOUBLE PRECISION, f NUMERIC(10, 2), g VARCHAR(100))");
    session.Run("CREATE INDEX " + name + "_ab ON " + name + " (a, b)");
  }
}

}  // namespace

std::span<const Workload> CatalogWorkloads() { return kWorkloads; }

void MakeTables(const std::string& connection, double scale) {
  Session session(connection);
  const bool postgres = session.is_postgres();
  MakeWide(session, postgres, std::max(1000, static_cast<int>(1'000'000 * scale)));
  MakeSmall(session, postgres);
  MakeCatalog(session);
  if (postgres) session.Run("ANALYZE");
}

}  // namespace sluice::bench
