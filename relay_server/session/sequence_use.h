#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "relay_server/backend/backend.h"

namespace sluice::relay::session {

// Which applications ask for lastval() and currval(…), and for which: sessions of the same user and
// application are taken to be alike. Thread-safe.
class SequenceHabits {
 public:
  bool Has(const std::string& who) const;
  // The calls are those that are asked for now.
  void Note(const std::string& who, const std::vector<std::string>& calls);
  // The most recent first.
  std::vector<std::string> CallsOf(const std::string& who) const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::vector<std::string>> calls_;  // by user and application
};

// What a session has drawn from PostgreSQL's sequences, and where. lastval() and currval() answer
// for their connection, which other sessions use, too: only where nobody else has left anything, or
// what is left is known to be this session's, may they be asked. Not thread-safe.
struct SequenceUse {
  // Whether the session, or one like it, has asked. Then the connection forgets what others drew
  // before this session draws, and is asked for the values before it is given back.
  bool wanted = false;
  bool ask = false;  // before the lease under way ends

  std::uint64_t lease = 0;     // the session's last, of any connection
  bool lease_is_pure = false;  // nobody else has drawn on that connection
  // The last lease of the connection on which this session drew last, if nobody else has had it
  // since; 0: it has drawn nowhere.
  std::uint64_t place = 0;
  bool place_is_pure = false;  // nobody else has drawn there
  bool unasked = false;        // it has drawn there since the values were asked for
  std::shared_ptr<const backend::Statement> drew_with;  // an INSERT that inserted something there

  std::map<std::string, std::string> values;  // by call, as of the session's last drawing
  std::string path;                           // the search_path of their names
};

}  // namespace sluice::relay::session
