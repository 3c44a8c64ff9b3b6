#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>

namespace sluice::relay::backend {

// The values that the server's global variables have had since the relay knows it. A session begins
// with the global values of its moment and keeps them: a value that was global once is no sign that
// somebody has set it in the session. Thread-safe.
class GlobalHistory {
 public:
  void Note(const std::string& name, const std::string& value) {
    const std::lock_guard lock(mutex_);
    values_[name].insert(value);
  }
  bool Had(const std::string& name, const std::string& value) const {
    const std::lock_guard lock(mutex_);
    const auto found = values_.find(name);
    return found != values_.end() && found->second.contains(value);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::set<std::string>> values_;  // guarded by mutex_; by variable
};

}  // namespace sluice::relay::backend
