#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <Poco/Net/Context.h>
#include <Poco/Net/StreamSocket.h>

#include "relay_server/net/worker_pool.h"
#include "relay_server/pool/timer.h"

namespace sluice::relay::net {

// "127.0.0.1:7432", "[::1]:7432", "*:7432" or "unix:/path".
struct ListenAddress {
  std::string host;  // empty for a unix socket
  std::uint16_t port = 0;
  std::string path;
  bool is_unix() const { return !path.empty(); }
  bool is_local() const;  // unix socket or loopback: may go without TLS
  std::string text() const;
};

// Throws std::invalid_argument that says what is allowed.
ListenAddress ParseListenAddress(const std::string& text);

// A silent client is asked for a sign of life after this long.
inline constexpr std::chrono::milliseconds kDefaultKeepalive{30'000};
inline constexpr std::chrono::milliseconds kShortestKeepalive{1000};

// What the sockets of accepted clients get.
struct ClientSockets {
  Poco::Net::Context::Ptr tls = {};
  // TCP: after this long without a word the client is asked, three times in as long again; 0:
  // never.
  std::chrono::milliseconds keepalive = kDefaultKeepalive;
};

// Accepts clients on one address.
class Listener : public EventHandler, public std::enable_shared_from_this<Listener> {
 public:
  // Called with every new socket (non-blocking, wrapped in TLS where a context is set), on a
  // worker.
  using OnAccept = std::function<void(Poco::Net::StreamSocket, std::string peer)>;

  // Binds and listens. A stale unix socket is replaced, a live one is an error.
  // Throws std::runtime_error naming the address.
  Listener(ListenAddress address, ClientSockets sockets, WorkerPool& workers, pool::Timer& timer,
           OnAccept on_accept);
  ~Listener() override;

  void Start();
  void Stop();
  void ReplaceTls(Poco::Net::Context::Ptr tls);

  // With the port that was chosen for port 0.
  const ListenAddress& address() const { return address_; }

  void OnEvents(std::uint32_t events) override;

 private:
  void BindTcp();
  void BindUnix();
  void Accepted(int fd, std::string peer);

  ListenAddress address_;
  WorkerPool& workers_;
  pool::Timer& timer_;
  const OnAccept on_accept_;
  const std::chrono::milliseconds keepalive_;
  std::mutex mutex_;  // guards the three below
  Poco::Net::Context::Ptr tls_;
  int fd_ = -1;
  WorkerPool::Token token_ = 0;
};

}  // namespace sluice::relay::net
