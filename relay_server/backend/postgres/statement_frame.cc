// What PostgresConnection sends around a statement: settings, BEGIN, savepoint, Parse; and how an
// error is undone.

#include <array>
#include <cassert>

#include "relay_server/backend/postgres/errors.h"
#include "relay_server/backend/postgres/postgres_connection.h"
#include "relay_server/backend/postgres/sql_text.h"

namespace sluice::relay::backend::postgres {
namespace {

constexpr char kSetSavepoint[] = "SAVEPOINT sluice_statement";
constexpr char kReleaseSavepoint[] = "RELEASE SAVEPOINT sluice_statement";
constexpr char kRollbackToSavepoint[] = "ROLLBACK TO SAVEPOINT sluice_statement";

// PostgreSQL's names of the isolation levels, by the schema's numbers.
constexpr std::array<const char*, 5> kIsolationNames = {"", "read uncommitted", "read committed",
                                                        "repeatable read", "serializable"};

// Each part of a dotted name in quotes.
std::string QuoteVariable(const std::string& name) {
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '.' ? std::string("\".\"") : std::string(1, c);
  return quoted + '"';
}

const char* IsolationName(v1::IsolationLevel level) {
  return kIsolationNames[static_cast<std::size_t>(level) % kIsolationNames.size()];
}

}  // namespace

PostgresConnection::Plan PostgresConnection::MakePlan(const Execution& execution) {
  const std::string& sql = execution.statement->sql;
  if (IsClientCopy(sql)) {
    throw BackendError(kFeatureNotSupported, kNativeError,
                       "COPY from or to the client is not possible through ODBC");
  }
  if (TakesRelaysName(sql)) {
    throw BackendError(kReservedName, kNativeError,
                       "names of prepared statements that begin with " +
                           std::string(kStatementPrefix) + " are kept for the relay");
  }
  path_.clear();
  if (execution.settings != nullptr) {
    const auto path = execution.settings->variables.find("search_path");
    if (path != execution.settings->variables.end()) path_ = path->second;
  }
  const std::string& key = CacheKey(sql);
  Plan plan;
  plan.description = Remembered(sql);
  if (plan.description != nullptr && IsOutdated(*plan.description)) {
    if (auto prepared = prepared_.Remove(key)) to_deallocate_.push_back(std::move(prepared->name));
    plan.description =
        shared_->descriptions.Find(DescriptionKey(sql));  // another connection may know better
    if (plan.description != nullptr && IsOutdated(*plan.description)) plan.description = nullptr;
  }
  if (const Prepared* prepared = prepared_.Find(key)) {
    plan.name = prepared->name;
    plan.parse = false;
  } else if (execution.prepare) {
    plan.name = NewName();
  }
  return plan;
}

std::string PostgresConnection::NewName() {
  return std::string(kStatementPrefix) + std::to_string(next_name_++);
}

void PostgresConnection::SendPreamble(const Execution& execution, bool force_savepoint) {
  const bool begin = execution.begin_transaction && state_ == v1::TRANSACTION_STATE_NONE;
  // Not in a transaction, which an error would end: the server may have lost them.
  if (!to_deallocate_.empty() && state_ == v1::TRANSACTION_STATE_NONE) {
    for (const auto& name : to_deallocate_) {
      pipeline_.SendCommand(("DEALLOCATE " + name).c_str(), Step::kOptionalCommand);
    }
    to_deallocate_.clear();
    // Its own sync: some statements (VACUUM) refuse to share an implicit transaction.
    pipeline_.SendSync();
  }
  if (execution.fresh_sequences && state_ != v1::TRANSACTION_STATE_FAILED) {
    pipeline_.SendCommand("DISCARD SEQUENCES");
    if (state_ == v1::TRANSACTION_STATE_NONE) pipeline_.SendSync();
  }
  RestoreEncoding();
  if (state_ == v1::TRANSACTION_STATE_NONE && execution.settings != nullptr) {
    ApplyVariables(execution.settings->variables);
  }
  if (begin) {
    SendBegin(execution.settings);
  } else if (state_ == v1::TRANSACTION_STATE_NONE && execution.settings != nullptr) {
    SendSettings(*execution.settings);
  }
  if (!begin && state_ != v1::TRANSACTION_STATE_ACTIVE) return;
  SendSavepoint((force_savepoint || execution.statement_rollback) &&
                !IsTransactionControl(execution.statement->sql));
}

// A function, or a SET whose value is computed, may have changed in which character set the server
// reads and writes; it reports that.
void PostgresConnection::RestoreEncoding() {
  static const int kUtf8 = pg_char_to_encoding("UTF8");
  if (PQclientEncoding(pipeline_.connection()) == kUtf8) return;
  if (state_ == v1::TRANSACTION_STATE_FAILED) return;
  pipeline_.SendCommand("RESET client_encoding");
  if (state_ == v1::TRANSACTION_STATE_NONE) pipeline_.SendSync();
  if (applied_.variables.contains("client_encoding")) uncertain_.insert("client_encoding");
}

// Makes the variables of this connection those of the session. It waits for the server, which
// should be near: a statement must not run when one of them was refused.
void PostgresConnection::ApplyVariables(const Variables& wanted) {
  if (wanted == applied_.variables && uncertain_.empty()) return;
  for (const auto& [name, value] : applied_.variables) {
    const auto kept = wanted.find(name);
    if (kept == wanted.end() || kept->second != value) uncertain_.insert(name);
  }
  for (const auto& [name, value] : wanted) {
    if (!applied_.variables.contains(name)) uncertain_.insert(name);
  }
  for (const auto& name : uncertain_) {
    const auto value = wanted.find(name);
    const std::string sql = value == wanted.end()
                                ? "RESET " + QuoteVariable(name)
                                : "SET " + QuoteVariable(name) + " TO " + value->second;
    pipeline_.SendCommand(sql.c_str());
  }
  pipeline_.SendSync();
  Settle();
  if (pipeline_.has_error()) Fail();
  uncertain_.clear();
  applied_.variables = wanted;
}

// The statement has succeeded. In a transaction it may yet be undone.
void PostgresConnection::NoteVariables(const Execution& execution) {
  const bool uncertain = state_ != v1::TRANSACTION_STATE_NONE;
  for (const auto& change : execution.statement->sets) {
    if (change.name.empty()) {
      // Those that the relay itself sets too.
      applied_.isolation = v1::ISOLATION_LEVEL_DEFAULT;
      applied_.read_only = false;
      if (uncertain) {
        uncertain_.insert({"default_transaction_isolation", "default_transaction_read_only"});
        for (const auto& [name, value] : applied_.variables) uncertain_.insert(name);
      }
    } else if (uncertain) {
      uncertain_.insert(change.name);
    }
    SetVariable(applied_.variables, change);
  }
  if (execution.statement->drops_prepared) {
    prepared_.Clear();
    to_deallocate_.clear();
  }
}

// What is remembered of a text holds for one search_path: its names mean other things in another.
const std::string& PostgresConnection::CacheKey(const std::string& sql) {
  if (path_.empty()) return sql;
  key_ = path_ + '\0' + sql;
  return key_;
}

// What the server says of default_transaction_read_only; before PostgreSQL 14 it says nothing.
bool PostgresConnection::ReportsReadOnly() const {
  const char* reported = PQparameterStatus(pipeline_.connection(), "default_transaction_read_only");
  return reported == nullptr || std::string_view(reported) == "on";
}

// Under which the pool's memory of descriptions has it: texts that differ in literals alone share
// one. Where that proves wrong the statement is described anew, as after a change of the schema.
const std::string& PostgresConnection::DescriptionKey(const std::string& sql) {
  constexpr std::size_t kLongestShaped = 4096;
  if (sql.size() > kLongestShaped) return CacheKey(sql);
  if (shape_of_ != sql) {
    shape_ = ShapeOf(sql);
    shape_of_ = sql;
  }
  if (path_.empty()) return shape_;
  description_key_ = path_ + '\0' + shape_;
  return description_key_;
}

// In a transaction of their own, or a rollback of the statement would undo them; and they hold for
// transactions that begin later only.
void PostgresConnection::SendSettings(const SessionSettings& settings) {
  const bool isolation = settings.isolation != applied_.isolation;
  // A function may have set it, which the text of its statement did not tell.
  const bool lost = settings.read_only && !ReportsReadOnly();
  const bool read_only = lost || settings.read_only != applied_.read_only;
  if (isolation) {
    const std::string value = settings.isolation == v1::ISOLATION_LEVEL_DEFAULT
                                  ? "DEFAULT"
                                  : std::string("'") + IsolationName(settings.isolation) + "'";
    pipeline_.SendCommand(("SET default_transaction_isolation TO " + value).c_str());
  }
  if (read_only) {
    pipeline_.SendCommand(settings.read_only ? "SET default_transaction_read_only TO on"
                                             : "SET default_transaction_read_only TO DEFAULT");
  }
  if (isolation || read_only) pipeline_.SendSync();
  applied_.isolation = settings.isolation;
  applied_.read_only = settings.read_only;
}

// An explicit BEGIN names what differs from the session's defaults, which stay as they are.
void PostgresConnection::SendBegin(const SessionSettings* settings) {
  std::string sql = "BEGIN";
  if (settings != nullptr) {
    const bool by_default = settings->isolation == v1::ISOLATION_LEVEL_DEFAULT;
    const auto level = by_default ? facts_.default_isolation() : settings->isolation;
    if (settings->isolation != applied_.isolation && *IsolationName(level) != '\0') {
      sql.append(" ISOLATION LEVEL ").append(IsolationName(level));
    }
    if (settings->read_only || applied_.read_only) {
      sql.append(settings->read_only ? " READ ONLY" : " READ WRITE");
    }
  }
  pipeline_.SendCommand(sql.c_str());
  state_ = v1::TRANSACTION_STATE_ACTIVE;
}

void PostgresConnection::SendSavepoint(bool wanted) {
  if (savepoint_) pipeline_.SendCommand(kReleaseSavepoint);
  if (wanted) pipeline_.SendCommand(kSetSavepoint);
  savepoint_ = wanted;
}

void PostgresConnection::SendParseAndLearn(const Execution& execution, Plan& plan) {
  const std::string& sql = execution.statement->sql;
  const bool known = plan.description != nullptr;
  // With the types that are remembered: in what form values go out depends on them.
  if (plan.parse) {
    pipeline_.SendParse(plan.name, sql,
                        known ? plan.description->parameter_types : std::vector<Oid>());
  }
  if (known) return;
  pipeline_.SendDescribe(plan.name);
  pipeline_.SendFlushRequest();
  pipeline_.Flush();
  if (plan.parse) {
    if (pipeline_.ReadThrough(Step::kParse) == nullptr) Fail();
    RememberParsed(sql, plan);
    plan.parse = false;
  }
  const ResultHandle result = pipeline_.ReadThrough(Step::kDescribe);
  if (result == nullptr) Fail();
  plan.description = ReadDescription(*result, sql);
  if (Prepared* prepared = prepared_.Find(CacheKey(sql))) prepared->description = plan.description;
  shared_->descriptions.Put(DescriptionKey(sql), plan.description);
}

void PostgresConnection::RememberParsed(const std::string& sql, const Plan& plan) {
  if (plan.name.empty()) return;
  auto evicted = prepared_.Put(CacheKey(sql), {plan.name, plan.description});
  if (evicted) to_deallocate_.push_back(std::move(evicted->name));
}

void PostgresConnection::UpdateTransactionState() {
  // ODBC has no way to ask for them, and libpq keeps them until somebody does.
  while (PGnotify* notification = PQnotifies(pipeline_.connection())) PQfreemem(notification);
  switch (PQtransactionStatus(pipeline_.connection())) {
    case PQTRANS_IDLE:
      state_ = v1::TRANSACTION_STATE_NONE;
      savepoint_ = false;
      break;
    case PQTRANS_INERROR:
      state_ = v1::TRANSACTION_STATE_FAILED;
      break;
    case PQTRANS_INTRANS:
      state_ = v1::TRANSACTION_STATE_ACTIVE;
      break;
    default:
      throw ConnectionLost(pipeline_.connection());
  }
}

void PostgresConnection::Settle() {
  pipeline_.Finish();
  UpdateTransactionState();
}

void PostgresConnection::Fail() {
  Settle();
  auto error = pipeline_.TakeError();
  assert(error.has_value());
  if (state_ == v1::TRANSACTION_STATE_FAILED && savepoint_) RollbackToSavepoint();
  if (state_ == v1::TRANSACTION_STATE_FAILED) savepoint_ = false;
  throw *error;
}

void PostgresConnection::RollbackToSavepoint() {
  WaitForCancel();  // a late cancel request must not hit the rollback
  pipeline_.SendCommand(kRollbackToSavepoint);
  Settle();
  pipeline_.TakeError();  // the savepoint itself had failed: the transaction stays as it is
}

void PostgresConnection::RunCommand(const char* sql) {
  WaitForCancel();
  pipeline_.SendCommand(sql);
  Settle();
  if (auto error = pipeline_.TakeError()) throw *error;
}

}  // namespace sluice::relay::backend::postgres
