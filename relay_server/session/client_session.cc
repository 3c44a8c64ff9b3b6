#include "relay_server/session/client_session.h"

#include <algorithm>
#include <utility>

#include "proto/wire/frame.h"
#include "relay_server/log/log.h"
#include "relay_server/session/failure.h"
#include "relay_server/session/readable_text.h"

#ifndef SLUICE_VERSION
#error "SLUICE_VERSION comes from the build"
#endif

namespace sluice::relay::session {
namespace {

// A backend that goes on this long after a cancel is cut off. Until then it is asked again and
// again: a cancel that meets it between two statements of one request is lost.
constexpr std::chrono::seconds kAbortGrace{5};
constexpr std::chrono::milliseconds kCancelAgain{500};
// Before a wrong password is answered.
constexpr std::chrono::milliseconds kRefusalDelay{500};
// While too many passwords are being checked.
constexpr std::chrono::milliseconds kTurnDelay{50};
// Ids a session may hold at a time: far beyond any application, far below what hurts the relay.
constexpr std::size_t kMaxStatements = 100'000;

}  // namespace

ClientSession::ClientSession(SessionHost& host, std::uint32_t id,
                             std::shared_ptr<const Directory> directory, pool::Timer& timer)
    : host_(host), id_(id), directory_(std::move(directory)), timer_(timer) {}

ClientSession::~ClientSession() = default;

// ---- one request ----

ClientSession::Outcome ClientSession::Handle(v1::Request request) noexcept {
  request_ = std::move(request);
  ++requests_;
  may_run_again_ = true;
  if (idle_timer_ != 0) timer_.Cancel(std::exchange(idle_timer_, 0));
  cancel_point_.Begin(request_.request_id());
  try {
    ArmDeadline();
    ReleaseIds();
    UndoFailedTransaction();
    if (request_.has_changes()) ApplyChanges(request_.changes());
    if (Dispatch() == Outcome::kParked) return Outcome::kParked;
  } catch (...) {
    AnswerFailure(std::current_exception());
  }
  FinishRequest();
  return Outcome::kDone;
}

ClientSession::Outcome ClientSession::Dispatch() {
  const auto body = request_.body_case();
  if (body == v1::Request::kOpenSession) return HandleOpen();
  if (state_ != State::kOpen) {
    throw SessionError("08003", "no session is open on this stream", true);
  }
  switch (body) {
    case v1::Request::kExecute:
      return HandleExecute();
    case v1::Request::kGrantCredit:
      return HandleGrantCredit();
    case v1::Request::kNextResult:
      return HandleNextResult();
    case v1::Request::kEndTransaction:
      return HandleEndTransaction();
    case v1::Request::kDescribe:
      return HandleDescribe();
    case v1::Request::kCatalog:
      return HandleCatalog();
    case v1::Request::kValuePart:
      return HandleValuePart();
    case v1::Request::kNativeSql:
      return HandleNativeSql();
    case v1::Request::kPing: {
      v1::Response response;
      response.mutable_pong();
      Answer(response);
      return Outcome::kDone;
    }
    case v1::Request::kCloseSession: {
      Close("closed by the client");
      v1::Response response;
      response.mutable_session_closed();
      Answer(response);
      return Outcome::kDone;
    }
    case v1::Request::kRelease:
    case v1::Request::kCancel:  // acted on when it was read
      return Outcome::kDone;
    default:
      throw SessionError("08P01", "the relay does not know this kind of request", true);
  }
}

void ClientSession::ArmDeadline() {
  deadline_ = wire::kNoDeadline;
  if (request_.timeout_ms() == 0) return;
  deadline_ = timer_.Now() + std::chrono::milliseconds(request_.timeout_ms());
  deadline_timer_ = timer_.Schedule(
      deadline_,
      [weak = weak_from_this(), host = host_.weak_from_this(), id = request_.request_id()] {
        const auto keep_alive = host.lock();
        if (const auto self = weak.lock(); self && keep_alive)
          self->Cancel(id, CancelReason::kDeadline);
      });
}

void ClientSession::FinishRequest() noexcept {
  try {
    // Whatever the request came to: an ended transaction holds no backend connection.
    SettleSessionLease();
    if (!session_lease_) undo_all_ = false;
    NoteHolderState(false);
    WatchIdleTransaction();
  } catch (const std::exception&) {
    EndForWantOfMemory();
  }
  // A cancel that came after the answer means the rows that are still to be sent.
  const bool stops_rows = cancel_point_.End() == CancelReason::kClient;
  try {
    if (stops_rows) StopCursor(request_.request_id());
  } catch (const std::exception&) {
    EndForWantOfMemory();
  }
  if (deadline_timer_ != 0) timer_.Cancel(std::exchange(deadline_timer_, 0));
  EraseUsedValues();
  request_ = v1::Request();  // gives its memory back, too: it may have held a long value
}

void ClientSession::Answer(v1::Response& response) {
  SettleCatalogUse();
  TellPin(response);
  response.set_request_id(request_.request_id());
  response.set_transaction_state(transaction_state());
  MakeUtf8(response);
  host_.Send(response);
}

// What the relay knows of the session may be less than what is true of it: it ends, and with it its
// stream, so that the client learns it.
void ClientSession::EndForWantOfMemory() noexcept {
  Close("out of memory");
  host_.BreakStream();
}

// Where there is no memory for an answer the session ends.
void ClientSession::AnswerFailure(std::exception_ptr error) noexcept {
  try {
    SettleCatalogUse();
    UndoFailedTransaction();
    auto response = FailureResponse(std::move(error));
    response.set_request_id(request_.request_id());
    // Without an open session there is nothing that could go on.
    if (state_ != State::kOpen) response.mutable_failure()->set_session_over(true);
    if (response.failure().session_over()) Close("failed");
    TellPin(response);
    MakeUtf8(response);
    host_.Send(response);
  } catch (const std::exception&) {
    EndForWantOfMemory();
  }
}

v1::Response ClientSession::FailureResponse(std::exception_ptr error) const {
  v1::Response response = MakeFailure(std::move(error), cancel_point_.reason());
  MakeUtf8(response);
  response.set_transaction_state(transaction_state());
  const auto& first = response.diagnostics(0);
  // A server's message may quote data: it goes to the client, not to the log.
  const bool own = first.origin() == v1::Diagnostic::ORIGIN_RELAY;
  log::Info("request_failed", {{"session", id_},
                               {"sqlstate", first.sqlstate()},
                               {"native_code", first.native_code()},
                               {"error", own ? first.message() : "reported by the server"}});
  return response;
}

v1::TransactionState ClientSession::transaction_state() const {
  if (transaction_lost()) return v1::TRANSACTION_STATE_FAILED;
  if (!session_lease_) return v1::TRANSACTION_STATE_NONE;
  return session_lease_.connection().transaction_state();
}

// ---- the session ----

ClientSession::Outcome ClientSession::HandleOpen() {
  if (state_ != State::kNew) {
    throw SessionError("08002", "a session is open on this stream already", true);
  }
  const auto& open = request_.open_session();
  if (open.protocol_version() != wire::kProtocolVersion) {
    throw SessionError("08004",
                       "the relay speaks protocol version " +
                           std::to_string(wire::kProtocolVersion) + ", the driver version " +
                           std::to_string(open.protocol_version()) + ": install matching releases",
                       true);
  }
  const UserRegistry& users = *directory_->users;
  const User* user = users.Recognise(open.user(), open.password());
  if (user == nullptr) {
    const auto turn = users.TakeTurn();
    if (turn == nullptr) return OpenLater();
    user = users.Authenticate(open.user(), open.password());
  }
  if (user == nullptr) return RefuseLogin();
  const auto found = directory_->pools.find(open.pool());
  const bool allowed =
      std::find(user->pools.begin(), user->pools.end(), open.pool()) != user->pools.end();
  if (found == directory_->pools.end() || !allowed) {
    throw SessionError("08004",
                       "the relay has no pool \"" + open.pool() + "\" that user \"" + open.user() +
                           "\" may open: check the Database keyword",
                       true);
  }
  TakePlaces(*user);
  served_ = found->second;
  user_ = open.user();
  user_read_only_ = user->read_only;
  settings_.read_only = user_read_only_;
  owner_ = {user_, open.application(), user->max_connections};
  sequences_.wanted = served_->sequence_habits.Has(SequenceHabit());
  ChooseMode(user->mode);
  if (open.has_settings()) ApplyChanges(open.settings());
  const bool knows_mode =
      served_->backends->engine() != v1::ENGINE_MYSQL || served_->default_quotes.known();
  if (const auto facts = served_->backends->facts(); facts && knows_mode) {
    FinishOpen(*facts);
    return Outcome::kDone;
  }
  // The first session of a pool asks the server what it is.
  return WithLease([this](pool::BackendLease& lease) {
    LearnDefaultMode(lease.connection());
    FinishOpen(lease.connection().facts());
  });
}

// Nobody may use up the relay alone, be it by mistake: an application that forgets to disconnect.
void ClientSession::TakePlaces(const User& user) {
  const auto& limits = directory_->session_limits;
  auto& count = *directory_->session_count;
  const std::string& name = request_.open_session().user();
  const auto of_user = user.max_sessions != 0 ? user.max_sessions : limits.per_user;
  place_of_user_ = count.Enter("user " + name, of_user);
  if (!place_of_user_) {
    throw SessionError("08004",
                       "user \"" + name + "\" has " + std::to_string(of_user) +
                           " sessions open, the most that it may have: close some, or raise " +
                           (user.max_sessions != 0 ? "max_sessions of [users." + name + "]"
                                                   : "max_sessions_per_user of [relay]"),
                       true);
  }
  const std::string address(AddressOf(host_.peer()));
  if (address.empty()) return;
  place_of_address_ = count.Enter("address " + address, limits.per_address);
  if (!place_of_address_) {
    throw SessionError("08004",
                       "address " + address + " has " + std::to_string(limits.per_address) +
                           " sessions open, the most that it may have: close some, or raise "
                           "max_sessions_per_address of [relay]",
                       true);
  }
}

// Guessing passwords must be slow. The answer waits, no thread does.
ClientSession::Outcome ClientSession::RefuseLogin() {
  was_refused_login_ = true;
  timer_.Schedule(
      timer_.Now() + kRefusalDelay, [self = shared_from_this(), host = host_.shared_from_this()] {
        self->AnswerFailure(std::make_exception_ptr(SessionError(
            "28000",
            "the relay does not accept this user name and password: check the keywords UID and PWD",
            true)));
        self->FinishRequest();
        host->ResumeStrand();
      });
  return Outcome::kParked;
}

// Others have their passwords checked: this one waits for its turn, no thread does.
ClientSession::Outcome ClientSession::OpenLater() {
  timer_.Schedule(timer_.Now() + kTurnDelay,
                  [self = shared_from_this(), host = host_.shared_from_this()] {
                    try {
                      if (self->cancel_point_.reason() != CancelReason::kNone) {
                        throw SessionError("HY008", "the request was cancelled", true);
                      }
                      if (self->HandleOpen() == Outcome::kParked) return;
                    } catch (...) {
                      self->AnswerFailure(std::current_exception());
                    }
                    self->FinishRequest();
                    host->ResumeStrand();
                  });
  return Outcome::kParked;
}

// The configuration decides first for the user, then what the client may choose: Pinning=always is
// session mode by another name.
void ClientSession::ChooseMode(std::optional<PoolMode> of_user) {
  const auto& open = request_.open_session();
  const auto& modes = served_->modes;
  mode_ = of_user.value_or(modes.by_default);
  pinning_ = open.pinning();
  error_scope_ = open.error_scope();
  const auto refuse = [this](const std::string& keyword) {
    refused_mode_ = keyword +
                    ": the configuration of the relay decides about this session; mode \"" +
                    (mode_ == PoolMode::kSession ? "session" : "transaction") + "\" is used";
  };
  if (pinning_ == v1::PINNING_ALWAYS && mode_ != PoolMode::kSession &&
      (of_user || !modes.Allows(PoolMode::kSession))) {
    pinning_ = v1::PINNING_AUTO;
    refuse("Pinning=always");
  }
  if (open.pool_mode() == v1::POOL_MODE_DEFAULT) return;
  const bool wants_session = open.pool_mode() == v1::POOL_MODE_SESSION;
  const auto wanted = wants_session ? PoolMode::kSession : PoolMode::kTransaction;
  if (wanted == mode_) return;
  if (of_user || !modes.Allows(wanted)) {
    refuse(wants_session ? "PoolMode=session" : "PoolMode=transaction");
  } else {
    mode_ = wanted;
  }
}

void ClientSession::FinishOpen(const v1::ServerFacts& facts) {
  state_ = State::kOpen;
  was_open_ = true;
  log::Info("session_opened", {{"session", id_},
                               {"user", user_},
                               {"pool", served_->backends->name()},
                               {"peer", host_.peer()},
                               {"application", request_.open_session().application()}});
  v1::Response response;
  auto& opened = *response.mutable_session_opened();
  opened.set_protocol_version(wire::kProtocolVersion);
  const auto& features = request_.open_session().features();
  const bool knows_zstd = std::ranges::find(features, v1::FEATURE_ZSTD) != features.end();
  if (directory_->compression && knows_zstd) opened.add_features(v1::FEATURE_ZSTD);
  opened.set_session_id(id_);
  *opened.mutable_server() = facts;
  opened.set_relay_version(SLUICE_VERSION);
  opened.set_max_message_bytes(directory_->max_message_bytes);
  opened.set_user(user_);
  opened.set_read_only(user_read_only_);
  if (!refused_mode_.empty()) {
    auto& warning = *response.add_diagnostics();
    warning.set_sqlstate("01S02");  // option value changed
    warning.set_message(std::exchange(refused_mode_, {}));
  }
  Answer(response);
}

void ClientSession::Close(const char* reason) noexcept {
  if (state_ == State::kOpen) {
    log::Info("session_closed", {{"session", id_}, {"reason", reason}});
  }
  state_ = State::kOver;
  cursors_.clear();
  scripts_.clear();
  values_.Clear();
  if (idle_timer_ != 0) timer_.Cancel(std::exchange(idle_timer_, 0));
  session_lease_.Release();
  place_of_user_.Leave();
  place_of_address_.Leave();
  if (holds_.empty() && counted_.empty()) return;
  holds_.Clear();
  holds_changed_ = true;
  CountPins();
}

void ClientSession::ApplyChanges(const v1::SessionChanges& changes) {
  if (changes.has_isolation()) settings_.isolation = changes.isolation();
  if (changes.has_read_only()) settings_.read_only = changes.read_only() || user_read_only_;
  if (changes.has_catalog()) settings_.catalog = changes.catalog();
  if (changes.has_autocommit() && changes.autocommit() != autocommit_) {
    autocommit_ = changes.autocommit();
    // ODBC: switching autocommit on commits what is open.
    if (autocommit_ && transaction_state() != v1::TRANSACTION_STATE_NONE) EndTransaction(true);
  }
}

void ClientSession::ReleaseIds() {
  for (const auto id : request_.released_cursors()) {
    CloseCursor(id);
    cancel_point_.ForgetRowsOf(id);
  }
  for (const auto id : request_.released_statements()) scripts_.erase(id);
  for (const auto id : request_.released_values()) values_.Erase(id);
  if (scripts_.size() > kMaxStatements) {
    throw SessionError(
        "HY014", "the session holds more than " + std::to_string(kMaxStatements) + " statements");
  }
}

// ---- from other threads ----

void ClientSession::Cancel(std::uint64_t request_id, CancelReason reason) {
  std::string why;
  switch (cancel_point_.Cancel(request_id, reason, &why)) {
    case CancelPoint::Result::kUnparked:
      // The strand is this thread's now: nobody else will answer.
      AnswerFailure(std::make_exception_ptr(SessionError(
          "HY008", reason == CancelReason::kDeadline ? why : "the request was stopped: " + why)));
      FinishRequest();
      host_.ResumeStrand();
      return;
    case CancelPoint::Result::kNotCurrent:
      if (reason != CancelReason::kClient) return;
      // It may be a result whose rows are still being sent.
      if (cancel_point_.NoteStop(request_id)) {
        host_.PostToStrand([self = shared_from_this()] { self->StopCursors(); });
      }
      return;
    case CancelPoint::Result::kNoted:
      CancelAgain(request_id, timer_.Now() + kAbortGrace);
      return;
    case CancelPoint::Result::kNotedBefore:
      return;
  }
}

void ClientSession::CancelAgain(std::uint64_t request_id, wire::Deadline patience) {
  const auto now = timer_.Now();
  timer_.Schedule(std::min(now + kCancelAgain, patience),
                  [weak = weak_from_this(), request_id, patience] {
                    const auto self = weak.lock();
                    if (!self) return;
                    if (self->timer_.Now() >= patience) {
                      self->cancel_point_.AbortIfRunning(request_id);
                    } else if (self->cancel_point_.CancelAgain(request_id)) {
                      self->CancelAgain(request_id, patience);
                    }
                  });
}

void ClientSession::Abandon() { Cancel(0, CancelReason::kGone); }

}  // namespace sluice::relay::session
