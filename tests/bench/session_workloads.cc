// Connecting and being connected.

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <vector>

#include "tests/bench/odbc.h"
#include "tests/bench/workload.h"

namespace sluice::bench {
namespace {

int Times(double scale, int usual) { return std::max(1, static_cast<int>(usual * scale)); }

Round BeginConnect(const std::string& connection, double scale) {
  return [connection, count = Times(scale, 20)] {
    const Stopwatch watch;
    for (int i = 0; i < count; ++i) const Session session(connection);
    return watch.Stop(count);
  };
}

// Disconnecting is not measured.
Measurement ConnectAndQuery(const std::string& connection) {
  const Stopwatch watch;
  Session session(connection);
  Statement statement(session);
  statement.Execute("SELECT 1");
  statement.Fetch();
  return watch.Stop(1);
}

Round BeginFirstQuery(const std::string& connection, double) {
  return [connection] { return ConnectAndQuery(connection); };
}

// The driver manager loads the driver with the first connection, to nowhere.
Round BeginColdQuery(const std::string& connection, double) {
  return [connection] { return ConnectAndQuery(connection); };
}

Round BeginIdleSessions(const std::string& connection, double scale) {
  return [connection, count = Times(scale, 9'000)] {
    const char* relay = std::getenv("SLUICE_BENCH_RELAY_PID");
    const std::string relay_pid = relay == nullptr ? "" : relay;
    const Session first(connection);
    const long before = ResidentKilobytes("self");
    const long relay_before = ResidentKilobytes(relay_pid);
    std::vector<std::unique_ptr<Session>> sessions;
    const Stopwatch watch;
    for (int i = 0; i < count; ++i) sessions.push_back(std::make_unique<Session>(connection));
    Measurement measured = watch.Stop(count);
    measured.kilobytes = static_cast<double>(ResidentKilobytes("self") - before) / count;
    measured.relay_kilobytes =
        static_cast<double>(ResidentKilobytes(relay_pid) - relay_before) / count;
    return measured;
  };
}

constexpr Workload kWorkloads[] = {
    {"connect", "connect and disconnect", BeginConnect, false, 2},
    {"connect_query", "connect and first query", BeginFirstQuery},
    {"connect_query_cold", "the same, first in its process", BeginColdQuery, true},
    {"idle_sessions", "session", BeginIdleSessions, true},
};

}  // namespace

std::span<const Workload> SessionWorkloads() { return kWorkloads; }

}  // namespace sluice::bench
