#pragma once

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <vector>

#include "relay_server/backend/backend.h"
#include "relay_server/backend/postgres/type_table.h"

// An INSERT of markers as INSERT … SELECT * FROM unnest(…): many rows in one statement, an array
// per column, at two to three times the speed of as many pipelined statements.

namespace sluice::relay::backend::postgres {

struct BulkInsert {
  std::vector<Oid> array_types;  // one per parameter; empty: its rows must go one by one
  std::string sql;
  std::string key;  // of what is prepared: the text and the types
};

// Asks whether rows may go to that table as one statement (0 or 1), and for the array types of the
// parameters' types, a row for each type. One by one they go where it would show otherwise:
//   - the target is no table, or has rules or row security: the statement is rewritten;
//   - an INSERT trigger is there, but for a volatile one BEFORE each ROW: it would run once, or
//     after all rows;
//   - a foreign key refers to the table itself: it is checked at the statement's end;
//   - a type has no arrays (it is one), or unnest would take its values apart (a composite).
std::string BulkInsertQuery(const std::string& table, const std::vector<Oid>& types);
std::shared_ptr<const BulkInsert> ReadBulkInsert(const RowInsert& insert,
                                                 const std::vector<Oid>& types,
                                                 const PGresult& answer);

}  // namespace sluice::relay::backend::postgres
