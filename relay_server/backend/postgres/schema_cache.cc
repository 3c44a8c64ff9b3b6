#include "relay_server/backend/postgres/schema_cache.h"

#include <algorithm>
#include <cstdlib>
#include <mutex>

namespace sluice::relay::backend::postgres {
namespace {

// Columns of RelationQuery's answer.
enum RelationField {
  kRelationOid,
  kSchema,
  kRelation,
  kNumber,
  kColumn,
  kDomain,
  kNotNull,
  kAutoIncrement,
  kKey,
  kUpdatable,
};

// Catalogue tables: PostgreSQL manual, chapter 53. A column counts as counting itself when it is an
// identity (PostgreSQL 10) or its default draws from a sequence (serial).
constexpr char kRelationQuery[] =
    "SELECT a.attrelid, n.nspname, c.relname, a.attnum, a.attname,"
    " CASE t.typtype WHEN 'd' THEN t.typname END,"
    " a.attnotnull OR (t.typtype = 'd' AND t.typnotnull),"
    " %IDENTITY% coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%', false),"
    " coalesce(a.attnum = ANY (i.indkey), false),"
    " pg_catalog.pg_column_is_updatable(c.oid, a.attnum, false)"
    " FROM pg_catalog.pg_attribute a"
    " JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"
    " LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
    " LEFT JOIN pg_catalog.pg_index i ON i.indrelid = a.attrelid AND i.indisprimary"
    " WHERE NOT a.attisdropped AND a.attrelid IN (";

constexpr char kTypeQuery[] =
    "SELECT t.oid, t.typname, t.typtype = 'd' AND t.typbasetype = 26 AND t.typname = 'lo'"
    " FROM pg_catalog.pg_type t WHERE t.oid IN (";

constexpr char kLargeObject[] = "lo";

constexpr int kFirstWithIdentity = 100'000;  // ServerFacts::version_number of PostgreSQL 10

std::string WithList(std::string sql, const std::vector<Oid>& oids) {
  for (std::size_t i = 0; i < oids.size(); ++i) {
    if (i != 0) sql += ',';
    sql += std::to_string(oids[i]);
  }
  return sql + ')';
}

Oid OidAt(const PGresult& result, int row, int field) {
  return static_cast<Oid>(std::strtoul(PQgetvalue(&result, row, field), nullptr, 10));
}

bool BoolAt(const PGresult& result, int row, int field) {
  return *PQgetvalue(&result, row, field) == 't';
}

// Its octets, as psqlodbc has it; what travels is its number.
void DescribeLargeObject(v1::Column& column) {
  column.set_sql_type(v1::SQLTYPE_LONGVARBINARY);
  column.set_type_name(kLargeObject);
  column.set_size(0);
  column.set_is_unsigned(false);
}

template <typename Entries>
std::vector<Oid> Missing(const std::vector<Oid>& wanted, const Entries& entries,
                         SchemaClock::time_point since) {
  std::vector<Oid> missing;
  for (const Oid oid : wanted) {
    const auto found = entries.find(oid);
    if (found == entries.end() || found->second.learned < since) missing.push_back(oid);
  }
  return missing;
}

template <typename Entries>
void MakeRoom(Entries& entries, std::size_t more, std::size_t limit) {
  if (entries.size() + more > limit) entries.clear();
}

}  // namespace

SchemaObjects SchemaCache::FindUnknown(const SchemaObjects& objects,
                                       SchemaClock::time_point since) const {
  if (objects.empty() || !enabled_) return {};
  since = std::max(since, SchemaClock::now() - kMaxAge);
  const std::shared_lock lock(mutex_);
  return {Missing(objects.relations, relations_, since), Missing(objects.types, types_, since)};
}

std::string SchemaCache::RelationQuery(const std::vector<Oid>& relations, int server_version) {
  std::string sql = kRelationQuery;
  constexpr std::string_view kPlace = "%IDENTITY%";
  sql.replace(sql.find(kPlace), kPlace.size(),
              server_version >= kFirstWithIdentity ? "a.attidentity <> '' OR" : "");
  return WithList(std::move(sql), relations);
}

std::string SchemaCache::TypeQuery(const std::vector<Oid>& types) {
  return WithList(kTypeQuery, types);
}

void SchemaCache::PutRelations(const std::vector<Oid>& asked, const PGresult& answer) {
  const std::unique_lock lock(mutex_);
  MakeRoom(relations_, asked.size(), kRelations);
  for (const Oid oid : asked) relations_[oid] = Relation{SchemaClock::now(), {}, {}, {}};
  for (int row = 0; row < PQntuples(&answer); ++row) {
    Relation& relation = relations_[OidAt(answer, row, kRelationOid)];
    relation.schema = PQgetvalue(&answer, row, kSchema);
    relation.name = PQgetvalue(&answer, row, kRelation);
    relation.columns[std::atoi(PQgetvalue(&answer, row, kNumber))] = {
        .name = PQgetvalue(&answer, row, kColumn),
        .domain = PQgetvalue(&answer, row, kDomain),
        .not_null = BoolAt(answer, row, kNotNull),
        .is_auto_increment = BoolAt(answer, row, kAutoIncrement),
        .is_key = BoolAt(answer, row, kKey),
        .is_updatable = BoolAt(answer, row, kUpdatable)};
  }
}

void SchemaCache::PutTypes(const std::vector<Oid>& asked, const PGresult& answer) {
  const std::unique_lock lock(mutex_);
  MakeRoom(types_, asked.size(), kTypes);
  for (const Oid oid : asked) types_[oid] = Type{SchemaClock::now(), {}};
  for (int row = 0; row < PQntuples(&answer); ++row) {
    Type& type = types_[OidAt(answer, row, 0)];
    type.name = PQgetvalue(&answer, row, 1);
    type.is_large_object = BoolAt(answer, row, 2);
  }
}

void SchemaCache::Complete(const ColumnOrigin& origin, bool adds_nulls, v1::Column& column) const {
  const std::shared_lock lock(mutex_);
  if (!IsKnownType(origin.type)) {
    const auto type = types_.find(origin.type);
    if (type != types_.end() && !type->second.name.empty()) {
      column.set_type_name(type->second.name);
    }
  }
  if (origin.table == 0) {
    column.set_nullability(v1::NULLABILITY_NULLABLE);  // any expression may be NULL
    return;
  }
  const auto relation = relations_.find(origin.table);
  if (relation == relations_.end()) return;
  const auto found = relation->second.columns.find(origin.number);
  if (found == relation->second.columns.end()) return;
  const ColumnFacts& facts = found->second;
  column.set_schema(relation->second.schema);
  column.set_table(relation->second.name);
  column.set_base_column(facts.name);
  column.set_nullability(facts.not_null && !adds_nulls ? v1::NULLABILITY_NO_NULLS
                                                       : v1::NULLABILITY_NULLABLE);
  column.set_is_auto_increment(facts.is_auto_increment);
  if (facts.is_auto_increment) {
    // As psqlodbc calls them.
    if (origin.type == kInt4) column.set_type_name("serial");
    if (origin.type == kInt8) column.set_type_name("bigserial");
  }
  if (origin.type == kOid && facts.domain == kLargeObject) DescribeLargeObject(column);
  column.set_is_key(facts.is_key);
  column.set_is_updatable(facts.is_updatable);
}

bool SchemaCache::IsLargeObject(Oid type) const {
  if (IsKnownType(type)) return false;
  const std::shared_lock lock(mutex_);
  const auto found = types_.find(type);
  return found != types_.end() && found->second.is_large_object;
}

std::string SchemaCache::TypeName(Oid type) const {
  const std::shared_lock lock(mutex_);
  const auto found = types_.find(type);
  return found != types_.end() ? found->second.name : std::string();
}

}  // namespace sluice::relay::backend::postgres
