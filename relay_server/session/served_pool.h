#pragma once

#include <map>
#include <memory>
#include <string>

#include "relay_server/dialect/dialect.h"
#include "relay_server/pool/host_group.h"
#include "relay_server/session/catalog_cache.h"
#include "relay_server/session/row_spool.h"
#include "relay_server/session/statement_cache.h"
#include "relay_server/session/user_registry.h"

namespace sluice::relay::session {

// A pool as sessions see it.
struct ServedPool {
  ServedPool(std::shared_ptr<pool::HostGroup> hosts, PoolMode pool_mode,
             CatalogCacheLimits catalog_limits = {})
      : backends(std::move(hosts)),
        mode(pool_mode),
        dialect(dialect::DialectFor(backends->engine())),
        statements(dialect, kCachedTexts),
        catalog_answers(catalog_limits) {}

  static constexpr std::size_t kCachedTexts = 2000;

  const std::shared_ptr<pool::HostGroup> backends;
  const PoolMode mode;
  const dialect::Dialect& dialect;
  StatementCache statements;
  CatalogCache catalog_answers;
};

// Everything a new session may be opened on: one configuration. Immutable; a reload makes a new
// one.
struct Directory {
  std::map<std::string, std::shared_ptr<ServedPool>, std::less<>> pools;
  std::shared_ptr<const UserRegistry> users;
  SpoolLimits spool;
  std::size_t max_message_bytes = 64U << 20;
  bool compression = true;  // where a client asks for it
};

}  // namespace sluice::relay::session
