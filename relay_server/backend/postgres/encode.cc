#include "relay_server/backend/postgres/encode.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "proto/values/datetime.h"
#include "proto/values/decimal.h"
#include "relay_server/backend/backend.h"
#include "relay_server/backend/postgres/byte_order.h"
#include "relay_server/backend/postgres/errors.h"

namespace sluice::relay::backend::postgres {
namespace {

using values::ColumnView;

template <typename Unsigned>
void AppendBigEndian(Unsigned value, std::string& out) {
  char octets[sizeof value];
  StoreBigEndian(octets, value);
  out.append(octets, sizeof octets);
}

// Binary forms. An integer or float of the same width differs in byte order only.
template <typename Unsigned>
void EncodeSwapped(const ColumnView& column, std::uint32_t row, std::string& out) {
  AppendBigEndian(column.Fixed<Unsigned>(row), out);
}

void EncodeOctets16(const ColumnView& column, std::uint32_t row, std::string& out) {
  out.append(column.FixedBytes(row), 16);
}

void EncodeBool(const ColumnView& column, std::uint32_t row, std::string& out) {
  out.push_back(column.Fixed<std::uint8_t>(row) != 0 ? '\1' : '\0');
}

void EncodeInterval(const ColumnView& column, std::uint32_t row, std::string& out) {
  const values::Interval interval = column.IntervalAt(row);
  AppendBigEndian(static_cast<std::uint64_t>(interval.micros), out);
  AppendBigEndian(static_cast<std::uint32_t>(interval.days), out);
  AppendBigEndian(static_cast<std::uint32_t>(interval.months), out);
}

// Text forms.
template <typename Integer>
void PrintInteger(const ColumnView& column, std::uint32_t row, std::string& out) {
  char digits[24];
  const auto [end, error] =
      std::to_chars(digits, digits + sizeof digits, column.Fixed<Integer>(row));
  out.append(digits, end);
}

// Numbers as well as boolean accept these.
void PrintBool(const ColumnView& column, std::uint32_t row, std::string& out) {
  out.push_back(column.Fixed<std::uint8_t>(row) != 0 ? '1' : '0');
}

void PrintFloat(const ColumnView& column, std::uint32_t row, std::string& out) {
  values::AppendFloat(column.Fixed<float>(row), out);
}

void PrintDouble(const ColumnView& column, std::uint32_t row, std::string& out) {
  values::AppendDouble(column.Fixed<double>(row), out);
}

void PrintDate(const ColumnView& column, std::uint32_t row, std::string& out) {
  values::AppendDate(column.Fixed<std::uint32_t>(row), out);
}

void PrintTime(const ColumnView& column, std::uint32_t row, std::string& out) {
  values::AppendTime(column.Fixed<std::int64_t>(row), -1, out);
}

void PrintTimestamp(const ColumnView& column, std::uint32_t row, std::string& out) {
  values::AppendTimestamp(column.Fixed<std::uint64_t>(row), -1, out);
}

void PrintInterval(const ColumnView& column, std::uint32_t row, std::string& out) {
  values::AppendInterval(column.IntervalAt(row), out);
}

void PrintUuid(const ColumnView& column, std::uint32_t row, std::string& out) {
  constexpr char kDigits[] = "0123456789abcdef";
  const char* octets = column.FixedBytes(row);
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out.push_back('-');
    const auto octet = static_cast<unsigned char>(octets[i]);
    out.push_back(kDigits[octet >> 4]);
    out.push_back(kDigits[octet & 15]);
  }
}

void CopyVariable(const ColumnView& column, std::uint32_t row, std::string& out) {
  out.append(column.Variable(row));
}

// psqlodbc sends 1 to a boolean for what begins with "-1": the True of Visual Basic.
template <ValueEncoder kPrint>
void PrintTruth(const ColumnView& column, std::uint32_t row, std::string& out) {
  const std::size_t begin = out.size();
  kPrint(column, row, out);
  if (std::string_view(out).substr(begin).starts_with("-1")) out.replace(begin, out.npos, "1");
}

// How a value type is written as text, in the order of the schema's numbers.
constexpr std::array<ValueEncoder, v1::VALUE_TYPE_BYTES + 1> kTextEncoders = {
    nullptr,                      // UNSPECIFIED: never passes a view
    PrintBool,                    // BOOL
    PrintInteger<std::int16_t>,   // INT16
    PrintInteger<std::int32_t>,   // INT32
    PrintInteger<std::int64_t>,   // INT64
    PrintInteger<std::uint64_t>,  // UINT64
    PrintFloat,                   // FLOAT32
    PrintDouble,                  // FLOAT64
    PrintDate,                    // DATE
    PrintTime,                    // TIME
    PrintTimestamp,               // TIMESTAMP
    PrintUuid,                    // UUID
    PrintInterval,                // INTERVAL
    CopyVariable,                 // DECIMAL
    CopyVariable,                 // TEXT
    CopyVariable,                 // BYTES
};

// The same for boolean.
constexpr std::pair<v1::ValueType, ValueEncoder> kTruthEncoders[] = {
    {v1::VALUE_TYPE_INT16, PrintTruth<PrintInteger<std::int16_t>>},
    {v1::VALUE_TYPE_INT32, PrintTruth<PrintInteger<std::int32_t>>},
    {v1::VALUE_TYPE_INT64, PrintTruth<PrintInteger<std::int64_t>>},
    {v1::VALUE_TYPE_FLOAT32, PrintTruth<PrintFloat>},
    {v1::VALUE_TYPE_FLOAT64, PrintTruth<PrintDouble>},
    {v1::VALUE_TYPE_DECIMAL, PrintTruth<CopyVariable>},
    {v1::VALUE_TYPE_TEXT, PrintTruth<CopyVariable>},
};

// Pairs whose value goes out in the server type's binary form. Dates and times are not here: their
// text costs little, and the server's reading decides about impossible dates and infinities.
struct BinaryPair {
  v1::ValueType value_type;
  Oid server_type;
  ValueEncoder encoder;  // null: the octets as they are
};

constexpr BinaryPair kBinaryPairs[] = {
    {v1::VALUE_TYPE_BOOL, kBool, EncodeBool},
    {v1::VALUE_TYPE_INT16, kInt2, EncodeSwapped<std::uint16_t>},
    {v1::VALUE_TYPE_INT32, kInt4, EncodeSwapped<std::uint32_t>},
    {v1::VALUE_TYPE_INT64, kInt8, EncodeSwapped<std::uint64_t>},
    {v1::VALUE_TYPE_FLOAT32, kFloat4, EncodeSwapped<std::uint32_t>},
    {v1::VALUE_TYPE_FLOAT64, kFloat8, EncodeSwapped<std::uint64_t>},
    {v1::VALUE_TYPE_UUID, kUuid, EncodeOctets16},
    {v1::VALUE_TYPE_INTERVAL, kInterval, EncodeInterval},
    {v1::VALUE_TYPE_BYTES, kBytea, nullptr},
    {v1::VALUE_TYPE_BYTES, kText, nullptr},
    {v1::VALUE_TYPE_BYTES, kVarchar, nullptr},
    {v1::VALUE_TYPE_BYTES, kBpchar, nullptr},
    {v1::VALUE_TYPE_TEXT, kText, nullptr},
    {v1::VALUE_TYPE_TEXT, kVarchar, nullptr},
    {v1::VALUE_TYPE_TEXT, kBpchar, nullptr},
    {v1::VALUE_TYPE_TEXT, kJson, nullptr},
    {v1::VALUE_TYPE_DECIMAL, kText, nullptr},
    {v1::VALUE_TYPE_DECIMAL, kVarchar, nullptr},
};

ValueEncoder TextEncoderOf(v1::ValueType value_type, Oid server_type) {
  if (server_type == kBool) {
    for (const auto& [type, encoder] : kTruthEncoders) {
      if (type == value_type) return encoder;
    }
  }
  return kTextEncoders[static_cast<std::size_t>(value_type)];
}

}  // namespace

ParameterEncoder::ParameterEncoder(const values::ParameterSetView* set,
                                   const std::vector<Oid>& server_types) {
  const std::size_t given = set != nullptr ? set->column_count() : 0;
  if (given < server_types.size()) {
    throw BackendError(kWrongParameterCount, kNativeError,
                       "the statement has " + std::to_string(server_types.size()) +
                           " parameters, " + std::to_string(given) + " are bound");
  }
  if (set != nullptr && set->row_count() > 0) row_count_ = set->row_count();
  columns_.reserve(server_types.size());
  for (std::size_t i = 0; i < server_types.size(); ++i) {
    columns_.push_back(Choose(set->column(i), server_types[i]));
  }
}

ParameterEncoder::Column ParameterEncoder::Choose(const values::ColumnView& view, Oid server_type) {
  const bool is_text = view.type() == v1::VALUE_TYPE_TEXT;
  for (const BinaryPair& pair : kBinaryPairs) {
    if (pair.value_type == view.type() && pair.server_type == server_type) {
      return {&view, server_type, pair.encoder, true, is_text};
    }
  }
  const bool is_variable = values::FixedWidth(view.type()) == 0;
  // libpq wants text to end with a NUL. Behind the only value of a column there is one: that of the
  // string that holds it (a view has checked that nothing else is there).
  const bool is_sent_in_place = is_variable && view.row_count() == 1 && server_type != kBool;
  const ValueEncoder encoder = is_sent_in_place ? nullptr : TextEncoderOf(view.type(), server_type);
  return {&view, server_type, encoder, false, is_variable};
}

bool ParameterEncoder::AllRowsFit(const RowRange& rows) const {
  return std::ranges::none_of(columns_, [&](const Column& column) {
    return column.ends_at_nul && ValuesOf(column, rows).find('\0') != std::string_view::npos;
  });
}

void ParameterEncoder::Encode(std::uint32_t row, EncodedRow& out) const {
  const std::size_t count = columns_.size();
  out.values_.resize(count);
  out.lengths_.resize(count);
  out.formats_.resize(count);
  out.octets_.clear();
  out.byte_size_ = 0;
  out.cut_parameter_ = 0;
  // While octets_ grows its address may change: offsets first (in lengths_ the ends), pointers
  // after.
  for (std::size_t i = 0; i < count; ++i) {
    const Column& column = columns_[i];
    out.formats_[i] = column.binary ? 1 : 0;
    out.lengths_[i] = static_cast<int>(out.octets_.size());
    if (column.view->IsNull(row)) continue;
    if (column.ends_at_nul && column.view->Variable(row).find('\0') != std::string_view::npos) {
      out.cut_parameter_ = i + 1;
    }
    if (column.encoder == nullptr) continue;
    column.encoder(*column.view, row, out.octets_);
    out.lengths_[i] = static_cast<int>(out.octets_.size());
    out.octets_.push_back('\0');
  }
  std::size_t begin = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Column& column = columns_[i];
    const auto end = static_cast<std::size_t>(out.lengths_[i]);
    out.lengths_[i] = 0;
    if (column.view->IsNull(row)) {
      out.values_[i] = nullptr;
    } else if (column.encoder == nullptr) {
      std::string_view octets = column.view->Variable(row);
      if (column.ends_at_nul) octets = octets.substr(0, octets.find('\0'));
      // libpq takes a null pointer for NULL, and an empty view may have one.
      out.values_[i] = octets.empty() ? "" : octets.data();
      out.lengths_[i] = static_cast<int>(octets.size());
    } else {
      out.values_[i] = out.octets_.data() + begin;
      out.lengths_[i] = static_cast<int>(end - begin);
      begin = end + 1;
    }
    out.byte_size_ += static_cast<std::size_t>(out.lengths_[i]) + 16;
  }
}

}  // namespace sluice::relay::backend::postgres
