#include "odbc_driver/convert/parameter_converter.h"

#include <array>
#include <cassert>
#include <cstring>

#include "odbc_driver/convert/parameter_table.h"
#include "odbc_driver/convert/unicode.h"

namespace sluice::driver::convert {
namespace {

struct SqlTypeRow {
  SQLSMALLINT code;
  v1::SqlType sql_type;
  SqlClass sql_class;
  SQLSMALLINT default_c_type;
};

// Concise SQL types, and the ODBC 2 codes of dates and times (appendix D, "SQL Data Types" and
// "Default C Data Types"). The interval types are a range of codes and their own default C types.
constexpr auto kSqlTypes = std::to_array<SqlTypeRow>({
    {SQL_CHAR, v1::SQLTYPE_CHAR, SqlClass::kCharacter, SQL_C_CHAR},
    {SQL_VARCHAR, v1::SQLTYPE_VARCHAR, SqlClass::kCharacter, SQL_C_CHAR},
    {SQL_LONGVARCHAR, v1::SQLTYPE_LONGVARCHAR, SqlClass::kCharacter, SQL_C_CHAR},
    {SQL_WCHAR, v1::SQLTYPE_CHAR, SqlClass::kCharacter, SQL_C_WCHAR},
    {SQL_WVARCHAR, v1::SQLTYPE_VARCHAR, SqlClass::kCharacter, SQL_C_WCHAR},
    {SQL_WLONGVARCHAR, v1::SQLTYPE_LONGVARCHAR, SqlClass::kCharacter, SQL_C_WCHAR},
    {SQL_DECIMAL, v1::SQLTYPE_DECIMAL, SqlClass::kExact, SQL_C_CHAR},
    {SQL_NUMERIC, v1::SQLTYPE_NUMERIC, SqlClass::kExact, SQL_C_CHAR},
    {SQL_BIT, v1::SQLTYPE_BOOLEAN, SqlClass::kBit, SQL_C_BIT},
    {SQL_TINYINT, v1::SQLTYPE_TINYINT, SqlClass::kInteger, SQL_C_STINYINT},
    {SQL_SMALLINT, v1::SQLTYPE_SMALLINT, SqlClass::kInteger, SQL_C_SSHORT},
    {SQL_INTEGER, v1::SQLTYPE_INTEGER, SqlClass::kInteger, SQL_C_SLONG},
    {SQL_BIGINT, v1::SQLTYPE_BIGINT, SqlClass::kInteger, SQL_C_SBIGINT},
    {SQL_REAL, v1::SQLTYPE_REAL, SqlClass::kReal, SQL_C_FLOAT},
    {SQL_FLOAT, v1::SQLTYPE_DOUBLE, SqlClass::kDouble, SQL_C_DOUBLE},
    {SQL_DOUBLE, v1::SQLTYPE_DOUBLE, SqlClass::kDouble, SQL_C_DOUBLE},
    {SQL_BINARY, v1::SQLTYPE_BINARY, SqlClass::kBinary, SQL_C_BINARY},
    {SQL_VARBINARY, v1::SQLTYPE_VARBINARY, SqlClass::kBinary, SQL_C_BINARY},
    {SQL_LONGVARBINARY, v1::SQLTYPE_LONGVARBINARY, SqlClass::kBinary, SQL_C_BINARY},
    {SQL_TYPE_DATE, v1::SQLTYPE_DATE, SqlClass::kDate, SQL_C_TYPE_DATE},
    {SQL_TYPE_TIME, v1::SQLTYPE_TIME, SqlClass::kTime, SQL_C_TYPE_TIME},
    {SQL_TYPE_TIMESTAMP, v1::SQLTYPE_TIMESTAMP, SqlClass::kTimestamp, SQL_C_TYPE_TIMESTAMP},
    {SQL_DATE, v1::SQLTYPE_DATE, SqlClass::kDate, SQL_C_TYPE_DATE},
    {SQL_TIME, v1::SQLTYPE_TIME, SqlClass::kTime, SQL_C_TYPE_TIME},
    {SQL_TIMESTAMP, v1::SQLTYPE_TIMESTAMP, SqlClass::kTimestamp, SQL_C_TYPE_TIMESTAMP},
    {SQL_GUID, v1::SQLTYPE_UUID, SqlClass::kGuid, SQL_C_GUID},
});

SqlTypeRow FindSqlType(SQLSMALLINT code) {
  for (const SqlTypeRow& row : kSqlTypes) {
    if (row.code == code) return row;
  }
  if (FindIntervalRange(code) != nullptr) {
    return {code, v1::SQLTYPE_INTERVAL, SqlClass::kInterval, code};
  }
  throw DriverError(kHY004InvalidSqlType);
}

const CType& KnownCType(SQLSMALLINT code) {
  const CType* type = FindCType(code);
  if (type == nullptr) throw DriverError(kHY003InvalidCType);
  return *type;
}

const ParameterTable& Table() {
  static const ParameterTable table = [] {
    ParameterTable filled;
    AddTextParameters(filled);
    AddNumberParameters(filled);
    AddDatetimeParameters(filled);
    return filled;
  }();
  return table;
}

// Years and months do not become days, nor the other way round.
bool SameKindOfInterval(const CType& from, SQLSMALLINT sql_type) {
  const bool is_interval =
      from.c_class == CClass::kYearMonthInterval || from.c_class == CClass::kDayTimeInterval;
  const CType* to = FindIntervalRange(sql_type) == nullptr ? nullptr : FindCType(sql_type);
  return !is_interval || to == nullptr || to->c_class == from.c_class;
}

struct Resolved {
  const CType* c_type;  // whose layout the data has
  bool from_binary;     // SQL_C_BINARY that carries that layout
  const ParameterConversion* conversion;
};

// SQL_C_BINARY for a type that is neither binary nor character holds the layout of the SQL type's
// default C type ("C to SQL: Binary").
Resolved FindConversion(SQLSMALLINT c_type, SQLSMALLINT sql_type) {
  const SqlTypeRow sql = FindSqlType(sql_type);
  const CType* type = &KnownCType(c_type);
  const bool from_binary = type->c_class == CClass::kBinary && sql.sql_class != SqlClass::kBinary &&
                           sql.sql_class != SqlClass::kCharacter;
  if (from_binary) type = &KnownCType(sql.default_c_type);
  const ParameterConversion& conversion = Table().Find(type->c_class, sql.sql_class);
  if (conversion.append == nullptr || !SameKindOfInterval(*type, sql_type)) {
    throw DriverError(k07006RestrictedDataType);
  }
  return {type, from_binary, &conversion};
}

SQLLEN ReadLength(const SQLLEN* first, const SourceParameter& source, std::size_t row) {
  SQLLEN length;
  const char* address = reinterpret_cast<const char*>(first) + row * source.indicator_stride;
  std::memcpy(&length, address, sizeof length);
  return length;
}

bool IsNull(const SourceParameter& source, std::size_t row) {
  const SQLLEN* indicator = source.indicator != nullptr ? source.indicator : source.octet_length;
  return indicator != nullptr && ReadLength(indicator, source, row) == SQL_NULL_DATA;
}

// Qt 6's QODBC counts the terminator in the length of its UTF-16 text. It alone gives that number
// of octets as the buffer's length and as the column's size too (of an output parameter: no size),
// which others give in characters: text of anyone else may end with a NUL that belongs to it.
bool CountsTerminator(const SourceParameter& source, std::string_view octets) {
  const auto length = static_cast<SQLLEN>(octets.size());
  constexpr std::string_view kTerminator("\0\0", sizeof(SQLWCHAR));
  return source.buffer_length == length &&
         (source.column_size == octets.size() || source.column_size == 0) &&
         octets.ends_with(kTerminator);
}

// Text or octets of one row, without terminator.
std::string_view VariableOctets(const SourceParameter& source, std::size_t row, const char* data) {
  const bool wide = source.c_type == SQL_C_WCHAR;
  const SQLLEN length =
      source.octet_length == nullptr ? SQL_NTS : ReadLength(source.octet_length, source, row);
  if (length < 0 && length != SQL_NTS) throw DriverError(kHY090InvalidLength);
  if (data == nullptr) {
    if (length == 0) return {};
    throw DriverError(kHY009NullPointer);
  }
  if (length == SQL_NTS) {
    return {data, wide ? CountUnits(data) * sizeof(SQLWCHAR) : std::strlen(data)};
  }
  std::string_view octets(data, static_cast<std::size_t>(length));
  if (!wide) return octets;
  octets.remove_suffix(octets.size() % sizeof(SQLWCHAR));
  if (CountsTerminator(source, octets)) octets.remove_suffix(sizeof(SQLWCHAR));
  return octets;
}

}  // namespace

values::ValueType ParameterValueType(SQLSMALLINT c_type, SQLSMALLINT sql_type) {
  return FindConversion(c_type, sql_type).conversion->value_type;
}

v1::SqlType ToSqlType(SQLSMALLINT sql_type) { return FindSqlType(sql_type).sql_type; }

SQLSMALLINT DefaultParameterCType(SQLSMALLINT sql_type) {
  return FindSqlType(sql_type).default_c_type;
}

SQLLEN LengthAt(const SourceParameter& source, std::size_t row) {
  const SQLLEN* length = source.octet_length != nullptr ? source.octet_length : source.indicator;
  return length == nullptr ? 0 : ReadLength(length, source, row);
}

ColumnAppender::ColumnAppender(const SourceParameter& source) : source_(source) {
  const Resolved resolved = FindConversion(source.c_type, source.sql_type);
  c_type_ = resolved.c_type;
  from_binary_ = resolved.from_binary;
  conversion_ = resolved.conversion;
  width_ = KnownCType(source.c_type).width;
}

void ColumnAppender::Append(std::size_t row, values::ColumnBuilder& out) const {
  if (IsNull(source_, row)) {
    out.AppendNull();
    return;
  }
  const char* data = source_.data == nullptr ? nullptr : source_.data + row * source_.data_stride;
  if (width_ == 0) {
    AppendOctets(VariableOctets(source_, row, data), out);
    return;
  }
  if (data == nullptr) throw DriverError(kHY009NullPointer);
  AppendOctets({data, width_}, out);
}

void ColumnAppender::AppendPutData(std::string_view octets, values::ColumnBuilder& out) const {
  if (octets.size() < width_) throw DriverError(kHY090InvalidLength);
  AppendOctets(width_ == 0 ? octets : octets.substr(0, width_), out);
}

void ColumnAppender::AppendOctets(std::string_view octets, values::ColumnBuilder& out) const {
  assert(out.type() == conversion_->value_type);
  if (source_.empty_text_is_null && octets.empty()) return out.AppendNull();
  if (!from_binary_) {
    conversion_->append(source_, octets, out);
    return;
  }
  const std::size_t width = c_type_->width;
  if (width != 0 && octets.size() != width) throw DriverError(k22003OutOfRange);
  SourceParameter as_value = source_;
  as_value.c_type = c_type_->code;
  conversion_->append(as_value, octets, out);
}

void AppendParameter(const SourceParameter& source, std::size_t row, values::ColumnBuilder& out) {
  ColumnAppender(source).Append(row, out);
}

void AppendPutData(const SourceParameter& source, std::string_view octets,
                   values::ColumnBuilder& out) {
  ColumnAppender(source).AppendPutData(octets, out);
}

}  // namespace sluice::driver::convert
