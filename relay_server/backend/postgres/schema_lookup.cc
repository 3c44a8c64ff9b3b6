// What PostgresConnection asks the catalogue about the tables and types of a result. A lookup goes
// out in the same write as the statement and costs no round trip; each table is looked up once, and
// again when the schema has changed or SchemaCache's time is over.

#include <algorithm>
#include <utility>

#include "relay_server/backend/postgres/errors.h"
#include "relay_server/backend/postgres/postgres_connection.h"
#include "relay_server/backend/postgres/sql_text.h"

namespace sluice::relay::backend::postgres {

SchemaClock::time_point PostgresConnection::schema_changed() const {
  return std::max(altered_, shared_->altered.load());
}

void PostgresConnection::SendLookup(const Execution& execution, Plan& plan) {
  // A procedure may end transactions, but not in the company of another statement.
  if (execution.statement->kind == v1::STATEMENT_KIND_CALL) return;
  if (state_ == v1::TRANSACTION_STATE_FAILED) return;
  plan.lookup = shared_->schema.FindUnknown(plan.description->schema, schema_changed());
  const int version = static_cast<int>(facts_.version_number());
  if (!plan.lookup.relations.empty()) {
    pipeline_.SendCommand(SchemaCache::RelationQuery(plan.lookup.relations, version).c_str(),
                          Step::kLookup);
  }
  if (!plan.lookup.types.empty()) {
    pipeline_.SendCommand(SchemaCache::TypeQuery(plan.lookup.types).c_str(), Step::kLookup);
  }
}

void PostgresConnection::ReadLookup(const SchemaObjects& lookup) {
  try {
    if (!lookup.relations.empty()) {
      const ResultHandle answer = pipeline_.ReadThrough(Step::kLookup);
      if (answer == nullptr) Fail();
      shared_->schema.PutRelations(lookup.relations, *answer);
    }
    if (!lookup.types.empty()) {
      const ResultHandle answer = pipeline_.ReadThrough(Step::kLookup);
      if (answer == nullptr) Fail();
      shared_->schema.PutTypes(lookup.types, *answer);
    }
  } catch (const BackendError& error) {
    // A server that hides its catalogue: the statement is run again without a lookup (IsStale).
    if (error.sqlstate() != kInsufficientPrivilege) throw;
    shared_->schema.Disable();
    throw BackendError(kFeatureNotSupported, kNativeError, error.what());
  }
}

std::vector<v1::Column> PostgresConnection::ReadCompleteColumns(const Execution& execution,
                                                                const Plan& plan,
                                                                const PGresult& result) {
  std::vector<v1::Column> columns = ReadColumns(result);
  std::vector<ColumnOrigin> origins = ReadOrigins(result);
  const Description& description = *plan.description;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    shared_->schema.Complete(origins[i], description.adds_nulls, columns[i]);
  }
  if (origins != description.origins) {
    // A table was made anew, unseen by this relay. The next execution looks it up.
    auto changed = std::make_shared<Description>(description);
    changed->SetOrigins(std::move(origins));
    shared_->descriptions.Put(DescriptionKey(execution.statement->sql), std::move(changed));
  }
  return columns;
}

v1::StatementDescription PostgresConnection::CompleteDescription(
    const Description& description) const {
  v1::StatementDescription wire = description.wire;
  for (int i = 0; i < wire.columns_size(); ++i) {
    shared_->schema.Complete(description.origins[static_cast<std::size_t>(i)],
                             description.adds_nulls, *wire.mutable_columns(i));
  }
  for (int i = 0; i < wire.parameters_size(); ++i) {
    const Oid type = description.parameter_types[static_cast<std::size_t>(i)];
    if (IsKnownType(type)) continue;
    if (const std::string name = shared_->schema.TypeName(type); !name.empty()) {
      wire.mutable_parameters(i)->set_type_name(name);
    }
    if (shared_->schema.IsLargeObject(type)) {
      auto& parameter = *wire.mutable_parameters(i);
      parameter.set_value_type(v1::VALUE_TYPE_BYTES);
      parameter.set_sql_type(v1::SQLTYPE_LONGVARBINARY);
      parameter.set_size(0);
    }
  }
  return wire;
}

// A session that works with temporary tables changes what it alone sees. What a transaction makes
// is gone when it is undone, and the same name may then be made as something else.
void PostgresConnection::NoteSchemaChange(const std::string& sql) {
  // A new temporary table may hide another of its name, or be what a former session's was.
  const bool temporary = CreatesTemporary(sql);
  has_temporary_ = has_temporary_ || temporary;
  const bool changes = temporary || ChangesSchema(sql);
  const bool may_undo = changed_schema_ && IsTransactionControl(sql);  // ROLLBACK TO SAVEPOINT
  changed_schema_ =
      state_ != v1::TRANSACTION_STATE_NONE && (changed_schema_ || changes || MakesObject(sql));
  if (!changes && !may_undo) return;
  altered_ = SchemaClock::now();
  if (!has_temporary_) shared_->altered = altered_;
}

// What others learned meanwhile was the schema as it was before.
void PostgresConnection::NoteTransactionEnd() {
  if (!changed_schema_ && !has_temporary_) return;  // temporary tables may go at COMMIT
  altered_ = SchemaClock::now();
  if (changed_schema_ && !has_temporary_) shared_->altered = altered_;
  changed_schema_ = false;
}

}  // namespace sluice::relay::backend::postgres
