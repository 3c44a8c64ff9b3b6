#include "odbc_driver/client/connector.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <chrono>
#include <vector>

#include <Poco/Exception.h>
#include <Poco/Net/DNS.h>
#include <Poco/Net/SocketAddress.h>

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

StreamSocket ConnectSocket(const SocketAddress& address, Deadline deadline) {
  const Poco::Timespan left(std::chrono::microseconds(wire::RemainingTime(deadline)).count());
  if (left <= 0) throw Poco::TimeoutException("no time left to connect");
  StreamSocket socket;
  socket.connect(address, left);
  // A program that the application starts must not keep the session alive.
  ::fcntl(static_cast<int>(socket.impl()->sockfd()), F_SETFD, FD_CLOEXEC);
  if (address.family() != SocketAddress::UNIX_LOCAL) TuneTcp(socket);
  return socket;
}

// Without a choice of the user's, what leaves the host is verified in full. So a password travels
// in the clear over a network only where SSLMode=disable asks for it.
TlsMode ModeFor(const SocketAddress& address, const ConnectOptions& options) {
  if (address.family() == SocketAddress::UNIX_LOCAL) return TlsMode::kDisable;
  const bool is_local = address.host().isLoopback();
  return options.tls_mode.value_or(is_local ? TlsMode::kDisable : TlsMode::kVerifyFull);
}

Stream ConnectTo(const SocketAddress& address, const ServerAddress& server,
                 const ConnectOptions& options, Deadline deadline) {
  StreamSocket socket = ConnectSocket(address, deadline);
  std::shared_ptr<TlsContext> tls;
  if (const TlsMode mode = ModeFor(address, options); mode != TlsMode::kDisable) {
    tls = TlsContexts::OfProcess().Get(
        {mode, options.tls_root_certificate, options.tls_certificate, options.tls_private_key});
    socket = tls->Connect(socket, server.host, server.Text(), deadline);
  }
  auto channel = std::make_unique<wire::MessageChannel>(socket);
  return {std::move(channel), socket, tls, server.Text(), StreamCacheKey(options, server)};
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

Stream ConnectTo(const ServerAddress& server, const ConnectOptions& options, Deadline deadline) {
  std::string reason = "the name has no address";
  bool timed_out = false;
  try {
    const std::vector<SocketAddress> addresses = Resolve(server);
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      try {
        return ConnectTo(addresses[i], server, options, ShareOf(deadline, addresses.size() - i));
      } catch (const Poco::TimeoutException&) {
        timed_out = true;
        reason = "no answer in time";
      } catch (const wire::DeadlinePassed& error) {
        timed_out = true;
        reason = error.what();
      } catch (const Poco::Exception& error) {
        timed_out = false;
        reason = error.displayText();
      } catch (const TlsFailed& error) {
        timed_out = false;
        reason = error.what();
      }
    }
  } catch (const Poco::Exception& error) {
    reason = error.displayText();
  }
  throw ConnectFailed(reason, timed_out);
}

void RememberTlsSession(Stream& stream) {
  if (stream.tls == nullptr) return;
  Poco::Net::SecureStreamSocket secure(stream.socket);
  stream.tls->RememberSession(secure, stream.server);
}

}  // namespace sluice::driver::client
