#include "relay_server/app/host_list_connector.h"

#include "relay_server/log/log.h"

namespace sluice::relay::app {
namespace {

// The server starts up, shuts down or recovers: no client may connect to it now (PostgreSQL,
// appendix A of its manual, cannot_connect_now).
constexpr const char* kCannotConnectNow = "57P03";

// A wrong password is wrong everywhere; only a host that cannot be reached is worth the next one.
bool IsUnreachable(const backend::BackendError& error) {
  return error.connection_lost() || error.sqlstate().starts_with("08") ||
         error.sqlstate() == kCannotConnectNow;
}

// A host that swallows packets must leave time for those after it: each gets an equal share of what
// is left.
backend::Deadline ShareOf(backend::Deadline deadline, std::size_t hosts_left) {
  if (deadline == wire::kNoDeadline || hosts_left == 1) return deadline;
  return wire::DeadlineAfter(wire::RemainingTime(deadline) / static_cast<int>(hosts_left));
}

}  // namespace

std::unique_ptr<backend::BackendConnection> HostListConnector::Connect(backend::Deadline deadline) {
  for (std::size_t i = 0;; ++i) {
    const std::size_t hosts_left = hosts_.size() - i;
    try {
      return hosts_[i]->Connect(ShareOf(deadline, hosts_left));
    } catch (const backend::BackendError& error) {
      if (hosts_left == 1 || wire::HasPassed(deadline) || !IsUnreachable(error)) throw;
      log::Warning("backend_host_unreachable", {{"error", error.what()}});
    }
  }
}

}  // namespace sluice::relay::app
