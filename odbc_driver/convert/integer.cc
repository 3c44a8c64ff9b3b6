#include "odbc_driver/convert/interval.h"
#include "odbc_driver/convert/number.h"

// From the integer value types and BOOL.

namespace sluice::driver::convert {
namespace {

template <typename In>
auto IntegerAt(const SourceCell& cell) {
  if constexpr (std::same_as<In, bool>) {
    return static_cast<int>(cell.values.Fixed<std::uint8_t>(cell.row) != 0);
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

}  // namespace

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
