#include "tests/relay/relay_fixture.h"

#include <csignal>
#include <thread>

#include "relay_server/log/log.h"

namespace sluice::relay {
namespace {

constexpr std::size_t kSpareThreads = 4;

const std::string& SecretHash() {
  static const std::string kHash = session::HashPassword("secret");
  return kHash;
}

}  // namespace

RelayTest::~RelayTest() { StopRelay(); }

void RelayTest::StartRelay(std::size_t max_connections) {
  Options options;
  options.limits.max_connections = max_connections;
  StartRelay(options);
}

void RelayTest::StartRelay(const Options& options) {
  std::signal(SIGPIPE, SIG_IGN);
  log::SetLevel(log::Level::kError);
  server_ = std::make_unique<net::Server>(options.limits.max_connections + kSpareThreads,
                                          options.max_clients);
  pool_ = std::make_shared<pool::BackendPool>("db", options.limits, backend_.MakeConnector(),
                                              server_->workers(), server_->timer());
  pool_->Start();
  auto directory = std::make_shared<session::Directory>();
  auto hosts = std::make_shared<pool::HostGroup>(
      "db", std::vector<pool::HostGroup::Host>{{"", pool_}}, server_->workers(), server_->timer());
  directory->pools["db"] = std::make_shared<session::ServedPool>(std::move(hosts), options.modes);
  const session::User alice{
      .password_hash = SecretHash(), .pools = {"db"}, .mode = options.mode_of_alice};
  const session::User rita{.password_hash = SecretHash(),
                           .pools = {"db"},
                           .read_only = true,
                           .mode = {},
                           .max_sessions = options.max_sessions_of_rita};
  directory->users = std::make_shared<session::UserRegistry>(
      std::map<std::string, session::User, std::less<>>{{"alice", alice}, {"rita", rita}});
  directory->spool = options.spool;
  directory->session_limits = options.sessions;
  directory->max_message_bytes = options.max_message_bytes;
  server_->SetDirectory(std::move(directory));
  server_->Listen(net::ParseListenAddress("127.0.0.1:0"),
                  {.tls = options.tls, .keepalive = options.keepalive});
  server_->Start();
  port_ = server_->addresses().front().port;
}

void RelayTest::StopRelay() {
  if (server_ == nullptr) return;
  backend_.LetAllGo();
  server_->Drain(wire::Clock::now());
  pool_->Shutdown();
  server_->Stop();
  server_.reset();
  pool_.reset();
}

TestClient RelayTest::Session() {
  auto client = Connect();
  const auto opened = client.Open();
  EXPECT_TRUE(opened.has_session_opened()) << MessageOf(opened);
  return client;
}

bool RelayTest::Eventually(const std::function<bool()>& holds) {
  const auto deadline = wire::DeadlineAfter(std::chrono::seconds(40));
  while (!holds()) {
    if (wire::HasPassed(deadline)) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

bool RelayTest::EventuallyIdle(std::size_t connections) {
  return Eventually([&] {
    const auto now = stats();
    return now.idle == connections && now.active + now.connecting + now.resetting == 0;
  });
}

bool RelayTest::EventuallyWaiting(std::size_t waiters) {
  return Eventually([&] { return stats().waiting == waiters; });
}

void RelayTest::HoldSlow(bool deaf) {
  backend_.On("SELECT slow", {.results = {fakes::NumberedRows(1)}});
  backend_.HoldExecute("SELECT slow", deaf);
}

std::uint64_t RelayTest::SendSlow(TestClient& client, const std::string& sql) {
  const std::uint64_t id = client.SendExecute(sql);
  EXPECT_TRUE(backend_.AwaitHeld("SELECT slow"));
  return id;
}

}  // namespace sluice::relay
