#pragma once

#include "odbc_driver/client/relay_client.h"
#include "odbc_driver/client/stream.h"

namespace sluice::driver::client {

struct OpenedSession {
  v1::SessionOpened session;
  Stream stream;
};

// Opens a session at the first of the servers that takes it: over a warm stream if there is one,
// else over a fresh one. Throws RequestFailed as RelayClient::Open tells.
OpenedSession OpenSession(const ConnectOptions& options);

}  // namespace sluice::driver::client
