// Linked with one source of the relay that has a mistake (mutants.py): the simulation finds it.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iostream>

#include "relay_server/log/log.h"
#include "tests/simulation/simulation.h"

namespace sluice::simulation {
namespace {

constexpr std::uint64_t kMostSchedules = 400;
constexpr int kFound = 1;

// In a process of its own: a mistake may also end it, or keep it for ever.
int Search() {
  relay::log::SetLevel(static_cast<relay::log::Level>(4));  // nothing is logged, not even errors
  for (std::uint64_t seed = 0; seed < kMostSchedules; ++seed) {
    const Report report = Simulate(seed);
    if (report.violations.empty()) continue;
    std::cout << "seed " << seed << ": " << report.violations.front() << std::endl;
    return kFound;
  }
  return 0;
}

TEST(MutantTest, IsFound) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::alarm(180);
    ::_exit(Search());
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  if (WIFSIGNALED(status)) {
    std::cout << "it ended by signal " << WTERMSIG(status) << std::endl;
    return;
  }
  EXPECT_EQ(WEXITSTATUS(status), kFound) << "not found in " << kMostSchedules << " schedules";
}

}  // namespace
}  // namespace sluice::simulation
