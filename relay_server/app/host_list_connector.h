#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "relay_server/backend/backend.h"

namespace sluice::relay::app {

// Tries the hosts of a pool in turn, each time from the first; they share the deadline.
// Thread-safe.
class HostListConnector : public backend::Connector {
 public:
  // At least one connector.
  explicit HostListConnector(std::vector<std::unique_ptr<backend::Connector>> hosts)
      : hosts_(std::move(hosts)) {}

  std::unique_ptr<backend::BackendConnection> Connect(backend::Deadline deadline) override;
  v1::Engine engine() const override { return hosts_.front()->engine(); }

 private:
  const std::vector<std::unique_ptr<backend::Connector>> hosts_;
};

}  // namespace sluice::relay::app
