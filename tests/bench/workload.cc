#include "tests/bench/workload.h"

#include <sys/resource.h>

#include <chrono>
#include <fstream>

namespace sluice::bench {
namespace {

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
}

long StatusLine(const std::string& pid, const std::string& key) {
  std::ifstream status("/proc/" + pid + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key)) return std::stol(line.substr(key.size()));
  }
  return 0;
}

}  // namespace

Stopwatch::Stopwatch() : started_(Now()), cpu_started_(CpuSeconds()) {}

Measurement Stopwatch::Stop(double operations) const {
  return {.seconds = (Now() - started_) / operations,
          .cpu_seconds = (CpuSeconds() - cpu_started_) / operations};
}

long ResidentKilobytes(const std::string& pid) { return StatusLine(pid, "VmRSS:"); }

long PeakKilobytes() { return StatusLine("self", "VmHWM:"); }

}  // namespace sluice::bench
