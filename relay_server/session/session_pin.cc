// What keeps a session on its backend connection beyond a transaction: holds (dialect/hold.h), or
// the wish of the application or of the pool. The texts of statements tell which holds begin and
// end; where they do not tell enough the server is asked, after the client has its answer.

#include <algorithm>
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

// A procedure, a function, a trigger; text that the server puts together. SET … FOR restores what
// it has set.
bool MayFireRoutines(const ScriptStatement& statement) {
  const auto& translated = statement.translated;
  const std::string_view sql = statement.native->sql;
  const bool is_set =
      sql.size() > 3 && (sql[0] | 0x20) == 's' && (sql[1] | 0x20) == 'e' && (sql[2] | 0x20) == 't';
  if (is_set) return false;
  switch (translated.kind) {
    case v1::STATEMENT_KIND_CALL:
    case v1::STATEMENT_KIND_INSERT:
    case v1::STATEMENT_KIND_UPDATE:
    case v1::STATEMENT_KIND_DELETE:
      return true;
    default:
      return !translated.called_routines.empty() ||
             (translated.kind == v1::STATEMENT_KIND_OTHER && translated.changes_catalog);
  }
}

// Each once, whatever their number.
void AddNames(const std::vector<std::string>& names, std::vector<std::string>& known) {
  known.insert(known.end(), names.begin(), names.end());
  std::ranges::sort(known);
  const auto doubled = std::ranges::unique(known);
  known.erase(doubled.begin(), doubled.end());
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
  return !holds_.empty() || MustAsk() || sequences_.ask || (keeps_lease_ && session_lease_);
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
  NoteRoutines(lease, statement);
  if (holds_changed_ || MustAsk()) SetLeftovers(lease);
}

// What routines have left that the statement calls, or that its triggers are. A session that keeps
// its connection anyway need not know.
void ClientSession::NoteRoutines(pool::BackendLease& lease, const ScriptStatement& statement) {
  const auto& translated = statement.translated;
  auto changes = lease.connection().TakeChanges();
  if (KeepsBackend()) return;
  const auto& called = translated.called_routines;
  const bool is_call = translated.kind == v1::STATEMENT_KIND_CALL;
  if (!called.empty()) {
    // The server tells with a procedure's answer what it leaves, but for what its source tells.
    const auto least = is_call ? dialect::RoutineEffect::kSets : dialect::RoutineEffect::kMayLeave;
    const auto effect = served_->routines.EffectOf(called, timer_.Now());
    if (effect >= least) AddNames(called, asked_routines_);
  }
  // What a procedure does behind its first result set is told with the last.
  ask_server_ = ask_server_ || (is_call && lease.connection().has_open_result() &&
                                served_->backends->engine() == v1::ENGINE_MYSQL);
  ask_variables_ = ask_variables_ || (is_call && ask_server_);
  // What the text of a statement says is known.
  const bool explained = translated.effect == dialect::SessionEffect::kSetting ||
                         translated.effect == dialect::SessionEffect::kPin ||
                         !translated.holds.ends.empty() || !MayFireRoutines(statement);
  if (explained || changes.empty()) return;
  if (pinning_ == v1::PINNING_NEVER) {
    undo_all_ = true;
    return lease.SetLeftovers({.any = true, .unknown = true, .undo = {}});
  }
  for (auto& name : changes) {
    ask_mode_ = ask_mode_ || name == "sql_mode";
    const auto kind = name.empty() ? HoldKind::kRoutine : HoldKind::kSetting;
    holds_.Take({kind, std::move(name)}, settings_.catalog, false);
    holds_changed_ = true;
  }
}

void ClientSession::ForgetQuestions() {
  ask_server_ = ask_variables_ = false;
  asked_routines_.clear();
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
  leftovers.unknown = undo_all_ || keeps_lease_ || MustAsk() || !plan.possible;
  if (!leftovers.unknown) leftovers.undo = std::move(plan.statements);
  lease.SetLeftovers(std::move(leftovers));
  lease.SetBeyondReset(dialect::OutliveReset(served_->backends->engine(), holds));
}

// Between transactions, with no result open: the server tells which holds there are. The client
// does not wait for it.
void ClientSession::AskForHolds() noexcept {
  const auto engine = served_->backends->engine();
  auto& connection = session_lease_.connection();
  outcome_lease_ = 0;  // the connection's last statement is the relay's from here on
  try {
    const pool::AbortGuard guard(timer_, connection, pool::kOwnWorkLimit);
    const bool ran_routines = LearnRoutines(connection);
    if (!ran_routines && !ask_server_) {
      ForgetQuestions();
      return SetLeftovers(session_lease_);
    }
    std::vector<Hold> found;
    const auto holds = holds_.candidates();
    if (const std::string query = dialect::HoldsQuery(engine, holds); !query.empty()) {
      for (auto& row : connection.Ask(query)) {
        found.push_back(dialect::HoldOfRow(row[0], std::move(row[1])));
      }
    }
    const bool ran_text = holds_.kinds().contains(HoldKind::kDoBlock);
    holds_.Settle(engine, found);
    if (ran_text || ran_routines || ask_variables_) AskWhatRoutinesLeft(connection);
    if (ran_text && holds_.empty() && !connection.Audit().empty()) {
      holds_.Take({HoldKind::kSetting, "in a DO block"}, "", false);
    }
    ForgetQuestions();
    holds_changed_ = true;
    if (pinning_ == v1::PINNING_NEVER && !holds_.empty()) {
      undo_all_ = true;
      holds_.Clear();
    }
    SetLeftovers(session_lease_);
  } catch (const BackendError& error) {
    if (error.connection_lost()) return DropSessionLease();
    log::Warning("holds_not_known", {{"session", id_}, {"error", "reported by the server"}});
  } catch (const std::exception& error) {
    log::Warning("holds_not_known", {{"session", id_}, {"error", error.what()}});
  }
}

// What the server says of functions that it has not been asked about before. Whether one of those
// that were called may have left something.
bool ClientSession::LearnRoutines(backend::BackendConnection& connection) {
  using dialect::RoutineEffect;
  auto& routines = served_->routines;
  const auto now = timer_.Now();
  if (const auto unknown = routines.Unknown(asked_routines_, now); !unknown.empty()) {
    const auto rows = connection.Ask(dialect::RoutinesQuery(served_->backends->engine(), unknown));
    for (const auto& name : unknown) routines.Learn(name, RoutineEffect::kNone, now);
    for (const auto& row : rows) {
      routines.Learn(row[0], row[1] == "1" ? RoutineEffect::kSets : RoutineEffect::kMayLeave, now);
    }
  }
  return routines.EffectOf(asked_routines_, now) != RoutineEffect::kNone;
}

// Variables that are set, and what else the server has told by now.
void ClientSession::AskWhatRoutinesLeft(backend::BackendConnection& connection) {
  const auto effect = served_->routines.EffectOf(asked_routines_, timer_.Now());
  if (effect == dialect::RoutineEffect::kSets) {
    const bool postgres = served_->backends->engine() == v1::ENGINE_POSTGRES;
    holds_.Take(postgres ? Hold{HoldKind::kSetting, "by a function"} : Hold{HoldKind::kRoutine, ""},
                settings_.catalog, false);
  }
  for (auto& name : connection.AskForVariables()) {
    const auto kind = name.starts_with('@') ? HoldKind::kUserVariable : HoldKind::kSetting;
    holds_.Take({kind, std::move(name)}, settings_.catalog, false);
  }
  for (const auto& name : connection.TakeChanges()) {
    if (name.empty()) holds_.Take({HoldKind::kRoutine, ""}, settings_.catalog, false);
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
// each kind of reason that is new to it, one for what is lost, and the text of all when that has
// changed.
void ClientSession::TellPin(v1::Response& response) {
  if (served_ == nullptr) return;
  if (!lost_holds_.empty()) {
    auto& diagnostic = *response.add_diagnostics();
    diagnostic.set_sqlstate("01000");
    diagnostic.set_message("the session's backend connection was lost, and with it: " +
                           std::exchange(lost_holds_, {}));
  }
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
    text = mode_ == PoolMode::kSession ? "session mode" : "Pinning=always";
  }
  if (text == told_pin_) return;
  response.set_pinned_by(text);
  told_pin_ = std::move(text);
}

}  // namespace sluice::relay::session
