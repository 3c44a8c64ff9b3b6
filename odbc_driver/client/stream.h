#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <Poco/Net/StreamSocket.h>
#include <Poco/Process.h>

#include "proto/wire/deadline.h"
#include "proto/wire/message_channel.h"

namespace sluice::driver::client {

class TlsContext;

// A connected byte stream to a relay, TLS already up. It outlives sessions: see StreamCache.
struct Stream {
  static constexpr std::chrono::milliseconds kLongRoundTrip{4};

  std::unique_ptr<wire::MessageChannel> channel;
  // The channel's, for what only a socket can tell. Declared after it, so that the channel lets go
  // of the socket last: closing TLS writes once more, and the channel sees to SIGPIPE then.
  Poco::Net::StreamSocket socket;
  std::shared_ptr<TlsContext> tls;  // nullptr: plaintext
  std::string server;               // as messages name it: host:port, or the path of a unix socket
  std::string cache_key;            // streams with equal keys can stand in for each other
  // The shortest that opening a session has taken, the relay's work included.
  wire::Clock::duration round_trip = wire::Clock::duration::max();
  std::uint64_t next_request_id = 1;  // rises over the stream's life, so that no answer is mistaken
  Poco::Process::PID owner = Poco::Process::id();

  // It is no local network.
  bool is_far() const { return round_trip >= kLongRoundTrip; }
  bool is_inherited() const { return owner != Poco::Process::id(); }
};

// Closes the descriptor of a stream that a fork inherited, and nothing else: a TLS close_notify or
// a shutdown would reach the parent's stream.
void AbandonInherited(Stream stream);

}  // namespace sluice::driver::client
