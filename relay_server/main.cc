// sluiced: the relay.

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "relay_server/app/config.h"
#include "relay_server/app/relay.h"
#include "relay_server/backend/mysql/mysql_connector.h"
#include "relay_server/backend/postgres/postgres_connector.h"
#include "relay_server/log/log.h"
#include "relay_server/session/user_registry.h"

namespace sluice::relay {
namespace {

constexpr std::string_view kUsage =
    "usage: sluiced [--config FILE]     run in the foreground (default /etc/sluice/sluiced.toml)\n"
    "       sluiced --check-config [--config FILE]   check the file and exit 0 or 1\n"
    "       sluiced --hash-password     read a password on stdin, print what password_hash takes\n"
    "       sluiced --version\n";

struct Options {
  std::string config = "/etc/sluice/sluiced.toml";
  bool check_config = false;
  bool hash_password = false;
  bool version = false;
  bool help = false;
  bool valid = true;
};

Options ParseOptions(const std::vector<std::string_view>& arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto argument = arguments[i];
    if (argument == "--config" && i + 1 < arguments.size()) {
      options.config = arguments[++i];
    } else if (argument.starts_with("--config=")) {
      options.config = argument.substr(std::string_view("--config=").size());
    } else if (argument == "--check-config") {
      options.check_config = true;
    } else if (argument == "--hash-password") {
      options.hash_password = true;
    } else if (argument == "--version") {
      options.version = true;
    } else if (argument == "--help") {
      options.help = true;
    } else {
      options.valid = false;
    }
  }
  return options;
}

std::unique_ptr<backend::Connector> MakeConnector(v1::Engine engine,
                                                  const backend::Target& target) {
  if (engine == v1::ENGINE_POSTGRES) {
    return std::make_unique<backend::PostgresConnector>(target);
  }
  return std::make_unique<backend::MysqlConnector>(target);
}

int PrintPasswordHash() {
  std::string password;
  std::getline(std::cin, password);
  if (password.empty()) {
    std::cerr << "sluiced: no password on stdin\n";
    return 1;
  }
  std::cout << session::HashPassword(password) << '\n';
  return 0;
}

// Signals are taken by the main thread alone, in Wait.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A peer that closes its end is an error of that connection, not of the process.
  ::signal(SIGPIPE, SIG_IGN);
  return signals;
}

void Reload(app::Relay& relay, const std::string& file) {
  try {
    relay.Reload(app::LoadConfig(file));
  } catch (const std::exception& error) {
    log::Error("reload_failed", {{"error", error.what()}});  // the old configuration stays
  }
}

int CheckConfig(const Options& options) {
  app::LoadConfig(options.config);
  std::cout << options.config << ": ok\n";
  return 0;
}

int Run(const Options& options) {
  const sigset_t signals = BlockSignals();
  const auto config = app::LoadConfig(options.config);
  app::Relay relay(config, MakeConnector);
  relay.Start();
  for (;;) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) continue;
    if (signal != SIGHUP) break;
    Reload(relay, options.config);
  }
  relay.Shutdown();
  return 0;
}

int Main(const std::vector<std::string_view>& arguments) {
  const auto options = ParseOptions(arguments);
  if (!options.valid || options.help) {
    (options.help ? std::cout : std::cerr) << kUsage;
    return options.help ? 0 : 2;
  }
  if (options.version) {
    std::cout << "sluiced " << SLUICE_VERSION << '\n';
    return 0;
  }
  try {
    if (options.hash_password) return PrintPasswordHash();
    return options.check_config ? CheckConfig(options) : Run(options);
  } catch (const app::ConfigError& error) {
    std::cerr << error.what() << '\n';  // file:line: …, as compilers tell errors
    return 1;
  } catch (const std::exception& error) {
    std::cerr << "sluiced: " << error.what() << '\n';
    return 1;
  }
}

}  // namespace
}  // namespace sluice::relay

int main(int argc, char** argv) {
  return sluice::relay::Main(std::vector<std::string_view>(argv + 1, argv + argc));
}
