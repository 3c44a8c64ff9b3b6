#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "relay_server/app/config.h"
#include "relay_server/app/status_server.h"
#include "relay_server/net/server.h"

namespace sluice::relay::app {

// Makes the connector of one database server. Given by main, which alone knows the client
// libraries.
using ConnectorFactory =
    std::function<std::unique_ptr<backend::Connector>(v1::Engine, const backend::Target&)>;

// The relay as a whole: one configuration brought to life. Used by the main thread.
class Relay {
 public:
  // Throws ConfigError or std::runtime_error (an address that is taken, a wrong certificate).
  Relay(const Config& config, ConnectorFactory make_connector);
  ~Relay();

  void Start();
  // Takes over users, pools, certificates and limits of single sessions; sessions that are open
  // keep theirs. Addresses and max_clients stay as they were: a change is logged.
  void Reload(const Config& config);
  // Stops accepting, waits for what is under way up to drain_timeout, and ends. Blocks.
  void Shutdown();

  net::Server& server() { return server_; }
  // nullptr when HTTP is off.
  const StatusServer* status_server() const { return status_server_.get(); }

 private:
  std::shared_ptr<session::ServedPool> MakePool(const std::string& name, const PoolConfig& config);
  void Serve(const Config& config);

  const ConnectorFactory make_connector_;
  std::chrono::milliseconds drain_timeout_;
  const std::string process_settings_;  // what a reload cannot change, as text
  net::Server server_;
  std::unique_ptr<StatusServer> status_server_;
  std::map<std::string, PoolConfig, std::less<>> pool_configs_;
  std::shared_ptr<const session::Directory> directory_;
};

}  // namespace sluice::relay::app
