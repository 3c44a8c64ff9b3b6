#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "odbc_driver/cursor/positioned_statement.h"
#include "odbc_driver/cursor/scroll_position.h"
#include "odbc_driver/handles/async_call.h"
#include "odbc_driver/handles/bookmark.h"
#include "odbc_driver/handles/bound_rows.h"
#include "odbc_driver/handles/cancel_point.h"
#include "odbc_driver/handles/cell_reader.h"
#include "odbc_driver/handles/connection.h"
#include "odbc_driver/handles/descriptor.h"
#include "odbc_driver/handles/kept_rows.h"
#include "odbc_driver/handles/parameter_collector.h"
#include "odbc_driver/handles/result_set.h"
#include "odbc_driver/handles/rowset.h"
#include "odbc_driver/handles/statement_state.h"
#include "odbc_driver/handles/table_editor.h"

namespace sluice::driver {

// SQLBindParameter's arguments.
struct ParameterBinding {
  SQLSMALLINT input_output_type;
  SQLSMALLINT c_type;
  SQLSMALLINT sql_type;
  SQLULEN column_size;
  SQLSMALLINT decimal_digits;
  SQLPOINTER data;
  SQLLEN buffer_length;
  SQLLEN* length_or_indicator;
};

// SQLDescribeCol's answers.
struct ColumnDescription {
  std::string name;
  SQLSMALLINT type;
  SQLULEN size;
  SQLSMALLINT decimal_digits;
  SQLSMALLINT nullable;
};

// What SQLSetStmtAttr says of cursors to come.
struct CursorAttributes {
  SQLULEN type = SQL_CURSOR_FORWARD_ONLY;      // or SQL_CURSOR_STATIC
  SQLULEN concurrency = SQL_CONCUR_READ_ONLY;  // SQL_CONCUR_ROWVER, SQL_CONCUR_VALUES
  SQLULEN use_bookmarks = SQL_UB_OFF;
  SQLULEN simulation = SQL_SC_TRY_UNIQUE;  // of positioned statements
  bool type_given = false;                 // by the application; else it is the default
  bool concurrency_given = false;

  bool scrollable() const { return type != SQL_CURSOR_FORWARD_ONLY; }
  bool read_only() const { return concurrency == SQL_CONCUR_READ_ONLY; }
  // Whether rows must stay in reach after the fetch that delivered them.
  bool keeps_rows() const { return scrollable() || !read_only() || use_bookmarks != SQL_UB_OFF; }
};

// The rows that the last fetch delivered.
struct Rowset {
  std::int64_t first = 0;                      // in the result, from 1
  SQLULEN rows = 0;                            // 0: there is no rowset
  SQLULEN current = 1;                         // the row in it that the cursor stands on, from 1
  bool extended = false;                       // SQLExtendedFetch made it
  SQLUSMALLINT* application_status = nullptr;  // SQL_ROW_… of each; may be null
  std::vector<std::int64_t> numbers = {};      // of the rows, where deleted ones were passed over

  std::int64_t number_of(SQLULEN row) const {  // from 1
    return numbers.empty() ? first + static_cast<std::int64_t>(row) - 1 : numbers[row - 1];
  }
  std::int64_t current_row() const { return number_of(current); }
};

// SQLDescribeParam's answers.
struct ParameterDescription {
  SQLSMALLINT type;
  SQLULEN size;
  SQLSMALLINT decimal_digits;
  SQLSMALLINT nullable;
};

// Guarded by call_mutex(), but for Cancel(). All methods throw DriverError or RequestFailed.
class Statement : public Handle {
 public:
  static constexpr HandleKind kKind = HandleKind::kStatement;
  explicit Statement(std::shared_ptr<Connection> connection);
  ~Statement() override;

  Connection& connection() const { return *connection_; }
  bool metadata_id() const { return metadata_id_ == SQL_TRUE; }
  StatementState state() const { return state_; }  // thread-safe
  DiagnosticContext diagnostic_context() const override {
    return connection_->diagnostic_context();
  }

  // An explicit descriptor that was freed leaves the statement with its implicit one.
  // While a call is under way asynchronously, every other is refused.
  info::Charset charset() const override { return connection_->charset(); }
  void OnCall(SQLUSMALLINT function) override {
    if (waiting_ != nullptr && waiting_->function != function) {
      throw DriverError(kHY010SequenceError, "Another function is still executing");
    }
    if (connection_->executing()) {
      throw DriverError(kHY010SequenceError, "A function of the connection is still executing");
    }
    function_ = function;
    if (ard_->freed()) ard_ = implicit_ard_;
    if (apd_->freed()) apd_ = implicit_apd_;
  }

  // ---- asynchronous execution (statement_async.cc) ----
  // Goes on with the call under way: its result, or SQL_STILL_EXECUTING. Nothing: no call is under
  // way, or the function may run now.
  std::optional<SQLRETURN> Resume();
  // Before functions that need the description of a prepared statement, or rows. SQL_SUCCESS: they
  // may run; they wait themselves when execution is not asynchronous.
  SQLRETURN AwaitDescription();
  SQLRETURN AwaitRows();
  bool executing() const { return executing_; }  // thread-safe

  // ---- life (statement.cc) ----
  void FreeByApplication();  // SQLFreeHandle
  void Free();               // handles of the implicit descriptors go too
  void FreeStmt(SQLUSMALLINT option);
  void CloseCursor();
  SQLRETURN Cancel();  // thread-safe at any time
  void BindColumn(SQLUSMALLINT column, SQLSMALLINT c_type, SQLPOINTER data, SQLLEN buffer_length,
                  SQLLEN* length_or_indicator);
  void BindParameter(SQLUSMALLINT number, ParameterBinding binding);
  void SetCursorName(const std::string& name);
  std::string CursorName();

  // ---- execution (statement_execute.cc) ----
  void Prepare(std::string text);
  SQLRETURN Execute();
  SQLRETURN ExecDirect(std::string text);
  // Runs a step of sending data, ParamData() or PutData(). When it fails, data is not asked for any
  // more (appendix B, "SQLParamData" and "SQLPutData").
  SQLRETURN SendData(Operation operation, const std::function<SQLRETURN()>& step);
  SQLRETURN ParamData(SQLPOINTER* token);
  void PutData(SQLPOINTER data, SQLLEN length);
  SQLRETURN MoreResults();
  SQLRETURN RunCatalog(v1::Catalog request);
  void GetTypeInfo(SQLSMALLINT data_type);
  SQLLEN RowCount();
  // The server has counted nothing for the present result, and it has no rows.
  bool CountsNothing() const;

  // ---- rows (statement_fetch.cc, statement_scroll.cc, statement_setpos.cc, statement_bulk.cc)
  // ----
  SQLRETURN Fetch();
  SQLRETURN FetchScroll(SQLSMALLINT orientation, SQLLEN offset);
  SQLRETURN ExtendedFetch(SQLSMALLINT orientation, SQLLEN offset, SQLULEN* rows,
                          SQLUSMALLINT* status);
  SQLRETURN SetPos(SQLSETPOSIROW row, SQLUSMALLINT operation, SQLUSMALLINT lock);
  SQLRETURN BulkOperations(SQLSMALLINT operation);
  SQLRETURN GetData(SQLUSMALLINT column, const CellTarget& target);
  // SQL_DIAG_CURSOR_ROW_COUNT is about to be read.
  void OnDiagnosticField(SQLSMALLINT field) override;

  // ---- metadata (statement_metadata.cc) ----
  SQLSMALLINT ResultColumnCount();
  ColumnDescription DescribeColumn(SQLUSMALLINT column);
  FieldValue ColumnAttribute(SQLUSMALLINT column, SQLUSMALLINT field);
  SQLSMALLINT ParameterCount();
  ParameterDescription DescribeParameter(SQLUSMALLINT number);

  // ---- attributes (statement_attributes.cc) ----
  // SQL_SUCCESS, or SQL_SUCCESS_WITH_INFO by a record of 01S02.
  void SetAttribute(SQLINTEGER attribute, const FieldInput& input);
  FieldValue GetAttribute(SQLINTEGER attribute);

 private:
  struct Attribute;
  static const Attribute kAttributes[];
  static const Attribute& FindAttribute(SQLINTEGER attribute);

  // The relay knows a statement by id and text: a text travels once.
  struct Text {
    std::string sql;
    std::uint32_t id = 0;  // 0: none yet
    bool sent = false;
    std::optional<v1::StatementDescription> description = {};  // once asked for
    bool is_refused = false;  // the database cannot describe it: its markers are counted
    std::optional<cursor::PositionedStatement> positioned = {};
    // What the relay is told instead: of a positioned one on MySQL, which has no such statement; of
    // one that sets the character set.
    std::string described = {};
    // With the rows' identity (cursor/row_identity.h), once it is wanted; "": it has none.
    std::optional<std::string> identified = {};
    bool runs_identified = false;  // what is being run is that

    const std::string& wire() const { return described.empty() ? sql : described; }
  };

  // ---- several statements in one text (statement_script.cc) ----
  struct ScriptPart {
    Text text;                            // empty while text_ has it
    ParameterCollector::Markers markers;  // with a count
  };
  // What one of them has given, until SQLMoreResults comes to it.
  struct ScriptResult {
    std::size_t part;
    std::shared_ptr<client::RelayClient> client;  // outlives the response's cursor
    client::ExecuteResponse response = {};
    SQLRETURN reported = SQL_SUCCESS;                   // of its parameters
    std::optional<client::RequestFailed> failure = {};  // instead of a response
  };
  bool is_script() const { return script_.size() > 1; }
  void SetScript(std::string text);
  void CheckScript();
  void ReleaseScript();
  void GoToPart(std::size_t part);
  void RewindScript();  // to its first statement; results that nobody has asked for are dropped
  ParameterCollector::Markers PartMarkers() const;
  int ScriptMarkers() const;
  std::size_t PartOfMarker(int number) const;
  const v1::StatementDescription& DescriptionOf(std::size_t part);
  SQLRETURN KeepResult(ScriptResult result);
  SQLRETURN KeepFailure(const std::shared_ptr<client::RelayClient>& open,
                        const client::RequestFailed& failure);
  SQLRETURN TakeNextResult();

  void SetText(std::string text);
  bool SetsAutocommit(std::string_view sql) const;
  bool AsksForUtf8mb3(std::string_view sql) const;
  void DropResult();  // without a trip
  // Before a new statement, or the same again.
  void CheckRun(Operation operation) const;
  std::vector<std::string> RefcursorTexts();
  SQLRETURN FetchRefcursors(const std::vector<std::string>& texts);
  SQLRETURN FetchNextRefcursor();
  SQLRETURN Start();  // of Execute and ExecDirect: runs, or asks for data
  SQLRETURN CollectOrAsk();
  SQLRETURN Run();
  SQLRETURN RunParts();
  SQLRETURN RunPart();
  bool WantsIdentity() const;
  const std::string* NextText();
  bool FallsBack(const client::RequestFailed& error);
  v1::ParameterSet CollectParameters();
  void FindNullDates();
  void TryText();
  SQLRETURN FinishWithoutRows();
  void TellLeftOut();
  SQLRETURN TakeResult(const std::shared_ptr<client::RelayClient>& open,
                       client::ExecuteResponse response);
  SQLRETURN ReportParameters(const v1::Result& result, SQLUSMALLINT otherwise);
  SQLRETURN TakeOutputs(const v1::OutputValues& outputs);
  SQLRETURN GoToNextResult(const std::shared_ptr<client::RelayClient>& open,
                           std::unique_ptr<client::Cursor> cursor);
  bool IsEmptySearchedChange(const v1::Result& result) const;
  void AddWarnings(const std::vector<v1::Diagnostic>& diagnostics);
  void ForgetDeferred();
  SQLSMALLINT DeferredCType(SQLSMALLINT number) const;
  void CheckDeferredSize(std::size_t more) const;
  void KeepOrStream(DeferredParameter& parameter, std::string_view part);
  void FinishStreaming(DeferredParameter& parameter);
  // SQL_ATTR_QUERY_TIMEOUT, and without one SQL_ATTR_CONNECTION_TIMEOUT.
  client::RequestTimeout timeout() const {
    if (query_timeout_ == 0) return connection_->request_timeout();
    return std::chrono::milliseconds(std::chrono::seconds(query_timeout_));
  }
  wire::Deadline deadline() const;

  // Takes the answer now, or gives SQL_STILL_EXECUTING. `finish` is called once.
  SQLRETURN Await(std::unique_ptr<CancelPoint::Scope> scope,
                  std::shared_ptr<client::PendingCall> call,
                  std::function<SQLRETURN(client::PendingCall&)> finish,
                  bool is_preparation = false);
  bool asynchronous() const { return async_ && function_ != 0; }
  SQLRETURN Suspend(AsyncCall call);
  SQLRETURN FinishRun(const std::shared_ptr<client::RelayClient>& open, client::PendingCall& call);
  void AddPart(client::ExecuteResponse response);
  SQLRETURN FinishArray(const std::shared_ptr<client::RelayClient>& open,
                        client::ExecuteResponse response);
  void AbandonRun();

  void CheckDescriptorUse() const;
  // Over result_. `whole`: all its rows have come with the answer.
  void OpenCursor(bool of_query, bool whole);
  RowsetTarget FetchTarget();
  LargeObjects* ObjectsOfResult();  // nullptr: it has no column of their numbers
  SQLULEN ExtendedRowsetSize() const;
  SQLRETURN FetchForward();
  SQLRETURN FetchKept(const cursor::ScrollRequest& request, const RowsetTarget& target,
                      SQLULEN* fetched);
  cursor::ScrollRequest ScrollTo(SQLSMALLINT orientation, SQLLEN offset, SQLULEN rowset_size);
  static SQLRETURN WithoutRows(const RowsetTarget& target);
  SQLRETURN ReportRowset(const RowsetOutcome& outcome);
  // Of a value; without a message the state's meaning.
  void AddProblem(const SqlState& state, std::string_view message, SQLLEN row, SQLINTEGER column);
  CellReader::Cell CurrentCell(SQLUSMALLINT column, SQLSMALLINT c_type);
  CellTarget ResolvedTarget(SQLUSMALLINT column, const CellTarget& given);

  // ---- changes of rows (statement_change.cc, statement_setpos.cc, statement_bulk.cc) ----
  enum class ChangeKind { kAdd, kUpdate, kDelete };
  // SQLSetPos or SQLBulkOperations, until it has been done: data may be sent in between.
  struct ChangeCall {
    ChangeKind kind = ChangeKind::kAdd;
    bool bulk = false;                               // SQLBulkOperations: rows have bookmarks
    std::vector<SQLULEN> rows = {};                  // of the buffers, from 1
    std::optional<BoundRows> values = {};            // unless rows are deleted
    SQLUSMALLINT* statuses = nullptr;                // the application's, may be null
    StatementState state = StatementState::kOpened;  // to which the statement returns
    std::vector<DeferredParameter> deferred = {};    // once it has been sent
    SQLULEN failed = 0;
    SQLULEN affected = 0;
  };
  BoundRows BoundValues();
  SQLRETURN StartChange(ChangeCall call);
  SQLRETURN FinishChange();
  void TryRows(ChangeCall& call, const std::vector<SQLULEN>& rows,
               const std::function<void()>& step);
  void AddOfRows(const std::vector<v1::Diagnostic>& found, const std::vector<SQLULEN>& rows);
  void TellBadRows(ChangeCall& call, const std::vector<BoundRows::BadRow>& bad);
  static void SetStatus(const ChangeCall& call, SQLULEN row, SQLUSMALLINT status);
  static void FailRow(ChangeCall& call, SQLULEN row);
  static void NoteUsed(const ChangeCall& call, const std::vector<SQLULEN>& rows);
  // Of the buffers (`row`), and of the result (`number`).
  void ChangeRow(ChangeCall& call, SQLULEN row);
  void DeleteRow(ChangeCall& call, SQLULEN row, std::int64_t number);
  void UpdateRow(ChangeCall& call, SQLULEN row, std::int64_t number);
  void TellConflict(ChangeCall& call, SQLULEN row, std::int64_t number);
  void AddRows(ChangeCall& call);
  void AddAlike(ChangeCall& call, const std::vector<std::size_t>& columns,
                std::vector<SQLULEN> rows, bool bookmarks);
  void AddArray(ChangeCall& call, const RowValues& values, const std::vector<SQLULEN>& rows);
  void AddWithBookmark(ChangeCall& call, const RowValues& values, SQLULEN row);
  cursor::RowView ViewOf(std::int64_t number);

  // ---- positioned statements (statement_positioned.cc) ----
  // Of a cursor: how its current row is found.
  struct CurrentRow {
    std::string where;
    std::string name_test;  // the part of `where` that tells whether the table is the cursor's
    std::string returning;  // behind an UPDATE: tells the row as it is now; "": it is asked for
    v1::ParameterSet values;
    const ResultSet* result;  // never followed: tells whether it is still the same cursor
    std::int64_t number;
  };
  CurrentRow FindCurrentRow(const std::vector<std::string>& table);
  std::optional<v1::ColumnBatch> TakeChangedRow(Statement* cursor, const CurrentRow& row);
  bool NameHolds(const CurrentRow& row);
  void NoteDeletion(const CurrentRow& row);
  void NoteChange(const CurrentRow& row, const std::optional<v1::ColumnBatch>& now);
  std::shared_ptr<Statement> NamedCursor() const;  // that text_ names; nullptr: the server's
  SQLRETURN RunPositioned(const std::shared_ptr<Statement>& cursor, v1::ParameterSet parameters);
  SQLRETURN FinishPositioned(const std::shared_ptr<client::RelayClient>& open,
                             client::PendingCall& call, Statement& cursor, const CurrentRow& row);

  // HY092: the rows of the open cursor are not to be changed.
  void RequireChangeable();
  ChangeCall ChangeOf(SQLSETPOSIROW row, SQLUSMALLINT operation);
  void CheckRowOfRowset(SQLSETPOSIROW row, SQLUSMALLINT operation) const;
  std::int64_t NumberOf(SQLULEN row) const;             // of a row of the rowset, from 1
  cursor::RowView RowOfRowset(SQLULEN row);             // from 1; HY109: it has been deleted
  cursor::RowView ReadableRow(SQLULEN row);             // from 1; a deleted one as it was
  void RequireNotDeleted(SQLULEN row) const;            // of the rowset, from 1
  bool IsDeleted(SQLULEN row) const;                    // of the rowset, from 1
  SQLRETURN RefreshRows(SQLULEN first, SQLULEN count);  // of the rowset, from 1
  SQLUSMALLINT RefreshRow(SQLULEN row, const RowsetTarget& target, RowsetOutcome& outcome);

  void CheckBulk(SQLSMALLINT operation);
  bool WantsBookmarks();
  static std::vector<SQLULEN> RowsOfBuffers(SQLULEN count);
  std::int64_t BookmarkedRow(SQLULEN row);
  void WriteBookmark(SQLULEN row, std::int64_t number);
  SQLRETURN FetchByBookmark();
  SQLUSMALLINT FetchBookmarked(SQLULEN row, const RowsetTarget& target, RowsetOutcome& outcome);

  KeptRows::Limits LimitsOfKeptRows() const;
  cursor::ScrollOutcome ScrollKept(const cursor::ScrollRequest& request);
  std::int64_t LastRow();  // of a cursor that keeps rows: reads the result to its end
  const std::vector<v1::Column>& KnownColumns();  // asks the relay when it must
  const v1::StatementDescription& Description();
  int CountParameters();
  void TakeDescription(v1::StatementDescription description);
  void PopulateIrd();
  const DescriptorRecord& IrdRecord(Operation operation, SQLUSMALLINT column);
  SQLPOINTER DescriptorHandle(const std::shared_ptr<Descriptor>& descriptor);
  void UseDescriptor(std::shared_ptr<Descriptor>& slot, const std::shared_ptr<Descriptor>& implicit,
                     const FieldInput& input);
  void SetCursorType(const FieldInput& input);
  void SetFetchBookmark(const FieldInput& input);
  void SetConcurrency(const FieldInput& input);
  void SetSensitivity(const FieldInput& input);
  void SetUseBookmarks(const FieldInput& input);
  SQLULEN RowNumber();
  void Warn(const SqlState& state) { diagnostics().Warn(diagnostic_context(), state); }

  const std::shared_ptr<Connection> connection_;
  const std::shared_ptr<Descriptor> implicit_ard_;
  const std::shared_ptr<Descriptor> implicit_apd_;
  const std::shared_ptr<Descriptor> ird_;
  const std::shared_ptr<Descriptor> ipd_;
  std::shared_ptr<Descriptor> ard_;  // the implicit one or an explicit one
  std::shared_ptr<Descriptor> apd_;

  std::atomic<StatementState> state_ = StatementState::kAllocated;
  bool prepared_ = false;
  Text text_;
  std::vector<ScriptPart> script_;      // of a text of several statements: see SetScript()
  std::size_t script_part_ = 0;         // the one of them that text_ is
  bool script_is_due_ = false;          // one is through, the next one is to be run
  std::deque<std::string> refcursors_;  // texts that fetch those of a call, see FetchRefcursors()
  std::deque<ScriptResult> script_results_;
  std::unique_ptr<ParameterCollector> collector_;     // while data is asked for
  std::vector<ParameterCollector::BadRow> left_out_;  // of the array that is being run
  // What the parts of a long array that are through have given.
  std::optional<client::ExecuteResponse> parts_;
  bool part_is_due_ = false;  // one is through, the next one is to be run
  std::vector<DeferredParameter> deferred_;
  std::size_t deferred_next_ = 0;        // the one that SQLParamData hands out next
  CancelPoint cancel_point_;             // thread-safe
  bool async_ = false;                   // SQL_ATTR_ASYNC_ENABLE
  SQLUSMALLINT function_ = 0;            // of the call that runs; see OnCall()
  std::unique_ptr<AsyncCall> waiting_;   // present in states S11 and S12
  std::atomic<bool> executing_ = false;  // waiting_ is present

  std::unique_ptr<ResultSet> result_;
  std::unique_ptr<client::Cursor> rest_;  // after a result without rows: leads to the next result
  std::shared_ptr<client::RelayClient> rest_client_;  // outlives rest_
  bool ird_is_current_ = false;
  SQLLEN row_count_ = -1;
  std::unique_ptr<TableEditor> editor_;  // of the table that an open cursor changes
  std::unique_ptr<ChangeCall> change_;   // while data is asked for
  std::optional<SQLLEN> change_count_;   // rows that SQLSetPos or SQLBulkOperations has changed
  CursorAttributes open_cursor_;         // of result_
  std::unique_ptr<KeptRows> kept_;       // of result_, unless the rows are read once
  RowsetFetcher fetcher_;
  CellReader cell_reader_;
  std::optional<LargeObjects> objects_;  // of result_, for the present call
  cursor::ScrollPosition position_;      // where rows are kept
  Rowset rowset_;
  std::optional<BookmarkColumn> bookmark_cell_;  // of the current row, while SQLGetData reads it

  std::string cursor_name_;
  CursorAttributes cursor_;
  SQLPOINTER fetch_bookmark_ = nullptr;  // SQL_ATTR_FETCH_BOOKMARK_PTR
  SQLULEN odbc2_rowset_size_ = 1;        // SQL_ROWSET_SIZE
  SQLULEN query_timeout_;                // seconds
  SQLULEN max_rows_ = 0;
  SQLULEN max_length_ = 0;
  SQLULEN no_scan_ = SQL_NOSCAN_OFF;
  SQLULEN metadata_id_;
  SQLULEN retrieve_data_ = SQL_RD_ON;
};

}  // namespace sluice::driver
