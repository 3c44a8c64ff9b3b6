#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The text form of a connection: SQLDriverConnect's and SQLBrowseConnect's connection strings
// (ODBC reference, "SQLDriverConnect Function", section "Connection Strings").

namespace sluice::driver::config {

// keyword=value, the value without its braces.
struct Attribute {
  std::string keyword;
  std::string value;
  friend bool operator==(const Attribute&, const Attribute&) = default;
};

// Splits "DSN=x;UID=me;PWD={a;b}}c}" in the order of writing. A value that begins with a brace ends
// at the closing brace that is not doubled; other values lose the blanks around them. Throws
// DriverError 08001, whose text names a position and never the text there: it may be a password.
std::vector<Attribute> ParseConnectionString(std::string_view text);

// Writes attributes so that ParseConnectionString reads the same ones.
std::string FormatConnectionString(const std::vector<Attribute>& attributes);

// The value in braces when the text needs them.
std::string QuoteValue(std::string_view value);

// Keywords compare without case; the first occurrence wins.
bool EqualsIgnoringCase(std::string_view a, std::string_view b);
std::optional<std::string> FindAttribute(const std::vector<Attribute>& attributes,
                                         std::string_view keyword);

}  // namespace sluice::driver::config
