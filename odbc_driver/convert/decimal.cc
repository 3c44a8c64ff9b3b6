#include "odbc_driver/convert/interval.h"
#include "odbc_driver/convert/number.h"

// From DECIMAL, and from TEXT that holds a number.

namespace sluice::driver::convert {
namespace {

struct DecimalSource {
  // NaN and the infinities are values of the column, not bad text: out of any other type's range.
  template <typename Out>
  static CellStatus Convert(const SourceCell& cell, Out& out) {
    const CellStatus status = FromNumberText(cell.values.Variable(cell.row), out);
    return status == CellStatus::kInvalidText ? CellStatus::kOutOfRange : status;
  }
  // MySQL's integers that zeros fill are like its other ones (integer.cc).
  static CellStatus Convert(const SourceCell& cell, Bit& out) {
    double number = 0;
    if (cell.source.sql_type == v1::SQLTYPE_DECIMAL || cell.source.engine != v1::ENGINE_MYSQL) {
      return Convert<Bit>(cell, out);
    }
    const CellStatus status = Convert(cell, number);
    out = number == 0 ? Bit::kZero : Bit::kOne;
    return status;
  }
  static CellStatus Convert(const SourceCell& cell, SQL_NUMERIC_STRUCT& out) {
    const CellStatus status = ToNumericStruct(cell.values.Variable(cell.row), cell.target, out);
    return status == CellStatus::kInvalidText ? CellStatus::kOutOfRange : status;
  }
  static CellStatus Convert(const SourceCell& cell, SQL_INTERVAL_STRUCT& out) {
    return NumberToInterval(cell.values.Variable(cell.row), cell.target, out);
  }
};

struct NumericLiteralSource {
  template <typename Out>
  static CellStatus Convert(const SourceCell& cell, Out& out) {
    return FromNumberText(TrimSpaces(cell.values.Variable(cell.row)), out);
  }
  static CellStatus Convert(const SourceCell& cell, SQL_NUMERIC_STRUCT& out) {
    return ToNumericStruct(TrimSpaces(cell.values.Variable(cell.row)), cell.target, out);
  }
};

}  // namespace

void AddDecimalConverters(ConverterTable& table) {
  AddNumberConverters<DecimalSource>(v1::VALUE_TYPE_DECIMAL, table);
  table.Add(v1::VALUE_TYPE_DECIMAL, CClass::kYearMonthInterval,
            &ConvertFixed<SQL_INTERVAL_STRUCT, DecimalSource>);
  table.Add(v1::VALUE_TYPE_DECIMAL, CClass::kDayTimeInterval,
            &ConvertFixed<SQL_INTERVAL_STRUCT, DecimalSource>);
  AddNumberConverters<NumericLiteralSource>(v1::VALUE_TYPE_TEXT, table);
}

}  // namespace sluice::driver::convert
