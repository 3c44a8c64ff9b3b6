// What the databases' SQL differs in, for Rewrite().

#include "relay_server/dialect/escapes.h"

namespace sluice::relay::dialect {
namespace {

constexpr LiteralEscape kPostgresLiterals[] = {
    {"D", "DATE ", "date"},
    {"T", "TIME ", "time"},
    {"TS", "TIMESTAMP ", "timestamp"},
    {"GUID", "UUID ", "uuid"},
};

constexpr LiteralEscape kMysqlLiterals[] = {
    {"D", "DATE ", "DATE"},
    {"T", "TIME ", "TIME(6)"},
    {"TS", "TIMESTAMP ", "DATETIME(6)"},
    {"GUID", "", "CHAR(36)"},
};

// {call} gives no hint whether a function or a procedure is meant. SELECT serves PostgreSQL's
// functions, which outnumber procedures by far, as psqlodbc does; the server's refusal tells that
// it is a procedure.
SqlRules PostgresRules(const LexicalRules& lexical) {
  return {
      .lexical = lexical,
      .functions = PostgresScalarFunctions(),
      .literals = kPostgresLiterals,
      .call = "SELECT * FROM ",
      .procedure_call = "CALL ",
      .function_call = "SELECT * FROM ",
      .numbered_markers = true,
      .underscored_intervals = false,
      .splits_statements = true,
  };
}

const LexicalRules kPostgresBackslashRules = [] {
  LexicalRules rules = kPostgresLexicalRules;
  rules.backslash_in_strings = true;
  return rules;
}();

LexicalRules MysqlLexicalRules(QuoteRules quotes) {
  LexicalRules rules = kMysqlLexicalRules;
  rules.backslash_in_strings = !quotes.other_backslashes;
  rules.double_quote_is_string = !quotes.ansi_quotes;
  return rules;
}

SqlRules MysqlRules(const LexicalRules& lexical) {
  return {
      .lexical = lexical,
      .functions = MysqlScalarFunctions(),
      .literals = kMysqlLiterals,
      .call = "CALL ",
      .procedure_call = "",
      .function_call = "SELECT ",
      .numbered_markers = false,
      .underscored_intervals = true,
      .splits_statements = false,
  };
}

}  // namespace

const SqlRules kPostgresSqlRules = PostgresRules(kPostgresLexicalRules);
const SqlRules kPostgresBackslashSqlRules = PostgresRules(kPostgresBackslashRules);

const SqlRules& MysqlSqlRules(QuoteRules quotes) {
  static const LexicalRules lexical[] = {
      MysqlLexicalRules({.other_backslashes = false, .ansi_quotes = false}),
      MysqlLexicalRules({.other_backslashes = false, .ansi_quotes = true}),
      MysqlLexicalRules({.other_backslashes = true, .ansi_quotes = false}),
      MysqlLexicalRules({.other_backslashes = true, .ansi_quotes = true})};
  static const SqlRules rules[] = {MysqlRules(lexical[0]), MysqlRules(lexical[1]),
                                   MysqlRules(lexical[2]), MysqlRules(lexical[3])};
  return rules[(quotes.other_backslashes ? 2 : 0) + (quotes.ansi_quotes ? 1 : 0)];
}

}  // namespace sluice::relay::dialect
