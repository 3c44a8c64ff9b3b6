#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "relay_server/log/log.h"
#include "relay_server/net/listener.h"
#include "relay_server/net/tls_server.h"
#include "relay_server/pool/backend_pool.h"
#include "relay_server/session/row_spool.h"
#include "relay_server/session/served_pool.h"
#include "relay_server/session/user_registry.h"
#include "sluice/v1/session.pb.h"

// The relay's configuration file. docs/relay-config.md tells every key.

namespace sluice::relay::app {

struct BackendAddress {
  std::string host;  // name, address, or socket path
  std::uint16_t port = 0;
  friend bool operator==(const BackendAddress&, const BackendAddress&) = default;
};

struct PoolConfig {
  v1::Engine engine = v1::ENGINE_UNSPECIFIED;
  std::vector<BackendAddress> hosts;  // of the same data: see pool::HostGroup
  std::string database;
  std::string user;
  std::string password;
  session::PoolModes modes;
  pool::PoolLimits limits;
  std::chrono::milliseconds statement_timeout{0};
  session::CatalogCacheLimits catalog_cache;
  friend bool operator==(const PoolConfig&, const PoolConfig&) = default;
};

struct Config {
  std::vector<net::ListenAddress> listen;
  std::vector<net::ListenAddress> http_listen;  // none or one, never a unix socket
  log::Level log_level = log::Level::kInfo;
  std::size_t max_clients = 10'000;
  session::SessionLimits session_limits;
  std::chrono::milliseconds drain_timeout{30'000};
  std::chrono::milliseconds keepalive = net::kDefaultKeepalive;
  std::size_t max_message_bytes = 0;
  bool compression = true;
  session::SpoolLimits spool;
  net::TlsFiles tls;
  std::map<std::string, PoolConfig, std::less<>> pools;
  std::map<std::string, session::User, std::less<>> users;
};

// One line per mistake, each "file:line: what is wrong and what is allowed".
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Reads and checks the file, and the password files it names. Throws ConfigError with all mistakes.
Config LoadConfig(const std::filesystem::path& file);

}  // namespace sluice::relay::app
