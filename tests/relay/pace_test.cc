// Requests at whatever pace: the relay's threads look for the next one themselves for a while, and
// have the socket watched else.

#include "tests/relay/relay_fixture.h"

namespace sluice::relay {
namespace {

class PaceTest : public RelayTest {
 protected:
  // Keeps this thread's core. Any length will do: the pauses of a test surround those that the
  // relay waits through awake.
  static void Pause(std::chrono::microseconds pause) {
    const auto end = wire::Clock::now() + pause;
    while (wire::Clock::now() < end) {
    }
  }
  static std::chrono::microseconds NthPause(int n) {
    return std::chrono::microseconds(n * 37 % 400);
  }
};

// TestClient throws when an answer does not come.
TEST_F(PaceTest, ARequestIsNoticedWheneverItComes) {
  StartRelay();
  auto client = Session();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(StateOf(client.Execute("SELECT 1")), "");
    Pause(NthPause(i));
  }
}

TEST_F(PaceTest, ACancelIsNoticedWhateverCameBeforeItsRequest) {
  backend_.On("SELECT slow", {.results = {fakes::NumberedRows(1)}});
  StartRelay();
  auto client = Session();
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(StateOf(client.Execute("SELECT 1")), "");
    Pause(NthPause(i));
    backend_.HoldExecute("SELECT slow");
    const auto id = client.SendExecute("SELECT slow");
    ASSERT_TRUE(backend_.AwaitHeld("SELECT slow"));
    client.Cancel(id);
    ASSERT_EQ(StateOf(client.Receive(id)), "HY008");
  }
}

TEST_F(PaceTest, AClientThatVanishesIsNoticedWhenever) {
  StartRelay();
  for (int i = 0; i < 50; ++i) {
    auto client = Session();
    ASSERT_EQ(StateOf(client.Execute("SELECT 1")), "");
    Pause(NthPause(i));
    client.Drop();
    ASSERT_TRUE(Eventually([&] { return server_->stats().sessions == 0; }));
  }
}

// The relay's other work for the stream does not wait for the client either.
TEST_F(PaceTest, TheRelayDrainsBetweenRequests) {
  StartRelay();
  auto client = Session();
  ASSERT_EQ(StateOf(client.Execute("SELECT 1")), "");
  server_->Drain(wire::DeadlineAfter(std::chrono::seconds(20)));
  EXPECT_EQ(server_->stats().sessions, 0u);
  EXPECT_TRUE(client.AwaitEndOfStream());
}

}  // namespace
}  // namespace sluice::relay
