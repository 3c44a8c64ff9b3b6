#include "relay_server/app/readiness.h"

#include <gtest/gtest.h>

#include "tests/unit/app/fake_connector.h"

namespace sluice::relay::app {
namespace {

using std::chrono::milliseconds;

class NoExecutor : public pool::Executor {
 public:
  void Post(pool::Task) override {}
};

class NoTimer : public pool::Timer {
 public:
  Id Schedule(wire::Deadline, pool::Task) override { return 1; }
  void Cancel(Id) override {}
};

class ReadinessTest : public testing::Test {
 protected:
  std::shared_ptr<FakeHost> AddPool(const std::string& name, pool::PoolLimits limits = {}) {
    auto host = std::make_shared<FakeHost>();
    auto backends = std::make_shared<pool::BackendPool>(
        name, limits, std::make_unique<FakeConnector>(host), executor_, timer_);
    auto hosts = std::make_shared<pool::HostGroup>(
        name, std::vector<pool::HostGroup::Host>{{"", std::move(backends)}}, executor_, timer_);
    directory_.pools[name] =
        std::make_shared<session::ServedPool>(std::move(hosts), session::PoolMode::kTransaction);
    return host;
  }

  NoExecutor executor_;
  NoTimer timer_;
  session::Directory directory_;
};

TEST_F(ReadinessTest, IsThereWhenEveryPoolCanConnect) {
  AddPool("sales");
  AddPool("stock");
  EXPECT_EQ(Readiness(milliseconds(0)).Check(directory_), "");
}

TEST_F(ReadinessTest, NamesEveryPoolThatCannotAndWhy) {
  AddPool("sales")->failure = "08001";
  AddPool("stock");
  AddPool("tax")->failure = "28P01";
  EXPECT_EQ(Readiness(milliseconds(0)).Check(directory_),
            "pool sales: host 1 says no\npool tax: host 1 says no\n");
}

TEST_F(ReadinessTest, AReasonOfManyLinesIsOneLine) {
  const auto host = AddPool("sales");
  host->reason = " refuses.\nDoes it run?";
  host->failure = "08001";
  EXPECT_EQ(Readiness(milliseconds(0)).Check(directory_),
            "pool sales: host 1 refuses. Does it run?\n");
}

TEST_F(ReadinessTest, AConnectionThatIdlesIsEnough) {
  const auto host = AddPool("sales");
  Readiness readiness(milliseconds(0));
  EXPECT_EQ(readiness.Check(directory_), "");
  host->failure = "08001";  // for new connections
  EXPECT_EQ(readiness.Check(directory_), "");
  EXPECT_EQ(host->attempts, 1);
}

TEST_F(ReadinessTest, APoolThatIsBusyToItsLimitServes) {
  pool::PoolLimits limits;
  limits.max_connections = 1;
  const auto host = AddPool("sales", limits);
  const auto lease = directory_.pools["sales"]->backends->TryAcquire(false, wire::kNoDeadline);
  ASSERT_TRUE(lease.grant && std::holds_alternative<pool::BackendLease>(*lease.grant));
  host->failure = "08001";
  EXPECT_EQ(Readiness(milliseconds(0)).Check(directory_), "");
}

TEST_F(ReadinessTest, TheProbeGivesItsConnectionBack) {
  AddPool("sales");
  Readiness(milliseconds(0)).Check(directory_);
  const auto stats = directory_.pools["sales"]->backends->hosts().front().backends->stats();
  EXPECT_EQ(stats.idle, 1U);
  EXPECT_EQ(stats.active, 0U);
}

TEST_F(ReadinessTest, AnAnswerIsRepeatedWhileItIsFresh) {
  const auto host = AddPool("sales");
  host->failure = "08001";
  Readiness readiness(std::chrono::hours(1));
  const auto first = readiness.Check(directory_);
  EXPECT_NE(first, "");
  EXPECT_EQ(readiness.Check(directory_), first);
  EXPECT_EQ(host->attempts, 1);
}

}  // namespace
}  // namespace sluice::relay::app
