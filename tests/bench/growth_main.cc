// How costs grow with what there is: sessions, columns, the size of values, parameter arrays, other
// clients.
//
//   sluice_growth CONNECTION
//
// Prints a table in Markdown for docs/performance.md. Uses the tables of sluice_bench
// --make-tables.

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/odbc.h"
#include "tests/bench/workload.h"

namespace sluice::bench {
namespace {

constexpr double kMicro = 1e-6;

void PrintRow(const std::string& what, const std::string& size, double value,
              const std::string& unit) {
  std::printf("| %s | %s | %.3g %s |\n", what.c_str(), size.c_str(), value, unit.c_str());
  std::fflush(stdout);
}

double Percentile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

// Seconds of point selects, one after another.
std::vector<double> PointSelects(Session& session, int count) {
  Statement statement(session);
  SQLINTEGER key = 1;
  statement.BindParameter(1, SQL_C_SLONG, SQL_INTEGER, &key, sizeof key);
  statement.Prepare("SELECT name FROM point WHERE id = ?");
  std::vector<double> seconds;
  for (int i = 0; i < count; ++i) {
    key = i % 10'000 + 1;
    const Stopwatch watch;
    statement.Execute();
    while (statement.Fetch()) {
    }
    statement.Close();
    seconds.push_back(watch.Stop(1).seconds);
  }
  return seconds;
}

void GrowSessions(const std::string& connection) {
  Session own(connection);
  PointSelects(own, 100);
  std::vector<std::unique_ptr<Session>> idle;
  for (const int sessions : {10, 100, 1'000, 9'000}) {
    const auto more = sessions - static_cast<int>(idle.size());
    const Stopwatch watch;
    while (idle.size() < static_cast<std::size_t>(sessions)) {
      idle.push_back(std::make_unique<Session>(connection));
    }
    const std::string size = std::to_string(sessions) + " idle sessions";
    PrintRow("connect", size, watch.Stop(more).seconds / kMicro, "µs");
    PrintRow("point select", size, Percentile(PointSelects(own, 1'000), 0.5) / kMicro, "µs");
  }
}

void GrowColumns(const std::string& connection) {
  Session session(connection);
  constexpr int kCells = 400'000;
  for (const int columns : {1, 10, 100, 1'000}) {
    const int rows = kCells / columns;
    std::string sql = "SELECT id";
    for (int i = 1; i < columns; ++i) sql += ", id + " + std::to_string(i);
    sql += " FROM wide LIMIT " + std::to_string(rows);
    std::vector<double> seconds;
    for (int round = 0; round < 5; ++round) {
      Statement statement(session);
      constexpr SQLULEN kRowset = 100;
      std::vector<std::vector<SQLINTEGER>> cells(static_cast<std::size_t>(columns),
                                                 std::vector<SQLINTEGER>(kRowset));
      statement.Set(SQL_ATTR_ROW_ARRAY_SIZE, kRowset);
      for (int i = 0; i < columns; ++i) {
        statement.BindColumn(i + 1, SQL_C_SLONG, cells[static_cast<std::size_t>(i)].data(), 4,
                             nullptr);
      }
      const Stopwatch watch;
      statement.Execute(sql);
      while (statement.Fetch()) {
      }
      seconds.push_back(watch.Stop(kCells).seconds);
    }
    PrintRow("fetch, by cell", std::to_string(columns) + " columns", Percentile(seconds, 0.5) * 1e9,
             "ns");
  }
}

void GrowValues(const std::string& connection) {
  Session session(connection);
  for (const int bytes : {1, 1'000, 100'000, 1'000'000, 10'000'000, 60'000'000}) {
    std::vector<char> value(static_cast<std::size_t>(bytes) + 1);
    const std::string sql = "SELECT repeat('x', " + std::to_string(bytes) + ")";
    std::vector<double> seconds;
    for (int round = 0; round < 7; ++round) {
      Statement statement(session);
      SQLLEN length = 0;
      const Stopwatch watch;
      statement.Execute(sql);
      statement.Fetch();
      statement.Check(SQLGetData(statement.handle(), 1, SQL_C_CHAR, value.data(),
                                 static_cast<SQLLEN>(value.size()), &length),
                      "SQLGetData");
      if (length != bytes) throw std::runtime_error("the value is not whole");
      seconds.push_back(watch.Stop(1).seconds);
    }
    const double median = Percentile(seconds, 0.5);
    const std::string size = std::to_string(bytes) + " octets";
    PrintRow("read a value", size, median / kMicro, "µs");
    if (bytes >= 1'000'000) PrintRow("the same", size, bytes / median / 1e6, "MB/s");
  }
}

void GrowArrays(const std::string& connection) {
  Session session(connection);
  session.Run("TRUNCATE TABLE ins");
  for (const SQLULEN rows : {1U, 10U, 100U, 1'000U, 10'000U, 100'000U}) {
    Statement statement(session);
    std::vector<SQLINTEGER> ids(rows, 1);
    std::vector<SQLBIGINT> numbers(rows, 1'000'003);
    statement.Set(SQL_ATTR_PARAMSET_SIZE, rows);
    statement.BindParameter(1, SQL_C_SLONG, SQL_INTEGER, ids.data(), 4);
    statement.BindParameter(2, SQL_C_SBIGINT, SQL_BIGINT, numbers.data(), 8);
    statement.Prepare("INSERT INTO ins (id, big) VALUES (?, ?)");
    statement.Execute();
    std::vector<double> seconds;
    for (int round = 0; round < 5; ++round) {
      const Stopwatch watch;
      statement.Execute();
      seconds.push_back(watch.Stop(static_cast<double>(rows)).seconds);
    }
    PrintRow("insert, by row", "arrays of " + std::to_string(rows),
             Percentile(seconds, 0.5) / kMicro, "µs");
  }
}

// Readers of large results take what they get; the small queries of another session must get their
// turns.
void Flood(const std::string& connection) {
  Session session(connection);
  PointSelects(session, 100);
  for (const int readers : {0, 1, 4}) {
    std::atomic<bool> stop = false;
    std::vector<std::jthread> threads;
    std::vector<std::unique_ptr<Session>> sessions;
    for (int i = 0; i < readers; ++i) {
      sessions.push_back(std::make_unique<Session>(connection));
      threads.emplace_back([&stop, &own = *sessions.back()] {
        while (!stop) {
          Statement statement(own);
          statement.Execute("SELECT * FROM wide");
          while (!stop && statement.Fetch()) {
          }
        }
      });
    }
    const auto seconds = PointSelects(session, 1'000);
    stop = true;
    threads.clear();
    const std::string size = std::to_string(readers) + " readers of 1M rows";
    PrintRow("point select, median", size, Percentile(seconds, 0.5) / kMicro, "µs");
    PrintRow("point select, 95 %", size, Percentile(seconds, 0.95) / kMicro, "µs");
  }
}

}  // namespace
}  // namespace sluice::bench

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: sluice_growth CONNECTION\n";
    return 2;
  }
  try {
    std::printf("| what | how much there is | time |\n|---|---|---|\n");
    for (const auto grow :
         {sluice::bench::GrowColumns, sluice::bench::GrowValues, sluice::bench::GrowArrays,
          sluice::bench::Flood, sluice::bench::GrowSessions}) {
      grow(argv[1]);
    }
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "sluice_growth: " << error.what() << '\n';
    return 1;
  }
}
