#include "odbc_driver/client/session_opener.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <Poco/Environment.h>
#include <Poco/Net/SocketAddress.h>

#include "odbc_driver/client/stream_cache.h"
#include "odbc_driver/info/sqlstate.h"

namespace sluice::driver::client {

namespace {

constexpr std::string_view k08004ConnectionRejected = "08004";
constexpr std::chrono::milliseconds kAnswerGrace{500};
constexpr const char* kAdvice =
    ". Check the keywords Server and Port, and SSLMode: the relay may want TLS";

// Whether the stream stays on this host. A loopback address may be the near end of a tunnel, whose
// round trips are long.
bool IsLocal(const Stream& stream) {
  const auto peer = stream.socket.peerAddress();
  if (peer.family() == Poco::Net::SocketAddress::UNIX_LOCAL) return true;
  return peer.host().isLoopback() && !stream.is_far();
}

// What the relay has agreed to, where it is of use.
wire::Compression CompressionFor(const Stream& stream, wire::Compression wanted) {
  const bool is_useless = wanted == wire::Compression::kWhereSlow && IsLocal(stream);
  return is_useless ? wire::Compression::kNever : wanted;
}

bool Agrees(const v1::SessionOpened& session, v1::Feature feature) {
  return std::ranges::find(session.features(), feature) != session.features().end();
}

}  // namespace

struct SessionOpener::Attempt {
  const ServerAddress& server;
  bool is_warm;
  Deadline deadline;
  std::unique_ptr<PendingStream> connecting = nullptr;
  std::optional<Stream> stream = std::nullopt;  // it is there
  std::uint64_t request_id = 0;                 // of the request that has been sent over it
  wire::Clock::time_point sent = {};            // when it was
};

SessionOpener::SessionOpener(const ConnectOptions& options)
    : options_(options), deadline_(wire::DeadlineAfter(options.connect_timeout)) {
  try {
    for (const std::string& text : options.servers) {
      servers_.push_back(ParseServer(text, options.port));
    }
  } catch (const std::invalid_argument& error) {
    throw RequestFailed(std::string(k08001UnableToConnect.code), error.what());
  }
}

SessionOpener::~SessionOpener() = default;

std::optional<OpenedSession> SessionOpener::Advance(Deadline patience) {
  for (;;) {
    try {
      if (attempt_ == nullptr && !StartNextAttempt()) throw Failure();
      return AdvanceAttempt(patience);
    } catch (const ConnectFailed& error) {
      GiveUp(error);
    } catch (const RequestFailed& error) {
      // The relay is there and says no. Another may take the session where the reason is this
      // relay's own (08…: it drains, is full, or does not know the pool).
      const bool is_last = attempt_ == nullptr || next_fresh_ == servers_.size();
      if (is_last || attempt_->is_warm || !error.sqlstate().starts_with("08")) throw;
      Note(attempt_->server.Text(), error.what(), false);
    }
    attempt_.reset();
  }
}

// false: everything has been tried.
bool SessionOpener::StartNextAttempt() {
  while (next_warm_ < servers_.size()) {
    const ServerAddress& server = servers_[next_warm_++];
    auto stream = StreamCache::OfProcess().Take(StreamCacheKey(options_, server));
    if (!stream) continue;
    attempt_.reset(
        new Attempt{.server = server, .is_warm = true, .deadline = ShareOf(deadline_, 2)});
    attempt_->stream = std::move(stream);
    return true;
  }
  if (next_fresh_ == servers_.size()) return false;
  const ServerAddress& server = servers_[next_fresh_];
  const Deadline deadline = ShareOf(deadline_, servers_.size() - next_fresh_++);
  attempt_.reset(new Attempt{.server = server, .is_warm = false, .deadline = deadline});
  attempt_->connecting = std::make_unique<PendingStream>(server, options_, deadline);
  return true;
}

// Nothing has been executed on a warm stream that proves dead here, so it is given up silently.
void SessionOpener::GiveUp(const ConnectFailed& error) {
  if (attempt_->is_warm) {
    StreamCache::OfProcess().Forget(StreamCacheKey(options_, attempt_->server));
  } else {
    Note(attempt_->server.Text(), error.what(), error.timed_out());
  }
}

// Throws ConnectFailed when the stream does not serve, RequestFailed when the relay refuses.
std::optional<OpenedSession> SessionOpener::AdvanceAttempt(Deadline patience) {
  Attempt& attempt = *attempt_;
  if (!attempt.stream) {
    attempt.stream = attempt.connecting->Advance(patience);
    if (!attempt.stream) return std::nullopt;
  }
  v1::Response response;
  if (!Converse(patience, response)) return std::nullopt;
  v1::SessionOpened session = Check(response, *attempt.stream);
  if (Agrees(session, v1::FEATURE_ZSTD)) {
    // Until the rate of a link has been measured, one that is far away is taken for slow.
    attempt.stream->channel->set_compression(CompressionFor(*attempt.stream, options_.compression),
                                             attempt.stream->is_far());
  }
  if (!attempt.is_warm) RememberTlsSession(*attempt.stream);
  return OpenedSession{std::move(session),
                       {response.diagnostics().begin(), response.diagnostics().end()},
                       std::move(*attempt.stream)};
}

// Sends the request and receives the answer. false: it would have to wait beyond `patience`.
bool SessionOpener::Converse(Deadline patience, v1::Response& response) {
  Attempt& attempt = *attempt_;
  Stream& stream = *attempt.stream;
  std::uint32_t session_id = 0;
  try {
    if (attempt.request_id == 0) {
      attempt.request_id = stream.next_request_id++;
      attempt.sent = wire::Clock::now();
      StartWithoutCompression(*stream.channel);
      stream.channel->Send(MakeRequest(attempt.request_id), 0, attempt.deadline);
    }
    // A warm stream may still hold what the session before left: the answer to its CloseSession,
    // rows that were under way.
    for (;;) {
      const auto until = std::min(patience, attempt.deadline);
      const bool received = stream.channel->Receive(response, &session_id, until);
      if (received && response.request_id() == attempt.request_id) break;
      if (wire::HasPassed(attempt.deadline)) {
        throw ConnectFailed("the relay did not open the session in time", true);
      }
      if (!received || wire::HasPassed(patience)) return false;
    }
    stream.round_trip = std::min(stream.round_trip, wire::Clock::now() - attempt.sent);
    return true;
  } catch (const wire::DeadlinePassed& error) {
    throw ConnectFailed(error.what(), true);
  } catch (const wire::StreamClosed& error) {
    throw ConnectFailed(error.what() + std::string(kAdvice), false);
  } catch (const wire::ProtocolError& error) {
    throw ConnectFailed(std::string("what answers is not a relay: ") + error.what() + kAdvice,
                        false);
  }
}

// Nothing goes out compressed before the relay has agreed. What a warm stream's last session left
// may be compressed still, whatever this one wants.
void SessionOpener::StartWithoutCompression(wire::MessageChannel& channel) const {
  channel.set_compression(wire::Compression::kNever, false);
  if (options_.compression != wire::Compression::kNever) channel.set_accepts_compressed(true);
}

v1::Request SessionOpener::MakeRequest(std::uint64_t request_id) const {
  v1::Request request;
  request.set_request_id(request_id);
  v1::OpenSession& open = *request.mutable_open_session();
  open.set_protocol_version(wire::kProtocolVersion);
  if (options_.compression != wire::Compression::kNever) open.add_features(v1::FEATURE_ZSTD);
  open.set_pool(options_.pool);
  open.set_user(options_.user);
  open.set_password(options_.password);
  open.set_application(options_.application);
  open.set_client_host(Poco::Environment::nodeName());
  open.set_driver_version(SLUICE_VERSION);
  *open.mutable_settings() = options_.settings;
  open.set_pinning(options_.pinning);
  open.set_pool_mode(options_.pool_mode);
  open.set_error_scope(options_.error_scope);
  // The relay's own reason (who has the connections of the pool) comes before this side gives up.
  const auto remaining = wire::RemainingTime(deadline_);
  const auto grace = std::min(remaining / 4, kAnswerGrace);
  request.set_timeout_ms(static_cast<std::uint32_t>((remaining - grace).count()));
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

}  // namespace sluice::driver::client
