#include <array>

#include "odbc_driver/convert/hex.h"
#include "odbc_driver/convert/number.h"
#include "odbc_driver/convert/text_target.h"

// BYTES to the character and binary C types, and the fixed-width types to SQL_C_BINARY.

namespace sluice::driver::convert {
namespace {

// Octets of the value that fit under SQL_ATTR_MAX_LENGTH.
std::string_view OctetsAt(const values::ColumnView& values, std::uint32_t row,
                          const TargetColumn& target) {
  const std::string_view octets = values.Variable(row);
  return target.max_length == 0 ? octets : octets.substr(0, target.max_length);
}

void ConvertBytes(const SourceColumn&, const values::ColumnView& values, std::uint32_t first,
                  std::uint32_t count, const TargetColumn& target, std::uint32_t target_first,
                  std::vector<CellProblem>& problems) {
  ForEachCell(values, {first, count, target_first}, target, problems,
              [&](std::uint32_t row, const TargetCell& cell) {
                return PutOctets(OctetsAt(values, row, target), cell);
              });
}

// Two digits per octet, never half an octet: the last byte of an even buffer stays unused
// (appendix D, "SQL to C: Binary").
template <typename Char>
CellStatus PutHex(std::string_view octets, const TargetCell& cell) {
  cell.PutLength(octets.size() * 2 * sizeof(Char));
  const std::size_t room = cell.capacity() / sizeof(Char);
  const std::size_t delivered = room == 0 ? 0 : std::min(octets.size(), (room - 1) / 2);
  char* place = cell.data();
  const auto put = [&place](char character) {
    const auto wide = static_cast<Char>(character);
    std::memcpy(place, &wide, sizeof wide);
    place += sizeof wide;
  };
  for (std::size_t i = 0; i < delivered; ++i) {
    const auto octet = static_cast<unsigned char>(octets[i]);
    put(kUpperHexDigits[octet >> 4]);
    put(kUpperHexDigits[octet & 15]);
  }
  if (room != 0) put('\0');
  const bool whole = cell.data() == nullptr || (room != 0 && delivered == octets.size());
  return whole ? CellStatus::kWhole : CellStatus::kStringTruncated;
}

template <typename Char>
void ConvertBytesToHex(const SourceColumn&, const values::ColumnView& values, std::uint32_t first,
                       std::uint32_t count, const TargetColumn& target, std::uint32_t target_first,
                       std::vector<CellProblem>& problems) {
  ForEachCell(values, {first, count, target_first}, target, problems,
              [&](std::uint32_t row, const TargetCell& cell) {
                return PutHex<Char>(OctetsAt(values, row, target), cell);
              });
}

// A tinyint travels in two octets and an unsigned type in the next wider one, but their default C
// types are what the application expects. Whether the types of a column suit each other is the
// relay's to see to: where they do not, the layout is that of the values.
SQLSMALLINT LayoutOf(const SourceColumn& source, values::ValueType type) {
  const SQLSMALLINT by_value = BinaryLayout(type);
  switch (source.sql_type) {
    case v1::SQLTYPE_TINYINT:
    case v1::SQLTYPE_SMALLINT:
    case v1::SQLTYPE_INTEGER:
    case v1::SQLTYPE_BIGINT:
      break;
    default:
      return by_value;
  }
  const SQLSMALLINT by_type = DefaultCType(source, false);
  return FindConverter(source, by_type) != nullptr ? by_type : by_value;
}

// The value in the layout of its default C type. A buffer that is too small gets nothing (22003).
void ConvertFixedToBinary(const SourceColumn& source, const values::ColumnView& values,
                          std::uint32_t first, std::uint32_t count, const TargetColumn& target,
                          std::uint32_t target_first, std::vector<CellProblem>& problems) {
  const SQLSMALLINT layout = LayoutOf(source, values.type());
  const std::size_t width = FindCType(layout)->width;
  const ColumnConverter convert = FindConverter(source, layout);
  std::vector<CellProblem> cell_problems;
  ForEachCell(values, {first, count, target_first}, target, problems,
              [&](std::uint32_t row, const TargetCell& cell) {
                if (cell.data() != nullptr && cell.capacity() < width) {
                  return CellStatus::kOutOfRange;
                }
                std::array<char, sizeof(SQL_INTERVAL_STRUCT)> octets{};
                TargetColumn local;
                SQLLEN indicator = 0;
                local.c_type = layout;
                local.data = octets.data();
                local.indicator = &indicator;
                cell_problems.clear();
                convert(source, values, row, 1, local, 0, cell_problems);
                if (indicator == SQL_NULL_DATA) return cell.PutNull();
                if (!cell_problems.empty()) return CellStatus::kOutOfRange;
                return PutOctets({octets.data(), width}, cell);
              });
}

// DECIMAL as its text.
void ConvertDecimalToBinary(const SourceColumn&, const values::ColumnView& values,
                            std::uint32_t first, std::uint32_t count, const TargetColumn& target,
                            std::uint32_t target_first, std::vector<CellProblem>& problems) {
  ForEachCell(values, {first, count, target_first}, target, problems,
              [&](std::uint32_t row, const TargetCell& cell) {
                const std::string_view text = values.Variable(row);
                if (cell.data() != nullptr && cell.capacity() < text.size()) {
                  return CellStatus::kOutOfRange;
                }
                return PutOctets(text, cell);
              });
}

struct LayoutRow {
  values::ValueType type;
  SQLSMALLINT c_type;
};

constexpr auto kLayouts = std::to_array<LayoutRow>({
    {v1::VALUE_TYPE_BOOL, SQL_C_BIT},
    {v1::VALUE_TYPE_INT16, SQL_C_SSHORT},
    {v1::VALUE_TYPE_INT32, SQL_C_SLONG},
    {v1::VALUE_TYPE_INT64, SQL_C_SBIGINT},
    {v1::VALUE_TYPE_UINT64, SQL_C_UBIGINT},
    {v1::VALUE_TYPE_FLOAT32, SQL_C_FLOAT},
    {v1::VALUE_TYPE_FLOAT64, SQL_C_DOUBLE},
    {v1::VALUE_TYPE_DATE, SQL_C_TYPE_DATE},
    {v1::VALUE_TYPE_TIME, SQL_C_TYPE_TIME},
    {v1::VALUE_TYPE_TIMESTAMP, SQL_C_TYPE_TIMESTAMP},
    {v1::VALUE_TYPE_UUID, SQL_C_GUID},
});

}  // namespace

SQLSMALLINT BinaryLayout(values::ValueType type) {
  for (const LayoutRow& row : kLayouts) {
    if (row.type == type) return row.c_type;
  }
  return SQL_C_BINARY;
}

void AddBinaryConverters(ConverterTable& table) {
  table.Add(v1::VALUE_TYPE_BYTES, CClass::kBinary, &ConvertBytes);
  table.Add(v1::VALUE_TYPE_BYTES, CClass::kChar, &ConvertBytesToHex<SQLCHAR>);
  table.Add(v1::VALUE_TYPE_BYTES, CClass::kWChar, &ConvertBytesToHex<SQLWCHAR>);
  table.Add(v1::VALUE_TYPE_DECIMAL, CClass::kBinary, &ConvertDecimalToBinary);
  for (const LayoutRow& row : kLayouts) {
    table.Add(row.type, CClass::kBinary, &ConvertFixedToBinary);
  }
}

}  // namespace sluice::driver::convert
