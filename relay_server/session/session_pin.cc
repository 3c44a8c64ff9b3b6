// What keeps a session on its backend connection beyond a transaction: holds (dialect/hold.h), or
// the wish of the application or of the pool. The texts of statements tell which holds begin and
// end; where they do not tell enough the server is asked, after the client has its answer.

#include <utility>

#include "relay_server/log/log.h"
#include "relay_server/pool/abort_guard.h"
#include "relay_server/session/client_session.h"

namespace sluice::relay::session {
namespace {

using backend::BackendError;
using dialect::Hold;
using dialect::HoldKind;

// What a statement has done although it failed: locks outlive the error that came after them.
bool OutlivesFailure(HoldKind kind) {
  return kind == HoldKind::kAdvisoryLock || kind == HoldKind::kNamedLock ||
         kind == HoldKind::kLink || kind == HoldKind::kDoBlock;
}

// It ends with the next statement: not worth telling.
bool IsBrief(HoldKind kind) {
  return kind == HoldKind::kLastResult || kind == HoldKind::kNextTransaction;
}

// The text that a marker is bound to, empty when it is none.
std::string ParameterText(const values::ParameterSetView& parameters, int index) {
  const auto column = static_cast<std::size_t>(index);
  if (index < 0 || column >= parameters.column_count() || parameters.row_count() != 1) return "";
  const auto& values = parameters.column(column);
  const bool is_text = values.type() == v1::VALUE_TYPE_TEXT && !values.IsNull(0);
  return is_text ? std::string(values.Variable(0)) : "";
}

}  // namespace

bool ClientSession::KeepsBackend() const {
  return mode_ == PoolMode::kSession || pinning_ == v1::PINNING_ALWAYS;
}

bool ClientSession::IsPinned() const {
  return !holds_.empty() || ask_server_ || (keeps_lease_ && session_lease_);
}

// Before anything of the script has run.
void ClientSession::CheckPinning(const Script& script) const {
  if (pinning_ != v1::PINNING_NEVER || KeepsBackend()) return;
  for (const auto& statement : script.statements) {
    if (statement.translated.holds.takes.empty()) continue;
    throw SessionError(
        "HYC00", dialect::HoldText(statement.translated.holds.takes.front()) +
                     ": this would keep a backend connection for this session alone, which "
                     "Pinning=never forbids; connect with Pinning=auto or Pinning=always, or do "
                     "without it");
  }
}

// The statement has ended.
void ClientSession::NoteHolds(pool::BackendLease& lease, const ScriptStatement& statement,
                              const values::ParameterSetView& parameters, bool failed) {
  const auto& changes = statement.translated.holds;
  const bool calls = statement.translated.kind == v1::STATEMENT_KIND_CALL;
  const bool in_transaction = lease.connection().transaction_state() != v1::TRANSACTION_STATE_NONE;
  const bool had_some = !holds_.empty();
  if (had_some) {
    holds_.EndKind(HoldKind::kLastResult);
    if (!in_transaction && !failed) holds_.EndKind(HoldKind::kNextTransaction);
    if (!failed) EndHolds(statement, parameters);
    holds_changed_ = true;
  }
  bool takes = false;
  for (Hold hold : changes.takes) {
    if (failed && !OutlivesFailure(hold.kind)) continue;
    if (hold.name.empty()) hold.name = ParameterText(parameters, hold.parameter);
    holds_.Take(std::move(hold), settings_.catalog, in_transaction);
    takes = true;
  }
  const bool may_have_changed = had_some || takes || calls;
  if ((changes.ask && may_have_changed) || (failed && takes)) ask_server_ = true;
  holds_changed_ = holds_changed_ || takes;
  if (holds_changed_ || ask_server_) SetLeftovers(lease);
}

// Of holds that there are.
void ClientSession::EndHolds(const ScriptStatement& statement,
                             const values::ParameterSetView& parameters) {
  const auto& changes = statement.translated.holds;
  const auto engine = served_->backends->engine();
  for (dialect::HoldEnd end : changes.ends) {
    if (end.name.empty()) end.name = ParameterText(parameters, end.parameter);
    holds_.End(engine, end, settings_.catalog);
  }
  for (const auto& change : statement.native->sets) {
    if (change.name.empty()) {
      holds_.EndKind(HoldKind::kSetting);
    } else {
      const auto kind = change.name.front() == '@' ? HoldKind::kUserVariable : HoldKind::kSetting;
      holds_.End(engine, {.kind = kind, .name = change.name}, settings_.catalog);
    }
  }
  if (changes.ends_all) holds_.EndAll();
  // Savepoints are the server's to know.
  ask_server_ =
      ask_server_ || statement.translated.effect == dialect::SessionEffect::kRollbackToSavepoint;
}

// The transaction has ended.
void ClientSession::SettleTransaction(bool committed) {
  SettleVariables(committed);
  if (holds_.empty()) return;
  if (holds_.EndTransaction(served_->backends->engine(), committed)) {
    ask_server_ = true;
    holds_changed_ = true;
  }
}

// What a reset has to undo if the session ended now. As long as the server is to be asked, that is
// not known.
void ClientSession::SetLeftovers(pool::BackendLease& lease) const {
  backend::Leftovers leftovers;
  const auto holds = holds_.candidates();
  auto plan = dialect::UndoHolds(served_->backends->engine(), holds);
  leftovers.any = true;
  leftovers.unknown = keeps_lease_ || ask_server_ || !plan.possible;
  if (!leftovers.unknown) leftovers.undo = std::move(plan.statements);
  lease.SetLeftovers(std::move(leftovers));
}

// Between transactions, with no result open: the server tells which holds there are. The client
// does not wait for it.
void ClientSession::AskForHolds() noexcept {
  const auto engine = served_->backends->engine();
  auto& connection = session_lease_.connection();
  try {
    const pool::AbortGuard guard(timer_, connection, pool::kOwnWorkLimit);
    std::vector<Hold> found;
    const auto holds = holds_.candidates();
    if (const std::string query = dialect::HoldsQuery(engine, holds); !query.empty()) {
      for (auto& row : connection.Ask(query)) {
        found.push_back(dialect::HoldOfRow(row[0], std::move(row[1])));
      }
    }
    const bool ran_text = holds_.kinds().contains(HoldKind::kDoBlock);
    holds_.Settle(engine, found);
    if (ran_text && holds_.empty() && !connection.Audit().empty()) {
      holds_.Take({HoldKind::kSetting, "in a DO block"}, "", false);
    }
    ask_server_ = false;
    holds_changed_ = true;
    SetLeftovers(session_lease_);
  } catch (const BackendError& error) {
    if (error.connection_lost()) LoseSessionLease();
  } catch (const std::exception& error) {
    log::Warning("holds_not_known", {{"session", id_}, {"error", error.what()}});
  }
}

// Counts and logs what has changed since the last time.
void ClientSession::CountPins() {
  if (!std::exchange(holds_changed_, false)) return;
  const auto kinds = holds_.kinds();
  if (session_lease_) pinned_pool_ = session_lease_.pool();
  if (pinned_pool_ == nullptr) return;
  const auto& name = served_->backends->name();
  for (const auto kind : kinds) {
    if (counted_.contains(kind)) continue;
    pinned_pool_->CountPin(dialect::HoldReason(kind), true);
    log::Info(
        "session_pinned",
        {{"session", id_}, {"pool", name}, {"reason", std::string(dialect::HoldReason(kind))}});
  }
  for (const auto kind : counted_) {
    if (!kinds.contains(kind)) pinned_pool_->CountPin(dialect::HoldReason(kind), false);
  }
  if (kinds.empty() && !counted_.empty()) {
    log::Info("session_unpinned", {{"session", id_}, {"pool", name}});
  }
  counted_ = kinds;
  if (kinds.empty()) pinned_pool_.reset();
}

// Tells the client, with the answer that is due, what keeps its backend connection: a 01000 for
// each kind of reason that is new to it, and the text of all when that has changed.
void ClientSession::TellPin(v1::Response& response) {
  if (served_ == nullptr) return;
  for (const auto kind : holds_.kinds()) {
    const bool tell = !keeps_lease_ && !response.has_failure() && !IsBrief(kind);
    if (!tell || !told_kinds_.insert(kind).second) continue;
    auto& diagnostic = *response.add_diagnostics();
    diagnostic.set_sqlstate("01000");
    diagnostic.set_message("this session keeps its backend connection until this ends: " +
                           holds_.text());
    break;
  }
  std::string text = holds_.text();
  if (text.empty() && keeps_lease_ && session_lease_) {
    text = mode_ == PoolMode::kSession ? "the pool's mode" : "Pinning=always";
  }
  if (text == told_pin_) return;
  response.set_pinned_by(text);
  told_pin_ = std::move(text);
}

}  // namespace sluice::relay::session
