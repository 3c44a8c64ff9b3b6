#pragma once

#include <libpq-fe.h>

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "relay_server/backend/backend.h"
#include "relay_server/backend/postgres/description_cache.h"
#include "relay_server/backend/postgres/encode.h"
#include "relay_server/backend/postgres/pipeline.h"

namespace sluice::relay::backend::postgres {

// What the connections of one connector share.
struct Shared {
  DescriptionCache descriptions;
  SchemaCache schema;
  std::atomic<int> money_digits{2};  // behind the point, as the server's lc_monetary has it
  // When a connection changed the schema last; what was learned before is learned again.
  std::atomic<SchemaClock::time_point> altered{SchemaClock::time_point::min()};
};

// BackendConnection over libpq. All that a statement needs (settings, BEGIN, savepoint, Parse,
// Bind, Execute) goes out in one write; a text that nobody has run yet costs one more round trip,
// for its description.
//
// Statement-level rollback: in a transaction, a savepoint is set before a statement and released
// with the next statement's write. An error rolls back to it. Outside of a transaction every
// statement has its own sync, which is its commit.
class PostgresConnection : public BackendConnection {
 public:
  // Takes a connection that is established.
  PostgresConnection(ConnectionHandle connection, std::shared_ptr<Shared> shared,
                     v1::ServerFacts facts);
  ~PostgresConnection() override;
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  ResultHead Execute(const Execution& execution) override;
  FetchStatus FetchRows(values::BatchBuilder& batch, const FetchLimits& limits) override;
  std::optional<ResultHead> NextResult() override { return std::nullopt; }
  void DiscardResults() override;
  bool has_open_result() const override { return result_.has_value(); }
  v1::StatementDescription Describe(const Statement& statement,
                                    const SessionSettings& settings) override;
  void EndTransaction(bool commit) override;
  v1::TransactionState transaction_state() const override { return state_; }
  void Reset(const Leftovers& leftovers) override;
  std::vector<std::vector<std::string>> Ask(const std::string& sql) override;
  std::vector<std::string> AskForVariables() override;
  std::vector<std::string> AskSequenceValues(const std::vector<std::string>& calls) override;
  std::vector<std::string> Audit() override;
  ServerRole AskRole() override;
  void Cancel(Deadline deadline) noexcept override;
  void Abort() noexcept override;
  bool IsDead() override;
  bool IsWorn() const override;
  bool HasBackslashes() const override;
  std::vector<v1::Diagnostic> TakeNotices() override;
  std::uint64_t last_insert_id() const override { return 0; }
  const v1::ServerFacts& facts() const override { return facts_; }
  std::uint64_t server_process_id() const override { return process_id_; }

 private:
  struct OpenResult {
    ResultHandle row;               // read, not yet appended
    bool ended = false;             // the server has sent everything
    bool can_cancel = false;        // stopping it undoes nothing that the application relies on
    std::vector<Decoder> decoders;  // one per column
  };
  // How one text is run on this connection.
  struct Plan {
    std::shared_ptr<const Description> description;  // null: not known yet
    std::string name;                                // of the server-side statement; empty: unnamed
    bool parse = true;                               // the server has not parsed it yet
    SchemaObjects lookup;                            // asked for in front of the statement
    std::shared_ptr<const BulkInsert> bulk;  // null: rows go one by one; else the rest is its
  };
  // What the server has parsed, and the types that its parameters have since: another connection
  // may have learned newer ones.
  struct Prepared {
    std::string name;
    std::shared_ptr<const Description> description;  // null: not known yet
  };
  struct CancelDeleter {
    void operator()(PGcancel* cancel) const { PQfreeCancel(cancel); }
  };

  // One statement (postgres_connection.cc).
  // Whatever but an error that the server told, such as no memory, may leave answers behind that
  // nobody has read, and the next statement would take them for its own: nobody may use the
  // connection any more.
  template <typename Work>
  auto OrLost(const Work& work) {
    try {
      return work();
    } catch (const BackendError&) {
      throw;
    } catch (const std::exception& error) {
      if (result_ || pipeline_.is_settled()) throw;
      ThrowAsLost(error);
    }
  }
  [[noreturn]] void ThrowAsLost(const std::exception& error);
  ResultHead ExecuteAny(const Execution& given);
  std::vector<std::vector<std::string>> AskRows(const std::string& sql);
  std::vector<std::string> AskValues(const std::vector<std::string>& calls);
  v1::StatementDescription DescribeText(const Execution& execution);
  // For another attempt after `error`; nullptr: types would not help.
  std::shared_ptr<const Statement> WithTypes(const Execution& execution, std::uint32_t row,
                                             const BackendError& error);
  void EncodeRow(const ParameterEncoder& encoder, std::uint32_t row);
  ResultHead ExecuteOne(const Execution& execution, std::uint32_t row);
  ResultHead RunOnce(const Execution& execution, std::uint32_t row);
  ResultHead ReadHead(const Execution& execution, const Plan& plan);
  ResultHead ReadWholeHead(const Execution& execution, ResultHandle result);
  void OpenRows(const Execution& execution, ResultHandle first, bool binary);
  std::shared_ptr<const Description> Remembered(const std::string& sql);
  bool IsOutdated(const Description& description) const;
  bool MayRetry(const Execution& execution, const BackendError& error, bool was_active,
                const Description& remembered);
  void Forget(const std::string& sql);
  bool LearnsOtherTypes(const Execution& execution, const Description& remembered);
  std::size_t AppendRow(const PGresult& row, values::BatchBuilder& batch);
  void Close();

  // What goes before a statement, and after it (statement_frame.cc).
  Plan MakePlan(const Execution& execution);
  std::string NewName();
  void SendPreamble(const Execution& execution, bool force_savepoint);
  void RestoreEncoding();
  void ApplyVariables(const Variables& wanted);
  void NoteVariables(const Execution& execution);
  const std::string& CacheKey(const std::string& sql);
  bool ReportsReadOnly() const;
  const std::string& DescriptionKey(const std::string& sql);
  void SendSettings(const SessionSettings& settings);
  void SendBegin(const SessionSettings* settings);
  void SendSavepoint(bool wanted);
  void SendParseAndLearn(const Execution& execution, Plan& plan);
  void RememberParsed(const std::string& sql, const Plan& plan);
  void Settle();
  [[noreturn]] void Fail();
  void RollbackToSavepoint();
  void UpdateTransactionState();
  void RunCommand(const char* sql);

  // What results leave out (schema_lookup.cc).
  SchemaClock::time_point schema_changed() const;
  void SendLookup(const Execution& execution, Plan& plan);
  void ReadLookup(const SchemaObjects& lookup);
  std::vector<v1::Column> ReadCompleteColumns(const Execution& execution, const Plan& plan,
                                              const PGresult& result);
  v1::StatementDescription CompleteDescription(const Description& description) const;
  // large_objects.cc
  std::shared_ptr<const Statement> WithLargeObjects(const Execution& execution);
  std::shared_ptr<const Description> DescribeOtherTypes(const Execution& execution);
  void NoteSchemaChange(const std::string& sql);
  void NoteTransactionEnd();

  // Between sessions (session_reset.cc).
  void AuditPrepared(std::set<std::string> names, std::vector<std::string>& differences) const;
  void AuditSettings(const std::vector<std::vector<std::string>>& rows,
                     std::vector<std::string>& differences) const;

  // Arrays of parameter sets (array_execution.cc).
  ResultHead ExecuteArray(const Execution& execution);
  bool RunAsOne(const Execution& execution, const RowRange& rows, ResultHead& head);
  Plan PlanArray(const Execution& execution);
  void PlanBulkInsert(const Execution& execution, Plan& plan);
  void LearnBulkInsert(const Execution& execution, Plan& plan);
  void SendRows(const ParameterEncoder& encoder, const Plan& plan, RowRange rows,
                std::uint64_t& affected);
  void SendNext(const ParameterEncoder& encoder, const Plan& plan, RowRange& rows);
  void RunInParts(const Execution& execution, ResultHead& head);
  bool RunRowByRow(const Execution& execution, const RowRange& rows, ResultHead& head);
  void RunArrayRow(const Execution& execution, std::uint32_t row, ResultHead& head);

  void WaitForCancel();
  static void ReceiveNotice(void* self, const PGresult* result);

  std::shared_ptr<Shared> shared_;
  v1::ServerFacts facts_;
  Pipeline pipeline_;
  const int socket_;
  const std::uint64_t process_id_;

  std::optional<OpenResult> result_;
  v1::TransactionState state_ = v1::TRANSACTION_STATE_NONE;
  bool savepoint_ = false;  // the transaction has our savepoint
  SessionSettings applied_;
  // Variables that a transaction has set, which its rollback may have undone: set again before the
  // next one.
  std::set<std::string> uncertain_;
  // What a text depends on in the session whose statement runs: its search_path, and how its
  // strings are read. Empty: the defaults.
  std::string path_;
  std::string key_;                         // storage of CacheKey
  std::string shape_of_;                    // the text whose shape is kept
  std::string shape_;                       // of that
  std::string description_key_;             // storage of DescriptionKey
  LruMap<Prepared> prepared_;               // by SQL text
  std::vector<std::string> to_deallocate_;  // names that were evicted
  std::uint64_t next_name_ = 1;
  EncodedRow encoded_;
  std::size_t largest_row_ = 0;  // of parameters that were sent, in octets
  bool has_temporary_ = false;   // its own temporary tables may be what changes in the schema
  bool changed_schema_ = false;  // in the open transaction
  SchemaClock::time_point altered_ = SchemaClock::time_point::min();  // by this connection
  std::vector<v1::Diagnostic> notices_;

  // Held while a cancel request is on its way, so that it cannot meet a later statement.
  std::mutex cancel_mutex_;
  std::unique_ptr<PGcancel, CancelDeleter> cancel_;  // guarded by cancel_mutex_
};

}  // namespace sluice::relay::backend::postgres
