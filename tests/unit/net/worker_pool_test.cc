#include "relay_server/net/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace sluice::relay::net {
namespace {

TEST(WorkerPoolTest, ATaskPostedByATaskRunsToo) {
  WorkerPool workers(1);
  std::promise<void> done;
  workers.Post([&] { workers.Post([&] { done.set_value(); }); });
  done.get_future().wait();
}

// The first of two tasks blocks until the second has run: they must not share a thread.
TEST(WorkerPoolTest, ATaskThatBlocksDoesNotHoldUpTheOthers) {
  WorkerPool workers(3);
  std::promise<void> second_ran;
  std::promise<void> first_ended;
  workers.Post([&] {
    workers.Post([&] {
      second_ran.get_future().wait();
      first_ended.set_value();
    });
    workers.Post([&] { second_ran.set_value(); });
  });
  first_ended.get_future().wait();
}

TEST(WorkerPoolTest, NoneOfManyTasksIsForgotten) {
  constexpr int kTasks = 2000;
  std::atomic<int> left{kTasks};
  std::promise<void> all_ran;
  WorkerPool workers(3);
  for (int i = 0; i < kTasks; ++i) {
    workers.Post([&] {
      if (--left == 0) all_ran.set_value();
    });
  }
  all_ran.get_future().wait();
}

// What a thread has set going does not wait for what the thread does next.
TEST(WorkerPoolTest, SharedTasksRunWhileTheirPosterGoesOn) {
  WorkerPool workers(2);
  std::promise<void> ran;
  std::promise<void> ended;
  workers.Post([&] {
    workers.Post([&] { ran.set_value(); });
    workers.ShareTasks();
    ran.get_future().wait();
    ended.set_value();
  });
  ended.get_future().wait();
}

TEST(WorkerPoolTest, AThreadDoesNotLingerWhileTasksWaitForIt) {
  WorkerPool workers(1);
  std::promise<std::pair<bool, bool>> may_linger;
  workers.Post([&] {
    const bool before = workers.MayLinger();
    workers.Post([] {});
    may_linger.set_value({before, workers.MayLinger()});
  });
  EXPECT_EQ(may_linger.get_future().get(), std::pair(true, false));
}

TEST(WorkerPoolTest, AThreadDoesNotLingerOnceTheThreadsEnd) {
  WorkerPool workers(1);
  std::promise<void> started;
  std::promise<void> lingered;
  workers.Post([&] {
    started.set_value();
    while (workers.MayLinger()) std::this_thread::yield();
    lingered.set_value();
  });
  started.get_future().wait();
  workers.Stop();
  lingered.get_future().wait();
}

TEST(WorkerPoolTest, StoppingEndsTasksThatPostOthersWhenTheyEnd) {
  struct Poster {
    WorkerPool& workers;
    ~Poster() {
      workers.Post([] {});
    }
  };
  WorkerPool workers(1);
  std::promise<void> started;
  std::promise<void> go_on;
  workers.Post([&] {
    started.set_value();
    go_on.get_future().wait();
  });
  started.get_future().wait();
  workers.Post([poster = std::make_shared<Poster>(workers)] {});
  std::thread stop([&] { workers.Stop(); });
  go_on.set_value();
  stop.join();
}

TEST(WorkerPoolTest, AnExceptionOfATaskIsItsOwn) {
  WorkerPool workers(1);
  std::promise<void> done;
  workers.Post([] { throw std::runtime_error("scripted"); });
  workers.Post([&] { done.set_value(); });
  done.get_future().wait();
}

}  // namespace
}  // namespace sluice::relay::net
