#include "relay_server/app/host_list_connector.h"

#include "relay_server/log/log.h"

namespace sluice::relay::app {

std::unique_ptr<backend::BackendConnection> HostListConnector::Connect(backend::Deadline deadline) {
  for (std::size_t i = 0; i + 1 < hosts_.size(); ++i) {
    try {
      return hosts_[i]->Connect(deadline);
    } catch (const backend::BackendError& error) {
      // A wrong password is wrong everywhere; only an unreachable host is worth the next one.
      if (!error.connection_lost() && !error.sqlstate().starts_with("08")) throw;
      log::Warning("backend_host_unreachable", {{"error", error.what()}});
    }
  }
  return hosts_.back()->Connect(deadline);
}

}  // namespace sluice::relay::app
