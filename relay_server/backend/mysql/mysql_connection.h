#pragma once

#include <atomic>
#include <exception>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "relay_server/backend/backend.h"
#include "relay_server/backend/mysql/mysql_endpoint.h"
#include "relay_server/backend/mysql/row_reader.h"
#include "relay_server/backend/mysql/session_state.h"
#include "relay_server/backend/mysql/statement_cache.h"

namespace sluice::relay::backend {

class ParameterBinder;

// A connection to MySQL or MariaDB. Threading: as BackendConnection says.
//
// A statement without parameters that is not worth preparing goes out as text (COM_QUERY), in one
// write with the settings and START TRANSACTION that it needs; all others are prepared on the
// server. That takes CLIENT_MULTI_STATEMENTS, so an application's text must not be able to carry a
// second statement. No lexer is trusted with that: text with a semicolon anywhere but at its end is
// always prepared (COM_STMT_PREPARE takes one statement only), and what contains one but cannot be
// prepared (a procedure's body on older servers) is sent with multi-statements switched off.
//
// The library blocks in a fetch and does not tell what it holds in its buffer:
// FetchLimits::patience is not honoured, a batch waits for its rows.
class MysqlConnection final : public BackendConnection {
 public:
  MysqlConnection(std::shared_ptr<const MysqlEndpoint> endpoint,
                  std::shared_ptr<const ServerProfile> profile, MysqlHandle mysql);
  ~MysqlConnection() override;

  ResultHead Execute(const Execution& execution) override;
  bool TakesLongValues() const override { return true; }
  FetchStatus FetchRows(values::BatchBuilder& batch, const FetchLimits& limits) override;
  std::optional<ResultHead> NextResult() override;
  void DiscardResults() override;
  bool has_open_result() const override { return rows_ != nullptr || next_ != nullptr; }
  v1::StatementDescription Describe(const Statement& statement,
                                    const SessionSettings& settings) override;
  void EndTransaction(bool commit) override;
  v1::TransactionState transaction_state() const override;
  void Reset(const Leftovers& leftovers) override;
  std::vector<std::vector<std::string>> Ask(const std::string& sql) override;
  std::vector<std::string> TakeChanges() override;
  std::vector<std::string> AskForVariables() override;
  std::vector<std::string> Audit() override;
  ServerRole AskRole() override;
  void Cancel(Deadline deadline) noexcept override;
  void Abort() noexcept override;
  bool IsDead() override;
  bool IsWorn() const override;
  std::vector<v1::Diagnostic> TakeNotices() override;
  std::vector<Condition> Conditions() override;
  std::uint64_t last_insert_id() const override { return last_insert_id_; }
  const v1::ServerFacts& facts() const override { return profile_->facts; }
  std::uint64_t server_process_id() const override;

 private:
  // A result that the server sent before anybody asked for it: after a CALL's last row only the
  // next packet tells whether there is another result.
  struct Pending {
    ResultHead head;
    std::unique_ptr<RowReader> rows;
    std::exception_ptr error;
  };

  // Once a batch of commands: nothing of the last statement may show, no late KILL may hit.
  void BeginCommand();
  void AbsorbLateKill();
  // After an error of the server: what it did to transaction and cancel state.
  void NoteError(const BackendError& error);

  // Runs statements of our own, in one write.
  void RunOwn(const std::vector<std::string>& statements);
  void ApplySettings(const Execution& execution, bool last_insert_id, bool begin);

  ResultHead ExecuteText(const Execution& execution, const std::string& sql);
  // Text that can be neither prepared nor trusted to be one statement.
  ResultHead ExecuteAny(const Execution& execution);
  ResultHead ExecuteAlone(const Execution& execution);
  ResultHead ExecutePrepared(const Execution& execution);
  bool ReturnsRows(const Execution& execution);
  void RunPreparedRow(const Execution& execution, ParameterBinder* binder, std::uint32_t row);

  // Arrays of parameter sets (mysql_array.cc).
  struct ArrayRun;
  ResultHead ExecuteArray(const Execution& execution, ParameterBinder& binder);
  bool TakesBulk(const Execution& execution);
  bool IsTransactional(const std::string& table, const SessionSettings& settings);
  bool RunBulk(ArrayRun& run, std::uint32_t count);
  void RunRows(ArrayRun& run, std::uint32_t count);
  bool EndsArray(ArrayRun& run, const BackendError& error, std::uint32_t row);

  StatementCache::Entry& Prepare(const std::string& sql, const SessionSettings& settings);
  StatementCache::Entry& PrepareAnew(const std::string& sql, const SessionSettings& settings);
  std::string CacheKey(const std::string& sql, const SessionSettings& settings) const;

  void SendLongValues(MYSQL_STMT* statement, const ParameterBinder& binder, std::uint32_t row);

  void SendText(const std::string& sql);
  void SetMultiStatements(bool on);
  // The server takes no command of more octets, nor a value that is sent in parts.
  void RequireFits(std::uint64_t bytes) const;
  // Before a packet of this size is sent.
  void CheckPacketSize(std::uint64_t bytes);

  // The result that the library has at hand becomes the open one.
  ResultHead TakeResult();
  ResultHead TakeOutcome();  // of a statement without result set
  // The result at hand is the OUT and INOUT parameters of a CALL.
  bool IsAtOutputs() const;
  ResultHead ReadOutputs();
  void AskForConditions();
  void NoteInsertId(std::uint64_t id);
  void NoteChanges(bool ok_packet);
  SessionState::Report AskForReport();
  // After the end of a result: looks for the next one.
  void AdvanceToNext();
  int AdvanceLibrary();
  BackendError LastError() const;
  bool IsReadable(Deadline deadline) const;
  void SkipRows();

  std::shared_ptr<const MysqlEndpoint> endpoint_;
  std::shared_ptr<const ServerProfile> profile_;
  MysqlHandle mysql_;
  int socket_;  // a duplicate: the library may close its own while Abort looks at it
  const unsigned long thread_id_;
  SessionState session_;
  StatementCache statements_;
  std::uint64_t largest_packet_ = 0;  // bytes, of those sent
  bool only_reads_ = false;  // the statement that ran last: stopping it loses nothing but rows
  std::shared_ptr<const Statement> text_;  // that runs as text
  std::size_t text_rows_ = 0;              // of its result, so far
  std::set<const MYSQL_STMT*> outdated_;   // of statements_: see BinaryRows
  MYSQL_STMT* executed_ = nullptr;         // the prepared statement that runs; null: text
  std::unique_ptr<RowReader> rows_;
  std::unique_ptr<Pending> next_;
  bool multi_statements_ = true;
  std::uint64_t last_insert_id_ = 0;
  unsigned int warning_count_ = 0;     // that have not been asked for
  std::vector<Condition> conditions_;  // that have
  bool told_conditions_ = false;       // by TakeNotices
  std::vector<std::string> changes_;   // see TakeChanges
  std::string told_mode_;              // the sql_mode that the server has told of last; empty: none
  std::atomic<int> kills_sent_{0};     // and perhaps not yet effective
  int kills_before_rows_ = 0;          // of them: one that came too early stops nothing
  std::atomic<bool> kill_uncertain_{false};  // one may still be under way: the connection is unfit
};

}  // namespace sluice::relay::backend
