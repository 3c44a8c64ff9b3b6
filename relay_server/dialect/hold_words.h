#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "relay_server/dialect/hold.h"
#include "relay_server/dialect/statement_words.h"

// What the words of a statement tell of the holds that it takes and ends: what PostgreSQL and MySQL
// have in common. Each server's statements are in postgres_holds.cc and mysql_holds.cc.

namespace sluice::relay::dialect {

HoldChanges PostgresHolds(const StatementWords& words);
HoldChanges MysqlHolds(const StatementWords& words);

// A statement that takes or ends a hold named by what follows its words; "ALL" and "*" end all.
struct StartRow {
  std::string_view words;
  HoldKind kind;
  bool takes;
};

// A function whose first argument names a hold.
struct CallRow {
  std::string_view function;
  HoldKind kind;
  enum class Effect { kTakes, kTries, kEnds, kEndsAll } effect;
};

void Take(HoldChanges& changes, HoldKind kind, std::string name);
// An empty name: all of this kind.
void End(HoldChanges& changes, HoldKind kind, std::string name);

// TEMP or TEMPORARY.
bool IsTemporaryWord(const StatementWords& words, std::size_t index);
// Whether a function of this name, in upper case, stands there: also in quotes, as it is written.
bool NamesFunction(const StatementWords& words, std::size_t index, std::string_view upper);
// Behind IF EXISTS and IF NOT EXISTS.
std::size_t SkipIfExists(const StatementWords& words, std::size_t index);

// `fold`: as in DottedName.
void ReadStart(const StatementWords& words, std::span<const StartRow> table, bool fold,
               HoldChanges& changes);
void ReadCalls(const StatementWords& words, std::span<const CallRow> table, HoldChanges& changes);
// DROP TABLE a, b. The last part of each name is what counts where `fold` is set: a temporary
// table's schema is not told.
void ReadDrop(const StatementWords& words, bool fold, HoldChanges& changes);
// The last part of a dotted name.
std::string LastPart(const std::string& name);

}  // namespace sluice::relay::dialect
