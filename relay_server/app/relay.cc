#include "relay_server/app/relay.h"

#include <utility>

#include "relay_server/log/log.h"

namespace sluice::relay::app {
namespace {

// Requests block on their backend connection; these threads read cancels and serve everyone else.
constexpr std::size_t kSpareThreads = 4;

std::size_t WorkerThreads(const Config& config) {
  std::size_t threads = kSpareThreads;
  for (const auto& [name, pool] : config.pools) {
    threads += pool.limits.max_connections * pool.hosts.size();
  }
  return threads;
}

std::string AddressText(const BackendAddress& address) {
  return address.port == 0 ? address.host : address.host + ":" + std::to_string(address.port);
}

std::string ProcessSettings(const Config& config) {
  std::string settings = "max_clients " + std::to_string(config.max_clients) + ", keepalive " +
                         std::to_string(config.keepalive.count()) + " ms";
  for (const auto& address : config.listen) settings += ", listen " + address.text();
  for (const auto& address : config.http_listen) settings += ", http_listen " + address.text();
  return settings;
}

}  // namespace

Relay::Relay(const Config& config, ConnectorFactory make_connector)
    : make_connector_(std::move(make_connector)),
      drain_timeout_(config.drain_timeout),
      process_settings_(ProcessSettings(config)),
      server_(WorkerThreads(config), config.max_clients) {
  log::SetLevel(config.log_level);
  Serve(config);
  Poco::Net::Context::Ptr tls;
  if (config.tls.enabled()) tls = net::MakeServerContext(config.tls);
  for (const auto& address : config.listen) {
    // Local clients need no TLS; a listener that other hosts reach always has it.
    server_.Listen(address, {.tls = address.is_local() ? Poco::Net::Context::Ptr() : tls,
                             .keepalive = config.keepalive});
  }
  for (const auto& address : config.http_listen) {
    status_server_ = std::make_unique<StatusServer>(address, server_);
  }
}

Relay::~Relay() {
  status_server_.reset();
  server_.Stop();
}

void Relay::Start() {
  server_.Start();
  for (const auto& address : server_.addresses()) {
    log::Info("listening", {{"address", address.text()}});
  }
  if (!status_server_) return;
  status_server_->Start();
  log::Info("listening_http", {{"address", status_server_->address().text()}});
}

std::shared_ptr<session::ServedPool> Relay::MakePool(const std::string& name,
                                                     const PoolConfig& config) {
  std::vector<pool::HostGroup::Host> hosts;
  for (const auto& host : config.hosts) {
    backend::Target target;
    target.host = host.host;
    target.port = host.port;
    target.database = config.database;
    target.user = config.user;
    target.password = config.password;
    target.connect_timeout = config.limits.connect_timeout;
    target.statement_timeout = config.statement_timeout;
    const std::string address = AddressText(host);
    hosts.push_back(
        {address, std::make_shared<pool::BackendPool>(
                      config.hosts.size() == 1 ? name : name + " at " + address, config.limits,
                      make_connector_(config.engine, target), server_.workers(), server_.timer())});
  }
  auto group =
      std::make_shared<pool::HostGroup>(name, std::move(hosts), server_.workers(), server_.timer());
  group->Start();
  return std::make_shared<session::ServedPool>(std::move(group), config.modes,
                                               config.catalog_cache);
}

// Pools whose definition is unchanged go on; others are made anew.
void Relay::Serve(const Config& config) {
  auto directory = std::make_shared<session::Directory>();
  directory->users = std::make_shared<session::UserRegistry>(config.users);
  if (directory_) directory->session_count = directory_->session_count;
  directory->session_limits = config.session_limits;
  directory->spool = config.spool;
  directory->max_message_bytes = config.max_message_bytes;
  directory->compression = config.compression;
  for (const auto& [name, pool_config] : config.pools) {
    const auto known = pool_configs_.find(name);
    const bool unchanged = known != pool_configs_.end() && known->second == pool_config;
    directory->pools[name] =
        unchanged ? directory_->pools.find(name)->second : MakePool(name, pool_config);
  }
  pool_configs_ = config.pools;
  directory_ = directory;
  server_.SetDirectory(std::move(directory));
}

void Relay::Reload(const Config& config) {
  log::SetLevel(config.log_level);
  drain_timeout_ = config.drain_timeout;
  if (ProcessSettings(config) != process_settings_) {
    log::Warning("restart_needed",
                 {{"in_use", process_settings_}, {"configured", ProcessSettings(config)}});
  }
  if (config.tls.enabled()) server_.ReplaceTls(net::MakeServerContext(config.tls));
  server_.workers().GrowTo(WorkerThreads(config));
  Serve(config);
  log::Info("reloaded", {{"pools", config.pools.size()}, {"users", config.users.size()}});
}

void Relay::Shutdown() {
  log::Info("draining", {{"connections", server_.stats().connections}});
  if (status_server_) status_server_->SetDraining();
  server_.Drain(wire::DeadlineAfter(drain_timeout_));
  for (const auto& [name, pool] : directory_->pools) pool->backends->Shutdown();
  if (status_server_) status_server_->Stop();
  server_.Stop();
  log::Info("stopped");
}

}  // namespace sluice::relay::app
