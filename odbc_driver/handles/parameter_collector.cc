#include "odbc_driver/handles/parameter_collector.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "odbc_driver/convert/c_type.h"

namespace sluice::driver {
namespace {

// SQL_DATA_AT_EXEC or SQL_LEN_DATA_AT_EXEC(length).
bool IsDeferred(SQLLEN length) {
  return length == SQL_DATA_AT_EXEC || length <= SQL_LEN_DATA_AT_EXEC_OFFSET;
}

template <typename Pointer>
Pointer Shifted(SQLPOINTER base, std::size_t octets) {
  return base == nullptr ? nullptr : reinterpret_cast<Pointer>(static_cast<char*>(base) + octets);
}

SQLLEN LengthAt(const convert::SourceParameter& source, SQLULEN row) {
  if (source.octet_length == nullptr) return 0;
  const auto* at =
      reinterpret_cast<const char*>(source.octet_length) + row * source.indicator_stride;
  SQLLEN length;
  std::memcpy(&length, at, sizeof length);  // in rows that pyodbc packs it is not aligned
  return length;
}

}  // namespace

ParameterCollector::ParameterCollector(Descriptor& apd, Descriptor& ipd,
                                       std::optional<int> marker_count)
    : array_size_(apd.header().array_size) {
  const auto* operations = static_cast<const SQLUSMALLINT*>(apd.header().array_status_ptr);
  for (SQLULEN row = 0; row < array_size_; ++row) {
    if (operations == nullptr || operations[row] != SQL_PARAM_IGNORE) rows_.push_back(row);
  }
  const int bound = marker_count.value_or(apd.count());
  for (int number = 1; number <= bound; ++number) {
    const auto* application = apd.Find(static_cast<SQLSMALLINT>(number));
    const auto* implementation = ipd.Find(static_cast<SQLSMALLINT>(number));
    if (application == nullptr || implementation == nullptr || !application->IsBound()) {
      throw DriverError(k07002CountFieldIncorrect,
                        "Parameter " + std::to_string(number) + " is not bound");
    }
    sources_.push_back(SourceOf(apd, *application, *implementation));
  }
}

convert::SourceParameter ParameterCollector::SourceOf(
    Descriptor& apd, const DescriptorRecord& application,
    const DescriptorRecord& implementation) const {
  const auto& header = apd.header();
  const auto* offset_ptr = static_cast<const SQLLEN*>(header.bind_offset_ptr);
  const std::size_t offset = offset_ptr == nullptr ? 0 : static_cast<std::size_t>(*offset_ptr);
  const bool by_row = header.bind_type != SQL_PARAM_BIND_BY_COLUMN;

  convert::SourceParameter source;
  source.sql_type = implementation.concise_type;
  source.c_type = application.concise_type == SQL_C_DEFAULT
                      ? convert::DefaultParameterCType(source.sql_type)
                      : application.concise_type;
  const auto* c_type = convert::FindCType(source.c_type);
  if (c_type == nullptr) throw DriverError(kHY003InvalidCType);
  source.column_size = SizeIsPrecision(source.sql_type)
                           ? static_cast<SQLULEN>(implementation.precision)
                           : implementation.length;
  source.decimal_digits =
      SizeIsPrecision(source.sql_type) ? implementation.scale : implementation.precision;
  source.data = Shifted<const char*>(application.data_ptr, offset);
  source.buffer_length = application.octet_length;
  const std::size_t width =
      c_type->width != 0 ? c_type->width : static_cast<std::size_t>(application.octet_length);
  source.data_stride = by_row ? static_cast<std::size_t>(header.bind_type) : width;
  source.indicator = Shifted<const SQLLEN*>(application.indicator_ptr, offset);
  source.octet_length = Shifted<const SQLLEN*>(application.octet_length_ptr, offset);
  source.indicator_stride = by_row ? static_cast<std::size_t>(header.bind_type) : sizeof(SQLLEN);
  source.precision = application.precision;
  source.scale = application.scale;
  return source;
}

std::vector<DeferredParameter> ParameterCollector::FindDeferred() const {
  std::vector<DeferredParameter> deferred;
  for (const SQLULEN row : rows_) {
    for (std::size_t index = 0; index < sources_.size(); ++index) {
      const auto& source = sources_[index];
      if (!IsDeferred(LengthAt(source, row))) continue;
      auto* const token = const_cast<char*>(source.data) + row * source.data_stride;
      deferred.push_back({.number = static_cast<SQLSMALLINT>(index + 1),
                          .row = row,
                          .token = source.data == nullptr ? nullptr : token,
                          .octets = {}});
    }
  }
  return deferred;
}

v1::ParameterSet ParameterCollector::Collect(const std::vector<DeferredParameter>& deferred) const {
  v1::ParameterSet set;
  set.set_row_count(static_cast<std::uint32_t>(rows_.size()));
  for (std::size_t index = 0; index < sources_.size(); ++index) {
    const auto& source = sources_[index];
    const auto number = static_cast<SQLSMALLINT>(index + 1);
    auto& column = *set.add_columns();
    column.set_value_type(convert::ParameterValueType(source.c_type, source.sql_type));
    column.set_sql_type(convert::ToSqlType(source.sql_type));
    column.set_size(source.column_size);
    column.set_scale(source.decimal_digits);
    values::ColumnBuilder builder(column.value_type());
    for (const SQLULEN row : rows_) {
      const auto put = std::ranges::find_if(deferred, [&](const DeferredParameter& parameter) {
        return parameter.number == number && parameter.row == row;
      });
      try {
        if (put == deferred.end()) {
          convert::AppendParameter(source, row, builder);
        } else if (put->is_null) {
          builder.AppendNull();
        } else {
          convert::AppendPutData(source, put->octets, builder);
        }
      } catch (const DriverError& error) {
        throw BadRow(error, row, number);
      }
    }
    builder.Finish(*column.mutable_data());
  }
  return set;
}

}  // namespace sluice::driver
