#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "relay_server/dialect/hold.h"
#include "relay_server/dialect/statement_outcome.h"
#include "sluice/v1/session.pb.h"

// What differs between databases in the text of SQL: ODBC escape sequences, parameter markers, the
// catalogue functions' queries, and what a statement does to the state of its session. Everything
// here is a pure function of text; nothing talks to a server. Thread-safe.

namespace sluice::relay::dialect {

// The text cannot be translated; the message says where and what.
class TranslationError : public std::runtime_error {
 public:
  TranslationError(std::string sqlstate, const std::string& message)
      : std::runtime_error(message), sqlstate_(std::move(sqlstate)) {}
  const std::string& sqlstate() const { return sqlstate_; }

 private:
  std::string sqlstate_;
};

// What a statement does to the state of its session on the server, as far as pooling cares and its
// text tells. What a called function or procedure does inside is not seen: CALL and SELECT f()
// count as kNone, and the server is asked later (RoutinesQuery).
enum class SessionEffect {
  kNone,              // nothing outlives the statement's transaction
  kBeginTransaction,  // BEGIN, START TRANSACTION as text
  kCommit,            // COMMIT, END as text
  kRollback,          // ROLLBACK, ABORT as text
  kRollbackToSavepoint,
  kSetting,  // sets variables to literal values, which can be repeated elsewhere
  kPin,      // takes holds
};

// A variable of the server's session, and what it is set to, as SQL text: what stands behind
// "SET name TO" or "SET SESSION name =". On MySQL the variable "names" is what follows SET NAMES,
// and "@name" is a user variable. What the relay itself sets for a session has names that no
// variable can have, on MySQL: "current database" (its value without quotes), "isolation level"
// (v1::IsolationLevel as a number), "read only" (0 or 1), and "character set": the relay's own is
// to be set again.
struct SettingChange {
  std::string name;   // empty: all variables (RESET ALL)
  std::string value;  // empty: its default again
  friend bool operator==(const SettingChange&, const SettingChange&) = default;
};

inline bool EndsTransaction(SessionEffect effect) {
  return effect == SessionEffect::kCommit || effect == SessionEffect::kRollback;
}

// INSERT INTO table [(columns)] VALUES (?, ?, …) with markers alone, and at most PostgreSQL's
// ON CONFLICT … DO NOTHING or MySQL's ON DUPLICATE KEY UPDATE without markers behind: many rows of
// values can go to the server as one statement.
struct RowInsert {
  std::string table;  // as the text names it
  std::string head;   // up to VALUES
  std::string tail;   // behind the values; empty: nothing
};

struct TranslatedStatement {
  std::string sql;             // native SQL
  int parameter_count = 0;     // markers of the native text
  int marker_count = 0;        // markers of the ODBC text: as many parameters are bound
  bool returns_value = false;  // {?=call …}: the first marker, which the native text has not
  // Markers, from 0, that the native text leaves out, the return value's aside: PostgreSQL's
  // functions are not called with their OUT parameters.
  std::vector<int> dropped_markers;
  // PostgreSQL: the text for {call p(…)} when p turns out to be a procedure. It has all markers.
  std::string procedure_sql;
  v1::StatementKind kind = v1::STATEMENT_KIND_OTHER;
  SessionEffect effect = SessionEffect::kNone;
  std::vector<SettingChange> settings;  // in order; with kSetting
  HoldChanges holds;                    // takes some with kPin; ends may come with any effect
  bool drops_prepared = false;          // the server's prepared statements are gone after it
  // Asks for the key that an earlier statement generated: LAST_INSERT_ID(), @@identity, lastval(),
  // currval().
  bool reads_generated_id = false;
  OutcomeReads outcome_reads = {};  // MySQL: what it asks about the statement before
  // PostgreSQL: may draw a value from a sequence, by nextval(), a default, a trigger or a function.
  bool may_draw = false;
  bool drops_sequences = false;  // what lastval() and currval() know (DISCARD SEQUENCES)
  // Names of functions that it calls, other than the common ones of the server: CalledRoutines.
  std::vector<std::string> called_routines = {};
  // May have changed what the catalogue functions tell: all but queries, rows that are written, and
  // what is known to touch nothing but its own session. CREATE, CALL and what is not known do.
  bool changes_catalog = false;
  // PostgreSQL refuses it within a transaction (VACUUM, CREATE DATABASE …): none is begun for it.
  bool runs_outside_transaction = false;
  // Has no words that write or lock rows (a plain SELECT, SHOW …); functions it calls may.
  bool is_read_only_safe = false;
  std::optional<RowInsert> row_insert;
};

// How a session's settings change what its quotes mean.
struct QuoteRules {
  // PostgreSQL: standard_conforming_strings is off, so that '…\…' reads backslashes. MySQL:
  // sql_mode has NO_BACKSLASH_ESCAPES, so that it does not.
  bool other_backslashes = false;
  bool ansi_quotes = false;  // MySQL: sql_mode has ANSI_QUOTES, "…" is a name
};

class Dialect {
 public:
  virtual ~Dialect() = default;

  // Splits the text into statements where the database's protocol wants them one by one
  // (PostgreSQL's extended protocol; MySQL gets the text whole) and translates each: `?` outside of
  // strings, comments and identifiers becomes the native marker, and with `escape_scan` ODBC's
  // escape sequences become native SQL. {call p(…)} is SELECT * FROM p(…) on PostgreSQL, where the
  // text does not tell a function from a procedure; procedure_sql is the other reading.
  // `output_only` says of the text's markers, from the first, which are bound SQL_PARAM_OUTPUT;
  // those that it does not reach are not. Never empty: an empty text is one empty statement. Throws
  // TranslationError.
  virtual std::vector<TranslatedStatement> Translate(
      std::string_view sql, bool escape_scan, const std::vector<bool>& output_only) const = 0;
  std::vector<TranslatedStatement> Translate(std::string_view sql, bool escape_scan) const {
    return Translate(sql, escape_scan, {});
  }

  // The same for a session that has set what its texts mean.
  virtual const Dialect& For(QuoteRules rules) const = 0;

  // The query of a catalogue function. Its result has the columns of the ODBC reference page, in
  // order, with ODBC's names; arguments stand in the text as literals, safely quoted.
  virtual std::string CatalogQuery(const v1::Catalog& request,
                                   const v1::ServerFacts& facts) const = 0;
};

// Gives the columns of a catalogue function's result the names, types and nullability of the ODBC
// reference, whatever the database makes of the query: one without a cast to SMALLINT computes
// wider numbers. How their values travel stays as it is.
void DescribeCatalogResult(v1::Catalog::Function function, bool odbc2,
                           std::vector<v1::Column>& columns);
// And those of SQLTables on MySQL the sizes and the nullability that Connector/ODBC tells:
// applications make room for MySQL's names of 64 characters.
void DescribeMysqlTables(std::vector<v1::Column>& columns);

const Dialect& PostgresDialect();
const Dialect& MysqlDialect();
const Dialect& DialectFor(v1::Engine engine);

}  // namespace sluice::relay::dialect
