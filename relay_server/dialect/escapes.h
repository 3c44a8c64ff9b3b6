#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "relay_server/dialect/dialect.h"
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
  std::string_view call;  // in front of p(…) for {call p(…)}
  // The same where `call` serves functions alone: they are called without their OUT parameters.
  // Empty: `call` serves both.
  std::string_view procedure_call;
  std::string_view function_call;  // in front of f(…) for {?=call f(…)}
  // PostgreSQL: markers are $1, $2 …, ? may be part of an operator, and @@identity is no variable.
  bool numbered_markers;
  bool underscored_intervals;  // INTERVAL '1 2' DAY_HOUR, not DAY TO HOUR
  bool splits_statements;      // the protocol takes one statement at a time
};

extern const SqlRules kPostgresSqlRules;
extern const SqlRules kPostgresBackslashSqlRules;  // without standard_conforming_strings
const SqlRules& MysqlSqlRules(QuoteRules quotes);

// The members are those of TranslatedStatement.
struct RewrittenStatement {
  std::string sql;
  int parameter_count = 0;
  int marker_count = 0;
  bool returns_value = false;
  std::vector<int> dropped_markers;
  bool may_be_procedure = false;  // {call …}, read as a function's
};

struct RewriteOptions {
  bool escape_scan = true;
  bool procedure_form = false;           // {call p(…)} means a procedure
  const std::vector<bool>& output_only;  // of the whole text: see Dialect::Translate
  std::size_t first_marker = 0;          // of this statement, in the text
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
RewrittenStatement Rewrite(std::span<const Token> tokens, const SqlRules& rules,
                           const RewriteOptions& options);

}  // namespace sluice::relay::dialect
