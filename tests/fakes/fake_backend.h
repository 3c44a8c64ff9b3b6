#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "relay_server/backend/backend.h"

// A database server that plays what a test scripts by SQL text. It records every call, counts its
// connections, and holds statements until the test lets them go: no test needs to sleep.
//
//   FakeBackend backend;
//   backend.On("SELECT big", {.results = {NumberedRows(1000, 100)}});
//   backend.HoldExecute("SELECT slow");
//   … run it …  backend.AwaitHeld("SELECT slow");  … look …  backend.LetGo("SELECT slow");

namespace sluice::fakes {

namespace backend = relay::backend;

// An error that the server reports in place of a result, or the loss of the connection.
struct ScriptedError {
  std::string sqlstate;
  std::string message = "scripted";
  bool connection_lost = false;
  bool never_ran = false;
};

struct ScriptedResult {
  bool has_rows = false;
  std::size_t rows = 0;  // column n: 1, 2, …; column text: row_bytes octets
  std::size_t row_bytes = 1;
  std::size_t text_columns = 1;  // the column text so many times
  std::optional<std::uint64_t> affected_rows = {};
  std::optional<ScriptedError> error = {};             // in place of the result
  std::optional<ScriptedError> error_after_rows = {};  // in place of its end
};

ScriptedResult NumberedRows(std::size_t rows, std::size_t row_bytes = 1);
ScriptedResult Affected(std::uint64_t rows);
ScriptedResult Fails(const std::string& sqlstate);
ScriptedResult LosesConnection();

struct ScriptedStatement {
  std::vector<ScriptedResult> results = {};
  std::vector<std::string> notices = {};
};

struct BackendCall {
  enum class Kind {
    kConnect,
    kExecute,
    kDescribe,
    kEndTransaction,
    kDiscard,
    kReset,
    kAsk,
    kCancel,
    kAbort
  };
  Kind kind;
  int connection = 0;  // 1, 2, … in the order of connecting
  std::string sql = {};
  bool begin_transaction = false;
  bool statement_rollback = false;
  bool commit = false;
  bool pinned = false;  // kReset: more was left than is accounted for
  std::vector<std::string> undo = {};
  backend::SessionSettings settings = {};
};

// Thread-safe. Outlives its connections.
class FakeBackend {
 public:
  using Kind = BackendCall::Kind;

  // Knows "SELECT 1" (a row) and "INSERT" (a row affected); any other text is a 42601.
  explicit FakeBackend(v1::Engine engine = v1::ENGINE_POSTGRES);

  std::unique_ptr<backend::Connector> MakeConnector();
  void On(const std::string& sql, ScriptedStatement script);
  void OnEndTransaction(std::optional<ScriptedError> error);
  void OnConnect(std::optional<ScriptedError> error);
  void OnReset(std::optional<ScriptedError> error);
  void SetRole(backend::ServerRole role);                  // kPrimary until then
  void OnAsk(std::vector<std::vector<std::string>> rows);  // what the relay's own queries find
  void OnAudit(std::vector<std::string> differences);

  // Held: in Execute, or in the FetchRows after so many rows, or in Connect, until LetGo or until
  // Cancel or Abort arrives. `deaf`: to Cancel, not to Abort.
  void HoldExecute(const std::string& sql, bool deaf = false);
  void HoldFetch(const std::string& sql, std::size_t after_rows);
  void HoldDiscard();  // any
  void HoldConnect();
  void LetGo(const std::string& sql);
  void LetConnectGo();
  void LetAllGo();
  bool AwaitHeld(const std::string& sql, std::size_t count = 1);  // false after 20 s
  bool AwaitHeldConnect();
  bool AwaitHeldDiscard();

  // The server closes the connections that exist now, unnoticed while they are idle.
  void CloseConnections();
  // The same, and nobody notices before a statement is sent, which then never runs.
  void CloseConnectionsUnnoticed();
  // The connections that exist now are not worth being used again.
  void WearConnectionsOut();

  std::vector<BackendCall> calls() const;
  std::vector<std::string> executed() const;  // texts in order
  std::size_t Count(Kind kind) const;
  bool AwaitCount(Kind kind, std::size_t count);  // false after 20 s
  std::size_t live() const;
  std::size_t max_live() const;

 private:
  friend class FakeConnector;
  friend class FakeConnection;
  struct Hold {
    std::size_t after_rows = 0;
    bool in_fetch = false;
    bool deaf = false;
    bool open = false;
    std::size_t held = 0;  // so far
  };

  std::optional<ScriptedStatement> Find(const std::string& sql) const;
  void Record(BackendCall call);

  const v1::Engine engine_;
  mutable std::mutex mutex_;  // guards what follows, and the connections' flags
  std::condition_variable changed_;
  std::map<std::string, ScriptedStatement> scripts_;
  std::map<std::string, Hold> holds_;
  std::optional<ScriptedError> connect_error_;
  std::optional<ScriptedError> end_transaction_error_;
  std::optional<ScriptedError> reset_error_;
  backend::ServerRole role_ = backend::ServerRole::kPrimary;
  std::vector<std::vector<std::string>> asked_;
  std::vector<std::string> differences_;
  std::vector<BackendCall> calls_;
  int connected_ = 0;
  int closed_up_to_ = 0;  // connections up to this one are dead
  int closed_unnoticed_up_to_ = 0;
  int worn_up_to_ = 0;
  std::size_t live_ = 0;
  std::size_t max_live_ = 0;
};

}  // namespace sluice::fakes
