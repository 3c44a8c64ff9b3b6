#include <algorithm>
#include <limits>
#include <string>

#include "proto/values/datetime.h"
#include "relay_server/backend/backend.h"
#include "relay_server/backend/postgres/byte_order.h"
#include "relay_server/backend/postgres/decode.h"

namespace sluice::relay::backend::postgres {
namespace {

void RequireLength(std::size_t length, std::size_t wanted) {
  if (length != wanted) [[unlikely]] {
    throw BackendError("08P01", 1, "the server sent a binary value of unexpected length");
  }
}

// Parts of numeric_send's form: four 16-bit words, then the digits in base 10,000.
constexpr std::size_t kNumericHeader = 8;
constexpr std::uint16_t kNumericNegative = 0x4000;
constexpr std::uint16_t kNumericNan = 0xC000;
constexpr std::uint16_t kNumericInfinity = 0xD000;
constexpr std::uint16_t kNumericMinusInfinity = 0xF000;

void AppendFourDigits(std::string& out, unsigned group) {
  const char digits[4] = {
      static_cast<char>('0' + group / 1000), static_cast<char>('0' + group / 100 % 10),
      static_cast<char>('0' + group / 10 % 10), static_cast<char>('0' + group % 10)};
  out.append(digits, sizeof digits);
}

// The digits of a numeric, group by group; the number's groups go on with zeros on both sides.
struct NumericDigits {
  const char* groups;
  int count;
  unsigned At(int index) const {
    if (index < 0 || index >= count) return 0;
    return LoadBigEndian<std::uint16_t>(groups + index * 2);
  }
};

void AppendNumeric(const NumericDigits& digits, int weight, int scale, std::string& out) {
  if (weight < 0) {
    out.push_back('0');
  } else {
    out.append(std::to_string(digits.At(0)));
    for (int i = 1; i <= weight; ++i) AppendFourDigits(out, digits.At(i));
  }
  if (scale == 0) return;
  out.push_back('.');
  const std::size_t end = out.size() + static_cast<std::size_t>(scale);
  for (int i = weight + 1; out.size() < end; ++i) AppendFourDigits(out, digits.At(i));
  out.resize(end);  // the last group may reach beyond the scale
}

const char* SpecialNumeric(std::uint16_t sign) {
  if (sign == kNumericNan) return "NaN";
  if (sign == kNumericInfinity) return "Infinity";
  if (sign == kNumericMinusInfinity) return "-Infinity";
  return nullptr;
}

}  // namespace

void DecodeBinaryBool(const char* data, std::size_t length, values::ColumnBuilder& column) {
  RequireLength(length, 1);
  column.AppendFixed(static_cast<std::uint8_t>(*data != 0));
}

void DecodeBinaryInt16(const char* data, std::size_t length, values::ColumnBuilder& column) {
  RequireLength(length, 2);
  column.AppendFixed(LoadBigEndian<std::uint16_t>(data));
}

void DecodeBinaryInt32(const char* data, std::size_t length, values::ColumnBuilder& column) {
  RequireLength(length, 4);
  column.AppendFixed(LoadBigEndian<std::uint32_t>(data));
}

void DecodeBinaryInt64(const char* data, std::size_t length, values::ColumnBuilder& column) {
  RequireLength(length, 8);
  column.AppendFixed(LoadBigEndian<std::uint64_t>(data));
}

void DecodeBinaryOid(const char* data, std::size_t length, values::ColumnBuilder& column) {
  RequireLength(length, 4);
  column.AppendFixed(static_cast<std::int64_t>(LoadBigEndian<std::uint32_t>(data)));
}

void DecodeBinaryDate(const char* data, std::size_t length, values::ColumnBuilder& column) {
  RequireLength(length, 4);
  const auto days = static_cast<std::int32_t>(LoadBigEndian<std::uint32_t>(data));
  if (days == std::numeric_limits<std::int32_t>::max()) {
    column.AppendFixed(values::kDateInfinity);
  } else if (days == std::numeric_limits<std::int32_t>::min()) {
    column.AppendFixed(values::kDateMinusInfinity);
  } else {
    column.AppendFixed(values::PackDate(values::CivilFromDays(days + kEpochDays)));
  }
}

void DecodeBinaryTimestamp(const char* data, std::size_t length, values::ColumnBuilder& column) {
  RequireLength(length, 8);
  const auto micros = static_cast<std::int64_t>(LoadBigEndian<std::uint64_t>(data));
  if (micros == std::numeric_limits<std::int64_t>::max()) {
    column.AppendFixed(values::kTimestampInfinity);
    return;
  }
  if (micros == std::numeric_limits<std::int64_t>::min()) {
    column.AppendFixed(values::kTimestampMinusInfinity);
    return;
  }
  std::int64_t days = micros / values::kMicrosPerDay;
  std::int64_t of_day = micros % values::kMicrosPerDay;
  if (of_day < 0) {
    of_day += values::kMicrosPerDay;
    --days;
  }
  const values::Date date = values::CivilFromDays(days + kEpochDays);
  if (date.year > values::kMaxTimestampYear) [[unlikely]] {
    throw BackendError("22008", 1, "a timestamp's year is beyond what the relay can carry");
  }
  column.AppendFixed(values::PackTimestamp({date, of_day}));
}

void DecodeBinaryInterval(const char* data, std::size_t length, values::ColumnBuilder& column) {
  RequireLength(length, 16);
  values::Interval interval;
  interval.micros = static_cast<std::int64_t>(LoadBigEndian<std::uint64_t>(data));
  interval.days = static_cast<std::int32_t>(LoadBigEndian<std::uint32_t>(data + 8));
  interval.months = static_cast<std::int32_t>(LoadBigEndian<std::uint32_t>(data + 12));
  column.AppendInterval(interval);
}

void DecodeBinaryNumeric(const char* data, std::size_t length, values::ColumnBuilder& column) {
  if (length < kNumericHeader) RequireLength(length, kNumericHeader);
  const auto count = LoadBigEndian<std::uint16_t>(data);
  const auto weight = static_cast<std::int16_t>(LoadBigEndian<std::uint16_t>(data + 2));
  const auto sign = LoadBigEndian<std::uint16_t>(data + 4);
  const auto scale = LoadBigEndian<std::uint16_t>(data + 6);
  if (const char* special = SpecialNumeric(sign)) {
    column.AppendVariable(special);
    return;
  }
  RequireLength(length, kNumericHeader + std::size_t{count} * 2);
  std::string& out = column.open_variable();
  if (sign == kNumericNegative) out.push_back('-');
  AppendNumeric({data + kNumericHeader, count}, weight, scale, out);
  column.EndVariable();
}

void DecodeBinaryUuid(const char* data, std::size_t length, values::ColumnBuilder& column) {
  RequireLength(length, 16);
  column.AppendFixedBytes({data, length});
}

void DecodeBinaryChar(const char* data, std::size_t length, values::ColumnBuilder& column) {
  RequireLength(length, 1);
  const auto octet = static_cast<unsigned char>(*data);
  if (octet == 0) {
    column.AppendVariable({});
  } else if (octet < 0x80) {
    column.AppendVariable({data, 1});
  } else {
    const char escaped[4] = {'\\', static_cast<char>('0' + (octet >> 6)),
                             static_cast<char>('0' + ((octet >> 3) & 7)),
                             static_cast<char>('0' + (octet & 7))};
    column.AppendVariable({escaped, sizeof escaped});
  }
}

void DecodeBinaryJsonb(const char* data, std::size_t length, values::ColumnBuilder& column) {
  if (length < 1 || *data != 1) {
    throw BackendError("08P01", 1, "the server sent jsonb in a version that is not known");
  }
  column.AppendVariable({data + 1, length - 1});
}

void DecodeVerbatim(const char* data, std::size_t length, values::ColumnBuilder& column) {
  column.AppendVariable({data, length});
}

}  // namespace sluice::relay::backend::postgres
