#include "odbc_driver/client/connector.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>

#include <Poco/Exception.h>
#include <Poco/Net/DNS.h>

#include "odbc_driver/client/tls_context.h"

namespace sluice::driver::client {

namespace {

using Poco::Net::SocketAddress;
using Poco::Net::StreamSocket;

// A dead peer is found within a minute: idle + interval × count seconds.
constexpr int kKeepAliveIdleSeconds = 30;
constexpr int kKeepAliveIntervalSeconds = 10;
constexpr int kKeepAliveCount = 3;
constexpr int kUnacknowledgedMilliseconds = 60'000;

constexpr const char* kNobodyListens =
    ": no relay listens there. Is it running, and are the keywords Server and Port right?";

std::vector<SocketAddress> Resolve(const ServerAddress& server) {
  if (server.is_unix()) return {SocketAddress(SocketAddress::UNIX_LOCAL, server.host)};
  Poco::Net::IPAddress literal;
  if (Poco::Net::IPAddress::tryParse(server.host, literal)) {
    return {SocketAddress(literal, server.port)};
  }
  std::vector<SocketAddress> addresses;
  const Poco::Net::HostEntry entry = Poco::Net::DNS::hostByName(server.host);
  for (const auto& address : entry.addresses()) {
    addresses.emplace_back(address, server.port);
  }
  return addresses;
}

void TuneTcp(StreamSocket& socket) {
  socket.setNoDelay(true);
  socket.setKeepAlive(true);
#ifdef TCP_KEEPIDLE
  socket.setOption(IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveIdleSeconds);
  socket.setOption(IPPROTO_TCP, TCP_KEEPINTVL, kKeepAliveIntervalSeconds);
  socket.setOption(IPPROTO_TCP, TCP_KEEPCNT, kKeepAliveCount);
#endif
#ifdef TCP_USER_TIMEOUT
  socket.setOption(IPPROTO_TCP, TCP_USER_TIMEOUT, kUnacknowledgedMilliseconds);
#endif
}

// A TCP connection that is on its way. A unix socket is connected at once: its relay need not
// answer.
StreamSocket StartConnecting(const SocketAddress& address, Deadline deadline) {
  StreamSocket socket;
  if (address.family() == SocketAddress::UNIX_LOCAL) {
    const auto left = wire::RemainingTime(deadline);
    socket.connect(address, Poco::Timespan(std::chrono::microseconds(left).count()));
  } else {
    socket.connectNB(address);
  }
  // A program that the application starts must not keep the session alive.
  ::fcntl(static_cast<int>(socket.impl()->sockfd()), F_SETFD, FD_CLOEXEC);
  return socket;
}

// Whether the connection is there. false: not by `patience`.
bool FinishConnecting(StreamSocket& socket, const SocketAddress& address, Deadline patience) {
  if (address.family() == SocketAddress::UNIX_LOCAL) return true;
  pollfd entry{.fd = static_cast<int>(socket.impl()->sockfd()), .events = POLLOUT, .revents = 0};
  int ready = 0;
  do {
    ready = ::poll(&entry, 1, static_cast<int>(wire::RemainingTime(patience).count()));
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) return false;
  if (const int error = socket.impl()->socketError(); error != 0) {
    throw std::system_error(error, std::generic_category());
  }
  TuneTcp(socket);
  return true;
}

// Without a choice of the user's, what leaves the host is verified in full. So a password travels
// in the clear over a network only where SSLMode=disable asks for it.
TlsMode ModeFor(const SocketAddress& address, const ConnectOptions& options) {
  if (address.family() == SocketAddress::UNIX_LOCAL) return TlsMode::kDisable;
  const bool is_local = address.host().isLoopback();
  return options.tls_mode.value_or(is_local ? TlsMode::kDisable : TlsMode::kVerifyFull);
}

}  // namespace

std::string StreamCacheKey(const ConnectOptions& options, const ServerAddress& server) {
  const int mode = options.tls_mode ? static_cast<int>(*options.tls_mode) : -1;
  std::string key;
  for (const std::string& part : {server.Text(), std::to_string(mode), options.tls_root_certificate,
                                  options.tls_certificate, options.tls_private_key, options.user}) {
    key += part;
    key += '\0';
  }
  return key;
}

Deadline ShareOf(Deadline deadline, std::size_t candidates) {
  if (deadline == wire::kNoDeadline || candidates <= 1) return deadline;
  return wire::Clock::now() + wire::RemainingTime(deadline) / static_cast<int>(candidates);
}

struct PendingStream::Attempt {
  Attempt(const SocketAddress& where, Deadline until)
      : address(where), deadline(until), socket(StartConnecting(where, until)) {}

  const SocketAddress address;
  const Deadline deadline;
  StreamSocket socket;
  std::shared_ptr<TlsContext> tls;
  std::unique_ptr<TlsHandshake> handshake;  // once the connection is there, if TLS is asked for
  bool connected = false;
};

PendingStream::PendingStream(const ServerAddress& server, const ConnectOptions& options,
                             Deadline deadline)
    : server_(server), options_(options), deadline_(deadline) {
  try {
    addresses_ = Resolve(server);
  } catch (const Poco::Exception& error) {
    throw ConnectFailed(error.displayText() + ": check the keyword Server", false);
  }
}

PendingStream::~PendingStream() = default;

std::optional<Stream> PendingStream::Advance(Deadline patience) {
  for (;;) {
    try {
      if (attempt_ == nullptr) {
        if (next_ == addresses_.size()) throw ConnectFailed(reason_, timed_out_);
        const Deadline deadline = ShareOf(deadline_, addresses_.size() - next_);
        attempt_ = std::make_unique<Attempt>(addresses_[next_++], deadline);
      }
      return AdvanceAttempt(patience);
    } catch (const Poco::TimeoutException&) {
      timed_out_ = true;
      reason_ = "no answer in time";
    } catch (const wire::DeadlinePassed& error) {
      timed_out_ = true;
      reason_ = error.what();
    } catch (const Poco::Exception& error) {
      timed_out_ = false;
      const bool is_absent = error.code() == ENOENT || error.code() == ECONNREFUSED;
      reason_ = error.displayText() + (is_absent ? kNobodyListens : "");
    } catch (const std::system_error& error) {
      timed_out_ = false;
      const bool is_refused = error.code() == std::errc::connection_refused;
      reason_ = error.code().message() + (is_refused ? kNobodyListens : "");
    } catch (const TlsFailed& error) {
      timed_out_ = false;
      reason_ = error.what();
    }
    attempt_.reset();
  }
}

std::optional<Stream> PendingStream::AdvanceAttempt(Deadline patience) {
  Attempt& attempt = *attempt_;
  const Deadline until = std::min(patience, attempt.deadline);
  if (!attempt.connected) {
    if (!FinishConnecting(attempt.socket, attempt.address, until)) {
      if (wire::HasPassed(attempt.deadline)) throw Poco::TimeoutException();
      return std::nullopt;
    }
    attempt.connected = true;
    if (const TlsMode mode = ModeFor(attempt.address, options_); mode != TlsMode::kDisable) {
      attempt.tls =
          TlsContexts::OfProcess().Get({mode, options_.tls_root_certificate,
                                        options_.tls_certificate, options_.tls_private_key});
      attempt.handshake =
          attempt.tls->Start(attempt.socket, server_.host, server_.Text(), attempt.deadline);
    }
  }
  if (attempt.handshake != nullptr) {
    if (!attempt.handshake->Advance(patience)) return std::nullopt;
    attempt.socket = attempt.handshake->socket();
  }
  auto channel = std::make_unique<wire::MessageChannel>(attempt.socket);
  return Stream{std::move(channel), attempt.socket, attempt.tls, server_.Text(),
                StreamCacheKey(options_, server_)};
}

void RememberTlsSession(Stream& stream) {
  if (stream.tls == nullptr) return;
  Poco::Net::SecureStreamSocket secure(stream.socket);
  stream.tls->RememberSession(secure, stream.server);
}

}  // namespace sluice::driver::client
