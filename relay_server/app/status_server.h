#pragma once

#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/ThreadPool.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "relay_server/app/readiness.h"
#include "relay_server/app/status_report.h"
#include "relay_server/net/listener.h"
#include "relay_server/net/server.h"
#include "relay_server/session/served_pool.h"

namespace sluice::relay::app {

// Answers plain HTTP about the relay, with few threads of its own, so that it answers when all
// workers are busy: / (a page), /metrics (Prometheus), /healthz (the process serves), /readyz (new
// work is welcome). Thread-safe.
class StatusServer {
 public:
  struct Page {
    int status = 200;
    const char* content_type = "text/plain; charset=utf-8";
    std::string body;
  };

  // How long a client may take for its request and the answer, when others wait.
  static constexpr std::chrono::milliseconds kPatience{10'000};

  // Binds. Throws std::runtime_error naming the address.
  StatusServer(net::ListenAddress address, const net::Server& server,
               std::chrono::milliseconds patience = kPatience);
  ~StatusServer();

  void Start();
  // From now on /readyz sends new clients elsewhere.
  void SetDraining() { draining_ = true; }
  void Stop();

  // With the port that was chosen for port 0.
  const net::ListenAddress& address() const { return address_; }

  Page Metrics() const;
  Page Overview() const;
  Page Health() const;
  Page Ready();

 private:
  StatusReport Report() const;

  net::ListenAddress address_;
  const net::Server& server_;
  const wire::Clock::time_point started_at_ = wire::Clock::now();
  std::atomic<bool> draining_{false};
  Readiness readiness_;
  Poco::ThreadPool threads_;
  Poco::Net::ServerSocket socket_;
  std::unique_ptr<Poco::Net::HTTPServer> http_;
};

}  // namespace sluice::relay::app
