#pragma once

#include <optional>
#include <string>
#include <string_view>

// The character set of an application's narrow text (SQLCHAR, SQL_C_CHAR): UTF-8, unless the
// connection's option Charset names one of a single octet for each character.

namespace sluice::driver::info {

enum class Charset : unsigned char { kUtf8, kIso88591, kIso885915, kWindows1252 };

// By a name of PostgreSQL, MySQL or IANA; MySQL's latin1 is Windows-1252. nullopt: not supported.
std::optional<Charset> FindCharset(std::string_view name);

// Set by "SET client_encoding TO latin1" or "SET NAMES latin1", alone: what applications of the
// native drivers say. nullopt: another statement, or a set that is not supported.
std::optional<Charset> CharsetSetBy(std::string_view sql);

// For the sets of a single octet.
std::string ToUtf8(std::string_view octets, Charset charset);
// False: a character that the set does not have, for which "?" stands in `out`.
bool FromUtf8(std::string_view utf8, Charset charset, std::string& out);

// That of the connection whose call runs in this thread.
Charset CallCharset();
class CharsetScope {
 public:
  explicit CharsetScope(Charset charset);
  ~CharsetScope();
  CharsetScope(const CharsetScope&) = delete;
  CharsetScope& operator=(const CharsetScope&) = delete;

 private:
  const Charset before_;
};

}  // namespace sluice::driver::info
