#pragma once

#include "sql/lexer.h"

// The lexer that both sides share, under the names that the dialects use.

namespace sluice::relay::dialect {

using sql::EqualsIgnoreCase;
using sql::kMysqlLexicalRules;
using sql::kPostgresLexicalRules;
using sql::LexicalRules;
using sql::Token;
using sql::Tokenize;
using sql::TokenKind;

}  // namespace sluice::relay::dialect
