#include "odbc_driver/convert/interval.h"
#include "odbc_driver/convert/number.h"

// From the integer value types and BOOL.

namespace sluice::driver::convert {
namespace {

template <typename In>
auto IntegerAt(const SourceCell& cell) {
  if constexpr (std::same_as<In, bool>) {
    const int truth = cell.source.true_is_minus1 ? -1 : 1;
    return cell.values.Fixed<std::uint8_t>(cell.row) != 0 ? truth : 0;
  } else {
    return cell.values.Fixed<In>(cell.row);
  }
}

template <typename In>
struct IntegerSource {
  template <typename Out>
  static CellStatus Convert(const SourceCell& cell, Out& out) {
    return FromInteger(IntegerAt<In>(cell), out);
  }
  // To Connector/ODBC all numbers but 0 are a truth; the reference has 22003 for those beyond 1.
  static CellStatus Convert(const SourceCell& cell, Bit& out) {
    const auto number = IntegerAt<In>(cell);
    const bool is_truth = cell.source.engine == v1::ENGINE_MYSQL || std::same_as<In, bool>;
    if (!is_truth) return FromInteger(number, out);
    out = number == 0 ? Bit::kZero : Bit::kOne;
    return CellStatus::kWhole;
  }
  static CellStatus Convert(const SourceCell& cell, SQL_NUMERIC_STRUCT& out) {
    return ToNumericStruct(std::to_string(IntegerAt<In>(cell)), cell.target, out);
  }
  static CellStatus Convert(const SourceCell& cell, SQL_INTERVAL_STRUCT& out) {
    return NumberToInterval(std::to_string(IntegerAt<In>(cell)), cell.target, out);
  }
};

template <typename In>
void AddIntegers(values::ValueType from, ConverterTable& table) {
  AddNumberConverters<IntegerSource<In>>(from, table);
  table.Add(from, CClass::kYearMonthInterval,
            &ConvertFixed<SQL_INTERVAL_STRUCT, IntegerSource<In>>);
  table.Add(from, CClass::kDayTimeInterval, &ConvertFixed<SQL_INTERVAL_STRUCT, IntegerSource<In>>);
}

struct BitStringSource {
  static std::uint64_t NumberAt(const SourceCell& cell) {
    std::uint64_t number = 0;
    for (const char octet : cell.values.Variable(cell.row)) {
      number = number << 8 | static_cast<unsigned char>(octet);
    }
    return number;
  }
  template <typename Out>
  static CellStatus Convert(const SourceCell& cell, Out& out) {
    return FromInteger(NumberAt(cell), out);
  }
  // As Connector/ODBC has it: whether any bit is set.
  static CellStatus Convert(const SourceCell& cell, Bit& out) {
    const std::uint64_t number = NumberAt(cell);
    out = number == 0 ? Bit::kZero : Bit::kOne;
    return number > 1 ? CellStatus::kStringTruncated : CellStatus::kWhole;
  }
  static CellStatus Convert(const SourceCell& cell, SQL_NUMERIC_STRUCT& out) {
    return ToNumericStruct(std::to_string(NumberAt(cell)), cell.target, out);
  }
};

}  // namespace

void AddBitStringConverters(ConverterTable& table) {
  AddNumberConverters<BitStringSource>(v1::VALUE_TYPE_BYTES, table);
}

void AddIntegerConverters(ConverterTable& table) {
  AddNumberConverters<IntegerSource<bool>>(v1::VALUE_TYPE_BOOL, table);
  AddIntegers<std::int16_t>(v1::VALUE_TYPE_INT16, table);
  AddIntegers<std::int32_t>(v1::VALUE_TYPE_INT32, table);
  AddIntegers<std::int64_t>(v1::VALUE_TYPE_INT64, table);
  AddIntegers<std::uint64_t>(v1::VALUE_TYPE_UINT64, table);
  table.Add(v1::VALUE_TYPE_INT16, CClass::kInt16, &CopyFixed<std::int16_t>);
  table.Add(v1::VALUE_TYPE_INT32, CClass::kInt32, &CopyFixed<std::int32_t>);
  table.Add(v1::VALUE_TYPE_INT64, CClass::kInt64, &CopyFixed<std::int64_t>);
  table.Add(v1::VALUE_TYPE_UINT64, CClass::kUInt64, &CopyFixed<std::uint64_t>);
}

}  // namespace sluice::driver::convert
