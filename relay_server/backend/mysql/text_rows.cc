#include "relay_server/backend/mysql/text_rows.h"

#include <charconv>

#include "proto/values/datetime.h"
#include "proto/values/decimal.h"
#include "relay_server/backend/mysql/column_info.h"
#include "relay_server/backend/mysql/mysql_error.h"

namespace sluice::relay::backend {
namespace {

[[noreturn]] void ThrowUnreadable(std::string_view text) {
  throw BackendError(
      "HY000", 0,
      "the server sent a value that cannot be read: " + std::string(text.substr(0, 40)));
}

// ZEROFILL pads with zeros, which from_chars reads as any other digit.
template <typename T>
void DecodeNumber(std::string_view text, values::ColumnBuilder& out) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) ThrowUnreadable(text);
  out.AppendFixed(value);
}

void DecodeBit(std::string_view octets, values::ColumnBuilder& out) {
  out.AppendFixed(static_cast<std::uint8_t>(!octets.empty() && octets.back() != '\0'));
}

void DecodeDate(std::string_view text, values::ColumnBuilder& out) {
  const auto packed = values::ParseDate(text);
  if (!packed) ThrowUnreadable(text);
  out.AppendFixed(*packed);
}

void DecodeTime(std::string_view text, values::ColumnBuilder& out) {
  const auto micros = values::ParseTime(text);
  if (!micros) ThrowUnreadable(text);
  out.AppendFixed(*micros);
}

void DecodeTimestamp(std::string_view text, values::ColumnBuilder& out) {
  const auto packed = values::ParseTimestamp(text);
  if (!packed) ThrowUnreadable(text);
  out.AppendFixed(*packed);
}

void DecodeVariable(std::string_view text, values::ColumnBuilder& out) { out.AppendVariable(text); }

}  // namespace

std::vector<v1::Column> DescribeColumns(MYSQL_RES* metadata) {
  const MYSQL_FIELD* fields = mysql_fetch_fields(metadata);
  const unsigned int count = mysql_num_fields(metadata);
  std::vector<v1::Column> columns;
  columns.reserve(count);
  for (unsigned int i = 0; i < count; ++i) columns.push_back(DescribeColumn(fields[i]));
  return columns;
}

TextRows::Decoder TextRows::DecoderFor(v1::ValueType type) {
  switch (type) {
    case v1::VALUE_TYPE_BOOL:
      return DecodeBit;
    case v1::VALUE_TYPE_INT16:
      return DecodeNumber<std::int16_t>;
    case v1::VALUE_TYPE_INT32:
      return DecodeNumber<std::int32_t>;
    case v1::VALUE_TYPE_INT64:
      return DecodeNumber<std::int64_t>;
    case v1::VALUE_TYPE_UINT64:
      return DecodeNumber<std::uint64_t>;
    case v1::VALUE_TYPE_FLOAT32:
      return DecodeNumber<float>;
    case v1::VALUE_TYPE_FLOAT64:
      return DecodeNumber<double>;
    case v1::VALUE_TYPE_DATE:
      return DecodeDate;
    case v1::VALUE_TYPE_TIME:
      return DecodeTime;
    case v1::VALUE_TYPE_TIMESTAMP:
      return DecodeTimestamp;
    default:
      return DecodeVariable;
  }
}

TextRows::TextRows(MYSQL* mysql) : mysql_(mysql), result_(mysql_use_result(mysql)) {
  if (!result_) throw MakeError(mysql_);
  columns_ = DescribeColumns(result_.get());
  decoders_.reserve(columns_.size());
  for (const auto& column : columns_) decoders_.push_back(DecoderFor(column.value_type()));
}

MYSQL_ROW TextRows::NextRow() {
  MYSQL_ROW row = mysql_fetch_row(result_.get());
  if (row == nullptr && mysql_errno(mysql_) != 0) throw MakeError(mysql_);
  return row;
}

bool TextRows::ReadRow(values::BatchBuilder& batch) {
  MYSQL_ROW row = NextRow();
  if (row == nullptr) return false;
  const unsigned long* lengths = mysql_fetch_lengths(result_.get());
  for (std::size_t i = 0; i < decoders_.size(); ++i) {
    auto& column = batch.column(i);
    if (row[i] == nullptr) {
      column.AppendNull();
    } else {
      decoders_[i]({row[i], lengths[i]}, column);
    }
  }
  batch.EndRow();
  return true;
}

bool TextRows::SkipRow() { return NextRow() != nullptr; }

}  // namespace sluice::relay::backend
