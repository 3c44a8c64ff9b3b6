#pragma once

#include <string_view>
#include <vector>

#include "sluice/v1/session.pb.h"
#include "sql/lexer.h"

namespace sluice::driver::cursor {

// Whether the table that a query's columns are said to come from stands in the query. MariaDB tells
// the alias in place of a view's name: for "SELECT * FROM v AS t" the columns are those of "t",
// which may be another table, or none. True where nothing speaks against it.
bool NamesItsTable(std::string_view query, const std::vector<v1::Column>& columns,
                   v1::Engine engine, const sql::LexicalRules& rules);

}  // namespace sluice::driver::cursor
