#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "odbc_driver/client/relay_client.h"
#include "tests/fakes/fake_relay.h"

namespace sluice::driver::client {

using fakes::FakeRelay;
using std::chrono::milliseconds;

inline ConnectOptions OptionsFor(const FakeRelay& relay) {
  ConnectOptions options;
  options.servers = {relay.server()};
  options.pool = "testdb";
  options.user = ::testing::UnitTest::GetInstance()->current_test_info()->name();
  options.password = "secret";
  return options;
}

// The SQLSTATE and message that `call` fails with; empty when it does not.
template <typename Call>
std::pair<std::string, std::string> FailureOf(const Call& call) {
  try {
    call();
  } catch (const RequestFailed& error) {
    return {error.sqlstate(), error.what()};
  }
  return {};
}

template <typename Call>
std::string StateOf(const Call& call) {
  return FailureOf(call).first;
}

inline ExecuteResponse ExecuteText(RelayClient& client, const std::string& sql,
                                   milliseconds timeout = milliseconds(0)) {
  ExecuteRequest request;
  request.statement_id = client.NewStatementId();
  request.sql = &sql;
  request.timeout = timeout;
  return client.Execute(request);
}

// Reads to the end; the number of rows.
inline std::size_t Drain(Cursor& cursor) {
  std::size_t rows = 0;
  while (const v1::ColumnBatch* batch = cursor.NextBatch(wire::kNoDeadline)) {
    rows += batch->row_count();
  }
  return rows;
}

inline constexpr milliseconds kNoTimeout{0};

// A session with a relay that finds nothing wrong.
class SessionTest : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_THAT(relay_.violations(), ::testing::IsEmpty()); }

  // A further session, which leaves the relay so long for an answer that is late.
  std::unique_ptr<RelayClient> OpenWithGrace(milliseconds grace) const {
    ConnectOptions options = OptionsFor(relay_);
    options.answer_grace = grace;
    return RelayClient::Open(options);
  }

  FakeRelay relay_;
  std::unique_ptr<RelayClient> client_ = RelayClient::Open(OptionsFor(relay_));
};

}  // namespace sluice::driver::client
