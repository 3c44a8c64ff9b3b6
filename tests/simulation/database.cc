#include "tests/simulation/database.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice::simulation {
namespace {

using backend::BackendError;

// Far fewer than the relay asks for: a result is many batches.
constexpr std::uint32_t kRowsAtATime = 500;

int NumberIn(const std::string& sql) {
  const auto at = sql.find_first_of("0123456789");
  return at == std::string::npos ? 0 : std::stoi(sql.substr(at));
}

v1::Column IntColumn() {
  v1::Column column;
  column.set_name("n");
  column.set_value_type(v1::VALUE_TYPE_INT32);
  column.set_sql_type(v1::SQLTYPE_INTEGER);
  return column;
}

[[noreturn]] void ThrowKilled(bool never_ran) {
  throw BackendError("57P01", 0, "terminating connection", true, never_ran);
}

}  // namespace

class SimConnection : public backend::BackendConnection {
 public:
  explicit SimConnection(Database& database)
      : database_(database), scheduler_(database.scheduler_), id_(++database.last_id_) {
    database.connections_.emplace(id_, this);
    if (database.connections_.size() > database.max_connections_) {
      Violation("more connections than the pool's limit");
    }
    facts_.set_engine(v1::ENGINE_POSTGRES);
  }
  ~SimConnection() override { database_.connections_.erase(id_); }

  backend::ResultHead Execute(const backend::Execution& execution) override {
    const InUse in_use(*this);
    if (open_rows_ != 0) Violation("a statement while rows are open");
    if (killed_) ThrowKilled(true);
    if (database_.on_execute_) database_.on_execute_(NumberIn(execution.statement->sql));
    Apply(*execution.settings);
    if (execution.begin_transaction) begun_ = true;
    // A statement of a kind that takes long, or not.
    Wait(scheduler_.Chance(20) ? 200 : 5, false);
    auto head = Run(execution.statement->sql);
    // It has had its effect; the answer may still be lost.
    if (scheduler_.Chance(30)) Wait(3, true);
    if (scheduler_.plant() == Plant::kRunsTwice && scheduler_.Chance(20)) {
      killed_ = true;
      ThrowKilled(true);
    }
    return head;
  }

  backend::FetchStatus FetchRows(values::BatchBuilder& batch,
                                 const backend::FetchLimits& limits) override {
    const InUse in_use(*this);
    Wait(2, false);
    for (std::uint32_t rows = 0; open_rows_ > 0;) {
      batch.column(0).AppendFixed(static_cast<std::int32_t>(value_++));
      batch.EndRow();
      --open_rows_;
      ++rows;
      if (rows == limits.rows || rows == kRowsAtATime || batch.byte_size() >= limits.bytes) break;
    }
    if (open_rows_ > 0) return backend::FetchStatus::kMore;
    open_ = false;
    return backend::FetchStatus::kEnd;
  }
  std::optional<backend::ResultHead> NextResult() override { return std::nullopt; }
  void DiscardResults() override {
    open_ = false;
    open_rows_ = 0;
  }
  bool has_open_result() const override { return open_; }
  v1::StatementDescription Describe(const backend::Statement& /*statement*/,
                                    const backend::SessionSettings& /*settings*/) override {
    return {};
  }

  void EndTransaction(bool commit) override {
    const InUse in_use(*this);
    const bool before = scheduler_.Chance(50);  // a loss comes before the commit or after it
    if (!before) Finish(commit);
    try {
      Wait(5, true);
    } catch (const BackendError&) {
      if (scheduler_.plant() == Plant::kSaysCommitted) {
        begun_ = false;
        return;
      }
      throw;
    }
    if (before) Finish(commit);
  }
  v1::TransactionState transaction_state() const override {
    return begun_ ? v1::TRANSACTION_STATE_ACTIVE : v1::TRANSACTION_STATE_NONE;
  }

  void Reset(const backend::Leftovers& leftovers) override {
    const InUse in_use(*this);
    Wait(3, true);
    Finish(false);
    if (scheduler_.plant() == Plant::kForgetsReset) return;
    if (leftovers.unknown || !leftovers.undo.empty()) temporary_.reset();
    if (leftovers.unknown) variables_.clear();
  }
  std::vector<std::vector<std::string>> Ask(const std::string& /*sql*/) override {
    if (!temporary_) return {};
    return {{"temporary table", "scratch_" + std::to_string(*temporary_)}};
  }
  std::vector<std::string> Audit() override { return {}; }

  void Cancel(backend::Deadline /*deadline*/) noexcept override {
    if (scheduler_.plant() == Plant::kCancelsTheNext) {
      cancels_next_ = true;
    } else if (in_use_) {
      cancelled_ = true;
      interrupted_ = true;
    }
  }
  void Abort() noexcept override { Kill(); }
  bool IsDead() override { return killed_ && !unnoticed_; }
  backend::ServerRole AskRole() override { return backend::ServerRole::kPrimary; }
  std::vector<v1::Diagnostic> TakeNotices() override { return {}; }
  std::uint64_t last_insert_id() const override { return 0; }
  const v1::ServerFacts& facts() const override { return facts_; }
  std::uint64_t server_process_id() const override { return static_cast<std::uint64_t>(id_); }

  void Kill() noexcept {
    killed_ = true;
    interrupted_ = true;
    unnoticed_ = scheduler_.Chance(30);
  }
  bool is_clean() const {
    return killed_ || (!begun_ && !temporary_ && !open_ && pending_.empty());
  }

 private:
  // Marks the time that one thread uses the connection; a second one is a violation.
  class InUse {
   public:
    explicit InUse(SimConnection& connection) : connection_(connection) {
      if (std::exchange(connection.in_use_, true)) {
        connection.Violation("two leases of one backend connection");
      }
      connection.cancelled_ = std::exchange(connection.cancels_next_, false);
      connection.interrupted_ = connection.killed_ || connection.cancelled_;
    }
    ~InUse() { connection_.in_use_ = false; }
    InUse(const InUse&) = delete;
    InUse& operator=(const InUse&) = delete;

   private:
    SimConnection& connection_;
  };

  void Violation(const char* what) { database_.violations_.emplace_back(what); }

  void Wait(int most, bool deaf) {
    if (!killed_) scheduler_.Block(milliseconds(scheduler_.Number(0, most)), &interrupted_);
    if (killed_) {
      open_ = false;
      open_rows_ = 0;
      pending_.clear();
      ThrowKilled(false);
    }
    if (!cancelled_ || deaf) return;
    cancelled_ = false;
    interrupted_ = false;
    open_ = false;
    open_rows_ = 0;
    throw BackendError("57014", 0, "canceling statement due to user request");
  }

  void Apply(const backend::SessionSettings& settings) {
    if (scheduler_.plant() != Plant::kForgetsVariables) variables_ = settings.variables;
  }

  backend::ResultHead Run(const std::string& sql) {
    const int session = NumberIn(sql);
    backend::ResultHead head;
    if (sql.starts_with("INSERT")) {
      if (begun_) {
        ++pending_[session];
      } else {
        ++database_.committed_[session];
      }
      head.affected_rows = 1;
    } else if (sql.starts_with("SELECT count")) {
      Open(head, 1, database_.committed_[session] + Pending(session));
    } else if (sql.starts_with("SELECT big")) {
      Open(head, Database::kBigRows, Database::FirstBigValue(session));
    } else if (sql.starts_with("SET")) {
      variables_["application_name"] = sql.substr(sql.find('\''));
    } else if (sql.starts_with("SHOW")) {
      Open(head, 1, NumberIn(variables_["application_name"]));
    } else if (sql.starts_with("CREATE TEMP")) {
      if (temporary_) throw BackendError("42P07", 0, "relation exists");
      temporary_ = session;
      head.affected_rows = 0;
    } else if (sql.starts_with("SELECT owner")) {
      if (!temporary_) throw BackendError("42P01", 0, "relation does not exist");
      Open(head, 1, *temporary_);
    } else {
      throw BackendError("42601", 0, "not understood: " + sql);
    }
    return head;
  }

  void Open(backend::ResultHead& head, std::size_t rows, int value) {
    head.columns.push_back(IntColumn());
    open_ = true;
    open_rows_ = rows;
    value_ = value;
  }

  int Pending(int session) const {
    const auto found = pending_.find(session);
    return found == pending_.end() ? 0 : found->second;
  }

  void Finish(bool commit) {
    for (const auto& [session, rows] : pending_) {
      if (commit) database_.committed_[session] += rows;
    }
    pending_.clear();
    begun_ = false;
  }

  Database& database_;
  Scheduler& scheduler_;
  const int id_;
  v1::ServerFacts facts_;
  bool in_use_ = false;
  bool cancelled_ = false;
  bool cancels_next_ = false;
  bool interrupted_ = false;  // killed or cancelled
  bool killed_ = false;
  bool unnoticed_ = false;
  bool begun_ = false;
  std::map<int, int> pending_;
  backend::Variables variables_;
  std::optional<int> temporary_;  // the session that made the table
  bool open_ = false;
  std::size_t open_rows_ = 0;
  int value_ = 0;  // of the next of the open rows
};

namespace {

// Two that are one at the server.
class SharedConnection : public backend::BackendConnection {
 public:
  explicit SharedConnection(std::shared_ptr<SimConnection> shared) : shared_(std::move(shared)) {}
  backend::ResultHead Execute(const backend::Execution& e) override { return shared_->Execute(e); }
  backend::FetchStatus FetchRows(values::BatchBuilder& b, const backend::FetchLimits& l) override {
    return shared_->FetchRows(b, l);
  }
  std::optional<backend::ResultHead> NextResult() override { return shared_->NextResult(); }
  void DiscardResults() override { shared_->DiscardResults(); }
  bool has_open_result() const override { return shared_->has_open_result(); }
  v1::StatementDescription Describe(const backend::Statement& s,
                                    const backend::SessionSettings& settings) override {
    return shared_->Describe(s, settings);
  }
  void EndTransaction(bool commit) override { shared_->EndTransaction(commit); }
  v1::TransactionState transaction_state() const override { return shared_->transaction_state(); }
  void Reset(const backend::Leftovers& leftovers) override { shared_->Reset(leftovers); }
  std::vector<std::vector<std::string>> Ask(const std::string& sql) override {
    return shared_->Ask(sql);
  }
  std::vector<std::string> Audit() override { return shared_->Audit(); }
  void Cancel(backend::Deadline deadline) noexcept override { shared_->Cancel(deadline); }
  void Abort() noexcept override { shared_->Abort(); }
  bool IsDead() override { return shared_->IsDead(); }
  backend::ServerRole AskRole() override { return shared_->AskRole(); }
  std::vector<v1::Diagnostic> TakeNotices() override { return {}; }
  std::uint64_t last_insert_id() const override { return 0; }
  const v1::ServerFacts& facts() const override { return shared_->facts(); }
  std::uint64_t server_process_id() const override { return shared_->server_process_id(); }

 private:
  std::shared_ptr<SimConnection> shared_;
};

}  // namespace

class SimConnector : public backend::Connector {
 public:
  explicit SimConnector(Database& database) : database_(database) {}

  std::unique_ptr<backend::BackendConnection> Connect(backend::Deadline /*deadline*/) override {
    auto& scheduler = database_.scheduler_;
    scheduler.Block(milliseconds(scheduler.Number(1, 10)));
    if (database_.down_) throw BackendError("08001", 0, "connection refused", true);
    if (scheduler.plant() != Plant::kLeasesTwice) {
      return std::make_unique<SimConnection>(database_);
    }
    auto shared = last_.lock();
    if (shared == nullptr) last_ = shared = std::make_shared<SimConnection>(database_);
    return std::make_unique<SharedConnection>(std::move(shared));
  }
  v1::Engine engine() const override { return v1::ENGINE_POSTGRES; }

 private:
  Database& database_;
  std::weak_ptr<SimConnection> last_;
};

std::unique_ptr<backend::Connector> Database::MakeConnector() {
  return std::make_unique<SimConnector>(*this);
}

void Database::KillOne() {
  if (connections_.empty()) return;
  const auto index = scheduler_.Number(0, static_cast<int>(connections_.size()) - 1);
  std::next(connections_.begin(), index)->second->Kill();
}

void Database::GoDown() {
  down_ = true;
  for (const auto& [id, connection] : connections_) connection->Kill();
}

void Database::ExpectClean() {
  for (const auto& [id, connection] : connections_) {
    if (!connection->is_clean()) violations_.emplace_back("a connection was given on unclean");
  }
}

}  // namespace sluice::simulation
