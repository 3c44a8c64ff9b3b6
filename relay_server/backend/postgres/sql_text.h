#pragma once

#include <string_view>

// What the connection must know of a statement's text.

namespace sluice::relay::backend::postgres {

// BEGIN, COMMIT, SAVEPOINT, SET TRANSACTION …: a savepoint around it would be wrong.
bool IsTransactionControl(std::string_view sql);

// What results of other statements look like may be different after it: ALTER, DROP, CREATE OR
// REPLACE.
bool ChangesSchema(std::string_view sql);

// CREATE TEMPORARY …
bool CreatesTemporary(std::string_view sql);

// The text has a word of a clause that delivers NULL for columns that have none: outer joins,
// grouping sets, set operations. It may stand there for something else.
bool MayAddNulls(std::string_view sql);

// COPY … FROM STDIN or TO STDOUT, which needs a protocol of its own.
bool IsClientCopy(std::string_view sql);

}  // namespace sluice::relay::backend::postgres
