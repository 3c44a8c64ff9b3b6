#pragma once

#include <string>

#include "relay_server/backend/backend.h"
#include "relay_server/backend/mysql/mysql_api.h"
#include "relay_server/backend/resolver/host_resolver.h"

namespace sluice::relay::backend {

// While it lives, no wait of this thread for a database server goes beyond the deadline: a server
// that falls silent is then a lost connection. For what no client waits for or can cancel;
// statements wait as long as they run. MariaDB's library alone can do so.
class IoLimit {
 public:
  explicit IoLimit(Deadline deadline);
  ~IoLimit();
  IoLimit(const IoLimit&) = delete;
  IoLimit& operator=(const IoLimit&) = delete;

 private:
  const Deadline outer_;
};

// Where a database server is and how to log in. Immutable, hence thread-safe.
class MysqlEndpoint {
 public:
  explicit MysqlEndpoint(Target target) : target_(std::move(target)), resolver_(target_.host) {}

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
  MysqlHandle OpenAt(const std::string& address, Deadline deadline) const;

  Target target_;
  const HostResolver resolver_;
};

}  // namespace sluice::relay::backend
