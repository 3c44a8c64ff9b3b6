#include "odbc_driver/convert/number.h"

// From FLOAT32 and FLOAT64.

namespace sluice::driver::convert {
namespace {

template <typename In>
struct FloatSource {
  template <typename Out>
  static CellStatus Convert(const SourceCell& cell, Out& out) {
    return FromDouble(double{cell.values.Fixed<In>(cell.row)}, out);
  }
  // By way of the shortest text, so that 0.1 becomes 0.1 and not 0.1000000000000000055….
  static CellStatus Convert(const SourceCell& cell, SQL_NUMERIC_STRUCT& out) {
    const In value = cell.values.Fixed<In>(cell.row);
    if (!std::isfinite(value)) return CellStatus::kOutOfRange;
    std::string text;
    if constexpr (std::same_as<In, float>) {
      values::AppendFloat(value, text);
    } else {
      values::AppendDouble(value, text);
    }
    return ToNumericStruct(text, cell.target, out);
  }
};

}  // namespace

void AddFloatConverters(ConverterTable& table) {
  AddNumberConverters<FloatSource<float>>(v1::VALUE_TYPE_FLOAT32, table);
  AddNumberConverters<FloatSource<double>>(v1::VALUE_TYPE_FLOAT64, table);
  table.Add(v1::VALUE_TYPE_FLOAT32, CClass::kFloat, &CopyFixed<float>);
  table.Add(v1::VALUE_TYPE_FLOAT64, CClass::kDouble, &CopyFixed<double>);
}

}  // namespace sluice::driver::convert
