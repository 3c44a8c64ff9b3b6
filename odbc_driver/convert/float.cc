#include <array>
#include <charconv>

#include "odbc_driver/convert/number.h"

// From FLOAT32 and FLOAT64.

namespace sluice::driver::convert {
namespace {

// psqlodbc reads the text that the server sends of a real, and its applications compare what they
// stored: 0.1 is 0.1 and not 0.100000001490116…, the real that was nearest to it.
double NearestToText(float value) {
  constexpr std::size_t kLongest = 32;  // of a float's shortest text
  std::array<char, kLongest> text;
  const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
  double nearest = 0;
  std::from_chars(text.data(), written.ptr, nearest);
  return nearest;
}

template <typename In>
struct FloatSource {
  template <typename Out>
  static CellStatus Convert(const SourceCell& cell, Out& out) {
    if constexpr (std::same_as<In, float> && std::same_as<Out, double>) {
      if (cell.source.engine == v1::ENGINE_POSTGRES) {
        out = NearestToText(cell.values.Fixed<In>(cell.row));
        return CellStatus::kWhole;
      }
    }
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
