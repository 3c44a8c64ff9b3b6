#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "relay_server/backend/backend.h"
#include "relay_server/backend/postgres/type_table.h"

namespace sluice::relay::backend::postgres {

// The server takes a parameter for text where nothing else tells its type, as in "SELECT $1": a
// number would come back as text. There the type that the application has bound it as is written
// behind it ("SELECT $1::int4"), and nowhere else: elsewhere the server knows better.
std::shared_ptr<const Statement> WithBoundTypes(const Execution& execution);

// The server makes the column's type of a parameter in "smallint_column = $1", and refuses 70000
// and 1.5 for it; it refuses "date_column + $1" as ambiguous. psqlodbc tells the types that
// parameters are bound as, and the server compares the numbers. Where `error` is such a refusal,
// this is the text with the types behind its parameters; else nullptr. `server_types` are those of
// the parameters, as far as they are known; `row` is that of the parameter set.
std::shared_ptr<const Statement> WithTypesThatSuit(const Execution& execution, std::uint32_t row,
                                                   const BackendError& error,
                                                   const std::vector<Oid>& server_types);

}  // namespace sluice::relay::backend::postgres
