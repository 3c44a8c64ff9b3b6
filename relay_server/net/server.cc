#include "relay_server/net/server.h"

#include <optional>
#include <utility>

#include "relay_server/log/log.h"

namespace sluice::relay::net {
namespace {

constexpr std::chrono::seconds kSweepInterval{5};
// While draining, connections that have become idle are closed this often.
constexpr std::chrono::milliseconds kDrainInterval{50};
// After the drain's deadline, for cancelled statements to end.
constexpr std::chrono::seconds kForcedDrain{10};

}  // namespace

Server::Server(std::size_t worker_threads, std::size_t max_clients)
    : max_clients_(max_clients), workers_(worker_threads), timer_(workers_) {}

Server::~Server() { Stop(); }

void Server::SetDirectory(std::shared_ptr<const session::Directory> directory) {
  const std::lock_guard lock(mutex_);
  directory_.swap(directory);
}

std::shared_ptr<const session::Directory> Server::directory() const {
  const std::lock_guard lock(mutex_);
  return directory_;
}

void Server::Listen(const ListenAddress& address, ClientSockets sockets) {
  auto listener =
      std::make_shared<Listener>(address, std::move(sockets), workers_, timer_,
                                 [this](Poco::Net::StreamSocket socket, std::string peer) {
                                   Accept(std::move(socket), std::move(peer));
                                 });
  const std::lock_guard lock(mutex_);
  listeners_.push_back(std::move(listener));
}

void Server::Start() {
  for (const auto& listener : listeners_) listener->Start();
  Sweep();
}

void Server::ReplaceTls(const Poco::Net::Context::Ptr& tls) {
  const std::lock_guard lock(mutex_);
  for (const auto& listener : listeners_) {
    if (!listener->address().is_local()) listener->ReplaceTls(tls);
  }
}

void Server::Accept(Poco::Net::StreamSocket socket, std::string peer) {
  const auto id = next_connection_.fetch_add(1);
  const auto connection =
      std::make_shared<ClientConnection>(id, std::move(socket), std::move(peer), *this);
  if (!Admit(id, connection)) return;
  try {
    connection->Start();
  } catch (...) {
    Closed(id);
    throw;
  }
}

bool Server::Admit(std::uint64_t id, const std::shared_ptr<ClientConnection>& connection) {
  do {
    const std::lock_guard lock(mutex_);
    if (draining_) return false;
    if (connections_.size() < max_clients_) {
      ++accepted_;
      connections_.emplace(id, connection);
      return true;
    }
  } while (EndOneUnused());
  log::Warning("client_refused", {{"peer", connection->peer()}, {"max_clients", max_clients_}});
  const std::lock_guard lock(mutex_);
  ++refused_;
  return false;
}

// Streams without a session must not keep out those who want one: a port scan opens thousands.
bool Server::EndOneUnused() {
  using Candidate = std::pair<ClientConnection::Unused, std::shared_ptr<ClientConnection>>;
  std::optional<Candidate> least;
  do {
    least.reset();
    for (auto& connection : Connections()) {
      const auto unused = connection->unused();
      if (unused && (!least || *unused < least->first)) least.emplace(*unused, connection);
    }
    if (!least) return false;
  } while (!least->second->EndIfUnused("others needed its place"));
  log::Warning("unused_client_ended",
               {{"peer", least->second->peer()}, {"max_clients", max_clients_}});
  Closed(least->second->id());
  return true;
}

void Server::Closed(std::uint64_t connection_id) {
  std::shared_ptr<ClientConnection> closed;  // may end here, outside of the lock
  const std::lock_guard lock(mutex_);
  const auto found = connections_.find(connection_id);
  if (found == connections_.end()) return;
  closed = std::move(found->second);
  connections_.erase(found);
  connection_closed_.notify_all();
}

std::vector<std::shared_ptr<ClientConnection>> Server::Connections() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<ClientConnection>> all;
  all.reserve(connections_.size());
  for (const auto& [id, connection] : connections_) all.push_back(connection);
  return all;
}

void Server::Sweep() {
  for (const auto& connection : Connections()) connection->CloseIfUnused();
  timer_.Schedule(wire::DeadlineAfter(kSweepInterval), [this] { Sweep(); });
}

void Server::Drain(wire::Deadline deadline) {
  std::vector<std::shared_ptr<Listener>> listeners;
  {
    const std::lock_guard lock(mutex_);
    draining_ = true;
    listeners.swap(listeners_);
  }
  for (const auto& listener : listeners) listener->Stop();
  const auto hard_end = deadline + kForcedDrain;
  for (bool forced = false;;) {
    forced = wire::HasPassed(deadline);
    for (const auto& connection : Connections()) connection->Drain(forced);
    std::unique_lock lock(mutex_);
    connection_closed_.wait_for(lock, kDrainInterval, [this] { return connections_.empty(); });
    if (connections_.empty()) return;
    if (wire::HasPassed(hard_end)) {
      log::Warning("drain_incomplete", {{"connections", connections_.size()}});
      return;
    }
  }
}

void Server::Stop() { workers_.Stop(); }

ServerStats Server::stats() const {
  ServerStats stats;
  for (const auto& connection : Connections()) {
    ++stats.connections;
    if (connection->has_session()) ++stats.sessions;
    if (connection->IsCongested()) ++stats.congested;
  }
  stats.sessions_opened = next_session_.load() - 1;
  const std::lock_guard lock(mutex_);
  stats.accepted = accepted_;
  stats.refused = refused_;
  return stats;
}

std::vector<ListenAddress> Server::addresses() const {
  const std::lock_guard lock(mutex_);
  std::vector<ListenAddress> addresses;
  for (const auto& listener : listeners_) addresses.push_back(listener->address());
  return addresses;
}

}  // namespace sluice::relay::net
