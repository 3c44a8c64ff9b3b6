// Cancels, deadlines, and what a relay may do in place of an answer.

#include <atomic>
#include <future>
#include <latch>
#include <memory>
#include <optional>
#include <thread>

#include <Poco/Net/ServerSocket.h>

#include "proto/wire/message_channel.h"
#include "tests/unit/client/client_fixture.h"

namespace sluice::driver::client {
namespace {

using fakes::FakeResult;
using ::testing::HasSubstr;

class LinkFailureTest : public SessionTest {};

TEST_F(LinkFailureTest, CancelFromAnotherThreadReachesTheRequest) {
  relay_.OnExecute("SLEEP", [](FakeRelay::Exchange& e) {
    if (e.AwaitCancel()) e.Fail("HY008", "canceled");
  });
  std::atomic<std::uint64_t> request_id = 0;
  std::thread canceler([&] {
    ASSERT_TRUE(relay_.AwaitCount(v1::Request::kExecute, 1));
    client_->Cancel(request_id);
  });
  const std::string sql = "SLEEP";
  ExecuteRequest request;
  request.statement_id = client_->NewStatementId();
  request.sql = &sql;
  request.on_request_id = [&](std::uint64_t id) { request_id = id; };
  EXPECT_EQ(StateOf([&] { client_->Execute(request); }), "HY008");
  canceler.join();
}

TEST_F(LinkFailureTest, CancelsWhatTheRelayDoesNotTimeOut) {
  relay_.OnExecute("SLEEP", [](FakeRelay::Exchange& e) {
    if (e.AwaitCancel()) e.Fail("HY008", "canceled");
  });
  const auto client = OpenWithGrace(milliseconds(2000));  // in which the cancel is answered
  EXPECT_EQ(StateOf([&] { ExecuteText(*client, "SLEEP", milliseconds(10)); }), "HYT00");
  client->Ping(kNoTimeout);
}

TEST_F(LinkFailureTest, TheRelaysOwnTimeoutPasses) {
  relay_.OnExecute("SLEEP", [](FakeRelay::Exchange& e) { e.Fail("HYT00", "too slow"); });
  EXPECT_EQ(FailureOf([&] { ExecuteText(*client_, "SLEEP", milliseconds(5000)); }).second,
            "too slow");
  EXPECT_EQ(relay_.requests().back().timeout_ms(), 5000u);
}

TEST_F(LinkFailureTest, ARelayThatNeverAnswersIsALostLink) {
  relay_.OnExecute("SLEEP", [](FakeRelay::Exchange& e) {
    e.AwaitCancel();  // and says nothing
  });
  const auto client = OpenWithGrace(milliseconds(50));
  EXPECT_EQ(StateOf([&] { ExecuteText(*client, "SLEEP", milliseconds(10)); }), "08S01");
  EXPECT_TRUE(client->IsDead());
  const auto [state, message] = FailureOf([&] { client->Ping(kNoTimeout); });
  EXPECT_EQ(state, "08S01");
  EXPECT_THAT(message, HasSubstr("the connection to the relay at " + relay_.server()));
}

TEST_F(LinkFailureTest, AnswersToUnknownRequestsAreSkipped) {
  relay_.OnExecute("UPDATE", [](FakeRelay::Exchange& e) {
    v1::Response stray;
    stray.set_request_id(999);
    stray.mutable_pong();
    e.Reply(stray);
    e.Reply(fakes::AffectedRows(1));
  });
  EXPECT_EQ(ExecuteText(*client_, "UPDATE").result.affected_rows(), 1u);
}

TEST_F(LinkFailureTest, TheFirstAnswerCounts) {
  relay_.OnExecute("UPDATE", [](FakeRelay::Exchange& e) {
    std::string both;  // in one go, so that both have come before anything else
    for (const std::uint64_t rows : {1, 2}) {
      v1::Response response;
      response.mutable_result()->set_affected_rows(rows);
      both += e.Encode(response);
    }
    e.SendOctets(both);
  });
  const std::string sql = "UPDATE";
  ExecuteRequest request;
  request.statement_id = client_->NewStatementId();
  request.sql = &sql;
  const auto call = client_->StartExecute(request);
  ASSERT_TRUE(relay_.AwaitCount(v1::Request::kExecute, 1));
  while (!call->Ready()) std::this_thread::yield();
  client_->Ping(kNoTimeout);  // what had come before is read
  EXPECT_EQ(client_->TakeResult(*call).result.affected_rows(), 1u);
}

TEST_F(LinkFailureTest, RowsBeyondTheCreditEndTheStream) {
  relay_.OnExecute("SELECT", [](FakeRelay::Exchange& e) {
    const FakeResult rows = fakes::NumberedRows(2000, 1000);
    const auto cursor_id = e.request().execute().cursor_id();
    v1::Response response;
    for (const auto& column : rows.columns) *response.mutable_result()->add_columns() = column;
    response.mutable_result()->mutable_first_rows()->set_cursor_id(cursor_id);
    *response.mutable_result()->mutable_first_rows()->mutable_batch() = rows.batches[0];
    const std::string both = e.Encode(response);
    response.Clear();
    response.mutable_rows()->set_cursor_id(cursor_id);
    *response.mutable_rows()->mutable_batch() = rows.batches[1];
    e.SendOctets(both + e.Encode(response));
  });
  client_->set_fetch_bytes(1 << 10);
  const ExecuteResponse response = ExecuteText(*client_, "SELECT");
  EXPECT_EQ(StateOf([&] { client_->Ping(kNoTimeout); }), "08S01");
}

TEST_F(LinkFailureTest, TheWrongAnswerEndsTheStream) {
  relay_.OnExecute("UPDATE", [](FakeRelay::Exchange& e) {
    v1::Response response;
    response.mutable_pong();
    e.Reply(response);
  });
  EXPECT_EQ(StateOf([&] { ExecuteText(*client_, "UPDATE"); }), "08S01");
  EXPECT_TRUE(client_->IsDead());
}

TEST_F(LinkFailureTest, SessionOverPassesItsReasonAndEndsAll) {
  relay_.OnExecute("UPDATE", [](FakeRelay::Exchange& e) {
    v1::Response response;
    response.mutable_failure()->set_session_over(true);
    response.add_diagnostics()->set_sqlstate("08004");
    response.mutable_diagnostics(0)->set_message("the relay stops");
    e.Reply(response);
  });
  EXPECT_EQ(StateOf([&] { ExecuteText(*client_, "UPDATE"); }), "08004");
  const auto [state, message] = FailureOf([&] { client_->Ping(kNoTimeout); });
  EXPECT_EQ(state, "08S01");
  EXPECT_THAT(message, HasSubstr("the relay stops"));
}

// A relay that opens a session and reads nothing from then on.
class DeafRelay {
 public:
  ~DeafRelay() {
    done_.count_down();
    thread_.join();
  }
  ConnectOptions Options() const {
    ConnectOptions options;
    options.servers = {listener_.address().toString()};
    return options;
  }

 private:
  void Run() {
    wire::MessageChannel channel(listener_.acceptConnection());
    v1::Request open;
    ASSERT_TRUE(channel.Receive(open, nullptr, wire::kNoDeadline));
    v1::Response opened;
    opened.set_request_id(open.request_id());
    opened.mutable_session_opened()->set_protocol_version(wire::kProtocolVersion);
    opened.mutable_session_opened()->set_session_id(1);
    channel.Send(opened, 1, wire::kNoDeadline);
    done_.wait();
  }

  Poco::Net::ServerSocket listener_{Poco::Net::SocketAddress("127.0.0.1", 0)};
  std::latch done_{1};
  std::thread thread_{[this] { Run(); }};
};

// A relay that stops reading must not hold up the thread that cancels, too.
TEST(CancelTest, DoesNotWaitForARequestThatIsBeingSent) {
  std::optional<DeafRelay> relay(std::in_place);
  const auto client = RelayClient::Open(relay->Options());
  std::promise<std::uint64_t> under_way;
  std::thread sender([&] {
    const std::string sql(std::size_t{32} << 20, 'x');
    ExecuteRequest request;
    request.statement_id = client->NewStatementId();
    request.sql = &sql;
    request.on_request_id = [&](std::uint64_t id) { under_way.set_value(id); };
    EXPECT_EQ(StateOf([&] { client->Execute(request); }), "08S01");
  });
  client->Cancel(under_way.get_future().get());
  relay.reset();
  sender.join();
}

TEST(CancelTest, WaitsForRoomOnlySoLong) {
  const DeafRelay relay;
  ConnectOptions options = relay.Options();
  options.one_way_timeout = milliseconds(10);
  const auto client = RelayClient::Open(options);
  while (!client->IsDead()) client->Cancel(4711);  // until there is no room left
  EXPECT_EQ(StateOf([&] { client->Ping(kNoTimeout); }), "08S01");
}

// What a relay may do in place of an answer; all threads that wait must learn of it.
class MishapTest : public LinkFailureTest,
                   public ::testing::WithParamInterface<void (*)(FakeRelay::Exchange&)> {};

TEST_P(MishapTest, EveryWaitingThreadGets08S01) {
  relay_.OnExecute("SLEEP", [](FakeRelay::Exchange& e) { e.AwaitCancel(); });
  relay_.OnExecute("MISHAP", GetParam());
  std::vector<std::thread> threads;
  std::atomic<int> told = 0;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back(
        [&] { told += StateOf([&] { ExecuteText(*client_, "SLEEP"); }) == "08S01"; });
  }
  ASSERT_TRUE(relay_.AwaitCount(v1::Request::kExecute, 3));
  EXPECT_EQ(StateOf([&] { ExecuteText(*client_, "MISHAP"); }), "08S01");
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(told, 3);
  EXPECT_TRUE(client_->IsDead());
}

void DropAtOnce(FakeRelay::Exchange& e) { e.Drop(); }

void DropInMidFrame(FakeRelay::Exchange& e) {
  v1::Response response;
  response.mutable_pong();
  response.add_diagnostics()->set_message(std::string(1000, 'x'));
  const std::string octets = e.Encode(response);
  e.SendOctets(octets.substr(0, octets.size() / 2));
  e.Drop();
}

void SendGarbage(FakeRelay::Exchange& e) { e.SendOctets(std::string(100, '\xee')); }

INSTANTIATE_TEST_SUITE_P(All, MishapTest,
                         ::testing::Values(&DropAtOnce, &DropInMidFrame, &SendGarbage));

TEST_F(LinkFailureTest, HalfAFrameIsWaitedFor) {
  std::latch first_half_read(1);
  relay_.OnExecute("UPDATE", [&](FakeRelay::Exchange& e) {
    v1::Response response;
    response.mutable_result()->set_affected_rows(7);
    const std::string octets = e.Encode(response);
    e.SendOctets(octets.substr(0, octets.size() - 1));
    first_half_read.wait();
    e.SendOctets(octets.substr(octets.size() - 1));
  });
  std::thread other([&] { first_half_read.count_down(); });
  EXPECT_EQ(ExecuteText(*client_, "UPDATE").result.affected_rows(), 7u);
  other.join();
}

TEST_F(LinkFailureTest, IdleConnectionThatTheRelayClosedIsDead) {
  EXPECT_FALSE(client_->IsDead());
  const std::size_t before = relay_.requests().size();
  relay_.DropConnections();
  EXPECT_EQ(StateOf([&] { client_->Ping(kNoTimeout); }), "08S01");
  EXPECT_TRUE(client_->IsDead());
  EXPECT_EQ(relay_.requests().size(), before);
}

// A warm stream may bring what was for the session before, whose cursors had the same ids.
TEST_F(LinkFailureTest, WhatIsForAnotherSessionIsSkipped) {
  relay_.OnExecute("SELECT", [](FakeRelay::Exchange& e) {
    const FakeResult rows = fakes::NumberedRows(1, 1);
    v1::Response stale;
    stale.mutable_rows()->set_cursor_id(e.request().execute().cursor_id());
    *stale.mutable_rows()->mutable_batch() = rows.batches[0];
    std::string octets;
    wire::AppendMessage(stale, {.session_id = 4711}, octets);
    e.SendOctets(octets);
    e.Reply(rows);
  });
  const ExecuteResponse response = ExecuteText(*client_, "SELECT");
  EXPECT_EQ(Drain(*response.cursor), 1u);
}

// Answers to others come without end, but the one that is waited for does not.
TEST_F(LinkFailureTest, ADeadlineIsKeptWhateverElseArrives) {
  // The relay's thread may look at it when this test is over.
  const auto enough = std::make_shared<std::atomic<bool>>(false);
  relay_.OnExecute("SELECT", [enough](FakeRelay::Exchange& e) {
    v1::Response response;
    *response.mutable_result()->add_columns() = fakes::IntColumn("n");
    e.Reply(response);
    response.Clear();
    response.set_request_id(4711);
    response.mutable_pong();
    std::string octets;
    for (int i = 0; i < 1000; ++i) octets += e.Encode(response);
    while (!*enough) e.SendOctets(octets);
  });
  const ExecuteResponse response = ExecuteText(*client_, "SELECT");
  EXPECT_EQ(StateOf([&] { response.cursor->NextBatch(wire::DeadlineAfter(milliseconds(10))); }),
            "HYT00");
  EXPECT_FALSE(response.cursor->Ready()) << "nor does a look wait";
  *enough = true;
  relay_.DropConnections();
}

TEST_F(LinkFailureTest, RowsThatBreakOffWithoutAReasonFailToo) {
  relay_.OnExecute("SELECT", [](FakeRelay::Exchange& e) {
    v1::Response response;
    *response.mutable_result()->add_columns() = fakes::IntColumn("n");
    response.mutable_result()->mutable_first_rows()->set_end(true);
    response.mutable_result()->mutable_first_rows()->set_failed(true);
    e.Reply(response);
  });
  const ExecuteResponse response = ExecuteText(*client_, "SELECT");
  EXPECT_EQ(StateOf([&] { Drain(*response.cursor); }), "HY000");
}

TEST_F(LinkFailureTest, MoreColumnsThanOdbcNumbersEndTheStream) {
  relay_.OnExecute("SELECT", [](FakeRelay::Exchange& e) {
    v1::Response response;
    for (int i = 0; i < 32768; ++i) response.mutable_result()->add_columns();
    e.Reply(response);
  });
  EXPECT_EQ(StateOf([&] { ExecuteText(*client_, "SELECT"); }), "08S01");
}

}  // namespace
}  // namespace sluice::driver::client
