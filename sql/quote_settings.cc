#include "sql/quote_settings.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "sql/lexer.h"

namespace sluice::sql {

namespace {

// Bits of sql_mode, the same on MySQL and MariaDB (their sql_class.h).
constexpr unsigned long long kAnsiQuotesBit = 1ULL << 2;
constexpr unsigned long long kNoBackslashEscapesBit = 1ULL << 20;

}  // namespace

bool IsOff(std::string_view value) {
  if (value.size() >= 2 && value.front() == '\'') value = value.substr(1, value.size() - 2);
  constexpr std::array<std::string_view, 4> kWords = {"off", "false", "no", "0"};
  return std::ranges::any_of(kWords,
                             [&](std::string_view word) { return EqualsIgnoreCase(value, word); });
}

QuoteModes ReadSqlMode(std::string_view sql_mode) {
  constexpr std::array<std::string_view, 7> kWithAnsiQuotes = {
      "ANSI_QUOTES", "ANSI", "DB2", "MAXDB", "MSSQL", "ORACLE", "POSTGRESQL"};
  constexpr std::string_view kSeparators = ", '\"\t\r\n";
  QuoteModes modes;
  unsigned long long bits = 0;
  const char* const last = sql_mode.data() + sql_mode.size();
  if (!sql_mode.empty() && std::from_chars(sql_mode.data(), last, bits).ptr == last) {
    modes.ansi_quotes = (bits & kAnsiQuotesBit) != 0;
    modes.no_backslash_escapes = (bits & kNoBackslashEscapesBit) != 0;
    return modes;
  }
  while (!sql_mode.empty()) {
    const auto end = std::min(sql_mode.find_first_of(kSeparators), sql_mode.size());
    const std::string_view word = sql_mode.substr(0, end);
    sql_mode.remove_prefix(std::min(end + 1, sql_mode.size()));
    if (EqualsIgnoreCase(word, "NO_BACKSLASH_ESCAPES")) modes.no_backslash_escapes = true;
    modes.ansi_quotes =
        modes.ansi_quotes || std::ranges::any_of(kWithAnsiQuotes, [&](std::string_view mode) {
          return EqualsIgnoreCase(word, mode);
        });
  }
  return modes;
}

}  // namespace sluice::sql
