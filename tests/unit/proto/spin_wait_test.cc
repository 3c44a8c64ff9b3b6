#include "proto/wire/spin_wait.h"

#include <gtest/gtest.h>

namespace sluice::wire {
namespace {

// How many waits it sleeps through before it looks again, in vain.
int SleepsUntilItLooks(SpinWait& spin) {
  int looks = 0;
  for (int sleeps = 0;; ++sleeps) {
    const bool came = spin.For([&] {
      ++looks;
      return false;
    });
    EXPECT_FALSE(came);
    if (looks != 0) return sleeps;
  }
}

TEST(SpinWait, LooksUntilItIsThere) {
  SpinWait spin(1);
  int looks = 0;
  EXPECT_TRUE(spin.For([&] { return ++looks == 2; }));
  EXPECT_EQ(looks, 2);
}

TEST(SpinWait, LooksForAFewHundredMicroseconds) {
  SpinWait::Patience patience;
  int looks = 1;
  while (patience.AllowsMore(std::chrono::microseconds(2))) ++looks;
  EXPECT_EQ(looks, 100);
  EXPECT_EQ(patience.end(), SpinWait::End::kTooLong);
}

// Whoever makes it ready may need this core for that.
TEST(SpinWait, GivesTheCoreAwayTwiceBeforeItTakesItForShared) {
  SpinWait::Patience patience;
  EXPECT_TRUE(patience.AllowsMore(std::chrono::microseconds(150)));
  EXPECT_TRUE(patience.AllowsMore(std::chrono::microseconds(150)));
  EXPECT_TRUE(patience.AllowsMore(std::chrono::microseconds(2)));
  EXPECT_FALSE(patience.AllowsMore(std::chrono::microseconds(15)));
  EXPECT_EQ(patience.end(), SpinWait::End::kSharedCore);
}

TEST(SpinWait, TakesWhoeverKeepsTheCoreForCompetition) {
  SpinWait::Patience patience;
  EXPECT_FALSE(patience.AllowsMore(std::chrono::milliseconds(1)));
  EXPECT_EQ(patience.end(), SpinWait::End::kCompetition);
}

TEST(SpinWait, SleepsThroughMoreWaitsEachTimeItHasLookedInVain) {
  SpinWait spin(1);
  EXPECT_EQ(SleepsUntilItLooks(spin), 0);
  const int first = SleepsUntilItLooks(spin);
  const int second = SleepsUntilItLooks(spin);
  EXPECT_GE(first, 1);
  EXPECT_GE(second, 2 * first);
}

TEST(SpinWait, NeverSleepsThroughMoreThanAThousandWaitsOrSo) {
  SpinWait spin(1);
  for (int i = 0; i < 12; ++i) SleepsUntilItLooks(spin);
  EXPECT_LE(SleepsUntilItLooks(spin), 1024);
}

TEST(SpinWait, LooksMoreOftenAgainWhenItHasPaid) {
  SpinWait spin(1);
  for (int i = 0; i < 12; ++i) SleepsUntilItLooks(spin);
  const int before = 1024;
  while (!spin.For([] { return true; })) {
  }
  while (!spin.For([] { return true; })) {
  }
  SleepsUntilItLooks(spin);
  EXPECT_LT(SleepsUntilItLooks(spin), before);
}

// Who prepares for looking asks first whether it pays; that is the wait, whatever comes of it.
TEST(SpinWait, AskingWhetherItPaysCountsAsTheWait) {
  SpinWait spin(1);
  ASSERT_TRUE(spin.Pays());
  EXPECT_FALSE(spin.Look([] { return false; }));
  EXPECT_FALSE(spin.Pays());
  EXPECT_LT(SleepsUntilItLooks(spin), 1024);
}

TEST(SpinWait, NeverLooksOnOneCore) {
  SpinWait spin(0);
  int looks = 0;
  EXPECT_FALSE(spin.For([&] { return ++looks != 0; }));
  EXPECT_EQ(looks, 0);
}

TEST(SpinWait, NoThreadLooksWhileMoreAreBusyThanThereAreCores) {
  SpinWait spin(1);
  const SpinWait::Busy one;
  const SpinWait::Busy two;
  EXPECT_TRUE(spin.For([] { return true; }));
  const SpinWait::Busy three;
  EXPECT_FALSE(spin.For([] { return true; }));
}

TEST(SpinWait, FewerThreadsThanCoresLookAtATime) {
  SpinWait first(1);
  SpinWait second(1);
  int looks = 0;
  first.For([&] {
    EXPECT_FALSE(second.For([&] { return ++looks != 0; }));
    return true;
  });
  EXPECT_EQ(looks, 0);
  EXPECT_TRUE(second.For([&] { return ++looks != 0; }));
}

}  // namespace
}  // namespace sluice::wire
