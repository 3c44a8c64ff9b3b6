// FetchRefcursors: PostgreSQL's procedures return result sets as names of open cursors. Each is
// fetched as a result of its own, in place of the row with the names, as by psqlodbc.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "odbc_driver/handles/statement.h"

namespace sluice::driver {
namespace {

constexpr std::string_view kTypeName = "refcursor";

std::string FetchAll(std::string_view cursor) {
  std::string sql = "FETCH ALL IN \"";
  for (const char character : cursor) sql.append(character == '"' ? 2 : 1, character);
  return sql + '"';
}

}  // namespace

// Of the result of a call: a statement for each cursor in it, by rows and then by columns.
std::vector<std::string> Statement::RefcursorTexts() {
  std::vector<std::string> texts;
  const auto& columns = result_->columns();
  if (std::ranges::find(columns, kTypeName, &v1::Column::type_name) == columns.end()) return texts;
  while (const std::uint32_t rows = result_->Available(deadline(), cancel_point_)) {
    const values::BatchView& batch = result_->batch();
    for (std::uint32_t row = result_->position(); row < result_->position() + rows; ++row) {
      for (std::size_t column = 0; column < columns.size(); ++column) {
        const auto& values = batch.column(column);
        const bool is_cursor = columns[column].type_name() == kTypeName && !values.IsNull(row);
        if (is_cursor) texts.push_back(FetchAll(values.Variable(row)));
      }
    }
    if (texts.empty()) return texts;  // the rows stay for the application
    result_->Advance(rows);
  }
  return texts;
}

// A cursor ends with its transaction.
SQLRETURN Statement::FetchRefcursors(const std::vector<std::string>& texts) {
  DropResult();
  if (connection_->client()->transaction_state() == v1::TRANSACTION_STATE_NONE) {
    throw DriverError(kHY000GeneralError,
                      "FetchRefcursors needs a transaction: the cursors that the call has opened "
                      "ended with the call");
  }
  refcursors_.assign(texts.begin(), texts.end());
  return FetchNextRefcursor();
}

SQLRETURN Statement::FetchNextRefcursor() {
  const auto open = connection_->client();
  const std::string text = std::move(refcursors_.front());
  refcursors_.pop_front();
  auto scope = std::make_unique<CancelPoint::Scope>(cancel_point_, open);
  client::ExecuteRequest request;
  request.statement_id = open->NewStatementId();
  request.sql = &text;
  request.max_rows = max_rows_;
  request.timeout = timeout();
  request.on_request_id = [&](std::uint64_t id) { scope->SetRequest(id); };
  std::shared_ptr<client::PendingCall> call = open->StartExecute(request);
  open->ReleaseStatement(request.statement_id);
  return Await(std::move(scope), std::move(call),
               [this, open](client::PendingCall& pending) -> SQLRETURN {
                 return TakeResult(open, open->TakeResult(pending));
               });
}

}  // namespace sluice::driver
