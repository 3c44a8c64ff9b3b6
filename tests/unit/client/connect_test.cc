#include <sys/wait.h>
#include <unistd.h>

#include "odbc_driver/client/stream_cache.h"
#include "tests/unit/client/client_fixture.h"

namespace sluice::driver::client {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string ClosedPort() {
  FakeRelay relay;
  return relay.server();
}

TEST(ConnectTest, OpensASessionInOneRoundTrip) {
  FakeRelay relay;
  ConnectOptions options = OptionsFor(relay);
  options.application = "test";
  options.settings.set_autocommit(false);
  const auto client = RelayClient::Open(options);
  EXPECT_EQ(client->session().server().version(), "15.18");
  EXPECT_EQ(relay.round_trips(), 1u);
  const v1::OpenSession open = relay.requests().front().open_session();
  EXPECT_EQ(open.pool(), "testdb");
  EXPECT_EQ(open.password(), "secret");
  EXPECT_EQ(open.application(), "test");
  EXPECT_FALSE(open.settings().autocommit());
  EXPECT_TRUE(open.settings().has_autocommit());
  EXPECT_THAT(relay.violations(), IsEmpty());
}

TEST(ConnectTest, ConnectsOverAUnixSocket) {
  FakeRelay relay({.unix_socket = true});
  const auto client = RelayClient::Open(OptionsFor(relay));
  client->Ping(milliseconds(0));
  EXPECT_EQ(relay.Count(v1::Request::kPing), 1u);
}

TEST(ConnectTest, NamesEveryServerThatItCannotReach) {
  ConnectOptions options;
  options.servers = {ClosedPort(), "/nonexistent/sluice.sock"};
  const auto [state, message] = FailureOf([&] { RelayClient::Open(options); });
  EXPECT_EQ(state, "08001");
  EXPECT_THAT(message, AllOf(HasSubstr("cannot reach relay at " + options.servers[0]),
                             HasSubstr("refused: no relay listens there. Is it running"),
                             HasSubstr("/nonexistent/sluice.sock: no relay listens there")));
}

TEST(ConnectTest, RefusesAServerThatIsNoAddress) {
  ConnectOptions options;
  options.servers = {"host:port"};
  EXPECT_EQ(StateOf([&] { RelayClient::Open(options); }), "08001");
  options.servers.clear();
  EXPECT_EQ(StateOf([&] { RelayClient::Open(options); }), "08001");
}

TEST(ConnectTest, TriesServersInTurn) {
  FakeRelay draining;
  draining.On(v1::Request::kOpenSession,
              [](FakeRelay::Exchange& e) { e.Fail("08004", "the relay drains"); });
  FakeRelay relay;
  ConnectOptions options = OptionsFor(relay);
  options.servers = {ClosedPort(), draining.server(), relay.server()};
  const auto client = RelayClient::Open(options);
  EXPECT_EQ(draining.Count(v1::Request::kOpenSession), 1u);
  EXPECT_EQ(relay.Count(v1::Request::kOpenSession), 1u);
}

TEST(ConnectTest, PassesTheRelaysRefusalOn) {
  FakeRelay relay({.password = "another"});
  FakeRelay second;
  ConnectOptions options = OptionsFor(relay);
  options.servers.push_back(second.server());
  const auto [state, message] = FailureOf([&] { RelayClient::Open(options); });
  EXPECT_EQ(state, "28000");
  EXPECT_THAT(message, HasSubstr("password is wrong"));
  EXPECT_EQ(second.connection_count(), 0u);  // a wrong password is not tried elsewhere
}

TEST(ConnectTest, RefusesAnotherVersionOfTheProtocol) {
  FakeRelay relay({.protocol_version = 9});
  const auto [state, message] = FailureOf([&] { RelayClient::Open(OptionsFor(relay)); });
  EXPECT_EQ(state, "08004");
  EXPECT_THAT(message, HasSubstr("speaks version 9"));
}

TEST(ConnectTest, SaysThatWhatAnswersIsNoRelay) {
  FakeRelay relay;
  relay.On(v1::Request::kOpenSession,
           [](FakeRelay::Exchange& e) { e.SendOctets("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  const auto [state, message] = FailureOf([&] { RelayClient::Open(OptionsFor(relay)); });
  EXPECT_EQ(state, "08001");
  EXPECT_THAT(message, AllOf(HasSubstr("not a relay"), HasSubstr("Port"), HasSubstr("SSLMode")));
}

TEST(ConnectTest, SaysWhatToCheckWhenThePeerHangsUp) {
  FakeRelay relay;
  relay.On(v1::Request::kOpenSession, [](FakeRelay::Exchange& e) { e.Drop(); });
  const auto [state, message] = FailureOf([&] { RelayClient::Open(OptionsFor(relay)); });
  EXPECT_EQ(state, "08001");
  EXPECT_THAT(message, AllOf(HasSubstr("closed"), HasSubstr("Port"), HasSubstr("SSLMode")));
}

// An empty label: no server of names is asked.
TEST(ConnectTest, NamesAHostThatIsNotKnown) {
  ConnectOptions options;
  options.servers = {"no..such:7432"};
  const auto [state, message] = FailureOf([&] { RelayClient::Open(options); });
  EXPECT_EQ(state, "08001");
  EXPECT_THAT(message, AllOf(HasSubstr("no..such"), HasSubstr("keyword Server")));
}

TEST(ConnectTest, TimesOutWhenTheRelayIsSilent) {
  FakeRelay relay;
  relay.On(v1::Request::kOpenSession, [](FakeRelay::Exchange& e) { e.AwaitCancel(); });
  ConnectOptions options = OptionsFor(relay);
  options.connect_timeout = milliseconds(50);
  const auto [state, message] = FailureOf([&] { RelayClient::Open(options); });
  EXPECT_EQ(state, "HYT00");
  EXPECT_THAT(message, HasSubstr(relay.server()));
}

TEST(ConnectTest, LeavesASilentServerInTimeForTheNext) {
  FakeRelay silent;
  silent.On(v1::Request::kOpenSession, [](FakeRelay::Exchange& e) { e.AwaitCancel(); });
  FakeRelay relay;
  ConnectOptions options = OptionsFor(relay);
  options.servers = {silent.server(), relay.server()};
  options.connect_timeout = milliseconds(4000);
  EXPECT_NE(RelayClient::Open(options), nullptr);
}

// Advances with no patience at all until the session is open.
std::unique_ptr<RelayClient> Poll(PendingSession& pending) {
  std::unique_ptr<RelayClient> client;
  while (client == nullptr) client = pending.Advance(wire::Clock::now());
  return client;
}

TEST(PendingSessionTest, DoesNotWaitForTheRelay) {
  FakeRelay relay;
  std::atomic<bool> answers = false;
  relay.On(v1::Request::kOpenSession, [&](FakeRelay::Exchange& e) {
    answers.wait(false);
    v1::Response response;
    response.mutable_session_opened()->set_protocol_version(1);
    e.Reply(response);
  });
  const auto pending = RelayClient::StartOpen(OptionsFor(relay));
  while (relay.Count(v1::Request::kOpenSession) == 0) {
    EXPECT_EQ(pending->Advance(wire::Clock::now()), nullptr);
  }
  EXPECT_EQ(pending->Advance(wire::Clock::now()), nullptr);
  answers = true;
  answers.notify_all();
  EXPECT_NE(Poll(*pending), nullptr);
  EXPECT_EQ(relay.Count(v1::Request::kOpenSession), 1u);
}

TEST(PendingSessionTest, GoesOnToTheNextServer) {
  FakeRelay relay;
  ConnectOptions options = OptionsFor(relay);
  options.servers = {ClosedPort(), relay.server()};
  Poll(*RelayClient::StartOpen(options))->Ping(milliseconds(0));
  options.servers = {ClosedPort()};
  EXPECT_EQ(StateOf([&] { Poll(*RelayClient::StartOpen(options)); }), "08001");
}

TEST(PendingSessionTest, FailsWhenItsTimeIsUp) {
  FakeRelay relay;
  relay.On(v1::Request::kOpenSession, [](FakeRelay::Exchange& e) { e.AwaitCancel(); });
  ConnectOptions options = OptionsFor(relay);
  options.connect_timeout = milliseconds(50);
  EXPECT_EQ(StateOf([&] { Poll(*RelayClient::StartOpen(options)); }), "HYT00");
}

TEST(PendingSessionTest, MayBeGivenUp) {
  FakeRelay relay;
  relay.On(v1::Request::kOpenSession, [](FakeRelay::Exchange& e) { e.AwaitCancel(); });
  {
    const auto pending = RelayClient::StartOpen(OptionsFor(relay));
    while (relay.Count(v1::Request::kOpenSession) == 0) pending->Advance(wire::Clock::now());
  }
  EXPECT_EQ(relay.connection_count(), 1u);
}

TEST(WarmStreamTest, SecondConnectIsOneFrameOnTheSameConnection) {
  FakeRelay relay;
  for (int i = 0; i < 3; ++i) RelayClient::Open(OptionsFor(relay))->Ping(milliseconds(0));
  EXPECT_EQ(relay.connection_count(), 1u);
  EXPECT_EQ(relay.Count(v1::Request::kOpenSession), 3u);
  EXPECT_EQ(relay.round_trips(), 6u);
  EXPECT_THAT(relay.violations(), IsEmpty());
}

TEST(WarmStreamTest, IsNotSharedBetweenIdentities) {
  FakeRelay relay;
  ConnectOptions options = OptionsFor(relay);
  RelayClient::Open(options).reset();
  options.user = "another";
  RelayClient::Open(options).reset();
  EXPECT_EQ(relay.connection_count(), 2u);
}

TEST(WarmStreamTest, IsNotSharedBetweenOpenSessions) {
  FakeRelay relay;
  const auto first = RelayClient::Open(OptionsFor(relay));
  const auto second = RelayClient::Open(OptionsFor(relay));
  EXPECT_EQ(relay.connection_count(), 2u);
}

TEST(WarmStreamTest, SkipsRowsOfTheSessionBefore) {
  FakeRelay relay;
  relay.OnExecute("SELECT", fakes::NumberedRows(1000, 10));
  {
    const auto client = RelayClient::Open(OptionsFor(relay));
    const auto response = ExecuteText(*client, "SELECT");
    EXPECT_NE(response.cursor->NextBatch(wire::kNoDeadline), nullptr);
  }
  const auto client = RelayClient::Open(OptionsFor(relay));
  client->Ping(milliseconds(0));
  EXPECT_EQ(relay.connection_count(), 1u);
}

TEST(WarmStreamTest, GivesWayToAFreshOneWhenItIsDead) {
  FakeRelay relay;
  RelayClient::Open(OptionsFor(relay)).reset();
  ASSERT_TRUE(relay.AwaitCount(v1::Request::kCloseSession, 1));
  relay.DropConnections();
  RelayClient::Open(OptionsFor(relay))->Ping(milliseconds(0));
  EXPECT_EQ(relay.connection_count(), 2u);
}

TEST(WarmStreamTest, GivesWayToAFreshOneWhenItDiesOnOpening) {
  FakeRelay relay;
  std::atomic<int> openings = 0;
  relay.On(v1::Request::kCloseSession, [](FakeRelay::Exchange&) {});
  RelayClient::Open(OptionsFor(relay)).reset();
  relay.On(v1::Request::kOpenSession, [&](FakeRelay::Exchange& e) {
    if (openings++ == 0) return e.Drop();
    v1::Response response;
    response.mutable_session_opened()->set_protocol_version(1);
    e.Reply(response);
  });
  const auto client = RelayClient::Open(OptionsFor(relay));
  EXPECT_EQ(openings, 2);
  EXPECT_EQ(relay.connection_count(), 2u);
}

TEST(WarmStreamTest, AtMostFourAreKept) {
  FakeRelay relay;
  for (int round = 0; round < 2; ++round) {
    std::vector<std::unique_ptr<RelayClient>> clients;
    for (int i = 0; i < 6; ++i) clients.push_back(RelayClient::Open(OptionsFor(relay)));
  }
  EXPECT_EQ(relay.connection_count(), 8u);
}

// The child must neither use the parent's streams nor close them for the parent.
TEST(ForkTest, ParentsStreamsSurviveAChildThatDestroysThem) {
  FakeRelay relay;
  auto client = RelayClient::Open(OptionsFor(relay));
  RelayClient::Open(OptionsFor(relay)).reset();  // leaves a warm stream
  ASSERT_TRUE(relay.AwaitCount(v1::Request::kCloseSession, 1));
  const pid_t child = ::fork();
  if (child == 0) {
    bool is_good = client->IsDead();
    is_good &= StateOf([&] { client->Ping(milliseconds(0)); }) == "08S01";
    client.reset();
    RelayClient::Open(OptionsFor(relay))->Ping(milliseconds(0));
    ::_exit(is_good ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(relay.connection_count(), 3u);  // the child's is its own
  client->Ping(milliseconds(0));
  RelayClient::Open(OptionsFor(relay))->Ping(milliseconds(0));
  EXPECT_EQ(relay.connection_count(), 3u);  // and the parent's warm stream is still warm
  EXPECT_THAT(relay.violations(), IsEmpty());
}

}  // namespace
}  // namespace sluice::driver::client
