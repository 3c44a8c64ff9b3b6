#include "relay_server/backend/postgres/description_cache.h"

#include <algorithm>
#include <utility>

#include "relay_server/backend/postgres/sql_text.h"

namespace sluice::relay::backend::postgres {

std::vector<v1::Column> ReadColumns(const PGresult& result) {
  const int count = PQnfields(&result);
  std::vector<v1::Column> columns(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    v1::Column& column = columns[static_cast<std::size_t>(i)];
    column.set_name(PQfname(&result, i));
    DescribeType(PQftype(&result, i), PQfmod(&result, i), column);
  }
  return columns;
}

std::vector<ColumnOrigin> ReadOrigins(const PGresult& result) {
  std::vector<ColumnOrigin> origins;
  const int count = PQnfields(&result);
  origins.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    origins.push_back({PQftable(&result, i), PQftablecol(&result, i), PQftype(&result, i)});
  }
  return origins;
}

namespace {

void AddOnce(std::vector<Oid>& oids, Oid oid) {
  if (std::find(oids.begin(), oids.end(), oid) == oids.end()) oids.push_back(oid);
}

}  // namespace

void Description::SetOrigins(std::vector<ColumnOrigin> columns) {
  origins = std::move(columns);
  schema = {};
  for (const ColumnOrigin& origin : origins) {
    if (origin.table != 0) AddOnce(schema.relations, origin.table);
    if (!IsKnownType(origin.type)) AddOnce(schema.types, origin.type);
  }
  for (const Oid type : parameter_types) {
    if (!IsKnownType(type)) AddOnce(schema.types, type);
  }
}

std::shared_ptr<const Description> ReadDescription(const PGresult& result, std::string_view sql) {
  auto description = std::make_shared<Description>();
  description->learned = SchemaClock::now();
  description->adds_nulls = MayAddNulls(sql);
  for (int i = 0; i < PQnparams(&result); ++i) {
    const Oid type = PQparamtype(&result, i);
    description->parameter_types.push_back(type);
    DescribeType(type, *description->wire.add_parameters());
  }
  description->binary = true;
  for (int i = 0; i < PQnfields(&result); ++i) {
    if (TypeInfoOf(PQftype(&result, i)).binary == nullptr) description->binary = false;
  }
  for (auto& column : ReadColumns(result)) *description->wire.add_columns() = std::move(column);
  description->SetOrigins(ReadOrigins(result));
  return description;
}

std::shared_ptr<const Description> DescriptionCache::Find(const std::string& sql) {
  const std::lock_guard lock(mutex_);
  const auto* found = entries_.Find(sql);
  return found != nullptr ? *found : nullptr;
}

void DescriptionCache::Put(const std::string& sql, std::shared_ptr<const Description> description) {
  if (sql.size() > kLongestText) return;
  const std::lock_guard lock(mutex_);
  entries_.Put(sql, std::move(description));
}

void DescriptionCache::Remove(const std::string& sql) {
  const std::lock_guard lock(mutex_);
  entries_.Remove(sql);
}

}  // namespace sluice::relay::backend::postgres
