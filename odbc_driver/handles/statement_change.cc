// How a cursor changes a row of its table: the row is found by a unique key, and must still have
// the values that the cursor has read (SQL_CONCUR_VALUES).

#include <cstring>
#include <map>

#include "odbc_driver/convert/c_type.h"
#include "odbc_driver/convert/parameter_converter.h"
#include "odbc_driver/handles/statement.h"

namespace sluice::driver {
namespace {

// Columns of SQLStatistics, from 0.
constexpr std::size_t kIndexName = 5;
constexpr std::size_t kColumnName = 8;
constexpr std::size_t kFilterCondition = 12;

void CopyValue(const values::ColumnView& from, std::uint32_t row, values::ColumnBuilder& to) {
  const std::size_t width = values::FixedWidth(from.type());
  if (from.IsNull(row)) {
    to.AppendNull();
  } else if (width != 0) {
    to.AppendFixedBytes({from.FixedBytes(row), width});
  } else {
    to.AppendVariable(from.Variable(row));
  }
}

bool IsDeferred(SQLLEN length) {
  return length == SQL_DATA_AT_EXEC || length <= SQL_LEN_DATA_AT_EXEC_OFFSET;
}

}  // namespace

client::ExecuteResponse Statement::RunChange(const std::string& sql,
                                             const v1::ParameterSet& parameters) {
  const auto open = connection_->client();
  CancelPoint::Scope scope(cancel_point_, open);
  client::ExecuteRequest request;
  request.statement_id = open->NewStatementId();
  request.sql = &sql;
  request.parameters = parameters.columns().empty() ? nullptr : &parameters;
  request.escape_scan = false;
  request.timeout = timeout();
  request.on_request_id = [&](std::uint64_t id) { scope.SetRequest(id); };
  auto response = open->Execute(request);
  open->ReleaseStatement(request.statement_id);
  return response;
}

// One request, at the first change.
void Statement::FindTableKeys() {
  if (table_keys_known_) return;
  const auto open = connection_->client();
  auto response = open->RunCatalog(table_->KeyRequest(), timeout(), {});
  ResultSet indexes(open, std::move(response.cursor),
                    {response.result.columns().begin(), response.result.columns().end()},
                    connection_->engine(), connection_->type_options());
  std::map<std::string, std::vector<std::string>> keys;
  while (const std::uint32_t rows = indexes.Available(deadline(), cancel_point_)) {
    const auto& batch = indexes.batch();
    for (std::uint32_t row = indexes.position(); row < indexes.position() + rows; ++row) {
      if (batch.column(kIndexName).IsNull(row)) continue;  // the table itself
      auto& key = keys[std::string(batch.column(kIndexName).Variable(row))];
      const bool of_all_rows = batch.column(kFilterCondition).IsNull(row) ||
                               batch.column(kFilterCondition).Variable(row).empty();
      const auto& name = batch.column(kColumnName);
      key.emplace_back(of_all_rows && !name.IsNull(row) ? name.Variable(row) : "");
    }
    indexes.Advance(rows);
  }
  std::vector<std::vector<std::string>> names;
  for (auto& [index, columns] : keys) names.push_back(std::move(columns));
  table_->SetKeys(names);
  table_keys_known_ = true;
}

// The first unique key without a NULL in it.
Statement::RowChange Statement::KeyOf(std::int64_t row) {
  const auto span = kept_->At(row);
  if (span.deleted) throw DriverError(kHY109InvalidCursorPosition, "The row has been deleted");
  for (const auto& key : table_->keys()) {
    RowChange change;
    for (const std::size_t column : key) {
      if (span.batch->column(column).IsNull(span.row)) break;
      change.where.push_back({column, false});
      auto& parameter = *change.parameters.add_columns();
      parameter.set_value_type(result_->value_types()[column]);
      parameter.set_sql_type(result_->columns()[column].sql_type());
      parameter.set_size(result_->columns()[column].size());
      parameter.set_scale(result_->columns()[column].scale());
      values::ColumnBuilder builder(parameter.value_type());
      CopyValue(span.batch->column(column), span.row, builder);
      builder.Finish(*parameter.mutable_data());
    }
    if (change.where.size() != key.size()) continue;
    change.parameters.set_row_count(1);
    return change;
  }
  throw DriverError(kHYC00NotImplemented,
                    "The row cannot be found again: the cursor selects no unique key of its table");
}

// Another's change since shows as a row that is not found.
void Statement::AddOldValues(RowChange& change, std::int64_t row) const {
  const auto span = kept_->At(row);
  const auto key_columns = change.where.size();
  for (std::size_t column = 0; column < result_->columns().size(); ++column) {
    if (!table_->IsComparable(column)) continue;
    bool in_key = false;
    for (std::size_t i = 0; i < key_columns; ++i) in_key |= change.where[i].column == column;
    if (in_key) continue;
    const bool is_null = span.batch->column(column).IsNull(span.row);
    change.where.push_back({column, is_null});
    if (is_null) continue;
    auto& parameter = *change.parameters.add_columns();
    parameter.set_value_type(result_->value_types()[column]);
    parameter.set_sql_type(result_->columns()[column].sql_type());
    parameter.set_size(result_->columns()[column].size());
    parameter.set_scale(result_->columns()[column].scale());
    values::ColumnBuilder builder(parameter.value_type());
    CopyValue(span.batch->column(column), span.row, builder);
    builder.Finish(*parameter.mutable_data());
  }
}

// The values of the bound columns that can be changed and are not ignored.
void Statement::AddBoundValues(RowChange& change, SQLULEN row) {
  PopulateIrd();
  const auto& header = ard_->header();
  const auto* offset_ptr = static_cast<const SQLLEN*>(header.bind_offset_ptr);
  const std::size_t offset =
      offset_ptr == nullptr || rowset_.extended ? 0 : static_cast<std::size_t>(*offset_ptr);
  const bool by_row = header.bind_type != SQL_BIND_BY_COLUMN;
  for (SQLSMALLINT number = 1; number <= ard_->count(); ++number) {
    const auto& bound = *ard_->Find(number);
    const auto column = static_cast<std::size_t>(number - 1);
    if (!bound.IsBound() || column >= result_->columns().size()) continue;
    if (!table_->IsChangeable(column)) continue;
    const auto& described = *ird_->Find(number);
    convert::SourceParameter source;
    source.c_type = bound.concise_type == SQL_C_DEFAULT
                        ? convert::DefaultCType(result_->sources()[column], connection_->odbc2())
                        : bound.concise_type;
    const auto* c_type = convert::FindCType(source.c_type);
    if (c_type == nullptr) throw DriverError(kHY003InvalidCType);
    source.sql_type = info::ToOdbc3Type(described.concise_type);
    source.column_size = described.column_size;
    source.decimal_digits = described.decimal_digits;
    const auto at = [&](SQLPOINTER base) {
      return base == nullptr ? nullptr : static_cast<const char*>(base) + offset;
    };
    source.data = at(bound.data_ptr);
    source.buffer_length = bound.octet_length;
    const std::size_t width =
        c_type->width != 0 ? c_type->width : static_cast<std::size_t>(bound.octet_length);
    source.data_stride = by_row ? static_cast<std::size_t>(header.bind_type) : width;
    source.indicator_stride = by_row ? static_cast<std::size_t>(header.bind_type) : sizeof(SQLLEN);
    source.indicator = reinterpret_cast<const SQLLEN*>(at(bound.indicator_ptr));
    source.octet_length = reinterpret_cast<const SQLLEN*>(at(bound.octet_length_ptr));
    source.precision = bound.precision;
    source.scale = bound.scale;

    if (source.octet_length != nullptr) {
      SQLLEN length;
      std::memcpy(
          &length,
          reinterpret_cast<const char*>(source.octet_length) + (row - 1) * source.indicator_stride,
          sizeof length);
      if (length == SQL_COLUMN_IGNORE) continue;
      if (IsDeferred(length)) {
        throw DriverError(kHYC00NotImplemented,
                          "Columns whose data comes at execution are not supported");
      }
    }
    auto& parameter = *change.parameters.add_columns();
    parameter.set_value_type(convert::ParameterValueType(source.c_type, source.sql_type));
    parameter.set_sql_type(convert::ToSqlType(source.sql_type));
    parameter.set_size(source.column_size);
    parameter.set_scale(source.decimal_digits);
    values::ColumnBuilder builder(parameter.value_type());
    convert::AppendParameter(source, row - 1, builder);
    builder.Finish(*parameter.mutable_data());
    change.set.push_back(column);
  }
  change.parameters.set_row_count(1);
}

void Statement::DeleteRow(SQLULEN row) {
  const std::int64_t number = rowset_.first + static_cast<std::int64_t>(row) - 1;
  RowChange change = KeyOf(number);
  AddOldValues(change, number);
  const auto response = RunChange(table_->Delete(change.where), change.parameters);
  if (response.result.affected_rows() != 1) {
    diagnostics().Add(diagnostic_context(), k01001CursorConflict,
                      "The row has been changed or deleted since it was read",
                      static_cast<SQLLEN>(row));
    return;
  }
  kept_->MarkDeleted(number);
  SetStatusOf(row, SQL_ROW_DELETED);
}

void Statement::UpdateRow(SQLULEN row) {
  const std::int64_t number = rowset_.first + static_cast<std::int64_t>(row) - 1;
  RowChange change;
  AddBoundValues(change, row);
  if (change.set.empty()) throw DriverError(k21S02NoColumnToChange);
  RowChange key = KeyOf(number);
  RowChange found = key;
  AddOldValues(found, number);
  v1::ParameterSet parameters = change.parameters;
  parameters.MergeFrom(found.parameters);
  parameters.set_row_count(1);
  const auto response = RunChange(table_->Update(change.set, found.where), parameters);
  if (response.result.affected_rows() != 1) {
    diagnostics().Add(diagnostic_context(), k01001CursorConflict,
                      "The row has been changed or deleted since it was read",
                      static_cast<SQLLEN>(row));
    return;
  }
  // The row by its new key, with what the server has made of the values.
  for (std::size_t i = 0; i < key.where.size(); ++i) {
    for (std::size_t j = 0; j < change.set.size(); ++j) {
      if (change.set[j] != key.where[i].column) continue;
      *key.parameters.mutable_columns(static_cast<int>(i)) =
          change.parameters.columns(static_cast<int>(j));
    }
  }
  ReloadRow(number, key);
  SetStatusOf(row, SQL_ROW_UPDATED);
}

// Computed columns keep the values that were read. false: there is no such row.
bool Statement::ReloadRow(std::int64_t row, const RowChange& key) {
  auto response = RunChange(table_->Select(key.where), key.parameters);
  ResultSet found(connection_->client(), std::move(response.cursor),
                  {response.result.columns().begin(), response.result.columns().end()},
                  connection_->engine(), connection_->type_options());
  if (found.Available(deadline(), cancel_point_) == 0) return false;
  const auto span = kept_->At(row);
  values::BatchBuilder builder(result_->value_types());
  std::size_t next = 0;
  for (std::size_t column = 0; column < result_->columns().size(); ++column) {
    const bool read = table_->IsChangeable(column) && next < found.value_types().size();
    const std::size_t from = next;
    if (read) ++next;
    if (read && found.value_types()[from] == result_->value_types()[column]) {
      CopyValue(found.batch().column(from), found.position(), builder.column(column));
    } else {
      CopyValue(span.batch->column(column), span.row, builder.column(column));
    }
  }
  builder.EndRow();
  v1::ColumnBatch batch;
  builder.Finish(batch);
  kept_->Replace(row, batch);
  return true;
}

}  // namespace sluice::driver
