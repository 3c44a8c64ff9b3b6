#pragma once

#include <string_view>

// What the connection must know of a statement's text.

namespace sluice::relay::backend::postgres {

// BEGIN, COMMIT, SAVEPOINT, SET TRANSACTION …: a savepoint around it would be wrong.
bool IsTransactionControl(std::string_view sql);

// COPY … FROM STDIN or TO STDOUT, which needs a protocol of its own.
bool IsClientCopy(std::string_view sql);

}  // namespace sluice::relay::backend::postgres
