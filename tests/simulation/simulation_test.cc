#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <iostream>

#include "relay_server/log/log.h"
#include "tests/simulation/simulation.h"

namespace sluice::simulation {
namespace {

using ::testing::IsEmpty;

class SimulationTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    // Databases that are down are what is played: nothing is logged, not even errors.
    relay::log::SetLevel(static_cast<relay::log::Level>(4));
  }
};

// Each range is a test of its own, so that they run side by side; a failure names its seed.
class ScheduleTest : public SimulationTest, public testing::WithParamInterface<std::uint64_t> {};

TEST_P(ScheduleTest, NothingThatMustNotBe) {
  constexpr std::uint64_t kSchedules = 500;
  Report sum;
  for (std::uint64_t seed = GetParam() * kSchedules; seed < (GetParam() + 1) * kSchedules; ++seed) {
    const Report report = Simulate(seed);
    ASSERT_THAT(report.violations, IsEmpty()) << "seed " << seed;
    sum.answered += report.answered;
    sum.failed += report.failed;
    sum.waits += report.waits;
    sum.retries += report.retries;
  }
  // The schedules are worth something: requests succeed, fail, wait and are run again.
  EXPECT_GT(sum.answered, kSchedules * 20);
  EXPECT_GT(sum.failed, 0u);
  EXPECT_GT(sum.waits, kSchedules);
  EXPECT_GT(sum.retries, 0u);
  RecordProperty("answered", std::to_string(sum.answered));
  RecordProperty("waits", std::to_string(sum.waits));
}

INSTANTIATE_TEST_SUITE_P(, ScheduleTest, testing::Range(std::uint64_t{0}, std::uint64_t{4}));

TEST_F(SimulationTest, ASeedIsASchedule) {
  const Report first = Simulate(7);
  const Report second = Simulate(7);
  EXPECT_EQ(first.answered, second.answered);
  EXPECT_EQ(first.failed, second.failed);
  EXPECT_EQ(first.waits, second.waits);
}

// ---- planted mistakes ----

struct Planted {
  const char* name;
  Plant plant;
};
void PrintTo(const Planted& planted, std::ostream* out) { *out << planted.name; }

class PlantTest : public SimulationTest, public testing::WithParamInterface<Planted> {};

TEST_P(PlantTest, IsFound) {
  constexpr std::uint64_t kMostSchedules = 300;
  for (std::uint64_t seed = 0; seed < kMostSchedules; ++seed) {
    const Report report = Simulate(seed, GetParam().plant);
    if (report.violations.empty()) continue;
    RecordProperty("found_by", report.violations.front());
    return;
  }
  FAIL() << "not found in " << kMostSchedules << " schedules";
}

INSTANTIATE_TEST_SUITE_P(, PlantTest,
                         testing::Values(Planted{"LosesTasks", Plant::kLosesTasks},
                                         Planted{"LosesTimers", Plant::kLosesTimers},
                                         Planted{"ServesLastFirst", Plant::kServesLastFirst},
                                         Planted{"OpensOneTooMany", Plant::kOpensOneTooMany},
                                         Planted{"LeasesTwice", Plant::kLeasesTwice},
                                         Planted{"ForgetsReset", Plant::kForgetsReset},
                                         Planted{"ForgetsVariables", Plant::kForgetsVariables},
                                         Planted{"CancelsTheNext", Plant::kCancelsTheNext},
                                         Planted{"RunsTwice", Plant::kRunsTwice},
                                         Planted{"SaysCommitted", Plant::kSaysCommitted}),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace sluice::simulation
