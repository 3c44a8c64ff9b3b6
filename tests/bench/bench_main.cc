// Measures workloads on ODBC data sources, in turns, so that what else the machine does meets all
// of them.
//
//   sluice_bench [--rounds N] [--scale F] WORKLOAD NAME=CONNECTION ...
//   sluice_bench --make-tables [--scale F] NAME=CONNECTION ...
//   sluice_bench --list
//
// A line per round and data source: workload, name, round, seconds, CPU seconds of this process, kB
// gained here, kB gained in the relay (whose process SLUICE_BENCH_RELAY_PID names); all but the
// gain of reading rows are for one operation. A first round is not counted, unless every round has
// a process of its own.

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/workload.h"

namespace sluice::bench {
namespace {

struct Target {
  std::string name;
  std::string connection;
};

struct Arguments {
  int rounds = 7;
  double scale = 1;
  bool list = false;
  bool make_tables = false;
  std::string workload;
  std::vector<Target> targets;
};

Arguments Parse(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const bool has_value = i + 1 < words.size();
    if (word == "--list") {
      arguments.list = true;
    } else if (word == "--make-tables") {
      arguments.make_tables = true;
    } else if (word == "--rounds" && has_value) {
      arguments.rounds = std::stoi(words[++i]);
    } else if (word == "--scale" && has_value) {
      arguments.scale = std::stod(words[++i]);
    } else if (const auto equals = word.find('='); equals != std::string::npos) {
      arguments.targets.push_back({word.substr(0, equals), word.substr(equals + 1)});
    } else {
      arguments.workload = word;
    }
  }
  return arguments;
}

std::vector<Workload> AllWorkloads() {
  std::vector<Workload> all;
  for (const auto group :
       {SessionWorkloads(), StatementWorkloads(), RowWorkloads(), CatalogWorkloads()}) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

const Workload& FindWorkload(const std::vector<Workload>& all, const std::string& name) {
  for (const auto& workload : all) {
    if (workload.name == name) return workload;
  }
  throw std::runtime_error("no workload is called \"" + name + "\"; --list tells all");
}

// Runs one round in a child, which tells what it measured through a pipe.
Measurement RunIsolated(const Workload& workload, const Target& target, double scale) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("pipe failed");
  const pid_t child = fork();
  if (child == 0) {
    int code = 1;
    try {
      const Measurement measured = workload.begin(target.connection, scale)();
      code = write(ends[1], &measured, sizeof measured) == sizeof measured ? 0 : 1;
    } catch (const std::exception& error) {
      std::cerr << target.name << ": " << error.what() << '\n';
    }
    _exit(code);
  }
  close(ends[1]);
  Measurement measured;
  const bool whole = read(ends[0], &measured, sizeof measured) == sizeof measured;
  close(ends[0]);
  waitpid(child, nullptr, 0);
  if (!whole) throw std::runtime_error("the measurement failed");
  return measured;
}

void Print(const Workload& workload, const Target& target, int round, const Measurement& measured) {
  std::printf("%s\t%s\t%d\t%.9f\t%.9f\t%.1f\t%.1f\n", workload.name.data(), target.name.c_str(),
              round, measured.seconds, measured.cpu_seconds, measured.kilobytes,
              measured.relay_kilobytes);
  std::fflush(stdout);
}

void Measure(const Workload& workload, const Arguments& arguments) {
  std::vector<Round> rounds;
  for (const auto& target : arguments.targets) {
    rounds.push_back(workload.is_isolated
                         ? Round([&] { return RunIsolated(workload, target, arguments.scale); })
                         : workload.begin(target.connection, arguments.scale));
  }
  for (int round = 0; round <= arguments.rounds * workload.rounds_factor; ++round) {
    for (std::size_t i = 0; i < rounds.size(); ++i) {
      // Nobody is always the first after the others' work.
      const std::size_t turn = (i + static_cast<std::size_t>(round)) % rounds.size();
      // Who has just used the processor for long is given it late: everybody begins rested.
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      const Measurement measured = rounds[turn]();
      if (round != 0 || workload.is_isolated)
        Print(workload, arguments.targets[turn], round, measured);
    }
  }
}

int Main(const std::vector<std::string>& words) {
  const Arguments arguments = Parse(words);
  const auto all = AllWorkloads();
  if (arguments.list) {
    for (const auto& workload : all) {
      std::cout << workload.name << '\t' << workload.operation << '\n';
    }
    return 0;
  }
  if (arguments.targets.empty()) throw std::runtime_error("no NAME=CONNECTION is given");
  if (arguments.make_tables) {
    for (const auto& target : arguments.targets) MakeTables(target.connection, arguments.scale);
    return 0;
  }
  Measure(FindWorkload(all, arguments.workload), arguments);
  return 0;
}

}  // namespace
}  // namespace sluice::bench

int main(int argc, char** argv) {
  try {
    return sluice::bench::Main(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const std::exception& error) {
    std::cerr << "sluice_bench: " << error.what() << '\n';
    return 1;
  }
}
