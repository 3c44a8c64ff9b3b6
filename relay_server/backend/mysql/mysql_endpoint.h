#pragma once

#include <string>

#include "relay_server/backend/backend.h"
#include "relay_server/backend/mysql/mysql_api.h"

namespace sluice::relay::backend {

// Where a database server is and how to log in. Immutable, hence thread-safe.
class MysqlEndpoint {
 public:
  explicit MysqlEndpoint(Target target) : target_(std::move(target)) {}

  const Target& target() const { return target_; }
  // "host:port", or the path of the unix socket.
  std::string Name() const;

  // Logs in. Throws BackendError, also when the deadline passes (the library counts in seconds).
  MysqlHandle Open(Deadline deadline) const;
  // Ends the statement that the server's thread runs now, over a connection of its own. Throws
  // BackendError when it is not known whether the server has done so.
  void KillQuery(unsigned long thread_id, Deadline deadline) const;

 private:
  bool IsLocal() const;
  void SetOptions(MYSQL* mysql, unsigned int timeout_seconds) const;

  Target target_;
};

}  // namespace sluice::relay::backend
