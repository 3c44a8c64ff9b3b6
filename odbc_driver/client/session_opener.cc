#include "odbc_driver/client/session_opener.h"

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <Poco/Environment.h>

#include "odbc_driver/client/connector.h"
#include "odbc_driver/client/stream_cache.h"
#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver::client {

namespace {

constexpr std::string_view k08004ConnectionRejected = "08004";

// One call of OpenSession().
class SessionOpener {
 public:
  explicit SessionOpener(const ConnectOptions& options)
      : options_(options), deadline_(wire::DeadlineAfter(options.connect_timeout)) {
    for (const std::string& text : options.servers) {
      servers_.push_back(ParseServer(text, options.port));
    }
  }

  OpenedSession Run() {
    if (auto opened = TryWarmStreams()) return std::move(*opened);
    for (std::size_t i = 0; i < servers_.size(); ++i) {
      if (auto opened = TryFreshStream(i)) return std::move(*opened);
    }
    throw Failure();
  }

 private:
  std::optional<OpenedSession> TryWarmStreams();
  std::optional<OpenedSession> TryFreshStream(std::size_t index);
  OpenedSession Converse(Stream stream, Deadline deadline) const;
  v1::Request MakeRequest(std::uint64_t request_id) const;
  static v1::SessionOpened Check(v1::Response& response, const Stream& stream);
  RequestFailed Failure() const;
  void Note(const std::string& server, const std::string& reason, bool timed_out);

  const ConnectOptions& options_;
  const Deadline deadline_;
  std::vector<ServerAddress> servers_;
  std::string reasons_;  // why each server that was tried does not serve
  bool only_timeouts_ = true;
};

// Nothing has been executed on a stream that proves dead here, so it is given up silently.
std::optional<OpenedSession> SessionOpener::TryWarmStreams() {
  StreamCache& cache = StreamCache::OfProcess();
  for (const ServerAddress& server : servers_) {
    const std::string key = StreamCacheKey(options_, server);
    std::optional<Stream> stream = cache.Take(key);
    if (!stream) continue;
    try {
      return Converse(std::move(*stream), ShareOf(deadline_, 2));
    } catch (const ConnectFailed&) {
      cache.Forget(key);
    }
  }
  return std::nullopt;
}

std::optional<OpenedSession> SessionOpener::TryFreshStream(std::size_t index) {
  const ServerAddress& server = servers_[index];
  const std::size_t candidates = servers_.size() - index;
  try {
    const Deadline deadline = ShareOf(deadline_, candidates);
    OpenedSession opened = Converse(ConnectTo(server, options_, deadline), deadline);
    RememberTlsSession(opened.stream);
    return opened;
  } catch (const ConnectFailed& error) {
    Note(server.Text(), error.what(), error.timed_out());
  } catch (const RequestFailed& error) {
    // The relay is there and says no. Another may take the session where the reason is this
    // relay's own (08…: it drains, is full, or does not know the pool).
    if (candidates == 1 || !error.sqlstate().starts_with("08")) throw;
    Note(server.Text(), error.what(), false);
  }
  return std::nullopt;
}

// Throws ConnectFailed when the stream does not serve, RequestFailed when the relay refuses.
OpenedSession SessionOpener::Converse(Stream stream, Deadline deadline) const {
  const v1::Request request = MakeRequest(stream.next_request_id++);
  v1::Response response;
  std::uint32_t session_id = 0;
  try {
    stream.channel->Send(request, 0, deadline);
    // A warm stream may still hold what the session before left: the answer to its CloseSession,
    // rows that were under way.
    do {
      if (!stream.channel->Receive(response, &session_id, deadline)) {
        throw ConnectFailed("the relay did not open the session in time", true);
      }
    } while (response.request_id() != request.request_id());
  } catch (const wire::DeadlinePassed& error) {
    throw ConnectFailed(error.what(), true);
  } catch (const wire::StreamClosed& error) {
    throw ConnectFailed(error.what(), false);
  } catch (const wire::ProtocolError& error) {
    throw ConnectFailed(std::string("what answers is not a relay: ") + error.what(), false);
  }
  v1::SessionOpened session = Check(response, stream);
  return {std::move(session), std::move(stream)};
}

v1::Request SessionOpener::MakeRequest(std::uint64_t request_id) const {
  v1::Request request;
  request.set_request_id(request_id);
  v1::OpenSession& open = *request.mutable_open_session();
  open.set_protocol_version(wire::kProtocolVersion);
  open.set_pool(options_.pool);
  open.set_user(options_.user);
  open.set_password(options_.password);
  open.set_application(options_.application);
  open.set_client_host(Poco::Environment::nodeName());
  open.set_driver_version(SLUICE_VERSION);
  *open.mutable_settings() = options_.settings;
  request.set_timeout_ms(static_cast<std::uint32_t>(wire::RemainingTime(deadline_).count()));
  return request;
}

v1::SessionOpened SessionOpener::Check(v1::Response& response, const Stream& stream) {
  if (response.has_failure() && !response.diagnostics().empty()) {
    throw RequestFailed({response.diagnostics().begin(), response.diagnostics().end()});
  }
  if (!response.has_session_opened()) {
    throw ConnectFailed("it did not answer the opening of a session", false);
  }
  const std::uint32_t version = response.session_opened().protocol_version();
  if (version != wire::kProtocolVersion) {
    throw RequestFailed(std::string(k08004ConnectionRejected),
                        "the relay at " + stream.server + " speaks version " +
                            std::to_string(version) + " of the protocol, this driver version " +
                            std::to_string(wire::kProtocolVersion));
  }
  return std::move(*response.mutable_session_opened());
}

void SessionOpener::Note(const std::string& server, const std::string& reason, bool timed_out) {
  reasons_ += (reasons_.empty() ? "" : "; ") + ("at " + server + ": " + reason);
  only_timeouts_ = only_timeouts_ && timed_out;
}

RequestFailed SessionOpener::Failure() const {
  if (servers_.empty()) {
    return {std::string(k08001UnableToConnect.code), "no relay is named (Server keyword)"};
  }
  const SqlState& state = only_timeouts_ ? kHYT00TimeoutExpired : k08001UnableToConnect;
  return {std::string(state.code), "cannot reach relay " + reasons_};
}

}  // namespace

OpenedSession OpenSession(const ConnectOptions& options) {
  try {
    return SessionOpener(options).Run();
  } catch (const std::invalid_argument& error) {
    throw RequestFailed(std::string(k08001UnableToConnect.code), error.what());
  }
}

}  // namespace sluice::driver::client
