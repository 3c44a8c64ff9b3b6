#include "odbc_driver/handles/bound_rows.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "odbc_driver/convert/c_type.h"
#include "odbc_driver/handles/application_memory.h"

namespace sluice::driver {
namespace {

convert::SourceParameter SourceOf(const DescriptorHeader& header, const DescriptorRecord& bound,
                                  const DescriptorRecord& described, SQLSMALLINT c_type,
                                  SQLLEN offset) {
  convert::SourceParameter source;
  source.c_type = c_type;
  const auto* type = convert::FindCType(c_type);
  if (type == nullptr) throw DriverError(kHY003InvalidCType);
  source.sql_type = info::ToOdbc3Type(described.concise_type);
  source.column_size = described.column_size;
  source.decimal_digits = described.decimal_digits;
  source.data = Shifted<const char*>(bound.data_ptr, offset);
  source.buffer_length = bound.octet_length;
  const bool by_row = header.bind_type != SQL_BIND_BY_COLUMN;
  const std::size_t width =
      type->width != 0 ? type->width : static_cast<std::size_t>(bound.octet_length);
  source.data_stride = by_row ? static_cast<std::size_t>(header.bind_type) : width;
  source.indicator_stride = by_row ? static_cast<std::size_t>(header.bind_type) : sizeof(SQLLEN);
  source.indicator = Shifted<const SQLLEN*>(bound.indicator_ptr, offset);
  source.octet_length = Shifted<const SQLLEN*>(bound.octet_length_ptr, offset);
  source.precision = bound.precision;
  source.scale = bound.scale;
  return source;
}

}  // namespace

BoundRows::BoundRows(Descriptor& ard, const Descriptor& ird, const ResultSet& result,
                     const cursor::TargetTable& table, const Rules& rules) {
  const auto& header = ard.header();
  const SQLLEN offset = rules.bind_offset ? ReadBindOffset(header.bind_offset_ptr) : 0;
  for (int index = 1; index <= ard.count(); ++index) {
    const auto number = static_cast<SQLSMALLINT>(index);
    const auto& bound = *ard.Find(number);
    const auto column = static_cast<std::size_t>(number - 1);
    if (!bound.IsBound() || column >= result.columns().size()) continue;
    if (!table.IsChangeable(column)) continue;
    const SQLSMALLINT c_type = bound.concise_type == SQL_C_DEFAULT
                                   ? convert::DefaultCType(result.sources()[column], rules.odbc2)
                                   : bound.concise_type;
    columns_.push_back({column, SourceOf(header, bound, *ird.Find(number), c_type, offset)});
  }
}

const BoundRows::BoundColumn& BoundRows::Find(std::size_t column) const {
  const auto found = std::ranges::find(columns_, column, &BoundColumn::column);
  assert(found != columns_.end());
  return *found;
}

SQLSMALLINT BoundRows::c_type(SQLSMALLINT column) const {
  return Find(static_cast<std::size_t>(column - 1)).source.c_type;
}

std::unique_ptr<convert::PartConverter> BoundRows::NewPartConverter(SQLSMALLINT column) const {
  const auto& source = Find(static_cast<std::size_t>(column - 1)).source;
  return convert::PartConverter::For(source.c_type, source.sql_type);
}

std::vector<std::size_t> BoundRows::ColumnsOf(SQLULEN row) const {
  std::vector<std::size_t> columns;
  for (const BoundColumn& bound : columns_) {
    if (convert::LengthAt(bound.source, row - 1) != SQL_COLUMN_IGNORE) {
      columns.push_back(bound.column);
    }
  }
  return columns;
}

std::vector<DeferredParameter> BoundRows::FindDeferred(const std::vector<SQLULEN>& rows) const {
  std::vector<DeferredParameter> deferred;
  for (const SQLULEN row : rows) {
    for (const BoundColumn& bound : columns_) {
      const auto& source = bound.source;
      if (!convert::IsDeferred(convert::LengthAt(source, row - 1))) continue;
      auto* const token = const_cast<char*>(source.data) + (row - 1) * source.data_stride;
      deferred.push_back({.number = static_cast<SQLSMALLINT>(bound.column + 1),
                          .row = row - 1,
                          .token = source.data == nullptr ? nullptr : token,
                          .octets = {}});
    }
  }
  return deferred;
}

void BoundRows::AppendValue(const BoundColumn& bound, SQLULEN row,
                            const std::vector<DeferredParameter>& deferred,
                            values::ColumnBuilder& builder) const {
  const auto put = std::ranges::find_if(deferred, [&](const DeferredParameter& value) {
    return value.row == row - 1 && static_cast<std::size_t>(value.number - 1) == bound.column;
  });
  if (put == deferred.end()) {
    convert::AppendParameter(bound.source, row - 1, builder);
  } else if (put->is_null || put->streamed != nullptr) {
    builder.AppendNull();
  } else {
    convert::AppendPutData(bound.source, put->octets, builder);
  }
}

// The values that the relay has already.
void BoundRows::NameStreamed(std::size_t column, const std::vector<SQLULEN>& rows,
                             const std::vector<DeferredParameter>& deferred,
                             v1::ParameterColumn& parameter) {
  for (const auto& value : deferred) {
    const bool of_column = static_cast<std::size_t>(value.number - 1) == column;
    if (!of_column || value.streamed == nullptr) continue;
    const auto row = std::ranges::find(rows, value.row + 1);
    if (row == rows.end()) continue;
    auto& named = *parameter.add_sent_values();
    named.set_row(static_cast<std::uint32_t>(row - rows.begin()));
    named.set_value_id(value.streamed->stream().id());
  }
}

RowValues BoundRows::Build(const std::vector<std::size_t>& columns,
                           const std::vector<SQLULEN>& rows,
                           const std::vector<DeferredParameter>& deferred,
                           std::vector<BadRow>& bad) const {
  RowValues built{.columns = columns, .parameters = {}};
  built.parameters.set_row_count(static_cast<std::uint32_t>(rows.size()));
  for (const std::size_t column : columns) {
    const BoundColumn& bound = Find(column);
    auto& parameter = *built.parameters.add_columns();
    parameter.set_value_type(
        convert::ParameterValueType(bound.source.c_type, bound.source.sql_type));
    parameter.set_sql_type(convert::ToSqlType(bound.source.sql_type));
    parameter.set_size(bound.source.column_size);
    parameter.set_scale(bound.source.decimal_digits);
    values::ColumnBuilder builder(parameter.value_type());
    for (const SQLULEN row : rows) {
      try {
        AppendValue(bound, row, deferred, builder);
      } catch (const DriverError& error) {
        bad.emplace_back(error, row - 1, static_cast<SQLSMALLINT>(column + 1));
        builder.AppendNull();
      }
    }
    builder.Finish(*parameter.mutable_data());
    NameStreamed(column, rows, deferred, parameter);
  }
  return built;
}

RowValues BoundRows::Collect(const std::vector<std::size_t>& columns, std::vector<SQLULEN>& rows,
                             const std::vector<DeferredParameter>& deferred,
                             std::vector<BadRow>& bad) const {
  const std::size_t known = bad.size();
  RowValues built = Build(columns, rows, deferred, bad);
  if (bad.size() == known) return built;
  std::erase_if(rows, [&](SQLULEN row) {
    return std::ranges::any_of(bad, [row](const BadRow& one) { return one.row() + 1 == row; });
  });
  std::vector<BadRow> none;
  return Build(columns, rows, deferred, none);
}

}  // namespace sluice::driver
