#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/simulation/scheduler.h"

namespace sluice::simulation {

struct Report {
  std::vector<std::string> violations;  // of what must always hold; empty: none
  std::uint64_t answered = 0;
  std::uint64_t failed = 0;
  std::uint64_t waits = 0;
  std::uint64_t retries = 0;
};

// Plays the real pool and the real sessions with a dozen clients on a few backend connections, in
// the one of many schedules that `seed` stands for. After each step and at the end it looks for
// what must never be:
//   two leases of one backend connection; more connections than the limit; a waiter while a
//   connection is idle or may be opened, or who waits for ever, or is overtaken; a cancel that hits
//   another request; rows, variables or temporary tables that are not the session's own; rows that
//   a commit lost, or stored twice; a connection that is not given back, or given on unclean.
Report Simulate(std::uint64_t seed, Plant plant = Plant::kNothing);

}  // namespace sluice::simulation
