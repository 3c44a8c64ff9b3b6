#include "relay_server/backend/mysql/parameter_binder.h"

#include <algorithm>
#include <cstring>

#include "proto/values/datetime.h"
#include "relay_server/backend/mysql/mysql_error.h"

namespace sluice::relay::backend {
namespace {

constexpr int kMaxYear = 9999;

struct BindRule {
  v1::ValueType value_type;
  enum_field_types buffer_type;
  bool is_unsigned = false;
};

constexpr BindRule kBindRules[] = {{v1::VALUE_TYPE_BOOL, MYSQL_TYPE_TINY},
                                   {v1::VALUE_TYPE_INT16, MYSQL_TYPE_SHORT},
                                   {v1::VALUE_TYPE_INT32, MYSQL_TYPE_LONG},
                                   {v1::VALUE_TYPE_INT64, MYSQL_TYPE_LONGLONG},
                                   {v1::VALUE_TYPE_UINT64, MYSQL_TYPE_LONGLONG, true},
                                   {v1::VALUE_TYPE_FLOAT32, MYSQL_TYPE_FLOAT},
                                   {v1::VALUE_TYPE_FLOAT64, MYSQL_TYPE_DOUBLE},
                                   {v1::VALUE_TYPE_DATE, MYSQL_TYPE_DATE},
                                   {v1::VALUE_TYPE_TIME, MYSQL_TYPE_TIME},
                                   {v1::VALUE_TYPE_TIMESTAMP, MYSQL_TYPE_DATETIME},
                                   {v1::VALUE_TYPE_UUID, MYSQL_TYPE_STRING},
                                   {v1::VALUE_TYPE_DECIMAL, MYSQL_TYPE_NEWDECIMAL},
                                   {v1::VALUE_TYPE_TEXT, MYSQL_TYPE_STRING},
                                   {v1::VALUE_TYPE_BYTES, MYSQL_TYPE_BLOB}};

// "01234567-89ab-cdef-0123-456789abcdef" of 16 octets in text order.
std::string UuidText(const char* octets) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    const auto octet = static_cast<unsigned char>(octets[i]);
    text += kDigits[octet >> 4];
    text += kDigits[octet & 15];
  }
  return text;
}

void SetDate(const values::Date& date, MYSQL_TIME& out) {
  // Infinity (PostgreSQL's) lies outside this range too.
  if (date.year < 0 || date.year > kMaxYear) {
    throw BackendError("22008", 0, "a date beyond the years 0 to 9999 cannot be sent to MySQL");
  }
  out.year = static_cast<unsigned int>(date.year);
  out.month = static_cast<unsigned int>(date.month);
  out.day = static_cast<unsigned int>(date.day);
}

void SetClock(std::int64_t micros, MYSQL_TIME& out) {
  const std::int64_t seconds = micros / values::kMicrosPerSecond;
  out.second_part = static_cast<unsigned long>(micros % values::kMicrosPerSecond);
  out.second = static_cast<unsigned int>(seconds % 60);
  out.minute = static_cast<unsigned int>(seconds / 60 % 60);
  out.hour = static_cast<unsigned int>(seconds / 3600 % 24);
}

}  // namespace

ParameterBinder::ParameterBinder(const values::ParameterSetView& parameters)
    : parameters_(parameters),
      slots_(parameters.column_count()),
      binds_(parameters.column_count()) {
  std::memset(binds_.data(), 0, binds_.size() * sizeof(MYSQL_BIND));
  for (std::size_t i = 0; i < binds_.size(); ++i) {
    const auto type = parameters.column(i).type();
    const auto* rule = std::ranges::find(kBindRules, type, &BindRule::value_type);
    if (rule == std::end(kBindRules)) {
      throw BackendError("07006", 0,
                         "parameter " + std::to_string(i + 1) + ": MySQL has no interval type");
    }
    binds_[i].buffer_type = rule->buffer_type;
    binds_[i].is_unsigned = rule->is_unsigned;
    binds_[i].is_null = &slots_[i].is_null;
    binds_[i].length = &slots_[i].length;
  }
}

void ParameterBinder::BindVariable(MYSQL_BIND& bind, Slot& slot, std::string_view value) {
  bind.buffer = const_cast<char*>(value.data());  // the library only reads it
  bind.buffer_length = value.size();
  slot.length = value.size();
}

void ParameterBinder::BindTemporal(std::size_t index, std::uint32_t row) {
  const auto& column = parameters_.column(index);
  MYSQL_TIME& time = slots_[index].time;
  std::memset(&time, 0, sizeof time);
  if (column.type() == v1::VALUE_TYPE_DATE) {
    SetDate(values::UnpackDate(column.Fixed<std::uint32_t>(row)), time);
    time.time_type = MYSQL_TIMESTAMP_DATE;
  } else if (column.type() == v1::VALUE_TYPE_TIMESTAMP) {
    const auto timestamp = values::UnpackTimestamp(column.Fixed<std::uint64_t>(row));
    SetDate(timestamp.date, time);
    SetClock(timestamp.micros, time);
    time.time_type = MYSQL_TIMESTAMP_DATETIME;
  } else {
    const auto micros = column.Fixed<std::int64_t>(row);
    const std::int64_t magnitude = micros < 0 ? -micros : micros;
    time.neg = micros < 0;
    time.day = static_cast<unsigned int>(magnitude / values::kMicrosPerDay);
    SetClock(magnitude, time);
    time.time_type = MYSQL_TIMESTAMP_TIME;
  }
  binds_[index].buffer = &time;
  binds_[index].buffer_length = sizeof time;
}

void ParameterBinder::BindValue(std::size_t index, std::uint32_t row) {
  const auto& column = parameters_.column(index);
  Slot& slot = slots_[index];
  MYSQL_BIND& bind = binds_[index];
  slot.is_null = column.IsNull(row);
  if (slot.is_null) return;
  switch (column.type()) {
    case v1::VALUE_TYPE_DATE:
    case v1::VALUE_TYPE_TIME:
    case v1::VALUE_TYPE_TIMESTAMP:
      BindTemporal(index, row);
      break;
    case v1::VALUE_TYPE_UUID:
      slot.text = UuidText(column.FixedBytes(row));
      BindVariable(bind, slot, slot.text);
      break;
    case v1::VALUE_TYPE_DECIMAL:
    case v1::VALUE_TYPE_TEXT:
    case v1::VALUE_TYPE_BYTES:
      BindVariable(bind, slot, column.Variable(row));
      break;
    default:
      // Numbers lie in the batch as the library wants them; it only reads them.
      bind.buffer = const_cast<char*>(column.FixedBytes(row));
  }
}

void ParameterBinder::BindRow(MYSQL_STMT* statement, std::uint32_t row) {
  if (mysql_stmt_param_count(statement) != binds_.size()) {
    throw BackendError("07002", 0,
                       "the statement has " + std::to_string(mysql_stmt_param_count(statement)) +
                           " parameter markers, " + std::to_string(binds_.size()) +
                           " parameters were given");
  }
  if (binds_.empty()) return;
  for (std::size_t i = 0; i < binds_.size(); ++i) BindValue(i, row);
  if (mysql_stmt_bind_param(statement, binds_.data()) != 0) {
    throw BackendError(mysql_stmt_sqlstate(statement),
                       static_cast<int>(mysql_stmt_errno(statement)), mysql_stmt_error(statement));
  }
}

std::uint64_t ParameterBinder::RowBytes(std::uint32_t row) const {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < binds_.size(); ++i) {
    const auto& column = parameters_.column(i);
    if (values::FixedWidth(column.type()) == 0 && !column.IsNull(row)) {
      bytes += column.Variable(row).size();
    }
  }
  return bytes;
}

}  // namespace sluice::relay::backend
