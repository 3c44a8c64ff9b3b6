#pragma once

#include <optional>
#include <string_view>

#include "sluice/v1/session.pb.h"
#include "sql/lexer.h"

// How a session's texts are cut up: by the database's rules, unless the session has set others.

namespace sluice::driver::cursor {

sql::LexicalRules DefaultRules(v1::Engine engine);

// What a text that has been executed makes of the rules: SET or RESET of PostgreSQL's
// standard_conforming_strings, or of MySQL's sql_mode to a literal. nullopt: nothing. Settings that
// functions make, or that a rollback undoes, are not seen.
std::optional<sql::LexicalRules> RulesAfter(std::string_view sql, v1::Engine engine,
                                            const sql::LexicalRules& rules);

}  // namespace sluice::driver::cursor
