// Arrays of parameter sets on PostgresConnection: all rows in one pipeline; after an error, row by
// row.

#include <charconv>
#include <string_view>

#include "relay_server/backend/postgres/errors.h"
#include "relay_server/backend/postgres/postgres_connection.h"

namespace sluice::relay::backend::postgres {
namespace {

// Rows that are in libpq's buffer before they are written and answers are read.
constexpr std::size_t kChunkBytes = 256 * 1024;

void AddAffected(const PGresult& result, std::uint64_t& sum) {
  const std::string_view text = PQcmdTuples(const_cast<PGresult*>(&result));
  std::uint64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  sum += count;
}

}  // namespace

ResultHead PostgresConnection::ExecuteArray(const Execution& execution) {
  ResultHead head;
  if (!RunWholeArray(execution, head)) {
    head = {};
    RunRowByRow(execution, head);
  }
  return head;
}

// All rows as one: in one implicit transaction, or behind one savepoint. False: none of them has
// had an effect, because a row was refused.
bool PostgresConnection::RunWholeArray(const Execution& execution, ResultHead& head) {
  Plan plan = MakePlan(execution);
  try {
    SendPreamble(execution, true);
    SendParseAndLearn(execution, plan);
  } catch (const BackendError& error) {
    if (error.connection_lost() || error.sqlstate() == kQueryCanceled) throw;
    return false;
  }
  std::optional<ParameterEncoder> encoder;
  try {
    if (plan.description->wire.columns_size() != 0) {
      throw BackendError("HYC00", kNativeError,
                         "a statement that returns rows takes one set of parameters at a time");
    }
    encoder.emplace(execution.parameters, plan.description->parameter_types);
  } catch (const BackendError&) {
    Settle();
    throw;
  }
  if (!encoder->AllRowsFit()) {
    Settle();
    return false;
  }
  std::uint64_t affected = 0;
  try {
    SendRows(*encoder, plan, affected);
  } catch (const BackendError& error) {
    // Perhaps the server has parsed it under this name; nobody will use that.
    if (plan.parse && !plan.name.empty()) to_deallocate_.push_back(plan.name);
    if (error.connection_lost() || error.sqlstate() == kQueryCanceled) throw;
    return false;
  }
  if (plan.parse) RememberParsed(execution.statement->sql, plan);
  head.affected_rows = affected;
  return true;
}

void PostgresConnection::SendRows(const ParameterEncoder& encoder, const Plan& plan,
                                  std::uint64_t& affected) {
  const auto on_result = [&affected](const PGresult& result) { AddAffected(result, affected); };
  std::size_t chunk = 0;
  for (std::uint32_t row = 0; row < encoder.row_count() && !pipeline_.has_error(); ++row) {
    encoder.Encode(row, encoded_);
    pipeline_.SendStatement(plan.name, encoded_, false);
    chunk += encoded_.byte_size();
    if (chunk >= kChunkBytes) {
      chunk = 0;
      pipeline_.Flush();
      pipeline_.ReadArrived(on_result);
    }
  }
  pipeline_.Finish(on_result);
  Settle();
  if (pipeline_.has_error()) Fail();
}

void PostgresConnection::RunRowByRow(const Execution& execution, ResultHead& head) {
  const std::uint32_t rows = execution.parameters->row_count();
  head.parameter_statuses.assign(rows, v1::PARAMETER_SET_STATUS_UNUSED);
  head.affected_rows = 0;
  for (std::uint32_t row = 0; row < rows; ++row) {
    try {
      RunArrayRow(execution, row, head);
    } catch (const BackendError& error) {
      if (error.connection_lost()) throw;
      head.parameter_statuses[row] = v1::PARAMETER_SET_STATUS_ERROR;
      v1::Diagnostic& diagnostic = head.diagnostics.emplace_back();
      diagnostic.set_sqlstate(error.sqlstate());
      diagnostic.set_native_code(error.native_code());
      diagnostic.set_message(error.what());
      diagnostic.set_row(std::int64_t{row} + 1);
      diagnostic.set_origin(v1::Diagnostic::ORIGIN_SERVER);
      if (error.sqlstate() == kQueryCanceled) return;  // the rows behind it stay UNUSED
    }
  }
}

void PostgresConnection::RunArrayRow(const Execution& execution, std::uint32_t row,
                                     ResultHead& head) {
  Execution single = execution;
  single.statement_rollback = true;  // a row that fails must not take the others with it
  const ResultHead row_head = ExecuteOne(single, row);
  head.parameter_statuses[row] = v1::PARAMETER_SET_STATUS_SUCCESS;
  *head.affected_rows += row_head.affected_rows.value_or(0);
}

}  // namespace sluice::relay::backend::postgres
