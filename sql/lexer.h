#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

// Cuts SQL text into tokens as the database's own lexer would, as far as translation and
// classification need it. Nothing is lost: the tokens laid end to end are the text. A string,
// comment or dollar quote that does not end runs to the end of the text, so that the server sees it
// as it is and reports its own error.

namespace sluice::sql {

// Where the lexical structure of the databases differs (PostgreSQL manual 4.1; MySQL manual 9).
struct LexicalRules {
  bool backslash_in_strings;      // '…\'…' : MySQL without NO_BACKSLASH_ESCAPES
  bool double_quote_is_string;    // "…" is a string: MySQL without ANSI_QUOTES
  bool backtick_identifiers;      // `…`
  bool dollar_quotes;             // $tag$…$tag$, and $1 is a parameter
  bool escape_strings;            // E'…' reads backslashes whatever '…' does
  bool nested_comments;           // /* /* */ */
  bool executable_comments;       // /*! … */ and /*M! … */ hold code
  bool dash_comment_needs_space;  // "--" is a comment only in front of a space or control character
  bool hash_comments;             // # … end of line
  bool at_variables;              // @name is a user variable, @@name a system variable
};

inline constexpr LexicalRules kPostgresLexicalRules{
    .backslash_in_strings = false,
    .double_quote_is_string = false,
    .backtick_identifiers = false,
    .dollar_quotes = true,
    .escape_strings = true,
    .nested_comments = true,
    .executable_comments = false,
    .dash_comment_needs_space = false,
    .hash_comments = false,
    .at_variables = false,
};

inline constexpr LexicalRules kMysqlLexicalRules{
    .backslash_in_strings = true,
    .double_quote_is_string = true,
    .backtick_identifiers = true,
    .dollar_quotes = false,
    .escape_strings = false,
    .nested_comments = false,
    .executable_comments = true,
    .dash_comment_needs_space = true,
    .hash_comments = true,
    .at_variables = true,
};

enum class TokenKind {
  kSpace,
  kComment,  // also the brackets of an executable comment; its contents are tokens
  kString,   // any literal in quotes, its prefix included
  kQuotedIdentifier,
  kWord,  // keyword or name
  kNumber,
  kParameter,       // $1
  kUserVariable,    // @name
  kSystemVariable,  // @@name
  kSymbol,          // one character: operators are sequences of them
};

struct Token {
  TokenKind kind;
  std::size_t offset;     // into the text, for messages
  std::string_view text;  // borrowed from the text

  bool IsSymbol(char c) const { return kind == TokenKind::kSymbol && text.front() == c; }
  // Compares a keyword without case; `upper` is in capitals.
  bool IsWord(std::string_view upper) const;
  bool IsBlank() const { return kind == TokenKind::kSpace || kind == TokenKind::kComment; }
};

// The tokens borrow from `sql`, which must outlive them.
std::vector<Token> Tokenize(std::string_view sql, const LexicalRules& rules);

// Compares ASCII letters without case.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

}  // namespace sluice::sql
