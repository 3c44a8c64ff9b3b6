#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "relay_server/backend/backend.h"

namespace sluice::relay::app {

// A backend connection that is there and clean, and runs nothing.
class IdleConnection : public backend::BackendConnection {
 public:
  explicit IdleConnection(std::uint64_t host) : host_(host) {}

  backend::ResultHead Execute(const backend::Execution&) override { return {}; }
  backend::FetchStatus FetchRows(values::BatchBuilder&, const backend::FetchLimits&) override {
    return backend::FetchStatus::kEnd;
  }
  std::optional<backend::ResultHead> NextResult() override { return std::nullopt; }
  void DiscardResults() override {}
  bool has_open_result() const override { return false; }
  v1::StatementDescription Describe(const backend::Statement&,
                                    const backend::SessionSettings&) override {
    return {};
  }
  void EndTransaction(bool) override {}
  v1::TransactionState transaction_state() const override { return v1::TRANSACTION_STATE_NONE; }
  backend::ServerRole AskRole() override { return backend::ServerRole::kPrimary; }
  void Reset(const backend::Leftovers&) override {}
  std::vector<std::vector<std::string>> Ask(const std::string&) override { return {}; }
  std::vector<std::string> Audit() override { return {}; }
  void Cancel(backend::Deadline) noexcept override {}
  void Abort() noexcept override {}
  bool IsDead() override { return false; }
  std::vector<v1::Diagnostic> TakeNotices() override { return {}; }
  std::uint64_t last_insert_id() const override { return 0; }
  const v1::ServerFacts& facts() const override { return facts_; }
  // The number of the host that opened it.
  std::uint64_t server_process_id() const override { return host_; }

 private:
  const std::uint64_t host_;
  v1::ServerFacts facts_;
};

// What a host does to those who connect; changed by the test while connectors use it.
struct FakeHost {
  explicit FakeHost(std::uint64_t host_number = 1) : number(host_number) {}

  const std::uint64_t number;
  std::atomic<int> attempts{0};
  std::atomic<backend::Deadline> deadline{};  // of the last attempt
  std::string reason = " says no";            // set before anybody connects
  // Set: connecting fails with that SQLSTATE.
  std::atomic<const char*> failure{nullptr};
};

class FakeConnector : public backend::Connector {
 public:
  explicit FakeConnector(std::shared_ptr<FakeHost> host) : host_(std::move(host)) {}

  std::unique_ptr<backend::BackendConnection> Connect(backend::Deadline deadline) override {
    host_->deadline = deadline;
    ++host_->attempts;
    if (const char* sqlstate = host_->failure.load()) {
      throw backend::BackendError(sqlstate, 0,
                                  "host " + std::to_string(host_->number) + host_->reason);
    }
    return std::make_unique<IdleConnection>(host_->number);
  }
  v1::Engine engine() const override { return v1::ENGINE_POSTGRES; }

 private:
  const std::shared_ptr<FakeHost> host_;
};

}  // namespace sluice::relay::app
