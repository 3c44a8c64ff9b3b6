// The values of many rows as one array per parameter, in the format of their type: array_recv's
// binary form, or the text form of arrays ("Array Input and Output Syntax" in PostgreSQL's manual).

#include <algorithm>

#include "relay_server/backend/postgres/byte_order.h"
#include "relay_server/backend/postgres/encode.h"

namespace sluice::relay::backend::postgres {
namespace {

constexpr std::size_t kElementOverhead = 8;  // its length, or its quotes; and room for a number

void AppendInt32(std::uint32_t value, std::string& out) {
  char octets[sizeof value];
  StoreBigEndian(octets, value);
  out.append(octets, sizeof octets);
}

// One element in quotes, in which only these two characters mean something.
void AppendQuoted(std::string_view text, std::string& out) {
  out.push_back('"');
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find_first_of("\"\\"), text.size());
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    out.push_back('\\');
    out.push_back(text.front());
    text.remove_prefix(1);
  }
  out.push_back('"');
}

}  // namespace

std::string_view ParameterEncoder::ValuesOf(const Column& column, const RowRange& rows) {
  if (rows.count == 0) return {};
  const std::string_view last = column.view->Variable(rows.end() - 1);
  const char* begin = column.view->Variable(rows.first).data();
  return {begin, static_cast<std::size_t>(last.data() + last.size() - begin)};
}

RowRange ParameterEncoder::TakeRows(const RowRange& rows, std::size_t bytes) const {
  RowRange taken = rows;
  for (;; taken.count = (taken.count + 1) / 2) {
    std::size_t size = 0;
    for (const Column& column : columns_) {
      size += kElementOverhead * taken.count;
      const std::size_t width = values::FixedWidth(column.view->type());
      size += width != 0 ? width * taken.count : ValuesOf(column, taken).size();
    }
    if (size <= bytes || taken.count <= 1) return taken;
  }
}

void ParameterEncoder::AppendBinaryArray(const Column& column, const RowRange& rows,
                                         std::string& out) {
  constexpr std::uint32_t kDimensions = 1;
  constexpr std::uint32_t kFirstIndex = 1;
  constexpr std::uint32_t kNullLength = 0xffffffff;
  const values::ColumnView& view = *column.view;
  AppendInt32(kDimensions, out);
  AppendInt32(view.has_nulls() ? 1 : 0, out);
  AppendInt32(column.server_type, out);
  AppendInt32(rows.count, out);
  AppendInt32(kFirstIndex, out);
  for (std::uint32_t row = rows.first; row < rows.end(); ++row) {
    if (view.IsNull(row)) {
      AppendInt32(kNullLength, out);
    } else if (column.encoder == nullptr) {
      const std::string_view octets = view.Variable(row);
      AppendInt32(static_cast<std::uint32_t>(octets.size()), out);
      out.append(octets);
    } else {
      const std::size_t length_at = out.size();
      AppendInt32(0, out);
      const std::size_t begin = out.size();
      column.encoder(view, row, out);
      StoreBigEndian(out.data() + length_at, static_cast<std::uint32_t>(out.size() - begin));
    }
  }
}

void ParameterEncoder::AppendTextArray(const Column& column, const RowRange& rows,
                                       std::string& out) {
  std::string text;
  char separator = '{';
  for (std::uint32_t row = rows.first; row < rows.end(); ++row) {
    out.push_back(separator);
    separator = ',';
    if (column.view->IsNull(row)) {
      out.append("NULL");
      continue;
    }
    text.clear();
    if (column.encoder != nullptr) column.encoder(*column.view, row, text);
    AppendQuoted(column.encoder != nullptr ? std::string_view(text) : column.view->Variable(row),
                 out);
  }
  out.push_back('}');
}

void ParameterEncoder::EncodeArrays(const RowRange& rows, EncodedRow& out) const {
  const std::size_t count = columns_.size();
  out.values_.resize(count);
  out.lengths_.resize(count);
  out.formats_.resize(count);
  out.octets_.clear();
  std::vector<std::size_t> begins;  // octets_ moves while it grows
  for (std::size_t i = 0; i < count; ++i) {
    const Column& column = columns_[i];
    begins.push_back(out.octets_.size());
    if (column.binary) {
      AppendBinaryArray(column, rows, out.octets_);
    } else {
      AppendTextArray(column, rows, out.octets_);
    }
    out.formats_[i] = column.binary ? 1 : 0;
    out.lengths_[i] = static_cast<int>(out.octets_.size() - begins.back());
    out.octets_.push_back('\0');
  }
  for (std::size_t i = 0; i < count; ++i) out.values_[i] = out.octets_.data() + begins[i];
  out.byte_size_ = out.octets_.size();
}

}  // namespace sluice::relay::backend::postgres
