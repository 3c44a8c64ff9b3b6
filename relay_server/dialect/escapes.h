#pragma once

#include <span>
#include <string>
#include <string_view>

#include "relay_server/dialect/lexer.h"
#include "relay_server/dialect/scalar_functions.h"

// Rewrites the tokens of one statement into native SQL: parameter markers and ODBC's escape
// sequences (ODBC reference, "Escape Sequences in ODBC").

namespace sluice::relay::dialect {

// {d '…'} and its like: a typed literal, or a cast when what stands in it is no literal.
struct LiteralEscape {
  std::string_view keyword;
  std::string_view literal_prefix;
  std::string_view cast_type;
};

// What the databases' SQL differs in.
struct SqlRules {
  const LexicalRules& lexical;
  std::span<const ScalarFunction> functions;
  std::span<const LiteralEscape> literals;
  std::string_view call;           // in front of p(…) for {call p(…)}
  std::string_view function_call;  // in front of f(…) for {?=call f(…)}
  bool numbered_markers;           // markers are $1, $2 …; and ? may be part of an operator
  bool underscored_intervals;      // INTERVAL '1 2' DAY_HOUR, not DAY TO HOUR
  bool splits_statements;          // the protocol takes one statement at a time
};

extern const SqlRules kPostgresSqlRules;
extern const SqlRules kMysqlSqlRules;

struct RewrittenStatement {
  std::string sql;
  int parameter_count = 0;
  bool output_parameters = false;  // {?=call …}; that marker is not in the text nor counted
};

// A ? is a parameter marker, but on PostgreSQL, where operators contain it, not
//   - "??", which stands for a plain ? (as in PostgreSQL's JDBC driver);
//   - "@?" after an operand: the jsonpath operator;
//   - "?|" and "?&" after an operand and in front of one, "?||" excepted: that is a marker and ||;
//   - a ? after an operand and in front of a literal, a marker, ARRAY or a parenthesis.
// An operand ends with a literal, a number, a parameter, a quoted name, a closing parenthesis or
// bracket, or a word that is no keyword an expression follows. None of these could be a marker:
// two operands never follow each other in SQL. $n of the text itself passes through.
//
// Throws TranslationError 42000 where an escape sequence is unknown or not closed. A brace that no
// word follows is no escape sequence and stays.
RewrittenStatement Rewrite(std::span<const Token> tokens, const SqlRules& rules, bool escape_scan);

}  // namespace sluice::relay::dialect
