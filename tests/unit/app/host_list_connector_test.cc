#include "relay_server/app/host_list_connector.h"

#include <gtest/gtest.h>

#include "tests/unit/app/fake_connector.h"

namespace sluice::relay::app {
namespace {

class HostListConnectorTest : public testing::Test {
 protected:
  std::unique_ptr<HostListConnector> MakeConnector() {
    std::vector<std::unique_ptr<backend::Connector>> connectors;
    for (const auto& host : {first_, second_, third_}) {
      connectors.push_back(std::make_unique<FakeConnector>(host));
    }
    return std::make_unique<HostListConnector>(std::move(connectors));
  }
  std::vector<int> attempts() const {
    return {first_->attempts, second_->attempts, third_->attempts};
  }

  std::shared_ptr<FakeHost> first_ = std::make_shared<FakeHost>(1);
  std::shared_ptr<FakeHost> second_ = std::make_shared<FakeHost>(2);
  std::shared_ptr<FakeHost> third_ = std::make_shared<FakeHost>(3);
};

TEST_F(HostListConnectorTest, TheFirstHostThatAnswersIsTaken) {
  const auto connection = MakeConnector()->Connect(wire::kNoDeadline);
  EXPECT_EQ(connection->server_process_id(), 1U);
  EXPECT_EQ(attempts(), (std::vector{1, 0, 0}));
}

TEST_F(HostListConnectorTest, UnreachableHostsArePassedOverInOrder) {
  first_->failure = "08001";
  second_->failure = "08006";
  const auto connection = MakeConnector()->Connect(wire::kNoDeadline);
  EXPECT_EQ(connection->server_process_id(), 3U);
  EXPECT_EQ(attempts(), (std::vector{1, 1, 1}));
}

TEST_F(HostListConnectorTest, EveryConnectBeginsWithTheFirstHost) {
  const auto connector = MakeConnector();
  first_->failure = "08001";
  EXPECT_EQ(connector->Connect(wire::kNoDeadline)->server_process_id(), 2U);
  first_->failure = nullptr;
  EXPECT_EQ(connector->Connect(wire::kNoDeadline)->server_process_id(), 1U);
}

TEST_F(HostListConnectorTest, AWrongPasswordIsNotTriedElsewhere) {
  first_->failure = "28P01";
  try {
    MakeConnector()->Connect(wire::kNoDeadline);
    FAIL() << "connected with a wrong password";
  } catch (const backend::BackendError& error) {
    EXPECT_EQ(error.sqlstate(), "28P01");
  }
  EXPECT_EQ(attempts(), (std::vector{1, 0, 0}));
}

TEST_F(HostListConnectorTest, WhenNoHostAnswersTheLastReasonIsTold) {
  for (const auto& host : {first_, second_, third_}) host->failure = "08001";
  try {
    MakeConnector()->Connect(wire::kNoDeadline);
    FAIL() << "connected to hosts that do not answer";
  } catch (const backend::BackendError& error) {
    EXPECT_STREQ(error.what(), "host 3 says no");
  }
  EXPECT_EQ(attempts(), (std::vector{1, 1, 1}));
}

TEST_F(HostListConnectorTest, AServerThatStartsUpIsPassedOver) {
  first_->failure = "57P03";
  EXPECT_EQ(MakeConnector()->Connect(wire::kNoDeadline)->server_process_id(), 2U);
}

TEST_F(HostListConnectorTest, AHostThatHangsLeavesTimeForTheNext) {
  first_->failure = "08001";
  const auto deadline = wire::DeadlineAfter(std::chrono::hours(3));
  MakeConnector()->Connect(deadline);
  EXPECT_LT(first_->deadline.load(), deadline - std::chrono::hours(1));
  EXPECT_LE(second_->deadline.load(), deadline - std::chrono::hours(1));
}

TEST_F(HostListConnectorTest, TheDeadlineHoldsForTheWholeList) {
  first_->failure = "08001";
  EXPECT_THROW(MakeConnector()->Connect(wire::Clock::now() - std::chrono::seconds(1)),
               backend::BackendError);
  EXPECT_EQ(attempts(), (std::vector{1, 0, 0}));
}

}  // namespace
}  // namespace sluice::relay::app
