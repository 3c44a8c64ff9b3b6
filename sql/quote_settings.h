#pragma once

#include <string_view>

// How the servers' settings of a session change what its quotes mean. Values are given as SET has
// them: with or without quotes.

namespace sluice::sql {

// PostgreSQL: a boolean variable's value.
bool IsOff(std::string_view value);

// MySQL: what a value of sql_mode, names or the number that they make, says about quotes. Some
// modes stand for several (MariaDB and MySQL manuals, SQL Mode).
struct QuoteModes {
  bool no_backslash_escapes = false;
  bool ansi_quotes = false;
};
QuoteModes ReadSqlMode(std::string_view sql_mode);

}  // namespace sluice::sql
