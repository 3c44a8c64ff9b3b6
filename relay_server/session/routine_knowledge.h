#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "proto/wire/deadline.h"
#include "relay_server/dialect/hold.h"

namespace sluice::relay::session {

// Which functions may leave something on the connection that calls them, as the server of a pool
// has told. What it told is forgotten after a while, and when the catalogue changes. Thread-safe.
class RoutineKnowledge {
 public:
  using Time = wire::Clock::time_point;
  using Effect = dialect::RoutineEffect;

  // The gravest effect of these; a name of which nothing is known may leave something.
  Effect EffectOf(const std::vector<std::string>& names, Time now) const;
  // Those of which nothing is known.
  std::vector<std::string> Unknown(const std::vector<std::string>& names, Time now) const;
  void Learn(const std::string& name, Effect effect, Time now);
  void Forget();

 private:
  struct Entry {
    Effect effect;
    Time learned;
  };
  const Entry* Find(const std::string& name, Time now) const;  // under mutex_

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> by_name_;
};

}  // namespace sluice::relay::session
