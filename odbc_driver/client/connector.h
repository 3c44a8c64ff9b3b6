#pragma once

#include <stdexcept>
#include <string>

#include "odbc_driver/client/relay_client.h"
#include "odbc_driver/client/server_address.h"
#include "odbc_driver/client/stream.h"

namespace sluice::driver::client {

// No stream to a server could be had. what() says why, without naming the server.
class ConnectFailed : public std::runtime_error {
 public:
  ConnectFailed(const std::string& reason, bool timed_out)
      : std::runtime_error(reason), timed_out_(timed_out) {}
  bool timed_out() const { return timed_out_; }

 private:
  bool timed_out_;
};

// Streams with equal keys lead to the same relay under the same terms: server, TLS settings and
// identity.
std::string StreamCacheKey(const ConnectOptions& options, const ServerAddress& server);

// The part of the time until `deadline` that the first of `candidates` may use up, so that one that
// does not answer leaves time for the others.
Deadline ShareOf(Deadline deadline, std::size_t candidates);

// Connects to the server's addresses in turn and brings TLS up. Throws ConnectFailed.
Stream ConnectTo(const ServerAddress& server, const ConnectOptions& options, Deadline deadline);

// Lets the next handshake with the stream's server be a resumption. To be called once something has
// been received, and before another thread uses the stream.
void RememberTlsSession(Stream& stream);

}  // namespace sluice::driver::client
