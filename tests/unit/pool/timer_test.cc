#include "relay_server/pool/timer.h"

#include <gtest/gtest.h>

#include <future>
#include <vector>

namespace sluice::relay::pool {
namespace {

class InlineExecutor : public Executor {
 public:
  void Post(Task task) override { task(); }
};

// The timer's thread is busy with a task for as long as this lives: what is scheduled meanwhile
// does not run before all of it is, however slow the machine.
class HeldTimer {
 public:
  explicit HeldTimer(TimerThread& timer) {
    std::promise<void> held;
    timer.Schedule(wire::Clock::now(), [&held, go_on = go_on_.get_future().share()] {
      held.set_value();
      go_on.wait();
    });
    held.get_future().wait();
  }
  ~HeldTimer() { go_on_.set_value(); }
  HeldTimer(const HeldTimer&) = delete;
  HeldTimer& operator=(const HeldTimer&) = delete;

 private:
  std::promise<void> go_on_;
};

TEST(TimerThreadTest, RunsTasksInTheOrderOfTheirDeadlines) {
  InlineExecutor executor;
  TimerThread timer(executor);
  std::vector<int> order;
  std::promise<void> done;
  const auto now = wire::Clock::now();
  {
    const HeldTimer held(timer);
    timer.Schedule(now + std::chrono::milliseconds(3), [&] {
      order.push_back(2);
      done.set_value();
    });
    timer.Schedule(now + std::chrono::milliseconds(1), [&] { order.push_back(1); });
  }
  done.get_future().wait();
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(TimerThreadTest, ACancelledTaskDoesNotRun) {
  InlineExecutor executor;
  TimerThread timer(executor);
  bool ran = false;
  std::promise<void> done;
  const auto soon = wire::DeadlineAfter(std::chrono::milliseconds(1));
  {
    const HeldTimer held(timer);
    const auto id = timer.Schedule(soon, [&] { ran = true; });
    timer.Schedule(soon + std::chrono::milliseconds(1), [&] { done.set_value(); });
    timer.Cancel(id);
    timer.Cancel(id);
  }
  done.get_future().wait();
  EXPECT_FALSE(ran);
}

// The thread sleeps for the first entry while that is cancelled under it.
TEST(TimerThreadTest, CancellingTheFirstEntryMovesOnToTheNext) {
  InlineExecutor executor;
  TimerThread timer(executor);
  for (int i = 0; i < 200; ++i) {
    timer.Cancel(timer.Schedule(wire::DeadlineAfter(std::chrono::milliseconds(i % 3)), [] {}));
  }
  std::promise<void> done;
  timer.Schedule(wire::Clock::now(), [&] { done.set_value(); });
  done.get_future().wait();
}

TEST(TimerThreadTest, EndsWithTasksThatAreNotDue) {
  InlineExecutor executor;
  bool ran = false;
  {
    TimerThread timer(executor);
    timer.Schedule(wire::kNoDeadline, [&] { ran = true; });
  }
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace sluice::relay::pool
