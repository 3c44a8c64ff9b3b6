#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the driver reads from the texts of MySQL's statements. Pure functions.

namespace sluice::driver::cursor {

// The statements of a text, without the semicolons between them; empty ones are left out. One
// statement only where the text has parameters, or defines a routine: its body has semicolons, too.
std::vector<std::string> SplitStatements(const std::string& sql);

// The database that a USE statement names; nullopt: it is another statement.
std::optional<std::string> DatabaseOfUse(std::string_view sql);

}  // namespace sluice::driver::cursor
