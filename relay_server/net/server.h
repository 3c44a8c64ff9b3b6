#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "relay_server/net/client_connection.h"
#include "relay_server/net/listener.h"
#include "relay_server/net/worker_pool.h"
#include "relay_server/session/served_pool.h"

namespace sluice::relay::net {

struct ServerStats {
  std::size_t connections = 0;  // streams, with a session or warm
  std::size_t sessions = 0;
  std::size_t congested = 0;  // streams whose client leaves much unread
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;  // beyond max_clients
  std::uint64_t sessions_opened = 0;
};

// The relay's network side: listeners, worker threads, the connections of clients. Thread-safe.
class Server : public ConnectionContext {
 public:
  Server(std::size_t worker_threads, std::size_t max_clients);
  ~Server() override;

  // What new sessions are opened on; sessions that are open keep theirs.
  void SetDirectory(std::shared_ptr<const session::Directory> directory);
  // Throws std::runtime_error naming the address.
  void Listen(const ListenAddress& address, ClientSockets sockets);
  // Begins to accept on every listener.
  void Start();
  void ReplaceTls(const Poco::Net::Context::Ptr& tls);

  // Stops accepting, lets what is under way finish until the deadline, then ends it. Blocks.
  void Drain(wire::Deadline deadline);
  // Ends the worker threads. After Drain.
  void Stop();

  ServerStats stats() const;
  std::vector<ListenAddress> addresses() const;

  // ConnectionContext
  WorkerPool& workers() override { return workers_; }
  pool::Timer& timer() override { return timer_; }
  std::shared_ptr<const session::Directory> directory() const override;
  std::uint32_t NewSessionId() override { return next_session_.fetch_add(1); }
  void Closed(std::uint64_t connection_id) override;

 private:
  void Accept(Poco::Net::StreamSocket socket, std::string peer);
  // False: there is no room for it.
  bool Admit(std::uint64_t id, const std::shared_ptr<ClientConnection>& connection);
  bool EndOneUnused();
  void Sweep();
  std::vector<std::shared_ptr<ClientConnection>> Connections() const;

  const std::size_t max_clients_;
  WorkerPool workers_;
  pool::TimerThread timer_;
  std::atomic<std::uint32_t> next_session_{1};
  std::atomic<std::uint64_t> next_connection_{1};

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable connection_closed_;
  std::shared_ptr<const session::Directory> directory_;
  std::vector<std::shared_ptr<Listener>> listeners_;
  std::map<std::uint64_t, std::shared_ptr<ClientConnection>> connections_;
  std::uint64_t accepted_ = 0;
  std::uint64_t refused_ = 0;
  bool draining_ = false;
};

}  // namespace sluice::relay::net
