#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "tests/integration/odbc_session.h"

namespace sluice::tests {

// What all applications of a run share. Thread-safe.
class Tally {
 public:
  void Wrong(const std::string& what);  // an answer that is not what the oracle knows
  void Count(const char* what);
  void Time(std::chrono::microseconds taken);

  std::vector<std::string> wrong() const;
  std::string Summary() const;

 private:
  mutable std::mutex mutex_;  // guards all below
  std::vector<std::string> wrong_;
  std::map<std::string, std::uint64_t> counts_;
  std::vector<std::uint32_t> times_us_;  // of single statements without a transaction
};

// An application with a mind of its own and a memory: it knows its rows, its settings and its
// temporary tables, whatever the relay does with the backend connections, and compares every
// answer.
class Application {
 public:
  Application(Database database, std::string connection, int id, std::uint64_t seed, Tally& tally);

  void RunUntil(std::chrono::steady_clock::time_point end);

 private:
  bool is_postgres() const { return database_ == Database::kPostgres; }
  const char* Sql(const PerDatabase& sql) const { return sql.For(database_); }
  int Random(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }

  void Reconnect();
  void Act();
  void Autocommit();
  void Transaction();
  void Settings();
  void TemporaryTable();
  void Prepared();
  void Cursors();
  void Cancelled();
  void Locks();
  void Listens();
  void Draws();
  void LeaveAmidTransaction();
  void LeavePinned();

  // The rows that should be there, changed by one statement.
  void Change(std::map<int, int>& rows);
  void CheckRows(const std::map<int, int>& rows);
  bool Run(const std::string& sql);
  void Expect(const std::string& sql, const std::string& answer);
  void Wrong(const std::string& what);

  const Database database_;
  const std::string text_;
  const int id_;
  const std::string self_;  // the id as text
  Tally& tally_;
  std::mt19937_64 random_;
  std::unique_ptr<Connection> connection_;
  std::map<int, int> rows_;  // n → v of this application in the table oracle
  int next_n_ = 1;
  std::string setting_;  // empty: as the server has it
};

}  // namespace sluice::tests
