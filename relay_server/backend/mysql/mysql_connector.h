#pragma once

#include <memory>
#include <mutex>

#include "relay_server/backend/backend.h"

namespace sluice::relay::backend {

class MysqlEndpoint;
struct ServerProfile;

// Opens connections to one MySQL or MariaDB server. Target::host: a name, an address, or the path
// of a unix socket. Thread-safe.
class MysqlConnector final : public Connector {
 public:
  explicit MysqlConnector(Target target);
  ~MysqlConnector() override;

  std::unique_ptr<BackendConnection> Connect(Deadline deadline) override;
  v1::Engine engine() const override { return v1::ENGINE_MYSQL; }

 private:
  std::shared_ptr<const MysqlEndpoint> endpoint_;
  std::mutex mutex_;
  std::shared_ptr<const ServerProfile> profile_;  // guarded by mutex_; null until the first connect
};

}  // namespace sluice::relay::backend
