#include "relay_server/backend/mysql/parameter_binder.h"

#include <algorithm>
#include <cstring>
#include <limits>

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
                                   {v1::VALUE_TYPE_INTERVAL, MYSQL_TYPE_TIME},
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

// MySQL has no interval types: one of days and less is a TIME, which holds up to 838 hours; the
// server refuses what is between that and this limit, beyond which the sum might not fit.
constexpr std::int32_t kMostDays = 10'000'000;

std::int64_t MicrosOf(const values::Interval& interval) {
  if (interval.months != 0) {
    throw BackendError("07006", 0, "MySQL has no type for an interval of months");
  }
  constexpr std::int64_t kMostMicros = kMostDays * values::kMicrosPerDay;
  if (interval.days > kMostDays || interval.days < -kMostDays || interval.micros > kMostMicros ||
      interval.micros < -kMostMicros) {
    throw BackendError("22015", 0, "an interval of more than 838 hours cannot be sent to MySQL");
  }
  return interval.days * values::kMicrosPerDay + interval.micros;
}

bool IsTemporal(v1::ValueType type) {
  return type == v1::VALUE_TYPE_DATE || type == v1::VALUE_TYPE_TIME ||
         type == v1::VALUE_TYPE_TIMESTAMP || type == v1::VALUE_TYPE_INTERVAL;
}

// Of a date, a time, a timestamp or an interval.
MYSQL_TIME TimeOf(const values::ColumnView& column, std::uint32_t row) {
  MYSQL_TIME time;
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
    const auto micros = column.type() == v1::VALUE_TYPE_INTERVAL ? MicrosOf(column.IntervalAt(row))
                                                                 : column.Fixed<std::int64_t>(row);
    if (micros == std::numeric_limits<std::int64_t>::min()) {
      throw BackendError("22008", 0, "a time of more than 838 hours cannot be sent to MySQL");
    }
    const std::int64_t magnitude = micros < 0 ? -micros : micros;
    time.neg = micros < 0;
    time.day = static_cast<unsigned int>(magnitude / values::kMicrosPerDay);
    SetClock(magnitude, time);
    time.time_type = MYSQL_TIMESTAMP_TIME;
  }
  return time;
}

}  // namespace

ParameterBinder::ParameterBinder(const values::ParameterSetView& parameters,
                                 const LongValues* long_values)
    : parameters_(parameters),
      long_values_(long_values),
      slots_(parameters.column_count()),
      binds_(parameters.column_count()) {
  std::memset(binds_.data(), 0, binds_.size() * sizeof(MYSQL_BIND));
  for (std::size_t i = 0; i < binds_.size(); ++i) {
    const auto type = parameters.column(i).type();
    const auto* rule = std::ranges::find(kBindRules, type, &BindRule::value_type);
    if (rule == std::end(kBindRules)) {
      throw BackendError("07006", 0,
                         "parameter " + std::to_string(i + 1) + ": MySQL has no such type");
    }
    binds_[i].buffer_type = rule->buffer_type;
    binds_[i].is_unsigned = rule->is_unsigned;
    binds_[i].is_null = &slots_[i].is_null;
    binds_[i].length = &slots_[i].length;
    if (long_values == nullptr) continue;
    for (const auto& sent : parameters.description(i).sent_values()) {
      long_ids_[{sent.row(), i}] = sent.value_id();
    }
  }
}

void ParameterBinder::ForEachLongValue(std::uint32_t row, const TakeLongValue& take) const {
  for (auto sent = long_ids_.lower_bound({row, 0});
       sent != long_ids_.end() && sent->first.first == row; ++sent) {
    take(static_cast<unsigned int>(sent->first.second), *long_values_, sent->second);
  }
}

std::uint64_t ParameterBinder::LongBytes(std::uint32_t row) const {
  std::uint64_t bytes = 0;
  ForEachLongValue(row, [&](unsigned int, const LongValues& values, std::uint32_t id) {
    bytes += values.SizeOf(id);
  });
  return bytes;
}

void ParameterBinder::BindVariable(MYSQL_BIND& bind, Slot& slot, std::string_view value) {
  bind.buffer = const_cast<char*>(value.data());  // the library only reads it
  bind.buffer_length = value.size();
  slot.length = value.size();
}

void ParameterBinder::BindTemporal(std::size_t index, std::uint32_t row) {
  slots_[index].time = TimeOf(parameters_.column(index), row);
  binds_[index].buffer = &slots_[index].time;
  binds_[index].buffer_length = sizeof slots_[index].time;
}

void ParameterBinder::BindValue(std::size_t index, std::uint32_t row) {
  const auto& column = parameters_.column(index);
  Slot& slot = slots_[index];
  MYSQL_BIND& bind = binds_[index];
  if (long_ids_.contains({row, index})) {
    slot.is_null = false;
    BindVariable(bind, slot, "");
    return;
  }
  slot.is_null = column.IsNull(row);
  if (slot.is_null) return;
  switch (column.type()) {
    case v1::VALUE_TYPE_DATE:
    case v1::VALUE_TYPE_TIME:
    case v1::VALUE_TYPE_TIMESTAMP:
    case v1::VALUE_TYPE_INTERVAL:
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

void ParameterBinder::CheckCount(MYSQL_STMT* statement) const {
  if (mysql_stmt_param_count(statement) == binds_.size()) return;
  throw BackendError("07002", 0,
                     "the statement has " + std::to_string(mysql_stmt_param_count(statement)) +
                         " parameter markers, " + std::to_string(binds_.size()) +
                         " parameters were given");
}

void ParameterBinder::BindRow(MYSQL_STMT* statement, std::uint32_t row) {
  CheckCount(statement);
  if (binds_.empty()) return;
  for (std::size_t i = 0; i < binds_.size(); ++i) BindValue(i, row);
  if (mysql_stmt_bind_param(statement, binds_.data()) != 0) {
    throw BackendError(mysql_stmt_sqlstate(statement),
                       static_cast<int>(mysql_stmt_errno(statement)), mysql_stmt_error(statement));
  }
}

std::uint64_t ParameterBinder::RowBytes(std::uint32_t row) const {
  std::uint64_t bytes = LongBytes(row);
  for (std::size_t i = 0; i < binds_.size(); ++i) {
    const auto& column = parameters_.column(i);
    if (values::FixedWidth(column.type()) == 0 && !column.IsNull(row)) {
      bytes += column.Variable(row).size();
    }
  }
  return bytes;
}

// Numbers are read from the batch itself, as they lie there.
void ParameterBinder::BindColumn(std::size_t index, std::uint32_t first, std::uint32_t count,
                                 MYSQL_BIND& bind) {
  const auto& column = parameters_.column(index);
  BulkSlot& slot = bulk_slots_[index];
  const auto type = column.type();
  const bool is_temporal = IsTemporal(type);
  const bool is_variable = values::FixedWidth(type) == 0 || type == v1::VALUE_TYPE_UUID;
  slot.indicators.assign(count, 0);
  slot.times.assign(is_temporal ? count : 0, MYSQL_TIME{});
  slot.values.assign(is_variable || is_temporal ? count : 0, "");
  slot.lengths.assign(is_variable ? count : 0, 0);
  slot.texts.resize(type == v1::VALUE_TYPE_UUID ? count : 0);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t row = first + i;
    if (column.IsNull(row)) {
      slot.indicators[i] = kNullIndicator;
    } else if (is_temporal) {
      slot.times[i] = TimeOf(column, row);
      slot.values[i] = &slot.times[i];
    } else if (is_variable) {
      if (type == v1::VALUE_TYPE_UUID) slot.texts[i] = UuidText(column.FixedBytes(row));
      const std::string_view value =
          type == v1::VALUE_TYPE_UUID ? slot.texts[i] : column.Variable(row);
      if (!value.empty()) slot.values[i] = value.data();
      slot.lengths[i] = value.size();
    }
  }
  bind.is_null = nullptr;
  bind.length = is_variable ? slot.lengths.data() : nullptr;
  // An array of pointers, but for numbers.
  bind.buffer = slot.values.empty() ? const_cast<char*>(column.FixedBytes(first))
                                    : static_cast<void*>(slot.values.data());
  SetIndicators(bind, slot.indicators.data());
}

void ParameterBinder::BindRows(MYSQL_STMT* statement, std::uint32_t first, std::uint32_t count) {
  CheckCount(statement);
  bulk_slots_.resize(binds_.size());
  std::vector<MYSQL_BIND> binds = binds_;
  for (std::size_t i = 0; i < binds.size(); ++i) BindColumn(i, first, count, binds[i]);
  SetArraySize(statement, count);
  if (mysql_stmt_bind_param(statement, binds.data()) != 0) {
    throw BackendError(mysql_stmt_sqlstate(statement),
                       static_cast<int>(mysql_stmt_errno(statement)), mysql_stmt_error(statement));
  }
}

std::uint32_t ParameterBinder::CountRows(std::uint32_t first, std::uint32_t rows,
                                         std::uint64_t bytes) const {
  constexpr std::uint64_t kValueBytes = 13;  // of a number or a time, or of a length; and the mark
  const std::uint64_t fixed = kValueBytes * binds_.size();
  std::uint64_t sum = fixed + RowBytes(first);
  std::uint32_t count = 1;
  for (; count < rows; ++count) {
    sum += fixed + RowBytes(first + count);
    if (sum > bytes) break;
  }
  return count;
}

}  // namespace sluice::relay::backend
