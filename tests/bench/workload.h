#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::bench {

// Of one round, for one operation: a statement, a row, a value or a connection, as the workload has
// it.
struct Measurement {
  double seconds = 0;
  double cpu_seconds = 0;  // of this process
  double kilobytes = 0;    // memory that the process gained, where the workload is about memory
  double relay_kilobytes = 0;
};

using Round = std::function<Measurement()>;

struct Workload {
  std::string_view name;
  std::string_view operation;
  // Opens what the rounds need, which is not measured. The scale shortens or lengthens rounds.
  Round (*begin)(const std::string& connection, double scale);
  bool is_isolated = false;  // every round is in a process of its own
  // Short operations have short rounds, and more of them, so that everybody meets the same noise.
  int rounds_factor = 1;
};

std::span<const Workload> SessionWorkloads();    // connecting, idle sessions
std::span<const Workload> StatementWorkloads();  // small statements
std::span<const Workload> RowWorkloads();        // large results, arrays, large values
std::span<const Workload> CatalogWorkloads();

// Makes the tables that the workloads use.
void MakeTables(const std::string& connection, double scale);

// Measures operations between its construction and Stop().
class Stopwatch {
 public:
  Stopwatch();
  Measurement Stop(double operations) const;

 private:
  double started_;
  double cpu_started_;
};

long ResidentKilobytes(const std::string& pid);  // "self" or a number; 0: no such process
long PeakKilobytes();

}  // namespace sluice::bench
