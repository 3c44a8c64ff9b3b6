#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "relay_server/backend/backend.h"
#include "tests/simulation/scheduler.h"

namespace sluice::simulation {

namespace backend = relay::backend;

// A database server as a client can tell one: a table of rows by session that transactions write,
// session variables, temporary tables, cancels, connections that die. Its statements:
//
//   INSERT INTO log VALUES (S)       a row of session S
//   SELECT count(*) FROM log OF S    how many there are, a row
//   SELECT big FROM log OF S         kBigRows rows, numbered from FirstBigValue(S) on
//   SET application_name TO 's…'     and SHOW application_name, a row
//   CREATE TEMP TABLE scratch_S …    and SELECT owner FROM scratch, a row: S
class Database {
 public:
  static constexpr std::size_t kBigRows = 3000;
  static constexpr int FirstBigValue(int session) { return session * static_cast<int>(kBigRows); }

  Database(Scheduler& scheduler, std::size_t max_connections)
      : scheduler_(scheduler), max_connections_(max_connections) {}

  std::unique_ptr<backend::Connector> MakeConnector();

  // The server closes one of its connections, or all, and lets nobody in.
  void KillOne();
  void GoDown();
  void ComeUp() { down_ = false; }

  // Called with the session whose statement begins.
  void OnExecute(std::function<void(int)> hook) { on_execute_ = std::move(hook); }

  std::size_t live() const { return connections_.size(); }
  // What must never be seen, as text.
  std::vector<std::string>& violations() { return violations_; }
  // Of sessions that are over: whatever they had is gone from every connection.
  void ExpectClean();

 private:
  friend class SimConnection;
  friend class SimConnector;

  Scheduler& scheduler_;
  const std::size_t max_connections_;
  std::function<void(int)> on_execute_;
  bool down_ = false;
  int last_id_ = 0;
  std::map<int, class SimConnection*> connections_;  // by id
  std::map<int, int> committed_;                     // rows by session
  std::vector<std::string> violations_;
};

}  // namespace sluice::simulation
