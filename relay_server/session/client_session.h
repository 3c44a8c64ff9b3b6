#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "relay_server/dialect/sequence_reads.h"
#include "relay_server/pool/backend_pool.h"
#include "relay_server/session/cancel_point.h"
#include "relay_server/session/hold_set.h"
#include "relay_server/session/relay_cursor.h"
#include "relay_server/session/served_pool.h"
#include "relay_server/session/session_error.h"
#include "relay_server/session/session_host.h"
#include "relay_server/session/value_spool.h"

namespace sluice::relay::session {

// A client's session: its settings, statement and cursor ids, transaction and leases. Requests are
// handled on the session's strand; Cancel, Expire and Abandon may be called from any thread.
//
// The lease that a request runs on is one of
//   session_lease_   held over requests: a transaction is open, the session is pinned, or the pool
//   is
//                    in session mode
//   cursor.lease     a result outside of a transaction whose rows have not all been read
//   (neither)        for the request alone; given back after the answer has been sent
class ClientSession : public std::enable_shared_from_this<ClientSession> {
 public:
  enum class Outcome {
    kDone,    // answered, or needs no answer
    kParked,  // waits in the pool's queue; SessionHost::ResumeStrand follows
  };

  ClientSession(SessionHost& host, std::uint32_t id, std::shared_ptr<const Directory> directory,
                pool::Timer& timer);
  ~ClientSession();

  // On the strand. Answers through the host; never throws.
  Outcome Handle(v1::Request request) noexcept;
  // On the strand, once: gives everything back.
  void Close(const char* reason) noexcept;

  // Any thread.
  void Cancel(std::uint64_t request_id, CancelReason reason);
  void Abandon();  // the client is gone
  // The client has let go of a cursor whose release waits for its turn: what is being read of it
  // ends.
  void StopRowsOf(std::uint32_t cursor_id) { cancel_point_.StopRowsOf(cursor_id); }
  // On the strand: the client has read what made its stream congested.
  void OutputDrained();

  std::uint32_t id() const { return id_; }
  bool is_open() const { return state_ == State::kOpen; }
  bool is_over() const { return state_ == State::kOver; }
  bool was_open() const { return was_open_; }
  bool was_refused_login() const { return was_refused_login_; }
  // Nothing would be lost if the session ended now. On the strand.
  bool is_idle() const { return !session_lease_ && cursors_.empty() && values_.empty(); }

 private:
  enum class State { kNew, kOpen, kOver };
  using Job = std::function<void(pool::BackendLease&)>;

  // client_session.cc: dispatch and the life of a session
  Outcome Dispatch();
  Outcome HandleOpen();
  void TakePlaces(const User& user);
  Outcome RefuseLogin();
  Outcome OpenLater();
  void ChooseMode(std::optional<PoolMode> of_user);
  void FinishOpen(const v1::ServerFacts& facts);
  void ApplyChanges(const v1::SessionChanges& changes);
  void ReleaseIds();
  void ArmDeadline();
  void CancelAgain(std::uint64_t request_id, wire::Deadline patience);
  void FinishRequest() noexcept;
  void Answer(v1::Response& response);
  void AnswerFailure(std::exception_ptr error) noexcept;
  void EndForWantOfMemory() noexcept;
  v1::Response FailureResponse(std::exception_ptr error) const;
  v1::TransactionState transaction_state() const;

  // session_lease.cc: which backend connection a request runs on
  Outcome WithLease(const Job& job);
  std::optional<pool::BackendPool::Grant> Acquire(const Job& job);
  void ContinueWithGrant(const Job& job, pool::BackendPool::Grant grant);
  bool HasUsableSessionLease();
  void RunOnSessionLease(const Job& job);
  Outcome RunOnGrant(const Job& job, pool::BackendPool::Grant grant);
  bool MayRunAgain(const backend::BackendError& error);
  void KeepOpenTransaction(pool::BackendLease& lease);
  void NoteHolderState(bool busy);
  void SettleSessionLease();
  void DiscardLeftovers();
  void LoseSessionLease();
  void DropSessionLease();
  void NoteLostHolds() noexcept;
  void RequireUsableTransaction() const;

  // session_pin.cc: what keeps the session on its backend connection
  bool KeepsBackend() const;
  bool IsPinned() const;
  void CheckPinning(const Script& script) const;
  void NoteHolds(pool::BackendLease& lease, const ScriptStatement& statement,
                 const values::ParameterSetView& parameters, bool failed);
  void EndHolds(const ScriptStatement& statement, const values::ParameterSetView& parameters);
  void SettleTransaction(bool committed);
  void SetLeftovers(pool::BackendLease& lease) const;
  bool MustAsk() const { return ask_server_ || !asked_routines_.empty(); }
  void ForgetQuestions();
  void NoteRoutines(pool::BackendLease& lease, const ScriptStatement& statement);
  void AskForHolds() noexcept;
  bool LearnRoutines(backend::BackendConnection& connection);
  void AskWhatRoutinesLeft(backend::BackendConnection& connection);
  void CountPins();
  void TellPin(v1::Response& response);

  // session_execute.cc: running statements
  Outcome HandleExecute();
  Outcome HandleDescribe();
  Outcome HandleNativeSql();
  Outcome HandleValuePart();
  void EraseUsedValues();
  TextReading ReadingOf(bool escape_scan) const;
  std::shared_ptr<const Script> ResolveScript(std::uint32_t statement_id, const std::string* sql,
                                              bool escape_scan);
  void CheckAllowed(const Script& script) const;
  void RequireFreshCursor(std::uint32_t id) const;
  void RunScript(pool::BackendLease& lease, const Script& script,
                 const values::ParameterSetView& parameters, RelayCursor cursor);
  void RunReading(backend::BackendConnection& connection, const ScriptStatement& statement,
                  const values::ParameterSetView& parameters, RelayCursor& cursor);
  // `set`: the one that the statement runs with; nullopt: with all of them.
  void RunStatement(backend::BackendConnection& connection, const ScriptStatement& statement,
                    const values::ParameterSetView& parameters, std::optional<std::uint32_t> set,
                    RelayCursor& cursor);
  void RunWithEachSet(backend::BackendConnection& connection, const ScriptStatement& statement,
                      const values::ParameterSetView& parameters, RelayCursor& cursor);
  static void MergeLastResult(RelayCursor& cursor, std::size_t into);
  static void DropResultsFrom(RelayCursor& cursor, std::size_t first,
                              backend::BackendConnection& connection);
  static std::uint64_t TakeOutcome(RelayCursor& cursor, std::size_t first);
  void AfterStatement(pool::BackendLease& lease, const ScriptStatement& statement,
                      const values::ParameterSetView& parameters, v1::Response& response);
  void KeepLeaseIfNeeded(pool::BackendLease& lease, RelayCursor& cursor);

  // session_outcome.cc: what MySQL tells of the statement before
  bool HasOutcomeHere() const;
  bool MayTellDrawn() const;
  std::optional<ScriptStatement> WithOwnOutcome(const ScriptStatement& statement) const;
  void BeginOutcome(const pool::BackendLease& lease, const ScriptStatement& statement);
  void NoteConditions(backend::BackendConnection& connection);
  void NoteFailedOutcome(const backend::BackendError& error);
  void NoteRowsEnded(const RelayCursor& cursor, backend::BackendConnection& connection, bool all);

  // session_sequences.cc: lastval() and currval(…)
  std::string SequenceHabit() const;
  void FollowLease(const pool::BackendLease& lease);
  bool LearnSequenceReads(const Script& script);
  std::optional<pool::BackendLease> DrawingPlace();
  bool RemembersSequences(const dialect::SequenceReads& reads) const;
  bool HasDrawn(backend::BackendConnection& connection, const dialect::SequenceReads& reads) const;
  ScriptStatement WithRememberedSequences(const ScriptStatement& statement) const;
  std::optional<ScriptStatement> ReadySequences(const pool::BackendLease& lease,
                                                const ScriptStatement& statement);
  std::optional<ScriptStatement> AfterUndefinedSequence(
      const backend::BackendError& error, const backend::BackendConnection& connection,
      const ScriptStatement& statement) const;
  void NoteDrawing(const pool::BackendLease& lease, const ScriptStatement& statement, bool failed);
  void AskForSequences() noexcept;
  void LoseDrawingPlace();

  // session_catalog.cc: catalogue functions
  Outcome HandleCatalog();
  std::optional<std::string> CatalogKey() const;
  void AnswerFromMemory(std::shared_ptr<const CatalogAnswer> answer);
  void Record(RelayCursor& cursor, const v1::ColumnBatch& batch, bool last);
  void NoteCatalogUse(const ScriptStatement& statement);
  void SettleCatalogUse();
  // Notes it when the statement has ended, however it has.
  struct CatalogUse {
    ClientSession& session;
    const ScriptStatement& statement;
    ~CatalogUse() { session.NoteCatalogUse(statement); }
  };

  // session_call.cc: calls of procedures and functions
  std::shared_ptr<const Script> WithDirections(std::shared_ptr<const Script> script,
                                               const v1::ParameterSet& parameters) const;
  static std::vector<std::uint32_t> OutputMarkers(const ScriptStatement& statement,
                                                  const values::ParameterSetView& parameters,
                                                  std::size_t first_parameter);
  static backend::ResultHead ExecuteReading(backend::BackendConnection& connection,
                                            const ScriptStatement& statement,
                                            const values::ParameterSetView& parameters,
                                            backend::Execution execution);
  static backend::FetchStatus TakeRowAsOutputs(backend::BackendConnection& connection,
                                               std::size_t markers, backend::ResultHead& head);
  static void DropRows(backend::BackendConnection& connection, backend::FetchStatus& status,
                       backend::ResultHead& head);
  static void SettleOutputs(const RelayCursor& cursor, backend::ResultHead& head);
  v1::StatementDescription DescribeReading(backend::BackendConnection& connection,
                                           const ScriptStatement& statement) const;

  // session_rows.cc: sending results within the client's credit
  Outcome HandleNextResult();
  Outcome HandleGrantCredit();
  void AppendResult(RelayCursor& cursor, backend::BackendConnection& connection,
                    std::optional<backend::ResultHead> head, v1::StatementKind kind);
  std::optional<backend::ResultHead> NextHead(RelayCursor& cursor,
                                              backend::BackendConnection& connection,
                                              v1::StatementKind kind);
  void EndLiveResult(RelayCursor& cursor);
  void AppendError(RelayCursor& cursor, std::exception_ptr error);
  void BeginResult(RelayCursor& cursor, v1::Response& response);
  void FillRows(RelayCursor& cursor, v1::Rows& rows);
  void FetchLive(RelayCursor& cursor, v1::ColumnBatch& batch);
  backend::FetchStatus FetchRows(RelayCursor& cursor, const backend::FetchLimits& limits);
  void Pump(RelayCursor& cursor);
  void SendRows(RelayCursor& cursor);
  bool MayStopRows(const RelayCursor& cursor) const;
  void PumpAgain(RelayCursor& cursor);
  void Pause(RelayCursor& cursor);
  void SpoolLive(RelayCursor& cursor);
  void SpoolBatch(RelayCursor& cursor);
  void SpoolCursor(std::uint32_t cursor_id);
  void SpoolAllOn(const backend::BackendConnection* connection);
  void SpoolForRequest(RelayCursor& cursor);
  void BreakOff(RelayCursor& cursor, std::exception_ptr error);
  void StopCursor(std::uint64_t request_id);
  void StopCursors();
  void CloseCursor(std::uint32_t cursor_id) noexcept;
  void LoseCursorsConnection(RelayCursor& cursor, const std::exception_ptr& error);
  static bool Finished(const RelayCursor& cursor);
  static bool Drained(const RelayCursor& cursor);

  // session_variables.cc: what SET statements have changed
  void LearnDefaultMode(backend::BackendConnection& connection);
  void LearnComputedMode(pool::BackendLease& lease, const ScriptStatement& statement);
  dialect::QuoteRules MysqlQuotes() const;
  bool TakesSetting(const backend::Variable& change);
  void NoteVariables(const backend::BackendConnection& connection,
                     const ScriptStatement& statement);
  void NoteSavepoint(pool::BackendLease& lease, const ScriptStatement& statement);
  void SettleVariables(bool committed);
  bool NeedsNoDatabase(const ScriptStatement& statement) const;
  bool LocksTables(const ScriptStatement& statement) const;

  // session_transaction.cc
  Outcome HandleEndTransaction();
  Outcome EndLostTransaction(const Script& script);
  void EndTransaction(bool commit);
  void UndoFailedTransaction();
  void ThrowTransactionLost();
  bool Commits(const dialect::TranslatedStatement& statement) const;
  [[noreturn]] void ThrowCommitUnknown(const backend::BackendError& error);

  // session_idle.cc: a transaction whose client has gone quiet
  void WatchIdleTransaction();
  void EndIdleTransaction(std::uint64_t quiet_since);

  SessionHost& host_;
  const std::uint32_t id_;
  std::shared_ptr<const Directory> directory_;
  pool::Timer& timer_;
  State state_ = State::kNew;
  bool was_open_ = false;
  bool was_refused_login_ = false;  // its user name or password was wrong

  SessionCount::Place place_of_user_;
  SessionCount::Place place_of_address_;
  std::shared_ptr<ServedPool> served_;
  PoolMode mode_ = PoolMode::kTransaction;
  std::string refused_mode_;  // what the client is told of its wish, with the opening
  std::string user_;
  bool user_read_only_ = false;
  pool::LeaseOwner owner_;  // of this session's leases

  v1::Request request_;                          // under way
  wire::Deadline deadline_ = wire::kNoDeadline;  // of the request under way
  pool::Timer::Id deadline_timer_ = 0;
  CancelPoint cancel_point_;

  backend::SessionSettings settings_;
  // The variables as they were before the open transaction set some: PostgreSQL undoes that when
  // it is rolled back.
  std::optional<backend::Variables> variables_before_;
  // The same for its savepoints, in order.
  std::vector<std::pair<std::string, backend::Variables>> savepoints_;
  // The sql_mode that something else than a literal has set, and the lease that it was set on.
  std::string computed_mode_;
  std::uint64_t computed_mode_lease_ = 0;
  bool ask_mode_ = false;  // a routine has set it
  bool autocommit_ = true;
  std::uint64_t last_insert_id_ = 0;
  dialect::StatementOutcome outcome_;  // of the last statement, as MySQL is asked for it
  std::uint64_t outcome_request_ = 0;  // that ran it
  std::uint64_t outcome_lease_ = 0;    // that it ran on; 0: the connection has forgotten it
  bool asked_conditions_ = false;      // the relay has asked there for its warnings
  bool keeps_conditions_ = false;      // the statement under way asks for those of another
  bool counts_rows_ = false;           // FOUND_ROWS() is the number of its rows
  bool changed_catalog_ = false;  // by the transaction that is open, or the statement under way
  bool own_catalog_ = false;      // the same may make the session see another catalogue than others
  pool::BackendLease session_lease_;
  // The transaction is gone, and only ending it is possible.
  enum class LostBy { kNothing, kConnection, kIdleness };
  LostBy transaction_lost_by_ = LostBy::kNothing;
  bool transaction_lost() const { return transaction_lost_by_ != LostBy::kNothing; }
  bool may_run_again_ = false;  // no statement of the request has run yet
  std::uint64_t requests_ = 0;  // handled so far
  pool::Timer::Id idle_timer_ = 0;
  v1::Pinning pinning_ = v1::PINNING_AUTO;
  v1::ErrorScope error_scope_ = v1::ERROR_SCOPE_STATEMENT;
  bool keeps_lease_ = false;  // session_lease_ is kept to the end of the session
  HoldSet holds_;
  bool ask_server_ = false;     // which holds there are, when the transaction has ended
  bool ask_variables_ = false;  // and which variables are set
  bool undo_all_ = false;       // what routines have left, though the session may not pin
  std::vector<std::string> asked_routines_;  // that may have left something
  bool holds_changed_ = false;               // since they were counted
  std::set<dialect::HoldKind> counted_;
  std::shared_ptr<pool::BackendPool> pinned_pool_;  // where they are counted
  std::set<dialect::HoldKind> told_kinds_;
  std::string told_pin_;
  std::string lost_holds_;  // with their backend connection; the client has not been told
  SequenceUse sequences_;
  std::uint64_t drew_on_ = 0;     // the last lease on which a statement ran that may have drawn
  bool wants_place_ = false;      // the request is best run where the session drew last
  bool fresh_sequences_ = false;  // of the statement under way: backend::Execution
  bool committing_ = false;       // a statement's text ends the transaction now

  std::unordered_map<std::uint32_t, std::shared_ptr<const Script>> scripts_;  // by statement id
  std::unordered_map<std::uint32_t, std::unique_ptr<RelayCursor>> cursors_;
  ValueSpool values_{directory_->spool.file_bytes};
};

}  // namespace sluice::relay::session
