#include <algorithm>
#include <string>
#include <utility>

#include "odbc_driver/convert/interval.h"
#include "odbc_driver/convert/number.h"
#include "odbc_driver/convert/parameter_table.h"

// Parameters of the numeric C types and SQL_C_BIT (appendix D, "C to SQL: Numeric" and "Bit"). They
// travel as they are; whether the column holds them is the server's to say.

namespace sluice::driver::convert {
namespace {

// psqlodbc takes it for true, too.
constexpr int kVisualBasicTrue = -1;

// The wire's integer that holds every value of the C type.
template <typename C>
using WireInteger = std::conditional_t<std::same_as<C, std::uint64_t>, std::uint64_t, std::int64_t>;

template <typename C>
constexpr values::ValueType kWireInteger =
    std::same_as<C, std::uint64_t> ? v1::VALUE_TYPE_UINT64 : v1::VALUE_TYPE_INT64;

template <typename C>
void IntegerToInteger(const SourceParameter&, std::string_view octets, values::ColumnBuilder& out) {
  out.AppendFixed(static_cast<WireInteger<C>>(LoadValue<C>(octets)));
}

template <typename C>
void IntegerToText(const SourceParameter&, std::string_view octets, values::ColumnBuilder& out) {
  out.AppendVariable(std::to_string(LoadValue<C>(octets)));
}

template <typename C>
void IntegerToBool(const SourceParameter&, std::string_view octets, values::ColumnBuilder& out) {
  const C value = LoadValue<C>(octets);
  const bool is_true = std::cmp_equal(value, 1) || std::cmp_equal(value, kVisualBasicTrue);
  if (value != 0 && !is_true) throw DriverError(k22003OutOfRange);
  out.AppendFixed(static_cast<std::uint8_t>(is_true));
}

// So many of the interval's single field.
void AppendInterval(const SourceParameter& source, std::string_view number,
                    values::ColumnBuilder& out) {
  TargetColumn single_field;
  single_field.c_type = source.sql_type;  // the interval types have the same codes on both sides
  SQL_INTERVAL_STRUCT interval;
  if (NumberToInterval(number, single_field, interval) != CellStatus::kWhole) {
    throw DriverError(k22015IntervalOverflow);
  }
  out.AppendInterval(FromIntervalStruct(interval, source.sql_type, 0));
}

template <typename C>
void IntegerToInterval(const SourceParameter& source, std::string_view octets,
                       values::ColumnBuilder& out) {
  AppendInterval(source, std::to_string(LoadValue<C>(octets)), out);
}

template <typename C>
void AddInteger(CClass from, ParameterTable& table) {
  for (const SqlClass number :
       {SqlClass::kExact, SqlClass::kInteger, SqlClass::kDouble, SqlClass::kReal}) {
    table.Add(from, number, kWireInteger<C>, &IntegerToInteger<C>);
  }
  table.Add(from, SqlClass::kCharacter, v1::VALUE_TYPE_TEXT, &IntegerToText<C>);
  table.Add(from, SqlClass::kBit, v1::VALUE_TYPE_BOOL, &IntegerToBool<C>);
  table.Add(from, SqlClass::kInterval, v1::VALUE_TYPE_INTERVAL, &IntegerToInterval<C>);
}

// --- SQL_C_BIT, whose octet is true when it is not 0, as in psqlodbc ----------------------------

template <ParameterAppender kAppend>
void BitTo(const SourceParameter& source, std::string_view octets, values::ColumnBuilder& out) {
  const char bit = octets.front() == 0 ? '\0' : '\1';
  kAppend(source, {&bit, sizeof bit}, out);
}

void AddBit(ParameterTable& table) {
  using C = std::uint8_t;
  for (const SqlClass number :
       {SqlClass::kExact, SqlClass::kInteger, SqlClass::kDouble, SqlClass::kReal}) {
    table.Add(CClass::kBit, number, kWireInteger<C>, &BitTo<&IntegerToInteger<C>>);
  }
  table.Add(CClass::kBit, SqlClass::kCharacter, v1::VALUE_TYPE_TEXT, &BitTo<&IntegerToText<C>>);
  table.Add(CClass::kBit, SqlClass::kBit, v1::VALUE_TYPE_BOOL, &BitTo<&IntegerToBool<C>>);
  table.Add(CClass::kBit, SqlClass::kInterval, v1::VALUE_TYPE_INTERVAL,
            &BitTo<&IntegerToInterval<C>>);
}

// --- SQL_C_FLOAT, SQL_C_DOUBLE -----------------------------------------------------------------

template <typename C>
void FloatToDouble(const SourceParameter&, std::string_view octets, values::ColumnBuilder& out) {
  out.AppendFixed(double{LoadValue<C>(octets)});
}

template <typename C>
void FloatToReal(const SourceParameter&, std::string_view octets, values::ColumnBuilder& out) {
  float value = 0;
  if (FromDouble(double{LoadValue<C>(octets)}, value) != CellStatus::kWhole) {
    throw DriverError(k22003OutOfRange);
  }
  out.AppendFixed(value);
}

// The shortest text, so that 0.1 is stored in a NUMERIC column as 0.1.
template <typename C>
void FloatToText(const SourceParameter&, std::string_view octets, values::ColumnBuilder& out) {
  if constexpr (std::same_as<C, float>) {
    values::AppendFloat(LoadValue<C>(octets), out.open_variable());
  } else {
    values::AppendDouble(LoadValue<C>(octets), out.open_variable());
  }
  out.EndVariable();
}

template <typename C>
void FloatToBool(const SourceParameter&, std::string_view octets, values::ColumnBuilder& out) {
  Bit bit = Bit::kZero;
  const double value{LoadValue<C>(octets)};
  const CellStatus status = FromDouble(value == kVisualBasicTrue ? 1 : value, bit);
  if (!HasValue(status)) throw DriverError(k22003OutOfRange);
  if (status != CellStatus::kWhole) throw DriverError(k22001StringRightTruncated);
  out.AppendFixed(static_cast<std::uint8_t>(bit));
}

template <typename C>
void AddFloat(CClass from, ParameterTable& table) {
  table.Add(from, SqlClass::kDouble, v1::VALUE_TYPE_FLOAT64, &FloatToDouble<C>);
  table.Add(from, SqlClass::kReal, v1::VALUE_TYPE_FLOAT32, &FloatToReal<C>);
  table.Add(from, SqlClass::kExact, v1::VALUE_TYPE_DECIMAL, &FloatToText<C>);
  table.Add(from, SqlClass::kInteger, v1::VALUE_TYPE_DECIMAL, &FloatToText<C>);
  table.Add(from, SqlClass::kCharacter, v1::VALUE_TYPE_TEXT, &FloatToText<C>);
  table.Add(from, SqlClass::kBit, v1::VALUE_TYPE_BOOL, &FloatToBool<C>);
}

// --- SQL_C_NUMERIC -------------------------------------------------------------------------------

// psqlodbc sends as many digits as the structure's precision says, the last ones. Where it says
// none (psqlodbc: 0), all are meant.
void CutToPrecision(unsigned precision, std::string& number) {
  unsigned digits = 0;
  for (std::size_t i = number.size(); i-- > 0;) {
    if (number[i] == '-' || number[i] == '.') continue;
    if (++digits > precision) number[i] = '0';
  }
  const std::size_t begin = number.starts_with('-') ? 1 : 0;
  const std::size_t whole = std::min(number.find('.'), number.size());
  const std::size_t kept = std::min(number.find_first_not_of('0', begin), whole - 1);
  number.erase(begin, kept - begin);
}

// The scale is the APD's SQL_DESC_SCALE (appendix D, "C Data Types": the struct's own is not read);
// as that is 0 unless set, and many applications set the struct alone, theirs is taken then.
std::string NumericText(const SourceParameter& source, std::string_view octets) {
  const auto number = LoadValue<SQL_NUMERIC_STRUCT>(octets);
  values::Decimal decimal;
  decimal.negative = number.sign == 0;
  decimal.scale = source.scale != 0 ? source.scale : number.scale;
  std::copy(std::begin(number.val), std::end(number.val), decimal.magnitude.begin());
  std::string text = values::FormatDecimal(decimal);
  if (source.numeric_heeds_precision && number.precision != 0) {
    CutToPrecision(number.precision, text);
  }
  return text;
}

void NumericToText(const SourceParameter& source, std::string_view octets,
                   values::ColumnBuilder& out) {
  out.AppendVariable(NumericText(source, octets));
}

void NumericToBool(const SourceParameter& source, std::string_view octets,
                   values::ColumnBuilder& out) {
  Bit bit = Bit::kZero;
  const CellStatus status = FromNumberText(NumericText(source, octets), bit);
  if (!HasValue(status)) throw DriverError(k22003OutOfRange);
  if (status != CellStatus::kWhole) throw DriverError(k22001StringRightTruncated);
  out.AppendFixed(static_cast<std::uint8_t>(bit));
}

void NumericToInterval(const SourceParameter& source, std::string_view octets,
                       values::ColumnBuilder& out) {
  AppendInterval(source, NumericText(source, octets), out);
}

void AddNumeric(ParameterTable& table) {
  for (const SqlClass number :
       {SqlClass::kExact, SqlClass::kInteger, SqlClass::kDouble, SqlClass::kReal}) {
    table.Add(CClass::kNumeric, number, v1::VALUE_TYPE_DECIMAL, &NumericToText);
  }
  table.Add(CClass::kNumeric, SqlClass::kCharacter, v1::VALUE_TYPE_TEXT, &NumericToText);
  table.Add(CClass::kNumeric, SqlClass::kBit, v1::VALUE_TYPE_BOOL, &NumericToBool);
  table.Add(CClass::kNumeric, SqlClass::kInterval, v1::VALUE_TYPE_INTERVAL, &NumericToInterval);
}

}  // namespace

void AddNumberParameters(ParameterTable& table) {
  AddInteger<std::int8_t>(CClass::kInt8, table);
  AddInteger<std::uint8_t>(CClass::kUInt8, table);
  AddInteger<std::int16_t>(CClass::kInt16, table);
  AddInteger<std::uint16_t>(CClass::kUInt16, table);
  AddInteger<std::int32_t>(CClass::kInt32, table);
  AddInteger<std::uint32_t>(CClass::kUInt32, table);
  AddInteger<std::int64_t>(CClass::kInt64, table);
  AddInteger<std::uint64_t>(CClass::kUInt64, table);
  AddBit(table);
  AddFloat<float>(CClass::kFloat, table);
  AddFloat<double>(CClass::kDouble, table);
  AddNumeric(table);
}

}  // namespace sluice::driver::convert
