#pragma once

#include <fstream>
#include <string>

namespace sluice::tests {

// A figure of a process's status, in kB.
inline long MemoryOf(const std::string& process, const std::string& figure) {
  std::ifstream status("/proc/" + process + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(figure + ":")) return std::stol(line.substr(figure.size() + 1));
  }
  return 0;
}

// The most memory that this process has had resident, in kB.
inline long PeakMemory() { return MemoryOf("self", "VmHWM"); }

// What a process has resident now.
inline long ResidentMemory(const std::string& process) { return MemoryOf(process, "VmRSS"); }

// Sanitizers keep freed memory: their builds run the same code, but its memory tells nothing.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kMemoryTells = false;
#else
inline constexpr bool kMemoryTells = true;
#endif

}  // namespace sluice::tests
