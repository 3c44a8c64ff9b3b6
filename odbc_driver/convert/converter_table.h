#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "odbc_driver/convert/c_type.h"
#include "odbc_driver/convert/column_converter.h"

// The table behind FindConverter: (ValueType, CClass) → ColumnConverter. Each source family fills
// its rows in a file of its own.

namespace sluice::driver::convert {

class ConverterTable {
 public:
  void Add(values::ValueType from, CClass to, ColumnConverter converter) {
    cells_[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)] = converter;
  }
  ColumnConverter Find(values::ValueType from, CClass to) const {
    return cells_[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)];
  }

 private:
  static constexpr std::size_t kValueTypeCount = v1::VALUE_TYPE_BYTES + 1;
  std::array<std::array<ColumnConverter, kCClassCount>, kValueTypeCount> cells_{};
};

void AddIntegerConverters(ConverterTable& table);
void AddFloatConverters(ConverterTable& table);
void AddDecimalConverters(ConverterTable& table);
void AddTextConverters(ConverterTable& table);
// SQL_C_CHAR where info::CallCharset() is not UTF-8.
ColumnConverter NarrowTextConverter();
void AddBinaryConverters(ConverterTable& table);
void AddDatetimeConverters(ConverterTable& table);
void AddIntervalConverters(ConverterTable& table);
void AddFormattedTextConverters(ConverterTable& table);
// Of BYTES that are a bit string: MySQL's BIT(n), whose octets are those of a number.
void AddBitStringConverters(ConverterTable& table);

// Appends the text form of a value that is not NULL.
using TextFormatter = void (*)(const SourceColumn& source, const values::ColumnView& values,
                               std::uint32_t row, std::string& out);

// nullptr for the types of varying width: text already, or octets.
TextFormatter FindTextFormatter(values::ValueType type);

// The C type in whose layout values of this type are delivered as SQL_C_BINARY, and are expected
// when bound as SQL_C_BINARY: the default C type of their SQL type.
SQLSMALLINT BinaryLayout(values::ValueType type);

}  // namespace sluice::driver::convert
