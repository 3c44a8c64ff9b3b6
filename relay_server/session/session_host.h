#pragma once

#include <memory>
#include <string>

#include "relay_server/pool/executor.h"
#include "sluice/v1/session.pb.h"

namespace sluice::relay::session {

// The stream a session lives on, as the session sees it. A session's requests and tasks run one at
// a time (its strand), in order of arrival, on whatever worker thread brings them.
class SessionHost : public std::enable_shared_from_this<SessionHost> {
 public:
  virtual ~SessionHost() = default;

  // Queues the response for the client; never blocks, never throws. Thread-safe.
  virtual void Send(const v1::Response& response) = 0;
  // Runs the task on the strand after what is queued there. Thread-safe.
  virtual void PostToStrand(pool::Task task) = 0;
  // Ends the waiting of a request whose handling returned kParked. Called by the thread that has
  // answered it, which goes on with the strand's queue.
  virtual void ResumeStrand() = 0;
  // Other requests of this session wait for the one under way.
  virtual bool HasQueuedWork() const = 0;
  // The client does not read what it was sent: much of it waits here. Rows stay where they are
  // until ClientSession::OutputDrained is called, on the strand. Thread-safe.
  virtual bool IsCongested() const { return false; }

  // The session has no answer for its client, as there is no memory for one: the stream ends, so
  // that the client learns it. Needs no memory. Thread-safe.
  virtual void BreakStream() noexcept {}

  virtual std::string peer() const = 0;  // for logs
};

}  // namespace sluice::relay::session
