#include "relay_server/backend/resolver/host_resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "relay_server/backend/mysql/mysql_connector.h"
#include "relay_server/backend/postgres/postgres_connector.h"

namespace sluice::relay::backend {
namespace {

using std::chrono::milliseconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A name server that answers when it is told to.
class NameServer {
 public:
  HostResolver::LookUp look_up() {
    return [this](const std::string& host) -> HostResolver::Answer {
      ++asked_;
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return answers_ > 0; });
      --answers_;
      return {.addresses = {host + " is 10.0.0." + std::to_string(++given_)}, .error = {}};
    };
  }
  void AnswerOnce() {
    const std::lock_guard lock(mutex_);
    ++answers_;
    changed_.notify_all();
  }
  void AwaitAsked(int times) const {
    while (asked_ < times) std::this_thread::yield();
  }
  int asked() const { return asked_; }

 private:
  std::atomic<int> asked_{0};
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  int answers_ = 0;
  int given_ = 0;
};

const wire::Deadline kPassed = wire::Clock::now() - std::chrono::seconds(1);
wire::Deadline Late() { return wire::DeadlineAfter(std::chrono::minutes(5)); }

TEST(HostResolverTest, PathsAndAddressesAreNotLookedUp) {
  NameServer server;
  for (const char* host : {"/run/socket", "127.0.0.1", "::1", "fe80::1%eth0"}) {
    EXPECT_THAT(HostResolver(host, server.look_up()).Resolve(kPassed).addresses, ElementsAre(host));
  }
  EXPECT_EQ(server.asked(), 0);
}

TEST(HostResolverTest, ANameIsLookedUpEachTime) {
  NameServer server;
  const HostResolver resolver("db", server.look_up());
  server.AnswerOnce();
  EXPECT_THAT(resolver.Resolve(Late()).addresses, ElementsAre("db is 10.0.0.1"));
  server.AnswerOnce();
  EXPECT_THAT(resolver.Resolve(Late()).addresses, ElementsAre("db is 10.0.0.2"));
}

// However many want to know, and however long the name server is silent: one thread asks.
TEST(HostResolverTest, WhoHasNoTimeIsToldAndNobodyAsksTwice) {
  NameServer server;
  const HostResolver resolver("db", server.look_up());
  for (int i = 0; i < 20; ++i) {
    const auto answer = resolver.Resolve(kPassed);
    EXPECT_THAT(answer.addresses, IsEmpty());
    EXPECT_THAT(answer.error, HasSubstr("in time"));
  }
  server.AwaitAsked(1);
  EXPECT_EQ(server.asked(), 1);
  auto patient = std::async(std::launch::async, [&] { return resolver.Resolve(Late()); });
  auto impatient = std::async(
      std::launch::async, [&] { return resolver.Resolve(wire::DeadlineAfter(milliseconds(1))); });
  EXPECT_THAT(impatient.get().addresses, IsEmpty());
  server.AnswerOnce();
  server.AnswerOnce();  // should `patient` have come after the first answer
  EXPECT_EQ(patient.get().addresses.size(), 1u);
  EXPECT_LE(server.asked(), 2);
}

TEST(HostResolverTest, ANameThatThereIsNotIsAnError) {
  const auto answer = HostResolver("no-such-host.invalid").Resolve(Late());
  EXPECT_THAT(answer.addresses, IsEmpty());
  EXPECT_NE(answer.error, "");
}

TEST(HostResolverTest, ThisHostHasAnAddress) {
  EXPECT_THAT(HostResolver("localhost").Resolve(Late()).addresses, Contains("127.0.0.1"));
}

// What an application is told: the server cannot be reached, and why.
template <typename Connector>
void ExpectUnreachable(const char* named) {
  Target target;
  target.host = "no-such-host.invalid";
  target.port = 1;
  Connector connector(target);
  try {
    connector.Connect(Late());
    FAIL() << "it connects";
  } catch (const BackendError& error) {
    EXPECT_EQ(error.sqlstate().substr(0, 2), "08");
    EXPECT_THAT(error.what(), HasSubstr(named));
  }
}

TEST(HostResolverTest, ConnectorsNameTheHostThatIsNot) {
  ExpectUnreachable<PostgresConnector>("cannot connect to no-such-host.invalid:1: ");
  ExpectUnreachable<MysqlConnector>("connecting to no-such-host.invalid:1: ");
}

}  // namespace
}  // namespace sluice::relay::backend
