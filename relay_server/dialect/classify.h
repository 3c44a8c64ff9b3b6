#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "relay_server/dialect/dialect.h"
#include "relay_server/dialect/lexer.h"

// What a statement is and what it does to the state of its session, from its words alone. Text in
// strings, comments and quoted names is never looked at, nor are the bodies of routines that a
// statement creates. What a called function or procedure does cannot be seen and counts as nothing:
// the server's own reports (ParameterStatus, session tracking) are the source for that.

namespace sluice::relay::dialect {

struct Classification {
  v1::StatementKind kind = v1::STATEMENT_KIND_OTHER;
  SessionEffect effect = SessionEffect::kNone;
  HoldChanges holds = {};
  std::vector<SettingChange> settings = {};
  bool reads_generated_id = false;
  OutcomeReads outcome_reads = {};
  bool may_draw = false;
  bool drops_sequences = false;
  std::vector<std::string> called_routines = {};
  bool is_read_only_safe = false;
  bool changes_catalog = false;
  bool drops_prepared = false;
  bool runs_outside_transaction = false;
};

// One statement, or on MySQL several with semicolons between them: the kind is then the first's,
// the effect the gravest.
Classification ClassifyPostgres(std::span<const Token> tokens);
Classification ClassifyMysql(std::span<const Token> tokens);

}  // namespace sluice::relay::dialect
