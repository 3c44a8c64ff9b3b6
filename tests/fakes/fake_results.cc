#include <cstdlib>
#include <utility>

#include "proto/values/column_batch.h"
#include "tests/fakes/fake_relay.h"

namespace sluice::fakes {

namespace {

void AppendText(values::ColumnBuilder& column, const std::string& text) {
  const auto integer = [&] { return std::strtoll(text.c_str(), nullptr, 10); };
  switch (column.type()) {
    case v1::VALUE_TYPE_BOOL:
      return column.AppendFixed(static_cast<std::uint8_t>(text == "1" || text == "true"));
    case v1::VALUE_TYPE_INT16:
      return column.AppendFixed(static_cast<std::int16_t>(integer()));
    case v1::VALUE_TYPE_INT32:
      return column.AppendFixed(static_cast<std::int32_t>(integer()));
    case v1::VALUE_TYPE_INT64:
      return column.AppendFixed(static_cast<std::int64_t>(integer()));
    case v1::VALUE_TYPE_UINT64:
      return column.AppendFixed(std::uint64_t{std::strtoull(text.c_str(), nullptr, 10)});
    case v1::VALUE_TYPE_FLOAT32:
      return column.AppendFixed(std::strtof(text.c_str(), nullptr));
    case v1::VALUE_TYPE_FLOAT64:
      return column.AppendFixed(std::strtod(text.c_str(), nullptr));
    default:
      assert(values::FixedWidth(column.type()) == 0);
      return column.AppendVariable(text);
  }
}

}  // namespace

v1::Column IntColumn(const std::string& name) {
  v1::Column column;
  column.set_name(name);
  column.set_value_type(v1::VALUE_TYPE_INT32);
  column.set_sql_type(v1::SQLTYPE_INTEGER);
  column.set_type_name("int4");
  column.set_size(10);
  column.set_nullability(v1::NULLABILITY_NULLABLE);
  return column;
}

v1::Column TextColumn(const std::string& name) {
  v1::Column column;
  column.set_name(name);
  column.set_value_type(v1::VALUE_TYPE_TEXT);
  column.set_sql_type(v1::SQLTYPE_VARCHAR);
  column.set_type_name("varchar");
  column.set_size(255);
  column.set_nullability(v1::NULLABILITY_NULLABLE);
  column.set_is_case_sensitive(true);
  return column;
}

FakeResult Table(std::vector<v1::Column> columns, const std::vector<FakeRow>& rows,
                 std::size_t rows_per_batch) {
  std::vector<values::ValueType> types;
  for (const v1::Column& column : columns) types.push_back(column.value_type());
  FakeResult result;
  result.kind = v1::STATEMENT_KIND_SELECT;
  result.columns = std::move(columns);
  values::BatchBuilder builder(types);
  for (const FakeRow& row : rows) {
    for (std::size_t i = 0; i < types.size(); ++i) {
      if (row.at(i)) {
        AppendText(builder.column(i), *row[i]);
      } else {
        builder.column(i).AppendNull();
      }
    }
    builder.EndRow();
    if (builder.row_count() == rows_per_batch) builder.Finish(result.batches.emplace_back());
  }
  if (builder.row_count() != 0) builder.Finish(result.batches.emplace_back());
  return result;
}

FakeResult NumberedRows(std::size_t rows, std::size_t rows_per_batch) {
  std::vector<FakeRow> table;
  for (std::size_t i = 1; i <= rows; ++i) {
    table.push_back({std::to_string(i), "row " + std::to_string(i)});
  }
  return Table({IntColumn("n"), TextColumn("text")}, table, rows_per_batch);
}

FakeResult AffectedRows(std::uint64_t rows, v1::StatementKind kind) {
  FakeResult result;
  result.affected_rows = rows;
  result.kind = kind;
  return result;
}

}  // namespace sluice::fakes
