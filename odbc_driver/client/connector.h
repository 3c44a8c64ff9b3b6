#pragma once

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <Poco/Net/SocketAddress.h>

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

// A stream that is being connected to one server: its addresses in turn, TCP, then TLS. It goes on
// in steps, so that a caller that polls need not wait. One thread at a time.
class PendingStream {
 public:
  // `server` and `options` must outlive it. Looks the server's name up, which may wait. Throws
  // ConnectFailed.
  PendingStream(const ServerAddress& server, const ConnectOptions& options, Deadline deadline);
  ~PendingStream();

  // Goes on until the stream is up or it would have to wait beyond `patience`: nothing then.
  // Throws ConnectFailed.
  std::optional<Stream> Advance(Deadline patience);

 private:
  struct Attempt;  // at one address
  std::optional<Stream> AdvanceAttempt(Deadline patience);

  const ServerAddress& server_;
  const ConnectOptions& options_;
  const Deadline deadline_;
  std::vector<Poco::Net::SocketAddress> addresses_;
  std::size_t next_ = 0;  // the address after that of attempt_
  std::unique_ptr<Attempt> attempt_;
  std::string reason_ = "the name has no address";  // why the last attempt failed
  bool timed_out_ = false;
};

// Lets the next handshake with the stream's server be a resumption. To be called once something has
// been received, and before another thread uses the stream.
void RememberTlsSession(Stream& stream);

}  // namespace sluice::driver::client
