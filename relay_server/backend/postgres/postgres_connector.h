#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "relay_server/backend/backend.h"
#include "relay_server/backend/resolver/host_resolver.h"

namespace sluice::relay::backend {

namespace postgres {
struct Shared;
}

// Opens connections to one PostgreSQL database. Thread-safe. Target::host is a name, an address, or
// the directory of a unix socket.
class PostgresConnector : public Connector {
 public:
  explicit PostgresConnector(Target target);
  ~PostgresConnector() override;

  std::unique_ptr<BackendConnection> Connect(Deadline deadline) override;
  v1::Engine engine() const override { return v1::ENGINE_POSTGRES; }

 private:
  const Target target_;
  const std::string where_;  // host and port, for messages
  const HostResolver resolver_;
  const std::shared_ptr<postgres::Shared> shared_;
  std::mutex mutex_;
  std::optional<v1::ServerFacts> facts_;  // guarded by mutex_; of the first connection
};

}  // namespace sluice::relay::backend
