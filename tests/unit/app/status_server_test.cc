#include "relay_server/app/status_server.h"

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/StreamCopier.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>
#include <vector>

#include "relay_server/app/relay.h"
#include "tests/unit/app/fake_connector.h"

namespace sluice::relay::app {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Answer {
  int status = 0;
  std::string content_type;
  std::string body;
  Poco::Net::HTTPResponse headers;
};

class StatusServerTest : public testing::Test {
 protected:
  StatusServerTest() {
    config_.listen.push_back(net::ParseListenAddress("127.0.0.1:0"));
    config_.http_listen.push_back(net::ParseListenAddress("127.0.0.1:0"));
    config_.log_level = log::Level::kError;
    PoolConfig pool;
    pool.engine = v1::ENGINE_POSTGRES;
    pool.hosts = {{"db.example", 5432}};
    pool.password = "backend secret";
    config_.pools["sales"] = pool;
  }

  Relay& StartRelay() {
    relay_ = std::make_unique<Relay>(config_, [this](v1::Engine, const backend::Target&) {
      return std::make_unique<FakeConnector>(host_);
    });
    relay_->Start();
    return *relay_;
  }

  Answer Ask(const std::string& path, const std::string& method = "GET") {
    const auto& address = relay_->status_server()->address();
    Poco::Net::HTTPClientSession session(address.host, address.port);
    session.setTimeout(Poco::Timespan(30, 0));
    Poco::Net::HTTPRequest request(method, path, Poco::Net::HTTPRequest::HTTP_1_1);
    session.sendRequest(request);
    Answer answer;
    Poco::StreamCopier::copyToString(session.receiveResponse(answer.headers), answer.body);
    answer.status = answer.headers.getStatus();
    answer.content_type = answer.headers.getContentType();
    return answer;
  }

  Config config_;
  std::shared_ptr<FakeHost> host_ = std::make_shared<FakeHost>();
  std::unique_ptr<Relay> relay_;
};

TEST_F(StatusServerTest, TellsThePortThatWasChosen) {
  EXPECT_NE(StartRelay().status_server()->address().port, 0);
}

TEST_F(StatusServerTest, HealthIsOkWhileTheProcessServes) {
  StartRelay();
  const auto answer = Ask("/healthz");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "ok\n");
}

TEST_F(StatusServerTest, ReadyWhenThePoolCanConnect) {
  StartRelay();
  const auto answer = Ask("/readyz");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "ready\n");
}

TEST_F(StatusServerTest, NotReadyWhenThePoolCannotConnectButHealthy) {
  host_->failure = "08001";
  StartRelay();
  const auto answer = Ask("/readyz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "pool sales: host 1 says no\n");
  EXPECT_EQ(Ask("/healthz").status, 200);
}

TEST_F(StatusServerTest, NotReadyWhileDraining) {
  net::Server server(1, 1);
  server.SetDirectory(std::make_shared<session::Directory>());
  StatusServer status(net::ParseListenAddress("127.0.0.1:0"), server);
  EXPECT_EQ(status.Ready().status, 200);
  status.SetDraining();
  EXPECT_EQ(status.Ready().status, 503);
  EXPECT_EQ(status.Ready().body, "draining\n");
  EXPECT_EQ(status.Health().status, 200);
  EXPECT_THAT(status.Metrics().body, HasSubstr("\nsluice_draining 1\n"));
}

TEST_F(StatusServerTest, MetricsShowTheConnectionThatReadinessOpened) {
  StartRelay();
  Ask("/readyz");
  const auto answer = Ask("/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.content_type, HasSubstr("text/plain; version=0.0.4"));
  EXPECT_THAT(answer.body, HasSubstr("\nsluice_pool_connects_total{pool=\"sales\"} 1\n"));
  EXPECT_THAT(answer.body, HasSubstr("\nsluice_pool_idle_connections{pool=\"sales\"} 1\n"));
  EXPECT_THAT(answer.body, HasSubstr("\nsluice_sessions 0\n"));
}

TEST_F(StatusServerTest, MetricsCountClients) {
  auto& relay = StartRelay();
  const auto sql = relay.server().addresses().front();
  const Poco::Net::StreamSocket client(Poco::Net::SocketAddress(sql.host, sql.port));
  // The acceptor runs on its own: ask until it has.
  std::string metrics;
  while (metrics.find("\nsluice_client_connections_accepted_total 1\n") == std::string::npos) {
    metrics = Ask("/metrics").body;
  }
  EXPECT_THAT(metrics, HasSubstr("\nsluice_client_connections_accepted_total 1\n"));
}

TEST_F(StatusServerTest, ThePageIsHtmlWithoutSecrets) {
  StartRelay();
  const auto answer = Ask("/");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(answer.body, HasSubstr("<td>sales</td>"));
  for (const char* path : {"/", "/metrics"}) {
    EXPECT_THAT(Ask(path).body, Not(HasSubstr("backend secret")));
    EXPECT_THAT(Ask(path).body, Not(HasSubstr("db.example")));
  }
}

TEST_F(StatusServerTest, AQueryStringIsIgnored) {
  StartRelay();
  EXPECT_EQ(Ask("/healthz?from=balancer").status, 200);
}

TEST_F(StatusServerTest, HeadHasTheLengthAndNoBody) {
  StartRelay();
  const auto answer = Ask("/healthz", "HEAD");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.getContentLength(), 3);
  EXPECT_EQ(answer.body, "");
}

TEST_F(StatusServerTest, OtherPathsAreNotFound) {
  StartRelay();
  for (const char* path : {"/metrics/", "/../etc/passwd", "/<b>"}) {
    const auto answer = Ask(path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_THAT(answer.body, Not(HasSubstr("<b>")));
  }
}

TEST_F(StatusServerTest, OtherMethodsAreNotAllowed) {
  StartRelay();
  const auto answer = Ask("/metrics", "DELETE");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.headers.get("Allow"), "GET, HEAD");
}

TEST_F(StatusServerTest, AnswersMoreClientsThanItHasThreads) {
  StartRelay();
  std::vector<std::unique_ptr<Poco::Net::HTTPClientSession>> sessions;
  const auto& address = relay_->status_server()->address();
  for (int i = 0; i < 20; ++i) {
    auto& session = sessions.emplace_back(
        std::make_unique<Poco::Net::HTTPClientSession>(address.host, address.port));
    session->setTimeout(Poco::Timespan(30, 0));
    Poco::Net::HTTPRequest request("GET", "/healthz", Poco::Net::HTTPRequest::HTTP_1_1);
    session->sendRequest(request);
  }
  for (auto& session : sessions) {
    Poco::Net::HTTPResponse response;
    session->receiveResponse(response);
    EXPECT_EQ(response.getStatus(), 200);
  }
}

TEST_F(StatusServerTest, IsOffWithoutAnAddress) {
  config_.http_listen.clear();
  EXPECT_EQ(StartRelay().status_server(), nullptr);
}

TEST_F(StatusServerTest, APortThatIsTakenIsNamed) {
  const auto taken = StartRelay().status_server()->address();
  try {
    const StatusServer second(taken, relay_->server());
    FAIL() << "two servers on one port";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot listen on " + taken.text()));
  }
}

TEST_F(StatusServerTest, ShutdownEndsIt) {
  auto& relay = StartRelay();
  const auto address = relay.status_server()->address();
  relay.Shutdown();
  EXPECT_THROW(Poco::Net::StreamSocket(Poco::Net::SocketAddress(address.host, address.port)),
               Poco::Exception);
}

TEST_F(StatusServerTest, AReloadShowsTheNewPools) {
  auto& relay = StartRelay();
  config_.pools["stock"] = config_.pools["sales"];
  config_.pools.erase("sales");
  relay.Reload(config_);
  const auto page = Ask("/").body;
  EXPECT_THAT(page, HasSubstr("<td>stock</td>"));
  EXPECT_THAT(page, Not(HasSubstr("<td>sales</td>")));
}

// Each of them sends an octet now and then, so that no wait for the next one is long.
TEST(StatusServerLimitsTest, SlowClientsDoNotKeepTheOthersOut) {
  net::Server server(1, 1);
  StatusServer status(net::ParseListenAddress("127.0.0.1:0"), server, std::chrono::milliseconds(0));
  status.Start();
  const Poco::Net::SocketAddress address(status.address().host, status.address().port);
  constexpr int kMoreThanThreads = 8;
  std::vector<Poco::Net::StreamSocket> slow;
  for (int i = 0; i < kMoreThanThreads; ++i) {
    slow.emplace_back(address).sendBytes("GET /", 5);
  }
  std::atomic<bool> done{false};
  std::thread drip([&] {
    while (!done) {
      for (auto& socket : slow) ::send(socket.impl()->sockfd(), "x", 1, MSG_NOSIGNAL);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));  // how slow they are
    }
  });
  Poco::Net::HTTPClientSession session(address);
  session.setTimeout(Poco::Timespan(15, 0));
  Poco::Net::HTTPRequest request("GET", "/healthz", Poco::Net::HTTPRequest::HTTP_1_1);
  Poco::Net::HTTPResponse response;
  EXPECT_NO_THROW({
    session.sendRequest(request);
    session.receiveResponse(response);
  });
  EXPECT_EQ(response.getStatus(), 200);
  done = true;
  drip.join();
  slow.clear();
  status.Stop();
  server.Stop();
}

}  // namespace
}  // namespace sluice::relay::app
