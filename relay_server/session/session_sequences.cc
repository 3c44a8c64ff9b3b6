// lastval() and currval(…) on PostgreSQL, which answer for their connection. A session that has
// never asked for them pays nothing: its INSERTs run anywhere. From the first question on, the
// values are asked for after each statement that may have drawn one, when the client has its
// answer, and stand in the text in place of the call.

#include <algorithm>
#include <utility>

#include "relay_server/dialect/sequence_reads.h"
#include "relay_server/log/log.h"
#include "relay_server/pool/abort_guard.h"
#include "relay_server/session/client_session.h"

namespace sluice::relay::session {
namespace {

constexpr char kLastValue[] = "pg_catalog.lastval()";
constexpr char kUndefined[] = "55000";  // object_not_in_prerequisite_state: lastval's own
constexpr std::size_t kMaxApplications = 1000;
constexpr std::size_t kMaxCalls = 16;  // each is a question after each INSERT

[[noreturn]] void RefuseSequenceRead() {
  throw SessionError(kUndefined,
                     "what lastval() and currval() answer is not known: another session has used "
                     "the backend connection since this one drew from a sequence, or it has drawn "
                     "nothing. Use INSERT … RETURNING, run both statements in one transaction, or "
                     "connect with Pinning=always");
}

}  // namespace

// ---- habits ----

bool SequenceHabits::Has(const std::string& who) const {
  const std::lock_guard lock(mutex_);
  return calls_.contains(who);
}

void SequenceHabits::Note(const std::string& who, const std::vector<std::string>& calls) {
  const std::lock_guard lock(mutex_);
  if (calls_.size() >= kMaxApplications && !calls_.contains(who)) calls_.clear();
  auto& known = calls_[who];
  for (const auto& call : calls) {
    if (call == kLastValue) continue;
    std::erase(known, call);
    known.insert(known.begin(), call);
  }
  if (known.size() > kMaxCalls) known.resize(kMaxCalls);
}

std::vector<std::string> SequenceHabits::CallsOf(const std::string& who) const {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(who);
  return found == calls_.end() ? std::vector<std::string>() : found->second;
}

// ---- where to run ----

// Of the application.
std::string ClientSession::SequenceHabit() const { return user_ + '\0' + owner_.application; }

// The session has been given a connection.
void ClientSession::FollowLease(const pool::BackendLease& lease) {
  auto& use = sequences_;
  const auto previous = lease.previous();
  use.lease_is_pure = previous == 0 || (previous == use.lease && use.lease_is_pure);
  use.lease = lease.number();
  if (use.place != 0 && previous == use.place) use.place = use.lease;
}

// Before the script gets a connection. True: it asks for what an earlier request has drawn, so that
// the connection of that would be best.
bool ClientSession::LearnSequenceReads(const Script& script) {
  if (served_->backends->engine() != v1::ENGINE_POSTGRES) return false;
  bool drew_before = false;
  bool wants_place = false;
  for (const auto& statement : script.statements) {
    if (statement.translated.reads_generated_id) {
      const auto reads = dialect::FindSequenceReads(statement.native->sql);
      served_->sequence_habits.Note(SequenceHabit(), reads.calls);
      sequences_.wanted = true;
      const bool known =
          !sequences_.unasked && !statement.translated.may_draw && RemembersSequences(reads);
      wants_place = wants_place || (!drew_before && !known);
    }
    drew_before = drew_before || statement.translated.may_draw;
  }
  return wants_place && sequences_.place != 0;
}

// The connection on which the session drew last, if nobody has used it since.
std::optional<pool::BackendLease> ClientSession::DrawingPlace() {
  const auto place = sequences_.place;
  if (auto lease = served_->backends->TryReacquire(place, owner_)) return lease;
  const bool is_own = std::ranges::any_of(cursors_, [place](const auto& entry) {
    return entry.second->lease && entry.second->lease.number() == place;
  });
  if (!is_own) return std::nullopt;
  SpoolAllOn(nullptr);  // rows of the session itself stand in the way
  return served_->backends->TryReacquire(place, owner_);
}

// ---- what to run ----

// All values that are asked for are known. Those of currval hold for the search_path in which its
// argument was looked up.
bool ClientSession::RemembersSequences(const dialect::SequenceReads& reads) const {
  const auto& use = sequences_;
  const auto path = settings_.variables.find("search_path");
  const bool same_path =
      use.path == (path == settings_.variables.end() ? std::string() : path->second);
  return !reads.has_other && std::ranges::all_of(reads.calls, [&](const std::string& call) {
    return use.values.contains(call) && (same_path || call == kLastValue);
  });
}

// The server says that what the session inserted there last has drawn what is asked for.
bool ClientSession::HasDrawn(backend::BackendConnection& connection,
                             const dialect::SequenceReads& reads) const {
  const auto& use = sequences_;
  if (!use.drew_with || reads.has_other ||
      connection.transaction_state() == v1::TRANSACTION_STATE_FAILED) {
    return false;
  }
  const auto query = dialect::DrawingProof(use.drew_with->sql, reads.calls);
  return query && !connection.Ask(*query).empty();
}

ScriptStatement ClientSession::WithRememberedSequences(const ScriptStatement& statement) const {
  ScriptStatement replaced = statement;
  auto native = std::make_shared<backend::Statement>();
  native->sql = dialect::WithSequenceValues(statement.native->sql, sequences_.values);
  native->parameter_count = statement.native->parameter_count;
  native->kind = statement.native->kind;
  replaced.native = std::move(native);
  replaced.is_rewritten = true;
  return replaced;
}

// Before the statement runs on this connection: what runs in its place. What draws and reads at
// once runs as it is, on a connection that knows nothing of others' values. Throws where an answer
// could be another session's.
std::optional<ScriptStatement> ClientSession::ReadySequences(const pool::BackendLease& lease,
                                                             const ScriptStatement& statement) {
  fresh_sequences_ = false;
  if (served_->backends->engine() != v1::ENGINE_POSTGRES) return std::nullopt;
  const auto& translated = statement.translated;
  const auto& use = sequences_;
  const bool here = use.place == lease.number();
  const bool is_own = here && use.place_is_pure;
  if (translated.may_draw) {
    const bool knows_what_it_asks =
        here && !is_own && translated.reads_generated_id &&
        HasDrawn(lease.connection(), dialect::FindSequenceReads(statement.native->sql));
    fresh_sequences_ = (use.wanted || KeepsBackend()) && !is_own && !knows_what_it_asks;
    return std::nullopt;
  }
  if (!translated.reads_generated_id) return std::nullopt;
  const auto reads = dialect::FindSequenceReads(statement.native->sql);
  if (!use.unasked && RemembersSequences(reads)) return WithRememberedSequences(statement);
  if (is_own || (here && HasDrawn(lease.connection(), reads))) return std::nullopt;
  RefuseSequenceRead();
}

// The statement asks for what its connection does not know. What the session remembers is older
// than the connection's use, or another's connection knew it: nobody has drawn it here.
std::optional<ScriptStatement> ClientSession::AfterUndefinedSequence(
    const backend::BackendError& error, const backend::BackendConnection& connection,
    const ScriptStatement& statement) const {
  if (error.sqlstate() != kUndefined || !statement.translated.reads_generated_id ||
      served_->backends->engine() != v1::ENGINE_POSTGRES ||
      connection.transaction_state() == v1::TRANSACTION_STATE_FAILED) {
    return std::nullopt;
  }
  const auto reads = dialect::FindSequenceReads(statement.native->sql);
  const bool one = reads.calls.size() == 1;
  if (RemembersSequences(reads) && (one || !sequences_.unasked)) {
    return WithRememberedSequences(statement);
  }
  // It may have drawn that elsewhere, where others have been since.
  if (fresh_sequences_ && sequences_.unasked) RefuseSequenceRead();
  return std::nullopt;
}

// ---- what has been drawn ----

// The statement has ended.
void ClientSession::NoteDrawing(const pool::BackendLease& lease, const ScriptStatement& statement,
                                bool failed) {
  const auto& translated = statement.translated;
  if (translated.may_draw) drew_on_ = lease.number();
  if (served_->backends->engine() != v1::ENGINE_POSTGRES) return;
  auto& use = sequences_;
  if (translated.drops_sequences && !failed) {
    SequenceUse none;
    none.wanted = use.wanted;
    none.lease = use.lease;
    none.lease_is_pure = true;
    use = std::move(none);
    return;
  }
  if (!translated.may_draw) {
    // The value is there: it is kept for when others come.
    const bool keeps = translated.reads_generated_id && !failed && use.unasked;
    use.ask =
        use.ask || (keeps && !KeepsBackend() && use.place_is_pure && use.place == lease.number());
    return;
  }
  const bool is_fresh = std::exchange(fresh_sequences_, false);
  use.unasked = true;
  if (is_fresh && failed) {  // whether others' values are forgotten is not known
    use.place = 0;
    return;
  }
  use.lease_is_pure = use.lease_is_pure || is_fresh;
  if (use.place != lease.number()) {
    use.place = lease.number();
    use.place_is_pure = use.lease_is_pure;
    use.drew_with.reset();
  }
  use.place_is_pure = use.place_is_pure || is_fresh;
  const bool inserted =
      !failed && translated.kind == v1::STATEMENT_KIND_INSERT && outcome_.row_count > 0;
  if (inserted) use.drew_with = statement.native;
  use.ask = use.wanted && use.place_is_pure && !KeepsBackend();
}

// The connection of the last lease is gone. What the session remembers holds, unless it has drawn
// there since.
void ClientSession::LoseDrawingPlace() {
  auto& use = sequences_;
  use.ask = false;
  use.lease_is_pure = false;
  if (use.place == use.lease) use.place = 0;
}

// Between transactions, with no result open. The client does not wait for it.
void ClientSession::AskForSequences() noexcept {
  auto& use = sequences_;
  use.ask = false;
  try {
    auto& connection = session_lease_.connection();
    const pool::AbortGuard guard(timer_, connection, pool::kOwnWorkLimit);
    std::vector<std::string> calls = served_->sequence_habits.CallsOf(SequenceHabit());
    calls.emplace_back(kLastValue);
    const auto values = connection.AskSequenceValues(calls);
    const auto path = settings_.variables.find("search_path");
    std::string now = path == settings_.variables.end() ? std::string() : path->second;
    if (now != use.path) {
      std::erase_if(use.values, [](const auto& entry) { return entry.first != kLastValue; });
      use.path = std::move(now);
    }
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (!values[i].empty()) use.values.insert_or_assign(calls[i], values[i]);
    }
    use.unasked = false;
  } catch (const backend::BackendError& error) {
    if (error.connection_lost()) DropSessionLease();
    log::Warning("sequences_not_known", {{"session", id_}, {"error", "reported by the server"}});
  } catch (const std::exception& error) {
    log::Warning("sequences_not_known", {{"session", id_}, {"error", error.what()}});
  }
}

}  // namespace sluice::relay::session
