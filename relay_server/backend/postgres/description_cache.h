#pragma once

#include <libpq-fe.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "relay_server/backend/postgres/bulk_insert.h"
#include "relay_server/backend/postgres/lru_map.h"
#include "relay_server/backend/postgres/schema_cache.h"
#include "relay_server/backend/postgres/type_table.h"
#include "sluice/v1/session.pb.h"

// What the server told about a statement, shared by all connections of a connector: it saves the
// round trip that asks for it.

namespace sluice::relay::backend::postgres {

struct Description {
  std::vector<Oid> parameter_types;
  v1::StatementDescription wire;
  bool binary = false;  // every column's type has a binary form that is known
  SchemaClock::time_point learned;
  SchemaObjects schema;                    // what origins and parameter_types refer to
  bool adds_nulls = false;                 // SchemaCache::Complete
  std::vector<ColumnOrigin> origins;       // one per column
  std::shared_ptr<const BulkInsert> bulk;  // of an INSERT of markers; null: not asked for yet
  void SetOrigins(std::vector<ColumnOrigin> columns);  // fills `schema` too
};

// Reads a result of PQdescribePrepared.
std::shared_ptr<const Description> ReadDescription(const PGresult& result, std::string_view sql);
std::vector<ColumnOrigin> ReadOrigins(const PGresult& result);
// The columns of any result.
std::vector<v1::Column> ReadColumns(const PGresult& result);

// Thread-safe. An entry may be out of date, after ALTER TABLE for instance; who finds that removes
// it.
class DescriptionCache {
 public:
  std::shared_ptr<const Description> Find(const std::string& sql);
  void Put(const std::string& sql, std::shared_ptr<const Description> description);
  void Remove(const std::string& sql);

 private:
  static constexpr std::size_t kEntries = 4096;
  static constexpr std::size_t kLongestText = 64 * 1024;  // longer text is not worth the memory
  std::mutex mutex_;
  LruMap<std::shared_ptr<const Description>> entries_{kEntries};  // guarded by mutex_
};

}  // namespace sluice::relay::backend::postgres
