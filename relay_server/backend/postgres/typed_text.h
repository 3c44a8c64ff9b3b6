#pragma once

#include <memory>

#include "relay_server/backend/backend.h"

namespace sluice::relay::backend::postgres {

// The server takes a parameter for text where nothing else tells its type, as in "SELECT $1": a
// number would come back as text. There the type that the application has bound it as is written
// behind it ("SELECT $1::int4"), and nowhere else: elsewhere the server knows better.
std::shared_ptr<const Statement> WithBoundTypes(const Execution& execution);

}  // namespace sluice::relay::backend::postgres
