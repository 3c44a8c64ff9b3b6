// Clients that mean harm, or are broken.

#include <chrono>
#include <string>

#include "proto/wire/frame.h"
#include "tests/process_memory.h"
#include "tests/relay/relay_fixture.h"

namespace sluice::relay {
namespace {

using ::testing::ElementsAre;

class HostileTest : public RelayTest {
 protected:
  static std::string Framed(const v1::Request& request, std::uint32_t session_id) {
    std::string octets;
    wire::AppendMessage(request, {.session_id = session_id}, octets);
    return octets;
  }
};

// ---- before a session is open ----

TEST_F(HostileTest, WhoHasNoSessionGetsLittleMemory) {
  StartRelay();
  auto client = Connect();
  auto open = client.DefaultOpen();
  open.set_application(std::string(100'000, 'a'));
  v1::Request request;
  request.set_request_id(1);
  *request.mutable_open_session() = open;
  client.SendOctets(Framed(request, 0));
  EXPECT_TRUE(client.AwaitEndOfStream());
}

TEST_F(HostileTest, ASessionTakesLongMessages) {
  backend_.On("SELECT 1 /*" + std::string(500'000, 'a') + "*/", {.results = {fakes::Affected(1)}});
  StartRelay();
  auto client = Session();
  EXPECT_EQ(StateOf(client.Execute("SELECT 1 /*" + std::string(500'000, 'a') + "*/")), "");
  client.CloseSession();
  client.Open();
  EXPECT_EQ(StateOf(client.Execute("SELECT 1 /*" + std::string(500'000, 'a') + "*/")), "");
}

TEST_F(HostileTest, AWrongPasswordIsAnsweredLate) {
  StartRelay();
  auto client = Connect();
  auto wrong = client.DefaultOpen();
  wrong.set_password("guess");
  const auto begin = wire::Clock::now();
  EXPECT_EQ(StateOf(client.Open(wrong)), "28000");
  EXPECT_GE(wire::Clock::now() - begin, std::chrono::milliseconds(500));
}

TEST_F(HostileTest, AStreamIsForAFewWrongPasswords) {
  StartRelay();
  auto client = Connect();
  auto wrong = client.DefaultOpen();
  wrong.set_password("guess");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(StateOf(client.Open(wrong)), "28000");
  EXPECT_TRUE(client.AwaitEndOfStream());
}

TEST_F(HostileTest, AClientThatVanishesBeforeItsRefusalLeavesNothing) {
  StartRelay();
  auto client = Connect();
  v1::Request request;
  *request.mutable_open_session() = client.DefaultOpen();
  request.mutable_open_session()->set_password("guess");
  client.Send(request);
  client.Drop();
  EXPECT_TRUE(Eventually(
      [&] { return server_->stats().accepted == 1 && server_->stats().connections == 0; }));
}

// ---- ids ----

TEST_F(HostileTest, ARequestWithoutIdEndsTheStream) {
  StartRelay();
  auto client = Session();
  v1::Request request;
  request.mutable_ping();
  client.SendOctets(Framed(request, 1));
  EXPECT_TRUE(client.AwaitEndOfStream());
}

// As one of a newer driver would be for this relay.
TEST_F(HostileTest, ARequestOfAnUnknownKindEndsTheSession) {
  StartRelay();
  auto client = Session();
  const auto response = client.Call(v1::Request());
  EXPECT_EQ(StateOf(response), "08P01");
  EXPECT_TRUE(response.failure().session_over());
  EXPECT_TRUE(client.Open().has_session_opened()) << "the stream is as good as before";
}

// A late cancel of a session that has ended on this stream means none of the next one's requests.
TEST_F(HostileTest, ACancelOfAnotherSessionHitsNothing) {
  HoldSlow();
  StartRelay();
  auto client = Session();
  const auto id = SendSlow(client);
  v1::Request cancel;
  cancel.set_request_id(1000);
  cancel.mutable_cancel()->set_request_id(id);
  client.SendOctets(Framed(cancel, 4711));
  // Both requests are read in turn: with this one at the relay, so is the cancel.
  const auto last = client.SendExecute("SELECT 1", {.cursor = 2});
  client.Cancel(last);
  backend_.LetGo("SELECT slow");
  EXPECT_EQ(StateOf(client.Receive(id)), "");
  client.Receive(last);
  EXPECT_EQ(backend_.Count(Kind::kCancel), 0u);
}

// ---- too much of it ----

TEST_F(HostileTest, RequestsThatWaitMayNotFillTheMemory) {
  HoldSlow();
  StartRelay();
  auto client = Session();
  SendSlow(client);
  v1::Request request;
  request.set_request_id(1000);
  request.mutable_native_sql()->set_sql(std::string(1'000'000, 'a'));
  const std::string octets = Framed(request, 1);
  try {
    for (int i = 0; i < 8; ++i) client.SendOctets(octets);
  } catch (const std::exception&) {
    // The relay has closed the stream meanwhile.
  }
  EXPECT_TRUE(Eventually([&] { return server_->stats().connections == 0; }));
}

// Whatever credit a client grants: what it does not read stays at the database, or goes to the
// spool's file where somebody else wants the connection.
TEST_F(HostileTest, RowsThatNobodyReadsMayNotFillTheMemory) {
  constexpr std::size_t kRows = 1000;
  backend_.On("SELECT big", {.results = {fakes::NumberedRows(kRows, 60'000)}});
  Options options;
  options.limits.max_connections = 1;
  options.spool.memory_bytes = 1 << 20;
  StartRelay(options);
  auto greedy = Session();
  auto other = Session();
  const long before = tests::ResidentMemory("self");
  const auto id = greedy.SendExecute("SELECT big", {.credit = std::uint64_t{1} << 40});
  ASSERT_TRUE(Eventually([&] { return server_->stats().congested == 1; }));
  EXPECT_EQ(StateOf(other.Execute("SELECT 1")), "");  // has the connection: the rest is in the file
  if (tests::kMemoryTells) {
    EXPECT_LT(tests::ResidentMemory("self") - before, 40 * 1024);
  }
  const auto rows = greedy.ReadToEnd(greedy.Receive(id));
  EXPECT_EQ(rows.rows, kRows);
  EXPECT_EQ(rows.sqlstate, "");
  EXPECT_EQ(server_->stats().congested, 0u);
}

// Nor what it asks for and does not read; it is all there when it does.
TEST_F(HostileTest, AnswersThatNobodyReadsAreNotBegun) {
  constexpr std::size_t kRequests = 100;
  backend_.On("SELECT wide", {.results = {fakes::NumberedRows(1, 500'000)}});
  StartRelay();
  auto client = Session();
  std::vector<std::uint64_t> ids;
  for (std::size_t i = 0; i < kRequests; ++i) {
    ids.push_back(client.SendExecute("SELECT wide", {.cursor = static_cast<std::uint32_t>(i + 1)}));
  }
  ASSERT_TRUE(Eventually([&] { return server_->stats().congested == 1; }));
  EXPECT_LT(backend_.executed().size(), kRequests);
  for (const auto id : ids) {
    const auto rows = client.ReadToEnd(client.Receive(id));
    ASSERT_EQ(rows.rows, 1u);
  }
  EXPECT_EQ(backend_.executed().size(), kRequests);
}

TEST_F(HostileTest, WhoDoesNotReadCanBeCancelledAndLeave) {
  backend_.On("SELECT big", {.results = {fakes::NumberedRows(1000, 60'000)}});
  StartRelay();
  auto client = Session();
  const auto id = client.SendExecute("SELECT big", {.credit = std::uint64_t{1} << 40});
  ASSERT_TRUE(Eventually([&] { return server_->stats().congested == 1; }));
  client.Cancel(id);
  EXPECT_TRUE(EventuallyIdle(1));
  client.Drop();
  EXPECT_TRUE(Eventually([&] { return server_->stats().connections == 0; }));
}

TEST_F(HostileTest, ACancelThatIsRepeatedReachesTheBackendOnce) {
  HoldSlow(/*deaf=*/true);
  StartRelay();
  auto client = Session();
  const auto id = SendSlow(client);
  for (int i = 0; i < 1000; ++i) client.Cancel(id);
  const auto last = client.SendExecute("SELECT 1", {.cursor = 2});
  client.Cancel(last);
  ASSERT_TRUE(backend_.AwaitCount(Kind::kCancel, 1));
  backend_.LetGo("SELECT slow");
  client.Receive(id);
  client.Receive(last);
  EXPECT_LT(backend_.Count(Kind::kCancel), 20u);  // the relay's own attempts
}

// ---- cancels that would be lost ----

TEST_F(HostileTest, ACancelIsRepeatedUntilTheStatementEnds) {
  HoldSlow(/*deaf=*/true);
  StartRelay();
  auto client = Session();
  const auto id = SendSlow(client);
  client.Cancel(id);
  EXPECT_TRUE(backend_.AwaitCount(Kind::kCancel, 2));
  EXPECT_EQ(backend_.Count(Kind::kAbort), 0u);
  backend_.LetGo("SELECT slow");
  client.Receive(id);
}

TEST_F(HostileTest, ACancelBetweenTwoStatementsStopsTheSecond) {
  HoldSlow(/*deaf=*/true);
  StartRelay();
  auto client = Session();
  const auto id = SendSlow(client, "SELECT slow; SELECT 1");
  client.Cancel(id);
  ASSERT_TRUE(backend_.AwaitCount(Kind::kCancel, 1));
  backend_.LetGo("SELECT slow");
  client.Receive(id);
  EXPECT_THAT(backend_.executed(), ElementsAre("SELECT slow"));
}

}  // namespace
}  // namespace sluice::relay
