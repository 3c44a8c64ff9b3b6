#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "odbc_driver/client/connector.h"
#include "odbc_driver/client/relay_client.h"
#include "odbc_driver/client/stream.h"

namespace sluice::driver::client {

struct OpenedSession {
  v1::SessionOpened session;
  std::vector<v1::Diagnostic> warnings;
  Stream stream;
};

// Opens a session at the first of the servers that takes it: over a warm stream if there is one,
// else over a fresh one. It goes on in steps, so that a caller that polls need not wait. One thread
// at a time.
class SessionOpener {
 public:
  explicit SessionOpener(const ConnectOptions& options);  // throws RequestFailed
  ~SessionOpener();
  SessionOpener(const SessionOpener&) = delete;
  SessionOpener& operator=(const SessionOpener&) = delete;

  // Goes on until the session is open, or it would have to wait beyond `patience`: nothing then.
  // Throws RequestFailed as RelayClient::Open tells.
  std::optional<OpenedSession> Advance(Deadline patience);

 private:
  struct Attempt;  // at one server

  bool StartNextAttempt();
  std::optional<OpenedSession> AdvanceAttempt(Deadline patience);
  bool Converse(Deadline patience, v1::Response& response);
  void GiveUp(const ConnectFailed& error);
  void StartWithoutCompression(wire::MessageChannel& channel) const;
  v1::Request MakeRequest(std::uint64_t request_id) const;
  static v1::SessionOpened Check(v1::Response& response, const Stream& stream);
  RequestFailed Failure() const;
  void Note(const std::string& server, const std::string& reason, bool timed_out);

  const ConnectOptions options_;
  const Deadline deadline_;
  std::vector<ServerAddress> servers_;
  std::size_t next_warm_ = 0;   // servers whose warm streams have not been tried
  std::size_t next_fresh_ = 0;  // servers that have not been connected to
  std::unique_ptr<Attempt> attempt_;
  std::string reasons_;  // why each server that was tried does not serve
  bool only_timeouts_ = true;
};

}  // namespace sluice::driver::client
