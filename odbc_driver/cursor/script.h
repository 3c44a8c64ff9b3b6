#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/lexer.h"

// What the driver reads from the texts of statements, most of it from MySQL's. Pure functions.

namespace sluice::driver::cursor {

struct ScriptStatement {
  std::string sql;
  int markers = 0;  // of parameters

  bool operator==(const ScriptStatement&) const = default;
};

// The statements of a text, without the semicolons between them; empty ones are left out. What
// defines a routine is one statement to the end of the text: its body has semicolons, too. The
// markers of a text that is one statement need not be counted.
std::vector<ScriptStatement> SplitStatements(const std::string& sql,
                                             const sql::LexicalRules& rules);

// Whether a statement does no more than to read or write rows: it makes nothing that another one
// may name.
bool OnlyTouchesRows(std::string_view sql);

// The database that a USE statement names; nullopt: it is another statement.
std::optional<std::string> DatabaseOfUse(std::string_view sql);

// What the session's autocommit becomes by a MySQL statement that sets it to a literal, among other
// variables or alone; nullopt: it is another statement.
std::optional<bool> AutocommitSetBy(std::string_view sql);

// Access compares booleans as ("done" = 1), which PostgreSQL has no operator for: with '1' for 1.
std::string WithTextForOne(const std::string& sql, const sql::LexicalRules& rules);

}  // namespace sluice::driver::cursor
