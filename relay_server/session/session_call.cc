// Calls of procedures and functions: how a {call} is read, and what it gives back.

#include <algorithm>
#include <utility>

#include "relay_server/session/client_session.h"

namespace sluice::relay::session {
namespace {

using backend::BackendError;

// PostgreSQL's words for a name that is a procedure where a function is wanted, or the other way
// round: 42809, and 42883 when the arguments fit neither (OUT parameters count for procedures
// only).
bool IsWrongRoutine(const BackendError& error) {
  return !error.connection_lost() && (error.sqlstate() == "42809" || error.sqlstate() == "42883");
}

// What the other reading of a call gets in a transaction that the first one has made fail.
bool IsAborted(const BackendError& error) { return error.sqlstate() == "25P02"; }

// The parameters that the native text has markers for.
values::ParameterSetView NativeParameters(const dialect::TranslatedStatement& translated,
                                          const values::ParameterSetView& parameters) {
  const auto& dropped = translated.dropped_markers;
  std::vector<std::size_t> picked;
  for (std::size_t i = translated.returns_value ? 1 : 0; i < parameters.column_count(); ++i) {
    if (!std::ranges::binary_search(dropped, static_cast<int>(i))) picked.push_back(i);
  }
  return parameters.Pick(picked);
}

// A routine's parameters that nobody can describe before it runs.
v1::StatementDescription UnknownParameters(int count) {
  constexpr std::uint64_t kUnknownSize = 255;
  v1::StatementDescription description;
  for (int i = 0; i < count; ++i) {
    auto& parameter = *description.add_parameters();
    parameter.set_value_type(v1::VALUE_TYPE_TEXT);
    parameter.set_sql_type(v1::SQLTYPE_VARCHAR);
    parameter.set_type_name("varchar");
    parameter.set_size(kUnknownSize);
  }
  return description;
}

// The return value is the first parameter, not a column.
void DescribeReturnValue(v1::StatementDescription& description) {
  v1::Parameter value = *UnknownParameters(1).mutable_parameters(0);
  if (!description.columns().empty()) {
    const auto& column = description.columns(0);
    value.set_value_type(column.value_type());
    value.set_sql_type(column.sql_type());
    value.set_type_name(column.type_name());
    value.set_size(column.size());
    value.set_scale(column.scale());
    value.set_is_unsigned(column.is_unsigned());
  }
  description.clear_columns();
  *description.add_parameters() = std::move(value);
  for (int i = description.parameters_size() - 1; i > 0; --i) {
    description.mutable_parameters()->SwapElements(i, i - 1);
  }
}

void CheckOutputCount(std::size_t given, std::size_t bound) {
  if (given == bound) return;
  throw SessionError("07002", "the routine gives " + std::to_string(given) + " values back, " +
                                  std::to_string(bound) +
                                  " parameter markers are bound for output");
}

}  // namespace

// A {call} whose OUT parameters are known may read differently.
std::shared_ptr<const Script> ClientSession::WithDirections(
    std::shared_ptr<const Script> script, const v1::ParameterSet& parameters) const {
  if (script->source.empty()) return script;
  std::vector<bool> output_only;
  for (int i = 0; i < parameters.columns_size(); ++i) {
    if (parameters.columns(i).direction() != v1::PARAMETER_DIRECTION_OUTPUT) continue;
    output_only.resize(static_cast<std::size_t>(i) + 1, false);
    output_only.back() = true;
  }
  if (output_only.empty()) return script;
  return served_->statements.Get(script->source, script->reading, output_only);
}

// The numbers, in the whole text, of the statement's markers that are bound for output. Only a call
// gives anything back.
std::vector<std::uint32_t> ClientSession::OutputMarkers(const ScriptStatement& statement,
                                                        const values::ParameterSetView& parameters,
                                                        std::size_t first_parameter) {
  std::vector<std::uint32_t> markers;
  if (statement.translated.kind != v1::STATEMENT_KIND_CALL) return markers;
  for (std::size_t i = 0; i < parameters.column_count(); ++i) {
    if (parameters.description(i).direction() == v1::PARAMETER_DIRECTION_INPUT) continue;
    markers.push_back(static_cast<std::uint32_t>(first_parameter + i + 1));
  }
  if (!markers.empty() && parameters.row_count() > 1) {
    throw SessionError("HYC00", "arrays of parameters that are bound for output are not supported");
  }
  return markers;
}

// Runs the reading of a {call} that applied last time, and the other one when the server says that
// the routine is of the other kind.
backend::ResultHead ClientSession::ExecuteReading(backend::BackendConnection& connection,
                                                  const ScriptStatement& statement,
                                                  const values::ParameterSetView& parameters,
                                                  backend::Execution execution) {
  const auto& translated = statement.translated;
  const bool takes_all = !translated.returns_value && translated.dropped_markers.empty();
  const auto picked =
      takes_all ? values::ParameterSetView() : NativeParameters(translated, parameters);
  const auto& own_parameters = takes_all ? parameters : picked;
  auto* const procedure = statement.procedure.get();
  const bool begins = execution.begin_transaction;
  const auto run = [&](bool as_procedure) {
    execution.statement = as_procedure ? procedure->native : statement.native;
    execution.parameters = as_procedure ? &parameters : &own_parameters;
    execution.begin_transaction =
        begins && connection.transaction_state() == v1::TRANSACTION_STATE_NONE;
    return connection.Execute(execution);
  };
  if (procedure == nullptr) return run(false);
  const bool as_procedure = procedure->applies;
  std::exception_ptr first_error;
  try {
    return run(as_procedure);
  } catch (const BackendError& error) {
    if (!IsWrongRoutine(error)) throw;
    first_error = std::current_exception();
  }
  try {
    backend::ResultHead head = run(!as_procedure);
    procedure->applies = !as_procedure;
    return head;
  } catch (const BackendError& error) {
    if (IsWrongRoutine(error) || IsAborted(error)) std::rethrow_exception(first_error);
    throw;
  }
}

// The row of a function, or of PostgreSQL's CALL, is what it gives back; of several rows it is the
// first. Columns beyond the markers are of parameters that the call leaves to their defaults.
backend::FetchStatus ClientSession::TakeRowAsOutputs(backend::BackendConnection& connection,
                                                     std::size_t markers,
                                                     backend::ResultHead& head) {
  values::BatchBuilder builder(ValueTypes(head.columns));
  backend::RoutineOutputs outputs;
  backend::FetchLimits limits;
  limits.rows = 1;
  const auto status = connection.FetchRows(builder, limits);
  if (builder.row_count() == 0) {
    for (std::size_t i = 0; i < builder.column_count(); ++i) builder.column(i).AppendNull();
    builder.EndRow();
  } else {
    head.first_rows.emplace();
  }
  builder.Finish(outputs.batch);
  if (head.first_rows) *head.first_rows = outputs.batch;
  outputs.columns = head.columns;
  if (markers < outputs.columns.size()) {
    const auto extra = static_cast<int>(outputs.columns.size() - markers);
    outputs.columns.resize(markers);
    outputs.batch.mutable_columns()->DeleteSubrange(static_cast<int>(markers), extra);
  }
  head.affected_rows.reset();
  head.outputs = std::move(outputs);
  return status;
}

// {?=call f()} has a value and no result set.
void ClientSession::DropRows(backend::BackendConnection& connection, backend::FetchStatus& status,
                             backend::ResultHead& head) {
  values::BatchBuilder builder(ValueTypes(head.columns));
  while (status == backend::FetchStatus::kMore) {
    status = connection.FetchRows(builder, backend::FetchLimits());
    v1::ColumnBatch unwanted;
    builder.Finish(unwanted);
  }
  head.columns.clear();
  head.first_rows.reset();
}

void ClientSession::SettleOutputs(const RelayCursor& cursor, backend::ResultHead& head) {
  if (!head.outputs) return;
  if (cursor.output_markers.empty()) {
    head.outputs.reset();  // nobody asked for them
    return;
  }
  CheckOutputCount(head.outputs->columns.size(), cursor.output_markers.size());
}

v1::StatementDescription ClientSession::DescribeReading(backend::BackendConnection& connection,
                                                        const ScriptStatement& statement) const {
  const auto& translated = statement.translated;
  v1::StatementDescription description;
  try {
    const bool as_procedure = statement.procedure != nullptr && statement.procedure->applies;
    description = connection.Describe(
        as_procedure ? *statement.procedure->native : *statement.native, settings_);
  } catch (const BackendError& error) {
    if (statement.procedure == nullptr || !IsWrongRoutine(error)) throw;
    try {
      description = connection.Describe(*statement.procedure->native, settings_);
    } catch (const BackendError& other) {
      // A function with OUT parameters: which markers are these will be known when they are bound.
      if (!IsWrongRoutine(other) || translated.marker_count == 0) throw;
      return UnknownParameters(translated.marker_count);
    }
  }
  if (translated.returns_value) DescribeReturnValue(description);
  return description;
}

}  // namespace sluice::relay::session
