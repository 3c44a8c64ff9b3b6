#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// What the connection must know of a statement's text.

namespace sluice::relay::backend::postgres {

// BEGIN, COMMIT, SAVEPOINT, SET TRANSACTION …: a savepoint around it would be wrong.
bool IsTransactionControl(std::string_view sql);

// What results of other statements look like, or what inserting into a table does beside that, may
// be different after it: ALTER, DROP, CREATE OR REPLACE, CREATE TRIGGER, RULE or POLICY.
bool ChangesSchema(std::string_view sql);

// CREATE …: what it makes was not there before, and is not there any more when it has been undone.
bool MakesObject(std::string_view sql);

// CREATE TEMPORARY …
bool CreatesTemporary(std::string_view sql);

// The text has a word of a clause that delivers NULL for columns that have none: outer joins,
// grouping sets, set operations. It may stand there for something else.
bool MayAddNulls(std::string_view sql);

// A parameter that is a whole column of the outermost SELECT: "$1" in "SELECT $1, id FROM t".
struct BareParameter {
  std::size_t number;  // from 1
  std::size_t end;     // behind it in the text
};
// In the order of the text. None when the list of columns has comments or quotes of rarer kinds.
std::vector<BareParameter> BareParameters(std::string_view sql);

// PREPARE or DEALLOCATE of a name that is kept for the relay's own statements, or that may be one:
// what the relay runs under it would not be what it has prepared.
bool TakesRelaysName(std::string_view sql);
// What these names begin with.
inline constexpr std::string_view kStatementPrefix = "sluice_";

// The text with each literal replaced by one of its kind. What differs in nothing else has, almost
// always, the same columns: what was learned of one such text is a good guess for the others. A
// text with parameters is its own shape, for they take their types from literals, too.
std::string ShapeOf(std::string_view sql);

// COPY … FROM STDIN or TO STDOUT, which needs a protocol of its own.
bool IsClientCopy(std::string_view sql);

}  // namespace sluice::relay::backend::postgres
