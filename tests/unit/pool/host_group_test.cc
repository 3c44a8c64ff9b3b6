#include "relay_server/pool/host_group.h"

#include <array>

#include "tests/unit/pool/pool_fixture.h"

namespace sluice::relay::pool {
namespace {

using backend::ServerRole;
using ::testing::AllOf;
using ::testing::HasSubstr;

// Three hosts, which are a primary and two replicas unless the test makes them something else.
class HostGroupTest : public PoolTest {
 protected:
  static constexpr std::size_t kHosts = 3;

  void MakeGroup(PoolLimits limits = {}, std::size_t hosts = kHosts) {
    log::SetLevel(log::Level::kError);
    std::vector<HostGroup::Host> members;
    for (std::size_t i = 0; i < hosts; ++i) {
      pools_.push_back(std::make_shared<BackendPool>("sales", limits, servers_[i].MakeConnector(),
                                                     executor_, timer_));
      members.push_back({"db" + std::to_string(i), pools_.back()});
    }
    group_ = std::make_shared<HostGroup>("sales", std::move(members), executor_, timer_);
  }
  void SetRoles(ServerRole first, ServerRole second, ServerRole third) {
    servers_[0].SetRole(first);
    servers_[1].SetRole(second);
    servers_[2].SetRole(third);
  }
  void SetUp() override {
    SetRoles(ServerRole::kPrimary, ServerRole::kReplica, ServerRole::kReplica);
  }
  void TearDown() override {
    group_->Shutdown();
    executor_.DropAll();
  }

  // The number of the host that a lease came from; the lease is kept.
  int Lease(bool read_only) {
    auto attempt = group_->TryAcquire(read_only, wire::kNoDeadline);
    if (!attempt.grant || !std::holds_alternative<BackendLease>(*attempt.grant)) return -1;
    leases_.push_back(std::move(std::get<BackendLease>(*attempt.grant)));
    return NumberOf(attempt.backends);
  }
  int Write() {
    const int host = Lease(false);
    leases_.clear();
    return host;
  }
  int Read() {
    const int host = Lease(true);
    leases_.clear();
    return host;
  }
  int NumberOf(const BackendPool* backends) const {
    for (std::size_t i = 0; i < pools_.size(); ++i) {
      if (pools_[i].get() == backends) return static_cast<int>(i);
    }
    return -1;
  }
  // The relay asks all hosts what they are.
  void AskAll() {
    group_->Start();
    executor_.RunAll();
  }
  std::string WriteError() {
    try {
      group_->TryAcquire(false, wire::kNoDeadline);
    } catch (const PoolError& error) {
      EXPECT_EQ(error.sqlstate(), "08001");
      return error.what();
    }
    return "none";
  }
  void Kill(std::size_t host) {
    servers_[host].OnConnect(fakes::ScriptedError{"08001", "connection refused", true});
    servers_[host].CloseConnections();
  }
  void Revive(std::size_t host) { servers_[host].OnConnect(std::nullopt); }

  std::array<fakes::FakeBackend, kHosts> servers_;
  std::vector<std::shared_ptr<BackendPool>> pools_;
  std::shared_ptr<HostGroup> group_;
  std::vector<BackendLease> leases_;
};

TEST_F(HostGroupTest, WritesGoToThePrimaryWhereverItStands) {
  SetRoles(ServerRole::kReplica, ServerRole::kReplica, ServerRole::kPrimary);
  MakeGroup();
  EXPECT_EQ(Write(), 2);
  EXPECT_EQ(Write(), 2);
}

TEST_F(HostGroupTest, ReadersGoToTheLeastLoadedReplica) {
  MakeGroup();
  EXPECT_EQ(Lease(true), 1);
  EXPECT_EQ(Lease(true), 2);
  EXPECT_EQ(Lease(true), 1);
  EXPECT_EQ(Lease(false), 0);
}

TEST_F(HostGroupTest, WithoutAReplicaReadersGoToThePrimary) {
  MakeGroup();
  EXPECT_EQ(Read(), 1);
  Kill(1);
  Kill(2);
  EXPECT_EQ(Read(), 0);
  EXPECT_EQ(Read(), 0);
}

TEST_F(HostGroupTest, AHostThatStandsAloneIsNotAsked) {
  servers_[0].SetRole(ServerRole::kReplica);
  MakeGroup({}, 1);
  EXPECT_EQ(Write(), 0);
  EXPECT_EQ(group_->hosts().front().role, HostRole::kUnknown);
  EXPECT_TRUE(group_->hosts().front().takes_writes);
}

TEST_F(HostGroupTest, APromotedReplicaIsFollowedAtOnceWhenThePrimaryIsGone) {
  MakeGroup();
  EXPECT_EQ(Write(), 0);
  Kill(0);
  servers_[1].SetRole(ServerRole::kPrimary);
  EXPECT_EQ(Write(), 1);
  EXPECT_EQ(Read(), 2);
}

TEST_F(HostGroupTest, APrimaryThatBecomesAReplicaIsNoticedWhenAsked) {
  MakeGroup();
  AskAll();
  EXPECT_EQ(Write(), 0);
  SetRoles(ServerRole::kReplica, ServerRole::kReplica, ServerRole::kPrimary);
  AskAll();
  EXPECT_EQ(Write(), 2);
  EXPECT_TRUE(group_->hosts()[2].takes_writes);
  EXPECT_FALSE(group_->hosts()[0].takes_writes);
}

TEST_F(HostGroupTest, NobodyTakesWritesSaysWhatEachHostIs) {
  MakeGroup();
  Kill(0);
  servers_[2].SetRole(ServerRole::kUnfit);
  EXPECT_THAT(WriteError(), AllOf(HasSubstr("no host of pool \"sales\" takes writes"),
                                  HasSubstr("db0 is unreachable (connection refused)"),
                                  HasSubstr("db1 is replica"), HasSubstr("db2 is not in step")));
  EXPECT_EQ(Read(), 1);
}

TEST_F(HostGroupTest, APrimaryThatComesBackIsUsedAgain) {
  MakeGroup();
  Kill(0);
  EXPECT_NE(WriteError(), "none");
  Revive(0);
  timer_.Advance(std::chrono::seconds(1));  // the pause after a failed connect
  EXPECT_EQ(Write(), 0);
}

TEST_F(HostGroupTest, AWrongPasswordIsNotTriedElsewhere) {
  servers_[0].OnConnect(fakes::ScriptedError{"28P01", "password authentication failed"});
  MakeGroup({}, 2);
  const auto attempt = group_->TryAcquire(false, wire::kNoDeadline);
  ASSERT_TRUE(attempt.grant.has_value());
  const auto* error = std::get_if<std::exception_ptr>(&*attempt.grant);
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(Describe(*error).first, "28P01");
}

TEST_F(HostGroupTest, AServerThatStartsUpIsPassedOver) {
  SetRoles(ServerRole::kPrimary, ServerRole::kReplica, ServerRole::kReplica);
  MakeGroup();
  EXPECT_EQ(Write(), 0);
  servers_[0].OnConnect(fakes::ScriptedError{"57P03", "the database system is starting up"});
  servers_[0].CloseConnections();
  servers_[1].SetRole(ServerRole::kPrimary);
  EXPECT_EQ(Write(), 1);
}

TEST_F(HostGroupTest, ABusyPrimaryIsWaitedFor) {
  MakeGroup({.max_connections = 1});
  EXPECT_EQ(Lease(false), 0);
  const auto attempt = group_->TryAcquire(false, wire::kNoDeadline);
  EXPECT_FALSE(attempt.grant.has_value());
  EXPECT_EQ(NumberOf(attempt.backends), 0);
}

TEST_F(HostGroupTest, PeersShareReadersAndLeaveWritesToOneOfThem) {
  SetRoles(ServerRole::kPeer, ServerRole::kPeer, ServerRole::kPeer);
  MakeGroup();
  EXPECT_EQ(Write(), 0);
  EXPECT_EQ(Lease(true), 1);
  EXPECT_EQ(Lease(true), 2);
  leases_.clear();
  Kill(0);
  EXPECT_EQ(Write(), 1);
  Revive(0);
  timer_.Advance(std::chrono::seconds(1));
  AskAll();
  EXPECT_EQ(Write(), 1);  // it is one still, and stays
  EXPECT_EQ(Read(), 0);
}

TEST_F(HostGroupTest, ASecondPrimaryGetsNeitherWritesNorReaders) {
  MakeGroup({}, 2);
  AskAll();
  servers_[1].SetRole(ServerRole::kPrimary);
  AskAll();
  EXPECT_EQ(Write(), 0);
  EXPECT_EQ(Read(), 0);
}

TEST_F(HostGroupTest, HostsAreAskedOnConnectionsOfThePool) {
  MakeGroup({.max_connections = 1});
  AskAll();
  AskAll();
  for (const auto& server : servers_) EXPECT_EQ(server.max_live(), 1u);
  for (const auto& host : group_->hosts()) EXPECT_EQ(host.backends->stats().active, 0u);
}

TEST_F(HostGroupTest, AHostThatIsBusyKeepsItsRoleAndIsAskedWhenItsTurnComes) {
  MakeGroup({.max_connections = 1});
  EXPECT_EQ(Lease(false), 0);
  servers_[0].SetRole(ServerRole::kReplica);
  AskAll();
  EXPECT_TRUE(group_->hosts()[0].takes_writes);
  leases_.clear();
  executor_.RunAll();
  EXPECT_EQ(group_->hosts()[0].role, HostRole::kReplica);
}

}  // namespace
}  // namespace sluice::relay::pool
