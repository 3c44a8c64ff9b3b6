#include <array>

#include "odbc_driver/convert/converter_table.h"
#include "odbc_driver/info/charset.h"

namespace sluice::driver::convert {
namespace {

const ConverterTable& Table() {
  static const ConverterTable table = [] {
    ConverterTable filled;
    AddIntegerConverters(filled);
    AddFloatConverters(filled);
    AddDecimalConverters(filled);
    AddTextConverters(filled);
    AddBinaryConverters(filled);
    AddDatetimeConverters(filled);
    AddIntervalConverters(filled);
    AddFormattedTextConverters(filled);
    return filled;
  }();
  return table;
}

const ConverterTable& BitStringTable() {
  static const ConverterTable table = [] {
    ConverterTable filled;
    AddBitStringConverters(filled);
    return filled;
  }();
  return table;
}

struct DefaultRow {
  v1::SqlType sql_type;
  SQLSMALLINT c_type;
  SQLSMALLINT unsigned_c_type;
  SQLSMALLINT odbc2_c_type;
};

constexpr auto kDefaults = std::to_array<DefaultRow>({
    {v1::SQLTYPE_BOOLEAN, SQL_C_BIT, SQL_C_BIT, SQL_C_BIT},
    {v1::SQLTYPE_TINYINT, SQL_C_STINYINT, SQL_C_UTINYINT, SQL_C_STINYINT},
    {v1::SQLTYPE_SMALLINT, SQL_C_SSHORT, SQL_C_USHORT, SQL_C_SSHORT},
    {v1::SQLTYPE_INTEGER, SQL_C_SLONG, SQL_C_ULONG, SQL_C_SLONG},
    {v1::SQLTYPE_BIGINT, SQL_C_SBIGINT, SQL_C_UBIGINT, SQL_C_CHAR},
    {v1::SQLTYPE_REAL, SQL_C_FLOAT, SQL_C_FLOAT, SQL_C_FLOAT},
    {v1::SQLTYPE_DOUBLE, SQL_C_DOUBLE, SQL_C_DOUBLE, SQL_C_DOUBLE},
    {v1::SQLTYPE_NUMERIC, SQL_C_CHAR, SQL_C_CHAR, SQL_C_CHAR},
    {v1::SQLTYPE_DECIMAL, SQL_C_CHAR, SQL_C_CHAR, SQL_C_CHAR},
    {v1::SQLTYPE_BINARY, SQL_C_BINARY, SQL_C_BINARY, SQL_C_BINARY},
    {v1::SQLTYPE_VARBINARY, SQL_C_BINARY, SQL_C_BINARY, SQL_C_BINARY},
    {v1::SQLTYPE_LONGVARBINARY, SQL_C_BINARY, SQL_C_BINARY, SQL_C_BINARY},
    {v1::SQLTYPE_DATE, SQL_C_TYPE_DATE, SQL_C_TYPE_DATE, SQL_C_DATE},
    {v1::SQLTYPE_TIME, SQL_C_TYPE_TIME, SQL_C_TYPE_TIME, SQL_C_TIME},
    {v1::SQLTYPE_TIMESTAMP, SQL_C_TYPE_TIMESTAMP, SQL_C_TYPE_TIMESTAMP, SQL_C_TIMESTAMP},
    {v1::SQLTYPE_UUID, SQL_C_GUID, SQL_C_GUID, SQL_C_CHAR},
});

}  // namespace

ColumnConverter FindConverter(const SourceColumn& source, SQLSMALLINT c_type) {
  const CType* type = FindCType(c_type);
  if (type == nullptr || !values::IsKnown(source.value_type)) return nullptr;
  const bool to_text = type->c_class == CClass::kChar || type->c_class == CClass::kWChar;
  const bool is_narrow = type->c_class == CClass::kChar &&
                         source.value_type == v1::VALUE_TYPE_TEXT &&
                         info::CallCharset() != info::Charset::kUtf8;
  if (is_narrow) return NarrowTextConverter();
  if (to_text && AreOctetsText(source)) return Table().Find(v1::VALUE_TYPE_TEXT, type->c_class);
  const auto found = Table().Find(source.value_type, type->c_class);
  // A number from a bit string is no conversion of appendix D, but Connector/ODBC has it.
  if (found != nullptr || source.engine != v1::ENGINE_MYSQL) return found;
  const bool is_bits =
      source.sql_type == v1::SQLTYPE_BITS && source.value_type == v1::VALUE_TYPE_BYTES;
  return is_bits ? BitStringTable().Find(source.value_type, type->c_class) : nullptr;
}

bool AreOctetsText(const SourceColumn& source) {
  return source.value_type == v1::VALUE_TYPE_BYTES && source.engine == v1::ENGINE_MYSQL;
}

SQLSMALLINT DefaultCType(const SourceColumn& source, bool odbc2) {
  for (const DefaultRow& row : kDefaults) {
    if (row.sql_type != source.sql_type || source.is_described_as_text) continue;
    if (odbc2) return row.odbc2_c_type;
    return source.is_unsigned ? row.unsigned_c_type : row.c_type;
  }
  if (source.value_type == v1::VALUE_TYPE_BYTES) return SQL_C_BINARY;
  return odbc2 || source.narrow_text ? SQL_C_CHAR : SQL_C_WCHAR;
}

}  // namespace sluice::driver::convert
