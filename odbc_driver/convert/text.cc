#include "odbc_driver/convert/number.h"
#include "odbc_driver/convert/text_target.h"
#include "odbc_driver/convert/uuid.h"
#include "odbc_driver/info/charset.h"

// From TEXT to the character and binary C types, and SQL_C_GUID.

namespace sluice::driver::convert {
namespace {

std::string_view TextAt(const values::ColumnView& values, std::uint32_t row,
                        const TargetColumn& target) {
  return LimitText(values.Variable(row), target.max_length);
}

template <CellStatus (*Put)(std::string_view, const TargetCell&)>
void ConvertText(const SourceColumn&, const values::ColumnView& values, std::uint32_t first,
                 std::uint32_t count, const TargetColumn& target, std::uint32_t target_first,
                 std::vector<CellProblem>& problems) {
  ForEachCell(values, {first, count, target_first}, target, problems,
              [&](std::uint32_t row, const TargetCell& cell) {
                return Put(TextAt(values, row, target), cell);
              });
}

// SQL_C_CHAR in another character set than UTF-8.
void ConvertNarrow(const SourceColumn&, const values::ColumnView& values, std::uint32_t first,
                   std::uint32_t count, const TargetColumn& target, std::uint32_t target_first,
                   std::vector<CellProblem>& problems) {
  std::string octets;
  const info::Charset charset = info::CallCharset();
  ForEachCell(values, {first, count, target_first}, target, problems,
              [&](std::uint32_t row, const TargetCell& cell) {
                octets.clear();
                if (!info::FromUtf8(TextAt(values, row, target), charset, octets)) {
                  return CellStatus::kInvalidText;
                }
                return PutOctetText(octets, cell);
              });
}

// Not in appendix D's table for character data, but MySQL keeps UUIDs in CHAR(36).
struct UuidTextSource {
  static CellStatus Convert(const SourceCell& cell, SQLGUID& out) {
    const auto octets = ParseUuid(TrimSpaces(cell.values.Variable(cell.row)));
    if (!octets) return CellStatus::kInvalidText;
    out = ToGuid(octets->data());
    return CellStatus::kWhole;
  }
};

struct UuidSource {
  static CellStatus Convert(const SourceCell& cell, SQLGUID& out) {
    out = ToGuid(cell.values.FixedBytes(cell.row));
    return CellStatus::kWhole;
  }
};

}  // namespace

ColumnConverter NarrowTextConverter() { return &ConvertNarrow; }

void AddTextConverters(ConverterTable& table) {
  table.Add(v1::VALUE_TYPE_TEXT, CClass::kChar, &ConvertText<&PutUtf8>);
  table.Add(v1::VALUE_TYPE_TEXT, CClass::kWChar, &ConvertText<&PutUtf16>);
  table.Add(v1::VALUE_TYPE_TEXT, CClass::kBinary, &ConvertText<&PutOctets>);
  table.Add(v1::VALUE_TYPE_TEXT, CClass::kGuid, &ConvertFixed<SQLGUID, UuidTextSource>);
  table.Add(v1::VALUE_TYPE_UUID, CClass::kGuid, &ConvertFixed<SQLGUID, UuidSource>);
}

}  // namespace sluice::driver::convert
