// Positioned UPDATE and DELETE: the cursor's current row is found by what the cursor has read of it
// (ODBC reference, "Simulating Positioned Update and Delete Statements").

#include <memory>
#include <mutex>
#include <utility>

#include "odbc_driver/cursor/named_table.h"
#include "odbc_driver/handles/statement.h"

namespace sluice::driver {
namespace {

// The reference has no state of its own for it. 34000 and 24000 tell of the cursor; here the
// statement is wrong, wherever the cursor stands (SQL-92, 13.9 and 13.6, syntax rules: the table is
// the one that the cursor reads).
constexpr const char* kAnotherTable =
    "The table that the statement changes is not the one that the cursor reads";

// Of another statement, while this one holds its own: the two must not wait for each other. Without
// the lock: another function is using the cursor.
std::unique_lock<std::mutex> LockCursor(Statement& cursor) {
  std::unique_lock lock(cursor.call_mutex(), std::try_to_lock);
  if (lock.owns_lock() && cursor.executing()) lock.unlock();
  return lock;
}

}  // namespace

// Called under this statement's call_mutex(), for another one.
Statement::CurrentRow Statement::FindCurrentRow(const std::vector<std::string>& table) {
  if (freed() || !HasCursor(state_)) {
    throw DriverError(k34000InvalidCursorName, "The cursor is not open");
  }
  if (state_ != StatementState::kPositioned || rowset_.rows == 0) {
    throw DriverError(k24000InvalidCursorState, "The cursor stands on no row");
  }
  if (kept_ != nullptr) kept_->UndoRolledBack();
  if (IsDeleted(rowset_.current)) {
    throw DriverError(k24000InvalidCursorState, "The cursor's row has been deleted");
  }
  if (editor_ == nullptr &&
      cursor::NamesItsTable(text_.sql, result_->columns(), connection_->engine(),
                            connection_->lexical_rules())) {
    editor_ = TableEditor::Over(
        *result_, cancel_point_,
        {connection_->client(), connection_->engine(), connection_->type_options()});
  }
  if (editor_ == nullptr) {
    throw DriverError(kHYC00NotImplemented, "The cursor's rows are not those of one table");
  }
  const auto name_test = editor_->table().NameTest(
      table, connection_->client()->session().server().lower_case_table_names());
  if (!name_test) throw DriverError(k42000SyntaxError, kAnotherTable);
  editor_->set_timeout(timeout());
  const auto row = RowOfRowset(rowset_.current);
  if (open_cursor_.simulation == SQL_SC_UNIQUE) editor_->KeyOf(row);  // there must be one
  auto condition = editor_->ConditionOf(row);
  if (!condition) {
    throw DriverError(kHYC00NotImplemented,
                      "The row cannot be found again: the cursor selects no unique key of its "
                      "table, and no column that could be compared");
  }
  const std::string where = editor_->table().Where(condition->where);
  const bool tells = kept_ != nullptr && !editor_->OutlivesChanges(row);
  return {.where = name_test->empty() ? where : where + " AND " + *name_test,
          .name_test = *name_test,
          .returning = tells ? editor_->table().Returning() : "",
          .values = std::move(condition->parameters),
          .result = result_.get(),
          .number = rowset_.current_row()};
}

// The cursor shows what has become of its row, if it goes back to it. `now`: as far as the change
// itself has told it.
void Statement::NoteChange(const CurrentRow& row, const std::optional<v1::ColumnBatch>& now) {
  if (freed() || result_.get() != row.result || kept_ == nullptr) return;
  if (now) {
    kept_->Replace(row.number, *now);
  } else if (open_cursor_.scrollable() && !kept_->IsDeleted(row.number)) {
    try {
      // By its old key: a row that has got a new one stays as it was read.
      const auto read = editor_->Reload(ViewOf(row.number), nullptr);
      if (read) kept_->Replace(row.number, *read);
    } catch (const DriverError&) {  // there is no key
    }
  }
}

void Statement::NoteDeletion(const CurrentRow& row) {
  if (freed() || result_.get() != row.result || kept_ == nullptr) return;
  kept_->MarkDeleted(row.number);
}

// The row that RETURNING has told is the cursor's, not this statement's.
std::optional<v1::ColumnBatch> Statement::TakeChangedRow(Statement* target, const CurrentRow& row) {
  if (result_ == nullptr) return std::nullopt;
  const SQLLEN rows = result_->Available(deadline(), cancel_point_);
  std::optional<v1::ColumnBatch> now;
  if (rows != 0 && target != nullptr && !target->freed() && target->result_.get() == row.result) {
    const cursor::RowView before = target->ViewOf(row.number);
    now = target->editor_->TakeRow(*result_, &before);
  }
  DropResult();
  row_count_ = rows;
  diagnostics().set_row_count(rows);
  state_ = StatementState::kExecuted;
  return now;
}

// Whether it is the cursor's table that the statement names, as far as that can still be asked.
bool Statement::NameHolds(const CurrentRow& row) {
  if (row.name_test.empty() || freed() || result_.get() != row.result) return true;
  return editor_->Holds(row.name_test);
}

// A name that no statement has may be that of a cursor on a PostgreSQL server (DECLARE).
std::shared_ptr<Statement> Statement::NamedCursor() const {
  if (!text_.positioned) return nullptr;
  auto cursor = connection_->FindCursor(text_.positioned->cursor);
  if (cursor == nullptr && connection_->engine() == v1::ENGINE_POSTGRES) return nullptr;
  if (cursor == nullptr || cursor.get() == this) {
    throw DriverError(k34000InvalidCursorName, "No open cursor has this name");
  }
  return cursor;
}

SQLRETURN Statement::RunPositioned(const std::shared_ptr<Statement>& target,
                                   v1::ParameterSet parameters) {
  const cursor::PositionedStatement& positioned = *text_.positioned;
  if (parameters.row_count() > 1) {
    throw DriverError(kHYC00NotImplemented, "A positioned statement takes one set of parameters");
  }
  CurrentRow row = [&] {
    const auto lock = LockCursor(*target);
    if (!lock) throw DriverError(kHY010SequenceError, "Another function is using the cursor");
    return target->FindCurrentRow(positioned.table);
  }();
  while (parameters.columns_size() > positioned.markers) parameters.mutable_columns()->RemoveLast();
  parameters.MergeFrom(row.values);
  parameters.set_row_count(1);

  const auto open = connection_->client();
  auto scope = std::make_unique<CancelPoint::Scope>(cancel_point_, open);
  // Somebody's own RETURNING, and whatever else stands behind the cursor's name, has precedence.
  const bool is_plain = positioned.tail.find_first_not_of(" \t\r\n;") == std::string::npos;
  if (positioned.is_delete || !is_plain) row.returning.clear();
  const std::string sql = row.returning.empty() ? positioned.With(row.where)
                                                : positioned.head + row.where + row.returning;
  client::ExecuteRequest request;
  request.statement_id = open->NewStatementId();
  request.sql = &sql;
  request.parameters = &parameters;
  request.escape_scan = no_scan_ == SQL_NOSCAN_OFF;
  request.timeout = timeout();
  request.on_request_id = [&](std::uint64_t id) { scope->SetRequest(id); };
  std::shared_ptr<client::PendingCall> call = open->StartExecute(request);
  open->ReleaseStatement(request.statement_id);
  return Await(std::move(scope), std::move(call),
               [this, open, target, row = std::move(row)](client::PendingCall& pending) {
                 return FinishPositioned(open, pending, *target, row);
               });
}

SQLRETURN Statement::FinishPositioned(const std::shared_ptr<client::RelayClient>& open,
                                      client::PendingCall& call, Statement& target,
                                      const CurrentRow& row) {
  const bool is_delete = text_.positioned->is_delete;
  const bool sent = text_.sent;
  const SQLRETURN finished = FinishRun(open, call);
  text_.sent = sent;
  diagnostics().set_dynamic_function(
      is_delete ? info::DynamicFunction{SQL_DIAG_DYNAMIC_DELETE_CURSOR, "DYNAMIC DELETE CURSOR"}
                : info::DynamicFunction{SQL_DIAG_DYNAMIC_UPDATE_CURSOR, "DYNAMIC UPDATE CURSOR"});
  if (finished == SQL_ERROR) return SQL_ERROR;
  const auto lock = LockCursor(target);
  const auto now =
      row.returning.empty() ? std::nullopt : TakeChangedRow(lock ? &target : nullptr, row);
  if (row_count_ == 1) {
    if (lock) {
      is_delete ? target.NoteDeletion(row) : target.NoteChange(row, now);
      return finished;
    }
    // It is done, and cannot fail any more.
    diagnostics().Add(diagnostic_context(), k01000GeneralWarning,
                      "The row has been changed, but the cursor, which another function is using, "
                      "shows it as it was read");
    return SQL_SUCCESS_WITH_INFO;
  }
  if (row_count_ == 0 && lock && !target.NameHolds(row)) {
    DropResult();
    throw DriverError(k42000SyntaxError, kAnotherTable);
  }
  diagnostics().Add(diagnostic_context(), k01001CursorConflict,
                    row_count_ == 0 ? "The row has been changed or deleted since it was read"
                                    : "More than one row was changed");
  return SQL_SUCCESS_WITH_INFO;
}

}  // namespace sluice::driver
