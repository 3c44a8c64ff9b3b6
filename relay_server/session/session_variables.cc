// The variables that the session's SET statements have set. They are set again on whatever backend
// connection the session gets next (backend::SessionSettings), so they need no pin.

#include <string>

#include "relay_server/session/client_session.h"

namespace sluice::relay::session {

// What is no variable but a setting that ODBC has, too (dialect::SettingChange). False: it is one.
bool ClientSession::TakesSetting(const backend::Variable& change) {
  if (change.name == "current database") {
    settings_.catalog = change.value;
  } else if (change.name == "isolation level") {
    settings_.isolation = static_cast<v1::IsolationLevel>(std::stoi(change.value));
  } else if (change.name == "read only") {
    settings_.read_only = change.value == "1" || user_read_only_;
  } else {
    return false;
  }
  return true;
}

// The statement has succeeded.
void ClientSession::NoteVariables(const backend::BackendConnection& connection,
                                  const ScriptStatement& statement) {
  using dialect::SessionEffect;
  const bool transactional = served_->backends->engine() == v1::ENGINE_POSTGRES;
  const auto& sets = statement.native->sets;
  if (!sets.empty() && transactional && !variables_before_ &&
      connection.transaction_state() != v1::TRANSACTION_STATE_NONE) {
    variables_before_ = settings_.variables;
  }
  for (const auto& change : sets) {
    if (!TakesSetting(change)) backend::SetVariable(settings_.variables, change);
  }
  if (statement.translated.effect == SessionEffect::kCommit) SettleTransaction(true);
}

// The transaction has ended.
void ClientSession::SettleVariables(bool committed) {
  if (!variables_before_) return;
  if (!committed) settings_.variables = std::move(*variables_before_);
  variables_before_.reset();
}

}  // namespace sluice::relay::session
