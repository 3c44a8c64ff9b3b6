#pragma once

#include <stdexcept>
#include <string>

namespace sluice::relay::session {

// A request fails for a reason of the relay's own.
class SessionError : public std::runtime_error {
 public:
  SessionError(std::string sqlstate, const std::string& message, bool session_over = false)
      : std::runtime_error(message), sqlstate_(std::move(sqlstate)), session_over_(session_over) {}
  const std::string& sqlstate() const { return sqlstate_; }
  bool session_over() const { return session_over_; }  // the session cannot go on

 private:
  std::string sqlstate_;
  bool session_over_;
};

}  // namespace sluice::relay::session
