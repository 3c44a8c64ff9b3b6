#include <algorithm>
#include <optional>
#include <string>

#include "odbc_driver/convert/hex.h"
#include "odbc_driver/convert/number.h"
#include "odbc_driver/convert/parameter_table.h"
#include "odbc_driver/convert/unicode.h"
#include "odbc_driver/convert/uuid.h"
#include "odbc_driver/info/charset.h"

// Parameters of SQL_C_CHAR, SQL_C_WCHAR, SQL_C_BINARY and SQL_C_GUID (appendix D, "C to SQL:
// Character", "Binary" and "GUID").
//
// Text for a date, a time, an interval or a UUID goes to the server as text: it knows more forms
// than ODBC, and its complaint is the one that the application would get from the native driver.
// Only ODBC's escapes ({ts '…'}) are unwrapped.

namespace sluice::driver::convert {
namespace {

// The application's text in UTF-8; `scratch` holds it when it had to be made.
template <CClass kFrom>
std::string_view Utf8Of(std::string_view octets, std::string& scratch) {
  if constexpr (kFrom == CClass::kWChar) {
    AppendUtf8FromUnits(octets.data(), octets.size() / sizeof(SQLWCHAR), scratch);
    return scratch;
  } else {
    return octets;
  }
}

template <CClass kFrom>
void TextToText(const SourceParameter&, std::string_view octets, values::ColumnBuilder& out) {
  if constexpr (kFrom == CClass::kWChar) {
    AppendUtf8FromUnits(octets.data(), octets.size() / sizeof(SQLWCHAR), out.open_variable());
    out.EndVariable();
  } else if (info::CallCharset() != info::Charset::kUtf8) [[unlikely]] {
    out.AppendVariable(info::ToUtf8(octets, info::CallCharset()));
  } else {
    out.AppendVariable(octets);
  }
}

template <CClass kFrom>
void TextToDecimal(const SourceParameter&, std::string_view octets, values::ColumnBuilder& out) {
  std::string scratch;
  const std::string_view number = TrimSpaces(Utf8Of<kFrom>(octets, scratch));
  double ignored = 0;
  if (values::ParseDouble(number, ignored) == values::DecimalStatus::kNotANumber) {
    throw DriverError(k22018InvalidCharacterValue);
  }
  out.AppendVariable(number);
}

// Whatever the process's locale.
constexpr char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

// Beside numbers: psqlodbc takes "-1", which is Visual Basic's True, and leaves the words to
// PostgreSQL.
std::optional<std::uint8_t> TruthOf(std::string_view text) {
  struct Word {
    std::string_view text;
    bool value;
  };
  constexpr Word kWords[] = {{"-1", true},  {"t", true},   {"true", true}, {"y", true},
                             {"yes", true}, {"on", true},  {"f", false},   {"false", false},
                             {"n", false},  {"no", false}, {"off", false}};
  const auto is_same = [&](const Word& word) {
    return std::ranges::equal(word.text, text, {}, {}, Lower);
  };
  const auto found = std::ranges::find_if(kWords, is_same);
  if (found == std::end(kWords)) return std::nullopt;
  return static_cast<std::uint8_t>(found->value);
}

template <CClass kFrom>
void TextToBool(const SourceParameter&, std::string_view octets, values::ColumnBuilder& out) {
  std::string scratch;
  Bit bit = Bit::kZero;
  const std::string_view text = TrimSpaces(Utf8Of<kFrom>(octets, scratch));
  if (const auto word = TruthOf(text)) return out.AppendFixed(*word);
  switch (FromNumberText(text, bit)) {
    case CellStatus::kWhole:
      out.AppendFixed(static_cast<std::uint8_t>(bit));
      return;
    case CellStatus::kFractionTruncated:
      throw DriverError(k22001StringRightTruncated);
    case CellStatus::kOutOfRange:
      throw DriverError(k22003OutOfRange);
    default:
      throw DriverError(k22018InvalidCharacterValue);
  }
}

// Two digits an octet; an odd digit at the end is not converted.
template <CClass kFrom>
void TextToBytes(const SourceParameter&, std::string_view octets, values::ColumnBuilder& out) {
  std::string scratch;
  const std::string_view digits = Utf8Of<kFrom>(octets, scratch);
  std::string bytes;
  bytes.reserve(digits.size() / 2);
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    const int high = HexValue(digits[i]);
    const int low = HexValue(digits[i + 1]);
    if (high < 0 || low < 0) throw DriverError(k22018InvalidCharacterValue);
    bytes.push_back(static_cast<char>(high << 4 | low));
  }
  out.AppendVariable(bytes);
}

// "{ts '2024-01-31 13:05:09'}" → what is quoted; anything else as it is.
std::string_view UnwrapEscape(std::string_view text) {
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') return text;
  const auto first = text.find('\'');
  const auto last = text.rfind('\'');
  if (first == std::string_view::npos || first == last) return text;
  const std::string_view keyword = TrimSpaces(text.substr(1, first - 1));
  for (const std::string_view known : {"d", "t", "ts", "D", "T", "TS", "guid", "GUID"}) {
    if (keyword == known) return text.substr(first + 1, last - first - 1);
  }
  return text;
}

template <CClass kFrom>
void LiteralToText(const SourceParameter&, std::string_view octets, values::ColumnBuilder& out) {
  std::string scratch;
  out.AppendVariable(UnwrapEscape(TrimSpaces(Utf8Of<kFrom>(octets, scratch))));
}

bool BeginsWithDigit(std::string_view text) {
  return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

bool IsZero(std::string_view digits) {
  return digits.find_first_of("123456789") == std::string_view::npos;
}

// On MySQL a date with a time of day is no SQL_TYPE_DATE, and a time with a fraction no
// SQL_TYPE_TIME, as with Connector/ODBC and as in a structure. What is no date is the server's to
// judge.
template <CClass kFrom>
void LiteralToDate(const SourceParameter& source, std::string_view octets,
                   values::ColumnBuilder& out) {
  std::string scratch;
  const auto text = UnwrapEscape(TrimSpaces(Utf8Of<kFrom>(octets, scratch)));
  const auto date = std::min(text.find_first_of(" T"), text.size());
  if (!source.date_drops_time && BeginsWithDigit(text) && !IsZero(text.substr(date))) {
    throw DriverError(k22008DatetimeOverflow, "SQL_TYPE_DATE has no time of day");
  }
  out.AppendVariable(text);
}

template <CClass kFrom>
void LiteralToTime(const SourceParameter& source, std::string_view octets,
                   values::ColumnBuilder& out) {
  std::string scratch;
  const auto text = UnwrapEscape(TrimSpaces(Utf8Of<kFrom>(octets, scratch)));
  const auto point = std::min(text.find('.'), text.size());
  if (!source.time_keeps_fraction && BeginsWithDigit(text) && !IsZero(text.substr(point))) {
    throw DriverError(k22008DatetimeOverflow, "SQL_TYPE_TIME has no fraction of a second");
  }
  out.AppendVariable(text);
}

template <CClass kFrom>
void AddCharacter(ParameterTable& table) {
  table.Add(kFrom, SqlClass::kCharacter, v1::VALUE_TYPE_TEXT, &TextToText<kFrom>);
  for (const SqlClass number :
       {SqlClass::kExact, SqlClass::kInteger, SqlClass::kDouble, SqlClass::kReal}) {
    table.Add(kFrom, number, v1::VALUE_TYPE_DECIMAL, &TextToDecimal<kFrom>);
  }
  table.Add(kFrom, SqlClass::kBit, v1::VALUE_TYPE_BOOL, &TextToBool<kFrom>);
  table.Add(kFrom, SqlClass::kBinary, v1::VALUE_TYPE_BYTES, &TextToBytes<kFrom>);
  table.Add(kFrom, SqlClass::kDate, v1::VALUE_TYPE_TEXT, &LiteralToDate<kFrom>);
  table.Add(kFrom, SqlClass::kTime, v1::VALUE_TYPE_TEXT, &LiteralToTime<kFrom>);
  for (const SqlClass literal : {SqlClass::kTimestamp, SqlClass::kInterval, SqlClass::kGuid}) {
    table.Add(kFrom, literal, v1::VALUE_TYPE_TEXT, &LiteralToText<kFrom>);
  }
}

void OctetsToVariable(const SourceParameter&, std::string_view octets, values::ColumnBuilder& out) {
  out.AppendVariable(octets);
}

void GuidToUuid(const SourceParameter&, std::string_view octets, values::ColumnBuilder& out) {
  const auto uuid = FromGuid(LoadValue<SQLGUID>(octets));
  out.AppendFixedBytes({uuid.data(), uuid.size()});
}

void GuidToText(const SourceParameter&, std::string_view octets, values::ColumnBuilder& out) {
  const auto uuid = FromGuid(LoadValue<SQLGUID>(octets));
  AppendUuid(uuid.data(), out.open_variable());
  out.EndVariable();
}

}  // namespace

void AddTextParameters(ParameterTable& table) {
  AddCharacter<CClass::kChar>(table);
  AddCharacter<CClass::kWChar>(table);
  // SQL_C_BINARY for other SQL types has the layout of their default C type: FindConversion.
  table.Add(CClass::kBinary, SqlClass::kBinary, v1::VALUE_TYPE_BYTES, &OctetsToVariable);
  table.Add(CClass::kBinary, SqlClass::kCharacter, v1::VALUE_TYPE_TEXT, &OctetsToVariable);
  table.Add(CClass::kGuid, SqlClass::kGuid, v1::VALUE_TYPE_UUID, &GuidToUuid);
  table.Add(CClass::kGuid, SqlClass::kCharacter, v1::VALUE_TYPE_TEXT, &GuidToText);
}

}  // namespace sluice::driver::convert
