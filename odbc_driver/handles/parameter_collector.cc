#include "odbc_driver/handles/parameter_collector.h"

#include <algorithm>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "odbc_driver/convert/c_type.h"
#include "odbc_driver/handles/application_memory.h"

namespace sluice::driver {
namespace {

// Of the rows that travel in one message. The next ones wait for its answer, so that neither side
// keeps more; on a slow link a message of this size takes far longer than its answer.
constexpr std::size_t kPartBytes = std::size_t{4} << 20;
constexpr std::size_t kWidestNumber = 16;  // octets of a value of fixed width, at most

v1::ParameterDirection DirectionOf(SQLSMALLINT parameter_type) {
  switch (parameter_type) {
    case SQL_PARAM_OUTPUT:
      return v1::PARAMETER_DIRECTION_OUTPUT;
    case SQL_PARAM_INPUT_OUTPUT:
      return v1::PARAMETER_DIRECTION_INPUT_OUTPUT;
    default:
      return v1::PARAMETER_DIRECTION_INPUT;
  }
}

bool IsCharacter(SQLSMALLINT sql_type) {
  const v1::SqlType type = convert::ToSqlType(sql_type);
  return type == v1::SQLTYPE_CHAR || type == v1::SQLTYPE_VARCHAR || type == v1::SQLTYPE_LONGVARCHAR;
}

// How a number that is bound as text travels to MySQL. The server tells no types of its markers, so
// that whoever asks SQLDescribeParam binds everything as text; text in a BIT column is the bits of
// its characters, and the databases' own drivers send a number as one. A float stays text, whose
// digits are those of 24 bits.
struct NumberAsText {
  SQLSMALLINT c_type;
  SQLSMALLINT sql_type;
};
constexpr NumberAsText kNumbersAsText[] = {
    {SQL_C_BIT, SQL_BIT},         {SQL_C_TINYINT, SQL_BIGINT}, {SQL_C_STINYINT, SQL_BIGINT},
    {SQL_C_UTINYINT, SQL_BIGINT}, {SQL_C_SHORT, SQL_BIGINT},   {SQL_C_SSHORT, SQL_BIGINT},
    {SQL_C_USHORT, SQL_BIGINT},   {SQL_C_LONG, SQL_BIGINT},    {SQL_C_SLONG, SQL_BIGINT},
    {SQL_C_ULONG, SQL_BIGINT},    {SQL_C_SBIGINT, SQL_BIGINT}, {SQL_C_UBIGINT, SQL_BIGINT},
    {SQL_C_DOUBLE, SQL_DOUBLE}};

SQLSMALLINT MysqlTypeOf(const convert::SourceParameter& source) {
  const auto* number = std::ranges::find(kNumbersAsText, source.c_type, &NumberAsText::c_type);
  const bool is_number = number != std::end(kNumbersAsText) && IsCharacter(source.sql_type);
  return is_number ? number->sql_type : source.sql_type;
}

}  // namespace

ParameterCollector::ParameterCollector(Descriptor& apd, Descriptor& ipd, const Markers& markers,
                                       v1::Engine engine)
    : engine_(engine), before_(markers.before), array_size_(apd.header().array_size) {
  const auto* operations = static_cast<const SQLUSMALLINT*>(apd.header().array_status_ptr);
  for (SQLULEN row = 0; row < array_size_; ++row) {
    if (operations == nullptr || operations[row] != SQL_PARAM_IGNORE) rows_.push_back(row);
  }
  const int count = markers.count.value_or(apd.count() - before_);
  for (int number = before_ + 1; number <= before_ + count; ++number) {
    const auto* application = apd.Find(static_cast<SQLSMALLINT>(number));
    const auto* implementation = ipd.Find(static_cast<SQLSMALLINT>(number));
    const auto direction = implementation == nullptr ? v1::PARAMETER_DIRECTION_INPUT
                                                     : DirectionOf(implementation->parameter_type);
    // An output value that nobody wants needs no buffer.
    const bool is_bound = application != nullptr && implementation != nullptr &&
                          (application->IsBound() || direction == v1::PARAMETER_DIRECTION_OUTPUT);
    if (!is_bound) {
      throw DriverError(k07002CountFieldIncorrect,
                        "Parameter " + std::to_string(number) + " is not bound");
    }
    if (direction != v1::PARAMETER_DIRECTION_INPUT && array_size_ > 1) {
      throw DriverError(kHYC00NotImplemented,
                        "Arrays of parameters that are bound for output are not supported");
    }
    sources_.push_back(SourceOf(apd, *application, *implementation));
    if (engine == v1::ENGINE_MYSQL && direction == v1::PARAMETER_DIRECTION_INPUT) {
      sources_.back().sql_type = MysqlTypeOf(sources_.back());
    }
    directions_.push_back(direction);
  }
}

convert::SourceParameter ParameterCollector::SourceOf(
    Descriptor& apd, const DescriptorRecord& application,
    const DescriptorRecord& implementation) const {
  const auto& header = apd.header();
  const SQLLEN offset = ReadBindOffset(header.bind_offset_ptr);
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
  // The scale in the structure is for output alone (appendix D, "C Data Types"). Connector/ODBC
  // heeds that where SQLBindParameter has told one, and applications leave anything there.
  const bool tells_scale = source.c_type == SQL_C_NUMERIC && SizeIsPrecision(source.sql_type);
  if (engine_ == v1::ENGINE_MYSQL && tells_scale && source.scale == 0) {
    source.scale = source.decimal_digits;
  }
  source.interval_has_upper_fields = engine_ == v1::ENGINE_POSTGRES;
  // As psqlodbc does, whose SQLDescribeParam makes applications bind their timestamps as dates.
  source.date_drops_time = engine_ == v1::ENGINE_POSTGRES;
  source.time_keeps_fraction = engine_ == v1::ENGINE_POSTGRES;
  source.numeric_heeds_precision = engine_ == v1::ENGINE_POSTGRES;
  return source;
}

bool ParameterCollector::HasEmptyText() const {
  const auto is_empty = [](const convert::SourceParameter& source, SQLULEN row) {
    const bool wide = source.c_type == SQL_C_WCHAR;
    if (!wide && source.c_type != SQL_C_CHAR) return false;
    const SQLLEN length = source.octet_length == nullptr ? SQL_NTS : convert::LengthAt(source, row);
    if (length != SQL_NTS || source.data == nullptr) return length == 0;
    const char* const text = source.data + row * source.data_stride;
    return text[0] == 0 && (!wide || text[1] == 0);
  };
  return std::ranges::any_of(sources_, [&](const auto& source) {
    return std::ranges::any_of(rows_, [&](SQLULEN row) { return is_empty(source, row); });
  });
}

bool ParameterCollector::HasDeferred() const {
  return !rows_.empty() && std::ranges::any_of(sources_, [this](const auto& source) {
    return convert::IsDeferred(convert::LengthAt(source, rows_.front()));
  });
}

std::vector<DeferredParameter> ParameterCollector::FindDeferred() const {
  std::vector<DeferredParameter> deferred;
  for (const SQLULEN row : rows_) {
    for (std::size_t index = 0; index < sources_.size(); ++index) {
      const auto& source = sources_[index];
      if (directions_[index] == v1::PARAMETER_DIRECTION_OUTPUT) continue;
      if (!convert::IsDeferred(convert::LengthAt(source, row))) continue;
      auto* const token = const_cast<char*>(source.data) + row * source.data_stride;
      deferred.push_back({.number = NumberOf(index),
                          .row = row,
                          .token = source.data == nullptr ? nullptr : token,
                          .octets = {}});
    }
  }
  return deferred;
}

// What the values of a row may take on their way; more than they do where the application's buffer
// tells no length.
std::size_t ParameterCollector::RowOctets(SQLULEN row) const {
  std::size_t octets = 0;
  for (const auto& source : sources_) {
    const SQLLEN length = convert::LengthAt(source, row);
    if (convert::FindCType(source.c_type)->width != 0) {
      octets += std::min(source.data_stride, kWidestNumber);
    } else if (length > 0) {
      octets += static_cast<std::size_t>(length);
    } else if (length == SQL_NTS || source.octet_length == nullptr) {
      octets += static_cast<std::size_t>(std::max<SQLLEN>(source.buffer_length, 0));
    }
  }
  return octets;
}

// Data that the application sends in pieces is in memory already.
ParameterCollector::Part ParameterCollector::NextPart(std::size_t begin, bool whole) const {
  if (whole || rows_.size() == 1) return {begin, rows_.size()};
  std::size_t octets = 0;
  std::size_t end = begin;
  while (end < rows_.size() && (end == begin || octets < kPartBytes)) {
    octets += RowOctets(rows_[end++]);
  }
  return {begin, end};
}

v1::ParameterSet ParameterCollector::Collect(const std::vector<DeferredParameter>& deferred,
                                             std::vector<BadRow>* left_out) {
  const bool whole = !deferred.empty();
  Part part = NextPart(part_.end, whole);
  if (left_out == nullptr && part.begin == 0) {
    for (Part next = part; next.end < rows_.size();) {
      next = NextPart(next.end, whole);
      Build(next, deferred, nullptr);
    }
  }
  const std::size_t known = left_out == nullptr ? 0 : left_out->size();
  v1::ParameterSet set = Build(part, deferred, left_out);
  if (left_out != nullptr && left_out->size() > known) {
    std::unordered_set<SQLULEN> bad;
    for (std::size_t i = known; i < left_out->size(); ++i) bad.insert((*left_out)[i].row());
    part.end -= std::erase_if(rows_, [&](SQLULEN row) { return bad.contains(row); });
    set = Build(part, deferred, nullptr);
  }
  part_ = part;
  return set;
}

v1::ParameterSet ParameterCollector::Build(const Part& part,
                                           const std::vector<DeferredParameter>& deferred,
                                           std::vector<BadRow>* left_out) const {
  v1::ParameterSet set;
  set.set_row_count(static_cast<std::uint32_t>(part.end - part.begin));
  for (std::size_t index = 0; index < sources_.size(); ++index) {
    const auto& source = sources_[index];
    const bool is_output = directions_[index] == v1::PARAMETER_DIRECTION_OUTPUT;
    auto& column = *set.add_columns();
    column.set_value_type(is_output ? v1::VALUE_TYPE_TEXT
                                    : convert::ParameterValueType(source.c_type, source.sql_type));
    column.set_sql_type(convert::ToSqlType(source.sql_type));
    column.set_size(source.column_size);
    column.set_scale(source.decimal_digits);
    column.set_direction(directions_[index]);
    values::ColumnBuilder builder(column.value_type());
    if (is_output) {
      for (std::size_t i = part.begin; i < part.end; ++i) builder.AppendNull();
    } else {
      AppendValues(index, part, deferred, left_out, builder);
    }
    builder.Finish(*column.mutable_data());
    NameStreamed(index, deferred, column);
  }
  return set;
}

void ParameterCollector::NameStreamed(std::size_t index,
                                      const std::vector<DeferredParameter>& deferred,
                                      v1::ParameterColumn& column) const {
  for (const auto& parameter : deferred) {
    if (parameter.streamed == nullptr || parameter.number != NumberOf(index)) {
      continue;
    }
    const auto row = std::ranges::find(rows_, parameter.row);
    if (row == rows_.end()) continue;
    auto& named = *column.add_sent_values();
    named.set_row(static_cast<std::uint32_t>(row - rows_.begin()));
    named.set_value_id(parameter.streamed->stream().id());
  }
}

std::unique_ptr<convert::PartConverter> ParameterCollector::NewPartConverter(
    SQLSMALLINT number) const {
  const auto& source = sources_[IndexOf(number)];
  return convert::PartConverter::For(source.c_type, source.sql_type);
}

void ParameterCollector::AppendValues(std::size_t index, const Part& part,
                                      const std::vector<DeferredParameter>& deferred,
                                      std::vector<BadRow>* left_out,
                                      values::ColumnBuilder& builder) const {
  const auto& source = sources_[index];
  const SQLSMALLINT number = NumberOf(index);
  const convert::ColumnAppender appender(source);
  auto put = deferred.begin();  // they are in the order of the rows
  for (std::size_t i = part.begin; i < part.end; ++i) {
    const SQLULEN row = rows_[i];
    while (put != deferred.end() && std::tie(put->row, put->number) < std::tie(row, number)) ++put;
    const bool is_put = put != deferred.end() && put->row == row && put->number == number;
    try {
      if (convert::LengthAt(source, row) == SQL_DEFAULT_PARAM) {
        throw DriverError(k07S01InvalidUseOfDefault);
      } else if (!is_put) {
        appender.Append(row, builder);
      } else if (put->is_null || put->streamed != nullptr) {
        builder.AppendNull();
      } else {
        appender.AppendPutData(put->octets, builder);
      }
    } catch (const DriverError& error) {
      if (left_out == nullptr) throw BadRow(error, row, number);
      left_out->emplace_back(error, row, number);
      builder.AppendNull();
    }
  }
}

}  // namespace sluice::driver
