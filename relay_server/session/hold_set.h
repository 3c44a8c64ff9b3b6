#pragma once

#include <set>
#include <string>
#include <vector>

#include "relay_server/dialect/hold.h"

namespace sluice::relay::session {

// What a session has on its backend connection, as far as its statements' texts and the server have
// told. Not thread-safe.
class HoldSet {
 public:
  bool empty() const;
  void Clear() { holds_.clear(); }

  // `catalog`: the current one, in which a table's name without a catalogue is looked up.
  void Take(dialect::Hold hold, const std::string& catalog, bool in_transaction);
  // Where only the server knows whether it is the last one's end (a MySQL lock that was taken
  // twice), the hold is not shown any more, and waits for Settle.
  void End(v1::Engine engine, const dialect::HoldEnd& end, const std::string& catalog);
  void EndKind(dialect::HoldKind kind);
  void EndAll();  // DISCARD ALL

  // The transaction that was open has ended. True: some of its holds may have gone with it.
  bool EndTransaction(v1::Engine engine, bool committed);

  // What HoldsQuery has found, of candidates().
  void Settle(v1::Engine engine, const std::vector<dialect::Hold>& found);

  std::vector<dialect::Hold> candidates() const;
  std::set<dialect::HoldKind> kinds() const;
  std::string text() const;  // "temporary table t, LISTEN c"

 private:
  struct Entry {
    dialect::Hold hold;
    std::string catalog = {};
    bool in_transaction = false;  // made by the one that is open
    bool ended = false;           // so its text says
  };
  std::vector<Entry> holds_;
};

}  // namespace sluice::relay::session
