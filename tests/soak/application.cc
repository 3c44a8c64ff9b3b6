#include "tests/soak/application.h"

#include <algorithm>
#include <thread>

namespace sluice::tests {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostWrong = 20;  // answers that are told

}  // namespace

// ---- Tally ----

void Tally::Wrong(const std::string& what) {
  const std::lock_guard lock(mutex_);
  ++counts_["WRONG"];
  if (wrong_.size() < kMostWrong) wrong_.push_back(what);
}

void Tally::Count(const char* what) {
  const std::lock_guard lock(mutex_);
  ++counts_[what];
}

void Tally::Time(std::chrono::microseconds taken) {
  const std::lock_guard lock(mutex_);
  times_us_.push_back(static_cast<std::uint32_t>(taken.count()));
}

std::vector<std::string> Tally::wrong() const {
  const std::lock_guard lock(mutex_);
  return wrong_;
}

std::string Tally::Summary() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [what, count] : counts_) text += what + ' ' + std::to_string(count) + ", ";
  auto times = times_us_;
  std::ranges::sort(times);
  const auto quantile = [&](std::size_t per_mille) {
    if (times.empty()) return std::string("none");
    return std::to_string(times[times.size() * per_mille / 1000] / 1000) + " ms";
  };
  return text + "single statements p50 " + quantile(500) + ", p99 " + quantile(990) + ", most " +
         quantile(999);
}

// ---- Application ----

Application::Application(Database database, std::string connection, int id, std::uint64_t seed,
                         Tally& tally)
    : database_(database),
      text_(std::move(connection)),
      id_(id),
      self_(std::to_string(id)),
      tally_(tally),
      random_(seed) {}

void Application::RunUntil(Clock::time_point end) {
  Reconnect();
  while (Clock::now() < end) Act();
  CheckRows(rows_);
}

void Application::Reconnect() {
  connection_.reset();
  connection_ = std::make_unique<Connection>();
  if (!SQL_SUCCEEDED(connection_->Connect(text_))) Wrong("connect: " + connection_->diagnostics());
  setting_.clear();
  tally_.Count("connects");
}

void Application::Act() {
  const int choice = Random(0, 99);
  if (choice < 30) return Autocommit();
  if (choice < 52) return Transaction();
  if (choice < 60) return Settings();
  if (choice < 64) return TemporaryTable();
  if (choice < 71) return Prepared();
  if (choice < 77) return Cursors();
  if (choice < 81) return Cancelled();
  if (choice < 84) return Locks();
  if (choice < 87) return Listens();
  if (choice < 91) return Draws();
  if (choice < 93) return LeaveAmidTransaction();
  if (choice < 95) return LeavePinned();
  if (choice < 97) return Reconnect();
  std::this_thread::sleep_for(std::chrono::milliseconds(Random(1, 50)));  // the user thinks
}

// ---- what it does ----

void Application::Autocommit() {
  Change(rows_);
  const auto begin = Clock::now();
  Expect("SELECT COUNT(*) FROM oracle WHERE session = " + self_, std::to_string(rows_.size()));
  tally_.Time(std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin));
}

void Application::Transaction() {
  connection_->SetAutocommit(false);
  auto rows = rows_;
  for (int i = Random(1, 4); i > 0; --i) Change(rows);
  CheckRows(rows);
  const bool commit = Random(0, 99) < 70;
  if (connection_->End(commit ? SQL_COMMIT : SQL_ROLLBACK) != SQL_SUCCESS) {
    Wrong("end of transaction: " + connection_->diagnostics());
  }
  if (commit) rows_ = rows;
  connection_->SetAutocommit(true);
  tally_.Count(commit ? "commits" : "rollbacks");
}

void Application::Settings() {
  if (setting_.empty() || Random(0, 1) == 0) {
    setting_ = std::to_string(1000 + id_);
    Run(Sql({"SET lock_timeout TO ", "SET SESSION lock_wait_timeout = "}) + setting_);
  }
  const std::string expected = is_postgres() ? setting_ + "ms" : setting_;
  Expect(Sql({"SHOW lock_timeout", "SELECT @@lock_wait_timeout"}), expected);
  tally_.Count("settings");
}

// The session is pinned while the table is there.
void Application::TemporaryTable() {
  Statement statement(*connection_);
  if (!SQL_SUCCEEDED(statement.Execute("CREATE TEMPORARY TABLE scratch (owner INT)"))) {
    return Wrong("temporary table: " + statement.diagnostics());
  }
  Run("INSERT INTO scratch VALUES (" + self_ + ")");
  Expect("SELECT owner FROM scratch", self_);
  Run("DROP TABLE scratch");
  tally_.Count("temporary tables");
}

void Application::Prepared() {
  if (rows_.empty()) return;
  Statement statement(*connection_);
  statement.Prepare("SELECT session, v FROM oracle WHERE session = ? AND n = ?");
  SQLINTEGER session = id_;
  SQLINTEGER n = 0;
  for (const auto& [parameter, value] :
       std::array<std::pair<int, SQLINTEGER*>, 2>{std::pair(1, &session), std::pair(2, &n)}) {
    SQLBindParameter(statement.handle(), static_cast<SQLUSMALLINT>(parameter), SQL_PARAM_INPUT,
                     SQL_C_SLONG, SQL_INTEGER, 0, 0, value, 0, nullptr);
  }
  for (int i = 0; i < 3; ++i) {
    auto row = rows_.begin();
    std::advance(row, Random(0, static_cast<int>(rows_.size()) - 1));
    n = row->first;
    if (!SQL_SUCCEEDED(statement.ExecutePrepared())) {
      return Wrong("prepared: " + statement.diagnostics());
    }
    const std::string expected = self_ + '|' + std::to_string(row->second);
    const auto read = statement.Rows();
    if (read.size() != 1 || read.front() != expected) Wrong("prepared: not " + expected);
    statement.Close();
  }
  tally_.Count("prepared");
}

// Two results at once, one of them long and read slowly.
void Application::Cursors() {
  constexpr int kRows = 3000;
  Statement slow(*connection_);
  const std::string series =
      Sql({"SELECT %, g FROM generate_series(1, 3000) g", "SELECT %, seq FROM seq_1_to_3000"});
  const auto mark = series.find('%');
  slow.Run(series.substr(0, mark) + self_ + series.substr(mark + 1));
  int count = 0;
  while (slow.Fetch()) {
    ++count;
    if (count == 10) Expect("SELECT " + self_, self_);
    if (count % 500 == 0 && slow.Row() != self_ + '|' + std::to_string(count)) {
      Wrong("row " + std::to_string(count) + " is " + slow.Row());
    }
    if (count == 1500 && Random(0, 9) == 0) return;  // enough of it
  }
  if (count != kRows) Wrong("a result of " + std::to_string(count) + " rows");
  tally_.Count("cursors");
}

void Application::Cancelled() {
  Statement statement(*connection_);
  std::thread canceller([&, pause = Random(0, 60)] {
    std::this_thread::sleep_for(std::chrono::milliseconds(pause));
    SQLCancel(statement.handle());
  });
  const auto outcome = statement.Execute(Sql({"SELECT pg_sleep(0.03)", "SELECT SLEEP(0.03)"}));
  const std::string state = SQL_SUCCEEDED(outcome) ? "" : statement.state();
  canceller.join();
  if (!state.empty() && state != "HY008") Wrong("cancelled: " + statement.diagnostics());
  tally_.Count(state.empty() ? "not cancelled" : "cancelled");
  statement.Close();
  Expect("SELECT " + self_, self_);  // the cancel was not for this one
}

void Application::LeaveAmidTransaction() {
  connection_->SetAutocommit(false);
  auto rows = rows_;
  Change(rows);
  connection_->Rollback();
  rows = rows_;
  Change(rows);  // of which the disconnect leaves nothing
  Reconnect();
  CheckRows(rows_);
  tally_.Count("left in a transaction");
}

// The lock is this session's, on its connection, until it gives it up.
void Application::Locks() {
  const std::string held = is_postgres()
                               ? "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND"
                                 " pid = pg_backend_pid() AND objid = " +
                                     self_
                               : "SELECT IS_USED_LOCK('soak" + self_ + "') = CONNECTION_ID()";
  Expect(is_postgres() ? "SELECT CASE WHEN pg_try_advisory_lock(" + self_ + ") THEN 1 ELSE 0 END"
                       : "SELECT GET_LOCK('soak" + self_ + "', 0)",
         "1");
  Expect(held, "1");
  Expect(is_postgres() ? "SELECT CASE WHEN pg_advisory_unlock(" + self_ + ") THEN 1 ELSE 0 END"
                       : "SELECT RELEASE_LOCK('soak" + self_ + "')",
         "1");
  Expect(is_postgres()
             ? "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = " + self_
             : "SELECT 1 - IS_FREE_LOCK('soak" + self_ + "')",
         "0");
  tally_.Count("locks");
}

// Channels on PostgreSQL; on MySQL what the statement before has left: warnings and counts.
void Application::Listens() {
  if (is_postgres()) {
    const std::string channels = "SELECT string_agg(c, ',') FROM pg_listening_channels() c";
    Run("LISTEN soak" + self_);
    Expect(channels, "soak" + self_);
    Run("UNLISTEN soak" + self_);
    tally_.Count("channels");
    return;
  }
  Run("SELECT CAST('soak" + self_ + "' AS SIGNED)");
  Statement statement(*connection_);
  tally_.Count("statements");
  if (!SQL_SUCCEEDED(statement.Execute("SHOW WARNINGS"))) {
    return Wrong("SHOW WARNINGS: " + statement.diagnostics());
  }
  const auto rows = statement.Rows();
  if (rows.size() != 1 || rows.front().find("'soak" + self_ + "'") == std::string::npos) {
    Wrong("SHOW WARNINGS gives " + (rows.empty() ? "nothing" : rows.front()));
  }
  tally_.Count("warnings");
}

// What the session's last INSERT has drawn. PostgreSQL's may be refused outside of a transaction as
// long as the relay has not been asked (docs/pooling.md); another session's is never told.
void Application::Draws() {
  if (!Run("INSERT INTO oracle_ids (session) VALUES (" + self_ + ")")) return;
  if (!is_postgres()) {
    Expect("SELECT ROW_COUNT()", "1");
    Expect("SELECT session FROM oracle_ids WHERE id = LAST_INSERT_ID()", self_);
    return tally_.Count("drawn");
  }
  Statement statement(*connection_);
  tally_.Count("statements");
  if (!SQL_SUCCEEDED(statement.Execute("SELECT session FROM oracle_ids WHERE id = lastval()"))) {
    const bool refused = statement.state() == "55000" || statement.state() == "HYC00";
    if (!refused) return Wrong("lastval: " + statement.diagnostics());
    return tally_.Count("lastval refused");
  }
  const auto rows = statement.Rows();
  if (rows.size() != 1 || rows.front() != self_) {
    Wrong("lastval is of session " + (rows.empty() ? "none" : rows.front()));
  }
  tally_.Count("drawn");
}

// With a table, a lock, a variable and unread rows, of which the disconnect leaves nothing: the
// relay's audit asks the server.
void Application::LeavePinned() {
  {
    Statement statement(*connection_);  // gone before its connection is
    if (!SQL_SUCCEEDED(statement.Execute("CREATE TEMPORARY TABLE scratch (owner INT)"))) {
      return Wrong("temporary table: " + statement.diagnostics());
    }
  }
  Run(Sql({"LISTEN soak_left", "SET @left = CONNECTION_ID()"}));
  Run(Sql(
      {"SELECT pg_advisory_lock_shared(0)", "SELECT GET_LOCK(CONCAT('l', CONNECTION_ID()), 0)"}));
  {
    Statement unread(*connection_);
    unread.Run(Sql({"SELECT g FROM generate_series(1, 3000) g", "SELECT seq FROM seq_1_to_3000"}));
    unread.Fetch();
  }
  Reconnect();
  CheckRows(rows_);
  tally_.Count("left pinned");
}

// ---- rows ----

void Application::Change(std::map<int, int>& rows) {
  const std::string of_self = " WHERE session = " + self_ + " AND n = ";
  const int v = Random(0, 1'000'000);
  if (rows.size() < 3 || Random(0, 2) == 0) {
    const int n = next_n_++;
    if (Run("INSERT INTO oracle VALUES (" + self_ + ", " + std::to_string(n) + ", " +
            std::to_string(v) + ")")) {
      rows[n] = v;
    }
    return;
  }
  auto row = rows.begin();
  std::advance(row, Random(0, static_cast<int>(rows.size()) - 1));
  if (rows.size() < 20 && Random(0, 2) != 0) {
    if (Run("UPDATE oracle SET v = " + std::to_string(v) + of_self + std::to_string(row->first))) {
      row->second = v;
    }
  } else if (Run("DELETE FROM oracle" + of_self + std::to_string(row->first))) {
    rows.erase(row);
  }
}

void Application::CheckRows(const std::map<int, int>& rows) {
  std::vector<std::string> expected;
  for (const auto& [n, v] : rows) {
    expected.push_back(self_ + '|' + std::to_string(n) + '|' + std::to_string(v));
  }
  Statement statement(*connection_);
  if (!SQL_SUCCEEDED(statement.Execute("SELECT session, n, v FROM oracle WHERE session = " + self_ +
                                       " ORDER BY n"))) {
    return Wrong("rows: " + statement.diagnostics());
  }
  const auto read = statement.Rows();
  if (read != expected) {
    Wrong(std::to_string(read.size()) + " rows, not the " + std::to_string(expected.size()) +
          " that there should be");
  }
  tally_.Count("rows compared");
}

bool Application::Run(const std::string& sql) {
  Statement statement(*connection_);
  tally_.Count("statements");
  if (SQL_SUCCEEDED(statement.Execute(sql))) return true;
  Wrong(sql + ": " + statement.diagnostics());
  return false;
}

void Application::Expect(const std::string& sql, const std::string& answer) {
  Statement statement(*connection_);
  tally_.Count("statements");
  if (!SQL_SUCCEEDED(statement.Execute(sql))) return Wrong(sql + ": " + statement.diagnostics());
  const auto rows = statement.Rows();
  if (rows.size() == 1 && rows.front() == answer) return;
  Wrong(sql + " gives " + (rows.empty() ? "nothing" : rows.front()) + ", not " + answer);
}

void Application::Wrong(const std::string& what) {
  tally_.Wrong("application " + self_ + ": " + what);
}

}  // namespace sluice::tests
