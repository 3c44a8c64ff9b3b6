#include "tests/fakes/fake_backend.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

namespace sluice::fakes {
namespace {

constexpr std::chrono::seconds kPatience{20};
constexpr const char* kConnectHold = "(connect)";
constexpr const char* kDiscardHold = "(discard)";

[[noreturn]] void Throw(const ScriptedError& error) {
  throw backend::BackendError(error.sqlstate, 7, error.message, error.connection_lost,
                              error.never_ran);
}

// Statements that were cut out of a longer text keep its blanks.
std::string Trimmed(const std::string& sql) {
  const auto begin = sql.find_first_not_of(" \n");
  return begin == std::string::npos ? std::string() : sql.substr(begin);
}

const ScriptedError kCancelled{"57014", "canceling statement due to user request"};
const ScriptedError kGone{"57P01", "terminating connection due to administrator command", true,
                          true};
const ScriptedError kLost{"08006", "the server closed the connection", true};

}  // namespace

ScriptedResult NumberedRows(std::size_t rows, std::size_t row_bytes) {
  return {.has_rows = true, .rows = rows, .row_bytes = row_bytes};
}
ScriptedResult Affected(std::uint64_t rows) { return {.affected_rows = rows}; }
ScriptedResult Fails(const std::string& sqlstate) { return {.error = ScriptedError{sqlstate}}; }
ScriptedResult LosesConnection() { return {.error = kLost}; }

// One connection: a thread at a time, but for Cancel and Abort.
class FakeConnection : public backend::BackendConnection {
 public:
  FakeConnection(FakeBackend& server, int id) : server_(server), id_(id) {
    facts_.set_engine(server.engine_);
    facts_.set_version("15.0");
    facts_.set_version_number(150000);
    facts_.set_database("fake");
  }
  ~FakeConnection() override {
    const std::lock_guard lock(server_.mutex_);
    --server_.live_;
    server_.changed_.notify_all();
  }

  backend::ResultHead Execute(const backend::Execution& execution) override {
    assert(!open_ && !broken_);
    const std::string sql = Trimmed(execution.statement->sql);
    {
      const std::lock_guard lock(server_.mutex_);
      if (id_ <= server_.closed_unnoticed_up_to_) Fail(kGone);
      cancelled_ = false;
      sql_ = sql;
      server_.Record({.kind = BackendCall::Kind::kExecute,
                      .connection = id_,
                      .sql = sql,
                      .begin_transaction = execution.begin_transaction,
                      .statement_rollback = execution.statement_rollback,
                      .settings = *execution.settings});
    }
    if (execution.begin_transaction) state_ = v1::TRANSACTION_STATE_ACTIVE;
    fails_transaction_ = state_ == v1::TRANSACTION_STATE_ACTIVE && !execution.statement_rollback;
    if (IsTransactionText(sql)) return {};
    const auto script = server_.Find(sql);
    if (!script) Fail({"42601", "no script for: " + sql});
    script_ = *script;
    next_result_ = 0;
    WaitWhileHeld(sql_, false);
    for (const auto& notice : script_.notices) {
      auto& diagnostic = notices_.emplace_back();
      diagnostic.set_sqlstate("01000");
      diagnostic.set_message(notice);
    }
    open_ = true;
    return *NextResult();
  }

  backend::FetchStatus FetchRows(values::BatchBuilder& batch,
                                 const backend::FetchLimits& limits) override {
    assert(open_ && has_rows_ && !broken_);
    WaitWhileHeld(sql_, true);
    {
      const std::lock_guard lock(server_.mutex_);
      if (std::exchange(cancelled_, false)) Fail(kCancelled);
    }
    const ScriptedResult& result = script_.results[next_result_ - 1];
    while (row_ < result.rows) {
      batch.column(0).AppendFixed(static_cast<std::int32_t>(++row_));
      for (std::size_t i = 1; i <= result.text_columns; ++i) {
        batch.column(i).AppendVariable(std::string(result.row_bytes, 'x'));
      }
      batch.EndRow();
      if (batch.byte_size() >= limits.bytes || batch.row_count() == limits.rows || IsHeldAt(row_)) {
        return backend::FetchStatus::kMore;
      }
    }
    if (result.error_after_rows) Fail(*result.error_after_rows);
    has_rows_ = false;
    return backend::FetchStatus::kEnd;
  }

  std::optional<backend::ResultHead> NextResult() override {
    if (next_result_ == script_.results.size()) {
      open_ = false;
      return std::nullopt;
    }
    const ScriptedResult& result = script_.results[next_result_++];
    if (result.error) Fail(*result.error);
    backend::ResultHead head;
    head.affected_rows = result.affected_rows;
    has_rows_ = result.has_rows;
    row_ = 0;
    if (has_rows_) {
      AddColumn("n", v1::VALUE_TYPE_INT32, v1::SQLTYPE_INTEGER, head);
      for (std::size_t i = 0; i < result.text_columns; ++i) {
        AddColumn("text", v1::VALUE_TYPE_TEXT, v1::SQLTYPE_VARCHAR, head);
      }
    }
    return head;
  }

  void DiscardResults() override {
    if (!open_) return;
    WaitWhileHeld(kDiscardHold, false);
    const std::lock_guard lock(server_.mutex_);
    server_.Record({.kind = BackendCall::Kind::kDiscard, .connection = id_, .sql = sql_});
    open_ = has_rows_ = false;
  }
  bool has_open_result() const override { return open_; }

  v1::StatementDescription Describe(const backend::Statement& statement,
                                    const backend::SessionSettings& settings) override {
    {
      const std::lock_guard lock(server_.mutex_);
      server_.Record({.kind = BackendCall::Kind::kDescribe,
                      .connection = id_,
                      .sql = statement.sql,
                      .settings = settings});
    }
    backend::ResultHead head;
    AddColumn("n", v1::VALUE_TYPE_INT32, v1::SQLTYPE_INTEGER, head);
    v1::StatementDescription description;
    *description.add_columns() = head.columns.front();
    return description;
  }

  void EndTransaction(bool commit) override {
    assert(!open_ && !broken_);
    std::optional<ScriptedError> error;
    {
      const std::lock_guard lock(server_.mutex_);
      server_.Record(
          {.kind = BackendCall::Kind::kEndTransaction, .connection = id_, .commit = commit});
      error = server_.end_transaction_error_;
    }
    state_ = v1::TRANSACTION_STATE_NONE;
    if (error) Fail(*error);
  }
  v1::TransactionState transaction_state() const override { return state_; }

  backend::ServerRole AskRole() override {
    const std::lock_guard lock(server_.mutex_);
    if (broken_ || id_ <= server_.closed_up_to_) {
      throw backend::BackendError("08006", 0, "the server closed the connection", true);
    }
    return server_.role_;
  }

  std::vector<std::vector<std::string>> Ask(const std::string& sql) override {
    const std::lock_guard lock(server_.mutex_);
    server_.Record({.kind = BackendCall::Kind::kAsk, .connection = id_, .sql = sql});
    if (id_ <= server_.closed_up_to_) Fail(kLost);
    return server_.asked_;
  }
  std::vector<std::string> Audit() override {
    const std::lock_guard lock(server_.mutex_);
    return server_.differences_;
  }

  void Reset(const backend::Leftovers& leftovers) override {
    assert(!broken_);
    std::optional<ScriptedError> error;
    {
      const std::lock_guard lock(server_.mutex_);
      server_.Record({.kind = BackendCall::Kind::kReset,
                      .connection = id_,
                      .pinned = leftovers.unknown,
                      .undo = leftovers.undo});
      error = server_.reset_error_;
    }
    if (error) Fail(*error);
    state_ = v1::TRANSACTION_STATE_NONE;
  }

  void Cancel(backend::Deadline /*deadline*/) noexcept override {
    const std::lock_guard lock(server_.mutex_);
    cancelled_ = true;
    server_.Record({.kind = BackendCall::Kind::kCancel, .connection = id_, .sql = sql_});
  }
  void Abort() noexcept override {
    const std::lock_guard lock(server_.mutex_);
    aborted_ = true;
    server_.Record({.kind = BackendCall::Kind::kAbort, .connection = id_, .sql = sql_});
  }

  bool IsDead() override {
    const std::lock_guard lock(server_.mutex_);
    return id_ <= server_.closed_up_to_;
  }
  bool IsWorn() const override {
    const std::lock_guard lock(server_.mutex_);
    return id_ <= server_.worn_up_to_;
  }
  std::vector<v1::Diagnostic> TakeNotices() override { return std::exchange(notices_, {}); }
  std::uint64_t last_insert_id() const override { return 0; }
  const v1::ServerFacts& facts() const override { return facts_; }
  std::uint64_t server_process_id() const override { return static_cast<std::uint64_t>(id_); }

 private:
  static void AddColumn(const char* name, v1::ValueType type, v1::SqlType sql_type,
                        backend::ResultHead& head) {
    auto& column = head.columns.emplace_back();
    column.set_name(name);
    column.set_value_type(type);
    column.set_sql_type(sql_type);
  }

  bool IsTransactionText(const std::string& sql) {
    if (sql == "BEGIN") {
      state_ = v1::TRANSACTION_STATE_ACTIVE;
    } else if (sql == "COMMIT" || sql == "ROLLBACK") {
      state_ = v1::TRANSACTION_STATE_NONE;
    } else {
      return false;
    }
    return true;
  }

  [[noreturn]] void Fail(const ScriptedError& error) {
    open_ = has_rows_ = false;
    if (error.connection_lost) broken_ = true;
    if (fails_transaction_ && state_ == v1::TRANSACTION_STATE_ACTIVE) {
      state_ = v1::TRANSACTION_STATE_FAILED;
    }
    Throw(error);
  }

  bool IsHeldAt(std::size_t row) const {
    const std::lock_guard lock(server_.mutex_);
    const auto found = server_.holds_.find(sql_);
    return found != server_.holds_.end() && found->second.in_fetch && !found->second.open &&
           found->second.after_rows == row;
  }

  void WaitWhileHeld(const std::string& what, bool in_fetch) {
    std::unique_lock lock(server_.mutex_);
    const auto found = server_.holds_.find(what);
    if (found == server_.holds_.end()) return;
    auto& hold = found->second;
    if (hold.open || hold.in_fetch != in_fetch) return;
    if (in_fetch && row_ != hold.after_rows) return;
    ++hold.held;
    server_.changed_.notify_all();
    server_.changed_.wait(lock,
                          [&] { return hold.open || aborted_ || (cancelled_ && !hold.deaf); });
    if (aborted_) Fail(kLost);
    if (!hold.deaf && std::exchange(cancelled_, false)) Fail(kCancelled);
  }

  FakeBackend& server_;
  const int id_;
  v1::ServerFacts facts_;
  v1::TransactionState state_ = v1::TRANSACTION_STATE_NONE;
  bool fails_transaction_ = false;  // an error of this statement does
  bool broken_ = false;
  std::string sql_;  // written under the server's mutex, for Cancel and Abort
  ScriptedStatement script_;
  std::size_t next_result_ = 0;
  bool open_ = false;
  bool has_rows_ = false;
  std::size_t row_ = 0;  // of the present result, so far
  std::vector<v1::Diagnostic> notices_;
  bool cancelled_ = false;  // guarded by the server's mutex
  bool aborted_ = false;    // guarded by the server's mutex
};

class FakeConnector : public backend::Connector {
 public:
  explicit FakeConnector(FakeBackend& server) : server_(server) {}

  std::unique_ptr<backend::BackendConnection> Connect(backend::Deadline /*deadline*/) override {
    std::unique_lock lock(server_.mutex_);
    if (const auto found = server_.holds_.find(kConnectHold); found != server_.holds_.end()) {
      auto& hold = found->second;
      ++hold.held;
      server_.changed_.notify_all();
      server_.changed_.wait(lock, [&] { return hold.open; });
    }
    if (server_.connect_error_) {
      server_.Record({.kind = BackendCall::Kind::kConnect});
      Throw(*server_.connect_error_);
    }
    const int id = ++server_.connected_;
    server_.max_live_ = std::max(server_.max_live_, ++server_.live_);
    server_.Record({.kind = BackendCall::Kind::kConnect, .connection = id});
    return std::make_unique<FakeConnection>(server_, id);
  }
  v1::Engine engine() const override { return server_.engine_; }

 private:
  FakeBackend& server_;
};

FakeBackend::FakeBackend(v1::Engine engine) : engine_(engine) {
  scripts_["SELECT 1"] = {.results = {NumberedRows(1)}};
  scripts_["INSERT"] = {.results = {Affected(1)}};
}

std::unique_ptr<backend::Connector> FakeBackend::MakeConnector() {
  return std::make_unique<FakeConnector>(*this);
}

void FakeBackend::On(const std::string& sql, ScriptedStatement script) {
  const std::lock_guard lock(mutex_);
  scripts_[sql] = std::move(script);
}

void FakeBackend::OnEndTransaction(std::optional<ScriptedError> error) {
  const std::lock_guard lock(mutex_);
  end_transaction_error_ = std::move(error);
}

void FakeBackend::OnConnect(std::optional<ScriptedError> error) {
  const std::lock_guard lock(mutex_);
  connect_error_ = std::move(error);
}

void FakeBackend::SetRole(backend::ServerRole role) {
  const std::lock_guard lock(mutex_);
  role_ = role;
}

void FakeBackend::OnReset(std::optional<ScriptedError> error) {
  const std::lock_guard lock(mutex_);
  reset_error_ = std::move(error);
}

void FakeBackend::OnAsk(std::vector<std::vector<std::string>> rows) {
  const std::lock_guard lock(mutex_);
  asked_ = std::move(rows);
}

void FakeBackend::OnAudit(std::vector<std::string> differences) {
  const std::lock_guard lock(mutex_);
  differences_ = std::move(differences);
}

void FakeBackend::HoldExecute(const std::string& sql, bool deaf) {
  const std::lock_guard lock(mutex_);
  holds_[sql] = {.deaf = deaf};
}

void FakeBackend::HoldFetch(const std::string& sql, std::size_t after_rows) {
  const std::lock_guard lock(mutex_);
  holds_[sql] = {.after_rows = after_rows, .in_fetch = true};
}

void FakeBackend::HoldDiscard() { HoldExecute(kDiscardHold, true); }
bool FakeBackend::AwaitHeldDiscard() { return AwaitHeld(kDiscardHold); }

void FakeBackend::HoldConnect() { HoldExecute(kConnectHold); }
void FakeBackend::LetConnectGo() { LetGo(kConnectHold); }
bool FakeBackend::AwaitHeldConnect() { return AwaitHeld(kConnectHold); }

void FakeBackend::LetGo(const std::string& sql) {
  const std::lock_guard lock(mutex_);
  holds_[sql].open = true;
  changed_.notify_all();
}

void FakeBackend::LetAllGo() {
  const std::lock_guard lock(mutex_);
  for (auto& [sql, hold] : holds_) hold.open = true;
  changed_.notify_all();
}

bool FakeBackend::AwaitHeld(const std::string& sql, std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return holds_[sql].held >= count; });
}

void FakeBackend::CloseConnections() {
  const std::lock_guard lock(mutex_);
  closed_up_to_ = connected_;
}

void FakeBackend::CloseConnectionsUnnoticed() {
  const std::lock_guard lock(mutex_);
  closed_unnoticed_up_to_ = connected_;
}

void FakeBackend::WearConnectionsOut() {
  const std::lock_guard lock(mutex_);
  worn_up_to_ = connected_;
}

std::optional<ScriptedStatement> FakeBackend::Find(const std::string& sql) const {
  const std::lock_guard lock(mutex_);
  const auto found = scripts_.find(sql);
  if (found == scripts_.end()) return std::nullopt;
  return found->second;
}

void FakeBackend::Record(BackendCall call) {
  calls_.push_back(std::move(call));
  changed_.notify_all();
}

std::vector<BackendCall> FakeBackend::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

std::vector<std::string> FakeBackend::executed() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> texts;
  for (const auto& call : calls_) {
    if (call.kind == Kind::kExecute) texts.push_back(call.sql);
  }
  return texts;
}

std::size_t FakeBackend::Count(Kind kind) const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const auto& call : calls_) count += call.kind == kind ? 1U : 0U;
  return count;
}

bool FakeBackend::AwaitCount(Kind kind, std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] {
    std::size_t found = 0;
    for (const auto& call : calls_) found += call.kind == kind ? 1U : 0U;
    return found >= count;
  });
}

std::size_t FakeBackend::live() const {
  const std::lock_guard lock(mutex_);
  return live_;
}

std::size_t FakeBackend::max_live() const {
  const std::lock_guard lock(mutex_);
  return max_live_;
}

}  // namespace sluice::fakes
