#include "odbc_driver/config/connection_string.h"

#include <algorithm>
#include <cstddef>

#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver::config {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
// What the reference wants in braces, and what this parser would not read back without them.
constexpr std::string_view kNeedsBraces = "[]{}(),;?*=!@";

char LowerAscii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view Trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

[[noreturn]] void Malformed(std::size_t position, const char* what) {
  throw DriverError(k08001UnableToConnect, "Malformed connection string: " + std::string(what) +
                                               " at character " + std::to_string(position + 1));
}

// Reads attribute after attribute; position_ only moves forward.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::vector<Attribute> Parse() {
    std::vector<Attribute> attributes;
    while (SkipToAttribute()) {
      std::string keyword = ReadKeyword();
      attributes.push_back({std::move(keyword), ReadValue()});
    }
    return attributes;
  }

 private:
  bool SkipToAttribute() {
    while (position_ < text_.size() && (IsBlank() || text_[position_] == ';')) ++position_;
    return position_ < text_.size();
  }

  bool IsBlank() const { return kBlanks.find(text_[position_]) != std::string_view::npos; }

  void SkipBlanks() {
    while (position_ < text_.size() && IsBlank()) ++position_;
  }

  std::string ReadKeyword() {
    const std::size_t start = position_;
    const std::size_t end = text_.find_first_of("=;", start);
    if (end == std::string_view::npos || text_[end] == ';')
      Malformed(start, "no '=' after the keyword");
    const std::string_view keyword = Trim(text_.substr(start, end - start));
    if (keyword.empty()) Malformed(start, "no keyword before '='");
    position_ = end + 1;
    return std::string(keyword);
  }

  std::string ReadValue() {
    SkipBlanks();
    if (position_ < text_.size() && text_[position_] == '{') return ReadBracedValue();
    const std::size_t end = std::min(text_.find(';', position_), text_.size());
    const std::string_view value = Trim(text_.substr(position_, end - position_));
    position_ = end;
    return std::string(value);
  }

  std::string ReadBracedValue() {
    const std::size_t start = position_++;
    std::string value;
    for (;;) {
      const std::size_t brace = text_.find('}', position_);
      if (brace == std::string_view::npos) Malformed(start, "no '}' for the '{'");
      value.append(text_.substr(position_, brace - position_));
      position_ = brace + 1;
      if (position_ == text_.size() || text_[position_] != '}') break;
      value.push_back('}');
      ++position_;
    }
    SkipBlanks();
    if (position_ < text_.size() && text_[position_] != ';') {
      Malformed(position_, "';' or the end must follow the '}'");
    }
    return value;
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace

std::vector<Attribute> ParseConnectionString(std::string_view text) {
  // Some applications count the terminating NUL.
  return Parser(text.substr(0, text.find('\0'))).Parse();
}

std::string QuoteValue(std::string_view value) {
  const bool plain =
      value.find_first_of(kNeedsBraces) == std::string_view::npos && Trim(value) == value;
  if (plain) return std::string(value);
  std::string quoted = "{";
  for (const char c : value) {
    quoted.push_back(c);
    if (c == '}') quoted.push_back('}');
  }
  quoted.push_back('}');
  return quoted;
}

std::string FormatConnectionString(const std::vector<Attribute>& attributes) {
  std::string text;
  for (const Attribute& attribute : attributes) {
    if (!text.empty()) text.push_back(';');
    text += attribute.keyword + "=" + QuoteValue(attribute.value);
  }
  return text;
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return LowerAscii(x) == LowerAscii(y); });
}

std::optional<std::string> FindAttribute(const std::vector<Attribute>& attributes,
                                         std::string_view keyword) {
  for (const Attribute& attribute : attributes) {
    if (EqualsIgnoringCase(attribute.keyword, keyword)) return attribute.value;
  }
  return std::nullopt;
}

}  // namespace sluice::driver::config
