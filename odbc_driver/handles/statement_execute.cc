// SQLPrepare, SQLExecute, SQLExecDirect, SQLMoreResults and the catalogue functions: everything
// that makes a result.

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "odbc_driver/convert/c_type.h"
#include "odbc_driver/cursor/row_identity.h"
#include "odbc_driver/handles/application_memory.h"
#include "odbc_driver/handles/parameter_outputs.h"
#include "odbc_driver/handles/statement.h"
#include "odbc_driver/info/type_info.h"

namespace sluice::driver {
void Statement::Prepare(std::string text) {
  CheckRun(Operation::kPrepare);
  DropResult();
  SetScript(std::move(text));
  prepared_ = false;
  state_ = StatementState::kAllocated;
  CheckScript();
  prepared_ = true;
  state_ = StatementState::kPrepared;
  if (connection_->prepares_at_once() && !is_script()) TryText();
}

// What the database says of the text it says now.
void Statement::TryText() {
  try {
    Description();
  } catch (...) {
    prepared_ = false;
    state_ = StatementState::kAllocated;
    throw;
  }
}

SQLRETURN Statement::Execute() {
  if (!prepared_) throw DriverError(kHY010SequenceError);
  CheckRun(Operation::kExecute);
  DropResult();
  RewindScript();
  return Start();
}

SQLRETURN Statement::ExecDirect(std::string text) {
  CheckRun(Operation::kExecDirect);
  prepared_ = false;
  DropResult();
  SetScript(std::move(text));
  return Start();
}

SQLRETURN Statement::Start() {
  script_is_due_ = false;
  return CollectOrAsk() == SQL_NEED_DATA ? SQL_NEED_DATA : Run();
}

SQLRETURN Statement::CollectOrAsk() {
  auto markers = PartMarkers();
  {
    const DescriptorLock lock(*apd_);
    // Parameters that an earlier statement had are not looked at: they may be no value of their
    // type any more. A text with fewer question marks has them for certain.
    if (!markers.count && std::ranges::count(text_.sql, '?') < apd_->count()) {
      markers.count = cursor::MostMarkers(text_.sql, connection_->lexical_rules());
    }
    // Parameters that SQLSetDescField has bound in the APD alone are text to the database, as from
    // Connector/ODBC.
    for (int index = 1; index <= apd_->count(); ++index) {
      const auto number = static_cast<SQLSMALLINT>(index);
      const auto* bound = apd_->Find(number);
      if (bound != nullptr && bound->IsBound() && ipd_->Find(number) == nullptr) {
        Descriptor::SetConciseType(ipd_->Make(number), SQL_VARCHAR);
      }
    }
    collector_ = std::make_unique<ParameterCollector>(*apd_, *ipd_, markers, connection_->engine());
    // Parameters that an earlier statement had are not asked for, and their buffers may have no
    // room for an array. The relay passes over them, so that most texts need not be cut up here.
    if (!markers.count && (collector_->array_size() > 1 || collector_->HasDeferred())) {
      const int most = cursor::MostMarkers(text_.sql, connection_->lexical_rules());
      if (most < apd_->count()) {
        collector_ = std::make_unique<ParameterCollector>(
            *apd_, *ipd_, ParameterCollector::Markers{0, most}, connection_->engine());
      }
    }
  }
  deferred_ = collector_->FindDeferred();
  deferred_next_ = 0;
  if (deferred_.empty()) return SQL_SUCCESS;
  state_ = StatementState::kNeedData;
  return SQL_NEED_DATA;
}

// FoxPro's empty dates: what the parameters are the server tells.
void Statement::FindNullDates() {
  if (!connection_->reads_empty_dates_as_null() || !collector_->HasEmptyText()) return;
  const auto& parameters = Description().parameters();
  const auto count =
      std::min<std::size_t>(collector_->count(), static_cast<std::size_t>(parameters.size()));
  for (std::size_t index = 0; index < count; ++index) {
    const auto type = parameters[static_cast<int>(index)].sql_type();
    if (type == v1::SQLTYPE_DATE || type == v1::SQLTYPE_TIMESTAMP) {
      collector_->ReadEmptyAsNull(static_cast<SQLSMALLINT>(index + 1));
    }
  }
}

// With a status array the application learns which rows of its array could not be sent, and the
// others are; without one nothing is sent.
v1::ParameterSet Statement::CollectParameters() {
  const DescriptorLock lock(*apd_);
  const auto& header = ipd_->header();
  const bool has_statuses = header.array_status_ptr != nullptr;
  try {
    const bool leaves_out = has_statuses && collector_->array_size() > 1;
    return collector_->Collect(deferred_, leaves_out ? &left_out_ : nullptr);
  } catch (const ParameterCollector::BadRow& bad) {
    if (has_statuses) *static_cast<SQLUSMALLINT*>(header.array_status_ptr) = SQL_PARAM_ERROR;
    StoreCount(header.rows_processed_ptr, bad.row() + 1);
    throw;
  }
}

// Rows of the array that could not be sent.
void Statement::TellLeftOut() {
  for (const auto& bad : left_out_) {
    diagnostics().Add(diagnostic_context(), bad.state(), bad.what(),
                      static_cast<SQLLEN>(bad.row()) + 1, bad.parameter());
  }
}

// Every row of the array is excluded, or could not be sent.
SQLRETURN Statement::FinishWithoutRows() {
  TellLeftOut();
  const SQLRETURN reported = ReportParameters({}, SQL_PARAM_UNUSED);
  ForgetDeferred();
  if (reported == SQL_ERROR) return SQL_ERROR;
  row_count_ = 0;
  state_ = StatementState::kExecuted;
  return SQL_SUCCESS;
}

SQLRETURN Statement::Run() {
  left_out_.clear();
  parts_.reset();
  return RunParts();
}

SQLRETURN Statement::RunParts() {
  SQLRETURN outcome = SQL_SUCCESS;
  try {
    do {
      if (std::exchange(script_is_due_, false)) {
        GoToPart(script_part_ + 1);
        if (CollectOrAsk() == SQL_NEED_DATA) return SQL_NEED_DATA;
        left_out_.clear();
      }
      part_is_due_ = false;
      outcome = RunPart();
    } while (part_is_due_ || script_is_due_);
  } catch (...) {
    RewindScript();
    throw;
  }
  return outcome;
}

// All of the array, or a part of it after which the next one follows: no message is longer than the
// relay takes, and neither side holds more than a part.
SQLRETURN Statement::RunPart() {
  const auto open = connection_->client();
  v1::ParameterSet parameters;
  FindNullDates();
  try {
    do {
      parameters = CollectParameters();
    } while (parameters.row_count() == 0 && collector_->has_more());
  } catch (const DriverError&) {
    ForgetDeferred();
    throw;
  }
  if (!parameters.columns().empty() && parameters.row_count() == 0) {
    return parts_ ? FinishArray(open, *std::exchange(parts_, {})) : FinishWithoutRows();
  }
  if (const auto named = NamedCursor()) return RunPositioned(named, parameters);
  if (text_.id == 0) text_.id = open->NewStatementId();

  auto scope = std::make_unique<CancelPoint::Scope>(cancel_point_, open);
  client::ExecuteRequest request;
  request.statement_id = text_.id;
  request.sql = NextText();
  request.parameters = parameters.columns().empty() ? nullptr : &parameters;
  request.escape_scan = no_scan_ == SQL_NOSCAN_OFF;
  request.prepared = prepared_;
  request.max_rows = max_rows_;
  request.timeout = timeout();
  request.on_request_id = [&](std::uint64_t id) { scope->SetRequest(id); };
  std::shared_ptr<client::PendingCall> call;
  try {
    call = open->StartExecute(request);
  } catch (const client::RequestFailed&) {
    AbandonRun();
    throw;
  }
  for (const auto& parameter : deferred_) {
    const bool is_sent =
        std::ranges::find(collector_->rows(), parameter.row) != collector_->rows().end();
    if (is_sent && parameter.streamed != nullptr) parameter.streamed->stream().SetUsedUp();
  }
  v1::ParameterSet().Swap(&parameters);  // they are not kept while they are waited for
  return Await(std::move(scope), std::move(call),
               [this, open](client::PendingCall& pending) { return FinishRun(open, pending); });
}

// Of a query whose rows may be changed: on PostgreSQL they may have no other key.
bool Statement::WantsIdentity() const {
  return connection_->engine() == v1::ENGINE_POSTGRES &&
         (!cursor_.read_only() || !cursor_name_.empty()) && collector_->array_size() == 1 &&
         deferred_.empty();
}

// nullptr: the relay has it.
const std::string* Statement::NextText() {
  text_.runs_identified = false;
  if (WantsIdentity()) {
    if (!text_.identified) {
      text_.identified = cursor::WithRowIdentity(text_.sql).value_or("");
    }
    text_.runs_identified = !text_.identified->empty();
  }
  if (text_.runs_identified) return &*text_.identified;
  return text_.sent ? nullptr : &text_.wire();
}

// A view, for one, has no identity of its rows. What is wrong with the query itself the server will
// say again.
bool Statement::FallsBack(const client::RequestFailed& error) {
  const bool refused = error.sqlstate().starts_with("42") || error.sqlstate() == "0A000";
  if (!text_.runs_identified || !refused) return false;
  text_.identified = "";
  text_.sent = false;
  collector_->StartAgain();
  part_is_due_ = true;
  return true;
}

SQLRETURN Statement::FinishRun(const std::shared_ptr<client::RelayClient>& open,
                               client::PendingCall& call) {
  client::ExecuteResponse response;
  try {
    response = open->TakeResult(call);
    if (collector_->has_more() && response.cursor != nullptr) {
      throw client::RequestFailed("54000",
                                  "the parameters of an array of queries do not fit one message");
    }
  } catch (const client::RequestFailed& failure) {
    if (FallsBack(failure)) return SQL_SUCCESS;
    AbandonRun();
    return KeepFailure(open, failure);
  }
  text_.sent = !text_.runs_identified;
  connection_->NoteExecuted(text_.sql);
  // The relay counts the rows that it got; the application all of its array.
  const auto& rows = collector_->rows();
  for (auto& diagnostic : response.diagnostics) {
    const std::size_t row = static_cast<std::size_t>(diagnostic.row()) + collector_->part_begin();
    if (diagnostic.row() == 0 || row > rows.size()) continue;
    diagnostic.set_row(static_cast<std::int64_t>(rows[row - 1]) + 1);
  }
  if (!collector_->has_more() && !parts_) return FinishArray(open, std::move(response));
  AddPart(std::move(response));
  part_is_due_ = collector_->has_more();
  return part_is_due_ ? SQL_SUCCESS : FinishArray(open, *std::exchange(parts_, {}));
}

void Statement::AddPart(client::ExecuteResponse response) {
  if (!parts_) parts_.emplace();
  v1::Result& sum = parts_->result;
  const v1::Result& part = response.result;
  for (int row = 0; row < static_cast<int>(collector_->part_size()); ++row) {
    sum.add_parameter_statuses(row < part.parameter_statuses_size()
                                   ? part.parameter_statuses(row)
                                   : v1::PARAMETER_SET_STATUS_SUCCESS);
  }
  if (part.has_affected_rows()) sum.set_affected_rows(sum.affected_rows() + part.affected_rows());
  sum.set_kind(part.kind());
  std::ranges::move(response.diagnostics, std::back_inserter(parts_->diagnostics));
}

SQLRETURN Statement::FinishArray(const std::shared_ptr<client::RelayClient>& open,
                                 client::ExecuteResponse response) {
  TellLeftOut();
  const SQLRETURN reported = ReportParameters(response.result, SQL_PARAM_SUCCESS);
  ForgetDeferred();
  if (is_script() && reported != SQL_ERROR) {
    return KeepResult({script_part_, open, std::move(response), reported});
  }
  script_results_.clear();
  const SQLRETURN taken = TakeResult(open, std::move(response));
  return reported == SQL_SUCCESS ? taken : reported;
}

SQLRETURN Statement::TakeOutputs(const v1::OutputValues& outputs) {
  const DescriptorLock lock(*apd_);
  SQLRETURN outcome = SQL_SUCCESS;
  for (const auto& problem :
       StoreOutputs(outputs, *apd_, *ipd_, connection_->engine(), PartMarkers().before)) {
    AddProblem(problem.state, problem.message, 1, problem.parameter);
    if (!problem.state.code.starts_with("01")) {
      outcome = SQL_ERROR;
    } else if (outcome == SQL_SUCCESS) {
      outcome = SQL_SUCCESS_WITH_INFO;
    }
  }
  return outcome;
}

void Statement::AbandonRun() {
  text_.sent = false;  // the relay may have refused the text itself
  const auto done = std::exchange(parts_, {}).value_or(client::ExecuteResponse());
  TellLeftOut();
  AddWarnings(done.diagnostics);
  ReportParameters(done.result, SQL_PARAM_DIAG_UNAVAILABLE);
  ForgetDeferred();
}

// Writes SQL_ATTR_PARAM_STATUS_PTR and SQL_ATTR_PARAMS_PROCESSED_PTR. `otherwise` is the status of
// rows of which the relay says nothing.
SQLRETURN Statement::ReportParameters(const v1::Result& result, SQLUSMALLINT otherwise) {
  const auto& header = ipd_->header();
  auto* const statuses = static_cast<SQLUSMALLINT*>(header.array_status_ptr);
  const auto& rows = collector_->rows();
  if (statuses != nullptr) {
    std::fill_n(statuses, collector_->array_size(), SQLUSMALLINT{SQL_PARAM_UNUSED});
  }
  StoreCount(header.rows_processed_ptr, collector_->array_size());
  std::size_t failed = left_out_.size();
  for (const auto& bad : left_out_) statuses[bad.row()] = SQL_PARAM_ERROR;
  for (std::size_t index = 0; index < rows.size(); ++index) {
    SQLUSMALLINT status = otherwise;
    if (static_cast<int>(index) < result.parameter_statuses_size()) {
      switch (result.parameter_statuses(static_cast<int>(index))) {
        case v1::PARAMETER_SET_STATUS_ERROR:
          status = SQL_PARAM_ERROR;
          ++failed;
          break;
        case v1::PARAMETER_SET_STATUS_UNUSED:
          status = SQL_PARAM_UNUSED;
          break;
        default:
          status = SQL_PARAM_SUCCESS;
      }
    }
    if (statuses != nullptr) statuses[rows[index]] = status;
  }
  if (failed == 0) return SQL_SUCCESS;
  // Without a status array the application cannot tell which rows are missing, and most take
  // SQL_SUCCESS_WITH_INFO for success: they would lose rows in silence. psqlodbc fails there too.
  const bool none_succeeded = failed >= rows.size() + left_out_.size();
  return none_succeeded || statuses == nullptr ? SQL_ERROR : SQL_SUCCESS_WITH_INFO;
}

// A searched UPDATE or DELETE that touched nothing gives SQL_NO_DATA to an application of ODBC 3
// (ODBC reference, SQLExecDirect, "Comments"); MySQL's drivers do not, and applications on it rely
// on that. MERGE is neither.
bool Statement::IsEmptySearchedChange(const v1::Result& result) const {
  const bool searched =
      result.kind() == v1::STATEMENT_KIND_UPDATE || result.kind() == v1::STATEMENT_KIND_DELETE;
  return searched && result.has_affected_rows() && result.affected_rows() == 0 &&
         connection_->engine() == v1::ENGINE_POSTGRES && !connection_->odbc2() &&
         info::VerbOf(text_.sql) != "MERGE";
}

void Statement::AddWarnings(const std::vector<v1::Diagnostic>& found) {
  if (found.empty()) return;
  const auto context = diagnostic_context();
  for (const auto& diagnostic : found) diagnostics().Add(context, diagnostic);
}

SQLRETURN Statement::TakeResult(const std::shared_ptr<client::RelayClient>& open,
                                client::ExecuteResponse response) {
  auto& result = response.result;
  AddWarnings(response.diagnostics);
  diagnostics().set_dynamic_function(info::DynamicFunctionOf(result.kind(), text_.sql));
  // Statements that the server counts nothing for: Connector/ODBC answers 0, psqlodbc -1.
  const bool none = result.columns().empty() && connection_->engine() != v1::ENGINE_POSTGRES;
  const SQLLEN uncounted = none ? 0 : -1;
  row_count_ = result.has_affected_rows() ? static_cast<SQLLEN>(result.affected_rows()) : uncounted;
  diagnostics().set_row_count(row_count_);
  ird_is_current_ = false;
  const SQLRETURN stored = result.has_outputs() ? TakeOutputs(result.outputs()) : SQL_SUCCESS;
  if (result.columns().empty()) {
    rest_ = std::move(response.cursor);
    rest_client_ = open;
    state_ = StatementState::kExecuted;
    if (stored != SQL_SUCCESS) return stored;
    return IsEmptySearchedChange(result) && rest_ == nullptr ? SQL_NO_DATA : SQL_SUCCESS;
  }
  // Applications of the native drivers, which read all rows first, ask for the count of a SELECT.
  bool whole = true;
  if (response.cursor != nullptr) {
    const auto rows = response.cursor->known_rows();
    whole = rows.has_value();
    row_count_ = rows ? static_cast<SQLLEN>(*rows) : -1;
    diagnostics().set_row_count(row_count_);
    diagnostics().set_cursor_row_count(row_count_);
  }
  auto options = connection_->type_options();
  if (text_.sql.empty()) options.rules = {};  // the columns of catalogue functions are ODBC's
  result_ = std::make_unique<ResultSet>(
      open, std::move(response.cursor),
      std::vector<v1::Column>(std::make_move_iterator(result.mutable_columns()->begin()),
                              std::make_move_iterator(result.mutable_columns()->end())),
      connection_->engine(), options);
  if (result.kind() == v1::STATEMENT_KIND_CALL && connection_->fetches_refcursors()) {
    const auto texts = RefcursorTexts();
    if (!texts.empty()) return FetchRefcursors(texts);
  }
  if (whole && !text_.sql.empty()) {
    result_->SizeByValues(connection_->tells_longest(), cancel_point_);
  }
  OpenCursor(result.kind() == v1::STATEMENT_KIND_SELECT, whole);
  return stored;
}

SQLRETURN Statement::MoreResults() {
  CheckAllowed(Operation::kMoreResults, state_);
  const auto open = connection_->client();
  auto cursor = std::move(rest_);
  if (result_ != nullptr) {
    // Rows that were not read stand before the next result.
    while (const std::uint32_t rows = result_->Available(deadline(), cancel_point_)) {
      result_->Advance(rows);
    }
    cursor = result_->TakeCursor();
  }
  auto refcursors = std::move(refcursors_);
  DropResult();
  if (!refcursors.empty()) {
    if (cursor != nullptr) open->ReleaseCursor(std::move(cursor));
    refcursors_ = std::move(refcursors);
    return FetchNextRefcursor();
  }
  const bool is_last = cursor == nullptr || !cursor->more_results();
  if (is_last && !script_results_.empty()) {
    if (cursor != nullptr) open->ReleaseCursor(std::move(cursor));
    return TakeNextResult();
  }
  return GoToNextResult(open, std::move(cursor));
}

SQLRETURN Statement::GoToNextResult(const std::shared_ptr<client::RelayClient>& open,
                                    std::unique_ptr<client::Cursor> cursor) {
  if (cursor == nullptr) return SQL_NO_DATA;
  if (!cursor->more_results()) {
    open->ReleaseCursor(std::move(cursor));
    return SQL_NO_DATA;
  }
  auto scope = std::make_unique<CancelPoint::Scope>(cancel_point_, open);
  std::shared_ptr<client::PendingCall> call = open->StartNextResult(
      std::move(cursor), timeout(), [&](std::uint64_t id) { scope->SetRequest(id); });
  return Await(std::move(scope), std::move(call),
               [this, open](client::PendingCall& pending) -> SQLRETURN {
                 return TakeResult(open, open->TakeResult(pending));
               });
}

SQLRETURN Statement::RunCatalog(v1::Catalog request) {
  CheckRun(Operation::kCatalog);
  prepared_ = false;
  DropResult();
  SetScript({});
  request.set_metadata_id(metadata_id_ == SQL_TRUE);
  request.set_odbc2(connection_->odbc2());
  const auto options = connection_->type_options();
  // SQLColumns of Connector/ODBC tells applications without Unicode SQL_WVARCHAR, too.
  const bool mysql = connection_->engine() == v1::ENGINE_MYSQL;
  request.set_narrow_text(mysql ? options.octet_text : options.narrow_text);
  request.set_bools_as_char(options.bools_as_char);
  if (options.rules != info::TypeRules()) {
    *request.mutable_type_rules() = info::ForCatalog(options.rules);
  }
  const auto open = connection_->client();
  auto scope = std::make_unique<CancelPoint::Scope>(cancel_point_, open);
  std::shared_ptr<client::PendingCall> call = open->StartCatalog(
      std::move(request), timeout(), [&](std::uint64_t id) { scope->SetRequest(id); });
  return Await(std::move(scope), std::move(call), [this, open](client::PendingCall& pending) {
    return TakeResult(open, open->TakeResult(pending));
  });
}

void Statement::GetTypeInfo(SQLSMALLINT data_type) {
  CheckRun(Operation::kCatalog);
  prepared_ = false;
  DropResult();
  SetScript({});
  const auto options = connection_->type_options();
  auto types = info::GetTypeInfo(connection_->engine(), data_type, connection_->odbc2(), options);
  result_ = std::make_unique<ResultSet>(std::move(types.columns), std::move(types.batch),
                                        connection_->engine(), options);
  OpenCursor(false, true);
}

// Of a static cursor, the rows of its result (the native drivers know them all; SQLRowCount leaves
// it to the driver), unless SQLSetPos or SQLBulkOperations has changed some.
SQLLEN Statement::RowCount() {
  CheckAllowed(Operation::kRowCount, state_);
  if (change_count_) return *change_count_;
  if (kept_ != nullptr && open_cursor_.scrollable()) return LastRow();
  return row_count_;
}

bool Statement::CountsNothing() const { return row_count_ < 0 && result_ == nullptr; }

}  // namespace sluice::driver
