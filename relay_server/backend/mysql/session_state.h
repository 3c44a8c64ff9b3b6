#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "relay_server/backend/backend.h"
#include "relay_server/backend/mysql/global_history.h"

namespace sluice::relay::backend {

// What a server is like, asked once by the first connection to it.
struct ServerProfile {
  v1::ServerFacts facts;
  std::string isolation_variable;  // transaction_isolation, or tx_isolation on older servers
  std::string read_only_variable;
  bool default_read_only = false;
  std::uint64_t max_allowed_packet = 0;
  // Assignments that every new or reset connection needs beyond the server's defaults.
  std::vector<std::string> connection_assignments;
  // Goes on being written, by all connections.
  std::shared_ptr<GlobalHistory> globals = std::make_shared<GlobalHistory>();
};

// Knows what a backend connection's session has been set to, and writes the statements that make it
// what a client session wants. Not thread-safe.
class SessionState {
 public:
  explicit SessionState(std::shared_ptr<const ServerProfile> profile);

  // The statements that are missing, none when nothing is. `last_insert_id`: whether the statement
  // that follows may ask for LAST_INSERT_ID().
  std::vector<std::string> Difference(const SessionSettings& wanted, bool last_insert_id) const;
  // Those statements have succeeded.
  void Applied(const SessionSettings& wanted, bool last_insert_id);
  // Nothing is known any more: the next difference sets everything.
  void Forget();
  void ForgetCatalog() { catalog_.reset(); }
  // The server may read and write in another character set: the next difference sets names.
  void ForgetNames() { names_known_ = false; }
  bool names_known() const { return names_known_; }
  // The server's defaults may have changed since the profile was read.
  void ForgetCharacteristics() {
    isolation_.reset();
    read_only_.reset();
  }
  // The application's own statement has set these.
  void NoteVariables(const std::vector<Variable>& changes);
  // A statement has generated this value.
  void set_last_insert_id(std::uint64_t value) { last_insert_id_ = value; }
  // What the server has said of the session.
  struct Report {
    std::string catalog;
    std::string isolation;
    std::string read_only;                    // 0 or 1
    std::vector<std::string> variables;       // whose session value is not the global one
    std::vector<std::string> user_variables;  // that have a value, without @
  };
  // Variables that are not known here to be set.
  std::vector<std::string> Unexpected(const Report& report) const;
  // What differs from what is known here, a text each.
  std::vector<std::string> Differences(const Report& report) const;
  // The database in which unqualified names of the next statement are looked up.
  const std::string& CatalogFor(const SessionSettings& wanted) const;

 private:
  void AddVariables(const Variables& wanted, std::vector<std::string>& statements) const;
  v1::IsolationLevel IsolationFor(const SessionSettings& wanted) const;

  std::shared_ptr<const ServerProfile> profile_;
  bool initialised_ = false;  // connection_assignments have been made
  std::optional<v1::IsolationLevel> isolation_;
  std::optional<bool> read_only_;
  std::optional<std::string> catalog_;
  std::optional<std::uint64_t> last_insert_id_;
  Variables variables_;
  bool variables_known_ = true;
  bool names_known_ = true;
};

// `name` between backticks.
std::string QuoteName(std::string_view name);

}  // namespace sluice::relay::backend
