#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "proto/wire/deadline.h"

namespace sluice::relay::backend {

// Looks up one host's name. getaddrinfo(3) has no deadline: a name server that does not answer
// would hold the calling worker thread for as long as resolv.conf says. So a thread of its own
// asks; one at a time for the host, and all who want to know meanwhile wait for the same answer,
// each no longer than it may. Thread-safe.
class HostResolver {
 public:
  struct Answer {
    std::vector<std::string> addresses;  // numeric, in the order to try them
    std::string error;                   // why there are none
  };
  // Blocks as long as it likes. Called on a thread of its own.
  using LookUp = std::function<Answer(const std::string& host)>;

  explicit HostResolver(std::string host, LookUp look_up = LookUpHost);

  // Socket paths and numeric addresses are answered as they are, without a thread. Nothing that is
  // thrown is left unsaid: `error` of the answer tells also that the deadline has passed.
  Answer Resolve(wire::Deadline deadline) const;

  static Answer LookUpHost(const std::string& host);

 private:
  // Shared with the thread that asks, which may outlive the resolver.
  struct State {
    std::mutex mutex;
    std::condition_variable answered;
    bool is_asking = false;          // guarded by mutex, as is what follows
    std::uint64_t number = 0;        // of answers
    std::shared_ptr<Answer> answer;  // the last one
  };

  void Ask() const;

  const std::string host_;
  const LookUp look_up_;
  const bool needs_no_lookup_;
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace sluice::relay::backend
