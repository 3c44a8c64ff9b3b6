#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "relay_server/net/server.h"
#include "relay_server/pool/backend_pool.h"
#include "relay_server/session/served_pool.h"

namespace sluice::relay::app {

// A pool, or one host of a pool that has several.
struct PoolStatus {
  std::string name;
  std::string host;  // empty when there is but one
  std::string role;
  bool takes_writes = true;
  v1::Engine engine = v1::ENGINE_UNSPECIFIED;
  session::PoolMode mode = session::PoolMode::kTransaction;
  pool::PoolLimits limits;
  pool::PoolStats stats;
  session::CatalogCacheStats catalog;
};

// What the relay tells about itself: counts and names of pools; no users, clients, SQL or
// passwords.
struct StatusReport {
  bool draining = false;
  std::chrono::seconds uptime{0};
  net::ServerStats clients;
  std::vector<PoolStatus> pools;
};

StatusReport TakeReport(const net::Server& server);

// The text exposition format 0.0.4 of Prometheus.
std::string MetricsText(const StatusReport& report);
// A page for people; everything variable in it is escaped.
std::string StatusPage(const StatusReport& report);

}  // namespace sluice::relay::app
