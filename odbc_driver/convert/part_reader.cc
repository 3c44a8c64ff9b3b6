#include <algorithm>
#include <array>
#include <cstring>

#include "odbc_driver/convert/converter_table.h"
#include "odbc_driver/convert/hex.h"
#include "odbc_driver/convert/text_target.h"
#include "odbc_driver/convert/unicode.h"
#include "odbc_driver/info/charset.h"

namespace sluice::driver::convert {
namespace {

std::size_t TerminatorSize(SQLSMALLINT c_type) {
  if (c_type == SQL_C_BINARY) return 0;
  return c_type == SQL_C_WCHAR ? sizeof(SQLWCHAR) : sizeof(SQLCHAR);
}

void AppendHex(std::string_view octets, std::string& out) {
  out.reserve(out.size() + octets.size() * 2);
  for (const char character : octets) {
    const auto octet = static_cast<unsigned char>(character);
    out.push_back(kUpperHexDigits[octet >> 4]);
    out.push_back(kUpperHexDigits[octet & 15]);
  }
}

std::string ToUtf16Octets(std::string_view utf8) {
  std::string out(Utf16Length(utf8) * sizeof(SQLWCHAR), '\0');
  WriteUtf16(utf8, out.data(), out.size() / sizeof(SQLWCHAR));
  return out;
}

// Octets of the longest fixed-width value as SQL_C_BINARY: an interval's text, which may take 67
// ("-178956969 years -11 mons -2147483648 days -2562047788:00:54.775808").
constexpr std::size_t kLongestOctets = 72;

// A fixed-width value as SQL_C_BINARY; empty: it has no such form.
std::string ToOctets(const SourceColumn& source, const values::ColumnView& values,
                     std::uint32_t row) {
  const ColumnConverter converter = FindConverter(source, SQL_C_BINARY);
  if (converter == nullptr) return {};
  std::array<char, kLongestOctets> octets{};
  SQLLEN length = 0;
  TargetColumn target;
  target.c_type = SQL_C_BINARY;
  target.data = octets.data();
  target.buffer_length = static_cast<SQLLEN>(octets.size());
  target.octet_length = &length;
  std::vector<CellProblem> problems;
  converter(source, values, row, 1, target, 0, problems);
  return problems.empty() ? std::string(octets.data(), static_cast<std::size_t>(length))
                          : std::string();
}

}  // namespace

void PartReader::Start(const SourceColumn& source, const values::ColumnView& values,
                       std::uint32_t row, SQLSMALLINT c_type, SQLULEN max_length) {
  assert(!values.IsNull(row));
  active_ = true;
  finished_ = false;
  failed_ = false;
  has_other_characters_ = false;
  position_ = 0;
  c_type_ = c_type;
  owned_.clear();

  const values::ValueType type = values.type();
  const bool variable = values::FixedWidth(type) == 0;
  if (variable) data_ = values.Variable(row);
  if (c_type == SQL_C_BINARY) {
    if (!variable) {
      owned_ = ToOctets(source, values, row);
      failed_ = owned_.empty();
      data_ = owned_;
    }
  } else if (const TextFormatter format = FindTextFormatter(type); format != nullptr) {
    format(source, values, row, owned_);
    data_ = owned_;
  } else if (type == v1::VALUE_TYPE_BYTES && !AreOctetsText(source)) {
    AppendHex(max_length == 0 ? data_ : data_.substr(0, max_length), owned_);
    data_ = owned_;
  }
  const bool limited = max_length != 0 && variable && type != v1::VALUE_TYPE_DECIMAL;
  const bool is_text = type == v1::VALUE_TYPE_TEXT || AreOctetsText(source);
  if (limited && is_text && c_type != SQL_C_BINARY) data_ = LimitText(data_, max_length);
  if (limited && c_type == SQL_C_BINARY) data_ = data_.substr(0, max_length);
  const info::Charset charset = info::CallCharset();
  if (c_type == SQL_C_CHAR && charset != info::Charset::kUtf8 && type == v1::VALUE_TYPE_TEXT) {
    std::string octets;
    has_other_characters_ = !info::FromUtf8(data_, charset, octets);
    owned_ = std::move(octets);
    data_ = owned_;
  }
  if (c_type == SQL_C_WCHAR) {
    owned_ = ToUtf16Octets(data_);
    data_ = owned_;
  }
}

PartReader::Outcome PartReader::Read(SQLPOINTER buffer, SQLLEN buffer_length, SQLLEN* length) {
  if (failed_) return Outcome::kError;
  if (has_other_characters_) return Outcome::kNoSuchText;
  if (finished_) return Outcome::kNoMoreData;
  const std::size_t rest = data_.size() - position_;
  if (length != nullptr) *length = static_cast<SQLLEN>(rest);

  const std::size_t terminator = TerminatorSize(c_type_);
  std::size_t size =
      buffer == nullptr || buffer_length < 0 ? 0 : static_cast<std::size_t>(buffer_length);
  if (c_type_ == SQL_C_WCHAR) size -= size % sizeof(SQLWCHAR);
  if (buffer == nullptr || size < terminator) {
    finished_ = rest == 0 && buffer != nullptr && buffer_length > 0;  // else it would never end
    return Outcome::kTruncated;
  }

  const std::size_t delivered = std::min(rest, size - terminator);
  char* const out = static_cast<char*>(buffer);
  std::memcpy(out, data_.data() + position_, delivered);
  std::memset(out + delivered, 0, terminator);
  position_ += delivered;
  finished_ = delivered == rest;
  return finished_ ? Outcome::kComplete : Outcome::kTruncated;
}

}  // namespace sluice::driver::convert
