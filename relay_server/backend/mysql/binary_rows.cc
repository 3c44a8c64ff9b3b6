#include "relay_server/backend/mysql/binary_rows.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "proto/values/datetime.h"
#include "relay_server/backend/mysql/column_info.h"
#include "relay_server/backend/mysql/mysql_error.h"

namespace sluice::relay::backend {
namespace {

// Values up to this many bytes are received in place; a longer one costs a second copy, but no
// column costs more memory than this before such a value has come.
constexpr unsigned long kInlineBytes = 1024;

struct BindRule {
  enum_field_types field;
  enum_field_types buffer;
};

// Fixed-width types and the buffer that receives them unconverted; all others are strings.
constexpr BindRule kBindRules[] = {
    {MYSQL_TYPE_TINY, MYSQL_TYPE_TINY},         {MYSQL_TYPE_SHORT, MYSQL_TYPE_SHORT},
    {MYSQL_TYPE_YEAR, MYSQL_TYPE_SHORT},        {MYSQL_TYPE_INT24, MYSQL_TYPE_LONG},
    {MYSQL_TYPE_LONG, MYSQL_TYPE_LONG},         {MYSQL_TYPE_LONGLONG, MYSQL_TYPE_LONGLONG},
    {MYSQL_TYPE_FLOAT, MYSQL_TYPE_FLOAT},       {MYSQL_TYPE_DOUBLE, MYSQL_TYPE_DOUBLE},
    {MYSQL_TYPE_DATE, MYSQL_TYPE_DATE},         {MYSQL_TYPE_NEWDATE, MYSQL_TYPE_DATE},
    {MYSQL_TYPE_TIME, MYSQL_TYPE_TIME},         {MYSQL_TYPE_DATETIME, MYSQL_TYPE_DATETIME},
    {MYSQL_TYPE_TIMESTAMP, MYSQL_TYPE_DATETIME}};

std::int64_t MicrosOf(const MYSQL_TIME& time) {
  // Connector/C and libmysqlclient both fold days into hours; if one does not, neither is lost.
  const std::int64_t hours = std::int64_t{time.day} * 24 + time.hour;
  return ((hours * 60 + time.minute) * 60 + time.second) * values::kMicrosPerSecond +
         static_cast<std::int64_t>(time.second_part);
}

values::Date DateOf(const MYSQL_TIME& time) {
  return {static_cast<int>(time.year), static_cast<int>(time.month), static_cast<int>(time.day)};
}

// Integers arrive in `Wire`, the column's own width, and leave as `Value`.
template <typename Wire, typename Value>
constexpr auto kDecodeInteger = [](const auto& cell, values::ColumnBuilder& out) {
  Wire wire;
  std::memcpy(&wire, &cell.integer, sizeof wire);
  out.AppendFixed(static_cast<Value>(wire));
};

}  // namespace

BinaryRows::Decoder BinaryRows::DecoderFor(const MYSQL_FIELD& field, v1::ValueType type) {
  const bool is_unsigned = (field.flags & UNSIGNED_FLAG) != 0;
  // Numbers, too: those that zeros fill.
  if (type == v1::VALUE_TYPE_TEXT || type == v1::VALUE_TYPE_DECIMAL) return nullptr;
  switch (field.type) {
    case MYSQL_TYPE_TINY:
      if (is_unsigned) return kDecodeInteger<std::uint8_t, std::int16_t>;
      return kDecodeInteger<std::int8_t, std::int16_t>;
    case MYSQL_TYPE_YEAR:
      return kDecodeInteger<std::int16_t, std::int16_t>;
    case MYSQL_TYPE_SHORT:
      if (is_unsigned) return kDecodeInteger<std::uint16_t, std::int32_t>;
      return kDecodeInteger<std::int16_t, std::int16_t>;
    case MYSQL_TYPE_INT24:
      return kDecodeInteger<std::int32_t, std::int32_t>;
    case MYSQL_TYPE_LONG:
      if (is_unsigned) return kDecodeInteger<std::uint32_t, std::int64_t>;
      return kDecodeInteger<std::int32_t, std::int32_t>;
    case MYSQL_TYPE_LONGLONG:
      return kDecodeInteger<std::int64_t, std::int64_t>;  // the same octets when unsigned
    default:
      break;
  }
  switch (type) {
    case v1::VALUE_TYPE_FLOAT32:
      return [](const Cell& cell, values::ColumnBuilder& out) { out.AppendFixed(cell.real); };
    case v1::VALUE_TYPE_FLOAT64:
      return [](const Cell& cell, values::ColumnBuilder& out) { out.AppendFixed(cell.number); };
    case v1::VALUE_TYPE_DATE:
      return [](const Cell& cell, values::ColumnBuilder& out) {
        out.AppendFixed(values::PackDate(DateOf(cell.time)));
      };
    case v1::VALUE_TYPE_TIME:
      return [](const Cell& cell, values::ColumnBuilder& out) {
        out.AppendFixed(cell.time.neg ? -MicrosOf(cell.time) : MicrosOf(cell.time));
      };
    case v1::VALUE_TYPE_TIMESTAMP:
      return [](const Cell& cell, values::ColumnBuilder& out) {
        MYSQL_TIME of_day = cell.time;
        of_day.day = 0;
        out.AppendFixed(values::PackTimestamp({DateOf(cell.time), MicrosOf(of_day)}));
      };
    default:
      return nullptr;
  }
}

BinaryRows::BinaryRows(MYSQL_STMT* statement, MYSQL* mysql) : statement_(statement), mysql_(mysql) {
  const ResultHandle metadata(mysql_stmt_result_metadata(statement));
  if (!metadata) throw MakeError(statement, mysql);
  const MYSQL_FIELD* fields = mysql_fetch_fields(metadata.get());
  // Where a table has changed, the library brings the types of a statement that was prepared before
  // up to date, not its names; those that the answer tells are right.
  const unsigned int count = mysql_num_fields(metadata.get());
  const MYSQL_FIELD* told = mysql->field_count == count ? mysql->fields : nullptr;
  for (unsigned int i = 0; told != nullptr && i < count; ++i) {
    const auto differ = [](const char* a, const char* b) {
      return std::string_view(a == nullptr ? "" : a) != (b == nullptr ? "" : b);
    };
    is_outdated_ = is_outdated_ || differ(told[i].name, fields[i].name) ||
                   differ(told[i].org_name, fields[i].org_name) ||
                   differ(told[i].org_table, fields[i].org_table);
  }
  if (is_outdated_) fields = told;
  for (unsigned int i = 0; i < count; ++i) columns_.push_back(DescribeColumn(fields[i]));
  Bind(fields);
}

void BinaryRows::Bind(const MYSQL_FIELD* fields) {
  const std::size_t count = columns_.size();
  cells_.resize(count);
  binds_.resize(count);
  std::memset(binds_.data(), 0, count * sizeof(MYSQL_BIND));
  std::vector<std::size_t> offsets(count);
  std::size_t variable_bytes = 0;
  for (std::size_t i = 0; i < count; ++i) {
    MYSQL_BIND& bind = binds_[i];
    bind.length = &cells_[i].length;
    bind.is_null = &cells_[i].is_null;
    bind.error = &cells_[i].truncated;
    cells_[i].zero_fill = (fields[i].flags & ZEROFILL_FLAG) != 0 ? fields[i].length : 0;
    decoders_.push_back(DecoderFor(fields[i], columns_[i].value_type()));
    if (decoders_[i] != nullptr) {
      bind.buffer_type = std::ranges::find(kBindRules, fields[i].type, &BindRule::field)->buffer;
      bind.is_unsigned = (fields[i].flags & UNSIGNED_FLAG) != 0;
      bind.buffer = &cells_[i].integer;
      bind.buffer_length = sizeof(MYSQL_TIME);
    } else {
      const bool octets = columns_[i].value_type() == v1::VALUE_TYPE_BYTES ||
                          columns_[i].value_type() == v1::VALUE_TYPE_BOOL;
      bind.buffer_type = octets ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
      bind.buffer_length = std::clamp(fields[i].length, 8UL, kInlineBytes);
      offsets[i] = variable_bytes;
      variable_bytes += bind.buffer_length;
    }
  }
  variable_space_.resize(variable_bytes);
  for (std::size_t i = 0; i < count; ++i) {
    if (decoders_[i] == nullptr) binds_[i].buffer = variable_space_.data() + offsets[i];
  }
  if (mysql_stmt_bind_result(statement_, binds_.data()) != 0) throw MakeError(statement_, mysql_);
}

bool BinaryRows::NextRow() {
  const int status = mysql_stmt_fetch(statement_);
  if (status == MYSQL_NO_DATA) return false;
  if (status != 0 && status != MYSQL_DATA_TRUNCATED) throw MakeError(statement_, mysql_);
  return true;
}

void BinaryRows::AppendVariable(std::size_t index, values::ColumnBuilder& out) {
  const Cell& cell = cells_[index];
  const MYSQL_BIND& bind = binds_[index];
  if (cell.length <= bind.buffer_length) {
    const std::string_view value(static_cast<const char*>(bind.buffer), cell.length);
    if (cell.zero_fill > value.size() && cell.zero_fill <= kInlineBytes) {
      std::string& filled = out.open_variable();
      filled.append(cell.zero_fill - value.size(), '0').append(value);
      out.EndVariable();
    } else if (out.type() == v1::VALUE_TYPE_BOOL) {
      out.AppendFixed(static_cast<std::uint8_t>(!value.empty() && value.back() != '\0'));
    } else {
      out.AppendVariable(value);
    }
    return;
  }
  // The row still lies in the library's buffer: copy the whole value to where it belongs.
  std::string& target = out.open_variable();
  const std::size_t begin = target.size();
  target.resize(begin + cell.length);
  MYSQL_BIND whole = {};
  unsigned long length = 0;
  MysqlBool is_null = 0;
  MysqlBool truncated = 0;
  whole.buffer_type = bind.buffer_type;
  whole.buffer = target.data() + begin;
  whole.buffer_length = cell.length;
  whole.length = &length;
  whole.is_null = &is_null;
  whole.error = &truncated;
  if (mysql_stmt_fetch_column(statement_, &whole, static_cast<unsigned int>(index), 0) != 0) {
    throw MakeError(statement_, mysql_);
  }
  out.EndVariable();
}

bool BinaryRows::ReadRow(values::BatchBuilder& batch) {
  if (!NextRow()) return false;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    auto& column = batch.column(i);
    if (cells_[i].is_null) {
      column.AppendNull();
    } else if (decoders_[i] != nullptr) {
      decoders_[i](cells_[i], column);
    } else {
      AppendVariable(i, column);
    }
  }
  batch.EndRow();
  return true;
}

bool BinaryRows::SkipRow() { return NextRow(); }

}  // namespace sluice::relay::backend
