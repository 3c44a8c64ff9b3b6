#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>

#include "relay_server/dialect/dialect.h"
#include "relay_server/pool/host_group.h"
#include "relay_server/session/catalog_cache.h"
#include "relay_server/session/routine_knowledge.h"
#include "relay_server/session/row_spool.h"
#include "relay_server/session/sequence_use.h"
#include "relay_server/session/session_count.h"
#include "relay_server/session/statement_cache.h"
#include "relay_server/session/user_registry.h"

namespace sluice::relay::session {

// How long the sessions of a pool keep a backend connection.
struct PoolModes {
  // NOLINTNEXTLINE(google-explicit-constructor): most pools let their clients choose
  PoolModes(PoolMode mode = PoolMode::kTransaction, bool allow_transaction = true,
            bool allow_session = true)
      : by_default(mode), transaction_allowed(allow_transaction), session_allowed(allow_session) {}

  // Whether a client may choose it.
  bool Allows(PoolMode mode) const {
    return mode == PoolMode::kSession ? session_allowed : transaction_allowed;
  }

  PoolMode by_default;
  bool transaction_allowed;
  bool session_allowed;
  friend bool operator==(const PoolModes&, const PoolModes&) = default;
};

// How quotes are read in the texts of MySQL's sessions that have not set sql_mode. Thread-safe.
class DefaultQuotes {
 public:
  bool known() const { return bits_.load(std::memory_order_relaxed) != 0; }
  void Learn(dialect::QuoteRules rules) {
    bits_ = kKnown | (rules.ansi_quotes ? kAnsi : 0) | (rules.other_backslashes ? kBackslashes : 0);
  }
  dialect::QuoteRules rules() const {
    const int bits = bits_.load(std::memory_order_relaxed);
    dialect::QuoteRules rules;
    rules.ansi_quotes = (bits & kAnsi) != 0;
    rules.other_backslashes = (bits & kBackslashes) != 0;
    return rules;
  }

 private:
  static constexpr int kKnown = 1;
  static constexpr int kAnsi = 2;
  static constexpr int kBackslashes = 4;
  std::atomic<int> bits_{0};
};

// A pool as sessions see it.
struct ServedPool {
  ServedPool(std::shared_ptr<pool::HostGroup> hosts, PoolModes pool_modes,
             CatalogCacheLimits catalog_limits = {})
      : backends(std::move(hosts)),
        modes(pool_modes),
        dialect(dialect::DialectFor(backends->engine())),
        statements(dialect, kCachedTexts),
        catalog_answers(catalog_limits) {}

  static constexpr std::size_t kCachedTexts = 2000;

  const std::shared_ptr<pool::HostGroup> backends;
  const PoolModes modes;
  const dialect::Dialect& dialect;
  StatementCache statements;
  CatalogCache catalog_answers;
  RoutineKnowledge routines;
  SequenceHabits sequence_habits;
  DefaultQuotes default_quotes;
};

// Everything a new session may be opened on: one configuration. Immutable; a reload makes a new
// one.
struct Directory {
  std::map<std::string, std::shared_ptr<ServedPool>, std::less<>> pools;
  std::shared_ptr<const UserRegistry> users;
  // Of all configurations: sessions that are open when a new one comes count on.
  std::shared_ptr<SessionCount> session_count = std::make_shared<SessionCount>();
  SessionLimits session_limits;
  SpoolLimits spool;
  std::size_t max_message_bytes = 64U << 20;
  bool compression = true;  // where a client asks for it
};

}  // namespace sluice::relay::session
