#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "relay_server/net/server.h"
#include "tests/fakes/fake_backend.h"
#include "tests/relay/test_client.h"

namespace sluice::relay {

// A whole relay in front of a scripted backend, with a pool "db" for alice and rita, who may only
// read; both have the password "secret".
class RelayTest : public ::testing::Test {
 protected:
  using Kind = fakes::BackendCall::Kind;
  using Run = TestClient::Run;

  struct Options {
    // Longer than any test waits: who leaves the pool's queue does so for the test's reason.
    pool::PoolLimits limits = {.wait_timeout = std::chrono::minutes(10)};
    std::optional<session::PoolMode> mode_of_alice = {};
    session::PoolModes modes = {};
    session::SpoolLimits spool = {};
    session::SessionLimits sessions = {};
    std::size_t max_sessions_of_rita = 0;
    std::size_t max_clients = 1000;
    std::size_t max_message_bytes = 1 << 20;
    Poco::Net::Context::Ptr tls = {};
    std::chrono::milliseconds keepalive = net::kDefaultKeepalive;
  };

  ~RelayTest() override;

  void StartRelay() { StartRelay(Options()); }
  void StartRelay(const Options& options);
  void StartRelay(std::size_t max_connections);
  void StopRelay();

  TestClient Connect() { return TestClient::To(port_); }
  // Connects and opens a session.
  TestClient Session();

  // From now on "SELECT slow", which answers with a row, runs until backend_.LetGo(). `deaf`: see
  // FakeBackend::HoldExecute().
  void HoldSlow(bool deaf = false);
  // Sends it, and waits until the backend has it. Gives the request's id.
  std::uint64_t SendSlow(TestClient& client, const std::string& sql = "SELECT slow");

  pool::PoolStats stats() const { return pool_->stats(); }
  // Waits, for what no event tells of, until it holds; false after 40 s.
  static bool Eventually(const std::function<bool()>& holds);
  bool EventuallyIdle(std::size_t connections);  // and nothing leased
  bool EventuallyWaiting(std::size_t waiters);

  fakes::FakeBackend backend_;
  std::unique_ptr<net::Server> server_;
  std::shared_ptr<pool::BackendPool> pool_;
  std::uint16_t port_ = 0;
};

}  // namespace sluice::relay
