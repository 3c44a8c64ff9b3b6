// Catalogue functions: asked of the server in one query, or answered from what the pool remembers.

#include <utility>

#include "relay_server/session/client_session.h"

namespace sluice::relay::session {

// What the answer depends on: the user, the current catalogue, the variables that were set (the
// search path is one), and the request, less its cursor. nullopt: the session may see what others
// do not, or has asked for fresh numbers. A pinned session may have temporary tables; one in a
// transaction what it has changed.
std::optional<std::string> ClientSession::CatalogKey() const {
  const bool ordinary = mode_ == PoolMode::kTransaction && !IsPinned() && !own_catalog_ &&
                        transaction_state() != v1::TRANSACTION_STATE_FAILED;
  if (!served_->catalog_answers.enabled() || !ordinary || request_.catalog().exact_statistics()) {
    return std::nullopt;
  }
  v1::Catalog question = request_.catalog();
  question.clear_cursor_id();
  question.clear_credit_bytes();
  std::string key;
  const auto append = [&](const std::string& part) {
    key += std::to_string(part.size()) + ':' + part;
  };
  append(user_);
  append(settings_.catalog);
  for (const auto& [name, value] : settings_.variables) {
    append(name);
    append(value);
  }
  return key + ';' + question.SerializeAsString();
}

ClientSession::Outcome ClientSession::HandleCatalog() {
  RequireUsableTransaction();
  auto key = CatalogKey();
  if (key) {
    if (auto answer = served_->catalog_answers.Find(*key, wire::Clock::now())) {
      AnswerFromMemory(std::move(answer));
      return Outcome::kDone;
    }
  }
  const auto& catalog = request_.catalog();
  const auto facts = served_->backends->facts();
  ScriptStatement statement;
  auto native = std::make_shared<backend::Statement>();
  native->sql = served_->dialect.CatalogQuery(catalog, facts ? *facts : v1::ServerFacts());
  native->kind = v1::STATEMENT_KIND_SELECT;
  statement.translated.kind = v1::STATEMENT_KIND_SELECT;
  statement.translated.is_read_only_safe = true;
  statement.native = std::move(native);
  statement.catalog = catalog.function();
  auto script = std::make_shared<Script>();
  script->statements.push_back(std::move(statement));
  std::shared_ptr<CatalogRecording> recording;
  // A replica may be behind a change that has passed through here already.
  const bool from_replica = settings_.read_only && served_->backends->has_replicas();
  if (key && !from_replica) {
    recording = std::make_shared<CatalogRecording>();
    recording->key = std::move(*key);
    recording->generation = served_->catalog_answers.generation();
  }
  return WithLease([this, script = std::move(script), recording](pool::BackendLease& lease) {
    RelayCursor cursor;
    cursor.id = request_.catalog().cursor_id();
    cursor.TakeCredit(request_.catalog().credit_bytes());
    cursor.recording = recording;
    RunScript(lease, *script, values::ParameterSetView(), std::move(cursor));
  });
}

void ClientSession::AnswerFromMemory(std::shared_ptr<const CatalogAnswer> answer) {
  RequireFreshCursor(request_.catalog().cursor_id());
  auto cursor = std::make_unique<RelayCursor>();
  cursor->id = request_.catalog().cursor_id();
  cursor->request_id = request_.request_id();
  cursor->TakeCredit(request_.catalog().credit_bytes());
  auto& result = cursor->results.emplace_back(directory_->spool);
  result.head.columns = answer->columns;
  result.kind = v1::STATEMENT_KIND_SELECT;
  result.remembered = std::move(answer);
  v1::Response response;
  BeginResult(*cursor, response);
  Answer(response);
  if (Finished(*cursor)) return;
  Pump(*cursors_.emplace(cursor->id, std::move(cursor)).first->second);
}

// A batch of an answer that may be worth remembering; with the last one it is stored.
void ClientSession::Record(RelayCursor& cursor, const v1::ColumnBatch& batch, bool last) {
  auto& cache = served_->catalog_answers;
  auto& recording = *cursor.recording;
  auto& answer = *recording.answer;
  answer.bytes += batch.ByteSizeLong();
  if (answer.bytes > cache.max_answer_bytes()) {
    cursor.recording.reset();
    return;
  }
  answer.batches.push_back(batch);
  if (!last) return;
  answer.columns = cursor.results.back().head.columns;
  for (const auto& column : answer.columns) answer.bytes += column.ByteSizeLong();
  cache.Store(recording.key, std::move(recording.answer), recording.generation, wire::Clock::now());
  cursor.recording.reset();
}

// After each statement, failed ones too: MySQL drops the tables that it finds before it fails.
void ClientSession::NoteCatalogUse(const ScriptStatement& statement) {
  const auto& translated = statement.translated;
  if (translated.changes_catalog) {
    served_->catalog_answers.Invalidate();
    served_->routines.Forget();
    changed_catalog_ = true;
  }
  const bool plain = translated.is_read_only_safe || translated.kind == v1::STATEMENT_KIND_INSERT ||
                     translated.kind == v1::STATEMENT_KIND_UPDATE ||
                     translated.kind == v1::STATEMENT_KIND_DELETE;
  // SET LOCAL search_path, a table that is not committed: until the transaction ends.
  if (!plain) own_catalog_ = true;
}

// Before each answer. What a transaction changed is seen by others when it has ended.
void ClientSession::SettleCatalogUse() {
  if (transaction_state() != v1::TRANSACTION_STATE_NONE) return;
  if (std::exchange(changed_catalog_, false)) {
    served_->catalog_answers.Invalidate();
    served_->routines.Forget();
  }
  own_catalog_ = false;
}

}  // namespace sluice::relay::session
