#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "relay_server/log/log.h"
#include "relay_server/pool/backend_pool.h"
#include "tests/fakes/fake_backend.h"

namespace sluice::relay::pool {

// Runs what is posted when the test says so, on the test's thread.
class ManualExecutor : public Executor {
 public:
  void Post(Task task) override { tasks_.push_back(std::move(task)); }
  void RunAll() {
    while (!tasks_.empty()) {
      const Task task = std::move(tasks_.front());
      tasks_.pop_front();
      task();
    }
  }
  // Ends the tasks without running them; what they own may post others.
  void DropAll() {
    while (!tasks_.empty()) {
      const auto dropped = std::exchange(tasks_, {});
    }
  }

 private:
  std::deque<Task> tasks_;
};

// Deadlines pass when the test says so.
class ManualTimer : public Timer {
 public:
  Id Schedule(wire::Deadline deadline, Task task) override {
    const Id id = next_id_++;
    entries_.emplace(id, Entry{deadline, std::move(task)});
    return id;
  }
  void Cancel(Id id) override { entries_.erase(id); }
  wire::Clock::time_point Now() const override { return now_; }
  void Advance(std::chrono::milliseconds time) { now_ += time; }

  std::size_t size() const { return entries_.size(); }
  wire::Deadline first_deadline() const { return entries_.begin()->second.deadline; }
  // The oldest entry passes.
  void FireFirst() { Fire(entries_.begin()); }

 private:
  struct Entry {
    wire::Deadline deadline;
    Task task;
  };
  void Fire(std::map<Id, Entry>::iterator entry) {
    const Task task = std::move(entry->second.task);
    entries_.erase(entry);
    task();
  }

  wire::Clock::time_point now_ = wire::Clock::now();
  std::map<Id, Entry> entries_;
  Id next_id_ = 1;
};

class PoolTest : public ::testing::Test {
 protected:
  using Kind = fakes::BackendCall::Kind;

  void MakePool(const PoolLimits& limits) {
    log::SetLevel(log::Level::kError);
    pool_ =
        std::make_shared<BackendPool>("sales", limits, backend_.MakeConnector(), executor_, timer_);
  }

  void TearDown() override { executor_.DropAll(); }

  // Must be free or may be opened.
  BackendLease Acquire(const LeaseOwner& owner = {}) {
    auto grant = pool_->TryAcquire(wire::kNoDeadline, owner);
    if (!grant || !std::holds_alternative<BackendLease>(*grant)) {
      ADD_FAILURE() << "no lease";
      return {};
    }
    return std::move(std::get<BackendLease>(*grant));
  }

  // The SQLSTATE and text of why there is no lease; empty: there is one, or a place in the queue.
  std::pair<std::string, std::string> Refusal(Deadline deadline = wire::kNoDeadline) {
    const auto grant = pool_->TryAcquire(deadline);
    if (!grant || std::holds_alternative<BackendLease>(*grant)) return {};
    return Describe(std::get<std::exception_ptr>(*grant));
  }

  // What a waiter was given.
  struct Waiting {
    BackendPool::WaiterId id = 0;
    bool granted = false;
    BackendLease lease;
    std::string sqlstate;
    std::string message;
  };
  bool Park(Waiting& waiting, const LeaseOwner& owner = {}) {
    const auto on_grant = [&waiting](BackendPool::Grant grant) {
      if (auto* lease = std::get_if<BackendLease>(&grant)) {
        waiting.granted = true;
        waiting.lease = std::move(*lease);
        return;
      }
      std::tie(waiting.sqlstate, waiting.message) = Describe(std::get<std::exception_ptr>(grant));
    };
    return pool_->Park(wire::kNoDeadline, &waiting.id, on_grant, owner);
  }

  static std::pair<std::string, std::string> Describe(const std::exception_ptr& error) {
    try {
      std::rethrow_exception(error);
    } catch (const PoolError& e) {
      return {e.sqlstate(), e.what()};
    } catch (const backend::BackendError& e) {
      return {e.sqlstate(), e.what()};
    }
  }

  fakes::FakeBackend backend_;
  ManualExecutor executor_;
  ManualTimer timer_;
  std::shared_ptr<BackendPool> pool_;
};

}  // namespace sluice::relay::pool
