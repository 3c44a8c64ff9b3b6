#include <charconv>

#include "odbc_driver/convert/number.h"
#include "odbc_driver/convert/text_target.h"
#include "odbc_driver/convert/uuid.h"
#include "proto/values/datetime.h"

// The text form of everything that is not text: to SQL_C_CHAR and SQL_C_WCHAR.

namespace sluice::driver::convert {
namespace {

// MySQL writes as many fractional digits as the column has, PostgreSQL none that is a trailing
// zero.
int FractionDigits(const SourceColumn& source) {
  return source.engine == v1::ENGINE_MYSQL ? source.scale : -1;
}

// How much of a number or a timestamp must be delivered: everything but the fraction. A cut
// elsewhere would make another value of it, and is 22003 instead of 01004 (appendix D). With an
// exponent or "BC" behind the fraction nothing can be cut, but a floating-point number has fewer
// digits then. Of a timestamp the date alone will do: applications read it into ten characters, and
// the native drivers cut, too.
std::size_t EssentialLength(std::string_view text) {
  constexpr std::size_t kDateLength = 10;
  if (text.size() > kDateLength && text[kDateLength] == ' ' && text[kDateLength - 3] == '-' &&
      !text.ends_with("BC")) {
    return kDateLength;
  }
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) return text.size();
  const bool only_fraction_follows =
      text.find_first_not_of("0123456789", point + 1) == std::string_view::npos;
  return only_fraction_follows ? point : text.size();
}

template <typename Int>
struct IntegerFormat {
  static void Append(const SourceColumn&, const values::ColumnView& values, std::uint32_t row,
                     std::string& out) {
    char digits[24];
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, values.Fixed<Int>(row));
    assert(error == std::errc());
    out.append(digits, end);
  }
};

struct BoolFormat {
  static void Append(const SourceColumn& source, const values::ColumnView& values,
                     std::uint32_t row, std::string& out) {
    const bool value = values.Fixed<std::uint8_t>(row) != 0;
    if (value && source.true_is_minus1) out.push_back('-');
    out.push_back(value ? '1' : '0');
  }
};

struct FloatFormat {
  static void Append(const SourceColumn& source, const values::ColumnView& values,
                     std::uint32_t row, std::string& out) {
    const float value = values.Fixed<float>(row);
    if (source.engine != v1::ENGINE_MYSQL) return values::AppendFloat(value, out);
    if (source.scale > 0) return values::AppendFixedPoint(value, source.scale, out);
    values::AppendMysqlFloat(value, out);
  }
  static bool Shorten(const values::ColumnView& values, std::uint32_t row, std::size_t room,
                      std::string& out) {
    return values::AppendShortened(values.Fixed<float>(row), room, out);
  }
};

struct DoubleFormat {
  static void Append(const SourceColumn& source, const values::ColumnView& values,
                     std::uint32_t row, std::string& out) {
    const double value = values.Fixed<double>(row);
    if (source.engine != v1::ENGINE_MYSQL) return values::AppendDouble(value, out);
    if (source.scale > 0) return values::AppendFixedPoint(value, source.scale, out);
    values::AppendMysqlDouble(value, out);
  }
  static bool Shorten(const values::ColumnView& values, std::uint32_t row, std::size_t room,
                      std::string& out) {
    return values::AppendShortened(values.Fixed<double>(row), room, out);
  }
};

struct DateFormat {
  static void Append(const SourceColumn&, const values::ColumnView& values, std::uint32_t row,
                     std::string& out) {
    values::AppendDate(values.Fixed<std::uint32_t>(row), out);
  }
};

struct TimeFormat {
  static void Append(const SourceColumn& source, const values::ColumnView& values,
                     std::uint32_t row, std::string& out) {
    values::AppendTime(values.Fixed<std::int64_t>(row), FractionDigits(source), out);
  }
};

struct TimestampFormat {
  static void Append(const SourceColumn& source, const values::ColumnView& values,
                     std::uint32_t row, std::string& out) {
    values::AppendTimestamp(values.Fixed<std::uint64_t>(row), FractionDigits(source), out);
  }
};

struct UuidFormat {
  static void Append(const SourceColumn&, const values::ColumnView& values, std::uint32_t row,
                     std::string& out) {
    AppendUuid(values.FixedBytes(row), out);
  }
};

struct IntervalFormat {
  static void Append(const SourceColumn&, const values::ColumnView& values, std::uint32_t row,
                     std::string& out) {
    values::AppendInterval(values.IntervalAt(row), out);
  }
};

struct DecimalFormat {
  static void Append(const SourceColumn&, const values::ColumnView& values, std::uint32_t row,
                     std::string& out) {
    out.append(values.Variable(row));
  }
};

// The texts are ASCII.
template <std::size_t kUnit>
CellStatus PutText(std::string_view text, const TargetCell& cell) {
  return kUnit == 1 ? PutUtf8(text, cell) : PutUtf16(text, cell);
}

template <typename Format>
concept CanShorten = requires {
  &Format::Shorten;
};

// Of a text that does not fit whole.
template <typename Format, std::size_t kUnit>
CellStatus PutPart(const values::ColumnView& values, std::uint32_t row, std::string_view text,
                   const TargetCell& cell) {
  const std::size_t room = cell.capacity() / kUnit;
  if constexpr (CanShorten<Format>) {
    std::string shortened;
    if (room <= 1 || !Format::Shorten(values, row, room - 1, shortened)) {
      return CellStatus::kOutOfRange;
    }
    PutText<kUnit>(shortened, cell);
    cell.PutLength(text.size() * kUnit);
    return CellStatus::kStringTruncated;
  }
  return EssentialLength(text) < room ? PutText<kUnit>(text, cell) : CellStatus::kOutOfRange;
}

template <typename Format, std::size_t kUnit>
void ConvertFormatted(const SourceColumn& source, const values::ColumnView& values,
                      std::uint32_t first, std::uint32_t count, const TargetColumn& target,
                      std::uint32_t target_first, std::vector<CellProblem>& problems) {
  std::string text;
  ForEachCell(values, {first, count, target_first}, target, problems,
              [&](std::uint32_t row, const TargetCell& cell) {
                text.clear();
                Format::Append(source, values, row, text);
                if (cell.data() != nullptr && text.size() >= cell.capacity() / kUnit) {
                  return PutPart<Format, kUnit>(values, row, text, cell);
                }
                return PutText<kUnit>(text, cell);
              });
}

// An interval is described as text, hence its octets are those of the text.
void ConvertIntervalToBinary(const SourceColumn& source, const values::ColumnView& values,
                             std::uint32_t first, std::uint32_t count, const TargetColumn& target,
                             std::uint32_t target_first, std::vector<CellProblem>& problems) {
  std::string text;
  ForEachCell(values, {first, count, target_first}, target, problems,
              [&](std::uint32_t row, const TargetCell& cell) {
                text.clear();
                IntervalFormat::Append(source, values, row, text);
                return PutOctets(text, cell);
              });
}

template <typename Format>
void AddFormat(values::ValueType from, ConverterTable& table) {
  table.Add(from, CClass::kChar, &ConvertFormatted<Format, sizeof(SQLCHAR)>);
  table.Add(from, CClass::kWChar, &ConvertFormatted<Format, sizeof(SQLWCHAR)>);
}

}  // namespace

void AddFormattedTextConverters(ConverterTable& table) {
  AddFormat<BoolFormat>(v1::VALUE_TYPE_BOOL, table);
  AddFormat<IntegerFormat<std::int16_t>>(v1::VALUE_TYPE_INT16, table);
  AddFormat<IntegerFormat<std::int32_t>>(v1::VALUE_TYPE_INT32, table);
  AddFormat<IntegerFormat<std::int64_t>>(v1::VALUE_TYPE_INT64, table);
  AddFormat<IntegerFormat<std::uint64_t>>(v1::VALUE_TYPE_UINT64, table);
  AddFormat<FloatFormat>(v1::VALUE_TYPE_FLOAT32, table);
  AddFormat<DoubleFormat>(v1::VALUE_TYPE_FLOAT64, table);
  AddFormat<DecimalFormat>(v1::VALUE_TYPE_DECIMAL, table);
  AddFormat<DateFormat>(v1::VALUE_TYPE_DATE, table);
  AddFormat<TimeFormat>(v1::VALUE_TYPE_TIME, table);
  AddFormat<TimestampFormat>(v1::VALUE_TYPE_TIMESTAMP, table);
  AddFormat<UuidFormat>(v1::VALUE_TYPE_UUID, table);
  AddFormat<IntervalFormat>(v1::VALUE_TYPE_INTERVAL, table);
  table.Add(v1::VALUE_TYPE_INTERVAL, CClass::kBinary, &ConvertIntervalToBinary);
}

TextFormatter FindTextFormatter(values::ValueType type) {
  switch (type) {
    case v1::VALUE_TYPE_BOOL:
      return &BoolFormat::Append;
    case v1::VALUE_TYPE_INT16:
      return &IntegerFormat<std::int16_t>::Append;
    case v1::VALUE_TYPE_INT32:
      return &IntegerFormat<std::int32_t>::Append;
    case v1::VALUE_TYPE_INT64:
      return &IntegerFormat<std::int64_t>::Append;
    case v1::VALUE_TYPE_UINT64:
      return &IntegerFormat<std::uint64_t>::Append;
    case v1::VALUE_TYPE_FLOAT32:
      return &FloatFormat::Append;
    case v1::VALUE_TYPE_FLOAT64:
      return &DoubleFormat::Append;
    case v1::VALUE_TYPE_DATE:
      return &DateFormat::Append;
    case v1::VALUE_TYPE_TIME:
      return &TimeFormat::Append;
    case v1::VALUE_TYPE_TIMESTAMP:
      return &TimestampFormat::Append;
    case v1::VALUE_TYPE_UUID:
      return &UuidFormat::Append;
    case v1::VALUE_TYPE_INTERVAL:
      return &IntervalFormat::Append;
    default:
      return nullptr;
  }
}

}  // namespace sluice::driver::convert
