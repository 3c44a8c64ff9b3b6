#include <atomic>
#include <thread>

#include "tests/relay/relay_fixture.h"

namespace sluice::relay {
namespace {

using ::testing::HasSubstr;

class SharingTest : public RelayTest {};

TEST_F(SharingTest, ManyClientsShareAFewBackends) {
  backend_.On("SELECT many", {.results = {fakes::NumberedRows(500, 100)}});
  StartRelay(5);
  constexpr int kThreads = 8;
  constexpr int kClientsPerThread = 25;
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      std::vector<TestClient> clients;
      for (int i = 0; i < kClientsPerThread; ++i) clients.push_back(Session());
      for (int round = 0; round < 3; ++round) {
        // All of the thread's clients ask at once.
        std::vector<std::uint64_t> ids;
        for (auto& client : clients) {
          const auto cursor = static_cast<std::uint32_t>(round + 1);
          ids.push_back(client.SendExecute("SELECT many", {.cursor = cursor, .credit = 1}));
        }
        for (std::size_t i = 0; i < clients.size(); ++i) {
          const auto first = clients[i].Receive(ids[i]);
          if (first.has_result() && clients[i].ReadToEnd(first).rows == 500) ++right;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right.load(), kThreads * kClientsPerThread * 3);
  EXPECT_LE(backend_.max_live(), 5u);
  EXPECT_TRUE(Eventually([&] { return stats().active == 0; }));
}

TEST_F(SharingTest, TransactionsOfManyClientsTakeTurns) {
  StartRelay(2);
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&] {
      auto client = Session();
      for (int round = 0; round < 20; ++round) {
        client.Execute("INSERT", {.autocommit = false});
        client.Execute("INSERT");
        if (client.EndTransaction(round % 2 == 0).has_transaction_ended()) ++right;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right.load(), 6 * 20);
  EXPECT_LE(backend_.max_live(), 2u);
  EXPECT_TRUE(Eventually([&] { return stats().active == 0; }));
}

TEST_F(SharingTest, AFullQueueRefusesAtOnce) {
  HoldSlow();
  Options options;
  options.limits.max_connections = 1;
  options.limits.max_waiting = 1;
  StartRelay(options);
  auto first = Session();
  auto second = Session();
  auto third = Session();
  const auto running = SendSlow(first);
  const auto waiting = second.SendExecute("SELECT 1");
  ASSERT_TRUE(EventuallyWaiting(1));
  const auto refused = third.Execute("SELECT 1");
  EXPECT_EQ(StateOf(refused), "08004");
  EXPECT_THAT(MessageOf(refused), HasSubstr("max_waiting = 1"));
  backend_.LetGo("SELECT slow");
  EXPECT_EQ(StateOf(first.Receive(running)), "");
  EXPECT_EQ(StateOf(second.Receive(waiting)), "");
}

// ---- the end ----

TEST_F(SharingTest, DrainingClosesIdleSessionsAndWaitsForTheOthers) {
  HoldSlow();
  StartRelay();
  auto idle = Session();
  auto busy = Session();
  const auto id = SendSlow(busy);
  std::thread drain([&] { server_->Drain(wire::DeadlineAfter(std::chrono::seconds(60))); });
  EXPECT_TRUE(idle.AwaitEndOfStream());
  EXPECT_TRUE(Eventually([&] { return server_->stats().connections == 1; }));
  EXPECT_ANY_THROW(Connect().Open());
  backend_.LetGo("SELECT slow");
  EXPECT_EQ(StateOf(busy.Receive(id)), "");
  EXPECT_TRUE(busy.AwaitEndOfStream());
  drain.join();
  EXPECT_EQ(server_->stats().connections, 0u);
}

TEST_F(SharingTest, DrainingLetsATransactionEnd) {
  StartRelay();
  auto idle = Session();
  auto client = Session();
  client.Execute("INSERT", {.autocommit = false});
  std::thread drain([&] { server_->Drain(wire::DeadlineAfter(std::chrono::seconds(60))); });
  EXPECT_TRUE(idle.AwaitEndOfStream());  // so it has begun
  EXPECT_EQ(StateOf(client.Execute("INSERT")), "");
  EXPECT_EQ(StateOf(client.EndTransaction(true)), "");
  EXPECT_TRUE(client.AwaitEndOfStream());
  drain.join();
}

TEST_F(SharingTest, DrainingPastItsDeadlineCancelsWhatRuns) {
  HoldSlow();
  StartRelay();
  auto client = Session();
  SendSlow(client);
  server_->Drain(wire::Clock::now());
  EXPECT_EQ(backend_.Count(Kind::kCancel), 1u);
  EXPECT_EQ(server_->stats().connections, 0u);
}

TEST_F(SharingTest, ABackendThatDiedWhileIdleIsReplaced) {
  StartRelay();
  auto client = Session();
  client.Execute("SELECT 1");
  ASSERT_TRUE(EventuallyIdle(1));
  backend_.CloseConnections();
  EXPECT_EQ(StateOf(client.Execute("SELECT 1")), "");
  EXPECT_EQ(backend_.Count(Kind::kConnect), 2u);
  EXPECT_EQ(backend_.live(), 1u);
}

}  // namespace
}  // namespace sluice::relay
