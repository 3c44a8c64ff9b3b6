#include "relay_server/net/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <Poco/Exception.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocketImpl.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "relay_server/log/log.h"

namespace sluice::relay::net {
namespace {

constexpr int kBacklog = 1024;
constexpr std::uint32_t kAcceptEvents = EPOLLIN | EPOLLONESHOT;
// Out of file descriptors: accepting pauses for this long.
constexpr std::chrono::milliseconds kAcceptPause{100};
constexpr int kKeepaliveProbes = 3;

// A peer that has died without a word while nothing is under way is noticed after twice
// `keepalive`. No TCP_USER_TIMEOUT: it would also end the stream of a client that lives and reads
// slowly, when its window has been closed for so long (tcp(7) does not tell that; Linux 5.11 and
// later).
void SetTcpOptions(int fd, std::chrono::milliseconds keepalive) {
  const auto set = [fd](int level, int option, int value) {
    ::setsockopt(fd, level, option, &value, sizeof value);
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  if (keepalive.count() == 0) return;
  const auto idle = static_cast<int>(std::chrono::ceil<std::chrono::seconds>(keepalive).count());
  const int interval = std::max(1, idle / kKeepaliveProbes);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, idle);
  set(IPPROTO_TCP, TCP_KEEPINTVL, interval);
  set(IPPROTO_TCP, TCP_KEEPCNT, kKeepaliveProbes);
}

sockaddr_un UnixAddress(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    throw std::runtime_error("the path of a unix socket may have at most " +
                             std::to_string(sizeof address.sun_path - 1) + " bytes: " + path);
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

bool SomeoneListens(const sockaddr_un& address) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const bool connected =
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return connected;
}

[[noreturn]] void ThrowListenError(const ListenAddress& address) {
  throw std::runtime_error("cannot listen on " + address.text() + ": " + std::strerror(errno));
}

}  // namespace

bool ListenAddress::is_local() const {
  if (is_unix() || host == "localhost") return true;
  Poco::Net::IPAddress address;
  return Poco::Net::IPAddress::tryParse(host, address) && address.isLoopback();
}

std::string ListenAddress::text() const {
  if (is_unix()) return "unix:" + path;
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

ListenAddress ParseListenAddress(const std::string& text) {
  constexpr std::string_view kUnixPrefix = "unix:";
  ListenAddress address;
  if (text.starts_with(kUnixPrefix)) {
    address.path = text.substr(kUnixPrefix.size());
    if (address.path.empty() || address.path.front() != '/') {
      throw std::invalid_argument("\"" + text +
                                  "\": a unix socket is given as unix:/absolute/path");
    }
    return address;
  }
  const auto colon = text.rfind(':');
  const char* const end = text.data() + text.size();
  const char* const digits = colon == std::string::npos ? end : text.data() + colon + 1;
  const auto [stop, error] = std::from_chars(digits, end, address.port);
  if (colon == std::string::npos || colon == 0 || digits == end || stop != end ||
      error != std::errc()) {
    throw std::invalid_argument("\"" + text +
                                "\" is no address: host:port, [ipv6]:port, *:port or "
                                "unix:/path is expected");
  }
  address.host = text.substr(0, colon);
  if (address.host == "*") address.host = "0.0.0.0";
  if (address.host.front() == '[' && address.host.back() == ']') {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  return address;
}

Listener::Listener(ListenAddress address, ClientSockets sockets, WorkerPool& workers,
                   pool::Timer& timer, OnAccept on_accept)
    : address_(std::move(address)),
      workers_(workers),
      timer_(timer),
      on_accept_(std::move(on_accept)),
      keepalive_(sockets.keepalive),
      tls_(std::move(sockets.tls)) {
  address_.is_unix() ? BindUnix() : BindTcp();
  if (::listen(fd_, kBacklog) != 0) ThrowListenError(address_);
}

Listener::~Listener() { Stop(); }

void Listener::BindTcp() {
  try {
    const Poco::Net::SocketAddress wanted(address_.host, address_.port);
    fd_ = ::socket(wanted.af(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) ThrowListenError(address_);
    const int on = 1;
    ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(fd_, wanted.addr(), wanted.length()) != 0) ThrowListenError(address_);
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    if (::getsockname(fd_, reinterpret_cast<sockaddr*>(&bound), &length) != 0) {
      ThrowListenError(address_);
    }
    address_.port = Poco::Net::SocketAddress(reinterpret_cast<sockaddr*>(&bound), length).port();
  } catch (const Poco::Exception& error) {
    throw std::runtime_error("cannot listen on " + address_.text() + ": " + error.displayText());
  }
}

void Listener::BindUnix() {
  const sockaddr_un wanted = UnixAddress(address_.path);
  if (SomeoneListens(wanted)) {
    errno = EADDRINUSE;
    ThrowListenError(address_);
  }
  struct stat status {};
  if (::lstat(address_.path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) {
    ::unlink(address_.path.c_str());  // left behind by a relay that was killed
  }
  fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0 || ::bind(fd_, reinterpret_cast<const sockaddr*>(&wanted), sizeof wanted) != 0) {
    ThrowListenError(address_);
  }
  // Every client proves who it is by its password, whatever its user id.
  ::chmod(address_.path.c_str(), 0777);
}

void Listener::Start() {
  const std::lock_guard lock(mutex_);
  token_ = workers_.Register(fd_, kAcceptEvents, shared_from_this());
}

void Listener::Stop() {
  const std::lock_guard lock(mutex_);
  if (fd_ < 0) return;
  if (token_ != 0) workers_.Unregister(token_, fd_);
  ::close(std::exchange(fd_, -1));
  if (address_.is_unix()) ::unlink(address_.path.c_str());
}

void Listener::ReplaceTls(Poco::Net::Context::Ptr tls) {
  const std::lock_guard lock(mutex_);
  tls_ = std::move(tls);
}

void Listener::OnEvents(std::uint32_t /*events*/) {
  for (;;) {
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    int fd = -1;
    {
      const std::lock_guard lock(mutex_);
      if (fd_ < 0) return;
      fd =
          ::accept4(fd_, reinterpret_cast<sockaddr*>(&from), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
      const int error = errno;
      if (fd < 0 && (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM)) {
        log::Error("accept_failed",
                   {{"listener", address_.text()}, {"error", std::strerror(error)}});
        timer_.Schedule(wire::DeadlineAfter(kAcceptPause), [self = shared_from_this()] {
          const std::lock_guard again(self->mutex_);
          if (self->fd_ >= 0) self->workers_.Rearm(self->token_, self->fd_, kAcceptEvents);
        });
        return;
      }
      if (fd < 0 && (error == EAGAIN || error == EWOULDBLOCK)) {
        workers_.Rearm(token_, fd_, kAcceptEvents);
        return;
      }
    }
    if (fd < 0) continue;  // that client went away before it was accepted
    std::string peer = "unix";
    if (!address_.is_unix()) {
      peer = Poco::Net::SocketAddress(reinterpret_cast<sockaddr*>(&from), length).toString();
    }
    Accepted(fd, std::move(peer));
  }
}

void Listener::Accepted(int fd, std::string peer) {
  if (!address_.is_unix()) SetTcpOptions(fd, keepalive_);
  try {
    Poco::Net::StreamSocket socket(new Poco::Net::StreamSocketImpl(fd));
    socket.setBlocking(false);
    Poco::Net::Context::Ptr tls;
    {
      const std::lock_guard lock(mutex_);
      tls = tls_;
    }
    if (tls) {
      auto secure = Poco::Net::SecureStreamSocket::attach(socket, tls);
      secure.setBlocking(false);
      socket = secure;
    }
    on_accept_(std::move(socket), std::move(peer));
  } catch (const Poco::Exception& error) {
    log::Warning("accept_failed", {{"peer", peer}, {"error", error.displayText()}});
  } catch (const std::exception& error) {
    // This client is lost; the listener goes on.
    log::Warning("accept_failed", {{"peer", peer}, {"error", error.what()}});
  }
}

}  // namespace sluice::relay::net
