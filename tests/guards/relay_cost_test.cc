// What a small statement costs the relay, counted: allocations of its threads, and how often they
// are woken. operator new is this program's.

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>

#include "tests/guards/counting_new.h"
#include "tests/relay/relay_fixture.h"

namespace {

thread_local bool is_of_the_test = false;  // not one of the relay's threads
std::atomic<std::size_t> allocations{0};   // of the relay's threads

}  // namespace

void sluice::tests::CountAllocation() {
  if (!is_of_the_test) allocations.fetch_add(1, std::memory_order_relaxed);
}

namespace sluice::relay {
namespace {

constexpr std::size_t kTimes = 200;

class RelayCostTest : public RelayTest {
 protected:
  RelayCostTest() { is_of_the_test = true; }
  ~RelayCostTest() override { is_of_the_test = false; }

  static void Execute(TestClient& client, std::size_t times) {
    for (std::size_t i = 0; i < times; ++i) {
      const auto response = client.Execute("SELECT 1");
      ASSERT_TRUE(response.has_result()) << MessageOf(response);
    }
  }
};

// The scripted backend's own are among them. The ceiling is what they take, so that nobody adds to
// it unnoticed.
TEST_F(RelayCostTest, AStatementAllocatesNoMoreThanItsCeiling) {
  constexpr std::size_t kCeiling = 50;
  StartRelay();
  auto client = Session();
  Execute(client, 10);
  const std::size_t before = allocations;
  Execute(client, kTimes);
  const std::size_t per_statement = (allocations - before) / kTimes;
  RecordProperty("allocations", static_cast<int>(per_statement));
  EXPECT_GT(per_statement, 0u);
  EXPECT_LE(per_statement, kCeiling);
}

// Leader and followers: what a thread has read it also runs and answers. Timers hand a task over
// from time to time.
TEST_F(RelayCostTest, AStatementWakesOneThreadAndIsNotHandedOver) {
  StartRelay();
  auto client = Session();
  Execute(client, 10);
  const auto before = server_->workers().wakes();
  Execute(client, kTimes);
  const auto after = server_->workers().wakes();
  EXPECT_LE(after.events - before.events, kTimes + kTimes / 10);
  EXPECT_LE(after.handed_over - before.handed_over, kTimes / 10);
}

}  // namespace
}  // namespace sluice::relay
