#include "relay_server/app/config.h"

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include "proto/wire/frame.h"
#include "relay_server/app/table_reader.h"

namespace sluice::relay::app {
namespace {

constexpr std::uint16_t kPostgresPort = 5432;
constexpr std::uint16_t kMysqlPort = 3306;
constexpr std::uint16_t kDefaultPort = 7432;
constexpr std::uint16_t kDefaultHttpPort = 7433;
constexpr std::int64_t kMiB = std::int64_t{1} << 20;

// "host", "host:port", "[ipv6]:port", PostgreSQL's "/socket/directory:port", MySQL's
// "/socket/file".
BackendAddress ParseBackendAddress(const std::string& text, v1::Engine engine) {
  const bool postgres = engine == v1::ENGINE_POSTGRES;
  BackendAddress address{text, postgres ? kPostgresPort : kMysqlPort};
  if (text.starts_with('/') && !postgres) return {text, 0};
  const auto colon = text.rfind(':');
  const auto bracket = text.rfind(']');
  const bool has_port = colon != std::string::npos &&
                        (bracket == std::string::npos ? text.find(':') == colon : colon > bracket);
  if (has_port) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, address.port);
    if (error != std::errc() || stop != end || address.port == 0) {
      throw std::invalid_argument("\"" + text + "\" has no valid port: host:port is expected");
    }
    address.host = text.substr(0, colon);
  }
  if (address.host.empty()) throw std::invalid_argument("a host may not be empty");
  if (address.host.front() == '[' && address.host.back() == ']') {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  return address;
}

std::string ReadSecretFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path + ": " + std::strerror(errno));
  std::ostringstream content;
  content << file.rdbuf();
  std::string secret = content.str();
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
  if (secret.empty()) throw std::runtime_error(path + " is empty, or no file that can be read");
  return secret;
}

// Exactly one of password, password_file, password_env; none means that the server asks for none.
void ReadPassword(TableReader& table, std::string& password) {
  std::string file;
  std::string variable;
  table.Read("password", password);
  table.Read("password_file", file);
  table.Read("password_env", variable);
  const int given = static_cast<int>(table.Has("password")) +
                    static_cast<int>(table.Has("password_file")) +
                    static_cast<int>(table.Has("password_env"));
  if (given > 1) {
    const auto* key = table.Has("password_file") ? "password_file" : "password_env";
    table.Mistake(key, "only one of password, password_file and password_env may be given");
  }
  if (!file.empty()) table.Check("password_file", [&] { password = ReadSecretFile(file); });
  if (!variable.empty()) {
    table.Check("password_env", [&] {
      const char* value = std::getenv(variable.c_str());
      if (value == nullptr) throw std::runtime_error("the environment has no " + variable);
      password = value;
    });
  }
}

void ReadListen(TableReader& table, std::vector<net::ListenAddress>& addresses) {
  std::vector<std::string> texts{"127.0.0.1:" + std::to_string(kDefaultPort)};
  table.Read("listen", texts);
  if (texts.empty()) table.Mistake("listen", "at least one address is needed");
  for (const auto& text : texts) {
    table.Check("listen", [&] { addresses.push_back(net::ParseListenAddress(text)); });
  }
}

// The status page tells nothing secret, but without encryption or password: other hosts see it only
// when that is said twice.
void ReadHttpListen(TableReader& table, std::vector<net::ListenAddress>& addresses) {
  std::string text = "127.0.0.1:" + std::to_string(kDefaultHttpPort);
  bool remote = false;
  table.Read("http_listen", text);
  table.Read("http_remote", remote);
  if (text.empty()) return;
  table.Check("http_listen", [&] {
    const auto address = net::ParseListenAddress(text);
    if (address.is_unix()) throw std::invalid_argument("HTTP is not served on unix sockets");
    if (!address.is_local() && !remote) {
      throw std::invalid_argument(address.text() +
                                  " can be reached from other hosts, without encryption or "
                                  "password: add http_remote = true if that is meant");
    }
    addresses.push_back(address);
  });
}

void ReadRelay(TableReader table, Config& config) {
  ReadListen(table, config.listen);
  ReadHttpListen(table, config.http_listen);
  auto level = static_cast<std::size_t>(config.log_level);
  table.ReadChoice("log_level", {"debug", "info", "warning", "error"}, level);
  config.log_level = static_cast<log::Level>(level);
  table.Read("max_clients", config.max_clients, {1, 1'000'000});
  table.Read("max_sessions_per_user", config.session_limits.per_user, {0, 1'000'000});
  table.Read("max_sessions_per_address", config.session_limits.per_address, {0, 1'000'000});
  table.Read("drain_timeout", config.drain_timeout);
  table.Read("keepalive", config.keepalive);
  if (config.keepalive.count() != 0 && config.keepalive < net::kShortestKeepalive) {
    table.Mistake("keepalive", "must be 0s (none) or at least 1s");
  }
  std::uint64_t message_bytes = wire::kDefaultMaxMessageBytes;
  table.ReadBytes("max_message_bytes", message_bytes, {kMiB, 1024 * kMiB});
  config.max_message_bytes = message_bytes;
  table.Read("compression", config.compression);
  std::uint64_t spool_memory = config.spool.memory_bytes;
  table.ReadBytes("spool_memory", spool_memory, {0, 1024 * kMiB});
  config.spool.memory_bytes = spool_memory;
  table.ReadBytes("spool_limit", config.spool.file_bytes, {0, std::int64_t{1} << 44});
  table.RejectOthers();
}

void ReadTls(TableReader table, Config& config) {
  table.Read("certificate", config.tls.certificate);
  table.Read("private_key", config.tls.private_key);
  table.Read("client_ca", config.tls.client_ca);
  if (config.tls.certificate.empty() != config.tls.private_key.empty()) {
    table.Mistake(config.tls.certificate.empty() ? "private_key" : "certificate",
                  "certificate and private_key go together");
  } else if (!config.tls.client_ca.empty() && !config.tls.enabled()) {
    table.Mistake("client_ca", "needs certificate and private_key");
  } else if (config.tls.enabled()) {
    table.Check("certificate", [&] { net::MakeServerContext(config.tls); });
  }
  table.RejectOthers();
}

void ReadLimits(TableReader& table, pool::PoolLimits& limits) {
  table.Read("max_connections", limits.max_connections, {1, 10'000});
  table.Read("min_connections", limits.min_connections, {0, 10'000});
  table.Read("max_connections_per_user", limits.max_connections_per_user, {0, 10'000});
  table.Read("max_connections_per_application", limits.max_connections_per_application,
             {0, 10'000});
  table.Read("max_waiting", limits.max_waiting, {0, 1'000'000});
  table.Read("connect_timeout", limits.connect_timeout);
  table.Read("connect_backoff", limits.connect_backoff);
  table.Read("wait_timeout", limits.wait_timeout);
  table.Read("idle_timeout", limits.idle_timeout);
  table.Read("max_lifetime", limits.max_lifetime);
  table.Read("idle_transaction_timeout", limits.idle_transaction_timeout);
  table.Read("audit", limits.audit);
  if (limits.connect_timeout.count() == 0) {
    table.Mistake("connect_timeout", "must be more than 0");
  }
  if (limits.min_connections > limits.max_connections) {
    table.Mistake("min_connections", "must not exceed max_connections");
  }
}

std::optional<session::PoolMode> ReadMode(TableReader& table) {
  std::size_t mode = 0;
  table.ReadChoice("mode", {"transaction", "session"}, mode);
  if (!table.Has("mode")) return std::nullopt;
  return mode == 0 ? session::PoolMode::kTransaction : session::PoolMode::kSession;
}

void ReadModes(TableReader& table, session::PoolModes& modes) {
  modes.by_default = ReadMode(table).value_or(modes.by_default);
  std::vector<std::string> allowed{"transaction", "session"};
  table.Read("client_modes", allowed);
  modes.transaction_allowed = modes.session_allowed = false;
  for (const auto& mode : allowed) {
    modes.transaction_allowed = modes.transaction_allowed || mode == "transaction";
    modes.session_allowed = modes.session_allowed || mode == "session";
    if (mode != "transaction" && mode != "session") {
      table.Mistake("client_modes", "allowed are \"transaction\" and \"session\"");
    }
  }
}

PoolConfig ReadPool(TableReader table) {
  PoolConfig pool;
  std::size_t engine = 0;
  table.Require("backend");
  table.ReadChoice("backend", {"postgres", "mysql"}, engine);
  pool.engine = engine == 0 ? v1::ENGINE_POSTGRES : v1::ENGINE_MYSQL;
  std::vector<std::string> hosts{"127.0.0.1"};
  table.Read("hosts", hosts);
  if (hosts.empty()) table.Mistake("hosts", "at least one host is needed");
  table.Check("hosts", [&] {
    for (const auto& host : hosts) pool.hosts.push_back(ParseBackendAddress(host, pool.engine));
  });
  table.Require("database");
  table.Read("database", pool.database);
  table.Require("user");
  table.Read("user", pool.user);
  ReadPassword(table, pool.password);
  ReadModes(table, pool.modes);
  ReadLimits(table, pool.limits);
  table.Read("statement_timeout", pool.statement_timeout);
  std::uint64_t cache_bytes = pool.catalog_cache.bytes;
  table.ReadBytes("catalog_cache_bytes", cache_bytes, {0, 1024 * kMiB});
  pool.catalog_cache.bytes = cache_bytes;
  table.Read("catalog_cache_age", pool.catalog_cache.age);
  table.RejectOthers();
  return pool;
}

session::User ReadUser(TableReader table, const Config& config) {
  session::User user;
  table.Require("password_hash");
  table.Read("password_hash", user.password_hash);
  if (table.Has("password_hash") && !session::IsPasswordHash(user.password_hash)) {
    table.Mistake("password_hash", "is no output of sluiced --hash-password");
  }
  table.Require("pools");
  table.Read("pools", user.pools);
  for (const auto& pool : user.pools) {
    if (!config.pools.contains(pool)) table.Mistake("pools", "there is no [pools." + pool + "]");
  }
  table.Read("read_only", user.read_only);
  table.Read("max_connections", user.max_connections, {0, 10'000});
  table.Read("max_sessions", user.max_sessions, {0, 1'000'000});
  user.mode = ReadMode(table);
  table.RejectOthers();
  return user;
}

// The tables [section.name], each handed to `read`.
template <typename Read>
void ForEachTable(const toml::table& root, const char* section, Problems& problems, Read read) {
  const toml::node* node = root.get(section);
  if (node == nullptr) return;
  const toml::table* tables = node->as_table();
  if (tables == nullptr) {
    problems.Add(node->source(), std::string(section) + " must be tables [" + section + ".NAME]");
    return;
  }
  for (const auto& [name, entry] : *tables) {
    const std::string full = std::string(section) + '.' + std::string(name.str());
    if (const toml::table* table = entry.as_table()) {
      read(std::string(name.str()), TableReader(*table, full, problems));
    } else {
      problems.Add(entry.source(), '[' + full + "] must be a table");
    }
  }
}

void ReadTop(const toml::table& root, Problems& problems, Config& config) {
  static const toml::table kEmpty;
  const auto section = [&](const char* name) -> const toml::table& {
    const toml::node* node = root.get(name);
    if (node == nullptr) return kEmpty;
    if (node->is_table()) return *node->as_table();
    problems.Add(node->source(), '[' + std::string(name) + "] must be a table");
    return kEmpty;
  };
  ReadRelay(TableReader(section("relay"), "relay", problems), config);
  ReadTls(TableReader(section("tls"), "tls", problems), config);
  ForEachTable(root, "pools", problems, [&](const std::string& name, TableReader table) {
    config.pools.emplace(name, ReadPool(std::move(table)));
  });
  ForEachTable(root, "users", problems, [&](const std::string& name, TableReader table) {
    config.users.emplace(name, ReadUser(std::move(table), config));
  });
  for (const auto& [key, node] : root) {
    const auto name = key.str();
    if (name == "relay" || name == "tls" || name == "pools" || name == "users") continue;
    problems.Add(key.source(),
                 "unknown section \"" + std::string(name) +
                     "\"; there may be [relay], [tls], [pools.NAME] and [users.NAME]");
  }
}

// Passwords must not cross a network in the clear.
void CheckListeners(const toml::table& root, const Config& config, Problems& problems) {
  if (config.tls.enabled()) return;
  for (const auto& address : config.listen) {
    if (address.is_local()) continue;
    const auto listen = root["relay"]["listen"];
    problems.Add(
        listen.node() != nullptr ? listen.node()->source() : root.source(),
        "[relay] listen: " + address.text() +
            " can be reached from other hosts, which needs [tls] certificate and private_key");
  }
}

toml::table ParseFile(const std::filesystem::path& file, Problems& problems) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream || std::filesystem::is_directory(file)) {
    problems.AddGeneral(std::string("cannot be read: ") + std::strerror(stream ? EISDIR : errno));
    return {};
  }
  std::ostringstream content;
  content << stream.rdbuf();
  try {
    return toml::parse(content.str());
  } catch (const toml::parse_error& error) {
    problems.Add(error.source(), std::string(error.description()));
    return {};
  }
}

}  // namespace

Config LoadConfig(const std::filesystem::path& file) {
  Problems problems(file.string());
  const toml::table root = ParseFile(file, problems);
  if (!problems.empty()) throw ConfigError(problems.text());
  Config config;
  ReadTop(root, problems, config);
  CheckListeners(root, config, problems);
  if (config.pools.empty()) problems.AddGeneral("there is no [pools.NAME]: nothing to serve");
  if (!problems.empty()) throw ConfigError(problems.text());
  return config;
}

}  // namespace sluice::relay::app
